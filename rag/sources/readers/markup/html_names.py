"""Names of page parts: whether an element belongs to the web site around a text, by its tag, role, class and id."""

from __future__ import annotations

import re
from typing import Literal

from rag.sources.readers.markup.html_tree import HtmlNode
from rag.text.lexicon import load_lexicon

# "element": by its tag or role; "named": by a name that leaves no doubt; "links": if it consists of links; "": the text
SiteKind = Literal["element", "named", "links", ""]

# what is left out of a page: the web site around its text; only `<nav>`, as in the chapter of a book; nothing
Surroundings = Literal["site", "navigation", "none"]

_SITE_TAGS = frozenset(load_lexicon("rag.sources", "html_site_tags"))
_SITE_ROLES = frozenset(load_lexicon("rag.sources", "html_site_roles"))
_SITE_NAMES = frozenset(load_lexicon("rag.sources", "html_site_names"))
_LINK_LIST_NAMES = frozenset(load_lexicon("rag.sources", "html_link_list_names"))
_FILLERS = frozenset(load_lexicon("rag.sources", "html_name_fillers"))
_NAMED_TAGS = ("div", "section", "ul", "ol", "p", "span", "table", "form", "td", "dl", "center")
_NOTE_ROLES = ("doc-footnote", "doc-endnote", "footnote", "endnote", "rearnote")
_MAX_NAMES = 20  # of one element


def site_kind(node: HtmlNode, surroundings: Surroundings) -> SiteKind:
    """How an element can belong to what surrounds the text."""
    if surroundings != "site":
        return "element" if node.tag == "nav" and surroundings == "navigation" else ""
    if not node.keys():
        return "element" if node.tag in _SITE_TAGS else ""
    role = node.get("role", "").lower()
    if is_note(node):
        return ""
    if node.tag in _SITE_TAGS or role in _SITE_ROLES:
        return "element"
    if node.tag not in _NAMED_TAGS:
        return ""
    names = f"{node.get('class', '')} {node.get('id', '')}".split(maxsplit=_MAX_NAMES)[:_MAX_NAMES]
    cores = {_core_name(name) for name in names}
    if not cores.isdisjoint(_SITE_NAMES):
        return "named"
    return "links" if not cores.isdisjoint(_LINK_LIST_NAMES) else ""


def is_note(node: HtmlNode) -> bool:
    """True for a footnote or endnote of a page or book."""
    if not node.keys():
        return False
    types = f"{node.get('role', '')} {node.get('epub:type', '')}".split()
    return any(kind in _NOTE_ROLES for kind in types)


def _core_name(name: str) -> str:
    """The part of a name that says what the element is: `mainNav-wrapper` → nav; empty if there are several or none."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name[:80]).lower())
    cores = [word for word in words if word not in _FILLERS] or words[:1]
    return cores[0] if len(cores) == 1 else ""
