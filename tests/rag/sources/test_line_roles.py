"""Roles of lines: questions, answers, openings, labels and items are told from plain sentences that look like them."""

import pytest

from rag.sources.elements import Element, Table, table_of_texts
from rag.sources.line_roles import Draft, LineDraft, assign_roles, is_label

TABLE = table_of_texts([["甲", "A"]])


def drafts(*elements: str | Element | Table) -> list[Draft]:
    return assign_roles([Element("paragraph", part) if isinstance(part, str) else part for part in elements])


def kinds(*elements: str | Element | Table) -> list[str]:
    return [draft.kind if isinstance(draft, LineDraft) else "table" for draft in drafts(*elements)]


def item(text: str, marker: str = "•") -> Element:
    return Element("item", text, 1, marker)


def first_line(*elements: str | Element | Table) -> LineDraft:
    draft = drafts(*elements)[0]
    assert isinstance(draft, LineDraft)
    return draft


@pytest.mark.parametrize(
    ("line", "kind", "content"),
    [
        ("问：书屋几点关门？", "question", "书屋几点关门？"),
        ("问题2：谁负责", "question", "谁负责"),
        ("答：晚上八点半。", "answer", "晚上八点半。"),
        ("答复：可以。", "answer", "可以。"),
        ("Q: When does it close?", "question", "When does it close?"),
        ("Q12: Who pays?", "question", "Who pays?"),
        ("Question 2: Who pays?", "question", "Who pays?"),
        ("A: At half past eight.", "answer", "At half past eight."),
        ("Answer: the tenant.", "answer", "the tenant."),
    ],
)
def test_a_sign_marks_a_question_or_an_answer_and_is_not_its_content(line: str, kind: str, content: str) -> None:
    draft = first_line(line)
    assert draft.kind == kind
    assert draft.text[draft.content_start :] == content


@pytest.mark.parametrize(
    "line",
    [
        "问题在于钱不够。",
        "答案是八。",
        "回答得很好。",
        "A good day for a walk.",
        "A cat sat on the wall.",
        "Answers are on page 3.",
        "Questions were asked.",
    ],
)
def test_a_sentence_that_begins_like_a_sign_is_a_paragraph(line: str) -> None:
    assert kinds(line) == ["paragraph"]


@pytest.mark.parametrize(
    "line",
    ["Q3 revenue rose by nine percent.", "Q3 营收增长百分之九。", "A4 paper costs two pence.", "A4 纸每张两角。"],
)
def test_a_quarter_or_a_size_of_paper_is_no_question_or_answer(line: str) -> None:
    assert kinds(line) == ["paragraph"]


@pytest.mark.parametrize("line", ["A. Finch wrote the minutes.", "A. 芬奇写了纪要。"])
def test_an_initial_is_no_sign_of_an_answer(line: str) -> None:
    assert kinds(line) == ["paragraph"]


@pytest.mark.parametrize(
    "lines",
    [
        ("几点开门？", "八点。", "谁负责？", "物业处。"),
        ("1. 几点开门？", "八点。", "2. 谁负责？", "物业处。"),
        ("When does it open?", "At eight.", "Who is in charge?", "The warden."),
        ("1. When does it open?", "At eight.", "2. Who is in charge?", "The warden."),
    ],
)
def test_two_lines_that_ask_and_are_answered_are_questions_without_signs(lines: tuple[str, ...]) -> None:
    assert kinds(*lines) == ["question", "paragraph", "question", "paragraph"]


@pytest.mark.parametrize(
    ("line", "content"), [("1. 几点开门？", "几点开门？"), ("2) When does it open?", "When does it open?")]
)
def test_the_number_of_an_unmarked_question_is_not_its_content(line: str, content: str) -> None:
    draft = first_line(line, "。", "谁负责？", "物业处。")
    assert draft.text[draft.content_start :] == content


@pytest.mark.parametrize(
    "lines",
    [
        ("几点开门？", "八点。"),
        ("When does it open?", "At eight."),
        ("他累了。谁能帮他？", "没有人。", "为什么？谁知道？", "没有人。"),
        ("He was tired. Who could help?", "Nobody.", "Why? Who knows?", "Nobody."),
        ("几点开门？", "谁负责？", "为什么？"),
        ("When?", "Who?", "Why?"),
    ],
)
def test_a_rhetorical_or_unanswered_question_is_prose(lines: tuple[str, ...]) -> None:
    assert "question" not in kinds(*lines)


@pytest.mark.parametrize("line", ["请准备以下材料：", "Please bring the following:"])
@pytest.mark.parametrize(
    "following", [item("水桶 bucket"), TABLE, Element("code", "make"), Element("quotation", "甲 A")]
)
def test_a_colon_before_a_list_table_code_or_quotation_opens_it(line: str, following: Element | Table) -> None:
    assert kinds(line, following)[0] == "opening"


@pytest.mark.parametrize("line", ["请准备以下材料：", "Please bring the following:"])
def test_a_colon_at_the_end_of_the_document_opens_nothing(line: str) -> None:
    assert kinds(line) == ["paragraph"]


@pytest.mark.parametrize(
    ("name", "number", "kind"),
    [
        ("做法", "1.", "opening"),
        ("Method", "1.", "opening"),
        ("Method", "a)", "opening"),
        ("做法", "2.", "paragraph"),
        ("Method", "2.", "paragraph"),
    ],
)
def test_a_short_line_names_a_list_only_over_its_first_item(name: str, number: str, kind: str) -> None:
    assert kinds(name, item("拌匀 mix", number))[0] == kind


@pytest.mark.parametrize("line", ["面粉要过筛。", "Sift the flour."])
def test_a_sentence_over_a_list_does_not_open_it(line: str) -> None:
    assert kinds(line, item("拌匀 mix", "1."))[0] == "paragraph"


@pytest.mark.parametrize(
    ("group", "first"),
    [
        ("停车\n后院有二十个车位", "opening"),
        ("Parking\nForty spaces behind the bath", "opening"),
        ("停车很方便。\n后院有车位", "paragraph"),
        ("Parking is easy.\nThere are spaces", "paragraph"),
        ("停车费12元\n后院有车位", "paragraph"),
        ("Parking 12\nThere are spaces", "paragraph"),
    ],
)
def test_the_first_line_of_a_group_heads_it_unless_it_is_a_sentence_or_a_figure(group: str, first: str) -> None:
    assert kinds(group)[0] == first


@pytest.mark.parametrize("line", ["诗\n", "Verse\n"])
def test_a_long_group_of_lines_has_no_head(line: str) -> None:
    assert kinds(line + "甲 one\n" * 12)[0] == "opening"
    assert kinds(line + "甲 one\n" * 13)[0] == "paragraph"


@pytest.mark.parametrize(
    "line", ["地点：磨坊巷四号", "联系人 ：罗青禾", "Place: Mill Lane 4", "Opening hours: daily", "价格: 三十元"]
)
def test_a_label_with_its_value(line: str) -> None:
    assert is_label(line)
    assert kinds(line) == ["label"]


@pytest.mark.parametrize(
    "line",
    [
        "地点：",
        "12:30 open",
        "at 12:30",
        "https://example.org/a",
        "C:\\temp",
        "他来了，说：好。",
        "He came, and said: good.",
        "2018：好",
        "甲" * 40 + "：好",
        "Place" * 9 + ": good",
    ],
)
def test_a_time_an_address_on_the_net_or_a_speech_is_no_label(line: str) -> None:
    assert not is_label(line)


def test_a_chinese_label_may_have_a_narrow_colon_before_a_figure() -> None:
    assert is_label("时间:11月9日")


@pytest.mark.parametrize(
    ("marker", "text"),
    [("（二）", "（二）甲 A"), ("3.", "3. 甲 A"), ("b)", "b) 甲 A"), ("•", "甲 A"), ("-", "甲 A"), ("", "甲 A")],
)
def test_a_number_of_an_item_is_part_of_its_text_and_a_bullet_is_not(marker: str, text: str) -> None:
    assert first_line(item("甲 A", marker)).text == text


def test_further_lines_of_an_item_or_heading_are_paragraphs_of_its_group() -> None:
    for kind in ("item", "heading"):
        first, second = drafts(Element("item" if kind == "item" else "heading", "甲 A\n乙 B", 1))
        assert isinstance(first, LineDraft)
        assert isinstance(second, LineDraft)
        assert (first.kind, second.kind) == (kind, "paragraph")
        assert (first.same_group, second.same_group) == (False, True)


def test_code_keeps_its_lines_and_spaces() -> None:
    assert first_line(Element("code", "if 甲:\n\n    make A")).text == "if 甲:\n\n    make A"
    assert kinds(Element("code", "问：几点？")) == ["code"]


@pytest.mark.parametrize(
    ("lines", "addresses"),
    [
        ("第三条 应当：\n（一）守时；\n（二）守约。", ["article 3", "item 1", "item 2"]),
        ("Article 3. Members shall:\n(a) be on time;\n(b) keep their word.", ["article 3", "item a", "item b"]),
    ],
)
def test_the_lines_of_a_clause_have_their_addresses(lines: str, addresses: list[str]) -> None:
    found = [draft.address.key for draft in drafts(lines) if isinstance(draft, LineDraft) and draft.address]
    assert found == addresses
    assert kinds(lines) == ["opening", "item", "item"]


def test_blank_elements_have_no_lines() -> None:
    assert drafts(Element("paragraph", " \n \n"), Element("item", "", 1, "")) == []
