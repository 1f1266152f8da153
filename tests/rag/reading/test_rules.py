"""Rules: what is missing in the passages that were found is named."""

import pytest

from rag.questions.analysis import analyse_question
from rag.reading.evidence import evidence_row
from rag.reading.ranking import rank_sentences
from rag.reading.rules import RULES, broken_rules
from rag.schema import LANGUAGES, Passage
from rag.text.language import detect_language
from rag.text.messages import MISSING

ZH = "2022年，苏州的灯塔工厂有6家。平台由亨通集团开发，服务企业700家。"
EN = "In 2022 Suzhou had 6 lighthouse factories. The platform was developed by Hengtong Group and serves 700 firms."


def broken(question: str, text: str) -> list[str]:
    passage = Passage(
        number=1, id="p", source_id="s", title="", section="", page=0, start=0, end=len(text), text=text, score=1.0,
        language=detect_language(text))
    analysed = analyse_question(question, detect_language(question))
    evidence = evidence_row(rank_sentences(analysed, [passage], lambda term, is_gloss: 5.0))
    return [rule.name for rule in broken_rules(analysed, evidence)]


@pytest.mark.parametrize(("question", "text", "rule"), [
    ("苏州2019年有几家灯塔工厂？", ZH, "year"), ("How many lighthouse factories did Suzhou have in 2019?", EN, "year"),
    ("无锡2022年有几家灯塔工厂？", ZH, "place"), ("How many lighthouse factories did Wuxi have in 2022?", EN, "place"),
    ("平台哪一年上线？", "平台由亨通集团开发。", "time"), ("When was the platform opened?", "The platform serves firms.", "time"),
    ("平台投资了多少万元？", "平台由亨通集团开发。", "number"), ("How many firms does it serve?", "It was built by Hengtong.", "number")])
def test_what_is_missing_is_named(question: str, text: str, rule: str) -> None:
    assert rule in broken(question, text)


@pytest.mark.parametrize(("question", "text"), [
    ("苏州2022年有几家灯塔工厂？", ZH), ("平台是哪家集团开发的？", ZH), ("Which group developed the platform?", EN),
    ("How many lighthouse factories did Suzhou have in 2022?", EN)])
def test_an_answer_breaks_no_rule(question: str, text: str) -> None:
    assert broken(question, text) == []


def test_every_rule_has_a_sentence_in_both_languages() -> None:
    assert all(MISSING[rule.name][language] for rule in RULES for language in LANGUAGES)
    assert len(MISSING) == len(RULES)
