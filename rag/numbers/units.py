"""Units: figures as values in base units, which can be compared, and the measures that a text names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from rag.numbers.figures import Figure

Exactness = Literal["", "about", "over", "under"]


@dataclass(frozen=True)
class Value:
    """A figure in the base unit of its family; values of one family can be compared.

    `family` is yuan, usd, share, growth, count, `change of …`, or a physical base unit such as m.
    """

    number: Fraction  # in the base unit; 8.7% is 0.087
    family: str
    exactness: Exactness
    step: Fraction  # place value of the last written digit: 0.1 trillion for 4.4万亿; 0 for a plain whole number


# base unit, factor that converts the unit to it, and the unit's names in both languages
_UNITS = tuple((base, Fraction(factor), re.compile(rf"[ \u00a0-]?(?:{pattern})", re.I)) for base, factor, pattern in (
    ("m/h", "1000", r"公里[/每]小?时|千米[/每]小?时|kilomet(?:re|er)s? (?:per|an) hour\b|km/h\b|kmh\b|kph\b"),
    ("m/h", "1609.344", r"英里[/每]小?时|miles (?:per|an) hour\b|mph\b"),
    ("m2", "1000000", r"平方公里|平方千米|(?:square|sq\.?)[ -](?:kilomet(?:re|er)s?|km)\b|km[²2]"),
    ("m2", "1", r"平方米|(?:square|sq\.?)[ -]met(?:re|er)s?\b|m[²2]\b"),
    ("m2", "10000", r"公顷|hectares?\b|ha\b"),
    ("m2", "666.6667", r"亩|mu\b"),
    ("m2", "0.09290304", r"平方英尺|(?:square|sq\.?)[ -](?:feet|foot|ft)\b"),
    ("m2", "4046.8564224", r"英亩|acres?\b"),
    ("m3", "1", r"立方米|cubic[ -]met(?:re|er)s?\b|m[³3]\b"),
    ("m", "1000", r"公里|千米|kilomet(?:re|er)s?\b|km\b"),
    ("m", "1", r"米|met(?:re|er)s?\b|m\b"),
    ("m", "1609.344", r"英里|miles?\b"),
    ("m", "0.01", r"厘米|公分|centimet(?:re|er)s?\b|cm\b"),
    ("m", "0.001", r"毫米|millimet(?:re|er)s?\b|mm\b"),
    ("m", "0.3048", r"英尺|feet\b|foot\b|ft\b"),
    ("m", "0.0254", r"英寸|inch(?:es)?\b"),
    ("t", "1", r"吨|tonn?es?\b|tons?\b"),
    ("t", "0.001", r"公斤|千克|kilogram(?:me)?s?\b|kg\b"),
    ("t", "0.000001", r"克(?![拉隆服])|grams?\b|g\b"),
    ("t", "0.000000001", r"毫克|milligrams?\b|mg\b"),
    ("t", "0.00045359237", r"英?磅(?![礴礡])|pounds\b(?! sterling)|lbs?\b"),
    ("t", "0.0005", r"市?斤(?![斧])"),
    ("l", "1", r"升(?![级值至到任降])|lit(?:re|er)s?\b|L\b"),
    ("l", "0.001", r"毫升|millilit(?:re|er)s?\b|ml\b"),
    ("byte", "1000000000000", r"TB\b"), ("byte", "1000000000", r"GB\b"), ("byte", "1000000", r"MB\b"),
    ("Ah", "0.001", r"毫安时?|mAh\b"),
    ("W", "1000000", r"兆瓦(?!时)|megawatts?\b|MW\b"),
    ("W", "1", r"瓦(?!时|[特斯]?时)|watts?\b|W\b"),
    ("dB", "1", r"分贝|decibels?\b|dB\b"),
    ("W", "1000", r"千瓦(?!时)|kilowatts?\b|kW\b"),
    ("Wh", "1000", r"千瓦时|度电|kilowatt[- ]hours?\b|kWh\b"),
    ("workday", "1", r"个?工作日|(?:working|business|work)[ -]?days?\b"),
    ("h", "168", r"周(?![年岁末边日长期围一二三四五六])|个?星期(?![一二三四五六日天])|weeks?\b"),
    ("h", "24", r"个?自然日|天|日|(?:calendar |consecutive |natural )?days?\b"),
    ("h", "1", r"个?小时|hours?\b"),
    ("h", "1/60", r"分钟|minutes?\b"),
    ("year", "1", r"岁|年|years?\b"),
    ("month", "1", r"个月|months?\b"),
    ("ratio", "1", r"倍|times\b|-?fold\b"),
    ("degree", "1", r"℃|摄氏度|°C\b|degrees?\b"),
))
# currencies other than yuan and dollar, by the sign before an amount and the word after it
_CURRENCIES = tuple((family, re.compile(sign), re.compile(rf"[ \u00a0]?(?:{word})", re.I)) for family, sign, word in (
    ("hkd", r"(?:HK ?\$|HKD)\s?$", r"港元|港币|港幣|Hong Kong dollars?\b|HKD\b"),
    ("eur", r"(?:€|EUR)\s?$", r"欧元|歐元|euros?\b|EUR\b|€"),
    ("gbp", r"(?:£|GBP)\s?$", r"英镑|英鎊|pounds? sterling\b|GBP\b"),
    ("jpy", r"(?:JP ?[¥￥]|JPY)\s?$", r"日元|日圆|日圓|(?:Japanese )?yen\b|JPY\b"),
    ("krw", r"(?:₩|KRW)\s?$", r"韩元|won\b|KRW\b"),
    ("twd", r"(?:NT ?\$|TWD)\s?$", r"新台币|新臺幣|台币|TWD\b"),
    ("mop", r"(?:MOP ?\$?)\s?$", r"澳门元|澳門元|葡币|MOP\b"),
    ("sgd", r"(?:S\$|SGD)\s?$", r"新加坡元|新元|坡币|Singapore dollars?\b|SGD\b"),
    ("aud", r"(?:A\$|AUD)\s?$", r"澳元|Australian dollars?\b|AUD\b"),
    ("cad", r"(?:C\$|CAD)\s?$", r"加元|Canadian dollars?\b|CAD\b"),
    ("chf", r"(?:CHF)\s?$", r"瑞士法郎|Swiss francs?\b|CHF\b"),
    ("rub", r"(?:₽|RUB)\s?$", r"卢布|rou?bles?\b|RUB\b"),
    ("inr", r"(?:₹|INR)\s?$", r"(?:印度)?卢比|rupees?\b|INR\b"),
))
MONEY_FAMILIES = frozenset(("yuan", "usd", *(family for family, _, _ in _CURRENCIES)))
_GROWTH_BEFORE = re.compile(
    r"(?:增长|增幅|增速|同比|环比|提高|提升|上升|下降|下滑|减少|增加|上涨|上调|降低|涨幅|降幅|跌)(?:率)?(?![到至])"
    r"(?:[了为达约近超]|超过|达到|幅度)*[^，。；、]{0,4}$"
    r"|(?<!make )(?<!makes )(?<!made )(?<!making )"
    r"(?<!-)\b(?:up|down|grew|grow(?!n-up)\w*|rose|ris\w+|increas\w+|decreas\w+|fell|fall\w*|declin\w+"
    r"|drop\w*|gain\w*|climb\w*|slipp\w+|jump\w*)"
    r"\b(?!\s+(?:to|for|below|under|above)\b)[^,.;]{0,18}$", re.I)
_GROWTH_AFTER = re.compile(
    r"^\s*(?:的?(?:增速|增幅|增长)"
    r"|(?:year[- ]on[- ]year |annual )?(?:growth|increase|rise|drop|decline|decrease|more than|higher|lower|faster)\b)",
    re.I)
_UNDER_BEFORE = re.compile(
    r"(?:近|将近|接近|不足|不到|(?<!不)低于|(?<!不)少于|不高于|不多于|至多|不超过"
    r"|\b(?:nearly|almost|under|below|less than|fewer than|at most"
    r"|(?<!go )(?<!goes )(?<!went )(?<!gone )(?<!going )(?<!rise )(?<!rises )up to))\s*$", re.I)
_OVER_BEFORE = re.compile(
    r"(?:超过?了?|逾|突破了?|高于|多于|不少于|不低于|至少|跨过|越过|迈过"
    r"|\b(?:over|more than|above|exceed\w*|at least|surpass\w*|topp\w+|pass\w*))\s*$", re.I)
_ABOUT_BEFORE = re.compile(
    r"(?:约|大约|约为|大致|左右|近似|\b(?:about|around|some|roughly|approximately|circa|an estimated|estimated))"
    r"\s*(?:占|有|为)?\s*$", re.I)
_ABOUT_AFTER = re.compile(r"^\s*(?:左右|上下|or so\b)", re.I)
_OVER_AFTER = re.compile(r"^\s*(?:以上|余|多|or more\b|or higher\b|plus\b|\+)", re.I)


def comparable_value(figure: Figure, text: str) -> Value:
    """The value of a figure in its text, in base units.

    `增长8.7%` → a growth of 0.087; `350公里` → 350,000 m; `over 400 million yuan` → over 400,000,000 yuan.
    """
    before, after = text[max(0, figure.start - 30) : figure.start], text[figure.end : figure.end + 30]
    exactness = _exactness(figure, before, after)
    is_growth = bool(_GROWTH_BEFORE.search(before) or _GROWTH_AFTER.match(after))
    if half := _HALF_OF_UNIT.match(text, figure.end) if figure.text.lower() == "half" else None:
        family, factor = _unit_at(text, half.end())
        return Value(figure.value * factor, family, exactness, Fraction(0))
    if figure.kind == "percent" or (not figure.unit and figure.value < 1):
        share = figure.value / 100 if figure.kind == "percent" else figure.value
        if not exactness and _is_rough_fraction(figure):
            exactness = "about"
        return Value(share, "growth" if is_growth else "share", exactness, _rounding_step(figure) / 100)
    family, factor = _unit_family(figure, text)
    if is_growth:
        family = f"change of {family}"
    return Value(figure.value * factor, family, exactness, _rounding_step(figure) * factor)


def _exactness(figure: Figure, before: str, after: str) -> Exactness:
    if _UNDER_BEFORE.search(before):
        return "under"
    if _OVER_BEFORE.search(before) or _OVER_AFTER.match(after) or re.search("[余多]", figure.text):
        return "over"
    if _ABOUT_BEFORE.search(before) or _ABOUT_AFTER.match(after):
        return "about"
    return ""


def _is_rough_fraction(figure: Figure) -> bool:
    """Whether a fraction may be a rounded value, such as a half for 52% and a third for 34%."""
    return figure.kind != "percent" and figure.value >= Fraction(1, 4) and figure.value.denominator < 5


def _unit_family(figure: Figure, text: str) -> tuple[str, Fraction]:
    """The base unit of a figure, and the factor that converts its unit to it; `count` if the unit is not known."""
    if figure.unit in ("yuan", "usd"):
        return figure.unit, Fraction(1)
    start = _unit_start(figure, text)
    if currency := _find_currency(figure, text):
        return currency, Fraction(1)
    if figure.unit == "块" and not _BLOCKS_AFTER.match(text, figure.end):
        return "yuan", Fraction(1)  # 票价三块
    return _unit_at(text, start)


def _unit_at(text: str, start: int) -> tuple[str, Fraction]:
    """The base unit and the factor of the unit that begins at an offset; `count` if none does."""
    for family, factor, pattern in _UNITS:
        if pattern.match(text, start):
            return family, factor
    return "count", Fraction(1)


# half an hour, half a mile; half a million is read as a number
_HALF_OF_UNIT = re.compile(
    r"[ -](?:an? )?(?=(?:hour|day|week|month|year|mile|kilomet|met(?:re|er)|litre|ton|pint)s?)", re.I)


# what follows 块 where it counts pieces, not yuan: 三块地, 两块展板; money ends its phrase or has 钱
_BLOCKS_AFTER = re.compile(r"(?!钱)[一-鿿]")


def _find_currency(figure: Figure, text: str) -> str:
    """The family of a currency other than yuan and dollar, before or after a figure: €12, 500港元; empty for none."""
    before = text[max(0, figure.start - 6) : figure.start]
    for family, prefix, suffix in _CURRENCIES:
        if prefix.search(before) or suffix.match(text, _unit_start(figure, text)):
            return family
    if pounds := _POUNDS.match(text, figure.end):
        is_large = bool(_SCALE_END.search(figure.text))
        before = text[max(0, figure.start - _POUNDS_BEFORE) : figure.start]
        around = f"{before} {text[pounds.end() : pounds.end() + _POUNDS_AFTER]}"
        if is_large or (_MONEY_WORDS.search(around) and not _WEIGHT_WORDS.search(around)):
            return "gbp"
    return ""


_POUNDS = re.compile(r"[ \u00a0]?pounds?\b(?! sterling)", re.I)
_SCALE_END = re.compile(r"(?:million|billion|thousand)$", re.I)
_POUNDS_BEFORE, _POUNDS_AFTER = 90, 40  # characters around an amount in which a word may tell money from weight
_MONEY_WORDS = re.compile(
    r"£|\b(?:cost\w*|pric\w+|pa(?:y|ys|id)|fees?|charg\w+|wages?|salar\w+|earn\w*|incomes?"
    r"|spen[dt]\w*|fund\w*|grants?"
    r"|donat\w+|donors?|rais\w+|worth|rents?|fares?|tickets?|budgets?|debts?"
    r"|loans?|profits?|revenues?|sales|surplus"
    r"|deficit|money|council|gives?|gave|insurance|premium|quot\w+|bank|reserves?|permits?|subscription|deposit"
    r"|a year|an hour|a month|took|buy|bought|sold|sell|owe\w*|fined?|compensation|invest\w*)\b", re.I)
_WEIGHT_WORDS = re.compile(r"\b(?:weigh\w*|heav\w+|weight|lift\w*|flour|potato\w*|cargo|luggage)\b", re.I)


def _unit_start(figure: Figure, text: str) -> int:
    """The offset of the unit: after the figure (square kilometres), or inside it (公 of 公里)."""
    has_unit = figure.unit and text[: figure.end].endswith(figure.unit)
    return figure.end - len(figure.unit) if has_unit else figure.end


def unit_end(figure: Figure, text: str) -> int:
    """The offset after a figure and its whole unit: the figure of 5600平方公里 includes 平 only."""
    if figure.unit in ("yuan", "usd"):
        return figure.end
    return max(figure.end, _unit_end_at(text, _unit_start(figure, text)))


@lru_cache(maxsize=20_000)
def _unit_end_at(text: str, start: int) -> int:
    """The offset after the unit that begins at an offset; 0 if none does."""
    patterns = (*(suffix for _, _, suffix in _CURRENCIES), *(pattern for _, _, pattern in _UNITS))
    ends = (unit.end() for pattern in patterns if (unit := pattern.match(text, start)))
    return next(ends, 0)


def unit_start(figure: Figure, text: str) -> int:
    """The offset at which a figure begins with the currency sign before it: € of €12."""
    before = text[max(0, figure.start - 6) : figure.start]
    signs = (prefix.search(before) for _, prefix, _ in _CURRENCIES)
    return figure.start - len(before) + min((sign.start() for sign in signs if sign), default=len(before))


_ARABIC_NUMBER = re.compile(r"\d[\d,]*(?:\.(\d+))?")


def _rounding_step(figure: Figure) -> Fraction:
    """The place value of the last written digit, if a scale word or a decimal point shows rounding; else 0."""
    written = _ARABIC_NUMBER.search(figure.text)
    if written is None:
        return Fraction(0)
    number = Fraction(written.group().replace(",", ""))
    scale = Fraction(figure.value / number) if number else Fraction(1)
    decimals = len(written.group(1) or "")
    if scale == 1 and not decimals and figure.kind != "percent":
        return Fraction(0)
    return scale / Fraction(10**decimals)


_ABOUT_TOLERANCE = Fraction(6, 100)  # of the larger number: how far `about` may differ
_ROUNDING_TOLERANCE = Fraction(3, 100)  # 4.4 may be 4.36 rounded without a hedge; 3 is not 2.6
_OVER_FACTOR = 2  # nobody writes `over 4` for 9
_UNDER_FACTOR = Fraction(8, 10)  # nobody writes `nearly 5` for 3


def values_agree(left: Value, right: Value) -> bool:
    """Whether two values may state the same amount.

    4.4万亿 and 4.36万亿 agree, 超4万亿 and 4.36万亿 agree, `nearly 3,000` and 2,950 agree; 6 and 7 do not.
    """
    if left.family != right.family:
        return False
    if left.number == right.number or _is_rounded(left, right.number) or _is_rounded(right, left.number):
        return True
    return _is_within(left, right.number) or _is_within(right, left.number)


def _is_rounded(stated: Value, number: Fraction) -> bool:
    """Whether a number rounds to the stated value; half of its last digit must be small compared with the value."""
    half_step = stated.step / 2
    return abs(stated.number - number) <= half_step <= _ROUNDING_TOLERANCE * stated.number


def _is_within(stated: Value, number: Fraction) -> bool:
    """Whether a number lies in the range that the hedge of the stated value allows."""
    if stated.exactness == "over":
        return bool(stated.number <= number <= _OVER_FACTOR * stated.number)
    if stated.exactness == "under":
        return bool(_UNDER_FACTOR * stated.number <= number <= stated.number)
    tolerance = _ABOUT_TOLERANCE * max(stated.number, number)
    return bool(stated.exactness == "about" and abs(stated.number - number) <= tolerance)


# what a text measures

MEASURES = tuple((measure, re.compile(pattern, re.I)) for measure, pattern in (
    ("output", r"产值|产出|\boutput\b"),
    ("revenue", r"收入|营收|销售额|营业额|\b(?:revenues?|turnover|sales|earn\w*|income|took in|take in)\b"),
    ("profit", r"利润|盈利|\bprofits?\b"), ("value added", r"增加值|\bvalue[- ]added\b|\badded value\b"),
    ("gdp", r"生产总值|经济总量|GDP|\bgross domestic product\b"), ("investment", r"投资|\binvest\w*"),
    ("export", r"出口|\bexport\w*"), ("import", r"进口|\bimport\w*"), ("trade", r"贸易额|进出口|\btrade\b"),
    ("budget", r"预算|\bbudget\w*"), ("spending", r"支出|花费|经费|\b(?:spending|spen[dt]|expenditures?)\b"),
    ("cost", r"成本|造价|费用|\bcosts?\b"), ("price", r"[售票房单]价|价格|\bprices?\b|\bfare\b"),
    ("pay", r"工资|薪|\b(?:wages?|salar\w+|pay)\b"), ("tax", r"税|\btax\w*"), ("fund", r"基金|\bfunds?\b"),
    ("loan", r"贷款|融资|\b(?:loans?|lending|financing)\b"), ("debt", r"债|\bdebts?\b"), ("donation", r"捐|\bdonat\w+"),
    ("length", r"全长|长度|里程|多长|\bhow long\b|长(?=[约达为]?$)|\b(?:length|mileage)\b|(?:s|m|re|er) long\b"),
    ("height", r"海拔|高度|身高|多高|\bhow (?:high|tall)\b|高(?=[约达为]?$)|\b(?:height|elevation)\b"
               r"|(?:s|m|re|er) (?:high|tall)\b"),
    ("depth", r"深度|水深|多深|\bhow deep\b|深(?=[约达为]?$)|\bdepth\b|(?:s|m|re|er) deep\b"),
    ("width", r"宽|\bhow wide\b|\bwidth\b|(?:s|m|re|er) wide\b"),
    ("basin", r"流域|\b(?:basin|drain\w*|catchment)\b"), ("area", r"面积|\b(?:area|floor space)\b"),
    ("population", r"人口|\b(?:population|inhabitants|residents)\b"), ("rank", r"[位排]?名列?第|\brank\w*"),
))
# properties that do not change, so that the figure does not depend on the date of its document
PERMANENT_MEASURES = frozenset(("length", "height", "depth", "width", "basin", "area"))


def measures_in(text: str) -> set[str]:
    """The measures that a text names: `销售收入` → revenue; `how long` → length."""
    return {name for name, pattern in MEASURES if pattern.search(text)}
