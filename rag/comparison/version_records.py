"""Version records: what is stored of a source to find its versions and near-copies, and how two sources are related.

Two sources are related only if they have the same title without its version marks, or one names the other, or they are
nearly the same text; and if their wording is alike. Which of two versions is newer is decided later, for a day.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from langchain_core.documents import Document

from rag.comparison.similarity import Sketch, make_sketch
from rag.questions.asked_days import find_days
from rag.references.stated_version import StatedVersion, comparable_code, comparable_number, without_effect
from rag.schema import Language, Source

# version: another version of the same document; period: the same report on another period; copy: nearly the same text
Relation = Literal["version", "period", "copy"]

# all were chosen on pairs of documents that the tests make
_COPY_SIMILARITY = 0.9
_LEAST_WORDING = 0.3  # of the shorter text, for documents with the same title
_LEAST_WORDING_IF_STATED = 0.12  # if both say which version they are: a rewritten one
_LEAST_WORDING_IF_UNMARKED = 0.5  # if neither does more than bear a year in its title
_LEAST_WORDING_OF_RENAMED, _LEAST_TITLE = 0.6, 0.6
_MAX_CONTENT_LENGTH = 1_000_000  # characters from which a sketch is made
_AGREEMENTS = re.compile(r"合同|协议|契约|借条|欠条|收据|发票|contract|agreement|lease|invoice|receipt|purchaseorder")


@dataclass(frozen=True)
class VersionRecord:
    """What is stored of a source: its stated version, and the sketches of its text with and without its figures."""

    source_id: str
    language: Language
    stated: StatedVersion
    wording: Sketch
    content: Sketch
    text_digest: str

    @property
    def title_key(self) -> str:
        """The key under which sources with the same title are found; empty without a title."""
        return f"{self.language}:{self.stated.base_title}" if self.stated.base_title else ""

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys under which related sources are found."""
        title = (f"title {self.title_key}",) if self.title_key else ()
        return (*title, f"text {self.text_digest}", *(f"shingle {key}" for key in self.wording.keys))


@dataclass(frozen=True)
class RelatedSource:
    """A source among its relatives: what it is called, what it says of its version, and its relations."""

    source_id: str
    title: str
    name: str  # of its file
    stated: StatedVersion
    relations: tuple[tuple[str, Relation], ...]  # the id of each related source


def make_record(source: Source, document: Document) -> VersionRecord:
    """The record of a source with its clean document; in a time that is linear in its text."""
    from rag.references.version_statements import read_version  # patterns that only writers need take time to compile

    text = document.page_content[:_MAX_CONTENT_LENGTH]
    stated = read_version(
        source.title, source.name, text, date_stated=source.date, edition=source.edition,
        properties=str(document.metadata.get("version_properties", "")))
    if _AGREEMENTS.search(stated.base_title):
        stated = without_effect(stated)
    return VersionRecord(
        source.id, source.language, stated, make_sketch(text, masked=True), make_sketch(text, masked=False),
        content_digest(document))


def content_digest(document: Document) -> str:
    """A digest of a clean text without white space, and of the version and date that its file states.

    Two files with the same digest have the same content, whatever their names and formats are.
    """
    stated = [str(document.metadata.get(key, "")) for key in ("date", "edition", "language", "edition_of",
                                                             "version_properties")]
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", document.page_content))
    return hashlib.blake2b("\x1f".join([text, *stated]).encode(), digest_size=16).hexdigest()


def find_relation(left: VersionRecord, right: VersionRecord) -> Relation | None:
    """How two sources are related; None if they are not."""
    if left.language != right.language:
        return None
    differs = states_another_version(left.stated, right.stated)
    if left.text_digest == right.text_digest:
        return "copy"
    if not differs and left.content.similarity(right.content) >= _COPY_SIMILARITY:
        return "copy"
    wording = left.wording.containment(right.wording)
    if wording >= _LEAST_WORDING and _names_reference(left.stated, right.stated):
        return "version"
    if not differs:  # two that both say they are the version of 2024, and are not the same
        is_same_version = left.stated.is_explicit and right.stated.is_explicit and left.title_key == right.title_key
        return "version" if left.title_key and is_same_version and wording >= _LEAST_WORDING_IF_UNMARKED else None
    if left.title_key != right.title_key or not left.title_key:
        return "version" if _is_renamed(left, right, wording) else None
    if left.stated.period and right.stated.period:
        return "period" if left.stated.period != right.stated.period and wording >= _LEAST_WORDING_IF_STATED else None
    return "version" if wording >= _least_wording(left.stated, right.stated) else None


def _least_wording(left: StatedVersion, right: StatedVersion) -> float:
    if left.is_explicit and right.is_explicit:
        return _LEAST_WORDING_IF_STATED
    return _LEAST_WORDING if left.is_explicit or right.is_explicit else _LEAST_WORDING_IF_UNMARKED


def states_another_version(left: StatedVersion, right: StatedVersion) -> bool:
    """Whether two documents say that they are different versions.

    Dates of issue alone do not: minutes and contracts with the same title have them too.
    """
    pairs = (
        (comparable_number(left.number), comparable_number(right.number)), (left.name_year, right.name_year),
        (left.effective_from, right.effective_from),
        (left.status, right.status), (left.age, right.age), (left.period, right.period))
    is_marked = any(
        one.number or one.year or one.effective_from or one.status or one.age or one.period or one.replaces
        for one in (left, right))
    return (is_marked and any(a != b for a, b in pairs)) or _is_dated_apart(left, right)


def _is_dated_apart(left: StatedVersion, right: StatedVersion) -> bool:
    """Whether two documents of a kind of which only the latest counts, such as price lists, have different dates."""
    is_superseding = left.is_superseding and right.is_superseding
    return is_superseding and bool(left.issued and right.issued) and left.issued != right.issued


def _is_renamed(left: VersionRecord, right: VersionRecord, wording: float) -> bool:
    """Whether two documents with different titles are versions: one names the other, or the titles are much alike."""
    a, b = left.stated, right.stated
    if not (a.base_title and b.base_title) or a.period or b.period:
        return False
    if wording >= _LEAST_WORDING and (names_document(a.replaces, b) or names_document(b.replaces, a)):
        return True
    if wording >= _LEAST_WORDING_OF_RENAMED and (_names_year(a, b) or _names_year(b, a)):
        return not _AGREEMENTS.search(a.base_title)
    is_stated = a.is_explicit and b.is_explicit and re.findall(r"\d+", a.base_title) == re.findall(r"\d+", b.base_title)
    return is_stated and wording >= _LEAST_WORDING_OF_RENAMED and _title_similarity(
        a.base_title, b.base_title) >= _LEAST_TITLE and not _AGREEMENTS.search(a.base_title)


def _names_reference(left: StatedVersion, right: StatedVersion) -> bool:
    """Whether one of two documents says that it replaces the other, by the number or the day of this.

    `原合同YC-2023-117期满终止`, `supersedes the agreement dated 14 January 2024`.
    """
    for newer, older in ((left, right), (right, left)):
        text = " ".join(newer.replaces)
        is_day = len(older.issued) == len("2024-01-14") and older.issued != newer.issued
        if (older.code and older.code in comparable_code(text)) or (is_day and older.issued in find_days(text)):
            return True
    return False


def _names_year(newer: StatedVersion, older: StatedVersion) -> bool:
    """Whether a document says that it replaces one of the year of another: 代替 CJ/T 30001—2016."""
    return bool(older.name_year) and older.name_year != newer.name_year and any(
        older.name_year in statement for statement in newer.replaces)


def names_document(statements: Sequence[str], other: StatedVersion) -> bool:
    """Whether one of the statements on what is replaced names a document by its title."""
    texts = [re.sub(r"[\W_]+", "", statement.lower()) for statement in statements]
    return len(other.base_title) >= _LEAST_NAME and any(other.base_title in text for text in texts)


_LEAST_NAME = 4  # characters of a title that can be recognised in a sentence


def _title_similarity(left: str, right: str) -> float:
    """The share of pairs of neighbouring characters that two titles have in common (Dice), 0 to 1."""
    a, b = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (left, right))
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0
