"""Benchmark formats: the readers and metrics of the published formats, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

from evals.benchmarks import alce, crud, rgb, squad
from evals.benchmarks.benchmark import BadBenchmark, Benchmark
from evals.scores import Grader

FORMATS: dict[str, Callable[..., Benchmark]] = {
    "squad": squad.read_benchmark, "rgb": rgb.read_benchmark, "crud": crud.read_benchmark, "alce": alce.read_benchmark}
BENCHMARK_METRICS: dict[str, dict[str, Grader]] = {
    "squad": squad.METRICS, "rgb": rgb.METRICS, "crud": crud.METRICS, "alce": alce.METRICS}


def format_options(name: str) -> tuple[str, ...]:
    """The names of the options of a format: `rgb` → passages, noise.

    Raises:
        BadBenchmark: there is no such format.
    """
    if name not in FORMATS:
        raise BadBenchmark(f"{name!r} is not a known format; the formats are {', '.join(FORMATS)}")
    return tuple(inspect.signature(FORMATS[name]).parameters)[1:]


def read_benchmark(name: str, path: Path, **options: float) -> Benchmark:
    """Read a file in the format with this name, with the options of the format.

    Raises:
        BadBenchmark: the format or an option is unknown, or the file is not in the format.
    """
    known = format_options(name)
    unknown = [option for option in options if option not in known]
    if unknown:
        raise BadBenchmark(f"{name} has no option {', '.join(unknown)}; it has {', '.join(known) or 'none'}")
    return FORMATS[name](path, **options)
