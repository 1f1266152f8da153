"""Text becomes a vector of a model behind an OpenAI-compatible endpoint, hosted or local."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from rag.endpoints.vector_validation import (
    CROSS_LINGUAL_NEURAL_WEIGHT,
    NEURAL_WEIGHT,
    EmbeddingFailed,
    embed_non_blank,
    first_line,
    normalise_vector,
    root_cause,
)

if TYPE_CHECKING:
    from openai.resources.embeddings import EmbeddingsWithStreamingResponse

_OPENAI_URL = "https://api.openai.com/v1"  # said here, or the SDK would look for another in the environment

_SILENCE_TIMEOUT, _CONNECT_TIMEOUT = 30.0, 5.0  # between two signs of life; a server without a GPU needs the 30 for a batch
_TOTAL_TIMEOUT = 60.0  # seconds for a request with all its attempts and waits: somebody's question hangs on it
_MAX_ATTEMPTS = 3
_FIRST_DELAY, _MAX_DELAY = 0.5, 5.0  # seconds between two attempts, the longest whatever the server asks for
_TEMPORARY_STATUSES = (408, 409, 429)  # the statuses, besides those of 500 and more, that another attempt may not meet
_BATCH_SIZE = 32  # texts a request: the most that several servers take unless told otherwise
_TOO_LARGE_STATUSES = (400, 413, 422)  # the statuses by which servers refuse too many texts, or one that is too long
_MIN_KEY_LENGTH = 8  # what is shorter is no secret but a local server's `none` or `EMPTY`
_STATUS_HELP = {
    0: "see the server's log",
    400: "the server refuses the request, often because a text is longer than the model's context",
    401: "check HUWEN_EMBED_KEY",
    403: "the key may not use this model",
    404: "check HUWEN_EMBED_MODEL, and that HUWEN_EMBED_URL ends in /v1",
    413: "the text is longer than the server takes",
    429: "the quota or rate limit is reached; try again later",
}


class _TextsRefused(EmbeddingFailed):
    """The server refuses these texts; it may take fewer."""


class EndpointEmbedder(Embeddings):
    """A model behind an OpenAI-compatible endpoint; its vectors have unit length, those of blank text are zero.

    It is asked for a batch up to three times, within `patience` seconds in all; `seconds` is how long it may be silent.

    Raises:
        EmbeddingFailed: by the methods; nothing is asked before.
    """

    fusion_weight, cross_lingual_weight = NEURAL_WEIGHT, CROSS_LINGUAL_NEURAL_WEIGHT

    def __init__(self, model: str, base_url: str, api_key: str, *, silence_timeout: float = _SILENCE_TIMEOUT, total_timeout: float = _TOTAL_TIMEOUT) -> None:
        self.name = f"endpoint:{model}"
        self._model, self._base_url, self._key = model, base_url, api_key.strip()
        self._silence_timeout, self._total_timeout = silence_timeout, total_timeout
        self._batch_size, self._dimension = _BATCH_SIZE, 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, in order."""
        return embed_non_blank(texts, self._embed_batches)

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return self.embed_documents([text])[0]

    @cached_property
    def _client(self) -> EmbeddingsWithStreamingResponse:
        import openai  # takes a second, and most commands embed nothing

        # raw, for the SDK's own objects take rows as they come; streaming, for else no deadline ends a body that drips;
        # without attempts of its own, for those wait a minute where the server says so
        client = openai.OpenAI(base_url=self._base_url or _OPENAI_URL, api_key=self._key or "none", max_retries=0)
        return client.embeddings.with_streaming_response

    def _embed_batches(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = []
        while len(vectors) < len(texts):
            vectors += self._embed_or_halve(texts[len(vectors) : len(vectors) + self._batch_size])
        return vectors

    def _embed_or_halve(self, texts: list[str]) -> list[list[float]]:
        """The vectors of a batch; one that is refused is halved, for some servers take ten texts and none says so beforehand."""
        try:
            return self._embed_batch(texts)
        except _TextsRefused:
            if len(texts) == 1:
                raise
        half = len(texts) // 2
        vectors = self._embed_or_halve(texts[:half]) + self._embed_or_halve(texts[half:])
        self._batch_size = min(self._batch_size, half)
        return vectors

    def _embed_batch(self, texts: list[str]) -> list[list[float]]:
        content = self._request_vectors(texts)
        try:
            vectors = [normalise_vector(row) for row in _order_rows(self._parse_rows(content), len(texts))]
            self._dimension = _common_dimension(vectors, self._dimension)
        except ValueError as error:
            raise EmbeddingFailed(f"{self._endpoint_name} {error}; see the server's log") from None
        return vectors

    def _request_vectors(self, texts: list[str]) -> bytes:
        """What the server sends for the texts, at the first attempt or a later one."""
        import httpx2  # by which openai asks
        import openai

        begun, attempts = time.monotonic(), 0
        while True:
            attempts += 1
            try:
                return self._post_texts(texts, begun + self._total_timeout)
            except (openai.APIError, httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, UnicodeEncodeError) as error:
                wait, spent = _retry_delay(error, attempts), time.monotonic() - begun
                if attempts == _MAX_ATTEMPTS or not _is_temporary(error) or spent + wait >= self._total_timeout:
                    is_refused = isinstance(error, openai.APIStatusError) and error.status_code in _TOO_LARGE_STATUSES
                    tried = f"within {spent:.0f} seconds (attempts: {attempts})"
                    raise (_TextsRefused if is_refused else EmbeddingFailed)(f"{self._endpoint_name} {self._describe_error(error, texts, tried)}") from None
            time.sleep(wait)

    def _post_texts(self, texts: list[str], deadline: float) -> bytes:
        import openai

        seconds = min(self._silence_timeout, max(deadline - time.monotonic(), 0.01))  # no time at all would mean: do not wait
        timeout = openai.Timeout(seconds, connect=min(_CONNECT_TIMEOUT, seconds))
        pieces = []
        # without a format the SDK asks for base64, which some servers refuse
        with self._client.create(model=self._model, input=texts, encoding_format="float", timeout=timeout) as reply:
            for piece in reply.iter_bytes():
                if time.monotonic() > deadline:
                    raise TimeoutError
                pieces.append(piece)
        return b"".join(pieces)

    def _parse_rows(self, content: bytes) -> list[object]:
        try:
            reply = json.loads(content)
        except ValueError:  # of the text or of its encoding
            raise EmbeddingFailed(f"{self._endpoint_name} sent what is no JSON; does HUWEN_EMBED_URL end in /v1?") from None
        match reply:
            case {"data": [_, *_] as rows}:
                return list(rows)
            case {"error": {"message": told}} | {"error": str(told)}:
                raise ValueError(f"broke off with an error: {self._redact_detail(str(told))}")
            case _:
                raise EmbeddingFailed(f"{self._endpoint_name} sent no vectors; does HUWEN_EMBED_URL end in /v1, and is this a model that embeds?")

    @property
    def _endpoint_name(self) -> str:
        return f"the embedding model {self._model} at {self._base_url or 'api.openai.com'}"

    def _describe_error(self, error: Exception, texts: list[str], attempts_text: str) -> str:
        import httpx2
        import openai

        match error:
            case openai.APIStatusError(status_code=status):
                told = self._redact_detail(error.message.removeprefix(f"Error code: {status}").removeprefix(" - "))
                length = f" to a text of {len(texts[0])} characters" if status in _TOO_LARGE_STATUSES and len(texts) == 1 else ""
                return f"answered {status}{length}{': ' if told else ''}{told}; {_STATUS_HELP.get(status, _STATUS_HELP[0])}"
            case openai.APITimeoutError() | httpx2.TimeoutException() | TimeoutError():
                return f"gave no vectors {attempts_text}; see the server's log"
            case UnicodeEncodeError():
                return "cannot be asked; HUWEN_EMBED_KEY holds signs that no key has"
            case _:
                return f"cannot be reached ({self._redact_detail(str(root_cause(error)))}); is the server running, and HUWEN_EMBED_URL right?"

    def _redact_detail(self, detail: str) -> str:
        """What an endpoint says, fit to be shown: no web page, and no key, which some repeat when they refuse it."""
        line = first_line(detail.replace(self._key, "…") if len(self._key) >= _MIN_KEY_LENGTH else detail)
        return "" if line.startswith("<") else line


def _is_temporary(error: Exception) -> bool:
    import httpx2
    import openai

    if isinstance(error, openai.APIStatusError):
        return error.status_code in _TEMPORARY_STATUSES or error.status_code >= 500
    return isinstance(error, openai.APIConnectionError | httpx2.HTTPError)


def _retry_delay(error: Exception, attempts: int) -> float:
    """Seconds until the next attempt: what the server asks for, if it is not too long."""
    headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", {})
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(ValueError):  # it is not there, or is a date
            return max(0.0, min(_MAX_DELAY, scale * float(headers.get(name, ""))))
    return float(_FIRST_DELAY * 2 ** (attempts - 1))


def _order_rows(rows: list[object], count: int) -> list[list[float]]:
    """The rows in the order of their texts, for a server may number them otherwise; some number none."""
    if len(rows) != count:
        raise ValueError(f"gave {len(rows)} vectors for {count} texts")
    told = [row if isinstance(row, dict) else {} for row in rows]
    numbers = [row.get("index") for row in told]
    if any(number is not None for number in numbers):
        places = {number: at for at, number in enumerate(numbers) if isinstance(number, int)}
        if places.keys() != set(range(count)):
            raise ValueError(f"numbered its vectors {first_line(str(numbers[:5]))}, so that none can tell whose they are")
        told = [told[places[number]] for number in range(count)]
    return [row.get("embedding", []) for row in told]


def _common_dimension(vectors: list[list[float]], known_dimension: int) -> int:
    widths = {len(vector) for vector in vectors} | ({known_dimension} if known_dimension else set())
    if len(widths) > 1:
        raise ValueError(f"gave vectors of {' and '.join(map(str, sorted(widths)))} dimensions, as no one model does")
    return widths.pop()
