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
from ui.web.app_state import Desk
from ui.web.briefings import html
from ui.web.briefings.jobs import View
from ui.web.briefings.rows import answered
from ui.web.briefings.service import Briefings
from ui.web.chat.routes import file
from ui.web.errors import NotThere
from ui.web.texts import TEXTS
from ui.web.uploads import MB, BadUpload

_FORMATS = ("docx", "pdf", "md", "html")


def file_routes(router: APIRouter, desk: Desk, briefings: Briefings) -> None:
    """Export, house template and deletion."""
    _export(router, desk, briefings)
    _templates(router, desk, briefings)

    @router.delete("/{id}")
    def remove(id: str) -> Response:
        if desk.settings.read_only:
            return _refused()
        briefings.remove(id)
        return Response(status_code=204)


def _export(router: APIRouter, desk: Desk, briefings: Briefings) -> None:
    @router.get("/{id}/export")
    def export(id: str, format: str = "docx") -> Response:
        if format not in _FORMATS:
            raise NotThere(f"there is no export as {format[:20]}; there are {', '.join(_FORMATS)}")
        view = briefings.view(id)
        house = view.kept.template if format == "docx" and view.kept.template.exists() else None
        return file(render_bytes(briefing_paper(_briefing(view, desk)), f".{format}", house), view.kept.plan.title, format)


def _templates(router: APIRouter, desk: Desk, briefings: Briefings) -> None:
    @router.put("/{id}/template")
    async def house(id: str, request: Request) -> Response:
        if desk.settings.read_only:
            return _refused()
        view = await asyncio.to_thread(briefings.view, id)
        await asyncio.to_thread(_take_template, view.kept.template, await body_of(request, desk.settings.upload_mb))
        return HTMLResponse(html.house(view, read_only=False))

    @router.delete("/{id}/template")
    def unhouse(id: str) -> Response:
        if desk.settings.read_only:
            return _refused()
        view = briefings.view(id)
        view.kept.template.unlink(missing_ok=True)
        return HTMLResponse(html.house(view, read_only=False))


def _refused() -> Response:
    return PlainTextResponse("this deployment is read-only: briefings can be asked and exported, not deleted (HUWEN_READ_ONLY)", 403)


def _briefing(view: View, desk: Desk) -> Briefing:
    """The briefing as it stands, whatever of it has no answer yet."""
    missing = TEXTS["brief not asked"]
    return build_briefing(answered(view.rows, view.begun or date.today().isoformat(), missing), desk.pipeline.library, view.kept.plan.cover)


def _take_template(path: Path, body: bytes) -> None:
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


async def body_of(request: Request, most_mb: int) -> bytes:
    """What a request carries, whole.

    Raises:
        BadUpload: it is too large.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most_mb * MB:
            raise BadUpload(f"the file is larger than {most_mb} MB; split it")
    return bytes(body)
