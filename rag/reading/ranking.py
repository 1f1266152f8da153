"""A question and sentences become numbers that say how well each answers it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources

from rag.numbers.figures import Figure, named_years, small_counts
from rag.questions.analysis import DEFINING, LISTING, REASONING, Asked, Question, unasked
from rag.reading import contrast_features
from rag.reading.matching import Rarity, Sentence, Told, credit, sentences_of, told
from rag.schema import Language, Passage
from rag.text.language import HAN, has_han, normalise


def words_said(question: Question, text: str) -> frozenset[str]:
    """The telling words of a question that a text says, in letters or by a strong gloss."""
    here = told(text)
    return frozenset(asked.word for asked in question.words if credit(asked, here)[1] >= _STRONG)


def words_share(question: Question, some: frozenset[str], rarity: Rarity) -> float:
    """How much of a question some of its words are, by their rarity, 0 to 1."""
    weights = {asked.word: asked.share * rarity(asked.word, False) for asked in question.words}
    return sum(weights[word] for word in some) / (sum(weights.values()) or 1.0)


_STRONG = 0.5
BASE = (
    "letters", "coverage", "before", "after", "heading", "grams", "longest", "rarest", "focus", "names", "uncovered",
    "letters_best", "coverage_best", "grams_best", "passage_score", "passage_first",
    "asked_figure", "asked_unit", "asked_percent", "asked_time", "asked_person", "asked_place", "year_found", "year_missing",
    "count_found", "list_like", "reason_like", "definition_like", "length", "opening", "across", "across_coverage",
)
FEATURES = (*BASE, *contrast_features.FEATURES)


def feature_table(question: Question, candidates: Sequence[Sentence], rarity: Rarity) -> list[list[float]]:
    """For each sentence the numbers by which it is ranked, in the order of FEATURES, each about 0 to 1."""
    more = contrast_features.feature_table(question, candidates, rarity)
    return [row + other for row, other in zip(base_table(question, candidates, rarity), more, strict=True)]


def base_table(question: Question, candidates: Sequence[Sentence], rarity: Rarity) -> list[list[float]]:
    """The same by BASE: what reranking many passages has time for."""
    rows = [_features(question, sentence, rarity) for sentence in candidates]
    for name in ("letters", "coverage", "grams"):  # as a share of the best there is: what ranks sentences of one question
        at = BASE.index(name)
        best = max((row[at] for row in rows), default=0.0) or 1.0
        for row in rows:
            row[BASE.index(f"{name}_best")] = row[at] / best
    return rows


def _features(question: Question, sentence: Sentence, rarity: Rarity) -> list[float]:
    language = sentence.passage.language
    across = language != question.language
    here, before, after = told(sentence.text), told(sentence.before), told(sentence.after)
    heading = told(f"{sentence.passage.title}\n{sentence.passage.section}")
    weights = [asked.share * rarity(*weighed_by(asked, across=across)) for asked in question.words]
    total = sum(weights) or 1.0
    credits = [credit(asked, here) for asked in question.words]
    said = [max(soft, 0.7 * credit(asked, heading)[1]) for asked, (_, soft) in zip(question.words, credits, strict=True)]

    def share(beside: Told) -> float:
        """What a neighbour adds to the words that the sentence itself lacks."""
        return sum(w * max(0.0, credit(a, beside)[1] - s) for w, a, s in zip(weights, question.words, said, strict=True)) / total

    heaviest = max(weights, default=1.0)
    coverage = sum(w * soft for w, (_, soft) in zip(weights, credits, strict=True)) / total
    shared = len(question.grams & here.grams) / max(1, len(question.grams)) if not across else coverage
    focus = [soft for asked, (_, soft) in zip(question.words, credits, strict=True) if asked.word in question.focus]
    row = {
        "letters": sum(w * letter for w, (letter, _) in zip(weights, credits, strict=True)) / total,
        "coverage": coverage, "before": share(before), "after": share(after),
        "heading": sum(w * s for w, s in zip(weights, said, strict=True)) / total - coverage,
        "grams": shared,
        "longest": 0.0 if across else min(1.0, _longest_shared(question.text, here.squeezed) / 12),
        "rarest": max((s for w, s in zip(weights, said, strict=True) if w == heaviest), default=0.0),
        "focus": sum(focus) / len(focus) if focus else 0.5,
        "names": _named(question, (here, before, heading)),
        "uncovered": sum(w for w, s in zip(weights, said, strict=True) if s == 0) / total,
        "passage_score": sentence.passage.score, "passage_first": float(sentence.passage.number == 1),
        **_asked_for(question, sentence, here, named_years(before.figures) | named_years(heading.figures)),
        "length": min(1.0, math.log1p(len(sentence.text) * (0.4 if language == "en" else 1.0)) / 6),
        "opening": float(sentence.position == 0), "across": float(across), "across_coverage": coverage if across else 0.0,
    }
    return [row.get(name, 0.0) for name in BASE]


def _asked_for(question: Question, sentence: Sentence, here: Told, years_around: frozenset[int]) -> dict[str, float]:
    """Whether a sentence has what kind of thing the question asks for: a figure, a unit, a year, a name, a list."""
    language = sentence.passage.language
    new = unasked(question, here.figures)
    told_years = named_years(here.figures)
    return {
        "asked_figure": float("number" in question.kinds and any(f.kind == "amount" and not _mere(f, language) for f in new)),
        "asked_unit": float(any(f.unit in question.units for f in new)),
        "asked_percent": float("percent" in question.kinds and any(f.kind == "percent" or f.value < 1 for f in new)),
        "asked_time": float("time" in question.kinds and any(f.kind in ("year", "date") for f in new)),
        "asked_person": float("person" in question.kinds and "nr" in here.names),
        "asked_place": float("place" in question.kinds and bool(here.names & {"ns", "nt"})),
        "year_found": float(bool(question.years & told_years)),
        "year_missing": float(bool(question.years) and not question.years & (told_years | years_around)),
        "count_found": float(bool(question.counts & set(small_counts(here.figures)))),
        "list_like": float("list" in question.kinds and bool(LISTING.search(sentence.text))),
        "reason_like": float("reason" in question.kinds and bool(REASONING.search(sentence.text))),
        "definition_like": float("definition" in question.kinds and bool(DEFINING.search(sentence.text))),
    }


def _named(question: Question, texts: Sequence[Told]) -> float:
    """The share of the question's proper names that the texts between them say; 1 where it has none."""
    names = [asked for asked in question.words if asked.word in question.names]
    return sum(max(credit(name, text)[1] for text in texts) for name in names) / len(names) if names else 1.0


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


def weighed_by(asked: Asked, *, across: bool) -> tuple[str, bool]:
    """The term by whose frequency a word is weighed: itself, or across languages its best gloss."""
    if across and asked.glosses:
        return max(asked.glosses, key=lambda gloss: asked.glosses[gloss]), True
    return asked.word, False


def _mere(figure: Figure, language: Language) -> bool:
    """A numeral that is part of a name rather than a count: 十四届, one of, 一批."""
    return figure.spelled and (figure.value < 3 or (language == "zh" and not figure.unit))


def scores(table: Sequence[Sequence[float]]) -> list[float]:
    """How well each sentence answers, as against the others: exp of a difference is how much likelier one is than another."""
    return [weigh("sentence", FEATURES, row) for row in table]


Ranked = Sequence[tuple[float, Sentence, Sequence[float]]]  # score, sentence, features; the likeliest to answer first


def rank(question: Question, passages: Sequence[Passage], rarity: Rarity) -> Ranked:
    """The sentences of passages in the order in which they are likely to answer a question."""
    candidates = sentences_of(passages)
    table = feature_table(question, candidates, rarity)
    scored = zip(scores(table), candidates, table, strict=True)
    return sorted(scored, key=lambda item: (-item[0], item[1].passage.number, item[1].start))


def passage_likelihoods(question: Question, passages: Sequence[Passage], rarity: Rarity) -> list[float]:
    """For each passage the logarithm of its chance to answer, by its best sentence and a little by its second best."""
    chances: dict[str, list[float]] = {passage.id: [_NEVER, _NEVER] for passage in passages}
    candidates = sentences_of(passages)
    for sentence, row in zip(candidates, base_table(question, candidates, rarity), strict=True):
        chances[sentence.passage.id].append(chance("passage", BASE, row))
    tops = (sorted(chances[passage.id], reverse=True)[:2] for passage in passages)
    return [math.log(first) + _SECOND * math.log(second) for first, second in tops]


_NEVER, _SECOND = 1e-5, 0.3


def weigh(model: str, names: Sequence[str], values: Sequence[float]) -> float:
    """The weighted sum, by the reviewed weights that `evals/training/train.py` makes."""
    weights = _weights()[model]
    return weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in zip(names, values, strict=True))


def chance(model: str, names: Sequence[str], values: Sequence[float]) -> float:
    """Logistic regression with those weights."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, weigh(model, names, values)))))


@cache
def _weights() -> dict[str, dict[str, float]]:
    loaded = json.loads(resources.files("rag.reading").joinpath("weights.json").read_text("utf-8"))
    return {model: {name: float(value) for name, value in table.items()} for model, table in loaded.items()}


def forget_weights() -> None:
    """Read the weights anew at the next question: for the script that makes them."""
    _weights.cache_clear()
