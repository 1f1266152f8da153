"""A page of a PDF: opened, read and closed again, so that long files need little memory."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from rag.sources.elements import Table
from rag.sources.readers.pdf.graphics import Box, Graphics, PageFrame, read_graphics
from rag.sources.readers.pdf.layout import TextPiece, page_pieces
from rag.sources.readers.pdf.rules import Rules, rules_of
from rag.sources.readers.pdf.words import Word, read_words

_MAX_ANNOTATIONS = 5_000  # of one page
_MAX_VALUE = 20_000  # characters of a form field
_COMMENTS = frozenset({
    pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_HIGHLIGHT, pdfium.FPDF_ANNOT_UNDERLINE,
    pdfium.FPDF_ANNOT_SQUIGGLY, pdfium.FPDF_ANNOT_STRIKEOUT, pdfium.FPDF_ANNOT_STAMP, pdfium.FPDF_ANNOT_CARET})
_VALUE_FIELDS = frozenset({
    pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX})
_MARK_FIELDS = frozenset({pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON})
_PASSWORD_FLAG = 1 << 13  # of a text field (PDF 32000-1, table 228)
_SCAN_SHARE = 0.3  # of a page's area that images cover on a scanned page without text
_FULL_SCAN_SHARE = 0.75  # of its area that they cover if it has a few letters, such as a stamped page number
_FEW_LETTERS = 40  # on a scanned page
_GARBLED_SHARE = 0.5  # of the letters of a page without Unicode values: their font does not say what they are
_GARBLED = re.compile("[\ufffd\ue000-\uf8ff\x00-\x1f]")


@dataclass(frozen=True)
class PageReading:
    """The text pieces and tables of a page, and what was left out of it."""

    pieces: list[TextPiece | Table]
    hidden: int
    comments: int
    pictures: int
    is_scan: bool


def read_form(pdf: pypdfium2.PdfDocument) -> pypdfium2.PdfFormEnv | None:
    """The form of a file, which must be opened before its pages; None if it has none."""
    if pdf.get_formtype() == pdfium.FORMTYPE_NONE:
        return None
    pdf.init_forms()
    return pdf.formenv


def read_page(pdf: pypdfium2.PdfDocument, number: int, form: pypdfium2.PdfFormEnv | None) -> PageReading:
    """Page `number`, from 1.

    Raises:
        pypdfium2.PdfiumError: the page is damaged.
    """
    page = pdf[number - 1]
    try:
        text_page = page.get_textpage()
        try:
            return _read_open_page(page, text_page, number, form)
        finally:
            text_page.close()
    finally:
        page.close()


def _read_open_page(
    page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage, number: int,
    form: pypdfium2.PdfFormEnv | None) -> PageReading:
    graphics = read_graphics(page.raw)
    reading = read_words(text_page.raw, graphics)
    frame = PageFrame(graphics.page_box, reading.quadrant)
    fields, comments = _read_annotations(page, frame, form)
    words = reading.words + fields
    has_rules = len(graphics.lines) + len(graphics.edges) >= 2 and not reading.is_vertical
    rules = rules_of(graphics, frame) if has_rules else Rules()
    pieces = page_pieces(words, rules, frame.width if reading.is_vertical else frame.height, number)
    if reading.rotated_lines:
        pieces.append(TextPiece(tuple(reading.rotated_lines), 0.0))
    return PageReading(pieces, reading.hidden, comments, graphics.pictures, _is_scan(words, graphics))


def _is_scan(words: list[Word], graphics: Graphics) -> bool:
    """True for a page that shows text as an image, or whose text is not what it shows."""
    covered = sum(box.area for box in graphics.images) / max(1.0, graphics.page_box.area)
    letters = sum(len(word.text) for word in words)
    if not letters:
        return covered >= _SCAN_SHARE
    garbled = sum(len(_GARBLED.findall(word.text)) for word in words)
    return garbled >= _GARBLED_SHARE * letters or (letters <= _FEW_LETTERS and covered >= _FULL_SCAN_SHARE)


def _read_annotations(
    page: pypdfium2.PdfPage, frame: PageFrame, form: pypdfium2.PdfFormEnv | None) -> tuple[list[Word], int]:
    """The values of form fields as words at their places, and the number of comments."""
    words: list[Word] = []
    comments = 0
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MAX_ANNOTATIONS)):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        comments += kind in _COMMENTS and bool(_string_value(annotation))
        if kind == pdfium.FPDF_ANNOT_WIDGET and form:
            words += _field_words(annotation, form, frame)
        pdfium.FPDFPage_CloseAnnot(annotation)
    return words, comments


def _field_words(annotation: object, form: pypdfium2.PdfFormEnv, frame: PageFrame) -> list[Word]:
    """The value of a field, one word for each line of it."""
    flags = pdfium.FPDFAnnot_GetFlags(annotation)
    kind = pdfium.FPDFAnnot_GetFormFieldType(form.raw, annotation)
    if flags & (pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW):
        return []
    if kind in _MARK_FIELDS:
        value = "☑" if pdfium.FPDFAnnot_IsChecked(form.raw, annotation) else "☐"
    elif kind in _VALUE_FIELDS and not pdfium.FPDFAnnot_GetFormFieldFlags(form.raw, annotation) & _PASSWORD_FLAG:
        value = _field_value(annotation, form)
    else:
        return []
    box = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, box)
    left, top, right, bottom = frame.upright_box(Box(box.left, box.bottom, box.right, box.top))
    lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    height = (bottom - top) / len(lines)
    size = min(12.0, 0.7 * height)
    return [
        Word(line, left, min(right, left + size * len(line)), top + (index + 0.5) * height + 0.35 * size, size, True)
        for index, line in enumerate(lines) if line.strip()]


def _field_value(annotation: object, form: pypdfium2.PdfFormEnv) -> str:
    length = pdfium.FPDFAnnot_GetFormFieldValue(form.raw, annotation, None, 0)
    buffer = (ctypes.c_ushort * (min(length, 2 * _MAX_VALUE) // 2 + 1))()
    pdfium.FPDFAnnot_GetFormFieldValue(form.raw, annotation, buffer, ctypes.sizeof(buffer))
    return bytes(buffer).decode("utf-16-le", "replace").partition("\0")[0]


def _string_value(annotation: object) -> str:
    """The text of a comment."""
    length = pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0)
    buffer = (ctypes.c_ushort * (min(length, 2 * _MAX_VALUE) // 2 + 1))()
    pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, ctypes.sizeof(buffer))
    return bytes(buffer).decode("utf-16-le", "replace").partition("\0")[0]
