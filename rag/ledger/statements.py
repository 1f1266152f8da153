"""Statements: the figures of one sentence or cell, each with the terms of its part of the clause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise, takewhile

from rag.ledger.clause_words import clause_words
from rag.ledger.entry import EntryKind
from rag.ledger.events import date_event, time_event
from rag.ledger.periods import find_period, mask_periods, period_spans
from rag.ledger.terms import (
    MEASURE_NOUNS,
    PhraseTerms,
    find_qualifiers,
    is_verb,
    mask_weekdays,
    phrase_terms,
)
from rag.numbers.clock_times import ClockTime, find_clock_times
from rag.numbers.figure_roles import FigureRole, figure_role
from rag.numbers.figures import Figure, find_figures, is_incidental
from rag.numbers.quantities import PLAN_WORDS, blank_parentheses, is_name_number, share_base
from rag.numbers.row_wording import describe_phrases
from rag.numbers.scopes import find_year
from rag.numbers.units import Value, comparable_value, measures_in, unit_end, unit_start
from rag.text.language import has_han

_CLAUSE_BREAK = re.compile(r"[，；。：;:！？!?（）()]|,(?!\d)|\.(?=\s|$)|——|–\s")
_ITEM_BREAK = re.compile(r"、|\b(?:and|or|plus)\b|和|及|或|以及")
# words that only say what is usual for rules, or that a value is an estimate: shall be returned, 将于, planned area
_WEAK_PLAN = re.compile(
    r"will|would|shall|expect\w*|plann?(?:s|ed|ning)?|forecast\w*|project(?:s|ed)? to|set to|hop(?:e|es|ed|ing)"
    r"|将|拟|要达|要建|要突破|要实现|要超|计划|规划|预计|预测|预期|有望|届时|未来", re.I)
_LIMIT_BEFORE = re.compile(
    r"(?:不得?超过|不得?高于|不得?多于|不得?少于|不得?低于|最多|至多|至少|最少|最高|最低|上限为?|下限为?|限|满|须在|应在|可达)[^，。；\d]{0,6}$"
    r"|\b(?:(?<!go )(?<!goes )(?<!went )(?<!rise )(?<!rises )(?<!rose )up to|at most"
    r"|at least|no more than|no less than|no fewer than|not (?:more|less) than|a maximum of"
    r"|a minimum of"
    r"|maximum|minimum|limit(?:ed)?(?: to| of| is)?|within|not exceed(?:ing)?|must not exceed"
    r"|or older than)\s*(?:of |is )?$"
    r"|\b(?:no ?body|no one|not|never|cannot)\b[^.;]{0,50}\b(?:more|longer|less|fewer|later) than\s*$", re.I)
_LIMIT_AFTER = re.compile(r"^\s*(?:以内|之?内|为限|封顶|及以上|or (?:more|less|older|under|younger)|at most|at the latest"
    r"|maximum)", re.I)
# numbers that name a place in a document, a telephone, a version, a score, not a quantity
_REFERENCE_BEFORE = re.compile(
    r"(?:电话|手机|热线|传真|邮编|分机|转|微信|QQ|编号|证号|文号|版本|页码?|图|表|附录|附件|注|见|房号|第|[Vv]ersion|[Vv]er\.?|[Vv]|[Pp]ages?"
    r"|[Pp]p?\.|[Ff]ig(?:ure|\.)?"
    r"|[Tt]ables?|[Ss]ections?|[Cc]lauses?|[Aa]rticles?|[Cc]hapters?|[Aa]nnex|[Aa]ppendix|[Ss]teps?|[Nn]otes?"
    r"|[Ii]tems?|[Rr]ooms?|[Ee]xt(?:ension|\.)?|[Tt]el\.?"
    r"|[Pp]hone|[Ff]ax|[Cc]all|[Hh]otline|[Pp]ostcode|[Nn]o\.|[Nn]umber|#|№|ISO|GB/?T?|RFC|Q|Gate|[Ll]ine"
    r"|[Rr]oute|[Pp]latform|[Bb]uilding|[Bb]lock"
    r"|[Aa]ct|[Oo]rder|[Dd]ecree)\s?[:：]?\s?$")
_REFERENCE_AFTER = re.compile(r"^\s?(?:世[紀纪]|年代|页|号(?!召)|章|节|条款|款|版|楼(?!层)|室|栋|幢|单元|届|路|线|班|式|型|师|x\s?\d|×\s?\d|:\d|：\d"
    r"|比\d|/\d)")
_ITEM_NUMBER = re.compile(r"[(（ ]*\d{1,3}(?:[.．、)）]\D|(?:\.\d{1,2}){1,3}\s+(?=[A-Z\u4e00-\u9fff]))")
_PHONE = re.compile(r"(?<!\d)(?:\+\d{1,3}[ -]?)?(?:\(?0\d{2,3}\)?[ -]\d{3,4}[ -]?\d{3,4}"
    r"|1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\d{3}-\d{3,4}-\d{4}|\d{3,4}-\d{4})(?!\d)")
_VERSION = re.compile(r"(?<![\d.])\d+\.\d+\.\d+(?:\.\d+)*|https?://\S+|\S+@\S+|\b[A-Z]{2,}[ /-]?\d[\d.—-]*")


@dataclass(frozen=True)
class FigureStatement:
    """A figure of a text: `text[start:end]`, with its value, and the terms of the part of the clause that it stands in.

    """

    start: int
    end: int
    figure: Figure
    value: Value
    kind: EntryKind
    terms: PhraseTerms
    qualifiers: frozenset[str]
    measures: frozenset[str]
    year: str
    period: str
    subject: str  # to be shown: the words around the figure
    segment: str  # the words around the figure and those of the clauses before it, as they are written
    other_text: str  # the clauses of the sentence without amounts


def find_statements(sentence: str, context: str = "", *, is_cell: bool = False) -> Iterator[FigureStatement]:
    """The figures that a sentence states, left to right; `context` is what it says nothing without: its lead.

    Numbers of pages, clauses, telephones and versions state nothing, and are left out. `is_cell`: the sentence is the
    heads of a cell with its value, where a bare number is a value.
    """
    plain = blank_parentheses(sentence)
    for pattern in (_PHONE, _VERSION):
        plain = pattern.sub(lambda match: "·" * len(match.group()), plain)
    clocks = find_clock_times(plain)
    masked = mask_weekdays(plain)
    for clock in clocks:  # its colon would end a clause
        ends = clock.end - 1 if _SENTENCE_END.match(masked, clock.end - 1) else clock.end  # 5 p.m. The next sentence
        masked = masked[: clock.start] + "0" * (ends - clock.start) + masked[ends:]
    values = [*_clock_figures(clocks, plain), *_other_figures(masked, clocks, is_cell=is_cell)]
    values.sort(key=lambda figure: figure.start)
    if not values:
        return
    parsed = _Sentence(mask_periods(masked), plain, context, values, tuple(clocks))
    for figure in values:
        if figure.unit == "clock":
            yield from parsed.clock_statements(figure)
        elif figure.kind in ("date", "year"):
            yield from parsed.date_statements(figure)
        else:
            yield from parsed.amount_statements(figure)


def _clock_figures(clocks: list[ClockTime], text: str) -> Iterator[Figure]:
    for clock in clocks:
        yield Figure(Fraction(clock.minutes), "clock", "amount", text[clock.start : clock.end], clock.start, clock.end)


def _other_figures(text: str, clocks: list[ClockTime], *, is_cell: bool) -> Iterator[Figure]:
    periods = period_spans(text)
    for figure in find_figures(text):
        if _IN_YEAR.search(text[: figure.start]) and _YEAR_END.match(text, figure.end) and figure.text.isdigit() and (
                1000 <= figure.value <= 2100):  # founded in 1873
            figure = replace(figure, kind="year", unit="year")
        if figure.kind == "amount" and any(start <= figure.start < end for start, end in periods):
            continue  # 1—9月
        if any(clock.start <= figure.start < clock.end for clock in clocks):
            continue
        is_certain = figure.kind in ("date", "year") or (is_cell and figure.text[:1].isdigit())
        if is_certain or not _is_reference(figure, text):
            yield figure


def _is_reference(figure: Figure, text: str) -> bool:
    """Whether a number names a page, a clause, a room, a telephone, a version: it counts nothing."""
    before, after = text[max(0, figure.start - 16) : figure.start], text[figure.end : figure.end + 8]
    if before.endswith("第") and _PLACE_AFTER.match(text[figure.start + len(figure.text.rstrip("位名")) :]):
        return False  # a rank
    if is_incidental(figure, 2 if figure.unit else 3):
        return True
    if _ITEM_NUMBER.match(text) and not text[: figure.start].strip("(（ "):
        return True
    if _LONG_NUMBER.fullmatch(figure.text) and not re.match(r"\s?[A-Za-z%℃一-鿿]", text[figure.end :]):
        return True  # a hotline, a stock, an order
    if figure.unit == "日" and not _DAYS_AFTER.match(after):
        return True  # 7日: a day of the month
    if is_name_number(figure, text) or (_LETTER_AFTER.match(text, figure.end) and not figure.unit):  # 5G, 3D
        return True
    if figure.unit in ("号", "届", "版", "期") or _CODE_NUMBER.fullmatch(figure.text):
        return True
    if figure.text.isdigit() and _MODEL_BEFORE.search(before):
        word = re.match(r"\s([a-z]{3,})", text[figure.end :])
        if word is None or is_verb(word[1]):
            return True  # Windows 11; Court 3 costs
    return bool(_REFERENCE_BEFORE.search(before) or _REFERENCE_AFTER.match(after))


_PLACE_AFTER = re.compile("[位名]")
_LETTER_AFTER = re.compile(r"[A-Z](?![A-Za-z°/²³\d])(?<![WVALCKJNMW])")
_CODE_NUMBER = re.compile(r"0\d+")
_LONG_NUMBER = re.compile(r"\d{5,}")
_DAYS_AFTER = re.compile(r"^[之以]?内|^以[上下]|^期限|^无理由|^前通知|^元|^圆")
_MODEL_BEFORE = re.compile(r"(?:^|[\s一-鿿])(?:[A-Z]|i[A-Z])[A-Za-z]+ ?$")  # Windows 11, iPhone 15


@dataclass(frozen=True)
class _Sentence:
    """A sentence with its figures; `masked` has no colons inside times of day."""

    masked: str
    plain: str
    context: str
    figures: list[Figure]
    clocks: tuple[ClockTime, ...]

    @cached_property
    def clauses(self) -> tuple[tuple[int, int], ...]:
        """The offsets of its clauses."""
        return tuple(pairwise([0, *(mark.end() for mark in _CLAUSE_BREAK.finditer(self.masked)), len(self.masked)]))

    def clause(self, figure: Figure) -> tuple[int, int]:
        """The offsets of the clause of a figure."""
        return next((edge for edge in self.clauses if edge[0] <= figure.start < edge[1]), (0, len(self.masked)))

    def segment(self, figure: Figure) -> tuple[str, str]:
        """The words of a clause that belong to a figure, before and after it.

        In a list of figures these are the lead of the clause, unless its item has its own subject, and the item.
        """
        begin, end = self.clause(figure)
        # a year or a date, which only dates the others, divides no list
        inside = [other for other in self.figures if begin <= other.start < end
                  and (other.kind not in ("date", "year") or other is figure)]
        position = inside.index(figure)
        stop = max(figure.end, unit_end(figure, self.masked))
        before = self.masked[begin : unit_start(inside[0], self.masked)]
        if position:
            earlier = inside[position - 1]
            gap = self.masked[max(earlier.end, unit_end(earlier, self.masked)) : unit_start(figure, self.masked)]
            item = _ITEM_BREAK.split(gap)[-1]
            before = item if phrase_terms(item).nouns - MEASURE_NOUNS else f"{before} {item}"
        after = self.masked[stop : inside[position + 1].start if position + 1 < len(inside) else end]
        if position + 1 < len(inside):
            after = _ITEM_BREAK.split(after)[0]
        return before, after

    def terms(self, before: str, after: str, figure: Figure) -> tuple[PhraseTerms, str]:
        """The terms of a figure's segment; with those of the nearest earlier clause, and its text, if it has none."""
        terms = phrase_terms(before) | phrase_terms(after)
        names_event = figure.unit == "clock" or figure.kind in ("date", "year")
        if names_event:
            terms = _drop_event_words(terms)
        begin, _ = self.clause(figure)
        is_relative = figure.kind == "percent" or bool(_RELATIVE_TO.search(before[-_NEAR:]))
        has_own = bool(clause_words(f"{before} {after}")) and not is_relative
        has_event = names_event and bool(date_event(f"{before} {after}") or time_event(before, after, ""))
        if terms.nouns - MEASURE_NOUNS or not begin or has_own or has_event:
            return terms if names_event else _verbs_as_nouns(terms), ""
        edges = [0, *(mark.end() for mark in _CLAUSE_BREAK.finditer(self.masked, 0, begin))]
        for start, stop in reversed([*pairwise(edges)][-_MAX_CLAUSES:]):
            first = next((other.start for other in self.figures if start <= other.start < stop
                          and other.kind in ("amount", "percent")), stop)
            earlier = phrase_terms(self.masked[start:first])
            earlier = _drop_event_words(earlier) if names_event else earlier
            if earlier.nouns - MEASURE_NOUNS or measures_in(self.masked[start:first]):
                merged = terms | earlier
                return merged, self.masked[start:first]
        return terms if names_event else _verbs_as_nouns(terms), ""

    def figure_free_text(self, figure: Figure) -> str:
        """The clauses of the sentence without amounts, which may say what all its figures are about."""
        edges = [0, *(mark.end() for mark in _CLAUSE_BREAK.finditer(self.masked)), len(self.masked)]
        return " ".join(
            self.masked[start:stop] for start, stop in pairwise(edges)
            if not any(start <= other.start < stop and other.kind in ("amount", "percent") for other in self.figures))

    def fronted_clauses(self, figure: Figure) -> str:
        """The clauses directly before that of a figure, without figures of their own: `On weekends, …`."""
        begin, _ = self.clause(figure)
        edges = [0, *(mark.end() for mark in _CLAUSE_BREAK.finditer(self.masked, 0, begin))]
        free: list[str] = []
        for start, stop in reversed([*pairwise(edges)]):
            if any(start <= other.start < stop for other in self.figures):
                break
            free.append(self.masked[start:stop])
        return " ".join(free[:2])

    def period(self, figure: Figure) -> str:
        """The part of the year of a figure: that of its clause, else that of the opening of its sentence."""
        begin, end = self.clause(figure)
        own = find_period(f"{self.fronted_clauses(figure)}，{self.plain[begin:end]}")
        return own or find_period(self.plain[: self.clauses[0][1]])

    def clock_statements(self, figure: Figure) -> Iterator[FigureStatement]:
        """A time of day, or the two ends of a range, each with its event."""
        clock = next(clock for clock in self.clocks if clock.start == figure.start)
        before, after = self.segment(figure)
        event = time_event(before, after, f"{self.fronted_clauses(figure)} {self.context} {self.masked}")
        single = f"{event} {_edge(before, after, event)}" if event in _SPANS else event
        ends = [(clock.minutes, single)]
        if clock.until >= 0:
            ends = ([(clock.minutes, "opens"), (clock.until, "closes")] if event in ("opens", "closes", "")
                    else [(clock.minutes, f"{event} from"), (clock.until, f"{event} until")])
        for minutes, measure in ends:
            value = Value(Fraction(minutes), "clock", "", Fraction(0))
            yield self._make(figure, value, "time", before, after, frozenset((measure,)) - {""})

    def date_statements(self, figure: Figure) -> Iterator[FigureStatement]:
        """A date that is the value of its clause: that of an event, without an amount beside it."""
        begin, end = self.clause(figure)
        has_amount = any(begin <= other.start < end and other.kind in ("amount", "percent") for other in self.figures)
        before, after = self.segment(figure)
        if has_amount:  # the date has to stand beside its event: `founded in 1985 and employs 240 people`
            before, after = before[-24:], after[:6]
        event = date_event(f"{before} {after}") or (date_event(self.context) if not has_amount else "")
        if figure.kind == "year" and event not in _EVENTS_OF_YEARS:
            return
        if not event:
            return
        date = figure.value if figure.kind == "date" else figure.value * 10_000
        yield self._make(figure, Value(date, "date", "", Fraction(0)), "date", before, after, frozenset((event,)))

    def amount_statements(self, figure: Figure) -> Iterator[FigureStatement]:
        """An amount or a percentage with what it counts or measures."""
        value = comparable_value(figure, self.masked)
        role = figure_role(figure, self.masked)
        is_negative = bool(_MINUS.search(self.masked[: figure.start])) and value.family in ("degree", "share", "growth")
        has_unit_after_hyphen = self.masked[figure.end : figure.end + 1] == "-" and value.family != "count"
        if role is None and not is_negative and not has_unit_after_hyphen:
            return
        if is_negative:
            value = replace(value, number=-value.number)
        before, after = self.segment(figure)
        written = self.masked[figure.start : unit_end(figure, self.masked)]
        found = measures_in(before) | measures_in(f"{written}{after[:40]}")
        measures = {measure for measure in found if _FAMILY_OF_MEASURE.get(measure, value.family) == value.family}
        inherited = self.terms(before, after, figure)[1]
        if not measures and value.family in ("growth", "share"):
            measures = measures_in(inherited)  # 营业收入8亿元，同比增长5%
        if value.family == "share" and (base := share_base(self.masked, self.clause(figure)[0], figure, after)):
            measures.add(f"base {base}")
        yield self._make(figure, value, self._kind(figure, value, role or "level"), before, after, frozenset(measures))

    def is_former(self, figure: Figure) -> bool:
        """Whether an amount is the one before a change: 由4个增加到6个, `£2.75 instead of £2.55`, `last year it was 8`."""
        begin, end = self.clause(figure)
        before, after = self.masked[begin : figure.start], self.masked[figure.end : end]
        return bool(_FORMER_BEFORE.search(before) or (_FROM_BEFORE.search(before) and _TO_AFTER.search(after)))

    def _kind(self, figure: Figure, value: Value, role: FigureRole) -> EntryKind:
        before = self.masked[max(0, figure.start - 24) : figure.start]
        after = self.masked[max(figure.end, unit_end(figure, self.masked)) :][:16]
        if role == "rank":
            return "rank"
        begin, end = self.clause(figure)
        is_end_of_range = bool(_RANGE_BEFORE.search(before))
        if (role == "range" or is_end_of_range or _RANGE_AFTER.match(after)) and not (
                is_end_of_range and _CHANGE.search(self.masked[begin : figure.start])):
            return "range"
        if value.family == "growth" or value.family.startswith("change of"):
            return "growth"
        is_limit = bool(_LIMIT_BEFORE.search(before) or _LIMIT_AFTER.match(after))
        if role == "increment" and not is_limit:
            return "rate" if _EACH_BEFORE.search(before) else "increase"
        plans = (word.group() for word in PLAN_WORDS.finditer(self.masked[begin:end]))
        if _PLANNED.search(self.fronted_clauses(figure)) or not all(map(_WEAK_PLAN.fullmatch, plans)):
            return "target"
        if is_limit:
            return "limit"
        if value.family == "share":
            return "share"
        return "rate" if role == "rate" else "actual"

    def _year_before(self, figure: Figure) -> str:
        """The year that the sentence gives for a figure; not one that dates an earlier clause: `X in 2023, and Y`."""
        begin, _ = self.clause(figure)
        text = self._without_other_parentheses(figure)
        if own := self._own_year(figure, text):
            return own
        year = find_year(text[: self.clause(figure)[1]], figure.start)
        dated = [other for other in self.figures if other.start < begin and other.kind in ("year", "date")]
        if not year or not dated or find_year(text[begin:], figure.start - begin):
            return year
        last = dated[-1]
        start, _ = self.clause(last)
        amounts = [other for other in self.figures if other.kind in ("amount", "percent")]
        follows = any(start <= other.start < last.start for other in amounts)
        return "" if follows and last.start - start > _OPENING_LENGTH else year

    def _own_year(self, figure: Figure, text: str) -> str:
        """The only year of a figure's own clause that dates it: `it was £12 in 2024` after `£14 this year, 2025`."""
        begin, end = self.clause(figure)
        before, after = find_year(text[begin:figure.start], figure.start - begin), find_year(text[figure.end : end], 0)
        return before or after

    def _without_other_parentheses(self, figure: Figure) -> str:
        """The sentence with blanks for the parentheses that date amounts of their own: `142 staff (2022: 131)`."""
        amounts = [other.start for other in self.figures if other.kind in ("amount", "percent")]
        text = self.masked
        for start, end in (match.span() for match in _PARENTHESIS.finditer(text)):
            if not start <= figure.start < end and any(start < amount < end for amount in amounts):
                text = text[:start] + " " * (end - start) + text[end:]
        return text

    def _later_year(self, figure: Figure) -> str:
        """The first year after a figure, however far: `… operations at the south site in the first quarter of 2023`."""
        text = self._without_other_parentheses(figure)
        following = (other for other in self.figures if other.start >= max(figure.end, self.clause(figure)[1]))
        # what has an amount before its year is dated by that year: `£14 from 2025, and was £12 in 2024`
        undated = takewhile(lambda other: other.kind in ("year", "date"), following)
        later = (other for other in undated if text[other.start : other.end].strip())
        years = (int(other.value) if other.kind == "year" else int(other.value) // 10_000 for other in later)
        return next((str(year) for year in years if year), "")

    def _make(
        self, figure: Figure, value: Value, kind: EntryKind, before: str, after: str, measures: frozenset[str],
    ) -> FigureStatement:
        start = unit_start(figure, self.plain) if figure.kind == "amount" and figure.unit != "clock" else figure.start
        end = max(figure.end, unit_end(figure, self.masked)) if figure.kind == "amount" else figure.end
        if figure.unit == "clock":
            end = figure.end
        segment, (terms, inherited) = f"{before} {after}", self.terms(before, after, figure)
        label = describe_phrases(before, after)
        subject = describe_phrases(inherited, label) if inherited else label
        fronted = self.fronted_clauses(figure)
        qualifiers = find_qualifiers(f"{fronted} {segment}")
        if _PART.search(f"{fronted}，{segment}"):
            qualifiers |= {"part"}
        if self.is_former(figure):
            qualifiers |= {"former"}
        period = "" if value.family == "date" else self.period(figure)
        year = "" if value.family == "date" else self._year_before(figure) or self._later_year(figure)
        return FigureStatement(
            start, end, replace(figure, text=self.plain[figure.start : figure.end]), value, kind,
            terms, qualifiers, measures, year, period, subject or segment.strip(),
            f"{self.fronted_clauses(figure)} {inherited} {segment}",
            self.figure_free_text(figure)[:_MAX_FREE])


_PARENTHESIS = re.compile(r"[(（][^()（）]*[)）]")
# a part of what the clauses before state: 其中, 学生中, `of which`
_PART = re.compile(r"其中|当中|[^其途集适]中[，,为有]|\bof (?:which|whom|these|them)\b|\bincluding\b"
    r"|\bamong (?:these|them)\b", re.I)
_IN_YEAR = re.compile(r"\b(?:in|since|from|of|by|to|until|year)\s$", re.I)
_YEAR_END = re.compile(r"\s?(?:[.,;:)]|$|and\b|as\b|by\b|when\b|with\b)", re.I)
_SENTENCE_END = re.compile(r"\.(?:\s+[A-Z]|$)")
_NEAR = 12  # characters
_RELATIVE_TO = re.compile(r"同比|环比|增长|增加|减少|下降|上升|\b(?:up|down|rose|fell|grew|increas\w+|decreas\w+)\b", re.I)
_OPENING_LENGTH = 6  # characters of a clause before a year that opens it
_EACH_BEFORE = re.compile(r"\b(?:each|every|per)\s*$", re.I)
_PLANNED = re.compile(r"按照?(?:计划|规划|目标)|根据(?:计划|规划|目标)|\b(?:according to|under) the plan\b", re.I)
_MINUS = re.compile(r"(?:(?<![\w\d])[-−–]|零下|minus )\s?$")
_SPANS = frozenset(("check in", "check out", "breakfast", "lunch", "dinner", "starts"))  # events that last
_UNTIL = re.compile(r"^\s?(?:之?前|截止|结束|止|为止)|(?:\bby|\buntil|\btill|\bbefore|\bends? at|至|不晚于|最晚)\s?$", re.I)


def _edge(before: str, after: str, event: str) -> str:
    """Whether a single time is the beginning (`from`) or the end (`until`) of an event that lasts."""
    is_end = _UNTIL.search(before) or _UNTIL.match(after) or event == "check out"
    return "until" if is_end else "from"


def _verbs_as_nouns(terms: PhraseTerms) -> PhraseTerms:
    """The terms of a phrase whose verb says what it is about: 首付不低于30%."""
    if terms.nouns or terms.names:
        return terms
    return replace(terms, nouns=frozenset(verb for verb in terms.verbs if has_han(verb) and len(verb) > 1))


def _drop_event_words(terms: PhraseTerms) -> PhraseTerms:
    """The terms without the words that say what a date or time is that of: 开馆, 时间."""
    nouns = {noun for noun in terms.nouns if not (
        noun in _TIME_NOUNS or date_event(noun) or time_event("", noun, ""))}
    return replace(terms, nouns=frozenset(nouns))


_TIME_NOUNS = frozenset(("=duration", "=deadline", "日期", "date", "hour", "time", "时刻"))
# measures of a length or an area fit their unit only: `增长2%` is no length
_FAMILY_OF_MEASURE = {
    "length": "m", "height": "m", "depth": "m", "width": "m", "basin": "m2", "area": "m2", "rank": ""}
_RANGE_BEFORE = re.compile(r"\d[^\s，。；年]{0,4}\s?(?:[-–—~～至]|(?<!达)到|to|and)\s?$")
_RANGE_AFTER = re.compile(r"^\s?[-–—~～至到]\s?\d|^ (?:to|and) \d(?=[^;.]{0,12}(?:metres|meters|years|days|hours|%"
    r"|per cent))")
# the amount before a change, or of the year before
_FORMER_BEFORE = re.compile(
    r"(?:原来?(?:为|是|的)?|原先|此前为?|而非|去年(?:同期)?为?|上年(?:同期)?为?|前年为?)[^，。；\d]{0,4}$"
    r"|\b(?:instead of|up from|down from|rather than|previously|formerly|used to (?:be|cost)"
    r"|(?:last year|a year (?:earlier|ago|before)|the year before)[^,.;\d]{0,24})\W*$|^\s*was\W*$", re.I)
_FROM_BEFORE = re.compile(r"(?:\bfrom|[由从])\W*[£$€¥]?\s*$")
_TO_AFTER = re.compile(
    r"^[^，。；]{0,12}(?:[提增降减扩延缩调改变上下]\S{0,3}[到至为成])|^[^,.;]{0,16}\bto\W+\d")
# `raise the charge from 1.20 to 1.50 pounds`: the second figure is a level
_CHANGE = re.compile(
    r"\b(?:rais\w+|ris\w+|rose|cut|fell|fall\w*|increas\w+|decreas\w+|chang\w+|lower\w*|reduc\w+|enlarg\w+|grew|grow\w*"
    r"|go(?:es)? up|went up|move\w*|extend\w*)\b[^.;]*\bfrom\b|[由从][^，。；]*(?:提高|提升|增加|增|降|减|扩大|扩|延长|缩短|调整|变|改|涨|上升)",
    re.I)
_MAX_CLAUSES = 4  # before a figure's clause, in which its subject is looked for
_MAX_FREE = 200  # characters of the clauses without amounts
_EVENTS_OF_YEARS = frozenset(("founded", "completed", "opened", "born", "died", "started"))
