"""XML of office files: elements and attributes by names with the usual prefixes, such as `w:p`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol


class Node(Protocol):
    """An XML element, as lxml has it; comments, processing instructions and entities are removed on parsing."""

    tag: str
    text: str | None

    def get(self, key: str) -> str | None:
        """The value of an attribute, whose name is written `{namespace}name`."""

    def iter(self, *tags: str) -> Iterator[Node]:
        """The element itself and all elements in it that have one of these tags, in document order."""

    def iterchildren(self, tag: str | None = None) -> Iterator[Node]:
        """The elements directly in it; with a tag only those that have it."""

    def __iter__(self) -> Iterator[Node]:
        """The elements directly in it."""

    def __len__(self) -> int:
        """How many elements are directly in it."""


SCHEMAS = "http://schemas.openxmlformats.org/"
NAMESPACES = {
    "w": SCHEMAS + "wordprocessingml/2006/main",
    "r": SCHEMAS + "officeDocument/2006/relationships",
    "m": SCHEMAS + "officeDocument/2006/math",
    "a": SCHEMAS + "drawingml/2006/main",
    "wp": SCHEMAS + "drawingml/2006/wordprocessingDrawing",
    "pic": SCHEMAS + "drawingml/2006/picture",
    "c": SCHEMAS + "drawingml/2006/chart",
    "dgm": SCHEMAS + "drawingml/2006/diagram",
    "p": SCHEMAS + "presentationml/2006/main",
    "x": SCHEMAS + "spreadsheetml/2006/main",
    "rel": SCHEMAS + "package/2006/relationships",
    "mc": SCHEMAS + "markup-compatibility/2006",
    "dc": "http://purl.org/dc/elements/1.1/",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "cx": "http://schemas.microsoft.com/office/drawing/2014/chartex",
}
_PREFIXES = {namespace: prefix for prefix, namespace in NAMESPACES.items()}


@lru_cache(maxsize=4096)
def _short_tag(tag: str) -> str:
    namespace, _, name = tag.removeprefix("{").rpartition("}")
    return f"{_PREFIXES.get(namespace, '?')}:{name}"


@lru_cache(maxsize=4096)
def expanded_name(name: str) -> str:
    """`w:p` as lxml writes it, `{http://…/main}p`; a name without a prefix stays as it is."""
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local


def short_name(node: Node) -> str:
    """The name of an element with its usual prefix, whatever prefix the file uses: `w:p`; `?:x` in an unknown
    namespace."""
    return _short_tag(node.tag)


def child(node: Node | None, path: str) -> Node | None:
    """The first element at a path such as `w:pPr/w:numPr`; None if there is none."""
    if node is None or not len(node):
        return None
    return next(_elements_at(node, _steps(path)), None)


def children(node: Node | None, path: str) -> list[Node]:
    """All elements at a path such as `w:pPr/w:numPr`, in which `*` is any element."""
    return [] if node is None else [*_elements_at(node, _steps(path))]


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str | None, ...]:
    return tuple(None if step == "*" else expanded_name(step) for step in path.split("/"))


def _elements_at(node: Node, steps: tuple[str | None, ...]) -> Iterator[Node]:
    # ten times as fast as `find` with a table of namespaces
    found = node.iterchildren(steps[0])
    if len(steps) == 1:
        return found
    return (inner for element in found for inner in _elements_at(element, steps[1:]))


def descendants(node: Node, *names: str) -> Iterator[Node]:
    """All elements in an element that have one of these names, at any depth."""
    return node.iter(*map(expanded_name, names))


def attribute(node: Node | None, name: str, default: str = "") -> str:
    """The value of an attribute such as `w:val`; the default if it is absent."""
    value = None if node is None else node.get(expanded_name(name))
    return default if value is None else value


def value_at(node: Node | None, path: str, default: str = "") -> str:
    """The attribute `w:val` of the first element at a path."""
    return attribute(child(node, path), "w:val", default)


def is_on(node: Node | None, name: str = "w:val") -> bool:
    """True for a property such as `<w:vanish/>`, unless its value switches it off."""
    return node is not None and attribute(node, name, "1") not in _OFF_VALUES


def is_set(node: Node | None, name: str) -> bool:
    """True for an attribute that is there and is not off."""
    return attribute(node, name, "0") not in _OFF_VALUES


_OFF_VALUES = frozenset(("0", "false", "off", "none"))


def parse_integer(text: str, default: int = 0) -> int:
    """The value of a whole number of at most nine digits; the default for anything else."""
    return int(text) if _INTEGER.fullmatch(text) else default


_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
