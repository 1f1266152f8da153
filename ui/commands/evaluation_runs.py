"""The commands on stored runs: huwen eval runs | rescore | compare | judge | agree | freeze."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ui.commands.terminal import CommandFailed, out, print_json, progress_bar

if TYPE_CHECKING:
    from evals.agreement import Agreement
    from evals.compare import Comparison
    from evals.summary import EvalSummary
    from rag.settings import Settings

app = typer.Typer()


def runs_folder(settings: Settings) -> Path:
    """The folder of the evaluation runs, in the home folder of the settings."""
    return settings.home / "evals"


@app.command()
def runs(as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False) -> None:
    """List the runs that are kept, oldest first."""
    from evals.run_folder import list_runs
    from rag.settings import read_settings

    listed = list_runs(runs_folder(read_settings()))
    if as_json:
        print_json([
            dict(run.about) | {"folder": str(run.folder), "finished": len(run.finished_answers())} for run in listed])
        return
    for run in listed:
        done = f"{len(run.finished_answers())} of {len(run.cases)}"
        about = {name: escape(run.about.get(name, "")) for name in ("started", "set", "split", "model")}
        out.print(f"{about['started']}  {about['set']}/{about['split']}  {about['model']}  {done}  "
                  f"{escape(str(run.folder))}")
    if not listed:
        out.print("no run is kept yet; `huwen eval` makes one")


@app.command()
def rescore(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as an object.")] = False,
) -> None:
    """Score a run's answers again and write its reports anew; nothing is asked."""
    from evals import run as running
    from evals.run_folder import EvalRun

    summary = running.write_results(EvalRun.open(folder))
    if as_json:
        print_json(summary.to_json())
    else:
        print_summary(summary)


@app.command()
def claims(
    folders: Annotated[list[Path], typer.Argument(help="The folders of runs.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as an object.")] = False,
) -> None:
    """Count what verification found in the answers of runs: claims with and without support, wrong figures."""
    from evals.draft_claims import count_findings
    from evals.run_folder import EvalRun

    found = count_findings(answer for folder in folders for answer in EvalRun.open(folder).read_answers().values())
    if as_json:
        print_json(found.to_json())
        return
    out.print(f"{found.answers} answers, of which {found.refused} refused and {found.failed} failed")
    out.print(
        f"{found.claims} claims: {found.supported} supported, {found.doubted} read with doubt, "
        f"{found.unsupported} cited but not supported, {found.uncited} uncited")
    out.print(f"{found.figures} figures, of which {found.figures_wrong} in no source")


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(help="The folder of a run, or a file of scores.")],
    after: Annotated[Path, typer.Argument(help="The folder of a run, or a file of scores.")],
    gate: Annotated[bool, typer.Option(
        "--gate", help="Fail where the second is worse beyond doubt, or a hard zero is not zero.")] = False,
) -> None:
    """Say what changed between two runs of a set, and whether by more than chance."""
    from evals import compare as comparing

    comparison = load_comparison(before, after)
    out.print(comparing.render_comparison(comparison, _minimised_metrics()), markup=False)
    if gate:
        enforce_gate(comparison)


@app.command()
def judge(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.")],
    model: Annotated[str, typer.Option(
        help="The judging model, on the configured endpoint. Default: the chat model.")] = "",
    votes: Annotated[int, typer.Option(min=1, max=15, help="How often it is asked about each answer.")] = 1,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="How many answers are judged at a time.")] = 1,
) -> None:
    """Have a model judge a run's answers, beside the metrics; what is judged already is not judged again."""
    from concurrent.futures import ThreadPoolExecutor

    from evals import judge as judging
    from evals import run as running
    from evals.run_folder import EvalRun
    from rag.endpoints.chat import chat_model
    from rag.settings import read_settings

    settings = read_settings()
    if not (name := model or settings.chat_model):
        raise CommandFailed(
            "a judge is a chat model; name one with --model or HUWEN_CHAT_MODEL, and its OPENAI_BASE_URL")
    chat = chat_model(name, settings.base_url, settings.api_key.get_secret_value())
    run = EvalRun.open(folder)
    graded_answers = running.grade_run(run)
    file = folder / f"judge-{''.join(c if c.isalnum() else '-' for c in name)}.jsonl"
    done = {judgement.id for judgement in judging.read_judgements(file)}
    remaining = [graded for graded in graded_answers if graded.case.id not in done]
    with progress_bar() as progress, ThreadPoolExecutor(concurrency) as pool:
        total = len(graded_answers)
        task = progress.add_task("judging", total=total, completed=total - len(remaining))
        try:
            for judgement in pool.map(
                    lambda graded: judging.judge_answer(chat, graded.case, graded.answer, votes), remaining):
                judging.write_judgement(file, judgement)
                progress.advance(task)
        finally:
            pool.shutdown(cancel_futures=True)
    _print_judgements(file, running.case_verdicts(run))


def _print_judgements(file: Path, verdicts: dict[str, bool]) -> None:
    from evals import judge as judging
    from evals.agreement import measure_agreement

    judgements = judging.read_judgements(file)
    judged = [judgement for judgement in judgements if judgement.votes]
    for name, value in judging.mean_scores(judgements).items():
        out.print(f"{name:16} {value:.3f}")
    out.print(f"{len(judged)} of {len(judgements)} answers judged; of the others no vote could be read")
    if judged:
        judge_verdicts = {judgement.id: bool(judgement.scores["judged correct"].value) for judgement in judged}
        _print_agreement("judge and verdict", measure_agreement(judge_verdicts, verdicts))


@app.command()
def agree(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.")],
    labels: Annotated[list[Path], typer.Argument(
        help='Readings of its answers: a line each, {"id": "…", "correct": true}.')],
) -> None:
    """Say how far readings by people agree with the verdict, with judges of the run, and with each other."""
    from itertools import combinations

    from evals import agreement as agreeing
    from evals import judge as judging
    from evals import run as running
    from evals.run_folder import EvalRun

    verdicts = {"verdict": running.case_verdicts(EvalRun.open(folder))}
    for file in sorted(folder.glob("judge-*.jsonl")):
        judged = [judgement for judgement in judging.read_judgements(file) if judgement.votes]
        verdicts[file.stem] = {judgement.id: bool(judgement.scores["judged correct"].value) for judgement in judged}
    verdicts |= {file.name: agreeing.read_labels(file) for file in labels}
    for left, right in combinations(verdicts, 2):
        _print_agreement(f"{left} and {right}", agreeing.measure_agreement(verdicts[left], verdicts[right]))


def _print_agreement(names: str, agreement: Agreement) -> None:
    differing = f"; differing: {', '.join(agreement.differing_ids)}" if agreement.differing_ids else ""
    out.print(f"{escape(names)}: alike on {agreement.share:.1%} of {agreement.n} answers, "
              f"kappa {agreement.kappa:.2f}{differing}")


@app.command()
def freeze(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.")],
    file: Annotated[Path, typer.Argument(help="The file of scores to write.")],
) -> None:
    """Keep a run's scores, without answers and reasons, as the baseline that later runs are held to."""
    from evals import scores
    from evals.scoring import METRICS

    counts = {name for name, metric in METRICS.items() if metric.is_count}
    all_scores = scores.read_scores(folder / "scores.jsonl")
    scores.write_scores(file, (case_scores.without_reasons(counts) for case_scores in all_scores))
    out.print(f"{len(all_scores)} cases are written to {escape(str(file))}")


def print_summary(summary: EvalSummary) -> None:
    """A table of metrics, one column a language: mean, 95 % interval and number of cases."""
    from rich.table import Table

    from evals.scoring import METRICS

    table = Table(title=f"{summary.questions} questions")
    table.add_column("metric")
    for language in summary.overall:
        table.add_column(language, justify="right")
        table.add_column("95 %", justify="right", style="dim")
        table.add_column("n", justify="right", style="dim")
    columns = list(summary.overall.values())  # one for each language
    for name in dict.fromkeys([*METRICS, *(name for means in columns for name in means)]):
        cells: list[str] = []
        for means in columns:
            if mean := means.get(name):
                digits = 0 if name in METRICS and METRICS[name].is_count else 3
                interval = f"{mean.low:.{digits}f}–{mean.high:.{digits}f}"
                cells += [f"{mean.mean:.{digits}f}", interval, str(mean.n)]
            else:
                cells += ["–", "", "0"]
        if any(name in means for means in columns):
            table.add_row(name + (" ↓" if name in _minimised_metrics() else ""), *cells)
    out.print(table)
    _print_types(summary)
    _print_curves(summary)


def _print_curves(summary: EvalSummary) -> None:
    """The refusal curves by group and language; those of single writers are in the reports only."""
    from rich.table import Table

    from evals.score_report import CURVE_COLUMNS, curve_cells

    curves = [curve for curve in summary.curves if not curve.writer]
    if not curves:
        return
    # without lines, so that it is narrow enough for any terminal
    table = Table(title="refused, at so many wrong refusals", title_justify="left", box=None, padding=(0, 2, 0, 0))
    shown = [i for i, column in enumerate(CURVE_COLUMNS) if column != "writer"]
    for i in shown:
        table.add_column(CURVE_COLUMNS[i], justify="left" if i < 2 else "right", no_wrap=True)
    for curve in curves:
        cells = curve_cells(curve)
        table.add_row(*(cells[i] for i in shown))
    out.print(table)


def _print_types(summary: EvalSummary) -> None:
    """The share of right answers by type of question and language."""
    from rich.table import Table

    table = Table(title="right in all, by type of question")
    table.add_column("type", no_wrap=True)
    for language in summary.overall:
        table.add_column(language, justify="right")
        table.add_column("n", justify="right", style="dim")
    for type, estimates in summary.by_type.items():
        cells: list[str] = []
        for language in summary.overall:
            estimate = estimates[language].get("right in all")
            cells += [f"{estimate.mean:.3f}", str(estimate.n)] if estimate else ["–", "0"]
        table.add_row(type, *cells)
    out.print(table)


def _minimised_metrics() -> frozenset[str]:
    from evals.scoring import METRICS

    return frozenset(name for name, metric in METRICS.items() if metric.lower_is_better)


def load_comparison(before: Path, after: Path) -> Comparison:
    """The comparison of two runs, each the folder of a run or a file of scores."""
    from evals import compare as comparing
    from evals import scores

    files = [path / "scores.jsonl" if path.is_dir() else path for path in (before, after)]
    return comparing.compare_runs(scores.read_scores(files[0]), scores.read_scores(files[1]))


def enforce_gate(comparison: Comparison) -> None:
    """Print whether a comparison passes the gate.

    Raises:
        CommandFailed: it does not.
    """
    from evals import compare as comparing
    from evals.scoring import METRICS

    hard_zeros = frozenset(name for name, metric in METRICS.items() if metric.hard_zero)
    reasons = comparing.check_gate(comparison, hard_zeros)
    for reason in reasons:
        out.print(f"[red]{escape(reason)}[/]")
    if reasons:
        raise CommandFailed("the gate is closed: the run is worse than the one before")
    out.print("the gate is open: no worse than the run before, and no hard zero broken")
