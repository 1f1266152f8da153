"""Figure ledger: the figures of all sources of a library, kept in its manifest, and the conflicts among them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rag.library.manifest import Manifest

if TYPE_CHECKING:  # extraction needs the word lists and the segmenter, which a list of the sources does not
    from langchain_core.documents import Document

    from rag.ledger.conflicts import LedgerConflict
    from rag.ledger.entry import LedgerEntry
    from rag.ledger.extraction import LedgerPassage
    from rag.ledger.search import FigureFilter

_OPENING_LENGTH = 400  # characters of a document, in which its first line ends
_PASSAGES_PER_STEP = 20  # between two looks at whether another writer waits
SMALL_SOURCE_PASSAGES = 20  # sources of no more in all have their entries before `add` returns


@dataclass(frozen=True)
class LedgerState:
    """How far the ledger is made, in documents; `cut_off`: the ids of those of which it has only the first figures."""

    waiting: int
    documents: int
    cut_off: tuple[str, ...] = ()


class FigureLedger:
    """The ledger of a library. Its entries are removed with their source, and made again by `fill`.

    Entries of an earlier version of the extraction, and of sources that were added before there was a ledger, count as
    missing.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._conflicts: tuple[int, list[LedgerConflict]] | None = None

    def state(self) -> LedgerState:
        """How many documents have no entries yet."""
        from rag.ledger.extraction import MAX_ENTRIES  # slow imports, as above

        return LedgerState(
            len(self._manifest.sources_without_figures()), len(self._manifest.source_ids()),
            tuple(id for id, count in self.count_by_source().items() if count >= MAX_ENTRIES))

    def is_pending(self) -> bool:
        """True if a writer has entries to make."""
        return self._manifest.can_write and bool(self._manifest.sources_without_figures())

    def fill(self) -> Generator[tuple[int, int]]:
        """Make the entries that are missing; inside the library's `write_lock`. Yields passages done and in all.

        Closing the iterator stops; the sources that were finished stay.
        """
        waiting = self._manifest.sources_without_figures()
        counts = self._manifest.count_passages(waiting)
        done, total = 0, sum(counts.values())
        for source_id in waiting:
            for read in self._record(source_id):
                yield done + read, total
            done += counts.get(source_id, 0)
            yield done, total

    def fill_small(self, source_ids: Collection[str]) -> None:
        """Make the entries of sources that have just been added, if they have few passages in all."""
        if sum(self._manifest.count_passages(source_ids).values()) <= SMALL_SOURCE_PASSAGES:
            for source_id in source_ids:
                for _ in self._record(source_id):
                    pass

    def forget(self) -> None:
        """Remove all entries, so that `fill` makes them again; inside the library's `write_lock`."""
        self._manifest.forget_figures()

    def count_by_source(self) -> dict[str, int]:
        """The number of entries of each source that has any, by source id."""
        return self._manifest.count_figures_by_source()

    def _record(self, source_id: str) -> Iterator[int]:
        """Make the entries of a source; yields how many of its passages are read, from time to time."""
        from rag.ledger.extraction import extract_entries  # slow imports, as above

        source, _ = self._manifest.read_source(source_id)
        passages = [_to_ledger_passage(document) for document in self._manifest.passages_of(source_id)]
        entries: list[LedgerEntry] = []
        for number, found in enumerate(extract_entries(source, passages), 1):
            entries += found
            if not number % _PASSAGES_PER_STEP:
                yield number
        self._manifest.record_figures(source_id, source.title, entries)

    def count(self, criteria: FigureFilter, source_ids: Set[str] | None = None) -> int:
        """How many figures a filter finds; `source_ids`: the sources to search, None for all."""
        return self._manifest.count_figures(criteria, source_ids)

    def find(
        self, criteria: FigureFilter, source_ids: Set[str] | None = None, *, limit: int = -1, offset: int = 0,
    ) -> list[LedgerEntry]:
        """The figures that a filter finds, by source and in it as in the text; at most `limit` after `offset`."""
        return self._manifest.select_figures(criteria, source_ids, limit, offset)

    def conflicts(
        self, criteria: FigureFilter | None = None, source_ids: Set[str] | None = None,
    ) -> list[LedgerConflict]:
        """The conflicts that have a side which a filter finds in these sources; by default all.

        Those of the whole library are found once for each state of it.
        """
        from rag.ledger.search import FigureFilter  # slow imports, as above

        found = self._all_conflicts()
        if (criteria is None or criteria == FigureFilter()) and source_ids is None:
            return found
        fitting = {entry.id for entry in self.find(criteria or FigureFilter(), source_ids)}
        return [conflict for conflict in found if any(entry.id in fitting for entry in conflict.entries)]

    def _all_conflicts(self) -> list[LedgerConflict]:
        from rag.ledger.conflicts import find_ledger_conflicts  # slow imports, as above
        from rag.ledger.extraction import full_title
        from rag.ledger.search import FigureFilter

        generation, known = self._manifest.read_state("generation"), self._conflicts
        if known is None or known[0] != generation:
            titles = self._manifest.read_titles(_OPENING_LENGTH)
            known = self._conflicts = (generation, find_ledger_conflicts(
                self.find(FigureFilter()), {id: full_title(*title) for id, title in titles.items()},
                self._versions_check(titles)))
        return [*known[1]]

    def _versions_check(self, source_ids: Iterable[str]) -> Callable[[str, str], bool]:
        """A function that says whether two sources are versions of one document, or editions of one work."""
        from rag.comparison.version_families import build_families

        families = build_families(self._manifest.read_relatives(source_ids), datetime.now().astimezone().date())
        keys = {id: family.id for id, family in families.items() if family.kind == "versions"}
        works = {source.id: source.edition_of for source in self._manifest.sources() if source.edition_of}

        def are_versions(left: str, right: str) -> bool:
            if left == right:
                return False
            return any(left in known and known[left] == known.get(right) for known in (keys, works))

        return are_versions


def _to_ledger_passage(document: Document) -> LedgerPassage:
    from rag.ledger.extraction import LedgerPassage  # slow imports, as above
    from rag.sources.blocks import decode_blocks

    about = document.metadata
    blocks = decode_blocks(about["blocks"]) if about.get("blocks") else ()
    return LedgerPassage(str(document.id), document.page_content, about["start"], about.get("section", ""), blocks)
