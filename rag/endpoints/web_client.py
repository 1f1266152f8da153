"""Web client: fetches one document from a public web address, within limits of size and time.

No script is run, no cookie kept, no password sent. Each address on the way is checked (`address_guard.py`), and the
connection goes to the number that was checked, also through a proxy. robots.txt is honoured.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

from rag.endpoints.address_guard import AddressGuard, CheckedHost
from rag.endpoints.async_bridge import run_to_end
from rag.endpoints.client import fault_kind, parse_retry_after, root_cause, tls_context
from rag.endpoints.deadlines import Deadlines, DeadlineTimer
from rag.endpoints.robots import MAX_ROBOTS_BYTES, USER_AGENT, RobotRules
from rag.endpoints.web_errors import WebError, connection_reason, tls_reason
from rag.endpoints.web_url import WebUrl, show_url
from rag.schema import LANGUAGES

if TYPE_CHECKING:
    import httpx2  # imported where it is used, as in `client.py`

WEB_DEADLINES = Deadlines(connect=10, first_token=20, idle=20, total=120, attempts=1)
_MAX_REDIRECTS = 5
_MAX_NUMBERS = 3  # of one host that are tried
_MB = 1_000_000
_TEMPORARY_REDIRECTS, _PERMANENT_REDIRECTS = (302, 303, 307), (301, 308)
_ACCEPTED = "text/html,application/xhtml+xml,application/pdf,text/*;q=0.9,*/*;q=0.5"


@dataclass(frozen=True)
class WebReply:
    """A document, or the answer that it has not changed (`is_unchanged`, an empty body).

    `url` is where it was found at last; `is_permanent`: the server said that it is there for good.
    """

    url: WebUrl
    is_permanent: bool
    is_unchanged: bool
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class _HopReply:
    status: int
    headers: Mapping[str, str]
    body: bytes


class WebClient:
    """Fetches documents; the rules of a site are asked for once in the life of the client.

    `max_mb`: megabytes that a document may have, unpacked.
    """

    def __init__(self, guard: AddressGuard, *, max_mb: int, deadlines: Deadlines = WEB_DEADLINES) -> None:
        self._guard, self._max_mb, self._deadlines = guard, max_mb, deadlines
        self._rules: dict[str, RobotRules | WebError] = {}  # by origin
        self._last_times: dict[str, float] = {}  # of the last request to an origin

    def fetch(self, url: WebUrl, *, etag: str = "", modified: str = "") -> WebReply:
        """The document at an address; `etag` and `modified` are what the server said of the version that is known.

        Raises:
            WebError: it cannot be had.
        """
        validators = {"If-None-Match": etag, "If-Modified-Since": modified}
        return run_to_end(self._fetch(url, {name: value for name, value in validators.items() if value}))

    async def _fetch(self, url: WebUrl, validators: Mapping[str, str]) -> WebReply:
        timer = DeadlineTimer(self._deadlines)
        start, is_permanent, was_public = url, True, False
        seen: set[str] = set()
        for _ in range(_MAX_REDIRECTS + 1):
            seen.add(url.text)
            try:
                host = await self._check_host(url, timer, is_after_public=was_public)
                await self._require_permission(url, host, timer)
                reply = await self._request(url, host, timer, validators, self._max_mb * _MB)
                following = _redirect_target(url, reply)
            except WebError as error:
                raise _with_start(error, start, url) from None
            if following is None:
                return self._finish(url, start, reply, is_permanent=is_permanent, has_validators=bool(validators))
            if following.text in seen:
                raise WebError("circle", show_url(start.text))
            is_permanent = is_permanent and reply.status in _PERMANENT_REDIRECTS
            was_public = was_public or not host.is_private
            url = following
        raise WebError("redirects", show_url(start.text), limit=_MAX_REDIRECTS)

    def _finish(
        self, url: WebUrl, start: WebUrl, reply: _HopReply, *, is_permanent: bool, has_validators: bool,
    ) -> WebReply:
        if reply.status == 200 or (reply.status == 304 and has_validators):
            return WebReply(url, is_permanent, reply.status == 304, reply.headers, reply.body)
        raise _status_error(show_url(start.text), reply)

    # robots.txt

    async def _require_permission(self, url: WebUrl, host: CheckedHost, timer: DeadlineTimer) -> None:
        """Ask the site's robots.txt whether a page may be read, and wait as long as it asks.

        Raises:
            WebError: it may not, or the site does not say.
        """
        if url.origin not in self._rules:
            self._rules[url.origin] = await self._read_rules(url, host, timer)
        rules = self._rules[url.origin]
        if isinstance(rules, WebError) and not rules.status:  # it is the site itself that cannot be reached
            raise WebError(rules.problem, show_url(url.text), status=0, **rules.details)
        if isinstance(rules, WebError):
            reason = {language: re.split("[;；]", rules.sentence(language))[0] for language in LANGUAGES}
            raise WebError("robots silent", show_url(url.text), status=rules.status, reason=reason)
        if not rules.allows(url.text):
            raise WebError("robots", show_url(url.text))
        if rules.delay and url.origin in self._last_times:
            await asyncio.sleep(max(0.0, self._last_times[url.origin] + rules.delay - time.monotonic()))
        self._last_times[url.origin] = time.monotonic()

    async def _read_rules(self, url: WebUrl, host: CheckedHost, timer: DeadlineTimer) -> RobotRules | WebError:
        """The rules of a site; a WebError if they cannot be had. Nothing with 4xx means that all is allowed."""
        place, was_public = WebUrl(url.scheme, url.host, url.port, "/robots.txt"), not host.is_private
        try:
            for _ in range(_MAX_REDIRECTS + 1):
                reply = await self._request(place, host, timer, {}, MAX_ROBOTS_BYTES, is_cut=True)
                following = _redirect_target(place, reply)
                if following is None:
                    break
                place, host = following, await self._check_host(following, timer, is_after_public=was_public)
            if 400 <= reply.status < 500 and reply.status != 429:
                return RobotRules()
            if reply.status != 200:
                return _status_error("", reply)
            return RobotRules(reply.body.decode("utf-8", "replace"))
        except WebError as error:
            if timer.remaining <= 0:
                raise
            return WebError(error.problem, "", status=error.status, **error.details)

    # one request

    async def _check_host(self, url: WebUrl, timer: DeadlineTimer, *, is_after_public: bool) -> CheckedHost:
        """Resolve and check a host, in a thread, because the operating system may take its time."""
        try:
            async with timer.start_attempt():
                return await asyncio.to_thread(self._guard.check, url, is_after_public=is_after_public)
        except TimeoutError:
            raise self._timeout_error(url, timer) from None

    async def _request(
        self, url: WebUrl, host: CheckedHost, timer: DeadlineTimer, headers: Mapping[str, str], limit: int,
        *, is_cut: bool = False,
    ) -> _HopReply:
        """The reply to one request, at the first number of the host that can be reached; `is_cut`: at most `limit`.

        Raises:
            WebError: there is none, or it is larger than `limit` bytes.
        """
        import httpx2

        numbers = host.numbers[:_MAX_NUMBERS]
        for position, number in enumerate(numbers, 1):
            try:
                async with timer.start_attempt():
                    return await self._request_from(number, url, host, timer, headers, limit, is_cut=is_cut)
            except TimeoutError:
                raise self._timeout_error(url, timer) from None
            except zlib.error:
                raise WebError("broken", show_url(url.text)) from None
            except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, OverflowError, ImportError) as error:
                if isinstance(error, httpx2.ConnectError) and position < len(numbers):
                    continue
                raise _transport_error(url, error) from None
        raise WebError("no such host", show_url(url.text), host=url.host)

    async def _request_from(
        self, number: str, url: WebUrl, host: CheckedHost, timer: DeadlineTimer, headers: Mapping[str, str],
        limit: int, *, is_cut: bool,
    ) -> _HopReply:
        import httpx2

        address = f"{url.scheme}://{f'[{number}]' if ':' in number else number}:{url.port}{url.target}"
        sent = {
            "Host": url.origin.partition("://")[2], "User-Agent": USER_AGENT, "Accept": _ACCEPTED,
            "Accept-Encoding": "gzip", "Connection": "close", **headers}
        extensions: dict[str, object] = {"trace": timer.trace_event}
        if url.number is None:
            extensions["sni_hostname"] = url.host  # the certificate must be for the name, not for the number
        proxy = None if host.is_private else _find_proxy(url)
        async with (
            httpx2.AsyncClient(verify=tls_context(), trust_env=False, proxy=proxy, timeout=None) as client,
            client.stream("GET", address, headers=sent, extensions=extensions, follow_redirects=False) as reply,
        ):
            timer.begin_phase("idle")
            received = _named_headers(reply.headers)
            body = b""
            if reply.status_code == 200:
                body = await self._read_body(reply, received, url, timer, limit, is_cut=is_cut)
            return _HopReply(reply.status_code, received, body)

    async def _read_body(
        self, reply: httpx2.Response, headers: Mapping[str, str], url: WebUrl, timer: DeadlineTimer, limit: int,
        *, is_cut: bool,
    ) -> bytes:
        """The unpacked body; it is unpacked no further than to the limit, whatever a small archive promises."""
        if not is_cut and headers.get("content-length", "").isdigit() and int(headers["content-length"]) > limit:
            raise WebError("too large", show_url(url.text), limit=self._max_mb)
        body = bytearray()
        async for piece in _unpack(reply.aiter_raw(), headers.get("content-encoding", ""), limit, url):
            timer.begin_phase("idle")
            body += piece
            if len(body) > limit:
                if is_cut:
                    break
                raise WebError("too large", show_url(url.text), limit=self._max_mb)
        return bytes(body[:limit])

    def _timeout_error(self, url: WebUrl, timer: DeadlineTimer) -> WebError:
        shown, limits = show_url(url.text), self._deadlines
        match timer.exceeded_phase:
            case "total":
                return WebError("total", shown, seconds=f"{limits.total:g}")
            case "connect":
                return WebError("slow connect", shown, seconds=f"{limits.connect:g}")
            case "first token":
                return WebError("silent", shown, seconds=f"{limits.first_token:g}")
            case _:
                return WebError("silent", shown, seconds=f"{limits.idle:g}")


async def _unpack(
    pieces: AsyncIterator[bytes], encoding: str, limit: int, url: WebUrl,
) -> AsyncIterator[bytes]:
    """The pieces of a body, unpacked: at most one byte more than the limit in one piece.

    Raises:
        WebError: it is packed in another way than gzip.
    """
    name = encoding.strip().lower()
    if name not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise WebError("encoding", show_url(url.text), name=name[:20])
    if name in ("", "identity"):
        async for piece in pieces:
            yield piece
        return
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, by its head
    async for piece in pieces:
        yield unpacker.decompress(piece, limit + 1)


def _named_headers(headers: httpx2.Headers) -> dict[str, str]:
    """The headers by name in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def _find_proxy(url: WebUrl) -> str | None:
    """The proxy that the environment names for an address."""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(url.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _redirect_target(url: WebUrl, reply: _HopReply) -> WebUrl | None:
    """Where a reply leads on to; None for one that does not."""
    if reply.status not in (*_TEMPORARY_REDIRECTS, *_PERMANENT_REDIRECTS) or not reply.headers.get("location"):
        return None
    return url.join(reply.headers["location"])


def _with_start(error: WebError, start: WebUrl, url: WebUrl) -> WebError:
    """The error of an address to which another one has led, with both."""
    if start.text == url.text:
        return error
    way = f"{show_url(start.text)} → {show_url(url.text)}"
    return WebError(error.problem, way, status=error.status, **error.details)


def _status_error(shown: str, reply: _HopReply) -> WebError:
    """What the server says instead of a document."""
    match reply.status:
        case 401 | 407:
            return WebError("login", shown, status=reply.status)
        case 403:
            return WebError("forbidden", shown, status=403)
        case 404 | 410:
            return WebError("missing", shown, status=reply.status)
        case 429:
            return WebError("too many", shown, status=429, later=_describe_pause(parse_retry_after(reply.headers)))
        case status if status >= 500:
            return WebError("server", shown, status=status)
        case status:
            return WebError("status", shown, status=status)


def _describe_pause(seconds: float | None) -> Mapping[str, str]:
    if seconds is None or not 0 < seconds < 86_400:
        return {"en": "later", "zh": "稍后"}
    return {"en": f"in {seconds:.0f} s", "zh": f"过 {seconds:.0f} 秒"}


def _transport_error(url: WebUrl, error: Exception) -> WebError:
    """The sentence of an error of the HTTP library."""
    shown, root = show_url(url.text), root_cause(error)
    if isinstance(root, ssl.SSLError):
        return WebError("tls", shown, reason=tls_reason(root))
    match fault_kind(error):
        case "connection":
            return WebError("connection", shown, reason=connection_reason(root))
        case "address":
            return WebError("bad proxy", shown) if _find_proxy(url) else WebError("bad address", shown)
        case _:
            return WebError("broken", shown)

