"""Subject match: features that say whether two entries of a ledger are on one subject, and the model that weighs them.

The words of each clause are explained by the other: by its clause, by its heading, lead or title, or not at all.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from importlib import resources
from typing import Final

from rag.ledger.clause_words import clause_words, is_neutral
from rag.ledger.entry import LedgerEntry
from rag.ledger.names import BODY_NOUNS, find_body_kinds, find_body_words, find_owner_names
from rag.ledger.terms import MEASURE_NOUNS, find_codes
from rag.ledger.word_matching import GLOSS, HALF, PART, WordSet, word_form
from rag.reading.linear_model import LinearModel
from rag.text.dictionary import gloss_stem_count, is_headword, is_name
from rag.text.entities import tag_words
from rag.text.language import gloss_stem, has_han

# of each feature the sign that its weight may have, 0 for any: more evidence for one subject never lowers the score
FEATURE_SIGNS: Final[dict[str, int]] = {
    "shared": 1, "context": -1, "unexplained_less": -1, "unexplained_more": -1, "verbs_less": -1, "verbs_more": -1,
    "ratio": 1, "qualifiers": -1, "measures_equal": 1, "measures_contrary": -1, "year_missing": -1,
    "languages_differ": 0, "kinds_differ": -1, "owners_more": -1, "codes_missing": -1, "is_event": 0}
FEATURES: Final = tuple(FEATURE_SIGNS)
WEIGHTS_FILE = "subject_match.json"
_MOST = 5.0  # words that are counted
_MOST_TITLES = 8  # with a word that still tells one owner from others
_LEAST_WITHOUT_OWNER = 2  # words that two statements share of which no name tells the owner
_SUFFIX = 2  # characters after a name, as in 澄溪区


@dataclass(frozen=True)
class TitleWords:
    """What the title of a document says of the owner of its figures."""

    words: tuple[str, ...]
    codes: frozenset[str]  # of products and the like
    owners: tuple[str, ...]  # its names, and the words before the nouns of bodies: 光学 of 光学实验室
    kinds: frozenset[str]  # these nouns
    keys: frozenset[str]  # of its words
    telling_keys: frozenset[str]  # those that few titles of the library have

    @classmethod
    def from_title(cls, title: str, common: frozenset[str] = frozenset()) -> TitleWords:
        """The words of a title, to which the first line of the text may have been added; `common`: keys of many titles.

        """
        words = clause_words(title)
        keys = frozenset(word_form(word).key for word in words)
        return cls(words, find_codes(title), title_owners(title, words), find_body_kinds(title), keys, keys - common)


def read_titles(titles: Mapping[str, str]) -> dict[str, TitleWords]:
    """The words of the titles of a library, by source id."""
    counts = Counter(word_form(word).key for title in titles.values() for word in set(clause_words(title)))
    most = max(_MOST_TITLES, len(titles) // 20)
    common = frozenset(key for key, count in counts.items() if count > most)
    return {source_id: TitleWords.from_title(title, common) for source_id, title in titles.items()}


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
    def owners(self) -> tuple[str, ...]:
        """The words that say of which body, place or product it speaks: names in its sentence, else in the title."""
        terms = self.entry.terms
        own = tuple(word for word in terms.words if is_named(word, terms.names)) if terms.names_in_sentence else ()
        return own or self.title.owners

    @cached_property
    def codes(self) -> frozenset[str]:
        """Codes and numbers of things of one kind, in its sentence, else in the title: x200, 3号线."""
        return frozenset(name for name in self.entry.terms.names if any(map(str.isdigit, name))) or self.title.codes

    @property
    def owner_keys(self) -> frozenset[str]:
        """The names nearest to it, and the keys of its title."""
        return self.title.keys.union(self.entry.terms.names)

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


def can_have_one_owner(a: ComparedEntry, b: ComparedEntry) -> bool:
    """Whether two entries can be about one body, place or product: no name, code or kind of body tells them apart."""
    if a.codes and b.codes and not a.codes & b.codes:
        return False
    if a.is_han == b.is_han and a.title.kinds and b.title.kinds and not a.title.kinds & b.title.kinds:
        return False
    if _missing(a.owners, b) and _missing(b.owners, a):
        return False
    return not (_missing(a.title.owners, b) and _missing(b.title.owners, a))


def have_shared_owner(a: ComparedEntry, b: ComparedEntry) -> bool:
    """Whether a name or a code of both shows that they are about one body, place or product."""
    if a.codes & b.codes:
        return True
    return _missing(a.owners, b) < len(a.owners) or _missing(b.owners, a) < len(b.owners)


@dataclass
class _Explained:
    """How many words of a clause another statement explains, and by what; a title that both have proves less."""

    shared: float = 0.0
    title: float = 0.0
    context: float = 0.0
    missing: list[str] = field(default_factory=list)  # the keys of those that are not explained
    verbs: list[str] = field(default_factory=list)  # of the verbs among them


def _explain(a: ComparedEntry, b: ComparedEntry) -> _Explained:
    found, across = _Explained(), a.is_han != b.is_han
    for form in a.words.forms:
        quality = b.words.find(form)
        if quality > HALF:
            if form.key in a.title.keys and form.key in b.title.keys:
                found.title += quality
            else:
                found.shared += quality
        elif b.around.find(form) >= (GLOSS if across else PART):
            found.context += 1
        elif across and form.key in a.title.keys:
            continue  # a part of the owner's name, which is written otherwise: 启川重工
        elif form.key in MEASURE_NOUNS and not b.words.keys & MEASURE_NOUNS:
            continue  # the unit implies it: 借期为30天, 可借30天
        elif is_verb_form(form.word):
            found.verbs.append(form.key)
        else:
            found.shared += quality
            found.missing.append(form.key)
    return found


Difference = frozenset[frozenset[str]]  # the words of each of two clauses that the other does not explain


@dataclass(frozen=True)
class PairFeatures:
    """The values of `FEATURES` for a pair of entries, and the words in which they differ."""

    values: tuple[float, ...]
    difference: Difference
    is_contrary: bool  # whether each has words, or an owner, that the other does not explain, or they share nothing


def pair_features(a: ComparedEntry, b: ComparedEntry) -> PairFeatures:
    """The features of a pair of entries; the order of the two does not matter."""
    left, right = a.entry, b.entry
    one, two = _explain(a, b), _explain(b, a)
    qualifiers = frozenset(left.terms.qualifiers) ^ frozenset(right.terms.qualifiers)
    measures_a, measures_b = frozenset(left.terms.measures), frozenset(right.terms.measures)
    owners_a, owners_b = _missing(a.owners, b), _missing(b.owners, a)
    shared, title = (one.shared + two.shared) / 2, (one.title + two.title) / 2
    less, more = sorted((len(one.missing), len(two.missing)))
    verbs_less, verbs_more = sorted((len(one.verbs), len(two.verbs)))
    whole = max(len(a.words.forms), len(b.words.forms), 1)
    across = a.is_han != b.is_han
    values = (
        min(_MOST, shared), min(_MOST, (one.context + two.context) / 2), min(_MOST, less), min(_MOST, more),
        min(_MOST, verbs_less), min(_MOST, verbs_more), min(1.0, (shared + title) / whole), min(3.0, len(qualifiers)),
        float(bool(measures_a & measures_b)), float(bool(measures_a and measures_b and not measures_a & measures_b)),
        float(bool(left.year) != bool(right.year)), float(across), float(left.kind != right.kind),
        min(2.0, max(owners_a, owners_b)), float(bool(a.codes) != bool(b.codes)), float(left.kind in ("date", "time")))
    difference = frozenset(frozenset((*side.missing, *side.verbs)) for side in (one, two))
    lacks_subject = not shared and (more > 0 or not (title or measures_a & measures_b))
    # without an owner or a title that both have, the words alone have to tell the subject
    if not have_shared_owner(a, b) and not a.title.telling_keys & b.title.telling_keys:
        lacks_subject |= more > 0 or shared < _LEAST_WITHOUT_OWNER or left.kind in ("date", "time")
    is_contrary = lacks_subject or (across and more > 0) or bool(
        (one.missing or owners_a) and (two.missing or owners_b))
    return PairFeatures(values, difference, is_contrary)


def _missing(owners: Sequence[str], other: ComparedEntry) -> int:
    """How many of the words that name an owner stand nowhere in or around the clause of another entry."""
    return sum(not other.all_words.has_name(word) for word in owners)


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
