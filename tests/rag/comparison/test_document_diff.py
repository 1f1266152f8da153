"""Difference of two documents: clauses added, removed, changed and moved; figures old and new; bounded time."""

import time
from itertools import pairwise

from rag.comparison.clauses import Clause, split_clauses
from rag.comparison.document_diff import DocumentDiff, compare_documents
from rag.comparison.figure_changes import FigureChange, compare_figures
from rag.comparison.similarity import Sketch, make_sketch, wording_similarity
from rag.sources.blocks import decode_blocks
from tests.rag.sources.contents import clean_document


def clauses(text: str) -> list[Clause]:
    document = clean_document(text, "markdown")
    return split_clauses(document.page_content, decode_blocks(document.metadata["blocks"]))


def compare(old: str, new: str) -> DocumentDiff:
    return compare_documents(clauses(old), clauses(new))


OLD = "# 办法\n\n第一条 为了管理，制定本办法。\n\n第二条 罚款80元。\n\n第三条 车辆须登记。\n\n第四条 本市居民免费。\n"
NEW = "# 办法\n\n第一条 为了管理，制定本办法。\n\n第二条 罚款100元。\n\n第三条 违者通报批评。\n\n第四条 车辆须登记。\n"


def test_clauses_are_aligned_by_number_and_wording() -> None:
    diff = compare(OLD, NEW)
    kinds = [(change.kind, change.place("zh")) for change in diff.changes]
    assert kinds == [("changed", "第二条"), ("added", "第三条"), ("moved", "第三条 → 第四条"), ("removed", "第四条")]
    assert diff.unchanged == 3


def test_changed_figures_are_shown_with_their_place() -> None:
    change = compare(OLD, NEW).of_kind("changed")[0]
    assert change.figures == (FigureChange("80元", "100元"),)
    assert [(part.operation, part.text) for part in change.parts] == [
        ("same", "罚款"), ("removed", "80"), ("added", "100"), ("same", "元。")]


def test_an_english_clause_is_named_by_its_heading() -> None:
    diff = compare("## Leave\n\nStaff have 20 days off.\n", "## Leave\n\nStaff have 25 days off.\n")
    assert diff.changes[0].place("en") == "Leave"
    assert diff.changes[0].figures == (FigureChange("20 days", "25 days"),)


def test_a_document_has_no_difference_from_itself() -> None:
    assert compare(OLD, OLD).is_same


def test_unrelated_documents_are_said_to_be_so() -> None:
    other = "# Ferry\n\nThe ferry leaves at six.\n\nDogs travel free.\n"
    assert not compare(OLD, other).is_related
    assert compare(OLD, NEW).is_related


def test_cells_are_compared_as_rows() -> None:
    rows = "# 价目\n\n| 会议室 | 价格 |\n|---|---|\n| 松涛厅 | {} |\n| 兰亭厅 | 600 |\n"
    [change] = compare(rows.format(3000), rows.format(3600)).changes
    assert change.figures == (FigureChange("3000", "3600"),)


def test_times_of_day_are_figures_of_their_own() -> None:
    assert compare_figures("Core hours are 9:30 to 15:30.", "Core hours are 10:00 to 15:30.") == [
        FigureChange("9:30", "10:00")]
    assert compare_figures("共12条。", "共12条。") == []


def test_the_places_of_a_difference_are_slices_of_the_texts() -> None:
    text = clean_document(NEW, "markdown").page_content
    for change in compare(OLD, NEW).changes:
        assert change.new is None or text[change.new.start : change.new.end] == change.new.text


def test_the_time_grows_with_the_length_only() -> None:
    def made(count: int) -> tuple[list[Clause], list[Clause]]:
        old = [f"第{i}条 编号{i * 7919 % 10007}的仓库存放{i % 90 + 1}吨货物。" for i in range(1, count)]
        new = [text.replace("存放", "最多存放") for text in old[5:]]
        return [Clause(text, 0, len(text)) for text in old], [Clause(text, 0, len(text)) for text in new]

    times = []
    for count in (200, 1_600):
        started = time.process_time()
        compare_documents(*made(count))
        times.append(time.process_time() - started)
    assert all(later <= 40 * max(earlier, 0.02) for earlier, later in pairwise(times))


def test_a_sketch_tells_how_much_two_texts_share() -> None:
    text = " ".join(f"word{chr(97 + i % 26)} number{chr(97 + i // 26)} part{chr(97 + i % 7)}." for i in range(300))
    half = text[: len(text) // 2]
    left, right = make_sketch(text, masked=True), make_sketch(half, masked=True)
    assert left.similarity(left) == 1.0
    assert left.containment(right) > 0.8
    assert Sketch.from_bytes(left.to_bytes()) == left


def test_figures_do_not_change_the_wording() -> None:
    assert wording_similarity("罚款80元，期限5日。", "罚款100元，期限9日。") == 1.0
    assert wording_similarity("The fine is 80 dollars.", "Dogs must be on a lead.") < 0.2


def test_the_title_of_a_document_is_no_place_in_it() -> None:
    en = "# Mooring Rules ({} edition)\n\n1. A berth costs {} euros.\n\n2. Boats leave by noon.\n"
    assert [c.place("en") for c in compare(en.format(2022, 18), en.format(2025, 21)).changes][-1] == "no. 1"
    zh = "# 停泊办法（{}年版）\n\n1. 泊位每晚{}元。\n\n2. 中午前离开。\n"
    assert [c.place("zh") for c in compare(zh.format(2022, 18), zh.format(2025, 21)).changes][-1] == "第1项"


def test_a_section_of_the_document_stays_in_the_place_of_its_items() -> None:
    text = "# Rules\n\n## Fees\n\n1. A berth costs {} euros.\n"
    assert compare(text.format(18), text.format(21)).changes[0].place("en") == "Fees › 1"
