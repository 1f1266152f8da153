"""Documents from web addresses: their type, encoding and reference, and what a second visit costs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rag.endpoints.address_guard import AddressGuard
from rag.endpoints.web_client import WebClient
from rag.endpoints.web_errors import WebError
from rag.library.following.web_sources import add_address, refresh_addresses
from rag.library.library import Library
from rag.references.entries import format_reference
from rag.schema import HuwenError, Source
from tests.small_library import small_library
from tests.web_sites import Answer, Requests, answer, site

PAGE = "<html><head><title>太湖年报</title></head><body><h1>太湖年报</h1><p>太湖的水质连续五年改善，鱼也多了。</p></body></html>"
SHELL = '<html><head><title>App</title><script src="a.js"></script></head><body><div id="app">{}</div></body></html>'


def page(text: str = PAGE, charset: str = "utf-8", **headers: str) -> Answer:
    return answer(200, text.encode(charset), Content_Type=f"text/html; charset={charset}", **headers)


def client() -> WebClient:
    return WebClient(AddressGuard(("127.0.0.1",)), max_mb=1)


def add(library: Library, url: str, *tags: str) -> tuple[str, Source]:
    result = add_address(library, client(), url, tags)
    return result.outcome, result.source


def test_a_page_is_a_source_with_address_and_day_for_its_reference(library: Library) -> None:
    with site({"/a/b.html": page()}) as address:
        outcome, source = add(library, f"{address}/a/b.html#part", "水")
    assert (outcome, source.title, source.name, source.tags) == ("added", "太湖年报", "b.html", ("水",))
    assert (source.url, source.accessed) == (f"{address}/a/b.html", date.today().isoformat())
    assert "太湖的水质" in library.text(source.id)
    assert source.url in format_reference(source, "gbt7714")
    assert source.accessed in format_reference(source, "gbt7714")


def test_the_same_address_is_the_same_source(library: Library) -> None:
    with site({"/a": page()}) as address:
        _, first = add(library, f"{address}/a")
    with site({"/a": page()}) as other:
        assert add(library, f"{other}/a")[1].id == first.id  # the same content
    assert len(library.sources()) == 1


def test_an_unchanged_page_is_answered_with_304_and_a_changed_one_replaces_it(library: Library) -> None:
    seen: Requests = []
    pages: dict[str, Answer] = {"/a": page(ETag='"1"', Last_Modified="Sun, 01 Nov 2026 08:00:00 GMT")}
    with site(pages, seen) as address:
        _, source = add(library, f"{address}/a")
        pages["/a"] = answer(304)
        assert add(library, f"{address}/a", "新标签") == ("unchanged", library.source_by_id(source.id))
        assert library.source_by_id(source.id).tags == ("新标签",)
        assert seen[-1][1]["if-none-match"] == '"1"'
        pages["/a"] = page(PAGE.replace("五年", "六年"), ETag='"2"')
        outcome, changed = add(library, f"{address}/a")
    assert (outcome, changed.id) == ("replaced", source.id)
    assert "连续六年" in library.text(source.id)
    assert library.follow_records.addresses()[0].etag == '"2"'


def test_a_page_that_only_counts_its_visitors_is_unchanged(library: Library) -> None:
    pages: dict[str, Answer] = {"/a": page(PAGE.replace("<body>", "<body data-visitors='1'>"))}
    with site(pages) as address:
        add(library, f"{address}/a")
        pages["/a"] = page(PAGE.replace("<body>", "<body data-visitors='2'>"))
        assert add(library, f"{address}/a")[0] == "unchanged"


def test_a_permanent_redirect_is_cited_by_its_end_and_a_temporary_one_by_its_beginning(library: Library) -> None:
    pages = {"/old": answer(301, Location="/new"), "/new": page(), "/today": answer(302, Location="/1"),
             "/1": page(PAGE.replace("太湖", "阳澄湖"))}
    with site(pages) as address:
        assert add(library, f"{address}/old")[1].url == f"{address}/new"
        assert add(library, f"{address}/today")[1].url == f"{address}/today"


@pytest.mark.parametrize(("path", "reply", "words", "name"), [
    ("/gbk", page(charset="gbk"), "水质连续五年改善", "gbk.html"),
    ("/big5", page("<title>港口</title><p>港口的吞吐量是八百萬標箱，去年是七百萬。</p>", "big5"), "八百萬標箱", "big5.html"),
    ("/meta", answer(200, PAGE.replace("<head>", '<head><meta charset="gbk">').encode("gbk"),
                     Content_Type="text/html; charset=ISO-8859-1"), "连续五年", "meta.html"),
    ("/t.csv", answer(200, "区,产值\n西湖区,987.6\n".encode(), Content_Type="text/csv; charset=utf-8"), "987.6", "t.csv"),
    ("/r.md", answer(200, b"# Ferry\n\nIt leaves at six.\n", Content_Type="text/plain"), "leaves at six", "r.md"),
    ("/data", answer(200, b'[{"city": "Suzhou", "people": 12}]', Content_Type="application/json"), "Suzhou",
     "data.json"),
    ("/", page(), "水质", "127.0.0.1.html"),
    ("/download?id=7", answer(
        200, b"The ferry leaves at six.", Content_Type="application/octet-stream",
        Content_Disposition="attachment; filename*=UTF-8''%E6%B8%A1%E8%BD%AE.txt"), "leaves at six", "渡轮.txt"),
])
def test_type_and_encoding_are_those_of_the_content(
    library: Library, path: str, reply: Answer, words: str, name: str,
) -> None:
    with site({path: reply}) as address:
        _, source = add(library, f"{address}{path}")
    assert words in library.text(source.id)
    assert source.name == name


@pytest.mark.parametrize(("path", "reply", "problem"), [
    ("/app", page(SHELL.format("")), "only scripts"),
    ("/app", page(SHELL.format("You need to enable JavaScript to run this app.")), "only scripts"),
    ("/app", page(SHELL.format("正在加载，请稍候……")), "only scripts"),
    ("/none", page("<html><body></body></html>"), "no text"),
    ("/a.zip", answer(200, b"PK\x03\x04" + b"\0" * 40, Content_Type="application/zip"), "type"),
    ("/a.exe", answer(200, b"MZ\x90\0" + b"\0" * 400, Content_Type="application/octet-stream"), "type"),
    ("/report.pdf", page("<title>Login</title><p>Please log in to read the report.</p>"), "page instead"),
])
def test_what_is_no_document_is_refused_with_a_sentence(
    library: Library, path: str, reply: Answer, problem: str,
) -> None:
    with site({path: reply}) as address, pytest.raises(WebError) as raised:
        add(library, f"{address}{path}")
    assert raised.value.problem == problem
    assert raised.value.sentence("zh").startswith(f"{address}{path}：")
    assert library.is_empty()


def test_a_refresh_asks_for_all_addresses_and_loses_nothing(library: Library) -> None:
    pages: dict[str, Answer] = {
        "/same": page(), "/new": page(PAGE.replace("太湖", "洞庭湖")), "/gone": page(PAGE.replace("太湖", "鄱阳湖")),
        "/removed": page(PAGE.replace("太湖", "巢湖"))}
    with site(pages) as address:
        for path in pages:
            add(library, address + path)
        with library.write_lock():
            library.remove(f"{address}/removed")
        pages["/new"] = page(PAGE.replace("太湖", "青海湖"))
        del pages["/gone"]
        results = dict(refresh_addresses(library, client()))
    outcomes = {url.removeprefix(address): "failed" if isinstance(result, HuwenError) else result.outcome
                for url, result in results.items()}
    assert outcomes == {"/same": "unchanged", "/new": "replaced", "/gone": "failed"}
    assert len(library.sources()) == 3
    assert "404" in library.follow_records.find_address(f"{address}/gone").problem["zh"]  # type: ignore[union-attr]


def test_address_and_day_outlast_the_manifest(tmp_path: Path) -> None:
    library = small_library(tmp_path / "home")
    with site({"/a": page()}) as address:
        _, source = add(library, f"{address}/a")
    library.close()
    for path in (tmp_path / "home").glob("manifest.sqlite*"):
        path.unlink()
    for path in (tmp_path / "home").glob("index-*"):
        path.rename(tmp_path / path.name)
    again = small_library(tmp_path / "home")
    again.begin_recovery()
    with again.write_lock():
        assert len([*again.read_originals()]) == 1
    [restored] = again.sources()
    assert (restored.id, restored.url, restored.accessed) == (source.id, source.url, source.accessed)
