"""The benchmark on tables: files of published sets, drawing, written tables, and the score of a quote."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals.benchmarks.benchmark import BadBenchmark
from evals.benchmarks.table_files import write_table
from evals.benchmarks.table_sets import TableSet, compact_cell, read_imtqa, read_tatqa
from evals.benchmarks.tables import cites_all_answer_cells, cites_answer_cell, cites_answer_cell_first, draw_questions
from rag.schema import Answer, Citation

TABLE = {
    "table_id": "t1", "table_type": "hierarchical", "cell_ID_matrix": [[0, 1, 1], [0, 2, 3], [4, 5, 6]],
    "chinese_cell_value_list": ["科室", "人数", "男", "女", "检验科", "12", "9"],
    "english_cell_value_list": ["Office", "Staff", "men", "women", "Laboratory", "12", "9"],
    "column_attribute": [0, 1, 2, 3], "row_attribute": [], "column_index": [], "row_index": [4]}
QUESTIONS = [
    {"table_id": "t1", "question_id": "t1_1", "question_type": "single_cell", "answer_cell_list": [6],
     "chinese_question": "检验科有多少女员工？", "english_question": "How many women work in the laboratory?"},
    {"table_id": "t1", "question_id": "t1_2", "question_type": "arbitrary_cells", "answer_cell_list": [5, 6],
     "chinese_question": "检验科男女各多少人？", "english_question": "How many men and women work in the laboratory?"}]


def write_imtqa(folder: Path) -> TableSet:
    with gzip.open(folder / "train.tables.json.gz", "wt", encoding="utf-8") as file:
        json.dump([TABLE], file)
    (folder / "train.questions.json.gz").write_bytes(gzip.compress(json.dumps(QUESTIONS).encode()))
    return read_imtqa(folder)


def test_equal_neighbours_in_the_matrix_of_imtqa_are_one_merged_cell(tmp_path: Path) -> None:
    tables = write_imtqa(tmp_path)
    cell = tables.tables["t1"].tables["zh"].rows[0][2]
    assert (cell.text, cell.origin, cell.row_span, cell.column_span) == ("人数", (0, 1), 1, 2)
    assert tables.tables["t1"].tables["en"].rows[1][0].text == "Office"
    assert tables.tables["t1"].row_heads == {(2, 0)}


def test_questions_with_one_answering_cell_and_with_several_are_kept_apart(tmp_path: Path) -> None:
    tables = write_imtqa(tmp_path)
    assert [question.id for question in tables.questions] == ["t1_1"]
    assert tables.answer_texts(tables.questions[0], "en") == {"9"}
    assert [question.id for question in tables.several_cells] == ["t1_2"]
    assert tables.answer_texts(tables.several_cells[0], "en") == {"12", "9"}


def test_a_folder_without_imtqa_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadBenchmark, match="IM-TQA"):
        read_imtqa(tmp_path)


def test_a_span_of_tatqa_is_the_cell_with_its_amount(tmp_path: Path) -> None:
    path = tmp_path / "tatqa.json"
    fields = {"answer_type": "span", "answer_from": "table", "derivation": ""}
    path.write_text(json.dumps([{
        "table": {"uid": "a", "table": [["", "2019"], ["Sales", "$ 1,496.5"]]},
        "questions": [
            {"uid": "q1", "question": "What were sales in 2019?", "answer": ["1,496.5"], **fields},
            {"uid": "q2", "question": "Why?", "answer": ["for no reason"], **fields}]}]), "utf-8")
    tables = read_tatqa(path)
    assert [(question.id, question.answers) for question in tables.questions] == [("q1", ((1, 1),))]


def test_every_table_is_asked_once_before_one_is_asked_twice(tmp_path: Path) -> None:
    tables = [{**TABLE, "table_id": f"t{n}"} for n in range(4)]
    questions = [{**QUESTIONS[0], "table_id": f"t{n}", "question_id": f"t{n}_{i}"} for n in range(4) for i in range(3)]
    (tmp_path / "tables.json").write_text(json.dumps(tables), "utf-8")
    (tmp_path / "questions.json").write_text(json.dumps(questions), "utf-8")
    published = read_imtqa(tmp_path)
    drawn = draw_questions(published.questions, 6, 7)
    assert len({question.table_id for question in drawn[:4]}) == 4
    assert len(drawn) == 6
    assert drawn == draw_questions(published.questions, 6, 7)
    assert drawn != draw_questions(published.questions, 6, 8)


def test_a_workbook_has_the_merged_cells_of_its_table(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    write_table(write_imtqa(tmp_path).tables["t1"].tables["zh"], tmp_path / "t.xlsx")
    sheet = load_workbook(tmp_path / "t.xlsx").worksheets[0]
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:A2", "B1:C1"}
    assert sheet["C3"].value == "9"


def test_a_page_has_the_spans_of_its_table(tmp_path: Path) -> None:
    write_table(write_imtqa(tmp_path).tables["t1"].tables["en"], tmp_path / "t.html")
    page = (tmp_path / "t.html").read_text("utf-8")
    assert '<td rowspan="2">Office</td><td colspan="2">Staff</td>' in page
    assert "<th" not in page


def test_a_document_has_the_merged_cells_of_its_table(tmp_path: Path) -> None:
    from docx import Document

    write_table(write_imtqa(tmp_path).tables["t1"].tables["en"], tmp_path / "t.docx")
    rows = [[cell.text for cell in row.cells] for row in Document(str(tmp_path / "t.docx")).tables[0].rows]
    assert rows == [["Office", "Staff", "Staff"], ["Office", "men", "women"], ["Laboratory", "12", "9"]]


def answer_with(quote: str) -> Answer:
    citation = Citation(
        marker=1, claim=quote, passage_id="p", source_id="s", title="t", section="", page=0, quote=quote,
        state="verified quote")
    return Answer("问题", "zh", status="grounded", text=quote, citations=(citation,))


@pytest.mark.parametrize(("quote", "score"), [("２０ %", 1.0), ("20%", 1.0), ("女 20%", 0.0), ("0%", 0.0)])
def test_a_quote_counts_only_if_it_is_the_whole_cell(quote: str, score: float) -> None:
    assert cites_answer_cell(answer_with(quote), frozenset([compact_cell("20 ％")])) == score


def test_a_further_quote_is_no_first_quote() -> None:
    answer = answer_with("12")
    further = replace(answer, citations=(*answer.citations, *answer_with("9").citations))
    assert cites_answer_cell(further, frozenset(["9"])) == 1.0
    assert cites_answer_cell_first(further, frozenset(["9"])) == 0.0


def test_several_cells_count_only_if_all_are_quoted() -> None:
    answer = answer_with("12")
    both = replace(answer, citations=(*answer.citations, *answer_with("9").citations))
    assert cites_all_answer_cells(both, frozenset(["12", "9"])) == 1.0
    assert cites_all_answer_cells(answer, frozenset(["12", "9"])) == 0.0
    assert cites_all_answer_cells(replace(both, status="unanswered"), frozenset(["12", "9"])) == 0.0


def test_a_refusal_cites_no_cell() -> None:
    assert cites_answer_cell(Answer("Who?", "en", status="unanswered"), frozenset(["9"])) == 0.0
