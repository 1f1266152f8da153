"""Files in SQuAD's format become questions over a shelf of paragraphs: SQuAD 1.1 and 2.0, XQuAD, CMRC 2018.

SQuAD: Rajpurkar et al. 2016 and 2018; XQuAD: Artetxe et al. 2020; CMRC 2018: Cui et al. 2019; all CC BY-SA 4.0. CMRC's own
flat layout (`context_text`, `query_text`) is read too. Our answers quote sentences, not spans, under a line that says so:
EM and F1 are low by construction, and `answer contained`, which is none of theirs, says what they cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from evals.benchmarks.benchmark import BadBenchmark, Benchmark, BenchmarkText, Grader, make_case, make_facts, prediction_text, unique_cases
from evals.benchmarks.overlap import NORMALISERS, contains_normalised, count_common_segments, f1_score, longest_common_run, mixed_segments
from evals.benchmarks.records import Record, parse_records, parse_texts, read_json
from evals.cases import Case
from evals.scores import Score
from rag.schema import Answer


def read_benchmark(path: Path) -> Benchmark:
    """The questions of a file over all its paragraphs; one that is marked `is_impossible` is to be refused. No options.

    A blank question, such as stands in CMRC 2018's trial set, is left out.

    Raises:
        BadBenchmark: the file is in neither layout, or a question has no answer and is not marked as impossible.
    """
    every = list(read_paragraphs(path))
    shelf = dict.fromkeys(text for text, _ in every)
    cases = (_parse_case(one) for _, some in every for one in some if not one.is_blank(_field_names(one)[1]))
    return Benchmark("squad", unique_cases(path, cases), tuple(shelf), {}, dict(METRICS))


def read_paragraphs(path: Path) -> Iterator[tuple[BenchmarkText, list[Record]]]:
    """Each paragraph with the records of its questions."""
    content = read_json(path)
    if isinstance(content, list):
        for one in parse_records(content, f"{path.name}, paragraph"):
            yield BenchmarkText(one.text_or_default("", "title"), one.text("context_text")), list(one.records("qas"))
        return
    for article in Record(content, path.name).records("data"):
        for one in article.records("paragraphs"):
            yield BenchmarkText(article.text_or_default("", "title"), one.text("context")), list(one.records("qas"))


def _field_names(record: Record) -> tuple[str, str]:
    """What the layout calls a question's id and its text."""
    return ("query_id", "query_text") if "query_text" in record else ("id", "question")


def _parse_case(record: Record) -> Case:
    id, question = _field_names(record)
    case = make_case(record.text(id), "span", record.text(question))
    if "is_impossible" in record and record.field_value("is_impossible") is True:
        return replace(case, behaviour="refuse")
    answers = [text for value in record.item_list("answers") for text in _answer_texts(value, record)]
    if not answers:
        raise BadBenchmark(f"{record.location}: 'answers' is empty, and the question is not marked 'is_impossible'")
    return replace(case, reference=answers[0], must=make_facts(answers))


def _answer_texts(value: object, record: Record) -> list[str]:
    """A span with its place, or in the flat layout a text alone."""
    return Record(value, f"{record.location}, answers").texts("text") if isinstance(value, dict) else parse_texts(value, record.location)


def exact_match(case: Case, answer: Answer) -> Score | None:
    """1 where the answer is an accepted span but for case, punctuation and articles; of an impossible question, a refusal."""
    mine = NORMALISERS[case.language](prediction_text(answer))
    same = any(mine == NORMALISERS[case.language](span) for span in _accepted_spans(case))
    return Score(float(same), "one of the spans" if same else f"none of the {len(_accepted_spans(case))} spans")


def span_f1(case: Case, answer: Answer) -> Score | None:
    """The best F1 over the accepted spans.

    English by shared words, as SQuAD's script does: `it covers 9 square miles` against `9 square miles`: 3 shared of 5 and 3,
    F1 6/8. Chinese by the longest run of characters that both have, as CMRC 2018's does: `它在苏州市` against `苏州`: 2 of
    5 and 2, F1 4/7. For XQuAD in Chinese the latter is used too; splitting at blanks would make F1 another exact match.
    """
    values = {span: _F1_BY_LANGUAGE[case.language](prediction_text(answer), span) for span in _accepted_spans(case)}
    best = max(values, key=lambda span: values[span])
    return Score(values[best], f"nearest to {best!r}" if best else "against no answer at all")


def _english_f1(prediction: str, span: str) -> float:
    one, other = NORMALISERS["en"](prediction).split(), NORMALISERS["en"](span).split()
    return f1_score(count_common_segments(one, other), len(one), len(other))


def _chinese_f1(prediction: str, span: str) -> float:
    one, other = mixed_segments(prediction), mixed_segments(span)
    return f1_score(longest_common_run(one, other), len(one), len(other))


_F1_BY_LANGUAGE = {"en": _english_f1, "zh": _chinese_f1}


def answer_containment(case: Case, answer: Answer) -> Score | None:
    """1 where an accepted span stands in the answer; not applicable to impossible questions."""
    if case.behaviour == "refuse":
        return None
    reduced = NORMALISERS[case.language]
    found = [span for span in _accepted_spans(case) if contains_normalised(reduced(prediction_text(answer)), reduced(span))]
    return Score(float(bool(found)), f"says {found[0]!r}" if found else f"says none of the {len(_accepted_spans(case))} spans")


def _accepted_spans(case: Case) -> tuple[str, ...]:
    """The accepted spans; the empty one where none is."""
    return case.must[0].wordings if case.must else ("",)


METRICS: dict[str, Grader] = {"EM": exact_match, "F1": span_f1, "answer contained": answer_containment}
