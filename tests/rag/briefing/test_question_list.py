"""Question lists in the forms that people write, and files that are refused."""

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from rag.briefing.question_list import MAX_QUESTIONS, BadQuestions, BriefingQuestion, parse_pasted, read_list
from rag.briefing.template import HEADER, build_template, render_csv, render_xlsx
from rag.settings import SHIPPED_SEEDS

ZH, EN = "苏州有几家灯塔工厂？", "How many lighthouse factories are there?"


def write_file(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def read_questions(path: Path) -> list[BriefingQuestion]:
    return list(read_list(path).questions)


def refusal_message(path: Path) -> str:
    with pytest.raises(BadQuestions) as raised:
        read_questions(path)
    assert path.name in str(raised.value)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("name", ["list.txt", "list.md"])
def test_lines_are_questions_and_headings_sections(tmp_path: Path, name: str) -> None:
    text = f"# 年度简报\n\n## 工业\n1. {ZH}\n- {EN}\n\n---\n## Services\n* [ ] **{EN}**\n"
    parsed = read_list(write_file(tmp_path / name, text))
    assert parsed.title == "年度简报"
    assert [(q.text, q.section, q.row) for q in parsed.questions] == [
        (ZH, "工业", "line 4"), (EN, "工业", "line 5"), (EN, "Services", "line 9")]


def test_a_single_heading_over_questions_is_a_section_and_not_a_title(tmp_path: Path) -> None:
    parsed = read_list(write_file(tmp_path / "a.txt", f"# 工业\n{ZH}\n"))
    assert (parsed.title, parsed.questions[0].section) == ("", "工业")


def test_a_year_at_the_beginning_is_not_a_list_number() -> None:
    assert parse_pasted("2022年产值是多少？\n3D打印有多大规模？").questions[0].text == "2022年产值是多少？"


def test_front_matter_of_markdown_is_not_asked(tmp_path: Path) -> None:
    [question] = read_questions(write_file(tmp_path / "a.md", f"---\ntitle: x\n---\n{ZH}\n"))
    assert (question.text, question.row) == (ZH, "line 4")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_in_the_encodings_and_with_the_marks_of_offices(tmp_path: Path, encoding: str, mark: str) -> None:
    rows = [
        ("章节", "问题", "语言", "字数"), ("产业基础与企业的发展", ZH, "中文", "200"),
        ("Services", EN, "English", "")]
    path = write_file(tmp_path / "list.csv", "\r\n".join(mark.join(row) for row in rows).encode(encoding))
    assert read_questions(path) == [
        BriefingQuestion(ZH, "产业基础与企业的发展", "zh", "", 200, "row 2"),
        BriefingQuestion(EN, "Services", "en", "", 0, "row 3")]


def test_csv_in_big5(tmp_path: Path) -> None:
    content = "問題,章節\r\n蘇州的產業發展與經濟會有這個問題嗎？,關於產業的發展\r\n"
    [question] = read_questions(write_file(tmp_path / "a.csv", content.encode("big5")))
    assert (question.text, question.section) == ("蘇州的產業發展與經濟會有這個問題嗎？", "關於產業的發展")


def test_a_cell_may_hold_commas_quotes_and_lines(tmp_path: Path) -> None:
    table = 'question,scope\n"What, in ""A"",\nis it?","source:a.md; year:2022-2024"\n'
    [question] = read_questions(write_file(tmp_path / "a.csv", table))
    assert (question.text, question.scope) == ('What, in "A",\nis it?', "source:a.md; year:2022-2024")


def test_xlsx_numbers_and_blank_rows(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx", (None, None), ("Question", "Max words"), (ZH, 120), (None, None), (EN, 80.0))
    assert [(q.text, q.max_words, q.row) for q in read_questions(path)] == [(ZH, 120, "row 3"), (EN, 80, "row 5")]


def test_the_sheet_that_has_questions_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(("notes", "of last year"))
    book.create_sheet("list").append(("问题",))
    book["list"].append((ZH,))
    book.save(tmp_path / "a.xlsx")
    assert [q.text for q in read_questions(tmp_path / "a.xlsx")] == [ZH]


def test_jsonl_objects_and_strings(tmp_path: Path) -> None:
    path = write_file(tmp_path / "a.jsonl", f'{{"问题": "{ZH}", "章节": "工业"}}\n\n"{EN}"\n')
    assert [(q.text, q.section, q.row) for q in read_questions(path)] == [(ZH, "工业", "row 1"), (EN, "", "row 3")]


# --- refused files, with a message of one sentence

@pytest.mark.parametrize(("name", "content", "message"), [
    ("a.txt", "\n\n", "no questions"), ("a.md", "# 标题\n", "no questions"), ("a.csv", "question\n", "no questions"),
    ("a.csv", "", "no questions"), ("a.jsonl", "", "no questions"),
    ("a.csv", "城市,产值\n苏州,4.36\n", "columns found are: 城市, 产值"),
    ("a.csv", "question,问题\na,b\n", "two columns"),
    ("a.csv", "question,language\nWhat?,fr\n", "row 2: language 'fr'"),
    ("a.csv", "问题,字数\n什么？,许多\n", "row 2: max words '许多'"),
    ("a.csv", "question,scope\nWhat?,year:soon\n", "row 2: scope year 'soon'"),
    ("a.csv", "question,section\n,工业\n", "row 2: has no question"),
    ("a.csv", 'question\n"What?\n', "not a row of a CSV file"),
    ("a.jsonl", '{"city": "苏州"}\n', "keys found are: city"), ("a.jsonl", "{\n", "row 1: not a line of JSON"),
    ("a.jsonl", "3\n", "row 1"), ("a.xlsx", "no workbook", "not a workbook"), ("a.docx", "x", "'.docx'"),
    ("a.txt", "问" * 9000, "line 1: the question has 9,000"),
    ("a.csv", b"question\r\n\x81\xff\xfe\x80\xff\xff\xff\x81\r\n", "encoding"),
])
def test_a_file_that_is_not_a_list_is_refused_by_name(
    tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    assert message in refusal_message(write_file(tmp_path / name, content))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal_message(tmp_path / "absent.csv")


def test_five_thousand_questions_are_a_list_and_a_data_set_is_not(tmp_path: Path) -> None:
    lines = "\n".join(f"{i}号楼有多高？" for i in range(5000))
    assert len(read_questions(write_file(tmp_path / "a.txt", lines))) == 5000
    assert f"{MAX_QUESTIONS:,}" in refusal_message(write_file(tmp_path / "b.txt", "甲是什么？\n" * (MAX_QUESTIONS + 1)))


def test_duplicates_are_kept(tmp_path: Path) -> None:
    assert len(read_questions(write_file(tmp_path / "a.txt", f"{ZH}\n{ZH}\n"))) == 2


def test_a_formula_without_its_value_is_refused_by_its_cell(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", ("question",), (ZH,), ('=CONCAT("What ","is it?")',))
    assert "cell A3 holds a formula" in refusal_message(path)


def test_a_formula_with_a_saved_value_is_read_as_that_value(tmp_path: Path) -> None:
    """A spreadsheet stores the value next to the formula."""
    path = write_workbook(tmp_path / "a.xlsx", ("question",), ("=A9",))
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    saved = re.sub(
        r'<c r="A2"><f>A9</f><v ?(?:/>|></v>)</c>', '<c r="A2" t="str"><f>A9</f><v>What is it?</v></c>', sheet)
    parts["xl/worksheets/sheet1.xml"] = saved.encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    assert [q.text for q in read_questions(path)] == ["What is it?"]


# --- templates

@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_template_is_a_list(tmp_path: Path, suffix: str) -> None:
    path = write_file(tmp_path / f"a{suffix}", build_template(suffix))
    assert {q.language for q in read_questions(path)} == {"zh", "en"}


def test_a_template_of_another_kind_is_refused() -> None:
    with pytest.raises(BadQuestions, match="docx"):
        build_template(".docx")


@pytest.mark.parametrize("cell", [
    '=HYPERLINK("http://evil.example")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1"])
def test_what_looks_like_a_formula_is_written_as_text(cell: str) -> None:
    line = render_csv([HEADER, (cell,)]).decode("utf-8-sig").splitlines()[1]
    assert not line.lstrip('"').startswith(("=", "+", "-", "@", "\t"))
    sheet = openpyxl.load_workbook(io.BytesIO(render_xlsx([HEADER, (cell,)]))).active
    assert sheet["A2"].data_type == "s"


@pytest.mark.parametrize("path", sorted((SHIPPED_SEEDS / "briefings").iterdir()), ids=lambda path: path.name)
def test_the_shipped_lists_can_be_read_and_are_not_taken_for_notes(path: Path) -> None:
    assert len(read_questions(path)) >= 10
    assert path.suffix != ".md"  # `Library.add_seeds` reads those
