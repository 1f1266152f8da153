"""Question lists: parses a file or pasted text into questions with section, language, scope and length limit."""

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
from rag.sources.errors import UnreadableFile
from rag.sources.readers.encodings import decode
from rag.text.language import normalise

# a model that answers four questions at a time needs a day for these; a longer list is a mistake, such as a data set
MAX_QUESTIONS = 10_000


class BadQuestions(HuwenError):
    """A list of questions that cannot be used."""


@dataclass(frozen=True)
class BriefingQuestion:
    """One question of a list; an empty field takes the setting of the whole briefing."""

    text: str
    section: str = ""
    language: Language | Literal[""] = ""  # of the answer
    scope: str = ""  # the text of the cell; see `parse_scope`
    max_words: int = 0  # of the answer; a Han character counts as one word; 0: no limit
    row: str = ""  # where it is in the file: `row 7` or `line 7`


@dataclass(frozen=True)
class QuestionList:
    """The questions in order, with the title of the list, if it has one."""

    questions: tuple[BriefingQuestion, ...]
    title: str = ""


# the names that a column may have in a header; compared in Simplified characters and lower case
_COLUMN_NAMES = {
    "question": ("question", "questions", "问题", "题目", "提问"),
    "section": ("section", "章节", "板块", "栏目", "部分", "分类"),
    "language": ("language", "answer language", "语言", "回答语言"),
    "scope": ("scope", "范围", "资料范围"),
    "max words": ("max words", "words", "length", "字数", "最多字数", "字数上限", "篇幅"),
}
_COLUMN_BY_NAME = {name: column for column, names in _COLUMN_NAMES.items() for name in names}


def read_list(path: Path) -> QuestionList:
    """The list in a file: .txt, .md, .csv, .xlsx or .jsonl. Duplicates are kept.

    Raises:
        BadQuestions: the file cannot be read or has no questions; the message names the row, the cell or the columns.
    """
    parse = _PARSERS.get(path.suffix.lower())
    if parse is None:
        known = ", ".join(_PARSERS)
        raise BadQuestions(f"{path.name}: no list of questions has the suffix {path.suffix!r}; known: {known}")
    try:
        data = path.read_bytes()
        return _validate_list(parse(data) if data.strip() else QuestionList(()))
    except OSError as error:
        reason = error.strerror or error
        raise BadQuestions(f"{path}: cannot be read ({reason}); check the path and its permissions") from None
    except (BadQuestions, BadTable, BadScope, UnreadableFile) as error:
        raise BadQuestions(f"{path.name}: {error}") from None


def parse_pasted(text: str) -> QuestionList:
    """The list in typed or pasted text: one question per line; `# heading` lines are sections.

    Raises:
        BadQuestions: it has no questions, or one that is too long.
    """
    return _validate_list(_parse_lines(text))


def _validate_list(question_list: QuestionList) -> QuestionList:
    if not question_list.questions:
        raise BadQuestions(
            "there are no questions in it; write one per line, "
            "or fill in the template that `huwen brief --blank FILE` writes")
    count = len(question_list.questions)
    if count > MAX_QUESTIONS:
        raise BadQuestions(
            f"{count:,} questions are more than the {MAX_QUESTIONS:,} that a briefing can have; split the list")
    for question in question_list.questions:
        length = len(question.text)
        if length > MAX_QUESTION_LENGTH:
            raise BadQuestions(
                f"{question.row}: the question has {length:,} characters, more than the {MAX_QUESTION_LENGTH:,} "
                "that can be searched for; is a quotation mark missing?")
    return question_list


# lines: .txt, .md and pasted text

_HEADING = re.compile(r"\s{0,3}(#{1,6})\s*(.*?)\s*#*\s*")


def _parse_lines(text: str) -> QuestionList:
    """One question per line, without bullet or number; a level-1 heading directly above another one is the title."""
    questions: list[BriefingQuestion] = []
    title, section, level = "", "", 0
    for number, line in enumerate(text.splitlines(), 1):
        heading = _HEADING.fullmatch(line)
        if heading:
            if level == 1 and not questions and not title:
                title = section
            section, level = heading[2], len(heading[1])
            continue
        question = _strip_markup(line)
        if question:
            questions.append(BriefingQuestion(question, section, row=f"line {number}"))
    return QuestionList(tuple(questions), title)


def _strip_markup(line: str) -> str:
    """The text of a line: `- [ ] **GDP？**` → GDP？; empty for a rule and for a line without a letter or digit."""
    bullet = BULLET.match(line)
    text = re.sub(r"^\[[ xX]\]\s+", "", line[bullet.end() if bullet else 0 :].strip())
    text = re.sub(r"^(\*\*|__)(.+)\1$", r"\2", text)
    return text if any(character.isalnum() for character in text) else ""


_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*(?=\n|\Z)", re.S)


def _parse_markdown(data: bytes) -> QuestionList:
    text = decode(data).replace("\r\n", "\n")
    # replaced by blank lines to keep the line numbers
    return _parse_lines(_FRONT_MATTER.sub(lambda front: "\n" * front.group().count("\n"), text))


# tables

def _is_header(cells: Sequence[str]) -> bool:
    return any(_column_name(cell) == "question" for cell in cells)


def _column_name(cell: str) -> str:
    """The column that a header cell names; empty for an unknown one."""
    return _COLUMN_BY_NAME.get(re.sub(r"[\s_-]+", " ", normalise(cell).strip(" \ufeff*：:")), "")


def _parse_table(rows: TableRows) -> QuestionList:
    filled = ((number, row) for number, row in rows if any(cell.strip() for cell in row))
    _, header = next(filled, (0, ()))
    columns = [_column_name(cell) for cell in header]
    if header and "question" not in columns:
        names = ", ".join(cell.strip() for cell in header if cell.strip())[:200]
        raise BadQuestions(f"no column is called question or 问题; the columns found are: {names}")
    repeated = [column for column in dict.fromkeys(columns) if column and columns.count(column) > 1]
    if repeated:
        raise BadQuestions(f"two columns are called {repeated[0]}; rename one")
    questions = []
    for number, row in filled:
        cells = {column: cell for column, cell in zip(columns, row, strict=False) if column}
        questions.append(_parse_row(cells, f"row {number}"))
    return QuestionList(tuple(questions))


def _parse_objects(rows: Iterator[tuple[int, Mapping[str, str]]]) -> QuestionList:
    questions = []
    for number, row in rows:
        cells = {_column_name(key): value for key, value in row.items() if _column_name(key)}
        if "question" not in cells:
            names = ", ".join(row)[:200]
            raise BadQuestions(f"row {number}: no key is called question or 问题; the keys found are: {names}")
        questions.append(_parse_row(cells, f"row {number}"))
    return QuestionList(tuple(questions))


def _parse_row(cells: Mapping[str, str], row: str) -> BriefingQuestion:
    """One row; `cells` are by column, `row` is where it is in the file."""
    cell = {column: cells.get(column, "").strip() for column in _COLUMN_NAMES}
    if not cell["question"]:
        raise BadQuestions(f"{row}: has no question, though other cells are filled; write one or clear the row")
    language = parse_language(cell["language"]) if cell["language"] else ""
    if language is None:
        raise BadQuestions(f"{row}: language {cell['language']!r} is neither zh (中文) nor en (English)")
    max_words = _parse_word_limit(cell["max words"], row)
    try:
        validate_scope(cell["scope"])
    except BadScope as error:
        raise BadQuestions(f"{row}: {error}") from None
    return BriefingQuestion(cell["question"], cell["section"], language, cell["scope"], max_words, row)


def _parse_word_limit(cell: str, row: str) -> int:
    """`200字` → 200, `1,000 words` → 1000; 0 for an empty cell."""
    if not cell:
        return 0
    limit = re.fullmatch(r"(\d{1,6})\s*(?:字|words?)?", cell.replace(",", ""))
    if not limit:
        raise BadQuestions(f"{row}: max words {cell!r} is not a number")
    return int(limit[1])


_PARSERS: dict[str, Callable[[bytes], QuestionList]] = {
    ".txt": lambda data: _parse_lines(decode(data)),
    ".md": _parse_markdown,
    ".csv": lambda data: _parse_table(csv_rows(data, _is_header)),
    ".xlsx": lambda data: _parse_table(xlsx_rows(data, _is_header)),
    ".jsonl": lambda data: _parse_objects(jsonl_rows(data)),
}
SUFFIXES = tuple(_PARSERS)
