"""Source metadata: the record of a document, and the part of it that every passage carries."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from langchain_core.documents import Document

from rag.library.omissions import encode_omission
from rag.library.reader_version import READER_VERSION
from rag.schema import LANGUAGES, Language, Source
from rag.sources.elements import Omission
from rag.sources.loaders import BIBLIOGRAPHIC_FIELDS
from rag.sources.split import find_date, find_title
from rag.text.language import HAN, detect_language


def build_source(
    document: Document, path: Path, location: str, omissions: Sequence[Omission] = (),
) -> Source:
    """The Source of a document, from what it states about itself; its id depends only on its location.

    `omissions`: what was left out of the file.
    """
    stated = {key: str(document.metadata.get(key, "")) for key in BIBLIOGRAPHIC_FIELDS}
    stated |= {"title": find_title(document) or path.stem, "date": find_date(document)}
    stated_language = stated.pop("language")
    language: Language | None = next((known for known in LANGUAGES if known == stated_language), None)
    slug = re.sub(rf"[^\w{HAN}]+", "-", path.stem).strip("-_").lower()[:40] or "source"
    location_hash = hashlib.blake2b(location.encode(), digest_size=4).hexdigest()
    return Source(
        id=f"{slug}-{location_hash}", name=path.name, language=language or detect_language(document.page_content),
        reader=READER_VERSION, omissions=tuple(map(encode_omission, omissions)), **stated)  # type: ignore[arg-type]


def keep_given_fields(source: Source, earlier: Source | None, tags: Sequence[str]) -> Source:
    """A changed source with what people gave to its earlier version: its tags, before new `tags`, and its title."""
    if earlier is None:
        return replace(source, tags=tuple(dict.fromkeys(tags)))
    source = replace(source, tags=tuple(dict.fromkeys((*earlier.tags, *tags))))
    return replace(source, title=earlier.title, renamed=True) if earlier.renamed else source


def add_source_metadata(passage: Document, source: Source) -> Document:
    """A passage with the fields of its source that search and display need: title, author, language, edition, date."""
    fields = {key: getattr(source, key) for key in ("title", "author", "language", "edition_of", "date")}
    return Document(passage.page_content, id=passage.id, metadata={**passage.metadata, **fields})
