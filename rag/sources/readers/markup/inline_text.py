"""Inline text: the pieces of text inside one block of a page or note, joined to its lines.

White space of the source is collapsed to one space, and disappears where a line of the source ends between two Han
characters. Only a line break that the author made is a line feed.
"""

from __future__ import annotations

import re
import unicodedata

from rag.text.language import HAN

_SOURCE_BREAK = "\r"  # stands for white space of the source that contains a line end
LINE_BREAK = "\n"
_SOURCE_SPACE = re.compile(r"[ \t\n\r\f\v\xa0]{2,}|[\t\n\r\f\v\xa0]")  # but not a single space, which most are
_SPACE_RUN = re.compile(r"[ \r]{2,}")
_WIDE = rf"{HAN}\u3000-\u303f\uff00-\uffef“”‘’—…"
_BREAK_IN_HAN = re.compile(rf"(?<=[{_WIDE}])\r(?=[{_WIDE}])")
_LABEL = re.compile(
    rf"[^\S\n]*(?:[-*•·]\s+)?(?=[^:：]*[A-Za-z{HAN}])"
    r"[^\s:：，。,!?！？；;|]{1,16}(?: [^\s:：，。,!?！？；;|]{1,16}){0,3}\s?[：:](?!//)")


class InlineText:
    """The text of the open block, piece by piece; `link_length` counts its characters inside links."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.link_length = 0

    def add(self, text: str, *, is_link: bool = False) -> None:
        """Adds text of the source."""
        if self._pieces or not text.isspace():
            self._pieces.append(_SOURCE_SPACE.sub(_mark_source_break, text))
            self.link_length += len(text.strip()) if is_link else 0

    def add_line_break(self) -> None:
        self._pieces.append(LINE_BREAK)

    def __len__(self) -> int:
        """The number of pieces: a position to which `cut` can go back."""
        return len(self._pieces)

    def cut(self, position: int) -> str:
        """Removes the pieces from a position on, and returns their text."""
        removed = "".join(self._pieces[position:])
        del self._pieces[position:]
        return removed

    def strip_end(self) -> None:
        """Removes white space at the end of the last piece."""
        if self._pieces:
            self._pieces[-1] = self._pieces[-1].rstrip()

    def last_character(self) -> str:
        """The last character that is not white space; empty if there is none in the last pieces."""
        return "".join(self._pieces[-4:]).rstrip()[-1:]

    def take(self) -> list[str]:
        """The paragraphs of the text, which ends the block: an empty line separates paragraphs."""
        if not self._pieces:
            return []
        raw_text = "".join(self._pieces)
        self._pieces, self.link_length = [], 0
        return [part for part in _EMPTY_LINES.split(_collapse(raw_text)) if part]


_EMPTY_LINES = re.compile(r"\n{2,}")


def _mark_source_break(space: re.Match[str]) -> str:
    return _SOURCE_BREAK if "\n" in space.group() or "\r" in space.group() else " "


def _collapse(text: str) -> str:
    if _SOURCE_BREAK not in text and LINE_BREAK not in text and "  " not in text:
        return text.strip(" \u3000")
    runs = _SPACE_RUN.sub(lambda run: _SOURCE_BREAK if _SOURCE_BREAK in run.group() else " ", text)
    joined = _BREAK_IN_HAN.sub("", runs).replace(_SOURCE_BREAK, " ")
    return "\n".join(line.strip(" \u3000") for line in joined.split("\n")).strip("\n")


def raised_text(text: str) -> str:
    """A superscript that would change a number if it stood on the line: `6` in 10⁶ → `⁶`; other text stays: `st`."""
    return text.translate(_RAISED) if re.fullmatch(r"[-+−]?[0-9n]{1,4}", text) else text


_RAISED = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")


def display_width(text: str) -> int:
    """The width of a text in columns; a Han character takes two."""
    return len(text) + sum(unicodedata.east_asian_width(character) in "WF" for character in text)


def begins_with_label(line: str) -> bool:
    """True for `地点：研发楼305` and `Phone: 5550`: a short name and a colon; false for `12:30 lunch`."""
    return _LABEL.match(line) is not None


def is_marked_question(text: str) -> bool:
    """True if a text ends with a question mark or begins with `问：` or `Q:`."""
    return _QUESTION.search(text) is not None


_QUESTION = re.compile(r"[?？][\s”’\"'）)]*\Z|\A\s*(?:问题?|Q(?:uestion)?)\s*[0-9]{0,3}\s*[:：.、]", re.I)


def looks_like_code(text: str) -> bool:
    """True if a preformatted text has the signs of a program, a command, a configuration or a drawing.

    Indented prose (`    本办法自发布之日起施行。`) has none.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    signs = sum(_CODE_SIGN.search(line) is not None for line in lines)
    return signs * 3 >= len(lines)


_CODE_SIGN = re.compile(
    r"[{}\\|`]|[;,]\s*$(?<=[)\w\"'\]];)|[A-Za-z_\d]\s?=\s?\S|[A-Za-z_]\(|\(\)|::|->|=>|</?[A-Za-z]|\$[A-Za-z_{(]"
    r"|^\s*(?:[#$>%] |//|--?[A-Za-z]|@[A-Za-z])"
    r"|^\s*(?:def|class|if|elif|else|for|while|return|import|from|let|var|const|function|public|sudo|pip|npm|git|cd"
    r"|make|docker|curl|echo|export|select|insert|update)\b[^.。]*$"
    r"|^\s*[A-Za-z_.\"'-]+\s?:\s*(?:$|[\[\"'\d]|true\b|false\b|null\b)|^\s*- [A-Za-z_-]+:"
    r"|[┌│├└─]|\+--|^\s*[A-Za-z][\w.-]*[/_][\w./-]*\s*$")
