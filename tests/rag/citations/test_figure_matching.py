"""A figure of a claim is supported by a source that has the same value, unit and year."""

import pytest

from rag.citations.figure_matching import checkable_mentions, figure_mentions, nearest_mention, same_figure


def is_supported(claim: str, source: str) -> bool:
    evidence = figure_mentions(source)
    claimed = checkable_mentions(claim, names=source)
    return all(any(same_figure(other, mention) for other in evidence) for mention in claimed)


@pytest.mark.parametrize(("claim", "source"), [
    ("产值38,000亿元", "产值达3.8万亿元"), ("3.8 trillion yuan", "产值达3.8万亿元"), ("有228家企业", "企业数增至228家"),
    ("有228个企业", "企业数增至228家"), ("2,161,000 visitors", "共接待2,161,000人次"),
    ("2022年为3.8万亿元", "2021年3.5万亿元。2022年3.8万亿元。"),
    ("2021年、2022年分别为3.5万亿元、3.8万亿元", "2021年和2022年分别为3.5万亿元和3.8万亿元"),
    ("2021年为3.5万亿元", "2021年和2022年分别为3.5万亿元和3.8万亿元"),
    ("seven factories", "It has 7 lighthouse factories"), ("It is one of the best", "It is good"),
    ("四大集群产值3.8万亿元", "集群产值3.8万亿元"),
    ("the peak of 3 trillion yuan", "the peaks of 3 trillion and 4 trillion yuan"),
    ("From 3.8 trillion yuan in 2022 to 5 trillion yuan in 2025",
     "3.8 trillion yuan in 2022. It aims at 5 trillion yuan by 2025."),
    ("6 km away", "The lake is 6 kilometres away"), ("In 1420", "finished in 1420"),
    ("a growth of 8%", "增长百分之八")])
def test_figure_is_supported(claim: str, source: str) -> None:
    assert is_supported(claim, source)


@pytest.mark.parametrize(("claim", "source"), [
    ("产值3.8亿元", "产值达3.8万亿元"), ("28家", "企业数增至228家"), ("161,000 visitors", "2,161,000 visitors"),
    ("228人", "企业数增至228家"),
    ("2021年为3.8万亿元", "2021年3.5万亿元。2022年3.8万亿元。"), ("3.8 trillion dollars", "产值达3.8万亿元"),
    ("six factories", "It has 7 lighthouse factories"),
    ("6 miles away", "The lake is 6 kilometres away"), ("8‰", "增长8%"), ("有六家工厂", "有七家工厂"),
    ("In 1421", "finished in 1420")])
def test_figure_is_not_supported(claim: str, source: str) -> None:
    assert not is_supported(claim, source)


@pytest.mark.parametrize(("claim", "source", "nearest"), [
    ("2022年为3.9万亿元", "2022年3.8万亿元，占45%，2000家", "3.8万亿元"), ("8‰", "增长8%，共7家", "8%"),
    ("It has 9,998 rooms", "1420; 9,999 rooms", "9,999")])
def test_nearest_figure_is_of_the_same_kind(claim: str, source: str, nearest: str) -> None:
    mention = nearest_mention(figure_mentions(claim)[-1], figure_mentions(source))
    assert mention is not None
    assert mention.figure.text == nearest
