"""Embedder behind an endpoint: a reply gives valid vectors or an error of one sentence, and every wait is limited."""

import json
import math
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest

from rag.endpoints.embeddings import EndpointEmbedder
from rag.endpoints.vector_validation import EmbeddingFailed
from rag.schema import EmbeddingPrompts
from tests.servers import handler_server, unreachable_url

KEY = "sk-secret-123"
ZH, EN = "苏州的园林", "a garden in Suzhou"
PAGE = b"<!doctype html><html><body>Welcome to nginx!</body></html>"


@dataclass(frozen=True)
class Reply:
    """What is sent for one request, after `pause` seconds, and with `drip` seconds after each byte."""

    body: bytes
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=lambda: {"retry-after-ms": "1"})  # clients retry at once
    pause: float = 0.0
    drip: float = 0.0


@dataclass
class Endpoint:
    """The address of the endpoint, and the requests that it received, with their times."""

    base_url: str = ""
    bodies: list[dict[str, object]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)


@contextmanager
def scripted_endpoint(*replies):
    """A server that gives one reply to each request, in order, and repeats the last; a function gets the texts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.bodies.append(body)
            received.keys.append(self.headers["Authorization"].removeprefix("Bearer "))
            received.at.append(time.monotonic())
            reply = replies[min(len(received.bodies), len(replies)) - 1]
            reply = reply(body["input"]) if callable(reply) else reply
            time.sleep(reply.pause)
            self.send_response(reply.status)
            headers = {"Content-Type": reply.kind, "Content-Length": str(len(reply.body)), **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in [reply.body[at : at + 1] for at in range(len(reply.body))] if reply.drip else [reply.body]:
                self.wfile.write(piece)
                time.sleep(reply.drip)

        def log_message(self, *_):
            pass

    received = Endpoint()
    with handler_server(Handler) as address:
        received.base_url = f"{address}/v1"
        yield received


def row(number, values):
    return f'{{"object": "embedding", "index": {number}, "embedding": {values}}}'


def vectors_reply(*rows):
    return Reply(f'{{"object": "list", "model": "tiny", "data": [{", ".join(rows)}]}}'.encode())


def good_reply(texts):
    """A reply with a vector of three numbers for each text, the first of them its length."""
    return vectors_reply(*(row(at, [len(text), 1.0, -2]) for at, text in enumerate(texts)))


def error_reply(status, message, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()} or {"retry-after-ms": "1"}
    return Reply(json.dumps({"error": {"message": message}}).encode(), status, headers=headers)


def unit_vector(*values):
    length = math.hypot(*values)
    return pytest.approx([value / length for value in values], abs=1e-6)  # 32-bit floats


def failure_sentence(base_url, texts=(ZH, EN), key=KEY, **more):
    """The one sentence of a failure: it names model and endpoint, and never contains the key."""
    with pytest.raises(EmbeddingFailed) as raised:
        EndpointEmbedder("tiny", base_url, key, **more).embed_documents(list(texts))
    sentence = str(raised.value)
    assert sentence.startswith(f"the embedding model tiny at {base_url} ")
    assert "\n" not in sentence
    assert KEY not in sentence + repr(raised.value)
    return sentence


def test_vectors_of_several_batches_come_in_order_and_at_unit_length():
    texts = [("湖" if n % 2 else "lake ") * (n + 1) for n in range(70)]
    with scripted_endpoint(good_reply) as server:
        vectors = EndpointEmbedder("tiny", server.base_url, KEY).embed_documents(texts)
    assert vectors == [unit_vector(len(text), 1, -2) for text in texts]
    assert [len(body["input"]) for body in server.bodies] == [32, 32, 6]
    assert {body["encoding_format"] for body in server.bodies} == {"float"}
    assert {body["model"] for body in server.bodies} == {"tiny"}
    assert set(server.keys) == {KEY}


@pytest.mark.parametrize("text", [ZH, EN])
def test_a_question_is_embedded_like_a_document(text):
    with scripted_endpoint(good_reply) as server:
        embedder = EndpointEmbedder("tiny", server.base_url, "")
        assert embedder.embed_query(text) == embedder.embed_documents([text])[0] == unit_vector(len(text), 1, -2)
    assert server.bodies[0]["input"] == [text]


@pytest.mark.parametrize("text", [ZH, EN])
def test_questions_and_passages_have_their_own_prefix(text):
    prompts = EmbeddingPrompts("query: ", "passage: ")
    with scripted_endpoint(good_reply) as server:
        embedder = EndpointEmbedder("tiny", server.base_url, "", prompts=prompts)
        embedder.embed_query(text)
        embedder.embed_documents([text, " "])
    assert [body["input"] for body in server.bodies] == [[f"query: {text}"], [f"passage: {text}"]]
    assert not any("input_type" in body for body in server.bodies)


@pytest.mark.parametrize("passage_type", ["passage", "document"])
def test_questions_and_passages_have_their_own_input_type(passage_type):
    with scripted_endpoint(good_reply) as server:
        embedder = EndpointEmbedder("tiny", server.base_url, "", prompts=EmbeddingPrompts(input_type=passage_type))
        embedder.embed_query(ZH)
        embedder.embed_documents([EN])
    assert [(body["input"], body["input_type"]) for body in server.bodies] == [([ZH], "query"), ([EN], passage_type)]


def test_vectors_of_passages_that_were_sent_differently_have_different_names():
    sides = [
        EmbeddingPrompts(), EmbeddingPrompts(passage_prefix="passage: "), EmbeddingPrompts(passage_prefix="passage:"),
        EmbeddingPrompts(passage_prefix="passage"), EmbeddingPrompts(input_type="passage"),
        EmbeddingPrompts(input_type="document"), EmbeddingPrompts(passage_prefix="段落：")]
    names = [EndpointEmbedder("tiny", "http://127.0.0.1:1/v1", "", prompts=side).name for side in sides]
    assert len(set(names)) == len(sides)
    assert names[0] == "endpoint:tiny"
    assert names[1] == "endpoint:tiny ('passage: ')"


def test_a_prefix_of_questions_alone_leaves_the_stored_vectors_valid():
    prompts = EmbeddingPrompts(query_prefix="为这个句子生成表示以用于检索相关文章：")
    assert EndpointEmbedder("tiny", "http://127.0.0.1:1/v1", "", prompts=prompts).name == "endpoint:tiny"


@pytest.mark.parametrize("text", [ZH, EN])
@pytest.mark.parametrize("status", [400, 422])
def test_the_input_type_is_named_where_the_server_may_have_refused_it(status, text):
    prompts = EmbeddingPrompts(input_type="passage")
    with scripted_endpoint(error_reply(status, "Extra inputs are not permitted")) as server:
        assert "leave HUWEN_EMBED_INPUT_TYPE empty" in failure_sentence(server.base_url, (text,), prompts=prompts)
        assert "HUWEN_EMBED_INPUT_TYPE" not in failure_sentence(server.base_url, (text,))  # it is not sent


def test_the_input_type_is_not_blamed_for_a_text_that_is_too_long():
    prompts = EmbeddingPrompts(input_type="passage")
    with scripted_endpoint(error_reply(413, "too long")) as server:
        assert "HUWEN_EMBED_INPUT_TYPE" not in failure_sentence(server.base_url, (EN,), prompts=prompts)


def test_rows_out_of_order_are_matched_to_their_texts():
    with scripted_endpoint(vectors_reply(row(2, [0, 0, 3]), row(0, [1, 0, 0]), row(1, [0, 2, 0]))) as server:
        vectors = EndpointEmbedder("tiny", server.base_url, KEY).embed_documents([ZH, EN, "太湖"])
    assert vectors == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_rows_without_numbers_keep_their_order():
    with scripted_endpoint(Reply(b'{"data": [{"embedding": [3, 0]}, {"embedding": [0, 4]}]}')) as server:
        assert EndpointEmbedder("tiny", server.base_url, KEY).embed_documents([ZH, EN]) == [[1, 0], [0, 1]]


def test_json_with_the_content_type_of_text_is_read():
    with scripted_endpoint(lambda texts: Reply(good_reply(texts).body, kind="text/plain")) as server:
        assert EndpointEmbedder("tiny", server.base_url, KEY).embed_query(ZH) == unit_vector(len(ZH), 1, -2)


@pytest.mark.parametrize("blank", ["", "  \n\t", "\u3000\u3000"])
def test_blank_text_is_the_zero_vector_and_is_never_sent(blank):
    with scripted_endpoint(good_reply) as server:
        vectors = EndpointEmbedder("tiny", server.base_url, KEY).embed_documents([blank, ZH, blank, EN])
    assert vectors == [[0, 0, 0], unit_vector(len(ZH), 1, -2), [0, 0, 0], unit_vector(len(EN), 1, -2)]
    assert [body["input"] for body in server.bodies] == [[ZH, EN]]


def test_blank_question_is_the_zero_vector_of_the_models_width():
    with scripted_endpoint(good_reply) as server:
        assert EndpointEmbedder("tiny", server.base_url, KEY).embed_query(" ") == [0, 0, 0]


def test_no_request_is_sent_without_texts():
    with unreachable_url() as base_url:
        assert EndpointEmbedder("tiny", base_url, KEY).embed_documents([]) == []


def test_half_a_character_is_replaced():
    with scripted_endpoint(good_reply) as server:
        assert EndpointEmbedder("tiny", server.base_url, KEY).embed_query("湖\ud800") == unit_vector(2, 1, -2)


@pytest.mark.parametrize(("values", "expected"), [
    ("[NaN, 1]", "not all numbers"), ("[1, null]", "not all numbers"), ("[Infinity, 1]", "not all numbers"),
    ("[1e999, 1]", "not all"), ("[0, 0.0]", "all zeros"), ("[]", "all zeros"), ("null", "not all numbers"),
    ('"AACAPwAAgD8="', "not all numbers"),
    ("[[1, 2], [3, 4]]", "not all numbers"), ('["a", "b"]', "not all numbers"), ("{}", "all zeros"),
])
def test_an_invalid_vector_is_refused(values, expected):
    with scripted_endpoint(vectors_reply(row(0, "[1, 2]"), row(1, values))) as server:
        assert expected in failure_sentence(server.base_url)
    assert len(server.bodies) == 1


@pytest.mark.parametrize(("reply", "expected"), [
    (vectors_reply(row(0, [1, 2])), "gave 1 vectors for 2 texts"),
    (vectors_reply(*(row(n, [1, 2]) for n in range(3))), "gave 3 vectors for 2 texts"),
    (vectors_reply(row(0, [1, 2]), row(0, [2, 1])), "numbered its vectors [0, 0]"),
    (vectors_reply(row(1, [1, 2]), row(2, [2, 1])), "numbered its vectors [1, 2]"),
    (vectors_reply(row(0, [1, 2]), row(1, [2, 1, 3])), "vectors of 2 and 3 dimensions"),
    (vectors_reply("null", "1"), "not all numbers, or all zeros"),
    (Reply(b'{"error": {"message": "out of memory, sk-secret-123\\nagain"}}'),
     "broke off with an error: out of memory, …;"),
], ids=["fewer", "more", "same number", "from one", "dimensions", "no rows", "error"])
def test_a_reply_that_does_not_match_the_texts_points_to_the_log_of_the_server(reply, expected):
    with scripted_endpoint(reply) as server:
        sentence = failure_sentence(server.base_url)
    assert expected in sentence
    assert sentence.endswith("; see the server's log")


@pytest.mark.parametrize("reply", [
    Reply(PAGE, kind="text/html"), Reply(PAGE), Reply(b""), Reply(b'{"data": ['), Reply(b"\xff\xfe\x00"), Reply(b"{}"),
    Reply(b"[]"), Reply(b"null"), Reply(b'{"data": null}'), Reply(b'{"data": {}}'), vectors_reply(),
], ids=range(11))
def test_reply_without_vectors_points_to_the_address(reply):
    with scripted_endpoint(reply) as server:
        sentence = failure_sentence(server.base_url)
    assert "does HUWEN_EMBED_URL end in /v1" in sentence
    assert "<" not in sentence


def test_second_batch_of_another_dimension_is_refused():
    def two_dimensions_reply(texts):
        return vectors_reply(*(row(at, [1, 2]) for at in range(len(texts))))

    with scripted_endpoint(good_reply, two_dimensions_reply) as server:
        assert "vectors of 2 and 3 dimensions" in failure_sentence(server.base_url, [ZH] * 40)


def test_later_call_of_another_dimension_is_refused():
    with scripted_endpoint(good_reply, vectors_reply(row(0, [1, 2]))) as server:
        embedder = EndpointEmbedder("tiny", server.base_url, KEY)
        embedder.embed_query(ZH)
        with pytest.raises(EmbeddingFailed, match="dimensions"):
            embedder.embed_query(EN)


@pytest.mark.parametrize(("status", "help_"), [
    (400, "longer than the model's context"), (401, "check HUWEN_EMBED_KEY"), (403, "may not use this model"),
    (404, "ends in /v1"), (413, "longer than the server takes"), (429, "try again later"),
    (500, "see the server's log"), (503, "see the server's log"),
])
def test_an_error_repeats_the_message_of_the_server_and_gives_advice(status, help_):
    with scripted_endpoint(error_reply(status, f"no luck with {KEY}\nask again")) as server:
        sentence = failure_sentence(server.base_url)
    assert f"answered {status}" in sentence
    assert ": no luck with …;" in sentence
    assert help_ in sentence


@pytest.mark.parametrize(("status", "requests"), [(401, 1), (403, 1), (404, 1), (429, 3), (500, 3)])
def test_only_temporary_errors_are_retried(status, requests):
    with scripted_endpoint(error_reply(status, "no")) as server:
        failure_sentence(server.base_url)
    assert len(server.bodies) == requests


@pytest.mark.parametrize("status", [408, 409, 429, 502])
def test_a_request_is_repeated_after_one_temporary_error(status):
    with scripted_endpoint(error_reply(status, "no"), good_reply) as server:
        assert EndpointEmbedder("tiny", server.base_url, KEY).embed_query(EN) == unit_vector(len(EN), 1, -2)
    assert len(server.bodies) == 2


def test_a_retry_waits_as_long_as_the_server_requests():
    with scripted_endpoint(error_reply(429, "busy", retry_after="1"), good_reply) as server:
        assert EndpointEmbedder("tiny", server.base_url, KEY).embed_query(ZH) == unit_vector(len(ZH), 1, -2)
    assert server.at[1] - server.at[0] >= 1


@pytest.mark.parametrize("pause", ["3600", "nan"])
def test_a_requested_wait_of_an_hour_is_cut_to_seconds(pause):
    started = time.monotonic()
    with scripted_endpoint(error_reply(429, "busy", retry_after=pause), good_reply) as server:
        assert EndpointEmbedder("tiny", server.base_url, KEY).embed_query(ZH) == unit_vector(len(ZH), 1, -2)
    assert 4.9 < time.monotonic() - started < 8


@pytest.mark.parametrize("pause", ["-1", "soon", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_an_invalid_requested_wait_is_replaced_by_a_short_one(pause):
    started = time.monotonic()
    with scripted_endpoint(error_reply(503, "busy", retry_after=pause), good_reply) as server:
        assert EndpointEmbedder("tiny", server.base_url, KEY).embed_query(EN) == unit_vector(len(EN), 1, -2)
    assert time.monotonic() - started < 3


def test_there_is_no_wait_beyond_the_deadline():
    started = time.monotonic()
    with scripted_endpoint(error_reply(429, "busy", retry_after="4")) as server:
        assert "answered 429: busy; " in failure_sentence(server.base_url, total_timeout=3)
    assert len(server.bodies) == 1
    assert time.monotonic() - started < 2


def test_page_of_an_error_is_not_shown():
    with scripted_endpoint(Reply(PAGE, 404, "text/html")) as server:
        assert "answered 404; check HUWEN_EMBED_MODEL" in failure_sentence(server.base_url)


def test_a_text_that_is_too_long_is_named_by_its_length():
    def accept_short_texts(texts):
        if max(map(len, texts)) > 512:
            return error_reply(400, "maximum context length is 512 tokens")
        return good_reply(texts)

    with scripted_endpoint(accept_short_texts) as server:
        sentence = failure_sentence(server.base_url, [ZH, EN, "太湖" * 300, ZH])
    assert "answered 400 to a text of 600 characters: maximum context length is 512 tokens; " in sentence
    assert "longer than the model's context" in sentence


def test_a_server_with_a_limit_of_texts_gets_smaller_batches_from_then_on():
    texts = [f"第{n}句 sentence {n}" * (n + 1) for n in range(64)]

    def accept_ten_texts(batch):
        return error_reply(400, "batch size should not be larger than 10") if len(batch) > 10 else good_reply(batch)

    with scripted_endpoint(accept_ten_texts) as server:
        vectors = EndpointEmbedder("tiny", server.base_url, KEY).embed_documents(texts)
    assert vectors == [unit_vector(len(text), 1, -2) for text in texts]
    assert [len(body["input"]) for body in server.bodies] == [32, 16, 8, 8, 16, 8, 8, 8, 8, 8, 8]


def test_a_server_that_never_answers_is_given_up():
    started = time.monotonic()
    with scripted_endpoint(Reply(b"", pause=10)) as server:
        sentence = failure_sentence(server.base_url, silence_timeout=0.2)
    assert sentence.endswith("gave no vectors within 2 seconds (attempts: 3); see the server's log")
    assert len(server.bodies) == 3
    assert time.monotonic() - started < 6


def test_the_last_attempt_has_only_the_remaining_time():
    started = time.monotonic()
    with scripted_endpoint(Reply(b"", pause=10)) as server:
        sentence = failure_sentence(server.base_url, silence_timeout=1, total_timeout=2)
    assert sentence.endswith("gave no vectors within 2 seconds (attempts: 2); see the server's log")
    assert len(server.bodies) == 2
    assert time.monotonic() - started < 4


def test_a_slow_reply_is_given_up_although_it_is_never_silent():
    started = time.monotonic()
    with scripted_endpoint(Reply(b" " * 200, drip=0.1)) as server:
        sentence = failure_sentence(server.base_url, silence_timeout=1, total_timeout=1)
    assert sentence.endswith("gave no vectors within 1 seconds (attempts: 1); see the server's log")
    assert time.monotonic() - started < 4


def test_an_incomplete_reply_is_requested_again():
    with scripted_endpoint(Reply(b'{"data": [', headers={"Content-Length": "500"}), good_reply) as server:
        assert EndpointEmbedder("tiny", server.base_url, KEY).embed_query(ZH) == unit_vector(len(ZH), 1, -2)
    assert len(server.bodies) == 2


def test_refused_connection_is_named_in_the_sentence():
    with unreachable_url() as base_url:
        sentence = failure_sentence(base_url)
    assert "cannot be reached" in sentence
    assert "Connection refused" in sentence


@pytest.mark.parametrize("base_url", [
    "http://no-such-host.invalid/v1", "127.0.0.1:8080/v1", "http://[::1/v1", "http://127.0.0.1:x/v1"])
def test_invalid_address_is_named_in_the_sentence(base_url):
    assert "cannot be reached" in failure_sentence(base_url)


def test_key_with_invalid_characters_is_named_in_the_sentence():
    with scripted_endpoint(good_reply) as server:
        assert "HUWEN_EMBED_KEY" in failure_sentence(server.base_url, key="钥匙" + KEY)
