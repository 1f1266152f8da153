"""OOXML parts that python-docx cannot make: elements, fields, footnotes, bullet lists, a package without timestamps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO
from typing import cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx.document import Document
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element
from docx.parts.numbering import NumberingPart

from rag.schema import Language

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date of the zip format
_BREAKS = re.compile("([\n\t])")


def tag(name: str, /, *children: Element, **values: object) -> Element:
    """An element of Word's main namespace: `tag("jc", val="center")` → `<w:jc w:val="center"/>`."""
    element = cast(Element, OxmlElement(f"w:{name}"))
    for key, value in values.items():
        element.set(qn(f"w:{key}"), str(value))
    element.extend(children)
    return element


def text_element(name: str, text: str) -> Element:
    """An element with text; its spaces are preserved."""
    element = tag(name)
    element.text = text
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element


def run_element(text: str, language: Language, *properties: Element, style: str = "") -> Element:
    """A text run. In Chinese, punctuation of both scripts (“ ” …) is set in the Chinese font, which makes it wide."""
    first = [tag("rStyle", val=style)] if style else []
    if language == "zh":
        look = [tag("rFonts", hint="eastAsia"), *properties, tag("lang", eastAsia="zh-CN")]
    else:
        look = [*properties, tag("lang", val="en-US")]
    parts = [_text_part(part) for part in _BREAKS.split(text) if part]
    return tag("r", tag("rPr", *first, *look), *parts)


def _text_part(part: str) -> Element:
    if part == "\n":
        return tag("br")
    if part == "\t":
        return tag("tab")
    return text_element("t", part)


def field_elements(code: str, content: Iterable[Element] = ()) -> list[Element]:
    """A field; `content` is what it shows until Word updates it."""
    begin, middle, end = (tag("r", tag("fldChar", fldCharType=kind)) for kind in ("begin", "separate", "end"))
    return [begin, tag("r", text_element("instrText", f" {code} ")), middle, *content, end]


def bookmark_elements(number: int, name: str, inner: Iterable[Element]) -> list[Element]:
    """Elements between the start and the end of a bookmark."""
    return [tag("bookmarkStart", id=number, name=name), *inner, tag("bookmarkEnd", id=number)]


class Footnotes:
    """The footnotes of a document; new ones follow those of the template."""

    def __init__(self, document: Document) -> None:
        self._document = document
        relations = document.part.rels.values()
        related = [rel.target_part for rel in relations if rel.reltype == RELATIONSHIP_TYPE.FOOTNOTES]
        self._part = related[0] if related else self._create_part()
        self._root = parse_xml(self._part.blob)
        self._next_id = max([int(note.get(qn("w:id"))) for note in self._root], default=0) + 1
        # footnotes of the template, which are before ours
        self.existing_count = sum(1 for _ in document.element.iter(qn("w:footnoteReference")))

    def add(self, paragraph: Element) -> int:
        """Add a footnote with this paragraph; returns the id for references to it."""
        number, self._next_id = self._next_id, self._next_id + 1
        self._root.append(tag("footnote", paragraph, id=number))
        return number

    def save(self) -> None:
        """Write the footnotes into the package."""
        self._part._blob = serialize_part_xml(self._root)

    def _create_part(self) -> Part:
        """A new part with the two separators between text and footnotes that Word requires, and their settings."""
        root = parse_xml(f"<w:footnotes {nsdecls('w', 'r')}/>")
        for number, kind in ((-1, "separator"), (0, "continuationSeparator")):
            spacing = tag("spacing", after=0, line=240, lineRule="auto")
            root.append(tag("footnote", tag("p", tag("pPr", spacing), tag("r", tag(kind))), type=kind, id=number))
        package = self._document.part.package
        part = Part(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, serialize_part_xml(root), package)
        self._document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
        settings = self._document.settings.element
        for old in settings.findall(qn("w:footnotePr")):
            settings.remove(old)
        settings.insert_element_before(
            tag("footnotePr", tag("footnote", id=-1), tag("footnote", id=0)),
            *(f"w:{name}" for name in _SETTINGS_AFTER_FOOTNOTES))
        return part


# elements of the settings that follow the footnotes in the order of the schema
_SETTINGS_AFTER_FOOTNOTES = (
    "endnotePr", "compat", "docVars", "rsids", "attachedSchema", "themeFontLang", "clrSchemeMapping", "shapeDefaults",
    "decimalSymbol", "listSeparator")


def add_bullet_list(document: Document) -> int:
    """Add a bullet list to the document; returns its number."""
    relations = document.part.rels.values()
    if not any(rel.reltype == RELATIONSHIP_TYPE.NUMBERING for rel in relations):
        root = parse_xml(f"<w:numbering {nsdecls('w')}/>")
        package = document.part.package
        part = NumberingPart(PackURI("/word/numbering.xml"), CONTENT_TYPE.WML_NUMBERING, root, package)
        document.part.relate_to(part, RELATIONSHIP_TYPE.NUMBERING)
    numbering = document.part.numbering_part.element
    definitions = numbering.findall(qn("w:abstractNum"))
    definition_id = max([int(one.get(qn("w:abstractNumId"))) for one in definitions], default=-1) + 1
    number = max([int(one.get(qn("w:numId"))) for one in numbering.findall(qn("w:num"))], default=0) + 1
    font = tag("rFonts", ascii="Times New Roman", hAnsi="Times New Roman", eastAsia="Times New Roman")
    level = tag(
        "lvl", tag("start", val=1), tag("numFmt", val="bullet"), tag("lvlText", val="•"), tag("lvlJc", val="left"),
        tag("rPr", font), ilvl=0)
    definition = tag("abstractNum", tag("multiLevelType", val="hybridMultilevel"), level, abstractNumId=definition_id)
    # the schema requires definitions before numbers
    numbering.insert(numbering.index(definitions[-1]) + 1 if definitions else 0, definition)
    numbering.append(tag("num", tag("abstractNumId", val=definition_id), numId=number))
    return number


def strip_timestamps(package: bytes) -> bytes:
    """The same zip with one fixed date, so that the same content gives the same bytes."""
    out = BytesIO()
    with ZipFile(BytesIO(package)) as old, ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(ZipInfo(name, _EPOCH), old.read(name), ZIP_DEFLATED)
    return out.getvalue()
