"""Briefing document: its parts and notes in both languages and every format, and no active content."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import docx
import pytest

from rag.briefing.briefing import Briefing, Cover, build_briefing
from rag.briefing.question_list import BriefingQuestion
from rag.briefing.run import BriefingSettings, run_briefing
from rag.pipeline import Pipeline
from rag.schema import CheckedFigure, Language
from tests.ui.documents.papers import HOSTILE
from tests.ui.documents.test_pdf_document import pages
from ui.documents.briefing import briefing_paper
from ui.documents.paper import Block, Heading, Paper, PaperTable, Paragraph, SideBySide, TextRun
from ui.documents.sanitise import sanitise_paper
from ui.documents.write import WRITERS, render_bytes

QUESTIONS: dict[Language, tuple[BriefingQuestion, ...]] = {
    "zh": (
        BriefingQuestion("苏州有几家灯塔工厂？", "一章", row="row 2"),
        BriefingQuestion("苏州2023年的GDP是多少？", "一章", row="row 3"),
        BriefingQuestion("苏州四大产业创新集群2022年产值和2025年目标各是多少？", "二章", max_words=20, row="row 4"),
        BriefingQuestion("苏州有几家灯塔工厂？", "二章", row="row 5"),
        BriefingQuestion("苏州有多少个园区？", "二章", scope="tag:none", row="row 6"),
    ),
    "en": (
        BriefingQuestion("How many lighthouse factories does Suzhou have?", "One", row="row 2"),
        BriefingQuestion("What was Suzhou's GDP in 2023?", "One", row="row 3"),
        BriefingQuestion(
            "What was the output value of Suzhou's four major industrial innovation clusters in 2022?", "Two",
            max_words=12, row="row 4"),
        BriefingQuestion("How many lighthouse factories does Suzhou have?", "Two", row="row 5"),
        BriefingQuestion("How many parks are there?", "Two", scope="tag:none", row="row 6"),
    ),
}
PARTS: dict[Language, list[str]] = {
    "zh": ["一、一章", "二、二章", "三、说法不一之处", "四、关键数字", "五、资料库没有说到的", "六、各题数字核对", "七、参考文献",
           "八、附录：引用的原文"],
    "en": ["1. One", "2. Two", "3. Where sources differ", "4. Key figures", "5. What the library does not say",
           "6. Cross-check of the answers", "7. References", "8. Annex: the passages quoted"],
}


def make_briefing(pipeline: Pipeline, folder: Path, language: Language, **options: object) -> Briefing:
    settings = BriefingSettings(pipeline, **options)  # type: ignore[arg-type]
    answered = run_briefing(settings, QUESTIONS[language], folder / "journal", today="2026-07-31")
    title = {"zh": "年度简报", "en": "A Year's Briefing"}[language]
    return build_briefing(answered, pipeline.library, Cover(title, language))


@pytest.fixture(scope="module")
def briefings(notes: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> dict[Language, Briefing]:
    return {language: make_briefing(notes, tmp_path_factory.mktemp(language), language) for language in QUESTIONS}


def block_texts(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Heading):
            yield block.text
        elif isinstance(block, Paragraph):
            yield "".join(run.text for run in block.runs)
        elif isinstance(block, PaperTable):
            yield from (" | ".join("".join(run.text for run in cell) for cell in row) for row in block.rows)
        elif isinstance(block, SideBySide):
            yield from block_texts((*block.left, *block.right))


def paper_text(paper: Paper) -> str:
    return "\n".join(block_texts((*paper.lead, *paper.blocks)))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_parts_are_in_order(briefings: dict[Language, Briefing], language: Language) -> None:
    paper = briefing_paper(briefings[language])
    assert [block.text for block in paper.blocks if isinstance(block, Heading) and block.level == 1] == PARTS[language]
    questions = [block.text for block in paper.blocks if isinstance(block, Heading) and block.level == 2]
    unnumbered = [re.sub(r"^\d+(?:．|\. )", "", question) for question in questions]
    assert unnumbered == [question.text for question in QUESTIONS[language]]
    assert paper.date == "2026-07-31"


@pytest.mark.parametrize(("language", "contents"), [
    ("zh", ["10 份文件", "5 个问题", "不经模型", "灯塔工厂 | 7家 | 2024 | 苏州", "3.8万亿 | 元 | 2022 | 苏州四大产业创新集群产值",
            "资料库没有回答这个问题",
            "（按篇幅要求略去其余", "（与问题 1 相同，只作答一次）", "这个问题未能作答：no source has the tag none", "没有互相矛盾",
            "[1] 徐枫. 关于苏州以新型工业化引擎", "另一语言版："]),
    ("en", ["10 documents", "5 questions", "without a model", "lighthouse factories | 7 | 2024 | Suzhou",
            "3.8 trillion | yuan | 2022 | The output value of Suzhou's four",
            "The library does not answer this question", "words are left out for length",
            "(as question 1, and answered once)", "could not be answered: no source has the tag none",
            "No two answers give different figures", "[1] XU F", "The other language's edition: 《"]),
])
def test_each_part_has_its_content(
    briefings: dict[Language, Briefing], language: Language, contents: list[str]) -> None:
    text = paper_text(briefing_paper(briefings[language]))
    for words in contents:
        assert words in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_notes_have_the_same_numbers_in_the_document(briefings: dict[Language, Briefing], language: Language) -> None:
    """The annex refers to notes by number, so a reader must find them under these numbers."""
    paper = briefing_paper(briefings[language])
    numbered = [(note.number, note.text) for note in paper.notes]
    assert [(note.number, note.text) for note in sanitise_paper(paper).notes] == numbered
    assert len(paper.notes) == len(briefings[language].notes)
    assert all(re.match(r"\[\d+\] ", note.text) for note in paper.notes)


def test_quotes_are_bold_in_the_annex(briefings: dict[Language, Briefing]) -> None:
    briefing = briefings["zh"]
    paragraphs = [block for block in briefing_paper(briefing).blocks if isinstance(block, Paragraph)]
    quotes = [paragraph for paragraph in paragraphs if paragraph.kind == "quote"]
    bold = {run.text for quote in quotes for run in quote.runs if run.style == "strong"}
    for note in briefing.notes:
        assert any(note.quote in run for run in bold)


def test_two_languages_are_side_by_side(notes: Pipeline, tmp_path: Path) -> None:
    briefing = make_briefing(notes, tmp_path, "zh", languages=("zh", "en"))
    column_blocks = [block for block in briefing_paper(briefing).blocks if isinstance(block, SideBySide)]
    assert len(column_blocks) == len(QUESTIONS["zh"])
    assert "苏州有7家灯塔工厂" in "".join(block_texts(column_blocks[0].left))
    assert "Suzhou has 7 lighthouse factories" in "".join(block_texts(column_blocks[0].right))
    assert sanitise_paper(briefing_paper(briefing)).notes == sanitise_paper(briefing_paper(briefing)).notes


@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_every_format_is_the_same_each_time(briefings: dict[Language, Briefing], suffix: str) -> None:
    content = render_bytes(briefing_paper(briefings["zh"]), suffix)
    assert content == render_bytes(briefing_paper(briefings["zh"]), suffix)
    assert len(content) > 5_000


def test_apa_has_no_numbers(briefings: dict[Language, Briefing]) -> None:
    briefing = briefings["en"]
    paper = briefing_paper(replace(briefing, cover=replace(briefing.cover, style="apa")))
    assert not any(note.text.startswith("[") for note in paper.notes)
    assert not any(line.startswith("[1]") for line in block_texts(paper.blocks))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_question_or_title_is_only_text(briefings: dict[Language, Briefing], hostile: str) -> None:
    briefing = briefings["zh"]
    first, *others = briefing.sections[0].entries
    entry = replace(first, question=replace(first.question, text=hostile))
    section = replace(briefing.sections[0], title=hostile, entries=(entry, *others))
    hostile_briefing = replace(
        briefing, cover=replace(briefing.cover, title=hostile), sections=(section, *briefing.sections[1:]))
    document = docx.Document(BytesIO(render_bytes(briefing_paper(hostile_briefing), ".docx")))
    assert document.paragraphs[0].text == " ".join(hostile.split())
    page = render_bytes(briefing_paper(hostile_briefing), ".html").decode()
    assert not re.search(r"<script(?! nonce)[^>]*>alert|onerror=\"|<img", page)


def test_libreoffice_shows_every_note(briefings: dict[Language, Briefing], tmp_path: Path) -> None:
    """LibreOffice converts the documents of both languages to PDF; the text of the PDF is read."""
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed")
    for language, briefing in briefings.items():
        (tmp_path / f"{language}.docx").write_bytes(render_bytes(briefing_paper(briefing), ".docx"))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(tmp_path),
         *(str(tmp_path / f"{language}.docx") for language in briefings)], check=True, capture_output=True, timeout=120)
    for language, briefing in briefings.items():
        shown = re.sub(r"\s+", "", "".join(pages((tmp_path / f"{language}.pdf").read_bytes())))
        for part in PARTS[language]:
            assert shown.count(re.sub(r"\s+", "", part)) >= 2, "in the contents and over the part"
        for note in briefing.notes:
            assert re.sub(r"[\s“”‘’\"']+", "", note.quote)[:12] in re.sub(r"[“”‘’\"']+", "", shown)


def test_a_doubtful_figure_is_marked(briefings: dict[Language, Briefing]) -> None:
    briefing = briefings["zh"]
    entry = briefing.sections[0].entries[0]
    [entry_answer] = entry.answers
    start = entry_answer.answer.text.index("7家")
    answer = replace(entry_answer.answer, figures=(CheckedFigure("7家", start, start + 2, "not found"),))
    doubtful_entry = replace(entry, answers=(replace(entry_answer, answer=answer),))
    hostile_briefing = replace(briefing, sections=(replace(briefing.sections[0], entries=(doubtful_entry,)),))
    paragraphs = [block for block in briefing_paper(hostile_briefing).blocks if isinstance(block, Paragraph)]
    doubtful = [run for paragraph in paragraphs for run in paragraph.runs if run.style == "doubtful"]
    assert doubtful == [TextRun("7家", "doubtful")]
