"""Identifiers: codes and numbers in a question that tell one thing from others of its kind: P400, 5栋201室, Room 12."""

from __future__ import annotations

import re

from rag.text.language import normalise

_CODE = re.compile(
    r"(?<![A-Za-z0-9.-])(?:[A-Za-z]{1,6}-?\d+(?:[.-]\d+)*[A-Za-z]{0,2}|\d{1,6}-?[A-Za-z]{1,3}\d{0,4})"
    r"(?![A-Za-z0-9-])")
_ORDINARY_CODE = re.compile(
    r"\d+(?:st|nd|rd|th|s|k|m|km|kg|mg|µg|g|t|am|pm|min|h|px|dpi|kwh|mwh|wh|mah|db|fps|rpm|x|ml|l|cm|mm|w|kw|gb|mb|tb|v"
    r"|hz|ghz|d)|[QH]\d|GDP\d*|covid-?19", re.I)
# what is numbered, not counted
_NUMBERED = re.compile(r"(?<!月)(?<!月\d)\d{1,5}(?:号线|号楼|号机|号|栋|幢|单元|室|楼|班|路)(?!码)")
_ENGLISH_NUMBERED = re.compile(
    r"\b(?:room|flat|apartment|building|block|gate|platform|line|bus|floor|unit|model|version|lot|order|invoice|no\.?"
    r"|number)\s?#?(\d{1,6})\b", re.I)


def find_identifiers(question: str) -> tuple[str, ...]:
    """The identifiers of a question, in lower case, in order.

    >>> find_identifiers("P100和P400的重量分别是多少？")
    ('p100', 'p400')
    >>> find_identifiers("青枫苑5栋201室月租多少？")
    ('5栋', '201室')
    """
    found = [match for match in _CODE.findall(question) if not _ORDINARY_CODE.fullmatch(match)]
    found += _NUMBERED.findall(question)
    found += [match.group() for match in _ENGLISH_NUMBERED.finditer(question)]
    return tuple(dict.fromkeys(re.sub(r"\s+", " ", identifier.lower()) for identifier in found))


def has_identifier(text: str, identifier: str) -> bool:
    """Whether a text has an identifier, not as a part of a longer one: `p40` is not in `P400`."""
    before = r"(?<![a-z0-9])" if identifier[0].isascii() else ""
    after = r"(?![a-z0-9])" if identifier[-1].isascii() else ""
    parts = re.findall(r"[a-z]+|\d+|[^\sa-z\d-]", identifier)
    pattern = r"[\s-]*".join(map(re.escape, parts))  # KX300, KX-300 and KX 300 are one
    return re.search(f"{before}{pattern}{after}", normalise(text)) is not None
