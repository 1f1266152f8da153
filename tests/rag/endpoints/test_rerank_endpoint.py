"""Reranker behind an endpoint: its scores are validated row by row; a failure is one sentence without the key."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from itertools import pairwise

import pytest

from rag.endpoints.rerank import EndpointReranker, RerankFailed
from rag.questions.analysis import analyse_question
from rag.schema import Language, Passage
from tests.servers import handler_server, unreachable_url

KEY = "sk-secret-123"


def passage(text: str, score: float, language: Language = "zh", **fields: str) -> Passage:
    place = {"id": text, "source_id": "s", "title": "", "section": ""} | fields
    return Passage(number=1, page=0, start=0, end=len(text), text=text, score=score, language=language, **place)


LAKES = [
    passage("太湖面积2427平方公里。", 1.0, title="太湖", section="面积"),
    passage("Lake Tai is shallow.", 0.8, "en", title="Lake Tai"), passage("无锡在太湖边。", 0.3)]
TEXTS = ["太湖\n面积\n太湖面积2427平方公里。", "Lake Tai\nLake Tai is shallow.", "无锡在太湖边。"]


@dataclass(frozen=True)
class Reply:
    """What is sent for one request, `pause` seconds before each of its pieces."""

    body: object
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0

    def pieces(self) -> list[bytes]:
        whole = self.body if isinstance(self.body, bytes) else json.dumps(self.body, ensure_ascii=False).encode()
        return [whole] if not self.pause else [whole[i : i + 1] for i in range(len(whole))]


@dataclass(frozen=True)
class Endpoint:
    """The address of the server, and the requests that it received, with their times."""

    url: str
    paths: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def reranker(self, **other: object) -> EndpointReranker:
        return EndpointReranker(**({"model": "bge", "url": self.url, "api_key": KEY} | other))

    def scores(self, **other: object) -> list[float]:
        return self.reranker(**other).score_passages(analyse_question("太湖有多大？ How big?", "zh"), LAKES)

    def failure_sentence(self, **other: object) -> str:
        """The one sentence of a failure: it names model and endpoint, and never contains the key."""
        with pytest.raises(RerankFailed) as raised:
            self.scores(**other)
        sentence = str(raised.value)
        assert sentence.startswith(f"the reranker bge at {self.url}/rerank ")
        assert "\n" not in sentence
        assert KEY not in sentence + repr(raised.value)
        return sentence


@contextmanager
def scripted_endpoint(*replies: Reply | Callable[[dict], Reply]) -> Iterator[Endpoint]:
    """A server that gives one reply to each request, in order, and repeats the last; a function gets the body."""
    is_finished = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.paths.append(self.path)
            received.times.append(time.monotonic())
            received.keys.append(self.headers["Authorization"])
            received.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            reply = replies[min(len(received.bodies), len(replies)) - 1]
            if not isinstance(reply, Reply):
                reply = reply(json.loads(received.bodies[-1]))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in reply.pieces():
                if is_finished.wait(reply.pause):
                    return
                self.wfile.write(piece)

        def log_message(self, *_: object) -> None:
            pass

    with handler_server(Handler) as address:
        received = Endpoint(f"{address}/v1")
        try:
            yield received
        finally:
            is_finished.set()


def cohere_ranking(*rows: tuple[object, object]) -> Reply:
    """A ranking in the format of Jina, Cohere and vLLM."""
    return Reply({"model": "bge", "results": [
        {"index": index, "relevance_score": score, "document": {"text": "…"}} for index, score in rows]})


def tei_ranking(*rows: tuple[object, object]) -> Reply:
    """A ranking in the format of text-embeddings-inference (TEI)."""
    return Reply([{"index": index, "score": score} for index, score in rows])


GOOD = cohere_ranking((0, 0.9), (1, 0.2), (2, 0.4))


def reply_as_tei(body: dict) -> Reply:
    """The reply of TEI, which knows `texts` only."""
    if "texts" not in body:
        return Reply(b"Failed to deserialize the JSON body into the target type: missing field `texts`", 422)
    return tei_ranking((0, 0.9), (2, 0.4), (1, 0.2))


def reply_as_cohere(body: dict) -> Reply:
    """The reply of Cohere, for which an unknown field is an error."""
    unknown = set(body) - {"model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"}
    if unknown:
        return Reply({"message": f"unknown field: parameter '{unknown.pop()}' is not a valid field."}, 422)
    return GOOD


# --- requests


def test_texts_are_sent_unchanged_in_both_languages():
    with scripted_endpoint(GOOD) as server:
        server.scores()
    assert json.loads(server.bodies[0]) == {
        "model": "bge", "query": "太湖有多大？ How big?", "documents": TEXTS, "top_n": 3}
    assert "无锡在太湖边。".encode() in server.bodies[0]
    assert server.keys == [f"Bearer {KEY}"]


@pytest.mark.parametrize("end", ["", "/", "/rerank", "/rerank/", " \n"])
def test_the_address_may_be_the_base_url_or_the_full_url(end):
    with scripted_endpoint(GOOD) as server:
        server.scores(url=server.url + end)
    assert server.paths == ["/v1/rerank"]


def test_local_server_needs_no_key():
    with scripted_endpoint(GOOD) as server:
        server.scores(api_key=" ")
    assert server.keys == [None]


def test_no_request_is_sent_without_passages():
    with scripted_endpoint(GOOD) as server:
        assert server.reranker().score_passages(analyse_question("太湖？", "zh"), []) == []
    assert server.bodies == []


def test_half_a_character_is_replaced():
    with scripted_endpoint(cohere_ranking((0, 1.0))) as server:
        assert server.reranker().score_passages(analyse_question("太湖\ud83d？", "zh"), LAKES[:1]) == [1.0]
    assert json.loads(server.bodies[0])["query"] == "太湖?？"


def test_the_key_is_not_in_the_repr_of_the_reranker():
    assert KEY not in repr(EndpointReranker("bge", "http://localhost/v1", KEY))


# --- rankings


@pytest.mark.parametrize("reply", [
    GOOD, cohere_ranking((1, 0.2), (2, 0.4), (0, 0.9)), tei_ranking((0, 0.9), (2, 0.4), (1, 0.2)),
    reply_as_cohere, reply_as_tei])
def test_scores_are_matched_to_their_passages_in_any_format_and_order(reply):
    with scripted_endpoint(reply) as server:
        assert server.scores() == [0.9, 0.2, 0.4]


def test_scores_may_be_integers_or_negative():
    with scripted_endpoint(cohere_ranking((0, -7), (1, 3), (2, -0.5))) as server:
        assert server.scores() == [-7, 3, -0.5]


def test_format_that_worked_is_used_from_then_on():
    with scripted_endpoint(reply_as_tei) as server:
        reranker = server.reranker()
        for _ in range(2):
            assert reranker.score_passages(analyse_question("太湖有多大？", "zh"), LAKES) == [0.9, 0.2, 0.4]
    assert ["texts" in json.loads(body) for body in server.bodies] == [False, True, True]


def test_a_server_that_accepted_the_common_format_gets_no_other():
    with scripted_endpoint(GOOD, Reply({"message": "too long"}, 400)) as server:
        reranker = server.reranker()
        reranker.score_passages(analyse_question("太湖有多大？", "zh"), LAKES)
        with pytest.raises(RerankFailed, match="answered 400: too long; often"):
            reranker.score_passages(analyse_question("太湖有多大？", "zh"), LAKES)
    assert len(server.bodies) == 2


@pytest.mark.parametrize("score", [0.9, 0.0, -11.5])
def test_passages_missing_in_the_ranking_come_last_in_their_fused_order(score):
    with scripted_endpoint(cohere_ranking((2, score))) as server:
        scores = server.scores()
    assert sorted(range(3), key=lambda at: -scores[at]) == [2, 0, 1]
    assert all(better - worse > 0.1 for better, worse in pairwise(sorted(scores, reverse=True)))


@pytest.mark.parametrize("reply", [
    cohere_ranking((0, 0.9), (1, 0.2), (3, 0.4)), cohere_ranking((0, 0.9), (1, 0.2), (1, 0.4)),
    tei_ranking((0, 0.9), (1, 0.1), (2, 0.1), (0, 0.9))])
def test_a_ranking_with_a_repeated_or_unknown_passage_is_refused(reply):
    with scripted_endpoint(reply) as server:
        assert "ranked a passage twice, or one that it was not given" in server.failure_sentence()
    assert len(server.bodies) == 1


@pytest.mark.parametrize("reply", [
    cohere_ranking((0, float("nan"))), cohere_ranking((0, float("inf"))), cohere_ranking((0, 10**400)),
    cohere_ranking((0, "0.9")), cohere_ranking((0, None)), cohere_ranking((0, True)), cohere_ranking((-1, 0.9)),
    cohere_ranking((True, 0.9)), cohere_ranking((0.0, 0.9)), cohere_ranking(("0", 0.9)), cohere_ranking(),
    tei_ranking(), Reply([0.9, 0.2, 0.4]), Reply({"results": [{"index": 0}]}),
    Reply({"data": []}), Reply({"error": "out of memory"}), Reply("好"), Reply(None), Reply(b""),
    Reply(b'{"results": [{"index": 0, "relev'), Reply("太".encode("gbk")), Reply(b"[" * 100_000),
    Reply(b"<!doctype html><html><body>Welcome to nginx!</body></html>"),
])
def test_reply_without_a_ranking_is_refused(reply):
    with scripted_endpoint(reply) as server:
        assert "sent no ranking (" in server.failure_sentence()
    assert len(server.bodies) == 1


# --- refusals


@pytest.mark.parametrize(("status", "help_"), [
    (401, "check the reranker's key"), (403, "may not use this model"), (404, "as far as /rerank"), (413, "too long"),
    (307, "see the server's log"), (429, "try again later"), (500, "see the server's log"),
    (503, "see the server's log"),
])
def test_an_error_gives_advice(status, help_):
    with scripted_endpoint(Reply({"message": "no"}, status, {"Retry-After": "0"})) as server:
        sentence = server.failure_sentence()
    assert f"answered {status}: no; " in sentence
    assert help_ in sentence


@pytest.mark.parametrize("error", [
    {"message": f"no luck with {KEY}\nask again"}, {"error": {"message": f"no luck with {KEY}"}},
    {"detail": f"no luck with {KEY}"},
    {"error": f"no luck with {KEY}", "error_type": "x"}, f"no luck with {KEY}".encode()])
def test_an_error_repeats_the_message_of_the_server(error):
    with scripted_endpoint(Reply(error, 401)) as server:
        assert "answered 401: no luck with …; " in server.failure_sentence()


@pytest.mark.parametrize(("status", "requests"), [
    (400, 2), (422, 2), (401, 1), (403, 1), (404, 1), (413, 1), (429, 3), (500, 3), (503, 3)])
def test_only_temporary_errors_are_retried_and_another_format_only_once(status, requests):
    with scripted_endpoint(Reply({"message": "no"}, status, {"Retry-After": "0"})) as server:
        server.failure_sentence()
    assert len(server.bodies) == requests


def test_an_error_for_both_formats_repeats_both_messages():
    refusals = Reply({"message": "text too long"}, 400), Reply({"message": "documents is required"}, 422)
    with scripted_endpoint(*refusals) as server:
        sentence = server.failure_sentence()
    assert ("answered 400: text too long and, in the format of text-embeddings-inference, "
            "answered 422: documents is required; ") in sentence


def test_web_page_and_half_a_key_are_not_shown():
    with scripted_endpoint(Reply(b"<html>Bad Gateway</html>", 404), Reply(("x" * 195 + KEY).encode(), 401)) as server:
        assert "answered 404; " in server.failure_sentence()
        assert KEY[:5] not in server.failure_sentence()


def test_a_retry_waits_as_long_as_the_server_requests():
    with scripted_endpoint(Reply({"message": "busy"}, 429, {"Retry-After": "1"}), GOOD) as server:
        assert server.scores() == [0.9, 0.2, 0.4]
    assert 0.9 < server.times[1] - server.times[0] < 3


def test_a_requested_wait_is_limited():
    with scripted_endpoint(Reply({"message": "busy"}, 429, {"Retry-After": "3600"}), GOOD) as server:
        assert server.scores() == [0.9, 0.2, 0.4]
    assert server.times[1] - server.times[0] < 4


@pytest.mark.parametrize("after", ["3600", "-1", "nan", "soon", "²", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_there_is_no_wait_beyond_the_timeout(after):
    started = time.monotonic()
    busy_reply = Reply({"message": "busy"}, 429, {"Retry-After": after.encode().decode("latin-1")})
    with scripted_endpoint(busy_reply) as server:
        assert "answered 429: busy" in server.failure_sentence(timeout=0.3)
    assert time.monotonic() - started < 1.5


# --- no answer


def test_a_silent_server_is_given_up_after_the_timeout():
    started = time.monotonic()
    with scripted_endpoint(Reply({"results": []}, pause=30)) as server:
        assert "did not answer within 0.3 seconds" in server.failure_sentence(timeout=0.3)
    assert time.monotonic() - started < 1.5
    assert len(server.bodies) == 1


def test_a_slow_answer_is_given_up_after_the_timeout():
    started = time.monotonic()
    with scripted_endpoint(Reply({"results": ["x" * 1000]}, pause=0.05)) as server:
        assert "did not answer within 0.4 seconds" in server.failure_sentence(timeout=0.4)
    assert time.monotonic() - started < 2


def test_a_request_is_repeated_after_a_broken_connection():
    broken = Reply(b'{"results"', headers={"Content-Length": "5000"})
    with scripted_endpoint(broken, GOOD) as server:
        assert server.scores() == [0.9, 0.2, 0.4]
    with scripted_endpoint(broken) as server:
        assert " broke off (" in server.failure_sentence()
    assert len(server.bodies) == 3


def test_refused_connection_is_named_in_the_sentence():
    with unreachable_url() as base_url:
        sentence = Endpoint(base_url).failure_sentence()
    assert "cannot be reached" in sentence
    assert "Connection refused" in sentence


@pytest.mark.parametrize("key", [f"{KEY}鑰匙", f"{KEY}\nsk-more"])
def test_key_with_invalid_characters_is_named_in_the_sentence(key):
    with scripted_endpoint(GOOD) as server:
        assert "cannot be used; check the reranker's URL and key" in server.failure_sentence(api_key=key)
    assert server.bodies == []


@pytest.mark.parametrize("url", ["", "localhost:8080/v1", "ftp://localhost", "http://[::1", "http://a b:c"])
def test_invalid_address_is_named_in_the_sentence(url):
    with pytest.raises(RerankFailed, match="cannot be used; check the reranker's URL and key"):
        EndpointReranker("bge", url, "").score_passages(analyse_question("太湖？", "zh"), LAKES)
