"""The commands that follow documents: `huwen add --watch`, addresses, `--refresh`, and `huwen changes`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command_line import outside_environment
from tests.conftest import Huwen
from tests.web_sites import Answer, answer, site

# a job in the background ignores SIGINT, and so would the processes that it starts
PROGRAM = (
    sys.executable, "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from ui.cli import main; main()")
PAGE = answer(200, "<title>渡口</title><p>渡口的船每天开两班。</p>".encode(), Content_Type="text/html; charset=utf-8", ETag='"1"')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a Chinese and an English document, written a minute ago."""
    folder = tmp_path / "papers"
    folder.mkdir()
    write(folder / "渡口.md", "# 渡口\n\n渡口的船每天开两班。\n")
    write(folder / "ferry.md", "# Ferry\n\nThe ferry leaves at six.\n")
    return folder


def write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    os.utime(path, (time.time() - 60,) * 2)


def test_a_folder_is_followed_from_one_look_to_the_next_and_its_changes_are_listed(huwen: Huwen, folder: Path) -> None:
    first = huwen("add", "--watch", "--once", folder, "--tag", "港口")
    assert first.stdout.splitlines()[-1] == "looked once: 2 added"
    write(folder / "渡口.md", "# 渡口\n\n渡口的船每天开三班。\n")
    (folder / "ferry.md").rename(folder / "boat.md")
    second = huwen("add", "--watch", "--once")  # all watched folders
    assert second.stdout.splitlines()[-1] == "looked once: 1 changed, 1 renamed"
    listed = huwen("changes", "--since", "1h").stdout
    assert [line.split()[2] for line in listed.splitlines()[:-1]] == ["renamed", "changed", "added", "added"]
    assert "boat.md  (was ferry.md)" in listed
    assert "its documents stay" in huwen("add", "--unwatch", folder).stdout
    assert "no folder is watched yet" in huwen("add", "--watch").stderr


def test_ctrl_c_ends_the_watch_in_order(tmp_path: Path, folder: Path) -> None:
    environment = outside_environment() | {
        "HUWEN_HOME": str(tmp_path / "home"), "HUWEN_EMBED_MODEL": "dictionary", "LC_ALL": "C.UTF-8",
        "HUWEN_WATCH_SECONDS": "0.1", "COLUMNS": "200"}
    started = subprocess.Popen(
        [*PROGRAM, "add", "--watch", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment | {"PYTHONUNBUFFERED": "1"})
    assert started.stdout is not None
    lines = [started.stdout.readline() for _ in range(2)]
    started.send_signal(signal.SIGINT)
    rest, errors = started.communicate(timeout=60)
    assert all(line.startswith("added") for line in lines)
    assert rest.strip().endswith("stopped: 2 added")
    assert "Traceback" not in errors
    assert started.returncode == 0


def test_a_folder_that_is_none_is_said_in_the_language_of_the_terminal(huwen: Huwen, tmp_path: Path) -> None:
    result = huwen("add", "--watch", tmp_path / "nowhere", LC_ALL="zh_CN.UTF-8")
    assert result.returncode == 1
    assert "不是文件夹；请指定一个已有的文件夹" in result.stderr


def test_an_address_is_added_refreshed_and_kept_when_its_page_is_gone(huwen: Huwen) -> None:
    pages: dict[str, Answer] = {"/a": PAGE}
    intranet = {"HUWEN_ALLOW_PRIVATE_ADDRESSES": "127.0.0.1"}
    with site(pages) as address:
        assert "added      渡口" in huwen("add", f"{address}/a", **intranet).stdout
        pages["/a"] = answer(404)
        gone = huwen("add", "--refresh", **intranet)
        assert "nothing at this address (404)" in gone.stdout
        assert "addresses asked: 1; changed: 0; unchanged: 0; not to be had: 1" in gone.stdout
        assert gone.returncode == 1
        [change] = json.loads(huwen("changes", "--since", "2020-01-01", "--json").stdout)
        assert (change["kind"], change["place"]) == ("added", f"{address}/a")


@pytest.mark.parametrize("words", [("add",), ("add", "--once", "a.md")])
def test_options_that_do_not_go_together_are_named(huwen: Huwen, words: tuple[str, ...]) -> None:
    result = huwen(*words)
    assert result.returncode == 1
    assert "huwen add" in result.stderr


RULES = "# 停车管理办法（{}年修订）\n\n第一条 车辆按位停放。\n\n第二条 每小时收费{}元。\n\n第三条 军车免费。\n"
NEWER = "2024年版（现行），是《停车管理办法（2022年修订）》（2022年版，已被取代）的较新版本"
CHINESE = {"LC_ALL": "zh_CN.UTF-8"}


def test_a_new_version_in_a_watched_folder_is_announced_and_listed(huwen: Huwen, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    write(rules / "a.md", RULES.format(2022, 5))
    assert "版本" not in huwen("add", "--watch", "--once", rules, **CHINESE).stdout
    write(rules / "b.md", RULES.format(2024, 8))
    assert NEWER in huwen("add", "--watch", "--once", **CHINESE).stdout
    assert NEWER in huwen("changes", "--since", "1h", **CHINESE).stdout
    newest, oldest = json.loads(huwen("changes", "--since", "1h", "--json", **CHINESE).stdout)
    assert newest["versions"] == [NEWER]
    assert "较早版本" in oldest["versions"][0]


def test_a_new_version_at_an_address_is_announced(huwen: Huwen) -> None:
    html = "<title>停车管理办法（{0}年修订）</title><h1>停车管理办法（{0}年修订）</h1><p>第一条 车辆按位停放。</p><p>每小时收费{1}元。</p>"
    pages = {f"/{year}": answer(200, html.format(year, fee).encode(), Content_Type="text/html; charset=utf-8")
             for year, fee in ((2022, 5), (2024, 8))}
    environment = {"HUWEN_ALLOW_PRIVATE_ADDRESSES": "127.0.0.1", **CHINESE}
    with site(pages) as address:
        assert "版本" not in huwen("add", f"{address}/2022", **environment).stdout
        assert NEWER in huwen("add", f"{address}/2024", **environment).stdout
