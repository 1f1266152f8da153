"""Figure notes: which figures of an answer need a note below it, because the answer does not explain them itself."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.schema import Answer, CheckedFigure


def explained_figures(answer: Answer) -> tuple[CheckedFigure, ...]:
    """The figures of an answer, in order, without what the answer already says of them.

    An answer computed from a table gives its formula, `50,400 + 97,475`; a note with the same formula would repeat it.
    Such a figure counts as found, one that text recognition doubts keeps only the doubt.
    """
    text = _comparable(answer.text)
    return tuple(_without_formula(figure) if _states(text, figure.how) else figure for figure in answer.figures)


def _states(text: str, formula: str) -> bool:
    return bool(formula) and _comparable(formula) in text


def _without_formula(figure: CheckedFigure) -> CheckedFigure:
    return replace(figure, state="found" if figure.state == "derived" else figure.state, how="")


def _comparable(text: str) -> str:
    """The text without white space and the stop at its end, with one sign for minus."""
    return re.sub(r"\s+", "", text).replace("−", "-").replace("–", "-").rstrip("。.")
