"""Two runs are compared case by case, a loss fails the gate, and no text of a model breaks the report."""

import math
import random
import re
from dataclasses import replace

import pytest

from evals.compare import (
    GATE_LOWER_BOUND,
    BadComparison,
    Flip,
    MetricChange,
    check_gate,
    compare_runs,
    render_comparison,
)
from evals.scores import CaseScores, Score
from rag.schema import Language

ZEROS = ("wrong figures", "injection obeyed")


def case(
    id: str, correct: float | None = 1.0, /, *, works: str = "", type: str = "fact", why: str = "as expected",
    **metrics: float,
) -> CaseScores:
    """Scores of the case `zh-…` or `en-…`; keywords name metrics, with `_` for a space."""
    language: Language = "zh" if id.startswith("zh") else "en"
    scores = {} if correct is None else {"correct": Score(correct, why)}
    scores |= {name.replace("_", " "): Score(value, f"is {value}") for name, value in metrics.items()}
    return CaseScores(id, language, type, tuple(works.split()), scores)


def run(language: str, values: str, **options: str) -> list[CaseScores]:
    """A case for each digit, 0 or 1, each on its own document unless `works` is given."""
    return [case(f"{language}-{i:03}", float(value), **options) for i, value in enumerate(values)]


def cells(report: str, start: str) -> list[str]:
    """The cells of the first table row that begins with a word."""
    line = next(line for line in report.splitlines() if line.startswith(f"| {start} "))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_cases_are_paired_by_id_and_not_by_position() -> None:
    before, after = run("zh", "0110") + run("en", "10"), run("zh", "1110") + run("en", "11")
    found = compare_runs(before, after)
    assert found.pair_count == 6
    assert (found.changes["zh"]["correct"].before, found.changes["zh"]["correct"].after) == (0.5, 0.75)
    assert (found.changes["en"]["correct"].before, found.changes["en"]["correct"].after) == (0.5, 1.0)
    rng = random.Random(3)
    assert compare_runs(rng.sample(before, 6), rng.sample(after, 6)) == found


def test_a_case_of_only_one_run_is_listed_and_not_counted() -> None:
    found = compare_runs([*run("zh", "11"), case("zh-old", 0.0)], [*run("zh", "11"), case("en-new", 0.0)])
    assert (found.only_before, found.only_after) == (("zh-old",), ("en-new",))
    assert found.changes["zh"]["correct"].n == 2
    assert "en" not in found.changes
    assert "Only in the run before, so not compared (1): zh-old." in render_comparison(found)


def test_long_lists_of_ids_are_cut_short() -> None:
    report = render_comparison(compare_runs(run("en", "1" * 30), run("en", "11")))
    assert "(28): en-002, " in report
    assert "en-021 and 8 more." in report


@pytest.mark.parametrize(("before", "after", "sentence"), [
    (run("zh", "1"), run("en", "11"), r"share no case \(1 before, 2 after\)"),
    ([], [], r"share no case \(0 before, 0 after\)"),
    (run("zh", "1"), run("zh", "1") * 2, "zh-000 is twice in one run"),
    (run("zh", "1"), [replace(case("zh-000"), language="en")], "zh-000 is zh before and en after"),
    (run("zh", "1"), [case("zh-000", recall=math.nan)], "zh-000: the score of recall is nan"),
])
def test_runs_that_cannot_be_compared_say_why(before: list[CaseScores], after: list[CaseScores], sentence: str) -> None:
    with pytest.raises(BadComparison, match=sentence):
        compare_runs(before, after)


def test_a_metric_is_paired_only_where_both_runs_have_it() -> None:
    before = [case("zh-1", precision=0.5), case("zh-2", precision=1.0), case("zh-3"), case("zh-4")]
    after = [case("zh-1", precision=1.0), case("zh-2"), case("zh-3", precision=0.0), case("zh-4", precision=0.0)]
    assert compare_runs(before, after).changes["zh"]["precision"] == MetricChange(0.5, 1.0, 0.5, 0.5, 1, 2, 3)


def test_a_metric_without_a_pair_is_listed() -> None:
    found = compare_runs([case("en-1", latency=900.0)], [case("en-1", tokens=12.0)])
    assert found.unpaired_metrics == {"en": ("tokens", "latency")}
    assert "No case has these in both runs: tokens, latency." in render_comparison(found)


def test_the_interval_resamples_documents_and_not_cases() -> None:
    # all gains are on one of two documents, so a draw of documents contains all of them or none
    before = run("zh", "0000", works="园林") + [case(f"zh-1{i}", 1.0, works="运河") for i in range(4)]
    after = [replace(s, scores={"correct": Score(1.0, "")}) for s in before]
    change = compare_runs(before, after).changes["zh"]["correct"]
    assert (change.low, change.high, change.difference) == (0.0, 1.0, 0.5)


def test_flips_have_both_reasons_and_an_unchanged_failure_is_not_a_flip() -> None:
    found = compare_runs(
        [case("zh-1", 0.0, why="缺：3.8万亿元"), case("en-1"), case("en-2", 0.0)],
        [case("zh-1"), case("en-1", 0.0, type="numeric", why="refused"), case("en-2", 0.0, why="missing: 73")])
    assert found.flips == (
        Flip("en-1", "en", "numeric", False, "as expected", "refused"),
        Flip("zh-1", "zh", "fact", True, "缺：3.8万亿元", "as expected"))


def test_verdicts_are_tested_by_language() -> None:
    before, after = run("zh", "000001" + "1" * 4), run("zh", "111110" + "1" * 4)
    found = compare_runs(before + run("en", "11"), after + run("en", "11"))
    zh, en = found.verdicts["zh"], found.verdicts["en"]
    assert (zh.n, zh.before, zh.after, zh.gained, zh.lost, zh.p_value) == (10, 0.5, 0.9, 5, 1, 0.21875)
    assert (en.gained, en.lost, en.p_value) == (0, 0, 1.0)


def test_p_values_are_corrected_for_the_number_of_types() -> None:
    unchanged = [*run("en", "1" * 6, type="numeric"), case("zh-z", type="why"), case("en-z", type="why")]
    before = run("zh", "0" * 6, type="numeric") + unchanged
    after = run("zh", "1" * 6, type="numeric") + unchanged
    found = compare_runs(before, after).by_type
    assert list(found) == [("numeric", "zh"), ("numeric", "en"), ("why", "zh"), ("why", "en")]
    assert (found["numeric", "zh"].p_value, found["numeric", "zh"].adjusted_p) == (0.03125, 0.125)


def test_the_same_run_twice_passes() -> None:
    same = run("zh", "0101" * 10) + run("en", "0011" * 10)
    assert check_gate(compare_runs(same, same), ZEROS) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_gain_in_one_language_does_not_compensate_a_loss_in_the_other(language: str) -> None:
    other = "en" if language == "zh" else "zh"
    found = compare_runs(
        run(language, "1" * 40) + run(other, "0" * 40), run(language, "1" * 36 + "0" * 4) + run(other, "1" * 40))
    (reason,) = check_gate(found, ZEROS)
    assert reason.startswith(f"{language}: correct changed by -0.100, and the lower bound of its 95 % interval, -0.2")


def test_a_bound_equal_to_the_gate_passes() -> None:
    before = [case(f"en-{i}-{j:02}", 1.0, works=f"w{i}") for i in range(4) for j in range(50)]
    after = [replace(s, scores={"correct": Score(float(not s.id.endswith("-00")), "")}) for s in before]
    found = compare_runs(before, after)
    assert found.changes["en"]["correct"].low == GATE_LOWER_BOUND
    assert check_gate(found, ZEROS) == []


def test_a_gain_with_a_wide_interval_does_not_pass() -> None:
    found = compare_runs(run("zh", "0" * 6 + "1" * 6), run("zh", "1" * 6 + "0" * 5 + "1"))
    assert found.changes["zh"]["correct"].difference > 0
    assert check_gate(found, ())


def test_a_hard_zero_is_checked_also_if_the_earlier_run_has_no_such_score() -> None:
    before = [case("zh-1"), case("zh-2"), case("en-1", wrong_figures=0.5)]
    after = [case("zh-1", wrong_figures=0.25), case("zh-2", wrong_figures=0.0), case("en-1", wrong_figures=0.0)]
    assert check_gate(compare_runs(before, after), ZEROS) == [
        "zh: wrong figures must be zero and is not in 1 of 2 answers: zh-1"]


def test_a_hard_zero_is_checked_also_in_a_case_that_is_not_compared() -> None:
    after = [case("en-1"), *(case(f"en-new{i}", injection_obeyed=1.0) for i in range(7))]
    assert check_gate(compare_runs([case("en-1")], after), ZEROS) == [
        "en: injection obeyed must be zero and is not in 7 of 7 answers: "
        "en-new0, en-new1, en-new2, en-new3, en-new4 and 2 more"]


def test_a_language_that_is_missing_in_the_later_run_does_not_pass() -> None:
    assert check_gate(compare_runs(run("zh", "11") + run("en", "11"), run("zh", "11")), ZEROS) == [
        "en: no case has the verdict in both runs, so a loss cannot be excluded"]
    assert check_gate(compare_runs([case("zh-1", None, recall=1.0)], [case("zh-1", recall=1.0)]), ZEROS)


def test_a_set_in_one_language_passes() -> None:
    assert check_gate(compare_runs(run("zh", "11"), run("zh", "11")), ZEROS) == []


@pytest.mark.parametrize(("low", "high", "higher", "lower"), [
    (0.1, 0.2, "better", "worse"), (-0.2, -0.1, "worse", "better"),
    (-0.1, 0.2, "same", "same"), (0.0, 0.2, "same", "same"), (1e-17, 0.2, "same", "same")])
def test_lower_is_better_for_some_metrics(low: float, high: float, higher: str, lower: str) -> None:
    change = MetricChange(0.5, 0.5, low, high, 9, 9, 9)
    assert (change.direction(lower_is_better=False), change.direction(lower_is_better=True)) == (higher, lower)


def test_the_report_gives_numbers_to_three_places() -> None:
    before = [case(f"zh-{i}", 0.0, recall=0.5, false_refusal=1.0) for i in range(12)]
    after = [case(f"zh-{i}", 1.0, recall=0.49999, false_refusal=0.0) for i in range(12)]
    report = render_comparison(compare_runs(before, after), {"false refusal"})
    assert cells(report, "correct") == [
        "correct", "0.000", "1.000", "+1.000", "+1.000 to +1.000", "better", "12", "12", "12"]
    assert cells(report, "false refusal")[0::5] == ["false refusal (lower is better)", "better"]
    assert cells(report, "recall")[3] == "+0.000"
    assert cells(report, "zh") == ["zh", "12", "0.000", "1.000", "12", "0", "<0.001", "<0.001"]


def test_a_report_without_flips_says_so() -> None:
    assert "## Lost (0)\n\nNone." in render_comparison(compare_runs(run("zh", "1"), run("zh", "1")))


@pytest.mark.parametrize("text", [
    "a | b", "行一\n| 行二 |\r\n# 题", "ends with \\", "`code` ``", "<script>alert(1)</script>", "![x](http://a/?q=1)",
    "a\u2028|\x0bb", "\ud800 lone", "\u202ereversed", "&#124;"])
def test_no_text_of_a_model_breaks_the_table(text: str) -> None:
    report, clean = (
        render_comparison(compare_runs(
            [case("zh-1", type=type, why=why), case("en-1")], [case("zh-1", 0.0, type=type, why=why), case("en-1")]))
        for type, why in ((text, text), ("t", "w")))
    pipes, clean_pipes = ([line.count("|") for line in lines.splitlines()] for lines in (report, clean))
    assert len(pipes) == len(clean_pipes)
    assert sorted(pipes) == sorted(clean_pipes)
    assert not re.search(r"[`\\\[\u202e\ud800]|<s|&(?!#\d+;)", report)
    assert report.encode()


def test_an_id_or_a_metric_cannot_break_the_table_either() -> None:
    before = [case("zh|1", 0.0, **{"a|b": 1.0}), case("zh|<b>")]
    report = render_comparison(compare_runs(before, [case("zh|1", 1.0, **{"a|b": 1.0})]))
    assert "| a&#124;b |" in report
    assert "| zh&#124;1 |" in report
    assert "(1): zh&#124;&#60;b&#62;." in report


def test_a_long_reason_is_cut_and_a_missing_one_is_a_dash() -> None:
    report = render_comparison(compare_runs([case("en-1", 0.0, why="x" * 1_000)], [case("en-1", 1.0, why="")]))
    assert f"| {'x' * 300}… | – |" in report
