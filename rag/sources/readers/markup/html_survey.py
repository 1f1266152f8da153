"""Survey of a web page: marks what is no text for a reader before the text is read.

Hidden elements get the tag `HIDDEN`, parts of the site around the text (menus, footers, cookie banners) the tag `SITE`,
and tables that only arrange a page the tag `LAYOUT_TABLE`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.sources.readers.markup.html_names import SiteKind, Surroundings, site_kind
from rag.sources.readers.markup.html_styles import (
    StyleSheets,
    has_no_font_size,
    has_sized_content,
    is_white,
    parse_style,
    sets_background,
)
from rag.sources.readers.markup.html_tree import HtmlNode, walk
from rag.text.lexicon import load_lexicon

HIDDEN, SITE, LAYOUT_TABLE = "hidden-text", "site-furniture", "layout-table"
UNREAD_TAGS = frozenset(load_lexicon("rag.sources", "html_unread_tags")) | {HIDDEN, SITE}
HEADING_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_WHOLE_PAGE_TAGS = ("html", "body", "main")
_ARTICLE_TAGS = ("main", "article")
_CELL_TAGS = ("td", "th")
_BLOCKS_OF_LAYOUT = HEADING_TAGS | {"ul", "ol", "dl", "pre", "blockquote", "article", "section", "form", "hr"}
_PARAGRAPHS_OF_LAYOUT = 3  # a cell with so many paragraphs holds a text
_MIN_LINK_SHARE = 0.6  # of the characters in a list of links
_MAX_SITE_SHARE = 0.5  # a part with more of the page's text is the text, whatever its class is called


@dataclass(slots=True)
class _Part:
    """An open element with what is inside it: characters, characters of links, and the page's own heading."""

    node: HtmlNode
    kind: SiteKind
    on_background: bool
    in_link: bool
    length: int = 0
    link_length: int = 0
    has_title: bool = False
    in_article: bool = False
    has_heading: bool = False


@dataclass(slots=True)
class _TableShape:
    """What distinguishes a table of values from one that arranges a page."""

    role: str
    rows: int = 0
    cells: int = 0
    row_cells: int = 0  # of the last row
    columns: int = 0
    has_head: bool = False
    has_blocks: bool = False
    has_table: bool = False
    paragraphs: int = 0  # in the last cell
    filled: int = 0  # cells with text in the last row
    cell_is_filled: bool = False
    has_filled_row: bool = False  # a row with two or more filled cells

    def is_layout(self) -> bool:
        if self.role in ("presentation", "none") or self.cells <= 1:
            return True
        if self.has_head:
            return False
        return self.columns == 1 or self.has_blocks or (self.has_table and not self.has_filled_row)


@dataclass(slots=True)
class Survey:
    """Walks through a page once and marks its nodes; `hidden` counts the hidden parts that have text.

    `surroundings`: what around the text is not read.
    """

    sheets: StyleSheets
    surroundings: Surroundings
    hidden: int = 0
    _open: list[_Part] = field(default_factory=list)
    _tables: list[_TableShape] = field(default_factory=list)
    _candidates: list[_Part] = field(default_factory=list)
    _page_length: int = 0  # characters of the whole page, once it has been walked through

    def mark(self, root: HtmlNode) -> None:
        """Marks the nodes of a tree."""
        nodes = walk(root)
        for event, node in nodes:
            if event == "start":
                if node.tag in UNREAD_TAGS or self._hide(node):
                    nodes.skip_subtree()
                self._start(node)
            elif event == "end":
                self._end()
            self._count_text(node.tail if event != "start" else node.text)
        for part in self._candidates:
            if self._is_site_part(part):
                part.node.tag = SITE

    def _hide(self, node: HtmlNode) -> bool:
        on_background = bool(self._open) and self._open[-1].on_background
        if not is_hidden(node, self.sheets, on_background=on_background):
            return False
        self.hidden += any(any(map(str.isalnum, text)) for text in node.itertext())
        node.tag = HIDDEN
        return True

    def _start(self, node: HtmlNode) -> None:
        outer = self._open[-1] if self._open else _Part(node, "", on_background=False, in_link=False)
        tag = node.tag
        is_read = tag not in UNREAD_TAGS
        self._open.append(_Part(
            node,
            site_kind(node, self.surroundings) if is_read else "",
            on_background=outer.on_background or self._has_background(node),
            in_link=outer.in_link or tag == "a",
            has_title=tag == "h1",
            in_article=outer.in_article or tag in _ARTICLE_TAGS,
            has_heading=tag in HEADING_TAGS))
        if tag == "table":
            for table in self._tables[-1:]:
                table.has_table = True
            self._tables.append(_TableShape(node.get("role", "")))
        elif self._tables:
            _note_table_part(self._tables[-1], tag)

    def _has_background(self, node: HtmlNode) -> bool:
        if not node.keys():
            return False
        return sets_background(node, parse_style(node.get("style", ""))[0]) or self.sheets.has_background(node)

    def _end(self) -> None:
        part = self._open.pop()
        if self._open:
            outer = self._open[-1]
            outer.length += part.length
            outer.link_length += part.link_length
            outer.has_title = outer.has_title or part.has_title or part.node.tag in _ARTICLE_TAGS
            outer.has_heading = outer.has_heading or part.has_heading
        if part.kind:
            self._candidates.append(part)
        if part.node.tag == "table" and self._tables.pop().is_layout():
            part.node.tag = LAYOUT_TABLE
        self._page_length = part.length

    def _count_text(self, text: str | None) -> None:
        length = len(text.strip()) if text and self._open else 0
        if not length or self._open[-1].node.tag in UNREAD_TAGS:
            return
        part = self._open[-1]
        part.length += length
        part.link_length += length if part.in_link else 0
        if self._tables and not self._tables[-1].cell_is_filled:
            table = self._tables[-1]
            table.cell_is_filled = True
            table.filled += 1
            table.has_filled_row = table.has_filled_row or table.filled > 1

    def _is_site_part(self, part: _Part) -> bool:
        if part.kind == "element":
            return part.node.tag != "header" or not (part.has_title or (part.in_article and part.has_heading))
        if part.has_title or part.length > _MAX_SITE_SHARE * self._page_length:
            return False
        return part.kind == "named" or part.link_length >= _MIN_LINK_SHARE * part.length


def is_hidden(node: HtmlNode, sheets: StyleSheets, *, on_background: bool) -> bool:
    """True if a reader of the page does not see an element; `on_background`: what is around it is not white."""
    if not node.keys() or node.tag in ("html", "body", "br", "img", "input"):
        return False
    if node.get("hidden", "until-found") != "until-found" or node.get("aria-hidden", "").lower() == "true":
        return True
    style, is_hiding = parse_style(node.get("style", ""))
    if is_hiding:
        return not (has_no_font_size(style) and has_sized_content(node)) and not _is_opened_by_reader(node)
    colour = style.get("color") or node.get("color", "").strip().lower()
    if colour and is_white(colour) and node.tag not in _WHOLE_PAGE_TAGS:
        has_background = on_background or sets_background(node, style) or sheets.has_background(node)
        if not has_background:
            return True
    return sheets.hides(node) and not _is_opened_by_reader(node) and not _follows_button(node)


def _is_opened_by_reader(node: HtmlNode) -> bool:
    return node.get("role", "") == "tabpanel"


def _follows_button(node: HtmlNode) -> bool:
    """True for the part below a button that opens it, such as the answer to a question."""
    before = node.getprevious()
    if before is None or not isinstance(before.tag, str):
        return False
    is_control = before.get("onclick", "") or before.get("aria-controls", "")
    return before.tag in ("button", "summary", "label") or bool(is_control)


def _note_table_part(table: _TableShape, tag: str) -> None:
    if tag == "tr":
        table.rows += 1
        table.row_cells = table.filled = 0
    elif tag in _CELL_TAGS:
        table.cells += 1
        table.row_cells += 1
        table.columns = max(table.columns, table.row_cells)
        table.paragraphs, table.cell_is_filled = 0, False
    if tag in ("th", "thead", "caption"):
        table.has_head = True
    elif tag == "p":
        table.paragraphs += 1
        table.has_blocks = table.has_blocks or table.paragraphs >= _PARAGRAPHS_OF_LAYOUT
    elif tag in _BLOCKS_OF_LAYOUT:
        table.has_blocks = True
