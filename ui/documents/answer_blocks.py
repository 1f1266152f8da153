"""The text of an answer becomes blocks: its lists, bold words and tables as such, its markers as notes, its doubtful figures marked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby

from rag.citations.markers import MASK, find_markers, mask_code
from rag.schema import Answer
from ui.documents.paper import Block, Paragraph, ParagraphKind, RunStyle, Table, TextRun

NoteLookup = Callable[[int, int], int]  # the place of a marker in the text and its number → the number of a note, 0 for none

_BODY: ParagraphKind = "body"
_PLAIN: RunStyle = ""
# what a line begins with, and what it then becomes
_LINE_KINDS: tuple[tuple[ParagraphKind, RunStyle, re.Pattern[str]], ...] = (
    ("item", "", re.compile(r"[ \t>]*[-*+•·][ \t]+")), ("quote", "", re.compile(r"[ \t]*>[ \t]?")),
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
    """The paragraphs and tables of an answer's text, in order; of its Markdown only what a paper has too, the rest as it stands.

    `note` is asked for each marker. `- 产值为**3.8万亿元**[1]。` → an item: 产值为, 3.8万亿元 in bold with its note, 。
    """
    marked = _AnnotatedText(answer, note)
    lines = [match.span() for match in re.finditer(r"[^\n]+", answer.text)]
    at = 0
    while at < len(lines):
        rows = _table_rows(answer.text, lines[at:])
        yield from marked.parse_table(rows) if rows else marked.parse_line(*lines[at])
        at += len(rows) or 1


def _table_rows(text: str, lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The lines of a table that begins here; none where none does."""
    said = [text[start:end] for start, end in lines]
    if len(said) < 2 or not _TABLE_ROW.fullmatch(said[0]) or not _TABLE_RULE.fullmatch(said[1]):
        return []
    length = next((i for i, line in enumerate(said) if not _TABLE_ROW.fullmatch(line)), len(said))
    return lines[:length]


class _AnnotatedText:
    """A text with what is not shown of it, how the rest is shown, and where its notes stand."""

    def __init__(self, answer: Answer, note: NoteLookup) -> None:
        self._text, self._language = answer.text, answer.language
        self._prose = mask_code(answer.text)
        self._hidden: set[int] = set()
        self._styles: dict[int, RunStyle] = {}
        self._notes: list[tuple[int, int]] = []
        for style, pattern in _EMPHASIS_STYLES:
            for found in pattern.finditer(self._prose):
                self._styles.update(dict.fromkeys(range(*found.span()), style))
                self._hidden.update((*range(found.start(), found.end(1)), *range(found.end() - len(found[1]), found.end())))
        for start, end, number in find_markers(self._prose):
            if named := note(start, number):  # else it is text
                self._hidden.update(range(start, end))
                self._notes.append((start, named))
        for figure in answer.figures:
            if figure.state == "not found":
                self._styles.update(dict.fromkeys(range(figure.start, figure.end), "doubtful"))

    def parse_line(self, start: int, end: int) -> Iterator[Paragraph]:
        """The paragraph of one line; none of a rule or of the sign that opens code."""
        line, kind, style = self._text[start:end], _BODY, _PLAIN
        if _HORIZONTAL_RULE.fullmatch(line) or _CODE_FENCE.fullmatch(line):
            return
        if self._prose[start:end].strip(MASK + " \t"):  # else it is code, which stays as it is
            for kind_of, style_of, pattern in _LINE_KINDS:
                if sign := pattern.match(line):
                    kind, style, start = kind_of, style_of, start + sign.end()
                    break
        if runs := self.text_runs(start, end, style):
            yield Paragraph(runs, kind, self._language)

    def parse_table(self, rows: list[tuple[int, int]]) -> Iterator[Table]:
        """The table of some lines; the second is the rule under the header."""
        (first, last), *others = rows[:1] + rows[2:]
        header = tuple("".join(run.text for run in cell) for cell in self._parse_cells(first, last))
        yield Table(header, tuple(self._parse_cells(*row) for row in others), language=self._language)

    def _parse_cells(self, start: int, end: int) -> tuple[tuple[TextRun, ...], ...]:
        row = self._text[start:end]
        inner, outer = start + row.index("|") + 1, start + row.rindex("|") + 1
        return tuple(self.text_runs(*cell.span(1)) for cell in _TABLE_CELL.finditer(self._text, inner, outer))

    def text_runs(self, start: int, end: int, style: RunStyle = "") -> tuple[TextRun, ...]:
        """What is shown of a stretch of the text, without white space around it; `style` is of what has none of its own."""
        out: list[TextRun] = []
        for at, number in [*((at, number) for at, number in self._notes if start <= at < end), (end, 0)]:
            for own, places in groupby((i for i in range(start, at) if i not in self._hidden), lambda i: self._styles.get(i, style)):
                out.append(TextRun("".join(self._text[i] for i in places), own))
            if number:
                last = out.pop() if out else TextRun("")
                out.append(replace(last, notes=(*last.notes, number)))
            start = max(start, at)
        if out:
            out[0] = replace(out[0], text=out[0].text.lstrip())
            out[-1] = replace(out[-1], text=out[-1].text.rstrip())
        return tuple(run for run in out if run.text or run.notes)
