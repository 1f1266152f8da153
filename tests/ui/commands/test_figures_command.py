"""huwen figures and huwen conflicts: the ledger as text, JSON and CSV, and a sentence where nothing is found."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.conftest import Huwen


@pytest.fixture
def filled(huwen: Huwen, tmp_path: Path) -> Huwen:
    """The command with two notes that contradict each other."""
    (tmp_path / "cards.md").write_text("# 云杉图书馆办证说明\n\n办理借书证须缴纳押金100元。\n", "utf-8")
    (tmp_path / "fees.md").write_text("# 云杉图书馆收费公示\n\n借书证押金为200元。\n", "utf-8")
    assert huwen("add", tmp_path / "cards.md", tmp_path / "fees.md").returncode == 0
    return huwen


def test_figures_and_conflicts_as_text(filled: Huwen) -> None:
    listed, found = filled("figures", "deposit"), filled("conflicts")
    assert "100元" in listed.stdout
    assert "2 figures" in listed.stdout
    assert "in several documents" in found.stdout
    assert "借书证押金为200元。" in found.stdout


def test_json_and_csv_have_every_field(filled: Huwen) -> None:
    rows = json.loads(filled("figures", "押金", "--json").stdout)
    assert [(row["number"], row["base_unit"], row["document"]) for row in rows] == [
        (100, "yuan", "云杉图书馆办证说明"), (200, "yuan", "云杉图书馆收费公示")]
    table = [*csv.DictReader(io.StringIO(filled("conflicts", "--csv").stdout))]
    assert [(row["conflict"], row["text"]) for row in table] == [("1", "100元"), ("1", "200元")]
    [conflict] = json.loads(filled("conflicts", "--json").stdout)
    assert conflict["place"] == "between"


def test_nothing_found_is_a_sentence_in_the_readers_language(huwen: Huwen) -> None:
    empty, chinese = huwen("figures"), huwen("conflicts", LC_ALL="zh_CN.UTF-8")
    assert "the library is empty" in empty.stdout
    assert "文库是空的" in chinese.stdout


def test_a_query_without_a_match_and_a_bad_kind_are_told(filled: Huwen) -> None:
    assert "no figure fits" in filled("figures", "鲸鱼").stdout
    assert "没有发现互相矛盾" in filled("conflicts", "鲸鱼", LC_ALL="zh_CN.UTF-8").stdout
    refused = filled("figures", "--kind", "odd")
    assert refused.returncode == 1
    assert "is none of actual" in refused.stderr
