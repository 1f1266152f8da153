"""A document becomes a Source, and its passages carry what they must know of it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from langchain_core.documents import Document

from rag.schema import Language, Source
from rag.sources.loaders import BIBLIOGRAPHIC_FIELDS
from rag.sources.split import find_date, find_title
from rag.text.language import HAN, detect_language


def build_source(document: Document, path: Path, location: str) -> Source:
    """What a document says of itself, under an id that depends on where it came from."""
    stated = {key: str(document.metadata.get(key, "")) for key in BIBLIOGRAPHIC_FIELDS}
    told = stated.pop("language")
    language: Language = "zh" if told == "zh" else "en" if told == "en" else detect_language(document.page_content)
    slug = re.sub(rf"[^\w{HAN}]+", "-", path.stem).strip("-_").lower()[:40] or "source"
    return Source(
        id=f"{slug}-{hashlib.blake2b(location.encode(), digest_size=4).hexdigest()}",
        name=path.name,
        language=language,
        **stated | {"title": find_title(document) or path.stem, "date": find_date(document)},  # type: ignore[arg-type]
    )


def add_source_metadata(passage: Document, source: Source) -> Document:
    """A passage with what it must know of its source wherever it goes."""
    about = {key: getattr(source, key) for key in ("title", "author", "language", "edition_of", "date")}
    return Document(passage.page_content, id=passage.id, metadata={**passage.metadata, **about})
