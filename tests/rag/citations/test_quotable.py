"""Quotable parts and the support of a claim: a cell is quoted with its heads, and of two equal cells the right one."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.citations.quotable import Quotable, quotable_parts
from rag.citations.support import find_passage_support
from rag.schema import Passage
from tests.rag.made_passages import make_passage, make_passages, make_table

SHOPS = "# 青禾超市\n\n" + make_table(
    "门店 | 员工 | 月租金（元）", "榆树店 | 14 | 5600", "磨坊店 | 9 | ", "河湾店 | 14 | 7200"
)
SHOPS_EN = "# Brookline shops\n\n" + make_table(
    "Shop | Staff | Rent (pounds)", "Elm Street | 14 | 2,050", "Mill Lane | 9 | ", "River Bend | 14 | 3,300"
)


def parts(text: str, markup: str = "markdown") -> list[Quotable]:
    return list(quotable_parts(make_passage(text, markup)))


def texts(text: str, markup: str = "markdown") -> list[str]:
    return [part.text for part in parts(text, markup)]


def part_of(text: str, quoted: str) -> Quotable:
    return [part for part in parts(text) if part.text == quoted][-1]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("# 集市\n\n集市逢五开市。摊主五点进场。", ["集市逢五开市。", "摊主五点进场。"]),
        (
            "# Market\n\nIt is held on Fridays. Holders arrive at five.",
            ["It is held on Fridays.", "Holders arrive at five."],
        ),
    ],
)
def test_a_paragraph_is_quoted_by_its_sentences(text: str, sentences: list[str]) -> None:
    assert texts(text) == sentences


@pytest.mark.parametrize(
    ("text", "quoted", "lead"),
    [(SHOPS, "7200", "河湾店 · 月租金（元）"), (SHOPS_EN, "3,300", "River Bend · Rent (pounds)")],
)
def test_a_cell_is_quoted_alone_with_its_heads_as_lead(text: str, quoted: str, lead: str) -> None:
    part = part_of(text, quoted)
    assert part.is_cell
    assert part.lead == lead


@pytest.mark.parametrize("text", [SHOPS, SHOPS_EN])
def test_a_row_with_cells_is_not_quoted_as_a_line(text: str) -> None:
    assert not [part for part in parts(text) if "|" in part.text]


@pytest.mark.parametrize(
    ("head", "value", "with_unit"),
    [
        ("产值（亿元）", "987.6", "987.6亿元"),
        ("产值/亿元", "987.6", "987.6亿元"),
        ("单位：万元", "33", "33万元"),
        ("Weight (kg)", "12", "12kg"),
        ("Weight/kg", "12", "12kg"),
        ("产值", "987.6", "987.6"),
        ("Weight", "12", "12"),
        ("产值（亿元）", "987.6亿", "987.6亿"),
        ("Weight (kg)", "12 t", "12 t"),
        ("备注（可空）", "无", "无"),
    ],
)
def test_the_unit_of_a_value_is_that_of_its_head(head: str, value: str, with_unit: str) -> None:
    text = make_table(f"区 Place | {head}", f"西湖 West | {value}", f"东湖 East | {value}1")
    part = part_of(text, value)
    assert part.value_text == with_unit
    assert part.statement.endswith(f" {with_unit}")


@pytest.mark.parametrize(
    ("row", "head", "with_unit"),
    [("磨坊店（新）", "租金（元）", "5600元"), ("Mill Lane (new)", "Rent (pounds)", "5600pounds")],
)
def test_a_remark_in_the_head_of_a_row_is_no_unit(row: str, head: str, with_unit: str) -> None:
    assert (
        part_of(make_table(f"门店 Shop | {head}", f"{row} | 5600", "榆树店 Elm | 4100"), "5600").value_text == with_unit
    )


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("# 问答\n\n问：几点关门？\n\n答：八点半。", ["八点半。"]),
        ("# FAQ\n\nQ: When does it close?\n\nA: At eight.", ["At eight."]),
    ],
)
def test_a_question_is_the_lead_of_its_answer_and_is_not_quoted(text: str, quoted: list[str]) -> None:
    assert texts(text) == quoted
    assert parts(text)[0].lead in ("几点关门？", "When does it close?")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("青禾公告\n\n集市逢五开市，由镇里管理，摊主五点进场。", "青禾公告"),
        ("Greenbrook News\n\nThe market is held on Fridays and is run by the parish.", "Greenbrook News"),
    ],
)
def test_the_title_of_the_document_is_not_quoted(text: str, title: str) -> None:
    passages = make_passages(text, "text")
    assert passages[0].title == title
    assert title not in [part.text for passage in passages for part in quotable_parts(passage)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Article 4. A boat is let for two hours. It is brought back.", "Article 4. A boat is let for two hours."),
        ("第四条。小船每次租两小时。逾期另计。", "第四条。小船每次租两小时。"),
        ("3. A boat is let. It is brought back.", "3. A boat is let."),
    ],
)
def test_the_number_of_a_clause_is_quoted_with_its_first_sentence(text: str, first: str) -> None:
    assert texts(text, "text")[0] == first


@pytest.mark.parametrize("text", ["集市逢五开市。摊主守时。", "It is held on Fridays. Holders are on time."])
def test_a_passage_whose_blocks_are_not_known_is_quoted_by_sentences(text: str) -> None:
    bare = replace(make_passage(text), blocks=())
    assert [part.text for part in quotable_parts(bare)] == texts(text)
    assert {part.lead for part in quotable_parts(bare)} == {""}


@pytest.mark.parametrize(
    "sentence", ["集市逢五开市，由镇里管理。", "The market is held on Fridays and run by the parish. "]
)
def test_a_block_that_is_cut_between_passages_is_quoted_in_each_of_them(sentence: str) -> None:
    passages = make_passages(f"# 题 T\n\n{sentence * 100}")
    assert len(passages) > 1
    assert all({part.text for part in quotable_parts(passage)} == {sentence.strip()} for passage in passages)


_TEXTS = st.lists(
    st.sampled_from(
        [
            "# 题 Title",
            "## 第一章 总则",
            "问：几点？",
            "答：八点。周一闭馆。",
            "Q: When?",
            "A: At 8. Closed on Mondays.",
            "- 水桶\n- bucket",
            "第三条 应当：",
            "（一）守时；",
            "Article 3. Be on time. Pay.",
            "地点：磨坊",
            make_table("甲 | A（元）", "乙 | 12", "丙 | 12"),
            "集市逢五开市。" * 90,
        ]
    ),
    min_size=1,
    max_size=8,
).map("\n\n".join)


@given(_TEXTS)
@settings(max_examples=30, deadline=None)
def test_parts_are_slices_in_order_that_do_not_overlap(text: str) -> None:
    for passage in make_passages(text):
        found = list(quotable_parts(passage))
        assert all(passage.text[part.start : part.end] == part.text for part in found)
        assert all(before.end <= after.start for before, after in pairwise(found))


# support of claims


@pytest.mark.parametrize(
    ("text", "claim", "quoted"),
    [(SHOPS, "河湾店 · 月租金（元）：“7200”", "7200"), (SHOPS_EN, "River Bend · Rent (pounds): “3,300”", "3,300")],
)
def test_a_cell_that_is_quoted_with_its_heads_is_a_verified_quote(text: str, claim: str, quoted: str) -> None:
    passage = make_passage(text)
    support = find_passage_support(claim, passage)
    assert support.is_verbatim
    assert passage.text[support.start : support.end] == quoted


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        (SHOPS, ["榆树店 · 员工：“14”", "河湾店 · 员工：“14”"]),
        (SHOPS_EN, ["Elm Street · Staff: “14”", "River Bend · Staff: “14”"]),
    ],
)
def test_of_two_equal_cells_the_one_with_the_heads_of_the_claim_is_found(text: str, claims: list[str]) -> None:
    passage = make_passage(text)
    supports = [find_passage_support(claim, passage) for claim in claims]
    assert [support.is_verbatim for support in supports] == [True, True]
    assert supports[0].start < supports[1].start
    assert [support.lead for support in supports] == [claim.partition("：")[0].partition(":")[0] for claim in claims]


@pytest.mark.parametrize(("text", "claim"), [(SHOPS, "磨坊店 · 员工：“14”"), (SHOPS_EN, "Mill Lane · Staff: “14”")])
def test_a_value_in_the_row_of_another_cell_is_no_verified_quote(text: str, claim: str) -> None:
    assert not find_passage_support(claim, make_passage(text)).is_verbatim


@pytest.mark.parametrize(
    ("text", "claim"), [(SHOPS, "河湾店 · 员工：“7200”"), (SHOPS_EN, "River Bend · Staff: “3,300”")]
)
def test_a_value_in_the_column_of_another_cell_is_no_verified_quote(text: str, claim: str) -> None:
    assert not find_passage_support(claim, make_passage(text)).is_verbatim


@pytest.mark.parametrize(
    ("text", "claim"), [(SHOPS, "河湾店 · 月租金（元）：“720”"), (SHOPS_EN, "River Bend · Rent (pounds): “3,30”")]
)
def test_a_part_of_a_cell_is_no_verified_quote(text: str, claim: str) -> None:
    assert not find_passage_support(claim, make_passage(text)).is_verbatim


@pytest.mark.parametrize(
    ("text", "claim", "lead"),
    [
        ("问：几点关门？\n\n答：晚上八点半。", "几点关门：“晚上八点半。”", "几点关门？"),
        (
            "Q: When does it close?\n\nA: At half past eight.",
            "When does it close: “At half past eight.”",
            "When does it close?",
        ),
    ],
)
def test_an_answer_is_a_verified_quote_with_its_question(text: str, claim: str, lead: str) -> None:
    support = find_passage_support(claim, make_passage(text))
    assert support.is_verbatim
    assert support.lead == lead


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("集市逢五开市。摊主早晨五点进场。", "“集市逢五开市。摊主早晨五点进场。”"),
        ("It is held on Fridays. Holders arrive at five.", "“It is held on Fridays. Holders arrive at five.”"),
    ],
)
def test_a_quotation_over_two_sentences_is_verbatim(text: str, claim: str) -> None:
    assert find_passage_support(claim, make_passage(text)).is_verbatim


def test_a_passage_of_questions_only_supports_a_claim_by_its_text() -> None:
    passage: Passage = make_passage("问：几点关门？\n\n问：谁负责？")
    assert list(quotable_parts(passage)) == []
    support = find_passage_support("八点关门。", passage)
    assert not support.is_verbatim
    assert (support.start, support.end) == (0, len(passage.text))
