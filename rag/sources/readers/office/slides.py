"""Slides: a .pptx file turned into a heading for each slide, its list items, tables, charts and the speaker's notes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from rag.sources.elements import Element, FileContent, Omission, OmissionKind, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.office.charts import chart_table, diagram_texts
from rag.sources.readers.office.metadata import stated_metadata
from rag.sources.readers.office.package import OfficePackage, open_package
from rag.sources.readers.office.slides_text import paragraph_text, read_paragraphs
from rag.sources.readers.office.word_elements import cell_text
from rag.sources.readers.office.word_graphics import chosen_parts, read_picture
from rag.sources.readers.office.word_tables import GridCell, build_table
from rag.sources.readers.office.xml import (
    Node,
    attribute,
    child,
    children,
    descendants,
    is_on,
    is_set,
    parse_integer,
    short_name,
)


def read_slides(path: Path) -> FileContent:
    """The elements of a .pptx file, whose `page` is the number of the slide; hidden slides are left out.

    The title of the first slide is a heading of level 1, those of the others are of level 2.

    Raises:
        UnreadableFile: "empty", "locked", "wrong type", "damaged" or "too large".
    """
    with open_package(path, ".pptx") as package:
        part = package.main_part()
        root = package.parse_part(part)
        if short_name(root) != "p:presentation":
            raise UnreadableFile("damaged", type=".pptx", detail=f"{part}: p:presentation")
        reader = _SlideReader(package)
        relations = package.relations(part)
        for number, slide in enumerate(children(root, "p:sldIdLst/p:sldId"), 1):
            relation = relations.get(attribute(slide, "r:id"))
            if relation is None or not package.has_part(relation.target):
                raise UnreadableFile("damaged", type=".pptx", detail=f"slide {number}")
            reader.read_slide(relation.target, number)
        return FileContent(
            tuple(reader.elements), stated_metadata(package, reader.elements), tuple(reader.omitted_parts()))


class _SlideReader:
    """Collects the elements of slides, and counts for each slide what is left out."""

    def __init__(self, package: OfficePackage) -> None:
        self.elements: list[Element | Table] = []
        self._package = package
        self._omissions: dict[int, Counter[OmissionKind]] = defaultdict(Counter)
        self._footers: set[str] = set()
        self._part, self._page = "", 0

    def omitted_parts(self) -> Iterator[Omission]:
        """What was left out of all slides, with the numbers of the slides."""
        kinds = dict.fromkeys(kind for counts in self._omissions.values() for kind in counts)
        for kind in kinds:
            counts = {page: counts[kind] for page, counts in self._omissions.items() if counts[kind] > 0}
            if counts:
                yield Omission(kind, sum(counts.values()), ", ".join(map(str, counts)))

    def read_slide(self, part: str, page: int) -> None:
        """Add the elements of the slide in a part of the package."""
        self._part, self._page = part, page
        root = self._package.parse_part(part)
        if not is_on(root, "show"):
            self._omissions[page]["hidden slides"] += 1
            return
        shapes = [*_shapes(child(root, "p:cSld/p:spTree"))]
        title = next((shape for shape in shapes if _placeholder_type(shape) in _TITLES), None)
        if title is not None:
            self._add_title(title)
        for shape in shapes:
            if shape is not title:
                self._read_shape(shape)
        for relation in self._package.relations(part).values():
            if relation.kind == "notesSlide" and self._package.has_part(relation.target):
                self._add_notes(self._package.parse_part(relation.target))
            elif relation.kind == "comments" and self._package.has_part(relation.target):
                self._omissions[page]["comments"] += sum(1 for _ in self._package.parse_part(relation.target))

    def _add_title(self, shape: Node) -> None:
        lines = (paragraph_text(node) for node in children(shape, "p:txBody/a:p"))
        if text := " ".join(" ".join(lines).split()):
            self.elements.append(Element("heading", text, 1 if self._page == 1 else 2, page=self._page))

    def _read_shape(self, shape: Node) -> None:
        if is_set(child(shape, "*/p:cNvPr"), "hidden"):
            self._omissions[self._page]["hidden text"] += any((t.text or "").strip() for t in descendants(shape, "a:t"))
            return
        match short_name(shape):
            case "p:sp":
                self._read_text_shape(shape)
            case "p:pic":
                self._read_picture(shape)
            case "p:graphicFrame":
                for data in children(shape, "a:graphic/a:graphicData"):
                    for graphic in data:
                        self._read_graphic(graphic)

    def _read_text_shape(self, shape: Node) -> None:
        kind = _placeholder_type(shape)
        paragraphs = read_paragraphs(shape, self._page, is_list=kind in _LISTS)
        if kind in ("ftr", "hdr"):
            text = cell_text(paragraphs)
            if text and text not in self._footers:
                self._footers.add(text)
                self.elements.append(Element("note", text, page=self._page))
        elif kind not in ("sldNum", "dt"):
            self.elements += paragraphs

    def _read_picture(self, shape: Node) -> None:
        if any(child(shape, f"p:nvPicPr/p:nvPr/a:{kind}") is not None for kind in _MEDIA):
            self._omissions[self._page]["embedded files"] += 1
            return
        description = attribute(child(shape, "p:nvPicPr/p:cNvPr"), "descr")
        for text in read_picture(description, self._omissions[self._page]):
            self.elements.append(Element("paragraph", str(text), page=self._page))

    def _read_graphic(self, graphic: Node) -> None:
        match short_name(graphic):
            case "a:tbl":
                self.elements.append(_read_slide_table(graphic, self._page))
            case "c:chart" | "cx:chart":
                self._read_chart(attribute(graphic, "r:id"))
            case "dgm:relIds":
                self._read_diagram(attribute(graphic, "r:dm"))
            case "p:oleObj":
                self._omissions[self._page]["embedded files"] += 1
            case "mc:AlternateContent" | "mc:Choice" | "mc:Fallback":
                for part in chosen_parts(graphic):
                    self._read_graphic(part)

    def _read_chart(self, relation_id: str) -> None:
        root = self._related_part(relation_id)
        table = Table(()) if root is None else chart_table(root, self._page)
        if table.rows:
            self.elements.append(table)
        else:
            self._omissions[self._page]["charts"] += 1

    def _read_diagram(self, relation_id: str) -> None:
        root = self._related_part(relation_id)
        texts = [] if root is None else diagram_texts(root)
        self.elements += (Element("paragraph", text, page=self._page) for text in texts)

    def _related_part(self, relation_id: str) -> Node | None:
        relation = self._package.relations(self._part).get(relation_id)
        has_part = relation is not None and self._package.has_part(relation.target)
        return self._package.parse_part(relation.target) if relation is not None and has_part else None

    def _add_notes(self, root: Node) -> None:
        for shape in _shapes(child(root, "p:cSld/p:spTree")):
            if _placeholder_type(shape) == "body":
                text = cell_text(read_paragraphs(shape, self._page, is_list=False))
                if text:
                    self.elements.append(Element("note", text, page=self._page))


_MEDIA = ("videoFile", "audioFile", "wavAudioFile", "quickTimeFile")
_TITLES = ("title", "ctrTitle")
_LISTS = ("body", "obj", "")  # placeholders whose paragraphs have bullets, unless they say otherwise


def _shapes(tree: Node | None) -> Iterator[Node]:
    """The shapes of a slide in order, also those in groups."""
    for shape in [] if tree is None else chosen_parts(tree):
        if short_name(shape) in ("p:grpSp", "mc:AlternateContent", "mc:Choice", "mc:Fallback"):
            yield from _shapes(shape)
        elif short_name(shape) in ("p:sp", "p:pic", "p:graphicFrame"):
            yield shape


def _placeholder_type(shape: Node) -> str:
    """The type of a placeholder, empty for one with any content; `none` for a shape that is no placeholder."""
    placeholder = child(shape, "*/p:nvPr/p:ph")
    return "none" if placeholder is None else attribute(placeholder, "type")


def _read_slide_table(table: Node, page: int) -> Table:
    has_head = is_set(child(table, "a:tblPr"), "firstRow")
    grid: list[list[GridCell]] = []
    above: dict[int, GridCell] = {}
    for number, row in enumerate(children(table, "a:tr")):
        cells: list[GridCell] = []
        for column, node in enumerate(children(row, "a:tc")):
            if is_set(node, "hMerge"):
                continue
            upper = above.get(column)
            if is_set(node, "vMerge") and upper is not None:
                upper.height += 1
                cells.append(upper)
                continue
            width = max(1, parse_integer(attribute(node, "gridSpan"), 1))
            cells.append(GridCell(number, column, width, _cell_text(node), is_head=has_head and number == 0))
        above = {cell.column: cell for cell in cells}
        grid.append(cells)
    return build_table(grid, page=page)


def _cell_text(node: Node) -> str:
    lines = (paragraph_text(part).strip() for part in children(node, "a:txBody/a:p"))
    return "\n".join(line for line in lines if line)
