"""A stretch of text becomes the words that say what a figure counts: telling nouns, verbs and names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.numbers.scopes import REGIONS, find_name_terms, tag_words
from rag.numbers.units import MEASURES, measures_in
from rag.text.language import ENGLISH_FUNCTION_WORDS, HAN, has_han, is_function_word, stem


@dataclass(frozen=True)
class ContentWords:
    """The telling words of a stretch of text, as search terms; a whole (全国, national) is named as @nation."""

    nouns: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    text: str = ""


_GENERIC_NOUNS = frozenset("""
企业 公司 单位 产业 行业 业 领域 总数 数量 总量 规模 总额 总计 合计 方面 目前 总 家 个 名 左右 以上 全部 其中 范围 总值 数 额 数额 金额
销售 年度 全年 当年 年末 年底 底 末 初 情况 数据 水平 项目数 以来 期间 时 大 小 多 关口 大关 级 本 该 我 上年 同期 全市 全县 全区 全镇
全院 全校 全馆 我市 本市 该市 本馆 该馆 本院 该院 现有 共有 市 省 县 区 人民 总体 累计 在册 已有 实际 人次 万人次 亿元 万元 元 座 所 件
张 辆 本次 此次 本报 报告 统计 最新 公报 显示
""".split())
_LIGHT_VERBS = frozenset("""
有 拥有 达 达到 为 是 占 占到 占据 建成 共有 共设 累计 入选 入列 获评 突破 超过 实现 完成 设 设有 设立 配备 开设 现有 还有 已有 位居 居
约 超 包括 成为 共计 总计 合计 显示 表示 介绍 透露 报道 统计 指出 称 说 据 截至 截止 保持 约为 约占 只有 仅有 至少 增至 增加到 升至
升到 降至 跨过 建有 建立 开 得到 认定 列为 目前 记者 获悉 已 能 可 会 到 在 起 用 来 做 作为
""".split())
_GENERIC_ENGLISH = frozenset(stem(word) for word in """
have has had own hold reach reached total totalled totaled amount amounted stand stood stands be is was are were select selected rank
ranked include included count counted come became become account accounted accounts employ boast boasts operate record recorded report
reported reports according show shows showed currently now today already only just about nearly almost around over under above below
exceed exceeded exceeds surpass surpassed pass passed top topped more less fewer than least most some roughly approximately also still
there altogether overall combined whole entire number numbers figure figures sum size scale value worth enterprise enterprises firm
firms company companies business businesses industry industries sector sectors field fields annual annually yearly year years end
statistics data say says said state states stated put estimate estimated global worldwide world national nationwide country nation
province level built set rise rose grew grow increased increase stretch run runs flow cover covers covered sq square measure measures
measured its their latest official gross cumulative billion million trillion thousand hundred yuan dollar dollars gives receive received
find found kilometre kilometer metre meter hectare tonne ton day hour month percent long tall high wide deep
""".split())
_ABBREVIATIONS = (("规模以上", "规上　　"),)  # of the same length, so that offsets stay true
# what is told from its like by its number alone
NUMBERED_NAME = re.compile(
    rf"第?[一二三四五六七八九十\d]+号[{HAN}]|第[一二三四五六七八九十\d]+(?=[{HAN}]{{0,3}}(?:医院|小学|中学|学校|厂|院|馆|师|军|期|大街))"
    r"|\b(?:[Ll]ine|[Rr]oute|[Pp]hase|[Uu]nit|[Gg]ate|[Tt]erminal|[Pp]lant|[Bb]lock|[Nn]o\.) \d+\b")
_YEAR = re.compile(r"\d+年")
_TRADE_SUFFIX, _SHORT_WORD = re.compile("(?:产业|行业|企业|业)$"), 2  # 软件产业 is 软件; 工业 stays
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")


@lru_cache(maxsize=20_000)
def content_words(text: str) -> ContentWords:
    """The telling nouns, the verbs and the names of a stretch of text."""
    for long, short in _ABBREVIATIONS:
        text = text.replace(long, short)
    text = _YEAR.sub(lambda m: " " * len(m.group()), text)  # else 2022年甲市 is cut as 2022, 年甲市
    numbered = tuple(re.sub(r"\s", "", found.group().lower()) for found in NUMBERED_NAME.finditer(text))
    if is_mostly_latin(text):
        # a capital behind a blank is within the sentence, whatever stood before
        named = find_name_terms(f"x{text}" if text[:1] == " " else text)
        return ContentWords((*(term for term in _latin_terms(text) if term not in named), *numbered), (), named, text)
    named = find_name_terms(text) | {f"@{whole}" for whole, pattern in REGIONS if pattern.search(text)}
    nouns: list[str] = []
    verbs: list[str] = []
    for word, tag, _, _ in tag_words(text):
        if word in named or word in _GENERIC_NOUNS or is_function_word(word) or any(p.fullmatch(word) for _, p in REGIONS):
            continue
        if tag[:1] in "nvj" and measures_in(word):
            rest = _strip_measures(word)
            nouns += [rest] if len(rest) > 1 and rest not in _GENERIC_NOUNS else []
        elif tag in ("v", "vi", "vd", "zg") and word not in _LIGHT_VERBS:
            verbs.append(word)
        elif (tag[:1] in ("n", "j", "l", "i", "b", "s", "a") and (tag != "a" or len(word) > 1)) or tag in ("vn", "eng", "z"):
            nouns.append(_TRADE_SUFFIX.sub("", word) if len(word) > _SHORT_WORD else word)
    return ContentWords((*nouns, *numbered), tuple(verbs), named, text)


def _strip_measures(word: str) -> str:
    """A word without what it measures: 工业 of 工业增加值."""
    for _, pattern in MEASURES:
        word = pattern.sub("", word)
    return word


def is_mostly_latin(text: str) -> bool:
    """Whether a text is English, though a Chinese name may stand in it."""
    return not has_han(text) or sum(map(len, _LATIN_WORD.findall(text))) > len(text) / 2


def _latin_terms(text: str) -> Iterator[str]:
    for word in _LATIN_WORD.findall(text):
        plain = word.lower().removesuffix("'s").removesuffix("’s")
        term = stem(plain)
        if plain in ENGLISH_FUNCTION_WORDS or term in _GENERIC_ENGLISH or any(p.fullmatch(plain) for _, p in (*REGIONS, *MEASURES)):
            continue
        yield term


def is_content_term(term: str) -> bool:
    """Whether a search term says what is counted, as 企业 and number do not."""
    return term not in _GENERIC_NOUNS and term not in _GENERIC_ENGLISH and term not in _LIGHT_VERBS


def counted_words(after: str) -> ContentWords:
    """What stands behind a count: the noun phrase, or the rest of the clause where that only says 企业 or firms."""
    whole = re.split(r"[，。；：、,;:（(]|\.(?=\s|$)", after)[0]
    short = _leading_phrase(whole)
    words = content_words(short)
    return words if words.nouns else content_words(whole)


_PHRASE_END = re.compile(
    r"\s(?:and|or|in|at|on|by|with|from|to|for|that|which|who|have|has|had|is|are|was|were|as|than"
    r"|after|before|last|this|during|since|out)\b", re.I)


def _leading_phrase(text: str) -> str:
    if is_mostly_latin(text):
        return _PHRASE_END.split(text)[0]
    for word, tag, start, _ in tag_words(text):
        if (tag in ("v", "vd", "p", "c", "d", "f") or word in ("是", "和", "与", "及")) and start:
            return text[:start]
    return text
