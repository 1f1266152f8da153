"""Figures in the library view: the list with its filters and pages, conflicts, and texts of documents as text only."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rag.pipeline import build_pipeline
from rag.settings import Settings
from tests.ui.web.conftest import app_state_of
from ui.web.app import create_app
from ui.web.library.figure_list import FIGURES_PER_PAGE

NOTES = {
    "cards.md": "# 云杉图书馆办证说明\n\n办理借书证须缴纳押金100元。\n",
    "fees.md": "# 云杉图书馆收费公示\n\n借书证押金为200元。\n",
    "hostile.md": "# <img src=x onerror=alert(1)>\n\nThe <b>deposit</b> for <script>alert(1)</script> keys is £5.\n",
    "prices.md": "# Prices\n\n" + "".join(
        f"- Court {n} costs ${n + 10} per hour.\n" for n in range(FIGURES_PER_PAGE + 5)),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    folder = tmp_path_factory.mktemp("figures")
    state = app_state_of(build_pipeline(Settings(home=folder / "home", seeds=None, chat_model="")), seeds=None)
    library = state.pipeline.library
    with library.write_lock():
        for name, text in NOTES.items():
            path: Path = folder / name
            path.write_text(text, "utf-8")
            library.add(path)
    return TestClient(create_app(state), base_url="http://127.0.0.1")


def test_the_list_shows_a_figure_with_its_place_in_the_text(client: TestClient) -> None:
    html = client.get("/page/figures", params={"query": "押金"}).text
    assert "100元" in html
    assert "200元" in html
    assert 'data-words="' in html
    assert "云杉图书馆收费公示" in html


def test_long_lists_have_pages(client: TestClient) -> None:
    first = client.get("/page/figures", params={"query": "Court"}).text
    last = client.get("/page/figures", params={"query": "Court", "page": 99}).text
    assert first.count("<tr data-id") == FIGURES_PER_PAGE
    assert last.count("<tr data-id") == 5
    assert 'data-figures="2"' in first


def test_conflicts_and_filters(client: TestClient) -> None:
    assert "借书证押金为200元。" in client.get("/page/figures/conflicts").text
    assert "No figures were found" in client.get("/page/figures/conflicts", params={"query": "Court"}).text
    assert "No figure fits" in client.get("/page/figures", params={"year": "1999"}).text
    assert client.get("/page/figures", params={"kind": "odd", "year": "x"}).status_code == 200


def test_texts_of_documents_are_no_html(client: TestClient) -> None:
    html = client.get("/page/figures", params={"query": "deposit"}).text
    assert "<script>" not in html
    assert "<img" not in html
    assert "<b>deposit" not in html
