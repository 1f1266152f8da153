"""Answers that are computed over all rows of a table, in both languages; and those that are refused."""

import openpyxl
import pytest

import rag

SALES = [
    ["2024年各门店销售情况（单位：万元）"], ["门店", "区域", "一月", "二月", "员工人数", "开业日期"],
    ["东门店", "城东", 320, 280.5, 12, "2019-05-01"], ["西门店", "城西", 210, 190, 8, "2021-03-15"],
    ["南门店", "城南", 150, None, 9, "2020-11-02"], ["合计", "", 680, 470.5, 29, ""]]
STAFF = """# Staff list of Harbour Clinic

| Name | Department | Start date | Salary (£) |
|---|---|---|---|
| Ada Moss | Nursing | 3 May 2018 | 31,200 |
| Ben Holt | Reception | 12 Jan 2021 | 24,000 |
| Cara Finn | Nursing | 9 Sep 2015 | 36,500 |
| Dan Wu | Pharmacy | 1 Feb 2020 | 41,000 |
| Eve Lark | Reception | 20 Jul 2023 | 23,400 |
| Total | | | 156,100 |
"""
ACCOUNTS = """Item ($ million),2017,2018,2019
Revenue,101.5,120.0,133.4
Cost of sales,60.2,70.1,75.5
Total assets,632.9,667.2,701.0
Net profit,12.1,(3.4),15.8
"""
DISTRICTS = """<h1>各区经济指标</h1><table><caption>表1 2021—2022年各区主要指标</caption>
<tr><th rowspan=2>区</th><th colspan=2>2021年</th><th colspan=2>2022年</th></tr>
<tr><th>GDP（亿元）</th><th>增速（%）</th><th>GDP（亿元）</th><th>增速（%）</th></tr>
<tr><td>东湖区</td><td>512.3</td><td>6.1</td><td>560.8</td><td>9.5</td></tr>
<tr><td>西山区</td><td>430.0</td><td>7.2</td><td>451.5</td><td>5.0</td></tr>
<tr><td>南港区</td><td>388.8</td><td>4.4</td><td>402.1</td><td>3.4</td></tr></table>"""
STOCK = "品名,数量,单位,单价\n复印纸,12,箱,180元/箱\n矿泉水,30,瓶,2元/瓶\n面粉,8,袋,95元/袋\n"


@pytest.fixture(scope="module")
def huwen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    workbook = openpyxl.Workbook()
    for row in SALES:
        workbook.active.append(row)
    workbook.save(folder / "sales.xlsx")
    texts = {"staff.md": STAFF, "accounts.csv": ACCOUNTS, "districts.html": DISTRICTS, "stock.csv": STOCK}
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    with rag.open(folder / "library", chat_model="", embed_model="none", seeds=None) as opened:
        assert all(outcome.source for outcome in opened.add(sorted(folder.glob("*.*"))))
        yield opened


def ask(huwen, file, question):
    return huwen.ask(question, scope=rag.Scope(sources=(file,)))


@pytest.mark.parametrize(("file", "question", "result", "introduction"), [
    ("staff.md", "Which staff earn a salary of more than 90,000?", "None meets the condition: 0.[1]",
     "In the words of the sources:"),
    ("sales.xlsx", "哪些门店一月超过9000万元？", "没有符合条件的，共 0 条。[1]", "资料中的原文：")])
def test_where_no_row_meets_a_condition_cells_of_its_column_are_quoted(huwen, file, question, result, introduction):
    answer = ask(huwen, file, question)
    assert answer.text.startswith(result)
    assert introduction in answer.text
    assert answer.citations


@pytest.mark.parametrize(("file", "question", "result"), [
    ("sales.xlsx", "一月销售额合计是多少？", "合计 680万元"), ("sales.xlsx", "哪个门店一月卖得最多？", "“东门店”：320万元"),
    ("sales.xlsx", "东门店一月比西门店多卖了多少？", "多 110万元"), ("sales.xlsx", "一共有几家门店？", "共 3 条"),
    ("sales.xlsx", "员工一共有多少人？", "合计 29。"), ("sales.xlsx", "哪家店开业最早？", "“东门店”：2019-05-01"),
    ("sales.xlsx", "一月销售额低于200万元的有哪些门店？", "共 1 条：“南门店”"), ("sales.xlsx", "东门店占一月销售额的比例是多少？", "47.06%"),
    ("staff.md", "How many people work in Nursing?", "There are 2: “Ada Moss”, “Cara Finn”"),
    ("staff.md", "What is the average salary in Reception?", "£23,700 on average"),
    ("staff.md", "Who joined after 2020?", "There are 2: “Ben Holt”, “Eve Lark”"),
    ("staff.md", "How many staff earn more than £30,000?", "There are 3"),
    ("staff.md", "谁的工资最低？", "“Eve Lark”：£23,400"),
    ("staff.md", "List all staff in Nursing.", "“Ada Moss”, “Cara Finn”"),
    ("staff.md", "Does Ben Holt earn more than Eve Lark?", "Yes."),
    ("accounts.csv", "What was the percentage change in total assets between 2018 and 2019?", "rose by 5.07%"),
    ("accounts.csv", "What was the change in Revenue from 2017 to 2019?", "rose by 31.9"),
    ("accounts.csv", "What is the average net profit for 2017 and 2018?", "4.35 on average"),
    ("accounts.csv", "How did revenue change over the years?", "2017 101.5, 2018 120.0, 2019 133.4"),
    ("accounts.csv", "In which year was revenue highest?", "“2019”"),
    ("accounts.csv", "How many years did revenue exceed $110 million?", "There are 2: “2018”, “2019”"),
    ("districts.html", "哪个区增速最快？", "“东湖区”：9.5%"), ("districts.html", "2022年东湖区的GDP比2021年增加了多少？", "增加 48.5亿元"),
    ("districts.html", "2022年三个区的GDP总和是多少？", "1414.4亿元"), ("districts.html", "哪些区2022年增速低于平均？", "“西山区”、“南港区”"),
    ("districts.html", "2022年GDP排第二的区是哪个？", "“西山区”"), ("districts.html", "东湖区2022年GDP是西山区的几倍？", "1.24 倍"),
    ("districts.html", "东湖区GDP从2021年到2022年增长了百分之几？", "9.47%")])
def test_a_result_is_computed_and_cited(huwen, file, question, result):
    answer = ask(huwen, file, question)
    assert result in answer.text
    assert answer.status == "grounded"
    assert answer.citations
    assert all(citation.state != "not found" for citation in answer.citations)
    assert all(figure.state != "not found" for figure in answer.figures)


@pytest.mark.parametrize(("file", "question"), [
    ("sales.xlsx", "哪家店利润最高？"), ("sales.xlsx", "南门店的利润比东门店多多少？"), ("staff.md", "What is the average age?"),
    ("staff.md", "Who is the longest-serving employee?"),
    ("districts.html", "哪个区人口最多？"), ("districts.html", "2020年GDP最高的是哪个区？"), ("districts.html", "人均GDP最高的是哪个区？"),
    ("stock.csv", "所有物品的数量加在一起一共是多少？"), ("stock.csv", "平均单价是多少？"),
    ("accounts.csv", "What was the change in debt from 2017 to 2019?")])
def test_nothing_is_stated_that_the_table_does_not_give(huwen, file, question):
    answer = ask(huwen, file, question)
    assert all(passage.computation is None for passage in answer.passages)
    assert answer.status == "unanswered"


@pytest.mark.parametrize("question", [
    "一月销售额排第0名的门店", "一月销售额前0名的门店", "一月销售额排前一二三名的门店", "一月销售额前十十名的门店", "开业日期在2024年13月以后的门店有几家？",
    "2月31日开业的门店有几家？", "Which branch is number 0 by 一月?"])
def test_ranks_and_dates_that_do_not_exist_give_no_result(huwen, question):
    assert all(passage.computation is None for passage in ask(huwen, "sales.xlsx", question).passages)


@pytest.mark.parametrize("question", ["为什么东门店的销售额从一月到二月下降了？", "Why did revenue grow from 2018 to 2019?"])
def test_a_reason_is_not_answered_by_a_difference(huwen, question):
    answer = huwen.ask(question)
    assert not any(passage.computation for passage in answer.passages)


def test_a_negation_is_never_counted_over(huwen):
    for file, question in (("staff.md", "How many staff have not been paid?"), ("sales.xlsx", "没有开业的门店有几家？")):
        assert all(passage.computation is None for passage in ask(huwen, file, question).passages)


def test_a_change_of_what_the_table_does_not_have_is_refused(huwen):
    answer = ask(huwen, "accounts.csv", "What was the change in the number of employees from 2017 to 2019?")
    assert all(passage.computation is None for passage in answer.passages)


def test_a_day_of_one_month_is_not_that_of_another(huwen):
    answer = ask(huwen, "sales.xlsx", "5月15日开业的门店有几家？")  # 西门店 opened on 15 March
    assert "西门店" not in "".join(passage.computation.statement for passage in answer.passages if passage.computation)


def test_a_refusal_names_the_nearest_columns_or_the_units(huwen):
    assert "最接近的列" in ask(huwen, "districts.html", "哪个区人口最多？").text
    assert "单位不一致" in ask(huwen, "stock.csv", "平均单价是多少？").text


def test_a_stated_total_is_compared_with_the_sum(huwen):
    assert "与表中“合计”一致" in ask(huwen, "sales.xlsx", "一月销售额合计是多少？").text


def test_a_computed_figure_is_derived_from_its_cells(huwen):
    answer = ask(huwen, "sales.xlsx", "东门店一月比西门店多卖了多少？")
    computed = next(figure for figure in answer.figures if figure.text.startswith("110"))
    assert (computed.state, computed.evidence) == ("derived", ("320", "210"))


def test_all_rows_of_a_long_table_are_read(huwen, tmp_path):
    lines = [f"P{i:05},{'North' if i % 3 else 'South'},{i}" for i in range(1, 3001)]
    path = tmp_path / "parcels.csv"
    path.write_text("\n".join(["Parcel,Region,Weight (kg)", *lines]), "utf-8")
    [outcome] = huwen.add([path])
    answer = ask(huwen, outcome.source.id, "What is the total weight of the parcels in the South region?")
    assert "1,501,500 kg" in answer.text
    assert "3000 rows" in answer.text
