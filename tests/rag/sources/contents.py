"""File contents for tests of cleaning and splitting: those of a text file and of a Markdown file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from langchain_core.documents import Document

from rag.sources.clean import clean
from rag.sources.elements import Element, FileContent
from rag.sources.readers.markup.markdown import read_markdown


def text_content(text: str, **stated: str) -> FileContent:
    """The content of a text file."""
    return FileContent((Element("lines", text),), stated)


def markdown_content(text: str) -> FileContent:
    """The content of a Markdown file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "note.md")
        path.write_text(text, "utf-8")
        return read_markdown(path)


def clean_document(text: str, markup: str = "text") -> Document:
    """The clean document of a text or Markdown file."""
    return clean(markdown_content(text) if markup == "markdown" else text_content(text))
