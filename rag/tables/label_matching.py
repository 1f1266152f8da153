"""Label matching: which heads and which values of a table a question names, and which of its words that leaves over.

A label is named if the question has it as it is written, 东门店 in `东门店一月卖了多少`, or without what all labels of its column
end with (东门 for 东门店); or in other words, by its terms and their glosses: `sales` for 销售额.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache

from rag.numbers.figures import named_years
from rag.questions.analysis import AnalysedQuestion, QueryTerm, search_term
from rag.questions.canonical_text import canonical_text
from rag.questions.number_conditions import Span
from rag.questions.superlatives import CLASSIFIERS
from rag.reading.matching import TermWeight, term_match, text_view
from rag.reading.measures import find_measures
from rag.tables.label_forms import shorter_forms
from rag.text.entities import tag_words
from rag.text.glossary import translated_words
from rag.text.language import ENGLISH_FUNCTION_WORDS, has_han, is_function_word, segment_words, stem
from rag.text.lexicon import load_lexicon

_CODE = re.compile(r"[a-z]{1,5}[\W_]?\d[\d.]*")
_SIGNS = re.compile(r"[\W_]")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*")
_LEAST_SCATTERED, _MOST_BETWEEN = 2, 3  # content words of a label, and other words between them
# values that name nothing by themselves
YES_NO_WORDS = frozenset(("是", "否", "有", "无", "对", "未", "y", "n", "yes", "no"))
_PREFIXES = frozenset(("总", "共", "各", "每", "该", "全", "本", "均", "平均", "年", "月", "日", "单", "最", "的", "和", "与"))
_SAME = 0.9  # of two words of one script
_MATCHED = 0.5  # of a soft term match, from which a word counts as found
_MOST_NAME_WORDS, _SHORTEST_NAME = 5, 3
_MOST_COMPARED = 2_000  # labels of one column that are compared with their inflections
_MOST_TRANSLATED = 200  # labels of one column that are compared by their glosses


@dataclass(frozen=True)
class Mention:
    """A label that a question names: how well, 0 to 1, and where (empty if only by a gloss or a concept)."""

    label: str
    score: float
    spans: tuple[Span, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether the question has the label as it is written."""
        return self.score >= 1.0


@dataclass(frozen=True)
class Leftover:
    """A word of a question that a plan does not explain.

    `is_verb`: it says nothing beside a head that is named; `is_light`: nor beside a condition: `work`.
    """

    word: str
    is_verb: bool
    is_light: bool
    span: Span = (0, 0)


@dataclass
class NamedQuestion:
    """A question as labels are compared with it; all spans are those of `text`."""

    question: AnalysedQuestion
    term_weight: TermWeight
    text: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = canonical_text(self.question.text)

    @cached_property
    def _words(self) -> list[tuple[str, int, int]]:
        return [(stem(m.group()), m.start(), m.end()) for m in _WORD.finditer(self.text)]

    @cached_property
    def _letters(self) -> str:
        return _SIGNS.sub("", self.text)

    def find_exact(self, label: str) -> tuple[Span, ...]:
        """Where the question has a label as it is written, apart from inflection; a number only as a whole number."""
        plain = canonical_text(label).strip()
        if not plain:
            return ()
        if _CODE.fullmatch(plain):  # pm25 is written PM2.5 as well
            if _SIGNS.sub("", plain) not in self._letters:
                return ()
            letters = r"[\W_]?".join(re.escape(sign) for sign in _SIGNS.sub("", plain))
            return tuple(m.span() for m in re.finditer(rf"(?<![a-z0-9]){letters}(?![a-z0-9])", self.text))
        if has_han(plain):
            if plain not in self.text or plain in YES_NO_WORDS:
                return ()
            before = r"(?<![\d.])" if plain[0].isdigit() else ""
            after = r"(?![\d])" if plain[-1].isdigit() else ""
            matches = re.finditer(before + re.escape(plain) + after, self.text)
            return tuple(m.span() for m in matches if not self._is_end_of_word(m.span()))
        wanted = [stem(m.group()) for m in _WORD.finditer(plain)]
        return (tuple(self._find_words(wanted)) or self._find_scattered(wanted)) if wanted else ()

    def _is_end_of_word(self, span: Span) -> bool:
        """Whether a Han label is only the end of a longer word that means something else: 学院 of 医学院, not of 总学院数.

        A label of one character is named only as a word of its own: 胜, not in 净胜分.
        """
        return any(
            start < span[0] < end and span[1] == end and self.text[start : span[0]] not in _PREFIXES
            for start, end in self._han_words) or (span[1] - span[0] == 1 and span not in self._han_words)

    @cached_property
    def _han_words(self) -> list[Span]:
        return [(start, end) for _, _, start, end in tag_words(self.text)]

    def _find_scattered(self, wanted: Sequence[str]) -> tuple[Span, ...]:
        """Where all content words of a label stand near each other in any order: the net cost of land and equipment."""
        content = {word for word in wanted if not is_function_word(word)}
        if len(content) < _LEAST_SCATTERED:
            return ()
        places = [(i, word) for i, (word, _, _) in enumerate(self._words) if word in content]
        if {word for _, word in places} != content or len(places) > 2 * len(content):
            return ()
        first, last = places[0][0], places[-1][0]
        if last - first > len(wanted) + _MOST_BETWEEN:
            return ()
        return tuple(self._words[i][1:] for i, _ in places)

    def _find_words(self, wanted: Sequence[str]) -> Iterable[Span]:
        words, size = self._words, len(wanted)
        for i in range(len(words) - size + 1):
            if all(words[i + k][0] == wanted[k] for k in range(size)):
                yield words[i][1], words[i + size - 1][2]

    def match(self, label: str, common: Collection[str] = ()) -> Mention:
        """How well the question names a label. `common`: terms that most of its neighbours have, which say less."""
        if spans := self.find_exact(label):
            return Mention(label, 1.0, spans)
        terms = _label_terms(label)
        if not terms or _CODE.fullmatch(canonical_text(label).strip()):
            return Mention(label, 0.0)
        view = text_view(self.text)
        weights = [0.3 if term.word in common else 1.0 for term in terms]
        found = [weight * term_match(term, view).soft for term, weight in zip(terms, weights, strict=True)]
        score = 0.95 * sum(found) / sum(weights)
        return Mention(label, score)

    def find_values(self, values: Sequence[str]) -> list[Mention]:
        """The values of a column that the question names, the longest first; none inside another."""
        distinct = list(dict.fromkeys(value for value in values if value.strip()))
        if len(distinct) > _MOST_COMPARED:  # of a very long column only what stands in the question letter by letter
            distinct = [value for value in distinct if value.lower() in self.text]
        forms = shorter_forms(distinct)
        found = []
        for value in distinct:
            if len(value) < 2 and not (len(distinct) <= _FEW_VALUES and has_han(value)):
                continue
            places = (self.find_exact(form) for form in (value, *forms.get(value, ())))
            if spans := next(filter(None, places), ()):
                found.append(Mention(value, 1.0, spans))
        if not found and len(distinct) <= _MOST_TRANSLATED:
            is_han = self.question.language == "zh"
            foreign = [value for value in distinct if has_han(value) != is_han]
            found = [
                Mention(value, 0.9) for value in foreign if self._is_translated(forms.get(value, (value,))[0])]
        found.sort(key=_named_length, reverse=True)
        kept: list[Mention] = []
        for mention in found:
            if not mention.spans or not self.covers([span for other in kept for span in other.spans], mention.spans):
                kept.append(mention)
        return kept

    def covers(self, spans: Sequence[Span], part: Sequence[Span]) -> bool:
        """Whether all content words at some places are at others, too: East in East Ham."""
        words = [
            (start, end) for word, start, end in self._words
            if not is_function_word(word) and any(a <= start and end <= b for a, b in part)]
        words += [(start, end) for start, end in part if has_han(self.text[start:end])]
        return all(any(a <= start and end <= b for a, b in spans) for start, end in words or part)

    def find_short_names(self, values: Sequence[str]) -> list[Mention]:
        """The names of people of which the question has a word that no other has: Baptiste for `Baptiste, Omar`."""
        owners: dict[str, set[str]] = {}
        for value in dict.fromkeys(values[:_MOST_COMPARED]):
            words = _WORD.findall(canonical_text(value))
            for word in words if 1 < len(words) < _MOST_NAME_WORDS else ():
                owners.setdefault(word, set()).add(value)
        found: dict[str, list[Span]] = {}
        for match in _WORD.finditer(self.text):
            word = match.group().removesuffix("'s")
            if len(word) >= _SHORTEST_NAME and len(owners.get(word, ())) == 1:
                found.setdefault(next(iter(owners[word])), []).append((match.start(), match.start() + len(word)))
        return [Mention(value, 1.0, tuple(spans)) for value, spans in found.items()]

    @cached_property
    def _naming_text(self) -> str:
        """The question without the words that name no value: light words, and what is counted or asked for."""
        idle = _light_words() | {stem(noun) for noun in (*self.asked_nouns, *self.counted_nouns)}
        if has_han(self.text):
            return "".join(word for word, *_ in tag_words(self.text) if word not in idle)
        return " ".join(self.text[start:end] for word, start, end in self._words if word not in idle)

    def _is_translated(self, value: str) -> bool:
        terms = _label_terms(value)
        view = text_view(self._naming_text)
        return bool(terms) and not any(t.word[0].isdigit() for t in terms) and all(
            term_match(term, view).soft >= _MATCHED for term in terms)

    def leftover(self, spans: Iterable[Span], known: str) -> list[Leftover]:
        """The content words of the question that neither the spans nor a known text explain."""
        taken = list(spans)
        view = text_view(known)
        found = []
        for word, is_verb, start, end in self._content_words:
            if any(a < end and start < b for a, b in taken) or word in _light_words():
                continue
            terms = _label_terms(word)
            least = _least_match(word, known)
            is_known = any(term_match(term, view).soft >= least for term in terms)
            if terms and not is_known:
                found.append(Leftover(terms[0].word, is_verb, word in _light_verbs(), (start, end)))
        return found

    @cached_property
    def _content_words(self) -> list[tuple[str, bool, int, int]]:
        """The nouns, verbs, names and figures of the question: each word, whether it is a verb, and its place."""
        if not has_han(self.text):
            return [
                (word, word in _light_verbs(), start, end) for word, start, end in self._words
                if not is_function_word(word) and self.text[start:end] not in ENGLISH_FUNCTION_WORDS]
        words = []
        for word, tag, start, end in tag_words(self.text):
            is_content = tag[0] in _CONTENT_TAGS or word[0].isdigit() or (word.isascii() and word.isalpha())
            if is_content and not is_function_word(word) and word.strip() and word not in CHINESE_QUESTION_WORDS:
                is_verb = tag[0] in _VERB_TAGS or word in _light_verbs()
                words.append((stem(word) if word.isascii() else word, is_verb, start, end))
        return words

    @cached_property
    def asked_nouns(self) -> list[str]:
        """The nouns after `which` or `what`: 店 of 哪家店, branch of `which three branches`."""
        return self._nouns_after(_WHICH)

    @cached_property
    def counted_nouns(self) -> list[str]:
        """The nouns after `how many`: 员工 of 多少名员工."""
        return self._nouns_after(_HOW_MANY)

    def _nouns_after(self, pattern: re.Pattern[str]) -> list[str]:
        nouns = []
        for match in pattern.finditer(self.text):
            words = segment_words(self.text[match.end() : match.end() + _LONGEST_NOUN])[:2]
            for word in words:
                if is_function_word(word) or word in _NO_NOUNS or word.isdigit() or _is_idle(word):
                    break
                nouns.append(word)
        return nouns

    def is_light(self, word: str) -> bool:
        """Whether a word asks for nothing itself: 东西, `item`."""
        return (stem(word) if word.isascii() else word) in _light_words()

    def is_known(self, word: str, known: str) -> bool:
        """Whether a text has a word, itself, by a gloss, or as a word for the same measure."""
        if not word:
            return False
        view = text_view(known)
        least = _least_match(word, known)
        by_term = any(term_match(term, view).soft >= least for term in _label_terms(word))
        is_part = has_han(word) and word in view.normal_form
        return by_term or is_part or bool(find_measures(word) & find_measures(known))

    def leftover_share(self, leftover: Sequence[Leftover]) -> float:
        """The share of the question's weight that some of its words have, 0 to 1; 1 for a name or a year."""
        names = self.question.name_terms
        years = named_years(self.question.figures)
        if any(one.word in names or (one.word.isdigit() and int(one.word) in years) for one in leftover):
            return 1.0
        weights = [self.term_weight(search_term(word), False) for word, *_ in self._content_words]
        missing = [self.term_weight(one.word, False) for one in leftover]
        return min(1.0, sum(missing) / (sum(weights) or 1.0))


_COUNT = r"(?:[一二两三四五六七八九十几]|\d{1,2})?"
_WHICH = re.compile(
    rf"哪{_COUNT}[{CLASSIFIERS}]?|\b(?:which|what)(?: of the)? "
    r"(?:(?:two|three|four|five|six|seven|eight|nine|ten|\d+) )?(?=[a-z])")
_HOW_MANY = re.compile(rf"(?:多少|几)[{CLASSIFIERS}]?|\bhow many (?:of the |different |distinct |unique )?")
# words after `which` that are no nouns, or name the operation
_NO_NOUNS = frozenset(
    "多 少 高 低 大 小 贵 便宜 最 更 比 is are was were has have had did does do percentage percent proportion share fraction more "
    "most kind type sort number way extent time total average".split())
_LONGEST_NOUN = 16  # characters after `which` in which its noun stands
CHINESE_QUESTION_WORDS = frozenset(("哪个", "哪些", "多少", "几个", "什么", "谁", "有", "是", "比", "最", "多", "少"))
_FEW_VALUES = 6  # of a column whose values may be single characters: 男, 女; A, B
_CONTENT_TAGS, _VERB_TAGS = frozenset("nvaijlxe"), frozenset("va")  # first letters of part-of-speech tags


@cache
def _light_words() -> frozenset[str]:
    """Words that ask for nothing themselves, English ones as stems."""
    return frozenset(stem(word) if word.isascii() else word for word in load_lexicon("rag.tables", "light_words"))


@cache
def _light_verbs() -> frozenset[str]:
    return frozenset(stem(word) if word.isascii() else word for word in load_lexicon("rag.tables", "light_verbs"))


def _least_match(word: str, known: str) -> float:
    """The soft match from which a text has a word: across scripts by a gloss; in one script hardly less than the word.

    场馆 and 球队 have a gloss in common (`court`), but a question for the one does not ask for the other.
    """
    return _MATCHED if has_han(word) != has_han(known) else _SAME


def _is_idle(word: str) -> bool:
    """Whether a word after `which` is a verb, or stands for any noun."""
    term = stem(word) if word.isascii() else word
    return term in _light_verbs() and term not in _light_words() and word.isascii()


def _named_length(mention: Mention) -> int:
    """How many characters of the question name a label, which may stand there twice, or with its words apart."""
    return min(len(canonical_text(mention.label)), sum(end - start for start, end in mention.spans))


@lru_cache(maxsize=20_000)
def _label_terms(label: str) -> tuple[QueryTerm, ...]:
    """The content words of a label with their glosses."""
    plain = canonical_text(label)[:_LONGEST_LABEL]
    meanings = dict(translated_words(plain))
    terms: dict[str, Mapping[str, float]] = {}
    for word in segment_words(plain):
        if not is_function_word(word):
            meaning = meanings.get(word)
            terms.setdefault(search_term(word), meaning.glosses if meaning else {})
    return tuple(QueryTerm(term, glosses) for term, glosses in terms.items())


def label_words(label: str) -> frozenset[str]:
    """The content words of a label, English ones as stems."""
    return frozenset(term.word for term in _label_terms(label))


_LONGEST_LABEL = 200  # characters


def frequent_terms(labels: Sequence[str]) -> frozenset[str]:
    """The terms that at least half of several labels have, such as 金额 in all heads."""
    counts = Counter(word for label in labels for word in {term.word for term in _label_terms(label)})
    return frozenset(word for word, count in counts.items() if count > 1 and count >= len(labels) / 2)
