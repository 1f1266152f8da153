"""Helpers for tests of briefings: a small library, and a scripted model that answers when a test permits it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from rag.answering.drafting import DraftRequest
from rag.briefing.question_list import parse_pasted
from rag.pipeline import Pipeline, build_pipeline
from rag.schema import DraftEvent, HuwenError
from rag.settings import Settings
from rag.text.language import sentence_spans
from tests.ui.web.conftest import wait_until
from ui.history.history import open_history
from ui.web.app_state import AppState
from ui.web.briefings.service import BriefingService, BriefingSnapshot
from ui.web.briefings.store import BriefingPlan

NOTES = {
    "湖.md": "---\ntitle: 太湖年报\nlanguage: zh\npublisher: 太湖局\ndate: 2023-03-01\n---\n\n# 太湖年报\n\n## 水情\n\n"
             "太湖面积为2338平方千米。太湖平均水深1.9米。\n\n## 岸线\n\n太湖岸线长393千米。\n",
    "canal.md": "---\ntitle: Notes on the Canal\nlanguage: en\nauthor: J. Li\ndate: 2022-06-01\n---\n\n"
                "# Notes on the Canal\n\n"
                "## Length\n\nThe canal is 1794 kilometres long. It has 24 locks.\n",
}
LAKE, DEPTH, SHORE, LOCKS = "太湖面积是多少？", "太湖平均水深多少米？", "太湖岸线有多长？", "How many locks does the canal have?"


class NoModel(HuwenError):
    """The error that the scripted model raises for a failing question, as for an endpoint that does not answer."""


@dataclass
class ScriptedModel:
    """Answers with the first sentence of the first passage; each question needs a permit, and some fail."""

    failing: set[str] = field(default_factory=set)  # questions that raise NoModel
    questions: list[str] = field(default_factory=list)  # all that have been asked, in order
    permits: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(10_000))
    suffix: str = ""  # appended to every answer

    def draft(self, request: DraftRequest) -> Generator[DraftEvent]:
        question, passages = request.question, request.passages
        while not self.permits.acquire(timeout=0.02):
            yield ""  # a run can be stopped between pieces: an endpoint sends keep-alive events meanwhile
        self.questions.append(question)
        if question in self.failing:
            raise NoModel(f"the model does not answer {question!r}")
        if not passages:
            yield "资料库没有相关内容。" if request.language == "zh" else "The library has nothing on it."
            return
        (start, end), *_ = sentence_spans(passages[0].text)
        yield f"{passages[0].text[start:end]}{self.suffix}[1]"


def library(home: Path) -> Pipeline:
    """The pipeline without a model, with a library of the two notes."""
    pipeline = build_pipeline(Settings(home=home / "library", chat_model=""))
    with pipeline.library.write_lock():
        for name, text in NOTES.items():
            (home / name).write_text(text, "utf-8")
            pipeline.library.add(home / name)
    return pipeline


def app_state_in(home: Path, pipeline: Pipeline, model: ScriptedModel | None = None, **chosen: object) -> AppState:
    """An application with its own briefings folder, over a library that other tests use too."""
    pipeline = replace(pipeline, draft=model.draft, model="scripted") if model else pipeline
    settings = Settings(home=home, **{"chat_model": "", **chosen})  # type: ignore[arg-type]
    return AppState(pipeline, open_history("", home), settings)


def plan_of(*questions: str, **chosen: object) -> BriefingPlan:
    """A plan of questions, as if a reader had pasted them."""
    question_list = parse_pasted("\n".join(questions))
    created = datetime.now(UTC).isoformat()
    return BriefingPlan("太湖", created, question_list.questions, **chosen)  # type: ignore[arg-type]


def wait_for(briefings: BriefingService, id: str, condition: Callable[[BriefingSnapshot], bool]) -> BriefingSnapshot:
    """Wait for, and return, the first snapshot of a briefing that satisfies a condition."""
    snapshots = [briefings.take_snapshot(id)]

    def is_satisfied() -> bool:
        snapshots[0] = briefings.take_snapshot(id)
        return condition(snapshots[0])

    wait_until(is_satisfied, "the briefing reaches a state")
    return snapshots[0]


def wait_until_idle(briefings: BriefingService, id: str) -> BriefingSnapshot:
    """Wait until the job of a briefing has ended; returns the snapshot."""
    return wait_for(briefings, id, lambda snapshot: snapshot.job.phase == "idle")
