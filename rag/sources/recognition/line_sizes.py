"""Line sizes: how large the letters of recognised lines are, by the width that their characters take.

The height of a detected line differs with its ascenders, its noise and its slant; the width of its characters does not.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from rag.sources.readers.pdf.words import Word
from rag.sources.recognition.engine import ReadLine

_WIDE_FROM = "\u2e80"  # Han characters and their punctuation fill an em
_NARROW = frozenset(" .,;:'’‘|!ilj()[]I")
_MIN_UNITS = 4.0  # em of text by which a size can be told; a shorter line has the size that its height says
_HEIGHT = 1.25  # em that a detected line is usually high
_LEAST, _MOST = 0.42, 1.05  # em of the height of a line: what is outside was stretched or set with spaces
_SAME_SIZE = 1.14  # times a size that is still the same; a heading is larger by more
_SAME_ROW = 0.35  # em by which the middles of words of one row differ at most


def character_units(character: str) -> float:
    """About how wide a character is, in em."""
    if character >= _WIDE_FROM:
        return 1.0
    if character in _NARROW:
        return 0.28
    if character.isdigit():
        return 0.5
    return 0.68 if character.isupper() else 0.5


def letter_sizes(lines: Sequence[ReadLine]) -> list[float]:
    """The size of the letters of each line in pixels; sizes that hardly differ are made equal."""
    sizes = [_line_size(line) for line in lines]
    order = sorted(range(len(lines)), key=sizes.__getitem__)
    groups: list[list[int]] = []
    for index in order:
        if groups and sizes[index] <= _SAME_SIZE * statistics.median(sizes[i] for i in groups[-1]):
            groups[-1].append(index)
        else:
            groups.append([index])
    for group in groups:
        weighted = sorted((sizes[i], len(lines[i].decoded.text)) for i in group)
        size = _weighted_median(weighted)
        for index in group:
            sizes[index] = size
    return sizes


def _line_size(line: ReadLine) -> float:
    left, right = line.quad[:, 0].min(), line.quad[:, 0].max()
    height = float(line.quad[:, 1].max() - line.quad[:, 1].min())
    units = sum(map(character_units, line.decoded.text))
    if units < _MIN_UNITS:
        return height / _HEIGHT
    return min(_MOST * height, max(_LEAST * height, float(right - left) / units))


def _weighted_median(pairs: list[tuple[float, int]]) -> float:
    half = sum(weight for _, weight in pairs) / 2
    for value, weight in pairs:
        half -= weight
        if half <= 0:
            return value
    return pairs[-1][0]


def align_baselines(words: list[Word]) -> list[Word]:
    """The words with one baseline for those of a row that is found as several lines: cells, or parts of a line."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.baseline):
        row = rows[-1] if rows else []
        if row and word.baseline - row[0].baseline <= _SAME_ROW * min(word.size, row[0].size):
            row.append(word)
        else:
            rows.append([word])
    for row in rows:
        baseline = statistics.median(word.baseline for word in row)
        for word in row:
            word.baseline = baseline
    return words
