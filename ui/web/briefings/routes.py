"""Routes of the briefing view: question lists, briefings with their progress, jobs, rows and edited answers."""

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
from ui.web.texts.lookup import TEXTS

_MAX_LIST_MB = 20  # a list of ten thousand questions is smaller
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BriefingRequest(BaseModel):
    """The options of a new briefing; its list of questions is sent separately."""

    name: str = Field(default="", max_length=400)  # of the file; empty: the body is pasted text
    ready: str = Field(default="", max_length=100)  # the name of a shipped list, in place of a body
    title: str = Field(default="", max_length=200)
    answering: LanguageChoice = ""
    style: ReferenceStyle = "gbt7714"
    source: list[str] = Field(default=[], max_length=500)
    tag: list[str] = Field(default=[], max_length=100)


class AnswerEdit(BaseModel):
    """The text that a person writes in place of an answer."""

    language: Language
    text: str = Field(min_length=1, max_length=100_000)


def briefing_routes(app_state: AppState) -> APIRouter:
    """Everything under /page/briefings. On a read-only page briefings can be asked and edited, but not deleted."""
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


# --- question lists, and the start of a briefing


def _add_start_routes(router: APIRouter, app_state: AppState, briefings: BriefingService) -> None:
    @router.get("/blank.{suffix}")
    def blank_list(suffix: Literal["csv", "xlsx"]) -> Response:
        media_type = _XLSX if suffix == "xlsx" else "text/csv; charset=utf-8"
        headers = {"Content-Disposition": f'attachment; filename="questions.{suffix}"'}
        return Response(build_template(f".{suffix}"), media_type=media_type, headers=headers)

    @router.post("/look")
    async def preview_list(request: Request, name: str = "") -> Response:
        """Title and size of a list, before it is asked."""
        question_list = await _read_question_list(request, BriefingRequest(name=name), app_state)
        questions = question_list.questions
        sections = {question.section for question in questions if question.section}
        return JSONResponse({"title": question_list.title, "questions": len(questions), "sections": len(sections)})

    @router.post("")
    async def start_briefing(request: Request, options: Annotated[BriefingRequest, Query()]) -> Response:
        question_list = await _read_question_list(request, options, app_state)
        scope = Scope(tuple(options.source), tuple(options.tag))
        app_state.pipeline.library.resolve_scope(scope)  # raises UnknownSource where the scope is empty
        plan = BriefingPlan(
            _choose_title(question_list, options), datetime.now(UTC).isoformat(timespec="seconds"),
            question_list.questions, options.answering, options.style, scope)
        stored = await asyncio.to_thread(briefings.store.save, plan)
        briefings.start_job(stored.id)
        return JSONResponse({"id": stored.id})


async def _read_question_list(request: Request, options: BriefingRequest, app_state: AppState) -> QuestionList:
    """The question list of a request: a shipped one, the text in its body, or the file in its body.

    Raises:
        NotFound: there is no shipped list of the name.
        BadUpload: the body is too large.
        BadQuestions: the list cannot be read, or has no questions.
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
        # the file keeps its name, because error messages show it
        path = Path(folder) / re.sub(r"[\x00-\x1f/\\]", "-", file_name)[-80:]
        path.write_bytes(body)
        return read_list(path)


def _choose_title(question_list: QuestionList, options: BriefingRequest) -> str:
    """The title that was typed, else that of the list, else one from the file's name, else one with the date."""
    shipped = find_shipped_list(options.ready) if options.ready else None
    title = options.title.strip() or question_list.title
    if not title:
        title = shipped_list_title(shipped) if shipped else Path(options.name).stem.replace("_", " ")
    if title:
        return title[:200]
    is_chinese = BriefingPlan("", "", question_list.questions, options.answering).cover.language == "zh"
    return f"{TEXTS['brief untitled']['zh' if is_chinese else 'en']} {date.today().isoformat()}"


# --- reading


def _add_read_routes(router: APIRouter, app_state: AppState, briefings: BriefingService) -> None:
    @router.get("")
    def list_briefings() -> str:
        return html.render_list(briefings.list_all(), read_only=app_state.settings.read_only)

    @router.get("/{id}")
    def show_briefing(id: str) -> str:
        snapshot = briefings.take_snapshot(id)
        scope = snapshot.briefing.plan.scope
        scope_size = len(scope.sources) + len(scope.tags)
        return html.render_briefing(snapshot, scope_size, read_only=app_state.settings.read_only)

    @router.get("/{id}/state")
    def show_state(id: str, since: int = 0) -> Response:
        """Rows that have changed since a version of the journal or are being asked, and the progress of the job.

        Polled, not streamed: a browser opens few connections to one host, and other open pages need them.
        """
        snapshot = briefings.take_snapshot(id)
        rows = [row for row in snapshot.rows if row.last_line > since or row.state == "under way" or since == 0]
        counts = snapshot.counts
        return JSONResponse({
            "version": snapshot.version, "phase": snapshot.job.phase, "done": counts.done, "all": counts.all,
            "progress": html.render_progress(snapshot), "acts": html.render_actions(snapshot),
            "left": html.incomplete_notice(snapshot),
            "rows": {row.number: html.render_summary(row) for row in rows},
            "fresh": [row.number for row in rows if row.last_line > since]})


# --- jobs and changes


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
        snapshot = briefings.take_snapshot(id)
        row, sources = briefings.find_row(snapshot, number), app_state.pipeline.library.sources()
        return answer_html.render_answers(row, sources, is_editable=snapshot.job.phase == "idle")

    @router.get("/{id}/rows/{number}/form")
    def show_form(id: str, number: int, language: Language) -> str:
        row = briefings.find_row(briefings.take_snapshot(id), number)
        return answer_html.render_form(briefings.find_answer(row, language))

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
