"""Passage sections: the title of a document is not repeated among the headings beside it."""

from __future__ import annotations

import pytest

from ui.documents.passage_sections import section_below_title


@pytest.mark.parametrize(("section", "title", "expected"), [
    ("云岭市公共交通年报（2023） › 一、线路运营", "云岭市公共交通年报 2023", "一、线路运营"),
    ("采购", "采购", ""),
    ("HARBOUR STATISTICS: 2023 › Traffic", "Harbour statistics 2023", "Traffic"),
    ("Purchases", "Purchases", ""),
])
def test_a_heading_that_repeats_the_title_is_left_out(section: str, title: str, expected: str) -> None:
    assert section_below_title(section, title) == expected


@pytest.mark.parametrize(("section", "title"), [
    ("年报（2022） › 一、运营", "年报（2023）"), ("Traffic in 2022", "Traffic in 2023"), ("", ""), ("…", "—")])
def test_another_heading_stays(section: str, title: str) -> None:
    assert section_below_title(section, title) == section
