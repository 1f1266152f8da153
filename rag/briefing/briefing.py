"""The briefing document as data, built from answered questions.

It has entries with citation notes, differences between sources, key figures, gaps, contradictions, references and an
annex.
"""

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
from rag.library.scope import WHOLE_LIBRARY
from rag.references.entries import ReferenceStyle, format_reference
from rag.schema import LANGUAGES, Answer, Difference, Disagreement, Language, Passage, Scope, Statement

_MAX_NEAREST = 3  # nearest passages that a gap names


@dataclass(frozen=True)
class Cover:
    """Title, language, reference style and scope of a briefing."""

    title: str
    language: Language
    style: ReferenceStyle = "gbt7714"
    scope: Scope = WHOLE_LIBRARY


@dataclass(frozen=True)
class EntryAnswer:
    """An answer in one language, shortened to the limit of its row."""

    answer: Answer
    notes: tuple[tuple[int, int], ...]  # the offset of each marker in the answer's text, and the number of its note
    cut_words: int = 0  # words that were left out


@dataclass(frozen=True)
class BriefingEntry:
    """A question with its answer, or its answers side by side."""

    number: int  # counted through the whole briefing
    question: BriefingQuestion
    answers: tuple[EntryAnswer, ...]
    same_as: int = 0  # the earlier entry with the same question; 0: none
    edited: bool = False


@dataclass(frozen=True)
class BriefingSection:
    """Entries under one heading; `title` may be empty."""

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
    """A subject for which sources give different values."""

    subject: str
    kind: Difference
    sides: tuple[DifferenceSide, ...]
    entries: tuple[int, ...]  # the entries whose answers it concerns


@dataclass(frozen=True)
class KeyFigure:
    """A figure that was found in the passage that it cites."""

    number: str
    unit: str
    year: str
    subject: str
    planned: bool  # a target, not a result
    note: int


@dataclass(frozen=True)
class Gap:
    """A question that the library does not answer, with the nearest passages."""

    entry: int
    question: str
    nearest: tuple[Passage, ...]


@dataclass(frozen=True)
class Briefing:
    """The whole content of a briefing; a document writer needs nothing else."""

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
    """The briefing of an answered list; the same rows and library always give the same briefing."""
    registry = NoteRegistry()  # notes are numbered in the order of these calls: entries, differences, key figures
    sections = tuple(_build_sections(answered_list.rows, registry))
    main_answers = [(entry, _main_answer(entry, cover.language)) for section in sections for entry in section.entries]
    differences = tuple(_source_differences([(entry.number, answer) for entry, answer in main_answers], registry))
    figures = [figure for entry, answer in main_answers for figure in stated_figures(entry.number, answer, registry)]
    sources = library.sources()
    notes, references, annex = registry.build_lists(
        sources, lambda source: format_reference(source, cover.style), sort=cover.style == "apa")
    model = next((answer.model for _, answer in main_answers), "")
    return Briefing(
        cover=cover, date=answered_list.start_date, model=model, is_extractive=model == extract.NAME,
        sources=len(sources), passages=sum(source.passages for source in sources), library=library.fingerprint(),
        sections=sections, differences=differences, figures=tuple(_key_figures(figures)),
        gaps=tuple(_find_gaps(main_answers)), contradictions=find_contradictions(figures), notes=notes,
        references=references, annex=tuple(_with_counterparts(annex, library)))


def _build_sections(rows: Sequence[AnsweredRow], registry: NoteRegistry) -> Iterator[BriefingSection]:
    """Consecutive rows of one section under its heading; entries are numbered through the whole briefing."""
    numbers: dict[str, int] = {}  # by row; the first entry if a row occurs twice
    for number, row in enumerate(rows, 1):
        numbers.setdefault(row.question.row, number)
    for title, group in groupby(enumerate(rows, 1), lambda numbered: numbered[1].question.section):
        entries = []
        for number, row in group:
            answers = tuple(_entry_answer(answer, row.question.max_words, registry) for answer in row.answers)
            same_as = numbers.get(row.same_as, 0) if row.same_as else 0
            entries.append(BriefingEntry(number, row.question, answers, same_as, row.edited))
        yield BriefingSection(title, tuple(entries))


def _entry_answer(answer: Answer, max_words: int, registry: NoteRegistry) -> EntryAnswer:
    short, cut = shorten_answer(answer, max_words)
    return EntryAnswer(short, registry.marker_notes(short), cut)


def _main_answer(entry: BriefingEntry, language: Language) -> Answer:
    """The answer that the tables use: the one in the briefing's language, else the first."""
    for candidate in entry.answers:
        if candidate.answer.language == language:
            return candidate.answer
    return entry.answers[0].answer


def _source_differences(answers: Sequence[tuple[int, Answer]], registry: NoteRegistry) -> Iterator[SourceDifference]:
    """The disagreements between sources, each once, with the numbers of all entries where it occurs.

    A disagreement whose statements are a subset of those of another one of the same kind is left out.
    """
    grouped: dict[tuple[Difference, frozenset[tuple[str, ...]]], tuple[Disagreement, Answer, list[int]]] = {}
    for number, answer in answers:
        for disagreement in answer.disagreements:
            sides = frozenset[tuple[str, ...]](
                (statement.figure, statement.year, statement.scope, statement.quote)
                for statement in disagreement.statements)
            grouped.setdefault((disagreement.difference, sides), (disagreement, answer, []))[2].append(number)
    for (kind, sides), (disagreement, answer, numbers) in grouped.items():
        if any(other_kind == kind and sides < other_sides for other_kind, other_sides in grouped):
            continue
        by_number = {passage.number: passage for passage in answer.passages}
        yield SourceDifference(
            disagreement.subject, disagreement.difference,
            tuple(_difference_side(one, by_number[one.passage], registry) for one in disagreement.statements),
            tuple(numbers))


def _difference_side(statement: Statement, passage: Passage, registry: NoteRegistry) -> DifferenceSide:
    note = registry.note_number(passage, statement.quote)
    return DifferenceSide(statement.figure, statement.year, statement.scope, statement.title, note)


def _key_figures(figures: Sequence[StatedFigure]) -> Iterator[KeyFigure]:
    """The figures that were found in the passages that they cite, each once."""
    yield from dict.fromkeys(
        KeyFigure(figure.number, figure.unit, figure.year, figure.subject_text, figure.quantity.planned, figure.note)
        for figure in figures if figure.verified)


def _find_gaps(main_answers: Sequence[tuple[BriefingEntry, Answer]]) -> Iterator[Gap]:
    """The unanswered questions, each once."""
    seen: set[str] = set()
    for entry, answer in main_answers:
        if answer.status == "unanswered" and entry.question.text not in seen:
            seen.add(entry.question.text)
            yield Gap(entry.number, entry.question.text, answer.passages[:_MAX_NEAREST])


def _with_counterparts(annex: Sequence[AnnexPassage], library: Library) -> Iterator[AnnexPassage]:
    """The annex with the same paragraphs of other editions; a passage that is no longer in the library has none."""
    documents = {str(document.id): document for document in library.passages([quoted.passage.id for quoted in annex])}
    annex_numbers = {quoted.passage.id: quoted.number for quoted in annex}
    for quoted in annex:
        document = documents.get(quoted.passage.id)
        others = [other for language in LANGUAGES if document for other in library.counterparts(document, language)]
        counterparts = []
        for other in others:
            number = annex_numbers.get(str(other.id), 0)
            counterparts.append(
                Counterpart(other.metadata["language"], other.metadata["title"], other.page_content, number))
        yield replace(quoted, counterparts=tuple(counterparts))
