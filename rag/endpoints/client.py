"""HTTP client for model endpoints: requests within deadlines, retries, and readable descriptions of errors.

Embeddings, the reranker and the doctor send their requests through `EndpointClient`. Chat streams through the openai
SDK, over the same HTTP library (httpx2), and shares the retry policy, the root cause of a connection error, the help
for a status, and the redaction of the key.
"""

from __future__ import annotations

import json
import math
import os
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Literal

from rag.endpoints.urls import is_local_url

if TYPE_CHECKING:
    import httpx2  # imported where it is used: it takes 0.1 seconds, and most commands use no endpoint

_MIN_KEY_LENGTH = 8  # a shorter key is not a secret, but a local server's `none` or `EMPTY`
_MAX_DETAIL = 200  # characters of what an endpoint says
_CONNECT_TIMEOUT = 5.0  # seconds for DNS, TCP and TLS
_MAX_BYTES = 64 * 2**20  # of a reply; no list of vectors and no ranking is longer
_TEMPORARY_STATUSES = (408, 409, 429)  # another attempt may succeed, as after 500 and more
_MAX_DATE_AHEAD = 3600.0  # seconds; a `Retry-After` date farther ahead means that one of the two clocks is wrong
_SERVER_LOG = "see the server's log"
_STATUS_HELP = {
    402: "the account has no credit left",
    403: "the key may not use this model",
    429: "the quota or rate limit is reached; try again later",
}

FaultKind = Literal["key", "address", "connection", "silence", "total", "size", "reply"]


class EndpointError(Exception):
    """An error of an endpoint, before it is made a message for the user.

    In `message`, `{detail}` stands for what the endpoint itself said. `detail` may contain anything, even the key.
    """

    def __init__(
        self, message: str, detail: str = "", *, is_temporary: bool = False, retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.detail = message, detail
        self.is_temporary = is_temporary  # another attempt may succeed
        self.retry_after = retry_after  # seconds that the endpoint asks to wait before the next attempt
        self.attempts = 1  # how often the request was sent


class RequestRefused(EndpointError):
    """The endpoint refuses the request with an HTTP status, or with an error in the stream that has one (else 0)."""

    def __init__(self, message: str, status: int, body: str, *, retry_after: float | None = None) -> None:
        is_temporary = status in _TEMPORARY_STATUSES or status >= 500
        super().__init__(message, error_detail(body), is_temporary=is_temporary, retry_after=retry_after)
        self.status, self.body = status, body


class TransportError(EndpointError):
    """No complete reply was received.

    `kind` says why: the key or the address cannot be used; no connection; silence or the total time was too long; the
    reply is too large, or ended too early. `root` is the original error.
    """

    def __init__(self, kind: FaultKind, error: Exception | None = None) -> None:
        self.kind, self.root = kind, root_cause(error) if error else None
        is_temporary = kind in ("connection", "silence", "reply") and not (self.root and is_lasting(self.root))
        super().__init__("", describe_cause(self.root) if self.root else "", is_temporary=is_temporary)


@dataclass(frozen=True)
class RetryPolicy:
    """How often a request is sent in total, and the delays: doubled each time, or what the endpoint asks for."""

    first_delay: float = 0.5
    max_delay: float = 5.0  # whatever the endpoint asks for
    attempts: int = 3

    def next_delay(self, error: EndpointError, attempts: int, remaining: float) -> float | None:
        """Seconds until the next attempt; None for a permanent error, and if no attempt or time is left."""
        if not error.is_temporary or attempts >= self.attempts:
            return None
        delay = self.first_delay * 2 ** (attempts - 1) if error.retry_after is None else error.retry_after
        delay = min(self.max_delay, max(0.0, delay))
        return delay if delay < remaining else None


@dataclass(frozen=True)
class HttpReply:
    """A reply that was read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8; invalid bytes become U+FFFD."""
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True)
class EndpointClient:
    """Sends JSON to one endpoint and reads whole replies; connections are kept, and threads may share it.

    `silence_timeout` is how many seconds the endpoint may be silent. Deadlines are times of `time.monotonic()`. An
    empty key is not sent. No proxy is used for an endpoint on this machine.
    """

    base_url: str
    key: str = field(repr=False)
    silence_timeout: float
    max_bytes: int = _MAX_BYTES
    retries: RetryPolicy = RetryPolicy()

    def post_json(self, url: str, body: object, deadline: float) -> bytes:
        """The body of a reply of status 2xx, at the first attempt or at a later one.

        Raises:
            RequestRefused: a reply of another status.
            TransportError: no complete reply.
        """
        attempts = 0
        while True:
            attempts += 1
            try:
                return self._post_once(url, body, deadline)
            except EndpointError as error:
                delay = self.retries.next_delay(error, attempts, deadline - time.monotonic())
                if delay is None:
                    error.attempts = attempts
                    raise
            time.sleep(delay)

    def send_request(self, method: str, url: str, body: object, deadline: float) -> HttpReply:
        """The reply to one attempt, whatever its status; a `body` of None is not sent.

        Raises:
            TransportError: no complete reply.
        """
        import httpx2

        if not is_valid_key(self.key):
            raise TransportError("key")
        # half of a surrogate pair becomes a question mark, because servers refuse it
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        headers = ({"Content-Type": "application/json"} if content else {}) | (
            {"Authorization": f"Bearer {self.key}"} if self.key else {})
        seconds = min(self.silence_timeout, max(deadline - time.monotonic(), 0.01))
        timeout = httpx2.Timeout(seconds, connect=min(_CONNECT_TIMEOUT, seconds))
        try:
            with self._http.stream(method, url, content=content, headers=headers, timeout=timeout) as reply:
                received = self._read_body(reply, deadline)
        # ValueError, OverflowError and ImportError: a bad port, or a bad proxy in the environment
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, OverflowError, ImportError) as error:
            raise TransportError(fault_kind(error), error) from None
        return HttpReply(reply.status_code, reply.headers, received)

    def close(self) -> None:
        """Close the connections."""
        if "_http" in self.__dict__:
            self._http.close()

    @cached_property
    def _http(self) -> httpx2.Client:
        import httpx2

        return httpx2.Client(verify=tls_context(), trust_env=not is_local_url(self.base_url), follow_redirects=True)

    def _post_once(self, url: str, body: object, deadline: float) -> bytes:
        reply = self.send_request("POST", url, body, deadline)
        if not 200 <= reply.status < 300:
            raise RequestRefused("", reply.status, reply.text, retry_after=parse_retry_after(reply.headers))
        return reply.body

    def _read_body(self, reply: httpx2.Response, deadline: float) -> bytes:
        received = bytearray()
        for piece in reply.iter_bytes():
            received += piece
            if len(received) > self.max_bytes:
                raise TransportError("size")
            if time.monotonic() > deadline:  # httpx2 limits each silence, not their sum
                raise TransportError("total")
        return bytes(received)


@cache
def tls_context() -> ssl.SSLContext:
    """One TLS context for all connections, because creating it is slow: a model writes three words in that time."""
    import httpx2

    return httpx2.create_ssl_context()


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks to wait, given as seconds or as a date (RFC 9110, 10.2.3).

    None if it gives neither, or a date more than an hour ahead; `nan` counts as an endless wait.
    """
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(ValueError):
            seconds = scale * float(headers.get(name, ""))
            return math.inf if math.isnan(seconds) else seconds
    with suppress(ValueError, OverflowError):
        seconds = parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time()
        return seconds if seconds <= _MAX_DATE_AHEAD else None
    return None


# descriptions of errors


def is_valid_key(key: str) -> bool:
    """Whether a key can be sent in a header."""
    return key.isascii() and key.isprintable()


def redact_key(text: str, key: str) -> str:
    """The text with the key replaced by `…`: some servers repeat the key that they refuse."""
    return text.replace(key, "…") if len(key) >= _MIN_KEY_LENGTH else text


def first_line(text: str) -> str:
    """The first line of what an outside program says, short enough for a sentence."""
    return (text.strip().splitlines() or [""])[0][:_MAX_DETAIL]


def redact_line(text: str, key: str) -> str:
    """The first line of what an endpoint says, without the key; empty for a web page."""
    line = first_line(redact_key(text, key))  # before the line is cut: half a key must not remain
    return "" if line.startswith("<") else line


def append_detail(head: str, detail: str) -> str:
    """`answered 401` and `no such key` → `answered 401: no such key`; without a detail only the head."""
    return f"{head}: {detail}" if detail else head


def status_help(status: int, endpoint_help: Mapping[int, str]) -> str:
    """What would help if an endpoint answers with this status; `endpoint_help` names the settings to check."""
    return endpoint_help.get(status) or _STATUS_HELP.get(status, _SERVER_LOG)


def error_detail(body: str) -> str:
    """The message in the body of an error, in one of several fields, or its plain text; empty for a web page.

    `{"error": {"message": "busy"}}`, `{"detail": [{"msg": "busy"}]}`, `busy` → `busy`
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return "" if body.lstrip().startswith("<") else body.strip()
    for _ in range(3):  # at most three levels: {"detail": [{"msg": …}]}
        if isinstance(value, list):
            value = value[0] if value else ""
        if isinstance(value, dict):
            value = _error_field(value)
    return value if isinstance(value, str) else ""


def _error_field(error: Mapping[str, object]) -> object:
    for name in ("error", "message", "detail", "msg", "error_msg"):
        value = error.get(name)
        if value and isinstance(value, str | list | dict):
            return value
    return ""


def root_cause(error: BaseException) -> BaseException:
    """The original error: libraries wrap it in others, and group the errors of several addresses."""
    if isinstance(error, BaseExceptionGroup):
        return root_cause(error.exceptions[-1])
    cause = error.__cause__ or error.__context__
    return root_cause(cause) if isinstance(cause, Exception) else error


def describe_cause(root: BaseException) -> str:
    """What an error says: `Connection refused`; the name of its class if it has no message."""
    if isinstance(root, ConnectionError) and root.errno:
        return os.strerror(root.errno)  # asyncio's message for an OSError is different
    return str(root) or type(root).__name__


def is_lasting(root: BaseException) -> bool:
    """Whether another attempt would meet the same connection error."""
    import httpx2

    lasting = (ssl.SSLCertVerificationError, httpx2.UnsupportedProtocol, httpx2.InvalidURL, httpx2.TooManyRedirects)
    return isinstance(root, lasting)


def fault_kind(error: Exception) -> FaultKind:
    """Which part of a request an error of the HTTP library concerns."""
    import httpx2

    match error:
        case httpx2.ConnectError() | httpx2.ConnectTimeout() | httpx2.ProxyError():
            return "connection"
        case httpx2.TimeoutException():
            return "silence"
        case httpx2.UnsupportedProtocol() | httpx2.LocalProtocolError():
            return "address"
        case httpx2.HTTPError():
            return "reply"
        case OSError():  # the file of certificates
            return "connection"
        case _:
            return "address"
