"""The command huwen diff, and what add, sources and show print on versions."""

import json
from pathlib import Path

import pytest

from tests.conftest import Huwen

OLD = "# 停车管理办法（2022年版）\n\n第一条 车辆按位停放。\n\n第二条 每小时收费5元。\n\n第三条 军车免费。\n"
NEW = OLD.replace("2022", "2024").replace("5元", "8元")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    for name, text in (("old.md", OLD), ("new.md", NEW)):
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path / "old.md", tmp_path / "new.md"


def test_two_files_are_compared(huwen: Huwen, files: tuple[Path, Path]) -> None:
    printed = huwen("diff", *files)
    assert printed.returncode == 0, printed.stderr
    assert "第二条: 5元 → 8元" in printed.stdout
    result = json.loads(huwen("diff", *files, "--json").stdout)
    assert (result["changed"], result["added"], result["is_same"]) == (2, 0, False)
    assert [figure for change in result["changes"] for figure in change["figures"]][-1] == {"old": "5元", "new": "8元"}


def test_added_versions_are_announced_listed_and_compared_by_name(huwen: Huwen, files: tuple[Path, Path]) -> None:
    printed = huwen("add", *files, HUWEN_EMBED_MODEL="dictionary").stderr
    assert "2024 version (in force); a newer version of “停车管理办法（2022年版）” (2022 version, superseded)" in printed
    assert "an earlier version of" in huwen("sources", HUWEN_EMBED_MODEL="dictionary").stdout
    assert "2022 version (superseded)" in huwen("show", "old.md", HUWEN_EMBED_MODEL="dictionary").stderr
    assert "5元 → 8元" in huwen("diff", "停车管理办法（2022年版）", "new.md", HUWEN_EMBED_MODEL="dictionary").stdout
    copy = files[0].with_name("copy.md")
    copy.write_text(OLD, "utf-8")
    assert "has the same content as" in huwen("add", copy, HUWEN_EMBED_MODEL="dictionary").stderr


def test_bad_sides_are_one_sentence(huwen: Huwen, files: tuple[Path, Path]) -> None:
    assert "no such source" in huwen("diff", files[0], "nothing.md").stderr
    assert "the same" in huwen("diff", files[0], files[0]).stdout
    other = files[0].with_name("other.md")
    other.write_text("# Ferry\n\nThe ferry leaves at six.\n\nDogs travel free.\n", "utf-8")
    assert "next to nothing in common" in huwen("diff", files[0], other).stdout
