"""A case and its answer become scores, each with its reason: pure functions, no judge, no model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evals.cases import Case, Fact
from rag.schema import Answer, Passage
from rag.text.figures import figures
from rag.text.language import normalise


@dataclass(frozen=True)
class Score:
    """A number between 0 and 1 that never travels without its reason."""

    value: float
    reason: str


def holds(fact: Fact, text: str) -> bool:
    """True where a text says a fact: a figure by its value (3.8万亿元 = 3.8 trillion yuan), else any of its wordings."""
    if fact.figure:
        wanted = figures(fact.figure)
        if wanted:
            said = figures(text)
            return all(any(w.same_as(s) for s in said) for w in wanted)
        return _squeezed(fact.figure) in _squeezed(text)
    return any(_squeezed(wording) in _squeezed(text) for wording in fact.wordings)


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", normalise(text))


def _named(fact: Fact) -> str:
    return fact.figure or fact.wordings[0]


def fact_recall(case: Case, answer: Answer) -> Score | None:
    """The share of the required facts that the answer states; not applicable where none is required."""
    if not case.must:
        return None
    missing = [_named(fact) for fact in case.must if not holds(fact, answer.text)]
    return Score(1 - len(missing) / len(case.must), f"missing: {', '.join(missing)}" if missing else "all facts stated")


def all_facts(case: Case, answer: Answer) -> Score | None:
    """1 where the answer states every required fact, else 0; not applicable where none is required."""
    recall = fact_recall(case, answer)
    return None if recall is None else Score(float(recall.value == 1), recall.reason)


def facts_retrieved(case: Case, answer: Answer, k: int = 5) -> Score | None:
    """1 where the required facts all stand in the first k passages, else 0; works on any corpus of the same documents."""
    if not case.must:
        return None
    text = "\n".join(passage.text for passage in answer.passages[:k])
    missing = [_named(fact) for fact in case.must if not holds(fact, text)]
    return Score(float(not missing), f"not in the first {k}: {', '.join(missing)}" if missing else f"all in the first {k}")


def hit(case: Case, answer: Answer, k: int = 5) -> Score | None:
    """1 where one of the first k passages holds a gold paragraph; not applicable without gold or off the shipped notes."""
    if not case.gold:
        return None
    for passage in answer.passages[:k]:
        for address in (address for need in case.gold for address in need):
            if covers(passage, address):
                return Score(1.0, f"{address} at {passage.number}")
    return Score(0.0, f"none of {case.gold} in the first {k}")


def covers(passage: Passage, address: str) -> bool:
    """True where a passage of the notes holds the paragraph `work#section.paragraph`."""
    work, place = address.split("#")
    section, paragraph = (int(part) for part in place.split("."))
    first, last = passage.paragraphs
    return passage.edition_of == work and passage.section_number == section and first <= paragraph <= last


def refused(case: Case, answer: Answer) -> Score | None:
    """For questions that the library does not answer: 1 where the answer says so."""
    if case.behaviour != "refuse":
        return None
    return Score(float(answer.status == "unanswered"), f"status {answer.status}")


def answered(case: Case, answer: Answer) -> Score | None:
    """For questions that the library answers: 1 where the answer does not refuse."""
    if case.behaviour == "refuse":
        return None
    return Score(float(answer.status != "unanswered"), f"status {answer.status}")


def mean(scores: Sequence[Score | None]) -> float | None:
    """The mean over those that apply; None where none does, which is not zero."""
    values = [score.value for score in scores if score is not None]
    return sum(values) / len(values) if values else None
