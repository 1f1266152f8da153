"""SQuAD-format benchmarks: questions over a corpus of paragraphs (SQuAD 1.1 and 2.0, XQuAD, CMRC 2018).

SQuAD: Rajpurkar et al. 2016 and 2018; XQuAD: Artetxe et al. 2020; CMRC 2018: Cui et al. 2019; all CC BY-SA 4.0. The
flat layout of CMRC (`context_text`, `query_text`) is supported too. Huwen answers with quoted sentences after an
introductory line, not with spans, so EM and F1 are low; the metric `answer contained`, which is not in the papers,
shows whether the answer contains the span.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
from evals.benchmarks.overlap import (
    NORMALISERS,
    contains_normalised,
    count_common_segments,
    f1_score,
    longest_common_run,
    mixed_segments,
)
from evals.benchmarks.records import Record, parse_records, parse_texts, read_json
from evals.cases import Case
from evals.scores import Grader, Score
from rag.schema import Answer


def read_benchmark(path: Path) -> Benchmark:
    """Read the questions of a file over all its paragraphs; one marked `is_impossible` expects a refusal.

    Blank questions, as in the trial set of CMRC 2018, are skipped. There are no options.

    Raises:
        BadBenchmark: the file is in neither layout, or a question has no answer and is not marked as impossible.
    """
    paragraphs = list(read_paragraphs(path))
    corpus = dict.fromkeys(text for text, _ in paragraphs)
    records = (record for _, questions in paragraphs for record in questions)
    return Benchmark("squad", unique_cases(path, parse_cases(records)), tuple(corpus), {}, dict(METRICS))


def read_paragraphs(path: Path) -> Iterator[tuple[BenchmarkText, list[Record]]]:
    """Each paragraph with the records of its questions.

    Raises:
        BadBenchmark: the file is in neither layout.
    """
    content = read_json(path)
    if isinstance(content, list):
        for paragraph in parse_records(content, f"{path.name}, paragraph"):
            text = BenchmarkText(paragraph.text_or_default("", "title"), paragraph.text("context_text"))
            yield text, list(paragraph.records("qas"))
        return
    for article in Record(content, path.name).records("data"):
        for paragraph in article.records("paragraphs"):
            text = BenchmarkText(article.text_or_default("", "title"), paragraph.text("context"))
            yield text, list(paragraph.records("qas"))


def question_fields(record: Record) -> tuple[str, str]:
    """The names of the fields of a question's id and text, which depend on the layout."""
    return ("query_id", "query_text") if "query_text" in record else ("id", "question")


def parse_cases(records: Iterable[Record]) -> Iterator[Case]:
    """The questions that are not blank, as cases; one marked `is_impossible` expects a refusal.

    Raises:
        BadBenchmark: a question has no answer and is not marked as impossible.
    """
    for record in records:
        _, question = question_fields(record)
        if not record.is_blank(question):
            yield _parse_case(record)


def _parse_case(record: Record) -> Case:
    id, question = question_fields(record)
    case = make_case(record.text(id), "span", record.text(question))
    if "is_impossible" in record and record.field_value("is_impossible") is True:
        return replace(case, behaviour="refuse")
    answers = [text for value in record.item_list("answers") for text in _answer_texts(value, record)]
    if not answers:
        raise BadBenchmark(f"{record.location}: 'answers' is empty, and the question is not marked 'is_impossible'")
    return replace(case, reference=answers[0], must=make_facts(answers))


def _answer_texts(value: object, record: Record) -> list[str]:
    """The text of an answer: a span with its offset, or in the flat layout a plain text."""
    if isinstance(value, dict):
        return Record(value, f"{record.location}, answers").texts("text")
    return parse_texts(value, record.location)


def exact_match(case: Case, answer: Answer) -> Score | None:
    """1 if the prediction equals an accepted span, ignoring case, punctuation and articles.

    For an impossible question the accepted span is empty, so a refusal is correct.
    """
    normalise, spans = NORMALISERS[case.language], _accepted_spans(case)
    prediction = normalise(prediction_text(answer))
    is_equal = any(prediction == normalise(span) for span in spans)
    return Score(float(is_equal), "one of the spans" if is_equal else f"none of the {len(spans)} spans")


def span_f1(case: Case, answer: Answer) -> Score | None:
    """The best F1 over the accepted spans.

    English by common words, as in the script of SQuAD: `it covers 9 square miles` against `9 square miles`: 3 common,
    of 5 and of 3 words, F1 6/8. Chinese by the longest common run of characters, as in the script of CMRC 2018:
    `它在苏州市` against `苏州`: 2, of 5 and of 2 characters, F1 4/7. XQuAD in Chinese is scored by characters too,
    since Chinese words cannot be split at blanks.
    """
    values = {span: _F1_BY_LANGUAGE[case.language](prediction_text(answer), span) for span in _accepted_spans(case)}
    best = max(values, key=lambda span: values[span])
    return Score(values[best], f"nearest to {best!r}" if best else "against no answer at all")


def _english_f1(prediction: str, span: str) -> float:
    predicted, expected = NORMALISERS["en"](prediction).split(), NORMALISERS["en"](span).split()
    return f1_score(count_common_segments(predicted, expected), len(predicted), len(expected))


def _chinese_f1(prediction: str, span: str) -> float:
    predicted, expected = mixed_segments(prediction), mixed_segments(span)
    return f1_score(longest_common_run(predicted, expected), len(predicted), len(expected))


_F1_BY_LANGUAGE = {"en": _english_f1, "zh": _chinese_f1}


def answer_containment(case: Case, answer: Answer) -> Score | None:
    """1 if the answer contains an accepted span; not applicable to impossible questions."""
    if case.behaviour == "refuse":
        return None
    normalise, spans = NORMALISERS[case.language], _accepted_spans(case)
    prediction = normalise(prediction_text(answer))
    contained = [span for span in spans if contains_normalised(prediction, normalise(span))]
    reason = f"says {contained[0]!r}" if contained else f"says none of the {len(spans)} spans"
    return Score(float(bool(contained)), reason)


def _accepted_spans(case: Case) -> tuple[str, ...]:
    """The accepted spans; only the empty span for an impossible question."""
    return case.must[0].wordings if case.must else ("",)


METRICS: dict[str, Grader] = {"EM": exact_match, "F1": span_f1, "answer contained": answer_containment}
