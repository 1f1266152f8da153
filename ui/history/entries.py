"""An exchange becomes an entry that stays as it was: its answer, its sources, and the prompts that it was written with."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Literal

from pydantic import TypeAdapter

from rag.citations.markers import remove_markers
from rag.schema import Source
from rag.text import prompts
from rag.text.language import normalise, valid_unicode
from ui.history.exchange import Exchange

Thumb = Literal["up", "down", ""]


@dataclass(frozen=True)
class ConversationSummary:
    """A conversation as a list shows it; times are in UTC."""

    id: str
    title: str
    created: datetime
    updated: datetime
    entries: int


@dataclass(frozen=True)
class ConversationEntry:
    """One question and its answer, with the sources of its passages as they were then."""

    id: int
    exchange: Exchange
    asked_at: datetime  # in UTC
    sources: tuple[Source, ...]
    prompts: str  # which version of them
    thumb: Thumb = ""
    reason: str = ""


@dataclass(frozen=True)
class Conversation:
    """Entries in the order in which they were asked; times are in UTC."""

    id: str
    title: str
    created: datetime
    updated: datetime
    entries: tuple[ConversationEntry, ...]


def changed_sources(entry: ConversationEntry, current: Sequence[Source]) -> tuple[Source, ...]:
    """The sources, as they were, that an answer cites and that are gone since from those that are `held`, or have another content.

    Where no digest was kept, nothing can be said of the content.
    """
    now = {source.id: source for source in current}
    return tuple(source for source in cited_sources(entry) if source.id not in now or _digests_differ(source.digest, now[source.id].digest))


def cited_sources(entry: ConversationEntry) -> tuple[Source, ...]:
    """The sources that an answer cites, as they were, in the order of first citation."""
    known = {source.id: source for source in entry.sources}
    order = dict.fromkeys(citation.source_id for citation in entry.exchange.answer.citations)
    return tuple(known[id] for id in order if id in known)


def _digests_differ(before: str, now: str) -> bool:
    return bool(before and now) and before != now


def passage_sources(exchange: Exchange, sources: Sequence[Source]) -> tuple[Source, ...]:
    """Those of the sources that the exchange has passages of."""
    found = {passage.source_id for passage in exchange.answer.passages}
    return tuple(source for source in sources if source.id in found)


# --- how it is written down

_EXCHANGE_ADAPTER: TypeAdapter[Exchange] = TypeAdapter(Exchange)
_SOURCES_ADAPTER: TypeAdapter[tuple[Source, ...]] = TypeAdapter(tuple[Source, ...])


def dump_exchange(exchange: Exchange) -> str:
    """An exchange as JSON, which `read` turns back into the same; halves of characters become question marks."""
    return valid_unicode(json.dumps(asdict(exchange), ensure_ascii=False))


def dump_sources(sources: Sequence[Source]) -> str:
    """Sources as JSON, which `read_sources` turns back into the same."""
    return valid_unicode(json.dumps([asdict(source) for source in sources], ensure_ascii=False))


def load_exchange(exchange: str) -> Exchange:
    """The exchange that was written down; what an earlier version did not know has its default.

    Raises:
        ValueError: it is damaged.
    """
    return _EXCHANGE_ADAPTER.validate_json(exchange)


def load_sources(sources: str) -> tuple[Source, ...]:
    """The sources that were written down.

    Raises:
        ValueError: they are damaged.
    """
    return _SOURCES_ADAPTER.validate_json(sources)


def searchable_text(*texts: str) -> str:
    """What is searched for a text, and in: width, case and script evened out, without markers: `產值[1]為５％` → `产值为5%`."""
    return normalise(storable_text("\n".join(map(remove_markers, texts))))


def storable_text(text: str) -> str:
    """The text without the one character that PostgreSQL takes in no text, and without halves of characters."""
    return valid_unicode(text.replace("\0", ""))


@cache
def prompts_version() -> str:
    """A digest of all that is said to a model: with another one the same question may be answered otherwise."""
    said = {name: value for name, value in vars(prompts).items() if name.isupper() and isinstance(value, str | dict)}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]


_TITLE_COLUMNS = 56  # two lines of a narrow side bar; a Han character takes two columns


def make_title(question: str) -> str:
    """A question as the title of a conversation: on one line, and where it is long, shortened behind a word or character.

    `What was the output value of Suzhou's four industrial innovation clusters in 2022?` → `What was the output value of Suzhou's four…`
    """
    line = " ".join(storable_text(question).split())
    at, columns = 0, 0
    while at < len(line):
        columns += 2 if unicodedata.east_asian_width(line[at]) in "WF" else 1
        if columns > _TITLE_COLUMNS:
            return f"{_truncate_line(line, at)}…"
        at += 1
    return line


def _truncate_line(line: str, at: int) -> str:
    """The line up to `at`, or to the end of the last whole word or character before it."""
    while at and (unicodedata.combining(line[at]) or line[at] in _COMBINING_SIGNS or line[at - 1] == _ZERO_WIDTH_JOINER):
        at -= 1
    if line[at].isascii() and line[at].isalnum() and line[at - 1].isascii():
        at = line.rfind(" ", at // 2, at + 1) if " " in line[at // 2 : at + 1] else at
    return line[:at].rstrip(" ,;:，；：、（(“\"")


_ZERO_WIDTH_JOINER = "\u200d"
_COMBINING_SIGNS = frozenset(_ZERO_WIDTH_JOINER + "\ufe0e\ufe0f" + "".join(map(chr, range(0x1F3FB, 0x1F400))))  # what changes the sign before it
