"""Faults of chat endpoints: the answer is complete, or one error sentence follows the words so far by the deadline.

Each fault is tested ten times, five in each language, all at the same time.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate

import pytest

from rag.endpoints.chat import ContextTooLong, ModelFailed, chat_model
from rag.endpoints.deadlines import Deadlines
from tests.servers import (
    END,
    Reply,
    data_event,
    error_reply,
    event,
    json_reply,
    scripted_server,
    text_reply,
    unreachable_url,
    usage_json,
)

pytest_plugins = ["tests.servers"]

KEY = "sk-secret-123"
# answers in pieces, as they are streamed
ANSWERS = {
    "太湖有多深？": ("太湖平均水深", "为1.9米，", "约合6尺[1]。"),
    "How deep is Lake Tai?": ("Lake Tai is ", "1.9 metres deep ", "[1]."),
}
DEADLINES = Deadlines(connect=1.0, first_token=0.5, idle=0.5, total=1.3, attempts=2)
SLACK = 1.0  # seconds: ten threads on a busy machine
DONE = b"data: [DONE]\n\n"
FINISHED = event("", "stop")
Words = tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """The outcome of one question."""

    text: str
    thought: str
    sentence: str
    seconds: float
    asked: int  # requests
    usage: tuple[int, int] | None = None
    finish: str = ""


def ask_model(
    base_url: str, question: str, bodies: list[dict[str, object]], deadlines: Deadlines = DEADLINES,
) -> Outcome:
    model = chat_model("tiny", base_url, KEY, deadlines)
    text = thought = sentence = finish = ""
    usage = None
    started = time.monotonic()
    try:
        for chunk in model.stream(question):
            if chunk.additional_kwargs.get("retracted"):
                text, thought = "", thought + text
            text += chunk.text
            thought += chunk.additional_kwargs.get("reasoning_content", "")
            finish = chunk.response_metadata.get("finish_reason") or finish
            if chunk.usage_metadata:
                assert usage is None, "usage comes once"
                usage = chunk.usage_metadata["input_tokens"], chunk.usage_metadata["output_tokens"]
    except ModelFailed as error:
        sentence = str(error)
    return Outcome(text, thought, sentence, time.monotonic() - started, len(bodies), usage, finish)


def ask_ten_times(
    replies: Callable[[Words], tuple[Reply, ...]], deadlines: Deadlines = DEADLINES,
) -> list[tuple[Words, Outcome]]:
    """The outcomes of each question, asked five times, each time at its own server."""
    def ask_once(question: str) -> tuple[Words, Outcome]:
        with scripted_server(*replies(ANSWERS[question])) as server:
            return ANSWERS[question], ask_model(server.base_url, question, server.bodies, deadlines)

    with ThreadPoolExecutor(10) as pool:
        return list(pool.map(ask_once, [*ANSWERS] * 5))


@pytest.fixture
def debug_log(caplog):
    caplog.set_level(logging.DEBUG)
    yield caplog
    assert KEY not in caplog.text


def events(words: Words) -> tuple[bytes, ...]:
    return tuple(event(word) for word in words)


def complete_json(answer: str, **more: object) -> dict[str, object]:
    """A complete answer as one JSON object instead of a stream."""
    return {"object": "chat.completion", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": answer, **more}, "finish_reason": "stop"}]}


def altered_reply(words: Words, change_bytes: Callable[[bytes], bytes]) -> tuple[Reply, ...]:
    """A good answer whose bytes are changed by `change_bytes`."""
    return (Reply((change_bytes(b"".join((*events(words), END))),)),)


def reply_byte_by_byte(words: Words) -> tuple[Reply, ...]:
    """A good answer, sent byte by byte."""
    sent = b"".join((*events(words), END))
    return (Reply(tuple(sent[i : i + 1] for i in range(len(sent)))),)


def reply_with_split_emoji(words: Words) -> tuple[Reply, ...]:
    """A good answer with an emoji split into halves: 😀 is \\ud83d\\ude00."""
    halves = tuple(
        f'data: {{"choices": [{{"delta": {{"content": "{half}"}}}}]}}\n\n'.encode() for half in ("\\ud83d", "\\ude00"))
    return (Reply((event(words[0]), *halves, *events(words[1:]), END)),)


HARMLESS: dict[str, Callable[[Words], tuple[Reply, ...]]] = {
    "stream_options refused": lambda w: (
        error_reply(400, "Unrecognized request argument supplied: stream_options"), text_reply(*w)),
    "stream_options refused as pydantic does": lambda w: (
        json_reply({"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}, 422),
        text_reply(*w)),
    "temperature refused": lambda w: (
        error_reply(400, "Unsupported value: 'temperature' does not support 0 with this model."), text_reply(*w)),
    "both refused, one after the other": lambda w: (
        error_reply(400, "stream_options is not supported"), error_reply(400, "temperature is not supported"),
        text_reply(*w)),
    "busy once": lambda w: (error_reply(429, "busy", Retry_After="0"), text_reply(*w)),
    "busy until a date that is past": lambda w: (
        error_reply(503, "busy", Retry_After=formatdate(0, usegmt=True)), text_reply(*w)),
    "hung up before the answer": lambda w: (Reply((), broken=True), text_reply(*w)),
    "no HTTP at first": lambda w: (Reply((b"SSH-2.0-OpenSSH_9.2\r\n",), raw=True), text_reply(*w)),
    "overloaded, in the stream": lambda w: (
        Reply((data_event({"error": {"message": "overloaded", "code": 503}}),)), text_reply(*w)),
    "empty choices": lambda w: (
        Reply((data_event({"choices": []}), *events(w), data_event({"choices": [], "usage": usage_json(9, 9)}), END)),),
    "null in place of everything": lambda w: (
        Reply((b"data: null\n\n", data_event({"choices": None, "usage": None}), data_event({"choices": [None]}),
               event(None), *events(w), END)),),
    "no delta": lambda w: (
        Reply((data_event({"choices": [{"index": 0}]}), *events(w),
               data_event({"choices": [{"finish_reason": "stop"}]}), DONE)),),
    "tool calls": lambda w: (
        Reply((event(None, tool_calls=[{"index": 0, "function": {"name": "f"}}]), *events(w), END)),),
    "unknown fields": lambda w: (
        Reply((data_event({"provider": "x", "choices": [], "n": [1]}), *events(w), event("", "stop", logprobs={}),
               DONE)),),
    "CRLF": lambda w: altered_reply(w, lambda sent: sent.replace(b"\n", b"\r\n")),
    "CR": lambda w: altered_reply(w, lambda sent: sent.replace(b"\n", b"\r")),
    "one line break between events": lambda w: altered_reply(w, lambda sent: sent.replace(b"\n\n", b"\n")),
    "no blank behind the colon": lambda w: altered_reply(w, lambda sent: sent.replace(b"data: ", b"data:")),
    "byte order mark": lambda w: altered_reply(w, lambda sent: b"\xef\xbb\xbf" + sent),
    "comments and other fields": lambda w: altered_reply(
        w, lambda sent: sent.replace(b"data: ", b": keep-alive\n\nid: 1\nevent: x\ndata: ")),
    "an event over several lines": lambda w: altered_reply(
        w, lambda sent: sent.replace(b'"choices"', b'\ndata: "choices"')),
    "characters cut across chunks": reply_byte_by_byte,
    "no [DONE]": lambda w: (Reply((*events(w), FINISHED)),),
    "no [DONE], and hung up": lambda w: (Reply((*events(w), FINISHED), broken=True),),
    "no [DONE], and no end": lambda w: (Reply((*events(w), FINISHED), open=True),),
    "[DONE], and no end": lambda w: (Reply((*events(w), END), open=True),),
    "no line break at the end": lambda w: (Reply((*events(w), FINISHED.rstrip())),),
    "finish_reason that is empty": lambda w: (Reply((*(event(word, "") for word in w), END)),),
    "whole object in place of a stream": lambda w: (json_reply(complete_json("".join(w))),),
    "whole object over several lines": lambda w: (
        Reply((json.dumps(complete_json("".join(w)), indent=1).encode(),), kind="text/plain"),),
    "parts in place of text": lambda w: (
        Reply((*(event(None) + event([{"type": "text", "text": word}]) for word in w), END)),),
    "character that was lost": lambda w: (Reply((event(w[0] + "\ufffd"), *events(w[1:]), END)),),
    "wrong content type": lambda w: (Reply((*events(w), END), kind="application/octet-stream"),),
    "compressed though not asked for": lambda w: (Reply(
        (gzip.compress(b"".join((*events(w), END))),), headers=(("Content-Encoding", "gzip"),)),),
    "length reached": lambda w: (Reply((*events(w), event("", "length"), DONE)),),
    "redirected": lambda w: (Reply((), 307, headers=(("Location", "/v1/chat/completions"),)), text_reply(*w)),
}


@pytest.mark.parametrize("fault", HARMLESS)
def test_the_answer_is_complete_despite_the_fault(fault, debug_log):
    for words, outcome in ask_ten_times(HARMLESS[fault]):
        assert (outcome.sentence, outcome.text) == ("", "".join(words))
        assert outcome.seconds < DEADLINES.total + SLACK
        assert outcome.finish == ("length" if fault == "length reached" else "stop")


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"
GARBLED = "太湖".encode("gb18030")
FAILURES: dict[str, tuple[Callable[[Words], tuple[Reply, ...]], int, str]] = {
    # for each fault: the replies, the number of words before it, and a pattern of the error sentence
    "key refused": (
        lambda w: (error_reply(401, f"Incorrect API key: {KEY}"),), 0,
        "answered 401: Incorrect API key: …; check OPENAI_API_KEY"),
    "no credit": (
        lambda w: (error_reply(402, "Insufficient Balance"),), 0,
        "answered 402: Insufficient Balance; the account has no credit"),
    "forbidden": (lambda w: (error_reply(403, "no access"),), 0, "answered 403: no access"),
    "no such model": (
        lambda w: (error_reply(404, "no model 'tiny'"),), 0, "answered 404: no model 'tiny'; check HUWEN_CHAT_MODEL"),
    "refused for good": (lambda w: (error_reply(400, "messages: 参数错误"),), 0, "answered 400: messages: 参数错误"),
    "filtered question": (
        lambda w: (error_reply(400, "bad", "data_inspection_failed"),), 0, "answered 400: bad; a content filter"),
    "busy for ever": (lambda w: (error_reply(429, "busy"),), 0, "answered 429: busy"),
    "busy for an hour": (lambda w: (error_reply(429, "busy", Retry_After="3600"),), 0, "answered 429: busy"),
    "busy for longer than a float holds": (
        lambda w: (error_reply(429, "busy", Retry_After="1e999"),), 0, "answered 429: busy"),
    "out of order, with a page": (
        lambda w: (Reply((b"<html>Bad Gateway</html>",), 502, "text/html"),), 0, "answered 502; see the server's log"),
    "error whose body breaks off": (lambda w: (Reply((b'{"error"',), 500, broken=True),), 0, "cannot be reached"),
    "error whose body never ends": (
        lambda w: (Reply((b'{"error"',), 500, open=True),), 0, r"sent nothing within 0\.5 seconds"),
    "page": (
        lambda w: (Reply((b"\n<!doctype html><title>nginx</title>",), kind="text/html"),), 0,
        "a web page.*OPENAI_BASE_URL"),
    "plain text": (lambda w: (Reply((b"It works!\n",), kind="text/plain"),), 0, "sent no streamed answer"),
    "nothing": (lambda w: (Reply(()),), 0, "sent no streamed answer"),
    "nothing but the end": (lambda w: (Reply((DONE,)),), 0, "sent no streamed answer"),
    "object that is no answer": (lambda w: (json_reply({"choices": []}),), 0, "sent no streamed answer"),
    "object that is cut off": (lambda w: (Reply((b'{"choices": [{"mess',)),), 0, "neither a stream nor JSON"),
    "error with status 200": (lambda w: (json_reply({"error": f"no {KEY}"}),), 0, "broke off with an error: no …;"),
    "error by another name": (
        lambda w: (json_reply({"code": "Arrearage", "message": "欠费"}),), 0, "broke off with an error: 欠费;"),
    "error that says nothing": (
        lambda w: (Reply((event(w[0]), data_event({"error": {"code": 1}}))),), 1, "an error: it does not say which;"),
    "error in the middle": (
        lambda w: (Reply((event(w[0]), data_event({"error": {"message": f"内存不足 {KEY}"}}))),), 1,
        "broke off with an error: 内存不足 …;"),
    "overloaded in the middle": (
        lambda w: (Reply((event(w[0]), data_event({"error": {"message": "no", "code": 503}}))),), 1, "an error: no;"),
    "error as a reason": (
        lambda w: (Reply((event(w[0]), event("", "error"), DONE)),), 1, "broke off with an error of its own"),
    "filtered answer": (
        lambda w: (Reply((event(w[0]), event("", "content_filter"), DONE)),), 1, "stopped by the content filter"),
    "no finish_reason": (lambda w: (Reply(events(w)),), 3, "stopped in the middle of its answer"),
    "[DONE] without finish_reason": (lambda w: (Reply((*events(w), DONE)),), 3, "stopped in the middle of its answer"),
    "hung up": (lambda w: (Reply(events(w[:2]), broken=True),), 2, "broke off in the middle of its answer"),
    "hung up within an event": (
        lambda w: (Reply((event(w[0]), event(w[1])[:-9]), broken=True),), 1, "broke off in the middle"),
    "half an event": (lambda w: (Reply((event(w[0]), b'data: {"choices": [\n\n', event(w[1]))),), 1, "invalid JSON"),
    "half an event at the end": (lambda w: (Reply((event(w[0]), b'data: {"choices": [')),), 1, "stopped in the middle"),
    "nested without end": (lambda w: (Reply((event(w[0]), b"data: " + b"[" * 100_000 + b"\n\n")),), 1, "invalid JSON"),
    "other letters": (lambda w: (Reply((event(w[0]), event("?").replace(b"?", GARBLED))),), 1, "not UTF-8"),
    "chunk of no size": (
        lambda w: (Reply((CHUNKED, b"%x\r\n%b\r\n" % (len(event(w[0])), event(w[0])), b"xyz\r\n"), raw=True),), 1,
        "broke off in the"),
    "shorter than its length": (lambda w: (Reply((LONG + event(w[0]),), raw=True),), 1, "broke off in the middle"),
    "no HTTP": (lambda w: (Reply((b"220 mail.example ESMTP\r\n",), raw=True),), 0, "cannot be reached"),
    "no gzip": (lambda w: (Reply((event(w[0]),), headers=(("Content-Encoding", "gzip"),)),), 0, "cannot be reached"),
    "redirected in a circle": (
        lambda w: (Reply((), 307, headers=(("Location", "/v1/chat/completions"),)),), 0,
        "cannot be reached .*redirects|HUWEN_TOTAL"),
    "silent before its headers": (
        lambda w: (Reply((), wait=9.0),), 0, r"sent nothing within 0\.5 seconds.*HUWEN_FIRST_TOKEN_SECONDS"),
    "silent after its headers": (lambda w: (Reply((9.0, *events(w))),), 0, "HUWEN_FIRST_TOKEN_SECONDS"),
    "nothing but signs of life": (lambda w: (Reply((b": wait\n\n",) * 90, pause=0.1),), 0, "HUWEN_FIRST_TOKEN_SECONDS"),
    "nothing but roles": (lambda w: (Reply((event(""),) * 90, pause=0.1),), 0, "HUWEN_FIRST_TOKEN_SECONDS"),
    "silent in the middle": (
        lambda w: (Reply((*events(w[:2]), 9.0, END)),), 2, r"sent nothing for 0\.5 seconds.*HUWEN_IDLE_SECONDS"),
    "signs of life in the middle": (
        lambda w: (Reply((event(w[0]), *(0.1, b": wait\n\n") * 90)),), 1, "HUWEN_IDLE_SECONDS"),
    "one byte a time, slowly": (lambda w: (Reply((event(w[0]), *(0.1, b"d") * 90)),), 1, "HUWEN_IDLE_SECONDS"),
    "slow before each attempt": (
        lambda w: (Reply((), 503, wait=0.45, headers=(("Retry-After", "0.5"),)),), 0,
        "HUWEN_TOTAL_SECONDS|answered 503"),
    "thoughts without end": (
        lambda w: (Reply((event(None, reasoning_content="想 hm "),) * 90, pause=0.1),), 0, "HUWEN_TOTAL_SECONDS"),
}


@pytest.mark.parametrize("fault", FAILURES)
def test_a_failure_is_one_sentence_by_the_deadline_and_keeps_the_words_before_it(fault, debug_log):
    replies, word_count, expected = FAILURES[fault]
    for words, outcome in ask_ten_times(replies):
        assert re.search(expected, outcome.sentence)
        assert outcome.sentence.startswith("the model tiny at http://127.0.0.1:")
        assert "\n" not in outcome.sentence
        assert KEY not in outcome.sentence
        assert outcome.text == "".join(words[:word_count])
        assert outcome.seconds < DEADLINES.total + SLACK
        assert outcome.asked <= DEADLINES.attempts or "redirected" in fault
        if word_count or re.search("answered 40[0-4]", outcome.sentence):
            assert outcome.asked == 1, "neither half an answer nor a refusal is asked for again"


def test_the_halves_of_an_emoji_are_joined():
    for words, outcome in ask_ten_times(reply_with_split_emoji):
        assert outcome.text == words[0] + "😀" + "".join(words[1:])


def test_a_piece_of_a_million_characters_is_read():
    # ten of them are work for a second or two of a busy machine, so the usual deadlines
    for words, outcome in ask_ten_times(lambda words: (text_reply("".join(words) * 60_000),), Deadlines()):
        assert outcome.text == "".join(words) * 60_000


def test_an_endless_answer_is_stopped():
    answers = data_event({"choices": [], "padding": "太湖 lake " * 400_000})
    with scripted_server(Reply((answers,) * 20)) as server:
        assert re.search("sent more than 64 MB|HUWEN_", ask_model(server.base_url, "太湖有多深？", server.bodies).sentence)


@pytest.mark.parametrize("question", ANSWERS)
def test_a_real_server_gives_a_complete_answer(llama_server, question, debug_log):
    outcome = ask_model(llama_server, question, [])
    assert (outcome.sentence, outcome.finish, outcome.thought) == ("", "length", "")
    assert outcome.usage
    assert outcome.usage[1] == 48


# --- thoughts


THOUGHTS: dict[str, Callable[[Words], tuple[bytes, ...]]] = {
    "in a field": lambda w: (event(None, reasoning_content="想："), event("", reasoning_content="deep?"), *events(w)),
    "in the field by its other name": lambda w: (event("", reasoning="想："), event("", reasoning="deep?"), *events(w)),
    "in tags": lambda w: (event("<think>想：deep?</think>\n\n"), *events(w)),
    "in the longer tags": lambda w: (event("\n<Thinking>\n想：deep?</Thinking>"), *events(w)),
    "in tags cut to pieces": lambda w: tuple(event(sign) for sign in "<think>想：deep?</think>\n" + "".join(w)),
    "opened by the prompt": lambda w: (event("想："), event("deep?</th"), event("ink>\n"), *events(w)),
    "opened by the prompt, in one piece": lambda w: (event("想：deep?</think>" + w[0]), *events(w[1:])),
    "twice": lambda w: (event("<think>想："), event("</think><think>deep?</think>"), *events(w)),
}


@pytest.mark.parametrize("form", THOUGHTS)
def test_thoughts_are_not_part_of_the_answer(form, debug_log):
    for words, outcome in ask_ten_times(lambda words: (Reply((*THOUGHTS[form](words), END)),)):
        assert (outcome.sentence, outcome.text, outcome.thought) == ("", "".join(words), "想：deep?")


@pytest.mark.parametrize("text", ["1 < 2", "水<太湖", "x <thin", "<", "a</thinks>b"])
def test_text_that_resembles_a_tag_is_text(text):
    for _, outcome in ask_ten_times(lambda words: (text_reply(*text),)):
        assert (outcome.text, outcome.thought) == (text, "")


def test_a_thought_that_never_ends_is_not_an_answer():
    for _, outcome in ask_ten_times(lambda words: (Reply((event("<think>" + words[0]), event("", "length"), DONE)),)):
        assert (outcome.text, outcome.finish) == ("", "length")
        assert outcome.thought


# --- usage, and unsupported parameters


@pytest.mark.parametrize(("pieces", "usage"), [
    (lambda w: (*(event(word, usage=(7, n)) for n, word in enumerate(w, 1)), END), (7, 3)),
    (lambda w: (*events(w), event("", "stop", usage=(7, 3)), DONE), (7, 3)),
    (lambda w: (*events(w), FINISHED, data_event({"choices": [], "usage": usage_json(7, 3)}), DONE), (7, 3)),
    (lambda w: (*events(w), FINISHED, data_event({"choices": [], "usage": {"prompt_tokens": "?"}}), DONE), None),
    (lambda w: (*events(w), END), None),
], ids=["on every chunk", "on the last one", "behind it", "no number", "none"])
def test_usage_is_the_last_count(pieces, usage):
    for words, outcome in ask_ten_times(lambda words: (Reply(pieces(words)),)):
        assert (outcome.text, outcome.usage) == ("".join(words), usage)


@pytest.mark.parametrize(("message", "field"), [
    ("stream_options: 不支持", "stream_options"), ("only temperature 1 is allowed", "temperature")])
def test_refused_field_is_not_sent_again(message, field):
    with scripted_server(error_reply(400, message), text_reply("好"), text_reply("yes")) as server:
        model = chat_model("tiny", server.base_url, KEY)
        assert [model.invoke(question).text for question in ANSWERS] == ["好", "yes"]
    assert [field in body for body in server.bodies] == [True, False, False]


def test_the_limit_is_sent_under_the_other_name_if_the_first_is_refused():
    refusal = ("Unsupported parameter: 'max_tokens' is not supported with this model. "
               "Use 'max_completion_tokens' instead.")
    with scripted_server(error_reply(400, refusal), text_reply("好"), text_reply("yes")) as server:
        model = chat_model("tiny", server.base_url, KEY).model_copy(update={"max_tokens": 99})
        assert [model.invoke(question).text for question in ANSWERS] == ["好", "yes"]
    limits = [(body.get("max_tokens"), body.get("max_completion_tokens")) for body in server.bodies]
    assert limits == [(99, None), (None, 99), (None, 99)]


def test_no_limit_is_sent_if_none_is_set():
    with scripted_server(text_reply("好")) as server:
        chat_model("tiny", server.base_url, KEY).invoke("太湖 Lake Tai")
    assert not {"max_tokens", "max_completion_tokens"} & server.bodies[0].keys()


@pytest.mark.parametrize(("message", "code", "limit"), [
    ("This model's maximum context length is 4,097 tokens. However, your messages resulted in 5000.",
     "context_length_exceeded", 4097),
    ("request (6026 tokens) exceeds the available context size (4096 tokens), try increasing it", None, 4096),
    ("'max_tokens' is too large: 500. This model's maximum context length is 2048 tokens", None, 2048),
    ("The input (9000 tokens) is longer than the model's context length (8192 tokens).", None, 8192),
    ("Range of input length should be [1, 30720]", "invalid_parameter_error", 30720),
    ("Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)", None, 8192),
    ("Requested tokens (9000) exceed context window of 512", None, 512),
    ("prompt is too long: 210000 tokens > 200000 maximum", None, 200000),
    ("Prompt 超长，输入长度超过最大长度限制 8000", "1261", 8000),
    ("too many tokens", None, 0),
    ("no", "context_length_exceeded", 0),
])
def test_request_that_is_too_long_fails_with_the_limit(message, code, limit):
    with scripted_server(error_reply(400, message, code)) as server:
        for question in ANSWERS:
            with pytest.raises(ContextTooLong, match="lower HUWEN_CONTEXT") as raised:
                chat_model("tiny", server.base_url, KEY).invoke(question)
            assert raised.value.limit == limit
    assert len(server.bodies) == 2


# --- where no server answers


@contextmanager
def silent_server_url():
    """The base URL of a server that accepts connections and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/v1"


@pytest.mark.parametrize("question", ANSWERS)
def test_a_refused_connection_is_named(question, debug_log):
    with unreachable_url() as base_url:
        outcome = ask_model(base_url, question, [])
    assert "cannot be reached (Connection refused); is the server running" in outcome.sentence


@pytest.mark.parametrize("question", ANSWERS)
def test_an_unknown_host_is_named(question, debug_log):
    outcome = ask_model("http://model.invalid/v1", question, [])
    assert re.search("cannot be reached .*[Nn]ame|HUWEN_CONNECT_SECONDS", outcome.sentence)
    assert outcome.seconds < DEADLINES.total + SLACK


@pytest.mark.parametrize("question", ANSWERS)
def test_a_handshake_that_never_ends_is_a_connection_timeout(question, debug_log):
    with silent_server_url() as base_url:
        outcome = ask_model(base_url, question, [])
    assert "could not be reached within 1 seconds" in outcome.sentence
    assert "HUWEN_CONNECT_SECONDS" in outcome.sentence
    assert DEADLINES.connect <= outcome.seconds < DEADLINES.connect + SLACK


@pytest.mark.parametrize("question", ANSWERS)
def test_https_to_a_plain_http_server_is_named(question, debug_log):
    with scripted_server(text_reply("好")) as server:
        outcome = ask_model(server.base_url.replace("http:", "https:"), question, [])
    assert re.search("cannot be reached .*SSL", outcome.sentence)


@pytest.mark.parametrize("base_url", [
    "http://[::1/v1", "http://127.0.0.1:99999/v1", "ftp://127.0.0.1/v1", "127.0.0.1:8080/v1", "太湖", "http://"])
def test_an_invalid_address_is_named(base_url, debug_log):
    for question in ANSWERS:
        outcome = ask_model(base_url, question, [])
        assert re.search("cannot be (used|reached)", outcome.sentence)


@pytest.mark.parametrize("key", ["sk-钥匙-123456", "sk-12345678\nX-Header: 1", "sk-\x00-12345678"])
def test_a_key_with_invalid_characters_is_named(key, debug_log):
    sentence = "OPENAI_API_KEY contains characters that no key has"
    with scripted_server(text_reply("好")) as server, pytest.raises(ModelFailed, match=sentence) as raised:
        chat_model("tiny", server.base_url, key).invoke("太湖 Lake Tai")
    assert "12345678" not in str(raised.value)


def test_password_in_the_address_is_not_shown(debug_log):
    with unreachable_url() as base_url:
        url_with_secrets = base_url.replace("http://", "http://me:pass-word@") + "?token=hidden-one"
        outcome = ask_model(url_with_secrets, "太湖 Lake Tai", [])
    assert not re.search("pass-word|hidden-one", outcome.sentence)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "nonsense://127.0.0.1:1", "http://127.0.0.1:1"])
def test_an_unusable_proxy_is_named(proxy, monkeypatch, debug_log):
    monkeypatch.setenv("HTTP_PROXY", proxy)
    outcome = ask_model("http://model.invalid/v1", "太湖 Lake Tai", [])
    assert re.search("cannot be (used|reached)|HUWEN_CONNECT_SECONDS", outcome.sentence)


def test_no_proxy_is_used_for_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with scripted_server(text_reply("好")) as server:
        assert ask_model(server.base_url, "太湖 Lake Tai", server.bodies).text == "好"


# --- leaving


@pytest.mark.parametrize(
    "reply", [Reply((), wait=9.0), Reply((9.0,)), Reply((event(""), 9.0)), Reply((event("太湖 Lake"), 9.0))],
    ids=["before its headers", "after them", "after a role", "in the middle"])
def test_closing_the_stream_closes_the_connection_while_the_server_is_silent(reply):
    with scripted_server(reply) as server:
        stream = chat_model("tiny", server.base_url, KEY).stream("太湖有多深？ How deep is Lake Tai?")
        next(stream)  # an empty piece comes twice a second
        closed_at = time.monotonic()
        stream.close()
        assert server.wait_until_client_left(2.0) - closed_at < 1.0


def test_a_slow_reader_causes_no_timeout():
    for words in ANSWERS.values():
        with scripted_server(text_reply(*words)) as server:
            stream = chat_model("tiny", server.base_url, KEY, DEADLINES).stream("?")
            first_text = next(stream).text
            time.sleep(DEADLINES.idle + 0.2)
            assert first_text + "".join(chunk.text for chunk in stream) == "".join(words)


def test_a_requested_pause_before_a_retry_is_respected():
    with scripted_server(error_reply(429, "busy", Retry_After="1"), text_reply("好")) as server:
        assert ask_model(server.base_url, "太湖 Lake Tai", server.bodies).text == "好"
    first, second = server.request_times
    assert 0.95 < second - first < 1.5
