"""Embedder behind an OpenAI-compatible endpoint, hosted or local: texts become vectors of unit length."""

from __future__ import annotations

import json
import time

from langchain_core.embeddings import Embeddings

from rag.endpoints.client import (
    EndpointClient,
    RequestRefused,
    RetryPolicy,
    TransportError,
    append_detail,
    error_detail,
    first_line,
    redact_line,
    status_help,
)
from rag.endpoints.urls import OPENAI_URL, redact_url
from rag.endpoints.vector_validation import (
    CROSS_LINGUAL_NEURAL_WEIGHT,
    NEURAL_WEIGHT,
    EmbeddingFailed,
    embed_non_blank,
    normalise_vector,
)
from rag.schema import EmbeddingPrompts

_SILENCE_TIMEOUT = 30.0  # seconds; a server without a GPU may need this long for a batch
_TOTAL_TIMEOUT = 60.0  # seconds for a batch with all attempts and pauses, because a reader waits for the answer
_RETRIES = RetryPolicy(first_delay=0.5, max_delay=5.0, attempts=3)
_BATCH_SIZE = 32  # texts in a request: the maximum of several servers with their default settings
_TOO_LARGE_STATUSES = (400, 413, 422)  # servers refuse too many texts, or too long a text, with one of these
_BAD_FIELD_STATUSES = (400, 422)  # servers refuse a field that they do not know with one of these
_QUERY_TYPE = "query"  # the `input_type` of a question
_NO_PROMPTS = EmbeddingPrompts()
_STATUS_HELP = {
    400: "the server refuses the request, often because a text is longer than the model's context",
    401: "check HUWEN_EMBED_KEY",
    404: "check HUWEN_EMBED_MODEL, and that HUWEN_EMBED_URL ends in /v1",
    413: "the text is longer than the server takes",
}


class _TextsRefused(EmbeddingFailed):
    """The server refuses these texts; it may accept fewer."""


class EndpointEmbedder(Embeddings):
    """A model behind an OpenAI-compatible endpoint; its vectors have unit length, those of blank text are zero.

    A batch is sent up to three times, within `total_timeout` seconds in all; `silence_timeout` is how many seconds the
    server may be silent.

    Raises:
        EmbeddingFailed: from the methods; the constructor sends nothing.
    """

    fusion_weight, cross_lingual_weight = NEURAL_WEIGHT, CROSS_LINGUAL_NEURAL_WEIGHT
    has_narrow_cosines = True
    has_cosine_evidence = is_slow = False
    obstacle = ""

    def __init__(
        self, model: str, base_url: str, api_key: str, *, prompts: EmbeddingPrompts = _NO_PROMPTS,
        silence_timeout: float = _SILENCE_TIMEOUT, total_timeout: float = _TOTAL_TIMEOUT,
    ) -> None:
        self.name = _embedder_name(model, prompts)
        self._prompts = prompts
        self._model, self._base_url, self._key = model, base_url.strip() or OPENAI_URL, api_key.strip()
        self._total_timeout = total_timeout
        self._batch_size, self._dimension = _BATCH_SIZE, 0
        # some local servers require a key, but accept any
        self._client = EndpointClient(self._base_url, self._key or "none", silence_timeout, retries=_RETRIES)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text, in order."""
        return self._embed_side(texts, self._prompts.passage_prefix, self._prompts.input_type)

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return self._embed_side([text], self._prompts.query_prefix, self._prompts.input_type and _QUERY_TYPE)[0]

    def _embed_side(self, texts: list[str], prefix: str, input_type: str) -> list[list[float]]:
        """Vectors of questions or of passages; `input_type`: the field of the request, empty: not sent."""
        return embed_non_blank(
            texts, lambda known: self._embed_batches([f"{prefix}{text}" for text in known], input_type))

    def _embed_batches(self, texts: list[str], input_type: str) -> list[list[float]]:
        vectors: list[list[float]] = []
        while len(vectors) < len(texts):
            vectors += self._embed_or_halve(texts[len(vectors) : len(vectors) + self._batch_size], input_type)
        return vectors

    def _embed_or_halve(self, texts: list[str], input_type: str) -> list[list[float]]:
        """The vectors of a batch; a refused batch is halved: some servers take only ten texts, and do not say so."""
        try:
            return self._embed_batch(texts, input_type)
        except _TextsRefused:
            if len(texts) == 1:
                raise
        half = len(texts) // 2
        vectors = self._embed_or_halve(texts[:half], input_type) + self._embed_or_halve(texts[half:], input_type)
        self._batch_size = min(self._batch_size, half)
        return vectors

    def _embed_batch(self, texts: list[str], input_type: str) -> list[list[float]]:
        content = self._request_vectors(texts, input_type)
        try:
            vectors = [normalise_vector(row) for row in _order_rows(self._parse_rows(content), len(texts))]
            self._dimension = _common_dimension(vectors, self._dimension)
        except ValueError as error:
            raise EmbeddingFailed(f"{self._endpoint_name} {error}; see the server's log") from None
        return vectors

    def _request_vectors(self, texts: list[str], input_type: str) -> bytes:
        """The server's reply for the texts, from the first attempt or a later one."""
        started = time.monotonic()
        body: dict[str, object] = {
            "model": self._model, "input": texts, "encoding_format": "float"}  # some servers refuse base64
        if input_type:
            body["input_type"] = input_type
        url = f"{self._base_url.rstrip('/')}/embeddings"
        try:
            return self._client.post_json(url, body, started + self._total_timeout)
        except RequestRefused as refusal:
            failure = _TextsRefused if refusal.status in _TOO_LARGE_STATUSES else EmbeddingFailed
            raise failure(f"{self._endpoint_name} {self._describe_refusal(refusal, texts)}") from None
        except TransportError as error:
            spent = f"within {time.monotonic() - started:.0f} seconds (attempts: {error.attempts})"
            raise EmbeddingFailed(f"{self._endpoint_name} {self._describe_fault(error, spent)}") from None

    def _parse_rows(self, content: bytes) -> list[object]:
        try:
            reply = json.loads(content)
        except (ValueError, RecursionError):  # invalid JSON, or an invalid encoding
            raise EmbeddingFailed(f"{self._endpoint_name} sent no JSON; does HUWEN_EMBED_URL end in /v1?") from None
        match reply:
            case {"data": [_, *_] as rows}:
                return list(rows)
            case {"error": {"message": _}} | {"error": str()}:
                detail = redact_line(error_detail(json.dumps(reply)), self._key)
                raise ValueError(append_detail("broke off with an error", detail))
            case _:
                help_text = "does HUWEN_EMBED_URL end in /v1, and is this an embedding model?"
                raise EmbeddingFailed(f"{self._endpoint_name} sent no vectors; {help_text}")

    @property
    def _endpoint_name(self) -> str:
        host = "api.openai.com" if self._base_url == OPENAI_URL else redact_url(self._base_url)
        return f"the embedding model {self._model} at {host}"

    def _describe_refusal(self, refusal: RequestRefused, texts: list[str]) -> str:
        is_long_text = refusal.status in _TOO_LARGE_STATUSES and len(texts) == 1
        length = f" to a text of {len(texts[0])} characters" if is_long_text else ""
        answer = append_detail(f"answered {refusal.status}{length}", redact_line(refusal.detail, self._key))
        help_text = status_help(refusal.status, _STATUS_HELP)
        if self._prompts.input_type and refusal.status in _BAD_FIELD_STATUSES:
            help_text += "; if it does not know the field input_type, leave HUWEN_EMBED_INPUT_TYPE empty"
        return f"{answer}; {help_text}"

    def _describe_fault(self, error: TransportError, spent: str) -> str:
        match error.kind:
            case "key":
                return "cannot be used; HUWEN_EMBED_KEY contains characters that no key has"
            case "silence" | "total":
                return f"gave no vectors {spent}; see the server's log"
            case "size":
                return "sent too much for vectors; see the server's log"
            case "connection" | "address" | "reply":
                detail = redact_line(error.detail, self._key)
                return f"cannot be reached ({detail}); is the server running, and HUWEN_EMBED_URL right?"


def _embedder_name(model: str, prompts: EmbeddingPrompts) -> str:
    """The name that is stored with the vectors, with whatever changes those of passages.

    e5 → `endpoint:e5 ('passage: ')`; the prefix is quoted, because its space changes the vectors, too.
    """
    prefix = repr(prompts.passage_prefix) if prompts.passage_prefix else ""
    input_type = f"input_type={prompts.input_type}" if prompts.input_type else ""
    side = ", ".join(filter(None, (prefix, input_type)))
    return f"endpoint:{model} ({side})" if side else f"endpoint:{model}"


def _order_rows(rows: list[object], count: int) -> list[list[float]]:
    """The rows in the order of their texts: a server may number them in another order; some do not number them.

    Raises:
        ValueError: there are too few or too many rows, or their numbers are wrong.
    """
    if len(rows) != count:
        raise ValueError(f"gave {len(rows)} vectors for {count} texts")
    objects = [row if isinstance(row, dict) else {} for row in rows]
    numbers = [row.get("index") for row in objects]
    if any(number is not None for number in numbers):
        positions = {number: position for position, number in enumerate(numbers) if isinstance(number, int)}
        if positions.keys() != set(range(count)):
            shown = first_line(str(numbers[:5]))
            raise ValueError(f"numbered its vectors {shown}, so that they cannot be matched with their texts")
        objects = [objects[positions[number]] for number in range(count)]
    return [row.get("embedding", []) for row in objects]


def _common_dimension(vectors: list[list[float]], known_dimension: int) -> int:
    """The dimension of all vectors, and of earlier ones (0: there are none yet).

    Raises:
        ValueError: there are several dimensions.
    """
    dimensions = {len(vector) for vector in vectors} | ({known_dimension} if known_dimension else set())
    if len(dimensions) > 1:
        shown = " and ".join(map(str, sorted(dimensions)))
        raise ValueError(f"gave vectors of {shown} dimensions, but one model has one dimension")
    return dimensions.pop()
