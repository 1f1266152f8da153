"""ALCE benchmark: questions with given passages, to be answered with citations (ASQA, QAMPARI and ELI5).

Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations" (princeton-nlp/ALCE). ALCE uses an
inference model to decide whether citations support a statement; here Huwen's verification decides, and the names of
these metrics say so. Not implemented, because other models judge them: the claim recall of ELI5, QA-F1, MAUVE. ALCE
cuts an answer at its first line end; this module does not.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evals.benchmarks.benchmark import (
    BadBenchmark,
    Benchmark,
    BenchmarkText,
    make_case,
    make_facts,
    prediction_text,
    unique_cases,
)
from evals.benchmarks.overlap import contains_normalised, normalise_english
from evals.benchmarks.records import Record, parse_records, parse_texts, read_json
from evals.cases import Case, Fact
from evals.scores import Grader, Score
from rag.citations.claims import split_claims
from rag.schema import Answer

ASQA, QAMPARI, ELI5 = "asqa", "qampari", "eli5"
_MAX_CITATIONS = 3  # ALCE considers the first three citations of a statement
_ENOUGH_ITEMS = 5  # five items of QAMPARI's long lists are enough for a reader


def read_benchmark(path: Path, *, passages: int = 5) -> Benchmark:
    """Read the questions, each with the first `passages` documents that ALCE's retriever found; skip blank questions.

    Raises:
        BadBenchmark: a record is of none of the three kinds or lacks a field, or `passages` is less than 1.
    """
    if passages < 1:
        raise BadBenchmark(f"{passages} passages cannot be given; give one or more")
    content = read_json(path)
    if not isinstance(content, list):
        raise BadBenchmark(f"{path.name}: a list of questions is expected; is it one of ALCE's *_eval_*.json?")
    cases, case_texts = [], {}
    for number, record in enumerate(parse_records(content, f"{path.name}, question"), 1):
        if record.is_blank("question"):
            continue
        # the questions of ELI5 have no id; their number in the published file is stable
        id = record.text_or_default(record.text_or_default(f"alce-{number}", "id"), "sample_id")
        case = _parse_case(record, id)
        cases.append(case)
        case_texts[case.id] = _parse_documents(record, passages)
    return Benchmark("alce", unique_cases(path, cases), (), case_texts, dict(METRICS))


def _parse_documents(record: Record, limit: int) -> tuple[BenchmarkText, ...]:
    documents = list(record.records("docs"))[:limit]
    return tuple(BenchmarkText(one.text_or_default("", "title"), one.text("text")) for one in documents)


def _parse_case(record: Record, id: str) -> Case:
    kind, must = _parse_expectation(record)
    case = make_case(id, kind, record.text("question"))
    return replace(case, must=must, reference=record.text_or_default("", "answer"))


def _parse_expectation(record: Record) -> tuple[str, tuple[Fact, ...]]:
    """The kind of a question, known by its fields, and its short answers.

    ASQA has short answers for each interpretation of the question, QAMPARI for each item of a list, ELI5 none.
    """
    if "qa_pairs" in record:
        return ASQA, make_facts(*(pair.texts("short_answers") for pair in record.records("qa_pairs")))
    if "answers" in record:
        location = f"{record.location}, 'answers'"
        return QAMPARI, make_facts(*(parse_texts(item, location) for item in record.item_list("answers")))
    if "claims" in record:
        return ELI5, ()
    raise BadBenchmark(f"{record.location}: has none of 'qa_pairs' (ASQA), 'answers' (QAMPARI) and 'claims' (ELI5)")


def str_em(case: Case, answer: Answer) -> Score | None:
    """The share of ASQA's short answers that the answer contains, in any wording (Stelmakh et al. 2022).

    Case, punctuation, articles and, as in ALCE's script, word boundaries are ignored: `art` matches `smart`.
    """
    if case.type != ASQA or not case.must:
        return None
    prediction = normalise_english(prediction_text(answer))
    matched = sum(any(normalise_english(wording) in prediction for wording in fact.wordings) for fact in case.must)
    return Score(matched / len(case.must), f"{matched} of {len(case.must)} short answers")


def qampari_precision(case: Case, answer: Answer) -> Score | None:
    """The share of the comma-separated items of the answer that are in the list; low for answers in sentences."""
    if case.type != QAMPARI:
        return None
    items = _split_items(answer)
    correct = sum(any(item in _normalised_wordings(fact) for fact in case.must) for item in items)
    return Score(correct / len(items) if items else 0.0, f"{correct} of {len(items)} items")


def qampari_recall(case: Case, answer: Answer) -> Score | None:
    """The share of the list that occurs among the items of the answer."""
    if case.type != QAMPARI or not case.must:
        return None
    listed = _count_listed(case, answer)
    return Score(listed / len(case.must), f"{listed} of {len(case.must)} listed")


def qampari_recall_5(case: Case, answer: Answer) -> Score | None:
    """Recall with five items as sufficient: min(5, listed) / min(5, all)."""
    if case.type != QAMPARI or not case.must:
        return None
    listed, required = min(_ENOUGH_ITEMS, _count_listed(case, answer)), min(_ENOUGH_ITEMS, len(case.must))
    return Score(listed / required, f"{listed} of {required}, five being enough")


def item_containment(case: Case, answer: Answer) -> Score | None:
    """The share of QAMPARI's list that occurs anywhere in the answer; not a metric of ALCE, but fair to sentences."""
    if case.type != QAMPARI or not case.must:
        return None
    prediction = normalise_english(prediction_text(answer))
    contained = 0
    for fact in case.must:
        contained += any(contains_normalised(prediction, wording) for wording in _normalised_wordings(fact))
    return Score(contained / len(case.must), f"{contained} of {len(case.must)} said")


def _split_items(answer: Answer) -> list[str]:
    items = (normalise_english(item) for item in prediction_text(answer).rstrip(".").rstrip(",").split(","))
    return [item for item in items if item]


def _count_listed(case: Case, answer: Answer) -> int:
    items = set(_split_items(answer))
    return sum(bool(items & _normalised_wordings(fact)) for fact in case.must)


def _normalised_wordings(fact: Fact) -> set[str]:
    return {normalise_english(wording) for wording in fact.wordings}


def citation_recall(case: Case, answer: Answer) -> Score | None:
    """The share of the statements with citations that are all verified; 0 for a refusal, as in ALCE.

    Example: `A [1]. B [1][2]. C.`, where the second citation of B is not found: only A is supported, 1/3.
    """
    statements = _citation_support(answer)
    supported = sum(bool(verified) and all(verified) for verified in statements)
    reason = f"{supported} of {len(statements)} statements supported"
    return Score(supported / len(statements) if statements else 0.0, reason)


def citation_precision(case: Case, answer: Answer) -> Score | None:
    """The share of the citations that belong to a supported statement; 0 without citations, as in ALCE.

    In the example of `citation_recall`: one citation of three.
    """
    statements = _citation_support(answer)
    cited = sum(len(verified) for verified in statements)
    precise = sum(len(verified) for verified in statements if all(verified))
    return Score(precise / cited if cited else 0.0, f"{precise} of {cited} citations")


def _citation_support(answer: Answer) -> list[list[bool]]:
    """For each statement of the answer, whether its citations, at most the first three, are verified."""
    if answer.status in ("unanswered", "failed"):
        return []
    verified = {(citation.claim, citation.marker) for citation in answer.citations if citation.state != "not found"}
    statements = []
    for claim in split_claims(answer.text):
        numbers = claim.citation_numbers[:_MAX_CITATIONS]
        statements.append([(claim.text, number) in verified for number in numbers])
    return statements


METRICS: dict[str, Grader] = {
    "STR-EM": str_em, "QAMPARI precision": qampari_precision, "QAMPARI recall": qampari_recall,
    "QAMPARI recall-5": qampari_recall_5, "QAMPARI items contained": item_containment,
    "citation recall (by verification)": citation_recall, "citation precision (by verification)": citation_precision}
