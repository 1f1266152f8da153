"""Expected answer types: what kind of thing a question asks for, by patterns in both languages."""

from __future__ import annotations

import re

ANSWER_KINDS = {kind: re.compile("|".join(patterns), re.I) for kind, patterns in {
    "percent": (
        r"百分|比例|占比|比重|增速|增幅|增长率|覆盖率|几分之|几成",
        r"percent|proportion|share\b|\brate\b|growth|fraction|how fast|\bslice\b"),
    "number": (
        r"多少|几(?!乎)|多大|规模|总量|数量|总数|总额|数额",
        r"how (?:many|much|large|big|long|far|high|tall)|number of|\bsize\b|total|amount|what value"),
    "time": (
        r"何时|什么时候|哪(?:一)?[年月天日]|几[年月号]|时间|日期|年份|年代|世纪",
        r"when\b|what (?:year|date|day|month|time|century|decade)|(?:which|in what) (?:year|month|day|century|decade)|since what"),
    "person": (r"谁|哪位|哪个人|什么人|人物|作者|姓名|叫什么名字", r"who\b|whose\b|whom\b|author"),
    "place": (
        r"哪里|哪儿|何处|在哪|什么地方|哪(?:个|座|些|几个)?(?:国家|城市|省|地区|州|县|区|市|地方|镇|岛)",
        r"where\b|(?:what|which) (?:city|country|state|place|region|province|town|county|district|area|continent|island)"),
    "list": (
        r"哪些|哪几|哪[两三四五六七八九十]|列举|列出|分别|包括",
        r"which\b|list\b|name (?:the|all|two|three|four|five)|what (?:are|were|two|three|four|five|six|seven|eight)"),
    "reason": (r"为什么|为何|为啥|原因|缘故|凭什么", r"why\b|reason|because|how come|what caused|\bcause"),
    "definition": (
        r"什么是|是什么|指什么|什么叫|何谓|定义|含义|意思",
        r"what is (?:an? |(?!the\b)(?!.*(?:['’]s |\b(?:of|in|for|at|by|from)\b)))|what does .* mean|define|meaning|refer to|stand for"),
}.items()}


TIME_UNIT = r"(?:个?[年月天日周]|个?小时|个?钟头|分钟|years?|months?|weeks?|days?|hours?|minutes?)"
_ORGANISATION = (
    r"compan(?:y|ies)|firms?|banks?|\w*makers?|plants?|universit(?:y|ies)|institut\w+|brands?|agenc\w+|bureaus?|departments?|airlines?"
    r"|platforms?|products?|bod(?:y|ies)|operators?|laborator\w+|labs?")
_REGION = (
    r"(?:city|cities|country|countries|province|districts?|county|counties|areas?|places?|towns?|regions?|streets?|islands?)")
# how each slot is asked for, in Chinese and in English
_SLOT_PATTERNS = {slot: re.compile("|".join(patterns), re.I) for slot, patterns in {
    "time": (
        r"何时|什么时候|啥时候|什么时间|哪一?[年月天日号]|几几年|几[月号](?!线)|哪几年|年份|日期|多早|年限|期限",
        r"\bwhen (?:is|are|was|were|did|does|do|will|has|have|had|can)\b|^when\b(?![^?]*,)|deadline"
        r"|(?:what|which) (?:year|date|day|month|time|century|decade|season)\b|how (?:far back|early|soon|recently)"),
    "duration": (
        r"多久|多长时间|(?<![几哪近十第数前后])几年(?![摘级年代来])|(?:几|多少)(?:个月|个?星期|个?小时|个?钟头|分钟|[天周])|多少年|隔多",
        rf"how long\b|how many {TIME_UNIT}|how often|how (?:frequent|regular)"),
    "who": (r"谁", r"\bwho(?:se|m)?\b"),
    "person": (
        r"哪[位名]|何人|什么人|哪个人|姓甚名谁|尊姓|作者|执笔|掌门人|一把手",
        r"byline|(?:which|what) (?:person|expert|official|academic|professor|scientist|author|mayor|secretary|leader)"),
    "place": (
        r"哪里|哪儿|何处|什么地方|在哪(?!些|几|一?[个方种次年])|落哪|哪一?[个座些几两三四][个座]?(?:城市|国家|省|区|县|市|板块|地方|地区|园区|镇|街道)|哪[区县市省]",
        rf"\bwhere\b(?! as)|(?:which|what)(?: of)?(?: \w+['’]s)?(?: other)? {_REGION}\b|which part of (?-i:[A-Z])|other cities"),
    "name": (
        r"哪[一两几些三四五六七八九十]?[家所个支些几]{0,2}[^，。？]{0,4}"
        r"(?:企业|公司|厂|银行|机构|单位|大学|高校|学院|学校|品牌|平台|基金|产品|医院|部门|局|车企|实验室)|叫什么|叫啥|名字|名称|哪家",
        rf"(?:which|what)(?: of)?(?: [\w'’-]+){{0,3}} (?:{_ORGANISATION})\b|\bname (?:the|each|of|one|two|three|a)\b|called"),
    "reason": (
        r"为什么|为何|为啥|原因|缘故|凭什么|怎么会|背后是什么|拉动|带动的|推动的|冲着",
        r"\bwhy\b|reason|because|how come|what (?:is|was|lies) behind"
        r"|what (?:caused|drove|drives|persuaded|pushe[sd]|made|prompted|explains)"),
}.items()}
SLOTS = (*(slot for slot in _SLOT_PATTERNS if slot != "who"), "number", "beside", "value")


def open_slots(text: str, kinds: frozenset[str]) -> tuple[str, ...]:
    """The slots that a question of these KINDS leaves open; those of `wanted` are values of a sort, as `value:money`."""
    asked = [slot for slot, pattern in _SLOT_PATTERNS.items() if pattern.search(text)]
    if "who" in asked:  # a person answers, and so does a body
        asked = [slot for slot in asked if slot not in ("person", "name")]
    if "number" in kinds and not {"time", "duration"} & set(asked):
        asked += ["number", "beside"]
    return (*asked, *(f"value:{sort}" for sort in sorted(value_types(text))))


def slot_family(slot: str) -> str:
    """The slot of SLOTS that it counts as: `value:money` → value, who → person."""
    return "person" if slot == "who" else slot.partition(":")[0]


_MONEY_NOUNS = (
    "钱|资本|利润|营收|收入|销售额|产值|总产出|GDP|生产总值|增加值|预算|投资|成本|工资|薪|奖励|补贴|价格|票价|融资额|贷款额|出口额|税收")
_SHARE_NOUNS = "占比|比重|比例|份额|增速|增幅|增长率|涨幅|覆盖率|利率|坏账率|税率|毛利率|失业率|百分比"
_AMOUNT_QUESTION = r"(?:总共|一共|大概|大约|实际|目标|各自|分别|加起来|规模)*(?:是|有|为|达到?|做到|定在?|占)?(?:了)?(?:多少|多大|几何|多高)"
PEOPLE_NOUN = (r"(?:people|persons|employees|workers|staff|engineers|researchers|students|residents|experts|scientists|teachers|academicians"
          r"|personnel|talents?|inhabitants|members)")
# how each sort of value is asked for, in Chinese and in English
_VALUE_PATTERNS = {sort: re.compile("|".join(patterns), re.I) for sort, patterns in {
    "money": (
        r"多少(?:[百千万亿]*(?:元|美元|人民币)|钱|资金|现金|利润|投资)|几[百千万亿]+元|花了多少|赚了?多少|砸了多少",
        rf"(?:{_MONEY_NOUNS}){_AMOUNT_QUESTION}(?![家个名人位座条项种亩吨件%])",
        r"how much (?:money|cash|funding|capital|profit|revenue|was (?:spent|invested|raised)"
        r"|did .{3,60}\b(?:spend|cost|earn|invest|borrow|pay))",
        r"\b(?:profit|budget|capital|revenue|salary|wage|price|cost|turnover|GDP|subsidy|bonus|exports?)\b.*\bof\b",
        r"what (?:is|was|were|are|did) .{0,30}\b(?:profit|budget|registered capital|revenue|salary|wage|turnover|GDP|subsid|exports?)\b",
        r"how (?:big|large) a (?:cash )?(?:reward|subsidy|bonus|grant)"),
    "people": (
        r"多少(?:名|位|人(?!民币))|(?<!第)几(?:名|位|个人)(?!皇|国|太|公|夫|王)|(?:人口|员工|职工|人数)(?:总共|有|是|为)*(?:多少|几)",
        rf"how many (?:\w+[ -]){{0,3}}?{PEOPLE_NOUN}\b|\bpopulation of|headcount"),
    "share": (
        rf"百分之几|几分之几|几成|多少个百分点|(?:{_SHARE_NOUNS})(?:是|为|有|达到?|大概|大约|占)*(?:多少|多大|几)",
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


def value_types(text: str) -> frozenset[str]:
    """The sorts of value that a question asks for: `注册资本是多少` → money; `How many people work there?` → people."""
    return frozenset(sort for sort, pattern in _VALUE_PATTERNS.items() if pattern.search(text))
