"""Page recognition: the image of a page turned upright, and its lines of text into words with their places.

The words are as those of a PDF page with text (`rag/sources/readers/pdf/words.py`), so that columns, paragraphs and
tables are found by the same code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.sources.elements import RecognisedLine
from rag.sources.readers.pdf.rules import Rules
from rag.sources.readers.pdf.words import Word
from rag.sources.recognition.engine import Image, ReadLine, load_engine
from rag.sources.recognition.line_sizes import align_baselines, character_units, letter_sizes
from rag.sources.recognition.ruling_lines import find_rules
from rag.sources.recognition.upright_page import UprightPage, turn_upright

PAGE_WIDTH = 595.0  # points of an upright page, that of A4; a page on its side is wider by its form
_WIDE_SPACE = 1.6  # em between two characters, more than they need, from which on they are in two columns
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class RecognisedPage:
    """What was read of the image of a page: words and rules in points on the upright page, and the lines as read."""

    words: list[Word]
    rules: Rules
    lines: tuple[RecognisedLine, ...]
    width: float
    height: float


def recognise_page(image: Image, number: int, width: float = PAGE_WIDTH) -> RecognisedPage:
    """Read the image of page `number`, which is `width` points wide as it is shown."""
    page = turn_upright(image, load_engine())
    scale = width / image.shape[1]
    height, page_width = page.image.shape[0] * scale, page.image.shape[1] * scale
    sizes = letter_sizes(page.lines)
    words = [word for line, size in zip(page.lines, sizes, strict=True) for word in _line_words(line, size, scale)]
    lines = tuple(_describe_line(line, page, number) for line in page.lines)
    return RecognisedPage(align_baselines(words), find_rules(page.image, page.lines, scale), lines, page_width, height)


def _describe_line(line: ReadLine, page: UprightPage, number: int) -> RecognisedLine:
    corners = page.corners_in_original(line.quad)
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    box = tuple(round(float(min(1.0, max(0.0, share))), 4) for share in (left, top, right, bottom))
    decoded = line.decoded
    return RecognisedLine(decoded.text, number, box, decoded.doubts, round(decoded.score, 3))  # type: ignore[arg-type]


def _line_words(line: ReadLine, size: float, scale: float) -> list[Word]:
    """The words of a line; one whose characters are far apart is several words."""
    text, box = line.decoded.text, line.quad
    left, right = float(box[:, 0].min()), float(box[:, 0].max())
    top, bottom = float(box[:, 1].min()), float(box[:, 1].max())
    centres = [left + centre * (right - left) for centre in line.decoded.centres]
    baseline = (top + bottom) / 2 + 0.36 * size
    words: list[Word] = []
    for start, end in _word_spans(text, centres, size):
        first = centres[start] - 0.5 * size * character_units(text[start])
        last = centres[end - 1] + 0.5 * size * character_units(text[end - 1])
        words.append(Word(text[start:end], max(left, first), min(right, last), baseline, size, bool(words)))
    return [replace(word, left=word.left * scale, right=word.right * scale, baseline=word.baseline * scale,
                    size=word.size * scale) for word in _without_overlaps(words)]


def _word_spans(text: str, centres: list[float], size: float) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for word in _WORD.finditer(text):
        start = word.start()
        for index in range(start + 1, word.end()):
            needed = 0.5 * (character_units(text[index - 1]) + character_units(text[index])) * size
            if centres[index] - centres[index - 1] - needed > _WIDE_SPACE * size:
                spans.append((start, index))
                start = index
        spans.append((start, word.end()))
    return spans


def _without_overlaps(words: list[Word]) -> list[Word]:
    for before, word in pairwise(words):
        if word.left < before.right:
            before.right = word.left = (before.right + word.left) / 2
    return words
