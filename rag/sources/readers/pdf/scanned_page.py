"""Scanned pages of a PDF: a page without usable text is drawn and its text recognised."""

from __future__ import annotations

import numpy as np
import pypdfium2

from rag.sources.elements import RecognisedLine, Table
from rag.sources.readers.pdf.layout import TextPiece, page_pieces
from rag.sources.recognition.page_recognition import recognise_page

_POINTS = 72  # to an inch
_RESOLUTION = 300  # dots per inch at which a page is drawn; small print is read better than at 200
_MAX_SIDE = 4_200  # pixels; a page larger than A4 is drawn at a lower resolution


def recognise_pdf_page(
    pdf: pypdfium2.PdfDocument, number: int,
) -> tuple[list[TextPiece | Table], tuple[RecognisedLine, ...]]:
    """The pieces of page `number`, from 1, as text recognition reads them, and its lines.

    Raises:
        pypdfium2.PdfiumError: the page is damaged.
    """
    page = pdf[number - 1]
    try:
        width, height = page.get_size()
        scale = min(_RESOLUTION / _POINTS, _MAX_SIDE / max(1.0, width, height))
        bitmap = page.render(scale=scale)
        image = np.ascontiguousarray(bitmap.to_numpy()[:, :, :3])
        bitmap.close()
    finally:
        page.close()
    read = recognise_page(image, number, width)
    return page_pieces(read.words, read.rules, read.height, number), read.lines
