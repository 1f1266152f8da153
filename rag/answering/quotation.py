"""Rendering of quoted answers: sentences in quotation marks with their markers, under the names of their documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.citations.quotable import LEAD_SEPARATOR
from rag.reading.matching import Sentence
from rag.schema import Language, Passage
from rag.text import messages
from rag.text.language import has_han
from rag.text.messages import DIFFERENT_FIGURE, name_with_date

_INNER_QUOTES = str.maketrans("“”", "‘’")  # quotation marks inside a quotation become single ones


def render_quotes(
    quotes: Sequence[Sentence], language: Language, *, false_premise: bool = False, with_section: bool = False,
) -> Iterator[str]:
    """The text of a quoted answer in pieces: an introduction, then for each document its name and its quotes.

    `quotes` are in the order of the answer. A quote that says something only with its lead stands after it:
    `西湖区 · 地区生产总值（亿元）：“987.6”[1]`. `false_premise`: the question takes a figure for granted, but the quotes
    have another one, and the introduction says so. `with_section`: a chapter was asked for, and its heading is shown.
    """
    documents = dict.fromkeys(quote.passage.source_id for quote in quotes)
    if false_premise:
        yield DIFFERENT_FIGURE[language]
    elif quotes and not any(_is_in(quote, language) for quote in quotes):
        yield messages.QUOTED_OTHER[language]
    else:
        yield (messages.SEVERAL if len(documents) > 1 else messages.QUOTED)[language]
    for source_id in documents:
        of_document = [quote for quote in quotes if quote.passage.source_id == source_id]
        first = of_document[0].passage
        name = _name_of_document(first, language)
        if with_section and first.section:
            name += f" › {first.section}"
        yield f"\n\n{name}" + ("：" if language == "zh" else ":")
        shown: set[tuple[int, int]] = set()  # what is quoted above is not repeated as a lead
        for quote in of_document:
            yield f"\n{quote_line(quote, shown)}"


def _name_of_document(passage: Passage, language: Language) -> str:
    """The title of a passage's document with its date; with its version instead, where that matters."""
    title = messages.document_name(passage.title, passage.language)
    if passage.version is None:
        return name_with_date(title, passage.date, language)
    return messages.name_with_version(title, passage.version, language)


def quote_line(quote: Sentence, shown: set[tuple[int, int]] | None = None) -> str:
    """A quote as an item of a list, with its lead and its marker; `shown`: what has been quoted, which is added to."""
    shown = set() if shown is None else shown
    lead = _visible_lead(quote, shown)
    shown.add((quote.passage.start + quote.start, quote.passage.start + quote.end))
    return f"- {lead}“{_quotable_form(quote.text)}”[{quote.passage.number}]"


def _is_in(quote: Sentence, language: Language) -> bool:
    """Whether a reader of a language can read a quote; `共有 12 个 worker 节点` is Chinese, whatever its document is."""
    return quote.passage.language == language or has_han(quote.statement) == (language == "zh")


def _quotable_form(text: str) -> str:
    """A text inside quotation marks: its own become single ones, and a number of a note is no marker of ours."""
    return _NOTE_NUMBER.sub(r"［\1］", text.translate(_INNER_QUOTES).replace("\n", " "))


_NOTE_NUMBER = re.compile(r"\[(\d{1,3})\]")


def _visible_lead(quote: Sentence, shown: set[tuple[int, int]]) -> str:
    """The lead of a quote, before its quotation mark; empty if it has none or its lead has been quoted already."""
    if quote.block is None:
        return ""
    parts = [part for part in quote.block.lead if (part.start, part.end) not in shown]
    shown |= {(part.start, part.end) for part in parts if not quote.is_cell}
    text = LEAD_SEPARATOR.join(part.text.strip("：:？?。. ") for part in parts)
    if not text:
        return ""
    return f"{text}：" if has_han(text) else f"{text}: "
