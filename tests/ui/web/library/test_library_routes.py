"""Routes of the library view: documents are added and removed, forbidden changes are refused, no file is left over."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rag.library.lock import write_lock
from rag.pipeline import build_pipeline
from rag.settings import Settings
from tests.rag.sources.scans import draw_page
from tests.ui.web.conftest import app_state_of
from ui.web.app import create_app
from ui.web.app_state import AppState

PORT = "# 港口笔记\n\n## 吞吐量\n\n太仓港2023年集装箱吞吐量为803.9万标箱。\n\n## 吉祥物\n\n本港的吉祥物是白鹭阿帆。\n"
TEA = "# Tea of Dongting\n\nThe tea is picked before the Qingming festival.\n"


@pytest.fixture(scope="module")
def app_state(tmp_path_factory: pytest.TempPathFactory) -> AppState:
    home = tmp_path_factory.mktemp("library")
    return app_state_of(build_pipeline(Settings(home=home, seeds=None, chat_model="")), seeds=None, upload_mb=1)


def _uploads_in(folder: Path) -> list[Path]:
    """What lies in the folder besides the place in which the reading process works."""
    return [path for path in folder.iterdir() if not path.name.startswith("huwen-reading-")]


@pytest.fixture(scope="module")
def spool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder for uploads; it must be empty at the end."""
    temporary_folder, tempfile.tempdir = tempfile.tempdir, str(tmp_path_factory.mktemp("spool"))
    yield Path(tempfile.tempdir)
    assert not _uploads_in(Path(tempfile.tempdir))
    tempfile.tempdir = temporary_folder


@pytest.fixture(scope="module")
def client(app_state: AppState, spool: Path) -> TestClient:
    return TestClient(create_app(app_state), base_url="http://127.0.0.1")


def send(client: TestClient, name: str, content: str | bytes, tags: str = "") -> list[dict[str, object]]:
    """Upload a file; returns its progress, step by step."""
    response = client.post("/page/library/files", params={"name": name, "tags": tags}, content=content)
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def id_of(app_state: AppState, name: str) -> str:
    return next(source.id for source in app_state.pipeline.library.sources() if source.name == name)


def test_a_file_is_added_under_its_own_name_and_replaces_its_earlier_version(
    client: TestClient, app_state: AppState,
) -> None:
    first = send(client, "港口 “笔记”.md", PORT, "港口，2023")
    assert [step["state"] for step in first] == ["waiting", "reading", "indexing", "indexing", "added"]
    assert first[-1]["title"] == "港口笔记"
    assert send(client, "港口 “笔记”.md", PORT)[-1]["state"] == "unchanged"
    assert send(client, "港口 “笔记”.md", PORT.replace("803.9", "999.9"))[-1]["state"] == "replaced"
    (source,) = app_state.pipeline.library.sources()
    assert (source.name, source.tags) == ("港口 “笔记”.md", ("港口", "2023"))
    assert "999.9" in app_state.pipeline.ask("太仓港2023年的集装箱吞吐量是多少？").text


def test_a_scan_shows_its_pages_while_they_are_recognised(client: TestClient) -> None:
    pytest.importorskip("rapidocr")
    scan = BytesIO()
    pages = [draw_page(text, size=24, width="60mm", height="30mm") for text in ("Quay 7", "Quay 8")]
    pages[0].save(scan, "TIFF", save_all=True, append_images=pages[1:])
    steps = send(client, "quays.tif", scan.getvalue())
    assert [(step["done"], step["of"]) for step in steps if step["state"] == "recognising"] == [(1, 2), (2, 2)]
    assert "由文字识别（OCR）读出" in client.get("/page/library/sources", params={"search": "quays"}).text


def test_a_name_that_is_markup_is_shown_as_text(client: TestClient) -> None:
    assert send(client, "<img src=x onerror=alert(1)>.md", TEA)[-1]["state"] == "added"
    listed = client.get("/page/library/sources", params={"search": "onerror"}).text
    assert "&lt;img src=x onerror=alert(1)&gt;.md" in listed
    assert "<img" not in listed


@pytest.mark.parametrize(("name", "content", "why"), [
    ("empty.txt", "", "empty.txt: the file is empty"), ("扫描.pdf", "%PDF-1.4 nothing", "扫描.pdf: it is damaged"),
    ("a.docx", "no zip", "a.docx: it is not a Word document but plain text")])
def test_a_file_that_cannot_be_read_is_reported_with_its_name_and_the_reason(
    client: TestClient, name: str, content: str, why: str,
) -> None:
    last = send(client, name, content)[-1]
    assert last["state"] == "failed"
    assert str(last["why"]).startswith(why)


@pytest.mark.parametrize("name", ["../../etc/passwd.md", "..", "a/b.md", "C:\\a.md", "x.exe", ""])
def test_a_name_that_leads_out_of_the_upload_folder_is_refused(client: TestClient, spool: Path, name: str) -> None:
    refused = client.post("/page/library/files", params={"name": name}, content=b"x")
    assert refused.status_code == 409
    assert len(refused.text.splitlines()) == 1
    assert _uploads_in(spool) == []


def test_a_file_beyond_the_limit_is_refused(client: TestClient) -> None:
    refused = client.post("/page/library/files", params={"name": "big.txt"}, content=b"x" * 1_000_001)
    assert (refused.status_code, "HUWEN_UPLOAD_MB" in refused.text) == (409, True)


def test_files_sent_at_the_same_time_are_added_one_after_the_other(client: TestClient, app_state: AppState) -> None:
    def upload(number: int) -> object:
        return send(client, f"第{number}号.md", f"# 第{number}号\n\n这里有{number}座桥。\n")[-1]["state"]

    with ThreadPoolExecutor(4) as pool:
        states = list(pool.map(upload, range(4)))
    assert states == ["added"] * 4
    assert app_state.pipeline.library.check_indexes().is_sound


def test_a_write_by_another_process_is_reported(client: TestClient, app_state: AppState) -> None:
    with write_lock(app_state.pipeline.library.home):
        last = send(client, "later.md", TEA + "More.")[-1]
    assert last["state"] == "failed"
    assert "is being written by" in str(last["why"])


def test_tags_are_changed_and_a_document_is_removed(client: TestClient, app_state: AppState) -> None:
    send(client, "to go.md", "# A note to go\n\nIt goes.\n")
    path = f"/page/library/sources/{id_of(app_state, 'to go.md')}"
    assert client.put(f"{path}/tags", json={"tags": "旧，old"}).status_code == 200
    assert 'data-tags="旧, old"' in client.get("/page/library/sources", params={"tag": "旧"}).text
    assert client.delete(path).status_code == 200
    second_delete = client.delete(path)
    assert (second_delete.status_code, "not in the library any more" in second_delete.text) == (404, True)
    assert client.get(f"{path}/passages").status_code == 404


def test_the_passages_of_a_document_and_of_a_search_are_shown(client: TestClient, app_state: AppState) -> None:
    send(client, "egret.md", PORT.replace("港口笔记", "白鹭"))
    passages = client.get(f"/page/library/sources/{id_of(app_state, 'egret.md')}/passages").text
    assert passages.index("吞吐量为") < passages.index("白鹭阿帆")
    found = client.get("/page/library/look", params={"question": "吉祥物是什么？"}).text
    assert '<mark class="word">吉祥物</mark>' in found
    assert client.get("/page/library/look", params={"question": " "}).status_code == 409


def test_the_indexes_are_checked_and_rebuilt(client: TestClient, app_state: AppState) -> None:
    assert 'class="sound"' in client.get("/page/library/health").text
    steps = [json.loads(line) for line in client.post("/page/library/rebuild").text.splitlines()]
    assert steps[-1]["state"] == "rebuilt"
    assert app_state.pipeline.library.check_indexes().is_sound


def test_a_library_that_is_read_only_refuses_every_change(app_state: AppState) -> None:
    sources = app_state.pipeline.library.sources()
    client = TestClient(create_app(app_state_of(app_state.pipeline, read_only=True)), base_url="http://127.0.0.1")
    path = f"/page/library/sources/{sources[0].id}"
    responses = (
        client.post("/page/library/files", params={"name": "a.md"}, content=b"x"), client.post("/page/library/rebuild"),
        client.put(f"{path}/tags", json={"tags": "x"}), client.delete(path))
    for response in responses:
        assert response.status_code == 403
        assert "read-only" in response.text
    assert app_state.pipeline.library.sources() == sources
    assert client.get("/page/library/sources").status_code == 200
    assert "data-act=\"remove\"" not in client.get("/page/library/sources").text


def test_a_request_from_another_site_changes_nothing(client: TestClient, app_state: AppState) -> None:
    sources = app_state.pipeline.library.sources()
    evil_origin = {"origin": "https://evil.example"}
    upload = client.post("/page/library/files", params={"name": "a.md"}, content=b"x", headers=evil_origin)
    assert upload.status_code == 403
    assert client.delete(f"/page/library/sources/{sources[0].id}", headers=evil_origin).status_code == 403
    assert app_state.pipeline.library.sources() == sources
