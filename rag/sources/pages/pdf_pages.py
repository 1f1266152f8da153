"""Pages of a PDF: drawn as images, and searched for quotes. Only the reading process calls these functions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pypdfium2
from PIL import ImageChops
from PIL.Image import Image

from rag.sources.errors import UnreadableFile
from rag.sources.file_types import has_pdf_header
from rag.sources.pages.characters import CharacterSource, read_characters
from rag.sources.pages.marks import marks_of
from rag.sources.pages.quote_search import find_quote, find_whole_quote
from rag.sources.pages.views import LayoutRequest, Mark, PageImage, PageLayout
from rag.sources.readers.pdf.page import read_form

_MAX_PIXELS = 24_000_000  # of one image
_MAX_SIDE = 12_000  # pixels
MAX_REACH = 3_000  # pages before and after the expected one in which a quote is looked for
_SURE_FIT = 1.0  # of a whole quote; on a page where it fits so well no other page is looked at
_PNG_LEVEL = 1  # of compression: higher ones take several times as long as drawing, for a tenth less


def draw_page(path: Path, number: int, width: int) -> PageImage:
    """An image of page `number`, from 1, about `width` pixels wide.

    Raises:
        UnreadableFile: "locked" or "damaged"; the page does not exist or cannot be drawn.
    """
    with _open_pdf(path) as pdf, _open_page(pdf, number) as page:
        page_width, page_height = page.get_size()
        scale = min(width / page_width, _MAX_SIDE / page_width, _MAX_SIDE / page_height,
                    (_MAX_PIXELS / (page_width * page_height)) ** 0.5)
        return encode_image(page.render(scale=scale, rev_byteorder=True).to_pil())


def encode_image(image: Image) -> PageImage:
    """A picture as a PNG file; one without colours as shades of grey, which takes half of the time."""
    image = image.convert("RGB")
    red, green, blue = image.split()
    if not (ImageChops.difference(red, green).getbbox() or ImageChops.difference(green, blue).getbbox()):
        image = red
    out = BytesIO()
    image.save(out, "PNG", compress_level=_PNG_LEVEL)
    return PageImage(out.getvalue(), image.width, image.height)


def lay_out_page(path: Path, request: LayoutRequest) -> PageLayout:
    """Size of a page and the marks of the quotes on it.

    Raises:
        UnreadableFile: as of `draw_page`.
    """
    with _open_pdf(path) as pdf:
        number = min(max(1, request.number or round(request.share * len(pdf))), len(pdf))
        if request.reach and request.quotes:
            number = _find_page(pdf, number, request)
        with _open_page(pdf, number) as page:
            width, height = page.get_size()
            layout = PageLayout(number, len(pdf), width, height)
            with _read_page(page) as source:
                if not any(map(str.strip, source.characters)):
                    return replace(layout, is_scan=True)
                return replace(layout, marks=tuple(_quote_marks(source, request, width / height)))


def _quote_marks(source: CharacterSource, request: LayoutRequest, ratio: float) -> Iterator[Mark]:
    for position, quote in enumerate(request.quotes):
        yield from marks_of(source, find_quote(quote, source).indices, ratio, position)


def _find_page(pdf: pypdfium2.PdfDocument, expected: int, request: LayoutRequest) -> int:
    """The page on which the first quote is: where it fits best, the nearest of several to the expected one."""
    quote, reach = request.quotes[0], min(request.reach, MAX_REACH)
    near = range(max(1, expected - reach), min(len(pdf), expected + reach) + 1)
    numbers = sorted(near, key=lambda number: abs(number - expected))
    for find in (find_whole_quote, find_quote):  # the second takes longer, and is needed for few quotes
        best, best_rank = expected, (0.0, 0.0)
        for number in numbers:
            with _open_page(pdf, number) as page, _read_page(page) as source:
                found = find(quote, source)
            if (found.coverage, found.fit) > best_rank:
                best, best_rank = number, (found.coverage, found.fit)
            if found.coverage == 1.0 and found.fit >= _SURE_FIT:
                break
        if best_rank[0]:
            return best
    return expected


@contextmanager
def _open_pdf(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    if not has_pdf_header(path):
        raise UnreadableFile("damaged", type="PDF", detail="no header")
    try:
        with pypdfium2.PdfDocument(path) as pdf:
            read_form(pdf)
            yield pdf
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise UnreadableFile("locked") from None
        raise UnreadableFile("damaged", type="PDF", detail=str(error)) from None


@contextmanager
def _open_page(pdf: pypdfium2.PdfDocument, number: int) -> Iterator[pypdfium2.PdfPage]:
    detail = {"en": f"page {number}", "zh": f"第 {number} 页"}
    if not 1 <= number <= len(pdf):
        raise UnreadableFile("damaged", type="PDF", detail=detail)
    try:
        page = pdf[number - 1]
    except pypdfium2.PdfiumError:
        raise UnreadableFile("damaged", type="PDF", detail=detail) from None
    try:
        if min(page.get_size()) <= 0:
            raise UnreadableFile("damaged", type="PDF", detail=detail)
        yield page
    finally:
        page.close()


@contextmanager
def _read_page(page: pypdfium2.PdfPage) -> Iterator[CharacterSource]:
    text_page = page.get_textpage()
    try:
        yield read_characters(page, text_page)
    finally:
        text_page.close()
