"""A reranking model behind an endpoint."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

import httpx
from pydantic import AliasChoices, BaseModel, Field, ValidationError, model_validator

from rag.schema import HuwenError, Language, Passage

_MAX_ATTEMPTS = 3
_CONNECT_TIMEOUT, _RETRY_DELAY, _MAX_DELAY = 5.0, 0.5, 2.0  # seconds; a server may ask for a longer pause, but somebody is waiting
_MIN_KEY_LENGTH = 8  # what is shorter is no secret but a local server's `none` or `EMPTY`
_STATUS_HELP = {
    0: "see the server's log",
    400: "often there are too many passages, or one is too long",
    401: "check the reranker's key",
    403: "the key may not use this model",
    404: "check the reranker's name, and its URL as far as /rerank (text-embeddings-inference has no /v1)",
    413: "there are too many passages, or one is too long",
    429: "the quota or rate limit is reached; try again later",
}


class RerankFailed(HuwenError):
    """There is no new order, or none to be trusted; the sentence says what came instead."""


class _FormatRefused(Exception):
    """The server refuses the request as it is, and may take another form of it."""


class _TemporaryError(Exception):
    """What may be over after a pause."""

    def __init__(self, message: str, delay: float = _RETRY_DELAY) -> None:
        super().__init__(message)
        self.delay = delay


class _RerankRow(BaseModel):
    index: int = Field(strict=True, ge=0)
    score: float = Field(strict=True, allow_inf_nan=False, validation_alias=AliasChoices("relevance_score", "score"))


class _RerankResponse(BaseModel):
    results: list[_RerankRow] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _wrap_bare_rows(cls, value: object) -> object:
        return {"results": value} if isinstance(value, list) else value


_RequestFormat = Callable[[str, str, Sequence[str]], dict[str, object]]


def _common_request(model: str, question: str, texts: Sequence[str]) -> dict[str, object]:
    """The form of Jina, Cohere, vLLM and llama.cpp, and no field more: Cohere refuses those that it does not know."""
    return {"model": model, "query": question, "documents": texts, "top_n": len(texts)}


def _tei_request(_: str, question: str, texts: Sequence[str]) -> dict[str, object]:
    """The form of text-embeddings-inference, which has but one model, and refuses a long text unless told to cut it."""
    return {"query": question, "texts": texts, "truncate": True}


@dataclass(frozen=True)
class EndpointReranker:
    """A reranking model, hosted or local; `url` is that of its /rerank, or what stands before it.

    `timeout` bounds a whole call, in seconds: attempts, pauses and all.

    Raises:
        RerankFailed: by `worth`; nothing is asked before.
    """

    model: str
    url: str
    api_key: str = field(repr=False)
    timeout: float = 20.0
    depth: int = 30
    # the forms that the server may take; when it has taken one, only that
    _formats: list[_RequestFormat] = field(default_factory=lambda: [_common_request, _tei_request], init=False, repr=False, compare=False)

    def score_passages(self, question: str, language: Language, passages: Sequence[Passage]) -> list[float]:
        """The model's scores, of whatever range; passages that it left out come behind, in their fused order."""
        if not passages:
            return []
        scores = self._request_scores(question, ["\n".join(filter(None, (p.title, p.section, p.text))) for p in passages])
        lowest = min(scores.values())
        return [scores.get(at, lowest - 2 + passage.score) for at, passage in enumerate(passages)]

    def _request_scores(self, question: str, texts: Sequence[str]) -> dict[int, float]:
        """Scores by the places of the texts, asked for in a form that the server takes."""
        until = time.monotonic() + self.timeout
        refusals = []
        for form in tuple(self._formats):
            # half of a surrogate pair, which no server takes, becomes a question mark
            body = json.dumps(form(self.model, question, texts), ensure_ascii=False).encode("utf-8", "replace")
            try:
                scores = self._parse_scores(self._post_with_retries(body, until, _MAX_ATTEMPTS), len(texts))
            except _FormatRefused as refusal:
                refusals.append(str(refusal))
            else:
                self._formats[:] = [form]
                return scores
        raise self._make_error(" and, asked as text-embeddings-inference is, ".join(refusals), 400)

    def _post_with_retries(self, body: bytes, deadline: float, attempts: int) -> bytes:
        """What the server answers; after what may pass it is asked again while there is time."""
        try:
            return self._post_once(body, deadline)
        except _TemporaryError as failure:
            if attempts == 1 or time.monotonic() + failure.delay >= deadline:
                raise RerankFailed(str(failure)) from None
            time.sleep(failure.delay)
        return self._post_with_retries(body, deadline, attempts - 1)

    def _post_once(self, body: bytes, deadline: float) -> bytes:
        left, key = max(deadline - time.monotonic(), 0.01), self.api_key.strip()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        limits = httpx.Timeout(left, connect=min(left, _CONNECT_TIMEOUT))
        content = b""
        try:
            with self._client.stream("POST", self._rerank_url, content=body, headers=headers, timeout=limits) as reply:
                for piece in reply.iter_bytes():
                    content += piece
                    if time.monotonic() > deadline:  # httpx bounds each silence, not their sum
                        raise httpx.ReadTimeout("")
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError):
            # what these say may hold the key
            raise self._make_error("cannot be asked; check the reranker's URL and key") from None
        except (httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout):
            raise self._make_error(f"did not answer within {self.timeout:g} seconds", 0) from None
        except httpx.HTTPError as error:
            what = "cannot be reached" if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) else "broke off"
            raise _TemporaryError(str(self._make_error(f"{what} ({error}); is the server running, and the reranker's URL right?"))) from None
        if not reply.is_success:
            raise self._response_error(reply, content)
        return content

    def _response_error(self, reply: httpx.Response, content: bytes) -> Exception:
        status, told = reply.status_code, self._error_detail(content)
        what = f"answered {status}{': ' if told else ''}{told}"
        if status in (400, 422):
            return _FormatRefused(what)
        failure = self._make_error(what, status)
        if status != 429 and status < 500:
            return failure
        asked = reply.headers.get("Retry-After", "")  # or a date, which is never near
        return _TemporaryError(str(failure), min(float(asked), _MAX_DELAY) if asked.isdecimal() else _RETRY_DELAY)

    def _parse_scores(self, content: bytes, count: int) -> dict[int, float]:
        try:
            rows = _RerankResponse.model_validate_json(content).results
        except ValidationError as error:
            first = error.errors()[0]
            at = ".".join(map(str, first["loc"]))
            raise self._make_error(f"sent no ranking ({at}{': ' if at else ''}{first['msg']}); is its URL that of a reranker?") from None
        scores = {row.index: row.score for row in rows}
        if len(scores) < len(rows) or max(scores) >= count:
            raise self._make_error("ranked a passage twice, or one that it was not given", 0)
        return scores

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client()  # kept for its connection

    @property
    def _rerank_url(self) -> str:
        url = self.url.strip().rstrip("/")
        return url if url.endswith("/rerank") else f"{url}/rerank"

    def _make_error(self, message: str, status: int | None = None) -> RerankFailed:
        """The sentence, with the help that a status has."""
        help_ = "" if status is None else f"; {_STATUS_HELP.get(status, _STATUS_HELP[0])}"
        return RerankFailed(self._redact_key(f"the reranker {self.model} at {self._rerank_url} {message}{help_}"))

    def _error_detail(self, content: bytes) -> str:
        """The first line of what an error says for itself, wherever servers put that; nothing of a web page."""
        said = content.decode("utf-8", "replace")
        with suppress(ValueError, RecursionError):
            match json.loads(said):
                case {"error": {"message": str(told)}} | {"message": str(told)} | {"detail": str(told)} | {"error": str(told)}:
                    said = told
        line = self._redact_key((said.strip().splitlines() or [""])[0])
        return "" if line.startswith("<") else line[:200]

    def _redact_key(self, text: str) -> str:
        """Some servers repeat the key that they refuse."""
        key = self.api_key.strip()
        return text.replace(key, "…") if len(key) >= _MIN_KEY_LENGTH else text
