"""Doctor: says what the endpoints are, and in one sentence what is wrong; it never shows a key."""

import json

import pytest

from rag.endpoints.deadlines import Deadlines
from rag.settings import Settings
from tests.servers import CONTEXT, Reply, event, page, refused, refusing, saying, scripted
from ui.doctor import check_endpoints

pytest_plugins = ["tests.servers"]

KEY = "sk-secret-123"
MODELS = {"data": [{"id": "tiny"}, {"id": "other"}]}
NGINX = Reply((b"<!doctype html><title>Welcome</title>",), kind="text/html")
DEADLINES = Deadlines(connect=1.0, first_token=1.0, idle=1.0, total=2.0, attempts=1)


def findings(base_url, key=KEY, **more):
    """The doctor's messages by their names, and whether everything is in order."""
    settings = Settings(**{"chat_model": "tiny", "base_url": base_url, "api_key": key} | more)
    found = list(check_endpoints(settings, DEADLINES))
    for finding in found:
        assert KEY not in finding.message
        assert "\n" not in finding.message
    return {finding.name: finding.message for finding in found}, all(finding.is_ok for finding in found)


def wrong(base_url, name="endpoint", **more):
    messages, is_ok = findings(base_url, **more)
    assert not is_ok
    return messages[name]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_no_model_is_no_fault():
    messages, is_ok = findings("", chat_model="")
    assert is_ok
    assert "quoted sentences" in messages["model"]


@pytest.mark.parametrize("pieces", [("好", "。"), ("OK", ".")])
def test_models_context_answer_and_its_latency_are_shown(pieces):
    models = {"data": [{"id": "tiny", "max_model_len": 8192}, {"id": "other"}]}
    reply = Reply((0.1, *map(event, pieces), 0.1, event("", "stop")))
    with scripted(reply, pages={"/v1/models": page(models)}) as server:
        messages, is_ok = findings(server.base_url)
    assert is_ok
    assert messages["models"] == f"2 at {server.base_url}: tiny, other"
    assert messages["context"].startswith("8192 tokens")
    assert "tiny began after 0." in messages["answer"]
    assert server.keys == [KEY]


def test_real_server_is_well(llama_server):
    messages, is_ok = findings(llama_server, key="")
    assert is_ok
    assert messages["context"].startswith(f"{CONTEXT} tokens")
    assert "tiny is not among them" in messages["models"], "it answers all the same"
    assert "48 characters" in messages["answer"]


def test_context_of_an_older_llama_server_stands_at_its_properties():
    models = {"data": [{"id": "tiny", "meta": {"n_ctx_train": 32768}}]}
    props = {"default_generation_settings": {"n_ctx": 4096}}
    with scripted(saying("好"), pages={"/v1/models": page(models), "/props": page(props)}) as server:
        assert findings(server.base_url)[0]["context"] == (
            "4096 tokens for question, passages and answer together; lower HUWEN_CONTEXT, which is 6000")
    with scripted(saying("好"), pages={"/v1/models": page(models)}) as server:
        assert findings(server.base_url)[0]["context"].startswith("32768 tokens")


def test_endpoint_without_a_list_may_answer():
    with scripted(saying("好")) as server:
        messages, is_ok = findings(server.base_url)
    assert is_ok
    assert "lists none" in messages["models"]


def test_many_models_are_not_all_named():
    models = {"data": [{"id": f"model-{n}"} for n in range(300)]}
    with scripted(saying("好"), pages={"/v1/models": page(models)}) as server:
        message = findings(server.base_url)[0]["models"]
    assert message.startswith("300 at ")
    assert "model-6" not in message
    assert message.endswith("…; tiny is not among them")


def test_model_that_does_not_exist():
    other = page({"data": [{"id": "other"}]})
    with scripted(refusing(404, "model 'tiny' not found"), pages={"/v1/models": other}) as server:
        messages, is_ok = findings(server.base_url)
    assert not is_ok
    assert "tiny is not among them" in messages["models"]
    assert "answered 404: model 'tiny' not found; check HUWEN_CHAT_MODEL" in messages["answer"]


def test_model_without_a_word():
    with scripted(Reply((event("", "stop"),)), pages={"/v1/models": page(MODELS)}) as server:
        assert "answered without a word" in wrong(server.base_url, "answer")


def test_refused_key():
    with scripted(pages={"/v1/models": refusing(401, f"Incorrect API key provided: {KEY}")}) as server:
        assert "refuses the key (401: Incorrect API key provided: …); check OPENAI_API_KEY" in wrong(server.base_url)


@pytest.mark.parametrize("here", [refusing(404, "Not Found"), NGINX], ids=["404", "page"])
def test_address_without_v1_is_tried_with_it(here):
    with scripted(pages={"/models": here, "/v1/models": page(MODELS)}) as server:
        assert f"but {server.base_url} would work" in wrong(server.base_url.removesuffix("/v1"))


def test_address_that_goes_too_far():
    with scripted(pages={"/v1/models": page(MODELS)}) as server:
        assert "OPENAI_BASE_URL ends at /v1" in wrong(server.base_url + "/chat/completions")


def test_page():
    with scripted(pages={"/v1/models": NGINX}) as server:
        assert "a web page answers" in wrong(server.base_url)


def test_refused_connection():
    with refused() as base_url:
        assert "(connection refused); is the server" in wrong(base_url)


def test_unknown_name():
    assert "(DNS)" in wrong("http://model.invalid/v1")


def test_tls_where_there_is_none():
    with scripted(saying("好")) as server:
        assert "does not speak https" in wrong(server.base_url.replace("http:", "https:"))


@pytest.mark.parametrize("base_url", [
    "127.0.0.1:8000/v1", "ftp://127.0.0.1/v1", "http://127.0.0.1:99999/v1", "http://[::1/v1", "太湖"])
def test_invalid_address(base_url):
    assert "OPENAI_BASE_URL" in wrong(base_url)


def test_key_that_cannot_be_sent():
    assert "OPENAI_API_KEY contains characters" in wrong("http://127.0.0.1:1/v1", key="钥匙" + KEY)


def test_proxy_is_shown_with_its_effect(monkeypatch):
    with refused() as nowhere:
        monkeypatch.setenv("HTTP_PROXY", nowhere.removesuffix("/v1").replace("http://", "http://me:pass-word@"))
        messages, is_ok = findings("http://model.invalid/v1")
        assert not is_ok
        assert messages["proxy"].startswith("HTTP_PROXY sends what goes to model.invalid through http://127.0.0.1:")
        assert "NO_PROXY=model.invalid" in messages["proxy"]
        assert "pass-word" not in json.dumps(messages)
        monkeypatch.setenv("NO_PROXY", "model.invalid")
        assert "spares model.invalid" in findings("http://model.invalid/v1")[0]["proxy"]


def test_proxy_is_not_used_for_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with scripted(saying("好"), pages={"/v1/models": page(MODELS)}) as server:
        messages, is_ok = findings(server.base_url)
    assert is_ok
    assert "is not used" in messages["proxy"]


def test_embedding_is_tried():
    vectors = {"data": [{"index": 0, "embedding": [0.6, 0.8]}]}
    with scripted(pages={"/v1/embeddings": page(vectors)}) as server:
        messages, is_ok = findings(server.base_url, chat_model="", embed_model="vectors")
    assert is_ok
    assert f"vectors at {server.base_url} gave 2 dimensions" in messages["embedding"]


@pytest.mark.parametrize(("reply", "sentence"), [
    (refusing(401, f"no key {KEY}"), "gave no vector (status 401: no key …); check HUWEN_EMBED_MODEL"),
    (page({"data": []}), "gave no vector (status 200)"), (NGINX, "gave no vector (status 200)"),
    (page({"data": [{"embedding": "AAAA"}]}), "gave no vector"), (page([]), "gave no vector"),
])
def test_embedding_that_fails(reply, sentence):
    with scripted(pages={"/v1/embeddings": reply}) as server:
        assert sentence in wrong(server.base_url, "embedding", chat_model="", embed_model="vectors")


def test_embedder_that_nobody_serves():
    with refused() as base_url:
        assert "connection refused" in wrong(base_url, "embedding", chat_model="", embed_model="vectors")


@pytest.mark.parametrize("model", ["", "none", "local:somewhere"])
def test_embedder_of_this_machine_is_not_asked_for(model):
    assert "embedding" not in findings("http://127.0.0.1:1/v1", chat_model="", embed_model=model)[0]
