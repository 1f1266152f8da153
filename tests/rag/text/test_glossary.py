"""Chinese and English words have gloss stems in common; the user's own glossary adds more."""

import csv
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.glossary import BadGlossary, gloss_idf, gloss_weights, load_user_terms, translated_words


@pytest.mark.parametrize(("zh", "en"), [
    ("灯塔工厂", "lighthouse factories"), ("曹路宝", "Cao Lubao"), ("新质生产力", "new quality productive forces"),
    ("研发", "R&D"), ("集群", "cluster"), ("蘇州", "Suzhou"),
])
def test_chinese_term_has_the_glosses_of_its_english_rendering(zh, en):
    assert {gloss for gloss in gloss_weights(en) if gloss[0] != "~"} <= set(gloss_weights(zh))


def test_term_of_several_words_is_one_word():
    assert [word for word, _ in translated_words("灯塔工厂")] == ["灯塔工厂"]


@pytest.mark.parametrize("text", ["", "的", "the of and", "😀", "，。！"])
def test_text_without_content_has_no_glosses(text):
    assert not gloss_weights(text)


def test_content_word_is_rarer_than_a_function_word():
    assert gloss_idf("lighth") > gloss_idf("factor") > gloss_idf("the") > 0


@given(st.text(alphabet="苏州灯塔工厂的產值ab 12.·〇", max_size=20))
@settings(max_examples=100, deadline=None)
def test_weights_are_between_zero_and_one(text):
    assert all(0 < weight <= 1 for _, meaning in translated_words(text) for weight in meaning.glosses.values())


def test_glossary_rows_are_complete_and_terms_occur_once():
    table = resources.files("rag.text").joinpath("glossary.csv").read_text("utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    assert all(row["zh"] and row["en"] and None not in row for row in rows)
    repeated_terms = {row["zh"] for row in rows if sum(other["zh"] == row["zh"] for other in rows) > 1}
    assert not repeated_terms


@pytest.fixture
def user_glossary(tmp_path):
    """A user's own glossary, removed afterwards."""
    path = tmp_path / "own.csv"

    def write(text, encoding="utf-8"):
        path.write_text(text, encoding)
        return path

    yield write
    path.write_text("zh,en\n", "utf-8")
    load_user_terms(path)


def test_terms_of_the_user_match_in_both_languages(user_glossary):
    assert not set(gloss_weights("冰城快线")) & set(gloss_weights("snow express"))
    load_user_terms(user_glossary("zh,en\n冰城快線,snow express; ice city line\n", "utf-8-sig"))
    assert set(gloss_weights("snow express")) <= set(gloss_weights("冰城快线"))
    assert [word for word, _ in translated_words("冰城快线")] == ["冰城快线"]


@pytest.mark.parametrize(("text", "message"), [
    ("chinese,english\n冰,ice\n", "line 2: lacks a term under zh or en"), ("zh,en\n冰,\n", "line 2"),
    ("zh,en\n冰,ice\n,snow\n", "line 3")])
def test_incomplete_glossary_is_an_error_that_names_the_line(user_glossary, text, message):
    with pytest.raises(BadGlossary, match=message):
        load_user_terms(user_glossary(text))


def test_missing_or_unreadable_glossary_is_one_sentence(user_glossary, tmp_path):
    for path in (tmp_path / "none.csv", user_glossary("zh,en\n冰,ice\n", "utf-16")):
        with pytest.raises(BadGlossary, match=r"is not a glossary file .*HUWEN_GLOSSARY names a CSV in UTF-8"):
            load_user_terms(path)
