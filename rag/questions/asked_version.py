"""Asked version: which version of a document a question names, and the question without it.

`2022年版的罚款是多少？` → the version of 2022, 罚款是多少？; `What was the fine before the revision?` → the one before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.questions.asked_days import find_days, remove_days
from rag.references.stated_version import comparable_number
from rag.references.version_titles import version_number

VersionAge = Literal["", "current", "earlier", "original", "later", "draft", "trial"]


@dataclass(frozen=True)
class AskedVersion:
    """What a question says of the version that it asks about; empty parts if it says nothing.

    `years` are named as those of versions (2022年版), `days` are only in the question (2022年, May 2023): they may be
    about the matter itself. `rest` is the question without what names the version, `rest_with_days` with the days.
    """

    rest: str
    rest_with_days: str
    years: tuple[int, ...] = ()
    numbers: tuple[str, ...] = ()
    days: tuple[str, ...] = ()  # ISO 8601, as far as they are named
    age: VersionAge = ""
    is_comparison: bool = False  # it asks for a change, or about several years

    @property
    def is_named(self) -> bool:
        """Whether the question names a version, other than by a date."""
        return bool(self.years or self.numbers or self.age)


_YEAR = r"(?<!\d)(?:19|20)\d\d(?!\d)"
_HAN_NOUN = (r"(?:(?:管理|实施|暂行|试行)?(?:办法|规定|条例|细则|制度|规则|准则|规程|标准|规范|手册|政策|方案|指南|章程|守则|公约|文件|价目表"
             r"|须知|说明书?|简章|通则|协议|收费标准|价格表|条款|规矩|版本|版))")
_NOUN = (r"(?:polic(?:y|ies)|rules?|regulations?|handbook|manual|guidelines?|guide|standard|edition|version"
         r"|revision|document|procedures?"
         r"|price list|prices|rates|fees|tariff|schedule|(?:\w+ )?(?:terms|conditions)|code|charter|plan|act|statutes"
         r"|by-?laws|constitution|specifications?|instructions?|order|notice|form|list|one)")
_IN = r"(?:(?:under|in|according to|per|by|from|as per|of|for|with) )?(?:the )?"
# each with what it names; the first that matches at a place counts
_NAMES: tuple[tuple[str, re.Pattern[str]], ...] = tuple((name, re.compile(pattern, re.I)) for name, pattern in (
    ("year", rf"(?:按照?|根据|依照?|在)?{_YEAR}\s?年?\s?(?:修订|修正|修改|发布|颁布|公布|印发|实施|施行|生效|制定|新|旧|老)*(?:的)?"
             rf"{_HAN_NOUN}(?:[里中]|规定)?(?:的|[,，])?"),
    ("year", rf"(?:按照?|根据|依照?|在)?{_YEAR}\s?年?\s?(?:修订|修正|修改)(?:版|本|稿|后|以?前)?(?:的|[,，])?"),
    ("year", rf"{_IN}{_YEAR}(?:'s)? (?:revised |amended |updated |new |old )?{_NOUN},?"),
    ("year", rf"{_IN}(?:edition|version|revision|policy|rules|handbook) (?:of|from|for|dated) {_YEAR},?"),
    ("number", r"(?:按照?|根据|依照?|在)?第\s?[一二三四五六七八九十\d]+\s?版(?:本)?(?:[里中]|规定)?(?:的|[,，])?"),
    ("number", r"(?:按照?|根据|依照?|在)?(?<![a-z\d])(?:v|版本号?|版)\s?\d{1,3}(?:\.\d{1,3}){0,3}(?:版本?)?(?:[里中]|规定)?(?:的|[,，])?"),
    ("number", r"(?<![a-z\d.])\d{1,2}(?:\.\d{1,2}){1,2}\s?版本?(?:[里中])?(?:的|[,，])?"),
    ("number", rf"{_IN}(?<![a-z\d])(?:(?:version|edition|revision|issue|rev\.?|ver\.?|v)\s?\.?"
               r"\d{1,3}(?:\.\d{1,3}){0,3}"
               r"|(?:version|edition|revision|rev\.?|issue) [a-h](?![a-z]))(?![a-z\d]),?"),
    ("number", rf"{_IN}(?:\d{{1,2}}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth) "
               rf"(?:edition|revision|version),?"),
    ("draft", r"(?:公开)?征求意见稿(?:[里中])?的?|草案(?:[里中])?的?|送审稿的?|讨论稿的?"),
    ("draft", rf"{_IN}(?:consultation )?draft(?: {_NOUN})?,?"),
    ("trial", rf"试行(?:期间)?的?{_HAN_NOUN}(?:[里中])?的?[,，]?|试行(?:稿|版|期间?)(?:[里中])?的?"),
    ("trial", rf"{_IN}(?:interim|provisional|trial)(?: {_NOUN}),?"),
    ("later", r"即将(?:施行|生效|实施|执行)的?(?:新?版本?|新?规定?)?|尚未(?:施行|生效|实施)的?(?:新?版本?)?|将要(?:施行|生效|实施)的?|未来的?(?:新?版本|新规)"),
    ("later", rf"{_IN}(?:upcoming|forthcoming|future|next|not yet effective)(?: {_NOUN}),?"
              r"|once the (?:new|revised) \w+ (?:takes? effect|comes? into force|applies)"),
    ("original", r"最早的?(?:版本?|那版)?|最初的?(?:版本?)?|原始版本?的?"),
    ("original", rf"{_IN}(?:original|very first|oldest|earliest)(?: {_NOUN}),?|originally"),
    ("earlier", rf"(?:修订|修改|修正|调整|改版|更新|新规|变更|改革)(?:之|以)?前(?:的{_HAN_NOUN})?的?[,，]?"
                rf"|(?:旧|老|原先?|上一|前一|上个|之前的?|以前的?|此前的?|过去的?|从前的?|原来的?)(?:的)?{_HAN_NOUN}(?:[里中]|规定)?的?[,，]?"
                rf"|(?:已经?|被)?(?:废止|失效|作废|取代|替代)了?的(?:那[个一份部]?)?{_HAN_NOUN}?(?:[里中])?的?|上一?版的?|旧规(?:定)?的?"
                r"|(?<![年月日\d])(?:以前|过去|原先|原来|从前)(?=是(?![否不])|为|多少|的(?!\d|[几一二三四五六七八九十]+年))的?"
                r"|(?<![年月日\d])(?:原先|原来|从前)(?=[^，。？?]{1,4}(?:多少|几))"),
    ("earlier", rf"{_IN}(?:old|older|previous|earlier|former|prior|superseded|repealed|preceding|last|outdated"
                rf"|replaced)"
                rf"(?: {_NOUN}),?"
                r"|before (?:the |its |it was )?(?:latest |last |recent )?(?:revision|amendment|change|update"
                r"|revised|amended|updated|changed)s?,?"
                r"|prior to (?:the |its )?(?:revision|amendment|change|update),?|previously|formerly"
                r"|\bused? to(?= (?:be|pay|have|cost|get|allow|require)\b)"),
    ("current", rf"(?:按照?|根据)?(?:现行|目前|现在|当前|如今|眼下|最新|新|生效中)的?(?:有效的?)?{_HAN_NOUN}(?:[里中]|规定)?的?[,，]?"
                rf"|(?:修订|修改|修正|调整|改版|更新)(?:之|以)?后(?:的{_HAN_NOUN})?的?[,，]?|现行的?|新规(?:定)?的?"
                r"|(?:目前|现在|当前|如今|眼下|今天|如今)的?"),
    ("current", rf"{_IN}(?:currently |now )?(?:current|latest|newest|present|existing|new|revised|updated"
                rf"|amended|in-force)"
                rf"(?: {_NOUN}),?|after (?:the |its )?(?:revision|amendment|change|update),?"
                r"|(?<=\bthe )(?:current|latest|present) (?=[a-z])"
                rf"|(?:(?<=\w )|^)(?:currently|nowadays|at present|as of today|today|right now)"),
))
_COMPARISON = re.compile(
    r"变化|区别|不同|改为|改成|调整为|对比|相比|比较|前后|差异|差别|从多少|修改了|修订了|变了|增加了|降低了|提高了|上涨|涨了"
    r"|历年|近[几两三四五\d]年|逐年|趋势|增长|增速|每年|各年|分别"
    r"|\bchang(?:e|ed|es)\b|\bdiffer|\bcompar|\bversus\b|\bvs\b|\bbetween\b|\btrend|\bover the years\b"
    r"|\bgrowth\b|\bgrew\b|\bgrow\b"
    r"|\brise|\brose\b|\bincrease|\bdecrease|\beach year\b|\bsince\b|\bhow much (?:more|less)\b", re.I)


_HALF_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}


def find_asked_version(question: str) -> AskedVersion:
    """The version that a question names.

    >>> asked = find_asked_version("2022年版的罚款是多少？")
    >>> asked.years, asked.rest
    ((2022,), '罚款是多少？')
    """
    text = question.translate(_HALF_WIDTH)
    found: dict[str, list[str]] = {}
    for name, pattern in _NAMES:
        for match in pattern.finditer(text):
            found.setdefault(name, []).append(match[0])
        text = pattern.sub(" ", text)
    age = next((known for known in ("draft", "trial", "later", "original", "earlier", "current") if known in found), "")
    years = tuple(dict.fromkeys(int(year) for part in found.get("year", ()) for year in re.findall(_YEAR, part)))
    numbers = [comparable_number(version_number(re.sub(r"^(?:in|under|the|of|per|by|for|from|with|according to"
    r"|按照?|根据|在)\s?", "", part)))
               for part in found.get("number", ())]
    days = tuple(find_days(text))
    if years and "earlier" in _year_ages(found.get("year", ())):
        age = age or "earlier"
    return AskedVersion(
        rest=_ask_for_value(_tidy(remove_days(text))), rest_with_days=_ask_for_value(_tidy(text)), years=years,
        numbers=tuple(number for number in dict.fromkeys(numbers) if number), days=days,
        age=age,  # type: ignore[arg-type]
        is_comparison=bool(_COMPARISON.search(question)) or len({*years, *(day[:4] for day in days)}) > 1)


def _year_ages(parts: list[str] | tuple[()]) -> list[str]:
    return ["earlier" for part in parts if re.search("(?:修订|修正|修改)以?前", part)]


_WHAT_CHANGED = re.compile(
    r"(?:发生了?)?(?:有)?(?:了?(?:什么|哪些|何|怎样的|怎么样的))(?:变化|不同|区别|差别|差异|调整|改动)|(?:是)?(?:怎么|如何|怎样)(?:变化|改变|变)的?"
    r"|从多少(?:改为|改成|变为|调整为|提高到|降低?到|涨到)(?:了)?多少|(?:改为|改成|变成|调整为)(?:了)?(?:多少|什么)?(?=[？?]|$)")


def _ask_for_value(text: str) -> str:
    """A Chinese question for a change as one for the value: 押金有什么变化？ → 押金是多少？"""
    rest, count = _WHAT_CHANGED.subn("", text)
    if not count:
        return text
    rest = re.sub(r"(?:从|由)?\s*(?:到|至|和|与|、)\s*(?=[，,？?]|$)|[的，,]+(?=[？?]|$)", "", rest.strip())
    return f"{rest.rstrip('？?。 ')}是多少？"


def _tidy(text: str) -> str:
    """The text without what was around a part that has been taken out of it."""
    text = re.sub(r"(?<=[一-鿿，？])\s+|\s+(?=[一-鿿，？?])", "", " ".join(text.split()))
    text = re.sub(r"\b(?:under|in|according to|per|by|from|of) (?:the )?(?=[,?.]|$)", "", text, flags=re.I)
    text = re.sub(r"\s?(?:从|由)?(?:到|至)(?=有|发生|的变化|[？?]|$)", "", text)
    text = re.sub(r"^(?:里|中|下|时|的|规定|和|与|，|,|、|\s|and |what about )+(?=\S)", "", text)
    return re.sub(r"\s+(?=[,?.!])", "", text).strip()
