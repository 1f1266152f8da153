"""Scale benchmark: a library is filled and searched by every method, with the same paragraphs each time."""

import pytest

from evals.benchmarks.benchmark import BadBenchmark
from evals.scale import FillResult, Timing, draw_paragraphs, measure_scale

TEXTS = [
    "太湖的水质在治理后明显改善。沿湖的化工企业已经全部搬迁。渔民上岸以后开起了民宿。",
    "The lighthouse was built of granite. Three keepers lived there. The lamp burns whale oil."]


@pytest.mark.parametrize("words_only", [False, True])
def test_library_is_filled_and_searched(tmp_path, words_only):
    filled, *timings = measure_scale(TEXTS, 60, tmp_path / "home", questions=5, words_only=words_only)
    assert isinstance(filled, FillResult)
    assert filled.passages >= 60
    assert filled.disk_mb >= 0 < filled.memory_mb
    assert [timing.what for timing in timings if isinstance(timing, Timing)] == (
        ["words"] if words_only else ["words", "vectors", "words and vectors", "words, vectors and reranking"])
    assert all(0 < timing.p50_ms <= timing.p95_ms for timing in timings)


def test_paragraphs_are_the_same_every_time():
    pool = ["甲乙丙丁戊己庚辛。", "The lamp burns whale oil.", "渔民上岸以后开起了民宿。"]
    assert list(draw_paragraphs(pool, 30)) == list(draw_paragraphs(pool, 30))
    assert all(len(paragraph) >= 200 for paragraph in draw_paragraphs(pool, 30))


def test_texts_without_sentences_are_rejected(tmp_path):
    with pytest.raises(BadBenchmark, match="no sentences"):
        list(measure_scale(["", "短。"], 10, tmp_path / "home"))
