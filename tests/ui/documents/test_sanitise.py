"""The Paper sanitiser: clean text and numbered notes for every writer."""

from dataclasses import replace

import pytest

from tests.ui.documents.papers import FORBIDDEN_CHARACTERS, paper
from ui.documents.paper import Footnote, Paper, PaperTable, Paragraph, TextRun
from ui.documents.sanitise import UNDATED, BrokenPaper, clean_text, parse_date, sanitise_paper


def test_notes_are_numbered_in_reading_order_and_unused_ones_left_out() -> None:
    assert [(note.number, note.text) for note in sanitise_paper(paper("en")).notes] == [
        (1, "Raising the level, p. 3: an output of 3.8 trillion yuan."), (2, "Annual report, p. 12.")]
    body = sanitise_paper(paper("zh")).blocks[3]
    assert isinstance(body, Paragraph)
    assert [run.notes for run in body.runs] == [(1,), (), (), (2, 1)]


def test_a_missing_note_is_an_error() -> None:
    with pytest.raises(BrokenPaper, match="note 7, which is not there"):
        sanitise_paper(replace(paper("zh"), notes=(Footnote(3, "…"),)))


def test_two_notes_with_one_number_are_an_error() -> None:
    with pytest.raises(BrokenPaper, match="two notes have the same number"):
        sanitise_paper(Paper("简报", "zh", notes=(Footnote(1, "甲"), Footnote(1, "乙"))))


def test_forbidden_characters_are_removed_and_emoji_stay_complete() -> None:
    assert clean_text(FORBIDDEN_CHARACTERS) == "产值3.8万亿元"
    assert clean_text("a\r\nb\u2028c\td 👩‍🔬 𠀀") == "a\nb\nc\td 👩‍🔬 𠀀"


def test_short_rows_are_filled_up() -> None:
    ragged = PaperTable(("a",), ((), ((TextRun("1"),), (TextRun("2"),))))
    table = sanitise_paper(Paper("t", "en", blocks=(ragged,))).blocks[0]
    assert isinstance(table, PaperTable)
    assert table.header == ("a", "")
    assert [len(row) for row in table.rows] == [2, 2]


def test_an_unreadable_date_is_replaced_by_a_fixed_one() -> None:
    assert parse_date("2026-07-31").day == 31
    assert parse_date("七月") == parse_date("") == UNDATED
