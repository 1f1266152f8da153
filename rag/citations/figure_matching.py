"""Figure matching: whether a figure of a claim occurs in the evidence with the same value, unit and year."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from rag.numbers.figures import Figure, find_figures, is_incidental
from rag.text.language import has_han, sentence_spans, stem
from rag.text.lexicon import load_lexicon

# counters of one group are interchangeable: 6家企业, 6个企业
_COUNTER_GROUPS = (
    "家个户处", "人名位个员", "项个件条种款类份部套台辆座支只片块批张", "年岁期", "天日", "万亿", "次届期", "所家个座")
_MEASURE_STEMS = frozenset(map(stem, load_lexicon("rag.citations", "english_measures")))
_ABBREVIATIONS = {"km": "kilometre", "kg": "kilogram", "m": "metre", "ha": "hectare", "tonnes": "ton"}
_COUNT_UNITS_HAN = "家名位座人倍岁届"  # 六家 is a count; 四大 and 一个 may not be
_NEXT_WORD = re.compile(r"[\s-]*((?:[A-Za-z]+[\s-]+)??)([A-Za-z]+)")


@dataclass(frozen=True)
class FigureMention:
    """A figure in a text, with the year, the measure and the name that its sentence connects with it."""

    figure: Figure
    sentence_years: frozenset[int]  # all years that its sentence names
    year: int  # the year of the figure; 0 if the sentence names none
    is_in_name: bool  # letters are directly next to it: 5G, COVID-19
    measure_stem: str  # the stem of the measure after it: kilometr; English only, else empty
    # the order does not show which year belongs to the figure: parallel lists (分别), or an English sentence
    has_ambiguous_year: bool = False


def checkable_mentions(text: str, *, names: str = "", cross_lingual: bool = False) -> list[FigureMention]:
    """The figures of a text that can be checked: all but small numbers in words that count nothing in the evidence.

    `names` is the text of the evidence: `seven factories` is checkable if it mentions factories; 七家 always is. With
    `cross_lingual` the evidence is in the other language; then decades, months without a year and scales without a
    number are left out, because the two languages write them too differently.
    """
    mentions = []
    for mention in figure_mentions(text):
        is_stated = not is_incidental(mention.figure) or _counts_known_noun(mention.figure, text, names)
        if is_stated and not (cross_lingual and _is_vague(mention.figure, text)):
            mentions.append(mention)
    return mentions


_DECADE = re.compile("代|年代|s\\b")
_BARE_SCALE = re.compile("[百千万亿萬億]+[元美]*元?")


def _is_vague(figure: Figure, text: str) -> bool:
    """Whether a figure is a decade, a month without its year, or a scale without a number (万亿级)."""
    month_alone = figure.unit == "月" or (figure.kind == "date" and figure.value < 10_000 and figure.value % 100 == 0)
    return month_alone or bool(_DECADE.match(text, figure.end)) or bool(_BARE_SCALE.fullmatch(figure.text))


def figure_mentions(text: str) -> list[FigureMention]:
    """The figures of a text, left to right."""
    return list(_cached_mentions(text))


@lru_cache(maxsize=2_000)
def _cached_mentions(text: str) -> tuple[FigureMention, ...]:
    return tuple(_find_mentions(text))


def _find_mentions(text: str) -> Iterator[FigureMention]:
    figures = find_figures(text)
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        sentence_figures = [figure for figure in figures if start <= figure.start < end]
        dated = [(figure, year) for figure in sentence_figures if (year := _named_year(figure))]
        years = frozenset(year for _, year in dated)
        is_ambiguous = not has_han(sentence) or "分别" in sentence
        for figure in sentence_figures:
            yield FigureMention(
                figure, years, _figure_year(figure, dated, text), _is_in_name(figure, text),
                _find_measure(figure, text), is_ambiguous)


def _named_year(figure: Figure) -> int:
    """The year that a figure names, alone or in a date; 0 if none."""
    if figure.kind == "date":
        return int(figure.value) // 10_000
    return int(figure.value) if figure.kind == "year" else 0


def _figure_year(figure: Figure, dated: Sequence[tuple[Figure, int]], text: str) -> int:
    """The year of a figure: the only one of its sentence, else the last before it, else the first.

    In English a year with a preposition after the figure comes first: `5 trillion yuan in 2025`.
    """
    if figure.kind in ("year", "date") or not dated:
        return 0
    if len({year for _, year in dated}) == 1:
        return dated[0][1]
    years_before = [year for dated_figure, year in dated if dated_figure.end <= figure.start]
    following = next(((next_figure, year) for next_figure, year in dated if next_figure.start >= figure.end), None)
    if following and not has_han(text):
        next_figure, year = following
        if _YEAR_PREPOSITION.fullmatch(text[figure.end : next_figure.start]):
            return year
    return years_before[-1] if years_before else dated[0][1]


_YEAR_PREPOSITION = re.compile(
    r"[^,;.\d]{0,40}\b(?:in|by|during|for|since|until|of)\s+(?:the (?:year|end of)\s+|early |late )?")


def _find_measure(figure: Figure, text: str) -> str:
    """The stem of the English measure after a figure; empty if there is none."""
    following = _NEXT_WORD.match(text, figure.end)
    if following is None or has_han(figure.text):
        return ""
    words = [word.strip().lower() for word in following.groups()]
    stems = [stem(_ABBREVIATIONS.get(word, word)) for word in words]
    return next((word_stem for word_stem in stems if word_stem in _MEASURE_STEMS), "")


_NAME_BEFORE = re.compile(r"[A-Za-z][-‑]?\Z")
_NAME_AFTER = re.compile(r"(?!(?:st|nd|rd|th|s)\b)[A-Za-z](?![A-Za-z]{2})")


def _is_in_name(figure: Figure, text: str) -> bool:
    """Whether letters are directly next to a figure, as in 5G and COVID-19; in `6km` the letters are a measure."""
    if figure.kind != "amount" or not figure.text.isdigit():
        return False
    if _NAME_BEFORE.search(text[max(0, figure.start - 2) : figure.start]):
        return True
    return bool(_NAME_AFTER.match(text, figure.end)) and not _find_measure(figure, text)


def _counts_known_noun(figure: Figure, text: str, names: str) -> bool:
    """Whether a small number in words counts something that the evidence mentions, so that it states a figure."""
    if figure.value < 2:
        return False
    if has_han(figure.text):
        return figure.unit in _COUNT_UNITS_HAN and bool(figure.unit)
    following = _NEXT_WORD.match(text, figure.end)
    words = [word.strip().lower() for word in following.groups()] if following else []
    return any(len(word) > 3 and stem(word) in _word_stems(names) for word in words)


@lru_cache(maxsize=200)
def _word_stems(text: str) -> frozenset[str]:
    return frozenset(stem(word.lower()) for word in re.findall("[A-Za-z]+", text))


def same_figure(evidence: FigureMention, claimed: FigureMention) -> bool:
    """Whether two figures have the same value and unit, and do not belong to different years."""
    if evidence.figure.spelled and evidence.figure.value == 1 and evidence.figure.unit != claimed.figure.unit:
        return False  # 新一代 and `one of` count nothing
    if not (evidence.figure.has_same_value(claimed.figure) or _same_money(evidence.figure, claimed.figure)):
        return False
    if evidence.is_in_name != claimed.is_in_name:
        return False
    return _same_unit(evidence, claimed) and _same_year(evidence, claimed)


_MIN_BARE_MONEY = 10_000  # from this value on, a figure without a unit may be money: 3 trillion and 4 trillion yuan


def _same_money(left: Figure, right: Figure) -> bool:
    """Whether two amounts are equal and only one of them is written with its currency."""
    if left.value != right.value or left.value < _MIN_BARE_MONEY or not left.kind == right.kind == "amount":
        return False
    return {left.unit, right.unit} in ({"", "yuan"}, {"", "usd"})


def replaced_in_context(claimed: FigureMention, claim: str, sentence: str, *, both_sides: bool = False) -> bool:
    """Whether the sentence that supports a claim has another figure in the place where the claim has this one.

    The claimed figure may occur elsewhere in the source, for something else: `1家灯塔工厂` is wrong if the sentence
    has 拥有6家灯塔工厂. Two figures are in the same place if the text on both sides of them is the same. If the
    sentence lacks the claimed figure, the text on one side is enough, unless `both_sides` is set.
    """
    claim_mentions, sentence_mentions = figure_mentions(claim), figure_mentions(sentence)
    context = _figure_context(claim, claimed.figure)
    comparable = [mention for mention in sentence_mentions if mention.figure.is_comparable(claimed.figure)]
    # a list of figures may have several
    in_same_place = [mention for mention in comparable if _figure_context(sentence, mention.figure) == context]
    if in_same_place and any(context):
        return not any(same_figure(mention, claimed) for mention in in_same_place)
    if both_sides or any(same_figure(mention, claimed) for mention in sentence_mentions):
        return False
    for mention in comparable:
        is_in_claim = any(same_figure(mention, other) for other in claim_mentions)
        if not is_in_claim and _contexts_match(context, _figure_context(sentence, mention.figure)):
            return True
    return False


_CONTEXT_WIDTH = 3  # characters on either side of a figure that identify its place


def _figure_context(text: str, figure: Figure) -> tuple[str, str]:
    """The characters directly before a figure and directly after it."""
    before, after = _normalise_context(text[: figure.start]), _normalise_context(text[figure.end :])
    return before[-_CONTEXT_WIDTH:], after[:_CONTEXT_WIDTH]


def _contexts_match(left: tuple[str, str], right: tuple[str, str]) -> bool:
    """Whether two contexts are the same on one side, and have enough letters there to be significant."""
    for left_side, right_side in zip(left, right, strict=True):
        if left_side == right_side and sum(map(str.isalpha, left_side)) >= _CONTEXT_WIDTH - 1:
            return True
    return False


def _normalise_context(text: str) -> str:
    return re.sub(r"[\s“”‘’\"'「」]|\[\d+\]|[。.]$", "", text).lower()


def _same_unit(evidence: FigureMention, claimed: FigureMention) -> bool:
    claimed_unit, evidence_unit = claimed.figure.unit, evidence.figure.unit
    if claimed.measure_stem and evidence.measure_stem and claimed.measure_stem != evidence.measure_stem:
        return False
    if not claimed_unit or not evidence_unit or claimed_unit == evidence_unit or claimed.figure.kind != "amount":
        return True
    return any(claimed_unit in group and evidence_unit in group for group in _COUNTER_GROUPS)


def _same_year(evidence: FigureMention, claimed: FigureMention) -> bool:
    if claimed.figure.kind in ("year", "date") or not claimed.year or not evidence.year:
        return True
    return claimed.year == evidence.year or (claimed.year in evidence.sentence_years and evidence.has_ambiguous_year)


def nearest_mention(claimed: FigureMention, evidence: Sequence[FigureMention]) -> FigureMention | None:
    """The figure of the evidence that is nearest to a claimed figure without a match; None if there is no candidate.

    Candidates are those with the same value or the same digits, else those of the same kind.
    """
    same_number = [mention for mention in evidence if _has_same_number(mention.figure, claimed.figure)]
    candidates = same_number or [mention for mention in evidence if mention.figure.is_comparable(claimed.figure)]

    def distance(mention: FigureMention) -> tuple[Fraction, int]:
        return abs(mention.figure.value - claimed.figure.value), mention.figure.start

    return min(candidates, key=distance, default=None)


def _has_same_number(left: Figure, right: Figure) -> bool:
    """Whether two figures have the same value, or the same digits as written."""
    digits = re.sub(r"\D", "", left.text)
    return left.value == right.value or (digits != "" and digits == re.sub(r"\D", "", right.text))
