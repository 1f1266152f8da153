"""The sets of planted conflicts: each statement contradicts one that is in the documents."""

import pytest

from evals.benchmarks.conflicts import read_planted
from evals.training.planted_sets import BadPlantedSet, build_planted_set


@pytest.mark.parametrize(("name", "count"), [("questions", 65), ("everyday", 62), ("dense", 22)])
def test_the_sets_are_as_the_benchmark_reads_them(tmp_path, name, count):
    assert build_planted_set(name, tmp_path / "set") == count
    assert len(list(read_planted(tmp_path / "set"))) == count
    assert not any("{{" in path.read_text("utf-8") for path in (tmp_path / "set" / "docs").iterdir())


def test_a_document_that_is_not_there_is_named(tmp_path):
    source = "=== pool/a.txt\nOpen at 7.\n=== pool/b.txt\n{{Open at 8. ## c.txt ## Open at 7.}}\n"
    (tmp_path / "own.txt").write_text(source, "utf-8")
    with pytest.raises(BadPlantedSet, match=r"no document \w+-c\.txt, which is to say 'Open at 7\.'"):
        build_planted_set("own", tmp_path / "set", tmp_path)
