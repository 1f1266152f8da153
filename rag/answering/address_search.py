"""Address search: the passages with the clause, chapter, step or table that a question names, or that there is none."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from langchain_core.documents import Document

from rag.library.library import Library
from rag.numbers.addresses import Address, address_keys, find_addresses
from rag.schema import Passage

_MAX_NAMED = 4  # passages of one address: those of the documents that fit the question best
_LEAST_COUNTED = 3  # addresses of a unit that a document needs before it is said that one is not among them


@dataclass(frozen=True)
class MissingAddress:
    """An address that a question names and a document does not have, though it has others of that unit."""

    address: Address
    title: str
    count: int  # how many addresses of the unit the document has
    last: str  # the key of the last one: `article 21`


def named_passages(
    library: Library, addresses: Sequence[Address], ranked: Sequence[Document], source_ids: Set[str] | None,
) -> list[Document]:
    """The passages with these addresses, those of the best ranked documents first; a clause comes before its items.

    `ranked` are the retrieved passages, by which the documents are ordered.
    """
    order: dict[str, int] = {}
    for rank, document in enumerate(ranked):
        order.setdefault(document.metadata["source_id"], rank)
    found: dict[str, Document] = {}
    for address in addresses:
        hits = _address_hits(library, address, source_ids)
        hits.sort(key=lambda hit: order.get(hit[0], len(order)))
        for document in library.passages([passage_id for _, passage_id in hits[:_MAX_NAMED]]):
            best_score = ranked[0].metadata.get("score", 1.0) if ranked else 1.0
            found[str(document.id)] = document.model_copy(
                update={"metadata": {**document.metadata, "score": best_score}})
    return list(found.values())


def _address_hits(library: Library, address: Address, source_ids: Set[str] | None) -> list[tuple[str, str]]:
    """Source id and passage id of the passages with an address, by the first of its forms that occurs."""
    for key in address_keys(address):
        if hits := library.find_addresses([key], source_ids):
            return [(source_id, passage_id) for _, source_id, passage_id in hits]
    return []


def missing_addresses(
    library: Library, addresses: Sequence[Address], passages: Sequence[Passage],
) -> tuple[MissingAddress, ...]:
    """The addresses that the document of the best passage does not have, though it has others of the same unit.

    None is reported that a retrieved passage has or mentions.
    """
    if not passages:
        return ()
    best = passages[0]
    known = {key for passage in passages for key in passage.addresses}
    known |= {address.key for passage in passages for address in find_addresses(passage.text)}
    missing = []
    for address in addresses:
        if known & set(address_keys(address)):
            continue
        count, last = library.address_counts([best.source_id], address.unit).get(best.source_id, (0, ""))
        if count >= _LEAST_COUNTED:
            missing.append(MissingAddress(address, best.title, count, last))
    return tuple(missing)


def has_address(address: Address, key: str) -> bool:
    """Whether a block's key is an address or one of its other forms."""
    return key in address_keys(address)
