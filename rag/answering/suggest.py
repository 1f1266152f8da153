"""Suggested questions: further questions that the library can answer, from the passages of the last one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from rag.questions.generation import questions_from_heading, questions_from_sentence
from rag.schema import Language, Passage
from rag.text.language import sentence_spans, stem_shingles

_MAX_SUGGESTIONS, _MAX_PASSAGES, _MAX_SENTENCES = 3, 12, 40
_MAX_SENTENCE_LENGTH = 400  # characters of a sentence that a question can be made from
_REPEAT_OVERLAP = 0.7  # a question that shares this much of its terms with another asks the same
_ROUNDS = 2  # if there are few passages, the second round takes another question from each


def suggest_questions(
    question: str, language: Language, passages: Sequence[Passage], earlier_questions: Sequence[str],
) -> tuple[str, ...]:
    """Up to three questions that sentences of the passages answer, in `language`, none of them asked before.

    Each comes from one sentence or heading: `苏州建成5G基站3.86万个。` → 苏州建成多少个5G基站？ Awkward questions are left out.
    """
    chosen: list[str] = []
    known = [stem_shingles(text) for text in (question, *earlier_questions)]
    candidates = [passage for passage in passages[:_MAX_PASSAGES] if passage.language == language]
    for round_number in range(_ROUNDS):
        if round_number and len(candidates) >= _MAX_SUGGESTIONS:
            break
        for passage in candidates:
            new = _first_new_question(passage, language, known)
            if new and len(chosen) < _MAX_SUGGESTIONS:
                chosen.append(new)
                known.append(stem_shingles(new))
    return tuple(chosen)


def _first_new_question(passage: Passage, language: Language, known: Sequence[frozenset[str]]) -> str:
    """The first question from a passage that does not repeat a known question; empty if there is none."""
    for question in _candidate_questions(passage, language):
        question_terms = stem_shingles(question)
        if not any(_is_repeat(question_terms, other) for other in known):
            return question
    return ""


def _candidate_questions(passage: Passage, language: Language) -> Iterator[str]:
    for start, end in islice(sentence_spans(passage.text), _MAX_SENTENCES):
        if end - start <= _MAX_SENTENCE_LENGTH:
            yield from questions_from_sentence(passage.text[start:end], language)
    yield from questions_from_heading(passage.section, language)


def _is_repeat(left: frozenset[str], right: frozenset[str]) -> bool:
    return bool(left and right) and len(left & right) >= _REPEAT_OVERLAP * min(len(left), len(right))
