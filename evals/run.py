"""Cases are asked of a pipeline, several at a time; each answer is recorded as it comes, then all are graded."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import rag
from evals import report, scores
from evals.answer_cache import AnswerCache, cache_key
from evals.benchmarks.formats import BENCHMARK_METRICS
from evals.cases import Case
from evals.metrics.effort import cost_grader
from evals.run_folder import AnswerRecorder, BadRun, EvalRun
from evals.scoring import GradedAnswer, score_answer
from evals.summary import EvalSummary, summarise_scores
from rag.schema import Answer, HuwenError
from rag.text.language import detect_language

AskFunction = Callable[[Case], Generator[Answer]]  # a case's answer as it grows, as `Pipeline.stream` yields it

# so many failures on end are no accident of single questions
_MAX_FAILURES = 5


class RunInterrupted(HuwenError):
    """A run was stopped before its end; what came is kept."""


def run_fingerprint(**parts: object) -> dict[str, str]:
    """What a run depends on, as `about.json` tells it: the parts given, and the digests of code and prompts."""
    root = Path(rag.__file__).parent
    code = [p for p in sorted(root.rglob("*")) if p.suffix in (".py", ".csv", ".json")]
    return {name: str(part) for name, part in parts.items()} | {
        "code": _digest_files(code), "prompts": _digest_files([root / "text" / "prompts.py"])}


def _digest_files(paths: list[Path]) -> str:
    return hashlib.sha256(b"".join(p.name.encode() + b"\0" + p.read_bytes() for p in paths)).hexdigest()[:16]


@dataclass(frozen=True)
class EvalSettings:
    """How the cases of a run are asked."""

    ask: AskFunction
    concurrency: int = 1
    cache: AnswerCache | None = None


def run_cases(run: EvalRun, settings: EvalSettings, progress: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Ask what the run has no answer to yet. A failed answer is recorded as such, and asked for again when resumed.

    Raises:
        Interrupted: five questions on end failed, or Ctrl-C came; the answers so far are kept.
        BadRun: another process is at work on the run.
    """
    finished = run.finished_answers()
    left = [case for case in run.cases if case.id not in finished]
    done = len(run.cases) - len(left)
    progress(done, len(run.cases))
    stop = threading.Event()
    failures = 0
    with run.open_journal() as recorder, ThreadPoolExecutor(settings.concurrency) as pool:
        # no more is handed out than is worked on: what is given up on must not have been asked long before that is known
        cases = iter(left)
        pending: set[Future[Answer | None]] = {
            pool.submit(_answer_case, run, settings, case, recorder, stop) for case in islice(cases, settings.concurrency)}
        try:
            while pending:
                ready, pending = wait(pending, return_when=FIRST_COMPLETED)
                for answer in (future.result() for future in ready):
                    done += 1
                    progress(done, len(run.cases))
                    failures = failures + 1 if answer and answer.status == "failed" else 0
                    if failures >= _MAX_FAILURES and answer:
                        raise RunInterrupted(f"the last {failures} questions failed: {answer.text}; --resume goes on where this stopped")
                pending |= {pool.submit(_answer_case, run, settings, case, recorder, stop) for case in islice(cases, len(ready))}
        except KeyboardInterrupt:
            raise RunInterrupted(f"stopped; {done} of {len(run.cases)} answers are kept, and --resume goes on from there") from None
        finally:
            stop.set()
            for future in pending:
                future.cancel()


def _answer_case(run: EvalRun, settings: EvalSettings, case: Case, recorder: AnswerRecorder, stop: threading.Event) -> Answer | None:
    """The answer to a case, recorded; None where the run was stopped before it came."""
    if stop.is_set():
        return None
    named = cache_key(about={n: v for n, v in run.about.items() if n in _CACHE_KEY_PARTS}, question=case.question,
                history=[[turn.question, turn.answer] for turn in case.history])
    answer = settings.cache.get(named) if settings.cache else None
    if answer is None:
        answer = _ask_case(settings.ask, case, stop)
        if answer and settings.cache:
            settings.cache.put(named, answer)
    if answer:
        recorder.record(case.id, answer)
    return answer


# what an answer to a given question depends on; its messages follow from question, history, corpus and code
_CACHE_KEY_PARTS = ("model", "endpoint", "passages", "context", "corpus", "code", "given")


def _ask_case(ask: AskFunction, case: Case, stop: threading.Event) -> Answer | None:
    answer = None
    try:
        with closing(ask(case)) as frames:  # closing them stops the model
            for frame in frames:
                if stop.is_set():
                    return None
                answer = frame
    except HuwenError as error:
        return Answer(case.question, detect_language(case.question), status="failed", text=str(error))
    return answer


def grade_run(run: EvalRun) -> list[GradedAnswer]:
    """The answered cases of a run with their scores, in the order of the set; a benchmark's own metrics come with ours."""
    answers = run.read_answers()
    more = dict(BENCHMARK_METRICS.get(run.about.get("benchmark", ""), {}))
    if price := run.about.get("price"):
        more["cost of 1,000"] = cost_grader(*parse_prices(price))
    return [
        GradedAnswer(case, answers[case.id], score_answer(case, answers[case.id], more)) for case in run.cases if case.id in answers]


def parse_prices(text: str) -> tuple[float, float]:
    """What a million tokens cost, read and written: `0.5/2` → 0.5, 2.

    Raises:
        BadRun: that is not two numbers.
    """
    try:
        read, written = (float(part) for part in text.split("/"))
    except ValueError:
        raise BadRun(f"--price is {text!r}; it must be two numbers, for a million tokens read and written, such as 0.5/2") from None
    return read, written


def case_verdicts(run: EvalRun) -> dict[str, bool]:
    """Whether each answered case is correct, where that can be said."""
    return {one.case.id: bool(found.value) for one in grade_run(run) if (found := one.case_scores.scores.get("correct"))}


def write_results(run: EvalRun) -> EvalSummary:
    """Score what the run holds and write `scores.jsonl`, `summary.json` and both reports; the same each time."""
    found = grade_run(run)
    summary = summarise_scores([g.case_scores for g in found])
    scores.write_scores(run.folder / "scores.jsonl", (g.case_scores for g in found))
    (run.folder / "summary.json").write_text(json.dumps(summary.to_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    (run.folder / "report.md").write_text(report.render_markdown(run.about, summary, found), "utf-8")
    (run.folder / "report.html").write_text(report.render_html(run.about, summary, found), "utf-8")
    return summary
