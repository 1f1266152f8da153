"""A Paper becomes a file, by the ending of its name."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from rag.schema import HuwenError
from ui.documents.paper import Paper
from ui.documents.sanitise import sanitise_paper


class UnknownFormat(HuwenError):
    """An ending for which there is no writer."""


class UnwritableFile(HuwenError):
    """A place where no file can be put."""


# Each brings its own outside package (python-docx, Typst, Jinja), which the other formats and the start of the command line
# do without; so it is imported when it is first asked for.
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


WRITERS: dict[str, Callable[[Paper, Path | None], bytes]] = {".docx": _write_word, ".md": _write_markdown, ".html": _write_html, ".pdf": _write_pdf}


def render_bytes(paper: Paper, suffix: str, template: Path | None = None) -> bytes:
    """The content of the file; the same Paper is the same bytes. `template` is a house .docx, which only .docx follows.

    Raises UnknownFormat, BrokenPaper, BadTemplate, NoFont.
    """
    try:
        writer = WRITERS[suffix.lower()]
    except KeyError:
        raise UnknownFormat(f"no document is written as {suffix or 'a name without an ending'!r}; known: {', '.join(WRITERS)}") from None
    return writer(sanitise_paper(paper), template)


def write_paper(paper: Paper, path: Path, template: Path | None = None) -> None:
    """The file, whole or not at all: one of this name stays as it was until the new one is complete.

    Raises what `as_bytes` does, and UnwritableFile where the folder is missing or closed.
    """
    content = render_bytes(paper, path.suffix, template)
    if not path.parent.is_dir():
        raise UnwritableFile(f"{path}: there is no folder {path.parent}; create it or name another")
    half = path.with_name(f".huwen-{secrets.token_hex(8)}.part")  # beside it, because a file moves whole only within its disk
    try:
        with half.open("xb") as file:
            file.write(content)
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise UnwritableFile(f"{path}: the document cannot be written here ({error.strerror}); choose another place") from error
