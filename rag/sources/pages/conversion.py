"""Conversion of office files to PDF with LibreOffice, so that their pages can be shown.

Only the reading process calls it.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from rag.sources.errors import UnreadableFile
from rag.sources.pages.views import Converted
from rag.sources.readers.office.libreoffice import convert_file, find_program

_TEXT, _SLIDES = ".docx", ".pptx"  # by which part of LibreOffice a file is opened
_PARTS = {
    **dict.fromkeys((".docx", ".docm", ".doc", ".rtf", ".wps", ".odt"), _TEXT),
    **dict.fromkeys((".pptx", ".ppt", ".odp"), _SLIDES)}
_FILTERS = {_TEXT: "pdf:writer_pdf_Export", _SLIDES: "pdf:impress_pdf_Export"}
CONVERTED_SUFFIXES = frozenset(_PARTS)


def can_convert(suffix: str, search_path: str | None = None) -> bool:
    """Whether LibreOffice is installed with the part that opens files of a suffix; `search_path` as in `read_legacy`.
    """
    return suffix in _PARTS and bool(find_program(search_path, _PARTS[suffix]))


def convert_to_pdf(path: Path, *, target: Path, suffix: str, seconds: float) -> Converted:
    """Convert a file with one of CONVERTED_SUFFIXES to a PDF at `target`.

    Raises:
        UnreadableFile: "needs LibreOffice", "too slow" or "damaged".
    """
    part = _PARTS[suffix]
    program = find_program(None, part)
    if not program:
        raise UnreadableFile("needs LibreOffice", suffix=suffix, better=".pdf")
    with tempfile.TemporaryDirectory(prefix="libreoffice-") as folder:
        source = Path(folder, f"source{suffix}")  # a name that is no option and has no odd characters
        shutil.copyfile(path, source)
        convert_file(program, source, _FILTERS[part], seconds)
        converted = source.with_suffix(".pdf")
        if not converted.is_file():
            raise UnreadableFile("damaged", type=suffix, detail="LibreOffice")
        shutil.copyfile(converted, target)
        return Converted(target.stat().st_size)
