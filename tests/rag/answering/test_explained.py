"""Explained retrieval: the indexes that found each passage, and how reranking changed its rank."""

import pytest

from rag.answering.retrieve import HybridRetriever
from tests.conftest import MakePipeline

LAKE = {
    "lake_zh": "# 太湖\n\n## 面积\n\n太湖面积2427平方公里。\n",
    "lake_en": "# Lake Tai\n\n## Area\n\nLake Tai covers 2,427 square kilometres.\n",
}
NOTES = {
    "harbour": "# 港口\n\n太仓港2022年的集装箱吞吐量为803万标箱。\n",
    "tea": "# Tea\n\nThe tea of Dongting is picked before the festival.\n",
}


@pytest.mark.parametrize("question", ["太仓港的吞吐量是多少？", "When is the tea of Dongting picked?"])
def test_the_explained_passages_are_those_of_the_search_in_the_same_order(
    make_pipeline: MakePipeline, question: str,
) -> None:
    retriever = HybridRetriever(library=make_pipeline(**NOTES).library, k=5)
    explained = retriever.explain_ranking(question)
    assert [one.passage.id for one in explained] == [str(document.id) for document in retriever.search(question)]
    assert [one.passage.number for one in explained] == list(range(1, len(explained) + 1))
    first = explained[0].index_hits[0]
    assert (first.index, first.rank, first.edition) == ("words", 1, "")


@pytest.mark.parametrize(
    ("question", "own", "other"), [("太湖的面积是多少？", "zh", "en"), ("What is the area of Lake Tai?", "en", "zh")]
)
def test_a_passage_found_through_its_other_edition_names_that_edition(
    make_pipeline: MakePipeline, question: str, own: str, other: str
) -> None:
    (only,) = HybridRetriever(library=make_pipeline(**LAKE).library).explain_ranking(question)
    assert only.passage.language == own
    assert {(one.language, one.edition) for one in only.index_hits} == {(own, ""), (other, f"lake_{other}")}


def test_a_passage_of_the_other_language_without_an_edition_is_found_itself(make_pipeline: MakePipeline) -> None:
    explained = HybridRetriever(library=make_pipeline(**NOTES).library).explain_ranking(
        "What was the container throughput of Taicang port?"
    )
    harbour = next(one for one in explained if one.passage.language == "zh")
    assert {(one.language, one.edition) for one in harbour.index_hits} == {("zh", "")}


def test_only_reranked_passages_are_marked_as_reranked(make_pipeline: MakePipeline) -> None:
    pipeline = make_pipeline(**{f"note{n}": f"# 港口{n}\n\n太仓港{2000 + n}年的吞吐量为{n}万标箱。\n" for n in range(20)})
    explained = HybridRetriever(library=pipeline.library, k=20).explain_ranking("太仓港2003年的吞吐量是多少？")
    assert [one.reranked for one in explained] == [True] * 16 + [False] * 4
    assert sorted(one.fused_rank for one in explained) == list(range(1, 21))
    assert [one.fused_rank for one in explained[16:]] == list(range(17, 21))
    plain = HybridRetriever(library=pipeline.library, reranked=False).explain_ranking("太仓港2003年的吞吐量是多少？")
    assert not any(one.reranked for one in plain)


def test_an_empty_library_has_nothing_to_explain(make_pipeline: MakePipeline) -> None:
    assert HybridRetriever(library=make_pipeline().library).explain_ranking("太湖") == []
