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
from rag.endpoints.async_bridge import meanwhile, pumped
from rag.endpoints.deadlines import Deadlines, Watch, asked_for, pause
from rag.endpoints.reasoning import Piece
from rag.endpoints.stream_parser import Broken, Reading, Refused
from rag.endpoints.urls import is_this_machine, shown_url
from rag.schema import HuwenError
from rag.text.language import valid_unicode

_OPENAI = "https://api.openai.com/v1"  # said here, or the SDK would look for another in the environment
_SHORTEST_KEY = 8  # what is shorter is no secret but a local server's `none` or `EMPTY`
_SHOWN = 200  # characters of what an endpoint says


class ModelFailed(HuwenError):
    """The endpoint did not answer as one must; the sentence says what it did instead."""


class ContextTooLong(ModelFailed):
    """The request is longer than what the model reads: `limit` tokens, or 0 where the endpoint does not say."""

    limit = 0


@dataclass
class _Link:
    """What a model and its copies share: the connections to the endpoint, and what has been learnt of it."""

    client: openai.AsyncOpenAI | None = None
    manners: refusals.Manners = field(default_factory=refusals.Manners)


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
    _link: _Link = PrivateAttr(default_factory=_Link)

    @property
    def _llm_type(self) -> str:
        return "openai-compatible"

    def _stream(self, messages: list[BaseMessage], stop: list[str] | None = None, *_: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        for one in self._answered(self._request(messages, stop, kwargs)):
            if isinstance(one, Reading):
                yield _last(one, self.model)
            else:
                more: dict[str, Any] = ({"reasoning_content": one.thought} if one.thought else {}) | (
                    {"retracted": True} if one.retracted else {})
                yield ChatGenerationChunk(message=AIMessageChunk(content=one.text, additional_kwargs=more))

    def _generate(self, messages: list[BaseMessage], stop: list[str] | None = None, *_: Any, **kwargs: Any) -> ChatResult:
        text = thought = ""
        last = _last(Reading(), self.model)
        for one in self._answered(self._request(messages, stop, kwargs)):
            if isinstance(one, Reading):
                last = _last(one, self.model)
            else:
                text, thought = ("", thought + text + one.thought) if one.retracted else (text + one.text, thought + one.thought)
        message = AIMessage(
            text, additional_kwargs={"reasoning_content": thought} if thought else {},
            usage_metadata=getattr(last.message, "usage_metadata", None), response_metadata=last.message.response_metadata)
        return ChatResult(generations=[ChatGeneration(message=message, generation_info=last.generation_info)])

    def _request(self, messages: list[BaseMessage], stop: list[str] | None, more: dict[str, Any]) -> dict[str, Any]:
        limit = {"max_tokens": self.max_tokens} if self.max_tokens else {}
        told = [message.model_copy(update={"content": valid_unicode(str(message.text))}) for message in messages]  # else it cannot be sent
        return {
            "model": self.model, "messages": convert_to_openai_messages(told), "stream": True, "temperature": self.temperature,
            "stream_options": {"include_usage": True}, **({"stop": stop} if stop else {}), **limit, **more}

    def _answered(self, request: dict[str, Any]) -> Generator[Piece | Reading]:
        """The pieces as they come, empty ones while none does, and last what was read. To close it ends the request."""
        return pumped(lambda give: self._ask(request, give), Piece())

    async def _ask(self, request: dict[str, Any], give: Callable[[Piece | Reading], None]) -> None:
        """Give out the answer: at the first attempt, or at a later one where nothing came before."""
        attempts, watch = 0, Watch(self.deadlines)
        _WATCH.set(watch)
        while True:
            reading, sent = Reading(), self._link.manners.fitted(request)
            try:
                return await self._attempt(sent, reading, watch, give)
            except Broken as broken:
                if isinstance(broken, Refused) and not reading.begun and self._link.manners.learn(broken, sent):
                    continue  # it is not the endpoint that failed
                attempts += 1
                wait = pause(broken.pause, attempts)
                if reading.begun or not broken.may_pass or attempts >= self.deadlines.attempts or wait >= watch.left:
                    raise self._failure(broken) from None
            await asyncio.sleep(wait)

    async def _attempt(self, sent: dict[str, Any], reading: Reading, watch: Watch, give: Callable[[Piece | Reading], None]) -> None:
        try:
            async with watch.attempt():
                await self._read(sent, reading, watch, give)
        except openai.APIStatusError as error:
            raise _refused(error) from None
        except TimeoutError:
            if not reading.over:  # else only its end is untidy
                raise Broken(watch.told) from None
        except (openai.APIError, httpx2.HTTPError, httpx2.InvalidURL, OSError, ExceptionGroup) as error:
            if not reading.over:
                raise _disconnected(error, begun=reading.begun) from None
        for piece in reading.end():
            give(piece)
        give(reading)

    async def _read(self, sent: dict[str, Any], reading: Reading, watch: Watch, give: Callable[[Piece], None]) -> None:
        # raw, for the SDK takes pages for streams, and stops at the first chunk that is not as OpenAI's
        async with self._client().chat.completions.with_streaming_response.create(**sent) as reply:
            async for data in reply.iter_bytes():
                for piece in reading.feed(data):
                    watch.begin("idle")
                    give(piece)
                if reading.over:  # read on: a reply that has been read to its end leaves a connection for the next question
                    watch.begin("end" if reading.done else "usage")

    def _client(self) -> openai.AsyncOpenAI:
        key = self.api_key.get_secret_value().strip()
        if not (key.isascii() and (key.isprintable() or not key)):
            raise Broken("cannot be asked; OPENAI_API_KEY holds signs that no key has")
        if self._link.client is None:
            url = self.base_url or _OPENAI
            try:
                http = openai.DefaultAsyncHttpxClient(
                    timeout=None, verify=_tls(), trust_env=not is_this_machine(url), event_hooks={"request": [_watched]})
                self._link.client = openai.AsyncOpenAI(base_url=url, api_key=key or "none", max_retries=0, timeout=None, http_client=http)
            except (ValueError, ImportError, httpx2.InvalidURL) as error:  # what stands in the environment as a proxy is read here
                raise Broken("cannot be asked ({told}); are OPENAI_BASE_URL and the proxy in the environment right?", str(error)) from None
        return self._link.client

    def get_ready(self) -> None:
        """Load what a first question needs, so that it need not wait for that; nothing is sent."""
        with suppress(Broken):  # the question will say it
            _ = self._client().chat.completions.with_streaming_response

    def _failure(self, broken: Broken) -> ModelFailed:
        what = broken.what.replace("{told}", self._shown(broken.told) or "it does not say which")
        if isinstance(broken, Refused) and broken.status and not broken.what:
            told = self._shown(broken.told)
            what = f"answered {broken.status}{': ' if told else ''}{told}; {refusals.help_for(broken)}"
        sentence = f"the model {self.model} at {shown_url(self.base_url) or 'api.openai.com'} {what}"
        if isinstance(broken, Refused) and refusals.too_long(broken):
            failure = ContextTooLong(sentence)
            failure.limit = refusals.limit(broken)
            return failure
        return ModelFailed(sentence)

    def _shown(self, told: str) -> str:
        """The first line of what an endpoint says, fit to be shown: some repeat the key that they refuse."""
        key = self.api_key.get_secret_value().strip()
        told = told.replace(key, "…") if len(key) >= _SHORTEST_KEY else told
        return (told.strip().splitlines() or [""])[0][:_SHOWN]


def chat_model(name: str, base_url: str, api_key: str, deadlines: Deadlines = Deadlines()) -> EndpointChat:  # noqa: B008  # frozen
    """A chat model behind an OpenAI-compatible endpoint, hosted or local; local servers need no key."""
    model = EndpointChat(model=name, base_url=base_url, api_key=SecretStr(api_key), deadlines=deadlines)
    meanwhile(model.get_ready)  # or the first answer would come a quarter of a second later
    return model


@cache
def _tls() -> ssl.SSLContext:
    """One for all: it takes as long to make as a model takes for three words."""
    return httpx2.create_ssl_context()


_WATCH: ContextVar[Watch] = ContextVar("watch")  # the deadlines of the question that a task asks


async def _watched(request: httpx2.Request) -> None:
    request.extensions = {**request.extensions, "trace": _WATCH.get().trace}


def _last(read: Reading, model: str) -> ChatGenerationChunk:
    told = {"finish_reason": read.finish, "model_name": model}
    usage = UsageMetadata(
        input_tokens=read.usage.prompt, output_tokens=read.usage.completion,
        total_tokens=read.usage.prompt + read.usage.completion) if read.usage else None
    message = AIMessageChunk(content="", usage_metadata=usage, response_metadata=told, chunk_position="last")
    return ChatGenerationChunk(message=message, generation_info=told)


def _refused(error: openai.APIStatusError) -> Refused:
    return Refused("", error.status_code, error.response.text, pause=asked_for(error.response.headers))


def _disconnected(error: Exception, *, begun: bool) -> Broken:
    root = _root(error)
    # asyncio words an OSError in its own way
    told = os.strerror(root.errno) if isinstance(root, ConnectionError) and root.errno else str(root) or type(root).__name__
    if begun:
        return Broken("broke off in the middle of its answer ({told}); see the server's log", told)
    lasting = isinstance(root, ssl.SSLCertVerificationError | httpx2.UnsupportedProtocol | httpx2.InvalidURL | httpx2.TooManyRedirects)
    return Broken("cannot be reached ({told}); is the server running, and OPENAI_BASE_URL right?", told, may_pass=not lasting)


def _root(error: BaseException) -> BaseException:
    """The error that began it: libraries wrap the one that says something, and group those of several addresses."""
    if isinstance(error, BaseExceptionGroup):
        return _root(error.exceptions[-1])
    before = error.__cause__ or error.__context__
    return _root(before) if isinstance(before, Exception) else error
