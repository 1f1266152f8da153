"""Topic of a question: what a follow-up takes from it: only the owner of the attribute, or the whole topic."""

from __future__ import annotations

import re

from rag.questions.chunking import QUESTION_WORD_HAN, TIME_EXPRESSION, Chunk, find_chunks
from rag.questions.followup_detection import question_core
from rag.text.language import has_han

# a question with one of these is about the whole topic, not about its owner alone: growth of the revenue (收入的增速)
DERIVED_ATTRIBUTE = re.compile(
    r"增速|增幅|增长|涨|跌|下降|占|比重|比例|份额|排|名次|目标|同比|翻番|变化|趋势|原因|达到|做到|实现"
    r"|\b(?:growth|grow|grew|grown|share|rank\w*|proportion|percentage|percent|r[io]se|fall|fell|chang\w+|increas\w+"
    r"|decreas\w+|compare\w*|targets?|trend|per capita|cause\w*|reasons?|why)\b", re.I)


def _has_own_head(text: str) -> bool:
    """Whether a follow-up names an attribute or a thing itself, so that it takes only the owner."""
    chunks = find_chunks(_QUESTION_WORDS.sub("", question_core(text)))
    return any(chunk.kind != "time" for chunk in chunks) and not DERIVED_ATTRIBUTE.search(text)


def has_time(text: str) -> bool:
    """Whether a question names a time."""
    return any(chunk.kind == "time" for chunk in find_chunks(text))


def antecedent(question: str, last: str) -> str:
    """What a follow-up without a subject refers to in the last question: its owner alone, or its whole topic.

    Empty if the last question does not name it: it has several lines, or the follow-up refers to its answer.
    """
    if "\n" in last or _ENTITY_QUESTION.search(last):
        return ""
    topic = extract_topic(last, without_time=has_time(question))
    chunks = [chunk for chunk in find_chunks(last) if chunk.kind in ("place", "name", "noun")]
    if DERIVED_ATTRIBUTE.search(question) or not chunks:
        return topic
    owner = _find_owner(last, chunks)
    others = [chunk for chunk in chunks if chunk.text not in owner and not chunk.is_modifier]
    return owner if owner and (_has_own_head(question) or not others) else topic


_ENTITY_QUESTION = re.compile(  # the next question is about its answer
    r"(?<!是)谁|(?<=是)谁(?!\W*$)|哪[个家座位所部本支]|什么(?:公司|企业|人|国家|城市|药)"
    r"|\b(?:who(?! (?:is|was|are|were) [A-Z])|which)\b|\bwhat (?:company|firm|country|city|person)\b", re.I)


def _find_owner(last: str, chunks: list[Chunk]) -> str:
    """The only name of a question, with the nouns after it; all nouns if it has no name; empty for several names."""
    names = [chunk for chunk in chunks if chunk.kind != "noun"]
    if not names:
        return ("" if has_han(last) else " ").join(chunk.text for chunk in chunks)
    owners = [[names[0]]]
    for chunk in chunks[chunks.index(names[0]) + 1 :]:
        gap = last[owners[-1][-1].end : chunk.start].strip()
        if not chunk.is_modifier and gap in ("", "的", "'s", "’s", "'"):
            owners[-1].append(chunk)
        elif chunk.kind != "noun":
            owners.append([chunk])
    return last[owners[0][0].start : owners[0][-1].end] if len(owners) == 1 else ""


_AUXILIARY = re.compile(r"\b(?:is|are|was|were|do|does|did|has|had|can|could|will|would|should)\b\s*", re.I)
_QUESTION_WORDS = re.compile(
    r"^(?:please )?(?:(?:can|could) you )?(?:(?:tell|give) me |list |name |explain |describe )?"
    r"(?:(?:in|by|since|for|to|from|at|on|with|according to) )?"
    r"\b(?:how (?:many|much|big|large|long|far|high|tall|old|fast|deep|often|heavy|wide)"
    r"|how|what|which|who|whose|whom|when|where|why)\b\s*", re.I)

_QUESTION_PHRASE_HAN = re.compile(
    rf"(?:分别|到底|究竟|一共|总共|大约)*(?:是|有|为|在|达到?|叫)?了?(?:{QUESTION_WORD_HAN.pattern})|^[，的]+|[呢吧吗？?，\s]+$")


def extract_topic(last: str, *, without_time: bool = False) -> str:
    """A question without its question words: `苏州有多少家高新技术企业？` → 苏州高新技术企业."""
    if without_time:
        last = _TIME_PHRASE.sub("", last)
    core = question_core(last)
    if has_han(core):
        return _QUESTION_PHRASE_HAN.sub("", core)
    topic = _AUXILIARY.sub("", _QUESTION_WORDS.sub("", core))
    return " ".join(topic.split())


_TIME_PHRASE = re.compile(rf"(?:\b(?:in|by|since|during|until|for)\s+)?(?:{TIME_EXPRESSION.pattern})", re.I)
