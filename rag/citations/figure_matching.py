"""A figure in a claim and the evidence become whether it stands there: as a value, with its unit and its year."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.numbers.figures import Figure, find_figures
from rag.text.language import has_han, sentence_spans, stem

# counters that may stand for each other: 6家企业, 6个企业
_COUNTERS = ("家个户处", "人名位个员", "项个件条种款类份部套台辆座支只片块批张", "年岁期", "天日", "万亿", "次届期", "所家个座")
_MEASURES = frozenset(stem(word) for word in """
kilometer kilometre mile meter metre foot feet inch hectare acre ton tonne kilogram gram litre liter year month week day hour
minute second people person degree mu watt kilowatt megawatt
""".split())
_SHORT_FOR = {"km": "kilometre", "kg": "kilogram", "m": "metre", "ha": "hectare", "tonnes": "ton"}
_LEAST_SPELLED = 11  # below it a number in words is as often part of a name (四大, one of) as a statement
_COUNTED_HAN = "家名位座人倍岁届"  # 六家 counts, 四大 and 一个 need not
_NEXT_WORD = re.compile(r"[\s-]*((?:[A-Za-z]+[\s-]+)??)([A-Za-z]+)")


@dataclass(frozen=True)
class Seen:
    """A figure in a text, with what its sentence says of it."""

    figure: Figure
    years: frozenset[int]  # that its sentence names
    year: int  # the one that goes with it, 0 where none can be told
    in_name: bool  # letters touch it: 5G, COVID-19
    measure: str  # the stem of the measure behind it: kilometr; of English only
    in_turn: bool = False  # its sentence tells years and figures one after another, or in English, where order tells little


def told(text: str, *, names: str = "", across: bool = False) -> list[Seen]:
    """The figures that a text states: all of them, but of small numbers in words only what counts something in `names`.

    `names`: a text whose things are counted; 七家, `seven factories` where it knows factories. `across`: the evidence is in the
    other language, and decades, months and scales without a number are left out, for the two tell them too differently.
    """
    return [seen for seen in every(text) if not (across and _is_loose(seen.figure, text))
            and (not (seen.figure.spelled and seen.figure.value < _LEAST_SPELLED) or _counts(seen.figure, text, names))]


_DECADE = re.compile("代|年代|s\\b")
_SCALES_ALONE = re.compile("[百千万亿萬億]+[元美]*元?")


def _is_loose(figure: Figure, text: str) -> bool:
    """A decade, a month without its year, a scale without a number: 万亿级."""
    month_alone = figure.unit == "月" or (figure.kind == "date" and figure.value < 10_000 and figure.value % 100 == 0)
    return month_alone or bool(_DECADE.match(text, figure.end)) or bool(_SCALES_ALONE.fullmatch(figure.text))


def every(text: str) -> list[Seen]:
    """Every figure of a text."""
    return list(_every(text))


@lru_cache(maxsize=2_000)
def _every(text: str) -> tuple[Seen, ...]:
    return tuple(_seen(text))


def _seen(text: str) -> Iterator[Seen]:
    found = find_figures(text)
    for start, end in sentence_spans(text):
        here = [f for f in found if start <= f.start < end]
        dated = [(f, int(f.value) // 10_000 if f.kind == "date" else int(f.value)) for f in here if f.kind in ("year", "date")]
        dated = [(f, year) for f, year in dated if year]
        for figure in here:
            in_turn = not has_han(text[start:end]) or "分别" in text[start:end]
            years = frozenset(year for _, year in dated)
            yield Seen(figure, years, _year_of(figure, dated, text), _in_name(figure, text), _measure(figure, text), in_turn)


def _year_of(figure: Figure, dated: Sequence[tuple[Figure, int]], text: str) -> int:
    """The year of a figure: the only one of its sentence, else the last before it; in English first `… in 2025` behind it."""
    if figure.kind in ("year", "date") or not dated:
        return 0
    if len({year for _, year in dated}) == 1:
        return dated[0][1]
    before = [(f, year) for f, year in dated if f.end <= figure.start]
    behind = next(((f, year) for f, year in dated if f.start >= figure.end), None)
    if behind and not has_han(text) and _IN.fullmatch(text[figure.end : behind[0].start]):
        return behind[1]
    return before[-1][1] if before else dated[0][1]


_IN = re.compile(r"[^,;.\d]{0,40}\b(?:in|by|during|for|since|until|of)\s+(?:the (?:year|end of)\s+|early |late )?")


def _measure(figure: Figure, text: str) -> str:
    following = _NEXT_WORD.match(text, figure.end)
    if following is None or has_han(figure.text):
        return ""
    roots = [stem(_SHORT_FOR.get(word.strip().lower(), word.strip().lower())) for word in following.groups()]
    return next((root for root in roots if root in _MEASURES), "")


_NAME_BEFORE, _NAME_BEHIND = re.compile(r"[A-Za-z][-‑]?\Z"), re.compile(r"(?!(?:st|nd|rd|th|s)\b)[A-Za-z](?![A-Za-z]{2})")


def _in_name(figure: Figure, text: str) -> bool:
    """True for the 5 of 5G and the 19 of COVID-19; `6km` is a measure."""
    bare = figure.kind == "amount" and figure.text.isdigit()
    return bare and bool(_NAME_BEFORE.search(text[max(0, figure.start - 2) : figure.start])
                         or (_NAME_BEHIND.match(text, figure.end) and not _measure(figure, text)))


def _counts(figure: Figure, text: str, names: str) -> bool:
    """True where a small number in words counts something that the other text knows, and so states a figure."""
    if figure.value < 2:
        return False
    if has_han(figure.text):
        return figure.unit in _COUNTED_HAN and bool(figure.unit)
    following = _NEXT_WORD.match(text, figure.end)
    return following is not None and any(
        len(word.strip()) > 3 and stem(word.strip().lower()) in _stems(names) for word in following.groups())


@lru_cache(maxsize=200)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word.lower()) for word in re.findall("[A-Za-z]+", text))


def holds(evidence: Seen, claimed: Seen) -> bool:
    """Equal as values, of one unit, and not said of another year."""
    if evidence.figure.spelled and evidence.figure.value == 1 and evidence.figure.unit != claimed.figure.unit:
        return False  # 新一代 and `one of` count nothing
    alike = evidence.figure.has_same_value(claimed.figure) or _money_alike(evidence.figure, claimed.figure)
    return alike and evidence.in_name == claimed.in_name and _of_one_unit(evidence, claimed) and _of_one_year(evidence, claimed)


_MONEY = 10_000  # beyond it a bare figure may be money: 3 trillion and 4 trillion yuan


def _money_alike(one: Figure, other: Figure) -> bool:
    """One value, of which one text names the currency and the other leaves it to what stands beside it."""
    return one.value == other.value >= _MONEY and one.kind == other.kind == "amount" and "" in (one.unit, other.unit) and (
        {"yuan", "usd"} & {one.unit, other.unit} != set())


def displaced(claimed: Seen, claim: str, sentence: str, *, both_sides: bool = False) -> bool:
    """True where the sentence that carries a claim has another figure in the very place of this one.

    The figure may stand elsewhere in the source, said of something else: `1家灯塔工厂` is wrong before 拥有6家灯塔工厂. A place is
    known by what stands on both sides of it; unless `both_sides` is asked for, by one alone where the sentence lacks the figure.
    """
    theirs, mine = every(sentence), every(claim)
    place, alike = _beside(claim, claimed.figure), [other for other in theirs if other.figure.is_comparable(claimed.figure)]
    there = [other for other in alike if _beside(sentence, other.figure) == place]  # of a list, several
    if there and any(place):
        return not any(holds(other, claimed) for other in there)
    if both_sides or any(holds(other, claimed) for other in theirs):
        return False
    return any(not any(holds(other, seen) for seen in mine) and _meets(place, _beside(sentence, other.figure)) for other in alike)


_PLACE = 3  # characters on either side by which a place is known


def _beside(text: str, figure: Figure) -> tuple[str, str]:
    """What stands right before a figure, and right behind it."""
    return _squeeze(text[: figure.start])[-_PLACE:], _squeeze(text[figure.end :])[:_PLACE]


def _meets(place: tuple[str, str], other: tuple[str, str]) -> bool:
    return any(mine == theirs and sum(character.isalpha() for character in mine) >= _PLACE - 1
               for mine, theirs in zip(place, other, strict=True))


def _squeeze(text: str) -> str:
    return re.sub(r"[\s“”‘’\"'「」]|\[\d+\]|[。.]$", "", text).lower()


def _of_one_unit(evidence: Seen, claimed: Seen) -> bool:
    mine, theirs = claimed.figure.unit, evidence.figure.unit
    if claimed.measure and evidence.measure and claimed.measure != evidence.measure:
        return False
    if not mine or not theirs or mine == theirs or claimed.figure.kind != "amount":
        return True
    return any(mine in group and theirs in group for group in _COUNTERS)


def _of_one_year(evidence: Seen, claimed: Seen) -> bool:
    if claimed.figure.kind in ("year", "date") or not claimed.year or not evidence.year:
        return True
    return claimed.year == evidence.year or (claimed.year in evidence.years and evidence.in_turn)


def nearest(claimed: Seen, evidence: Sequence[Seen]) -> Seen | None:
    """The figure that comes nearest to one that is not there: the same value otherwise told, else the next of its kind."""
    same = [seen for seen in evidence if seen.figure.value == claimed.figure.value or _digits(seen.figure) == _digits(claimed.figure) != ""]
    alike = same or [seen for seen in evidence if seen.figure.is_comparable(claimed.figure)]
    return min(alike, key=lambda seen: (abs(seen.figure.value - claimed.figure.value), seen.figure.start), default=None)


def _digits(figure: Figure) -> str:
    return re.sub(r"\D", "", figure.text)
