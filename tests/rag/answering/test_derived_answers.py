"""Answers over a table that need a column or groups computed first, in both languages; and those that are refused."""

import pytest

import rag

FILES = {
    "districts.csv": "区,2021年GDP（亿元）,2022年GDP（亿元）\n东湖区,500,560\n西山区,430,450\n南港区,200,230\n",
    "branches.csv": "Branch,Revenue ($),Staff\nMill Lane,90000,9\nHigh Street,120000,15\nPark Road,64000,4\n",
    "projects.csv": "Project,Budget ($),Actual ($)\nBridge,500,540\nLibrary,300,290\nPool,200,290\n",
    "staff.csv": "Name,Department,Salary ($)\nAda Moss,Nursing,300\nBen Holt,Reception,200\nCara Finn,Nursing,400\n"
                 "Dan Wu,Pharmacy,500\nEve Lark,Reception,240\n",
    "invoices.csv": "Invoice,Client,Amount ($),Paid\nV1,Moss,100,yes\nV2,Holt,60,no\nV3,Finn,90,no\n",
    "stock.csv": "品名,数量,单价（元）\n复印纸,12,20\n矿泉水,30,2\n面粉,8,95\n",
    "orders.csv": "Order,Ordered,Delivered\nA1,2024-03-01,2024-03-05\n"
                  "A2,2024-02-28,2024-03-10\nA3,2024-03-02,2024-03-04\n",
    "years.csv": "门店,2020年销售额（万元）,2021年销售额（万元）,2022年销售额（万元）\n东门店,10,12,15\n西门店,9,8,11\n南门店,7,7,9\n",
    "quarters.csv": "Region,Q1,Q2,Q3,Q4\nNorth,10,20,30,40\nSouth,15,25,5,5\n",
    "county.csv": "Ward,Residents\nAsh,100\nElm,200\nOak,300\nYew,400\nThe county,1000\n",
    "accounts.csv": ",2018,2019\nRevenue,120,133\nCost of sales,70,75\nNet profit,12,15\n"}


@pytest.fixture(scope="module")
def huwen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("derived")
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    with rag.open(folder / "library", chat_model="", embed_model="none", seeds=None) as opened:
        assert all(outcome.source for outcome in opened.add(sorted(folder.glob("*.csv"))))
        yield opened


def ask(huwen, file, question):
    return huwen.ask(question, scope=rag.Scope(sources=(file,)))


@pytest.mark.parametrize(("file", "question", "result"), [
    ("districts.csv", "哪个区的GDP增长最快？", "“南港区”：15%"), ("districts.csv", "哪个区的GDP增加最多？", "“东湖区”：60亿元"),
    ("branches.csv", "Which branch has the highest revenue per employee?", "“Park Road”"),
    ("projects.csv", "Which project exceeded its budget the most?", "“Pool” has the largest “Actual − Budget”: $90"),
    ("staff.csv", "What is the average salary by department?", "350"),
    ("staff.csv", "Which department has the highest total salary?", "“Nursing”"),
    ("invoices.csv", "How many invoices have not been paid?", "There are 2: “V2 Holt”, “V3 Finn”"),
    ("stock.csv", "哪种商品的货值最高？", "“面粉”：760"),
    ("orders.csv", "Which order took longest?", "“A2” has the largest “Delivered − Ordered”: 11 days"),
    ("years.csv", "哪家店的销售额年年增长？", "“东门店”"),
    ("quarters.csv", "Which region sold most in the first half of the year?", "“South” has the largest “Q1 + Q2”: 40"),
    ("quarters.csv", "How much did North sell in Q1 and Q2 in total?", "30"),
    ("staff.csv", "What share of staff work in Nursing?", "40%"), ("staff.csv", "How much does Ada earn?", "300"),
    ("county.csv", "How many residents are there in total?", "1,000|1000")])
def test_a_result_is_computed(huwen, file, question, result):
    answer = ask(huwen, file, question)
    assert any(one in answer.text for one in result.split("|"))
    assert answer.status == "grounded"


@pytest.mark.parametrize(("file", "question"), [
    ("staff.csv", "What is the average salary in Radiology?"), ("stock.csv", "单价合计是多少？"),
    ("accounts.csv", "What is the total for 2019?")])
def test_nothing_is_computed_that_means_nothing(huwen, file, question):
    assert all(passage.computation is None for passage in ask(huwen, file, question).passages)
