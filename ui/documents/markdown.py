"""Markdown writer: renders a Paper as CommonMark with GitHub's tables and footnotes; all text is escaped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ui.documents.numeric_columns import paper_numeric_columns
from ui.documents.paper import (
    Block,
    Contents,
    Heading,
    Paper,
    PaperTable,
    Paragraph,
    ParagraphKind,
    SideBySide,
    TextRun,
)
from ui.documents.sanitise import iter_headings

# Characters that are markup anywhere: an ampersand only before an entity; a colon, a full stop and an at sign only
# where GitHub would make a link of an address.
_SPECIAL_CHARACTERS = re.compile(r"[\\`*_\[\]<~|$]|&(?=#?\w+;)|:(?=//)|(?<=www)\.(?=\S)|(?<=\S)@(?=\S)", re.I)
# … and characters that are markup at the start of a line: headings, quotes, lists, underlines of headings
_LINE_START = re.compile(r"^(?:(?P<sign>[#>=+-])|(?P<number>\d{1,9})(?P<point>[.)])(?=\s|$))")
# the part of a run that can be emphasised: CommonMark does not read asterisks next to punctuation as emphasis
_EMPHASIS_CORE = re.compile(r"\w.*\w|\w", re.S)
_LINK_ADDRESS = re.compile(r"""\S*(\s+["'(].*)?""", re.S)
_EMPHASIS_MARKS = {"strong": "**", "emphasis": "*"}
# of the first line and of the other lines
_LINE_PREFIXES: dict[ParagraphKind, tuple[str, str]] = {"quote": ("> ", "> "), "item": ("- ", "  ")}


def render_markdown(paper: Paper) -> str:
    """The .md of a sanitised Paper. Columns come one after the other, because Markdown has none."""
    parts = [f"# {_escape_text(paper.title)}", *_render_blocks((*paper.lead, *paper.blocks), paper)]
    notes = [f"[^{note.number}]: {_render_note(note.text)}" for note in paper.notes]
    return "\n\n".join([*(part for part in parts if part), *notes]) + "\n"


def _render_note(text: str) -> str:
    """The note, with a zero-width space after a single word: a reader without footnotes would take that for a link."""
    return _escape_text(text) + (" &#8203;" if _LINK_ADDRESS.fullmatch(text) else "")


def _render_blocks(blocks: Sequence[Block], paper: Paper) -> Iterator[str]:
    items: list[str] = []  # of one list, joined without blank lines, which would make a loose list
    for block in blocks:
        if isinstance(block, Paragraph) and block.kind == "item":
            items.append(_render_paragraph(block))
            continue
        if items:
            yield "\n".join(items)
            items = []
        match block:
            case Heading():
                yield f"{'#' * (block.level + 1)} {_escape_text(block.text)}"
            case Paragraph():
                yield _render_paragraph(block)
            case PaperTable():
                yield _render_table(block)
            case SideBySide():
                yield from _render_blocks((*block.left, *block.right), paper)
            case Contents():
                yield _render_contents(block, paper)
    if items:
        yield "\n".join(items)


def _render_paragraph(paragraph: Paragraph) -> str:
    first, other = _LINE_PREFIXES.get(paragraph.kind, ("", ""))
    lines = [_escape_line_start(line.strip()) for line in _render_runs(paragraph.runs).split("\n")]
    return first + f"\\\n{other}".join(line for line in lines if line)


def _render_table(table: PaperTable) -> str:
    numeric = paper_numeric_columns(table)
    rule = ["---:" if column in numeric else "---" for column in range(len(table.header))]
    rows = [[_escape_text(name) for name in _full_header(table)], rule]
    rows += [[" ".join(_render_runs(cell).split()) for cell in row] for row in table.rows]
    caption = [_render_runs([TextRun(table.caption, "strong")])] if table.caption else []
    return "\n\n".join([*caption, "\n".join(f"| {' | '.join(row)} |" for row in rows)])


def _full_header(table: PaperTable) -> list[str]:
    """The header with the names of the groups before those of the columns, as Markdown has one row of heads only."""
    names = [[name] for name in table.header]
    for row in reversed(table.groups):
        column = 0
        for name, span in row:
            for parts in names[column : column + span]:
                parts.insert(0, name)
            column += span
    return [" · ".join(dict.fromkeys(filter(None, parts))) for parts in names]


def _render_contents(contents: Contents, paper: Paper) -> str:
    """Links to the headings by GitHub's anchors: lower case, hyphens for spaces, a number for a repeated heading."""
    seen = Counter([_heading_anchor(paper.title)])
    lines = []
    for heading in iter_headings(paper.blocks):
        anchor = _heading_anchor(heading.text)
        number = f"-{seen[anchor]}" if seen[anchor] else ""
        seen[anchor] += 1
        lines.append(f"{'  ' * (heading.level - 1)}- [{_escape_text(heading.text)}](#{anchor}{number})")
    return "\n\n".join([_render_runs([TextRun(contents.title, "strong")]), "\n".join(lines)]) if lines else ""


def _heading_anchor(text: str) -> str:
    return re.sub(r"[^\w-]", "", text.lower().replace(" ", "-"))


def _render_runs(runs: Iterable[TextRun]) -> str:
    out = ""
    for run in runs:
        mark = _EMPHASIS_MARKS.get(run.style, "")
        core = _EMPHASIS_CORE.search(run.text)
        # two marks side by side would be read as one
        if mark and core and "\n" not in core.group() and not out.endswith("*"):
            before, after = run.text[: core.start()], run.text[core.end() :]
            out += f"{_escape_inline(before)}{mark}{_escape_inline(core.group())}{mark}{_escape_inline(after)}"
        else:
            out += _escape_inline(run.text)
        if run.style == "doubtful":
            out += " (?)"  # in other formats a wavy line, which Markdown does not have
        out += "".join(f"[^{number}]" for number in run.notes)
    return out


def _escape_inline(text: str) -> str:
    return _SPECIAL_CHARACTERS.sub(lambda match: "\\" + match.group(), text.replace("\t", " "))


def _escape_line_start(line: str) -> str:
    match = _LINE_START.match(line)
    if not match:
        return line
    escaped = f"\\{match['sign']}" if match["sign"] else f"{match['number']}\\{match['point']}"
    return escaped + line[match.end() :]


def _escape_text(text: str) -> str:
    return _escape_line_start(_escape_inline(text))
