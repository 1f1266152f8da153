"""Lists of links on a web page: menus, tables of contents and recommendations are left out of its text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.sources.elements import Element, Table
from rag.sources.readers.markup.html_blocks import PagePart
from rag.sources.readers.markup.html_inline import LinkKind
from rag.text.lexicon import load_lexicon

_RELATED_HEADINGS = frozenset(load_lexicon("rag.sources", "html_related_headings"))
_CONTENTS_HEADINGS = ("目录", "目錄", "contents", "table of contents", "on this page", "本页目录")
_PAGER = re.compile(rf"(?:{'|'.join(map(re.escape, load_lexicon('rag.sources', 'html_pager_words')))})\b\W*", re.I)
_LINKS: tuple[LinkKind, ...] = ("away", "inside")  # of a block that consists of links
_MIN_CONTENTS = 3  # links to places in the page; fewer are references


def drop_link_lists(parts: Sequence[PagePart]) -> list[Element | Table]:
    """The elements of a page without those that only link to others.

    These are: links before the page's first heading of level 1, links under a heading such as 相关阅读 or `Related
    articles`, three or more links to places in the page one after the other, and links to the page before or after.
    """
    title = next((index for index, part in enumerate(parts) if _is_title(part)), 0)
    kept: list[Element | Table] = []
    index = 0
    while index < len(parts):
        end = _end_of_links(parts, index)
        if end > index:
            index = end
            continue
        part = parts[index]
        index += 1
        if not (part.link in _LINKS and index <= title) and not (part.link and _is_pager(part)):
            kept.append(part.element)
    return kept


def _end_of_links(parts: Sequence[PagePart], start: int) -> int:
    """The end of the list of links that begins here, with its heading; `start` if there is none."""
    heading = _heading_text(parts[start])
    first = start + (heading in _RELATED_HEADINGS or heading in _CONTENTS_HEADINGS)
    if heading in _RELATED_HEADINGS:
        end = _end_of_run(parts, first, _LINKS)
        return end if end > first else start
    end = _end_of_run(parts, first, ("inside",))
    return end if end - first >= _MIN_CONTENTS else start


def _end_of_run(parts: Sequence[PagePart], start: int, links: tuple[LinkKind, ...]) -> int:
    end = start
    while end < len(parts) and parts[end].link in links:
        end += 1
    return end


def _heading_text(part: PagePart) -> str:
    if isinstance(part.element, Table) or part.element.kind not in ("heading", "paragraph", "term"):
        return ""
    return part.element.text[:60].strip(" :：【】[]|>»·•").lower()


def _is_title(part: PagePart) -> bool:
    return isinstance(part.element, Element) and part.element.kind == "heading" and part.element.level == 1


def _is_pager(part: PagePart) -> bool:
    return isinstance(part.element, Element) and _PAGER.match(part.element.text) is not None
