"""Training of the subject match: sets of planted conflicts become `rag/ledger/subject_match.json`.

    python -m evals.training.subject_match SET SET … --plain FOLDER …

A set has the form that `huwen eval conflicts` reads: `docs/` with the documents, and `truth.jsonl` with the planted
conflicts (`evals/benchmarks/conflicts.py`); `planted_sets.py` makes those in the repository. Of the candidate pairs
whose values differ, those that were planted are the positive ones; in a `--plain` folder, which has only `docs/`,
there are none. What is printed is cross-validated by set, and the cut is the one that leaves so few false alarms in
the plain text.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.benchmarks.conflicts import PlantedConflict, read_planted, states_quote
from evals.training.linear_models import Matrix, fit_signed
from rag.huwen import open_unfilled
from rag.ledger.comparison import do_values_agree
from rag.ledger.conflicts import candidate_pairs, compare_entries
from rag.ledger.extraction import full_title
from rag.ledger.search import FigureFilter
from rag.ledger.subject_match import FEATURE_SIGNS, FEATURES, WEIGHTS_FILE, pair_features
from rag.library.figure_records import FigureRecords
from rag.settings import read_settings

_WEIGHTS_PATH = Path(__file__).parents[2] / "rag" / "ledger" / WEIGHTS_FILE
_POSITIVE_WEIGHT = 10.0  # of a planted pair, of which there is one in a hundred
_PLAIN_ALARMS = 1.0  # per 1,000 passages of plain text, at the cut
_RIVAL, _MARGIN = 4.0, 1.5  # below the cut: from where an entry is a rival; and how much worse a rival may be


@dataclass(frozen=True)
class PairSet:
    """The candidate pairs of a folder whose values differ: features (pairs, features), and the conflict of each."""

    name: str
    values: Matrix
    conflicts: tuple[str, ...]  # the id of the planted conflict of each pair; empty for none
    entries: tuple[tuple[int, int], ...]
    planted: int
    passages: int

    @property
    def truth(self) -> Matrix:
        """1 for each planted pair, 0 for the others."""
        return np.array([float(bool(conflict)) for conflict in self.conflicts])


def read_pairs(folder: Path, *, is_plain: bool) -> PairSet:
    """The candidate pairs of a folder's documents."""
    planted = [] if is_plain else read_planted(folder)
    with tempfile.TemporaryDirectory() as home, open_unfilled(
            read_settings(home=Path(home), embed_model="dictionary", chat_model="")) as huwen:
        ledger, library = huwen.library.ledger, huwen.library
        with library.write_lock():
            for _ in huwen.add(sorted((folder / "docs").iterdir())):
                pass
            for _ in ledger.fill():
                pass
        found, records = ledger.find(FigureFilter()), FigureRecords(library)
        titles = {source.id: full_title(source.title, library.text(source.id)[:400]) for source in huwen.sources()}
        sides = [(records.source(entry).name, f"{records.sentence(entry)} {entry.subject}", entry.text)
                 for entry in found]
        passages = sum(source.passages for source in huwen.sources())
    compared, terms = compare_entries(found, titles)
    pairs = tuple((i, j) for i, j in candidate_pairs(compared, terms) if not do_values_agree(found[i], found[j]))
    values = np.array([pair_features(compared[i], compared[j], terms) for i, j in pairs]).reshape(len(pairs), -1)
    conflicts = tuple(_planted_id(planted, sides[i], sides[j]) for i, j in pairs)
    return PairSet(folder.name, values, conflicts, pairs, len(planted), passages)


def _planted_id(
    planted: list[PlantedConflict], left: tuple[str, str, str], right: tuple[str, str, str],
) -> str:
    for conflict in planted:
        (file_a, quote_a), (file_b, quote_b) = conflict.sides
        for one, two in ((left, right), (right, left)):
            if states_quote(one, file_a, quote_a) and states_quote(two, file_b, quote_b):
                return conflict.id
    return ""


def fit_weights(sets: list[PairSet]) -> Matrix:
    """The weights of the features and the bias, from some sets."""
    truth = np.concatenate([each.truth for each in sets])
    values = np.vstack([each.values for each in sets])
    signs = np.array([*FEATURE_SIGNS.values()], dtype=np.float64)
    return fit_signed(values, truth, np.where(truth > 0, _POSITIVE_WEIGHT, 1.0), signs)


def plain_cut(sets: list[PairSet], beta: Matrix) -> float:
    """The score above which plain sets have no more than the allowed false alarms per 1,000 passages."""
    scores = [score for each in sets for score in _alarm_scores(each, beta)]
    allowed = int(_PLAIN_ALARMS * sum(each.passages for each in sets) / 1000)
    ordered = sorted(scores, reverse=True)
    return ordered[allowed] + 0.01 if len(ordered) > allowed else 0.0


def _alarm_scores(each: PairSet, beta: Matrix) -> list[float]:
    """The scores of the false pairs, without those that share an entry with a better one: they are one report."""
    scores = each.values @ beta[:-1] + beta[-1]
    used: set[int] = set()
    alarms = []
    for position in np.argsort(-scores):
        is_new = not used.intersection(each.entries[position])
        used.update(each.entries[position])
        if is_new and not each.conflicts[position]:
            alarms.append(float(scores[position]))
    return alarms


def describe(each: PairSet, beta: Matrix, cut: float) -> str:
    """What a model finds in a set at a cut."""
    scores = each.values @ beta[:-1] + beta[-1]
    found = {conflict for conflict, score in zip(each.conflicts, scores, strict=True) if conflict and score >= cut}
    alarms = sum(score >= cut for score in _alarm_scores(each, beta))
    return f"{each.name}: {len(found)} of {each.planted}, {alarms} alarms in {each.passages} passages at {cut:.2f}"


def main() -> None:
    """Train, print what cross-validation says, and write the weights."""
    parser = argparse.ArgumentParser(description="Train the subject match of the ledger.")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--plain", type=Path, action="append", required=True)
    chosen = parser.parse_args()
    sets = [read_pairs(folder, is_plain=False) for folder in chosen.folders]
    plain = [read_pairs(folder, is_plain=True) for folder in chosen.plain]
    for held in sets if len(sets) > 1 else []:
        beta = fit_weights([each for each in (*sets, *plain) if each is not held])
        print("held out", describe(held, beta, plain_cut(plain, beta)))
    beta = fit_weights([*sets, *plain])
    cut = plain_cut(plain, beta)
    for each in (*sets, *plain):
        print("trained on", describe(each, beta, cut))
    table = {"weights": dict(zip(FEATURES, map(float, beta[:-1]), strict=True)), "bias": float(beta[-1]),
             "thresholds": {"same": cut, "rival": cut - _RIVAL, "margin": _MARGIN}}
    _WEIGHTS_PATH.write_text(json.dumps(table, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
