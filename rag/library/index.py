"""What the word index and the vector index share: hits, the text that is indexed, and the error for damaged files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.schema import HuwenError

if TYPE_CHECKING:
    from langchain_core.documents import Document

BATCH_FILES = 200  # sources that are indexed in one commit
IndexProgress = Callable[[int, int], None]  # passages done, passages in total


@dataclass(frozen=True)
class Hit:
    """A passage's id and its score, 0 to 1."""

    id: str
    score: float


class DamagedIndex(HuwenError):
    """Files of an index are missing or have been changed."""

    def __init__(self, folder: Path, reason: object) -> None:
        super().__init__(f"the index in {folder} is damaged ({str(reason)[:200]}); run `huwen rebuild` to renew it")


def indexed_text(passage: Document) -> str:
    """The text by which a passage is found: title, author, section, lead and the passage itself, on own lines."""
    about = passage.metadata
    lead = " ".join(text for text, _, _ in about.get("lead", ()))
    parts = (*(about.get(key, "") for key in ("title", "author", "section")), lead, passage.page_content)
    return "\n".join(str(part) for part in parts if part)
