"""Calibration: what makes probabilities of scores that are right as often as they say, and where thresholds lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.refusal_curve import WRONG_REFUSALS, refused_share
from evals.statistics import auroc
from evals.training.answers.examples import AnswerExample
from evals.training.linear_models import fit
from rag.schema import LANGUAGES

Scored = tuple[AnswerExample, float]  # an example with its score by a model that was not fitted on it
# questions as users ask them, half of them without an answer; those on the notes need several facts, which a single
# sentence seldom states, so that too few of their answers count as right
_CALIBRATED_ON = ("everyday", "held-out libraries")
_ASKED = ("answered", "near miss", "elsewhere")
# below this probability a question is refused: one right answer in thirty is lost by it, and a third of the near misses
# are refused; with 0.2 it would be one in twelve, and almost half, with 0.3 one in six, and three in five
_LEAST = 0.15
_STRONG, _FAIR = 0.9, 0.75  # how many of the answers of a level are right
_FEWEST = 20  # answers from which that can be told


@dataclass(frozen=True)
class Calibrated:
    """Slope and intercept for each language, and the thresholds, which are calibrated probabilities."""

    languages: dict[str, tuple[float, float]]
    thresholds: dict[str, float]


def calibrate(scored: Sequence[Scored]) -> Calibrated:
    """Platt's calibration (1999) for each language, with its thresholds.

    `answer`: below it a question is refused; `strong zh`, `fair en`: from it on 90 or 75 % of the answers
    in that language are right.
    """
    asked = [(e, score) for e, score in scored if e.family in _CALIBRATED_ON and e.kind in _ASKED]
    languages: dict[str, tuple[float, float]] = {}
    right: dict[str, list[tuple[float, bool]]] = {}
    answerable: list[float] = []
    for language in LANGUAGES:
        own = [(example, score) for example, score in asked if example.language == language]
        scores = np.array([score for _, score in own])
        truths = np.array([float(example.is_right) for example, _ in own])
        slope, intercept = fit(scores[:, None] / 10, truths, np.ones(len(own)))
        languages[language] = (float(slope) / 10, float(intercept))
        probabilities = 1 / (1 + np.exp(-(slope * scores / 10 + intercept)))
        right[language] = list(zip(probabilities.tolist(), [e.is_right for e, _ in own], strict=True))
        answerable += [p for (e, _), p in zip(own, probabilities.tolist(), strict=True) if e.kind == "answered"]
        print(f"  calibration {language}: slope {slope / 10:.3f}, intercept {intercept:.3f}; {_bins(right[language])}")
    wrong = float(np.mean([probability < _LEAST for probability in answerable]))
    print(f"  of the questions that the library answers {wrong:.3f} are refused")
    thresholds = {"answer": _LEAST, "answer with a false premise": 0.02}
    for name, share in (("strong", _STRONG), ("fair", _FAIR)):
        for language in LANGUAGES:
            thresholds[f"{name} {language}"] = threshold = round(_threshold_for(right[language], share), 3)
            carried = np.mean([p >= threshold for p, is_right in right[language] if is_right])
            print(f"  {name} {language}: carried by {carried:.3f} of the right answers")
    print(f"  thresholds {thresholds}")
    return Calibrated(languages, thresholds)


def _threshold_for(pairs: Sequence[tuple[float, bool]], share: float) -> float:
    """The lowest probability from which on at least `share` of the answers are right."""
    best, right = 1.0, 0
    for count, (probability, is_right) in enumerate(sorted(pairs, reverse=True), 1):
        right += is_right
        if count >= _FEWEST and right >= share * count:
            best = probability
    return best


def _bins(pairs: Sequence[tuple[float, bool]]) -> str:
    """Stated against true shares, by fifths of the probability."""
    texts = []
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = [(p, is_right) for p, is_right in pairs if low <= p < low + 0.2 + (low == 0.8)]
        if inside:
            stated, true = np.mean([p for p, _ in inside]), np.mean([is_right for _, is_right in inside])
            texts.append(f"{stated:.2f}→{true:.2f} ({len(inside)})")
    return " ".join(texts)


def print_curves(name: str, scored: Sequence[Scored]) -> None:
    """Print for each family, language and kind how well the score separates it from the answered questions."""
    for family in sorted({example.family for example, _ in scored}):
        for language in LANGUAGES:
            own = [(e, s) for e, s in scored if e.family == family and e.language == language]
            answered = [score for example, score in own if example.kind == "answered"]
            for kind in sorted({example.kind for example, _ in own} - {"answered"}):
                others = [score for example, score in own if example.kind == kind]
                if len(answered) > 20 and len(others) > 5:
                    print(_curve(f"{name:14} {family:20} {language} {kind:10}", answered, others), flush=True)


def _curve(name: str, answered: Sequence[float], others: Sequence[float]) -> str:
    shares = " ".join(f"{wrong:.0%}:{refused_share(answered, others, wrong):.3f}" for wrong in WRONG_REFUSALS)
    return f"{name} {len(answered):5}/{len(others):4} AUROC {auroc(answered, others):.3f}, refused at {shares}"

