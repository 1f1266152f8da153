"""HTML tree: the markup of a page as a tree of nodes, which is read in document order without recursion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from rag.text.lexicon import load_lexicon

BLOCK_TAGS = frozenset(load_lexicon("rag.sources", "html_block_tags"))
_VOID_TAGS = frozenset(load_lexicon("rag.sources", "html_void_tags"))
_RAW_TEXT_TAGS = ("script", "style", "title", "textarea")


class HtmlNode(Protocol):
    """A node of the tree (an element of lxml): `text` is before its first child, `tail` after its end."""

    tag: str
    text: str | None
    tail: str | None

    def get(self, key: str, default: str = "") -> str: ...

    def __iter__(self) -> Iterator[HtmlNode]: ...

    def getprevious(self) -> HtmlNode | None: ...

    def keys(self) -> Sequence[str]: ...

    def iter(self, *tags: str) -> Iterator[HtmlNode]: ...

    def itertext(self) -> Iterator[str]: ...


class HtmlWalk(Protocol):
    """The nodes in document order: ("start", node), ("end", node), and ("comment" or "pi", node)."""

    def __iter__(self) -> Iterator[tuple[str, HtmlNode]]: ...

    def skip_subtree(self) -> None:
        """Leaves out what is inside the node that has just started; its end still follows."""


def declared_charset(data: bytes) -> str:
    """The encoding that a page declares in its first 4096 bytes, in lower case; empty if it declares none."""
    charset = re.search(rb"<(?:meta|\?xml)\b[^>]{1,500}?(?:charset|encoding)\s*=\s*[\"']?([\w-]+)", data[:4096], re.I)
    return charset.group(1).decode("ascii", "ignore").lower() if charset else ""


def parse_html(markup: str) -> HtmlNode:
    """The root of the tree of a page; markup that is nested too deeply keeps only its block boundaries.

    The parser reads no entities of the document's own and no other files. XHTML is read as HTML.
    """
    text = markup.replace("\0", "")
    if is_xhtml(text):
        text = _expand_empty_elements(_drop_entity_declarations(text))
    root, is_complete = _parse(text)
    return root if is_complete else _parse(_flatten(text))[0]


def walk(root: HtmlNode) -> HtmlWalk:
    """The walk through a tree; its time is linear."""
    from lxml import etree  # a native library

    nodes: HtmlWalk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    return nodes


def is_xhtml(markup: str) -> bool:
    """True if the page begins as XML: there `<title/>` is an empty element, in HTML it is an open one."""
    return re.match(r"\s*(?:<\?xml|<!DOCTYPE[^>\[]{1,200}XHTML|<html[^>]{1,500}w3\.org/1999/xhtml)", markup) is not None


def _parse(markup: str) -> tuple[HtmlNode, bool]:
    """The root, and False if the parser gave up because elements are nested too deeply."""
    from lxml import etree  # as above

    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True)
    # the parser has no root for text without any markup
    root: HtmlNode = etree.fromstring(f"<html>{markup}</html>".encode("utf-8", "replace"), parser)
    return root, not any("xcessive depth" in entry.message for entry in parser.error_log)


def _expand_empty_elements(markup: str) -> str:
    return re.sub(r"<([a-zA-Z][\w:.-]*)((?:\s[^<>]*)?)/>", _expand_empty_element, markup)


def _expand_empty_element(element: re.Match[str]) -> str:
    name, attributes = element.groups()
    return element.group() if name.lower() in _VOID_TAGS else f"<{name}{attributes}></{name}>"


def _drop_entity_declarations(markup: str) -> str:
    """The page without the declarations inside its document type, which an HTML parser would take for text."""
    start = markup.find("<!DOCTYPE")
    declarations = re.compile(r"<!DOCTYPE[^>\[]*\[.*?\]\s*>", re.S).match(markup, start) if start >= 0 else None
    return markup[:start] + markup[declarations.end() :] if declarations else markup


def _flatten(markup: str) -> str:
    """The page with a new paragraph for each block tag and without the other tags."""
    return re.sub(r"</?([a-zA-Z][\w:.-]*)(?:\s[^<>]*)?/?>", _flatten_tag, markup)


def _flatten_tag(tag: re.Match[str]) -> str:
    name = tag.group(1).lower()
    if name in _RAW_TEXT_TAGS:
        return tag.group()
    return "<p>" if name in BLOCK_TAGS else ""
