"""A question becomes what it is about: the owner of what is asked, or the whole matter."""

from __future__ import annotations

import re

from rag.questions.chunking import QUESTION_WORD_HAN, TIME_EXPRESSION, Chunk, find_chunks
from rag.questions.followup_detection import question_core
from rag.text.language import has_han

# what is asked of the whole former matter, and not of its owner: 软件收入 的 增速
DERIVED_ATTRIBUTE = re.compile(
    r"增速|增幅|增长|涨|跌|下降|占|比重|比例|份额|排|名次|目标|同比|翻番|变化|趋势|原因|达到|做到|实现"
    r"|\b(?:growth|grow|grew|grown|share|rank\w*|proportion|percentage|percent|r[io]se|fall|fell|chang\w+|increas\w+|decreas\w+|compare\w*|targets?"
    r"|trend|per capita|cause\w*|reasons?|why)\b", re.I)


def _has_own_head(text: str) -> bool:
    """True where a question names an attribute or a thing of its own, so that only the owner is taken over."""
    named = [piece.text for piece in find_chunks(_QUESTION_WORDS.sub("", question_core(text))) if piece.kind != "time"]
    return bool(named) and not DERIVED_ATTRIBUTE.search(text)


def has_time(text: str) -> bool:
    return any(piece.kind == "time" for piece in find_chunks(text))


def antecedent(question: str, last: str) -> str:
    """What a question without its own subject is about: the owner alone, or all that was asked before."""
    named = [piece for piece in find_chunks(last) if piece.kind in ("place", "name", "noun")]
    whole = extract_topic(last, without_time=has_time(question))
    if "\n" in last or _ENTITY_QUESTION.search(last):
        return ""
    if DERIVED_ATTRIBUTE.search(question) or not named:
        return whole
    owner = _find_owner(last, named)
    others = [piece for piece in named if piece.text not in owner and not piece.is_modifier]
    return owner if owner and (_has_own_head(question) or not others) else whole


_ENTITY_QUESTION = re.compile(  # the answer is what the next question is about
    r"(?<!是)谁|(?<=是)谁(?!\W*$)|哪[个家座位所部本支]|什么(?:公司|企业|人|国家|城市|药)"
    r"|\b(?:who(?! (?:is|was|are|were) [A-Z])|which)\b|\bwhat (?:company|firm|country|city|person)\b", re.I)


def _find_owner(last: str, chunks: list[Chunk]) -> str:
    """The one name of a question, with the thing that follows it; without a name all its things; nothing where there are several."""
    names = [piece for piece in chunks if piece.kind != "noun"]
    if not names:
        return ("" if has_han(last) else " ").join(piece.text for piece in chunks)
    runs = [[names[0]]]
    for piece in chunks[chunks.index(names[0]) + 1 :]:
        if not piece.is_modifier and last[runs[-1][-1].end : piece.start].strip() in ("", "的", "'s", "’s", "'"):
            runs[-1].append(piece)
        elif piece.kind != "noun":
            runs.append([piece])
    return last[runs[0][0].start : runs[0][-1].end] if len(runs) == 1 else ""


_AUXILIARY = re.compile(r"\b(?:is|are|was|were|do|does|did|has|had|can|could|will|would|should)\b\s*", re.I)
_QUESTION_WORDS = re.compile(
    r"^(?:please )?(?:(?:can|could) you )?(?:(?:tell|give) me |list |name |explain |describe )?"
    r"(?:(?:in|by|since|for|to|from|at|on|with|according to) )?"
    r"\b(?:how (?:many|much|big|large|long|far|high|tall|old|fast|deep|often|heavy|wide)"
    r"|how|what|which|who|whose|whom|when|where|why)\b\s*", re.I)

_QUESTION_PHRASE_HAN = re.compile(
    rf"(?:分别|到底|究竟|一共|总共|大约)*(?:是|有|为|在|达到?|叫)?了?(?:{QUESTION_WORD_HAN.pattern})|^[，的]+|[呢吧吗？?，\s]+$")


def extract_topic(last: str, *, without_time: bool = False) -> str:
    """A question without its asking words: `苏州有多少家高新技术企业？` → 苏州高新技术企业."""
    if without_time:
        last = re.sub(rf"(?:\b(?:in|by|since|during|until|for)\s+)?(?:{TIME_EXPRESSION.pattern})", "", last, flags=re.I)
    plain = question_core(last)
    if has_han(plain):
        return _QUESTION_PHRASE_HAN.sub("", plain)
    return re.sub(r"\s+", " ", _AUXILIARY.sub("", _QUESTION_WORDS.sub("", plain))).strip()
