"""A question and a sentence become the features, and the probability, of the one answering the other."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from rag.schema import Language, Passage
from rag.text.figures import Figure, figures
from rag.text.glossary import translated_words
from rag.text.language import han_bigrams, normalise, sentences, stem, terms, words
from rag.text.questions import DEFINING, LISTING, REASONING, asked_for, without_filler

Rarity = Callable[[str, bool], float]  # how telling a term is in this library; True: a gloss, not a word


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage: `passage.text[start:end] == text`."""

    passage: Passage
    text: str
    start: int
    end: int
    before: str  # the sentence before it in the passage
    position: int


def sentences_of(passages: Sequence[Passage]) -> list[Sentence]:
    """The sentences of the passages, in order."""
    out = []
    for passage in passages:
        before = ""
        for position, (start, end) in enumerate(sentences(passage.text)):
            text = passage.text[start:end]
            out.append(Sentence(passage, text, start, end, before, position))
            before = text
    return out


@dataclass(frozen=True)
class _Asked:
    """One word of a question with what it means and how much finding it tells."""

    word: str
    glosses: Mapping[str, float]


@dataclass(frozen=True)
class Question:
    """A question taken apart once, to be held against many sentences."""

    text: str
    language: Language
    words: tuple[_Asked, ...]
    bigrams: frozenset[str]
    years: frozenset[int]
    kinds: frozenset[str]  # what is asked for: number, percent, time, list, person, reason, definition


def take_apart(text: str, language: Language) -> Question:
    """The question's telling words, years and the kind of answer that it asks for."""
    asked = {_term(word): _Asked(_term(word), glosses) for word, glosses in translated_words(text)}
    for term in terms(text):
        asked.setdefault(term, _Asked(term, {}))
    return Question(
        text, language, tuple(asked.values()), frozenset(han_bigrams(without_filler(text))),
        frozenset(_years(figures(text))),
        asked_for(text))


def _term(word: str) -> str:
    return stem(word) if word.isascii() else word


def _years(found: Sequence[Figure]) -> set[int]:
    dated = (int(f.value) // 10_000 for f in found if f.kind == "date")
    return {int(f.value) for f in found if f.kind == "year"} | {year for year in dated if year}


@dataclass(frozen=True)
class _Told:
    """What a stretch of text says, prepared for comparison."""

    squeezed: str
    terms: frozenset[str]
    glosses: Mapping[str, float]
    bigrams: frozenset[str]
    figures: tuple[Figure, ...]


@lru_cache(maxsize=20_000)
def _told(text: str) -> _Told:
    glosses: dict[str, float] = {}
    for _, weighted in translated_words(text):
        for gloss, weight in weighted.items():
            glosses[gloss] = max(glosses.get(gloss, 0.0), weight)
    plain = normalise(text)
    return _Told(plain, frozenset(_term(w) for w in words(text)), glosses, frozenset(han_bigrams(text)), tuple(figures(text)))


def _credit(asked: _Asked, told: _Told) -> float:
    """How far a text says a word: 1 in so many letters, less by a shared gloss, 0 not at all."""
    if asked.word in told.terms or (not asked.word.isascii() and asked.word in told.squeezed):
        return 1.0
    best = 0.0
    for gloss, weight in asked.glosses.items():
        if weight >= _FAINT and gloss in told.glosses:
            best = max(best, min(1.0, weight * told.glosses[gloss]) ** 0.5)
    return best


_FAINT = 0.25
FEATURES = (
    "coverage", "coverage_around", "bigrams", "rarest", "passage_score", "asked_figure", "asked_percent", "asked_time",
    "year_found", "year_missing", "length", "opening", "across", "list_like", "reason_like", "definition_like", "uncovered",
)


def features(question: Question, sentence: Sentence, rarity: Rarity) -> list[float]:
    """The numbers that `probability` weighs, in the order of FEATURES, each about 0 to 1."""
    language = sentence.passage.language
    across = language != question.language
    here = _told(sentence.text)
    around = _told(" ".join((sentence.passage.title, sentence.passage.section, sentence.before)))
    weighed = [(rarity(*_key(asked, across=across)), asked) for asked in question.words]
    total = sum(weight for weight, _ in weighed) or 1.0
    credits = [(weight, _credit(asked, here), _credit(asked, around)) for weight, asked in weighed]
    coverage = sum(w * c for w, c, _ in credits) / total
    beyond = sum(w * max(c, 0.7 * a) for w, c, a in credits) / total
    heaviest = max((w for w, _, _ in credits), default=1.0)
    rarest = max((max(c, 0.7 * a) for w, c, a in credits if w == heaviest), default=0.0)
    bigrams = len(question.bigrams & here.bigrams) / len(question.bigrams) if question.bigrams and not across else coverage
    new = [f for f in here.figures if not any(f.same_as(g) for g in _told(question.text).figures)]
    years = _years(here.figures)
    return [
        coverage, beyond, bigrams, rarest, sentence.passage.score,
        float("number" in question.kinds and any(f.kind == "amount" and not _mere(f) for f in new)),
        float("percent" in question.kinds and any(f.kind == "percent" or f.value < 1 for f in new)),
        float("time" in question.kinds and any(f.kind in ("year", "date") for f in new)),
        float(bool(question.years) and bool(question.years & years)),
        float(bool(question.years) and not question.years & (years | _years(around.figures))),
        min(1.0, math.log1p(len(sentence.text) * (0.4 if language == "en" else 1.0)) / 6),
        float(sentence.position == 0), float(across),
        float("list" in question.kinds and bool(LISTING.search(sentence.text))),
        float("reason" in question.kinds and bool(REASONING.search(sentence.text))),
        float("definition" in question.kinds and bool(DEFINING.search(sentence.text))),
        sum(w for w, c, a in credits if max(c, a) == 0) / total,
    ]


def _key(asked: _Asked, *, across: bool) -> tuple[str, bool]:
    """The term by whose frequency a word is weighed: itself, or across languages its best gloss."""
    if across and asked.glosses:
        return max(asked.glosses, key=lambda gloss: asked.glosses[gloss]), True
    return asked.word, False


def _mere(figure: Figure) -> bool:
    return figure.spelled and figure.value < 3


def probability(values: Sequence[float]) -> float:
    """The chance that a sentence with these features answers."""
    return _logistic("sentence", FEATURES, values)


def _logistic(model: str, names: Sequence[str], values: Sequence[float]) -> float:
    """Logistic regression with the reviewed weights that `evals/train.py` makes from public questions."""
    weights = _weights()[model]
    score = weights["bias"] + sum(weights[name] * value for name, value in zip(names, values, strict=True))
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))


@cache
def _weights() -> dict[str, dict[str, float]]:
    loaded = json.loads(resources.files("rag.text").joinpath("relevance.json").read_text("utf-8"))
    return {model: {name: float(value) for name, value in table.items()} for model, table in loaded.items()}


EVIDENCE = ("best", "second", "coverage", "around", "pooled", "uncovered", "rarest", "year_missing", "figure_missing", "words")


def evidence(question: Question, ranked: Sequence[tuple[float, Sentence, Sequence[float]]], rarity: Rarity) -> list[float]:
    """What speaks for the library answering at all, in the order of EVIDENCE; `ranked`: the likeliest sentence first."""
    best, sentence, values = ranked[0]
    named = dict(zip(FEATURES, values, strict=True))
    passage = sentence.passage
    across = passage.language != question.language
    pool = _told("\n".join((passage.title, passage.section, passage.text)))
    weighed = [(rarity(*_key(asked, across=across)), _credit(asked, pool)) for asked in question.words]
    total = sum(weight for weight, _ in weighed) or 1.0
    heaviest = max((w for w, _ in weighed), default=0.0)
    wants_figure = bool(question.kinds & {"number", "percent", "time"})
    return [
        _logit(best), _logit(ranked[1][0]) if len(ranked) > 1 else -1.0,
        named["coverage"], named["coverage_around"],
        sum(w * c for w, c in weighed) / total,
        sum(w for w, c in weighed if c == 0) / total,
        max((c for w, c in weighed if w == heaviest), default=0.0),
        named["year_missing"],
        float(wants_figure and not (named["asked_figure"] or named["asked_percent"] or named["asked_time"])),
        math.log1p(len(question.words)) / 3,
    ]


def _logit(p: float) -> float:
    return math.log(max(p, 1e-6) / max(1 - p, 1e-6)) / 5


def answerable(question: Question, ranked: Sequence[tuple[float, Sentence, Sequence[float]]], rarity: Rarity) -> float:
    """The chance that the likeliest sentence answers the question, rather than merely coming nearest."""
    return _logistic("answerable", EVIDENCE, evidence(question, ranked, rarity))
