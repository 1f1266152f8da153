"""A question and sentences become numbers that say how well each answers it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources

from rag.numbers.figures import Figure, named_years, small_counts
from rag.questions.analysis import DEFINITION_CUE, LIST_CUE, REASON_CUE, AnalysedQuestion, QueryTerm, new_figures
from rag.reading import contrast_features
from rag.reading.matching import Sentence, TermWeight, TextView, passage_sentences, term_match, text_view
from rag.schema import Language, Passage
from rag.text.language import HAN, has_han, normalise


def matched_terms(question: AnalysedQuestion, text: str) -> frozenset[str]:
    """The telling words of a question that a text says, in letters or by a strong gloss."""
    here = text_view(text)
    return frozenset(asked.word for asked in question.terms if term_match(asked, here)[1] >= _STRONG)


def matched_share(question: AnalysedQuestion, terms: frozenset[str], term_weight: TermWeight) -> float:
    """How much of a question some of its words are, by their rarity, 0 to 1."""
    weights = {asked.word: asked.weight_factor * term_weight(asked.word, False) for asked in question.terms}
    return sum(weights[word] for word in terms) / (sum(weights.values()) or 1.0)


_STRONG = 0.5
BASE_FEATURES = (
    "letters", "coverage", "before", "after", "heading", "grams", "longest", "rarest", "focus", "names", "uncovered",
    "letters_best", "coverage_best", "grams_best", "passage_score", "passage_first",
    "asked_figure", "asked_unit", "asked_percent", "asked_time", "asked_person", "asked_place", "year_found", "year_missing",
    "count_found", "list_like", "reason_like", "definition_like", "length", "opening", "across", "across_coverage",
)
FEATURES = (*BASE_FEATURES, *contrast_features.FEATURES)


def feature_table(question: AnalysedQuestion, candidates: Sequence[Sentence], term_weight: TermWeight) -> list[list[float]]:
    """For each sentence the numbers by which it is ranked, in the order of FEATURES, each about 0 to 1."""
    more = contrast_features.feature_table(question, candidates, term_weight)
    return [row + other for row, other in zip(base_table(question, candidates, term_weight), more, strict=True)]


def base_table(question: AnalysedQuestion, candidates: Sequence[Sentence], term_weight: TermWeight) -> list[list[float]]:
    """The same by BASE: what reranking many passages has time for."""
    rows = [_features(question, sentence, term_weight) for sentence in candidates]
    for name in ("letters", "coverage", "grams"):  # as a share of the best there is: what ranks sentences of one question
        at = BASE_FEATURES.index(name)
        best = max((row[at] for row in rows), default=0.0) or 1.0
        for row in rows:
            row[BASE_FEATURES.index(f"{name}_best")] = row[at] / best
    return rows


def _features(question: AnalysedQuestion, sentence: Sentence, rarity: TermWeight) -> list[float]:
    language = sentence.passage.language
    across = language != question.language
    here, before, after = text_view(sentence.text), text_view(sentence.before), text_view(sentence.after)
    heading = text_view(f"{sentence.passage.title}\n{sentence.passage.section}")
    weights = [asked.weight_factor * rarity(*weight_key(asked, cross_lingual=across)) for asked in question.terms]
    total = sum(weights) or 1.0
    credits = [term_match(asked, here) for asked in question.terms]
    said = [max(soft, 0.7 * term_match(asked, heading)[1]) for asked, (_, soft) in zip(question.terms, credits, strict=True)]

    def share(beside: TextView) -> float:
        """What a neighbour adds to the words that the sentence itself lacks."""
        return sum(w * max(0.0, term_match(a, beside)[1] - s) for w, a, s in zip(weights, question.terms, said, strict=True)) / total

    heaviest = max(weights, default=1.0)
    coverage = sum(w * soft for w, (_, soft) in zip(weights, credits, strict=True)) / total
    shared = len(question.bigrams & here.bigrams) / max(1, len(question.bigrams)) if not across else coverage
    focus = [soft for asked, (_, soft) in zip(question.terms, credits, strict=True) if asked.word in question.focus_terms]
    row = {
        "letters": sum(w * letter for w, (letter, _) in zip(weights, credits, strict=True)) / total,
        "coverage": coverage, "before": share(before), "after": share(after),
        "heading": sum(w * s for w, s in zip(weights, said, strict=True)) / total - coverage,
        "grams": shared,
        "longest": 0.0 if across else min(1.0, _longest_shared(question.text, here.normal_form) / 12),
        "rarest": max((s for w, s in zip(weights, said, strict=True) if w == heaviest), default=0.0),
        "focus": sum(focus) / len(focus) if focus else 0.5,
        "names": _named(question, (here, before, heading)),
        "uncovered": sum(w for w, s in zip(weights, said, strict=True) if s == 0) / total,
        "passage_score": sentence.passage.score, "passage_first": float(sentence.passage.number == 1),
        **_asked_for(question, sentence, here, named_years(before.figures) | named_years(heading.figures)),
        "length": min(1.0, math.log1p(len(sentence.text) * (0.4 if language == "en" else 1.0)) / 6),
        "opening": float(sentence.position == 0), "across": float(across), "across_coverage": coverage if across else 0.0,
    }
    return [row.get(name, 0.0) for name in BASE_FEATURES]


def _asked_for(question: AnalysedQuestion, sentence: Sentence, here: TextView, years_around: frozenset[int]) -> dict[str, float]:
    """Whether a sentence has what kind of thing the question asks for: a figure, a unit, a year, a name, a list."""
    language = sentence.passage.language
    new = new_figures(question, here.figures)
    told_years = named_years(here.figures)
    return {
        "asked_figure": float("number" in question.kinds and any(f.kind == "amount" and not _mere(f, language) for f in new)),
        "asked_unit": float(any(f.unit in question.units for f in new)),
        "asked_percent": float("percent" in question.kinds and any(f.kind == "percent" or f.value < 1 for f in new)),
        "asked_time": float("time" in question.kinds and any(f.kind in ("year", "date") for f in new)),
        "asked_person": float("person" in question.kinds and "nr" in here.name_tags),
        "asked_place": float("place" in question.kinds and bool(here.name_tags & {"ns", "nt"})),
        "year_found": float(bool(question.years & told_years)),
        "year_missing": float(bool(question.years) and not question.years & (told_years | years_around)),
        "count_found": float(bool(question.counts & set(small_counts(here.figures)))),
        "list_like": float("list" in question.kinds and bool(LIST_CUE.search(sentence.text))),
        "reason_like": float("reason" in question.kinds and bool(REASON_CUE.search(sentence.text))),
        "definition_like": float("definition" in question.kinds and bool(DEFINITION_CUE.search(sentence.text))),
    }


def _named(question: AnalysedQuestion, texts: Sequence[TextView]) -> float:
    """The share of the question's proper names that the texts between them say; 1 where it has none."""
    names = [asked for asked in question.terms if asked.word in question.name_terms]
    return sum(max(term_match(name, text)[1] for text in texts) for name in names) / len(names) if names else 1.0


def _longest_shared(question: str, squeezed: str) -> int:
    """Length of the longest run of the question that stands in the sentence: Han characters, or letters by fives."""
    plain = normalise(question)
    best = 0.0
    for run in re.findall(f"[{HAN}]+|[a-z0-9][a-z0-9 '-]+", plain):
        scale = 1.0 if has_han(run) else 0.25
        for i in range(len(run)):
            while i + best / scale + 1 <= len(run) and run[i : i + int(best / scale) + 1] in squeezed:
                best += scale
    return int(best)


def weight_key(query_term: QueryTerm, *, cross_lingual: bool) -> tuple[str, bool]:
    """The term by whose frequency a word is weighed: itself, or across languages its best gloss."""
    if cross_lingual and query_term.glosses:
        return max(query_term.glosses, key=lambda gloss: query_term.glosses[gloss]), True
    return query_term.word, False


def _mere(figure: Figure, language: Language) -> bool:
    """A numeral that is part of a name rather than a count: 十四届, one of, 一批."""
    return figure.spelled and (figure.value < 3 or (language == "zh" and not figure.unit))


def sentence_scores(table: Sequence[Sequence[float]]) -> list[float]:
    """How well each sentence answers, as against the others: exp of a difference is how much likelier one is than another."""
    return [linear_score("sentence", FEATURES, row) for row in table]


RankedSentences = Sequence[tuple[float, Sentence, Sequence[float]]]  # score, sentence, features; the likeliest to answer first


def rank_sentences(question: AnalysedQuestion, passages: Sequence[Passage], term_weight: TermWeight) -> RankedSentences:
    """The sentences of passages in the order in which they are likely to answer a question."""
    candidates = passage_sentences(passages)
    table = feature_table(question, candidates, term_weight)
    scored = zip(sentence_scores(table), candidates, table, strict=True)
    return sorted(scored, key=lambda item: (-item[0], item[1].passage.number, item[1].start))


def passage_likelihoods(question: AnalysedQuestion, passages: Sequence[Passage], term_weight: TermWeight) -> list[float]:
    """For each passage the logarithm of its chance to answer, by its best sentence and a little by its second best."""
    chances: dict[str, list[float]] = {passage.id: [_NEVER, _NEVER] for passage in passages}
    candidates = passage_sentences(passages)
    for sentence, row in zip(candidates, base_table(question, candidates, term_weight), strict=True):
        chances[sentence.passage.id].append(probability("passage", BASE_FEATURES, row))
    tops = (sorted(chances[passage.id], reverse=True)[:2] for passage in passages)
    return [math.log(first) + _SECOND * math.log(second) for first, second in tops]


_NEVER, _SECOND = 1e-5, 0.3


def linear_score(model: str, names: Sequence[str], values: Sequence[float]) -> float:
    """The weighted sum, by the reviewed weights that `evals/training/train.py` makes."""
    weights = _weights()[model]
    return weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in zip(names, values, strict=True))


def probability(model: str, names: Sequence[str], values: Sequence[float]) -> float:
    """Logistic regression with those weights."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, linear_score(model, names, values)))))


@cache
def _weights() -> dict[str, dict[str, float]]:
    loaded = json.loads(resources.files("rag.reading").joinpath("weights.json").read_text("utf-8"))
    return {model: {name: float(value) for name, value in table.items()} for model, table in loaded.items()}


def reload_weights() -> None:
    """Read the weights anew at the next question: for the script that makes them."""
    _weights.cache_clear()
