"""Conflicts: entries of a ledger that give different values for one subject, found without a question."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from rag.ledger.comparison import Group, are_comparable, comparison_groups, do_values_agree
from rag.ledger.entry import LedgerEntry
from rag.ledger.library_terms import LibraryTerms, word_terms
from rag.ledger.subject_match import (
    ComparedEntry,
    can_have_one_owner,
    load_subject_model,
    pair_features,
    read_titles,
)

_MAX_KEYS = 12  # words of an entry
_MAX_PLACES = 60  # entries of one document that share a key; those after them are not compared by it
_PART_LENGTH = 2  # characters of the first and the last part of a Chinese compound
_MAX_SIDES = 12  # statements of one conflict that are kept
_MAX_VALUES = 2  # that one statement may contradict
_LENGTH_TOLERANCE = 4  # characters by which two sentences differ that are worded alike but for a figure
AreVersions = Callable[[str, str], bool]


@dataclass(frozen=True)
class LedgerConflict:
    """Entries that give different values for one subject; `place`: in several documents, or within one."""

    place: Literal["between", "within"]
    entries: tuple[LedgerEntry, ...]

    @property
    def subject(self) -> str:
        """The shortest of the subjects, to be shown."""
        return min((entry.subject for entry in self.entries), key=len)


def find_ledger_conflicts(
    entries: Sequence[LedgerEntry], titles: Mapping[str, str], are_versions: AreVersions = lambda left, right: False,
) -> list[LedgerConflict]:
    """The conflicts among entries, by their first entry; the time is nearly linear in the number of entries.

    Entries of two documents are compared only if the documents are related, and the entries share a family, a kind and
    a word; `subject_match.py` says by what. `titles` are those of all sources, by id. `are_versions`: whether two
    sources are versions or editions of one document, which may differ.
    """
    compared, terms = compare_entries(entries, titles)
    pairs = [*_clear_conflicts(compared, terms, are_versions), *_repeated_sentences(compared)]
    return [*_group_pairs(entries, _drop_common_subjects(entries, pairs))]


def compare_entries(
    entries: Sequence[LedgerEntry], titles: Mapping[str, str],
) -> tuple[list[ComparedEntry], LibraryTerms]:
    """The entries in the forms in which they are compared, and the terms of the library."""
    known = read_titles(titles)
    words: dict[str, set[str]] = {source: set(title.words) for source, title in known.items()}
    for entry in entries:
        words[entry.source_id].update(entry.terms.words, entry.terms.context, entry.terms.names)
    return [ComparedEntry(entry, known[entry.source_id]) for entry in entries], LibraryTerms(words)


def _clear_conflicts(
    entries: Sequence[ComparedEntry], terms: LibraryTerms, are_versions: AreVersions,
) -> Iterator[tuple[int, int]]:
    """The pairs on one subject whose values differ, and of which no rival makes the subject doubtful."""
    model = load_subject_model()
    scores: dict[tuple[int, int], float] = {}
    for i, j in candidate_pairs(entries, terms):
        score = model.score(pair_features(entries[i], entries[j], terms))
        if score >= model.thresholds["rival"] and not are_versions(
                entries[i].entry.source_id, entries[j].entry.source_id):
            scores[i, j] = score
    rivals = _Rivals(entries, scores, model.thresholds["margin"])
    for (i, j), score in scores.items():
        differs = score >= model.thresholds["same"] and not do_values_agree(entries[i].entry, entries[j].entry)
        if differs and not any(rivals.is_doubtful(one, two, score) for one, two in ((i, j), (j, i))):
            yield i, j


class _Rivals:
    """The scored matches of each entry, among which one that is nearly as good makes a conflict doubtful."""

    def __init__(
        self, entries: Sequence[ComparedEntry], scores: Mapping[tuple[int, int], float], margin: float,
    ) -> None:
        self._entries, self._margin = entries, margin
        self._matches: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for (i, j), score in scores.items():
            self._matches[i].append((score, j))
            self._matches[j].append((score, i))

    def is_doubtful(self, position: int, other: int, score: float) -> bool:
        """Whether an entry agrees with another of the other's document or series, or contradicts very many values.

        In the second case its sentence does not say of which thing it speaks.
        """
        entry, series = self._entries[position].entry, _series(self._entries[other])
        least = score - self._margin
        near = [self._entries[k] for rival, k in self._matches[position] if rival >= least and k != other]
        if any(_series(rival) == series and do_values_agree(rival.entry, entry) for rival in near):
            return True
        values = {rival.entry.number for rival in near} | {self._entries[other].entry.number}
        return len(values - {entry.number}) > _MAX_VALUES


def _series(compared: ComparedEntry) -> str:
    return compared.title.series or compared.entry.source_id


def _repeated_sentences(entries: Sequence[ComparedEntry]) -> Iterator[tuple[int, int]]:
    """The pairs of one document in two sentences that name an owner and are worded alike but for their figure.

    In one document, another word mostly means another thing.
    """
    alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for position, compared in enumerate(entries):
        entry = compared.entry
        is_sentence = entry.part_end - entry.part_start > len(entry.text) + _LENGTH_TOLERANCE
        if is_sentence and entry.terms.words and compared.title.owners:
            terms = replace(entry.terms, names_in_sentence=False)
            key = (entry.source_id, entry.value.family, entry.kind, entry.year, entry.period, terms)
            alike[key].append(position)
    for positions in alike.values():
        for i, j in combinations(positions[:_MAX_SIDES], 2):
            a, b = entries[i].entry, entries[j].entry
            difference = abs((a.part_end - a.part_start) - (b.part_end - b.part_start))
            if a.part_start != b.part_start and difference <= _LENGTH_TOLERANCE and not do_values_agree(a, b):
                yield i, j


def _drop_common_subjects(
    entries: Sequence[LedgerEntry], pairs: Sequence[tuple[int, int]],
) -> Iterator[tuple[int, int]]:
    """The pairs without entries that contradict very many values: their texts do not say of which thing they speak."""
    values: dict[int, set[object]] = defaultdict(set)
    for i, j in pairs:
        values[i].add(entries[j].number)
        values[j].add(entries[i].number)
    for i, j in pairs:
        if len(values[i]) <= _MAX_VALUES and len(values[j]) <= _MAX_VALUES:
            yield i, j


def candidate_pairs(entries: Sequence[ComparedEntry], terms: LibraryTerms) -> Iterator[tuple[int, int]]:
    """The positions of entries of related documents that share a group and a key and can be about one time and owner.

    Each pair once.
    """
    places: dict[tuple[Group, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    keys = [subject_keys(compared) for compared in entries]
    for position, compared in enumerate(entries):
        for group in comparison_groups(compared.entry):
            for key in keys[position]:
                places[group, key][compared.entry.source_id].append(position)
    for position, compared in enumerate(entries):
        nearest = terms.nearest.get(compared.entry.source_id, ())
        found: set[int] = set()
        for group in comparison_groups(compared.entry):
            for key in keys[position]:
                sources = places[group, key]
                for source in nearest if len(sources) > 1 else ():
                    found.update(sources.get(source, ())[:_MAX_PLACES])
        for other in found:
            # the smaller position has the pair, unless its document does not count the other's among the nearest
            is_first = position < other or compared.entry.source_id not in terms.nearest[entries[other].entry.source_id]
            if is_first and are_comparable(compared.entry, entries[other].entry) and can_have_one_owner(
                    compared, entries[other], terms):
                yield min(position, other), max(position, other)


def subject_keys(compared: ComparedEntry) -> tuple[str, ...]:
    """The keys of an entry: those of its words and parts of them, of its names, and what it measures.

    With the glosses of Chinese words in English, by which they meet the English ones.
    """
    keys: dict[str, None] = {}
    for form in compared.words.forms[:_MAX_KEYS]:
        keys |= dict.fromkeys(word_terms(form.word))
        if form.is_han and len(form.word) > _PART_LENGTH:
            keys |= dict.fromkeys((form.word[:_PART_LENGTH], form.word[-_PART_LENGTH:]))  # 职工食堂 meets 食堂
    for name in compared.own_names:
        keys |= dict.fromkeys(word_terms(name))
    keys |= dict.fromkeys(f"@{name}" for name in (*compared.entry.terms.measures, *compared.entry.terms.qualifiers))
    return tuple(keys)


def _group_pairs(entries: Sequence[LedgerEntry], pairs: Iterable[tuple[int, int]]) -> Iterator[LedgerConflict]:
    """Conflicting pairs that share an entry, together; several entries of one value and sentence count once."""
    group_of: dict[int, set[int]] = {}
    for i, j in pairs:
        merged = group_of.get(i, {i}) | group_of.get(j, {j})
        for position in merged:
            group_of[position] = merged
    groups = {id(group): group for group in group_of.values()}
    for group in sorted(map(sorted, groups.values())):
        members = [entries[position] for position in group][:_MAX_SIDES]
        sources = {member.source_id for member in members}
        yield LedgerConflict("between" if len(sources) > 1 else "within", tuple(members))


def count_by_source(conflicts: Iterable[LedgerConflict]) -> Counter[str]:
    """In how many conflicts each source has a side, by its id."""
    return Counter(source for conflict in conflicts for source in {entry.source_id for entry in conflict.entries})
