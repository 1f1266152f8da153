"""Pages of sources: drawn from the kept original, converted once, refused with a sentence in both languages."""

from __future__ import annotations

import shutil
from pathlib import Path

import docx
import pytest

from rag.library.library import Library
from rag.library.page_views import NoPages
from rag.schema import LANGUAGES, Source
from rag.sources.pages.views import LayoutRequest, SoughtQuote
from tests.rag.sources.pdf_files import text_at, write_pdf
from tests.small_library import small_library

needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
QUOTE = SoughtQuote("The harbour of Holm is 14 metres deep.")


def add(library: Library, path: Path) -> Source:
    with library.write_lock():
        return library.add(path).source


def harbour_pdf(path: Path) -> Path:
    return write_pdf(path, [text_at(80, 700, "The first page of the book."), text_at(80, 700, QUOTE.text)])


def refusal(library: Library, source: Source) -> NoPages:
    with pytest.raises(NoPages) as caught:
        library.page_views.lay_out(source, LayoutRequest(1))
    assert all(caught.value.sentence(language) for language in LANGUAGES)
    return caught.value


def test_the_page_of_a_quote_is_laid_out_and_drawn_by_another_process(library: Library, tmp_path: Path) -> None:
    source = add(library, harbour_pdf(tmp_path / "a.pdf"))
    layout = library.page_views.lay_out(source, LayoutRequest(2, (QUOTE,)))
    assert (layout.number, layout.count, len(layout.marks)) == (2, 2, 1)
    image = library.page_views.image(source, 2, 800)
    assert image.png.startswith(b"\x89PNG")
    assert library.page_views.image(source, 2, 800) is image  # drawn once
    assert library.page_views.image_tag(source, 2, 800) != library.page_views.image_tag(source, 2, 1600)


@pytest.mark.slow  # LibreOffice takes several seconds
@needs_libreoffice
def test_a_word_file_is_converted_once_and_forgotten_with_its_source(library: Library, tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("第一页讲的是别的事。")
    document.add_page_break()
    document.add_paragraph(QUOTE.text)
    document.save(str(tmp_path / "港口.docx"))
    source = add(library, tmp_path / "港口.docx")
    assert library.page_views.is_waiting(source)
    layout = library.page_views.lay_out(source, LayoutRequest(0, (QUOTE,), reach=100))
    assert (layout.number, layout.count, len(layout.marks)) == (2, 2, 1)
    [converted] = (library.home / "pages").iterdir()
    assert converted.name == f"{source.original}.pdf"
    assert not library.page_views.is_waiting(source)
    with library.write_lock():
        library.remove(source.id)
    assert not converted.exists()


@pytest.mark.parametrize(("name", "content", "reason", "part"), [
    ("笔记.md", "# 笔记\n\n港口很深。\n", "no pages", ".md"),
    ("table.csv", "a,b\n1,2\n", "no pages", ".csv")])
def test_a_file_without_pages_is_shown_as_text(
    library: Library, tmp_path: Path, name: str, content: str, reason: str, part: str,
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    error = refusal(library, add(library, tmp_path / name))
    assert error.reason == reason
    assert part in error.sentence("zh")


def test_without_an_original_there_are_no_pages(tmp_path: Path) -> None:
    library = small_library(tmp_path / "home", keep_originals=False)
    assert refusal(library, add(library, harbour_pdf(tmp_path / "a.pdf"))).reason == "no original"


def test_an_original_that_was_changed_is_not_shown(library: Library, tmp_path: Path) -> None:
    source = add(library, harbour_pdf(tmp_path / "a.pdf"))
    kept = library.originals.find_file(source.original, source.name)
    kept.write_bytes(kept.read_bytes().replace(b"14 metres", b"41 metres"))
    assert refusal(library, source).reason == "missing original"


def test_a_page_that_the_file_does_not_have_is_refused(library: Library, tmp_path: Path) -> None:
    source = add(library, harbour_pdf(tmp_path / "a.pdf"))
    with pytest.raises(NoPages, match="page 7") as caught:
        library.page_views.image(source, 7, 800)
    assert "第 7 页" in caught.value.sentence("zh")


@pytest.mark.skipif(shutil.which("soffice") is not None, reason="LibreOffice is installed")
def test_without_libreoffice_a_word_file_is_shown_as_text(library: Library, tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("港口很深，有14米。")
    document.save(str(tmp_path / "a.docx"))
    assert refusal(library, add(library, tmp_path / "a.docx")).reason == "needs LibreOffice"
