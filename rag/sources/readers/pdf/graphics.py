"""Graphics of a PDF page: its page objects turned into ruling lines, coloured areas and images."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import pypdfium2.raw as pdfium

_MAX_OBJECTS = 20_000  # on one page; a drawing with more of them is no table
_MAX_SEGMENTS = 2_000  # of one path; a grid drawn as one path has a few hundred
_MAX_DEPTH = 4  # of forms in forms
_THIN = 2.5  # points; a narrower shape is a line
_MIN_RULE = 4.0  # points; a shorter line belongs to a letter or a pattern
_STRAIGHT = 0.5  # points by which a line may lean
_MIN_PICTURE = 24.0  # points; smaller images are bullets, logos and lines
_WHITE = 250  # of 255, in each colour
_BACKGROUND_SHARE = 0.5  # of a page's area; a larger coloured area is the background of the page, not a cell


class Box(NamedTuple):
    """A rectangle in the coordinates of the page: points from its lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.top - self.bottom)

    def contains(self, x: float, y: float, tolerance: float = 0.0) -> bool:
        return (self.left - tolerance <= x <= self.right + tolerance
                and self.bottom - tolerance <= y <= self.top + tolerance)


@dataclass(frozen=True)
class PageFrame:
    """The upright page: x from the left edge and y from the top, as its text is read.

    `quadrant` is how many quarter turns counter-clockwise the text is written at.
    """

    page_box: Box
    quadrant: int = 0

    def upright_box(self, box: Box) -> tuple[float, float, float, float]:
        """Left, top, right and bottom on the upright page."""
        page = self.page_box
        if self.quadrant == 0:
            return box.left - page.left, page.top - box.top, box.right - page.left, page.top - box.bottom
        if self.quadrant == 1:
            return box.bottom - page.bottom, box.left - page.left, box.top - page.bottom, box.right - page.left
        if self.quadrant == 2:
            return page.right - box.right, box.bottom - page.bottom, page.right - box.left, box.top - page.bottom
        return page.top - box.top, page.right - box.right, page.top - box.bottom, page.right - box.left

    def upright_baseline(self, coordinate: float) -> float:
        """A baseline, given by its y, or its x if text runs up or down the page, from the top of the upright page."""
        page = self.page_box
        return (page.top - coordinate, coordinate - page.left, coordinate - page.bottom,
                page.right - coordinate)[self.quadrant]

    @property
    def reading_shift(self) -> float:
        """What added to a position along a line, as `GlyphRun` measures it, gives its x on the upright page."""
        page = self.page_box
        return (-page.left, -page.bottom, page.right, page.top)[self.quadrant]

    @property
    def width(self) -> float:
        page = self.page_box
        return page.top - page.bottom if self.quadrant % 2 else page.right - page.left

    @property
    def height(self) -> float:
        page = self.page_box
        return page.right - page.left if self.quadrant % 2 else page.top - page.bottom


@dataclass
class Graphics:
    """What a page shows besides its text, in the coordinates of the page."""

    page_box: Box
    lines: list[Box] = field(default_factory=list)  # horizontal and vertical lines, without thickness
    edges: list[Box] = field(default_factory=list)  # the sides of coloured rectangles
    dark_areas: list[Box] = field(default_factory=list)  # on which white text can be seen
    images: list[Box] = field(default_factory=list)

    @property
    def pictures(self) -> int:
        """The number of images that are large enough to be a picture."""
        return sum(min(box.right - box.left, box.top - box.bottom) >= _MIN_PICTURE for box in self.images)


def read_graphics(page: object) -> Graphics:
    """The lines, coloured areas and images of a page."""
    graphics = Graphics(_page_box(page))
    count = min(pdfium.FPDFPage_CountObjects(page), _MAX_OBJECTS)
    for shape, matrix in _page_objects((pdfium.FPDFPage_GetObject(page, i) for i in range(count)), _IDENTITY, 0):
        kind = pdfium.FPDFPageObj_GetType(shape)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            box = _bounds(shape, matrix)
            graphics.images.append(box)
            graphics.dark_areas.append(box)
        elif kind == pdfium.FPDF_PAGEOBJ_SHADING:
            graphics.dark_areas.append(_bounds(shape, matrix))
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            _add_path(graphics, shape, matrix)
    return graphics


class _Matrix(NamedTuple):
    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def apply(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def after(self, inner: _Matrix) -> _Matrix:
        """The matrix that applies `inner` first."""
        (e, f), (a, b), (c, d) = self.apply(inner.e, inner.f), self._turn(inner.a, inner.b), self._turn(*inner[2:4])
        return _Matrix(a, b, c, d, e, f)

    def _turn(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y, self.b * x + self.d * y


_IDENTITY = _Matrix(1, 0, 0, 1, 0, 0)


def _page_box(page: object) -> Box:
    """The visible part of the page: its crop box within its media box; a letter page if the file states neither."""
    sides = [ctypes.c_float() for _ in range(4)]
    boxes = [Box(*(side.value for side in sides)) for get_box in (pdfium.FPDFPage_GetMediaBox,
             pdfium.FPDFPage_GetCropBox) if get_box(page, *sides)]
    upright = [Box(min(b.left, b.right), min(b.bottom, b.top), max(b.left, b.right), max(b.bottom, b.top))
               for b in boxes]
    page_box = Box(
        max((b.left for b in upright), default=0.0), max((b.bottom for b in upright), default=0.0),
        min((b.right for b in upright), default=612.0), min((b.top for b in upright), default=792.0))
    return page_box if page_box.area > 0 else upright[0] if upright and upright[0].area > 0 else Box(0, 0, 612, 792)


def _page_objects(shapes: Iterator[object], matrix: _Matrix, depth: int) -> Iterator[tuple[object, _Matrix]]:
    """The objects of a page and of the forms on it, each with the matrix that places it."""
    for shape in shapes:
        if pdfium.FPDFPageObj_GetType(shape) != pdfium.FPDF_PAGEOBJ_FORM:
            yield shape, matrix
        elif depth < _MAX_DEPTH:
            count = min(pdfium.FPDFFormObj_CountObjects(shape), _MAX_OBJECTS)
            parts = (pdfium.FPDFFormObj_GetObject(shape, index) for index in range(count))
            yield from _page_objects(parts, matrix.after(_matrix_of(shape)), depth + 1)


def _matrix_of(shape: object) -> _Matrix:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(shape, matrix)
    return _Matrix(matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _bounds(shape: object, matrix: _Matrix) -> Box:
    sides = [ctypes.c_float() for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(shape, *sides)
    left, bottom, right, top = (side.value for side in sides)
    return _box_of([matrix.apply(left, bottom), matrix.apply(right, top)])


def _box_of(points: list[tuple[float, float]]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _add_path(graphics: Graphics, shape: object, matrix: _Matrix) -> None:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(shape, fill, stroke)
    if not fill.value and not stroke.value:
        return
    strokes = list(_straight_lines(shape, matrix.after(_matrix_of(shape))))
    box = _box_of([point for line in strokes for point in line]) if strokes else _bounds(shape, matrix)
    if min(box.right - box.left, box.top - box.bottom) <= _THIN:  # a rectangle as thin as a line
        _add_line(graphics.lines, _middle_line(box))
        return
    if stroke.value:
        for start, end in strokes:
            _add_line(graphics.lines, _box_of([start, end]))
    if fill.value and not _is_white(shape):
        graphics.dark_areas.append(box)
        if box.area < _BACKGROUND_SHARE * graphics.page_box.area:
            for start, end in strokes:
                _add_line(graphics.edges, _box_of([start, end]))


def _add_line(lines: list[Box], line: Box) -> None:
    width, height = line.right - line.left, line.top - line.bottom
    if max(width, height) >= _MIN_RULE and min(width, height) <= _STRAIGHT:
        lines.append(line)


def _middle_line(box: Box) -> Box:
    if box.right - box.left >= box.top - box.bottom:
        y = (box.bottom + box.top) / 2
        return Box(box.left, y, box.right, y)
    x = (box.left + box.right) / 2
    return Box(x, box.bottom, x, box.top)


def _is_white(shape: object) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not pdfium.FPDFPageObj_GetFillColor(shape, red, green, blue, alpha):
        return True
    return alpha.value == 0 or min(red.value, green.value, blue.value) >= _WHITE


def _straight_lines(shape: object, matrix: _Matrix) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """The straight lines of a path, with those that close its parts."""
    x, y = ctypes.c_float(), ctypes.c_float()
    first = last = (0.0, 0.0)
    for index in range(min(pdfium.FPDFPath_CountSegments(shape), _MAX_SEGMENTS)):
        segment = pdfium.FPDFPath_GetPathSegment(shape, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = matrix.apply(x.value, y.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            first = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield last, point
        last = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield last, first
            last = first
