"""Public question sets and the dev split become the reviewed weights in rag/text/relevance.json.

    python -m evals.train --squad xquad.zh.json --squad xquad.en.json --squad cmrc2018.json

Files are in SQuAD's format (XQuAD and CMRC 2018 are CC BY-SA 4.0); two files that share question ids are also asked
across languages. Three linear models are fitted by Newton's method with an L2 penalty: `passage` (reranking; logistic),
`sentence` (which of the sentences answers; a softmax over those of one question) and `answerable` (whether any does; logistic,
on questions as they are, with their paragraph withheld, and made into near misses). What is printed is two-fold
cross-validated, folds split by document.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evals.benchmarks.shelf import digest
from evals.fitting import Matrix, auroc, fit, fit_choice, fit_signed
from evals.shelves import Asked, Shelf, notes_shelf, questions_of, squad_shelf
from rag.schema import Passage
from rag.text import relevance
from rag.text.evidence import EVIDENCE, evidence
from rag.text.questions import take_apart
from rag.text.relevance import BASE, FEATURES, base_table, feature_table, scores
from rag.text.said import sentences_of

WEIGHTS = Path(relevance.__file__).with_name("relevance.json")


@dataclass(frozen=True)
class Row:
    """The sentences before one question: features a line, and how far each answers."""

    group: str
    values: Matrix
    grades: Matrix


def rows(shelf: Shelf, *, reranked: bool) -> list[Row]:
    """What the `passage` model (before reranking) or the `sentence` model (after) is fitted to."""
    out = []
    for asked in shelf.asked:
        sentences = sentences_of(shelf.passages(asked, reranked=reranked))
        if not sentences or asked.hidden or asked.swapped:
            continue
        question = take_apart(asked.question, asked.language)
        table = feature_table if reranked else base_table
        out.append(Row(
            asked.group, np.array(table(question, sentences, shelf.rarity)),
            np.array([asked.answers(s) for s in sentences])))
    return out


def fit_sentences(shelves: dict[str, list[Row]]) -> Matrix:
    """Every shelf counts alike, and within a shelf every question."""
    useful = {name: _useful(some) for name, some in shelves.items()}
    values = np.vstack([row.values for some in useful.values() for row in some])
    grades = np.concatenate([row.grades for some in useful.values() for row in some])
    weights = np.concatenate([
        np.full(len(row.grades), 12_000 / len(some) / len(row.grades)) for some in useful.values() for row in some])
    return fit(values, grades, weights)


def choose(shelves: dict[str, list[Row]]) -> Matrix:
    """The model that chooses among the sentences of one question; every shelf counts alike."""
    return fit_choice([(row.values, row.grades, 300 / len(some)) for some in map(_useful, shelves.values()) for row in some])


def _useful(some: Sequence[Row]) -> list[Row]:
    return [row for row in some if row.grades.max() > 0]


def found(some: Sequence[Row], beta: Matrix, k: int) -> float:
    """The share of questions with an answering sentence among the k likeliest."""
    hits = [float(row.grades[np.argsort(-(row.values @ beta[:-1]))[:k]].max()) >= 0.5 for row in some]
    return sum(hits) / max(1, len(hits))


def _fold(group: str) -> int:
    return int(digest(group), 16) % 2


def train_sentences(shelves: Sequence[Shelf], model: str, *, reranked: bool) -> None:
    """Fit a sentence model on all shelves, print its cross-validated success, write its weights."""
    table = {shelf.name: rows(shelf, reranked=reranked) for shelf in shelves}
    fitted = choose if reranked else fit_sentences
    beta = {fold: fitted({n: [r for r in some if _fold(r.group) != fold] for n, some in table.items()}) for fold in (0, 1)}
    for name, some in table.items():
        told = [np.mean([found([r for r in some if _fold(r.group) == fold], beta[fold], k) for fold in (0, 1)]) for k in (1, 3, 4)]
        print(f"{model:10} {name:28} answer in the first sentence {told[0]:.3f}, in three {told[1]:.3f}, in four {told[2]:.3f}")
    _write(model, FEATURES if reranked else BASE, fitted(table))


@dataclass(frozen=True)
class Witness:
    """The evidence before one question, whether it is answerable, and why not."""

    kind: str  # as it is, withheld, near miss
    group: str
    values: list[float]

    @property
    def truth(self) -> float:
        return float(self.kind == _AS_IT_IS)


_AS_IT_IS = "as it is"
# what each kind of question weighs in a public shelf, and in the notes, whose questions people wrote
_WEIGHTS: Mapping[str, float] = {_AS_IT_IS: 200, "withheld": 200, "near miss": 210}
_NOTES_WEIGHT = 900.0


def train_answerable(shelves: Sequence[Shelf]) -> None:
    """Fit `answerable`: each public question as it is, with its paragraph withheld, and as a near miss; and the dev split."""
    table = {shelf.name: list(_witnesses(shelf)) for shelf in shelves}

    def fitted(fold: int | None) -> Matrix:
        """Fit without one fold; every kind of question of a shelf weighs as a whole."""
        some = [(name, w) for name, all_of in table.items() for w in all_of if fold is None or _fold(w.group) != fold]
        counts = Counter((name, w.kind) for name, w in some)
        weights = [(_NOTES_WEIGHT if name == "notes" else _WEIGHTS[w.kind]) / counts[name, w.kind] for name, w in some]
        values, truths = np.array([w.values for _, w in some]), np.array([w.truth for _, w in some])
        return fit_signed(values, truths, np.array(weights), np.array([_sign(name) for name in EVIDENCE], dtype=float))

    halves = {fold: fitted(fold) for fold in (0, 1)}
    for name, some in table.items():
        beta = [halves[_fold(w.group)] for w in some]
        p = np.array([1 / (1 + np.exp(-(np.dot(b[:-1], w.values) + b[-1]))) for b, w in zip(beta, some, strict=True)])
        truth, missed = np.array([w.truth for w in some]), np.array([w.kind == "near miss" for w in some])
        near = f", near misses {np.mean(p[missed] < _ANSWERED):.2f}" if missed.any() else ""
        print(f"answerable {name:28} AUROC {auroc(p[~missed], truth[~missed]):.3f}, refused rightly "
              f"{np.mean(p[(truth == 0) & ~missed] < _ANSWERED):.2f}{near}, wrongly {np.mean(p[truth == 1] < _ANSWERED):.2f}")
    _write("answerable", EVIDENCE, fitted(None))


_ANSWERED = 0.27  # as the extractive step has it
_EITHER_WAY = frozenset(("across", "words", "no_names", "has_place"))
_AGAINST = frozenset((
    "uncovered", "year_missing", "place_elsewhere", "lost", "lost_pool", "lost_anywhere", "heaviest_lost", "heaviest_lost_pool",
    "heaviest_lost_anywhere", "unknown", "unknown_mass", "focus_absent", "names_absent", "stranger", "sort_missing",
    "sort_missing_all", "sort_lost", "figure_missing", "no_new_figure", "person_missing", "place_missing", "numbers_lost",
    "few_words"))


def _sign(evidence_name: str) -> int:
    """Whether a piece of evidence may only speak for an answer, or only against one."""
    return 0 if evidence_name in _EITHER_WAY else -1 if evidence_name in _AGAINST else 1


def _witnesses(shelf: Shelf) -> Iterator[Witness]:
    for asked in shelf.asked:
        question = take_apart(asked.question, asked.language)
        for kind, passages in _versions(shelf, asked):
            sentences = sentences_of(passages)
            if sentences:
                table = feature_table(question, sentences, shelf.rarity)
                ranked = sorted(zip(scores(table), sentences, table, strict=True), key=lambda item: -item[0])
                yield Witness(kind, asked.group, evidence(question, ranked, shelf.rarity))


def _versions(shelf: Shelf, asked: Asked) -> Iterator[tuple[str, tuple[Passage, ...]]]:
    """The passages that a question is put to, with what it is then; what is not found is no answer."""
    passages = shelf.passages(asked, reranked=True)
    if asked.swapped or asked.hidden:
        yield "near miss" if asked.swapped else "withheld", passages
        return
    if shelf.name == "notes" or any(passage.source_id == asked.group for passage in passages):
        yield _AS_IT_IS, passages
    if shelf.name != "notes":
        yield "withheld", shelf.passages(replace(asked, hidden=asked.group), reranked=True)


def _write(model: str, names: Sequence[str], beta: Matrix) -> None:
    table = json.loads(WEIGHTS.read_text("utf-8"))
    table[model] = {name: round(float(value), 4) for name, value in zip((*names, "bias"), beta, strict=True)}
    WEIGHTS.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    relevance.forget_weights()


def main() -> None:
    """Train all three models in the order in which they build on each other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--squad", type=Path, action="append", default=[], help="a file in SQuAD's format")
    files: list[Path] = parser.parse_args().squad
    with tempfile.TemporaryDirectory() as folder:
        shelves = []
        for n, path in enumerate(files):
            home = Path(folder) / str(n)
            home.mkdir()
            shelves.append(squad_shelf(path, home))
            questions = questions_of(path)
            for other in range(n):
                if questions_of(files[other]).keys() & questions.keys():
                    shelves.append(squad_shelf(files[other], Path(folder) / str(other), questions))
        shelves.append(notes_shelf(Path(folder) / "notes"))
        train_sentences(shelves, "passage", reranked=False)
        train_sentences(shelves, "sentence", reranked=True)
        train_answerable(shelves)


if __name__ == "__main__":
    main()
