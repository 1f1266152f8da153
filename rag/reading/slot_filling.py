"""Slot filling: how far a sentence supplies what a question leaves open: a time, a person, a place, a value.

`“千兆城市”是哪一年评上的？` has the slot `time`: a sentence without a year of its own may be on the topic, but does not answer.
The slots of a question come from `rag/questions/answer_types.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.numbers.figures import MIN_COUNTED_IN_WORDS, Figure, is_incidental
from rag.questions.analysis import REASON_CUE, AnalysedQuestion, new_figures
from rag.questions.answer_types import PEOPLE_NOUN, TIME_UNIT
from rag.reading.matching import Sentence, TermWeight, soft_term_match, text_view
from rag.text.entities import district_names, missing_names, organisation_names, person_names, place_names
from rag.text.language import has_han, normalise

_RARE_WEIGHT = 8.0  # the term weight of a term that a few of ten thousand passages have
# how certain it is that such words are the name of a district, of anything, of an organisation, or a quoted title
_DISTRICT, _ANY_NAME, _BODY_NAME, _QUOTED_NAME = 0.7, 0.5, 0.8, 0.6


@dataclass(frozen=True)
class _Candidate:
    """A sentence to be compared with a question, with its figures that the question does not have."""

    question: AnalysedQuestion
    sentence: Sentence
    new_figures: Sequence[Figure]
    term_weight: TermWeight

    @property
    def text(self) -> str:
        return self.sentence.value_text

    def is_new_name(self, name: str) -> bool:
        """Whether the question lacks a name, both literally and as a place in the other language."""
        normal_name, question = normalise(name), normalise(self.question.text)
        if normal_name in question:
            return False
        if normal_name.isascii() and all(word in question for word in re.findall("[a-z]+", normal_name)):
            return False
        places = text_view(name).places
        return not (places and places <= self.question.places)

    def rareness(self, term: str) -> float:
        """How rare a term is, 0 to 1; a rare term is likelier to be an answer."""
        return min(1.0, self.term_weight(term, False) / _RARE_WEIGHT)


def fill_score(slot: str, question: AnalysedQuestion, sentence: Sentence, term_weight: TermWeight) -> float:
    """How far a sentence fills a slot with something that the question does not have, 0 to 1."""
    new = new_figures(question, text_view(sentence.value_text).figures)
    if slot.startswith("value:"):
        return float(contains_value(slot.removeprefix("value:"), sentence.statement, new))
    candidate = _Candidate(question, sentence, new, term_weight)
    if slot == "who":  # a person or an organisation may be the answer
        return max(_person_score(candidate), _name_score(candidate))
    return _SCORES[slot](candidate)


_PERIOD = re.compile(r"世纪|年代|century|decade", re.I)
# a time of day, a day of the week, a month with its day
_CLOCK = re.compile(
    r"\d{1,2}\s?[:：]\s?\d{2}|\d{1,2}[点时](?!间|代)|[一二三四五六七八九十]{1,3}点(?:半|钟|[一二三四五]十|整)?"
    r"|(?:星期|周|礼拜)[一二三四五六日天末]|(?<!\d)\d{1,2}月\d{1,2}[日号]|[上下]午|凌晨|傍晚|每天|每日"
    r"|\b(?:\d{1,2}(?:[.:]\d{2})?\s?[ap]\.?m\b|half past|quarter (?:past|to)|o['’]clock|noon|midnight|daily|every day"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b", re.I)
_TIME_UNIT = re.compile(rf"\s?{TIME_UNIT}")
_FREQUENCY = re.compile(r"每[年月周天日季]|\b(?:annual|yearly|monthly|weekly|daily|every)", re.I)


_SPAN_OF_TIME = re.compile(
    r"半(?:个?小时|个?钟头|天|年|个月)|[一二两三四五六七八九十\d]+个?(?:工作日|学期|季度|小时)|长期|永久"
    r"|\b(?:half an hour|(?:working|business) days?|until|indefinitely|overnight)\b", re.I)


def _time_score(candidate: _Candidate) -> float:
    has_date = any(figure.kind in ("year", "date") for figure in candidate.new_figures)
    return float(has_date or bool(_PERIOD.search(candidate.text) or _CLOCK.search(candidate.text)))


def _duration_score(candidate: _Candidate) -> float:
    amounts = [figure for figure in candidate.new_figures if figure.kind == "amount"]
    has_duration = any(_TIME_UNIT.match(candidate.text, f.end) or _TIME_UNIT.match(f.unit) for f in amounts)
    return float(has_duration or bool(_FREQUENCY.search(candidate.text) or _SPAN_OF_TIME.search(candidate.text)))


def _number_score(candidate: _Candidate) -> float:
    return float(any(map(is_count, candidate.new_figures)))


def is_count(figure: Figure) -> bool:
    """Whether a figure counts or measures something: not a year, and not a word like 一个 or `one of`."""
    return figure.kind in ("amount", "percent") and not is_incidental(figure, MIN_COUNTED_IN_WORDS)


_WINDOW = {True: (14, 10), False: (40, 40)}  # characters before and after a figure; True: in a text with Han characters


def _beside_score(candidate: _Candidate) -> float:
    """How near a new figure is to a focus term of the question: 产值 in 产值是多少; 0.5 without a focus term."""
    question = candidate.question
    focus = [t for t in question.terms if t.word in question.focus_terms and not t.word[:1].isdigit()]
    if not focus:
        return 0.5
    before, after = _WINDOW[has_han(candidate.text)]
    best = 0.0
    for figure in candidate.new_figures:
        if figure.kind in ("amount", "percent"):
            window = text_view(candidate.text[max(0, figure.start - before) : figure.end + after])
            best = max(best, *(soft_term_match(term, window) for term in focus))
    return best


def _person_score(candidate: _Candidate) -> float:
    return float(any(candidate.is_new_name(name) for name in person_names(candidate.text)))


def _place_score(candidate: _Candidate) -> float:
    """How likely the sentence answers with a place; a rare place counts more than Suzhou in notes on Suzhou."""
    places = text_view(candidate.text).places - candidate.question.places
    scores = [candidate.rareness(place) for place in places]
    if not has_han(candidate.text):
        has_new_name = bool(missing_names(candidate.text, candidate.question.text))
        return max([*scores, _ANY_NAME * has_new_name])
    scores += [candidate.rareness(name) for name in place_names(candidate.text) if candidate.is_new_name(name)]
    scores += [_DISTRICT for name in district_names(candidate.text) if candidate.is_new_name(name)]
    return max(scores, default=0.0)


_QUOTED_TITLE = re.compile(r"[“‘《]([^”’》]{2,20})")


def _name_score(candidate: _Candidate) -> float:
    """How likely the sentence answers with the name of an organisation or product."""
    names = missing_names(candidate.text, candidate.question.text)
    scores = [_BODY_NAME * candidate.rareness(normalise(name)) for name in names]
    if has_han(candidate.text):
        scores += [_BODY_NAME for name in organisation_names(candidate.text) if candidate.is_new_name(name)]
        scores += [_QUOTED_NAME for name in _QUOTED_TITLE.findall(candidate.text) if candidate.is_new_name(name)]
    return max(scores, default=0.0)


_GROUNDS = re.compile(
    r"得益于|有赖于|原因|意在|之所以|缺乏|不足|制约|为此"
    r"|\b(?:thanks to|reason|owing|lack|hence|rests? on|so as to|aims?|intended)\b", re.I)


def _reason_score(candidate: _Candidate) -> float:
    return float(bool(REASON_CUE.search(candidate.text) or _GROUNDS.search(candidate.text)))


_SCORES: dict[str, Callable[[_Candidate], float]] = {
    "time": _time_score,
    "duration": _duration_score,
    "person": _person_score,
    "place": _place_score,
    "name": _name_score,
    "reason": _reason_score,
    "number": _number_score,
    "beside": _beside_score,
}

# amounts in currencies whose figures have no canonical unit, and a price of nothing
_CURRENCY = (
    r"(?:[美欧港日澳加]?元|英镑|日元|韩元|卢布|法郎|克朗|角|块钱?|euros?|pounds?|crowns?|dollars?|yen|francs?|rupees?|cents?"
    r"|pence|kron[ae]r?|EUR|GBP|USD|JPY|CHF|CNY|RMB)")
_MONEY = re.compile(
    rf"\d[\d.,]*\s?(?:[万亿千百]|million|billion|thousand|m|bn)?\s?{_CURRENCY}(?![A-Za-z])|[$€£¥￥]\s?\d"
    # a price without its currency, in a receipt or under the head of a column
    r"|(?:单价|小计|合计|总价|金额|价格|售价|票价|price|fee|cost)s?\s?[:：]?\s?\d"
    r"|(?:价|费|金额|租金|工资|price|fee|cost|rent)s?[^\d\n]{0,12}\s[\d,.]+$", re.I)
_FREE = re.compile(r"免费|不收费|free of charge|\bfor free\b|\bis free\b", re.I)
_NUMBER = r"\d[\d.,万亿千百余多]*"
_VALUE_PATTERNS = {value_type: re.compile(pattern, re.I) for value_type, pattern in {
    "people": rf"{_NUMBER}(?:名|位|人(?!民币))|{PEOPLE_NOUN}\b",
    "area": r"亩|平方|公顷|hectare|acre|square|\bmu\b",
    "weight": rf"{_NUMBER}(?:吨|公斤|千克)|\btonn?es?\b|\bkilo",
    "rank": (
        r"第[一二三四五六七八九十\d]+(?!次|批|个)|首位|榜首|领先|居|排名|之首"
        r"|\b(?:first|second|third|\w+th|1st|2nd|3rd)\b|\brank|\btops?\b|largest|highest|leading|most"),
    "university": r"大学|学院|\buniversit|\bcollege",
    "district": r"[^\W\d]{1,3}(?:区(?![域别分块])|县)|district|county|\bzone\b",
    "institution": r"大学|学院|研究院|研究所|科学院|公司|实验室|\buniversit|\binstitut|\bacadem|\blaborator",
    "ahead": r"明年|后年|\bnext year\b",
}.items()}


def contains_value(value_type: str, text: str, figures: Sequence[Figure]) -> bool:
    """Whether a sentence states a value of a type; `figures` are its figures that the question does not have."""
    if value_type == "money":
        is_amount = any(figure.unit in ("yuan", "usd") for figure in figures)
        return is_amount or (bool(figures) and _MONEY.search(text) is not None) or _FREE.search(text) is not None
    if value_type == "share":
        return any(figure.kind == "percent" or figure.value < 1 or figure.unit == "倍" for figure in figures)
    if value_type == "people" and not figures:
        return False
    return _VALUE_PATTERNS[value_type].search(text) is not None
