"""Paragraph reconstruction: what an extractor broke is joined, what its author wrote on lines of its own is not."""

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.sources.paragraphs import JoinedParagraph, join_lines


def joined(text: str) -> list[JoinedParagraph]:
    """The paragraphs of a text whose pages are separated by form feeds."""
    return join_lines([(line.strip(), page) for page, part in enumerate(text.split("\f")) for line in part.split("\n")])


def texts(text: str) -> list[str]:
    return [paragraph.text for paragraph in joined(text)]


ZH = (
    "镇里的集市每月逢五逢十开市，摊主早晨五点进场。市场服务中心按月收取摊位费，每个摊位八十元。收市以后摊主清扫自己的摊位，"
    "垃圾送到东门外的收集点。下雨天集市照常开放，刮大风时由服务中心决定是否休市，并在前一天晚上张贴通知。"
)
EN = (
    "The market is held on the fifth and the tenth of each month, and the stall holders arrive at five in the morning. "
    "The parish office collects eighty pounds a month for a stall. After the market everyone sweeps the ground in "
    "front "
    "of the stall and carries the rubbish to the east gate. It is held in rain but not in a gale."
)


def broken(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 70 if text.isascii() else 28, break_on_hyphens=False))


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (ZH, ["时间：11月9日上午十点", "地点：磨坊巷小广场", "联系人（白天）：罗青禾"]),
        (EN, ["Date: 14 November", "Venue: The Old Granary", "Contact person: Orla Finch"]),
        (ZH, ["问：几点开市？", "答：早晨五点。"]),
        (EN, ["Q: When does it open?", "A: At five."]),
    ],
)
def test_labels_questions_and_answers_begin_a_paragraph_each(body: str, lines: list[str]) -> None:
    assert texts("\n".join([broken(body), *lines])) == [body, *lines]


@pytest.mark.parametrize("unit", ["Article", "Section", "Clause"])
def test_an_english_clause_begins_a_paragraph(unit: str) -> None:
    lines = [
        "Chapter 1 General",
        f"{unit} 1. These rules apply to dogs.",
        f"{unit} 2. One dog is allowed.",
        "Chapter 2 Duties",
        f"{unit} 3. The owner shall",
        "(a) use a lead;",
        "(b) clean up.",
        "Chapter 3 Fines",
        f"{unit} 4. A fine of ten pounds is due.",
    ]
    assert texts("\n\n".join(lines)) == lines


def test_a_chinese_clause_begins_a_paragraph() -> None:
    lines = [
        "第一章 总则",
        "第一条。本办法适用于犬只。每户一只。",
        "第二条。犬证每年十元。",
        "第二章 义务",
        "第三条。养犬人应当",
        "（一）牵绳；",
        "（二）清理粪便。",
        "第三章 罚则",
        "第四条。处十元罚款。",
    ]
    assert texts("\n\n".join(lines)) == lines


@pytest.mark.parametrize(
    "lines",
    [
        ["青禾口腔诊所", "每天八点到十七点", "后院有二十个车位"],
        ["Greenbrook Baths", "Daily from six to nine", "Parking behind the bath"],
    ],
)
def test_short_lines_that_no_margin_broke_stay_lines(lines: list[str]) -> None:
    assert texts("\n".join(lines)) == lines
    assert [paragraph.is_close for paragraph in joined("\n".join(lines))] == [False, True, True]


@pytest.mark.parametrize("lines", [["挂号费", "十二元"], ["Locker deposit", "2 pounds"]])
def test_a_line_after_a_blank_line_is_not_close(lines: list[str]) -> None:
    apart = joined("\n\n".join(lines) + "\n\n" + "甲乙丙\n丁戊己\n庚辛壬\n")
    assert apart[1].is_close is False


@pytest.mark.parametrize("body", [ZH, EN])
def test_a_paragraph_that_a_page_end_cuts_is_one_and_knows_where_the_page_begins(body: str) -> None:
    lines = broken(body).split("\n")
    (paragraph,) = joined("\n".join(lines[:2]) + "\f" + "\n".join(lines[2:]))
    assert paragraph.text == body
    ((offset, page),) = paragraph.page_breaks
    assert page == 1
    assert paragraph.text[offset:].startswith(lines[2][:10])


@pytest.mark.parametrize("body", [ZH, EN])
def test_a_paragraph_over_three_pages_knows_each_of_them(body: str) -> None:
    lines = broken(body).split("\n")
    (paragraph,) = joined("\f".join([lines[0], lines[1], "\n".join(lines[2:])]))
    assert [page for _, page in paragraph.page_breaks] == [1, 2]
    assert all(paragraph.text[offset:].startswith(lines[page][:10]) for offset, page in paragraph.page_breaks)


@given(st.lists(st.text("产值增长到五。，：（ab A1.-|", max_size=14), max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_sign_but_spaces_and_hyphens_is_lost(lines: list[str]) -> None:
    def content(text: str) -> str:
        return "".join(text.replace("-", "").split())

    assert content("".join(texts("\n".join(lines)))) == content("".join(lines))


@given(st.lists(st.text("产值，。 ab.-", min_size=1, max_size=30), min_size=1, max_size=12), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_page_breaks_lie_within_their_paragraph(lines: list[str], per_page: int) -> None:
    pages = [(line.strip(), index // per_page) for index, line in enumerate(lines)]
    for paragraph in join_lines(pages):
        offsets = [offset for offset, _ in paragraph.page_breaks]
        assert offsets == sorted(offsets)
        assert all(0 < offset < len(paragraph.text) for offset in offsets)


@pytest.mark.parametrize(
    "line", ["产值" + " 11111" * 40 + " ，万元，", "Output" + " 12,345.6" * 40 + " , in thousands"]
)
def test_a_line_of_many_figures_that_is_no_row_is_read_at_once(line: str) -> None:
    assert len(texts(line)) == 1  # a pattern that tries every way to divide the figures never ends here
