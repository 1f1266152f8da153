"""Footnotes and endnotes of a Word document: the text and the number of the note that a reference names."""

from __future__ import annotations

from collections import Counter

from rag.sources.readers.office.number_formats import format_number
from rag.sources.readers.office.package import OfficePackage
from rag.sources.readers.office.word_text import NoteReference
from rag.sources.readers.office.xml import Node, attribute, child, children, descendants, parse_integer, value_at

_DEFAULT_FORMATS = {"footnote": "decimal", "endnote": "lowerRoman"}


class Notes:
    """The notes of a document, each of which is taken once, by its first reference.

    `parts` are the names of the parts by kind, `footnote` and `endnote`; `rules` are the elements that may say how
    notes are numbered, the strongest first.
    """

    def __init__(self, package: OfficePackage, parts: dict[str, str], rules: list[Node]) -> None:
        self._nodes: dict[tuple[str, str], Node] = {}
        for kind, part in parts.items():
            for node in children(package.parse_part(part), f"w:{kind}"):
                if "eparator" not in attribute(node, "w:type"):  # separator, continuationSeparator
                    self._nodes[kind, attribute(node, "w:id")] = node
        self._rules = {kind: _numbering_rule(kind, rules) for kind in _DEFAULT_FORMATS}
        self._counts: Counter[str] = Counter()

    def has_note(self, reference: NoteReference) -> bool:
        """True for a reference whose note exists and has not been taken."""
        return (reference.kind, reference.note_id) in self._nodes

    def take_note(self, reference: NoteReference) -> tuple[str, Node]:
        """The marker and the content of a note that `has_note`; the marker is empty if only Word's pages tell it."""
        node = self._nodes.pop((reference.kind, reference.note_id))
        if reference.mark:
            return reference.mark, node
        rule = self._rules[reference.kind]
        self._counts[reference.kind] += 1
        number = parse_integer(value_at(rule, "w:numStart"), 1) + self._counts[reference.kind] - 1
        if value_at(rule, "w:numRestart") == "eachPage":
            return "", node
        return format_number(number, value_at(rule, "w:numFmt") or _DEFAULT_FORMATS[reference.kind]), node

    def end_section(self) -> None:
        """Start to count again where the document does so in each section."""
        for kind, rule in self._rules.items():
            if value_at(rule, "w:numRestart") == "eachSect":
                self._counts[kind] = 0


def _numbering_rule(kind: str, rules: list[Node]) -> Node | None:
    for root in rules:
        for rule in descendants(root, f"w:{kind}Pr"):
            if any(child(rule, name) is not None for name in ("w:numFmt", "w:numStart", "w:numRestart")):
                return rule
    return None
