"""Briefing document: renders a briefing as a Paper, in its language.

Sections of questions and answers, tables of differences and key figures, gaps, cross-check, references and annex.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count, groupby

from rag.briefing.briefing import Briefing, BriefingEntry, EntryAnswer, Gap
from rag.briefing.crosscheck import ContradictionSide
from rag.briefing.notes import AnnexPassage, CitationNote
from rag.citations.doubts import has_doubted_quote
from rag.schema import Difference, Language, Level, Passage, Scope
from rag.text.language import has_han
from ui.documents.answer_blocks import parse_blocks
from ui.documents.briefing_texts import LABELS
from ui.documents.paper import Block, Contents, Footnote, Heading, Paper, PaperTable, Paragraph, SideBySide, TextRun
from ui.documents.quoted_passages import QuotedWords, merge_runs, passage_location, passage_parts

_INNER_QUOTES = str.maketrans("“”", "‘’")  # quotation marks inside a quotation
_EXCERPT_LENGTH = 140  # characters of a nearest passage
_TITLE_LENGTH = 16  # Han characters of a document's title in a table; twice as many Latin ones
_TARGET_WORDS = re.compile("目标|计划|力争|target|aim|plan", re.I)
_HAN_NUMERALS = "一二三四五六七八九十"


def briefing_paper(briefing: Briefing) -> Paper:
    """The document; its notes have the numbers of the briefing, which are in the order of first reference."""
    cover, labels = briefing.cover, LABELS[briefing.cover.language]
    footnotes = tuple(_build_footnote(note, briefing) for note in briefing.notes)
    blocks = (Contents(labels["contents"]), *_numbered_blocks(briefing))
    return Paper(cover.title, cover.language, tuple(_lead_paragraphs(briefing)), blocks, footnotes, briefing.date)


def _lead_paragraphs(briefing: Briefing) -> Iterator[Paragraph]:
    """Three lines: the date, the scope and the method."""
    language, labels = briefing.cover.language, LABELS[briefing.cover.language]
    parts = _scope_parts(briefing.cover.scope, language)
    within = labels["within"].format(what=labels["of"].join(parts)) if parts else ""
    model = labels["quoting"] if briefing.is_extractive else labels["by"].format(model=briefing.model)
    scope = labels["scope"].format(
        sources=briefing.sources, passages=briefing.passages, library=briefing.library, within=within,
        entries=len(list(briefing.entries)), date=briefing.date)
    for line in (briefing.date, scope, labels["method"].format(model=model)):
        yield Paragraph((TextRun(line),), "lead", language)


def _scope_parts(scope: Scope, language: Language) -> list[str]:
    labels = LABELS[language]
    parts = [labels["source"].format(name) for name in scope.sources]
    parts += [labels["tag"].format(name) for name in scope.tags]
    parts += [labels["language"].format(labels[name]) for name in scope.languages]
    if scope.years:
        parts.append(labels["year"].format("–".join(str(year) for year in dict.fromkeys(scope.years))))
    return parts


def _numbered_blocks(briefing: Briefing) -> Iterator[Block]:
    """The sections that have content, under numbered headings."""
    language, labels = briefing.cover.language, LABELS[briefing.cover.language]
    numbers = count(1)
    for title, blocks in _list_sections(briefing):
        if blocks:
            number = next(numbers)
            is_han = language == "zh" and number <= len(_HAN_NUMERALS)
            numeral = _HAN_NUMERALS[number - 1] if is_han else str(number)
            yield Heading(1, labels["section"].format(numeral, title), language)
            yield from blocks


def _list_sections(briefing: Briefing) -> Iterator[tuple[str, list[Block]]]:
    language, labels = briefing.cover.language, LABELS[briefing.cover.language]
    for section in briefing.sections:
        blocks = [block for entry in section.entries for block in _entry_blocks(entry, language)]
        yield section.title or labels["questions"], blocks
    yield labels["differences"], [_differences_table(briefing)] if briefing.differences else []
    yield labels["figures"], [_figures_table(briefing)] if briefing.figures else []
    yield labels["gaps"], [block for gap in briefing.gaps for block in _gap_blocks(gap, language)]
    yield labels["contradictions"], [_contradictions_block(briefing)]
    yield labels["references"], list(_reference_paragraphs(briefing))
    yield labels["annex"], [block for quoted in briefing.annex for block in _annex_blocks(quoted, briefing, language)]


def _reference_paragraphs(briefing: Briefing) -> Iterator[Block]:
    is_numbered = briefing.cover.style == "gbt7714"  # the other style cites by author and year
    for reference in briefing.references:
        text = f"[{reference.number}] {reference.entry}" if is_numbered else reference.entry
        yield Paragraph((TextRun(text),), "reference", reference.source.language)


# --- questions and answers

def _entry_blocks(entry: BriefingEntry, language: Language) -> Iterator[Block]:
    labels = LABELS[language]
    repeated = labels["same"].format(entry.same_as) if entry.same_as else ""
    aside = repeated + (labels["edited"] if entry.edited else "")
    yield Heading(2, labels["number"].format(entry.number, entry.question.text), language)
    if aside:
        yield Paragraph((TextRun(aside.strip(), "faint"),), "aside", language)
    columns = [tuple(_answer_blocks(answer)) for answer in entry.answers]
    if len(columns) == 2:
        yield SideBySide(*columns)
    else:
        yield from (block for column in columns for block in column)


def _answer_blocks(entry_answer: EntryAnswer) -> Iterator[Block]:
    answer, labels = entry_answer.answer, LABELS[entry_answer.answer.language]
    if answer.status == "failed":
        yield Paragraph((TextRun(labels["failed"].format(answer.text), "doubtful"),), "body", answer.language)
        return
    if answer.status == "unanswered":
        yield Paragraph((TextRun(labels["gap"].format(labels["gaps"])),), "body", answer.language)
        return
    notes = dict(entry_answer.notes)
    yield from parse_blocks(answer, lambda place, number: notes.get(place, 0))
    if entry_answer.cut_words:
        yield Paragraph((TextRun(labels["cut"].format(entry_answer.cut_words), "faint"),), "aside", answer.language)
    if answer.confidence:
        reasons = labels["join"].join(answer.confidence.reasons)
        level: Level = answer.confidence.level
        state = labels[answer.status] if answer.status in ("grounded", "partial") else ""
        verdict = labels["join"].join(filter(None, (state, labels[level])))
        verdict += labels["colon"] + reasons if reasons else ""
        yield Paragraph((TextRun(verdict, "faint"),), "aside", answer.language)


# --- tables

def _build_table(kind: str, rows: Sequence[tuple[tuple[TextRun, ...], ...]], language: Language) -> PaperTable:
    return PaperTable(tuple(LABELS[language][f"h {kind}"].split("|")), tuple(rows), language=language)


def _build_cell(text: str, *notes: int) -> tuple[TextRun, ...]:
    return (TextRun(text, notes=notes),) if text or notes else ()


def _differences_table(briefing: Briefing) -> PaperTable:
    """One row for each statement; subject and kind of difference only in the first row of a difference."""
    language, labels = briefing.cover.language, LABELS[briefing.cover.language]
    rows = []
    for difference in briefing.differences:
        kind: Difference = difference.kind
        subject, kind_label = difference.subject, labels[kind]
        for side in difference.sides:
            rows.append((
                _build_cell(subject), _build_cell(side.figure, side.note), _build_cell(side.year),
                _build_cell(side.scope), _build_cell(_shorten_title(side.title)), _build_cell(kind_label)))
            subject, kind_label = "", ""
    return _build_table("differences", rows, language)


def _shorten_title(title: str) -> str:
    """A title shortened for a narrow column; the note has the whole title."""
    limit = _TITLE_LENGTH if has_han(title) else 2 * _TITLE_LENGTH
    return title if len(title) <= limit else title[:limit].rstrip() + "…"


def _figures_table(briefing: Briefing) -> PaperTable:
    labels = LABELS[briefing.cover.language]
    rows = []
    for figure in briefing.figures:
        needs_label = figure.planned and not _TARGET_WORDS.search(figure.subject)
        subject = figure.subject + (labels["target"] if needs_label else "")
        rows.append((
            _build_cell(figure.number, figure.note), _build_cell(figure.unit), _build_cell(figure.year),
            _build_cell(subject)))
    return _build_table("figures", rows, briefing.cover.language)


def _contradictions_block(briefing: Briefing) -> Block:
    """The table of contradictions, or the sentence that there are none."""
    language, labels = briefing.cover.language, LABELS[briefing.cover.language]
    if not briefing.contradictions:
        return Paragraph((TextRun(labels["agree"]),), "body", language)
    rows = []
    for contradiction in briefing.contradictions:
        *others, last = contradiction.sides
        runs = [_side_run(side, labels["join"], language) for side in others]
        rows.append((
            _build_cell(contradiction.subject), _build_cell(contradiction.year), _build_cell(contradiction.scope),
            (*runs, _side_run(last, "", language))))
    return _build_table("contradictions", rows, language)


def _side_run(side: ContradictionSide, separator: str, language: Language) -> TextRun:
    labels = LABELS[language]
    text = labels["entry"].format(side.entry, side.figure) + ("" if side.verified else labels["unverified"])
    return TextRun(text + separator, "" if side.verified else "doubtful", (side.note,))


# --- gaps, notes and annex

def _gap_blocks(gap: Gap, language: Language) -> Iterator[Block]:
    labels = LABELS[language]
    yield Paragraph((TextRun(labels["number"].format(gap.entry, gap.question), "strong"),), "body", language)
    for passage in gap.nearest:
        text = " ".join(passage.text.split())
        excerpt = text if len(text) <= _EXCERPT_LENGTH else text[:_EXCERPT_LENGTH].rstrip() + "……"
        location = TextRun(_titled_location(passage, language) + labels["colon"], "faint")
        yield Paragraph((location, TextRun(excerpt)), "item", passage.language)
    if not gap.nearest:
        yield Paragraph((TextRun(labels["nothing"]),), "item", language)


def _titled_location(passage: Passage, language: Language) -> str:
    """The location with the title in the quotation marks of its language: 《甲》，第二节，第 3 页."""
    return passage_location(passage, language, LABELS[passage.language]["title"].format(passage.title))


def _build_footnote(note: CitationNote, briefing: Briefing) -> Footnote:
    """`[2] 《甲》，第二节：“……”` in the passage's language; no number where the list of references has none."""
    language, labels = note.passage.language, LABELS[note.passage.language]
    number = f"[{note.reference}] " if briefing.cover.style == "gbt7714" else ""
    quote = " ".join(note.quote.split())
    content = labels["quote"].format(quote.translate(_INNER_QUOTES)) if quote else ""
    if not note.is_supported:
        content = labels["join"].join(filter(None, (labels["not found"], content)))
    elif has_doubted_quote(note.passage, note.quote):
        content = labels["join"].join(filter(None, (content, labels["doubted"])))
        quote = ""  # the content does not end with it
    stop = "" if content and quote[-1:] in "。！？.!?" else labels["stop"]
    location = _titled_location(note.passage, language)
    return Footnote(note.number, f"{number}{location}{labels['colon'] if content else ''}{content}{stop}", language)


def _annex_blocks(annex_passage: AnnexPassage, briefing: Briefing, language: Language) -> Iterator[Block]:
    """A passage with its quoted words in bold, then the same paragraphs of the other edition."""
    labels, passage = LABELS[language], annex_passage.passage
    heading = labels["number"].format(annex_passage.number, _titled_location(passage, passage.language))
    notes = labels["gap after"] + labels["notes"].format(", ".join(map(str, annex_passage.notes)))
    yield Paragraph((TextRun(heading, "strong"), TextRun(notes, "faint")), "body", passage.language)
    quotes = [QuotedWords(note.quote, note.start) for note in briefing.notes if note.annex == annex_passage.number]
    for part in passage_parts(passage, quotes):
        if isinstance(part, PaperTable):
            yield part
        else:
            yield from _quote_paragraphs(merge_runs(part), passage.language)
    for number in dict.fromkeys(other.annex for other in annex_passage.counterparts if other.annex):
        yield Paragraph((TextRun(labels["elsewhere"].format(number), "faint"),), "aside", language)
    unlisted = [other for other in annex_passage.counterparts if not other.annex]
    for title, group in groupby(unlisted, lambda other: LABELS[other.language]["title"].format(other.title)):
        yield Paragraph((TextRun(labels["other"].format(title), "faint"),), "aside", language)
        yield from (block for other in group for block in _quote_paragraphs([TextRun(other.text)], other.language))


def _quote_paragraphs(runs: Iterable[TextRun], language: Language) -> Iterator[Paragraph]:
    """One quoted paragraph for each line of the runs' text."""
    line: list[TextRun] = []
    for run in runs:
        first, *others = run.text.split("\n")
        line.append(replace(run, text=first))
        for text in others:
            yield from _quote_paragraph(line, language)
            line = [replace(run, text=text)]
    yield from _quote_paragraph(line, language)


def _quote_paragraph(runs: Sequence[TextRun], language: Language) -> Iterator[Paragraph]:
    visible = tuple(run for run in runs if run.text)
    if any(run.text.strip() for run in visible):
        yield Paragraph(visible, "quote", language)
