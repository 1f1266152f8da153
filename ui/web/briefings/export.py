"""Routes that export a briefing as a file, set its Word template, and delete it; a read-only page only exports."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from rag.briefing.briefing import Briefing, build_briefing
from ui.documents.briefing import briefing_paper
from ui.documents.paper import Paper
from ui.documents.word import BadTemplate
from ui.documents.write import render_bytes
from ui.web.app_state import AppState
from ui.web.briefings import html
from ui.web.briefings.jobs import BriefingSnapshot
from ui.web.briefings.rows import collect_answers
from ui.web.briefings.service import BriefingService
from ui.web.downloads import file_response
from ui.web.errors import NotFound
from ui.web.texts.lookup import TEXTS
from ui.web.uploads import MB, BadUpload

_FORMATS = ("docx", "pdf", "md", "html")


def file_routes(router: APIRouter, app_state: AppState, briefings: BriefingService) -> None:
    """Add the routes for export, Word template and deletion."""
    _add_export_routes(router, app_state, briefings)
    _add_template_routes(router, app_state, briefings)

    @router.delete("/{id}")
    def remove_briefing(id: str) -> Response:
        if app_state.settings.read_only:
            return _read_only_response()
        briefings.remove(id)
        return Response(status_code=204)


def _add_export_routes(router: APIRouter, app_state: AppState, briefings: BriefingService) -> None:
    @router.get("/{id}/export")
    def export_briefing(id: str, format: str = "docx") -> Response:
        if format not in _FORMATS:
            raise NotFound(f"there is no export as {format[:20]}; there are {', '.join(_FORMATS)}")
        snapshot = briefings.take_snapshot(id)
        stored = snapshot.briefing
        template = stored.template if format == "docx" and stored.template.exists() else None
        paper = briefing_paper(_compose_briefing(snapshot, app_state))
        return file_response(render_bytes(paper, f".{format}", template), stored.plan.title, format)


def _add_template_routes(router: APIRouter, app_state: AppState, briefings: BriefingService) -> None:
    @router.put("/{id}/template")
    async def upload_template(id: str, request: Request) -> Response:
        if app_state.settings.read_only:
            return _read_only_response()
        snapshot = await asyncio.to_thread(briefings.take_snapshot, id)
        body = await read_body(request, app_state.settings.upload_mb)
        await asyncio.to_thread(_save_template, snapshot.briefing.template, body)
        return HTMLResponse(html.render_house_template(snapshot, read_only=False))

    @router.delete("/{id}/template")
    def remove_template(id: str) -> Response:
        if app_state.settings.read_only:
            return _read_only_response()
        snapshot = briefings.take_snapshot(id)
        snapshot.briefing.template.unlink(missing_ok=True)
        return HTMLResponse(html.render_house_template(snapshot, read_only=False))


def _read_only_response() -> Response:
    return PlainTextResponse(
        "this deployment is read-only: briefings can be asked and exported, not deleted (HUWEN_READ_ONLY)", 403)


def _compose_briefing(snapshot: BriefingSnapshot, app_state: AppState) -> Briefing:
    """The briefing with the answers so far; a row without an answer says that it has not been asked."""
    begun_on = snapshot.begun_on or date.today().isoformat()
    answers = collect_answers(snapshot.rows, begun_on, TEXTS["brief not asked"])
    return build_briefing(answers, app_state.pipeline.library, snapshot.briefing.plan.cover)


def _save_template(path: Path, body: bytes) -> None:
    """Save a Word template, after a test that a document can be written with it.

    Raises:
        BadTemplate: no document can be written with it.
    """
    candidate = path.with_name(".template.docx")
    try:
        candidate.write_bytes(body)
        render_bytes(Paper("湖问", "zh"), ".docx", candidate)
        candidate.replace(path)
    except BadTemplate as error:
        raise BadTemplate(str(error).partition(": ")[2]) from None  # without the path on the server
    finally:
        candidate.unlink(missing_ok=True)


async def read_body(request: Request, max_mb: int) -> bytes:
    """The whole body of a request of at most `max_mb` megabytes.

    Raises:
        BadUpload: it is too large.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_mb * MB:
            raise BadUpload(f"the file is larger than {max_mb} MB; split it")
    return bytes(body)
