"""History database: opens SQLite or PostgreSQL by URL, creates the tables, and upgrades them to the present version."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    Integer,
    String,
    Text,
    TypeDecorator,
    create_engine,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from rag.schema import HuwenError
from ui.history.entries import Thumb

_LOCK_TIMEOUT = 30.0  # seconds that a writer waits for another one
_CONNECT_TIMEOUT = 10  # seconds to reach a server
_POSTGRESQL_DRIVERS = ("pg8000", "psycopg", "psycopg2")  # the first installed one is used where the URL names none
_UPGRADE_LOCK = 4_861_776_558  # an arbitrary number, the same for all processes that upgrade the tables


class BadDatabaseUrl(HuwenError):
    """The database's URL cannot be understood, or there is no driver for it."""


class UnusableDatabase(HuwenError):
    """The database cannot be reached, read or written."""


class NewerDatabase(HuwenError):
    """A later version of Huwen made the database."""


# --- tables; their names have a prefix, so that another program may use the same database


class _UtcDateTime(TypeDecorator[datetime]):
    """A time stored in UTC without a time zone, because SQLite has none."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


class _Base(DeclarativeBase):
    pass


class VersionRow(_Base):
    """The versions that the tables have had."""

    __tablename__ = "huwen_version"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class ConversationRow(_Base):
    """A conversation; `words` is its title as searchable text."""

    __tablename__ = "huwen_conversations"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    renamed: Mapped[bool] = mapped_column(default=False)  # a reader gave the title; it is not that of a question
    created: Mapped[datetime] = mapped_column(_UtcDateTime)
    updated: Mapped[datetime] = mapped_column(_UtcDateTime, index=True)
    words: Mapped[str] = mapped_column(Text)


class EntryRow(_Base):
    """An entry, numbered in the order of asking; a number is never used again.

    `words` is searchable text, and comes before the large columns because SQLite then need not read those in a search.
    """

    __tablename__ = "huwen_entries"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  # SQLAlchemy's own form
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey(ConversationRow.id, ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime] = mapped_column(_UtcDateTime)
    thumb: Mapped[Thumb] = mapped_column(String(4), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    model: Mapped[str] = mapped_column(Text)
    prompts: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(Text)
    exchange: Mapped[str] = mapped_column(Text)
    sources: Mapped[str] = mapped_column(Text)


# the SQL of each upgrade: from version 1 to 2, from 2 to 3, and so on
_UPGRADES: tuple[tuple[str, ...], ...] = ()
VERSION = 1 + len(_UPGRADES)


# --- the engine


def open_engine(url: URL) -> Engine:
    """An engine for the database, whose tables are created or upgraded if needed.

    Transactions of `engine.execution_options(writing=True)` take SQLite's write lock at their beginning; a transaction
    that reads before it writes could otherwise fail instead of waiting.

    Raises:
        UnusableDatabase: the database cannot be reached, read or written.
        NewerDatabase: a later version of Huwen made it.
    """
    if _is_sqlite(url):
        engine = _sqlite_engine(url)
    else:
        engine = create_engine(url, pool_pre_ping=True, connect_args=_connect_args(url))
    with translate_errors(url), engine.execution_options(writing=True).begin() as db:
        _upgrade_tables(db, url)
    return engine


@contextmanager
def translate_errors(url: URL) -> Iterator[None]:
    """Turn the error of a database driver into an UnusableDatabase with one sentence."""
    try:
        yield
    except DBAPIError as error:
        if _is_sqlite(url):
            remedy = "make the file and its folder writable, put a copy back, or set HUWEN_DATABASE_URL to another"
        else:
            remedy = "see that its server runs and lets you in, or set HUWEN_DATABASE_URL to another"
        raise UnusableDatabase(
            f"{database_location(url)}: the database of the conversations cannot be used ({_error_text(error)}); "
            f"{remedy}") from None


def database_location(url: URL) -> str:
    """The file of a SQLite database, or the URL of a server without the password."""
    return url.database or "" if _is_sqlite(url) else url.set(query={}).render_as_string(hide_password=True)


def _error_text(error: DBAPIError) -> str:
    detail = error.orig.args[0] if error.orig and error.orig.args else error.orig
    if isinstance(detail, dict):  # the error fields of pg8000; M is the message
        detail = detail.get("M", detail)
    return " ".join(str(detail).split())


def parse_database_url(url: str) -> URL:
    """The URL with an installed driver: `postgres://u@h/d` → `postgresql+pg8000://u@h/d`.

    Raises:
        BadDatabaseUrl: it does not have a known form, or there is no driver for it.
    """
    known = "write sqlite:///path/to/a/file or postgresql://user:password@host/name"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the message does not repeat the URL, which may contain a password
        raise BadDatabaseUrl(f"HUWEN_DATABASE_URL cannot be understood; {known}") from None
    kind, _, driver = parsed.drivername.partition("+")
    if kind in ("postgres", "postgresql"):
        driver = driver or next((name for name in _POSTGRESQL_DRIVERS if find_spec(name)), _POSTGRESQL_DRIVERS[0])
        parsed = parsed.set(drivername=f"postgresql+{driver}")
    elif kind != "sqlite":
        raise BadDatabaseUrl(f"HUWEN_DATABASE_URL names a database of the unknown kind {kind!r}; {known}")
    elif not parsed.database or parsed.database == ":memory:":
        raise BadDatabaseUrl(
            f"HUWEN_DATABASE_URL names no file, and conversations in memory alone would be lost; {known}")
    try:
        parsed.get_dialect().import_dbapi()
    except (NoSuchModuleError, ModuleNotFoundError):
        raise BadDatabaseUrl(
            f"HUWEN_DATABASE_URL asks for the driver {driver or kind!r}, which is not installed; "
            f"install it, or write {kind}:// for one that is") from None
    return parsed


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _connect_args(url: URL) -> dict[str, object]:
    return {"timeout" if url.get_driver_name() == "pg8000" else "connect_timeout": _CONNECT_TIMEOUT}


def _sqlite_engine(url: URL) -> Engine:
    path = Path(url.database or "").expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # created here, so that only its owner can read it from the beginning
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise UnusableDatabase(
            f"{path}: the file of the conversations cannot be made ({error.strerror}); "
            "make its folder writable, or set HUWEN_DATABASE_URL to another") from None
    engine = create_engine(url.set(database=str(path)), connect_args={"timeout": _LOCK_TIMEOUT})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # otherwise the driver begins transactions, later than `_on_begin`
    for pragma in ("journal_mode=WAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")


def _upgrade_tables(db: Connection, url: URL) -> None:
    if not _is_sqlite(url):
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
    _Base.metadata.tables[VersionRow.__tablename__].create(db, checkfirst=True)
    number = cast(int, db.scalar(select(func.coalesce(func.max(VersionRow.number), 0))))
    if number > VERSION:
        raise NewerDatabase(
            f"{database_location(url)}: the conversations were kept by a later version of Huwen "
            f"(tables of version {number}, this one knows {VERSION}); "
            "update Huwen, or set HUWEN_DATABASE_URL to another database")
    if not number:
        _Base.metadata.create_all(db)
    for upgrade in _UPGRADES[number - 1 :] if number else ():
        for statement in upgrade:
            db.execute(text(statement))
    if number < VERSION:
        db.execute(insert(VersionRow).values(number=VERSION))
