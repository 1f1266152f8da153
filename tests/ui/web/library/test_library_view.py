"""Library view without a browser: the list, the retrieval test, uploads, and the queue of changes."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.documents import Document
from starlette.requests import ClientDisconnect

from rag.answering.retrieve import ExplainedPassage, IndexHit
from rag.library.health import Health
from rag.library.library import VectorState
from rag.schema import HuwenError, Passage, Source
from rag.sources.blocks import build_blocks, encode_blocks
from rag.sources.elements import Element, table_of_texts
from tests.ui.web.conftest import TIMEOUT_SECONDS, wait_until
from ui.web.library import change_queue, document_list, passage_list, search_results
from ui.web.library.change_queue import ChangeQueue, LibraryBusy, Progress
from ui.web.library.document_list import SourceFilter, render_list, render_vectors, select_page
from ui.web.library.tag_line import parse_tags
from ui.web.library.view import render_view
from ui.web.uploads import BadUpload, save_upload, validate_file_name

DATED_SOURCES = [
    (Source(id="lake", name="太湖.md", title="太湖治理", language="zh", date="2023-05", tags=("湖", "水"), passages=7),
     "2025-01-02T03:04:05+00:00"),
    (Source(
        id="port", name="Häfen.pdf", title="Ports of China", language="en", author="Li Wei", date="2024", passages=30),
     ""),
    (Source(id="tea", name="茶.docx", title="洞庭茶", language="zh", passages=3), "2025-06-07T08:09:10+00:00"),
]
ALL_MADE = VectorState(waiting=0, passages=40, obstacle="")


# --- the list


@pytest.mark.parametrize(("chosen", "ids"), [
    (SourceFilter(), ["lake", "port", "tea"]), (SourceFilter(search="太湖"), ["lake"]),
    (SourceFilter(search="china PORTS"), ["port"]), (SourceFilter(search="li wei"), ["port"]),
    (SourceFilter(search="水"), ["lake"]), (SourceFilter(search="茶叶"), []),
    (SourceFilter(language="zh"), ["lake", "tea"]), (SourceFilter(tag="湖"), ["lake"]),
    (SourceFilter(order="newest"), ["port", "lake", "tea"]), (SourceFilter(order="added"), ["tea", "lake", "port"]),
    (SourceFilter(order="passages"), ["port", "lake", "tea"]),
])
def test_the_list_is_filtered_and_ordered(chosen: SourceFilter, ids: list[str]) -> None:
    assert [source.id for source, _ in select_page(DATED_SOURCES, chosen).dated_sources] == ids


@pytest.mark.parametrize(("state", "words"), [
    (ALL_MADE, ()),
    (VectorState(28, 40, ""), ("已完成 12 / 40 段", "12 of 40 passages", "making")),
    (VectorState(28, 40, "the processor has no AVX2 instructions"), ("有 28 段没有", "28 passages have no", "stopped")),
])
def test_the_list_says_how_far_the_vectors_are(state: VectorState, words: tuple[str, ...]) -> None:
    html = render_vectors(state, read_only=False)
    assert all(word in html for word in words)
    assert bool(html) == bool(words)
    assert "making" not in render_vectors(state, read_only=True)


def test_ten_thousand_documents_are_shown_in_pages() -> None:
    sources = [(replace(DATED_SOURCES[0][0], id=f"s{n}", title=f"第{n}号"), "") for n in range(10_000)]
    last_page = select_page(sources, SourceFilter(page=10**9))
    assert (last_page.page, last_page.pages, last_page.total) == (200, 200, 10_000)
    assert [source.id for source, _ in last_page.dated_sources] == [f"s{n}" for n in range(9_950, 10_000)]
    html = render_list(last_page, {}, read_only=False)
    assert 'data-page="199"' in html
    assert len(html) < 150_000


def test_metadata_of_a_document_stays_text() -> None:
    attack = '"><img src=x onerror=alert(1)>'
    source = Source(id=attack, name=attack, title=attack, language="en", author=attack, date=attack, tags=(attack,))
    passage = Document(attack, metadata={"section": attack, "page": 2, "start": 0, "end": 3, "language": "en"})
    page = select_page([(source, "")], SourceFilter())
    dialog = passage_list.render_passages(source, [passage], 0, 50)
    for html in (render_list(page, {}, read_only=False), dialog):
        assert "<img" not in html
        assert "&lt;img" in html


def test_a_read_only_library_has_no_buttons_that_change_it() -> None:
    page = select_page(DATED_SOURCES, SourceFilter())
    for act in ("data-act=\"tag\"", "data-act=\"remove\""):
        assert act in render_list(page, {}, read_only=False)
        assert act not in render_list(page, {}, read_only=True)
    assert 'type="file"' in render_view(upload_mb=50, read_only=False)
    assert 'type="file"' not in render_view(upload_mb=50, read_only=True)
    assert "library-rebuild" not in render_view(upload_mb=50, read_only=True)


def test_passages_are_numbered_and_shown_in_parts() -> None:
    def passage(number: int) -> Document:
        span = {"start": number, "end": number + 1}
        return Document(f"第{number}段", metadata={"section": "", "page": 0, "language": "zh", **span})

    passages = [passage(number) for number in range(1, 8)]
    html = passage_list.render_passages(DATED_SOURCES[0][0], passages, 2, 3)
    assert [f">{n}<" in html for n in (2, 3, 5, 6)] == [False, True, True, False]
    assert 'data-first="5"' in html
    assert "data-first" not in passage_list.render_passages(DATED_SOURCES[0][0], passages, 5, 3)


@pytest.mark.parametrize("rows", [[["区", "面积"], ["甲区", "12.5"]], [["District", "Area"], ["North", "12.5"]]])
def test_a_table_in_a_passage_is_drawn_and_the_title_is_not_repeated_above_it(rows: list[list[str]]) -> None:
    built = build_blocks([table_of_texts(rows), Element("paragraph", "<b>")])
    source = DATED_SOURCES[0][0]
    metadata = {
        "section": f"{source.title} › 甲", "page": 0, "language": "zh", "start": 0, "end": len(built.text),
        "blocks": encode_blocks(built.blocks)}
    html = passage_list.render_passages(source, [Document(built.text, metadata=metadata)], 0, 50)
    assert f'class="unbroken">{rows[1][0]}</th><td class="numeric unbroken">12.5</td>' in html
    assert " | " not in html
    assert "&lt;b&gt;" in html
    assert "<span>甲</span>" in html


def test_the_state_of_the_indexes_is_described_in_words() -> None:
    sound = Health(passages=174, without_vector=0, stray_vectors=0, without_words=0, stray_words=0, unfinished=0)
    assert "174 段都在两个索引里" in document_list.render_health(sound)
    html = document_list.render_health(replace(sound, without_words=3, stray_vectors=1))
    assert "cannot be found by words: 3" in html
    assert "passages that are gone: 1" in html
    assert "cannot be found by meaning" not in html


# --- the retrieval test


def test_a_result_shows_its_ranks_and_the_reason_for_them() -> None:
    passage = Passage(1, "p", "s", "太湖", "面积", 4, 0, 12, "太湖面积2427平方公里。", 1.0, "zh")
    hits = (IndexHit("words", "zh", 1, 0.9), IndexHit("meaning", "en", 3, 0.41, "Lake Tai"))
    results = [
        ExplainedPassage(passage, 2, True, hits), ExplainedPassage(replace(passage, number=2), 9, False, ())]
    html = search_results.render_results("太湖面积", results, 1)
    assert "词语 第 1" in html
    assert "跨语言语义 第 3（0.41）" in html
    assert "经英文版找到" in html
    assert "第 2 → 1" in html
    assert '<mark class="word">太湖面积</mark>' in html
    assert html.index("回答用不到") > html.index("会交给回答的 1 段")
    assert html.count("<meter") == html.count("↑") == 1


# --- uploads


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../a.md", "a/b.md", "..\\b.md", "a\0.md", "a\n.md", "x.exe", "noending", "图" * 90 + ".md"])
def test_a_bad_file_name_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(BadUpload) as error:
        validate_file_name(name)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("name", ["港口 “笔记”.md", "<img src=x onerror=alert(1)>.md", "it's 100% & #1?.TXT"])
def test_an_unusual_file_name_is_not_changed(name: str) -> None:
    assert validate_file_name(name) == name


def test_a_decomposed_name_from_macos_is_composed() -> None:
    assert validate_file_name("re\u0301sume\u0301.md") == "résumé.md"


def test_a_complete_upload_is_saved_and_an_incomplete_one_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def body(*chunks: bytes, is_broken: bool = False) -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk
        if is_broken:
            raise ClientDisconnect

    path = asyncio.run(save_upload(body("太".encode(), "湖".encode()), "太湖.md", 1))
    assert path.name == "太湖.md"
    assert path.read_text("utf-8") == "太湖"
    path.unlink()
    path.parent.rmdir()
    with pytest.raises(BadUpload, match="larger than 1 MB"):
        asyncio.run(save_upload(body(b"x" * 600_000, b"x" * 600_000), "big.txt", 1))
    with pytest.raises(ClientDisconnect):
        asyncio.run(save_upload(body(b"half", is_broken=True), "half.txt", 1))
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("typed", "tags"), [
    ("产业，2023、#政策", ("产业", "2023", "政策")), (" lake ; #lake , big lake", ("lake", "big lake")), (" ,，# ", ()),
    ("a\tb\x07c", ("a b c",))])
def test_tags_are_separated_by_chinese_or_english_punctuation(typed: str, tags: tuple[str, ...]) -> None:
    assert parse_tags(typed) == tags


# --- the queue of changes


async def collect_progress(lines: AsyncIterator[bytes]) -> list[dict[str, object]]:
    return [json.loads(line) async for line in lines]


def test_changes_run_one_after_the_other_and_report_their_progress() -> None:
    at_work, both_queued = threading.Lock(), threading.Event()

    def change(report: change_queue.ProgressListener) -> Progress:
        assert at_work.acquire(blocking=False)
        report(Progress("indexing", 1, 2))
        assert both_queued.wait(TIMEOUT_SECONDS)  # so that a queue with two workers would run both at once
        at_work.release()
        return Progress("added", of=2, title="太湖")

    async def run_both() -> list[list[dict[str, object]]]:
        queue = ChangeQueue()
        streams = [queue.stream_change(change), queue.stream_change(change)]
        both_queued.set()
        return await asyncio.gather(*map(collect_progress, streams))

    for steps in asyncio.run(run_both()):
        assert [step["state"] for step in steps] == ["waiting", "indexing", "added"]


def test_an_expected_or_unexpected_error_is_reported_in_one_sentence() -> None:
    def raise_known(report: change_queue.ProgressListener) -> Progress:
        raise HuwenError("港.pdf: 是扫描件")

    def raise_unexpected(report: change_queue.ProgressListener) -> Progress:
        raise ZeroDivisionError

    async def last_step(change: Callable[[change_queue.ProgressListener], Progress]) -> dict[str, object]:
        return (await collect_progress(ChangeQueue().stream_change(change)))[-1]

    assert asyncio.run(last_step(raise_known))["why"] == "港.pdf: 是扫描件"
    assert "ZeroDivisionError" in str(asyncio.run(last_step(raise_unexpected))["why"])


def test_a_change_is_completed_after_its_page_is_closed() -> None:
    loop_closed, ended = threading.Event(), threading.Event()

    def change(report: change_queue.ProgressListener) -> Progress:
        assert loop_closed.wait(TIMEOUT_SECONDS)
        report(Progress("indexing", 1, 2))  # nobody receives it: the event loop is closed
        ended.set()
        return Progress("added")

    async def start_change() -> None:
        ChangeQueue().stream_change(change)

    asyncio.run(start_change())
    loop_closed.set()
    assert ended.wait(TIMEOUT_SECONDS)


def test_a_short_change_does_not_wait_longer_than_its_limit_for_a_long_one() -> None:
    queue, done = ChangeQueue(timeout=0.05), threading.Event()
    executed: list[int] = []

    async def start_long_change() -> None:
        queue.stream_change(lambda report: Progress("added") if done.wait(TIMEOUT_SECONDS) else Progress("failed"))

    asyncio.run(start_long_change())
    with pytest.raises(LibraryBusy, match="try again"):
        queue.run_change(lambda: executed.append(1))
    done.set()
    wait_until(lambda: accepts_change(queue), "the long change has ended")
    assert executed == []


def accepts_change(queue: ChangeQueue) -> bool:
    try:
        queue.run_change(lambda: None)
    except LibraryBusy:
        return False
    return True
