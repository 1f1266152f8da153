"""Finders of names, and the names of a claim that its source lacks, within a language and across."""

import pytest

from rag.text.entities import (
    district_names,
    find_name_terms,
    find_names,
    missing_names,
    name_kinds,
    organisation_names,
    person_names,
    place_names,
    query_name_terms,
    tag_words,
    word_name_kind,
)


@pytest.mark.parametrize(("claim", "source"), [
    ("苏州市有6家灯塔工厂", "苏州有6家灯塔工厂"),
    ("Suzhou has six lighthouse factories.", "Six lighthouse factories are in Suzhou."),
    ("Suzhou has six lighthouse factories.", "苏州有6家灯塔工厂"),
    ("苏州有6家灯塔工厂", "Suzhou has six lighthouse factories."),
    ("The palace was finished in 1420.", "It was completed in 1420."), ("蘇州的產值", "苏州的产值")])
def test_names_that_the_source_has_are_not_missing(claim: str, source: str) -> None:
    assert missing_names(claim, source) == []


@pytest.mark.parametrize(("claim", "source", "missing"), [
    ("杭州有6家灯塔工厂", "苏州有6家灯塔工厂", "杭州"),
    ("Hangzhou has six of them.", "Suzhou has six of them.", "Hangzhou"),
    ("Hangzhou has six lighthouse factories.", "苏州有6家灯塔工厂", "Hangzhou"),
    ("杭州有6家灯塔工厂", "Suzhou has six lighthouse factories.", "杭州"),
    ("The plant belongs to BMW.", "The plant belongs to Siemens.", "BMW")])
def test_names_that_the_source_lacks_are_missing(claim: str, source: str, missing: str) -> None:
    assert missing_names(claim, source) == [missing]


def test_a_capital_at_the_beginning_of_a_sentence_is_not_a_name() -> None:
    assert find_names("Output reached 5 trillion yuan. Factories grew.") == ()


@pytest.mark.parametrize(("text", "names"), [
    ("苏州市的BMW工厂", ("苏州市", "BMW")), ("The plant in Suzhou grew in May.", ("Suzhou",))])
def test_names_are_found_as_they_are_written(text: str, names: tuple[str, ...]) -> None:
    assert find_names(text) == names


@pytest.mark.parametrize(("text", "terms"), [
    ("苏州昆山全市", {"苏州", "昆山"}), ("It rose in New York's parks in May.", {"new", "york"})])
def test_terms_of_names_leave_out_months_and_whole_regions(text: str, terms: set[str]) -> None:
    assert find_name_terms(text) == terms


@pytest.mark.parametrize(("question", "terms"), [
    ("苏州的 BMW 工厂在哪？", {"苏州", "bmw"}), ("Which plants are in Suzhou?", {"suzhou"})])
def test_terms_of_a_question_s_names_come_from_both_scripts(question: str, terms: set[str]) -> None:
    assert query_name_terms(question) == terms


@pytest.mark.parametrize(("word", "tag", "kind"), [
    ("苏州", "ns", "place"), ("维多利亚港", "nz", "place"), ("张三", "nr", "name"), ("bmw", "eng", "name"),
    ("产值", "n", None)])
def test_tag_and_last_character_tell_places_from_other_names(word: str, tag: str, kind: str | None) -> None:
    assert word_name_kind(word, tag) == kind


@pytest.mark.parametrize(("text", "kinds"), [
    ("张三在苏州", {"nr", "ns"}), ("产值增长", set()),
    ("He lives in Suzhou.", {"nr", "ns", "nt"}), ("He lives here.", set())])
def test_an_english_name_may_be_of_any_kind(text: str, kinds: set[str]) -> None:
    assert name_kinds(text) == kinds


@pytest.mark.parametrize(("text", "persons"), [
    ("曹路宝在苏州大学", ("曹路宝",)), ("John A. Smith of Suzhou University and The New Plan", ("John A. Smith",))])
def test_organisations_and_titles_are_not_persons(text: str, persons: tuple[str, ...]) -> None:
    assert person_names(text) == persons


def test_places_districts_and_organisations_of_chinese_texts() -> None:
    assert place_names("苏州和昆山") == ["苏州", "昆山"]
    assert district_names("吴江区的区域") == ["吴江区"]
    assert organisation_names("由苏州大学创办") == ["苏州"]
    assert place_names("Suzhou") == district_names("Suzhou") == organisation_names("Suzhou University") == []


@pytest.mark.parametrize("text", ["蘇州產值", "㈱苏州", "Suzhou 2022", ""])
def test_tagged_words_cover_the_text(text: str) -> None:
    ends = [0]
    for _, _, start, end in tag_words(text):
        assert start == ends[-1]
        ends.append(end)
    assert ends[-1] == len(text)
