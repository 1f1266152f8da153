"""Briefings in processes that can be killed: imports once, then forks for every line of its standard input.

`python -m tests.rag.briefing.worker HOME FOLDER`; a line is the name of a briefing and a number of calls. Each child
asks the questions of `FOLDER/questions.txt` with a slow drafter that appends each finished call to `FOLDER/NAME.calls`,
and writes `FOLDER/NAME.docx`. The drafter answers no more than the number of calls: the next one waits to be killed.
"""

import itertools
import os
import sys
import time
from pathlib import Path

from rag.answering.confidence import cited_answer_level
from rag.answering.disagree import find_disagreements
from rag.answering.verify import verify
from rag.briefing.briefing import Cover, build_briefing
from rag.briefing.question_list import read_list
from rag.briefing.run import BriefingSettings, run_briefing
from rag.questions.analysis import analyse_question
from rag.reading.judge import Judge
from rag.schema import Passage
from rag.text.language import detect_language
from tests.rag.briefing.conftest import extractive_pipeline, first_sentence, with_draft
from ui.documents.briefing import briefing_paper
from ui.documents.paper import Paper
from ui.documents.write import render_bytes, write_paper


def work(home: Path, folder: Path, name: str, max_calls: int) -> None:
    """Answer and write one briefing; after `max_calls` answers, wait to be killed."""
    numbers = itertools.count(1)

    def draft(request):
        question = request.question
        if next(numbers) > max_calls:
            time.sleep(600)  # until it is killed
        time.sleep(0.02)
        yield first_sentence(question, request.passages)
        with (folder / f"{name}.calls").open("a", encoding="utf-8") as calls:
            calls.write(question + "\n")

    pipeline = with_draft(extractive_pipeline(home), draft)
    listed = read_list(folder / "questions.txt")
    settings = BriefingSettings(pipeline, concurrency=2)
    answered = run_briefing(settings, listed.questions, folder / f"{name}.journal", today="2026-07-31")
    briefing = build_briefing(answered, pipeline.library, Cover(listed.title, "zh"))
    write_paper(briefing_paper(briefing), folder / f"{name}.docx")


def _load_tables() -> None:
    """Load once the tables that every child would load again: glossary, segmenter and scripts."""
    examples = (
        ("苏州有几家灯塔工厂？", "Suzhou has 6."), ("How many are there in Suzhou?", "苏州有7家灯塔工厂。"))
    for question, text in examples:
        passage = Passage(1, "1", "1", "甲", "", 0, 0, len(text), text, 1.0, "zh")
        analysed = analyse_question(question, detect_language(question))
        find_disagreements(analysed, [passage])
        verify(f"{text}[1]", [passage])
        judge = Judge(lambda term, is_gloss: 1.0)
        cited_answer_level(analysed, verify(f"{text}[1]", [passage]).citations, [passage], judge)
    render_bytes(Paper("甲", "zh"), ".docx")


if __name__ == "__main__":
    home, folder = map(Path, sys.argv[1:])
    _load_tables()
    print("ready", flush=True)
    for line in sys.stdin:
        name, max_calls = line.split()
        child = os.fork()
        if child == 0:
            work(home, folder, name, int(max_calls))
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
