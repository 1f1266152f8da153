"""Text of a Word paragraph: its runs in order, and what hangs on it, such as footnotes, text boxes and pictures.

Insertions that were tracked are read and deletions are not; of a field the result is read, not its instruction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from rag.sources.elements import OmissionKind
from rag.sources.readers.office.math import formula_text
from rag.sources.readers.office.symbols import replace_private_signs, superscript_text, symbol_text
from rag.sources.readers.office.word_graphics import Attachment, chosen_parts, read_graphic
from rag.sources.readers.office.word_styles import Style, StyleSheet
from rag.sources.readers.office.xml import (
    Node,
    attribute,
    child,
    children,
    descendants,
    is_on,
    is_set,
    parse_integer,
    short_name,
    value_at,
)


class NoteReference(NamedTuple):
    """A reference to a note: `footnote` or `endnote`, its id, and its own mark, such as `*`, if it has no number."""

    kind: str
    note_id: str
    mark: str = ""


@dataclass
class ParagraphContent:
    """The text of a paragraph and what hangs on it: references to notes, and what its drawings show."""

    pieces: list[str] = field(default_factory=list)
    notes: list[NoteReference] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    comments: set[str] = field(default_factory=set)  # their ids

    @property
    def text(self) -> str:
        """The text in one piece."""
        return "".join(self.pieces)


class ParagraphReader:
    """Reads one paragraph; counts in `omissions` what it leaves out.

    `on_paper`: the paragraph has no fill behind it, so that white text cannot be seen.
    """

    def __init__(self, styles: StyleSheet, style: Style, omissions: Counter[OmissionKind], *, on_paper: bool) -> None:
        self.content = ParagraphContent()
        self._styles, self._style, self._omissions, self._on_paper = styles, style, omissions, on_paper
        self._open_fields: list[bool] = []  # one entry for each field that is open: True within its instruction
        self._after_hidden = False
        self._awaits_mark = False  # the next text is the own mark of the last note

    def read_parts(self, node: Node) -> None:
        """Read the parts of a paragraph, a link, an insertion or any other part that contains runs."""
        for part in chosen_parts(node):
            name = short_name(part)
            if name == "w:r":
                self._read_run(part)
            elif name in DELETIONS:
                self._omissions["deleted text"] += has_text(part)
            elif name in ("m:oMath", "m:oMathPara"):
                self._add_text(formula_text(part))
            elif name == "w:sdt":
                self._read_control(part)
            elif name in _CONTAINERS:
                self.read_parts(part)

    def _read_control(self, control: Node) -> None:
        """Read a content control, unless it only shows its prompt, such as 单击此处输入文字."""
        content = child(control, "w:sdtContent")
        if content is not None and not shows_prompt(control):
            self.read_parts(content)

    def _read_run(self, run: Node) -> None:
        properties = child(run, "w:rPr")
        text_format = self._styles.run_format(properties, self._style)
        words = "".join(part.text or "" for part in children(run, "w:t")).strip()
        # white and tiny text says nothing about a drawing or a note that hangs on the run
        if text_format.is_hidden(on_paper=self._on_paper) if words else text_format.vanish:
            self._omissions["hidden text"] += bool(words) and not self._after_hidden
            self._after_hidden = True
            for mark in children(run, "w:fldChar"):
                self._read_field_mark(mark)
            return
        self._after_hidden = False
        before = len(self.content.pieces)
        fonts = child(properties, "w:rFonts")
        for part in run:
            self._read_run_part(part, attribute(fonts, "w:ascii") or attribute(fonts, "w:hAnsi"))
        if text_format.position == "superscript":
            self.content.pieces[before:] = [superscript_text("".join(self.content.pieces[before:]))]

    def _read_run_part(self, part: Node, font: str) -> None:
        name = short_name(part)
        if name in _CHARACTERS:
            self._add_text(_CHARACTERS[name](part))
        elif name == "w:t":
            self._read_words(replace_private_signs(part.text or "", font))
        elif name == "w:fldChar":
            self._read_field_mark(part)
        elif name in _REFERENCES:
            self._read_reference(part, _REFERENCES[name])
        elif name in ("mc:AlternateContent", "mc:Choice", "mc:Fallback"):
            for inner in chosen_parts(part):
                self._read_run_part(inner, font)
        elif name == "w:ruby":  # characters with their pronunciation above them
            for base in children(part, "w:rubyBase"):
                self.read_parts(base)
        elif name in ("w:drawing", "w:pict", "w:object"):
            self.content.attachments += read_graphic(part, self._omissions)

    def _read_words(self, text: str) -> None:
        if self._awaits_mark:
            self.content.notes[-1] = self.content.notes[-1]._replace(mark=text.strip())
            self._awaits_mark = False
        else:
            self._add_text(text)

    def _read_reference(self, part: Node, kind: str) -> None:
        if kind == "comment":
            self.content.comments.add(attribute(part, "w:id"))
            return
        self.content.notes.append(NoteReference(kind, attribute(part, "w:id")))
        self._awaits_mark = is_set(part, "w:customMarkFollows")

    def _add_text(self, text: str) -> None:
        if text and not any(self._open_fields):
            self.content.pieces.append(text)

    def _read_field_mark(self, mark: Node) -> None:
        match attribute(mark, "w:fldCharType"):
            case "begin":
                self._add_text(_form_field_text(mark))
                self._open_fields.append(True)
            case "separate" if self._open_fields:
                self._open_fields[-1] = False
            case "end" if self._open_fields:
                self._open_fields.pop()


def _form_field_text(mark: Node) -> str:
    """A box that can be ticked, or the chosen entry of a list, of a form field; other fields have a result."""
    box = child(mark, "w:ffData/w:checkBox")
    if box is not None:
        state = child(box, "w:checked")
        return "☑" if is_on(child(box, "w:default") if state is None else state) else "□"
    entries = children(mark, "w:ffData/w:ddList/w:listEntry")
    chosen = parse_integer(value_at(mark, "w:ffData/w:ddList/w:result"))
    return attribute(entries[chosen], "w:val") if 0 <= chosen < len(entries) else ""


def shows_prompt(control: Node) -> bool:
    """True for a content control (`w:sdt`) that nobody has filled in."""
    return is_on(child(control, "w:sdtPr/w:showingPlcHdr"))


def has_text(node: Node) -> bool:
    """True for a part with words, also deleted ones."""
    return any((part.text or "").strip() for part in descendants(node, "w:t", "w:delText"))


def _break_text(part: Node) -> str:
    return "" if attribute(part, "w:type") in ("page", "column") else "\n"


def _no_break_hyphen(_: Node) -> str:
    return "-"


def _space(_: Node) -> str:
    return " "


_CHARACTERS: dict[str, Callable[[Node], str]] = {
    "w:tab": _space,
    "w:ptab": _space,
    "w:br": _break_text,
    "w:cr": _break_text,
    "w:noBreakHyphen": _no_break_hyphen,
    "w:sym": lambda part: symbol_text(attribute(part, "w:char"), attribute(part, "w:font")),
}
DELETIONS = frozenset(("w:del", "w:moveFrom"))
_REFERENCES = {"w:footnoteReference": "footnote", "w:endnoteReference": "endnote", "w:commentReference": "comment"}
_CONTAINERS = frozenset((
    "w:hyperlink", "w:smartTag", "w:fldSimple", "w:ins", "w:moveTo", "w:customXml", "w:dir", "w:bdo", "w:sdtContent",
    "mc:AlternateContent", "mc:Choice", "mc:Fallback"))
