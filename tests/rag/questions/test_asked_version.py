"""Asked version: which version a question names, and what is left of the question."""

from datetime import date

import pytest

from rag.questions.asked_version import find_asked_version

QUESTIONS = [
    ("2022年版的罚款是多少？", {"years": (2022,)}, "罚款是多少？"),
    ("根据2022年修订的办法，罚款是多少？", {"years": (2022,)}, "罚款是多少？"),
    ("V2.0的保修期多久？", {"numbers": ("2",)}, "保修期多久？"),
    ("修订前的住宿费标准是多少？", {"age": "earlier"}, "住宿费标准是多少？"),
    ("旧版员工手册规定年假几天？", {"age": "earlier"}, "员工手册规定年假几天？"),
    ("停车费以前是多少？", {"age": "earlier"}, "停车费是多少？"),
    ("现行规定的罚款是多少？", {"age": "current"}, "罚款是多少？"),
    ("征求意见稿里的罚款是多少？", {"age": "draft"}, "罚款是多少？"),
    ("2023年5月的停车费是多少？", {"days": ("2023-05",)}, "停车费是多少？"),
    ("报销以前是否需要审批？", {"age": None}, "报销以前是否需要审批？"),
    ("Under the 2022 policy, how much leave is there?", {"years": (2022,)}, "how much leave is there?"),
    ("What was the fine before the revision?", {"age": "earlier"}, "What was the fine?"),
    ("How many days of leave in version 2.1?", {"numbers": ("2.1",)}, "How many days of leave?"),
    ("What torque does Rev. B specify?", {"numbers": ("b",)}, "What torque does specify?"),
    ("What will the fine be in the upcoming version?", {"age": "later"}, "What will the fine be?"),
    ("In 2023, what was the fee?", {"days": ("2023",)}, "what was the fee?"),
    ("KJ-620说明书Rev. A写的扭矩是多少？", {"numbers": ("a",)}, "KJ-620说明书写的扭矩是多少？"),
    ("从2027年1月1日起，停车最高收多少钱？", {"days": ("2027-01-01",)}, "停车最高收多少钱？"),
    ("2024年3月以前的罚款是多少？", {"days": ("2024-02",)}, "罚款是多少？"),
    ("押金从2022年到2025年有什么变化？", {"days": ("2022", "2025")}, "押金是多少？"),
    ("How long was the cover before March 2024?", {"days": ("2024-02",)}, "How long was the cover?"),
    ("What will it cost from January 2027?", {"days": ("2027-01",)}, "What will it cost?"),
    ("What was the fee under the 2016 statutes of the club?", {"years": (2016,)}, "What was the fee of the club?"),
    ("第二版用户手册中，滤芯多久更换一次？", {"numbers": ("2",), "is_comparison": False}, "用户手册中，滤芯多久更换一次？"),
    ("原来的会员章程里年卡多少钱？", {"age": "earlier"}, "会员章程里年卡多少钱？"),
    ("老年人优待办法怎么规定？", {"age": None}, "老年人优待办法怎么规定？"),
    ("新办法施行前的押金是多少？", {"age": "earlier"}, "押金是多少？"),
    ("合同草稿里的租期是几年？", {"age": "draft"}, "合同租期是几年？"),
    ("A/1版手册规定的温度是多少？", {"numbers": ("a/1",)}, "手册规定的温度是多少？"),
    ("2025-2026学年的学费是多少？", {"years": (2025,), "is_comparison": False}, "学费是多少？"),
    ("两个版本的押金分别是多少？", {"is_comparison": True}, "押金是多少？"),
    ("According to rev. A, how long does it run?", {"numbers": ("a",)}, "how long does it run?"),
    ("What was the limit in the previous privacy notice?", {"age": "earlier"}, "What was the limit privacy notice?"),
    ("What was the fine before the parking policy was revised?", {"age": "earlier"}, "What was the fine?"),
    ("Which fee applied under the 2024 returns policy?", {"years": (2024,)}, "Which fee applied returns policy?"),
    ("How old must the building code inspector be?", {"age": None}, "How old must the building code inspector be?"),
    ("明年1月起押金是多少？", {"age": "later"}, "押金是多少？"),
    ("What changed in the third edition about fees?", {"numbers": ("3",)}, "What is fees?"),
    ("How do the draft and the signed lease differ in the deposit?", {"is_comparison": True}, "What is the deposit?"),
    ("What is the difference between the old and the new rules on leave?", {"is_comparison": True}, "What is leave?"),
    ("Compare the two versions: how long is the cover?", {"is_comparison": True}, "how long is the cover?"),
    ("护林员补助提高了多少？", {"is_comparison": True}, "护林员补助是多少？"),
    ("By how much did the fee rise?", {"is_comparison": True}, "What is the fee?"),
    ("How long does it run according to r3?", {"numbers": ("3",)}, "How long does it run?"),
    ("5月12日的通知里停水到几点？", {"month_days": ("05-12",)}, "停水到几点？"),
    ("According to the notice of 12 May, when does it begin?", {"month_days": ("05-12",)}, "when does it begin?"),
    ("改之前宿舍几点熄灯？", {"age": "earlier"}, "宿舍几点熄灯？"),
    ("以前办证要交多少押金？", {"age": "earlier"}, "办证要交多少押金？"),
    ("下班以前要交日报吗？", {"age": None}, "下班以前要交日报吗？"),
    ("旧采购办法里几天内补办手续？", {"age": "earlier"}, "采购办法里几天内补办手续？"),
    ("上一次报价里钢管多少钱？", {"age": "earlier"}, "钢管多少钱？"),
    ("上学期的校车费是多少？", {"age": "earlier"}, "校车费是多少？"),
    ("比上一年度增长多少？", {"age": None}, "比上一年度增长多少？"),
    ("Where did the trip go in the previous year?", {"age": "earlier"}, "Where did the trip go?"),
    ("What was the old price of the soup?", {"age": "earlier"}, "What was the price of the soup?"),
    ("How much was it before the prices went up?", {"age": "earlier"}, "How much was it?"),
    ("新规定的押金是多少？", {"age": "new"}, "押金是多少？"),
    ("3号线现在几点发车，以前是几点？", {"is_comparison": True}, "3号线几点发车？"),
    ("How do the fifth and sixth editions differ in the fee?", {"numbers": ("5", "6")}, "What is the fee?"),
    ("How many people live there?", {"years": (), "numbers": (), "age": None}, "How many people live there?"),
]


@pytest.mark.parametrize(("question", "named", "rest"), QUESTIONS, ids=[question for question, *_ in QUESTIONS])
def test_the_version_is_found_and_taken_out(question: str, named: dict[str, object], rest: str) -> None:
    asked = find_asked_version(question)
    assert {key: getattr(asked, key) for key in named} == named
    assert asked.rest == rest


@pytest.mark.parametrize(("question", "year"), [
    ("去年的学费是多少？", "2025"), ("前年学费是多少？", "2024"), ("What was the fee last year?", "2025"),
    ("Under last year's rules, what was the fee?", "2025"), ("What was the fee the year before last?", "2024")])
def test_a_year_is_counted_from_today_only_if_that_is_known(question: str, year: str) -> None:
    assert find_asked_version(question, date(2026, 5, 1)).days == (year,)
    assert find_asked_version(question).days == ()


@pytest.mark.parametrize("question", ["2022年和2024年的罚款有什么不同？", "How did the fine change?", "近三年的增长是多少？"])
def test_a_comparison_asks_about_several_versions(question: str) -> None:
    assert find_asked_version(question).is_comparison
