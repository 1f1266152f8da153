"""Styles of a Word document: what a paragraph or a run inherits from its styles, such as an outline level."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.sources.readers.office.xml import (
    Node,
    attribute,
    child,
    children,
    is_on,
    is_set,
    parse_integer,
    short_name,
    value_at,
)

_MAX_CHAIN = 32  # styles that are based on one another; Word's own limit is 10
_MAX_HEADING_LEVEL = 6
_BODY_TEXT_LEVEL = 9  # the outline level that says: no heading


@dataclass(frozen=True)
class TextFormat:
    """What decides whether text can be seen; an empty field is inherited.

    `colour` is six hexadecimal digits or `auto`, `half_points` the size in half points, `fill` the colour behind.
    """

    vanish: bool | None = None
    colour: str = ""
    half_points: str = ""
    fill: str = ""
    position: str = ""  # superscript, subscript

    def updated_by(self, over: TextFormat) -> TextFormat:
        """This format with all fields that the other one has."""
        if over is self or over == TextFormat():
            return self
        return TextFormat(
            self.vanish if over.vanish is None else over.vanish, over.colour or self.colour,
            over.half_points or self.half_points, over.fill or self.fill, over.position or self.position)

    def is_hidden(self, *, on_paper: bool) -> bool:
        """True for text that a reader cannot see; `on_paper`: nothing else lies behind it, so white is invisible."""
        too_small = parse_integer(self.half_points, _MIN_HALF_POINTS) < _MIN_HALF_POINTS
        is_white = on_paper and _is_white(self.colour) and not has_colour(self.fill)
        return bool(self.vanish) or too_small or is_white


_MIN_HALF_POINTS = 4  # 2 points: less is not print but a way to hide words
_NEARLY_WHITE = re.compile(r"(?:f[a-f]){3}", re.I)


def _is_white(colour: str) -> bool:
    return _NEARLY_WHITE.fullmatch(colour) is not None


def has_colour(fill: str) -> bool:
    """True for a fill that white text can be read on."""
    return fill not in ("", "auto", "none", "white") and not _is_white(fill)


def fill_of(properties: Node | None) -> str:
    """The colour behind text by its properties, a `w:pPr`, `w:tcPr` or `w:tblPr`; empty if they name none."""
    return "" if properties is None else _shading_fill(child(properties, "w:shd"))


def _shading_fill(shading: Node | None) -> str:
    if attribute(shading, "w:val") == "solid":  # the colour of the pattern covers the fill
        return attribute(shading, "w:color")
    # a theme colour without a value is black or a tint of a colour in most themes
    theme = "theme" if attribute(shading, "w:themeFill") not in ("", "background1", "light1") else ""
    return attribute(shading, "w:fill") or theme


def text_format(properties: Node | None) -> TextFormat:
    """The format that a `w:rPr` sets."""
    found: dict[str, Node] = {} if properties is None else {short_name(part): part for part in properties}
    if found.keys().isdisjoint(_FORMATS):
        return _NO_FORMAT
    vanish = found.get("w:vanish")
    values = {name: attribute(found.get(name), "w:val") for name in ("w:color", "w:sz", "w:highlight", "w:vertAlign")}
    return TextFormat(
        None if vanish is None else is_on(vanish), values["w:color"], values["w:sz"],
        values["w:highlight"] or _shading_fill(found.get("w:shd")), values["w:vertAlign"])


_FORMATS = frozenset(("w:vanish", "w:color", "w:sz", "w:highlight", "w:shd", "w:vertAlign"))
_NO_FORMAT = TextFormat()


@dataclass(frozen=True)
class Style:
    """What a style gives to its text, with all that it inherits. `level` is that of a heading, 0 for other text."""

    names: tuple[str, ...] = ()  # its own and those of the styles that it is based on, in lower case
    level: int = 0
    list_id: str = ""  # `w:numId`
    list_level: int | None = None  # `w:ilvl`
    format: TextFormat = _NO_FORMAT
    has_fill: bool = False  # of a paragraph or of any part of a table


class StyleSheet:
    """The styles of a document, from the root of `styles.xml`; None for a document without one."""

    def __init__(self, root: Node | None) -> None:
        nodes = children(root, "w:style")
        self._nodes = {attribute(node, "w:styleId"): node for node in nodes}
        defaults = [attribute(node, "w:styleId") for node in nodes if _is_default_paragraph(node)]
        self._default = defaults[0] if defaults else ""
        self._default_format = text_format(child(root, "w:docDefaults/w:rPrDefault/w:rPr"))
        self._styles: dict[str, Style] = {}

    def style(self, style_id: str) -> Style:
        """The style with this id; an empty style if there is none."""
        if style_id not in self._styles:
            chain = self._chain(style_id)
            self._styles[style_id] = _combine_styles(chain) if chain else Style()
        return self._styles[style_id]

    def paragraph_style(self, properties: Node | None) -> Style:
        """The style of a paragraph by its `w:pPr`."""
        style_id = value_at(properties, "w:pStyle")
        return self.style(style_id if style_id in self._nodes else self._default)

    def run_format(self, properties: Node | None, paragraph: Style) -> TextFormat:
        """The format of a run by its `w:rPr` in a paragraph of this style."""
        inherited = self._default_format.updated_by(paragraph.format)
        if properties is None or not len(properties):
            return inherited
        character = self.style(value_at(properties, "w:rStyle")).format
        return inherited.updated_by(character).updated_by(text_format(properties))

    def heading_level(self, properties: Node | None, paragraph: Style) -> int:
        """The level of a heading, 1 to 6, by the paragraph's own outline level or its style; 0 for other text."""
        own = value_at(properties, "w:outlineLvl")
        return _heading_level(own) if own else paragraph.level

    def _chain(self, style_id: str) -> list[Node]:
        """The style and those that it is based on, from the outermost to the style itself."""
        chain: list[Node] = []
        while style_id in self._nodes and len(chain) < _MAX_CHAIN:
            chain.append(self._nodes[style_id])
            style_id = value_at(chain[-1], "w:basedOn")
        return chain[::-1]


def _is_default_paragraph(style: Node) -> bool:
    return attribute(style, "w:type") == "paragraph" and is_set(style, "w:default")


def _combine_styles(chain: list[Node]) -> Style:
    level, list_id, list_level, combined, has_fill = 0, "", "", _NO_FORMAT, False
    names = []
    for node in chain:
        name = value_at(node, "w:name").lower()
        names.append(name)
        outline = value_at(node, "w:pPr/w:outlineLvl")
        level = _heading_level(outline) if outline else _level_by_name(name) or level
        list_id = value_at(node, "w:pPr/w:numPr/w:numId") or list_id
        list_level = value_at(node, "w:pPr/w:numPr/w:ilvl") or list_level
        combined = combined.updated_by(text_format(child(node, "w:rPr")))
        has_fill = has_fill or any(has_colour(fill_of(part)) for path in _FILLED for part in children(node, path))
    return Style(tuple(names), level, list_id, parse_integer(list_level) if list_level else None, combined, has_fill)


_FILLED = ("w:pPr", "w:tcPr", "w:tblStylePr/w:tcPr", "w:tblPr")


def _heading_level(outline: str) -> int:
    level = parse_integer(outline, _BODY_TEXT_LEVEL)
    return min(level + 1, _MAX_HEADING_LEVEL) if 0 <= level < _BODY_TEXT_LEVEL else 0


def _level_by_name(name: str) -> int:
    """The level of a built-in heading style by its name: `heading 2`, `标题 2`; 1 for the style of the title."""
    if name in ("title", "标题"):
        return 1
    match = _HEADING_NAME.fullmatch(name)
    return min(int(match[1]), _MAX_HEADING_LEVEL) if match else 0


_HEADING_NAME = re.compile(r"(?:heading|标题|標題) ?([1-9])")
