"""The Markdown writer: its markup works, and no text is read as markup."""

import re

from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.ui.documents.papers import CHINESE, HOSTILE, paper, paper_of_texts
from ui.documents.paper import Paper, PaperTable, Paragraph, TextRun
from ui.documents.write import render_bytes


def render_text(source_paper: Paper) -> str:
    return render_bytes(source_paper, ".md").decode()


def render_page(source_paper: Paper) -> BeautifulSoup:
    """The HTML of a CommonMark reader with tables, raw HTML allowed."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return BeautifulSoup(reader.render(render_text(source_paper)), "html.parser")


def test_headings_tables_quotes_and_lists_are_those_of_the_paper() -> None:
    html = render_page(paper("en"))
    assert [(tag.name, tag.get_text()) for tag in html.find_all(re.compile("h[1-6]"))][1:3] == [
        ("h2", "Industrial clusters"), ("h3", "What was the output of the four clusters in 2022?")]
    assert [cell.get_text() for cell in html.find_all("td")] == ["12[^1]", "2022", "16", "2023"]
    assert len(html.find_all("blockquote")) == 2
    assert [item.get_text() for item in html.find_all("ul", recursive=False)[-1].find_all("li")] == ["苏州\n无锡", "常州"]


def test_every_cited_note_is_there_once() -> None:
    markdown = render_text(paper("zh"))
    assert set(re.findall(r"\[\^(\d+)\](?!:)", markdown)) == {"1", "2"}
    assert set(re.findall(r"^\[\^(\d+)\]:", markdown, re.M)) == {"1", "2"}


def test_contents_link_to_headings_as_github_names_them() -> None:
    assert "- [一、产业集群](#一产业集群)\n  - [四大集群2022年产值多少？](#四大集群2022年产值多少)" in render_text(paper("zh"))


def test_emphasis_works_between_chinese_characters() -> None:
    paragraph = Paragraph((TextRun("产值"), TextRun("“3.8万亿元”。", "strong"), TextRun("另有")),)
    html = render_page(Paper("t", "zh", blocks=(paragraph,)))
    assert html.strong.get_text() == "3.8万亿元"
    assert html.p.get_text() == "产值“3.8万亿元”。另有"


def test_a_doubtful_figure_is_marked_with_a_question_mark() -> None:
    assert "4.1 (?)" in render_text(paper("en"))


def test_hostile_text_stays_text() -> None:
    html = render_page(paper_of_texts(*HOSTILE))
    assert {tag.name for tag in html.find_all(True)} <= {
        "h1", "h3", "p", "blockquote", "ul", "li", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    assert [quote.get_text().strip() for quote in html.find_all("blockquote")] == list(HOSTILE)


def test_a_note_of_one_word_is_not_a_link_in_readers_without_footnotes() -> None:
    for word in ("javascript:alert(1)", 'https://evil.example "title"', "年份"):
        assert not render_page(paper_of_texts(word)).find_all("a")


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="#*_`~[]()!<>|\\&;:=+-.0 1\nab汉“。$@/", max_size=40))
def test_any_text_is_one_paragraph_of_itself(any_text: str) -> None:
    blocks = (Paragraph((TextRun(any_text),), "body"), PaperTable(("h",), (((TextRun(any_text),),),)))
    html = render_page(Paper("t", "en", blocks=blocks))
    without_spaces = "".join(any_text.split())
    assert {tag.name for tag in html.find_all(True)} <= {"h1", "p", "br", "table", "thead", "tbody", "tr", "th", "td"}
    assert "".join("".join(tag.get_text().split()) for tag in html.find_all("p")) == without_spaces
    assert "".join(html.td.get_text().split()) == without_spaces


def test_two_emphasised_runs_next_to_each_other_stay_readable() -> None:
    html = render_page(Paper("t", "zh", blocks=(Paragraph((TextRun(CHINESE, "strong"), TextRun("甲", "emphasis"))),)))
    assert "*" not in html.p.get_text()
