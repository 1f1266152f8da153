"""Follow-up rewriting: the question has the words that the follow-up lacks, and not those that it replaces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.questions.rewriting import rewrite_followup
from rag.text.language import detect_language

# follow-up, the questions before it, words that must be in the result, words that must not
CHINESE = [
    ("那苏州呢？", "深圳2023年的软件收入是多少？", "苏州 2023 软件收入", "深圳"),
    ("2022年呢？", "深圳2023年的软件收入是多少？", "深圳 2022 软件收入", "2023"),
    ("那苏州2022年呢？", "深圳2023年的软件收入是多少？", "苏州 2022 软件收入", "深圳 2023"),
    ("增速呢？", "深圳2023年的软件收入是多少？", "深圳 2023 软件收入 增速", ""),
    ("它占全国的比重呢？", "深圳2023年的软件收入是多少？", "深圳 软件收入 全国 比重", "它"),
    ("莫扎特呢？", "贝多芬写了多少部交响曲？", "莫扎特 交响曲", "贝多芬"),
    ("那清朝呢？", "宋朝有多少位皇帝？", "清朝 皇帝", "宋朝"),
    ("首都在哪里？", "明朝有多少位皇帝？", "明朝 首都", ""),
    ("他是怎么死的？", "岳飞是哪里人？", "岳飞 死", "他"),
    ("那李清照呢？", "苏轼的代表作有哪些？", "李清照 代表作", "苏轼"),
    ("《西游记》呢？", "《红楼梦》的作者是谁？", "西游记 作者", "红楼梦"),
    ("这本书是什么时候写成的？", "《红楼梦》的作者是谁？", "红楼梦 写成", ""),
    ("微软呢？", "苹果公司2022年的净利润是多少？", "微软 2022 净利润", "苹果"),
    ("该公司有多少员工？", "宁德时代的总部在哪里？", "宁德时代 员工", "该公司"),
    ("营收呢？", "华为2022年的净利润是多少？", "华为 2022 营收", "净利润"),
    ("2021年和2022年呢？", "比亚迪2023年的销量是多少？", "比亚迪 2021 2022 销量", "2023"),
    ("其中海外占多少？", "比亚迪2023年的销量是多少？", "比亚迪 2023 销量 海外", ""),
    ("什么时候成立的？", "宁德时代的总部在哪里？", "宁德时代 成立", ""),
    ("布洛芬呢？", "阿司匹林有哪些副作用？", "布洛芬 副作用", "阿司匹林"),
    ("禁忌呢？", "阿司匹林有哪些副作用？", "阿司匹林 禁忌", "副作用"),
    ("那流感呢？", "感冒的症状有哪些？", "流感 症状", "感冒"),
    ("怎么治疗？", "糖尿病的症状有哪些？", "糖尿病 治疗", ""),
    ("它会传染吗？", "肺结核的症状有哪些？", "肺结核 传染", "它"),
    ("为什么？", "老年人为什么容易骨折？", "老年人 骨折", ""),
    ("具体有哪些？", "苏州有多少家灯塔工厂？", "苏州 灯塔工厂 哪些", ""),
    ("为什么会这样？", "南极的冰盖为什么会融化？", "南极 冰盖 融化", ""),
    ("那美国队呢？", "巴黎奥运会中国队拿了多少枚金牌？", "巴黎奥运会 美国队 金牌", "中国队"),
    ("东京奥运会呢？", "巴黎奥运会中国队拿了多少枚金牌？", "东京 中国队 金牌", "巴黎"),
    ("那C罗呢？", "梅西在世界杯上进了多少个球？", "C罗 世界杯", "梅西"),
    ("他效力过哪些球队？", "姚明的身高是多少？", "姚明 效力", "他"),
    ("长江呢？", "黄河的长度是多少？", "长江 长度", "黄河"),
    ("它发源于哪里？", "黄河的长度是多少？", "黄河 发源", "它"),
    ("乔戈里峰呢？", "珠穆朗玛峰有多高？", "乔戈里峰 多高", "珠穆朗玛峰"),
    ("木星呢？", "火星的质量是多少？", "木星 质量", "火星"),
    ("在全国排第几？", "苏州有多少家高新技术企业？", "苏州 高新技术企业 全国 第几", ""),
    ("那灯塔工厂呢？", "苏州有多少家高新技术企业？", "苏州 灯塔工厂", "高新技术企业"),
    ("到2025年想做到多少？", "无锡集成电路产业2022年的产值是多少？", "无锡 集成电路 2025 产值", "2022"),
    ("那杭州呢？", "苏州和无锡的人口是多少？", "杭州 人口", "苏州 无锡"),
    ("那里有多少所大学？", "南京的面积是多少？", "南京 大学", "那里"),
    ("链霉素呢？", "青霉素是谁发现的？", "链霉素 发现", "青霉素"),
    ("这个目标是什么时候提出的？", "中国2060年的碳中和目标是什么？", "中国 2060 碳中和 目标 提出", ""),
    ("该市的人口是多少？", "昆山2022年的地区生产总值是多少？", "昆山 人口", "该市"),
    ("去年呢？", "浙江2020年的出口额是多少？", "浙江 去年 出口额", "2020"),
    ("第二个呢？", "中国最长的两条河是哪两条？", "中国 最长 第二个", ""),
    ("还有哪些？", "唐朝的著名诗人有谁？", "唐朝 诗人", ""),
    ("也是这样吗，它？", "水星有卫星吗？", "水星 卫星", ""),
    ("她得过几次诺贝尔奖？", "居里夫人在哪里出生？", "居里夫人 诺贝尔奖", "她"),
    ("后来呢？", "安史之乱是怎么爆发的？", "安史之乱 爆发 后来", ""),
    ("昆山呢，2021年？", "苏州2023年的GDP是多少？", "昆山 2021 GDP", "苏州 2023"),
    ("那北京呢？", "特斯拉在上海的工厂年产多少辆车？", "特斯拉 北京 工厂", "上海"),
    ("有没有副作用？", "二甲双胍怎么服用？", "二甲双胍 副作用", ""),
    ("有多少员工？", "西门子2022年的营收是多少？", "西门子 员工", ""),
]
ENGLISH = [
    ("And Suzhou?", "What was Shenzhen's software revenue in 2023?", "Suzhou's|software revenue|2023", "Shenzhen"),
    ("and in 2022?", "What was Shenzhen's software revenue in 2023?", "Shenzhen|software revenue|2022", "2023"),
    ("What about Suzhou in 2022?", "What was Shenzhen's software revenue in 2023?", "Suzhou|software revenue|2022",
     "2023|Shenzhen"),
    ("and its share of the country?", "What was Shenzhen's software revenue in 2023?",
     "Shenzhen|software revenue|share|country", "its"),
    ("And growth?", "What was Shenzhen's software revenue in 2023?", "Shenzhen|software revenue|growth|2023", ""),
    ("How does that compare with Beijing?", "What was Shenzhen's software revenue in 2023?",
     "Shenzhen|revenue|compare|Beijing", ""),
    ("When was it founded?", "How many people does Siemens employ?", "Siemens|founded", " it |employ"),
    ("And Bosch?", "How many people does Siemens employ?", "Bosch|employ", "Siemens"),
    ("Where is its headquarters?", "How many people does Siemens employ?", "Siemens|headquarters", "its"),
    ("Who is the CEO?", "What was Nvidia's revenue in 2022?", "Nvidia|CEO", ""),
    ("And profit?", "What was Nvidia's revenue in 2022?", "Nvidia|profit|2022", "revenue"),
    ("How about Intel?", "What was Nvidia's revenue in 2022?", "Intel|revenue|2022", "Nvidia"),
    ("What about 2019?", "What was Nvidia's revenue in 2022?", "Nvidia|revenue|2019", "2022"),
    ("And Honda?", "How many cars does Toyota build in Japan?", "Honda|cars|Japan", "Toyota"),
    ("And in Germany?", "How many cars does Toyota build in Japan?", "Toyota|cars|Germany", "Japan"),
    ("Why?", "Did the Roman Empire collapse in 476?", "Roman Empire|collapse", ""),
    ("When did it fall?", "Who was the first emperor of the Ottoman Empire?", "Ottoman Empire|fall", " it "),
    ("When did he die?", "Where was Napoleon born?", "Napoleon|die", " he "),
    ("What about Wellington?", "Where was Napoleon born?", "Wellington|born", "Napoleon"),
    ("How old was she?", "When did Queen Victoria marry?", "Queen Victoria|old", " she"),
    ("And the second one?", "Which two treaties ended the Opium Wars?", "treaties|Opium Wars|second", ""),
    ("More details", "What did the Marshall Plan pay for?", "Marshall Plan|pay", ""),
    ("Tell me more about it.", "What did the Marshall Plan pay for?", "Marshall Plan|more", ""),
    ("Who proposed it?", "What did the Marshall Plan pay for?", "Marshall Plan|proposed", ""),
    ("What about ibuprofen?", "What are the side effects of aspirin?", "side effects|ibuprofen", "aspirin"),
    ("And dosage?", "What are the side effects of aspirin?", "dosage|aspirin", "side effects"),
    ("Is it safe for children?", "What are the side effects of aspirin?", "aspirin|children|safe", ""),
    ("And influenza?", "What are the symptoms of measles?", "symptoms|influenza", "measles"),
    ("How is it treated?", "What are the symptoms of measles?", "measles|treated", " it "),
    ("What are the causes?", "What are the symptoms of measles?", "measles|causes", ""),
    ("And streptomycin?", "Who discovered penicillin?", "discovered|streptomycin", "penicillin"),
    ("In what year?", "Who discovered penicillin?", "penicillin|discovered|year", ""),
    ("And Ronaldo?", "How many goals did Messi score in 2012?", "goals|Ronaldo|2012", "Messi"),
    ("And assists?", "How many goals did Messi score in 2012?", "assists|Messi|2012", ""),
    ("Which clubs did he play for?", "How many goals did Messi score in 2012?", "clubs|Messi|play", " he "),
    ("How many medals did they win there?", "Which athletes did Kenya send to Tokyo?", "medals|Kenya|Tokyo", ""),
    ("What about the Lakers?", "How many titles have the Celtics won?", "Lakers|titles", "Celtics"),
    ("How many of them are in Kunshan?", "How many lighthouse factories does Jiangsu have?",
     "lighthouse factories|Jiangsu|Kunshan", "them"),
    ("What about smart terminals?", "How big does Kunshan want its optoelectronics industry to be by 2025?",
     "Kunshan|smart terminals|2025", "optoelectronics"),
    ("And France?", "What is the population of Germany?", "population|France", "Germany"),
    ("How many employees does the company have?", "Where is Boeing based?", "Boeing|employees", ""),
    ("How does it rank nationally?", "How many high-tech enterprises does Suzhou have?",
     "high-tech enterprises|Suzhou|rank|nationally", ""),
    ("Does this plan still exist?", "When was the Belt and Road plan announced?", "Belt and Road|exist", ""),
    ("What is the capital?", "How large is the population of Peru?", "capital|Peru", ""),
    ("What is that in dollars?", "How much did Denmark spend on wind power in 2020?",
     "Denmark|wind power|2020|dollars", ""),
    ("or Kenya?", "Which lakes lie in Uganda?", "lakes|Kenya", "Uganda"),
    ("And for women?", "What is the life expectancy of men in Japan?", "women|life expectancy|Japan", ""),
    ("How tall is it?", "When was the Eiffel Tower built?", "tall|Eiffel Tower", " it"),
    ("And the Danube?", "How long is the Rhine?", "Danube|long", "Rhine"),
]


@pytest.mark.parametrize(("question", "before", "inside", "outside"), CHINESE)
def test_a_chinese_follow_up_gets_the_words_that_it_lacks(question, before, inside, outside):
    rewritten = rewrite_followup(question, [before])
    assert [word for word in inside.split() if word not in rewritten] == [], rewritten
    assert [word for word in outside.split() if word in rewritten] == [], rewritten


@pytest.mark.parametrize(("question", "before", "inside", "outside"), ENGLISH)
def test_an_english_follow_up_gets_the_words_that_it_lacks(question, before, inside, outside):
    rewritten = rewrite_followup(question, [before])
    lower = rewritten.lower()
    assert [word for word in inside.lower().split("|") if word not in lower] == [], rewritten
    assert [word for word in outside.split("|") if word and word in rewritten] == [], rewritten


@pytest.mark.parametrize(("question", "earlier", "inside", "outside"), [
    ("2020年呢？", ["深圳2023年的软件收入是多少？", "那苏州呢？"], ["苏州", "2020", "软件收入"], ["深圳", "2023"]),
    ("它涨了多少？", ["深圳2021年软件业收入多少？", "那杭州呢？"], ["杭州", "2021", "软件业收入"], ["深圳"]),
    ("那杜甫呢？", ["故宫是哪一年建成的？", "李白的出生地在哪里？"], ["杜甫", "出生地"], ["故宫", "李白"]),
    ("and in 2020?", ["What was Nvidia's revenue in 2022?", "And Intel?"], ["Intel", "revenue", "2020"],
     ["Nvidia", "2022"]),
    ("And its growth rate?", ["What was Nvidia's revenue in 2022?", "And Intel?"],
     ["Intel", "revenue", "2022", "growth"], ["Nvidia"]),
    ("When did he die?", ["Who discovered penicillin?", "Where was Mozart born?"], ["Mozart", "die"], ["penicillin"]),
])
def test_chain_of_follow_ups_is_resolved_from_its_beginning(question, earlier, inside, outside):
    rewritten = rewrite_followup(question, earlier)
    assert [word for word in inside if word not in rewritten] == [], rewritten
    assert [word for word in outside if word in rewritten] == [], rewritten


BEFORE = ["深圳2023年的软件收入是多少？", "What was Toyota's profit in 2019?", "那杭州呢？"]


@pytest.mark.parametrize("question", ["谁发明了电灯？", "How do vaccines work?", "谢谢！"])
def test_self_contained_question_takes_over_nothing(question):
    assert rewrite_followup(question, BEFORE) == question


def test_there_are_enough_of_each():
    assert len(CHINESE) >= 40
    assert len(ENGLISH) >= 40


@pytest.mark.parametrize(("question", "before", "inside"), [
    ("And Suzhou?", "深圳2023年的软件收入是多少？", ["And Suzhou?", "2023", "软件收入"]),
    ("那法国呢？", "What is the population of Germany?", ["那法国呢？", "population"])])
def test_follow_up_in_the_other_language_keeps_its_own(question, before, inside):
    rewritten = rewrite_followup(question, [before])
    assert [word for word in inside if word not in rewritten] == [], rewritten
    assert detect_language(rewritten) == detect_language(question)


@pytest.mark.parametrize(("question", "before", "standalone"), [
    ("旧版是几小时？", "研讨间可预约多长时间？", "旧版研讨间可预约多长时间？"),
    ("第一版呢？", "第二版的押金是多少？", "第一版押金是多少？"),
    ("What about the old one?", "What is the parking fine?", "What is the parking fine in the old one?"),
    ("And before the revision?", "What is the parking fine?", "What is the parking fine before the revision?"),
    ("新规定什么时候施行？", "押金是多少？", "新规定什么时候施行？"),
])
def test_a_follow_up_on_another_version_asks_the_same_of_it(question, before, standalone):
    assert rewrite_followup(question, [before]) == standalone


@pytest.mark.parametrize("question", ["那苏州呢？", "And its share?", "Why?"])
def test_first_question_stays_as_it_is(question):
    assert rewrite_followup(question, []) == question


@pytest.mark.parametrize(("question", "before"), [
    ("那园区有几家？", "苏州首批近零碳工厂评了几家？"),
    ("And how many parks?", "How many green factories did Suzhou pick first?"),
])
def test_an_unclear_follow_up_is_appended_to_the_last_question(question, before):
    assert rewrite_followup(question, [before]) == f"{question}\n{before}"


def test_a_rewritten_question_does_not_grow_with_the_conversation():
    earlier = ["谁写了《红楼梦》？", *["那他还做过什么？"] * 30]
    assert len(rewrite_followup("那他还做过什么？", earlier)) < 120


@pytest.mark.parametrize("text", ["苏" * 8_000, "it " * 2_600, "1999年" * 1_500, "Suzhou of " * 800])
def test_pasted_document_is_not_analysed(text):
    assert rewrite_followup(text, ["那苏州呢？"]) == text
    assert rewrite_followup("那苏州呢？", [text]) == f"那苏州呢？\n{text.strip()}"


@given(st.text(max_size=40), st.lists(st.text(max_size=40), max_size=3))
def test_no_question_is_an_error_and_none_becomes_empty(question, earlier):
    assert rewrite_followup(question, earlier) or not question
