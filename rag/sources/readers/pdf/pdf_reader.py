"""PDF reader: the pages of a PDF turned into lines of text, headings and tables in reading order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rag.references.file_properties import pdf_properties
from rag.sources.elements import Element, FileContent, Omission, Table
from rag.sources.errors import UnreadableFile
from rag.sources.file_types import PDF, has_pdf_header, recognise_type

if TYPE_CHECKING:
    import pypdfium2

    from rag.sources.readers.pdf.layout import TextPiece


@dataclass
class _Reading:
    """What has been read so far: the pieces of each page, and what was left out."""

    pages: list[list[TextPiece | Table]] = field(default_factory=list)
    hidden: int = 0
    pictures: int = 0
    comments: int = 0
    scanned_pages: list[int] = field(default_factory=list)


def read_pdf(path: Path) -> FileContent:
    """The text of a PDF page by page, with its tables and the values of its form.

    A file that is only protected against copying is read. Hidden text, comments and pictures are left out and counted.

    Raises:
        UnreadableFile: `locked` (a password is needed to open it), `damaged`, or `wrong type` (the content is that of
            another format).
    """
    import pypdfium2  # a native library, for PDF files only

    from rag.sources.readers.pdf.elements import elements_of_pages

    _check_type(path)
    try:
        with pypdfium2.PdfDocument(path) as pdf:
            reading = _read_pages(pdf)
            properties = pdf.get_metadata_dict()
            attachments = pdf.count_attachments()
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise UnreadableFile("locked") from None
        raise UnreadableFile("damaged", type="PDF", detail=str(error)) from None
    elements = tuple(elements_of_pages(reading.pages))
    text = "\n".join(element.text for element in elements if isinstance(element, Element))
    metadata = pdf_properties(properties["Title"], properties["Author"], text)
    return FileContent(elements, metadata, tuple(_omissions(reading, attachments)))


def _read_pages(pdf: pypdfium2.PdfDocument) -> _Reading:
    import pypdfium2  # as in `read_pdf`

    from rag.sources.readers.pdf import page as pdf_page

    form = pdf_page.read_form(pdf)
    reading = _Reading()
    for number in range(1, len(pdf) + 1):
        try:
            page = pdf_page.read_page(pdf, number, form)
        except pypdfium2.PdfiumError:
            detail = {"en": f"page {number}", "zh": f"第 {number} 页"}
            raise UnreadableFile("damaged", type="PDF", detail=detail) from None
        reading.pages.append(page.pieces)
        reading.hidden += page.hidden
        reading.comments += page.comments
        if page.is_scan:
            reading.scanned_pages.append(number)
        else:
            reading.pictures += page.pictures
    return reading


def _check_type(path: Path) -> None:
    """Raise UnreadableFile for a file that is no PDF by its content."""
    if has_pdf_header(path):
        return
    actual = recognise_type(path)
    if actual and actual.suffix:
        raise UnreadableFile("wrong type", type=PDF.names, actual=actual.names, suffix=actual.suffix)
    detail = {"en": "it does not begin as a PDF", "zh": "开头不是 PDF"}
    raise UnreadableFile("damaged", type="PDF", detail=detail)


def _omissions(reading: _Reading, attachments: int) -> Iterable[Omission]:
    if reading.scanned_pages:
        yield Omission("scanned pages", len(reading.scanned_pages), _page_ranges(reading.scanned_pages))
    if reading.pictures:
        yield Omission("pictures", reading.pictures)
    if reading.hidden:
        yield Omission("hidden text", reading.hidden)
    if reading.comments:
        yield Omission("comments", reading.comments)
    if attachments:
        yield Omission("attachments", attachments)


def _page_ranges(numbers: list[int]) -> str:
    """Page numbers with ranges: 3, 5, 6, 7 → `3, 5–7`."""
    ranges: list[str] = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        ranges.append(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}")
    return ", ".join(ranges)
