"""HTTP client: replies of limited size, retries, and errors in plain words without the key."""

import math
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from rag.endpoints.client import (
    EndpointClient,
    EndpointError,
    RetryPolicy,
    TransportError,
    append_detail,
    error_detail,
    parse_retry_after,
    redact_line,
    root_cause,
    status_help,
)
from rag.endpoints.embeddings import EndpointEmbedder
from rag.endpoints.rerank import EndpointReranker, RerankFailed
from rag.endpoints.vector_validation import EmbeddingFailed
from rag.questions.analysis import analyse_question
from rag.schema import Passage
from tests.servers import Reply, json_reply, scripted_server, unreachable_url

KEY = "sk-secret-123"
PASSAGE = Passage(1, "1", "taihu.md", "", "", 0, 0, 12, "太湖平均水深1.9米。", 1.0, "zh")


def raised_error(url: str, **options: object) -> TransportError:
    client = EndpointClient(**{"base_url": url, "key": KEY, "silence_timeout": 5.0} | options)
    with pytest.raises(TransportError) as raised:
        client.send_request("GET", f"{url}/models", None, time.monotonic() + 5)
    return raised.value


@pytest.mark.parametrize(("headers", "seconds"), [
    ({"retry-after": "2"}, 2), ({"retry-after-ms": "1500"}, 1.5), ({"retry-after-ms": "1", "retry-after": "9"}, 0.001),
    ({"retry-after": "-1"}, -1), ({"retry-after": "nan"}, math.inf), ({"retry-after": "1e999"}, math.inf),
    ({"retry-after": "soon"}, None), ({"retry-after": "²"}, None), ({}, None),
    ({"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}, None),
])
def test_the_pause_that_an_endpoint_requests_is_parsed(headers, seconds):
    assert parse_retry_after(headers) == seconds


def test_date_within_the_hour_is_a_pause():
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert parse_retry_after({"retry-after": date}) == pytest.approx(60, abs=5)


@pytest.mark.parametrize(("error", "attempts", "remaining", "delay"), [
    (EndpointError("busy", is_temporary=True), 1, 60, 0.5),
    (EndpointError("busy", is_temporary=True), 2, 60, 1.0),
    (EndpointError("busy", is_temporary=True), 3, 60, None),
    (EndpointError("busy", is_temporary=True), 1, 0.5, None),
    (EndpointError("busy", is_temporary=True, retry_after=3600), 1, 60, 5.0),
    (EndpointError("busy", is_temporary=True, retry_after=-1), 1, 60, 0.0),
    (EndpointError("no such model"), 1, 60, None),
])
def test_a_request_is_repeated_while_attempts_and_time_are_left(error, attempts, remaining, delay):
    assert RetryPolicy().next_delay(error, attempts, remaining) == delay


@pytest.mark.parametrize("body", [
    '{"error": {"message": "忙 busy"}}', '{"error": "忙 busy"}', '{"message": "忙 busy"}', '{"detail": "忙 busy"}',
    '{"detail": [{"msg": "忙 busy"}]}', '{"error_msg": "忙 busy"}', '{"error": null, "message": "忙 busy"}',
    " 忙 busy\n"])
def test_error_detail_is_found_in_any_field(body):
    assert error_detail(body) == "忙 busy"


@pytest.mark.parametrize("body", ["", "<html>Bad Gateway</html>", "{}", "[]", "null", "1", '{"error": {"code": 1}}'])
def test_body_without_a_sentence_has_no_detail(body):
    assert error_detail(body) == ""


def test_key_is_removed_before_the_line_is_cut():
    assert KEY[:5] not in redact_line("x" * 195 + KEY, KEY)
    assert redact_line(f"密钥 {KEY} 无效\nagain", KEY) == "密钥 … 无效"
    assert redact_line("<html>", KEY) == ""
    assert redact_line("none of these", "none") == "none of these", "a short key is no secret"


def test_the_advice_of_an_endpoint_has_priority_over_the_common_one():
    assert status_help(403, {}) == "the key may not use this model"
    assert status_help(403, {403: "check the key"}) == "check the key"
    assert status_help(500, {}) == "see the server's log"


def test_detail_follows_a_colon():
    assert append_detail("answered 401", "密钥无效") == "answered 401: 密钥无效"
    assert append_detail("answered 401", "") == "answered 401"


def test_root_cause_is_found_below_groups_and_contexts():
    refusal = ConnectionRefusedError(111, "refused")
    wrapper = OSError("all attempts failed")
    wrapper.__context__ = ExceptionGroup("addresses", [OSError("IPv6"), refusal])
    assert root_cause(wrapper) is refusal


def test_an_error_has_its_kind_and_whether_it_is_temporary():
    with unreachable_url() as url:
        error = raised_error(url)
    assert (error.kind, error.detail, error.is_temporary) == ("connection", "Connection refused", True)
    for url in ("localhost:8080/v1", "ftp://127.0.0.1", "http://[::1", "http://127.0.0.1:x"):
        error = raised_error(url)
        assert (error.kind, error.is_temporary) == ("address", False)
    assert raised_error("http://127.0.0.1:1", key="钥匙").kind == "key"


def test_a_reply_that_is_too_large_is_not_read_completely():
    with scripted_server(pages={"/v1/models": Reply((b"x" * 1000,) * 20)}) as server:
        assert raised_error(server.base_url, max_bytes=2000).kind == "size"


def test_a_silent_server_is_given_up_after_the_silence_timeout():
    with scripted_server(pages={"/v1/models": Reply((9.0,))}) as server:
        assert raised_error(server.base_url, silence_timeout=0.2).kind == "silence"


def test_redirect_is_followed():
    pages = {
        "/v1/models": Reply((), 307, headers=(("Location", "/v2/models"),)),
        "/v2/models": json_reply({"data": ["太湖", "lake"]})}
    with scripted_server(pages=pages) as server:
        client = EndpointClient(server.base_url, "", 5.0)
        reply = client.send_request("GET", f"{server.base_url}/models", None, time.monotonic() + 5)
    assert (reply.status, reply.text) == (200, '{"data": ["太湖", "lake"]}')


def test_no_proxy_is_used_for_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with scripted_server(pages={"/v1/embeddings": json_reply({"data": [{"embedding": [0, 2]}]})}) as server:
        assert EndpointEmbedder("tiny", server.base_url, KEY).embed_query("太湖 lake") == [0, 1]


def test_proxy_that_cannot_be_used_is_one_sentence(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "nonsense://127.0.0.1:1")
    with pytest.raises(EmbeddingFailed, match=r"cannot be reached .*nonsense"):
        EndpointEmbedder("tiny", "http://model.invalid/v1", KEY).embed_query("太湖 lake")


def test_password_in_the_address_is_not_shown():
    with unreachable_url() as base_url:
        url = base_url.replace("http://", "http://me:pass-word@")
        with pytest.raises(EmbeddingFailed) as embedding:
            EndpointEmbedder("tiny", url, KEY, total_timeout=0.1).embed_query("太湖 lake")
        with pytest.raises(RerankFailed) as reranking:
            EndpointReranker("bge", url, KEY, timeout=0.1).score_passages(analyse_question("太湖？", "zh"), [PASSAGE])
    assert "pass-word" not in str(embedding.value) + str(reranking.value)
