"""Pages on which one quote is set in red, so that its image shows whether the marks cover exactly its words."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pypdfium2
from PIL import Image

from rag.sources.pages.pdf_pages import draw_page
from rag.sources.pages.views import Mark
from tests.rag.sources.pdf_files import escape_markup, invented_paragraphs, set_pdf

RED = "#text(fill: rgb(\"ff0000\"))"
_FONTS = '#set text(size: 11pt, font: ("Libertinus Serif", "Noto Serif CJK SC"))\n'
_WIDTH = 1_200  # pixels of the images that are judged
_EDGE = 2  # pixels that a letter may reach over its box


@dataclass(frozen=True)
class MarkedPage:
    """A PDF with a quote in red; `nth` of the places in its clean text that read like it, from 0."""

    name: str
    source: str
    quote: str
    nth: int = 0
    change: Callable[[pypdfium2.PdfPage], None] | None = None
    is_cell: bool = False

    def write(self, folder: Path) -> Path:
        """The PDF file."""
        path = set_pdf(folder / f"{self.name}.pdf", self.source)
        if self.change:
            changed = folder / f"{self.name}-changed.pdf"
            with pypdfium2.PdfDocument(path) as pdf:
                for page in pdf:
                    self.change(page)
                pdf.save(changed)
            return changed
        return path


def exact_share(path: Path, number: int, marks: Sequence[Mark]) -> tuple[float, float]:
    """How much of the red of a page the marks cover, and how much of the ink under them is not red."""
    image = draw_page(path, number, _WIDTH)
    pixels = np.asarray(Image.open(BytesIO(image.png)).convert("RGB")).astype(int)
    is_red = (pixels[..., 0] > 170) & (pixels[..., 1] < 140) & (pixels[..., 2] < 140)
    is_dark = pixels.max(axis=2) < 110
    outer, inner = (_covered(marks, is_red.shape, edge) for edge in (_EDGE, -_EDGE))
    red = max(1, int(is_red.sum()))
    return int((is_red & outer).sum()) / red, int((is_dark & inner).sum()) / red


def _covered(marks: Sequence[Mark], shape: tuple[int, ...], edge: int) -> npt.NDArray[np.bool_]:
    covered = np.zeros(shape, dtype=bool)
    for mark in marks:
        top, bottom = int(mark.top * shape[0]) - edge, int(mark.bottom * shape[0]) + edge
        left, right = int(mark.left * shape[1]) - edge, int(mark.right * shape[1]) + edge
        covered[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = True
    return covered


def marked_pages(seed: int, rounds: int) -> Iterator[MarkedPage]:
    """Pages of all kinds: columns, languages, notes, tables, hyphens, rotation, crop, a quote over two pages."""
    chooser = random.Random(seed)
    for number in range(rounds):
        for language in ("en", "zh"):
            yield _prose(chooser, language, 1, f"one-{language}-{number}")
            yield _prose(chooser, language, 2, f"two-{language}-{number}")
            yield _prose(chooser, language, 2, f"hyphens-{language}-{number}", settings="#set text(size: 15pt)\n")
            yield _prose(chooser, language, 1, f"rotated-{language}-{number}",
                         change=lambda page, turn=90 * (1 + number % 3): page.set_rotation(turn))
            yield _prose(chooser, language, 1, f"cropped-{language}-{number}",
                         change=lambda page: page.set_cropbox(40, 60, 560, 800))
            yield _prose(chooser, language, 1, f"notes-{language}-{number}", notes=True)
            yield _table(chooser, language, f"table-{language}-{number}", is_ruled=bool(number % 2))
            yield _over_two_pages(chooser, language, f"pages-{language}-{number}")


def _sentences(language: str, count: int, chooser: random.Random) -> list[list[str]]:
    stop = "。" if language == "zh" else ". "
    return [
        [f"{part}{stop}".strip() for part in paragraph.split(stop) if part.strip()]
        for paragraph in invented_paragraphs(language, count, chooser.randint(0, 10**6))]


def _prose(
    chooser: random.Random, language: str, columns: int, name: str, *, settings: str = "", notes: bool = False,
    change: Callable[[pypdfium2.PdfPage], None] | None = None,
) -> MarkedPage:
    paragraphs = _sentences(language, 12, chooser)
    at = chooser.randrange(len(paragraphs))
    which = chooser.randrange(len(paragraphs[at]))
    quote = paragraphs[at][which].rstrip(".") + ("." if language == "en" else "")
    paragraphs = [[sentence.rstrip(".") + ("." if language == "en" else "") for sentence in p] for p in paragraphs]
    before = [sentence for p in paragraphs[:at] for sentence in p] + paragraphs[at][:which]
    nth = before.count(quote)
    texts = []
    for p, paragraph in enumerate(paragraphs):
        parts = [
            f"{RED}[{escape_markup(sentence)}]" if (p, s) == (at, which) else escape_markup(sentence)
            for s, sentence in enumerate(paragraph)]
        if notes and p % 3 == 1:
            parts[0] += f"#footnote[{escape_markup('See the harbour book.' if language == 'en' else '见港务年鉴。')}]"
        texts.append((" " if language == "en" else "").join(parts))
    page = f"#set page(columns: {columns}, header: [Running head 2024], numbering: \"1\")\n"
    par = '#set par(justify: true)\n' + (
        '#set text(lang: "zh", hyphenate: false)\n' if language == "zh" else '#set text(lang: "en", hyphenate: true)\n')
    return MarkedPage(name, page + _FONTS + settings + par + "\n\n".join(texts), quote, nth, change)


def _table(chooser: random.Random, language: str, name: str, *, is_ruled: bool) -> MarkedPage:
    """A table in which most values occur several times."""
    heads = ["Branch", "2021", "2022", "2023"] if language == "en" else ["城区", "2021年", "2022年", "2023年"]
    names = ["Holm", "Westby", "Norra", "Alster"] if language == "en" else ["城东区", "城西区", "高新区", "临湖区"]
    values = [[chooser.choice(["80", "980", "8", "80.5", "1,980"]) for _ in heads[1:]] for _ in names]
    row, column = chooser.randrange(len(names)), chooser.randrange(len(heads) - 1)
    rows = [heads, *([name, *cells] for name, cells in zip(names, values, strict=True))]
    quote = values[row][column]
    flat = [cell for cells in rows[: row + 1] for cell in cells] + rows[row + 1][: column + 1]
    cells = []
    for r, cells_of_row in enumerate(rows):
        for c, cell in enumerate(cells_of_row):
            is_quote = (r, c) == (row + 1, column + 1)
            cells.append(f"[{RED}[{escape_markup(cell)}]]" if is_quote else f"[{escape_markup(cell)}]")
    stroke = "0.5pt" if is_ruled else "none"
    body = f"#table(columns: (1fr, 1fr, 1fr, 1fr), stroke: {stroke}, {', '.join(cells)})"
    above = escape_markup(invented_paragraphs(language, 1, chooser.randint(0, 999))[0])
    return MarkedPage(name, _FONTS + above + "\n\n" + body + "\n\n" + above, quote, flat.count(quote),
                      is_cell=True)


def _over_two_pages(chooser: random.Random, language: str, name: str) -> MarkedPage:
    """A long red paragraph that begins at the end of the first page."""
    paragraphs = invented_paragraphs(language, 3, chooser.randint(0, 10**6))
    quote = paragraphs[1].strip()
    page = f'#set page(height: 12cm, header: [Running head 2024], numbering: "1")\n#v({chooser.choice([4, 5, 6])}cm)\n'
    texts = [escape_markup(paragraphs[0][:60]), f"{RED}[{escape_markup(quote)}]", escape_markup(paragraphs[2])]
    return MarkedPage(name, page + _FONTS + "\n\n".join(texts), quote)
