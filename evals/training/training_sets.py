"""Training sets: a library of the texts of a question set, with its questions and the sentences that answer them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from evals.benchmarks import squad
from evals.benchmarks.benchmark_library import build_library, text_digest
from evals.cases import DATASETS, OTHER_MATTER_TYPES, Case, load
from evals.metrics.facts import compact_text, states_fact
from evals.metrics.retrieval import matches_gold
from rag.answering.followup import rewrite_by_rules
from rag.answering.retrieve import HybridRetriever, number_passages
from rag.library.library import Library
from rag.reading.matching import Sentence, TermWeight, passage_sentences
from rag.schema import EmbeddingEndpoint, Language, Passage
from rag.settings import SHIPPED_SEEDS
from rag.text.language import detect_language

_PASSAGE_COUNT = 8  # passages that an answer may draw on
# answered: by the library; near miss: on its topic, but without an answer; cut: the answering sentences are removed;
# elsewhere: on another topic; withheld: the source with the answer is removed
QuestionKind = Literal["answered", "near miss", "cut", "elsewhere", "withheld"]


@dataclass(frozen=True)
class TrainingQuestion:
    """A question, a function that grades how far a sentence answers it (0 to 1), and the document for its fold."""

    question: str
    language: Language
    group: str
    grade_sentence: Callable[[Sentence], float]
    kind: QuestionKind = "answered"
    hidden_source: str = ""  # a source that is withheld, so that no sentence answers


@dataclass(frozen=True)
class TrainingSet:
    """A library with the questions that are asked of it."""

    name: str
    library: Library
    term_weight: TermWeight
    questions: list[TrainingQuestion]

    def retrieve_passages(self, question: TrainingQuestion, *, reranked: bool) -> tuple[Passage, ...]:
        """The passages that retrieval finds, without a withheld source and without sentences that are cut."""
        retriever = HybridRetriever(library=self.library, k=_PASSAGE_COUNT + 6, reranked=reranked)
        documents = [
            document for document in retriever.search(question.question)
            if document.metadata["source_id"] != question.hidden_source]
        passages = number_passages(documents[:_PASSAGE_COUNT])
        if question.kind != "cut":
            return passages
        rest = (_cut_passage(passage, question) for passage in passages)
        return tuple(passage for passage in rest if passage.text)


def squad_training_set(path: Path, folder: Path, questions: dict[str, str] | None = None) -> TrainingSet:
    """The training set of a SQuAD file; `questions` replaces its questions by others with the same ids."""
    paragraphs = list(squad.read_paragraphs(path))
    library = build_library([text.text for text, _ in paragraphs], folder / "home")
    ids = {source.name.removesuffix(".txt"): source.id for source in library.sources()}
    training_questions = []
    for text, pairs in paragraphs:
        source = ids[text_digest(text.text)]
        for pair in (pair for pair in pairs if not pair.is_blank("question")):
            question = (questions or {}).get(pair.text("id"), pair.text("question"))
            answers = [compact_text(answer.text("text")) for answer in pair.records("answers")]
            training_questions.append(
                TrainingQuestion(question, detect_language(question), source, _span_grader(source, answers)))
    name = f"{path.stem}{' across' if questions else ''}"
    return TrainingSet(name, library, cache(library.term_weight), training_questions)


def read_questions(path: Path) -> dict[str, str]:
    """The questions of a file by their ids."""
    pairs = (pair for _, pairs in squad.read_paragraphs(path) for pair in pairs)
    return {pair.text("id"): pair.text("question") for pair in pairs if not pair.is_blank("question")}


def _span_grader(source: str, answers: Sequence[str]) -> Callable[[Sentence], float]:
    def grade_sentence(sentence: Sentence) -> float:
        """1 if the sentence is from the right source and contains an answer span."""
        has_answer = any(answer in compact_text(sentence.text) for answer in answers)
        return float(sentence.passage.source_id == source and has_answer)

    return grade_sentence


def withhold_source(question: TrainingQuestion) -> TrainingQuestion:
    """The same question, asked of the library without its source."""
    return replace(question, grade_sentence=_grade_zero, kind="withheld", hidden_source=question.group)


def cut_answers(question: TrainingQuestion) -> TrainingQuestion:
    """The same question, asked of the library without the sentences that answer it."""
    return replace(question, kind="cut")


def _cut_passage(passage: Passage, question: TrainingQuestion) -> Passage:
    sentences = passage_sentences([passage])
    rest = [sentence.text for sentence in sentences if question.grade_sentence(sentence) < _ANSWER_GRADE]
    return replace(passage, text=(" " if passage.language == "en" else "").join(rest))


_ANSWER_GRADE = 0.5  # a sentence with half of the required facts answers, as in the evals


def ask_elsewhere(question: TrainingQuestion) -> TrainingQuestion:
    """The same question, asked of a library on other topics."""
    return replace(question, grade_sentence=_grade_zero, kind="elsewhere")


def _grade_zero(sentence: Sentence) -> float:
    return 0.0


def notes_training_set(folder: Path) -> TrainingSet:
    """The training set of the shipped notes with the dev split of every dataset that asks about them."""
    library = Library(folder / "home", embedding=EmbeddingEndpoint())
    library.add_seeds(SHIPPED_SEEDS, lambda name, done, total: None)
    shipped = [case for path in sorted(DATASETS.glob("*.jsonl")) for case in load(path)]
    cases = [case for case in shipped if case.split == "dev" and not case.library]
    return TrainingSet("notes", library, cache(library.term_weight), [_case_question(case) for case in cases])


def _case_question(case: Case) -> TrainingQuestion:
    group = case.gold[0][0].split("#")[0] if case.gold else case.pair or case.id
    question = rewrite_by_rules(case.question, case.history)
    return TrainingQuestion(question, case.language, group, _fact_grader(case), _question_kind(case))


def _question_kind(case: Case) -> QuestionKind:
    if case.gold:
        return "answered"
    return "elsewhere" if case.type in OTHER_MATTER_TYPES else "near miss"


def _fact_grader(case: Case) -> Callable[[Sentence], float]:
    """The share of the required facts that a sentence of a gold paragraph states."""
    addresses = [address for need in case.gold for address in need]

    def grade_sentence(sentence: Sentence) -> float:
        if not any(matches_gold(sentence.passage, address) for address in addresses):
            return 0.0
        return sum(states_fact(fact, sentence.text) for fact in case.must) / max(1, len(case.must))

    return grade_sentence
