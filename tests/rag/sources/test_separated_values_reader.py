"""Tests of the reader of .csv and .tsv files, with files made here."""

import random
from contextlib import suppress

import pytest

from rag.sources.elements import Element, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.tabular.separated_records import find_delimiter
from rag.sources.readers.tabular.separated_values import read_separated_values

ZH = [["场馆", "座位", "电话"], ["青溪馆", "48", "0571-1"], ["梅川馆", "52", "0571-2"]]
EN = [["Hall", "Seats", "Phone"], ["Greenbrook", "48", "555-1"], ["Harrow", "52", "555-2"]]
BOTH = pytest.mark.parametrize("rows", [ZH, EN], ids=["zh", "en"])


@pytest.fixture
def read(tmp_path):
    def write_and_read(content: str | bytes, suffix: str = ".csv"):
        path = tmp_path / f"a{suffix}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_separated_values(path)
    return write_and_read


def joined(rows, delimiter=","):
    return "\n".join(delimiter.join(row) for row in rows) + "\n"


def tables(content):
    return [element for element in content.elements if isinstance(element, Table)]


def texts(content):
    table, = tables(content)
    return [[cell.text for cell in row] for row in table.rows]


def paragraphs(content):
    return [element.text for element in content.elements if isinstance(element, Element)]


@BOTH
@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
def test_delimiter_is_found_whatever_the_suffix(read, rows, delimiter, suffix):
    assert texts(read(joined(rows, delimiter), suffix)) == rows


@BOTH
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_encoding_of_spreadsheet_programs_is_known(read, rows, encoding):
    assert texts(read(joined(rows).encode(encoding))) == rows


@BOTH
@pytest.mark.parametrize("newline", ["\r", "\r\n", "\n\n", "\r\n\r\n"])
def test_line_ends_and_blank_lines_do_not_cut_the_table(read, rows, newline):
    assert texts(read(joined(rows).replace("\n", newline))) == rows


@pytest.mark.parametrize("rows", [
    [["商品", "单价", "重量"], ["苹果", "6,5", "1,2"], ["梨", "4,8", "2,0"]],
    [["item", "price", "weight"], ["apple", "6,5", "1,2"], ["pear", "4,8", "2,0"]]])
def test_decimal_commas_are_no_delimiters(read, rows):
    assert texts(read(joined(rows, ";"))) == rows


@pytest.mark.parametrize("note", ["早上开门，晚上九点关", "opens at nine, closes late; ask"])
def test_commas_in_a_column_of_text_are_no_delimiters(read, note):
    rows = [["id", "note", "n"], ["1", note, "2"], ["2", "x", "3"], ["3", "y, z", "4"]]
    assert texts(read(joined(rows, "\t"))) == rows


@pytest.mark.parametrize("lines", [
    ["意见", "环境很好，继续努力，加油", "希望早点开门，谢谢大家对图书室的支持和帮助，我们下次再来看书", "没有"],
    ["Comments", "Good, thanks", "Please buy more books, and also a second copy of the old atlas", "None"]])
def test_a_column_of_sentences_is_not_cut_at_its_commas(read, lines):
    assert paragraphs(read("\n".join(lines))) == lines


@pytest.mark.parametrize(("quoted", "text"), [
    ('"1,234"', "1,234"), ('"他说""好"""', '他说"好"'), ('"two\nlines"', "two lines"), ('"第一行\r\n第二行"', "第一行 第二行"),
    ('5" pipe', '5" pipe'), ('"5" pipe"', '5 pipe"'), ('""', "")])
def test_quotation_marks_are_respected(read, quoted, text):
    assert texts(read(f"a,b,c\n{quoted},x,1\ny,z,2\n")) == [["a", "b", "c"], [text, "x", "1"], ["y", "z", "2"]]


@BOTH
def test_a_mark_that_is_never_closed_does_not_swallow_the_file(read, rows):
    text = joined(rows).replace(rows[1][0], f'"{rows[1][0]}')
    assert texts(read(text))[2] == rows[2]


@pytest.mark.parametrize("title", ["表一 各馆座位", "Seats of the halls", "Halls, 2024"])
def test_line_above_a_table_is_its_caption(read, title):
    rows = [[*row, row[1]] for row in EN]
    content = read(f"{title}\n{joined(rows)}")
    assert (tables(content)[0].caption, texts(content)) == (title, rows)


@pytest.mark.parametrize(("title", "unit"), [("各馆座位", "单位：个"), ("Seats", "in numbers")])
def test_title_in_the_first_of_all_fields_is_a_caption(read, title, unit):
    content = read(f"{title},,\n{unit},,\n{joined(ZH)}")
    assert (tables(content)[0].caption, texts(content)) == (f"{title} {unit}", ZH)


@pytest.mark.parametrize("note", ["注：数据截至六月", "Note: as of June"])
def test_line_below_a_table_is_a_paragraph(read, note):
    content = read(f"{joined(EN)}\n{note}\n")
    assert (texts(content), paragraphs(content)) == (EN, [note])


@pytest.mark.parametrize("titles", [("收入", "支出"), ("Income", "Expenses")])
def test_tables_with_titles_are_separate(read, titles):
    content = read(f"{titles[0]}\n{joined(ZH)}\n{titles[1]}\nx,y\n1,2\n3,4\n")
    assert [(table.caption, len(table.rows)) for table in tables(content)] == [(titles[0], 3), (titles[1], 3)]


@BOTH
@pytest.mark.parametrize("delimiter", [";", "|", ","])
def test_delimiter_that_excel_states_is_used(read, rows, delimiter):
    assert texts(read(f"sep={delimiter}\n{joined(rows, delimiter)}")) == rows


@BOTH
def test_ragged_rows_keep_all_their_fields(read, rows):
    assert texts(read(f"{joined(rows)}a\nb,c,d,e\n"))[-2:] == [["a", "", "", ""], ["b", "c", "d", "e"]]


@BOTH
def test_heads_are_left_to_be_found(read, rows):
    assert {cell.is_head for row in tables(read(joined(rows)))[0].rows for cell in row} == {None}


@pytest.mark.parametrize(("text", "delimiter"), [
    ("", "\n"), ("一行", "\n"), ("a,b", ","), ("你好，世界。", "\n"), ("a\tb", "\t")])
def test_delimiter_of_a_single_line(text, delimiter):
    assert find_delimiter(text) == delimiter


@pytest.mark.parametrize("field", ["值", "v"])
def test_fields_beyond_the_limit_are_counted(read, field):
    content = read(joined([[field] * 600] * 3))
    assert {(omission.kind, omission.count) for omission in content.omissions} == {("columns beyond the limit", 88)}
    assert len(texts(content)[0]) == 512


@pytest.mark.parametrize("field", ["值", "v"])
def test_one_wide_row_does_not_fill_the_memory(read, field):
    content = read(joined([[field, "1"]] * 3_000 + [[field] * 512]))
    omission, = content.omissions
    assert omission.kind == "rows beyond the limit"
    assert len(tables(content)[0].rows) + omission.count == 3_001


@pytest.mark.parametrize("text", ['"' * 100_001, "," * 100_000, '"a,"b,' * 20_000, '""a,' * 20_000, '"a\n' * 50_000])
def test_odd_signs_take_linear_time(read, text):
    assert read(text) is not None


def test_an_excel_workbook_has_the_wrong_suffix(read):
    with pytest.raises(UnreadableFile, match=r"\.xlsx"):
        read(b"PK\x03\x04" + bytes(30))


@BOTH
def test_truncated_and_changed_files_give_fields_or_a_refusal(read, rows):
    chance = random.Random(2)
    for _ in range(300):
        text = bytearray(joined(rows * 3, chance.choice(",;\t|")).encode(chance.choice(["utf-8", "gb18030", "utf-16"])))
        for _ in range(chance.randrange(8)):
            text[chance.randrange(len(text))] = chance.choice(b'",;\t\n\r\0\xff\x80a')
        with suppress(UnreadableFile):
            read(bytes(text[: chance.randrange(len(text))]))
