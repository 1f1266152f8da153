"""Follow-up detection: whether a question can be understood only with the earlier ones, and its anaphor."""

from __future__ import annotations

import re

from rag.questions.chunking import ENDS_IN_AUXILIARY, ENDS_IN_DETERMINER, QUESTION_WORD_HAN, find_chunks
from rag.text.language import HAN, has_han, search_terms

MAX_FOLLOWUP_LENGTH = 300  # characters; a longer question has enough context itself


def needs_context(question: str) -> bool:
    """Whether a question cannot be understood without an earlier one: `那苏州呢？`, `And its share?`."""
    if len(question) > MAX_FOLLOWUP_LENGTH or _COURTESY.fullmatch(question):
        return False
    core = question_core(question)
    if not core or BARE_FOLLOWUP.fullmatch(core) or find_anaphor(question) or ALTERNATIVE_CUE.search(core):
        return True
    kinds = {chunk.kind for chunk in find_chunks(core)}
    has_topic = not kinds.isdisjoint(("place", "name", "noun"))
    if not has_question_word(core):
        is_introduced = CONNECTIVE_START.search(question) or _TOPIC_PARTICLE.search(question)
        return is_introduced is not None or len(kinds) <= 1 or not has_topic
    if CONNECTIVE_START.search(question) and kinds.isdisjoint(("place", "name")):
        return True
    asks_class = _CLASS_QUESTION.search(core) is not None and len(search_terms(core)) > 1
    return not (has_topic or asks_class or _DEFINITION_QUESTION.search(core))


CONNECTIVE_START = re.compile(
    r"^\W*(?:那么?|那|还有|另外|以及|换成|而|and|but|or|what about|how about|what of)(?![a-z])", re.I)
LEAD_IN = re.compile(
    r"^\W*(?:(?:那么|那(?![个些里时种边座家位项])|还有|另外|以及|换成|如果是|要是|而|请问"
    r"|and|but|or|then|so|also|ok|what about|how about|what of)(?![a-z])[\s，,]*)+", re.I)
_TAIL = re.compile(r"(?:呢|(?<=[\w]),?\s(?:then|too|as well|instead))?[\s?？。.!！]*$", re.I)
_TOPIC_PARTICLE = re.compile(r"呢(?:[，,]|\W*$)")
_COURTESY = re.compile(
    r"\W*(?:谢谢|多谢|好的?|明白了?|知道了|你好|thanks?(?: you)?|great|hello|hi|ok(?:ay)?)\W*", re.I)
BARE_FOLLOWUP = re.compile(
    r"(?:这(?:是)?)?(?:为什么|为何|为啥|怎么|凭什么)(?:会)?(?:这样|如此|这么说|回事)?(?:呢|吗)?|然后|后来|接着|之后|结果"
    r"|(?:更|再)?(?:具体|详细|多)(?:一?点|一?些|说说|介绍|讲讲|情况|说明)*"
    r"|(?:具体|分别|主要|都|还|又)*(?:有|是|包括)(?:哪些|什么|谁|多少)(?:内容)?"
    r"|举(?:个|些)?例子?(?:说明)?|真的吗?|继续"
    r"|展开(?:说说|讲讲)?|什么意思|何以见得|依据(?:是什么|何在)?"
    r"|第[一二三四五六七八九十\d]+[个项条种点]?|下一?个|其他的?|别的"
    r"|(?:when|where|why|who|how|how so|how come|why not|for example|such as)"
    r"|(?:tell me |give me |any |some )?more(?: details?| about (?:it|this|that))?|(?:more )?details?"
    r"|go on|continue|really"
    r"|are you sure|explain|elaborate"
    r"|(?:in |since |until |by |from )?(?:what|which|whom|who|when|how|where)(?: \w+)?(?: ones?)?", re.I)
ALTERNATIVE_CUE = re.compile(
    r"\b(?:else|the former|the latter|(?:which|the (?:\w+ )?|other|last|next) ?ones?"
    r"|the (?:other|first|second|third|fourth|last) (?:one|two|of))\b"
    r"|\bthe (?:first|second|third|others?|rest|same)\W*$"
    r"|\b(?:any|the) others\b|前者|后者|上述|前面|刚才|上面(?:说|提|那)|第[二三四五六]个\W*$|除此之外"
    r"|还有(?:哪些|什么|谁|别的|其他)", re.I)
_CLASS_QUESTION = re.compile(
    r"(?:哪|什么)一?[个些家座]?(?:国家|城市|公司|企业|大学|学校|省份?|市|地方|人|球队)"
    r"|\b(?:which|what) (?:country|countries|cit(?:y|ies)|compan(?:y|ies)|firms?|states?|teams?|universit(?:y|ies)"
    r"|person|people|year|part|region)\b"
    r"|\bthere (?:an?|any) \w+ (?:that|which|who|for|of|in)\b", re.I)
_DEFINITION_QUESTION = re.compile(r"^(?:what|who) (?:is|was|are|were) \w+$|^什么是", re.I)
_QUESTION_WORD_EN = re.compile(
    r"\b(?:what|which|who|whose|whom|when|where|why|how|is|are|was|were|do|does|did|has|have|had"
    r"|can|could|will|would|should|tell|list|explain)\b",
    re.I,
)

MEASURE_WORD = "(?:一?[个些项座家位本部种类款条场次篇届支所]|里的?)"
_CLASS_NOUN = "(?:城市|公司|企业|国家|地区|学校|大学|市|省|县|区|国|校|院|公司|厂|人|书|药|病)"
_IT, _HE = "(?<!其)[它她]", "(?<![其吉排利维])他"
_BEFORE_THAT = "|".join(
    rf"(?<=\b{word} )" for word in "is was does did do why of about after before for in at from with by on".split())
_ANAPHOR = re.compile(
    rf"(?P<among>(?<!尤)其中(?:的)?|(?:他|它|她)们(?:当?中|里面)?|这些"
    rf"|\b(?:they|them|those(?! (?:of|who|in|that|which|with|from))|these(?! days))(?![A-Za-z]))"
    rf"|(?P<whose>(?:{_IT}|{_HE})的|(?<![尤极耳与莫])其(?![他它她中实次余间])|\b(?:its|their|his|her(?= \w))\b)"
    r"|(?P<there>那里|那儿|当地"
    r"|(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere\b(?! (?:is|are|was|were|has|have)\b))"
    rf"|(?P<this>(?<![{HAN}])该(?!不|如何|怎|由谁|向|去|用|做)|(?<=[在对从由于与为被把到向是的])该(?!不|如何|怎)"
    rf"|此(?!外|前|后|时|次)|这(?![样么次年])|那(?=[个些种座家位项])){MEASURE_WORD}?(?P<class>{_CLASS_NOUN})?"
    r"|\b(?:this(?! (?:year|month|week|century|decade|season|quarter|time)\b)"
    rf"|(?:^|{_BEFORE_THAT})that)\b"
    r"(?: (?:city|company|firm|country|place|year|person|man|woman)\b)?"
    rf"|(?P<it>{_IT}|{_HE}(?!乡|国|人)|\b(?:it|he|she|him|her)\b)", re.I)
_EXPLETIVE = re.compile(
    r"\bit (?:takes?|rains?|snows?)\b"
    r"|\b(?:is|was) it (?:true|that\b|(?:possible|necessary|important|legal|safe|better|worth) (?:to|that)\b)"
    r"|\bdoes it (?:take|cost|mean) to\b|\bdid it take (?:for|to)\b", re.I)
_CLAUSE_BREAK = re.compile(
    r"[，,；;]|\b(?:when|if|before|after|because|while|until|although|though|since|once|than|so|that|who|which"
    r"|and|as|or|but)\b", re.I)


def find_anaphor(question: str) -> re.Match[str] | None:
    """The match of the first word that refers to an earlier question, and not to a part of this question.

    The match's groups say how it refers: `among`, `whose`, `there`, `this` (with `class`) or `it`.
    """
    if _EXPLETIVE.search(question):
        return None
    for anaphor in _ANAPHOR.finditer(question):
        if not _has_antecedent(question, anaphor):
            return anaphor
    return None


def _has_antecedent(question: str, anaphor: re.Match[str]) -> bool:
    """Whether the question itself names what an anaphor refers to.

    `苏州这座城市`; `Which firms moved their headquarters?`; `Why do cats purr when they are stroked?`
    """
    before = [chunk for chunk in find_chunks(question) if chunk.end <= anaphor.start()]
    candidates = [chunk for chunk in before if chunk.kind in ("place", "name", "noun")]
    if not candidates:
        return False
    if anaphor["this"] and has_han(anaphor.group()):
        return not question[candidates[-1].end : anaphor.start()].strip("》”\"' ")
    breaks = [match.start() for match in _CLAUSE_BREAK.finditer(question, 0, anaphor.start())]
    if breaks and any(chunk.end <= breaks[-1] for chunk in candidates):
        return True
    if not anaphor["whose"]:
        return False
    return has_han(question) or any(
        chunk.kind == "name" or _precedes_noun(question[: chunk.start]) for chunk in candidates)


def _precedes_noun(before: str) -> bool:
    return bool(ENDS_IN_DETERMINER.search(before) or ENDS_IN_AUXILIARY.search(before))


def question_core(question: str) -> str:
    """A question without its introduction and its closing particle: `那苏州呢？` → 苏州."""
    return _TAIL.sub("", LEAD_IN.sub("", question.strip())).strip()


def has_question_word(core: str) -> bool:
    """Whether the core of a question has a question word, an English auxiliary or an English request (tell, list)."""
    pattern = QUESTION_WORD_HAN if has_han(core) else _QUESTION_WORD_EN
    return pattern.search(core) is not None
