"""Characters of a page: those of PDFium with their places, and the comparison form of texts.

A clean text and the text of a page differ in white space, hyphens, bullets, leaders, and in the forms of characters.
Texts are therefore compared in a form without them: `distri-⏎bution of ﬂows` and `distribution of flows` are the same.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from ctypes import c_int
from dataclasses import dataclass, field
from functools import cache, cached_property

import pypdfium2
import pypdfium2.raw as pdfium

from rag.sources.normal_characters import normalise_characters
from rag.sources.readers.pdf.glyphs import page_text

Box = tuple[float, float, float, float]  # left, top, right, bottom, as shares of the page's width and height

_DROPPED = frozenset("-‐‑‒–—―−﹣－~～\u00ad\x02\ufffe|｜…⋯•●■▪◦‣○□◆◇➢·")
_QUOTATION_MARKS = {**dict.fromkeys("“”„‟«»＂", '"'), **dict.fromkeys("‘’‚‛′＇`´", "'")}
_PRIVATE = ("Co", "Cn", "Cs", "Cc", "Cf", "Mn", "Zs", "Zl", "Zp")
_ANGLE_SAMPLES = 200  # characters of a page whose direction is looked at
_UNIT = 1_000_000  # device units of the page's width and height, whose shares are then exact enough


@cache
def _fold_character(character: str) -> str:
    """A character in the form in which it is compared; empty if it is left out."""
    if character in _DROPPED:
        return ""
    text = normalise_characters(_QUOTATION_MARKS.get(character, character))
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if part not in _DROPPED and unicodedata.category(part) not in _PRIVATE)


def comparison_form(characters: Sequence[str]) -> tuple[str, list[int]]:
    """The characters that are compared, and for each of them the index of the character from which it comes.

    A full stop counts only between digits: others may be the leaders of a table of contents.
    """
    folded: list[tuple[str, int]] = [
        (part, index) for index, character in enumerate(characters) for part in _fold_character(character)]
    kept = [
        pair for at, pair in enumerate(folded)
        if pair[0] != "." or (0 < at < len(folded) - 1 and folded[at - 1][0].isdigit() and folded[at + 1][0].isdigit())]
    return "".join(part for part, _ in kept), [index for _, index in kept]


@dataclass
class PageCharacters:
    """The characters of a page in some order: `indices[i]` is PDFium's index of the i-th compared character."""

    source: CharacterSource
    key: str
    indices: list[int]
    follows_file: bool = True  # in the order of the file; else line by line


@dataclass
class CharacterSource:
    """The text page from which the characters come; boxes are asked for when they are needed."""

    text_page: pypdfium2.PdfTextPage
    to_share: tuple[float, float, float, float, float, float]  # the matrix from the page's points to shares
    characters: list[str]
    _boxes: dict[int, Box] = field(default_factory=dict, init=False)

    def box(self, index: int) -> Box:
        """The box of a character, as high as its line."""
        if index not in self._boxes:
            self._boxes[index] = self._read_box(index)
        return self._boxes[index]

    def upright_box(self, index: int) -> Box:
        """The box of a character on the page turned so that most of its text runs from left to right."""
        left, top, right, bottom = self.box(index)
        if self._turns == 0:
            return left, top, right, bottom
        if self._turns == 1:
            return top, 1 - right, bottom, 1 - left
        if self._turns == 2:
            return 1 - right, 1 - bottom, 1 - left, 1 - top
        return 1 - bottom, left, 1 - top, right

    @cached_property
    def _turns(self) -> int:
        """The quarter turns clockwise at which most of the text is shown."""
        counts: Counter[int] = Counter()
        step = max(1, len(self.characters) // _ANGLE_SAMPLES)
        matrix = pdfium.FS_MATRIX()
        for index in range(0, len(self.characters), step):
            if _fold_character(self.characters[index]) and pdfium.FPDFText_GetMatrix(self.text_page.raw, index, matrix):
                a, b, c, d, _, _ = self.to_share
                x, y = a * matrix.a + c * matrix.b, b * matrix.a + d * matrix.b
                counts[(0 if x > 0 else 2) if abs(x) >= abs(y) else (1 if y > 0 else 3)] += 1
        return max(counts, key=counts.__getitem__, default=0)

    def _read_box(self, index: int) -> Box:
        rectangle = pdfium.FS_RECTF()
        if not pdfium.FPDFText_GetLooseCharBox(self.text_page.raw, index, rectangle):
            return 0.0, 0.0, 0.0, 0.0
        x, y = self._share(rectangle.left, rectangle.bottom)
        other_x, other_y = self._share(rectangle.right, rectangle.top)
        return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)

    def _share(self, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, e, f = self.to_share
        return a * x + c * y + e, b * x + d * y + f

    def is_visible(self, index: int) -> bool:
        """True if a character is white space of no place or lies on the page."""
        left, top, right, bottom = self.box(index)
        x, y = (left + right) / 2, (top + bottom) / 2
        return right > left and bottom > top and 0 <= x <= 1 and 0 <= y <= 1

    def in_file_order(self) -> PageCharacters:
        """The compared characters in the order of the file."""
        return PageCharacters(self, *comparison_form(self.characters))

    def in_line_order(self) -> PageCharacters:
        """The compared characters line by line, without those that are drawn a second time to look bold."""
        order = [index for line in self._lines() for index in self._once(line)]
        key, places = comparison_form([self.characters[index] for index in order])
        return PageCharacters(self, key, [order[place] for place in places], follows_file=False)

    def _lines(self) -> Iterator[list[int]]:
        shown = [i for i, character in enumerate(self.characters) if _fold_character(character) and self.is_visible(i)]
        shown.sort(key=lambda i: self.upright_box(i)[1] + self.upright_box(i)[3])
        line: list[int] = []
        middle = height = 0.0
        for index in shown:
            _, top, _, bottom = self.upright_box(index)
            if line and (top + bottom) / 2 - middle > 0.5 * min(height, bottom - top):
                yield sorted(line, key=lambda i: self.upright_box(i)[0])
                line = []
            if not line:
                middle, height = (top + bottom) / 2, bottom - top
            line.append(index)
        yield sorted(line, key=lambda i: self.upright_box(i)[0])

    def _once(self, line: Sequence[int]) -> Iterator[int]:
        last = -1
        for index in line:
            left, _, right, _ = self.upright_box(index)
            is_same = last >= 0 and self.characters[index] == self.characters[last]
            if not (is_same and left - self.upright_box(last)[0] < 0.4 * (right - left)):
                yield index
                last = index


def read_characters(page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> CharacterSource:
    """The characters of an open page."""
    return CharacterSource(text_page, _share_matrix(page), join_surrogates(page_text(text_page.raw)))


def join_surrogates(text: str) -> list[str]:
    """The characters at PDFium's indices: the halves of a surrogate pair become the character and nothing."""
    characters = list(text)
    for index in range(len(characters) - 1):
        if "\ud800" <= characters[index] <= "\udbff" and "\udc00" <= characters[index + 1] <= "\udfff":
            pair = characters[index] + characters[index + 1]
            characters[index] = pair.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
            characters[index + 1] = ""
    return characters


def _share_matrix(page: pypdfium2.PdfPage) -> tuple[float, float, float, float, float, float]:
    """The matrix from points of the page to shares of what is shown of it: rotation and crop are in it."""
    (e, f), (ax, ay), (cx, cy) = (_device_point(page, *point) for point in ((0, 0), (1_000, 0), (0, 1_000)))
    return (ax - e) / 1_000, (ay - f) / 1_000, (cx - e) / 1_000, (cy - f) / 1_000, e, f


def _device_point(page: pypdfium2.PdfPage, x: float, y: float) -> tuple[float, float]:
    device_x, device_y = c_int(), c_int()
    pdfium.FPDF_PageToDevice(page.raw, 0, 0, _UNIT, _UNIT, 0, x, y, device_x, device_y)
    return device_x.value / _UNIT, device_y.value / _UNIT
