"""Run report: summary and graded answers of a run as Markdown, and as one HTML file that shows each failure in detail.

Questions, answers and documents are untrusted; both formats escape them. The same input gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from evals import plots
from evals.cases import Fact
from evals.markdown import escape_markdown, render_table
from evals.metrics.facts import asserts_fact, states_fact, unmarked_text
from evals.metrics.retrieval import matched_needs
from evals.refusal_curve import WRONG_REFUSALS
from evals.score_report import level_estimates, render_score_sections
from evals.scores import Score
from evals.scoring import METRICS, GradedAnswer
from evals.statistics import percentile
from evals.summary import Estimate, EvalSummary
from rag.citations.markers import marker_numbers
from rag.schema import LANGUAGES, Citation, Language, Passage

_ABSENT_CELL = "–"  # for a metric that applies to no case, which is not zero
_MAX_ANSWER = 200  # characters of an answer in the Markdown report
_BEHAVIOUR_TEXTS = {
    "answer": "an answer", "refuse": "a refusal: the library does not hold it",
    "correct": "the false premise set right", "disclose": "both sides of the conflict, with their dates"}
_NONZERO_GROUP = "right, but not zero where zero is required"


@dataclass(frozen=True)
class ReportCell:
    """An estimate formatted for display: its mean, the bounds of its interval, its number of cases."""

    mean: str
    bounds: str
    n: int

    def __str__(self) -> str:
        return f"{self.mean} ({self.bounds}), n {self.n}"


@dataclass(frozen=True)
class ReportRow:
    """A table row: a metric or a type of question, with a cell for each language to which it applies."""

    name: str
    estimates: Mapping[Language, Estimate]
    is_count: bool = False

    def language_cell(self, language: Language) -> ReportCell | None:
        """The formatted estimate for a language; None if the metric does not apply."""
        estimate = self.estimates.get(language)
        if estimate is None:
            return None
        low = _format_number(estimate.low, is_count=self.is_count).removesuffix(" %")
        high = _format_number(estimate.high, is_count=self.is_count).removesuffix(" %")
        return ReportCell(_format_number(estimate.mean, is_count=self.is_count), f"{low}–{high}", estimate.n)


def _format_number(value: float, *, is_count: bool) -> str:
    return f"{value:,.0f}" if is_count else f"{100 * value:.1f} %"


def _metric_rows(summary: EvalSummary) -> list[ReportRow]:
    """A row for each metric: first those of METRICS, in their order, then those that a benchmark added."""
    measured = (name for language in LANGUAGES for name in summary.overall.get(language, {}))
    rows = []
    for name in dict.fromkeys([*METRICS, *measured]):
        estimates = _language_estimates(summary.overall, name)
        highest = max((estimate.high for estimate in estimates.values()), default=0.0)
        rows.append(ReportRow(name, estimates, _is_count(name, highest)))
    return rows


def _is_count(name: str, highest: float) -> bool:
    return METRICS[name].is_count if name in METRICS else highest > 1


def _language_estimates(
    estimates: Mapping[Language, Mapping[str, Estimate]], name: str,
) -> dict[Language, Estimate]:
    return {language: estimates[language][name] for language in LANGUAGES if name in estimates.get(language, {})}


def _type_row(estimates: Mapping[Language, Mapping[str, Estimate]], metric: str) -> ReportRow:
    return ReportRow(metric, _language_estimates(estimates, metric))


def _latencies_by_language(graded: Sequence[GradedAnswer]) -> dict[Language, list[float]]:
    """Milliseconds by language; a language without latencies has no entry."""
    latencies: dict[Language, list[float]] = {language: [] for language in LANGUAGES}
    for answer in graded:
        latency = answer.case_scores.scores.get("latency")
        if latency:
            latencies[answer.case.language].append(latency.value)
    return {language: values for language, values in latencies.items() if values}


def _is_failure(graded: GradedAnswer) -> bool:
    verdict = graded.case_scores.scores.get("correct")
    return graded.answer.status == "failed" or (verdict is not None and verdict.value < 1)


def _answer_faults(graded: GradedAnswer) -> list[str]:
    """Why a case needs attention: the reasons of a wrong verdict, an error, and each hard-zero metric above zero."""
    scores = graded.case_scores.scores
    verdict = [scores["correct"].reason] if "correct" in scores and scores["correct"].value < 1 else []
    return verdict + [
        f"{name}: {score.reason}" for name, score in scores.items()
        if score.value > 0 and (name == "errors" or _is_hard_zero(name))]


def _is_hard_zero(name: str) -> bool:
    return name in METRICS and METRICS[name].hard_zero


def _group_failures(graded: Sequence[GradedAnswer]) -> dict[str, list[GradedAnswer]]:
    """The failures by type of question, then the correct answers with a hard-zero metric above zero."""
    failures = [answer for answer in graded if _is_failure(answer)]
    groups = {}
    for type in sorted({answer.case.type for answer in failures}):
        groups[type] = [answer for answer in failures if answer.case.type == type]
    nonzero = [answer for answer in graded if not _is_failure(answer) and _answer_faults(answer)]
    return groups | ({_NONZERO_GROUP: nonzero} if nonzero else {})


def render_markdown(about: Mapping[str, str], summary: EvalSummary, graded: Sequence[GradedAnswer]) -> str:
    """The report as Markdown: facts of the run, tables, and each failure in a few lines."""
    facts = [f"- {escape_markdown(name)}: {escape_markdown(value)}" for name, value in about.items()]
    metrics = []
    for row in _metric_rows(summary):
        metrics.append([_metric_name(row), *(_cell_text(row, language) for language in LANGUAGES)])
    parts = [
        "# Evaluation", "\n".join(facts),
        "## Metrics", "Mean, 95 % interval and number of cases; – applies to no case.",
        render_table(["metric", *LANGUAGES], metrics),
        "## Types of question", _render_type_table(summary),
        *render_score_sections(summary),
        "## Latency", _render_latency_table(graded), f"## Failures ({sum(map(_is_failure, graded))})"]
    for type, group in _group_failures(graded).items():
        parts += [f"### {escape_markdown(type)} ({len(group)})", "\n".join(map(_render_failure, group))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _render_type_table(summary: EvalSummary) -> str:
    columns = [(metric, language) for metric in ("correct", "fact recall") for language in LANGUAGES]
    rows = []
    for type, estimates in summary.by_type.items():
        cells = [_cell_text(_type_row(estimates, metric), language) for metric, language in columns]
        rows.append([type, *cells])
    return render_table(["type", *(f"{metric}, {language}" for metric, language in columns)], rows)


def _render_latency_table(graded: Sequence[GradedAnswer]) -> str:
    rows = []
    for language, values in _latencies_by_language(graded).items():
        percentiles = [f"{percentile(values, share):,.0f} ms" for share in (50, 95)]
        rows.append([language, *percentiles, str(len(values))])
    return render_table(["language", "p50", "p95", "n"], rows)


def _cell_text(row: ReportRow, language: Language) -> str:
    return str(row.language_cell(language) or _ABSENT_CELL)


def _metric_name(row: ReportRow) -> str:
    metric = METRICS.get(row.name)
    if metric is None or not metric.lower_is_better:
        return row.name
    return f"{row.name} ({'must be 0' if metric.hard_zero else 'lower is better'})"


def _render_failure(graded: GradedAnswer) -> str:
    text = " ".join(graded.answer.text.split())
    answer = text[:_MAX_ANSWER] + "…" if len(text) > _MAX_ANSWER else text or _ABSENT_CELL
    case, faults = graded.case, "; ".join(_answer_faults(graded))
    return (
        f"- **{escape_markdown(case.id)}** ({case.language}): {escape_markdown(case.question)}\n"
        f"  - fault: {escape_markdown(faults)}\n"
        f"  - answer ({graded.answer.status}): {escape_markdown(answer)}")


@dataclass(frozen=True)
class CaseView:
    """A graded answer as the HTML template needs it: facts stated, evidence, and scores."""

    graded: GradedAnswer

    def states_required(self, fact: Fact) -> bool:
        """True if the answer states a required fact."""
        return states_fact(fact, unmarked_text(self.graded.answer))

    def quote_language(self, citation: Citation) -> Language:
        """The language of the passage that a citation quotes."""
        for passage in self.graded.answer.passages:
            if passage.number == citation.marker:
                return passage.language
        return self.graded.answer.language

    def asserts_forbidden(self, fact: Fact) -> bool:
        """True if the answer asserts a forbidden fact."""
        return asserts_fact(fact, unmarked_text(self.graded.answer))

    def passages_for_need(self, need: int) -> list[Passage]:
        """The passages that meet the need with this index in the gold list of the case."""
        case = self.graded.case
        return [passage for passage in self.graded.answer.passages if need in matched_needs(case, passage)]

    def evidence_rows(self) -> list[tuple[Passage, bool, bool, Markup]]:
        """Each passage, whether it is gold, whether it is cited, and its text with the quotes marked."""
        case, answer = self.graded.case, self.graded.answer
        cited = {*marker_numbers(answer.text), *(citation.marker for citation in answer.citations)}
        rows = []
        for passage in answer.passages:
            citations = [citation for citation in answer.citations if citation.marker == passage.number]
            marked_text = _mark_quotes(passage.text, citations)
            rows.append((passage, bool(matched_needs(case, passage)), passage.number in cited, marked_text))
        return rows

    def score_rows(self) -> list[tuple[str, str, bool, str]]:
        """Each metric with its formatted value, whether it is below its best value, and its reason."""
        rows = []
        for name, score in self.graded.case_scores.scores.items():
            value = _format_number(score.value, is_count=_is_count(name, score.value))
            rows.append((name, value, _falls_short(name, score), score.reason))
        return rows


def _falls_short(name: str, score: Score) -> bool:
    lower = name in METRICS and METRICS[name].lower_is_better
    return not _is_count(name, score.value) and (score.value > 0 if lower else score.value < 1)


def _mark_quotes(text: str, citations: Sequence[Citation]) -> Markup:
    """A passage with the quotes in <mark>; where quotes overlap, the later one begins at the end of the earlier one."""
    spans = []
    for citation in citations:
        if span := _find_quote(text, citation.quote):
            spans.append((*span, citation.state))
    html, position = Markup(""), 0
    for start, end, state in sorted(spans):
        if end > position:
            start = max(start, position)
            html += escape(text[position:start])
            html += Markup('<mark class="{}">{}</mark>').format(state.split()[0], text[start:end])
            position = end
    return html + escape(text[position:])


def _find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """The offsets of a quote in a text, in characters; differences in white space are ignored."""
    words = quote.split()
    match = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return match.span() if match else None


def render_html(about: Mapping[str, str], summary: EvalSummary, graded: Sequence[GradedAnswer]) -> str:
    """The report as one HTML file that loads and runs nothing: plots, and each failure with its evidence."""
    latencies, metrics = _latencies_by_language(graded), _metric_rows(summary)
    types = []
    for type, estimates in summary.by_type.items():
        types.append((type, _type_row(estimates, "correct"), _type_row(estimates, "fact recall")))
    return _load_template().render(
        about=about, summary=summary, languages=LANGUAGES, metric_infos=METRICS, plots=plots, metrics=metrics,
        answer_faults=_answer_faults, behaviour_texts=_BEHAVIOUR_TEXTS, types=types,
        wrong_refusals=WRONG_REFUSALS, levels=level_estimates(summary.levels),
        latencies=latencies, latency_limit=max(map(plots.histogram_limit, latencies.values()), default=1.0),
        failures=sum(map(_is_failure, graded)), nonzero_metrics=_nonzero_metrics(metrics),
        passed=[answer for answer in graded if not _is_failure(answer)],
        groups={name: [CaseView(answer) for answer in group] for name, group in _group_failures(graded).items()})


def _nonzero_metrics(rows: Sequence[ReportRow]) -> list[str]:
    """The names of the hard-zero metrics that are above zero in some language."""
    hard_zero = [row for row in rows if _is_hard_zero(row.name)]
    return [row.name for row in hard_zero if any(estimate.mean > 0 for estimate in row.estimates.values())]


@cache
def _load_template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("report.html.jinja")
