"""Answers over several versions of a document: the one in force or the one asked for, and never a silent mixture."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answering.drafting import DraftRequest
from rag.pipeline import Pipeline
from rag.schema import Answer, DraftEvent
from rag.text.delimiters import passage_block
from tests.conftest import MakePipeline

CHINESE = """# 差旅费管理办法（{year}年修订）

第一条 为加强差旅费管理，制定本办法。

第二条 出差须事先填写申请单，由部门负责人批准。

第三条 住宿费标准为每人每天{fee}元。

第四条 高铁可乘二等座。
{more}
第五条 本办法自{year}年3月1日起施行。
"""
ENGLISH = """# Employee Handbook

Version: {number}
Effective date: 1 March {year}

## Leave

Employees receive {days} days of paid annual leave each year.

## Carry-over

Unused leave of up to 5 days may be carried over to the next year.
{more}"""
FAX = "\n## Fax\n\nThe office fax machine may be used for private messages at a charge of 2 dollars per page.\n"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Two versions of a Chinese and of an English document; the earlier English one has a section more."""
    from rag.pipeline import build_pipeline
    from rag.settings import Settings
    from tests.small_library import small_library

    folder = tmp_path_factory.mktemp("versions")
    texts = {
        "old_cn": CHINESE.format(year=2022, fee=350, more=""), "new_cn": CHINESE.format(year=2024, fee=450, more=""),
        "handbook_a": ENGLISH.format(number="1.0", year=2021, days=20, more=FAX),
        "handbook_b": ENGLISH.format(number="2.0", year=2024, days=25, more="")}
    library = small_library(folder / "home")
    with library.write_lock():
        for name, text in texts.items():
            (folder / f"{name}.md").write_text(text, "utf-8")
            library.add(folder / f"{name}.md")
    return build_pipeline(Settings(home=library.home, seeds=None, chat_model="", base_url="", api_key="", passages=8))


def cited_first(answer: Answer) -> str:
    """The id of the source that the first citation quotes."""
    return answer.citations[0].source_id.rpartition("-")[0]


ASKED = [
    ("住宿费标准是多少？", "new_cn", "450元", "350元"),
    ("2022年版的住宿费标准是多少？", "old_cn", "350元", "450元"),
    ("修订前的住宿费标准是多少？", "old_cn", "350元", "450元"),
    ("2023年的住宿费标准是多少？", "old_cn", "350元", "450元"),
    ("第三条怎么规定？", "new_cn", "450元", "350元"),
    ("How many days of annual leave do employees get?", "handbook_b", "25 days", "20 days"),
    ("How many days of annual leave were there under version 1.0?", "handbook_a", "20 days", "25 days"),
    ("How many days of annual leave did employees get before the revision?", "handbook_a", "20 days", "25 days"),
]


@pytest.mark.parametrize(("question", "source", "value", "other"), ASKED, ids=[question for question, *_ in ASKED])
def test_the_version_meant_answers_and_the_other_is_told(
    pipeline: Pipeline, question: str, source: str, value: str, other: str,
) -> None:
    answer = pipeline.ask(question)
    first, _, rest = answer.text.partition("\n\n")[2].partition("\n\n")
    assert (cited_first(answer), answer.status) == (source, "grounded")
    assert value in first
    assert other not in first
    assert other in rest
    assert not answer.disagreements


def test_the_figures_stand_under_their_versions(pipeline: Pipeline) -> None:
    text = pipeline.ask("住宿费标准是多少？").text
    assert "2022年版（已被取代）：350元[" in text
    assert "2024年版（现行）：450元[" in text
    english = pipeline.ask("How many days of annual leave do employees get?").text
    assert "(version 2.0 of 2024, in force)" in english
    assert "version 1.0 of 2021 (superseded): 20 days[" in english


def test_versions_are_not_counted_as_documents_that_agree(pipeline: Pipeline) -> None:
    confidence = pipeline.ask("住宿费标准是多少？").confidence
    assert confidence
    assert "只有 1 份文件说到" in confidence.reasons


def test_what_both_versions_say_is_said_to_be_the_same(pipeline: Pipeline) -> None:
    answer = pipeline.ask("How many days of unused leave may be carried over?")
    assert cited_first(answer) == "handbook_b"
    assert "version 1.0 of 2021 (superseded) says the same:" in answer.text
    assert answer.status == "grounded"


def test_what_only_an_earlier_version_says_is_told_as_its_own(pipeline: Pipeline) -> None:
    answer = pipeline.ask("What is the charge for using the fax machine?")
    assert cited_first(answer) == "handbook_a"
    assert answer.text.startswith("The version that is used does not answer this")
    assert "(version 1.0 of 2021, superseded)" in answer.text


def test_a_scope_with_one_version_is_answered_from_it(pipeline: Pipeline) -> None:
    from rag.schema import Scope

    answer = pipeline.ask("住宿费标准是多少？", scope=Scope(sources=("old_cn.md",)))
    assert cited_first(answer) == "old_cn"
    assert "已被取代" in answer.text


def test_a_search_finds_all_versions(pipeline: Pipeline) -> None:
    found = {passage.source_id.rpartition("-")[0] for passage in pipeline.search("住宿费标准是多少？")}
    assert {"old_cn", "new_cn"} <= found


def test_a_model_is_told_the_version_and_status_of_each_passage(pipeline: Pipeline) -> None:
    answer = pipeline.ask("住宿费标准是多少？")
    headers = {passage_block(passage, "zh").text.split("\n正文：")[0].split("版本：")[-1] for passage in answer.passages
               if passage.version and passage.language == "zh"}
    assert headers == {"2024年版（现行）", "2022年版（已被取代）"}


def draft_of(text: str) -> object:
    def draft(request: DraftRequest) -> Generator[DraftEvent]:
        number = {p.version.names[0]: p.number for p in reversed(request.passages) if p.version}
        yield text.format(new=number["2024年版"], old=number["2022年版"])

    return draft


def test_a_version_that_a_model_does_not_name_is_named_for_it(pipeline: Pipeline) -> None:
    silent = replace(pipeline, draft=draft_of("住宿费标准为每人每天350元[{old}]。"))  # type: ignore[arg-type]
    answer = silent.ask("住宿费标准是多少？")
    assert "2022年版（已被取代）的原文：" in answer.text
    named = replace(pipeline, draft=draft_of("2024年版规定，住宿费标准为每人每天450元[{new}]。"))  # type: ignore[arg-type]
    answer = named.ask("住宿费标准是多少？")
    assert answer.text.count("2024年版（现行）的原文") == 0
    assert "2022年版（已被取代）：350元[" in answer.text


PIPES = "品名 | 规格 | 单价（元） | 起订量\n--- | --- | --- | ---\n{}钢管 | DN50 | {} | 100根\n球阀 | DN25 | {} | 50只\n"


def test_a_row_is_told_beside_the_row_of_the_same_thing_only(make_pipeline: MakePipeline) -> None:
    lists = make_pipeline(
        a="# 管材价目表（2025年版）\n\n" + PIPES.format("钢管 | DN25 | 18.60 | 200根\n", "39.50", "42.00"),
        b="# 管材价目表（2026年版）\n\n" + PIPES.format("", "42.30", "45.50"))
    told = lists.ask("DN50钢管的单价是多少？").text
    assert told.index("42.30") < told.index("39.50")
    assert "18.60" not in told


def test_a_line_with_the_same_label_is_told_though_its_words_differ(make_pipeline: MakePipeline) -> None:
    text = "# CX-200 Manual, revision {}\n\nTank: The tank holds 2 litres.\n\nFilter: {}\n\nFan: Keep the fan free.\n"
    manuals = make_pipeline(
        a=text.format("A", "Wash the filter every two weeks in lukewarm water."),
        b=text.format("B", "Vacuum the filter every month."))
    told = manuals.ask("How do I clean the filter of the CX-200?").text
    assert told.index("Vacuum") < told.index("lukewarm")


def test_a_new_version_is_the_announced_one(make_pipeline: MakePipeline) -> None:
    text = "# Supplier Code\n\nIssue {}, in effect {}\n\nAudits: we audit suppliers {}.\n\nGifts: none.\n"
    codes = make_pipeline(
        a=text.format(3, "from 1 January 2020", "every three years"),
        b=text.format(4, "from 1 January 2099", "every year"))
    for question, value in (("How often are suppliers audited?", "every three years"),
                            ("How often are suppliers audited under the new code?", "every year")):
        assert value in codes.ask(question).text.partition("\n\n")[2].partition("\n\n")[0]


TIMETABLE = "# Price list {}\n\nOak desk: {} dollars.\n\nMesh chair: {} dollars.\n\nA lamp: {} dollars.\n"
ABROAD = "# Remote Work Rules (version {})\n\nDesks are shared.\n\n{}\n\nPhones are paid for.\n"


def test_a_word_of_its_name_asks_for_a_version(make_pipeline: MakePipeline) -> None:
    lists = make_pipeline(
        a=TIMETABLE.format("spring", 459, 129, 70), b=TIMETABLE.format("autumn (current)", 489, 145, 79))
    assert "489 dollars" in lists.ask("What does the oak desk cost?").text.partition("\n\n")[2].partition("\n\n")[0]
    spring = lists.ask("What did the oak desk cost in the spring price list?").text
    assert "459 dollars" in spring.partition("\n\n")[2].partition("\n\n")[0]


def test_a_rule_that_was_turned_round_is_told_beside_the_new_one(make_pipeline: MakePipeline) -> None:
    rules = make_pipeline(
        a=ABROAD.format(1, "Working from abroad is not permitted."),
        b=ABROAD.format(2, "Working from abroad is permitted for up to 20 days a year."))
    text = rules.ask("What has changed for working from abroad?").text
    assert text.index("20 days") < text.index("is not permitted")


def test_a_comparison_of_two_versions_leaves_out_the_third_one_last(make_pipeline: MakePipeline) -> None:
    text = "# 请假制度（{}年版）\n\n一、事假须提前申请。\n\n二、陪产假为{}天。\n\n三、病假凭证明办理。\n"
    leave = make_pipeline(a=text.format(2020, 10), b=text.format(2023, 15), c=text.format(2026, 20))
    answer = leave.ask("2020年版和2023年版的陪产假有什么不同？").text
    assert answer.index("陪产假为15天") < answer.index("陪产假为10天") < answer.index("陪产假为20天")


def test_a_number_or_a_season_asks_for_a_document(make_pipeline: MakePipeline) -> None:
    text = "# 城区供水价格规定\n\n栖发改价〔{}〕{}号\n\n自{}年1月1日起施行。\n\n洗车用水每立方米{}元。\n\n居民用水每立方米3元。\n"
    season = "# 枫林线时刻表（2026年{}季）\n\n首班车{}发车。{}\n\n全程票价8元。\n"
    pipeline = make_pipeline(
        a=text.format(2022, 86, 2023, 15), b=text.format(2024, 73, 2025, 18),
        c=season.format("夏", "5:50", ""), d=season.format("冬", "6:30", "夏季时刻表停用。"))
    for question, value in (
            ("栖发改价〔2022〕86号规定的洗车用水每立方米多少元？", "15元"), ("洗车用水每立方米多少元？", "18元"),
            ("夏季时刻表上首班车几点发车？", "5:50")):
        assert value in pipeline.ask(question).text.partition("\n\n")[2].partition("\n\n")[0]


STYLE = "# Northfield Guide, {} edition\n\n## Authors\n\nUp to {} authors are listed.\n\n## Footnotes\n\n{}\n"


def test_a_passage_is_found_by_what_corresponds_to_it_in_another_version(make_pipeline: MakePipeline) -> None:
    """A short text has no vector, so that only the later version of it is found by its meaning."""
    guides = make_pipeline(
        a=STYLE.format("2nd", "three", "Footnotes are numbered per page."),
        b=STYLE.format("3rd", "six", "Footnotes are numbered through the whole text of a paper."))
    answer = guides.ask("How were footnotes numbered in the second edition of the Northfield guide?").text
    assert answer.index("per page") < answer.index("whole text")


def test_a_mark_that_names_an_earlier_version_does_not_ask_for_the_amended_one(make_pipeline: MakePipeline) -> None:
    text = "# 车船税办法（{}）\n\n第一条 车船税按年申报。\n\n第二条 摩托车年税额为{}元。\n"
    taxes = make_pipeline(a=text.format("2012", 60), b=text.format("2024年修正", 36))
    assert "60元" in taxes.ask("修正前摩托车年税额是多少？").text.partition("\n\n")[2].partition("\n\n")[0]


def test_a_change_since_a_year_is_told_from_the_version_in_force(make_pipeline: MakePipeline) -> None:
    text = "# Club Terms {}\n\nA boat costs 9 dollars.\n\nA locker costs {} dollars a year.\n\nDogs are welcome.\n"
    terms = make_pipeline(a=text.format(2022, 25), b=text.format(2025, 40))
    answer = terms.ask("How has the cost of a locker changed since 2022?").text
    assert answer.index("40 dollars") < answer.index("25 dollars")


PREFACE = """# 口袋公园规范（{year}年版）

本规范代替2016年的口袋公园规范，主要修改了绿地率的要求。

第一条 公园应向公众开放。

第二条 绿地率不低于{share}%。
"""


def test_what_a_document_says_of_its_versions_answers_no_other_question(make_pipeline: MakePipeline) -> None:
    parks = make_pipeline(
        a=PREFACE.format(year=2016, share=55).replace("本规范代替2016年的口袋公园规范，主要修改了绿地率的要求。\n\n", ""),
        b=PREFACE.format(year=2022, share=65))
    answer = parks.ask("口袋公园的绿地率最低要求是多少？")
    assert "65%" in answer.text.partition("版本对照")[0]
    assert "代替" not in answer.text
    assert "代替" in parks.ask("口袋公园规范代替什么？").text


def test_a_repealed_document_is_said_to_be_repealed(make_pipeline: MakePipeline) -> None:
    chinese = make_pipeline(fees="# 游泳馆收费规定（已废止）\n\n成人票每张30元。\n\n儿童票每张15元。\n")
    assert "（已废止）：" in chinese.ask("游泳馆成人票每张多少钱？").text


def test_reports_on_several_years_answer_with_the_latest_and_its_year(make_pipeline: MakePipeline) -> None:
    text = "# {}年云溪市统计公报\n\n全年地区生产总值{}亿元。\n\n年末常住人口{}万人。\n\n全市没有发生重大灾害。\n"
    reports = make_pipeline(a=text.format(2022, 1200, 310), b=text.format(2023, 1290, 312))
    answer = reports.ask("云溪市地区生产总值是多少？")
    assert "1290亿元" in answer.text
    assert "2023年" in answer.text
    assert "取代" not in answer.text
    assert "1200亿元" in reports.ask("2022年云溪市地区生产总值是多少？").text


def test_names_of_files_bring_no_markers_into_an_answer(make_pipeline: MakePipeline, tmp_path: Path) -> None:
    pipeline = make_pipeline()
    with pipeline.library.write_lock():
        for name, fee in (("[1] a**b", 5), ("[2] c", 8)):
            path = tmp_path / f"{name}.md"
            path.write_text(f"# 停车管理办法（2024年版）\n\n第一条 车辆按位停放。\n\n第二条 每小时收费{fee}元。\n", "utf-8")
            pipeline.library.add(path)
    answer = pipeline.ask("停车每小时收费多少元？")
    assert "**b" not in answer.text
    assert answer.status == "grounded"
