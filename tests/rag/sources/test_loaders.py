"""The loader: a file becomes its content by the reader of its type, or an error of one sentence with the reason."""

from importlib import import_module
from pathlib import Path

import pytest

from rag.sources.elements import Element, FileContent
from rag.sources.errors import UnreadableFile
from rag.sources.loaders import READERS, load
from tests.rag.sources import malformed_files as files
from tests.rag.sources import sound_files as sound

ZH = "青溪镇2021年有图书馆3座，比上年多1座。"
EN = "Greenbrook had 3 libraries in 2021, one more than the year before."


@pytest.fixture
def file(tmp_path):
    """Writes a file; returns its path."""
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path
    return write


def text_of(content: FileContent) -> str:
    parts = (
        [part.text] if isinstance(part, Element) else [cell.text for row in part.rows for cell in row]
        for part in content.elements)
    return "\n".join(text for texts in parts for text in texts)


def error_of(path: Path) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        load(path)
    return caught.value


@pytest.mark.parametrize("suffix", READERS)
def test_the_reader_of_every_suffix_exists(suffix):
    module, _, function = READERS[suffix].partition(":")
    assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("text", [ZH, EN])
@pytest.mark.parametrize("name", ["a.txt", "a.text", "a.log", "a.md", "A.TXT", "a.Md"])
def test_a_text_file_is_read(file, name, text):
    assert text in text_of(load(file(name, text)))


@pytest.mark.parametrize("text", [ZH, EN])
@pytest.mark.parametrize("name", ["README", "LICENSE", "Makefile", "notes.text2", "说明", ".hidden", "a.", "a.tar.7"])
def test_a_file_with_an_unknown_suffix_is_read_if_it_is_text(file, name, text):
    assert text in text_of(load(file(name, text)))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_text_without_a_suffix_may_be_in_any_encoding(file, encoding):
    assert ZH in text_of(load(file("README", (ZH * 20).encode(encoding))))


@pytest.mark.parametrize("text", [ZH, EN])
def test_a_long_text_without_a_suffix_is_recognised_by_its_beginning(file, text):
    assert len(text_of(load(file("README", text * 5_000)))) == len(text) * 5_000


def test_raw_lines_keep_their_line_breaks(file):
    (lines,) = load(file("a.txt", f"{ZH}\n\n{EN}\n")).elements
    assert isinstance(lines, Element)
    assert (lines.kind, lines.text.strip()) == ("lines", f"{ZH}\n\n{EN}")


@pytest.mark.parametrize("name", ["a.xyz", "nosuffix", "a.zip", "图"])
def test_bytes_of_an_unknown_type_are_refused_with_the_known_ones(file, name):
    error = error_of(file(name, bytes(range(256)) * 10))
    assert error.problem == "unknown type"
    assert all(".docx" in error.sentence(language) for language in ("zh", "en"))


@pytest.mark.parametrize(("name", "content", "problem", "words"), [
    ("empty.txt", b"", "empty", "空"), ("blank.txt", b"  \n\t\n", "no text", "没有文字"),
    ("locked.docx", sound.ole_file("EncryptedPackage"), "locked", "密码"),
    ("page.pdf", sound.html_file(), "wrong type", "网页（HTML）"), ("page.pdf", sound.html_file(), "wrong type", ".html"),
    ("photo.md", files.PNG, "wrong type", "PNG 图片"), ("report", sound.pdf_file(), "missing suffix", ".pdf"),
    ("noise.txt", bytes(range(128, 256)) * 20, "not text", "编码"),
])
def test_an_error_says_in_both_languages_what_is_wrong_and_names_the_file(file, name, content, problem, words):
    error = error_of(file(name, content))
    assert error.problem == problem
    assert words in error.sentence("zh")
    for language in ("zh", "en"):
        assert error.sentence(language).startswith(name)
        assert "\n" not in error.sentence(language)


def test_a_missing_file_and_a_folder_are_unreadable(tmp_path):
    (tmp_path / "folder.txt").mkdir()
    expected = (("folder.txt", "not a regular file"), ("missing.txt", "no such file"), ("missing.pdf", "no such file"))
    for name, words in expected:
        assert words in str(error_of(tmp_path / name))
        assert str(error_of(tmp_path / name)).startswith(name)


def test_text_recognition_is_recommended_for_a_scan_and_only_for_it(file):
    scan = sound.pdf_of_objects(sound.pdf_page(b""))
    assert "OCR" in error_of(file("scan.pdf", scan)).sentence("en")
    assert "OCR" in error_of(file("scan.pdf", scan)).sentence("zh")
    assert "OCR" not in str(error_of(file("script.html", b"<script>1</script>")))


@pytest.mark.parametrize("first", ["<!DOCTYPE html>", "<HTML>", "\ufeff<?xml version='1.0'?><!-- a --><html>"])
@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.txt", "a.csv"])
def test_a_page_under_another_suffix_is_recognised(file, name, first):
    error = error_of(file(name, f"{first}<body><p>{ZH}</p></body></html>"))
    assert (error.problem, error.details["suffix"]) == ("wrong type", ".html")


@pytest.mark.parametrize("text", [
    "<div>青溪</div> <html> 是标签", "The tag <html> opens a page; <!DOCTYPE html> comes first."])
def test_a_text_about_markup_is_not_a_page(file, text):
    assert text in text_of(load(file("a.txt", text)))


@pytest.mark.parametrize("text", [
    "GIF89a 是一种图片格式。", "ID3 is an algorithm for decision trees.", "%PDF-1.4 is the first line of a PDF.", "PK 是缩写。"])
def test_a_text_about_a_signature_is_text(file, text):
    assert text in text_of(load(file("a.txt", text)))


@pytest.mark.parametrize("prefix", [b"\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_pdf_may_have_lines_before_it(file, prefix):
    assert "Greenbrook" in text_of(load(file("a.pdf", prefix + sound.pdf_file())))


def test_a_macro_document_is_read_like_one_without_macros(file):
    assert "Greenbrook" in text_of(load(file("a.docm", sound.word_file())))


@pytest.mark.parametrize("name", ["\u202etxt.xyz", "\x1b[31m.xyz"])
def test_hidden_characters_of_a_name_do_not_reach_a_terminal(file, name):
    error = error_of(file(name, files.PNG))
    assert not {"\u202e", "\x1b"} & set(error.sentence("zh") + error.sentence("en"))


def test_a_detail_in_a_librarys_words_is_replaced(file):
    error = error_of(file("a.docx", files.hostile_package_files()["broken part.docx"]()))
    assert "合" in error.sentence("zh")
    assert "tag" not in error.sentence("en").lower()
