"""Cell answers: the cells of the retrieved tables that answer a question.

Rows with a value that the question names are looked at alone. Within them a learned model ranks the cells
(`cell_ranking.py`), another says how probably the best one answers at all (`cell_answerability.py`), and a third which
other cells of its row and its column answer with it (`cell_companions.py`). Where the second is not sure, the cell must
account for the words of the question (`cell_coverage.py`). A name, a year or a head that the question has and the table
or the cell has not rules it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.numbers.figures import named_years
from rag.questions.analysis import search_term
from rag.reading.cell_answerability import answering_probability, answering_thresholds
from rag.reading.cell_companions import find_companions
from rag.reading.cell_coverage import accounts_for_question
from rag.reading.cell_ranking import RankedCells, rank_cells
from rag.reading.matching import Sentence, soft_term_match, text_view
from rag.reading.ranking import Ranking
from rag.reading.structural_match import subject_share
from rag.reading.table_cells import TableCell, find_table_cells
from rag.text.language import normalise
from rag.text.lexicon import load_lexicon

_MARGIN = 0.05  # by which a sentence of prose may cover more of the subject words before it is preferred
_EQUAL_SCORES = 0.5  # of the model: odds of less than two to one
_MOST_CELLS = 16  # that are quoted together


@dataclass(frozen=True)
class _TableAnswer:
    """The cells of a table that may answer, the best one first, with how probably it does.

    `is_empty_where_named`: the question names a row or a column whose cell beside the best one is empty.
    """

    probability: float
    cells: Sequence[TableCell]
    is_empty_where_named: bool


def cell_answer(ranking: Ranking) -> list[Sentence]:
    """The cells that answer the question, the best first; empty if no retrieved table answers it.

    `西湖区增速和常住人口分别是多少？` → the cells 6.1% and 73.4 of the row 西湖区.
    """
    passages = {c.sentence.passage.id: c.sentence.passage for c in ranking.candidates}
    tables = find_table_cells(list(passages.values()))
    found = max(_table_answers(ranking, tables), key=lambda answer: answer.probability, default=None)
    if found is None or not _is_answered(ranking, found):
        return []
    covered = subject_share(ranking, found.cells[0].context)
    prose = (c.sentence for c in ranking.candidates if not c.sentence.is_cell)
    by_prose = max((subject_share(ranking, _prose_context(sentence)) for sentence in prose), default=0.0)
    if covered < by_prose - _MARGIN or found.is_empty_where_named:
        return []
    return [cell.sentence for cell in found.cells]


def _is_answered(ranking: Ranking, found: _TableAnswer) -> bool:
    """Whether the model is sure, or thinks it possible and the words of the question are accounted for.

    The model has not seen questions in another language than the table's: there the words decide alone.
    """
    thresholds = answering_thresholds()
    is_translated = found.cells[0].sentence.passage.language != ranking.question.language
    if not is_translated and found.probability >= thresholds["sure"]:
        return True
    is_possible = is_translated or found.probability >= thresholds["possible"]
    return is_possible and any(accounts_for_question(ranking, cell) for cell in found.cells)


def _table_answers(ranking: Ranking, tables: Iterable[Sequence[TableCell]]) -> Iterator[_TableAnswer]:
    for table in tables:
        cells = _named_rows(ranking, table)
        if not cells or _has_stranger(ranking, table):
            continue
        ranked = rank_cells(ranking.question, [cell.candidate for cell in cells], ranking.term_weight)
        probability = answering_probability(ranking.question, ranked)
        chosen = _complete_cells(ranking, cells, ranked)
        yield _TableAnswer(probability, chosen, _is_empty_where_named(ranking, table, chosen))


def _complete_cells(ranking: Ranking, cells: Sequence[TableCell], ranked: RankedCells) -> list[TableCell]:
    """The best cell, then those that answer with it, in reading order; two rows of one name are both quoted."""
    best = ranked.best
    equal = [
        i for i, score in enumerate(ranked.scores)
        if i != best and ranked.scores[best] - score <= _EQUAL_SCORES and cells[i].has_same_heads(cells[best])]
    companions = find_companions(ranking.question, ranked, [cell.row for cell in cells])
    chosen = list(dict.fromkeys((*equal, *companions)))[: _MOST_CELLS - 1]
    return [cells[best], *(cells[i] for i in sorted(chosen))]


def _named_rows(ranking: Ranking, cells: Sequence[TableCell]) -> list[TableCell]:
    """The cells of the rows that have a value which the question names whole; all cells if no row has one.

    Where rows are no records below column heads, a value does not name its row.
    """
    question = normalise(ranking.question.text)
    heads = {_head_name(head) for cell in cells for head in cell.candidate.column_heads}
    named = {
        cell.row for cell in cells
        if cell.candidate.column_heads and _head_name(cell.candidate.text) not in heads
        and _names_value(question, normalise(cell.candidate.text))}
    answering = [cell for cell in cells if not cell.candidate.is_column_head]
    return [cell for cell in answering if cell.row in named] if named else answering


def _head_name(head: str) -> str:
    """A head as a question names it: 月租金 for 月租金（元）."""
    return normalise(_BRACKETED_END.sub("", head))


_BRACKETED_END = re.compile(r"\s*[（(][^（）()]*[)）]$")
_LEAST_VALUE = 2  # characters of a value that names its row


def _names_value(question: str, value: str) -> bool:
    """Whether a question has a value of a table whole: 2499 in 2499元, not 249 in 2499."""
    if len(value) < _LEAST_VALUE:
        return False
    before = r"(?<![a-z0-9.])" if value[0].isascii() else ""
    after = r"(?![a-z0-9]|[.,]\d)" if value[-1].isascii() else ""
    return re.search(before + re.escape(value) + after, question) is not None


def _has_stranger(ranking: Ranking, cells: Sequence[TableCell]) -> bool:
    """Whether the question has a name, a year or another figure that the table and its headings do not have."""
    question = ranking.question
    view = text_view("\n".join(dict.fromkeys(cell.context for cell in cells)))
    names = [term for term in question.terms if term.word in question.name_terms - _BODY_WORDS]
    years = named_years(view.figures)
    if any(soft_term_match(name, view) <= 0 for name in names):
        return True
    return bool(question.years and years and not question.years & years)


# `the Company` is the one that the table is about, though it looks like a name
_BODY_WORDS = frozenset(map(search_term, load_lexicon("rag.reading", "body_words")))


def _is_empty_where_named(ranking: Ranking, table: Sequence[TableCell], chosen: Sequence[TableCell]) -> bool:
    """Whether the question names a row or column in which none of the chosen cells is, nor any beside the best one."""
    question = normalise(ranking.question.text)
    covered = normalise("\n".join(cell.context for cell in chosen))
    missing = {
        head for head in {_head_name(head) for cell in table for head in cell.heads}
        if head not in covered and _names_value(question, head)}
    best = chosen[0]
    beside = [cell for cell in table if cell.row == best.row or cell.is_in_column(best)]
    return not missing <= {_head_name(head) for cell in beside for head in cell.heads}


def _prose_context(sentence: Sentence) -> str:
    return f"{sentence.passage.title}\n{sentence.passage.section}\n{sentence.statement}"
