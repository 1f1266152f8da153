"""An answer becomes its claims, each with the numbers of the passages that it cites."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.citations.markers import BULLET, MASK, find_markers, mask_code
from rag.text.language import sentence_spans


@dataclass(frozen=True)
class Claim:
    """A sentence that claims something: its words without markers, list signs and Markdown, and where it stands.

    `start` and `end` are offsets in the resolved text; between them stand the sentence and all its markers.
    """

    text: str
    start: int
    end: int
    citation_numbers: tuple[int, ...]


_NO_CLAIM = re.compile(r"\s*(?:#{1,6}\s.*|[|:=+*_\s-]*)")
_BOLD_HEADING = re.compile(r"\s*\*\*[^*。.！？!?]+\*\*\s*")
_TABLE_RULE = re.compile(r"(?=[^\n]*-)[|:\s-]*\|[|:\s-]*")
_CONNECTIVES = frozenset(
    "此外|另外|同时|同時|其中|因此|所以|但是|然而|不过|不過|总之|總之|综上|綜上|综上所述|綜上所述|总的来说|總的來說|具体来说|具體來說"
    "|具体而言|具體而言|首先|其次|最后|最後|例如|以及|and|or|also|but|however|moreover|furthermore|therefore|thus|first|second|finally"
    "|overall|specifically|additionally|meanwhile|in addition|in summary|in short|for example|as a result|in conclusion".split("|"))
_EMPHASIS = re.compile(r"(?<![\d\s])\*+|\*+(?![\d\s*])|(?<![A-Za-z0-9_])_+(?=\S)|(?<=\S)_+(?![A-Za-z0-9_])")


def split_claims(text: str) -> Iterator[Claim]:
    """Each sentence that claims something, with the numbers that stand in it or right behind it.

    Headings, rules, the head of a table, code, bare connectives and what ends with a colon claim nothing. Markers on a line of
    their own belong to the sentence before them.
    """
    last: Claim | None = None
    lines = list(re.finditer(r"[^\n]+", mask_code(text)))
    for at, line in enumerate(lines):
        told = _line_claims(text, line.group(), line.start())
        below = lines[at + 1].group() if at + 1 < len(lines) else ""
        for claim in told:
            if not claim.text:
                if last and not any(c.isalnum() for c in text[last.end : claim.start]):
                    last = replace(last, end=claim.end, citation_numbers=tuple(dict.fromkeys(last.citation_numbers + claim.citation_numbers)))
            elif not ("|" in line.group() and _TABLE_RULE.fullmatch(below)):
                if last:
                    yield last
                last = claim
    if last:
        yield last


def _line_claims(text: str, line: str, base: int) -> Iterator[Claim]:
    """The claims of a line; one without text where it holds nothing but markers."""
    marks = list(find_markers(line))
    hidden = {i for start, end, _ in marks for i in range(start, end)}
    kept = [i for i in range(len(line)) if i not in hidden]  # where each character of the plain line stands
    plain = "".join(text[base + i] for i in kept)
    if marks and not plain.strip():
        yield Claim("", base, base + marks[-1][1], tuple(dict.fromkeys(number for *_, number in marks)))
    if not line.strip(MASK + " \t\r") or _NO_CLAIM.fullmatch(plain) or (not marks and _BOLD_HEADING.fullmatch(plain)):
        return
    bullet = _bullet_length(plain)
    spans = [(bullet + a, bullet + b) for a, b in sentence_spans(plain[bullet:])]
    spans = [(a, b) for a, b in spans if any(c.isalnum() for c in plain[a:b])]
    owned: dict[int, list[tuple[int, int, int]]] = {}
    for mark in marks:  # a marker belongs to the last sentence that began before it, so also to the one it stands behind
        owner = bisect_left(spans, (bisect_left(kept, mark[0]), 0)) - 1
        owned.setdefault(max(0, owner), []).append(mark)
    for i, (a, b) in enumerate(spans):
        own = owned.get(i, [])
        said = _EMPHASIS.sub("", re.sub(r"\s*\|\s*", " ", plain[a:b])).strip()
        if not said.endswith(("：", ":")) and said.strip("，,：:。. ").casefold() not in _CONNECTIVES:
            start, end = min([kept[a], *(m[0] for m in own)]), max([kept[b - 1] + 1, *(m[1] for m in own)])
            yield Claim(said, base + start, base + end, tuple(dict.fromkeys(number for *_, number in own)))


def _bullet_length(line: str) -> int:
    """The length of the list sign or quotation sign that a line begins with."""
    sign = BULLET.match(line)
    return sign.end() if sign else 0
