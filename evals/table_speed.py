"""Speed of long tables: how long it takes to add a table of any length, and to answer questions over all its rows."""

from __future__ import annotations

import csv
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from evals.statistics import percentile
from rag.huwen import Huwen, open_unfilled
from rag.schema import Language
from rag.settings import read_settings

_SEED = 20261130
_HEADS: dict[Language, list[str]] = {
    "zh": ["订单号", "日期", "地区", "产品", "数量", "销售额（元）"],
    "en": ["Order", "Date", "Region", "Product", "Quantity", "Amount (USD)"]}
_REGIONS: dict[Language, list[str]] = {
    "zh": ["华东", "华南", "华北", "西南", "东北"], "en": ["North", "South", "East", "West", "Central"]}
_PRODUCTS: dict[Language, list[str]] = {
    "zh": ["书桌", "座椅", "台灯", "书架"], "en": ["desk", "chair", "lamp", "shelf"]}
_QUESTIONS: dict[Language, list[str]] = {
    "zh": ["销售额合计是多少？", "哪个订单的销售额最高？", "销售额超过500元的订单有多少个？", "华东的平均数量是多少？",
           "2023年的销售额合计是多少？"],
    "en": ["What is the total amount?", "Which order has the highest amount?",
           "How many orders have an amount over 500?",
           "What is the average quantity in the East region?", "What was the total amount in 2023?"]}


@dataclass(frozen=True)
class AddingTime:
    """How long a table took to be added, without vectors."""

    language: Language
    rows: int
    seconds: float


@dataclass(frozen=True)
class AnsweringTime:
    """Seconds of processor time to answer questions over the rows of a table, in a process of their own.

    `first`: the first question after opening, which imports the engine and reads the table; `others`: the median of the
    others, each asked for the first time; `slowest` of these. `answered`: how many were computed.
    """

    language: Language
    rows: int
    first: float
    others: float
    slowest: float
    answered: int
    questions: int


def measure_table_speed(rows: int, home: Path) -> Iterator[AddingTime | AnsweringTime]:
    """Add a table of made-up orders in each language to a library of its own, then ask about all its rows."""
    for language in _HEADS:
        folder = home / language
        yield _add_table(language, rows, folder)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            yield process.submit(_time_answers, language, rows, folder).result()


def write_table(path: Path, language: Language, rows: int) -> None:
    """Write a CSV file of orders, the same at every call."""
    draw = random.Random(_SEED)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADS[language])
        for number in range(rows):
            day = f"{draw.randint(2022, 2024)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
            writer.writerow([
                f"SO-{number + 1:06d}", day, draw.choice(_REGIONS[language]), draw.choice(_PRODUCTS[language]),
                draw.randint(1, 40), f"{draw.uniform(10, 1000):.2f}"])


def _open(home: Path) -> Huwen:
    return open_unfilled(read_settings(home=home, embed_model="none", chat_model="", rerank_model=""))


def _add_table(language: Language, rows: int, home: Path) -> AddingTime:
    with tempfile.TemporaryDirectory() as folder, _open(home) as huwen:
        path = Path(folder) / "orders.csv"
        write_table(path, language, rows)
        started = time.perf_counter()
        for outcome in huwen.add([path]):
            if outcome.error:
                raise outcome.error
        return AddingTime(language, rows, time.perf_counter() - started)


def _time_answers(language: Language, rows: int, home: Path) -> AnsweringTime:
    questions: Sequence[str] = _QUESTIONS[language]
    seconds, answered = [], 0
    with _open(home) as huwen:
        for question in questions:
            started = time.process_time()
            answer = huwen.ask(question)
            seconds.append(time.process_time() - started)
            answered += any(passage.computation for passage in answer.passages)
    first, *others = seconds
    return AnsweringTime(language, rows, first, percentile(others, 50), max(others), answered, len(questions))
