"""Styles of a web page: which elements its style sheets and style attributes hide from a reader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice

from rag.sources.readers.markup.html_tree import HtmlNode

_MAX_RULES = 20_000  # a page has some thousands
_MAX_DECLARATIONS = 200  # of one rule or style attribute
_MAX_CLASSES = 50  # of one element
_MIN_OFFSET = 900  # pixels beyond the edge of the screen; real indents are smaller
_LARGEST_INVISIBLE_SIZE = 1.0  # pixels
_LARGEST_INVISIBLE_OPACITY = 0.05
_SEARCHED_DESCENDANTS = 40  # among which a readable font size shows that size 0 only closes gaps

Declarations = Mapping[str, str]


class StyleSheets:
    """The rules of the style sheets in a page that hide elements or give them a background.

    Only selectors of tags, classes and ids without combinators count. Elements that another rule shows again are
    those that a reader opens (`.answer{display:none}`, `.answer.open{display:block}`), and are not hidden.
    """

    def __init__(self, sheets: Iterable[str]) -> None:
        self._hiding: dict[str, list[_Selector]] = {}
        self._backgrounds: set[str] = set()
        opened: set[str] = set()
        for selector, declarations in islice(_rules(sheets), _MAX_RULES):
            compound = selector.rpartition(" ")[2]
            names = _names(compound)
            if _has_background(declarations):
                self._backgrounds.update(names)
            if hides(declarations):
                if simple := _parse_selector(selector):
                    self._hiding.setdefault(simple.key, []).append(simple)
            elif names and _shows(declarations):
                if compound == names[0]:
                    self._hiding.pop(compound, None)  # a later rule for the same elements
                opened.update(names if compound != names[0] else ())
        for name in opened & self._hiding.keys():
            del self._hiding[name]

    def hides(self, node: HtmlNode) -> bool:
        """True if a rule hides the element."""
        if not self._hiding:
            return False
        names = _node_names(node)
        return any(selector.matches(node.tag, names) for name in names for selector in self._hiding.get(name, ()))

    def has_background(self, node: HtmlNode) -> bool:
        """True if a rule gives the element a background."""
        return bool(self._backgrounds) and not self._backgrounds.isdisjoint(_node_names(node))


class _Selector:
    """A selector such as `div.note.small` or `#old`: `key` is one of its names, with its sign."""

    def __init__(self, tag: str, names: frozenset[str]) -> None:
        self.tag, self.names, self.key = tag, names, min(names)

    def matches(self, tag: str, names: set[str]) -> bool:
        return self.tag in ("", "*", tag) and self.names <= names


def parse_declarations(style: str) -> dict[str, str]:
    """The declarations of a rule: `color: #FFF; left:-9999px` → `{"color": "#fff", "left": "-9999px"}`."""
    declarations: dict[str, str] = {}
    if not style:
        return declarations
    for declaration in style.split(";", _MAX_DECLARATIONS)[:_MAX_DECLARATIONS]:
        name, _, value = declaration.partition(":")
        declarations[name.strip().lower()] = value.replace("!important", "").strip().lower()
    return declarations


@lru_cache(maxsize=1_000)
def parse_style(style: str) -> tuple[Declarations, bool]:
    """The declarations of a style attribute, and whether they hide the element; a page repeats its styles."""
    declarations = parse_declarations(style)
    return declarations, bool(declarations) and hides(declarations)


def hides(declarations: Declarations) -> bool:
    """True if an element with these declarations cannot be seen."""
    return (
        declarations.get("display") == "none"
        or declarations.get("visibility") in ("hidden", "collapse")
        or _is_transparent(declarations)
        or has_no_font_size(declarations)
        or any(_pixels(declarations[name]) <= -_MIN_OFFSET for name in _OFFSETS if name in declarations)
        or _is_clipped(declarations)
    )


def has_no_font_size(declarations: Declarations) -> bool:
    """True if the letters have no size; also a trick against gaps between elements that have a size of their own."""
    size = declarations.get("font-size", "")
    return bool(size) and 0 <= _pixels(size, unit_size=16.0) <= _LARGEST_INVISIBLE_SIZE


def has_sized_content(node: HtmlNode) -> bool:
    """True if an element inside sets a readable font size of its own."""
    inner = islice(node.iter(), 1, _SEARCHED_DESCENDANTS)
    styles = (parse_declarations(child.get("style", "")) for child in inner if isinstance(child.tag, str))
    return any("font-size" in style and not has_no_font_size(style) for style in styles)


def is_white(colour: str) -> bool:
    """True for white and what cannot be told from it, as a CSS or HTML colour."""
    if colour in ("white", "snow", "ivory", "ghostwhite", "floralwhite"):
        return True
    if digits := re.fullmatch(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", colour):
        return re.match(r"f{3}|(?:f[a-f0-9]){3}", digits[1]) is not None and _is_light(digits[1])
    parts = re.fullmatch(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+).*\)", colour[:60])
    return parts is not None and all(int(part) >= _MIN_WHITE for part in parts.groups())


_MIN_WHITE = 0xFA  # of 255


def _is_light(digits: str) -> bool:
    return len(digits) < 6 or all(int(digits[i : i + 2], 16) >= _MIN_WHITE for i in (0, 2, 4))


def sets_background(node: HtmlNode, declarations: Declarations) -> bool:
    """True if the element itself states a background that is not white."""
    colour = node.get("bgcolor", "").strip().lower()
    has_colour = (bool(colour) and not is_white(colour)) or bool(node.get("background", ""))
    return has_colour or _has_background(declarations)


def _has_background(declarations: Declarations) -> bool:
    values = (declarations.get(name, "") for name in ("background", "background-color", "background-image"))
    return any(value and value not in _NO_BACKGROUND and not is_white(value) for value in values)


_NO_BACKGROUND = ("none", "transparent", "inherit", "initial", "unset", "0", "0 0", "currentcolor")
_OFFSETS = ("left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top")
_UNITS = {"": 1.0, "px": 1.0, "pt": 1.33, "em": 0.0, "rem": 0.0, "%": 0.16, "vw": 15.0, "vh": 9.0}


def _pixels(value: str, unit_size: float = 16.0) -> float:
    """A CSS length in pixels, roughly; infinite if it is none. `unit_size`: the pixels of an em."""
    length = re.fullmatch(r"(-?\d{0,9}(?:\.\d{0,9})?)(px|pt|em|rem|%|vw|vh|)", value[:30])
    if length is None or not re.search(r"\d", length[1]):
        return float("inf")
    return float(length[1]) * (_UNITS[length[2]] or unit_size)


def _number(value: str, default: float) -> float:
    return float(value) if re.fullmatch(r"\d{0,5}\.?\d{1,9}", value) else default


def _is_clipped(declarations: Declarations) -> bool:
    clip = declarations.get("clip", "").replace(",", " ")[:80]
    if re.fullmatch(r"rect\(\s*([01](?:px)?)(?:\s+[01](?:px)?){3}\s*\)", clip):
        return True
    if re.match(r"inset\(\s*(?:50|100)%|circle\(\s*0", declarations.get("clip-path", "")):
        return True
    if re.match(r"scale[xy]?\(\s*0(?:\.0+)?\s*[,)]", declarations.get("transform", "")):
        return True
    is_cut = declarations.get("overflow", "") in ("hidden", "clip")
    return is_cut and any(_pixels(declarations.get(name, "")) in (0, 1) for name in ("height", "width", "max-height"))


def _alpha(colour: str) -> float:
    """The opacity of a colour, 0 to 1."""
    if colour == "transparent":
        return 0.0
    alpha = re.fullmatch(r"(?:rgba|hsla)\([^,)]*,[^,)]*,[^,)]*,\s*(\d*\.?\d+)\s*\)", colour[:80])
    return float(alpha[1]) if alpha else 1.0


def _is_transparent(declarations: Declarations) -> bool:
    """True if the element cannot be seen and does not appear by an animation."""
    if _alpha(declarations.get("color", "")) == 0:
        return True
    is_moving = any(name.startswith(("transition", "animation")) for name in declarations)
    return not is_moving and _number(declarations.get("opacity", ""), 1.0) <= _LARGEST_INVISIBLE_OPACITY


def _shows(declarations: Declarations) -> bool:
    """True if the declarations make a hidden element visible."""
    return (
        declarations.get("display", "none") != "none"
        or declarations.get("visibility") == "visible"
        or _number(declarations.get("opacity", ""), 0.0) > _LARGEST_INVISIBLE_OPACITY
        or "max-height" in declarations
    )


def _rules(sheets: Iterable[str]) -> Iterator[tuple[str, Declarations]]:
    """The rules outside of at-rules, each selector of a list for itself."""
    for sheet in sheets:
        depth, prelude = 0, ""
        for part in re.split(r"([{}])", re.sub(r"/\*.*?(?:\*/|\Z)", " ", sheet, flags=re.S)):
            if part in "{}" and part:
                depth = max(0, depth + (1 if part == "{" else -1))
            elif depth == 0:
                prelude = part.rpartition(";")[2].strip().lower()
            elif depth == 1 and not prelude.startswith("@"):
                declarations = parse_declarations(part)
                yield from ((selector.strip(), declarations) for selector in prelude.split(","))


def _parse_selector(selector: str) -> _Selector | None:
    """A selector without combinators; None for any other."""
    simple = re.fullmatch(r"([a-z][\w-]*|\*)?((?:[.#][\w-]+)+)", selector)
    return _Selector(simple[1] or "", frozenset(_names(simple[2]))) if simple else None


def _names(selector: str) -> list[str]:
    return re.findall(r"[.#][\w-]+", selector)


def _node_names(node: HtmlNode) -> set[str]:
    """The classes and the id of an element as selectors write them, in lower case."""
    names = {f".{name}" for name in node.get("class", "").lower().split(maxsplit=_MAX_CLASSES)}
    return names | {f"#{node.get('id', '').lower()}"}
