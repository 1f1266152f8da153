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


def page(of_paper: Paper) -> BeautifulSoup:
    return BeautifulSoup(render_bytes(of_paper, ".html").decode(), "html.parser")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_notes_and_contents_lead_there_and_back(language: Language) -> None:
    shown = page(paper(language))
    anchors = [tag["id"] for tag in shown.find_all(id=True)]
    assert len(anchors) == len(set(anchors))
    links = [tag["href"] for tag in shown.find_all("a")]
    assert {link.removeprefix("#") for link in links} <= set(anchors)
    assert links.count("#note-1") == 3
    assert [note.get_text().split(" ↩")[0] for note in shown.select(".notes li")] == list(NOTES[language])
    assert [entry.get_text() for entry in shown.select("nav a")] == list(PARTS[language])
    assert shown.title.get_text() == shown.h1.get_text() == TITLES[language]


def test_languages_are_named_where_they_change() -> None:
    shown = page(paper("en"))
    assert shown.html["lang"] == "en"
    assert [quote.get("lang") for quote in shown.find_all("blockquote")] == ["zh-CN", None]


def test_items_that_follow_each_other_are_one_list() -> None:
    assert [item.get_text() for item in page(paper("zh")).select("main > ul > li")] == ["苏州\n无锡", "常州"]


def test_its_policy_allows_this_style_sheet_and_nothing_else() -> None:
    shown = page(paper_of_texts(*HOSTILE))
    policy = shown.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    style = base64.b64encode(hashlib.sha256(shown.style.string.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    assert not re.search(r"url\(|@import|https?:", shown.style.string)
    assert not shown.find_all(["script", "img", "link", "iframe", "svg", "form", "base"])


def test_hostile_text_stays_text() -> None:
    shown = page(paper_of_texts(*HOSTILE))
    assert all(link["href"].startswith("#") for link in shown.find_all("a"))
    assert not [name for tag in shown.find_all(True) for name in tag.attrs if name.startswith("on") or name == "style"]
    assert [quote.get_text() for quote in shown.find_all("blockquote")] == list(HOSTILE)
