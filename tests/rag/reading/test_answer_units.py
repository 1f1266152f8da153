"""Answer units: a list comes with its opening, an answer whole, and a clause with its items, but nothing of another."""

from dataclasses import replace

import pytest

from rag.numbers.addresses import address_keys, find_addresses
from rag.reading.answer_units import MAX_UNIT_SENTENCES, AnswerUnits, first_in_reading, list_coverage
from rag.reading.matching import Sentence
from tests.rag.made_passages import make_passages, rank_text


def units_of(text: str, markup: str = "markdown") -> AnswerUnits:
    return AnswerUnits.of_ranking(rank_text("什么 what", text, markup))


def sentence_of(units: AnswerUnits, text: str) -> Sentence:
    return next(sentence for sentence in units.sentences if sentence.text == text)


def texts(sentences: list[Sentence]) -> list[str]:
    return [sentence.text for sentence in sentences]


def expand(text: str, chosen: str, *, whole_lists: bool, markup: str = "markdown") -> list[str]:
    units = units_of(text, markup)
    return texts(units.expand(sentence_of(units, chosen), whole_lists=whole_lists))


LISTS_ZH = (
    "# 托管班\n\n报名需要：\n\n- 户口本\n- 照片\n  - 一寸的\n- 接种证\n\n开课时：\n\n1. 缴费\n2. 领书\n\n老师有证。"
)
LISTS_EN = (
    "# Day care\n\nTo sign up, bring:\n\n- a birth certificate\n- a photograph\n  - two inches wide\n"
    "- a vaccination card\n\n"
    "On the first day:\n\n1. Pay\n2. Fetch the books\n\nThe teachers are qualified."
)
ALL_ZH, ALL_EN = (
    ["报名需要：", "户口本", "照片", "一寸的", "接种证"],
    ["To sign up, bring:", "a birth certificate", "a photograph", "two inches wide", "a vaccination card"],
)


@pytest.mark.parametrize(("text", "whole"), [(LISTS_ZH, ALL_ZH), (LISTS_EN, ALL_EN)])
def test_an_opening_brings_its_list_with_inner_lists(text: str, whole: list[str]) -> None:
    assert expand(text, whole[0], whole_lists=False) == whole


@pytest.mark.parametrize(("text", "whole"), [(LISTS_ZH, ALL_ZH), (LISTS_EN, ALL_EN)])
def test_an_item_brings_its_list_only_if_a_list_is_asked_for(text: str, whole: list[str]) -> None:
    assert expand(text, whole[1], whole_lists=True) == whole
    assert expand(text, whole[1], whole_lists=False) == whole[1:2]


@pytest.mark.parametrize(("text", "whole"), [(LISTS_ZH, ALL_ZH), (LISTS_EN, ALL_EN)])
def test_an_item_brings_the_list_inside_of_it(text: str, whole: list[str]) -> None:
    assert expand(text, whole[2], whole_lists=False) == whole[2:4]


@pytest.mark.parametrize(("text", "sentence"), [(LISTS_ZH, "老师有证。"), (LISTS_EN, "The teachers are qualified.")])
def test_a_paragraph_is_its_own_unit(text: str, sentence: str) -> None:
    assert expand(text, sentence, whole_lists=True) == [sentence]


@pytest.mark.parametrize(
    ("text", "first", "answer"),
    [
        (
            "问：几点关门？\n\n答：八点半。周一闭馆。\n\n问：谁管？\n\n答：物业。",
            "周一闭馆。",
            ["八点半。", "周一闭馆。"],
        ),
        (
            "Q: When does it close?\n\nA: At eight. It is shut on Mondays.\n\nQ: Who?\n\nA: Us.",
            "At eight.",
            ["At eight.", "It is shut on Mondays."],
        ),
    ],
)
def test_a_sentence_of_an_answer_brings_the_whole_answer(text: str, first: str, answer: list[str]) -> None:
    assert expand(text, first, whole_lists=False) == answer


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("问：几点关门？\n\n答：甲。" + "".join(f"第{n}点。" for n in range(6)), "甲。"),
        ("Q: When does it close?\n\nA: It varies. " + "It is late on day two. " * 6, "It varies."),
    ],
)
def test_a_long_answer_is_not_brought_whole(text: str, first: str) -> None:
    assert expand(text, first, whole_lists=False) == [first]


@pytest.mark.parametrize("opening", ["请带：", "Bring:"])
def test_a_very_long_list_is_bounded(opening: str) -> None:
    text = f"{opening}\n\n" + "\n".join(f"- 物 thing {n}" for n in range(60))
    assert len(expand(text, opening, whole_lists=False)) == MAX_UNIT_SENTENCES
    assert len(expand(text, "物 thing 9", whole_lists=True)) == MAX_UNIT_SENTENCES


@pytest.mark.parametrize(
    ("text", "lists"),
    [
        (LISTS_ZH, [ALL_ZH, ["照片", "一寸的"], ["开课时：", "1. 缴费", "2. 领书"]]),
        (
            LISTS_EN,
            [ALL_EN, ["a photograph", "two inches wide"], ["On the first day:", "1. Pay", "2. Fetch the books"]],
        ),
    ],
)
def test_all_lists_of_a_document(text: str, lists: list[list[str]]) -> None:
    assert [texts(unit) for unit in units_of(text).lists()] == lists


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# 步骤\n\n1. 关阀\n2. 放水\n\n正文在中间。\n\n1. 开阀\n2. 关灯", ["1. 开阀", "2. 关灯"]),
        ("# Steps\n\n1. Close it\n2. Drain it\n\nText between.\n\n1. Open it\n2. Leave", ["1. Open it", "2. Leave"]),
    ],
)
def test_a_list_that_begins_again_at_one_is_another_list(text: str, expected: list[str]) -> None:
    assert expand(text, expected[1], whole_lists=True) == expected


CLAUSES_ZH = (
    "养犬办法\n\n第一章 总则\n\n第一条 为了规范养犬，制定本办法。\n\n第二条 每户限养一只犬。\n\n犬证每年十元。\n\n第二章 义务\n\n"
    "第三条 养犬人应当：\n（一）牵绳；\n（二）清理粪便。\n\n第四条 本办法即日施行。"
)
CLAUSES_EN = (
    "# Dog rules\n\n## Chapter 1 General\n\nArticle 1. These rules apply to dogs.\n\nArticle 2. One dog is allowed.\n\n"
    "A licence costs ten pounds.\n\n## Chapter 2 Duties\n\nArticle 3. The owner shall:\n\n(a) use a lead;\n\n"
    "(b) clean up.\n\n"
    "Article 4. The rules are in force."
)


def addressed(question: str, text: str) -> list[str]:
    (address,) = find_addresses(question)
    markup = "markdown" if text.startswith("#") else "text"
    passage = next(p for p in make_passages(text, markup) if set(address_keys(address)) & set(p.addresses))
    return texts(units_of(text, markup).with_address(passage, address))


@pytest.mark.parametrize(
    ("question", "text", "clause"),
    [
        ("第三条", CLAUSES_ZH, ["第三条 养犬人应当：", "（一）牵绳；", "（二）清理粪便。"]),
        ("Article 3", CLAUSES_EN, ["Article 3. The owner shall:", "(a) use a lead;", "(b) clean up."]),
        ("第二条", CLAUSES_ZH, ["第二条 每户限养一只犬。", "犬证每年十元。"]),
        ("Article 2", CLAUSES_EN, ["Article 2. One dog is allowed.", "A licence costs ten pounds."]),
    ],
)
def test_a_clause_comes_with_its_items_and_paragraphs(question: str, text: str, clause: list[str]) -> None:
    assert addressed(question, text) == clause


@pytest.mark.parametrize(
    ("question", "text", "item"),
    [
        ("第三条第二项", CLAUSES_ZH, ["（二）清理粪便。"]),
        ("Article 3(b)", CLAUSES_EN, ["(b) clean up."]),
        ("第二条第二款", CLAUSES_ZH, ["犬证每年十元。"]),
    ],
)
def test_an_item_or_paragraph_comes_alone(question: str, text: str, item: list[str]) -> None:
    assert addressed(question, text) == item


@pytest.mark.parametrize(
    ("question", "text", "first", "last"),
    [
        ("第二章", CLAUSES_ZH, "第三条 养犬人应当：", "第四条 本办法即日施行。"),
        ("Chapter 2", CLAUSES_EN, "Article 3. The owner shall:", "Article 4. The rules are in force."),
    ],
)
def test_a_chapter_is_what_follows_its_heading(question: str, text: str, first: str, last: str) -> None:
    found = addressed(question, text)
    assert (found[0], found[-1]) == (first, last)
    assert len(found) == 4


@pytest.mark.parametrize(("question", "text"), [("报名要带什么？", LISTS_ZH), ("What to bring to sign up?", LISTS_EN)])
def test_the_list_that_is_asked_for_covers_most_of_the_question(question: str, text: str) -> None:
    ranking = rank_text(question, text)
    lists = AnswerUnits.of_ranking(ranking).lists()
    shares = [list_coverage(ranking.question, unit, ranking.term_weight) for unit in lists]
    assert all(0 <= share <= 1.0001 for share in shares)
    assert shares[0] > shares[2]


def test_repetitions_are_left_out_in_the_order_given() -> None:
    sentences = list(units_of(LISTS_ZH).sentences)
    assert first_in_reading([*sentences[:2], *sentences]) == sentences


def test_lists_inside_of_lists_are_followed_only_as_far_as_they_are_quoted() -> None:
    item = rank_text("什么", "- 乙 B\n- 丙 C").candidates[0].sentence
    assert item.block is not None
    chain = AnswerUnits(
        [replace(item, block=replace(item.block, index=n, parent=n - 1), start=n, end=n + 1) for n in range(2_000)]
    )
    assert len(chain.expand(chain.sentences[0], whole_lists=False)) <= MAX_UNIT_SENTENCES
