"""Follow-up detection: a follow-up needs the earlier questions, a self-contained question does not."""

import pytest

from rag.questions.followup_detection import needs_context

SELF_CONTAINED_CHINESE = """
苏州这座城市有多少家灯塔工厂？
苏州2022年规模以上工业总产值是多少？
昆山2025年光电产业的产值目标是多少？
苏州应该怎样推进新型工业化与产业创新集群建设？
苏州与其他城市的规模以上工业总产值有多大差距？
苏州的吉他产量和企业数量是多少？
苏州与其它城市的工业总产值有多大差距？
什么是光合作用？
谁发明了电灯？
哪个国家的人口最多？
《红楼梦》这本书的作者是谁？
唐朝这个时期有哪些著名诗人？
苏州有多少家企业，其中多少家是外资企业？
土耳其的首都在哪里？
如何预防糖尿病？
为什么天空是蓝色的呢？
长江的长度是多少呢？
爱因斯坦什么时候提出他的相对论？
那么杭州2021年的软件业收入是多少？
华为的创始人是谁？
疫苗的作用是什么？
北京申办奥运会的过程是怎样的？
维他命C有什么作用？
辛亥革命爆发的原因有哪些？
尤其是对老年人，流感有哪些危险？
第二次世界大战是哪一年结束的？
阿司匹林应该怎么服用？
巴西队拿过几次世界杯冠军？
苏州该如何发展生物医药产业？
人工智能是什么？
谢谢！
""".split("\n")[1:-1]
SELF_CONTAINED_ENGLISH = """
Is there a plan that names 2025?
What was Suzhou's gross industrial output in 2022?
Is there a national laboratory in Suzhou for materials?
How many lighthouse factories are there in Suzhou today?
Which firms from Suzhou made the Fortune Global 500 list?
What is photosynthesis?
Who invented the telephone?
Which country has the largest population?
Why do cats purr when they are happy?
Which companies moved their headquarters to Kunshan?
Did Rome lose its empire in a single year?
How long does it take to fly from London to Tokyo?
Is it true that Einstein failed mathematics?
Those who survived the Titanic: how many were children?
Which drugs are those that thin the blood?
What is this year's budget for the Suzhou metro?
Who wrote the novel that inspired Blade Runner?
How do vaccines work?
When did World War II end?
What did Newton say about his rivals?
And what is the capital of Australia?
How many moons does Jupiter have?
Why is the sky blue?
What causes malaria?
Who is Marie Curie?
How did Microsoft respond when its servers failed?
What are the symptoms of diabetes?
How many goals did Pelé score?
Compare the populations of France and Germany.
Thank you!
How do Suzhou's exports compare with those of Wuxi?
""".split("\n")[1:-1]


@pytest.mark.parametrize("question", SELF_CONTAINED_CHINESE + SELF_CONTAINED_ENGLISH)
def test_self_contained_question_needs_no_context(question):
    assert not needs_context(question)


def test_there_are_enough_of_each():
    assert len(SELF_CONTAINED_CHINESE) >= 25
    assert len(SELF_CONTAINED_ENGLISH) >= 25


@pytest.mark.parametrize("question", [
    "那苏州呢？", "And its share?", "其中哪些是国家级？", "What about Kunshan?", "前者的产值是多少？",
    "How many large factories were built there in 2022?", "该市的规模以上工业总产值是多少？",
])
def test_follow_up_needs_context(question):
    assert needs_context(question)
