"""Markdown tables: a rule under the heads that right-aligns the columns of figures, where a model gave no alignment."""

from __future__ import annotations

import re

from ui.documents.numeric_columns import numeric_columns

# each line is matched in one way only, so that a long line of pipes or hyphens takes linear time
_TABLE = re.compile(
    r"^(?P<heads>[^\n|]*\|[^\n]*)\n(?P<rule>(?=[^\n]*-)[ \t|:-]+)\n(?P<rows>(?:[^\n|]*\|[^\n]*(?:\n|\Z))+)", re.M)
_BORDER = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"\[((?:\\.|[^\]\\])*)\]\(#(cite|figure)-[^)]*\)")
_STYLE_SIGNS = re.compile(r"[*_]{1,3}")


def align_figures(markdown: str) -> str:
    """The Markdown with its tables' columns of figures right-aligned; a column with an alignment keeps it.

    `| 区 | 面积 |\\n|---|---|\\n| 甲 | 12.5 |` → `| 区 | 面积 |\\n| --- | ---: |\\n| 甲 | 12.5 |`
    """
    return _TABLE.sub(_align_table, markdown) if "|" in markdown else markdown


def _align_table(match: re.Match[str]) -> str:
    rules = [rule.strip() for rule in _split_row(match["rule"])]
    rows = [[_cell_text(cell) for cell in _split_row(line)] for line in match["rows"].splitlines()]
    numeric = numeric_columns(rows, len(rules))
    if not numeric or not all(rule.strip(":-") == "" and "-" in rule for rule in rules):
        return match.group()
    aligned = [f"{rule}:" if column in numeric and ":" not in rule else rule for column, rule in enumerate(rules)]
    return f"{match['heads']}\n| {' | '.join(aligned)} |\n{match['rows']}"


def _split_row(line: str) -> list[str]:
    """The cells of a row, without the borders at its edges."""
    return _BORDER.split(line.strip().removeprefix("|").removesuffix("|"))


def _cell_text(cell: str) -> str:
    """What a reader sees of a cell, without the markers of its citations."""
    shown = _LINK.sub(lambda link: "" if link[2] == "cite" else link[1], cell)
    return _STYLE_SIGNS.sub("", shown)
