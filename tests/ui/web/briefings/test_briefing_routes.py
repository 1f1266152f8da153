"""Routes of the briefing view: lists are read or refused in one sentence, rows and exported files are safe."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import docx
import openpyxl
import pytest
from fastapi.testclient import TestClient

from rag.pipeline import Pipeline
from tests.ui.web.briefing_helpers import DEPTH, LAKE, LOCKS, ScriptedModel, app_state_in, library
from tests.ui.web.conftest import wait_until
from ui.web.app import create_app
from ui.web.app_state import AppState
from ui.web.briefings.view import render_view

PATH = "/page/briefings"


@pytest.fixture(scope="module")
def extractive(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return library(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def app_state(tmp_path_factory: pytest.TempPathFactory, extractive: Pipeline) -> AppState:
    return app_state_in(tmp_path_factory.mktemp("home"), extractive, ScriptedModel(failing={DEPTH}))


@pytest.fixture(scope="module")
def client(app_state: AppState) -> Iterator[TestClient]:
    with TestClient(create_app(app_state), base_url="http://127.0.0.1") as client:
        yield client


def start_briefing(client: TestClient, body: bytes | str, **options: str) -> str:
    response = client.post(PATH, params=options, content=body)
    assert response.status_code == 200, response.text
    return str(response.json()["id"])


def wait_until_idle(client: TestClient, id: str) -> dict[str, object]:
    wait_until(lambda: state_of(client, id)["phase"] == "idle", "the briefing has ended")
    return state_of(client, id)


def state_of(client: TestClient, id: str) -> dict[str, object]:
    return dict(client.get(f"{PATH}/{id}/state").json())


def test_the_form_has_both_languages_and_offers_the_shipped_lists_of_each() -> None:
    html = render_view(50)
    assert html.count('class="say-zh"') == html.count('class="say-en"') > 0
    for name in ("investment.zh.txt", "investment.en.txt", "districts.zh.csv", "weekly.en.txt"):
        assert f'data-ready="{name}"' in html


@pytest.mark.parametrize(("name", "body", "message"), [
    ("", "  \n\n", "there are no questions in it"),
    ("问题.csv", "编号,内容\n1,太湖", "问题.csv: no column is called question or 问题; the columns found are: 编号, 内容"),
    ("list.csv", "question,max words\nLake?,many", "row 2: max words 'many' is not a number"),
    ("list.pdf", "%PDF", "list.pdf: no list of questions has the suffix '.pdf'"),
    ("../../list.xlsx", "no workbook", "not a workbook that can be opened"),
    ("x.jsonl", '{"question": "a"', "row 1: not a line of JSON"),
])
def test_a_list_without_usable_questions_is_refused_in_one_sentence(
    client: TestClient, name: str, body: str, message: str,
) -> None:
    for path in (PATH, f"{PATH}/look") if name else (PATH,):
        response = client.post(path, params={"name": name}, content=body.encode())
        assert response.status_code == 409
        assert message in response.text
        assert "/tmp" not in response.text


def test_a_list_is_previewed_before_it_is_asked(client: TestClient) -> None:
    body = "# 太湖\n\n## 水情\n太湖面积是多少？\n## 岸线\n太湖岸线有多长？\n".encode()
    preview = client.post(f"{PATH}/look", params={"name": "清单.md"}, content=body).json()
    assert preview == {"title": "太湖", "questions": 2, "sections": 2}


def test_blank_lists_are_read_back(client: TestClient) -> None:
    for suffix in ("csv", "xlsx"):
        blank = client.get(f"{PATH}/blank.{suffix}")
        assert f"questions.{suffix}" in blank.headers["content-disposition"]
        preview = client.post(f"{PATH}/look", params={"name": f"q.{suffix}"}, content=blank.content).json()
        assert preview["questions"] == 2
    assert openpyxl.load_workbook(io.BytesIO(blank.content)).active is not None
    assert client.get(f"{PATH}/blank.docx").status_code in (404, 422)


def test_a_shipped_list_is_started_by_its_name_and_no_other_file_is(client: TestClient) -> None:
    id = start_briefing(client, b"", ready="districts.zh.csv", answering="zh", style="apa")
    page = client.get(f"{PATH}/{id}").text
    assert "各板块对比" in page
    assert "昆山重点打造哪三个电子信息产业高地？" in page
    assert client.post(PATH, params={"ready": "../SOURCES.md"}).status_code == 404
    client.post(f"{PATH}/{id}/stop")
    wait_until_idle(client, id)


def test_rows_changed_since_a_version_are_sent_and_each_row_shows_its_evidence(client: TestClient) -> None:
    id = start_briefing(client, f"# 湖\n{LAKE}\n# Canal\n{LOCKS}\n{DEPTH}", title="湖与河")
    response = wait_until_idle(client, id)
    assert (response["done"], response["all"], response["version"]) == (3, 3, 3)
    assert client.get(f"{PATH}/{id}/state", params={"since": 3}).json()["rows"] == {}
    body = client.get(f"{PATH}/{id}/rows/1").text
    assert 'href="#cite-100002-1">[1]</a>' in body
    assert 'id="cite-100002-1"' in body
    assert "太湖年报" in body
    failed = client.get(f"{PATH}/{id}/rows/3").text
    assert "the model does not answer" in failed
    assert 'data-act="again"' in failed
    assert 'data-act="edit"' not in failed
    assert client.get(f"{PATH}/{id}/rows/4").status_code == 404
    assert "湖与河" in client.get(PATH).text


def test_typed_text_never_becomes_markup(client: TestClient) -> None:
    attack = '<img src=x onerror="alert(1)">'
    id = start_briefing(client, f"# {attack}\n{LAKE} {attack}", title=attack)
    wait_until_idle(client, id)
    text = f"{attack}</textarea>**太湖** [1] [点](javascript:x)"
    edited = client.put(f"{PATH}/{id}/rows/1", json={"language": "zh", "text": text})
    form = client.get(f"{PATH}/{id}/rows/1/form", params={"language": "zh"})
    pages = [client.get(PATH), client.get(f"{PATH}/{id}"), client.get(f"{PATH}/{id}/rows/1"), edited, form]
    assert all(page.status_code == 200 for page in pages)
    for page in pages:
        assert "<img" not in page.text
        assert 'href="javascript' not in page.text
    assert form.text.count("</textarea>") == 1
    assert "<strong>太湖</strong>" in edited.text
    assert "<img" not in str(client.get(f"{PATH}/{id}/state").json()["rows"])


def test_every_format_is_exported_with_edited_and_failed_answers(client: TestClient) -> None:
    id = start_briefing(client, f"{LAKE}\n{DEPTH}", title="太湖/简报")
    wait_until_idle(client, id)
    client.put(f"{PATH}/{id}/rows/1", json={"language": "zh", "text": "太湖面积为2338平方千米，由人改写[1]。"})
    files = {
        format: client.get(f"{PATH}/{id}/export", params={"format": format})
        for format in ("docx", "md", "html", "pdf")}
    assert all(file.status_code == 200 for file in files.values())
    assert files["pdf"].content.startswith(b"%PDF")
    document = docx.Document(io.BytesIO(files["docx"].content))
    word = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for text in (word, files["md"].text, files["html"].text):
        assert "由人改写" in text
        assert "the model does not answer" in text
        assert "太湖年报[R]" in text or "太湖年报" in text
    assert "filename*=UTF-8''%E5%A4%AA%E6%B9%96-" in files["docx"].headers["content-disposition"]
    assert client.get(f"{PATH}/{id}/export", params={"format": "exe"}).status_code == 404


def test_a_house_template_is_tested_before_it_is_saved(client: TestClient) -> None:
    id = start_briefing(client, LAKE)
    wait_until_idle(client, id)
    refused = client.put(f"{PATH}/{id}/template", content=b"no Word document")
    assert refused.status_code == 409
    assert "is not a Word document" in refused.text
    assert "/" not in refused.text.replace(".docx or .dotx", "")
    file = io.BytesIO()
    template = docx.Document()
    template.sections[0].header.paragraphs[0].text = "某某市研究室"
    template.save(file)
    assert 'data-act="unhouse"' in client.put(f"{PATH}/{id}/template", content=file.getvalue()).text
    exported = docx.Document(io.BytesIO(client.get(f"{PATH}/{id}/export").content))
    assert "某某市研究室" in exported.sections[0].header.paragraphs[0].text
    assert 'type="file"' in client.delete(f"{PATH}/{id}/template").text


def test_unknown_briefings_are_not_found(client: TestClient) -> None:
    for path in ("0123456789ab", "..%2f..", "0123456789ab/state", "0123456789ab/rows/1", "0123456789ab/export"):
        assert client.get(f"{PATH}/{path}").status_code == 404
    assert client.post(f"{PATH}/0123456789ab/begin").status_code == 404


def test_a_scope_without_documents_is_refused(client: TestClient) -> None:
    response = client.post(PATH, params={"source": "没有这份文件"}, content=LAKE.encode())
    assert response.status_code == 404
    id = start_briefing(client, f"{LOCKS}\n{LAKE}", source="湖.md")
    wait_until_idle(client, id)
    assert "Notes on the Canal" not in client.get(f"{PATH}/{id}/rows/1").text
    assert "太湖年报" in client.get(f"{PATH}/{id}/rows/2").text


def test_a_read_only_page_asks_and_exports_but_does_not_delete(tmp_path: Path, extractive: Pipeline) -> None:
    app = create_app(app_state_in(tmp_path, extractive, ScriptedModel(), read_only=True))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        id = start_briefing(client, LAKE)
        wait_until_idle(client, id)
        assert client.delete(f"{PATH}/{id}").status_code == 403
        assert client.put(f"{PATH}/{id}/template", content=b"x").status_code == 403
        assert client.get(f"{PATH}/{id}/export", params={"format": "md"}).status_code == 200
        assert 'data-act="delete"' not in client.get(PATH).text
        assert 'id="briefing-template"' not in client.get(f"{PATH}/{id}").text
