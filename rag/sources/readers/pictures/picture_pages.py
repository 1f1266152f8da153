"""Pages of a picture file as images for text recognition: upright as their camera says, in colours, of bounded size."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import error as ZlibError

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.Image import Resampling

from rag.sources.errors import UnreadableFile
from rag.sources.file_types import type_of_suffix
from rag.sources.recognition.engine import Image as Pixels

PICTURE_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
MAX_PIXELS = 80_000_000  # of a page, unpacked; an A3 page at 600 dpi has 70 million
_MAX_SIDE = 3_600  # pixels; a larger page is made smaller: an A4 page at 300 dpi has 3,508
_MIN_SIDE = 64  # pixels; a smaller one gets a margin
_FULL_RANGE = 65_535  # of a picture with 16 bits for each pixel
# what Pillow raises for damaged pictures, besides its own error
_DAMAGES = (UnidentifiedImageError, OSError, SyntaxError, EOFError, ValueError, IndexError, KeyError, TypeError,
            struct.error, ZlibError, OverflowError)


@contextmanager
def open_picture(path: Path) -> Iterator[Image.Image]:
    """A picture file, at its first page.

    Raises:
        UnreadableFile: "damaged".
    """
    usual_limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # `page_pixels` has a limit with a sentence
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=PICTURE_FORMATS) as picture:
                yield picture
    except _DAMAGES as error:
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile("damaged", type=type_of_suffix(path.suffix.lower()).names, detail=str(error)) from None
    finally:
        Image.MAX_IMAGE_PIXELS = usual_limit


def page_pixels(picture: Image.Image) -> Pixels:
    """The page at which a picture is, upright, as blue, green and red.

    Raises:
        UnreadableFile: "too many pixels".
    """
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise UnreadableFile("too many pixels", size=f" ({width:,} × {height:,})", limit=MAX_PIXELS // 1_000_000)
    picture.draft("RGB", (_MAX_SIDE, _MAX_SIDE))  # a JPEG is unpacked at about the size that is needed
    colours = opaque_copy(picture)
    colours.thumbnail((_MAX_SIDE, _MAX_SIDE), Resampling.BOX)
    upright = ImageOps.exif_transpose(colours).convert("RGB")
    if min(upright.size) < _MIN_SIDE:
        upright = _with_margin(upright)
    return np.ascontiguousarray(np.asarray(upright)[:, :, ::-1])


def opaque_copy(picture: Image.Image) -> Image.Image:
    """A picture without transparency and with 8 bits for each colour; it keeps what its camera says."""
    if picture.mode.startswith(("I", "F")):
        values = np.asarray(picture, dtype=np.float32)
        brightest = _FULL_RANGE if picture.mode.startswith("I;16") else max(1.0, float(values.max(initial=1)))
        grey = Image.fromarray(np.clip(values * (255 / brightest), 0, 255).astype(np.uint8))
        grey.info = dict(picture.info)
        return grey
    if "A" in picture.getbands() or "a" in picture.getbands() or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        white.alpha_composite(layer)
        white.info = dict(picture.info)
        return white
    return picture.convert("RGB")


def _with_margin(picture: Image.Image) -> Image.Image:
    """A very small picture in the middle of a white one."""
    size = max(_MIN_SIDE, picture.width), max(_MIN_SIDE, picture.height)
    sheet = Image.new("RGB", size, "white")
    sheet.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
    return sheet
