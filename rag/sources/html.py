"""Visible text of an HTML page: a paragraph for each block, headings marked as in Markdown."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from rag.text.lexicon import load_lexicon

_BLOCK_TAGS = frozenset(load_lexicon("rag.sources", "html_block_tags"))
_FURNITURE_TAGS = frozenset(load_lexicon("rag.sources", "html_furniture_tags"))
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


def declared_charset(data: bytes) -> str:
    """The encoding that a page declares in its first 4096 bytes, in lower case; empty if it declares none."""
    charset = re.search(rb"<(?:meta|\?xml)[^>]+(?:charset|encoding)\s*=\s*[\"']?([\w-]+)", data[:4096], re.I)
    return charset.group(1).decode("ascii", "ignore").lower() if charset else ""


def read_page(markup: str) -> tuple[str, str]:
    """The title of a page, and its text with a blank line between paragraphs.

    `<h2>背景</h2>` → `## 背景`; `<tr><td>city</td><td>output</td></tr>` → `city | output`
    """
    page = BeautifulSoup(markup, "lxml")
    title = page.title.get_text(" ", strip=True) if page.title else ""
    try:
        text = _inner_text(page)
    except RecursionError:  # unclosed tags nested hundreds of levels deep: take the text without its blocks
        text = page.get_text("\n\n")
    return title, "\n\n".join(_split_paragraphs(text))


def _split_paragraphs(text: str) -> list[str]:
    parts = (part.strip("\n ") for part in re.split(r"\n\s*\n", text))
    return [part if part.startswith("```") else " ".join(part.split()) for part in parts if part]


def _inner_text(tag: Tag) -> str:
    """The text of an element, with blank lines around its blocks and line ends for <br>, without comments."""
    parts: list[str] = []
    for child in tag.children:
        if isinstance(child, Tag):
            parts.append(_tag_text(child))
        elif type(child) is NavigableString:  # exactly this class: comments are of a subclass
            parts.append(re.sub(r"\s+", " ", child))
    return "".join(parts)


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
    """True for page furniture (menus, footers) and hidden elements; a header that contains the page's h1 is text."""
    if tag.name in _FURNITURE_TAGS or tag.has_attr("hidden"):
        return True
    if tag.name == "header" and not tag.find("h1"):
        return True
    return bool(_HIDDEN_STYLE.search(str(tag.get("style", ""))))
