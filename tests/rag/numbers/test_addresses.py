"""Addresses: a clause, chapter, step or table is found by its number however it is written, and an amount is none."""

import pytest

from rag.numbers.addresses import Address, address_keys, address_name, block_address, find_addresses


def keys(question: str) -> list[str]:
    return [address.key for address in find_addresses(question)]


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("第十二条规定了什么？", "article 12"),
        ("第12条规定了什么？", "article 12"),
        ("第 12 条呢？", "article 12"),
        ("第一百二十条呢？", "article 120"),
        ("第一〇二条呢？", "article 102"),
        ("第两条呢？", "article 2"),
        ("第3.2条呢？", "article 3.2"),
        ("3.2条呢？", "article 3.2"),
        ("第二十条之一呢？", "article 20-1"),
        ("第三章讲什么？", "chapter 3"),
        ("第五回讲什么？", "chapter 5"),
        ("第二节讲什么？", "section 2"),
        ("第三部分呢？", "part 3"),
        ("第三步做什么？", "step 3"),
        ("步骤二是什么？", "step 2"),
        ("附件三有什么？", "annex 3"),
        ("附录B.2呢？", "annex B.2"),
        ("表4里有什么？", "table 4"),
        ("图 2 画的是什么？", "figure 2"),
        ("3.2.1 是什么？", "number 3.2.1"),
    ],
)
def test_a_chinese_question_names_its_clause(question: str, key: str) -> None:
    assert keys(question) == [key]


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("What does Article 12 say?", "article 12"),
        ("What does article XII say?", "article 12"),
        ("What does Art. 7 say?", "article 7"),
        ("What does § 4 say?", "section 4"),
        ("What is in Sec. 5?", "section 5"),
        ("What does clause 3.2 say?", "clause 3.2"),
        ("What does clause 3.2(b) say?", "clause 3.2(b)"),
        ("What does section 5 (b) say?", "section 5(b)"),
        ("Is it in article 5(2)(a)?", "article 5(2)(a)"),
        ("What is in Chapter V?", "chapter 5"),
        ("What is in part one?", "part 1"),
        ("What is step three?", "step 3"),
        ("What does Annex B say?", "annex B"),
        ("What is in Schedule 2?", "annex 2"),
        ("What does Table 2 show?", "table 2"),
        ("What does Figure 3.1 show?", "figure 3.1"),
    ],
)
def test_an_english_question_names_its_clause(question: str, key: str) -> None:
    assert keys(question) == [key]


@pytest.mark.parametrize(
    "question",
    [
        "他发表3篇论文了吗？",
        "谁代表3人发言？",
        "一共有几条？",
        "第三条件是什么？",
        "第一次是什么时候？",
        "产值是3.2万元吗？",
        "增速是3.2%吗？",
        "图书馆在哪里？",
        "2024.3.5发生了什么？",
        "Who will partake 3 times?",
        "Is section 12% of it?",
        "What is MIX 4?",
        "Is it 3.2 metres?",
    ],
)
def test_an_amount_or_a_word_is_no_address(question: str) -> None:
    assert keys(question) == []


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("第十二条第二款怎么规定？", "article 12 paragraph 2"),
        ("第五条第（三）项呢？", "article 5(3)"),
        ("第三条第1款第2项呢？", "article 3 paragraph 1(2)"),
    ],
)
def test_a_paragraph_and_an_item_belong_to_the_article_before_them(question: str, key: str) -> None:
    assert keys(question) == [key]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("第三条和第五条有什么不同？", ["article 3", "article 5"]),
        ("How do Article 3 and Section 5(b) differ?", ["article 3", "section 5(b)"]),
    ],
)
def test_two_addresses_are_both_found_in_their_order(question: str, found: list[str]) -> None:
    assert keys(question) == found


@pytest.mark.parametrize("question", ["请说明第十二条第二款的内容。", "Please explain Section 5(b) of the lease."])
def test_offsets_are_those_of_the_words_that_name_it(question: str) -> None:
    (address,) = find_addresses(question)
    assert question[address.start : address.end] in ("第十二条第二款", "Section 5(b)")


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("第十二条　违反本办法的，处罚款。", "article 12"),
        ("第三条", "article 3"),
        ("第三章 总则", "chapter 3"),
        ("第一步 打开盖子", "step 1"),
        ("3.2 Rent is due on the first day.", "number 3.2"),
        ("5.1.2试验方法", "number 5.1.2"),
        ("1、拌匀", "number 1"),
        ("1) Mix the flour", "number 1"),
        ("一、背景", "number 1"),
        ("（二）完善机制", "item 2"),
        ("(b) wear a jacket", "item b"),
        ("③强化管理", "item 3"),
        ("附件1：名单", "annex 1"),
        ("Table 1. Output", "table 1"),
        ("Chapter One", "chapter 1"),
        ("Article 5. The yearly fee", "article 5"),
        ("Step 1: mix", "step 1"),
    ],
)
def test_a_block_begins_with_its_address(line: str, key: str) -> None:
    address = block_address(line)
    assert address is not None
    assert address.key == key
    assert address.start == 0


@pytest.mark.parametrize(
    "line",
    [
        "第三条建议很好",
        "第二条路更短",
        "第一，要守时",
        "3.2 万元是全年的支出",
        "3.2的说法有误",
        "1.5倍于去年",
        "2024年的产值",
        "12 apples",
        "10.5元一斤",
        "A. Finch wrote it",
        "Sections 5 and 6",
        "Part-time 5 days",
        "(abc) is short",
        "违反第十二条的，处罚款。",
    ],
)
def test_a_line_that_begins_with_an_amount_or_a_word_has_no_address(line: str) -> None:
    assert block_address(line) is None


@pytest.mark.parametrize(
    "line", ["第一" + "万" * 500, "1" * 5_000, "(" * 5_000, "第" * 5_000, "Section " + " " * 5_000 + "3"]
)
def test_only_the_beginning_of_a_long_block_is_looked_at(line: str) -> None:
    assert block_address(line) == block_address(line[:60])


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("第3条呢？", "clause 3"),
        ("What does section 3.2 say?", "number 3.2"),
        ("What is in Chapter 2?", "number 2"),
        ("What is step 2?", "item 2"),
        ("What does section 5(b) say?", "section 5"),
        ("第十二条第二款呢？", "article 12"),
    ],
)
def test_a_document_may_have_the_clause_under_another_key(question: str, key: str) -> None:
    (address,) = find_addresses(question)
    others = address_keys(address)
    assert key in others
    assert others[0] == address.key
    assert len(set(others)) == len(others)


def test_an_item_has_its_clause_as_parent() -> None:
    assert Address("section", "5(b)(2)").parent() == Address("section", "5(b)")
    assert Address("section", "5").parent() is None


@pytest.mark.parametrize(
    ("key", "zh", "en"),
    [
        ("article 12", "第12条", "article 12"),
        ("chapter 3", "第3章", "chapter 3"),
        ("table 2", "表2", "table 2"),
        ("annex B", "附件B", "annex B"),
        ("number 3.2", "3.2", "3.2"),
        ("step 4", "第4步", "step 4"),
    ],
)
def test_an_address_is_named_as_a_reader_knows_it(key: str, zh: str, en: str) -> None:
    assert (address_name(key, "zh"), address_name(key, "en")) == (zh, en)


@pytest.mark.parametrize(("key", "zh"), [("article 12 paragraph 2", "第12条第2款"), ("article 12(2)", "第12条第2项")])
def test_the_name_of_a_paragraph_or_item_is_chinese(key: str, zh: str) -> None:
    assert address_name(key, "zh") == zh


def test_full_width_digits_are_digits() -> None:
    assert keys("第１２条规定了什么？") == ["article 12"]


@pytest.mark.parametrize(
    "question", ["What does Article 5 paragraph 2 say?", "What does paragraph 2 of Article 5 say?"]
)
def test_an_english_paragraph_belongs_to_its_article(question: str) -> None:
    assert keys(question) == ["article 5 paragraph 2"]


@pytest.mark.parametrize("question", ["192.168.7.30是什么设备的地址？", "Which printer has 192.168.7.30?"])
def test_a_network_address_is_no_clause(question: str) -> None:
    assert keys(question) == []
