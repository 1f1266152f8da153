"""Evaluation run: ask a pipeline the cases, several at a time, record each answer on arrival, then grade them all."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import rag
from evals import report, scores
from evals.answer_cache import AnswerCache, cache_key
from evals.benchmarks.formats import BENCHMARK_METRICS
from evals.cases import Case
from evals.metrics.effort import cost_grader
from evals.refusal_curve import refusal_curves
from evals.reliability import level_reliability, score_bins
from evals.run_folder import AnswerRecorder, BadRun, EvalRun
from evals.scoring import GradedAnswer, score_answer
from evals.summary import EvalSummary, summarise_scores
from rag.schema import Answer, HuwenError
from rag.text.language import detect_language

AskFunction = Callable[[Case], Generator[Answer]]  # the growing answer to a case, as `Pipeline.stream` yields it

# this many consecutive failures are not caused by single questions, but by the endpoint
_MAX_FAILURES = 5


class RunInterrupted(HuwenError):
    """A run stopped before its end; the answers so far are stored."""


def run_fingerprint(**parts: object) -> dict[str, str]:
    """Everything a run depends on, for `about.json`: the given parts, and digests of the code and the prompts."""
    root = Path(rag.__file__).parent
    code = [path for path in sorted(root.rglob("*")) if path.suffix in _CODE_SUFFIXES]
    return {name: str(part) for name, part in parts.items()} | {
        "code": _digest_files(code), "prompts": _digest_files([root / "text" / "prompts.py"])}


_CODE_SUFFIXES = (".py", ".csv", ".json", ".txt")  # program, tables, weights, lexicons


def _digest_files(paths: list[Path]) -> str:
    return hashlib.sha256(b"".join(p.name.encode() + b"\0" + p.read_bytes() for p in paths)).hexdigest()[:16]


@dataclass(frozen=True)
class EvalSettings:
    """How a run gets the answers to its cases."""

    ask: AskFunction
    concurrency: int = 1
    cache: AnswerCache | None = None


def run_cases(
    run: EvalRun, settings: EvalSettings, progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Ask the cases without an answer. A failed answer is recorded as failed and asked again when the run is resumed.

    Raises:
        RunInterrupted: five consecutive questions failed, or Ctrl-C was pressed; the answers so far are stored.
        BadRun: another process is working on the run.
    """
    finished = run.finished_answers()
    unanswered = [case for case in run.cases if case.id not in finished]
    done, total = len(run.cases) - len(unanswered), len(run.cases)
    progress(done, total)
    stop = threading.Event()
    failures = 0
    with run.open_journal() as recorder, ThreadPoolExecutor(settings.concurrency) as pool:
        answer_case = partial(_answer_case, run, settings, recorder, stop)
        # only as many cases are submitted as run at the same time, so that few are asked in vain if the run stops
        cases = iter(unanswered)
        pending: set[Future[Answer | None]] = {
            pool.submit(answer_case, case) for case in islice(cases, settings.concurrency)}
        try:
            while pending:
                ready, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in ready:
                    done += 1
                    progress(done, total)
                    failures = _count_failures(failures, future.result())
                pending |= {pool.submit(answer_case, case) for case in islice(cases, len(ready))}
        except KeyboardInterrupt:
            raise RunInterrupted(f"stopped; {done} of {total} answers are stored, --resume continues the run") from None
        finally:
            stop.set()
            for future in pending:
                future.cancel()


def _count_failures(previous: int, answer: Answer | None) -> int:
    """The number of consecutive failures after an answer.

    Raises:
        RunInterrupted: there are too many.
    """
    if answer is None or answer.status != "failed":
        return 0
    failures = previous + 1
    if failures >= _MAX_FAILURES:
        raise RunInterrupted(f"the last {failures} questions failed: {answer.text}; --resume continues the run")
    return failures


def _answer_case(
    run: EvalRun, settings: EvalSettings, recorder: AnswerRecorder, stop: threading.Event, case: Case,
) -> Answer | None:
    """The recorded answer to a case, from the cache or the pipeline; None if the run stopped before it was complete."""
    if stop.is_set():
        return None
    key = cache_key(
        about={name: value for name, value in run.about.items() if name in _CACHE_KEY_PARTS},
        question=case.question, history=[[turn.question, turn.answer] for turn in case.history],
        **({"library": case.library} if case.library else {}))
    answer = settings.cache.get(key) if settings.cache else None
    if answer is None:
        answer = _ask_case(settings.ask, case, stop)
        if answer and settings.cache:
            settings.cache.put(key, answer)
    if answer:
        recorder.record(case.id, answer)
    return answer


# the inputs of an answer in addition to question and history; together they determine the messages to the model
_CACHE_KEY_PARTS = ("model", "endpoint", "passages", "context", "corpus", "code", "given")


def _ask_case(ask: AskFunction, case: Case, stop: threading.Event) -> Answer | None:
    answer = None
    try:
        with closing(ask(case)) as frames:  # closing the generator stops the model
            for frame in frames:
                if stop.is_set():
                    return None
                answer = frame
    except HuwenError as error:
        return Answer(case.question, detect_language(case.question), status="failed", text=str(error))
    return answer


def grade_run(run: EvalRun) -> list[GradedAnswer]:
    """The answered cases of a run with their scores, in the order of the dataset; a benchmark adds its own metrics."""
    answers = run.read_answers()
    graders = dict(BENCHMARK_METRICS.get(run.about.get("benchmark", ""), {}))
    if price := run.about.get("price"):
        graders["cost of 1,000"] = cost_grader(*parse_prices(price))
    graded = []
    for case in run.cases:
        answer = answers.get(case.id)
        if answer:
            graded.append(GradedAnswer(case, answer, score_answer(case, answer, graders)))
    return graded


def parse_prices(text: str) -> tuple[float, float]:
    """The prices of a million tokens read and a million tokens written: `0.5/2` → 0.5, 2.

    Raises:
        BadRun: the text is not two numbers.
    """
    try:
        prompt_price, completion_price = (float(part) for part in text.split("/"))
    except ValueError:
        raise BadRun(
            f"--price is {text!r}; "
            "it must be two numbers, for a million tokens read and written, such as 0.5/2") from None
    return prompt_price, completion_price


def case_verdicts(run: EvalRun) -> dict[str, bool]:
    """Whether each answered case is correct, by id; cases without a verdict are absent."""
    verdicts = {}
    for graded in grade_run(run):
        verdict = graded.case_scores.scores.get("correct")
        if verdict:
            verdicts[graded.case.id] = bool(verdict.value)
    return verdicts


def write_results(run: EvalRun) -> EvalSummary:
    """Grade the answers and write `scores.jsonl`, `summary.json` and both reports; same answers, same bytes."""
    graded = grade_run(run)
    summary = replace(
        summarise_scores([answer.case_scores for answer in graded]), curves=refusal_curves(graded),
        levels=level_reliability(graded), bins=score_bins(graded))
    scores.write_scores(run.folder / "scores.jsonl", (answer.case_scores for answer in graded))
    summary_json = json.dumps(summary.to_json(), ensure_ascii=False, indent=1) + "\n"
    (run.folder / "summary.json").write_text(summary_json, "utf-8")
    (run.folder / "report.md").write_text(report.render_markdown(run.about, summary, graded), "utf-8")
    (run.folder / "report.html").write_text(report.render_html(run.about, summary, graded), "utf-8")
    return summary
