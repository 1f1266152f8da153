"""Doctor: describes the endpoints, names each fault in one sentence, and never shows a key."""

import json
from http.server import BaseHTTPRequestHandler

import pytest

from rag.endpoints.deadlines import Deadlines
from rag.settings import Settings
from tests.servers import (
    CONTEXT,
    Reply,
    error_reply,
    event,
    handler_server,
    json_reply,
    scripted_server,
    text_reply,
    unreachable_url,
)
from ui.doctor import check_endpoints

pytest_plugins = ["tests.servers"]

KEY = "sk-secret-123"
MODELS = {"data": [{"id": "tiny"}, {"id": "other"}]}
NGINX = Reply((b"<!doctype html><title>Welcome</title>",), kind="text/html")
DEADLINES = Deadlines(connect=1.0, first_token=1.0, idle=1.0, total=2.0, attempts=1)


def doctor_findings(base_url, key=KEY, **more):
    """The doctor's messages by their names, and whether everything is in order."""
    settings = Settings(**{"chat_model": "tiny", "base_url": base_url, "api_key": key} | more)
    finding_list = list(check_endpoints(settings, DEADLINES))
    for finding in finding_list:
        assert KEY not in finding.message
        assert "\n" not in finding.message
    return {finding.name: finding.message for finding in finding_list}, all(finding.is_ok for finding in finding_list)


def fault_message(base_url, name="endpoint", **more):
    messages, is_ok = doctor_findings(base_url, **more)
    assert not is_ok
    return messages[name]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_a_missing_model_is_not_a_fault():
    messages, is_ok = doctor_findings("", chat_model="")
    assert is_ok
    assert "quoted sentences" in messages["model"]


@pytest.mark.parametrize("pieces", [("好", "。"), ("OK", ".")])
def test_models_context_answer_and_its_latency_are_shown(pieces):
    models = {"data": [{"id": "tiny", "max_model_len": 8192}, {"id": "other"}]}
    reply = Reply((0.1, *map(event, pieces), 0.1, event("", "stop")))
    with scripted_server(reply, pages={"/v1/models": json_reply(models)}) as server:
        messages, is_ok = doctor_findings(server.base_url)
    assert is_ok
    assert messages["models"] == f"2 at {server.base_url}: tiny, other"
    assert messages["context"].startswith("8192 tokens")
    assert "tiny began after 0." in messages["answer"]
    assert server.keys == [KEY]


def test_a_real_server_has_no_fault(llama_server):
    messages, is_ok = doctor_findings(llama_server, key="")
    assert is_ok
    assert messages["context"].startswith(f"{CONTEXT} tokens")
    assert "tiny is not among them" in messages["models"], "it answers nevertheless"
    assert "48 characters" in messages["answer"]


def test_the_context_of_an_older_llama_server_is_read_from_its_properties():
    models = {"data": [{"id": "tiny", "meta": {"n_ctx_train": 32768}}]}
    props = {"default_generation_settings": {"n_ctx": 4096}}
    pages = {"/v1/models": json_reply(models), "/props": json_reply(props)}
    with scripted_server(text_reply("好"), pages=pages) as server:
        assert doctor_findings(server.base_url)[0]["context"] == (
            "4096 tokens for question, passages and answer together; lower HUWEN_CONTEXT, which is 6000")
    with scripted_server(text_reply("好"), pages={"/v1/models": json_reply(models)}) as server:
        assert doctor_findings(server.base_url)[0]["context"].startswith("32768 tokens")


def test_an_endpoint_without_a_list_of_models_is_no_fault():
    with scripted_server(text_reply("好")) as server:
        messages, is_ok = doctor_findings(server.base_url)
    assert is_ok
    assert "lists none" in messages["models"]


def test_a_long_list_of_models_is_shortened():
    models = {"data": [{"id": f"model-{n}"} for n in range(300)]}
    with scripted_server(text_reply("好"), pages={"/v1/models": json_reply(models)}) as server:
        message = doctor_findings(server.base_url)[0]["models"]
    assert message.startswith("300 at ")
    assert "model-6" not in message
    assert message.endswith("…; tiny is not among them")


def test_an_unknown_model_is_a_fault():
    other = json_reply({"data": [{"id": "other"}]})
    with scripted_server(error_reply(404, "model 'tiny' not found"), pages={"/v1/models": other}) as server:
        messages, is_ok = doctor_findings(server.base_url)
    assert not is_ok
    assert "tiny is not among them" in messages["models"]
    assert "answered 404: model 'tiny' not found; check HUWEN_CHAT_MODEL" in messages["answer"]


def test_a_model_that_writes_nothing_is_a_fault():
    with scripted_server(Reply((event("", "stop"),)), pages={"/v1/models": json_reply(MODELS)}) as server:
        assert "answered without a word" in fault_message(server.base_url, "answer")


def test_a_refused_key_is_a_fault():
    with scripted_server(pages={"/v1/models": error_reply(401, f"Incorrect API key provided: {KEY}")}) as server:
        message = fault_message(server.base_url)
        assert "refuses the key (401: Incorrect API key provided: …); check OPENAI_API_KEY" in message


@pytest.mark.parametrize("reply", [error_reply(404, "Not Found"), NGINX], ids=["404", "page"])
def test_address_without_v1_is_tried_with_it(reply):
    with scripted_server(pages={"/models": reply, "/v1/models": json_reply(MODELS)}) as server:
        assert f"but {server.base_url} would work" in fault_message(server.base_url.removesuffix("/v1"))


def test_an_address_beyond_v1_is_a_fault():
    with scripted_server(pages={"/v1/models": json_reply(MODELS)}) as server:
        assert "OPENAI_BASE_URL ends at /v1" in fault_message(server.base_url + "/chat/completions")


def test_a_web_page_is_a_fault():
    with scripted_server(pages={"/v1/models": NGINX}) as server:
        assert "a web page answers" in fault_message(server.base_url)


def test_a_refused_connection_is_a_fault():
    with unreachable_url() as base_url:
        assert "(connection refused); is the server" in fault_message(base_url)


def test_an_unknown_host_is_a_fault():
    assert "(DNS)" in fault_message("http://model.invalid/v1")


def test_https_to_a_plain_http_server_is_a_fault():
    with scripted_server(text_reply("好")) as server:
        assert "does not speak https" in fault_message(server.base_url.replace("http:", "https:"))


@pytest.mark.parametrize("base_url", [
    "127.0.0.1:8000/v1", "ftp://127.0.0.1/v1", "http://127.0.0.1:99999/v1", "http://[::1/v1", "太湖"])
def test_an_invalid_address_is_a_fault(base_url):
    assert "OPENAI_BASE_URL" in fault_message(base_url)


def test_a_key_with_invalid_characters_is_a_fault():
    assert "OPENAI_API_KEY contains characters" in fault_message("http://127.0.0.1:1/v1", key="钥匙" + KEY)


def test_proxy_is_shown_with_its_effect(monkeypatch):
    with unreachable_url() as nowhere:
        monkeypatch.setenv("HTTP_PROXY", nowhere.removesuffix("/v1").replace("http://", "http://me:pass-word@"))
        messages, is_ok = doctor_findings("http://model.invalid/v1")
        assert not is_ok
        assert messages["proxy"].startswith("HTTP_PROXY sends what goes to model.invalid through http://127.0.0.1:")
        assert "NO_PROXY=model.invalid" in messages["proxy"]
        assert "pass-word" not in json.dumps(messages)
        monkeypatch.setenv("NO_PROXY", "model.invalid")
        assert "spares model.invalid" in doctor_findings("http://model.invalid/v1")[0]["proxy"]


def test_proxy_is_not_used_for_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with scripted_server(text_reply("好"), pages={"/v1/models": json_reply(MODELS)}) as server:
        messages, is_ok = doctor_findings(server.base_url)
    assert is_ok
    assert "is not used" in messages["proxy"]


def test_the_embedding_endpoint_is_asked():
    vectors = {"data": [{"index": 0, "embedding": [0.6, 0.8]}]}
    with scripted_server(pages={"/v1/embeddings": json_reply(vectors)}) as server:
        messages, is_ok = doctor_findings(server.base_url, chat_model="", embed_model="vectors")
    assert is_ok
    assert f"vectors at {server.base_url} gave 2 dimensions" in messages["embedding"]


@pytest.mark.parametrize(("reply", "sentence"), [
    (error_reply(401, f"no key {KEY}"), "gave no vector (status 401: no key …); check HUWEN_EMBED_MODEL"),
    (json_reply({"data": []}), "gave no vector (status 200)"), (NGINX, "gave no vector (status 200)"),
    (json_reply({"data": [{"embedding": "AAAA"}]}), "gave no vector"), (json_reply([]), "gave no vector"),
])
def test_an_embedding_reply_without_a_vector_is_a_fault(reply, sentence):
    with scripted_server(pages={"/v1/embeddings": reply}) as server:
        assert sentence in fault_message(server.base_url, "embedding", chat_model="", embed_model="vectors")


class _StrictEmbeddings(BaseHTTPRequestHandler):
    """Gives a vector; refuses a request with an `input_type` other than that of a passage, as NVIDIA's servers do."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_refused = body.get("input_type", "passage") != "passage"
        answer = {"detail": "参数 input_type not permitted"} if is_refused else {"data": [{"embedding": [0.6, 0.8]}]}
        content = json.dumps(answer).encode()
        self.send_response(422 if is_refused else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def test_a_server_that_refuses_the_input_type_is_found_before_the_first_passage():
    more = {"chat_model": "", "embed_model": "vectors"}
    with handler_server(_StrictEmbeddings) as address:
        assert doctor_findings(f"{address}/v1", **more, embed_input_type="passage")[1]
        message = fault_message(f"{address}/v1", "embedding", **more, embed_input_type="document")
    assert "(status 422: 参数 input_type not permitted)" in message
    assert message.endswith("; if the server does not know the field input_type, empty HUWEN_EMBED_INPUT_TYPE")


@pytest.mark.parametrize(("status", "input_type"), [(401, "passage"), (422, "")])
def test_the_input_type_is_not_blamed_for_another_refusal(status, input_type):
    more = {"chat_model": "", "embed_model": "vectors", "embed_input_type": input_type}
    with scripted_server(pages={"/v1/embeddings": error_reply(status, "no")}) as server:
        assert "HUWEN_EMBED_INPUT_TYPE" not in fault_message(server.base_url, "embedding", **more)


def test_an_unreachable_embedding_endpoint_is_a_fault():
    with unreachable_url() as base_url:
        assert "connection refused" in fault_message(base_url, "embedding", chat_model="", embed_model="vectors")


def test_a_bad_embedding_address_is_named_by_its_own_setting():
    assert "HUWEN_EMBED_URL is" in fault_message("127.0.0.1:1/v1", "embedding", chat_model="", embed_model="vectors")


@pytest.mark.parametrize("model", ["", "none", "local:somewhere"])
def test_a_local_embedder_is_not_asked(model):
    assert "embedding" not in doctor_findings("http://127.0.0.1:1/v1", chat_model="", embed_model=model)[0]
