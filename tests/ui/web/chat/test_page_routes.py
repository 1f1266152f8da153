"""Pages and originals of documents over HTTP: who may see them, how they are kept, and that nothing in them runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

import httpx
import pytest

from rag.library.library import Library
from rag.pipeline import Pipeline, build_pipeline
from rag.schema import Source
from rag.settings import Settings
from tests.rag.sources.pdf_files import text_at, write_pdf
from tests.ui.web.conftest import app_state_of, http_client, serve_page

QUOTE = "The harbour of Holm is 14 metres deep."
HOSTILE_PAGE = "<html><body><script>alert(1)</script><p>港口有14米深，是北方最深的港口。</p></body></html>"
HOSTILE_NAMES = (
    '年报 "2024"; x=y.html', "a\u202etxt.html", "报告%0d%0aSet-Cookie: a=1.html", "O'Brien & <b>söner.html")


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A library with one PDF, notes, and web pages with hostile names."""
    home = tmp_path_factory.mktemp("library")
    pipeline = build_pipeline(Settings(home=home, seeds=None, chat_model="", embed_model="dictionary"))
    folder = tmp_path_factory.mktemp("files")
    write_pdf(folder / "港口 book.pdf", [text_at(80, 700, "The first page."), text_at(80, 700, QUOTE)])
    (folder / "笔记.md").write_text("# 笔记\n\n这里有14个港口。\n", "utf-8")
    for number, name in enumerate(HOSTILE_NAMES):
        (folder / name).write_text(HOSTILE_PAGE.replace("14", str(number)), "utf-8")
    with pipeline.library.write_lock():
        for path in sorted(folder.iterdir()):
            pipeline.library.add(path)
    return pipeline


@pytest.fixture(scope="module")
def client(pipeline: Pipeline) -> Iterator[httpx.Client]:
    with serve_page(app_state_of(pipeline, read_only=True)) as address, http_client(address) as client:
        yield client


def source_of(library: Library, ending: str) -> Source:
    return next(source for source in library.sources() if source.name.endswith(ending))


def page_address(pipeline: Pipeline, *, number: int = 0) -> str:
    library = pipeline.library
    source = source_of(library, ".pdf")
    start = library.text(source.id).index(QUOTE)
    return f"/page/sources/{source.id}/pages?number={number}&start={start}&quote={start}-{start + len(QUOTE)}"


def test_the_page_of_a_quote_comes_with_marks_and_a_description(pipeline: Pipeline, client: httpx.Client) -> None:
    html = client.get(page_address(pipeline)).text
    assert 'data-number="2" data-count="2"' in html
    assert html.count('class="page-mark"') == 1
    assert re.search(r'data-alt-zh="[^"]*第 2 页[^"]*14 metres', html)
    assert re.search(r'data-alt-en="[^"]*page 2[^"]*14 metres', html)
    assert 'class="page-mark"' not in client.get(page_address(pipeline, number=1)).text


def test_an_image_is_kept_by_this_browser_only_and_asked_for_again(pipeline: Pipeline, client: httpx.Client) -> None:
    path = f"/page/sources/{source_of(pipeline.library, '.pdf').id}/pages/2/image"
    image = client.get(path, params={"width": 800})
    assert image.headers["content-type"] == "image/png"
    assert image.headers["cache-control"] == "private, no-cache"
    assert image.headers["cross-origin-resource-policy"] == "same-origin"
    again = client.get(path, params={"width": 800}, headers={"If-None-Match": image.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, params={"width": 1600}).headers["etag"] != image.headers["etag"]


@pytest.mark.parametrize(("path", "status"), [
    ("{pdf}/pages/2/image?width=801", 404), ("{pdf}/pages/2/image?width=100000", 404), ("{pdf}/pages/0/image", 422),
    ("{pdf}/pages/9/image", 409), ("{pdf}/pages/..%2F2/image", 404), ("{pdf}/pages?number=-1", 422),
    ("{pdf}/pages?quote=../etc", 422), ("nothing/pages", 404), ("nothing/original", 404),
    ("nothing/pages/1/image", 404),
    ("..%2F..%2Fetc%2Fpasswd/original", 404), ("{md}/pages/1/image", 409)])
def test_only_ids_pages_and_widths_are_accepted(
    pipeline: Pipeline, client: httpx.Client, path: str, status: int,
) -> None:
    ids = {kind: source_of(pipeline.library, f".{kind}").id for kind in ("pdf", "md")}
    assert client.get(f"/page/sources/{path.format(**ids)}").status_code == status


def test_a_document_without_pages_says_why_in_both_languages(pipeline: Pipeline, client: httpx.Client) -> None:
    id = source_of(pipeline.library, ".md").id
    for address in (f"/page/sources/{id}", f"/page/sources/{id}/pages"):
        html = client.get(address).text
        assert ".md 文件不分页" in html
        assert "A .md file has no pages" in html
        assert "reader-views" not in html


def test_pages_and_originals_need_the_password(pipeline: Pipeline) -> None:
    id = source_of(pipeline.library, ".pdf").id
    with serve_page(app_state_of(pipeline, password="湖 42")) as address, http_client(address) as client:
        for path in (f"{id}/pages", f"{id}/pages/1/image", f"{id}/original"):
            assert client.get(f"/page/sources/{path}").status_code == 401
        assert client.get(f"/page/sources/{id}/original", auth=("reader", "湖 42")).status_code == 200


def test_a_pdf_opens_in_a_tab_under_its_own_name(pipeline: Pipeline, client: httpx.Client) -> None:
    source = source_of(pipeline.library, ".pdf")
    response = client.get(f"/page/sources/{source.id}/original")
    headers = response.headers
    assert response.content.startswith(b"%PDF-")
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"].startswith("inline;")
    assert unquote(headers["content-disposition"]).endswith("''港口 book.pdf")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert len(headers.get_list("content-security-policy")) == 1


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_web_page_is_only_saved_under_its_own_name(pipeline: Pipeline, client: httpx.Client, name: str) -> None:
    source = source_of(pipeline.library, name)
    response = client.get(f"/page/sources/{source.id}/original")
    headers = response.headers
    assert response.content.decode().startswith("<html>")
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-security-policy"].endswith("sandbox")
    assert "set-cookie" not in headers
    disposition = headers["content-disposition"]
    assert re.fullmatch(r"attachment; filename=\"document\.html\"; filename\*=UTF-8''[\w%.~-]+", disposition)
    assert unquote(disposition.partition("''")[2]) == name.replace("\u202e", "")


def test_a_title_that_looks_like_html_stays_text(pipeline: Pipeline) -> None:
    from rag.sources.pages.views import Mark, PageLayout
    from ui.web.chat.page_view import render_page

    source = Source("a\"><b>", "a.pdf", '"><img src=x onerror=alert(1)>', "zh", original="a" * 64)
    layout = PageLayout(1, 3, 595, 842, (Mark(0.1, 0.1, 0.2, 0.2),))
    html = render_page(source, layout, ['"><script>alert(1)</script>'], [1])
    tags = re.findall(r"<(/?\w+)", html)
    assert set(tags) <= {"div", "/div", "button", "/button", "span", "/span", "input", "img", "output", "/output"}
    assert "onerror=alert" not in re.sub(r'="[^"]*"', "", html)
