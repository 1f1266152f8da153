"""Routes of following: watched folders, web addresses, and what changed since a day."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from pydantic import BaseModel, Field

from rag.endpoints.urls import is_local_url
from rag.library.following.change_log import parse_since
from rag.library.following.follow_errors import FollowError
from rag.library.following.follow_records import WatchedFolder
from rag.library.following.watch_worker import FolderActivity
from rag.library.following.watching import add_watch, remove_watch
from rag.library.following.web_sources import fetch_document, known_addresses, open_web_client, store_document
from rag.schema import HuwenError
from rag.settings import Settings
from ui.web.app_state import AppState
from ui.web.library import following_view
from ui.web.library.change_queue import ChangeQueue, Progress, ProgressListener
from ui.web.library.tag_line import parse_tags

_NDJSON = "application/x-ndjson"
_MAX_FAULTY = 20  # files of a folder that are named
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FolderPath(BaseModel):
    """A folder of the machine that runs Huwen, as it was typed."""

    folder: str = Field(max_length=4000)


def add_following_routes(router: APIRouter, app_state: AppState, queue: ChangeQueue) -> None:
    """Add the routes; documents are indexed in `queue`, and fetched in a queue of their own."""
    _add_watch_routes(router, app_state)
    _add_address_routes(router, app_state, queue)

    @router.get("/changes")
    def list_changes(since: str) -> str:
        start = parse_since(since, datetime.now().astimezone())
        library = app_state.pipeline.library
        changes = library.changes(start, following_view.MAX_CHANGES + 1)
        return following_view.render_changes(
            changes, library.version_families({change.source_id for change in changes}))


def _add_watch_routes(router: APIRouter, app_state: AppState) -> None:
    @router.get("/watches")
    def list_watches() -> str:
        library = app_state.pipeline.library
        items = [_render_watch(app_state, watch) for watch in library.follow_records.folders()]
        last = library.changes(_EPOCH, 1)
        return following_view.render_watches(items, f"{last[0].time} {last[0].source_id}" if last else "")

    @router.post("/watches")
    def watch_folder(body: FolderPath) -> Response:
        if app_state.settings.read_only:
            return _read_only_response()
        require_allowed(app_state.settings, body.folder)
        add_watch(app_state.pipeline.library, Path(body.folder.strip()))
        app_state.start_watching()
        return HTMLResponse("")

    @router.delete("/watches")
    def unwatch_folder(folder: str) -> Response:
        if app_state.settings.read_only:
            return _read_only_response()
        remove_watch(app_state.pipeline.library, folder)
        return HTMLResponse("")


def _render_watch(app_state: AppState, watch: WatchedFolder) -> str:
    library, watcher = app_state.pipeline.library, app_state.watcher
    records = library.follow_records
    activity = watcher.activity(watch.folder) if watcher else FolderActivity()
    events = watcher.events(watch.folder) if watcher else []
    return following_view.render_watch(
        watch, activity, events, records.count_files(watch.folder), records.faulty_files(watch.folder, _MAX_FAULTY),
        library.version_families({event.source_id for event in events if event.source_id}),
        read_only=app_state.settings.read_only)


def is_limited(settings: Settings) -> bool:
    """True if the page may not watch every folder: others can reach it, or the operator has named folders."""
    has_password = bool(settings.password.get_secret_value())  # set for others, perhaps behind a reverse proxy
    return bool(settings.watch_folders) or has_password or not is_local_url(f"http://{settings.host}")


def require_allowed(settings: Settings, folder: str) -> None:
    """Refuse to watch a folder of the server that the page may not watch; before it is looked at.

    Raises:
        FollowError: "not allowed".
    """
    if not is_limited(settings):
        return
    try:
        resolved = Path(folder.strip()).expanduser().resolve()
        roots = [Path(root).expanduser().resolve() for root in settings.watch_folders.split(os.pathsep) if root.strip()]
    except (OSError, ValueError, RuntimeError):
        raise FollowError("not allowed", folder) from None
    if not any(resolved.is_relative_to(root) for root in roots):
        raise FollowError("not allowed", folder)


def _add_address_routes(router: APIRouter, app_state: AppState, queue: ChangeQueue) -> None:
    fetches = ChangeQueue()  # fetching may take two minutes, in which other changes go on

    @router.get("/addresses")
    def list_addresses() -> str:
        return following_view.render_addresses(app_state.pipeline.library.follow_records.addresses())

    @router.post("/addresses")
    async def add_address(url: str, tags: str = "") -> Response:
        if app_state.settings.read_only:
            return _read_only_response()
        return _stream(fetches.stream_change(partial(_add_address, app_state, queue, url, tags)))

    @router.post("/addresses/refresh")
    async def refresh_addresses() -> Response:
        if app_state.settings.read_only:
            return _read_only_response()
        return _stream(fetches.stream_change(partial(_refresh_addresses, app_state, queue)))


def _stream(lines: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(lines, media_type=_NDJSON)


def _add_address(app_state: AppState, queue: ChangeQueue, url: str, tags: str, report: ProgressListener) -> Progress:
    report(Progress("fetching"))
    library = app_state.pipeline.library
    fetched = fetch_document(library, open_web_client(app_state.settings), url)
    report(Progress("reading"))
    added = queue.finish_change(lambda: store_document(library, fetched, parse_tags(tags)))
    app_state.wake_vectors()
    source = library.source_by_id(added.source.id)
    return Progress(added.outcome, of=added.source.passages, title=source.title, language=source.language)


def _refresh_addresses(app_state: AppState, queue: ChangeQueue, report: ProgressListener) -> Progress:
    library, client = app_state.pipeline.library, open_web_client(app_state.settings)
    urls, changed, failed = known_addresses(library), 0, 0
    for done, url in enumerate(urls):
        report(Progress("refreshing", done, len(urls)))
        try:
            fetched = fetch_document(library, client, url)
            outcome = queue.finish_change(partial(store_document, library, fetched)).outcome
            changed += outcome != "unchanged"
        except HuwenError:  # its sentence is recorded with the address
            failed += 1
    app_state.wake_vectors()
    return Progress("refreshed", len(urls), len(urls), failed=failed, changed=changed)


def _read_only_response() -> Response:
    return PlainTextResponse(
        "this deployment is read-only: its library can be asked, not changed (HUWEN_READ_ONLY)", 403)

