"""Web sites on loopback for tests: pages by path, each a reply with status, headers and body."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler

from tests.servers import handler_server

Requests = list[tuple[str, dict[str, str]]]  # path and headers of each request
Answer = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    """A reply with headers by name, with _ instead of -."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


def drip(head: bytes) -> Answer:
    """A reply that begins with `head` and then sends one byte now and then, for ever."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        while True:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.02)

    return send


@contextmanager
def site(pages: Mapping[str, Answer], seen: Requests | None = None) -> Iterator[str]:
    """A server on loopback with these pages; `seen` gets the path and the headers of each request."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if seen is not None:
                seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            pages.get(self.path, answer(404))(self)

        def log_message(self, *_: object) -> None:
            pass

    server: AbstractContextManager[str] = handler_server(Handler)
    with server as address:
        yield address
