"""Preformatted text of a web page: the lines of `<pre>` as code, or as lines whose paragraphs are found later."""

from __future__ import annotations

from rag.sources.elements import Element
from rag.sources.readers.markup.html_survey import UNREAD_TAGS
from rag.sources.readers.markup.html_tree import HtmlNode, walk
from rag.sources.readers.markup.inline_text import looks_like_code

_MIN_PROSE_LENGTH = 200  # characters; shorter text is rarely a letter or notice


def preformatted_element(node: HtmlNode) -> Element:
    """The text of a node with its white space, which is empty if the node has none."""
    text = _raw_text(node).strip("\n").rstrip()
    is_prose = len(text) > _MIN_PROSE_LENGTH and not looks_like_code(text)
    return Element("lines" if is_prose else "code", text)


def _raw_text(node: HtmlNode) -> str:
    """The text of a node; `<br>` is a line feed."""
    pieces: list[str] = []
    nodes = walk(node)
    for event, inner in nodes:
        if event == "start":
            if inner.tag in UNREAD_TAGS:
                nodes.skip_subtree()
            else:
                pieces.append("\n" if inner.tag == "br" else inner.text or "")
        elif inner is not node:
            pieces.append(inner.tail or "")
    return "".join(pieces)
