"""Extraction: the passages of a source become its ledger entries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rag.citations.quotable import Quotable, parts_of_text
from rag.ledger.clause_words import clause_words
from rag.ledger.entry import LedgerEntry, SubjectTerms, YearSource
from rag.ledger.events import date_event, is_event_word, time_event
from rag.ledger.names import find_bodies, find_owner_names
from rag.ledger.periods import mask_dates, mask_periods
from rag.ledger.search import unit_family
from rag.ledger.statements import FigureStatement, find_statements
from rag.ledger.terms import phrase_terms
from rag.numbers.row_wording import split_unit
from rag.numbers.scopes import inherited_year, parse_year
from rag.numbers.units import PERMANENT_MEASURES
from rag.schema import Block, Source
from rag.text.language import has_han

MAX_ENTRIES = 20_000  # of one source; a table of 200,000 cells would fill the library with its figures
_MAX_PART = 1_000  # characters of a sentence or cell that are read; a longer one is a log or a run of digits
_MAX_LABEL = 80  # characters of a subject or scope
_MAX_NAMES = 12  # of an entry
_MAX_BACKGROUND = 400  # characters of heading and lead whose terms are kept


@dataclass(frozen=True)
class LedgerPassage:
    """A passage as the ledger reads it: `text` begins at `start` of the source's clean text."""

    id: str
    text: str
    start: int
    section: str
    blocks: tuple[Block, ...]


def extract_entries(source: Source, passages: Sequence[LedgerPassage]) -> Iterator[list[LedgerEntry]]:
    """The figures of a source, a list for each passage, in reading order; at most `MAX_ENTRIES` in all."""
    number = 0
    title = full_title(source.title, passages[0].text if passages and not passages[0].section else "")
    for passage in passages:
        entries = [*islice(_PassageReader(source, passage, title).entries(), MAX_ENTRIES - number)]
        number += len(entries)
        yield entries


def full_title(title: str, text: str) -> str:
    """A title with the first line of the document's text, which often names it where the format has no titles."""
    opening = next((line.strip() for line in text[:_MAX_BACKGROUND].splitlines() if line.strip()), "")
    if not opening or len(opening) > _MAX_LABEL or opening == title or opening[-1] in "。.!?！？;；：:":
        return title
    return f"{title}\n{opening}"


class _PassageReader:
    """Reads one passage; the names before a figure and the year of the sentence before apply to it too."""

    def __init__(self, source: Source, passage: LedgerPassage, title: str) -> None:
        self.source, self.passage = source, passage
        self.heading = passage.section.split(" › ")[-1]
        self.heading_names = (
            find_owner_names(passage.section) or find_owner_names(title)
            or _body_names(passage.section) or _body_names(title))
        self.earlier_names: tuple[str, ...] = ()
        self.before = ""  # the sentence before
        self.row = -1  # the number of the block of the last cell's row
        self.row_texts: list[str] = []  # the cells of that row that are no figures: units, times, kinds of things

    def entries(self) -> Iterator[LedgerEntry]:
        """The entries of the passage, left to right."""
        text = self.passage.text
        for part in parts_of_text(text, self.passage.start, self.passage.blocks, self.source.title):
            if part.end - part.start > _MAX_PART:
                end = part.start + _MAX_PART
                part = Quotable(text[part.start : end], part.start, end, part.block)
            if part.is_cell:
                self._read_row(part)
                yield from self._cell_entries(part)
                continue
            if _WORDS.search(part.text):
                yield from self._sentence_entries(part)
            self.earlier_names = find_owner_names(part.text) or self.earlier_names
            self.before = part.text

    def _sentence_entries(self, part: Quotable) -> Iterator[LedgerEntry]:
        for statement in find_statements(part.text, part.lead):
            own_names = find_owner_names(statement.segment)
            yield self._make_entry(part, statement, own_names, part.lead, statement.start, statement.end)

    def _cell_entries(self, part: Quotable) -> Iterator[LedgerEntry]:
        """The figure of a cell, read as a sentence of its heads: `吴江区 · 地区生产总值（亿元） 2331.97亿元`."""
        if part.block is None or part.block.kind != "cell" or len(part.text) > _MAX_CELL:
            return
        if not any(map(str.isdigit, part.text)):
            return
        parts = self._cell_heads(part)
        if not _names_measure(parts):  # heads that are years alone: the heading says what the table measures
            parts = [self.heading or self.source.title, *parts]
        unit = _cell_unit(parts) if part.text[-1:].isdigit() else ""
        value = f"{unit}{part.text}" if unit in _SIGNS else f"{part.text}{unit}"
        heads = " ".join(_UNIT_IN_BRACKETS.sub(" ", text) for text in parts if text != unit)[-_MAX_BACKGROUND:]
        offset = len(heads) + 1 + (len(unit) if unit in _SIGNS else 0)
        statements = find_statements(f"{heads} {value}", is_cell=True)
        for statement in [found for found in statements if found.end > offset][:_MAX_CELL_FIGURES]:
            start, end = max(0, statement.start - offset), min(statement.end - offset, len(part.text))
            entry = self._make_entry(part, statement, find_owner_names(heads), " · ".join(parts), start, end)
            yield replace(entry, unit=unit or entry.unit)

    def _cell_heads(self, part: Quotable) -> list[str]:
        """The heads of a cell, with the cells before it in its row that are no figures: `亿元`, `2023年`, `weekends`."""
        heads = [piece.text for piece in part.block.lead] if part.block else []
        return [*heads[:1], *(text for text in self.row_texts if text not in heads), *heads[1:]]

    def _read_row(self, part: Quotable) -> None:
        """Remember a cell that says what the figures after it in its row are about."""
        row = part.block.parent if part.block else -1
        if row != self.row:
            self.row, self.row_texts = row, []
        if part.block and part.block.kind == "cell" and len(part.text) <= _MAX_ROW_TEXT and (
                _is_unit(part.text) or not any(map(str.isdigit, mask_dates(part.text)))):
            self.row_texts.append(part.text)

    def _make_entry(
        self, part: Quotable, statement: FigureStatement, own_names: tuple[str, ...], lead: str, start: int, end: int,
    ) -> LedgerEntry:
        offset = self.passage.start + part.start
        names = (own_names or find_owner_names(part.text) or _body_names(part.text) or find_owner_names(lead)
                 or self.heading_names or self.earlier_names)
        year, year_source = self._year(statement, part, lead)
        text = part.text[start:end]
        around = f"{self.heading}。{lead[-_MAX_BACKGROUND:]}。{statement.other_text}"
        terms = SubjectTerms(
            words=self._words(statement),
            nouns=tuple(sorted(statement.terms.nouns - set(names))), qualifiers=tuple(sorted(statement.qualifiers)),
            names=tuple(names[:_MAX_NAMES]), names_in_sentence=bool(own_names),
            measures=tuple(sorted(statement.measures)), context=clause_words(around))
        return LedgerEntry(
            self.source.id, self.passage.id, offset + start, offset + end, offset, offset + len(part.text), text,
            statement.value, self._unit(statement, part), statement.kind, year, year_source, statement.period,
            self._subject(statement, part, lead), self._scope(statement, part), terms)

    def _words(self, statement: FigureStatement) -> tuple[str, ...]:
        """The content words of a statement; of a date or a time without those that name its event."""
        words = clause_words(statement.segment[-_MAX_BACKGROUND:])
        if statement.kind not in ("date", "time"):
            return words
        return tuple(
            word for word in words if not (is_event_word(word) or date_event(word) or time_event("", word, "")))

    def _unit(self, statement: FigureStatement, part: Quotable) -> str:
        if statement.kind in ("date", "time"):
            return ""
        if part.is_cell:
            return split_unit(statement.figure, statement.figure.text)[1]
        if statement.value.family == "count" and not statement.figure.unit and has_han(part.text):
            counter = part.text[statement.figure.end : statement.figure.end + 1]
            return counter if has_han(counter) else ""
        shifted = part.text if part.text[statement.figure.start : statement.figure.end] == statement.figure.text else ""
        return split_unit(statement.figure, shifted)[1][:12] if shifted else ""

    def _year(self, statement: FigureStatement, part: Quotable, lead: str) -> tuple[str, YearSource]:
        """The year of the sentence, of a cell's heads or of the sentence before, else that of heading or document.

        That of a caption is no more certain than that of a document: it dates all cells.
        """
        if statement.value.family == "date":
            return "", ""
        inherits = statement.value.family in ("growth", "share") or statement.measures - _TIMELESS_MEASURES
        own = statement.year
        if not own and inherits and not part.is_cell:
            own = inherited_year(part.text, self.before)
        if own:
            heads = self._cell_heads(part) if part.is_cell else []
            is_caption = len(heads) > _MIN_HEADS and own in heads[0] and not any(own in head for head in heads[1:])
            return own, "document" if is_caption else "sentence"
        if around := parse_year(lead) or parse_year(self.heading):
            return around, "document"
        if set(statement.measures) & PERMANENT_MEASURES:
            return "", ""
        year = parse_year(self.source.date) or parse_year(self.source.title)
        return year, "document" if year else ""

    def _subject(self, statement: FigureStatement, part: Quotable, lead: str) -> str:
        label = re.sub(r"\s+", " ", lead if part.is_cell else statement.subject)
        return label.strip(" ,，、;；:：·.。0")[:_MAX_LABEL]

    def _scope(self, statement: FigureStatement, part: Quotable) -> str:
        """The place or body to be shown: the names of the sentence as written, else the heading's or the title."""
        written = _written_names(part.text) or _written_names(self.heading) or self.source.title
        return written[:_MAX_LABEL]


def _body_names(text: str) -> tuple[str, ...]:
    """Bodies whose names are ordinary words, in full: 青石医院."""
    return tuple(name + kind for name, kind in find_bodies(text))


# what a part without a figure has not
_WORDS = re.compile(
    r"\d|[〇零一二三四五六七八九十百千万亿两半]"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|hundred|thousand|half|third"
    r"|quarter)\b", re.I)


def _cell_unit(heads: Sequence[str]) -> str:
    """The unit that the heads of a cell state: in brackets, nearest first, or as a head of its own: 张, 万人次."""
    for head in reversed(heads):
        if found := _UNIT_IN_HEAD.search(head):
            return (found[1] or found[2]).strip()
    return next((head for head in reversed(heads) if _is_unit(head)), "")


def _names_measure(heads: Sequence[str]) -> bool:
    """Whether the heads of a cell say what is measured: its caption, or a head of its column that is no year."""
    return len(heads) > _MIN_HEADS or bool(heads and phrase_terms(mask_periods(heads[-1])).nouns)


def _is_unit(head: str) -> bool:
    if len(head) > _MAX_UNIT or any(map(str.isdigit, head)):
        return False
    return (bool(_COUNTER.fullmatch(head)) or head in _SIGNS or bool(unit_family(head)))


# of rules and price lists, which the year of the sentence before does not date
_TIMELESS_MEASURES = frozenset(("price", "cost", "pay", "loan")) | PERMANENT_MEASURES
_MIN_HEADS = 2  # of a cell: one of its row and one of its column; before them stands the caption
_MAX_UNIT = 8  # characters
_MAX_ROW_TEXT = 16  # characters; a longer one is a note
_MAX_CELL = 60  # characters; a longer cell is a text
_MAX_CELL_FIGURES = 2  # of one cell
_SIGNS = frozenset(("$", "€", "£", "¥", "￥", "US$", "HK$"))
_COUNTER = re.compile(r"[十百千万亿]{0,2}(?:人次|人|家|个|张|所|座|间|套|册|本|件|辆|台|户|名|位|项|次|株|头|只|亩|元|处|条|吨|门|节|场)")
_UNIT_IN_HEAD = re.compile(r"[（(]\s?(?:单位[:：]\s*)?([^（）()\d]{1,8}|km2|m2|m3)\s?[)）]|(?:[/／]|单位[:：]\s*)([^\s/·]{1,6})$")
_UNIT_IN_BRACKETS = re.compile(r"[（(][^（）()]{1,8}[)）]")


def _written_names(text: str) -> str:
    """The names of a text as written, in their order, at most three."""
    lower = text.lower()
    spans = sorted((lower.find(name), name) for name in find_owner_names(text))
    found = [_whole_word(text, start, len(name)) for start, name in spans if start >= 0]
    return ("、" if has_han(text) else ", ").join(dict.fromkeys(found[:3]))


def _whole_word(text: str, start: int, length: int) -> str:
    """The word of a text that begins at an offset; a stem is completed to its word."""
    end = start + length
    while end < len(text) and text[end].isascii() and (text[end].isalnum() or text[end] in "-"):
        end += 1
    return text[start:end]
