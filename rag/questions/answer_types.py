"""Expected answer types: what kind of answer a question asks for, by patterns in Chinese and English.

There are four tables of types, all of the class `AnswerType`. Each table is a different view of the question:

- `ANSWER_KINDS`, the broad kind: a number, a time, a list, a reason. rag.questions.analysis stores the matching names
  in `AnalysedQuestion.kinds`; the features of rag.reading and the extractive reader (rag.answering.extract) use them.
- `SLOT_TYPES`, what an answer must contain: a date, a person, a name. `open_slots` gives them to
  rag.reading.evidence and contrast_features; rag.reading.slot_filling decides whether a sentence fills a slot.
- `VALUE_TYPES`, what kind of value fills a slot: money, people, area. `value_types` gives them to
  rag.reading.evidence, and `open_slots` names them as the slots `value:money`, `value:area`.
- `QUANTITY_FAMILIES`, which figures can contradict each other: shares, growth rates, counts, amounts of money.
  rag.questions.asked_quantity reads them, so that rag.answering.disagree compares only figures of one family.

A question may have several types in one table, or none. `注册资本是多少？` (the registered capital) has the kind
`number`, the slots `number`, `beside` and `value:money`, the value type `money`, and no quantity family.

Types with the same name in two tables (`time`, `reason`, `share`) have different patterns: rag/reading/weights.json was
trained with each table as it is. A change of a pattern needs a new training run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from rag.text.lexicon import load_lexicon


@dataclass(frozen=True)
class AnswerType:
    """One type of answer, and how a question asks for it: regular expressions for Chinese and for English."""

    name: str
    zh: tuple[str, ...]
    en: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All alternatives in one expression, without regard to case, to be searched for in a question."""
        return re.compile("|".join((*self.zh, *self.en)), re.I)


def matching_types(text: str, table: Iterable[AnswerType]) -> tuple[str, ...]:
    """The names of the types in a table that a question asks for, in the order of the table."""
    return tuple(answer_type.name for answer_type in table if answer_type.pattern.search(text))


ANSWER_KINDS = (
    AnswerType(
        "percent",
        zh=("百分|比例|占比|比重|增速|增幅|增长率|覆盖率|几分之|几成",),
        en=(r"percent|proportion|share\b|\brate\b|growth|fraction|how fast|\bslice\b",)),
    AnswerType(
        "number",
        zh=("多少|几(?!乎)|多大|规模|总量|数量|总数|总额|数额",),
        en=(r"how (?:many|much|large|big|long|far|high|tall)|number of|\bsize\b|total|amount|what value",)),
    AnswerType(
        "time",
        zh=("何时|什么时候|哪(?:一)?[年月天日]|几[年月号]|时间|日期|年份|年代|世纪",),
        en=(r"when\b|what (?:year|date|day|month|time|century|decade)",
            r"(?:which|in what) (?:year|month|day|century|decade)|since what")),
    AnswerType(
        "person",
        zh=("谁|哪位|哪个人|什么人|人物|作者|姓名|叫什么名字",),
        en=(r"who\b|whose\b|whom\b|author",)),
    AnswerType(
        "place",
        zh=("哪里|哪儿|何处|在哪|什么地方|哪(?:个|座|些|几个)?(?:国家|城市|省|地区|州|县|区|市|地方|镇|岛)",),
        en=(r"where\b",
            "(?:what|which) (?:city|country|state|place|region|province|town|county|district|area|continent|island)")),
    AnswerType(
        "list",
        zh=("哪些|哪几|哪[两三四五六七八九十]|列举|列出|分别|包括",),
        en=(r"which\b|list\b|name (?:the|all|two|three|four|five)",
            "what (?:are|were|two|three|four|five|six|seven|eight)")),
    AnswerType(
        "reason",
        zh=("为什么|为何|为啥|原因|缘故|凭什么",),
        en=(r"why\b|reason|because|how come|what caused|\bcause",)),
    AnswerType(
        "procedure",
        zh=("怎么(?!样|看|评价|理解)|怎样(?!的)|如何(?!看|评价|理解)|步骤|流程|手续|方法",),
        en=(r"how (?:do|does|can|should|must|to|is|are)\b(?!.*\b(?:much|many|long|cost|differ|compare)\b)",
            r"\bsteps?\b|procedure|instructions",)),
    AnswerType(
        "definition",
        zh=("什么是|是什么|指什么|什么叫|何谓|定义|含义|意思",),
        en=(r"what is (?:an? |(?!the\b)(?!.*(?:['’]s |\b(?:of|in|for|at|by|from)\b)))",
            "what does .* mean|define|meaning|refer to|stand for")),
)


TIME_UNIT = r"(?:个?[年月天日周]|个?小时|个?钟头|分钟|years?|months?|weeks?|days?|hours?|minutes?)"
_ORGANISATION = (
    r"compan(?:y|ies)|firms?|banks?|\w*makers?|plants?|universit(?:y|ies)|institut\w+|brands?|agenc\w+|bureaus?"
    r"|departments?|airlines?|platforms?|products?|bod(?:y|ies)|operators?|laborator\w+|labs?")
_REGION = (
    "(?:city|cities|country|countries|province|districts?|county|counties|areas?|places?|towns?|regions?|streets?"
    "|islands?)")

SLOT_TYPES = (
    AnswerType(
        "time",
        zh=("何时|什么时候|啥时候|什么时间|哪一?[年月天日号]|几几年|几[月号](?!线)|哪几年|年份|日期|多早|年限|期限",),
        en=(r"\bwhen (?:is|are|was|were|did|does|do|will|has|have|had|can)\b|^when\b(?![^?]*,)|deadline",
            r"(?:what|which) (?:year|date|day|month|time|century|decade|season)\b",
            "how (?:far back|early|soon|recently)")),
    AnswerType(
        "duration",
        zh=("多久|多长时间|(?<![几哪近十第数前后])几年(?![摘级年代来])",
            "(?:几|多少)(?:个月|个?星期|个?小时|个?钟头|分钟|[天周])|多少年|隔多"),
        en=(rf"how long\b|how many {TIME_UNIT}|how often|how (?:frequent|regular)",)),
    AnswerType(
        "who",
        zh=("谁",),
        en=(r"\bwho(?:se|m)?\b",)),
    AnswerType(
        "person",
        zh=("哪[位名]|何人|什么人|哪个人|姓甚名谁|尊姓|作者|执笔|掌门人|一把手",),
        en=("byline",
            "(?:which|what) (?:person|expert|official|academic|professor|scientist|author|mayor|secretary|leader)")),
    AnswerType(
        "place",
        zh=("哪里|哪儿|何处|什么地方|在哪(?!些|几|一?[个方种次年])|落哪",
            "哪一?[个座些几两三四][个座]?(?:城市|国家|省|区|县|市|板块|地方|地区|园区|镇|街道)|哪[区县市省]"),
        en=(r"\bwhere\b(?! as)",
            rf"(?:which|what)(?: of)?(?: \w+['’]s)?(?: other)? {_REGION}\b",
            "which part of (?-i:[A-Z])|other cities")),
    AnswerType(
        "name",
        zh=("哪[一两几些三四五六七八九十]?[家所个支些几]{0,2}[^，。？]{0,4}"
            "(?:企业|公司|厂|银行|机构|单位|大学|高校|学院|学校|品牌|平台|基金|产品|医院|部门|局|车企|实验室)",
            "叫什么|叫啥|名字|名称|哪家"),
        en=(rf"(?:which|what)(?: of)?(?: [\w'’-]+){{0,3}} (?:{_ORGANISATION})\b",
            r"\bname (?:the|each|of|one|two|three|a)\b|called")),
    AnswerType(
        "reason",
        zh=("为什么|为何|为啥|原因|缘故|凭什么|怎么会|背后是什么|拉动|带动的|推动的|冲着",),
        en=(r"\bwhy\b|reason|because|how come|what (?:is|was|lies) behind",
            "what (?:caused|drove|drives|persuaded|pushe[sd]|made|prompted|explains)")),
)
# `who` counts as `person`; the last three have no pattern: `open_slots` derives them from kinds and value types
SLOTS = (*(slot.name for slot in SLOT_TYPES if slot.name != "who"), "number", "beside", "value")


_MONEY_NOUNS = "|".join(load_lexicon("rag.questions", "chinese_money_nouns"))
_SHARE_NOUNS = "|".join(load_lexicon("rag.questions", "chinese_share_nouns"))
_AMOUNT_QUESTION = (
    "(?:总共|一共|大概|大约|实际|目标|各自|分别|加起来|规模)*(?:是|有|为|达到?|做到|定在?|占)?(?:了)?"
    "(?:多少|多大|几何|多高)")
PEOPLE_NOUN = (
    "(?:people|persons|employees|workers|staff|engineers|researchers|students|residents|experts|scientists|teachers"
    "|academicians|personnel|talents?|inhabitants|members)")

VALUE_TYPES = (
    AnswerType(
        "money",
        zh=("多少(?:[百千万亿]*(?:元|美元|人民币)|钱|资金|现金|利润|投资)",
            "几[百千万亿]+元|花了多少|赚了?多少|砸了多少",
            rf"(?:{_MONEY_NOUNS}){_AMOUNT_QUESTION}(?![家个名人位座条项种亩吨件%])"),
        en=("how much (?:money|cash|funding|capital|profit|revenue|was (?:spent|invested|raised)"
            r"|did .{3,60}\b(?:spend|cost|earn|invest|borrow|pay))",
            r"\b(?:profit|budget|capital|revenue|salary|wage|price|cost|turnover|GDP|subsidy|bonus|exports?)\b"
            r".*\bof\b",
            r"what (?:is|was|were|are|did) .{0,30}\b"
            r"(?:profit|budget|registered capital|revenue|salary|wage|turnover|GDP|subsid|exports?)\b",
            "how (?:big|large) a (?:cash )?(?:reward|subsidy|bonus|grant)")),
    AnswerType(
        "people",
        zh=("多少(?:名|位|人(?!民币))|(?<!第)几(?:名|位|个人)(?!皇|国|太|公|夫|王)",
            "(?:人口|员工|职工|人数)(?:总共|有|是|为)*(?:多少|几)"),
        en=(rf"how many (?:\w+[ -]){{0,3}}?{PEOPLE_NOUN}\b|\bpopulation of|headcount",)),
    AnswerType(
        "share",
        zh=("百分之几|几分之几|几成|多少个百分点",
            rf"(?:{_SHARE_NOUNS})(?:是|为|有|达到?|大概|大约|占)*(?:多少|多大|几)"),
        en=("what (?:percentage|proportion|share|fraction|portion|slice)|by (?:what|how many) per ?cent",
            "(?:growth|interest|default|coverage) rate|how many percentage points")),
    AnswerType(
        "area",
        zh=("多少(?:亩|平方|公顷)|占地(?:面积)?(?:是|有|为)*(?:多少|多大)|面积(?:是|有|为)*(?:多少|多大)",),
        en=(r"how (?:many|much) (?:hectares|acres|land|square)|\bthe (?:total |land )?area of\b|floor space",)),
    AnswerType(
        "weight",
        zh=("多少(?:[百千万亿]*吨|公斤|千克)|几(?:万|千|百)?吨",),
        en=("how (?:many|much) .{0,12}(?:tonn?es|kilos|kilograms|steel|coal)",)),
    AnswerType(
        "rank",
        zh=("第几(?!次|批|个|条|大|期)|排名?(?:在|是)?(?:全国|全省|世界)?(?:多少|几|哪)|名次|位列哪|排到哪",),
        en=(r"\brank(?:ing|ed)?\b|\bwhat (?:place|position)\b",)),
    AnswerType(
        "university",
        zh=("哪(?:一?[所家]|几所)?(?:大学|高校|学院)",),
        en=("(?:which|what) (?:university|college)",)),
    AnswerType(
        "district",
        zh=("哪一?个?(?:区|县|板块)(?!域)",),
        en=("(?:which|what) (?:district|county|borough)",)),
    AnswerType(
        "institution",
        zh=("哪一?[家个]?(?:单位|机构|研究所|研究院)",),
        en=("(?:which|what) (?:institution|institute|organi[sz]ation)",)),
    AnswerType(
        "ahead",
        zh=("明年|后年",),
        en=(r"\bnext year\b",)),
)


# names of families in rag.numbers, except that `money` is the two families `yuan` and `usd`
QUANTITY_FAMILIES = (
    AnswerType(
        "growth",
        zh=("增速|增幅|增长|涨",),
        en=(r"\b(?:grow\w*|grew|growth|rose|rise|increase\w*)\b",)),
    AnswerType(
        "money",
        zh=("多少(?:万|亿)*(?:元|钱)",),
        en=(r"\b(?:how much (?:money|did|does|is|was|were|are)|revenue|yuan|dollars|budget)\b",)),
    AnswerType(
        "count",
        zh=("几(?!乎|分之)[家个名座位所条项种件张台辆]|多少[家个名座位所条项种件张台辆人]",),
        en=(r"\bhow many\b",)),
    AnswerType(
        "share",
        zh=("百分之|几分之|占|比例|比重|份额|几成",),
        en=(r"\b(?:share|percent\w*|proportion|fraction|what part)\b",)),
)


def open_slots(text: str, kinds: frozenset[str]) -> tuple[str, ...]:
    """The slots of a question with these answer kinds; the slot of a value includes its type: `value:money`."""
    slots = list(matching_types(text, SLOT_TYPES))
    if "who" in slots:  # `who` may be answered by a person or by an organisation
        slots = [slot for slot in slots if slot not in ("person", "name")]
    if "number" in kinds and "time" not in slots and "duration" not in slots:
        slots += ["number", "beside"]
    return (*slots, *(f"value:{value_type}" for value_type in sorted(value_types(text))))


def slot_family(slot: str) -> str:
    """The member of SLOTS that a slot belongs to: `value:money` → value, who → person."""
    return "person" if slot == "who" else slot.partition(":")[0]


def value_types(text: str) -> frozenset[str]:
    """The types of value that a question asks for.

    `注册资本是多少` → money; `How many people work there?` → people.
    """
    return frozenset(matching_types(text, VALUE_TYPES))
