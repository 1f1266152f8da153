"""Doubts of text recognition (OCR): whether a part of a passage, or a figure in it, may be another one in the scan."""

from __future__ import annotations

import re

from rag.numbers.figures import Figure
from rag.schema import Passage

_MARGIN = 1  # characters beside a figure: a digit or a point that was not seen


def has_doubt(passage: Passage, start: int, end: int) -> bool:
    """Whether the recogniser doubts something in `passage.text[start:end]`."""
    start, end = passage.start + start, passage.start + end
    return any(doubt.start < end and start < doubt.end for doubt in passage.doubts)


def has_doubted_quote(passage: Passage, quote: str) -> bool:
    """Whether the recogniser doubts something in a quote of a passage."""
    start = passage.text.find(quote) if quote else -1
    return start >= 0 and has_doubt(passage, start, start + len(quote))


def repeats_doubt(passage: Passage, claim: str, lead: str) -> bool:
    """Whether a claim has a doubted part of the passage, or the lead of its quote one of what is outside of it."""
    return any(
        doubt.text in (claim if passage.start <= doubt.start < passage.end else lead) for doubt in passage.doubts)


def is_doubted(figure: Figure, passage: Passage) -> bool:
    """Whether a figure is doubted that was found in the text of a passage, or behind it in what belongs to it.

    Title, section, date and leads have no offsets: there a figure is doubted if a doubted part outside of the passage
    has the same digits.
    """
    if figure.start < len(passage.text):
        return has_doubt(passage, figure.start - _MARGIN, figure.end + _MARGIN)
    numbers = _numbers(figure.text)
    outside = [doubt for doubt in passage.doubts if doubt.end <= passage.start or passage.end <= doubt.start]
    return any(numbers & _numbers(doubt.text) for doubt in outside)


def _numbers(text: str) -> frozenset[str]:
    """The runs of digits and of numerals in a text."""
    return frozenset(re.findall(r"\d+|[零〇一二三四五六七八九十百千万亿兆两]+", text))
