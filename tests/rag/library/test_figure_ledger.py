"""The library's ledger of figures: kept with the sources, filled where it is missing, searched in both languages."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rag.ledger.search import FigureFilter
from rag.library.figure_ledger import SMALL_SOURCE_PASSAGES
from rag.library.library import Library
from tests.small_library import small_library

CARDS = "# 云杉图书馆办证说明\n\n办理借书证须缴纳押金100元。2022年馆藏图书12万册。\n"
FEES = "# 云杉图书馆收费公示\n\n借书证押金为200元。\n"
LEASE = "# Lease\n\nThe tenant pays a deposit of $1,500. The flat has 62 square metres.\n"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return small_library(tmp_path / "home")


def add(library: Library, folder: Path, name: str, text: str) -> str:
    """Add a note; returns the id of its source."""
    path = folder / name
    path.write_text(text, "utf-8")
    with library.write_lock():
        return library.add(path).source.id


def texts(library: Library, **criteria: object) -> list[str]:
    """The figures that a filter finds, as written."""
    return [entry.text for entry in library.ledger.find(FigureFilter(**criteria))]  # type: ignore[arg-type]


def test_figures_come_and_go_with_their_source(library: Library, tmp_path: Path) -> None:
    source_id = add(library, tmp_path, "cards.md", CARDS)
    add(library, tmp_path, "lease.md", LEASE)
    assert texts(library, query="押金") == ["100元", "$1,500"]
    add(library, tmp_path, "cards.md", CARDS.replace("100元", "150元"))
    assert texts(library, query="借书证") == ["150元", "12万"]
    with library.write_lock():
        library.remove(source_id)
    assert texts(library, query="借书证") == []


def test_each_figure_is_a_slice_of_the_clean_text(library: Library, tmp_path: Path) -> None:
    source_id = add(library, tmp_path, "cards.md", CARDS)
    text = library.text(source_id)
    for entry in library.ledger.find(FigureFilter()):
        assert text[entry.start : entry.end] == entry.text
        assert entry.text in text[entry.part_start : entry.part_end]


def test_a_search_has_filters_and_finds_across_languages(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path, "cards.md", CARDS)
    add(library, tmp_path, "lease.md", LEASE)
    assert texts(library, query="deposit") == ["100元", "$1,500"]
    assert texts(library, years=(2022, 2022)) == ["12万"]
    assert texts(library, unit="平方米") == ["62 square metres"]
    assert texts(library, place="云杉", query="押金") == ["100元"]
    assert texts(library, kind="target") == []
    assert texts(library, query="100%_'\"") == []


def test_conflicts_are_listed_without_a_question_and_by_a_filter(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path, "cards.md", CARDS)
    add(library, tmp_path, "fees.md", FEES)
    [conflict] = library.ledger.conflicts()
    assert [entry.text for entry in conflict.entries] == ["100元", "200元"]
    assert library.ledger.conflicts(FigureFilter(query="押金")) == [conflict]
    assert library.ledger.conflicts(FigureFilter(query="面积")) == []
    assert library.ledger.conflicts(FigureFilter(), frozenset()) == []
    add(library, tmp_path, "fees.md", FEES.replace("200", "100"))
    assert library.ledger.conflicts() == []


def test_a_long_document_is_left_to_the_next_writer(library: Library, tmp_path: Path) -> None:
    sections = "".join(f"## 第{n}节\n\n{'门票价格为80元。' * 40}\n\n" for n in range(SMALL_SOURCE_PASSAGES + 2))
    add(library, tmp_path, "long.md", f"# 价目\n\n{sections}")
    assert library.ledger.is_pending()
    assert library.ledger.state().waiting == 1
    with library.write_lock():
        steps = [*library.ledger.fill()]
    assert steps[-1][0] == steps[-1][1]
    assert not library.ledger.is_pending()
    assert library.ledger.count(FigureFilter()) == 40 * (SMALL_SOURCE_PASSAGES + 2)


def test_a_rebuild_makes_the_ledger_anew(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path, "cards.md", CARDS)
    before = texts(library)
    library.rebuild()
    assert texts(library) == before
    assert not library.ledger.is_pending()


def test_entries_of_another_version_are_made_again(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path, "cards.md", CARDS)
    with closing(sqlite3.connect(tmp_path / "home" / "manifest.sqlite")) as db, db:
        db.execute("UPDATE figure_versions SET version = 0")
        db.execute("UPDATE figures SET text = 'old'")
    assert library.ledger.is_pending()
    with library.write_lock():
        for _ in library.ledger.fill():
            pass
    assert "old" not in texts(library)


def test_an_empty_library_has_an_empty_ledger(library: Library) -> None:
    assert (library.ledger.find(FigureFilter()), library.ledger.conflicts()) == ([], [])
