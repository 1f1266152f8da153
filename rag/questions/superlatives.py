"""Superlatives: whether a question asks for the largest, the third largest or the first three, and of what measure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from rag.numbers.numerals import parse_number
from rag.questions.number_conditions import Span
from rag.text.lexicon import load_lexicon


@dataclass(frozen=True)
class Superlative:
    """The records that a superlative asks for.

    `is_largest`: the largest, latest or best; `measure`: what its adjective compares, `price` for 最便宜, empty for 最大;
    `ranks`: the first and the last rank asked for, (1, 3) for the top three; a rank of 0 or less does not exist.
    """

    is_largest: bool = True
    measure: str = ""
    ranks: tuple[int, int] = (1, 1)
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class _Adjective:
    zh: str  # alternatives of a pattern
    en: str
    is_largest: bool
    measure: str


@cache
def _adjectives() -> tuple[_Adjective, ...]:
    rows = (line.split("\t") for line in load_lexicon("rag.questions", "comparison_adjectives"))
    return tuple(_Adjective(row[0], row[1], row[2] == "+", row[3] if len(row) > 3 else "") for row in rows)


def adjective_pattern(*, plain: bool = False) -> str:
    """The Chinese adjectives of comparison as alternatives of a pattern, longer ones first.

    `plain`: of one character only those that are compared with 比 and stand for themselves: 比…多, not 比…红.
    """
    words = (word for adjective in _adjectives() for word in adjective.zh.split("|"))
    chosen = (word for word in words if not plain or len(word) > 1 or word in _PLAIN)
    return "|".join(sorted(chosen, key=len, reverse=True))


_PLAIN = frozenset("贵快慢早晚迟新老长久短重轻远近热冷大小高低矮多少好强优佳差弱")


def _split_alternatives(pattern: str) -> list[str]:
    """The alternatives of a pattern on its outermost level: `(?:most )?dear|dearest` has two."""
    parts, depth = [""], 0
    for sign in pattern:
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def adjective_direction(word: str) -> tuple[bool, str]:
    """Whether an adjective of comparison means the largest, and what it compares: 便宜 → False, `price`."""
    for adjective in _adjectives():
        if re.fullmatch(f"(?:{adjective.zh}|{adjective.en})", word):
            return adjective.is_largest, adjective.measure
    return True, ""


_ORDINALS = {word: number for number, words in enumerate(
    ("second 2nd two", "third 3rd three", "fourth 4th four", "fifth 5th five", "six", "seven", "eight", "nine", "ten"),
    2)
    for word in words.split()}
_EST = "(?:most|least|[a-z]+est)"
_NO_SUPERLATIVE = "inter|requ|t|w|r|gu|for|harv|northw|southw|contr|manif|arr|ch|n|qu|inv"  # west, interest, guest
_NUMBER = r"\d{1,3}|[一二两三四五六七八九十]{1,3}|two|three|four|five|six|seven|eight|nine|ten"
CLASSIFIERS = "个家位座种款条项所件张台辆间套本部支只届门些几趟批笔份单班场颗棵头匹艘架幢栋样类名户片块层级票站区县市店科人道处封枚盘节期次回"
_RANKED = "".join(sign for sign in CLASSIFIERS if sign not in "届期次回节班场")  # 前三届 and 前三期 are times
_SHORT = "大|高|多|长|贵|低|小|少|早|晚|快|便宜"


@cache
def _superlative() -> re.Pattern[str]:
    return re.compile(
        rf"最(?:为)?(?P<zh>{adjective_pattern()})(?:的)?|(?P<max>最大值|最高值|最小值|最低值)"
        rf"|\b(?P<en>(?:{_superlative_forms()})|(?<!at )(?:most|least)(?! of\b)"
        rf"|(?!(?:{_NO_SUPERLATIVE})est\b)[a-z]+est"
        r"|dearest|best|worst|maximum|minimum|fewest|top(?= seller| earner| scorer))\b")


_COMPARATIVE_FORM = re.compile(r"(?:more|less|better|worse|[a-z]+er)\b")


def _superlative_forms() -> str:
    """The English superlatives that have several words, or do not end in -est."""
    forms = [form for adjective in _adjectives() for form in _split_alternatives(adjective.en)]
    several = [form for form in forms if " " in form and not _COMPARATIVE_FORM.match(form)]
    return "|".join(sorted(several, key=len, reverse=True))


_TOP = re.compile(
    rf"(?:排名?(?:在)?|位居|位列|居)?[前头](?P<n>{_NUMBER})[强大{_RANKED}]?(?:的)?"
    rf"|(?:排名?|位居|位列)?[倒后](?:数)?(?P<last>{_NUMBER})(?:名|位|个|家)"
    rf"|\b(?:top|first|best|bottom|last)[ -](?P<top>{_NUMBER})\b")


@cache
def _several() -> re.Pattern[str]:
    return re.compile(
        rf"最(?:{adjective_pattern()})的(?:前)?(?P<n>{_NUMBER})[{CLASSIFIERS}天月季年次场]"
        rf"|(?:\bthe )?(?P<before>{_NUMBER})\s(?={_EST}\b)"
        rf"|\b(?:(?<=which )|(?<=the )|(?<=name )|(?<=list )|(?<=what ))(?P<asked>{_NUMBER})\s(?=.{{1,80}}\b{_EST}\b)")


_NTH = re.compile(
    rf"(?:排名?(?:在)?|位居|位列|名列)第(?P<placed>{_NUMBER})(?![^名位的，。？?]?(?:季|个月))(?:名|位)?(?:的)?"
    rf"|(?:居|列|得)?第(?P<n>{_NUMBER})(?:名|位|(?P<adjective>{_SHORT})(?:的)?)"
    rf"|\b(?P<en>second|third|fourth|fifth|2nd|3rd|4th|5th)[- ](?={_EST}\b|place)"
    r"|\b(?:came|finished|ranked|ranks|is|comes|placed)(?: in)? (?P<place>second|third|fourth|fifth|2nd|3rd|4th|5th)\b"
    r"(?: place)?")


def find_superlative(text: str) -> Superlative | None:
    """What a superlative, `top three` or `第二大` of a canonical text asks for; None without one."""
    superlative, top, nth = _superlative().search(text), _TOP.search(text), _NTH.search(text)
    if not superlative and not top and not nth:
        return None
    is_largest, measure = True, ""
    spans = [superlative.span()] if superlative else []
    if superlative:
        is_largest, measure = adjective_direction(superlative["zh"] or superlative["en"] or superlative["max"][1])
    ranks = (1, 1)
    if superlative and (several := _several().search(text)):
        ranks = (1, _count_of(several, "n", "before", "asked"))
        spans.append(several.span())
    elif top:
        ranks = (1, _count_of(top, "n", "last", "top"))
        is_largest = is_largest and not top["last"] and not re.match("bottom|last", top.group())
        spans.append(top.span())
    elif nth:
        rank = _count_of(nth, "placed", "n", "en", "place")
        ranks = (rank, rank)
        if nth["adjective"]:
            is_largest, measure = adjective_direction(nth["adjective"])
        spans.append(nth.span())
    return Superlative(is_largest, measure, ranks, tuple(spans))


def _count_of(match: re.Match[str], *names: str) -> int:
    """The number in the first of these groups that matched; 0 for numerals that are no number: 前一二三名."""
    text = next(match[name] for name in names if match[name])
    try:
        return _ORDINALS.get(text) or int(parse_number(text))
    except ValueError:
        return 0


_RANK_OF = re.compile(
    r"(?:排名?(?:在|是)?|位列|名列|排在?)?第几(?:名|位)?|排名(?:是)?(?:多少|如何|情况)?|\bwhat (?:rank|place|position)\b"
    r"|\bwhere does .{1,60} rank\b|\brank(?:s|ed|ing)?\b")


def find_rank_words(text: str) -> Iterator[Span]:
    """Where a question asks for the rank of something: 排第几, `What rank is …`."""
    for match in _RANK_OF.finditer(text):
        yield match.span()


_NO_COMPARATIVE = "ov|und|oth|aft|eith|wheth|nev|ev|numb|memb|lett|off|summ|quart|wat|pow|pap|riv|wint|cent|comput"


@cache
def _comparative() -> re.Pattern[str]:
    return re.compile(
        rf"(?:比.{{1,30}}?更?|更)(?P<zh>{adjective_pattern(plain=True)})"
        rf"|\b(?P<en>more expensive|more|less|fewer|(?!(?:{_NO_COMPARATIVE})er\b)[a-z]{{3,}}er)\b")


def find_comparative(text: str) -> Superlative | None:
    """The comparative of a question for which of two is more: direction, measure and place; None without one."""
    match = _comparative().search(text)
    if match is None:
        return None
    is_largest, measure = adjective_direction(match["zh"] or match["en"])
    return Superlative(is_largest, measure, spans=(match.span(),))
