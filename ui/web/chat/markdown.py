"""Safe Markdown: untrusted text as Markdown that links citations and figures, and can neither load nor run anything."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import unescape

from rag.schema import CheckedFigure
from ui.web.chat.markdown_tables import align_figures

_CODE = re.compile(
    r"^(?P<lead>(?:[ \t]|>|[-*+][ \t]|\d{1,9}[.)][ \t])*)(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*"
    r"(?:\n(?P<body>.*?)(?:^[ \t>]*(?P=fence)[`~]*[ \t]*$|\Z)|\Z)"
    r"|(?<![\\`])(?P<ticks>`+)(?!`)(?P<words>[^\n]*?)(?<!`)(?P=ticks)(?!`)",
    re.M | re.S)
_MARKER = re.compile(r"(?<!\\)\[(\d{1,3})\]")
_DEFINITION = re.compile(r"^([ \t>*+\-.\d)]*)\[(?=([^\]\n]*)\]:)", re.M)
_HEADING = re.compile(r"^([ \t>]*)(#{1,6})(?=[ \t])", re.M)
_TASK = re.compile(r"^([ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+)\[([ xX])\](?=\s)", re.M)
_UNDERLINE = re.compile(r"(?<=\S)\n(?=[ \t>]*(?:=+|-+)[ \t]*$)", re.M)  # would turn the line above into a heading
# with direction controls an address could be shown as another one
_BIDI_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\u2060")

# The offsets of a figure are those of the raw text. While the text is rewritten, a figure is enclosed in code points
# that no text may contain (Unicode's noncharacters); in the end it becomes a link, which the browser's sanitiser keeps.
_FIGURE_OPEN, _FIGURE_NUMBER_END, _FIGURE_CLOSE = "\ufdd0", "\ufdd1", "\ufdd2"
# each is replaced by one character, so that offsets stay the same
_REPLACED_CHARACTERS = _BIDI_CONTROLS | dict.fromkeys(
    map(ord, (_FIGURE_OPEN, _FIGURE_NUMBER_END, _FIGURE_CLOSE)), "\ufffd")
_FIGURE = re.compile(f"{_FIGURE_OPEN}(\\d+){_FIGURE_NUMBER_END}([^{_FIGURE_CLOSE}]*){_FIGURE_CLOSE}")
_STRAY_SIGN = re.compile(f"{_FIGURE_OPEN}\\d+{_FIGURE_NUMBER_END}|{_FIGURE_CLOSE}")
# a link inside a link or an address would break it; after these characters a bracket does not open a link
_LINK = re.compile(r"\[[^\]\n]*\]\([^)\n]*\)?|(?:https?://|www\.)[!-~]+")
_NO_LINK_AFTER, _NO_LINK_WITHIN = ("!", "\\"), frozenset("[]<>`*_|~\\\n")

# no user name before the host, because it could look like the host; round brackets only in pairs
_URL_PATTERN = (
    r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d{1,5})?(?![\w@-]|[.:][\w@-])"
    r"(?:[/?#](?:[A-Za-z0-9_~/#$&+=%-]|[.,;:!?*@](?=[A-Za-z0-9_~/#$&+=%-])"
    r"|\([A-Za-z0-9_~/$&+=%.,;:!?*-]*\))*)?")
_TEXT_LINK = re.compile(rf"(?<![!\\])\[([^\[\]\n]*)\]\([ \t]*({_URL_PATTERN})[ \t]*\)")
_URL = re.compile(_URL_PATTERN)
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def safe_markdown(
    text: str, turn: int = 0, numbers: Collection[int] = (), figures: Sequence[CheckedFigure] = (),
    evidence: Sequence[str] = (),
) -> str:
    """Untrusted Markdown as Markdown without HTML that can load nothing, with its citations linked.

    Markers [n] with n in `numbers` become links to `#cite-<turn>-<n>`; other numbers, and markers in code, stay text.
    A figure that no source has becomes a link to `#figure-<turn>-<i>-not`, a derived one to `…-derived`, one that
    text recognition doubts to `…-read`, with i counted from 1; a figure in code or in a link stays as it is.
    An address is always shown in full, never behind other words. It is a link only where a text of the `evidence` has
    exactly this address: a prompt injection could make a model write secrets into any other one. The result has no
    other link, no image, no tag but `code` and `pre` written here, and no text that a browser would read as code and
    this module would not.

    `产值为3.8万亿元[1]。` → `产值为3.8万亿元[\\[1\\]](#cite-1-1)。`;  `<img src=x>` → `&lt;img src=x>`
    """
    known_urls = {url for passage in evidence for url in _URL.findall(passage)} if "://" in text else set[str]()
    top_heading = min((len(signs) for _, signs in _HEADING.findall(text)), default=1)
    states = [figure.state.split()[0] for figure in figures]
    prose = _ProseRenderer(turn, numbers, states, known_urls, top_heading)
    text = _mark_figures(text.translate(_REPLACED_CHARACTERS), figures)
    parts: list[str] = []
    position = 0
    for code in _CODE.finditer(text):
        parts += [prose.render_prose(text[position : code.start()]), _render_code(code)]
        position = code.end()
    return align_figures("".join([*parts, prose.render_prose(text[position:])]))


def _mark_figures(text: str, figures: Sequence[CheckedFigure]) -> str:
    """The text with its unsupported, doubted and derived figures enclosed in noncharacters."""
    closed = [match.span() for pattern in (_CODE, _LINK) for match in pattern.finditer(text)]
    position, parts = 0, list[str]()
    for number, figure in sorted(enumerate(figures, 1), key=lambda pair: pair[1].start):
        if figure.state != "found" and figure.start >= position and _can_link(figure, text, closed):
            marked = f"{_FIGURE_OPEN}{number}{_FIGURE_NUMBER_END}{figure.text}{_FIGURE_CLOSE}"
            parts += [text[position : figure.start], marked]
            position = figure.end
    return "".join([*parts, text[position:]])


def _can_link(figure: CheckedFigure, text: str, closed: Sequence[tuple[int, int]]) -> bool:
    """The figure is where its offsets say, outside the closed spans, and Markdown can make a link of it."""
    start, end = figure.start, figure.end
    if start >= end or text[start:end] != figure.text or _NO_LINK_WITHIN & set(figure.text):
        return False
    is_closed = any(first < end and start < last for first, last in closed)
    return not is_closed and not text.endswith(_NO_LINK_AFTER, 0, start)


def _render_code(match: re.Match[str]) -> str:
    """Code as HTML with entities for punctuation: no Markdown is read in it, even where a browser ends it early."""
    if match["ticks"]:
        words = match["words"]
        is_padded = words[:1] == words[-1:] == " " and words.strip()
        return f"<code>{_escape_entities(words[1:-1] if is_padded else words)}</code>"
    lead, body = match["lead"], (match["body"] or "").removesuffix("\n")
    indent = r"^[ \t]*(?:>[ ]?)+" if ">" in lead else rf"^[ \t]{{0,{len(lead)}}}"
    return f"{lead}<pre><code>{_escape_entities(re.sub(indent, '', body, flags=re.M))}</code></pre>"


def _escape_entities(text: str) -> str:
    """The text with punctuation and line breaks as entities, so that it is shown as it is."""
    text = _STRAY_SIGN.sub("", text)
    return _PUNCTUATION.sub(lambda match: f"&#{ord(match.group())};", text).replace("\n", "&#10;")


@dataclass(frozen=True)
class _ProseRenderer:
    """Rewrites the prose of one answer."""

    turn: int
    numbers: Collection[int]
    figure_states: Sequence[str]  # the first word of each figure's state
    known_urls: Collection[str]  # addresses in the evidence
    top_heading: int  # the highest heading level in the answer, 1 to 6

    def render_prose(self, text: str) -> str:
        """A part of the text that has no code in it."""
        text = _TEXT_LINK.sub(_show_address, text)
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace("![", "&#33;[")
        text = text.replace("\\`", "&#96;").replace("`", "&#96;").replace("~~~", "&#126;&#126;&#126;")
        text = _HEADING.sub(self._lower_heading, text)
        text = _UNDERLINE.sub("\n\n", text)
        text = _TASK.sub(lambda m: m.group(1) + ("☐" if m.group(2) == " " else "☑"), text)
        text = _DEFINITION.sub(self._disarm_definition, text)
        text = _URL.sub(self._link_url, text.replace("](", "]&#40;"))
        text = re.sub(r"(?i)://|(?<=www)\.|(?<=[\w.+-])@(?=\w)", lambda m: _escape_entities(m.group()), text)
        text = _MARKER.sub(self._link_marker, text)
        text = _FIGURE.sub(self._link_figure, text)
        return _STRAY_SIGN.sub("", text)

    def _lower_heading(self, match: re.Match[str]) -> str:
        level = len(match.group(2)) - self.top_heading + _FIRST_LEVEL
        return match.group(1) + "#" * min(level, 6)

    def _disarm_definition(self, match: re.Match[str]) -> str:
        """The bracket of a link definition as an entity; a marker before a colon, such as `[1]:`, stays a marker."""
        return match.group() if self._is_passage_number(match.group(2)) else match.group(1) + "&#91;"

    def _link_figure(self, match: re.Match[str]) -> str:
        number, figure = match.groups()
        return f"[{figure}](#figure-{self.turn}-{number}-{self.figure_states[int(number) - 1]})"

    def _is_passage_number(self, number: str) -> bool:
        return number.isdecimal() and int(number) in self.numbers

    def _link_marker(self, match: re.Match[str]) -> str:
        number = match.group(1)
        return rf"[\[{number}\]](#cite-{self.turn}-{int(number)})" if self._is_passage_number(number) else match.group()

    def _link_url(self, match: re.Match[str]) -> str:
        url = unescape(match.group())
        shown = _escape_entities(url)
        return f"[{shown}]({shown})" if url in self.known_urls else shown


def _show_address(match: re.Match[str]) -> str:
    """A link with words as the words and the address in brackets; `[words](address)` → `words (address)`."""
    words, url = match.groups()
    return url if words.strip() in ("", url) else f"{words} ({url})"


_FIRST_LEVEL = 3  # levels 1 and 2 are the page's own headings
_HTML_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def literal_markdown(text: str) -> str:
    """Markdown that shows a text exactly as it is: a reader's question, or the sentence of an error.

    `*甲* <b>` → `\\*甲\\* &lt;b&gt;`
    """
    lines = (line.strip() for line in text.translate(_BIDI_CONTROLS).split("\n"))
    return "\n".join(_PUNCTUATION.sub(_escape_sign, line) for line in lines)


def _escape_sign(match: re.Match[str]) -> str:
    """A punctuation mark behind a backslash, or as an entity where HTML would read it."""
    return _HTML_ENTITIES.get(match.group(), "\\" + match.group())
