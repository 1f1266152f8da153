"""How a Word document looks in each language, and how its styles are found in a house template or added to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from rag.schema import Language
from ui.documents.ooxml import bullets, tag

Face = Literal["song", "fang", "hei", "kai"]
Align = Literal["left", "center", "both"]

# Latin beside Chinese. The conventions of 公文 have 仿宋 for text, 黑体 and 楷体 for headings, 小标宋 for the title; the last
# is on few machines, so the title is 宋体 in bold.
_FACES: dict[Face, tuple[str, str]] = {
    "song": ("Times New Roman", "宋体"), "fang": ("Times New Roman", "仿宋"),
    "hei": ("Arial", "黑体"), "kai": ("Times New Roman", "楷体")}


@dataclass(frozen=True)
class Look:
    """One paragraph style. Sizes and spaces are points; indents count characters."""

    name: str
    face: Face = "fang"
    size: float = 12
    line: float = 0  # exactly this high; 0: as high as the text wants
    bold: bool = False
    align: Align = "both"
    before: float = 0
    after: float = 0
    first: float = 0  # negative: the lines after the first are indented
    left: float = 0
    level: int = 0  # of a heading
    keeps: bool = False  # with the next paragraph
    rule: Literal["", "left", "bottom"] = ""
    color: str = ""
    also: tuple[str, ...] = field(default=())  # its names in Chinese templates


_NAMES = {
    "Title": ("标题",), "heading 1": ("标题 1", "标题1"), "heading 2": ("标题 2", "标题2"), "heading 3": ("标题 3", "标题3"),
    "List Bullet": ("列表项目符号", "项目符号"), "Quote": ("引用",), "caption": ("题注",), "footnote text": ("脚注文本",),
    "TOC Heading": ("目录标题", "TOC 标题"), "toc 1": ("目录 1",), "toc 2": ("目录 2",), "toc 3": ("目录 3",),
    "header": ("页眉",), "footer": ("页脚",)}
_SOFT = "595959"  # still 7 : 1 on white

_CHINESE = (
    Look("Normal", size=16, line=28),
    Look("Body Text", size=16, line=28, first=2),
    Look("Title", "song", 22, 36, bold=True, align="center", after=16),
    Look("Lead", "kai", 14, 24, color=_SOFT),
    Look("heading 1", "hei", 16, 28, align="left", before=14, after=4, level=1, keeps=True),
    Look("heading 2", "kai", 16, 28, bold=True, align="left", before=8, after=2, level=2, keeps=True),
    Look("heading 3", "fang", 16, 28, bold=True, align="left", before=6, level=3, keeps=True),
    Look("List Bullet", size=16, line=28, left=1.5, first=-1.5),
    Look("Quote", "kai", 14, 24, before=4, after=4, left=2, rule="left"),
    Look("Reference", "song", 12, 20, align="left", after=3, left=2, first=-2),
    Look("Aside", "kai", 12, 20, before=2, after=6, color=_SOFT),
    Look("caption", "hei", 12, 20, align="center", before=10, after=5, keeps=True),
    Look("Table Heading", "hei", 12, 18, align="left", before=3, after=3),
    Look("Table Text", "fang", 12, 18, align="left", before=3, after=3),
    Look("Column Text", "fang", 12, 20, after=4),
    Look("Column Quote", "kai", 12, 20, before=2, after=4, left=1, rule="left"),
    Look("Column Bullet", "fang", 12, 20, left=1.5, first=-1.5),
    Look("footnote text", "song", 9, align="both", after=1),
    Look("header", "kai", 10.5, align="center", rule="bottom"),
    Look("footer", "song", 12, align="center"),
    Look("TOC Heading", "hei", 16, 28, align="center", before=10, after=6, keeps=True),
    Look("toc 1", "fang", 14, 24, align="left"),
    Look("toc 2", "fang", 12, 21, align="left", left=2),
    Look("toc 3", "fang", 12, 21, align="left", left=4),
)
_ENGLISH = (
    Look("Normal", "song", 11.5, 16.5, align="left"),
    Look("Body Text", "song", 11.5, 16.5, align="left", after=7),
    Look("Title", "hei", 22, 28, bold=True, align="left", after=10),
    Look("Lead", "song", 11.5, 16, align="left", after=2, color=_SOFT),
    Look("heading 1", "hei", 15, 20, bold=True, align="left", before=20, after=6, level=1, keeps=True),
    Look("heading 2", "hei", 12.5, 17, bold=True, align="left", before=14, after=4, level=2, keeps=True),
    Look("heading 3", "hei", 11, 16, bold=True, align="left", before=10, after=3, level=3, keeps=True),
    Look("List Bullet", "song", 11.5, 16.5, align="left", after=3, left=1.5, first=-1.5),
    Look("Quote", "song", 10.5, 15, align="left", before=2, after=7, left=1.5, rule="left"),
    Look("Reference", "song", 10.5, 14.5, align="left", after=4, left=2, first=-2),
    Look("Aside", "song", 10, 14, align="left", after=7, color=_SOFT),
    Look("caption", "hei", 9.5, 13, bold=True, align="left", before=12, after=5, keeps=True),
    Look("Table Heading", "hei", 9, 12.5, bold=True, align="left", before=3, after=3),
    Look("Table Text", "song", 10, 13.5, align="left", before=3, after=3),
    Look("Column Text", "song", 10.5, 14.5, align="left", after=5),
    Look("Column Quote", "song", 10, 14, align="left", before=2, after=5, left=1, rule="left"),
    Look("Column Bullet", "song", 10.5, 14.5, align="left", after=2, left=1.5, first=-1.5),
    Look("footnote text", "song", 9, align="left", after=2),
    Look("header", "hei", 8.5, align="left", rule="bottom", color=_SOFT),
    Look("footer", "hei", 8.5, align="center", color=_SOFT),
    Look("TOC Heading", "hei", 13, 18, bold=True, align="left", before=14, after=6, keeps=True),
    Look("toc 1", "song", 11.5, 17, align="left"),
    Look("toc 2", "song", 10.5, 15.5, align="left", left=1.5),
    Look("toc 3", "song", 10.5, 15.5, align="left", left=3),
)
LOOKS: dict[Language, tuple[Look, ...]] = {"zh": _CHINESE, "en": _ENGLISH}
_CHARACTERS = ("footnote reference", "Strong", "Emphasis", "Doubtful", "Faint")
_CHARACTER_NAMES = {"footnote reference": ("脚注引用",), "Strong": ("要点", "明显强调"), "Emphasis": ("强调",)}
_BUILT_IN = {"Normal", "Body Text", *_NAMES, *_CHARACTER_NAMES}  # of Word's own; the rest must say that they are not


class Styles:
    """The styles of a document by their name: those that it has, and ours for those that it lacks."""

    def __init__(self, document: Document, language: Language, *, is_house: bool) -> None:
        self._document, self._is_house, self._counts = document, is_house, int(language == "zh")
        self._root = document.styles.element
        self._ids = {
            (style.get(qn("w:type")), style.find(qn("w:name")).get(qn("w:val")).lower()): style.get(qn("w:styleId"))
            for style in self._root.findall(qn("w:style")) if style.find(qn("w:name")) is not None}
        looks = LOOKS[language]
        scale = self._size() / looks[0].size if is_house else 1.0
        self._paragraphs = dict[str, str]()
        for look in looks:  # one by one, because later ones are based on Normal and followed by Body Text
            # a house writes its text in Normal; Body Text is Word's own there, and seldom as the house wants it
            name = "Normal" if is_house and look.name == "Body Text" else look.name
            self._paragraphs[look.name] = self._found("paragraph", name, _NAMES) or self._added(look, scale)
        self._characters = {
            name: self._found("character", name, _CHARACTER_NAMES) or self._add_character(name, language) for name in _CHARACTERS}
        self.table = self._found("table", "table grid", {"table grid": ("网格型",)}) or self._add_table()

    def paragraph(self, name: str) -> str:
        """The id of a paragraph style."""
        return self._paragraphs[name]

    def character(self, name: str) -> str:
        """The id of a character style."""
        return self._characters[name]

    def _found(self, kind: str, name: str, others: dict[str, tuple[str, ...]]) -> str | None:
        return next((self._ids[kind, one.lower()] for one in (name, *others.get(name, ())) if (kind, one.lower()) in self._ids), None)

    def _based(self, kind: str, name: str) -> Element:
        return tag("basedOn", val=self._found(kind, name, {}) or name.replace(" ", ""))

    def _size(self) -> float:
        """What the house writes its text in."""
        sizes = [size for style in self._root.findall(qn("w:style")) if style.get(qn("w:styleId")) == self._found("paragraph", "Normal", {})
                 for size in style.iter(qn("w:sz"))] or list(self._root.iter(qn("w:sz")))[:1]
        return int(sizes[0].get(qn("w:val"))) / 2 if sizes else 10  # Word's own, where nothing is said

    def _new(self, kind: str, name: str, *inner: Element, **attributes: object) -> str:
        number = "".join(part.capitalize() for part in name.split())
        while number in self._ids.values():
            number += "1"
        self._ids[kind, name.lower()] = number
        custom = {} if name in _BUILT_IN else {"customStyle": 1}
        self._root.append(tag("style", tag("name", val=name), *inner, type=kind, styleId=number, **custom, **attributes))
        return number

    def _added(self, look: Look, scale: float) -> str:
        if look.name == "Normal":
            return self._new("paragraph", "Normal", tag("qFormat"), self._shape(look), self._type(look, scale), default=1)
        number = bullets(self._document) if look.name.endswith("Bullet") else 0
        follows = [tag("next", val=self._paragraphs["Body Text"])] if look.level else []
        return self._new("paragraph", look.name, self._based("paragraph", "Normal"), *follows, tag("uiPriority", val=1), tag("qFormat"),
                         self._shape(look, number), self._type(look, scale))

    def _shape(self, look: Look, number: int = 0) -> Element:
        parts = [tag("keepNext"), tag("keepLines")] if look.keeps else []
        if number:
            parts.append(tag("numPr", tag("numId", val=number)))
        if look.rule:
            weight, away = (12, 8) if look.rule == "left" else (4, 4)
            parts.append(tag("pBdr", tag(look.rule, val="single", sz=weight, space=away, color="A6A6A6")))
        is_exact = look.line > 0 and not self._is_house
        height = {"line": round(look.line * 20), "lineRule": "exact"} if is_exact else {"line": 288, "lineRule": "auto"}
        parts.append(tag("spacing", before=round(look.before * 20), after=round(look.after * 20), **height))
        indents = {"left": look.left, "hanging" if look.first < 0 else "firstLine": abs(look.first)}
        # in hundredths of a character, as Chinese offices count, also to undo what Normal of a house says; 0: the points count
        signs = {f"{side}Chars": round(count * 100 * self._counts) for side, count in indents.items()}
        points = {side: round(count * look.size * 20) for side, count in indents.items()}
        parts += [tag("ind", **signs, **points), tag("jc", val=look.align)]
        return tag("pPr", *parts, *([tag("outlineLvl", val=look.level - 1)] if look.level else []))

    def _type(self, look: Look, scale: float) -> Element:
        latin, chinese = _FACES[look.face]
        fonts = [] if self._is_house else [tag("rFonts", ascii=latin, hAnsi=latin, eastAsia=chinese, cs=latin)]
        weight = [tag("b"), tag("bCs")] if look.bold or (self._is_house and look.face == "hei") else []
        color = [tag("color", val=look.color)] if look.color else []
        half_points = round(look.size * scale * 2)
        return tag("rPr", *fonts, *weight, *color, tag("sz", val=half_points), tag("szCs", val=half_points))

    def _add_character(self, name: str, language: Language) -> str:
        latin, kai = _FACES["kai"]
        fonts = [] if self._is_house else [tag("rFonts", ascii=latin, hAnsi=latin, eastAsia=kai if language == "zh" else "宋体")]
        look = {
            "footnote reference": [tag("vertAlign", val="superscript")],
            "Strong": [tag("b"), tag("bCs")],
            "Emphasis": [*fonts, tag("i"), tag("iCs")],
            "Doubtful": [tag("u", val="wave", color="A3311F")],
            "Faint": [tag("color", val=_SOFT)],
        }[name]
        return self._new("character", name, self._based("character", "Default Paragraph Font"), tag("uiPriority", val=1), tag("rPr", *look))

    def _add_table(self) -> str:
        """The three rules of a table in print, with hairlines between its rows."""
        rules = tag("tblBorders", *(
            tag(side, val="single", sz=weight, space=0, color=color)
            for side, weight, color in (("top", 12, "404040"), ("bottom", 12, "404040"), ("insideH", 4, "BFBFBF"))))
        return self._new("table", "Paper Table", self._based("table", "Normal Table"), tag("uiPriority", val=1), tag("tblPr", rules))
