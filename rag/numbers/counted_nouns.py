"""Counted nouns: the content words of a phrase (nouns, verbs, names) that say what a figure counts or measures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.numbers.scopes import REGIONS
from rag.numbers.units import MEASURES, measures_in
from rag.text.entities import find_name_terms, tag_words
from rag.text.language import ENGLISH_FUNCTION_WORDS, HAN, has_han, is_function_word, stem
from rag.text.lexicon import load_lexicon


@dataclass(frozen=True)
class ContentWords:
    """The content words of a phrase as search terms; a region (全国, national) has the name @nation.

    `text` is the phrase itself, after abbreviations are expanded and years are blanked.
    """

    nouns: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    text: str = ""


# words that any statistic may have, so they do not say what is counted
_GENERIC_NOUNS = frozenset(load_lexicon("rag.numbers", "chinese_generic_nouns"))
_LIGHT_VERBS = frozenset(load_lexicon("rag.numbers", "chinese_light_verbs"))
_GENERIC_ENGLISH = frozenset(map(stem, load_lexicon("rag.numbers", "english_generic_words")))
_ABBREVIATIONS = (("规模以上", "规上　　"),)  # of the same length, so that offsets stay valid
# a name that differs from others of its kind only by its number: 2号线, 第一人民医院, Route 7
NUMBERED_NAME = re.compile(
    rf"第?[一二三四五六七八九十\d]+号[{HAN}]"
    rf"|第[一二三四五六七八九十\d]+(?=[{HAN}]{{0,3}}(?:医院|小学|中学|学校|厂|院|馆|师|军|期|大街))"
    r"|\b(?:[Ll]ine|[Rr]oute|[Pp]hase|[Uu]nit|[Gg]ate|[Tt]erminal|[Pp]lant|[Bb]lock|[Nn]o\.) \d+\b")
_YEAR = re.compile(r"\d+年")
_TRADE_SUFFIX = re.compile("(?:产业|行业|企业|业)$")  # 软件产业 is 软件
_SHORT_WORD = 2  # characters; a word of this length keeps its suffix: 工业
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")


@lru_cache(maxsize=20_000)
def content_words(text: str) -> ContentWords:
    """The nouns, verbs and names of a phrase, without the words that any statistic has.

    `苏州的灯塔工厂` → nouns 灯塔 and 工厂, name 苏州; `the lighthouse factories of Suzhou` → nouns
    lighthous and factori, name suzhou. English verbs are not separated from nouns.
    """
    for long, short in _ABBREVIATIONS:
        text = text.replace(long, short)
    text = _YEAR.sub(lambda year: " " * len(year.group()), text)  # the tagger would cut 2022年甲市 as 2022, 年甲市
    numbered = tuple(re.sub(r"\s", "", name.group().lower()) for name in NUMBERED_NAME.finditer(text))
    if is_mostly_latin(text):
        # a word after a blank does not open the sentence, so its capital marks a name: put a letter before the blank
        names = find_name_terms(f"x{text}" if text[:1] == " " else text)
        nouns = [term for term in _latin_terms(text) if term not in names]
        return ContentWords((*nouns, *numbered), (), names, text)
    names = find_name_terms(text) | {f"@{region}" for region, pattern in REGIONS if pattern.search(text)}
    nouns, verbs = _han_terms(text, names)
    return ContentWords((*nouns, *numbered), tuple(verbs), names, text)


def _han_terms(text: str, names: frozenset[str]) -> tuple[list[str], list[str]]:
    """The nouns and the verbs of a Chinese phrase, other than its names."""
    nouns: list[str] = []
    verbs: list[str] = []
    for word, tag, _, _ in tag_words(text):
        if word in names or word in _GENERIC_NOUNS or is_function_word(word) or _is_region(word):
            continue
        if tag[:1] in "nvj" and measures_in(word):
            rest = _strip_measures(word)
            if len(rest) > 1 and rest not in _GENERIC_NOUNS:
                nouns.append(rest)
        elif tag in ("v", "vi", "vd", "zg") and word not in _LIGHT_VERBS:
            verbs.append(word)
        elif _is_noun_tag(tag, word):
            nouns.append(_TRADE_SUFFIX.sub("", word) if len(word) > _SHORT_WORD else word)
    return nouns, verbs


def _is_noun_tag(tag: str, word: str) -> bool:
    """Whether a word has a part of speech that can name a thing; an adjective only if it has several characters."""
    if tag == "a":
        return len(word) > 1
    return tag[:1] in ("n", "j", "l", "i", "b", "s", "a") or tag in ("vn", "eng", "z")


def _is_region(word: str) -> bool:
    return any(pattern.fullmatch(word) for _, pattern in REGIONS)


def _strip_measures(word: str) -> str:
    """A word without the measure in it: 工业 for 工业增加值."""
    for _, pattern in MEASURES:
        word = pattern.sub("", word)
    return word


def is_mostly_latin(text: str) -> bool:
    """Whether a text is English; it may have a few Chinese characters, such as a name."""
    return not has_han(text) or sum(map(len, _LATIN_WORD.findall(text))) > len(text) / 2


def _latin_terms(text: str) -> Iterator[str]:
    for word in _LATIN_WORD.findall(text):
        lower_case = word.lower().removesuffix("'s").removesuffix("’s")
        term = stem(lower_case)
        if lower_case in ENGLISH_FUNCTION_WORDS or term in _GENERIC_ENGLISH:
            continue
        if not _is_region(lower_case) and not any(pattern.fullmatch(lower_case) for _, pattern in MEASURES):
            yield term


def is_content_term(term: str) -> bool:
    """Whether a search term says what is counted; generic terms such as 企业 and `number` do not."""
    return term not in _GENERIC_NOUNS and term not in _GENERIC_ENGLISH and term not in _LIGHT_VERBS


def counted_words(after: str) -> ContentWords:
    """The content words after a count: of its noun phrase, or of the rest of the clause if that has no specific noun.

    `after` is the text after the figure and its unit. Generic nouns are words such as 企业 and `number`.
    """
    clause = re.split(r"[，。；：、,;:（(]|\.(?=\s|$)", after)[0]
    words = content_words(_leading_phrase(clause))
    return words if words.nouns else content_words(clause)


_PHRASE_END = re.compile(rf"\s(?:{'|'.join(load_lexicon('rag.numbers', 'english_phrase_ends'))})\b", re.I)


def _leading_phrase(text: str) -> str:
    """The noun phrase at the start of a text, up to the first verb, preposition or conjunction."""
    if is_mostly_latin(text):
        return _PHRASE_END.split(text)[0]
    for word, tag, start, _ in tag_words(text):
        if (tag in ("v", "vd", "p", "c", "d", "f") or word in ("是", "和", "与", "及")) and start:
            return text[:start]
    return text
