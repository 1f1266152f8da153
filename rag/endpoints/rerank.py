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

_ATTEMPTS = 3
_TO_CONNECT, _PAUSE, _LONGEST_PAUSE = 5.0, 0.5, 2.0  # seconds; a server may ask for a longer pause, but somebody is waiting
_SHORTEST_KEY = 8  # what is shorter is no secret but a local server's `none` or `EMPTY`
_HELP = {
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


class _Refused(Exception):
    """The server refuses the request as it is, and may take another form of it."""


class _Passing(Exception):
    """What may be over after a pause."""

    def __init__(self, what: str, pause: float = _PAUSE) -> None:
        super().__init__(what)
        self.pause = pause


class _Row(BaseModel):
    index: int = Field(strict=True, ge=0)
    score: float = Field(strict=True, allow_inf_nan=False, validation_alias=AliasChoices("relevance_score", "score"))


class _Ranking(BaseModel):
    results: list[_Row] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _bare_rows_too(cls, told: object) -> object:
        return {"results": told} if isinstance(told, list) else told


_Form = Callable[[str, str, Sequence[str]], dict[str, object]]


def _common(model: str, question: str, texts: Sequence[str]) -> dict[str, object]:
    """The form of Jina, Cohere, vLLM and llama.cpp, and no field more: Cohere refuses those that it does not know."""
    return {"model": model, "query": question, "documents": texts, "top_n": len(texts)}


def _tei(_: str, question: str, texts: Sequence[str]) -> dict[str, object]:
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
    _forms: list[_Form] = field(default_factory=lambda: [_common, _tei], init=False, repr=False, compare=False)

    def worth(self, question: str, language: Language, passages: Sequence[Passage]) -> list[float]:
        """The model's scores, of whatever range; passages that it left out come behind, in their fused order."""
        if not passages:
            return []
        scores = self._scores(question, ["\n".join(filter(None, (p.title, p.section, p.text))) for p in passages])
        lowest = min(scores.values())
        return [scores.get(at, lowest - 2 + passage.score) for at, passage in enumerate(passages)]

    def _scores(self, question: str, texts: Sequence[str]) -> dict[int, float]:
        """Scores by the places of the texts, asked for in a form that the server takes."""
        until = time.monotonic() + self.timeout
        refusals = []
        for form in tuple(self._forms):
            # half of a surrogate pair, which no server takes, becomes a question mark
            body = json.dumps(form(self.model, question, texts), ensure_ascii=False).encode("utf-8", "replace")
            try:
                scores = self._read(self._ask(body, until, _ATTEMPTS), len(texts))
            except _Refused as refusal:
                refusals.append(str(refusal))
            else:
                self._forms[:] = [form]
                return scores
        raise self._failed(" and, asked as text-embeddings-inference is, ".join(refusals), 400)

    def _ask(self, body: bytes, until: float, attempts: int) -> bytes:
        """What the server answers; after what may pass it is asked again while there is time."""
        try:
            return self._post(body, until)
        except _Passing as failure:
            if attempts == 1 or time.monotonic() + failure.pause >= until:
                raise RerankFailed(str(failure)) from None
            time.sleep(failure.pause)
        return self._ask(body, until, attempts - 1)

    def _post(self, body: bytes, until: float) -> bytes:
        left, key = max(until - time.monotonic(), 0.01), self.api_key.strip()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        limits = httpx.Timeout(left, connect=min(left, _TO_CONNECT))
        content = b""
        try:
            with self._client.stream("POST", self._address, content=body, headers=headers, timeout=limits) as reply:
                for piece in reply.iter_bytes():
                    content += piece
                    if time.monotonic() > until:  # httpx bounds each silence, not their sum
                        raise httpx.ReadTimeout("")
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError):
            # what these say may hold the key
            raise self._failed("cannot be asked; check the reranker's URL and key") from None
        except (httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout):
            raise self._failed(f"did not answer within {self.timeout:g} seconds", 0) from None
        except httpx.HTTPError as error:
            what = "cannot be reached" if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) else "broke off"
            raise _Passing(str(self._failed(f"{what} ({error}); is the server running, and the reranker's URL right?"))) from None
        if not reply.is_success:
            raise self._unwilling(reply, content)
        return content

    def _unwilling(self, reply: httpx.Response, content: bytes) -> Exception:
        status, told = reply.status_code, self._shown(content)
        what = f"answered {status}{': ' if told else ''}{told}"
        if status in (400, 422):
            return _Refused(what)
        failure = self._failed(what, status)
        if status != 429 and status < 500:
            return failure
        asked = reply.headers.get("Retry-After", "")  # or a date, which is never near
        return _Passing(str(failure), min(float(asked), _LONGEST_PAUSE) if asked.isdecimal() else _PAUSE)

    def _read(self, content: bytes, asked: int) -> dict[int, float]:
        try:
            rows = _Ranking.model_validate_json(content).results
        except ValidationError as error:
            first = error.errors()[0]
            at = ".".join(map(str, first["loc"]))
            raise self._failed(f"sent no ranking ({at}{': ' if at else ''}{first['msg']}); is its URL that of a reranker?") from None
        scores = {row.index: row.score for row in rows}
        if len(scores) < len(rows) or max(scores) >= asked:
            raise self._failed("ranked a passage twice, or one that it was not given", 0)
        return scores

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client()  # kept for its connection

    @property
    def _address(self) -> str:
        url = self.url.strip().rstrip("/")
        return url if url.endswith("/rerank") else f"{url}/rerank"

    def _failed(self, what: str, status: int | None = None) -> RerankFailed:
        """The sentence, with the help that a status has."""
        help_ = "" if status is None else f"; {_HELP.get(status, _HELP[0])}"
        return RerankFailed(self._without_key(f"the reranker {self.model} at {self._address} {what}{help_}"))

    def _shown(self, content: bytes) -> str:
        """The first line of what an error says for itself, wherever servers put that; nothing of a web page."""
        said = content.decode("utf-8", "replace")
        with suppress(ValueError, RecursionError):
            match json.loads(said):
                case {"error": {"message": str(told)}} | {"message": str(told)} | {"detail": str(told)} | {"error": str(told)}:
                    said = told
        line = self._without_key((said.strip().splitlines() or [""])[0])
        return "" if line.startswith("<") else line[:200]

    def _without_key(self, text: str) -> str:
        """Some servers repeat the key that they refuse."""
        key = self.api_key.strip()
        return text.replace(key, "…") if len(key) >= _SHORTEST_KEY else text
