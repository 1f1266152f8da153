"""Values of the settings become a chat model: the only place that names a provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
from langchain_core.language_models import BaseChatModel
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI

from rag.schema import HuwenError

_SECONDS = 60.0
_ATTEMPTS = 3
_SHORTEST_KEY = 8  # what is shorter is no secret but a local server's `none` or `EMPTY`


class ModelFailed(HuwenError):
    """The endpoint did not answer as one must; the sentence says what it did instead."""


class EndpointChat(ChatOpenAI):
    """ChatOpenAI for any endpoint: failures become one sentence, and a stream that just stops is a failure."""

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:  # the base's own signature
        begun = finished = False
        try:
            for chunk in super()._stream(*args, **kwargs):
                begun = True
                finished = finished or bool((chunk.generation_info or {}).get("finish_reason"))
                yield chunk
        except (openai.APIError, UnicodeEncodeError, json.JSONDecodeError) as error:
            raise ModelFailed(f"{self._where()} {self._what(error, begun=begun)}") from None
        if not begun:
            raise ModelFailed(f"{self._where()} sent no streamed answer; does OPENAI_BASE_URL end in /v1?")
        if not finished:
            raise ModelFailed(f"{self._where()} stopped in the middle of its answer; see the server's log")

    def _get_request_payload(self, input_: Any, *, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        payload: dict[str, Any] = super()._get_request_payload(input_, stop=stop, **kwargs)
        if limit := payload.pop("max_completion_tokens", None):
            payload["max_tokens"] = limit  # the one name that every local server knows
        return payload

    def _where(self) -> str:
        return f"the model {self.model_name} at {self.openai_api_base or 'api.openai.com'}"

    def _what(self, error: Exception, *, begun: bool) -> str:
        match error:
            case openai.APIStatusError(status_code=status):
                told = self._first_line(error.message.removeprefix(f"Error code: {status}").removeprefix(" - "))
                return f"answered {status}{': ' if told else ''}{told}; {_HELP.get(status, _HELP[0])}"
            case openai.APITimeoutError():
                return "fell silent for too long; see the server's log"
            case openai.APIConnectionError() if begun:
                return f"broke off in the middle of its answer ({self._first_line(str(_root(error)))}); see the server's log"
            case openai.APIConnectionError():
                return f"cannot be reached ({self._first_line(str(_root(error)))}); is the server running, and OPENAI_BASE_URL right?"
            case openai.APIError():
                return f"broke off with an error: {self._first_line(error.message)}; see the server's log"
            case UnicodeEncodeError():
                return "cannot be asked; OPENAI_API_KEY holds signs that no key has"
            case _:
                return f"sent what is no JSON ({error}); see the server's log"

    def _first_line(self, text: str) -> str:
        """What an endpoint says, fit to be shown: some repeat the key that they refuse."""
        line = (text.strip().splitlines() or [""])[0]
        key = self.root_client.api_key
        return (line.replace(key, "…") if len(key) >= _SHORTEST_KEY else line)[:200]


_HELP = {
    0: "see the server's log",
    400: "the server refuses the request, often because it is longer than the model's context",
    401: "check OPENAI_API_KEY",
    403: "the key may not use this model",
    404: "check HUWEN_CHAT_MODEL, and that OPENAI_BASE_URL ends in /v1",
    429: "the quota or rate limit is reached; try again later",
}


def _root(error: BaseException) -> BaseException:
    return _root(error.__cause__) if error.__cause__ else error


def chat_model(name: str, base_url: str, api_key: str) -> BaseChatModel:
    """A chat model behind an OpenAI-compatible endpoint, hosted or local; local servers need no key."""
    return EndpointChat(
        model=name, base_url=base_url or None, api_key=lambda: api_key.strip() or "none", temperature=0,
        timeout=_SECONDS, max_retries=_ATTEMPTS - 1, stream_usage=False)
