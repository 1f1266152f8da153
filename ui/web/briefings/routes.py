"""What the briefings' view asks the server for: lists to begin with, how far one is, its rows, changes, and files to keep."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field

from rag.briefing.question_list import QuestionList, parse_pasted, read_list
from rag.briefing.template import build_template
from rag.references.entries import ReferenceStyle
from rag.schema import Language, Scope
from ui.web.app_state import Desk
from ui.web.briefings import answer_html, html
from ui.web.briefings.export import body_of, file_routes
from ui.web.briefings.service import Briefings
from ui.web.briefings.store import Answering, Plan
from ui.web.briefings.view import ready, ready_title
from ui.web.errors import NotThere
from ui.web.texts import TEXTS

_LIST_MB = 20  # ten thousand questions have fewer
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Wanted(BaseModel):
    """What is chosen beside the list."""

    name: str = Field(default="", max_length=400)  # of the file; empty: the body is text that was pasted
    ready: str = Field(default="", max_length=100)  # a shipped list in place of a body
    title: str = Field(default="", max_length=200)
    answering: Answering = ""
    style: ReferenceStyle = "gbt7714"
    source: list[str] = Field(default=[], max_length=500)
    tag: list[str] = Field(default=[], max_length=100)


class Edited(BaseModel):
    """The words that a person puts in the place of an answer."""

    language: Language
    text: str = Field(min_length=1, max_length=100_000)


def briefing_routes(desk: Desk) -> APIRouter:
    """Everything under /page/briefings. On a read-only page briefings are asked and edited like questions, and never deleted."""
    briefings = Briefings(desk)

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(briefings.close)

    router = APIRouter(prefix="/page/briefings", default_response_class=HTMLResponse, lifespan=lifespan)
    _beginnings(router, desk, briefings)
    _looks(router, desk, briefings)
    _acts(router, briefings)
    _rows(router, desk, briefings)
    file_routes(router, desk, briefings)
    return router


# --- a list to begin with


def _beginnings(router: APIRouter, desk: Desk, briefings: Briefings) -> None:
    @router.get("/blank.{suffix}")
    def blank(suffix: Literal["csv", "xlsx"]) -> Response:
        return Response(build_template(f".{suffix}"), media_type=_XLSX if suffix == "xlsx" else "text/csv; charset=utf-8", headers={
            "Content-Disposition": f'attachment; filename="questions.{suffix}"'})

    @router.post("/look")
    async def look(request: Request, name: str = "") -> Response:
        """What a list holds, before it is asked."""
        listed = await _listed(request, Wanted(name=name), desk)
        sections = {question.section for question in listed.questions if question.section}
        return JSONResponse({"title": listed.title, "questions": len(listed.questions), "sections": len(sections)})

    @router.post("")
    async def begin(request: Request, wanted: Annotated[Wanted, Query()]) -> Response:
        listed = await _listed(request, wanted, desk)
        scope = Scope(tuple(wanted.source), tuple(wanted.tag))
        desk.pipeline.library.within(scope)  # says so where nothing is in it
        plan = Plan(_title(listed, wanted), datetime.now(UTC).isoformat(timespec="seconds"), listed.questions, wanted.answering,
                    wanted.style, scope)
        kept = await asyncio.to_thread(briefings.shelf.keep, plan)
        briefings.begin(kept.id)
        return JSONResponse({"id": kept.id})


async def _listed(request: Request, wanted: Wanted, desk: Desk) -> QuestionList:
    """The list of a request: a shipped one, the text in its body, or the file in it.

    Raises:
        BadQuestions: it cannot be asked.
    """
    if wanted.ready:
        shipped = ready(wanted.ready)
        if shipped is None:
            raise NotThere(f"there is no list called {wanted.ready}")
        return read_list(shipped)
    body = await body_of(request, min(_LIST_MB, desk.settings.upload_mb))
    if not wanted.name:
        return parse_pasted(body.decode("utf-8", "replace"))
    return await asyncio.to_thread(_of_file, body, wanted.name)


def _of_file(body: bytes, told: str) -> QuestionList:
    with tempfile.TemporaryDirectory(prefix="huwen-") as folder:
        path = Path(folder) / re.sub(r"[\x00-\x1f/\\]", "-", told)[-80:]  # the engine's sentences name the file
        path.write_bytes(body)
        return read_list(path)


def _title(listed: QuestionList, wanted: Wanted) -> str:
    shipped = ready(wanted.ready) if wanted.ready else None
    own = wanted.title.strip() or listed.title or (ready_title(shipped) if shipped else Path(wanted.name).stem.replace("_", " "))
    if own:
        return own[:200]
    is_chinese = Plan("", "", listed.questions, wanted.answering).cover.language == "zh"
    return f"{TEXTS['brief untitled']['zh' if is_chinese else 'en']} {date.today().isoformat()}"


# --- what there is


def _looks(router: APIRouter, desk: Desk, briefings: Briefings) -> None:
    @router.get("")
    def listing() -> str:
        return html.listing(briefings.all(), read_only=desk.settings.read_only)

    @router.get("/{id}")
    def one(id: str) -> str:
        view = briefings.view(id)
        scope = view.kept.plan.scope
        return html.one(view, len(scope.sources) + len(scope.tags), read_only=desk.settings.read_only)

    @router.get("/{id}/state")
    def state(id: str, since: int = 0) -> Response:
        """What has changed since a version of the journal, and what is under way.

        Asked for again and again instead of streamed: a browser keeps few connections to one host, and open pages need theirs.
        """
        view = briefings.view(id)
        shown = [row for row in view.rows if row.at > since or row.state == "under way" or since == 0]
        return JSONResponse({
            "version": view.version, "phase": view.work.phase, "done": view.tally.done, "all": view.tally.all,
            "progress": html.progress(view), "acts": html.acts(view), "left": html.left(view),
            "rows": {row.number: html.summary(row) for row in shown}, "fresh": [row.number for row in shown if row.at > since]})


# --- what is done with one


def _acts(router: APIRouter, briefings: Briefings) -> None:
    @router.post("/{id}/begin", status_code=204, response_class=Response)
    def begin(id: str, retry: Annotated[bool, Body(embed=True)] = False) -> None:
        briefings.begin(id, retry=retry)

    @router.post("/{id}/stop", status_code=204, response_class=Response)
    def stop(id: str) -> None:
        briefings.stop(id)


def _rows(router: APIRouter, desk: Desk, briefings: Briefings) -> None:
    @router.get("/{id}/rows/{number}")
    def row(id: str, number: int) -> str:
        view = briefings.view(id)
        return answer_html.body(briefings.row(view, number), desk.pipeline.library.sources(), free=view.work.phase == "idle")

    @router.get("/{id}/rows/{number}/form")
    def form(id: str, number: int, language: Language) -> str:
        return answer_html.form(briefings.side(briefings.row(briefings.view(id), number), language))

    @router.put("/{id}/rows/{number}")
    def edit(id: str, number: int, told: Edited) -> str:
        briefings.edit(id, number, told.language, told.text)
        return row(id, number)

    @router.delete("/{id}/rows/{number}/edited")
    def restore(id: str, number: int, language: Language) -> str:
        briefings.restore(id, number, language)
        return row(id, number)

    @router.post("/{id}/rows/{number}/again", status_code=204, response_class=Response)
    def again(id: str, number: int) -> None:
        briefings.begin(id, only=number)
