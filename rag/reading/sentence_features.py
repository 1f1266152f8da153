"""Features of a sentence for a question, which rank sentences and passages; `features.py` has their meanings."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache

from rag.numbers.figures import MIN_COUNTED_IN_WORDS, Figure, named_years, small_counts
from rag.questions.analysis import DEFINITION_CUE, LIST_CUE, REASON_CUE, AnalysedQuestion, new_figures
from rag.reading import contrast_features
from rag.reading.features import BASE_FEATURES
from rag.reading.matching import Sentence, TermMatch, TermWeight, TextView, term_match, text_view, weight_key
from rag.schema import Language
from rag.text.language import HAN, has_han, normalise

_HEADING_FACTOR = 0.7  # a term that only the heading has counts less


def feature_table(
    question: AnalysedQuestion, candidates: Sequence[Sentence], term_weight: TermWeight,
) -> list[list[float]]:
    """For each candidate the values of SENTENCE_FEATURES, in their order."""
    base = base_table(question, candidates, term_weight)
    contrast = contrast_features.feature_table(question, candidates, term_weight)
    return [values + more for values, more in zip(base, contrast, strict=True)]


def base_table(
    question: AnalysedQuestion, candidates: Sequence[Sentence], term_weight: TermWeight,
) -> list[list[float]]:
    """For each candidate the values of BASE_FEATURES only, which are fast enough for reranking many passages."""
    languages = {sentence.passage.language for sentence in candidates}
    matchers = {language: _TermMatcher(question, term_weight, language) for language in languages}
    rows = [_base_values(matchers[sentence.passage.language], sentence) for sentence in candidates]
    for name in ("letters", "coverage", "grams"):
        index, relative_index = BASE_FEATURES.index(name), BASE_FEATURES.index(f"{name}_best")
        best = max((row[index] for row in rows), default=0.0) or 1.0
        for row in rows:
            row[relative_index] = row[index] / best
    return rows


class _TermMatcher:
    """The terms of a question with their weights in one language, and how far texts contain them.

    The cells of a table share leads and neighbours: each text is compared once.
    """

    def __init__(self, question: AnalysedQuestion, term_weight: TermWeight, language: Language) -> None:
        self.question, self.is_across = question, language != question.language
        self.weights = [
            term.weight_factor * term_weight(*weight_key(term, cross_lingual=self.is_across))
            for term in question.terms]
        self.total, self.heaviest = sum(self.weights) or 1.0, max(self.weights, default=1.0)
        self._matches: dict[str, list[TermMatch]] = {}

    def matches(self, text: str) -> list[TermMatch]:
        """How far a text contains each term."""
        if text not in self._matches:
            view = text_view(text)
            self._matches[text] = [term_match(term, view) for term in self.question.terms]
        return self._matches[text]

    def added_coverage(self, text: str, covered: Sequence[float]) -> float:
        """How much of the terms a text covers beyond what is `covered`, which has a share for each term."""
        gains = zip(self.weights, self.matches(text), covered, strict=True)
        return sum(weight * max(0.0, match.soft - cover) for weight, match, cover in gains) / self.total


def _base_values(matcher: _TermMatcher, sentence: Sentence) -> list[float]:
    question, weights, total = matcher.question, matcher.weights, matcher.total
    language, across = sentence.passage.language, matcher.is_across
    heading_text = f"{sentence.passage.title}\n{sentence.passage.section}"
    view, before, heading = text_view(sentence.statement), text_view(sentence.before), text_view(heading_text)
    matches = matcher.matches(sentence.statement)
    covered = [
        max(match.soft, _HEADING_FACTOR * above.soft)
        for match, above in zip(matches, matcher.matches(heading_text), strict=True)]
    coverage = sum(weight * match.soft for weight, match in zip(weights, matches, strict=True)) / total
    heaviest = [cover for weight, cover in zip(weights, covered, strict=True) if weight == matcher.heaviest]
    bigram_share = len(question.bigrams & view.bigrams) / max(1, len(question.bigrams)) if not across else coverage
    focus = [m.soft for term, m in zip(question.terms, matches, strict=True) if term.word in question.focus_terms]
    length = len(sentence.statement) * (_ENGLISH_LENGTH if language == "en" else 1.0)
    row = {
        "letters": sum(weight * match.literal for weight, match in zip(weights, matches, strict=True)) / total,
        "coverage": coverage,
        "before": matcher.added_coverage(sentence.before, covered),
        "after": matcher.added_coverage(sentence.after, covered),
        "heading": sum(weight * cover for weight, cover in zip(weights, covered, strict=True)) / total - coverage,
        "grams": bigram_share,
        "longest": 0.0 if across else min(1.0, _longest_common_run(question.text, view.normal_form) / 12),
        "rarest": max(heaviest, default=0.0),
        "focus": sum(focus) / len(focus) if focus else 0.5,
        "names": _name_coverage(question, (view, before, heading)),
        "uncovered": sum(weight for weight, cover in zip(weights, covered, strict=True) if cover == 0) / total,
        "passage_score": sentence.passage.score,
        "passage_first": float(sentence.passage.number == 1),
        **_answer_type_features(question, sentence, (before, heading)),
        "length": min(1.0, math.log1p(length) / 6),
        "opening": float(sentence.position == 0),
        "across": float(across),
        "across_coverage": coverage if across else 0.0,
        # filled in by `base_table`, which knows all candidates
        "letters_best": 0.0, "coverage_best": 0.0, "grams_best": 0.0,
    }
    return [row[name] for name in BASE_FEATURES]


_VALUE_KINDS = frozenset(("number", "percent", "time"))  # of questions that ask for a figure
_ENGLISH_LENGTH = 0.4  # length factor of English sentences, which have 2.5 times the characters of Chinese ones


def _answer_type_features(
    question: AnalysedQuestion, sentence: Sentence, around: Sequence[TextView],
) -> dict[str, float]:
    """Whether a sentence has the kind of thing that the question asks for: a figure, a unit, a year, a name, a list."""
    view = text_view(sentence.value_text)
    language, kinds = sentence.passage.language, question.kinds
    asks_value = bool(question.units) or bool(_VALUE_KINDS.intersection(kinds))
    new_values = new_figures(question, view.figures) if asks_value else []
    years = named_years(text_view(sentence.statement).figures) if question.years else frozenset()
    years_around = named_years([figure for text in around for figure in text.figures]) if question.years else years
    amounts = [figure for figure in new_values if figure.kind == "amount" and not _is_part_of_name(figure, language)]
    return {
        "asked_figure": float("number" in kinds and bool(amounts)),
        "asked_unit": float(any(figure.unit in question.units for figure in new_values)),
        "asked_percent": float("percent" in kinds and any(f.kind == "percent" or f.value < 1 for f in new_values)),
        "asked_time": float("time" in kinds and any(figure.kind in ("year", "date") for figure in new_values)),
        "asked_person": float("person" in kinds and "nr" in view.name_tags),
        "asked_place": float("place" in kinds and bool(view.name_tags & {"ns", "nt"})),
        "year_found": float(bool(question.years & years)),
        "year_missing": float(bool(question.years) and not question.years & (years | years_around)),
        "count_found": float(bool(question.counts) and bool(question.counts & set(small_counts(view.figures)))),
        "list_like": float("list" in kinds and bool(LIST_CUE.search(sentence.text))),
        "reason_like": float("reason" in kinds and bool(REASON_CUE.search(sentence.text))),
        "definition_like": float("definition" in kinds and bool(DEFINITION_CUE.search(sentence.text))),
    }


def _name_coverage(question: AnalysedQuestion, views: Sequence[TextView]) -> float:
    """The share of the question's proper names that the texts together contain; 1 if it has none."""
    names = [term for term in question.terms if term.word in question.name_terms]
    if not names:
        return 1.0
    return sum(max(term_match(name, view).soft for view in views) for name in names) / len(names)


def _longest_common_run(question: str, normal_form: str) -> int:
    """The length of the longest part of the question in the sentence; a Han character counts 1, a letter 0.25."""
    best = 0.0
    for run, scale in _weighted_runs(question):
        for i in range(len(run)):
            while i + best / scale + 1 <= len(run) and run[i : i + int(best / scale) + 1] in normal_form:
                best += scale
    return int(best)


@lru_cache(maxsize=16)
def _weighted_runs(question: str) -> tuple[tuple[str, float], ...]:
    """The runs of Han characters or of letters and digits in a question, with what a character of each counts."""
    runs = re.findall(f"[{HAN}]+|[a-z0-9][a-z0-9 '-]+", normalise(question))
    return tuple((run, 1.0 if has_han(run) else 0.25) for run in runs)


def _is_part_of_name(figure: Figure, language: Language) -> bool:
    """Whether a numeral belongs to a name or set phrase and counts nothing: 十四届, one of, 一批."""
    return figure.spelled and (figure.value < MIN_COUNTED_IN_WORDS or (language == "zh" and not figure.unit))
