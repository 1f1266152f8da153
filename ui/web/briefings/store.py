"""A list of questions becomes a plan, kept in a folder of its own with the answers that it has so far."""

from __future__ import annotations

import json
import logging
import re
import secrets
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from rag.briefing.briefing import Cover
from rag.briefing.question_list import BriefingQuestion
from rag.pipeline import WHOLE_LIBRARY
from rag.references.entries import ReferenceStyle
from rag.schema import LANGUAGES, HuwenError, Language, Scope
from rag.text.language import detect_language
from ui.web.errors import NotFound

_log = logging.getLogger(__name__)
_MAX_BRIEFINGS = 200  # briefings that are kept; each has its passages with it, some megabytes
_ID_PATTERN = re.compile(r"[0-9a-f]{12}")

LanguageChoice = Literal["", "zh", "en", "both"]  # the language of the answers; nothing: that of each question


class UnknownBriefing(NotFound):
    """There is no such briefing, or none any more."""


class BriefingStoreError(HuwenError):
    """A briefing that cannot be kept, or read again."""


@dataclass(frozen=True)
class BriefingPlan:
    """What is asked, and how the briefing is set. Nothing of it changes once it has begun."""

    title: str
    created: str  # ISO 8601, in UTC
    questions: tuple[BriefingQuestion, ...]
    answering: LanguageChoice = ""
    style: ReferenceStyle = "gbt7714"
    scope: Scope = WHOLE_LIBRARY  # of rows that name none

    @property
    def languages(self) -> tuple[Language, ...]:
        """Of the answers; two: side by side; none: each in its question's."""
        return LANGUAGES if self.answering == "both" else tuple(known for known in LANGUAGES if known == self.answering)

    @property
    def cover(self) -> Cover:
        """Its headings are in the language of the answers, else in that of most questions."""
        own = [question.language or detect_language(question.text) for question in self.questions]
        is_english = self.answering == "en" or (self.answering != "zh" and 2 * own.count("en") > len(own))
        return Cover(self.title, "en" if is_english else "zh", self.style, self.scope)


@dataclass(frozen=True)
class StoredBriefing:
    """A plan and where it lies."""

    id: str
    plan: BriefingPlan
    folder: Path

    @property
    def journal(self) -> Path:
        """Its answers."""
        return self.folder / "answers.journal"

    @property
    def template(self) -> Path:
        """The house template of its Word document, where one was given."""
        return self.folder / "template.docx"


_PLAN_ADAPTER = TypeAdapter(BriefingPlan)
_PLAN_FILE = "plan.json"


class BriefingStore:
    """The briefings of a folder, which other processes may look at meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, plan: BriefingPlan) -> StoredBriefing:
        """Put a plan in a folder of its own.

        Raises:
            UnkeptBriefing: there are too many, or the disk is full or closed.
        """
        if len(self.list_all()) >= _MAX_BRIEFINGS:
            raise BriefingStoreError(f"{_MAX_BRIEFINGS} briefings are kept already; delete some that are no longer needed")
        id = secrets.token_hex(6)
        folder, half = self._folder / id, self._folder / f".{id}"
        try:
            half.mkdir(parents=True)
            (half / _PLAN_FILE).write_text(json.dumps(asdict(plan), ensure_ascii=False), "utf-8", "replace")
            half.rename(folder)  # whole, or not at all
        except OSError as error:
            shutil.rmtree(half, ignore_errors=True)
            what = f"{self._folder}: a briefing cannot be kept here ({error.strerror})"
            raise BriefingStoreError(f"{what}; make room, or open the folder") from None
        return StoredBriefing(id, plan, folder)

    def list_all(self) -> list[StoredBriefing]:
        """All of them, the latest first; one that cannot be read is told in the log and left out."""
        found = []
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if _ID_PATTERN.fullmatch(folder.name):
                try:
                    found.append(self.load(folder.name))
                except HuwenError as error:
                    _log.warning("%s", error)
        return sorted(found, key=lambda one: one.plan.created, reverse=True)

    def load(self, id: str) -> StoredBriefing:
        """The briefing of an id.

        Raises:
            UnknownBriefing: there is none.
            UnkeptBriefing: it cannot be read.
        """
        folder = self._folder / id
        try:
            if not _ID_PATTERN.fullmatch(id):
                raise FileNotFoundError
            return StoredBriefing(id, _PLAN_ADAPTER.validate_python(json.loads((folder / _PLAN_FILE).read_text("utf-8"))), folder)
        except FileNotFoundError:
            raise UnknownBriefing("this briefing is not here any more; it may have been deleted in another window") from None
        except (OSError, ValueError, ValidationError) as error:
            raise BriefingStoreError(f"{folder / _PLAN_FILE}: cannot be read ({type(error).__name__}); delete the folder to be rid of it") from None

    def remove(self, briefing: StoredBriefing) -> None:
        """Delete a briefing with all its answers."""
        gone = briefing.folder.with_name(f".{briefing.id}")
        try:
            briefing.folder.rename(gone)  # at once, so that nobody sees half of it
        except FileNotFoundError:
            return
        shutil.rmtree(gone, ignore_errors=True)
