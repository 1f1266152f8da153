"""Linear time: a file of eight times the length takes about eight times the work, whatever signs it is made of.

Where work cannot be counted, the processor time of a text is compared with that of one eight times as long: a quadratic
step shows as a ratio of 64, so that the bound leaves room for what other processes do to the time of this one.
"""

import time
from collections.abc import Callable

import pytest

from rag.numbers.addresses import find_addresses
from rag.sources.clean import clean
from rag.sources.split import split
from tests.rag.made_passages import make_table
from tests.rag.sources.contents import markdown_content, text_content

_LARGEST_RATIO = 24.0
_TIMES_LONGER = 8


def processor_time(work: Callable[[str], object], text: str) -> float:
    def measure() -> float:
        started = time.process_time()
        work(text)
        return time.process_time() - started

    return min(measure() for _ in range(3))


def read_text(text: str) -> None:
    split(clean(text_content(text)), "s")


def growth(work: Callable[[str], object], text_of: Callable[[int], str], count: int) -> float:
    """How many times as long the work takes for a text of eight times as many parts."""
    short = processor_time(work, text_of(count))
    return processor_time(work, text_of(_TIMES_LONGER * count)) / short


@pytest.mark.parametrize(
    ("unit", "count"),
    [
        ("集市逢五开市", 600),
        ("the market is held ", 300),
        ("x", 6_000),  # no sentence ends
        ("集市\n", 100),
        ("Stalls\n\n", 100),
        ("地点：磨坊\n", 100),
        ("Place: Mill\n", 100),
        ("请带：\n", 40),
        ("几点？\n八点。\n", 30),
        ("（一）", 2_000),
        ("(a) ", 2_000),
        ("（（《「", 1_500),
        ("”）』)", 1_500),
        ("。”", 700),
        ("？*", 700),  # brackets
        ("榆树店 14 5600 3.5%\n", 60),
        ("甲 | 12 | 5.6\n", 30),
        ("| ", 1_500),
        ("1. 拌匀 mix\n", 100),
    ],
)
def test_plain_text_is_read_in_linear_time(unit: str, count: int) -> None:
    assert growth(read_text, lambda times: unit * times, count) < _LARGEST_RATIO


@pytest.mark.parametrize(
    "line", ["第{}条 摊主应当守时。\n\n", "Article {}. Members are on time.\n\n", "第{}章 罚则\n\n", "3.{} Rent\n\n"]
)
def test_numbered_lines_are_read_in_linear_time(line: str) -> None:
    def text(count: int) -> str:
        return "".join(line.format(number) for number in range(count))

    assert growth(read_text, text, 60) < _LARGEST_RATIO


def test_rows_of_a_table_are_read_in_linear_time() -> None:
    def read_markdown_text(text: str) -> None:
        split(clean(markdown_content(text)), "s")

    def table(count: int) -> str:
        return make_table("姓名 Name | 津贴 Pay | 部门", *(f"员工{n} | {1000 + n} | 仓储 Stores" for n in range(count)))

    assert growth(read_markdown_text, table, 20) < _LARGEST_RATIO


@pytest.mark.parametrize("unit", ["第", "第一", "Section ", "(", "3.2", "附件 ", "第二条第", "§ "])
def test_addresses_of_a_long_question_are_found_in_linear_time(unit: str) -> None:
    assert growth(find_addresses, lambda times: unit * times, 600) < _LARGEST_RATIO


@pytest.mark.parametrize(("sign", "spaces"), [("1", 800), ("-", 250)])
def test_a_run_of_spaces_after_a_number_is_read_in_linear_time(sign: str, spaces: int) -> None:
    def text(count: int) -> str:
        return f"正文 text.\n{sign}" + " " * count + "x\n正文 text."

    assert growth(read_text, text, spaces) < _LARGEST_RATIO


def test_a_row_of_dashes_is_read_in_linear_time() -> None:
    def text(count: int) -> str:
        return "甲|A\n|" + "- " * count + "x"

    assert growth(read_text, text, 600) < _LARGEST_RATIO
