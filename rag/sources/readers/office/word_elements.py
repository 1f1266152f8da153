"""Elements of a Word document: which kind a paragraph is, and which paragraph is the caption of a table."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.sources.elements import Element, Table
from rag.sources.readers.office.word_numbering import BULLET
from rag.sources.readers.office.word_styles import Style

_MAX_HEADING_LENGTH = 200  # characters; a longer one is a paragraph that was given an outline level
_MAX_CAPTION_LENGTH = 120  # characters


def plain_element(text: str, level: int, marker: str = "") -> Element:
    """A heading if it has a level, else a paragraph."""
    if level and len(text) <= _MAX_HEADING_LENGTH:
        return Element("heading", " ".join(text.split()), level, "" if marker == BULLET else marker)
    return Element("paragraph", text, marker=marker)


def listed_element(text: str, marker: str, level: int) -> Element:
    """An item of a list if its marker is a bullet or a bare number; a paragraph if it is `第四条` or `Article 4`."""
    is_bare = marker == BULLET or all(_BARE_NUMBER.fullmatch(word) for word in re.findall(r"\w+", marker))
    return Element("item", text, level, marker) if is_bare else Element("paragraph", text, marker=marker)


_BARE_NUMBER = re.compile(
    r"[0-9]+|[〇零一二三四五六七八九十百千]+|[甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥]|[ivxlcdm]+|[IVXLCDM]+|[A-Za-z]"
    r"|([A-Za-z])\1{1,2}|[①-⒛⓪㉑-㉟㊀-㊉㊱-㊿]|[0-9]+(?:st|nd|rd|th)")


def is_contents_style(style: Style) -> bool:
    """True for an entry of the table of contents, which repeats a heading with its page."""
    return any(_CONTENTS_STYLE.fullmatch(name) for name in style.names)


_CONTENTS_STYLE = re.compile(r"(?:toc|目录) ?[1-9]")


def cell_text(elements: Iterable[Element | Table]) -> str:
    """The paragraphs of a cell or a note as lines, with their numbers; without tables and notes."""
    lines = (marked_text(part) for part in elements if isinstance(part, Element) and part.kind != "note")
    return "\n".join(line for line in lines if line)


def marked_text(element: Element) -> str:
    """A text with its number before it: `3. Check`, `（二）检查`; a bullet is left out.

    >>> marked_text(Element("item", "检查", 1, "（二）"))
    '（二）检查'
    """
    if element.marker in ("", BULLET):
        return element.text
    space = " " if element.marker[-1].isascii() else ""
    return f"{element.marker}{space}{element.text}".strip()


def take_caption(elements: list[Element | Table], captions: set[int]) -> str:
    """Takes the caption of a table from the end of the elements above it; empty if it has none.

    `captions` are the places of paragraphs whose style is that of captions. A line with the unit of all values, which
    may follow the caption, is part of it: `表1 各区产值 单位：亿元`.
    """
    parts: list[str] = []
    if (line := _last_paragraph(elements)) and _UNIT_LINE.match(line):
        parts.append(line)
        elements.pop()
    line = _last_paragraph(elements)
    is_styled = len(elements) - 1 in captions and not _FIGURE_CAPTION.match(line)
    if line and (is_styled or _is_table_caption(line)):
        parts.append(line)
        elements.pop()
        captions.discard(len(elements))
    return " ".join(reversed(parts))


def _last_paragraph(elements: list[Element | Table]) -> str:
    """The last element, if it is a paragraph in one short line."""
    last = elements[-1] if elements else None
    if not isinstance(last, Element) or last.kind != "paragraph":
        return ""
    line = marked_text(last)
    return line if len(line) <= _MAX_CAPTION_LENGTH and "\n" not in line else ""


def _is_table_caption(line: str) -> bool:
    """True for `表1 各区产值` and `Table 2. Output`, not for sentences such as `表1列出了各区的产值。`"""
    match = _TABLE_CAPTION.match(line)
    return match is not None and not _SENTENCE.search(line[match.end() :])


_TABLE_CAPTION = re.compile(
    r"(?:续|附)?表\s*[0-9０-９一二三四五六七八九十A-Z]+(?:[-–—.．][0-9]+)*(?:[\s:：.、]|(?=[（(])|$)"
    r"|(?:Table|TABLE)\s+[0-9A-Z]+(?:[-–—.][0-9]+)*(?:[:.]|\s*[-–—]|$|\s+(?=[A-Z(]))")
_SENTENCE = re.compile(r"[。；！？]|[:：]$|\w\s*[.;!?]\s+\w")
_UNIT_LINE = re.compile(r"[（(\[]?\s*(?:(?:计量|計量|金额|数量)?单位|單位|units?|unit of measure)\s*[:：]", re.I)
_FIGURE_CAPTION = re.compile(r"\s*(?:图|圖|fig)", re.I)
