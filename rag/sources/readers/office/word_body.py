"""Body of a Word document: its paragraphs, tables, text boxes and notes turned into elements in reading order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rag.sources.elements import Element, OmissionKind, Table
from rag.sources.readers.office.charts import chart_table, diagram_texts
from rag.sources.readers.office.math import formula_text
from rag.sources.readers.office.package import OfficePackage
from rag.sources.readers.office.word_elements import (
    cell_text,
    is_contents_style,
    listed_element,
    plain_element,
    take_caption,
)
from rag.sources.readers.office.word_graphics import Attachment, GraphicReference, chosen_parts
from rag.sources.readers.office.word_notes import Notes
from rag.sources.readers.office.word_numbering import Numbering
from rag.sources.readers.office.word_styles import Style, StyleSheet, fill_of, has_colour
from rag.sources.readers.office.word_tables import read_table, table_parts
from rag.sources.readers.office.word_text import (
    DELETIONS,
    NoteReference,
    ParagraphContent,
    ParagraphReader,
    has_text,
    shows_prompt,
)
from rag.sources.readers.office.xml import Node, attribute, child, is_on, short_name, value_at


@dataclass
class WordDocument:
    """What all parts of a document share, and the counts of what was left out of it."""

    package: OfficePackage
    styles: StyleSheet
    numbering: Numbering
    notes: Notes
    omissions: Counter[OmissionKind] = field(default_factory=Counter)
    comments: set[str] = field(default_factory=set)  # their ids


@dataclass
class Story:
    """A text that is read: `main` for the body, `cell`, `note` or `margin`, which is a page header or footer.

    `captions` are the places of paragraphs with the style of captions; `carried` is text that belongs to the beginning
    of the next paragraph.
    """

    kind: str = "main"
    elements: list[Element | Table] = field(default_factory=list)
    captions: set[int] = field(default_factory=set)
    carried: str = ""


class BodyReader:
    """Reads the blocks of one part of a document, such as `word/document.xml`.

    `on_paper`, in its methods: there is no fill behind the text, so that white words cannot be seen.
    """

    def __init__(self, document: WordDocument, part: str) -> None:
        self._document, self._part = document, part

    def read_blocks(self, container: Node, story: Story, *, on_paper: bool = True) -> None:
        """Add the paragraphs and tables directly in a container (a body, a cell, a text box, a note) to a story."""
        for block in chosen_parts(container):
            name = short_name(block)
            if name == "w:p":
                self._read_paragraph(block, story, on_paper=on_paper)
            elif name == "w:tbl":
                self._read_table(block, story, on_paper=on_paper)
            elif name in DELETIONS:
                self._document.omissions["deleted text"] += has_text(block)
            elif name == "m:oMathPara":
                story.elements.append(Element("paragraph", formula_text(block)))
            elif name == "w:altChunk":
                self._document.omissions["embedded files"] += 1
            elif name in _CONTAINERS and not (name == "w:sdt" and shows_prompt(block)):
                self.read_blocks(block, story, on_paper=on_paper)

    def _read_paragraph(self, node: Node, story: Story, *, on_paper: bool) -> None:
        properties = child(node, "w:pPr")
        style = self._document.styles.paragraph_style(properties)
        if is_contents_style(style):
            return
        is_filled = style.has_fill or has_colour(fill_of(properties))
        reader = ParagraphReader(
            self._document.styles, style, self._document.omissions, on_paper=on_paper and not is_filled)
        reader.read_parts(node)
        content = reader.content
        self._document.comments |= content.comments
        if _joins_next(properties):
            story.carried += content.text
        else:
            self._add_paragraph((story.carried + content.text).strip(), properties, style, story)
            story.carried = ""
        self._add_attachments(content, story)
        if child(properties, "w:sectPr") is not None:
            self._document.notes.end_section()

    def _add_paragraph(self, text: str, properties: Node | None, style: Style, story: Story) -> None:
        marker, list_level = "", 0
        list_id, place = self._document.numbering.place(properties, style)
        if list_id and (text or not is_on(child(properties, "w:rPr/w:vanish"))):
            marker, list_level = self._document.numbering.next_marker(list_id, place), place + 1
        if not text and not (marker and story.kind == "cell"):
            return
        level = self._document.styles.heading_level(properties, style) if story.kind == "main" else 0
        if set(style.names) & _CAPTION_STYLES:
            story.captions.add(len(story.elements))
        is_listed = marker and not level
        story.elements.append(
            listed_element(text, marker, list_level) if is_listed else plain_element(text, level, marker))

    def _add_attachments(self, content: ParagraphContent, story: Story) -> None:
        for attachment in content.attachments:
            self._add_attachment(attachment, story)
        if story.kind in ("main", "cell"):  # a note in a note would lead in circles
            for reference in content.notes:
                self._add_note(reference, story)

    def _add_attachment(self, attachment: Attachment, story: Story) -> None:
        if isinstance(attachment, GraphicReference):
            story.elements += self._read_graphic_part(attachment)
        elif isinstance(attachment, str):
            if story.kind != "margin":  # a watermark or a logo
                story.elements.append(Element("paragraph", attachment))
        else:  # a text box, which may have any fill
            self.read_blocks(attachment, story, on_paper=False)

    def _read_graphic_part(self, reference: GraphicReference) -> list[Element | Table]:
        package = self._document.package
        relation = package.relations(self._part).get(reference.relation_id)
        if relation is not None and package.has_part(relation.target):
            root = package.parse_part(relation.target)
            if reference.kind == "diagram":
                return [Element("paragraph", text) for text in diagram_texts(root)]
            if (table := chart_table(root)).rows:
                return [table]
        self._document.omissions["charts"] += 1
        return []

    def _add_note(self, reference: NoteReference, story: Story) -> None:
        if not self._document.notes.has_note(reference):
            return
        marker, node = self._document.notes.take_note(reference)
        note = Story("note")
        self.read_blocks(node, note)
        if text := cell_text(note.elements):
            story.elements.append(Element("note", text, marker=marker))
        story.elements += [element for element in note.elements if isinstance(element, Table)]

    def _read_table(self, node: Node, story: Story, *, on_paper: bool) -> None:
        style = self._document.styles.style(value_at(node, "w:tblPr/w:tblStyle"))
        on_paper = on_paper and not style.has_fill and not has_colour(fill_of(child(node, "w:tblPr")))
        rows = [[*table_parts(row, "w:tc")] for row in table_parts(node, "w:tr")]
        if len(rows) == 1 and len(rows[0]) == 1:  # a frame around text
            self.read_blocks(rows[0][0], story, on_paper=on_paper and not _is_filled(rows[0][0]))
            return
        self._count_left_out_rows(node)
        later: list[Element | Table] = []  # nested tables and notes

        def read_cell(cell: Node) -> str:
            content = Story("cell")
            self.read_blocks(cell, content, on_paper=on_paper and not _is_filled(cell))
            later.extend(part for part in content.elements if isinstance(part, Table) or part.kind == "note")
            return cell_text(content.elements)

        caption = take_caption(story.elements, story.captions) or value_at(node, "w:tblPr/w:tblCaption")
        table = read_table(node, read_cell, caption)
        story.elements += [table, *later] if table.rows else later

    def _count_left_out_rows(self, table: Node) -> None:
        for row in table_parts(table, "w:tr"):
            if child(row, "w:trPr/w:del") is not None:
                self._document.omissions["deleted text"] += has_text(row)
            elif is_on(child(row, "w:trPr/w:hidden")):
                self._document.omissions["hidden text"] += has_text(row)


_CONTAINERS = frozenset((
    "w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:customXml", "mc:AlternateContent", "mc:Choice", "mc:Fallback"))
_CAPTION_STYLES = frozenset(("caption", "题注", "標號"))


def _is_filled(cell: Node) -> bool:
    return has_colour(fill_of(child(cell, "w:tcPr")))


def _joins_next(properties: Node | None) -> bool:
    """True for a paragraph whose end was deleted, and for a large first letter, which is a paragraph of its own."""
    mark = child(properties, "w:rPr")
    is_deleted = any(child(mark, name) is not None for name in ("w:del", "w:moveFrom"))
    return is_deleted or attribute(child(properties, "w:framePr"), "w:dropCap") in ("drop", "margin")
