"""Refusal curves and reliability are computed from the scores of the answers, by language, group and writer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.cases import Behaviour, Case, Fact
from evals.refusal_curve import RefusalCurve, refusal_curves, refused_share
from evals.reliability import level_reliability, score_bins
from evals.report import render_html, render_markdown
from evals.scoring import GradedAnswer, score_answer
from evals.statistics import auroc
from evals.summary import summarise_scores
from rag.schema import Answer, Confidence, Language, Level


def grade(
    id: str, score: float | None, *, language: Language = "zh", behaviour: Behaviour = "answer", type: str = "fact",
    right: bool = True, level: Level = "strong", writer: str = "",
) -> GradedAnswer:
    """An answer with a score; a question that is to be refused has been answered wrongly."""
    must = () if behaviour == "refuse" else (Fact(wordings=("七",)),)
    case = Case(id, language, type, f"{id}？", (), "", must, (), (), behaviour, "dev", writer=writer)
    text = "七。" if right else "八。"
    answer = Answer(case.question, language, "grounded", text, confidence=Confidence(level, ()), score=score)
    return GradedAnswer(case, answer, score_answer(case, answer))


@pytest.mark.parametrize(("wrong", "refused"), [(0.0, 0.5), (0.33, 0.5), (1 / 3, 1.0), (1.0, 1.0)])
def test_the_threshold_refuses_at_most_the_allowed_share(wrong: float, refused: float) -> None:
    assert refused_share([0.9, 0.8, 0.2], [0.5, 0.1], wrong) == refused


def test_equal_scores_are_not_refused_apart() -> None:
    assert refused_share([1.0] * 10, [1.0] * 10, 0.05) == 0.0
    assert auroc([1.0] * 3, [1.0] * 4) == 0.5


def test_the_area_counts_pairs_and_ties_half() -> None:
    assert auroc([0.9, 0.5], [0.5, 0.1]) == 3.5 / 4
    assert auroc([0.9], [0.1]) == 1.0
    with pytest.raises(ValueError, match="both kinds"):
        auroc([], [0.1])


def test_near_misses_and_other_matters_have_curves_of_their_own_in_each_language() -> None:
    graded = []
    for language in ("zh", "en"):
        graded += [grade(f"{language}-{n}", 0.5 + n / 100, language=language) for n in range(20)]
        graded.append(grade(f"{language}-near", 0.6, language=language, behaviour="refuse", type="near-miss/year"))
        graded.append(grade(f"{language}-far", 0.1, language=language, behaviour="refuse", type="other-matter"))
    curves = {(curve.language, curve.group): curve for curve in refusal_curves(graded)}
    assert len(curves) == 6
    assert curves["zh", "other matters"].area == 1.0
    assert curves["en", "other matters"].refused[0.05] == 1.0
    assert curves["zh", "near misses"].refused[0.08] == 0.0
    assert (curves["en", "all"].answerable, curves["en", "all"].unanswerable) == (20, 2)


def test_the_curve_of_a_writer_is_of_the_writers_questions_only() -> None:
    graded = [grade("a1", 0.9, writer="a"), grade("a2", 0.5, writer="a", behaviour="refuse", type="near-miss/name")]
    graded += [grade("b1", 0.2, writer="b"), grade("b2", 0.1, writer="b", behaviour="refuse", type="other-matter")]
    by_writer = {curve.writer: curve for curve in refusal_curves(graded) if curve.writer}
    assert list(by_writer) == ["a"]
    assert (by_writer["a"].group, by_writer["a"].area) == ("near misses", 1.0)


def test_answers_of_a_model_have_no_curve() -> None:
    assert refusal_curves([grade("a", None), grade("b", None, behaviour="refuse")]) == []


def test_reliability_compares_levels_and_scores_with_right_answers() -> None:
    graded = [grade(f"r{n}", 0.9, level="strong") for n in range(10)]
    graded += [grade(f"w{n}", 0.1, level="weak", right=n == 0) for n in range(10)]
    levels = {row.level: row for row in level_reliability(graded)}
    assert (levels["strong"].right.mean, levels["weak"].right.mean) == (1.0, 0.1)
    assert levels["strong"].share_of_right == pytest.approx(10 / 11)
    assert [(one.score, one.right.mean) for one in score_bins(graded)] == [
        (pytest.approx(0.1), 0.1), (pytest.approx(0.9), 1.0)]


def test_an_unanswerable_question_that_is_answered_is_a_wrong_answer() -> None:
    [row] = level_reliability([grade("a", 0.9), grade("b", 0.9, behaviour="refuse")])
    assert row.right.mean == 0.5


def test_the_reports_show_curves_levels_and_the_reliability_plot() -> None:
    graded = [grade(f"q{n}", n / 20, right=n > 9) for n in range(20)]
    graded.append(grade("n", 0.01, behaviour="refuse", type="near-miss/name"))
    summary = summarise_scores([one.case_scores for one in graded])
    assert "Refusal" not in render_html({}, summary, graded)
    summary = replace(
        summary, curves=refusal_curves(graded), levels=level_reliability(graded), bins=score_bins(graded))
    html, markdown = render_html({}, summary, graded), render_markdown({}, summary, graded)
    for text in (html, markdown):
        assert "near misses" in text
        assert "strong" in text
    assert html.count('class="mark zh" x=') >= 2
    assert "reliability; zh score" in html
    assert "## Refusal" in markdown


def test_a_curve_is_written_with_rounded_numbers() -> None:
    curve = RefusalCurve("en", "all", 3, 2, 2 / 3, {0.05: 1 / 3})
    assert curve.to_json()["refused"] == {"0.05": 0.3333}
