"""The scores of two runs become what changed between them, whether by more than chance, and the reasons to reject it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from evals.scores import CaseScores
from evals.statistics import Key, holm_adjust, mcnemar_exact, paired_interval
from rag.schema import LANGUAGES, HuwenError, Language

VERDICT = "correct"
GATE_LOWER_BOUND = -0.02  # a loss of one answer in fifty is what a reader would notice; the interval must exclude it
_MAX_NAMED, _MAX_LISTED = 5, 20  # ids in a sentence, and in the report
_MAX_REASON = 300  # characters of a reason; the whole of it is in the run's scores
_ROUNDING_DECIMALS = 9  # decimals: a bound that is 1e-17 off zero by rounding is zero
_CELL_ESCAPES = str.maketrans({character: f"&#{ord(character)};" for character in "&<>|`\\[]*~"})

ScorePair = tuple[CaseScores, CaseScores]  # the scores of one case: before, after
QuestionGroup = tuple[str, Language]  # a type of question in one language


class BadComparison(HuwenError):
    """Two runs cannot be compared; the sentence says why."""


@dataclass(frozen=True)
class MetricChange:
    """A metric over the `n` cases to which it applies in both runs; `low` and `high` bound the change at 95 %, by works."""

    before: float
    after: float
    low: float
    high: float
    n: int
    n_before: int  # common cases to which it applies before
    n_after: int

    @property
    def difference(self) -> float:
        return self.after - self.before

    def direction(self, *, lower_is_better: bool) -> str:
        """`better` or `worse` where the interval excludes zero, else `same`."""
        if round(self.low, _ROUNDING_DECIMALS) <= 0 <= round(self.high, _ROUNDING_DECIMALS):
            return "same"
        return "better" if (self.low > 0) != lower_is_better else "worse"


@dataclass(frozen=True)
class VerdictCounts:
    """How many of `n` verdicts turned to correct and from it."""

    n: int
    before: float
    after: float
    gained: int
    lost: int
    p_value: float  # McNemar's, which takes cases as independent
    adjusted_p: float  # by Holm, over the rows of the same table


@dataclass(frozen=True)
class Flip:
    """A case whose verdict changed, and the reasons of both verdicts."""

    id: str
    language: Language
    type: str
    gained: bool
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """Two runs and what changed over their common cases; what is by language lacks one that has no common case."""

    before: tuple[CaseScores, ...]
    after: tuple[CaseScores, ...]
    pair_count: int
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    changes: dict[Language, dict[str, MetricChange]]
    unpaired_metrics: dict[Language, tuple[str, ...]]  # metrics that no case has in both runs
    verdicts: dict[Language, VerdictCounts]
    by_type: dict[QuestionGroup, VerdictCounts]
    flips: tuple[Flip, ...]


def compare_runs(before: Sequence[CaseScores], after: Sequence[CaseScores]) -> Comparison:
    """What changed over the cases that both runs have, in whatever order; type and works of a case are the later run's.

    Raises:
        BadComparison: no case is common, a case is there twice or in another language, or a score is not a number.
    """
    old, new = _index_by_id(before), _index_by_id(after)
    pairs = _pair_scores(old, new)
    parts = {language: some for language in LANGUAGES if (some := [pair for pair in pairs if pair[1].language == language])}
    found = {language: {name: _measure_change(name, some) for name in _metric_names(some)} for language, some in parts.items()}
    groups: dict[QuestionGroup, list[ScorePair]] = {}
    for pair in sorted(pairs, key=lambda pair: (pair[1].type, LANGUAGES.index(pair[1].language))):
        groups.setdefault((pair[1].type, pair[1].language), []).append(pair)
    return Comparison(
        tuple(old.values()), tuple(new.values()), len(pairs),
        tuple(id for id in old if id not in new), tuple(id for id in new if id not in old),
        {language: {name: one for name, one in some.items() if one} for language, some in found.items()},
        {language: tuple(name for name, one in some.items() if not one) for language, some in found.items()},
        _count_verdicts(parts), _count_verdicts(groups), _find_flips(pairs))


def _index_by_id(run: Sequence[CaseScores]) -> dict[str, CaseScores]:
    found: dict[str, CaseScores] = {}
    for scored in sorted(run, key=lambda s: s.id):
        if scored.id in found:
            raise BadComparison(f"{scored.id} is twice in one run; its scores cannot be told apart")
        for name, score in scored.scores.items():
            if not math.isfinite(score.value):
                raise BadComparison(f"{scored.id}: the score of {name} is {score.value}, not a number; score the run again")
        found[scored.id] = scored
    return found


def _pair_scores(old: Mapping[str, CaseScores], new: Mapping[str, CaseScores]) -> list[ScorePair]:
    pairs = [(one, new[id]) for id, one in old.items() if id in new]
    if not pairs:
        raise BadComparison(f"the runs share no case ({len(old)} before, {len(new)} after); compare runs over the same questions")
    for a, b in pairs:
        if a.language != b.language:
            raise BadComparison(f"{a.id} is {a.language} before and {b.language} after; compare runs over the same questions")
    return pairs


def _metric_names(pairs: Sequence[ScorePair]) -> list[str]:
    return list(dict.fromkeys(name for side in (1, 0) for pair in pairs for name in pair[side].scores))


def _pairs_with_metric(name: str, pairs: Sequence[ScorePair]) -> list[ScorePair]:
    return [(a, b) for a, b in pairs if name in a.scores and name in b.scores]


def _measure_change(name: str, pairs: Sequence[ScorePair]) -> MetricChange | None:
    both = _pairs_with_metric(name, pairs)
    if not both:
        return None
    before, after = ([pair[side].scores[name].value for pair in both] for side in (0, 1))
    low, high = paired_interval(before, after, [b.cluster for _, b in both])
    each = (sum(name in pair[side].scores for pair in pairs) for side in (0, 1))
    return MetricChange(math.fsum(before) / len(both), math.fsum(after) / len(both), low, high, len(both), *each)


def _count_verdicts(groups: Mapping[Key, Sequence[ScorePair]]) -> dict[Key, VerdictCounts]:
    told = {key: [(a.scores[VERDICT].value, b.scores[VERDICT].value) for a, b in _pairs_with_metric(VERDICT, groups[key])] for key in groups}
    flips = {key: (sum(b > a for a, b in values), sum(b < a for a, b in values)) for key, values in told.items() if values}
    p = {key: mcnemar_exact(*counts) for key, counts in flips.items()}
    adjusted = holm_adjust(p)
    return {
        key: VerdictCounts(n, math.fsum(a for a, _ in told[key]) / n, math.fsum(b for _, b in told[key]) / n, *counts, p[key], adjusted[key])
        for key, counts in flips.items() if (n := len(told[key]))}


def _find_flips(pairs: Sequence[ScorePair]) -> tuple[Flip, ...]:
    told = [(b, a.scores[VERDICT], b.scores[VERDICT]) for a, b in _pairs_with_metric(VERDICT, pairs)]
    return tuple(
        Flip(case.id, case.language, case.type, now.value > was.value, was.reason, now.reason)
        for case, was, now in told if was.value != now.value)


def check_gate(comparison: Comparison, hard_zero: Collection[str]) -> list[str]:
    """The reasons to reject the later run, a sentence each; none where it passes.

    It fails in a language where a loss of more than 2 points of correct answers cannot be excluded, be it for want of a
    common verdict, and where a metric of `hard_zero` is above zero in any answer of the later run, also one not compared.
    """
    reasons = []
    for language in LANGUAGES:
        change = comparison.changes.get(language, {}).get(VERDICT)
        if change and change.low < GATE_LOWER_BOUND:
            reasons.append(
                f"{language}: {VERDICT} changed by {change.difference:+z.3f}, and the lower bound of its 95 % interval, "
                f"{change.low:+z.3f}, is below {GATE_LOWER_BOUND}")
        elif not change and any(s.language == language for s in comparison.before + comparison.after):
            reasons.append(f"{language}: no case has the verdict in both runs, so a loss cannot be excluded")
        reasons += filter(None, (_hard_zero_fault(language, name, comparison.after) for name in sorted(hard_zero)))
    return reasons


def _hard_zero_fault(language: Language, name: str, run: Sequence[CaseScores]) -> str:
    values = {s.id: s.scores[name].value for s in run if s.language == language and name in s.scores}
    ids = [id for id, value in values.items() if value]
    return f"{language}: {name} must be zero and is not in {len(ids)} of {len(values)} answers: {_join_ids(ids, _MAX_NAMED)}" if ids else ""


def _join_ids(ids: Sequence[str], limit: int) -> str:
    return ", ".join(ids[:limit]) + (f" and {len(ids) - limit} more" if len(ids) > limit else "")


def render_comparison(comparison: Comparison, lower_is_better: Collection[str] = ()) -> str:
    """The report: metrics by language, verdicts, flips with their reasons, and what was not compared."""
    blocks = [f"# What changed between two runs\n\n{comparison.pair_count} cases are in both. {_HOW_TO_READ}"]
    for language, changes in comparison.changes.items():
        rows = [_change_row(name, change, name in lower_is_better) for name, change in changes.items()]
        blocks += [f"## Metrics, {language}", _render_table("metric|before|after|change|95 % interval|meaning|n|n before|n after", rows)]
        if without := comparison.unpaired_metrics[language]:
            blocks.append(f"No case has these in both runs: {_escape_cell(', '.join(without))}.")
    tested = [[language, *_count_cells(found)] for language, found in comparison.verdicts.items()]
    blocks += [f"## Verdicts ({VERDICT})", _render_table(f"language|{_COUNT_COLUMNS}", tested)]
    tested = [[_escape_cell(type), language, *_count_cells(found)] for (type, language), found in comparison.by_type.items()]
    blocks += ["## Verdicts by type of question", _render_table(f"type|language|{_COUNT_COLUMNS}", tested)]
    for title, gained in (("Gained", True), ("Lost", False)):
        flips = [[_escape_cell(t) for t in (f.id, f.language, f.type, f.before, f.after)] for f in comparison.flips if f.gained == gained]
        blocks += [f"## {title} ({len(flips)})", _render_table("id|language|type|before|after", flips)]
    for title, ids in (("before", comparison.only_before), ("after", comparison.only_after)):
        if ids:
            blocks.append(f"Only in the run {title}, so not compared ({len(ids)}): {_join_ids([_escape_cell(id) for id in ids], _MAX_LISTED)}.")
    return "\n\n".join(blocks) + "\n"


_HOW_TO_READ = (
    "Means are over the n cases to which a metric applies in both runs, beside the cases to which it applies in each. "
    "The interval is of the change (95 %, bootstrap over works); better and worse: it excludes zero, and nothing corrects "
    "for the number of metrics. p is McNemar's exact test, and by Holm corrected for the rows of its table.")
_COUNT_COLUMNS = "n|before|after|gained|lost|p|p (Holm)"


def _change_row(name: str, change: MetricChange, lower: bool) -> list[str]:
    return [
        _escape_cell(name) + (" (lower is better)" if lower else ""),
        f"{change.before:z.3f}", f"{change.after:z.3f}", f"{change.difference:+z.3f}",  # z: no minus before 0.000
        f"{change.low:+z.3f} to {change.high:+z.3f}", change.direction(lower_is_better=lower),
        str(change.n), str(change.n_before), str(change.n_after)]


def _count_cells(counts: VerdictCounts) -> list[str]:
    p = ["<0.001" if value < 0.001 else f"{value:.3f}" for value in (counts.p_value, counts.adjusted_p)]
    return [str(counts.n), f"{counts.before:.3f}", f"{counts.after:.3f}", str(counts.gained), str(counts.lost), *p]


def _render_table(columns: str, rows: Sequence[Sequence[str]]) -> str:
    lines = [columns.split("|"), ["---"] * (columns.count("|") + 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) if rows else "None."


def _escape_cell(text: str) -> str:
    """Untrusted text as the words of one cell: one line, no control characters, and entities for what Markdown reads."""
    line = "".join(character for character in " ".join(text.split()) if character.isprintable())
    return (line[:_MAX_REASON] + "…" * (len(line) > _MAX_REASON)).translate(_CELL_ESCAPES) or "–"
