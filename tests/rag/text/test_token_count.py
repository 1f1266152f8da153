"""Token counts are never too low, and sizes are the same on every machine."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.token_count import count_tokens, text_size


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_count_never_exceeds_one_token_a_byte(text):
    assert 0 <= count_tokens(text) <= len(text.encode("utf-8"))


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("苏州", 2), ("hello world", 3), ("😀", 1), ("苏州 GDP", 3)])
def test_size_is_the_same_on_every_machine(text, tokens, monkeypatch, tmp_path):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert text_size(text) == tokens


@given(st.text(max_size=80), st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_size_grows_with_the_text(left, right):
    assert text_size(left) <= text_size(left + right) <= text_size(left) + text_size(right)


def test_model_without_known_tables_still_gets_a_bound(monkeypatch, tmp_path):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert count_tokens("苏州的产值", "no-such-model") >= text_size("苏州的产值")
    assert count_tokens("the output of Suzhou", "no-such-model") >= 4
