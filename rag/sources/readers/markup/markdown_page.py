"""Markdown page: Markdown, with the additions of its dialects, as HTML."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import code as parse_indented_code
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

from rag.sources.readers.markup.inline_text import looks_like_code
from rag.sources.readers.markup.markdown_paragraphs import keep_line_breaks, rewrite_marks, strip_heading_attributes
from rag.sources.readers.markup.markdown_structure import restructure

_MAX_NESTING = 60  # lists and quotations inside each other; the parser calls itself twice for each
_FORMULA = re.compile(r"\$\$[^$]{1,2000}\$\$|\$(?![\s$])[^$\n]{1,500}(?<![\s\\])\$(?![0-9])")
_NOTE_DEFINITION = re.compile(r"\[\^([^\]\s]{1,60})\]:[ \t]*")


def render_page(text: str) -> str:
    """The HTML of a Markdown text.

    >>> render_page("1) **面包**")
    '<ol>\\n<li data-marker="1)"><strong>面包</strong></li>\\n</ol>\\n'
    """
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable(["table", "strikethrough"])
    parser.block.ruler.at("code", _parse_code_or_prose)
    parser.block.ruler.before(
        "reference", "note_definition", _parse_note_definition, {"alt": ["paragraph", "reference"]})
    parser.inline.ruler.before("escape", "formula", _parse_formula)
    parser.core.ruler.after("block", "marks", _rewrite_contents)
    parser.core.ruler.push("structure", restructure)
    return str(parser.render(text))


def _parse_code_or_prose(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The rule for indented code, which leaves indented prose to the rule for paragraphs."""
    line = state.line
    if start < state.env.get("prose_end", 0) or not parse_indented_code(state, start, end, silent):
        return False
    if looks_like_code(state.tokens[-1].content):
        return True
    state.env["prose_end"] = state.line
    state.tokens.pop()
    state.line = line
    return False


def _parse_note_definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The rule for `[^1]: text`, whose lines may be followed by indented ones."""
    begin = state.bMarks[start] + state.tShift[start]
    definition = _NOTE_DEFINITION.match(state.src, begin, state.eMarks[start])
    if definition is None or state.is_code_block(start):
        return False
    if silent:
        return True
    state.env.setdefault("notes", set()).add(definition[1])
    state.push("note_open", "aside", 1).attrs = {"role": "doc-footnote", "data-marker": definition[1]}
    before = state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType
    state.bMarks[start], state.tShift[start] = definition.end(), 0
    state.blkIndent += 4
    state.sCount[start] = state.blkIndent
    state.parentType = "footnote"
    state.md.block.tokenize(state, start, end)
    state.blkIndent -= 4
    state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType = before
    state.push("note_close", "aside", -1)
    return True


def _parse_formula(state: StateInline, silent: bool) -> bool:
    """The rule for `$x_1 * y_1$`: there are no marks inside a formula."""
    if state.src[state.pos] != "$":
        return False
    formula = _FORMULA.match(state.src, state.pos, state.posMax)
    if formula is None:
        return False
    if not silent:
        state.push("text", "", 0).content = formula.group().replace("\n", " ")
    state.pos = formula.end()
    return True


def _rewrite_contents(state: StateCore) -> None:
    """The rule that prepares the content of each block before its inline marks are parsed."""
    notes = state.env.get("notes", set())
    kind = ""
    for token in state.tokens:
        if token.type == "inline":
            content = strip_heading_attributes(token.content) if kind == "heading_open" else token.content
            content = keep_line_breaks(content) if kind == "paragraph_open" else content
            token.content = rewrite_marks(content, notes)
        kind = token.type
