"""Kinds of texts in table cells: number, amount, year, mark, sentence, and words that heads often have.

`1,204.5` is a number and an amount, `2021年度` a year, `√` a mark, and `Unit price (yuan):` ends like a head.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from rag.text.lexicon import load_lexicon


def _ending_pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Texts that end with one of the words, before a unit in brackets and a colon."""
    han = "|".join(re.escape(word) for word in words if not word.isascii())
    latin = "|".join(re.escape(word) for word in words if word.isascii())
    return re.compile(rf"(?:{han}|\b(?:{latin}))\s*(?:[（(\[][^（(]*[)）\]]|[%％])?\s*[:：]?$", re.I)


_HEAD_ENDING = _ending_pattern(load_lexicon("rag.sources", "table_head_words"))
_TOTAL = re.compile("|".join(map(re.escape, load_lexicon("rag.sources", "table_total_words"))), re.I)
_NUMBER = re.compile(
    r"[-+−—(（$¥￥€£<>≤≥~约]*\s*\d[\d\s,，.:：/×xX*~+−–—-]*(?:[%％‰)）]|\w{1,3}|[^\s\w]{1,2})?\s*", re.A)
_AMOUNT = re.compile(
    r"[^\w]*[-+−(（]?\s*(?:[$¥￥€£]|RMB|USD)[\s(（]*[\d.,，-]+.*|[^\w]*\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?.{0,3}"
    r"|[^\w]*\d+\.\d+\s*[%％‰]?\W*|[^\w]*\d+\s*[%％‰]\W*|[(（]\s*\d[\d.,]+\s*[%％]?\s*[)）]\W*", re.A)
_YEAR = re.compile(
    r"(?:19|20)\d\d\s*(?:年度?|财年|[-/.年]\s*\d{1,2}\b.*)?|(?:fy|fiscal|year|years)?.{0,20}\b(?:19|20)\d\d\b.{0,12}"
    r"|.{0,4}(?:19|20)\d\d\s*年.{0,8}", re.I)
_SERIAL = re.compile(r"\d{1,3}[.、]?|[（(]\d{1,3}[)）]")
_MARKS = re.compile(r"[-—–/\\√×□☑☐✓✔✗○●是否有无\s]+|n/?a|yes|no|none|nil", re.I)
_SENTENCE = re.compile(r"[。；;！!？?]|[，,、].*[，,、]|\.\s")
_TOKEN = re.compile(r"[㐀-鿿]|[^\W_㐀-鿿]+")

TEXT_KINDS = (
    "empty", "number", "amount", "year", "serial", "marks", "code", "head word", "total", "colon", "sentence", "length")


@lru_cache(maxsize=20_000)
def text_kinds(text: str) -> tuple[float, ...]:
    """What kind of text a cell has: a value from 0 to 1 for each of `TEXT_KINDS`."""
    bare = text.strip()
    short = bare[:_LONGEST_EXAMINED]
    words = len(_TOKEN.findall(short))
    is_number = bool(_NUMBER.fullmatch(short))
    is_marks = bool(bare) and bool(_MARKS.fullmatch(short))
    has_digit = any(character.isdigit() for character in short)
    return tuple(map(float, (
        not bare,
        is_number,
        len(short) <= _LONGEST_AMOUNT and bool(_AMOUNT.fullmatch(short)),
        bool(_YEAR.fullmatch(short)),
        bool(_SERIAL.fullmatch(short)),
        is_marks,
        has_digit and not is_number and bool(re.search(r"[A-Za-z]", short)),
        bool(_HEAD_ENDING.search(short)) and words <= _LONGEST_HEAD,
        bool(_TOTAL.match(short)) and words <= _LONGEST_HEAD,
        short.endswith((":", "：")),
        bool(_SENTENCE.search(short)) or words > _LONGEST_HEAD,
        min(1.0, float(np.log1p(words)) / _LOG_LENGTH))))


def text_kind(text: str, kind: str) -> float:
    """How far a text is of one of the kinds of `TEXT_KINDS`, 0 to 1: `text_kind("1,204.5", "number")` → 1.0."""
    return text_kinds(text)[TEXT_KINDS.index(kind)]


_LONGEST_EXAMINED = 200  # characters; the kind of a longer text does not depend on its end
_LONGEST_AMOUNT = 40
_LONGEST_HEAD = 14  # Han characters or words; few heads are longer
_LOG_LENGTH = 4.0
