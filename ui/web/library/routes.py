"""What the library's view asks the server for: documents to take in, lists to show, and changes to what is held."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from rag.library.library import Library
from rag.pipeline import validate_question
from ui.web.app_state import Desk
from ui.web.library import document_list, search_results
from ui.web.library.change_queue import Step, Tell, Turns
from ui.web.library.document_list import Filter, Order
from ui.web.uploads import received

_STREAM = "application/x-ndjson"
_TAGS, _TAG = 20, 40  # of one document; characters of a tag
_LOOKED = 20  # passages that the retrieval test shows; an answer draws on fewer
_PAGE = 50  # passages of a document that are shown at once


class Tags(BaseModel):
    """The tags of a document from now on, as they were typed."""

    tags: str = Field(max_length=4000)


def library_routes(desk: Desk) -> APIRouter:
    """Everything under /page/library."""
    router = APIRouter(prefix="/page/library", default_response_class=HTMLResponse)
    turns = Turns()
    _long_changes(router, desk, turns)
    _small_changes(router, desk, turns)
    _views(router, desk)
    return router


def _long_changes(router: APIRouter, desk: Desk, turns: Turns) -> None:
    """Taking a file in, and rebuilding: the answer is a stream of steps.

    A file is sent as the plain body of a request of its own, not through gradio's upload: so each has a progress of its own,
    first of the sending and then of the indexing, keeps its real name, and lies in no cache afterwards.
    """

    @router.post("/files")
    async def add(request: Request, name: str, tags: str = "") -> Response:
        if desk.settings.read_only:
            return _refused()
        try:
            path = await received(request.stream(), name, desk.settings.upload_mb)
        except ClientDisconnect:
            return PlainTextResponse("the browser went away", 400)
        return StreamingResponse(turns.begin(partial(_take_in, desk.pipeline.library, path, tags_of(tags))), media_type=_STREAM)

    @router.post("/rebuild")
    async def rebuild() -> Response:
        if desk.settings.read_only:
            return _refused()
        return StreamingResponse(turns.begin(partial(_rebuild, desk.pipeline.library)), media_type=_STREAM)


def _small_changes(router: APIRouter, desk: Desk, turns: Turns) -> None:
    """Tagging and removing."""

    def changed(change: Callable[[Library], object]) -> Response:
        if desk.settings.read_only:
            return _refused()
        library = desk.pipeline.library

        def held() -> None:
            with library.writing():
                change(library)

        turns.wait(held)
        return HTMLResponse("")

    @router.put("/sources/{id}/tags")
    def tag(id: str, told: Tags) -> Response:
        return changed(lambda library: library.tag(library.source(id).id, tags_of(told.tags)))

    @router.delete("/sources/{id}")
    def remove(id: str) -> Response:
        return changed(lambda library: library.remove(library.source(id).id))


def _refused() -> Response:
    return PlainTextResponse("this deployment is read-only: its library can be asked, not changed (HUWEN_READ_ONLY)", 403)


def _views(router: APIRouter, desk: Desk) -> None:
    """What is held and what is found in it; nothing changes."""

    @router.get("/sources")
    def sources(
        search: str = "", language: Literal["", "zh", "en"] = "", tag: str = "", order: Order = "title", page: int = 1,
    ) -> str:
        library, chosen = desk.pipeline.library, Filter(search, language, tag, order, page)
        shown = document_list.shown(library.held(), chosen)
        return document_list.listing(shown, library.lengths([source.id for source, _ in shown.held]), read_only=desk.settings.read_only)

    @router.get("/sources/{id}/passages")
    def passages(id: str, first: int = 0) -> str:
        library = desk.pipeline.library
        return document_list.passages(library.source(id), library.passages_of(id), max(0, first), _PAGE)

    @router.get("/look")
    def look(question: str) -> str:
        retriever, asked = desk.pipeline.retriever, validate_question(question)
        return search_results.found(asked, retriever.model_copy(update={"k": max(_LOOKED, retriever.k)}).explain_ranking(asked), retriever.k)

    @router.get("/health")
    def health() -> str:
        return document_list.health(desk.pipeline.library.check())


def tags_of(told: str) -> tuple[str, ...]:
    """Tags as they are typed, in either language's marks: `产业，2023、#政策` → 产业, 2023, 政策."""
    tags = (re.sub(r"[\s\x00-\x1f\x7f]+", " ", tag).strip(" #＃")[:_TAG] for tag in re.split(r"[,，、;；\n]", told))
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:_TAGS]


def _take_in(library: Library, path: Path, tags: tuple[str, ...], tell: Tell) -> Step:
    """Read and index a file that was received; under its name alone, so that the same name replaces what it named before."""
    try:
        tell(Step("reading"))
        with library.writing():
            added = library.add(path, lambda done, of: tell(Step("indexing", done, of)), place=f"upload:{path.name}", tags=tags)
        source = added.source
        return Step(added.outcome, of=source.passages, title=source.title, language=source.language)
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)


def _rebuild(library: Library, tell: Tell) -> Step:
    tell(Step("indexing"))
    return Step("rebuilt", of=library.rebuild(lambda done, of: tell(Step("indexing", done, of))))
