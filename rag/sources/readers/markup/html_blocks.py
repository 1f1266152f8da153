"""Blocks of a web page: headings, paragraphs, items and tables from the start and end of its block elements."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rag.sources.elements import Element, ElementKind, Table
from rag.sources.readers.markup.html_inline import InlineReader, LinkKind
from rag.sources.readers.markup.html_lists import BULLET, OpenList, open_list
from rag.sources.readers.markup.html_names import is_note
from rag.sources.readers.markup.html_preformatted import preformatted_element
from rag.sources.readers.markup.html_survey import HEADING_TAGS, LAYOUT_TABLE, UNREAD_TAGS
from rag.sources.readers.markup.html_tables import OpenTable
from rag.sources.readers.markup.html_tree import BLOCK_TAGS, HtmlNode
from rag.sources.readers.markup.inline_text import is_marked_question

_KINDS: dict[str, ElementKind] = {"dt": "term", "dd": "definition", "blockquote": "quotation"}
_CONTEXT_TAGS = frozenset((*HEADING_TAGS, *_KINDS, "li", "details", "summary", "figcaption", "caption"))
_CELL_TAGS = ("td", "th")
_LIST_TAGS = ("ol", "ul", "dir", "menu")
_RAW_TAGS = ("pre", "xmp")
_NOTE_ID = re.compile(r"(?:fn|footnote|endnote|cite_note|ftn|edn|note)[-_:.]?\D{0,20}[0-9]{1,5}", re.I)


@dataclass(slots=True)
class PagePart:
    """An element or table of a page, and whether it consists of links."""

    element: Element | Table
    link: LinkKind = ""


@dataclass(slots=True)
class _Context:
    """An open block that decides what its text is; `texts` are those of an item or heading, which is one element."""

    node_tag: str
    kind: ElementKind
    level: int = 0
    marker: str = ""
    is_whole: bool = False  # its paragraphs are lines of one element
    texts: list[str] = field(default_factory=list)
    link: LinkKind = ""


@dataclass(slots=True)
class BlockBuilder:
    """Receives the nodes of a page in document order, and builds its parts."""

    parts: list[PagePart] = field(default_factory=list)
    inline: InlineReader = field(default_factory=InlineReader)
    deleted: int = 0
    _contexts: list[_Context] = field(default_factory=lambda: [_Context("", "paragraph")])
    _lists: list[OpenList] = field(default_factory=list)
    _tables: list[OpenTable] = field(default_factory=list)
    _is_layout: list[bool] = field(default_factory=list)  # for each open table, innermost last
    _figures: list[int] = field(default_factory=list)  # the number of parts before each open figure

    def start(self, node: HtmlNode) -> bool:
        """The start of a node; False if what is inside it is not to be read."""
        tag = node.tag
        if tag in UNREAD_TAGS:
            return False
        if tag == "del":
            self.deleted += 1
            return False
        if tag not in BLOCK_TAGS and tag != LAYOUT_TABLE:
            self.inline.start(node)
            return True
        self.flush()
        if tag in _RAW_TAGS:
            self._add_preformatted(preformatted_element(node))
            return False
        if tag == "button" and not self._is_heading_button(node):
            return False
        self._start_block(node)
        return True

    def end(self, node: HtmlNode) -> None:
        """The end of a node."""
        tag = node.tag
        if tag not in BLOCK_TAGS and tag != LAYOUT_TABLE:
            if tag not in UNREAD_TAGS:
                self.inline.end(node)
            return
        self.flush()
        if tag in _CELL_TAGS:
            if self._in_data_table():
                self._tables[-1].cell = None
        elif self._opens_context(node):
            self._end_context()
        elif tag in _LIST_TAGS:
            self._lists.pop()
        elif tag in ("table", LAYOUT_TABLE):
            self._end_table()
        elif tag == "thead" and self._in_data_table():
            self._tables[-1].in_head = False
        elif tag == "figure":
            self._end_figure(self._figures.pop())

    def flush(self) -> None:
        """Ends the open block: its text goes to the cell, caption, item or element that it belongs to."""
        paragraphs, link = self.inline.take()
        if not paragraphs:
            return
        context = self._contexts[-1]
        cell = self._tables[-1].cell if self._tables else None
        if cell is not None:
            marker = context.marker if context.marker != BULLET else ""
            cell.texts += [f"{marker} {paragraphs[0]}" if marker else paragraphs[0], *paragraphs[1:]]
            context.marker = ""
        elif context.node_tag == "caption" and self._tables:
            self._tables[-1].caption += paragraphs
        elif context.is_whole:
            context.link = link if not context.texts or context.link == link else ""
            context.texts += paragraphs
        else:
            for paragraph in paragraphs:
                self._add(Element(context.kind, paragraph, marker=context.marker), link)
                context.marker = ""

    def _start_block(self, node: HtmlNode) -> None:
        tag = node.tag
        if tag in _CELL_TAGS:
            if self._in_data_table():
                self._tables[-1].start_cell(node)
        elif self._opens_context(node):
            self._settle()
            self._contexts.append(self._new_context(node))
        elif tag in _LIST_TAGS:
            self._lists.append(open_list(node))
        elif tag in ("table", LAYOUT_TABLE):
            self._settle()
            self._is_layout.append(tag == LAYOUT_TABLE)
            if tag == "table":
                self._tables.append(OpenTable())
        elif tag == "tr" and self._in_data_table():
            self._tables[-1].start_row()
        elif tag == "thead" and self._in_data_table():
            self._tables[-1].in_head = True
        elif tag == "figure":
            self._figures.append(len(self.parts))

    def _opens_context(self, node: HtmlNode) -> bool:
        return node.tag in _CONTEXT_TAGS or is_note(node)

    def _new_context(self, node: HtmlNode) -> _Context:
        tag, outer = node.tag, self._contexts[-1]
        if is_note(node) or (tag == "li" and _NOTE_ID.fullmatch(node.get("id", ""))):
            marker = self._lists[-1].next_marker(node) if tag == "li" and self._lists else node.get("data-marker", "")
            return _Context(tag, "note", marker=marker.removesuffix(".").replace(BULLET, ""))
        if tag in HEADING_TAGS:
            if outer.node_tag == "summary":
                outer.level = int(tag[1])
                return _Context("summary", "paragraph", level=outer.level, is_whole=True)
            marker = outer.marker if outer.marker != BULLET else ""
            outer.marker = ""
            return _Context(tag, "heading", int(tag[1]), marker, is_whole=True)
        if tag == "li":
            marker = self._lists[-1].next_marker(node) if self._lists else BULLET
            return _Context(tag, "item", max(1, len(self._lists)), marker, is_whole=True)
        if tag == "details":
            return _Context(tag, "paragraph")
        return _Context(tag, _KINDS.get(tag, "paragraph"), is_whole=tag in ("dt", "summary", "figcaption"))

    def _end_context(self) -> None:
        self._settle()
        if len(self._contexts) > 1:
            self._contexts.pop()

    def _settle(self) -> None:
        """Emits the text that the innermost context has collected."""
        context = self._contexts[-1]
        if not context.texts:
            return
        if context.node_tag == "summary":
            self._add(self._summary_element(context), context.link)
        else:
            separator = " " if context.kind in ("heading", "term") else "\n"
            text = separator.join(context.texts)
            if context.kind in ("heading", "term"):
                text = text.replace("\n", " ")
            self._add(Element(context.kind, text, context.level, context.marker), context.link)
            if context.kind == "item":  # what follows a list inside an item is a paragraph
                context.kind, context.level, context.is_whole = "paragraph", 0, False
        context.texts, context.marker = [], ""

    def _summary_element(self, context: _Context) -> Element:
        """The line that opens a part of the page: a question, whose answer is the part, or a line like a heading."""
        text = " ".join(context.texts).replace("\n", " ")
        if not is_marked_question(text):
            return Element("heading" if context.level else "paragraph", text, context.level)
        for outer in self._contexts[-3:]:
            if outer.node_tag == "details":
                outer.kind = "answer"
        return Element("question", text)

    def _add(self, element: Element | Table, link: LinkKind = "") -> None:
        if self._tables:
            self._tables[-1].following.append(element)
        else:
            self.parts.append(PagePart(element, link))

    def _in_data_table(self) -> bool:
        return bool(self._is_layout) and not self._is_layout[-1]

    def _end_table(self) -> None:
        if self._is_layout.pop():
            return
        for element in self._tables.pop().elements():
            self._add(element)

    def _end_figure(self, start: int) -> None:
        """A caption of a figure that holds one table is the caption of the table."""
        if len(self.parts) - start != 2:
            return
        first, second = self.parts[start].element, self.parts[start + 1].element
        table, caption = (first, second) if isinstance(first, Table) else (second, first)
        if isinstance(table, Table) and isinstance(caption, Element) and not table.caption:
            self.parts[start:] = [PagePart(Table(table.rows, caption.text))]

    def _is_heading_button(self, node: HtmlNode) -> bool:
        """True for a button that opens a part of the page; others are commands, such as `Send`."""
        if node.get("aria-expanded", "") or node.get("aria-controls", "") or "accordion" in node.get("class", ""):
            return True
        return self._contexts[-1].kind in ("heading", "term") or self._contexts[-1].node_tag == "summary"

    def _add_preformatted(self, element: Element) -> None:
        if not element.text.strip():
            return
        if self._tables and self._tables[-1].cell:
            self._tables[-1].cell.texts.append(element.text)
            return
        self._settle()
        self._add(element)
