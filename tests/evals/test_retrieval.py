"""Retrieval measures follow their standard definitions, within one language and across languages."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest

from evals.benchmarks.benchmark import BadBenchmark
from evals.peers import PEERS, PeerMissing, build_peer_index
from evals.retrieval import (
    RetrievalCollection,
    build_huwen_search,
    measure_retrieval,
    read_collections,
    read_distractors,
)

TEXTS = {
    "en": ["Lake Tai covers 2,338 square kilometres.", "The canal was dug in 605.", "Silk is woven in Suzhou."],
    "zh": ["太湖面积2338平方千米。", "运河开凿于605年。", "苏州织造丝绸。"]}
QUESTIONS = {
    "en": ["How large is Lake Tai?", "When was the canal dug?", "What is woven in Suzhou?"],
    "zh": ["太湖面积有多大？", "运河什么时候开凿的？", "苏州织造什么？"]}


def write_squad_file(folder: Path, language: str) -> Path:
    paragraphs = []
    for n, text in enumerate(TEXTS[language]):
        question = {"id": f"q{n}", "question": QUESTIONS[language][n], "answers": [{"text": "x"}]}
        paragraphs.append({"context": text, "qas": [question]})
    path = folder / f"lakes.{language}.json"
    path.write_text(json.dumps({"data": [{"title": "t", "paragraphs": paragraphs}]}), "utf-8")
    return path


def test_hit_rates_mrr_and_ndcg_are_computed_from_ranks() -> None:
    collection = RetrievalCollection("c", ("a", "b", "c"), (("first", 0), ("second", 1), ("lost", 2)))
    hits = {"first": [0, 1], "second": [0, 1], "lost": [0, 1]}
    found = measure_retrieval(collection, "x", lambda question, k: hits[question])
    assert (found.hit_1, found.hit_5, found.hit_10) == pytest.approx((1 / 3, 2 / 3, 2 / 3))
    assert found.mrr_10 == pytest.approx((1 + 1 / 2) / 3)
    assert found.ndcg_10 == pytest.approx((1 + 0.6309) / 3, abs=1e-3)
    assert found.p50_ms <= found.p95_ms


def test_files_with_shared_ids_are_also_asked_across(tmp_path: Path) -> None:
    found = list(read_collections([write_squad_file(tmp_path, "zh"), write_squad_file(tmp_path, "en")], ["别的。"]))
    assert [c.name for c in found] == [
        "lakes.zh", "lakes.zh, asked in lakes.en", "lakes.en", "lakes.en, asked in lakes.zh"]
    assert found[1].questions[0] == (QUESTIONS["en"][0], 0)
    assert len(found[0].texts) == 4


@pytest.mark.parametrize("language", ["zh", "en"])
def test_our_retrieval_finds_each_paragraph_in_both_languages(tmp_path: Path, language: str) -> None:
    for collection in read_collections([write_squad_file(tmp_path, language)]):
        search = build_huwen_search(collection.texts, tmp_path / "home")
        assert measure_retrieval(collection, "Huwen", search).hit_1 == 1.0


def test_distractors_are_read_plain_and_gzipped(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"id": n, "text": f"news {n}"}) + "\n" for n in range(5))
    (tmp_path / "news.jsonl").write_text(lines, "utf-8")
    (tmp_path / "news.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    for name in ("news.jsonl", "news.jsonl.gz"):
        assert read_distractors(tmp_path / name, 2) == ["news 0", "news 1"]
    for content in ("not json\n", '{"id": 1}\n'):
        (tmp_path / "news.jsonl").write_text(content, "utf-8")
        with pytest.raises(BadBenchmark, match=r"news\.jsonl"):
            read_distractors(tmp_path / "news.jsonl", 2)


@pytest.mark.parametrize(("name", "package"), [
    ("LangChain BM25", "rank_bm25"), ("LangChain BM25 + jieba", "jieba"),
    ("bm25s + jieba", "bm25s"), ("LlamaIndex BM25", "llama_index")])
def test_a_peer_finds_the_text_with_the_words_of_the_question(name: str, package: str) -> None:
    pytest.importorskip(package, reason="the group bench is not installed")
    search = build_peer_index(name, ["the canal was dug", "silk is woven here", "the lake is large"])
    assert search("silk woven", 2)[0] == 1
    assert name in PEERS


def test_a_peer_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bm25s", None)
    with pytest.raises(PeerMissing, match=r"bm25s \+ jieba cannot be measured.*bench"):
        build_peer_index("bm25s + jieba", ["a"])
