"""A benchmark format has a name and a set of options."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.benchmarks import formats
from evals.benchmarks.benchmark import BadBenchmark


def test_each_format_lists_its_options() -> None:
    assert {name: formats.format_options(name) for name in formats.FORMATS} == {
        "squad": (), "rgb": ("passages", "noise"), "crud": (), "alce": ("passages",)}


def test_a_file_is_read_by_the_name_of_its_format(tmp_path: Path) -> None:
    path = tmp_path / "zh.json"
    record = {"id": 1, "query": "谁？", "answer": "张三", "positive": ["张三。"], "negative": ["无。"] * 3}
    path.write_text(json.dumps(record), "utf-8")
    benchmark = formats.read_benchmark("rgb", path, passages=2, noise=0.5)
    assert (benchmark.name, len(benchmark.case_texts["rgb-zh-noise-1"])) == ("rgb", 2)


@pytest.mark.parametrize(("name", "options", "message"), [
    ("trec", {}, "'trec' is not a known format; the formats are squad, rgb, crud, alce"),
    ("alce", {"noise": 0.4}, "alce has no option noise; it has passages"),
    ("squad", {"k": 1}, "squad has no option k; it has none")])
def test_a_wrong_name_or_option_is_reported(
    tmp_path: Path, name: str, options: dict[str, float], message: str,
) -> None:
    with pytest.raises(BadBenchmark, match=message):
        formats.read_benchmark(name, tmp_path / "any.json", **options)
