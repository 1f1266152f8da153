"""Ledger entries and conflicts of texts that a test gives, without a library."""

from __future__ import annotations

from rag.ledger.conflicts import LedgerConflict, find_ledger_conflicts
from rag.ledger.entry import LedgerEntry
from rag.ledger.extraction import LedgerPassage, extract_entries
from rag.schema import Source
from rag.text.language import detect_language


def entries_of(text: str, title: str = "", *, id: str = "s", date: str = "") -> list[LedgerEntry]:
    """The entries of a text without blocks."""
    source = Source(id, f"{id}.txt", title, detect_language(text), date=date)
    [entries] = extract_entries(source, [LedgerPassage(id, text, 0, "", ())])
    return entries


def conflicts_of(*documents: tuple[str, str]) -> list[LedgerConflict]:
    """The conflicts among documents, each a title and its text."""
    entries = [entry for number, (title, text) in enumerate(documents)
               for entry in entries_of(text, title, id=str(number))]
    return find_ledger_conflicts(entries, {str(number): title for number, (title, _) in enumerate(documents)})
