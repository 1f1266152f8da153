"""Rendering of quoted answers: sentences in quotation marks with their markers, under the names of their documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.schema import Language, Passage
from rag.text import messages
from rag.text.messages import DIFFERENT_FIGURE, name_with_date

_INNER_QUOTES = str.maketrans("“”", "‘’")  # quotation marks inside a quotation become single ones


def render_quotes(
    quotes: Sequence[tuple[Passage, str]], language: Language, *, false_premise: bool = False,
) -> Iterator[str]:
    """The text of a quoted answer in pieces: an introduction, then for each document its name and its quotes.

    `quotes` are sentences with their passages, in the order of the answer. `false_premise`: the question takes a figure
    for granted, but the quotes have another one, and the introduction says so.
    """
    documents = dict.fromkeys(passage.source_id for passage, _ in quotes)
    if false_premise:
        yield DIFFERENT_FIGURE[language]
    elif all(passage.language != language for passage, _ in quotes):
        yield messages.QUOTED_OTHER[language]
    else:
        yield (messages.SEVERAL if len(documents) > 1 else messages.QUOTED)[language]
    for source_id in documents:
        of_document = [(passage, text) for passage, text in quotes if passage.source_id == source_id]
        first = of_document[0][0]
        name = name_with_date(messages.document_name(first.title, first.language), first.date, language)
        yield f"\n\n{name}" + ("：" if language == "zh" else ":")
        for passage, text in of_document:
            yield f"\n- “{text.translate(_INNER_QUOTES)}”[{passage.number}]"
