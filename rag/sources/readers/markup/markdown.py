"""Markdown reader: the elements and tables of a note in Markdown, and the fields of its front matter.

The text is parsed as CommonMark with tables, rendered as HTML, and read like a page: what Markdown and the HTML inside
it mean is decided in one place.
"""

from __future__ import annotations

from pathlib import Path

from rag.sources.elements import FileContent
from rag.sources.readers.encodings import decode
from rag.sources.readers.markup.front_matter import split_front_matter
from rag.sources.readers.markup.markdown_lines import prepare_lines
from rag.sources.readers.markup.markdown_page import render_page
from rag.sources.readers.markup.web_page import read_page


def read_markdown(path: Path) -> FileContent:
    """The elements and tables of a Markdown file, with the fields of its front matter.

    `**问：几点开门？**` and the paragraph after it are a question and its answer; `- [x] 买票` is the item `☑ 买票`. A text
    without any Markdown in it loses nothing.

    Raises:
        UnreadableFile: "not text": its encoding is unknown; "bad front matter".
    """
    metadata, text = split_front_matter(decode(path.read_bytes()))
    page = read_page(render_page(prepare_lines(text)), "none")
    return FileContent(page.elements, metadata, page.omissions)
