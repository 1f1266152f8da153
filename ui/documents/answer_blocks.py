"""Answer blocks: parses the Markdown of an answer into paragraphs, lists and tables, with citation markers as notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby

from rag.citations.markers import MASK, find_markers, mask_code
from rag.schema import Answer
from ui.documents.paper import Block, PaperTable, Paragraph, ParagraphKind, RunStyle, TextRun

NoteLookup = Callable[[int, int], int]  # offset and number of a marker → number of its note; 0: it has none

_BODY: ParagraphKind = "body"
_PLAIN: RunStyle = ""
# the kind and style of a line by its first characters
_LINE_KINDS: tuple[tuple[ParagraphKind, RunStyle, re.Pattern[str]], ...] = (
    ("item", "", re.compile(r"[ \t>]*[-*+•·][ \t]+")),
    ("quote", "", re.compile(r"[ \t]*>[ \t]?")),
    ("body", "strong", re.compile(r"[ \t]*#{1,6}[ \t]+")))
_HORIZONTAL_RULE = re.compile(r"[ \t]*(?:[-*_][ \t]*){3,}")
_CODE_FENCE = re.compile(r"[ \t>]*(?:`{3,}|~{3,})[^\n]*")
_TABLE_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*")
_TABLE_RULE = re.compile(r"(?=.*-)[|:\s-]+")
_TABLE_CELL = re.compile(r"([^|]*)\|")
_EMPHASIS_STYLES: tuple[tuple[RunStyle, re.Pattern[str]], ...] = (
    ("strong", re.compile(r"(\*\*)(?=\S)[^\n]+?(?<=\S)\1")),
    ("emphasis", re.compile(r"(?<![\w*\\])(\*)(?=[^\s*])[^\n*]+(?<=[^\s*])\1(?![\w*])")))


def parse_blocks(answer: Answer, note: NoteLookup) -> Iterator[Block]:
    """The paragraphs and tables of an answer's text, in order. Other Markdown, such as images and code, stays text.

    `note` is called for each marker.
    `- 产值为**3.8万亿元**[1]。` → an item with the runs 产值为, 3.8万亿元 (strong, with its note) and 。
    """
    annotated = _AnnotatedText(answer, note)
    lines = [match.span() for match in re.finditer(r"[^\n]+", answer.text)]
    at = 0
    while at < len(lines):
        rows = _table_rows(answer.text, lines[at:])
        yield from annotated.parse_table(rows) if rows else annotated.parse_line(*lines[at])
        at += len(rows) or 1


def _table_rows(text: str, lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans of a table's lines, if a table begins with the first line; otherwise none."""
    line_texts = [text[start:end] for start, end in lines]
    if len(lines) < 2 or not _TABLE_ROW.fullmatch(line_texts[0]) or not _TABLE_RULE.fullmatch(line_texts[1]):
        return []
    for position, line in enumerate(line_texts):
        if not _TABLE_ROW.fullmatch(line):
            return lines[:position]
    return lines


class _AnnotatedText:
    """A text with its hidden characters (Markdown, markers), the style of each character, and the offsets of its notes.
    """

    def __init__(self, answer: Answer, note: NoteLookup) -> None:
        self._text, self._language = answer.text, answer.language
        self._prose = mask_code(answer.text)
        self._hidden: set[int] = set()
        self._styles: dict[int, RunStyle] = {}
        self._notes: list[tuple[int, int]] = []
        for style, pattern in _EMPHASIS_STYLES:
            for match in pattern.finditer(self._prose):
                start, end = match.span()
                self._styles.update(dict.fromkeys(range(start, end), style))
                self._hidden.update(range(start, match.end(1)))
                self._hidden.update(range(end - len(match[1]), end))
        for start, end, number in find_markers(self._prose):
            note_number = note(start, number)
            if note_number:  # a marker without a note stays text
                self._hidden.update(range(start, end))
                self._notes.append((start, note_number))
        for figure in answer.figures:
            if figure.state in ("not found", "read with doubt"):
                self._styles.update(dict.fromkeys(range(figure.start, figure.end), "doubtful"))

    def parse_line(self, start: int, end: int) -> Iterator[Paragraph]:
        """The paragraph of one line; none for a horizontal rule and for a code fence."""
        line, kind, style = self._text[start:end], _BODY, _PLAIN
        if _HORIZONTAL_RULE.fullmatch(line) or _CODE_FENCE.fullmatch(line):
            return
        if self._prose[start:end].strip(MASK + " \t"):  # otherwise the line is code, and stays as it is
            for line_kind, line_style, pattern in _LINE_KINDS:
                prefix = pattern.match(line)
                if prefix:
                    kind, style, start = line_kind, line_style, start + prefix.end()
                    break
        if runs := self.text_runs(start, end, style):
            yield Paragraph(runs, kind, self._language)

    def parse_table(self, rows: list[tuple[int, int]]) -> Iterator[PaperTable]:
        """The table of the lines with these spans; the second line is the rule under the header."""
        (first, last), *others = rows[:1] + rows[2:]
        header = tuple("".join(run.text for run in cell) for cell in self._parse_cells(first, last))
        yield PaperTable(header, tuple(self._parse_cells(*row) for row in others), language=self._language)

    def _parse_cells(self, start: int, end: int) -> tuple[tuple[TextRun, ...], ...]:
        row = self._text[start:end]
        inner, outer = start + row.index("|") + 1, start + row.rindex("|") + 1
        return tuple(self.text_runs(*cell.span(1)) for cell in _TABLE_CELL.finditer(self._text, inner, outer))

    def text_runs(self, start: int, end: int, style: RunStyle = "") -> tuple[TextRun, ...]:
        """The visible runs of `text[start:end]`, without white space at the edges; `style` is the default style."""
        runs: list[TextRun] = []
        notes = [(at, number) for at, number in self._notes if start <= at < end]
        for at, number in [*notes, (end, 0)]:
            visible = (i for i in range(start, at) if i not in self._hidden)
            for run_style, offsets in groupby(visible, lambda i: self._styles.get(i, style)):
                runs.append(TextRun("".join(self._text[i] for i in offsets), run_style))
            if number:
                last = runs.pop() if runs else TextRun("")
                runs.append(replace(last, notes=(*last.notes, number)))
            start = max(start, at)
        if runs:
            runs[0] = replace(runs[0], text=runs[0].text.lstrip())
            runs[-1] = replace(runs[-1], text=runs[-1].text.rstrip())
        return tuple(run for run in runs if run.text or run.notes)
