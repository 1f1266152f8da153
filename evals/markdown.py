"""Markdown of the reports: escaped texts and tables."""

from __future__ import annotations

import re
from collections.abc import Sequence


def render_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with escaped cells."""
    lines = [head, ["---"] * len(head), *([escape_markdown(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# a pipe ends a table cell even after a backslash, so it becomes an entity
_HTML_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}
_MARKDOWN_SYNTAX = re.compile(
    r"[\\`*_\[\]#~$&<>|]|^[-+=](?=\s|$|[-+=])|(?<=\d)[.)](?=\s)|(?<=[a-z]):(?=//)|(?<=www)\.", re.I)


def escape_markdown(text: str) -> str:
    """Markdown that displays a text literally, on one line: `a|b` → `a&#124;b`, `[甲](x)` → `\\[甲\\](x)`."""
    line = " ".join(text.split())
    return _MARKDOWN_SYNTAX.sub(lambda match: _HTML_ENTITIES.get(match.group(), "\\" + match.group()), line)
