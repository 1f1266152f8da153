"""Version families: which sources are versions of one document, which is in force, and what is no version."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from rag.comparison.version_families import VersionFamily
from rag.comparison.version_wording import describe_version
from rag.library.library import Library
from tests.small_library import small_library

TODAY = date(2026, 6, 1)
CHINESE = "# 停车管理办法{mark}\n\n第一条 车辆按位停放。\n\n第二条 每小时收费{fee}元。\n\n第三条 军车免费。\n\n{last}\n"
ENGLISH = "# Parking Rules\n\n{head}\n\nCars are parked in bays.\n\nFee: {fee} dollars an hour.\n\nBikes are free.\n"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return small_library(tmp_path / "home")


def add(library: Library, folder: Path, **texts: str) -> None:
    with library.write_lock():
        for name, text in texts.items():
            path = folder / f"{name}.md"
            path.write_text(text, "utf-8")
            library.add(path)


def statuses(library: Library, day: date = TODAY) -> dict[str, str]:
    """The status of each source that has one, by its file's name."""
    names = {source.id: source.name.removesuffix(".md") for source in library.sources()}
    families = library.version_families(names, day)
    return {names[id]: family.member_of(id).status for id, family in families.items()}


def test_the_newest_version_that_has_begun_is_in_force(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path,
        a=CHINESE.format(mark="（2022年修订）", fee=5, last="第四条 本办法自2022年3月1日起施行。"),
        b=CHINESE.format(mark="（2024年修订）", fee=8, last="第四条 本办法自2024年1月1日起施行。"),
        c=CHINESE.format(mark="（2099年修订）", fee=9, last="第四条 本办法自2099年1月1日起施行。"))
    assert statuses(library) == {"a": "superseded", "b": "in force", "c": "not yet in force"}
    assert statuses(library, date(2023, 1, 1)) == {"a": "in force", "b": "not yet in force", "c": "not yet in force"}


def test_versions_are_known_by_number_in_english(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path, a=ENGLISH.format(head="Version 1.9", fee=2), b=ENGLISH.format(head="Version 1.10", fee=3),
        c=ENGLISH.format(head="Version 2 (draft)", fee=4).replace("Rules\n", "Rules (draft)\n", 1))
    assert statuses(library) == {"a": "superseded", "b": "in force", "c": "draft"}


def test_a_schedule_of_a_later_season_is_the_newest_of_a_series(library: Library, tmp_path: Path) -> None:
    text = "# 班车时刻表（{}）\n\n东线每日{}发车。\n\n西线每日{}发车。\n"
    add(library, tmp_path, a=text.format("2026年秋季", "7:20", "7:40"), b=text.format("2026年春季", "7:00", "7:10"),
        c=text.format("2027年春季", "7:30", "7:50"))
    family = next(iter(library.version_families([s.id for s in library.sources()], TODAY).values()))
    assert [family.name(member, "zh") for member in family.members] == ["2027年春季", "2026年秋季", "2026年春季"]
    assert family.name(family.current, "zh") == "2026年秋季"


def test_price_lists_with_two_days_are_versions_and_minutes_are_not(library: Library, tmp_path: Path) -> None:
    prices = "品名,单价（元）\n钢管,{}\n球阀,{}\n法兰,{}\n闸阀,{}\n"
    minutes = "# 安全会议纪要 {}\n\n会议决定检查灭火器。\n\n下次会议在三号会议室举行。\n\n参加人员：各班组长。\n"
    with library.write_lock():
        for day, values in (("20260110", (18, 42, 27, 300)), ("20260301", (20, 45, 26, 318))):
            path = tmp_path / f"报价单_{day}.csv"
            path.write_text(prices.format(*values), "utf-8")
            library.add(path)
    add(library, tmp_path, a=minutes.format("2026-01-10"), b=minutes.format("2026-03-01").replace("三号", "五号"))
    assert statuses(library) == {"报价单_20260110.csv": "superseded", "报价单_20260301.csv": "in force"}
    family = next(iter(library.version_families([s.id for s in library.sources()], TODAY).values()))
    assert [family.on_day(day) is family.members[1] for day in ("2026-01", "2026-02-28")] == [True, True]


def test_a_version_says_that_it_repeals_the_earlier_one(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path, a=CHINESE.format(mark="（试行）", fee=5, last="第四条 本办法自2020年3月1日起试行。"),
        b=CHINESE.format(mark="", fee=8, last="第四条 本办法自2024年1月1日起施行，原《停车管理办法（试行）》同时废止。"))
    assert statuses(library) == {"a": "repealed", "b": "in force"}


def test_a_standard_is_known_by_the_year_of_what_it_replaces(library: Library, tmp_path: Path) -> None:
    text = "# {}\n\n{}-03-01发布\n\n{}座椅高度不应小于{} cm。\n\n座椅间距不应大于50 m。\n\n座椅应采用木材或金属制作。\n\n"
    text += "座椅应当固定在地面上，并且每年检查一次。\n\n靠近儿童活动场地的座椅应设置靠背与扶手。\n"
    add(library, tmp_path, a=text.format("ICS 91", 2016, "", 40),
        b=text.format("CJ/T 30001", 2022, "本标准代替 CJ/T 30001—2016。\n\n", 45))
    assert statuses(library) == {"a": "superseded", "b": "in force"}


def test_a_repealed_document_without_a_successor_is_told(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path, a=CHINESE.format(mark="（已废止）", fee=5, last=""))
    [family] = library.version_families([source.id for source in library.sources()], TODAY).values()
    assert family.current.status == "repealed"
    assert describe_version(family, family.current.id, "zh") == "已废止"


def test_reports_on_several_years_are_no_versions_of_each_other(library: Library, tmp_path: Path) -> None:
    text = "# {}年统计公报\n\n全市生产总值{}亿元。\n\n年末常住人口{}万人。\n\n全年粮食产量稳定。\n"
    add(library, tmp_path, a=text.format(2022, 100, 30), b=text.format(2023, 120, 31))
    families = library.version_families([source.id for source in library.sources()], TODAY)
    assert {family.kind for family in families.values()} == {"series"}
    [current] = {family.current.stated.period for family in families.values()}
    assert current == "2023"


def test_two_versions_of_one_day_are_told_apart_by_their_files(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path, a=CHINESE.format(mark="（2024年版）", fee=5, last=""),
        b=CHINESE.format(mark="（2024年版）", fee=8, last="第四条 摩托车每小时收费2元。"))
    assert statuses(library) == {"a": "unclear", "b": "unclear"}
    family = next(iter(library.version_families([s.id for s in library.sources()], TODAY).values()))
    assert {family.name(member, "zh") for member in family.members} == {"a.md", "b.md"}


def test_documents_that_replace_each_other_have_an_order_all_the_same(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path,
        a=ENGLISH.format(head="Version 1. This document supersedes version 2.", fee=2),
        b=ENGLISH.format(head="Version 2. This document supersedes version 1.", fee=3))
    assert statuses(library) == {"a": "superseded", "b": "in force"}


@pytest.mark.parametrize("texts", [
    ("# Lease Agreement\n\nTenant: Bob Jones.\n\nEffective date: 1 March 2022\n\nThe rent of 4B is 900 dollars.\n",
     "# Lease Agreement\n\nTenant: Carla Diaz.\n\nEffective date: 1 May 2023\n\nThe rent of 7C is 1100 dollars.\n"),
    ("# 会议纪要\n\n2022年3月1日\n\n会议讨论了预算，由张三主持。\n", "# 会议纪要\n\n2024年5月1日\n\n大家同意更换打印机供应商。\n"),
], ids=["contracts", "minutes"])
def test_documents_with_one_title_need_not_be_versions(
    library: Library, tmp_path: Path, texts: tuple[str, str],
) -> None:
    add(library, tmp_path, a=texts[0], b=texts[1])
    assert statuses(library) == {}


LEASE = (
    "# 仓库租赁合同{mark}\n\n合同编号：{code}\n\n承租方：{tenant}\n\n签订日期：{day}\n\n第一条 租赁物为三号库。{more}\n\n"
    "第二条 租金每平方米每月{fee}元，按季度预付。\n\n第三条 提前解除合同的，应提前90日书面通知。\n")


def test_a_contract_that_replaces_another_by_its_number_or_day_is_its_version(library: Library, tmp_path: Path) -> None:
    terms = "\n\nThe Contractor cleans the surgeries.\n\nThe fee is {} dollars a month.\n\nStaff are checked.\n"
    restated = "Dated 3 March 2026. It amends, restates and supersedes the agreement dated 14 January 2024."
    add(library, tmp_path,
        a=LEASE.format(mark="", code="YC-2023-117", tenant="渡口贸易行", day="2023年6月12日", more="", fee=23),
        b=LEASE.format(mark="（续签）", code="YC-2026-042", tenant="渡口贸易行", day="2026年5月28日", fee=26,
                       more="原合同YC-2023-117期满终止，以本合同为准。"),
        c="# Cleaning agreement\n\nDated 14 January 2024." + terms.format(40),
        d=f"# Amended and restated cleaning agreement\n\n{restated}" + terms.format(59))
    assert statuses(library) == {"a": "superseded", "b": "in force", "c": "superseded", "d": "in force"}


def test_contracts_with_one_form_and_other_parties_are_no_versions(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path,
        a=LEASE.format(mark="", code="YC-2023-117", tenant="渡口贸易行", day="2023年6月12日", more="", fee=23),
        b=LEASE.format(mark="", code="YC-2024-009", tenant="远山家居公司", day="2024年3月2日", more="", fee=25))
    assert statuses(library) == {}


def test_a_removed_or_renamed_source_leaves_its_family(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path, a=CHINESE.format(mark="（2022年版）", fee=5, last=""),
        b=CHINESE.format(mark="（2024年版）", fee=8, last=""))
    with library.write_lock():
        library.set_title("a.md", "自行车存放须知（2022年版）")
    assert statuses(library) == {}
    with library.write_lock():
        library.set_title("a.md", "停车管理办法（2022年版）")
        assert statuses(library) == {"a": "superseded", "b": "in force"}
        library.remove("b.md")
    assert statuses(library) == {}


def test_the_same_content_under_another_name_is_not_stored_twice(library: Library, tmp_path: Path) -> None:
    text = "# Ferry\n\nThe ferry leaves at six in the morning.\n"
    (tmp_path / "a.md").write_text(text, "utf-8")
    (tmp_path / "b.md").write_text(text, "utf-8")
    (tmp_path / "c.txt").write_text("Ferry\n\n\nThe ferry leaves  at six in the morning.\n", "utf-8")
    with library.write_lock():
        results = [library.add(tmp_path / name) for name in ("a.md", "b.md", "c.txt")]
    assert [(result.outcome, result.is_copy) for result in results] == [
        ("added", False), ("unchanged", True), ("unchanged", True)]
    assert [source.name for source in library.sources()] == ["a.md"]


def test_nearly_the_same_text_is_linked(library: Library, tmp_path: Path) -> None:
    text = "".join(f"第{i}段说明仓库{chr(0x4e00 + i * 7)}的货物如何登记与盘点。\n\n" for i in range(60))
    add(library, tmp_path, a=f"# 仓库手册\n\n{text}", b=f"# 仓库手册\n\n{text}另有一句补充。\n")
    copies = library.near_copies([source.id for source in library.sources()])
    assert len(copies) == 2
    assert statuses(library) == {}


def test_the_versions_of_an_older_library_are_recorded_by_the_next_writer(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path, a=CHINESE.format(mark="（2022年版）", fee=5, last=""),
        b=CHINESE.format(mark="（2024年版）", fee=8, last=""))
    library.close()
    with closing(sqlite3.connect(library.home / "manifest.sqlite")) as db, db:
        for table in ("versions", "version_keys", "relations"):
            db.execute(f"DELETE FROM {table}")
    assert statuses(library) == {}
    with library.write_lock():
        pass
    assert statuses(library) == {"a": "superseded", "b": "in force"}


def test_a_family_knows_which_version_was_in_force_on_a_day(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path, a=ENGLISH.format(head="Effective from 1 March 2022", fee=2),
        b=ENGLISH.format(head="Effective from 1 January 2024", fee=3))
    family: VersionFamily = next(iter(library.version_families([s.id for s in library.sources()], TODAY).values()))
    found = {day: member and member.file_name for day in ("2021", "2023-05", "2024")
             for member in [family.on_day(day)]}
    assert found == {"2021": None, "2023-05": "a.md", "2024": "b.md"}
