"""The command `huwen brief`: its files, its output, and what it refuses before it asks anything."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator
from pathlib import Path

import docx
import openpyxl
import pytest
from typer.testing import CliRunner, Result

from rag.answering.drafting import DraftRequest
from rag.briefing.question_list import parse_pasted
from rag.briefing.run import BriefingSettings, BriefingStopped, run_briefing
from tests.conftest import MakePipeline
from tests.rag.briefing.conftest import with_draft
from tests.small_library import small_library
from ui.commands.briefing import app

Brief = Callable[..., Result]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home, note = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("note") / "lighthouse.md"
    note.write_text("# 灯塔工厂\n\n## 数量\n\n苏州拥有全球灯塔工厂6家，占全国的八分之一。\n", "utf-8")
    library = small_library(home)
    with library.write_lock():
        library.add(note)
    return home


@pytest.fixture
def brief(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Brief:
    """Runs the command in a temporary folder."""
    for name in [name for name in os.environ if name.startswith(("HUWEN_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    runner = CliRunner(env={"HUWEN_HOME": str(home), "HUWEN_SEEDS": "", "COLUMNS": "200"})
    return lambda *words: runner.invoke(app, list(words))


def write_list(*lines: str) -> Path:
    path = Path("questions.txt")
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.mark.parametrize(("question", "quote"), [
    ("苏州有几家灯塔工厂？", "苏州拥有全球灯塔工厂6家"), ("How many lighthouse factories does Suzhou have?", "苏州拥有全球灯塔工厂6家")])
def test_a_list_becomes_a_document_and_a_summary(brief: Brief, question: str, quote: str) -> None:
    result = brief(str(write_list("# 年度简报", "## 工业", question, "苏州2023年的平均工资是多少？", question)), "-o", "out.docx")
    assert result.exit_code == 0, result.output
    assert "3 questions, 2 answered, 1 that the library does not answer, 0 failed" in result.stdout
    assert "line 5 asks what question 1 does" in result.stdout
    document = docx.Document("out.docx")
    assert document.paragraphs[0].text == "年度简报"
    assert any(quote in paragraph.text for paragraph in document.paragraphs)
    assert Path("out.docx.journal").exists()


def test_the_same_command_again_asks_no_question_and_writes_the_same_document(brief: Brief) -> None:
    list_path = str(write_list("苏州有几家灯塔工厂？"))
    brief(list_path, "-o", "out.docx")
    first = Path("out.docx").read_bytes()
    result = brief(list_path, "-o", "out.docx")
    assert "1 answers were kept" in result.stdout
    assert Path("out.docx").read_bytes() == first
    assert "were kept" not in brief(list_path, "-o", "out.docx", "--anew").stdout
    assert Path("out.docx.journal.before").exists()


@pytest.mark.parametrize("suffix", ["md", "html", "pdf"])
def test_every_format_is_written(brief: Brief, suffix: str) -> None:
    assert brief(str(write_list("苏州有几家灯塔工厂？")), "-o", f"out.{suffix}", "--title", "甲").exit_code == 0
    assert Path(f"out.{suffix}").stat().st_size > 500


def test_a_failing_row_is_reported_and_the_document_is_written(brief: Brief) -> None:
    Path("list.csv").write_text("question,scope\n苏州有几家灯塔工厂？,\n苏州有几家灯塔工厂？,tag:none\n", "utf-8")
    result = brief("list.csv")
    assert "--retry" in str(result.exception)
    assert "row 3: no source has the tag none" in result.stderr
    assert Path("list.docx").exists()


@pytest.mark.parametrize(("words", "sentence"), [
    (("questions.txt", "-o", "out.rtf"), ".rtf"), (("questions.txt", "-o", "absent/out.docx"), "no folder"),
    (("questions.txt", "--style", "mla"), "neither gbt7714 nor apa"),
    (("questions.txt", "--language", "fr"), "neither zh nor en"),
    (("questions.txt", "--template", "absent.docx"), "no such file"),
    (("questions.txt", "--year", "soon"), "--year soon"),
    (("questions.txt", "--tag", "none"), "no source has the tag none"), (("absent.txt",), "cannot be read"),
    (("questions.txt", "--journal", "."), "use --journal to name another file"),
])
def test_an_unusable_option_is_refused_before_any_question_is_asked(
    brief: Brief, words: tuple[str, ...], sentence: str,
) -> None:
    write_list("苏州有几家灯塔工厂？")
    result = brief(*words)
    assert result.exit_code != 0
    assert sentence in str(result.exception)
    assert not Path("questions.docx.journal").exists()


@pytest.mark.parametrize("name", ["list.xlsx", "list.csv"])
def test_a_template_is_written_once(brief: Brief, name: str) -> None:
    assert brief("--blank", name).exit_code == 0
    assert "is there already" in str(brief("--blank", name).exception)
    if name.endswith(".xlsx"):
        assert [cell.value for cell in openpyxl.load_workbook(name).active[1]] == [
            "question", "section", "language", "scope", "max words"]


def test_ctrl_c_stops_the_run_and_says_how_to_continue(make_pipeline: MakePipeline, tmp_path: Path) -> None:
    def draft(request: DraftRequest) -> Generator[str]:
        if "乙" in request.question:
            os.kill(os.getpid(), signal.SIGINT)
        yield "灯塔工厂有6家[1]。"

    pipeline = with_draft(make_pipeline(towers="灯塔工厂有6家。"), draft)
    questions = parse_pasted("甲的灯塔工厂有几家？\n乙的灯塔工厂有几家？\n丙的灯塔工厂有几家？").questions
    # pytest-xdist makes its workers ignore the signal
    previous_handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(BriefingStopped, match="of 3 answers are saved; run the same command again to continue"):
            run_briefing(BriefingSettings(pipeline, concurrency=1), questions, tmp_path / "journal")
    finally:
        signal.signal(signal.SIGINT, previous_handler)
