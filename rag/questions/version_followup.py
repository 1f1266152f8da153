"""Follow-ups on versions: a question that only names a version, after one that could be understood alone.

`旧版是几小时？` after `研讨间可预约多长时间？` → 旧版研讨间可预约多长时间？
"""

from __future__ import annotations

import re

from rag.questions.asked_version import find_asked_version
from rag.questions.followup_detection import find_anaphor, question_core
from rag.text.language import has_han


def find_bare_version(question: str) -> str:
    """What names a version, in a question that names nothing else: `旧版是多少？`, `And in the old one?`; else empty."""
    asked = find_asked_version(question)
    if len(asked.phrases) != 1 or asked.is_comparison or find_anaphor(question):
        return ""
    return asked.phrases[0] if _BARE_VALUE.fullmatch(question_core(asked.rest)) else ""


# only a question word, with the unit of the value: 是几小时, how much was it
_BARE_VALUE = re.compile(
    r"(?:又|就|则)?(?:(?:是|为|有|要|可以?)?(?:多少|几)[一-鿿]{0,3}|(?:是|为)?(?:什么|怎样|怎么)(?:样|说|写|规定)?的?|如何规定)?"
    r"|(?:what|how (?:much|many|long|often|high))(?: (?:is|was|were|did|does|do)(?: (?:say|state|require|allow))?)?",
    re.I)


def ask_of_version(last: str, phrase: str) -> str:
    """The last question about another version: 旧版研讨间可预约多长时间？"""
    asked = find_asked_version(last)
    rest = asked.rest if asked.is_named or asked.days else last
    if has_han(last) != has_han(phrase):
        return f"{phrase}\n「{rest}」"
    if has_han(phrase):
        return f"{phrase}{rest}"
    lead = "" if _VERSION_LEAD.match(phrase) else "in "
    return f"{rest.rstrip(' ?.!')} {lead}{phrase}?"


_VERSION_LEAD = re.compile(
    r"(?:in|under|according|per|by|from|as|of|for|with|on|within|before|after|prior|once|previously|formerly|originally"
    r"|currently|nowadays|today|next|right|at)\b", re.I)
