"""Every request is looked at before the site sees it, and every response given the headers that hold the page together."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import secrets
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_MAX_DELAY = 5  # seconds that a wrong password waits for its answer
_SECURITY_HEADERS = {
    "referrer-policy": "no-referrer", "x-content-type-options": "nosniff", "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin", "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class RequestGuard:
    """The headers on every response, what `dress` puts into the page, and no request of a stranger or of another site.

    A site with a password asks for it, with any name, by the browser's own dialog (RFC 7617); one without answers only to this machine's
    own names, so that no other site can have a browser ask it under a name that it made to point here.
    Plain ASGI, because starlette's own wrapper keeps a closed tab from being noticed.
    """

    def __init__(self, app: ASGIApp, password: str, transform_page: Callable[[str], str]) -> None:
        self.app, self._password, self._transform_page = app, password, transform_page
        self._failed_attempts = 0  # passwords, since the last right one

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := await self._refusal_response(Headers(scope=scope))):
            await refusal(scope, receive, send)
            return
        held: list[Message] = []  # the beginning of an HTML page, until its body is there to be read

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                is_page = scope["path"] == "/" and b"text/html" in dict(message["headers"]).get(b"content-type", b"")
                if is_page:
                    held.append(message)
                    return
                _add_headers(message, "")
            elif held:
                held.append(message)
                if not message.get("more_body"):
                    start, body = held[0], self._transform_page(b"".join(part.get("body", b"") for part in held[1:]).decode())
                    _add_headers(start, body)
                    await send(start)
                    await send({"type": "http.response.body", "body": body.encode()})
                return
            await send(message)

        await self.app(scope, receive, send_with_headers)

    async def _refusal_response(self, headers: Headers) -> Response | None:
        host, origin = headers.get("host", ""), headers.get("origin", "")
        name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
        if (origin and origin.partition("://")[2] != host) or not (self._password or name in _LOOPBACK_HOSTS):
            return PlainTextResponse("this page answers only its own address", 403)
        if not self._password or self._is_authorised(headers.get("authorization", "")):
            return None
        if "authorization" in headers:  # who guesses waits, the longer the more often
            self._failed_attempts += 1
            await asyncio.sleep(min(self._failed_attempts, _MAX_DELAY))
        return PlainTextResponse("the password, please", 401, {"WWW-Authenticate": 'Basic realm="Huwen", charset="UTF-8"'})

    def _is_authorised(self, credentials: str) -> bool:
        try:
            given = base64.b64decode(credentials.removeprefix("Basic "), validate=True).partition(b":")[2]
        except ValueError:
            return False
        known = secrets.compare_digest(given, self._password.encode())
        self._failed_attempts = 0 if known else self._failed_attempts
        return known




def _add_headers(start: Message, body: str) -> None:
    """The headers of a response, and for a page the policy: no picture, form or call leaves this machine, whatever a document says."""
    inline = " ".join(f"'{_script_hash(code)}'" for code in _INLINE_SCRIPT.findall(body))
    policy = (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
        f"style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-eval' {inline}; worker-src 'self' blob:; connect-src 'self'; "
        "form-action 'self'; frame-src 'none'; frame-ancestors 'none'; object-src 'none'; base-uri 'self'")
    headers = [(name, value) for name, value in start.get("headers", []) if not (body and name == b"content-length")]
    start["headers"] = [*headers, (b"content-security-policy", policy.encode()),
                        *((name.encode(), value.encode()) for name, value in _SECURITY_HEADERS.items()),
                        *([(b"content-length", str(len(body.encode())).encode())] if body else [])]


_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.S)


def _script_hash(code: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}"
