"""Term matching: which terms of a question a text contains.

A `TextView` is a text prepared for comparison: its terms, glosses, figures, places. `term_match` says how far it
contains one `QueryTerm`, literally and by an English gloss that both share (across languages or for synonyms).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

from rag.citations.quotable import Quotable, quotable_parts
from rag.numbers.figures import Figure, find_figures
from rag.questions.analysis import AnalysedQuestion, QueryTerm, bigrams, characters, search_term
from rag.schema import Passage
from rag.text.entities import name_kinds
from rag.text.gazetteer import find_places
from rag.text.glossary import MATCHING_GLOSS, STRONG_GLOSS, translated_words
from rag.text.language import has_han, normalise, segment_words, sentence_spans

# inverse document frequency of a term in this library; True: the term is a gloss stem, not a word
TermWeight = Callable[[str, bool], float]


@dataclass(frozen=True)
class Sentence(Quotable):
    """A sentence of a passage, or a cell of one of its tables, among its neighbours; offsets in characters.

    An answer is chosen among sentences, each with the lead of its block, never among leads alone.
    """

    passage: Passage = field(kw_only=True)
    before: str = ""  # the sentence before it in the passage, or ""
    after: str = ""  # the sentence after it, or ""
    position: int = 0  # in the passage, from 0; cells are never next to each other


def passage_sentences(passages: Sequence[Passage]) -> list[Sentence]:
    """The sentences of the passages, in order; of a table, its cells."""
    return [sentence for passage in passages for sentence in _sentences_of(passage)]


def _sentences_of(passage: Passage) -> Iterator[Sentence]:
    parts: Sequence[Quotable] = _cached_parts(passage.text)
    if passage.blocks:  # a head of a table is quoted only where its table is asked about (`cell_answers.py`)
        parts = [part for part in quotable_parts(passage) if part.block is None or part.block.kind != "head"]
    texts = ["", *("" if part.is_cell else part.text for part in parts), ""]
    position = 0
    for i, part in enumerate(parts):
        yield Sentence(
            part.text, part.start, part.end, part.block, passage=passage, before=texts[i], after=texts[i + 2],
            position=position)
        position += 2 if part.is_cell else 1


@lru_cache(maxsize=4_000)
def _cached_parts(text: str) -> tuple[Quotable, ...]:
    return tuple(Quotable(text[start:end], start, end) for start, end in sentence_spans(text))


class TextView:
    """A text prepared for comparison; each part is computed when it is first needed."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def normal_form(self) -> str:
        return normalise(self._text)

    @cached_property
    def terms(self) -> frozenset[str]:
        return frozenset(search_term(word) for word in segment_words(self._text))

    @cached_property
    def glosses(self) -> Mapping[str, float]:
        """Gloss stems of the text's words, each with its highest weight (0 to 1)."""
        highest: dict[str, float] = {}
        for _, meaning in translated_words(self._text):
            for gloss, weight in meaning.glosses.items():
                highest[gloss] = max(highest.get(gloss, 0.0), weight)
        return highest

    @cached_property
    def bigrams(self) -> frozenset[str]:
        return bigrams(self._text)

    @cached_property
    def places(self) -> frozenset[str]:
        """Keys of the cities, provinces and countries that the text names."""
        return find_places(self._text)

    @cached_property
    def characters(self) -> frozenset[str]:
        return characters(self._text)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(find_figures(self._text))

    @cached_property
    def name_tags(self) -> frozenset[str]:
        """Which kinds of names the text has: nr (persons), ns (places), nt (organisations)."""
        return name_kinds(self._text)


text_view = lru_cache(maxsize=20_000)(TextView)


class TermMatch(NamedTuple):
    """How far a text contains a query term."""

    literal: float  # 1: in the same letters, after stemming or normalisation; else 0
    soft: float  # 0 to 1; at least `literal`, else the strength of the best shared gloss


def term_match(query_term: QueryTerm, text: TextView) -> TermMatch:
    """How far a text contains a query term.

    `工厂` in “7家灯塔工厂” → (1, 1); `factories` there → (0, 1), by the gloss `factor`.
    """
    if query_term.word in text.terms or (not query_term.word.isascii() and query_term.word in text.normal_form):
        return TermMatch(1.0, 1.0)
    best = 0.0
    for gloss, weight in query_term.glosses.items():
        if weight >= MATCHING_GLOSS and gloss in text.glosses:
            best = max(best, min(1.0, weight * text.glosses[gloss]) ** 0.5)
    return TermMatch(0.0, best)


# A Chinese word also matches if the text has at least half of its characters; the match is then 0.3 of their share.
# This is not tried if a gloss matches with 0.5 or more.
_ENOUGH_BY_GLOSS, _LEAST_CHARACTER_SHARE, _CHARACTER_FACTOR = 0.5, 0.5, 0.3


def soft_term_match(query_term: QueryTerm, text: TextView) -> float:
    """`term_match(...).soft`, or a low value if a text has most characters of a Chinese word (总产出 for 总产值); 0 to 1."""
    soft = term_match(query_term, text).soft
    if soft >= _ENOUGH_BY_GLOSS or not has_han(query_term.word) or len(query_term.word) < 2:
        return soft
    share = sum(character in text.characters for character in query_term.word) / len(query_term.word)
    return max(soft, 0.0 if share < _LEAST_CHARACTER_SHARE else _CHARACTER_FACTOR * share)


def matched_terms(question: AnalysedQuestion, text: str) -> frozenset[str]:
    """The words of a question that a text contains, literally or by a strong gloss."""
    view = text_view(text)
    return frozenset(term.word for term in question.terms if term_match(term, view).soft >= STRONG_GLOSS)


def matched_share(question: AnalysedQuestion, words: frozenset[str], term_weight: TermWeight) -> float:
    """The share of a question's total term weight that these words of it have, 0 to 1."""
    weights = {term.word: term.weight_factor * term_weight(term.word, False) for term in question.terms}
    return sum(weights[word] for word in words) / (sum(weights.values()) or 1.0)


def weight_key(query_term: QueryTerm, *, cross_lingual: bool) -> tuple[str, bool]:
    """The arguments of `TermWeight` for a query term: (word, False), or across languages (its best gloss, True)."""
    if cross_lingual and query_term.glosses:
        return max(query_term.glosses, key=lambda gloss: query_term.glosses[gloss]), True
    return query_term.word, False
