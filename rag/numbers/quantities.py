"""Quantities: the figures of a sentence, each with what it counts or measures, the place or owner, and the year."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from rag.numbers.counted_nouns import NUMBERED_NAME, ContentWords, content_words, counted_words
from rag.numbers.figure_roles import figure_role
from rag.numbers.figures import Figure, find_figures
from rag.numbers.scopes import REGIONS, find_year
from rag.numbers.units import MONEY_FAMILIES, PERMANENT_MEASURES, Value, comparable_value, measures_in, unit_end
from rag.text.entities import find_name_terms


@dataclass(frozen=True)
class Quantity:
    """A figure of a sentence with what it counts or measures. All words are search terms.

    `苏州的电子信息企业有两家“灯塔工厂”` → figure 两家, head 灯塔 工厂, context 电子信息, names 苏州.
    """

    figure: Figure
    value: Value
    head: frozenset[str]  # what is counted or measured, without generic words (企业, number)
    context: frozenset[str]  # other words of the clause: the owner, the field, the verb
    names: frozenset[str]  # places and organisations; a region (全国, national) as @nation
    measures: frozenset[str]  # output, revenue, length …; `base nation` for a share of the national total
    planned: bool  # a target, not a result
    year: str  # four digits; empty if the sentence gives none
    subject: str = field(compare=False)  # the head as written

    @property
    def terms(self) -> frozenset[str]:
        """The words of head and context."""
        return self.head | self.context


_NOT_PERMANENT = re.compile(r"里程|mileage")  # a length that changes: a network grows

PLAN_WORDS = re.compile(
    r"力争|争取|目标|计划|预计|有望|规划|拟|预期|预测|届时|将(?!近|领|军)|到20\d\d年(?!底?[,，]?(?:已|共有))"
    r"|要(?:达|建|培育|突破|实现|超)|未来"
    r"|\b(?:aim\w*|target\w*|plan(?:s|ned|ning)?|expect\w*|forecast\w*|project(?:s|ed)? to|strive\w*"
    r"|hop(?:e|es|ed|ing)|will|would|shall|intend\w*|goal\w*|set to|by 20\d\d)\b", re.I)
_CLAUSE_BREAK = re.compile(r"[，；。：;:！？!?（）()]|,(?!\d)|\.(?=\s|$)|——|–\s")
_PARENTHESIS = re.compile(r"\([^()\d]*\)|（[^（）\d]*）")
_ITEM_SEPARATOR = re.compile(r"、|\band\b|和")
_SHARE_BEFORE = re.compile(r"占[到了据]?([^，。；占]*?)的?$")
_SHARE_OF_AFTER = re.compile(r"\s*of ([^,.;]+?)(?=\s+(?:and|is|are|was|were|in|at|comes?)\b|[,.;]|$)")
_FRONTED_PHRASE = re.compile(r"^\s*(?:在|In|Among|Of|Within|For|Across|At)\b|^\s*在|(?:中|内|方面|领域|里)$", re.I)


@lru_cache(maxsize=4_000)
def find_quantities(sentence: str) -> tuple[Quantity, ...]:
    """The quantities that a sentence states, left to right; years, ranks, ranges and increments are left out."""
    sentence = blank_parentheses(sentence)
    amounts = [figure for figure in find_figures(sentence) if figure.kind in ("amount", "percent")]
    figures = [figure for figure in amounts if not is_name_number(figure, sentence)]
    parsed = _ParsedSentence(sentence, _split_clauses(sentence), figures)
    planned = PLAN_WORDS.search(sentence) is not None
    quantities: list[Quantity] = []
    for figure in figures:
        index = parsed.clause_index(figure)
        if index is None or figure_role(figure, sentence) != "level":
            continue
        words = _clause_words(parsed, index, figure, quantities[-1] if quantities else None)
        if words is not None:
            quantities.append(_make_quantity(words, figure, sentence, parsed.clauses[index], planned=planned))
    return tuple(quantities)


def blank_parentheses(sentence: str) -> str:
    """The sentence with every parenthesis without digits replaced by as many blanks, so that offsets stay valid."""
    return _PARENTHESIS.sub(lambda parenthesis: " " * len(parenthesis.group()), sentence)


@dataclass(frozen=True)
class _ParsedSentence:
    """A sentence with the offsets of its clauses and the figures that may be quantities."""

    text: str
    clauses: list[tuple[int, int]]
    figures: list[Figure]

    def clause_index(self, figure: Figure) -> int | None:
        """The index of the clause of a figure; None for a figure in no clause."""
        return next((i for i, (begin, end) in enumerate(self.clauses) if begin <= figure.start < end), None)

    def clause_figures(self, clause: tuple[int, int]) -> list[Figure]:
        """The figures that begin between two offsets."""
        return [figure for figure in self.figures if clause[0] <= figure.start < clause[1]]


def is_name_number(figure: Figure, sentence: str) -> bool:
    """Whether a figure is the number of a name: 2号线, 第一人民医院, Route 7."""
    return any(name.start() <= figure.start < name.end() for name in NUMBERED_NAME.finditer(sentence))


def _split_clauses(sentence: str) -> list[tuple[int, int]]:
    edges = [0, *(mark.end() for mark in _CLAUSE_BREAK.finditer(sentence)), len(sentence)]
    return [(begin, end) for begin, end in pairwise(edges) if begin < end]


@dataclass(frozen=True)
class _FigureContext:
    """The words and the text around a figure in its clause."""

    begin: int  # offset of the clause
    lead: ContentWords  # before the first figure of the clause
    item: ContentWords  # between the previous figure and this one; equal to `lead` for the first figure
    after: str  # after the figure and its unit, up to the next figure
    is_share: bool


@dataclass(frozen=True)
class _ClauseWords:
    """The words that say what a figure counts or measures, and for which place or owner."""

    head: ContentWords
    context: ContentWords
    base: str = ""
    nearby_text: str = ""


def _figure_context(sentence: _ParsedSentence, clause: tuple[int, int], figure: Figure) -> _FigureContext:
    text, (begin, end) = sentence.text, clause
    figures = sentence.clause_figures(clause)
    position = figures.index(figure)
    lead = item = content_words(text[begin : figures[0].start])
    if position:
        item = content_words(_ITEM_SEPARATOR.split(text[figures[position - 1].end : figure.start])[-1])
    next_start = figures[position + 1].start if position + 1 < len(figures) else end
    is_share = figure.kind == "percent" or (figure.value < 1 and not figure.unit)
    return _FigureContext(begin, lead, item, text[unit_end(figure, text) : next_start], is_share)


def _clause_words(
        sentence: _ParsedSentence, clause_index: int, figure: Figure, previous: Quantity | None) -> _ClauseWords | None:
    """The words that belong to a figure; None if neither its clause nor an earlier one says what is counted."""
    context = _figure_context(sentence, sentence.clauses[clause_index], figure)
    earlier_clauses = sentence.clauses[:clause_index]
    is_money = comparable_value(figure, sentence.text).family in MONEY_FAMILIES
    counted = ContentWords() if context.is_share or is_money else counted_words(context.after)
    if counted.nouns:
        head, owner = counted, context.lead
        if not owner.nouns:
            owner = _add_fronted_phrase(sentence, earlier_clauses, owner)
    else:
        head, owner = context.item if context.item.nouns else context.lead, ContentWords(verbs=context.lead.verbs)
    if not head.nouns and not owner.nouns:
        names_measured_thing = context.lead.names and measures_in(sentence.text[context.begin : figure.end + 24])
        if not names_measured_thing:
            return _inherit_subject(sentence, earlier_clauses, figure, context, previous)
    names = _owner_names(sentence, earlier_clauses, context, counted)
    base = share_base(sentence.text, context.begin, figure, context.after) if context.is_share else ""
    nearby_text = sentence.text[context.begin : figure.start] + counted.text
    return _ClauseWords(ContentWords(head.nouns, (), names, head.text), owner, base, nearby_text)


def _add_fronted_phrase(
        sentence: _ParsedSentence, earlier_clauses: list[tuple[int, int]], owner: ContentWords) -> ContentWords:
    """The owner's words with those of a phrase that opens the sentence: `Among its hospitals, 8 …`; 在电子领域，…"""
    if not earlier_clauses:
        return owner
    for begin, end in (earlier_clauses[-1], earlier_clauses[0]):
        phrase = sentence.text[begin:end]
        if _FRONTED_PHRASE.search(phrase.strip("，, ")):
            return _join_words(content_words(phrase), owner)
    return owner


def _owner_names(
        sentence: _ParsedSentence, earlier_clauses: list[tuple[int, int]], context: _FigureContext,
        counted: ContentWords) -> frozenset[str]:
    """The places and organisations that a figure belongs to: of its clause, else of the nearest earlier clause."""
    names = context.lead.names | _drop_regions(counted.names) | context.item.names or _names_after(context.after)
    if context.is_share:
        names = _drop_regions(names)
    for begin, end in reversed(earlier_clauses):
        names = names or content_words(sentence.text[begin:end]).names
    return names


def _inherit_subject(
        sentence: _ParsedSentence, earlier_clauses: list[tuple[int, int]], figure: Figure, context: _FigureContext,
        previous: Quantity | None) -> _ClauseWords | None:
    """The subject of an earlier clause, for a clause that has no subject itself."""
    lead = context.lead
    names = (_drop_regions(lead.names) if context.is_share else lead.names) or _names_after(context.after)
    base = share_base(sentence.text, context.begin, figure, context.after) if context.is_share else ""
    if previous is not None and context.is_share and previous.figure.end <= figure.start:
        head = ContentWords(tuple(previous.head), (), names or previous.names, previous.subject)
        return _ClauseWords(head, ContentWords(tuple(previous.context)), base, "")
    for clause in reversed(earlier_clauses):
        figures = sentence.clause_figures(clause)
        subject_text = sentence.text[clause[0] : figures[0].start if figures else clause[1]]
        words = content_words(subject_text)
        if words.nouns:
            head = ContentWords(words.nouns, (), names or words.names, words.text)
            return _ClauseWords(head, lead, base, subject_text)
    return None


def _drop_regions(names: frozenset[str]) -> frozenset[str]:
    """The names without regions: in 全球灯塔工厂, 全球 is not a place, and in 占全国 it is the base of a share."""
    return frozenset(name for name in names if not name.startswith("@"))


def _join_words(first: ContentWords, second: ContentWords) -> ContentWords:
    return ContentWords(first.nouns + second.nouns, first.verbs + second.verbs, first.names | second.names, first.text)


def _make_quantity(
        words: _ClauseWords, figure: Figure, sentence: str, clause: tuple[int, int], *, planned: bool) -> Quantity:
    nearby_text = words.nearby_text + sentence[figure.start : min(clause[1], figure.end + 24)]
    measures = measures_in(words.nearby_text) | measures_in(words.head.text)
    if figure.unit not in ("yuan", "usd") and figure.end + 1 < clause[1]:
        after = re.split("[,，]", sentence[figure.end : figure.end + 16])[0]
        measures |= measures_in(after) & PERMANENT_MEASURES  # 241 kilometres long
    if _NOT_PERMANENT.search(nearby_text):
        measures -= PERMANENT_MEASURES
    if words.base:
        measures.add(f"base {words.base}")
    return Quantity(
        figure, comparable_value(figure, sentence), frozenset(words.head.nouns),
        frozenset(words.context.nouns + words.context.verbs), words.head.names, frozenset(measures), planned,
        find_year(sentence, figure.start), words.head.text.strip("“”\"' 的"))


def share_base(sentence: str, begin: int, figure: Figure, after: str) -> str:
    """The total that a share refers to: nation, province, world, or the words that name it; empty if not stated.

    `占全国的1/9` → nation; `21% of the provincial total` → province.
    """
    before = _SHARE_BEFORE.search(sentence[begin : figure.start])
    base = before or _SHARE_OF_AFTER.match(after)
    if not base or not base.group(1):
        return ""
    base_text = base.group(1)
    region = next((region for region, pattern in REGIONS if pattern.search(base_text)), "")
    return region or " ".join(sorted(content_words(base_text).nouns))


def _names_after(after: str) -> frozenset[str]:
    """The names in a phrase of place after a figure: `901.3 billion yuan in Shenzhen` → shenzhen."""
    place = re.match(r"\s*(?:in|at|for)\s+([A-Z][^,.;]*)", after)
    return find_name_terms("x " + place.group(1)) if place else frozenset()
