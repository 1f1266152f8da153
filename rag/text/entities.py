"""A claim and a source become the names in the claim that the source does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import rjieba

from rag.text.glossary import gloss_weights, is_name
from rag.text.language import ENGLISH_FUNCTION_WORDS, has_han, is_function_word, normalise, segment_words, stem

_NAME_TAGS = ("ns", "nr", "nt", "nz")
_PLACE_SUFFIXES = "省市县区州镇乡村国"  # 苏州市 is 苏州
_LATIN_NAME = re.compile(r"(?<![A-Za-z])(?:[A-Z][A-Za-z]*(?:[-’'][A-Za-z]+)*|[A-Z0-9]*[A-Z][A-Z0-9]+)(?![A-Za-z])")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;]\s+|[“\"(‘'*•-]\s*)$")
# capitals that name nothing of their own
_NOT_NAMES = frozenset("""
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november
december mr mrs ms dr prof plan company group university city province county district state international national world
""".split())


def missing_names(claim: str, source: str) -> list[str]:
    """The names of places, persons, bodies and brands in a claim that a source does not say, in its own or the other language.

    `杭州有6家灯塔工厂` against 苏州有6家灯塔工厂 → 杭州. Of a name that the dictionary cannot carry across, nothing is said.
    """
    return [name for name in find_names(claim) if not _is_mentioned(name, source)]


@lru_cache(maxsize=2_000)
def find_names(text: str) -> tuple[str, ...]:
    """The names in a text, in order, each once."""
    return tuple(dict.fromkeys([*_han_names(text), *_latin_names(text)]))


def _han_names(text: str) -> Iterator[str]:
    for word, tag in rjieba.tag(normalise(text)):
        if tag[:2] in _NAME_TAGS and len(word) > 1 and has_han(word) and not is_function_word(word):
            yield word


def _latin_names(text: str) -> Iterator[str]:
    among_han = has_han(text)
    for found in _LATIN_NAME.finditer(text):
        word = re.sub("['’]s$", "", found.group())
        plain = word.lower()
        if plain in ENGLISH_FUNCTION_WORDS or plain in _NOT_NAMES or len(word) < 2:
            continue
        opens = not among_han and _SENTENCE_START.search(text[: found.start()]) is not None
        if not opens or word[1:] != word[1:].lower() or is_name(plain):
            yield word


def _is_mentioned(name: str, source: str) -> bool:
    plain = _normalise_source(source)
    if has_han(name):
        core = name[:-1] if len(name) > 2 and name[-1] in _PLACE_SUFFIXES else name
        if core in plain:
            return True
        return _is_mostly_ascii(source) and not _lacks_translation(name, source)
    stems = _source_stems(source)
    if all(stem(part) in stems for part in segment_words(name)) or normalise(name) in plain:
        return True
    return has_han(source) and not _is_mostly_ascii(source) and not _lacks_translation(name, source)


def _lacks_translation(name: str, source: str) -> bool:
    """True where the dictionary knows how the other language says a name, and the source does not say it so."""
    if not is_name(normalise(name)):
        return False
    return not set(gloss_weights(name)) & set(gloss_weights(source))


def _is_mostly_ascii(text: str) -> bool:
    return sum(c.isascii() for c in text) > 0.7 * len(text)


@lru_cache(maxsize=500)
def _normalise_source(source: str) -> str:
    return normalise(source)


@lru_cache(maxsize=500)
def _source_stems(source: str) -> frozenset[str]:
    return frozenset(stem(word) for word in segment_words(source))
