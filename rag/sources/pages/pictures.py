"""Pages of a picture file, such as a scan. Only the reading process calls these functions."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from rag.sources.errors import UnreadableFile
from rag.sources.pages.pdf_pages import encode_image
from rag.sources.pages.views import LayoutRequest, PageImage, PageLayout

PICTURE_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"))
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
_MAX_PIXELS = 120_000_000  # of a picture, unpacked; a scan of an A3 page at 600 dpi has 70 million
_MAX_PAGES = 5_000


def draw_picture(path: Path, number: int, width: int) -> PageImage:
    """An image of page `number`, from 1, of a picture file, at most `width` pixels wide.

    Raises:
        UnreadableFile: "damaged" or "too large".
    """
    with _open_page(path, number) as (picture, _):
        picture.draft("RGB", (width, width))  # a JPEG is unpacked at about the size that is needed
        upright = ImageOps.exif_transpose(picture)
        if upright.width > width:
            upright = upright.convert("RGB").resize(
                (width, max(1, round(upright.height * width / upright.width))), Image.Resampling.BILINEAR)
        return encode_image(_on_white(upright))


def lay_out_picture(path: Path, request: LayoutRequest) -> PageLayout:
    """The size of a page of a picture file, in pixels; it has no text in which words could be found.

    Raises:
        UnreadableFile: as of `draw_picture`.
    """
    with _open_page(path, request.number) as (picture, count):
        width, height = picture.size
        if picture.getexif().get(_ORIENTATION, 1) >= _FIRST_TURNED:
            width, height = height, width
        return PageLayout(min(max(1, request.number), count), count, width, height, is_scan=True)


_ORIENTATION, _FIRST_TURNED = 0x0112, 5  # the tag of EXIF, and its first value for a picture on its side


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture
    layer = picture.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    white.alpha_composite(layer)
    return white


@contextmanager
def _open_page(path: Path, number: int) -> Iterator[tuple[Image.Image, int]]:
    """The picture at its page, and the number of its pages."""
    suffix = path.suffix.lower()
    try:
        with warnings.catch_warnings(), Image.open(path, formats=_FORMATS) as picture:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            if picture.width * picture.height > _MAX_PIXELS:
                raise UnreadableFile("too large", mebibytes=3 * _MAX_PIXELS >> 20)
            count = min(int(getattr(picture, "n_frames", 1)), _MAX_PAGES)
            picture.seek(min(max(1, number), count) - 1)
            yield picture, count
    except Image.DecompressionBombError:
        raise UnreadableFile("too large", mebibytes=3 * _MAX_PIXELS >> 20) from None
    except (UnidentifiedImageError, OSError, SyntaxError, EOFError, ValueError) as error:
        raise UnreadableFile("damaged", type=suffix, detail=str(error)) from None
