"""Label forms: how else than as it is written a question may name a label among those of its column.

Without what all of them end with (东门 for 东门店), or without what stands in brackets at its end: `Disposals` for
`Disposals (Note (c))`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from rag.text.language import has_han, normalise

_MOST_LABELS = 200  # of one column that are compared with each other
_LEAST_FREQUENT = 0.6  # of the labels, for what they end with
_LONGEST_HAN_ENDING = 3  # characters
_BRACKETED_END = re.compile(r"\s*(?:\((?:[^()]|\([^()]*\))*\)|（(?:[^（）]|（[^（）]*）)*）|\[[^\[\]]*\])\s*$")


def common_ending(values: Sequence[str]) -> str:
    """What most values of a column end with: 店 of 东门店 and 西门店, ` branch` of `Mill Lane branch`; empty without it."""
    if len(values) < 2:
        return ""
    counts: Counter[str] = Counter()
    for value in values[:_MOST_LABELS]:
        if has_han(value):
            sizes = range(1, 1 + _LONGEST_HAN_ENDING)
            counts.update(value[-size:] for size in sizes if len(value) > size + 1)
        elif " " in value:
            counts[" " + value.rsplit(" ", 1)[1]] += 1
    least = _LEAST_FREQUENT * min(len(values), _MOST_LABELS)
    frequent = [ending for ending, count in counts.items() if count >= least]
    return max(frequent, key=len, default="")


def without_brackets(label: str) -> str:
    """A label without the notes in brackets at its end; the label itself if there is nothing else.

    >>> without_brackets("Basic earnings per share (cents) (1)"), without_brackets("其他应收款（附注5）")
    ('Basic earnings per share', '其他应收款')
    """
    plain = label
    while (shorter := _BRACKETED_END.sub("", plain)) != plain:
        plain = shorter
    return plain.strip() or label


def shorter_forms(labels: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """The labels of a column that may be named by less than what is written, each with its shorter forms."""
    ending, plain = common_ending(labels), unbracketed_labels(labels)
    forms: dict[str, list[str]] = {label: [short] for label, short in plain.items()}
    for label in labels if ending else ():
        if label.endswith(ending) and len(short := label.removesuffix(ending).strip()) > 1:
            forms.setdefault(label, []).insert(0, short)
    return forms


def unbracketed_labels(values: Sequence[str]) -> Mapping[str, str]:
    """The labels of a column that end with brackets, without them, if this tells them from all others.

    `高一（1）` and `高一（2）` are nothing without their brackets.
    """
    if len(values) > _MOST_LABELS:
        return {}
    plain = {value: without_brackets(value) for value in values}
    counts = Counter(map(normalise, plain.values()))
    return {value: short for value, short in plain.items() if short != value and counts[normalise(short)] == 1}
