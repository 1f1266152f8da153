"""Passages found by words, by meaning, and in the other language."""

import pytest

from tests.conftest import MakePipeline

HARBOUR = "# 港口\n\n## 吞吐量\n\n太仓港2022年的集装箱吞吐量为803万标箱。\n\n## 历史\n\n郑和从这里下西洋。\n"
TEA = "# Tea\n\n## Harvest\n\nThe tea of Dongting is picked before the Qingming festival.\n\n" \
    "## Price\n\nBiluochun tea sells at 3,000 yuan a kilo.\n"


@pytest.mark.parametrize(("question", "found"), [
    ("太仓港装了多少箱子？", "803万标箱"), ("郑和是从哪儿出发的？", "下西洋"), ("When are the tea leaves picked?", "Qingming"),
    ("What was the container throughput of Taicang port?", "803万标箱"), ("碧螺春茶叶的价格", "3,000 yuan")])
def test_the_first_passage_answers_in_either_language(make_pipeline: MakePipeline, question: str, found: str) -> None:
    assert found in make_pipeline(harbour=HARBOUR, tea=TEA).search(question)[0].text


def test_numbers_begin_at_one_and_scores_decrease(make_pipeline: MakePipeline) -> None:
    passages = make_pipeline(harbour=HARBOUR, tea=TEA).search("太仓港 tea")
    assert [p.number for p in passages] == list(range(1, len(passages) + 1))
    assert [p.score for p in passages] == sorted((p.score for p in passages), reverse=True)
    assert passages[0].score == 1.0


def test_offsets_point_into_the_source(make_pipeline: MakePipeline) -> None:
    pipeline = make_pipeline(harbour=HARBOUR, tea=TEA)
    for passage in pipeline.search("吞吐量 harvest"):
        assert pipeline.library.text(passage.source_id)[passage.start : passage.end] == passage.text


@pytest.mark.parametrize(("question", "language"), [("太湖的面积是多少？", "zh"), ("What is the area of Lake Tai?", "en")])
def test_of_two_editions_the_one_in_the_language_of_the_question_is_found(
    make_pipeline: MakePipeline, question: str, language: str,
) -> None:
    pipeline = make_pipeline(
        lake_zh="# 太湖\n\n## 面积\n\n太湖面积2427平方公里。\n",
        lake_en="# Lake Tai\n\n## Area\n\nLake Tai covers 2,427 square kilometres.\n")
    assert [p.language for p in pipeline.search(question)] == [language]


def test_an_empty_library_finds_nothing(make_pipeline: MakePipeline) -> None:
    assert make_pipeline().search("太湖") == ()
