"""A text becomes the cities, provinces and countries that it names, by one key for both languages: 无锡, Wuxi → wuxi."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from rag.text.glossary import cedict_entries
from rag.text.language import has_han, segment_words

_CLASS = r"(?P<sort>city|province|municipality|capital|prefecture|state|country|republic|kingdom)"
# `Kunshan, county-level city in Suzhou`; `Jiangsu province (Kiangsu) in southeast China`; `Rome, capital of Italy`
_PLACE_SENSE = re.compile(
    rf"(?P<name>[A-Z][\w’'-]*(?: [A-Z][\w’'-]*){{0,2}}?)(?: (?:City|Province))?,? (?:an? |the )?(?:[a-z-]+ (?:and )?){{0,3}}{_CLASS}\b")
_CAPITAL_OF = re.compile(r"\bcapital of (?:the )?([A-Z][a-z]+)(?![\w ]* (?:Province|province))")
_SINGLE_NAME = re.compile(r"[A-Z][a-z]+")
_PLACE_SUFFIXES = "市省"
_SHORT_WORD = 3  # characters; a longer word may be a body that bears the place's name: 苏州工业园区


@lru_cache(maxsize=20_000)
def find_places(text: str) -> frozenset[str]:
    """The keys of the places that a text names, by CC-CEDICT: `苏州和无锡`, `Suzhou and Wuxi` → suzhou, wuxi."""
    return frozenset(_find_place_keys(text))


def _find_place_keys(text: str) -> Iterator[str]:
    if has_han(text):
        for word in segment_words(text):
            shortest = 2 if len(word) > _SHORT_WORD or word[-1] in _PLACE_SUFFIXES else len(word)
            found = (_keys_by_headword().get(word[:length]) for length in range(len(word), shortest - 1, -1))
            if (key := next(filter(None, found), None)) is not None:
                yield key
    for name in _LATIN_NAME.findall(text):
        if (key := _name_key(name.removesuffix("'s").removesuffix("’s"))) in _place_keys():
            yield key


_LATIN_NAME = re.compile(r"\b[A-Z][a-z]+(?:['’][a-z]+)?\b")


def _name_key(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name)
    return re.sub(r"[^a-z]", "", plain.lower())


def implies_region(key: str, text: str) -> bool:
    """True where a text means a province or country without naming it: 占全省21%, a national first."""
    return key in _region_keys() and _WHOLE_REGION.search(text) is not None


_WHOLE_REGION = re.compile(r"全[省国]|\b(?:province|provincial|national(?:ly)?|country)\b", re.I)


@cache
def _region_keys() -> frozenset[str]:
    """The keys of provinces and countries."""
    wide = {"province", "state", "country", "republic", "kingdom"}
    sorts = ((key, _PLACE_SENSE.match(cedict_entries()[headword][0])) for headword, key in _keys_by_headword().items() if headword in cedict_entries())
    return frozenset(key for key, found in sorts if found is None or found["sort"] in wide)


@cache
def _keys_by_headword() -> Mapping[str, str]:
    """Simplified name → key."""
    countries = {found for _, senses in cedict_entries().items() for sense in senses
                 if "capital of" in sense for found in _CAPITAL_OF.findall(sense)}
    out = {}
    for headword, senses in cedict_entries().items():
        if not senses[0][:1].isupper() or not has_han(headword) or not _is_only_name(headword):
            continue
        first = senses[0]
        if found := _PLACE_SENSE.match(first):
            bare = headword.rstrip(_PLACE_SUFFIXES)
            if bare == headword or _is_only_name(bare):
                out[bare] = _name_key(found["name"])
        elif _SINGLE_NAME.fullmatch(first) and first in countries:
            out[headword] = _name_key(first)
    return out


def _is_only_name(headword: str) -> bool:
    """Nothing but a name: 灯塔 is a town, but also a lighthouse."""
    return len(headword) > 1 and all(sense[:1].isupper() or sense.startswith("see ") for sense in cedict_entries().get(headword, ()))


@cache
def _place_keys() -> frozenset[str]:
    return frozenset(_keys_by_headword().values()) - {"chinese"}
