"""The values of cases become intervals, and gains and losses become p-values, the same at every run."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_SEED = 20_230_611  # any constant: equal scores must give equal bounds
_DRAWS = 2_000  # 50 draws lie beyond each bound at 95 %
Key = TypeVar("Key", bound=Hashable)


def bootstrap_interval(values: Sequence[float], clusters: Sequence[str], *, draws: int = _DRAWS, level: float = 0.95) -> tuple[float, float]:
    """The bounds of the mean by percentile bootstrap over whole clusters (Efron & Tibshirani 1993, ch. 13; Davison & Hinkley 1997, § 3.8).

    Questions on one document rise and fall together, so documents are drawn, with replacement, as many as there are; a
    draw's mean is the sum of its values over their count. One cluster has no spread to show: there the values themselves
    are drawn. Neither the order of the input nor what was computed before changes the bounds.

    Values 1, 1 of 苏州 and 0, 0 of Kunshan: a quarter of the draws hold 苏州 twice, a quarter Kunshan twice, so (0.0, 1.0).

    Raises:
        ValueError: there is no value, one is not finite, or there are not as many clusters as values.
    """
    if not values or not all(map(math.isfinite, values)):
        raise ValueError("an interval needs at least one value, and finite ones")
    groups: dict[str, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        groups.setdefault(cluster, []).append(value)
    if min(values) == max(values):
        return values[0], values[0]  # what rounding would blur
    drawn = [groups[cluster] for cluster in sorted(groups)] if len(groups) > 1 else [[value] for value in sorted(values)]
    totals = np.array([(math.fsum(group), len(group)) for group in drawn])
    sums, counts = (_resample_counts(len(drawn), draws) @ totals).T
    low, high = np.quantile(sums / counts, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@lru_cache(maxsize=32)
def _resample_counts(size: int, draws: int) -> NDArray[np.uint16]:
    """How often each of `size` things is in each draw: `draws` rows that each add up to `size`; small numbers, as many are kept."""
    picked = np.random.Generator(np.random.PCG64(_SEED)).integers(size, size=(draws, size))
    rows = np.arange(draws)[:, None] * size
    return np.bincount((picked + rows).ravel(), minlength=draws * size).reshape(draws, size).astype(np.uint16)


def paired_interval(
    before: Sequence[float], after: Sequence[float], clusters: Sequence[str], *, draws: int = _DRAWS, level: float = 0.95
) -> tuple[float, float]:
    """The bounds of the mean of `after - before`, case by case, by the bootstrap of `interval`.

    Before 0, 1 and after 1, 1 of two documents: the differences are 1 and 0, so (0.0, 1.0).

    Raises:
        ValueError: as `interval`, or there are not as many values after as before.
    """
    return bootstrap_interval([b - a for a, b in zip(before, after, strict=True)], clusters, draws=draws, level=level)


def mcnemar_exact(gained: int, lost: int) -> float:
    """The two-sided p of McNemar's test in its exact form (McNemar 1947; the binomial of Fleiss, Levin & Paik 2003, ch. 13).

    If nothing had changed, each flip would be a gain or a loss by the toss of a coin:
    p = min(1, 2 · Σ C(n, i) / 2ⁿ for i from 0 to min(gained, lost)), with n = gained + lost. In whole numbers, so that
    it holds for thousands of flips. 5 gained and 1 lost: 2 · (1 + 6) / 64 = 0.21875. No flips: 1.

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
    """Each p adjusted for their number by Holm's step-down procedure (Holm 1979), in the order given.

    Of m p-values the k-th smallest is multiplied by m - k + 1, is no less than the one before, and at most 1.
    0.01, 0.04, 0.03: 3 · 0.01, 2 · 0.03 and max(0.04, 0.06), so 0.03, 0.06, 0.06.
    """
    adjusted: dict[Key, float] = {}
    least = 0.0
    for rank, key in enumerate(sorted(p_values, key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[key]))
        adjusted[key] = least
    return {key: adjusted[key] for key in p_values}
