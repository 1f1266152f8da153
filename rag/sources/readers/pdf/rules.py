"""Ruling lines of a PDF page: its lines and the sides of coloured areas turned into horizontal and vertical rules."""

from __future__ import annotations

from dataclasses import dataclass

from rag.sources.readers.pdf.graphics import Graphics, PageFrame

SNAP = 3.0  # points; lines that are nearer than this are one line (double frames, cells drawn one by one)
_MAX_RULES = 400  # horizontal or vertical lines of a page after joining; more of them are a drawing


@dataclass(frozen=True)
class Rule:
    """A horizontal or vertical line on the upright page: y (x) and its extent in the other direction."""

    position: float
    start: float
    end: float


@dataclass(frozen=True)
class Rules:
    horizontal: tuple[Rule, ...] = ()
    vertical: tuple[Rule, ...] = ()


def rules_of(graphics: Graphics, frame: PageFrame) -> Rules:
    """The ruling lines of a page, with touching lines joined; none if there are so many that they are a drawing."""
    horizontal: list[Rule] = []
    vertical: list[Rule] = []
    for line in graphics.lines + graphics.edges:
        left, top, right, bottom = frame.upright_box(line)
        if right - left >= bottom - top:
            horizontal.append(Rule((top + bottom) / 2, left, right))
        else:
            vertical.append(Rule((left + right) / 2, top, bottom))
    joined = _join_rules(horizontal), _join_rules(vertical)
    if max(len(rules) for rules in joined) > _MAX_RULES:
        return Rules()
    return Rules(*joined)


def _join_rules(rules: list[Rule]) -> tuple[Rule, ...]:
    """Rules of one position as one rule, where they touch."""
    joined: list[Rule] = []
    for group in _groups_by_position(rules):
        position = sum(rule.position for rule in group) / len(group)
        start, end = group[0].start, group[0].end
        for rule in sorted(group, key=lambda rule: rule.start):
            if rule.start > end + SNAP:
                joined.append(Rule(position, start, end))
                start, end = rule.start, rule.end
            start, end = min(start, rule.start), max(end, rule.end)
        joined.append(Rule(position, start, end))
    return tuple(joined)


def _groups_by_position(rules: list[Rule]) -> list[list[Rule]]:
    groups: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda rule: rule.position):
        if groups and rule.position - groups[-1][0].position <= SNAP:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    for group in groups:
        group.sort(key=lambda rule: rule.start)
    return groups
