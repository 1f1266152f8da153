"""Sentences that were found for one question become what sets each apart from the others."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.questions.analysis import AnalysedQuestion
from rag.questions.answer_types import open_slots
from rag.reading.matching import Sentence, TermWeight, TextView, term_match, text_view
from rag.reading.slot_filling import fill_score

_RELATIVE = (
    "local_words", "local_signs", "local_grams", "rest_words", "rest_signs", "pool_words", "beyond_words", "beyond_signs", "beyond_grams")
FEATURES = (
    "local_words", "local_signs", "local_grams", "rest_words", "rest_signs", "pool_words", "pool_grams",
    "topic", "beyond_words", "beyond_signs", "beyond_grams", "introduces", "filled_least", "filled_most",
    "figures_found", "quoted", "place_found", "place_elsewhere", *(f"{name}_best" for name in _RELATIVE),
)


@dataclass(frozen=True)
class _Match:
    """How far a text says each part of a question."""

    words: tuple[float, ...]
    signs: tuple[float, ...]
    grams: tuple[float, ...]


def feature_table(question: AnalysedQuestion, candidates: Sequence[Sentence], term_weight: TermWeight) -> list[list[float]]:
    """For each sentence the numbers in the order of FEATURES.

    What stands in few of the candidates weighs much. What a passage's title or opening sentence says already is left out
    in `rest`, and in `beyond` what its title says or the words with which it opens, its `topic`: of
    `天门冬的根有什么特点？` only 根 tells the sentences on 天门冬 from each other, the first one too.
    """
    matches = [_match(question, text_view(sentence.text)) for sentence in candidates]
    weights = _Match(*(_telling([getattr(m, part) for m in matches]) for part in ("words", "signs", "grams")))
    members: dict[str, list[int]] = {}
    for i, sentence in enumerate(candidates):
        members.setdefault(sentence.passage.id, []).append(i)
    rows: list[dict[str, float]] = [{} for _ in candidates]
    left_open = open_slots(question.text, question.kinds)
    for some in members.values():
        passage = candidates[some[0]].passage
        heading = _match(question, text_view(f"{passage.title}\n{passage.section}"))
        opening = _either([heading, matches[some[0]]])
        topic = _either([heading, _match(question, text_view(_lead(candidates[some[0]])))])
        pool = _either([heading, *(matches[i] for i in some)])
        for i in some:
            given = heading if i == some[0] else opening
            rows[i] = _row(matches[i], given, pool, weights) | _beyond(matches[i], topic, weights)
            rows[i] |= _frame(question, text_view(candidates[i].text)) | _fills(question, left_open, candidates[i], term_weight)
    for name in _RELATIVE:
        best = max((row[name] for row in rows), default=0.0) or 1.0
        for row in rows:
            row[f"{name}_best"] = row[name] / best
    return [[row[name] for name in FEATURES] for row in rows]


def _match(question: AnalysedQuestion, text: TextView) -> _Match:
    return _Match(
        tuple(asked.weight_factor * term_match(asked, text)[1] for asked in question.terms),
        tuple(float(sign in text.characters) for sign in question.characters), tuple(float(gram in text.bigrams) for gram in question.ordered_bigrams))


def _either(some: Sequence[_Match]) -> _Match:
    return _Match(*(tuple(map(max, zip(*(getattr(m, part) for m in some), strict=True))) for part in ("words", "signs", "grams")))


def _telling(found: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The inverse document frequency of each part, a sentence being a document."""
    return tuple(math.log((len(found) + 1) / (0.5 + sum(column))) for column in zip(*found, strict=True))


def _row(match: _Match, given: _Match, pool: _Match, weights: _Match) -> dict[str, float]:
    return {
        "local_words": _share(match.words, weights.words), "local_signs": _share(match.signs, weights.signs),
        "local_grams": _share(match.grams, weights.grams),
        "rest_words": _share(_less(match.words, given.words), weights.words),
        "rest_signs": _share(_less(match.signs, given.signs), weights.signs),
        "pool_words": _share(pool.words, weights.words), "pool_grams": _share(pool.grams, weights.grams),
    }


def _lead(opening: Sentence) -> str:
    """What a passage is about, as its first sentence tells: the words before 是 or `is`, a bracket or a comma."""
    found = _LEAD.match(opening.text)
    return found[1] if found else ""


_LEAD = re.compile(r"[“\"《'‘「]?(.{1,40}?)(?:[（(，,:：]|是|为|又称|\b(?:is|was|are|were|has|had)\b)")


def _beyond(match: _Match, topic: _Match, weights: _Match) -> dict[str, float]:
    """How far the passage's topic is the question's, and what the sentence says of the rest of the question, as a share of it."""
    return {"topic": _share(topic.words, weights.words)} | {
        f"beyond_{part}": _share(_less(getattr(match, part), getattr(topic, part)), _left(getattr(weights, part), getattr(topic, part)))
        for part in ("words", "signs", "grams")}


def _left(weights: Sequence[float], topic: Sequence[float]) -> list[float]:
    return [w * max(0.0, 1 - t) for w, t in zip(weights, topic, strict=True)]


def _fills(question: AnalysedQuestion, left_open: Sequence[str], sentence: Sentence, rarity: TermWeight) -> dict[str, float]:
    """How far the sentence fills what the question leaves open, and whether it only says what its passage is about."""
    shares = [fill_score(slot, question, sentence, rarity) for slot in left_open]
    return {
        "filled_least": min(shares, default=0.5), "filled_most": max(shares, default=0.5),
        "introduces": float(sentence.position == 0 and "definition" not in question.kinds and bool(_INTRODUCES.match(sentence.text))),
    }


_INTRODUCES = re.compile(r".{0,80}?(?:是|\b(?:is|was|are|were)\b)")


def _frame(question: AnalysedQuestion, text: TextView) -> dict[str, float]:
    """Figures, quotations and places of the question in the sentence."""
    found = sum(any(f.has_same_value(g) for g in text.figures) for f in question.figures)
    return {
        "figures_found": found / max(1, len(question.figures)),
        "quoted": float(any(quotation in text.normal_form for quotation in question.quotations)),
        "place_found": float(bool(question.places & text.places)),
        "place_elsewhere": float(bool(question.places and text.places) and not question.places & text.places),
    }


def _less(some: Sequence[float], given: Sequence[float]) -> list[float]:
    return [max(0.0, a - b) for a, b in zip(some, given, strict=True)]


def _share(found: Sequence[float], weights: Sequence[float]) -> float:
    return sum(f * w for f, w in zip(found, weights, strict=True)) / (sum(weights) or 1.0)
