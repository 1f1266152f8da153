"""The cleaner: normal characters, whole paragraphs and no page furniture; the result is clean text with its blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from langchain_core.documents import Document

from rag.sources.blocks import build_blocks, encode_blocks
from rag.sources.elements import Element, FileContent, Table
from rag.sources.normal_characters import normalise_characters
from rag.sources.page_furniture import remove_furniture
from rag.sources.paragraphs import join_lines
from rag.sources.plain_structure import find_structure
from rag.sources.recognised_text import locate_recognition

FORM_FEED = "\f"  # between the pages of a text file


def clean(content: FileContent) -> Document:
    """The readable text of a file's content, with its blocks.

    Elements of the kind `lines` are an extractor's: broken lines and paragraphs that a page end cuts are joined,
    spaced-out headings are closed up (`唯 创 新 者` → `唯创新者`), and running headers, page numbers and bare URLs are
    removed. All other elements are as their author wrote them.

    Metadata of the document: the bibliographic fields, `blocks` (see `encode_blocks`) and `page_starts`, the offset of
    each page in characters; [] for a format without pages; if text recognition read some of it, `recognition` (see
    `locate_recognition`).
    """
    elements = [_normalise_element(element) for element in content.elements]
    built = build_blocks([element for element in _join_extracted_lines(elements) if _has_text(element)])
    document = Document(built.text, metadata={
        **content.metadata, "blocks": encode_blocks(built.blocks), "page_starts": list(built.page_starts)})
    if content.recognised:
        document.metadata["recognition"] = locate_recognition(built.text, built.page_starts, content.recognised)
    return document


def _has_text(element: Element | Table) -> bool:
    return isinstance(element, Table) or bool(element.text.strip())


def _join_extracted_lines(elements: Sequence[Element | Table]) -> Iterator[Element | Table]:
    """The elements with those of the kind `lines` replaced by the paragraphs, headings and tables in them."""
    if not any(_is_lines(element) for element in elements):
        yield from elements
        return
    lines = list(_marked_lines(elements))
    run: list[tuple[str, int]] = []
    for line, page in lines:
        if not line.startswith(_MARK):
            run.append((line, page))
            continue
        yield from find_structure(join_lines(run))
        run = []
        yield elements[int(line[2:-1])]
    yield from find_structure(join_lines(run))


_GAP = " " * 20
_LONG_GAP = re.compile(r"\s{20,}")  # a longer one says no more, and patterns of page numbers would try all parts of it
# before the index of an element that is not `lines`, as `\x00e17e`: no clean line has this character, and with letters
# around it the index is not taken for the number of a page
_MARK = "\x00"


def _is_lines(element: Element | Table) -> bool:
    return isinstance(element, Element) and element.kind == "lines"


def _marked_lines(elements: Sequence[Element | Table]) -> Iterator[tuple[str, int]]:
    """All lines with their pages, without page furniture; other elements stand among them as marks."""
    pages: dict[int, list[str]] = {}
    for index, element in enumerate(elements):
        if not _is_lines(element):
            pages.setdefault(element.page, []).append(f"{_MARK}e{index}e")
            continue
        assert isinstance(element, Element)
        parts = element.text.split(FORM_FEED)
        first_page = element.page or (1 if len(parts) > 1 else 0)
        for page, part in enumerate(parts, first_page):
            lines = pages.setdefault(page, [])
            lines += [*([""] if lines else []), *(_LONG_GAP.sub(_GAP, line.strip()) for line in part.split("\n"))]
    for page, remaining in zip(pages, remove_furniture(["\n".join(lines) for lines in pages.values()]), strict=True):
        yield from ((line, page) for line in remaining)


def _normalise_element(element: Element | Table) -> Element | Table:
    if isinstance(element, Table):
        rows = tuple(
            tuple(replace(cell, text=_one_line(normalise_characters(cell.text))) for cell in row)
            for row in element.rows)
        return replace(element, rows=rows, caption=_one_line(normalise_characters(element.caption)))
    if element.kind == "lines":
        return replace(element, text=FORM_FEED.join(map(normalise_characters, element.text.split(FORM_FEED))))
    text = normalise_characters(element.text)
    if element.kind != "code":
        text = "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()
    return replace(element, text=text, marker=normalise_characters(element.marker).strip())


_HAN_BREAK = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef])\n(?=[\u2e80-\u9fff\uff00-\uffef])")


def _one_line(text: str) -> str:
    """The text of a cell on one line: broken lines are joined, without a space between two Han characters."""
    return " ".join(_HAN_BREAK.sub("", "\n".join(line.strip() for line in text.split("\n"))).split()).replace("|", "｜")
