"""Lists of a web page: the marker of each item, `3.`, `c.` or `•`, from the list's type, start and direction."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.sources.readers.markup.html_tree import HtmlNode
from rag.sources.readers.office.number_formats import format_number

BULLET = "•"
_FORMATS = {
    "1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman",
    "lower-alpha": "lowerLetter", "lower-latin": "lowerLetter", "upper-alpha": "upperLetter",
    "upper-latin": "upperLetter", "lower-roman": "lowerRoman", "upper-roman": "upperRoman",
    "decimal-leading-zero": "decimalZero", "cjk-ideographic": "chineseCounting",
    "simp-chinese-informal": "chineseCounting", "trad-chinese-informal": "chineseCounting", "none": "none"}
_CHINESE_FORMATS = ("chineseCounting",)  # written 三、 where others are written 3.


@dataclass(slots=True)
class OpenList:
    """A list that is being read; `number` is that of its next item."""

    is_ordered: bool
    format: str
    number: int
    step: int

    def next_marker(self, item: HtmlNode) -> str:
        """The marker of the next item of the list."""
        written = item.get("data-marker", "")[:_MAX_MARKER]  # of an item that was read from Markdown
        if not self.is_ordered:
            return written or BULLET
        self.number = _parse_number(item.get("value", ""), self.number)
        sign = format_number(self.number, self.format)
        self.number += self.step
        if written or not sign:
            return written
        return f"{sign}{'、' if self.format in _CHINESE_FORMATS else '.'}"


_MAX_MARKER = 12


def open_list(node: HtmlNode) -> OpenList:
    """The state of a list at its start."""
    style = re.search(r"list-style(?:-type)?\s*:\s*([\w-]+)", node.get("style", "")[:500])
    kind = style[1] if style and style[1] in _FORMATS else node.get("type", "1")
    is_reversed = node.get("reversed", "no") != "no"
    start = _count_items(node) if is_reversed else 1
    return OpenList(
        node.tag == "ol", _FORMATS.get(kind, "decimal"), _parse_number(node.get("start", ""), start),
        -1 if is_reversed else 1)


def _count_items(node: HtmlNode) -> int:
    return sum(child.tag == "li" for child in node)


def _parse_number(value: str, default: int) -> int:
    return int(value) if re.fullmatch(r"\s*-?[0-9]{1,9}\s*", value) else default
