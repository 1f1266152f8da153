"""Passages of blocks: whole blocks, with the leads, addresses and sections that a later passage would lack."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document

from rag.sources.blocks import decode_blocks
from rag.sources.split import MAX_PASSAGE_SIZE, document_blocks, find_title, split
from rag.text.token_count import text_size
from tests.rag.sources.contents import clean_document

Lead = list[tuple[str, int, int]]


def passages(text: str, markup: str = "markdown") -> list[Document]:
    return split(clean_document(text, markup), "source")


def with_text(found: list[Document], text: str) -> Document:
    (passage,) = [passage for passage in found if text in passage.page_content]
    return passage


def lead_texts(passage: Document) -> list[str]:
    lead: Lead = passage.metadata["lead"]
    return [text for text, _, _ in lead]


def table(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


ZH_ROWS = [["姓名", "津贴"], *([f"员工{n}号", f"{1000 + n}元"] for n in range(150))]
EN_ROWS = [["Name", "Allowance"], *([f"Worker {n}", f"{1000 + n} pounds"] for n in range(150))]

# tables over several passages


@pytest.mark.parametrize(("opening", "rows"), [("津贴如下：", ZH_ROWS), ("The allowances are:", EN_ROWS)])
def test_a_table_is_cut_between_rows_and_each_passage_has_its_heads_as_lead(
    opening: str, rows: list[list[str]]
) -> None:
    found = passages(f"# 津贴 Pay\n\n{opening}\n\n{table(rows)}")
    assert len(found) > 1
    lines = [line for passage in found for line in passage.page_content.split("\n") if line]
    assert lines == [opening, *(" | ".join(row) for row in rows)]
    assert lead_texts(found[0]) == []
    assert all(lead_texts(passage) == [opening, *rows[0]] for passage in found[1:])


@pytest.mark.parametrize("rows", [ZH_ROWS, EN_ROWS])
def test_the_cells_of_a_later_passage_keep_their_heads(rows: list[list[str]]) -> None:
    document = clean_document(table(rows), "markdown")
    last = split(document, "source")[-1]
    cell = [block for block in decode_blocks(last.metadata["blocks"]) if block.kind == "cell"][-1]
    assert document.page_content[cell.start : cell.end] == rows[-1][1]
    assert [part.text for part in cell.lead] == [rows[-1][0], rows[0][1]]


def test_the_lead_of_a_wide_table_is_bounded() -> None:
    rows = [[f"{name}{n}" for n in range(120)] for name in ("head", *(f"row{r}x" for r in range(30)))]
    assert all(len(passage.metadata["lead"]) <= 40 for passage in passages(table(rows)))


# lists and questions


@pytest.mark.parametrize(
    ("opening", "line"),
    [("请准备以下材料：", "户口本的复印件以及户主的签名"), ("Please bring:", "a copy of the lease with its date")],
)
def test_an_opening_goes_into_the_passage_of_what_it_opens(opening: str, line: str) -> None:
    filler = ("集市逢五开市。" if opening.endswith("：") else "It is held on Fridays. ") * 40
    found = passages(
        "\n\n".join([filler.strip(), filler.strip(), opening, "\n".join(f"- {line} {n}" for n in range(12))])
    )
    assert all(not passage.page_content.endswith(opening) for passage in found)
    assert line in with_text(found, opening).page_content


@pytest.mark.parametrize(
    ("question", "answer"),
    [("几点关门？", "晚上八点半关门。"), ("When does it close?", "It closes at half past eight. ")],
)
def test_the_second_passage_of_a_long_answer_has_the_question_as_lead(question: str, answer: str) -> None:
    found = passages(f"问：{question}\n\n答：{answer * 30}\n\n{answer * 60}")
    assert len(found) > 1
    assert all(lead_texts(passage) == [question] for passage in found[1:])


# sections and addresses


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        (
            "# 年报\n\n## 国内\n\n### 收入\n\n一百元。\n\n### 员工\n\n六人。\n\n## 海外\n\n九百元。",
            ["国内 › 收入", "国内 › 员工", "海外"],
        ),
        (
            "# Report\n\n## Home\n\n### Revenue\n\nOne.\n\n### Staff\n\nSix.\n\n## Abroad\n\nNine.",
            ["Home › Revenue", "Home › Staff", "Abroad"],
        ),
    ],
)
def test_a_section_is_named_by_all_headings_above_it(text: str, sections: list[str]) -> None:
    assert [passage.metadata["section"] for passage in passages(text)] == sections


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        (
            "第三章 罚则\n\n第六条 处五十元罚款。\n\n第七条 应当：\n（一）守时；\n（二）守约。",
            ["chapter 3", "article 6", "article 7", "article 7(1)", "article 7(2)"],
        ),
        (
            "Chapter 3 Fines\n\nArticle 6. A fine is due.\n\nArticle 7. Members shall:\n(a) be on time;\n(b) pay.",
            ["chapter 3", "article 6", "article 7", "article 7(a)", "article 7(b)"],
        ),
    ],
)
def test_a_passage_has_the_addresses_of_its_headings_and_blocks(text: str, addresses: list[str]) -> None:
    (passage,) = passages(text, "text")
    assert passage.metadata["addresses"] == addresses


# headings that are text themselves


@pytest.mark.parametrize(
    ("text", "leaves"),
    [
        ("# 开放时间\n\n## 周六：十点到十四点\n\n## 周日：闭馆", ["周六：十点到十四点", "周日：闭馆"]),
        ("# Hours\n\n## Saturday: 8 am to 4 pm\n\n## Sunday: closed", ["Saturday: 8 am to 4 pm", "Sunday: closed"]),
    ],
)
def test_a_heading_with_nothing_below_it_is_text(text: str, leaves: list[str]) -> None:
    assert [passage.page_content for passage in passages(text)] == leaves
    assert [passage.metadata["section"] for passage in passages(text)] == ["", ""]


@pytest.mark.parametrize(
    ("text", "section"),
    [("# 简历\n\n## 住址\n\n### 磨坊巷四号", "住址"), ("# Orla Finch\n\n## Address\n\n### 4 Mill Lane", "Address")],
)
def test_a_leaf_heading_is_text_of_the_section_above_it(text: str, section: str) -> None:
    (passage,) = passages(text)
    assert passage.metadata["section"] == section


@pytest.mark.parametrize(
    ("heading", "is_text"),
    [
        ("期望月薪一万八千元", True),
        ("增速为6.1%", True),
        ("Wanted pay of 18,000 yuan", True),
        ("Growth of 6.1%", True),
        ("四大产业", False),
        ("2023年", False),
        ("Four trades", False),
        ("Year 2023", False),
        ("3.2 租金", False),
        ("3.2 Rent", False),
    ],
)
def test_a_heading_that_states_a_value_is_text_as_well(heading: str, is_text: bool) -> None:
    found = passages(f"# 甲 A\n\n## 乙 B\n\n### {heading}\n\n每月十日。 It is paid monthly.")
    assert any(heading in passage.page_content for passage in found) is is_text
    assert found[-1].metadata["section"].endswith(heading)


@pytest.mark.parametrize("text", ["# 青禾年报", "# Greenbrook report"])
def test_a_title_alone_is_no_passage(text: str) -> None:
    assert passages(text) == []


# titles


@pytest.mark.parametrize(
    ("text", "markup", "title"),
    [
        ("# 青禾年报\n\n## 国内\n\n甲。", "markdown", "青禾年报"),
        ("## Opening hours\n\nAt nine.", "markdown", "Opening hours"),
        ("青禾社区通知\n\n集市逢五开市，由镇里管理，摊主五点进场。", "text", "青禾社区通知"),
        ("Greenbrook News\n\nThe market is held on Fridays and is run by the parish.", "text", "Greenbrook News"),
        ("青禾口腔诊所\n\n挂号费\n十二元", "text", "青禾口腔诊所"),
        ("Greenbrook Baths\n\nLocker deposit\n2 pounds", "text", "Greenbrook Baths"),
        ("青禾集市\n——一份报告\n\n集市逢五开市，由镇里管理，摊主五点进场。", "text", "青禾集市——一份报告"),
        ("集市逢五开市，由镇里管理，摊主五点进场。", "text", ""),
        ("It is held on Fridays and is run by the parish.", "text", ""),
        ("第一条 集市逢五开市。\n\n第二条 摊主守时。", "text", ""),
        ("Chapter 1 General\n\nIt is held on Fridays.", "text", ""),
        ("2024年6月3日\n\n集市逢五开市，由镇里管理，摊主五点进场。", "text", ""),
    ],
)
def test_the_title_of_a_document(text: str, markup: str, title: str) -> None:
    assert find_title(clean_document(text, markup)) == title


def test_the_title_that_the_file_states_comes_first() -> None:
    made = clean_document("# 青禾年报\n\n甲。", "markdown")
    assert (
        find_title(Document(made.page_content, metadata={**made.metadata, "title": "Yearly report"})) == "Yearly report"
    )


# properties

_LONG = ["集市逢五开市。" * 20, "It is held on Fridays. " * 20, "集市逢五开市。" * 200, "长" * 2_500, "x " * 2_500]
_PARTS = st.one_of(
    st.sampled_from(
        [
            "# 题 Title",
            "## 第一章 总则",
            "### Stalls",
            "#### 月薪九千元",
            "问：几点？",
            "答：八点。",
            "- 水桶 bucket",
            "1. 拌匀 mix",
            "请带：",
            "第三条 应当：",
            "（一）守时；",
            "3.2 Rent.",
            "地点：磨坊",
            "| 甲 | A |\n|---|---|\n" + "| 12 | b |\n" * 60,
        ]
    ),
    st.sampled_from(_LONG),
)
_TEXTS = st.lists(_PARTS, max_size=10).map("\n\n".join)


@given(_TEXTS)
@settings(max_examples=30, deadline=None)
def test_a_passage_is_of_whole_blocks_unless_a_block_is_too_long(text: str) -> None:
    made = clean_document(text, "markdown")
    for passage in split(made, "source"):
        start, end = passage.metadata["start"], passage.metadata["end"]
        blocks = decode_blocks(passage.metadata["blocks"])
        is_cut = text_size(made.page_content[blocks[0].start : blocks[-1].end]) > MAX_PASSAGE_SIZE
        assert is_cut or (start == blocks[0].start and end == max(block.end for block in blocks))
        assert set(blocks) <= set(document_blocks(made))


@given(_TEXTS)
@settings(max_examples=30, deadline=None)
def test_every_lead_of_a_passage_is_a_slice_outside_of_it(text: str) -> None:
    made = clean_document(text, "markdown")
    for passage in split(made, "source"):
        lead: Lead = passage.metadata["lead"]
        for part, start, end in lead:
            assert made.page_content[start:end] == part
            assert start < passage.metadata["start"] or end > passage.metadata["end"]


@given(_TEXTS)
@settings(max_examples=30, deadline=None)
def test_each_block_with_text_of_its_own_is_in_a_passage(text: str) -> None:
    made = clean_document(text, "markdown")
    inside = {block for passage in split(made, "source") for block in decode_blocks(passage.metadata["blocks"])}
    missing = [block for block in document_blocks(made) if block not in inside]
    assert {block.kind for block in missing} <= {"heading", "table"}
