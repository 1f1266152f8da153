"""Plan: a computation over a table, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.questions.asked_computation import AskedComputation, Operation
from rag.tables.record_filters import Filter, Limit
from rag.tables.typed_table import Column, TypedTable

# shares of the question's term weight that a plan may leave unexplained: if the question names its column, and if the
# column is the only one with numbers; chosen on questions over tables of our own
MOST_UNEXPLAINED, _MOST_UNNAMED = 0.25, 0.1

PlanOperation = Operation | Literal["value", "breakdown"]  # of one record; of each group
Problem = Literal["no column", "several columns", "mixed units", "no record", "unread rows"]


@dataclass(frozen=True)
class Plan:
    """A computation over a table.

    `records` are the indices of those that pass filters and limits, `named` those that the question names, in order.
    `target` is what is computed, None for a count or a list of records. `unexplained`: the share of the question's term
    weight that the plan leaves over, 0 to 1.
    """

    table: TypedTable
    operation: PlanOperation
    asked: AskedComputation
    target: Column | None
    records: tuple[int, ...] = ()
    named: tuple[int, ...] = ()
    filters: tuple[Filter, ...] = ()
    limits: tuple[Limit, ...] = ()
    shown: tuple[Column, ...] = ()  # other columns that the question names
    named_by: tuple[Column, ...] = ()  # other columns than that of names, by whose values the question names records
    are_added: bool = False  # the named records are one part of a share together
    whole: tuple[int, ...] = ()  # of a share: the records that the part is taken of
    is_named: bool = True  # the question names the target, which is not only the one column that is possible
    unexplained: float = 1.0

    @property
    def is_certain(self) -> bool:
        """Whether the plan explains enough of the question for its result to be stated."""
        return self.unexplained <= (MOST_UNEXPLAINED if self.is_named else _MOST_UNNAMED)


@dataclass(frozen=True)
class NoPlan:
    """Why nothing can be computed, with the columns that come nearest."""

    table: TypedTable
    problem: Problem
    columns: tuple[Column, ...] = ()
    nearness: float = 0.0  # how much of the table the question names
    unexplained: float = 1.0  # as of a plan; 1 if there is no column to make one of
