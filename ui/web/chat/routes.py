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
from ui.web.app_state import Desk
from ui.web.chat import document_reader, render, sidebar_lists
from ui.web.errors import NotThere

FORMATS = {
    "md": "text/markdown; charset=utf-8", "json": "application/json", "html": "text/html; charset=utf-8", "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class Title(BaseModel):
    """A conversation's new title."""

    title: str = Field(max_length=400)


class Judgement(BaseModel):
    """What a reader thinks of the answer of a turn, counted from 1."""

    turn: int = Field(ge=1)
    thumb: Thumb
    reason: str = Field("", max_length=4000)


def conversation_routes(desk: Desk) -> APIRouter:
    """The conversations: listed, renamed, deleted, judged and exported."""
    router = APIRouter(prefix="/page/conversations", default_response_class=HTMLResponse)

    @router.get("")
    def listed(search: str = "") -> str:
        return sidebar_lists.conversations(desk.history.list_conversations(search), searched=bool(search.strip()))

    @router.patch("/{id}", status_code=204, response_class=Response)
    def rename(id: str, told: Title) -> None:
        desk.history.rename(id, told.title)

    @router.delete("/{id}", status_code=204, response_class=Response)
    def delete(id: str) -> None:
        desk.history.delete(id)

    @router.post("/{id}/judgements", status_code=204, response_class=Response)
    def judge(id: str, told: Judgement) -> None:
        entries = desk.history.get_conversation(id).entries
        if told.turn > len(entries):
            raise NotThere("there is no such answer in this conversation any more; open it again")
        desk.history.save_judgement(entries[told.turn - 1].id, told.thumb, told.reason)

    @router.get("/{id}/export")
    def export(id: str, format: str = "md", language: Language = "zh") -> Response:
        kept = desk.history.get_conversation(id)
        if format not in FORMATS:
            raise NotThere(f"there is no export as {format[:20]}; there are {', '.join(FORMATS)}")
        if format == "json":
            return file(json.dumps(conversation_json(kept), ensure_ascii=False, indent=1).encode(), kept.title, format)
        return file(render_bytes(conversation_paper(kept, language), f".{format}"), kept.title, format)

    return router


def reading_routes(desk: Desk) -> APIRouter:
    """What there is to read and to ask: documents, passages in the other language, the scope of a question, questions to begin with."""
    router = APIRouter(prefix="/page", default_response_class=HTMLResponse)

    @router.get("/starters")
    def starters() -> str:
        known = {language: desk.pipeline.starter_questions(language) for language in LANGUAGES}
        some = next((questions for questions in known.values() if questions), ())
        return render.starters({language: questions or some for language, questions in known.items()})

    @router.get("/sources/{id}")
    def document(id: str, start: int = 0, end: int = 0, quote: Annotated[list[str] | None, Query(max_length=20)] = None) -> str:
        library = desk.pipeline.library
        return document_reader.document(library.source(id), library.text(id), start, end, quote or [])

    @router.get("/sources/{id}/around")
    def around(id: str, start: int, end: int) -> str:
        desk.pipeline.library.source(id)  # says so where it is gone
        return document_reader.around(desk.pipeline.library.text(id), start, end)

    @router.get("/passages/{id}/counterpart")
    def counterpart(id: str) -> str:
        passages = desk.pipeline.library.passages([id])
        if not passages:
            raise NotThere("this passage is not in the library any more")
        wanted: Language = "en" if passages[0].metadata["language"] == "zh" else "zh"
        others = desk.pipeline.library.counterparts(passages[0], wanted)
        return sidebar_lists.counterparts([other.page_content for other in others], wanted)

    @router.get("/scope")
    def scope(search: str = "") -> str:
        return sidebar_lists.scope(desk.pipeline.library.sources(), search)

    return router


def file(content: bytes, name: str, suffix: str) -> Response:
    """A file to keep, which no browser opens in place."""
    plain = "".join(letter if letter.isalnum() or letter in " -_" else "-" for letter in name).strip()[:60] or "huwen"
    return Response(content, media_type=FORMATS[suffix], headers={
        "Content-Disposition": f"attachment; filename=\"huwen.{suffix}\"; filename*=UTF-8''{quote(f'{plain}.{suffix}')}"})
