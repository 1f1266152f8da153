"""The splitter: splits clean documents into passages of whole blocks, of bounded size, with stable ids."""

from __future__ import annotations

import datetime
import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from langchain_core.documents import Document

from rag.numbers.addresses import block_address
from rag.numbers.figures import find_figures, is_incidental
from rag.schema import Block, Slice
from rag.sources.blocks import decode_blocks, encode_blocks
from rag.sources.plain_structure import can_be_heading, is_heading_like
from rag.sources.recognised_text import Recognition, Span
from rag.text.language import sentence_spans
from rag.text.token_count import text_size

# in approximate tokens (`text_size`); chosen on the first eval set: larger passages blur the word statistics, smaller
# ones separate a list from the sentence that introduces it
MAX_PASSAGE_SIZE = 450
# a longer sentence is cut at a clause; written prose has none, but a line of a log file may be longer
MAX_SENTENCE_SIZE = 4 * MAX_PASSAGE_SIZE
SECTION_SEPARATOR = " › "
_MAX_LEAD_PARTS = 40  # of a passage: the heads of a wide table


@dataclass(frozen=True)
class _Unit:
    """A block that is not divided between passages if it is short enough, with its place in the document."""

    block: Block
    members: tuple[Block, ...]  # the block and, for a table row, its cells
    section: str
    section_number: int
    number: int  # within its section
    page: int  # the page on which it begins; 0 for a format without pages
    headings: tuple[Block, ...]  # outermost first

    @property
    def start(self) -> int:
        return self.block.start

    @property
    def end(self) -> int:
        return self.block.end

    @property
    def leads_on(self) -> bool:
        """Whether it says little without what follows it."""
        return self.block.kind in ("opening", "question", "caption")


def split(document: Document, source_id: str) -> list[Document]:
    """Passages in reading order; `document.page_content[start:end] == page_content` for each.

    Metadata: source_id, section (the headings above it, outermost first), section_number, first_paragraph,
    last_paragraph, page (0: none), start and end (offsets in characters), `blocks` (see `encode_blocks`), `lead` (parts
    of the document without which its first blocks say nothing, as text, start and end) and `addresses` (of its blocks
    and its headings); of a passage that text recognition read, `recognised` (true) and `doubts`, the parts of it, of
    its leads and of its headings that the recogniser doubts, as text, start and end. The id of a passage is stable: the
    same text in the same source keeps its id when it moves.
    """
    text = document.page_content
    starts = document.metadata.get("page_starts", [])
    occurrences: Counter[str] = Counter()
    recognition = Recognition.of_document(document)
    stated = [*_title_spans(document), *_date_spans(document)] if recognition else []
    passages = []
    for group, start, end in _group_units(text, _body_units(document, starts)):
        first, last = group[0], group[-1]
        passage = text[start:end]
        occurrences[passage] += 1
        blocks = [block for unit in group for block in unit.members]
        passages.append(Document(passage, id=_passage_id(source_id, passage, occurrences[passage]), metadata={
            "source_id": source_id,
            "section": first.section,
            "section_number": first.section_number,
            "first_paragraph": first.number,
            "last_paragraph": last.number,
            "page": _page_number(starts, start),
            "start": start,
            "end": end,
            "blocks": encode_blocks(blocks),
            "lead": [(part.text, part.start, part.end) for part in _outside_lead(blocks, start, end)],
            "addresses": _addresses(group),
            **(recognition.passage_metadata(text, (start, end), [*_lead_spans(group), *stated]) if recognition else {}),
        }))
    return passages


def _outside_lead(blocks: Sequence[Block], start: int, end: int) -> list[Slice]:
    """The leads of some blocks that are not in their passage, in the order of the document."""
    parts = {part for block in blocks for part in block.lead if not (start <= part.start and part.end <= end)}
    return sorted(parts, key=lambda part: part.start)[:_MAX_LEAD_PARTS]


def _addresses(group: Sequence[_Unit]) -> list[str]:
    blocks = (block for unit in group for block in (*unit.headings, *unit.members))
    return list(dict.fromkeys(block.number for block in blocks if block.number))


def _lead_spans(group: Sequence[_Unit]) -> list[Span]:
    """Where the leads and the headings of some units are."""
    headings = {(heading.start, heading.end) for unit in group for heading in unit.headings}
    leads = {(part.start, part.end) for unit in group for block in unit.members for part in block.lead}
    return sorted(headings | leads)


def _passage_id(source_id: str, text: str, nth: int) -> str:
    return hashlib.blake2b("\0".join((source_id, text, str(nth))).encode(), digest_size=10).hexdigest()


def _page_number(starts: Sequence[int], offset: int) -> int:
    return bisect_right(starts, offset)


def document_blocks(document: Document) -> tuple[Block, ...]:
    """The blocks of a clean document; for one that an older version cleaned, its lines and Markdown headings."""
    if encoded := document.metadata.get("blocks"):
        return decode_blocks(encoded)
    return tuple(_line_blocks(document.page_content, markdown=document.metadata.get("markup") == "markdown"))


_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")


def _line_blocks(text: str, *, markdown: bool) -> Iterator[Block]:
    for match in re.finditer(r"[^\n]*\S[^\n]*", text):
        line = match.group()
        start = match.start() + len(line) - len(line.lstrip())
        end = match.start() + len(line.rstrip())
        heading = _MARKDOWN_HEADING.match(text[start:end]) if markdown else None
        if heading:
            yield Block("heading", start + heading.start(2), start + heading.end(2), level=len(heading.group(1)))
        else:
            yield Block("paragraph", start, end)


_INSIDE_ROWS = ("head", "cell")


def _body_units(document: Document, starts: Sequence[int]) -> Iterator[_Unit]:
    """The blocks that have text of their own, with their section and page; a heading with nothing below it is one.

    A first heading of level 1 is the title, which is metadata, not a section, unless the document states another title.
    """
    text, blocks = document.page_content, document_blocks(document)
    stated_title = str(document.metadata.get("title") or "")
    path: list[Block] = []
    section_number, number = 0, 0
    has_title = False
    index = 0
    while index < len(blocks):
        block = blocks[index]
        index += 1
        if block.kind == "table":
            continue
        if block.kind == "heading":
            heading = text[block.start : block.end]
            is_title = block.level == 1 and not has_title and section_number == number == 0
            path = [*(above for above in path if above.level < block.level), block]
            if is_title and heading in (stated_title or heading):
                has_title, path = True, []
            else:
                section_number, number = section_number + 1, 0
            if _is_leaf(blocks, index) and not is_title:
                path = path[:-1]  # it is the text of the section above it
            elif _states_figure(heading):
                page = _page_number(starts, block.start)
                yield _Unit(block, (block,), _section_name(text, path), section_number, 0, page, tuple(path))
                continue
            else:
                continue
        members = [block]
        while index < len(blocks) and blocks[index].kind in _INSIDE_ROWS:
            members.append(blocks[index])
            index += 1
        number += 1
        page = _page_number(starts, block.start)
        yield _Unit(block, tuple(members), _section_name(text, path), section_number, number, page, tuple(path))


def _section_name(text: str, path: Sequence[Block]) -> str:
    return SECTION_SEPARATOR.join(text[heading.start : heading.end] for heading in path)


def _states_figure(heading: str) -> bool:
    """Whether a heading states a value, so that it can be an answer: `期望月薪一万八千元`, not `四大产业` or `2023年`."""
    address = block_address(heading)
    rest = heading[address.end :] if address else heading
    return any(
        figure.kind in ("amount", "percent") and figure.unit and not is_incidental(figure)
        for figure in find_figures(rest))


def _is_leaf(blocks: Sequence[Block], following: int) -> bool:
    """Whether the heading before `following` has nothing below it."""
    return following >= len(blocks) or (
        blocks[following].kind == "heading" and blocks[following].level <= blocks[following - 1].level)


def _group_units(text: str, units: Iterable[_Unit]) -> Iterator[tuple[list[_Unit], int, int]]:
    """Neighbouring units of one section and page up to MAX_PASSAGE_SIZE; a longer unit is cut at sentences.

    Yields the units of each passage, and its offsets. A line that leads to what follows it is not the last of a
    passage.
    """
    group: list[_Unit] = []
    for unit in units:
        if group and not _fits_group(text, group[0], unit):
            rest = _leading_rest(group) if _same_place(group[-1], unit) else 0
            yield from _cut_group(text, group[: len(group) - rest])
            group = group[len(group) - rest :]
            if group and not _fits_group(text, group[0], unit):
                yield from _cut_group(text, group)
                group = []
        group.append(unit)
    if group:
        yield from _cut_group(text, group)


def _same_place(unit: _Unit, other: _Unit) -> bool:
    return (unit.section_number, unit.page) == (other.section_number, other.page)


def _leading_rest(group: Sequence[_Unit]) -> int:
    """How many units at the end of a group only lead to what follows; never all of them."""
    count = 0
    while count + 1 < len(group) and group[-1 - count].leads_on:
        count += 1
    return count


def _fits_group(text: str, first: _Unit, unit: _Unit) -> bool:
    """True if a unit may be in one passage with `first` and all units between them."""
    if not _same_place(first, unit) or unit.end - first.start > 4 * MAX_PASSAGE_SIZE:
        return False
    return text_size(text[first.start : unit.end]) <= MAX_PASSAGE_SIZE


def _cut_group(text: str, group: list[_Unit]) -> Iterator[tuple[list[_Unit], int, int]]:
    start, last = group[0].start, group[-1].end
    total = text_size(text[start:last])
    if total <= MAX_PASSAGE_SIZE:
        yield group, start, last
        return
    # passages of about equal size are easier to read than full ones with a short rest
    target = total / -(-total // MAX_PASSAGE_SIZE)
    end, size, left, is_last = start, 0, total, False  # `left`: about the size of what has no passage yet
    for sentence_start, sentence_end in _bounded_sentences(text, start, last):
        added = text_size(text[end:sentence_end])
        if end > start and not is_last and _is_full(size, size + added, target):
            yield group, start, end
            left -= size
            start, end, size = sentence_start, sentence_start, 0
            added = text_size(text[end:sentence_end])
            # what fits into one passage stays together: a short last sentence would say nothing by itself
            is_last = left <= MAX_PASSAGE_SIZE and text_size(text[start:last]) <= MAX_PASSAGE_SIZE
        size, end = size + added, sentence_end
    yield group, start, end


def _is_full(size: int, size_with_next: int, target: float) -> bool:
    """True if a passage ends here: with the next sentence it would be too long, or farther from the target size."""
    return size_with_next > MAX_PASSAGE_SIZE or size >= target or size_with_next - target > target - size


_CLAUSE_END = re.compile(r"[；;，、 ]|,(?!\d)")


def _bounded_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The offsets of the sentences between two offsets; one above MAX_SENTENCE_SIZE is cut after a clause."""
    for span_start, span_end in sentence_spans(text[start:end]):
        left, right = span_start + start, span_end + start
        # a text of so many characters is longer than the limit, however many of them are ASCII
        while right - left > 4 * MAX_SENTENCE_SIZE or text_size(text[left:right]) > MAX_SENTENCE_SIZE:
            limit = left + MAX_PASSAGE_SIZE
            clause_ends = [mark.end() for mark in _CLAUSE_END.finditer(text, left, limit + 1) if mark.end() <= limit]
            cut = clause_ends[-1] if clause_ends else limit
            yield left, cut
            left = cut
        yield left, right


_TITLE_LINES = 12
_OPENING_KINDS = ("paragraph", "opening", "heading", "label", "note")


def find_title(document: Document) -> str:
    """The title of a document: from the file, its first heading of level 1, or the longest of its opening lines.

    Empty for a text that begins with its first paragraph, with a date or with a numbered chapter.
    """
    if stated_title := document.metadata.get("title"):
        return str(stated_title)
    text, blocks = document.page_content, document_blocks(document)[:_TITLE_LINES]
    headings = [
        block for block in blocks[:5]
        if block.kind == "heading" and block.level < _UNKNOWN_LEVEL and not block.number]
    if headings:
        return text[headings[0].start : headings[0].end]
    opening: list[str] = []
    has_body = False  # whether a paragraph follows the short lines at the beginning
    for block in blocks:
        line = text[block.start : block.end]
        if block.number or block.kind not in _OPENING_KINDS or not _is_opening_line(line):
            has_body = not block.number
            break
        if opening and line.startswith("——"):
            opening[-1] += line
        elif can_be_heading(line) and not _parse_date(line) and not _is_line_of_dates(line):
            opening.append(line)
    if has_body:
        return max(opening, key=len, default="")
    return opening[0] if opening and len(blocks) > 1 else ""  # a single line is the text itself


_UNKNOWN_LEVEL = 7


def _is_opening_line(line: str) -> bool:
    return is_heading_like(line) or line.startswith("——")


_ABOUT_DATES = re.compile(r"发布|实施|施行|印发|颁布|公布|生效|[自起于年月日\W\d]|\b(?:issued|effective|published|from|on)\b", re.I)


def _is_line_of_dates(line: str) -> bool:
    """True for a line that only says when a document was issued, 2022-07-11发布　2023-02-01实施, or what it replaces."""
    if re.match(r"(?:代替|替代)\s?[A-Z]|(?:replaces|supersedes) ", line, re.I):
        return True  # what a standard replaces stands above its name, too
    has_date = any(figure.kind == "date" for figure in find_figures(line))
    return has_date and not _ABOUT_DATES.sub("", "".join(re.split(r"[A-Z][a-z]+ (?=\d)", line)))


def find_date(document: Document) -> str:
    """The date of a document: from its front matter, or a full date alone on one of its first 24 lines."""
    if stated_date := document.metadata.get("date"):
        return str(stated_date)
    dates = (_parse_date(line.strip()) for line in document.page_content.split("\n")[:24])
    return next((date for date in dates if date), "")


def _title_spans(document: Document) -> list[Span]:
    """Where the title of a document is in its text; nowhere for one that the file states apart from it."""
    title = find_title(document)
    start = document.page_content.find(title) if title else -1
    return [(start, start + len(title))] if start >= 0 else []


def _date_spans(document: Document) -> list[Span]:
    """Where the lines are that may have given the document its date."""
    lines = re.finditer(r"[^\n]+", document.page_content)
    return [line.span() for line in islice(lines, 24) if _parse_date(line.group().strip())]


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
