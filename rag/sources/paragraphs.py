"""Lines as an extractor broke them become paragraphs as they were written."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from rag.sources.page_furniture import SENTENCE_END
from rag.text.language import HAN

_ITEM_START = re.compile(
    r"第?[一二三四五六七八九十百]+[、，,．.章节条]|[（(][一二三四五六七八九十\d]+[)）]|\d{1,2}(?:[、)）]|[.．](?!\d))|[A-Za-z][)）]"
    r"|[①-⑳㈠-㈩❶-❿]|——|#+ |[-*•·●■◆] ")
_CAPTION = re.compile(rf"(?:图|表|Fig(?:ure)?\.?|Table)\s*\d+[\s{HAN}A-Za-z].*", re.I)
_BARE_NUMBER = re.compile(r"\d{1,4}(?:\s*/\s*\d+)?")
# a name and two figures or more, or cells between bars: a table's row
_TABLE_ROW = re.compile(r"\S+(?: +[^\d\s]\S*){0,3}(?: +[-+±(（]?\d[\d.,]*[^\s，。、；！？]{0,4}){2,}|\|.+\||[^|]+(?: \| [^|]+)+")


def join_lines(lines: list[tuple[str, int]]) -> tuple[str, list[int]]:
    """Stripped lines, each with its page's index, as paragraphs with a blank line between, and where each page begins.

    A line that ends no sentence goes on into the next, unless it is a heading, a table's row or a list's last item; a
    line that ends one goes on only where it reaches the margin. A blank line after every line means nothing; elsewhere
    it ends what could end there.
    """
    setting = _LineLayout.from_lines([line for line, _ in lines])
    gapped = _is_double_spaced([line for line, _ in lines])
    out, starts = "", [0]
    begin, blank, inside, at, leaf = 0, False, False, -1, 0  # where the paragraph under way begins, and what is known of it
    for line, page in lines:
        if not line:
            blank = True
            continue
        at += 1
        closed = line if _TABLE_ROW.fullmatch(line) else _close_gaps(line)
        inside = at > 0 and setting.joins_next(at - 1, inside=inside, blank=blank and not gapped and page == leaf)
        if not inside:
            begin = len(out) + 2 if out else 0
            out += "\n\n" if out else ""
        joined = _join_line(out[begin:], closed) if inside else closed
        starts += [max(begin, begin + len(joined) - len(closed))] * (page + 1 - len(starts))
        out, blank, leaf = out[:begin] + joined, False, page
    return out, starts


def _is_double_spaced(lines: list[str]) -> bool:
    """True where an extractor put an empty line after each line, so that blank lines mean nothing."""
    texts = sum(bool(line) for line in lines)
    pairs = sum(bool(a) and bool(b) for a, b in pairwise(lines))
    return texts > 1 and pairs < 0.25 * texts


# a line of this share of its neighbours' width reaches the margin; no page is set wider than so many columns
_FULL_SHARE, _MAX_WIDTH = 0.93, 140
# lines broken at one margin differ by an indentation at most; no column is set narrower than so many columns
_NEIGHBOURS, _MARGIN_TOLERANCE, _MIN_WIDTH = 4, 0.2, 16
_MAX_HEADING_LENGTH = 40  # characters


@dataclass(frozen=True)
class _LineLayout:
    """The lines that are not blank, and how wide each is set; no widths where they were not broken at a margin."""

    texts: list[str]
    widths: list[float]
    is_one_paragraph: bool

    @classmethod
    def from_lines(cls, lines: list[str]) -> _LineLayout:
        texts = [line for line in lines if line]
        widths = [_display_width(line) for line in texts]
        return cls(texts, widths if _has_hard_breaks(texts) else [], _is_one_paragraph(lines, widths))

    def joins_next(self, at: int, *, inside: bool, blank: bool) -> bool:
        """True where line `at` goes on into the next one; `inside`: it is not the first line of its paragraph."""
        before, line = self.texts[at], self.texts[at + 1]
        if _ITEM_START.match(line) or any(shape.fullmatch(one) for shape in (_CAPTION, _TABLE_ROW) for one in (before, line)):
            return False
        if self.is_one_paragraph:
            return True
        if _BARE_NUMBER.fullmatch(line) or _BARE_NUMBER.fullmatch(before):
            return not SENTENCE_END.search(before) and not blank and (inside or not _BARE_NUMBER.fullmatch(before))
        full = self._reaches_margin(at)
        if SENTENCE_END.search(before):
            return full and not blank and before[-1] not in "：:" and not self._is_heading(at + 1)
        if blank and not full:
            return False
        if not inside and _ITEM_START.match(before) and not self._is_near_margin(at):
            return False
        return inside or not self._is_heading(at)

    def _reaches_margin(self, at: int) -> bool:
        near = self.widths[max(0, at - 2) : at + 3]
        return bool(near) and max(near) <= _MAX_WIDTH and self.widths[at] >= _FULL_SHARE * max(near)

    def _is_near_margin(self, at: int) -> bool:
        near = self.widths[max(0, at - _NEIGHBOURS) : at + 1 + _NEIGHBOURS]
        return not near or max(near) > _MAX_WIDTH or self.widths[at] >= (1 - _MARGIN_TOLERANCE) * max(near)

    def _is_heading(self, at: int) -> bool:
        """A line that ends no sentence and was not broken at the margin that its neighbours share."""
        line, following = self.texts[at], self.texts[at + 1 : at + 2]
        if SENTENCE_END.search(line) or len(re.findall("[，,。]", line)) > 1 or len(line) > _MAX_HEADING_LENGTH:
            return False
        if _display_width(line) >= 2 * _MIN_WIDTH and following and re.match("[a-z]", following[0]):
            return False
        if not self.widths or self.widths[at] < _MIN_WIDTH:
            return True
        beside = self.widths[max(0, at - 1) : at] + self.widths[at + 1 : at + 2]
        near = self.widths[max(0, at - _NEIGHBOURS) : at] + self.widths[at + 1 : at + 1 + _NEIGHBOURS]
        if max(beside) > _MAX_WIDTH or (not self._count_alike(at, beside) and max(beside) > 2 * self.widths[at]):
            return True  # it stands by whole paragraphs, though there be more headings of its width
        return self._count_alike(at, near) < 2

    def _count_alike(self, at: int, others: list[float]) -> int:
        return sum(abs(self.widths[at] - other) <= _MARGIN_TOLERANCE * max(self.widths[at], other) for other in others)


def _has_hard_breaks(texts: list[str]) -> bool:
    """True where lines end anywhere and sentences end inside lines: an extractor broke them at a margin."""
    open_lines = sum(not SENTENCE_END.search(line) for line in texts)
    within = sum(bool(re.search(r"[。！？]|[.!?] ", line[:-2])) for line in texts)
    return open_lines >= 0.3 * len(texts) and within >= 0.1 * len(texts)


def _is_one_paragraph(lines: list[str], widths: list[float]) -> bool:
    """True where lines of one width, none of which ends on a mark, lead to one that ends a sentence: 某市的产值 | 增长了。

    Verse has its commas, a title is followed by a blank line or by more than it is wide.
    """
    *before, last = lines or [""]
    return (bool(before) and all(line[-1:].isalnum() for line in before) and bool(SENTENCE_END.search(last))
            and min(widths[:-1]) >= max(2 * _MIN_WIDTH, (1 - _MARGIN_TOLERANCE) * max(widths[:-1])) and widths[-1] <= max(widths[:-1]))


_PUNCTUATION = "，。、：；！？“”‘’（）《》【】—…"
_HAN_GAP = re.compile(rf"(?<=[{HAN}{_PUNCTUATION}]) (?=[{HAN}{_PUNCTUATION}])")


def _display_width(line: str) -> float:
    """Columns as set: a Han character or full-width sign takes two, a space between two of them about half a one."""
    gaps = len(_HAN_GAP.findall(line))
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in line) - gaps * 0.5


_SPACED_HAN = re.compile(rf"(?<![^\s“”‘’（）《》，。、：；！？—-])(?:[{HAN}“”‘’，。、：；！？—-] ){{2,}}[{HAN}“”‘’，。、：；！？—-]")
_GAP_BY_PUNCTUATION = re.compile(rf"(?<=[{_PUNCTUATION}]) +(?=[{HAN}{_PUNCTUATION}\d])|(?<=[{HAN}\d]) +(?=[{_PUNCTUATION}])")
_GAP_BY_NUMBER = re.compile(rf"(?<=[{HAN}]) (?=\d)|(?<=[\d%]) (?=[{HAN}])")


def _close_gaps(line: str) -> str:
    """Spaces between single Han characters, beside Chinese punctuation and between a figure and its unit go."""
    line = _SPACED_HAN.sub(lambda run: run.group().replace(" ", ""), line)
    line = _GAP_BY_PUNCTUATION.sub("", line)
    return _GAP_BY_NUMBER.sub("", line)


# first parts of compounds: long-term keeps the hyphen at which it was broken, manufac-turing does not
_COMPOUND_PREFIXES = frozenset("""
above all best cross decision fast first five four free full high in large late long low medium mid multi near new non
off on one policy real second self short single six small so state ten third three top two ultra well wide world year
""".split())
_JOIN_WINDOW = 12  # how far back a join may close gaps and look for the broken word, in characters


def _join_line(before: str, line: str) -> str:
    """Chinese joins without a space, Latin with one; a hyphen at a line's end joins its word, and stays in a compound."""
    if word := re.search(r"([^\W\d_]+)-$", before[-_JOIN_WINDOW:]):
        if line[0].islower() and word.group(1).lower() not in _COMPOUND_PREFIXES:
            return before[:-1] + line
        if line[0].isascii() and line[0].isalnum():
            return before + line
    latin = before[-1].isascii() and line[0].isascii() and not before[-1].isspace()
    gap = " " if latin and not (before[-1].isdigit() and line[0] in ".,%") else ""
    return before[:-_JOIN_WINDOW] + _close_gaps(before[-_JOIN_WINDOW:] + gap + line)
