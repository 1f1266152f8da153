"""Question generation: a sentence or a heading → the questions that it answers, by templates in both languages.

`苏州有7家灯塔工厂。` → 苏州有多少家灯塔工厂？
`In 2022 Suzhou had 59 green factories.` → How many green factories did Suzhou have in 2022?
A sentence that cannot be understood without its context gives no question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from rag.numbers.figures import Figure, find_figures, is_incidental
from rag.numbers.quantities import Quantity, find_quantities
from rag.numbers.units import measures_in
from rag.schema import Language
from rag.text.language import HAN
from rag.text.lexicon import load_lexicon

_MAX_QUESTION_LENGTH: dict[Language, int] = {"zh": 38, "en": 120}  # characters; longer ones are hard to read
_MIN_QUESTION_LENGTH: dict[Language, int] = {"zh": 9, "en": 20}


@lru_cache(maxsize=2_000)
def questions_from_sentence(sentence: str, language: Language) -> tuple[str, ...]:
    """The well-formed questions, two at most, that a sentence answers without its context."""
    questions = _sentence_questions_zh(sentence) if language == "zh" else _sentence_questions_en(sentence)
    return tuple(question for question in questions if _is_well_formed(question, language))


def questions_from_heading(heading: str, language: Language) -> tuple[str, ...]:
    """The question that a heading asks, if it asks one.

    `新型工业化为何是主阵地` → 新型工业化为何是主阵地？ `Why growth is slow` → Why is growth slow?
    """
    questions = _heading_questions_zh(heading) if language == "zh" else _heading_questions_en(heading)
    return tuple(question for question in questions if _is_well_formed(question, language))


def _is_well_formed(question: str, language: Language) -> bool:
    """Whether a question is one line of readable length, and all its brackets and quotation marks are closed."""
    if "\n" in question or question.count('"') % 2:
        return False
    if not _MIN_QUESTION_LENGTH[language] <= len(question) <= _MAX_QUESTION_LENGTH[language]:
        return False
    return all(question.count(left) == question.count(right) for left, right in ("“”", "（）", "《》", "()", "‘’"))


# words that refer to another sentence
_ANAPHOR_ZH = re.compile(
    r"其|该|这|那(?!斯)|它|此|他|她|上述|前者|后者|以上|[^不]同时|本[市院馆校文县区]|我[们市国]|同期|上年|也|还|又|均|都|则|并|而"
    r"|因此|所以|但|另|再|首先|其次|记者|一方面")
_CLAUSE = re.compile(r"[^，。；：！？]+[，。；：！？]?")
_OPENING_TIME = re.compile(r"^(?:(?:到|截至)?20\d\d年(?:[上下]半年|底|末|\d+月)?|截至目前|目前)[，,]$")
_QUALIFIER_BEFORE = re.compile(
    r"(?:(?:目前|现在|如今)?(?:总共|累计|已经?|大约|约|近|将近|超过?了?|逾|只|仅|高达|多达|共|突破了?|不少于|不低于|至少))+$")
_QUALIFIER_AFTER = re.compile(r"^(?:以上|余|多|左右|上下)的?")
_TAKES_OBJECT = re.compile(
    r"(?:[有为是达占设建到出入获得成]|达到|拥有|实施|培育|引进|建成|建设|认定|聚集|增至|接待|覆盖|服务|完成|涉及|设立|的)$")
_STATES_AMOUNT = re.compile(r"(?:为|是|达|达到|至)了?$")
_COUNTERS = "家个名项件位座条所种台辆户人层张支"
_LIST_NOUNS = "|".join(load_lexicon("rag.questions", "chinese_list_nouns"))
_LIST_SENTENCE = re.compile(
    rf"^([{HAN}A-Za-z0-9“”]{{4,26}}?(?:{_LIST_NOUNS}))"
    r"(?:主要|分别)?(有|包括|是)(?=[^，。、]{2,}、)[^。]+。$")


def _sentence_questions_zh(sentence: str) -> Iterator[str]:
    """A question for the members of a list, and one for the first quantity."""
    listing = _LIST_SENTENCE.match(sentence)
    if listing and not _ANAPHOR_ZH.search(listing[1]) and not find_figures(listing[1]):
        yield f"{listing[1]}{'包括' if listing[2] == '包括' else '有'}哪些？"
    for quantity in find_quantities(sentence)[:1]:
        if question := _cloze_question(sentence, quantity):
            yield question


def _cloze_question(sentence: str, quantity: Quantity) -> str:
    """The clause of a quantity with 多少 in place of its figure; empty if the clause needs its context."""
    figure = quantity.figure
    if not (quantity.names or quantity.context) or is_incidental(figure):
        return ""
    clauses = list(_CLAUSE.finditer(sentence))
    index = _clause_index(clauses, figure)
    if index is None:
        return ""
    begin, end = clauses[index].span()
    is_dated = index == 1 and _OPENING_TIME.match(clauses[0].group()) is not None
    if index and not is_dated and not _opens_with_name(sentence[begin:], quantity.names):
        return ""  # the subject is in an earlier clause
    before = sentence[begin : figure.start]
    after = _QUALIFIER_AFTER.sub("", sentence[figure.end : end]).rstrip("，。；：！？")
    if _count_stated(sentence[begin:end]) > 1 or not _is_self_contained(before, after):
        return ""
    question = _replace_figure(before, figure, after)
    if not question:
        return ""
    time = clauses[0].group() if is_dated and re.match("到?20", clauses[0].group()) else ""
    return f"{time}{question}？"


def _clause_index(clauses: list[re.Match[str]], figure: Figure) -> int | None:
    for index, clause in enumerate(clauses):
        if clause.start() <= figure.start < clause.end():
            return index
    return None


def _opens_with_name(text: str, names: Iterable[str]) -> bool:
    return any(re.match(rf"(?:20\d\d年)?{re.escape(name)}", text) for name in names)


def _count_stated(clause: str) -> int:
    """The number of amounts, percentages and dates in digits."""
    figures = (figure for figure in find_figures(clause) if not figure.spelled)
    return sum(figure.kind in ("amount", "percent", "date") for figure in figures)


def _is_self_contained(before: str, after: str) -> bool:
    """Whether the texts before and after a figure refer to no other text, and do not cut a list or a quotation."""
    if before.endswith(("的", "“")) or "、" in after:
        return False
    return _ANAPHOR_ZH.search(before + after) is None


def _replace_figure(before: str, figure: Figure, after: str) -> str:
    """The clause with a question word in place of its figure; empty if the result would not be correct Chinese."""
    before = _QUALIFIER_BEFORE.sub("", before)
    takes_object = _TAKES_OBJECT.search(before) is not None
    if figure.kind == "percent" and not after:
        if before.endswith("的") or "占" in before[-8:]:
            return f"{before}百分之多少"
        return f"{before}多少" if takes_object else ""
    if figure.value < 1 and not figure.unit and not after:
        return f"{before}几分之几" if "占" in before[-10:] else ""
    if figure.unit in ("yuan", "usd"):
        return f"{before}多少" if not after and _STATES_AMOUNT.search(before) else ""
    if not figure.unit or figure.unit not in _COUNTERS:
        return ""
    if takes_object:
        return f"{before}多少{figure.unit}{after}"
    return f"{before}有多少{figure.unit}" if not after else ""


def _heading_questions_zh(heading: str) -> Iterator[str]:
    title = heading.split("：")[-1].strip()
    if re.search(r"为什么|为何|如何|怎样", title) and not re.search(r"[，。？“]", title):
        yield f"{title}？"


# English templates: the figure, marked as @, becomes `how many`, `what` or `what share` at the beginning
_NAME = r"(?P<s>(?:The |the )?[A-Z][\w'’-]*(?:(?: of| and| for| the)?(?: [A-Z][\w'’-]*| [a-z-]+ (?=[A-Z])))*)"
_MEASURE = r"(?P<s>[Tt]he [^,.;:@]{6,80}?|[A-Z]\w+'s [^,.;:@]{6,70}?)"
_FIGURE = "(?P<f>@)"
_COUNTED_THINGS = (
    r"(?P<n>(?:[\w'’&\"“”-]+ ){0,6}[\w'’\"“”-]+?)(?= (?:in total|in all|worldwide|nationwide)\b|[,.;]|$)")
_YEAR = r"(?:(?:In|in|By|by) (?P<y>20\d\d|19\d\d),? )?"
_APPROXIMATION = (
    "(?:about |around |some |nearly |almost |over |more than |only |just |at least |a (?:cumulative )?total of )*")
_ADVERB = r"(?:currently |now |already |also )?"
_TEMPLATES_EN = tuple((re.compile(pattern), form) for pattern, form in (
    (rf"^{_YEAR}{_NAME} {_ADVERB}(?P<v>has|had) {_APPROXIMATION}{_FIGURE} (?!of\b|per\b){_COUNTED_THINGS}",
     "How many {n} {do} {s} have{when}?"),
    (rf"^{_YEAR}{_NAME} {_ADVERB}has (?P<v>[a-z]+ed|built|drawn) {_APPROXIMATION}{_FIGURE} (?!of\b|per\b)"
     rf"{_COUNTED_THINGS}", "How many {n} has {s} {v}{when}?"),
    (rf"^{_YEAR}{_NAME} (?P<v>aims|plans|intends|hopes) to (?P<w>[a-z]+) {_APPROXIMATION}{_FIGURE}(?: or more)? "
     rf"{_COUNTED_THINGS}", "How many {n} does {s} {v1} to {w}{when}?"),
    (rf"^{_YEAR}{_MEASURE} (?:was|reached|amounted to|stood at|totalled|came to) {_APPROXIMATION}{_FIGURE}(?=[,.;]|$)",
     "What was {s}{when}?"),
    (rf"^(?P<y>\Z)?{_MEASURE} accounts for {_APPROXIMATION}{_FIGURE} of (?P<n>[^,.;:@]{{6,60}}?)(?= and\b|[,.;]|$)",
     "What share of {n} does {s} account for?"),
    (r"^(?P<y>\Z)?(?P<s>The (?!following)[^,.;:@]{12,75}?) include (?=[^,.;:]+,[^.;:]+ and )",
     "What are {s}?"),
))
_LEVEL_NOUN = re.compile(r"\b(?:rate|share|number|proportion|coverage|value|total|volume|capacity)\b", re.I)
_ANAPHOR_EN = re.compile(
    r"\b(?:this|that(?= [a-z]+ (?:was|is))|these|those|it|its|their|they|he|she|his|her|such|same|other|others"
    r"|above|former|latter|also|therefore|we|our|author|article|paper)\b", re.I)


def _sentence_questions_en(sentence: str) -> Iterator[str]:
    """The question of the first template that matches, if it can be understood alone."""
    sentence = re.sub(r"\s*[(（][^()（）]*[)）]", "", sentence)
    marked = _mark_figure(sentence)
    for pattern, form in _TEMPLATES_EN:
        if match := pattern.match(marked):
            if question := _fill_template(form, match, sentence):
                yield question
            return


def _mark_figure(sentence: str) -> str:
    """The sentence with @ in place of its first figure, so that a pattern cannot match a part of the figure."""
    if "@" in sentence:
        return sentence
    for quantity in find_quantities(sentence):
        if not is_incidental(quantity.figure):
            return sentence[: quantity.figure.start] + "@" + sentence[quantity.figure.end :]
    return sentence


def _fill_template(form: str, match: re.Match[str], sentence: str) -> str:
    """The question of a template; empty if it would need its context or contain a figure."""
    parts = {name: value or "" for name, value in match.groupdict().items()}
    subject, noun, verb = parts["s"], parts.get("n", ""), parts.get("v", "")
    question = form.format(
        n=noun, s=_lower_article(subject), v=verb, v1=verb.removesuffix("s"), w=parts.get("w", ""),
        do="did" if verb == "had" else "does", when=_year_phrase(parts.get("y", ""), sentence))
    if _ANAPHOR_EN.search(question) or "@" in question or re.search(r"\d", noun + subject):
        return ""
    is_level = measures_in(subject) or _LEVEL_NOUN.search(subject)
    if form.startswith("What was") and not is_level:
        return ""  # the industry was 172.7 billion yuan
    return question


def _lower_article(subject: str) -> str:
    return f"the {subject[4:]}" if subject.startswith("The ") else subject


def _year_phrase(year: str, sentence: str) -> str:
    return f" {'by' if sentence[:2] in ('By', 'by') else 'in'} {year}" if year else ""


_WHY_HEADING = re.compile(r"^Why ((?:the |a )?[\w' -]{3,40}?) (is|are|was|were) ([^,.:;?]+)$")


def _heading_questions_en(heading: str) -> Iterator[str]:
    if match := _WHY_HEADING.match(heading.split(": ")[-1].strip()):
        yield f"Why {match[2]} {match[1]} {match[3]}?"
