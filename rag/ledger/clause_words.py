"""Words of a clause: what is left of it without figures, times, grammar and the words that any statement may have.

Two statements are on one subject only if the words of each are explained by the other (`rag/ledger/subject_match.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from rag.ledger.terms import LIGHT_CHARACTERS, canonical_term, is_noise, is_qualifier, mask_weekdays
from rag.text.entities import tag_words
from rag.text.language import HAN, has_han, is_function_word, stem
from rag.text.lexicon import load_lexicon

_DATE = re.compile(r"\d+\s?[年月日号](?:[末底]|初(?![中级等]))?")
# what stands for the body or thing that the text is about: 本机, 全县
_THIS = re.compile(
    r"[本该我贵](?:公司|产品|手册|办法|规定|合同|协议|项目|中心|[市县区省镇乡村校院馆厂司行局店所站机])|全[市县区省州镇乡村校院馆厂]"
    rf"|(?<![{HAN}])公司")
_RUN = re.compile(rf"[A-Z]&[A-Z]|[A-Za-z][A-Za-z’'-]*[A-Za-z]|[{HAN}]+")
# tags of the segmenter that tell nothing: numerals, particles, pronouns, conjunctions, prepositions, adverbs
_EMPTY_TAGS = frozenset("murcdpeoyxw")
_TIMES = re.compile(
    r"[年月日季旬周]?[末底初中]|全年|去年|今年|当年|上年|同期|年[末底初]?|[上下]?半年|[上下]旬|时[间点]?|.?现[在有]|目前|至今|[日月年]")
_PLACE_KINDS = frozenset("市县区省州镇乡村")
_GENERIC_BODIES = frozenset("company firm organisation organization institution machine device product".split())
_MAX_WORDS = 40  # of one text


@lru_cache(maxsize=50_000)
def clause_words(text: str) -> tuple[str, ...]:
    """The content words of a text in their order, each once; English words in lower case, with their endings.

    `全县共收寄快件` → 收寄, 快件; `The museum relies on 296 volunteers` → museum, volunteers.
    """
    words: dict[str, None] = {}
    for run in _RUN.finditer(_THIS.sub(" ", _DATE.sub(" ", mask_weekdays(text)))):
        found = _han_words(run.group()) if has_han(run.group()) else _latin_word(run.group())
        words |= dict.fromkeys(found)
    return tuple(words)[:_MAX_WORDS]


def _latin_word(word: str) -> Iterator[str]:
    lower = re.sub("['’]s?$", "", word.lower())
    if lower and not is_function_word(lower) and not is_neutral(lower) and lower not in _GENERIC_BODIES:
        yield lower


def _han_words(run: str) -> list[str]:
    """The words of a run of characters; a lone character belongs to a word beside it: 临展厅, 充电桩."""
    words: list[str] = []
    before, is_joined = "", False  # lone characters; whether the last word stands directly before them
    earlier_tag = "m"
    for word, tag, _, _ in tag_words(run):
        if earlier_tag == "ns" and is_joined and word[0] in _PLACE_KINDS and len(word) > _PAIR:
            word = word[1:]  # 北屿, 区进出口
        is_empty = tag[:1] in _EMPTY_TAGS or (tag[:1] == "q" and earlier_tag == "m")
        earlier_tag = tag
        if is_neutral(word) or is_function_word(word) or _TIMES.fullmatch(word) or (
                is_empty and word[0] != "第" and canonical_term(word) == word):
            _close(words, before, is_joined=is_joined)
            before, is_joined = "", False
        elif len(word) == 1 and is_joined and not before and word in _PLACE_KINDS:
            words[-1] += word
        elif len(word) == 1 and canonical_term(word) == word:
            before += "" if tag[:1] == "f" or word in LIGHT_CHARACTERS else word
        else:
            words.append(before + word)
            before, is_joined = "", True
    _close(words, before, is_joined=is_joined)
    return words


_PAIR = 2  # characters


def _close(words: list[str], characters: str, *, is_joined: bool) -> None:
    """Add lone characters to the word before them, or as a word of their own."""
    if characters and is_joined:
        words[-1] += characters
    elif characters:
        words.append(characters)


@cache
def _neutral_words() -> frozenset[str]:
    han = (*load_lexicon("rag.ledger", "chinese_verbs"), *load_lexicon("rag.ledger", "chinese_noise_nouns"))
    english = (stem(word) for line in load_lexicon("rag.ledger", "english_verbs") for word in line.split())
    return frozenset((*han, *english))


@lru_cache(maxsize=50_000)
def is_neutral(word: str) -> bool:
    """Whether a word says nothing of the subject of a statement: 达到, 共有, `totals`, `provides`."""
    form = word if has_han(word) else stem(word)
    if canonical_term(form) != form or is_qualifier(word):
        return False
    return form in _neutral_words() or (len(form) > 1 and is_noise(form))
