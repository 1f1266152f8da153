"""Presupposition: the figures that a question takes for granted, and whether the sources have other figures."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.numbers.figures import Figure, find_figures, named_years
from rag.questions.analysis import AnalysedQuestion

# a tag (`对吧`, `wasn't it`) takes the figures before it for granted
_TAG_QUESTION = re.compile(
    r"(?:对吧|对吗|对不对|是吧|没错吧|是不是|不是吗|是吗)\W*$"
    r"|,\s*(?:is|are|was|were|did|does|do|has|have|had|will)(?:n['’]t)? (?:it|they|he|she|there)\W*$"
    r"|(?:\bright|\bcorrect|\bno|true)\W*$", re.I)


def presupposed_figures(question: AnalysedQuestion) -> tuple[Figure, ...]:
    """The figures of a question that takes them for granted: one that ends in a tag, or that asks why.

    `A是1994年动工的，对吧？` → 1994年; `Why were 271 firms named?` → 271. Empty if a figure is asked for.
    """
    if _TAG_QUESTION.search(question.text.strip()):
        return question.figures
    asks_figure = bool(question.kinds & {"number", "percent"})
    return question.figures if "reason" in question.kinds and not asks_figure else ()


def has_false_premise(question: AnalysedQuestion, sentences: Sequence[str]) -> bool:
    """Whether sentences on the same subject lack a presupposed figure and have other figures of its kind instead."""
    figures = [figure for text in sentences for figure in find_figures(text)]
    return any(_is_replaced(presupposed, figures) for presupposed in presupposed_figures(question))


def _is_replaced(presupposed: Figure, figures: Sequence[Figure]) -> bool:
    if presupposed.kind == "year":
        years = named_years(figures)
        return bool(years) and not named_years([presupposed]) & years
    if any(presupposed.has_same_value(figure) for figure in figures):
        return False
    return any(figure.is_comparable(presupposed) and figure.unit == presupposed.unit for figure in figures)
