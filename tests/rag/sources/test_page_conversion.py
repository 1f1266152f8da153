"""Conversion of office files for their pages: nothing that a file links to is fetched or shown."""

from __future__ import annotations

import shutil
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import docx
import numpy as np
import pypdfium2
import pytest
from PIL import Image

from rag.sources.errors import UnreadableFile
from rag.sources.pages.conversion import can_convert, convert_to_pdf

needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def linking_word_file(path: Path, link: str) -> Path:
    """A Word file with a picture that is only linked to."""
    picture, plain = BytesIO(), BytesIO()
    Image.new("RGB", (20, 20), "blue").save(picture, "PNG")
    document = docx.Document()
    document.add_paragraph("港口有14米深。")
    document.add_picture(picture)
    document.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name).replace(b"r:embed=", b"r:link=")
            external = f'Target="{link}" TargetMode="External"'.encode()
            target.writestr(name, content.replace(b'Target="media/image1.png"', external))
    return path


@pytest.mark.slow
@needs_libreoffice
def test_linked_pictures_are_neither_fetched_nor_read_from_this_machine(tmp_path: Path) -> None:
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    Image.new("RGB", (200, 200), "red").save(tmp_path / "secret.png")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        for link in (f"http://127.0.0.1:{server.server_port}/a.png", (tmp_path / "secret.png").as_uri()):
            target = tmp_path / "pages.pdf"
            convert_to_pdf(linking_word_file(tmp_path / "a.docx", link), target=target, suffix=".docx", seconds=120)
            with pypdfium2.PdfDocument(target) as pdf:
                pixels = np.asarray(pdf[0].render().to_pil().convert("RGB")).astype(int)
            assert not ((pixels[..., 0] > 200) & (pixels[..., 1] < 60)).any()
        server.shutdown()
    assert requests == []


def test_without_libreoffice_nothing_can_be_converted() -> None:
    assert not can_convert(".docx", search_path="")
    assert not can_convert(".md")


@pytest.mark.slow
@needs_libreoffice
def test_a_file_that_libreoffice_cannot_open_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 8)
    with pytest.raises(UnreadableFile) as caught:
        convert_to_pdf(path, target=tmp_path / "a.pdf", suffix=".docx", seconds=120)
    assert caught.value.problem == "damaged"
