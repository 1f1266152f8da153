"""Conflicts: entries of a ledger that give different values for one subject, found without a question."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from rag.ledger.comparison import Group, are_comparable, comparison_group, do_values_agree
from rag.ledger.entry import LedgerEntry
from rag.ledger.subject_match import (
    ComparedEntry,
    Difference,
    PairFeatures,
    can_have_one_owner,
    have_shared_owner,
    load_subject_model,
    pair_features,
    read_titles,
)

_MAX_BUCKET = 60  # entries that share a key; a larger bucket is divided by a second key, and then cut
_MAX_KEYS = 12  # words of an entry
_PART_LENGTH = 2  # characters of the first and the last part of a Chinese compound
_MAX_GLOSSES = 3  # of a word
_MAX_SIDES = 12  # statements of one conflict that are kept
_MAX_VALUES = 3  # that one statement may contradict
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

    Entries are compared only if they share a key: their family and kind, and a word of their subject. `titles` are
    those of all sources, by id. `are_versions`: whether two sources are versions or editions of one document, which
    may differ.
    """
    known = read_titles(titles)
    compared = [ComparedEntry(entry, known[entry.source_id]) for entry in entries]
    return [*_group_pairs(entries, _drop_common_subjects(entries, _clear_conflicts(compared, are_versions)))]


def _clear_conflicts(entries: Sequence[ComparedEntry], are_versions: AreVersions) -> list[tuple[int, int]]:
    """The pairs on one subject whose values differ, without those for which the other document has a better match."""
    thresholds = load_subject_model().thresholds
    scores = {
        (i, j): score for (i, j), score in _score_pairs(entries).items()
        if score >= thresholds["rival"] and not are_versions(entries[i].entry.source_id, entries[j].entry.source_id)}
    matches: dict[tuple[int, str], list[tuple[float, int]]] = defaultdict(list)
    for (i, j), score in scores.items():
        matches[i, entries[j].entry.source_id].append((score, j))
        matches[j, entries[i].entry.source_id].append((score, i))

    def is_clear(position: int, other: int, score: float) -> bool:
        """Whether no other entry of the other document is as near and states another value than `other`."""
        rivals = (k for rival, k in matches[position, entries[other].entry.source_id]
                  if k != other and rival >= score - thresholds["margin"])
        return all(do_values_agree(entries[k].entry, entries[other].entry) and not do_values_agree(
            entries[k].entry, entries[position].entry) for k in rivals)

    found = []
    for (i, j), score in scores.items():
        a, b = entries[i].entry, entries[j].entry
        is_subject = score >= thresholds["same"] and is_statement_pair(entries[i], entries[j])
        if is_subject and not do_values_agree(a, b) and is_clear(i, j, score) and is_clear(j, i, score):
            found.append((i, j))
    return found


def _score_pairs(entries: Sequence[ComparedEntry]) -> dict[tuple[int, int], float]:
    """The scores of the candidate pairs that nothing tells apart; the higher, the likelier they are on one subject."""
    model = load_subject_model()
    found = {(i, j): pair_features(entries[i], entries[j]) for i, j in candidate_pairs(entries)}
    lessons = LibraryLessons.learn(entries, found)
    return {
        pair: model.score(features.values) + lessons.bonus(features.difference) for pair, features in found.items()
        if not features.is_contrary or features.difference in lessons.same}


def _named_sources(entries: Sequence[ComparedEntry]) -> frozenset[str]:
    """The sources of which many statements name a place, a body or a product: there, one without says nothing of it."""
    counts: Counter[str] = Counter()
    named: Counter[str] = Counter()
    for compared in entries:
        counts[compared.entry.source_id] += 1
        named[compared.entry.source_id] += compared.entry.terms.names_in_sentence or bool(compared.title.owners)
    return frozenset(source for source, count in counts.items() if named[source] > _NAMED_SHARE * count)


_NAMED_SHARE = 0.2
_LENGTH_TOLERANCE = 4  # characters by which two sentences differ that are worded alike but for a figure


def is_statement_pair(left: ComparedEntry, right: ComparedEntry) -> bool:
    """Whether two entries are of two documents, or in two sentences of one that are worded alike.

    In one document, another word mostly means another thing.
    """
    a, b = left.entry, right.entry
    if a.source_id != b.source_id:
        return True
    if a.part_start == b.part_start or not a.terms.words or not left.owners:
        return False
    if abs((a.part_end - a.part_start) - (b.part_end - b.part_start)) > _LENGTH_TOLERANCE:
        return False
    return (a.terms.words, a.terms.context, a.terms.names, a.terms.qualifiers, a.kind) == (
        b.terms.words, b.terms.context, b.terms.names, b.terms.qualifiers, b.kind)


@dataclass(frozen=True)
class LibraryLessons:
    """What the library itself says of differing words.

    Words in which statements of different documents differ that mostly give one exact value mean the same: 收寄快件 and
    快递业务量. Words in which statements of one document differ that give two values do not, nor those of documents
    whose values always differ: 常住人口 and 户籍人口.
    """

    same: frozenset[Difference]
    other: frozenset[Difference]

    @classmethod
    def learn(cls, entries: Sequence[ComparedEntry], pairs: Mapping[tuple[int, int], PairFeatures]) -> LibraryLessons:
        """Read the lessons from pairs that can be about one time and one owner."""
        agreeing: Counter[Difference] = Counter()
        differing: Counter[Difference] = Counter()
        within: set[Difference] = set()
        for (i, j), features in pairs.items():
            a, b = entries[i].entry, entries[j].entry
            if not any(features.difference) or a.year != b.year:
                continue
            if do_values_agree(a, b):
                agreeing[features.difference] += a.source_id != b.source_id and is_specific(a)
            elif a.source_id == b.source_id:
                within.add(features.difference)
            else:
                differing[features.difference] += 1
        same = {words for words, count in agreeing.items() if count > differing[words]} - within
        always = {words for words, count in differing.items() if count >= _OFTEN and not agreeing[words]}
        return cls(frozenset(same), frozenset(within | always))

    def bonus(self, difference: Difference) -> float:
        """What is added to the score of a pair that differs in these words."""
        return _LESSON * ((difference in self.same) - (difference in self.other))


_OFTEN = 3  # pairs of statements
_LESSON = 3.0  # of a score; it decides


def is_specific(entry: LedgerEntry) -> bool:
    """Whether a value is so exact that two statements hardly give it by chance: three digits that are no zeros."""
    return len(re.sub(r"\D", "", entry.text).strip("0")) >= _SPECIFIC_DIGITS


_SPECIFIC_DIGITS = 3


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


def candidate_pairs(entries: Sequence[ComparedEntry]) -> Iterator[tuple[int, int]]:
    """The positions of entries that share a group and a key and can be about one time, each pair once."""
    seen: set[tuple[int, int]] = set()
    named = _named_sources(entries)
    for bucket in _buckets(entries):
        for pair in combinations(bucket, 2):
            if pair in seen:
                continue
            seen.add(pair)
            a, b = entries[pair[0]], entries[pair[1]]
            if are_comparable(a.entry, b.entry) and can_have_one_owner(a, b) and (
                    have_shared_owner(a, b) or not named & {a.entry.source_id, b.entry.source_id}):
                yield pair


def _buckets(entries: Sequence[ComparedEntry]) -> Iterator[list[int]]:
    """Positions of entries that share a group and a key; those of a frequent key share a second one too."""
    by_key: dict[tuple[Group, str], list[int]] = defaultdict(list)
    is_bilingual = len({compared.is_han for compared in entries}) > 1
    groups = [comparison_group(compared.entry) for compared in entries]
    keys = [subject_keys(compared, is_bilingual=is_bilingual) if group else ()
            for compared, group in zip(entries, groups, strict=True)]
    for position, group in enumerate(groups):
        for key in keys[position]:
            by_key[group, key].append(position)
    for (_, key), positions in by_key.items():
        if len(positions) <= _MAX_BUCKET:
            yield positions
            continue
        finer: dict[str, list[int]] = defaultdict(list)
        for position in positions:
            for second in {*keys[position], *entries[position].owner_keys} - {key}:
                finer[second].append(position)
        yield from (part[:_MAX_BUCKET] for part in finer.values() if len(part) > 1)


def subject_keys(compared: ComparedEntry, *, is_bilingual: bool) -> tuple[str, ...]:
    """The keys of an entry: those of its words and parts of them, and what it measures.

    `is_bilingual`: with the glosses of Chinese words in English, by which they meet the English ones.
    """
    keys: dict[str, None] = {}
    for form in compared.words.forms[:_MAX_KEYS]:
        word, keys[form.key] = form.word, None
        if form.is_han and len(word) > _PART_LENGTH:
            keys |= dict.fromkeys((word[:_PART_LENGTH], word[-_PART_LENGTH:]))  # 职工食堂 meets 食堂
        if is_bilingual:
            keys |= dict.fromkeys(sorted(form.glosses)[:_MAX_GLOSSES])
    keys |= dict.fromkeys(f"@{measure}" for measure in compared.entry.terms.measures)
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
