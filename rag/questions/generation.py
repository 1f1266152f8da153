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

_MAX_QUESTION_LENGTH: dict[Language, int] = {"zh": 38, "en": 120}  # characters that a question may have to be read at a glance
_MIN_QUESTION_LENGTH: dict[Language, int] = {"zh": 9, "en": 20}


@lru_cache(maxsize=2_000)
def questions_from_sentence(sentence: str, language: Language) -> tuple[str, ...]:
    """The well-formed questions, at most a few, that a sentence answers by itself; none where a word points outside it."""
    found = _sentence_questions_zh(sentence) if language == "zh" else _sentence_questions_en(sentence)
    return tuple(question for question in found if _is_well_formed(question, language))


def questions_from_heading(heading: str, language: Language) -> tuple[str, ...]:
    """The question that a heading asks: `新型工业化为何是主阵地` → 新型工业化为何是主阵地？, `Why growth is slow` → Why is growth slow?"""
    found = _heading_questions_zh(heading) if language == "zh" else _heading_questions_en(heading)
    return tuple(question for question in found if _is_well_formed(question, language))


def _is_well_formed(question: str, language: Language) -> bool:
    balanced = all(question.count(o) == question.count(c) for o, c in ("“”", "（）", "《》", "()", "‘’")) and question.count('"') % 2 == 0
    return balanced and _MIN_QUESTION_LENGTH[language] <= len(question) <= _MAX_QUESTION_LENGTH[language] and "\n" not in question


# --- Chinese: the figure gives way to 多少 where it stands

_ANAPHOR_ZH = re.compile(
    r"其|该|这|那(?!斯)|它|此|他|她|上述|前者|后者|以上|[^不]同时|本[市院馆校文县区]|我[们市国]|同期|上年|也|还|又|均|都|则|并|而|因此|所以|但|另|再|首先|其次|记者|一方面")
_OPENING_TIME = re.compile(r"^(?:(?:到|截至)?20\d\d年(?:[上下]半年|底|末|\d+月)?|截至目前|目前)[，,]$")
_QUALIFIER_BEFORE = re.compile(
    r"(?:(?:目前|现在|如今)?(?:总共|累计|已经?|大约|约|近|将近|超过?了?|逾|只|仅|高达|多达|共|突破了?|不少于|不低于|至少))+$")
_QUALIFIER_AFTER = re.compile(r"^(?:以上|余|多|左右|上下)的?")
_TAKES_OBJECT = re.compile(
    r"(?:[有为是达占设建到出入获得成]|达到|拥有|实施|培育|引进|建成|建设|认定|聚集|增至|接待|覆盖|服务|完成|涉及|设立|的)$")
_MIN_SPELLED_NUMBER = 11  # 四个区域, 两个问题: to ask how many would be idle
_COUNTERS = "家个名项件位座条所种台辆户人层张支"
_LIST_SENTENCE = re.compile(
    rf"^([{HAN}A-Za-z0-9“”]{{4,26}}?(?:领域|产业|方向|方面|措施|原因|特点|行业|内容|任务|集群|问题|目标|做法|机构|平台|路径|优势|经验|环节))"
    r"(?:主要|分别)?(有|包括|是)(?=[^，。、]{2,}、)[^。]+。$")


def _sentence_questions_zh(sentence: str) -> Iterator[str]:
    if (listed := _LIST_SENTENCE.match(sentence)) and not _ANAPHOR_ZH.search(listed.group(1)) and not find_figures(listed.group(1)):
        yield f"{listed.group(1)}{'包括' if listed.group(2) == '包括' else '有'}哪些？"
    told = find_quantities(sentence)
    for quantity in told[:1]:
        yield from _cloze_questions(sentence, quantity)


def _cloze_questions(sentence: str, quantity: Quantity) -> Iterator[str]:
    clauses = [m for m in re.finditer(r"[^，。；：！？]+[，。；：！？]?", sentence)]
    at = next((i for i, m in enumerate(clauses) if m.start() <= quantity.figure.start < m.end()), None)
    if at is None or not (quantity.names or quantity.context) or (quantity.figure.spelled and quantity.figure.value < _MIN_SPELLED_NUMBER):
        return
    begin, end = clauses[at].start(), clauses[at].end()
    timed = at == 1 and _OPENING_TIME.match(clauses[0].group()) is not None
    if at and not timed and not any(re.match(rf"(?:20\d\d年)?{re.escape(name)}", sentence[begin:]) for name in quantity.names):
        return  # the clause leans on the one before
    before = sentence[begin : quantity.figure.start]
    behind = _QUALIFIER_AFTER.sub("", sentence[quantity.figure.end : end]).rstrip("，。；：！？")
    others = [f for f in find_figures(sentence[begin:end]) if f.kind in ("amount", "percent", "date") and not f.spelled]
    if len(others) > 1 or before.endswith("的") or _ANAPHOR_ZH.search(before + behind) or "、" in behind or "“" in before[-1:]:
        return
    time = clauses[0].group() if timed and re.match("到?20", clauses[0].group()) else ""
    asked = _replace_figure(before, quantity.figure, behind)
    if asked:
        yield f"{time}{asked}？"


def _replace_figure(before: str, figure: Figure, behind: str) -> str:
    """The clause with an asking word for its figure; nothing where that would not be Chinese."""
    before = _QUALIFIER_BEFORE.sub("", before)
    if figure.kind == "percent" and not behind:
        if before.endswith("的") or "占" in before[-8:]:
            return f"{before}百分之多少"
        return f"{before}多少" if _TAKES_OBJECT.search(before) else ""
    if figure.value < 1 and not figure.unit and not behind:
        return f"{before}几分之几" if "占" in before[-10:] else ""
    if figure.unit in ("yuan", "usd"):
        return f"{before}多少" if not behind and re.search(r"(?:为|是|达|达到|至)了?$", before) else ""
    if figure.unit in _COUNTERS and figure.unit:
        before = before if _TAKES_OBJECT.search(before) else f"{before}有" if not behind else ""
        return f"{before}多少{figure.unit}{behind}" if before else ""
    return ""


def _heading_questions_zh(heading: str) -> Iterator[str]:
    told = heading.split("：")[-1].strip()
    if re.search(r"为什么|为何|如何|怎样", told) and not re.search(r"[，。？“]", told):
        yield f"{told}？"


# --- English: the figure moves to the front as how many, what or what share

_NAME = r"(?P<s>(?:The |the )?[A-Z][\w'’-]*(?:(?: of| and| for| the)?(?: [A-Z][\w'’-]*| [a-z-]+ (?=[A-Z])))*)"
_FIGURE = "(?P<f>@)"
_COUNTED_THINGS = r"(?P<n>(?:[\w'’&\"“”-]+ ){0,6}[\w'’\"“”-]+?)(?= (?:in total|in all|worldwide|nationwide)\b|[,.;]|$)"
_YEAR = r"(?:(?:In|in|By|by) (?P<y>20\d\d|19\d\d),? )?"
_APPROXIMATION = r"(?:about |around |some |nearly |almost |over |more than |only |just |at least |a (?:cumulative )?total of )*"
_ADVERB = r"(?:currently |now |already |also )?"
_TEMPLATES_EN = tuple((re.compile(pattern), form) for pattern, form in (
    (rf"^{_YEAR}{_NAME} {_ADVERB}(?P<v>has|had) {_APPROXIMATION}{_FIGURE} (?!of\b|per\b){_COUNTED_THINGS}", "How many {n} {do} {s} have{when}?"),
    (rf"^{_YEAR}{_NAME} {_ADVERB}has (?P<v>[a-z]+ed|built|drawn) {_APPROXIMATION}{_FIGURE} (?!of\b|per\b){_COUNTED_THINGS}",
     "How many {n} has {s} {v}{when}?"),
    (rf"^{_YEAR}{_NAME} (?P<v>aims|plans|intends|hopes) to (?P<w>[a-z]+) {_APPROXIMATION}{_FIGURE}(?: or more)? {_COUNTED_THINGS}",
     "How many {n} does {s} {v1} to {w}{when}?"),
    (rf"^{_YEAR}(?P<s>[Tt]he [^,.;:@]{{6,80}}?|[A-Z]\w+'s [^,.;:@]{{6,70}}?) (?:was|reached|amounted to|stood at|totalled|came to) {_APPROXIMATION}"
     rf"{_FIGURE}(?=[,.;]|$)", "What was {s}{when}?"),
    (rf"^(?P<y>\Z)?(?P<s>[Tt]he [^,.;:@]{{6,80}}?|[A-Z]\w+'s [^,.;:@]{{6,70}}?) accounts for {_APPROXIMATION}{_FIGURE} of (?P<n>[^,.;:@]{{6,60}}?)"
     r"(?= and\b|[,.;]|$)", "What share of {n} does {s} account for?"),
    (r"^(?P<y>\Z)?(?P<s>The (?!following)[^,.;:@]{12,75}?) include (?=[^,.;:]+,[^.;:]+ and )", "What are {s}?"),
))
_LEVEL_NOUN = re.compile(r"\b(?:rate|share|number|proportion|coverage|value|total|volume|capacity)\b", re.I)
_ANAPHOR_EN = re.compile(
    r"\b(?:this|that(?= [a-z]+ (?:was|is))|these|those|it|its|their|they|he|she|his|her|such|same|other|others"
    r"|above|former|latter|also|therefore|we|our|author|article|paper)\b", re.I)


def _sentence_questions_en(sentence: str) -> Iterator[str]:
    sentence = re.sub(r"\s*[(（][^()（）]*[)）]", "", sentence)
    told = [q for q in find_quantities(sentence) if not (q.figure.spelled and q.figure.value < _MIN_SPELLED_NUMBER)]
    spots = [q.figure for q in told[:1]]
    # the figure stands as @, so that a pattern cannot read a part of it
    marked = sentence[: spots[0].start] + "@" + sentence[spots[0].end :] if spots and "@" not in sentence else sentence
    for pattern, form in _TEMPLATES_EN:
        found = pattern.match(marked)
        if found is None:
            continue
        part = {name: value or "" for name, value in found.groupdict().items()}
        asked = form.format(
            n=part.get("n", ""), s=_lower_article(part["s"]), v=part.get("v", ""), v1=part.get("v", "").removesuffix("s"),
            w=part.get("w", ""),
            do="did" if part.get("v") == "had" else "does", when=_year_phrase(part.get("y", ""), sentence))
        if not _ANAPHOR_EN.search(asked) and "@" not in asked and not re.search(r"\d", part.get("n", "") + part["s"]):
            if form.startswith("What was") and not (measures_in(part["s"]) or _LEVEL_NOUN.search(part["s"])):
                return  # the industry was 172.7 billion yuan
            yield asked
        return


def _lower_article(subject: str) -> str:
    return subject.removeprefix("The ") and ("the " + subject[4:] if subject.startswith("The ") else subject)


def _year_phrase(year: str, sentence: str) -> str:
    return f" {'by' if sentence[:2] in ('By', 'by') else 'in'} {year}" if year else ""


_WHY_HEADING = re.compile(r"^Why ((?:the |a )?[\w' -]{3,40}?) (is|are|was|were) ([^,.:;?]+)$")


def _heading_questions_en(heading: str) -> Iterator[str]:
    if found := _WHY_HEADING.match(heading.split(": ")[-1].strip()):
        yield f"Why {found.group(2)} {found.group(1)} {found.group(3)}?"
