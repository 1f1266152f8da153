"""The PDF writer: footnotes on their page, contents, page numbers, and text that is never markup."""

import re
from io import BytesIO

import pypdfium2
import pytest

from rag.schema import HuwenError, Language
from tests.ui.documents.papers import HOSTILE, NOTES, PARTS, TITLES, paper, paper_of_texts
from ui.documents.paper import Paper, Paragraph, TextRun
from ui.documents.pdf import NoFont, han_fonts, render_pdf
from ui.documents.sanitise import sanitise_paper
from ui.documents.write import render_bytes


def pages(content: bytes) -> list[str]:
    """The text of each page without spaces, because a line may end anywhere."""
    document = pypdfium2.PdfDocument(BytesIO(content))
    return ["".join(re.sub("\ufffe", "-", page.get_textpage().get_text_bounded()).split()) for page in document]


@pytest.fixture(scope="module")
def chinese() -> bool:
    """Skips the test where this machine has no Chinese font."""
    try:
        render_pdf(sanitise_paper(Paper("汉", "zh")))
    except NoFont as missing:
        pytest.skip(str(missing))
    return True


@pytest.mark.parametrize("language", ["zh", "en"])
def test_title_headings_page_numbers_and_footnotes_are_in_the_pdf(
    language: Language, chinese: bool) -> None:
    text = pages(render_bytes(paper(language), ".pdf"))
    first, second = ("".join(note.split()) for note in NOTES[language])
    assert "".join(TITLES[language].split()) in text[0]
    for part in PARTS[language]:
        assert "".join(part.split()) in "".join(text)
    assert text[0].index("1" + first) < text[0].index("2" + second) < text[0].index(f"1/{len(text)}")
    assert "nobody" not in "".join(text)
    assert "https://stats.example/2023/content_1.html." in "".join(text)


def test_headings_are_bookmarks() -> None:
    document = pypdfium2.PdfDocument(BytesIO(render_bytes(paper("en"), ".pdf")))
    assert [(mark.level, mark.get_title()) for mark in document.get_toc()] == [
        (0, "Industrial clusters"), (1, "What was the output of the four clusters in 2022?"), (0, "References")]
    assert document.get_metadata_dict()["Title"] == TITLES["en"]


def test_the_same_paper_is_the_same_bytes(chinese: bool) -> None:
    assert render_bytes(paper("zh"), ".pdf") == render_bytes(paper("zh"), ".pdf")


def test_hostile_text_stays_text(chinese: bool) -> None:
    text = "".join(pages(render_bytes(paper_of_texts(*HOSTILE, language="en"), ".pdf")))
    for hostile in HOSTILE:
        assert "".join(hostile.split()) in text


def test_a_word_longer_than_a_line_stays_on_the_page() -> None:
    long = Paper("t", "en", blocks=(Paragraph((TextRun("x" * 3000),), "quote", "en"),))
    document = pypdfium2.PdfDocument(BytesIO(render_bytes(long, ".pdf")))
    text = document[0].get_textpage()
    rightmost = max(text.get_charbox(at)[2] for at in range(text.count_chars()))
    assert rightmost <= document[0].get_width()


def test_without_a_chinese_font_the_error_says_what_to_install() -> None:
    with pytest.raises(NoFont, match="fonts-noto-cjk"):
        han_fonts(["Libertinus Serif", "DejaVu Sans"])
    assert issubclass(NoFont, HuwenError)


def test_fonts_are_chosen_in_the_order_of_the_list_ignoring_case() -> None:
    assert han_fonts(["Noto Sans CJK SC", "simsun"]) == {
        "serif": ["simsun", "Noto Sans CJK SC"], "sans": ["Noto Sans CJK SC", "simsun"],
        "kai": ["Noto Sans CJK SC", "simsun"]}
    assert han_fonts(["Noto Sans CJK JP"])["serif"] == ["Noto Sans CJK JP"]
