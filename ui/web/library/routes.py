"""Routes of the library view: uploads, lists of documents and passages, the retrieval test, changes, upkeep."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from rag.comparison.document_diff import compare_documents
from rag.library.library import Library
from rag.pipeline import validate_question
from rag.sources.page_progress import PageProgress, page_listener
from ui.web.app_state import AppState
from ui.web.library import document_list, passage_list, search_results, version_dialog
from ui.web.library.change_queue import ChangeQueue, Progress, ProgressListener
from ui.web.library.document_list import SortOrder, SourceFilter
from ui.web.library.following_routes import add_following_routes
from ui.web.library.tag_line import parse_tags
from ui.web.uploads import save_upload

_NDJSON = "application/x-ndjson"
_RETRIEVAL_TEST_SIZE = 20  # passages in a retrieval test; an answer uses fewer
_PASSAGES_PER_PAGE = 50  # of one document, shown at once


class NewTags(BaseModel):
    """The new tags of a document, as they were typed."""

    tags: str = Field(max_length=4000)


def library_routes(app_state: AppState) -> APIRouter:
    """Everything under /page/library."""
    router = APIRouter(prefix="/page/library", default_response_class=HTMLResponse)
    queue = ChangeQueue()
    _add_stream_routes(router, app_state, queue)
    _add_edit_routes(router, app_state, queue)
    _add_read_routes(router, app_state)
    add_following_routes(router, app_state, queue)
    return router


def _add_stream_routes(router: APIRouter, app_state: AppState, queue: ChangeQueue) -> None:
    """Routes that add a file or rebuild the indexes; the response is a stream of progress.

    Each file is the plain body of its own request, not an upload of gradio: so each shows its own progress, of sending
    and then of indexing, keeps its real name, and leaves no copy in a cache.
    """

    @router.post("/files")
    async def upload_file(request: Request, name: str, tags: str = "") -> Response:
        if app_state.settings.read_only:
            return _read_only_response()
        try:
            path = await save_upload(request.stream(), name, app_state.settings.upload_mb)
        except ClientDisconnect:
            return PlainTextResponse("the browser went away", 400)
        change = partial(_ingest_file, app_state.pipeline.library, path, parse_tags(tags))
        return StreamingResponse(queue.stream_change(_then_make_vectors(change, app_state)), media_type=_NDJSON)

    @router.post("/rebuild")
    async def start_rebuild() -> Response:
        if app_state.settings.read_only:
            return _read_only_response()
        change = partial(_rebuild_indexes, app_state.pipeline.library)
        return StreamingResponse(queue.stream_change(_then_make_vectors(change, app_state)), media_type=_NDJSON)


def _add_edit_routes(router: APIRouter, app_state: AppState, queue: ChangeQueue) -> None:
    """Routes that change the tags of a source or remove it."""

    def apply_change(change: Callable[[Library], object]) -> Response:
        if app_state.settings.read_only:
            return _read_only_response()
        library = app_state.pipeline.library

        def run_locked() -> None:
            with library.write_lock():
                change(library)

        queue.run_change(run_locked)
        return HTMLResponse("")

    @router.put("/sources/{id}/tags")
    def set_tags(id: str, body: NewTags) -> Response:
        tags = parse_tags(body.tags)
        return apply_change(lambda library: library.set_tags(library.source_by_id(id).id, tags))

    @router.delete("/sources/{id}")
    def remove_source(id: str) -> Response:
        return apply_change(lambda library: library.remove(library.source_by_id(id).id))


def _read_only_response() -> Response:
    return PlainTextResponse(
        "this deployment is read-only: its library can be asked, not changed (HUWEN_READ_ONLY)", 403)


def _add_read_routes(router: APIRouter, app_state: AppState) -> None:
    """Routes that list, search and check; they change nothing."""

    @router.get("/sources")
    def list_sources(
        search: str = "", language: Literal["", "zh", "en"] = "", tag: str = "", order: SortOrder = "title",
        page: int = 1,
    ) -> str:
        library, criteria = app_state.pipeline.library, SourceFilter(search, language, tag, order, page)
        list_page = document_list.select_page(library.dated_sources(), criteria)
        lengths = library.text_lengths([source.id for source, _ in list_page.dated_sources])
        ids = [source.id for source, _ in list_page.dated_sources]
        return document_list.render_list(
            list_page, lengths, library.version_families(ids), library.near_copies(ids),
            read_only=app_state.settings.read_only)

    @router.get("/sources/{id}/versions")
    def list_versions(id: str) -> str:
        library = app_state.pipeline.library
        copies = [library.source_by_id(other) for other in library.near_copies([id]).get(id, ())]
        return version_dialog.render_versions(
            library.source_by_id(id), library.version_families([id]).get(id), copies)

    @router.get("/difference")
    def compare_versions(older: str, newer: str) -> str:
        library = app_state.pipeline.library
        old, new = (library.source_by_id(id) for id in (older, newer))
        return version_dialog.render_diff(
            compare_documents(library.clauses(old.id), library.clauses(new.id)), new.language)

    @router.get("/vectors")
    def show_vectors() -> str:
        state = app_state.pipeline.library.vector_state()
        return document_list.render_vectors(state, read_only=app_state.settings.read_only)

    @router.get("/sources/{id}/passages")
    def list_passages(id: str, first: int = 0) -> str:
        library = app_state.pipeline.library
        source, passages = library.source_by_id(id), library.passages_of(id)
        return passage_list.render_passages(source, passages, max(0, first), _PASSAGES_PER_PAGE)

    @router.get("/look")
    def run_retrieval_test(question: str) -> str:
        retriever, question = app_state.pipeline.retriever, validate_question(question)
        deep_retriever = replace(retriever, k=max(_RETRIEVAL_TEST_SIZE, retriever.k))
        return search_results.render_results(question, deep_retriever.explain_ranking(question), retriever.k)

    @router.get("/health")
    def check_indexes() -> str:
        return document_list.render_health(app_state.pipeline.library.check_indexes())


def _ingest_file(library: Library, path: Path, tags: tuple[str, ...], report: ProgressListener) -> Progress:
    """Read and index an uploaded file.

    Its location in the library is only its name, so that a new file replaces an earlier one of the same name.
    """

    def report_indexing(done: int, of: int) -> None:
        report(Progress("indexing", done, of))

    def report_page(page: PageProgress) -> None:
        report(Progress("recognising", page.page, page.pages))

    try:
        report(Progress("reading"))
        with library.write_lock(), page_listener(report_page):
            added = library.add(path, report_indexing, location=f"upload:{path.name}", tags=tags)
        source = added.source
        return Progress(added.outcome, of=source.passages, title=source.title, language=source.language)
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)


def _then_make_vectors(
    change: Callable[[ProgressListener], Progress], app_state: AppState,
) -> Callable[[ProgressListener], Progress]:
    """The change, after which the vectors that it left are made in the background."""

    def run(report: ProgressListener) -> Progress:
        result = change(report)
        app_state.wake_vectors()
        return result

    return run


def _rebuild_indexes(library: Library, report: ProgressListener) -> Progress:
    report(Progress("indexing"))
    return Progress("rebuilt", of=library.rebuild(lambda done, of: report(Progress("indexing", done, of))))
