"""Report of the scores of answers: refusal curves, and the reliability of the levels of confidence."""

from __future__ import annotations

from collections.abc import Sequence

from evals.markdown import render_table
from evals.refusal_curve import WRONG_REFUSALS, RefusalCurve
from evals.reliability import LEVELS, LevelReliability
from evals.summary import Estimate, EvalSummary
from rag.schema import LANGUAGES, Language, Level

CURVE_COLUMNS = (
    "unanswerable", "lang", "writer", "n", "answerable", "area", *(f"{share:.0%}" for share in WRONG_REFUSALS))


def curve_cells(curve: RefusalCurve) -> list[str]:
    """The cells of a curve below CURVE_COLUMNS."""
    shares = [f"{curve.refused[share]:.3f}" for share in WRONG_REFUSALS]
    counts = (str(curve.unanswerable), str(curve.answerable))
    return [curve.group, curve.language, curve.writer, *counts, f"{curve.area:.3f}", *shares]


def level_estimates(
    levels: Sequence[LevelReliability],
) -> dict[Level, tuple[dict[Language, Estimate], dict[Language, float]]]:
    """By level: the share of right answers, and the share of all right answers that have it, each by language."""
    table: dict[Level, tuple[dict[Language, Estimate], dict[Language, float]]] = {}
    for level in LEVELS:
        rows = [row for row in levels if row.level == level]
        if rows:
            table[level] = (
                {row.language: row.right for row in rows}, {row.language: row.share_of_right for row in rows})
    return table


def render_score_sections(summary: EvalSummary) -> list[str]:
    """The Markdown sections of curves and levels; none where answers have no scores."""
    sections = []
    if summary.curves:
        table = render_table(CURVE_COLUMNS, [curve_cells(curve) for curve in summary.curves])
        sections += ["## Refusal", _CURVE_NOTE, table]
    if summary.levels:
        sections += ["## Confidence", render_table(_level_columns(), _level_rows(summary.levels))]
    return sections


_CURVE_NOTE = (
    "The share of the unanswerable questions that is refused if at most so many answerable ones are refused; area: "
    "how often an answerable question has the higher score (AUROC). The rows of a writer compare the writer's own "
    "questions.")


def _level_columns() -> list[str]:
    return ["level", *(f"{name}, {language}" for language in LANGUAGES for name in ("right", "of the right answers"))]


def _level_rows(levels: Sequence[LevelReliability]) -> list[list[str]]:
    rows = []
    for level, (right, shares) in level_estimates(levels).items():
        row: list[str] = [level]
        for language in LANGUAGES:
            estimate = right.get(language)
            row += [f"{estimate.mean:.3f} (n {estimate.n})", f"{shares[language]:.3f}"] if estimate else ["–", "–"]
        rows.append(row)
    return rows
