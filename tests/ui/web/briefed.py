"""What the tests of briefings share: a small library, and a voice that answers when it is let."""

from __future__ import annotations

import threading
import time
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
from ui.history.history import open_history
from ui.web.app_state import AppState
from ui.web.briefings.service import BriefingService, BriefingSnapshot
from ui.web.briefings.store import BriefingPlan

NOTES = {
    "湖.md": "---\ntitle: 太湖年报\nlanguage: zh\npublisher: 太湖局\ndate: 2023-03-01\n---\n\n# 太湖年报\n\n## 水情\n\n"
             "太湖面积为2338平方千米。太湖平均水深1.9米。\n\n## 岸线\n\n太湖岸线长393千米。\n",
    "canal.md": "---\ntitle: Notes on the Canal\nlanguage: en\nauthor: J. Li\ndate: 2022-06-01\n---\n\n# Notes on the Canal\n\n"
                "## Length\n\nThe canal is 1794 kilometres long. It has 24 locks.\n",
}
LAKE, DEPTH, SHORE, LOCKS = "太湖面积是多少？", "太湖平均水深多少米？", "太湖岸线有多长？", "How many locks does the canal have?"


class NoModel(HuwenError):
    """What a voice raises where an endpoint would fail."""


@dataclass
class Voice:
    """Says the first sentence of the first passage, for each question once it is let, and fails where it is told to."""

    fails: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    lets: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(10_000))
    ending: str = ""

    def draft(self, request: DraftRequest) -> Generator[DraftEvent]:
        question, passages = request.question, request.passages
        while not self.lets.acquire(timeout=0.02):
            yield ""  # as an endpoint does that keeps the line open
        self.asked.append(question)
        if question in self.fails:
            raise NoModel(f"the model does not answer {question!r}")
        if not passages:
            yield "资料库没有相关内容。" if request.language == "zh" else "The library has nothing on it."
            return
        (start, end), *_ = sentence_spans(passages[0].text)
        yield f"{passages[0].text[start:end]}{self.ending}[1]"


def library(home: Path) -> Pipeline:
    """The pipeline without a model over the two notes."""
    made = build_pipeline(Settings(home=home / "library", chat_model=""))
    with made.library.write_lock():
        for name, text in NOTES.items():
            (home / name).write_text(text, "utf-8")
            made.library.add(home / name)
    return made


def desk_in(home: Path, pipeline: Pipeline, voice: Voice | None = None, **chosen: object) -> AppState:
    """A desk whose briefings are kept in a folder of their own, over a library that others use too."""
    voiced = replace(pipeline, draft=voice.draft, model="scripted") if voice else pipeline
    return AppState(voiced, open_history("", home), Settings(home=home, **{"chat_model": "", **chosen}))  # type: ignore[arg-type]


def planned(*questions: str, **chosen: object) -> BriefingPlan:
    """A plan of questions, as a reader would paste them."""
    return BriefingPlan("太湖", datetime.now(UTC).isoformat(), parse_pasted("\n".join(questions)).questions, **chosen)  # type: ignore[arg-type]


def wait_for(briefings: BriefingService, id: str, is_so: Callable[[BriefingSnapshot], bool]) -> BriefingSnapshot:
    """A briefing, as soon as something holds of it."""
    until = time.monotonic() + 15
    while not is_so(view := briefings.take_snapshot(id)):
        assert time.monotonic() < until, f"{view.job} {[row.state for row in view.rows]}"
        time.sleep(0.01)
    return view


def ended(briefings: BriefingService, id: str) -> BriefingSnapshot:
    """A briefing when nothing of it is asked any more."""
    return wait_for(briefings, id, lambda view: view.job.phase == "idle")
