"""A sentence or a heading becomes the questions that it answers: `苏州有7家灯塔工厂。` → 苏州有多少家灯塔工厂？"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rag.numbers.figures import Figure, find_figures
from rag.numbers.quantities import Quantity, find_quantities
from rag.numbers.units import measures_in
from rag.schema import Language
from rag.text.language import HAN

_LONGEST: dict[Language, int] = {"zh": 38, "en": 120}  # characters that a question may have to be read at a glance
_SHORTEST: dict[Language, int] = {"zh": 9, "en": 20}


@lru_cache(maxsize=2_000)
def questions_of(sentence: str, language: Language) -> tuple[str, ...]:
    """The well-formed questions, at most a few, that a sentence answers by itself; none where a word points outside it."""
    found = _of_sentence_zh(sentence) if language == "zh" else _of_sentence_en(sentence)
    return tuple(question for question in found if _well_formed(question, language))


def questions_of_heading(heading: str, language: Language) -> tuple[str, ...]:
    """The question that a heading asks: `新型工业化为何是主阵地` → 新型工业化为何是主阵地？, `Why growth is slow` → Why is growth slow?"""
    found = _of_heading_zh(heading) if language == "zh" else _of_heading_en(heading)
    return tuple(question for question in found if _well_formed(question, language))


def _well_formed(question: str, language: Language) -> bool:
    balanced = all(question.count(o) == question.count(c) for o, c in ("“”", "（）", "《》", "()", "‘’")) and question.count('"') % 2 == 0
    return balanced and _SHORTEST[language] <= len(question) <= _LONGEST[language] and "\n" not in question


# --- Chinese: the figure gives way to 多少 where it stands

_POINTING = re.compile(
    r"其|该|这|那(?!斯)|它|此|他|她|上述|前者|后者|以上|[^不]同时|本[市院馆校文县区]|我[们市国]|同期|上年|也|还|又|均|都|则|并|而|因此|所以|但|另|再|首先|其次|记者|一方面")
_OPENING_TIME = re.compile(r"^(?:(?:到|截至)?20\d\d年(?:[上下]半年|底|末|\d+月)?|截至目前|目前)[，,]$")
_SAID_BEFORE = re.compile(
    r"(?:(?:目前|现在|如今)?(?:总共|累计|已经?|大约|约|近|将近|超过?了?|逾|只|仅|高达|多达|共|突破了?|不少于|不低于|至少))+$")
_SAID_BEHIND = re.compile(r"^(?:以上|余|多|左右|上下)的?")
_ENDS_OPEN = re.compile(
    r"(?:[有为是达占设建到出入获得成]|达到|拥有|实施|培育|引进|建成|建设|认定|聚集|增至|接待|覆盖|服务|完成|涉及|设立|的)$")
_LEAST_SPELLED = 11  # 四个区域, 两个问题: to ask how many would be idle
_COUNTERS = "家个名项件位座条所种台辆户人层张支"
_LISTED = re.compile(
    rf"^([{HAN}A-Za-z0-9“”]{{4,26}}?(?:领域|产业|方向|方面|措施|原因|特点|行业|内容|任务|集群|问题|目标|做法|机构|平台|路径|优势|经验|环节))"
    r"(?:主要|分别)?(有|包括|是)(?=[^，。、]{2,}、)[^。]+。$")


def _of_sentence_zh(sentence: str) -> Iterator[str]:
    if (listed := _LISTED.match(sentence)) and not _POINTING.search(listed.group(1)) and not find_figures(listed.group(1)):
        yield f"{listed.group(1)}{'包括' if listed.group(2) == '包括' else '有'}哪些？"
    told = find_quantities(sentence)
    for quantity in told[:1]:
        yield from _cloze(sentence, quantity)


def _cloze(sentence: str, quantity: Quantity) -> Iterator[str]:
    clauses = [m for m in re.finditer(r"[^，。；：！？]+[，。；：！？]?", sentence)]
    at = next((i for i, m in enumerate(clauses) if m.start() <= quantity.figure.start < m.end()), None)
    if at is None or not (quantity.names or quantity.context) or (quantity.figure.spelled and quantity.figure.value < _LEAST_SPELLED):
        return
    begin, end = clauses[at].start(), clauses[at].end()
    timed = at == 1 and _OPENING_TIME.match(clauses[0].group()) is not None
    if at and not timed and not any(re.match(rf"(?:20\d\d年)?{re.escape(name)}", sentence[begin:]) for name in quantity.names):
        return  # the clause leans on the one before
    before = sentence[begin : quantity.figure.start]
    behind = _SAID_BEHIND.sub("", sentence[quantity.figure.end : end]).rstrip("，。；：！？")
    others = [f for f in find_figures(sentence[begin:end]) if f.kind in ("amount", "percent", "date") and not f.spelled]
    if len(others) > 1 or before.endswith("的") or _POINTING.search(before + behind) or "、" in behind or "“" in before[-1:]:
        return
    time = clauses[0].group() if timed and re.match("到?20", clauses[0].group()) else ""
    asked = _blank(before, quantity.figure, behind)
    if asked:
        yield f"{time}{asked}？"


def _blank(before: str, figure: Figure, behind: str) -> str:
    """The clause with an asking word for its figure; nothing where that would not be Chinese."""
    before = _SAID_BEFORE.sub("", before)
    if figure.kind == "percent" and not behind:
        if before.endswith("的") or "占" in before[-8:]:
            return f"{before}百分之多少"
        return f"{before}多少" if _ENDS_OPEN.search(before) else ""
    if figure.value < 1 and not figure.unit and not behind:
        return f"{before}几分之几" if "占" in before[-10:] else ""
    if figure.unit in ("yuan", "usd"):
        return f"{before}多少" if not behind and re.search(r"(?:为|是|达|达到|至)了?$", before) else ""
    if figure.unit in _COUNTERS and figure.unit:
        before = before if _ENDS_OPEN.search(before) else f"{before}有" if not behind else ""
        return f"{before}多少{figure.unit}{behind}" if before else ""
    return ""


def _of_heading_zh(heading: str) -> Iterator[str]:
    told = heading.split("：")[-1].strip()
    if re.search(r"为什么|为何|如何|怎样", told) and not re.search(r"[，。？“]", told):
        yield f"{told}？"


# --- English: the figure moves to the front as how many, what or what share

_NAME = r"(?P<s>(?:The |the )?[A-Z][\w'’-]*(?:(?: of| and| for| the)?(?: [A-Z][\w'’-]*| [a-z-]+ (?=[A-Z])))*)"
_FIGURE = "(?P<f>@)"
_THINGS = r"(?P<n>(?:[\w'’&\"“”-]+ ){0,6}[\w'’\"“”-]+?)(?= (?:in total|in all|worldwide|nationwide)\b|[,.;]|$)"
_WHEN = r"(?:(?:In|in|By|by) (?P<y>20\d\d|19\d\d),? )?"
_MORE = r"(?:about |around |some |nearly |almost |over |more than |only |just |at least |a (?:cumulative )?total of )*"
_ALSO = r"(?:currently |now |already |also )?"
_ENGLISH = tuple((re.compile(pattern), form) for pattern, form in (
    (rf"^{_WHEN}{_NAME} {_ALSO}(?P<v>has|had) {_MORE}{_FIGURE} (?!of\b|per\b){_THINGS}", "How many {n} {do} {s} have{when}?"),
    (rf"^{_WHEN}{_NAME} {_ALSO}has (?P<v>[a-z]+ed|built|drawn) {_MORE}{_FIGURE} (?!of\b|per\b){_THINGS}",
     "How many {n} has {s} {v}{when}?"),
    (rf"^{_WHEN}{_NAME} (?P<v>aims|plans|intends|hopes) to (?P<w>[a-z]+) {_MORE}{_FIGURE}(?: or more)? {_THINGS}",
     "How many {n} does {s} {v1} to {w}{when}?"),
    (rf"^{_WHEN}(?P<s>[Tt]he [^,.;:@]{{6,80}}?|[A-Z]\w+'s [^,.;:@]{{6,70}}?) (?:was|reached|amounted to|stood at|totalled|came to) {_MORE}"
     rf"{_FIGURE}(?=[,.;]|$)", "What was {s}{when}?"),
    (rf"^(?P<y>\Z)?(?P<s>[Tt]he [^,.;:@]{{6,80}}?|[A-Z]\w+'s [^,.;:@]{{6,70}}?) accounts for {_MORE}{_FIGURE} of (?P<n>[^,.;:@]{{6,60}}?)"
     r"(?= and\b|[,.;]|$)", "What share of {n} does {s} account for?"),
    (r"^(?P<y>\Z)?(?P<s>The (?!following)[^,.;:@]{12,75}?) include (?=[^,.;:]+,[^.;:]+ and )", "What are {s}?"),
))
_LEVEL = re.compile(r"\b(?:rate|share|number|proportion|coverage|value|total|volume|capacity)\b", re.I)
_POINTING_EN = re.compile(
    r"\b(?:this|that(?= [a-z]+ (?:was|is))|these|those|it|its|their|they|he|she|his|her|such|same|other|others"
    r"|above|former|latter|also|therefore|we|our|author|article|paper)\b", re.I)


def _of_sentence_en(sentence: str) -> Iterator[str]:
    sentence = re.sub(r"\s*[(（][^()（）]*[)）]", "", sentence)
    told = [q for q in find_quantities(sentence) if not (q.figure.spelled and q.figure.value < _LEAST_SPELLED)]
    spots = [q.figure for q in told[:1]]
    # the figure stands as @, so that a pattern cannot read a part of it
    marked = sentence[: spots[0].start] + "@" + sentence[spots[0].end :] if spots and "@" not in sentence else sentence
    for pattern, form in _ENGLISH:
        found = pattern.match(marked)
        if found is None:
            continue
        part = {name: value or "" for name, value in found.groupdict().items()}
        asked = form.format(
            n=part.get("n", ""), s=_lower_article(part["s"]), v=part.get("v", ""), v1=part.get("v", "").removesuffix("s"),
            w=part.get("w", ""),
            do="did" if part.get("v") == "had" else "does", when=_when(part.get("y", ""), sentence))
        if not _POINTING_EN.search(asked) and "@" not in asked and not re.search(r"\d", part.get("n", "") + part["s"]):
            if form.startswith("What was") and not (measures_in(part["s"]) or _LEVEL.search(part["s"])):
                return  # the industry was 172.7 billion yuan
            yield asked
        return


def _lower_article(subject: str) -> str:
    return subject.removeprefix("The ") and ("the " + subject[4:] if subject.startswith("The ") else subject)


def _when(year: str, sentence: str) -> str:
    return f" {'by' if sentence[:2] in ('By', 'by') else 'in'} {year}" if year else ""


_BE = re.compile(r"^Why ((?:the |a )?[\w' -]{3,40}?) (is|are|was|were) ([^,.:;?]+)$")


def _of_heading_en(heading: str) -> Iterator[str]:
    if found := _BE.match(heading.split(": ")[-1].strip()):
        yield f"Why {found.group(2)} {found.group(1)} {found.group(3)}?"
