"""Intervals and p-values equal the values computed by hand, and depend neither on order nor on earlier calls."""

import math
import os
import random
import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.statistics import bootstrap_interval, holm_adjust, mcnemar_exact, paired_interval

DOCUMENTS = st.sampled_from(["园林", "运河", "昆山", "gardens", "canals"])
CASES = st.lists(st.tuples(st.floats(0, 1), DOCUMENTS), min_size=1, max_size=40)
GROUPS = st.sampled_from(["zh 数字", "en numeric", "zh refuse", "en refuse", "zh 冲突"])
P_VALUES = st.dictionaries(GROUPS, st.floats(0, 1))


def test_two_documents_are_drawn_whole_and_not_case_by_case() -> None:
    assert bootstrap_interval([1, 1, 0, 0], ["苏州", "苏州", "Kunshan", "Kunshan"]) == (0.0, 1.0)
    low, high = bootstrap_interval([1, 1, 0, 0] * 50, [f"case {i}" for i in range(200)])
    assert 0.4 < low < 0.5 < high < 0.6


def test_four_documents_give_the_quantiles_of_the_binomial() -> None:
    # B(4, 1/4): 0 with probability 0.316, 3 or more with 0.051, 4 with 0.004; the last two enclose 0.025
    assert bootstrap_interval([1, 0, 0, 0], ["园林", "运河", "昆山", "gardens"]) == (0.0, 0.75)


def test_a_long_document_weighs_as_many_cases_as_it_has() -> None:
    # of two documents with 1 and 3 cases, half the draws contain both: the mean is 1/4, not 1/2
    assert bootstrap_interval([1, 0, 0, 0], ["短", "long", "long", "long"], level=0.4) == (0.25, 0.25)


def test_one_document_falls_back_to_its_cases() -> None:
    assert bootstrap_interval([1, 0, 0, 0], ["园林"] * 4) == (0.0, 0.75)


def test_the_interval_of_equal_values_has_no_width_despite_rounding() -> None:
    assert bootstrap_interval([0.1] * 7, ["a", "b", "b", "c", "c", "c", "d"]) == (0.1, 0.1)
    assert bootstrap_interval([0.3], ["昆山"]) == (0.3, 0.3)


@pytest.mark.parametrize(("values", "clusters"), [
    ([], []), ([math.nan], ["a"]), ([1.0, math.inf], ["a", "b"]), ([1.0, 0.0], ["a"])])
def test_missing_and_infinite_values_are_rejected_and_give_no_nan(values: list[float], clusters: list[str]) -> None:
    with pytest.raises(ValueError, match=r"finite|argument"):
        bootstrap_interval(values, clusters)


@settings(deadline=None)
@given(CASES, st.randoms())
def test_the_order_of_the_cases_does_not_matter(cases: list[tuple[float, str]], rng: random.Random) -> None:
    shuffled = rng.sample(cases, len(cases))
    assert bootstrap_interval(*_columns(cases), draws=200) == bootstrap_interval(*_columns(shuffled), draws=200)


@settings(deadline=None)
@given(CASES)
def test_bounds_are_in_order_and_within_the_values(cases: list[tuple[float, str]]) -> None:
    low, high = bootstrap_interval(*_columns(cases), draws=200)
    values = [value for value, _ in cases]
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=8, max_size=60))
def test_the_mean_lies_within_where_each_document_has_one_case(values: list[float]) -> None:
    low, high = bootstrap_interval(values, [f"文{i}" for i in range(len(values))])
    assert low - 1e-9 <= sum(values) / len(values) <= high + 1e-9


def test_the_true_mean_is_covered_about_as_often_as_promised() -> None:
    rng = random.Random(7)
    covered = 0
    for _ in range(300):
        rates = [rng.betavariate(7, 3) for _ in range(40)]  # documents differ; the true mean is 0.7
        cases = [(float(rng.random() < rate), f"文{i}") for i, rate in enumerate(rates) for _ in range(8)]
        low, high = bootstrap_interval(*_columns(cases))
        covered += low <= 0.7 <= high
    assert 0.90 <= covered / 300 <= 0.98


def test_more_confidence_is_wider_and_draws_can_be_chosen() -> None:
    values, clusters = [1.0, 0.0, 0.5, 1.0, 0.0, 0.25], list("苏州园林运河")
    low, high = bootstrap_interval(values, clusters, level=0.8)
    lower, higher = bootstrap_interval(values, clusters, level=0.99)
    assert lower < low < high < higher
    assert bootstrap_interval(values, clusters, draws=1)[0] == bootstrap_interval(values, clusters, draws=1)[1]


def test_an_earlier_call_does_not_change_the_result() -> None:
    first_result = bootstrap_interval([1, 0, 0.5], ["a", "b", "c"])
    bootstrap_interval([1, 0, 0, 1], ["a", "b", "c", "d"])
    assert bootstrap_interval([1, 0, 0.5], ["a", "b", "c"]) == first_result


def test_the_hash_seed_of_the_process_does_not_matter() -> None:
    code = (
        "from evals.statistics import bootstrap_interval; "
        "print(bootstrap_interval([.1, .9, .3, .7, .2], ['园林', '运河', '昆山', 'a', 'b']))")
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True,
        ).stdout
        for seed in ("0", "1", "2")}
    assert outputs == {f"{bootstrap_interval([0.1, 0.9, 0.3, 0.7, 0.2], ['园林', '运河', '昆山', 'a', 'b'])}\n"}


def test_each_case_is_compared_with_itself_and_not_with_the_mean() -> None:
    before = [0.0, 1.0, 0.0, 1.0, 0.25, 0.5]
    assert paired_interval(before, [b + 0.5 for b in before], list("苏州园林运河")) == (0.5, 0.5)
    assert paired_interval([0, 1], [1, 1], ["苏州", "Kunshan"]) == (0.0, 1.0)
    with pytest.raises(ValueError, match="argument"):
        paired_interval([0, 1], [1], ["a", "b"])


@settings(deadline=None)
@given(CASES)
def test_the_reverse_comparison_has_the_opposite_sign(cases: list[tuple[float, str]]) -> None:
    values, clusters = _columns([*cases, (0.5, "第二"), (0.5, "second")])
    zeros = [0.0] * len(values)
    forward = paired_interval(zeros, values, clusters, draws=200)
    backward = paired_interval(values, zeros, clusters, draws=200)
    assert forward == pytest.approx((-backward[1], -backward[0]))


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 1, 0.21875), (6, 0, 0.03125), (3, 3, 1.0), (2, 8, 0.109375)])
def test_flips_follow_a_symmetric_binomial_distribution(gained: int, lost: int, p: float) -> None:
    assert mcnemar_exact(gained, lost) == mcnemar_exact(lost, gained) == p


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_the_tail_is_the_sum_of_its_binomials(gained: int, lost: int) -> None:
    n = gained + lost
    tail = sum(math.comb(n, i) for i in range(min(gained, lost) + 1))
    assert mcnemar_exact(gained, lost) == float(min(Fraction(1), Fraction(2 * tail, 2**n)))


def test_thousands_of_flips_neither_overflow_nor_vanish() -> None:
    assert mcnemar_exact(2_000, 0) == pytest.approx(0.0, abs=1e-300)
    assert mcnemar_exact(1_000, 0) == 2.0**-999
    normal = math.erfc((5_200 - 4_800 - 1) / math.sqrt(10_000) / math.sqrt(2))  # with continuity correction
    assert mcnemar_exact(5_200, 4_800) == pytest.approx(normal, rel=1e-2)


def test_a_negative_count_is_rejected() -> None:
    with pytest.raises(ValueError, match="negative"):
        mcnemar_exact(3, -1)


def test_holm_multiplies_the_smallest_p_most_and_never_decreases() -> None:
    assert holm_adjust({"zh": 0.01, "en": 0.04, "数字": 0.03}) == pytest.approx({"zh": 0.03, "en": 0.06, "数字": 0.06})
    assert list(holm_adjust({"zh": 0.9, "en": 0.01})) == ["zh", "en"]
    assert holm_adjust({"zh": 0.5, "en": 0.6, "冲突": 1.0}) == {"zh": 1.0, "en": 1.0, "冲突": 1.0}
    assert holm_adjust({}) == {}


@settings(deadline=None)
@given(P_VALUES)
def test_holm_keeps_the_order_and_never_lowers_a_p_value(p_values: dict[str, float]) -> None:
    adjusted = holm_adjust(p_values)
    assert all(p <= adjusted[key] <= 1 for key, p in p_values.items())
    by_p = sorted(p_values, key=lambda key: p_values[key])
    assert [adjusted[key] for key in by_p] == sorted(adjusted.values())
    assert adjusted == holm_adjust(dict(reversed(p_values.items())))


def _columns(cases: list[tuple[float, str]]) -> tuple[list[float], list[str]]:
    return [value for value, _ in cases], [cluster for _, cluster in cases]
