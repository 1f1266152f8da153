"""Older office files: .doc, .rtf, .wps, .odt, .ppt, .xls and .ods files are converted with LibreOffice, and then read.

LibreOffice runs without a window, without macros and without fetching what a file links to, in a temporary folder.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import zipfile
import zlib
from pathlib import Path

from rag.sources.elements import FileContent
from rag.sources.errors import UnreadableFile
from rag.sources.readers.office.file_type import (
    COMPOUND_FILE_MARK,
    compound_suffix,
    is_locked,
    office_suffix,
    text_type,
)
from rag.sources.readers.office.package import damage_error
from rag.sources.readers.office.slides import read_slides
from rag.sources.readers.office.word import read_word
from rag.sources.readers.tabular.sheets import read_sheet

# less than the time that reading a file may take in all; the first start takes some 10 s on a slow machine
CONVERSION_SECONDS = 25
_TARGETS = {
    ".doc": ".docx", ".rtf": ".docx", ".wps": ".docx", ".odt": ".docx", ".ppt": ".pptx", ".xls": ".xlsx",
    ".ods": ".xlsx"}
_READERS = {".docx": read_word, ".pptx": read_slides, ".xlsx": read_sheet}
LEGACY_SUFFIXES = tuple(_TARGETS)


def read_legacy(path: Path, *, search_path: str | None = None, seconds: float = CONVERSION_SECONDS) -> FileContent:
    """The elements of a file with one of LEGACY_SUFFIXES.

    `search_path` has the folders in which LibreOffice is looked for, as in `PATH`, which is the default.

    Raises:
        UnreadableFile: "needs LibreOffice", "empty", "locked", "wrong type", "damaged" or "too slow".
    """
    suffix = path.suffix.lower()
    target = _TARGETS[suffix]
    actual = _actual_suffix(path, suffix)
    program = find_program(search_path, target)
    if not program:
        raise UnreadableFile("needs LibreOffice", suffix=suffix, better=target)
    with tempfile.TemporaryDirectory(prefix="libreoffice-") as folder:
        source = Path(folder, f"source{actual}")  # a name that is no option and has no odd characters
        shutil.copyfile(path, source)
        convert_file(program, source, _FILTERS[target], seconds)
        converted = source.with_suffix(target)
        if not converted.is_file():
            raise UnreadableFile("damaged", type=suffix, detail="LibreOffice")
        return _READERS[target](converted)


def _actual_suffix(path: Path, suffix: str) -> str:
    """The suffix of what the file really is, if that is near enough to what it should be.

    Raises:
        UnreadableFile: "empty", "locked", "wrong type" or "damaged".
    """
    content = path.read_bytes()
    if not content:
        raise UnreadableFile("empty")
    actual, name = text_type(content[:_OPENING_LENGTH])
    if content.startswith(COMPOUND_FILE_MARK):
        if is_locked(content):
            raise UnreadableFile("locked")
        actual = name = compound_suffix(content) or suffix
    elif zipfile.is_zipfile(path):
        actual = name = _zip_suffix(path, suffix)
    elif not actual:
        raise UnreadableFile("damaged", type=suffix, detail=f"0x{content[:4].hex()}")
    if actual not in _ACCEPTED[suffix]:
        raise UnreadableFile("wrong type", type=suffix, actual=name, suffix=actual)
    return actual


_OPENING_LENGTH = 4096
# Word opens RTF and its own files under any of these names, and so they are found
_ACCEPTED = {
    ".doc": (".doc", ".rtf"), ".rtf": (".rtf", ".doc"), ".wps": (".wps", ".doc", ".rtf"), ".odt": (".odt",),
    ".ppt": (".ppt",), ".xls": (".xls",), ".ods": (".ods",)}


def _zip_suffix(path: Path, suffix: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "META-INF/manifest.xml" in names:
                with archive.open("META-INF/manifest.xml") as part:
                    if b"encryption-data" in part.read(_MAX_MANIFEST_LENGTH):
                        raise UnreadableFile("locked")
    except (RuntimeError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise damage_error(suffix, "ZIP", error) from None
    return office_suffix(names)


_MAX_MANIFEST_LENGTH = 1_000_000  # bytes; it lists the parts of the file


def find_program(search_path: str | None, target: str) -> str:
    """The path of LibreOffice, with its part for the text (.docx), slides (.pptx) or sheets (.xlsx) of `target`.

    Empty if that is not installed.
    """
    program = shutil.which("soffice", path=search_path) or shutil.which("libreoffice", path=search_path)
    if program is None:
        return ""
    # Linux distributions have a package for each part
    folder = Path(program).resolve().parent
    others = [part for part in _PARTS.values() if part != _PARTS[target] and (folder / part).exists()]
    return "" if others and not (folder / _PARTS[target]).exists() else program


_PARTS = {".docx": "libswlo.so", ".pptx": "libsdlo.so", ".xlsx": "libsclo.so"}


def convert_file(program: str, source: Path, output_filter: str, seconds: float) -> None:
    """Convert a file within its own folder, which is a temporary one, by a filter such as `pdf:writer_pdf_Export`.

    Raises:
        UnreadableFile: "too slow".
    """
    profile = source.parent / "profile"
    settings = profile / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(_SETTINGS, "utf-8")
    command = [
        program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nolockcheck",
        "--nodefault", "--convert-to", output_filter, "--outdir", str(source.parent), str(source)]
    environment = os.environ | {"HOME": str(source.parent), "TMPDIR": str(source.parent), "SAL_USE_VCLPLUGIN": "svp"}
    with subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise UnreadableFile("too slow", seconds=int(seconds)) from None
        finally:
            _kill_group(process.pid)


def _kill_group(group: int) -> None:
    """End the program and all that it started, which would live on without it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


_FILTERS = {
    ".docx": "docx:MS Word 2007 XML", ".pptx": "pptx:Impress MS PowerPoint 2007 XML",
    ".xlsx": "xlsx:Calc MS Excel 2007 XML"}


def _setting(path: str, name: str, value: str) -> str:
    return (
        f'<item oor:path="/org.openoffice.Office.{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value>'
        "</prop></item>")


_SETTINGS = (
    '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    + _setting("Common/Security/Scripting", "MacroSecurityLevel", "3")
    + _setting("Common/Security/Scripting", "DisableMacrosExecution", "true")
    + _setting("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true")
    + _setting("Writer/Content/Update", "Link", "0")
    + "</oor:items>")
