"""Routes of following: folders are watched and let go, addresses added and refreshed, and a page may watch so much."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rag.library.following.follow_errors import FollowError
from rag.library.following.watching import add_watch
from rag.pipeline import Pipeline, build_pipeline
from rag.settings import Settings, read_settings
from tests.ui.web.conftest import app_state_of, wait_until
from tests.web_sites import Answer, answer, site
from ui.web.app import create_app
from ui.web.app_state import AppState
from ui.web.library.following_routes import require_allowed

PAGE = answer(200, "<title>渡口</title><p>渡口的船每天开两班。</p>".encode(), Content_Type="text/html; charset=utf-8")
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return build_pipeline(Settings(home=tmp_path_factory.mktemp("library"), seeds=None, chat_model=""))


@pytest.fixture(scope="module")
def app_state(pipeline: Pipeline) -> Iterator[AppState]:
    state = app_state_of(pipeline, seeds=None, watch_seconds=0.1, allow_private_addresses="127.0.0.1")
    yield state
    state.stop_watching()


@pytest.fixture(scope="module")
def client(app_state: AppState) -> TestClient:
    return client_of(app_state)


def client_of(app_state: AppState) -> TestClient:
    return TestClient(create_app(app_state), base_url="http://127.0.0.1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "部门文件"
    folder.mkdir()
    path = folder / f"{HOSTILE.replace('/', '')}.md"
    path.write_text("# 码头\n\n码头长三百米。\n", "utf-8")
    os.utime(path, (time.time() - 60,) * 2)
    return folder


def steps(response: object) -> list[dict[str, object]]:
    return [json.loads(line) for line in response.text.splitlines()]  # type: ignore[attr-defined]


def test_a_new_version_in_a_watched_folder_is_announced(
    client: TestClient, app_state: AppState, tmp_path: Path,
) -> None:
    folder = tmp_path / "制度"
    folder.mkdir()
    for year, fee in ((2022, 5), (2024, 8)):
        path = folder / f"{year}.md"
        path.write_text(f"# 存车办法（{year}年修订）\n\n第一条 车辆按位停放。\n\n第二条 每小时收费{fee}元。\n", "utf-8")
        os.utime(path, (time.time() - 60,) * 2)
    client.post("/page/library/watches", json={"folder": str(folder)})
    wait_until(lambda: client.get("/page/library/watches").text.count("存车办法") == 4, "both are added")  # two languages
    for view in ("watches", "changes"):
        html = client.get(f"/page/library/{view}", params={"since": "2020-01-01"}).text
        assert "2024年版（现行），是《存车办法（2022年修订）》（2022年版，已被取代）的较新版本" in html
        assert "2024 version (in force); a newer version of" in html
    client.delete("/page/library/watches", params={"folder": str(folder)})


def test_a_folder_is_watched_followed_and_let_go(client: TestClient, app_state: AppState, folder: Path) -> None:
    library = app_state.pipeline.library
    assert client.post("/page/library/watches", json={"folder": str(folder)}).status_code == 200
    wait_until(lambda: any(source.title == "码头" for source in library.sources()), "the file is added")
    wait_until(lambda: "加入" in client.get("/page/library/watches").text, "the page shows it")
    html = client.get("/page/library/watches").text
    assert HOSTILE not in html
    assert "&lt;img" in html
    assert "码头" in client.get("/page/library/changes", params={"since": "2020-01-01"}).text
    assert client.delete("/page/library/watches", params={"folder": str(folder)}).status_code == 200
    assert "还没有关注任何文件夹" in client.get("/page/library/watches").text
    assert any(source.title == "码头" for source in library.sources())


def test_watched_folders_are_followed_again_by_the_next_page(pipeline: Pipeline, folder: Path) -> None:
    add_watch(pipeline.library, folder)
    state = app_state_of(pipeline, seeds=None, watch_seconds=0.1)
    state.start_watching()
    watcher = state.watcher
    assert watcher is not None
    wait_until(lambda: watcher.activity(str(folder)).looked is not None, "the folder is looked at")
    state.stop_watching()
    pipeline.library.follow_records.remove_folder(str(folder))


@pytest.mark.parametrize(("language", "sentence"), [
    ("zh", "不是文件夹；请指定一个已有的文件夹"), ("en", "is not a folder; name an existing folder")])
def test_a_wrong_folder_is_said_in_the_language_of_the_page(client: TestClient, language: str, sentence: str) -> None:
    response = client.post(
        "/page/library/watches", json={"folder": "/nowhere"}, headers={"Accept-Language": language})
    assert response.status_code == 409
    assert sentence in response.text


@pytest.mark.parametrize("settings", [{"password": "p"}, {"host": "0.0.0.0", "password": "p"}])
def test_a_page_for_others_watches_only_what_the_operator_names(
    folder: Path, tmp_path: Path, settings: dict[str, str],
) -> None:
    (tmp_path / "link").symlink_to("/etc")
    for roots, path in (("", folder), (str(folder / "inner"), folder), (str(tmp_path), tmp_path / "link"),
                        (str(tmp_path), f"{folder}/../../.."), (str(folder), "~"), (str(folder), "\0")):
        with pytest.raises(FollowError, match="HUWEN_WATCH_FOLDERS"):
            require_allowed(read_settings(watch_folders=roots, **settings), str(path))
    require_allowed(read_settings(watch_folders=f"/nowhere:{folder}", **settings), str(folder / "inner"))
    require_allowed(read_settings(), "/anywhere")  # only this machine reaches the page


def test_a_read_only_page_follows_nothing_and_adds_no_address(pipeline: Pipeline, folder: Path) -> None:
    state = app_state_of(pipeline, seeds=None, read_only=True)
    client = client_of(state)
    assert client.post("/page/library/watches", json={"folder": str(folder)}).status_code == 403
    assert client.delete("/page/library/watches", params={"folder": str(folder)}).status_code == 403
    assert client.post("/page/library/addresses", params={"url": "https://example.org/"}).status_code == 403
    assert client.post("/page/library/addresses/refresh").status_code == 403
    state.start_watching()
    assert state.watcher is None


def test_an_address_is_added_refreshed_and_shown_with_its_problem(client: TestClient, app_state: AppState) -> None:
    pages: dict[str, Answer] = {"/a": PAGE}
    with site(pages) as address:
        added = steps(client.post("/page/library/addresses", params={"url": f"{address}/a", "tags": "港口"}))
        assert [step["state"] for step in added] == ["waiting", "fetching", "reading", "added"]
        assert app_state.pipeline.library.find_source(f"{address}/a").tags == ("港口",)
        del pages["/a"]
        refreshed = steps(client.post("/page/library/addresses/refresh"))
    assert refreshed[-1] | {"failed": 1, "changed": 0, "of": 1, "state": "refreshed"} == refreshed[-1]
    shown = client.get("/page/library/addresses").text
    assert "这个网址没有内容（404）" in shown
    assert "nothing at this address (404)" in shown


def test_an_address_that_is_refused_is_said_in_both_languages(client: TestClient) -> None:
    [*_, last] = steps(client.post("/page/library/addresses", params={"url": "http://169.254.169.254/"}))
    assert last["state"] == "failed"
    assert "no web server" in str(last["why"])
    assert "不从那里读取" in str(last["why_zh"])


def test_a_wrong_day_is_said(client: TestClient) -> None:
    response = client.get("/page/library/changes", params={"since": "昨天"}, headers={"Accept-Language": "zh-CN"})
    assert (response.status_code, "不是日期" in response.text) == (409, True)
