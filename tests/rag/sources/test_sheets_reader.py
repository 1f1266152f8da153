"""Tests of the reader of Excel workbooks, with workbooks made here."""

import random
import re
import zipfile
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.table import Table as AuthorTable
from openpyxl.worksheet.worksheet import Worksheet as Sheet

from rag.sources.elements import Element, FileContent, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.tabular.sheet_number_formats import format_number
from rag.sources.readers.tabular.sheets import read_sheet

ZH_ROWS = [["场馆", "座位", "电话"], ["青溪馆", 48, "0571-1"], ["梅川馆", 52, "0571-2"]]
EN_ROWS = [["Hall", "Seats", "Phone"], ["Greenbrook", 48, "555-1"], ["Harrow", 52, "555-2"]]
BOTH = pytest.mark.parametrize("rows", [ZH_ROWS, EN_ROWS], ids=["zh", "en"])


@pytest.fixture
def workbook() -> openpyxl.Workbook:
    return openpyxl.Workbook()


@pytest.fixture
def sheet(workbook: openpyxl.Workbook) -> Sheet:
    return workbook.active


@pytest.fixture
def read(workbook, tmp_path):
    def save_and_read(suffix: str = ".xlsx") -> FileContent:
        path = tmp_path / f"a{suffix}"
        workbook.save(path)
        return read_sheet(path)
    return save_and_read


def fill(sheet: Sheet, rows: list[list[object]], first_row: int = 1, first_column: int = 1) -> None:
    for r, row in enumerate(rows, first_row):
        for c, value in enumerate(row, first_column):
            sheet.cell(r, c, value)


def tables(content: FileContent) -> list[Table]:
    return [element for element in content.elements if isinstance(element, Table)]


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def paragraphs(content: FileContent) -> list[str]:
    return [
        element.text for element in content.elements if isinstance(element, Element) and element.kind == "paragraph"]


def as_texts(rows: list[list[object]]) -> list[list[str]]:
    return [["" if value is None else str(value) for value in row] for row in rows]


def omitted(content: FileContent) -> dict[str, tuple[int, str]]:
    return {omission.kind: (omission.count, omission.where) for omission in content.omissions}


@BOTH
@pytest.mark.parametrize("suffix", [".xlsx", ".xlsm"])
def test_cells_become_a_table_without_a_heading_for_a_default_name(sheet, read, rows, suffix):
    fill(sheet, rows)
    content = read(suffix)
    assert [texts(table) for table in tables(content)] == [as_texts(rows)]
    assert len(content.elements) == 1


@pytest.mark.parametrize("name", ["收费标准", "Fees"])
def test_name_that_the_author_gave_is_a_heading(sheet, read, name):
    sheet.title = name
    sheet["A1"], sheet["B1"] = "a", "b"
    assert read().elements[0] == Element("heading", name, level=2)


@pytest.mark.parametrize("names", [("工作表1", "工作表2"), ("Sheet1", "Sheet2")])
def test_names_of_several_sheets_are_headings(workbook, read, names):
    workbook.remove(workbook.active)
    for name in names:
        fill(workbook.create_sheet(name), ZH_ROWS)
    assert [element.text for element in read().elements if isinstance(element, Element)] == [*names]


@BOTH
def test_empty_rows_and_columns_separate_tables(sheet, read, rows):
    fill(sheet, rows)
    fill(sheet, rows, first_column=5)
    fill(sheet, rows, first_row=6, first_column=2)
    assert [texts(table) for table in tables(read())] == [as_texts(rows)] * 3


@pytest.mark.parametrize("groups", [[["甲", 1], ["乙", 2]], [["North", 1], ["South", 2]]])
def test_an_empty_row_between_rows_of_one_table_does_not_cut_it(sheet, read, groups):
    fill(sheet, [["组", "数"], groups[0], [None, None], groups[1]])
    assert texts(tables(read())[0])[1:] == as_texts(groups)


@pytest.mark.parametrize(("title", "unit"), [("各馆座位", "单位：个"), ("Seats of the halls", "in numbers")])
def test_title_and_unit_above_a_table_are_its_caption(sheet, read, title, unit):
    sheet["A1"], sheet["C2"] = title, unit
    sheet.merge_cells("A1:E1")  # wider than the table
    fill(sheet, ZH_ROWS, first_row=3)
    table, = tables(read())
    assert table.caption == f"{title} {unit}"
    assert texts(table) == as_texts(ZH_ROWS)


@pytest.mark.parametrize("title", ["表二 座位", "Table 2. Seats"])
def test_line_apart_above_a_table_is_its_caption(sheet, read, title):
    sheet["A1"] = title
    fill(sheet, EN_ROWS, first_row=3)
    content = read()
    assert tables(content)[0].caption == title
    assert paragraphs(content) == []


@pytest.mark.parametrize("note", ["注：数据截至六月。", "Note: as of June."])
@pytest.mark.parametrize("row", [4, 6])
def test_note_below_a_table_is_a_paragraph(sheet, read, note, row):
    fill(sheet, EN_ROWS)
    sheet.cell(row, 1, note)
    content = read()
    assert texts(tables(content)[0]) == as_texts(EN_ROWS)
    assert paragraphs(content) == [note]


@pytest.mark.parametrize("group", ["2023年", "Year 2023"])
def test_head_over_some_columns_is_no_caption(sheet, read, group):
    fill(sheet, [[None, group, None], ["区", "人口", "面积"], ["西湖", 1, 2]])
    sheet.merge_cells("B1:C1")
    table, = tables(read())
    assert table.caption == ""
    assert texts(table)[0] == ["", group, group]


@pytest.mark.parametrize("text", ["合计", "Total"])
def test_merged_cell_is_in_each_of_its_places_with_its_span_and_origin(sheet, read, text):
    fill(sheet, [["a", "b", "c"], [text, None, "x"], [None, None, "y"]])
    sheet.merge_cells("A2:B3")
    rows = tables(read())[0].rows
    for row, column in ((1, 0), (1, 1), (2, 0), (2, 1)):
        cell = rows[row][column]
        assert (cell.text, cell.origin, cell.row_span, cell.column_span) == (text, (1, 0), 2, 2)
    assert rows[2][2].origin == (2, 2)


@BOTH
def test_merged_area_to_the_end_of_the_sheet_ends_with_the_cells(sheet, read, rows):
    fill(sheet, [["标题"], *rows])
    sheet.merge_cells("A1:XFD1")
    table, = tables(read())
    assert (table.caption, texts(table)) == ("标题", as_texts(rows))


@pytest.mark.parametrize(("value", "code", "shown"), [
    (0.061, "0.0%", "6.1%"), (1234.5, "#,##0.00", "1,234.50"), (0.1 + 0.2, "General", "0.3"),
    (-1234.5, "#,##0.0;(#,##0.0)", "(1,234.5)"), (-3, "0.00;[Red]0.00", "-3.00"), (-0.001, "0.00", "0.00"),
    (1234567, '_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ', "¥1,234,567.00"), (2.5, "0", "3"),
    (1.005, "0.00", "1.01"), (1234.5, "[$€-407]#,##0.00", "€1,234.50"), (123, "000000", "000123"),
    (13812345678, "000-0000-0000", "138-1234-5678"),
    (123456, '0\\.0,"万"', "12.3万"), (1234567, '0.00,,"M"', "1.23M"), (12345.678, "0.00E+00", "1.23E+04"),
    (0.5, "# ?/?", "0.5"), (5, 'General"元"', "5元"), (12, '0"人"', "12人"), (1e20, "General", "1E+20"),
    (0.1 * 3, "", "0.3"),
    (330106199001011234.0, "General", "3.30106E+17"), (610105199001, "General", "610105199001"), (1.5, ".00", "1.50"),
    (3, ";;;", ""), (12345, "#,##0.##", "12,345"), (5551234, "[<=9999999]###-####;(###) ###-####", "555-1234"),
    (45446, "yyyy/m/d", "2024-06-03"), (45446, 'yyyy"年"m"月"d"日"', "2024-06-03"), (45446, "mm-dd-yy", "2024-06-03"),
    (45446, 'yyyy"年"m"月"', "2024-06"), (45446, "mmm-yy", "2024-06"),
    (45446.6041666667, "yyyy/m/d h:mm", "2024-06-03 14:30"),
    (45446.6041782407, "yyyy-mm-dd hh:mm:ss", "2024-06-03 14:30:01"), (0.6041666667, "h:mm AM/PM", "14:30"),
    (1.1041666667, "[h]:mm", "26:30"), (0.0625347, "[mm]:ss", "90:03"), (1, "yyyy-mm-dd", "1900-01-01"),
    (-1, "yyyy-mm-dd", "-1"), (1e9, "yyyy-mm-dd", "1000000000"), (7, '"{}"0', "{}7")])
def test_number_is_written_as_its_format_shows_it(value, code, shown):
    assert format_number(value, code) == shown


def test_any_format_code_gives_a_text():
    chance = random.Random(11)
    for _ in range(3_000):
        code = "".join(chance.choice('0#?.,%;"[]\\-+()_*@EeyMdhs:/ $¥元<>=123') for _ in range(chance.randrange(14)))
        value = chance.choice([0.0, 1.0, -1.5, 1e308, -1e-308, 45446.6, 1e15, 0.1 + 0.2])
        assert isinstance(format_number(value, code), str)


@pytest.mark.parametrize(("value", "shown"), [
    (date(2024, 6, 3), "2024-06-03"), (datetime(2024, 6, 3, 14, 30), "2024-06-03 14:30"), (time(8, 5), "08:05"),
    (timedelta(hours=26, minutes=30), "26:30"), (True, "TRUE"), (False, "FALSE"), ("#DIV/0!", "#DIV/0!"), (7, "7"),
    ("甲\n乙", "甲 乙"), (" two  words ", "two words"), (0.1 + 0.2, "0.3")])
def test_value_is_written_as_a_reader_sees_it(sheet, read, value, shown):
    fill(sheet, [["值", "x"], [value, "y"]])
    assert texts(tables(read())[0])[1] == [shown, "y"]


def _edit(path: Path, part: str, change) -> None:
    """Replace a part of the package by what `change` makes of it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts.get(part, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(("number", "shown"), [
    (31, "2024-06-03"), (57, "2024-06"), (14, "2024-06-03"), (58, "2024-06-03")])
def test_date_formats_that_chinese_excel_does_not_define_are_known(workbook, sheet, tmp_path, number, shown):
    sheet["A1"], sheet["B1"] = "日期", 45446
    sheet["B1"].number_format = "0.000"
    workbook.save(path := tmp_path / "a.xlsx")
    _edit(path, "xl/styles.xml", lambda xml: xml.replace(b'xf numFmtId="164"', b'xf numFmtId="%d"' % number))
    assert texts(tables(read_sheet(path))[0]) == [["日期", shown]]


@pytest.mark.parametrize("head", ["数量", "Amount"])
def test_formula_has_its_stored_value_or_is_counted(workbook, sheet, tmp_path, head):
    fill(sheet, [[head, "x"], ["=1+1", "y"], ["=2+2", "z"]])
    workbook.save(path := tmp_path / "a.xlsx")
    _edit(path, SHEET, lambda xml: xml.replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>").replace(
        b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(b"<f>1+1</f><v/>", b"<f>1+1</f><v>2</v>"))
    content = read_sheet(path)
    assert [row[0] for row in texts(tables(content)[0])] == [head, "2", ""]
    assert omitted(content) == {"formulas without a value": (1, "Sheet!A3")}


@BOTH
def test_hidden_sheets_rows_and_columns_are_left_out_and_counted(workbook, sheet, read, rows):
    fill(sheet, rows)
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["B"].hidden = True
    for name, state in (("底稿", "hidden"), ("Draft", "veryHidden")):
        fill(workbook.create_sheet(name), rows)
        workbook[name].sheet_state = state
    content = read()
    assert texts(tables(content)[0]) == [[rows[0][0], rows[0][2]], [rows[2][0], rows[2][2]]]
    assert omitted(content) == {"hidden sheets": (2, "底稿, Draft"), "hidden text": (2, "Sheet!2:2, Sheet!B:B")}


@BOTH
def test_comments_are_counted(sheet, read, rows):
    fill(sheet, rows)
    sheet["A1"].comment = Comment("核对", "甲")
    content = read()
    assert omitted(content) == {"comments": (1, "Sheet")}
    assert "核对" not in str(content.elements)


def head_rows(table: Table) -> list[int]:
    return [i for i, row in enumerate(table.rows) if all(cell.is_head for cell in row)]


@BOTH
class TestHeads:
    """Heads are marked only where the file says that they are heads."""

    def test_none_by_default(self, sheet, read, rows):
        fill(sheet, rows)
        assert {cell.is_head for row in tables(read())[0].rows for cell in row} == {None}

    def test_frozen_row(self, sheet, read, rows):
        fill(sheet, rows)
        sheet.freeze_panes = "B2"
        assert head_rows(tables(read())[0]) == [0]

    def test_filtered_row_below_a_title(self, sheet, read, rows):
        fill(sheet, [["标题", None, None], *rows])
        sheet.auto_filter.ref = "A2:C4"
        table, = tables(read())
        assert (table.caption, head_rows(table)) == ("标题", [0])

    def test_table_of_the_author(self, sheet, read, rows):
        fill(sheet, rows)
        sheet.add_table(AuthorTable(displayName="T1", ref="A1:C3"))
        assert head_rows(tables(read())[0]) == [0]

    def test_sheet_that_is_frozen_as_a_whole(self, sheet, read, rows):
        fill(sheet, rows)
        sheet.freeze_panes = "A4"
        assert head_rows(tables(read())[0]) == []


@pytest.mark.parametrize("lines", [
    ["一、总则", "本办法自公布之日起施行，适用于全市各级公共图书馆及其分馆，以及街道和社区的图书室。", "二、附则"],
    ["1. General", "This applies to every public library of the town and to all of its branches.", "2. Other"]])
def test_sentences_below_each_other_are_paragraphs(sheet, read, lines):
    fill(sheet, [[line] for line in lines])
    assert paragraphs(read()) == lines


@BOTH
def test_claimed_million_rows_cost_nothing(workbook, sheet, tmp_path, rows):
    fill(sheet, rows)
    sheet["XFD1048576"].font = Font(bold=True)
    workbook.save(path := tmp_path / "a.xlsx")
    content = read_sheet(path)
    assert [texts(table) for table in tables(content)] == [as_texts(rows)]


@pytest.mark.parametrize("text", ["值", "value"])
def test_columns_beyond_the_limit_are_counted(sheet, read, text):
    fill(sheet, [[text] * 520])
    content = read()
    assert omitted(content) == {"columns beyond the limit": (8, "Sheet")}
    assert len(tables(content)[0].rows[0]) == 512


@pytest.mark.slow
def test_rows_beyond_the_limit_are_counted(workbook, sheet, tmp_path):
    sheet["A1"] = 1
    workbook.save(path := tmp_path / "a.xlsx")
    rows = b"<sheetData>" + b"<row><c><v>7</v></c></row>" * 200_003 + b"</sheetData>"
    _edit(path, SHEET, lambda xml: re.sub(b"<sheetData>.*</sheetData>", rows, xml))
    content = read_sheet(path)
    assert omitted(content) == {"rows beyond the limit": (3, "Sheet")}
    assert len(tables(content)[0].rows) == 200_000


STRINGS = "xl/sharedStrings.xml"


def _share_strings(path: Path) -> None:
    """Keep the strings of the first sheet in a part of their own, as Excel does."""
    strings: list[bytes] = []

    def share(match: re.Match[bytes]) -> bytes:
        strings.append(match.group(1))
        return b't="s"><v>%d</v></c>' % (len(strings) - 1)

    _edit(path, SHEET, lambda xml: re.sub(rb't="inlineStr"><is>(.*?)</is></c>', share, xml))
    shared = b"".join(b"<si>%s</si>" % string for string in strings)
    _edit(path, STRINGS, lambda _: (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' + shared + b"</sst>"))
    _edit(path, "xl/_rels/workbook.xml.rels", lambda xml: xml if b"sharedStrings" in xml else xml.replace(
        b"</Relationships>",
        b'<Relationship Id="rId99" Target="sharedStrings.xml" Type="http://schemas.openxmlformats.org/'
        b'officeDocument/2006/relationships/sharedStrings"/></Relationships>'))


@BOTH
def test_shared_strings_are_read(workbook, sheet, tmp_path, rows):
    fill(sheet, rows)
    workbook.save(path := tmp_path / "a.xlsx")
    _share_strings(path)
    assert texts(tables(read_sheet(path))[0]) == as_texts(rows)


@pytest.mark.parametrize("text", ["东京", "Tokyo"])
def test_runs_of_a_string_are_joined_without_its_phonetic_guide(workbook, sheet, tmp_path, text):
    fill(sheet, [["a", "b"]])
    workbook.save(path := tmp_path / "a.xlsx")
    _share_strings(path)
    runs = f"<r><t>{text[:1]}</t></r><r><t>{text[1:]}_x000D_</t></r><rPh sb='0' eb='1'><t>phonetic</t></rPh>"
    _edit(path, STRINGS, lambda xml: xml.replace(b"<t>a</t>", runs.encode()))
    assert texts(tables(read_sheet(path))[0]) == [[text, "b"]]


@BOTH
def test_strict_open_xml_is_read(workbook, sheet, tmp_path, rows):
    fill(sheet, rows)
    workbook.save(path := tmp_path / "a.xlsx")
    _share_strings(path)
    for part in (SHEET, "xl/workbook.xml", "xl/styles.xml", STRINGS, "xl/_rels/workbook.xml.rels"):
        _edit(path, part, lambda xml: xml.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main").replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships"))
    assert texts(tables(read_sheet(path))[0]) == as_texts(rows)


@pytest.mark.parametrize("text", ["门票半价", "Half price"])
def test_text_box_is_a_paragraph(workbook, sheet, tmp_path, text):
    from openpyxl.chart import BarChart

    fill(sheet, ZH_ROWS)
    sheet.add_chart(BarChart(), "E1")
    workbook.save(path := tmp_path / "a.xlsx")
    box = (
        f'<a:p xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:r><a:t>{text}</a:t></a:r></a:p>'
        '</xdr:wsDr>')
    _edit(path, "xl/drawings/drawing1.xml", lambda xml: xml.replace(b"</wsDr>", box.replace("xdr:", "").encode()))
    content = read_sheet(path)
    assert paragraphs(content) == [text]
    assert omitted(content) == {"charts": (1, "Sheet")}


@pytest.mark.parametrize(("name", "content", "problem"), [
    ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "locked"),
    ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "Workbook".encode("utf-16-le"), "wrong type"),
    ("a.xlsx", b"%PDF-1.7 x", "wrong type"), ("a.xlsx", b"<html><table></table></html>", "wrong type"),
    ("a.xlsx", b"", "empty"), ("a.xlsx", b"PK\x03\x04" + b"\0" * 50, "damaged"),
    ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "needs LibreOffice"),
    ("a.xls", b"<html><table></table></html>", "wrong type"), ("a.xls", b"PK\x03\x04", "wrong type"),
    ("a.xls", "甲\t乙\n".encode(), "wrong type"), ("a.xls", b"", "empty")])
def test_file_that_is_no_workbook_is_explained(tmp_path, name, content, problem):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as refusal:
        read_sheet(path)
    assert refusal.value.problem == problem


@pytest.mark.parametrize("name", ["docx", "zip"])
def test_other_archive_is_of_the_wrong_type(tmp_path, name):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml" if name == "docx" else "a.txt", "x")
    with pytest.raises(UnreadableFile) as refusal:
        read_sheet(path)
    assert refusal.value.problem == "wrong type"


def _sample(path: Path) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    fill(sheet, [["标题 Title", None, None], *ZH_ROWS, *EN_ROWS])
    sheet.merge_cells("A1:C1")
    sheet["B3"].number_format = "#,##0.00"
    sheet["D1"] = datetime(2024, 6, 3, 14, 30)
    sheet.auto_filter.ref = "A2:C4"
    workbook.save(path)
    _share_strings(path)
    return path.read_bytes()


def test_truncated_and_changed_files_give_cells_or_a_refusal(tmp_path):
    path = tmp_path / "a.xlsx"
    content = _sample(path)
    chance = random.Random(3)
    for _ in range(60):
        damaged = bytearray(content[: chance.choice([len(content), chance.randrange(len(content))])])
        for _ in range(chance.randrange(4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        with suppress(UnreadableFile):
            read_sheet(path)


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", STRINGS, "xl/_rels/workbook.xml.rels"])
def test_changed_parts_give_cells_or_a_refusal(tmp_path, part):
    path = tmp_path / "a.xlsx"
    content = _sample(path)
    chance = random.Random(5)

    def change(xml: bytes) -> bytes:
        changed = bytearray(xml)
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(len(changed))] = chance.choice(b'0123456789<>"/ABCxyz- \xff')
        return bytes(changed)

    for _ in range(25):
        path.write_bytes(content)
        _edit(path, part, change)
        with suppress(UnreadableFile):
            read_sheet(path)
