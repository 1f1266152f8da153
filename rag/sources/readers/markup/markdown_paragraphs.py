"""Paragraphs of Markdown: which line ends their author meant, and the marks that dialects of Markdown put into them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from rag.sources.readers.markup.inline_text import begins_with_label, display_width
from rag.text.language import HAN

HARD_BREAK, PARAGRAPH_BREAK = "  \n", "<br><br>\n"
_SHORT_LINE = 60  # columns; text that an editor has wrapped is wider
_MIN_LABELS = 2  # lines that begin with a label
_MIN_WRAPPED_LINES, _MIN_WRAPPED_WIDTH = 3, 40  # fewer or shorter lines are no wrapped text
_SENTENCE_END = re.compile(rf"[。！？；.!?;][”’\"'）)*_]*\s*\Z|[{HAN}\w][,，、]\s*\Z")
_OWN_BREAK = re.compile(r"\\$|  $|<br ?/?> *$")
_NEW_PARAGRAPH = re.compile(r"\u3000|[ \t]{2,}\S")
_NUMBERED = re.compile(r"\s*(?:\*\*)?[(（]?[0-9一二三四五六七八九十]+")
_SPAN = re.compile(
    r"(?P<code>`[^`]*`)"
    r"|(?P<note>\[\^(?P<id>[^\]\s]{1,60})\])"
    r"|(?P<embed>!\[\[[^\[\]\n]{1,300}\]\])"
    r"|\[\[(?P<page>[^\[\]|\n]{1,300})(?:\|(?P<text>[^\[\]\n]{1,300}))?\]\]"
    r"|(?<![A-Za-z0-9_=])==(?P<mark>[^\s=](?:[^=\n]{0,500}[^\s=])?)==(?![A-Za-z0-9_=])")
_CALLOUT = re.compile(r"\A\[!(?:[A-Za-z]{3,12})\][-+]?[ \t]*")
_HEADING_ATTRIBUTES = re.compile(r"\s*\{[#.:][^{}]*\}\s*\Z|\s#+\s*\Z")


def keep_line_breaks(content: str) -> str:
    """The content of a paragraph with the line ends that its author meant as hard line breaks.

    Meant are those of an address, a list of labels or a price list. Those of wrapped text are not, and become a space,
    or nothing between Han characters.
    """
    lines = content.split("\n")
    if len(lines) == 1:
        return content
    is_verse = _has_own_lines([line.strip() for line in lines])
    pieces = [lines[0]]
    for before, line in pairwise(lines):
        if line.startswith("\u3000") or (_NEW_PARAGRAPH.match(line) and _SENTENCE_END.search(before)):
            pieces.append(PARAGRAPH_BREAK)
        else:
            pieces.append(HARD_BREAK if is_verse and not _OWN_BREAK.search(before) else "\n")
        pieces.append(line)
    return "".join(pieces)


def _has_own_lines(lines: Sequence[str]) -> bool:
    """True if each line is one for itself, and not a part of wrapped text."""
    labels = sum(map(begins_with_label, lines))
    widths = [display_width(line) for line in lines]
    if labels == len(lines) or all("|" in line for line in lines):
        return True
    if max(widths) >= _SHORT_LINE:
        return False
    if labels >= _MIN_LABELS or all(map(_NUMBERED.match, lines)):
        return True
    if any(map(_SENTENCE_END.search, lines[:-1])) or any(line[:1].islower() for line in lines[1:]):
        return False
    return len(lines) < _MIN_WRAPPED_LINES or not _is_wrapped(lines, widths)


def _is_wrapped(lines: Sequence[str], widths: Sequence[int]) -> bool:
    """True if no line had room for the first word of the next one."""
    if max(widths) < _MIN_WRAPPED_WIDTH:
        return False
    first_words = [_first_word_width(line) for line in lines[1:]]
    return all(width + word >= max(widths) for width, word in zip(widths, first_words, strict=False))


def _first_word_width(line: str) -> int:
    """The columns of a line's first word and a space; of Han text, two characters and a punctuation mark."""
    word = re.match(r"[!-~]+", line)
    return len(word.group()) + 1 if word else 6


def rewrite_marks(content: str, notes: Collection[str]) -> str:
    """The content without the marks of dialects: `[[页面|文字]]` → 文字, `==重点==` → 重点; references to `notes` vanish."""
    return _SPAN.sub(lambda span: _rewrite_span(span, notes), _CALLOUT.sub("", content))


def _rewrite_span(span: re.Match[str], notes: Collection[str]) -> str:
    if span["code"]:
        return span["code"]
    if span["note"]:
        return "" if span["id"] in notes else span["note"]
    if span["embed"]:
        return "<img>"
    return str(span["mark"] or span["text"] or span["page"])


def strip_heading_attributes(content: str) -> str:
    """`开放时间 {#hours}` → 开放时间."""
    return _HEADING_ATTRIBUTES.sub("", content)
