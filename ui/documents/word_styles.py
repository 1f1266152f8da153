"""Word styles: defines the styles of each language, finds them in a house template, and adds those that it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from rag.schema import Language
from ui.documents.ooxml import add_bullet_list, tag

FontFace = Literal["song", "fang", "hei", "kai"]
Alignment = Literal["left", "center", "both"]

# Latin and Chinese fonts. The conventions of 公文 are 仿宋 for text, 黑体 and 楷体 for headings, and 小标宋 for the
# title; few machines have the last, so the title is in bold 宋体.
_FACE_FONTS: dict[FontFace, tuple[str, str]] = {
    "song": ("Times New Roman", "宋体"), "fang": ("Times New Roman", "仿宋"),
    "hei": ("Arial", "黑体"), "kai": ("Times New Roman", "楷体")}


@dataclass(frozen=True)
class ParagraphStyle:
    """One paragraph style. Sizes and spaces are in points, indents in characters."""

    name: str
    face: FontFace = "fang"
    size: float = 12
    line: float = 0  # exact line height; 0: by the font
    bold: bool = False
    align: Alignment = "both"
    before: float = 0
    after: float = 0
    first_indent: float = 0  # negative: the lines after the first are indented
    left: float = 0
    level: int = 0  # of a heading, from 1; 0: not a heading
    keep_next: bool = False  # on one page with the next paragraph
    border: Literal["", "left", "bottom"] = ""
    color: str = ""


# the names of paragraph styles in Chinese templates
_CHINESE_NAMES = {
    "Title": ("标题",),
    "heading 1": ("标题 1", "标题1"), "heading 2": ("标题 2", "标题2"), "heading 3": ("标题 3", "标题3"),
    "List Bullet": ("列表项目符号", "项目符号"), "Quote": ("引用",), "caption": ("题注",),
    "footnote text": ("脚注文本",), "TOC Heading": ("目录标题", "TOC 标题"),
    "toc 1": ("目录 1",), "toc 2": ("目录 2",), "toc 3": ("目录 3",), "header": ("页眉",), "footer": ("页脚",)}
_GREY = "595959"  # a contrast of 7 : 1 on white

_CHINESE_STYLES = (
    ParagraphStyle("Normal", size=16, line=28),
    ParagraphStyle("Body Text", size=16, line=28, first_indent=2),
    ParagraphStyle("Title", "song", 22, 36, bold=True, align="center", after=16),
    ParagraphStyle("Lead", "kai", 14, 24, color=_GREY),
    ParagraphStyle("heading 1", "hei", 16, 28, align="left", before=14, after=4, level=1, keep_next=True),
    ParagraphStyle("heading 2", "kai", 16, 28, bold=True, align="left", before=8, after=2, level=2, keep_next=True),
    ParagraphStyle("heading 3", "fang", 16, 28, bold=True, align="left", before=6, level=3, keep_next=True),
    ParagraphStyle("List Bullet", size=16, line=28, left=1.5, first_indent=-1.5),
    ParagraphStyle("Quote", "kai", 14, 24, before=4, after=4, left=2, border="left"),
    ParagraphStyle("Reference", "song", 12, 20, align="left", after=3, left=2, first_indent=-2),
    ParagraphStyle("Aside", "kai", 12, 20, before=2, after=6, color=_GREY),
    ParagraphStyle("caption", "hei", 12, 20, align="center", before=10, after=5, keep_next=True),
    ParagraphStyle("Table Heading", "hei", 12, 18, align="left", before=3, after=3),
    ParagraphStyle("Table Text", "fang", 12, 18, align="left", before=3, after=3),
    ParagraphStyle("Column Text", "fang", 12, 20, after=4),
    ParagraphStyle("Column Quote", "kai", 12, 20, before=2, after=4, left=1, border="left"),
    ParagraphStyle("Column Bullet", "fang", 12, 20, left=1.5, first_indent=-1.5),
    ParagraphStyle("footnote text", "song", 9, align="both", after=1),
    ParagraphStyle("header", "kai", 10.5, align="center", border="bottom"),
    ParagraphStyle("footer", "song", 12, align="center"),
    ParagraphStyle("TOC Heading", "hei", 16, 28, align="center", before=10, after=6, keep_next=True),
    ParagraphStyle("toc 1", "fang", 14, 24, align="left"),
    ParagraphStyle("toc 2", "fang", 12, 21, align="left", left=2),
    ParagraphStyle("toc 3", "fang", 12, 21, align="left", left=4),
)
_ENGLISH_STYLES = (
    ParagraphStyle("Normal", "song", 11.5, 16.5, align="left"),
    ParagraphStyle("Body Text", "song", 11.5, 16.5, align="left", after=7),
    ParagraphStyle("Title", "hei", 22, 28, bold=True, align="left", after=10),
    ParagraphStyle("Lead", "song", 11.5, 16, align="left", after=2, color=_GREY),
    ParagraphStyle("heading 1", "hei", 15, 20, bold=True, align="left", before=20, after=6, level=1, keep_next=True),
    ParagraphStyle("heading 2", "hei", 12.5, 17, bold=True, align="left", before=14, after=4, level=2, keep_next=True),
    ParagraphStyle("heading 3", "hei", 11, 16, bold=True, align="left", before=10, after=3, level=3, keep_next=True),
    ParagraphStyle("List Bullet", "song", 11.5, 16.5, align="left", after=3, left=1.5, first_indent=-1.5),
    ParagraphStyle("Quote", "song", 10.5, 15, align="left", before=2, after=7, left=1.5, border="left"),
    ParagraphStyle("Reference", "song", 10.5, 14.5, align="left", after=4, left=2, first_indent=-2),
    ParagraphStyle("Aside", "song", 10, 14, align="left", after=7, color=_GREY),
    ParagraphStyle("caption", "hei", 9.5, 13, bold=True, align="left", before=12, after=5, keep_next=True),
    ParagraphStyle("Table Heading", "hei", 9, 12.5, bold=True, align="left", before=3, after=3),
    ParagraphStyle("Table Text", "song", 10, 13.5, align="left", before=3, after=3),
    ParagraphStyle("Column Text", "song", 10.5, 14.5, align="left", after=5),
    ParagraphStyle("Column Quote", "song", 10, 14, align="left", before=2, after=5, left=1, border="left"),
    ParagraphStyle("Column Bullet", "song", 10.5, 14.5, align="left", after=2, left=1.5, first_indent=-1.5),
    ParagraphStyle("footnote text", "song", 9, align="left", after=2),
    ParagraphStyle("header", "hei", 8.5, align="left", border="bottom", color=_GREY),
    ParagraphStyle("footer", "hei", 8.5, align="center", color=_GREY),
    ParagraphStyle("TOC Heading", "hei", 13, 18, bold=True, align="left", before=14, after=6, keep_next=True),
    ParagraphStyle("toc 1", "song", 11.5, 17, align="left"),
    ParagraphStyle("toc 2", "song", 10.5, 15.5, align="left", left=1.5),
    ParagraphStyle("toc 3", "song", 10.5, 15.5, align="left", left=3),
)
PARAGRAPH_STYLES: dict[Language, tuple[ParagraphStyle, ...]] = {"zh": _CHINESE_STYLES, "en": _ENGLISH_STYLES}
_CHARACTER_STYLES = ("footnote reference", "Strong", "Emphasis", "Doubtful", "Faint")
_CHARACTER_NAMES = {"footnote reference": ("脚注引用",), "Strong": ("要点", "明显强调"), "Emphasis": ("强调",)}
_BUILT_IN_NAMES = {"Normal", "Body Text", *_CHINESE_NAMES, *_CHARACTER_NAMES}  # Word's; others are marked as custom


class DocumentStyles:
    """The ids of a document's styles by their names; a style that the document lacks is added to it."""

    def __init__(self, document: Document, language: Language, *, has_template: bool) -> None:
        self._document, self._has_template, self._char_units = document, has_template, int(language == "zh")
        self._root = document.styles.element
        self._ids: dict[tuple[str, str], str] = {}  # by kind and lower-case name
        for element in self._root.findall(qn("w:style")):
            name_element = element.find(qn("w:name"))
            if name_element is not None:
                key = (element.get(qn("w:type")), name_element.get(qn("w:val")).lower())
                self._ids[key] = element.get(qn("w:styleId"))
        styles = PARAGRAPH_STYLES[language]
        scale = self._body_size() / styles[0].size if has_template else 1.0
        self._paragraphs = dict[str, str]()
        for style in styles:  # in order, because later ones are based on Normal and followed by Body Text
            # the text style of a house is Normal; its Body Text is usually Word's default
            name = "Normal" if has_template and style.name == "Body Text" else style.name
            id = self._find_id("paragraph", name, _CHINESE_NAMES)
            self._paragraphs[style.name] = id or self._add_paragraph(style, scale)
        self._characters = dict[str, str]()
        for name in _CHARACTER_STYLES:
            id = self._find_id("character", name, _CHARACTER_NAMES)
            self._characters[name] = id or self._add_character(name, language)
        self.table_id = self._find_id("table", "table grid", {"table grid": ("网格型",)}) or self._add_table()

    def paragraph_id(self, name: str) -> str:
        """The id of a paragraph style."""
        return self._paragraphs[name]

    def character_id(self, name: str) -> str:
        """The id of a character style."""
        return self._characters[name]

    def _find_id(self, kind: str, name: str, other_names: dict[str, tuple[str, ...]]) -> str | None:
        for candidate in (name, *other_names.get(name, ())):
            if (kind, candidate.lower()) in self._ids:
                return self._ids[kind, candidate.lower()]
        return None

    def _base_element(self, kind: str, name: str) -> Element:
        return tag("basedOn", val=self._find_id(kind, name, {}) or name.replace(" ", ""))

    def _body_size(self) -> float:
        """The font size of the template's text in points: that of Normal, else the first one, else Word's default."""
        normal_id = self._find_id("paragraph", "Normal", {})
        normal = [style for style in self._root.findall(qn("w:style")) if style.get(qn("w:styleId")) == normal_id]
        sizes = [size for style in normal for size in style.iter(qn("w:sz"))] or list(self._root.iter(qn("w:sz")))
        return int(sizes[0].get(qn("w:val"))) / 2 if sizes else 10

    def _append_style(self, kind: str, name: str, *inner: Element, **attributes: object) -> str:
        id = "".join(part.capitalize() for part in name.split())
        while id in self._ids.values():
            id += "1"
        self._ids[kind, name.lower()] = id
        custom = {} if name in _BUILT_IN_NAMES else {"customStyle": 1}
        self._root.append(tag("style", tag("name", val=name), *inner, type=kind, styleId=id, **custom, **attributes))
        return id

    def _add_paragraph(self, style: ParagraphStyle, scale: float) -> str:
        font = self._font_properties(style, scale)
        if style.name == "Normal":
            return self._append_style(
                "paragraph", "Normal", tag("qFormat"), self._paragraph_properties(style), font, default=1)
        list_number = add_bullet_list(self._document) if style.name.endswith("Bullet") else 0
        following = [tag("next", val=self._paragraphs["Body Text"])] if style.level else []
        return self._append_style(
            "paragraph", style.name, self._base_element("paragraph", "Normal"), *following, tag("uiPriority", val=1),
            tag("qFormat"), self._paragraph_properties(style, list_number), font)

    def _paragraph_properties(self, style: ParagraphStyle, list_number: int = 0) -> Element:
        parts = [tag("keepNext"), tag("keepLines")] if style.keep_next else []
        if list_number:
            parts.append(tag("numPr", tag("numId", val=list_number)))
        if style.border:
            weight, distance = (12, 8) if style.border == "left" else (4, 4)
            parts.append(tag("pBdr", tag(style.border, val="single", sz=weight, space=distance, color="A6A6A6")))
        height: dict[str, object] = {"line": 288, "lineRule": "auto"}  # 1.2 lines
        if style.line > 0 and not self._has_template:
            height = {"line": round(style.line * 20), "lineRule": "exact"}
        parts.append(tag("spacing", before=round(style.before * 20), after=round(style.after * 20), **height))
        indents = {
            "left": style.left, "hanging" if style.first_indent < 0 else "firstLine": abs(style.first_indent)}
        # In hundredths of a character, the unit of Chinese offices; also overrides the indent of a house's Normal.
        # Word uses the indents in twips where these are 0.
        characters = {f"{side}Chars": round(count * 100 * self._char_units) for side, count in indents.items()}
        twips = {side: round(count * style.size * 20) for side, count in indents.items()}
        parts += [tag("ind", **characters, **twips), tag("jc", val=style.align)]
        return tag("pPr", *parts, *([tag("outlineLvl", val=style.level - 1)] if style.level else []))

    def _font_properties(self, style: ParagraphStyle, scale: float) -> Element:
        latin, chinese = _FACE_FONTS[style.face]
        fonts = [] if self._has_template else [tag("rFonts", ascii=latin, hAnsi=latin, eastAsia=chinese, cs=latin)]
        weight = [tag("b"), tag("bCs")] if style.bold or (self._has_template and style.face == "hei") else []
        color = [tag("color", val=style.color)] if style.color else []
        half_points = round(style.size * scale * 2)
        return tag("rPr", *fonts, *weight, *color, tag("sz", val=half_points), tag("szCs", val=half_points))

    def _add_character(self, name: str, language: Language) -> str:
        latin, kai = _FACE_FONTS["kai"]
        chinese = kai if language == "zh" else "宋体"
        fonts = [] if self._has_template else [tag("rFonts", ascii=latin, hAnsi=latin, eastAsia=chinese)]
        properties = {
            "footnote reference": [tag("vertAlign", val="superscript")],
            "Strong": [tag("b"), tag("bCs")],
            "Emphasis": [*fonts, tag("i"), tag("iCs")],
            "Doubtful": [tag("u", val="wave", color="A3311F")],
            "Faint": [tag("color", val=_GREY)],
        }[name]
        base = self._base_element("character", "Default Paragraph Font")
        return self._append_style("character", name, base, tag("uiPriority", val=1), tag("rPr", *properties))

    def _add_table(self) -> str:
        """A rule above and below the table, and thin rules between its rows."""
        borders = (("top", 12, "404040"), ("bottom", 12, "404040"), ("insideH", 4, "BFBFBF"))
        rules = tag("tblBorders", *(
            tag(side, val="single", sz=weight, space=0, color=color) for side, weight, color in borders))
        base = self._base_element("table", "Normal Table")
        return self._append_style("table", "Paper Table", base, tag("uiPriority", val=1), tag("tblPr", rules))
