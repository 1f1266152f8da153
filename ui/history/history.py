"""Conversation history: stores, searches, renames, judges and deletes conversations in a database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, Select, delete, func, or_, select, update
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from rag.schema import HuwenError, Source
from rag.text.prompts import prompts_version
from ui.history.database import (
    ConversationRow,
    EntryRow,
    UnusableDatabase,
    database_location,
    open_engine,
    parse_database_url,
    translate_errors,
)
from ui.history.entries import (
    Conversation,
    ConversationEntry,
    ConversationSummary,
    Thumb,
    dump_exchange,
    dump_sources,
    load_exchange,
    load_sources,
    make_title,
    passage_sources,
    searchable_text,
    storable_text,
)
from ui.history.exchange import Exchange

_FILE_NAME = "history.sqlite"
_LONGEST_SEARCH = 200  # characters; longer text was pasted by mistake, and SQLite rejects very long patterns
_LONGEST_TITLE = 200  # characters


class UnknownConversation(HuwenError):
    """There is no such conversation, or no such entry."""


def open_history(url: str, home: Path) -> History:
    """The history at a URL; with an empty one, in a file in the home folder.

    Raises:
        BadDatabaseUrl: as `parse_database_url`.
        UnusableDatabase, NewerDatabase: as `open_engine`.
    """
    return History(parse_database_url(url) if url.strip() else URL.create("sqlite", database=str(home / _FILE_NAME)))


class History:
    """All conversations. Threads may share one History, and processes one database.

    Each method commits before it returns. Every method raises UnusableDatabase where the database fails.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        self._engine: Engine = open_engine(url)

    # --- reading

    def list_conversations(self, search: str = "", limit: int = 200) -> list[ConversationSummary]:
        """The conversations with every word of `search` in a title, question or answer, the latest first."""
        table = ConversationRow
        entry_count = select(func.count()).where(EntryRow.conversation_id == table.id).scalar_subquery()
        query = select(table.id, table.title, table.created, table.updated, entry_count)
        for word in searchable_text(search[:_LONGEST_SEARCH]).split():
            in_entries = select(EntryRow.conversation_id).where(EntryRow.words.contains(word, autoescape=True))
            query = query.where(or_(table.words.contains(word, autoescape=True), table.id.in_(in_entries)))
        latest = query.order_by(table.updated.desc(), table.id).limit(limit)
        with self._read_session() as session:
            return [ConversationSummary(*row) for row in session.execute(latest)]

    def get_conversation(self, id: str) -> Conversation:
        """A conversation with all its entries.

        Raises:
            UnknownConversation: there is none with this id.
        """
        with self._read_session() as session:
            return self._build_conversation(session, _find_row(session, id))

    def judged_conversations(self) -> list[Conversation]:
        """The conversations with a judged answer, oldest first."""
        judged = select(EntryRow.conversation_id).where(EntryRow.thumb != "")
        query = select(ConversationRow).where(ConversationRow.id.in_(judged))
        with self._read_session() as session:
            rows = session.scalars(query.order_by(ConversationRow.created, ConversationRow.id))
            return [self._build_conversation(session, row) for row in rows.all()]

    def _build_conversation(self, session: Session, row: ConversationRow) -> Conversation:
        entries = tuple(self._build_entry(entry) for entry in session.scalars(_entries_query(row.id)))
        return Conversation(row.id, row.title, row.created, row.updated, entries)

    def _build_entry(self, row: EntryRow) -> ConversationEntry:
        try:
            exchange, sources = load_exchange(row.exchange), load_sources(row.sources)
        except ValueError:
            raise UnusableDatabase(
                f"{database_location(self._url)}: entry {row.id} of the conversation {row.conversation_id} is damaged; "
                "put a copy of the database back, or delete this conversation") from None
        return ConversationEntry(row.id, exchange, row.asked_at, sources, row.prompts, row.thumb, row.reason)

    # --- writing

    def save_exchange(
        self, conversation_id: str, exchange: Exchange, sources: Sequence[Source], at: int | None = None,
    ) -> tuple[str, ConversationEntry]:
        """Add a finished exchange to a conversation; returns the conversation's id and the entry.

        With an empty id, or if the conversation was deleted meanwhile, a new conversation begins; its title is the
        question. The entry stores the `sources` of the exchange's passages. With `at`, a position from 0, the exchange
        replaces the entry there and all later ones, in one transaction: if a repeated question fails, nothing is lost.
        """
        now, answer = datetime.now(UTC), exchange.answer
        title = make_title(answer.question)
        with self._write_session() as session:
            row = session.get(ConversationRow, conversation_id, with_for_update=True) if conversation_id else None
            if row is None:
                row = ConversationRow(
                    id=uuid4().hex, title=title, words=searchable_text(title), created=now, updated=now)
                session.add(row)
                session.flush()  # the entry refers to it
            elif at is not None:
                _drop_entries(session, row.id, at)
                if at == 0 and not row.renamed:
                    row.title, row.words = title, searchable_text(title)
            row.updated = now
            entry = EntryRow(
                conversation_id=row.id, asked_at=now - timedelta(milliseconds=answer.timings_ms.total),
                model=storable_text(answer.model), prompts=prompts_version(),
                words=searchable_text(answer.question, answer.text), exchange=dump_exchange(exchange),
                sources=dump_sources(passage_sources(exchange, sources)))
            session.add(entry)
            session.flush()
            return row.id, self._build_entry(entry)

    def rename(self, id: str, title: str) -> None:
        """Give a conversation another title; an empty one changes nothing.

        Raises:
            UnknownConversation: there is none with this id.
        """
        line = " ".join(storable_text(title).split())[:_LONGEST_TITLE]
        with self._write_session() as session:
            row = _find_row(session, id)
            if line:
                row.title, row.words, row.renamed = line, searchable_text(line), True

    def delete(self, id: str) -> None:
        """Delete a conversation with its entries.

        Raises:
            UnknownConversation: there is none with this id.
        """
        with self._write_session() as session:
            session.delete(_find_row(session, id))

    def save_judgement(self, entry_id: int, thumb: Thumb, reason: str = "") -> None:
        """Store a reader's judgement of an answer in place of an earlier one; "" removes it.

        Raises:
            UnknownConversation: there is no such entry.
        """
        statement = update(EntryRow).where(EntryRow.id == entry_id)
        statement = statement.values(thumb=thumb, reason=storable_text(reason).strip())
        with self._write_session() as session:
            if session.scalar(statement.returning(EntryRow.id)) is None:
                raise UnknownConversation(f"there is no answer number {entry_id} any more; open the conversation again")

    def close(self) -> None:
        """Close the connections to the database."""
        self._engine.dispose()

    @contextmanager
    def _read_session(self) -> Iterator[Session]:
        with translate_errors(self._url), Session(self._engine) as session:
            yield session

    @contextmanager
    def _write_session(self) -> Iterator[Session]:
        """One transaction, committed when the block ends and rolled back when it raises."""
        engine = self._engine.execution_options(writing=True)
        with translate_errors(self._url), Session(engine) as session, session.begin():
            yield session


def _find_row(session: Session, id: str) -> ConversationRow:
    row = session.get(ConversationRow, id)
    if row is None:
        raise UnknownConversation(
            f"there is no conversation {id} any more; `huwen history list` and the page show those that there are")
    return row


def _entries_query(id: str) -> Select[EntryRow]:
    return select(EntryRow).where(EntryRow.conversation_id == id).order_by(EntryRow.id)


def _drop_entries(session: Session, id: str, position: int) -> None:
    """Delete the entry at a position, counted from 0, and all later ones."""
    ids = select(EntryRow.id).where(EntryRow.conversation_id == id).order_by(EntryRow.id).offset(max(position, 0))
    session.execute(delete(EntryRow).where(EntryRow.id.in_(ids)), execution_options={"synchronize_session": False})
