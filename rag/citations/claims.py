"""Claims: the sentences of an answer that state something, each with the numbers of the passages that it cites."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.citations.markers import BULLET, MASK, find_markers, mask_code
from rag.text.language import sentence_spans
from rag.text.lexicon import load_lexicon


@dataclass(frozen=True)
class Claim:
    """A sentence that claims something.

    `start` and `end` are character offsets in the resolved text; the sentence and all its markers are between them.
    """

    text: str  # without markers, list signs and Markdown
    start: int
    end: int
    citation_numbers: tuple[int, ...]


_NO_CLAIM = re.compile(r"\s*(?:#{1,6}\s.*|[|:=+*_\s-]*)")
_BOLD_HEADING = re.compile(r"\s*\*\*[^*。.！？!?]+\*\*\s*")
_TABLE_RULE = re.compile(r"(?=[^\n]*-)[|:\s-]*\|[|:\s-]*")
_CONNECTIVES = frozenset(load_lexicon("rag.citations", "connectives"))
_EMPHASIS = re.compile(r"(?<![\d\s])\*+|\*+(?![\d\s*])|(?<![A-Za-z0-9_])_+(?=\S)|(?<=\S)_+(?![A-Za-z0-9_])")


def split_claims(text: str) -> Iterator[Claim]:
    """Each sentence that claims something, with the numbers of the markers in it or right after it.

    Not claims are: headings, rules, table heads, code, a connective alone, and text that ends with a colon. Markers
    on a line of their own belong to the sentence before them.

    `增长[1]。下降。[2][3]` → 增长。 with 1, 下降。 with 2 and 3; `It grew [1]. In summary,` → `It grew.` with 1.
    """
    last: Claim | None = None
    lines = list(re.finditer(r"[^\n]+", mask_code(text)))
    for i, line in enumerate(lines):
        next_line = lines[i + 1].group() if i + 1 < len(lines) else ""
        is_table_head = "|" in line.group() and _TABLE_RULE.fullmatch(next_line)
        for claim in _line_claims(text, line.group(), line.start()):
            if not claim.text:
                if last and not any(map(str.isalnum, text[last.end : claim.start])):
                    last = _add_markers(last, claim)
            elif not is_table_head:
                if last:
                    yield last
                last = claim
    if last:
        yield last


def _add_markers(claim: Claim, markers: Claim) -> Claim:
    """The claim extended by a line that has only markers."""
    numbers = tuple(dict.fromkeys(claim.citation_numbers + markers.citation_numbers))
    return replace(claim, end=markers.end, citation_numbers=numbers)


def _line_claims(text: str, line: str, base: int) -> Iterator[Claim]:
    """The claims of a line that starts at offset `base`; one claim with empty text if the line has only markers."""
    markers = list(find_markers(line))
    marker_offsets = {i for start, end, _ in markers for i in range(start, end)}
    offsets = [i for i in range(len(line)) if i not in marker_offsets]  # in the line, for each character of `plain`
    plain = "".join(text[base + i] for i in offsets)
    if markers and not plain.strip():
        yield Claim("", base, base + markers[-1][1], _unique_numbers(markers))
    if not line.strip(MASK + " \t\r") or _NO_CLAIM.fullmatch(plain):
        return
    if not markers and _BOLD_HEADING.fullmatch(plain):
        return
    spans = _claim_spans(plain)
    sentence_markers: dict[int, list[tuple[int, int, int]]] = {}
    for marker in markers:  # a marker belongs to the last sentence that begins before it, even if that has ended
        index = bisect_left(spans, (bisect_left(offsets, marker[0]), 0)) - 1
        sentence_markers.setdefault(max(0, index), []).append(marker)
    for i, (begin, end) in enumerate(spans):
        own_markers = sentence_markers.get(i, [])
        sentence = _EMPHASIS.sub("", re.sub(r"\s*\|\s*", " ", plain[begin:end])).strip()
        if sentence.endswith(("：", ":")) or sentence.strip("，,：:。. ").casefold() in _CONNECTIVES:
            continue
        claim_start = min([offsets[begin], *(start for start, _, _ in own_markers)])
        claim_end = max([offsets[end - 1] + 1, *(stop for _, stop, _ in own_markers)])
        yield Claim(sentence, base + claim_start, base + claim_end, _unique_numbers(own_markers))


def _claim_spans(line: str) -> list[tuple[int, int]]:
    """The offsets of the sentences of a line that have a letter or a digit, after its list sign."""
    bullet = _bullet_length(line)
    spans = [(bullet + begin, bullet + end) for begin, end in sentence_spans(line[bullet:])]
    return [(begin, end) for begin, end in spans if any(map(str.isalnum, line[begin:end]))]


def _unique_numbers(markers: list[tuple[int, int, int]]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for _, _, number in markers))


def _bullet_length(line: str) -> int:
    """The length of the list sign or quotation sign at the beginning of a line."""
    sign = BULLET.match(line)
    return sign.end() if sign else 0
