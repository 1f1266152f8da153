"""Named entities: the finders of proper names (persons, places, organisations, brands) in a text.

Names are found by the tags of the Chinese segmenter (nr persons, ns places, nt organisations, nz others) and by English
capitals. The finders have different rules for what is a name, since their results are used for different purposes:

- `find_names`, `missing_names`: as they are written; all kinds; for the check of claims against sources
- `find_name_terms`: search terms, without months and words such as 全市; for the scopes of figures
- `query_name_terms`: search terms, of both scripts at once; for the analysis of questions
- `word_name_kind`: whether one tagged Chinese word is a place, another name or no name; for the chunks of questions
- `name_kinds`: only which kinds occur; for sentence features
- `person_names`, `place_names`, `district_names`, `organisation_names`: one kind each; for the slots of answers
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import rjieba

from rag.text.dictionary import is_name
from rag.text.glossary import gloss_weights
from rag.text.language import (
    ENGLISH_FUNCTION_WORDS,
    HAN,
    has_han,
    is_function_word,
    normalise,
    segment_words,
    stem,
)
from rag.text.lexicon import load_lexicon


@lru_cache(maxsize=20_000)
def tag_words(text: str) -> tuple[tuple[str, str, int, int], ...]:
    """Chinese words with their part-of-speech tag, start and end (characters).

    The words are in their normal form if that has the same length as the text.
    `蘇州产值` → (苏州, ns, 0, 2), (产值, n, 2, 4).
    """
    normal_form = normalise(text)
    tagged, offset = [], 0
    for word, tag in rjieba.tag(normal_form if len(normal_form) == len(text) else text):
        tagged.append((word, tag, offset, offset + len(word)))
        offset += len(word)
    return tuple(tagged)


@lru_cache(maxsize=20_000)
def _tag_as_written(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(rjieba.tag(text))


# for names as they are written
_ALL_NAME_TAGS = ("ns", "nr", "nt", "nz")  # the first two letters of a tag
_NAME_SUFFIXES = "省市县区州镇乡村国"  # 苏州市 is 苏州
_LATIN_NAME = re.compile(
    r"(?<![A-Za-z])(?:[A-Z][A-Za-z]*(?:[-’'][A-Za-z]+)*|[A-Z0-9]*[A-Z][A-Z0-9]+)(?![A-Za-z])")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;]\s+|[“\"(‘'*•-]\s*)$")
_NON_NAMES = frozenset(load_lexicon("rag.text", "english_non_names"))


def missing_names(claim: str, source: str) -> list[str]:
    """The names in a claim that a source has neither in the claim's language nor in the other one.

    `杭州有6家灯塔工厂` against `苏州有6家灯塔工厂` → 杭州; `Hangzhou has six` against `苏州有6家` → Hangzhou.
    Across languages, a name that the dictionary cannot translate counts as present.
    """
    return [name for name in find_names(claim) if not _is_mentioned(name, source)]


@lru_cache(maxsize=2_000)
def find_names(text: str) -> tuple[str, ...]:
    """The names of places, persons, organisations and brands, Chinese ones first, each once.

    `苏州市的BMW工厂` → 苏州市, BMW; `The plant in Suzhou grew.` → Suzhou.
    """
    return tuple(dict.fromkeys([*_han_names(text), *_latin_names(text)]))


def _han_names(text: str) -> Iterator[str]:
    for word, tag in rjieba.tag(normalise(text)):
        if tag[:2] in _ALL_NAME_TAGS and len(word) > 1 and has_han(word) and not is_function_word(word):
            yield word


def _latin_names(text: str) -> Iterator[str]:
    has_chinese = has_han(text)
    for match in _LATIN_NAME.finditer(text):
        word = re.sub("['’]s$", "", match.group())
        lower_case = word.lower()
        if lower_case in ENGLISH_FUNCTION_WORDS or lower_case in _NON_NAMES or len(word) < 2:
            continue
        opens_sentence = not has_chinese and _SENTENCE_START.search(text[: match.start()]) is not None
        if not opens_sentence or word[1:] != word[1:].lower() or is_name(lower_case):
            yield word


def _is_mentioned(name: str, source: str) -> bool:
    normal_source = _normalise_source(source)
    if has_han(name):
        name_without_suffix = name[:-1] if len(name) > 2 and name[-1] in _NAME_SUFFIXES else name
        if name_without_suffix in normal_source:
            return True
        return _is_mostly_ascii(source) and not _lacks_translation(name, source)
    stems = _source_stems(source)
    if all(stem(part) in stems for part in segment_words(name)) or normalise(name) in normal_source:
        return True
    return has_han(source) and not _is_mostly_ascii(source) and not _lacks_translation(name, source)


def _lacks_translation(name: str, source: str) -> bool:
    """True if the dictionary translates a name into the other language and the source lacks the translation."""
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


# for names as search terms
_TERM_TAGS = frozenset(("nr", "nrt", "nrfg", "ns", "nt"))  # whole tags; without nz: products and brands are not scopes
_GENERIC_PLACE = re.compile(
    r"^(?:全|本|该|我|各|两|三|几|这|那|此|同|都|城|超|门|夜|股|楼|菜|上|房)+[省市县区州镇乡村]$")
_NON_SCOPES = ENGLISH_FUNCTION_WORDS | frozenset((
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "gdp"))
# a capitalised word inside a sentence (after a small letter, a comma or another capitalised word), or an acronym
_CAPITAL_IN_SENTENCE = re.compile(
    r"(?:(?<=[a-z,;:(“\"'’0-9] )|(?<=[A-Z][a-z] )|(?<=[a-z] [\"'“]))[A-Z][A-Za-z]+|\b[A-Z]{2,}\b")
_CAPITAL_IN_QUESTION = re.compile(
    r"(?<=[a-z,;:(“\"'’] )[A-Z][A-Za-z]+|(?<=[a-z] [\"'“])[A-Z][A-Za-z]+|\b[A-Z]{2,}\b")


@lru_cache(maxsize=20_000)
def find_name_terms(text: str) -> frozenset[str]:
    """Search terms of the places, organisations and persons in a text; English names only if the text has no Chinese.

    `苏州昆山全市` → 苏州, 昆山; `in New York's parks` → new, york.
    """
    if has_han(text):
        names = {word for word, tag, _, _ in tag_words(text) if tag in _TERM_TAGS and len(word) > 1}
        return frozenset(name for name in names if not _GENERIC_PLACE.match(name))
    words = (word.lower() for word in _CAPITAL_IN_SENTENCE.findall(text))
    return frozenset(stem(word) for word in words if word not in _NON_SCOPES)


_CAPITAL_IN_CHINESE = re.compile(r"(?<![A-Za-z])[A-Z][A-Za-z]{2,}")


def query_name_terms(text: str) -> frozenset[str]:
    """Search terms of all places, persons and organisations that a question names, in both scripts.

    `苏州的 BMW 工厂` → 苏州, bmw; `Which plants are in Suzhou?` → suzhou.
    """
    capitals = _CAPITAL_IN_CHINESE if has_han(text) else _CAPITAL_IN_QUESTION  # there even the first word is a name
    latin = {stem(name.lower()) for name in capitals.findall(text)}
    tagged = rjieba.tag(normalise(text))
    return frozenset(latin | {word for word, tag in tagged if tag in _TERM_TAGS and len(word) > 1 and has_han(word)})


# for one tagged word
_CHUNK_NAME_TAGS = ("nr", "nt", "nz", "eng")  # the beginnings of tags
_CHUNK_PLACE_SUFFIXES = "省市县区州镇乡村港洲"


def word_name_kind(word: str, tag: str) -> Literal["place", "name"] | None:
    """Whether a word of a Chinese text, with its tag, is a place, another name, or not a name (None).

    (`苏州`, ns), (`维多利亚港`, nz) → place; (`张三`, nr), (`BMW`, eng) → name; (`产值`, n) → None.
    """
    if tag == "ns" or (tag[:1] == "n" and len(word) > 2 and word[-1] in _CHUNK_PLACE_SUFFIXES):
        return "place"
    return "name" if tag.startswith(_CHUNK_NAME_TAGS) or not has_han(word) else None


# for the kinds of names in a text
_KIND_TAGS = ("nr", "ns", "nt")  # persons, places, organisations
_SMALL_CAPITAL_WORD = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")


def name_kinds(text: str) -> frozenset[str]:
    """Which of nr (persons), ns (places) and nt (organisations) a text names; an English name may be any of them.

    `张三在苏州` → nr, ns; `He lives in Suzhou` → nr, ns, nt; `He lives here` → none.
    """
    if not has_han(text):
        return frozenset(_KIND_TAGS) if _SMALL_CAPITAL_WORD.search(text) else frozenset()
    return frozenset(tag[:2] for _, tag in _tag_as_written(text) if tag[:2] in _KIND_TAGS)


# for persons, places and organisations
_PERSON = re.compile(r"\b[A-Z][a-z'’-]+(?: [A-Z]\.)?(?: [A-Z][a-z'’-]+){1,2}\b")
_NO_PERSON = re.compile(r"(?:The|In|On|At|By|From|For|Its|This|That|These|Through|New|National)\b")
_ORGANISATION_END = re.compile(rf"(?:{'|'.join(load_lexicon('rag.text', 'english_organisation_nouns'))})s?$")
_DISTRICT = re.compile(rf"[{HAN}]{{2,4}}(?:区|县|市|镇|园|港|湾)(?![域别分块])")
_ORGANISATION = re.compile(
    rf"([{HAN}A-Za-z]{{2,14}}?)"
    r"(?:公司|集团|大学|学院|研究院|研究所|科学院|实验室|委员会|协会|银行|基金|厅|书院|智库|中心|日报)")
_BEFORE_ORGANISATION = re.compile("[由的在与和为是向同把被给]")


@lru_cache(maxsize=20_000)
def person_names(text: str) -> tuple[str, ...]:
    """The names of persons in a text: `张三丰在苏州` → 张三丰; `John A. Smith of Suzhou University` → John A. Smith."""
    if has_han(text):
        return tuple(word for word, tag in _tag_as_written(text) if tag[:2] == "nr" and len(word) in range(2, 5))
    names = (match.group() for match in _PERSON.finditer(text))
    return tuple(name for name in names if not _ORGANISATION_END.search(name) and not _NO_PERSON.match(name))


def place_names(text: str) -> list[str]:
    """The words of a Chinese text that the segmenter tags as places: `苏州和昆山` → 苏州, 昆山; none for `Suzhou`."""
    return [word for word, tag in _tag_as_written(text) if tag[:2] == "ns"]


def district_names(text: str) -> list[str]:
    """Chinese words that end as names of districts, parks and bays do: `在吴江区` → 在吴江区; none in `区域`."""
    return _DISTRICT.findall(text)


def organisation_names(text: str) -> list[str]:
    """Names of Chinese organisations before their class noun: `由苏州大学创办` → 苏州; none in English texts."""
    return [_BEFORE_ORGANISATION.split(name)[-1] for name in _ORGANISATION.findall(text)]
