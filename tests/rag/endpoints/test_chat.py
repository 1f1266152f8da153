"""Chat model: an answer comes in pieces; a failure is one sentence that names the endpoint, without the key."""

import asyncio
import itertools
import statistics
import time

import httpx2
import pytest

from rag.endpoints.chat import ContextTooLong, ModelFailed, chat_model
from rag.endpoints.deadlines import Deadlines
from tests.servers import (
    CONTEXT,
    END,
    Reply,
    error_reply,
    event,
    llama,
    scripted_server,
    text_reply,
    tokens_when_idle,
    unreachable_url,
)

pytest_plugins = ["tests.servers"]

KEY = "sk-secret-123"
PAGE = Reply((b"<!doctype html><html><body>Welcome to nginx!</body></html>",), kind="text/html")


def pieces(base_url, key=KEY):
    return [chunk.text for chunk in chat_model("tiny", base_url, key).stream("苏州 Suzhou") if chunk.text]


def failure_sentence(base_url, key=KEY):
    """The one sentence of a failure: it names model and endpoint, and never the key."""
    with pytest.raises(ModelFailed) as raised:
        pieces(base_url, key)
    sentence = str(raised.value)
    assert f"the model tiny at {base_url} " in sentence
    assert "\n" not in sentence
    assert KEY not in sentence + repr(raised.value)
    return sentence


# --- a real server


def test_answer_of_a_real_server_comes_in_pieces(llama_server):
    assert len(pieces(llama_server)) > 10


def test_same_question_gets_the_same_answer(llama_server):
    assert pieces(llama_server) == pieces(llama_server)


def test_real_server_refuses_what_is_longer_than_its_context(llama_server):
    sentence = r"answered 400: .*context.*; the request is longer than the model's context"
    for question in ("太湖" * 10_000, "Lake Tai" * 10_000):
        with pytest.raises(ContextTooLong, match=sentence) as raised:
            list(chat_model("tiny", llama_server, "").stream(question))
        assert raised.value.limit == CONTEXT


def test_the_limit_of_an_answer_is_sent_under_the_name_that_every_server_knows(llama_server):
    model = chat_model("tiny", llama_server, "").model_copy(update={"max_tokens": 5})
    assert len("".join(chunk.text for chunk in model.stream("太湖"))) == 5


def test_closing_the_stream_stops_the_server(tiny_model):
    with llama(tiny_model, longest=-1) as base_url:  # without a stop it writes until its context is full
        for question in ("太湖有多深？", "How deep is Lake Tai?"):
            stream = chat_model("tiny", base_url, "").stream(question)
            assert [chunk.text for chunk in itertools.islice(stream, 3)][-1]
            stream.close()
            assert tokens_when_idle(base_url) < CONTEXT / 2


# --- a scripted one


def test_key_goes_to_the_endpoint():
    with scripted_server(text_reply("好")) as server:
        assert pieces(server.base_url) == ["好"]
    assert server.keys == [KEY]


def test_a_line_break_after_the_key_is_ignored():
    with scripted_server(text_reply("好")) as server:
        assert pieces(server.base_url, KEY + "\n") == ["好"]


def test_local_server_needs_no_key():
    with scripted_server(text_reply("好")) as server:
        assert pieces(server.base_url, "") == ["好"]


@pytest.mark.parametrize(("status", "help_"), [
    (400, "longer than the model's context"), (401, "check OPENAI_API_KEY"), (403, "may not use this model"),
    (404, "ends in /v1"), (429, "try again later"), (500, "see the server's log"), (503, "see the server's log"),
])
def test_an_error_repeats_the_message_of_the_server_and_gives_advice(status, help_):
    with scripted_server(error_reply(status, f"no luck with {KEY}\nask again")) as server:
        sentence = failure_sentence(server.base_url)
    assert f"answered {status}: no luck with …;" in sentence
    assert help_ in sentence


@pytest.mark.parametrize(("status", "requests"), [(400, 1), (401, 1), (403, 1), (404, 1), (429, 3), (500, 3)])
def test_only_temporary_errors_are_retried(status, requests):
    with scripted_server(error_reply(status, "no")) as server:
        failure_sentence(server.base_url)
    assert len(server.bodies) == requests


def test_a_request_is_repeated_after_a_busy_reply():
    with scripted_server(error_reply(429, "busy"), text_reply("无锡", "在太湖边。")) as server:
        assert pieces(server.base_url) == ["无锡", "在太湖边。"]


def test_an_incomplete_answer_is_never_requested_again():
    with scripted_server(Reply((event("无锡"),), broken=True)) as server:
        failure_sentence(server.base_url)
    assert len(server.bodies) == 1


def test_refused_connection_is_named_in_the_sentence():
    with unreachable_url() as base_url:
        sentence = failure_sentence(base_url)
    assert "cannot be reached" in sentence
    assert "Connection refused" in sentence


def test_address_without_a_protocol_is_named_in_the_sentence():
    assert "protocol" in failure_sentence("localhost:8080/v1")


def test_key_with_invalid_characters_is_named_in_the_sentence():
    with scripted_server(text_reply("好")) as server:
        assert "OPENAI_API_KEY" in failure_sentence(server.base_url, "钥匙" + KEY)


@pytest.mark.parametrize("reply", [
    PAGE, Reply((), kind="application/json"), Reply((b'{"choices": []}',), kind="application/json")])
def test_a_web_page_instead_of_an_answer_points_to_the_address(reply):
    with scripted_server(reply) as server:
        assert "does OPENAI_BASE_URL end in /v1?" in failure_sentence(server.base_url)


def test_page_of_an_error_is_not_shown():
    with scripted_server(Reply(PAGE.pieces, 404, "text/html")) as server:
        sentence = failure_sentence(server.base_url)
    assert "answered 404; check" in sentence
    assert "<" not in sentence


@pytest.mark.parametrize(("reply", "expected"), [
    (Reply((event("苏州"),)), "stopped in the middle of its answer"),
    (Reply((event("苏州"), b"data: [DONE]\n\n")), "stopped in the middle of its answer"),
    (Reply((event("苏州"),), broken=True), "broke off in the middle of its answer"),
    (Reply((event("苏州"), f'data: {{"error": {{"message": "out of memory, {KEY}"}}}}\n\n'.encode())),
     "an error: out of memory, …"),
    (Reply((event("苏州"), b'data: {"choices": [\n\n')), "invalid JSON"),
], ids=["no finish", "done without finish", "hung up", "error object", "half an event"])
def test_a_failure_in_the_middle_is_raised_after_the_words_before_it(reply, expected):
    with scripted_server(reply) as server:
        stream = chat_model("tiny", server.base_url, KEY).stream("?")
        assert next(stream).text == "苏州"
        with pytest.raises(ModelFailed, match=expected) as raised:
            list(stream)
    assert KEY not in str(raised.value)


def test_a_silent_server_is_given_up_after_the_deadline():
    with scripted_server(Reply((event("a"), event("b"), END), pause=2)) as server:
        model_with_short_deadline = chat_model("tiny", server.base_url, KEY, Deadlines(first_token=0.2))
        with pytest.raises(ModelFailed, match=r"sent nothing within 0\.2 seconds"):
            list(model_with_short_deadline.stream("?"))


def test_a_character_split_between_chunks_is_complete():
    answer = event("锡") + event("山") + END
    cuts = [answer[i : i + 1] for i in range(len(answer))]
    with scripted_server(Reply(tuple(cuts), pause=0.0005)) as server:
        assert pieces(server.base_url) == ["锡", "山"]


def test_keep_alive_comments_are_not_part_of_the_answer():
    with scripted_server(Reply((b": keep-alive\n\n", event("锡"), b": keep-alive\n\n", event("山"), END))) as server:
        assert pieces(server.base_url) == ["锡", "山"]


def test_half_an_emoji_in_a_question_is_replaced():
    with scripted_server(text_reply("好")) as server:
        for question in ("太湖\ud83d有多深？", "How deep is \ude00Lake Tai?"):
            assert chat_model("tiny", server.base_url, KEY).invoke(question).text == "好"
    assert [body["messages"][0]["content"] for body in server.bodies] == ["太湖?有多深？", "How deep is ?Lake Tai?"]


def test_a_connection_is_reused():
    with scripted_server(Reply((event("锡"), END), keep_alive=True)) as server:
        model = chat_model("tiny", server.base_url, KEY)
        assert [model.invoke(question).text for question in ("太湖有多深？", "How deep is Lake Tai?")] == ["锡", "锡"]
    assert len(set(server.client_addresses)) == 1


@pytest.mark.parametrize(("pieces", "answer", "thought"), [
    ((event("想想"), event("看</think>"), event("1.9米。")), "1.9米。", "想想看"),
    ((event("", reasoning_content="Let me see."), event("1.9 metres.")), "1.9 metres.", "Let me see."),
])
def test_an_answer_in_one_piece_does_not_contain_its_thoughts(pieces, answer, thought):
    with scripted_server(Reply((*pieces, event("", "stop", usage=(3, 9)), END))) as server:
        message = chat_model("tiny", server.base_url, KEY).invoke("?")
    assert (message.text, message.additional_kwargs) == (answer, {"reasoning_content": thought})
    assert (message.usage_metadata["input_tokens"], message.usage_metadata["output_tokens"]) == (3, 9)
    assert message.response_metadata["finish_reason"] == "stop"


def test_text_that_turns_out_to_be_thoughts_is_retracted():
    with scripted_server(Reply((event("想想"), event("看</think>1.9米。"), END))) as server:
        first, second, third, *_ = chat_model("tiny", server.base_url, KEY).stream("?")
    assert (first.text, first.additional_kwargs) == ("想想", {})
    assert (second.text, second.additional_kwargs) == ("", {"reasoning_content": "看", "retracted": True})
    assert (third.text, third.additional_kwargs) == ("1.9米。", {})


def test_cancelling_a_coroutine_closes_its_stream():
    async def cancel_reading(base_url):
        async def read():
            async for _ in chat_model("tiny", base_url, KEY).astream("太湖 Lake Tai"):
                pass

        reading = asyncio.create_task(read())
        await asyncio.sleep(0.3)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    with scripted_server(Reply((event("锡"), 9.0))) as server:
        asyncio.run(cancel_reading(server.base_url))
        server.wait_until_client_left(2.0)


def test_the_first_word_is_passed_on_as_soon_as_the_server_sends_it():
    with scripted_server(Reply((0.05, event("锡"), END))) as server:
        model = chat_model("tiny", server.base_url, KEY)
        model.invoke("?")
        delays = []
        for question in ("太湖有多深？", "How deep is Lake Tai?") * 10:
            started = time.perf_counter()
            with httpx2.Client(trust_env=False) as client, client.stream(
                    "POST", f"{server.base_url}/chat/completions", json={}, headers={"Authorization": KEY}) as reply:
                next(line for line in reply.iter_lines() if line)
            raw_delay = time.perf_counter() - started
            started = time.perf_counter()
            next(chunk for chunk in model.stream(question) if chunk.text)
            delays.append(time.perf_counter() - started - raw_delay)
    assert statistics.median(delays) < 0.04
