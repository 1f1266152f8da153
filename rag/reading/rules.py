"""Rules: single things that an answer must not lack, each of which can be named to the reader.

A rule is broken if what would be quoted lacks one thing that the question asks for: its year, its place, a name, a
value of the kind asked for. Some rules refuse by themselves: of 1,222 right answers to questions on 54 libraries they
would refuse one in a hundred, of the near misses one in eight. The others only say what is missing where an answer is
doubtful or refused. `rag/text/messages.py` has their sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from rag.questions.analysis import AnalysedQuestion

EvidenceRow = Mapping[str, float]  # the values of EVIDENCE_FEATURES by name


@dataclass(frozen=True)
class AnswerRule:
    """`is_broken`: whether the evidence on the best sentences breaks it; `refuses`: when there is then no answer."""

    name: str
    is_broken: Callable[[AnalysedQuestion, EvidenceRow], bool]
    refuses: Literal["always", "unread", "never"] = "never"  # unread: where no reader has read the passages


_NOWHERE = 0.85  # how far a name must be missing everywhere to count as absent; less: a part or a synonym is there
_FEW_WORDS = 0.25  # of the question's weight: with less than that one answer in twelve is right
_HARDLY = 0.2  # a place that is not even in the passage of the best sentence; a slot that nothing fills

RULES = (
    # none of what would be quoted is about the year that the question names
    AnswerRule("year", lambda question, row: row["year_absent"] == 1, refuses="always"),
    # a place of the question is not even in the passage of the best sentence
    AnswerRule("place", lambda question, row: row["place_least"] < _HARDLY, refuses="always"),
    # a number is asked for, and no sentence of the right year has a new one; a time may be `at noon`
    AnswerRule(
        "number", lambda question, row: row["figure_missing"] == 1 and "time" not in question.kinds, refuses="always"),
    # no sentence that would be quoted has a value of the type asked for: money, people, area
    AnswerRule("value", lambda question, row: row["sort_missing_all"] == 1, refuses="always"),
    # a proper name of the question is nowhere in what was retrieved
    AnswerRule("name", lambda question, row: row["names_absent"] >= _NOWHERE),
    # hardly a word of the question is in what was retrieved: a reader may know it in other words, nobody else does
    AnswerRule("words", lambda question, row: row["anywhere"] < _FEW_WORDS, refuses="unread"),
    # a time is asked for, and no sentence on the topic has one
    AnswerRule("time", lambda question, row: row["open_time"] > 1 - _HARDLY),
    # a person is asked for, and none is named
    AnswerRule("person", lambda question, row: row["person_missing"] == 1 and row["filled_anywhere"] < _HARDLY),
)


def broken_rules(question: AnalysedQuestion, row: EvidenceRow) -> list[AnswerRule]:
    """The rules that the evidence breaks, in the order of RULES."""
    return [rule for rule in RULES if rule.is_broken(question, row)]
