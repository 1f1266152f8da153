"""Names that a figure belongs to: places, bodies, persons and products, of its sentence or of the text around it."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from rag.ledger.terms import find_codes, is_ordinary_word, is_qualifier
from rag.text.dictionary import gloss_stem_count, is_headword, is_name
from rag.text.entities import find_name_terms, tag_words
from rag.text.language import ENGLISH_FUNCTION_WORDS, HAN, gloss_stem, has_han, stem
from rag.text.lexicon import load_lexicon

_MONTHS_AND_DAYS = frozenset(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun "
    "rmb cny usd gdp am pm table figure annex appendix section chapter article clause page note faq".split())
_ORGANISATION_NOUNS = frozenset(load_lexicon("rag.text", "english_organisation_nouns"))
# a Chinese body: what stands before the noun of its kind is its name
_KINDS = (
    "图书馆|博物馆|美术馆|展览馆|科技馆|体育馆|游泳馆|文化馆|档案馆|纪念馆|酒店|宾馆|民宿|公寓|小区|花园|大厦|广场|商场|超市|餐厅|饭店|公司|集团|银行|医院|诊所"
    "|学校|大学|学院|中学|小学|幼儿园|研究院|研究所|实验室|中心|公园|景区|乐园|剧院|影院|机场|车站|码头|大桥|水库|电站|工厂|俱乐部|协会|基金会|委员会"
    "|开发区|高新区|示范区|保税区|度假区|风景区|新区|园区|校区|社区|街道|股份|科技|技术|环保|生态|药业|制药|证券|控股|重工|机电|轴承|物流|健康|地铁|公交"
    "|(?<![地小社全城农各])[区县镇乡村湖江河山岛港](?![域别分块间内外上下水区民路中边口值])")
_HAN_BODY = re.compile(rf"([{HAN}A-Za-z]{{2,12}}?)({_KINDS})")
_BEFORE_BODY = re.compile("[，。；：、（）“”《》的在由与和为是向同把被给到从及或了于对经按将使]|(?:前往|位于|来自|欢迎|本|我|该|各|全|每|年[末底初]?|月|日)")
# a company with its number at the exchange
_LISTED = re.compile(rf"([{HAN}]{{2,6}})[（(]\s?(\d{{5,6}})(?:\.\w+)?\s?[)）]")
_LATIN_IN_HAN = re.compile(r"(?<![A-Za-z\d])[A-Z][A-Za-z]{2,}(?![A-Za-z])")
_NO_LATIN_NAMES = _MONTHS_AND_DAYS | frozenset("ghz mhz khz mah kwh gwh mwh pro max plus ultra app vip logo usb "
    "wifi led lcd oled ram rom tdp".split())
_CAPITAL_RUN = re.compile(r"(?<![A-Za-z’'])[A-Z][A-Za-z’'&-]*(?:[ -](?:of |the |and |de )?[A-Z][A-Za-z’'&-]*)*")


_DATE = re.compile(r"\d+年(?:[末底]|初(?![中级等]))?|\d+月")  # 2022年甲市: the name is not 年甲市


@lru_cache(maxsize=20_000)
def find_owner_names(text: str) -> tuple[str, ...]:
    """The names in a text as search terms, in no order: places, bodies, persons, products and their codes.

    `云杉图书馆现有座位` → 云杉; `The Aurora Hotel has` → aurora; `iPhone 15` → iphone15.
    """
    text = _DATE.sub(lambda date: " " * len(date.group()), text)
    names = set(find_codes(text)) | {number for listed in _LISTED.findall(text) for number in listed}
    if has_han(text):
        names |= {name for name in find_name_terms(text) if not is_ordinary_word(name) and _can_be_name(name)}
        names |= {name for name in _han_bodies(text) if not is_qualifier(name)}
        names |= {word.lower() for word in _LATIN_IN_HAN.findall(text) if word.lower() not in _NO_LATIN_NAMES}
    else:
        names |= set(_latin_names(text))
    return tuple(sorted(names))


def _can_be_name(name: str) -> bool:
    """Whether what the segmenter takes for a name can be one: a word of the dictionary, or a surname with a name."""
    if name in _NO_NAMES:
        return False
    return is_name(name) or name[-1] in "省市县区州镇乡村国部局会院校" or (len(name) in (2, 3) and name[0] in _SURNAMES)


_NO_NAMES = frozenset("上市 归母 实现 当地 地区 全国 我国 中国".split())  # tagged as names, or too wide to tell owners apart
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔"
    "康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文")


def _han_bodies(text: str) -> list[str]:
    """The names of bodies that are no ordinary words: 晨光电子 of 晨光电子有限公司, not 工业 of 工业园区."""
    return [name for name, _ in find_bodies(text) if not _is_made_of_words(name)]


def _is_made_of_words(name: str) -> bool:
    """Whether a name is an ordinary word or made of such words: 工业, 高中普通."""
    words = [word for word, _, _, _ in tag_words(name)]
    return is_headword(name) or all(len(word) > 1 and is_headword(word) and not is_name(word) for word in words)


@lru_cache(maxsize=20_000)
def find_bodies(text: str) -> tuple[tuple[str, str], ...]:
    """The bodies that a Chinese text names, each with its name and the noun of its kind: (青石, 开发区).

    The name may be an ordinary word: it is one only in contrast with another name of that kind.
    """
    found: list[tuple[str, str]] = []
    for match in _HAN_BODY.finditer(text) if has_han(text) else ():
        name = re.sub("(?:有限|股份|责任)+$", "", _BEFORE_BODY.split(match[1])[-1])
        if len(name) > 1 and not name.isdigit() and not _is_verb(name) and not is_qualifier(name[:2]):
            found.append((name, match[2]))
    return tuple(dict.fromkeys(found))


def _is_verb(name: str) -> bool:
    """Whether the word before the noun of a body only says of which kind it is: 上市公司, 有限公司."""
    words = tag_words(name)
    return len(words) == 1 and words[0][1] != "vn" and words[0][1][:1] in "vbdpr"


@lru_cache(maxsize=20_000)
def find_body_words(text: str) -> tuple[str, ...]:
    """The words that tell a body from others of its kind: 光学 of 光学实验室, `optics` of `the optics laboratory`."""
    if has_han(text):
        return tuple(name for name, _ in find_bodies(text))
    words = [word.lower() for word in re.findall(r"[A-Za-z][A-Za-z’'-]*", text)]
    pairs = pairwise(words)
    return tuple(dict.fromkeys(
        word for word, kind in pairs
        if kind in BODY_NOUNS and word not in BODY_NOUNS and word not in ENGLISH_FUNCTION_WORDS))


@lru_cache(maxsize=20_000)
def find_body_kinds(text: str) -> frozenset[str]:
    """The kinds of bodies that a text speaks of: hospital, company, 医院."""
    if has_han(text):
        return frozenset(kind for _, kind in find_bodies(text))
    return BODY_NOUNS & {word.lower() for word in re.findall(r"[A-Za-z]+", text)}


BODY_NOUNS = frozenset(
    "hospital clinic library museum hotel company firm shop school university college academy gym pool park "
    "theatre cinema restaurant "
    "council committee trust society association transport authority centre center cafe station airport bank "
    "factory plant office club church lab laboratory nursery kindergarten gallery stadium arena".split())


def _is_common(word: str) -> bool:
    """Whether an English word that opens a sentence is no name: `visitors`, `the`."""
    if is_name(word):
        return False
    return word in ENGLISH_FUNCTION_WORDS or bool(gloss_stem_count(gloss_stem(word)))


# what a single capitalised word at the beginning of a sentence is the name of: Southway ward
_NAMED_KIND = re.compile(
    r" (?:ward|district|county|parish|village|town|city|road|street|branch|campus|river|lake|bridge|valley|hill"
    r"|park|station|"
    r"site|building|wing|hall|house|school|hospital|library|museum|hotel)\b")


def _latin_names(text: str) -> list[str]:
    """The words of runs of capitalised words, without ordinary words that only begin the sentence.

    In a run, the noun of a body's kind (`Library`, `Hotel`) is no name by itself.
    """
    found: list[str] = []
    for run in _CAPITAL_RUN.finditer(text):
        words = re.findall(r"[A-Z][A-Za-z’']*", run.group())
        opens = not text[: run.start()].strip(" \"“'(*•-") or text[: run.start()].rstrip()[-1:] in ".!?:;•"
        first = words[0].lower()
        if opens and not _NAMED_KIND.match(text, run.end()) and _is_common(first):
            words = words[1:] if len(words) == 1 or first in ENGLISH_FUNCTION_WORDS else words
        for word in words:
            lower = re.sub("['’]s?$", "", word).lower()
            if len(lower) < 2 or lower in ENGLISH_FUNCTION_WORDS or lower in _MONTHS_AND_DAYS:
                continue
            if lower not in _ORGANISATION_NOUNS and not is_ordinary_word(stem(lower)):
                found.append(stem(lower))
    return found
