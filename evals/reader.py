"""Reader benchmark: does the one chosen sentence hold the answer, and is a paragraph without the answer refused?

Over questions and paragraphs in SQuAD's format. Each question is asked of its own paragraph, so that retrieval is not
measured; optionally also of a library of all paragraphs of the file. There are two kinds of unanswerable questions:
those that the file marks as impossible (SQuAD 2.0), and the answerable ones over their paragraph without the sentences
that hold the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evals.benchmarks import squad
from evals.benchmarks.benchmark import BadBenchmark
from evals.benchmarks.benchmark_library import build_library, text_digest
from evals.metrics.facts import compact_text
from evals.refusal_curve import WRONG_REFUSALS, refused_share
from evals.statistics import auroc, bootstrap_interval
from evals.summary import Estimate
from rag.answering.retrieve import HybridRetriever, number_passages
from rag.answering.structured_answer import keep_identified
from rag.library.library import Library
from rag.pipeline import library_judge
from rag.questions.analysis import analyse_question
from rag.reading.answerability import judge_answer
from rag.reading.matching import passage_sentences
from rag.schema import Passage
from rag.text.language import detect_language

Progress = Callable[[int, int], None]
_RETRIEVED_PASSAGES = 8  # that an answer may use


@dataclass(frozen=True)
class ReaderQuestion:
    """A question with its paragraph, the document that this is from, and the accepted answers; none: impossible."""

    question: str
    paragraph: str
    document: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class NullResult:
    """How well scores separate answerable questions from `n` unanswerable ones; shares by that of wrong refusals."""

    n: int
    area: float  # AUROC
    refused: dict[float, float]


@dataclass(frozen=True)
class ReaderResult:
    """The results on a file; intervals are resampled by document. A result that does not apply is None.

    `sentence`: the chosen sentence of the given paragraph holds an answer; `retrieved`: the chosen sentence of what is
    retrieved does; `impossible` and `removed`: the two kinds of unanswerable questions.
    """

    file: str
    questions: int
    sentence: Estimate
    retrieved: Estimate | None
    impossible: NullResult | None
    removed: NullResult | None


def read_questions(path: Path, limit: int = 0) -> list[ReaderQuestion]:
    """The questions of a file, which may be gzipped; at most `limit` of them, evenly spaced, 0 for all.

    Raises:
        BadBenchmark: the file is not in SQuAD's format, or has no answerable question.
    """
    questions = []
    for text, records in squad.read_paragraphs(path):
        for case in squad.parse_cases(records):
            answers = case.must[0].wordings if case.must else ()
            document = text.title or text_digest(text.text)
            questions.append(ReaderQuestion(case.question, text.text, document, answers))
    if limit and limit < len(questions):
        questions = [questions[i * len(questions) // limit] for i in range(limit)]
    if not any(question.answers for question in questions):
        raise BadBenchmark(f"{path.name}: has no question with an answer")
    return questions


def measure_reader(
    path: Path, home: Path, *, limit: int = 0, with_retrieval: bool = False,
    progress: Progress = lambda done, total: None,
) -> ReaderResult:
    """Ask the questions of a file of their paragraphs, in a library below `home`.

    Raises:
        BadBenchmark: as `read_questions`.
    """
    questions = read_questions(path, limit)
    texts = [text.text for text, _ in squad.read_paragraphs(path)] if with_retrieval else [
        question.paragraph for question in questions]
    library = build_library(texts, home, progress, with_vectors=with_retrieval)
    reader = _ParagraphReader(library)
    readings = []
    for done, question in enumerate(questions):
        progress(done, len(questions))
        readings.append(reader.read(question))
    answerable = [(question, one) for question, one in zip(questions, readings, strict=True) if question.answers]
    scores = [reading.score for _, reading in answerable]
    impossible = [one.score for question, one in zip(questions, readings, strict=True) if not question.answers]
    removed = [score for question, _ in answerable for score in reader.scores_without_answer(question)]
    clusters = [question.document for question, _ in answerable]
    holds = [float(_holds_answer(reading.sentence, question)) for question, reading in answerable]
    retrieved = [float(_holds_answer(reader.retrieve(question).sentence, question))
                 for question, _ in answerable] if with_retrieval else []
    return ReaderResult(
        path.name, len(questions), _estimate(holds, clusters),
        _estimate(retrieved, clusters) if with_retrieval else None, _null_result(scores, impossible),
        _null_result(scores, removed))


@dataclass(frozen=True)
class Reading:
    """The sentence that is chosen for a question, and the score by which it is an answer; empty and 0 without one."""

    sentence: str
    score: float


class _ParagraphReader:
    """Reads the paragraphs of a library, as the extractive reader does."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._judge = library_judge(library)
        self._sources = {source.name.removesuffix(".txt"): source.id for source in library.sources()}
        self._retriever = HybridRetriever(library=library, k=_RETRIEVED_PASSAGES)

    def read(self, question: ReaderQuestion) -> Reading:
        return self._read_passages(question.question, self._paragraph_passages(question))

    def retrieve(self, question: ReaderQuestion) -> Reading:
        return self._read_passages(question.question, number_passages(self._retriever.search(question.question)))

    def scores_without_answer(self, question: ReaderQuestion) -> list[float]:
        """The score over the paragraph without the sentences that hold an answer; none if nothing is left of it."""
        passages = []
        for passage in self._paragraph_passages(question):
            kept = [one.text for one in passage_sentences([passage]) if not _holds_answer(one.text, question)]
            text = (" " if passage.language == "en" else "").join(kept)
            if text:
                passages.append(replace(passage, text=text, end=passage.start + len(text), blocks=(), lead=()))
        return [self._read_passages(question.question, passages).score] if passages else []

    def _paragraph_passages(self, question: ReaderQuestion) -> tuple[Passage, ...]:
        documents = self._library.passages_of(self._sources[text_digest(question.paragraph)])
        return number_passages([one.model_copy(update={"metadata": {**one.metadata, "score": 1.0}})
                                for one in documents])

    def _read_passages(self, question: str, passages: Sequence[Passage]) -> Reading:
        analysed = analyse_question(question, detect_language(question))
        ranking = self._judge.read(keep_identified(self._judge.rank(analysed, passages)))
        if not ranking.candidates:
            return Reading("", 0.0)
        return Reading(ranking.best.sentence.text, judge_answer(ranking).probability)


def _holds_answer(sentence: str, question: ReaderQuestion) -> bool:
    text = compact_text(sentence)
    return any(compact_text(answer) in text for answer in question.answers)


def _estimate(values: Sequence[float], clusters: Sequence[str]) -> Estimate:
    low, high = bootstrap_interval(values, clusters)
    return Estimate(sum(values) / len(values), low, high, len(values))


def _null_result(answerable: Sequence[float], unanswerable: Sequence[float]) -> NullResult | None:
    if not unanswerable:
        return None
    refused = {wrong: refused_share(answerable, unanswerable, wrong) for wrong in WRONG_REFUSALS}
    return NullResult(len(unanswerable), auroc(answerable, unanswerable), refused)
