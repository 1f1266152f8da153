"""The splitter: splits clean documents into passages of whole sentences, of bounded size, with stable ids."""

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

# in approximate tokens (`text_size`); chosen on the first eval set: larger passages blur the word statistics, smaller
# ones separate a list from the sentence that introduces it
MAX_PASSAGE_SIZE = 450
# a longer sentence is cut at a clause; written prose has none, but a line of a log file may be longer
MAX_SENTENCE_SIZE = 4 * MAX_PASSAGE_SIZE


@dataclass(frozen=True)
class _Paragraph:
    start: int
    end: int
    section: str
    section_number: int
    number: int  # within its section
    page: int  # the page on which it begins; 0 for a format without pages


def split(document: Document, source_id: str) -> list[Document]:
    """Passages in reading order; `document.page_content[start:end] == page_content` for each.

    Metadata: source_id, section, section_number, first_paragraph, last_paragraph, page (0: none), start and end
    (offsets in characters). The id of a passage is stable: the same text in the same source keeps its id when it moves.
    """
    text = document.page_content
    starts = document.metadata.get("page_starts", [])
    occurrences: Counter[str] = Counter()
    passages = []
    for first, last, start, end in _group_paragraphs(text, _body_paragraphs(document, starts)):
        passage = text[start:end]
        occurrences[passage] += 1
        passages.append(Document(passage, id=_passage_id(source_id, passage, occurrences[passage]), metadata={
            "source_id": source_id,
            "section": first.section,
            "section_number": first.section_number,
            "first_paragraph": first.number,
            "last_paragraph": last.number,
            "page": _page_number(starts, start),
            "start": start,
            "end": end,
        }))
    return passages


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
# short lines that are not headings: items, figures, remarks in brackets, labels with their values, table rows
_NOT_HEADING = re.compile(
    r"[-*•·●■◆] |[A-Za-z][)）]|[①-⑳㈠-㈩❶-❿]|[\d\W]+$|[（(][^（()）]*[)）]$"
    r"|(?!第|Chapter|Part|Section)[^：:]{1,20}[：:]\s*\S"
    rf"|.*\s\|\s|.*\S(?:\s+\S*\d\S*){{2}}$|[{HAN}]+(?:\s[{HAN}]+){{2,}}$", re.I)
_NUMBERED_ITEM = re.compile(r"[（(]?[一二三四五六七八九十\d]+[)）、.．]")


def is_heading(line: str, *, markdown: bool) -> bool:
    """True for `## 一、背景` in Markdown, and in plain text for a short line that does not end like a sentence."""
    if markdown:
        return bool(_MARKDOWN_HEADING.match(line))
    return len(line) <= _MAX_HEADING_LENGTH and not _LINE_END.search(line) and not _CAPTION.match(line)


@dataclass(frozen=True)
class _Line:
    start: int
    text: str
    level: int  # 1 to 6 for a heading in Markdown, 7 for one in plain text, 0 for body text
    heading: str = ""


def _document_lines(document: Document) -> list[_Line]:
    """The lines that are not blank, without white space around them; headings have their level."""
    lines: list[tuple[int, str]] = []
    for match in re.finditer(r"[^\n]+", document.page_content):
        line = match.group()
        if line.strip():
            lines.append((match.start() + len(line) - len(line.lstrip()), line.strip()))
    if document.metadata.get("markup") == "markdown":
        return list(_markdown_lines(document.page_content, lines))
    headings = _plain_headings([line for _, line in lines])
    return [
        _Line(start, line, 7, line) if index in headings else _Line(start, line, 0)
        for index, (start, line) in enumerate(lines)]


def _markdown_lines(text: str, lines: list[tuple[int, str]]) -> Iterator[_Line]:
    """Headings are `# 背景`, and 背景 with a line of = or - directly below it; lines between fences are code."""
    fence, underline_index = "", -1
    for index, (start, line) in enumerate(lines):
        below = gap = ""
        if index + 1 < len(lines):
            next_start, below = lines[index + 1]
            gap = text[start + len(line) : next_start]
        if fence or _FENCE.match(line):
            fence = "" if fence and line.startswith(fence) else fence or line[:3]
            yield _Line(start, line, 0)
        elif heading := _MARKDOWN_HEADING.match(line):
            yield _Line(start, line, len(heading.group(1)), heading.group(2))
        elif _UNDERLINE.fullmatch(below) and gap.count("\n") == 1 and _can_be_heading(line) and line[0] not in ">|+":
            underline_index = index + 1
            yield _Line(start, line, 1 if below[0] == "=" else 2, line)
        elif index != underline_index:
            yield _Line(start, line, 0)


def _plain_headings(lines: list[str]) -> set[int]:
    """The indexes of short lines before body text: single ones, and the second of two that are not both list items.

    A longer run of short lines, or a run at the end, is text in short lines. The lines before the first body paragraph
    are not headings either: they are title, author and imprint.
    """
    short = [is_heading(line, markdown=False) for line in lines]
    first_body = short.index(False) if False in short else len(lines)
    headings, run = set(), 0  # the number of short lines in a row
    for index in range(first_body, len(lines) - 1):
        run = run + 1 if short[index] else 0
        is_list = run == 2 and _NUMBERED_ITEM.match(lines[index]) and _NUMBERED_ITEM.match(lines[index - 1])
        if run in (1, 2) and not is_list and not short[index + 1] and _can_be_heading(lines[index]):
            headings.add(index)
    return headings


def _can_be_heading(line: str) -> bool:
    return is_heading(line, markdown=False) and not _NOT_HEADING.match(line)


def _body_paragraphs(document: Document, starts: list[int]) -> Iterator[_Paragraph]:
    """Body paragraphs with their section and page.

    A first `#` heading is the title, which is metadata, not a section, unless the document states another title.
    """
    section, section_number, number = "", 0, 0
    stated_title = document.metadata.get("title")
    has_title = False
    for line in _document_lines(document):
        if not line.level:
            number += 1
            end, page = line.start + len(line.text), _page_number(starts, line.start)
            yield _Paragraph(line.start, end, section, section_number, number, page)
            continue
        is_first = line.level == 1 and not has_title and section_number == number == 0
        if is_first and line.heading in str(stated_title or line.heading):
            has_title = True
        else:
            section, section_number, number = line.heading, section_number + 1, 0


def _group_paragraphs(text: str, paragraphs: Iterable[_Paragraph]) -> Iterator[tuple[_Paragraph, _Paragraph, int, int]]:
    """Neighbouring paragraphs of one section and page up to MAX_PASSAGE_SIZE; a longer paragraph is cut at sentences.

    Yields the first and the last paragraph of each passage, and its offsets.
    """
    first = last = None
    for paragraph in paragraphs:
        if first is not None and last is not None and not _fits_group(text, first, paragraph):
            yield from _cut_group(text, first, last)
            first = None
        first, last = first or paragraph, paragraph
    if first is not None and last is not None:
        yield from _cut_group(text, first, last)


def _fits_group(text: str, first: _Paragraph, paragraph: _Paragraph) -> bool:
    """True if a paragraph may be in one passage with `first` and all paragraphs between them."""
    if (paragraph.section_number, paragraph.page) != (first.section_number, first.page):
        return False
    return text_size(text[first.start : paragraph.end]) <= MAX_PASSAGE_SIZE


def _cut_group(text: str, first: _Paragraph, last: _Paragraph) -> Iterator[tuple[_Paragraph, _Paragraph, int, int]]:
    total = text_size(text[first.start : last.end])
    if total <= MAX_PASSAGE_SIZE:
        yield first, last, first.start, last.end
        return
    # passages of about equal size are easier to read than full ones with a short rest
    target = total / -(-total // MAX_PASSAGE_SIZE)
    start = end = first.start
    for sentence_start, sentence_end in _bounded_sentences(text, first.start, last.end):
        if end > start and _is_full(text_size(text[start:end]), text_size(text[start:sentence_end]), target):
            yield first, last, start, end
            start = sentence_start
        end = sentence_end
    yield first, last, start, end


def _is_full(size: int, size_with_next: int, target: float) -> bool:
    """True if a passage ends here: with the next sentence it would be too long, or farther from the target size."""
    return size_with_next > MAX_PASSAGE_SIZE or size >= target or size_with_next - target > target - size


_CLAUSE_END = re.compile(r"[；;，、 ]|,(?!\d)")


def _bounded_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The offsets of the sentences between two offsets; one above MAX_SENTENCE_SIZE is cut after a clause."""
    for span_start, span_end in sentence_spans(text[start:end]):
        left, right = span_start + start, span_end + start
        while text_size(text[left:right]) > MAX_SENTENCE_SIZE:
            limit = left + MAX_PASSAGE_SIZE
            clause_ends = [mark.end() for mark in _CLAUSE_END.finditer(text, left, limit + 1) if mark.end() <= limit]
            cut = clause_ends[-1] if clause_ends else limit
            yield left, cut
            left = cut
        yield left, right


def find_title(document: Document) -> str:
    """The title of a document: from its front matter, its first `#` heading, or the longest of its opening lines.

    Empty for a text that begins with its first paragraph.
    """
    if stated_title := document.metadata.get("title"):
        return str(stated_title)
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
    """The date of a document: from its front matter, or a full date alone on one of its first 24 lines."""
    if stated_date := document.metadata.get("date"):
        return str(stated_date)
    dates = (_parse_date(line.strip()) for line in document.page_content.split("\n")[:24])
    return next((date for date in dates if date), "")


def _parse_date(line: str) -> str:
    """2024年6月3日 → 2024-06-03, June 2024 → 2024-06; empty if the line is not a valid date."""
    figures = find_figures(line)
    if len(figures) != 1 or figures[0].kind != "date" or figures[0].text != line or figures[0].value <= 19_000_000:
        return ""
    digits = int(figures[0].value)  # 20240603
    year, month, day = digits // 10_000, digits // 100 % 100, digits % 100
    try:
        datetime.date(year, month or 1, day or 1)
    except ValueError:
        return ""
    return f"{year}-{month:02}-{day:02}".removesuffix("-00").removesuffix("-00")
