"""A page of HTML becomes its visible text, a block a paragraph, headings marked as in Markdown."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

_BLOCK_TAGS = frozenset("""
address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form
header hr html legend li main ol p section summary table tbody td tfoot th thead tr ul
""".split())
_FURNITURE_TAGS = frozenset("""
aside button footer head iframe input nav noscript script select style svg template textarea
""".split())
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


def declared_charset(data: bytes) -> str:
    """The encoding that a page names near its beginning, lower case; empty where it names none."""
    named = re.search(rb"<(?:meta|\?xml)[^>]+(?:charset|encoding)\s*=\s*[\"']?([\w-]+)", data[:4096], re.I)
    return named.group(1).decode("ascii", "ignore").lower() if named else ""


def read_page(markup: str) -> tuple[str, str]:
    """The title of a page, and its paragraphs with a blank line between: `<h2>背景</h2>` → `## 背景`, a table's row → `a | b`."""
    page = BeautifulSoup(markup, "lxml")
    title = page.title.get_text(" ", strip=True) if page.title else ""
    try:
        text = _inner_text(page)
    except RecursionError:  # tags left open nest hundreds of levels deep: the text all the same, without its blocks
        text = page.get_text("\n\n")
    return title, "\n\n".join(_split_paragraphs(text))


def _split_paragraphs(text: str) -> list[str]:
    parts = (part.strip("\n ") for part in re.split(r"\n\s*\n", text))
    return [part if part.startswith("```") else " ".join(part.split()) for part in parts if part]


def _inner_text(tag: Tag) -> str:
    """What stands in an element, with blank lines around its blocks and line ends for <br>; comments are no text."""
    return "".join(
        _tag_text(child) if isinstance(child, Tag) else re.sub(r"\s+", " ", child)
        for child in tag.children if isinstance(child, Tag) or type(child) is NavigableString)


def _tag_text(tag: Tag) -> str:
    if _is_hidden(tag):
        return ""
    if tag.name == "br":
        return "\n"
    if tag.name == "pre":
        return "\n\n```\n" + re.sub(r"\n\s*\n", "\n", tag.get_text().strip("\n")) + "\n```\n\n"
    if tag.name == "tr" and not tag.find("tr"):
        return f"\n\n{_row_text(tag)}\n\n"
    if re.fullmatch("h[1-6]", tag.name):
        words = _inner_text(tag).split()
        return f"\n\n{'#' * int(tag.name[1])} {' '.join(words)}\n\n" if words else ""
    return f"\n\n{_inner_text(tag)}\n\n" if tag.name in _BLOCK_TAGS else _inner_text(tag)


def _row_text(tag: Tag) -> str:
    cells = (" ".join(_inner_text(cell).split()) for cell in tag.find_all(("td", "th")) if not _is_hidden(cell))
    return " | ".join(cell for cell in cells if cell)


def _is_hidden(tag: Tag) -> bool:
    """Furniture of the site, and what a style or attribute hides; a header that holds the page's heading is none."""
    return (tag.name in _FURNITURE_TAGS or (tag.name == "header" and not tag.find("h1"))
            or tag.has_attr("hidden") or bool(_HIDDEN_STYLE.search(str(tag.get("style", "")))))
