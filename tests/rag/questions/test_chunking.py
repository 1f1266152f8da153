"""Question chunking: chunks have the right kind and position, and are in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.questions.chunking import find_chunks


@pytest.mark.parametrize(("question", "chunks"), [
    ("深圳2021年软件业收入", "深圳/place 2021年/time 软件业/noun 收入/attribute"),
    ("苏州和无锡的人口是多少？", "苏州/place 无锡/place 人口/attribute"),
    ("What was Nvidia's revenue in 2022?", "Nvidia/name revenue/attribute 2022/time"),
    ("Who discovered penicillin?", "penicillin/noun"),
    ("How many people does Siemens employ in Munich?", "people/attribute Siemens/name Munich/name"),
])
def test_chunks_have_their_kinds(question, chunks):
    assert " ".join(f"{chunk.text}/{chunk.kind}" for chunk in find_chunks(question)) == chunks


@given(st.text(max_size=40))
def test_chunks_have_their_positions_and_do_not_overlap(question):
    end = 0
    for chunk in find_chunks(question):
        assert question[chunk.start : chunk.end] == chunk.text
        assert chunk.start >= end
        end = chunk.end
