"""PDF reader: the pages of a PDF turned into lines of text, headings and tables in reading order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.references.file_properties import pdf_properties
from rag.sources.elements import Element, FileContent, Omission, OmissionKind, RecognisedLine, Table
from rag.sources.errors import UnreadableFile
from rag.sources.file_types import PDF, has_pdf_header, recognise_type
from rag.sources.page_progress import report_page
from rag.sources.page_ranges import page_ranges
from rag.sources.process_limits import allow_memory
from rag.sources.recognition.installation import EXTRA_MEBIBYTES, has_recogniser

if TYPE_CHECKING:
    import pypdfium2

    from rag.sources.readers.pdf.layout import TextPiece
    from rag.sources.readers.pdf.page import PageReading

MAX_RECOGNISED_PAGES = 2_000  # of one file, each of which takes seconds


@dataclass
class _Reading:
    """What has been read so far: the pieces of each page, and what was left out."""

    pages: list[list[TextPiece | Table]] = field(default_factory=list)
    hidden: int = 0
    pictures: int = 0
    comments: int = 0
    scanned_pages: list[int] = field(default_factory=list)
    unrecognised_pages: list[int] = field(default_factory=list)
    pages_beyond_limit: list[int] = field(default_factory=list)
    recognised_pages: int = 0
    recognised: list[RecognisedLine] = field(default_factory=list)


def read_pdf(path: Path) -> FileContent:
    """The text of a PDF page by page, with its tables and the values of its form.

    The text of scanned pages is recognised, if text recognition is installed; else they are left out and counted.
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
    return FileContent(elements, metadata, tuple(_omissions(reading, attachments)), tuple(reading.recognised))


def _read_pages(pdf: pypdfium2.PdfDocument) -> _Reading:
    import pypdfium2  # as in `read_pdf`

    from rag.sources.readers.pdf import page as pdf_page

    form = pdf_page.read_form(pdf)
    reading = _Reading()
    for number in range(1, len(pdf) + 1):
        if reading.recognised_pages:  # the time limit is that of a page here
            report_page(number, len(pdf))
        try:
            page = pdf_page.read_page(pdf, number, form)
            if page.is_scan:
                page = _recognise_page(pdf, number, page, reading)
        except pypdfium2.PdfiumError:
            detail = {"en": f"page {number}", "zh": f"第 {number} 页"}
            raise UnreadableFile("damaged", type="PDF", detail=detail) from None
        reading.pages.append(page.pieces)
        reading.hidden += page.hidden
        reading.comments += page.comments
        reading.pictures += 0 if page.is_scan else page.pictures
    return reading


def _recognise_page(pdf: pypdfium2.PdfDocument, number: int, page: PageReading, reading: _Reading) -> PageReading:
    """A scanned page with the text that is recognised on it, or as it is, with a note why there is no text."""
    if not has_recogniser():
        reading.scanned_pages.append(number)
        return page
    if reading.recognised_pages >= MAX_RECOGNISED_PAGES:
        reading.pages_beyond_limit.append(number)
        return page
    from rag.sources.readers.pdf.scanned_page import recognise_pdf_page  # heavy, for scans only

    if not reading.recognised_pages:
        allow_memory(EXTRA_MEBIBYTES)
        report_page(number, len(pdf))
    reading.recognised_pages += 1
    pieces, lines = recognise_pdf_page(pdf, number)
    if not pieces:
        reading.unrecognised_pages.append(number)
        return page
    reading.recognised += lines
    return replace(page, pieces=pieces)


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
    scans: tuple[tuple[OmissionKind, list[int]], ...] = (
        ("scanned pages", reading.scanned_pages), ("unrecognised pages", reading.unrecognised_pages),
        ("pages beyond the limit", reading.pages_beyond_limit))
    for kind, numbers in scans:
        if numbers:
            yield Omission(kind, len(numbers), page_ranges(numbers))
    if reading.pictures:
        yield Omission("pictures", reading.pictures)
    if reading.hidden:
        yield Omission("hidden text", reading.hidden)
    if reading.comments:
        yield Omission("comments", reading.comments)
    if attachments:
        yield Omission("attachments", attachments)
