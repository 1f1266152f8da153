"""Document file: writes a Paper in the format of the file's suffix."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from rag.schema import HuwenError
from ui.documents.paper import Paper
from ui.documents.sanitise import sanitise_paper


class UnknownFormat(HuwenError):
    """There is no writer for a suffix."""


class UnwritableFile(HuwenError):
    """A path at which no file can be written."""


# Each writer needs another package (python-docx, Typst, Jinja), which is imported only when its format is written: the
# command line starts faster.
def _write_word(paper: Paper, template: Path | None) -> bytes:
    from ui.documents.word import render_word

    return render_word(paper, template)


def _write_markdown(paper: Paper, template: Path | None) -> bytes:
    from ui.documents.markdown import render_markdown

    return render_markdown(paper).encode()


def _write_html(paper: Paper, template: Path | None) -> bytes:
    from ui.documents.html import render_html

    return render_html(paper).encode()


def _write_pdf(paper: Paper, template: Path | None) -> bytes:
    from ui.documents.pdf import render_pdf

    return render_pdf(paper)


WRITERS: dict[str, Callable[[Paper, Path | None], bytes]] = {
    ".docx": _write_word, ".md": _write_markdown, ".html": _write_html, ".pdf": _write_pdf}


def render_bytes(paper: Paper, suffix: str, template: Path | None = None) -> bytes:
    """The content of the file; the same Paper gives the same bytes. `template` is a house .docx, used by .docx only.

    Raises:
        UnknownFormat: there is no writer for the suffix.
        BrokenPaper, BadTemplate, NoFont: as `sanitise_paper` and the writers.
    """
    try:
        writer = WRITERS[suffix.lower()]
    except KeyError:
        known = ", ".join(WRITERS)
        raise UnknownFormat(
            f"no document is written as {suffix or 'a name without an ending'!r}; known: {known}") from None
    return writer(sanitise_paper(paper), template)


def write_paper(paper: Paper, path: Path, template: Path | None = None) -> None:
    """Write the file completely or not at all: an existing file stays as it is until the new one is complete.

    Raises:
        UnwritableFile: the folder is missing or cannot be written.
        UnknownFormat, BrokenPaper, BadTemplate, NoFont: as `render_bytes`.
    """
    content = render_bytes(paper, path.suffix, template)
    if not path.parent.is_dir():
        raise UnwritableFile(f"{path}: there is no folder {path.parent}; create it or name another")
    # in the same folder, because renaming is atomic only within one file system
    temporary = path.with_name(f".huwen-{secrets.token_hex(8)}.part")
    try:
        with temporary.open("xb") as file:
            file.write(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UnwritableFile(
            f"{path}: the document cannot be written here ({error.strerror}); choose another place") from error
