"""Fixtures of the briefing tests: a small library in both languages, and scripted drafters instead of a model."""

from __future__ import annotations

from collections.abc import Callable, Generator, Set
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answering.drafting import Drafter, DraftRequest
from rag.pipeline import Pipeline, build_pipeline
from rag.schema import DraftEvent, HuwenError
from rag.settings import Settings
from rag.text.language import sentence_spans
from tests.small_library import small_library

NOTES = {
    "city_zh.md": "---\ntitle: 城市年报\nlanguage: zh\nedition_of: city\npublisher: 市统计局\ndate: 2023-03-01\n---\n\n"
                  "# 城市年报\n\n## 工业\n\n"
                  "苏州2022年规模以上工业总产值为4.36万亿元，比上年增长4.1%。"
                  "苏州拥有灯塔工厂6家，占全国的八分之一。\n\n"
                  "## 企业\n\n苏州全市有高新技术企业13473家，数量列全国第四位。\n",
    "city_en.md": "---\ntitle: Yearbook of the City\nlanguage: en\nedition_of: city\npublisher: Statistics Office\n"
                  "date: 2023-03-01\n---\n\n"
                  "# Yearbook of the City\n\n## Industry\n\n"
                  "Suzhou's gross output value of above-scale industry was 4.36 trillion yuan in "
                  "2022, an increase of 4.1% over the previous year. "
                  "Suzhou has 6 lighthouse factories, one eighth of the national total.\n\n"
                  "## Enterprises\n\nSuzhou has 13,473 high-tech enterprises, a number that ranks fourth in China.\n",
    "report_zh.md": "---\ntitle: 工业报告\nlanguage: zh\nauthor: 徐枫\ndate: 2024-06-03\n---\n\n"
                    "# 工业报告\n\n## 家底\n\n"
                    "苏州有7家灯塔工厂，占全国的1/9。苏州的工业目前对GDP的贡献超过了40%。\n",
}


@pytest.fixture(scope="session")
def library_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library of two Chinese documents, one with an English edition."""
    home, notes = tmp_path_factory.mktemp("library"), tmp_path_factory.mktemp("notes")
    library = small_library(home)
    with library.write_lock():
        for name, text in NOTES.items():
            (notes / name).write_text(text, "utf-8")
            library.add(notes / name, tags=("yearbook",) if name.startswith("city") else ())
    return home


def extractive_pipeline(home: Path) -> Pipeline:
    """The pipeline without a model, over the library in a folder."""
    return build_pipeline(Settings(home=home, seeds=None, chat_model="", base_url="", api_key="", passages=8))


@pytest.fixture
def extractive(library_home: Path) -> Pipeline:
    return extractive_pipeline(library_home)


class NoModel(HuwenError):
    """The error of a scripted drafter, like the failure of an endpoint."""


ScriptedPipeline = Callable[..., Pipeline]


@pytest.fixture
def scripted_pipeline(library_home: Path) -> ScriptedPipeline:
    """`scripted_pipeline(write_draft, fails={...})`: a pipeline whose model drafts `write_draft(question, passages)`.

    The model fails for the questions in `fails`, and appends each question to the list `asked`.
    """

    def build(
        write_draft: Callable[..., str], *, fails: Set[str] = frozenset(), asked: list[str] | None = None,
        model: str = "scripted",
    ) -> Pipeline:
        def draft(request: DraftRequest) -> Generator[DraftEvent]:
            question = request.question
            if asked is not None:
                asked.append(question)
            if question in fails:
                raise NoModel(f"the model does not answer {question!r}")
            yield write_draft(question, request.passages)

        return with_draft(extractive_pipeline(library_home), draft, model)

    return build


def with_draft(pipeline: Pipeline, draft: Drafter, model: str = "scripted") -> Pipeline:
    """The same pipeline with another drafter."""
    return replace(pipeline, draft=draft, model=model)


def first_sentence(question: str, passages: object) -> str:
    """The draft of a simple model: the first sentence of the first passage, with its marker."""
    first = passages[0]  # type: ignore[index]
    start, end = next(sentence_spans(first.text))
    return f"{first.text[start:end]}[{first.number}]"
