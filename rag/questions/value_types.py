"""A question becomes the sorts of value that it wants, and sentences whether they state one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.numbers.figures import Figure

_MONEY = (
    "钱|资本|利润|营收|收入|销售额|产值|总产出|GDP|生产总值|增加值|预算|投资|成本|工资|薪|奖励|补贴|价格|票价|融资额|贷款额|出口额|税收")
_SHARE = "占比|比重|比例|份额|增速|增幅|增长率|涨幅|覆盖率|利率|坏账率|税率|毛利率|失业率|百分比"
_ASKS = r"(?:总共|一共|大概|大约|实际|目标|各自|分别|加起来|规模)*(?:是|有|为|达到?|做到|定在?|占)?(?:了)?(?:多少|多大|几何|多高)"
_STAFF = (r"(?:people|persons|employees|workers|staff|engineers|researchers|students|residents|experts|scientists|teachers|academicians"
          r"|personnel|talents?|inhabitants|members)")
# how each sort of value is asked for, in Chinese and in English
_ASKED = {sort: re.compile("|".join(patterns), re.I) for sort, patterns in {
    "money": (
        r"多少(?:[百千万亿]*(?:元|美元|人民币)|钱|资金|现金|利润|投资)|几[百千万亿]+元|花了多少|赚了?多少|砸了多少",
        rf"(?:{_MONEY}){_ASKS}(?![家个名人位座条项种亩吨件%])",
        r"how much (?:money|cash|funding|capital|profit|revenue|was (?:spent|invested|raised)"
        r"|did .{3,60}\b(?:spend|cost|earn|invest|borrow|pay))",
        r"\b(?:profit|budget|capital|revenue|salary|wage|price|cost|turnover|GDP|subsidy|bonus|exports?)\b.*\bof\b",
        r"what (?:is|was|were|are|did) .{0,30}\b(?:profit|budget|registered capital|revenue|salary|wage|turnover|GDP|subsid|exports?)\b",
        r"how (?:big|large) a (?:cash )?(?:reward|subsidy|bonus|grant)"),
    "people": (
        r"多少(?:名|位|人(?!民币))|(?<!第)几(?:名|位|个人)(?!皇|国|太|公|夫|王)|(?:人口|员工|职工|人数)(?:总共|有|是|为)*(?:多少|几)",
        rf"how many (?:\w+[ -]){{0,3}}?{_STAFF}\b|\bpopulation of|headcount"),
    "share": (
        rf"百分之几|几分之几|几成|多少个百分点|(?:{_SHARE})(?:是|为|有|达到?|大概|大约|占)*(?:多少|多大|几)",
        r"what (?:percentage|proportion|share|fraction|portion|slice)|by (?:what|how many) per ?cent"
        r"|(?:growth|interest|default|coverage) rate|how many percentage points"),
    "area": (
        r"多少(?:亩|平方|公顷)|占地(?:面积)?(?:是|有|为)*(?:多少|多大)|面积(?:是|有|为)*(?:多少|多大)",
        r"how (?:many|much) (?:hectares|acres|land|square)|\bthe (?:total |land )?area of\b|floor space"),
    "weight": (
        r"多少(?:[百千万亿]*吨|公斤|千克)|几(?:万|千|百)?吨", r"how (?:many|much) .{0,12}(?:tonn?es|kilos|kilograms|steel|coal)"),
    "rank": (
        r"第几(?!次|批|个|条|大|期)|排名?(?:在|是)?(?:全国|全省|世界)?(?:多少|几|哪)|名次|位列哪|排到哪",
        r"\brank(?:ing|ed)?\b|\bwhat (?:place|position)\b"),
    "university": (r"哪(?:一?[所家]|几所)?(?:大学|高校|学院)", r"(?:which|what) (?:university|college)"),
    "district": (r"哪一?个?(?:区|县|板块)(?!域)", r"(?:which|what) (?:district|county|borough)"),
    "institution": (r"哪一?[家个]?(?:单位|机构|研究所|研究院)", r"(?:which|what) (?:institution|institute|organi[sz]ation)"),
    "ahead": (r"明年|后年", r"\bnext year\b"),
}.items()}
_NUMBER = r"\d[\d.,万亿千百余多]*"
_STATED = {sort: re.compile(pattern, re.I) for sort, pattern in {
    "people": rf"{_NUMBER}(?:名|位|人(?!民币))|{_STAFF}\b",
    "area": r"亩|平方|公顷|hectare|acre|square|\bmu\b",
    "weight": rf"{_NUMBER}(?:吨|公斤|千克)|\btonn?es?\b|\bkilo",
    "rank": r"第[一二三四五六七八九十\d]+(?!次|批|个)|首位|榜首|领先|居|排名|之首|\b(?:first|second|third|\w+th|1st|2nd|3rd)\b"
            r"|\brank|\btops?\b|largest|highest|leading|most",
    "university": r"大学|学院|\buniversit|\bcollege",
    "district": r"[^\W\d]{1,3}(?:区(?![域别分块])|县)|district|county|\bzone\b",
    "institution": r"大学|学院|研究院|研究所|科学院|公司|实验室|\buniversit|\binstitut|\bacadem|\blaborator",
    "ahead": r"明年|后年|\bnext year\b",
}.items()}


def wanted(text: str) -> frozenset[str]:
    """The sorts of value that a question asks for: `注册资本是多少` → money; `How many people work there?` → people."""
    return frozenset(sort for sort, pattern in _ASKED.items() if pattern.search(text))


def states(sort: str, text: str, new: Sequence[Figure]) -> bool:
    """Whether a sentence states a value of a sort; `new` are those of its figures that the question has not."""
    if sort == "money":
        return any(figure.unit in ("yuan", "usd") for figure in new)
    if sort == "share":
        return any(figure.kind == "percent" or figure.value < 1 or figure.unit == "倍" for figure in new)
    if sort == "people" and not new:
        return False
    return _STATED[sort].search(text) is not None
