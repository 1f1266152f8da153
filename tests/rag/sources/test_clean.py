"""Cleaning: broken lines become complete paragraphs, and clean text is unchanged."""

import re
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.sources.clean import clean
from rag.sources.elements import Element, FileContent, table_of_texts
from rag.sources.loaders import load
from rag.sources.plain_structure import is_heading_like
from rag.text.language import sentence_spans
from tests.rag.sources.contents import clean_document, text_content


def cleaned(text: str) -> str:
    return clean_document(text).page_content


def paragraphs(text: str) -> list[str]:
    """The paragraphs and lines of the clean text."""
    return cleaned(text).replace("\n\n", "\n").split("\n")


EN = (
    "The committee met on three occasions during the year and considered a broad range of manufacturing policy "
    "questions. It noted that output grew by 4.1% to 4.36 trillion yuan. Members stressed that investment in the "
    "newest equipment was needed. The report was adopted.")
EN_2 = (
    "A second paragraph begins here with a different subject altogether and runs on for some lines. It mentions Dr. "
    "Smith, who chaired the panel, and Mr. Jones, who seconded the motion. Nobody objected to it.")
ZH = ("二〇二三年苏州工业总产值达到四万三千亿元，比上年增长百分之四点一。全市规模以上企业有一万三千家，其中高新技术企业占比较高，"
      "居全省第一。各区县均衡发展，昆山、张家港、常熟和太仓连续多年位居前列，吴江紧随其后。")
ZH_2 = "创新是引领发展的第一动力，企业是创新的主体。苏州要充分发挥企业家的作用，推动创新链与产业链深度融合。"


def broken(text: str) -> str:
    """The text as an extractor gives it: lines of one width, 80 columns or 30 characters."""
    return "\n".join(textwrap.wrap(text, 80 if text.isascii() else 30, break_on_hyphens=False))


@pytest.mark.parametrize(("one", "two"), [(ZH, ZH_2), (EN, EN_2)])
def test_lines_broken_at_a_margin_are_joined_and_paragraphs_stay_separate(one, two):
    assert paragraphs(broken(one) + "\n\n" + broken(two)) == [one, two]


@pytest.mark.parametrize(("one", "two"), [(ZH, ZH_2), (EN, EN_2)])
def test_blank_lines_after_every_line_are_ignored(one, two):
    assert paragraphs((broken(one) + "\n" + broken(two)).replace("\n", "\n\n")) == [one, two]


@pytest.mark.parametrize("text", [
    "苏州市二〇二二年规模以上工业总产值达到四万三千亿元，昆山居首，张家港次之。",
    "Suzhou's output grew again in that year, and Kunshan came first.",
])
def test_the_only_paragraph_of_a_page_is_complete(text):
    assert paragraphs("\n".join(textwrap.wrap(text, 40 if text.isascii() else 20))) == [text]


@pytest.mark.parametrize(("heading", "one", "two"), [
    ("二、创新的现状与问题", ZH, ZH_2), ("Conclusions and Outlook", EN, EN_2), ("CONCLUSIONS AND OUTLOOK", EN, EN_2)])
def test_a_heading_between_broken_paragraphs_stays_separate(heading, one, two):
    assert paragraphs("\n".join([broken(one), heading, broken(two)])) == [one, heading, two]


@pytest.mark.parametrize("lines", [
    ["第一章 总则", "第二章 组织", "第三章 罚则"], ["Chapter One", "Chapter Two", "Chapter Three"],
    ["床前明月光，", "疑是地上霜。", "举头望明月，", "低头思故乡。"], ["Good morning.", "Yes.", "No, thank you.", "We shall see."],
    ["Two roads diverged in a yellow wood,", "And having perhaps the better claim,",
     "Because it was grassy and wanted wear;"],
])
def test_a_document_of_short_lines_is_unchanged(lines):
    assert paragraphs("\n".join(lines)) == lines


@pytest.mark.parametrize(("one", "items", "two"), [
    (EN, ["1. First item", "2. Second item"], EN_2),
    (ZH, ["1、提高产值", "2、培训工人"], ZH_2), (ZH, ["（一）加强领导", "（二）完善机制"], ZH_2),
    (EN, ["• raise output", "• train workers", "• cut energy use"], EN_2),
    (ZH, ["1、提高各区县的产值", "2、培训各区县的工人", "3、降低各区县的能耗"], ZH_2),
    (EN, ["a) alpha things go here", "b) beta things go here", "c) gamma things go here"], EN_2),
    (ZH, ["①强化产业体系打造的工作", "②强化企业梯度培育的工作", "③强化产业创新引领的工作"], ZH_2),
])
def test_items_of_a_list_stay_separate(one, items, two):
    assert paragraphs("\n".join([broken(one), *items, "", broken(two)])) == [
        one, *(item.removeprefix("• ") for item in items), two]


def test_a_list_item_broken_at_the_margin_is_joined():
    item = "• raise the output of the city's factories to five trillion yuan by the end of this decade, at the latest"
    assert paragraphs("\n".join([broken(EN), textwrap.fill(item, 80), "• train workers"])) == [
        EN, item.removeprefix("• "), "train workers"]


@pytest.mark.parametrize(("one", "rows"), [
    (ZH, ["苏州 4.36万亿元 4.1%", "无锡 2.20万亿元 3.0%", "南京 1.90万亿元 2.5%"]),
    (EN, ["Suzhou 4.36 4.1%", "Wuxi   2.20 3.0%", "Nanjing 1.9 2.5%"])])
def test_rows_of_a_table_stay_separate(one, rows):
    assert len(paragraphs("\n".join([broken(one), *rows]))) == 1 + len(rows)


@pytest.mark.parametrize("row", ["苏州 4.36万亿元 4.1%", "Suzhou | 4.36 | 4.1%"])
def test_cells_of_a_row_stay_separate(row):
    assert row in paragraphs(broken(ZH) + "\n" + row)


@pytest.mark.parametrize(("lines", "whole"), [
    ("manufac-\nturing", "manufacturing"), ("co-\noperation", "cooperation"),
    ("long-\nterm", "long-term"),
    ("Sino-\nGerman", "Sino-German"),
    ("pre-\n1990", "pre-1990"),
])
def test_a_word_broken_at_a_line_end_is_joined(lines, whole):
    head = "The committee met on three occasions during the year and spoke at length about its "
    text = cleaned(
        head + lines + " matters in that part of the country for many hours. It then adjourned.\n" + broken(EN))
    assert f" {whole} " in text


@pytest.mark.parametrize(("spaced", "closed"), [
    ("唯 创 新 者 胜", "唯创新者胜"), ("干 出 成 效 、干 出 亮 点", "干出成效、干出亮点"),
    ("共有 3 家", "共有3家"), ("2022 年 2 月 8 日", "2022年2月8日"), ("⻓三⻆ ⼯业", "长三角 工业"),
    ("５％", "5%"), ("ﬁrst eﬃcient", "first efficient"), ("a\u200bb\u00adc", "abc"), ("a\u3000b\u00a0c", "a b c"),
])
def test_spaced_out_characters_are_joined(spaced, closed):
    assert cleaned(spaced) == closed


@pytest.mark.parametrize("text", [
    pytest.param("出席：王 强 李 明 张 三。", marks=pytest.mark.xfail(
        strict=True,
        reason="single characters with spaces between are closed up: a row of names looks like a spaced-out heading")),
    "张 三和李 四是代表。", "A N N U A L", "Suzhou 4.36 4.1%", "关于苏州以新型工业化引擎 加快形成新质生产力的思考",
])
def test_spaces_between_names_stay(text):
    assert cleaned(text) == text


def _paged(bodies: list[str], header: str, footer: str) -> str:
    return "\f".join(f"{header}\n{broken(body)}\n{footer.format(n)}" for n, body in enumerate(bodies, 1))


@pytest.mark.parametrize(("bodies", "header", "footer"), [
    ([ZH, ZH_2, ZH.replace("苏州", "无锡"), ZH_2.replace("苏州", "无锡")], "苏州统计公报", "— {} —"),
    ([EN, EN_2, EN.replace("committee", "council"), EN_2.replace("Smith", "Brown")],
     "City Report 2024", "Page {} of 4"),
])
def test_running_headers_and_page_numbers_are_removed(bodies, header, footer):
    assert paragraphs(_paged(bodies, header, footer)) == bodies


@pytest.mark.parametrize(("before", "cut"), [(ZH, ZH_2), (EN, EN_2)])
def test_a_paragraph_cut_by_a_page_break_is_joined(before, cut):
    lines = broken(cut).split("\n")
    assert paragraphs("\n".join([broken(before), lines[0]]) + "\f" + "\n".join(lines[1:])) == [before, cut]


@pytest.mark.parametrize("pages", [
    [f"{year}年工业总产值达到{figure}万亿元。\n由{industry}带动。"
     for year, figure, industry in ((2021, 3.5, "电子"), (2022, 3.8, "装备"), (2023, 4.1, "医药"))],
    [f"Output in {year} was {figure} trillion yuan.\nIt was led by {industry}."
     for year, figure, industry in ((2021, 3.5, "chips"), (2022, 3.8, "tools"), (2023, 4.1, "drugs"))],
])
def test_slides_that_differ_only_in_their_figures_are_not_running_headers(pages):
    assert cleaned("\f".join(pages)).count("20") == 3


@pytest.mark.parametrize(("text", "whole"), [
    ("规模以上工业企业\n1374\n家。共有两类企业。", "规模以上工业企业1374家。"),
    ("The plan was made in\n2022\nand revised later. It holds.", "made in 2022 and revised"),
    ("Lighthouse factories hold a share of\n1/8\nof the total. That is many.", "a share of 1/8 of the total"),
])
def test_a_figure_on_its_own_line_inside_a_sentence_is_not_a_page_number(text, whole):
    assert whole in cleaned(text)


@pytest.mark.parametrize(("one", "number", "two"), [
    (ZH, "12", ZH_2), (EN, "12", EN_2), (ZH[:-1], "— 12 —", ZH_2), (EN[:-1], "Page 3 of 4", EN_2)])
def test_a_page_number_in_unpaged_text_is_removed_where_no_figure_is_possible(one, number, two):
    assert number not in cleaned(f"{broken(one)}\n{number}\n{broken(two)}")


@pytest.mark.parametrize("header", ["苏州统计公报 {}", "{} City Report"])
def test_a_running_header_with_a_page_number_is_removed(header):
    pages = [f"{header.format(n + 122)}\n{body}" for n, body in enumerate([ZH, ZH_2, EN, EN_2])]
    assert paragraphs("\f".join(pages)) == [ZH, ZH_2, EN, EN_2]


@pytest.mark.parametrize(
    "text", ["下一句。\nhttps://kns.cnki.net/kcms2/detail?v=Wz7&x=1\n再一句。", "One.\nwww.example.com/a\nTwo."])
def test_a_bare_url_is_removed(text):
    assert not re.search(r"https?:|www\.", cleaned(text))


def test_url_inside_a_sentence_stays():
    for text in ("见网站 https://example.com/a 了解。", "See https://example.com/a for more."):
        assert "https://example.com/a" in cleaned(text)


_SENTENCES_ZH = st.lists(st.sampled_from([
    "苏州的工业产值增长了。", "企业是创新的主体，必须发挥企业的作用！", "占比达到4.1%，居全国第一；这很重要。",
    "“唯创新者胜。”曹路宝说。", "谁来创新？",
]), min_size=1, max_size=5).map("".join)
_SENTENCES_EN = st.lists(st.sampled_from([
    "Output grew by 4.1% in 2022.", "Firms are the main body of innovation, and must play their part.", "It was good!",
    "Who leads?",
]), min_size=1, max_size=5).map(" ".join)


@given(st.lists(st.one_of(_SENTENCES_ZH, _SENTENCES_EN), min_size=1, max_size=8).map("\n\n".join))
@settings(max_examples=200, deadline=None)
def test_cleaning_clean_paragraphs_changes_nothing(text):
    assert cleaned(text) == text


@pytest.mark.parametrize("text", [
    "一、工业的现状\n\n" + ZH + "\n\n二、创新的现状\n\n" + ZH_2,
    "\n\n".join(["The state of the industry", EN, "The state of innovation", EN_2, "The state of talent pools", EN]),
    "\n\n".join(["树立世界级创新区的目标", ZH, "培育本地化的创新能力", ZH_2, "探索创新集群的新路径", ZH]),
])
def test_cleaning_clean_text_with_headings_changes_nothing(text):
    assert cleaned(text) == text


_ANYTHING = st.text(
    alphabet="苏州产值增长。，！？“”1234567890.,% abcdeA\n\n\n\f#-*、；：一（）图表\u00a0\u200b\x0b\r\u2028\t", max_size=300)


@given(_ANYTHING, st.sampled_from(["text", "markdown"]))
@settings(max_examples=100, deadline=None)
def test_page_starts_are_offsets_in_order(text, markup):
    document = clean_document(text, markup)
    starts = document.metadata["page_starts"]
    assert starts == sorted(starts)
    assert all(0 <= start <= len(document.page_content) for start in starts)


SEEDS = Path(__file__).resolve().parents[3].parent / "shared" / "seeds"
EXTRACTED = sorted(SEEDS.glob("0*.txt"))
_ABSENT = pytest.param(None, marks=pytest.mark.skip("the five source documents are not at ../shared/seeds"))
_five = pytest.mark.parametrize("path", EXTRACTED or [_ABSENT], ids=lambda path: path.stem if path else "none")


@_five
def test_sentences_of_the_sources_are_complete(path):
    lines = [
        line for line in clean(load(path)).page_content.split("\n") if line and not is_heading_like(line)]
    sentences = [line[a:b] for line in lines for a, b in sentence_spans(line)]
    cut = [s for s in sentences if not re.search(r"[。！？!?；;：:.…][”’」』）)\"'\]]*$", s) and not re.match(r"图\d", s)]
    assert len(cut) <= 0.02 * len(sentences), cut


@_five
def test_lines_of_the_sources_end_where_sentences_end(path):
    """A line that ends without a terminal mark is a heading, a caption or the imprint at the end."""
    lines = [line for line in clean(load(path)).page_content.split("\n") if line]
    open_ended = [line for line in lines[:-1] if not re.search(r"[。！？!?；;：:.…][”’」』）)\"'\]]*$", line)]
    assert all(len(line) <= 40 for line in open_ended), open_ended


@_five
def test_the_cleaned_sources_have_no_url_spaced_out_heading_or_page_number(path):
    text = clean(load(path)).page_content
    assert not re.search(r"https?://|www\.", text)
    assert not re.search(r"(?:[一-鿿] ){2}[一-鿿]", text)
    assert not re.search(r"^\W*\d{1,3}\W*$", text, re.M)


def _raw_text(path: Path) -> str:
    return "\f".join(element.text for element in load(path).elements if isinstance(element, Element))


def _figures_of(text: str) -> list[str]:
    return sorted(re.findall(r"\d+(?:\.\d+)?", re.sub(r"https?://\S+", "", text)))


@_five
def test_cleaning_the_sources_loses_no_figure(path):
    raw = _raw_text(path)
    lost = [n for n in _figures_of(raw) if n not in _figures_of(clean(load(path)).page_content)]
    assert len(lost) <= raw.count("\f"), lost


@_five
def test_cleaning_the_sources_loses_no_han_character(path):
    han = re.compile(r"[一-鿿]")
    assert "".join(han.findall(clean(load(path)).page_content)) == "".join(han.findall(_raw_text(path)))


@_five
def test_cleaning_the_sources_twice_is_cleaning_them_once(path):
    once = clean(load(path)).page_content
    assert clean(text_content(once)).page_content == once


def test_the_only_table_of_each_page_is_no_running_line():
    tables = [table_of_texts([["区", "人口"], [f"第{page}区", "62"]], page=page) for page in range(1, 5)]
    elements = (Element("lines", "The figures follow.", page=1), *tables)
    assert clean(FileContent(elements)).page_content.count("人口") == 4
