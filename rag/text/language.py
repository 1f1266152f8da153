"""Language of a text, and its sentences, words, stems, search terms and n-grams, for Chinese and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

import opencc
import Stemmer

from rag.schema import Language
from rag.text.inflection import irregular_forms
from rag.text.lexicon import load_lexicon

HAN = r"㐀-䶿一-鿿豈-﫿〇"
_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile(r"[A-Za-z]+")
# a Latin word, a number as it is written, or a run of Han characters
_TOKEN = re.compile(rf"[^\W\d_{HAN}]+(?:['’][^\W\d_{HAN}]+)*|\d+(?:[.,]\d+)*|[{HAN}]+")
# 2022年产值 is 2022, 年, 产值: a space after 年 stops the segmenter from taking 年产值 for one word
_AFTER_NUMBER = re.compile(r"(?<=\d)([年月日])")

# To detect the language, question words come before grammar words. 为 and 和 also occur in names: they decide only
# if nothing else does.
_ENGLISH_REQUEST = re.compile(
    r"(?<![\w-])(?-i:(?!WHO\b))(?:what|which|who|whose|whom|when|where|why|how)\b(?!-)"
    r"|^\W*(?:please |(?:can|could|would) you (?:please )?)?"
    r"(?:tell|list|name|give|explain|compare|define|translate|describe|summari[sz]e)\b", re.I)
_CHINESE_REQUEST = re.compile(
    r"什么|多少|哪|怎|如何|为何|是否|吗|呢|几(?!乎)|(?<![申邀聘])请|谁|一下|^\W*(?:翻译|解释|定义|介绍|比较|总结|概括|描述|说明|列举)")
_ENGLISH_GRAMMAR = re.compile(rf"\b(?:{'|'.join(load_lexicon('rag.text', 'english_grammar_words'))})\b", re.I)
_CHINESE_GRAMMAR = re.compile(r"[的了是在有与把]")
_CHINESE_CONNECTIVES = re.compile(r"[为和]")
_QUOTATION = re.compile(r"“[^”]*”|‘[^’]*’|《[^》]*》|「[^」]*」|\"[^\"]*\"|(?<![A-Za-z])'[^']*'(?![A-Za-z])")

ENGLISH_FUNCTION_WORDS = frozenset(load_lexicon("rag.text", "english_function_words"))
CHINESE_FUNCTION_WORDS = frozenset(load_lexicon("rag.text", "chinese_function_words"))


@lru_cache(maxsize=1_000)  # each field of the indexes normalises the same text
def normalise(text: str) -> str:
    """NFKC, lower case, Traditional to Simplified: `ＧＤＰ與產值` → `gdp与产值`. The length may change.

    Half of a surrogate pair becomes a question mark.
    """
    if text.isascii():
        return text.lower()  # fast path: most definitions of the dictionary are ASCII
    return str(_simplified_converter().convert(valid_unicode(unicodedata.normalize("NFKC", text).lower())))


def valid_unicode(text: str) -> str:
    """Text that UTF-8 can encode: half of a surrogate pair (an emoji cut in two) becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def _simplified_converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _traditional_converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


def is_traditional(text: str) -> bool:
    """True for Chinese in Traditional characters: `產值多少` → True, `产值多少` and `多少` → False."""
    valid = valid_unicode(text)
    return str(_simplified_converter().convert(valid)) != valid and not _SIMPLIFIED_ONLY.search(text)


# frequent characters that only Simplified Chinese has; a text with one of them is not in Traditional characters
_SIMPLIFIED_ONLY = re.compile("[们个为这来对时说国会产业发现经过应问题动开关进体总数实点还没条质万亿岁头与]")


def to_traditional(text: str) -> str:
    """Simplified to Traditional characters, except in quotations and titles, which stay as in their source.

    `产值“产值”` → `產值“产值”`.
    """
    converted, end = "", 0
    for quotation in _VERBATIM_QUOTE.finditer(text):
        converted += str(_traditional_converter().convert(text[end : quotation.start()])) + quotation.group()
        end = quotation.end()
    return converted + str(_traditional_converter().convert(text[end:]))


_VERBATIM_QUOTE = re.compile(r"“[^”]*”|《[^》]*》|「[^」]*」")


def has_han(text: str) -> bool:
    """True if the text has at least one Han character."""
    return bool(_HAN.search(text))


def detect_language(text: str) -> Language:
    """The language of a text, a question or a statement.

    Question words decide first, then grammar words, then the amounts of text, where two Han characters weigh as much as
    one Latin word. Quotations do not count: `What does “唯勇者敢为天下先” mean?` → en, `GDP、AI 和 5G 指什么` → zh.
    Text without letters counts as Chinese.
    """
    plain = _QUOTATION.sub(" ", text)
    if not (has_han(plain) or _LATIN.search(plain)):
        plain = text
    han, latin = len(_HAN.findall(plain)), len(_LATIN.findall(plain))
    if not han or not latin:
        return "en" if latin else "zh"
    for english, chinese in ((_ENGLISH_REQUEST, _CHINESE_REQUEST), (_ENGLISH_GRAMMAR, _CHINESE_GRAMMAR)):
        is_english, is_chinese = bool(english.search(plain)), bool(chinese.search(plain))
        if is_english != is_chinese:
            return "en" if is_english else "zh"
    if _CHINESE_CONNECTIVES.search(plain) and not _ENGLISH_GRAMMAR.search(plain):
        return "zh"
    return "zh" if han / 2 >= latin else "en"


def is_in_language(text: str, language: Language) -> bool:
    """True if a text is in a language; its quotations may be in any language: `他说“hello”。`, zh → True; en → False."""
    plain = _QUOTATION.sub(" ", text)
    return not (has_han(plain) or _LATIN.search(plain)) or detect_language(plain) == language


@lru_cache(maxsize=20_000)
def _segment_han(han: str) -> tuple[str, ...]:
    import rjieba  # the import loads a dictionary (0.1 s), which a list of sources does not need

    return tuple(rjieba.cut(han))


def segment_words(text: str) -> list[str]:
    """Lower-case Latin words, numbers and Han words, in order; commas in numbers are dropped.

    `BM25 检索器` → bm, 25, 检索, 器; `13,473 firms` → 13473, firms.
    """
    return list(_segment_cached(text))


@lru_cache(maxsize=1_000)
def _segment_cached(text: str) -> tuple[str, ...]:
    segments: list[str] = []
    plain = normalise(text)
    if not plain.isascii():
        plain = _AFTER_NUMBER.sub(r"\1 ", plain)
    for token in _TOKEN.findall(plain):
        if _HAN.match(token):
            segments.extend(_segment_han(token))
        elif token[0].isdigit():
            segments.append(token.replace(",", ""))
        else:
            segments.append(token.replace("’", "'"))
    return tuple(segments)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The Snowball (Porter2) stem of an English word; an irregular form has the stem of its base.

    `factories` → factori, `led` → lead.
    """
    stemmed = str(_english_stemmer().stemWord(word.removesuffix("'s")))
    return _irregular_stems().get(stemmed, stemmed)


# religion and religious, merge and merger share a gloss stem; with fewer letters, unrelated words would too
_GLOSS_LETTERS = 6


def gloss_stem(word: str) -> str:
    """The gloss stem of an English word: the first six letters of its stem; of a number, the number.

    `factories` → factor, `2022` → 2022.
    """
    return word if word[0].isdigit() else stem(word)[:_GLOSS_LETTERS]


@cache
def _irregular_stems() -> Mapping[str, str]:
    stem_word = _english_stemmer().stemWord
    return {str(stem_word(form)): str(stem_word(base)) for form, base in irregular_forms()}


@cache
def _english_stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


def is_function_word(word: str) -> bool:
    """True for words that carry grammar, not the subject: 的, 多少, the, which."""
    return word in CHINESE_FUNCTION_WORDS or word in ENGLISH_FUNCTION_WORDS


def search_terms(text: str) -> list[str]:
    """The words of a text without function words, ASCII words stemmed: `the factories 的产值` → factori, 产值."""
    return [stem(w) if w.isascii() else w for w in segment_words(text) if not is_function_word(w)]


def han_bigrams(text: str) -> list[str]:
    """Overlapping pairs of neighbouring Han characters, function words included: `灯塔工厂` → 灯塔, 塔工, 工厂."""
    runs = re.findall(f"[{HAN}]+", normalise(text))
    return [run[i : i + 2] for run in runs for i in range(len(run) - 1)]


def shingles(text: str) -> frozenset[str]:
    """Han bigrams and search terms: two texts share them if one repeats or paraphrases the other.

    `灯塔工厂` → 灯塔, 塔工, 工厂; `the factories` → factori.
    """
    return frozenset(han_bigrams(text)) | frozenset(search_terms(text))


def stem_shingles(text: str) -> frozenset[str]:
    """Han bigrams and ASCII search terms, without Han words, so that the result does not depend on the segmenter.

    `研究所` → 研究, 究所; `the factories of 2022` → factori, 2022.
    """
    return frozenset(han_bigrams(text)) | frozenset(term for term in search_terms(text) if term.isascii())


def latin_ngrams(text: str) -> list[str]:
    """Character 4-grams over the stemmed ASCII search terms, joined by _: `lighthouse factories` → ligh, …, se_f, ….

    Words that differ only in their endings share n-grams, and so do phrases with the same neighbouring words.
    """
    joined = "_".join(stem(word) for word in segment_words(text) if word.isascii() and not is_function_word(word))
    return [joined[i : i + _NGRAM_LENGTH] for i in range(len(joined) - _NGRAM_LENGTH + 1)]


_NGRAM_LENGTH = 4


def han_unigrams(text: str) -> list[str]:
    """Single Han characters that are not function words: `湖的面积` → 湖, 面, 积."""
    return [c for c in _HAN.findall(normalise(text)) if c not in CHINESE_FUNCTION_WORDS]


_CLOSERS = "”’」』】）》〉\"')]"
_TERMINAL = re.compile(
    rf"(?:[。！？!?]+|…{{2,}}|⋯{{2,}}|(?<!\d)\.(?=[\s\[{re.escape(_CLOSERS)}]|$)|(?<=\d)\.(?=\s|$)"
    rf"|(?<=[{HAN}%）”」』》])\.(?=[{HAN}（“‘「『《]))[{re.escape(_CLOSERS)}]*")
_NOTE_NUMBERS = re.compile(r"(?:\[\d{1,3}\])+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Nos?|vs|etc|e\.g|i\.e|cf|al|approx|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug"
    r"|Sep|Sept|Oct|Nov|Dec|vol|pp?|Fig|figs?|[A-Z]|[a-z]\.[a-z]))\.$")

_ITEM_NUMBER = re.compile(r"\s*\d{1,3}")  # number of a list item: `1. First.`


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end (characters) of each sentence, without the white space around it; a line end also ends a sentence.

    Closing quotes and brackets belong to the sentence that they close. Decimals, numbers of list items, initials and
    common abbreviations do not end one, and numbers of notes (`1904.[2]`) belong to none:
    `增长4.1%。“好！”他说。` → 增长4.1%。 | “好！”他说。
    `Dr. Smith came. He left.` → Dr. Smith came. | He left.
    """
    for line in re.finditer(r"[^\n]+", text):
        start, end = line.span()
        begin = start
        for mark in _TERMINAL.finditer(text, start, end):
            if mark.group() == "." and _ITEM_NUMBER.fullmatch(text, begin, mark.start()):
                continue
            if mark.group()[0] == "." and _ABBREVIATION.search(text, max(begin, mark.start() - 12), mark.start() + 1):
                continue
            if _is_inside_quotes(text[begin : mark.end()], text[mark.end() : mark.end() + 1]):
                continue
            yield from _trim_span(text, begin, mark.end())
            notes = _NOTE_NUMBERS.match(text, mark.end())
            begin = notes.end() if notes else mark.end()
        yield from _trim_span(text, begin, end)


def _is_inside_quotes(sentence: str, following: str) -> bool:
    """True if the sentence is still inside a quotation or bracket: a question mark there does not end the sentence."""
    unclosed = sum(sentence.count(opener) - sentence.count(closer) for opener, closer in ("“”", "《》", "（）", "「」"))
    if unclosed > 0:
        return len(sentence) < _LONGEST_QUOTATION
    is_closed = sentence[-1] in "”」》" and sentence[-2] not in "。"
    return is_closed and _HAN.match(following) is not None


# characters; a longer sentence with an unclosed quotation mark has a misprint, not a quotation
_LONGEST_QUOTATION = 150


def _trim_span(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[begin:end]
    left, right = len(piece) - len(piece.lstrip()), len(piece.rstrip())
    if left < right:
        yield begin + left, begin + right
