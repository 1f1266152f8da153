"""Qualifiers that exclude each other: adults and children, weekdays and weekends, imports and exports."""

from __future__ import annotations

from collections.abc import Iterable

# the names of the groups of `lexicon/qualifiers.txt` that answer one question
_DIMENSIONS = tuple(frozenset(names.split()) for names in (
    "adult child infant student senior group family",
    "member non-member",
    "local foreign domestic",
    "undergraduate graduate doctoral",
    "weekend weekday holiday monday tuesday wednesday thursday friday",
    "summer winter spring autumn",
    "morning evening night",
    "peak off-peak",
    "minimum maximum average median",
    "net gross",
    "male female", "indoor outdoor", "urban rural", "full-time part-time", "temporary permanent",
    "first second third",
    "annual monthly weekly daily hourly quarterly",
    "online offline",
    "express ordinary", "single double", "upper lower", "east west south north", "main branch", "import export",
    "private public", "industrial agricultural", "retail wholesale", "front rear", "large medium small", "new used",
    "business economy",
    "nation world province",
))


def are_qualifiers_contrary(left: Iterable[str], right: Iterable[str]) -> bool:
    """Whether two sets of qualifiers give different answers to one question: weekday and weekend."""
    a, b = frozenset(left), frozenset(right)
    if ("former" in a) != ("former" in b):
        return True  # 由4个增加到6个: the number before the change
    return any(a & names and b & names and not a & b & names for names in _DIMENSIONS)
