"""Lines of a PDF page: words on one baseline turned into lines, and lines into text with its spaces."""

from __future__ import annotations

import re
import statistics
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

from rag.sources.readers.pdf.glyphs import SPACE_GAP
from rag.sources.readers.pdf.words import Word
from rag.text.language import HAN
from rag.text.lexicon import load_lexicon

CELL_GAP = 0.9  # em between two words from which on they may be in two columns
_SAME_LINE = 0.3  # em by which baselines of one line differ at most
_RAISED = 0.65  # em by which an index or a note's mark is above or below its line
_INDEX_SIZE = 0.88  # of the size of the line; an index is not larger
_HAN_GAP = 0.4  # em between two Han characters from which on a space is between them
_MIXED_GAP = 0.35  # em between a Han character and a Latin one; typesetters put a quarter of an em there


@dataclass(slots=True)
class Line:
    """The words of one line from left to right."""

    words: list[Word]
    baseline: float
    size: float  # of its longest word

    @property
    def left(self) -> float:
        return self.words[0].left

    @property
    def right(self) -> float:
        return max(word.right for word in self.words)

    @property
    def text(self) -> str:
        return join_words(self.words)

    def segments(self, gap: float = CELL_GAP) -> list[Line]:
        """The parts of the line between gaps that are wider than a space, in em."""
        parts = [[self.words[0]]]
        edge = self.words[0].right
        for word in self.words[1:]:
            if word.left - edge >= gap * self.size:
                parts.append([])
            parts[-1].append(word)
            edge = max(edge, word.right)
        return [self] if len(parts) == 1 else [make_line(part) for part in parts]


def make_line(words: list[Word]) -> Line:
    """A line from words of one baseline in any order."""
    longest, length = words[0], 0.0
    for word in words:
        if len(word.text) * word.size > length:
            longest, length = word, len(word.text) * word.size
    return Line(sorted(words, key=attrgetter("left")), longest.baseline, longest.size)


def lines_of(words: list[Word]) -> list[Line]:
    """The lines of words from top to bottom, with raised and lowered words in the lines to which they belong."""
    groups: list[list[Word]] = []
    for word in sorted(words, key=attrgetter("baseline")):
        anchor = groups[-1][0] if groups else None
        if anchor and word.baseline - anchor.baseline <= _SAME_LINE * min(word.size, anchor.size):
            groups[-1].append(word)
        else:
            groups.append([word])
    lines: list[Line] = []
    for line in map(make_line, groups):
        if lines and _belongs_to(line, lines[-1]):
            line = make_line(lines.pop().words + line.words)
        lines.append(line)
    return lines


def _belongs_to(line: Line, above: Line) -> bool:
    """True if one of the two has the indices of the other."""
    small, large = sorted((line, above), key=lambda each: each.size)
    if small.size > _INDEX_SIZE * large.size or line.baseline - above.baseline > _RAISED * large.size:
        return False
    tolerance = 0.2 * small.size
    return all(
        any(a.right - tolerance <= word.left and word.right <= b.left + tolerance and
            min(word.left - a.right, b.left - word.right) < 0.5 * large.size
            for a, b in pairwise(_with_edges(large.words)))
        for word in small.words)


def _with_edges(words: list[Word]) -> list[Word]:
    far = 1e6
    return [Word("", -far, -far, 0, 0), *words, Word("", far, far, 0, 0)]


_WIDE = re.compile(rf"[{HAN}\u3000-\u303f\uff00-\uffef“”‘’—…·]")


def join_words(words: list[Word]) -> str:
    """The text of words of one line, with a space where the file has one or the gap is as wide as one.

    Han characters that are spaced out evenly (`唯 创 新 者`) get no spaces.
    """
    spaced_out = _is_spaced_out(words)
    text = words[0].text
    for before, word in pairwise(words):
        text += " " * _has_space(before, word, spaced_out=spaced_out) + word.text
    return text


def _has_space(before: Word, word: Word, *, spaced_out: bool) -> bool:
    gap = (word.left - before.right) / max(min(before.size, word.size), 0.1)
    wide = [bool(_WIDE.match(before.text[-1])), bool(_WIDE.match(word.text[0]))]
    if all(wide):
        return not spaced_out and (gap >= _HAN_GAP or (word.after_space and gap >= SPACE_GAP))
    if any(wide):
        return gap >= _MIXED_GAP or (word.after_space and gap >= SPACE_GAP)
    return word.after_space or gap >= SPACE_GAP


def _is_spaced_out(words: list[Word]) -> bool:
    """True if single Han characters have gaps of one width between them."""
    single = [bool(len(word.text) == 1 and _WIDE.match(word.text)) for word in words]
    gaps = [b.left - a.right for (a, b), is_single in zip(pairwise(words), single, strict=False) if is_single]
    if len(words) < 3 or sum(single) < 0.8 * len(words) or len(gaps) < 2:
        return False
    return max(gaps) <= 1.5 * statistics.median(gaps) + 1


_COMPOUND_PREFIXES = frozenset(load_lexicon("rag.sources", "compound_prefixes"))


def join_lines_of_cell(lines: list[str]) -> str:
    """The lines of a cell as one text: `持股比` + `例（%）`, `distri-` + `bution`, `North` + `Shore`."""
    text = ""
    for line in lines:
        if word := re.search(r"([^\W\d_]+)-$", text):
            if line[:1].islower() and word.group(1).lower() not in _COMPOUND_PREFIXES:
                text = text[:-1]
            text += line
        elif text and line and _WIDE.match(text[-1]) is None and _WIDE.match(line[0]) is None:
            text += f" {line}"
        else:
            text += line
    return text


def display_width(text: str) -> int:
    """Columns of a fixed-width font: a Han character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
