"""Picture reader: the pages of a picture file turned into text by text recognition."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from rag.sources.elements import FileContent, Omission, RecognisedLine, Table
from rag.sources.errors import UnreadableFile
from rag.sources.page_progress import report_page
from rag.sources.page_ranges import page_ranges
from rag.sources.process_limits import allow_memory
from rag.sources.readers.pdf.elements import elements_of_pages
from rag.sources.readers.pdf.layout import TextPiece, page_pieces
from rag.sources.readers.pictures.picture_pages import open_picture, page_pixels
from rag.sources.recognition.installation import EXTRA_MEBIBYTES, has_recogniser
from rag.sources.recognition.page_recognition import recognise_page

_PAGED_FORMATS = frozenset(("TIFF", "MPO"))  # whose further pictures are pages; those of others are an animation
MAX_PAGES = 2_000  # of one file, each of which takes seconds


def read_picture(path: Path) -> FileContent:
    """The text of a picture, or of each page of a TIFF file. Of an animation only the first picture is read.

    Raises:
        UnreadableFile: "needs recognition" (the extra is not installed), "damaged" or "too many pixels".
    """
    if not has_recogniser():
        raise UnreadableFile("needs recognition")
    allow_memory(EXTRA_MEBIBYTES)
    pages: list[list[TextPiece | Table]] = []
    lines: list[RecognisedLine] = []
    empty: list[int] = []
    with open_picture(path) as picture:
        count = int(getattr(picture, "n_frames", 1))
        is_paged = picture.format in _PAGED_FORMATS
        wanted = min(count, MAX_PAGES) if is_paged else 1
        for number in range(1, wanted + 1):
            report_page(number, wanted)
            pieces, found = _read_page(picture, number)
            pages.append(pieces)
            lines += found
            empty += [] if pieces else [number]
    omissions = tuple(_omissions(empty if wanted > 1 else [], count - wanted, is_paged=is_paged))
    return FileContent(tuple(elements_of_pages(pages)), {}, omissions, tuple(lines))


def _read_page(picture: Image.Image, number: int) -> tuple[list[TextPiece | Table], tuple[RecognisedLine, ...]]:
    picture.seek(number - 1)
    page = recognise_page(page_pixels(picture), number)
    return page_pieces(page.words, page.rules, page.height, number), page.lines


def _omissions(empty: list[int], further: int, *, is_paged: bool) -> Iterator[Omission]:
    if empty:
        yield Omission("unrecognised pages", len(empty), page_ranges(empty))
    if further > 0:
        yield Omission("pages beyond the limit" if is_paged else "further frames", further)
