"""The dictionary embedder: one vector for one meaning, in either language, on every machine."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.library.dictionary_embedder import DictionaryEmbedder

ROOT = Path(__file__).resolve().parents[3]
TEXTS = ["苏州的工业产值增长了百分之五。", "Industrial output in Suzhou grew by five per cent.", "曹路宝", "3 grammes of α-pinene"]


@pytest.fixture(scope="module")
def embedder():
    return DictionaryEmbedder()


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("text", TEXTS)
def test_vector_has_unit_length(embedder, text):
    vector = embedder.embed_query(text)
    assert len(vector) == embedder.dimension
    assert math.hypot(*vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("text", ["", "  \n", "？！……，。", "!!! ... ???", "😀🎉", "\0"])
def test_text_without_words_is_the_zero_vector(embedder, text):
    assert embedder.embed_query(text) == [0.0] * embedder.dimension


def test_documents_are_embedded_like_queries_and_in_order(embedder):
    assert embedder.embed_documents(TEXTS) == [embedder.embed_query(text) for text in TEXTS]
    assert embedder.embed_documents([]) == []


def test_vector_does_not_depend_on_the_hash_seed_of_the_process(embedder):
    program = ("import json, sys; from rag.library.dictionary_embedder import DictionaryEmbedder; "
               "print(json.dumps(DictionaryEmbedder().embed_documents(json.loads(sys.argv[1]))))")
    vectors = [
        json.loads(subprocess.run(
            [sys.executable, "-c", program, json.dumps(TEXTS)], check=True, capture_output=True, text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}).stdout)
        for seed in ("1", "2")
    ]
    assert vectors[0] == vectors[1]
    # sums of floats in another order may differ in the last digit only
    assert vectors[0] == [pytest.approx(vector, abs=1e-6) for vector in embedder.embed_documents(TEXTS)]


@pytest.mark.parametrize(("text", "same", "other"), [
    ("太湖的水质改善了", "The water quality of Lake Tai improved", "The museum bought a painting"),
    ("灯塔工厂的数量", "the number of lighthouse factories", "the price of green tea"),
    ("The farmers grow rice", "农民种植水稻", "银行提高了利率"),
    ("railway bridge", "铁路桥", "丝绸服装"),
    ("the harbour exports steel", "港口出口钢铁", "学生学习数学"),
])
def test_one_meaning_in_two_languages_is_nearer_than_another_meaning(embedder, text, same, other):
    vector = embedder.embed_query(text)
    assert cosine(vector, embedder.embed_query(same)) > cosine(vector, embedder.embed_query(other)) + 0.1


@pytest.mark.parametrize(("text", "same", "other"), [
    ("水质改善", "改善水质的措施", "提高利率"),
    ("The factory closed", "closing factories", "a rare orchid"),
])
def test_one_meaning_in_one_language_is_nearer_than_another_meaning(embedder, text, same, other):
    vector = embedder.embed_query(text)
    assert cosine(vector, embedder.embed_query(same)) > cosine(vector, embedder.embed_query(other)) + 0.1
