"""Web page reader: the elements and tables of the text of an HTML page or a web archive (MHTML).

Not text for a reader, and left out: what the page hides, and the site around its text (menus, footers, lists of links).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rag.references.file_properties import html_properties
from rag.sources.elements import Element, FileContent, Omission, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.encodings import decode
from rag.sources.readers.markup.html_blocks import BlockBuilder
from rag.sources.readers.markup.html_links import drop_link_lists
from rag.sources.readers.markup.html_names import Surroundings
from rag.sources.readers.markup.html_styles import StyleSheets
from rag.sources.readers.markup.html_survey import Survey
from rag.sources.readers.markup.html_tree import HtmlNode, declared_charset, parse_html, walk
from rag.sources.readers.markup.message_parts import header_parameter, message_parts, parse_message, part_bytes

_ARCHIVE_SUFFIXES = (".mht", ".mhtml")
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}>")  # the reader of the properties warns about it
_MAX_TITLE_LENGTH = 300  # characters; a longer `<title>` was never closed


@dataclass(frozen=True)
class PageText:
    """What a reader of a page sees: its elements and tables, its title, and what was left out."""

    elements: tuple[Element | Table, ...]
    title: str
    omissions: tuple[Omission, ...]


def read_web_page(path: Path) -> FileContent:
    """The text of an HTML page or web archive, with the bibliographic fields that the page states.

    Raises:
        UnreadableFile: "not text": its encoding is unknown; "damaged": a web archive without a page.
    """
    data = path.read_bytes()
    charset = ""
    if path.suffix.lower() in _ARCHIVE_SUFFIXES:
        data, charset = _root_page(data)
    markup = decode(data, charset or declared_charset(data))
    page = read_page(markup, "site")
    title = {"title": page.title} if page.title else {}
    metadata = title | html_properties(_XML_DECLARATION.sub("", markup, count=1))
    return FileContent(page.elements, metadata, page.omissions)


def read_page(markup: str, surroundings: Surroundings) -> PageText:
    """The text of a page.

    `surroundings`: what is left out: "site": the menus, footers and lists of links of a web site; "navigation": only
    `<nav>`, as in the chapter of a book. A page that then has no text is read with them.
    """
    page = _read_tree(parse_html(markup), surroundings)
    return page if page.elements else _read_tree(parse_html(markup), "none")


def _read_tree(root: HtmlNode, surroundings: Surroundings) -> PageText:
    title = _page_title(root)
    sheets = StyleSheets("".join(style.itertext()) for style in root.iter("style"))
    survey = Survey(sheets, surroundings)
    survey.mark(root)
    builder = BlockBuilder()
    nodes = walk(root)
    for event, node in nodes:
        if event == "start":
            if builder.start(node):
                builder.inline.add(node.text)
            else:
                nodes.skip_subtree()
            continue
        if event == "end":
            builder.end(node)
        builder.inline.add(node.tail)
    builder.flush()
    elements = drop_link_lists(builder.parts) if surroundings == "site" else [part.element for part in builder.parts]
    counts = (("hidden text", survey.hidden), ("pictures", builder.inline.pictures), ("deleted text", builder.deleted))
    omissions = tuple(Omission(kind, count) for kind, count in counts if count)  # type: ignore[arg-type]
    return PageText(tuple(elements), _short_title(title, elements), omissions)


def _page_title(root: HtmlNode) -> str:
    for node in root.iter("title"):
        return " ".join("".join(node.itertext())[: 4 * _MAX_TITLE_LENGTH].split())[:_MAX_TITLE_LENGTH]
    return ""


def _short_title(title: str, elements: list[Element | Table]) -> str:
    """The title without the name of the site, if the page's heading shows where that begins: `Fees - Town` → Fees."""
    for element in elements:
        if isinstance(element, Element) and element.kind == "heading" and element.level == 1:
            rest = title[len(element.text) :]
            is_begin = title.startswith(element.text) and re.match(r"\s*(?:[-–—_|·»<>:：]|$)", rest)
            return element.text if is_begin else title
    return title


def _root_page(data: bytes) -> tuple[bytes, str]:
    """The page of a web archive as bytes, and its encoding.

    Raises:
        UnreadableFile: "damaged": the archive has no page.
    """
    archive = parse_message(data, "MHTML")
    pages = [part for part in message_parts(archive) if part.get_content_type() in _PAGE_TYPES]
    if not pages:
        raise UnreadableFile("damaged", type="MHTML", detail="no HTML part")
    start = header_parameter(archive, "start")
    root = next((page for page in pages if start and str(page.get("Content-ID", "")).strip() == start), pages[0])
    return part_bytes(root), header_parameter(root, "charset").lower()


_PAGE_TYPES = ("text/html", "application/xhtml+xml")
