"""Charts and diagrams of office files: a chart as a table of its categories and values, a diagram as its texts."""

from __future__ import annotations

import re

from rag.sources.elements import Table, table_of_texts
from rag.sources.readers.office.xml import Node, attribute, child, children, descendants, parse_integer, short_name

_MAX_POINTS = 500  # of a series; a chart with more is a drawing of measurements
_MAX_SERIES = 30


def chart_table(chart: Node, page: int = 0) -> Table:
    """A chart (`c:chartSpace`) as a table with a row for each category and a column for each series.

    The values are those that the file keeps of its data sheet. A table without rows: there are none, or too many, or
    the series have different categories.
    """
    series = [node for node in descendants(chart, "c:ser")]
    if not 0 < len(series) <= _MAX_SERIES:
        return Table(())
    categories = [_points(child(node, "c:cat")) for node in series]
    values = [_points(child(node, "c:val")) for node in series]
    if not categories[0] or any(other and other != categories[0] for other in categories) or not any(values):
        return Table(())
    names = [" ".join(_points(child(node, "c:tx")).values()) for node in series]
    rows = [[label, *(points.get(place, "") for points in values)] for place, label in categories[0].items()]
    return table_of_texts([["", *names], *rows], _chart_title(chart), page)


def _chart_title(chart: Node) -> str:
    title = child(chart, "c:chart/c:title")
    return "" if title is None else "".join(part.text or "" for part in descendants(title, "a:t")).strip()


def _points(node: Node | None) -> dict[int, str]:
    """The texts of the points of categories, values or a name, by their place; empty if there are too many."""
    if node is None:
        return {}
    points: dict[int, str] = {}
    # of categories in several levels, such as month within year, the innermost
    levels = [*descendants(node, "c:lvl")][:1] or [node]
    form = next((part.text or "" for part in descendants(node, "c:formatCode")), "")
    for point in descendants(levels[0], "c:pt"):
        if len(points) == _MAX_POINTS:
            return {}
        text = next((part.text or "" for part in descendants(point, "c:v")), "")
        points[parse_integer(attribute(point, "idx"))] = _shown_number(text.strip(), form)
    return points


def _shown_number(text: str, form: str) -> str:
    """A value as its number format shows it, for the formats of shares; other values without the noise of doubles.

    >>> _shown_number("0.061", "0.0%"), _shown_number("4.3600000000000003", "General")
    ('6.1%', '4.36')
    """
    if not _NUMBER.fullmatch(text):
        return text
    if percent := re.fullmatch(r"0(?:\.(0+))?%", form):
        return f"{float(text):.{len(percent[1] or '')}%}"
    return f"{float(text):.15g}" if len(text) > _EXACT_DIGITS else text


_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?")
_EXACT_DIGITS = 15  # a double has no more


def diagram_texts(diagram: Node) -> list[str]:
    """The texts of the shapes of a diagram (SmartArt), in the order of its outline."""
    texts = []
    for point in children(diagram, "dgm:ptLst/dgm:pt"):
        if attribute(point, "type", "node") in ("node", "asst"):
            words = " ".join("".join(part.text or "" for part in descendants(line, "a:t")) for line in _lines(point))
            texts.append(words.strip())
    return [text for text in texts if text]


def _lines(point: Node) -> list[Node]:
    return [line for line in children(point, "dgm:t/*") if short_name(line) == "a:p"]
