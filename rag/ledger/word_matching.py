"""Matching of words: how far a word of one clause is said by the words of another, in one language or across both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rag.ledger.terms import canonical_term, qualifier_key
from rag.numbers.subjects import word_glosses
from rag.text.dictionary import is_headword
from rag.text.glossary import STRONG_GLOSS, sense_stems
from rag.text.language import gloss_stem, has_han, stem
from rag.text.transliteration import pinyin_syllables

WHOLE, PART, GLOSS, ABBREVIATION, HALF, NONE = 1.0, 0.9, 0.8, 0.7, 0.45, 0.0  # qualities of a match
_SHORTEST_PART = 2  # characters of a part of a Chinese word
_LONGEST_ABBREVIATION = 3  # characters: 社零, 高企
_LONGEST_NAME = 4  # characters of a word that the dictionary has not, whose pinyin may be its name in English
_VAGUE_GLOSSES = frozenset(map(gloss_stem, "number amount quantity total person people place thing year".split()))


@dataclass(frozen=True, eq=False)
class WordForm:
    """A word in the forms in which it is compared."""

    word: str
    key: str  # the stem, or the name of its group of synonyms
    is_han: bool
    glosses: frozenset[str]  # the strong ones of a word of the dictionary; of an English word its own stem
    senses: tuple[frozenset[str], ...] = ()  # the stems of each meaning of a Chinese word


@lru_cache(maxsize=100_000)
def word_form(word: str) -> WordForm:
    """The forms of a word as `clause_words` gives it."""
    if not has_han(word):
        key = qualifier_key(word) or canonical_term(stem(word))
        return WordForm(word, key, False, frozenset((gloss_stem(word),)))
    key = qualifier_key(word) or canonical_term(word)
    if not is_headword(word):
        name = gloss_stem(spell_name(word)) if len(word) <= _LONGEST_NAME else ""
        return WordForm(word, key, True, frozenset(filter(None, (name,))))
    strong = (gloss for gloss, weight in word_glosses(word).items()
              if weight >= STRONG_GLOSS and gloss not in _VAGUE_GLOSSES)
    senses = tuple(sense for sense in sense_stems(word) if not sense <= _VAGUE_GLOSSES)
    return WordForm(word, key, True, frozenset(strong), senses)


class WordSet:
    """Words of a text, among which other words are looked for."""

    def __init__(self, words: Iterable[str]) -> None:
        self.forms = tuple(word_form(word) for word in words)
        self.keys = frozenset(form.key for form in self.forms)
        self.han_glosses = frozenset(gloss for form in self.forms if form.is_han for gloss in form.glosses)
        self.han_senses = frozenset(sense for form in self.forms for sense in form.senses)
        self.latin_glosses = frozenset(gloss for form in self.forms if not form.is_han for gloss in form.glosses)
        self.han_words = tuple(form.word for form in self.forms if form.is_han)
        self.han_text = " ".join(self.han_words)

    def find(self, form: WordForm) -> float:
        """How far a word is said by these words: 1 for one meaning, 0 for none.

        押金 by `deposit` → 1; 绿地 by 绿地面积 → 0.9; 绿地面积 by 绿地 → 0.45, since a part of it is not said.
        """
        if form.key in self.keys:
            return WHOLE
        if not form.is_han:
            return GLOSS if form.glosses & self.han_glosses else NONE
        if len(form.word) >= _SHORTEST_PART and form.word in self.han_text:
            return PART
        if any(len(word) >= _SHORTEST_PART and word in form.word for word in self.han_words):
            return HALF
        if any(sense in self.han_senses or sense <= self.latin_glosses for sense in form.senses):
            return GLOSS
        if form.glosses & self.latin_glosses:  # 试用期 by `period`
            return HALF if form.senses else GLOSS
        is_short = _SHORTEST_PART <= len(form.word) <= _LONGEST_ABBREVIATION
        return ABBREVIATION if is_short and is_abbreviation(form.word, self.han_text) else NONE

    def has_name(self, name: str) -> bool:
        """Whether a name stands among these words: 澄溪区 and 澄溪, 松原 and `Songyuan`, 光学 and `optics`."""
        form = word_form(name)
        if form.key in self.keys:
            return True
        if not form.is_han:
            return bool(form.glosses & self.han_glosses)
        bare = bare_name(name)
        if len(bare) >= _SHORTEST_PART and bare in self.han_text:
            return True
        return gloss_stem(spell_name(name)) in self.latin_glosses or bool(form.glosses & self.latin_glosses)


@lru_cache(maxsize=50_000)
def spell_name(name: str) -> str:
    """A Chinese name in pinyin as one word, without the character of its kind: 澄溪区 → chengxi."""
    return "".join(pinyin_syllables(bare_name(name)))


def bare_name(name: str) -> str:
    """A Chinese name without the character of its kind: 澄溪区 → 澄溪."""
    return name[:-1] if len(name) > _SHORTEST_PART and name[-1] in "市县区省州镇乡村湖江河山岛港" else name


def is_abbreviation(word: str, text: str) -> bool:
    """Whether a Chinese word has each of its characters in a text in their order: 社零 in 社会消费品零售."""
    position = -1
    for character in word:
        position = text.find(character, position + 1)
        if position < 0:
            return False
    return True
