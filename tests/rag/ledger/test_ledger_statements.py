"""Entries of the ledger: value, unit, kind, year, period and place of the figures of a text."""

from __future__ import annotations

import pytest

from rag.ledger.entry import LedgerEntry
from rag.ledger.extraction import MAX_ENTRIES, LedgerPassage, extract_entries
from rag.schema import Block, Slice, Source
from tests.rag.ledger.made_entries import entries_of


def only(text: str, title: str = "") -> LedgerEntry:
    """The only entry of a text."""
    [entry] = entries_of(text, title)
    return entry


@pytest.mark.parametrize(("text", "written", "number", "family"), [
    ("办证押金为100元。", "100元", 100, "yuan"),
    ("特展门票每位HK$150。", "HK$150", 150, "hkd"),
    ("Parking costs €3 per hour.", "€3", 3, "eur"),
    ("来信将在３个工作日内答复。", "３个工作日", 3, "workday"),
    ("Our products come with a 12-month warranty.", "12-month", 12, "month"),
    ("Samples are stored at -80 °C.", "80 °C", -80, "degree"),
    ("The room holds forty people.", "forty", 40, "count"),
])
def test_a_figure_has_its_value_in_the_base_unit(text: str, written: str, number: int, family: str) -> None:
    entry = only(text)
    assert (entry.text, entry.number, entry.value.family) == (written, number, family)
    assert text[entry.start : entry.end] == entry.text


@pytest.mark.parametrize(("text", "kind"), [
    ("到2025年，高新技术企业力争达到800家。", "target"), ("Northwind aims for revenue of $60 million.", "target"),
    ("2022年财政收入增长8.7%。", "growth"), ("Revenue grew by 5% in 2022.", "growth"),
    ("每人最多可借10册图书。", "limit"), ("Readers may borrow up to 12 books.", "limit"),
    ("去年新增企业35家。", "increase"), ("研发投入占全省的21%。", "share"),
    ("该校在全国排名第12位。", "rank"), ("The queue takes 5 to 10 minutes.", "range"),
    ("本办法自2023年5月1日起施行。", "date"), ("Harlow Foods was founded in 1987.", "date"),
    ("游泳馆21:30关门。", "time"), ("The pool closes at 9 p.m.", "time"),
])
def test_the_kind_of_a_figure(text: str, kind: str) -> None:
    assert kind in {entry.kind for entry in entries_of(text)}


@pytest.mark.parametrize("text", [
    "客服电话0512-66881234，分机204。", "详见第12条和第35页。", "当前版本为2.3.1。", "See page 35 and section 4.",
    "Call 555-0134, extension 204.", "7月25日，有网友发现了这件事。", "Windows 11用户反映了这个问题。",
])
def test_numbers_that_state_nothing_are_left_out(text: str) -> None:
    assert entries_of(text) == []


def test_a_range_of_hours_gives_its_opening_and_its_closing() -> None:
    chinese, english = entries_of("图书馆周一至周五8:30至21:00开放。"), entries_of("The museum is open from 9 a.m. to 5 p.m.")
    assert [(entry.terms.measures, entry.number) for entry in chinese] == [(("opens",), 510), (("closes",), 1260)]
    assert [(entry.terms.measures, entry.number) for entry in english] == [(("opens",), 540), (("closes",), 1020)]


def test_year_and_period_of_a_figure() -> None:
    first, second = only("2022年上半年，全市出口总额420亿元。"), only("In the first quarter of 2023 exports reached $42 million.")
    assert (first.year, first.year_source, first.period) == ("2022", "sentence", "H1")
    assert (second.year, second.period) == ("2023", "Q1")


def test_a_document_dates_its_figures_only_where_no_sentence_does() -> None:
    [entry] = entries_of("园区用电量1.8亿千瓦时。", "年度报告", date="2023-04-01")
    assert (entry.year, entry.year_source) == ("2023", "document")


def _cell(value: str, *heads: str) -> LedgerEntry:
    text = " ".join((*heads, value))
    lead = tuple(Slice(head, text.index(head), text.index(head) + len(head)) for head in heads)
    block = Block("cell", len(text) - len(value), len(text), lead)
    source = Source("s", "s.csv", "统计表", "zh")
    [[entry]] = extract_entries(source, [LedgerPassage("p", text, 0, "", (block,))])
    return entry


def test_a_cell_takes_subject_unit_and_year_from_its_heads() -> None:
    gdp = _cell("2331.97", "吴泽区", "2022年地区生产总值（亿元）")
    price = _cell("7.50", "Adult swim", "Price (£)")
    beds = _cell("820", "床位数", "张", "2022年")
    assert (gdp.number, gdp.unit, gdp.year) == (233_197_000_000, "亿元", "2022")
    assert (price.value.family, price.subject) == ("gbp", "Adult swim · Price (£)")
    assert (beds.unit, beds.year, beds.terms.nouns) == ("张", "2022", ("=bed",))


def test_one_document_has_a_bounded_number_of_entries() -> None:
    source = Source("s", "s.txt", "价目表", "zh")
    passages = [LedgerPassage(str(n), "门票80元。" * 50, 0, "", ()) for n in range(MAX_ENTRIES // 50 + 2)]
    assert sum(map(len, extract_entries(source, passages))) == MAX_ENTRIES


@pytest.mark.parametrize("text", ["1" * 1_000_000, "1,2;" * 250_000, "９" * 5_000 + "元", "O0l1" * 5_000, "：:" * 50_000])
def test_noise_is_read_in_bounded_time(text: str) -> None:
    assert len(entries_of(text)) < 1_000
