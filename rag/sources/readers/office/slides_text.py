"""Text of slides: the paragraphs of a shape as list items or paragraphs, with automatic numbers."""

from __future__ import annotations

import re

from rag.sources.elements import Element
from rag.sources.readers.office.math import formula_text
from rag.sources.readers.office.number_formats import format_number
from rag.sources.readers.office.symbols import replace_private_signs, superscript_text
from rag.sources.readers.office.word_graphics import chosen_parts
from rag.sources.readers.office.word_numbering import BULLET
from rag.sources.readers.office.xml import Node, attribute, child, children, descendants, parse_integer, short_name

_LEVELS = 9


def read_paragraphs(shape: Node, page: int, *, is_list: bool) -> list[Element]:
    """The paragraphs of a `p:sp` that have text; `is_list`: they have bullets unless they say otherwise."""
    elements: list[Element] = []
    counts: list[tuple[str, int]] = [("", 0)] * _LEVELS  # for each level the kind of its numbers and the last one
    for node in children(shape, "p:txBody/a:p"):
        text = paragraph_text(node).strip()
        if not text:
            continue
        properties = child(node, "a:pPr")
        level = min(max(parse_integer(attribute(properties, "lvl")), 0), _LEVELS - 1)
        marker = _marker(properties, counts, level, is_list=is_list)
        if marker:
            elements.append(Element("item", text, level + 1, marker, page))
        else:
            elements.append(Element("paragraph", text, page=page))
    return elements


def _marker(properties: Node | None, counts: list[tuple[str, int]], level: int, *, is_list: bool) -> str:
    """The number or bullet of a paragraph; counts a numbered one."""
    counts[level + 1 :] = [("", 0)] * (_LEVELS - level - 1)
    automatic = child(properties, "a:buAutoNum")
    if automatic is not None:
        kind = attribute(automatic, "type")
        start = max(1, parse_integer(attribute(automatic, "startAt"), 1))
        key = f"{kind} {start}"
        before, count = counts[level]
        counts[level] = key, count + 1 if before == key else start
        return _written_number(kind, counts[level][1])
    counts[level] = "", 0
    has_bullet = any(child(properties, f"a:{name}") is not None for name in ("buChar", "buBlip"))
    return BULLET if has_bullet or (is_list and child(properties, "a:buNone") is None) else ""


def _written_number(kind: str, number: int) -> str:
    """A number in a format of DrawingML, such as `arabicPeriod`.

    >>> _written_number("ea1ChsPeriod", 3), _written_number("alphaLcParenBoth", 2)
    ('三、', '(b)')
    """
    name = next((name for start, name in _FORMATS.items() if kind.startswith(start)), "decimal")
    text = format_number(number, name)
    if kind.endswith("ParenBoth"):
        return f"({text})"
    if kind.endswith("ParenR"):
        return f"{text})"
    if kind.endswith("Period"):
        return f"{text}、" if kind.startswith("ea1Ch") else f"{text}."
    return text


_FORMATS = {
    "alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman",
    "circleNum": "decimalEnclosedCircle", "ea1Ch": "chineseCountingThousand", "ea1Jpn": "japaneseCounting"}


def paragraph_text(node: Node) -> str:
    """The text of an `a:p`; a line break in it is a line feed. Dates that are filled in on opening are left out."""
    pieces: list[str] = []
    for part in chosen_parts(node):
        name = short_name(part)
        if name == "a:br":
            pieces.append("\n")
        elif name == "a:r" or (name == "a:fld" and not attribute(part, "type").startswith(("datetime", "slidenum"))):
            pieces.append(_run_text(part))
        elif name in ("mc:AlternateContent", "mc:Choice", "mc:Fallback"):
            pieces.append(paragraph_text(part))
        else:
            pieces += map(formula_text, descendants(part, "m:oMath"))
    return "".join(pieces)


def _run_text(run: Node) -> str:
    text = "".join(part.text or "" for part in children(run, "a:t"))
    properties = child(run, "a:rPr")
    font = attribute(child(properties, "a:latin"), "typeface") or attribute(child(properties, "a:sym"), "typeface")
    text = re.sub(r"[\x0b\r]", "\n", replace_private_signs(text, font).replace("\t", " "))
    return superscript_text(text) if parse_integer(attribute(properties, "baseline")) > 0 else text
