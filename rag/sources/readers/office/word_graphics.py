"""Graphics of a Word document: text boxes, described pictures, charts and diagrams of one drawing, in order."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from rag.sources.elements import OmissionKind
from rag.sources.readers.office.xml import Node, attribute, child, children, descendants, short_name


class GraphicReference(NamedTuple):
    """A chart or a diagram, which is a part of its own: `chart` or `diagram`, and the id of the relation to it."""

    kind: str
    relation_id: str


# a `w:txbxContent`, the alternative text of a picture or the words of WordArt, or a reference
Attachment = Node | str | GraphicReference


def read_graphic(graphic: Node, omissions: Counter[OmissionKind]) -> list[Attachment]:
    """What a `w:drawing`, `w:pict` or `w:object` shows; pictures without a description are counted in `omissions`."""
    if short_name(graphic) == "w:object":
        return _read_object(graphic, omissions)
    found: list[Attachment] = []
    description = attribute(next(descendants(graphic, "wp:docPr"), None), "descr")
    pending = [graphic]
    while pending:
        node = pending.pop()
        if short_name(node) == "w:txbxContent":
            found.append(node)
            continue
        found += _read_part(node, description, omissions)
        pending += reversed(chosen_parts(node))
    return found


def chosen_parts(node: Node) -> list[Node]:
    """The parts of an element; of an `mc:AlternateContent`, which says the same several times, only the first."""
    if short_name(node) != "mc:AlternateContent":
        return [*node]
    return children(node, "mc:Choice")[:1] or children(node, "mc:Fallback")[:1]


def _read_object(graphic: Node, omissions: Counter[OmissionKind]) -> list[Attachment]:
    """Count an embedded file, whose picture only previews it; an old formula is a picture."""
    program = attribute(child(graphic, "o:OLEObject"), "ProgID")
    omissions["pictures" if program.startswith("Equation") else "embedded files"] += 1
    return []


def _read_part(node: Node, description: str, omissions: Counter[OmissionKind]) -> list[Attachment]:
    match short_name(node):
        case "pic:pic":
            return read_picture(description or attribute(child(node, "pic:nvPicPr/pic:cNvPr"), "descr"), omissions)
        case "v:shape" if child(node, "v:imagedata") is not None:
            return read_picture(attribute(node, "alt"), omissions)
        case "v:textpath" if attribute(node, "string").strip():
            return [attribute(node, "string").strip()]
        case "c:chart" | "cx:chart":
            return [GraphicReference("chart", attribute(node, "r:id"))]
        case "dgm:relIds":
            return [GraphicReference("diagram", attribute(node, "r:dm"))]
    return []


def read_picture(description: str, omissions: Counter[OmissionKind]) -> list[Attachment]:
    """The description of a picture; one that a program wrote counts as none, and the picture is counted."""
    description = " ".join(description.split())
    if description and not _GENERATED_DESCRIPTION.fullmatch(description):
        return [description]
    omissions["pictures"] += 1
    return []


# a file's name, a number, or what Office recognised in the picture
_GENERATED_DESCRIPTION = re.compile(
    r"(?:[^。，,;；]*\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp)|https?://\S*|[\W\d_]*"
    r"|(?:图片|圖片|图像|图|picture|image|graphic|img|logo|wps)[ _-]*[\w-]{0,20}"
    r"|.*(?:描述已自动生成|自動產生的描述|已自动生成说明|description automatically generated|AI 生成的内容可能不正确[。.]?"
    r"|AI-generated content may be incorrect\.?))",
    re.I)
