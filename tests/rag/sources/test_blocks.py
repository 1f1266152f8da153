"""Blocks: the tree of a document: what leads to a line, under which number it stands, and where it is in the text."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.schema import Block
from rag.sources.blocks import BlockText, build_blocks, decode_blocks, encode_blocks
from rag.sources.elements import Cell, Element, Table, table_of_texts


def built(*elements: str | Element | Table) -> BlockText:
    return build_blocks([Element("paragraph", part) if isinstance(part, str) else part for part in elements])


def item(text: str, marker: str = "•", level: int = 1) -> Element:
    return Element("item", text, level, marker)


def heading(text: str, level: int = 0) -> Element:
    return Element("heading", text, level)


def block_of(document: BlockText, text: str) -> Block:
    """The innermost block with this text."""
    return [block for block in document.blocks if document.text[block.start : block.end] == text][-1]


def lead_of(document: BlockText, text: str) -> list[str]:
    return [part.text for part in block_of(document, text).lead]


SHOPS = table_of_texts([["门店", "员工", "租金"], ["榆树店", "14", "5600"], ["磨坊店", "9", ""]])
SHOPS_EN = table_of_texts([["Shop", "Staff", "Rent"], ["Elm Street", "14", "2,050"], ["Mill Lane", "9", ""]])

# questions and answers


@pytest.mark.parametrize(
    ("question", "answer", "more"),
    [
        ("问：几点关门？", "答：八点半。", "周一闭馆。"),
        ("Q: When does it close?", "A: At half past eight.", "It is shut on Mondays."),
    ],
)
def test_an_answer_and_the_paragraphs_after_it_have_the_question_as_lead(question: str, answer: str, more: str) -> None:
    document = built(question, answer, more, heading("青禾 Greenbrook", 2), "正文 text")
    asked = question[2:].strip()
    assert lead_of(document, answer[2:].strip()) == [asked]
    assert block_of(document, more).kind == "answer"
    assert lead_of(document, more) == [asked]
    assert lead_of(document, "正文 text") == []


@pytest.mark.parametrize(("first", "second"), [("问：几点开门？", "问：谁负责？"), ("Q: When?", "Q: Who?")])
def test_the_next_question_closes_the_one_before(first: str, second: str) -> None:
    document = built(first, "甲 A", second, "乙 B")
    assert lead_of(document, "乙 B") == [second[2:].strip()]


@pytest.mark.parametrize("question", ["可以续借吗？", "Can I renew?"])
def test_a_heading_that_asks_is_the_lead_of_its_section(question: str) -> None:
    document = built(heading(question, 2), "甲 A", heading("说明 Notes", 2), "乙 B")
    assert lead_of(document, "甲 A") == [question]
    assert lead_of(document, "乙 B") == []


# openings and lists


@pytest.mark.parametrize(
    ("opening", "items", "after"),
    [
        ("请准备：", ["户口本", "照片"], "老师都有证书。"),
        ("Please bring:", ["a towel", "a bucket"], "Dogs are welcome."),
    ],
)
def test_a_list_has_its_opening_as_lead_and_the_paragraph_after_it_has_not(
    opening: str,
    items: list[str],
    after: str,
) -> None:
    document = built(opening, *map(item, items), after)
    assert [lead_of(document, text) for text in items] == [[opening], [opening]]
    assert lead_of(document, after) == []
    assert document.text == f"{opening}\n{items[0]}\n{items[1]}\n\n{after}"


@pytest.mark.parametrize(
    ("outer", "inner", "second"), [("报名", "带照片", "缴费"), ("Sign up", "Bring a photograph", "Pay")]
)
def test_an_item_of_an_inner_list_has_the_outer_item_as_lead(outer: str, inner: str, second: str) -> None:
    document = built("步骤 Steps:", item(outer, "1."), item(inner, "•", 2), item(second, "2."))
    assert lead_of(document, inner) == ["步骤 Steps:", f"1. {outer}"]
    assert lead_of(document, f"2. {second}") == ["步骤 Steps:"]
    assert block_of(document, inner).parent == block_of(document, f"1. {outer}").index


@pytest.mark.parametrize("group", ["挂号费\n十二元\n两日有效", "Locker deposit\n2 pounds\npaid back"])
def test_the_first_line_of_a_group_is_the_lead_of_the_others_only(group: str) -> None:
    first, second, third = group.split("\n")
    document = built(group, "正文 text")
    assert [lead_of(document, line) for line in (second, third, "正文 text")] == [[first], [first], []]


def test_a_long_opening_is_cut_in_the_lead_and_still_a_slice() -> None:
    opening = "青" * 299 + "："
    document = built(opening, item("甲 A"))
    (part,) = block_of(document, "甲 A").lead
    assert part.text == opening[:300]
    assert document.text[part.start : part.end] == part.text


# clauses

CLAUSES_ZH = ["第二条 集市逢五开市。", "第三条 摊主应当：\n（一）守时；\n（二）守约。", "第四条 本办法即日施行。"]
CLAUSES_EN = [
    "Article 2. It is held on Fridays.",
    "Article 3. Members shall:\n(a) be on time;\n(b) pay.",
    "Article 4. It is in force.",
]


@pytest.mark.parametrize(
    ("clauses", "items", "numbers"),
    [
        (CLAUSES_ZH, ["（一）守时；", "（二）守约。"], ["article 3(1)", "article 3(2)"]),
        (CLAUSES_EN, ["(a) be on time;", "(b) pay."], ["article 3(a)", "article 3(b)"]),
    ],
)
def test_items_of_a_clause_have_its_number_and_its_first_line(
    clauses: list[str],
    items: list[str],
    numbers: list[str],
) -> None:
    document = built(*clauses)
    opening = clauses[1].split("\n")[0]
    assert [block_of(document, text).number for text in items] == numbers
    assert [lead_of(document, text) for text in items] == [[opening], [opening]]
    assert block_of(document, clauses[2]).number == "article 4"
    assert lead_of(document, clauses[2]) == []


@pytest.mark.parametrize(
    ("clause", "second", "third", "lead"),
    [
        ("第二条 每户限养一只犬。", "犬证每年十元。", "遛犬须牵绳。", "第二条"),
        ("Article 2. One dog is allowed.", "A licence costs ten pounds.", "Dogs are led.", "Article 2"),
    ],
)
def test_paragraphs_of_a_clause_are_counted_and_have_its_number_as_lead(
    clause: str,
    second: str,
    third: str,
    lead: str,
) -> None:
    document = built(clause, second, third)
    assert [block_of(document, text).number for text in (clause, second, third)] == [
        "article 2",
        "article 2 paragraph 2",
        "article 2 paragraph 3",
    ]
    assert lead_of(document, third) == [lead]


@pytest.mark.parametrize(
    ("outer", "inner", "next_one"),
    [
        ("3.1 租金每月九百元。", "3.1.1 押金另付。", "3.2 每月五日前付。"),
        ("3.1 The rent is 900.", "3.1.1 A deposit is due.", "3.2 It is paid monthly."),
    ],
)
def test_a_longer_number_is_below_a_shorter_one(outer: str, inner: str, next_one: str) -> None:
    document = built(outer, inner, next_one)
    assert block_of(document, inner).parent == block_of(document, outer).index
    assert block_of(document, next_one).parent == -1


# headings


def test_headings_without_a_level_are_ranked_by_their_numbers() -> None:
    document = built(heading("第一编 通则"), heading("第二章 摊位"), heading("第三节 租金"), heading("Notes"), "甲 A")
    levels = [block.level for block in document.blocks if block.kind == "heading"]
    assert levels == sorted(levels)
    assert block_of(document, "甲 A").parent == block_of(document, "Notes").index


@pytest.mark.parametrize(
    ("titles", "parents"),
    [(["国内", "收入", "海外", "收入额"], [-1, 0, -1, 2]), (["Home", "Revenue", "Abroad", "Income"], [-1, 0, -1, 2])],
)
def test_a_heading_closes_those_of_its_level(titles: list[str], parents: list[int]) -> None:
    document = built(*(heading(title, 2 + index % 2) for index, title in enumerate(titles)))
    assert [block.parent for block in document.blocks] == parents


# tables


@pytest.mark.parametrize(
    ("table", "value", "lead"), [(SHOPS, "5600", ["榆树店", "租金"]), (SHOPS_EN, "2,050", ["Elm Street", "Rent"])]
)
def test_a_cell_has_the_heads_of_its_row_and_column_as_lead(table: Table, value: str, lead: list[str]) -> None:
    document = built(table)
    assert block_of(document, value).kind == "cell"
    assert lead_of(document, value) == lead


def test_an_empty_cell_keeps_its_place_in_the_row_and_is_no_block() -> None:
    document = built(SHOPS, SHOPS_EN)
    assert "磨坊店 | 9 | \n\nShop | Staff | Rent" in document.text
    assert all(block.start < block.end for block in document.blocks)


def test_a_row_contains_its_cells_and_a_table_its_rows() -> None:
    document = built(SHOPS)
    for block in document.blocks:
        if block.kind in ("row", "head", "cell"):
            parent = document.blocks[block.parent]
            assert parent.kind == ("table" if block.kind == "row" else "row")
            assert parent.start <= block.start
            assert block.end <= parent.end


@pytest.mark.parametrize(("opening", "table"), [("门店如下：", SHOPS), ("The shops are:", SHOPS_EN)])
def test_the_opening_and_the_caption_of_a_table_lead_to_its_cells(opening: str, table: Table) -> None:
    captioned = Table(table.rows, "表2 门店 Shops")
    assert lead_of(built(opening, captioned), "14")[:2] == [opening, "表2 门店 Shops"]
    assert block_of(built(captioned), "表2 门店 Shops").number == "table 2"


def test_a_cell_merged_over_a_whole_row_is_written_once() -> None:
    merged = tuple(Cell("河东区 East", (1, 0), column_span=3) for _ in range(3))
    table = Table((SHOPS.rows[0], merged, *SHOPS.rows[1:]))
    assert built(table).text.count("河东区 East") == 1


def test_a_table_without_text_has_no_rows() -> None:
    document = built("乙 B", table_of_texts([["", ""], ["", ""]]), "甲 A")
    assert "row" not in [block.kind for block in document.blocks]


def test_a_table_without_text_is_no_block() -> None:
    assert all(block.start <= block.end for block in built("乙 B", table_of_texts([["", ""]])).blocks)


def test_two_equal_values_have_different_places_and_heads() -> None:
    document = built(table_of_texts([["门店", "员工", "Seats"], ["榆树店", "14", "14"], ["Mill Lane", "14", "8"]]))
    cells = [block for block in document.blocks if document.text[block.start : block.end] == "14"]
    assert len({block.start for block in cells}) == 3
    assert [[part.text for part in block.lead] for block in cells] == [
        ["榆树店", "员工"],
        ["榆树店", "Seats"],
        ["Mill Lane", "员工"],
    ]


# pages


def test_pages_begin_where_their_elements_begin_and_empty_pages_are_counted() -> None:
    document = built(
        Element("paragraph", "甲 A", page=1),
        Element("paragraph", "乙 B 丙 C", page=2, page_breaks=((4, 3),)),
        Table(SHOPS.rows, page=5),
    )
    starts = document.page_starts
    assert len(starts) == 5
    assert list(starts) == sorted(starts)
    assert document.text[starts[1] :].startswith("乙 B")
    assert document.text[starts[2] :].startswith("丙 C")
    assert document.text[starts[4] :].startswith("门店")


# properties

_WORDS = st.text("青禾集市摊主应当守时 abMill3.：:？?。.（一）|", min_size=1, max_size=24).filter(str.strip)
_LINES = st.one_of(
    _WORDS,
    st.sampled_from(
        [
            "问：几点？",
            "答：八点。",
            "Q: When?",
            "A: At 8.",
            "第三条 应当：",
            "第四章 罚则",
            "（一）守时；",
            "3.2 Rent.",
            "3.2.1 Due.",
            "地点：磨坊",
            "Place: Mill",
            "停车\n后院\n二十个",
            "请带：",
            "Bring:",
        ]
    ),
)
_ELEMENTS = st.builds(
    Element,
    st.sampled_from(["heading", "paragraph", "item", "question", "answer", "term", "definition", "code", "note"]),
    _LINES,
    st.integers(0, 4),
    st.sampled_from(["", "•", "1.", "（二）"]),
)
_TABLES = st.builds(
    table_of_texts,
    st.lists(st.lists(st.sampled_from(["", "甲", "A", "12", "5.6%"]), min_size=1, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["", "表1 甲"]),
)
_DOCUMENTS = st.lists(st.one_of(_ELEMENTS, _ELEMENTS, _TABLES), max_size=12)
_NESTED = ("table", "row")  # these contain others


@given(_DOCUMENTS)
@settings(max_examples=40, deadline=None)
def test_every_part_of_a_lead_is_a_slice_of_the_text(elements: list[Element | Table]) -> None:
    document = build_blocks(elements)
    for block in document.blocks:
        assert 0 <= block.start < block.end <= len(document.text) or block.kind == "table"  # see above
        assert all(document.text[part.start : part.end] == part.text for part in block.lead)
        assert all(part.end <= block.start or part.start >= block.end for part in block.lead)


@given(_DOCUMENTS)
@settings(max_examples=40, deadline=None)
def test_blocks_are_in_order_and_leaves_do_not_overlap(elements: list[Element | Table]) -> None:
    document = build_blocks(elements)
    rows_with_cells = {block.parent for block in document.blocks if block.kind in ("head", "cell")}
    leaves = [
        b for b in document.blocks if b.kind not in _NESTED or (b.kind == "row" and b.index not in rows_with_cells)
    ]
    assert all(before.end <= after.start for before, after in pairwise(leaves))
    assert [block.index for block in document.blocks] == list(range(len(document.blocks)))
    assert all(block.parent < block.index for block in document.blocks)


@given(_DOCUMENTS)
@settings(max_examples=40, deadline=None)
def test_all_text_but_signs_of_questions_and_answers_is_in_a_block(elements: list[Element | Table]) -> None:
    document = build_blocks(elements)
    covered = set[int]()
    for block in document.blocks:
        covered.update(range(block.start, block.end))
    outside = "".join(sign for index, sign in enumerate(document.text) if index not in covered)
    assert set(outside) <= set("问题答QA：:. \n0123456789、)．1.（二）")


@given(_DOCUMENTS)
@settings(max_examples=40, deadline=None)
def test_decoding_is_the_opposite_of_encoding(elements: list[Element | Table]) -> None:
    blocks = build_blocks(elements).blocks
    assert decode_blocks(encode_blocks(blocks)) == blocks


def test_a_part_of_a_lead_is_stored_once() -> None:
    encoded = encode_blocks(build_blocks([table_of_texts([["甲", "A"], *([str(n), "x"] for n in range(50))])]).blocks)
    assert len(encoded["slices"]) == len(set(encoded["slices"]))
    assert len(encoded["slices"]) < 60
