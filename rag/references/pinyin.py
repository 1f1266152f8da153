"""Pinyin: the syllables of a Chinese name in Latin letters, by the table of Hanyu Pinyin, and the Chinese surnames."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.text.lexicon import load_lexicon

# the finals that can follow each initial (Hanyu Pinyin, ISO 7098); ü is also written v and u
_FINALS = {
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve ü üe",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu ong ou u uan un uo v ve ü üe",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "k": "a ai an ang ao e en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "zh": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "r": "an ang ao e en eng i ong ou u uan ui un uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
}
_BARE_FINALS = "a ai an ang ao e ei en er o ou".split()  # without an initial: at the start or after an apostrophe
_SYLLABLES = [initial + final for initial, finals in _FINALS.items() for final in finals.split()]
_NEXT = "|".join(sorted(_SYLLABLES, key=len, reverse=True))
_FIRST = f"{_NEXT}|{'|'.join(reversed(sorted(_BARE_FINALS, key=len)))}"
_WORD = re.compile(f"(?:{_FIRST})(?:{_NEXT})*")
_SYLLABLE = re.compile(f"(?:{_FIRST})(?=(?:{_NEXT})*$)")

# the most frequent surnames (Ministry of Public Security, 2020), and the compound ones
SURNAMES = frozenset(load_lexicon("rag.references", "chinese_surnames"))


@lru_cache(maxsize=1_000)
def split_syllables(word: str) -> list[str]:
    """`Hanhui` → han, hui; `Xi'an` → xi, an; `Jian-guo` → jian, guo; empty if it is not pinyin: `John`, `Leo`."""
    parts = [part for part in re.split("['’-]", word.lower()) if part]
    if not all(_WORD.fullmatch(part) for part in parts):
        return []
    return [syllable for part in parts for syllable in _split_part(part)]


def _split_part(part: str) -> list[str]:
    syllables, rest = [], part
    while syllable := _SYLLABLE.match(rest):
        syllables.append(syllable.group())
        rest = rest[syllable.end() :]
    return syllables
