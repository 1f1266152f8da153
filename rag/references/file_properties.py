"""The properties of a file become what it says of itself; what programs and machines leave there does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rag.references.imprint import iso_date

_LONGEST = 300  # characters of a property
_OPENING, _CLOSING = 3_000, 1_000  # characters of a document where its author is named


def in_print(title: str, author: str, text: str) -> dict[str, str]:
    """Title and author of a PDF, as far as its own opening or end has them too.

    Such properties are a program's more often than not: `Microsoft Word - 终稿3.doc`, the last document made from the same
    template, the name of a computer. The day on which a file was made is no date of publication, and is not taken.
    """
    seen = _squeezed(text[:_OPENING] + text[-_CLOSING:])
    names = [name for name in re.split(r"[;；,，、]", author) if name.strip()]
    stands = bool(names) and all(_squeezed(name) in seen for name in names)
    return _kept({"title": title if _squeezed(title) in seen else "", "author": author if stands else ""})


def in_word_file(title: str, author: str, text: str) -> dict[str, str]:
    """Title and author of a Word file: a title is written by hand; an author is whoever's computer it was, unless the text names them."""
    return _kept({"title": title}) | {key: told for key, told in in_print("", author, text).items() if key == "author"}


def in_page(markup: str) -> dict[str, str]:
    """What the head of a page says in the metadata of Highwire (`citation_…`), Dublin Core, Open Graph and Chinese government sites."""
    from bs4 import BeautifulSoup  # with lxml under it
    from bs4.filter import SoupStrainer

    head = re.split(r"</head\s*>", markup[:_HEAD], maxsplit=1, flags=re.I)[0]
    said: dict[str, list[str]] = {}
    for tag in BeautifulSoup(head, "lxml", parse_only=SoupStrainer(["meta", "link"])).find_all(["meta", "link"]):
        is_link = "canonical" in (tag.get("rel") or [])
        name = "canonical" if is_link else str(tag.get("name") or tag.get("property") or "").lower()
        if value := _one_line(str(tag.get("href" if is_link else "content") or "")):
            said.setdefault(name, []).append(value)
    stated = {key: _first(said, names) for key, names in _META.items()}
    stated["author"] = "; ".join(name for name in next((said[key] for key in _CREATOR if key in said), []) if not _AUTHOR.fullmatch(name))
    return _kept(stated | {
        "date": iso_date(stated["date"]), "kind": next((kind for key, kind in _KINDS.items() if key in said), "") or _web(stated["url"]),
        "pages": "-".join(value for key in ("citation_firstpage", "citation_lastpage") for value in said.get(key, [])[:1])})


_HEAD = 200_000  # characters of a page in which its head is looked for
_META = {
    "title": ("citation_title", "articletitle", "dc.title", "dcterms.title"),
    "date": ("citation_publication_date", "citation_date", "citation_online_date", "article:published_time", "pubdate", "publishdate",
             "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "date"),
    "container": ("citation_journal_title", "citation_conference_title", "citation_inbook_title"),
    "publisher": ("citation_publisher", "citation_dissertation_institution", "citation_technical_report_institution", "dc.publisher",
                  "dcterms.publisher", "sitename", "og:site_name"),
    "volume": ("citation_volume",), "issue": ("citation_issue",),
    "number": ("citation_technical_report_number", "citation_patent_number"),
    "url": ("citation_doi", "canonical", "og:url", "citation_public_url", "citation_abstract_html_url"),
}
_CREATOR = ("citation_author", "citation_authors", "dc.creator", "dcterms.creator", "author", "article:author")
_KINDS = {
    "citation_journal_title": "journal article", "citation_conference_title": "conference paper", "citation_inbook_title": "chapter",
    "citation_dissertation_institution": "thesis", "citation_technical_report_institution": "report", "citation_patent_number": "patent"}


def _first(said: Mapping[str, list[str]], names: Iterable[str]) -> str:
    return next((said[name][0] for name in names if name in said), "")


def _web(url: str) -> str:
    return "web" if _URL.match(url) else ""


def _one_line(text: str) -> str:
    return " ".join(text[: 9 * _LONGEST].split())


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _kept(stated: Mapping[str, str]) -> dict[str, str]:
    """What is stated, in one line each, without what only fills a field."""
    lines = {key: _one_line(value) for key, value in stated.items()}
    empty = {"title": _TITLE, "author": _AUTHOR}
    return {key: line for key, line in lines.items()
            if line and len(line) <= _LONGEST and not (key in empty and empty[key].fullmatch(line)) and (key != "url" or _URL.match(line))}


_URL = re.compile(r"https?://[^\s<>\"]+$|(?:doi:\s*)?10\.[0-9]{4,9}/\S+$", re.I)
_TITLE = re.compile(
    r"microsoft (?:word|powerpoint|excel)\b.*|(?:untitled|无标题|未命名|新建).*|(?:word |powerpoint )?"
    r"(?:document|presentation|doc|文档|演示文稿|幻灯片|工作簿|slide|title|标题)[ _-]*\d*"
    r"|.*\.(?:docx?|pdf|wps|pptx?|xlsx?|html?|tex|dvi|rtf|txt|indd|qxd|p65|cdr)|\W*", re.I)
_AUTHOR = re.compile(
    r"admin(?:istrator)?s?\d*|(?:microsoft|ms|windows)(?: office)? ?(?:user|用户)?|微软(?:用户|中国)?|用户|作者|匿名|佚名|未知|管理员"
    r"|(?:责任)?编辑|小编|(?:user|owner|author|guest|root|test|default|xp|mac|unknown|anonymous|none|null|webmaster|editor|staff)[ _-]?\d*"
    r"|(?:dell|hp|lenovo|asus|acer|thinkpad|apple|china|pc)(?:[ _-]?(?:pc|user|\d+))?|python-docx|openpyxl|pandoc|calibre|wps(?: office)?"
    r"|雨林木风|番茄花园|深度(?:技术|联盟)|\S+@\S+|(?:https?://|www\.)\S+|\S+\.(?:com|cn|org|net)|[\W\d_]*", re.I)
