"""A run's summary and graded answers become a report to read: Markdown for a log, one inert HTML file for a close look.

Questions, answers and documents are untrusted: in both they stay text. The same input gives the same bytes.
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
from evals.metrics.facts import asserts_fact, states_fact, unmarked_text
from evals.metrics.retrieval import matched_needs
from evals.scores import Score
from evals.scoring import METRICS, GradedAnswer
from evals.summary import Estimate, EvalSummary
from rag.citations.markers import marker_numbers
from rag.schema import LANGUAGES, Citation, Language, Passage

_ABSENT_CELL = "–"  # a metric that applies to no case; not zero
_MAX_ANSWER = 200  # characters of an answer in Markdown
_BEHAVIOUR_TEXTS = {
    "answer": "an answer", "refuse": "a refusal: the library does not hold it", "correct": "the false premise set right",
    "disclose": "both sides of the conflict, with their dates"}
_NONZERO_GROUP = "right, but not zero where zero is required"


@dataclass(frozen=True)
class Cell:
    """An estimate in words: its mean, the bounds of its interval, its number of cases."""

    mean: str
    bounds: str
    n: int

    def __str__(self) -> str:
        return f"{self.mean} ({self.bounds}), n {self.n}"


@dataclass(frozen=True)
class ReportRow:
    """A line of a table: a metric or a type of question, with a cell for each language that it applies to."""

    name: str
    estimates: Mapping[Language, Estimate]
    is_count: bool = False

    def language_cell(self, language: Language) -> Cell | None:
        """The estimate for a language in words; None where the metric does not apply."""
        one = self.estimates.get(language)
        if one is None:
            return None
        low, high = (_format_number(bound, is_count=self.is_count).removesuffix(" %") for bound in (one.low, one.high))
        return Cell(_format_number(one.mean, is_count=self.is_count), f"{low}–{high}", one.n)


def _format_number(value: float, *, is_count: bool) -> str:
    return f"{value:,.0f}" if is_count else f"{100 * value:.1f} %"


def _metric_rows(summary: EvalSummary) -> list[ReportRow]:
    """A row for each metric, in the order of METRICS, and for each that a benchmark added."""
    added = (name for language in LANGUAGES for name in summary.overall.get(language, {}))
    every = {name: _language_estimates(summary.overall, name) for name in dict.fromkeys([*METRICS, *added])}
    return [ReportRow(name, found, _is_count(name, max((one.high for one in found.values()), default=0.0))) for name, found in every.items()]


def _is_count(name: str, highest: float) -> bool:
    return METRICS[name].is_count if name in METRICS else highest > 1


def _language_estimates(estimates: Mapping[Language, Mapping[str, Estimate]], name: str) -> dict[Language, Estimate]:
    return {language: estimates[language][name] for language in LANGUAGES if name in estimates.get(language, {})}


def _latencies_by_language(graded: Sequence[GradedAnswer]) -> dict[Language, list[float]]:
    """Milliseconds by language, without languages that have none."""
    every = {
        language: [g.case_scores.scores["latency"].value for g in graded if g.case.language == language and "latency" in g.case_scores.scores]
        for language in LANGUAGES}
    return {language: some for language, some in every.items() if some}


def _is_failure(graded: GradedAnswer) -> bool:
    verdict = graded.case_scores.scores.get("correct")
    return graded.answer.status == "failed" or (verdict is not None and verdict.value < 1)


def _answer_faults(graded: GradedAnswer) -> list[str]:
    """Why a case needs a look: the verdict's reason, an error's, and that of each metric that should be zero and is not."""
    scores = graded.case_scores.scores
    verdict = [scores["correct"].reason] if "correct" in scores and scores["correct"].value < 1 else []
    return verdict + [
        f"{name}: {score.reason}" for name, score in scores.items()
        if score.value > 0 and (name == "errors" or _is_hard_zero(name))]


def _is_hard_zero(name: str) -> bool:
    return name in METRICS and METRICS[name].hard_zero


def _group_failures(graded: Sequence[GradedAnswer]) -> dict[str, list[GradedAnswer]]:
    """The failures by type, and after them answers that are right and yet break a hard zero."""
    failures = [one for one in graded if _is_failure(one)]
    groups = {type: [one for one in failures if one.case.type == type] for type in sorted({one.case.type for one in failures})}
    beyond = [one for one in graded if not _is_failure(one) and _answer_faults(one)]
    return groups | ({_NONZERO_GROUP: beyond} if beyond else {})


def render_markdown(about: Mapping[str, str], summary: EvalSummary, graded: Sequence[GradedAnswer]) -> str:
    """The report as Markdown: facts of the run, tables, and each failure in a few lines."""
    types = [
        [type, *(_cell_text(ReportRow(name, _language_estimates(found, name)), language) for name in ("correct", "fact recall") for language in LANGUAGES)]
        for type, found in summary.by_type.items()]
    times = [
        [language, *(f"{plots.percentile(some, share):,.0f} ms" for share in (50, 95)), str(len(some))]
        for language, some in _latencies_by_language(graded).items()]
    metrics = [[_metric_name(row), *(_cell_text(row, language) for language in LANGUAGES)] for row in _metric_rows(summary)]
    parts = [
        "# Evaluation", "\n".join(f"- {_escape_markdown(name)}: {_escape_markdown(value)}" for name, value in about.items()),
        "## Metrics", "Mean, 95 % interval and number of cases; – applies to no case.", _render_table(["metric", *LANGUAGES], metrics),
        "## Types of question",
        _render_table(["type", *(f"{name}, {language}" for name in ("correct", "fact recall") for language in LANGUAGES)], types),
        "## Latency", _render_table(["language", "p50", "p95", "n"], times), f"## Failures ({sum(map(_is_failure, graded))})"]
    for type, group in _group_failures(graded).items():
        parts += [f"### {_escape_markdown(type)} ({len(group)})", "\n".join(map(_render_failure, group))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _cell_text(row: ReportRow, language: Language) -> str:
    return str(row.language_cell(language) or _ABSENT_CELL)


def _metric_name(row: ReportRow) -> str:
    metric = METRICS.get(row.name)
    if metric is None or not metric.lower_is_better:
        return row.name
    return f"{row.name} ({'must be 0' if metric.hard_zero else 'lower is better'})"


def _render_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_escape_markdown(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _render_failure(graded: GradedAnswer) -> str:
    text = " ".join(graded.answer.text.split())
    answer = text[:_MAX_ANSWER] + "…" if len(text) > _MAX_ANSWER else text or _ABSENT_CELL
    return (
        f"- **{_escape_markdown(graded.case.id)}** ({graded.case.language}): {_escape_markdown(graded.case.question)}\n"
        f"  - fault: {_escape_markdown('; '.join(_answer_faults(graded)))}\n  - answer ({graded.answer.status}): {_escape_markdown(answer)}")


_HTML_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}  # a pipe ends a cell even where a backslash precedes it
_MARKDOWN_SYNTAX = re.compile(r"[\\`*_\[\]#~$&<>|]|^[-+=](?=\s|$|[-+=])|(?<=\d)[.)](?=\s)|(?<=[a-z]):(?=//)|(?<=www)\.", re.I)


def _escape_markdown(text: str) -> str:
    """A text as Markdown that shows it letter for letter, on one line: `a|b` → `a&#124;b`, `[甲](x)` → `\\[甲\\](x)`."""
    return _MARKDOWN_SYNTAX.sub(lambda found: _HTML_ENTITIES.get(found.group(), "\\" + found.group()), " ".join(text.split()))


@dataclass(frozen=True)
class CaseView:
    """A graded answer with what the page asks of it: what it states, what it leans on, where it falls short."""

    graded: GradedAnswer

    def states_required(self, fact: Fact) -> bool:
        """True where the answer states a required fact."""
        return states_fact(fact, unmarked_text(self.graded.answer))

    def quote_language(self, citation: Citation) -> Language:
        """The language of the passage that a citation quotes."""
        passages = (p.language for p in self.graded.answer.passages if p.number == citation.marker)
        return next(passages, self.graded.answer.language)

    def asserts_forbidden(self, fact: Fact) -> bool:
        """True where the answer asserts a forbidden fact."""
        return asserts_fact(fact, unmarked_text(self.graded.answer))

    def passages_for_need(self, need: int) -> list[Passage]:
        """The passages that meet a need of the case."""
        return [passage for passage in self.graded.answer.passages if need in matched_needs(self.graded.case, passage)]

    def evidence_rows(self) -> list[tuple[Passage, bool, bool, Markup]]:
        """Each passage, whether it is gold, whether it is cited, and its text with the quotes marked."""
        case, answer = self.graded.case, self.graded.answer
        cited = {*marker_numbers(answer.text), *(citation.marker for citation in answer.citations)}
        return [
            (p, bool(matched_needs(case, p)), p.number in cited, _mark_quotes(p.text, [c for c in answer.citations if c.marker == p.number]))
            for p in answer.passages]

    def score_rows(self) -> list[tuple[str, str, bool, str]]:
        """Each metric with its value in words, whether it falls short, and its reason."""
        return [
            (name, _format_number(score.value, is_count=_is_count(name, score.value)), _falls_short(name, score), score.reason)
            for name, score in self.graded.case_scores.scores.items()]


def _falls_short(name: str, score: Score) -> bool:
    lower = name in METRICS and METRICS[name].lower_is_better
    return not _is_count(name, score.value) and (score.value > 0 if lower else score.value < 1)


def _mark_quotes(text: str, citations: Sequence[Citation]) -> Markup:
    """A passage with the quotes in <mark>; of quotes that overlap, the later begins where the earlier ends."""
    spans = sorted((*span, citation.state) for citation in citations if (span := _find_quote(text, citation.quote)))
    out, at = Markup(""), 0
    for start, end, state in spans:
        if end > at:
            start = max(start, at)
            out += escape(text[at:start]) + Markup('<mark class="{}">{}</mark>').format(state.split()[0], text[start:end])
            at = end
    return out + escape(text[at:])


def _find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """Where a quote stands in a text, whatever white space either has."""
    words = quote.split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return found.span() if found else None


def render_html(about: Mapping[str, str], summary: EvalSummary, graded: Sequence[GradedAnswer]) -> str:
    """The report as one HTML file that loads and runs nothing: plots, and every failure beside its evidence."""
    times, metrics = _latencies_by_language(graded), _metric_rows(summary)
    broken = [row.name for row in metrics if _is_hard_zero(row.name) and any(one.mean > 0 for one in row.estimates.values())]
    return _load_template().render(
        about=about, summary=summary, languages=LANGUAGES, known=METRICS, plots=plots, metrics=metrics, faults=_answer_faults, expected=_BEHAVIOUR_TEXTS,
        types=[(type, ReportRow("correct", _language_estimates(found, "correct")), ReportRow("fact recall", _language_estimates(found, "fact recall")))
               for type, found in summary.by_type.items()],
        times=times, longest=max(map(plots.histogram_limit, times.values()), default=1.0),
        failures=sum(map(_is_failure, graded)), broken=broken, passed=[one for one in graded if not _is_failure(one)],
        groups={name: [CaseView(one) for one in group] for name, group in _group_failures(graded).items()})


@cache
def _load_template() -> Template:
    here = FileSystemLoader(Path(__file__).parent)
    return Environment(
        loader=here, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).get_template("report.html.jinja")
