"""Delimiters of quoted material: a passage, an earlier turn, an answer → a block of a prompt that no text can close.

A block stands between two lines that carry a nonce, a random code of one request:

    <<<passage [3] 7f3a09c4d1e85b26>>>
    document: Lake Tai
    section: Waters
    text:
    The lake is 1.9 metres deep on average.
    <<<end 7f3a09c4d1e85b26>>>

Whatever a document contains, it cannot contain the nonce, so that nothing in it needs to be escaped. Everything that
comes from a document stands inside: title, section, date and context as well as the text.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rag.schema import Language, Passage, Turn
from rag.text import messages, prompts
from rag.text.token_count import count_tokens

NonceSource = Callable[[], str]

_NONCE_BYTES = 8  # 64 random bits: nobody guesses them, and a long text does not contain them by chance
_MAX_DRAWS = 100  # only a source that repeats itself comes near
_MAX_FIELD_LENGTH = 300  # characters of a title, section or date; longer ones are body text in the wrong place
_MAX_CONTEXT_LENGTH = 1_000  # characters of one part of a lead, such as the sentence that opens a list


def random_nonce() -> str:
    """16 hexadecimal digits, from the operating system's source of randomness."""
    return secrets.token_hex(_NONCE_BYTES)


@dataclass(frozen=True)
class QuotedBlock:
    """Material to be quoted: the label of its opening line, which is ours, and the text, which is not."""

    label: str
    text: str


@dataclass(frozen=True)
class Delimiters:
    """The delimiters of one request; `choose_delimiters` makes them, for the blocks that the request quotes."""

    nonce: str
    language: Language

    def wrap(self, block: QuotedBlock) -> str:
        """The block between its two lines."""
        opening = prompts.DELIMITER_LINE.format(label=block.label, nonce=self.nonce)
        closing = prompts.DELIMITER_LINE.format(label=prompts.END_LABEL[self.language], nonce=self.nonce)
        return f"{opening}\n{block.text}\n{closing}"

    def explain(self) -> str:
        """What the system prompt says about quoted material, with the nonce."""
        return prompts.QUOTATION[self.language].format(nonce=self.nonce)

    def count_tokens(self, text: str, model: str) -> int:
        """The tokens of a text, or an upper bound: each character of a nonce counts one, so that every nonce is alike.

        With the tokens of the nonce itself, it would be a matter of chance which passages fit into a prompt.
        """
        return count_tokens(text.replace(self.nonce, ""), model) + text.count(self.nonce) * len(self.nonce)


def choose_delimiters(
    blocks: Iterable[QuotedBlock], language: Language, draw_nonce: NonceSource = random_nonce,
) -> Delimiters:
    """Delimiters with the first drawn nonce that occurs in no block.

    Raises:
        ValueError: `draw_nonce` returned only nonces that occur in a block.
    """
    texts = [block.text for block in blocks]
    for _ in range(_MAX_DRAWS):
        nonce = draw_nonce()
        if not any(nonce in text for text in texts):
            return Delimiters(nonce, language)
    raise ValueError("every nonce that was drawn occurs in a quoted text")


def passage_block(passage: Passage, language: Language) -> QuotedBlock:
    """A passage with its document, section, date, version, page, lead and what was computed from its table, each on a
    line, and its text as it is.
    """
    fields = [
        prompts.DOCUMENT[language] + as_one_line(passage.title, _MAX_FIELD_LENGTH),
        prompts.SECTION[language] + (
            as_one_line(passage.section, _MAX_FIELD_LENGTH) or prompts.UNTITLED_SECTION[language])]
    if date := as_one_line(passage.date, _MAX_FIELD_LENGTH):
        fields.append(prompts.DATE[language] + date)
    if passage.version:
        version = as_one_line(messages.version_with_status(passage.version, language), _MAX_FIELD_LENGTH)
        fields.append(prompts.VERSION[language] + version)
    if passage.page:
        fields.append(f"{prompts.PAGE[language]}{passage.page}")
    fields += [prompts.CONTEXT[language] + as_one_line(part.text, _MAX_CONTEXT_LENGTH) for part in passage.lead]
    if passage.computation:
        computed = f"{passage.computation.statement} {passage.computation.how}"
        fields.append(prompts.COMPUTED[language] + as_one_line(computed, _MAX_CONTEXT_LENGTH))
    label = prompts.PASSAGE_LABEL[language].format(number=passage.number)
    return QuotedBlock(label, "\n".join([*fields, prompts.TEXT[language], passage.text]))


def turn_blocks(turns: Iterable[Turn], language: Language) -> list[QuotedBlock]:
    """Earlier turns, numbered from 1: an answer has text of documents in it, and is quoted like them."""
    return [
        QuotedBlock(
            prompts.TURN_LABEL[language].format(number=number),
            f"{prompts.QUESTION[language]}{turn.question}\n{prompts.ANSWER[language]}{turn.answer}")
        for number, turn in enumerate(turns, 1)]


def as_one_line(text: str, limit: int) -> str:
    """A text of at most `limit` characters on one line, without invisible format characters.

    Line breaks and control characters become spaces; a longer text ends in `…`. `太湖\\n\\n志` → 太湖 志.
    """
    # a few times the limit is enough even for a text with many characters that are removed
    visible = "".join(map(_visible_character, text[: 4 * limit]))
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _visible_character(character: str) -> str:
    match unicodedata.category(character):
        case "Cf":  # bidirectional controls, zero-width characters, tags
            return ""
        case "Cc" | "Zl" | "Zp":
            return " "
        case _:
            return character
