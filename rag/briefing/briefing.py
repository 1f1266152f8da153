"""Answered rows become a briefing: entries with notes, differences, key figures, gaps, contradictions, references and an annex."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rag.answering import extract
from rag.briefing.crosscheck import Contradiction, find_contradictions
from rag.briefing.notes import AnnexPassage, CitationNote, Counterpart, NoteRegistry, Reference, shorten_answer
from rag.briefing.question_list import BriefingQuestion
from rag.briefing.run import AnsweredList, AnsweredRow
from rag.briefing.stated_figures import StatedFigure, stated_figures
from rag.library.library import Library
from rag.pipeline import WHOLE_LIBRARY
from rag.references.entries import ReferenceStyle, format_reference
from rag.schema import LANGUAGES, Answer, Difference, Disagreement, Language, Passage, Scope, Statement

_MAX_NEAREST = 3  # passages that are named where nothing answers


@dataclass(frozen=True)
class Cover:
    """What a briefing is called and how it is set."""

    title: str
    language: Language
    style: ReferenceStyle = "gbt7714"
    scope: Scope = WHOLE_LIBRARY


@dataclass(frozen=True)
class EntryAnswer:
    """An answer in one language, as long as its row allows."""

    answer: Answer
    notes: tuple[tuple[int, int], ...]  # the place of each marker in its text, and the number of its note
    cut_words: int = 0  # words that were left out


@dataclass(frozen=True)
class BriefingEntry:
    """A question with its answer, or its answers side by side."""

    number: int  # through the whole briefing
    question: BriefingQuestion
    answers: tuple[EntryAnswer, ...]
    same_as: int = 0  # the entry that asks the same; 0: none before
    edited: bool = False


@dataclass(frozen=True)
class BriefingSection:
    """Entries under one heading."""

    title: str
    entries: tuple[BriefingEntry, ...]


@dataclass(frozen=True)
class DifferenceSide:
    """One side of a difference between sources."""

    figure: str
    year: str
    scope: str
    title: str
    note: int


@dataclass(frozen=True)
class SourceDifference:
    """A subject of which sources give different values."""

    subject: str
    kind: Difference
    sides: tuple[DifferenceSide, ...]
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
    is_extractive: bool  # no model: the answers are sentences of the sources
    sources: int
    passages: int
    library: str  # its fingerprint
    sections: tuple[BriefingSection, ...]
    differences: tuple[SourceDifference, ...]
    figures: tuple[KeyFigure, ...]
    gaps: tuple[Gap, ...]
    contradictions: tuple[Contradiction, ...]
    notes: tuple[CitationNote, ...]
    references: tuple[Reference, ...]
    annex: tuple[AnnexPassage, ...]

    @property
    def entries(self) -> Iterator[BriefingEntry]:
        """All entries, in order."""
        return (entry for section in self.sections for entry in section.entries)


def build_briefing(answered_list: AnsweredList, library: Library, cover: Cover) -> Briefing:
    """The briefing of a list that was asked; from the same rows and library always the same."""
    notebook = NoteRegistry()
    sections = tuple(_build_sections(answered_list.rows, notebook))
    mains = [(entry, _main_answer(entry, cover.language)) for section in sections for entry in section.entries]
    differences = tuple(_source_differences([(entry.number, answer) for entry, answer in mains], notebook))
    told = [one for entry, answer in mains for one in stated_figures(entry.number, answer, notebook)]
    sources = library.sources()
    notes, references, annex = notebook.build_lists(sources, lambda source: format_reference(source, cover.style), sort=cover.style == "apa")
    model = next((answer.model for _, answer in mains), "")
    return Briefing(
        cover, answered_list.start_date, model, model == extract.NAME, len(sources), sum(source.passages for source in sources),
        library.fingerprint(), sections, differences, tuple(_key_figures(told)), tuple(_find_gaps(mains)), find_contradictions(told), notes,
        references, tuple(_with_counterparts(annex, library)))


def _build_sections(rows: Sequence[AnsweredRow], registry: NoteRegistry) -> Iterator[BriefingSection]:
    """Rows that follow each other in one section, under its heading; entries are numbered through."""
    numbers = {row.question.row: number for number, row in reversed(list(enumerate(rows, 1)))}
    for title, some in groupby(enumerate(rows, 1), lambda numbered: numbered[1].question.section):
        yield BriefingSection(title, tuple(
            BriefingEntry(number, row.question, tuple(_entry_answer(answer, row.question.max_words, registry) for answer in row.answers),
                  numbers.get(row.same_as, 0) if row.same_as else 0, row.edited) for number, row in some))


def _entry_answer(answer: Answer, max_words: int, registry: NoteRegistry) -> EntryAnswer:
    short, cut = shorten_answer(answer, max_words)
    return EntryAnswer(short, registry.marker_notes(short), cut)


def _main_answer(entry: BriefingEntry, language: Language) -> Answer:
    """The answer by which tables go: the one in the briefing's language, else the first."""
    return next((reply.answer for reply in entry.answers if reply.answer.language == language), entry.answers[0].answer)


def _source_differences(answers: Sequence[tuple[int, Answer]], registry: NoteRegistry) -> Iterator[SourceDifference]:
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
            yield SourceDifference(
                differing.subject, differing.difference,
                tuple(_difference_side(one, by_number[one.passage], registry) for one in differing.statements), tuple(numbers))


def _difference_side(statement: Statement, passage: Passage, registry: NoteRegistry) -> DifferenceSide:
    return DifferenceSide(statement.figure, statement.year, statement.scope, statement.title, registry.note_number(passage, statement.quote))


def _key_figures(figures: Sequence[StatedFigure]) -> Iterator[KeyFigure]:
    """The figures that were found where they are cited, each once."""
    yield from dict.fromkeys(
        KeyFigure(one.number, one.unit, one.year, one.subject_text, one.quantity.planned, one.note) for one in figures if one.verified)


def _find_gaps(main_answers: Sequence[tuple[BriefingEntry, Answer]]) -> Iterator[Gap]:
    """The questions that nothing answers, each once."""
    seen: set[str] = set()
    for entry, answer in main_answers:
        if answer.status == "unanswered" and entry.question.text not in seen:
            seen.add(entry.question.text)
            yield Gap(entry.number, entry.question.text, answer.passages[:_MAX_NEAREST])


def _with_counterparts(annex: Sequence[AnnexPassage], library: Library) -> Iterator[AnnexPassage]:
    """The annex with the same paragraphs of the other editions; a passage that is no longer in the library has none."""
    held = {str(document.id): document for document in library.passages([quoted.passage.id for quoted in annex])}
    own = {quoted.passage.id: quoted.number for quoted in annex}
    for quoted in annex:
        document = held.get(quoted.passage.id)
        others = [other for language in LANGUAGES if document for other in library.counterparts(document, language)]
        counterparts = tuple(
            Counterpart(o.metadata["language"], o.metadata["title"], o.page_content, own.get(str(o.id), 0)) for o in others)
        yield replace(quoted, counterparts=counterparts)
