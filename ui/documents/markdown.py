"""A Paper becomes CommonMark with the tables and footnotes of GitHub, in which untrusted text stays text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ui.documents.paper import Block, Contents, Heading, Kind, Paper, Paragraph, Run, SideBySide, Table
from ui.documents.sanitise import headings

# Signs that mean something wherever they stand. An ampersand does before an entity only, and a colon or a point where
# GitHub would make a link of an address.
_SIGNS = re.compile(r"[\\`*_\[\]<~|$]|&(?=#?\w+;)|:(?=//)|(?<=www)\.(?=\S)|(?<=\S)@(?=\S)", re.I)
# … and those that mean something where a line begins: headings, quotes, lists, underlines of headings
_LINE_START = re.compile(r"^(?:(?P<sign>[#>=+-])|(?P<number>\d{1,9})(?P<point>[.)])(?=\s|$))")
_WORDY = re.compile(r"\w.*\w|\w", re.S)  # what can be emphasised: signs at its edges would keep the asterisks from being read
_ADDRESS = re.compile(r"""\S*(\s+["'(].*)?""", re.S)
_MARKS = {"strong": "**", "emphasis": "*"}
_PREFIXES: dict[Kind, tuple[str, str]] = {"quote": ("> ", "> "), "item": ("- ", "  ")}  # of the first line and of the others


def markdown(paper: Paper) -> str:
    """The .md of a tidy Paper. Columns follow each other: Markdown has none."""
    parts = [f"# {_escaped(paper.title)}", *_blocks((*paper.lead, *paper.blocks), paper)]
    notes = [f"[^{note.number}]: {_noted(note.text)}" for note in paper.notes]
    return "\n\n".join([*(part for part in parts if part), *notes]) + "\n"


def _noted(text: str) -> str:
    """A note of one word is, to readers without footnotes, the address of a link; a space that is not seen makes it none."""
    return _escaped(text) + (" &#8203;" if _ADDRESS.fullmatch(text) else "")


def _blocks(blocks: Sequence[Block], paper: Paper) -> Iterator[str]:
    items: list[str] = []  # of one list; with blank lines between them it would be a loose one
    for block in blocks:
        if isinstance(block, Paragraph) and block.kind == "item":
            items.append(_paragraph(block))
            continue
        if items:
            yield "\n".join(items)
            items = []
        match block:
            case Heading():
                yield f"{'#' * (block.level + 1)} {_escaped(block.text)}"
            case Paragraph():
                yield _paragraph(block)
            case Table():
                yield _table(block)
            case SideBySide():
                yield from _blocks((*block.left, *block.right), paper)
            case Contents():
                yield _contents(block, paper)
    if items:
        yield "\n".join(items)


def _paragraph(paragraph: Paragraph) -> str:
    first, other = _PREFIXES.get(paragraph.kind, ("", ""))
    lines = [_started(line.strip()) for line in _runs(paragraph.runs).split("\n")]
    return first + f"\\\n{other}".join(line for line in lines if line)


def _table(table: Table) -> str:
    rows = [[_escaped(name) for name in table.header], ["---"] * len(table.header)]
    rows += [[" ".join(_runs(cell).split()) for cell in row] for row in table.rows]
    caption = [_runs([Run(table.caption, "strong")])] if table.caption else []
    return "\n\n".join([*caption, "\n".join(f"| {' | '.join(row)} |" for row in rows)])


def _contents(contents: Contents, paper: Paper) -> str:
    """Links as GitHub names the headings: small letters, hyphens for spaces, no other signs, a number where a name comes again."""
    seen = Counter([_anchor(paper.title)])
    lines = []
    for heading in headings(paper.blocks):
        anchor = _anchor(heading.text)
        number = f"-{seen[anchor]}" if seen[anchor] else ""
        seen[anchor] += 1
        lines.append(f"{'  ' * (heading.level - 1)}- [{_escaped(heading.text)}](#{anchor}{number})")
    return "\n\n".join([_runs([Run(contents.title, "strong")]), "\n".join(lines)]) if lines else ""


def _anchor(text: str) -> str:
    return re.sub(r"[^\w-]", "", text.lower().replace(" ", "-"))


def _runs(runs: Iterable[Run]) -> str:
    out = ""
    for run in runs:
        mark = _MARKS.get(run.style, "")
        core = _WORDY.search(run.text)
        if mark and core and "\n" not in core.group() and not out.endswith("*"):  # two marks side by side would be read as one
            before, after = run.text[: core.start()], run.text[core.end() :]
            out += f"{_signs(before)}{mark}{_signs(core.group())}{mark}{_signs(after)}"
        else:
            out += _signs(run.text)
        if run.style == "doubtful":
            out += " (?)"  # Markdown has no wavy line
        out += "".join(f"[^{number}]" for number in run.notes)
    return out


def _signs(text: str) -> str:
    return _SIGNS.sub(lambda sign: "\\" + sign.group(), text.replace("\t", " "))


def _started(line: str) -> str:
    return _LINE_START.sub(lambda m: f"\\{m['sign']}" if m["sign"] else f"{m['number']}\\{m['point']}", line)


def _escaped(text: str) -> str:
    return _started(_signs(text))
