"""Numbers and outcomes become weights: linear models fitted by Newton's method, and how well their scores tell outcomes
apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
_PENALTY = 1.0


def fit(values: Matrix, grades: Matrix, weights: Matrix) -> Matrix:
    """Weighted logistic regression by Newton's method; the last coefficient is the bias, which is not penalised."""
    design = np.hstack([values, np.ones((len(values), 1))])
    penalty = np.eye(design.shape[1]) * _PENALTY
    penalty[-1, -1] = 0
    beta: Matrix = np.zeros(design.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (weights * (p - grades)) + penalty @ beta
        hessian = (design * (weights * p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-6:
            break
    return beta


def fit_signed(values: Matrix, grades: Matrix, weights: Matrix, signs: Matrix) -> Matrix:
    """As `fit`, where no coefficient may go against its sign (1, -1, or 0 for either): what would is left out, and all
    fitted anew.

    Evidence that overlaps otherwise gets weights that cancel out on the questions at hand, and mislead on others.
    """
    kept = np.ones(len(signs), dtype=bool)
    while True:
        beta = fit(values[:, kept], grades, weights)
        whole = np.zeros(len(signs))
        whole[kept] = beta[:-1]
        against = whole * signs < 0
        if not against.any():
            return np.append(whole, beta[-1])
        kept &= ~against


def fit_choice(choices: Sequence[tuple[Matrix, Matrix, float]]) -> Matrix:
    """Softmax over the alternatives of each choice (conditional logit, McFadden 1974); it has no bias, which is given
    as 0.

    A choice: the alternatives, a line each; how good each is; and what the choice weighs.
    """
    beta: Matrix = np.zeros(choices[0][0].shape[1])
    loss = _choice_loss(choices, beta)
    for _ in range(60):
        step = _choice_step(choices, beta)
        while (there := _choice_loss(choices, beta - step)) > loss and np.abs(step).max() > _STEP_TOLERANCE:
            step = step / 2  # a whole Newton step may overshoot
        if there > loss or np.abs(step).max() < _STEP_TOLERANCE:
            break
        beta, loss = beta - step, there
    return np.append(beta, 0.0)


_STEP_TOLERANCE = 1e-5


def _choice_loss(choices: Sequence[tuple[Matrix, Matrix, float]], beta: Matrix) -> float:
    total = _PENALTY * float(beta @ beta) / 2
    for values, grades, weight in choices:
        score = values @ beta
        total += weight * float(np.log(np.exp(score - score.max()).sum()) + score.max() - grades @ score / grades.sum())
    return total


def _choice_step(choices: Sequence[tuple[Matrix, Matrix, float]], beta: Matrix) -> Matrix:
    gradient, hessian = _PENALTY * beta, np.eye(len(beta)) * _PENALTY
    for values, grades, weight in choices:
        score = values @ beta
        p = np.exp(score - score.max())
        p /= p.sum()
        mean = p @ values
        gradient = gradient + weight * (mean - grades / grades.sum() @ values)
        hessian = hessian + weight * ((values * p[:, None]).T @ values - np.outer(mean, mean))
    return np.asarray(np.linalg.solve(hessian, gradient), dtype=np.float64)


def auroc(scores: Matrix, truth: Matrix) -> float:
    """The chance that an answerable question scores above an unanswerable one (Mann-Whitney)."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores)] = np.arange(1, len(scores) + 1)
    positive = int(truth.sum())
    negative = len(truth) - positive
    return float((ranks[truth == 1].sum() - positive * (positive + 1) / 2) / max(1, positive * negative))
