"""Plots: inline SVG of estimates and latencies for the HTML report.

Positions are percentages and nothing is scaled: a plot takes the width of its container, while marks and text keep
their size and stay legible on a phone. Chinese has a round mark above, English a diamond below, so that a reader can
distinguish them without colour and without the legend.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from evals.reliability import ScoreBin
from evals.statistics import percentile
from evals.summary import Estimate
from rag.schema import LANGUAGES, Language

LanguageEstimates = Mapping[Language, Estimate]
_MARKS: dict[Language, Markup] = {
    "zh": Markup('<circle r="4.5"/>'), "en": Markup('<path d="M0-5.6 5.6 0 0 5.6-5.6 0Z"/>')}
_MARK_LINES: dict[Language, int] = {"zh": 10, "en": 24}  # pixels from the top of the plot to the centre of the mark
_PLOT_HEIGHT = 34
_QUARTERS = (0, 25, 50, 75, 100)
_MAX_BINS, _MAX_TICKS = 25, 5


def language_mark(language: Language) -> Markup:
    """The mark of a language, for a legend."""
    svg = Markup('<svg class="mark {}" width="12" height="12" aria-hidden="true"><svg x="6" y="6">{}</svg></svg>')
    return svg.format(language, _MARKS[language])


def dot_plot(estimates: LanguageEstimates, name: str, *, lower_is_better: bool = False) -> Markup:
    """The mean of each language as a mark and its interval as a line; the best end of the scale is drawn bold."""
    goal = 0 if lower_is_better else 100
    goal_line = Markup('<line class="goal" x1="{0}%" x2="{0}%" y2="{1}"/>').format(goal, _PLOT_HEIGHT)
    inner = [_grid_lines(_PLOT_HEIGHT), goal_line]
    for language, estimate in _ordered_estimates(estimates):
        inner.append(_interval_line(language, estimate) + _mean_mark(language, estimate.mean))
    return _render_svg(_plot_label(estimates, name), _PLOT_HEIGHT, inner)


def bar_plot(estimates: LanguageEstimates, name: str) -> Markup:
    """The mean of each language as a bar that ends in a mark, visible even at 0, with its interval as a line."""
    rect = Markup('<rect class="bar {}" y="{}" width="{}%" height="12" rx="2"/>')
    inner = [_grid_lines(_PLOT_HEIGHT)]
    for language, estimate in _ordered_estimates(estimates):
        bar = rect.format(language, _MARK_LINES[language] - 6, _to_percent(estimate.mean))
        inner.append(bar + _interval_line(language, estimate) + _mean_mark(language, estimate.mean))
    return _render_svg(_plot_label(estimates, name), _PLOT_HEIGHT, inner)


def percent_scale() -> Markup:
    """The percent labels above a column of plots by `dot_plot` or `bar_plot`."""
    labels = [Markup('<text x="{0}%" y="11" text-anchor="middle">{0}</text>').format(percent) for percent in _QUARTERS]
    return _render_svg("scale from 0 to 100 %", 14, labels)


def reliability_plot(bins: Sequence[ScoreBin]) -> Markup:
    """Score against share of right answers, with intervals; on the diagonal a score is a true probability."""
    inner = [_grid_lines(_RELIABILITY_HEIGHT)]
    inner += [Markup('<line class="grid" x2="100%" y1="{0}" y2="{0}"/>').format(_reliability_y(share))
              for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    inner.append(Markup('<line class="goal" x2="100%" y1="{}"/>').format(_RELIABILITY_HEIGHT))
    whisker = Markup('<line class="whisker {0}" x1="{1}%" x2="{1}%" y1="{2}" y2="{3}"/>')
    mark = Markup('<svg class="mark {}" x="{}%" y="{}">{}<title>{} answers, score {:.2f}, right {:.2f}</title></svg>')
    for one in bins:
        x, low, high = _to_percent(one.score), _reliability_y(one.right.low), _reliability_y(one.right.high)
        inner.append(whisker.format(one.language, x, low, high))
        inner.append(mark.format(
            one.language, x, _reliability_y(one.right.mean), _MARKS[one.language], one.right.n, one.score,
            one.right.mean))
    points = "; ".join(f"{one.language} score {one.score:.2f}, right {one.right.mean:.2f}" for one in bins)
    return _render_svg(f"reliability; {points}", _RELIABILITY_HEIGHT, inner)


_RELIABILITY_HEIGHT = 240  # pixels


def _reliability_y(share: float) -> float:
    return _round_position(_RELIABILITY_HEIGHT * (1 - min(1.0, max(0.0, share))))


def latency_histogram(milliseconds: Sequence[float], limit: float, language: Language) -> Markup:
    """The number of answers by latency up to `limit` milliseconds, with p50 and p95 marked.

    The last bar also counts all answers that took longer than `limit`.
    """
    step = _round_step(limit, _MAX_BINS)
    bins = max(1, math.ceil(limit / step))
    counts = [0] * bins
    for value in milliseconds:
        counts[min(int(value / step), bins - 1)] += 1
    rect = Markup(
        '<rect class="bar {}" x="{}%" y="{}" width="{}%" height="{}"><title>{:,.0f} ms and more: {}</title></rect>')
    width = _round_position(92 / bins)
    inner = []
    for i, count in enumerate(counts):
        if count:
            height = round(80 * count / max(counts))
            x = _round_position(100 * i / bins)
            inner.append(rect.format(language, x, 118 - height, width, height, i * step, count))
    inner += _time_axis(step * bins)
    inner += [_percentile_mark(milliseconds, share, step * bins, line) for line, share in enumerate((50, 95))]
    return _render_svg(f"latency, {language}, {len(milliseconds)} answers", 140, inner)


def histogram_limit(milliseconds: Sequence[float]) -> float:
    """The upper end of a histogram, chosen so that one answer of minutes does not squeeze the others into one bar."""
    return max(1.0, min(max(milliseconds), 2 * percentile(milliseconds, 95)))


def _round_step(length: float, max_parts: int) -> float:
    """The smallest of 1, 2, 5, 10, 20, 50 … that divides a length into at most `max_parts` parts."""
    steps = (float(digit * 10**power) for power in range(12) for digit in (1, 2, 5))
    return next(step for step in steps if length / step <= max_parts)


def _time_axis(end: float) -> list[Markup]:
    step = _round_step(end, _MAX_TICKS)
    label = Markup('<text x="{}%" y="134" text-anchor="{}">{:,.0f}{}</text>')
    axis = [Markup('<line class="base" x2="100%" y1="118.5" y2="118.5"/>')]
    for i in range(int(end / step) + 1):
        tick = step * i
        unit = "" if tick else " ms"
        axis.append(label.format(_round_position(100 * tick / end), _text_anchor(tick / end), tick, unit))
    return axis


def _percentile_mark(milliseconds: Sequence[float], share: int, end: float, line: int) -> Markup:
    value = percentile(milliseconds, share)
    position = min(1.0, value / end)
    anchor, offset = ("end", -5) if position > 0.6 else ("start", 5)
    mark = Markup(
        '<line class="moment" x1="{0}%" x2="{0}%" y1="{1}" y2="118"/>'
        '<svg x="{0}%" y="{2}"><text class="firm" x="{3}" text-anchor="{4}">p{5} {6:,.0f} ms</text></svg>')
    return mark.format(
        _round_position(100 * position), 2 + 16 * line, 12 + 16 * line, offset, anchor, share, value)


def _text_anchor(position: float) -> str:
    if position == 0:
        return "start"
    return "end" if position > 0.97 else "middle"


def _grid_lines(height: int) -> Markup:
    line = Markup('<line class="grid" x1="{0}%" x2="{0}%" y2="{1}"/>')
    return Markup("").join(line.format(percent, height) for percent in _QUARTERS)


def _interval_line(language: Language, estimate: Estimate) -> Markup:
    return Markup('<line class="whisker {0}" x1="{1}%" x2="{2}%" y1="{3}" y2="{3}"/>').format(
        language, _to_percent(estimate.low), _to_percent(estimate.high), _MARK_LINES[language])


def _mean_mark(language: Language, share: float) -> Markup:
    return Markup('<svg class="mark {}" x="{}%" y="{}">{}</svg>').format(
        language, _to_percent(share), _MARK_LINES[language], _MARKS[language])


def _ordered_estimates(estimates: LanguageEstimates) -> list[tuple[Language, Estimate]]:
    return [(language, estimates[language]) for language in LANGUAGES if language in estimates]


def _plot_label(estimates: LanguageEstimates, name: str) -> str:
    """The text alternative of a plot, for screen readers: `correct; zh 90.0 %; en 85.0 %`."""
    means = [f"{language} {100 * estimate.mean:.1f} %" for language, estimate in _ordered_estimates(estimates)]
    return "; ".join([name, *means])


def _render_svg(label: str, height: int, inner: Sequence[Markup]) -> Markup:
    return Markup('<svg class="plot" role="img" aria-label="{}" width="100%" height="{}">{}</svg>').format(
        label, height, Markup("").join(inner))


def _to_percent(share: float) -> float:
    return _round_position(100 * min(1.0, max(0.0, share)))


def _round_position(number: float) -> float:
    return round(number, 2)
