"""A sentence becomes when and of what place it speaks."""

from __future__ import annotations

import re
from functools import lru_cache

import rjieba

from rag.numbers.figures import Figure, find_figures
from rag.text.language import ENGLISH_FUNCTION_WORDS, has_han, normalise, stem

# wholes of which a place is part; they are one scope each in both languages
REGIONS = tuple((whole, re.compile(pattern, re.I)) for whole, pattern in (
    ("world", r"全球|全世界|世界(?:上|各国)?|\b(?:world(?:wide|'s)?|global(?:ly)?)\b"),
    ("nation", r"全国|我国|中国|国内|\b(?:national(?:ly|wide)?|nation(?:wide|'s)?|country(?:wide|'s)?|China(?:'s)?)\b"),
    ("province", r"全省|本省|我省|\b(?:provincial(?:ly)?|province(?:wide|'s)?)\b(?!-level)"),
))
_GENERIC_PLACE = re.compile(r"^(?:全|本|该|我|各|两|三|几|这|那|此|同|都|城|超|门|夜|股|楼|菜|上|房)+[省市县区州镇乡村]$")
_NAME_TAGS = ("ns", "nt", "nr", "nrt", "nrfg")


@lru_cache(maxsize=20_000)
def tag_words(text: str) -> tuple[tuple[str, str, int, int], ...]:
    """Chinese words with their part of speech, start and end."""
    plain = simple if len(simple := normalise(text)) == len(text) else text
    out, at = [], 0
    for word, tag in rjieba.tag(plain):
        out.append((word, tag, at, at + len(word)))
        at += len(word)
    return tuple(out)


@lru_cache(maxsize=20_000)
def find_name_terms(text: str) -> frozenset[str]:
    """The places, bodies and persons that a text names, as search terms: `苏州昆山` → 苏州, 昆山; `in New York's parks` → new, york."""
    if has_han(text):
        found = {word for word, tag, _, _ in tag_words(text) if tag in _NAME_TAGS and len(word) > 1}
        return frozenset(word for word in found if not _GENERIC_PLACE.match(word))
    return frozenset(stem(word.lower()) for word in _CAPITALISED.findall(text) if word.lower() not in _NOT_NAMES)


_NOT_NAMES = ENGLISH_FUNCTION_WORDS | frozenset(
    "january february march april may june july august september october november december gdp".split())
# behind a small letter or a comma, or another capital: not the word that merely opens a sentence
_CAPITALISED = re.compile(r"(?:(?<=[a-z,;:(“\"'’0-9] )|(?<=[A-Z][a-z] )|(?<=[a-z] [\"'“]))[A-Z][A-Za-z]+|\b[A-Z]{2,}\b")


# years that date something else than the figure: since when, compared with when, founded when
_OTHER_YEAR_BEFORE = re.compile(
    r"(?:自|从|始于|建于|始建于|成立于|创办于|创建于|落成于|比|较|与)\s*$"
    r"|\b(?:since|from|than|with|founded in|built in|established in|opened in|completed in|formed in"
    r"|over|versus|against)\s+(?:the year\s+)?$", re.I)
_OTHER_YEAR_AFTER = re.compile(r"^(?:以来|起|开始|创办|建立|成立|建成|始建|开馆|开业|开通|投产|创建|落成)")
_FOUNDING = re.compile(r"成立|始建|建于|创办|创建|落成|开馆|开业|\b(?:founded|established|built|opened|completed)\b", re.I)
_PRESENT = re.compile(r"目前|现有|现在|如今|当前|\b(?:currently|now|today|at present)\b", re.I)


def find_year(sentence: str, at: int) -> str:
    """The year that a sentence gives for what stands at a place of it: the last one named before it, else the first behind it."""
    dated = [f for f in find_figures(sentence) if f.kind in ("year", "date") and _year_number(f)]
    dated = [f for f in dated if not _OTHER_YEAR_BEFORE.search(sentence[: f.start]) and not _OTHER_YEAR_AFTER.match(sentence[f.end :])]
    before = [f for f in dated if f.start < at]
    behind = [f for f in dated if f.start > at and f.start - at < _YEAR_WINDOW]
    nearest = before[-1] if before else behind[0] if behind else None
    return str(_year_number(nearest)) if nearest else ""


_YEAR_WINDOW = 60  # characters: `had 800 beds in 2022`


def inherited_year(sentence: str, before: str) -> str:
    """The year with which the sentence before opened, where this one goes on in it."""
    opening = next((f for f in find_figures(before) if f.kind in ("year", "date")), None)
    if opening is None or opening.start > _OPENING_LENGTH or _FOUNDING.search(before) or _PRESENT.search(sentence):
        return ""
    return find_year(before, len(before))


_OPENING_LENGTH = 12


def parse_year(date: str) -> str:
    """The year of a document's date or title."""
    found = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", date)
    return found.group() if found else ""


def _year_number(figure: Figure) -> int:
    return int(figure.value) if figure.kind == "year" else int(figure.value) // 10_000
