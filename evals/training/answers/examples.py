"""Examples: the numbers from which the models are fitted, computed for one set of retrieved questions after another."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from evals.training.answers.grades import ANSWER_GRADE
from evals.training.answers.kept_reader import KeptReader
from evals.training.answers.retrieved import RetrievedQuestion
from evals.training.answers.training_sets import HELD_OUT, Family, QuestionKind
from evals.training.linear_models import Matrix
from rag.answering.rerank import LexicalReranker
from rag.answering.structured_answer import answer_by_structure, keep_identified
from rag.library.library import Library
from rag.questions.analysis import AnalysedQuestion, analyse_question
from rag.reading.answerability import answer_values, read_values
from rag.reading.coverage import MAX_QUOTES
from rag.reading.evidence import evidence_row
from rag.reading.judge import apply_readings, read_sentence_table
from rag.reading.matching import Sentence, TermWeight, passage_sentences
from rag.reading.ranking import Ranking, rank_sentences
from rag.reading.readings import NO_READINGS, Readings, read_sentences
from rag.reading.sentence_features import base_table, feature_table
from rag.reading.version_sentences import drop_version_sentences
from rag.schema import EmbeddingEndpoint, Language, Passage

_ANSWER_PASSAGES = 8  # that an answer may use
# of how many questions of a family one is read: reading takes most of the time
_READ_STEPS: dict[Family, int] = {"notes": 2, "held-out SQuAD 2": 3}


@dataclass(frozen=True)
class SentenceTable:
    """The candidate sentences of one question: a row of features for each, and how far each answers it (0 to 1)."""

    family: Family
    group: str
    language: Language
    values: Matrix  # sentences × features
    grades: Matrix


@dataclass(frozen=True)
class AnswerExample:
    """A question that prose may answer, with the values of one model of answers.

    `is_right`: one of the sentences that an answer may quote answers it.
    """

    family: Family
    group: str
    language: Language
    kind: QuestionKind
    values: Matrix
    is_right: bool


@dataclass(frozen=True)
class OpenQuestions:
    """The retrieved questions of one set, with the term weights of its library."""

    questions: list[RetrievedQuestion]
    term_weight: TermWeight


def open_questions(path: Path) -> OpenQuestions:
    """What `collect.py` stored for one set."""
    home, questions = pickle.loads(path.read_bytes())
    library = Library(home, embedding=EmbeddingEndpoint())
    return OpenQuestions(questions, cache(library.term_weight))


def fused_tables(path: Path, step: int) -> list[SentenceTable]:
    """The tables for the model `passage`: sentences of the fused passages of every `step`th answered question."""
    opened, tables = open_questions(path), []
    answered = [one for one in opened.questions if one.question.kind == "answered"]
    for one in answered[::step]:
        analysed, sentences = _analyse(one), passage_sentences(one.passages)
        grades = np.array([one.question.grade(sentence) for sentence in sentences])
        if sentences and grades.max() > 0:
            values = np.array(base_table(analysed, sentences, opened.term_weight))
            tables.append(SentenceTable(one.family, one.question.group, one.question.language, values, grades))
    return tables


def sentence_tables(path: Path) -> list[SentenceTable]:
    """The tables for the model `sentence`: sentences of the passages that an answer may use, after reranking."""
    opened, tables = open_questions(path), []
    for one in opened.questions:
        if one.question.kind != "answered":
            continue
        analysed = _analyse(one)
        sentences = passage_sentences(_rerank(analysed, one.passages, opened.term_weight))
        grades = np.array([one.question.grade(sentence) for sentence in sentences])
        if sentences and grades.max() > 0:
            values = np.array(feature_table(analysed, sentences, opened.term_weight))
            tables.append(SentenceTable(one.family, one.question.group, one.question.language, values, grades))
    return tables


@dataclass(frozen=True)
class RankedQuestion:
    """A question ranked by the linear model, with the sentences that structure gives, and read if its family allows.

    Without readings `given` is empty: what structure gives is judged only with the reader.
    """

    retrieved: RetrievedQuestion
    ranking: Ranking
    readings: Readings | None
    given: Sequence[Sentence] = ()


def ranked_questions(path: Path) -> Iterator[RankedQuestion]:
    """The questions of a set, ranked; of those that structure answers only the ones that are read."""
    opened, reader = open_questions(path), KeptReader(path.with_suffix(".readings"))
    for number, one in enumerate(opened.questions):
        analysed = _analyse(one)
        passages = _rerank(analysed, one.passages, opened.term_weight)
        ranking = drop_version_sentences(keep_identified(rank_sentences(analysed, passages, opened.term_weight)))
        structured = answer_by_structure(ranking, passages)
        is_read = one.family in HELD_OUT and one.question.kind != "withheld"
        is_read = is_read and number % _READ_STEPS.get(one.family, 1) == 0
        if structured.is_exact or not ranking.candidates or (structured.sentences and not is_read):
            continue
        readings = None
        if is_read:
            sentences = [candidate.sentence for candidate in ranking.candidates]
            readings = read_sentences(reader, analysed.text, sentences, structured.sentences)
        yield RankedQuestion(one, ranking, readings, structured.sentences)
    reader.save()


def read_tables(path: Path) -> list[SentenceTable]:
    """The tables for the model `read sentence`; none of a family that the reader was trained on."""
    tables: list[SentenceTable] = []
    if open_questions(path).questions[0].family not in HELD_OUT:
        return tables
    for one in ranked_questions(path):
        question = one.retrieved.question
        candidates = apply_readings(one.ranking, NO_READINGS).candidates
        grades = np.array([question.grade(candidate.sentence) for candidate in candidates])
        if one.readings and not one.given and question.kind == "answered" and grades.max() > 0:
            values = np.array(read_sentence_table(candidates, one.readings))
            tables.append(SentenceTable(one.retrieved.family, question.group, question.language, values, grades))
    return tables


@dataclass(frozen=True)
class AnswerExamples:
    """The examples of one set for `answer` and, where the family allows it, for `read answer`."""

    linear: list[AnswerExample]
    read: list[AnswerExample]


def answer_examples(path: Path) -> AnswerExamples:
    """The examples for the models of answers."""
    examples = AnswerExamples([], [])
    for one in ranked_questions(path):
        if not one.given:
            ranking = apply_readings(one.ranking, NO_READINGS)
            evidence = evidence_row(ranking)
            examples.linear.append(_example(one.retrieved, ranking, answer_values(ranking, evidence)))
        if one.readings:
            ranking = apply_readings(one.ranking, one.readings, one.given)
            evidence = evidence_row(ranking)
            examples.read.append(_example(one.retrieved, ranking, read_values(ranking, evidence)))
    return examples


def _example(retrieved: RetrievedQuestion, ranking: Ranking, values: list[float]) -> AnswerExample:
    question = retrieved.question
    quotes = ranking.top_sentences(MAX_QUOTES)
    is_right = question.kind == "answered" and any(question.grade(quote) >= ANSWER_GRADE for quote in quotes)
    return AnswerExample(
        retrieved.family, question.group, question.language, question.kind, np.array(values), is_right)


def _analyse(one: RetrievedQuestion) -> AnalysedQuestion:
    return analyse_question(one.question.question, one.question.language)


def _rerank(
    question: AnalysedQuestion, passages: tuple[Passage, ...], term_weight: TermWeight,
) -> tuple[Passage, ...]:
    """The passages that an answer may use, as retrieval gives them."""
    scores = LexicalReranker(term_weight).score_passages(question, passages)
    order = sorted(range(len(passages)), key=lambda i: (-scores[i], i))[:_ANSWER_PASSAGES]
    return tuple(
        replace(passages[place], number=number, score=round(float(np.exp(scores[place] - scores[order[0]])), 4))
        for number, place in enumerate(order, 1))
