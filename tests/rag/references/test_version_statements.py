"""Version statements: what titles, file names and texts say of the version, and what is no version."""

import pytest

from rag.references.stated_version import StatedVersion, version_name
from rag.references.version_statements import read_version
from rag.references.version_titles import parse_file_name, parse_title

TITLES = [
    ("差旅费管理办法（2022年修订）", "差旅费管理办法", {"year": 2022}),
    ("差旅费管理暂行办法", "差旅费管理办法", {"is_trial": True}),
    ("2024版员工手册", "员工手册", {"year": 2024}),
    ("数据安全管理办法（征求意见稿）", "数据安全管理办法", {"status": "draft"}),
    ("停车收费办法（已废止）", "停车收费办法", {"status": "repealed"}),
    ("关于印发《差旅费管理办法》的通知", "差旅费管理办法", {}),
    ("Travel Policy, version 2.1 (draft)", "travelpolicy", {"number": "2.1", "status": "draft"}),
    ("Employee Handbook, 2nd edition", "employeehandbook", {"number": "2"}),
    ("Operating procedure Rev. B", "operatingprocedure", {"number": "b"}),
    ("Data Retention Policy (Superseded)", "dataretentionpolicy", {"status": "repealed"}),
    ("员工手册（A版）", "员工手册", {"number": "a"}),
    ("安全守则 A/1", "安全守则", {"number": "a/1"}),
    ("服务条款（旧）", "服务条款", {"age": -1}),
    ("收费标准-旧", "收费标准", {"age": -1}),
    ("价目表（自2026年1月1日起执行）", "价目表", {"date": "2026-01-01"}),
    ("ferry timetable from 1 October 2026", "ferrytimetable", {"date": "2026-10-01"}),
    ("收费标准_2026年5月起", "收费标准", {"date": "2026-05"}),
    ("租赁合同-签署版", "租赁合同", {"age": 1}),
    ("章程（2024年6月1日第四届会员大会修订）", "章程", {"date": "2024-06-01"}),
    ("Price list autumn (current)", "pricelist", {"status": "in force"}),
    ("Installation manual Issue 3", "installationmanual", {"number": "3"}),
    ("Agreement (signed)", "agreement", {"age": 1}),
    ("Fee Schedule effective 1 January 2024", "feeschedule", {"date": "2024-01-01"}),
]


@pytest.mark.parametrize(("title", "base", "marks"), TITLES, ids=[title for title, *_ in TITLES])
def test_the_marks_of_a_title_are_read_and_removed(title: str, base: str, marks: dict[str, object]) -> None:
    found = parse_title(title)
    assert found.base_title == base
    assert {key: getattr(found, key) for key in marks} == marks
    assert found.is_explicit == bool(marks)


@pytest.mark.parametrize("title", [
    "2022年统计公报", "苏州市2023年国民经济和社会发展统计公报", "Annual Report 2022", "Q3 2023 results",
    "关于2022年春节放假的通知", "2025-2026学年收费标准", "班车时刻表（2026年春季）", "2025-2026学年第一学期校历",
    "Bus timetable winter 2026/27", "Course catalogue 2025/2026", "软件工程专业培养方案（2024级）"])
def test_the_year_of_a_report_is_its_period(title: str) -> None:
    assert parse_title(title).period
    assert not parse_title(title).is_explicit


def test_an_issue_of_a_newsletter_is_no_version() -> None:
    assert parse_title("Staff Newsletter issue 12").base_title == "staffnewsletterissue12"


@pytest.mark.parametrize("title", ["新能源汽车补贴办法", "New Employee Guide", "The Draft Horse Society", "The Final Report"])
def test_words_inside_a_title_are_no_marks(title: str) -> None:
    found = parse_title(title)
    assert (found.status, found.age, found.is_explicit) == ("", 0, False)


def test_a_file_name_names_the_version() -> None:
    assert parse_file_name("handbook_2022-v2_final.docx").number == "2"
    assert parse_file_name("差旅办法_20240301.docx").date == "2024-03-01"
    assert parse_file_name("travel_policy_old.md").age == -1


STATEMENTS = [
    ("第十二条 本办法自2024年6月1日起施行，有效期五年。", {"effective_from": "2024-06-01", "effective_until": "2029-05-31"}),
    ("本制度自发布之日起执行。\n发布日期：2023年4月5日", {"effective_from": "2023-04-05"}),
    ("本办法自2024年1月1日起施行，至2026年12月31日止。", {"effective_until": "2026-12-31"}),
    ("版本：V3.0\n生效日期：2024-05-06", {"number": "3.0", "effective_from": "2024-05-06"}),
    ("本规定已于2023年12月31日废止。", {"status": "repealed"}),
    ("《民法典》自2021年1月1日起施行。", {"effective_from": ""}),
    ("本办法自2022年1月1日起执行，原《奖金办法》自2022年1月1日起停止执行。", {"effective_until": ""}),
    ("修订记录\n版本 | 日期\nV1.0 | 2020-01-01\nV2.0 | 2023-04-05", {"number": "2.0", "issued": "2023-04-05"}),
    ("Version: 2.1\nEffective date: 1 January 2024\nStatus: Superseded",
     {"number": "2.1", "effective_from": "2024-01-01", "status": "repealed"}),
    ("9. These rules come into force on 1 March 2025.", {"effective_from": "2025-03-01"}),
    ("Valid from 1 March 2023 to 28 February 2025", {"effective_until": "2025-02-28"}),
    ("This manual was superseded by revision C.", {"status": "repealed"}),
    ("The certificate is valid until 3 May 2030.", {"effective_until": ""}),
    ("2026年10月16日院务会通过，自2027年1月1日起施行。", {"effective_from": "2027-01-01"}),
    ("2026年4月1日起执行，至2026年10月31日止。", {"effective_from": "2026-04-01", "effective_until": "2026-10-31"}),
    ("自2025年1月1日起，水价按下表执行，有效期至2026年12月31日。", {"effective_from": "2025-01-01", "effective_until": "2026-12-31"}),
    ("合同编号：YC-2023-117\n签订日期：2023年6月12日", {"code": "yc-2023-117", "issued": "2023-06-12"}),
    ("栖发改价（2026）73号", {"code": "栖发改价〔2026〕73号"}),
    ("Status: in force. Made 17 July 2024, commencing 1 October 2024.", {"effective_from": "2024-10-01"}),
    ("Issued: 11 January 2025", {"number": "", "issued": "2025-01-11"}),
    ("Issue 3, in effect until 31 December 2026", {"number": "3", "effective_until": "2026-12-31"}),
    ("Issue 4, in effect from 1 January 2027", {"number": "4", "effective_from": "2027-01-01"}),
    ("NOTICE\n12 May 2026\n\nThe water is off.", {"issued": "2026-05-12"}),
    ("一、停车费每月120元。\n业主委员会\n2025年3月12日", {"issued": "2025-03-12"}),
    ("南屿市发展和改革委员会　2026年6月10日\n2024年5月28日发布的通知同时废止。", {"issued": "2026-06-10"}),
    ("Version 2.0, April 2026", {"number": "2.0", "issued": "2026-04"}),
    ("Order no. 5 of 2 June 2026. It replaces order no. 2 of 11 January 2024.",
     {"code": "orderno.5", "issued": "2026-06-02"}),
    ("Fifth edition, 2021", {"number": "5", "issued": "2021"}),
    ("文号：江集〔2021〕18号　　发布日期：2021年3月5日", {"code": "江集〔2021〕18号"}),
    ("Issued March 2020. WITHDRAWN – do not use.", {"status": "repealed"}),
    ("Version 1 – draft of 2 June 2026", {"status": "draft", "number": "1"}),
    ("现对停车收费作如下调整，自2026年12月15日起执行：", {"effective_from": "2026-12-15"}),
    ("DRAFT 2 – for discussion only", {"status": "draft"}),
    ("The invoice is due by 4 August 2026.", {"issued": ""}),
    ("Replace the filter every 3 months.", {"replaces": ()}),
    ("Document control\n\nIssue | Date\n1.1 | 3 May 2021\n1.2 | 4 June 2023", {"number": "1.2"}),
]


@pytest.mark.parametrize(("text", "stated"), STATEMENTS, ids=[text[:20] for text, _ in STATEMENTS])
def test_a_text_says_since_when_it_is_in_force(text: str, stated: dict[str, object]) -> None:
    found = read_version("X", "x.md", text)
    assert {key: getattr(found, key) for key in stated} == stated


def test_a_month_in_a_title_that_says_nothing_else_is_a_period() -> None:
    assert read_version("餐厅菜价（2026年10月）", "a.xlsx", "红烧肉 | 16").period == "2026-10"
    assert read_version("Price list October 2026", "a.csv", "Oslo | 16").period == "2026-10"
    assert not read_version("餐厅菜价（2026年10月）", "a.md", "本标准自2026年10月1日起执行。").period


def test_a_title_that_is_the_name_of_the_file_is_read_like_one() -> None:
    found = read_version("freight-tariff-issue-4", "freight-tariff-issue-4.csv", "Oslo | 128")
    assert (found.base_title, found.number) == ("freighttariff", "4")


def test_what_is_replaced_is_kept() -> None:
    chinese = read_version("甲", "a.md", "本办法自2024年1月1日起施行，《甲》（2022年修订）同时废止。")
    english = read_version("A", "a.md", "This edition supersedes the edition of 2022.")
    assert "2022年修订" in chinese.replaces[0]
    assert "2022" in english.replaces[0]


def test_a_version_has_a_name_in_both_languages() -> None:
    year, number = StatedVersion("a", year=2022), StatedVersion("a", number="b", issued="2024-05-01")
    assert [version_name(year, "zh"), version_name(year, "en")] == ["2022年版", "2022 version"]
    assert [version_name(number, "zh"), version_name(number, "en")] == ["B版（2024年）", "revision B of 2024"]
    assert version_name(StatedVersion("a", issued="2024-05-01"), "zh", with_day=True) == "2024年5月1日版"


def test_an_amended_version_begins_with_its_amendment() -> None:
    first = read_version("公园条例", "a.md", "（2015年11月20日通过）\n第二十条 本条例自2016年1月1日起施行。")
    amended = read_version("公园条例", "b.md", "（根据2023年9月28日《关于修改〈临江市城市公园管理条例〉的决定》修正）\n"
                           "第二十条 本条例自2016年1月1日起施行。")
    assert (first.order_date, amended.order_date) == ("2016-01-01", "2023-09-28")


def test_a_period_is_the_name_where_no_day_is_known() -> None:
    assert version_name(StatedVersion("a", period="2026-autumn"), "zh", with_day=True) == "2026年autumn"


@pytest.mark.parametrize(("title", "is_superseding"), [
    ("报价单_宏远_20260110", True), ("Price list 2026-01-10", True), ("安全生产会议纪要 2026-01-10", False),
    ("关于调整收费标准的通知", False), ("Minutes on the parking rules", False), ("借款合同 2026-01-10", False)])
def test_the_latest_of_some_kinds_of_documents_takes_the_place_of_the_others(title: str, is_superseding: bool) -> None:
    assert parse_file_name(title).is_superseding == is_superseding


def test_a_statement_survives_its_storage() -> None:
    stated = StatedVersion("a", "2", 2022, replaces=("supersedes version 1",), is_explicit=True)
    assert StatedVersion.from_json(stated.to_json()) == stated
