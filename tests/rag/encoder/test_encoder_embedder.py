"""The encoder embedder: one meaning is near in both languages, and no text ends the process or gives a wrong vector."""

import numpy as np
import pytest

from rag.encoder.encoder_embedder import EncoderEmbedder
from rag.encoder.engine import DIMENSION, find_obstacle

pytestmark = pytest.mark.skipif(bool(find_obstacle()), reason="the encoder cannot run here")


@pytest.fixture(scope="module")
def embedder() -> EncoderEmbedder:
    return EncoderEmbedder()


@pytest.mark.parametrize(
    ("question", "answer", "other"),
    [
        ("图书馆几点关门？", "The library closes at nine in the evening.", "The library was built of red brick."),
        ("When does the library close?", "本馆每晚九点闭馆。", "本馆以红砖建成。"),
        ("忘记密码怎么办？", "请到服务台重新设置登录口令。", "请到服务台领取雨伞。"),
        ("How do I get my money back?", "Refunds are paid within ten days.", "Parcels are sent within ten days."),
    ],
)
def test_an_answer_is_nearer_than_another_text(
    embedder: EncoderEmbedder, question: str, answer: str, other: str
) -> None:
    vector = np.array(embedder.embed_query(question))
    near, far = np.array(embedder.embed_documents([answer, other])) @ vector
    assert near > far


@pytest.mark.parametrize(
    "text", ["a\0b", "\ud800abc", "湖水清澈见底。" * 1_500, "\U0001f600 ok", "x" * 5_000, "a\tb\r\n" * 300]
)
def test_any_text_with_a_letter_has_a_vector_of_unit_length(embedder: EncoderEmbedder, text: str) -> None:
    (vector,) = embedder.embed_documents([text])
    assert len(vector) == DIMENSION
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("text", ["", " \n", "\0", "。……！", "---"])
def test_a_text_without_a_letter_or_digit_has_the_zero_vector(embedder: EncoderEmbedder, text: str) -> None:
    assert embedder.embed_query(text) == embedder.embed_documents([text])[0] == [0.0] * DIMENSION


def test_what_follows_a_nul_counts_too(embedder: EncoderEmbedder) -> None:
    cut, whole = embedder.embed_documents(["opening hours", "opening hours\0 of the swimming pool"])
    assert cut != whole


def test_vectors_keep_the_order_of_their_texts(embedder: EncoderEmbedder) -> None:
    texts = [f"{number} 个段落 passages" if number % 3 else "" for number in range(11)]
    together = np.array(embedder.embed_documents(texts))
    alone = np.array([embedder.embed_documents([text])[0] for text in texts])
    assert np.allclose(together, alone, atol=1e-3)
    assert embedder.embed_documents([]) == []
