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
from evals.metrics.facts import asserts, holds, said
from evals.metrics.retrieval import met
from evals.scores import Score
from evals.scoring import METRICS, Graded
from evals.summary import Estimate, Summary
from rag.citations.markers import markers
from rag.schema import LANGUAGES, Citation, Language, Passage

_ABSENT = "–"  # a metric that applies to no case; not zero
_SHORT = 200  # characters of an answer in Markdown
_EXPECTED = {
    "answer": "an answer", "refuse": "a refusal: the library does not hold it", "correct": "the false premise set right",
    "disclose": "both sides of the conflict, with their dates"}
_RIGHT_BUT = "right, but not zero where zero is required"


@dataclass(frozen=True)
class Cell:
    """An estimate in words: its mean, the bounds of its interval, its number of cases."""

    mean: str
    bounds: str
    n: int

    def __str__(self) -> str:
        return f"{self.mean} ({self.bounds}), n {self.n}"


@dataclass(frozen=True)
class Row:
    """A line of a table: a metric or a type of question, with a cell for each language that it applies to."""

    name: str
    found: Mapping[Language, Estimate]
    counts: bool = False

    def cell(self, language: Language) -> Cell | None:
        """The estimate for a language in words; None where the metric does not apply."""
        one = self.found.get(language)
        if one is None:
            return None
        low, high = (_number(bound, counts=self.counts).removesuffix(" %") for bound in (one.low, one.high))
        return Cell(_number(one.mean, counts=self.counts), f"{low}–{high}", one.n)


def _number(value: float, *, counts: bool) -> str:
    return f"{value:,.0f}" if counts else f"{100 * value:.1f} %"


def _metrics(summary: Summary) -> list[Row]:
    """A row for each metric, in the order of METRICS, and for each that a benchmark added."""
    added = (name for language in LANGUAGES for name in summary.overall.get(language, {}))
    every = {name: _of(summary.overall, name) for name in dict.fromkeys([*METRICS, *added])}
    return [Row(name, found, _counts(name, max((one.high for one in found.values()), default=0.0))) for name, found in every.items()]


def _counts(name: str, most: float) -> bool:
    return METRICS[name].counts if name in METRICS else most > 1


def _of(estimates: Mapping[Language, Mapping[str, Estimate]], name: str) -> dict[Language, Estimate]:
    return {language: estimates[language][name] for language in LANGUAGES if name in estimates.get(language, {})}


def _latencies(graded: Sequence[Graded]) -> dict[Language, list[float]]:
    """Milliseconds by language, without languages that have none."""
    every = {
        language: [g.scored.scores["latency"].value for g in graded if g.case.language == language and "latency" in g.scored.scores]
        for language in LANGUAGES}
    return {language: some for language, some in every.items() if some}


def _fails(one: Graded) -> bool:
    verdict = one.scored.scores.get("correct")
    return one.answer.status == "failed" or (verdict is not None and verdict.value < 1)


def _faults(one: Graded) -> list[str]:
    """Why a case needs a look: the verdict's reason, an error's, and that of each metric that should be zero and is not."""
    scores = one.scored.scores
    verdict = [scores["correct"].reason] if "correct" in scores and scores["correct"].value < 1 else []
    return verdict + [
        f"{name}: {score.reason}" for name, score in scores.items()
        if score.value > 0 and (name == "errors" or _is_hard(name))]


def _is_hard(name: str) -> bool:
    return name in METRICS and METRICS[name].hard_zero


def _groups(graded: Sequence[Graded]) -> dict[str, list[Graded]]:
    """The failures by type, and after them answers that are right and yet break a hard zero."""
    failures = [one for one in graded if _fails(one)]
    groups = {type: [one for one in failures if one.case.type == type] for type in sorted({one.case.type for one in failures})}
    beyond = [one for one in graded if not _fails(one) and _faults(one)]
    return groups | ({_RIGHT_BUT: beyond} if beyond else {})


def markdown(about: Mapping[str, str], summary: Summary, graded: Sequence[Graded]) -> str:
    """The report as Markdown: facts of the run, tables, and each failure in a few lines."""
    types = [
        [type, *(_said(Row(name, _of(found, name)), language) for name in ("correct", "fact recall") for language in LANGUAGES)]
        for type, found in summary.by_type.items()]
    times = [
        [language, *(f"{plots.percentile(some, share):,.0f} ms" for share in (50, 95)), str(len(some))]
        for language, some in _latencies(graded).items()]
    metrics = [[_metric_name(row), *(_said(row, language) for language in LANGUAGES)] for row in _metrics(summary)]
    parts = [
        "# Evaluation", "\n".join(f"- {_plain(name)}: {_plain(value)}" for name, value in about.items()),
        "## Metrics", "Mean, 95 % interval and number of cases; – applies to no case.", _table(["metric", *LANGUAGES], metrics),
        "## Types of question",
        _table(["type", *(f"{name}, {language}" for name in ("correct", "fact recall") for language in LANGUAGES)], types),
        "## Latency", _table(["language", "p50", "p95", "n"], times), f"## Failures ({sum(map(_fails, graded))})"]
    for type, group in _groups(graded).items():
        parts += [f"### {_plain(type)} ({len(group)})", "\n".join(map(_failure, group))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _said(row: Row, language: Language) -> str:
    return str(row.cell(language) or _ABSENT)


def _metric_name(row: Row) -> str:
    metric = METRICS.get(row.name)
    if metric is None or not metric.lower_is_better:
        return row.name
    return f"{row.name} ({'must be 0' if metric.hard_zero else 'lower is better'})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _failure(one: Graded) -> str:
    text = " ".join(one.answer.text.split())
    answer = text[:_SHORT] + "…" if len(text) > _SHORT else text or _ABSENT
    return (
        f"- **{_plain(one.case.id)}** ({one.case.language}): {_plain(one.case.question)}\n"
        f"  - fault: {_plain('; '.join(_faults(one)))}\n  - answer ({one.answer.status}): {_plain(answer)}")


_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}  # a pipe ends a cell even where a backslash precedes it
_SYNTAX = re.compile(r"[\\`*_\[\]#~$&<>|]|^[-+=](?=\s|$|[-+=])|(?<=\d)[.)](?=\s)|(?<=[a-z]):(?=//)|(?<=www)\.", re.I)


def _plain(text: str) -> str:
    """A text as Markdown that shows it letter for letter, on one line: `a|b` → `a&#124;b`, `[甲](x)` → `\\[甲\\](x)`."""
    return _SYNTAX.sub(lambda found: _ENTITIES.get(found.group(), "\\" + found.group()), " ".join(text.split()))


@dataclass(frozen=True)
class Exhibit:
    """A graded answer with what the page asks of it: what it states, what it leans on, where it falls short."""

    graded: Graded

    def states(self, fact: Fact) -> bool:
        """True where the answer states a required fact."""
        return holds(fact, said(self.graded.answer))

    def language(self, citation: Citation) -> Language:
        """The language of the passage that a citation quotes."""
        passages = (p.language for p in self.graded.answer.passages if p.number == citation.marker)
        return next(passages, self.graded.answer.language)

    def claims(self, fact: Fact) -> bool:
        """True where the answer asserts a forbidden fact."""
        return asserts(fact, said(self.graded.answer))

    def meeting(self, need: int) -> list[Passage]:
        """The passages that meet a need of the case."""
        return [passage for passage in self.graded.answer.passages if need in met(self.graded.case, passage)]

    def evidence(self) -> list[tuple[Passage, bool, bool, Markup]]:
        """Each passage, whether it is gold, whether it is cited, and its text with the quotes marked."""
        case, answer = self.graded.case, self.graded.answer
        cited = {*markers(answer.text), *(citation.marker for citation in answer.citations)}
        return [
            (p, bool(met(case, p)), p.number in cited, _marked(p.text, [c for c in answer.citations if c.marker == p.number]))
            for p in answer.passages]

    def scores(self) -> list[tuple[str, str, bool, str]]:
        """Each metric with its value in words, whether it falls short, and its reason."""
        return [
            (name, _number(score.value, counts=_counts(name, score.value)), _falls_short(name, score), score.reason)
            for name, score in self.graded.scored.scores.items()]


def _falls_short(name: str, score: Score) -> bool:
    lower = name in METRICS and METRICS[name].lower_is_better
    return not _counts(name, score.value) and (score.value > 0 if lower else score.value < 1)


def _marked(text: str, citations: Sequence[Citation]) -> Markup:
    """A passage with the quotes in <mark>; of quotes that overlap, the later begins where the earlier ends."""
    spans = sorted((*span, citation.state) for citation in citations if (span := _span(text, citation.quote)))
    out, at = Markup(""), 0
    for start, end, state in spans:
        if end > at:
            start = max(start, at)
            out += escape(text[at:start]) + Markup('<mark class="{}">{}</mark>').format(state.split()[0], text[start:end])
            at = end
    return out + escape(text[at:])


def _span(text: str, quote: str) -> tuple[int, int] | None:
    """Where a quote stands in a text, whatever white space either has."""
    words = quote.split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return found.span() if found else None


def html(about: Mapping[str, str], summary: Summary, graded: Sequence[Graded]) -> str:
    """The report as one HTML file that loads and runs nothing: plots, and every failure beside its evidence."""
    times, metrics = _latencies(graded), _metrics(summary)
    broken = [row.name for row in metrics if _is_hard(row.name) and any(one.mean > 0 for one in row.found.values())]
    return _template().render(
        about=about, summary=summary, languages=LANGUAGES, known=METRICS, plots=plots, metrics=metrics, faults=_faults, expected=_EXPECTED,
        types=[(type, Row("correct", _of(found, "correct")), Row("fact recall", _of(found, "fact recall")))
               for type, found in summary.by_type.items()],
        times=times, longest=max(map(plots.longest_shown, times.values()), default=1.0),
        failures=sum(map(_fails, graded)), broken=broken, passed=[one for one in graded if not _fails(one)],
        groups={name: [Exhibit(one) for one in group] for name, group in _groups(graded).items()})


@cache
def _template() -> Template:
    here = FileSystemLoader(Path(__file__).parent)
    return Environment(
        loader=here, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).get_template("report.html.jinja")
