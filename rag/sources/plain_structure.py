"""Structure of plain text: headings, items and tables that only their lines show turned into elements."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.numbers.addresses import block_address
from rag.sources.elements import Element, Table, table_of_texts
from rag.sources.line_roles import is_label
from rag.sources.paragraphs import JoinedParagraph
from rag.text.language import HAN

_LINE_END = re.compile(r"[。！？!?；;：:.…，,][”’」』）)\"'\]]*$")
_LONGEST_HEADING = 40
_CAPTION = re.compile(r"(?:图|表|Fig(?:ure)?\.?|Table)\s*\d+", re.I)
# short lines that are not headings: items, figures, remarks in brackets, labels with their values, table rows
_NOT_HEADING = re.compile(
    r"[-*•·●■◆] |[A-Za-z][)）]|[①-⑳㈠-㈩❶-❿]|[\d\W]+$|[（(][^（()）]*[)）]$"
    r"|(?!第|Chapter|Part|Section)[^：:]{1,20}[：:]\s*\S"
    rf"|.*\s\|\s|.*\S(?:\s+\S*\d\S*){{2}}$|[{HAN}]+(?:\s[{HAN}]+){{2,}}$", re.I)
_NUMBERED_ITEM = re.compile(r"[（(]?[一二三四五六七八九十\d]+[)）、.．]")
_BULLET = re.compile(r"[-*•·●■◆▪‣○□–]\s+(?=\S)|[•●■◆▪‣]\s*(?=\S)")
_BAR_ROW = re.compile(r"\|?[^|\n]*(?:\|[^|\n]*)+\|?")
_RULE_SIGNS = frozenset(" \t:|+-")  # of the line below the heads of a table with bars
_GAP = re.compile(r"\s{2,}|\t+")


def find_structure(paragraphs: Sequence[JoinedParagraph]) -> list[Element | Table]:
    """Elements for the paragraphs of an extracted or plain text, in order."""
    texts = [paragraph.text for paragraph in paragraphs]
    headings = find_headings(texts)
    elements: list[Element | Table] = []
    index = 0
    while index < len(paragraphs):
        rows = _bar_rows(texts, index)
        if len(rows) > 1:
            cells = [_split_bars(row) for row in rows if not ("-" in row and _RULE_SIGNS.issuperset(row))]
            elements.append(table_of_texts(cells, page=paragraphs[index].page))
            index += len(rows)
            continue
        paragraph = paragraphs[index]
        if paragraph.is_close and index - 1 not in headings and _continues_group(elements, texts[index]):
            last = elements[-1]
            assert isinstance(last, Element)
            elements[-1] = Element("paragraph", f"{last.text}\n{paragraph.text}", 0, "", last.page, last.page_breaks)
        else:
            elements.append(_element(paragraph, is_heading=index in headings))
        index += 1
    return elements


def _element(paragraph: JoinedParagraph, *, is_heading: bool) -> Element:
    if is_heading:
        return Element("heading", paragraph.text, page=paragraph.page, page_breaks=paragraph.page_breaks)
    if bullet := _BULLET.match(paragraph.text):
        breaks = tuple((max(0, offset - bullet.end()), page) for offset, page in paragraph.page_breaks)
        return Element("item", paragraph.text[bullet.end() :], 1, "•", paragraph.page, breaks)
    return Element("paragraph", paragraph.text, 0, "", paragraph.page, paragraph.page_breaks)


def _continues_group(elements: Sequence[Element | Table], line: str) -> bool:
    """Whether a short line directly below the last element belongs to the same group of lines."""
    last = elements[-1] if elements else None
    if not isinstance(last, Element) or last.kind != "paragraph" or _BULLET.match(line):
        return False
    above = last.text.rsplit("\n", 1)[-1]
    return len(above) <= _LONGEST_GROUP_LINE and len(last.text) <= _LONGEST_GROUP and not block_address(line)


_LONGEST_GROUP_LINE, _LONGEST_GROUP = 72, 2_000  # characters


def _bar_rows(texts: Sequence[str], index: int) -> list[str]:
    """The lines from `index` on that are rows of a table with bars between its cells."""
    rows: list[str] = []
    for text in (texts[i] for i in range(index, len(texts))) if "|" in texts[index] else ():
        if not _BAR_ROW.fullmatch(text) or (rows and text.count("|") != rows[0].count("|")):
            break
        rows.append(text)
    return rows


def _split_bars(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().removeprefix("|").removesuffix("|").split("|")]


def is_heading_like(line: str) -> bool:
    """True for a short line of plain text that does not end like a sentence."""
    return len(line) <= _LONGEST_HEADING and not _LINE_END.search(line) and not _CAPTION.match(line)


def can_be_heading(line: str) -> bool:
    """True for a line that may be a heading: short, and no item, label, figure or table row."""
    return is_heading_like(line) and not _NOT_HEADING.match(line)


def find_headings(lines: Sequence[str]) -> set[int]:
    """The indexes of short lines before body text: single ones, and the second of two that are not both list items.

    A longer run of short lines, or a run at the end, is text in short lines. The lines before the first body paragraph
    are not headings either: they are title, author and imprint. A line that begins with the number of a chapter, a
    section or a clause is a heading wherever it stands.
    """
    short = [is_heading_like(line) for line in lines]
    first_body = short.index(False) if False in short else len(lines)
    headings = {index for index, line in enumerate(lines) if short[index] and _is_numbered_heading(line)}
    run = 0  # the number of short lines in a row
    for index in range(first_body, len(lines) - 1):
        run = run + 1 if short[index] else 0
        is_list = run == 2 and _NUMBERED_ITEM.match(lines[index]) and _NUMBERED_ITEM.match(lines[index - 1])
        if run in (1, 2) and not is_list and not short[index + 1] and can_be_heading(lines[index]):
            headings.add(index)
    return headings


def _is_numbered_heading(line: str) -> bool:
    """True for 第三章 船家的女儿, `Chapter 4`, `11.5.14 阻燃试验`."""
    address = block_address(line)
    if address is None or is_label(line):
        return False
    return address.unit in ("part", "chapter", "section") or (address.unit == "number" and "." in address.number)
