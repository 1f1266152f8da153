"""Terms of subjects: nouns, verbs and qualifiers of a phrase, with one form for words of one meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from rag.numbers.counted_nouns import content_words
from rag.text.dictionary import is_headword, is_name
from rag.text.entities import tag_words
from rag.text.language import has_han, normalise, stem
from rag.text.lexicon import load_lexicon

_GROUP_SIGN = "="  # before the name of a group of synonyms, which no search term begins with


@dataclass(frozen=True)
class PhraseTerms:
    """The terms of a phrase; nouns and verbs in their canonical form."""

    nouns: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __or__(self, other: PhraseTerms) -> PhraseTerms:
        return PhraseTerms(self.nouns | other.nouns, self.verbs | other.verbs, self.names | other.names)


# groups that say what is measured, not of what; the unit of a figure implies them
MEASURE_NOUNS = frozenset(("=fee", "=area", "=length", "=height", "=depth", "=weight", "=speed", "=durati"
    "on", "=distance",
                           "=temperature", "=age", "=capacity"))
# groups of those whom a rule is about; `readers pay a deposit` and `the deposit is` are one rule
AGENT_NOUNS = frozenset(("=tenant", "=customer", "=visitor", "=reader", "=buyer", "=supplier", "=participant"))


@cache
def _synonym_groups() -> dict[str, str]:
    """The name of the group of each word, English words by their stems; the first group of a word counts."""
    groups: dict[str, str] = {}
    for line in load_lexicon("rag.ledger", "synonyms"):
        words = line.split()
        for word in words:
            groups.setdefault(word if has_han(word) else stem(word), f"{_GROUP_SIGN}{words[0]}")
    return groups


@cache
def _verb_stems() -> frozenset[str]:
    return frozenset(stem(word) for line in load_lexicon("rag.ledger", "english_verbs") for word in line.split())


def is_verb(word: str) -> bool:
    """Whether an English word is one of the verbs and adverbs that carry no subject."""
    return stem(word.lower()) in _verb_stems()


@lru_cache(maxsize=50_000)
def canonical_term(term: str) -> str:
    """The form of a search term that its synonyms share: 押金, 保证金 and `deposit` → =deposit; else the term itself."""
    return _synonym_groups().get(term, term)


@lru_cache(maxsize=20_000)
def phrase_terms(text: str) -> PhraseTerms:
    """The nouns, verbs and names of a phrase. English verbs are those of a list; other English words count as nouns.

    `办证押金为` → nouns 办证, =deposit; `Readers pay a deposit of` → nouns =reader, =deposit, verb pay.
    """
    text = _DATE.sub(lambda date: " " * len(date.group()), text)
    words = content_words(text)
    names = frozenset(name for name in words.names if not is_ordinary_word(name))
    ordinary = words.names - names
    verbs = {term for term in (*words.nouns, *ordinary) if has_han(term) or term in _verb_stems()}
    verbs = {verb for verb in verbs if not has_han(verb) or verb in ordinary or verb in _han_verbs()} | set(words.verbs)
    candidates = (*words.nouns, *ordinary, *_grouped_words(text))
    nouns = {canonical_term(term) for term in candidates if term not in verbs and not is_noise(term)}
    verb_terms = {canonical_term(verb) for verb in verbs}
    nouns |= {verb for verb in verb_terms if verb.startswith(_GROUP_SIGN)}  # 借阅, `borrow`: a subject too
    return PhraseTerms(
        frozenset(nouns), frozenset(verb for verb in verb_terms if not verb.startswith(_GROUP_SIGN)), names)


_DATE = re.compile(r"\d{4}年(?:[末底]|初(?![中级等]))?")  # the segmenter would cut 2022年初中部 as 年初, 中部
LIGHT_CHARACTERS = frozenset(
    "有是为达设占收交需须应可能会将已共约超近等在于从自至到与和及或对按由被把让给向以之其该本此每各某的地得了着过不无未均都也还又再仅只就才便即则但而且若如因所者们"
    "个位名人年月日时分元家张件套间所次度期全总现前后内外上下中里起止满逾第这那您我你他她它凭持经同请要含余多少数含计达存作成做使开关办领取付缴退还借用看读写买卖送寄")


def _grouped_words(text: str) -> list[str]:
    """The English words of a phrase that have synonyms; some of them any statistic may have: `employs`, `price`."""
    stems = (stem(word.lower()) for word in _LATIN_WORD.findall(text))
    return [term for term in stems if term in _synonym_groups()]


_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z-]+")


def is_ordinary_word(name: str) -> bool:
    """Whether what was taken for a name is an ordinary word: 容纳, 周六, `library`, `saturday`."""
    if not has_han(name):
        return name in _DAY_STEMS or name in _synonym_groups() or name in _verb_stems()
    return bool(_DAY.match(name)) or name in _synonym_groups() or (is_headword(name) and not is_name(name))


_DAY = re.compile("(?:周|星期|礼拜)[一二三四五六日天]")
@cache
def _han_verbs() -> frozenset[str]:
    return frozenset(load_lexicon("rag.ledger", "chinese_verbs"))


@cache
def _noise_nouns() -> frozenset[str]:
    return frozenset(load_lexicon("rag.ledger", "chinese_noise_nouns"))


_DAY_NOUNS = frozenset(("weekday", "weekend", "工作日", "周末", "双休日"))
_DAY_STEMS = frozenset(map(stem, "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri "
    "sat sun".split()))


def is_noise(term: str) -> bool:
    """Whether a term is a lone letter or character, a day of the week, or the rest of a number."""
    if term in _noise_nouns() or term[0] == "每":
        return True
    if len(term) < 2 and term not in _synonym_groups():
        return True
    return term in _DAY_STEMS or term in _DAY_NOUNS or bool(_DAY.match(term))


@cache
def _qualifier_groups() -> dict[str, str]:
    """The name of the group of each qualifier."""
    groups: dict[str, str] = {}
    for line in load_lexicon("rag.ledger", "qualifiers"):
        words = [word.replace("_", " ") for word in line.split()]
        for word in words:
            groups.setdefault(word, words[0])
    return groups


def qualifier_key(word: str) -> str:
    """The name of the group of a word that restricts a subject, with a sign: 境外, `overseas` → ~foreign; else empty."""
    group = _qualifier_groups().get(word, "")
    return f"~{group}" if group else ""


def is_qualifier(word: str) -> bool:
    """Whether a word only restricts a subject: 境外, 成人."""
    return word in _qualifier_groups()


@cache
def _qualifier_pattern() -> re.Pattern[str]:
    """The English qualifiers, and the Chinese ones that the segmenter divides: 每小时."""
    by_length = sorted(_qualifier_groups(), key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in by_length if not has_han(word) and word[0] != "/")
    other = "|".join(re.escape(word) for word in by_length if word[0] in "每/")
    return re.compile(rf"\b(?:{latin})\b|(?:{other})")


_WEEKDAYS = re.compile(
    r"\b(?:mon(?:day)?s?\.?\s?(?:-|–|—|to|through|until)\s?fri(?:day)?s?)\b|(?:周|星期|礼拜)一[至到—–-](?:周|星期|礼拜)?五", re.I)


def mask_weekdays(text: str) -> str:
    """A text with `周一至周五` and `Monday to Friday` as 工作日 and `weekdays`, of the same length: one word, no name."""
    def mask(match: re.Match[str]) -> str:
        word = "工作日" if has_han(match.group()) else "weekdays"
        return word[: len(match.group())].ljust(len(match.group()))

    return _WEEKDAYS.sub(mask, text)


@lru_cache(maxsize=20_000)
def find_qualifiers(text: str) -> frozenset[str]:
    """The words of a phrase that restrict its subject: `weekend tickets for adults` → weekend, adult."""
    groups, lower = _qualifier_groups(), normalise(text)
    found = {groups[match.group()] for match in _qualifier_pattern().finditer(lower)}
    if has_han(lower):
        found |= {groups[word] for word, _, _, _ in tag_words(lower) if word in groups}
    return frozenset(found)


_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z-]*\d)[A-Za-z][A-Za-z0-9-]*\d[A-Za-z0-9]*"
    r"|[一二三四五六七八九十][等级类号期区段档](?![奖生])|(?<![一-鿿])[一二三四五六七八九十]等奖|》第[〇零一二三四五六七八九十百\d]+条"
    r"|(?<!\d)\d{1,3}号(?:线|楼|馆|厅|门|机)|\b(?i:room|line|route|gate|terminal|building|block|phase|zone|class|grade"
    r"|level|hall|wing|ward|floor|platform|tier|plan|unit)"
    r" (?:\d{1,3}|[A-Z]|[IVX]{1,3}|one|two|three|four|five|six)\b")
_ORDINARY_CODE = re.compile(r"[QH][1-4]|(?:GDP|PM)\S*|[A-Za-z]*\d+(?:am|pm)")


def find_codes(text: str) -> frozenset[str]:
    """Codes and numbered names that tell a thing from others of its kind: `Blade V50`, `Room 204`, 3号线, 一等奖."""
    found = (re.sub(r"[\s-]", "", match.group().lower()) for match in _CODE.finditer(text))
    return frozenset(code for code in found if not _ORDINARY_CODE.fullmatch(code.upper()))
