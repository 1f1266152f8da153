"""Glyphs of a PDF page: what PDFium says about each letter turned into runs of letters without a gap."""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2.raw as pdfium

SPACE_GAP = 0.16  # em between two letters from which on a space is between them; TeX shrinks a space to 0.2 em
_OVERLAP = 0.35  # em that a kerned or slanted letter may reach into the one before
_SAME_BASELINE = 0.08  # em; a raised letter is raised by more
_SAME_SIZE = 0.1  # of a size, by which letters of one word differ at most
_NARROW_LETTER, _NARROW_HAN = 0.2, 0.6  # em; letters that are nearer to each other overlap
_WHITE = 250  # of 255, in each colour
_INVISIBLE_MODES = frozenset({pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP})
_STROKE_MODES = frozenset({pdfium.FPDF_TEXTRENDERMODE_STROKE, pdfium.FPDF_TEXTRENDERMODE_STROKE_CLIP})
_MAX_GLYPHS = 200_000  # on one page; a page of a newspaper has about 20,000
_HYPHEN = 0x02  # PDFium's sign for a hyphen at the end of a line
_SOFT_HYPHEN = 0xAD  # a font may have it in place of the hyphen; one that is drawn is a hyphen
_SYMBOLS = {  # bullets of the fonts Symbol and Wingdings, which have no Unicode value
    0xF06C: "●", 0xF06E: "■", 0xF0A7: "■", 0xF0A8: "•", 0xF0B7: "•", 0xF0D8: "•", 0xF0FC: "•", 0xF09F: "•"}
_UP = ((0, 1), (-1, 0), (0, -1), (1, 0))  # where the top of a letter is, for text at each quarter turn


@dataclass(slots=True)
class GlyphRun:
    """Letters of one line without a gap, in the coordinates of the page.

    `start` and `end` are measured along the line in the direction of reading, from the page's origin; `baseline` is
    across it: y for text that is upright or upside down, x for text that runs up or down the page.
    """

    text: str
    start: float
    end: float
    baseline: float
    size: float
    quadrant: int  # quarter turns counter-clockwise
    after_space: bool
    is_invisible: bool
    is_white: bool

    def centre(self) -> tuple[float, float]:
        """A point in the middle of the letters, in the coordinates of the page."""
        middle = (self.start + self.end) / 2
        along = -middle if self.quadrant >= 2 else middle
        x, y = (self.baseline, along) if self.quadrant % 2 else (along, self.baseline)
        up = _UP[self.quadrant]
        return x + 0.3 * self.size * up[0], y + 0.3 * self.size * up[1]

    def is_on_line(self, other: GlyphRun) -> bool:
        return (self.quadrant == other.quadrant and abs(self.baseline - other.baseline) <= _SAME_BASELINE * self.size
                and abs(self.size - other.size) <= _SAME_SIZE * self.size)


def read_runs(text_page: object) -> list[GlyphRun]:
    """The runs of a page in the order of the file."""
    builder = _RunBuilder(text_page)
    for chunk in _CHUNK.finditer(page_text(text_page)):
        start, end = chunk.span()
        text = chunk.group().translate(_REPLACED)
        before = chunk.string[start - 1] if start else ""
        builder.has_space = before.isspace() and before not in "\r\n"
        if len(text) != end - start or not builder.add_chunk(start, end - 1, text):
            builder.add_letters(start, end)
    return builder.runs


# PDFium's text has a space where the file has one or a gap is as wide as one, and a line end where the file has one
# Han characters and Latin letters are in different fonts, and therefore in different text objects
_WIDE = r"\u2e80-\u2fff\u3001-\ud7ff\uf900-\ufaff\uff00-\uff60"
_CHUNK = re.compile(rf"[{_WIDE}]+|[^\s\x00-\x1f{_WIDE}]+\x02?")
_REPLACED = {
    _HYPHEN: "-", _SOFT_HYPHEN: "-", 0xFFFE: None, 0xFFFF: None, **dict.fromkeys(range(0xD800, 0xE000)), **_SYMBOLS}


def page_text(text_page: object) -> str:
    """The characters of a page, each at its index; half of a surrogate pair is a character."""
    count = min(pdfium.FPDFText_CountChars(text_page), _MAX_GLYPHS)
    buffer = (ctypes.c_ushort * (count + 1))()
    if pdfium.FPDFText_GetText(text_page, 0, count, buffer) == count + 1:
        return "".join(map(chr, buffer[:count]))
    # some letters have no Unicode value, and are left out of the text
    codes = (pdfium.FPDFText_GetUnicode(text_page, index) for index in range(count))
    return "".join(chr(code) if code <= 0x10FFFF else "\ufffe" for code in codes)


class _RunBuilder:
    """Adds letters to the last run, or begins a new one."""

    def __init__(self, text_page: object) -> None:
        self.runs: list[GlyphRun] = []
        self.has_space = False  # before the next letter
        self._text_page = text_page
        self._box = pdfium.FS_RECTF()
        self._address = 0  # of the text object
        self._style = GlyphRun("", 0, 0, 0, 1, 0, False, False, False)  # of the text object
        self._run: GlyphRun | None = None  # to which a letter of the object can be added
        self._is_new_object = False
        self._last = ("", 0.0, 0.0)  # the letter before, with its start and end

    def add_chunk(self, first: int, last: int, text: str) -> bool:
        """Add letters as one run if they are one: letters of one object whose width is that of the whole.

        Most are; only their first and last letter are looked at, which saves half of the time of a page.
        """
        if not (self._enter_object(first) and self._address == self._address_of(last)):
            return False
        begin, end = self._extent(first)
        if last > first:
            last_begin, end = self._extent(last)
            narrowest = _NARROW_HAN if text[0] > "\u2e80" else _NARROW_LETTER
            if last_begin - begin < narrowest * self._style.size * (len(text) - 1) or _has_doubled_letters(text):
                return False
        self._begin_run(text, begin, end)
        return True

    def add_letters(self, first: int, end: int) -> None:
        """Add letters one by one."""
        self._run = None
        for index in range(first, end):
            char = chr(pdfium.FPDFText_GetUnicode(self._text_page, index) & 0x1FFFFF).translate(_REPLACED)
            if char and self._enter_object(index):
                self._add(index, char)

    def _address_of(self, index: int) -> int:
        """The address of the text object of a letter; 0 for a letter that PDFium has added."""
        text_object = pdfium.FPDFText_GetTextObject(self._text_page, index)
        return ctypes.addressof(text_object.contents) if text_object else 0

    def _enter_object(self, index: int) -> bool:
        """Read what the letters of a text object share, where a letter is the first of one; False if it has none."""
        text_object = pdfium.FPDFText_GetTextObject(self._text_page, index)
        if not text_object:
            return False
        if (address := ctypes.addressof(text_object.contents)) != self._address:
            self._address = address
            self._begin_object(index, text_object)
        return True

    def _extent(self, index: int) -> tuple[float, float]:
        pdfium.FPDFText_GetLooseCharBox(self._text_page, index, self._box)
        return _extent(self._box, self._style.quadrant)

    def _begin_object(self, index: int, text_object: object) -> None:
        """Read what the letters of a text object share."""
        self._style = style = _read_style(self._text_page, index, text_object)
        self._is_new_object = True
        run = self.runs[-1] if self.runs else None
        is_same = run is not None and run.is_on_line(style) and (
            run.is_invisible == style.is_invisible and run.is_white == style.is_white)
        self._run = run if is_same else None

    def _add(self, index: int, char: str) -> None:
        start, end = self._extent(index)
        run = self._run
        if run is not None:
            last_char, last_start, last_end = self._last
            if not self._is_new_object and start == last_start and end == last_end:
                run.text += char  # a part of a ligature
                return
            if char == last_char and -0.5 < (start - last_start) / max(end - start, 0.1) < 0.5:
                return  # the letter is drawn twice
            gap = (start - run.end) / run.size
            if not self.has_space and -_OVERLAP < gap < SPACE_GAP:
                run.text += char
                if end > run.end:
                    run.end = end
                self._last, self._is_new_object = (char, start, end), False
                return
            if gap < -_OVERLAP:  # backwards: in vertical writing each letter has a baseline of its own
                self._style.baseline = _read_baseline(self._text_page, index, self._style.quadrant)
        self._begin_run(char, start, end)

    def _begin_run(self, text: str, start: float, end: float) -> None:
        style = self._style
        self._run = GlyphRun(text, start, end, style.baseline, style.size, style.quadrant, self.has_space,
                             style.is_invisible, style.is_white)
        self.runs.append(self._run)
        self._last, self._is_new_object, self.has_space = (text, start, end), False, False


def _has_doubled_letters(text: str) -> bool:
    """True if so many letters are followed by the same one that they may be drawn twice."""
    return _DOUBLED.search(text) is not None and 3 * sum(a == b for a, b in pairwise(text)) >= len(text)


_DOUBLED = re.compile(r"(.)\1")


def _extent(box: pdfium.FS_RECTF, quadrant: int) -> tuple[float, float]:
    """Start and end of a letter along its line."""
    if quadrant == 0:
        return box.left, box.right
    if quadrant == 1:
        return box.bottom, box.top
    return (-box.right, -box.left) if quadrant == 2 else (-box.top, -box.bottom)


def _read_style(text_page: object, index: int, text_object: object) -> GlyphRun:
    """An empty run with what the letters of a text object share."""
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text_page, index, matrix)
    size = pdfium.FPDFText_GetFontSize(text_page, index) * math.hypot(matrix.c, matrix.d)
    quadrant = round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4
    mode = pdfium.FPDFTextObj_GetTextRenderMode(text_object)
    red, green, blue, alpha = ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()
    is_filled = mode not in _STROKE_MODES and bool(
        pdfium.FPDFPageObj_GetFillColor(text_object, red, green, blue, alpha))
    return GlyphRun(
        "", 0, 0, _read_baseline(text_page, index, quadrant), max(size, 0.01), quadrant, after_space=False,
        is_invisible=mode in _INVISIBLE_MODES or (is_filled and alpha.value == 0),
        is_white=is_filled and min(red.value, green.value, blue.value) >= _WHITE)


def _read_baseline(text_page: object, index: int, quadrant: int) -> float:
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text_page, index, x, y)
    return x.value if quadrant % 2 else y.value
