"""Titles that people give to sources: on one line, without characters that cannot be seen."""

from __future__ import annotations

from rag.schema import HuwenError

_MAX_LENGTH = 300  # characters; a longer title fills the lists in which it is shown


class BadTitle(HuwenError):
    """A title that cannot be given to a source."""


def clean_title(title: str) -> str:
    """A title without line breaks, control characters and signs of direction.

    >>> clean_title(" 年度\\u202e报告\\n2024 ")
    '年度 报告 2024'

    Raises:
        BadTitle: nothing is left, or it is far too long.
    """
    visible = "".join(character if character.isprintable() else " " for character in title)
    cleaned = " ".join(visible.split())
    if not cleaned or len(cleaned) > _MAX_LENGTH:
        state = "is empty" if not cleaned else f"has {len(cleaned)} characters"
        raise BadTitle(f"the new title {state}; give one of 1 to {_MAX_LENGTH} characters")
    return cleaned
