"""Routes of the settings view: the form, the models of an endpoint, a test of it, and saving a choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

from fastapi import APIRouter, Body, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, StreamingResponse

from rag.answering.extract import NAME as EXTRACTIVE
from ui.doctor import Finding
from ui.web import page_html
from ui.web.app_state import AppState
from ui.web.settings import html
from ui.web.settings.form import BadForm, collect_system_info, examine_endpoint, list_models, parse_form

_READ_ONLY_MESSAGE = "this page is read-only (HUWEN_READ_ONLY): whoever runs Huwen chooses its settings"
FormBody = Annotated[object, Body()]  # parsed by hand: FastAPI's own error would repeat the input, and so the key


def settings_routes(app_state: AppState) -> APIRouter:
    """Everything under /page/settings; on a read-only page nothing can be chosen, and no endpoint is asked."""
    router = APIRouter(prefix="/page/settings")

    @router.get("")
    def show_form() -> Response:
        return _html_response(html.render_view(app_state.settings, collect_system_info(app_state)))

    @router.get("/notice")
    def show_notice() -> Response:
        return _html_response(page_html.notice_html() if app_state.pipeline.model == EXTRACTIVE else "")

    @router.post("/models")
    def show_models(body: FormBody) -> Response:
        return _run_if_writable(
            app_state, lambda: _html_response(html.render_models(list_models(body, app_state.settings))))

    @router.post("/test")
    def run_endpoint_test(body: FormBody) -> Response:
        return _run_if_writable(app_state, lambda: _stream_findings(examine_endpoint(body, app_state.settings)))

    @router.put("")
    def save_settings(body: FormBody) -> Response:
        def apply_form() -> Response:
            app_state.change_settings(parse_form(body, app_state.settings))
            return show_form()

        return _run_if_writable(app_state, apply_form)

    return router


def _run_if_writable(app_state: AppState, action: Callable[[], Response]) -> Response:
    """The response of the action, or the reason why it is refused."""
    if app_state.settings.read_only:
        return PlainTextResponse(_READ_ONLY_MESSAGE, 403)
    try:
        return action()
    except BadForm as error:
        return _html_response(html.render_error(error.field, error.text), 400)


def _html_response(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


def _stream_findings(findings: Iterator[Finding]) -> Response:
    """Each finding as soon as it is known, one a line, and the verdict at the end."""

    def finding_lines() -> Iterator[str]:
        failure_count = 0
        for finding in findings:
            failure_count += not finding.is_ok
            yield html.render_finding(finding) + "\n"
        yield html.render_verdict(failure_count) + "\n"

    return StreamingResponse(
        finding_lines(), media_type="text/html; charset=utf-8", headers={"Cache-Control": "no-store"})
