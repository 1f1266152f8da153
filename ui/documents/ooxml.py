"""Parts of a Word file that python-docx has no call for: elements, fields, real footnotes, bullets, a package without a clock."""

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

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_BREAKS = re.compile("([\n\t])")


def tag(name: str, /, *children: Element, **values: object) -> Element:
    """An element of Word's main namespace: `tag("jc", val="center")` → `<w:jc w:val="center"/>`."""
    element = cast(Element, OxmlElement(f"w:{name}"))
    for key, value in values.items():
        element.set(qn(f"w:{key}"), str(value))
    element.extend(children)
    return element


def text_element(name: str, text: str) -> Element:
    """An element that holds text, its spaces kept."""
    element = tag(name)
    element.text = text
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element


def run_element(text: str, language: Language, *properties: Element, style: str = "") -> Element:
    """A stretch of text. In Chinese, signs that both scripts share (“ ” …) are set in the Chinese font, and so are wide."""
    first = [tag("rStyle", val=style)] if style else []
    if language == "zh":
        look = [tag("rFonts", hint="eastAsia"), *properties, tag("lang", eastAsia="zh-CN")]
    else:
        look = [*properties, tag("lang", val="en-US")]
    inner = [tag("br") if piece == "\n" else tag("tab") if piece == "\t" else text_element("t", piece)
             for piece in _BREAKS.split(text) if piece]
    return tag("r", tag("rPr", *first, *look), *inner)


def field_elements(code: str, content: Iterable[Element] = ()) -> list[Element]:
    """A field with what it shows until it is next worked out."""
    begin, middle, end = (tag("r", tag("fldChar", fldCharType=kind)) for kind in ("begin", "separate", "end"))
    return [begin, tag("r", text_element("instrText", f" {code} ")), middle, *content, end]


def bookmark_elements(number: int, name: str, inner: Iterable[Element]) -> list[Element]:
    """Elements between the two ends of a bookmark."""
    return [tag("bookmarkStart", id=number, name=name), *inner, tag("bookmarkEnd", id=number)]


class Footnotes:
    """The footnotes of a document, after those that a template brings."""

    def __init__(self, document: Document) -> None:
        self._document = document
        related = [rel.target_part for rel in document.part.rels.values() if rel.reltype == RELATIONSHIP_TYPE.FOOTNOTES]
        self._part = related[0] if related else self._create_part()
        self._root = parse_xml(self._part.blob)
        self._next_id = max([int(note.get(qn("w:id"))) for note in self._root], default=0) + 1
        self.existing_count = sum(1 for _ in document.element.iter(qn("w:footnoteReference")))  # what the first of ours is counted after

    def add(self, paragraph: Element) -> int:
        """The id by which a reference in the text points to a footnote that holds the paragraph."""
        number, self._next_id = self._next_id, self._next_id + 1
        self._root.append(tag("footnote", paragraph, id=number))
        return number

    def save(self) -> None:
        """Into the package."""
        self._part._blob = serialize_part_xml(self._root)

    def _create_part(self) -> Part:
        """A part with the two rules between text and footnotes that Word insists on, and the settings that name them."""
        separators = [
            tag("footnote", tag("p", tag("pPr", tag("spacing", after=0, line=240, lineRule="auto")), tag("r", tag(kind))), type=kind, id=at)
            for at, kind in ((-1, "separator"), (0, "continuationSeparator"))]
        root = parse_xml(f"<w:footnotes {nsdecls('w', 'r')}/>")
        root.extend(separators)
        part = Part(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, serialize_part_xml(root), self._document.part.package)
        self._document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
        settings = self._document.settings.element
        for old in settings.findall(qn("w:footnotePr")):
            settings.remove(old)
        settings.insert_element_before(
            tag("footnotePr", tag("footnote", id=-1), tag("footnote", id=0)),
            *(f"w:{name}" for name in ("endnotePr", "compat", "docVars", "rsids", "attachedSchema", "themeFontLang", "clrSchemeMapping",
                                       "shapeDefaults", "decimalSymbol", "listSeparator")))
        return part


def add_bullet_list(document: Document) -> int:
    """The number of a list with bullets, added to those of the document."""
    relations = document.part.rels.values()
    if not any(rel.reltype == RELATIONSHIP_TYPE.NUMBERING for rel in relations):
        root = parse_xml(f"<w:numbering {nsdecls('w')}/>")
        made = NumberingPart(PackURI("/word/numbering.xml"), CONTENT_TYPE.WML_NUMBERING, root, document.part.package)
        document.part.relate_to(made, RELATIONSHIP_TYPE.NUMBERING)
    lists = document.part.numbering_part.element
    kinds = lists.findall(qn("w:abstractNum"))
    kind = max([int(one.get(qn("w:abstractNumId"))) for one in kinds], default=-1) + 1
    number = max([int(one.get(qn("w:numId"))) for one in lists.findall(qn("w:num"))], default=0) + 1
    level = tag("lvl", tag("start", val=1), tag("numFmt", val="bullet"), tag("lvlText", val="•"), tag("lvlJc", val="left"),
                tag("rPr", tag("rFonts", ascii="Times New Roman", hAnsi="Times New Roman", eastAsia="Times New Roman")), ilvl=0)
    abstract = tag("abstractNum", tag("multiLevelType", val="hybridMultilevel"), level, abstractNumId=kind)
    lists.insert(lists.index(kinds[-1]) + 1 if kinds else 0, abstract)  # the schema wants kinds before numbers
    lists.append(tag("num", tag("abstractNumId", val=kind), numId=number))
    return number


def strip_timestamps(package: bytes) -> bytes:
    """The same zip without the clock, so that the same content is the same bytes."""
    out = BytesIO()
    with ZipFile(BytesIO(package)) as old, ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(ZipInfo(name, _EPOCH), old.read(name), ZIP_DEFLATED)
    return out.getvalue()
