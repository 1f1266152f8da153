"""Lines of a Markdown file: what its dialects add, and what the parser would lose, before it is parsed.

Containers (`::: tip`) and `[TOC]` are removed, tables with rows of different lengths are filled, and text that only
looks like Markdown, such as `3*4*5` or `[备注]: 详见附件`, is protected.
"""

from __future__ import annotations

import re

_FENCE = re.compile(r"\s{0,3}(?:>\s?)*(?:[-*+]\s+)?(`{3,}|~{3,})(.*)")
_CONTAINER = re.compile(r"\s{0,3}:{3,}\s*(?:\{[^}]*\}|[A-Za-z][\w-]*)?\s*(.*)")
_CONTENTS = re.compile(r"\s{0,3}(?:\[TOC\]|\[\[_?TOC_?\]\]|\{:toc\})\s*", re.I)
_DELIMITER_ROW = re.compile(r"[\s>]*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_REFERENCE = re.compile(r"(\s{0,3})\[(?!\^)([^\[\]]+)\]:(?!\s*(?:<|\S*[/.#@]|\Z))")
_PRODUCT = re.compile(r"(?<=[0-9)])\*(?=[0-9(])")
_CODE_SPAN = re.compile(r"`[^`]*`")
_DEEP_MARKS = re.compile(r" {0,3}(?:> ?|[-*+] {1,3}(?=\S)){20,}(?=[^\s>*+-])")
_DEEP_INDENT = re.compile(r" {56,}")  # the parser leaves out what is in more lists than that
_MAX_COLUMNS = 500  # of a table that is filled


def prepare_lines(text: str) -> str:
    """The text for the parser; the lines of fenced code stay as they are."""
    lines: list[str] = []
    fence = ""
    for line in text.expandtabs(4).split("\n"):
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) and not mark[2].strip() else fence
            lines.append(line)
        elif mark and "`" not in mark[2]:
            fence = mark[1]
            lines.append(line)
        else:
            lines.append(_prepare_line(line))
    return "\n".join(_fill_tables(lines))


def _prepare_line(line: str) -> str:
    if _CONTENTS.fullmatch(line):
        return ""
    if container := _CONTAINER.fullmatch(line):
        return f"\n{container[1].strip(' :')}\n"  # a title, such as that of `::: tip 提示`
    line = _DEEP_INDENT.sub(" " * 56, line, count=1) if line.startswith("    ") else line
    if deep := _DEEP_MARKS.match(line):
        line = f"{'>' if '>' in deep.group() else '-'} {line[deep.end() :]}"
    if "]:" in line:
        line = _REFERENCE.sub(r"\1\\[\2]:", line, count=1)
    return _escape_products(line) if "*" in line else line


def _escape_products(line: str) -> str:
    """`3*4*5` is no emphasis: its stars are escaped outside of code."""
    pieces, end = [], 0
    for span in _CODE_SPAN.finditer(line):
        pieces += [_PRODUCT.sub(r"\\*", line[end : span.start()]), span.group()]
        end = span.end()
    return "".join([*pieces, _PRODUCT.sub(r"\\*", line[end:])])


def _fill_tables(lines: list[str]) -> list[str]:
    """The lines with head rows as wide as the widest row of their table; the parser drops what is beyond the head."""
    index = 1
    while index < len(lines):
        is_delimiter = "-" in lines[index] and "|" in lines[index - 1] and _DELIMITER_ROW.fullmatch(lines[index])
        index = _fill_head(lines, index) if is_delimiter else index + 1
    return lines


def _fill_head(lines: list[str], delimiter: int) -> int:
    """Fills the head of the table with this delimiter row; returns the end of the table."""
    end = delimiter + 1
    widths = [_count_cells(lines[delimiter - 1])]
    while end < len(lines) and "|" in lines[end]:
        widths.append(_count_cells(lines[end]))
        end += 1
    width = min(max(widths), _MAX_COLUMNS)
    for index, empty in ((delimiter - 1, "  "), (delimiter, "---")):
        missing = width - _count_cells(lines[index])
        if missing > 0:
            line = lines[index].rstrip()
            lines[index] = (line if line.endswith("|") else f"{line} |") + f" {empty} |" * missing
    return end


def _count_cells(row: str) -> int:
    inner = _CODE_SPAN.sub("", row.replace("\\|", "")).strip(" >")
    return inner.removeprefix("|").removesuffix("|").count("|") + 1
