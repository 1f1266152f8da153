"""Sound files of each format, made by the tests, each with a Chinese and an English sentence."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from functools import cache

import docx
import openpyxl
import pptx

Maker = Callable[[], bytes]

ZH = "青溪镇图书馆周三晚上开放到九点。"
EN = "The library of Greenbrook is open until nine on Wednesday evenings."


def text_file() -> bytes:
    return f"{ZH}\n{EN}\n".encode()


def csv_file() -> bytes:
    return "馆名,座位\n青溪馆,48\nGreenbrook,52\n".encode()


def json_file() -> bytes:
    return json.dumps([{"name": "青溪馆", "seats": 48}, {"name": "Greenbrook", "seats": 52}]).encode()


def json_lines_file() -> bytes:
    return b'{"name": "Greenbrook", "seats": 52}\n{"name": "Qingxi", "seats": 48}\n'


def html_file() -> bytes:
    return f"<!DOCTYPE html><html><body><h1>青溪馆</h1><p>{ZH}</p><p>{EN}</p></body></html>".encode()


def mhtml_file() -> bytes:
    return (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=edge\r\n\r\n--edge\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html_file() + b"\r\n--edge--\r\n")


def mail_file(body: bytes | None = None) -> bytes:
    head = (
        b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Opening hours\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n")
    return head + (text_file() if body is None else body)


def pdf_of_objects(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of which is its catalogue; `trailer` is added to the trailer's entries."""
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + head + b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1, trailer, len(out))


def stream_object(content: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), entries, content)


def pdf_page(content: bytes, entries: bytes = b"", extra: tuple[bytes, ...] = ()) -> list[bytes]:
    """The objects of a PDF of one page with this content stream (object 4); further objects follow from number 6 on."""
    return [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>>>",
        stream_object(content, entries), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", *extra]


SHOWN_LINE = b"BT /F1 12 Tf 50 780 Td (" + EN.encode() + b") Tj ET"


def pdf_file() -> bytes:
    return pdf_of_objects(pdf_page(SHOWN_LINE))


@cache
def word_file() -> bytes:
    document = docx.Document()
    document.add_heading("青溪馆", 1)
    document.add_paragraph(ZH)
    document.add_paragraph(EN)
    document.add_table(2, 2).cell(0, 0).text = "座位"
    return _saved(document.save)


@cache
def slides_file() -> bytes:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Opening hours"
    slide.placeholders[1].text = f"{ZH}\n{EN}"
    return _saved(presentation.save)


@cache
def sheet_file() -> bytes:
    workbook = openpyxl.Workbook()
    for row in (["馆名", "座位"], ["青溪馆", 48], ["Greenbrook", 52]):
        workbook.active.append(row)
    return _saved(workbook.save)


def _saved(save: Callable[[io.BytesIO], None]) -> bytes:
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()


_CONTAINER_XML = (
    b'<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    b'<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>')
BOOK_PACKAGE = (
    b'<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/><manifest>'
    b'<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
    b'<spine><itemref idref="a"/></spine></package>')


def book_file(chapter: bytes | None = None) -> bytes:
    page = f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{ZH}</p><p>{EN}</p></body></html>'.encode()
    return zip_file({
        "mimetype": b"application/epub+zip", "META-INF/container.xml": _CONTAINER_XML, "book.opf": BOOK_PACKAGE,
        "a.xhtml": page if chapter is None else chapter})


def zip_file(parts: dict[str, bytes]) -> bytes:
    """A ZIP archive; the part `mimetype` is stored as it is, the others are compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def with_parts(package: bytes, **parts: bytes) -> bytes:
    """A package with some parts replaced or added; `__` in an argument's name stands for `/`, `_xml` for `.xml`."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    return zip_file(contents | {
        name.replace("__", "/").replace("_xml", ".xml").replace("_rels_rels", "_rels/.rels"): part
        for name, part in parts.items()})


def replace_in_parts(content: bytes, old: bytes, new: bytes) -> bytes:
    """The content with one text replaced by another, in each part if it is a ZIP archive."""
    if not content.startswith(b"PK"):
        return content.replace(old, new)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return zip_file({name: archive.read(name).replace(old, new) for name in archive.namelist()})


def rtf_file() -> bytes:
    return b"{\\rtf1\\ansi " + EN.encode() + b"\\par}"


def open_text_file() -> bytes:
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body><office:text>'
        f"<text:p>{ZH}</text:p></office:text></office:body></office:document-content>").encode()
    manifest = (
        b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        b'<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>'
        b'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>')
    return zip_file({
        "mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": content,
        "META-INF/manifest.xml": manifest})


def ole_file(*streams: str) -> bytes:
    """The head of an OLE container and the names in its directory: enough to recognise one, too little to read it."""
    names = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + names + bytes(512)


SOUND_FILES: dict[str, Maker] = {
    ".txt": text_file, ".md": text_file, ".csv": csv_file, ".tsv": lambda: csv_file().replace(b",", b"\t"),
    ".json": json_file, ".jsonl": json_lines_file, ".html": html_file, ".mht": mhtml_file, ".eml": mail_file,
    ".pdf": pdf_file, ".docx": word_file, ".pptx": slides_file, ".xlsx": sheet_file, ".epub": book_file}
LEGACY_FILES: dict[str, Maker] = {".rtf": rtf_file, ".odt": open_text_file}
