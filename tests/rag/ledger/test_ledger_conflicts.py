"""Conflicts of the ledger: different values for one subject are found, near misses are not."""

from __future__ import annotations

import pytest

from tests.rag.ledger.made_entries import conflicts_of

CONFLICTS = [
    ("读者须知", "云杉图书馆现有阅览座位320个。", "公告", "云杉图书馆共有350个阅览座位。"),
    ("云杉图书馆办证说明", "办理借书证须缴纳押金100元。", "云杉图书馆收费公示", "借书证押金为200元。"),
    ("员工手册", "员工试用期为三个月。", "人事问答", "员工试用期为六个月。"),
    ("暂行办法", "本办法自2023年5月1日起施行。", "暂行办法解读", "暂行办法将于2023年6月1日起施行。"),
    ("质保说明", "整机保修期为两年。", "保修卡", "整机保修期为36个月。"),
    ("安全守则", "危险品仓库最多存放20吨硝酸。", "管理办法", "危险品仓库存放硝酸不得超过15吨。"),
    ("2022年吴泽区公报", "2022年，吴泽区实现地区生产总值2331.9亿元。", "吴泽区述评", "吴泽区2022年地区生产总值达2431.9亿元。"),
    ("Riverside Library: borrowing", "Books may be kept for 30 days.", "Riverside Library leaflet",
     "The loan period for books is 21 days."),
    ("Lease agreement", "The tenant pays a deposit of $1,500.", "Lease summary", "The security deposit is $1,800."),
    ("Marlow Bridge", "The Marlow Bridge is 235 metres long.", "Record",
     "The Marlow Bridge has a length of 253 metres."),
    ("Tariff", "Adult tickets cost £14.", "Museum leaflet", "Adult admission is £12."),
    ("Harlow Foods", "Harlow Foods was founded in 1987.", "History",
     "Founded in 1978, Harlow Foods began as a bakery."),
    ("押金规定", "读者证押金为100元。", "Reader cards", "The deposit for a reader card is 150 yuan."),
]
NEAR_MISSES = [
    ("2021年公报", "2021年，全区工业总产值为812亿元。", "2022年公报", "2022年，全区工业总产值为903亿元。"),  # another year
    ("海宁区公报", "2022年，海宁区零售总额为512亿元。", "江北区公报", "2022年，江北区零售总额为634亿元。"),  # another district
    ("规划", "到2025年，高新技术企业力争达到800家。", "总结", "2025年，高新技术企业达到652家。"),  # a target
    ("述评", "2022年财政收入增长8.7%。", "公报", "2022年财政收入占比为21%。"),  # growth and share
    ("月报", "1—6月，全市工业增加值380亿元。", "年报", "2022年，全市工业增加值812亿元。"),  # a part of the year
    ("公告", "成人票每张80元。", "票价", "学生票每张40元。"),  # another item
    ("青石医院年报", "本院床位320张。", "临江医院年报", "本院床位460张。"),  # another body, by the titles
    ("总库", "库容1.2亿立方米。", "总库简报", "库容12,000万立方米。"),  # one value, written in two ways
    ("条款", "详见第12条和第35页。", "条款二", "详见第15条和第48页。"),
    ("Plan", "Northwind aims for revenue of $60 million in 2024.", "Result",
     "Northwind had revenue of $55 million in 2024."),
    ("Rules", "Parking costs €3 per hour.", "Visitors", "A day ticket for parking costs €18."),
    ("Hall", "The concert hall seats 850 people.", "Venues", "The recital hall has a capacity of 220."),
    ("Model 1", "The X200 battery lasts 12 hours.", "Model 2", "The X300 battery lasts 18 hours."),
    ("Ashford Hospital", "The hospital has 300 beds.", "Brindle Hospital", "The hospital has 420 beds."),
    ("Fair", "Nearly 500 people attended the fair.", "Report", "The fair drew 480 people."),
    ("Museum", "The east wing counted 1,005 exhibits in 2021.", "Museum FAQ",
     "There were 4,561 visitors in the east wing in 2021."),
]


@pytest.mark.parametrize("pair", CONFLICTS, ids=lambda pair: pair[1])
def test_a_conflict_is_found(pair: tuple[str, str, str, str]) -> None:
    [conflict] = conflicts_of(pair[:2], pair[2:])
    assert conflict.place == "between"
    assert {entry.source_id for entry in conflict.entries} == {"0", "1"}


@pytest.mark.parametrize("pair", NEAR_MISSES, ids=lambda pair: pair[1])
def test_a_near_miss_is_none(pair: tuple[str, str, str, str]) -> None:
    assert conflicts_of(pair[:2], pair[2:]) == []


def test_a_conflict_within_one_document() -> None:
    text = "南湾泳池水深1.8米，常年开放。\n救生员守则另行公布。\n南湾泳池水深2.2米，常年开放。"
    [conflict] = conflicts_of(("南湾泳池须知", text))
    assert (conflict.place, [entry.text for entry in conflict.entries]) == ("within", ["1.8米", "2.2米"])


def test_two_figures_of_one_sentence_do_not_contradict_each_other() -> None:
    assert conflicts_of(("价目", "单人间每晚300元，双人间每晚420元。")) == []


def test_a_sentence_that_many_things_share_is_no_conflict() -> None:
    documents = [(f"快报{number}", f"主力资金净流出{number * 31 + 17}万元。") for number in range(1, 9)]
    assert conflicts_of(*documents) == []
