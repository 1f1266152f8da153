"""Training of the subject match: sets of documents whose statements are known become `rag/ledger/subject_match.json`.

    python -m evals.training.subject_match FOLDER FOLDER … --plain NEWS

Each folder has `docs/` and `facts.jsonl`, one statement a line: [file, sentence or row with ` | `, fact]. Two
statements of one fact are on one subject, whatever their values. Of a `--plain` folder all pairs count as different
ones. What is printed is cross-validated by folder.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.statistics import auroc
from evals.training.linear_models import Matrix, fit_signed
from rag.huwen import open_unfilled
from rag.ledger.conflicts import candidate_pairs
from rag.ledger.entry import LedgerEntry
from rag.ledger.extraction import full_title
from rag.ledger.search import FigureFilter
from rag.ledger.subject_match import (
    FEATURE_SIGNS,
    FEATURES,
    WEIGHTS_FILE,
    ComparedEntry,
    pair_features,
    read_titles,
)
from rag.library.figure_records import FigureRecords
from rag.settings import read_settings

_WEIGHTS_PATH = Path(__file__).parents[2] / "rag" / "ledger" / WEIGHTS_FILE
_PLAIN_WEIGHT, _FACT_WEIGHT = 9_000.0, 3_000.0  # of all pairs of a folder together
# of the score: from where two entries are on one subject, from where one is a rival, and how much nearer it must be.
# Between 0 and 1 the first changes little on the sets that the weights were trained on.
_THRESHOLDS = {"same": 0.5, "rival": 0.0, "margin": 0.3}


@dataclass(frozen=True)
class PairSet:
    """The pairs of entries of a folder: features (pairs, features), whether each is on one subject, their weight."""

    name: str
    values: Matrix
    truth: Matrix
    weight: float


def read_pairs(folder: Path, *, is_plain: bool) -> PairSet:
    """The candidate pairs of a folder's documents, of those statements whose fact is known."""
    with tempfile.TemporaryDirectory() as home, open_unfilled(
            read_settings(home=Path(home), embed_model="dictionary", chat_model="")) as huwen:
        ledger, library = huwen.library.ledger, huwen.library
        with library.write_lock():
            for _ in huwen.add(sorted((folder / "docs").iterdir())):
                pass
            for _ in ledger.fill():
                pass
        entries, records = ledger.find(FigureFilter()), FigureRecords(library)
        openings = {source.id: library.text(source.id)[:400] for source in huwen.sources()}
        titles = read_titles({source.id: full_title(source.title, openings[source.id]) for source in huwen.sources()})
        facts = [""] * len(entries) if is_plain else [*_facts_of(folder, entries, records)]
    compared = [ComparedEntry(entry, titles[entry.source_id]) for entry in entries]
    values, truth = [], []
    for i, j in candidate_pairs(compared):
        if entries[i].source_id != entries[j].source_id and (is_plain or (facts[i] and facts[j])):
            values.append(pair_features(compared[i], compared[j]).values)
            truth.append(float(bool(facts[i]) and facts[i] == facts[j]))
    return PairSet(folder.name, np.array(values), np.array(truth), _PLAIN_WEIGHT if is_plain else _FACT_WEIGHT)


def _facts_of(folder: Path, entries: list[LedgerEntry], records: FigureRecords) -> Iterator[str]:
    """The fact of each entry; empty if its sentence or row is none of the listed ones."""
    by_file: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in (folder / "facts.jsonl").read_text("utf-8").splitlines():
        file, quote, fact = json.loads(line)
        by_file[file].append((quote, fact))
    for entry in entries:
        sentence = re.sub(r"\s", "", records.sentence(entry))
        known = by_file[records.source(entry).name]
        yield next((fact for quote, fact in known if _states(quote, sentence, entry)), "")


def _states(quote: str, sentence: str, entry: LedgerEntry) -> bool:
    if " | " in quote:
        cells = quote.split(" | ")
        return entry.text == cells[-1] and cells[0] in entry.subject and bool(entry.year) and entry.year in quote
    plain = re.sub(r"\s", "", quote)
    is_whole = len(plain) + 3 >= len(sentence)
    return (plain in sentence and (is_whole or entry.text in quote)) or (len(sentence) > len(entry.text) + 3 and (
        sentence in plain))


def fit_weights(sets: list[PairSet]) -> Matrix:
    """The weights of the features and the bias, from some sets."""
    weights = np.concatenate([np.full(len(each.truth), each.weight / max(1, len(each.truth))) for each in sets])
    signs = np.array([*FEATURE_SIGNS.values()], dtype=np.float64)
    values, truth = np.vstack([each.values for each in sets]), np.concatenate([each.truth for each in sets])
    return fit_signed(values, truth, weights, signs)


def main() -> None:
    """Train, print what cross-validation says, and write the weights."""
    parser = argparse.ArgumentParser(description="Train the subject match of the ledger.")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--plain", type=Path, action="append", default=[])
    chosen = parser.parse_args()
    sets = [read_pairs(folder, is_plain=False) for folder in chosen.folders]
    plain = [read_pairs(folder, is_plain=True) for folder in chosen.plain]
    for held in sets if len(sets) > 1 else []:
        beta = fit_weights([each for each in (*sets, *plain) if each is not held])
        scores = held.values @ beta[:-1] + beta[-1]
        area = auroc([*scores[held.truth == 1]], [*scores[held.truth == 0]])
        print(f"without {held.name}: AUROC {area:.3f} of {len(scores)} pairs")
    beta = fit_weights([*sets, *plain])
    table = {"weights": dict(zip(FEATURES, map(float, beta[:-1]), strict=True)), "bias": float(beta[-1]),
             "thresholds": _THRESHOLDS}
    _WEIGHTS_PATH.write_text(json.dumps(table, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
