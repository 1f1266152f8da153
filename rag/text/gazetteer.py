"""Gazetteer: the cities, provinces and countries that a text names.

Each has one key for both languages: 无锡, Wuxi → wuxi.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from rag.text.dictionary import dictionary_places
from rag.text.dictionary_tables import PLACE_SUFFIXES, name_key
from rag.text.language import has_han, segment_words

_SHORT_WORD = 3  # characters; a longer word may be an organisation that begins with a place: 苏州工业园区
_LATIN_NAME = re.compile(r"\b[A-Z][a-z]+(?:['’][a-z]+)?\b")
_WHOLE_REGION = re.compile(r"全[省国]|\b(?:province|provincial|national(?:ly)?|country)\b", re.I)


@lru_cache(maxsize=20_000)
def find_places(text: str) -> frozenset[str]:
    """The keys of the places that a text names, by CC-CEDICT: `苏州和无锡`, `Suzhou and Wuxi` → suzhou, wuxi."""
    return frozenset(_find_place_keys(text))


def _find_place_keys(text: str) -> Iterator[str]:
    if has_han(text):
        for word in segment_words(text):
            if (key := _longest_place(word)) is not None:
                yield key
    for name in _LATIN_NAME.findall(text):
        if (key := name_key(name.removesuffix("'s").removesuffix("’s"))) in _place_keys():
            yield key


def _longest_place(word: str) -> str | None:
    """The key of the longest place name at the start of a word; a short word without 市 or 省 must be the name itself."""
    may_be_longer = len(word) > _SHORT_WORD or word[-1] in PLACE_SUFFIXES
    shortest = 2 if may_be_longer else len(word)
    for length in range(len(word), shortest - 1, -1):
        if key := _keys_by_headword().get(word[:length]):
            return key
    return None


def implies_region(key: str, text: str) -> bool:
    """True if a text refers to a province or country without its name: 占全省21%, a national first."""
    return key in _region_keys() and _WHOLE_REGION.search(text) is not None


@cache
def _keys_by_headword() -> Mapping[str, str]:
    return {place.headword: place.key for place in dictionary_places()}


@cache
def _region_keys() -> frozenset[str]:
    """The keys of provinces and countries."""
    return frozenset(place.key for place in dictionary_places() if place.is_region)


@cache
def _place_keys() -> frozenset[str]:
    return frozenset(_keys_by_headword().values()) - {"chinese"}
