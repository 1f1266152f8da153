"""Inline elements of a web page: the text of a block from its links, raised text, form fields and line breaks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from rag.sources.readers.markup.html_tree import HtmlNode
from rag.sources.readers.markup.inline_text import InlineText, raised_text
from rag.text.language import has_han

# of a block: "away": it consists of links to other pages; "inside": of links to places in the page; "partly": it has
# a link to another page; "": it is text
LinkKind = Literal["away", "inside", "partly", ""]

_MIN_LINK_SHARE = 0.8  # of the characters of a block that consists of links
_MAX_PIECES_OF_SIGN = 8  # of a reference to a note; a longer link is text
_NOTE_SIGN = re.compile(
    r"\s*[\[(（〔［【]?\s*(?:[0-9⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4}|[a-z]{1,2}|[*∗†‡§]{1,3}|(?:注|註|note)\s*[0-9]{0,4})\s*[\])）〕］】]?\s*", re.I)
_ANCHOR_SIGN = re.compile(r"\s*(?:[↩↑⏎↵^¶#§🔗]\ufe0e?\s*)+")  # back from a note, or the address of a heading
_TEXT_FIELDS = ("", "text", "email", "tel", "url", "number", "date", "time", "month", "datetime-local")
_OPENING_QUOTE, _CLOSING_QUOTE = "“", "”"


@dataclass(slots=True)
class InlineReader:
    """Reads the inline elements of one block after the other; `pictures` counts those that it leaves out."""

    text: InlineText = field(default_factory=InlineText)
    pictures: int = 0
    _positions: list[int] = field(default_factory=list)  # where each open link and raised text begins
    _links: int = 0  # open ones
    _raised: int = 0  # open ones
    _last_raised: int = -1  # where the last raised text began
    _leads_away: bool = False
    _labels: int = 0  # open ones
    _label_end: int = -1  # where the last label ended

    def add(self, text: str | None) -> None:
        """Adds text of the source."""
        if text:
            self.text.add(text, is_link=self._links > 0)

    def take(self) -> tuple[list[str], LinkKind]:
        """The paragraphs of the block, which ends, and whether it consists of links."""
        if not len(self.text):
            return [], ""
        link_length, leads_away = self.text.link_length, self._leads_away
        self._leads_away, self._last_raised, self._label_end = False, -1, -1
        paragraphs = self.text.take()
        length = sum(map(len, paragraphs))
        if not link_length or link_length < _MIN_LINK_SHARE * length:
            return paragraphs, "partly" if link_length and leads_away else ""
        return paragraphs, "away" if leads_away else "inside"

    def start(self, node: HtmlNode) -> None:
        """The start of an inline element."""
        match node.tag:
            case "br":
                self.text.add_line_break()
            case "img":
                self.pictures += not _is_tiny(node)
            case "input" | "textarea":
                self._start_field(node)
            case "a":
                self._links += 1
                self._positions.append(len(self.text))
                self._leads_away = self._leads_away or not re.match(r"#.", node.get("href", ""))
            case "sup":
                self._raised += 1
                self._positions.append(len(self.text))
                self._last_raised = len(self.text)
            case "q":
                self.add(_OPENING_QUOTE)
            case "label":
                self.add(" ")
                self._labels += 1

    def end(self, node: HtmlNode) -> None:
        """The end of an inline element."""
        match node.tag:
            case "a":
                self._links -= 1
                self._end_link(node, self._positions.pop())
            case "sup":
                self._raised -= 1
                self._end_raised(self._positions.pop())
            case "q":
                self.add(_CLOSING_QUOTE)
            case "label":
                self._labels -= 1
                self._label_end = len(self.text)
                self.add(" ")

    def _end_link(self, node: HtmlNode, position: int) -> None:
        """Removes a reference to a note of the page, and the sign of a link back from one."""
        if not re.search(r"#.", node.get("href", "")) or len(self.text) - position > _MAX_PIECES_OF_SIGN:
            return
        link = self.text.cut(position)
        roles = f"{node.get('role', '')} {node.get('epub:type', '')}"
        is_raised = self._raised > 0 or self._last_raised >= position or "noteref" in roles
        if not (_ANCHOR_SIGN.fullmatch(link) or (is_raised and _NOTE_SIGN.fullmatch(link))):
            self.text.add(link)

    def _end_raised(self, position: int) -> None:
        if len(self.text) - position == 1:
            self.text.add(raised_text(self.text.cut(position)))

    def _start_field(self, node: HtmlNode) -> None:
        """A field of a form: its value after its label."""
        kind = node.get("type", "").lower()
        if kind in ("checkbox", "radio"):
            self.add("☑ " if node.get("checked", "no") != "no" else "☐ ")
        elif kind in _TEXT_FIELDS and (node.get("value", "") or node.tag == "textarea"):
            self._separate_label()
            self.add(f"{node.get('value', '')} ")

    def _separate_label(self) -> None:
        """A colon between a label and the value of its field."""
        between = self.text.cut(self._label_end) if 0 <= self._label_end <= len(self.text) else ""
        last = self.text.last_character()
        if last and (self._labels or self._label_end >= 0) and last not in ":：" and not between.strip():
            self.text.strip_end()
            self.add("：" if has_han(last) else ": ")
        else:
            self.add(f"{between} ")
        self._label_end = -1


def _is_tiny(node: HtmlNode) -> bool:
    """True for pictures of a pixel, which only count visitors."""
    return node.get("width", "") in ("0", "1") or node.get("height", "") in ("0", "1")
