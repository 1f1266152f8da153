"""Structure of plain text: headings, items, groups of lines and tables are found from the lines alone."""

import pytest

from rag.sources.elements import Element, Table
from rag.sources.paragraphs import join_lines
from rag.sources.plain_structure import can_be_heading, find_headings, find_structure


def structure(text: str) -> list[Element | Table]:
    return find_structure(join_lines([(line.strip(), 0) for line in text.split("\n")]))


def kinds(text: str) -> list[str]:
    return [element.kind if isinstance(element, Element) else "table" for element in structure(text)]


def texts(text: str, kind: str) -> list[str]:
    return [element.text for element in structure(text) if isinstance(element, Element) and element.kind == kind]


ZH, EN = "集市每月逢五逢十开市，由镇里管理。", "The market is held on Fridays and is run by the parish."


@pytest.mark.parametrize(
    ("body", "heading"),
    [
        (ZH, "摊位安排"),
        (EN, "Allotment of stalls"),
        (ZH, "第三章 罚则"),
        (EN, "Chapter 3 Penalties"),
        (ZH, "二、摊位"),
        (EN, "3.2 Stalls"),
    ],
)
def test_a_short_line_between_paragraphs_is_a_heading(body: str, heading: str) -> None:
    assert texts(f"{body}\n\n{heading}\n\n{body}", "heading") == [heading]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (ZH, "地点：磨坊巷"),
        (EN, "Place: Mill Lane"),
        (ZH, "（完）"),
        (EN, "(end)"),
        (ZH, "图1 集市一角"),
        (EN, "Figure 1 The market"),
        (ZH, "榆树店 14 5600"),
        (EN, "Elm Street 14 5600"),
        (ZH, "①摊位"),
        (EN, "a) stalls"),
        (ZH, "2024"),
        (EN, "- stalls"),
        (ZH, "摊位不得占道。"),
        (EN, "Stalls are let."),
        (ZH, "罗青禾 许安 林晓"),
        (ZH, "摊" * 41),
        (EN, "Stalls" * 7),
    ],
)
def test_a_label_row_caption_figure_remark_or_sentence_is_no_heading(body: str, line: str) -> None:
    assert texts(f"{body}\n\n{line}\n\n{body}", "heading") == []


@pytest.mark.parametrize("lines", [["青禾集市", "二〇二四年", ZH], ["Greenbrook market", "Spring 2024", EN]])
def test_lines_before_the_first_paragraph_are_title_and_imprint(lines: list[str]) -> None:
    assert find_headings(lines) == set()


@pytest.mark.parametrize(
    "lines",
    [
        [ZH, "东区", "西区", "南区", ZH],
        [EN, "East field", "West field", "South field", EN],
        [ZH, "东区", "西区"],
        [EN, "East", "West"],
    ],
)
def test_a_run_of_short_lines_is_text(lines: list[str]) -> None:
    assert find_headings(lines) == set()


@pytest.mark.parametrize("lines", [[ZH, "附则", "施行", ZH], [EN, "Part two", "Stalls", EN]])
def test_the_second_of_two_short_lines_is_a_heading(lines: list[str]) -> None:
    assert 2 in find_headings(lines)


@pytest.mark.parametrize(
    "lines",
    [
        ["第一章 总则", "第二章 摊位", "第三章 罚则"],
        ["Chapter 1 General", "Chapter 2 Stalls", "Chapter 3 Fines"],
        ["1.1 General", "1.2 Stalls"],
    ],
)
def test_numbered_headings_are_headings_wherever_they_stand(lines: list[str]) -> None:
    assert find_headings(lines) == set(range(len(lines)))


@pytest.mark.parametrize("text", ["- 水桶\n- 毛巾\n• 手套", "- a bucket\n- a towel\n• gloves"])
def test_a_bullet_marks_an_item_and_is_not_its_text(text: str) -> None:
    assert kinds(text) == ["item"] * 3
    assert texts(text, "item") == [line[2:] for line in text.split("\n")]


@pytest.mark.parametrize("line", ["–5度的早晨", "-5 degrees at dawn", "*注意", "*note"])
def test_a_minus_or_an_asterisk_before_a_word_is_no_bullet(line: str) -> None:
    assert kinds(f"{line}\n\n{ZH}")[0] == "paragraph"


@pytest.mark.parametrize(
    "text",
    [
        "门店 | 人数\n榆树店 | 14\n磨坊店 |",
        "| Shop | Staff |\n|---|---:|\n| Elm Street | 14 |\n| Mill Lane | |",
        "Shop | Staff\n---|---\nElm Street | 14\nMill Lane |",
    ],
)
def test_rows_with_bars_are_a_table_and_a_rule_is_no_row(text: str) -> None:
    (table,) = structure(text)
    assert isinstance(table, Table)
    cells = [[cell.text for cell in row] for row in table.rows]
    assert len(cells) == 3
    assert cells[1][1] == "14"
    assert cells[2][1] == ""


@pytest.mark.parametrize("text", ["甲方 | 乙方\n\n" + ZH, "Tenant | Owner\n\n" + EN])
def test_one_line_with_bars_is_no_table(text: str) -> None:
    assert "table" not in kinds(text)


@pytest.mark.parametrize("text", ["甲 | 乙\n一 | 二\n丙 | 丁 | 戊\n三 | 四 | 五", "a | b\n1 | 2\nc | d | e\n3 | 4 | 5"])
def test_rows_of_another_width_are_another_table(text: str) -> None:
    assert [len(table.rows[0]) for table in structure(text) if isinstance(table, Table)] == [2, 3]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("挂号费\n十二元\n\n停车\n后院有二十个车位", ["挂号费\n十二元", "停车\n后院有二十个车位"]),
        ("Locker deposit\n2 pounds\n\nParking\nForty spaces", ["Locker deposit\n2 pounds", "Parking\nForty spaces"]),
    ],
)
def test_short_lines_without_a_blank_line_between_them_are_one_group(text: str, groups: list[str]) -> None:
    assert texts(text, "paragraph") == groups


@pytest.mark.parametrize("text", ["第一条 守时。\n第二条 守约。", "Article 1. Be on time.\nArticle 2. Keep your word."])
def test_a_clause_begins_a_group_of_its_own(text: str) -> None:
    assert len(texts(text, "paragraph")) == 2


def test_a_group_is_bounded() -> None:
    found = texts("青禾\n" * 2_000 + "\n" + "Mill Lane\n" * 2_000, "paragraph")
    assert max(map(len, found)) < 2_200


@pytest.mark.parametrize(
    ("line", "can_be"),
    [
        ("摊位安排", True),
        ("Allotment of stalls", True),
        ("第三章：罚则", True),
        ("Chapter 3: Fines", True),
        ("摊位，", False),
        ("Stalls,", False),
        ("备注: 无", False),
    ],
)
def test_what_can_be_a_heading(line: str, can_be: bool) -> None:
    assert can_be_heading(line) is can_be
