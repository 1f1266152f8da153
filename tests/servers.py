"""Endpoints on loopback for tests: llama.cpp's server with a tiny random model, and a server that follows a script.

A test module takes the fixtures with `pytest_plugins = ["tests.servers"]`; by hand, a server for a model file:
`python -m tests.servers llama --model tiny.gguf --port 8080` (it ends when its standard input does).

PYTEST_DONT_REWRITE: test modules import this one before pytest takes its fixtures.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType

import httpx2
import pytest

_ROOT = Path(__file__).parent.parent

# --- llama.cpp's server

# one byte is one token, so the instructions and two passages are about five thousand tokens
CONTEXT = 16_384
_WIDTH, _SPECIAL, _BYTES = 32, 3, 256
_PRINTABLE = slice(_SPECIAL + ord(" "), _SPECIAL + ord("~") + 1)


def write_tiny_model(path: Path) -> None:
    """A llama of one layer with random weights: it reads any bytes, and writes printable ASCII without meaning."""
    import gguf
    import numpy as np

    random = np.random.default_rng(1_420)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(_WIDTH)
    writer.add_feed_forward_length(2 * _WIDTH)
    writer.add_block_count(1)
    writer.add_head_count(1)
    writer.add_head_count_kv(1)
    writer.add_rope_dimension_count(_WIDTH)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(_BYTES))])
    writer.add_token_types([gguf.TokenType.UNKNOWN, *[gguf.TokenType.CONTROL] * 2, *[gguf.TokenType.BYTE] * _BYTES])
    writer.add_token_scores([0.0] * (_SPECIAL + _BYTES))
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: ")

    def weights(*shape: int) -> np.ndarray:
        return random.standard_normal(shape).astype(np.float32)

    # a row of zeros is never the most probable: the model neither stops nor writes half a character
    output = weights(_SPECIAL + _BYTES, _WIDTH)
    output[: _PRINTABLE.start] = output[_PRINTABLE.stop :] = 0
    square, wide = (_WIDTH, _WIDTH), (2 * _WIDTH, _WIDTH)
    tensors = {"token_embd": weights(_SPECIAL + _BYTES, _WIDTH), "output": output}
    tensors |= {f"blk.0.attn_{name}": weights(*square) for name in ("q", "k", "v", "output")}
    tensors |= {f"blk.0.ffn_{name}": weights(*wide) for name in ("gate", "up")}
    tensors |= {"blk.0.ffn_down": weights(*reversed(wide))}
    tensors |= {name: np.ones(_WIDTH, np.float32) for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm")}
    for name, values in tensors.items():
        writer.add_tensor(f"{name}.weight", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _serve_llama(model: Path, port: int, longest: int, threads: int) -> None:
    """Serve until standard input ends, so that no server outlives the tests; print the address first."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.port = port
    params.n_ctx = CONTEXT
    params.n_predict = longest
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.cpuparams.poll = params.cpuparams_batch.poll = 0
    params.cache_ram_mib = params.n_ctx_checkpoints = params.verbosity = 0
    params.warmup = params.fit_params = params.ui = False
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


@contextmanager
def llama(model: Path, longest: int, *, threads: int = 1) -> Iterator[str]:
    """llama.cpp's server in a process of its own, with answers of at most `longest` tokens (-1: without limit)."""
    options = {"--model": model, "--longest": longest, "--threads": threads}
    words = [str(word) for option in options.items() for word in option]
    command = [sys.executable, "-m", "tests.servers", "llama", *words]
    process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout
    try:
        address = next((line.strip() for line in process.stdout if line.startswith("http")), "")
        assert address, f"llama.cpp's server ended with {process.wait()} before it listened"
        yield f"{address}/v1"
    finally:
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def tokens_when_idle(base_url: str) -> int:
    """Wait until the one worker of a llama server is idle; the tokens, read and written, of its last request."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        [slot] = httpx2.get(base_url.removesuffix("/v1") + "/slots", trust_env=False).json()
        if not slot["is_processing"]:
            return int(slot["n_prompt_tokens"])
        time.sleep(0.02)
    raise TimeoutError(f"the server at {base_url} was still working after {_PATIENCE:.0f} seconds")


_PATIENCE = 30.0  # seconds


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a model whose answers have no meaning, but are streamed like those of any model."""
    if not importlib.util.find_spec("xllamacpp"):
        pytest.skip("xllamacpp is not installed: there is no real chat server to ask")
    path = tmp_path_factory.mktemp("model") / "tiny.gguf"
    write_tiny_model(path)
    return path


@pytest.fixture(scope="session")
def llama_server(tiny_model: Path) -> Iterator[str]:
    """The base URL of a real server whose answers have 48 tokens."""
    with llama(tiny_model, longest=48) as base_url:
        yield base_url


# --- the scripted server


@dataclass(frozen=True)
class Reply:
    """The reply to one request: the pieces of the body, each sent as its own chunk after `pause` seconds.

    A number among the pieces is a silence of that many seconds; it ends early if the client closes the connection.
    `broken`: the connection is closed before the end of the body. `open`: neither the body nor the connection is ended.
    `raw`: the pieces are sent without status and headers. `wait`: seconds before the headers. `keep_alive`: the client
    may send another request on the same connection; otherwise the server closes it.
    """

    pieces: tuple[bytes | float, ...]
    status: int = 200
    kind: str = "text/event-stream"
    pause: float = 0.0
    broken: bool = False
    open: bool = False
    raw: bool = False
    wait: float = 0.0
    keep_alive: bool = False
    headers: tuple[tuple[str, str], ...] = (("retry-after-ms", "1"),)  # clients try again at once


def event(
    content: str | None, finish: str | None = None, *, usage: tuple[int, int] | None = None, **delta: object,
) -> bytes:
    """One event of a streamed answer; `usage` is tokens read and written, `delta` further fields of the message."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": content, **delta}, "finish_reason": finish}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "scripted", "choices": [choice]}
    return data_event(chunk | ({"usage": usage_json(*usage)} if usage else {}))


def data_event(chunk: object) -> bytes:
    """A JSON value as one event of a stream."""
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()


def usage_json(read: int, written: int) -> dict[str, int]:
    """The usage object of an OpenAI-compatible endpoint."""
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


END = event("", "stop") + b"data: [DONE]\n\n"


def text_reply(*pieces: str) -> Reply:
    """A complete streamed answer in these pieces."""
    return Reply((*(event(piece) for piece in pieces), END))


def error_reply(status: int, message: str, code: str | None = None, **headers: str) -> Reply:
    """An error in the format of hosted endpoints; `headers` by name, with _ instead of -."""
    error = {"message": message, "type": "error", "param": None, "code": code}
    body = json.dumps({"error": error}, ensure_ascii=False).encode()
    named_headers = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Reply((body,), status, "application/json", headers=named_headers or Reply.headers)


def json_reply(answer: object, status: int = 200) -> Reply:
    """A JSON reply in one piece, as for `/v1/models`."""
    return Reply((json.dumps(answer, ensure_ascii=False).encode(),), status, "application/json")


@dataclass(frozen=True)
class ScriptedServer:
    """The address of the scripted server, what it received, and when clients closed a connection early."""

    base_url: str
    bodies: list[dict[str, object]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    client_addresses: list[object] = field(default_factory=list)  # the connection of each request
    request_times: list[float] = field(default_factory=list)  # by time.monotonic(), when each request was read
    hangup_times: list[float] = field(default_factory=list)

    def wait_until_client_left(self, seconds: float) -> float:
        """The time at which the first client closed its connection; fails if none does within `seconds`."""
        until = time.monotonic() + seconds
        while not self.hangup_times and time.monotonic() < until:
            time.sleep(0.005)
        assert self.hangup_times, f"nobody hung up within {seconds} seconds"
        return self.hangup_times[0]


class _ScriptedHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _ScriptedHttpServer

    def do_GET(self) -> None:
        self._send(self.server.pages.get(self.path, error_reply(404, "Not Found")))

    def do_POST(self) -> None:
        seen, replies = self.server.seen, self.server.replies
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path in self.server.pages:
            self._send(self.server.pages[self.path])
            return
        seen.bodies.append(body)
        seen.keys.append(self.headers["Authorization"].removeprefix("Bearer "))
        seen.client_addresses.append(self.client_address)
        seen.request_times.append(time.monotonic())
        if self.path != "/v1/chat/completions":
            self.send_error(404)
            return
        self._send(replies[min(len(seen.bodies), len(replies)) - 1])

    def _send(self, reply: Reply) -> None:
        self.close_connection = not reply.keep_alive
        if self._client_leaves_within(reply.wait):
            return
        if not reply.raw:
            self.send_response(reply.status)
            closing = () if reply.keep_alive else (("Connection", "close"),)
            framing = (("Content-Type", reply.kind), ("Transfer-Encoding", "chunked"))
            for name, value in (*framing, *reply.headers, *closing):
                self.send_header(name, value)
            self.end_headers()
        for piece in filter(None, reply.pieces):  # an empty chunk would end the body
            if self._client_leaves_within(piece if isinstance(piece, float | int) else reply.pause):
                return
            if isinstance(piece, bytes):
                self._write(piece if reply.raw else b"%x\r\n%b\r\n" % (len(piece), piece))
        if reply.open:
            self._client_leaves_within(_PATIENCE)
        elif not (reply.broken or reply.raw):
            self._write(b"0\r\n\r\n")

    def _write(self, sent: bytes) -> None:
        try:
            self.wfile.write(sent)
        except OSError:
            self.server.seen.hangup_times.append(time.monotonic())
            raise

    def _client_leaves_within(self, seconds: float) -> bool:
        """Wait `seconds`; True if the client closes the connection meanwhile."""
        if not seconds:
            return False
        readable, _, _ = select.select([self.connection], [], [], seconds)
        if readable:
            self.server.seen.hangup_times.append(time.monotonic())
        return bool(readable)

    def log_message(self, *_: object) -> None:
        pass


class _ScriptedHttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, replies: tuple[Reply, ...], pages: Mapping[str, Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _ScriptedHandler)
        self.replies, self.pages = replies, pages
        self.seen = ScriptedServer(f"http://127.0.0.1:{self.server_port}/v1")

    def handle_error(self, *_: object) -> None:
        pass  # a client that hangs up is part of many scripts


@contextmanager
def scripted_server(*replies: Reply, pages: Mapping[str, Reply] = MappingProxyType({})) -> Iterator[ScriptedServer]:
    """A server that sends the replies in order and repeats the last one; `pages` are the replies for other paths."""
    server = _ScriptedHttpServer(replies, pages)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def handler_server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server with the given handler; it ignores clients that close a connection early."""
    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def unreachable_url() -> Iterator[str]:
    """The base URL of a port that is bound, so that no server can listen there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", choices=["llama"])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--longest", type=int, default=48)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    _serve_llama(chosen.model, chosen.port, chosen.longest, chosen.threads)
