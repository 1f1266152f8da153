"""Conversation export: answers with notes, verdicts, references and passages, but without the model's thoughts."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from rag.schema import Answer, CheckedFigure, Citation, Confidence, Disagreement, Language, Passage, Source, Statement
from ui.documents.conversation import conversation_json, conversation_paper
from ui.documents.paper import Block, Heading, Paper, PaperTable, Paragraph, TextRun
from ui.documents.write import render_bytes
from ui.history.entries import Conversation, ConversationEntry
from ui.history.exchange import Exchange

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CORE = Source("s1", "core.md", "提升苏州制造业核心竞争力", "zh", author="李明", publisher="苏州日报", date="2023-05-01", digest="d1")
WORKS = Source("s2", "works.md", "Lighthouses of Industry", "en", author="Jane Smith", date="2024", digest="d2")
QUOTE = "苏州拥有灯塔工厂6家。"
P1 = Passage(1, "p1", "s1", CORE.title, "数量", 3, 0, 40, f"制造业是根基。\n\n{QUOTE}占全国的八分之一。", 0.9, "zh")
P2 = Passage(2, "p2", "s2", WORKS.title, "Counting", 0, 0, 40, "Suzhou has 7 lighthouse factories.", 0.8, "en")


def make_answer(text: str, *citations: Citation, **more: object) -> Answer:
    answer = Answer(
        "苏州有几家灯塔工厂？", "zh", "grounded", text, citations, (P1, P2), "qwen", thinking="SECRET 先想一想")
    return replace(answer, **more)  # type: ignore[arg-type]


def make_citation(claim: str, passage: Passage = P1, quote: str = QUOTE, state: str = "verified quote") -> Citation:
    return Citation(
        passage.number, claim, passage.id, passage.source_id, passage.title, passage.section, passage.page, quote,
        state)  # type: ignore[arg-type]


def conversation_of(*answers: Answer | Exchange, sources: Sequence[Source] = (CORE, WORKS)) -> Conversation:
    exchanges = [one if isinstance(one, Exchange) else Exchange(one) for one in answers]
    entries = [
        ConversationEntry(number, exchange, NOON, tuple(sources), "v", "up")
        for number, exchange in enumerate(exchanges, 1)]
    return Conversation("c", "灯塔工厂", NOON, NOON, tuple(entries))


def paragraph_texts(blocks: Sequence[Block], kind: str = "body") -> list[str]:
    paragraphs = [block for block in blocks if isinstance(block, Paragraph) and block.kind == kind]
    return ["".join(run.text for run in paragraph.runs) for paragraph in paragraphs]


def heading_texts(blocks: Sequence[Block], level: int) -> list[str]:
    return [block.text for block in blocks if isinstance(block, Heading) and block.level == level]


def text_runs(paper: Paper) -> list[TextRun]:
    return [run for block in paper.blocks if isinstance(block, Paragraph) for run in block.runs]


GROUNDED = make_answer(
    "苏州有6家[1]。占八分之一[1]。", make_citation("苏州有6家。"), make_citation("占八分之一。", quote="占全国的八分之一。", state="supported"))


@pytest.mark.parametrize(("language", "state", "heads"), [
    ("zh", "（原文引用）", ["参考文献", "所引段落"]), ("en", "（verbatim）", ["References", "Passages quoted"])])
def test_each_marker_becomes_a_note_with_the_evidence_of_its_sentence(
    language: Language, state: str, heads: list[str]) -> None:
    paper = conversation_paper(conversation_of(GROUNDED), language)
    assert [(run.text, run.notes) for run in text_runs(paper)[:3]] == [("苏州有6家", (1,)), ("。占八分之一", (2,)), ("。", ())]
    assert paper.notes[0].text == f"[1] 提升苏州制造业核心竞争力，数量，第 3 页：“苏州拥有灯塔工厂6家。”{state}"
    assert "占全国的八分之一。" in paper.notes[1].text
    assert heading_texts(paper.blocks, 1) == [GROUNDED.question, *heads]


def test_a_note_of_an_english_passage_is_punctuated_in_english() -> None:
    unsupported = make_answer("苏州有7家[2]。", make_citation("苏州有7家。", P2, P2.text, "not found"))
    paper = conversation_paper(conversation_of(unsupported), "zh")
    assert paper.notes[0].text == (
        "[1] Lighthouses of Industry, Counting: “Suzhou has 7 lighthouse factories.” (所引段落未见依据)")


def test_references_are_numbered_through_the_document_in_order_of_first_citation() -> None:
    english = make_answer(
        "It has 7 [2]. It has 6 [1].", make_citation("It has 7.", P2, P2.text), make_citation("It has 6."),
        question="How many?", language="en")
    paper = conversation_paper(conversation_of(english, GROUNDED), "zh")
    references = paragraph_texts(paper.blocks, "reference")
    assert [entry[:3] for entry in references] == ["[1]", "[2]"]
    assert "Lighthouses" in references[0]
    assert "李明" in references[1]
    assert [note.text[:3] for note in paper.notes] == ["[1]", "[2]", "[2]", "[2]"]


def test_a_document_that_changed_between_two_answers_is_two_references() -> None:
    first_conversation = conversation_of(GROUNDED)
    second_conversation = conversation_of(GROUNDED, sources=(replace(CORE, digest="later", date="2025"),))
    entries = first_conversation.entries + second_conversation.entries
    paper = conversation_paper(replace(first_conversation, entries=entries), "zh")
    assert len(paragraph_texts(paper.blocks, "reference")) == 2


def test_the_annex_has_each_cited_passage_once_with_the_quote_in_bold() -> None:
    paper = conversation_paper(conversation_of(GROUNDED, GROUNDED), "zh")
    assert paragraph_texts(paper.blocks, "quote") == ["制造业是根基。", f"{QUOTE}占全国的八分之一。"]
    assert [run.text for run in text_runs(paper) if run.style == "strong"] == [QUOTE, "占全国的八分之一。"]
    assert heading_texts(paper.blocks, 2) == ["[1] 提升苏州制造业核心竞争力，数量，第 3 页"]


def test_the_verdict_on_an_answer_is_below_it() -> None:
    partial = make_answer(
        "有9家，共12家[1]。", make_citation("有9家，共12家。", state="not found"), status="partial",
        figures=(
            CheckedFigure("9家", 1, 3, "not found", (1,), ("6家",)),
            CheckedFigure("12家", 5, 8, "derived", (1,), ("6家",), "6家 × 2")),
        confidence=Confidence("weak", ("数字 1/2 已核对", "只有 1 份文件说到")))
    paper = conversation_paper(conversation_of(partial), "zh")
    assert [run.text for run in text_runs(paper) if run.style == "doubtful"] == ["9家", "9家"]
    assert paragraph_texts(paper.blocks, "aside") == [
        "部分语句没有找到依据 · 依据薄弱：数字 1/2 已核对；只有 1 份文件说到 · 模型 qwen",
        "9家：资料里没有这个数字；最接近的是6家", "12家：由资料推算：6家 × 2"]
    english_asides = paragraph_texts(conversation_paper(conversation_of(partial), "en").blocks, "aside")
    assert english_asides[1] == "9家: no source has this figure; the nearest is 6家"


def test_differing_sources_are_in_a_table_with_a_note_for_each() -> None:
    differing = make_answer("苏州有6家[1]。", make_citation("苏州有6家。"), disagreements=(Disagreement("灯塔工厂", "another year", (
        Statement("6家", "2023", "苏州", 1, CORE.title, QUOTE), Statement("7", "", "Suzhou", 2, WORKS.title, P2.text))),))
    paper = conversation_paper(conversation_of(differing), "zh")
    (table,) = [block for block in paper.blocks if isinstance(block, PaperTable)]
    assert table.caption == "资料说法不一：灯塔工厂（年份不同）"
    assert [["".join(run.text for run in cell) for cell in row] for row in table.rows] == [
        ["6家", "2023", "苏州", CORE.title], ["7", "未注明", "Suzhou", WORKS.title]]
    assert [row[3][0].notes for row in table.rows] == [(1,), (2,)]
    assert len(paragraph_texts(paper.blocks, "reference")) == 2


def test_a_refusal_names_the_nearest_passages_and_no_reference() -> None:
    paper = conversation_paper(conversation_of(make_answer("资料库没有回答这个问题。", status="unanswered")), "en")
    assert paragraph_texts(paper.blocks, "item") == ["提升苏州制造业核心竞争力，数量，第 3 页", "Lighthouses of Industry, Counting"]
    assert paragraph_texts(paper.blocks, "aside") == ["Not answered by the library · model qwen", "Nearest passages:"]
    assert paper.notes == ()


def test_a_stopped_or_failed_answer_is_marked() -> None:
    stopped = Exchange(make_answer("苏州有6家[1]，另", status="composing"), stopped=True)
    failed = Exchange(make_answer("", status="failed", passages=()), problem="the endpoint cannot be reached; start it")
    paper = conversation_paper(conversation_of(stopped, failed), "zh")
    assert paragraph_texts(paper.blocks, "aside") == [
        "中途停止，未经核对 · 模型 qwen", "the endpoint cannot be reached; start it", "没能作答 · 模型 qwen"]
    assert paper.notes[0].text.endswith("第 3 页（未经核对）")


MARKDOWN = """## 结论
产值为**3.8万亿元**[1]，*力争* 5万亿。

- 第一 `a[1]`
* 第二[1][2]
> 引文
1. 甲
---
| 年份 | 产值[1] |
|---|---|
| 2022 | **3.8** [2] |
| | x \\| y |
```python
**as it is** [1]
```
<img src=x onerror=alert(1)> ![](http://evil.example/x.png) [7]"""


def test_only_markdown_that_a_paper_supports_is_read() -> None:
    paper = conversation_paper(conversation_of(make_answer(MARKDOWN)), "zh")
    table_index = [type(block) for block in paper.blocks].index(PaperTable)
    table = paper.blocks[table_index]
    assert isinstance(table, PaperTable)
    assert paragraph_texts(paper.blocks[:table_index]) == ["结论", "产值为3.8万亿元，力争 5万亿。", "1. 甲"]
    assert paragraph_texts(paper.blocks[:table_index], "item") == ["第一 `a[1]`", "第二"]
    assert paragraph_texts(paper.blocks[:table_index], "quote") == ["引文"]
    assert [run.text for run in text_runs(paper) if run.style == "emphasis"] == ["力争"]
    assert table.header == ("年份", "产值")
    assert table.rows[0][1][0].style == "strong"
    assert table.rows[0][1][-1].notes
    assert paragraph_texts(paper.blocks[table_index:])[:2] == [
        "**as it is** [1]", "<img src=x onerror=alert(1)> ![](http://evil.example/x.png) [7]"]


@pytest.mark.parametrize("text", [
    "", "\n\n", "**", "* * *", "|", "|\n|-|", "|a|\n|-|\n||", "[1]", "[1][2]\n[1]", "```", "> ", "- ", "****[1]****"])
def test_an_unusual_text_can_be_written(text: str) -> None:
    assert render_bytes(conversation_paper(conversation_of(make_answer(text)), "zh"), ".md")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="甲a1 *_`#>|-.[]()\n~：。", max_size=60))
def test_every_letter_of_an_answer_is_in_the_paper(text: str) -> None:
    paper = conversation_paper(conversation_of(make_answer(text, passages=())), "zh")
    texts = [text for kind in ("body", "item", "quote") for text in paragraph_texts(paper.blocks, kind)]
    for block in paper.blocks:
        if isinstance(block, PaperTable):
            texts += [*block.header, *("".join(run.text for run in cell) for row in block.rows for cell in row)]
    unfenced = re.sub(r"(?m)^[ \t>]*(?:`{3,}|~{3,}).*$", "", text)  # the line that opens code names its language
    assert Counter(re.findall("[甲a1]", "".join(texts))) == Counter(re.findall("[甲a1]", unfenced))


@pytest.mark.parametrize("suffix", [".md", ".html", ".docx"])
def test_thoughts_are_in_no_file_and_quotes_are_in_each(suffix: str) -> None:
    content = render_bytes(conversation_paper(conversation_of(GROUNDED, GROUNDED), "en"), suffix)
    if suffix == ".docx":
        document = docx.Document(BytesIO(content))
        text = "\n".join(part.blob.decode("utf-8", "replace") for part in document.part.package.iter_parts())
    else:
        text = content.decode()
    assert "SECRET" not in text
    assert "苏州拥有灯塔工厂6家" in text


def test_json_has_the_evidence_and_its_answers_are_read_back() -> None:
    exported_json = json.loads(json.dumps(conversation_json(conversation_of(GROUNDED)), ensure_ascii=False))
    (entry,) = exported_json["entries"]
    assert TypeAdapter(Answer).validate_python(entry["answer"]) == replace(GROUNDED, thinking="")
    assert TypeAdapter(tuple[Source, ...]).validate_python(entry["sources"]) == (CORE, WORKS)
    assert (entry["prompts"], entry["thumb"], entry["asked_at"]) == ("v", "up", "2026-11-21T12:00:00+00:00")
    assert "李明" in entry["references"][0]
    assert "SECRET" not in json.dumps(exported_json)
