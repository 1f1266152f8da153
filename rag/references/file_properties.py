"""The properties of a file become what it says of itself; what programs and machines leave there does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rag.references.imprint import iso_date

_MAX_PROPERTY_LENGTH = 300  # characters of a property
_OPENING_LENGTH, _CLOSING_LENGTH = 3_000, 1_000  # characters of a document where its author is named


def pdf_properties(title: str, author: str, text: str) -> dict[str, str]:
    """Title and author of a PDF, as far as its own opening or end has them too.

    Such properties are a program's more often than not: `Microsoft Word - 终稿3.doc`, the last document made from the same
    template, the name of a computer. The day on which a file was made is no date of publication, and is not taken.
    """
    seen = _comparable_text(text[:_OPENING_LENGTH] + text[-_CLOSING_LENGTH:])
    names = [name for name in re.split(r"[;；,，、]", author) if name.strip()]
    stands = bool(names) and all(_comparable_text(name) in seen for name in names)
    return _drop_placeholders({"title": title if _comparable_text(title) in seen else "", "author": author if stands else ""})


def word_properties(title: str, author: str, text: str) -> dict[str, str]:
    """Title and author of a Word file: a title is written by hand; an author is whoever's computer it was, unless the text names them."""
    return _drop_placeholders({"title": title}) | {key: told for key, told in pdf_properties("", author, text).items() if key == "author"}


def html_properties(markup: str) -> dict[str, str]:
    """What the head of a page says in the metadata of Highwire (`citation_…`), Dublin Core, Open Graph and Chinese government sites."""
    from bs4 import BeautifulSoup  # with lxml under it
    from bs4.filter import SoupStrainer

    head = re.split(r"</head\s*>", markup[:_HEAD_LENGTH], maxsplit=1, flags=re.I)[0]
    said: dict[str, list[str]] = {}
    for tag in BeautifulSoup(head, "lxml", parse_only=SoupStrainer(["meta", "link"])).find_all(["meta", "link"]):
        is_link = "canonical" in (tag.get("rel") or [])
        name = "canonical" if is_link else str(tag.get("name") or tag.get("property") or "").lower()
        if value := _collapse_whitespace(str(tag.get("href" if is_link else "content") or "")):
            said.setdefault(name, []).append(value)
    stated = {key: _first_value(said, names) for key, names in _META_NAMES.items()}
    stated["author"] = "; ".join(name for name in next((said[key] for key in _CREATOR_NAMES if key in said), []) if not _PLACEHOLDER_AUTHOR.fullmatch(name))
    return _drop_placeholders(stated | {
        "date": iso_date(stated["date"]), "kind": next((kind for key, kind in _KIND_BY_META.items() if key in said), "") or _web_kind(stated["url"]),
        "pages": "-".join(value for key in ("citation_firstpage", "citation_lastpage") for value in said.get(key, [])[:1])})


_HEAD_LENGTH = 200_000  # characters of a page in which its head is looked for
_META_NAMES = {
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
_CREATOR_NAMES = ("citation_author", "citation_authors", "dc.creator", "dcterms.creator", "author", "article:author")
_KIND_BY_META = {
    "citation_journal_title": "journal article", "citation_conference_title": "conference paper", "citation_inbook_title": "chapter",
    "citation_dissertation_institution": "thesis", "citation_technical_report_institution": "report", "citation_patent_number": "patent"}


def _first_value(values: Mapping[str, list[str]], names: Iterable[str]) -> str:
    return next((values[name][0] for name in names if name in values), "")


def _web_kind(url: str) -> str:
    return "web" if _URL.match(url) else ""


def _collapse_whitespace(text: str) -> str:
    return " ".join(text[: 9 * _MAX_PROPERTY_LENGTH].split())


def _comparable_text(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _drop_placeholders(properties: Mapping[str, str]) -> dict[str, str]:
    """What is stated, in one line each, without what only fills a field."""
    lines = {key: _collapse_whitespace(value) for key, value in properties.items()}
    empty = {"title": _PLACEHOLDER_TITLE, "author": _PLACEHOLDER_AUTHOR}
    return {key: line for key, line in lines.items()
            if line and len(line) <= _MAX_PROPERTY_LENGTH and not (key in empty and empty[key].fullmatch(line)) and (key != "url" or _URL.match(line))}


_URL = re.compile(r"https?://[^\s<>\"]+$|(?:doi:\s*)?10\.[0-9]{4,9}/\S+$", re.I)
_PLACEHOLDER_TITLE = re.compile(
    r"microsoft (?:word|powerpoint|excel)\b.*|(?:untitled|无标题|未命名|新建).*|(?:word |powerpoint )?"
    r"(?:document|presentation|doc|文档|演示文稿|幻灯片|工作簿|slide|title|标题)[ _-]*\d*"
    r"|.*\.(?:docx?|pdf|wps|pptx?|xlsx?|html?|tex|dvi|rtf|txt|indd|qxd|p65|cdr)|\W*", re.I)
_PLACEHOLDER_AUTHOR = re.compile(
    r"admin(?:istrator)?s?\d*|(?:microsoft|ms|windows)(?: office)? ?(?:user|用户)?|微软(?:用户|中国)?|用户|作者|匿名|佚名|未知|管理员"
    r"|(?:责任)?编辑|小编|(?:user|owner|author|guest|root|test|default|xp|mac|unknown|anonymous|none|null|webmaster|editor|staff)[ _-]?\d*"
    r"|(?:dell|hp|lenovo|asus|acer|thinkpad|apple|china|pc)(?:[ _-]?(?:pc|user|\d+))?|python-docx|openpyxl|pandoc|calibre|wps(?: office)?"
    r"|雨林木风|番茄花园|深度(?:技术|联盟)|\S+@\S+|(?:https?://|www\.)\S+|\S+\.(?:com|cn|org|net)|[\W\d_]*", re.I)
