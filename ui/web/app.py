"""A pipeline becomes a chat page on this machine: a conversation, and beside it the passages that it rests on."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, closing, suppress
from importlib.resources import files

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.answering.extract import NAME as EXTRACTIVE
from rag.pipeline import Pipeline
from rag.schema import HuwenError
from ui.web import render
from ui.web.exchange import Exchange, grow
from ui.web.texts import TEXTS
from ui.web.toolkit import gr

_HOST = "127.0.0.1"
_READERS = 32  # answers under way at once; gradio's default is one
# the browser's own word that no picture, form or call leaves this machine, whatever a document says
_POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; frame-src 'none'; object-src 'none'; base-uri 'self'")
_HEADERS = [(b"content-security-policy", _POLICY.encode()), (b"referrer-policy", b"no-referrer")]


class PortInUse(HuwenError):
    """The page cannot have its port."""


def serve(pipeline: Pipeline, *, port: int, browser: bool) -> None:
    """Serve the page on 127.0.0.1 until Ctrl-C; `browser` opens it there.

    Raises:
        PortInUse: the port is another program's.
    """
    with closing(bound(port)) as listener:
        address = f"http://{_HOST}:{port}"
        server = uvicorn.Server(uvicorn.Config(site(pipeline), log_level="critical", timeout_graceful_shutdown=1))
        sys.stdout.write(f"湖问 Huwen: {address}  (Ctrl-C stops it)\n")
        sys.stdout.flush()
        threading.Thread(target=_warm, args=(pipeline,), daemon=True).start()
        if browser:  # the listener is bound: a request that comes before the server waits in its queue
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            sys.stdout.write("\n")


def bound(port: int) -> socket.socket:
    """A socket that holds the port, listening.

    Raises:
        PortInUse: the port is another program's, or not for this user.
    """
    listener = socket.socket()
    if os.name == "posix":  # elsewhere the option would share the port with another program
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        why = "is in use by another program" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
        other = port + 1 if 1024 <= port < 65535 else 7860
        raise PortInUse(f"port {port} on {_HOST} {why}; choose another one with --port, such as --port {other}") from None
    return listener


def site(pipeline: Pipeline) -> FastAPI:
    """The page as a web application.

    Mounted, not launched: gradio's launch asks its own server through the proxy of the environment, and dies of it.
    """
    app = FastAPI(openapi_url=None)
    app.add_middleware(_Guarded)
    system = ["system-ui", "sans-serif"]  # the theme's own fonts would be fetched; style.css names the real ones
    mounted: FastAPI = gr.mount_gradio_app(
        app, page(pipeline), path="", server_name=_HOST, theme=gr.themes.Base(font=system, font_mono=["monospace"]), head=_head(),
        footer_links=[], run_history=False, show_error=False, ssr_mode=False, pwa=False, enable_monitoring=False, max_file_size=1)
    return mounted


class _Guarded:
    """The policy on every response; plain ASGI, because starlette's own wrapper keeps a closed tab from being noticed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        await self.app(scope, receive, guarded)


def page(pipeline: Pipeline) -> gr.Blocks:
    """The page's parts and what happens between them."""
    blocks: gr.Blocks = gr.Blocks(title="湖问 Huwen", analytics_enabled=False, fill_width=True)
    with blocks:
        exchanges = gr.State(())
        halt = gr.State(asyncio.Event())  # gradio gives every open page a copy
        gr.HTML(render.masthead(), elem_id="masthead", apply_default_css=False)
        if pipeline.model == EXTRACTIVE:
            gr.HTML(render.notice(), elem_id="notice", apply_default_css=False)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk"):
                chat = gr.Chatbot(
                    elem_id="chat", show_label=False, container=False, buttons=[], layout="bubble", latex_delimiters=[],
                    placeholder=render.welcome(), height=None, feedback_options=None, allow_file_downloads=False)
                with gr.Row(elem_id="composer"):
                    question = gr.Textbox(
                        elem_id="ask", show_label=False, container=False, lines=1, max_lines=8, scale=1)
                    send = gr.Button("", elem_id="send", min_width=0, scale=0)
                    stop = gr.Button("", elem_id="stop", min_width=0, scale=0, visible=False)
            with gr.Column(elem_id="beside"):
                evidence = gr.HTML(render.evidence(()), elem_id="evidence", apply_default_css=False)
        send.click(
            _answering(pipeline), [question, exchanges, halt], [question, exchanges, chat, evidence, send, stop], show_progress="hidden",
            concurrency_limit=_READERS, api_visibility="private")
        # not gradio's `cancels`: a frame under way would still arrive, and say that more is to come
        stop.click(_halt, [halt], None, queue=False, show_progress="hidden", api_visibility="private")
    return blocks


Shown = tuple[object, ...]


def _answering(pipeline: Pipeline) -> Callable[[str, tuple[Exchange, ...], asyncio.Event], AsyncIterator[Shown]]:
    async def answer(question: str, earlier: tuple[Exchange, ...], halt: asyncio.Event) -> AsyncIterator[Shown]:
        asked = question.strip()
        if not asked:
            yield (gr.skip(),) * 6  # a generator that yields nothing would empty every output
            return
        panel = ""
        halt.clear()
        async with aclosing(grow(pipeline, asked, earlier, halt)) as growing:
            async for exchange in growing:
                exchanges = (*earlier, exchange)
                before, panel = panel, render.evidence(exchanges)
                # the first frame empties the input; later ones leave alone what has been typed since
                yield (gr.skip() if before else "", *_shown(exchanges, gr.skip() if panel == before else panel))

    return answer


async def _halt(halt: asyncio.Event) -> None:  # async: gradio runs other functions in threads, and an event is of its loop
    halt.set()


def _shown(exchanges: Sequence[Exchange], panel: object) -> Shown:
    busy = bool(exchanges) and exchanges[-1].at_work
    return tuple(exchanges), _messages(exchanges), panel, gr.update(visible=not busy), gr.update(visible=busy)


def _messages(exchanges: Sequence[Exchange]) -> list[dict[str, str]]:
    """The conversation for gradio."""
    messages: list[dict[str, str]] = []
    for turn, exchange in enumerate(exchanges, 1):
        messages.append({"role": "user", "content": render.asked(exchange)})
        said = render.messages(exchange, turn, latest=turn == len(exchanges))
        messages += [{"role": "assistant", "content": content} for content in said]
    return messages


def _head() -> str:
    """Style, texts and behaviour of the page, for its <head>: nothing is fetched."""
    texts = json.dumps(TEXTS, ensure_ascii=False).replace("<", "\\u003c")
    own = files("ui.web")
    style, script = (own.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    return f"<style>{style}</style><script>window.HUWEN_TEXTS = {texts};\n{script}</script>"


def _warm(pipeline: Pipeline) -> None:
    """Load dictionary and indexes while the reader still types the first question."""
    with suppress(HuwenError):  # the first question meets the same trouble, and says so on the page
        pipeline.search("湖 lake")
