"""Linear models fitted by Newton's method, and the AUROC of their scores."""

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
    """Like `fit`, but no coefficient has a sign other than that in `signs` (1, -1, or 0 for either sign).

    Features whose coefficient has the wrong sign are removed, and the rest is fitted again; removed features get the
    coefficient 0. Without this constraint, overlapping evidence gets weights that cancel each other out on the
    training questions and mislead on others.
    """
    included = np.ones(len(signs), dtype=bool)
    while True:
        beta = fit(values[:, included], grades, weights)
        coefficients = np.zeros(len(signs))
        coefficients[included] = beta[:-1]
        has_wrong_sign = coefficients * signs < 0
        if not has_wrong_sign.any():
            return np.append(coefficients, beta[-1])
        included &= ~has_wrong_sign


def fit_choice(choices: Sequence[tuple[Matrix, Matrix, float]]) -> Matrix:
    """Softmax over the alternatives of each choice (conditional logit, McFadden 1974).

    A choice is a tuple of the feature rows of its alternatives, the grade of each alternative, and the weight of the
    choice. The model has no bias; the last coefficient is 0, so that the result has the form of `fit`.
    """
    beta: Matrix = np.zeros(choices[0][0].shape[1])
    loss = _choice_loss(choices, beta)
    for _ in range(60):
        step = _choice_step(choices, beta)
        while (next_loss := _choice_loss(choices, beta - step)) > loss and np.abs(step).max() > _STEP_TOLERANCE:
            step = step / 2  # a whole Newton step may overshoot
        if next_loss > loss or np.abs(step).max() < _STEP_TOLERANCE:
            break
        beta, loss = beta - step, next_loss
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
