"""A question and its passages become further questions that the library can answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from rag.questions.generation import questions_from_heading, questions_from_sentence
from rag.schema import Language, Passage
from rag.text.language import han_bigrams, search_terms, sentence_spans

_MAX_SUGGESTIONS, _MAX_PASSAGES, _MAX_SENTENCES = 3, 12, 40
_MAX_SENTENCE_LENGTH = 400  # characters of a sentence that a question can be made of
_REPEAT_OVERLAP = 0.7  # a question that shares so many of its words with another asks the same
_EXTRA_PER_PASSAGE = 1


def suggest_questions(question: str, language: Language, passages: Sequence[Passage], earlier_questions: Sequence[str]) -> tuple[str, ...]:
    """Up to three questions that sentences of the passages answer, in the asker's language, none of them asked before.

    Each comes from one sentence or heading: `苏州建成5G基站3.86万个。` → 苏州建成多少个5G基站？ Fewer are better than clumsy ones.
    """
    chosen: list[str] = []
    known = [_shingles(text) for text in (question, *earlier_questions)]
    own = [passage for passage in passages[:_MAX_PASSAGES] if passage.language == language]
    for turn in range(_EXTRA_PER_PASSAGE + 1):
        for passage in own:
            fresh = [text for text in _candidate_questions(passage, language) if not any(_is_repeat(_shingles(text), other) for other in known)]
            if len(chosen) < _MAX_SUGGESTIONS and fresh and (turn == 0 or len(own) < _MAX_SUGGESTIONS):
                chosen.append(fresh[0])
                known.append(_shingles(fresh[0]))
    return tuple(chosen)


def _candidate_questions(passage: Passage, language: Language) -> Iterator[str]:
    for start, end in islice(sentence_spans(passage.text), _MAX_SENTENCES):
        if end - start <= _MAX_SENTENCE_LENGTH:
            yield from questions_from_sentence(passage.text[start:end], language)
    yield from questions_from_heading(passage.section, language)


def _is_repeat(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and len(one & other) >= _REPEAT_OVERLAP * min(len(one), len(other))


def _shingles(text: str) -> frozenset[str]:
    """Pairs of Han characters and English stems."""
    return frozenset(han_bigrams(text)) | frozenset(term for term in search_terms(text) if term.isascii())
