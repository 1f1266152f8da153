"""Comparison of two runs: changes of their scores, significance tests, and the regression gate."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from evals.scores import CaseScores
from evals.statistics import Key, holm_adjust, mcnemar_exact, paired_interval
from rag.schema import LANGUAGES, HuwenError, Language

VERDICT = "correct"
GATE_LOWER_BOUND = -0.02  # a reader would notice a loss of one answer in fifty; the interval must exclude it
_MAX_NAMED, _MAX_LISTED = 5, 20  # ids in a sentence, ids in a list of the report
_MAX_REASON = 300  # characters of a reason; the scores of the run contain it in full
_ROUNDING_DECIMALS = 9  # a bound that differs from zero only by rounding (1e-17) counts as zero
_CELL_ESCAPES = str.maketrans({character: f"&#{ord(character)};" for character in "&<>|`\\[]*~"})

ScorePair = tuple[CaseScores, CaseScores]  # the scores of one case: before, after
QuestionGroup = tuple[str, Language]  # type of question, language


class BadComparison(HuwenError):
    """Two runs cannot be compared; the message says why."""


@dataclass(frozen=True)
class MetricChange:
    """Change of a metric over the `n` cases to which it applies in both runs.

    `low` and `high` are the bounds of the 95 % interval of the change (bootstrap over works).
    """

    before: float
    after: float
    low: float
    high: float
    n: int
    n_before: int  # cases of both runs to which it applies in the earlier run
    n_after: int

    @property
    def difference(self) -> float:
        return self.after - self.before

    def direction(self, *, lower_is_better: bool) -> str:
        """`better` or `worse` if the interval excludes zero, else `same`."""
        if round(self.low, _ROUNDING_DECIMALS) <= 0 <= round(self.high, _ROUNDING_DECIMALS):
            return "same"
        return "better" if (self.low > 0) != lower_is_better else "worse"


@dataclass(frozen=True)
class VerdictCounts:
    """How many of `n` verdicts changed to correct (`gained`) and to wrong (`lost`)."""

    n: int
    before: float
    after: float
    gained: int
    lost: int
    p_value: float  # of McNemar's test, which assumes independent cases
    adjusted_p: float  # with Holm's correction over the rows of the same table


@dataclass(frozen=True)
class Flip:
    """A case whose verdict changed, with the reasons of both verdicts."""

    id: str
    language: Language
    type: str
    gained: bool
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """Two runs and the changes over their common cases; a language without common cases has no entry."""

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
    """The changes over the cases of both runs, in any order; the type and works of a case are those of `after`.

    Raises:
        BadComparison: the runs have no case in common, a run has a case twice, a case differs in language, or a score
            is not a finite number.
    """
    old, new = _index_by_id(before), _index_by_id(after)
    pairs = _pair_scores(old, new)
    by_language = _group_by_language(pairs)
    changes: dict[Language, dict[str, MetricChange]] = {}
    unpaired: dict[Language, tuple[str, ...]] = {}
    for language, group in by_language.items():
        measured = {name: _measure_change(name, group) for name in _metric_names(group)}
        changes[language] = {name: change for name, change in measured.items() if change}
        unpaired[language] = tuple(name for name, change in measured.items() if not change)
    return Comparison(
        before=tuple(old.values()), after=tuple(new.values()), pair_count=len(pairs),
        only_before=tuple(id for id in old if id not in new), only_after=tuple(id for id in new if id not in old),
        changes=changes, unpaired_metrics=unpaired,
        verdicts=_count_verdicts(by_language), by_type=_count_verdicts(_group_by_type(pairs)), flips=_find_flips(pairs))


def _group_by_language(pairs: Sequence[ScorePair]) -> dict[Language, list[ScorePair]]:
    groups: dict[Language, list[ScorePair]] = {}
    for language in LANGUAGES:
        group = [pair for pair in pairs if pair[1].language == language]
        if group:
            groups[language] = group
    return groups


def _group_by_type(pairs: Sequence[ScorePair]) -> dict[QuestionGroup, list[ScorePair]]:
    groups: dict[QuestionGroup, list[ScorePair]] = {}
    for pair in sorted(pairs, key=lambda pair: (pair[1].type, LANGUAGES.index(pair[1].language))):
        groups.setdefault((pair[1].type, pair[1].language), []).append(pair)
    return groups


def _index_by_id(run: Sequence[CaseScores]) -> dict[str, CaseScores]:
    by_id: dict[str, CaseScores] = {}
    for scored in sorted(run, key=lambda s: s.id):
        if scored.id in by_id:
            raise BadComparison(f"{scored.id} is twice in one run; give each case of a run its own id")
        for name, score in scored.scores.items():
            if not math.isfinite(score.value):
                raise BadComparison(
                    f"{scored.id}: the score of {name} is {score.value}, not a number; score the run again")
        by_id[scored.id] = scored
    return by_id


def _pair_scores(old: Mapping[str, CaseScores], new: Mapping[str, CaseScores]) -> list[ScorePair]:
    pairs = [(scored, new[id]) for id, scored in old.items() if id in new]
    if not pairs:
        raise BadComparison(
            f"the runs share no case ({len(old)} before, {len(new)} after); compare runs over the same questions")
    for a, b in pairs:
        if a.language != b.language:
            raise BadComparison(
                f"{a.id} is {a.language} before and {b.language} after; compare runs over the same questions")
    return pairs


def _metric_names(pairs: Sequence[ScorePair]) -> list[str]:
    """The metrics of the pairs: those of the later run first, then those that only the earlier run has."""
    return list(dict.fromkeys(name for side in (1, 0) for pair in pairs for name in pair[side].scores))


def _pairs_with_metric(name: str, pairs: Sequence[ScorePair]) -> list[ScorePair]:
    return [(a, b) for a, b in pairs if name in a.scores and name in b.scores]


def _measure_change(name: str, pairs: Sequence[ScorePair]) -> MetricChange | None:
    both = _pairs_with_metric(name, pairs)
    if not both:
        return None
    before = [a.scores[name].value for a, _ in both]
    after = [b.scores[name].value for _, b in both]
    low, high = paired_interval(before, after, [b.cluster for _, b in both])
    return MetricChange(
        before=math.fsum(before) / len(both), after=math.fsum(after) / len(both), low=low, high=high, n=len(both),
        n_before=sum(name in a.scores for a, _ in pairs), n_after=sum(name in b.scores for _, b in pairs))


def _count_verdicts(groups: Mapping[Key, Sequence[ScorePair]]) -> dict[Key, VerdictCounts]:
    verdicts: dict[Key, list[tuple[float, float]]] = {}
    for key, pairs in groups.items():
        values = [(a.scores[VERDICT].value, b.scores[VERDICT].value) for a, b in _pairs_with_metric(VERDICT, pairs)]
        if values:
            verdicts[key] = values
    gained = {key: sum(b > a for a, b in values) for key, values in verdicts.items()}
    lost = {key: sum(b < a for a, b in values) for key, values in verdicts.items()}
    p_values = {key: mcnemar_exact(gained[key], lost[key]) for key in verdicts}
    adjusted = holm_adjust(p_values)
    return {
        key: VerdictCounts(
            n=len(values), before=math.fsum(a for a, _ in values) / len(values),
            after=math.fsum(b for _, b in values) / len(values),
            gained=gained[key], lost=lost[key], p_value=p_values[key], adjusted_p=adjusted[key])
        for key, values in verdicts.items()}


def _find_flips(pairs: Sequence[ScorePair]) -> tuple[Flip, ...]:
    flips = []
    for a, b in _pairs_with_metric(VERDICT, pairs):
        old, new = a.scores[VERDICT], b.scores[VERDICT]
        if old.value != new.value:
            flips.append(Flip(b.id, b.language, b.type, new.value > old.value, old.reason, new.reason))
    return tuple(flips)


def check_gate(comparison: Comparison, hard_zero: Collection[str]) -> list[str]:
    """The reasons to reject the later run, one sentence each; empty if it passes.

    The run fails if, in a language, a loss of more than 2 percentage points of correct answers cannot be excluded; this
    includes that no case has the verdict in both runs. It also fails if a metric of `hard_zero` is above zero in any
    answer of the later run, even in a case that the earlier run does not have.
    """
    reasons = []
    for language in LANGUAGES:
        change = comparison.changes.get(language, {}).get(VERDICT)
        if change and change.low < GATE_LOWER_BOUND:
            reasons.append(
                f"{language}: {VERDICT} changed by {change.difference:+z.3f}, "
                f"and the lower bound of its 95 % interval, {change.low:+z.3f}, is below {GATE_LOWER_BOUND}")
        elif not change and any(s.language == language for s in comparison.before + comparison.after):
            reasons.append(f"{language}: no case has the verdict in both runs, so a loss cannot be excluded")
        reasons += filter(None, (_hard_zero_fault(language, name, comparison.after) for name in sorted(hard_zero)))
    return reasons


def _hard_zero_fault(language: Language, name: str, run: Sequence[CaseScores]) -> str:
    values = {s.id: s.scores[name].value for s in run if s.language == language and name in s.scores}
    ids = [id for id, value in values.items() if value]
    if not ids:
        return ""
    count = f"{len(ids)} of {len(values)} answers"
    return f"{language}: {name} must be zero and is not in {count}: {_join_ids(ids, _MAX_NAMED)}"


def _join_ids(ids: Sequence[str], limit: int) -> str:
    return ", ".join(ids[:limit]) + (f" and {len(ids) - limit} more" if len(ids) > limit else "")


def render_comparison(comparison: Comparison, lower_is_better: Collection[str] = ()) -> str:
    """The comparison as Markdown: metrics by language, verdicts, flips with their reasons, and cases not compared."""
    blocks = [f"# What changed between two runs\n\n{comparison.pair_count} cases are in both. {_HOW_TO_READ}"]
    for language, changes in comparison.changes.items():
        rows = [_change_row(name, change, name in lower_is_better) for name, change in changes.items()]
        blocks += [f"## Metrics, {language}", _render_table(_CHANGE_COLUMNS, rows)]
        if unpaired := comparison.unpaired_metrics[language]:
            blocks.append(f"No case has these in both runs: {_escape_cell(', '.join(unpaired))}.")
    rows = [[language, *_count_cells(counts)] for language, counts in comparison.verdicts.items()]
    blocks += [f"## Verdicts ({VERDICT})", _render_table(f"language|{_COUNT_COLUMNS}", rows)]
    rows = [
        [_escape_cell(type), language, *_count_cells(counts)]
        for (type, language), counts in comparison.by_type.items()]
    blocks += ["## Verdicts by type of question", _render_table(f"type|language|{_COUNT_COLUMNS}", rows)]
    for title, gained in (("Gained", True), ("Lost", False)):
        rows = [_flip_row(flip) for flip in comparison.flips if flip.gained == gained]
        blocks += [f"## {title} ({len(rows)})", _render_table("id|language|type|before|after", rows)]
    for title, ids in (("before", comparison.only_before), ("after", comparison.only_after)):
        if ids:
            listed = _join_ids([_escape_cell(id) for id in ids], _MAX_LISTED)
            blocks.append(f"Only in the run {title}, so not compared ({len(ids)}): {listed}.")
    return "\n\n".join(blocks) + "\n"


_HOW_TO_READ = (
    "Means are over the n cases to which a metric applies in both runs, beside the cases to which it applies in each. "
    "The interval is of the change (95 %, bootstrap over works); better and worse: it excludes zero, and nothing "
    "corrects for the number of metrics. p is McNemar's exact test, and by Holm corrected for the rows of its table.")
_CHANGE_COLUMNS = "metric|before|after|change|95 % interval|meaning|n|n before|n after"
_COUNT_COLUMNS = "n|before|after|gained|lost|p|p (Holm)"


def _change_row(name: str, change: MetricChange, lower: bool) -> list[str]:
    return [
        _escape_cell(name) + (" (lower is better)" if lower else ""),
        f"{change.before:z.3f}", f"{change.after:z.3f}", f"{change.difference:+z.3f}",  # z: never -0.000
        f"{change.low:+z.3f} to {change.high:+z.3f}", change.direction(lower_is_better=lower),
        str(change.n), str(change.n_before), str(change.n_after)]


def _count_cells(counts: VerdictCounts) -> list[str]:
    p = ["<0.001" if value < 0.001 else f"{value:.3f}" for value in (counts.p_value, counts.adjusted_p)]
    return [str(counts.n), f"{counts.before:.3f}", f"{counts.after:.3f}", str(counts.gained), str(counts.lost), *p]


def _flip_row(flip: Flip) -> list[str]:
    return [_escape_cell(text) for text in (flip.id, flip.language, flip.type, flip.before, flip.after)]


def _render_table(columns: str, rows: Sequence[Sequence[str]]) -> str:
    lines = [columns.split("|"), ["---"] * (columns.count("|") + 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) if rows else "None."


def _escape_cell(text: str) -> str:
    """Untrusted text as one table cell: a single line, no control characters, Markdown syntax as entities."""
    line = "".join(character for character in " ".join(text.split()) if character.isprintable())
    return (line[:_MAX_REASON] + "…" * (len(line) > _MAX_REASON)).translate(_CELL_ESCAPES) or "–"
