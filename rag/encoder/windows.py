"""Windows: what the reader sees at once, a question with the heading and a stretch of one passage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.encoder.tokenizer import PieceTokenizer, Tokens

WINDOW_TOKENS = 256
_MAX_QUESTION, _MAX_HEADING = 64, 40  # tokens


@dataclass(frozen=True)
class Window:
    """The tokens `<s> question </s> heading </s> text </s>`.

    `spans`: for each token of the text its start and end in the passage, in characters; the first of them is token
    number `text_start`.
    """

    ids: Sequence[int]
    text_start: int
    spans: Sequence[tuple[int, int]]


class WindowMaker:
    """Makes the windows of one question; each text is cut into tokens once."""

    def __init__(self, tokenizer: PieceTokenizer, question: str) -> None:
        self._tokenizer = tokenizer
        self._question = [*tokenizer.tokenize(f"query: {question}").ids[:_MAX_QUESTION]]
        self._headings: dict[str, list[int]] = {}

    def windows(self, heading: str, text: str, sentence_ends: Sequence[int]) -> list[Window]:
        """The windows of a passage, in order; `sentence_ends`: where its sentences end, in characters, ascending.

        A passage that is too long for one window is cut at the ends of sentences, or within a sentence that is too long
        by itself.
        """
        tokenizer = self._tokenizer
        if heading not in self._headings:
            self._headings[heading] = [*tokenizer.tokenize(heading).ids[:_MAX_HEADING]]
        head = [tokenizer.begin, *self._question, tokenizer.end, *self._headings[heading], tokenizer.end]
        tokens = tokenizer.tokenize(text)
        return [
            Window([*head, *tokens.ids[start:end], tokenizer.end], len(head), tokens.spans[start:end])
            for start, end in _cut(tokens, WINDOW_TOKENS - len(head) - 1, sentence_ends)]


def _cut(tokens: Tokens, room: int, sentence_ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First token and token after the last of each window.

    Each has at most `room` tokens, and ends with a sentence if it holds a whole one.
    """
    ends = {*sentence_ends}
    breaks = [number for number, (_, end) in enumerate(tokens.spans, 1) if end in ends]
    start, count = 0, len(tokens.ids)
    while count - start > room:
        whole = [number for number in breaks if start < number <= start + room]
        end = whole[-1] if whole else start + room
        yield start, end
        start = end
    if start < count:
        yield start, count
