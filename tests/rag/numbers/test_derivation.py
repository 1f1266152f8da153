"""A figure that no source states may follow from figures that sources state."""

import pytest

from rag.numbers.derivation import find_derivation
from rag.numbers.figures import find_figures


def derivation_of(claim: str, evidence: str) -> str:
    """How the first figure of a claim follows from the figures of the evidence; empty where it does not."""
    derivation = find_derivation(find_figures(claim)[0], find_figures(evidence), claim)
    return derivation.how if derivation else ""


@pytest.mark.parametrize(("claim", "evidence", "how"), [
    ("合计1.5万亿元", "电子1.2万亿元，装备3000亿元", "1.2万亿元 + 3000亿元"),
    ("Together 1.5 trillion yuan", "electronics 1.2 trillion yuan, equipment 300 billion yuan",
     "1.2 trillion yuan + 300 billion yuan"),
    ("相差1.2万亿元", "目标5万亿元，现在3.8万亿元", "5万亿元 − 3.8万亿元"),
    ("增长25%", "由40家增至50家", "50家 / 40家"),
    ("It grew by 25 percent", "from 40 firms to 50 firms", "50 / 40"),
    ("是前者的2.5倍", "甲40家，乙100家", "100家 ÷ 40家"),
    ("其余77.8%在别处", "占全国的22.2%", "100% − 22.2%"), ("the remaining 77.8%", "it has 22.2%", "100% − 22.2%"),
    ("占12.5%", "六家，占全国八分之一", "八分之一"),
    ("one half of them", "有50%已完成", "50%"),
    ("前后历时14年", "1406年动工，1420年建成", "1420年 − 1406年"),
    ("约4.4万亿元", "规上工业总产值4.36万亿元", "≈ 4.36万亿元"),
    ("about 4.4 trillion yuan", "4.36 trillion yuan", "≈ 4.36 trillion yuan"),
    ("超过200家", "增至228家", "≈ 228家"),
    ("nearly 5 trillion yuan", "4.9 trillion yuan", "≈ 4.9 trillion yuan"),
    ("加起来共60家", "甲10家、乙20家、丙30家", "10家 + 20家 + 30家"),
])
def test_figure_follows(claim: str, evidence: str, how: str) -> None:
    assert derivation_of(claim, evidence) == how


@pytest.mark.parametrize(("claim", "evidence"), [
    ("产值1.5万亿元", "电子1.2万亿元，装备3000亿元"),  # no word says that it was calculated
    ("合计1.6万亿元", "电子1.2万亿元，装备3000亿元"),
    ("Together 1.5 trillion dollars", "1.2 trillion yuan and 300 billion yuan"),  # another currency
    ("约4.9万亿元", "4.36万亿元"),
    ("超过300家", "增至228家"),
    ("增长26%", "由40家增至50家"),
    ("合计50家", "2020年10家，40%"),
])
def test_figure_does_not_follow(claim: str, evidence: str) -> None:
    assert derivation_of(claim, evidence) == ""
