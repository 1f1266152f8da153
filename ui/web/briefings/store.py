"""Briefing store: each briefing is a folder with its plan, the journal of its answers and its Word template."""

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
from rag.library.scope import WHOLE_LIBRARY
from rag.references.entries import ReferenceStyle
from rag.schema import LANGUAGES, HuwenError, Language, Scope
from rag.text.language import detect_language
from ui.web.errors import NotFound

_log = logging.getLogger(__name__)
_MAX_BRIEFINGS = 200  # each takes some megabytes, because its journal contains the passages
_ID_PATTERN = re.compile(r"[0-9a-f]{12}")

LanguageChoice = Literal["", "zh", "en", "both"]  # the language of the answers; empty: that of each question


class UnknownBriefing(NotFound):
    """A briefing that does not exist, or no longer exists."""


class BriefingStoreError(HuwenError):
    """A briefing that cannot be saved or read."""


@dataclass(frozen=True)
class BriefingPlan:
    """The questions and the options of a briefing; they do not change once it has begun."""

    title: str
    created: str  # ISO 8601, in UTC
    questions: tuple[BriefingQuestion, ...]
    answering: LanguageChoice = ""
    style: ReferenceStyle = "gbt7714"
    scope: Scope = WHOLE_LIBRARY  # of the questions that name none

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages of the answers; empty if each answer is in the language of its question."""
        if self.answering == "both":
            return LANGUAGES
        return tuple(language for language in LANGUAGES if language == self.answering)

    @property
    def cover(self) -> Cover:
        """The cover, in the language of the answers, or in that of most questions where the answers follow them."""
        languages = [question.language or detect_language(question.text) for question in self.questions]
        is_mostly_english = 2 * languages.count("en") > len(languages)
        is_english = self.answering == "en" or (self.answering != "zh" and is_mostly_english)
        return Cover(self.title, "en" if is_english else "zh", self.style, self.scope)


@dataclass(frozen=True)
class StoredBriefing:
    """A plan and its folder."""

    id: str
    plan: BriefingPlan
    folder: Path

    @property
    def journal(self) -> Path:
        """The file with its answers."""
        return self.folder / "answers.journal"

    @property
    def template(self) -> Path:
        """The house template of its Word document; the file exists only where one was uploaded."""
        return self.folder / "template.docx"


_PLAN_ADAPTER = TypeAdapter(BriefingPlan)
_PLAN_FILE = "plan.json"


class BriefingStore:
    """The briefings of a folder, which other processes may read at the same time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, plan: BriefingPlan) -> StoredBriefing:
        """Save a plan in a new folder.

        Raises:
            BriefingStoreError: there are too many briefings, or the folder cannot be written.
        """
        if len(self.list_all()) >= _MAX_BRIEFINGS:
            raise BriefingStoreError(
                f"{_MAX_BRIEFINGS} briefings are kept already; delete some that are no longer needed")
        id = secrets.token_hex(6)
        folder, temporary = self._folder / id, self._folder / f".{id}"
        try:
            temporary.mkdir(parents=True)
            (temporary / _PLAN_FILE).write_text(json.dumps(asdict(plan), ensure_ascii=False), "utf-8", "replace")
            temporary.rename(folder)  # in one step, so that nobody reads half of it
        except OSError as error:
            shutil.rmtree(temporary, ignore_errors=True)
            what = f"{self._folder}: a briefing cannot be kept here ({error.strerror})"
            raise BriefingStoreError(f"{what}; make room, or open the folder") from None
        return StoredBriefing(id, plan, folder)

    def list_all(self) -> list[StoredBriefing]:
        """All briefings, the latest first; one that cannot be read is logged and left out."""
        briefings = []
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if _ID_PATTERN.fullmatch(folder.name):
                try:
                    briefings.append(self.load(folder.name))
                except HuwenError as error:
                    _log.warning("%s", error)
        return sorted(briefings, key=lambda briefing: briefing.plan.created, reverse=True)

    def load(self, id: str) -> StoredBriefing:
        """The briefing of an id.

        Raises:
            UnknownBriefing: there is none.
            BriefingStoreError: its plan cannot be read.
        """
        folder = self._folder / id
        try:
            if not _ID_PATTERN.fullmatch(id):
                raise FileNotFoundError
            plan = _PLAN_ADAPTER.validate_python(json.loads((folder / _PLAN_FILE).read_text("utf-8")))
        except FileNotFoundError:
            raise UnknownBriefing(
                "this briefing is not here any more; it may have been deleted in another window") from None
        except (OSError, ValueError, ValidationError) as error:
            what = f"{folder / _PLAN_FILE}: cannot be read ({type(error).__name__})"
            raise BriefingStoreError(f"{what}; delete the folder to be rid of it") from None
        return StoredBriefing(id, plan, folder)

    def remove(self, briefing: StoredBriefing) -> None:
        """Delete a briefing with all its answers."""
        removed = briefing.folder.with_name(f".{briefing.id}")
        try:
            briefing.folder.rename(removed)  # in one step, so that nobody reads half of it
        except FileNotFoundError:
            return
        shutil.rmtree(removed, ignore_errors=True)
