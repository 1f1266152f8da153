"""Files in SQuAD's format (SQuAD 1.1 and 2.0, XQuAD, CMRC 2018) become a shelf of paragraphs with their questions.

SQuAD: Rajpurkar et al. 2016, 2018 (CC BY-SA 4.0); XQuAD: Artetxe et al. 2020 (CC BY-SA 4.0); CMRC 2018: Cui et al. 2019
(CC BY-SA 4.0). Our answers quote sentences, not spans: exact match and F1 are low by construction, and `answer contained`
says what they cannot.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from evals.cases import Case
from evals.metrics.facts import all_facts, said
from evals.metrics.overlap import pieces
from evals.public.benchmark import Benchmark, Record, Text, case, parsed, texts
from evals.scores import Score
from evals.scoring import Grader
from rag.schema import Answer


def read(path: Path) -> Benchmark:
    """The paragraphs of a file as a shelf, and its questions as cases; `is_impossible` means: to be refused.

    Raises:
        BadBenchmark: the file is not in one of the two published layouts.
    """
    cases: dict[str, Case] = {}
    shelf: dict[str, Text] = {}
    for title, context, pairs in paragraphs(path):
        shelf.setdefault(context, Text(title, context))
        for pair in pairs:
            id = pair.text("id", "query_id")
            answers = [texts(a["text"] if isinstance(a, dict) and "text" in a else a, pair.where) for a in pair.list("answers")]
            accepted = [answer for some in answers for answer in some]
            impossible = "is_impossible" in pair and bool(pair.raw("is_impossible"))
            question = pair.text("question", "query_text")
            cases[id] = case(id, "span", question, [accepted], refuse=impossible, reference="".join(accepted[:1]))
    return Benchmark("squad", tuple(cases.values()), tuple(shelf.values()), metrics=METRICS)


def paragraphs(path: Path) -> Iterator[tuple[str, str, Iterator[Record]]]:
    """Title, text and question records of each paragraph, in SQuAD's layout or in the flat one of CMRC."""
    content = parsed(path)
    if isinstance(content, list):
        for number, value in enumerate(content, 1):
            flat = Record(value, f"{path.name}, paragraph {number}")
            title = flat.text("title") if "title" in flat else ""
            yield title, flat.text("context_text"), flat.records("qas")
        return
    for article in Record(content, path.name).records("data"):
        title = article.text("title") if "title" in article else ""
        for paragraph in article.records("paragraphs"):
            yield title, paragraph.text("context"), paragraph.records("qas")


def exact_match(case: Case, answer: Answer) -> Score | None:
    """1 where the answer is one of the accepted spans, but for case, punctuation and English articles."""
    if not case.must:
        return None
    mine = _bare(said(answer))
    return Score(float(any(mine == _bare(span) for span in case.must[0].wordings)), "the whole answer against each span")


def span_f1(case: Case, answer: Answer) -> Score | None:
    """The best F1 over the accepted spans: characters of Chinese, words of English (Rajpurkar et al. 2016)."""
    if not case.must:
        return None
    mine = Counter(_bare(said(answer)))
    best = max(_f1(mine, Counter(_bare(span))) for span in case.must[0].wordings)
    return Score(best, "against the nearest span")


def _bare(text: str) -> list[str]:
    return [piece for piece in pieces(text) if not re.fullmatch(r"a|an|the", piece)]


def _f1(mine: Counter[str], wanted: Counter[str]) -> float:
    total = mine.total() + wanted.total()
    return 2 * (mine & wanted).total() / total if total else 0.0


METRICS: dict[str, Grader] = {
    "exact match": exact_match, "span F1": span_f1, "answer contained": all_facts}
