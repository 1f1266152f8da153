"""The reading benchmark: which files are read, what counts as their text, and peers in another Python."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.peers import PeerMissing
from evals.reading_speed import (
    FileReading,
    PeerProcess,
    character_recall,
    find_documents,
    find_peers,
    measure_reading,
    open_systems,
    read_with_huwen,
)
from ui.cli import app

CHINESE = "栖霞码头共有27个泊位。\n渡轮每天往返8次。"
ENGLISH = "Mill Lane has 27 berths.\nThe ferry crosses 8 times a day."

# a stand-in for a Python with peers, which answers as the script would: it fails on files named `broken`
_PEER_PYTHON = """#!{python}
import json, sys
if len(sys.argv) < 4:
    print(json.dumps({versions}))
    sys.exit()
for line in sys.stdin:
    path = json.loads(line)
    if "broken" in path:
        sys.exit(1)
    print(json.dumps({{"text": open(path, encoding="utf-8").read(), "seconds": 2.0}}), flush=True)
"""


def peer_python(folder: Path, versions: dict[str, str]) -> Path:
    path = folder / "python"
    path.write_text(_PEER_PYTHON.format(python=sys.executable, versions=versions), "utf-8")
    path.chmod(0o700)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def test_a_text_beside_a_file_is_its_true_text_and_no_file_of_its_own(folder: Path) -> None:
    for name in ("码头.html", "码头.txt", "mill.md", "mill.txt", "alone.txt", "archive.zip"):
        (folder / name).write_text(CHINESE, "utf-8")
    assert find_documents(folder) == {
        folder / "alone.txt": None, folder / "mill.md": folder / "mill.txt", folder / "码头.html": folder / "码头.txt"}


@pytest.mark.parametrize(("true_text", "read_text"), [
    (CHINESE, "## 栖霞码头共有 27 个泊位。\n\n渡轮每天\n往返８次。"),
    (ENGLISH, "# Mill Lane has 27\nberths.\n\n| The ferry | crosses 8 times a day. |")])
def test_line_breaks_and_marks_of_markdown_lose_no_recall(true_text: str, read_text: str) -> None:
    assert character_recall(true_text, read_text) == 1.0


@pytest.mark.parametrize("text", [CHINESE, ENGLISH])
def test_a_lost_line_costs_its_share(text: str) -> None:
    first, second = text.split("\n")
    assert 0.2 < character_recall(text, first) < 0.8
    assert character_recall(text, "") == 0.0
    assert character_recall("", second) == 1.0


@pytest.mark.parametrize("text", [CHINESE, ENGLISH])
def test_a_repeated_line_has_to_be_read_as_often(text: str) -> None:
    assert character_recall(f"{text}\n{text}", text) < 0.6


@pytest.mark.parametrize("text", [CHINESE, ENGLISH])
def test_a_file_is_read_with_its_text_and_time(folder: Path, text: str) -> None:
    (folder / "a.html").write_text(f"<p>{text}</p>", "utf-8")
    (folder / "a.txt").write_text(text, "utf-8")
    (result,) = measure_reading(find_documents(folder), {"Huwen": read_with_huwen})
    assert (result.suffix, result.files, result.unread, result.recall) == (".html", 1, 0, 1.0)
    assert result.characters == len("".join(text.split()))
    assert result.seconds > 0
    assert result.ratio is None


def test_a_file_that_cannot_be_read_is_counted_and_has_no_recall(folder: Path) -> None:
    (folder / "cut.docx").write_bytes(b"PK\x03\x04cut")
    (folder / "cut.txt").write_text(CHINESE, "utf-8")
    (folder / "note.md").write_text(ENGLISH, "utf-8")
    results = measure_reading(find_documents(folder), {"Huwen": read_with_huwen})
    assert [(result.suffix, result.files, result.unread, result.recall) for result in results] == [
        (".docx", 1, 1, 0.0), (".md", 1, 0, None), ("all", 2, 1, 0.0)]


def test_the_ratio_is_of_the_files_that_both_read() -> None:
    seconds = {"甲.md": 1.0, "b.md": 3.0, "c.md": 100.0}
    documents: dict[Path, Path | None] = dict.fromkeys(map(Path, seconds))

    def read(path: Path) -> FileReading | None:
        return FileReading("太湖", seconds[path.name])

    def read_some(path: Path) -> FileReading | None:
        return None if path.name == "c.md" else FileReading("太湖", 2 * seconds[path.name])

    own, peer = measure_reading(documents, {"Huwen": read, "Peer": read_some})
    assert (own.seconds, own.ratio) == (104.0, None)
    assert (peer.seconds, peer.ratio, peer.unread) == (8.0, 2.0, 1)


def test_of_two_readings_the_faster_one_counts() -> None:
    times = iter((5.0, 1.0))
    (result,) = measure_reading({Path("a.md"): None}, {"Huwen": lambda path: FileReading(ENGLISH, next(times))})
    assert result.seconds == 1.0


def test_a_peer_that_a_file_has_ended_reads_the_next_one(folder: Path) -> None:
    (folder / "broken.md").write_text(CHINESE, "utf-8")
    (folder / "渡轮.md").write_text(CHINESE, "utf-8")
    process = PeerProcess(peer_python(folder, {}), "MarkItDown")
    assert process.read(folder / "broken.md") is None
    assert process.read(folder / "渡轮.md") == FileReading(CHINESE, 2.0)
    process.close()


def test_a_file_in_which_a_peer_finds_no_text_is_unread(folder: Path) -> None:
    (folder / "scan.pdf").write_text("\n \n", "utf-8")
    process = PeerProcess(peer_python(folder, {}), "MarkItDown")
    assert process.read(folder / "scan.pdf") is None
    process.close()


def test_peers_are_named_with_their_versions(folder: Path) -> None:
    with open_systems(peer_python(folder, {"MarkItDown": "9.8"})) as systems:
        assert list(systems) == ["Huwen", "MarkItDown 9.8"]


def test_a_python_without_peers_and_a_path_that_is_no_python_are_named(folder: Path) -> None:
    with pytest.raises(PeerMissing, match=r"python: has no MarkItDown or Docling; install"):
        find_peers(peer_python(folder, {}))
    with pytest.raises(PeerMissing, match="is not a Python"):
        find_peers(folder / "nothing")


def test_the_command_prints_a_row_for_each_type_and_system(folder: Path) -> None:
    files = folder / "文件"
    files.mkdir()
    (files / "a.md").write_text(CHINESE, "utf-8")
    (files / "b.txt").write_text(ENGLISH, "utf-8")
    python = peer_python(folder, {"MarkItDown": "9.8"})
    result = CliRunner().invoke(app, ["eval", "reading", str(files), "--peer-python", str(python)])
    rows = [line.split()[:2] for line in result.output.splitlines() if "Huwen " in line or "9.8" in line]
    assert rows == [[suffix, system] for suffix in (".md", ".txt", "all") for system in ("Huwen", "MarkItDown")]


def test_a_folder_without_documents_is_one_sentence(folder: Path) -> None:
    result = CliRunner().invoke(app, ["eval", "reading", str(folder)])
    assert "no file of a known type" in str(result.exception)
