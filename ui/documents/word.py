"""Word writer: renders a Paper as .docx with styles, contents, footnotes and page numbers, or in a house template."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from io import BytesIO
from itertools import count
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import docx
from docx.document import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from rag.schema import HuwenError, Language
from ui.documents.column_widths import column_shares, repeats_header, unbreakable_rows
from ui.documents.numeric_columns import paper_numeric_columns
from ui.documents.ooxml import Footnotes, bookmark_elements, field_elements, run_element, strip_timestamps, tag
from ui.documents.paper import (
    Block,
    Contents,
    Heading,
    Paper,
    PaperTable,
    Paragraph,
    ParagraphKind,
    RunStyle,
    SideBySide,
    TextRun,
)
from ui.documents.sanitise import iter_headings, parse_date
from ui.documents.word_styles import DocumentStyles
from ui.documents.word_template import blank_document

_KIND_STYLES: dict[ParagraphKind, str] = {
    "body": "Body Text", "lead": "Lead", "quote": "Quote", "item": "List Bullet", "reference": "Reference",
    "aside": "Aside"}
_COLUMN_STYLES: dict[ParagraphKind, str] = {
    **_KIND_STYLES, "body": "Column Text", "quote": "Column Quote", "item": "Column Bullet"}
_RUN_STYLES: dict[RunStyle, str] = {
    "strong": "Strong", "emphasis": "Emphasis", "doubtful": "Doubtful", "faint": "Faint"}
_LANGUAGE_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en-US"}
_HEADER_LENGTH = 60  # characters of a title; a longer header would take the space of the text
_CELL_MARGIN = 108  # twips at the left and right of a table cell, Word's default
_TEMPLATE_TYPE, _DOCUMENT_TYPE = b"wordprocessingml.template.main+xml", b"wordprocessingml.document.main+xml"


class BadTemplate(HuwenError):
    """A house template that is not a Word file."""


def render_word(paper: Paper, template: Path | None = None) -> bytes:
    """The .docx of a sanitised Paper.

    With a house template the Paper follows the template's text, in its styles, fonts, header, footer and page set-up.
    The same Paper and template give the same bytes.

    Raises:
        BadTemplate: the template is not a Word file or cannot be read.
    """
    document = docx.Document(_open_template(template) if template else blank_document(paper.language))
    content = _BodyBuilder(document, paper, has_template=template is not None)
    _remove_blank_body(document)
    end = document.element.body.find(qn("w:sectPr"))
    for element in content.build_elements():
        if end is None:
            document.element.body.append(element)
        else:
            end.addprevious(element)
    content.notes.save()
    if template is None:
        _add_header_footer(document, paper, content.styles)
    _set_properties(document, paper)
    out = BytesIO()
    document.save(out)
    return strip_timestamps(out.getvalue())


class _BodyBuilder:
    """Builds the elements of a document's body; counts its bookmarks, headings and notes."""

    def __init__(self, document: Document, paper: Paper, *, has_template: bool) -> None:
        self.styles = DocumentStyles(document, paper.language, has_template=has_template)
        self.notes = Footnotes(document)
        self._paper = paper
        self._notes_by_number = {note.number: note for note in paper.notes}
        self._referenced_notes: set[int] = set()
        used_ids = [int(mark.get(qn("w:id"))) for mark in document.element.iter(qn("w:bookmarkStart"))]
        self._bookmarks = count(max(used_ids, default=0) + 1)
        self._headings = count(1)
        self._width = _text_width(document)

    def build_elements(self) -> Iterable[Element]:
        yield self._styled_paragraph("Title", run_element(self._paper.title, self._paper.language))
        yield from self._build_blocks((*self._paper.lead, *self._paper.blocks), self._width)

    def _build_blocks(self, blocks: Sequence[Block], width: int, *, is_column: bool = False) -> Iterable[Element]:
        for block in blocks:
            match block:
                case Heading():
                    yield self._build_heading(block)
                case Paragraph():
                    yield self._build_paragraph(block, is_column=is_column)
                case PaperTable():
                    yield from self._build_table(block, width)
                case SideBySide():
                    yield from self._build_columns(block, width)
                case Contents():
                    yield from self._build_contents(block)

    def _styled_paragraph(self, style: str, *inner: Element, properties: Iterable[Element] = ()) -> Element:
        return tag("p", tag("pPr", tag("pStyle", val=self.styles.paragraph_id(style)), *properties), *inner)

    def _build_heading(self, heading: Heading) -> Element:
        mark = f"_TocPaper{next(self._headings)}"
        inner = bookmark_elements(next(self._bookmarks), mark, [run_element(heading.text, heading.language)])
        return self._styled_paragraph(f"heading {heading.level}", *inner)

    def _build_paragraph(self, paragraph: Paragraph, *, is_column: bool) -> Element:
        style = (_COLUMN_STYLES if is_column else _KIND_STYLES)[paragraph.kind]
        last_character = "".join(run.text for run in paragraph.runs).rstrip()[-1:]
        properties = [tag("keepNext")] if last_character in (":", "：") else []  # it introduces the next paragraph
        # first-line indent and justified lines are Chinese conventions
        if paragraph.language == "en" and self._paper.language == "zh":
            if style == "Body Text":
                properties.append(tag("ind", firstLineChars=0, firstLine=0))
            properties.append(tag("jc", val="left"))
        runs = self._build_runs(paragraph.runs, paragraph.language)
        return self._styled_paragraph(style, *runs, properties=properties)

    def _build_runs(self, runs: Iterable[TextRun], language: Language) -> Iterable[Element]:
        for run in runs:
            style = self.styles.character_id(_RUN_STYLES[run.style]) if run.style else ""
            # Chinese has no italics; emphasis is in the font 楷体 instead
            upright = [tag("i", val=0)] if run.style == "emphasis" and language == "zh" else []
            yield run_element(run.text, language, *upright, style=style)
            for position, number in enumerate(run.notes):
                if position:  # otherwise notes 1 and 2 would be read as note 12
                    yield run_element(",", "en", style=self.styles.character_id("footnote reference"))
                yield from self._note_reference(number)

    def _note_reference(self, number: int) -> list[Element]:
        """A reference to a footnote. Word allows one for each footnote; further ones are cross-references to it."""
        style, mark = self.styles.character_id("footnote reference"), f"_RefNote{number}"
        if number in self._referenced_notes:
            label = run_element(str(number + self.notes.existing_count), "en", style=style)
            return field_elements(f"NOTEREF {mark} \\f \\h", [label])
        self._referenced_notes.add(number)
        note = self._notes_by_number[number]
        note_number = tag("r", tag("rPr", tag("rStyle", val=style)), tag("footnoteRef"))
        body = self._styled_paragraph("footnote text", note_number, run_element(f" {note.text}", note.language))
        reference = tag("r", tag("rPr", tag("rStyle", val=style)), tag("footnoteReference", id=self.notes.add(body)))
        return bookmark_elements(next(self._bookmarks), mark, [reference])

    def _build_table(self, table: PaperTable, width: int) -> Iterable[Element]:
        if table.caption:
            yield self._styled_paragraph("caption", run_element(table.caption, table.language))
        widths = [round(share * width) for share in column_shares(table)]
        header_properties = [tag("trPr", tag("cantSplit"), tag("tblHeader"))] if repeats_header(table) else []
        rows = [tag("tr", *header_properties, *self._group_cells(table, groups, widths)) for groups in table.groups]
        numeric = paper_numeric_columns(table)
        if any(table.header):
            rows.append(tag("tr", *header_properties, *self._header_cells(table, widths, numeric)))
        for row, is_whole in zip(table.rows, unbreakable_rows(table), strict=True):
            cells = []
            for column, (cell_width, cell) in enumerate(zip(widths, row, strict=True)):
                style = "Table Heading" if column < table.row_heads else "Table Text"
                text = self._styled_paragraph(
                    style, *self._build_runs(cell, table.language), properties=_alignment(is_numeric=column in numeric))
                cells.append(self._build_cell(cell_width, [text]))
            rows.append(tag("tr", *([tag("trPr", tag("cantSplit"))] if is_whole else []), *cells))
        yield self._build_grid(widths, rows, tag("tblStyle", val=self.styles.table_id))
        yield self._spacer_paragraph()

    def _group_cells(
        self, table: PaperTable, groups: Sequence[tuple[str, int]], widths: list[int],
    ) -> Iterable[Element]:
        """The cells of a row above the header, each over several columns."""
        column = 0
        for name, span in groups:
            heading = self._styled_paragraph("Table Heading", run_element(name, table.language))
            width = sum(widths[column : column + span])
            yield self._build_cell(width, [heading], shade="F2F2F2", columns=span)
            column += span

    def _header_cells(
        self, table: PaperTable, widths: list[int], numeric: Collection[int],
    ) -> Iterable[Element]:
        for column, (width, name) in enumerate(zip(widths, table.header, strict=True)):
            heading = self._styled_paragraph(
                "Table Heading", run_element(name, table.language), properties=_alignment(is_numeric=column in numeric))
            yield self._build_cell(width, [heading], shade="F2F2F2")

    def _build_columns(self, block: SideBySide, width: int) -> Iterable[Element]:
        half = width // 2
        cells = []
        for column in (block.left, block.right):
            elements = list(self._build_blocks(column, half - 2 * _CELL_MARGIN, is_column=True))
            if not elements or elements[-1].tag != qn("w:p"):  # Word requires a paragraph at the end of a cell
                elements.append(self._styled_paragraph("Column Text"))
            cells.append(self._build_cell(half, elements))
        none = [tag(side, val="nil") for side in ("top", "left", "bottom", "right", "insideH", "insideV")]
        yield self._build_grid([half, half], [tag("tr", *cells)], tag("tblBorders", *none))
        yield self._spacer_paragraph()

    def _build_grid(self, widths: list[int], rows: Iterable[Element], style: Element) -> Element:
        size, layout = tag("tblW", w=sum(widths), type="dxa"), tag("tblLayout", type="fixed")
        is_style = style.tag == qn("w:tblStyle")
        properties = [style, size, layout] if is_style else [size, style, layout]  # in the order of the schema
        columns = tag("tblGrid", *(tag("gridCol", w=width) for width in widths))
        return tag("tbl", tag("tblPr", *properties), columns, *rows)

    def _build_cell(self, width: int, inner: Iterable[Element], shade: str = "", columns: int = 1) -> Element:
        span = [tag("gridSpan", val=columns)] if columns > 1 else []
        shading = [tag("shd", val="clear", color="auto", fill=shade)] if shade else []
        return tag("tc", tag("tcPr", tag("tcW", w=width, type="dxa"), *span, *shading), *inner)

    def _spacer_paragraph(self) -> Element:
        """An empty line after a table; without it Word would join two tables."""
        spacing = tag("spacing", before=0, after=0, line=200, lineRule="exact")
        return tag("p", tag("pPr", tag("pStyle", val=self.styles.paragraph_id("Normal")), spacing))

    def _build_contents(self, contents: Contents) -> Iterable[Element]:
        """A contents field with its entries, without page numbers until a reader updates it (a click on its frame).

        Only a layout knows the page numbers. The flag that makes Word update fields when it opens a file also makes it
        ask whether to trust the file.
        """
        headings = list(enumerate(iter_headings(self._paper.blocks), 1))
        if not headings:
            return
        begin, code, middle, end = field_elements('TOC \\o "1-3" \\h \\z \\u')
        lines = []
        for number, heading in headings:
            text = run_element(heading.text, heading.language)
            link = tag("hyperlink", text, anchor=f"_TocPaper{number}", history=1)
            before = [begin, code, middle] if number == 1 else []
            after = [end] if number == len(headings) else []
            lines.append(self._styled_paragraph(f"toc {heading.level}", *before, link, *after))
        title = self._styled_paragraph("TOC Heading", run_element(contents.title, self._paper.language))
        part = tag("docPartObj", tag("docPartGallery", val="Table of Contents"), tag("docPartUnique"))
        yield tag("sdt", tag("sdtPr", part), tag("sdtContent", title, *lines))


def _open_template(template: Path) -> BytesIO:
    """The template with the content type of a document, which python-docx requires; a .dotx has another."""
    help_ = "give a .docx or .dotx that Word has saved"
    try:
        out = BytesIO()
        with ZipFile(template) as old, ZipFile(out, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                if name == "[Content_Types].xml":
                    content = content.replace(_TEMPLATE_TYPE, _DOCUMENT_TYPE)
                new.writestr(name, content)
        out.seek(0)
        docx.Document(out)
    except OSError as error:
        raise BadTemplate(f"{template}: the template cannot be read ({error.strerror or error}); {help_}") from error
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError, AttributeError) as error:
        raise BadTemplate(f"{template}: the template is not a Word document; {help_}") from error
    out.seek(0)
    return out


def _remove_blank_body(document: Document) -> None:
    """Remove the empty paragraphs of a template without text, unless one of them has a section break."""
    body = document.element.body
    blocks = [element for element in body if element.tag != qn("w:sectPr")]
    if all(_is_blank(element) for element in blocks):
        for element in blocks:
            body.remove(element)


def _is_blank(element: Element) -> bool:
    """True for a paragraph without content in its runs and without a section break."""
    if element.tag != qn("w:p") or any(len(run) for run in element.iter(qn("w:r"))):
        return False
    return not any(True for _ in element.iter(qn("w:sectPr")))


def _text_width(document: Document) -> int:
    """The width between the margins of the last section, in twips; A4-like values where the document gives none."""
    section = document.sections[-1]
    page, left, right = section.page_width, section.left_margin, section.right_margin
    width = page.twips if page is not None else 11906
    for margin in (left, right):
        width -= margin.twips if margin is not None else 1440
    return width


def _add_header_footer(document: Document, paper: Paper, styles: DocumentStyles) -> None:
    """The title as header of every page but the first; page number and number of pages as footer of every page."""
    section = document.sections[-1]
    section.different_first_page_header_footer = True
    title = paper.title if len(paper.title) <= _HEADER_LENGTH else paper.title[:_HEADER_LENGTH] + "…"
    dash = ("— ", " —") if paper.language == "zh" else ("", "")
    holders = ((section.header, "header"), (section.footer, "footer"), (section.first_page_footer, "footer"))
    for holder, style in holders:
        line = holder.paragraphs[0]._p
        line.style = styles.paragraph_id(style)
        if style == "header":
            line.append(run_element(title, paper.language))
            continue
        page, pages = (field_elements(code, [run_element("1", "en")]) for code in ("PAGE", "NUMPAGES"))
        line.extend(
            [run_element(dash[0], "en"), *page, run_element(" / ", "en"), *pages, run_element(dash[1], "en")])


def _set_properties(document: Document, paper: Paper) -> None:
    properties = document.core_properties
    properties.title, properties.language, properties.comments = paper.title[:255], _LANGUAGE_TAGS[paper.language], ""
    properties.author = properties.last_modified_by = ""
    properties.created = properties.modified = parse_date(paper.date).replace(tzinfo=None)
    properties.revision = 1


def _alignment(*, is_numeric: bool) -> list[Element]:
    """Of a cell: a column of figures is right-aligned."""
    return [tag("jc", val="right")] if is_numeric else []
