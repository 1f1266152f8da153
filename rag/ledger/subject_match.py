"""Subject match: features that say whether two entries of a ledger are on one subject, and the model that weighs them.

The words of each clause are explained by the other: by its clause, by its heading, lead or title, or not at all. A word
counts as much as it is rare in the library.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import resources
from typing import Final

from rag.ledger.clause_words import clause_words, is_neutral
from rag.ledger.comparison import comparable_family, entry_events, entry_size, is_bare
from rag.ledger.entry import LedgerEntry
from rag.ledger.library_terms import LibraryTerms
from rag.ledger.names import BODY_NOUNS, find_body_kinds, find_body_words, find_owner_names
from rag.ledger.periods import RELATIVE_PERIOD
from rag.ledger.terms import MEASURE_NOUNS, find_codes
from rag.ledger.word_matching import GLOSS, HALF, WordSet, word_form
from rag.reading.linear_model import LinearModel
from rag.text.dictionary import gloss_stem_count, is_headword, is_name
from rag.text.entities import tag_words
from rag.text.language import gloss_stem, has_han

# of each feature the sign that its weight may have, 0 for any: more evidence for one subject never lowers the score
FEATURE_SIGNS: Final[dict[str, int]] = {
    "shared": 1, "coverage": 1, "missing_less": -1, "missing_more": -1, "context": 0, "title": 0,
    "names_missing_in_document": -1, "names_missing": -1, "scopes_differ": -1, "scopes_equal": 1, "codes_missing": -1,
    "qualifiers_differ": -1, "qualifiers_equal": 1, "year_equal": 1, "year_missing": -1, "years_differ": -1,
    "period_missing": -1, "period_relative": -1, "unit_equal": 1, "unit_missing": -1, "ratio": -1, "digit_differs": 1,
    "related": 1, "rank": -1, "languages_differ": 0, "is_time": 0, "is_cell": 0, "is_series": -1}
FEATURES: Final = tuple(FEATURE_SIGNS)
WEIGHTS_FILE = "subject_match.json"
_MOST = 6.0  # words that are counted
_HALF_EXPLAINED = 0.5  # of a word that only the heading or the title explains
_TITLE_SHARE = 0.3  # of a word that the titles of both have, which proves less
_EVENT_WEIGHT = 0.7  # of one event that both name
_SUFFIX = 2  # characters after a name, as in 澄溪区


@dataclass(frozen=True)
class TitleWords:
    """What the title of a document says of the owner of its figures."""

    words: tuple[str, ...]
    codes: frozenset[str]  # of products and the like
    owners: tuple[str, ...]  # its names, and the words before the nouns of bodies: 光学 of 光学实验室
    kinds: frozenset[str]  # these nouns
    keys: frozenset[str]  # of its words
    series: str  # the title without years, months and numbers: what the parts of a series share

    @classmethod
    def from_title(cls, title: str) -> TitleWords:
        """The words of a title, to which the first line of the text may have been added."""
        words = clause_words(title)
        keys = frozenset(word_form(word).key for word in words)
        owners, kinds = title_owners(title, words), find_body_kinds(title)
        return cls(words, find_codes(title), owners, kinds, keys, _series_name(title))


def _series_name(title: str) -> str:
    return _ISSUE.sub("", title.partition("\n")[0].lower())


_ISSUE = re.compile(
    r"[\d\s〇零一二三四五六七八九十年月日季度春夏秋冬第期.\-/－—_]|\bq\d|spring|summer|autumn|winter|january|february|march|april"
    r"|june|july|august|september|october|november|december")


def read_titles(titles: Mapping[str, str]) -> dict[str, TitleWords]:
    """The words of the titles of a library, by source id."""
    return {source_id: TitleWords.from_title(title) for source_id, title in titles.items()}


@dataclass(frozen=True)
class ComparedEntry:
    """A ledger entry, and the title of its document, in the forms in which they are compared."""

    entry: LedgerEntry
    title: TitleWords

    @cached_property
    def words(self) -> WordSet:
        """The words of its clause without the names that it belongs to."""
        terms = self.entry.terms
        return WordSet(word for word in terms.words if not is_named(word, terms.names))

    @cached_property
    def around(self) -> WordSet:
        """The words of title, heading, lead and the rest of the sentence."""
        return WordSet(dict.fromkeys((*self.entry.terms.context, *self.title.words)))

    @cached_property
    def all_words(self) -> WordSet:
        """The words of its clause, with its names, and around it."""
        return WordSet(dict.fromkeys((*self.entry.terms.words, *self.entry.terms.context, *self.title.words)))

    @cached_property
    def codes(self) -> frozenset[str]:
        """Codes and numbers of things of one kind among its names, else in the title: x200, 3号线."""
        return frozenset(name for name in self.entry.terms.names if any(map(str.isdigit, name))) or self.title.codes

    @property
    def own_names(self) -> tuple[str, ...]:
        """The names in its sentence."""
        return self.entry.terms.names if self.entry.terms.names_in_sentence else ()

    @cached_property
    def is_han(self) -> bool:
        """Whether its clause is Chinese."""
        return bool(self.words.han_words) or any(map(has_han, self.title.words))


def is_named(word: str, names: Sequence[str]) -> bool:
    """Whether a word of a clause is one of its names, or a part of one: 澄溪区 for the name 澄溪."""
    if not has_han(word):
        return word_form(word).key in names or word in names
    return any(word in name or (name in word and len(word) - len(name) < _SUFFIX) for name in names)


@lru_cache(maxsize=50_000)
def is_verb_form(word: str) -> bool:
    """Whether a Chinese word can be a verb: 收寄, 就读; English ones are left out of a clause already."""
    is_grouped = word_form(word).key != word
    return has_han(word) and not is_grouped and tag_words(word)[0][1] in ("v", "vi", "vd")


def title_owners(title: str, words: Sequence[str]) -> tuple[str, ...]:
    """The words of a title that are names, and those that tell a body from others of its kind: 光学 of 光学实验室."""
    names = find_owner_names(title)
    has_small_words = any(word[0].islower() for word in re.findall(r"[A-Za-z]{4,}", title))
    named = (word for word in words if is_named(word, names) and word not in BODY_NOUNS and (
        has_han(word) or has_small_words or is_name(word) or gloss_stem_count(gloss_stem(word)) <= _RARE_STEM))
    return tuple(dict.fromkeys((*named, *_han_title_names(title), *find_body_words(title))))


def _han_title_names(title: str) -> Iterator[str]:
    """The words of a Chinese title that the segmenter takes for names, and an unknown word that opens it: 恒屿电子."""
    for line in title.splitlines():
        for word, tag, start, _ in tag_words(line) if has_han(line) else ():
            is_ordinary = len(word) > _OPENING and is_headword(word[:_OPENING]) and not is_name(word)  # 保修卡
            is_unknown = tag == "n" and len(word) <= _LONGEST_OPENING and not is_headword(word)
            is_named_word = tag[:2] in _NAME_TAGS or (start <= _OPENING and is_unknown)
            if len(word) > 1 and has_han(word) and is_named_word and not is_ordinary and not is_neutral(word):
                yield word


_NAME_TAGS = ("ns", "nr", "nz", "nt")
_OPENING = 2  # characters before the first word: 关于; of a word that another may begin with
_LONGEST_OPENING = 3  # characters


_RARE_STEM = 3  # definitions with a stem; a capitalised word of a title in capitals is a name if it has no more


def can_have_one_owner(a: ComparedEntry, b: ComparedEntry, terms: LibraryTerms) -> bool:
    """Whether two entries can be about one body, place or product: no name or code tells them apart."""
    if a.codes and b.codes and not a.codes & b.codes:
        return False
    have_kinds = a.is_han == b.is_han and a.title.kinds and b.title.kinds and not (a.own_names or b.own_names)
    if have_kinds and not a.title.kinds & b.title.kinds:
        return False
    if a.is_han == b.is_han and max(_unsaid(a.own_names, b), _unsaid(b.own_names, a)) == 1.0:
        return False
    documents = terms.vocabulary(a.entry.source_id), terms.vocabulary(b.entry.source_id)
    if _missing(a.own_names, documents[1]) == _missing(b.own_names, documents[0]) == 1.0:
        return False
    return not _missing(a.title.owners, documents[1]) == _missing(b.title.owners, documents[0]) == 1.0


def _missing(names: Sequence[str], words: WordSet) -> float:
    """The share of names that do not stand among words; 0 without any."""
    return sum(not words.has_name(name) for name in names) / len(names) if names else 0.0


@dataclass
class _Explained:
    """The weights of the words of a clause: of all, of those that another statement says, and by what."""

    total: float = 0.0
    shared: float = 0.0
    title: float = 0.0
    context: float = 0.0
    missing: float = 0.0

    @property
    def coverage(self) -> float:
        return self.shared / self.total if self.total else 0.0


def _explain(a: ComparedEntry, b: ComparedEntry, terms: LibraryTerms) -> _Explained:
    found = _Explained()
    for form in a.words.forms:
        weight = terms.weight(form.key) * (_HALF_EXPLAINED if form.key in MEASURE_NOUNS else 1.0)
        quality = b.words.find(form)
        found.total += weight
        if quality > HALF and form.key in a.title.keys and form.key in b.title.keys:
            found.title += weight * quality
            found.shared += _TITLE_SHARE * weight * quality
        elif quality > HALF:
            found.shared += weight * quality
        elif b.around.find(form) >= GLOSS:
            found.context += weight
            found.shared += _HALF_EXPLAINED * weight
        else:
            found.shared += weight * quality / 2
            found.missing += weight * (1 - quality / 2)
    return found


def pair_features(a: ComparedEntry, b: ComparedEntry, terms: LibraryTerms) -> tuple[float, ...]:
    """The values of `FEATURES` for a pair of entries; the order of the two does not matter."""
    left, right = a.entry, b.entry
    return (*_word_features(a, b, terms), *_scope_features(a, b, terms), *_time_features(left, right),
            *_value_features(left, right), *_document_features(a, b, terms))


def _word_features(a: ComparedEntry, b: ComparedEntry, terms: LibraryTerms) -> tuple[float, ...]:
    one, two = _explain(a, b, terms), _explain(b, a, terms)
    less, more = sorted((one.missing, two.missing))
    is_one_event = a.entry.kind in ("date", "time") and bool(entry_events(a.entry) & entry_events(b.entry))
    event = _EVENT_WEIGHT * is_one_event  # the words that name it are left out of a clause
    return (min(_MOST, event + (one.shared + two.shared) / 2), max(one.coverage, two.coverage), min(_MOST, less),
            min(_MOST, more), min(_MOST, (one.context + two.context) / 2), min(_MOST, (one.title + two.title) / 2))


def _scope_features(a: ComparedEntry, b: ComparedEntry, terms: LibraryTerms) -> tuple[float, ...]:
    """What names, codes and qualifiers say of the owner: whether those of one are said by the other."""
    documents = terms.vocabulary(a.entry.source_id), terms.vocabulary(b.entry.source_id)
    names, other_names = a.entry.terms.names, b.entry.terms.names
    have_names = bool(names and other_names)
    is_shared = have_names and (_says_a_name(b, names) or _says_a_name(a, other_names))
    qualifiers, others = frozenset(a.entry.terms.qualifiers), frozenset(b.entry.terms.qualifiers)
    return (
        max(_missing(a.own_names, documents[1]), _missing(b.own_names, documents[0])),
        max(_unsaid(a.own_names, b), _unsaid(b.own_names, a)),
        float(have_names and not is_shared), float(is_shared), float(bool(a.codes) != bool(b.codes)),
        min(3.0, len((qualifiers ^ others) - {"part"})), min(2.0, len((qualifiers & others) - {"part"})))


def _says_a_name(entry: ComparedEntry, names: Sequence[str]) -> bool:
    return any(name in entry.entry.terms.names or entry.all_words.has_name(name) for name in names)


def _unsaid(names: Sequence[str], other: ComparedEntry) -> float:
    """The share of names that another entry has neither as its own nor in or around its clause."""
    said = sum(name in other.entry.terms.names or other.all_words.has_name(name) for name in names)
    return 1 - said / len(names) if names else 0.0


def _time_features(a: LedgerEntry, b: LedgerEntry) -> tuple[float, ...]:
    return (
        float(bool(a.year) and a.year == b.year), float(bool(a.year) != bool(b.year)),
        float(bool(a.year and b.year) and a.year != b.year), float(bool(a.period) != bool(b.period)),
        float(RELATIVE_PERIOD in (a.period, b.period)))


def _value_features(a: LedgerEntry, b: LedgerEntry) -> tuple[float, ...]:
    is_one_unit = a.unit == b.unit or comparable_family(a) == comparable_family(b) != "count"
    is_bare_pair = comparable_family(a) != comparable_family(b) and is_bare(a) != is_bare(b)
    return float(is_one_unit), float(is_bare_pair), min(2.0, _value_distance(a, b)), float(_differ_in_a_digit(a, b))


def _value_distance(a: LedgerEntry, b: LedgerEntry) -> float:
    """How far two values are apart: the logarithm of their ratio; of times in steps of two hours, of dates in decades.

    """
    left, right = entry_size(a), entry_size(b)
    if a.value.family == "clock":
        return abs(left - right) / 120
    if a.kind == "date":
        return abs(left - right) / 100_000
    return abs(math.log((left + 1e-9) / (right + 1e-9)))


def _differ_in_a_digit(a: LedgerEntry, b: LedgerEntry) -> bool:
    """Whether two figures differ in one digit, or in two that have changed places: 4,102 and 4,012."""
    left, right = (re.sub(r"\D", "", entry.text) for entry in (a, b))
    if len(left) != len(right) or len(left) < _PAIR:
        return False
    differing = sum(one != two for one, two in zip(left, right, strict=True))
    return differing == 1 or (differing == _PAIR and sorted(left) == sorted(right))


_PAIR = 2


def _document_features(a: ComparedEntry, b: ComparedEntry, terms: LibraryTerms) -> tuple[float, ...]:
    left, right = a.entry.source_id, b.entry.source_id
    rank = min(terms.rank(left, right), terms.rank(right, left))
    return (
        min(1.0, 4 * terms.related.get(left, {}).get(right, 0.0)), math.log1p(rank), float(a.is_han != b.is_han),
        float(a.entry.kind == "time"), float(_is_cell(a.entry) or _is_cell(b.entry)),
        float(a.title.series == b.title.series != ""))


def _is_cell(entry: LedgerEntry) -> bool:
    """Whether an entry's part is hardly more than the figure."""
    return entry.part_end - entry.part_start <= len(entry.text) + _PAIR


@cache
def load_subject_model() -> LinearModel:
    """The model that `evals/training/subject_match.py` wrote.

    Raises:
        ValueError: its features are not those of this module.
    """
    table = json.loads(resources.files("rag.ledger").joinpath(WEIGHTS_FILE).read_text("utf-8"))
    if set(table["weights"]) != set(FEATURES):
        raise ValueError(f"{WEIGHTS_FILE}: its features are not those of subject_match.py; train the model again")
    return LinearModel(tuple(table["weights"][name] for name in FEATURES), table["bias"], table["thresholds"])
