"""Reasoning splitter: separates a model's thoughts from its answer, while both come in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_THINK_TAG = re.compile(r"<(/?)think(?:ing)?>", re.I)
_THINK_TAGS = ("<think>", "<thinking>", "</think>", "</thinking>")


@dataclass(frozen=True)
class StreamPiece:
    """A piece of an answer, or of the thoughts before it.

    `retracted`: all text of earlier pieces has turned out to be thought; `thought` continues it.
    """

    text: str = ""
    thought: str = ""
    retracted: bool = False


class ReasoningSplitter:
    """Finds `<think>…</think>` and `<thinking>…</thinking>` in text that comes in pieces, even if a tag is cut in two.

    A closing tag alone means that the prompt opened it: everything before it was thought.
    `太湖<think>深吗`, `？</think>水深1.9米` → text 太湖, thought 深吗, thought ？, text 水深1.9米.
    """

    def __init__(self) -> None:
        self._buffer = ""  # may be the beginning of a tag
        self._thinking = False
        self._has_text = False  # text has been emitted, and not been retracted
        self._at_start = True  # blanks at the start of an answer or a thought are left out

    def feed(self, text: str) -> Iterator[StreamPiece]:
        """The pieces that are certain after this text."""
        self._buffer += text
        while tag := _THINK_TAG.search(self._buffer):
            before, self._buffer = self._buffer[: tag.start()], self._buffer[tag.end() :]
            closes = bool(tag[1])
            yield from self._retract_text(before) if closes and not self._thinking else self._emit_text(before)
            self._thinking, self._at_start = not closes, True
        ready_length = len(self._buffer) - _partial_tag_length(self._buffer)
        ready, self._buffer = self._buffer[:ready_length], self._buffer[ready_length:]
        yield from self._emit_text(ready)

    def flush(self) -> Iterator[StreamPiece]:
        """The rest of the text, which was not a tag."""
        rest, self._buffer = self._buffer, ""
        yield from self._emit_text(rest)

    def _emit_text(self, text: str) -> Iterator[StreamPiece]:
        text = text.lstrip() if self._at_start else text
        if not text:
            return
        self._at_start = False
        if self._thinking:
            yield StreamPiece(thought=text)
        else:
            self._has_text = True
            yield StreamPiece(text)

    def _retract_text(self, before: str) -> Iterator[StreamPiece]:
        thought = before.lstrip() if self._at_start else before
        if thought or self._has_text:
            yield StreamPiece(thought=thought, retracted=self._has_text)
        self._has_text = False


def _partial_tag_length(text: str) -> int:
    """The number of characters at the end of a text that may be the beginning of a tag."""
    tag_start = text.rfind("<")
    end = text[tag_start:].lower()
    return len(end) if tag_start >= 0 and any(tag.startswith(end) for tag in _THINK_TAGS) else 0
