"""Word template: the empty .docx of each language that our documents start from, A4 with its margins."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

from rag.schema import Language

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"

# top, right, bottom and left in mm. Chinese by GB/T 9704-2012: 天头 37, 订口 28, text area 156 by 225
_MARGINS: dict[Language, tuple[int, int, int, int]] = {"zh": (37, 26, 35, 28), "en": (28, 27, 28, 27)}
_TWIPS = 1440 / 25.4  # in a millimetre

# Name, other name, charset and family. Where a font is missing Word takes its other name, then a font of the family.
# Charset 86 is GB 2312.
_FONTS = (
    ("宋体", "SimSun", "86", "roman"), ("仿宋", "FangSong", "86", "modern"),
    ("黑体", "SimHei", "86", "swiss"), ("楷体", "KaiTi", "86", "script"),
    ("Times New Roman", "Liberation Serif", "00", "roman"), ("Arial", "Liberation Sans", "00", "swiss"))

_CONTENT_TYPES = f"""{_XML}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="{_WORD}.styles+xml"/>
<Override PartName="/word/settings.xml" ContentType="{_WORD}.settings+xml"/>
<Override PartName="/word/fontTable.xml" ContentType="{_WORD}.fontTable+xml"/>
</Types>"""
_RELATIONS = f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>
</Relationships>"""
_DOCUMENT_RELATIONS = f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/>
<Relationship Id="rId2" Type="{_OFFICE}/settings" Target="settings.xml"/>
<Relationship Id="rId3" Type="{_OFFICE}/fontTable" Target="fontTable.xml"/>
</Relationships>"""
# Without compatibilityMode 15 Word opens the file in the compatibility mode of 2007.
_SETTINGS = f"""{_XML}<w:settings xmlns:w="{_MAIN}">
<w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/><w:characterSpacingControl w:val="compressPunctuation"/>
<w:compat><w:useFELayout/>
<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>
<w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/><w:decimalSymbol w:val="."/><w:listSeparator w:val=","/>
</w:settings>"""
_STYLES = f"""{_XML}<w:styles xmlns:w="{_MAIN}">
<w:docDefaults><w:rPrDefault><w:rPr>
<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="宋体" w:cs="Times New Roman"/>
<w:sz w:val="21"/><w:szCs w:val="21"/><w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>
</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>
<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">\
<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/>
<w:semiHidden/></w:style>
<w:style w:type="table" w:default="1" w:styleId="TableNormal">\
<w:name w:val="Normal Table"/><w:uiPriority w:val="99"/><w:semiHidden/>
<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>
<w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/>
<w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>
</w:styles>"""


def blank_document(language: Language) -> BytesIO:
    """The bytes of the empty file, without our styles."""
    top, right, bottom, left = (round(side * _TWIPS) for side in _MARGINS[language])
    document = f"""{_XML}<w:document xmlns:w="{_MAIN}" xmlns:r="{_OFFICE}"><w:body><w:sectPr>
<w:pgSz w:w="11906" w:h="16838"/>
<w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom}" w:left="{left}" \
w:header="1020" w:footer="1020" w:gutter="0"/>
</w:sectPr></w:body></w:document>"""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="{charset}"/>'
        f'<w:family w:val="{family}"/></w:font>'
        for name, other, charset, family in _FONTS)
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES, "_rels/.rels": _RELATIONS,
        "word/_rels/document.xml.rels": _DOCUMENT_RELATIONS,
        "word/document.xml": document, "word/styles.xml": _STYLES, "word/settings.xml": _SETTINGS,
        "word/fontTable.xml": f'{_XML}<w:fonts xmlns:w="{_MAIN}">{fonts}</w:fonts>'}
    out = BytesIO()
    with ZipFile(out, "w") as package:
        for name, text in parts.items():
            package.writestr(name, text)
    out.seek(0)
    return out
