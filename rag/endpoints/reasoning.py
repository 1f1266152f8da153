"""What a model writes, in pieces, is told apart into thoughts and answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TAG = re.compile(r"<(/?)think(?:ing)?>", re.I)
_TAGS = ("<think>", "<thinking>", "</think>", "</thinking>")


@dataclass(frozen=True)
class Piece:
    """A piece of an answer, or of the thoughts before it.

    `retracted`: all text of earlier pieces has turned out to be thought; `thought` goes on where it ended.
    """

    text: str = ""
    thought: str = ""
    retracted: bool = False


class Thoughts:
    """Finds `<think>…</think>` and `<thinking>…</thinking>` in text that comes in pieces, whichever way a tag is cut.

    A closing tag alone means that the prompt opened it: all before it was thought.
    `太湖<think>深吗`, `？</think>水深1.9米` → text 太湖, thought 深吗, thought ？, text 水深1.9米.
    """

    def __init__(self) -> None:
        self._held = ""  # may be the beginning of a tag
        self._thinking = False
        self._said = False  # text has been given out, and not been retracted
        self._fresh = True  # what follows begins an answer or a thought: blanks before it are no part of it

    def read(self, text: str) -> Iterator[Piece]:
        """The pieces that are certain by now."""
        self._held += text
        while tag := _TAG.search(self._held):
            before, self._held = self._held[: tag.start()], self._held[tag.end() :]
            closes = bool(tag[1])
            yield from self._retracted(before) if closes and not self._thinking else self._ready(before)
            self._thinking, self._fresh = not closes, True
        at = len(self._held) - _unfinished(self._held)
        ready, self._held = self._held[:at], self._held[at:]
        yield from self._ready(ready)

    def end(self) -> Iterator[Piece]:
        """What was held back and is no tag after all."""
        rest, self._held = self._held, ""
        yield from self._ready(rest)

    def _ready(self, text: str) -> Iterator[Piece]:
        text = text.lstrip() if self._fresh else text
        if not text:
            return
        self._fresh = False
        if self._thinking:
            yield Piece(thought=text)
        else:
            self._said = True
            yield Piece(text)

    def _retracted(self, before: str) -> Iterator[Piece]:
        thought = before.lstrip() if self._fresh else before
        if thought or self._said:
            yield Piece(thought=thought, retracted=self._said)
        self._said = False


def _unfinished(text: str) -> int:
    """How many characters at the end may be the beginning of a tag."""
    at = text.rfind("<")
    end = text[at:].lower()
    return len(end) if at >= 0 and any(tag.startswith(end) for tag in _TAGS) else 0
