"""The name of a published format becomes the reader of its files."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

from evals.benchmarks import alce, crud, rgb, squad
from evals.benchmarks.benchmark import BadBenchmark, Benchmark, Grader

FORMATS: dict[str, Callable[..., Benchmark]] = {"squad": squad.read_benchmark, "rgb": rgb.read_benchmark, "crud": crud.read_benchmark, "alce": alce.read_benchmark}
BENCHMARK_METRICS: dict[str, dict[str, Grader]] = {
    "squad": squad.METRICS, "rgb": rgb.METRICS, "crud": crud.METRICS, "alce": alce.METRICS}


def format_options(name: str) -> tuple[str, ...]:
    """The options that a format takes: `rgb` → passages, noise.

    Raises:
        BadBenchmark: there is no such format.
    """
    if name not in FORMATS:
        raise BadBenchmark(f"{name!r} is no format that can be read; those are {', '.join(FORMATS)}")
    return tuple(inspect.signature(FORMATS[name]).parameters)[1:]


def read_benchmark(name: str, path: Path, **options: float) -> Benchmark:
    """A benchmark by the name of its format, with options of that format.

    Raises:
        BadBenchmark: there is no such format, it has no such option, or the file is not in it.
    """
    known = format_options(name)
    unknown = [option for option in options if option not in known]
    if unknown:
        raise BadBenchmark(f"{name} has no option {', '.join(unknown)}; it has {', '.join(known) or 'none'}")
    return FORMATS[name](path, **options)
