"""Version pairs: the sentence or cell of another version that corresponds to a cited one.

Wording without figures decides, so that `80元` and `100元` correspond; but a row of a table only to the row with the same
names and codes: the price of DN50 never to that of DN25.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.citations.quotable import Quotable, quotable_parts
from rag.comparison.similarity import wording_similarity
from rag.questions.identifiers import find_identifiers
from rag.reading.matching import Sentence
from rag.schema import Passage
from rag.text.language import normalise, search_terms

_LEAST_ALIKE = 0.4  # of the wording of two parts that correspond to each other
_TERMS_BELOW_WORDING = 0.1  # what a similarity of terms counts less than one of the wording
_SAME_PLACE_BONUS = 0.3  # for a clause with the same number, and for a line with the same label
_SAME_BEGINNING_BONUS, _BEGINNING = 0.1, 2  # for the same first terms: mostly the subject
_SAME_ROW_BONUS = 0.1  # for a cell whose row has the same other cells
_OTHER_THING_MALUS = 0.4  # for codes that differ: P1, P2
_LABEL = re.compile(r"\s*[-*•]?\s*([^\s:：][^:：。.\n]{0,30}[:：])")


@dataclass(frozen=True)
class VersionPair:
    """A cited part, and what corresponds to it in another version."""

    cited: Sentence
    other: Sentence

    @property
    def is_same(self) -> bool:
        """Whether both say the same in the same words."""
        return _plain(self.cited.statement) == _plain(self.other.statement)


def part_of_passage(part: Quotable, passage: Passage) -> Sentence:
    """A quotable part with its passage."""
    return Sentence(part.text, part.start, part.end, part.block, passage=passage)


def find_pair(part: Sentence, version_passages: Sequence[Passage]) -> VersionPair | None:
    """The part of another version that corresponds to a cited one, if each is the other's best match."""
    candidates = [part_of_passage(other, passage) for passage in version_passages for other in quotable_parts(passage)]
    best = max(candidates, key=lambda other: _alikeness(part, other), default=None)
    if best is None or (strength := _alikeness(part, best)) < _LEAST_ALIKE:
        return None
    own = (part_of_passage(other, part.passage) for other in quotable_parts(part.passage))
    if any(_alikeness(best, other) > strength for other in own):
        return None
    return VersionPair(part, best)


def _alikeness(left: Sentence, right: Sentence) -> float:
    """How far two parts correspond: their wording without figures, and their places: clause, label, row."""
    if left.is_cell != right.is_cell:
        return 0.0
    wording = wording_similarity(_plain(left.statement), _plain(right.statement))
    alike = max(wording, _term_similarity(left.statement, right.statement) - _TERMS_BELOW_WORDING)
    alike += 0.01 * (left.text == right.text)
    if left.is_cell:
        return alike + _row_bonus(left, right)
    if _is_same_place(left, right):
        alike += _SAME_PLACE_BONUS
    elif _beginning(left) and _beginning(left) == _beginning(right):
        alike += _SAME_BEGINNING_BONUS
    a, b = ({*find_identifiers(part.text)} for part in (left, right))
    return alike - _OTHER_THING_MALUS * bool(a and b and not a & b)


def _is_same_place(left: Sentence, right: Sentence) -> bool:
    """Whether two parts have the same clause number or the same label: `Filter: …`."""
    numbers = [part.block.number if part.block else "" for part in (left, right)]
    if any(numbers):
        return numbers[0] == numbers[1]
    labels = [match[1] if (match := _LABEL.match(part.text)) else "" for part in (left, right)]
    return bool(labels[0]) and labels[0] == labels[1]


def _beginning(part: Sentence) -> tuple[str, ...]:
    terms = tuple(search_terms(part.text))
    return terms[:_BEGINNING] if len(terms) > _BEGINNING else ()


def _row_bonus(left: Sentence, right: Sentence) -> float:
    """For cells of one row in two versions; so low that they do not correspond where names or codes differ."""
    a, b = _other_cells(left), _other_cells(right)
    codes = [find_identifiers(" ".join([*cells, *_row_heads(part)])) for cells, part in ((a, left), (b, right))]
    figures = [re.findall(r"\d+", " ".join(_row_heads(part))) for part in (left, right)]
    if set(codes[0]) != set(codes[1]) or figures[0] != figures[1]:
        return -1.0
    return _SAME_ROW_BONUS * len({*a} & {*b}) / (max(len({*a}), len({*b})) or 1)


def _row_heads(cell: Sentence) -> list[str]:
    return [_plain(slice.text) for slice in cell.block.lead[:-1]] if cell.block else []


def _other_cells(cell: Sentence) -> list[str]:
    """The texts of the other cells of a cell's row."""
    passage, block = cell.passage, cell.block
    if block is None:
        return []
    row = (b for b in passage.blocks if b.parent == block.parent and b.index != block.index and b.kind == block.kind)
    texts = (passage.text[max(0, b.start - passage.start) : max(0, b.end - passage.start)] for b in row)
    return [_plain(text) for text in texts if text]


def _term_similarity(left: str, right: str) -> float:
    """The share of terms that two parts have in common, in any order, without figures, 0 to 1 (Dice).

    Where a rule was turned round, the terms are the same and the wording is another: `is not permitted`, `is permitted
    for up to 20 days`.
    """
    a, b = ({term for term in search_terms(text) if not term.isdigit()} for text in (left, right))
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def _plain(text: str) -> str:
    return "".join(normalise(text).split()) if not text.isascii() else " ".join(text.lower().split())
