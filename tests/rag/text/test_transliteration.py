"""The two spellings of a foreign name share a phonetic key, and ordinary words have none."""

import pytest

from rag.text.glossary import gloss_weights
from rag.text.transliteration import han_phonetic_keys, is_name_spelling, key_weight, latin_phonetic_keys


@pytest.mark.parametrize(("zh", "en"), [
    ("胡格诺", "Huguenots"), ("杰克逊维尔", "Jacksonville"), ("忽必烈", "Kublai"), ("弗雷斯诺", "Fresno"),
    ("林迪斯法恩", "Lindisfarne"), ("麦金德", "Mackinder"), ("布朗利", "Brownlee"), ("科尔尼", "Kearney's"),
    ("珀西", "Percy"),
])
def test_two_spellings_of_a_name_share_a_key(zh, en):
    assert han_phonetic_keys([zh]) & latin_phonetic_keys(en)


def test_name_that_the_segmenter_split_has_keys_with_and_without_its_last_character():
    assert han_phonetic_keys(["胡", "格诺", "派"]) >= han_phonetic_keys(["胡格诺"])


@pytest.mark.parametrize(("zh", "en"), [("戈登森", "Lindisfarne"), ("珀西", "Tesla"), ("麦金德", "Fresno")])
def test_different_names_share_no_key(zh, en):
    assert not han_phonetic_keys([zh]) & latin_phonetic_keys(en)


@pytest.mark.parametrize("word", ["", "42", "'s", "苏州", "é", "a" * 5000])
def test_anything_but_a_latin_word_has_few_keys_or_none(word):
    assert len(latin_phonetic_keys(word)) <= 4


def test_names_are_spelt_with_name_characters():
    assert is_name_spelling("斯洛文尼亚")
    assert not is_name_spelling("产业")


def test_two_consonants_count_less_than_three():
    assert key_weight("~KN") < key_weight("~KNT") == 1


def test_names_match_across_languages_and_known_words_have_no_phonetic_keys():
    assert set(gloss_weights("Jacksonville")) & set(gloss_weights("杰克逊维尔的人口"))
    assert not any(gloss.startswith("~") for gloss in gloss_weights("factory water lake"))
