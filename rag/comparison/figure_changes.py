"""Figure changes: the figures of a text that another version replaces with others of their kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rag.numbers.figures import Figure, find_figures, is_incidental

_MAX_LENGTH = 4_000  # characters of a text in which figures are compared
_MARGIN = 24  # characters around what differs, in which a figure with its unit has room
_TIME = re.compile(r"(?<!\d)\d{1,2}[:：]\d{2}(?!\d)(?:\s?[ap]\.?m\.?)?", re.I)


@dataclass(frozen=True)
class FigureChange:
    """A figure that another one replaces, as both are written."""

    old: str
    new: str


@dataclass(frozen=True)
class _WrittenFigure:
    text: str
    start: int
    figure: Figure | None  # None: a time of day

    def is_replaced_by(self, other: _WrittenFigure) -> bool:
        if self.figure is None or other.figure is None:
            return self.figure is other.figure and self.text != other.text
        return self.figure.is_comparable(other.figure) and not self.figure.has_same_value(other.figure)


def compare_figures(old: str, new: str) -> list[FigureChange]:
    """The figures of the old text that others of their kind replace in the new one, in order.

    `每人每天80元` and `每人每天100元` → 80元 → 100元.
    """
    left, right = map(_written_figures, _differing_parts(old[:_MAX_LENGTH], new[:_MAX_LENGTH]))
    return [FigureChange(a.text, b.text) for a, b in _replacements(left, right) if a.is_replaced_by(b)]


def common_length(left: Sequence[str], right: Sequence[str]) -> int:
    """How many characters or words at the beginning are the same."""
    for length, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return length
    return min(len(left), len(right))


def _differing_parts(old: str, new: str) -> tuple[str, str]:
    """Both texts without what they have in common at the beginning and at the end, except for the nearest words."""
    first = common_length(old, new)
    last = common_length(old[first:][::-1], new[first:][::-1])
    start = max(0, first - _MARGIN)
    return old[start : len(old) - max(0, last - _MARGIN)], new[start : len(new) - max(0, last - _MARGIN)]


def _replacements(
    left: Sequence[_WrittenFigure], right: Sequence[_WrittenFigure],
) -> list[tuple[_WrittenFigure, _WrittenFigure]]:
    if len(left) == len(right):
        return [*zip(left, right, strict=True)]
    matcher = SequenceMatcher(None, [f.text for f in left], [f.text for f in right], autojunk=False)
    return [
        pair for operation, i1, i2, j1, j2 in matcher.get_opcodes() if operation == "replace"
        for pair in zip(left[i1:i2], right[j1:j2], strict=False)]


def _written_figures(text: str) -> list[_WrittenFigure]:
    times = [_WrittenFigure(match[0], match.start(), None) for match in _TIME.finditer(text)]
    found = [
        _WrittenFigure(_with_unit(figure, text), figure.start, figure) for figure in find_figures(text)
        if not is_incidental(figure)
        and not any(time.start <= figure.start < time.start + len(time.text) for time in times)]
    return sorted([*found, *times], key=lambda one: one.start)


_UNIT_AFTER = re.compile(
    r"\s?(?:(?:working |calendar |business )?(?:days?|weeks?|months?|years?|hours?|minutes?)|dollars?|euros?"
    r"|pounds?|yuan"
    r"|percent|per cent|kg|km|mm|cm|m|g|ml|l|kwh|°c|℃)(?![a-z])", re.I)


def _with_unit(figure: Figure, text: str) -> str:
    """A figure as it is written, with the English unit behind it: 20 days."""
    unit = _UNIT_AFTER.match(text, figure.end)
    return text[figure.start : unit.end()] if unit else figure.text
