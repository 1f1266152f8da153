"""The e-book reader: the chapters of an EPUB in order, its metadata, and the limits on its archive."""

import zipfile

import pytest

from rag.sources.errors import UnreadableFile
from rag.sources.readers.markup.ebook import read_ebook

CONTAINER = '<container xmlns="c"><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
LIST = """<?xml version="1.0"?>{doctype}<package xmlns="http://www.idpf.org/2007/opf">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title><dc:creator>徐枫</dc:creator>
<dc:creator>张桥</dc:creator><dc:date>2031-05-06T00:00:00Z</dc:date><dc:language>zh-CN</dc:language>
<dc:publisher>青山书局</dc:publisher></metadata>
<manifest><item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="b" href="two%20.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="one.xhtml#start" media-type="application/xhtml+xml"/>
<item id="x" href="../../../etc/passwd" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/><itemref idref="x"/></spine></package>"""
CHAPTER = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>
<h1>第一章</h1><p>渡口<a epub:type="noteref" href="#n1">1</a>在河东。</p>
<aside epub:type="footnote" id="n1"><p>今名河东埠。</p></aside></body></html>"""
ENCRYPTION = """<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData><e:EncryptionMethod
Algorithm="{method}"/><e:CipherData><e:CipherReference URI="{name}"/></e:CipherData></e:EncryptedData></encryption>"""


@pytest.fixture
def book(tmp_path):
    """Writes an EPUB with two chapters, whose files can be replaced; returns its path."""
    def write(files: dict[str, str]):
        path = tmp_path / "book.epub"
        standard = {
            "META-INF/container.xml": CONTAINER, "OPS/book.opf": LIST.format(doctype="", title="渡口志"),
            "OPS/nav.xhtml": "<nav>目录</nav>", "OPS/one.xhtml": CHAPTER,
            "OPS/two .xhtml": "<html><body><h1>Chapter two</h1><p>The ferry.</p></body></html>"}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in (standard | files).items():
                archive.writestr(name, text)
        return path
    return write


def test_chapters_are_read_in_the_order_of_the_spine(book):
    content = read_ebook(book({}))
    assert [(e.kind, e.text) for e in content.elements] == [
        ("heading", "第一章"), ("paragraph", "渡口在河东。"), ("note", "今名河东埠。"),
        ("heading", "Chapter two"), ("paragraph", "The ferry.")]


def test_metadata_is_that_of_the_package(book):
    assert read_ebook(book({})).metadata == {
        "title": "渡口志", "author": "徐枫、张桥", "publisher": "青山书局", "date": "2031-05-06", "language": "zh"}


def test_an_encrypted_chapter_locks_the_book(book):
    encryption = ENCRYPTION.format(method="http://www.w3.org/2001/04/xmlenc#aes128-cbc", name="OPS/one.xhtml")
    with pytest.raises(UnreadableFile, match="locked"):
        read_ebook(book({"META-INF/encryption.xml": encryption}))


def test_an_obfuscated_font_does_not_lock_the_book(book):
    encryption = ENCRYPTION.format(method="http://www.idpf.org/2008/embedding", name="OPS/font.otf")
    assert read_ebook(book({"META-INF/encryption.xml": encryption})).elements


def test_entities_in_the_list_of_files_are_not_expanded(book):
    doctype = "<!DOCTYPE p [<!ENTITY a 'xxxxxxxxxx'>" + "".join(
        f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcdefgh", "bcdefghi", strict=True)) + "]>"
    content = read_ebook(book({"OPS/book.opf": LIST.format(doctype=doctype, title="书&i;")}))
    assert content.metadata["title"] == "书"


def test_a_chapter_that_unpacks_without_end_is_too_large(book):
    with pytest.raises(UnreadableFile, match="memory"):
        read_ebook(book({"OPS/one.xhtml": " " * (21 << 20)}))


@pytest.mark.parametrize("files", [{"META-INF/container.xml": "", "OPS/book.opf": ""}, {"OPS/book.opf": "no xml"}])
def test_a_book_without_a_list_of_files_is_damaged(book, files):
    with pytest.raises(UnreadableFile, match="damaged"):
        read_ebook(book(files))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_book_is_damaged(book, share):
    path = book({})
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnreadableFile, match="damaged"):
        read_ebook(path)
