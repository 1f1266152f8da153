"""Routes of the chat view: conversations, documents and the scope of a question as HTML; exported files; judgements."""

from __future__ import annotations

import json

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from rag.library.library import Library
from rag.schema import LANGUAGES, Language
from ui.documents.conversation import conversation_json, conversation_paper
from ui.documents.write import render_bytes
from ui.history.entries import Thumb
from ui.web.app_state import AppState
from ui.web.chat import render, sidebar_lists
from ui.web.chat.page_routes import add_reader_routes
from ui.web.downloads import MEDIA_TYPES, file_response
from ui.web.errors import NotFound


class NewTitle(BaseModel):
    """A conversation's new title."""

    title: str = Field(max_length=400)


class ReaderJudgement(BaseModel):
    """A reader's judgement of the answer of a turn; turns are counted from 1."""

    turn: int = Field(ge=1)
    thumb: Thumb
    reason: str = Field("", max_length=4000)


def conversation_routes(app_state: AppState) -> APIRouter:
    """Routes that list, rename, delete, judge and export conversations."""
    router = APIRouter(prefix="/page/conversations", default_response_class=HTMLResponse)

    @router.get("")
    def list_conversations(search: str = "") -> str:
        summaries = app_state.history.list_conversations(search)
        return sidebar_lists.render_conversations(summaries, is_search=bool(search.strip()))

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

    _add_export_route(router, app_state)
    return router


def _add_export_route(router: APIRouter, app_state: AppState) -> None:
    @router.get("/{id}/export")
    def export_conversation(id: str, format: str = "md", language: Language = "zh") -> Response:
        conversation = app_state.history.get_conversation(id)
        if format not in MEDIA_TYPES:
            raise NotFound(f"there is no export as {format[:20]}; there are {', '.join(MEDIA_TYPES)}")
        if format == "json":
            content = json.dumps(conversation_json(conversation), ensure_ascii=False, indent=1).encode()
        else:
            content = render_bytes(conversation_paper(conversation, language), f".{format}")
        return file_response(content, conversation.title, format)


def document_routes(app_state: AppState) -> APIRouter:
    """Routes for starter questions, documents, passages in the other language, and the scope of a question."""
    router = APIRouter(prefix="/page", default_response_class=HTMLResponse)

    @router.get("/starters")
    def show_starters() -> str:
        starters = {language: app_state.pipeline.starter_questions(language) for language in LANGUAGES}
        default = next((questions for questions in starters.values() if questions), ())
        return render.starters_html({language: questions or default for language, questions in starters.items()})

    add_reader_routes(router, app_state)

    @router.get("/passages/{id}/counterpart")
    def show_counterpart(id: str) -> str:
        return _counterpart_html(app_state.pipeline.library, id)

    @router.get("/scope")
    def show_scope(search: str = "") -> str:
        return sidebar_lists.render_scope(app_state.pipeline.library.sources(), search)

    return router


def _counterpart_html(library: Library, passage_id: str) -> str:
    """The same passage in the edition of the other language.

    Raises:
        NotFound: there is no such passage.
    """
    passages = library.passages([passage_id])
    if not passages:
        raise NotFound("this passage is not in the library any more")
    language: Language = "en" if passages[0].metadata["language"] == "zh" else "zh"
    counterparts = library.counterparts(passages[0], language)
    return sidebar_lists.render_counterparts([document.page_content for document in counterparts], language)


