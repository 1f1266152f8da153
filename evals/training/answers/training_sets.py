"""Training sets: libraries with the questions that are asked of them and the sentences that answer.

A set belongs to a family, whose questions are alike; each family has its own weight in the training. The reader was
trained on the families `question libraries`, `SQuAD 2`, `DRCD` and `CMRC`: what it says there is better than what it
says elsewhere, so that models with its scores are fitted on the other families only.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from evals.benchmarks.benchmark_library import build_library, text_digest
from evals.cases import DATASETS, OTHER_MATTER_TYPES, Case, load
from evals.metrics.facts import compact_text
from evals.training.answers.grades import EvidenceGrade, FactGrade, Grade, SpanGrade, grade_zero, letters
from evals.training.question_libraries import FOLDER, LibraryQuestion, read_questions
from evals.training.reader.examples import Example, squad_examples
from rag.answering.followup import rewrite_by_rules
from rag.library.library import Library
from rag.schema import EmbeddingEndpoint, Language
from rag.settings import SHIPPED_SEEDS
from rag.text.language import detect_language

# answered: by the library; near miss: on its topic, but without an answer; cut: the answering sentences are removed;
# elsewhere: on another topic; withheld: the source with the answer is removed
QuestionKind = Literal["answered", "near miss", "cut", "elsewhere", "withheld"]
Family = Literal[
    "notes", "everyday", "held-out libraries", "held-out SQuAD 2", "question libraries", "SQuAD 2", "DRCD", "CMRC"]
HELD_OUT: tuple[Family, ...] = ("notes", "everyday", "held-out libraries", "held-out SQuAD 2")
HELD_OUT_FOLDER = FOLDER.with_name("held_out_questions")
_EVERYDAY = DATASETS / "everyday.jsonl"
# the articles of SQuAD 2 that the reader was trained on, and those that no model was; the others are also in XQuAD,
# which is kept for measuring
_READ_ARTICLES = (
    "European Union law", "Packet switching", "Harvard University", "Immune system", "Islamism", "Warsaw", "Force")
_HELD_OUT_ARTICLES = ("Steam engine", "1973 oil crisis")
_DRCD_QUESTIONS, _CMRC_STEP = 800, 2  # the reader was trained on every second question of CMRC's trial set
_ELSEWHERE = 10  # questions of a set that are asked of another one
_WITHHELD_STEP, _CUT_STEP = 3, 2  # of how many answered questions one is also asked without its source or sentences


@dataclass(frozen=True)
class TrainingQuestion:
    """A question with the grade of each sentence; `group`: the document or library that decides its fold."""

    question: str
    language: Language
    group: str
    grade: Grade
    kind: QuestionKind = "answered"
    source_id: str = ""  # the source with the answer


@dataclass(frozen=True)
class TrainingSet:
    """A library with all its vectors, and the questions that are asked of it."""

    family: Family
    name: str
    library: Library
    questions: list[TrainingQuestion]


NamedSet = tuple[str, Callable[[], TrainingSet]]  # opening a set fills its library first


def find_sets(data: Path, root: Path) -> Iterator[NamedSet]:
    """Each set of all families by its name, with what opens it; `data`: the folder of public sets.

    The libraries are kept below `root`.
    """
    yield "notes", partial(_notes_set, root / "notes")
    yield from _everyday_sets(root / "everyday")
    yield from _library_sets("held-out libraries", HELD_OUT_FOLDER, root / "held-out")
    yield from _library_sets("question libraries", FOLDER, root / "questions")
    squad = [*squad_examples(data / "squad2.part.json.gz", "SQuAD 2")]
    for article in (*_HELD_OUT_ARTICLES, *_READ_ARTICLES):
        family: Family = "SQuAD 2" if article in _READ_ARTICLES else "held-out SQuAD 2"
        yield article, partial(_squad_set, family, article, [one for one in squad if one.group == article], root)
    drcd = [*squad_examples(data / "drcd.dev.json.gz", "DRCD", simplified=True)]
    yield "DRCD", partial(_squad_set, "DRCD", "DRCD", random.Random(1).sample(drcd, _DRCD_QUESTIONS), root)
    cmrc = [*squad_examples(data / "cmrc2018.trial.json", "CMRC")]
    yield "CMRC", partial(_squad_set, "CMRC", "CMRC", cmrc[::_CMRC_STEP], root)


def _fill_library(home: Path, folder: Path) -> Library:
    library = Library(home, embedding=EmbeddingEndpoint())
    present = {source.name for source in library.sources()}
    with library.write_lock():
        for path in sorted(folder.iterdir()):
            if path.name not in present:
                library.add(path)
        for _ in library.make_vectors():
            pass
    return library


def _library_sets(family: Family, folder: Path, root: Path) -> Iterator[NamedSet]:
    by_library: dict[str, list[LibraryQuestion]] = {}
    for question in read_questions(folder):
        if question.behaviour != "correct":
            by_library.setdefault(question.library, []).append(question)
    for name, asked in by_library.items():
        yield name, partial(_library_set, family, root / name, folder / name, asked)


def _library_set(family: Family, home: Path, folder: Path, asked: Sequence[LibraryQuestion]) -> TrainingSet:
    library = _fill_library(home, folder)
    ids = {source.name: source.id for source in library.sources()}
    questions = [_library_question(one, ids) for one in asked]
    return TrainingSet(family, folder.name, library, [*_with_withheld(questions)])


def _library_question(question: LibraryQuestion, ids: dict[str, str]) -> TrainingQuestion:
    if question.behaviour == "refuse":
        kind: QuestionKind = "elsewhere" if question.kind == "other-matter" else "near miss"
        return TrainingQuestion(question.question, question.language, question.library, grade_zero, kind)
    source = ids[question.document]
    grade = EvidenceGrade(source, letters(question.sentence), letters(question.answer))
    return TrainingQuestion(question.question, question.language, question.library, grade, source_id=source)


def _with_withheld(questions: Sequence[TrainingQuestion]) -> Iterator[TrainingQuestion]:
    """The questions, and some of the answered ones also without their source."""
    yield from questions
    answered = [question for question in questions if question.kind == "answered" and question.source_id]
    for question in answered[::_WITHHELD_STEP]:
        yield replace(question, grade=grade_zero, kind="withheld")


def ask_elsewhere(questions: Sequence[TrainingQuestion]) -> list[TrainingQuestion]:
    """Some of the answered questions, to be asked of a library on other topics."""
    answered = [question for question in questions if question.kind == "answered"]
    chosen = random.Random(1).sample(answered, min(_ELSEWHERE, len(answered)))
    return [replace(question, grade=grade_zero, kind="elsewhere", source_id="") for question in chosen]


def _everyday_sets(root: Path) -> Iterator[NamedSet]:
    by_library: dict[str, list[Case]] = {}
    for case in load(_EVERYDAY):
        if case.split == "dev" and case.behaviour in ("answer", "refuse"):
            by_library.setdefault(case.library, []).append(case)
    for name, cases in by_library.items():
        yield name, partial(_everyday_set, root / name, _EVERYDAY.with_suffix("") / name, cases)


def _everyday_set(home: Path, folder: Path, cases: Sequence[Case]) -> TrainingSet:
    library = _fill_library(home, folder)
    ids = {source.name: source.id for source in library.sources()}
    questions = [_everyday_question(case, ids) for case in cases]
    return TrainingSet("everyday", folder.name, library, [*_with_withheld(questions)])


def _everyday_question(case: Case, ids: dict[str, str]) -> TrainingQuestion:
    if case.behaviour == "refuse":
        kind: QuestionKind = "elsewhere" if case.type in OTHER_MATTER_TYPES else "near miss"
        return TrainingQuestion(case.question, case.language, case.library, grade_zero, kind)
    first = case.evidence[0]
    grade = EvidenceGrade(ids[first.document], letters(first.sentence), letters(first.answer))
    return TrainingQuestion(case.question, case.language, case.library, grade, source_id=ids[first.document])


def _notes_set(home: Path) -> TrainingSet:
    """The shipped notes with the dev split of the datasets that ask about them."""
    library = Library(home, embedding=EmbeddingEndpoint())
    library.add_seeds(SHIPPED_SEEDS, lambda name, done, total: None)
    shipped = [case for path in sorted(DATASETS.glob("*.jsonl")) for case in load(path)]
    cases = [case for case in shipped if case.split == "dev" and not case.library and case.behaviour != "correct"]
    return TrainingSet("notes", "notes", library, [_case_question(case) for case in cases])


def _case_question(case: Case) -> TrainingQuestion:
    group = case.gold[0][0].split("#")[0] if case.gold else case.pair or case.id
    question = rewrite_by_rules(case.question, case.history)
    if case.gold and case.behaviour != "refuse":
        return TrainingQuestion(question, case.language, group, FactGrade(case))
    kind: QuestionKind = "elsewhere" if case.type in OTHER_MATTER_TYPES else "near miss"
    return TrainingQuestion(question, case.language, group, grade_zero, kind)


def _squad_set(family: Family, name: str, examples: Sequence[Example], root: Path) -> TrainingSet:
    """The paragraphs of the examples as a library, each a document, with their questions."""
    library = build_library([example.text for example in examples], root / name.replace(" ", "-"))
    ids = {source.name.removesuffix(".txt"): source.id for source in library.sources()}
    return TrainingSet(family, name, library, [*_squad_questions(examples, ids)])


def _squad_questions(examples: Sequence[Example], ids: dict[str, str]) -> Iterator[TrainingQuestion]:
    for number, example in enumerate(examples):
        language = detect_language(example.question)
        if example.answer is None:
            yield TrainingQuestion(example.question, language, example.group, grade_zero, "near miss")
            continue
        source = ids[text_digest(example.text)]
        grade = SpanGrade(source, (compact_text(example.text[slice(*example.answer)]),))
        question = TrainingQuestion(example.question, language, example.group, grade, source_id=source)
        yield question
        if number % _CUT_STEP == 0:
            yield replace(question, kind="cut")
