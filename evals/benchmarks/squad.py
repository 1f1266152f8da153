"""Files in SQuAD's format become questions over a shelf of paragraphs: SQuAD 1.1 and 2.0, XQuAD, CMRC 2018.

SQuAD: Rajpurkar et al. 2016 and 2018; XQuAD: Artetxe et al. 2020; CMRC 2018: Cui et al. 2019; all CC BY-SA 4.0. CMRC's own
flat layout (`context_text`, `query_text`) is read too. Our answers quote sentences, not spans, under a line that says so:
EM and F1 are low by construction, and `answer contained`, which is none of theirs, says what they cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from evals.benchmarks.benchmark import BadBenchmark, Benchmark, Metric, Text, asked, distinct, facts, said
from evals.benchmarks.overlap import REDUCED, common_pieces, contains, f1, longest_run, mixed_pieces
from evals.benchmarks.records import Record, json_of, records, texts
from evals.cases import Case
from evals.scores import Score
from rag.schema import Answer


def read(path: Path) -> Benchmark:
    """The questions of a file over all its paragraphs; one that is marked `is_impossible` is to be refused. No options.

    A blank question, such as stands in CMRC 2018's trial set, is left out.

    Raises:
        BadBenchmark: the file is in neither layout, or a question has no answer and is not marked as impossible.
    """
    every = list(paragraphs(path))
    shelf = dict.fromkeys(text for text, _ in every)
    cases = (_case(one) for _, some in every for one in some if not one.is_blank(_names(one)[1]))
    return Benchmark("squad", distinct(path, cases), tuple(shelf), {}, dict(METRICS))


def paragraphs(path: Path) -> Iterator[tuple[Text, list[Record]]]:
    """Each paragraph with the records of its questions."""
    content = json_of(path)
    if isinstance(content, list):
        for one in records(content, f"{path.name}, paragraph"):
            yield Text(one.text_or("", "title"), one.text("context_text")), list(one.records("qas"))
        return
    for article in Record(content, path.name).records("data"):
        for one in article.records("paragraphs"):
            yield Text(article.text_or("", "title"), one.text("context")), list(one.records("qas"))


def _names(record: Record) -> tuple[str, str]:
    """What the layout calls a question's id and its text."""
    return ("query_id", "query_text") if "query_text" in record else ("id", "question")


def _case(record: Record) -> Case:
    id, question = _names(record)
    case = asked(record.text(id), "span", record.text(question))
    if "is_impossible" in record and record.value("is_impossible") is True:
        return replace(case, behaviour="refuse")
    answers = [text for value in record.items("answers") for text in _answer(value, record)]
    if not answers:
        raise BadBenchmark(f"{record.where}: 'answers' is empty, and the question is not marked 'is_impossible'")
    return replace(case, reference=answers[0], must=facts(answers))


def _answer(value: object, record: Record) -> list[str]:
    """A span with its place, or in the flat layout a text alone."""
    return Record(value, f"{record.where}, answers").texts("text") if isinstance(value, dict) else texts(value, record.where)


def exact_match(case: Case, answer: Answer) -> Score | None:
    """1 where the answer is an accepted span but for case, punctuation and articles; of an impossible question, a refusal."""
    mine = REDUCED[case.language](said(answer))
    same = any(mine == REDUCED[case.language](span) for span in _spans(case))
    return Score(float(same), "one of the spans" if same else f"none of the {len(_spans(case))} spans")


def span_f1(case: Case, answer: Answer) -> Score | None:
    """The best F1 over the accepted spans.

    English by shared words, as SQuAD's script does: `it covers 9 square miles` against `9 square miles`: 3 shared of 5 and 3,
    F1 6/8. Chinese by the longest run of characters that both have, as CMRC 2018's does: `它在苏州市` against `苏州`: 2 of
    5 and 2, F1 4/7. For XQuAD in Chinese the latter is used too; splitting at blanks would make F1 another exact match.
    """
    values = {span: _F1[case.language](said(answer), span) for span in _spans(case)}
    best = max(values, key=lambda span: values[span])
    return Score(values[best], f"nearest to {best!r}" if best else "against no answer at all")


def _english_f1(mine: str, span: str) -> float:
    one, other = REDUCED["en"](mine).split(), REDUCED["en"](span).split()
    return f1(common_pieces(one, other), len(one), len(other))


def _chinese_f1(mine: str, span: str) -> float:
    one, other = mixed_pieces(mine), mixed_pieces(span)
    return f1(longest_run(one, other), len(one), len(other))


_F1 = {"en": _english_f1, "zh": _chinese_f1}


def answer_contained(case: Case, answer: Answer) -> Score | None:
    """1 where an accepted span stands in the answer; not applicable to impossible questions."""
    if case.behaviour == "refuse":
        return None
    reduced = REDUCED[case.language]
    found = [span for span in _spans(case) if contains(reduced(said(answer)), reduced(span))]
    return Score(float(bool(found)), f"says {found[0]!r}" if found else f"says none of the {len(_spans(case))} spans")


def _spans(case: Case) -> tuple[str, ...]:
    """The accepted spans; the empty one where none is."""
    return case.must[0].wordings if case.must else ("",)


METRICS: dict[str, Metric] = {"EM": exact_match, "F1": span_f1, "answer contained": answer_contained}
