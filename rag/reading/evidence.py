"""Evidence: how much of a question occurs in the best sentence, its passage and all that was retrieved, and what lacks.

`features.py` has the meanings of the features.
"""

from __future__ import annotations

import math

from rag.numbers.figures import named_years
from rag.questions.analysis import AnalysedQuestion, new_figures
from rag.questions.answer_types import SLOTS, slot_family
from rag.reading.coverage import MAX_QUOTES, MENTION_THRESHOLD, QueryCoverage
from rag.reading.features import BEST_SENTENCE_FEATURES, SENTENCE_FEATURES
from rag.reading.linear_model import load_model
from rag.reading.matching import Sentence, soft_term_match, term_match, text_view
from rag.reading.ranking import Ranking
from rag.reading.slot_filling import contains_value, fill_score, is_count
from rag.text.gazetteer import implies_region


def evidence_row(ranking: Ranking) -> dict[str, float]:
    """The values of EVIDENCE_FEATURES by name, of a ranking that is not empty.

    More than how much of a question occurs, they measure which single thing is missing: in the best sentence, in the
    sentences that would be quoted, in its passage, or in everything retrieved; and whether the open slots are filled.
    """
    question, candidates = ranking.question, ranking.candidates
    best = dict(zip(SENTENCE_FEATURES, ranking.best.values, strict=True))
    coverage = QueryCoverage(ranking)
    scores = [load_model("sentence").score(candidate.values) for candidate in candidates[:2]]
    lead = scores[0] - scores[1] if len(scores) > 1 else LARGEST_LEAD
    row = {
        "score": scores[0] / 10,
        "margin": max(-LARGEST_LEAD, min(LARGEST_LEAD, lead)) / LARGEST_LEAD,
        "best_coverage": max(candidate.values[_COVERAGE] for candidate in candidates),
        "best_letters": max(candidate.values[_LETTERS] for candidate in candidates),
        "numbers_lost": 1 - best["figures_found"] if question.figures else 0.0,
        "words": math.log1p(len(question.terms)) / 3,
        **coverage.word_features(),
        **coverage.name_features(),
        **_literal_features(ranking),
        **_place_features(ranking),
        **_value_features(ranking, coverage),
        **_slot_features(ranking),
    }
    return {**{name: best[name] for name in BEST_SENTENCE_FEATURES}, **row}


LARGEST_LEAD = 3.0  # of the best sentence over the next; more says no more
_COVERAGE, _LETTERS, _HEADING, _BEFORE = map(SENTENCE_FEATURES.index, ("coverage", "letters", "heading", "before"))

_SURE_GLOSS = 0.7  # across languages no term occurs literally; a gloss of this weight counts as literal
_MANY_TERMS, _LARGE_WEIGHT = 6, 20.0


def _literal_features(ranking: Ranking) -> dict[str, float]:
    """How many query terms occur literally, and how much they weigh.

    The values are not shares of the question, because even a short question on another topic shares one or two words.
    """
    question = ranking.question
    cross_lingual = ranking.best.sentence.passage.language != question.language
    views = [text_view(sentence.statement) for sentence in ranking.top_sentences(MAX_QUOTES)]
    rows = []
    for term in question.terms:
        matches = [term_match(term, view) for view in views]
        rows.append([float(m.soft >= _SURE_GLOSS) if cross_lingual else m.literal for m in matches])
    weights = [term.weight_factor * ranking.term_weight(term.word, False) for term in question.terms]
    in_best = sum(weight * row[0] for weight, row in zip(weights, rows, strict=True))
    return {
        "words_literal": min(1.0, sum(map(max, rows)) / _MANY_TERMS),
        "literal_here": min(1.0, in_best / _LARGE_WEIGHT),
    }


_SLOT_SENTENCES, _CONTEXT_FACTOR = 8, 0.5


def _slot_features(ranking: Ranking) -> dict[str, float]:
    """How far the least filled slot is filled, and for each slot how far it stays open.

    A sentence that fills a slot has a weight: how much of the question it covers, compared with the sentence that
    covers most. A year in a sentence on another topic does not answer `when`.
    """
    question, top = ranking.question, ranking.candidates[:_SLOT_SENTENCES]
    covered = [c.values[_COVERAGE] + c.values[_HEADING] + _CONTEXT_FACTOR * c.values[_BEFORE] for c in top]
    largest = max(covered) or 1.0
    fills = {
        slot: [fill_score(slot, question, candidate.sentence, ranking.term_weight) for candidate in top]
        for slot in question.slots}
    on_topic = {
        slot: max(fill * cover / largest for fill, cover in zip(row, covered, strict=True))
        for slot, row in fills.items()}
    still_open = dict.fromkeys(SLOTS, 0.0)
    for slot, fill in on_topic.items():
        still_open[slot_family(slot)] = max(still_open[slot_family(slot)], 1 - fill)
    return {
        "filled": min(on_topic.values(), default=1.0),
        "filled_anywhere": min(map(max, fills.values()), default=1.0),
        "filled_first": min((row[0] for row in fills.values()), default=1.0),
        **{f"open_{slot}": share for slot, share in still_open.items()},
    }


def _is_about_year(question: AnalysedQuestion, sentence: Sentence) -> bool:
    """Whether a sentence is about a year of the question: by its own years, or else by its passage and title."""
    passage = sentence.passage
    years = named_years(text_view(sentence.statement).figures)
    if not years:
        years = named_years(text_view(f"{passage.title}\n{passage.section}\n{passage.text}").figures)
    return not question.years or bool(question.years & years)


def _place_features(ranking: Ranking) -> dict[str, float]:
    question = ranking.question
    passages = {c.sentence.passage.id: c.sentence.passage for c in ranking.candidates}
    place_sets = [text_view("\n".join((p.title, p.section, p.text))).places for p in passages.values()]
    is_anywhere = all(any(place in places for places in place_sets) for place in question.places)
    return {
        "place_least": place_proximity(ranking),
        "has_place": float(bool(question.places)),
        "place_anywhere": float(is_anywhere),
    }


def place_proximity(ranking: Ranking) -> float:
    """How near to the best sentence the places of the question are named, 0 to 1; the value of the farthest place.

    1: in the sentence; 0.8: in its heading or the sentence before, if the sentence names no place; 0.6: in another
    quoted sentence, or a region that one implies; 0.4: in the heading or the sentence before, if the sentence names
    another place; 0.2: only elsewhere in the passage; 0: in none of these. 1 if the question has no place.
    """
    sentence = ranking.best.sentence
    passage = sentence.passage
    sentence_places = text_view(sentence.statement).places
    context_places = text_view(f"{passage.title}\n{passage.section}").places | text_view(sentence.before).places
    quotes = ranking.top_sentences(MAX_QUOTES)
    quoted_places = frozenset().union(*(text_view(quote.statement).places for quote in quotes))
    passage_places = text_view("\n".join((passage.title, passage.section, passage.text))).places
    steps: list[tuple[frozenset[str], float]] = [
        (sentence_places, 1.0), (context_places if not sentence_places else frozenset(), 0.8),
        (quoted_places, 0.6), (context_places, 0.4), (passage_places, 0.2)]
    quoted_text = " ".join(quote.statement for quote in quotes)

    def proximity(place: str) -> float:
        for places, value in steps:
            if place in places:
                return value
        return 0.6 * implies_region(place, quoted_text)

    return min(map(proximity, ranking.question.places), default=1.0)


def _value_features(ranking: Ranking, coverage: QueryCoverage) -> dict[str, float]:
    """Whether the quotes state a value of the type asked for, and state it in a sentence with a focus term."""
    question, quotes = ranking.question, ranking.top_sentences(MAX_QUOTES)
    views = [text_view(quote.statement) for quote in quotes]
    new_by_quote = [new_figures(question, view.figures) for view in views]
    # for each value type asked for: whether each quote states one
    stated = [
        [contains_value(value_type, quote.statement, figures)
         for quote, figures in zip(quotes, new_by_quote, strict=True)]
        for value_type in question.value_types]
    focus = [coverage.terms[i] for i in coverage.focus_indices]
    has_focus = [
        not focus or any(soft_term_match(term, view) >= MENTION_THRESHOLD for term in focus) for view in views]
    is_beside = [any(a and b for a, b in zip(row, has_focus, strict=True)) for row in stated]
    is_missing = any(not any(row) for row in stated)
    missing_weights = (coverage.weights[i] * (1 - coverage.term_coverage.quoted[i]) for i in coverage.other_indices)
    asks_figure = bool(question.kinds & {"number", "percent", "time"})
    has_figure = [any("time" in question.kinds or is_count(figure) for figure in figures) for figures in new_by_quote]
    is_about_year = [_is_about_year(question, quote) for quote in quotes]
    figure_of_year = any(figure and year for figure, year in zip(has_figure, is_about_year, strict=True))
    return {
        "sort_missing": float(any(not row[0] for row in stated)),
        "sort_missing_all": float(is_missing),
        "sort_beside": float(bool(stated) and all(is_beside)),
        "sort_lost": float(bool(stated) and is_missing) * max(missing_weights, default=0.0) / 10,
        "figure_missing": float(asks_figure and not figure_of_year),
        "no_new_figure": float(asks_figure and not has_figure[0]),
        "year_absent": float(not any(is_about_year)),
        "person_missing": float("person" in question.kinds and not any("nr" in view.name_tags for view in views)),
        "place_missing": float(
            "place" in question.kinds and not any(view.name_tags & {"ns", "nt"} for view in views)),
    }
