"""File properties: title, author and other metadata stored in a PDF, a Word file or a web page.

Values that programs and computers write there (`Microsoft Word - 终稿3.doc`, `Administrator`) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rag.references.imprint import iso_date

_MAX_PROPERTY_LENGTH = 300  # characters of a property
_OPENING_LENGTH, _CLOSING_LENGTH = 3_000, 1_000  # characters of a document where its author is named


def pdf_properties(title: str, author: str, text: str) -> dict[str, str]:
    """Title and author of a PDF, if the beginning or the end of its text confirms them.

    Such properties often come from a program: `Microsoft Word - 终稿3.doc`, the last document of the same template, the
    name of a computer. The date on which a file was made is not its date of publication, and is not used.
    """
    confirming_text = _comparable_text(text[:_OPENING_LENGTH] + text[-_CLOSING_LENGTH:])
    names = [name for name in re.split(r"[;；,，、]", author) if name.strip()]
    has_title = _comparable_text(title) in confirming_text
    has_author = bool(names) and all(_comparable_text(name) in confirming_text for name in names)
    return _drop_placeholders({"title": title if has_title else "", "author": author if has_author else ""})


def word_properties(title: str, author: str, text: str) -> dict[str, str]:
    """Title and author of a Word file; the author, which may be the computer's owner, only if the text confirms it."""
    return _drop_placeholders({"title": title}) | pdf_properties("", author, text)


def html_properties(markup: str) -> dict[str, str]:
    """The metadata in the head of a web page.

    The names are those of Highwire (`citation_…`), Dublin Core, Open Graph and Chinese government sites.
    """
    values = _meta_values(markup)
    properties = {key: _first_value(values, names) for key, names in _META_NAMES.items()}
    properties["author"] = "; ".join(_creators(values))
    properties["date"] = iso_date(properties["date"])
    properties["kind"] = _meta_kind(values) or _web_kind(properties["url"])
    pages = [_first_value(values, [name]) for name in ("citation_firstpage", "citation_lastpage")]
    properties["pages"] = "-".join(page for page in pages if page)
    return _drop_placeholders(properties)


def _meta_values(markup: str) -> dict[str, list[str]]:
    """The values of the `meta` elements by their name in lower case, and the canonical address."""
    from bs4 import BeautifulSoup  # heavy: it loads lxml
    from bs4.filter import SoupStrainer

    head = re.split(r"</head\s*>", markup[:_HEAD_LENGTH], maxsplit=1, flags=re.I)[0]
    elements = BeautifulSoup(head, "lxml", parse_only=SoupStrainer(["meta", "link"]))
    values: dict[str, list[str]] = {}
    for tag in elements.find_all(["meta", "link"]):
        is_link = "canonical" in (tag.get("rel") or [])
        name = "canonical" if is_link else str(tag.get("name") or tag.get("property") or "").lower()
        if value := _collapse_whitespace(str(tag.get("href" if is_link else "content") or "")):
            values.setdefault(name, []).append(value)
    return values


def _creators(values: Mapping[str, list[str]]) -> list[str]:
    """The authors in the first metadata scheme that names any, without placeholders."""
    for name in _CREATOR_NAMES:
        if name in values:
            return [creator for creator in values[name] if not _PLACEHOLDER_AUTHOR.fullmatch(creator)]
    return []


def _meta_kind(values: Mapping[str, list[str]]) -> str:
    for name, kind in _KIND_BY_META.items():
        if name in values:
            return kind
    return ""


_HEAD_LENGTH = 200_000  # characters; the head of a page is not longer
_META_NAMES = {
    "title": ("citation_title", "articletitle", "dc.title", "dcterms.title"),
    "date": (
        "citation_publication_date", "citation_date", "citation_online_date", "article:published_time", "pubdate",
        "publishdate", "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "date"),
    "container": ("citation_journal_title", "citation_conference_title", "citation_inbook_title"),
    "publisher": (
        "citation_publisher", "citation_dissertation_institution", "citation_technical_report_institution",
        "dc.publisher", "dcterms.publisher", "sitename", "og:site_name"),
    "volume": ("citation_volume",),
    "issue": ("citation_issue",),
    "number": ("citation_technical_report_number", "citation_patent_number"),
    "url": ("citation_doi", "canonical", "og:url", "citation_public_url", "citation_abstract_html_url"),
}
_CREATOR_NAMES = ("citation_author", "citation_authors", "dc.creator", "dcterms.creator", "author", "article:author")
_KIND_BY_META = {
    "citation_journal_title": "journal article",
    "citation_conference_title": "conference paper",
    "citation_inbook_title": "chapter",
    "citation_dissertation_institution": "thesis",
    "citation_technical_report_institution": "report",
    "citation_patent_number": "patent",
}


def _first_value(values: Mapping[str, list[str]], names: Iterable[str]) -> str:
    for name in names:
        if name in values:
            return values[name][0]
    return ""


def _web_kind(url: str) -> str:
    return "web" if _URL.match(url) else ""


def _collapse_whitespace(text: str) -> str:
    return " ".join(text[: 9 * _MAX_PROPERTY_LENGTH].split())


def _comparable_text(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _drop_placeholders(properties: Mapping[str, str]) -> dict[str, str]:
    """Each property in one line, without placeholders, values that are too long, and invalid web addresses."""
    lines = {key: _collapse_whitespace(value) for key, value in properties.items()}
    return {key: line for key, line in lines.items() if _is_property(key, line)}


def _is_property(key: str, line: str) -> bool:
    if not line or len(line) > _MAX_PROPERTY_LENGTH:
        return False
    if key == "url":
        return _URL.match(line) is not None
    placeholder = {"title": _PLACEHOLDER_TITLE, "author": _PLACEHOLDER_AUTHOR}.get(key)
    return placeholder is None or not placeholder.fullmatch(line)


_URL = re.compile(r"https?://[^\s<>\"]+$|(?:doi:\s*)?10\.[0-9]{4,9}/\S+$", re.I)
_PLACEHOLDER_TITLE = re.compile(
    r"microsoft (?:word|powerpoint|excel)\b.*|(?:untitled|无标题|未命名|新建).*|(?:word |powerpoint )?"
    r"(?:document|presentation|doc|文档|演示文稿|幻灯片|工作簿|slide|title|标题)[ _-]*\d*"
    r"|.*\.(?:docx?|pdf|wps|pptx?|xlsx?|html?|tex|dvi|rtf|txt|indd|qxd|p65|cdr)|\W*", re.I)
_PLACEHOLDER_AUTHOR = re.compile(
    r"admin(?:istrator)?s?\d*|(?:microsoft|ms|windows)(?: office)? ?(?:user|用户)?"
    r"|微软(?:用户|中国)?|用户|作者|匿名|佚名|未知|管理员|(?:责任)?编辑|小编"
    r"|(?:user|owner|author|guest|root|test|default|xp|mac|unknown|anonymous|none|null|webmaster|editor|staff)[ _-]?\d*"
    r"|(?:dell|hp|lenovo|asus|acer|thinkpad|apple|china|pc)(?:[ _-]?(?:pc|user|\d+))?"
    r"|python-docx|openpyxl|pandoc|calibre|wps(?: office)?"
    r"|雨林木风|番茄花园|深度(?:技术|联盟)|\S+@\S+|(?:https?://|www\.)\S+|\S+\.(?:com|cn|org|net)|[\W\d_]*", re.I)
