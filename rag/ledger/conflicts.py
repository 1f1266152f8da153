"""Conflicts: entries of a ledger that give different values for one subject, found without a question."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal

from rag.ledger.comparison import ComparedEntry, NounWeight, are_comparable, can_conflict, do_values_agree
from rag.ledger.entry import LedgerEntry
from rag.ledger.ownership import StatementContext, have_same_owner
from rag.ledger.terms import MEASURE_NOUNS
from rag.numbers.subjects import word_glosses
from rag.text.dictionary import is_headword
from rag.text.glossary import STRONG_GLOSS
from rag.text.language import gloss_stem, has_han, search_terms

_MAX_BUCKET = 60  # entries that share a key; a larger bucket is divided by a second key, and then cut
_MAX_KEYS = 8  # of an entry
_RARE = 3  # documents that have a noun which by itself says what a figure is about
_HEAD_LENGTH = 2  # characters of the head of a Chinese compound
_MAX_SIDES = 12  # statements of one conflict that are kept
_MAX_VALUES = 3  # that one statement may contradict

ReadContexts = Callable[[Sequence[LedgerEntry]], list[StatementContext]]


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
    entries: Sequence[LedgerEntry], read_contexts: ReadContexts, titles: Mapping[str, str],
) -> list[LedgerConflict]:
    """The conflicts among entries, by their first entry; the time is nearly linear in the number of entries.

    Entries are compared only if they share a key: their family and kind, and a word of their subject. `read_contexts`
    reads the texts around those that remain; `titles` are those of all sources, by id.
    """
    compared = [ComparedEntry(entry) for entry in entries]
    matches = [*_matching_pairs(compared, _noun_weights(entries))]
    pairs = [*_drop_ambiguous(entries, matches)]
    chosen = sorted({position for pair in pairs for position in pair})
    contexts = dict(zip(chosen, read_contexts([entries[position] for position in chosen]), strict=True))
    families = _TitleFamilies(title for title in titles.values())
    conflicting = [
        (i, j) for i, j in pairs
        if families.can_be_one(contexts[i].title, contexts[j].title) and have_same_owner(contexts[i], contexts[j])]
    return [*_group_pairs(entries, _drop_common_subjects(entries, conflicting))]


class _TitleFamilies:
    """Documents of one body have a word of their title in common that other titles have not: 澄溪物业年报, 澄溪物业公告.

    A word is that of a family if at least two titles have it, and few. Titles of two families are those of two bodies.
    """

    def __init__(self, titles: Iterable[str]) -> None:
        counts: Counter[str] = Counter()
        number = 0
        for title in titles:
            number += 1
            counts.update(_title_words(title))
        most = max(_MAX_FAMILY, number // 30)
        self._family_words = frozenset(word for word, count in counts.items() if 2 <= count <= most)

    def can_be_one(self, left: str, right: str) -> bool:
        """Whether two titles may be those of one body: they share a word of a family, or one has none."""
        a, b = (_title_words(title) & self._family_words for title in (left, right))
        return not a or not b or bool(a & b)


_MAX_FAMILY = 6  # documents of one body


@lru_cache(maxsize=10_000)
def _title_words(title: str) -> frozenset[str]:
    """The words of a title, with the first characters of a Chinese one, which the segmenter may divide otherwise."""
    words = {term for term in search_terms(title) if not term.isdigit()}
    heads = {title[:length] for length in (2, 3, 4) if has_han(title[:length])}
    return frozenset(words | heads)


def _drop_common_subjects(
    entries: Sequence[LedgerEntry], pairs: Sequence[tuple[int, int]],
) -> Iterator[tuple[int, int]]:
    """The pairs without entries that contradict very many values: their texts do not say of which thing they speak."""
    values: dict[int, set[object]] = defaultdict(set)
    for i, j in pairs:
        values[i].add(entries[j].number)
        values[j].add(entries[i].number)
    for i, j in pairs:
        names_owner = entries[i].terms.names_in_sentence and entries[i].terms.names == entries[j].terms.names
        if names_owner or (len(values[i]) <= _MAX_VALUES and len(values[j]) <= _MAX_VALUES):
            yield i, j


def _noun_weights(entries: Sequence[LedgerEntry]) -> NounWeight:
    """How much a noun says of a subject: 2 where very few documents have it, else 1."""
    sources: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        for noun in entry.terms.nouns:
            if len(sources[noun]) <= _RARE:
                sources[noun].add(entry.source_id)
    return lambda noun: 2.0 if len(sources[noun]) <= _RARE else 1.0


def _drop_ambiguous(
    entries: Sequence[LedgerEntry], matches: Sequence[tuple[int, int, bool]],
) -> Iterator[tuple[int, int]]:
    """The conflicting pairs whose statements have no other counterpart in the other one's document.

    Where a document states several values for what seems to be one subject, or the other statement's value too, the
    words do not tell its subjects apart, and nothing follows from a difference.
    """
    counterparts: dict[tuple[int, str], list[int]] = defaultdict(list)
    for i, j, _ in matches:
        counterparts[i, entries[j].source_id].append(j)
        counterparts[j, entries[i].source_id].append(i)

    def is_clear(position: int, other: int) -> bool:
        others = counterparts[position, entries[other].source_id]
        return all(not do_values_agree(entries[position], entries[k]) and (
            k == other or do_values_agree(entries[other], entries[k])) for k in others)

    for i, j, conflicts in matches:
        is_within = entries[i].source_id == entries[j].source_id
        if conflicts and (is_within or (is_clear(i, j) and is_clear(j, i))):
            yield i, j


def _matching_pairs(entries: Sequence[ComparedEntry], weigh: NounWeight) -> Iterator[tuple[int, int, bool]]:
    """The positions of entries on one subject that share a key, each pair once, and whether they can conflict."""
    seen: set[tuple[int, int]] = set()
    for bucket in _buckets(entries):
        for pair in combinations(bucket, 2):
            if pair not in seen:
                seen.add(pair)
                a, b = entries[pair[0]], entries[pair[1]]
                if a.entry.source_id == b.entry.source_id:
                    if can_conflict(a, b, weigh):
                        yield *pair, True
                elif are_comparable(a, b, weigh):
                    yield *pair, not do_values_agree(a.entry, b.entry)


def _buckets(entries: Sequence[ComparedEntry]) -> Iterator[list[int]]:
    """Positions of entries that share a group and a term; those of a frequent term share a second term too."""
    by_key: dict[tuple[tuple[str, ...], str], list[int]] = defaultdict(list)
    is_bilingual = len({bool(entry.near_han) for entry in entries}) > 1
    keys = [_subject_keys(entry, is_bilingual=is_bilingual) if entry.group else [] for entry in entries]
    for position, entry in enumerate(entries):
        for key in keys[position]:
            by_key[entry.group, key].append(position)
    for (_, key), positions in by_key.items():
        if len(positions) <= _MAX_BUCKET:
            yield positions
            continue
        finer: dict[str, list[int]] = defaultdict(list)
        for position in positions:
            terms = entries[position].entry.terms
            for second in {*keys[position], *terms.names, *terms.measures, *terms.topic} - {key}:
                finer[second].append(position)
        yield from (part[:_MAX_BUCKET] for part in finer.values() if len(part) > 1)


def _subject_keys(entry: ComparedEntry, *, is_bilingual: bool) -> list[str]:
    """The keys of an entry's subject: its nouns, and for events its names too.

    `is_bilingual`: with the glosses of Chinese nouns in English, by which they meet the English ones.
    """
    terms = entry.entry.terms
    nouns = [noun for noun in terms.nouns if noun not in MEASURE_NOUNS] or [*terms.nouns]
    words = dict.fromkeys(nouns[:_MAX_KEYS])
    if entry.entry.kind in ("date", "time") or not nouns or entry.measures:
        words |= dict.fromkeys((*terms.names, *(terms.background if not nouns else ())))
    keys: dict[str, None] = {}
    for word in words:
        keys[word] = None
        if has_han(word) and len(word) > _HEAD_LENGTH:
            keys[word[-_HEAD_LENGTH:]] = None  # 职工食堂 meets 食堂
        if is_bilingual:
            keys |= dict.fromkeys(_bridge_keys(word))
    return [*keys][: 3 * _MAX_KEYS]


@lru_cache(maxsize=50_000)
def _bridge_keys(word: str) -> tuple[str, ...]:
    """The gloss stems by which a word meets those of the other language; names have none, they are written alike."""
    if word.startswith("="):
        return ()
    if not has_han(word):
        return (gloss_stem(word),)
    if not is_headword(word):
        return ()
    return tuple(sorted(gloss for gloss, weight in word_glosses(word).items() if weight >= STRONG_GLOSS)[:3])


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
