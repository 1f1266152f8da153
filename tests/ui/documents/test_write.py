"""Document files: a Paper is written completely or not at all, in the format of the file's suffix."""

from pathlib import Path

import pytest

from tests.ui.documents.papers import FORBIDDEN_CHARACTERS, paper, paper_of_texts
from ui.documents.paper import Paper, PaperTable, TextRun
from ui.documents.write import WRITERS, UnknownFormat, UnwritableFile, render_bytes, write_paper


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_file_has_the_bytes_of_its_format_and_no_temporary_file_is_left(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"简报 briefing{suffix.upper()}"
    path.write_text("before")
    write_paper(paper("en"), path)
    assert path.read_bytes() == render_bytes(paper("en"), suffix)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", WRITERS)
def test_forbidden_characters_do_not_stop_any_writer(suffix: str) -> None:
    assert render_bytes(paper_of_texts(FORBIDDEN_CHARACTERS, "👩‍🔬 𠀀 ﷽", "", language="en"), suffix)


@pytest.mark.parametrize("suffix", WRITERS)
def test_text_longer_than_a_page_can_be_written_in_any_place(suffix: str) -> None:
    assert render_bytes(paper_of_texts("短", "长" * 10_000, "长" * 100), suffix)
    long = (TextRun("x" * 10_000),)
    table = PaperTable(("a", "b"), ((long, ()), ((TextRun("1"),), (TextRun("2"),))))
    assert render_bytes(Paper("t", "en", blocks=(table,)), suffix)


def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat, match=r"'\.odt'; known: \.docx, \.md, \.html, \.pdf"):
        write_paper(paper("zh"), tmp_path / "a.odt")
    with pytest.raises(UnknownFormat, match="without an ending"):
        write_paper(paper("zh"), tmp_path / "a")


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnwritableFile, match=r"there is no folder .*create it"):
        write_paper(paper("zh"), tmp_path / "nowhere" / "a.md")


def test_a_failed_write_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.md").mkdir()
    with pytest.raises(UnwritableFile, match="cannot be written here"):
        write_paper(paper("zh"), tmp_path / "a.md")
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]
