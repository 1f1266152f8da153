"""A sentence becomes the quantities that it states: the figure, what is counted or measured, of whom, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from rag.numbers.counted_nouns import NUMBERED_NAME, ContentWords, content_words, counted_words
from rag.numbers.figures import Figure, find_figures
from rag.numbers.scopes import REGIONS, find_name_terms, find_year
from rag.numbers.units import PERMANENT_MEASURES, Value, comparable_value, measures_in, unit_end
from rag.text.language import has_han


@dataclass(frozen=True)
class Quantity:
    """A figure of a sentence and what it says; words are search terms.

    `苏州的电子信息企业中有两家“灯塔工厂”` → figure 两家, head 灯塔 工厂, owner 电子信息, names 苏州.
    """

    figure: Figure
    value: Value
    head: frozenset[str]  # what is counted or measured, without words that any sentence has (企业, number)
    context: frozenset[str]  # in what field, by whose doing
    names: frozenset[str]  # places and bodies; a whole (全国, national) as @nation
    measures: frozenset[str]  # output, revenue, length …; `base nation` for a share of the national total
    planned: bool
    year: str  # that the sentence gives
    subject: str = field(compare=False)  # as it is written

    @property
    def terms(self) -> frozenset[str]:
        return self.head | self.context


_NOT_PERMANENT = re.compile(r"里程|mileage")  # a network grows

_PLAN_WORDS = re.compile(
    r"力争|争取|目标|计划|预计|有望|规划|拟|预期|预测|届时|将(?!近|领|军)|到20\d\d年(?!底?[,，]?(?:已|共有))|要(?:达|建|培育|突破|实现|超)|未来"
    r"|\b(?:aim\w*|target\w*|plan(?:s|ned|ning)?|expect\w*|forecast\w*|project(?:s|ed)? to|strive\w*|hop(?:e|es|ed|ing)|will|would|shall"
    r"|intend\w*|goal\w*|set to|by 20\d\d)\b", re.I)
_INCREMENT_BEFORE = re.compile(
    r"(?:新增|新建|新招|增设|增加|减少|新开|扩招|新添|增长|再建|净增|裁减|多出|少了|多了|相差|差距)[了过]?[^，。；]{0,6}$"
    r"|\b(?:added|adds?|new(?:ly)?|another|additional|extra|more|fewer|cut|lost|gap of|difference of|each|every|per)\s*(?:\w+\s+)?$", re.I)
_RATE_BEFORE = re.compile(
    r"(?:每|平均|人均|户均|日均|其中)[^，。；]{0,12}$|\b(?:each|every|per|average\w*|of (?:which|whom|these|them))\b[^,.;]{0,40}$", re.I)
_RANK_BEFORE = re.compile(r"(?:第|排名?|No\.? ?|number |rank(?:s|ed|ing)? |top |前)$", re.I)
_ORDINAL_AFTER = re.compile(r"^(?:st|nd|rd|th)\b|^(?:[A-Za-z]\b)|^[–—~～-]\s?\d|^\s?(?:至|到|to|and)\s?\d|^-")
_ATTRIBUTE_AFTER = re.compile(r"^(?:[大级]?级|以[上下]的|的(?![前主]))")
_NON_COUNT_UNITS = frozenset("条 层 次 届 期 批 倍 号 日 月 年 天".split())

_CLAUSE_BREAK = re.compile(r"[，；。：;:！？!?（）()]|,(?!\d)|\.(?=\s|$)|——|–\s")
_PARENTHESIS = re.compile(r"\([^()\d]*\)|（[^（）\d]*）")
_FRONTED_PHRASE = re.compile(r"^\s*(?:在|In|Among|Of|Within|For|Across|At)\b|^\s*在|(?:中|内|方面|领域|里)$", re.I)


@lru_cache(maxsize=4_000)
def find_quantities(sentence: str) -> tuple[Quantity, ...]:
    """The quantities that a sentence states, left to right; years, ranks, ranges and increments are none."""
    out: list[Quantity] = []
    sentence = _PARENTHESIS.sub(lambda m: " " * len(m.group()), sentence)
    clauses = _split_clauses(sentence)
    planned = _PLAN_WORDS.search(sentence) is not None
    found = [f for f in find_figures(sentence) if f.kind in ("amount", "percent") and not _is_name_number(f, sentence)]
    for figure in found:
        at = next((i for i, (a, b) in enumerate(clauses) if a <= figure.start < b), None)
        if at is None or not _states_quantity(figure, sentence):
            continue
        told = _clause_words(sentence, clauses, at, figure, found, out[-1] if out else None)
        if told is not None:
            out.append(_make_quantity(told, figure, sentence, clauses[at], planned=planned))
    return tuple(out)


def _is_name_number(figure: Figure, sentence: str) -> bool:
    """The number of a name: 2号线, 第一人民医院, Route 7."""
    return any(found.start() <= figure.start < found.end() for found in NUMBERED_NAME.finditer(sentence))


def _split_clauses(sentence: str) -> list[tuple[int, int]]:
    edges = [0, *(m.end() for m in _CLAUSE_BREAK.finditer(sentence)), len(sentence)]
    return [(a, b) for a, b in pairwise(edges) if a < b]


def _states_quantity(figure: Figure, sentence: str) -> bool:
    before, after = sentence[: figure.start], sentence[figure.end :]
    if figure.spelled and (figure.value < 2 or (has_han(figure.text) and not figure.unit)):
        return False
    if _RANK_BEFORE.search(before[-8:]) or _ORDINAL_AFTER.match(after) or _INCREMENT_BEFORE.search(before[-16:]) or _RATE_BEFORE.search(before[-50:]):
        return False
    if re.search(r"(?:\d[\d,.]*\s?[-–—~～至到]|\d\s?(?:to|and)|between)\s?$", before[-12:]) or re.search(r"[“\"《A-Za-z_/-]$", before[-1:]):
        return False
    if figure.unit in ("yuan", "usd") and _ATTRIBUTE_AFTER.match(after):
        return False  # of firms with a turnover of 100 million
    return figure.unit not in _NON_COUNT_UNITS or comparable_value(figure, sentence).family != "count"


@dataclass(frozen=True)
class _ClauseWords:
    """The words around a figure, told apart."""

    head: ContentWords
    context: ContentWords
    base: str = ""
    nearby_text: str = ""


def _clause_words(
    sentence: str, clauses: list[tuple[int, int]], clause_index: int, figure: Figure, sentence_figures: list[Figure], previous: Quantity | None,
) -> _ClauseWords | None:
    begin, end = clauses[clause_index]
    here = [f for f in sentence_figures if begin <= f.start < end]
    nth = here.index(figure)
    until = here[nth + 1].start if nth + 1 < len(here) else end
    lead = content_words(sentence[begin : here[0].start])
    between = content_words(re.split(r"、|\band\b|和", sentence[here[nth - 1].end : figure.start])[-1]) if nth else lead
    behind = sentence[unit_end(figure, sentence) : until]
    share = figure.kind == "percent" or (figure.value < 1 and not figure.unit)
    counted = ContentWords() if share or figure.unit in ("yuan", "usd") else counted_words(behind)
    head, owner = (counted, lead) if counted.nouns else (between if nth and between.nouns else lead, ContentWords(verbs=lead.verbs))
    around = sentence[begin : figure.start] + counted.text
    if not owner.nouns and counted.nouns:
        ahead = [(a, b) for a, b in (clauses[clause_index - 1], clauses[0]) if a < begin]
        fronted = next((c for c in ahead if _FRONTED_PHRASE.search(sentence[slice(*c)].strip("，, "))), None)
        owner = _join_words(content_words(sentence[slice(*fronted)]), owner) if fronted else owner
    if not head.nouns and not owner.nouns and not (lead.names and measures_in(sentence[begin : figure.end + 24])):
        return _inherit_subject(sentence, clauses[:clause_index], figure, sentence_figures, previous, lead, behind, share=share)
    names_ = lead.names | _drop_regions(counted.names) | (between.names if nth else frozenset()) or _names_after(behind)
    names_ = _drop_regions(names_) if share else names_
    for a, b in reversed(clauses[:clause_index]):
        names_ = names_ or content_words(sentence[a:b]).names
    return _ClauseWords(ContentWords(head.nouns, (), names_, head.text), owner, _share_base(sentence, begin, figure, behind) if share else "", around)


def _inherit_subject(
    sentence: str, earlier_clauses: list[tuple[int, int]], figure: Figure, sentence_figures: list[Figure], previous: Quantity | None, lead: ContentWords,
    after: str, *, share: bool,
) -> _ClauseWords | None:
    """A clause without a subject of its own goes on with that of the one before."""
    own = (_drop_regions(lead.names) if share else lead.names) or _names_after(after)
    base = _share_base(sentence, earlier_clauses[-1][1] if earlier_clauses else 0, figure, after) if share else ""
    if previous is not None and share and previous.figure.end <= figure.start:
        words = ContentWords(tuple(previous.head), (), own or previous.names, previous.subject)
        return _ClauseWords(words, ContentWords(tuple(previous.context)), base, "")
    for a, b in reversed(earlier_clauses):
        first = next((f.start for f in sentence_figures if a <= f.start < b), b)
        words = content_words(sentence[a:first])
        if words.nouns:
            return _ClauseWords(ContentWords(words.nouns, (), own or words.names, words.text), lead, base, sentence[a:first])
    return None


def _drop_regions(found_names: frozenset[str]) -> frozenset[str]:
    """The names themselves: 全球 in 全球灯塔工厂 is no place, and of 占全国 it is the base."""
    return frozenset(name for name in found_names if not name.startswith("@"))


def _join_words(one: ContentWords, other: ContentWords) -> ContentWords:
    return ContentWords(one.nouns + other.nouns, one.verbs + other.verbs, one.names | other.names, one.text)


def _make_quantity(clause_words: _ClauseWords, figure: Figure, sentence: str, clause: tuple[int, int], *, planned: bool) -> Quantity:
    around = clause_words.nearby_text + sentence[figure.start : min(clause[1], figure.end + 24)]
    measures = measures_in(clause_words.nearby_text) | measures_in(clause_words.head.text)
    if figure.unit not in ("yuan", "usd") and figure.end + 1 < clause[1]:
        measures |= measures_in(re.split("[,，]", sentence[figure.end : figure.end + 16])[0]) & PERMANENT_MEASURES  # 241 kilometres long
    if _NOT_PERMANENT.search(around):
        measures -= PERMANENT_MEASURES
    if clause_words.base:
        measures.add(f"base {clause_words.base}")
    return Quantity(
        figure, comparable_value(figure, sentence), frozenset(clause_words.head.nouns), frozenset(clause_words.context.nouns + clause_words.context.verbs),
        clause_words.head.names, frozenset(measures), planned, find_year(sentence, figure.start), clause_words.head.text.strip("“”\"' 的"))


def _share_base(sentence: str, begin: int, figure: Figure, after: str) -> str:
    """Of what a share is told: nation, province, world, or the word itself."""
    near = re.search(r"占[到了据]?([^，。；占]*?)的?$", sentence[begin : figure.start])
    of = re.match(r"\s*of ([^,.;]+?)(?=\s+(?:and|is|are|was|were|in|at|comes?)\b|[,.;]|$)", after)
    told = near.group(1) if near else of.group(1) if of else ""
    return next((whole for whole, pattern in REGIONS if pattern.search(told)), " ".join(sorted(content_words(told).nouns)) if told else "")


def _names_after(after: str) -> frozenset[str]:
    """`901.3 billion yuan in Shenzhen`."""
    place = re.match(r"\s*(?:in|at|for)\s+([A-Z][^,.;]*)", after)
    return find_name_terms("x " + place.group(1)) if place else frozenset()
