"""Settings view over HTTP: choices are saved and used, fixed settings stay, and no response contains the key."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from rag.pipeline import Pipeline, build_pipeline
from rag.settings import Settings, environment_variable, read_settings
from tests.servers import Reply, error_reply, json_reply, scripted_server, text_reply, unreachable_url
from ui.history.history import open_history
from ui.web.app import create_app
from ui.web.app_state import AppState

KEY = "sk-0123456789abcdef-WXYZ"
MODELS = {"/v1/models": json_reply({"data": [{"id": "通义千问"}, {"id": "glm-4.5"}]})}
Restart = Callable[[], AppState]


@pytest.fixture(scope="module")
def lake_pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A library of two documents."""
    folder = tmp_path_factory.mktemp("documents")
    (folder / "湖.md").write_text("# 太湖\n\n太湖平均水深1.9米。\n", "utf-8")
    (folder / "lake.md").write_text("# Lake Tai\n\nLake Tai is 1.9 metres deep on average.\n", "utf-8")
    pipeline = build_pipeline(Settings(home=tmp_path_factory.mktemp("library"), chat_model=""))
    with pipeline.library.write_lock():
        for path in sorted(folder.iterdir()):
            pipeline.library.add(path)
    return pipeline


@pytest.fixture(scope="module")
def shared_state(lake_pipeline: Pipeline) -> AppState:
    """One application for all tests, because its page takes a second to build."""
    settings = Settings(home=lake_pipeline.library.home, chat_model="")
    return AppState(lake_pipeline, open_history("", settings.home), settings)


@pytest.fixture(scope="module")
def http(shared_state: AppState) -> TestClient:
    """A client of that application."""
    return TestClient(create_app(shared_state), base_url="http://127.0.0.1")


@pytest.fixture
def restart(shared_state: AppState, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Restart]:
    """Restarts the application with the present environment; saved choices are deleted after the test."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(environment_variable(name), raising=False)
    monkeypatch.setenv("HUWEN_HOME", str(shared_state.settings.home))

    def start_app() -> AppState:
        shared_state.settings = read_settings()
        shared_state.pipeline = build_pipeline(shared_state.settings)
        return shared_state

    yield start_app
    (shared_state.settings.home / "settings.json").unlink(missing_ok=True)


class Client:
    """Sends requests, and checks that no response contains the key."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def ask(self, method: str, path: str = "", **form: str) -> httpx.Response:
        response = self._client.request(method, f"/page/settings{path}", json=form or None)
        assert KEY not in response.text
        assert KEY not in str(response.headers)
        return response

    def save(self, **form: str) -> httpx.Response:
        return self.ask("PUT", voice="model", **form)


@pytest.fixture
def client(http: TestClient) -> Client:
    """A client that checks every response."""
    return Client(http)


def saved_settings(restart: AppState) -> dict[str, str]:
    return json.loads((restart.settings.home / "settings.json").read_text("utf-8"))


# --- choosing


@pytest.mark.parametrize(("question", "reply", "model"), [
    ("太湖平均水深多少？", "太湖平均水深1.9米[1]。", "通义千问"),
    ("How deep is Lake Tai?", "Lake Tai is 1.9 metres deep on average [1].", "glm-4.5")])
def test_chosen_model_answers_the_next_question_and_after_a_restart(
    restart: Restart, client: Client, question: str, reply: str, model: str,
) -> None:
    app_state = restart()
    library = app_state.pipeline.library
    with scripted_server(text_reply(*reply), pages=MODELS) as server:
        response = client.save(base_url=server.base_url, api_key=KEY, chat_model=model)
        assert response.status_code == 200
        assert model in response.text
        assert app_state.pipeline.library is library  # its indexes stay open
        assert app_state.pipeline.ask(question).model == model
        assert "1.9" in restart().pipeline.ask(question).text
        assert set(server.keys) == {KEY}
    assert saved_settings(app_state) == {"base_url": server.base_url, "api_key": KEY, "chat_model": model}


def test_answer_in_progress_is_finished_by_its_pipeline(restart: Restart, client: Client) -> None:
    app_state = restart()
    frames = app_state.pipeline.stream("太湖平均水深多少？")
    next(frames)
    with scripted_server(text_reply("好")) as server:
        client.save(base_url=server.base_url, chat_model="m")
        *_, answer = frames
        assert (answer.status, server.bodies) == ("grounded", [])
        assert answer.model != "m" == app_state.pipeline.model


def test_extractive_mode_can_be_chosen_again_and_the_endpoint_stays_saved(restart: Restart, client: Client) -> None:
    app_state = restart()
    assert "view-settings" in client.ask("GET", "/notice").text
    client.save(base_url="http://127.0.0.1:9/v1", api_key=KEY, chat_model="m")
    assert client.ask("GET", "/notice").text == ""
    client.ask("PUT", voice="quotes", base_url="nonsense that is ignored")
    assert "view-settings" in client.ask("GET", "/notice").text
    assert app_state.pipeline.ask("太湖平均水深多少？").status == "grounded"
    assert saved_settings(app_state) == {"base_url": "http://127.0.0.1:9/v1", "api_key": KEY}


@pytest.mark.parametrize(("language", "question"), [("en", "太湖平均水深多少？"), ("zh", "How deep is Lake Tai?")])
def test_changing_the_language_of_answers_keeps_the_drafter(
    restart: Restart, client: Client, language: str, question: str,
) -> None:
    app_state = restart()
    before = app_state.pipeline
    client.ask("PUT", voice="quotes", answer_language=language)
    assert app_state.pipeline.ask(question).language == language
    assert app_state.pipeline.draft is before.draft
    assert restart().pipeline.language == language


# --- the key


def test_the_last_characters_of_a_key_are_shown_and_it_can_be_replaced_and_removed(
    restart: Restart, client: Client,
) -> None:
    app_state = restart()
    assert "…WXYZ" in client.save(base_url="http://127.0.0.1:9/v1", api_key=KEY, chat_model="m").text
    assert "…WXYZ" in client.save(base_url="http://127.0.0.1:9/v1", api_key="", chat_model="m").text
    another_key = "sk-another-secret-9876"
    assert "…9876" in client.save(base_url="http://127.0.0.1:9/v1", api_key=another_key, chat_model="m").text
    assert "9876" not in client.save(base_url="http://127.0.0.1:9/v1", forget="yes", chat_model="m").text
    assert "api_key" not in saved_settings(app_state)


def test_the_last_characters_of_a_short_key_are_not_shown(restart: Restart, client: Client) -> None:
    restart()
    assert "cret" not in client.save(base_url="http://127.0.0.1:9/v1", api_key="my-secret", chat_model="m").text


def test_saved_key_is_sent_to_no_other_server_not_even_to_list_models(restart: Restart, client: Client) -> None:
    app_state = restart()
    client.save(base_url="http://127.0.0.1:9/v1", api_key=KEY, chat_model="m")
    with scripted_server(text_reply("好"), pages=MODELS) as server:
        assert client.ask("POST", "/models", voice="model", base_url=server.base_url).status_code == 200
        client.ask("POST", "/test", voice="model", base_url=server.base_url, chat_model="m")
        client.save(base_url=server.base_url, chat_model="m")
        app_state.pipeline.ask("How deep is Lake Tai?")
        assert server.keys
        assert KEY not in server.keys
    assert "api_key" not in saved_settings(app_state)


def test_message_of_an_endpoint_that_contains_the_key_is_not_repeated(
    restart: Restart, client: Client, caplog: pytest.LogCaptureFixture,
) -> None:
    refusal = error_reply(401, f"the key {KEY} is not known here")
    with caplog.at_level(logging.DEBUG), scripted_server(refusal, pages={"/v1/models": refusal}) as server:
        restart()
        form = {"voice": "model", "base_url": server.base_url, "api_key": KEY, "chat_model": "m"}
        response = client.ask("POST", "/models", **form)
        assert (response.status_code, "refuses the key" in response.text) == (409, True)
        assert "refuses the key" in client.ask("POST", "/test", **form).text
    assert KEY not in caplog.text


def test_no_response_of_the_page_contains_the_key(restart: Restart, client: Client, http: TestClient) -> None:
    restart()
    client.save(base_url="http://127.0.0.1:9/v1", api_key=KEY, chat_model="m")
    paths = (
        "/", "/config", "/gradio_api/info", "/page/script.js", "/page/conversations", "/page/scope", "/page/settings")
    for path in paths:
        response = http.get(path)
        assert response.status_code == 200
        assert KEY not in response.text


@pytest.mark.parametrize("body", [
    f'{{"api_key": "{KEY}"', f'["{KEY}"]', f'"{KEY}"',
    f'{{"voice": "model", "api_key": ["{KEY}"]}}', f'{{"voice": "model", "base_url": "{KEY}"}}'])
def test_form_that_cannot_be_read_is_not_repeated(restart: Restart, http: TestClient, body: str) -> None:
    restart()
    for method, path in (("PUT", ""), ("POST", "/models"), ("POST", "/test")):
        headers = {"Content-Type": "application/json"}
        response = http.request(method, f"/page/settings{path}", content=body, headers=headers)
        assert response.status_code in (400, 422)
        assert KEY not in response.text


# --- models and tests of an endpoint


def test_models_are_listed_and_their_names_stay_text(restart: Restart, client: Client) -> None:
    restart()
    names = ("通义千问", "<img src=x onerror=alert(1)>", "x" * 500, "通义千问")
    models = json_reply({"data": [{"id": name} for name in names]})
    with scripted_server(text_reply("好"), pages={"/v1/models": models}) as server:
        html = client.ask("POST", "/models", voice="model", base_url=server.base_url).text
    assert html.count("<option") == 2
    assert "<img" not in html


def test_findings_come_line_by_line_with_signs(restart: Restart, client: Client) -> None:
    app_state = restart()
    with scripted_server(text_reply("好", "。"), pages=MODELS) as server:
        form = {"voice": "model", "base_url": server.base_url, "api_key": KEY, "chat_model": "glm-4.5"}
        html = client.ask("POST", "/test", **form).text
        assert server.keys == [KEY]
    lines = html.splitlines()
    assert all(line.startswith("<li") and "✓" in line for line in lines)
    assert ["模型列表" in lines[0], "试答" in lines[1], "可以使用" in lines[2]] == [True] * 3
    assert not (app_state.settings.home / "settings.json").exists()  # nothing is chosen yet


@pytest.mark.parametrize(("reply", "message"), [
    (Reply((b"<h1>Welcome</h1>",), kind="text/html"), "a web page answers"),
    (error_reply(401, "nope"), "refuses the key")])
def test_a_failed_endpoint_test_reports_the_fault(restart: Restart, client: Client, reply: Reply, message: str) -> None:
    restart()
    with scripted_server(error_reply(404, "no"), pages={"/v1/models": reply}) as server:
        html = client.ask("POST", "/test", voice="model", base_url=server.base_url, chat_model="m").text
    assert message in html
    assert "✗" in html.splitlines()[0]
    assert "还不能使用" in html.splitlines()[-1]


def test_an_address_without_a_server_is_reported(restart: Restart, client: Client) -> None:
    restart()
    with unreachable_url() as address:
        response = client.ask("POST", "/models", voice="model", base_url=address)
    assert (response.status_code, response.text.count("nothing listens")) == (409, 1)


@pytest.mark.parametrize(("field", "value", "message"), [
    ("base_url", "", "请填写地址"), ("base_url", "127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
    ("base_url", "http://me:secret@host/v1", "密码"), ("base_url", "file:///etc/passwd", "http"),
    ("api_key", "sk one", "空格"), ("api_key", "密钥密钥密钥", "字符"),
    ("chat_model", "", "选择或输入模型"), ("chat_model", "m" * 301, "太长")])
def test_an_invalid_field_is_explained_in_both_languages_and_changes_nothing(
    restart: Restart, client: Client, field: str, value: str, message: str,
) -> None:
    app_state = restart()
    form = {"base_url": "http://127.0.0.1:9/v1", "chat_model": "m", field: value}
    response = client.save(**form)
    assert response.status_code == 400
    assert f'data-field="{field}"' in response.text
    assert message in response.text
    assert 'lang="en"' in response.text
    assert "secret" not in response.text
    assert app_state.settings.chat_model == ""


# --- fixed settings, and the read-only page


def test_settings_fixed_by_the_environment_are_shown_with_their_variables(
    restart: Restart, client: Client, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("HUWEN_CHAT_MODEL", "glm-4.5")
    app_state = restart()
    html = client.ask("GET").text
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HUWEN_CHAT_MODEL"):
        assert f"由环境设定：{name}" in html
    assert "data-preset" not in html
    with scripted_server(text_reply("好")) as server:
        client.save(base_url=server.base_url, api_key="sk-mine", chat_model="m")
        assert (app_state.settings.base_url, app_state.settings.chat_model, server.bodies) == ("", "glm-4.5", [])
    assert not {"api_key", "base_url"} & saved_settings(app_state).keys()


def test_a_read_only_page_changes_no_setting_and_contacts_no_endpoint(
    restart: Restart, client: Client, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HUWEN_READ_ONLY", "1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://inner.example/v1")
    app_state = restart()
    html = client.ask("GET").text
    assert "<form" not in html
    for hidden in ("WXYZ", "inner.example", str(app_state.settings.home)):
        assert hidden not in html
    with scripted_server(text_reply("好"), pages=MODELS) as server:
        for method, path in (("PUT", ""), ("POST", "/models"), ("POST", "/test")):
            response = client.ask(method, path, voice="model", base_url=server.base_url, chat_model="m")
            assert (response.status_code, response.text.count("read-only")) == (403, 1)
            assert "\n" not in response.text
        assert server.bodies == []
    assert not (app_state.settings.home / "settings.json").exists()


def test_facts_about_the_system_contain_no_credentials(restart: Restart, client: Client) -> None:
    app_state = restart()
    app_state.settings = app_state.settings.model_copy(update={
        "database_url": SecretStr("postgresql://huwen:geheim@db.example/huwen"),
        "chroma_url": "http://me:geheim@chroma:8000", "embed_model": "bge-m3"})
    html = client.ask("GET").text
    assert "PostgreSQL" in html
    assert "bge-m3" in html
    assert str(app_state.settings.home) in html
    for hidden in ("geheim", "db.example", "chroma:8000"):
        assert hidden not in html


def test_a_request_from_another_site_changes_no_setting(restart: Restart, http: TestClient) -> None:
    restart()
    form = {"voice": "model", "base_url": "http://evil.example/v1", "chat_model": "m"}
    assert http.put("/page/settings", json=form, headers={"Origin": "http://evil.example"}).status_code == 403
    assert http.get("/page/settings", headers={"Host": "evil.example"}).status_code == 403
