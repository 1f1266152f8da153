"""A question and its passages become further questions that the library can answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from rag.questions.generation import questions_from_heading, questions_from_sentence
from rag.schema import Language, Passage
from rag.text.language import han_bigrams, search_terms, sentence_spans

_MOST, _PASSAGES, _SENTENCES = 3, 12, 40
_LONGEST = 400  # characters of a sentence that a question can be made of
_REPEATS = 0.7  # a question that shares so many of its words with another asks the same
_OF_ONE_PASSAGE = 1


def suggestions(question: str, language: Language, passages: Sequence[Passage], asked: Sequence[str]) -> tuple[str, ...]:
    """Up to three questions that sentences of the passages answer, in the asker's language, none of them asked before.

    Each comes from one sentence or heading: `苏州建成5G基站3.86万个。` → 苏州建成多少个5G基站？ Fewer are better than clumsy ones.
    """
    chosen: list[str] = []
    known = [_shingles(text) for text in (question, *asked)]
    own = [passage for passage in passages[:_PASSAGES] if passage.language == language]
    for turn in range(_OF_ONE_PASSAGE + 1):
        for passage in own:
            fresh = [text for text in _candidates(passage, language) if not any(_repeats(_shingles(text), other) for other in known)]
            if len(chosen) < _MOST and fresh and (turn == 0 or len(own) < _MOST):
                chosen.append(fresh[0])
                known.append(_shingles(fresh[0]))
    return tuple(chosen)


def _candidates(passage: Passage, language: Language) -> Iterator[str]:
    for start, end in islice(sentence_spans(passage.text), _SENTENCES):
        if end - start <= _LONGEST:
            yield from questions_from_sentence(passage.text[start:end], language)
    yield from questions_from_heading(passage.section, language)


def _repeats(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and len(one & other) >= _REPEATS * min(len(one), len(other))


def _shingles(text: str) -> frozenset[str]:
    """Pairs of Han characters and English stems."""
    return frozenset(han_bigrams(text)) | frozenset(term for term in search_terms(text) if term.isascii())
