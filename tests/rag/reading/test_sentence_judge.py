"""The judge: sentences are ranked by what a reader says of them, where there is one."""

from collections.abc import Iterator, Sequence

import pytest

from rag.encoder.reader import PassageReading, ReadPassage
from rag.questions.analysis import analyse_question
from rag.reading.answerability import judge_answer
from rag.reading.judge import Judge
from rag.reading.ranking import Ranking
from rag.reading.readings import READ_PASSAGES
from rag.schema import Passage
from rag.text.language import detect_language

ZH = ("大门冬天五点锁。", "闭馆后请从侧门离开。")
EN = ("The gate is painted green.", "It closes at half past ten every evening.")


class ScriptedReader:
    """A reader that finds the answer in sentences with some words, and none elsewhere."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.read_texts: list[str] = []

    def read(self, question: str, passages: Sequence[ReadPassage]) -> Iterator[PassageReading]:
        for passage in passages:
            self.read_texts.append(passage.text)
            spans = [12.0 if self.words in passage.text[start:end] else -12.0 for start, end in passage.sentences]
            yield PassageReading(max(spans), spans, list(passage.sentences))


def make_passages(*texts: str) -> tuple[Passage, ...]:
    return tuple(
        Passage(
            number=number, id=f"p{number}", source_id="s", title="", section="", page=0, start=0, end=len(text),
            text=text, score=1.0, language=detect_language(text))
        for number, text in enumerate(texts, 1))


def rank(judge: Judge, question: str, *texts: str) -> Ranking:
    return judge.rank(analyse_question(question, detect_language(question)), make_passages(*texts))


def term_weight(term: str, is_gloss: bool) -> float:
    return 5.0


@pytest.mark.parametrize(("question", "sentences", "words"), [
    ("大门冬天什么时候关？", ZH, "侧门"), ("When does the gate close?", EN, "green")])
def test_what_the_reader_finds_comes_first(question: str, sentences: Sequence[str], words: str) -> None:
    reader = ScriptedReader(words)
    judge = Judge(term_weight, lambda: reader)
    ranking = judge.read(rank(judge, question, "".join(sentences)))
    assert words in ranking.best.sentence.text
    assert ranking.readings


@pytest.mark.parametrize(("question", "sentences"), [("大门冬天什么时候关？", ZH), ("When does the gate close?", EN)])
def test_an_answer_is_likelier_where_the_reader_finds_one(question: str, sentences: Sequence[str]) -> None:
    finds, misses = ScriptedReader(sentences[0]), ScriptedReader("nowhere")
    text = "".join(sentences)
    found, missed = (
        judge_answer(Judge(term_weight, lambda reader=reader: reader).read(rank(Judge(term_weight), question, text)))
        for reader in (finds, misses))
    assert found.probability > missed.probability


def test_without_a_reader_the_linear_ranking_stays() -> None:
    judge = Judge(term_weight)
    ranking = rank(judge, "大门冬天什么时候关？", "".join(ZH))
    assert judge.read(ranking).candidates == ranking.candidates
    assert not judge.read(ranking).readings


def test_an_empty_ranking_is_not_read() -> None:
    reader = ScriptedReader("green")
    judge = Judge(term_weight, lambda: reader)
    assert judge_answer(judge.read(rank(judge, "大门冬天什么时候关？", ""))) == (0.0, "none", ())
    assert reader.read_texts == []


def test_only_the_first_passages_are_read_and_none_of_them_twice() -> None:
    reader = ScriptedReader("green")
    judge = Judge(term_weight, lambda: reader)
    texts = [f"Gate {number} is painted green." for number in range(1, READ_PASSAGES + 3)]
    for _ in range(2):
        judge.read(rank(judge, "Which gate is green?", *texts))
    assert reader.read_texts == texts[:READ_PASSAGES]
