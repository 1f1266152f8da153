"""What the page's script asks about the settings: the form, an endpoint's models, a test of it, and to keep a choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

from fastapi import APIRouter, Body, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, StreamingResponse

from rag.answering.extract import NAME as EXTRACTIVE
from ui.doctor import Finding
from ui.web.app_state import Desk
from ui.web.chat import render
from ui.web.settings import html
from ui.web.settings.form import BadForm, choice, examined, facts, listed

_READ_ONLY = "this page is read-only (HUWEN_READ_ONLY): whoever runs Huwen chooses its settings"
Form = Annotated[object, Body()]  # read by hand: a refusal of FastAPI's own would repeat what was typed, the key too


def settings_routes(desk: Desk) -> APIRouter:
    """Everything under /page/settings; on a read-only page nothing can be chosen, and no endpoint asked."""
    router = APIRouter(prefix="/page/settings")

    @router.get("")
    def form() -> Response:
        return _html(html.view(desk.settings, facts(desk)))

    @router.get("/notice")
    def notice() -> Response:
        return _html(render.notice() if desk.pipeline.model == EXTRACTIVE else "")

    @router.post("/models")
    def models(told: Form) -> Response:
        return _where_free(desk, lambda: _html(html.models(listed(told, desk.settings))))

    @router.post("/test")
    def test(told: Form) -> Response:
        return _where_free(desk, lambda: _streamed(examined(told, desk.settings)))

    @router.put("")
    def save(told: Form) -> Response:
        def saved() -> Response:
            desk.choose(choice(told, desk.settings))
            return form()

        return _where_free(desk, saved)

    return router


def _where_free(desk: Desk, act: Callable[[], Response]) -> Response:
    """What an act answers, or why it is refused."""
    if desk.settings.read_only:
        return PlainTextResponse(_READ_ONLY, 403)
    try:
        return act()
    except BadForm as flaw:
        return _html(html.flaw(flaw.field, flaw.text), 400)


def _html(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


def _streamed(findings: Iterator[Finding]) -> Response:
    """Each finding as soon as it is known, one a line, and at last what they come to."""

    def lines() -> Iterator[str]:
        amiss = 0
        for finding in findings:
            amiss += not finding.is_ok
            yield html.finding(finding) + "\n"
        yield html.verdict(amiss) + "\n"

    return StreamingResponse(lines(), media_type="text/html; charset=utf-8", headers={"Cache-Control": "no-store"})
