"""Computed answers over statements of accounts: rows with totals, notes and sections; in both languages."""

import openpyxl
import pytest

import rag

COSTS = [["", "2019", "2018", "2017"], ["", "", "(In thousands)", ""], ["Cost of revenues", "234", "259", "282"],
         ["Research and development", "6,310", "4,141", "5,980"], ["Stock-based pay(1)", "12", "10", "11"],
         ["", "6,556", "4,410", "6,273"]]
INCOME = [["", "2018", "2017"], ["Interest expense", "(20)", "(30)"], ["Other income", "26", "38"],
          ["Total other income, net", "6", "8"]]
ASSETS_EN = [
    ["", "2019", "2018"], ["2019 plan:", "", ""], ["Patents", "10", "9"], ["Brands", "5", "4"], ["2018 plan:", "", ""],
    ["Patents", "8", "7"], ["Brands", "4", "3"]]
PARTS = [["Segment", "Revenue"], ["Wireless", "20"], ["Wireline", "30"], ["Media", "50"], ["Total revenues", "100"]]
REST = [["Plan", "Costs"], ["Wages", "53"], ["Rent", "2.5"], ["Total", "55.5"], ["Current portion", "55.5"]]
ASSETS = [["项目", "2019年", "2018年"], ["现金", "30", "20"], ["存货", "60", "50"], ["流动资产合计", "90", "70"]]
SALES = [["地区", "销售额（万元）"], ["台湾", "20"], ["日本", "30"], ["美国", "50"], ["合计", "100"]]
NEW = [["Segment", "2019 net sales", "2018 net sales"], ["Snacks", "300", "350"], ["Frozen", "100", "177"],
       ["Pinnacle", "900", "—"]]
SHEET = [["", "As reported", "Adjusted"], ["Assets", "", ""], ["Prepaid", "10", "9"], ["Tax", "20", "19"],
         ["", "Liabilities", ""], ["Deferred", "30", "29"], ["Other debt", "40", "39"]]
NEW_ZH = [["部门", "2019年销售额", "2018年销售额"], ["零食", "300", "350"], ["冷冻", "100", "177"], ["新品", "900", "—"]]
NOTES = [["(in thousands of U.S. dollars)", "2018", "2017"],
         ["Net income", "$82,362", "$15,742"], ["Tax", "$12", "$10"]]
INCOME_ZH = [["", "2018年", "2017年"], ["净利润", "82362", "15742"], ["所得税", "12", "10"]]
SHARES = [["", "2019 M", "2018 M"], ["Balance at end of period", "1,251.8", "1,308.4"], ["Movement", "4", "5"]]
DATES = [["", "Gross", "Net"], ["June 30, 2019", "", ""], ["Finite-lived assets", "", ""], ["Rights", "3", "1.9"],
         ["Brands", "4", "4"], ["June 30, 2018", "", ""], ["Finite-lived assets", "", ""], ["Rights", "2", "2.1"]]
MIX = [["", "2019", "2017"], ["", "(As percentage of net revenues)", "(As percentage of net revenues)"],
       ["OEM", "70%", "66%"], ["Distribution", "30", "34"], ["Total", "100%", "100%"]]
FILES = {
    "notes": NOTES, "income_zh": INCOME_ZH, "shares": SHARES, "dates": DATES, "mix": MIX,
    "costs": COSTS, "income": INCOME, "plans": ASSETS_EN, "parts": PARTS, "rest": REST, "assets": ASSETS,
    "sales": SALES, "new": NEW, "new_zh": NEW_ZH, "sheet": SHEET}


@pytest.fixture(scope="module")
def huwen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("statements")
    for name, rows in FILES.items():
        workbook = openpyxl.Workbook()
        for row in rows:
            workbook.active.append(row)
        workbook.save(folder / f"{name}.xlsx")
    with rag.open(folder / "library", chat_model="", embed_model="none", seeds=None) as opened:
        assert all(outcome.source for outcome in opened.add(sorted(folder.glob("*.xlsx"))))
        yield opened


def ask(huwen, file, question):
    return huwen.ask(question, scope=rag.Scope(sources=(f"{file}.xlsx",)))


@pytest.mark.parametrize(("file", "question", "result"), [
    ("notes", "How many years did net income exceed $50,000 thousand?", "1"),
    ("notes", "How many years did net income exceed $100 million?", "0"),
    ("costs", "What was the average cost of revenues between 2017-2019?", "258.33"),
    ("costs", "What is the total cost of revenues between 2017 to 2019?", "775"),
    ("costs", "What was the change in stock-based pay from 2018 to 2019?", "2"),
    ("costs", "What share of the costs of 2018 were research and development?", "93.9%"),
    ("income", "What was the percentage change in net total other income between 2017 and 2018?", "25%"),
    ("parts", "What is the percentage of Wireless and Wireline in the total revenue?", "50%"),
    ("rest", "What are wages as a proportion of the total costs?", "95.5%"),
    ("assets", "2019年流动资产合计比2018年增加了多少？", "20"), ("assets", "2018年和2019年流动资产合计的平均值是多少？", "80"),
    ("sales", "台湾和日本占销售额的比例是多少？", "50%")])
def test_a_total_a_note_or_a_section_does_not_mislead(huwen, file, question, result):
    answer = ask(huwen, file, question)
    [computation] = {passage.computation for passage in answer.passages if passage.computation}
    assert result in computation.statement


@pytest.mark.parametrize(("file", "question"), [
    ("costs", "From 2017 to 2019, how many of the years was research and development more than 5 million?"),
    ("costs", "How many categories are there under stock-based pay?"),
    ("costs", "What is the difference between the average cost of revenues and the average stock-based pay?"),
    ("plans", "How many types of assets are there?"),
    ("assets", "现金的平均值和存货的平均值相差多少？")])
def test_what_would_be_computed_of_something_else_is_refused(huwen, file, question):
    assert all(passage.computation is None for passage in ask(huwen, file, question).passages)


@pytest.mark.parametrize(("file", "question"), [
    ("new", "What is the change in total sales from 2018 to 2019?"), ("new_zh", "2019年销售额合计比2018年增加了多少？")])
def test_a_change_of_all_is_not_that_of_those_with_both_values(huwen, file, question):
    assert all("127" not in passage.computation.statement
               for passage in ask(huwen, file, question).passages if passage.computation)


def test_a_section_named_in_the_middle_of_its_row_ends_the_one_before(huwen):
    assert not any("100" in passage.computation.statement for passage in ask(
        huwen, "sheet", "What were the total assets as reported?").passages if passage.computation)


@pytest.mark.parametrize(("file", "question"), [
    ("income_zh", "净利润超过5亿元的年份有几个？"),
    ("shares", "What is the average balance at end of period for 2018 and 2019 in $M?"),
    ("dates", "What are the net rights in total as of June 30, 2019?")])
def test_a_scale_a_unit_or_an_outer_section_that_is_not_met_is_refused(huwen, file, question):
    assert all(passage.computation is None for passage in ask(huwen, file, question).passages)


def test_two_years_of_a_share_are_no_part_and_whole(huwen):
    answer = ask(huwen, "mix", "What is the increase in the percentage of net revenues of OEM from 2017 to 2019?")
    assert not any("94" in passage.computation.statement for passage in answer.passages if passage.computation)
