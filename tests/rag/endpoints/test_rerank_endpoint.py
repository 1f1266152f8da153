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
from tests.servers import listening, refused

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
    """Where the server is, what it received, and when."""

    url: str
    paths: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def reranker(self, **other: object) -> EndpointReranker:
        return EndpointReranker(**({"model": "bge", "url": self.url, "api_key": KEY} | other))

    def scores(self, **other: object) -> list[float]:
        return self.reranker(**other).score_passages(analyse_question("太湖有多大？ How big?", "zh"), LAKES)

    def failure(self, **other: object) -> str:
        """The one sentence of a failure: it names model and endpoint, and never the key."""
        with pytest.raises(RerankFailed) as raised:
            self.scores(**other)
        sentence = str(raised.value)
        assert sentence.startswith(f"the reranker bge at {self.url}/rerank ")
        assert "\n" not in sentence
        assert KEY not in sentence + repr(raised.value)
        return sentence


@contextmanager
def serving(*replies: Reply | Callable[[dict], Reply]) -> Iterator[Endpoint]:
    """A server that gives one reply to each request, in order, and repeats the last; a function gets the body."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.paths.append(self.path)
            seen.times.append(time.monotonic())
            seen.keys.append(self.headers["Authorization"])
            seen.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            reply = replies[min(len(seen.bodies), len(replies)) - 1]
            if not isinstance(reply, Reply):
                reply = reply(json.loads(seen.bodies[-1]))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in reply.pieces():
                if over.wait(reply.pause):
                    return
                self.wfile.write(piece)

        def log_message(self, *_: object) -> None:
            pass

    with listening(Handler) as address:
        seen = Endpoint(f"{address}/v1")
        try:
            yield seen
        finally:
            over.set()


def results(*rows: tuple[object, object]) -> Reply:
    """A ranking in the format of Jina, Cohere and vLLM."""
    return Reply({"model": "bge", "results": [
        {"index": index, "relevance_score": score, "document": {"text": "…"}} for index, score in rows]})


def bare(*rows: tuple[object, object]) -> Reply:
    """A ranking in the format of text-embeddings-inference (TEI)."""
    return Reply([{"index": index, "score": score} for index, score in rows])


GOOD = results((0, 0.9), (1, 0.2), (2, 0.4))


def as_tei(body: dict) -> Reply:
    """The reply of TEI, which knows `texts` only."""
    if "texts" not in body:
        return Reply(b"Failed to deserialize the JSON body into the target type: missing field `texts`", 422)
    return bare((0, 0.9), (2, 0.4), (1, 0.2))


def as_cohere(body: dict) -> Reply:
    """The reply of Cohere, for which an unknown field is an error."""
    unknown = set(body) - {"model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"}
    if unknown:
        return Reply({"message": f"unknown field: parameter '{unknown.pop()}' is not a valid field."}, 422)
    return GOOD


# --- requests


def test_texts_arrive_as_they_are_in_either_language():
    with serving(GOOD) as server:
        server.scores()
    assert json.loads(server.bodies[0]) == {
        "model": "bge", "query": "太湖有多大？ How big?", "documents": TEXTS, "top_n": 3}
    assert "无锡在太湖边。".encode() in server.bodies[0]
    assert server.keys == [f"Bearer {KEY}"]


@pytest.mark.parametrize("end", ["", "/", "/rerank", "/rerank/", " \n"])
def test_address_may_be_the_base_or_the_whole(end):
    with serving(GOOD) as server:
        server.scores(url=server.url + end)
    assert server.paths == ["/v1/rerank"]


def test_local_server_needs_no_key():
    with serving(GOOD) as server:
        server.scores(api_key=" ")
    assert server.keys == [None]


def test_without_passages_nothing_is_asked():
    with serving(GOOD) as server:
        assert server.reranker().score_passages(analyse_question("太湖？", "zh"), []) == []
    assert server.bodies == []


def test_half_a_character_does_no_harm():
    with serving(results((0, 1.0))) as server:
        assert server.reranker().score_passages(analyse_question("太湖\ud83d？", "zh"), LAKES[:1]) == [1.0]
    assert json.loads(server.bodies[0])["query"] == "太湖?？"


def test_key_is_not_in_what_the_reranker_looks_like():
    assert KEY not in repr(EndpointReranker("bge", "http://localhost/v1", KEY))


# --- rankings


@pytest.mark.parametrize("reply", [
    GOOD, results((1, 0.2), (2, 0.4), (0, 0.9)), bare((0, 0.9), (2, 0.4), (1, 0.2)), as_cohere, as_tei])
def test_scores_go_to_their_passages_in_any_format_and_order(reply):
    with serving(reply) as server:
        assert server.scores() == [0.9, 0.2, 0.4]


def test_scores_may_be_whole_or_below_zero():
    with serving(results((0, -7), (1, 3), (2, -0.5))) as server:
        assert server.scores() == [-7, 3, -0.5]


def test_format_that_worked_is_used_from_then_on():
    with serving(as_tei) as server:
        reranker = server.reranker()
        for _ in range(2):
            assert reranker.score_passages(analyse_question("太湖有多大？", "zh"), LAKES) == [0.9, 0.2, 0.4]
    assert ["texts" in json.loads(body) for body in server.bodies] == [False, True, True]


def test_server_that_took_the_common_format_gets_no_other():
    with serving(GOOD, Reply({"message": "too long"}, 400)) as server:
        reranker = server.reranker()
        reranker.score_passages(analyse_question("太湖有多大？", "zh"), LAKES)
        with pytest.raises(RerankFailed, match="answered 400: too long; often"):
            reranker.score_passages(analyse_question("太湖有多大？", "zh"), LAKES)
    assert len(server.bodies) == 2


@pytest.mark.parametrize("score", [0.9, 0.0, -11.5])
def test_passages_left_out_come_behind_in_their_fused_order(score):
    with serving(results((2, score))) as server:
        scores = server.scores()
    assert sorted(range(3), key=lambda at: -scores[at]) == [2, 0, 1]
    assert all(better - worse > 0.1 for better, worse in pairwise(sorted(scores, reverse=True)))


@pytest.mark.parametrize("reply", [
    results((0, 0.9), (1, 0.2), (3, 0.4)), results((0, 0.9), (1, 0.2), (1, 0.4)),
    bare((0, 0.9), (1, 0.1), (2, 0.1), (0, 0.9))])
def test_passage_ranked_twice_or_never_given_is_refused(reply):
    with serving(reply) as server:
        assert "ranked a passage twice, or one that it was not given" in server.failure()
    assert len(server.bodies) == 1


@pytest.mark.parametrize("reply", [
    results((0, float("nan"))), results((0, float("inf"))), results((0, 10**400)), results((0, "0.9")),
    results((0, None)), results((0, True)), results((-1, 0.9)), results((True, 0.9)), results((0.0, 0.9)),
    results(("0", 0.9)), results(), bare(), Reply([0.9, 0.2, 0.4]), Reply({"results": [{"index": 0}]}),
    Reply({"data": []}), Reply({"error": "out of memory"}), Reply("好"), Reply(None), Reply(b""),
    Reply(b'{"results": [{"index": 0, "relev'), Reply("太".encode("gbk")), Reply(b"[" * 100_000),
    Reply(b"<!doctype html><html><body>Welcome to nginx!</body></html>"),
])
def test_reply_without_a_ranking_is_refused(reply):
    with serving(reply) as server:
        assert "sent no ranking (" in server.failure()
    assert len(server.bodies) == 1


# --- refusals


@pytest.mark.parametrize(("status", "help_"), [
    (401, "check the reranker's key"), (403, "may not use this model"), (404, "as far as /rerank"), (413, "too long"),
    (307, "see the server's log"), (429, "try again later"), (500, "see the server's log"),
    (503, "see the server's log"),
])
def test_refusal_says_what_would_help(status, help_):
    with serving(Reply({"message": "no"}, status, {"Retry-After": "0"})) as server:
        sentence = server.failure()
    assert f"answered {status}: no; " in sentence
    assert help_ in sentence


@pytest.mark.parametrize("error", [
    {"message": f"no luck with {KEY}\nask again"}, {"error": {"message": f"no luck with {KEY}"}},
    {"detail": f"no luck with {KEY}"},
    {"error": f"no luck with {KEY}", "error_type": "x"}, f"no luck with {KEY}".encode()])
def test_refusal_says_what_the_server_said(error):
    with serving(Reply(error, 401)) as server:
        assert "answered 401: no luck with …; " in server.failure()


@pytest.mark.parametrize(("status", "requests"), [
    (400, 2), (422, 2), (401, 1), (403, 1), (404, 1), (413, 1), (429, 3), (500, 3), (503, 3)])
def test_only_what_may_pass_is_tried_again_and_another_format_only_once(status, requests):
    with serving(Reply({"message": "no"}, status, {"Retry-After": "0"})) as server:
        server.failure()
    assert len(server.bodies) == requests


def test_refusal_of_both_formats_repeats_both_errors():
    with serving(Reply({"message": "text too long"}, 400), Reply({"message": "documents is required"}, 422)) as server:
        sentence = server.failure()
    assert ("answered 400: text too long and, asked as text-embeddings-inference is, "
            "answered 422: documents is required; ") in sentence


def test_web_page_and_half_a_key_are_not_shown():
    with serving(Reply(b"<html>Bad Gateway</html>", 404), Reply(("x" * 195 + KEY).encode(), 401)) as server:
        assert "answered 404; " in server.failure()
        assert KEY[:5] not in server.failure()


def test_server_that_was_busy_once_is_asked_again_when_it_said():
    with serving(Reply({"message": "busy"}, 429, {"Retry-After": "1"}), GOOD) as server:
        assert server.scores() == [0.9, 0.2, 0.4]
    assert 0.9 < server.times[1] - server.times[0] < 3


def test_pause_that_a_server_asks_for_has_an_end():
    with serving(Reply({"message": "busy"}, 429, {"Retry-After": "3600"}), GOOD) as server:
        assert server.scores() == [0.9, 0.2, 0.4]
    assert server.times[1] - server.times[0] < 4


@pytest.mark.parametrize("after", ["3600", "-1", "nan", "soon", "²", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_nobody_waits_for_a_pause_beyond_the_time_that_there_is(after):
    begun = time.monotonic()
    with serving(Reply({"message": "busy"}, 429, {"Retry-After": after.encode().decode("latin-1")})) as server:
        assert "answered 429: busy" in server.failure(timeout=0.3)
    assert time.monotonic() - begun < 1.5


# --- no answer


def test_silent_server_is_given_up_in_time():
    begun = time.monotonic()
    with serving(Reply({"results": []}, pause=30)) as server:
        assert "did not answer within 0.3 seconds" in server.failure(timeout=0.3)
    assert time.monotonic() - begun < 1.5
    assert len(server.bodies) == 1


def test_answer_that_trickles_is_given_up_in_time():
    begun = time.monotonic()
    with serving(Reply({"results": ["x" * 1000]}, pause=0.05)) as server:
        assert "did not answer within 0.4 seconds" in server.failure(timeout=0.4)
    assert time.monotonic() - begun < 2


def test_connection_that_breaks_is_tried_again():
    broken = Reply(b'{"results"', headers={"Content-Length": "5000"})
    with serving(broken, GOOD) as server:
        assert server.scores() == [0.9, 0.2, 0.4]
    with serving(broken) as server:
        assert " broke off (" in server.failure()
    assert len(server.bodies) == 3


def test_refused_connection_is_named_in_the_sentence():
    with refused() as base_url:
        sentence = Endpoint(base_url).failure()
    assert "cannot be reached" in sentence
    assert "Connection refused" in sentence


@pytest.mark.parametrize("key", [f"{KEY}鑰匙", f"{KEY}\nsk-more"])
def test_key_with_invalid_characters_is_named_in_the_sentence(key):
    with serving(GOOD) as server:
        assert "cannot be asked; check the reranker's URL and key" in server.failure(api_key=key)
    assert server.bodies == []


@pytest.mark.parametrize("url", ["", "localhost:8080/v1", "ftp://localhost", "http://[::1", "http://a b:c"])
def test_invalid_address_is_named_in_the_sentence(url):
    with pytest.raises(RerankFailed, match="cannot be asked; check the reranker's URL and key"):
        EndpointReranker("bge", url, "").score_passages(analyse_question("太湖？", "zh"), LAKES)
