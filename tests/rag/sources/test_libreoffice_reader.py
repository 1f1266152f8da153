"""Older office files: a clear sentence without LibreOffice, the text with it."""

import shutil
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from rag.sources.elements import Element
from rag.sources.errors import UnreadableFile
from rag.sources.readers.office.libreoffice import read_legacy

needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
WORD = OLD_OFFICE + "WordDocument".encode("utf-16-le")
SLIDES = OLD_OFFICE + "PowerPoint Document".encode("utf-16-le")
RTF = rb"{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0 SimSun;}}\f0 \'b9\'a4\'d7\'ca The pump runs at 6 bar.\par}"


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def problem_of(path: Path, **options: str | float) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        read_legacy(path, **options)
    assert all(caught.value.sentence(language) for language in ("zh", "en"))
    return caught.value


@pytest.mark.parametrize(("name", "content", "better"), [
    ("a.doc", WORD, ".docx"), ("a.wps", WORD, ".docx"), ("A.RTF", RTF, ".docx"), ("a.ppt", SLIDES, ".pptx")])
def test_without_libreoffice_the_error_names_a_better_type(tmp_path, name, content, better):
    error = problem_of(write(tmp_path / name, content), search_path="")
    assert (error.problem, error.details) == (
        "needs LibreOffice", {"suffix": Path(name).suffix.lower(), "better": better})


@pytest.mark.parametrize(("name", "content", "problem", "suffix"), [
    ("a.doc", b"", "empty", ""),
    ("a.doc", b"<html><body>1</body></html>", "wrong type", ".html"),
    ("a.doc", SLIDES, "wrong type", ".ppt"),
    ("a.ppt", WORD, "wrong type", ".doc"),
    ("a.rtf", "只是文字".encode(), "wrong type", ".txt"),
    ("a.doc", OLD_OFFICE + "EncryptedPackage".encode("utf-16-le"), "locked", ""),
    ("a.doc", WORD.ljust(1024, b"\0") + b"\xec\xa5\xc1\x00" + bytes(7) + b"\x01", "locked", ""),
    ("a.ppt", SLIDES + b"\x14\0\0\0\xdf\xc4\xd1\xf3", "locked", ""),
    ("a.odt", bytes(range(256)), "damaged", ""),
])
def test_what_cannot_be_converted_is_refused_before_it_is_tried(tmp_path, name, content, problem, suffix):
    error = problem_of(write(tmp_path / name, content), search_path="")
    assert (error.problem, error.details.get("suffix", "")) == (problem, suffix)


def test_a_locked_odt_file_is_refused(tmp_path):
    path = tmp_path / "a.odt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", "x")
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
    assert problem_of(path, search_path="").problem == "locked"


@needs_libreoffice
@pytest.mark.parametrize("name", ["a.rtf", "--help 旧 文件.doc"])
def test_rtf_is_read_also_under_the_suffix_of_word(tmp_path, name):
    content = read_legacy(write(tmp_path / name, RTF))
    assert [e.text for e in content.elements if isinstance(e, Element)] == ["工资 The pump runs at 6 bar."]


@needs_libreoffice
def test_an_odt_file_is_read_without_fetching_what_it_links_to(tmp_path):
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        content = read_legacy(_odt(tmp_path / "a.odt", f"http://127.0.0.1:{server.server_port}/a.png"))
        server.shutdown()
    assert [e.text for e in content.elements if isinstance(e, Element)] == ["泵房", "水压为6巴。"]
    assert requests == []


def _odt(path: Path, link: str) -> Path:
    names = " ".join(f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for prefix, name in (
        ("office", "office"), ("text", "text"), ("draw", "drawing"), ("svg", "svg-compatible")))
    image = f'<draw:frame svg:width="1cm" svg:height="1cm"><draw:image xlink:href="{link}"/></draw:frame>'
    body = f'<text:h text:outline-level="1">泵房</text:h><text:p>水压为6巴。{image}</text:p>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", (
            f'<office:document-content {names} xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2">'
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"))
        archive.writestr("META-INF/manifest.xml", (
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            '<manifest:file-entry manifest:full-path="/" '
            'manifest:media-type="application/vnd.oasis.opendocument.text"/>'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
            "</manifest:manifest>"))
    return path


def _write_program(folder: Path, script: str) -> str:
    folder.mkdir()
    program = write(folder / "soffice", f"#!/bin/sh\n{script}\n".encode())
    program.chmod(0o755)
    return str(folder)


def test_a_conversion_that_does_not_end_is_ended_with_all_that_it_started(tmp_path):
    folder = _write_program(tmp_path / "bin", f"(sleep 600) & echo $! > {tmp_path}/child; wait")
    error = problem_of(write(tmp_path / "a.doc", WORD), search_path=folder, seconds=2)
    assert error.problem == "too slow"
    assert not _is_running((tmp_path / "child").read_text().strip())


def _is_running(process: str) -> bool:
    """True for a process that is still there after it had ten seconds to end."""
    state = Path(f"/proc/{process}/stat")
    for _ in range(100):
        if not state.exists() or state.read_text().split()[2] == "Z":
            return False
        time.sleep(0.1)
    return True


def test_a_conversion_without_a_result_is_damage(tmp_path):
    folder = _write_program(tmp_path / "bin", "exit 0")
    assert problem_of(write(tmp_path / "a.doc", WORD), search_path=folder).problem == "damaged"
