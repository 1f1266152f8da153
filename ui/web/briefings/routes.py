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
from ui.web.app_state import AppState
from ui.web.briefings import answer_html, html
from ui.web.briefings.export import file_routes, read_body
from ui.web.briefings.service import BriefingService
from ui.web.briefings.store import BriefingPlan, LanguageChoice
from ui.web.briefings.view import find_shipped_list, shipped_list_title
from ui.web.errors import NotFound
from ui.web.texts import TEXTS

_MAX_LIST_MB = 20  # ten thousand questions have fewer
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BriefingRequest(BaseModel):
    """What is chosen beside the list."""

    name: str = Field(default="", max_length=400)  # of the file; empty: the body is text that was pasted
    ready: str = Field(default="", max_length=100)  # a shipped list in place of a body
    title: str = Field(default="", max_length=200)
    answering: LanguageChoice = ""
    style: ReferenceStyle = "gbt7714"
    source: list[str] = Field(default=[], max_length=500)
    tag: list[str] = Field(default=[], max_length=100)


class AnswerEdit(BaseModel):
    """The words that a person puts in the place of an answer."""

    language: Language
    text: str = Field(min_length=1, max_length=100_000)


def briefing_routes(app_state: AppState) -> APIRouter:
    """Everything under /page/briefings. On a read-only page briefings are asked and edited like questions, and never deleted."""
    briefings = BriefingService(app_state)

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(briefings.close)

    router = APIRouter(prefix="/page/briefings", default_response_class=HTMLResponse, lifespan=lifespan)
    _add_start_routes(router, app_state, briefings)
    _add_read_routes(router, app_state, briefings)
    _add_job_routes(router, briefings)
    _add_row_routes(router, app_state, briefings)
    file_routes(router, app_state, briefings)
    return router


# --- a list to begin with


def _add_start_routes(router: APIRouter, app_state: AppState, briefings: BriefingService) -> None:
    @router.get("/blank.{suffix}")
    def blank_list(suffix: Literal["csv", "xlsx"]) -> Response:
        return Response(build_template(f".{suffix}"), media_type=_XLSX if suffix == "xlsx" else "text/csv; charset=utf-8", headers={
            "Content-Disposition": f'attachment; filename="questions.{suffix}"'})

    @router.post("/look")
    async def preview_list(request: Request, name: str = "") -> Response:
        """What a list holds, before it is asked."""
        listed = await _read_question_list(request, BriefingRequest(name=name), app_state)
        sections = {question.section for question in listed.questions if question.section}
        return JSONResponse({"title": listed.title, "questions": len(listed.questions), "sections": len(sections)})

    @router.post("")
    async def start_briefing(request: Request, options: Annotated[BriefingRequest, Query()]) -> Response:
        listed = await _read_question_list(request, options, app_state)
        scope = Scope(tuple(options.source), tuple(options.tag))
        app_state.pipeline.library.resolve_scope(scope)  # says so where nothing is in it
        plan = BriefingPlan(_choose_title(listed, options), datetime.now(UTC).isoformat(timespec="seconds"), listed.questions, options.answering,
                    options.style, scope)
        kept = await asyncio.to_thread(briefings.store.save, plan)
        briefings.start_job(kept.id)
        return JSONResponse({"id": kept.id})


async def _read_question_list(request: Request, options: BriefingRequest, app_state: AppState) -> QuestionList:
    """The list of a request: a shipped one, the text in its body, or the file in it.

    Raises:
        BadQuestions: it cannot be asked.
    """
    if options.ready:
        shipped = find_shipped_list(options.ready)
        if shipped is None:
            raise NotFound(f"there is no list called {options.ready}")
        return read_list(shipped)
    body = await read_body(request, min(_MAX_LIST_MB, app_state.settings.upload_mb))
    if not options.name:
        return parse_pasted(body.decode("utf-8", "replace"))
    return await asyncio.to_thread(_read_list_file, body, options.name)


def _read_list_file(body: bytes, file_name: str) -> QuestionList:
    with tempfile.TemporaryDirectory(prefix="huwen-") as folder:
        path = Path(folder) / re.sub(r"[\x00-\x1f/\\]", "-", file_name)[-80:]  # the engine's sentences name the file
        path.write_bytes(body)
        return read_list(path)


def _choose_title(question_list: QuestionList, options: BriefingRequest) -> str:
    shipped = find_shipped_list(options.ready) if options.ready else None
    own = options.title.strip() or question_list.title or (shipped_list_title(shipped) if shipped else Path(options.name).stem.replace("_", " "))
    if own:
        return own[:200]
    is_chinese = BriefingPlan("", "", question_list.questions, options.answering).cover.language == "zh"
    return f"{TEXTS['brief untitled']['zh' if is_chinese else 'en']} {date.today().isoformat()}"


# --- what there is


def _add_read_routes(router: APIRouter, app_state: AppState, briefings: BriefingService) -> None:
    @router.get("")
    def list_briefings() -> str:
        return html.render_list(briefings.list_all(), read_only=app_state.settings.read_only)

    @router.get("/{id}")
    def show_briefing(id: str) -> str:
        view = briefings.take_snapshot(id)
        scope = view.briefing.plan.scope
        return html.render_briefing(view, len(scope.sources) + len(scope.tags), read_only=app_state.settings.read_only)

    @router.get("/{id}/state")
    def show_state(id: str, since: int = 0) -> Response:
        """What has changed since a version of the journal, and what is under way.

        Asked for again and again instead of streamed: a browser keeps few connections to one host, and open pages need theirs.
        """
        view = briefings.take_snapshot(id)
        shown = [row for row in view.rows if row.last_line > since or row.state == "under way" or since == 0]
        return JSONResponse({
            "version": view.version, "phase": view.job.phase, "done": view.counts.done, "all": view.counts.all,
            "progress": html.render_progress(view), "acts": html.render_actions(view), "left": html.incomplete_notice(view),
            "rows": {row.number: html.render_summary(row) for row in shown}, "fresh": [row.number for row in shown if row.last_line > since]})


# --- what is done with one


def _add_job_routes(router: APIRouter, briefings: BriefingService) -> None:
    @router.post("/{id}/begin", status_code=204, response_class=Response)
    def start_job(id: str, retry: Annotated[bool, Body(embed=True)] = False) -> None:
        briefings.start_job(id, retry=retry)

    @router.post("/{id}/stop", status_code=204, response_class=Response)
    def stop_job(id: str) -> None:
        briefings.stop_job(id)


def _add_row_routes(router: APIRouter, app_state: AppState, briefings: BriefingService) -> None:
    @router.get("/{id}/rows/{number}")
    def show_row(id: str, number: int) -> str:
        view = briefings.take_snapshot(id)
        return answer_html.render_answers(briefings.find_row(view, number), app_state.pipeline.library.sources(), is_editable=view.job.phase == "idle")

    @router.get("/{id}/rows/{number}/form")
    def show_form(id: str, number: int, language: Language) -> str:
        return answer_html.render_form(briefings.find_answer(briefings.find_row(briefings.take_snapshot(id), number), language))

    @router.put("/{id}/rows/{number}")
    def edit_answer(id: str, number: int, body: AnswerEdit) -> str:
        briefings.edit_answer(id, number, body.language, body.text)
        return show_row(id, number)

    @router.delete("/{id}/rows/{number}/edited")
    def restore_answer(id: str, number: int, language: Language) -> str:
        briefings.restore_answer(id, number, language)
        return show_row(id, number)

    @router.post("/{id}/rows/{number}/again", status_code=204, response_class=Response)
    def ask_again(id: str, number: int) -> None:
        briefings.start_job(id, only_row=number)
