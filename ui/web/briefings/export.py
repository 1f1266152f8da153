"""Briefings become files to keep, in a house's own template where it gives one; and what a read-only page does not do."""

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
from ui.web.chat.routes import file_response
from ui.web.errors import NotFound
from ui.web.texts import TEXTS
from ui.web.uploads import MB, BadUpload

_FORMATS = ("docx", "pdf", "md", "html")


def file_routes(router: APIRouter, app_state: AppState, briefings: BriefingService) -> None:
    """Export, house template and deletion."""
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
        view = briefings.take_snapshot(id)
        house = view.briefing.template if format == "docx" and view.briefing.template.exists() else None
        return file_response(render_bytes(briefing_paper(_compose_briefing(view, app_state)), f".{format}", house), view.briefing.plan.title, format)


def _add_template_routes(router: APIRouter, app_state: AppState, briefings: BriefingService) -> None:
    @router.put("/{id}/template")
    async def upload_template(id: str, request: Request) -> Response:
        if app_state.settings.read_only:
            return _read_only_response()
        view = await asyncio.to_thread(briefings.take_snapshot, id)
        await asyncio.to_thread(_save_template, view.briefing.template, await read_body(request, app_state.settings.upload_mb))
        return HTMLResponse(html.render_house_template(view, read_only=False))

    @router.delete("/{id}/template")
    def remove_template(id: str) -> Response:
        if app_state.settings.read_only:
            return _read_only_response()
        view = briefings.take_snapshot(id)
        view.briefing.template.unlink(missing_ok=True)
        return HTMLResponse(html.render_house_template(view, read_only=False))


def _read_only_response() -> Response:
    return PlainTextResponse("this deployment is read-only: briefings can be asked and exported, not deleted (HUWEN_READ_ONLY)", 403)


def _compose_briefing(snapshot: BriefingSnapshot, app_state: AppState) -> Briefing:
    """The briefing as it stands, whatever of it has no answer yet."""
    missing = TEXTS["brief not asked"]
    return build_briefing(collect_answers(snapshot.rows, snapshot.begun_on or date.today().isoformat(), missing), app_state.pipeline.library, snapshot.briefing.plan.cover)


def _save_template(path: Path, body: bytes) -> None:
    """Keep a house template once a document can be written by it.

    Raises:
        BadTemplate: none can.
    """
    half = path.with_name(".template.docx")
    try:
        half.write_bytes(body)
        render_bytes(Paper("湖问", "zh"), ".docx", half)
        half.replace(path)
    except BadTemplate as error:
        raise BadTemplate(str(error).partition(": ")[2]) from None  # its reader knows the file, and not where it lies here
    finally:
        half.unlink(missing_ok=True)


async def read_body(request: Request, max_mb: int) -> bytes:
    """What a request carries, whole.

    Raises:
        BadUpload: it is too large.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > max_mb * MB:
            raise BadUpload(f"the file is larger than {max_mb} MB; split it")
    return bytes(body)
