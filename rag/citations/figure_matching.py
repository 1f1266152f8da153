"""A figure in a claim and the evidence become whether it stands there: as a value, with its unit and its year."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.numbers.figures import Figure, find_figures
from rag.text.language import has_han, sentence_spans, stem

# counters that may stand for each other: 6家企业, 6个企业
_COUNTER_GROUPS = ("家个户处", "人名位个员", "项个件条种款类份部套台辆座支只片块批张", "年岁期", "天日", "万亿", "次届期", "所家个座")
_MEASURE_STEMS = frozenset(stem(word) for word in """
kilometer kilometre mile meter metre foot feet inch hectare acre ton tonne kilogram gram litre liter year month week day hour
minute second people person degree mu watt kilowatt megawatt
""".split())
_ABBREVIATIONS = {"km": "kilometre", "kg": "kilogram", "m": "metre", "ha": "hectare", "tonnes": "ton"}
_MIN_SPELLED_NUMBER = 11  # below it a number in words is as often part of a name (四大, one of) as a statement
_COUNT_UNITS_HAN = "家名位座人倍岁届"  # 六家 counts, 四大 and 一个 need not
_NEXT_WORD = re.compile(r"[\s-]*((?:[A-Za-z]+[\s-]+)??)([A-Za-z]+)")


@dataclass(frozen=True)
class FigureMention:
    """A figure in a text, with what its sentence says of it."""

    figure: Figure
    sentence_years: frozenset[int]  # that its sentence names
    year: int  # the one that goes with it, 0 where none can be told
    is_in_name: bool  # letters touch it: 5G, COVID-19
    measure_stem: str  # the stem of the measure behind it: kilometr; of English only
    has_ambiguous_year: bool = False  # its sentence tells years and figures one after another, or in English, where order tells little


def checkable_mentions(text: str, *, names: str = "", cross_lingual: bool = False) -> list[FigureMention]:
    """The figures that a text states: all of them, but of small numbers in words only what counts something in `names`.

    `names`: a text whose things are counted; 七家, `seven factories` where it knows factories. `across`: the evidence is in the
    other language, and decades, months and scales without a number are left out, for the two tell them too differently.
    """
    return [seen for seen in figure_mentions(text) if not (cross_lingual and _is_vague(seen.figure, text))
            and (not (seen.figure.spelled and seen.figure.value < _MIN_SPELLED_NUMBER) or _counts_known_noun(seen.figure, text, names))]


_DECADE = re.compile("代|年代|s\\b")
_BARE_SCALE = re.compile("[百千万亿萬億]+[元美]*元?")


def _is_vague(figure: Figure, text: str) -> bool:
    """A decade, a month without its year, a scale without a number: 万亿级."""
    month_alone = figure.unit == "月" or (figure.kind == "date" and figure.value < 10_000 and figure.value % 100 == 0)
    return month_alone or bool(_DECADE.match(text, figure.end)) or bool(_BARE_SCALE.fullmatch(figure.text))


def figure_mentions(text: str) -> list[FigureMention]:
    """Every figure of a text."""
    return list(_cached_mentions(text))


@lru_cache(maxsize=2_000)
def _cached_mentions(text: str) -> tuple[FigureMention, ...]:
    return tuple(_find_mentions(text))


def _find_mentions(text: str) -> Iterator[FigureMention]:
    found = find_figures(text)
    for start, end in sentence_spans(text):
        here = [f for f in found if start <= f.start < end]
        dated = [(f, int(f.value) // 10_000 if f.kind == "date" else int(f.value)) for f in here if f.kind in ("year", "date")]
        dated = [(f, year) for f, year in dated if year]
        for figure in here:
            in_turn = not has_han(text[start:end]) or "分别" in text[start:end]
            years = frozenset(year for _, year in dated)
            yield FigureMention(figure, years, _figure_year(figure, dated, text), _is_in_name(figure, text), _find_measure(figure, text), in_turn)


def _figure_year(figure: Figure, dated: Sequence[tuple[Figure, int]], text: str) -> int:
    """The year of a figure: the only one of its sentence, else the last before it; in English first `… in 2025` behind it."""
    if figure.kind in ("year", "date") or not dated:
        return 0
    if len({year for _, year in dated}) == 1:
        return dated[0][1]
    before = [(f, year) for f, year in dated if f.end <= figure.start]
    behind = next(((f, year) for f, year in dated if f.start >= figure.end), None)
    if behind and not has_han(text) and _YEAR_PREPOSITION.fullmatch(text[figure.end : behind[0].start]):
        return behind[1]
    return before[-1][1] if before else dated[0][1]


_YEAR_PREPOSITION = re.compile(r"[^,;.\d]{0,40}\b(?:in|by|during|for|since|until|of)\s+(?:the (?:year|end of)\s+|early |late )?")


def _find_measure(figure: Figure, text: str) -> str:
    following = _NEXT_WORD.match(text, figure.end)
    if following is None or has_han(figure.text):
        return ""
    roots = [stem(_ABBREVIATIONS.get(word.strip().lower(), word.strip().lower())) for word in following.groups()]
    return next((root for root in roots if root in _MEASURE_STEMS), "")


_NAME_BEFORE, _NAME_AFTER = re.compile(r"[A-Za-z][-‑]?\Z"), re.compile(r"(?!(?:st|nd|rd|th|s)\b)[A-Za-z](?![A-Za-z]{2})")


def _is_in_name(figure: Figure, text: str) -> bool:
    """True for the 5 of 5G and the 19 of COVID-19; `6km` is a measure."""
    bare = figure.kind == "amount" and figure.text.isdigit()
    return bare and bool(_NAME_BEFORE.search(text[max(0, figure.start - 2) : figure.start])
                         or (_NAME_AFTER.match(text, figure.end) and not _find_measure(figure, text)))


def _counts_known_noun(figure: Figure, text: str, names: str) -> bool:
    """True where a small number in words counts something that the other text knows, and so states a figure."""
    if figure.value < 2:
        return False
    if has_han(figure.text):
        return figure.unit in _COUNT_UNITS_HAN and bool(figure.unit)
    following = _NEXT_WORD.match(text, figure.end)
    return following is not None and any(
        len(word.strip()) > 3 and stem(word.strip().lower()) in _word_stems(names) for word in following.groups())


@lru_cache(maxsize=200)
def _word_stems(text: str) -> frozenset[str]:
    return frozenset(stem(word.lower()) for word in re.findall("[A-Za-z]+", text))


def same_figure(evidence: FigureMention, claimed: FigureMention) -> bool:
    """Equal as values, of one unit, and not said of another year."""
    if evidence.figure.spelled and evidence.figure.value == 1 and evidence.figure.unit != claimed.figure.unit:
        return False  # 新一代 and `one of` count nothing
    alike = evidence.figure.has_same_value(claimed.figure) or _same_money(evidence.figure, claimed.figure)
    return alike and evidence.is_in_name == claimed.is_in_name and _same_unit(evidence, claimed) and _same_year(evidence, claimed)


_MIN_BARE_MONEY = 10_000  # beyond it a bare figure may be money: 3 trillion and 4 trillion yuan


def _same_money(one: Figure, other: Figure) -> bool:
    """One value, of which one text names the currency and the other leaves it to what stands beside it."""
    return one.value == other.value >= _MIN_BARE_MONEY and one.kind == other.kind == "amount" and "" in (one.unit, other.unit) and (
        {"yuan", "usd"} & {one.unit, other.unit} != set())


def replaced_in_context(claimed: FigureMention, claim: str, sentence: str, *, both_sides: bool = False) -> bool:
    """True where the sentence that carries a claim has another figure in the very place of this one.

    The figure may stand elsewhere in the source, said of something else: `1家灯塔工厂` is wrong before 拥有6家灯塔工厂. A place is
    known by what stands on both sides of it; unless `both_sides` is asked for, by one alone where the sentence lacks the figure.
    """
    theirs, mine = figure_mentions(sentence), figure_mentions(claim)
    place, alike = _figure_context(claim, claimed.figure), [other for other in theirs if other.figure.is_comparable(claimed.figure)]
    there = [other for other in alike if _figure_context(sentence, other.figure) == place]  # of a list, several
    if there and any(place):
        return not any(same_figure(other, claimed) for other in there)
    if both_sides or any(same_figure(other, claimed) for other in theirs):
        return False
    return any(not any(same_figure(other, seen) for seen in mine) and _contexts_match(place, _figure_context(sentence, other.figure)) for other in alike)


_CONTEXT_WIDTH = 3  # characters on either side by which a place is known


def _figure_context(text: str, figure: Figure) -> tuple[str, str]:
    """What stands right before a figure, and right behind it."""
    return _normalise_context(text[: figure.start])[-_CONTEXT_WIDTH:], _normalise_context(text[figure.end :])[:_CONTEXT_WIDTH]


def _contexts_match(context: tuple[str, str], other: tuple[str, str]) -> bool:
    return any(mine == theirs and sum(character.isalpha() for character in mine) >= _CONTEXT_WIDTH - 1
               for mine, theirs in zip(context, other, strict=True))


def _normalise_context(text: str) -> str:
    return re.sub(r"[\s“”‘’\"'「」]|\[\d+\]|[。.]$", "", text).lower()


def _same_unit(evidence: FigureMention, claimed: FigureMention) -> bool:
    mine, theirs = claimed.figure.unit, evidence.figure.unit
    if claimed.measure_stem and evidence.measure_stem and claimed.measure_stem != evidence.measure_stem:
        return False
    if not mine or not theirs or mine == theirs or claimed.figure.kind != "amount":
        return True
    return any(mine in group and theirs in group for group in _COUNTER_GROUPS)


def _same_year(evidence: FigureMention, claimed: FigureMention) -> bool:
    if claimed.figure.kind in ("year", "date") or not claimed.year or not evidence.year:
        return True
    return claimed.year == evidence.year or (claimed.year in evidence.sentence_years and evidence.has_ambiguous_year)


def nearest_mention(claimed: FigureMention, evidence: Sequence[FigureMention]) -> FigureMention | None:
    """The figure that comes nearest to one that is not there: the same value otherwise told, else the next of its kind."""
    same = [seen for seen in evidence if seen.figure.value == claimed.figure.value or _figure_digits(seen.figure) == _figure_digits(claimed.figure) != ""]
    alike = same or [seen for seen in evidence if seen.figure.is_comparable(claimed.figure)]
    return min(alike, key=lambda seen: (abs(seen.figure.value - claimed.figure.value), seen.figure.start), default=None)


def _figure_digits(figure: Figure) -> str:
    return re.sub(r"\D", "", figure.text)
