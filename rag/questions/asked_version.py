"""Asked version: which version of a document a question names, and the question without it.

`2022年版的罚款是多少？` → the version of 2022, 罚款是多少？; `What was the fine before the revision?` → the one before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from rag.questions.asked_days import find_days, find_month_days, find_relative_years, remove_days, remove_relative_years
from rag.questions.version_phrases import COMPARISON, PHRASES, YEAR
from rag.references.stated_version import comparable_number
from rag.references.version_titles import version_number

VersionAge = Literal["draft", "trial", "later", "original", "earlier", "new", "current"]
_AGES: tuple[VersionAge, ...] = get_args(VersionAge)  # a question that has several of them is about the first
_LEAD = re.compile(
    r"^(?:(?:in|under|the|of|per|by|for|from|with|according to|on|within|its|this)\s|按照?|根据|依据|在)+", re.I)


@dataclass(frozen=True)
class AskedVersion:
    """What a question says of the version that it asks about; empty parts if it says nothing.

    `years` are named as those of versions (2022年版), `days` are only in the question (2022年, May 2023): they may be
    about the matter itself. `rest` is the question without what names the version, `rest_with_days` with the days.
    """

    question: str
    rest: str
    rest_with_days: str
    years: tuple[int, ...] = ()
    numbers: tuple[str, ...] = ()
    days: tuple[str, ...] = ()  # ISO 8601, as far as they are named
    month_days: tuple[str, ...] = ()  # of a version that is named by them without a year, 05-12: the notice of 12 May
    ages: tuple[VersionAge, ...] = ()  # the likeliest first
    is_comparison: bool = False  # it asks for a change, or about several years
    phrases: tuple[str, ...] = ()  # what names the version in the question, days not included

    @property
    def is_named(self) -> bool:
        """Whether the question names a version, other than by a date."""
        return bool(self.years or self.numbers or self.ages or self.month_days)

    @property
    def age(self) -> VersionAge | None:
        """The version that it names by its age, beside the others; None if it does not."""
        return self.ages[0] if self.ages else None


_HALF_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}


def find_asked_version(question: str, today: date | None = None) -> AskedVersion:
    """The version that a question names; `today`: the day from which 去年 and `last year` are counted, if they count.

    >>> asked = find_asked_version("2022年版的罚款是多少？")
    >>> asked.years, asked.rest
    ((2022,), '罚款是多少？')
    """
    text = question.translate(_HALF_WIDTH)
    found: dict[str, list[str]] = {}
    for name, pattern in PHRASES:
        for match in pattern.finditer(text):
            found.setdefault(name, []).append(match[0])
        text = pattern.sub(" ", text)
    ages = tuple(age for age in _AGES if age in found)
    years = [int(year) for part in found.get("year", ()) for year in re.findall(YEAR, part)]
    years += [int(part[:4]) for phrase in found.get("period", ()) for part in re.findall(YEAR + ".*", phrase)]
    numbers = [
        comparable_number(version_number(_LEAD.sub("", part)))
        for phrase in found.get("number", ()) for part in re.split(r" (?:and|or|to) ", phrase)]
    is_of_both = _names_both(ages, question)
    if is_of_both:
        text = _BARE_CLAUSE.sub("", text)
    days = tuple(find_days(text))
    month_days = tuple(day for part in found.get("month day", ()) for day in find_month_days(part))
    undated = remove_days(text)
    if today:
        days, undated = (*days, *find_relative_years(text, today)), remove_relative_years(undated)
    if not ages and years and any(re.search("(?:修订|修正|修改)以?前", part) for part in found.get("year", ())):
        ages = ("earlier",)
    return AskedVersion(
        question=question,
        rest=_ask_for_value(_tidy(undated, question)), rest_with_days=_ask_for_value(_tidy(text, question)),
        years=tuple(dict.fromkeys(years)), numbers=tuple(number for number in dict.fromkeys(numbers) if number),
        days=days, month_days=month_days, ages=ages,
        is_comparison=is_of_both or "several" in found or bool(COMPARISON.search(question))
        or len({*years, *(day[:4] for day in days)}) > 1,
        phrases=tuple(phrase.strip(" ,，") for phrases in found.values() for phrase in phrases))


def _names_both(ages: Sequence[VersionAge], question: str) -> bool:
    """Whether a question asks of now and of before, each in a clause of its own: 现在几点发车，以前是几点？"""
    is_of_old, is_of_new = {"earlier", "original"} & {*ages}, {"current", "new", "later"} & {*ages}
    return bool(is_of_old and is_of_new) and bool(re.search(r"[，,；;、和与]|\b(?:and|or|than)\b", question))


# what is left of a clause that only names another version: ，是几点？
_BARE_CLAUSE = re.compile(r"[，,；;]\s*(?:又|则)?(?:是|为)?(?:多少|几)[一-鿿]{0,3}\s*(?=[？?]|$)")


_WHAT_CHANGED = re.compile(
    r"(?:发生了?)?(?:有)?(?:了?(?:什么|哪些|何|怎样的|怎么样的))(?:变化|不同|不一样|区别|差别|差异|调整|改动)|(?:是)?(?:怎么|如何|怎样)(?:变化|改变|变)的?"
    r"|(?:一共|总共)?(?:提高|降低|上涨|下降|上调|下调|增加|减少|涨|降|变)了多少|(?:相)?差多少"
    r"|从多少(?:改为|改成|变为|调整为|提高到|降低?到|涨到)(?:了)?多少|(?:改为|改成|变成|调整为)(?:了)?(?:多少|什么)?(?=[？?]|$)")


_ABOUT = r"(?:about|in|on|for|with|to|as to|regarding|concerning|with regard to)"
_WHAT_CHANGED_EN = tuple(re.compile(pattern, re.I) for pattern in (
    r"\bhow (?:did|does|has|have) changed? (?P<value>.+)$",  # the version that changed it has been taken out
    rf"\bhow (?:do|does|did) .*?\bdiffer\b.*?\b{_ABOUT} (?P<value>.+)$",
    rf"\bwhat (?:has |have )?(?:been )?(?:changed|changes|is different|is new) {_ABOUT} (?P<value>.+)$",
    rf"\b(?:differences?|changes?) (?:between|from)\W*(?:and\b)?\W*{_ABOUT} (?P<value>.+)$",
    r"\bwhat (?:is|are|was) the (?:differences?|changes?) (?:in|of|to|for) (?P<value>.+?)(?: (?:between|from|in) .*)?$",
    r"\b(?:by )?how much (?:did|has|have) (?P<value>.+?) (?:rise|risen|increased?|gone? up|fall|fallen|decreased?|drop"
    r"|dropped|gone? down)\b.*$",
    r"\bhow (?:did|has|have) (?P<value>.+?) (?:changed?|differ)\b.*$"))


def _ask_for_value(text: str) -> str:
    """A question for a change as one for the value: 押金有什么变化？ → 押金是多少？; What changed about fees? → What is fees?"""
    text = re.sub(r"^compare\W+", "", text, flags=re.I)
    for pattern in _WHAT_CHANGED_EN:
        if found := pattern.search(text.rstrip(" ?.")):
            return f"What is {found['value']}?"
    text = text.replace("分别", "")  # of each version
    rest, count = _WHAT_CHANGED.subn("", text)
    if not count:
        return text
    rest = re.sub(r"(?:从|由)?\s*(?:到|至|和|与|、)\s*(?=[，,？?]|$)|[的，,]+(?=[？?]|$)", "", rest.strip())
    return f"{rest.rstrip('？?。 ')}是多少？"


def _tidy(text: str, question: str) -> str:
    """The text without what was around a part that has been taken out of it; nothing is, if it is the question."""
    if text == question:
        return text
    text = re.sub(r"(?<=[一-鿿，？])\s+|\s+(?=[一-鿿，？?])", "", " ".join(text.split()))
    text = re.sub(r"\b(?:under|in|according to|per|by|from|of) (?:the )?(?=[,?.]|$)", "", text, flags=re.I)
    text = re.sub(r"\s?(?:从|由)?(?:到|至)(?=有|发生|的变化|[？?]|$)", "", text)
    text = re.sub(r"^(?:里|中|下|时|的|规定|和|与|，|,|、|\s|and |what about )+(?=\S)", "", text)
    return re.sub(r"\s+(?=[,?.!])", "", text).strip()
