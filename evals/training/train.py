"""Training of the linear models: public question sets and the dev split → `rag/reading/weights.json`.

    python -m evals.training.train --squad xquad.zh.json --squad xquad.en.json --squad cmrc2018.json

Files are in SQuAD's format (XQuAD and CMRC 2018 are CC BY-SA 4.0); two files that share question ids are also asked
across languages. Five models are fitted by Newton's method with an L2 penalty:

    passage     reranking; logistic
    sentence    which of the candidate sentences answers the question; softmax over them (conditional logit)
    near        whether the library speaks about the topic of the question; logistic
    near by cosine  the same, with the encoder's cosines too; logistic
    answerable  whether the library answers the question, given that it speaks about the topic; logistic

The printed figures are two-fold cross-validated: folds are split by document, and unanswerable questions, which have
none, by question pair. The thresholds of each model are written to the same file as its weights.
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
from evals.statistics import auroc
from evals.training.linear_models import Matrix, fit, fit_choice, fit_signed
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
from rag.reading import linear_model
from rag.reading.answerability import cosine_values, evidence_values, topic_model
from rag.reading.features import EVIDENCE_FEATURES, MODEL_FEATURES, ModelName
from rag.reading.matching import passage_sentences
from rag.reading.ranking import rank_sentences
from rag.reading.sentence_features import base_table, feature_table

WEIGHTS = Path(linear_model.__file__).with_name(linear_model.WEIGHTS_FILE)

# The decision thresholds, chosen on the dev questions from the false refusals that this script prints for each
# threshold; choose them again after a change of features or data.
THRESHOLDS: Mapping[ModelName, Mapping[str, float]] = {
    "passage": {},
    # a further sentence is quoted if its odds are at least this share of the odds of the best sentence
    "sentence": {"quote": 0.1, "quote of a list": 0.05},
    # below this the question is refused as one on another topic
    "near": {"on topic": 0.22},
    "near by cosine": {"on topic": 0.22},
    # below `answer` the question is refused; the threshold for a false premise is low, because such a question is
    # answered with a correction; an answer is rated fair or weak if the probability from its
    # cited passages is below the last two
    "answerable": {
        "answer": 0.25, "answer with a false premise": 0.02, "fair confidence": 0.5, "weak confidence": 0.25},
}

# the total weight of the questions of one training set, relative to the penalty
_SET_WEIGHT, _CHOICE_SET_WEIGHT = 12_000, 300


@dataclass(frozen=True)
class SentenceTable:
    """The candidate sentences of one question: a row of features for each, and how far each answers it (0 to 1)."""

    group: str
    values: Matrix  # sentences × features
    grades: Matrix


def sentence_tables(training_set: TrainingSet, *, reranked: bool) -> list[SentenceTable]:
    """The training data of the model `passage` (from fused passages) or `sentence` (from reranked passages)."""
    make_table = feature_table if reranked else base_table
    tables = []
    for question in training_set.questions:
        sentences = passage_sentences(training_set.retrieve_passages(question, reranked=reranked))
        if not sentences or question.kind != "answered":
            continue
        analysed = analyse_question(question.question, question.language)
        values = np.array(make_table(analysed, sentences, training_set.term_weight))
        grades = np.array([question.grade_sentence(sentence) for sentence in sentences])
        tables.append(SentenceTable(question.group, values, grades))
    return tables


def fit_sentences(tables: Mapping[str, Sequence[SentenceTable]]) -> Matrix:
    """Logistic regression over all sentences; all sets, and all questions of a set, have equal weight."""
    by_set = [_answered_tables(set_tables) for set_tables in tables.values()]
    values = np.vstack([table.values for set_tables in by_set for table in set_tables])
    grades = np.concatenate([table.grades for set_tables in by_set for table in set_tables])
    weights = [
        np.full(len(table.grades), _SET_WEIGHT / len(set_tables) / len(table.grades))
        for set_tables in by_set for table in set_tables]
    return fit(values, grades, np.concatenate(weights))


def fit_sentence_choice(tables: Mapping[str, Sequence[SentenceTable]]) -> Matrix:
    """The model that chooses among the sentences of one question; all sets have equal weight."""
    choices = []
    for set_tables in map(_answered_tables, tables.values()):
        choices += [(table.values, table.grades, _CHOICE_SET_WEIGHT / len(set_tables)) for table in set_tables]
    return fit_choice(choices)


def _answered_tables(tables: Sequence[SentenceTable]) -> list[SentenceTable]:
    return [table for table in tables if table.grades.max() > 0]


def hit_rate(tables: Sequence[SentenceTable], coefficients: Matrix, k: int) -> float:
    """The share of questions with an answering sentence among the k most probable ones."""
    hits = 0
    for table in tables:
        first = np.argsort(-(table.values @ coefficients[:-1]))[:k]
        hits += float(table.grades[first].max()) >= 0.5
    return hits / max(1, len(tables))


def _fold_number(group: str) -> int:
    return int(text_digest(group), 16) % 2


def train_sentences(training_sets: Sequence[TrainingSet], model: ModelName) -> None:
    """Fit `passage` or `sentence` on all sets, print its cross-validated hit rates, write its weights."""
    is_choice = model == "sentence"
    fit_model = fit_sentence_choice if is_choice else fit_sentences
    tables = {training_set.name: sentence_tables(training_set, reranked=is_choice) for training_set in training_sets}
    held_out = {
        fold: {
            name: [table for table in set_tables if _fold_number(table.group) == fold]
            for name, set_tables in tables.items()}
        for fold in (0, 1)}
    coefficients = {fold: fit_model(held_out[1 - fold]) for fold in (0, 1)}
    for name in tables:
        rates = [
            np.mean([hit_rate(held_out[fold][name], coefficients[fold], k) for fold in (0, 1)]) for k in (1, 3, 4)]
        print(f"{model:10} {name:28} answer in the first sentence {rates[0]:.3f}, in three {rates[1]:.3f}, "
              f"in four {rates[2]:.3f}")
    _write_weights(model, fit_model(tables))


@dataclass(frozen=True)
class EvidenceExample:
    """The evidence features of one question, with its kind; `cosines` is empty if no passage has one."""

    set_name: str
    kind: QuestionKind
    group: str
    values: list[float]
    cosines: list[float]

    def model_values(self, model: ModelName) -> list[float]:
        """The values of the features of a model, in its order."""
        return self.values + self.cosines if model == _BY_COSINE else self.values

    @property
    def truth(self) -> float:
        return float(self.kind == "answered")


_BY_COSINE: ModelName = "near by cosine"
_TOPIC_MODELS: tuple[ModelName, ...] = ("near", _BY_COSINE)
_ANSWERABLE: ModelName = "answerable"
# the total weight of the questions of one kind in one public set, and the weight of each question about the notes
_PUBLIC_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    **{model: {"answered": 160, "withheld": 80, "elsewhere": 40} for model in _TOPIC_MODELS},
    "answerable": {"answered": 20, "cut": 20}}
_NOTES_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    **{model: {"answered": 1.0, "elsewhere": 2.0} for model in _TOPIC_MODELS},
    "answerable": {"answered": 1.0, "near miss": 1.0}}
_FOREIGN_WEIGHT = 0.5  # a public question asked of the notes; it is less similar to them than real off-topic questions


def train_evidence(training_sets: Sequence[TrainingSet]) -> None:
    """Fit `near`, `near by cosine` and `answerable`, print their results on held-out folds, and write their weights.

    The first two are trained on all sets: on unchanged questions, questions whose paragraph is withheld, and questions
    asked of other libraries. `answerable` is trained mainly on the answerable questions and near misses about the
    notes, which people wrote, and with little weight on the public sets, with and without the answering sentences. It
    is not trained on questions whose whole paragraph is withheld or in which a word is replaced: their evidence differs
    from that of real questions, and made the model worse.
    """
    examples = [example for training_set in training_sets for example in _set_examples(training_set, training_sets)]
    counts = Counter((example.set_name, example.kind) for example in examples)
    for model in (*_TOPIC_MODELS, _ANSWERABLE):
        known = [example for example in examples if example.cosines] if model == _BY_COSINE else examples
        weights = np.array([_example_weight(model, example, counts) for example in known])
        coefficients = {fold: _fit_evidence(model, known, weights, fold) for fold in (0, 1)}
        scored = [(example, _held_out_probability(model, example, coefficients)) for example in known]
        for set_name in sorted({example.set_name for example in known}):
            _print_evidence(model, set_name, [pair for pair in scored if pair[0].set_name == set_name])
        _write_weights(model, _fit_evidence(model, known, weights, None))


def _held_out_probability(model: ModelName, example: EvidenceExample, coefficients: Mapping[int, Matrix]) -> float:
    """The probability by the model that was not fitted to the fold of the example."""
    beta = coefficients[_fold_number(example.group)]
    return float(1 / (1 + np.exp(-(np.dot(beta[:-1], example.model_values(model)) + beta[-1]))))


def _example_weight(
    model: ModelName, example: EvidenceExample, counts: Mapping[tuple[str, QuestionKind], int],
) -> float:
    if example.set_name == _FOREIGN_SET:
        return _FOREIGN_WEIGHT if model in _TOPIC_MODELS else 0.0
    if example.set_name == "notes":
        return _NOTES_WEIGHTS[model].get(example.kind, 0.0)
    return _PUBLIC_WEIGHTS[model].get(example.kind, 0.0) / counts[example.set_name, example.kind]


def _fit_evidence(
    model: ModelName, examples: Sequence[EvidenceExample], weights: Matrix, left_out_fold: int | None,
) -> Matrix:
    """Fit to all folds but one."""
    used = np.array([
        weight > 0 and _fold_number(example.group) != left_out_fold
        for example, weight in zip(examples, weights, strict=True)])
    values = np.array([example.model_values(model) for example in examples])[used]
    truths = np.array([example.truth for example in examples])[used]
    if model in _TOPIC_MODELS:
        signs = np.array([_evidence_sign(name) for name in MODEL_FEATURES[model]], dtype=float)
        return fit_signed(values, truths, weights[used], signs)
    return fit(values, truths, weights[used])


_FALSE_REFUSALS = (0.03, 0.05, 0.08)  # shares of the answerable questions that a threshold would refuse


def _print_evidence(model: str, set_name: str, scored: Sequence[tuple[EvidenceExample, float]]) -> None:
    """Print how well the probability separates answered questions from each other kind, and at which thresholds."""
    answered = np.sort([probability for example, probability in scored if example.kind == "answered"])
    if not len(answered):
        return
    for kind in sorted({example.kind for example, _ in scored} - {"answered"}):
        pairs = [(example, probability) for example, probability in scored if example.kind in ("answered", kind)]
        probabilities = np.array([probability for _, probability in pairs])
        truths = np.array([example.truth for example, _ in pairs])
        thresholds = [float(answered[int(share * len(answered))]) for share in _FALSE_REFUSALS]
        refused = ", ".join(
            f"{np.mean(probabilities[truths == 0] < threshold):.2f} refused below {threshold:.3f} "
            f"with {share:.0%} wrongly"
            for share, threshold in zip(_FALSE_REFUSALS, thresholds, strict=True)
        )
        area = auroc(probabilities[truths == 1], probabilities[truths == 0])
        print(f"{model:10} {set_name:22} {kind:10} AUROC {area:.3f}, {refused}")


# evidence whose weight may have either sign, and evidence whose weight may only be negative; the weight of all other
# evidence may only be positive
_UNSIGNED_EVIDENCE = frozenset(("across", "words", "no_names", "has_place", "cosine_mean"))
_NEGATIVE_EVIDENCE = frozenset(
    (
        "uncovered",
        "year_missing",
        "place_elsewhere",
        "lost",
        "lost_pool",
        "lost_anywhere",
        "heaviest_lost",
        "heaviest_lost_pool",
        "heaviest_lost_anywhere",
        "unknown",
        "unknown_mass",
        "focus_absent",
        "names_absent",
        "stranger",
        "sort_missing",
        "sort_missing_all",
        "sort_lost",
        "figure_missing",
        "no_new_figure",
        "year_absent",
        "person_missing",
        "place_missing",
        "numbers_lost",
        "few_words",
        *(name for name in EVIDENCE_FEATURES if name.startswith("open_")),
    )
)


def _evidence_sign(feature: str) -> int:
    """1 if the weight of a feature may only be positive, -1 if only negative, 0 if either."""
    if feature in _UNSIGNED_EVIDENCE:
        return 0
    return -1 if feature in _NEGATIVE_EVIDENCE else 1


_FOREIGN_SET = "notes, asked others"
_FOREIGN_STEP = 4  # every fourth question of the other sets is asked of a library


def _set_examples(training_set: TrainingSet, training_sets: Sequence[TrainingSet]) -> Iterator[EvidenceExample]:
    for question in training_set.questions:
        yield from _question_examples(training_set, training_set.name, question)
        if training_set.name != "notes":
            yield from _question_examples(training_set, training_set.name, withhold_source(question))
            yield from _question_examples(training_set, training_set.name, cut_answers(question))
    if "across" in training_set.name:
        return
    name = _FOREIGN_SET if training_set.name == "notes" else training_set.name
    foreign = [
        question for other in training_sets if _topic_name(other) != _topic_name(training_set)
        for question in other.questions if question.kind == "answered"]
    for question in foreign[::_FOREIGN_STEP]:
        yield from _question_examples(training_set, name, ask_elsewhere(question))


def _topic_name(training_set: TrainingSet) -> str:
    """The name of the topics of a set; the files of XQuAD share it, because they are translations of each other."""
    return training_set.name.split(".")[0]


def _question_examples(
    training_set: TrainingSet, set_name: str, question: TrainingQuestion,
) -> Iterator[EvidenceExample]:
    """The example of one question; none if retrieval found no sentence, or not the source with the answer."""
    passages = training_set.retrieve_passages(question, reranked=True)
    analysed = analyse_question(question.question, question.language)
    ranking = rank_sentences(analysed, passages, training_set.term_weight)
    needs_source = question.kind in ("answered", "cut") and training_set.name != "notes"
    is_lost = needs_source and all(passage.source_id != question.group for passage in passages)
    if ranking.candidates and not is_lost:
        cosines = cosine_values(ranking) if topic_model(ranking) == _BY_COSINE else []
        yield EvidenceExample(set_name, question.kind, question.group, evidence_values(ranking), cosines)


def _write_weights(model: ModelName, coefficients: Matrix) -> None:
    """Write one model with its thresholds, and reload the models, so that those trained later use it."""
    tables = json.loads(WEIGHTS.read_text("utf-8"))
    *weights, bias = (round(float(value), 4) for value in coefficients)
    tables[model] = {
        "thresholds": dict(THRESHOLDS[model]),
        "bias": bias,
        "weights": dict(zip(MODEL_FEATURES[model], weights, strict=True)),
    }
    WEIGHTS.write_text(json.dumps(tables, indent=1) + "\n", "utf-8")
    linear_model.reload_models()


def main() -> None:
    """Train all four models in the order in which they build on each other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--squad", type=Path, action="append", default=[], help="a file in SQuAD's format")
    files: list[Path] = parser.parse_args().squad
    with tempfile.TemporaryDirectory() as folder:
        training_sets = _load_sets(files, Path(folder))
        train_sentences(training_sets, "passage")
        train_sentences(training_sets, "sentence")
        train_evidence(training_sets)


def _load_sets(files: Sequence[Path], folder: Path) -> list[TrainingSet]:
    """The set of each file, a set across languages for every two files with the same question ids, and the notes."""
    training_sets = []
    for number, path in enumerate(files):
        home = folder / str(number)
        home.mkdir()
        training_sets.append(squad_training_set(path, home))
        questions = read_questions(path)
        for other in range(number):
            if read_questions(files[other]).keys() & questions.keys():
                training_sets.append(squad_training_set(files[other], folder / str(other), questions))
    return [*training_sets, notes_training_set(folder / "notes")]


if __name__ == "__main__":
    main()
