"""A briefing becomes a Paper: sections of questions and answers, tables, gaps, references and the annex, in its language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count, groupby

from rag.briefing.briefing import Briefing, BriefingEntry, EntryAnswer, Gap
from rag.briefing.notes import AnnexPassage
from rag.briefing.notes import CitationNote as Pointed
from rag.schema import Difference, Language, Level, Passage
from rag.text.language import has_han
from ui.documents.answer_blocks import parse_blocks
from ui.documents.briefing_texts import LABELS
from ui.documents.paper import Block, Contents, Footnote, Heading, Paper, Paragraph, SideBySide, Table, TextRun

_INNER_QUOTES = str.maketrans("“”", "‘’")  # quotation marks inside a quotation
_EXCERPT_LENGTH = 140  # characters of a passage that comes nearest
_TITLE_LENGTH = 16  # Han characters of a document's title in a table
_TARGET_WORDS = re.compile("目标|计划|力争|target|aim|plan", re.I)
_HAN_NUMERALS = "一二三四五六七八九十"


def briefing_paper(briefing: Briefing) -> Paper:
    """The document; its notes are numbered as the briefing has them, in the order in which they are first pointed to."""
    cover, said = briefing.cover, LABELS[briefing.cover.language]
    noted = tuple(_build_footnote(note, briefing) for note in briefing.notes)
    blocks = (Contents(said["contents"]), *_numbered_blocks(briefing))
    return Paper(cover.title, cover.language, tuple(_lead_paragraphs(briefing)), blocks, noted, briefing.date)


def _lead_paragraphs(briefing: Briefing) -> Iterator[Paragraph]:
    """The date, and scope and method in a line each."""
    language, said = briefing.cover.language, LABELS[briefing.cover.language]
    scope = briefing.cover.scope
    named = [*(said["source"].format(name) for name in scope.sources), *(said["tag"].format(name) for name in scope.tags),
             *(said["language"].format(said[one]) for one in scope.languages)]
    if scope.years:
        named.append(said["year"].format("–".join(str(year) for year in dict.fromkeys(scope.years))))
    within = said["within"].format(what=said["of"].join(named)) if named else ""
    model = said["quoting"] if briefing.is_extractive else said["by"].format(model=briefing.model)
    lines = (briefing.date, said["scope"].format(
        sources=briefing.sources, passages=briefing.passages, library=briefing.library, within=within,
        entries=len(list(briefing.entries)), date=briefing.date), said["method"].format(model=model))
    yield from (Paragraph((TextRun(line),), "lead", language) for line in lines)


def _numbered_blocks(briefing: Briefing) -> Iterator[Block]:
    """The parts that hold something, numbered through."""
    language, said = briefing.cover.language, LABELS[briefing.cover.language]
    numbers = count(1)
    for title, blocks in _list_sections(briefing):
        if blocks:
            at = next(numbers)
            shown = _HAN_NUMERALS[at - 1] if language == "zh" and at <= len(_HAN_NUMERALS) else str(at)
            yield Heading(1, said["section"].format(shown, title), language)
            yield from blocks


def _list_sections(briefing: Briefing) -> Iterator[tuple[str, list[Block]]]:
    language, said = briefing.cover.language, LABELS[briefing.cover.language]
    for section in briefing.sections:
        yield section.title or said["questions"], [block for entry in section.entries for block in _entry_blocks(entry, language)]
    yield said["differences"], [_differences_table(briefing)] if briefing.differences else []
    yield said["figures"], [_figures_table(briefing)] if briefing.figures else []
    yield said["gaps"], [block for gap in briefing.gaps for block in _gap_blocks(gap, language)]
    yield said["contradictions"], [_contradictions_block(briefing)]
    numbered = briefing.cover.style == "gbt7714"  # the other style cites by author and year
    yield said["references"], [
        Paragraph((TextRun(f"[{one.number}] {one.entry}" if numbered else one.entry),), "reference", one.source.language)
        for one in briefing.references]
    yield said["annex"], [block for quoted in briefing.annex for block in _annex_blocks(quoted, briefing, language)]


# --- questions and answers

def _entry_blocks(entry: BriefingEntry, language: Language) -> Iterator[Block]:
    said = LABELS[language]
    aside = (said["same"].format(entry.same_as) if entry.same_as else "") + (said["edited"] if entry.edited else "")
    yield Heading(2, said["number"].format(entry.number, entry.question.text), language)
    if aside:
        yield Paragraph((TextRun(aside.strip(), "faint"),), "aside", language)
    sides = [tuple(_answer_blocks(reply)) for reply in entry.answers]
    if len(sides) == 2:
        yield SideBySide(*sides)
    else:
        yield from (block for side in sides for block in side)


def _answer_blocks(entry_answer: EntryAnswer) -> Iterator[Block]:
    answer, said = entry_answer.answer, LABELS[entry_answer.answer.language]
    if answer.status == "failed":
        yield Paragraph((TextRun(said["failed"].format(answer.text), "doubtful"),), "body", answer.language)
        return
    if answer.status == "unanswered":
        yield Paragraph((TextRun(said["gap"].format(said["gaps"])),), "body", answer.language)
        return
    notes = dict(entry_answer.notes)
    yield from parse_blocks(answer, lambda place, number: notes.get(place, 0))
    if entry_answer.cut_words:
        yield Paragraph((TextRun(said["cut"].format(entry_answer.cut_words), "faint"),), "aside", answer.language)
    if answer.confidence:
        reasons = said["join"].join(answer.confidence.reasons)
        level: Level = answer.confidence.level
        state = said[answer.status] if answer.status in ("grounded", "partial") else ""
        told = said["join"].join(filter(None, (state, said[level])))
        yield Paragraph((TextRun(told + (said["colon"] + reasons if reasons else ""), "faint"),), "aside", answer.language)


# --- tables

def _build_table(kind: str, rows: Sequence[tuple[tuple[TextRun, ...], ...]], language: Language) -> Table:
    return Table(tuple(LABELS[language][f"h {kind}"].split("|")), tuple(rows), language=language)


def _build_cell(text: str, *notes: int) -> tuple[TextRun, ...]:
    return (TextRun(text, notes=notes),) if text or notes else ()


def _differences_table(briefing: Briefing) -> Table:
    language, said = briefing.cover.language, LABELS[briefing.cover.language]
    rows = []
    for differing in briefing.differences:
        for at, side in enumerate(differing.sides):
            kind: Difference = differing.kind
            rows.append((
                _build_cell("" if at else differing.subject), _build_cell(side.figure, side.note), _build_cell(side.year), _build_cell(side.scope),
                _build_cell(_shorten_title(side.title)), _build_cell("" if at else said[kind])))
    return _build_table("differences", rows, language)


def _shorten_title(title: str) -> str:
    """A title as a narrow column has room for it; its note has the whole."""
    room = _TITLE_LENGTH if has_han(title) else 2 * _TITLE_LENGTH
    return title if len(title) <= room else title[:room].rstrip() + "…"


def _figures_table(briefing: Briefing) -> Table:
    said = LABELS[briefing.cover.language]
    rows = [(_build_cell(one.number, one.note), _build_cell(one.unit), _build_cell(one.year),
             _build_cell(one.subject + (said["target"] if one.planned and not _TARGET_WORDS.search(one.subject) else ""))) for one in briefing.figures]
    return _build_table("figures", rows, briefing.cover.language)


def _contradictions_block(briefing: Briefing) -> Block:
    """Where answers contradict each other, or the word that none does."""
    language, said = briefing.cover.language, LABELS[briefing.cover.language]
    if not briefing.contradictions:
        return Paragraph((TextRun(said["agree"]),), "body", language)
    rows = []
    for one in briefing.contradictions:
        sides = tuple(
            TextRun(said["entry"].format(side.entry, side.figure) + ("" if side.verified else said["unverified"])
                + (said["join"] if at < len(one.sides) else ""), "" if side.verified else "doubtful", (side.note,))
            for at, side in enumerate(one.sides, 1))
        rows.append((_build_cell(one.subject), _build_cell(one.year), _build_cell(one.scope), sides))
    return _build_table("contradictions", rows, language)


# --- what is behind

def _gap_blocks(gap: Gap, language: Language) -> Iterator[Block]:
    said = LABELS[language]
    yield Paragraph((TextRun(said["number"].format(gap.entry, gap.question), "strong"),), "body", language)
    for passage in gap.nearest:
        text = " ".join(passage.text.split())
        excerpt = text if len(text) <= _EXCERPT_LENGTH else text[:_EXCERPT_LENGTH].rstrip() + "……"
        yield Paragraph((TextRun(f"{_passage_location(passage, language)}{said['colon']}", "faint"), TextRun(excerpt)), "item", passage.language)
    if not gap.nearest:
        yield Paragraph((TextRun(said["nothing"]),), "item", language)


def _passage_location(passage: Passage, language: Language) -> str:
    """Where a passage stands, as a note says it: 《甲》，第二节，第 3 页."""
    said = LABELS[language]
    page = said["page"].format(passage.page) if passage.page else ""
    return said["of"].join(filter(None, (LABELS[passage.language]["title"].format(passage.title), passage.section, page)))


def _build_footnote(note: Pointed, briefing: Briefing) -> Footnote:
    """`[2] 《甲》，第二节：“……”` in the passage's language, with the number of its reference where the list has numbers."""
    language = note.passage.language
    said, number = LABELS[language], f"[{note.reference}] " if briefing.cover.style == "gbt7714" else ""
    quote = " ".join(note.quote.split())
    told = said["quote"].format(quote.translate(_INNER_QUOTES)) if quote else ""
    if not note.is_supported:
        told = said["join"].join(filter(None, (said["not found"], told)))
    stop = "" if told and quote[-1:] in "。！？.!?" else said["stop"]
    return Footnote(note.number, f"{number}{_passage_location(note.passage, language)}{said['colon'] if told else ''}{told}{stop}", language)


def _annex_blocks(annex_passage: AnnexPassage, briefing: Briefing, language: Language) -> Iterator[Block]:
    """A passage with what is quoted of it in bold, then the same paragraphs of the other edition."""
    said, passage = LABELS[language], annex_passage.passage
    place = said["number"].format(annex_passage.number, _passage_location(passage, passage.language))
    of = said["gap after"] + said["notes"].format(", ".join(map(str, annex_passage.notes)))
    yield Paragraph((TextRun(place, "strong"), TextRun(of, "faint")), "body", passage.language)
    quotes = {note.quote for note in briefing.notes if note.annex == annex_passage.number and note.quote}
    yield from _quote_paragraphs(_highlight_quotes(passage.text, quotes), passage.language)
    for number in dict.fromkeys(other.annex for other in annex_passage.counterparts if other.annex):
        yield Paragraph((TextRun(said["elsewhere"].format(number), "faint"),), "aside", language)
    fresh = [other for other in annex_passage.counterparts if not other.annex]
    for title, some in groupby(fresh, lambda other: LABELS[other.language]["title"].format(other.title)):
        yield Paragraph((TextRun(said["other"].format(title), "faint"),), "aside", language)
        yield from (block for other in some for block in _quote_paragraphs([TextRun(other.text)], other.language))


def _quote_paragraphs(runs: Iterable[TextRun], language: Language) -> Iterator[Paragraph]:
    """Runs as quoted paragraphs, one for each line of their text."""
    line: list[TextRun] = []
    for run in runs:
        first, *others = run.text.split("\n")
        line.append(replace(run, text=first))
        for text in others:
            yield from _quote_paragraph(line, language)
            line = [replace(run, text=text)]
    yield from _quote_paragraph(line, language)


def _quote_paragraph(runs: Sequence[TextRun], language: Language) -> Iterator[Paragraph]:
    kept = tuple(run for run in runs if run.text)
    if any(run.text.strip() for run in kept):
        yield Paragraph(kept, "quote", language)


def _highlight_quotes(text: str, quotes: set[str]) -> Iterator[TextRun]:
    """A passage in runs, those that are quoted in bold."""
    bold = [False] * len(text)
    for quote in quotes:
        at = text.find(quote)
        if at >= 0:
            bold[at : at + len(quote)] = [True] * len(quote)
    at = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or bold[end] != bold[at]:
            yield TextRun(text[at:end], "strong" if bold[at] else "")
            at = end
