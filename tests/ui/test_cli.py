"""The command line as a user meets it: real processes, a real library."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Huwen = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def huwen(tmp_path: Path) -> Huwen:
    """Runs a command with a library of its own that starts empty."""

    def run(*words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("HUWEN_", "OPENAI_"))}
        return subprocess.run(
            [sys.executable, "-c", "from ui.cli import main; main()", *words], input=stdin, capture_output=True, text=True, timeout=120,
            env=clean | {"HUWEN_HOME": str(tmp_path / "home"), "HUWEN_SEEDS": "", "COLUMNS": "200"} | environment, check=False)

    return run


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


@pytest.mark.parametrize(("question", "figure"), [("苏州有几家灯塔工厂？", "6家"), ("How many lighthouse factories are in Suzhou?", "6家")])
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
        "question", "language", "status", "text", "citations", "passages", "model", "timings_ms", "usage", "thinking", "figures",
        "disagreements", "confidence", "suggestions", "packed"]
    assert list(answer["citations"][0]) == [
        "marker", "passage_id", "source_id", "title", "section", "page", "quote", "state", "start", "end", "matched"]
    assert list(answer["passages"][0]) == [
        "number", "id", "source_id", "title", "section", "page", "start", "end", "text", "score"]
    assert set(answer["timings_ms"]) == {"retrieve", "first_token", "total"}
    assert answer["status"] == "grounded"
    assert answer["citations"][0]["state"] == "verified quote"


def test_jsonl_answers_each_line_in_its_place(huwen: Huwen, note: Path) -> None:
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


def test_search_is_retrieval_alone(huwen: Huwen, note: Path) -> None:
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


def test_add_fills_nothing_but_what_it_is_given(huwen: Huwen, note: Path, tmp_path: Path) -> None:
    huwen("add", str(note), HUWEN_SEEDS=str(tmp_path))
    listed = json.loads(huwen("sources", "--json").stdout)
    assert [source["name"] for source in listed] == ["lighthouse.md"]


def test_sources_come_and_go_by_name(huwen: Huwen, note: Path) -> None:
    assert "added" in (first := huwen("add", str(note))).stdout + first.stderr
    assert "unchanged" in (again := huwen("add", str(note))).stdout + again.stderr
    assert huwen("remove", "lighthouse.md").returncode == 0
    assert json.loads(huwen("sources", "--json").stdout) == []
    assert "no such source" in sentence(huwen("remove", "lighthouse.md"))


def test_one_bad_file_does_not_keep_the_others_out(huwen: Huwen, note: Path, tmp_path: Path) -> None:
    empty, strange = tmp_path / "empty.txt", tmp_path / "table.xyz"
    empty.write_bytes(b"")
    strange.write_text("?", "utf-8")
    result = huwen("add", str(empty), str(strange), str(tmp_path / "absent.md"), str(note))
    told = sentence(result)
    assert "empty" in told
    assert ".xyz" in told
    assert "absent.md" in told
    assert "3 of 4 files" in told
    assert len(json.loads(huwen("sources", "--json").stdout)) == 1


@pytest.mark.parametrize("words", [("ask", ""), ("ask", "  \n"), ("search", " ")])
def test_an_empty_question_is_refused_in_one_sentence(huwen: Huwen, words: tuple[str, ...]) -> None:
    assert "question is empty" in sentence(huwen(*words))


def test_a_megabyte_of_question_is_refused_in_one_sentence(huwen: Huwen) -> None:
    told = sentence(huwen("ask", "-", stdin="灯塔" * 500_000))
    assert "1,000,000 characters" in told
    assert len(told) < 400


def test_nothing_found_is_said_and_is_no_error(huwen: Huwen) -> None:
    result = huwen("ask", "苏州有几家灯塔工厂？")
    assert result.returncode == 0
    assert "资料库没有回答这个问题" in result.stdout


def test_a_home_that_cannot_be_made_is_told_plainly(huwen: Huwen, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert "HUWEN_HOME" in sentence(huwen("sources", HUWEN_HOME=str(tmp_path / "file" / "below")))


def test_a_bad_setting_names_itself(huwen: Huwen) -> None:
    assert "passages" in sentence(huwen("sources", HUWEN_PASSAGES="many")).lower()


def test_help_needs_no_engine() -> None:
    probe = "import sys; sys.argv = ['huwen', '--help']\ntry:\n import ui.cli; ui.cli.main()\nexcept SystemExit: pass\n" \
        "print([m for m in ('langchain_core', 'chromadb', 'gradio', 'numpy', 'pydantic') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.endswith("[]\n")


def test_doctor_says_what_it_would_work_with(huwen: Huwen, note: Path) -> None:
    huwen("add", str(note))
    result = huwen("doctor")
    assert result.returncode == 0
    assert "1 sources" in result.stdout
    assert "sound" in result.stdout
    assert "quoted sentences" in result.stdout
