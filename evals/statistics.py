"""Statistics: bootstrap confidence intervals, McNemar's test and Holm's correction, deterministic at every run."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_SEED = 20_230_611  # any constant, so that equal scores give equal bounds
_DRAWS = 2_000  # at 95 %, 50 draws lie beyond each bound
Key = TypeVar("Key", bound=Hashable)


def bootstrap_interval(
    values: Sequence[float], clusters: Sequence[str], *, draws: int = _DRAWS, level: float = 0.95,
) -> tuple[float, float]:
    """The confidence interval of the mean, by percentile bootstrap over clusters.

    Sources: Efron & Tibshirani 1993, ch. 13; Davison & Hinkley 1997, § 3.8. `clusters` names the cluster of each value,
    such as its document. The scores of questions on one document are correlated, so whole clusters are drawn with
    replacement, as many as there are; the mean of a draw is the sum of its values divided by their number. A single
    cluster has no variance; then the values are drawn instead. The bounds depend neither on the order of the input nor
    on earlier calls.

    Example: values 1, 1 of the document 苏州 and 0, 0 of the document Kunshan. A quarter of the draws contain 苏州
    twice, a quarter contain Kunshan twice, so the interval is (0.0, 1.0).

    Raises:
        ValueError: there is no value, a value is not finite, or the numbers of values and clusters differ.
    """
    if not values or not all(map(math.isfinite, values)):
        raise ValueError("an interval needs at least one value, and finite ones")
    groups: dict[str, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        groups.setdefault(cluster, []).append(value)
    if min(values) == max(values):
        return values[0], values[0]  # exact; the computation below would add rounding errors
    units = [groups[cluster] for cluster in sorted(groups)]
    if len(groups) == 1:
        units = [[value] for value in sorted(values)]
    totals = np.array([(math.fsum(unit), len(unit)) for unit in units])
    sums, counts = (_resample_counts(len(units), draws) @ totals).T
    low, high = np.quantile(sums / counts, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@lru_cache(maxsize=32)
def _resample_counts(size: int, draws: int) -> NDArray[np.uint16]:
    """How often each of `size` units occurs in each draw: an array of `draws` rows, each with the sum `size`.

    The counts are 16-bit integers because the cache holds many of these arrays.
    """
    picked = np.random.Generator(np.random.PCG64(_SEED)).integers(size, size=(draws, size))
    rows = np.arange(draws)[:, None] * size
    return np.bincount((picked + rows).ravel(), minlength=draws * size).reshape(draws, size).astype(np.uint16)


def paired_interval(
    before: Sequence[float], after: Sequence[float], clusters: Sequence[str], *, draws: int = _DRAWS,
    level: float = 0.95,
) -> tuple[float, float]:
    """The confidence interval of the mean of `after - before`, case by case, as in `bootstrap_interval`.

    Example: 0, 1 before and 1, 1 after, on two documents: the differences are 1 and 0, so (0.0, 1.0).

    Raises:
        ValueError: as in `bootstrap_interval`, or the numbers of values before and after differ.
    """
    differences = [b - a for a, b in zip(before, after, strict=True)]
    return bootstrap_interval(differences, clusters, draws=draws, level=level)


def mcnemar_exact(gained: int, lost: int) -> float:
    """The two-sided p-value of McNemar's exact test.

    Sources: McNemar 1947; the binomial form of Fleiss, Levin & Paik 2003, ch. 13. Under the null hypothesis a flip is a
    gain or a loss with equal probability: p = min(1, 2 · Σ C(n, i) / 2ⁿ for i from 0 to min(gained, lost)), with
    n = gained + lost. Computed with integers, so that thousands of flips do not overflow.

    Examples: 5 gained and 1 lost: 2 · (1 + 6) / 64 = 0.21875. No flips: 1.

    Raises:
        ValueError: a count is negative.
    """
    if min(gained, lost) < 0:
        raise ValueError(f"counts cannot be negative: {gained} gained, {lost} lost")
    n = gained + lost
    term = tail = 1
    for i in range(min(gained, lost)):
        term = term * (n - i) // (i + 1)  # C(n, i + 1) from C(n, i)
        tail += term
    return float(min(Fraction(1), Fraction(2 * tail, 2**n)))


def holm_adjust(p_values: Mapping[Key, float]) -> dict[Key, float]:
    """The p-values corrected for multiple tests by Holm's step-down procedure (Holm 1979), in the given order.

    Of m p-values the k-th smallest is multiplied by m - k + 1; the result is at least the previous one and at most 1.
    Example: 0.01, 0.04, 0.03 become 3 · 0.01, max(0.04, 2 · 0.03) and 2 · 0.03, so 0.03, 0.06, 0.06.
    """
    adjusted: dict[Key, float] = {}
    previous = 0.0
    for rank, key in enumerate(sorted(p_values, key=p_values.__getitem__)):
        previous = max(previous, min(1.0, (len(p_values) - rank) * p_values[key]))
        adjusted[key] = previous
    return {key: adjusted[key] for key in p_values}


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The probability that a positive score is higher than a negative one; ties count half (Mann-Whitney).

    Example: 0.9, 0.5 against 0.5, 0.1: of four pairs three are higher and one is a tie, so 3.5 / 4.

    Raises:
        ValueError: there is no score of one kind.
    """
    if not len(positive) or not len(negative):
        raise ValueError("an area needs scores of both kinds")
    ordered = np.sort(np.asarray(negative, dtype=float))
    below = np.searchsorted(ordered, positive, "left")
    upto = np.searchsorted(ordered, positive, "right")
    return float((below + upto).sum() / (2 * len(positive) * len(negative)))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` percent of the values do not exceed (nearest rank).

    Example: p50 of 10, 20, 30, 40 is 20.
    """
    return sorted(values)[max(0, math.ceil(share / 100 * len(values)) - 1)]
