"""The language of a text, its sentences, words, search terms and shingles."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.language import (
    detect_language,
    han_bigrams,
    is_traditional,
    normalise,
    search_terms,
    segment_words,
    sentence_spans,
    shingles,
    stem_shingles,
    to_traditional,
)


def split_sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in sentence_spans(text)]


@pytest.mark.parametrize(("question", "language"), [
    ("What is 年假?", "en"), ("GDP、AI 和 5G 指什么", "zh"), ("IBM 在苏州有 office 吗", "zh"),
    ("Compare 苏州 and 无锡", "en"), ("“唯创新者胜” 英文怎么说？", "zh"),
    ("new quality productive forces 是什么意思？", "zh"), ("What are 四个聚焦？", "en"),
    ("SMEs in 苏州工业园区", "en"), ("5G基站", "zh"), ("AI 创新", "zh"), ("", "zh"), ("2022", "zh"), ("😀", "zh"),
    ("the", "en"),
    ("介绍一下 lighthouse factory", "zh"), ("Explain 新质生产力", "en"),
    ("What does 人到苏州必有为 mean?", "en"),
    ("What is 以物为本?", "en"),
    ("What does “唯勇者敢为天下先” mean?", "en"),
    ("Who wrote 关于苏州以新型工业化引擎加快形成新质生产力的思考?", "en"),
    ("What's the name of 苏州市委书记曹路宝提出的产业创新集群行动计划？", "en"),
    ("total output of 苏州市规模以上工业和电子信息产业", "en"),
    ("Define 灯塔工厂", "en"),
    ("翻译 lighthouse factories", "zh"),
    ("解释 new quality productive forces", "zh"),
    ("Describe the 灯塔工厂的发展", "en"), ("《What Is to Be Done》的作者", "zh"), ("WHO 在中国有 office", "zh"),
    ("Bank of China 在苏州有分行", "zh"), ("AI和5G", "zh"), ("Who is the author of 《苏州为什么能》?", "en"),
    ("'什么是新质生产力' in English", "en"),
])
def test_grammar_decides_the_language_of_a_mixed_question(question, language):
    assert detect_language(question) == language


@pytest.mark.parametrize(("text", "parts"), [
    ("增长4.1%。“好！”他说。", ["增长4.1%。", "“好！”他说。"]),
    ("Growth was 4.1%. Output was 4.36 trillion yuan. Good.",
     ["Growth was 4.1%.", "Output was 4.36 trillion yuan.", "Good."]),
    ("等等……然后走了。", ["等等……", "然后走了。"]),
    ("Dr. Smith came. Mr. Jones left.", ["Dr. Smith came.", "Mr. Jones left."]),
    ("The U.S. economy grew. It led.", ["The U.S. economy grew.", "It led."]),
    ("He said “Stop.” Then left.", ["He said “Stop.”", "Then left."]),
    ("See No. 7 of 2024. It was good.", ["See No. 7 of 2024.", "It was good."]),
    ("苏州GDP增长。Suzhou grew. 好。", ["苏州GDP增长。", "Suzhou grew.", "好。"]),
    ("版本4.0。升级。", ["版本4.0。", "升级。"]),
    ("（一）加强领导。（二）完善机制。", ["（一）加强领导。", "（二）完善机制。"]),
    ("第一行\n第二行", ["第一行", "第二行"]),
    ("What?! Really?", ["What?!", "Really?"]),
    ("1. First. 2. Second.", ["1. First.", "2. Second."]),
    ("产值达4万亿元.同比增长。", ["产值达4万亿元.", "同比增长。"]), ("增长4.1%.其中工业", ["增长4.1%.", "其中工业"]),
    ("1. 加强领导。2. 完善机制。", ["1. 加强领导。", "2. 完善机制。"]),
    ("It came in 2022. It grew.", ["It came in 2022.", "It grew."]),
    ("In all 1,234,567. 共1,234,567家，好。", ["In all 1,234,567.", "共1,234,567家，好。"]),
])
def test_text_is_split_where_sentences_end(text, parts):
    assert split_sentences(text) == parts


def test_unclosed_quotation_mark_does_not_swallow_the_text():
    text = "“未闭合的引号。" + "这是后面的一句话。" * 40
    assert len(split_sentences(text)) > 20


@given(st.one_of(
    st.text(max_size=80),
    st.text(alphabet="他说“”。！？!?.… \n\r\u2028\x0b\x85\u3000\t(）（》《」「ab1A", max_size=60)))
@settings(max_examples=400, deadline=None)
def test_sentences_are_in_order_and_cover_the_whole_text(text):
    last, covered = 0, set()
    for start, end in sentence_spans(text):
        assert last <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        covered |= set(range(start, end))
        last = end
    assert all(character.isspace() or i in covered for i, character in enumerate(text))


def test_a_year_and_a_noun_are_not_joined_into_one_word():
    assert segment_words("2022年产值") == ["2022", "年", "产值"]


def test_number_with_thousands_commas_is_one_word():
    assert segment_words("共13,473家")[1] == "13473"
    assert segment_words("13,473 firms")[0] == "13473"


def test_function_words_are_not_search_terms():
    assert search_terms("the factories 的产值") == ["factori", "产值"]


@pytest.mark.parametrize(("traditional", "simplified"), [
    ("ＧＤＰ與產值", "gdp与产值"), ("後面的頭髮", "后面的头发"), ("ﬁrst", "first")])
def test_variants_have_one_normal_form(traditional, simplified):
    assert normalise(traditional) == simplified


def test_bigrams_do_not_cross_punctuation():
    assert han_bigrams("灯塔，工厂") == ["灯塔", "工厂"]


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_text_has_words_and_a_language(text):
    assert all(segment_words(text))
    assert detect_language(text) in ("zh", "en")


@pytest.mark.parametrize(("text", "traditional"), [
    ("蘇州四大產業創新集群的產值是多少？", True), ("台灣有多少家？", True), ("苏州的产值是多少？", False),
    ("多少", False), ("What is 年假?", False),
    ("How many?", False)])
def test_traditional_characters_are_distinguished_from_simplified(text, traditional):
    assert is_traditional(text) == traditional


def test_quotations_and_titles_are_not_converted():
    simplified = "资料中的原文：《苏州产业》：“产值达3.8万亿元。”[1] 说法"
    assert to_traditional(simplified) == "資料中的原文：《苏州产业》：“产值达3.8万亿元。”[1] 說法"


@given(st.text(st.characters(max_codepoint=127), max_size=40))
@settings(max_examples=200, deadline=None)
def test_ascii_text_is_normalised_as_any_other_text_is(text):
    assert normalise(text) == normalise(text + "。")[:-1]


@pytest.mark.parametrize(("text", "with_words", "without_words"), [
    ("研究所", {"研究", "究所", "研究所"}, {"研究", "究所"}),
    ("the factories of 2022", {"factori", "2022"}, {"factori", "2022"})])
def test_shingles_are_han_bigrams_and_terms(text, with_words, without_words):
    assert shingles(text) == with_words
    assert stem_shingles(text) == without_words
