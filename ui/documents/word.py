"""A Paper becomes a Word file with real styles, contents, footnotes and page numbers, in our look or in that of a house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from ui.documents.ooxml import Footnotes, bookmark_elements, field_elements, run_element, strip_timestamps, tag
from ui.documents.paper import Block, Contents, Heading, Paper, Paragraph, ParagraphKind, RunStyle, SideBySide, Table, TextRun
from ui.documents.sanitise import iter_headings, parse_date
from ui.documents.word_styles import DocumentStyles
from ui.documents.word_template import blank_document

_KIND_STYLES: dict[ParagraphKind, str] = {
    "body": "Body Text", "lead": "Lead", "quote": "Quote", "item": "List Bullet", "reference": "Reference", "aside": "Aside"}
_COLUMN_STYLES: dict[ParagraphKind, str] = {**_KIND_STYLES, "body": "Column Text", "quote": "Column Quote", "item": "Column Bullet"}
_RUN_STYLES: dict[RunStyle, str] = {"strong": "Strong", "emphasis": "Emphasis", "doubtful": "Doubtful", "faint": "Faint"}
_LANGUAGE_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en-US"}
_HEADER_LENGTH = 60  # characters of a title; more would fill the page from above
_TEMPLATE_TYPE, _DOCUMENT_TYPE = b"wordprocessingml.template.main+xml", b"wordprocessingml.document.main+xml"


class BadTemplate(HuwenError):
    """A house template that is no Word file."""


def render_word(paper: Paper, template: Path | None = None) -> bytes:
    """The .docx of a tidy Paper; with a template, in its styles, fonts, header, footer and page set-up, after what it holds.

    The same Paper is the same bytes. Raises BadTemplate.
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
    """The elements of one document, and what is counted while they are made."""

    def __init__(self, document: Document, paper: Paper, *, has_template: bool) -> None:
        self.styles = DocumentStyles(document, paper.language, has_template=has_template)
        self.notes = Footnotes(document)
        self._paper = paper
        self._notes_by_number = {note.number: note for note in paper.notes}
        self._referenced_notes: set[int] = set()
        taken = [int(mark.get(qn("w:id"))) for mark in document.element.iter(qn("w:bookmarkStart"))]
        self._bookmarks = count(max(taken, default=0) + 1)
        self._headings = count(1)
        section = document.sections[-1]
        sides = (section.page_width, section.left_margin, section.right_margin)
        page, left, right = (side.twips if side is not None else usual for side, usual in zip(sides, (11906, 1440, 1440), strict=True))
        self._width = page - left - right

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
                case Table():
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
        ends = "".join(one.text for one in paragraph.runs).rstrip()[-1:]
        shape = [tag("keepNext")] if ends in (":", "：") else []  # it introduces what follows
        if paragraph.language == "en" and self._paper.language == "zh":  # the indent and the even edges are Chinese customs
            shape += [*([tag("ind", firstLineChars=0, firstLine=0)] if style == "Body Text" else []), tag("jc", val="left")]
        return self._styled_paragraph(style, *self._build_runs(paragraph.runs, paragraph.language), properties=shape)

    def _build_runs(self, runs: Iterable[TextRun], language: Language) -> Iterable[Element]:
        for one in runs:
            style = self.styles.character_id(_RUN_STYLES[one.style]) if one.style else ""
            upright = [tag("i", val=0)] if one.style == "emphasis" and language == "zh" else []  # 楷体 instead; Chinese does not slant
            yield run_element(one.text, language, *upright, style=style)
            for at, number in enumerate(one.notes):
                if at:  # notes 1 and 2 are not to read as note 12
                    yield run_element(",", "en", style=self.styles.character_id("footnote reference"))
                yield from self._note_reference(number)

    def _note_reference(self, number: int) -> list[Element]:
        """What points to a footnote. Word allows one reference to each; where the text points again, it is a cross-reference."""
        style, mark = self.styles.character_id("footnote reference"), f"_RefNote{number}"
        if number in self._referenced_notes:
            shown = run_element(str(number + self.notes.existing_count), "en", style=style)
            return field_elements(f"NOTEREF {mark} \\f \\h", [shown])
        self._referenced_notes.add(number)
        note = self._notes_by_number[number]
        own = tag("r", tag("rPr", tag("rStyle", val=style)), tag("footnoteRef"))
        body = self._styled_paragraph("footnote text", own, run_element(f" {note.text}", note.language))
        reference = tag("r", tag("rPr", tag("rStyle", val=style)), tag("footnoteReference", id=self.notes.add(body)))
        return bookmark_elements(next(self._bookmarks), mark, [reference])

    def _build_table(self, table: Table, width: int) -> Iterable[Element]:
        if table.caption:
            yield self._styled_paragraph("caption", run_element(table.caption, table.language))
        widths = [round(share * width) for share in column_shares(table)]
        header = [self._build_cell(at, [self._styled_paragraph("Table Heading", run_element(name, table.language))], shade="F2F2F2")
                  for at, name in zip(widths, table.header, strict=True)]
        rows = [tag("tr", *([tag("trPr", tag("cantSplit"), tag("tblHeader"))] if repeats_header(table) else []), *header)]
        for row, is_whole in zip(table.rows, unbreakable_rows(table), strict=True):
            cells = [self._build_cell(at, [self._styled_paragraph("Table Text", *self._build_runs(cell, table.language))])
                     for at, cell in zip(widths, row, strict=True)]
            rows.append(tag("tr", *([tag("trPr", tag("cantSplit"))] if is_whole else []), *cells))
        yield self._build_grid(widths, rows, tag("tblStyle", val=self.styles.table_id))
        yield self._spacer_paragraph()

    def _build_columns(self, block: SideBySide, width: int) -> Iterable[Element]:
        half = width // 2
        cells = []
        for side in (block.left, block.right):
            inner = list(self._build_blocks(side, half - 2 * 108, is_column=True))
            cells.append(self._build_cell(half, inner if inner and inner[-1].tag == qn("w:p") else [*inner, self._styled_paragraph("Column Text")]))
        none = [tag(side, val="nil") for side in ("top", "left", "bottom", "right", "insideH", "insideV")]
        yield self._build_grid([half, half], [tag("tr", *cells)], tag("tblBorders", *none))
        yield self._spacer_paragraph()

    def _build_grid(self, widths: list[int], rows: Iterable[Element], style: Element) -> Element:
        size, layout = tag("tblW", w=sum(widths), type="dxa"), tag("tblLayout", type="fixed")
        is_style = style.tag == qn("w:tblStyle")
        properties = [style, size, layout] if is_style else [size, style, layout]  # in the order of the schema
        return tag("tbl", tag("tblPr", *properties), tag("tblGrid", *(tag("gridCol", w=width) for width in widths)), *rows)

    def _build_cell(self, width: int, inner: Iterable[Element], shade: str = "") -> Element:
        shading = [tag("shd", val="clear", color="auto", fill=shade)] if shade else []
        return tag("tc", tag("tcPr", tag("tcW", w=width, type="dxa"), *shading), *inner)

    def _spacer_paragraph(self) -> Element:
        """Between two tables, which Word would make one of, and before what follows."""
        return tag("p", tag("pPr", tag("pStyle", val=self.styles.paragraph_id("Normal")),
                            tag("spacing", before=0, after=0, line=200, lineRule="exact")))

    def _build_contents(self, contents: Contents) -> Iterable[Element]:
        """A real field, filled in. Its page numbers come when a reader updates it (a click on its frame): only a layout knows them,
        a guess would be wrong, and the flag that makes Word work them out has it ask first whether to trust the file."""
        entries = [
            (heading, tag("hyperlink", run_element(heading.text, heading.language), anchor=f"_TocPaper{at}", history=1))
            for at, heading in enumerate(iter_headings(self._paper.blocks), 1)]
        if not entries:
            return
        begin, code, middle, end = field_elements('TOC \\o "1-3" \\h \\z \\u')
        lines = []
        for at, (heading, link) in enumerate(entries):
            before, after = [begin, code, middle] if at == 0 else [], [end] if at == len(entries) - 1 else []
            lines.append(self._styled_paragraph(f"toc {heading.level}", *before, link, *after))
        title = self._styled_paragraph("TOC Heading", run_element(contents.title, self._paper.language))
        part = tag("docPartObj", tag("docPartGallery", val="Table of Contents"), tag("docPartUnique"))
        yield tag("sdt", tag("sdtPr", part), tag("sdtContent", title, *lines))


def _open_template(template: Path) -> BytesIO:
    """The template as a document: a .dotx says of itself that it is none."""
    help_ = "give a .docx or .dotx that Word has saved"
    try:
        out = BytesIO()
        with ZipFile(template) as old, ZipFile(out, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                new.writestr(name, content.replace(_TEMPLATE_TYPE, _DOCUMENT_TYPE) if name == "[Content_Types].xml" else content)
        out.seek(0)
        docx.Document(out)
    except OSError as error:
        raise BadTemplate(f"{template}: the template cannot be read ({error.strerror or error}); {help_}") from error
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError, AttributeError) as error:
        raise BadTemplate(f"{template}: the template is no Word document; {help_}") from error
    out.seek(0)
    return out


def _remove_blank_body(document: Document) -> None:
    """Without the empty paragraph that a template consists of when it holds nothing."""
    body = document.element.body
    blocks = [element for element in body if element.tag != qn("w:sectPr")]
    is_blank = all(element.tag == qn("w:p") and not any(len(run) for run in element.iter(qn("w:r"))) for element in blocks)
    if is_blank and not any(True for element in blocks for _ in element.iter(qn("w:sectPr"))):
        for element in blocks:
            body.remove(element)


def _add_header_footer(document: Document, paper: Paper, styles: DocumentStyles) -> None:
    """The title above every page but the first, the page's number and how many there are below each."""
    section = document.sections[-1]
    section.different_first_page_header_footer = True
    title = paper.title if len(paper.title) <= _HEADER_LENGTH else paper.title[:_HEADER_LENGTH] + "…"
    dash = ("— ", " —") if paper.language == "zh" else ("", "")
    for holder, style in ((section.header, "header"), (section.footer, "footer"), (section.first_page_footer, "footer")):
        line = holder.paragraphs[0]._p
        line.style = styles.paragraph_id(style)
        page, pages = (field_elements(code, [run_element("1", "en")]) for code in ("PAGE", "NUMPAGES"))
        numbers = [run_element(dash[0], "en"), *page, run_element(" / ", "en"), *pages, run_element(dash[1], "en")]
        line.extend([run_element(title, paper.language)] if style == "header" else numbers)


def _set_properties(document: Document, paper: Paper) -> None:
    properties = document.core_properties
    properties.title, properties.language, properties.comments = paper.title[:255], _LANGUAGE_TAGS[paper.language], ""
    properties.author = properties.last_modified_by = ""
    properties.created = properties.modified = parse_date(paper.date).replace(tzinfo=None)
    properties.revision = 1
