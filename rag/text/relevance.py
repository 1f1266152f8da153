"""A question and sentences become the chance that each answers it, and that any does."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import resources

import rjieba

from rag.schema import Language, Passage
from rag.text.figures import Figure, figures
from rag.text.glossary import translated_words
from rag.text.language import HAN, has_han, normalise, sentences, words
from rag.text.questions import DEFINING, LISTING, REASONING, Asked, Question, counts, grams, term, years

Rarity = Callable[[str, bool], float]  # how telling a term is in this library; True: a gloss, not a word


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage: `passage.text[start:end] == text`."""

    passage: Passage
    text: str
    start: int
    end: int
    before: str  # the sentence before it in the passage
    after: str  # the sentence behind it
    position: int


def sentences_of(passages: Sequence[Passage]) -> list[Sentence]:
    """The sentences of the passages, in order."""
    out = []
    for passage in passages:
        spans = list(sentences(passage.text))
        texts = ["", *(passage.text[start:end] for start, end in spans), ""]
        out += [Sentence(passage, texts[i + 1], start, end, texts[i], texts[i + 2], i) for i, (start, end) in enumerate(spans)]
    return out


class _Told:
    """What a stretch of text says, prepared for comparison as far as somebody compares."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def squeezed(self) -> str:
        return normalise(self._text)

    @cached_property
    def terms(self) -> frozenset[str]:
        return frozenset(term(word) for word in words(self._text))

    @cached_property
    def glosses(self) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for _, meaning in translated_words(self._text):
            for gloss, weight in meaning.glosses.items():
                found[gloss] = max(found.get(gloss, 0.0), weight)
        return found

    @cached_property
    def grams(self) -> frozenset[str]:
        return grams(self._text)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(figures(self._text))

    @cached_property
    def names(self) -> frozenset[str]:
        """Of nr (persons), ns (places) and nt (bodies) those that the text names."""
        return _names(self._text)


_told = lru_cache(maxsize=20_000)(_Told)


_CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")


def _names(text: str) -> frozenset[str]:
    """The kinds of name in a text; of English only that a capital within a sentence may be any of them."""
    if not has_han(text):
        return frozenset(("nr", "ns", "nt")) if _CAPITALISED.search(text) else frozenset()
    return frozenset(tag[:2] for _, tag in rjieba.tag(text) if tag[:2] in ("nr", "ns", "nt"))


def _credit(asked: Asked, told: _Told) -> tuple[float, float]:
    """How far a text says a word: in so many letters (0 or 1), and at least by a shared gloss (0 to 1)."""
    if asked.word in told.terms or (not asked.word.isascii() and asked.word in told.squeezed):
        return 1.0, 1.0
    best = 0.0
    for gloss, weight in asked.glosses.items():
        if weight >= _FAINT and gloss in told.glosses:
            best = max(best, min(1.0, weight * told.glosses[gloss]) ** 0.5)
    return 0.0, best


_FAINT = 0.25


def words_said(question: Question, text: str) -> frozenset[str]:
    """The telling words of a question that a text says, in letters or by a strong gloss."""
    told = _told(text)
    return frozenset(asked.word for asked in question.words if _credit(asked, told)[1] >= _STRONG)


def words_share(question: Question, some: frozenset[str], rarity: Rarity) -> float:
    """How much of a question some of its words are, by their rarity, 0 to 1."""
    weights = {asked.word: asked.share * rarity(asked.word, False) for asked in question.words}
    return sum(weights[word] for word in some) / (sum(weights.values()) or 1.0)


_STRONG = 0.5
FEATURES = (
    "letters", "coverage", "before", "after", "heading", "grams", "longest", "rarest", "focus", "names", "uncovered",
    "letters_best", "coverage_best", "grams_best", "passage_score", "passage_first",
    "asked_figure", "asked_unit", "asked_percent", "asked_time", "asked_person", "asked_place", "year_found", "year_missing",
    "count_found", "list_like", "reason_like", "definition_like", "length", "opening", "across", "across_coverage",
)


def feature_table(question: Question, candidates: Sequence[Sentence], rarity: Rarity) -> list[list[float]]:
    """For each sentence the numbers that the models weigh, in the order of FEATURES, each about 0 to 1."""
    rows = [_features(question, sentence, rarity) for sentence in candidates]
    for name in ("letters", "coverage", "grams"):  # as a share of the best there is: what ranks sentences of one question
        at = FEATURES.index(name)
        best = max((row[at] for row in rows), default=0.0) or 1.0
        for row in rows:
            row[FEATURES.index(f"{name}_best")] = row[at] / best
    return rows


def _features(question: Question, sentence: Sentence, rarity: Rarity) -> list[float]:
    language = sentence.passage.language
    across = language != question.language
    here, before, after = _told(sentence.text), _told(sentence.before), _told(sentence.after)
    heading = _told(f"{sentence.passage.title}\n{sentence.passage.section}")
    weights = [asked.share * rarity(*_key(asked, across=across)) for asked in question.words]
    total = sum(weights) or 1.0
    credits = [_credit(asked, here) for asked in question.words]
    said = [max(soft, 0.7 * _credit(asked, heading)[1]) for asked, (_, soft) in zip(question.words, credits, strict=True)]

    def share(told: _Told) -> float:
        """What a neighbour adds to the words that the sentence itself lacks."""
        return sum(w * max(0.0, _credit(a, told)[1] - s) for w, a, s in zip(weights, question.words, said, strict=True)) / total

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
        **_asked_for(question, sentence, here, years(before.figures) | years(heading.figures)),
        "length": min(1.0, math.log1p(len(sentence.text) * (0.4 if language == "en" else 1.0)) / 6),
        "opening": float(sentence.position == 0), "across": float(across), "across_coverage": coverage if across else 0.0,
    }
    return [row.get(name, 0.0) for name in FEATURES]


def _asked_for(question: Question, sentence: Sentence, here: _Told, years_around: frozenset[int]) -> dict[str, float]:
    """Whether a sentence has what kind of thing the question asks for: a figure, a unit, a year, a name, a list."""
    language = sentence.passage.language
    new = [f for f in here.figures if not any(f.same_as(g) for g in question.figures)]
    told_years = years(here.figures)
    return {
        "asked_figure": float("number" in question.kinds and any(f.kind == "amount" and not _mere(f, language) for f in new)),
        "asked_unit": float(any(f.unit in question.units for f in new)),
        "asked_percent": float("percent" in question.kinds and any(f.kind == "percent" or f.value < 1 for f in new)),
        "asked_time": float("time" in question.kinds and any(f.kind in ("year", "date") for f in new)),
        "asked_person": float("person" in question.kinds and "nr" in here.names),
        "asked_place": float("place" in question.kinds and bool(here.names & {"ns", "nt"})),
        "year_found": float(bool(question.years & told_years)),
        "year_missing": float(bool(question.years) and not question.years & (told_years | years_around)),
        "count_found": float(bool(question.counts & set(counts(here.figures)))),
        "list_like": float("list" in question.kinds and bool(LISTING.search(sentence.text))),
        "reason_like": float("reason" in question.kinds and bool(REASONING.search(sentence.text))),
        "definition_like": float("definition" in question.kinds and bool(DEFINING.search(sentence.text))),
    }


def _named(question: Question, told: Sequence[_Told]) -> float:
    """The share of the question's proper names that the texts between them say; 1 where it has none."""
    names = [asked for asked in question.words if asked.word in question.names]
    return sum(max(_credit(name, text)[1] for text in told) for name in names) / len(names) if names else 1.0


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


def _key(asked: Asked, *, across: bool) -> tuple[str, bool]:
    """The term by whose frequency a word is weighed: itself, or across languages its best gloss."""
    if across and asked.glosses:
        return max(asked.glosses, key=lambda gloss: asked.glosses[gloss]), True
    return asked.word, False


def _mere(figure: Figure, language: Language) -> bool:
    """A numeral that is part of a name rather than a count: 十四届, one of, 一批."""
    return figure.spelled and (figure.value < 3 or (language == "zh" and not figure.unit))


def probabilities(table: Sequence[Sequence[float]], model: str = "sentence") -> list[float]:
    """The chance that each sentence answers; `passage` judges before reranking, `sentence` after."""
    return [_logistic(model, FEATURES, row) for row in table]


def passage_likelihoods(question: Question, passages: Sequence[Passage], rarity: Rarity) -> list[float]:
    """For each passage the logarithm of its chance to answer, by its best sentence and a little by its second best."""
    chances: dict[str, list[float]] = {passage.id: [_NEVER, _NEVER] for passage in passages}
    candidates = sentences_of(passages)
    for sentence, chance in zip(candidates, probabilities(feature_table(question, candidates, rarity), "passage"), strict=True):
        chances[sentence.passage.id].append(chance)
    tops = (sorted(chances[passage.id], reverse=True)[:2] for passage in passages)
    return [math.log(first) + _SECOND * math.log(second) for first, second in tops]


_NEVER, _SECOND = 1e-5, 0.3
EVIDENCE = (
    "best", "second", "coverage", "letters", "pooled", "uncovered", "rarest", "focus", "names", "names_pooled", "year_missing",
    "figure_missing", "words",
)


def evidence(question: Question, ranked: Sequence[tuple[float, Sentence, Sequence[float]]], rarity: Rarity) -> list[float]:
    """What speaks for the library answering at all, in the order of EVIDENCE; `ranked`: the likeliest sentence first."""
    best, sentence, values = ranked[0]
    named = dict(zip(FEATURES, values, strict=True))
    passage = sentence.passage
    across = passage.language != question.language
    pool = _told("\n".join((passage.title, passage.section, passage.text)))
    weighed = [(asked.share * rarity(*_key(asked, across=across)), _credit(asked, pool)[1]) for asked in question.words]
    total = sum(weight for weight, _ in weighed) or 1.0
    heaviest = max((w for w, _ in weighed), default=0.0)
    wants_figure = bool(question.kinds & {"number", "percent", "time"})
    found_figure = named["asked_figure"] or named["asked_percent"] or named["asked_time"] or named["asked_unit"]
    return [
        _logit(best), _logit(ranked[1][0]) if len(ranked) > 1 else -1.0,
        named["coverage"], named["letters"],
        sum(w * c for w, c in weighed) / total,
        sum(w for w, c in weighed if c == 0) / total,
        max((c for w, c in weighed if w == heaviest), default=0.0),
        named["focus"], named["names"], _named(question, (pool,)), named["year_missing"], float(wants_figure and not found_figure),
        math.log1p(len(question.words)) / 3,
    ]


def _logit(p: float) -> float:
    return math.log(max(p, 1e-6) / max(1 - p, 1e-6)) / 5


def answerable(question: Question, ranked: Sequence[tuple[float, Sentence, Sequence[float]]], rarity: Rarity) -> float:
    """The chance that the likeliest sentence answers the question, rather than merely coming nearest."""
    return _logistic("answerable", EVIDENCE, evidence(question, ranked, rarity))


def _logistic(model: str, names: Sequence[str], values: Sequence[float]) -> float:
    """Logistic regression with the reviewed weights that `evals/train.py` makes from public questions."""
    weights = _weights()[model]
    score = weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in zip(names, values, strict=True))
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))


@cache
def _weights() -> dict[str, dict[str, float]]:
    loaded = json.loads(resources.files("rag.text").joinpath("relevance.json").read_text("utf-8"))
    return {model: {name: float(value) for name, value in table.items()} for model, table in loaded.items()}


def forget_weights() -> None:
    """Read the weights anew at the next question: for the script that makes them."""
    _weights.cache_clear()


