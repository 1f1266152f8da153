"""Reranker behind an endpoint, hosted or local: passages become scores for a question."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import AliasChoices, BaseModel, Field, ValidationError, model_validator

from rag.endpoints.client import (
    EndpointClient,
    RequestRefused,
    RetryPolicy,
    TransportError,
    append_detail,
    redact_key,
    redact_line,
    status_help,
)
from rag.endpoints.urls import redact_url
from rag.questions.analysis import AnalysedQuestion
from rag.schema import HuwenError, Passage

_RETRIES = RetryPolicy(first_delay=0.5, max_delay=2.0, attempts=3)  # short pauses: a reader waits for the answer
_FORMAT_STATUSES = (400, 422)  # servers refuse an unknown format with one of these
_STATUS_HELP = {
    400: "often there are too many passages, or one is too long",
    401: "check the reranker's key",
    404: "check the reranker's name, and its URL as far as /rerank (text-embeddings-inference has no /v1)",
    413: "there are too many passages, or one is too long",
}


class RerankFailed(HuwenError):
    """There are no valid scores; the message says what was received instead."""


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
    """The format of Jina, Cohere, vLLM and llama.cpp, without other fields, because Cohere refuses unknown fields."""
    return {"model": model, "query": question, "documents": texts, "top_n": len(texts)}


def _tei_request(_: str, question: str, texts: Sequence[str]) -> dict[str, object]:
    """The format of text-embeddings-inference, which has one model only, and refuses a long text without `truncate`."""
    return {"query": question, "texts": texts, "truncate": True}


@dataclass(frozen=True)
class EndpointReranker:
    """A reranking model, hosted or local; `url` is the address of its /rerank, or the part before that.

    `timeout` limits a whole call, in seconds: all attempts and pauses together. `depth` passages are reranked.

    Raises:
        RerankFailed: from `score_passages`; the constructor sends nothing.
    """

    model: str
    url: str
    api_key: str = field(repr=False)
    timeout: float = 20.0
    depth: int = 30
    # the formats to try; after the server has accepted one, only that one
    _formats: list[_RequestFormat] = field(
        default_factory=lambda: [_common_request, _tei_request], init=False, repr=False, compare=False)

    def score_passages(self, question: AnalysedQuestion, passages: Sequence[Passage]) -> list[float]:
        """The model's scores, of any range; passages that it left out come last, in their fused order."""
        if not passages:
            return []
        texts = ["\n".join(filter(None, (p.title, p.section, p.text))) for p in passages]
        scores = self._request_scores(question.text, texts)
        lowest = min(scores.values())
        return [scores.get(position, lowest - 2 + passage.score) for position, passage in enumerate(passages)]

    def _request_scores(self, question: str, texts: Sequence[str]) -> dict[int, float]:
        """The scores by position of the text, requested in a format that the server accepts."""
        deadline = time.monotonic() + self.timeout
        refusals = []
        for build_request in tuple(self._formats):
            body = build_request(self.model, question, texts)
            try:
                scores = self._parse_scores(self._client.post_json(self._rerank_url, body, deadline), len(texts))
            except RequestRefused as refusal:
                answer = append_detail(f"answered {refusal.status}", redact_line(refusal.detail, self._client.key))
                if refusal.status not in _FORMAT_STATUSES:
                    raise self._make_error(f"{answer}; {status_help(refusal.status, _STATUS_HELP)}") from None
                refusals.append(answer)
            except TransportError as error:
                raise self._make_error(self._describe_fault(error)) from None
            else:
                self._formats[:] = [build_request]
                return scores
        answers = " and, in the format of text-embeddings-inference, ".join(refusals)
        raise self._make_error(f"{answers}; {status_help(400, _STATUS_HELP)}")

    def _parse_scores(self, content: bytes, count: int) -> dict[int, float]:
        try:
            rows = _RerankResponse.model_validate_json(content).results
        except ValidationError as error:
            first = error.errors()[0]
            field_path = ".".join(map(str, first["loc"]))
            fault = append_detail(field_path, first["msg"]) if field_path else first["msg"]
            raise self._make_error(f"sent no ranking ({fault}); is its URL that of a reranker?") from None
        scores = {row.index: row.score for row in rows}
        if len(scores) < len(rows) or max(scores) >= count:
            raise self._make_error("ranked a passage twice, or one that it was not given; see the server's log")
        return scores

    @cached_property
    def _client(self) -> EndpointClient:
        return EndpointClient(self._rerank_url, self.api_key.strip(), self.timeout, retries=_RETRIES)

    @property
    def _rerank_url(self) -> str:
        url = self.url.strip().rstrip("/")
        return url if url.endswith("/rerank") else f"{url}/rerank"

    def _describe_fault(self, error: TransportError) -> str:
        help_text = "is the server running, and the reranker's URL right?"
        match error.kind:
            case "key" | "address":
                return "cannot be used; check the reranker's URL and key"
            case "silence" | "total":
                return f"did not answer within {self.timeout:g} seconds; see the server's log"
            case "size":
                return "sent too much for a ranking; see the server's log"
            case "connection":
                return f"cannot be reached ({redact_line(error.detail, self._client.key)}); {help_text}"
            case "reply":
                return f"broke off ({redact_line(error.detail, self._client.key)}); {help_text}"

    def _make_error(self, message: str) -> RerankFailed:
        sentence = f"the reranker {self.model} at {redact_url(self._rerank_url)} {message}"
        return RerankFailed(redact_key(sentence, self._client.key))
