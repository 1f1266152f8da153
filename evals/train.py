"""Public question sets and the dev split become the reviewed weights in rag/text/relevance.json.

    python -m evals.train --squad xquad.zh.json --squad xquad.en.json --squad cmrc2018.json

Files are in SQuAD's format (XQuAD and CMRC 2018 are CC BY-SA 4.0); two files that share question ids are also asked
across languages. Three logistic regressions are fitted by Newton's method with an L2 penalty: `passage` (reranking),
`sentence` (which sentences answer) and `answerable` (whether any does). What is printed is two-fold cross-validated,
folds split by document.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.benchmarks import squad
from evals.benchmarks.shelf import digest, shelve
from evals.cases import DATASETS, Case, load
from evals.metrics.facts import holds, squeezed
from evals.metrics.retrieval import covers
from rag.answering.followup import by_rules
from rag.answering.retrieve import HybridRetriever, numbered
from rag.library.library import Library
from rag.schema import Language, Passage
from rag.settings import SHIPPED_SEEDS
from rag.text import relevance
from rag.text.language import detect
from rag.text.questions import take_apart
from rag.text.relevance import EVIDENCE, FEATURES, Rarity, Sentence, evidence, feature_table, probabilities, sentences_of

WEIGHTS = Path(relevance.__file__).with_name("relevance.json")
_PENALTY = 1.0
_SEEN = 8  # passages that an answer may draw on
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A training question: how far each sentence answers it, and the document that folds are split by."""

    question: str
    language: Language
    group: str
    answers: Callable[[Sentence], float]
    hidden: str = ""  # a source that is withheld, so that nothing answers


@dataclass(frozen=True)
class Shelf:
    """A library with the questions that are asked of it."""

    name: str
    library: Library
    rarity: Rarity
    asked: list[Asked]

    def passages(self, asked: Asked, *, reranked: bool) -> tuple[Passage, ...]:
        """What retrieval finds, without the withheld source."""
        retriever = HybridRetriever(library=self.library, k=_SEEN + 6, reranked=reranked)
        return numbered([d for d in retriever.invoke(asked.question) if d.metadata["source_id"] != asked.hidden][:_SEEN])


def squad_shelf(path: Path, folder: Path, questions: dict[str, str] | None = None) -> Shelf:
    """A SQuAD file as a library of its paragraphs; `questions` replaces the questions by others with the same ids."""
    paragraphs = list(squad.paragraphs(path))
    library = shelve([text.text for text, _ in paragraphs], folder / "home")
    ids = {source.name.removesuffix(".txt"): source.id for source in library.sources()}
    asked = []
    for text, pairs in paragraphs:
        source = ids[digest(text.text)]
        for pair in (pair for pair in pairs if not pair.is_blank("question")):
            question = (questions or {}).get(pair.text("id"), pair.text("question"))
            answers = [squeezed(answer.text("text")) for answer in pair.records("answers")]
            asked.append(Asked(question, detect(question), source, _states(source, answers)))
    return Shelf(f"{path.stem}{' across' if questions else ''}", library, cache(library.rarity), asked)


def _asked(path: Path) -> dict[str, str]:
    """The questions of a file by their ids."""
    return {q.text("id"): q.text("question") for _, qas in squad.paragraphs(path) for q in qas if not q.is_blank("question")}


def _states(source: str, answers: Sequence[str]) -> Callable[[Sentence], float]:
    return lambda s: float(s.passage.source_id == source and any(a in squeezed(s.text) for a in answers))


def notes_shelf(folder: Path) -> Shelf:
    """The shipped notes with the dev split of every dataset."""
    library = Library(folder / "home")
    library.fill(SHIPPED_SEEDS, lambda name, done, total: None)
    cases = [case for path in sorted(DATASETS.glob("*.jsonl")) for case in load(path) if case.split == "dev"]
    asked = [
        Asked(by_rules(c.question, c.history), c.language, c.gold[0][0].split("#")[0] if c.gold else c.id, _grades(c),
              hidden="" if c.gold else "none")
        for c in cases]
    return Shelf("notes", library, cache(library.rarity), asked)


def _grades(case: Case) -> Callable[[Sentence], float]:
    """The share of the required facts that a sentence in a gold paragraph holds."""
    addresses = [address for need in case.gold for address in need]

    def grade(sentence: Sentence) -> float:
        if not any(covers(sentence.passage, address) for address in addresses):
            return 0.0
        return sum(holds(fact, sentence.text) for fact in case.must) / max(1, len(case.must))

    return grade


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
        if not sentences or asked.hidden:
            continue
        question = take_apart(asked.question, asked.language)
        out.append(Row(
            asked.group, np.array(feature_table(question, sentences, shelf.rarity)),
            np.array([asked.answers(s) for s in sentences])))
    return out


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


def fit_sentences(shelves: dict[str, list[Row]]) -> Matrix:
    """Every shelf counts alike, and within a shelf every question."""
    useful = {name: [row for row in some if row.grades.max() > 0] for name, some in shelves.items()}
    values = np.vstack([row.values for some in useful.values() for row in some])
    grades = np.concatenate([row.grades for some in useful.values() for row in some])
    weights = np.concatenate([
        np.full(len(row.grades), 12_000 / len(some) / len(row.grades)) for some in useful.values() for row in some])
    return fit(values, grades, weights)


def found(some: Sequence[Row], beta: Matrix, k: int) -> float:
    """The share of questions with an answering sentence among the k likeliest."""
    hits = [float(row.grades[np.argsort(-(row.values @ beta[:-1]))[:k]].max()) >= 0.5 for row in some]
    return sum(hits) / max(1, len(hits))


def _fold(group: str) -> int:
    return int(digest(group), 16) % 2


def train_sentences(shelves: Sequence[Shelf], model: str, *, reranked: bool) -> None:
    """Fit a sentence model on all shelves, print its cross-validated success, write its weights."""
    table = {shelf.name: rows(shelf, reranked=reranked) for shelf in shelves}
    beta = {fold: fit_sentences({n: [r for r in some if _fold(r.group) != fold] for n, some in table.items()}) for fold in (0, 1)}
    for name, some in table.items():
        told = [np.mean([found([r for r in some if _fold(r.group) == fold], beta[fold], k) for fold in (0, 1)]) for k in (1, 3, 4)]
        print(f"{model:10} {name:28} answer in the first sentence {told[0]:.3f}, in three {told[1]:.3f}, in four {told[2]:.3f}")
    _write(model, FEATURES, fit_sentences(table))


def train_answerable(shelves: Sequence[Shelf]) -> None:
    """Fit `answerable`: each public question once as it is and once with its paragraph withheld."""
    table = {shelf.name: list(_evidences(shelf)) for shelf in shelves}

    def fitted(names: Sequence[str], fold: int | None) -> Matrix:
        """Fit on the shelves without one fold; both outcomes of a shelf weigh alike."""
        values, truths, weights = [], [], []
        for name in names:
            some = [r for r in table[name] if fold is None or _fold(r[2]) != fold]
            for value, truth, _ in some:
                values.append(value)
                truths.append(truth)
                weights.append(200 / max(1, sum(r[1] == truth for r in some)))
        return fit(np.array(values), np.array(truths), np.array(weights))

    halves = {fold: fitted(list(table), fold) for fold in (0, 1)}
    for name, some in table.items():
        p = np.array([1 / (1 + np.exp(-(np.dot(halves[_fold(g)][:-1], v) + halves[_fold(g)][-1]))) for v, _, g in some])
        truth = np.array([t for _, t, _ in some])
        print(f"answerable {name:28} AUROC {auroc(p, truth):.3f}, refused rightly {np.mean(p[truth == 0] < 0.5):.2f}, "
              f"wrongly {np.mean(p[truth == 1] < 0.5):.2f}")
    _write("answerable", EVIDENCE, fitted(list(table), None))


def _evidences(shelf: Shelf) -> Iterator[tuple[list[float], float, str]]:
    for asked in shelf.asked:
        versions = [asked] if asked.hidden or shelf.name == "notes" else [
            asked, Asked(asked.question, asked.language, asked.group, asked.answers, hidden=asked.group)]
        for version in versions:
            question = take_apart(version.question, version.language)
            sentences = sentences_of(shelf.passages(version, reranked=True))
            table = feature_table(question, sentences, shelf.rarity)
            if sentences:
                scored = zip(probabilities(table), sentences, table, strict=True)
                ranked = sorted(scored, key=lambda item: -item[0])
                yield evidence(question, ranked, shelf.rarity), float(not version.hidden), version.group


def auroc(scores: Matrix, truth: Matrix) -> float:
    """The chance that an answerable question scores above an unanswerable one (Mann-Whitney)."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores)] = np.arange(1, len(scores) + 1)
    positive = int(truth.sum())
    negative = len(truth) - positive
    return float((ranks[truth == 1].sum() - positive * (positive + 1) / 2) / max(1, positive * negative))


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
            questions = _asked(path)
            for other in range(n):
                if _asked(files[other]).keys() & questions.keys():
                    shelves.append(squad_shelf(files[other], Path(folder) / str(other), questions))
        shelves.append(notes_shelf(Path(folder) / "notes"))
        train_sentences(shelves, "passage", reranked=False)
        train_sentences(shelves, "sentence", reranked=True)
        train_answerable(shelves)


if __name__ == "__main__":
    main()
