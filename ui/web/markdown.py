"""What a model or a reader wrote becomes Markdown that shows it, links its citations, marks its figures, and can do nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rag.schema import CheckedFigure

_CODE = re.compile(
    r"^[ ]{0,3}(?P<fence>`{3,}|~{3,})[^\n]*(?:\n.*?(?:^[ ]{0,3}(?P=fence)[`~]*[ \t]*$|\Z)|\Z)"
    r"|(?<![\\`])(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)",
    re.M | re.S)
_FENCE_LANGUAGE = re.compile(r"^(?P<before>[ \t>*+\-.\d)]*)(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*$", re.M)
_MARKER = re.compile(r"(?<!\\)\[(\d{1,3})\]")
_DEFINITION = re.compile(r"^([ \t>*+\-.\d)]*)\[(?=([^\]\n]*)\]:)", re.M)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_UNSAFE_TARGET = re.compile(r"\]\((?!\s*https?://)")
_APART = "\u2060"  # word joiner: no width, no break

# A figure travels through what follows between code points that no text may hold (Unicode's noncharacters), because its
# offsets are those of the raw text; it leaves as a link of ours, which the browser's sanitiser keeps as it keeps citations.
_OPEN, _NUMBERED, _CLOSE = "\ufdd0", "\ufdd1", "\ufdd2"
_HELD = dict.fromkeys(map(ord, (_OPEN, _NUMBERED, _CLOSE)), "\ufffd")  # as long as what it stands for
_FIGURE = re.compile(f"{_OPEN}(\\d+){_NUMBERED}([^{_CLOSE}]*){_CLOSE}")
_STRAY = re.compile(f"{_OPEN}\\d+{_NUMBERED}|{_CLOSE}")
# a link in a link, or in an address, would break it; and after these signs a bracket is no link
_LINK = re.compile(r"\[[^\]\n]*\]\([^)\n]*\)?|(?:https?://|www\.)[!-~]+")
_BEFORE, _WITHIN = ("!", "\\"), frozenset("[]<>`*_|~\\\n")


def safe_markdown(text: str, turn: int = 0, numbers: Collection[int] = (), figures: Sequence[CheckedFigure] = ()) -> str:
    """Untrusted Markdown as Markdown that can neither carry HTML nor load anything, with its citations linked.

    Markers [n] with n in `numbers` become links to `#cite-<turn>-<n>`; other numbers, and all in code, stay text.
    Of the figures, those that no source has become links to `#figure-<turn>-<i>-not`, and derived ones to `…-derived`, with i
    counted from 1; one in code or in a link stays as it is.
    The result never holds a `<` that opens a tag nor a `![` that opens an image, also where this reading of code and the
    browser's differ; code therefore has a word joiner between the two signs. A fence keeps no language: mermaid loads images.

    `产值为3.8万亿元[1]。` → `产值为3.8万亿元[\\[1\\]](#cite-1-1)。`;  `<img src=x>` → `&lt;img src=x>`
    """
    states = [figure.state.split()[0] for figure in figures]
    text = _FENCE_LANGUAGE.sub(r"\g<before>\g<fence>", _held(text.translate(_HELD), figures))
    parts: list[str] = []
    at = 0
    for code in _CODE.finditer(text):
        parts += [_prose(text[at : code.start()], turn, numbers, states), _code(code.group())]
        at = code.end()
    return "".join([*parts, _prose(text[at:], turn, numbers, states)])


def _held(text: str, figures: Sequence[CheckedFigure]) -> str:
    """The text with the figures that are to be marked between their signs."""
    closed = [found.span() for pattern in (_CODE, _LINK) for found in pattern.finditer(text)]
    at, parts = 0, list[str]()
    for number, figure in sorted(enumerate(figures, 1), key=lambda pair: pair[1].start):
        start, end = figure.start, figure.end
        fits = at <= start < end and text[start:end] == figure.text and not _WITHIN & set(figure.text)
        is_open = not text.endswith(_BEFORE, 0, start) and not any(first < end and start < last for first, last in closed)
        if figure.state != "found" and fits and is_open:
            parts += [text[at:start], f"{_OPEN}{number}{_NUMBERED}{figure.text}{_CLOSE}"]
            at = end
    return "".join([*parts, text[at:]])


def _code(text: str) -> str:
    return _TAG.sub("<" + _APART, _STRAY.sub("", text)).replace("![", f"!{_APART}[")


def _prose(text: str, turn: int, numbers: Collection[int], states: Sequence[str]) -> str:
    def is_known(number: str) -> bool:
        return number.isdecimal() and int(number) in numbers

    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("![", "&#33;[")
    text = _DEFINITION.sub(lambda m: m.group() if is_known(m.group(2)) else m.group(1) + "&#91;", text)
    text = _UNSAFE_TARGET.sub("]&#40;", text)
    text = _MARKER.sub(lambda m: rf"[\[{m.group(1)}\]](#cite-{turn}-{int(m.group(1))})" if is_known(m.group(1)) else m.group(), text)
    text = _FIGURE.sub(lambda m: f"[{m.group(2)}](#figure-{turn}-{m.group(1)}-{states[int(m.group(1)) - 1]})", text)
    return _STRAY.sub("", text)


_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def literal_markdown(text: str) -> str:
    """Markdown that shows a text letter for letter: what a reader typed, or the sentence of an error.

    `*甲* <b>` → `\\*甲\\* &lt;b&gt;`
    """
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(_PUNCTUATION.sub(lambda m: _ENTITIES.get(m.group(), "\\" + m.group()), line) for line in lines)
