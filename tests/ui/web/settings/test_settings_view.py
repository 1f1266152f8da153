"""The settings over HTTP: what is chosen is kept and goes by, what is fixed stays, and no answer ever holds the key."""

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
from tests.servers import Reply, page, refused, refusing, saying, scripted
from ui.history.history import open_history
from ui.web.app import create_app
from ui.web.app_state import AppState

KEY = "sk-0123456789abcdef-WXYZ"
MODELS = {"/v1/models": page({"data": [{"id": "通义千问"}, {"id": "glm-4.5"}]})}
DeskOf = Callable[[], AppState]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A library of two documents."""
    folder = tmp_path_factory.mktemp("documents")
    (folder / "湖.md").write_text("# 太湖\n\n太湖平均水深1.9米。\n", "utf-8")
    (folder / "lake.md").write_text("# Lake Tai\n\nLake Tai is 1.9 metres deep on average.\n", "utf-8")
    made = build_pipeline(Settings(home=tmp_path_factory.mktemp("library"), chat_model=""))
    with made.library.write_lock():
        for path in sorted(folder.iterdir()):
            made.library.add(path)
    return made


@pytest.fixture(scope="module")
def table(held: Pipeline) -> AppState:
    """The desk of all tests: a page takes a second to draw."""
    settings = Settings(home=held.library.home, chat_model="")
    return AppState(held, open_history("", settings.home), settings)


@pytest.fixture(scope="module")
def browser_like(table: AppState) -> TestClient:
    """Asks the site of that desk."""
    return TestClient(create_app(table), base_url="http://127.0.0.1")


@pytest.fixture
def desk(table: AppState, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[DeskOf]:
    """The desk after a start with the environment as it is by then; what is chosen does not outlast the test."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(environment_variable(name), raising=False)
    monkeypatch.setenv("HUWEN_HOME", str(table.settings.home))

    def started() -> AppState:
        table.settings = read_settings()
        table.pipeline = build_pipeline(table.settings)
        return table

    yield started
    (table.settings.home / "settings.json").unlink(missing_ok=True)


class Client:
    """Asks the site, and sees to it that no response holds the key."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def ask(self, method: str, path: str = "", **told: str) -> httpx.Response:
        response = self._client.request(method, f"/page/settings{path}", json=told or None)
        assert KEY not in response.text
        assert KEY not in str(response.headers)
        return response

    def save(self, **told: str) -> httpx.Response:
        return self.ask("PUT", voice="model", **told)


@pytest.fixture
def client(browser_like: TestClient) -> Client:
    """A client of the site."""
    return Client(browser_like)


def kept(desk: AppState) -> dict[str, str]:
    return json.loads((desk.settings.home / "settings.json").read_text("utf-8"))


# --- choosing


@pytest.mark.parametrize(("question", "said", "model"), [
    ("太湖平均水深多少？", "太湖平均水深1.9米[1]。", "通义千问"),
    ("How deep is Lake Tai?", "Lake Tai is 1.9 metres deep on average [1].", "glm-4.5")])
def test_chosen_model_answers_the_next_question_and_after_a_restart(
    desk: DeskOf, client: Client, question: str, said: str, model: str,
) -> None:
    now = desk()
    library = now.pipeline.library
    with scripted(saying(*said), pages=MODELS) as server:
        response = client.save(base_url=server.base_url, api_key=KEY, chat_model=model)
        assert response.status_code == 200
        assert model in response.text
        assert now.pipeline.library is library  # its indexes stay open
        assert now.pipeline.ask(question).model == model
        assert "1.9" in desk().pipeline.ask(question).text
        assert set(server.keys) == {KEY}
    assert kept(now) == {"base_url": server.base_url, "api_key": KEY, "chat_model": model}


def test_answer_under_way_ends_as_it_began(desk: DeskOf, client: Client) -> None:
    now = desk()
    frames = now.pipeline.stream("太湖平均水深多少？")
    next(frames)
    with scripted(saying("好")) as server:
        client.save(base_url=server.base_url, chat_model="m")
        *_, answer = frames
        assert (answer.status, server.bodies) == ("grounded", [])
        assert answer.model != "m" == now.pipeline.model


def test_quoting_can_be_chosen_again_and_the_way_back_is_kept(desk: DeskOf, client: Client) -> None:
    now = desk()
    assert "view-settings" in client.ask("GET", "/notice").text
    client.save(base_url="http://127.0.0.1:9/v1", api_key=KEY, chat_model="m")
    assert client.ask("GET", "/notice").text == ""
    client.ask("PUT", voice="quotes", base_url="nonsense that is not looked at")
    assert "view-settings" in client.ask("GET", "/notice").text
    assert now.pipeline.ask("太湖平均水深多少？").status == "grounded"
    assert kept(now) == {"base_url": "http://127.0.0.1:9/v1", "api_key": KEY}


@pytest.mark.parametrize(("language", "question"), [("en", "太湖平均水深多少？"), ("zh", "How deep is Lake Tai?")])
def test_language_of_answers_needs_no_other_pipeline(desk: DeskOf, client: Client, language: str, question: str) -> None:
    now = desk()
    before = now.pipeline
    client.ask("PUT", voice="quotes", answer_language=language)
    assert now.pipeline.ask(question).language == language
    assert now.pipeline.draft is before.draft
    assert desk().pipeline.language == language


# --- the key


def test_key_is_known_by_its_end_and_can_be_replaced_and_removed(desk: DeskOf, client: Client) -> None:
    now = desk()
    assert "…WXYZ" in client.save(base_url="http://127.0.0.1:9/v1", api_key=KEY, chat_model="m").text
    assert "…WXYZ" in client.save(base_url="http://127.0.0.1:9/v1", api_key="", chat_model="m").text
    assert "…9876" in client.save(base_url="http://127.0.0.1:9/v1", api_key="sk-another-secret-9876", chat_model="m").text
    assert "9876" not in client.save(base_url="http://127.0.0.1:9/v1", forget="yes", chat_model="m").text
    assert "api_key" not in kept(now)


def test_short_key_is_not_shown_by_its_end(desk: DeskOf, client: Client) -> None:
    desk()
    assert "cret" not in client.save(base_url="http://127.0.0.1:9/v1", api_key="my-secret", chat_model="m").text


def test_kept_key_is_sent_to_no_other_server_not_even_to_look(desk: DeskOf, client: Client) -> None:
    now = desk()
    client.save(base_url="http://127.0.0.1:9/v1", api_key=KEY, chat_model="m")
    with scripted(saying("好"), pages=MODELS) as server:
        assert client.ask("POST", "/models", voice="model", base_url=server.base_url).status_code == 200
        client.ask("POST", "/test", voice="model", base_url=server.base_url, chat_model="m")
        client.save(base_url=server.base_url, chat_model="m")
        now.pipeline.ask("How deep is Lake Tai?")
        assert server.keys
        assert KEY not in server.keys
    assert "api_key" not in kept(now)


def test_endpoint_that_tells_the_key_back_is_not_repeated(desk: DeskOf, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    told = refusing(401, f"the key {KEY} is not known here")
    with caplog.at_level(logging.DEBUG), scripted(told, pages={"/v1/models": told}) as server:
        desk()
        form = {"voice": "model", "base_url": server.base_url, "api_key": KEY, "chat_model": "m"}
        response = client.ask("POST", "/models", **form)
        assert (response.status_code, "refuses the key" in response.text) == (409, True)
        assert "refuses the key" in client.ask("POST", "/test", **form).text
    assert KEY not in caplog.text


def test_key_is_nowhere_on_the_page(desk: DeskOf, client: Client, browser_like: TestClient) -> None:
    desk()
    client.save(base_url="http://127.0.0.1:9/v1", api_key=KEY, chat_model="m")
    for path in ("/", "/config", "/gradio_api/info", "/page/script.js", "/page/conversations", "/page/scope", "/page/settings"):
        response = browser_like.get(path)
        assert response.status_code == 200
        assert KEY not in response.text


@pytest.mark.parametrize("told", [
    f'{{"api_key": "{KEY}"', f'["{KEY}"]', f'"{KEY}"',
    f'{{"voice": "model", "api_key": ["{KEY}"]}}', f'{{"voice": "model", "base_url": "{KEY}"}}'])
def test_form_that_cannot_be_read_is_not_repeated(desk: DeskOf, browser_like: TestClient, told: str) -> None:
    desk()
    for method, path in (("PUT", ""), ("POST", "/models"), ("POST", "/test")):
        response = browser_like.request(method, f"/page/settings{path}", content=told, headers={"Content-Type": "application/json"})
        assert response.status_code in (400, 422)
        assert KEY not in response.text


# --- looking and testing


def test_models_are_listed_and_none_is_markup(desk: DeskOf, client: Client) -> None:
    desk()
    names = ("通义千问", "<img src=x onerror=alert(1)>", "x" * 500, "通义千问")
    with scripted(saying("好"), pages={"/v1/models": page({"data": [{"id": name} for name in names]})}) as server:
        html = client.ask("POST", "/models", voice="model", base_url=server.base_url).text
    assert html.count("<option") == 2
    assert "<img" not in html


def test_findings_come_line_by_line_with_signs(desk: DeskOf, client: Client) -> None:
    now = desk()
    with scripted(saying("好", "。"), pages=MODELS) as server:
        told = client.ask("POST", "/test", voice="model", base_url=server.base_url, api_key=KEY, chat_model="glm-4.5").text
        assert server.keys == [KEY]
    lines = told.splitlines()
    assert all(line.startswith("<li") and "✓" in line for line in lines)
    assert ["模型列表" in lines[0], "试答" in lines[1], "可以使用" in lines[2]] == [True] * 3
    assert not (now.settings.home / "settings.json").exists()  # nothing is chosen yet


@pytest.mark.parametrize(("reply", "said"), [
    (Reply((b"<h1>Welcome</h1>",), kind="text/html"), "a web page answers"), (refusing(401, "nope"), "refuses the key")])
def test_what_is_wrong_is_said_in_one_sentence(desk: DeskOf, client: Client, reply: Reply, said: str) -> None:
    desk()
    with scripted(refusing(404, "no"), pages={"/v1/models": reply}) as server:
        told = client.ask("POST", "/test", voice="model", base_url=server.base_url, chat_model="m").text
    assert said in told
    assert "✗" in told.splitlines()[0]
    assert "还不能使用" in told.splitlines()[-1]


def test_address_where_nothing_listens(desk: DeskOf, client: Client) -> None:
    desk()
    with refused() as address:
        response = client.ask("POST", "/models", voice="model", base_url=address)
    assert (response.status_code, response.text.count("nothing listens")) == (409, 1)


@pytest.mark.parametrize(("field", "told", "said"), [
    ("base_url", "", "请填写地址"), ("base_url", "127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
    ("base_url", "http://me:secret@host/v1", "密码"), ("base_url", "file:///etc/passwd", "http"), ("api_key", "sk one", "空格"),
    ("api_key", "密钥密钥密钥", "字符"), ("chat_model", "", "选择或输入模型"), ("chat_model", "m" * 301, "太长")])
def test_field_that_cannot_be_taken_says_why_in_both_languages_and_changes_nothing(
    desk: DeskOf, client: Client, field: str, told: str, said: str,
) -> None:
    now = desk()
    form = {"base_url": "http://127.0.0.1:9/v1", "chat_model": "m", field: told}
    response = client.save(**form)
    assert response.status_code == 400
    assert f'data-field="{field}"' in response.text
    assert said in response.text
    assert 'lang="en"' in response.text
    assert "secret" not in response.text
    assert now.settings.chat_model == ""


# --- what is fixed, and what is only for reading


def test_what_the_environment_fixes_is_shown_as_fixed_with_its_name(desk: DeskOf, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("HUWEN_CHAT_MODEL", "glm-4.5")
    now = desk()
    html = client.ask("GET").text
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HUWEN_CHAT_MODEL"):
        assert f"由环境设定：{name}" in html
    assert "data-preset" not in html
    with scripted(saying("好")) as server:
        client.save(base_url=server.base_url, api_key="sk-mine", chat_model="m")
        assert (now.settings.base_url, now.settings.chat_model, server.bodies) == ("", "glm-4.5", [])
    assert not {"api_key", "base_url"} & kept(now).keys()


def test_read_only_page_chooses_nothing_and_asks_no_endpoint(desk: DeskOf, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUWEN_READ_ONLY", "1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://inner.example/v1")
    now = desk()
    html = client.ask("GET").text
    assert "<form" not in html
    for hidden in ("WXYZ", "inner.example", str(now.settings.home)):
        assert hidden not in html
    with scripted(saying("好"), pages=MODELS) as server:
        for method, path in (("PUT", ""), ("POST", "/models"), ("POST", "/test")):
            response = client.ask(method, path, voice="model", base_url=server.base_url, chat_model="m")
            assert (response.status_code, response.text.count("read-only")) == (403, 1)
            assert "\n" not in response.text
        assert server.bodies == []
    assert not (now.settings.home / "settings.json").exists()


def test_what_huwen_works_with_is_told_without_credentials(desk: DeskOf, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = desk()
    now.settings = now.settings.model_copy(update={
        "database_url": SecretStr("postgresql://huwen:geheim@db.example/huwen"), "chroma_url": "http://me:geheim@chroma:8000",
        "embed_model": "bge-m3"})
    html = client.ask("GET").text
    assert "PostgreSQL" in html
    assert "bge-m3" in html
    assert str(now.settings.home) in html
    for hidden in ("geheim", "db.example", "chroma:8000"):
        assert hidden not in html


def test_no_other_site_can_choose(desk: DeskOf, browser_like: TestClient) -> None:
    desk()
    told = {"voice": "model", "base_url": "http://evil.example/v1", "chat_model": "m"}
    assert browser_like.put("/page/settings", json=told, headers={"Origin": "http://evil.example"}).status_code == 403
    assert browser_like.get("/page/settings", headers={"Host": "evil.example"}).status_code == 403
