"""Confidence is computed from the evidence, and worse evidence never raises it."""

import random
from dataclasses import replace

import pytest

from rag.answering.confidence import cited_coverage, coverage_level, rate_confidence
from rag.questions.analysis import analyse_question
from rag.schema import (
    CheckedFigure,
    Citation,
    CitationState,
    Difference,
    Disagreement,
    FigureState,
    Language,
    Level,
    Passage,
    Status,
)

LEVELS: tuple[Level, ...] = ("none", "weak", "fair", "strong")


def citation(state: CitationState = "verified quote", source: str = "s1", marker: int = 1) -> Citation:
    return Citation(marker, "claim", f"p{marker}", source, "title", "", 0, "quote", state)


def figure(state: FigureState = "found") -> CheckedFigure:
    return CheckedFigure("6家", 0, 2, state)


def disagreement(difference: Difference) -> Disagreement:
    return Disagreement("灯塔工厂", difference, ())


@pytest.mark.parametrize(("language", "reason"), [("zh", "数字 2/2 已核对"), ("en", "2 of 2 figures checked")])
def test_complete_evidence_gives_strong_confidence_with_its_reasons(language: Language, reason: str) -> None:
    confidence = rate_confidence(
        language, "grounded", [citation(), citation(source="s2", marker=2)], [figure(), figure()], [], "strong"
    )
    assert confidence.level == "strong"
    assert reason in confidence.reasons


@pytest.mark.parametrize(("language", "reason"), [
    ("zh", "有 1 个数字在资料中没有找到"), ("en", "one figure was not found in the sources")])
def test_a_figure_that_no_source_has_makes_confidence_weak(language: Language, reason: str) -> None:
    confidence = rate_confidence(language, "grounded", [citation()], [figure(), figure("not found")], [], "strong")
    assert confidence.level == "weak"
    assert reason in confidence.reasons


@pytest.mark.parametrize(
    ("difference", "level"), [("conflict", "weak"), ("another year", "fair"), ("another scope", "fair")]
)
def test_a_disagreement_lowers_confidence(difference: Difference, level: str) -> None:
    assert rate_confidence("zh", "grounded", [citation()], [], [disagreement(difference)], "strong").level == level


@pytest.mark.parametrize(
    ("status", "level"), [("unanswered", "none"), ("failed", "none"), ("partial", "fair"), ("grounded", "strong")]
)
def test_the_status_limits_confidence(status: Status, level: str) -> None:
    assert rate_confidence("en", status, [citation()], [], [], "strong").level == level


@pytest.mark.parametrize(("share", "level"), [(0.9, "strong"), (0.5, "fair"), (0.1, "weak")])
def test_low_coverage_of_the_question_by_an_edited_answer_lowers_its_level(share: float, level: str) -> None:
    assert coverage_level(share) == level


@pytest.mark.parametrize(("answers", "level", "reason"), [
    ("strong", "strong", "引用的段落覆盖了问题的要点"), ("fair", "fair", "引用的原文谈到此事，未必正好回答所问"),
    ("weak", "weak", "引用的原文很可能没有回答所问"), ("none", "weak", "引用的原文很可能没有回答所问")])
def test_confidence_is_no_higher_than_what_the_judge_says(answers: Level, level: str, reason: str) -> None:
    confidence = rate_confidence("zh", "grounded", [citation()], [], [], answers)
    assert confidence.level == level
    assert reason in confidence.reasons


def test_documents_agree_only_where_their_statements_do_not_differ() -> None:
    both = [citation(), citation(source="s2", marker=2)]
    assert "2 份文件一致" in rate_confidence("zh", "grounded", both, [], [], "strong").reasons
    assert "2 份文件一致" not in rate_confidence("zh", "grounded", both, [], [disagreement("conflict")], "strong").reasons


def test_worse_evidence_never_raises_the_level() -> None:
    rng = random.Random(7)
    for _ in range(3_000):
        citations = [citation(rng.choice(["verified quote", "supported", "not found"]), f"s{rng.randint(1, 3)}", n)
                     for n in range(rng.randint(0, 4))]
        figures = [figure(rng.choice(["found", "derived", "not found"])) for _ in range(rng.randint(0, 4))]
        differing = [
            disagreement(rng.choice(["conflict", "another year", "another scope"])) for _ in range(rng.randint(0, 2))
        ]
        status: Status = rng.choice(["grounded", "partial", "unanswered", "failed"])
        answers = LEVELS.index("none") + rng.randint(0, 3)
        level = rate_confidence("en", status, citations, figures, differing, LEVELS[answers]).level
        worse = [
            (status, citations, figures, differing, LEVELS[rng.randint(0, answers)]),
            (status, citations, figures, [*differing, disagreement("conflict")], LEVELS[answers]),
            (status, citations, [*figures, figure("not found")], differing, LEVELS[answers]),
            (status, citations, [replace(each, state="not found") for each in figures], differing, LEVELS[answers]),
            ("partial" if status == "grounded" else status, citations, figures, differing, LEVELS[answers]),
            ("unanswered", citations, figures, differing, LEVELS[answers]),
            *(
                (
                    status,
                    [*citations[:at], replace(c, state=_lower_state(c.state)), *citations[at + 1 :]],
                    figures,
                    differing,
                    LEVELS[answers],
                )
                for at, c in enumerate(citations)
            ),
            (status, [replace(c, source_id="s1") for c in citations], figures, differing, LEVELS[answers]),
        ]
        for evidence in worse:
            lower = rate_confidence("en", *evidence).level  # type: ignore[arg-type]
            assert LEVELS.index(lower) <= LEVELS.index(level), evidence


def _lower_state(state: CitationState) -> CitationState:
    return "supported" if state == "verified quote" else "not found"


@pytest.mark.parametrize(("question", "text"), [
    ("甲市有几家灯塔工厂？", "甲市有灯塔工厂6家。"),
    ("How many lighthouse factories does Suzhou have?", "Suzhou has 6 lighthouse factories.")])
def test_coverage_is_the_share_of_the_question_that_the_cited_passages_state(question: str, text: str) -> None:
    passage = Passage(1, "p1", "s", "", "", 0, 0, len(text), text, 1.0, "en" if text.isascii() else "zh")
    analysed = analyse_question(question, passage.language)
    assert cited_coverage(analysed, [citation()], [passage]) == pytest.approx(1.0)
    assert cited_coverage(analysed, [citation(marker=2)], [passage]) == 0.0  # retrieved, but not cited
    assert cited_coverage(analysed, [citation()], [replace(passage, text="桂花 osmanthus")]) < 0.3
