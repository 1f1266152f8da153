"""Transliteration: phonetic keys of foreign names, the same for the Chinese and the Latin spelling.

A key is `~` and the consonants that both spellings share: `胡格诺`, `Huguenot` → ~KN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from rag.text.language import has_han
from rag.text.lexicon import load_lexicon

_NAME_CHARACTERS = frozenset(load_lexicon("rag.text", "name_characters"))
_SHORTEST, _LONGEST = 2, 7  # characters of a Chinese name
_MOST_PIECES = 4  # words that the segmenter may cut a name into
_INITIALS = {
    "b": "P", "p": "P", "m": "M", "f": "F", "w": "F", "d": "T", "t": "T", "n": "N", "l": "L", "r": "L",
    "g": "K", "k": "K", "h": "K", "j": "S", "q": "S", "x": "S", "z": "S", "c": "S", "s": "S"}
_LATIN_CONSONANTS = str.maketrans("bpmfvwdtnlrgkhcqjzsx", "PPMFFFTTNLLKKKKKSSSS", "aeiouy")
_KEY_PREFIX = "~"  # no word or gloss stem begins with it


def is_name_spelling(word: str) -> bool:
    """True if every character may transcribe a foreign name: `斯洛文尼亚` → True, `产业` → False."""
    return all(character in _NAME_CHARACTERS for character in word)


def han_phonetic_keys(pieces: list[str]) -> set[str]:
    """The keys of all names that neighbouring words may spell, also without the last character of each name (人, 州, 派).

    `[胡, 格诺, 派]` → ~KN (胡格诺), ~KNP, ….
    """
    keys = set()
    for begin in range(len(pieces)):
        for end in range(begin + 1, min(len(pieces), begin + _MOST_PIECES) + 1):
            name = "".join(pieces[begin:end])
            if _SHORTEST <= len(name) <= _LONGEST:
                keys |= {_han_key(name), _han_key(name[:-1])}
    return {_KEY_PREFIX + key for key in keys if len(key) >= _SHORTEST}


def _han_key(name: str) -> str:
    return _collapse_repeats("".join(_character_consonants(character) for character in name))


@lru_cache(maxsize=2_000)
def _character_consonants(character: str) -> str:
    syllables = pinyin_syllables(character)
    if not syllables:
        return ""
    if syllables[0] == "er":
        return "L"
    return _INITIALS.get(syllables[0][0], "") + ("N" if syllables[0].endswith(("n", "ng")) else "")


def pinyin_syllables(text: str) -> list[str]:
    """Pinyin of the Han characters of a text, without tones; other characters are left out: `曹路宝` → cao, lu, bao."""
    import pypinyin  # its tables take 0.15 s to load, and most questions have no word that is not in the dictionary

    syllables: list[str] = pypinyin.lazy_pinyin(text, errors="ignore")
    return syllables


@lru_cache(maxsize=20_000)
def latin_phonetic_keys(word: str) -> frozenset[str]:
    """The keys of the ways in which Chinese may transcribe a foreign word: `Huguenots` → ~KN, ~KNT, ~KNTS.

    Chinese drops an r before a consonant or writes 尔, drops a silent ending, and writes k, g and h before e or i as j
    or x.
    """
    plain = re.sub(r"'s$|[^a-z]", "", word.lower())
    if has_han(word) or not plain:
        return frozenset()
    keys = set()
    for variant in _spelling_variants(plain):
        for hard_g, keep_r, keep_ending in product((True, False), repeat=3):
            keys.add(_latin_key(variant, hard_g=hard_g, keep_r=keep_r, keep_ending=keep_ending))
    return frozenset(_KEY_PREFIX + key for key in keys if len(key) >= _SHORTEST)


def _spelling_variants(word: str) -> Iterator[str]:
    yield word
    if word.endswith("s") and len(word) > 4:
        yield word[:-1]
    if (softened := re.sub(r"(?:ck|[kgh])(?=[iey])", "s", word)) != word:
        yield softened


# applied in this order: the sounds of letters, as far as Chinese spellings distinguish them
_SOUND_RULES = tuple((re.compile(pattern), sound) for pattern, sound in (
    ("ph", "f"), ("^kn", "n"), ("^wr", "r"), ("tch|sch|ch|sh|zh", "s"), ("th", "t"), ("ck", "k"), ("qu", "kw"),
    ("gh(?![aeiou])", ""), ("x", "ks"), ("c(?=[eiy])", "s"), (r"(?<=[aeiou])w(?![aeiou])", ""), ("m(?=[bp])", "n")))


def _latin_key(word: str, *, hard_g: bool, keep_r: bool, keep_ending: bool) -> str:
    for pattern, sound in _SOUND_RULES:
        word = pattern.sub(sound, word)
    if not hard_g:
        word = re.sub("g(?=[eiy])", "s", word)
    if not keep_r:
        word = re.sub("r(?![aeiou])", "", word)
    if not keep_ending:
        word = re.sub("(?<=[aeiou])[tsxdz]+$", "", word)
    return _collapse_repeats(word.translate(_LATIN_CONSONANTS))


def _collapse_repeats(key: str) -> str:
    return re.sub(r"(.)\1+", r"\1", key)


def key_weight(key: str) -> float:
    """How much a shared key counts, 0 to 1: two consonants fit many names, `~KN` → 0.3; `~KNT` → 1."""
    return 1.0 if len(key) > len(_KEY_PREFIX) + _SHORTEST else 0.3
