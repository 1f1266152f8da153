"""Text of either language becomes a language, sentences, words and search terms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

import opencc
import rjieba
import Stemmer

from rag.schema import Language
from rag.text.inflection import irregular_forms

HAN = r"㐀-䶿一-鿿豈-﫿〇"
_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile(r"[A-Za-z]+")
# a Latin word, a number as it is written, or a run of Han characters
_TOKEN = re.compile(rf"[^\W\d_{HAN}]+(?:['’][^\W\d_{HAN}]+)*|\d+(?:[.,]\d+)*|[{HAN}]+")
# 2022年产值 is 2022年 + 产值; the segmenter, shown 年产值 alone, takes 年产值 for one word
_AFTER_NUMBER = re.compile(r"(?<=\d)([年月日])")

# what asks decides the language before what merely joins; 为 and 和 stand in names, and decide only where nothing else does
_ENGLISH_REQUEST = re.compile(
    r"(?<![\w-])(?-i:(?!WHO\b))(?:what|which|who|whose|whom|when|where|why|how)\b(?!-)"
    r"|^\W*(?:please |(?:can|could|would) you (?:please )?)?"
    r"(?:tell|list|name|give|explain|compare|define|translate|describe|summari[sz]e)\b", re.I)
_CHINESE_REQUEST = re.compile(
    r"什么|多少|哪|怎|如何|为何|是否|吗|呢|几(?!乎)|(?<![申邀聘])请|谁|一下|^\W*(?:翻译|解释|定义|介绍|比较|总结|概括|描述|说明|列举)")
_ENGLISH_GRAMMAR = re.compile(
    r"\b(?:is|are|was|were|do|does|did|the|of|in|on|and|to|for|about|tell|list|name|give|explain|compare|define|translate|describe"
    r"|summari[sz]e|between|any|has|have|its|by|with)\b", re.I)
_CHINESE_GRAMMAR = re.compile(r"[的了是在有与把]")
_CHINESE_CONNECTIVES = re.compile(r"[为和]")
_QUOTATION = re.compile(r"“[^”]*”|‘[^’]*’|《[^》]*》|「[^」]*」|\"[^\"]*\"|(?<![A-Za-z])'[^']*'(?![A-Za-z])")

ENGLISH_FUNCTION_WORDS = frozenset("""
a about above after again all also am an and any are as at be because been before being below between both but by can
could did do does doing done down during each few for from further had has have having he her here hers him his how i
if in into is it its itself just may me might more most much many must my no nor not now of off on once one only or
other our out over own per please same shall she should so some such tell than that the their them then there these
they this those through to too under until up upon us very was we were what when where which while who whom whose why
will with within would yet you your according exactly roughly give given name say said says mention mentioned list
describe explain kind kinds long often altogether author article document total whether versus vs
""".split()) - {"total"}
CHINESE_FUNCTION_WORDS = frozenset("""
文章 文中 文件 那篇 这篇 一文 作者 稿子 为啥 啥 到底 究竟 竟 哪座 哪位 哪年 哪一年 百分之几 几成 多少钱 多久 好多
的 了 是 在 和 与 及 或 而 且 也 都 就 还 又 被 把 将 对 对于 关于 由 从 向 到 为 为了 以
于 其 之 所 等 这 那 这个 那个 这些 那些 哪 哪些 哪个 哪里 哪儿 哪几 哪几个 哪家 什么 怎么 怎样
怎么样 如何 为什么 为何 何 何时 多少 几 几个 几家 谁 吗 呢 吧 啊 呀 么 个 中 里 上 下 会 能
能够 可以 可 要 想 应 应该 应当 请 请问 请说明 请列举 列举 说明 一下 我 你 他 她 它 我们 你们
他们 它们 自己 有 没有 没 不 并 并且 但 但是 如果 则 因为 因此 所以 由于 虽然 然而 通过 根据
按照 按 据 以及 其中 之间 之一 分别 具体 主要 目前 当时 现在 时候 一个 一种 种 是否 是不是 有没有
多大 多高 多长 有何 有哪些 指 指的是 指什么 叫 叫做 称为 问 该 各 每 某 本 此 即 比 较 更 最
很 已 已经 曾 曾经 正 正在 才 只 仅 再 大概 大约 左右 总共 一共 共 共有 来 去 做 让 使 给 用
说 提到 提出 认为 个个 年 月 日
""".split())


@lru_cache(maxsize=1_000)  # each view of an index reads the same text
def normalise(text: str) -> str:
    """NFKC, lower case, Traditional to Simplified: `ＧＤＰ與產值` → `gdp与产值`; lengths may change. Halves of characters become ?."""
    return str(_simplified_converter().convert(valid_unicode(unicodedata.normalize("NFKC", text).lower())))


def valid_unicode(text: str) -> str:
    """Text that can be written down: half of a surrogate pair, as a cut-off emoji leaves it, becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def _simplified_converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _traditional_converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


def is_traditional(text: str) -> bool:
    """True for Chinese in Traditional characters: `產值多少` → True, `产值多少` and `多少` → False."""
    return str(_simplified_converter().convert(valid_unicode(text))) != valid_unicode(text) and not _SIMPLIFIED_ONLY.search(text)


# of what is said often; a text that has one of them is not in Traditional characters
_SIMPLIFIED_ONLY = re.compile("[们个为这来对时说国会产业发现经过应问题动开关进体总数实点还没条质万亿岁头与]")


def to_traditional(text: str) -> str:
    """Simplified to Traditional, but for what is quoted: that stays as its source has it."""
    out, done = "", 0
    for quotation in _VERBATIM_QUOTE.finditer(text):
        out += str(_traditional_converter().convert(text[done : quotation.start()])) + quotation.group()
        done = quotation.end()
    return out + str(_traditional_converter().convert(text[done:]))


_VERBATIM_QUOTE = re.compile(r"“[^”]*”|《[^》]*》|「[^」]*」")


def has_han(text: str) -> bool:
    """True where at least one Han character stands in the text."""
    return bool(_HAN.search(text))


def detect_language(text: str) -> Language:
    """The language in which a text is asked or told.

    Asking words decide first, then grammar, then the count of letters, where two Han characters weigh as much as one
    Latin word; what is quoted does not count: `What does “唯勇者敢为天下先” mean?` → en, `GDP、AI 和 5G 指什么` → zh.
    Text without letters counts as Chinese.
    """
    plain = _QUOTATION.sub(" ", text)
    if not (has_han(plain) or _LATIN.search(plain)):
        plain = text
    han, latin = len(_HAN.findall(plain)), len(_LATIN.findall(plain))
    if not han or not latin:
        return "en" if latin else "zh"
    for english, chinese in ((_ENGLISH_REQUEST, _CHINESE_REQUEST), (_ENGLISH_GRAMMAR, _CHINESE_GRAMMAR)):
        in_english, in_chinese = bool(english.search(plain)), bool(chinese.search(plain))
        if in_english != in_chinese:
            return "en" if in_english else "zh"
    joined = _CHINESE_CONNECTIVES.search(plain) and not _ENGLISH_GRAMMAR.search(plain)
    return "zh" if joined or han / 2 >= latin else "en"


def is_in_language(text: str, language: Language) -> bool:
    """True where what a text says itself is in a language; what it quotes may be in any."""
    plain = _QUOTATION.sub(" ", text)
    return not (has_han(plain) or _LATIN.search(plain)) or detect_language(plain) == language


@lru_cache(maxsize=20_000)
def _segment_han(han: str) -> tuple[str, ...]:
    return tuple(rjieba.cut(han))


def segment_words(text: str) -> list[str]:
    """Lower-case Latin words, numbers and Han words: `BM25 检索器` → bm, 25, 检索, 检索器 in the segmenter's cut."""
    return list(_segment_cached(text))


@lru_cache(maxsize=1_000)
def _segment_cached(text: str) -> tuple[str, ...]:
    out: list[str] = []
    for token in _TOKEN.findall(_AFTER_NUMBER.sub(r"\1 ", normalise(text))):
        if _HAN.match(token):
            out.extend(_segment_han(token))
        else:
            out.append(token.replace(",", "") if token[0].isdigit() else token.replace("’", "'"))
    return tuple(out)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The Snowball (Porter2) stem of an English word, of its base where no rule leads there: `factories` → factori, `led` → lead."""
    stemmed = str(_english_stemmer().stemWord(word.removesuffix("'s")))
    return _irregular_stems().get(stemmed, stemmed)


@cache
def _irregular_stems() -> Mapping[str, str]:
    return {str(_english_stemmer().stemWord(form)): str(_english_stemmer().stemWord(base)) for form, base in irregular_forms()}


@cache
def _english_stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


def is_function_word(word: str) -> bool:
    """True for words that carry grammar and not the matter: 的, 多少, the, which."""
    return word in CHINESE_FUNCTION_WORDS or word in ENGLISH_FUNCTION_WORDS


def search_terms(text: str) -> list[str]:
    """Search terms: words without function words, English stemmed: `the factories 的产值` → factori, 产值."""
    return [stem(w) if w.isascii() else w for w in segment_words(text) if not is_function_word(w)]


def han_bigrams(text: str) -> list[str]:
    """Overlapping pairs of Han characters, function words and all: `灯塔工厂` → 灯塔, 塔工, 工厂."""
    runs = re.findall(f"[{HAN}]+", normalise(text))
    return [run[i : i + 2] for run in runs for i in range(len(run) - 1)]


def latin_ngrams(text: str) -> list[str]:
    """Runs of four characters of the stemmed Latin terms in a row, blanks as _: `lighthouse factories` → ligh, …, se_f, ….

    They join words that stand together, and words that differ only in their endings.
    """
    row = "_".join(stem(word) for word in segment_words(text) if word.isascii() and not is_function_word(word))
    return [row[i : i + _NGRAM_LENGTH] for i in range(len(row) - _NGRAM_LENGTH + 1)]


_NGRAM_LENGTH = 4


def han_unigrams(text: str) -> list[str]:
    """Single Han characters that are not themselves function words."""
    return [c for c in _HAN.findall(normalise(text)) if c not in CHINESE_FUNCTION_WORDS]


_CLOSERS = "”’」』】）》〉\"')]"
_TERMINAL = re.compile(
    rf"(?:[。！？!?]+|…{{2,}}|⋯{{2,}}|(?<!\d)\.(?=[\s{re.escape(_CLOSERS)}]|$)|(?<=\d)\.(?=\s|$)"
    rf"|(?<=[{HAN}%）”」』》])\.(?=[{HAN}（“‘「『《]))[{re.escape(_CLOSERS)}]*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Nos?|vs|etc|e\.g|i\.e|cf|al|approx|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug"
    r"|Sep|Sept|Oct|Nov|Dec|vol|pp?|Fig|figs?|[A-Z]|[a-z]\.[a-z]))\.$")

_ITEM_NUMBER = re.compile(r"\s*\d{1,3}")  # of a list: `1. First.`


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence, without the white space around it; a line end also ends a sentence.

    Closing quotes and brackets belong to the sentence that they close; decimals, numbers of list items, initials and common
    abbreviations do not end one: `增长4.1%。“好！”他说。` → 增长4.1%。 | “好！”他说。
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
            begin = mark.end()
        yield from _trim_span(text, begin, end)


def _is_inside_quotes(sentence: str, following: str) -> bool:
    """A question mark or full stop inside a quotation or bracket that goes on does not end the sentence around it."""
    opened = sum(sentence.count(o) - sentence.count(c) for o, c in ("“”", "《》", "（）", "「」"))
    if opened > 0:
        return len(sentence) < _LONGEST_QUOTATION
    return sentence[-1] in "”」》" and following != "" and _HAN.match(following) is not None and sentence[-2] not in "。"


# beyond this many characters an unclosed quotation mark is a misprint, not a quotation
_LONGEST_QUOTATION = 150


def _trim_span(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[begin:end]
    left, right = len(piece) - len(piece.lstrip()), len(piece.rstrip())
    if left < right:
        yield begin + left, begin + right
