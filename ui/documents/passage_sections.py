"""Passage sections: the headings above a passage, as they are shown beside the title of its document."""

from __future__ import annotations

import unicodedata

from rag.sources.split import SECTION_SEPARATOR


def section_below_title(section: str, title: str) -> str:
    """The section without headings that repeat the title, which is shown beside it.

    `年报（2023） › 一、运营` under the title `年报 2023` → `一、运营`; a sheet `Purchases` in `Purchases` → nothing.
    """
    headings = section.split(SECTION_SEPARATOR)
    return SECTION_SEPARATOR.join(heading for heading in headings if not is_same_heading(heading, title))


def is_same_heading(heading: str, title: str) -> bool:
    """The two have the same letters and digits, whatever their brackets, spaces and marks."""
    return _letters(heading) == _letters(title) != ""


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
