"""Figures written in either language have values that can be compared."""

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.numbers.figures import MIN_COUNTED_IN_WORDS, Figure, find_figures, informative_figures, is_incidental


def single_figure(text: str) -> Figure:
    """The one figure of a text."""
    (figure,) = find_figures(text)
    return figure


@pytest.mark.parametrize(("written", "value"), [
    ("增至228家", 228), ("grew to 228 firms", 228),
    ("共2,161,000人", 2_161_000), ("2,161,000 people", 2_161_000),
    ("1.6万余条", 16_000), ("over 16,000 policies", 16_000),
    ("两千余家", 2_000), ("more than 2,000", 2_000),
    ("2.18万个", 21_800), ("21,800 projects", 21_800),
    ("３.８万亿元", 3_800_000_000_000), ("3.8 trillion yuan", 3_800_000_000_000),
    ("一百二十三家", 123), ("one hundred and twenty-three", 123),
    ("一千零一夜", 1_001), ("twenty-one", 21),
    ("二万五", 25_000), ("two hundred thousand", 200_000),
    ("3百家", 300), ("350 million", 350_000_000),
    ("100萬", 1_000_000), ("1.2k", 1_200),
])
def test_number_is_read_as_its_value(written, value):
    assert single_figure(written).value == value


@pytest.mark.parametrize(("zh", "en"), [
    ("4.36万亿元", "4.36 trillion yuan"), ("43600亿元", "4.36 trillion yuan"), ("43,600亿元", "RMB 4.36 trillion"),
    ("92.9％", "92.9%"), ("百分之九十", "ninety percent"), ("3个百分点", "3 percentage points"),
    ("百分之百", "100 per cent"), ("八分之一", "1/8"), ("八分之一", "one eighth"), ("八分之一", "one-eighth"),
    ("三分之二", "two thirds"), ("一半", "half"),
    ("二〇二三年", "in 2023"), ("2022年2月8日", "8 February 2022"), ("2022年2月8日", "February 8, 2022"),
    ("二〇二二年二月八日", "2022-02-08"), ("2023年9月", "September 2023"), ("12月31日", "31 December"),
    ("35亿美元", "US$3.5 billion"), ("35亿美元", "$3.5bn"), ("100元人民币", "100 yuan"),
])
def test_same_figure_in_both_languages_is_equal(zh, en):
    assert single_figure(zh).has_same_value(single_figure(en))


@pytest.mark.parametrize(("one", "other"), [
    ("US$3.5 billion", "3.5 billion yuan"), ("35亿美元", "35亿元"),
    ("4.1%", "4.1"), ("百分之九十", "九十家"),
    ("3.5亿元", "3.5万元"), ("3.5 billion yuan", "3.5 million yuan"),
    ("2022年2月8日", "2022年2月9日"), ("8 February 2022", "February 2022"),
])
def test_figures_of_another_kind_or_size_are_not_equal(one, other):
    assert not single_figure(one).has_same_value(single_figure(other))


@pytest.mark.parametrize(("short", "text"), [
    ("12", "共112家企业"), ("12", "in all 112 firms"), ("36", "4.36万亿元"), ("0", "2,000 firms"),
])
def test_number_inside_a_longer_number_is_not_found(short, text):
    assert single_figure(short).value not in {f.value for f in find_figures(text)}


@pytest.mark.parametrize(("text", "values"), [
    ("形成2个3000亿元级产业集群", [2, 300_000_000_000]),
    ("3 projects of 300 billion yuan", [3, 300_000_000_000]),
    ("10%—20%", [10, 20]), ("from 2021 to 2023", [2021, 2023]),
    ("2022年达３.８万亿元，占八分之一", [2022, 3_800_000_000_000, Fraction(1, 8)]),
])
def test_neighbouring_figures_are_not_merged(text, values):
    assert [f.value for f in find_figures(text)] == values


@pytest.mark.parametrize("name", [
    "ISO9001", "A4纸", "G60科创走廊", "千岛湖", "behalf", "third-generation", "百度", "Ⅳ"])
def test_digits_and_numerals_inside_names_are_not_figures(name):
    assert find_figures(name) == []


@pytest.mark.parametrize("text", [
    "四大产业创新集群", "一个国家", "one of the five strengthenings", "三链融合"])
def test_small_numbers_in_words_state_nothing(text):
    assert list(informative_figures(text)) == []


@pytest.mark.parametrize("text", [
    "有十三家企业", "thirteen firms", "有6家", "6 firms", "占八分之一", "one eighth of them"])
def test_large_numbers_in_words_and_all_in_digits_state_something(text):
    assert list(informative_figures(text))


@pytest.mark.parametrize(("text", "is_statement", "is_count"), [
    ("四大", False, True), ("一个", False, False), ("thirteen", True, True), ("two", False, False), ("6", True, True)])
def test_number_in_words_counts_from_three_and_states_something_from_eleven(text, is_statement, is_count):
    assert is_incidental(single_figure(text)) is not is_statement
    assert is_incidental(single_figure(text), MIN_COUNTED_IN_WORDS) is not is_count


def test_text_of_a_figure_is_as_written_and_not_as_folded():
    assert single_figure("达３.８万亿元").text == "３.８万亿元"
    assert single_figure("up ９２％").text == "９２％"


_NUMBERISH = st.text(
    alphabet="0123456789０９,，.．%％/-年月日号十百千万亿零〇一二两点分之半元家余多 "
             "aAnhlfonetwrdiuysbgkK$￥¥US²٣", max_size=40)
_WORDS = st.lists(st.sampled_from(
    "one two hundred thousand million half third May 8 2022 percent yuan US$ RMB a "
    "百分之 分之 点 十 万 亿 年 月 日 元 . , - 1,000 bn".split()), max_size=12)


_TEXTS = st.one_of(st.text(max_size=60), _NUMBERISH, _WORDS.map(" ".join), _WORDS.map("".join))


@given(_TEXTS)
@settings(max_examples=400, deadline=None)
def test_figures_of_any_text_are_in_order_and_have_true_offsets(text):
    last_end = 0
    for figure in find_figures(text):
        assert last_end <= figure.start < figure.end <= len(text)
        assert text[figure.start : figure.end] == figure.text
        last_end = figure.end


@pytest.mark.parametrize(("written", "value", "unit"), [
    ("a 20-billion-yuan fund", 20_000_000_000, "yuan"), ("规模200亿元的基金", 20_000_000_000, "yuan"),
    ("the 300-billion-yuan class", 300_000_000_000, "yuan"), ("投资3千元", 3_000, "yuan"),
    ("CNY3.5bn", 3_500_000_000, "yuan"), ("RMB3.5 billion", 3_500_000_000, "yuan"),
    ("RMB 1 trillion", 10**12, "yuan"), ("US$ 3.5 billion", 3_500_000_000, "usd"),
    ("US $3.5bn", 3_500_000_000, "usd"), ("HK$3.5 billion", 3_500_000_000, ""),
    ("3.5 billion US dollars", 3_500_000_000, "usd"), ("five million U.S. dollars", 5_000_000, "usd"),
    ("一亿二千万元", 120_000_000, "yuan"), ("1亿2000万元", 120_000_000, "yuan"),
    ("三万五千亿元", 3_500_000_000_000, "yuan"),
    ("200多亿元", 20_000_000_000, "yuan"), ("两百余亿元", 20_000_000_000, "yuan"),
    ("3万5千家", 35_000, "家"), ("三点五亿元", 350_000_000, "yuan"), ("三点五倍", Fraction(7, 2), "倍"),
    ("共2千", 2_000, ""), ("长2千米", 2, ""),
    ("half a million", 500_000, ""), ("two and a half million", 2_500_000, ""),
    ("half a billion dollars", 500_000_000, "usd"),
    ("twelve thousand five hundred", 12_500, ""), ("one million two hundred thousand", 1_200_000, ""),
    ("3‰", Fraction(3, 1000), ""), ("千分之三", Fraction(3, 1000), ""),
    ("三成", 30, "%"), ("近7成企业", 70, "%"), ("三成五", 35, "%"), ("三个百分点", 3, "%"),
    ("the 8th of February 2022", 20_220_208, "date"), ("on the 8th of February", 208, "date"),
])
def test_written_form_is_read_whole(written, value, unit):
    assert [(f.value, f.unit) for f in find_figures(written)] == [(value, unit)]


@pytest.mark.parametrize(("text", "values"), [
    ("between five thousand and ten thousand", [5_000, 10_000]), ("three hundred and five hundred", [300, 500]),
    ("100,2000", [100, 2_000]), ("5万、6万", [50_000, 60_000]), ("三点二十分", [3, 20]),
    ("2021，5%的企业", [2021, 5]),
])
def test_two_numbers_are_not_read_as_one(text, values):
    assert [f.value for f in find_figures(text)] == values


@pytest.mark.parametrize(("count", "same"), [
    ("2000 firms", "2000家"), ("2,000 firms", "2000家"), ("grew to 2000 new enterprises", "2000家"),
    ("2000多企业", "2000家"),
])
def test_count_that_looks_like_a_year_equals_the_same_count(count, same):
    assert single_figure(count).has_same_value(single_figure(same))


@pytest.mark.parametrize("text", [
    "in 2022", "2022 output", "In 2022 companies grew", "the 2022 projects", "since 2022 new firms"])
def test_year_before_a_noun_stays_a_year(text):
    assert single_figure(text).kind == "year"


@pytest.mark.parametrize("idiom", [
    "一一说明", "万一失败", "七八个", "三四十家", "千方百计", "千万不要忘记", "成千上万", "千家万户",
    "“十四五”时期", "一二三产融合", "四成员国", "第三成为",
])
def test_idiom_with_numerals_states_nothing(idiom):
    assert list(informative_figures(idiom)) == []


@pytest.mark.parametrize(("vague", "exact"), [
    ("数千家", "1000家"), ("几十家", "10家"), ("十几家", "10家"), ("七八百家", "78家")])
def test_vague_number_is_not_an_exact_one(vague, exact):
    assert not any(f.has_same_value(single_figure(exact)) for f in find_figures(vague))


@pytest.mark.parametrize("text", ["5 mıllion", "ſeven", "five thouſand"])
def test_letters_that_fold_to_ascii_do_not_raise(text):
    find_figures(text)


@pytest.mark.parametrize("piece", ["1;", "1,", ",000", "1", "一", "一千", "one ", "one million ", "May ", "1 "])
def test_long_table_of_numbers_takes_time_in_proportion(piece):
    def cpu_seconds(n: int) -> float:
        started = time.process_time()  # CPU time of this process, which other processes do not change
        find_figures(piece * n)
        return time.process_time() - started

    cpu_seconds(10)
    assert min(cpu_seconds(1600) for _ in range(3)) < 5 * max(cpu_seconds(400) for _ in range(3)) + 0.05
