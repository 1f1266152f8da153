"""Request guard: ASGI middleware that refuses requests from strangers and other sites, and adds security headers."""

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
_MAX_DELAY = 5  # seconds; the longest wait before a wrong password is answered
_SECURITY_HEADERS = {
    "referrer-policy": "no-referrer", "x-content-type-options": "nosniff", "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin", "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class RequestGuard:
    """Adds headers to every response, applies `transform_page` to the page's HTML, and refuses requests of other sites.

    A site with a password asks for it, with any user name, by the browser's own dialog (basic authentication,
    RFC 7617). A site without a password answers only to the names of this machine: otherwise another site could point
    a name of its own to this machine and have a browser send requests under that name (DNS rebinding).
    Written as plain ASGI, because starlette's own middleware class hides that a tab was closed.
    """

    def __init__(self, app: ASGIApp, password: str, transform_page: Callable[[str], str]) -> None:
        self.app, self._password, self._transform_page = app, password, transform_page
        self._failed_attempts = 0  # wrong passwords since the last right one

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := await self._refusal_response(Headers(scope=scope))):
            await refusal(scope, receive, send)
            return
        buffered: list[Message] = []  # start and body of the HTML page, until the body is complete

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                is_page = scope["path"] == "/" and b"text/html" in dict(message["headers"]).get(b"content-type", b"")
                if is_page:
                    buffered.append(message)
                    return
                _add_headers(message, "")
            elif buffered:
                buffered.append(message)
                if not message.get("more_body"):
                    start, *chunks = buffered
                    body = self._transform_page(b"".join(chunk.get("body", b"") for chunk in chunks).decode())
                    _add_headers(start, body)
                    await send(start)
                    await send({"type": "http.response.body", "body": body.encode()})
                return
            await send(message)

        await self.app(scope, receive, send_with_headers)

    async def _refusal_response(self, headers: Headers) -> Response | None:
        """The refusal of a request; None where it is allowed."""
        host, origin = headers.get("host", ""), headers.get("origin", "")
        name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
        is_cross_site = bool(origin) and origin.partition("://")[2] != host
        is_own_name = bool(self._password) or name in _LOOPBACK_HOSTS
        if is_cross_site or not is_own_name:
            return PlainTextResponse("this page answers only its own address", 403)
        if not self._password or self._is_authorised(headers.get("authorization", "")):
            return None
        if "authorization" in headers:  # against guessing: each wrong password waits longer than the one before
            self._failed_attempts += 1
            await asyncio.sleep(min(self._failed_attempts, _MAX_DELAY))
        challenge = {"WWW-Authenticate": 'Basic realm="Huwen", charset="UTF-8"'}
        return PlainTextResponse("the password, please", 401, challenge)

    def _is_authorised(self, credentials: str) -> bool:
        try:
            password = base64.b64decode(credentials.removeprefix("Basic "), validate=True).partition(b":")[2]
        except ValueError:
            return False
        is_right = secrets.compare_digest(password, self._password.encode())
        self._failed_attempts = 0 if is_right else self._failed_attempts
        return is_right


def _add_headers(start: Message, body: str) -> None:
    """Add the security headers to the start of a response.

    The content security policy prevents any content of a document from sending a request to another machine.
    `body` is the page's HTML, empty for other responses: the policy allows its inline scripts by their digests.
    """
    inline = " ".join(f"'{_script_hash(code)}'" for code in _INLINE_SCRIPT.findall(body))
    policy = (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
        f"style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-eval' {inline}; "
        "worker-src 'self' blob:; connect-src 'self'; "
        "form-action 'self'; frame-src 'none'; frame-ancestors 'none'; object-src 'none'; base-uri 'self'")
    headers = [(name, value) for name, value in start.get("headers", []) if not (body and name == b"content-length")]
    has_own_policy = any(name == b"content-security-policy" for name, _ in headers)  # a stricter one, of a file
    start["headers"] = [*headers, *([] if has_own_policy else [(b"content-security-policy", policy.encode())]),
                        *((name.encode(), value.encode()) for name, value in _SECURITY_HEADERS.items()),
                        *([(b"content-length", str(len(body.encode())).encode())] if body else [])]


_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.S)


def _script_hash(code: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}"
