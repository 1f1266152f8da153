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

from evals.benchmarks.benchmark_library import text_digest
from evals.training.linear_models import Matrix, auroc, fit, fit_choice, fit_signed
from evals.training.training_sets import (
    QuestionKind,
    TrainingQuestion,
    TrainingSet,
    ask_elsewhere,
    cut_answers,
    notes_training_set,
    read_questions,
    squad_training_set,
    withhold_source,
)
from rag.questions.analysis import analyse_question
from rag.reading import ranking
from rag.reading.answerability import EVIDENCE_FEATURES, evidence_values
from rag.reading.matching import passage_sentences
from rag.reading.ranking import BASE_FEATURES, FEATURES, base_table, feature_table, rank_sentences

WEIGHTS = Path(ranking.__file__).with_name("weights.json")


@dataclass(frozen=True)
class SentenceTable:
    """The sentences before one question: features a line, and how far each answers."""

    group: str
    values: Matrix
    grades: Matrix


def sentence_tables(training_set: TrainingSet, *, reranked: bool) -> list[SentenceTable]:
    """What the `passage` model (before reranking) or the `sentence` model (after) is fitted to."""
    out = []
    for asked in training_set.questions:
        sentences = passage_sentences(training_set.retrieve_passages(asked, reranked=reranked))
        if not sentences or asked.kind != "answered":
            continue
        question = analyse_question(asked.question, asked.language)
        table = feature_table if reranked else base_table
        out.append(SentenceTable(
            asked.group, np.array(table(question, sentences, training_set.term_weight)),
            np.array([asked.grade_sentence(s) for s in sentences])))
    return out


def fit_sentences(tables: dict[str, list[SentenceTable]]) -> Matrix:
    """Every shelf counts alike, and within a shelf every question."""
    useful = {name: _answered_tables(some) for name, some in tables.items()}
    values = np.vstack([row.values for some in useful.values() for row in some])
    grades = np.concatenate([row.grades for some in useful.values() for row in some])
    weights = np.concatenate([
        np.full(len(row.grades), 12_000 / len(some) / len(row.grades)) for some in useful.values() for row in some])
    return fit(values, grades, weights)


def fit_sentence_choice(tables: dict[str, list[SentenceTable]]) -> Matrix:
    """The model that chooses among the sentences of one question; every shelf counts alike."""
    return fit_choice([(row.values, row.grades, 300 / len(some)) for some in map(_answered_tables, tables.values()) for row in some])


def _answered_tables(tables: Sequence[SentenceTable]) -> list[SentenceTable]:
    return [row for row in tables if row.grades.max() > 0]


def hit_rate(tables: Sequence[SentenceTable], beta: Matrix, k: int) -> float:
    """The share of questions with an answering sentence among the k likeliest."""
    hits = [float(row.grades[np.argsort(-(row.values @ beta[:-1]))[:k]].max()) >= 0.5 for row in tables]
    return sum(hits) / max(1, len(hits))


def _fold_number(group: str) -> int:
    return int(text_digest(group), 16) % 2


def train_sentences(training_sets: Sequence[TrainingSet], model: str, *, reranked: bool) -> None:
    """Fit a sentence model on all shelves, print its cross-validated success, write its weights."""
    table = {shelf.name: sentence_tables(shelf, reranked=reranked) for shelf in training_sets}
    fitted = fit_sentence_choice if reranked else fit_sentences
    beta = {fold: fitted({n: [r for r in some if _fold_number(r.group) != fold] for n, some in table.items()}) for fold in (0, 1)}
    for name, some in table.items():
        told = [np.mean([hit_rate([r for r in some if _fold_number(r.group) == fold], beta[fold], k) for fold in (0, 1)]) for k in (1, 3, 4)]
        print(f"{model:10} {name:28} answer in the first sentence {told[0]:.3f}, in three {told[1]:.3f}, in four {told[2]:.3f}")
    _write_weights(model, FEATURES if reranked else BASE_FEATURES, fitted(table))


@dataclass(frozen=True)
class EvidenceExample:
    """The evidence before one question, and of which sort the question is."""

    set_name: str
    kind: QuestionKind
    group: str
    values: list[float]

    @property
    def truth(self) -> float:
        return float(self.kind == "answered")


# what the questions of one sort and of one public shelf weigh together, and what each question of the notes weighs
_PUBLIC_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "near": {"answered": 160, "withheld": 80, "elsewhere": 40}, "answerable": {"answered": 20, "cut": 20}}
_NOTES_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "near": {"answered": 1.0, "elsewhere": 2.0}, "answerable": {"answered": 1.0, "near miss": 1.0}}
_FOREIGN_WEIGHT = 0.5  # a public question asked of the notes is farther from them than what people ask beside the matter


def train_evidence(training_sets: Sequence[TrainingSet]) -> None:
    """Fit `near` and `answerable`, print how they do on what they were not fitted to, write their weights.

    `near` learns from all shelves: questions as they are, with their paragraph withheld, and asked of other libraries.
    `answerable` learns from the notes above all, whose questions people wrote, answerable ones and near misses, and a
    little from the others, with and without the sentences that answer; where a whole paragraph is withheld, or a word of
    the question swapped for another, the evidence looks otherwise, and taught it the wrong thing.
    """
    some = [witness for shelf in training_sets for witness in _set_examples(shelf, training_sets)]
    for model in ("near", "answerable"):
        counts = Counter((one.set_name, one.kind) for one in some)
        weights = np.array([_example_weight(model, w, counts) for w in some])
        beta = {fold: _fit_evidence(model, some, weights, fold) for fold in (0, 1)}
        chances = np.array([1 / (1 + np.exp(-(np.dot(beta[_fold_number(w.group)][:-1], w.values) + beta[_fold_number(w.group)][-1]))) for w in some])
        for shelf in sorted({w.set_name for w in some}):
            _print_evidence(model, shelf, [(w, p) for w, p in zip(some, chances, strict=True) if w.set_name == shelf])
        _write_weights(model, EVIDENCE_FEATURES, _fit_evidence(model, some, weights, None))


def _example_weight(model: str, example: EvidenceExample, counts: Mapping[tuple[str, QuestionKind], int]) -> float:
    if example.set_name == _FOREIGN_SET:
        return _FOREIGN_WEIGHT if model == "near" else 0.0
    if example.set_name == "notes":
        return _NOTES_WEIGHTS[model].get(example.kind, 0.0)
    return _PUBLIC_WEIGHTS[model].get(example.kind, 0.0) / counts[example.set_name, example.kind]


def _fit_evidence(model: str, examples: Sequence[EvidenceExample], weights: Matrix, left_out_fold: int | None) -> Matrix:
    """Fit to all but one fold."""
    kept = np.array([weight > 0 and _fold_number(w.group) != left_out_fold for w, weight in zip(examples, weights, strict=True)])
    values, truths = np.array([w.values for w in examples])[kept], np.array([w.truth for w in examples])[kept]
    if model == "near":
        return fit_signed(values, truths, weights[kept], np.array([_evidence_sign(name) for name in EVIDENCE_FEATURES], dtype=float))
    return fit(values, truths, weights[kept])


_REFUSED_SHARES = (0.03, 0.05, 0.08)


def _print_evidence(model: str, set_name: str, examples: Sequence[tuple[EvidenceExample, float]]) -> None:
    """How well the chance tells answered questions from each other sort, and where to draw the line."""
    answered = np.sort([p for w, p in examples if w.kind == "answered"])
    for sort in sorted({w.kind for w, _ in examples} - {"answered"}) if len(answered) else ():
        chances = np.array([p for w, p in examples if w.kind in ("answered", sort)])
        truths = np.array([w.truth for w, _ in examples if w.kind in ("answered", sort)])
        lines = [float(answered[int(share * len(answered))]) for share in _REFUSED_SHARES]
        told = ", ".join(
            f"{np.mean(chances[truths == 0] < line):.2f} refused below {line:.3f} with {share:.0%} wrongly"
            for share, line in zip(_REFUSED_SHARES, lines, strict=True))
        print(f"{model:10} {set_name:22} {sort:10} AUROC {auroc(chances, truths):.3f}, {told}")


_UNSIGNED_EVIDENCE = frozenset(("across", "words", "no_names", "has_place"))
_NEGATIVE_EVIDENCE = frozenset((
    "uncovered", "year_missing", "place_elsewhere", "lost", "lost_pool", "lost_anywhere", "heaviest_lost", "heaviest_lost_pool",
    "heaviest_lost_anywhere", "unknown", "unknown_mass", "focus_absent", "names_absent", "stranger", "sort_missing",
    "sort_missing_all", "sort_lost", "figure_missing", "no_new_figure", "year_absent", "person_missing", "place_missing", "numbers_lost",
    "few_words", *(name for name in EVIDENCE_FEATURES if name.startswith("open_"))))


def _evidence_sign(evidence_name: str) -> int:
    """Whether a piece of evidence may only speak for an answer, or only against one."""
    return 0 if evidence_name in _UNSIGNED_EVIDENCE else -1 if evidence_name in _NEGATIVE_EVIDENCE else 1


_FOREIGN_SET = "notes, asked others"
_FOREIGN_STEP = 4  # of the questions of other shelves every fourth is asked


def _set_examples(training_set: TrainingSet, training_sets: Sequence[TrainingSet]) -> Iterator[EvidenceExample]:
    for asked in training_set.questions:
        yield from _question_examples(training_set, training_set.name, asked)
        if training_set.name != "notes":
            yield from _question_examples(training_set, training_set.name, withhold_source(asked))
            yield from _question_examples(training_set, training_set.name, cut_answers(asked))
    if "across" not in training_set.name:
        name = _FOREIGN_SET if training_set.name == "notes" else training_set.name
        others = [asked for other in training_sets if _topic_name(other) != _topic_name(training_set) for asked in other.questions if asked.kind == "answered"]
        for asked in others[::_FOREIGN_STEP]:
            yield from _question_examples(training_set, name, ask_elsewhere(asked))


def _topic_name(training_set: TrainingSet) -> str:
    """Shelves of one set speak of the same: XQuAD's languages are editions of each other."""
    return training_set.name.split(".")[0]


def _question_examples(training_set: TrainingSet, set_name: str, training_question: TrainingQuestion) -> Iterator[EvidenceExample]:
    passages = training_set.retrieve_passages(training_question, reranked=True)
    question = analyse_question(training_question.question, training_question.language)
    found = rank_sentences(question, passages, training_set.term_weight)
    lost = training_question.kind in ("answered", "cut") and training_set.name != "notes" and all(passage.source_id != training_question.group for passage in passages)
    if found and not lost:  # what is not found is no answer
        yield EvidenceExample(set_name, training_question.kind, training_question.group, evidence_values(question, found, training_set.term_weight))


def _write_weights(model: str, names: Sequence[str], beta: Matrix) -> None:
    table = json.loads(WEIGHTS.read_text("utf-8"))
    table[model] = {name: round(float(value), 4) for name, value in zip((*names, "bias"), beta, strict=True)}
    WEIGHTS.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    ranking.reload_weights()


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
            shelves.append(squad_training_set(path, home))
            questions = read_questions(path)
            for other in range(n):
                if read_questions(files[other]).keys() & questions.keys():
                    shelves.append(squad_training_set(files[other], Path(folder) / str(other), questions))
        shelves.append(notes_training_set(Path(folder) / "notes"))
        train_sentences(shelves, "passage", reranked=False)
        train_sentences(shelves, "sentence", reranked=True)
        train_evidence(shelves)


if __name__ == "__main__":
    main()
