"""Values of the settings become a chat model: the only place that names a provider."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2  # by which openai asks
import openai
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr, SecretStr

from rag.endpoints import refusals
from rag.endpoints.async_bridge import iterate, run_in_background
from rag.endpoints.deadlines import Deadlines, DeadlineTimer, parse_retry_after, retry_delay
from rag.endpoints.reasoning import StreamPiece
from rag.endpoints.stream_parser import EndpointError, RequestRefused, StreamParser
from rag.endpoints.urls import is_local_url, redact_url
from rag.schema import HuwenError
from rag.text.language import valid_unicode

_OPENAI_URL = "https://api.openai.com/v1"  # said here, or the SDK would look for another in the environment
_MIN_KEY_LENGTH = 8  # what is shorter is no secret but a local server's `none` or `EMPTY`
_MAX_DETAIL = 200  # characters of what an endpoint says


class ModelFailed(HuwenError):
    """The endpoint did not answer as one must; the sentence says what it did instead."""


class ContextTooLong(ModelFailed):
    """The request is longer than what the model reads: `limit` tokens, or 0 where the endpoint does not say."""

    limit = 0


@dataclass
class _EndpointState:
    """What a model and its copies share: the connections to the endpoint, and what has been learnt of it."""

    client: openai.AsyncOpenAI | None = None
    support: refusals.ParameterSupport = field(default_factory=refusals.ParameterSupport)


class EndpointChat(BaseChatModel):
    """Any OpenAI-compatible endpoint, with deadlines of our own; closing a stream ends the request at once.

    A chunk's text is nothing but answer. Thoughts are `additional_kwargs["reasoning_content"]`; `["retracted"]` says that
    all text so far has turned out to be thought as well. The last chunk has the usage and `finish_reason`; while nothing
    comes, an empty one comes twice a second.

    Raises:
        ContextTooLong: the model cannot read so much.
        ModelFailed: everything else that goes wrong, in one sentence that keeps the key.
    """

    model: str
    base_url: str = ""
    api_key: SecretStr = Field(SecretStr(""), repr=False)
    deadlines: Deadlines = Deadlines()
    max_tokens: int = 0  # of an answer; 0: as the endpoint pleases
    temperature: float = 0
    _state: _EndpointState = PrivateAttr(default_factory=_EndpointState)

    @property
    def _llm_type(self) -> str:
        return "openai-compatible"

    def _stream(self, messages: list[BaseMessage], stop: list[str] | None = None, *_: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        for one in self._iterate_answer(self._build_request(messages, stop, kwargs)):
            if isinstance(one, StreamParser):
                yield _last_chunk(one, self.model)
            else:
                more: dict[str, Any] = ({"reasoning_content": one.thought} if one.thought else {}) | (
                    {"retracted": True} if one.retracted else {})
                yield ChatGenerationChunk(message=AIMessageChunk(content=one.text, additional_kwargs=more))

    def _generate(self, messages: list[BaseMessage], stop: list[str] | None = None, *_: Any, **kwargs: Any) -> ChatResult:
        text = thought = ""
        last = _last_chunk(StreamParser(), self.model)
        for one in self._iterate_answer(self._build_request(messages, stop, kwargs)):
            if isinstance(one, StreamParser):
                last = _last_chunk(one, self.model)
            else:
                text, thought = ("", thought + text + one.thought) if one.retracted else (text + one.text, thought + one.thought)
        message = AIMessage(
            text, additional_kwargs={"reasoning_content": thought} if thought else {},
            usage_metadata=getattr(last.message, "usage_metadata", None), response_metadata=last.message.response_metadata)
        return ChatResult(generations=[ChatGeneration(message=message, generation_info=last.generation_info)])

    def _build_request(self, messages: list[BaseMessage], stop: list[str] | None, extra: dict[str, Any]) -> dict[str, Any]:
        limit = {"max_tokens": self.max_tokens} if self.max_tokens else {}
        told = [message.model_copy(update={"content": valid_unicode(str(message.text))}) for message in messages]  # else it cannot be sent
        return {
            "model": self.model, "messages": convert_to_openai_messages(told), "stream": True, "temperature": self.temperature,
            "stream_options": {"include_usage": True}, **({"stop": stop} if stop else {}), **limit, **extra}

    def _iterate_answer(self, request: dict[str, Any]) -> Generator[StreamPiece | StreamParser]:
        """The pieces as they come, empty ones while none does, and last what was read. To close it ends the request."""
        return iterate(lambda give: self._ask_with_retries(request, give), StreamPiece())

    async def _ask_with_retries(self, request: dict[str, Any], emit: Callable[[StreamPiece | StreamParser], None]) -> None:
        """Give out the answer: at the first attempt, or at a later one where nothing came before."""
        attempts, watch = 0, DeadlineTimer(self.deadlines)
        _TIMER.set(watch)
        while True:
            reading, sent = StreamParser(), self._state.support.fit_request(request)
            try:
                return await self._attempt_request(sent, reading, watch, emit)
            except EndpointError as broken:
                if isinstance(broken, RequestRefused) and not reading.has_output and self._state.support.learn_refusal(broken, sent):
                    continue  # it is not the endpoint that failed
                attempts += 1
                wait = retry_delay(broken.retry_after, attempts)
                if reading.has_output or not broken.is_temporary or attempts >= self.deadlines.attempts or wait >= watch.remaining:
                    raise self._model_failure(broken) from None
            await asyncio.sleep(wait)

    async def _attempt_request(self, request: dict[str, Any], parser: StreamParser, timer: DeadlineTimer, emit: Callable[[StreamPiece | StreamParser], None]) -> None:
        try:
            async with timer.start_attempt():
                await self._read_stream(request, parser, timer, emit)
        except openai.APIStatusError as error:
            raise _parse_refusal(error) from None
        except TimeoutError:
            if not parser.is_complete:  # else only its end is untidy
                raise EndpointError(timer.timeout_message) from None
        except (openai.APIError, httpx2.HTTPError, httpx2.InvalidURL, OSError, ExceptionGroup) as error:
            if not parser.is_complete:
                raise _connection_error(error, has_output=parser.has_output) from None
        for piece in parser.flush():
            emit(piece)
        emit(parser)

    async def _read_stream(self, request: dict[str, Any], parser: StreamParser, timer: DeadlineTimer, emit: Callable[[StreamPiece], None]) -> None:
        # raw, for the SDK takes pages for streams, and stops at the first chunk that is not as OpenAI's
        async with self._open_client().chat.completions.with_streaming_response.create(**request) as reply:
            async for data in reply.iter_bytes():
                for piece in parser.feed(data):
                    timer.begin_phase("idle")
                    emit(piece)
                if parser.is_complete:  # read on: a reply that has been read to its end leaves a connection for the next question
                    timer.begin_phase("end" if parser.done else "usage")

    def _open_client(self) -> openai.AsyncOpenAI:
        key = self.api_key.get_secret_value().strip()
        if not (key.isascii() and (key.isprintable() or not key)):
            raise EndpointError("cannot be asked; OPENAI_API_KEY holds signs that no key has")
        if self._state.client is None:
            url = self.base_url or _OPENAI_URL
            try:
                http = openai.DefaultAsyncHttpxClient(
                    timeout=None, verify=_tls_context(), trust_env=not is_local_url(url), event_hooks={"request": [_attach_trace]})
                self._state.client = openai.AsyncOpenAI(base_url=url, api_key=key or "none", max_retries=0, timeout=None, http_client=http)
            except (ValueError, ImportError, httpx2.InvalidURL) as error:  # what stands in the environment as a proxy is read here
                raise EndpointError("cannot be asked ({told}); are OPENAI_BASE_URL and the proxy in the environment right?", str(error)) from None
        return self._state.client

    def prepare_client(self) -> None:
        """Load what a first question needs, so that it need not wait for that; nothing is sent."""
        with suppress(EndpointError):  # the question will say it
            _ = self._open_client().chat.completions.with_streaming_response

    def _model_failure(self, error: EndpointError) -> ModelFailed:
        what = error.message.replace("{told}", self._redact_detail(error.detail) or "it does not say which")
        if isinstance(error, RequestRefused) and error.status and not error.message:
            told = self._redact_detail(error.detail)
            what = f"answered {error.status}{': ' if told else ''}{told}; {refusals.help_text(error)}"
        sentence = f"the model {self.model} at {redact_url(self.base_url) or 'api.openai.com'} {what}"
        if isinstance(error, RequestRefused) and refusals.is_too_long(error):
            failure = ContextTooLong(sentence)
            failure.limit = refusals.context_limit(error)
            return failure
        return ModelFailed(sentence)

    def _redact_detail(self, detail: str) -> str:
        """The first line of what an endpoint says, fit to be shown: some repeat the key that they refuse."""
        key = self.api_key.get_secret_value().strip()
        detail = detail.replace(key, "…") if len(key) >= _MIN_KEY_LENGTH else detail
        return (detail.strip().splitlines() or [""])[0][:_MAX_DETAIL]


def chat_model(name: str, base_url: str, api_key: str, deadlines: Deadlines = Deadlines()) -> EndpointChat:  # noqa: B008  # frozen
    """A chat model behind an OpenAI-compatible endpoint, hosted or local; local servers need no key."""
    model = EndpointChat(model=name, base_url=base_url, api_key=SecretStr(api_key), deadlines=deadlines)
    run_in_background(model.prepare_client)  # or the first answer would come a quarter of a second later
    return model


@cache
def _tls_context() -> ssl.SSLContext:
    """One for all: it takes as long to make as a model takes for three words."""
    return httpx2.create_ssl_context()


_TIMER: ContextVar[DeadlineTimer] = ContextVar("watch")  # the deadlines of the question that a task asks


async def _attach_trace(request: httpx2.Request) -> None:
    request.extensions = {**request.extensions, "trace": _TIMER.get().trace_event}


def _last_chunk(parser: StreamParser, model: str) -> ChatGenerationChunk:
    told = {"finish_reason": parser.finish_reason, "model_name": model}
    usage = UsageMetadata(
        input_tokens=parser.usage.prompt, output_tokens=parser.usage.completion,
        total_tokens=parser.usage.prompt + parser.usage.completion) if parser.usage else None
    message = AIMessageChunk(content="", usage_metadata=usage, response_metadata=told, chunk_position="last")
    return ChatGenerationChunk(message=message, generation_info=told)


def _parse_refusal(error: openai.APIStatusError) -> RequestRefused:
    return RequestRefused("", error.status_code, error.response.text, retry_after=parse_retry_after(error.response.headers))


def _connection_error(error: Exception, *, has_output: bool) -> EndpointError:
    root = _root_cause(error)
    # asyncio words an OSError in its own way
    told = os.strerror(root.errno) if isinstance(root, ConnectionError) and root.errno else str(root) or type(root).__name__
    if has_output:
        return EndpointError("broke off in the middle of its answer ({told}); see the server's log", told)
    lasting = isinstance(root, ssl.SSLCertVerificationError | httpx2.UnsupportedProtocol | httpx2.InvalidURL | httpx2.TooManyRedirects)
    return EndpointError("cannot be reached ({told}); is the server running, and OPENAI_BASE_URL right?", told, is_temporary=not lasting)


def _root_cause(error: BaseException) -> BaseException:
    """The error that began it: libraries wrap the one that says something, and group those of several addresses."""
    if isinstance(error, BaseExceptionGroup):
        return _root_cause(error.exceptions[-1])
    before = error.__cause__ or error.__context__
    return _root_cause(before) if isinstance(before, Exception) else error
