"""What kind of answer a question asks for, and whether it leans on what was said before."""

from __future__ import annotations

import re

from rag.text.language import normalise, terms

_FILLER = re.compile(
    r"请问|多少|哪些|哪个|哪几个|哪里|什么|怎么样|怎样|怎么|如何|为什么|为何|几个|几家|是否|吗|呢|分别|的|了|是|在|有|和|与")


def without_filler(text: str) -> str:
    """The question without its asking words: what is left should stand in an answer."""
    return _FILLER.sub(" ", normalise(text))


_KINDS = {kind: re.compile("|".join(patterns), re.I) for kind, patterns in {
    "percent": (
        r"百分|比例|占比|比重|增速|增幅|增长率|覆盖率|几分之",
        r"percent|proportion|share\b|\brate\b|growth|fraction|how fast"),
    "number": (
        r"多少|几(?!乎)|多大|规模|总量|数量|总数|总额|数额",
        r"how (?:many|much|large|big|long|far)|number of|\bsize\b|total|amount|what value"),
    "time": (
        r"何时|什么时候|哪(?:一)?[年月天日]|几[年月号]|时间|日期|年份",
        r"when\b|what (?:year|date|day|month|time)|which (?:year|month|day)|since what"),
    "person": (r"谁|哪位|人物|作者", r"who\b|whose\b|whom\b|author"),
    "list": (
        r"哪些|哪几|哪[两三四五六七八九十]|列举|列出|分别|包括",
        r"which\b|list\b|name (?:the|all|two|three|four|five)|what (?:are|were|two|three|four|five|six|seven|eight)"),
    "reason": (r"为什么|为何|为啥|原因|缘故|凭什么", r"why\b|reason|because|how come"),
    "definition": (
        r"什么是|是什么|指什么|什么叫|何谓|定义|含义|意思",
        r"what is (?:an?|the)? ?|what does .* mean|define|meaning|refer to|stand for"),
}.items()}


def asked_for(question: str) -> frozenset[str]:
    """Of number, percent, time, person, list, reason and definition those that the question asks for."""
    return frozenset(kind for kind, pattern in _KINDS.items() if pattern.search(question))


# how sentences look that list, give a reason or define
LISTING = re.compile(r"、.*、|，[^，]*、|一是|二是|;.*;|,[^,]*,[^,]* and |包括|分别|including|namely|:")
REASONING = re.compile(
    r"因为|由于|因此|所以|旨在|为了|以便|从而|关键|在于|离不开|必须"
    r"|because|since|due to|so that|therefore|thus|in order to|lies in|must", re.I)
DEFINING = re.compile(
    r"是指|指的是|就是|即|是一[个种]|称为|所谓"
    r"|means|refers to|is an?\b|defined as|consists? of|stands for|denotes", re.I)


_LEANING = re.compile(
    r"^(?:那么?|还有|另外|以及|其中|然后)|它|其(?!他|它|中|实|次|余)|他们|她|他(?!们)|这(?:个|些|里|一|家|项|座|类)?|该|上述|前者|后者|呢[？?]?$"
    r"|^(?:and|but|so|then|also|what about|how about)\b"
    r"|\b(?:it|its|they|their|them|that|those|this|these|he|she|his|her|there|the (?:former|latter))\b", re.I)
_SHORT = 2  # a question of so few telling words cannot stand alone


def leans(question: str) -> bool:
    """True for a follow-up that cannot be understood alone: `那苏州呢？`, `And its share?`."""
    return bool(_LEANING.search(question.strip())) or len(set(terms(question))) <= _SHORT
