"""Ownership of figures: whether two statements belong to one place, body or product, by the texts around them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rag.ledger.entry import LedgerEntry
from rag.ledger.names import find_bodies, find_body_kinds, find_full_bodies, find_owner_names
from rag.ledger.terms import find_codes
from rag.numbers.scopes import REGIONS
from rag.numbers.subjects import mentions_term
from rag.schema import Language
from rag.text.language import normalise, search_terms


@dataclass(frozen=True)
class StatementContext:
    """A ledger entry with the texts around it, which are read only for entries that may contradict another."""

    entry: LedgerEntry
    sentence: str
    passage: str
    title: str
    section: str
    language: Language
    edition_of: str

    @cached_property
    def text(self) -> tuple[str, frozenset[str]]:
        """The whole passage with section and title: normalised, and as terms."""
        whole = f"{self.title}\n{self.section}\n{self.passage}"
        return normalise(whole), frozenset(search_terms(whole))

    @cached_property
    def codes(self) -> frozenset[str]:
        """Codes and numbered names in the sentence and its section."""
        return find_codes(f"{self.sentence}\n{self.section}")

    @cached_property
    def owners(self) -> frozenset[str]:
        """All names of the passage, its section and title."""
        return frozenset(find_owner_names(self.passage)) | self.title_names

    @cached_property
    def title_names(self) -> frozenset[str]:
        """The names of title and section."""
        return frozenset((*find_owner_names(self.title), *find_owner_names(self.section)))

    @cached_property
    def bodies(self) -> dict[str, set[str]]:
        """The names of bodies by their kind: those of the title and the section, unless the sentence names others."""
        found: dict[str, set[str]] = {}
        for text in (self.sentence, self.section, self.title):
            named: dict[str, set[str]] = {}
            for name, kind in find_bodies(text):
                named.setdefault(kind, set()).add(name)
            found = {**named, **found}
        return found

    @cached_property
    def body_names(self) -> frozenset[str]:
        """The bodies in full that the sentence names, else the section, else the title: `ashford school`, 青溪学校."""
        return find_full_bodies(self.sentence) or find_full_bodies(self.section) or find_full_bodies(self.title)

    @property
    def anchors(self) -> frozenset[str]:
        """The names around it, those of bodies included."""
        return self.owners.union(*self.bodies.values())

    @cached_property
    def regions(self) -> frozenset[str]:
        """The regions that the sentence names: nation, world, province."""
        return frozenset(region for region, pattern in REGIONS if pattern.search(self.sentence))


def have_same_owner(a: StatementContext, b: StatementContext) -> bool:
    """Whether two entries that `can_conflict` belong to one place, body or product, by the texts around them.

    False too for one sentence in two documents, and for two editions of one work.
    """
    if a.edition_of and a.edition_of == b.edition_of and a.language != b.language:
        return False
    if normalise(a.sentence) == normalise(b.sentence) or a.codes != b.codes or a.regions != b.regions:
        return False
    if _are_bodies_contrary(a, b) or (a.language == b.language and _are_titles_contrary(a, b)):
        return False
    missing_in_b, missing_in_a = _missing_names(a, b), _missing_names(b, a)
    if (missing_in_b and a.entry.terms.names_in_sentence) or (missing_in_a and b.entry.terms.names_in_sentence):
        return False
    if missing_in_a and missing_in_b:
        return False
    if _not_mentioned(a.title_names, b) and _not_mentioned(b.title_names, a):
        return False
    if a.entry.source_id == b.entry.source_id:
        return True
    if a.language != b.language and (a.owners or a.bodies or b.owners or b.bodies):
        # names of the other language are found by the dictionary only: one at least has to be
        return any(_mentions_name(b, name) for name in a.anchors) or any(_mentions_name(a, name) for name in b.anchors)
    if not a.owners or not b.owners:
        return True
    shared = {name for name in a.owners if _mentions_name(b, name)} | {
        name for name in b.owners if _mentions_name(a, name)}
    return len(shared) >= _MIN_OWNERS * min(len(a.owners), len(b.owners))


_MIN_OWNERS = 0.5  # of the names around one statement that must stand around the other


def _are_bodies_contrary(a: StatementContext, b: StatementContext) -> bool:
    """Whether both name a body of one kind, in the sentence or else in the title, and not the same: 青石医院, 临江医院."""
    for kind in a.bodies.keys() & b.bodies.keys():
        left, right = a.bodies[kind], b.bodies[kind]
        if not any(name in other or other in name for name in left for other in right):
            return True
    return False


def _are_titles_contrary(a: StatementContext, b: StatementContext) -> bool:
    """Whether the texts belong to different bodies: Ashford School and Ashford Council, 青溪学校 and 青溪区."""
    kinds = [find_body_kinds(context.title) or find_body_kinds(context.sentence) for context in (a, b)]
    mentioned = any(kind in b.text[0] for kind in kinds[0]) or any(kind in a.text[0] for kind in kinds[1])
    if all(kinds) and not kinds[0] & kinds[1] and not mentioned:
        return True
    if not a.body_names or not b.body_names:
        return False
    return not any(name in b.text[0] for name in a.body_names) and not any(name in a.text[0] for name in b.body_names)


def _missing_names(a: StatementContext, b: StatementContext) -> frozenset[str]:
    return _not_mentioned(frozenset(a.entry.terms.names), b)


def _not_mentioned(names: frozenset[str], other: StatementContext) -> frozenset[str]:
    return frozenset(name for name in names if not _mentions_name(other, name))


def _mentions_name(context: StatementContext, name: str) -> bool:
    normalised, terms = context.text
    if name in context.owners or (not name.isascii() and name in normalised):
        return True
    plain = name.rstrip("市省县区镇") if len(name) > 2 and not name.isascii() else name
    return mentions_term(normalised, terms, plain)
