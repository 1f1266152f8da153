"""Chat model behind an OpenAI-compatible endpoint, hosted or local, with Huwen's own deadlines and retries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import httpx2  # the HTTP library of openai
import openai
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr, SecretStr

from rag.endpoints import refusals
from rag.endpoints.async_bridge import iterate, run_in_background
from rag.endpoints.client import (
    EndpointError,
    RequestRefused,
    RetryPolicy,
    append_detail,
    describe_cause,
    is_lasting,
    is_valid_key,
    parse_retry_after,
    redact_line,
    root_cause,
    tls_context,
)
from rag.endpoints.deadlines import Deadlines, DeadlineTimer
from rag.endpoints.reasoning import StreamPiece
from rag.endpoints.stream_parser import StreamParser
from rag.endpoints.urls import OPENAI_URL, is_local_url, redact_url
from rag.schema import HuwenError
from rag.text.language import valid_unicode

_FIRST_DELAY, _MAX_DELAY = 0.25, 10.0  # seconds between attempts

_TIMER: ContextVar[DeadlineTimer] = ContextVar("timer")  # the deadlines of the question that a task asks
_Emit = Callable[["StreamPiece | StreamParser"], None]


class ModelFailed(HuwenError):
    """The endpoint gave no complete answer; the message says what happened."""


class ContextTooLong(ModelFailed):
    """The request is longer than the model's context: `limit` tokens, or 0 if the endpoint does not say."""

    limit = 0


@dataclass
class _EndpointState:
    """What a model and its copies share: the connections, and which parameters the endpoint supports."""

    client: openai.AsyncOpenAI | None = None
    support: refusals.ParameterSupport = field(default_factory=refusals.ParameterSupport)


class EndpointChat(BaseChatModel):
    """A model behind any OpenAI-compatible endpoint; closing a stream ends the request at once.

    The text of a chunk is answer text only. Thoughts are in `additional_kwargs["reasoning_content"]`; `["retracted"]`
    says that all text so far has turned out to be thought. The last chunk has the usage and `finish_reason`. While
    nothing arrives, an empty chunk is yielded twice a second.

    Raises:
        ContextTooLong: the request is longer than the model's context.
        ModelFailed: any other failure; the message never contains the key.
    """

    model: str
    base_url: str = ""
    api_key: SecretStr = Field(SecretStr(""), repr=False)
    deadlines: Deadlines = Deadlines()
    max_tokens: int = 0  # limit of an answer; 0: the endpoint decides
    temperature: float = 0
    _state: _EndpointState = PrivateAttr(default_factory=_EndpointState)

    @property
    def _llm_type(self) -> str:
        return "openai-compatible"

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, *_: Any, **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for item in self._iterate_answer(self._build_request(messages, stop, kwargs)):
            yield _last_chunk(item, self.model) if isinstance(item, StreamParser) else _piece_chunk(item)

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, *_: Any, **kwargs: Any,
    ) -> ChatResult:
        text = thought = ""
        last = _last_chunk(StreamParser(), self.model)
        for item in self._iterate_answer(self._build_request(messages, stop, kwargs)):
            if isinstance(item, StreamParser):
                last = _last_chunk(item, self.model)
                continue
            if item.retracted:
                text, thought = "", thought + text
            text, thought = text + item.text, thought + item.thought
        message = AIMessage(
            text, additional_kwargs={"reasoning_content": thought} if thought else {},
            usage_metadata=getattr(last.message, "usage_metadata", None),
            response_metadata=last.message.response_metadata)
        return ChatResult(generations=[ChatGeneration(message=message, generation_info=last.generation_info)])

    def _build_request(
        self, messages: list[BaseMessage], stop: list[str] | None, extra: dict[str, Any],
    ) -> dict[str, Any]:
        sendable = [message.model_copy(update={"content": valid_unicode(str(message.text))}) for message in messages]
        optional = ({"stop": stop} if stop else {}) | ({"max_tokens": self.max_tokens} if self.max_tokens else {})
        return {
            "model": self.model, "messages": convert_to_openai_messages(sendable), "stream": True,
            "temperature": self.temperature, "stream_options": {"include_usage": True}, **optional, **extra}

    def _iterate_answer(self, request: dict[str, Any]) -> Generator[StreamPiece | StreamParser]:
        """The pieces as they arrive, empty ones while none arrives, last the parser. Closing it ends the request."""
        return iterate(lambda emit: self._ask_with_retries(request, emit), StreamPiece())

    async def _ask_with_retries(self, request: dict[str, Any], emit: _Emit) -> None:
        """Emit the answer of the first attempt, or of a later one if nothing has arrived before."""
        attempts, timer = 0, DeadlineTimer(self.deadlines)
        retries = RetryPolicy(_FIRST_DELAY, _MAX_DELAY, self.deadlines.attempts)
        _TIMER.set(timer)
        while True:
            parser, supported = StreamParser(), self._state.support.fit_request(request)
            try:
                return await self._attempt_request(supported, parser, timer, emit)
            except EndpointError as error:
                if not parser.has_output and self._learn_refusal(error, supported):
                    continue  # this is not a failed attempt
                attempts += 1
                delay = retries.next_delay(error, attempts, timer.remaining)
                if parser.has_output or delay is None:
                    raise self._model_failure(error) from None
            await asyncio.sleep(delay)

    def _learn_refusal(self, error: EndpointError, request: dict[str, Any]) -> bool:
        """True if the endpoint refuses a field by name; that field is not sent again."""
        return isinstance(error, RequestRefused) and self._state.support.learn_refusal(error, request)

    async def _attempt_request(
        self, request: dict[str, Any], parser: StreamParser, timer: DeadlineTimer, emit: _Emit,
    ) -> None:
        try:
            async with timer.start_attempt():
                await self._read_stream(request, parser, timer, emit)
        except openai.APIStatusError as error:
            retry_after = parse_retry_after(error.response.headers)
            raise RequestRefused("", error.status_code, error.response.text, retry_after=retry_after) from None
        except TimeoutError:
            if not parser.is_complete:  # otherwise only the end of the reply is missing
                raise EndpointError(timer.timeout_message) from None
        except (openai.APIError, httpx2.HTTPError, httpx2.InvalidURL, OSError, ExceptionGroup) as error:
            if not parser.is_complete:
                raise _connection_error(error, has_output=parser.has_output) from None
        for piece in parser.flush():
            emit(piece)
        emit(parser)

    async def _read_stream(
        self, request: dict[str, Any], parser: StreamParser, timer: DeadlineTimer, emit: _Emit,
    ) -> None:
        # raw bytes: the SDK's parser reads web pages as streams, and fails at a chunk that differs from OpenAI's
        async with self._open_client().chat.completions.with_streaming_response.create(**request) as reply:
            async for data in reply.iter_bytes():
                for piece in parser.feed(data):
                    timer.begin_phase("idle")
                    emit(piece)
                if parser.is_complete:  # read to the end, because only then the next question can use the connection
                    timer.begin_phase("end" if parser.done else "usage")

    def _open_client(self) -> openai.AsyncOpenAI:
        key = self.api_key.get_secret_value().strip()
        if not is_valid_key(key):
            raise EndpointError("cannot be used; OPENAI_API_KEY contains characters that no key has")
        if self._state.client is None:
            url = self.base_url or OPENAI_URL
            try:
                http = openai.DefaultAsyncHttpxClient(
                    timeout=None, verify=tls_context(), trust_env=not is_local_url(url),
                    event_hooks={"request": [_attach_trace]})
                self._state.client = openai.AsyncOpenAI(
                    base_url=url, api_key=key or "none", max_retries=0, timeout=None, http_client=http)
            except (ValueError, ImportError, httpx2.InvalidURL) as error:  # also for a bad proxy
                raise EndpointError(
                    "cannot be used ({detail}); are OPENAI_BASE_URL and the proxy in the environment right?",
                    str(error)) from None
        return self._state.client

    def prepare_client(self) -> None:
        """Load what the first question needs, so that it does not wait for that; nothing is sent."""
        with suppress(EndpointError):  # the question will raise it again
            _ = self._open_client().chat.completions.with_streaming_response

    def _model_failure(self, error: EndpointError) -> ModelFailed:
        detail = redact_line(error.detail, self.api_key.get_secret_value().strip())
        if isinstance(error, RequestRefused) and error.status and not error.message:
            message = f"{append_detail(f'answered {error.status}', detail)}; {refusals.help_text(error)}"
        else:
            message = error.message.replace("{detail}", detail or "it does not say which")
        sentence = f"the model {self.model} at {redact_url(self.base_url) or 'api.openai.com'} {message}"
        if isinstance(error, RequestRefused) and refusals.is_too_long(error):
            failure = ContextTooLong(sentence)
            failure.limit = refusals.context_limit(error)
            return failure
        return ModelFailed(sentence)


def chat_model(
    name: str, base_url: str, api_key: str, deadlines: Deadlines = Deadlines(),  # noqa: B008  # frozen
) -> EndpointChat:
    """A chat model behind an OpenAI-compatible endpoint, hosted or local; local servers need no key."""
    model = EndpointChat(model=name, base_url=base_url, api_key=SecretStr(api_key), deadlines=deadlines)
    run_in_background(model.prepare_client)  # otherwise the first answer takes a quarter of a second longer
    return model


async def _attach_trace(request: httpx2.Request) -> None:
    request.extensions = {**request.extensions, "trace": _TIMER.get().trace_event}


def _piece_chunk(piece: StreamPiece) -> ChatGenerationChunk:
    extra: dict[str, Any] = {"reasoning_content": piece.thought} if piece.thought else {}
    if piece.retracted:
        extra["retracted"] = True
    return ChatGenerationChunk(message=AIMessageChunk(content=piece.text, additional_kwargs=extra))


def _last_chunk(parser: StreamParser, model: str) -> ChatGenerationChunk:
    metadata = {"finish_reason": parser.finish_reason, "model_name": model}
    usage = UsageMetadata(
        input_tokens=parser.usage.prompt, output_tokens=parser.usage.completion,
        total_tokens=parser.usage.prompt + parser.usage.completion) if parser.usage else None
    message = AIMessageChunk(content="", usage_metadata=usage, response_metadata=metadata, chunk_position="last")
    return ChatGenerationChunk(message=message, generation_info=metadata)


def _connection_error(error: Exception, *, has_output: bool) -> EndpointError:
    root = root_cause(error)
    detail = describe_cause(root)
    if has_output:
        return EndpointError("broke off in the middle of its answer ({detail}); see the server's log", detail)
    message = "cannot be reached ({detail}); is the server running, and OPENAI_BASE_URL right?"
    return EndpointError(message, detail, is_temporary=not is_lasting(root))
