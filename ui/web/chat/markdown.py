"""What a model or a reader wrote becomes Markdown that shows it, links its citations, marks its figures, and can do nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import unescape

from rag.schema import CheckedFigure

_CODE = re.compile(
    r"^(?P<lead>(?:[ \t]|>|[-*+][ \t]|\d{1,9}[.)][ \t])*)(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*"
    r"(?:\n(?P<body>.*?)(?:^[ \t>]*(?P=fence)[`~]*[ \t]*$|\Z)|\Z)"
    r"|(?<![\\`])(?P<ticks>`+)(?!`)(?P<words>[^\n]*?)(?<!`)(?P=ticks)(?!`)",
    re.M | re.S)
_MARKER = re.compile(r"(?<!\\)\[(\d{1,3})\]")
_DEFINITION = re.compile(r"^([ \t>*+\-.\d)]*)\[(?=([^\]\n]*)\]:)", re.M)
_HEADING = re.compile(r"^([ \t>]*)(#{1,6})(?=[ \t])", re.M)
_TASK = re.compile(r"^([ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+)\[([ xX])\](?=\s)", re.M)
_UNDERLINE = re.compile(r"(?<=\S)\n(?=[ \t>]*(?:=+|-+)[ \t]*$)", re.M)  # would make a heading of the line above
_BIDI_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\u2060")  # an address written backwards reads otherwise

# A figure travels through what follows between code points that no text may hold (Unicode's noncharacters), because its
# offsets are those of the raw text; it leaves as a link of ours, which the browser's sanitiser keeps as it keeps citations.
_FIGURE_OPEN, _FIGURE_NUMBER_END, _FIGURE_CLOSE = "\ufdd0", "\ufdd1", "\ufdd2"
_REPLACED_CHARACTERS = _BIDI_CONTROLS | dict.fromkeys(map(ord, (_FIGURE_OPEN, _FIGURE_NUMBER_END, _FIGURE_CLOSE)), "\ufffd")  # as long as what it stands for
_FIGURE = re.compile(f"{_FIGURE_OPEN}(\\d+){_FIGURE_NUMBER_END}([^{_FIGURE_CLOSE}]*){_FIGURE_CLOSE}")
_STRAY_SIGN = re.compile(f"{_FIGURE_OPEN}\\d+{_FIGURE_NUMBER_END}|{_FIGURE_CLOSE}")
# a link in a link, or in an address, would break it; and after these signs a bracket is no link
_LINK = re.compile(r"\[[^\]\n]*\]\([^)\n]*\)?|(?:https?://|www\.)[!-~]+")
_NO_LINK_AFTER, _NO_LINK_WITHIN = ("!", "\\"), frozenset("[]<>`*_|~\\\n")

# without a user before the host, which would look like the host; in brackets only where they close again
_URL_PATTERN = (r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d{1,5})?(?![\w@-]|[.:][\w@-])"
            r"(?:[/?#](?:[A-Za-z0-9_~/#$&+=%-]|[.,;:!?*@](?=[A-Za-z0-9_~/#$&+=%-])|\([A-Za-z0-9_~/$&+=%.,;:!?*-]*\))*)?")
_TEXT_LINK = re.compile(rf"(?<![!\\])\[([^\[\]\n]*)\]\([ \t]*({_URL_PATTERN})[ \t]*\)")
_URL = re.compile(_URL_PATTERN)
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def safe_markdown(
    text: str, turn: int = 0, numbers: Collection[int] = (), figures: Sequence[CheckedFigure] = (), evidence: Sequence[str] = (),
) -> str:
    """Untrusted Markdown as Markdown that can neither carry HTML nor load anything, with its citations linked.

    Markers [n] with n in `numbers` become links to `#cite-<turn>-<n>`; other numbers, and all in code, stay text.
    Of the figures, those that no source has become links to `#figure-<turn>-<i>-not`, and derived ones to `…-derived`, with i
    counted from 1; one in code or in a link stays as it is.
    An address is told in full, never hidden behind words, and is a link only where a text of the `evidence` has it letter for
    letter: into any other a model may have been made to write what it knows. The result holds no other link, no image, no tag
    but `code` and `pre` of ours, and nothing that the browser could read as code and this module did not.

    `产值为3.8万亿元[1]。` → `产值为3.8万亿元[\\[1\\]](#cite-1-1)。`;  `<img src=x>` → `&lt;img src=x>`
    """
    known = {address for told in evidence for address in _URL.findall(told)} if "://" in text else set[str]()
    highest = min((len(signs) for _, signs in _HEADING.findall(text)), default=1)
    prose = _ProseRenderer(turn, numbers, [figure.state.split()[0] for figure in figures], known, highest)
    text = _mark_figures(text.translate(_REPLACED_CHARACTERS), figures)
    parts: list[str] = []
    at = 0
    for code in _CODE.finditer(text):
        parts += [prose.render_prose(text[at : code.start()]), _render_code(code)]
        at = code.end()
    return "".join([*parts, prose.render_prose(text[at:])])


def _mark_figures(text: str, figures: Sequence[CheckedFigure]) -> str:
    """The text with the figures that are to be marked between their signs."""
    closed = [found.span() for pattern in (_CODE, _LINK) for found in pattern.finditer(text)]
    at, parts = 0, list[str]()
    for number, figure in sorted(enumerate(figures, 1), key=lambda pair: pair[1].start):
        start, end = figure.start, figure.end
        fits = at <= start < end and text[start:end] == figure.text and not _NO_LINK_WITHIN & set(figure.text)
        is_open = not text.endswith(_NO_LINK_AFTER, 0, start) and not any(first < end and start < last for first, last in closed)
        if figure.state != "found" and fits and is_open:
            parts += [text[at:start], f"{_FIGURE_OPEN}{number}{_FIGURE_NUMBER_END}{figure.text}{_FIGURE_CLOSE}"]
            at = end
    return "".join([*parts, text[at:]])


def _render_code(match: re.Match[str]) -> str:
    """Code as HTML of ours, each sign in it as an entity, so that no Markdown is read in it: also where browsers end code earlier."""
    if match["ticks"]:
        words = match["words"]
        is_padded = words[:1] == words[-1:] == " " and words.strip()
        return f"<code>{_escape_entities(words[1:-1] if is_padded else words)}</code>"
    lead, body = match["lead"], (match["body"] or "").removesuffix("\n")
    quoting = r"^[ \t]*(?:>[ ]?)+" if ">" in lead else rf"^[ \t]{{0,{len(lead)}}}"
    return f"{lead}<pre><code>{_escape_entities(re.sub(quoting, '', body, flags=re.M))}</code></pre>"


def _escape_entities(text: str) -> str:
    """The text with punctuation and line breaks as entities: it is shown as it is, and nothing else is made of it."""
    return _PUNCTUATION.sub(lambda sign: f"&#{ord(sign.group())};", _STRAY_SIGN.sub("", text)).replace("\n", "&#10;")


@dataclass(frozen=True)
class _ProseRenderer:
    """What the prose of one answer is read with."""

    turn: int
    numbers: Collection[int]
    figure_states: Sequence[str]  # of the figures, each in one word
    known_urls: Collection[str]  # addresses
    top_heading: int  # level of its headings

    def render_prose(self, text: str) -> str:
        """A stretch without code."""
        text = _TEXT_LINK.sub(lambda m: m.group(2) if m.group(1).strip() in ("", m.group(2)) else f"{m.group(1)} ({m.group(2)})", text)
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace("![", "&#33;[")
        text = text.replace("\\`", "&#96;").replace("`", "&#96;").replace("~~~", "&#126;&#126;&#126;")
        text = _HEADING.sub(lambda m: m.group(1) + "#" * min(len(m.group(2)) - self.top_heading + _FIRST_LEVEL, 6), text)
        text = _UNDERLINE.sub("\n\n", text)
        text = _TASK.sub(lambda m: m.group(1) + ("☐" if m.group(2) == " " else "☑"), text)
        text = _DEFINITION.sub(lambda m: m.group() if self._is_passage_number(m.group(2)) else m.group(1) + "&#91;", text)
        text = _URL.sub(self._link_url, text.replace("](", "]&#40;"))
        text = re.sub(r"(?i)://|(?<=www)\.|(?<=[\w.+-])@(?=\w)", lambda m: _escape_entities(m.group()), text)
        text = _MARKER.sub(self._link_marker, text)
        text = _FIGURE.sub(lambda m: f"[{m.group(2)}](#figure-{self.turn}-{m.group(1)}-{self.figure_states[int(m.group(1)) - 1]})", text)
        return _STRAY_SIGN.sub("", text)

    def _is_passage_number(self, number: str) -> bool:
        return number.isdecimal() and int(number) in self.numbers

    def _link_marker(self, match: re.Match[str]) -> str:
        number = match.group(1)
        return rf"[\[{number}\]](#cite-{self.turn}-{int(number)})" if self._is_passage_number(number) else match.group()

    def _link_url(self, match: re.Match[str]) -> str:
        address = unescape(match.group())
        return f"[{_escape_entities(address)}]({_escape_entities(address)})" if address in self.known_urls else _escape_entities(address)


_FIRST_LEVEL = 3  # the page's own headings are above those of an answer
_HTML_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def literal_markdown(text: str) -> str:
    """Markdown that shows a text letter for letter: what a reader typed, or the sentence of an error.

    `*甲* <b>` → `\\*甲\\* &lt;b&gt;`
    """
    lines = (line.strip() for line in text.translate(_BIDI_CONTROLS).split("\n"))
    return "\n".join(_PUNCTUATION.sub(lambda m: _HTML_ENTITIES.get(m.group(), "\\" + m.group()), line) for line in lines)
