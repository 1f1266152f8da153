"""A clean document becomes passages: whole sentences of one section, of bounded size, with stable ids."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from langchain_core.documents import Document

from rag.numbers.figures import find_figures
from rag.text.language import HAN, sentence_spans
from rag.text.token_count import text_size

# in about-tokens (see tokens.size); chosen on the start set: larger passages blur the word statistics, smaller ones
# tear lists from the sentence that names them
MAX_PASSAGE_SIZE = 450
# a sentence beyond this is cut at a clause: no publisher's sentence is that long, a log file's line may be
MAX_SENTENCE_SIZE = 4 * MAX_PASSAGE_SIZE


@dataclass(frozen=True)
class _Paragraph:
    start: int
    end: int
    section: str
    section_number: int
    number: int  # within its section
    page: int  # on which it begins; 0 where the format has none


def split(document: Document, source_id: str) -> list[Document]:
    """Passages in reading order; `document.page_content[start:end] == page_content` for each.

    Metadata: source_id, section, section_number, first_paragraph, last_paragraph, page (0: none), start, end; the
    Document's id is stable: the same text in the same source has the same id wherever it moves to.
    """
    text = document.page_content
    starts = document.metadata.get("page_starts", [])
    seen: Counter[str] = Counter()
    out = []
    for first, last, start, end in _group_paragraphs(text, _body_paragraphs(document, starts)):
        piece = text[start:end]
        seen[piece] += 1
        out.append(Document(piece, id=_passage_id(source_id, piece, seen[piece]), metadata={
            "source_id": source_id,
            "section": first.section,
            "section_number": first.section_number,
            "first_paragraph": first.number,
            "last_paragraph": last.number,
            "page": _page_number(starts, start),
            "start": start,
            "end": end,
        }))
    return out


def _passage_id(source_id: str, text: str, nth: int) -> str:
    return hashlib.blake2b("\0".join((source_id, text, str(nth))).encode(), digest_size=10).hexdigest()


def _page_number(starts: list[int], offset: int) -> int:
    return sum(start <= offset for start in starts)


_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r"={2,}|-{2,}")
_FENCE = re.compile(r"```(?!.*`)|~~~")
_LINE_END = re.compile(r"[。！？!?；;：:.…，,][”’」』）)\"'\]]*$")
_MAX_HEADING_LENGTH = 40
_CAPTION = re.compile(r"(?:图|表|Fig(?:ure)?\.?|Table)\s*\d+", re.I)
# short lines that stand over nothing: items, figures, remarks in brackets, labels with what they label, rows of a table
_NOT_HEADING = re.compile(
    r"[-*•·●■◆] |[A-Za-z][)）]|[①-⑳㈠-㈩❶-❿]|[\d\W]+$|[（(][^（()）]*[)）]$|(?!第|Chapter|Part|Section)[^：:]{1,20}[：:]\s*\S"
    rf"|.*\s\|\s|.*\S(?:\s+\S*\d\S*){{2}}$|[{HAN}]+(?:\s[{HAN}]+){{2,}}$", re.I)
_NUMBERED_ITEM = re.compile(r"[（(]?[一二三四五六七八九十\d]+[)）、.．]")


def is_heading(line: str, *, markdown: bool) -> bool:
    """`## 一、背景` in Markdown; in plain text a short line that ends like no sentence, if body text follows it."""
    if markdown:
        return bool(_MARKDOWN_HEADING.match(line))
    return len(line) <= _MAX_HEADING_LENGTH and not _LINE_END.search(line) and not _CAPTION.match(line)


@dataclass(frozen=True)
class _Line:
    start: int
    text: str
    level: int  # 1 to 6 of a heading in Markdown, 7 of one in plain text, 0 of body
    heading: str = ""


def _document_lines(document: Document) -> list[_Line]:
    """The lines that are not blank, without white space around them, and which of them are headings."""
    found = [(match.start() + len(match.group()) - len(match.group().lstrip()), match.group().strip())
             for match in re.finditer(r"[^\n]+", document.page_content) if match.group().strip()]
    if document.metadata.get("markup") == "markdown":
        return list(_markdown_lines(document.page_content, found))
    headings = _plain_headings([line for _, line in found])
    return [_Line(start, line, 7, line) if at in headings else _Line(start, line, 0) for at, (start, line) in enumerate(found)]


def _markdown_lines(text: str, lines: list[tuple[int, str]]) -> Iterator[_Line]:
    """`# 背景`, and 背景 with a line of = or - right under it; what stands between fences is code."""
    fence, underlined = "", -1
    for at, (start, line) in enumerate(lines):
        below, gap = (lines[at + 1][1], text[start + len(line) : lines[at + 1][0]]) if at + 1 < len(lines) else ("", "")
        if fence or _FENCE.match(line):
            fence = "" if fence and line.startswith(fence) else fence or line[:3]
            yield _Line(start, line, 0)
        elif heading := _MARKDOWN_HEADING.match(line):
            yield _Line(start, line, len(heading.group(1)), heading.group(2))
        elif _UNDERLINE.fullmatch(below) and gap.count("\n") == 1 and _can_be_heading(line) and line[0] not in ">|+":
            underlined = at + 1
            yield _Line(start, line, 1 if below[0] == "=" else 2, line)
        elif at != underlined:
            yield _Line(start, line, 0)


def _plain_headings(lines: list[str]) -> set[int]:
    """The lines that stand over body text: alone, or the second of two where both are not items of one list.

    A longer run of short lines, or one that nothing follows, is text set in short lines. So are the lines before the
    first body paragraph: title, author and imprint.
    """
    short = [is_heading(line, markdown=False) for line in lines]
    headings, run = set(), 0
    for at in range(short.index(False) if False in short else len(lines), len(lines) - 1):
        run = run + 1 if short[at] else 0
        listed = run == 2 and _NUMBERED_ITEM.match(lines[at]) and _NUMBERED_ITEM.match(lines[at - 1])
        if run in (1, 2) and not listed and not short[at + 1] and _can_be_heading(lines[at]):
            headings.add(at)
    return headings


def _can_be_heading(line: str) -> bool:
    return is_heading(line, markdown=False) and not _NOT_HEADING.match(line)


def _body_paragraphs(document: Document, starts: list[int]) -> Iterator[_Paragraph]:
    """Body paragraphs with their section and page. A first `#` is the title, which travels as metadata, unless another is stated."""
    section, section_number, number = "", 0, 0
    stated = document.metadata.get("title")
    titled = False
    for line in _document_lines(document):
        if not line.level:
            number += 1
            yield _Paragraph(line.start, line.start + len(line.text), section, section_number, number, _page_number(starts, line.start))
        elif line.level == 1 and not titled and section_number == number == 0 and line.heading in str(stated or line.heading):
            titled = True
        else:
            section, section_number, number = line.heading, section_number + 1, 0


def _group_paragraphs(text: str, paragraphs: Iterable[_Paragraph]) -> Iterator[tuple[_Paragraph, _Paragraph, int, int]]:
    """Neighbouring paragraphs of one section and page packed up to LARGEST; a longer paragraph cut between sentences."""
    first = last = None
    for paragraph in paragraphs:
        fits = first is not None and (paragraph.section_number, paragraph.page) == (first.section_number, first.page) and text_size(
            text[first.start : paragraph.end]) <= MAX_PASSAGE_SIZE
        if first is not None and last is not None and not fits:
            yield from _cut_group(text, first, last)
            first = None
        first, last = first or paragraph, paragraph
    if first is not None and last is not None:
        yield from _cut_group(text, first, last)


def _cut_group(text: str, first: _Paragraph, last: _Paragraph) -> Iterator[tuple[_Paragraph, _Paragraph, int, int]]:
    whole = text_size(text[first.start : last.end])
    if whole <= MAX_PASSAGE_SIZE:
        yield first, last, first.start, last.end
        return
    # pieces of about equal size read better than full ones and a crumb
    target = whole / -(-whole // MAX_PASSAGE_SIZE)
    start = end = first.start
    for begin, stop in _bounded_sentences(text, first.start, last.end):
        grown = text_size(text[start:stop])
        if end > start and (grown > MAX_PASSAGE_SIZE or text_size(text[start:end]) >= target or grown - target > target - text_size(text[start:end])):
            yield first, last, start, end
            start = begin
        end = stop
    yield first, last, start, end


_CLAUSE_END = re.compile(r"[；;，、 ]|,(?!\d)")


def _bounded_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for a, b in sentence_spans(text[start:end]):
        a, b = a + start, b + start
        while text_size(text[a:b]) > MAX_SENTENCE_SIZE:
            marks = [mark.end() for mark in _CLAUSE_END.finditer(text, a, a + MAX_PASSAGE_SIZE + 1) if mark.end() <= a + MAX_PASSAGE_SIZE]
            cut = marks[-1] if marks else a + MAX_PASSAGE_SIZE
            yield a, cut
            a = cut
        yield a, b


def find_title(document: Document) -> str:
    """The title that a document states or shows: front matter, a first `#` heading, or the longest of its opening lines.

    Empty where a text begins with its first paragraph.
    """
    if stated := document.metadata.get("title"):
        return str(stated)
    lines = _document_lines(document)
    if document.metadata.get("markup") == "markdown":
        return next((line.heading for line in lines[:5] if line.level), "")
    opening: list[str] = []
    for line in lines[:12]:
        if not is_heading(line.text, markdown=False) and not line.text.startswith("——"):
            break
        if opening and line.text.startswith("——"):
            opening[-1] += line.text
        elif _can_be_heading(line.text) and not _parse_date(line.text):
            opening.append(line.text)
    return max(opening, key=len, default="")


def find_date(document: Document) -> str:
    """The date that a document states: front matter, or a full date that stands alone among its opening lines."""
    if stated := document.metadata.get("date"):
        return str(stated)
    return next((date for line in document.page_content.split("\n")[:24] if (date := _parse_date(line.strip()))), "")


def _parse_date(line: str) -> str:
    """2024年6月3日 → 2024-06-03, June 2024 → 2024-06; empty where the line is no date, or one that no calendar has."""
    found = find_figures(line)
    if len(found) != 1 or found[0].kind != "date" or found[0].text != line or found[0].value <= 19_000_000:
        return ""
    year, month, day = int(found[0].value) // 10_000, int(found[0].value) // 100 % 100, int(found[0].value) % 100
    try:
        datetime.date(year, month or 1, day or 1)
    except ValueError:
        return ""
    return f"{year}-{month:02}-{day:02}".removesuffix("-00").removesuffix("-00")
