"""Malformed and hostile files for tests: what damage, wrong names and attackers make of sound files.

Each entry of a catalogue maps a file's name to a function that makes its bytes, so that a large one exists only while
it is tested.
"""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from collections.abc import Iterator

from tests.rag.sources.sound_files import (
    BOOK_PACKAGE,
    EN,
    SHOWN_LINE,
    SOUND_FILES,
    ZH,
    Maker,
    book_file,
    csv_file,
    html_file,
    mail_file,
    mhtml_file,
    ole_file,
    open_text_file,
    pdf_file,
    pdf_of_objects,
    pdf_page,
    rtf_file,
    sheet_file,
    slides_file,
    stream_object,
    text_file,
    with_parts,
    word_file,
    zip_file,
)

Catalogue = dict[str, Maker]

_MEBIBYTE = 1 << 20


def truncated_files() -> Catalogue:
    """Each format, cut off after a quarter, a half and three quarters of its bytes."""
    return {
        f"cut {quarter} of 4{suffix}": lambda make=make, quarter=quarter: make()[: len(make()) * quarter // 4]
        for suffix, make in SOUND_FILES.items() for quarter in (1, 2, 3)}


def flipped_files() -> Catalogue:
    """Each format with 1 and with 40 wrong bits, at places that are the same in each run."""
    return {
        f"{count} wrong bits{suffix}": lambda make=make, count=count: _flip_bits(make(), count)
        for suffix, make in SOUND_FILES.items() for count in (1, 40)}


def _flip_bits(content: bytes, count: int) -> bytes:
    flipped = bytearray(content)
    chance = random.Random(count)
    for _ in range(count):
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


# name, content, and the suffix that the sentence must recommend (empty: there is none)
def wrongly_named_files() -> dict[str, tuple[Maker, str]]:
    return {
        "pdf.docx": (pdf_file, ".pdf"), "pdf.txt": (pdf_file, ".pdf"), "pdf.html": (pdf_file, ".pdf"),
        "pdf.doc": (pdf_file, ".pdf"), "pdf.epub": (pdf_file, ".pdf"), "pdf": (pdf_file, ".pdf"),
        "word.pdf": (word_file, ".docx"), "word.doc": (word_file, ".docx"), "word.xlsx": (word_file, ".docx"),
        "word.md": (word_file, ".docx"), "word.zip": (word_file, ".docx"),
        "sheet.csv": (sheet_file, ".xlsx"), "sheet.docx": (sheet_file, ".xlsx"), "sheet.xls": (sheet_file, ".xlsx"),
        "slides.pdf": (slides_file, ".pptx"), "slides.ppt": (slides_file, ".pptx"),
        "book.docx": (book_file, ".epub"), "book.txt": (book_file, ".epub"),
        "page.pdf": (html_file, ".html"), "page.docx": (html_file, ".html"), "page.xls": (html_file, ".html"),
        "page.txt": (html_file, ".html"), "page.csv": (html_file, ".html"), "page.json": (html_file, ".html"),
        "archive.doc": (mhtml_file, ".mht"), "archive.txt": (mhtml_file, ".mht"),
        "text.pdf": (text_file, ".txt"), "text.docx": (text_file, ".txt"), "text.xlsx": (text_file, ".txt"),
        "text.epub": (text_file, ".txt"), "text.doc": (text_file, ".txt"),
        "table.xls": (csv_file, ".csv"), "table.xlsx": (lambda: csv_file().replace(b",", b"\t"), ".tsv"),
        "rich.docx": (rtf_file, ".rtf"), "rich.txt": (rtf_file, ".rtf"), "open.docx": (open_text_file, ".odt"),
        "old.docx": (lambda: ole_file("Root Entry", "WordDocument"), ".doc"),
        "old.xlsx": (lambda: ole_file("Root Entry", "Workbook"), ".xls"),
        "old.txt": (lambda: ole_file("Root Entry", "PowerPoint Document"), ".ppt"),
        "picture.md": (lambda: PNG, ".png"), "picture.pdf": (lambda: PNG, ".png"),
        "picture.docx": (lambda: PNG, ".png"),
        "archive.docx": (lambda: zip_file({"a.jpg": PNG, "b.jpg": PNG}), ""), "plain.txt": (
            lambda: zip_file({"a.jpg": PNG}), ""),
        "program.txt": (lambda: b"\x7fELF" + bytes(range(256)) * 8, ""),
        "gzip.csv": (lambda: b"\x1f\x8b\x08" + PNG, ""),
        "old.pdf": (lambda: ole_file("Root Entry", "Contents"), ""),
    }


def _sheet_xml(rows: str) -> bytes:
    return (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>").encode()


def _word_xml(body: str, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{head}'
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:body>{body}</w:body></w:document>").encode()


_LAUGHS = '<!DOCTYPE x [<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)) + "]>"
_OUTSIDE = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'
_PARAGRAPH = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"


def entity_files() -> Catalogue:
    """External entities (XXE), and entities that multiply to 200 GB (billion laughs)."""
    catalogue: Catalogue = {}
    for name, doctype, entity in (("outside", _OUTSIDE, "&secret;"), ("laughs", _LAUGHS, "&a11;")):
        catalogue |= {
            f"{name}.docx": lambda doctype=doctype, entity=entity: with_parts(
                word_file(), word__document_xml=_word_xml(_PARAGRAPH.format(EN + entity), doctype)),
            f"{name}.xlsx": lambda doctype=doctype, entity=entity: with_parts(
                sheet_file(), xl__worksheets__sheet1_xml=_sheet_xml(
                    f'<row r="1"><c r="A1" t="inlineStr"><is><t>{entity}</t></is></c></row>').replace(
                        b"?>", b"?>" + doctype.encode(), 1)),
            f"{name}.html": lambda doctype=doctype, entity=entity: (
                f"{doctype}<html><body><p>{EN} {entity}</p></body></html>".encode()),
            f"{name}.epub": lambda doctype=doctype, entity=entity: book_file(
                f'<?xml version="1.0"?>{doctype}<html><body><p>{EN} {entity}</p></body></html>'.encode())}
    return catalogue


def _blank_bomb(size: int) -> bytes:
    return b" " * size


def bomb_files() -> Catalogue:
    """A few bytes that unpack to hundreds of megabytes."""
    size = 80 * _MEBIBYTE
    flate = b"/Filter/FlateDecode"
    return {
        "bomb part.docx": lambda: with_parts(word_file(), word__media__a=_blank_bomb(size)),
        "bomb text.docx": lambda: with_parts(
            word_file(), word__document_xml=_word_xml(_PARAGRAPH.format("lake " * (size // 5)))),
        "bomb strings.xlsx": lambda: with_parts(
            sheet_file(), xl__sharedStrings_xml=b"<sst><si><t>" + b"a" * size + b"</t></si></sst>"),
        "bomb sheet.xlsx": lambda: with_parts(
            sheet_file(), xl__worksheets__sheet1_xml=_sheet_xml(
                '<row><c t="inlineStr"><is><t>lake</t></is></c></row>' * 1_000_000)),
        "bomb slide.pptx": lambda: with_parts(
            slides_file(), ppt__slides__slide1_xml=b"<a>" + _blank_bomb(size) + b"</a>"),
        "bomb chapter.epub": lambda: book_file(b"<html><body>" + b"<p>a</p>" * (size // 16) + b"</body></html>"),
        "bomb stream.pdf": lambda: pdf_of_objects(pdf_page(zlib.compress(b"q " * (size // 2)), flate)),
        "bomb in bomb.pdf": lambda: pdf_of_objects(pdf_page(
            zlib.compress(zlib.compress(b" " * size)), b"/Filter[/FlateDecode/FlateDecode]")),
        "bomb aliases.md": _yaml_aliases,
    }


def _yaml_aliases() -> bytes:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefghi", "bcdefghij", strict=True)]
    return "\n".join(["---", *lines, "author: *j", "---", EN]).encode()


def hostile_pdf_files() -> Catalogue:
    self_drawing = stream_object(
        b"/X Do /X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>")
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -4>>/ID[<00><00>]" % (b"11" * 32, b"22" * 32)
    return {
        "form that draws itself.pdf": lambda: pdf_of_objects(pdf_page(b"/X Do", extra=(self_drawing,))),
        "locked.pdf": lambda: pdf_of_objects(pdf_page(SHOWN_LINE), lock),
        "cyclic table.pdf": lambda: _with_cyclic_table(pdf_file()),
        "cyclic pages.pdf": lambda: pdf_of_objects([
            b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]/Parent 2 0 R>>"]),
        "no pages.pdf": lambda: pdf_of_objects([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"]),
        "no objects.pdf": lambda: b"%PDF-1.7\n%%EOF",
        "signature only.pdf": lambda: b"%PDF-",
        "deep array.pdf": lambda: pdf_of_objects([*pdf_page(SHOWN_LINE), b"[" * 100_000 + b"]" * 100_000]),
        "huge page.pdf": lambda: pdf_file().replace(b"[0 0 595 842]", b"[0 0 1e9 1e9]"),
        "many operators.pdf": lambda: pdf_of_objects(pdf_page(b"q " * 500_000 + SHOWN_LINE)),
        "far offset.pdf": lambda: pdf_file().replace(b"startxref\n", b"startxref\n99999999999"),
        "5000 pages.pdf": _many_pages,
    }


def _with_cyclic_table(pdf: bytes) -> bytes:
    position = pdf.index(b"xref\n")
    return pdf.replace(b"trailer<<", b"trailer<</Prev %d" % position)


def _many_pages() -> bytes:
    count = 5_000
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R/Resources<</Font<</F1 4 0 R>>>>>>"
    kids = b" ".join(b"%d 0 R" % number for number in range(5, 5 + count))
    return pdf_of_objects([
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids),
        stream_object(SHOWN_LINE), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", *[page] * count])


def hostile_package_files() -> Catalogue:
    """Office files and books with parts that are missing, wrong, locked or named to be written elsewhere."""
    locked = ole_file("Root Entry", "EncryptedPackage", "EncryptionInfo")
    outside = {"../../outside.txt": b"x", "/etc/outside": b"x", "C:\\outside": b"x"}
    return {
        "locked.docx": lambda: locked, "locked.xlsx": lambda: locked, "locked.pptx": lambda: locked,
        "slip.docx": lambda: with_parts(word_file(), **outside),
        "slip.xlsx": lambda: with_parts(sheet_file(), **outside),
        "slip.epub": lambda: with_parts(book_file(), **outside),
        "broken part.docx": lambda: with_parts(word_file(), word__document_xml=b"<broken"),
        "empty part.docx": lambda: with_parts(word_file(), word__document_xml=b""),
        "wrong root.docx": lambda: with_parts(word_file(), word__document_xml=b"<a/>"),
        "no styles.docx": lambda: with_parts(word_file(), word__styles_xml=b"<a/>"),
        "deep tables.docx": lambda: with_parts(word_file(), word__document_xml=_word_xml(
            "<w:tbl><w:tr><w:tc>" * 3_000 + _PARAGRAPH.format(EN) + "</w:tc></w:tr></w:tbl>" * 3_000)),
        "huge merge.docx": lambda: with_parts(word_file(), word__document_xml=_word_xml(
            '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="99999999"/></w:tcPr>'
            f"{_PARAGRAPH.format(EN)}</w:tc></w:tr></w:tbl>")),
        "no parts.docx": lambda: zip_file({"[Content_Types].xml": b"<Types/>"}),
        "empty archive.docx": lambda: zip_file({}),
        "same name twice.docx": lambda: word_file() + word_file(),
        "wrong checksum.docx": lambda: word_file()[:1_000] + bytes(300) + word_file()[1_300:],
        "broken part.xlsx": lambda: with_parts(sheet_file(), xl__worksheets__sheet1_xml=b"<worksheet"),
        "no workbook.xlsx": lambda: with_parts(sheet_file(), xl__workbook_xml=b"<a/>"),
        "million rows.xlsx": lambda: with_parts(sheet_file(), xl__worksheets__sheet1_xml=_sheet_xml(
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>')),
        "impossible cell.xlsx": lambda: with_parts(sheet_file(), xl__worksheets__sheet1_xml=_sheet_xml(
            '<row r="99999999999"><c r="ZZZZZZ99999999999"><v>1</v></c><c r="?"><v>x</v></c></row>')),
        "wrong date.xlsx": lambda: with_parts(sheet_file(), xl__worksheets__sheet1_xml=_sheet_xml(
            '<row r="1"><c r="A1" t="d"><v>9999-99-99</v></c><c r="B1" s="999"><v>1e999</v></c></row>')),
        "broken slide.pptx": lambda: with_parts(slides_file(), ppt__slides__slide1_xml=b"<p:sld"),
        "no presentation.pptx": lambda: with_parts(slides_file(), ppt__presentation_xml=b"<a/>"),
        "deep groups.pptx": _deep_groups,
        "no package.epub": lambda: zip_file({"mimetype": b"application/epub+zip"}),
        "missing chapter.epub": lambda: with_parts(book_file(), book_opf=b"<a/>").replace(b"a.xhtml", b"b.xhtml"),
        "cyclic chapters.epub": lambda: with_parts(
            book_file(), **{"book.opf": BOOK_PACKAGE.replace(b"<itemref", b'<itemref idref="a"/><itemref' * 2_000)}),
    }


def _deep_groups() -> bytes:
    with zipfile.ZipFile(io.BytesIO(slides_file())) as archive:
        slide = archive.read("ppt/slides/slide1.xml")
    group = b'<p:grpSp><p:nvGrpSpPr><p:cNvPr id="9" name="g"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
    deep = group * 2_000 + b"</p:grpSp>" * 2_000
    return with_parts(slides_file(), ppt__slides__slide1_xml=slide.replace(b"</p:spTree>", deep + b"</p:spTree>"))


def hostile_text_files() -> Catalogue:
    """Texts, pages, records and mails whose contents are without end, without depth or without sense."""
    return {
        "white.txt": lambda: b"  \n\t\r\n" * 100,
        "mark.txt": lambda: b"\xef\xbb\xbf",
        "zeros.txt": lambda: bytes(1_000),
        "zeros.md": lambda: bytes(1_000),
        "zeros.pdf": lambda: bytes(1_000),
        "zeros.docx": lambda: bytes(1_000),
        "zeros.xlsx": lambda: bytes(1_000),
        "zeros.csv": lambda: bytes(1_000),
        "zeros": lambda: bytes(1_000),
        "zeros between.txt": lambda: b"\0".join(text_file().split(b" ")),
        "noise.txt": lambda: _noise(5_000),
        "noise.csv": lambda: _noise(5_000),
        "noise.json": lambda: _noise(5_000),
        "noise.eml": lambda: _noise(5_000),
        "noise.html": lambda: _noise(5_000),
        "noise.pdf": lambda: _noise(5_000),
        "noise.xyz": lambda: _noise(5_000),
        "zero width.txt": lambda: "\u200b\u2060\ufeff".encode() * 50,
        "long line.txt": lambda: b"lake " * 200_000,
        "no spaces.md": lambda: "湖".encode() * 200_000,
        "quotations.md": lambda: b">" * 50_000,
        "brackets.md": lambda: b"[" * 50_000 + b"](" * 50_000,
        "nested list.md": lambda: b"".join(b"  " * n + b"- a\n" for n in range(500)),
        "stars.md": lambda: b"*a **" * 20_000,
        "pipes.md": lambda: b"|" * 20_000 + b"\n" + b"|-" * 20_000 + b"\n" + b"|a" * 20_000,
        "bad date.md": lambda: b"---\ntitle: A\ndate: 2024-02-30\n---\nBody.",
        "object.md": lambda: b"---\na: !!python/object/apply:os.getcwd []\n---\nBody.",
        "quotes.csv": lambda: b'"' * 100_001,
        "commas.csv": lambda: b"," * 100_000,
        "ragged.csv": lambda: b"a,b\n1\n1,2,3,4\n",
        "huge field.csv": lambda: b'a,b\n"' + b"x" * 500_000 + b'",2\n',
        "zero.csv": lambda: b"a,b\n1\0,2\n",
        "half a pair.json": lambda: b'{"a": "\\ud83d", "b": "' + EN.encode() + b'"}',
        "nan.json": lambda: b"[NaN, Infinity, -1]",
        "deep.json": lambda: b"[" * 100_000 + b"]" * 100_000,
        "deep open.json": lambda: b'{"a":' * 100_000,
        "long number.json": lambda: b"[" + b"9" * 100_000 + b"]",
        "two values.json": lambda: b'{"a": 1} {"b": 2}',
        "empty.json": lambda: b"{}",
        "same keys.json": lambda: b'{"a": 1, "a": 2}',
        "bad line.jsonl": lambda: b'{"a": 1}\n{"a":\n',
        "deep.html": lambda: b"<div>" * 100_000 + EN.encode(),
        "deep bold.html": lambda: b"<p>" + b"<b>" * 50_000 + EN.encode(),
        "deep tables.html": lambda: b"<table><tr><td>" * 2_000 + EN.encode(),
        "huge span.html": lambda: b"<table><tr><td rowspan=99999999 colspan=99999999>lake</td><td>a</td></tr></table>",
        "spans.html": lambda: b"<table>" + b"<tr><td rowspan=1000 colspan=1000>lake</td></tr>" * 200 + b"</table>",
        "attributes.html": lambda: b"<p " + b"a=b " * 100_000 + b">lake",
        "unclosed.html": lambda: b"<p>lake<!-- " + b"a" * 100_000,
        "entities.html": lambda: b"<html><body>" + b"&#x110000;&#xD800;&nonsense;" * 5_000 + b"lake",
        "script only.html": lambda: b"<html><script>let a = 1</script></html>",
        "charset.html": lambda: (
            b'<html><meta charset="utf-7"><meta charset="no-such"><body>+ADw-script+AD4- lake</body></html>'),
        "no parts.mht": lambda: mhtml_file().partition(b"--edge")[0],
        "no boundary.mht": lambda: mhtml_file().replace(
            b"; boundary=edge", b""),
        "no html.mht": lambda: mhtml_file().replace(b"text/html", b"image/png"),
        "deep.eml": _deep_mail,
        "no body.eml": lambda: mail_file(b""),
        "no head.eml": lambda: b"\r\n\r\n" + text_file(),
        "wrong charset.eml": lambda: mail_file().replace(b"utf-8", b"no-such-charset"),
        "wrong base64.eml": lambda: mail_file().replace(
            b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1),
        "long head.eml": lambda: b"Subject: " + b"=?utf-8?b?" * 20_000 + b"\r\n\r\n" + text_file(),
        "escapes.txt": lambda: f"\x1b[31m{EN}\x1b[0m\u202e{ZH}".encode(),
        "half a character.txt": lambda: ZH.encode()[:-1],
        "odd utf-16.txt": lambda: b"\xff\xfe" + ZH.encode("utf-16-le") + b"\0",
        "head.doc": lambda: ole_file("Root Entry", "WordDocument"),
        "locked.doc": lambda: ole_file("EncryptedPackage"),
        "signature.odt": lambda: b"PK\x03\x04",
        "cut.odt": lambda: open_text_file()[:-200],
    }


def _noise(length: int) -> bytes:
    return random.Random(length).randbytes(length)


def _deep_mail() -> bytes:
    head = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(1_000))
    return b"MIME-Version: 1.0\r\nSubject: deep\r\n" + head + b"Content-Type: text/plain\r\n\r\n" + text_file()


def all_catalogues() -> Iterator[tuple[str, Maker]]:
    """All files whose outcome may be text as well as an error."""
    for catalogue in (
        truncated_files(), flipped_files(), entity_files(), bomb_files(), hostile_pdf_files(), hostile_package_files(),
        hostile_text_files(),
    ):
        yield from catalogue.items()
