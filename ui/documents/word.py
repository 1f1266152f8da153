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
from ui.documents.column_widths import is_repeated, shares, whole_rows
from ui.documents.ooxml import Footnotes, bookmark, field, run, tag, timeless
from ui.documents.paper import Block, Contents, Heading, Kind, Paper, Paragraph, Run, RunStyle, SideBySide, Table
from ui.documents.sanitise import headings, moment
from ui.documents.word_styles import Styles
from ui.documents.word_template import skeleton

_KINDS: dict[Kind, str] = {
    "body": "Body Text", "lead": "Lead", "quote": "Quote", "item": "List Bullet", "reference": "Reference", "aside": "Aside"}
_COLUMN_KINDS: dict[Kind, str] = {**_KINDS, "body": "Column Text", "quote": "Column Quote", "item": "Column Bullet"}
_STYLES: dict[RunStyle, str] = {"strong": "Strong", "emphasis": "Emphasis", "doubtful": "Doubtful", "faint": "Faint"}
_LANGUAGES: dict[Language, str] = {"zh": "zh-CN", "en": "en-US"}
_IN_HEADER = 60  # characters of a title; more would fill the page from above
_TEMPLATE, _DOCUMENT = b"wordprocessingml.template.main+xml", b"wordprocessingml.document.main+xml"


class BadTemplate(HuwenError):
    """A house template that is no Word file."""


def word(paper: Paper, template: Path | None = None) -> bytes:
    """The .docx of a tidy Paper; with a template, in its styles, fonts, header, footer and page set-up, after what it holds.

    The same Paper is the same bytes. Raises BadTemplate.
    """
    document = docx.Document(_opened(template) if template else skeleton(paper.language))
    content = _Content(document, paper, is_house=template is not None)
    _emptied(document)
    end = document.element.body.find(qn("w:sectPr"))
    for element in content.elements():
        if end is None:
            document.element.body.append(element)
        else:
            end.addprevious(element)
    content.notes.keep()
    if template is None:
        _running(document, paper, content.styles)
    _properties(document, paper)
    out = BytesIO()
    document.save(out)
    return timeless(out.getvalue())


class _Content:
    """The elements of one document, and what is counted while they are made."""

    def __init__(self, document: Document, paper: Paper, *, is_house: bool) -> None:
        self.styles = Styles(document, paper.language, is_house=is_house)
        self.notes = Footnotes(document)
        self._paper = paper
        self._noted = {note.number: note for note in paper.notes}
        self._pointed: set[int] = set()
        taken = [int(mark.get(qn("w:id"))) for mark in document.element.iter(qn("w:bookmarkStart"))]
        self._bookmarks = count(max(taken, default=0) + 1)
        self._headings = count(1)
        section = document.sections[-1]
        sides = (section.page_width, section.left_margin, section.right_margin)
        page, left, right = (side.twips if side is not None else usual for side, usual in zip(sides, (11906, 1440, 1440), strict=True))
        self._width = page - left - right

    def elements(self) -> Iterable[Element]:
        yield self._paragraph("Title", run(self._paper.title, self._paper.language))
        yield from self._blocks((*self._paper.lead, *self._paper.blocks), self._width)

    def _blocks(self, blocks: Sequence[Block], width: int, *, is_column: bool = False) -> Iterable[Element]:
        for block in blocks:
            match block:
                case Heading():
                    yield self._heading(block)
                case Paragraph():
                    yield self._text(block, is_column=is_column)
                case Table():
                    yield from self._table(block, width)
                case SideBySide():
                    yield from self._columns(block, width)
                case Contents():
                    yield from self._contents(block)

    def _paragraph(self, style: str, *inner: Element, properties: Iterable[Element] = ()) -> Element:
        return tag("p", tag("pPr", tag("pStyle", val=self.styles.paragraph(style)), *properties), *inner)

    def _heading(self, heading: Heading) -> Element:
        mark = f"_TocPaper{next(self._headings)}"
        inner = bookmark(next(self._bookmarks), mark, [run(heading.text, heading.language)])
        return self._paragraph(f"heading {heading.level}", *inner)

    def _text(self, paragraph: Paragraph, *, is_column: bool) -> Element:
        style = (_COLUMN_KINDS if is_column else _KINDS)[paragraph.kind]
        ends = "".join(one.text for one in paragraph.runs).rstrip()[-1:]
        shape = [tag("keepNext")] if ends in (":", "：") else []  # it introduces what follows
        if paragraph.language == "en" and self._paper.language == "zh":  # the indent and the even edges are Chinese customs
            shape += [*([tag("ind", firstLineChars=0, firstLine=0)] if style == "Body Text" else []), tag("jc", val="left")]
        return self._paragraph(style, *self._runs(paragraph.runs, paragraph.language), properties=shape)

    def _runs(self, runs: Iterable[Run], language: Language) -> Iterable[Element]:
        for one in runs:
            style = self.styles.character(_STYLES[one.style]) if one.style else ""
            upright = [tag("i", val=0)] if one.style == "emphasis" and language == "zh" else []  # 楷体 instead; Chinese does not slant
            yield run(one.text, language, *upright, style=style)
            for at, number in enumerate(one.notes):
                if at:  # notes 1 and 2 are not to read as note 12
                    yield run(",", "en", style=self.styles.character("footnote reference"))
                yield from self._note(number)

    def _note(self, number: int) -> list[Element]:
        """What points to a footnote. Word allows one reference to each; where the text points again, it is a cross-reference."""
        style, mark = self.styles.character("footnote reference"), f"_RefNote{number}"
        if number in self._pointed:
            shown = run(str(number + self.notes.before), "en", style=style)
            return field(f"NOTEREF {mark} \\f \\h", [shown])
        self._pointed.add(number)
        note = self._noted[number]
        own = tag("r", tag("rPr", tag("rStyle", val=style)), tag("footnoteRef"))
        body = self._paragraph("footnote text", own, run(f" {note.text}", note.language))
        reference = tag("r", tag("rPr", tag("rStyle", val=style)), tag("footnoteReference", id=self.notes.add(body)))
        return bookmark(next(self._bookmarks), mark, [reference])

    def _table(self, table: Table, width: int) -> Iterable[Element]:
        if table.caption:
            yield self._paragraph("caption", run(table.caption, table.language))
        widths = [round(share * width) for share in shares(table)]
        header = [self._cell(at, [self._paragraph("Table Heading", run(name, table.language))], shade="F2F2F2")
                  for at, name in zip(widths, table.header, strict=True)]
        rows = [tag("tr", *([tag("trPr", tag("cantSplit"), tag("tblHeader"))] if is_repeated(table) else []), *header)]
        for row, is_whole in zip(table.rows, whole_rows(table), strict=True):
            cells = [self._cell(at, [self._paragraph("Table Text", *self._runs(cell, table.language))])
                     for at, cell in zip(widths, row, strict=True)]
            rows.append(tag("tr", *([tag("trPr", tag("cantSplit"))] if is_whole else []), *cells))
        yield self._grid(widths, rows, tag("tblStyle", val=self.styles.table))
        yield self._gap()

    def _columns(self, block: SideBySide, width: int) -> Iterable[Element]:
        half = width // 2
        cells = []
        for side in (block.left, block.right):
            inner = list(self._blocks(side, half - 2 * 108, is_column=True))
            cells.append(self._cell(half, inner if inner and inner[-1].tag == qn("w:p") else [*inner, self._paragraph("Column Text")]))
        none = [tag(side, val="nil") for side in ("top", "left", "bottom", "right", "insideH", "insideV")]
        yield self._grid([half, half], [tag("tr", *cells)], tag("tblBorders", *none))
        yield self._gap()

    def _grid(self, widths: list[int], rows: Iterable[Element], look: Element) -> Element:
        size, layout = tag("tblW", w=sum(widths), type="dxa"), tag("tblLayout", type="fixed")
        is_style = look.tag == qn("w:tblStyle")
        properties = [look, size, layout] if is_style else [size, look, layout]  # in the order of the schema
        return tag("tbl", tag("tblPr", *properties), tag("tblGrid", *(tag("gridCol", w=width) for width in widths)), *rows)

    def _cell(self, width: int, inner: Iterable[Element], shade: str = "") -> Element:
        shading = [tag("shd", val="clear", color="auto", fill=shade)] if shade else []
        return tag("tc", tag("tcPr", tag("tcW", w=width, type="dxa"), *shading), *inner)

    def _gap(self) -> Element:
        """Between two tables, which Word would make one of, and before what follows."""
        return tag("p", tag("pPr", tag("pStyle", val=self.styles.paragraph("Normal")),
                            tag("spacing", before=0, after=0, line=200, lineRule="exact")))

    def _contents(self, contents: Contents) -> Iterable[Element]:
        """A real field, filled in. Its page numbers come when a reader updates it (a click on its frame): only a layout knows them,
        a guess would be wrong, and the flag that makes Word work them out has it ask first whether to trust the file."""
        entries = [
            (heading, tag("hyperlink", run(heading.text, heading.language), anchor=f"_TocPaper{at}", history=1))
            for at, heading in enumerate(headings(self._paper.blocks), 1)]
        if not entries:
            return
        begin, code, middle, end = field('TOC \\o "1-3" \\h \\z \\u')
        lines = []
        for at, (heading, link) in enumerate(entries):
            before, after = [begin, code, middle] if at == 0 else [], [end] if at == len(entries) - 1 else []
            lines.append(self._paragraph(f"toc {heading.level}", *before, link, *after))
        title = self._paragraph("TOC Heading", run(contents.title, self._paper.language))
        part = tag("docPartObj", tag("docPartGallery", val="Table of Contents"), tag("docPartUnique"))
        yield tag("sdt", tag("sdtPr", part), tag("sdtContent", title, *lines))


def _opened(template: Path) -> BytesIO:
    """The template as a document: a .dotx says of itself that it is none."""
    help_ = "give a .docx or .dotx that Word has saved"
    try:
        out = BytesIO()
        with ZipFile(template) as old, ZipFile(out, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                new.writestr(name, content.replace(_TEMPLATE, _DOCUMENT) if name == "[Content_Types].xml" else content)
        out.seek(0)
        docx.Document(out)
    except OSError as error:
        raise BadTemplate(f"{template}: the template cannot be read ({error.strerror or error}); {help_}") from error
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError, AttributeError) as error:
        raise BadTemplate(f"{template}: the template is no Word document; {help_}") from error
    out.seek(0)
    return out


def _emptied(document: Document) -> None:
    """Without the empty paragraph that a template consists of when it holds nothing."""
    body = document.element.body
    blocks = [element for element in body if element.tag != qn("w:sectPr")]
    is_blank = all(element.tag == qn("w:p") and not any(len(run) for run in element.iter(qn("w:r"))) for element in blocks)
    if is_blank and not any(True for element in blocks for _ in element.iter(qn("w:sectPr"))):
        for element in blocks:
            body.remove(element)


def _running(document: Document, paper: Paper, styles: Styles) -> None:
    """The title above every page but the first, the page's number and how many there are below each."""
    section = document.sections[-1]
    section.different_first_page_header_footer = True
    title = paper.title if len(paper.title) <= _IN_HEADER else paper.title[:_IN_HEADER] + "…"
    dash = ("— ", " —") if paper.language == "zh" else ("", "")
    for holder, style in ((section.header, "header"), (section.footer, "footer"), (section.first_page_footer, "footer")):
        line = holder.paragraphs[0]._p
        line.style = styles.paragraph(style)
        page, pages = (field(code, [run("1", "en")]) for code in ("PAGE", "NUMPAGES"))
        numbers = [run(dash[0], "en"), *page, run(" / ", "en"), *pages, run(dash[1], "en")]
        line.extend([run(title, paper.language)] if style == "header" else numbers)


def _properties(document: Document, paper: Paper) -> None:
    properties = document.core_properties
    properties.title, properties.language, properties.comments = paper.title[:255], _LANGUAGES[paper.language], ""
    properties.author = properties.last_modified_by = ""
    properties.created = properties.modified = moment(paper.date).replace(tzinfo=None)
    properties.revision = 1
