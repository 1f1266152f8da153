"""Records of figures: ledger entries with title, page and sentence, as programs and readers get them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from rag.ledger.conflicts import LedgerConflict
    from rag.ledger.entry import LedgerEntry
    from rag.library.library import Library
    from rag.schema import Source

_CACHED_TEXTS = 32  # clean texts that are held while a list is made; a list is ordered by source


class FigureRecords:
    """Looks up what an entry is shown with; texts are read once for entries of one source in a row."""

    KEYS: ClassVar = (
        "text", "number", "base_unit", "unit", "exactness", "kind", "year", "period", "subject", "scope", "document",
        "sentence", "source_id", "passage_id", "start", "end")

    def __init__(self, library: Library) -> None:
        self._sources: dict[str, Source] = {source.id: source for source in library.sources()}
        self._text = lru_cache(maxsize=_CACHED_TEXTS)(library.text)

    def source(self, entry: LedgerEntry) -> Source:
        """The source of an entry."""
        return self._sources[entry.source_id]

    def title(self, entry: LedgerEntry) -> str:
        """The title of an entry's source."""
        return self._sources[entry.source_id].title

    def sentence(self, entry: LedgerEntry) -> str:
        """The sentence or the cell in which an entry stands."""
        return self._text(entry.source_id)[entry.part_start : entry.part_end]

    def to_json(self, entry: LedgerEntry) -> dict[str, object]:
        """The public form of an entry: what `huwen figures --json` prints, with the keys of `KEYS`.

        `number` is in `base_unit`: 3.2公里 is 3200 m. A date is yyyymmdd, a time of day minutes after midnight.
        """
        number = entry.number
        whole = int(number) if number.denominator == 1 else float(number)
        return {
            "text": entry.text, "number": whole, "base_unit": entry.value.family, "unit": entry.unit,
            "exactness": entry.exactness, "kind": entry.kind, "year": entry.year, "period": entry.period,
            "subject": entry.subject, "scope": entry.scope, "document": self.title(entry),
            "sentence": self.sentence(entry), "source_id": entry.source_id, "passage_id": entry.passage_id,
            "start": entry.start, "end": entry.end}

    def conflict_to_json(self, conflict: LedgerConflict) -> dict[str, object]:
        """The public form of a conflict: its subject, whether it is `between` documents, and its entries."""
        return {
            "subject": conflict.subject, "place": conflict.place,
            "entries": [self.to_json(entry) for entry in conflict.entries]}
