"""A question becomes what it names: times, places, names, things and attributes, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import rjieba

from rag.text.language import has_han, is_function_word, normalise, stem

ChunkKind = Literal["time", "place", "name", "noun", "attribute"]


@dataclass(frozen=True)
class Chunk:
    """What a question names, and where: a time, a place, another name, a thing, or an attribute that a thing has.

    `深圳2021年软件业收入` → place 深圳, time 2021年, noun 软件业, attribute 收入.
    """

    text: str
    start: int
    end: int
    kind: ChunkKind
    is_modifier: bool = False  # where or within what something is asked, and not of what: `in Japan`, 软件 in 软件收入


def find_chunks(text: str) -> list[Chunk]:
    """What a question names, left to right, none overlapping."""
    return list(_cached_chunks(text))


@lru_cache(maxsize=2_000)
def _cached_chunks(text: str) -> tuple[Chunk, ...]:
    of_gap = _han_chunks if has_han(text) else _latin_chunks
    found: list[Chunk] = []
    at = 0
    for time in TIME_EXPRESSION.finditer(text):
        found += of_gap(text, at, time.start())
        found.append(Chunk(time.group(), time.start(), time.end(), "time"))
        at = time.end()
    found += of_gap(text, at, len(text))
    return tuple(found)


def _merge_chunks(text: str, run: list[Chunk], kind: ChunkKind, *, is_modifier: bool = False) -> Chunk:
    return Chunk(text[run[0].start : run[-1].end], run[0].start, run[-1].end, kind, is_modifier=is_modifier)


_HAN_DIGIT = "〇零一二三四五六七八九十"
TIME_EXPRESSION = re.compile(
    rf"(?<!\d)(?:1\d|20)\d\d(?:年?\s*(?:[-–—~至到]|and|to|和|与|或)\s*(?:1\d|20)\d\d)?(?!\d)"
    rf"(?:年代|年(?!均)(?:[上下]半年|[前一二三四]+季度|底|末|初|\d{{1,2}}月)?|s\b)?|[一二][{_HAN_DIGIT}]{{3}}年"
    r"|今年|去年|前年|明年|[上下]半年|第?[一二三四]季度|[一二三四五六七八九]“?十[一二三四五]五”?(?:期间|时期)?|“?十[一二三四五]五”?(?:期间|时期)?"
    r"|\b(?:last|next|this) (?:year|month|quarter|season|decade|century)\b|\bthe (?:year|decade) (?:before|after)\b|\btoday\b", re.I)


# --- what a Chinese question names

_PLACE_SUFFIXES, _NAME_TAGS = "省市县区州镇乡村港洲", ("nr", "nt", "nz", "eng")
_TITLE = re.compile(r"《[^》]+》")


def _han_chunks(text: str, begin: int, end: int) -> Iterator[Chunk]:
    run: list[Chunk] = []
    for token, tag in _tag_words(text, begin, end):
        kind = _han_kind(token, tag, text, begin)
        if run and (tag in ("nt", "nr") or kind in (None, "place") or run[-1].kind == "place"
                    or run[-1].kind == "attribute" != kind or run[-1].end != token.start):
            yield from _chunk_han_run(text, run)
            run = []
        if kind:
            run.append(replace(token, kind=kind))
    yield from _chunk_han_run(text, run)


def _tag_words(text: str, begin: int, end: int) -> Iterator[tuple[Chunk, str]]:
    """Words with their tags; a title in 《》 is one, and asking words end what stands before them."""
    plain = simple if len(simple := normalise(text)) == len(text) else text
    at = begin
    for part in re.split(rf"({_TITLE.pattern}|{QUESTION_WORD_HAN.pattern}|[呢吗吧]|是|的|、|和)", plain[begin:end]):
        titled = part[:1] == "《" or (QUESTION_WORD_HAN.fullmatch(part) is not None)
        for word, tag in ([(part, "nz" if part[:1] == "《" else "r")] if titled else rjieba.tag(part)) if part else ():
            yield Chunk(text[at : at + len(word)], at, at + len(word), "noun"), tag
            at += len(word)


def _han_kind(token: Chunk, tag: str, text: str, begin: int) -> ChunkKind | None:
    word = normalise(token.text)
    if tag != "nz" and (is_function_word(word) or tag[:1] in "xpcudryqf"):
        return None
    if _ATTRIBUTE_HAN.fullmatch(word) or word in _CLASS_NOUNS_HAN or stem(word) in _ATTRIBUTE_STEMS:
        return "attribute"
    if tag == "ns" or (tag[:1] == "n" and len(word) > 2 and word[-1] in _PLACE_SUFFIXES):
        return "place"
    if tag.startswith(_NAME_TAGS) or not has_han(word):
        return "name"
    if tag[:1] in ("n", "j", "l", "i", "b", "t", "s", "g") or tag in ("vn", "an"):
        return "noun"
    # 感冒 is tagged a verb, but has symptoms: 感冒的症状
    return "noun" if text[token.end : token.end + 1] in ("的", "") and token.start == begin and len(word) > 1 else None


def _chunk_han_run(text: str, run: list[Chunk]) -> Iterator[Chunk]:
    """Neighbouring words as one piece, the attribute at their end apart: 软件 + 收入; a name gives its kind to the whole."""
    body = [piece for piece in run if piece.kind != "attribute"]
    heads = run[len(body) :]
    while body and heads and heads[0].text in _CLASS_NOUNS_HAN:
        body.append(heads.pop(0))
    if body:
        kind: ChunkKind = body[0].kind if body[0].kind == "place" else "name" if any(p.kind == "name" for p in body) else "noun"
        yield _merge_chunks(text, body, kind, is_modifier=bool(heads) and kind == "noun")
    if heads:
        yield _merge_chunks(text, heads, "attribute")


QUESTION_WORD_HAN = re.compile(
    r"(?:百分之)?多少(?:[家个年月天座位项条种次人名部届岁元公里米]|亿元?|万元?)*|第?几(?!乎)[家个年月天座位项条种次人名部届岁]*"
    r"|哪(?:一?[些家个年月天座位项条种次里儿届国省市])?|什么(?:时候|地方|样)?|为什么|为何|怎么样?|怎样|如何|谁|何[时地处]|多[大高长久快远深重]|是否|是不是|有没有|吗")
# an attribute says nothing without its owner: 产值, 症状, 首都
_ATTRIBUTE_HAN = re.compile(
    r".{0,3}(?:率|额|产值|产量|销量|总量|数量|规模|收入|利润|营收|市值|投入|投资|支出|出口|进口|价格|费用|成本|面积|人口|增速|增幅|增长率)"
    r"|(?:长度|高度|深度|宽度|重量|质量|体积|速度|温度"
    r"|年龄|寿命|身高|体重|症状|原因|病因|疗法|疗效|副作用|禁忌|剂量|用量|用法|适应症|并发症|首都|省会|总部|作者|导演|主演|主角|创始人|发明者|发明人|董事长"
    r"|总裁|市长|总统|首相|校长|教练|队长|冠军|员工|职工|学生|客户|用户|股东|子公司|总数|目标|增长|比重|占比|份额|排名|名次|变化|趋势|影响|意义"
    r"|作用|特点|优点|缺点|优势|历史|背景|结果|结局|内容|措施|办法|方法|好处|风险|成就|贡献|职务|代表作|名字|时间|地点|地址|日期|gdp|细节|情况|例子|区别)"
    r"|全国|全球|世界|钱|地方|城|国|市|省|县|区|年|月|届|次|回|人")
# these stand for one that was named, but head a thing of its own too: 公司有多少员工, 高新技术企业
_CLASS_NOUNS_HAN = frozenset("公司 企业 城市 国家 球队 学校 大学 医院 机构 项目 计划 工程 政策 文章 报告 小说 电影 作品".split())


# --- what an English question names

_LATIN_WORD = re.compile(r"[A-Za-z0-9][\w&+./-]*[\w+]|[A-Za-z0-9]|['’]s\b|[^\w\s]")
_NAME_LINK = re.compile(r"(?:of|the|and|&|for|de|von|van|der)\b", re.I)
_NON_NAMES = frozenset("i and but so then also please ok tell list name give compare define describe explain".split())
_ATTRIBUTE_STEMS = frozenset(stem(word) for word in """
gdp ceo cfo rate rates number amount value output revenue income profit turnover sales spending budget export import price cost fee
population area size height length depth width weight mass volume speed temperature distance duration age lifespan symptom cause reason
treatment dose dosage side effect effects complication capital headquarters author director founder inventor chairman president mayor
governor coach captain champion winner staff employee worker student customer user member shareholder subsidiary total target growth share
proportion percentage rank ranking trend change impact influence meaning significance purpose function feature advantage disadvantage
history background result outcome content measure method benefit risk achievement contribution post date time place location address
detail example case difference people person company firm city country nation state team club school university hospital plan project
programme policy law treaty book novel film movie article report war battle bridge building place thing kind part year month day decade
century season one ones more most other others another rest first second third last next biggest largest smallest highest lowest fastest
oldest best worst main name names found begin start end happen write build open close die live win lose grow rise fall increase decrease
rank compare cost weigh work come go take make set get run say become born use call hold do kilometre world region province gross average
annual local country's long far old big high large
""".split())
ENDS_IN_AUXILIARY = re.compile(r"\b(?:do|does|did|is|are|was|were|has|have|had|can|could|will|would|should)\s+(?:not\s+)?$", re.I)
ENDS_IN_DETERMINER = re.compile(
    r"(?:\b(?:the|an?|which|what|many|much|of|in|for|on|by|with|from|to|its|their|his|her|all|some|about"
    r"|between|and|against|than)|['’]s?)\s+$", re.I)
_ENDS_IN_AGENT = re.compile(rf"(?:{ENDS_IN_AUXILIARY.pattern[:-1]}(?:the )?[A-Z][\w-]*(?: (?:of |the )?[A-Z][\w-]*)*|\b(?-i:it|they|he|she|we|you|I))\s+$")
ENDS_IN_LOCATIVE = re.compile(r"\b(?:in|at|from|near|across|within|inside|throughout)\s+(?:the\s+)?$", re.I)


def _latin_chunks(text: str, begin: int, end: int) -> Iterator[Chunk]:
    run: list[Chunk] = []
    for match in _LATIN_WORD.finditer(text, begin, end):
        token = Chunk(match.group(), match.start(), match.end(), _latin_kind(match))
        word = token.text.lower()
        apart = run and text[run[-1].end : token.start].strip()
        if run and _NAME_LINK.fullmatch(word) and run[-1].kind == "name" and _capital_follows(text, token.end):
            run.append(replace(token, kind="name"))
            continue
        filler = is_function_word(word) or not word[0].isalnum() or word in _NON_NAMES
        acronym = len(word) > 1 and token.text.isupper() and word not in ("how", "what", "who", "why", "when", "where")
        if run and (apart or (filler and not acronym) or (token.kind != run[-1].kind and "name" in (token.kind, run[-1].kind))):
            yield from _chunk_latin_run(text, run)
            run = []
        if not filler or acronym:
            run.append(token)
    yield from _chunk_latin_run(text, run)


def _latin_kind(match: re.Match[str]) -> ChunkKind:
    word = match.group()
    if stem(word.lower()) in _ATTRIBUTE_STEMS and not (word.istitle() and match.start()):
        return "attribute"
    return "name" if word[0].isupper() or (word[0].isdigit() and word[-1].isupper()) else "noun"


def _capital_follows(text: str, at: int) -> bool:
    following = re.match(r"\s+(?:the\s+)?([A-Z])", text[at:])
    return following is not None


def _chunk_latin_run(text: str, run: list[Chunk]) -> Iterator[Chunk]:
    """A name; or the things and attributes of a run of small words, without the verb that ends or opens it."""
    if not run:
        return
    before = text[: run[0].start]
    if run[0].kind == "name":
        yield _merge_chunks(text, run, "name", is_modifier=bool(ENDS_IN_LOCATIVE.search(before)))
        return
    heads: list[Chunk] = []
    while run and run[-1].kind == "attribute":
        heads.insert(0, run.pop())
    if _ENDS_IN_AGENT.search(before):
        run = run[1:]  # does Kunshan want; can it produce
    elif len(run) > 1 and not heads and ENDS_IN_AUXILIARY.search(before) and text[run[-1].end :].strip(" ?.!"):
        run = run[:-1]
    if any(piece.kind == "noun" for piece in run):
        if not (ENDS_IN_DETERMINER.search(before) or ENDS_IN_AUXILIARY.search(before) or heads) and before.strip() and len(run) > 1:
            run = run[1:]  # discovered penicillin
        inside = bool(heads) or ENDS_IN_LOCATIVE.search(before) is not None
        yield _merge_chunks(text, run, "noun", is_modifier=inside)
    elif run:
        heads = run + heads
    if heads:
        yield _merge_chunks(text, heads, "attribute")
