"""ALCE's files become questions over given passages, to be answered with citations: ASQA, QAMPARI and ELI5.

Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations" (princeton-nlp/ALCE). Where
ALCE asks a model of inference whether citations support a statement, our verification says so here, and the names say
that. Left out, as models of others judge them: the claim recall of ELI5, QA-F1, MAUVE. ALCE cuts an answer at its first
line end; we do not.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evals.benchmarks.benchmark import BadBenchmark, Benchmark, BenchmarkText, Grader, make_case, make_facts, prediction_text, unique_cases
from evals.benchmarks.overlap import contains_normalised, normalise_english
from evals.benchmarks.records import Record, parse_records, parse_texts, read_json
from evals.cases import Case, Fact
from evals.scores import Score
from rag.citations.claims import split_claims
from rag.schema import Answer

ASQA, QAMPARI, ELI5 = "asqa", "qampari", "eli5"
_MAX_CITATIONS = 3  # of a statement ALCE looks at the first three
_ENOUGH_ITEMS = 5  # of QAMPARI's long lists a reader needs no more


def read_benchmark(path: Path, *, passages: int = 5) -> Benchmark:
    """Each question with the first `passages` of the documents that ALCE's retriever found for it; a blank question is left out.

    Raises:
        BadBenchmark: a record is of none of the three kinds or lacks a field, or no passages are wanted.
    """
    if passages < 1:
        raise BadBenchmark(f"{passages} passages cannot be given; give one or more")
    content = read_json(path)
    if not isinstance(content, list):
        raise BadBenchmark(f"{path.name}: a list of questions is expected; is it one of ALCE's *_eval_*.json?")
    cases, given = [], {}
    for number, record in enumerate(parse_records(content, f"{path.name}, question"), 1):
        if record.is_blank("question"):
            continue
        # ELI5's questions have no ids; their place in the published file stays
        case = _parse_case(record, record.text_or_default(record.text_or_default(f"alce-{number}", "id"), "sample_id"))
        cases.append(case)
        given[case.id] = tuple(BenchmarkText(one.text_or_default("", "title"), one.text("text")) for one in [*record.records("docs")][:passages])
    return Benchmark("alce", unique_cases(path, cases), (), given, dict(METRICS))


def _parse_case(record: Record, id: str) -> Case:
    kind, must = _parse_expectation(record)
    return replace(make_case(id, kind, record.text("question")), must=must, reference=record.text_or_default("", "answer"))


def _parse_expectation(record: Record) -> tuple[str, tuple[Fact, ...]]:
    """The kind of a question by its fields, and the short answers: of ASQA per reading of the question, of QAMPARI per item."""
    if "qa_pairs" in record:
        return ASQA, make_facts(*(pair.texts("short_answers") for pair in record.records("qa_pairs")))
    if "answers" in record:
        return QAMPARI, make_facts(*(parse_texts(one, f"{record.location}, 'answers'") for one in record.item_list("answers")))
    if "claims" in record:
        return ELI5, ()
    raise BadBenchmark(f"{record.location}: has none of 'qa_pairs' (ASQA), 'answers' (QAMPARI) and 'claims' (ELI5)")


def str_em(case: Case, answer: Answer) -> Score | None:
    """The share of ASQA's short answers that stand in the answer, in any wording (Stelmakh et al. 2022).

    Case, punctuation and articles are disregarded, and so is, as in ALCE's script, where a word ends: `art` is in `smart`.
    """
    if case.type != ASQA or not case.must:
        return None
    mine = normalise_english(prediction_text(answer))
    found = sum(any(normalise_english(wording) in mine for wording in fact.wordings) for fact in case.must)
    return Score(found / len(case.must), f"{found} of {len(case.must)} short answers")


def qampari_precision(case: Case, answer: Answer) -> Score | None:
    """The share of the answer's items, which stand between commas, that are in the list; low where we answer in sentences."""
    if case.type != QAMPARI:
        return None
    items = _split_items(answer)
    right = sum(any(item in _normalised_wordings(fact) for fact in case.must) for item in items)
    return Score(right / len(items) if items else 0.0, f"{right} of {len(items)} items")


def qampari_recall(case: Case, answer: Answer) -> Score | None:
    """The share of the list that is among the answer's items."""
    if case.type != QAMPARI or not case.must:
        return None
    found = _count_listed(case, answer)
    return Score(found / len(case.must), f"{found} of {len(case.must)} listed")


def qampari_recall_5(case: Case, answer: Answer) -> Score | None:
    """As recall, where five are enough: min(5, found) / min(5, all)."""
    if case.type != QAMPARI or not case.must:
        return None
    found, due = min(_ENOUGH_ITEMS, _count_listed(case, answer)), min(_ENOUGH_ITEMS, len(case.must))
    return Score(found / due, f"{found} of {due}, five being enough")


def item_containment(case: Case, answer: Answer) -> Score | None:
    """The share of QAMPARI's list that stands anywhere in the answer; not ALCE's, but fair to answers in sentences."""
    if case.type != QAMPARI or not case.must:
        return None
    mine = normalise_english(prediction_text(answer))
    found = sum(any(contains_normalised(mine, wording) for wording in _normalised_wordings(fact)) for fact in case.must)
    return Score(found / len(case.must), f"{found} of {len(case.must)} said")


def _split_items(answer: Answer) -> list[str]:
    items = (normalise_english(item) for item in prediction_text(answer).rstrip(".").rstrip(",").split(","))
    return [item for item in items if item]


def _count_listed(case: Case, answer: Answer) -> int:
    items = set(_split_items(answer))
    return sum(bool(items & _normalised_wordings(fact)) for fact in case.must)


def _normalised_wordings(fact: Fact) -> set[str]:
    return {normalise_english(wording) for wording in fact.wordings}


def citation_recall(case: Case, answer: Answer) -> Score | None:
    """The share of the statements that have citations which all hold; 0 for a refusal, as in ALCE.

    `A [1]. B [1][2]. C.` with the second citation of B not found: A alone is supported, 1/3.
    """
    judged = _citation_support(answer)
    supported = sum(bool(holding) and all(holding) for holding in judged)
    return Score(supported / len(judged) if judged else 0.0, f"{supported} of {len(judged)} statements supported")


def citation_precision(case: Case, answer: Answer) -> Score | None:
    """The share of the citations that hold and stand in a supported statement; 0 where nothing is cited, as in ALCE.

    In the example above: one citation of three.
    """
    judged = _citation_support(answer)
    cited = sum(len(holding) for holding in judged)
    precise = sum(len(holding) for holding in judged if all(holding))
    return Score(precise / cited if cited else 0.0, f"{precise} of {cited} citations")


def _citation_support(answer: Answer) -> list[list[bool]]:
    """For each statement whether each of its first three citations holds."""
    if answer.status in ("unanswered", "failed"):
        return []
    holding = {(c.claim, c.marker) for c in answer.citations if c.state != "not found"}
    return [[(claim.text, number) in holding for number in claim.citation_numbers[:_MAX_CITATIONS]] for claim in split_claims(answer.text)]


METRICS: dict[str, Grader] = {
    "STR-EM": str_em, "QAMPARI precision": qampari_precision, "QAMPARI recall": qampari_recall,
    "QAMPARI recall-5": qampari_recall_5, "QAMPARI items contained": item_containment,
    "citation recall (by verification)": citation_recall, "citation precision (by verification)": citation_precision}
