"""Pages as extracted become pages without furniture: no running headers and footers, page numbers or bare URLs."""

from __future__ import annotations

import re
from collections import Counter

SENTENCE_END = re.compile(r"[。！？!?；;：:.…][”’」』）)\"'\]]*$")  # of a line that ends a sentence or clause

_URL = re.compile(r"\s*(?:https?://|www\.)\S+\s*")
_PAGE_MARK = re.compile(
    r"\s*(?:[-–—·]\s*\d{1,4}\s*[-–—·]|第\s*\d+\s*页(?:\s*[,，/]?\s*共\s*\d+\s*页)?|page\s+\d+(?:\s+of\s+\d+)?)\s*", re.I)
_BARE_NUMBER = re.compile(r"\s*(?:[-–—·.]?\s*\d{1,4}\s*[-–—·.]?|\d+\s*/\s*\d+)\s*")
# a number at a line's edge may be the page's; a year is not
_EDGE_NUMBER = re.compile(
    r"^\W*(?:第|page|p\.)?\s*(?!(?:19|20)\d\d(?!\d))(\d{1,4})(?![\d.,%年])"
    r"|(?<![\d.,])(?!(?:19|20)\d\d(?!\d))(\d{1,4})\s*页?\W*$", re.I)


def remove_furniture(pages: list[str]) -> list[list[str]]:
    """The lines of each page, without running headers and footers, page numbers and lines that are a URL."""
    running = _running_lines(pages)
    return [
        _remove_page_numbers([
            line for line in page.split("\n")
            if not _URL.fullmatch(line) and not _PAGE_MARK.fullmatch(line) and not _line_variants(line, number) & running])
        for number, page in enumerate(pages)]


def _running_lines(pages: list[str]) -> set[str]:
    """Lines that stand first or last on at least three pages and on half of them, the page's own number disregarded."""
    seen: Counter[str] = Counter()
    for number, page in enumerate(pages):
        lines = [line for line in page.split("\n") if line.strip()]
        seen.update({reading for line in lines[:2] + lines[-2:] for reading in _line_variants(line, number)})
    return {reading for reading, n in seen.items() if n >= 3 and 2 * n >= len(pages)}


def _line_variants(line: str, page: int) -> set[str]:
    """The line as it stands, and with a number at its edge read from the page's: `Report 12` on page 2 → `Report +10`."""
    line = line.strip()
    readings = {line} if line else set()
    for number in _EDGE_NUMBER.finditer(line):
        start, end = number.span(number.lastindex or 0)
        readings.add(f"{line[:start]}{int(line[start:end]) - page:+}{line[end:]}")
    return readings


def _remove_page_numbers(lines: list[str]) -> list[str]:
    """A number alone on a line goes where it is first or last on the page, or where no sentence is open before it."""
    told = [at for at, line in enumerate(lines) if line.strip()]
    kept: list[str] = []
    open_before = False
    for at, line in enumerate(lines):
        if _BARE_NUMBER.fullmatch(line) and (at in (told[0], told[-1]) or not open_before):
            continue
        open_before = not SENTENCE_END.search(line.strip()) if line.strip() else open_before
        kept.append(line)
    return kept
