"""A question becomes the slots that its answer fills, a time, a person, a place; and sentences how far they fill each.

`“千兆城市”是哪一年评上的？` has the slot time: a sentence without a year of its own may come near, but does not answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import rjieba

from rag.numbers.figures import MIN_COUNTED_IN_WORDS, Figure, is_incidental
from rag.questions.analysis import REASON_CUE, AnalysedQuestion, new_figures
from rag.questions.answer_types import PEOPLE_NOUN, TIME_UNIT
from rag.reading.matching import Sentence, TermWeight, soft_term_match, text_view
from rag.text.entities import missing_names
from rag.text.language import HAN, has_han, normalise


def fill_score(slot: str, question: AnalysedQuestion, sentence: Sentence, term_weight: TermWeight) -> float:
    """How far a sentence fills a slot with something that the question has not, 0 to 1."""
    if slot == "who":
        return max(fill_score("person", question, sentence, term_weight), fill_score("name", question, sentence, term_weight))
    new = new_figures(question, text_view(sentence.text).figures)
    if slot.startswith("value:"):
        return float(contains_value(slot.removeprefix("value:"), sentence.text, new))
    return _FILLED[slot](question, sentence, new, term_weight)


_AGE = re.compile(r"世纪|年代|century|decade", re.I)
_LASTS = re.compile(rf"\s?{TIME_UNIT}")
_EVERY = re.compile(r"每[年月周天日季]|\b(?:annual|yearly|monthly|weekly|daily|every)", re.I)


def _time(question: AnalysedQuestion, sentence: Sentence, new: Sequence[Figure], rarity: TermWeight) -> float:
    return float(any(f.kind in ("year", "date") for f in new) or bool(_AGE.search(sentence.text)))


def _duration(question: AnalysedQuestion, sentence: Sentence, new: Sequence[Figure], rarity: TermWeight) -> float:
    lasts = any(f.kind == "amount" and (_LASTS.match(sentence.text, f.end) or _LASTS.match(f.unit)) for f in new)
    return float(lasts or bool(_EVERY.search(sentence.text)))


def _number(question: AnalysedQuestion, sentence: Sentence, new: Sequence[Figure], rarity: TermWeight) -> float:
    return float(any(map(is_count, new)))


def is_count(figure: Figure) -> bool:
    """Whether a figure is a number of something: no year, and no word like 一个 or `one of`."""
    return figure.kind in ("amount", "percent") and not is_incidental(figure, MIN_COUNTED_IN_WORDS)


def _beside(question: AnalysedQuestion, sentence: Sentence, new: Sequence[Figure], rarity: TermWeight) -> float:
    """How near a new figure stands to a word of what is asked for: 产值 in 产值是多少."""
    focus = [a for a in question.terms if a.word in question.focus_terms and not a.word[:1].isdigit()]
    before, behind = _NEAR[has_han(sentence.text)]
    nearby = (text_view(sentence.text[max(0, f.start - before) : f.end + behind]) for f in new if f.kind in ("amount", "percent"))
    return max((soft_term_match(a, text) for text in nearby for a in focus), default=0.0) if focus else 0.5


_NEAR = {True: (14, 10), False: (40, 40)}  # characters before and behind a figure


def _person(question: AnalysedQuestion, sentence: Sentence, new: Sequence[Figure], rarity: TermWeight) -> float:
    return float(any(_is_new(name, question) for name in _persons(sentence.text)))


def _is_new(name: str, question: AnalysedQuestion) -> bool:
    """Whether the question does not say a name: in its letters, or as a place in the other language's."""
    plain, asked, there = normalise(name), normalise(question.text), text_view(name).places
    if plain in asked or (plain.isascii() and all(word in asked for word in re.findall("[a-z]+", plain))):
        return False
    return not (there and there <= question.places)


@lru_cache(maxsize=20_000)
def _persons(text: str) -> tuple[str, ...]:
    if has_han(text):
        return tuple(word for word, tag in _tagged(text) if tag[:2] == "nr" and len(word) in range(2, 5))
    return tuple(m.group() for m in _PERSON.finditer(text) if not _BODY.search(m.group()) and not _NO_PERSON.match(m.group()))


_PERSON = re.compile(r"\b[A-Z][a-z'’-]+(?: [A-Z]\.)?(?: [A-Z][a-z'’-]+){1,2}\b")
_NO_PERSON = re.compile(r"(?:The|In|On|At|By|From|For|Its|This|That|These|Through|New|National)\b")
_BODY = re.compile(
    r"(?:Company|Corporation|Group|University|Institute|Bank|Laboratory|Bureau|Ministry|Commission|Committee|Department|Academy"
    r"|Association|Council|Forum|Park|District|City|Province|Lake|Daily|Cent(?:re|er)|Plan|Policy|Fund|School|College|Zone)s?$")


@lru_cache(maxsize=20_000)
def _tagged(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(rjieba.tag(text))


def _place(question: AnalysedQuestion, sentence: Sentence, new: Sequence[Figure], rarity: TermWeight) -> float:
    """A place that few sentences name counts more: in notes on Suzhou, Suzhou is no answer."""
    telling = [_telling(place, rarity) for place in text_view(sentence.text).places - question.places]
    if not has_han(sentence.text):
        return max([*telling, _SOME_NAME * bool(missing_names(sentence.text, question.text))])
    telling += [_telling(word, rarity) for word, tag in _tagged(sentence.text) if tag[:2] == "ns" and _is_new(word, question)]
    return max([*telling, *(_DISTRICT for name in _DISTRICTS.findall(sentence.text) if _is_new(name, question))], default=0.0)


_DISTRICTS = re.compile(rf"[{HAN}]{{2,4}}(?:区|县|市|镇|园|港|湾)(?![域别分块])")
_DISTRICT, _SOME_NAME = 0.7, 0.5  # how sure it is that such a word is a place


def _name(question: AnalysedQuestion, sentence: Sentence, new: Sequence[Figure], rarity: TermWeight) -> float:
    """A body or product by its name."""
    found = [_A_NAME * _telling(normalise(name), rarity) for name in missing_names(sentence.text, question.text)]
    return max([*found, *_called(question, sentence)], default=0.0)


def _called(question: AnalysedQuestion, sentence: Sentence) -> Iterator[float]:
    if has_han(sentence.text):
        yield from (_A_NAME for name in _BODIES.findall(sentence.text) if _is_new(_OWN.split(name)[-1], question))
        yield from (_A_QUOTATION for name in _QUOTED.findall(sentence.text) if _is_new(name, question))


_BODIES = re.compile(
    rf"([{HAN}A-Za-z]{{2,14}}?)(?:公司|集团|大学|学院|研究院|研究所|科学院|实验室|委员会|协会|银行|基金|厅|书院|智库|中心|日报)")
_OWN = re.compile("[由的在与和为是向同把被给]")  # what stands before a body's own name
_QUOTED = re.compile(r"[“‘《]([^”’》]{2,20})")
_A_NAME, _A_QUOTATION = 0.8, 0.6


def _telling(term: str, rarity: TermWeight) -> float:
    return min(1.0, rarity(term, False) / _RARE)


_RARE = 8.0  # the rarity of what a handful of passages in ten thousand say


def _reason(question: AnalysedQuestion, sentence: Sentence, new: Sequence[Figure], rarity: TermWeight) -> float:
    return float(bool(REASON_CUE.search(sentence.text) or _GROUNDS.search(sentence.text)))


_GROUNDS = re.compile(
    r"得益于|有赖于|原因|意在|之所以|缺乏|不足|制约|为此|\b(?:thanks to|reason|owing|lack|hence|rests? on|so as to|aims?|intended)\b", re.I)

_FILLED: dict[str, Callable[[AnalysedQuestion, Sentence, Sequence[Figure], TermWeight], float]] = {
    "time": _time, "duration": _duration, "person": _person, "place": _place, "name": _name, "reason": _reason, "number": _number,
    "beside": _beside,
}


_NUMBER = r"\d[\d.,万亿千百余多]*"
_STATED = {sort: re.compile(pattern, re.I) for sort, pattern in {
    "people": rf"{_NUMBER}(?:名|位|人(?!民币))|{PEOPLE_NOUN}\b",
    "area": r"亩|平方|公顷|hectare|acre|square|\bmu\b",
    "weight": rf"{_NUMBER}(?:吨|公斤|千克)|\btonn?es?\b|\bkilo",
    "rank": r"第[一二三四五六七八九十\d]+(?!次|批|个)|首位|榜首|领先|居|排名|之首|\b(?:first|second|third|\w+th|1st|2nd|3rd)\b"
            r"|\brank|\btops?\b|largest|highest|leading|most",
    "university": r"大学|学院|\buniversit|\bcollege",
    "district": r"[^\W\d]{1,3}(?:区(?![域别分块])|县)|district|county|\bzone\b",
    "institution": r"大学|学院|研究院|研究所|科学院|公司|实验室|\buniversit|\binstitut|\bacadem|\blaborator",
    "ahead": r"明年|后年|\bnext year\b",
}.items()}


def contains_value(value_type: str, text: str, figures: Sequence[Figure]) -> bool:
    """Whether a sentence states a value of a sort; `new` are those of its figures that the question has not."""
    if value_type == "money":
        return any(figure.unit in ("yuan", "usd") for figure in figures)
    if value_type == "share":
        return any(figure.kind == "percent" or figure.value < 1 or figure.unit == "倍" for figure in figures)
    if value_type == "people" and not figures:
        return False
    return _STATED[value_type].search(text) is not None
