"""Word documents: a .docx file turned into elements, with automatic numbers, notes, text boxes and page headers.

The XML of the file is read directly: libraries for .docx leave out content controls, tracked insertions, text boxes,
footnotes and automatic numbers, and fail at unusual merges of table cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rag.sources.elements import Element, FileContent, Omission, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.office.metadata import stated_metadata
from rag.sources.readers.office.package import OfficePackage, Relation, open_package
from rag.sources.readers.office.word_body import BodyReader, Story, WordDocument
from rag.sources.readers.office.word_elements import cell_text
from rag.sources.readers.office.word_notes import Notes
from rag.sources.readers.office.word_numbering import Numbering
from rag.sources.readers.office.word_styles import StyleSheet, has_colour
from rag.sources.readers.office.xml import Node, attribute, child, children, descendants, is_on, short_name


def read_word(path: Path) -> FileContent:
    """The elements of a .docx file, its title and author, and what was left out of it.

    Raises:
        UnreadableFile: "empty", "locked", "wrong type", "damaged" or "too large".
    """
    with open_package(path, ".docx") as package:
        part = package.main_part()
        root = package.parse_part(part)
        body = child(root, "w:body")
        if short_name(root) != "w:document" or body is None:
            raise UnreadableFile("damaged", type=".docx", detail=f"{part}: w:body")
        relations = package.relations(part)
        document, settings = _open_document(package, relations, root)
        story = Story()
        page_colour = attribute(child(root, "w:background"), "w:color")
        BodyReader(document, part).read_blocks(body, story, on_paper=not has_colour(page_colour))
        headers = _read_margins(document, "header", root, relations, settings)
        footers = _read_margins(document, "footer", root, relations, settings)
        elements = (*headers, *story.elements, *footers)
        return FileContent(elements, stated_metadata(package, elements), _omissions(document))


def _open_document(
        package: OfficePackage, relations: Mapping[str, Relation], root: Node) -> tuple[WordDocument, Node | None]:
    """The parts that say how a document is read, and its settings."""
    parts = {relation.kind: relation.target for relation in relations.values() if package.has_part(relation.target)}

    def parse_kind(kind: str) -> Node | None:
        return package.parse_part(parts[kind]) if kind in parts else None

    styles, settings = StyleSheet(parse_kind("styles")), parse_kind("settings")
    note_parts = {kind: parts[f"{kind}s"] for kind in ("footnote", "endnote") if f"{kind}s" in parts}
    rules = [*descendants(root, "w:sectPr"), *([] if settings is None else [settings])]
    numbering = Numbering(parse_kind("numbering"), styles)
    return WordDocument(package, styles, numbering, Notes(package, note_parts, rules)), settings


def _read_margins(
        document: WordDocument, kind: str, root: Node, relations: Mapping[str, Relation], settings: Node | None,
) -> list[Element]:
    """The page headers or footers with words, each once; page numbers alone are no words."""
    texts: dict[str, None] = {}
    has_even_pages = is_on(child(settings, "w:evenAndOddHeaders"))
    for part in dict.fromkeys(_margin_parts(kind, root, relations, has_even_pages=has_even_pages)):
        if document.package.has_part(part):
            story = Story("margin")
            BodyReader(document, part).read_blocks(document.package.parse_part(part), story)
            texts[_margin_text(story)] = None
    return [Element("note", text) for text in texts if not _PAGE_NUMBER.fullmatch(text)]


def _margin_parts(
        kind: str, root: Node, relations: Mapping[str, Relation], *, has_even_pages: bool) -> Iterator[str]:
    """The names of the parts with page headers or footers that Word shows: others stay in a file when switched off."""
    for section in descendants(root, "w:sectPr"):
        has_first_page = is_on(child(section, "w:titlePg"))
        for reference in children(section, f"w:{kind}Reference"):
            page = attribute(reference, "w:type")
            is_shown = {"first": has_first_page, "even": has_even_pages}.get(page, True)
            if is_shown and (relation := relations.get(attribute(reference, "r:id"))):
                yield relation.target


def _margin_text(story: Story) -> str:
    """The lines of a header; one that is set with a table has a line for each row."""
    lines = []
    for element in story.elements:
        if isinstance(element, Table):
            lines += [" ".join(dict.fromkeys(cell.text for cell in row if cell.text)) for row in element.rows]
        else:
            lines.append(cell_text([element]))
    return "\n".join(line for line in lines if line)


# `3`, `- 3 -`, `第 3 页 共 12 页`, `Page 3 of 12`, `3/12`
_PAGE_NUMBER = re.compile(r"(?:[\W\d_]|第|共|总|页|頁|page|pages|of|p\.|[ivxlc]+\b)*", re.I)


def _omissions(document: WordDocument) -> tuple[Omission, ...]:
    document.omissions["comments"] += len(document.comments)
    return tuple(Omission(kind, count) for kind, count in document.omissions.items() if count > 0)
