"""The library's view without a browser: its list, what retrieval finds, files that come in, and changes in their turn."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.documents import Document
from starlette.requests import ClientDisconnect

from rag.answering.retrieve import ExplainedPassage, IndexHit
from rag.library.health import Health
from rag.schema import HuwenError, Passage, Source
from ui.web.library import change_queue, document_list, search_results
from ui.web.library.change_queue import ChangeQueue, LibraryBusy, Progress
from ui.web.library.document_list import SourceFilter, render_list, select_page
from ui.web.library.routes import parse_tags
from ui.web.library.view import render_view
from ui.web.uploads import BadUpload, save_upload, validate_file_name

HELD = [
    (Source(id="lake", name="太湖.md", title="太湖治理", language="zh", date="2023-05", tags=("湖", "水"), passages=7),
     "2025-01-02T03:04:05+00:00"),
    (Source(id="port", name="Häfen.pdf", title="Ports of China", language="en", author="Li Wei", date="2024", passages=30), ""),
    (Source(id="tea", name="茶.docx", title="洞庭茶", language="zh", passages=3), "2025-06-07T08:09:10+00:00"),
]


# --- the list


@pytest.mark.parametrize(("chosen", "ids"), [
    (SourceFilter(), ["lake", "port", "tea"]), (SourceFilter(search="太湖"), ["lake"]), (SourceFilter(search="china PORTS"), ["port"]),
    (SourceFilter(search="li wei"), ["port"]), (SourceFilter(search="水"), ["lake"]),
    (SourceFilter(search="茶叶"), []), (SourceFilter(language="zh"), ["lake", "tea"]), (SourceFilter(tag="湖"), ["lake"]),
    (SourceFilter(order="newest"), ["port", "lake", "tea"]), (SourceFilter(order="added"), ["tea", "lake", "port"]),
    (SourceFilter(order="passages"), ["port", "lake", "tea"]),
])
def test_the_list_is_filtered_and_ordered(chosen: SourceFilter, ids: list[str]) -> None:
    assert [source.id for source, _ in select_page(HELD, chosen).dated_sources] == ids


def test_ten_thousand_are_shown_a_page_at_a_time() -> None:
    many = [(replace(HELD[0][0], id=f"s{n}", title=f"第{n}号"), "") for n in range(10_000)]
    last = select_page(many, SourceFilter(page=10**9))
    assert (last.page, last.pages, last.total) == (200, 200, 10_000)
    assert [source.id for source, _ in last.dated_sources] == [f"s{n}" for n in range(9_950, 10_000)]
    html = render_list(last, {}, read_only=False)
    assert 'data-page="199"' in html
    assert len(html) < 150_000


def test_what_a_document_says_of_itself_stays_text() -> None:
    evil = '"><img src=x onerror=alert(1)>'
    source = Source(id=evil, name=evil, title=evil, language="en", author=evil, date=evil, tags=(evil,))
    piece = Document(evil, metadata={"section": evil, "page": 2, "start": 0, "end": 3, "language": "en"})
    for html in (render_list(select_page([(source, "")], SourceFilter()), {}, read_only=False), document_list.render_passages(source, [piece], 0, 50)):
        assert "<img" not in html
        assert "&lt;img" in html


def test_a_library_that_may_not_be_changed_has_no_button_for_it() -> None:
    page = select_page(HELD, SourceFilter())
    for act in ("data-act=\"tag\"", "data-act=\"remove\""):
        assert act in render_list(page, {}, read_only=False)
        assert act not in render_list(page, {}, read_only=True)
    assert 'type="file"' in render_view(upload_mb=50, read_only=False)
    assert 'type="file"' not in render_view(upload_mb=50, read_only=True)
    assert "library-rebuild" not in render_view(upload_mb=50, read_only=True)


def test_passages_are_numbered_through_and_shown_some_at_a_time() -> None:
    pieces = [Document(f"第{n}段", metadata={"section": "", "page": 0, "start": n, "end": n + 1, "language": "zh"}) for n in range(1, 8)]
    html = document_list.render_passages(HELD[0][0], pieces, 2, 3)
    assert [f">{n}<" in html for n in (2, 3, 5, 6)] == [False, True, True, False]
    assert 'data-first="5"' in html
    assert "data-first" not in document_list.render_passages(HELD[0][0], pieces, 5, 3)


def test_health_is_told_in_words() -> None:
    well = Health(passages=174, without_vector=0, stray_vectors=0, without_words=0, stray_words=0, unfinished=0)
    assert "174 段都在两个索引里" in document_list.render_health(well)
    ill = document_list.render_health(replace(well, without_words=3, stray_vectors=1))
    assert "cannot be found by words: 3" in ill
    assert "passages that are gone: 1" in ill
    assert "cannot be found by meaning" not in ill


# --- the retrieval test


def test_what_was_found_says_where_it_stood_and_why() -> None:
    passage = Passage(1, "p", "s", "太湖", "面积", 4, 0, 12, "太湖面积2427平方公里。", 1.0, "zh")
    sightings = (IndexHit("words", "zh", 1, 0.9), IndexHit("meaning", "en", 3, 0.41, "Lake Tai"))
    html = search_results.render_results("太湖面积", [ExplainedPassage(passage, 2, True, sightings), ExplainedPassage(replace(passage, number=2), 9, False, ())], 1)
    assert "词语 第 1" in html
    assert "跨语言语义 第 3（0.41）" in html
    assert "经英文版找到" in html
    assert "第 2 → 1" in html
    assert '<mark class="word">太湖面积</mark>' in html
    assert html.index("回答用不到") > html.index("会交给回答的 1 段")
    assert html.count("<meter") == html.count("↑") == 1


# --- what comes in


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../a.md", "a/b.md", "..\\b.md", "a\0.md", "a\n.md", "x.exe", "noending", "图" * 90 + ".md"])
def test_what_is_no_name_of_a_document_is_one_sentence(name: str) -> None:
    with pytest.raises(BadUpload) as told:
        validate_file_name(name)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 200


@pytest.mark.parametrize("name", ["港口 “笔记”.md", "<img src=x onerror=alert(1)>.md", "it's 100% & #1?.TXT"])
def test_a_strange_name_stays_as_it_is(name: str) -> None:
    assert validate_file_name(name) == name


def test_a_name_from_a_mac_is_the_same_name() -> None:
    assert validate_file_name("re\u0301sume\u0301.md") == "résumé.md"


def test_a_file_is_received_whole_and_one_that_is_not_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def body(*pieces: bytes, gone: bool = False) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece
        if gone:
            raise ClientDisconnect

    path = asyncio.run(save_upload(body("太".encode(), "湖".encode()), "太湖.md", 1))
    assert path.name == "太湖.md"
    assert path.read_text("utf-8") == "太湖"
    path.unlink()
    path.parent.rmdir()
    with pytest.raises(BadUpload, match="larger than 1 MB"):
        asyncio.run(save_upload(body(b"x" * 600_000, b"x" * 600_000), "big.txt", 1))
    with pytest.raises(ClientDisconnect):
        asyncio.run(save_upload(body(b"half", gone=True), "half.txt", 1))
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("typed", "tags"), [
    ("产业，2023、#政策", ("产业", "2023", "政策")), (" lake ; #lake , big lake", ("lake", "big lake")), (" ,，# ", ()),
    ("a\tb\x07c", ("a b c",))])
def test_tags_are_told_in_either_languages_marks(typed: str, tags: tuple[str, ...]) -> None:
    assert parse_tags(typed) == tags


# --- one after the other


async def told(steps: AsyncIterator[bytes]) -> list[dict[str, object]]:
    return [json.loads(line) async for line in steps]


def test_changes_come_one_after_the_other_and_tell_how_far_they_are() -> None:
    at_work = threading.Lock()

    def change(tell: change_queue.ProgressListener) -> Progress:
        assert at_work.acquire(blocking=False)
        tell(Progress("indexing", 1, 2))
        time.sleep(0.05)
        at_work.release()
        return Progress("added", of=2, title="太湖")

    async def both() -> list[list[dict[str, object]]]:
        queue = ChangeQueue()
        return await asyncio.gather(told(queue.stream_change(change)), told(queue.stream_change(change)))

    for steps in asyncio.run(both()):
        assert [step["state"] for step in steps] == ["waiting", "indexing", "added"]


def test_a_failure_is_a_sentence_and_what_nobody_foresaw_too() -> None:
    def known(tell: change_queue.ProgressListener) -> Progress:
        raise HuwenError("港.pdf: 是扫描件")

    def unknown(tell: change_queue.ProgressListener) -> Progress:
        raise ZeroDivisionError

    async def after(change: object) -> dict[str, object]:
        return (await told(ChangeQueue().stream_change(change)))[-1]  # type: ignore[arg-type]

    assert asyncio.run(after(known))["why"] == "港.pdf: 是扫描件"
    assert "ZeroDivisionError" in str(asyncio.run(after(unknown))["why"])


def test_a_change_goes_on_where_nobody_listens_any_more() -> None:
    ended = threading.Event()

    def change(tell: change_queue.ProgressListener) -> Progress:
        time.sleep(0.05)
        tell(Progress("indexing", 1, 2))  # the loop that would hear it is closed
        ended.set()
        return Progress("added")

    async def leave() -> None:
        ChangeQueue().stream_change(change)

    asyncio.run(leave())
    assert ended.wait(5)


def test_a_small_change_gives_up_behind_a_long_one() -> None:
    queue, done = ChangeQueue(timeout=0.05), threading.Event()
    made: list[int] = []

    async def begin() -> None:
        queue.stream_change(lambda tell: Progress("added") if done.wait(5) else Progress("failed"))

    asyncio.run(begin())
    with pytest.raises(LibraryBusy, match="try again"):
        queue.run_change(lambda: made.append(1))
    done.set()
    queue.run_change(lambda: None)
    assert made == []
