"""Fixtures of the benchmark readers: files as their authors publish them, and answers as the pipeline makes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.benchmarks.benchmark import Benchmark
from rag.answering.verify import verify
from rag.schema import Answer, Passage
from rag.text.language import detect_language

Publish = Callable[[object], Path]
Grade = Callable[[Benchmark, str, str, str], float | None]


@pytest.fixture
def published(tmp_path: Path) -> Publish:
    """Write a value as a JSON file, with Chinese unescaped, as the authors do."""

    def write(value: object) -> Path:
        path = tmp_path / "published.json"
        path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
        return path

    return write


@pytest.fixture
def published_lines(tmp_path: Path) -> Publish:
    """Write a list of values as a JSON Lines file."""

    def write(values: object) -> Path:
        assert isinstance(values, list)
        path = tmp_path / "published.json"
        path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values), "utf-8")
        return path

    return write


@pytest.fixture
def grade() -> Grade:
    """The value of a benchmark metric for a text as the answer to a case, verified against the passages of the case."""

    def value(benchmark: Benchmark, id: str, metric: str, text: str) -> float | None:
        case = next(case for case in benchmark.cases if case.id == id)
        passages = tuple(
            Passage(n, str(n), str(n), one.title, "", 0, 0, len(one.text), one.text, 1.0, detect_language(one.text))
            for n, one in enumerate(benchmark.case_texts.get(id, ()), 1))
        verified = verify(text, passages)
        answer = Answer(case.question, case.language, verified.status, verified.text, verified.citations, passages)
        score = benchmark.metrics[metric](case, answer)
        return score.value if score else None

    return value
