"""Words of a text that match a question, in any form and in either language."""

import pytest

from rag.text.highlighting import find_matches


def marked_words(question: str, text: str) -> list[tuple[str, str]]:
    return [(text[start:end], kind) for start, end, kind in find_matches(question, text)]


@pytest.mark.parametrize(("question", "text", "found"), [
    ("灯塔工厂有几家？", "苏州有7家灯塔工厂。", [("灯塔工厂", "word")]),
    ("How many factories?", "One Factory of seven.", [("Factory", "word")]),
    ("lighthouse factories", "苏州有7家灯塔工厂。", [("灯塔工厂", "meaning")]),
    ("产值", "The output value rose.", [("output", "meaning"), ("value", "meaning")]),
])
def test_a_match_is_of_a_word_or_of_a_meaning(question: str, text: str, found: list[tuple[str, str]]) -> None:
    assert marked_words(question, text) == found


def test_function_words_do_not_match() -> None:
    assert marked_words("的 the of 多少", "湖的面积是多少？ The size of the lake.") == []


@pytest.mark.parametrize(("question", "text"), [("产值2022", "２０２２年的產值"), ("GDP", "ＧＤＰ為何")])
def test_spans_are_offsets_of_the_original_text(question: str, text: str) -> None:
    assert marked_words(question, text)[0][0] in ("２０２２", "ＧＤＰ")


@pytest.mark.parametrize("text", ["", "…㎡ ﬁnance ㈱ ½", "\N{FAMILY}👨‍👩‍👧 é e\u0301", "a" * 2000])
def test_spans_of_any_text_are_in_order_and_do_not_overlap(text: str) -> None:
    ends = [0]
    for start, end, _ in find_matches("finance 面积 é", text):
        assert ends[-1] <= start < end <= len(text)
        ends.append(end)
