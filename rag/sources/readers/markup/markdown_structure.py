"""Structure of Markdown: the parser's tokens get the markers, tasks, questions in bold and headings that were meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from rag.sources.readers.markup.inline_text import display_width, is_marked_question
from rag.sources.readers.markup.markdown_html import safe_markup

_MAX_HEADING_WIDTH = 100  # columns of a line above `---` that is a heading, and not a paragraph above a rule
_SENTENCE_END = re.compile(r"[。；;，,.]\s*\Z")
_TASK = re.compile(r"\[([ xX])\]\s+")
_LINE_ENDS = ("softbreak", "hardbreak")


def restructure(state: StateCore) -> None:
    """The last rule of the parser: it changes the tokens to what their author meant."""
    tokens = state.tokens
    _write_markers(tokens)
    for index, token in enumerate(tokens):
        if token.type == "html_block":
            token.content = safe_markup(token.content)
        elif token.type == "inline" and index:
            _restore_text(token)
            opening, closing = tokens[index - 1], tokens[index + 1]
            if opening.type == "heading_open" and not _is_heading(opening, token.content):
                opening.tag = closing.tag = "p"
            if index > 1 and tokens[index - 2].type == "list_item_open":
                _write_task(token)
    state.tokens = _pair_questions(tokens)


def _write_markers(tokens: Sequence[Token]) -> None:
    """Keeps the number of each item as it is written, unless all items of a list have the same one."""
    open_lists: list[list[Token]] = []
    for token in tokens:
        if token.type == "ordered_list_open" or token.type == "bullet_list_open":
            open_lists.append([])
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            items = open_lists.pop()
            if len(items) == 1 or len({item.info for item in items}) > 1:
                for item in items:
                    item.attrSet("data-marker", item.info + item.markup)
        elif token.type == "list_item_open" and token.info and open_lists:
            open_lists[-1].append(token)


def _restore_text(token: Token) -> None:
    """Makes text of HTML that is none, such as the placeholder `<name>`."""
    for child in token.children or ():
        if child.type == "html_inline":
            name = re.match(r"</?(script|style)\b", child.content, re.I)
            if name is None or f"</{name[1]}" not in token.content:
                child.content = safe_markup(child.content)


def _is_heading(opening: Token, content: str) -> bool:
    """False for a paragraph above a rule: an underline makes a heading of whatever is above it."""
    if opening.markup not in ("-", "="):
        return True
    return "\n" not in content and display_width(content) <= _MAX_HEADING_WIDTH and not _SENTENCE_END.search(content)


def _write_task(token: Token) -> None:
    """`[x] 买票` → `☑ 买票`."""
    first = token.children[0] if token.children else None
    task = _TASK.match(first.content) if first and first.type == "text" else None
    if first and task:
        first.content = f"{'☐' if task[1] == ' ' else '☑'} {first.content[task.end() :]}"


def _pair_questions(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with `<details>` around each question in bold and the paragraph after it."""
    paired: list[Token] = []
    index = 0
    while index < len(tokens):
        end = _paragraph_end(tokens, index)
        children = tokens[index + 1].children or [] if end > index else []
        question_end = _bold_question_end(children)
        if question_end and question_end < len(children):
            paired += _split_paragraph(tokens[index:end], question_end)
        elif question_end and (answer_end := _paragraph_end(tokens, end)) > end and not _is_question(tokens, end):
            tokens[index].tag = tokens[end - 1].tag = "summary"
            paired += [_markup("<details>"), *tokens[index:answer_end], _markup("</details>")]
            end = answer_end
        else:
            end = max(end, index + 1)
            paired += tokens[index:end]
        index = end
    return paired


def _paragraph_end(tokens: Sequence[Token], start: int) -> int:
    """The end of the paragraph that begins here; `start` if none does."""
    is_paragraph = start + 2 < len(tokens) and tokens[start].type == "paragraph_open" and not tokens[start].hidden
    return start + 3 if is_paragraph else start


def _is_question(tokens: Sequence[Token], start: int) -> bool:
    return _bold_question_end(tokens[start + 1].children or []) > 0


def _bold_question_end(children: Sequence[Token]) -> int:
    """The end of the question in bold with which a paragraph begins, if it is alone on its line; else 0."""
    kept = [index for index, child in enumerate(children) if child.type != "text" or child.content]
    if not kept or children[kept[0]].type != "strong_open":
        return 0
    end = next((index for index in kept if children[index].type == "strong_close"), 0)
    text = "".join(child.content for child in children[:end])
    rest = [index for index in kept if index > end]
    if not end or not is_marked_question(text) or (rest and children[rest[0]].type not in _LINE_ENDS):
        return 0
    return rest[0] if rest else len(children)


def _split_paragraph(paragraph: Sequence[Token], question_end: int) -> list[Token]:
    """A paragraph that begins with a question in bold as the question and its answer."""
    inline = paragraph[1]
    children = inline.children or []
    answer = Token("inline", "", 0, content=inline.content, children=children[question_end + 1 :])
    inline.children = children[:question_end]
    return [
        _markup("<details><summary>"), inline, _markup("</summary><p>"), answer, _markup("</p></details>")]


def _markup(content: str) -> Token:
    return Token("html_block", "", 0, content=content)
