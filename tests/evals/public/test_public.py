"""Each published format is read as its authors describe it, and its own metrics come out as computed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.cases import Case
from evals.public import alce, crud, rgb, squad
from evals.public.benchmark import BadBenchmark, Benchmark
from evals.public.formats import passages, read, shelve
from evals.scoring import score
from rag.schema import Answer

Publish = Callable[..., Path]


@pytest.fixture
def published(tmp_path: Path) -> Publish:
    """Writes a file as authors publish it: a value as JSON, a list of lines as JSON lines."""

    def write(value: object, *, lines: bool = False) -> Path:
        path = tmp_path / "published.json"
        text = "\n".join(json.dumps(v, ensure_ascii=False) for v in value) if lines and isinstance(value, list) else json.dumps(value)
        path.write_text(text, "utf-8")
        return path

    return write


def said(case: Case, text: str, status: str = "grounded") -> Answer:
    return Answer(case.question, case.language, status, text)  # type: ignore[arg-type]


def value(benchmark: Benchmark, case: Case, text: str, name: str, status: str = "grounded") -> float | None:
    found = score(case, said(case, text, status), benchmark.metrics).scores.get(name)
    return found.value if found else None


# --- SQuAD, XQuAD, CMRC 2018

SQUAD = {"version": "2.0", "data": [{"title": "Lakes", "paragraphs": [
    {"context": "Lake Tai covers 2,338 square kilometres.", "qas": [
        {"id": "q1", "question": "How large is Lake Tai?", "answers": [{"text": "2,338 square kilometres", "answer_start": 16}]},
        {"id": "q2", "question": "How deep is it?", "answers": [], "is_impossible": True}]},
    {"context": "洪泽湖在江苏。", "qas": [
        {"id": "q3", "question": "洪泽湖在哪里？",
         "answers": [{"text": "江苏", "answer_start": 4}, {"text": "在江苏", "answer_start": 3}]}]}]}]}
FLAT = [{"context_id": "T1", "context_text": "洪泽湖在江苏。", "title": "湖", "qas": [
    {"query_id": "T1_1", "query_text": "洪泽湖在哪里？", "answers": ["江苏", "江苏省"]}]}]


def test_squad_is_a_shelf_of_paragraphs(published: Publish) -> None:
    found = squad.read(published(SQUAD))
    assert [text.text for text in found.shelf] == ["Lake Tai covers 2,338 square kilometres.", "洪泽湖在江苏。"]
    assert [(c.id, c.language, c.behaviour) for c in found.cases] == [
        ("q1", "en", "answer"), ("q2", "en", "refuse"), ("q3", "zh", "answer")]


def test_the_flat_layout_of_cmrc_is_read_as_well(published: Publish) -> None:
    found = squad.read(published(FLAT))
    assert found.cases[0].must[0].wordings == ("江苏", "江苏省")
    assert value(found, found.cases[0], "江苏", "exact match") == 1.0


@pytest.mark.parametrize(("text", "exact", "f1", "contained"), [
    ("The 2,338 square kilometres.", 1.0, 1.0, 1.0), ("It covers 2,338 square kilometres", 0.0, 0.75, 1.0), ("12", 0.0, 0.0, 0.0)])
def test_spans_are_compared_as_squad_does(published: Publish, text: str, exact: float, f1: float, contained: float) -> None:
    found = squad.read(published(SQUAD))
    assert value(found, found.cases[0], text, "exact match") == exact
    assert value(found, found.cases[0], text, "span F1") == f1
    assert value(found, found.cases[0], text, "answer contained") == contained


def test_a_shelf_becomes_a_library_once(published: Publish, tmp_path: Path) -> None:
    texts = [text.text for text in squad.read(published(SQUAD)).shelf]
    library = shelve(texts, tmp_path / "home")
    assert len(shelve([*texts, "再加一篇。"], tmp_path / "home").sources()) == 3
    assert len(library.sources()) == 3


# --- RGB

RGB = [
    {"id": 0, "query": "太湖面积多大？", "answer": [["2338平方千米", "2338平方公里"]],
     "positive": [f"好{n}：2338平方千米。" for n in range(6)],
     "negative": [f"坏{n}。" for n in range(9)]},
    {"id": 1, "query": "When and where was it held?", "answer": [["May 4", "4 May"], ["Suzhou"]],
     "positive": [["It was on May 4.", "May 4 it was."], ["It was in Suzhou."]], "negative": ["No.", "Nothing.", "None.", "Never."]},
    {"id": 2, "query": "谁赢了？", "answer": "甲", "fakeanswer": "乙", "positive": ["甲赢了。"], "positive_wrong": ["乙赢了。"],
     "negative": ["不知道。", "没说。", "不详。", "未定。"]}]


def test_rgb_gives_each_question_its_passages_with_noise(published: Publish) -> None:
    found = rgb.read(published(RGB, lines=True), passages=5, noise=0.4)
    assert [c.type for c in found.cases] == ["noise", "integration", "counterfactual"]
    shown = [text.text for text in found.given["rgb-0"]]
    assert sum(text.startswith("好") for text in shown) == 3
    assert sum(text.startswith("坏") for text in shown) == 2
    both = [text.text for text in found.given["rgb-1"]]
    assert "It was in Suzhou." in both
    assert any("May 4" in text for text in both)
    assert "乙赢了。" in [text.text for text in found.given["rgb-2"]]
    assert found == rgb.read(published(RGB, lines=True), passages=5, noise=0.4)


def test_rgb_answers_in_lists_are_each_required_and_variants_are_not(published: Publish) -> None:
    found = rgb.read(published(RGB[1:2]))
    [one] = found.cases
    assert value(found, one, "On 4 May.", "accuracy") == 0.0
    assert value(found, one, "On 4 May, in Suzhou.", "accuracy") == 1.0


def test_pure_noise_is_to_be_refused(published: Publish) -> None:
    found = rgb.read(published(RGB[:1]), noise=1)
    assert all(text.text.startswith("坏") for text in found.given["rgb-0"])
    assert value(found, found.cases[0], "资料库没有回答这个问题。", "rejection rate", "unanswered") == 1.0
    assert value(found, found.cases[0], "2338平方千米", "rejection rate") == 0.0


def test_counterfactual_errors_are_found_and_set_right(published: Publish) -> None:
    found = rgb.read(published(RGB[2:]))
    [one] = found.cases
    assert value(found, one, "文档有事实性错误，是甲。", "error detection") == 1.0
    assert value(found, one, "文档有事实性错误，是甲。", "error correction") == 1.0
    assert value(found, one, "乙。", "error detection") == 0.0
    assert value(found, one, "乙。", "error correction") is None


# --- CRUD-RAG

CRUD = {
    "questanswer_1doc": [
        {"ID": "a1", "event": "灯塔工厂", "news1": "苏州有七家灯塔工厂。", "questions": "有几家？", "answers": "苏州七家"}],
    "questanswer_2docs": [
        {"ID": "b1", "event": "湖", "news1": "太湖。", "news2": "洪泽湖。", "questions": "哪两个湖？", "answers": "太湖和洪泽湖"}]}


def test_crud_is_a_shelf_of_news_with_rouge_l(published: Publish) -> None:
    found = crud.read(published(CRUD))
    assert [(c.id, c.type) for c in found.cases] == [
        ("questanswer_1doc-a1", "questanswer_1doc"), ("questanswer_2docs-b1", "questanswer_2docs")]
    assert len(found.shelf) == 3
    assert value(found, found.cases[0], "苏州有七家", "ROUGE-L") == pytest.approx(8 / 9)
    assert value(found, found.cases[0], "苏州有七家", "correct") is None, "without a required fact there is no verdict"


# --- ALCE

DOCS = [{"title": f"T{n}", "text": f"Text {n}."} for n in range(8)]
ALCE = [
    {"sample_id": "s1", "question": "Who won?", "answer": "A and B.", "docs": DOCS,
     "qa_pairs": [{"short_answers": ["Anna", "A."]}, {"short_answers": ["Boris"]}]},
    {"id": "s2", "question": "Which lakes?", "answers": [["Tai", "Taihu"], ["Poyang"], ["Chao"]], "docs": DOCS},
    {"question": "Why is it so?", "claims": ["It rains."], "docs": DOCS}]


def test_alce_gives_the_first_passages(published: Publish) -> None:
    found = alce.read(published(ALCE), passages=3)
    assert [(c.id, c.type) for c in found.cases] == [("s1", "asqa"), ("s2", "qampari"), ("alce-3", "eli5")]
    assert [p.title for p in passages(found.given["s1"])] == ["T0", "T1", "T2"]
    assert passages(found.given["s1"])[0].number == 1


def test_alce_counts_short_answers_and_list_items(published: Publish) -> None:
    found = alce.read(published(ALCE))
    asqa, qampari, eli5 = found.cases
    assert value(found, asqa, "Anna did [1].", "STR-EM") == 0.5
    assert value(found, qampari, "Taihu, Poyang, Victoria, Ontario.", "QAMPARI precision") == 0.5
    assert value(found, qampari, "Taihu, Poyang, Victoria, Ontario.", "QAMPARI recall") == pytest.approx(2 / 3)
    assert value(found, qampari, "Taihu, Poyang", "QAMPARI recall-5") == pytest.approx(2 / 3)
    assert value(found, eli5, "It rains.", "STR-EM") is None


# --- files that are something else


@pytest.mark.parametrize(("format", "content", "fault"), [
    ("squad", {"data": [{"paragraphs": [{"qas": []}]}]}, "has no 'context'"), ("squad", "text", "is no object"),
    ("rgb", [{"id": 1, "query": "?"}], "record 1: has no 'positive'"),
    ("rgb", [{"id": 1, "query": "?", "answer": "a", "positive": 7}], "no list"),
    ("crud", {"other": []}, "none of the tasks"), ("alce", {"a": 1}, "no list of questions"),
    ("alce", [{"question": "?"}], "has no 'claims'")])
def test_what_is_missing_is_named(published: Publish, format: str, content: object, fault: str) -> None:
    with pytest.raises(BadBenchmark) as caught:
        read(format, published(content))
    assert fault in str(caught.value)


def test_a_file_that_is_not_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text("{", "utf-8")
    with pytest.raises(BadBenchmark, match=r"broken.json: neither JSON"):
        read("rgb", path)
    with pytest.raises(BadBenchmark, match="cannot be read"):
        read("rgb", tmp_path / "none.json")
