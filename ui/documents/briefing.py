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
from ui.documents.answer_blocks import blocks_of
from ui.documents.briefing_texts import SAID
from ui.documents.paper import Block, Contents, Heading, Note, Paper, Paragraph, Run, SideBySide, Table

_INNER = str.maketrans("“”", "‘’")  # quotation marks inside a quotation
_EXCERPT = 140  # characters of a passage that comes nearest
_TITLE = 16  # Han characters of a document's title in a table
_PLANNED = re.compile("目标|计划|力争|target|aim|plan", re.I)
_HAN_NUMBERS = "一二三四五六七八九十"


def paper(briefing: Briefing) -> Paper:
    """The document; its notes are numbered as the briefing has them, in the order in which they are first pointed to."""
    cover, said = briefing.cover, SAID[briefing.cover.language]
    noted = tuple(_note(note, briefing) for note in briefing.notes)
    blocks = (Contents(said["contents"]), *_blocks(briefing))
    return Paper(cover.title, cover.language, tuple(_lead(briefing)), blocks, noted, briefing.date)


def _lead(briefing: Briefing) -> Iterator[Paragraph]:
    """The date, and scope and method in a line each."""
    language, said = briefing.cover.language, SAID[briefing.cover.language]
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
    yield from (Paragraph((Run(line),), "lead", language) for line in lines)


def _blocks(briefing: Briefing) -> Iterator[Block]:
    """The parts that hold something, numbered through."""
    language, said = briefing.cover.language, SAID[briefing.cover.language]
    numbers = count(1)
    for title, blocks in _parts(briefing):
        if blocks:
            at = next(numbers)
            shown = _HAN_NUMBERS[at - 1] if language == "zh" and at <= len(_HAN_NUMBERS) else str(at)
            yield Heading(1, said["section"].format(shown, title), language)
            yield from blocks


def _parts(briefing: Briefing) -> Iterator[tuple[str, list[Block]]]:
    language, said = briefing.cover.language, SAID[briefing.cover.language]
    for section in briefing.sections:
        yield section.title or said["questions"], [block for entry in section.entries for block in _entry(entry, language)]
    yield said["differences"], [_differences(briefing)] if briefing.differences else []
    yield said["figures"], [_figures(briefing)] if briefing.figures else []
    yield said["gaps"], [block for gap in briefing.gaps for block in _gap(gap, language)]
    yield said["contradictions"], [_contradictions(briefing)]
    numbered = briefing.cover.style == "gbt7714"  # the other style cites by author and year
    yield said["references"], [
        Paragraph((Run(f"[{one.number}] {one.entry}" if numbered else one.entry),), "reference", one.source.language)
        for one in briefing.references]
    yield said["annex"], [block for quoted in briefing.annex for block in _annexed(quoted, briefing, language)]


# --- questions and answers

def _entry(entry: BriefingEntry, language: Language) -> Iterator[Block]:
    said = SAID[language]
    aside = (said["same"].format(entry.same_as) if entry.same_as else "") + (said["edited"] if entry.edited else "")
    yield Heading(2, said["number"].format(entry.number, entry.question.text), language)
    if aside:
        yield Paragraph((Run(aside.strip(), "faint"),), "aside", language)
    sides = [tuple(_reply(reply)) for reply in entry.answers]
    if len(sides) == 2:
        yield SideBySide(*sides)
    else:
        yield from (block for side in sides for block in side)


def _reply(reply: EntryAnswer) -> Iterator[Block]:
    answer, said = reply.answer, SAID[reply.answer.language]
    if answer.status == "failed":
        yield Paragraph((Run(said["failed"].format(answer.text), "doubtful"),), "body", answer.language)
        return
    if answer.status == "unanswered":
        yield Paragraph((Run(said["gap"].format(said["gaps"])),), "body", answer.language)
        return
    notes = dict(reply.notes)
    yield from blocks_of(answer, lambda place, number: notes.get(place, 0))
    if reply.cut_words:
        yield Paragraph((Run(said["cut"].format(reply.cut_words), "faint"),), "aside", answer.language)
    if answer.confidence:
        reasons = said["join"].join(answer.confidence.reasons)
        level: Level = answer.confidence.level
        state = said[answer.status] if answer.status in ("grounded", "partial") else ""
        told = said["join"].join(filter(None, (state, said[level])))
        yield Paragraph((Run(told + (said["colon"] + reasons if reasons else ""), "faint"),), "aside", answer.language)


# --- tables

def _table(kind: str, rows: Sequence[tuple[tuple[Run, ...], ...]], language: Language) -> Table:
    return Table(tuple(SAID[language][f"h {kind}"].split("|")), tuple(rows), language=language)


def _cell(text: str, *notes: int) -> tuple[Run, ...]:
    return (Run(text, notes=notes),) if text or notes else ()


def _differences(briefing: Briefing) -> Table:
    language, said = briefing.cover.language, SAID[briefing.cover.language]
    rows = []
    for differing in briefing.differences:
        for at, side in enumerate(differing.sides):
            kind: Difference = differing.kind
            rows.append((
                _cell("" if at else differing.subject), _cell(side.figure, side.note), _cell(side.year), _cell(side.scope),
                _cell(_short(side.title)), _cell("" if at else said[kind])))
    return _table("differences", rows, language)


def _short(title: str) -> str:
    """A title as a narrow column has room for it; its note has the whole."""
    room = _TITLE if has_han(title) else 2 * _TITLE
    return title if len(title) <= room else title[:room].rstrip() + "…"


def _figures(briefing: Briefing) -> Table:
    said = SAID[briefing.cover.language]
    rows = [(_cell(one.number, one.note), _cell(one.unit), _cell(one.year),
             _cell(one.subject + (said["target"] if one.planned and not _PLANNED.search(one.subject) else ""))) for one in briefing.figures]
    return _table("figures", rows, briefing.cover.language)


def _contradictions(briefing: Briefing) -> Block:
    """Where answers contradict each other, or the word that none does."""
    language, said = briefing.cover.language, SAID[briefing.cover.language]
    if not briefing.contradictions:
        return Paragraph((Run(said["agree"]),), "body", language)
    rows = []
    for one in briefing.contradictions:
        sides = tuple(
            Run(said["entry"].format(side.entry, side.figure) + ("" if side.verified else said["unverified"])
                + (said["join"] if at < len(one.sides) else ""), "" if side.verified else "doubtful", (side.note,))
            for at, side in enumerate(one.sides, 1))
        rows.append((_cell(one.subject), _cell(one.year), _cell(one.scope), sides))
    return _table("contradictions", rows, language)


# --- what is behind

def _gap(gap: Gap, language: Language) -> Iterator[Block]:
    said = SAID[language]
    yield Paragraph((Run(said["number"].format(gap.entry, gap.question), "strong"),), "body", language)
    for passage in gap.nearest:
        text = " ".join(passage.text.split())
        excerpt = text if len(text) <= _EXCERPT else text[:_EXCERPT].rstrip() + "……"
        yield Paragraph((Run(f"{_place(passage, language)}{said['colon']}", "faint"), Run(excerpt)), "item", passage.language)
    if not gap.nearest:
        yield Paragraph((Run(said["nothing"]),), "item", language)


def _place(passage: Passage, language: Language) -> str:
    """Where a passage stands, as a note says it: 《甲》，第二节，第 3 页."""
    said = SAID[language]
    page = said["page"].format(passage.page) if passage.page else ""
    return said["of"].join(filter(None, (SAID[passage.language]["title"].format(passage.title), passage.section, page)))


def _note(note: Pointed, briefing: Briefing) -> Note:
    """`[2] 《甲》，第二节：“……”` in the passage's language, with the number of its reference where the list has numbers."""
    language = note.passage.language
    said, number = SAID[language], f"[{note.reference}] " if briefing.cover.style == "gbt7714" else ""
    quote = " ".join(note.quote.split())
    told = said["quote"].format(quote.translate(_INNER)) if quote else ""
    if not note.is_supported:
        told = said["join"].join(filter(None, (said["not found"], told)))
    stop = "" if told and quote[-1:] in "。！？.!?" else said["stop"]
    return Note(note.number, f"{number}{_place(note.passage, language)}{said['colon'] if told else ''}{told}{stop}", language)


def _annexed(quoted: AnnexPassage, briefing: Briefing, language: Language) -> Iterator[Block]:
    """A passage with what is quoted of it in bold, then the same paragraphs of the other edition."""
    said, passage = SAID[language], quoted.passage
    place = said["number"].format(quoted.number, _place(passage, passage.language))
    of = said["gap after"] + said["notes"].format(", ".join(map(str, quoted.notes)))
    yield Paragraph((Run(place, "strong"), Run(of, "faint")), "body", passage.language)
    quotes = {note.quote for note in briefing.notes if note.annex == quoted.number and note.quote}
    yield from _lines(_with_quotes(passage.text, quotes), passage.language)
    for number in dict.fromkeys(other.annex for other in quoted.counterparts if other.annex):
        yield Paragraph((Run(said["elsewhere"].format(number), "faint"),), "aside", language)
    fresh = [other for other in quoted.counterparts if not other.annex]
    for title, some in groupby(fresh, lambda other: SAID[other.language]["title"].format(other.title)):
        yield Paragraph((Run(said["other"].format(title), "faint"),), "aside", language)
        yield from (block for other in some for block in _lines([Run(other.text)], other.language))


def _lines(runs: Iterable[Run], language: Language) -> Iterator[Paragraph]:
    """Runs as quoted paragraphs, one for each line of their text."""
    line: list[Run] = []
    for run in runs:
        first, *others = run.text.split("\n")
        line.append(replace(run, text=first))
        for text in others:
            yield from _line(line, language)
            line = [replace(run, text=text)]
    yield from _line(line, language)


def _line(runs: Sequence[Run], language: Language) -> Iterator[Paragraph]:
    kept = tuple(run for run in runs if run.text)
    if any(run.text.strip() for run in kept):
        yield Paragraph(kept, "quote", language)


def _with_quotes(text: str, quotes: set[str]) -> Iterator[Run]:
    """A passage in runs, those that are quoted in bold."""
    bold = [False] * len(text)
    for quote in quotes:
        at = text.find(quote)
        if at >= 0:
            bold[at : at + len(quote)] = [True] * len(quote)
    at = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or bold[end] != bold[at]:
            yield Run(text[at:end], "strong" if bold[at] else "")
            at = end
