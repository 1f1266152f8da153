"""Document files: a Paper is written completely or not at all, in the format of the file's suffix."""

from pathlib import Path

import pytest

from tests.ui.documents.papers import UNHOLDABLE, paper, paper_of_texts
from ui.documents.paper import Paper, Table, TextRun
from ui.documents.write import WRITERS, UnknownFormat, UnwritableFile, render_bytes, write_paper


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_file_holds_the_bytes_of_its_format_and_nothing_is_left_beside_it(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"简报 briefing{suffix.upper()}"
    path.write_text("before")
    write_paper(paper("en"), path)
    assert path.read_bytes() == render_bytes(paper("en"), suffix)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", WRITERS)
def test_what_no_format_can_hold_does_not_stop_it(suffix: str) -> None:
    assert render_bytes(paper_of_texts(UNHOLDABLE, "👩‍🔬 𠀀 ﷽", "", language="en"), suffix)


@pytest.mark.parametrize("suffix", WRITERS)
def test_text_longer_than_a_page_is_no_trouble_wherever_it_stands(suffix: str) -> None:
    assert render_bytes(paper_of_texts("短", "长" * 10_000, "长" * 100), suffix)
    long = (TextRun("x" * 10_000),)
    table = Table(("a", "b"), ((long, ()), ((TextRun("1"),), (TextRun("2"),))))
    assert render_bytes(Paper("t", "en", blocks=(table,)), suffix)


def test_an_unknown_ending_names_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat, match=r"'\.odt'; known: \.docx, \.md, \.html, \.pdf"):
        write_paper(paper("zh"), tmp_path / "a.odt")
    with pytest.raises(UnknownFormat, match="without an ending"):
        write_paper(paper("zh"), tmp_path / "a")


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnwritableFile, match=r"there is no folder .*create it"):
        write_paper(paper("zh"), tmp_path / "nowhere" / "a.md")


def test_a_place_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a.md").mkdir()
    with pytest.raises(UnwritableFile, match="cannot be written here"):
        write_paper(paper("zh"), tmp_path / "a.md")
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]
