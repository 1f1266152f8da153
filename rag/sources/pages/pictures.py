"""Pages of a picture file, such as a scan. Only the reading process calls these functions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps

from rag.sources.errors import UnreadableFile
from rag.sources.pages.pdf_pages import encode_image
from rag.sources.pages.views import LayoutRequest, PageImage, PageLayout
from rag.sources.readers.pictures.picture_pages import MAX_PIXELS, opaque_copy, open_picture

PICTURE_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"))
_MAX_PAGES = 5_000


def draw_picture(path: Path, number: int, width: int) -> PageImage:
    """An image of page `number`, from 1, of a picture file, at most `width` pixels wide.

    Raises:
        UnreadableFile: "damaged" or "too many pixels".
    """
    with _open_page(path, number) as (picture, _):
        picture.draft("RGB", (2 * width, 2 * width))  # a JPEG is unpacked at about the size that is needed
        upright = ImageOps.exif_transpose(opaque_copy(picture))
        if upright.width > width:
            height = max(1, round(upright.height * width / upright.width))
            upright = upright.resize((width, height), Image.Resampling.BILINEAR)
        return encode_image(upright)


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


@contextmanager
def _open_page(path: Path, number: int) -> Iterator[tuple[Image.Image, int]]:
    """The picture at its page, and the number of its pages."""
    with open_picture(path) as picture:
        count = min(int(getattr(picture, "n_frames", 1)), _MAX_PAGES)
        picture.seek(min(max(1, number), count) - 1)
        if picture.width * picture.height > MAX_PIXELS:
            raise UnreadableFile(
                "too many pixels", size=f" ({picture.width:,} × {picture.height:,})", limit=MAX_PIXELS // 1_000_000)
        yield picture, count
