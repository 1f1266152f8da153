"""What the page's script asks the server for: lists and documents as HTML, files to keep, and changes to conversations."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from rag.schema import LANGUAGES, Language
from ui.documents.conversation import conversation_json, conversation_paper
from ui.documents.write import render_bytes
from ui.history.entries import Thumb
from ui.web.app_state import AppState
from ui.web.chat import document_reader, render, sidebar_lists
from ui.web.errors import NotFound

MEDIA_TYPES = {
    "md": "text/markdown; charset=utf-8", "json": "application/json", "html": "text/html; charset=utf-8", "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class NewTitle(BaseModel):
    """A conversation's new title."""

    title: str = Field(max_length=400)


class ReaderJudgement(BaseModel):
    """What a reader thinks of the answer of a turn, counted from 1."""

    turn: int = Field(ge=1)
    thumb: Thumb
    reason: str = Field("", max_length=4000)


def conversation_routes(app_state: AppState) -> APIRouter:
    """The conversations: listed, renamed, deleted, judged and exported."""
    router = APIRouter(prefix="/page/conversations", default_response_class=HTMLResponse)

    @router.get("")
    def list_conversations(search: str = "") -> str:
        return sidebar_lists.render_conversations(app_state.history.list_conversations(search), is_search=bool(search.strip()))

    @router.patch("/{id}", status_code=204, response_class=Response)
    def rename_conversation(id: str, body: NewTitle) -> None:
        app_state.history.rename(id, body.title)

    @router.delete("/{id}", status_code=204, response_class=Response)
    def delete_conversation(id: str) -> None:
        app_state.history.delete(id)

    @router.post("/{id}/judgements", status_code=204, response_class=Response)
    def save_judgement(id: str, judgement: ReaderJudgement) -> None:
        entries = app_state.history.get_conversation(id).entries
        if judgement.turn > len(entries):
            raise NotFound("there is no such answer in this conversation any more; open it again")
        app_state.history.save_judgement(entries[judgement.turn - 1].id, judgement.thumb, judgement.reason)

    @router.get("/{id}/export")
    def export_conversation(id: str, format: str = "md", language: Language = "zh") -> Response:
        kept = app_state.history.get_conversation(id)
        if format not in MEDIA_TYPES:
            raise NotFound(f"there is no export as {format[:20]}; there are {', '.join(MEDIA_TYPES)}")
        if format == "json":
            return file_response(json.dumps(conversation_json(kept), ensure_ascii=False, indent=1).encode(), kept.title, format)
        return file_response(render_bytes(conversation_paper(kept, language), f".{format}"), kept.title, format)

    return router


def document_routes(app_state: AppState) -> APIRouter:
    """What there is to read and to ask: documents, passages in the other language, the scope of a question, questions to begin with."""
    router = APIRouter(prefix="/page", default_response_class=HTMLResponse)

    @router.get("/starters")
    def show_starters() -> str:
        known = {language: app_state.pipeline.starter_questions(language) for language in LANGUAGES}
        some = next((questions for questions in known.values() if questions), ())
        return render.starters_html({language: questions or some for language, questions in known.items()})

    @router.get("/sources/{id}")
    def show_document(id: str, start: int = 0, end: int = 0, quote: Annotated[list[str] | None, Query(max_length=20)] = None) -> str:
        library = app_state.pipeline.library
        return document_reader.render_document(library.source_by_id(id), library.text(id), start, end, quote or [])

    @router.get("/sources/{id}/around")
    def show_context(id: str, start: int, end: int) -> str:
        app_state.pipeline.library.source_by_id(id)  # says so where it is gone
        return document_reader.render_context(app_state.pipeline.library.text(id), start, end)

    @router.get("/passages/{id}/counterpart")
    def show_counterpart(id: str) -> str:
        passages = app_state.pipeline.library.passages([id])
        if not passages:
            raise NotFound("this passage is not in the library any more")
        wanted: Language = "en" if passages[0].metadata["language"] == "zh" else "zh"
        others = app_state.pipeline.library.counterparts(passages[0], wanted)
        return sidebar_lists.render_counterparts([other.page_content for other in others], wanted)

    @router.get("/scope")
    def show_scope(search: str = "") -> str:
        return sidebar_lists.render_scope(app_state.pipeline.library.sources(), search)

    return router


def file_response(content: bytes, name: str, suffix: str) -> Response:
    """A file to keep, which no browser opens in place."""
    plain = "".join(letter if letter.isalnum() or letter in " -_" else "-" for letter in name).strip()[:60] or "huwen"
    return Response(content, media_type=MEDIA_TYPES[suffix], headers={
        "Content-Disposition": f"attachment; filename=\"huwen.{suffix}\"; filename*=UTF-8''{quote(f'{plain}.{suffix}')}"})
