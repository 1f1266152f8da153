"""The URL of a database becomes an engine over tables that are there, of the version that this program knows."""

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
_POSTGRESQL_DRIVERS = ("pg8000", "psycopg", "psycopg2")  # its drivers, the first that is installed is taken where none is named
_UPGRADE_LOCK = 4_861_776_558  # any number: all who bring the tables up to date wait on the same


class BadDatabaseUrl(HuwenError):
    """The database's URL cannot be understood, or names what there is no driver for."""


class UnusableDatabase(HuwenError):
    """The database cannot be reached, read or written."""


class NewerDatabase(HuwenError):
    """The database was made by a later version."""


# --- tables; their names are such that they may lie beside another program's


class _UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept as UTC without saying so: SQLite knows no time zones."""

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
    """A conversation; `words` are those of its title as they are searched."""

    __tablename__ = "huwen_conversations"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    renamed: Mapped[bool] = mapped_column(default=False)  # the title is a reader's, no question's
    created: Mapped[datetime] = mapped_column(_UtcDateTime)
    updated: Mapped[datetime] = mapped_column(_UtcDateTime, index=True)
    words: Mapped[str] = mapped_column(Text)


class EntryRow(_Base):
    """An entry, numbered in the order of asking; a number is never given again. `words` come before what is large: they are searched."""

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


# SQL that leads from version 1 to 2, from there to 3, and so on
_UPGRADES: tuple[tuple[str, ...], ...] = ()
VERSION = 1 + len(_UPGRADES)


# --- the engine


def open_engine(url: URL) -> Engine:
    """An engine over the tables, which are made where there are none and brought up to date where they are old.

    Transactions of `engine.execution_options(writing=True)` hold SQLite's one place for a writer from their beginning:
    otherwise one that reads before it writes could be refused where it should wait.

    Raises:
        UnusableDatabase, NewerDatabase.
    """
    engine = _sqlite_engine(url) if _is_sqlite(url) else create_engine(url, pool_pre_ping=True, connect_args=_connect_args(url))
    with translate_errors(url), engine.execution_options(writing=True).begin() as db:
        _upgrade_tables(db, url)
    return engine


@contextmanager
def translate_errors(url: URL) -> Iterator[None]:
    """What a database says when it fails, as one sentence."""
    try:
        yield
    except DBAPIError as error:
        helps = ("make the file and its folder writable, put a copy back, or set HUWEN_DATABASE_URL to another" if _is_sqlite(url)
                 else "see that its server runs and lets you in, or set HUWEN_DATABASE_URL to another")
        raise UnusableDatabase(f"{database_location(url)}: the database of the conversations cannot be used ({_error_text(error)}); {helps}") from None


def database_location(url: URL) -> str:
    """Where a database is, without the password."""
    return url.database or "" if _is_sqlite(url) else url.set(query={}).render_as_string(hide_password=True)


def _error_text(error: DBAPIError) -> str:
    told = error.orig.args[0] if error.orig and error.orig.args else error.orig
    if isinstance(told, dict):  # as pg8000 has it, field by field
        told = told.get("M", told)
    return " ".join(str(told).split())


def parse_database_url(url: str) -> URL:
    """The URL with a driver that is installed: `postgres://u@h/d` → `postgresql+pg8000://u@h/d`.

    Raises:
        BadDatabaseUrl: it has no form that is known, or there is no driver for it.
    """
    known = "write sqlite:///path/to/a/file or postgresql://user:password@host/name"
    try:
        made = make_url(url)
    except (ArgumentError, ValueError):  # the URL itself is not repeated: a password may stand in it
        raise BadDatabaseUrl(f"HUWEN_DATABASE_URL cannot be understood; {known}") from None
    kind, _, driver = made.drivername.partition("+")
    if kind in ("postgres", "postgresql"):
        driver = driver or next((name for name in _POSTGRESQL_DRIVERS if find_spec(name)), _POSTGRESQL_DRIVERS[0])
        made = made.set(drivername=f"postgresql+{driver}")
    elif kind != "sqlite":
        raise BadDatabaseUrl(f"HUWEN_DATABASE_URL names a database of the kind {kind!r}, of which none is known; {known}")
    elif not made.database or made.database == ":memory:":
        raise BadDatabaseUrl("HUWEN_DATABASE_URL names no file, and conversations in memory alone would be lost; " + known)
    try:
        made.get_dialect().import_dbapi()
    except (NoSuchModuleError, ModuleNotFoundError):
        raise BadDatabaseUrl(
            f"HUWEN_DATABASE_URL asks for the driver {driver or kind!r}, which is not installed; "
            f"install it, or write {kind}:// for one that is") from None
    return made


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _connect_args(url: URL) -> dict[str, object]:
    return {"timeout" if url.get_driver_name() == "pg8000" else "connect_timeout": _CONNECT_TIMEOUT}


def _sqlite_engine(url: URL) -> Engine:
    path = Path(url.database or "").expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # made here, so that nobody but its owner ever reads it
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise UnusableDatabase(f"{path}: the file of the conversations cannot be made ({error.strerror}); "
                               "make its folder writable, or set HUWEN_DATABASE_URL to another") from None
    engine = create_engine(url.set(database=str(path)), connect_args={"timeout": _LOCK_TIMEOUT})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver would begin transactions by itself, and too late
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
        raise NewerDatabase(f"{database_location(url)}: the conversations were kept by a later version of Huwen (tables of version {number}, this one "
                            f"knows {VERSION}); update Huwen, or set HUWEN_DATABASE_URL to another database")
    if not number:
        _Base.metadata.create_all(db)
    for statement in (statement for upgrade in _UPGRADES[number - 1 :] if number for statement in upgrade):
        db.execute(text(statement))
    if number < VERSION:
        db.execute(insert(VersionRow).values(number=VERSION))
