"""Table rows of quantities: number, unit and subject as a table of key figures shows them."""

from __future__ import annotations

import re

from rag.numbers.figures import Figure, informative_figures, is_incidental
from rag.numbers.quantities import Quantity
from rag.numbers.units import unit_end
from rag.text.language import has_han

_NUMBER = re.compile(
    r"[\d０-９.,，．/]*\d[%％‰]?(?:[\s-]?(?:十|百|千|万|亿|萬|億|thousand|million|billion|trillion)+)*"
    r"(?:\s?[余多])?(?:万|亿)*", re.I)
_CURRENCY_PREFIX = re.compile(r"^\s*(?:US ?\$|USD|RMB|CNY|[$¥￥])\s*", re.I)
_CLAUSE_BREAK = re.compile(r"[，；。：;:！？!?]|,(?!\d)|\.(?=\s|$)|——|–\s")
# words between a subject and its figure, and words that open a clause; neither belongs to the subject
_TRAILING_CONNECTIVE = re.compile(
    r"(?:[为达到至有约近超共逾是的了]|达到|超过|突破|共有|拥有|累计|力争|目前|约为|分别|已)+$"
    r"|\b(?:is|are|was|were|has|have|had|of|at|to|in|by|over|about|around|nearly|more|than|reached|exceed(?:s|ed)?"
    r"|totalled|currently|will|be|a|the|and|from|which|account(?:s|ed)? for)$", re.I)
_LEADING_CONNECTIVE = re.compile(r"^(?:其中|并|而|且|同时|此外|and|but|while|which|with|in addition)\b\s*", re.I)
_DATE_PHRASE = re.compile(
    r"(?:截至|截止|到|至|自)?\s*(?:19|20)\d\d\s*年(?:底|末|初)?(?:的)?"
    r"|\b(?:in|by|of|for|during|at the end of)\s+(?:19|20)\d\d\b,?", re.I)
_PARENTHESIS = re.compile(r"\([^()]*\)|（[^（）]*）")
_GROUP_AFTER = re.compile(r"大(?!于|约)|\s+(?:major|main|key|big)\b", re.I)
# by whether the text is Chinese
_HEDGES = {
    True: {"about": "约", "over": "超", "under": "近"},
    False: {"about": "about ", "over": "over ", "under": "nearly "},
}
_ELLIPSIS, _COLON = {True: "……", False: " … "}, {True: "：", False: ": "}
_SHARE_OF = re.compile(r"占[^占]*$")  # belongs to the first share only: 增加值占全省21%、占全国2.8%
_ITEM_SEPARATOR = re.compile(r"、|和|及|,\s|\band\b")  # between the items of a list of counts


def split_unit(figure: Figure, sentence: str) -> tuple[str, str]:
    """The number and the unit of a figure, both as written.

    `4.36万亿元` → 4.36万亿, 元; `3.8 trillion yuan` → 3.8 trillion, yuan; `92.9%` → 92.9, %.
    """
    written = sentence[figure.start : max(figure.end, unit_end(figure, sentence))].strip()
    currency = _CURRENCY_PREFIX.match(written)
    amount = written[currency.end() :] if currency else written
    match = _NUMBER.match(amount)
    if not match:  # in words: 八分之一, seven
        unit = figure.unit if figure.unit and amount.endswith(figure.unit) else ""
        return amount.removesuffix(unit), unit
    number = match.group().rstrip("%％‰")
    unit = currency.group().strip() if currency else ""
    return number.strip(" ,，"), unit or amount[len(number) :].strip(" -")


def describe_subject(quantity: Quantity, sentence: str) -> str:
    """What a figure counts or measures: the words of its clause, after the subject if that is in another clause.

    `苏州有7家灯塔工厂，占全国的1/9。` → 苏州：灯塔工厂; 灯塔工厂：占全国
    """
    clause = _clause_text(quantity.figure, _blank_parentheses(sentence, quantity.figure))
    head, _ = _trim_connectives(_clean_phrase(quantity.subject))
    has_head = head.lower() in clause.lower() or any(_contains_term(term, clause.lower()) for term in quantity.head)
    if has_head or not quantity.head:
        head = ""
    names = "".join(sorted(name for name in quantity.names if has_han(name))) if has_han(sentence) else ""
    lead = head if any(name in clause + head for name in quantity.names) else names + head
    return f"{lead}{_COLON[has_han(lead)]}{clause}" if lead and clause else lead or clause


def _blank_parentheses(sentence: str, figure: Figure) -> str:
    """The sentence with every parenthesis that does not contain the figure replaced by as many blanks."""
    def blank(match: re.Match[str]) -> str:
        return match.group() if match.start() <= figure.start < match.end() else " " * len(match.group())

    return _PARENTHESIS.sub(blank, sentence)


def is_in_name(figure: Figure, sentence: str) -> bool:
    """Whether a number is part of a name, so that it states no quantity: 4大新兴产业集群, `its four major clusters`."""
    return bool(_GROUP_AFTER.match(sentence, figure.end)) or is_incidental(figure)


def add_hedge(number: str, quantity: Quantity, sentence: str) -> str:
    """A number with the hedge of its sentence: 超100亿, `over 20`; unchanged if it ends in the hedge 余 or 多."""
    if re.search("[余多]$", number):
        return number
    hedge = _HEDGES[has_han(sentence)].get(quantity.value.exactness, "")
    return f"{hedge}{number}"


def _clause_text(figure: Figure, sentence: str) -> str:
    """The words around a figure in its clause; if the clause is a list of figures, its lead and the figure's item."""
    begin = max((mark.end() for mark in _CLAUSE_BREAK.finditer(sentence, 0, figure.start)), default=0)
    stop = max(figure.end, unit_end(figure, sentence))
    clause_break = _CLAUSE_BREAK.search(sentence, stop)
    end = clause_break.start() if clause_break else len(sentence)
    others = [other for other in informative_figures(sentence[:end])
              if other.start >= begin and other.kind in ("amount", "percent") and not is_in_name(other, sentence)]
    earlier = [other for other in others if other.start < figure.start]
    later = [other for other in others if other.start > figure.start]
    lead, item = sentence[begin : figure.start], ""
    if earlier:
        lead = sentence[begin : earlier[0].start]
        item = _ITEM_SEPARATOR.split(sentence[earlier[-1].end : figure.start])[-1]
    after = sentence[stop : later[0].start if later else end]
    if later:
        after = _ITEM_SEPARATOR.split(after)[0]
    item = _join_item(_clean_phrase(item), _clean_phrase(after))
    lead = _clean_phrase(lead)
    lead, has_connective = _trim_connectives(_SHARE_OF.sub("", lead) if earlier else lead)
    if lead and item:
        separator = _COLON if has_connective or earlier else _ELLIPSIS
        return lead + separator[has_han(lead + item)] + item
    return lead or item


def describe_phrases(before: str, after: str) -> str:
    """The words around a figure as a label of its subject: 办证押金为 and nothing → 办证押金; lead……item."""
    return _join_item(_trim_connectives(_clean_phrase(before))[0], _clean_phrase(after).strip(" .。,，;；:："))


def _join_item(before: str, after: str) -> str:
    """The words of an item before and after its figure, with an ellipsis for the figure."""
    if before and after:
        return before + _ELLIPSIS[has_han(before)] + after
    return _trim_connectives(before)[0] or after


def _trim_connectives(text: str) -> tuple[str, bool]:
    """A text without the verbs and prepositions at its end, and whether there were any."""
    trimmed = text
    while connective := _TRAILING_CONNECTIVE.search(trimmed):
        trimmed = trimmed[: connective.start()].rstrip()
    return trimmed, trimmed != text


def _contains_term(term: str, text: str) -> bool:
    """Whether a text contains a term; the term may be an English stem."""
    return term in text or (term.isascii() and term[: max(4, len(term) - 1)] in text)


def _clean_phrase(text: str) -> str:
    """A phrase without dates, quotation marks, and the words that open a clause."""
    plain = re.sub(r"[“”‘’「」\"]", "", _DATE_PHRASE.sub(" ", text))
    plain = re.sub(r"(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])", "", re.sub(r"\s+", " ", plain)).strip(" ,，、的")
    return _LEADING_CONNECTIVE.sub("", plain)
