"""Versions on the page: the badge in the list, the dialog with the versions, and the difference of two."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rag.pipeline import build_pipeline
from rag.settings import Settings
from tests.ui.web.conftest import app_state_of
from ui.web.app import create_app
from ui.web.app_state import AppState

OLD = "# Parking <b>Rules</b> (2022 edition)\n\nCars park in bays.\n\nThe fee is 5 dollars an hour.\n\nBikes: none.\n"
NEW = OLD.replace("2022", "2024").replace("5 dollars", "8 dollars")


@pytest.fixture(scope="module")
def app_state(tmp_path_factory: pytest.TempPathFactory) -> AppState:
    folder = tmp_path_factory.mktemp("versions")
    state = app_state_of(build_pipeline(Settings(home=folder / "home", seeds=None, chat_model="")), seeds=None)
    library = state.pipeline.library
    with library.write_lock():
        for name, text in (("old.txt", OLD), ("new.txt", NEW)):
            (folder / name).write_text(text, "utf-8")
            library.add(Path(folder / name))
    return state


@pytest.fixture(scope="module")
def client(app_state: AppState) -> TestClient:
    return TestClient(create_app(app_state), base_url="http://127.0.0.1")


def ids(app_state: AppState) -> dict[str, str]:
    return {source.name: source.id for source in app_state.pipeline.library.sources()}


def test_the_list_shows_version_and_status(client: TestClient) -> None:
    html = client.get("/page/library/sources").text
    assert "2024年版 · 现行" in html
    assert "2022 version · superseded" in html
    assert html.count('data-act="versions"') == 2


def test_the_dialog_lists_the_versions_and_chooses_two(client: TestClient, app_state: AppState) -> None:
    known = ids(app_state)
    html = client.get(f"/page/library/sources/{known['new.txt']}/versions").text
    assert html.index("new.txt") < html.index("old.txt")
    older, newer = html.split('data-side="newer"')
    assert f'value="{known["old.txt"]}" data-zh="2022年版 · old.txt" data-en="2022 version · old.txt" selected' in older
    assert f'value="{known["new.txt"]}"' in newer.split(" selected")[0]
    assert "<b>Rules" not in html


def test_the_difference_marks_what_was_deleted_and_inserted(client: TestClient, app_state: AppState) -> None:
    known = ids(app_state)
    html = client.get(
        "/page/library/difference", params={"older": known["old.txt"], "newer": known["new.txt"]}).text
    assert '<td lang="en"><del>5 dollars</del></td><td lang="en"><ins>8 dollars</ins></td>' in html
    assert '<span class="unseen">' in html
    assert "没有差别" in client.get(
        "/page/library/difference", params={"older": known["old.txt"], "newer": known["old.txt"]}).text


def test_an_unknown_side_is_refused(client: TestClient, app_state: AppState) -> None:
    response = client.get("/page/library/difference", params={"older": "nothing", "newer": ids(app_state)["new.txt"]})
    assert response.status_code >= 400
    assert "not in the library" in response.text


def test_the_reader_says_what_a_document_is_among_its_versions(client: TestClient, app_state: AppState) -> None:
    html = client.get(f"/page/sources/{ids(app_state)['old.txt']}").text
    assert "an earlier version of" in html
