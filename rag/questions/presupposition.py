"""A question that takes a year or a figure for granted becomes the word that the sources have another."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.numbers.figures import Figure, find_figures, named_years
from rag.questions.analysis import AnalysedQuestion

# a figure is taken for granted where it is not what is asked: behind a tag (`对吧`, `wasn't it`), or in asking why
_TAG_QUESTION = re.compile(
    r"(?:对吧|对吗|对不对|是吧|没错吧|是不是|不是吗|是吗)\W*$"
    r"|,\s*(?:is|are|was|were|did|does|do|has|have|had|will)(?:n['’]t)? (?:it|they|he|she|there)\W*$"
    r"|(?:\bright|\bcorrect|\bno|true)\W*$", re.I)


def presupposed_figures(question: AnalysedQuestion) -> tuple[Figure, ...]:
    """The figures that a question takes for granted: `A是1994年动工的，对吧？` → 1994年; none of one that asks for a figure."""
    if _TAG_QUESTION.search(question.text.strip()) or ("reason" in question.kinds and not question.kinds & {"number", "percent"}):
        return question.figures
    return ()


def has_false_premise(question: AnalysedQuestion, sentences: Sequence[str]) -> bool:
    """Whether sentences on the same matter have other figures of the same sort in place of one that is taken for granted."""
    told = [figure for text in sentences for figure in find_figures(text)]
    for supposed in presupposed_figures(question):
        if supposed.kind == "year":
            if told and named_years(told) and not named_years([supposed]) & named_years(told):
                return True
        elif not any(supposed.has_same_value(figure) for figure in told) and any(
                figure.is_comparable(supposed) and figure.unit == supposed.unit for figure in told):
            return True
    return False
