"""A question and the sentences that come nearest become two chances: that they are on the matter at all, and that they answer.

The two are asked apart because what tells of each differs: a question about another matter shares few words with anything,
while a near miss shares most of them and lacks one thing, a name, a place, a measure.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from rag.numbers.figures import named_years
from rag.questions.analysis import AnalysedQuestion, new_figures
from rag.questions.answer_types import SLOTS, open_slots, slot_family, value_types
from rag.reading.coverage import MAX_QUOTES, MENTION_THRESHOLD, QueryCoverage
from rag.reading.matching import Sentence, TermWeight, soft_term_match, term_match, text_view
from rag.reading.ranking import FEATURES, RankedSentences, probability
from rag.reading.slot_filling import contains_value, fill_score, is_count
from rag.text.gazetteer import implies_region

# of the likeliest sentence, as it was ranked
_OF_BEST = (
    "letters", "coverage", "heading", "before", "grams", "longest", "rarest", "focus", "names", "uncovered", "passage_score",
    "asked_figure", "asked_unit", "asked_percent", "asked_time", "asked_person", "asked_place", "year_found", "year_missing",
    "local_words", "local_signs", "local_grams", "rest_words", "pool_words", "pool_grams", "figures_found", "across",
    "across_coverage", "list_like", "place_elsewhere",
)
_OF_ALL = (
    "score", "margin", "best_coverage", "best_letters", "union", "pooled", "anywhere", "lost", "lost_pool", "lost_anywhere",
    "heaviest_lost", "heaviest_lost_pool", "heaviest_lost_anywhere", "unknown", "unknown_mass", "focus_least", "focus_pool",
    "focus_absent", "names_least", "names_least_pool", "names_absent", "no_names", "place_least", "place_anywhere", "has_place",
    "stranger", "sort_missing", "sort_missing_all", "sort_beside", "sort_lost", "figure_missing", "no_new_figure", "year_absent",
    "person_missing", "place_missing", "numbers_lost", "few_words", "words", "words_hit", "words_literal", "literal_here",
    "filled", "filled_anywhere", "filled_first", *(f"open_{slot}" for slot in SLOTS),
)
EVIDENCE_FEATURES = (*_OF_BEST, *_OF_ALL)


class Answerability(NamedTuple):
    """That passages speak of what is asked about at all, and that they answer it, where they speak of that; 0 to 1."""

    on_topic: float
    answerable: float


def answerability(question: AnalysedQuestion, ranked: RankedSentences, term_weight: TermWeight) -> Answerability:
    """Whether the sentences that were ranked answer a question; without a sentence nothing does."""
    row = evidence_values(question, ranked, term_weight) if ranked else ()
    return Answerability(probability("near", EVIDENCE_FEATURES, row), probability("answerable", EVIDENCE_FEATURES, row)) if row else Answerability(0.0, 0.0)


def evidence_values(question: AnalysedQuestion, ranked: RankedSentences, term_weight: TermWeight) -> list[float]:
    """What speaks for and against an answer, in the order of EVIDENCE.

    What counts is less how much is said than what is the one thing that nothing says: in the likeliest sentence, in those
    quoted, in its passage, anywhere; and whether what the question leaves open is filled beside what it is asked of.
    """
    best, _, values = ranked[0]
    named = dict(zip(FEATURES, values, strict=True))
    reach = QueryCoverage(question, ranked, term_weight)
    row = {
        "score": best / 10, "margin": min(3.0, best - ranked[1][0]) / 3 if len(ranked) > 1 else 1.0,
        "best_coverage": max(v[_COVERAGE] for _, _, v in ranked), "best_letters": max(v[_LETTERS] for _, _, v in ranked),
        "numbers_lost": 1 - named["figures_found"] if question.figures else 0.0,
        "words": math.log1p(len(question.terms)) / 3,
        **reach.word_features(), **reach.name_features(), **_literal(question, ranked, term_weight), **_places(question, ranked),
        **_sorts(question, ranked, reach), **_slots(question, ranked, term_weight),
    }
    return [named[name] for name in _OF_BEST] + [row[name] for name in _OF_ALL]


_COVERAGE, _LETTERS, _HEADING_SHARE, _BEFORE = (FEATURES.index(name) for name in ("coverage", "letters", "heading", "before"))


def _literal(question: AnalysedQuestion, ranked: RankedSentences, rarity: TermWeight) -> dict[str, float]:
    """How many words of the question are said in so many letters (across languages: by a sure gloss), and how telling they are.

    A share would not do: another matter shares a word or two, however short its question.
    """
    across = ranked[0][1].passage.language != question.language
    texts = [text_view(sentence.text) for _, sentence, _ in ranked[:MAX_QUOTES]]
    said = [[float(soft >= _SURELY) if across else letters for letters, soft in (term_match(a, text) for text in texts)]
            for a in question.terms]
    weights = [a.weight_factor * rarity(a.word, False) for a in question.terms]
    return {
        "words_literal": min(1.0, sum(map(max, said)) / _MANY),
        "literal_here": min(1.0, sum(w * row[0] for w, row in zip(weights, said, strict=True)) / _MASS),
    }


_SURELY, _MANY, _MASS = 0.7, 6, 20.0


def _slots(question: AnalysedQuestion, ranked: RankedSentences, rarity: TermWeight) -> dict[str, float]:
    """How far that slot of the question is filled which is filled least, and for each how far it stays open.

    A sentence that fills a slot counts by how much of the question it says, as against the one that says most: a year in
    a sentence on another matter answers no When.
    """
    top = ranked[:_LOOKED_AT]
    said = [values[_COVERAGE] + values[_HEADING_SHARE] + _CONTEXT * values[_BEFORE] for _, _, values in top]
    most = max(said) or 1.0
    fills = {slot: [fill_score(slot, question, sentence, rarity) for _, sentence, _ in top] for slot in open_slots(question.text, question.kinds)}
    joint = {slot: max(share * s / most for share, s in zip(shares, said, strict=True)) for slot, shares in fills.items()}
    left = {of: max((1 - share for slot, share in joint.items() if slot_family(slot) == of), default=0.0) for of in SLOTS}
    return {
        "filled": min(joint.values(), default=1.0), "filled_anywhere": min(map(max, fills.values()), default=1.0),
        "filled_first": min((shares[0] for shares in fills.values()), default=1.0),
        **{f"open_{of}": share for of, share in left.items()},
    }


_LOOKED_AT, _CONTEXT = 8, 0.5


def _of_that_year(question: AnalysedQuestion, sentence: Sentence) -> bool:
    """A sentence with a year speaks of that; else the year may stand anywhere in its passage or title: it is seldom repeated."""
    passage = sentence.passage
    own = named_years(text_view(sentence.text).figures) or named_years(text_view(f"{passage.title}\n{passage.section}\n{passage.text}").figures)
    return not question.years or bool(question.years & own)


def _places(question: AnalysedQuestion, ranked: RankedSentences) -> dict[str, float]:
    passages = {s.passage.id: s.passage for _, s, _ in ranked}
    named = [text_view("\n".join((p.title, p.section, p.text))).places for p in passages.values()]
    return {
        "place_least": place_proximity(question, ranked), "has_place": float(bool(question.places)),
        "place_anywhere": float(all(any(place in some for some in named) for place in question.places)),
    }


def place_proximity(question: AnalysedQuestion, ranked: RankedSentences) -> float:
    """How near to the likeliest sentence that place of the question is named which is named farthest from it, 0 to 1.

    1: in the sentence, or in what it continues; 0.2: only elsewhere in the passage; 0: nowhere near. 1 without a place.
    """
    sentence = ranked[0][1]
    here, passage = text_view(sentence.text).places, sentence.passage
    around = text_view(f"{passage.title}\n{passage.section}").places | text_view(sentence.before).places
    beside = frozenset().union(*(text_view(s.text).places for _, s, _ in ranked[:MAX_QUOTES]))
    pool = text_view("\n".join((passage.title, passage.section, passage.text))).places
    steps: list[tuple[frozenset[str], float]] = [
        (here, 1.0), (around if not here else frozenset(), 0.8), (beside, 0.6), (around, 0.4), (pool, 0.2)]
    quoted = " ".join(s.text for _, s, _ in ranked[:MAX_QUOTES])
    return min(
        (next((worth for some, worth in steps if place in some), 0.6 * implies_region(place, quoted)) for place in question.places), default=1.0)


def _sorts(question: AnalysedQuestion, ranked: RankedSentences, reach: QueryCoverage) -> dict[str, float]:
    """Whether the sort of value that is asked for is stated, and beside what it is asked of."""
    texts = [text_view(s.text) for _, s, _ in ranked[:MAX_QUOTES]]
    new = [new_figures(question, text.figures) for text in texts]
    stated = [[contains_value(sort, s.text, some) for (_, s, _), some in zip(ranked, new, strict=False)] for sort in value_types(question.text)]
    beside = [any(soft_term_match(reach.terms[i], text) >= MENTION_THRESHOLD for i in reach.focus_indices) or not reach.focus_indices for text in texts]
    wants_figure = bool(question.kinds & {"number", "percent", "time"})
    given = [any("time" in question.kinds or is_count(f) for f in some) for some in new]
    missing = any(not any(some) for some in stated)
    of_year = [_of_that_year(question, s) for _, s, _ in ranked[:MAX_QUOTES]]
    return {
        "sort_missing": float(any(not some[0] for some in stated)), "sort_missing_all": float(missing),
        "sort_beside": float(bool(stated) and all(any(a and b for a, b in zip(some, beside, strict=True)) for some in stated)),
        "sort_lost": float(bool(stated) and missing) * max(
            (reach.weights[i] * (1 - reach.term_coverage.quoted[i]) for i in reach.other_indices), default=0.0) / 10,
        "figure_missing": float(wants_figure and not any(some and there for some, there in zip(given, of_year, strict=True))),
        "no_new_figure": float(wants_figure and not given[0]), "year_absent": float(not any(of_year)),
        "person_missing": float("person" in question.kinds and not any("nr" in text.name_tags for text in texts)),
        "place_missing": float("place" in question.kinds and not any(text.name_tags & {"ns", "nt"} for text in texts)),
    }
