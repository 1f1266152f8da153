"""Contrast features: how one candidate sentence differs from the others that were retrieved for the same question."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.questions.analysis import AnalysedQuestion
from rag.reading.features import CONTRAST_FEATURES
from rag.reading.matching import Sentence, TermWeight, TextView, term_match, text_view
from rag.reading.slot_filling import fill_score

# features that are also given as a share of the best candidate's value, under their name with `_best`
_RELATIVE = tuple(name.removesuffix("_best") for name in CONTRAST_FEATURES if name.endswith("_best"))


class _Match(NamedTuple):
    """How far a text contains each part of a question, 0 to 1 for each part. Also used for the weights of the parts."""

    words: tuple[float, ...]
    signs: tuple[float, ...]  # single Han characters and English stems
    grams: tuple[float, ...]  # bigrams


def feature_table(
    question: AnalysedQuestion, candidates: Sequence[Sentence], term_weight: TermWeight,
) -> list[list[float]]:
    """For each candidate the values of CONTRAST_FEATURES, in their order.

    A part of the question that few candidates contain has a high weight. The features `rest_…` leave out what the title
    or the opening sentence of the passage says already; the features `beyond_…` leave out its topic (its title and
    first words). Example: of `天门冬的根有什么特点？`, only 根 distinguishes the sentences about 天门冬 from each other.
    """
    matches = [_match(question, text_view(sentence.statement)) for sentence in candidates]
    weights = _Match(*(_inverse_frequencies(columns) for columns in zip(*matches, strict=True))) if matches else None
    by_passage: dict[str, list[int]] = {}
    for i, sentence in enumerate(candidates):
        by_passage.setdefault(sentence.passage.id, []).append(i)
    rows: list[dict[str, float]] = [{} for _ in candidates]
    for members in by_passage.values():
        assert weights is not None
        first = candidates[members[0]]
        heading = _match(question, text_view(f"{first.passage.title}\n{first.passage.section}"))
        opening = _union([heading, matches[members[0]]])
        topic = _union([heading, _match(question, text_view(_topic_phrase(first)))])
        passage = _union([heading, *(matches[i] for i in members)])
        for i in members:
            known = heading if i == members[0] else opening
            rows[i] = {
                **_coverage_features(matches[i], known, passage, weights),
                **_beyond_topic_features(matches[i], topic, weights),
                **_reference_features(question, text_view(candidates[i].statement)),
                **_slot_features(question, candidates[i], term_weight),
            }
    for name in _RELATIVE:
        best = max((row[name] for row in rows), default=0.0) or 1.0
        for row in rows:
            row[f"{name}_best"] = row[name] / best
    return [[row[name] for name in CONTRAST_FEATURES] for row in rows]


def _match(question: AnalysedQuestion, view: TextView) -> _Match:
    return _Match(
        tuple(term.weight_factor * term_match(term, view).soft for term in question.terms),
        tuple(float(sign in view.characters) for sign in question.characters),
        tuple(float(gram in view.bigrams) for gram in question.ordered_bigrams),
    )


def _union(matches: Sequence[_Match]) -> _Match:
    """How far several texts together contain each part."""
    return _Match(*(tuple(map(max, zip(*columns, strict=True))) for columns in zip(*matches, strict=True)))


def _inverse_frequencies(rows: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The inverse document frequency of each part; each candidate counts as a document."""
    return tuple(math.log((len(rows) + 1) / (0.5 + sum(column))) for column in zip(*rows, strict=True))


def _coverage_features(match: _Match, known: _Match, passage: _Match, weights: _Match) -> dict[str, float]:
    return {
        "local_words": _weighted_share(match.words, weights.words),
        "local_signs": _weighted_share(match.signs, weights.signs),
        "local_grams": _weighted_share(match.grams, weights.grams),
        "rest_words": _weighted_share(_difference(match.words, known.words), weights.words),
        "rest_signs": _weighted_share(_difference(match.signs, known.signs), weights.signs),
        "pool_words": _weighted_share(passage.words, weights.words),
        "pool_grams": _weighted_share(passage.grams, weights.grams),
    }


def _topic_phrase(opening: Sentence) -> str:
    """The topic of a passage, from its opening sentence: the words before 是 or `is`, a bracket or a comma."""
    phrase = _TOPIC_PHRASE.match(opening.text)
    return phrase[1] if phrase else ""


_TOPIC_PHRASE = re.compile(
    r"[“\"《'‘「]?(.{1,40}?)(?:[（(，,:：]|是|为|又称|\b(?:is|was|are|were|has|had)\b)")


def _beyond_topic_features(match: _Match, topic: _Match, weights: _Match) -> dict[str, float]:
    """How far the passage's topic covers the question, and how far the sentence covers the rest of it."""
    features = {"topic": _weighted_share(topic.words, weights.words)}
    for part, matched, by_topic, weight in zip(_Match._fields, match, topic, weights, strict=True):
        rest_weights = [w * max(0.0, 1 - t) for w, t in zip(weight, by_topic, strict=True)]
        features[f"beyond_{part}"] = _weighted_share(_difference(matched, by_topic), rest_weights)
    return features


def _slot_features(
    question: AnalysedQuestion, sentence: Sentence, term_weight: TermWeight,
) -> dict[str, float]:
    """How far the sentence fills the question's open slots, and whether it only says what its passage is about."""
    fills = [fill_score(slot, question, sentence, term_weight) for slot in question.slots]
    is_introduction = (
        sentence.position == 0 and "definition" not in question.kinds and bool(_INTRODUCTION.match(sentence.text)))
    return {
        "filled_least": min(fills, default=0.5),
        "filled_most": max(fills, default=0.5),
        "introduces": float(is_introduction),
    }


_INTRODUCTION = re.compile(r".{0,80}?(?:是|\b(?:is|was|are|were)\b)")


def _reference_features(question: AnalysedQuestion, view: TextView) -> dict[str, float]:
    """Figures, quoted phrases and places of the question in the sentence."""
    found = sum(any(figure.has_same_value(other) for other in view.figures) for figure in question.figures)
    return {
        "figures_found": found / max(1, len(question.figures)),
        "quoted": float(any(phrase in view.normal_form for phrase in question.quotations)),
        "place_found": float(bool(question.places & view.places)),
        "place_elsewhere": float(bool(question.places and view.places) and not question.places & view.places),
    }


def _difference(values: Sequence[float], known: Sequence[float]) -> list[float]:
    return [max(0.0, a - b) for a, b in zip(values, known, strict=True)]


def _weighted_share(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / (sum(weights) or 1.0)
