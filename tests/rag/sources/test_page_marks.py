"""Marks on pages: they cover exactly the quoted words; files whose pages cannot be shown are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import pytest
from langchain_core.documents import Document
from PIL import Image

from rag.sources.clean import clean
from rag.sources.errors import UnreadableFile
from rag.sources.pages.pdf_pages import draw_page, lay_out_page
from rag.sources.pages.pictures import draw_picture, lay_out_picture
from rag.sources.pages.quotes import page_of, quotes_on_page, recognised_marks
from rag.sources.pages.views import LayoutRequest, PageLayout, SoughtQuote
from rag.sources.readers.pdf.pdf_reader import read_pdf
from tests.rag.sources.marked_pages import MarkedPage, exact_share, marked_pages
from tests.rag.sources.pdf_files import text_at, write_pdf

QUICK = ("hyphens-en", "rotated-zh", "table-en", "pages-zh")


def is_exact(page: MarkedPage, folder: Path) -> bool | None:
    """Whether the marks cover the quote and nothing else on each of its pages; None if its text was not read whole."""
    path = page.write(folder)
    document = clean(read_pdf(path))
    if page.is_cell:
        pattern = rf"(?:(?<=^)|(?<=\| )){re.escape(page.quote)}(?= \||$)"
    else:
        pattern = r"\s*".join(re.escape(letter) for letter in page.quote if not letter.isspace())
    spans = [match.span() for match in re.finditer(pattern, document.page_content, re.M)]
    if len(spans) <= page.nth:
        return None
    span = spans[page.nth]
    for number in {page_of(document, span[0]), page_of(document, span[1] - 1)}:
        layout = lay_out_page(path, LayoutRequest(number, quotes_on_page(document, [span], number)))
        red, other = exact_share(path, number, layout.marks)
        if red < 0.99 or other > 0.02:
            return False
    return True


def test_marks_cover_exactly_the_quoted_words(tmp_path: Path) -> None:
    pages = [page for page in marked_pages(seed=3, rounds=1) if page.name.removesuffix("-0") in QUICK]
    results = {page.name: is_exact(page, tmp_path) for page in pages}
    assert results == {page.name: True for page in pages}
    assert len(results) == len(QUICK)


@pytest.mark.slow
def test_nearly_all_quotes_are_marked_exactly(tmp_path: Path) -> None:
    results = {page.name: is_exact(page, tmp_path) for page in marked_pages(seed=11, rounds=12)}
    read = [name for name, result in results.items() if result is not None]
    wrong = [name for name in read if not results[name]]
    assert len(read) >= 180
    assert len(wrong) <= 0.02 * len(read), wrong


def lay_out(path: Path, *quotes: SoughtQuote, number: int = 1, reach: int = 0) -> PageLayout:
    return lay_out_page(path, LayoutRequest(number, quotes, reach))


def marked_heights(layout: PageLayout) -> list[float]:
    """The height of each mark's middle, in points from the bottom of the page."""
    return [round(layout.height * (1 - (mark.top + mark.bottom) / 2), 1) for mark in layout.marks]


def cells_at(cells: Iterable[tuple[int, int, str]]) -> str:
    return "".join(text_at(x, y, text) for x, y, text in cells)


COLUMN_BY_COLUMN = cells_at([
    (80, 700, "Branch"), (80, 680, "Holm"), (80, 660, "Westby"), (80, 640, "Norra"),
    (200, 700, "2022"), (200, 680, "80"), (200, 660, "80"), (200, 640, "80"),
    (300, 700, "2023"), (300, 680, "80"), (300, 660, "80"), (300, 640, "1,980")])


def test_of_equal_cells_the_one_in_the_row_and_under_the_head_is_marked(tmp_path: Path) -> None:
    """The file draws the table column by column: the text around a cell is not that of its row."""
    path = write_pdf(tmp_path / "a.pdf", [COLUMN_BY_COLUMN])
    layout = lay_out(path, SoughtQuote("80", "Westby | 80 | ", "\nNorra", ("Westby", "80"), ("Westby", "2023")))
    assert len(layout.marks) == 1
    assert 655 < marked_heights(layout)[0] < 675
    assert 290 < layout.marks[0].left * layout.width < 305


def test_a_number_inside_a_longer_one_is_not_marked_where_it_stands_alone(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [cells_at([(80, 700, "1,980 and 980.5 in all"), (80, 600, "here 980 boats")])])
    assert 595 < marked_heights(lay_out(path, SoughtQuote("980")))[0] < 615


def test_a_quote_is_found_on_another_page_nearest_to_the_expected_one(tmp_path: Path) -> None:
    pages = [text_at(80, 700, f"This is page {number} of the harbour book.") for number in range(1, 8)]
    path = write_pdf(tmp_path / "a.pdf", [*pages, text_at(80, 700, "The harbour is 14 metres deep.")])
    quote = SoughtQuote("The harbour is 14 metres deep.")
    layout = lay_out(path, quote, number=3, reach=100)
    assert (layout.number, layout.count, len(layout.marks)) == (8, 8, 1)
    assert lay_out(path, quote, number=3, reach=2).number == 3


def test_a_quote_with_a_running_head_in_between_is_marked_without_it(tmp_path: Path) -> None:
    lines = cells_at([(80, 700, "The harbour office has described the"), (80, 780, "HARBOUR BOOK"),
                      (80, 680, "old stone bridges of the northern district.")])
    quote = SoughtQuote("The harbour office has described the old stone bridges of the northern district.")
    assert len(lay_out(write_pdf(tmp_path / "a.pdf", [lines]), quote).marks) == 2


@pytest.mark.parametrize("quote", ["水库有7座。", "Nothing like this is on the page", "", "—", "   "])
def test_words_that_are_not_on_the_page_are_not_marked(tmp_path: Path, quote: str) -> None:
    path = write_pdf(tmp_path / "a.pdf", [text_at(80, 700, "The harbour office published its report.")])
    assert lay_out(path, SoughtQuote(quote)).marks == ()


def test_a_page_without_text_is_called_a_scan(tmp_path: Path) -> None:
    assert lay_out(write_pdf(tmp_path / "a.pdf", ["0 0 100 100 re f"]), SoughtQuote("80")).is_scan


@pytest.mark.parametrize(("text", "quote", "left", "right"), [
    ("苏州有7家灯塔工厂", "灯塔工厂", 0.1 + 0.8 * 9 / 17, 0.9), ("Seven of 60 works", "60", 0.1 + 0.8 * 9 / 17, None)])
def test_of_a_recognised_line_the_part_of_the_quote_is_marked(
    text: str, quote: str, left: float, right: float | None) -> None:
    start = text.index(quote)
    document = Document(text, metadata={"recognition": {
        "lines": [(0, len(text), 2, [0.1, 0.5, 0.9, 0.55], 0.98)], "doubts": []}})
    [mark] = recognised_marks(document, [(start, start + len(quote))], 2)
    assert (mark.left, mark.top, mark.bottom) == (pytest.approx(left), 0.5, 0.55)
    assert right is None or mark.right == pytest.approx(right)
    assert recognised_marks(document, [(start, start + len(quote))], 1) == ()


def test_an_image_of_a_page_has_the_asked_width_within_the_limits(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [text_at(80, 700, "text")])
    image = draw_page(path, 1, 800)
    assert image.width in (800, 801)
    assert Image.open(BytesIO(image.png)).size == (image.width, image.height)
    long = write_pdf(tmp_path / "b.pdf", [text_at(8, 8, "text")], page_entries="/MediaBox [0 0 10 14400]")
    high = draw_page(long, 1, 3_200)
    assert high.height <= 12_000


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"not a PDF", b"%PDF-1.4\n" + bytes(range(256)) * 40])
def test_a_damaged_pdf_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    for act in (lambda: draw_page(path, 1, 800), lambda: lay_out(path, SoughtQuote("a"))):
        with pytest.raises(UnreadableFile) as caught:
            act()
        assert caught.value.problem == "damaged"


def test_a_page_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [text_at(80, 700, "text")])
    with pytest.raises(UnreadableFile):
        draw_page(path, 2, 800)


def test_pages_of_pictures_are_drawn_upright_and_small(tmp_path: Path) -> None:
    path = tmp_path / "scan.tiff"
    frames = [Image.new("L", (2_000, 1_000), shade) for shade in (255, 128)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    layout = lay_out_picture(path, LayoutRequest(2))
    assert (layout.number, layout.count, layout.width, layout.height, layout.is_scan) == (2, 2, 2_000, 1_000, True)
    image = draw_picture(path, 2, 800)
    assert (image.width, image.height) == (800, 400)
    with pytest.raises(UnreadableFile):
        draw_picture(write_pdf(tmp_path / "a.png", ["text"]), 1, 800)
