"""Text recognition: scans and pictures become text in reading order, with the places and the doubts of their lines."""

from __future__ import annotations

import sys
import zlib

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from rag.sources.clean import clean
from rag.sources.elements import FileContent, Table
from rag.sources.errors import UnreadableFile
from rag.sources.loaders import load, read_directly, readable_suffixes
from rag.sources.page_progress import PageProgress, page_listener
from rag.sources.reading_process import ReadingProcess
from tests.rag.sources.pdf_files import character_error_rate, set_pdf
from tests.rag.sources.scans import EN_LINES, ZH_LINES, degrade, draw_page, lines_body, save_pdf

pytest.importorskip("rapidocr")


def read_picture(path, picture: Image.Image, **options) -> FileContent:
    picture.save(path, **options)
    return read_directly(path)


@pytest.mark.parametrize(("lines", "turn", "skew", "limit"), [(ZH_LINES, 180, 1.5, 0.03), (EN_LINES, 270, -2, 0.02)])
def test_a_turned_and_slanted_scan_is_read(tmp_path, lines, turn, skew, limit):
    scan = degrade(draw_page(lines_body(lines), ppi=200), noise=18, blur=0.6, grey=215, skew=skew)
    content = read_picture(tmp_path / "scan.png", scan.rotate(turn, expand=True))
    assert character_error_rate("\n".join(lines), clean(content).page_content) <= limit


def test_the_boxes_of_lines_are_where_the_turned_page_has_them(tmp_path):
    page = draw_page(lines_body(("Top line of the page", "Bottom line of the page")), height="60mm")
    content = read_picture(tmp_path / "turned.png", page.rotate(90, expand=True))
    lines = {line.text: line.box for line in content.recognised}
    top, bottom = lines["Top line of the page"], lines["Bottom line of the page"]
    assert top[0] < bottom[0] < 0.5  # turned counter-clockwise, the top of the page is at the left
    assert top[3] - top[1] > 0.2 > top[2] - top[0]


def test_two_columns_are_read_one_after_the_other(tmp_path):
    left = "The first column tells of the harbour and of the boats that lie in it during the long winter months. " * 2
    right = "The second column tells of the market where farmers sell apples and pears on every Saturday morning. " * 2
    body = f"#columns(2)[{left.strip()}\n#colbreak()\n{right.strip()}]"
    text = clean(read_picture(tmp_path / "columns.png", draw_page(body, size=7, width="110mm"))).page_content
    assert character_error_rate(left + right, text) <= 0.02


@pytest.mark.parametrize(("rows", "ruled"), [
    ((("区", "人口（万人）", "面积（平方公里）"), ("东湖区", "62.4", "118"), ("西山区", "48.9", "236"),
      ("南渡区", "71.3", "95")), True),
    ((("Pier", "Berths", "Length (m)"), ("North", "42", "310.5"), ("South", "128", "96.4"),
      ("West", "75", "208.0")), False)])
def test_a_table_is_read_as_a_table(tmp_path, rows, ruled):
    cells = ", ".join(f"[{cell}]" for row in rows for cell in row)
    stroke = "0.6pt" if ruled else "none"
    body = f"#table(columns: (1fr, 1fr, 1fr), stroke: {stroke}, {cells})"
    content = read_picture(tmp_path / "table.png", degrade(draw_page(body, width="100mm"), noise=10))
    tables = [part for part in content.elements if isinstance(part, Table)]
    assert [tuple(cell.text for cell in row) for row in tables[0].rows] == list(rows)


def test_scanned_pages_keep_their_places_between_pages_with_text(tmp_path):
    text_pages = set_pdf(tmp_path / "text.pdf", "First page.\n#pagebreak()\nThird page.\n#pagebreak()\nFifth page.")
    scans = save_pdf(tmp_path / "scans.pdf", [
        draw_page(lines_body((line,)), height="40mm") for line in (ZH_LINES[1], EN_LINES[1])])
    with (pypdfium2.PdfDocument(text_pages) as pages, pypdfium2.PdfDocument(scans) as images,
          pypdfium2.PdfDocument.new() as mixed):
        for source, page in ((pages, 0), (images, 0), (pages, 1), (images, 1), (pages, 2)):
            mixed.import_pages(source, [page])
        mixed.save(tmp_path / "mixed.pdf")
    heard: list[PageProgress] = []
    process = ReadingProcess()
    try:
        with page_listener(heard.append):
            content = load(tmp_path / "mixed.pdf", process)
    finally:
        process.close()
    document = clean(content)
    starts = document.metadata["page_starts"]
    pages_of_text = [document.page_content[a:b].split() for a, b in zip(starts, [*starts[1:], None], strict=True)]
    assert [words[0] for words in pages_of_text] == ["First", ZH_LINES[1], "Third", "A", "Fifth"]
    assert heard == [PageProgress(number, 5) for number in (2, 3, 4, 5)]
    assert ({line.page for line in content.recognised}, content.omissions) == ({2, 4}, ())
    spans = [(start, end) for start, end, *_ in document.metadata["recognition"]["lines"]]
    assert document.page_content[slice(*spans[0])] == ZH_LINES[1]


def test_the_pages_of_a_tiff_file_are_pages(tmp_path):
    first, second = (draw_page(lines_body((line,)), height="30mm") for line in (ZH_LINES[0], EN_LINES[0]))
    content = read_picture(tmp_path / "fax.tif", first, save_all=True, append_images=[second])
    assert [line.page for line in content.recognised] == [1, 2]


def test_of_an_animation_the_first_picture_is_read_and_the_rest_counted(tmp_path):
    frames = [draw_page(word, width="40mm", height="30mm") for word in ("First", "Second", "Third")]
    content = read_picture(tmp_path / "moving.gif", frames[0], save_all=True, append_images=frames[1:])
    assert [line.text for line in content.recognised] == ["First"]
    assert [(omission.kind, omission.count) for omission in content.omissions] == [("further frames", 2)]


def _sixteen_bits(page: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(page, dtype=np.uint16) * 257)


def _transparent(page: Image.Image) -> Image.Image:
    layer = Image.new("RGBA", page.size, (0, 0, 0, 0))
    layer.paste((0, 0, 0, 255), mask=Image.eval(page, lambda value: 255 - value))
    return layer


@pytest.mark.parametrize(("suffix", "change"), [
    (".png", _sixteen_bits), (".png", _transparent), (".jpg", lambda page: page.convert("CMYK")),
    (".tif", lambda page: page.convert("1")), (".webp", lambda page: page.convert("RGB")),
    (".bmp", lambda page: page.convert("P"))])
def test_every_kind_of_picture_is_read(tmp_path, suffix, change):
    page = draw_page("Quay 7", size=24, width="60mm", height="30mm")
    assert [line.text for line in read_picture(tmp_path / f"quay{suffix}", change(page)).recognised] == ["Quay 7"]


def test_a_photo_is_turned_as_its_camera_says(tmp_path):
    page = draw_page("Quay 7", size=24, width="60mm", height="30mm").rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned to the right
    page.save(tmp_path / "photo.jpg", exif=exif)
    [line] = read_directly(tmp_path / "photo.jpg").recognised
    assert line.text == "Quay 7"
    assert line.box[2] - line.box[0] > line.box[3] - line.box[1]


def _noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(3).integers(0, 255, (300, 400, 3), dtype=np.uint8))


@pytest.mark.parametrize(("picture", "words"), [
    (Image.new("L", (400, 500), 255), "no words"), (Image.new("RGB", (1, 1)), "no words"), (_noise(), "no words"),
    (Image.new("1", (9_500, 9_500)), "9,500 × 9,500")])
def test_a_picture_that_cannot_be_read_gives_a_sentence(tmp_path, picture, words):
    with pytest.raises(UnreadableFile, match=words) as raised:
        read_picture(tmp_path / "picture.png", picture)
    assert raised.value.sentence("zh")


def test_a_bomb_is_not_unpacked(tmp_path):
    header = b"IHDR" + (50_000).to_bytes(4, "big") * 2 + b"\x08\2\0\0\0"
    (tmp_path / "bomb.png").write_bytes(
        b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + zlib.crc32(header).to_bytes(4, "big") + b"\0\0\0\4IDAT")
    with pytest.raises(UnreadableFile, match="50,000 × 50,000"):
        read_directly(tmp_path / "bomb.png")


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"BM" + bytes(60), b"II*\0\x08\0\0\0\xff\xff"])
def test_a_corrupt_picture_is_damaged(tmp_path, content):
    path = tmp_path / {b"\x89": "a.png", b"B": "a.bmp", b"I": "a.tif"}[content[:1]]
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as raised:
        read_directly(path)
    assert raised.value.problem == "damaged"


def test_a_cut_off_picture_is_damaged(tmp_path):
    draw_page(lines_body(EN_LINES)).save(tmp_path / "whole.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:2_000])
    with pytest.raises(UnreadableFile) as raised:
        read_directly(tmp_path / "cut.jpg")
    assert raised.value.problem == "damaged"


def test_a_scan_with_a_stamped_page_number_is_recognised(tmp_path):
    draw_page(lines_body(EN_LINES[1:3]), height="60mm").save(tmp_path / "scan.png")
    stamped = set_pdf(tmp_path / "stamped.pdf", (
        '#set page(width: 110mm, height: 60mm, margin: 0pt, background: image("scan.png", width: 100%, height: 100%))\n'
        "#place(bottom + right, text(size: 6pt)[17])"))
    text = clean(read_directly(stamped)).page_content
    assert character_error_rate("\n".join(EN_LINES[1:3]), text) <= 0.05


def test_an_empty_scanned_page_is_named(tmp_path):
    pages = [draw_page("Quay 7", size=24, width="60mm", height="30mm"), Image.new("L", (400, 240), 255)]
    content = read_directly(save_pdf(tmp_path / "two.pdf", pages))
    assert [(o.kind, o.count, o.where) for o in content.omissions] == [("unrecognised pages", 1, "2")]


def test_without_the_package_a_picture_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(UnreadableFile, match=r"huwen\[ocr\]"):
        read_picture(tmp_path / "scan.png", Image.new("L", (60, 60), 255))
    assert ".png" not in readable_suffixes()
    with pytest.raises(UnreadableFile, match=r"huwen\[ocr\]") as raised:
        read_directly(save_pdf(tmp_path / "scan.pdf", [Image.new("L", (400, 240), 255)]))
    assert "huwen[ocr]" in raised.value.sentence("zh")
