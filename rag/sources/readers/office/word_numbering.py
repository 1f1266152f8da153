"""Automatic numbers of a Word document: the number or bullet that Word shows before a paragraph of a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.sources.readers.office.number_formats import format_number
from rag.sources.readers.office.word_styles import Style, StyleSheet
from rag.sources.readers.office.xml import Node, attribute, child, children, is_on, parse_integer, value_at

BULLET = "•"
_LEVELS = 9  # of a list in Word
_MAX_TEXT_LENGTH = 60  # characters of the text around a number; more is no number, and repeats with each paragraph


@dataclass(frozen=True)
class ListLevel:
    """One level of a list: `text` has `%1` for the number of the first level, `%2` for that of the second."""

    format: str = "decimal"
    text: str = ""
    start: int = 1
    restart: int | None = None  # the level, counted from 1, after which it starts again; 0: never; None: any above it
    is_decimal: bool = False  # all its numbers are decimal, whatever their formats (`w:isLgl`)
    style: str = ""  # the id of the paragraph style that belongs to it


@dataclass(frozen=True)
class _List:
    """A list (`w:num`): the id of its definition, by which lists share their count, and its levels."""

    definition: str
    levels: tuple[ListLevel, ...]
    restarts: dict[int, int]  # the number with which a level starts in this list


class Numbering:
    """The lists of a document and their counts; from the root of `numbering.xml`, None for a document without one."""

    def __init__(self, root: Node | None, styles: StyleSheet) -> None:
        self._definitions = {attribute(node, "w:abstractNumId"): node for node in children(root, "w:abstractNum")}
        self._nodes = {attribute(node, "w:numId"): node for node in children(root, "w:num")}
        self._styles = styles
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._restarted: set[tuple[str, int]] = set()

    def place(self, properties: Node | None, style: Style) -> tuple[str, int]:
        """The id of a paragraph's list and its level there, from 0, by its `w:pPr` and style; an empty id: no list."""
        own = child(properties, "w:numPr")
        list_id = value_at(own, "w:numId") or style.list_id
        if list_id not in self._nodes:  # 0 takes a paragraph out of the list of its style
            return "", 0
        level = value_at(own, "w:ilvl")
        if level:
            return list_id, _bounded_level(parse_integer(level))
        return list_id, self._level_of_style(list_id, value_at(properties, "w:pStyle"), style.list_level or 0)

    def next_marker(self, list_id: str, level: int) -> str:
        """Counts one paragraph at a level of a list, and returns its marker: `3.`, `第四条`, `（二）`, `•`, or nothing."""
        found = self._list(list_id)
        counts = self._counts.setdefault(found.definition, [None] * _LEVELS)
        start = found.levels[level].start
        if level in found.restarts and (list_id, level) not in self._restarted:
            self._restarted.add((list_id, level))
            counts[level], start = None, found.restarts[level]
        before = counts[level]
        counts[level] = start if before is None else before + 1
        for deeper in range(level + 1, _LEVELS):
            restart = found.levels[deeper].restart
            if restart is None or level < restart:
                counts[deeper] = None
        return _written_marker(found.levels, level, counts)

    def _level_of_style(self, list_id: str, style_id: str, default: int) -> int:
        levels = self._list(list_id).levels
        linked = (place for place, level in enumerate(levels) if style_id and level.style == style_id)
        return next(linked, _bounded_level(default))

    def _list(self, list_id: str) -> _List:
        if list_id not in self._lists:
            self._lists[list_id] = self._read_list(self._nodes[list_id])
        return self._lists[list_id]

    def _read_list(self, node: Node) -> _List:
        definition = value_at(node, "w:abstractNumId")
        levels = [ListLevel()] * _LEVELS
        _read_levels(self._definition(definition), levels)
        restarts = {}
        for change in children(node, "w:lvlOverride"):
            place = _bounded_level(parse_integer(attribute(change, "w:ilvl")))
            _read_levels(change, levels)
            if start := value_at(change, "w:startOverride"):
                restarts[place] = parse_integer(start, 1)
        return _List(definition, tuple(levels), restarts)

    def _definition(self, definition: str) -> Node | None:
        """The definition (`w:abstractNum`) with this id; if it only names a list style, the definition of that."""
        node = self._definitions.get(definition)
        link = value_at(node, "w:numStyleLink")
        linked = self._nodes.get(self._styles.style(link).list_id) if link else None
        return node if linked is None else self._definitions.get(value_at(linked, "w:abstractNumId"), node)


def _read_levels(node: Node | None, levels: list[ListLevel]) -> None:
    """Put the levels that a definition or an override has into their places."""
    for level in children(node, "w:lvl"):
        place = _bounded_level(parse_integer(attribute(level, "w:ilvl")))
        restart = value_at(level, "w:lvlRestart")
        levels[place] = ListLevel(
            _format_name(level), value_at(level, "w:lvlText"), parse_integer(value_at(level, "w:start"), 0),
            parse_integer(restart) if restart else None, is_on(child(level, "w:isLgl")), value_at(level, "w:pStyle"))


def _format_name(level: Node) -> str:
    # newer formats are given twice, the second time for older programs
    return value_at(level, "w:numFmt") or value_at(level, "mc:AlternateContent/mc:Fallback/w:numFmt", "decimal")


def _bounded_level(level: int) -> int:
    return min(max(level, 0), _LEVELS - 1)


def _written_marker(levels: Sequence[ListLevel], level: int, counts: Sequence[int | None]) -> str:
    own = levels[level]
    if own.format == "bullet":
        return BULLET
    text = own.text if len(own.text) <= _MAX_TEXT_LENGTH else f"%{level + 1}."

    def write_number(place: re.Match[str]) -> str:
        position = int(place[1]) - 1
        count = counts[position]
        number = levels[position].start if count is None else count  # a level that no paragraph had yet
        return format_number(number, "decimal" if own.is_decimal else levels[position].format)

    return _PLACE.sub(write_number, text).strip()


_PLACE = re.compile(r"%([1-9])")
