"""The HTML writer: one file that loads and runs nothing, with working links of notes and contents."""

import base64
import hashlib
import re

import pytest
from bs4 import BeautifulSoup

from rag.schema import Language
from tests.ui.documents.papers import HOSTILE, NOTES, PARTS, TITLES, paper, paper_of_texts
from ui.documents.paper import Paper
from ui.documents.write import render_bytes


def render_page(source_paper: Paper) -> BeautifulSoup:
    return BeautifulSoup(render_bytes(source_paper, ".html").decode(), "html.parser")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_links_of_notes_and_contents_work_in_both_directions(language: Language) -> None:
    html = render_page(paper(language))
    anchors = [tag["id"] for tag in html.find_all(id=True)]
    assert len(anchors) == len(set(anchors))
    links = [tag["href"] for tag in html.find_all("a")]
    assert {link.removeprefix("#") for link in links} <= set(anchors)
    assert links.count("#note-1") == 3
    assert [note.get_text().split(" ↩")[0] for note in html.select(".notes li")] == list(NOTES[language])
    assert [entry.get_text() for entry in html.select("nav a")] == list(PARTS[language])
    assert html.title.get_text() == html.h1.get_text() == TITLES[language]


def test_a_change_of_language_is_marked() -> None:
    html = render_page(paper("en"))
    assert html.html["lang"] == "en"
    assert [quote.get("lang") for quote in html.find_all("blockquote")] == ["zh-CN", None]


def test_consecutive_items_are_one_list() -> None:
    assert [item.get_text() for item in render_page(paper("zh")).select("main > ul > li")] == ["苏州\n无锡", "常州"]


def test_the_policy_allows_only_the_style_sheet_of_the_file() -> None:
    html = render_page(paper_of_texts(*HOSTILE))
    policy = html.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    style = base64.b64encode(hashlib.sha256(html.style.string.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    assert not re.search(r"url\(|@import|https?:", html.style.string)
    assert not html.find_all(["script", "img", "link", "iframe", "svg", "form", "base"])


def test_hostile_text_stays_text() -> None:
    html = render_page(paper_of_texts(*HOSTILE))
    assert all(link["href"].startswith("#") for link in html.find_all("a"))
    assert not [name for tag in html.find_all(True) for name in tag.attrs if name.startswith("on") or name == "style"]
    assert [quote.get_text() for quote in html.find_all("blockquote")] == list(HOSTILE)
