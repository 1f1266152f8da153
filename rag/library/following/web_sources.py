"""Web sources: documents that are fetched from addresses, and asked for again only if they have changed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rag.endpoints.address_guard import AddressGuard, parse_allowed_hosts
from rag.endpoints.web_client import WebClient, WebReply
from rag.endpoints.web_errors import WebError, WebProblem
from rag.endpoints.web_url import parse_web_url, show_url
from rag.library.following.follow_errors import error_sentences
from rag.library.following.follow_records import WebAddress
from rag.library.following.web_files import (
    describe_type,
    file_name,
    has_scripts,
    is_placeholder,
    normalise_text,
    page_instead,
)
from rag.library.lock import LibraryLocked
from rag.library.reader_version import READER_VERSION
from rag.schema import HuwenError
from rag.sources.errors import UnreadableFile
from rag.sources.loaders import load

if TYPE_CHECKING:
    from rag.library.ingest import AddResult
    from rag.library.library import Library
    from rag.settings import Settings

_PAGE_SUFFIXES = (".html", ".htm", ".xhtml")


def open_web_client(settings: Settings) -> WebClient:
    """The client that the settings describe; its knowledge of sites lasts as long as it does."""
    guard = AddressGuard(parse_allowed_hosts(settings.allow_private_addresses))
    return WebClient(guard, max_mb=settings.upload_mb)


@dataclass(frozen=True)
class FetchedDocument:
    """What was fetched from an address, and what was known of it before."""

    known: WebAddress
    reply: WebReply


def add_address(library: Library, client: WebClient, text: str, tags: Sequence[str] = ()) -> AddResult:
    """Add the document at an address, or bring it up to date; the lock is held only while it is indexed.

    Raises:
        WebError: it cannot be had, or is no document that can be read; an earlier version stays.
        UnreadableFile: it is damaged, locked or too large.
        LibraryLocked: another process is writing.
    """
    return store_document(library, fetch_document(library, client, text), tags)


def fetch_document(library: Library, client: WebClient, text: str) -> FetchedDocument:
    """Fetch the document at an address, or the answer that it has not changed; without the lock.

    Raises:
        WebError: it cannot be had.
    """
    url = parse_web_url(text)
    known = library.follow_records.find_address(url.text) or WebAddress(url.text, "")
    library.require_writable()
    is_current = _is_current(library, known.source_id)
    with _recorded_problem(library, known):
        reply = client.fetch(
            url, etag=known.etag if is_current else "", modified=known.modified if is_current else "")
    return FetchedDocument(known, reply)


def store_document(library: Library, fetched: FetchedDocument, tags: Sequence[str] = ()) -> AddResult:
    """Add a fetched document to the library, in place of its earlier version.

    Raises:
        WebError, UnreadableFile, LibraryLocked: as `add_address`.
    """
    known, reply = fetched.known, fetched.reply
    with _recorded_problem(library, known):
        result = _add_reply(library, known, reply, tags)
    headers = {"etag": known.etag, "last-modified": known.modified} if reply.is_unchanged else reply.headers
    library.follow_records.save_address(WebAddress(
        known.url, result.source.id, headers.get("etag", "")[:1000], headers.get("last-modified", "")[:100], _now()))
    return result


@contextmanager
def _recorded_problem(library: Library, known: WebAddress) -> Iterator[None]:
    """Record with an address of the library why it could not be brought up to date."""
    try:
        yield
    except (WebError, UnreadableFile) as error:
        if known.source_id:
            library.follow_records.save_address(replace(known, problem=error_sentences(error), checked=_now()))
        raise


def refresh_addresses(library: Library, client: WebClient) -> Iterator[tuple[str, AddResult | HuwenError]]:
    """Bring all documents that came from addresses up to date; yields each address with its result.

    An address whose document was removed is forgotten.

    Raises:
        LibraryLocked: another process is writing.
    """
    for url in known_addresses(library):
        try:
            yield url, add_address(library, client, url)
        except LibraryLocked:
            raise
        except HuwenError as error:
            yield url, error


def known_addresses(library: Library) -> list[str]:
    """The addresses whose documents are in the library; others are forgotten."""
    urls = []
    for known in library.follow_records.addresses():
        if library.read_location(known.source_id):
            urls.append(known.url)
        else:
            library.follow_records.remove_address(known.url)
    return urls


def _is_current(library: Library, source_id: str) -> bool:
    """True if a source is in the library, read by the present reader: else it must be fetched whole."""
    return bool(library.read_location(source_id)) and library.source_by_id(source_id).reader == READER_VERSION


def _add_reply(library: Library, known: WebAddress, reply: WebReply, tags: Sequence[str]) -> AddResult:
    from rag.library.ingest import AddResult, InputFile  # file readers, which only a change needs

    if reply.is_unchanged:
        with library.write_lock():
            source = library.source_by_id(known.source_id)
            if not {*tags} <= {*source.tags}:
                source = library.set_tags(source.id, (*source.tags, *tags))
        return AddResult(source, "unchanged")
    folder = Path(tempfile.mkdtemp(prefix="huwen-web-"))
    try:
        path = _save_document(folder, known.url, reply)
        url = reply.url.text if reply.is_permanent else known.url
        file = InputFile(path, known.url, tuple(tags), url=url, accessed=date.today().isoformat())
        with library.write_lock():
            [(_, result)] = library.add_files([file])
        if isinstance(result, UnreadableFile):
            raise _content_error(known.url, reply, result)
        return result
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _save_document(folder: Path, url: str, reply: WebReply) -> Path:
    """The document as a file whose suffix is that of its type.

    Raises:
        WebError: its type cannot be read, or it is a page that only scripts fill.
    """
    path = folder / file_name(reply, folder)
    if not path.suffix:
        raise WebError("type", show_url(url), name=describe_type(reply))
    path.write_bytes(normalise_text(reply, path.suffix))
    if path.suffix not in _PAGE_SUFFIXES:
        return path
    if expected := page_instead(reply):
        raise WebError("page instead", show_url(url), name=expected)
    try:
        content = load(path)
    except UnreadableFile as error:
        raise _content_error(url, reply, error) from None
    if is_placeholder(content, reply.body):
        raise WebError("only scripts", show_url(url))
    return path


def _content_error(url: str, reply: WebReply, error: UnreadableFile) -> HuwenError:
    """The error of a reader, as one of an address: it has no suffix that could be corrected."""
    problem: WebProblem | None = {
        "no text": "only scripts" if has_scripts(reply.body) else "no text", "empty": "no text",
        "wrong type": "type", "no document": "type", "missing suffix": "type", "unknown type": "type",
    }.get(error.problem)
    if problem is None:
        return error.with_name(show_url(url))
    return WebError(problem, show_url(url), name=describe_type(reply))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

