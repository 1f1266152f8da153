"""Web application: the Gradio page, the routes that its script calls, style sheets and scripts, and the server."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import socket
import sys
import threading
import webbrowser
from contextlib import closing, suppress
from functools import cache
from importlib.resources import files

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse

from rag.endpoints.urls import is_local_url
from rag.library.scope import UnknownSource
from rag.pipeline import Pipeline
from rag.schema import HuwenError, Language
from ui.history.history import UnknownConversation
from ui.web.app_state import AppState
from ui.web.briefings.routes import briefing_routes
from ui.web.chat.routes import conversation_routes, document_routes
from ui.web.errors import NotFound
from ui.web.gradio_import import gr
from ui.web.library.figure_routes import figure_routes
from ui.web.library.routes import library_routes
from ui.web.page import build_page
from ui.web.request_guard import RequestGuard
from ui.web.settings.routes import settings_routes
from ui.web.texts.lookup import TEXTS

_log = logging.getLogger(__name__)
_HOST = "127.0.0.1"
_STYLES = (
    "base", "sidebar", "chat", "evidence", "reader", "library", "figures", "following", "settings", "briefing",
    "narrow")
_SCRIPTS = (
    "core", "chat", "reader", "evidence", "sidebar", "library", "figures", "following", "settings", "briefing")


class PortInUse(HuwenError):
    """The port of the page cannot be opened."""


class MissingPassword(HuwenError):
    """The page would be open to everyone who can reach this machine."""


def serve(app_state: AppState, *, port: int, browser: bool) -> None:
    """Serve the page until Ctrl-C; with `browser` it is also opened on this machine.

    Raises:
        PortInUse: another program uses the port.
        MissingPassword: others could reach the page, and no password is set.
    """
    host = app_state.settings.host
    if not is_local_url(f"http://{host}") and not app_state.settings.password.get_secret_value():
        raise MissingPassword(
            f"at {host} others could read and change what lies here; "
            f"set HUWEN_PASSWORD, or leave HUWEN_HOST at {_HOST}")
    with closing(open_listener(port, host)) as listener:
        address = f"http://{_HOST if host in ('0.0.0.0', '::') else host}:{port}"
        config = uvicorn.Config(create_app(app_state), log_level="critical", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        sys.stdout.write(f"湖问 Huwen: {address}  (Ctrl-C stops it)\n")
        sys.stdout.flush()
        threading.Thread(target=_warm_up, args=(app_state.pipeline,), daemon=True).start()
        if browser:  # the socket is listening: a request that comes before the server is ready waits in its queue
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        app_state.wake_vectors()
        app_state.start_watching()
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            sys.stdout.write("\n")
        finally:
            app_state.stop_watching()
            app_state.stop_vectors()


def open_listener(port: int, host: str = _HOST) -> socket.socket:
    """A listening socket on the port.

    Raises:
        PortInUse: another program uses the port, or this user may not open it.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if os.name == "posix":  # elsewhere the option would share the port with another program
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        is_taken = error.errno == errno.EADDRINUSE
        reason = "is in use by another program" if is_taken else f"cannot be opened ({error.strerror})"
        other_port = port + 1 if 1024 <= port < 65535 else 7860
        raise PortInUse(
            f"port {port} on {host} {reason}; choose another one with --port, such as --port {other_port}") from None
    return listener


def create_app(app_state: AppState) -> FastAPI:
    """The page and its routes as a web application.

    Gradio is mounted, not launched: its launch calls its own server through the proxy of the environment, and fails.
    """
    app = FastAPI(openapi_url=None)
    password = app_state.settings.password.get_secret_value()
    app.add_middleware(RequestGuard, password=password, transform_page=insert_assets)
    app.include_router(conversation_routes(app_state))
    app.include_router(document_routes(app_state))
    app.include_router(library_routes(app_state))
    app.include_router(figure_routes(app_state))
    app.include_router(settings_routes(app_state))
    app.include_router(briefing_routes(app_state))
    app.add_api_route("/page/style.css", _style_response)
    app.add_api_route("/page/script.js", _script_response)
    app.add_exception_handler(HuwenError, _known_error)
    app.add_exception_handler(Exception, _unexpected_error)
    system_fonts = ["system-ui", "sans-serif"]  # the theme's own fonts would be fetched; base.css names the real ones
    mounted: FastAPI = gr.mount_gradio_app(
        app, build_page(app_state), path="", server_name=_HOST,
        theme=gr.themes.Base(font=system_fonts, font_mono=["monospace"]),
        footer_links=[], run_history=False, show_error=False, ssr_mode=False, pwa=False, enable_monitoring=False,
        max_file_size=app_state.settings.upload_mb * gr.FileSize.MB)
    return mounted


async def _known_error(request: Request, error: Exception) -> Response:
    """The response for an error that a reader can act on: its sentence in the language of the page."""
    is_missing = isinstance(error, NotFound | UnknownConversation | UnknownSource)
    language: Language = "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"
    sentence = error.sentence(language) if isinstance(error, HuwenError) else str(error)
    return PlainTextResponse(sentence, 404 if is_missing else 409)


async def _unexpected_error(request: Request, error: Exception) -> Response:
    """The response for any other error: its type; the log has the rest."""
    _log.error("a request failed", exc_info=error)
    return PlainTextResponse(f"an unexpected {type(error).__name__}; the terminal that runs Huwen has the details", 500)


_CACHE_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable"}  # the address changes with the content


def _style_response() -> Response:
    return Response(bundle_styles(), media_type="text/css", headers=_CACHE_HEADERS)


def _script_response() -> Response:
    return Response(bundle_scripts(), media_type="text/javascript", headers=_CACHE_HEADERS)


def insert_assets(html: str) -> str:
    """The page with our style and script in its head, so that it is never drawn without them."""
    digest = hashlib.sha256((bundle_styles() + bundle_scripts()).encode()).hexdigest()[:12]
    links = f'<link rel="stylesheet" href="page/style.css?{digest}"><script src="page/script.js?{digest}"></script>'
    return html.replace("<head>", f"<head>{links}", 1)


@cache
def bundle_styles() -> str:
    """All style sheets as one."""
    return "\n".join(_read_static(f"{name}.css") for name in _STYLES)


@cache
def bundle_scripts() -> str:
    """All scripts as one, after a constant with the texts that they show."""
    texts = json.dumps(TEXTS, ensure_ascii=False)
    return "\n".join([f"const TEXTS = {texts};", *(_read_static(f"{name}.js") for name in _SCRIPTS)])


def _read_static(name: str) -> str:
    return files("ui.web").joinpath("static", name).read_text(encoding="utf-8")


def _warm_up(pipeline: Pipeline) -> None:
    """Load the dictionary and the indexes while the reader types the first question."""
    with suppress(HuwenError):  # the first question raises the same error, and the page shows it
        pipeline.search("湖 lake")
