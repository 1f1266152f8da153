"""Paragraph reconstruction: joins the lines that an extractor broke at the margin into the author's paragraphs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.sources.page_furniture import SENTENCE_END
from rag.text.language import HAN
from rag.text.lexicon import load_lexicon

_ITEM_START = re.compile(
    r"第?[一二三四五六七八九十百]+[、，,．.章节条]|[（(][一二三四五六七八九十\d]+[)）]|\d{1,2}(?:[、)）]|[.．](?!\d))|[A-Za-z][)）]"
    r"|[①-⑳㈠-㈩❶-❿]|——|#+ |[-*•·●■◆] "
    r"|(?:Article|Section|Clause|Chapter|Part|Step|Rule|Annex|Schedule) +(?:\d{1,4}|[IVXLC]{1,7})"
    r"(?:[.:]|$| (?:[A-Z]\w*(?: |$)){1,8}$)")
_CAPTION = re.compile(rf"(?:图|表|Fig(?:ure)?\.?|Table)\s*\d+[\s{HAN}A-Za-z].*", re.I)
_BARE_NUMBER = re.compile(r"\d{1,4}(?:\s*/\s*\d+)?")
# a table row: a name and two figures or more, or cells between bars
_TABLE_ROW = re.compile(
    r"\S+(?: +[^\d\s]\S*){0,3}(?: +[-+±(（]?\d[\d.,]*+[^\s，。、；！？]{0,4}){2,}|\|.+\||[^|]+(?: \| [^|]+)+")


@dataclass(frozen=True)
class JoinedParagraph:
    """A paragraph that was put together from lines.

    `page` is the index of the page on which it begins; `page_breaks`: offset and index of each page that begins in it.
    `is_close`: a short line of its own directly below another one, without a blank line between them.
    """

    text: str
    page: int
    page_breaks: tuple[tuple[int, int], ...] = ()
    is_close: bool = False


def join_lines(lines: Sequence[tuple[str, int]]) -> list[JoinedParagraph]:
    """The paragraphs of some lines.

    `lines`: stripped lines, each with the index of its page. A line that does not end a sentence continues in the next,
    unless it is a heading, a table row or the last item of a list. A line that ends a sentence continues only if it
    reaches the margin. Blank lines have no meaning in double-spaced text; in other text they end a paragraph that can
    end there.
    """
    layout = _LineLayout.from_lines([line for line, _ in lines])
    is_double_spaced = _is_double_spaced([line for line, _ in lines])
    paragraphs: list[JoinedParagraph] = []
    current = _OpenParagraph()
    index, last_page, after_blank = -1, 0, False
    inside = False  # whether the line is not the first of its paragraph
    for line, page in lines:
        if not line:
            after_blank = True
            continue
        index += 1
        is_break = after_blank and not is_double_spaced and page == last_page
        inside = index > 0 and layout.joins_next(index - 1, inside=inside, blank=is_break)
        compact_line = line if _TABLE_ROW.fullmatch(line) else _close_gaps(line)
        is_below = index > 0 and not after_blank and page == last_page  # directly below the line before it
        if not inside:
            if index:
                paragraphs.append(current.finish())
            current = _OpenParagraph(page, is_close=is_below and _is_short(line))
        current.add(compact_line, page)
        after_blank, last_page = False, page
    return [*paragraphs, current.finish()] if index >= 0 else []


_SHORT_LINE = 100  # display columns; a longer line of its own is a paragraph


def _is_short(line: str) -> bool:
    return len(line) <= _SHORT_LINE and _display_width(line) <= _SHORT_LINE


class _OpenParagraph:
    """A paragraph while its lines are added; only its last characters change when a line is joined to it."""

    def __init__(self, page: int = 0, *, is_close: bool = False) -> None:
        self._page, self._last_page, self._is_close = page, page, is_close
        self._parts: list[str] = []
        self._length = 0  # of all parts
        self._tail = ""
        self._breaks: list[tuple[int, int]] = []
        self._lines = 0

    def add(self, line: str, page: int) -> None:
        joined = _join_line(self._tail, line) if self._tail else line
        if page != self._last_page:
            self._breaks.append((self._length + max(0, len(joined) - len(line)), page))
            self._last_page = page
        cut = max(0, len(joined) - _JOIN_WINDOW)
        self._parts.append(joined[:cut])
        self._length += cut
        self._tail = joined[cut:]
        self._lines += 1

    def finish(self) -> JoinedParagraph:
        is_close = self._is_close and self._lines == 1
        return JoinedParagraph("".join(self._parts) + self._tail, self._page, tuple(self._breaks), is_close)


def _is_double_spaced(lines: list[str]) -> bool:
    """True if an extractor put an empty line after each line, so that blank lines have no meaning."""
    texts = sum(bool(line) for line in lines)
    pairs = sum(bool(a) and bool(b) for a, b in pairwise(lines))
    return texts > 1 and pairs < 0.25 * texts


_FULL_SHARE = 0.93  # of the width of its neighbours; a line of this width reaches the margin
_NEIGHBOURS, _MARGIN_TOLERANCE = 4, 0.2  # lines that end at one margin differ at most by an indentation
_MIN_WIDTH, _MAX_WIDTH = 16, 140  # display columns of a text column
_MAX_HEADING_LENGTH = 40  # characters


# a line with a label and its value, a question or an answer begins a paragraph: `地点：…`, `Place: …`, `Q: …`
_LABEL_START = re.compile(rf"[{HAN}]{{1,8}}(?:（[^（）]{{1,8}}）)?：|[A-Z][A-Za-z]*(?: [A-Za-z]+){{0,2}}: ")
_OPEN_END = re.compile(r"[,，、（(“《—–-]$")
_LOWER_START = re.compile(r"[a-z]|[，。、；：）)”》,.;]")


def _goes_on(before: str, line: str) -> bool:
    """Whether a line of a text that no margin broke goes on in the next one.

    This is seen by its last sign, or by the next one's first. Lines of Chinese text have no other sign than that they
    are long.
    """
    if _OPEN_END.search(before) or _LOWER_START.match(line) or _BARE_NUMBER.fullmatch(line) or before[-1:].isdigit():
        return not before[-1:].isdigit() or _LOWER_START.match(line) is not None or _BARE_NUMBER.fullmatch(line) is None
    return _HAN_END.search(before) is not None and len(before) >= 2 * _MIN_WIDTH


_HAN_END = re.compile(rf"[{HAN}]$")


@dataclass(frozen=True)
class _LineLayout:
    """The lines that are not blank, with their widths."""

    texts: list[str]
    widths: list[float]  # in display columns; empty if the lines were not broken at a margin
    is_one_paragraph: bool

    @classmethod
    def from_lines(cls, lines: list[str]) -> _LineLayout:
        texts = [line for line in lines if line]
        widths = [_display_width(line) for line in texts]
        return cls(texts, widths if _has_hard_breaks(texts) else [], _is_one_paragraph(lines, widths))

    def joins_next(self, index: int, *, inside: bool, blank: bool) -> bool:
        """True if line `index` continues in the next one.

        `inside`: it is not the first line of its paragraph; `blank`: a blank line with a meaning is between the two.
        """
        before, line = self.texts[index], self.texts[index + 1]
        if _ITEM_START.match(line) or _LABEL_START.match(line):
            return False
        if _is_caption_or_row(before) or _is_caption_or_row(line):
            return False
        if self.is_one_paragraph:
            return True
        if not self.widths and not _goes_on(before, line):
            return False
        if _BARE_NUMBER.fullmatch(line) or _BARE_NUMBER.fullmatch(before):
            return not SENTENCE_END.search(before) and not blank and (inside or not _BARE_NUMBER.fullmatch(before))
        full = self._reaches_margin(index)
        if SENTENCE_END.search(before):
            return full and not blank and before[-1] not in "：:" and not self._is_heading(index + 1)
        if blank and not full:
            return False
        if not inside and _ITEM_START.match(before) and not self._is_near_margin(index):
            return False
        return inside or not self._is_heading(index)

    def _reaches_margin(self, index: int) -> bool:
        near = self.widths[max(0, index - 2) : index + 3]
        return bool(near) and max(near) <= _MAX_WIDTH and self.widths[index] >= _FULL_SHARE * max(near)

    def _is_near_margin(self, index: int) -> bool:
        near = self.widths[max(0, index - _NEIGHBOURS) : index + 1 + _NEIGHBOURS]
        return not near or max(near) > _MAX_WIDTH or self.widths[index] >= (1 - _MARGIN_TOLERANCE) * max(near)

    def _is_heading(self, index: int) -> bool:
        """True for a line that does not end a sentence and was not broken at the margin of its neighbours."""
        line, following = self.texts[index], self.texts[index + 1 : index + 2]
        if SENTENCE_END.search(line) or len(re.findall("[，,。]", line)) > 1 or len(line) > _MAX_HEADING_LENGTH:
            return False
        if _display_width(line) >= 2 * _MIN_WIDTH and following and re.match("[a-z]", following[0]):
            return False
        if not self.widths or self.widths[index] < _MIN_WIDTH:
            return True
        adjacent = self.widths[max(0, index - 1) : index] + self.widths[index + 1 : index + 2]
        near = self.widths[max(0, index - _NEIGHBOURS) : index] + self.widths[index + 1 : index + 1 + _NEIGHBOURS]
        widest = max(adjacent)
        if widest > _MAX_WIDTH or (not self._count_similar(index, adjacent) and widest > 2 * self.widths[index]):
            return True  # its neighbours are whole paragraphs, even if other headings have its width
        return self._count_similar(index, near) < 2

    def _count_similar(self, index: int, others: list[float]) -> int:
        own = self.widths[index]
        return sum(abs(own - other) <= _MARGIN_TOLERANCE * max(own, other) for other in others)


def _is_caption_or_row(line: str) -> bool:
    return bool(_CAPTION.fullmatch(line) or _TABLE_ROW.fullmatch(line))


def _has_hard_breaks(texts: list[str]) -> bool:
    """True if many lines end inside a sentence and sentences end inside lines, so that a margin broke them."""
    open_lines = sum(not SENTENCE_END.search(line) for line in texts)
    within = sum(bool(re.search(r"[。！？]|(?<!^\d)(?<!^\d\d)[.!?] ", line[:-2])) for line in texts)
    return open_lines >= 0.3 * len(texts) and within >= 0.1 * len(texts)


def _is_one_paragraph(lines: list[str], widths: list[float]) -> bool:
    """True if lines of one width without punctuation at their end make one sentence: 某市的产值 | 增长了。

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
    """Remove spaces between single Han characters, next to Chinese punctuation, and between a figure and its unit."""
    line = _SPACED_HAN.sub(lambda run: run.group().replace(" ", ""), line)
    line = _GAP_BY_PUNCTUATION.sub("", line)
    return _GAP_BY_NUMBER.sub("", line)


_COMPOUND_PREFIXES = frozenset(load_lexicon("rag.sources", "compound_prefixes"))
_JOIN_WINDOW = 12  # characters before a join in which gaps are closed and a broken word is looked for


def _join_line(before: str, line: str) -> str:
    """The paragraph with one more line, joined without a space in Chinese and with a space in Latin text.

    A hyphen at the end of a line is removed, `manufac-` + `turing`, except in a compound, `long-` + `term`.
    """
    if word := re.search(r"([^\W\d_]+)-$", before[-_JOIN_WINDOW:]):
        if line[0].islower() and word.group(1).lower() not in _COMPOUND_PREFIXES:
            return before[:-1] + line
        if line[0].isascii() and line[0].isalnum():
            return before + line
    latin = before[-1].isascii() and line[0].isascii() and not before[-1].isspace()
    gap = " " if latin and not (before[-1].isdigit() and line[0] in ".,%") else ""
    return before[:-_JOIN_WINDOW] + _close_gaps(before[-_JOIN_WINDOW:] + gap + line)
