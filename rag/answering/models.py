"""Values of the settings become a chat model: the only place that names a provider."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
from langchain_core.language_models import BaseChatModel
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI

from rag.schema import HuwenError

_SECONDS = 60.0
_ATTEMPTS = 3


class ModelFailed(HuwenError):
    """The endpoint did not answer as one must; the sentence says what it did instead."""


class EndpointChat(ChatOpenAI):
    """ChatOpenAI for any endpoint: failures become one sentence, and a stream that just stops is a failure."""

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:  # the base's own signature
        finished = False
        try:
            for chunk in super()._stream(*args, **kwargs):
                finished = finished or bool((chunk.generation_info or {}).get("finish_reason"))
                yield chunk
        except openai.APIStatusError as error:
            help_ = _HELP.get(error.status_code, _HELP[0])
            raise ModelFailed(f"{self._where()} answered {error.status_code}: {_first_line(error.message)}; {help_}") from None
        except openai.APIConnectionError as error:
            reason = "no answer in time" if isinstance(error, openai.APITimeoutError) else str(error.__cause__ or error)
            raise ModelFailed(
                f"{self._where()} cannot be reached ({_first_line(reason)}); is the server running, and OPENAI_BASE_URL right?"
            ) from None
        except openai.APIError as error:
            raise ModelFailed(f"{self._where()} broke off with an error: {_first_line(error.message)}") from None
        if not finished:
            raise ModelFailed(f"{self._where()} stopped in the middle of its answer")

    def _get_request_payload(self, input_: Any, *, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        payload: dict[str, Any] = super()._get_request_payload(input_, stop=stop, **kwargs)
        if limit := payload.pop("max_completion_tokens", None):
            payload["max_tokens"] = limit  # the one name that every local server knows
        return payload

    def _where(self) -> str:
        return f"the model {self.model_name} at {self.openai_api_base or 'api.openai.com'}"


_HELP = {
    0: "see the server's log",
    400: "the server refuses the request, often because it is longer than the model's context",
    401: "check OPENAI_API_KEY",
    403: "the key may not use this model",
    404: "check HUWEN_CHAT_MODEL, and that OPENAI_BASE_URL ends in /v1",
    429: "the quota or rate limit is reached; try again later",
}


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0][:200]


def chat_model(name: str, base_url: str, api_key: str) -> BaseChatModel:
    """A chat model behind an OpenAI-compatible endpoint, hosted or local; local servers need no key."""
    return EndpointChat(
        model=name, base_url=base_url or None, api_key=lambda: api_key or "none", temperature=0,
        timeout=_SECONDS, max_retries=_ATTEMPTS - 1, stream_usage=False)


