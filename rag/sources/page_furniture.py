"""Page furniture: running headers and footers, page numbers and bare URLs, which are removed from extracted pages."""

from __future__ import annotations

import re
from collections import Counter

SENTENCE_END = re.compile(r"[。！？!?；;：:.…][”’」』）)\"'\]]*$")  # a line that ends a sentence or clause

_URL = re.compile(r"\s*(?:https?://|www\.)\S+\s*")
_PAGE_MARK = re.compile(
    r"\s*(?:[-–—·]\s*\d{1,4}\s*[-–—·]|第\s*\d+\s*页(?:\s*[,，/]?\s*共\s*\d+\s*页)?"
    r"|page\s+\d+(?:\s+of\s+\d+)?)\s*", re.I)
_BARE_NUMBER = re.compile(r"\s*(?:[-–—·.]?\s*\d{1,4}\s*[-–—·.]?|\d+\s*/\s*\d+)\s*")
# a number at the edge of a line may be the page number; a year is not
_EDGE_NUMBER = re.compile(
    r"^\W*(?:第|page|p\.)?\s*(?!(?:19|20)\d\d(?!\d))(\d{1,4})(?![\d.,%年])"
    r"|(?<![\d.,])(?!(?:19|20)\d\d(?!\d))(\d{1,4})\s*页?\W*$", re.I)


def remove_furniture(pages: list[str]) -> list[list[str]]:
    """The lines of each page, without running headers and footers, page numbers and lines that are a URL."""
    running = _running_lines(pages)
    cleaned: list[list[str]] = []
    for number, page in enumerate(pages):
        lines = [line for line in page.split("\n") if not _URL.fullmatch(line) and not _PAGE_MARK.fullmatch(line)]
        cleaned.append(_remove_page_numbers([line for line in lines if not _line_variants(line, number) & running]))
    return cleaned


def _running_lines(pages: list[str]) -> set[str]:
    """Lines at the top or bottom of at least three pages and half of all pages; their page numbers may differ."""
    counts: Counter[str] = Counter()
    for number, page in enumerate(pages):
        lines = [line for line in page.split("\n") if line.strip()]
        counts.update({variant for line in lines[:2] + lines[-2:] for variant in _line_variants(line, number)})
    return {variant for variant, n in counts.items() if n >= 3 and 2 * n >= len(pages)}


def _line_variants(line: str, page: int) -> set[str]:
    """The line, and the line with a number at its edge relative to the page: `Report 12` on page 2 → `Report +10`."""
    line = line.strip()
    variants = {line} if line else set()
    for number in _EDGE_NUMBER.finditer(line):
        start, end = number.span(number.lastindex or 0)
        variants.add(f"{line[:start]}{int(line[start:end]) - page:+}{line[end:]}")
    return variants


def _remove_page_numbers(lines: list[str]) -> list[str]:
    """Remove a number that is alone on a line if it is first or last on the page or no sentence is open before it."""
    with_text = [index for index, line in enumerate(lines) if line.strip()]
    remaining: list[str] = []
    is_open = False  # whether a sentence is open at the end of the previous line
    for index, line in enumerate(lines):
        if _BARE_NUMBER.fullmatch(line) and (index in (with_text[0], with_text[-1]) or not is_open):
            continue
        if line.strip():
            is_open = not SENTENCE_END.search(line.strip())
        remaining.append(line)
    return remaining
