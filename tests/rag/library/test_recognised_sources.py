"""Recognised sources: what text recognition read, and what it doubts, is kept and reaches the passages of a source."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace

import pytest
from langchain_core.documents import Document

from rag.answering.retrieve import number_passages
from rag.library.ingest import InputFile
from rag.library.omissions import describe_omission, describe_recognition
from rag.library.reader_version import READER_VERSION, find_outdated
from rag.schema import Source
from rag.sources.clean import clean
from rag.sources.elements import Element, FileContent, RecognisedLine
from rag.sources.page_progress import PageProgress, page_listener
from rag.sources.split import split
from tests.rag.sources.scans import draw_page, lines_body
from tests.small_library import small_library

SCAN = Source("s", "s.pdf", "S", "en", reader=READER_VERSION, original="ab" * 32, omissions=("scanned pages|2|3–4",))


def recognised_document(*elements: Element, doubted: str) -> Document:
    """A clean document of one recognised page, of which one part is doubted."""
    lines = []
    for element in elements:
        start = element.text.find(doubted)
        doubts = ((start, start + len(doubted)),) if start >= 0 else ()
        lines.append(RecognisedLine(element.text, element.page, (0.1, 0.1, 0.9, 0.2), doubts))
    return clean(FileContent(elements, recognised=tuple(lines)))


@pytest.mark.parametrize(("heading", "text", "doubted"), [
    ("供水", "2023年全市供水总量为48,620万立方米。", "48,620"),
    ("Visits", "In 2023 the harbour counted 14,382 visits.", "14,382")])
def test_a_passage_has_the_doubts_of_its_text(heading, text, doubted):
    document = recognised_document(
        Element("heading", heading, 2, page=1), Element("paragraph", text, page=1), doubted=doubted)
    metadata = {"title": "", "language": "zh", "score": 1.0, "edition_of": "", "date": ""}
    parts = [
        Document(part.page_content, id=part.id, metadata={**metadata, **part.metadata})
        for part in split(document, "s")]
    [passage] = number_passages(parts)
    assert passage.is_recognised
    assert [part.text for part in passage.doubts] == [doubted]
    assert document.page_content[passage.doubts[0].start : passage.doubts[0].end] == doubted


def test_a_passage_has_the_doubts_of_the_headings_above_it():
    document = recognised_document(
        Element("heading", "Report", 1, page=1), Element("heading", "Year 2023", 2, page=1),
        Element("paragraph", "The harbour counted many visits.", page=1), doubted="2023")
    assert [[text for text, *_ in part.metadata["doubts"]] for part in split(document, "s")] == [["2023"]]


def test_a_text_that_nobody_recognised_has_no_mark():
    [part] = split(clean(FileContent((Element("paragraph", "The harbour.", page=1),))), "s")
    assert not {"recognised", "doubts"} & part.metadata.keys()


def test_a_scan_is_added_asked_renamed_and_read_again(tmp_path):
    pytest.importorskip("rapidocr")
    library = small_library(tmp_path / "home")
    path = tmp_path / "tariff.png"
    draw_page(lines_body(("Harbour tariff", "A berth costs 18.40 euros a night."))).save(path)
    with library.write_lock():
        added = library.add(path)
        library.set_title(added.source.id, "Tariff")
    assert added.source.recognised_pages == "1"
    [passage] = library.passages_of(added.source.id)
    assert passage.metadata["recognised"]
    document = library._manifest.read_source(added.source.id)[1]  # its title has changed, its lines have not
    recognised = document.metadata["recognition"]["lines"]
    lines = [(document.page_content[start:end], page) for start, end, page, *_ in recognised]
    assert lines == [("Harbour tariff", 1), ("A berth costs 18.40 euros a night.", 1)]
    with library.write_lock():
        assert library.add(path).outcome == "unchanged"
    _leave_out_pages(tmp_path / "home" / "manifest.sqlite")  # as without text recognition
    assert [source.name for source in find_outdated(library.sources()).unrecognised] == ["tariff.png"]
    with library.write_lock():
        [(_, again)] = library.read_again()
    assert (again.outcome, again.source.omissions, again.source.title) == ("replaced", (), "Tariff")
    assert not find_outdated(library.sources()).with_original


def _leave_out_pages(manifest):
    with closing(sqlite3.connect(manifest)) as db, db:
        [about] = db.execute("SELECT about FROM sources").fetchone()
        parsed = json.loads(about)
        parsed["source"] |= {"omissions": ["scanned pages|1|1"], "recognised_pages": ""}
        db.execute("UPDATE sources SET about = ?", (json.dumps(parsed),))
        db.execute("UPDATE state SET value = value + 1 WHERE name = 'generation'")


def test_scanned_pages_can_be_read_as_soon_as_recognition_is_installed(monkeypatch):
    pytest.importorskip("rapidocr")
    assert find_outdated([SCAN]).unrecognised == (SCAN,)
    assert "huwen rebuild --read" in describe_omission(SCAN.omissions[0], "en")
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    assert find_outdated([SCAN]).with_original == ()
    assert "huwen[ocr]" in describe_omission(SCAN.omissions[0], "zh")


@pytest.mark.parametrize(("language", "pages", "sentence"), [
    ("zh", "3, 5–7", "第 3, 5–7 页的文字由文字识别（OCR）读出"),
    ("en", "3, 5–7", "the text of pages 3, 5–7 was read by text recognition (OCR)"),
    ("en", "4", "the text of page 4 was read by text recognition (OCR)"), ("en", "", "")])
def test_recognised_pages_are_told(language, pages, sentence):
    assert describe_recognition(replace(SCAN, recognised_pages=pages), language) == sentence


def test_what_was_read_before_ctrl_c_is_added(tmp_path):
    pytest.importorskip("rapidocr")
    library = small_library(tmp_path / "home")
    (tmp_path / "ferry.txt").write_text("The ferry leaves at six.\n", "utf-8")
    page = draw_page("Quay 7", size=24, width="60mm", height="30mm")
    page.save(tmp_path / "scan.tif", save_all=True, append_images=[page] * 200)

    def interrupt(_: PageProgress) -> None:
        raise KeyboardInterrupt

    with library.write_lock(), page_listener(interrupt):
        results = library.add_files(InputFile(tmp_path / name) for name in ("ferry.txt", "scan.tif"))
        assert next(results)[0].name == "ferry.txt"
        with pytest.raises(KeyboardInterrupt):
            next(results)
    assert [source.name for source in library.sources()] == ["ferry.txt"]
