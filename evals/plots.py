"""Estimates and milliseconds become inline SVG whose marks and letters keep their size at every width.

Positions are percentages and nothing is scaled: a plot is as wide as its place on the page, and legible on a phone.
Chinese is a round mark above, English a pointed one below, so that neither colour nor the legend is needed to tell them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from evals.summary import Estimate
from rag.schema import LANGUAGES, Language

LanguageEstimates = Mapping[Language, Estimate]
_MARKS: dict[Language, Markup] = {
    "zh": Markup('<circle r="4.5"/>'), "en": Markup('<path d="M0-5.6 5.6 0 0 5.6-5.6 0Z"/>')}
_MARK_LINES: dict[Language, int] = {"zh": 10, "en": 24}  # pixels from the top to the middle of a language's mark
_PLOT_HEIGHT = 34
_QUARTERS = (0, 25, 50, 75, 100)
_MAX_BINS, _MAX_TICKS = 25, 5


def language_mark(language: Language) -> Markup:
    """The mark of a language, for a legend."""
    return Markup('<svg class="mark {0}" width="12" height="12" aria-hidden="true"><svg x="6" y="6">{1}</svg></svg>').format(
        language, _MARKS[language])


def dot_plot(estimates: LanguageEstimates, name: str, *, lower_is_better: bool = False) -> Markup:
    """Each language's mean as a mark on a line from its bound to its bound; the end of the scale to strive for is drawn firm."""
    goal = 0 if lower_is_better else 100
    inner = [_grid_lines(_PLOT_HEIGHT), Markup('<line class="goal" x1="{0}%" x2="{0}%" y2="{1}"/>').format(goal, _PLOT_HEIGHT)]
    inner += [_interval_line(language, one) + _mean_mark(language, one.mean) for language, one in _ordered_estimates(estimates)]
    return _render_svg(_plot_label(estimates, name), _PLOT_HEIGHT, inner)


def bar_plot(estimates: LanguageEstimates, name: str) -> Markup:
    """Each language's mean as a bar that ends in its mark (a share of 0 is seen too), with its interval as a line."""
    inner = [_grid_lines(_PLOT_HEIGHT)]
    inner += [
        Markup('<rect class="bar {}" y="{}" width="{}%" height="12" rx="2"/>').format(language, _MARK_LINES[language] - 6, _to_percent(one.mean))
        + _interval_line(language, one) + _mean_mark(language, one.mean) for language, one in _ordered_estimates(estimates)]
    return _render_svg(_plot_label(estimates, name), _PLOT_HEIGHT, inner)


def percent_scale() -> Markup:
    """The percentages that stand over a column of `dots` or `bars`."""
    texts = [Markup('<text x="{0}%" y="11" text-anchor="middle">{0}</text>').format(at) for at in _QUARTERS]
    return _render_svg("scale from 0 to 100 %", 14, texts)


def latency_histogram(milliseconds: Sequence[float], limit: float, language: Language) -> Markup:
    """How many answers took how long, up to `limit`, and in a last bar all that took longer; p50 and p95 are marked."""
    step = _round_step(limit, _MAX_BINS)
    bins = max(1, math.ceil(limit / step))
    counts = [0] * bins
    for value in milliseconds:
        counts[min(int(value / step), bins - 1)] += 1
    top = max(counts)
    inner = [
        Markup('<rect class="bar {}" x="{}%" y="{}" width="{}%" height="{}"><title>{:,.0f} ms and more: {}</title></rect>').format(
            language, _round_position(100 * i / bins), 118 - round(80 * n / top), _round_position(92 / bins), round(80 * n / top), i * step, n)
        for i, n in enumerate(counts) if n]
    inner += _time_axis(step * bins)
    inner += [_percentile_mark(milliseconds, share, step * bins, line) for line, share in enumerate((50, 95))]
    return _render_svg(f"latency, {language}, {len(milliseconds)} answers", 140, inner)


def histogram_limit(milliseconds: Sequence[float]) -> float:
    """Where histograms of these end, so that one answer that took minutes does not press the rest into one bar."""
    return max(1.0, min(max(milliseconds), 2 * percentile(milliseconds, 95)))


def percentile(values: Sequence[float], share: float) -> float:
    """The least of the values that `share` percent of them do not exceed (nearest rank): p50 of 10, 20, 30, 40 is 20."""
    return sorted(values)[max(0, math.ceil(share / 100 * len(values)) - 1)]


def _round_step(length: float, max_parts: int) -> float:
    """The least of 1, 2, 5, 10, 20, 50 … that divides a length into no more than `most` pieces."""
    steps = (float(digit * 10**power) for power in range(12) for digit in (1, 2, 5))
    return next(step for step in steps if length / step <= max_parts)


def _time_axis(end: float) -> list[Markup]:
    step = _round_step(end, _MAX_TICKS)
    ticks = [step * i for i in range(int(end / step) + 1)]
    return [Markup('<line class="base" x2="100%" y1="118.5" y2="118.5"/>')] + [
        Markup('<text x="{}%" y="134" text-anchor="{}">{:,.0f}{}</text>').format(
            _round_position(100 * tick / end), _text_anchor(tick / end), tick, "" if tick else " ms") for tick in ticks]


def _percentile_mark(milliseconds: Sequence[float], share: int, end: float, line: int) -> Markup:
    value = percentile(milliseconds, share)
    at = min(1.0, value / end)
    anchor, aside = ("end", -5) if at > 0.6 else ("start", 5)
    return Markup(
        '<line class="moment" x1="{0}%" x2="{0}%" y1="{1}" y2="118"/><svg x="{0}%" y="{2}"><text class="firm" x="{3}" text-anchor="{4}">'
        'p{5} {6:,.0f} ms</text></svg>').format(_round_position(100 * at), 2 + 16 * line, 12 + 16 * line, aside, anchor, share, value)


def _text_anchor(at: float) -> str:
    return "start" if at == 0 else "end" if at > 0.97 else "middle"


def _grid_lines(height: int) -> Markup:
    return Markup("").join(Markup('<line class="grid" x1="{0}%" x2="{0}%" y2="{1}"/>').format(at, height) for at in _QUARTERS)


def _interval_line(language: Language, estimate: Estimate) -> Markup:
    return Markup('<line class="whisker {0}" x1="{1}%" x2="{2}%" y1="{3}" y2="{3}"/>').format(
        language, _to_percent(estimate.low), _to_percent(estimate.high), _MARK_LINES[language])


def _mean_mark(language: Language, share: float) -> Markup:
    return Markup('<svg class="mark {}" x="{}%" y="{}">{}</svg>').format(language, _to_percent(share), _MARK_LINES[language], _MARKS[language])


def _ordered_estimates(estimates: LanguageEstimates) -> list[tuple[Language, Estimate]]:
    return [(language, estimates[language]) for language in LANGUAGES if language in estimates]


def _plot_label(estimates: LanguageEstimates, name: str) -> str:
    """The plot in words, for those who do not see it."""
    return "; ".join([name, *(f"{language} {100 * one.mean:.1f} %" for language, one in _ordered_estimates(estimates))])


def _render_svg(label: str, height: int, inner: Sequence[Markup]) -> Markup:
    return Markup('<svg class="plot" role="img" aria-label="{}" width="100%" height="{}">{}</svg>').format(
        label, height, Markup("").join(inner))


def _to_percent(share: float) -> float:
    return _round_position(100 * min(1.0, max(0.0, share)))


def _round_position(number: float) -> float:
    return round(number, 2)
