"""Texts of the figures in the library view: the list, its filters, kinds of figures, conflicts."""

from __future__ import annotations

from rag.schema import Language

FIGURE_TEXTS: dict[str, dict[Language, str]] = {
    "figures mean": {
        "zh": "文献里的每个数字：说的是什么、哪一年、哪个地方或单位。点数字看原文。“可能矛盾”列出同一件事的不同数值，供人核对。",
        "en": "Each figure of the documents: what it is about, its year, its place or body. A figure opens its words. "
              "“Possible contradictions” lists different values that may be for one thing, to be checked."},
    "figure lists": {"zh": "数字或可能矛盾的数字", "en": "Figures, or possible contradictions"},
    "list figures": {"zh": "全部数字", "en": "All figures"},
    "list conflicts": {"zh": "可能矛盾", "en": "Possible contradictions"},
    "find figure": {"zh": "搜索：押金、员工、建筑面积…", "en": "Search: deposit, staff, floor area…"},
    "year of figure": {"zh": "年份", "en": "Year"},
    "unit of figure": {"zh": "单位", "en": "Unit"},
    "kind of figure": {"zh": "类别", "en": "Kind"},
    "any kind": {"zh": "全部类别", "en": "All kinds"},
    "kind actual": {"zh": "数值", "en": "value"},
    "kind target": {"zh": "目标或预计", "en": "target"},
    "kind limit": {"zh": "上限或下限", "en": "limit"},
    "kind growth": {"zh": "增减", "en": "growth"},
    "kind increase": {"zh": "新增", "en": "increase"},
    "kind share": {"zh": "比例", "en": "share"},
    "kind rate": {"zh": "每人、每次等", "en": "rate"},
    "kind range": {"zh": "范围", "en": "range"},
    "kind rank": {"zh": "名次", "en": "rank"},
    "kind date": {"zh": "日期", "en": "date"},
    "kind time": {"zh": "时刻", "en": "time"},
    "exactness about": {"zh": "约", "en": "about"},
    "exactness over": {"zh": "超过", "en": "over"},
    "exactness under": {"zh": "不到或至多", "en": "under or up to"},
    "figure value": {"zh": "数字", "en": "Figure"},
    "figure subject": {"zh": "说的是", "en": "About"},
    "figure year": {"zh": "时间", "en": "Time"},
    "figure kind": {"zh": "类别", "en": "Kind"},
    "figure scope": {"zh": "地方或单位", "en": "Place or body"},
    "figure document": {"zh": "文献", "en": "Document"},
    "count figures": {"zh": "{number} 个数字", "en": "Figures: {number}"},
    "count conflicts": {"zh": "{number} 处可能矛盾，请对照原文", "en": "Possible contradictions, to be checked: {number}"},
    "conflict between": {"zh": "在不同文献中", "en": "in several documents"},
    "conflict within": {"zh": "在同一篇文献中", "en": "within one document"},
    "no figures found": {
        "zh": "没有符合条件的数字。试试少用几个词，或去掉年份、单位。",
        "en": "No figure fits. Try fewer words, or leave out the year or the unit."},
    "no conflicts": {"zh": "没有发现互相矛盾的数字。", "en": "No figures were found that contradict each other."},
    "figures waiting": {
        "zh": "还有 {number} / {of} 篇文献的数字正在登记，下面的列表可能不全。",
        "en": "The figures of {number} of {of} documents are still being read; the list may be incomplete."},
    "figures cut off": {
        "zh": "{number} 篇文献的数字太多，只登记了前面的一部分。",
        "en": "Documents with so many figures that the ledger has only the first of them: {number}"},
}
