"""Answered rows become a briefing: entries with notes, differences, key figures, gaps, contradictions, references and an annex."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rag.answering import extract
from rag.briefing.crosscheck import Contradiction, contradictions
from rag.briefing.notes import Counterpart, Note, Notebook, Quoted, Reference, shortened
from rag.briefing.question_list import Question
from rag.briefing.run import Answered, Row
from rag.briefing.stated_figures import Told, told_by
from rag.library.library import Library
from rag.pipeline import EVERYTHING
from rag.references.entries import ReferenceStyle, format_reference
from rag.schema import LANGUAGES, Answer, Difference, Disagreement, Language, Passage, Scope, Statement

_NEAREST = 3  # passages that are named where nothing answers


@dataclass(frozen=True)
class Cover:
    """What a briefing is called and how it is set."""

    title: str
    language: Language
    style: ReferenceStyle = "gbt7714"
    scope: Scope = EVERYTHING


@dataclass(frozen=True)
class Reply:
    """An answer in one language, as long as its row allows."""

    answer: Answer
    notes: tuple[tuple[int, int], ...]  # the place of each marker in its text, and the number of its note
    cut: int = 0  # words that were left out


@dataclass(frozen=True)
class Entry:
    """A question with its answer, or its answers side by side."""

    number: int  # through the whole briefing
    question: Question
    replies: tuple[Reply, ...]
    same_as: int = 0  # the entry that asks the same; 0: none before
    edited: bool = False


@dataclass(frozen=True)
class Section:
    """Entries under one heading."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Stated:
    """One side of a difference between sources."""

    figure: str
    year: str
    scope: str
    title: str
    note: int


@dataclass(frozen=True)
class Differing:
    """A subject of which sources give different values."""

    subject: str
    kind: Difference
    sides: tuple[Stated, ...]
    entries: tuple[int, ...]  # that it bears on


@dataclass(frozen=True)
class KeyFigure:
    """A figure that stands in its source."""

    number: str
    unit: str
    year: str
    subject: str
    planned: bool  # a target, and not a result
    note: int


@dataclass(frozen=True)
class Gap:
    """A question that nothing answers, and what comes nearest."""

    entry: int
    question: str
    nearest: tuple[Passage, ...]


@dataclass(frozen=True)
class Briefing:
    """All that a document of it says; a writer needs nothing else."""

    cover: Cover
    date: str  # ISO 8601
    model: str
    quoting: bool  # no model: the answers are sentences of the sources
    sources: int
    passages: int
    library: str  # its fingerprint
    sections: tuple[Section, ...]
    differences: tuple[Differing, ...]
    figures: tuple[KeyFigure, ...]
    gaps: tuple[Gap, ...]
    contradictions: tuple[Contradiction, ...]
    notes: tuple[Note, ...]
    references: tuple[Reference, ...]
    annex: tuple[Quoted, ...]

    @property
    def entries(self) -> Iterator[Entry]:
        """All entries, in order."""
        return (entry for section in self.sections for entry in section.entries)


def brief(answered: Answered, library: Library, cover: Cover) -> Briefing:
    """The briefing of a list that was asked; from the same rows and library always the same."""
    notebook = Notebook()
    sections = tuple(_sections(answered.rows, notebook))
    mains = [(entry, _main(entry, cover.language)) for section in sections for entry in section.entries]
    differences = tuple(_differences([(entry.number, answer) for entry, answer in mains], notebook))
    told = [one for entry, answer in mains for one in told_by(entry.number, answer, notebook)]
    sources = library.sources()
    notes, references, annex = notebook.listed(sources, lambda source: format_reference(source, cover.style), sort=cover.style == "apa")
    model = next((answer.model for _, answer in mains), "")
    return Briefing(
        cover, answered.begun, model, model == extract.NAME, len(sources), sum(source.passages for source in sources),
        library.fingerprint(), sections, differences, tuple(_key_figures(told)), tuple(_gaps(mains)), contradictions(told), notes,
        references, tuple(_with_counterparts(annex, library)))


def _sections(rows: Sequence[Row], notebook: Notebook) -> Iterator[Section]:
    """Rows that follow each other in one section, under its heading; entries are numbered through."""
    numbers = {row.question.row: number for number, row in reversed(list(enumerate(rows, 1)))}
    for title, some in groupby(enumerate(rows, 1), lambda numbered: numbered[1].question.section):
        yield Section(title, tuple(
            Entry(number, row.question, tuple(_reply(answer, row.question.max_words, notebook) for answer in row.answers),
                  numbers.get(row.same_as, 0) if row.same_as else 0, row.edited) for number, row in some))


def _reply(answer: Answer, max_words: int, notebook: Notebook) -> Reply:
    short, cut = shortened(answer, max_words)
    return Reply(short, notebook.marks(short), cut)


def _main(entry: Entry, language: Language) -> Answer:
    """The answer by which tables go: the one in the briefing's language, else the first."""
    return next((reply.answer for reply in entry.replies if reply.answer.language == language), entry.replies[0].answer)


def _differences(answers: Sequence[tuple[int, Answer]], notebook: Notebook) -> Iterator[Differing]:
    """What sources tell differently, each difference once, with all entries that it bears on."""
    found: dict[tuple[Difference, frozenset[tuple[str, ...]]], tuple[Disagreement, Answer, list[int]]] = {}
    for number, answer in answers:
        for differing in answer.disagreements:
            sides = frozenset[tuple[str, ...]]((one.figure, one.year, one.scope, one.quote) for one in differing.statements)
            found.setdefault((differing.difference, sides), (differing, answer, []))[2].append(number)
    for (kind, sides), (differing, answer, numbers) in found.items():
        wider = (other for (other_kind, other), _ in found.items() if other_kind == kind and sides < other)
        if next(wider, None) is None:
            by_number = {passage.number: passage for passage in answer.passages}
            yield Differing(
                differing.subject, differing.difference,
                tuple(_stated(one, by_number[one.passage], notebook) for one in differing.statements), tuple(numbers))


def _stated(one: Statement, passage: Passage, notebook: Notebook) -> Stated:
    return Stated(one.figure, one.year, one.scope, one.title, notebook.note(passage, one.quote))


def _key_figures(told: Sequence[Told]) -> Iterator[KeyFigure]:
    """The figures that were found where they are cited, each once."""
    yield from dict.fromkeys(
        KeyFigure(one.number, one.unit, one.year, one.written, one.quantity.planned, one.note) for one in told if one.verified)


def _gaps(mains: Sequence[tuple[Entry, Answer]]) -> Iterator[Gap]:
    """The questions that nothing answers, each once."""
    seen: set[str] = set()
    for entry, answer in mains:
        if answer.status == "unanswered" and entry.question.text not in seen:
            seen.add(entry.question.text)
            yield Gap(entry.number, entry.question.text, answer.passages[:_NEAREST])


def _with_counterparts(annex: Sequence[Quoted], library: Library) -> Iterator[Quoted]:
    """The annex with the same paragraphs of the other editions; a passage that is no longer in the library has none."""
    held = {str(document.id): document for document in library.passages([quoted.passage.id for quoted in annex])}
    own = {quoted.passage.id: quoted.number for quoted in annex}
    for quoted in annex:
        document = held.get(quoted.passage.id)
        others = [other for language in LANGUAGES if document for other in library.counterparts(document, language)]
        counterparts = tuple(
            Counterpart(o.metadata["language"], o.metadata["title"], o.page_content, own.get(str(o.id), 0)) for o in others)
        yield replace(quoted, counterparts=counterparts)
