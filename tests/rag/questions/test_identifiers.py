"""Identifiers: what tells one thing from others of its kind is found, and an amount or a date is none."""

import pytest

from rag.questions.identifiers import find_identifiers, has_identifier


@pytest.mark.parametrize(
    ("question", "identifiers"),
    [
        ("P100和P400的重量分别是多少？", ("p100", "p400")),
        ("青枫苑5栋201室月租多少？", ("5栋", "201室")),
        ("12号楼有几层？", ("12号楼",)),
        ("3号线几点开始运营？", ("3号线",)),
        ("101班有多少学生？", ("101班",)),
        ("型号AB-12-3的功率是多少？", ("ab-12-3",)),
        ("How heavy is the KX-300?", ("kx-300",)),
        ("What is the rent of room 12?", ("room 12",)),
        ("Who lives in flat 7B?", ("7b",)),
        ("What does error E12.3 mean?", ("e12.3",)),
        ("How do room 12 and Room 14 differ?", ("room 12", "room 14")),
        ("Is it invoice #1024?", ("invoice #1024",)),
    ],
)
def test_codes_and_numbered_things_are_found_in_order(question: str, identifiers: tuple[str, ...]) -> None:
    assert find_identifiers(question) == identifiers


@pytest.mark.parametrize(
    "question",
    [
        "5G套餐多少钱？",
        "Q3的营收是多少？",
        "GDP2023是多少？",
        "电话3号码是多少？",
        "25kg的面粉多少钱？",
        "50km有多远？",
        "What is on the 3rd floor?",
        "Was it in the 1990s?",
        "Is COVID-19 over?",
        "Is it open at 7am?",
        "How far is 50km?",
        "How many apples are in order?",
        "What does article 12 say?",
    ],
)
def test_an_amount_an_ordinal_or_a_period_is_no_identifier(question: str) -> None:
    assert find_identifiers(question) == ()


def test_an_identifier_that_is_named_twice_is_one() -> None:
    assert find_identifiers("P400和p400一样吗？") == ("p400",)
    assert find_identifiers("Is P400 the same as p400?") == ("p400",)


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("P400重12公斤。", "p400"),
        ("The Ｐ４００ is heavy.", "p400"),
        ("租客住在5栋201室。", "201室"),
        ("Room  12 is free.", "room 12"),
        ("(p400)", "p400"),
        ("KX-300。", "kx-300"),
    ],
)
def test_a_text_has_an_identifier_however_it_is_spaced_and_cased(text: str, identifier: str) -> None:
    assert has_identifier(text, identifier)


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("P4000重12公斤。", "p400"),
        ("XP400", "p400"),
        ("15栋有电梯。", "5栋"),
        ("1201室有人住。", "201室"),
        ("Room 120 is free.", "room 12"),
        ("Headroom 12 feet", "room 12"),
    ],
)
def test_a_part_of_a_longer_identifier_is_another_thing(text: str, identifier: str) -> None:
    assert not has_identifier(text, identifier)


@pytest.mark.parametrize("question", ["11月9号有什么活动？", "每月5号前要交什么？"])
def test_a_day_of_a_month_is_no_identifier(question: str) -> None:
    assert find_identifiers(question) == ()


@pytest.mark.parametrize(
    "question", ["200mg要多少钱？", "How many calories does 20min of rowing use?", "What does 3kWh cost?"]
)
def test_an_amount_with_a_less_usual_unit_is_no_identifier(question: str) -> None:
    assert find_identifiers(question) == ()


@pytest.mark.parametrize("identifier", ["kx300", "kx-300"])
@pytest.mark.parametrize("text", ["The KX-300 lifts 12 tons.", "KX300起重12吨。"])
def test_a_code_is_recognised_with_and_without_its_hyphen(text: str, identifier: str) -> None:
    assert has_identifier(text, identifier)


@pytest.mark.xfail(reason="digits and Chinese numerals are not compared", strict=True)
def test_an_identifier_is_recognised_in_chinese_numerals() -> None:
    assert has_identifier("三号线末班车二十三点发车。", "3号线")


def test_a_code_of_thousands_of_digits_is_read_in_linear_time():
    digits = "9" * 5_000
    assert find_identifiers(f"A{digits} 的价格是多少？") == (f"a{digits}",)
    assert find_identifiers(f"合计to{digits}tal多少") == ()
    assert find_identifiers(f"B{'1-' * 2_000}2xyz") == ()
