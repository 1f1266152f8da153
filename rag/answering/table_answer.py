"""Table answers: what is computed over all rows of the retrieved tables, with the passages that have its cells.

A question for a count, a sum, the largest, a difference is planned and computed for each table that was retrieved; the
plan that explains most of the question is stated, if it explains enough of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answering.quotation import render_quotes
from rag.answering.retrieve import number_passages
from rag.library.library import Library
from rag.questions.analysis import AnalysedQuestion, analyse_question
from rag.questions.asked_computation import AskedComputation, Operation, asked_computation
from rag.questions.canonical_text import resolve_year_before
from rag.reading.matching import Sentence
from rag.schema import Block, Computation, Language, Passage
from rag.tables.execution import CannotCompute, ComputedResult, execute
from rag.tables.label_matching import NamedQuestion
from rag.tables.periods import find_periods
from rag.tables.plan import NoPlan, Plan
from rag.tables.planning import TablePlanner
from rag.tables.views import keep_named_summaries, table_views
from rag.tables.wording import describe_method, describe_problem, describe_result

_MOST_SOURCES = 4  # whose tables are read for one question
_RANK_COST = 0.02  # of each place further back in retrieval, in shares of the question


@dataclass(frozen=True)
class TableAnswer:
    """What the tables answer: a result with the cells to be quoted, or the reason why there is none (`problem`).

    `needs_computation`: what is asked is never one cell, so that no cell may be quoted in place of a result.
    `passages` are those of the question, numbered anew: first those that have the cells, with the `computation`.
    """

    passages: tuple[Passage, ...]
    statement: str = ""
    how: str = ""
    quotes: tuple[Sentence, ...] = ()
    problem: str = ""
    needs_computation: bool = False


# operations that no single cell answers, unless its head names them
_STRICT: frozenset[Operation] = frozenset(
    ("extreme", "rank", "difference", "growth", "ratio", "mean", "median", "comparison", "trend"))


@dataclass(frozen=True)
class _Candidate:
    """A result with its cost: what it leaves unexplained, and how far back its table was retrieved."""

    result: ComputedResult
    cost: float


def compute_table_answer(
    library: Library, question: AnalysedQuestion, passages: Sequence[Passage], language: Language,
) -> TableAnswer | None:
    """The answer that can be computed from the tables of the passages.

    None if the question asks for no computation, or for a reason, or if no table is among the passages.
    """
    if "reason" in question.kinds:  # `why did the fee rise?` is not answered by how much it rose
        return None
    resolved = resolve_year_before(question.text)
    if resolved != question.text:
        question = analyse_question(resolved, question.language)
    asked = asked_computation(question.text)
    tables = _retrieved_tables(passages)
    if asked is None or not tables:
        return None
    candidates: list[_Candidate] = []
    problems: list[NoPlan] = []
    for rank, (source_id, indices) in enumerate(tables.items()):
        for outcome in _outcomes(library, asked, question, source_id, indices):
            if isinstance(outcome, NoPlan):
                problems.append(outcome)
            else:
                candidates.append(_Candidate(outcome, outcome.plan.unexplained + _RANK_COST * rank))
    certain = [candidate for candidate in candidates if candidate.result.plan.is_certain]
    best = min(certain, key=lambda candidate: round(candidate.cost, 3), default=None)
    mixed = [problem for problem in problems if problem.problem == "mixed units"]
    if best and all(problem.unexplained > best.result.plan.unexplained for problem in mixed):
        return _state_result(library, best.result, passages, language)
    if not problems and not candidates:
        return None
    nearest = max(problems, key=lambda problem: problem.nearness, default=None)
    return TableAnswer(
        tuple(passages), problem=describe_problem(nearest, language) if nearest else "",
        needs_computation=asked.operations[0] in _STRICT)


def _retrieved_tables(passages: Sequence[Passage]) -> dict[str, list[int]]:
    """The indices of the retrieved tables by source id, both in the order of retrieval."""
    tables: dict[str, list[int]] = {}
    for passage in passages:
        is_used = passage.version is None or passage.version.is_used
        for block in passage.blocks if is_used else ():
            if block.kind == "row":
                indices = tables.setdefault(passage.source_id, [])
                if block.parent not in indices:
                    indices.append(block.parent)
    return dict(list(tables.items())[:_MOST_SOURCES])


def _outcomes(
    library: Library, asked: AskedComputation, question: AnalysedQuestion, source_id: str, indices: Sequence[int],
) -> Iterator[ComputedResult | NoPlan]:
    """For each table of a source the first plan that can be computed, else why there is none."""
    named = NamedQuestion(question, library.term_weight)
    has_periods = bool(find_periods(question.text))
    for table in library.tables(source_id).select(indices, named):
        views = table_views(keep_named_summaries(table, named, asked), with_periods=has_periods)
        outcomes = [outcome for view in views for outcome in TablePlanner(asked, named, view).plans()]
        plans = sorted((one for one in outcomes if isinstance(one, Plan)), key=lambda plan: round(plan.unexplained, 2))
        result = next((found for plan in plans if (found := _try_execute(plan))), None)
        if result:
            yield result
        yield from (outcome for outcome in outcomes if isinstance(outcome, NoPlan))


def _try_execute(plan: Plan) -> ComputedResult | None:
    try:
        return execute(plan)
    except CannotCompute:
        return None


def _state_result(
    library: Library, result: ComputedResult, passages: Sequence[Passage], language: Language,
) -> TableAnswer:
    """The result in words, with the passages of its cells before the others."""
    statement, how = describe_result(result, language), describe_method(result, language)
    source_id = result.plan.table.source.source_id
    cells = tuple(cell.text for cell in result.cited_cells)
    starts = [cell.start for cell in result.cited_cells if cell.start >= 0]
    if result.total is not None:
        starts.append(result.total.cell.start)
    retrieved = {passage.id: passage for passage in passages}
    score = max((passage.score for passage in passages), default=1.0)
    cited = []
    for document in library.passages_at(source_id, starts):
        with_score = document.model_copy(update={"metadata": {**document.metadata, "score": score}})
        passage = retrieved.get(str(document.id)) or number_passages([with_score])[0]
        block = _quoted_block(passage, next(start for start in starts if passage.start <= start < passage.end))
        cited.append(replace(passage, computation=Computation(statement, how, block.start, block.end, cells)))
    others = [passage for passage in passages if passage.id not in {one.id for one in cited}]
    ordered = tuple(replace(passage, number=number) for number, passage in enumerate((*cited, *others), 1))
    quotes = [
        _quote(passage, start) for start in starts for passage in ordered[: len(cited)]
        if passage.start <= start < passage.end]
    return TableAnswer(ordered, statement, how, tuple(dict.fromkeys(quotes)))


def _quoted_block(passage: Passage, start: int) -> Block:
    """The block of a cell; where the cells of a table are not stored, its row."""
    cell = next((b for b in passage.blocks if b.kind in ("cell", "head") and b.start == start), None)
    return cell or next(b for b in passage.blocks if b.kind == "row" and b.start <= start <= b.end)


def _quote(passage: Passage, start: int) -> Sentence:
    block = _quoted_block(passage, start)
    first, last = block.start - passage.start, block.end - passage.start
    return Sentence(passage.text[first:last], first, last, block, passage=passage)


def render_table_answer(answer: TableAnswer, language: Language) -> Iterator[str]:
    """The text of a computed answer in pieces: the result, the formula, and the cells that they rest on."""
    numbers = dict.fromkeys(quote.passage.number for quote in answer.quotes)
    markers = "".join(f"[{number}]" for number in list(numbers)[:_MOST_MARKERS])
    yield answer.statement + markers
    yield f"\n\n{answer.how}{markers}\n\n"
    yield from render_quotes(answer.quotes, language)


_MOST_MARKERS = 3
