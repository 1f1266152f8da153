"""Asked computation: what a question wants computed from many values: a count, a sum, the largest, a difference.

`哪个区增速最快？` → extreme, largest first; `How much more did East sell than West?` → difference; `列出价格低于100元的商品` →
list, below 100. A question for one stated value has none. All offsets are those of `canonical_text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Literal, get_args

from rag.questions.asked_change import AskedChange, find_change
from rag.questions.canonical_text import canonical_text
from rag.questions.number_conditions import NumberCondition, Span, find_conditions
from rag.questions.superlatives import Superlative, find_comparative, find_rank_words, find_superlative
from rag.text.lexicon import load_lexicon

Operation = Literal[
    "count", "sum", "mean", "median", "extreme", "rank", "list", "difference", "growth", "share", "ratio", "comparison",
    "trend"]


@dataclass(frozen=True)
class AskedComputation:
    """The operations that a question may ask for, the likeliest first, with what belongs to them.

    `superlative`: of what an extreme or a comparison asks for. `spans`: the parts of the question that name the
    operations; `operation_spans` says which. `is_yes_or_no`: it asks whether one thing is more than another.
    `complications`: rates per unit, negations and comparisons that none of the operations covers; `negations` are those
    that deny a value; `change`: a rise or a fall; `distinct`: where it asks for different values.
    """

    operations: tuple[Operation, ...]
    superlative: Superlative = field(default_factory=Superlative)
    conditions: tuple[NumberCondition, ...] = ()
    spans: tuple[Span, ...] = ()
    operation_spans: tuple[tuple[Operation, Span], ...] = ()
    is_yes_or_no: bool = False
    complications: tuple[Span, ...] = ()
    change: AskedChange | None = None
    negations: tuple[Span, ...] = ()
    distinct: tuple[Span, ...] = ()
    is_inverse: bool = False  # `how many times A's hours were B's` asks for B over A


def asked_computation(question: str) -> AskedComputation | None:
    """What a question wants computed; None if no part of it names an operation."""
    text = canonical_text(question)
    conditions = tuple(find_conditions(text))
    spans = [condition.span for condition in conditions]
    masked = _mask(text, spans)
    operations: list[Operation] = []
    superlative = find_superlative(masked)
    if superlative:
        operations.append("extreme")
        spans += superlative.spans
        masked = _mask(masked, superlative.spans)
    elif rank_words := list(find_rank_words(masked)):
        operations.append("rank")
        spans += rank_words
        masked = _mask(masked, rank_words)
    named = list(_named_operations(masked))
    operations += dict.fromkeys(operation for operation, _ in named)
    change = _change(text, conditions)
    if not operations and _ASKS_WHICH.search(text) and (conditions or _LISTED.search(text) or change):
        operations.append("list")
    if not operations:
        return None
    if "comparison" in operations and "extreme" not in operations:
        superlative = find_comparative(text)
        spans += superlative.spans if superlative else ()
    superlative = superlative or Superlative()
    has_measure = superlative.measure not in GENERAL_MEASURES
    return AskedComputation(
        tuple(operations), superlative, conditions, (*spans, *(span for _, span in named)), tuple(named),
        is_yes_or_no=_YES_OR_NO.search(text) is not None,
        complications=tuple(_complications(text, operations, conditions, has_measure=has_measure)),
        change=change,
        negations=_spans_of(_complication_patterns()["negation"], text),
        distinct=_spans_of(_DISTINCT, text),
        is_inverse=_INVERSE_RATIO.search(text) is not None)


def _spans_of(pattern: re.Pattern[str], text: str) -> tuple[Span, ...]:
    return tuple(match.span() for match in pattern.finditer(text))


# measures of adjectives that compare changes as well as states: the largest, the fastest
GENERAL_MEASURES = frozenset(("", "size", "speed", "growth", "decline", "variance"))
_LISTED = re.compile(
    r"\b(?:which|who)\b.{1,60}\b(?:in|during) (?:[a-z]+ )?(?:19|20)\d\d\b|(?:谁|哪些?).{0,20}(?:19|20)\d\d年")
_ASKS_WHICH = re.compile(r"哪|谁|什么|\b(?:which|who|what)\b")
_YES_OR_NO = re.compile(r"吗[?？]?$|是否|是不是|^(?:is|are|was|were|did|does|do|has|have|had)\b")


def _change(text: str, conditions: Sequence[NumberCondition]) -> AskedChange | None:
    """The change that a question names, or compares a period with: fewer people than in 2011."""
    plain = _mask(text, [condition.span for condition in conditions])
    if (change := find_change(plain)) or _THAN_BEFORE.search(plain) is None:
        return change
    comparative = find_comparative(plain)
    return AskedChange(1 if comparative.is_largest else -1, False, False, comparative.spans) if comparative else None


_THAN_BEFORE = re.compile(r"比.{0,12}\d{4}年?.{0,12}[多少高低大小]|\bthan\b.{0,30}\b(?:19|20)\d\d\b")
_INVERSE_RATIO = re.compile(
    r"\bhow many times "
    r"(?!(?:larger|bigger|higher|more|greater|longer|heavier|as|did|do|does|is|was|were|are|has|have|over)\b)\w")
_DISTINCT = re.compile(
    r"不同的?|[多几]少?种|\b(?:different|distinct|unique|separate)\b|\b(?:types|kinds|sorts|categories|classes)\b(?= of)")
_EXCLUSIVE = ("growth", "ratio", "difference")  # whose words name nothing else: `percentage change` is no share


def _named_operations(text: str) -> Iterator[tuple[Operation, Span]]:
    """The operations that a text names, each with its words: of `占全市的比例` 占 and 比例, not 全市."""
    for operation, pattern in _operation_patterns().items():
        matches = [match.span() for match in pattern.finditer(text)]
        for match in matches:
            for word in _operation_words().finditer(text, *match):
                yield operation, word.span()
        if operation in _EXCLUSIVE:
            text = _mask(text, matches)


@cache
def _operation_patterns() -> dict[Operation, re.Pattern[str]]:
    """The patterns of `operation_patterns.txt` in its order."""
    alternatives: dict[str, list[str]] = {}
    for line in load_lexicon("rag.questions", "operation_patterns"):
        operation, pattern = line.split("\t")
        alternatives.setdefault(operation, []).append(pattern)
    return {
        operation: re.compile("|".join(patterns))
        for name, patterns in alternatives.items() for operation in _OPERATIONS if operation == name}


_OPERATIONS: tuple[Operation, ...] = get_args(Operation)


@cache
def _operation_words() -> re.Pattern[str]:
    return re.compile("|".join(load_lexicon("rag.questions", "operation_words")))


def _complications(
    text: str, operations: Sequence[Operation], conditions: Sequence[NumberCondition], *, has_measure: bool,
) -> Iterator[Span]:
    """The parts of a question that restrict or change what is computed, and that none of its operations covers.

    `has_measure`: a superlative says what it compares: of the driest month one may ask how much fell.
    """
    kinds = ["negation", "period", "product"]
    if not {"difference", "share", "ratio", "growth"} & set(operations):
        kinds.append("rate")
    if not {"comparison", "difference", "growth", "ratio"} & set(operations):
        kinds.append("comparison")
    if not {"difference", "growth", "trend"} & set(operations) and not has_measure:
        kinds.append("change")
    handled = [condition.span for condition in conditions]
    for match in chain.from_iterable(_complication_patterns()[kind].finditer(text) for kind in kinds):
        if not any(a <= match.start() and match.end() <= b for a, b in handled):
            yield match.span()


@cache
def _complication_patterns() -> dict[str, re.Pattern[str]]:
    alternatives: dict[str, list[str]] = {}
    for line in load_lexicon("rag.questions", "complications"):
        kind, pattern = line.split("\t")
        alternatives.setdefault(kind, []).append(pattern)
    return {kind: re.compile("|".join(patterns)) for kind, patterns in alternatives.items()}


def _mask(text: str, spans: Sequence[Span]) -> str:
    """The text with spaces in place of some spans."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
