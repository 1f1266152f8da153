"""Conversation entries: stored exchanges with their sources and the version of the prompts, and their JSON form."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter

from rag.citations.markers import remove_markers
from rag.schema import Source
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
    """One question and its answer, with the sources of its passages at that time."""

    id: int
    exchange: Exchange
    asked_at: datetime  # in UTC
    sources: tuple[Source, ...]
    prompts: str  # the version of the prompts
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
    """The cited sources of an entry that are not in `current`, or have another content there; as stored in the entry.

    A source without a digest counts as unchanged.
    """
    current_by_id = {source.id: source for source in current}
    changed = []
    for source in cited_sources(entry):
        present = current_by_id.get(source.id)
        if present is None or _digests_differ(source.digest, present.digest):
            changed.append(source)
    return tuple(changed)


def cited_sources(entry: ConversationEntry) -> tuple[Source, ...]:
    """The sources that an answer cites, as stored in the entry, in the order of first citation."""
    known = {source.id: source for source in entry.sources}
    order = dict.fromkeys(citation.source_id for citation in entry.exchange.answer.citations)
    return tuple(known[id] for id in order if id in known)


def _digests_differ(before: str, now: str) -> bool:
    return bool(before and now) and before != now


def passage_sources(exchange: Exchange, sources: Sequence[Source]) -> tuple[Source, ...]:
    """The sources of the exchange's passages."""
    ids = {passage.source_id for passage in exchange.answer.passages}
    return tuple(source for source in sources if source.id in ids)


# --- serialisation

_EXCHANGE_ADAPTER: TypeAdapter[Exchange] = TypeAdapter(Exchange)
_SOURCES_ADAPTER: TypeAdapter[tuple[Source, ...]] = TypeAdapter(tuple[Source, ...])


def dump_exchange(exchange: Exchange) -> str:
    """An exchange as JSON for `load_exchange`; lone surrogates become question marks."""
    return valid_unicode(json.dumps(asdict(exchange), ensure_ascii=False))


def dump_sources(sources: Sequence[Source]) -> str:
    """Sources as JSON for `load_sources`."""
    return valid_unicode(json.dumps([asdict(source) for source in sources], ensure_ascii=False))


def load_exchange(exchange: str) -> Exchange:
    """The exchange of a JSON text; a field that an earlier version did not have gets its default.

    Raises:
        ValueError: the text is damaged.
    """
    return _EXCHANGE_ADAPTER.validate_json(exchange)


def load_sources(sources: str) -> tuple[Source, ...]:
    """The sources of a JSON text.

    Raises:
        ValueError: the text is damaged.
    """
    return _SOURCES_ADAPTER.validate_json(sources)


def searchable_text(*texts: str) -> str:
    """Text without markers, normalised in width, case and script, for search: `產值[1]為５％` → `产值为5%`."""
    return normalise(storable_text("\n".join(map(remove_markers, texts))))


def storable_text(text: str) -> str:
    """The text without NUL, which PostgreSQL does not accept, and without lone surrogates."""
    return valid_unicode(text.replace("\0", ""))


_TITLE_COLUMNS = 56  # two lines of a narrow side bar; a Han character takes two columns


def make_title(question: str) -> str:
    """A question as the title of a conversation: on one line; a long one is shortened after a word or character.

    `What was the output value of Suzhou's four industrial innovation clusters in 2022?`
    → `What was the output value of Suzhou's four industrial…`
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
    """The line up to `at`, or up to the end of the last complete word or character before it."""
    while at and _is_within_character(line, at):
        at -= 1
    if line[at].isascii() and line[at].isalnum() and line[at - 1].isascii():
        at = line.rfind(" ", at // 2, at + 1) if " " in line[at // 2 : at + 1] else at
    return line[:at].rstrip(" ,;:，；：、（(“\"")


def _is_within_character(line: str, at: int) -> bool:
    """Whether a cut at an offset would separate a base character from its accents, or the parts of an emoji."""
    after = line[at]
    return bool(unicodedata.combining(after)) or after in _COMBINING_SIGNS or line[at - 1] == _ZERO_WIDTH_JOINER


_ZERO_WIDTH_JOINER = "\u200d"
# characters that modify the one before: joiner, variation selectors, skin tones
_COMBINING_SIGNS = frozenset(_ZERO_WIDTH_JOINER + "\ufe0e\ufe0f" + "".join(map(chr, range(0x1F3FB, 0x1F400))))
