"""A clean document becomes passages: whole sentences of one section, of bounded size, with stable ids."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from langchain_core.documents import Document

from rag.text.figures import figures
from rag.text.language import sentences
from rag.text.tokens import size

# in about-tokens (see tokens.size); chosen on the start set: larger passages blur the word statistics, smaller ones
# tear lists from the sentence that names them
LARGEST = 450
# a sentence beyond this is cut at a clause: no publisher's sentence is that long, a log file's line may be
LONGEST_SENTENCE = 4 * LARGEST


@dataclass(frozen=True)
class _Paragraph:
    start: int
    end: int
    section: str
    section_number: int
    number: int  # within its section


def split(document: Document, source_id: str) -> list[Document]:
    """Passages in reading order; `document.page_content[start:end] == page_content` for each.

    Metadata: source_id, section, section_number, first_paragraph, last_paragraph, page (0: none), start, end; the
    Document's id is stable: the same text in the same source has the same id wherever it moves to.
    """
    text = document.page_content
    seen: Counter[str] = Counter()
    out = []
    for group in _groups(text, list(_paragraphs(text, markdown=document.metadata.get("markup") == "markdown"))):
        first, last, start, end = group
        piece = text[start:end]
        seen[piece] += 1
        out.append(Document(piece, id=_identity(source_id, piece, seen[piece]), metadata={
            "source_id": source_id,
            "section": first.section,
            "section_number": first.section_number,
            "first_paragraph": first.number,
            "last_paragraph": last.number,
            "page": _page(document.metadata.get("page_starts", []), start),
            "start": start,
            "end": end,
        }))
    return out


def _identity(source_id: str, piece: str, nth: int) -> str:
    return hashlib.blake2b("\0".join((source_id, piece, str(nth))).encode(), digest_size=10).hexdigest()


def _page(starts: list[int], offset: int) -> int:
    return sum(start <= offset for start in starts)


_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_TERMINAL = re.compile(r"[。！？!?；;：:.…，,][”’」』）)\"'\]]*$")
_LONGEST_HEADING = 40
_CAPTION = re.compile(r"(?:图|表|Fig(?:ure)?\.?|Table)\s*\d+", re.I)


def is_heading(line: str, *, markdown: bool) -> bool:
    """`## 一、背景` in Markdown; in plain text a short line that ends like no sentence."""
    if markdown:
        return bool(_MARKDOWN_HEADING.match(line))
    return len(line) <= _LONGEST_HEADING and not _TERMINAL.search(line) and not _CAPTION.match(line)


def _paragraphs(text: str, *, markdown: bool) -> Iterator[_Paragraph]:
    """Body paragraphs with their section; of plain text, the lines before the first body paragraph count as body."""
    section, section_number, number = "", 0, 0
    body_seen = markdown
    for line in re.finditer(r"[^\n]+", text):
        content = line.group().strip()
        if not content:
            continue
        if is_heading(content, markdown=markdown) and body_seen:
            heading = _MARKDOWN_HEADING.match(content) if markdown else None
            if heading and len(heading.group(1)) == 1 and section_number == 0 and number == 0:
                continue  # the title, which travels as metadata
            section, section_number, number = heading.group(2) if heading else content, section_number + 1, 0
            continue
        body_seen = body_seen or not is_heading(content, markdown=markdown)
        number += 1
        lead = len(line.group()) - len(line.group().lstrip())
        yield _Paragraph(line.start() + lead, line.start() + lead + len(content), section, section_number, number)


def _groups(text: str, paragraphs: list[_Paragraph]) -> Iterator[tuple[_Paragraph, _Paragraph, int, int]]:
    """Neighbouring paragraphs of one section packed up to LARGEST; a longer paragraph cut between sentences."""
    first = last = None
    for paragraph in paragraphs:
        fits = first is not None and paragraph.section_number == first.section_number and size(
            text[first.start : paragraph.end]) <= LARGEST
        if first is not None and last is not None and not fits:
            yield from _pieces(text, first, last)
            first = None
        first, last = first or paragraph, paragraph
    if first is not None and last is not None:
        yield from _pieces(text, first, last)


def _pieces(text: str, first: _Paragraph, last: _Paragraph) -> Iterator[tuple[_Paragraph, _Paragraph, int, int]]:
    whole = size(text[first.start : last.end])
    if whole <= LARGEST:
        yield first, last, first.start, last.end
        return
    # pieces of about equal size read better than full ones and a crumb
    target = whole / -(-whole // LARGEST)
    start = end = first.start
    for begin, stop in _bounded_sentences(text, first.start, last.end):
        grown = size(text[start:stop])
        if end > start and (grown > LARGEST or size(text[start:end]) >= target or grown - target > target - size(text[start:end])):
            yield first, last, start, end
            start = begin
        end = stop
    yield first, last, start, end


def _bounded_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for a, b in sentences(text[start:end]):
        a, b = a + start, b + start
        while size(text[a:b]) > LONGEST_SENTENCE:
            window = text[a : a + LARGEST]
            cut = a + (max(window.rfind(mark) for mark in "；;，,、 ") + 1 or len(window))
            yield a, cut
            a = cut
        yield a, b


def title_of(document: Document) -> str:
    """The title that a document states or shows: front matter, a first `#` heading, or the longest of its opening lines.

    Empty where a text begins with its first paragraph.
    """
    if stated := document.metadata.get("title"):
        return str(stated)
    markdown = document.metadata.get("markup") == "markdown"
    lines = [line.strip() for line in document.page_content.split("\n") if line.strip()]
    if markdown:
        heading = next((m for line in lines[:5] if (m := _MARKDOWN_HEADING.match(line))), None)
        return heading.group(2) if heading else ""
    opening: list[str] = []
    for line in lines[:12]:
        if not is_heading(line, markdown=False) and not line.startswith("——"):
            break
        if opening and line.startswith("——"):
            opening[-1] += line
        else:
            opening.append(line)
    return max(opening, key=len, default="")


def date_of(document: Document) -> str:
    """The date that a document states: front matter, or a full date that stands alone among its opening lines."""
    if stated := document.metadata.get("date"):
        return str(stated)
    for line in document.page_content.split("\n")[:24]:
        found = figures(line.strip())
        if len(found) == 1 and found[0].kind == "date" and found[0].text == line.strip() and found[0].value > 19_000_000:
            value = int(found[0].value)
            return f"{value // 10_000}-{value // 100 % 100:02}-{value % 100:02}".removesuffix("-00")
    return ""
