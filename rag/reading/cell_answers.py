"""Cell answers: the cells of the retrieved tables that answer a question.

Rows with a value that the question names are looked at alone. Within them a learned model ranks the cells
(`cell_ranking.py`). Whether the best one answers at all is decided by what its heads, its row and the headings of its
document cover of the question, and by what they lack: a name, a year, or a head of another row or column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from rag.numbers.figures import named_years
from rag.reading.answer_units import LIST_KINDS
from rag.reading.cell_candidate import CellCandidate
from rag.reading.cell_ranking import score_cells
from rag.reading.matching import Sentence, soft_term_match, text_view
from rag.reading.measures import find_measures, possible_measures
from rag.reading.ranking import Ranking
from rag.reading.structural_match import open_terms, subject_share, terms_share
from rag.reading.table_vocabulary import find_concepts
from rag.schema import Block, Passage, Slice
from rag.text.language import normalise

# shares of the weight of a question's subject words
# by a cell with its heads, its row and its headings; chosen on 120 questions of IM-TQA and on tables that lack what is
# asked
_LEAST_COVERED = 0.35
_MARGIN = 0.05  # by which a sentence of prose may cover more before it is preferred
_LEAST_GAIN = 0.1  # that one more cell has to cover
_EQUAL_SCORES = 0.5  # of the model: odds of less than two to one
_MAX_CELLS, _CONSIDERED = 6, 12
_SHORT_TABLE = 30  # rows; in a longer one the other values of a column say nothing about a cell


@dataclass(frozen=True)
class _TableCell:
    """A cell of a retrieved passage: as a sentence that can be quoted, as a candidate, and with the text around it."""

    sentence: Sentence
    candidate: CellCandidate
    context: str  # headings, heads and the whole row
    row: tuple[str, int]  # the source and the index of its row

    @property
    def heads(self) -> tuple[str, ...]:
        """All heads of its row and its column."""
        return self.candidate.row_heads + self.candidate.column_heads

    def has_same_heads(self, other: _TableCell) -> bool:
        """Whether two cells are of one column, and a head of one's row is a head of the other's."""
        same_column = self.candidate.column_heads == other.candidate.column_heads
        return same_column and bool(set(self.candidate.row_heads) & set(other.candidate.row_heads))


def cell_answer(ranking: Ranking) -> list[Sentence]:
    """The cells that answer the question, the best first; empty if no retrieved table answers it.

    `西湖区增速和常住人口分别是多少？` → the cells 6.1% and 73.4 of the row 西湖区.
    """
    passages = {c.sentence.passage.id: c.sentence.passage for c in ranking.candidates}
    best: tuple[float, list[tuple[float, _TableCell]]] = (0.0, [])
    heads: frozenset[str] = frozenset()  # of the best table
    for cells in _tables(list(passages.values())):
        ordered = _ordered_cells(ranking, _named_rows(ranking, cells))
        if not ordered or _has_stranger(ranking, cells):
            continue
        covered = subject_share(ranking, ordered[0][1].context)
        if covered > best[0]:
            best = covered, ordered
            heads = frozenset(_head_name(head) for cell in cells for head in cell.heads)
    covered, ordered = best
    prose = (c.sentence for c in ranking.candidates if not c.sentence.is_cell)
    by_prose = max((subject_share(ranking, _prose_context(sentence)) for sentence in prose), default=0.0)
    if covered < _LEAST_COVERED or covered < by_prose - _MARGIN:
        return []
    chosen = _complete_cells(ranking, ordered)
    if not any(_has_row_of_question(ranking, cell) and _has_attribute(ranking, cell) for cell in chosen):
        return []
    return [] if _lacks_head(ranking, heads, chosen) else [cell.sentence for cell in chosen]


def _named_rows(ranking: Ranking, cells: Sequence[_TableCell]) -> list[_TableCell]:
    """The cells of the rows that have a value which the question names whole; all cells if no row has one."""
    question = normalise(ranking.question.text)
    heads = {_head_name(head) for cell in cells for head in cell.candidate.column_heads}
    named = {
        cell.row for cell in cells
        if _head_name(cell.candidate.text) not in heads and _names_value(question, normalise(cell.candidate.text))}
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


def _has_stranger(ranking: Ranking, cells: Sequence[_TableCell]) -> bool:
    """Whether the question has a name, a year or another figure that the table and its headings do not have."""
    question = ranking.question
    view = text_view("\n".join(dict.fromkeys(cell.context for cell in cells)))
    names = [term for term in question.terms if term.word in question.name_terms]
    years = named_years(view.figures)
    if any(soft_term_match(name, view) <= 0 for name in names):
        return True
    return bool(question.years and years and not question.years & years)


def _has_row_of_question(ranking: Ranking, cell: _TableCell) -> bool:
    """Whether a cell's row has what the question says beyond column and headings: else it names another row.

    `柳沟乡的亩产是多少？` is not answered from the row of 石桥镇.
    """
    passage = cell.sentence.passage
    known = "\n".join((passage.title, passage.section, cell.candidate.caption, *cell.candidate.column_heads))
    rest = open_terms(ranking, known)
    row = "\n".join((cell.candidate.text, *cell.candidate.row_texts, *cell.candidate.row_heads))
    return not rest or terms_share(ranking, rest, row) >= _LEAST_ROW


_LEAST_ROW = 0.3  # of the weight of those words


def _has_attribute(ranking: Ranking, cell: _TableCell) -> bool:
    """Whether a cell's column says what the question asks of its row: by its words, or as the same measure.

    `How old is Niall Crosby?` is not answered from his club, nor 电子书借了多少册 from all loans.
    """
    passage, candidate = cell.sentence.passage, cell.candidate
    known = "\n".join((passage.title, passage.section, candidate.caption, *candidate.row_texts, *candidate.row_heads))
    rest = open_terms(ranking, known)
    column = "\n".join(candidate.column_heads)
    terms = ranking.question.terms
    weights = {term.word: ranking.term_weight(term.word, False) for term in terms}
    unmet = sum(weights.get(term.word, 0.0) for term in rest) / (sum(weights.values()) or 1.0)
    if unmet < _LEAST_UNMET or not column or terms_share(ranking, rest, column) > 0:
        return True
    question = ranking.question.text
    return bool(find_measures(question) & possible_measures(column) or find_concepts(question) & find_concepts(column))


# of the weight of the question, what a cell may lack without another attribute being asked for; chosen on 200 questions
# of IM-TQA in each language (2 of 153 and 5 of 126 right cells are lost) and on our own tables (14 of 49 wrong ones go)
_LEAST_UNMET = 0.3


def _lacks_head(ranking: Ranking, heads: Set[str], chosen: Sequence[_TableCell]) -> bool:
    """Whether the question names a row or column in which none of the chosen cells is: there the table is empty."""
    question = normalise(ranking.question.text)
    covered = normalise("\n".join(cell.context for cell in chosen))
    return any(_names_value(question, head) and head not in covered for head in heads)


def _prose_context(sentence: Sentence) -> str:
    return f"{sentence.passage.title}\n{sentence.passage.section}\n{sentence.statement}"


def _ordered_cells(ranking: Ranking, cells: Sequence[_TableCell]) -> list[tuple[float, _TableCell]]:
    """The best cells of a table with their scores, the best first."""
    scores = score_cells(ranking.question, [cell.candidate for cell in cells], ranking.term_weight)
    order = sorted(range(len(cells)), key=lambda i: (-scores[i], i))
    return [(scores[i], cells[i]) for i in order[:_CONSIDERED]]


def _complete_cells(ranking: Ranking, ordered: Sequence[tuple[float, _TableCell]]) -> list[_TableCell]:
    """The best cell, and others that answer just as well or cover what it leaves open.

    Two rows of one name are both quoted; `分别` and `both … and …` ask for several cells.
    """
    best_score, best = ordered[0]
    asks_several = _SEVERAL.search(ranking.question.text) is not None or bool(ranking.question.kinds & LIST_KINDS)
    chosen = [best]
    covered = subject_share(ranking, best.context)
    for score, cell in ordered[1:]:
        if len(chosen) == _MAX_CELLS:
            break
        is_equal = best_score - score <= _EQUAL_SCORES and cell.has_same_heads(best)
        is_equal = is_equal or (asks_several and _is_named_beside(ranking, cell, chosen))
        together = subject_share(ranking, "\n".join(other.context for other in (*chosen, cell)))
        is_near = asks_several or cell.row == best.row or cell.candidate.column_heads == best.candidate.column_heads
        if is_equal or (is_near and covered < 1 and together - covered >= _LEAST_GAIN):
            chosen.append(cell)
            covered = together
    return chosen


def _is_named_beside(ranking: Ranking, cell: _TableCell, chosen: Sequence[_TableCell]) -> bool:
    """Whether the question names the row of a cell too, of the column that the first chosen cell has."""
    if cell.row in {other.row for other in chosen} or cell.candidate.column_heads != chosen[0].candidate.column_heads:
        return False
    question = normalise(ranking.question.text)
    return any(_names_value(question, _head_name(head)) for head in cell.candidate.row_heads)


_SEVERAL = re.compile(r"分别|和|与|及|、|\band\b|\bboth\b", re.I)


def _tables(passages: Sequence[Passage]) -> Iterator[list[_TableCell]]:
    """The cells of each table in the passages; a table that is cut between passages is one."""
    tables: dict[tuple[str, int], list[tuple[Passage, Block, list[Block]]]] = {}
    for passage in passages:
        members: dict[int, list[Block]] = {}
        for block in passage.blocks:
            if block.kind in ("cell", "head"):
                members.setdefault(block.parent, []).append(block)
        for row in passage.blocks:
            if row.kind == "row" and row.index in members:
                tables.setdefault((passage.source_id, row.parent), []).append((passage, row, members[row.index]))
    for rows in tables.values():
        cells = list(_table_cells(rows))
        if cells:
            yield cells


def _table_cells(rows: Sequence[tuple[Passage, Block, list[Block]]]) -> Iterator[_TableCell]:
    columns: dict[tuple[Slice, ...], list[str]] = {}
    for passage, row, blocks in rows if len(rows) <= _SHORT_TABLE else ():
        for block in blocks:
            columns.setdefault(split_lead(row, block)[2], []).append(_text(passage, block))
    for passage, row, blocks in rows:
        texts = [_text(passage, block) for block in blocks]
        for index, block in enumerate(blocks):
            outside, row_heads, column_heads = split_lead(row, block)
            candidate = CellCandidate(
                texts[index], _texts(row_heads), _texts(column_heads), (*texts[:index], *texts[index + 1 :]),
                tuple(text for text in columns.get(column_heads, ()) if text != texts[index]),
                " ".join((*_texts(outside), passage.section or passage.title)),
                is_row_head=block.kind == "head" and bool(column_heads),
                is_column_head=block.kind == "head" and not column_heads)
            start = block.start - passage.start
            sentence = Sentence(texts[index], start, start + len(texts[index]), block, passage=passage)
            yield _TableCell(sentence, candidate, _context(passage, block, texts), (passage.source_id, row.index))


def _context(passage: Passage, block: Block, row_texts: Sequence[str]) -> str:
    """The headings, the cell's own heads and its row: what the cell says, without the heads of other columns."""
    return "\n".join((passage.title, passage.section, *_texts(block.lead), *row_texts))


def _text(passage: Passage, block: Block) -> str:
    return passage.text[block.start - passage.start : block.end - passage.start]


def _texts(parts: Sequence[Slice]) -> tuple[str, ...]:
    return tuple(part.text for part in parts)


def split_lead(row: Block, cell: Block) -> tuple[tuple[Slice, ...], tuple[Slice, ...], tuple[Slice, ...]]:
    """The lead of a cell in its parts: what stands over the table, the heads of its row, those of its column.

    A lead has them in this order; the last head of the row stands in the row itself.
    """
    outside = tuple(part for part in cell.lead if part in row.lead)
    heads = cell.lead[len(outside) :]
    inside = [i for i, part in enumerate(heads) if row.start <= part.start < row.end]
    split = inside[-1] + 1 if inside else 0
    return outside, heads[:split], heads[split:]
