"""Glosses: the weighted English stems of Chinese and English words, by which texts of the two languages match.

`灯塔工厂`, `lighthouse factories` → lighth, factor. The stems come from CC-CEDICT (`dictionary.py`), from the domain
glossary (`glossary.csv`) and from the user's glossary; names without an entry match by pinyin and by their consonants.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

from rag.schema import HuwenError
from rag.text.dictionary import definitions, gloss_stem_count, headword_count, is_headword
from rag.text.language import gloss_stem, has_han, is_function_word, normalise, segment_words
from rag.text.lexicon import load_lexicon
from rag.text.transliteration import (
    han_phonetic_keys,
    is_name_spelling,
    key_weight,
    latin_phonetic_keys,
    pinyin_syllables,
)

# The least weight of a gloss, chosen by the evals: to be indexed; to count as a match (a weaker gloss is a side
# sense, and matches by chance); to count as the same meaning.
INDEXED_GLOSS, MATCHING_GLOSS, STRONG_GLOSS = 0.2, 0.25, 0.5

_LONGEST_TERM = 4  # neighbouring words that may make one glossary term: 灯塔 + 工厂
_LONGEST_WORD = 8  # characters; a longer word is not a name, and gets no pinyin
_LONGEST_PART = 6  # characters of a dictionary word inside a longer word
# a sense counts less the further back it is in its entry, and a gloss word less the longer its gloss
_SENSE_DECAY, _MIN_SENSE_WEIGHT = 0.75, 0.1
_PART_WEIGHT, _CHARACTER_WEIGHT = 0.9, 0.5  # of the glosses of a word's parts, and of its single characters
_SHORTEST_NAME = 3  # letters of a word, or characters of a run of words, from which a name gets phonetic keys


@dataclass(frozen=True, eq=False)
class Meaning:
    """The weighted gloss stems of a word, weights 0 to 1.

    Compared by identity: a repeated word gives the same object, so callers can use it as a cache key.
    """

    glosses: Mapping[str, float]


def gloss_weights(text: str) -> dict[str, float]:
    """Weighted gloss stems of a text in either language.

    An English word has its own stem, weight 1. A Chinese word has the stems of its CC-CEDICT senses and of the domain
    glossary, the best with weight 1. A name without an entry has its pinyin, so that `曹路宝` matches `Cao Lubao`, and
    keys of its consonants, so that `胡格诺` matches `Huguenots`. Weights of repeated stems are added.
    `灯塔工厂` → {lighth: 1, factor: 1, …}; `factories` → {factor: 1}.
    """
    weights: dict[str, float] = {}
    for _, meaning in translated_words(text):
        for gloss, weight in meaning.glosses.items():
            weights[gloss] = weights.get(gloss, 0.0) + weight
    return weights


@lru_cache(maxsize=1_000)  # both indexes need the words of each text that is indexed
def translated_words(text: str) -> tuple[tuple[str, Meaning], ...]:
    """The words of a text with their meanings, without function words; a glossary term of several words is one word.

    `苏州的灯塔工厂` → 苏州, 灯塔工厂; `the factories` → factories.
    """
    return tuple(_translate_words(segment_words(text)))


def _translate_words(words: list[str]) -> Iterator[tuple[str, Meaning]]:
    position, prefixes = 0, _term_prefixes()
    while position < len(words):
        word, length = _longest_term(words, position) if words[position] in prefixes else (words[position], 1)
        position += length
        if (meaning := _word_meaning(word)).glosses:
            yield word, meaning
    for run in _name_runs(words):
        yield "".join(run), _name_meaning(tuple(run))


@lru_cache(maxsize=20_000)
def _name_meaning(run: tuple[str, ...]) -> Meaning:
    """The phonetic keys of the names that neighbouring words may spell."""
    return Meaning({key: key_weight(key) for key in han_phonetic_keys([*run])})


@lru_cache(maxsize=100_000)
def _word_meaning(word: str) -> Meaning:
    """The gloss stems of one word of either language; none of a function word."""
    if is_function_word(word):
        return Meaning({})
    return Meaning(_han_glosses(word) if has_han(word) else _latin_glosses(word))


@lru_cache(maxsize=50_000)
def _latin_glosses(word: str) -> Mapping[str, float]:
    """The gloss stem of an English word or number, and phonetic keys if no definition contains it: it may be a name."""
    own_stem = gloss_stem(word)
    is_unknown = len(word) >= _SHORTEST_NAME and not gloss_stem_count(own_stem)
    keys = latin_phonetic_keys(word) if is_unknown else frozenset[str]()
    return {own_stem: 1.0} | {key: key_weight(key) for key in keys}


def _name_runs(words: list[str]) -> Iterator[list[str]]:
    """Runs of words that may be one foreign name, which the segmenter does not know: 弗雷, 斯诺."""
    run: list[str] = []
    for word in [*words, ""]:
        if word and _is_name_part(word):
            run.append(word)
            continue
        if len(run) > 1 and sum(map(len, run)) >= _SHORTEST_NAME:
            yield run
        run = []


@lru_cache(maxsize=100_000)
def _is_name_part(word: str) -> bool:
    return is_name_spelling(word) and not is_function_word(word) and (len(word) == 1 or not is_headword(word))


def _longest_term(words: list[str], position: int) -> tuple[str, int]:
    """The longest glossary term that begins at a word, and its length in words; else the word itself, 1."""
    for length in range(min(_LONGEST_TERM, len(words) - position), 1, -1):
        joined = "".join(words[position : position + length])
        if joined in _domain_terms():
            return joined, length
    return words[position], 1


@lru_cache(maxsize=50_000)
def _han_glosses(word: str) -> Mapping[str, float]:
    """The gloss stems of a Chinese word: from its entry and its parts, and from its pinyin if it has no entry."""
    weights = dict(_domain_terms().get(word, {}))
    _raise_weights(weights, _entry_glosses(word))
    for part in _parts_to_gloss(word):
        factor = _PART_WEIGHT if len(part) > 1 else _CHARACTER_WEIGHT
        _raise_weights(weights, {stem: weight * factor for stem, weight in _han_glosses(part).items()})
    if not _is_known(word) and len(word) <= _LONGEST_WORD:
        weights |= dict.fromkeys(_pinyin_glosses(word), 1.0)
        if is_name_spelling(word):
            weights |= {key: key_weight(key) for key in han_phonetic_keys([word])}
    return weights


def _raise_weights(weights: dict[str, float], others: Mapping[str, float]) -> None:
    """Raise each weight to the other weight of the same stem if that is higher."""
    for stem, weight in others.items():
        weights[stem] = max(weights.get(stem, 0.0), weight)


def _is_known(word: str) -> bool:
    return is_headword(word) or word in _domain_terms()


def _parts_to_gloss(word: str) -> list[str]:
    """The parts of a word that give it glosses: the words of a glossary term, or the known parts of an unknown word."""
    if word in _domain_terms():
        return _term_parts(word)
    if len(word) > 1 and not is_headword(word):
        return _word_parts(word)
    return []


def _term_parts(word: str) -> list[str]:
    """The words inside a glossary term, so that 灯塔工厂 also has the glosses of lighthouse and of factory."""
    return [part for part in segment_words(word) if part != word]


def _word_parts(word: str) -> list[str]:
    """An unknown word, cut from the left into the longest known words: `规上工业` → 规, 工业."""
    parts, position = [], 0
    while position < len(word):
        part = _longest_part(word, position)
        if not is_function_word(part):
            parts.append(part)
        position += len(part)
    return parts


def _longest_part(word: str, position: int) -> str:
    """The longest known word that begins at a character and is not the whole word; else the character."""
    for length in range(min(len(word) - position, _LONGEST_PART), 0, -1):
        part = word[position : position + length]
        if length < len(word) and _is_known(part):
            return part
    return word[position]


def _pinyin_glosses(word: str) -> list[str]:
    """Gloss stems of the pinyin, joined as in English: `苏州` → suzhou, su, zhou; `曹路宝` → caolub, cao, lubao, …."""
    syllables = pinyin_syllables(word)
    if len(syllables) < 2:
        return []
    joined = "".join(syllables)
    pieces = [joined, syllables[0], joined.removeprefix(syllables[0])]
    if len(syllables) > 2:
        pieces += ["".join(syllables[:2]), "".join(syllables[2:])]
    return [gloss_stem(piece) for piece in dict.fromkeys(pieces) if piece]


_SENSE_NOISE = re.compile(
    r"\([^)]*\)|\[[^\]]*\]|\b(?:variant|old variant|see also|see|abbr\.? (?:for|of)|used in|also written|also pr\.?"
    r"|Taiwan pr\.?|CL:|surname)\b.*", re.I)
_GLOSS_STOP_WORDS = frozenset(load_lexicon("rag.text", "gloss_stop_words"))


def _entry_glosses(word: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    position = 0
    for definition in definitions(word):
        sense = _SENSE_NOISE.sub("", definition)
        # for a place or person, only the name is a translation: "Kunshan, county-level city in Suzhou"
        sense = sense.split(",")[0] if sense[:1].isupper() else sense
        if stems := _sense_stems(sense):
            weight = max(_MIN_SENSE_WEIGHT, _SENSE_DECAY**position) / math.sqrt(len(stems))
            _raise_weights(weights, dict.fromkeys(stems, weight))
            position += 1
    return weights


@lru_cache(maxsize=50_000)
def sense_stems(word: str) -> tuple[frozenset[str], ...]:
    """The stems of each meaning that the dictionary and the domain glossary give for a Chinese word.

    `试用期` → {probation, period}, {trial, period}, as stems; a word that they do not have has none.
    """
    senses = [frozenset(_domain_terms().get(word, ()))]
    for definition in definitions(word):
        sense = _SENSE_NOISE.sub("", definition)
        senses.append(frozenset(_sense_stems(sense.split(",")[0] if sense[:1].isupper() else sense)))
    return tuple(filter(None, senses))


def _sense_stems(sense: str) -> list[str]:
    """The gloss stems of one sense; a repeated word gives its stem again."""
    words = (word for word in segment_words(sense) if word not in _GLOSS_STOP_WORDS)
    return [gloss_stem(word) for word in words if not is_function_word(word) and not has_han(word)]


class BadGlossary(HuwenError):
    """The user's own glossary cannot be read."""


_user_terms: list[tuple[str, str]] = []  # Chinese term and English renderings of the user's own glossary


def load_user_terms(path: Path) -> None:
    """Use the terms of a user's own glossary: a CSV with the columns `zh` and `en`, renderings separated by semicolons.

    Questions use the terms at once, indexed documents after a rebuild.

    Raises:
        BadGlossary: there is no such file, or it lacks a column.
    """
    try:
        rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadGlossary(
            f"{path}: is not a glossary file ({error}); HUWEN_GLOSSARY names a CSV in UTF-8 with the columns zh and en"
        ) from None
    for number, row in enumerate(rows, 2):
        if not (row.get("zh") or "").strip() or not (row.get("en") or "").strip():
            raise BadGlossary(
                f"{path}, line {number}: lacks a term under zh or en; the first line names the columns: zh,en")
    terms = [(row["zh"].strip(), row["en"]) for row in rows]
    if terms != _user_terms:
        _user_terms[:] = terms
        for cached in (_domain_terms, _term_prefixes, _han_glosses, _word_meaning, translated_words):
            cached.cache_clear()


@cache
def _domain_terms() -> Mapping[str, Mapping[str, float]]:
    """Glossary term → weighted stems; each rendering has weight 1: renderings are synonyms, not different senses."""
    terms: dict[str, dict[str, float]] = {}
    table = resources.files("rag.text").joinpath("glossary.csv").read_text("utf-8")
    rows = [(row["zh"], row["en"]) for row in csv.DictReader(table.splitlines())]
    for term, renderings in [*rows, *_user_terms]:
        weights = terms.setdefault(normalise(term), {})
        for rendering in renderings.split(";"):
            for word in segment_words(rendering):
                if not is_function_word(word):
                    weights[gloss_stem(word)] = 1.0
    return terms


@cache
def _term_prefixes() -> frozenset[str]:
    """The beginnings of glossary terms: a term of several words can begin only at one of these words."""
    return frozenset(term[:length] for term in _domain_terms() for length in range(1, len(term)))


@lru_cache(maxsize=100_000)
def gloss_idf(stem_of_gloss: str) -> float:
    """Inverse document frequency of a gloss stem over the headwords of the dictionary, about 1 to 12: `the` < `factor`.

    ln(headwords / (1 + headwords whose definitions have the stem)) + 1; no library is needed.
    """
    return 1.0 + math.log(headword_count() / (1 + gloss_stem_count(stem_of_gloss)))
