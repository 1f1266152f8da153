"""A quantity and its sentence become what a table's row says: the number, its unit, and of what it is told, for a reader."""

from __future__ import annotations

import re

from rag.numbers.figures import Figure, informative_figures
from rag.numbers.quantities import Quantity
from rag.numbers.units import unit_end
from rag.text.language import has_han

_NUMBER = re.compile(
    r"[\d０-９.,，．/]*\d[%％‰]?(?:[\s-]?(?:十|百|千|万|亿|萬|億|thousand|million|billion|trillion)+)*(?:\s?[余多])?(?:万|亿)*", re.I)
_CURRENCY_PREFIX = re.compile(r"^\s*(?:US ?\$|USD|RMB|CNY|[$¥￥])\s*", re.I)
_CLAUSE_BREAK = re.compile(r"[，；。：;:！？!?]|,(?!\d)|\.(?=\s|$)|——|–\s")
# what joins a thing to its figure, and what opens a clause; neither says what is told
_TRAILING_CONNECTIVE = re.compile(
    r"(?:[为达到至有约近超共逾是的了]|达到|超过|突破|共有|拥有|累计|力争|目前|约为|分别|已)+$"
    r"|\b(?:is|are|was|were|has|have|had|of|at|to|in|by|over|about|around|nearly|more|than|reached|exceed(?:s|ed)?|totalled|currently|will|be|a"
    r"|the|and|from|which|account(?:s|ed)? for)$", re.I)
_LEADING_CONNECTIVE = re.compile(r"^(?:其中|并|而|且|同时|此外|and|but|while|which|with|in addition)\b\s*", re.I)
_DATE_PHRASE = re.compile(
    r"(?:截至|截止|到|至|自)?\s*(?:19|20)\d\d\s*年(?:底|末|初)?(?:的)?|\b(?:in|by|of|for|during|at the end of)\s+(?:19|20)\d\d\b,?", re.I)
_PARENTHESIS = re.compile(r"\([^()]*\)|（[^（）]*）")
_GROUP_AFTER = re.compile(r"大(?!于|约)|\s+(?:major|main|key|big)\b", re.I)
_LEAST_SPELLED = 11  # below it a number in words is as often part of a name: 四大, one of
_HEDGES = {True: {"about": "约", "over": "超", "under": "近"}, False: {"about": "about ", "over": "over ", "under": "nearly "}}
_ELLIPSIS, _COLON = {True: "……", False: " … "}, {True: "：", False: ": "}
_SHARE_OF = re.compile(r"占[^占]*$")  # 占全省 of the share before, which is no part of what both are shares of
_ITEM_SEPARATOR = re.compile(r"、|和|及|,\s|\band\b")  # between things that are counted one after another


def split_unit(figure: Figure, sentence: str) -> tuple[str, str]:
    """A figure as it is written, its unit apart: 4.36万亿元 → 4.36万亿, 元; `3.8 trillion yuan` → 3.8 trillion, yuan; 92.9% → 92.9, %."""
    written = sentence[figure.start : max(figure.end, unit_end(figure, sentence))].strip()
    led = _CURRENCY_PREFIX.match(written)
    bare = written[led.end() :] if led else written
    number = _NUMBER.match(bare)
    if not number:  # in words: 八分之一, seven
        tail = figure.unit if figure.unit and bare.endswith(figure.unit) else ""
        return bare.removesuffix(tail), tail
    told = number.group().rstrip("%％‰")
    return told.strip(" ,，"), (led.group().strip() if led else "") or bare[len(told) :].strip(" -")


def describe_subject(quantity: Quantity, sentence: str) -> str:
    """What a figure is told of: its clause without figures, led by the clause's subject where that stands before.

    `苏州有7家灯塔工厂，占全国的1/9。` → 苏州：灯塔工厂; 灯塔工厂：占全国
    """
    figure = quantity.figure
    told = _clause_text(figure, _PARENTHESIS.sub(lambda aside: aside.group() if aside.start() <= figure.start < aside.end()
                                      else " " * len(aside.group()), sentence))
    head, _ = _trim_connectives(_clean_phrase(quantity.subject))
    if not quantity.head or head.lower() in told.lower() or any(_contains_term(term, told.lower()) for term in quantity.head):
        head = ""
    names = "".join(sorted(name for name in quantity.names if has_han(name))) if has_han(sentence) else ""
    lead = head if any(name in told + head for name in quantity.names) else names + head
    return f"{lead}{_COLON[has_han(lead)]}{told}" if lead and told else lead or told


def is_in_name(figure: Figure, sentence: str) -> bool:
    """Whether a number is part of what a thing is called and states nothing: 4大新兴产业集群, `its four major clusters`."""
    return bool(_GROUP_AFTER.match(sentence, figure.end)) or (figure.spelled and figure.value < _LEAST_SPELLED)


def add_hedge(number: str, quantity: Quantity, sentence: str) -> str:
    """A number with what its sentence says of its exactness: 超100亿, `over 20`; 余 and 以上 stand behind it already."""
    told = _HEDGES[has_han(sentence)].get(quantity.value.exactness, "")
    return number if re.search("[余多]$", number) else f"{told}{number}"


def _clause_text(figure: Figure, sentence: str) -> str:
    """The words around a figure in its clause; of several figures, those of its own item, behind what leads them all."""
    begin = max((m.end() for m in _CLAUSE_BREAK.finditer(sentence, 0, figure.start)), default=0)
    stop = max(figure.end, unit_end(figure, sentence))
    behind = _CLAUSE_BREAK.search(sentence, stop)
    end = behind.start() if behind else len(sentence)
    others = [f for f in informative_figures(sentence[:end]) if f.start >= begin and f.kind in ("amount", "percent") and f.start != figure.start
              and not is_in_name(f, sentence)]
    earlier, later = [f for f in others if f.start < figure.start], [f for f in others if f.start > figure.start]
    lead, own = sentence[begin : figure.start], ""
    if earlier:
        lead, own = sentence[begin : earlier[0].start], _ITEM_SEPARATOR.split(sentence[earlier[-1].end : figure.start])[-1]
    after = sentence[stop : later[0].start if later else end]
    if later:
        after = _ITEM_SEPARATOR.split(after)[0]
    own, after = _clean_phrase(own), _clean_phrase(after)
    own = own + _ELLIPSIS[has_han(own)] + after if own and after else _trim_connectives(own)[0] or after
    lead, joined = _trim_connectives(_SHARE_OF.sub("", _clean_phrase(lead)) if earlier else _clean_phrase(lead))
    if lead and own:
        return lead + (_COLON if joined or earlier else _ELLIPSIS)[has_han(lead + own)] + own
    return lead or own


def _trim_connectives(text: str) -> tuple[str, bool]:
    """A text without the verbs and prepositions at its end, and whether there were any."""
    whole = text
    while shorter := _TRAILING_CONNECTIVE.search(text):
        text = text[: shorter.start()].rstrip()
    return text, text != whole


def _contains_term(term: str, text: str) -> bool:
    """Whether a text says a term, which may be an English stem."""
    return term in text or (term.isascii() and term[: max(4, len(term) - 1)] in text)


def _clean_phrase(text: str) -> str:
    """Without dates, quotation marks, and what merely opens the clause."""
    plain = re.sub(r"[“”‘’「」\"]", "", _DATE_PHRASE.sub(" ", text))
    plain = re.sub(r"(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])", "", re.sub(r"\s+", " ", plain)).strip(" ,，、的")
    return _LEADING_CONNECTIVE.sub("", plain)
