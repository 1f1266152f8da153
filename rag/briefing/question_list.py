"""A file or a pasted text becomes a list of questions, each with its section, language, scope and length."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.briefing.scope_parsing import BadScope, parse_language, validate_scope
from rag.briefing.table_files import BadTable, TableRows, csv_rows, jsonl_rows, xlsx_rows
from rag.citations.markers import BULLET
from rag.pipeline import MAX_QUESTION_LENGTH
from rag.schema import HuwenError, Language
from rag.sources.loaders import UnreadableFile, decode
from rag.text.language import normalise

# a day's work for a model that takes questions four at a time; more is a mistake, such as a data set in place of a list
MAX_QUESTIONS = 10_000


class BadQuestions(HuwenError):
    """A list of questions that cannot be asked."""


@dataclass(frozen=True)
class BriefingQuestion:
    """One question of a list; what is left open is decided for the whole briefing."""

    text: str
    section: str = ""
    language: Language | Literal[""] = ""  # of the answer
    scope: str = ""  # as the cell has it; see `scoping`
    max_words: int = 0  # of the answer; a Han character counts as a word; 0: as long as it is
    row: str = ""  # where it stands: row 7


@dataclass(frozen=True)
class QuestionList:
    """The questions in their order, under the title that the list gives itself, if any."""

    questions: tuple[BriefingQuestion, ...]
    title: str = ""


# a column by the names that people give it; compared in Simplified characters and lower case
_COLUMN_NAMES = {
    "question": ("question", "questions", "问题", "题目", "提问"),
    "section": ("section", "章节", "板块", "栏目", "部分", "分类"),
    "language": ("language", "answer language", "语言", "回答语言"),
    "scope": ("scope", "范围", "资料范围"),
    "max words": ("max words", "words", "length", "字数", "最多字数", "字数上限", "篇幅"),
}
_COLUMN_BY_NAME = {name: column for column, names in _COLUMN_NAMES.items() for name in names}


def read_list(path: Path) -> QuestionList:
    """The list in a file: .txt, .md, .csv, .xlsx or .jsonl; in order, duplicates are kept.

    Raises:
        BadQuestions: the file cannot be read or holds no questions; the sentence names the row, the cell or the columns.
    """
    read = _PARSERS.get(path.suffix.lower())
    if read is None:
        raise BadQuestions(f"{path.name}: no list of questions has the suffix {path.suffix!r}; known: {', '.join(_PARSERS)}")
    try:
        data = path.read_bytes()
        return _validate_list(read(data) if data.strip() else QuestionList(()))
    except OSError as error:
        raise BadQuestions(f"{path}: cannot be read ({error.strerror or error}); check the path and its permissions") from None
    except (BadQuestions, BadTable, BadScope, UnreadableFile) as error:
        raise BadQuestions(f"{path.name}: {error}") from None


def parse_pasted(text: str) -> QuestionList:
    """The list in a text that was typed or pasted: a question a line, `# heading` lines as sections.

    Raises:
        BadQuestions: it holds no questions, or one that is too long.
    """
    return _validate_list(_parse_lines(text))


def _validate_list(question_list: QuestionList) -> QuestionList:
    if not question_list.questions:
        raise BadQuestions("there are no questions in it; write one a line, or take the template that `huwen brief --blank FILE` writes")
    if len(question_list.questions) > MAX_QUESTIONS:
        raise BadQuestions(f"{len(question_list.questions):,} questions are more than the {MAX_QUESTIONS:,} that a briefing takes; split the list")
    for question in question_list.questions:
        if len(question.text) > MAX_QUESTION_LENGTH:
            raise BadQuestions(f"{question.row}: the question has {len(question.text):,} characters, more than the {MAX_QUESTION_LENGTH:,} "
                               "that can be searched for; is a quotation mark missing?")
    return question_list


# --- lines: .txt, .md and pasted text

_HEADING = re.compile(r"\s{0,3}(#{1,6})\s*(.*?)\s*#*\s*")


def _parse_lines(text: str) -> QuestionList:
    """A line a question, without the sign or number of its list; a level-1 heading with no question below it is the title."""
    found: list[BriefingQuestion] = []
    title, section, level = "", "", 0
    for number, line in enumerate(text.splitlines(), 1):
        heading = _HEADING.fullmatch(line)
        if heading:
            if level == 1 and not found and not title:
                title = section
            section, level = heading[2], len(heading[1])
            continue
        asked = _strip_markup(line)
        if asked:
            found.append(BriefingQuestion(asked, section, row=f"line {number}"))
    return QuestionList(tuple(found), title)


def _strip_markup(line: str) -> str:
    """`- [ ] **GDP？**` → GDP？; rules and what has no letter are nothing."""
    sign = BULLET.match(line)
    asked = re.sub(r"^\[[ xX]\]\s+", "", line[sign.end() if sign else 0 :].strip())
    asked = re.sub(r"^(\*\*|__)(.+)\1$", r"\2", asked)
    return asked if any(character.isalnum() for character in asked) else ""


def _parse_markdown(data: bytes) -> QuestionList:
    text = decode(data).replace("\r\n", "\n")
    return _parse_lines(re.sub(r"\A---[ \t]*\n.*?\n---[ \t]*(?=\n|\Z)", lambda front: "\n" * front.group().count("\n"), text, flags=re.S))


# --- tables

def _is_header(cells: Sequence[str]) -> bool:
    return any(_column_name(cell) == "question" for cell in cells)


def _column_name(cell: str) -> str:
    """The column of a header's cell, empty for one that is not ours."""
    return _COLUMN_BY_NAME.get(re.sub(r"[\s_-]+", " ", normalise(cell).strip(" \ufeff*：:")), "")


def _parse_table(rows: TableRows) -> QuestionList:
    filled = ((number, row) for number, row in rows if any(cell.strip() for cell in row))
    _, header = next(filled, (0, ()))
    columns = [_column_name(cell) for cell in header]
    if header and "question" not in columns:
        found = ", ".join(cell.strip() for cell in header if cell.strip())[:200]
        raise BadQuestions(f"no column is called question or 问题; the columns found are: {found}")
    if len(twice := [column for column in dict.fromkeys(columns) if column and columns.count(column) > 1]):
        raise BadQuestions(f"two columns are called {twice[0]}; rename one")
    return QuestionList(tuple(
        _parse_row({c: cell for c, cell in zip(columns, row, strict=False) if c}, f"row {number}") for number, row in filled))


def _parse_objects(rows: Iterator[tuple[int, Mapping[str, str]]]) -> QuestionList:
    found = []
    for number, told in rows:
        named = {_column_name(key): value for key, value in told.items() if _column_name(key)}
        if "question" not in named:
            raise BadQuestions(f"row {number}: no key is called question or 问题; the keys found are: {', '.join(told)[:200]}")
        found.append(_parse_row(named, f"row {number}"))
    return QuestionList(tuple(found))


def _parse_row(cells: Mapping[str, str], row: str) -> BriefingQuestion:
    """One row, its cells looked at one by one."""
    cell = {column: cells.get(column, "").strip() for column in _COLUMN_NAMES}
    if not cell["question"]:
        raise BadQuestions(f"{row}: has no question, though other cells are filled; write one or clear the row")
    language = parse_language(cell["language"]) if cell["language"] else ""
    if language is None:
        raise BadQuestions(f"{row}: language {cell['language']!r} is neither zh (中文) nor en (English)")
    words = re.fullmatch(r"(\d{1,6})\s*(?:字|words?)?", cell["max words"].replace(",", "")) if cell["max words"] else None
    if cell["max words"] and not words:
        raise BadQuestions(f"{row}: max words {cell['max words']!r} is no number")
    try:
        validate_scope(cell["scope"])
    except BadScope as error:
        raise BadQuestions(f"{row}: {error}") from None
    return BriefingQuestion(cell["question"], cell["section"], language, cell["scope"], int(words[1]) if words else 0, row)


_PARSERS: dict[str, Callable[[bytes], QuestionList]] = {
    ".txt": lambda data: _parse_lines(decode(data)),
    ".md": _parse_markdown,
    ".csv": lambda data: _parse_table(csv_rows(data, _is_header)),
    ".xlsx": lambda data: _parse_table(xlsx_rows(data, _is_header)),
    ".jsonl": lambda data: _parse_objects(jsonl_rows(data)),
}
SUFFIXES = tuple(_PARSERS)
