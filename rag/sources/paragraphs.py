"""Paragraph reconstruction: lines that an extractor broke at the margin are joined into the author's paragraphs."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from rag.sources.page_furniture import SENTENCE_END
from rag.text.language import HAN
from rag.text.lexicon import load_lexicon

_ITEM_START = re.compile(
    r"第?[一二三四五六七八九十百]+[、，,．.章节条]|[（(][一二三四五六七八九十\d]+[)）]|\d{1,2}(?:[、)）]|[.．](?!\d))|[A-Za-z][)）]"
    r"|[①-⑳㈠-㈩❶-❿]|——|#+ |[-*•·●■◆] ")
_CAPTION = re.compile(rf"(?:图|表|Fig(?:ure)?\.?|Table)\s*\d+[\s{HAN}A-Za-z].*", re.I)
_BARE_NUMBER = re.compile(r"\d{1,4}(?:\s*/\s*\d+)?")
# a table row: a name and two figures or more, or cells between bars
_TABLE_ROW = re.compile(
    r"\S+(?: +[^\d\s]\S*){0,3}(?: +[-+±(（]?\d[\d.,]*[^\s，。、；！？]{0,4}){2,}|\|.+\||[^|]+(?: \| [^|]+)+")


def join_lines(lines: list[tuple[str, int]]) -> tuple[str, list[int]]:
    """Paragraphs with a blank line between, and the offset of each page in characters.

    `lines`: stripped lines, each with the index of its page. A line that ends no sentence continues in the next, unless
    it is a heading, a table row or the last item of a list; a line that ends one continues only where it reaches the
    margin. Blank lines have no meaning in double-spaced text; elsewhere they end what can end there.
    """
    layout = _LineLayout.from_lines([line for line, _ in lines])
    is_double_spaced = _is_double_spaced([line for line, _ in lines])
    out, starts = "", [0]
    begin = 0  # of the current paragraph, in `out`
    inside = False  # the line is not the first of its paragraph
    at, last_page, after_blank = -1, 0, False
    for line, page in lines:
        if not line:
            after_blank = True
            continue
        at += 1
        closed = line if _TABLE_ROW.fullmatch(line) else _close_gaps(line)
        is_break = after_blank and not is_double_spaced and page == last_page
        inside = at > 0 and layout.joins_next(at - 1, inside=inside, blank=is_break)
        if not inside:
            begin = len(out) + 2 if out else 0
            out += "\n\n" if out else ""
        joined = _join_line(out[begin:], closed) if inside else closed
        starts += [max(begin, begin + len(joined) - len(closed))] * (page + 1 - len(starts))
        out, after_blank, last_page = out[:begin] + joined, False, page
    return out, starts


def _is_double_spaced(lines: list[str]) -> bool:
    """True where an extractor put an empty line after each line, so that blank lines have no meaning."""
    texts = sum(bool(line) for line in lines)
    pairs = sum(bool(a) and bool(b) for a, b in pairwise(lines))
    return texts > 1 and pairs < 0.25 * texts


_FULL_SHARE = 0.93  # of the width of its neighbours: such a line reaches the margin
_NEIGHBOURS, _MARGIN_TOLERANCE = 4, 0.2  # lines broken at one margin differ by an indentation at most
_MIN_WIDTH, _MAX_WIDTH = 16, 140  # display columns of a text column
_MAX_HEADING_LENGTH = 40  # characters


@dataclass(frozen=True)
class _LineLayout:
    """The lines that are not blank, with their widths."""

    texts: list[str]
    widths: list[float]  # in display columns; empty where the lines were not broken at a margin
    is_one_paragraph: bool

    @classmethod
    def from_lines(cls, lines: list[str]) -> _LineLayout:
        texts = [line for line in lines if line]
        widths = [_display_width(line) for line in texts]
        return cls(texts, widths if _has_hard_breaks(texts) else [], _is_one_paragraph(lines, widths))

    def joins_next(self, at: int, *, inside: bool, blank: bool) -> bool:
        """True where line `at` continues in the next one.

        `inside`: it is not the first line of its paragraph; `blank`: a blank line with a meaning is between the two.
        """
        before, line = self.texts[at], self.texts[at + 1]
        if _ITEM_START.match(line) or _is_caption_or_row(before) or _is_caption_or_row(line):
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
        """True for a line that ends no sentence and was not broken at the margin of its neighbours."""
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
            return True  # it is among whole paragraphs, even if other headings have its width
        return self._count_alike(at, near) < 2

    def _count_alike(self, at: int, others: list[float]) -> int:
        return sum(abs(self.widths[at] - other) <= _MARGIN_TOLERANCE * max(self.widths[at], other) for other in others)


def _is_caption_or_row(line: str) -> bool:
    return bool(_CAPTION.fullmatch(line) or _TABLE_ROW.fullmatch(line))


def _has_hard_breaks(texts: list[str]) -> bool:
    """True where many lines end inside a sentence and sentences end inside lines: they were broken at a margin."""
    open_lines = sum(not SENTENCE_END.search(line) for line in texts)
    within = sum(bool(re.search(r"[。！？]|[.!?] ", line[:-2])) for line in texts)
    return open_lines >= 0.3 * len(texts) and within >= 0.1 * len(texts)


def _is_one_paragraph(lines: list[str], widths: list[float]) -> bool:
    """True where lines of one width without end punctuation lead to the end of a sentence: 某市的产值 | 增长了。

    Verse has commas; a title is followed by a blank line or by a wider line.
    """
    *before, last = lines or [""]
    if not before or not all(line[-1:].isalnum() for line in before) or not SENTENCE_END.search(last):
        return False
    *widths_before, last_width = widths
    widest = max(widths_before)
    return min(widths_before) >= max(2 * _MIN_WIDTH, (1 - _MARGIN_TOLERANCE) * widest) and last_width <= widest


_PUNCTUATION = "，。、：；！？“”‘’（）《》【】—…"
_HAN_GAP = re.compile(rf"(?<=[{HAN}{_PUNCTUATION}]) (?=[{HAN}{_PUNCTUATION}])")


def _display_width(line: str) -> float:
    """Display columns: a Han character or full-width sign takes two, a space between two of them about half of one."""
    gaps = len(_HAN_GAP.findall(line))
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in line) - gaps * 0.5


_SPACED_HAN = re.compile(
    rf"(?<![^\s“”‘’（）《》，。、：；！？—-])(?:[{HAN}“”‘’，。、：；！？—-] ){{2,}}"
    rf"[{HAN}“”‘’，。、：；！？—-]")
_GAP_BY_PUNCTUATION = re.compile(
    rf"(?<=[{_PUNCTUATION}]) +(?=[{HAN}{_PUNCTUATION}\d])|(?<=[{HAN}\d]) +(?=[{_PUNCTUATION}])")
_GAP_BY_NUMBER = re.compile(rf"(?<=[{HAN}]) (?=\d)|(?<=[\d%]) (?=[{HAN}])")


def _close_gaps(line: str) -> str:
    """Remove spaces between single Han characters, beside Chinese punctuation, and between a figure and its unit."""
    line = _SPACED_HAN.sub(lambda run: run.group().replace(" ", ""), line)
    line = _GAP_BY_PUNCTUATION.sub("", line)
    return _GAP_BY_NUMBER.sub("", line)


_COMPOUND_PREFIXES = frozenset(load_lexicon("rag.sources", "compound_prefixes"))
_JOIN_WINDOW = 12  # characters before a join in which gaps are closed and the broken word is looked for


def _join_line(before: str, line: str) -> str:
    """The paragraph with one more line: Chinese joins without a space, Latin with one.

    A hyphen at the end of a line goes, `manufac-` + `turing`, except in a compound, `long-` + `term`.
    """
    if word := re.search(r"([^\W\d_]+)-$", before[-_JOIN_WINDOW:]):
        if line[0].islower() and word.group(1).lower() not in _COMPOUND_PREFIXES:
            return before[:-1] + line
        if line[0].isascii() and line[0].isalnum():
            return before + line
    latin = before[-1].isascii() and line[0].isascii() and not before[-1].isspace()
    gap = " " if latin and not (before[-1].isdigit() and line[0] in ".,%") else ""
    return before[:-_JOIN_WINDOW] + _close_gaps(before[-_JOIN_WINDOW:] + gap + line)
