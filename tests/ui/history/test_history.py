"""Conversation history in both databases: conversations are stored, searched, replaced, judged and deleted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from rag.schema import Source
from tests.ui.history.conftest import SOURCES
from ui.history.database import UnusableDatabase
from ui.history.exchange import Exchange
from ui.history.history import History, UnknownConversation, open_history

MakeExchange = Callable[..., Exchange]
ZH, EN = "苏州四大集群产值多少？", "How many lighthouse factories are there in Suzhou?"


def questions(history: History, id: str) -> list[str]:
    return [entry.exchange.answer.question for entry in history.get_conversation(id).entries]


def conversation_of(history: History, *questions: str, make_exchange: MakeExchange) -> str:
    """The id of a new conversation with these questions."""
    id = ""
    for question in questions:
        id, _ = history.save_exchange(id, make_exchange(question), SOURCES)
    return id


def test_an_entry_is_read_back_unchanged_with_the_sources_of_its_passages(
    history: History, url: str, tmp_path: Path, make_exchange: MakeExchange) -> None:
    before = datetime.now(UTC)
    exchange = make_exchange(problem="the endpoint broke off", stopped=True)
    id, entry = history.save_exchange("", exchange, SOURCES)
    after = datetime.now(UTC)
    history.close()
    reopened = open_history(url, tmp_path)
    conversation = reopened.get_conversation(id)
    assert conversation.entries == (entry,)
    assert entry.exchange == exchange
    assert entry.sources == SOURCES[:2]
    assert len(entry.prompts) == 12
    assert conversation.created.tzinfo is UTC
    duration = timedelta(milliseconds=exchange.answer.timings_ms.total)  # from the question to its answer
    assert before <= entry.asked_at + duration <= after
    reopened.close()


@pytest.mark.parametrize(("question", "title"), [
    (ZH, ZH),
    (EN, EN),
    ("  两行\n问题 ", "两行 问题"),
    ("苏州工业园区在推动生物医药、纳米技术应用和人工智能三大新兴产业发展方面采取了哪些主要措施？",
     "苏州工业园区在推动生物医药、纳米技术应用和人工智能三大新…"),
    ("What was the output value of Suzhou's four industrial innovation clusters in 2022?",
     "What was the output value of Suzhou's four industrial…"),
    ("a" * 80, "a" * 56 + "…"),
])
def test_a_conversation_is_titled_by_its_first_question(
    history: History, make_exchange: MakeExchange, question: str, title: str) -> None:
    id = conversation_of(history, question, "然后呢？", make_exchange=make_exchange)
    assert history.get_conversation(id).title == title
    assert [(s.title, s.entries) for s in history.list_conversations()] == [(title, 2)]


def test_a_title_is_never_cut_inside_a_character(history: History, make_exchange: MakeExchange) -> None:
    family = "👨‍👩‍👧"
    id = conversation_of(history, "一" * 27 + family + "在苏州", make_exchange=make_exchange)
    title = history.get_conversation(id).title
    assert title.rstrip("…").removeprefix("一" * 27) in ("", family)


def test_the_latest_conversation_comes_first(history: History, make_exchange: MakeExchange) -> None:
    first = conversation_of(history, "一", make_exchange=make_exchange)
    second = conversation_of(history, "二", make_exchange=make_exchange)
    assert [s.id for s in history.list_conversations()] == [second, first]
    history.save_exchange(first, make_exchange("三"), SOURCES)
    assert [s.id for s in history.list_conversations()] == [first, second]
    assert [s.id for s in history.list_conversations(limit=1)] == [first]


@pytest.mark.parametrize("search", [
    "灯塔工厂", "燈塔工廠", "LightHouse", "ｌｉｇｈｔhouse", "lighthouse 灯塔", "6家灯塔", "占到50%", "snake_case", "SUZHOU",
])
def test_a_search_ignores_script_width_and_case(history: History, make_exchange: MakeExchange, search: str) -> None:
    id = conversation_of(history, "Lighthouse 在 Suzhou？", make_exchange=make_exchange)
    history.save_exchange(id, make_exchange("后来呢？", "有6家[1]灯塔工厂，占到５０％，记作 snake_case。"), SOURCES)
    conversation_of(
        history, "园林何时始建？", "后来有50家snakeXcase？", make_exchange=lambda question: make_exchange(question, "1509年。"))
    assert [s.id for s in history.list_conversations(search)] == [id]


@pytest.mark.parametrize("search", [
    "100%", "a_b", "100/%", "\\", "'; DROP TABLE huwen_entries; --", "无此词", "x" * 100_000, "\0\ud83d甲"])
def test_no_character_of_a_search_is_a_wildcard(history: History, make_exchange: MakeExchange, search: str) -> None:
    conversation_of(history, "100 个 acb？", make_exchange=lambda question: make_exchange(question, "100家，axb。"))
    assert history.list_conversations(search) == []


def test_a_blank_search_finds_all(history: History, make_exchange: MakeExchange) -> None:
    conversation_of(history, ZH, make_exchange=make_exchange)
    assert len(history.list_conversations("  ")) == 1


def test_a_repeated_answer_replaces_the_later_entries(history: History, make_exchange: MakeExchange) -> None:
    id = conversation_of(history, "一", "二", "三", make_exchange=make_exchange)
    same_id, _ = history.save_exchange(id, make_exchange("二改"), SOURCES, at=1)
    assert same_id == id
    assert questions(history, id) == ["一", "二改"]
    assert history.get_conversation(id).title == "一"
    history.save_exchange(id, make_exchange("一改"), SOURCES, at=0)
    assert (questions(history, id), history.get_conversation(id).title) == (["一改"], "一改")
    assert [s.title for s in history.list_conversations("一改")] == ["一改"]


def test_a_title_given_by_a_reader_stays_if_the_question_changes(history: History, make_exchange: MakeExchange) -> None:
    id = conversation_of(history, "一", make_exchange=make_exchange)
    history.rename(id, "  Clusters\n集群 ")
    history.rename(id, "   ")
    history.save_exchange(id, make_exchange("一改"), SOURCES, at=0)
    assert history.get_conversation(id).title == "Clusters 集群"
    assert [s.id for s in history.list_conversations("clusters 集群")] == [id]


def test_a_judgement_replaces_the_one_before(history: History, make_exchange: MakeExchange) -> None:
    id = conversation_of(history, ZH, EN, make_exchange=make_exchange)
    entry = history.get_conversation(id).entries[1]
    history.save_judgement(entry.id, "down", "数字不对\0")
    history.save_judgement(entry.id, "up", "correct after all")
    judged = history.get_conversation(id).entries
    assert [(e.thumb, e.reason) for e in judged] == [("", ""), ("up", "correct after all")]
    assert [c.id for c in history.judged_conversations()] == [id]
    history.save_judgement(entry.id, "")
    assert history.judged_conversations() == []


def test_a_deleted_conversation_is_unknown_and_its_numbers_are_not_reused(
    history: History, make_exchange: MakeExchange) -> None:
    id, entry = history.save_exchange("", make_exchange(), SOURCES)
    history.delete(id)
    assert history.list_conversations() == []
    other, later = history.save_exchange("", make_exchange(), SOURCES)
    assert later.id > entry.id
    for call in (lambda: history.get_conversation(id), lambda: history.delete(id), lambda: history.rename(id, "x"),
                 lambda: history.save_judgement(entry.id, "up")):
        with pytest.raises(UnknownConversation):
            call()
    assert [s.id for s in history.list_conversations()] == [other]


def test_an_answer_to_a_conversation_that_was_deleted_meanwhile_is_not_lost(
    history: History, make_exchange: MakeExchange) -> None:
    id = conversation_of(history, ZH, make_exchange=make_exchange)
    history.delete(id)
    new, _ = history.save_exchange(id, make_exchange(EN), SOURCES, at=3)
    assert new != id
    assert questions(history, new) == [EN]


def test_characters_that_a_database_does_not_accept_are_replaced(history: History, make_exchange: MakeExchange) -> None:
    exchange = make_exchange("空\0字符 \ud83d 半个", "“a\0b” \udc00 😀[1]。")
    id, entry = history.save_exchange("", exchange, [replace(SOURCES[0], title="\0\ud800", tags=("\0",))])
    stored = history.get_conversation(id).entries[0].exchange.answer
    assert stored.question == "空\0字符 ? 半个"
    assert stored.text == "“a\0b” ? 😀[1]。"
    assert entry.sources[0].title == "\0?"
    assert [s.id for s in history.list_conversations("字符 半个")] == [id]


def test_threads_may_write_at_once(history: History, make_exchange: MakeExchange) -> None:
    id = conversation_of(history, "begin", make_exchange=make_exchange)
    with ThreadPoolExecutor(8) as threads:
        saved = list(threads.map(
            lambda n: history.save_exchange(id if n % 2 else "", make_exchange(f"问题 {n}"), SOURCES), range(40)))
    assert len({entry.id for _, entry in saved}) == 40
    assert set(questions(history, id)) == {"begin", *(f"问题 {n}" for n in range(1, 40, 2))}
    assert len(history.list_conversations()) == 21


def test_a_damaged_entry_is_reported_in_one_sentence(history: History, url: str, make_exchange: MakeExchange) -> None:
    id = conversation_of(history, ZH, make_exchange=make_exchange)
    engine = create_engine(url.replace("postgresql:", "postgresql+pg8000:"))
    with engine.begin() as db:
        db.execute(text("UPDATE huwen_entries SET exchange = 'no JSON'"))
    engine.dispose()
    with pytest.raises(UnusableDatabase, match="is damaged"):
        history.get_conversation(id)


def test_a_field_that_an_earlier_version_did_not_have_gets_its_default(
    history: History, url: str, make_exchange: MakeExchange) -> None:
    id = conversation_of(history, ZH, make_exchange=make_exchange)
    engine = create_engine(url.replace("postgresql:", "postgresql+pg8000:"))
    with engine.begin() as db:
        db.execute(text("UPDATE huwen_entries SET exchange = :old, sources = :known"), {
            "old": '{"answer": {"question": "旧", "language": "zh", "later": 1}}',
            "known": '[{"id": "s", "name": "n", "title": "t", "language": "en"}]'})
    engine.dispose()
    entry = history.get_conversation(id).entries[0]
    assert (entry.exchange.answer.question, entry.exchange.answer.suggestions, entry.exchange.problem) == ("旧", (), "")
    assert entry.sources == (Source("s", "n", "t", "en"),)
