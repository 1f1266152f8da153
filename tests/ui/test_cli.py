"""The command line as a user meets it: a process for each command, a real library."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.library.lock import write_lock
from tests.command_line import outside_environment
from tests.conftest import Huwen
from ui.commands.terminal import print_json, print_text


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "lighthouse.md"
    path.write_text("# 灯塔工厂\n\n## 数量\n\n苏州拥有全球灯塔工厂6家，占全国的八分之一。苏州的园林始建于春秋时期。\n", "utf-8")
    return path


def sentence(result: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a failure: no traceback, exit code not 0."""
    assert result.returncode != 0
    assert "Traceback" not in result.stderr + result.stdout
    return result.stderr


@pytest.mark.parametrize(
    ("question", "figure"), [("苏州有几家灯塔工厂？", "6家"), ("How many lighthouse factories are in Suzhou?", "6家")])
def test_ask_quotes_the_sentence_and_names_its_document(huwen: Huwen, note: Path, question: str, figure: str) -> None:
    assert huwen("add", str(note)).returncode == 0
    result = huwen("ask", question)
    assert figure in result.stdout
    assert "[1]" in result.stdout
    assert "灯塔工厂 · 数量" in result.stdout
    assert "extractive" in result.stdout


def test_ask_json_has_the_public_form(huwen: Huwen, note: Path) -> None:
    huwen("add", str(note))
    answer = json.loads(huwen("ask", "--json", "苏州有几家灯塔工厂？").stdout)
    assert list(answer) == [
        "question", "language", "status", "text", "citations", "passages", "model", "timings_ms", "usage", "thinking",
        "figures",
        "disagreements", "confidence", "suggestions", "packed"]
    assert list(answer["citations"][0]) == [
        "marker", "passage_id", "source_id", "title", "section", "page", "quote", "state", "start", "end", "matched",
        "lead"]
    assert list(answer["passages"][0]) == [
        "number", "id", "source_id", "title", "section", "page", "start", "end", "text", "score", "is_recognised"]
    assert set(answer["timings_ms"]) == {"retrieve", "first_token", "total"}
    assert answer["status"] == "grounded"
    assert answer["citations"][0]["state"] == "verified quote"


def test_jsonl_answers_the_lines_in_their_order(huwen: Huwen, note: Path) -> None:
    huwen("add", str(note))
    lines = [
        {"id": "a", "question": "苏州有几家灯塔工厂？", "colour": "ignored"},
        {"id": 2, "question": "占全国多少？", "history": [["苏州有几家灯塔工厂？", "6家。"]]},
        {"id": "c", "question": "   "},
    ]
    result = huwen("ask", "--jsonl", stdin="\n".join(json.dumps(line) for line in lines) + "\nnot json\n")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", 2, "c", None]
    assert [answer["status"] for answer in answers] == ["grounded", "grounded", "failed", "failed"]
    assert "八分之一" in answers[1]["text"]
    assert result.returncode == 1


def test_search_only_retrieves(huwen: Huwen, note: Path) -> None:
    huwen("add", str(note))
    found = json.loads(huwen("search", "灯塔工厂", "-k", "3", "--json").stdout)
    assert found["passages"][0]["number"] == 1
    assert "灯塔工厂6家" in found["passages"][0]["text"]


def test_an_empty_library_is_filled_by_the_first_question(huwen: Huwen, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds" / "en"
    seeds.mkdir(parents=True)
    (seeds / "tea.md").write_text("# Tea\n\n## Price\n\nThe tea of Dongting costs 300 yuan.\n", "utf-8")
    result = huwen("ask", "What does the tea of Dongting cost?", HUWEN_SEEDS=str(seeds.parent))
    assert "300 yuan" in result.stdout


def test_add_adds_only_the_given_files(huwen: Huwen, note: Path, tmp_path: Path) -> None:
    huwen("add", str(note), HUWEN_SEEDS=str(tmp_path))
    listing = json.loads(huwen("sources", "--json").stdout)
    assert [source["name"] for source in listing] == ["lighthouse.md"]


def test_sources_are_listed_and_removed_by_name(huwen: Huwen, note: Path) -> None:
    assert "added" in (first := huwen("add", str(note))).stdout + first.stderr
    assert "unchanged" in (again := huwen("add", str(note))).stdout + again.stderr
    assert huwen("remove", "lighthouse.md").returncode == 0
    assert json.loads(huwen("sources", "--json").stdout) == []
    assert "no such source" in sentence(huwen("remove", "lighthouse.md"))


def test_one_bad_file_does_not_stop_the_others(huwen: Huwen, note: Path, tmp_path: Path) -> None:
    empty_file, unknown_type = tmp_path / "empty.txt", tmp_path / "table.xyz"
    empty_file.write_bytes(b"")
    unknown_type.write_bytes(b"\0\1\2\xff" * 40)
    result = huwen("add", str(empty_file), str(unknown_type), str(tmp_path / "absent.md"), str(note))
    failures = sentence(result)
    assert "empty" in failures
    assert ".xyz" in failures
    assert "absent.md" in failures
    assert "3 of 4 files" in failures
    assert len(json.loads(huwen("sources", "--json").stdout)) == 1


@pytest.mark.parametrize("words", [("ask", ""), ("ask", "  \n"), ("search", " ")])
def test_an_empty_question_is_refused_in_one_sentence(huwen: Huwen, words: tuple[str, ...]) -> None:
    assert "question is empty" in sentence(huwen(*words))


def test_a_question_of_a_megabyte_is_refused_in_one_sentence(huwen: Huwen) -> None:
    refusal = sentence(huwen("ask", "-", stdin="灯塔" * 500_000))
    assert "1,000,000 characters" in refusal
    assert len(refusal) < 400


def test_a_search_without_results_is_not_an_error(huwen: Huwen) -> None:
    result = huwen("ask", "苏州有几家灯塔工厂？")
    assert result.returncode == 0
    assert "资料库没有回答这个问题" in result.stdout


def test_a_home_that_cannot_be_made_names_the_setting(huwen: Huwen, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert "HUWEN_HOME" in sentence(huwen("sources", HUWEN_HOME=str(tmp_path / "file" / "below")))


def test_an_error_names_the_invalid_setting(huwen: Huwen) -> None:
    assert "passages" in sentence(huwen("sources", HUWEN_PASSAGES="many")).lower()


# runs the command line as `huwen` does, then prints which of the modules in its first argument were imported
PROBE = """
import sys
modules, sys.argv = sys.argv[1].split(), ["huwen", *sys.argv[2:]]
try:
    import ui.cli
    ui.cli.main()
except SystemExit:
    pass
print([module for module in modules if module in sys.modules])
"""
HEAVY = ("chromadb", "tantivy", "langchain_core.retrievers", "gradio", "openai", "pypinyin", "numpy")


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., str]:
    """The heavy modules that a command imports, as the printed list, and the command's errors before it."""

    def run(modules: tuple[str, ...], *words: str) -> str:
        result = subprocess.run(
            [sys.executable, "-c", PROBE, " ".join(modules), *words], capture_output=True, text=True, timeout=60,
            env=outside_environment() | {"HUWEN_HOME": str(tmp_path / "home"), "HUWEN_SEEDS": ""}, check=True)
        return result.stderr + result.stdout.splitlines()[-1]

    return run


def test_help_needs_no_engine(imported: Callable[..., str]) -> None:
    assert imported((*HEAVY, "langchain_core", "rjieba", "pydantic"), "--help") == "[]"


@pytest.mark.parametrize("words", [("sources",), ("sources", "--json"), ("show", "lighthouse.md")])
def test_listing_and_showing_need_only_the_manifest(
    huwen: Huwen, note: Path, imported: Callable[..., str], words: tuple[str, ...],
) -> None:
    huwen("add", str(note))
    assert imported((*HEAVY, "rjieba"), *words) == "[]"


def test_listing_conversations_needs_no_engine(imported: Callable[..., str]) -> None:
    assert imported(HEAVY, "history", "list") == "[]"


@pytest.mark.parametrize("words", [
    ("add", "absent.md"), ("remove", "lighthouse.md"), ("tag", "lighthouse.md", "lake"),
    ("rename", "lighthouse.md", "Lake"), ("rebuild",), ("rebuild", "--read")])
def test_a_locked_library_is_reported_before_the_engine_is_imported(
    tmp_path: Path, imported: Callable[..., str], words: tuple[str, ...],
) -> None:
    with write_lock(tmp_path / "home"):
        report = imported((*HEAVY, "rjieba"), *words)
    assert "is being written by" in report
    assert report.endswith("[]")


ZH_TEXT = "# 灯塔工厂\n\n## 数量\n\n苏州拥有全球灯塔工厂6家，占全国的八分之一。苏州的园林始建于春秋时期。\n"
EN_TEXT = "# The lighthouse\n\nThe lighthouse was built of granite in 1841.\n"


@pytest.mark.parametrize(("text", "title"), [(ZH_TEXT, "灯塔工厂"), (EN_TEXT, "The lighthouse")])
def test_show_prints_the_text_of_a_source_by_its_file_name_title_or_id(
    huwen: Huwen, tmp_path: Path, text: str, title: str,
) -> None:
    path = tmp_path / "shown.md"
    path.write_text(text, "utf-8")
    clean_text = re.sub(r"(?m)^#+ ", "", text).strip()  # without the signs of its headings
    huwen("add", str(path))
    (source,) = json.loads(huwen("sources", "--json").stdout)
    for name in ("shown.md", title, source["id"]):
        assert huwen("show", name).stdout == clean_text + "\n"
    shown_json = json.loads(huwen("show", "shown.md", "--json").stdout)
    assert shown_json == {
        "id": source["id"], "title": title, "language": source["language"], "passages": 1, "omissions": [],
        "text": clean_text}


def test_show_names_an_unknown_source(huwen: Huwen) -> None:
    assert "月球: no such source; `huwen sources` lists them" in sentence(huwen("show", "月球"))


def test_control_characters_are_printed_to_a_pipe_but_not_to_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    text = "太湖\t\x1b[2Jlake\x9b31m\n\x07\x7f"
    print_text(text)
    assert capsys.readouterr().out == text + "\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_text(text)
    assert capsys.readouterr().out == "太湖\t\\x1b[2Jlake\\x9b31m\n\\x07\\x7f\n"
    print_json({"text": text})
    printed = capsys.readouterr().out
    assert not set(printed) & set("\x1b\x9b\x07\x7f")
    assert json.loads(printed) == {"text": text}


def test_doctor_reports_library_indexes_and_model(huwen: Huwen, note: Path) -> None:
    huwen("add", str(note))
    result = huwen("doctor")
    assert result.returncode == 0
    assert "1 sources" in result.stdout
    assert "sound" in result.stdout
    assert "quoted sentences" in result.stdout
