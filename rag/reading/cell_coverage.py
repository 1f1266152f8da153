"""Coverage of a question by a cell: whether its heads, its row and its headings have what the question says.

Shares are of the weight of the question's words.
"""

from __future__ import annotations

from rag.reading.measures import find_measures, possible_measures
from rag.reading.ranking import Ranking
from rag.reading.structural_match import open_terms, subject_share, terms_share
from rag.reading.table_cells import TableCell
from rag.reading.table_vocabulary import find_concepts

# chosen on 120 questions of IM-TQA and on tables that lack what is asked
_LEAST_COVERED = 0.35  # of the subject words, by a cell with its heads, its row and its headings
_LEAST_ROW = 0.3  # of the words that neither column nor headings have, by the row
# of all words, what a cell may lack without another attribute being asked for; chosen on 200 questions of IM-TQA in
# each language (2 of 153 and 5 of 126 right cells are lost) and on our own tables (14 of 49 wrong ones go)
_LEAST_UNMET = 0.3


def accounts_for_question(ranking: Ranking, cell: TableCell) -> bool:
    """Whether a cell covers enough of the question, in the row and with the attribute that the question names."""
    if subject_share(ranking, cell.context) < _LEAST_COVERED:
        return False
    return _has_row_of_question(ranking, cell) and _has_attribute(ranking, cell)


def _has_row_of_question(ranking: Ranking, cell: TableCell) -> bool:
    """Whether a cell's row has what the question says beyond column and headings: else it names another row.

    `柳沟乡的亩产是多少？` is not answered from the row of 石桥镇.
    """
    passage = cell.sentence.passage
    known = "\n".join((passage.title, passage.section, cell.candidate.caption, *cell.candidate.column_heads))
    rest = open_terms(ranking, known)
    row = "\n".join((cell.candidate.text, *cell.candidate.row_texts, *cell.candidate.row_heads))
    return not rest or terms_share(ranking, rest, row) >= _LEAST_ROW


def _has_attribute(ranking: Ranking, cell: TableCell) -> bool:
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
