"""Public question sets and the dev split become the reviewed weights in rag/reading/weights.json.

    python -m evals.training.train --squad xquad.zh.json --squad xquad.en.json --squad cmrc2018.json

Files are in SQuAD's format (XQuAD and CMRC 2018 are CC BY-SA 4.0); two files that share question ids are also asked
across languages. Four linear models are fitted by Newton's method with an L2 penalty: `passage` (reranking; logistic),
`sentence` (which of the sentences answers; a softmax over those of one question), `near` (whether the library speaks of the
matter; logistic) and `answerable` (whether it answers then; logistic). What is printed is two-fold cross-validated: folds
are split by document, and the unanswerable questions, which have none, by pair.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.benchmarks.benchmark_library import digest
from evals.training.linear_models import Matrix, auroc, fit, fit_choice, fit_signed
from evals.training.training_sets import (
    Asked,
    Shelf,
    Sort,
    cut,
    elsewhere,
    notes_shelf,
    questions_of,
    squad_shelf,
    withheld,
)
from rag.questions.analysis import take_apart
from rag.reading import ranking
from rag.reading.answerability import EVIDENCE, evidence
from rag.reading.matching import sentences_of
from rag.reading.ranking import BASE, FEATURES, base_table, feature_table, rank

WEIGHTS = Path(ranking.__file__).with_name("weights.json")


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
        if not sentences or asked.sort != "answered":
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
    """The evidence before one question, and of which sort the question is."""

    shelf: str
    sort: Sort
    group: str
    values: list[float]

    @property
    def truth(self) -> float:
        return float(self.sort == "answered")


# what the questions of one sort and of one public shelf weigh together, and what each question of the notes weighs
_PUBLIC: Mapping[str, Mapping[str, float]] = {
    "near": {"answered": 160, "withheld": 80, "elsewhere": 40}, "answerable": {"answered": 20, "cut": 20}}
_NOTES: Mapping[str, Mapping[str, float]] = {
    "near": {"answered": 1.0, "elsewhere": 2.0}, "answerable": {"answered": 1.0, "near miss": 1.0}}
_FOREIGN = 0.5  # a public question asked of the notes is farther from them than what people ask beside the matter


def train_evidence(shelves: Sequence[Shelf]) -> None:
    """Fit `near` and `answerable`, print how they do on what they were not fitted to, write their weights.

    `near` learns from all shelves: questions as they are, with their paragraph withheld, and asked of other libraries.
    `answerable` learns from the notes above all, whose questions people wrote, answerable ones and near misses, and a
    little from the others, with and without the sentences that answer; where a whole paragraph is withheld, or a word of
    the question swapped for another, the evidence looks otherwise, and taught it the wrong thing.
    """
    some = [witness for shelf in shelves for witness in _witnesses(shelf, shelves)]
    for model in ("near", "answerable"):
        counts = Counter((one.shelf, one.sort) for one in some)
        weights = np.array([_weight(model, w, counts) for w in some])
        beta = {fold: _fitted(model, some, weights, fold) for fold in (0, 1)}
        chances = np.array([1 / (1 + np.exp(-(np.dot(beta[_fold(w.group)][:-1], w.values) + beta[_fold(w.group)][-1]))) for w in some])
        for shelf in sorted({w.shelf for w in some}):
            _print_evidence(model, shelf, [(w, p) for w, p in zip(some, chances, strict=True) if w.shelf == shelf])
        _write(model, EVIDENCE, _fitted(model, some, weights, None))


def _weight(model: str, witness: Witness, counts: Mapping[tuple[str, Sort], int]) -> float:
    if witness.shelf == _FOREIGN_SHELF:
        return _FOREIGN if model == "near" else 0.0
    if witness.shelf == "notes":
        return _NOTES[model].get(witness.sort, 0.0)
    return _PUBLIC[model].get(witness.sort, 0.0) / counts[witness.shelf, witness.sort]


def _fitted(model: str, some: Sequence[Witness], weights: Matrix, without: int | None) -> Matrix:
    """Fit to all but one fold."""
    kept = np.array([weight > 0 and _fold(w.group) != without for w, weight in zip(some, weights, strict=True)])
    values, truths = np.array([w.values for w in some])[kept], np.array([w.truth for w in some])[kept]
    if model == "near":
        return fit_signed(values, truths, weights[kept], np.array([_sign(name) for name in EVIDENCE], dtype=float))
    return fit(values, truths, weights[kept])


_SHARES = (0.03, 0.05, 0.08)


def _print_evidence(model: str, shelf: str, some: Sequence[tuple[Witness, float]]) -> None:
    """How well the chance tells answered questions from each other sort, and where to draw the line."""
    answered = np.sort([p for w, p in some if w.sort == "answered"])
    for sort in sorted({w.sort for w, _ in some} - {"answered"}) if len(answered) else ():
        chances = np.array([p for w, p in some if w.sort in ("answered", sort)])
        truths = np.array([w.truth for w, _ in some if w.sort in ("answered", sort)])
        lines = [float(answered[int(share * len(answered))]) for share in _SHARES]
        told = ", ".join(
            f"{np.mean(chances[truths == 0] < line):.2f} refused below {line:.3f} with {share:.0%} wrongly"
            for share, line in zip(_SHARES, lines, strict=True))
        print(f"{model:10} {shelf:22} {sort:10} AUROC {auroc(chances, truths):.3f}, {told}")


_EITHER_WAY = frozenset(("across", "words", "no_names", "has_place"))
_AGAINST = frozenset((
    "uncovered", "year_missing", "place_elsewhere", "lost", "lost_pool", "lost_anywhere", "heaviest_lost", "heaviest_lost_pool",
    "heaviest_lost_anywhere", "unknown", "unknown_mass", "focus_absent", "names_absent", "stranger", "sort_missing",
    "sort_missing_all", "sort_lost", "figure_missing", "no_new_figure", "year_absent", "person_missing", "place_missing", "numbers_lost",
    "few_words", *(name for name in EVIDENCE if name.startswith("open_"))))


def _sign(evidence_name: str) -> int:
    """Whether a piece of evidence may only speak for an answer, or only against one."""
    return 0 if evidence_name in _EITHER_WAY else -1 if evidence_name in _AGAINST else 1


_FOREIGN_SHELF = "notes, asked others"
_EVERY = 4  # of the questions of other shelves every fourth is asked


def _witnesses(shelf: Shelf, shelves: Sequence[Shelf]) -> Iterator[Witness]:
    for asked in shelf.asked:
        yield from _witness(shelf, shelf.name, asked)
        if shelf.name != "notes":
            yield from _witness(shelf, shelf.name, withheld(asked))
            yield from _witness(shelf, shelf.name, cut(asked))
    if "across" not in shelf.name:
        name = _FOREIGN_SHELF if shelf.name == "notes" else shelf.name
        others = [asked for other in shelves if _matter(other) != _matter(shelf) for asked in other.asked if asked.sort == "answered"]
        for asked in others[::_EVERY]:
            yield from _witness(shelf, name, elsewhere(asked))


def _matter(shelf: Shelf) -> str:
    """Shelves of one set speak of the same: XQuAD's languages are editions of each other."""
    return shelf.name.split(".")[0]


def _witness(shelf: Shelf, name: str, asked: Asked) -> Iterator[Witness]:
    passages = shelf.passages(asked, reranked=True)
    question = take_apart(asked.question, asked.language)
    found = rank(question, passages, shelf.rarity)
    lost = asked.sort in ("answered", "cut") and shelf.name != "notes" and all(passage.source_id != asked.group for passage in passages)
    if found and not lost:  # what is not found is no answer
        yield Witness(name, asked.sort, asked.group, evidence(question, found, shelf.rarity))


def _write(model: str, names: Sequence[str], beta: Matrix) -> None:
    table = json.loads(WEIGHTS.read_text("utf-8"))
    table[model] = {name: round(float(value), 4) for name, value in zip((*names, "bias"), beta, strict=True)}
    WEIGHTS.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    ranking.forget_weights()


def main() -> None:
    """Train all four models in the order in which they build on each other."""
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
        train_evidence(shelves)


if __name__ == "__main__":
    main()
