"""Version notes: what an answer adds on the other versions of the documents that it cites.

Each sentence or cell that is cited is compared with the one that corresponds to it in every other version. Where they
differ, the other one is quoted, with its figures beside those of the version that is used; an answer of a model that
rests on a version without naming it gets the name too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.answering.quotation import quote_line
from rag.answering.version_pairs import VersionPair, find_pair, part_of_passage
from rag.citations.quotable import Quotable, quotable_parts
from rag.comparison.figure_changes import compare_figures
from rag.numbers.addresses import block_address
from rag.reading.matching import Sentence
from rag.schema import Citation, Language, Passage, PassageVersion
from rag.text import messages

_MAX_QUOTES = 4  # quotes of one version
_MAX_FIGURES = 2  # figures that are compared of one quote


def version_notes(
    draft: str, citations: Sequence[Citation], passages: Sequence[Passage], language: Language,
) -> str:
    """What is to be added to a draft on other versions, beginning with an empty line; empty if there is nothing to add.

    `2024年版：100元；2022年版：80元`, each with its quote and its marker.
    """
    cited = list(_cited_parts(citations, passages))
    lines: list[str] = []
    for family in dict.fromkeys(s.passage.version.family for s in cited if s.passage.version):
        own = [s for s in cited if s.passage.version and s.passage.version.family == family]
        known = {s.passage.version.names for s in own if s.passage.version}
        lines += _lines_of_used(draft, own, language)
        for names in _other_names(family, passages):
            if names in known:
                continue
            version_passages = [p for p in passages if p.version and p.version.family == family
                                and p.version.names == names]
            lines += _lines_of_other(own, version_passages, passages, language)
    return "".join(f"\n{line}" for line in lines)


def _cited_parts(citations: Sequence[Citation], passages: Sequence[Passage]) -> Iterator[Sentence]:
    """The parts of passages with a version that are cited, each once."""
    by_id = {passage.id: passage for passage in passages if passage.version}
    seen: set[tuple[str, int]] = set()
    for citation in citations:
        passage = by_id.get(citation.passage_id)
        if passage is None or citation.state == "not found":
            continue
        for part in quotable_parts(passage):
            start, end = passage.start + part.start, passage.start + part.end
            if start < citation.end and citation.start < end and (passage.id, start) not in seen:
                seen.add((passage.id, start))
                yield part_of_passage(part, passage)


def _other_names(family: str, passages: Sequence[Passage]) -> list[tuple[str, str]]:
    """The versions of a family that the passages are from, except the one that is used."""
    return list(dict.fromkeys(
        p.version.names for p in passages if p.version and p.version.family == family and not p.version.is_used))


def _lines_of_used(draft: str, cited: Sequence[Sentence], language: Language) -> Iterator[str]:
    """A quote under the name of each version that the draft cites without naming it."""
    for names in dict.fromkeys(s.passage.version.names for s in cited if s.passage.version):
        first = next(s for s in cited if s.passage.version and s.passage.version.names == names)
        version = first.passage.version
        if version is None or version.is_period or _is_named(version, draft):
            continue
        yield ""
        yield messages.QUOTED_VERSION[language].format(version=messages.version_with_status(version, language))
        yield quote_line(first)


def _is_named(version: PassageVersion, draft: str) -> bool:
    """Whether a draft names a version, or the status of one without a name."""
    if not any(version.names):
        return any(text in draft for text in messages.VERSION_STATUSES[version.status].values())
    return any(name and name in draft for name in version.names)


def _lines_of_other(
    cited: Sequence[Sentence], version_passages: Sequence[Passage], passages: Sequence[Passage], language: Language,
) -> Iterator[str]:
    """What another version says where the cited parts differ from it; that it says the same where none does."""
    pairs = [pair for pair in (find_pair(part, version_passages) for part in cited) if pair]
    version = version_passages[0].version
    if not pairs or version is None:
        return
    name = messages.version_with_status(version, language)
    different = [pair for pair in pairs if not pair.is_same][:_MAX_QUOTES]
    yield ""
    if not different:
        yield messages.SAME_IN_VERSION[language].format(version=name)
        yield quote_line(pairs[0].other)
        return
    figures = [text for pair in different if (text := _compare_figures(pair, language))][:_MAX_QUOTES]
    comparison = messages.BY_VERSION[language].format(
        figures=messages.VERSION_SEPARATOR[language].join(figures)) if figures else ""
    yield comparison + messages.QUOTED_VERSION[language].format(version=name)
    shown: set[tuple[int, int]] = set()
    for other in dict.fromkeys(pair.other for pair in different):
        yield quote_line(other, shown)


def _compare_figures(pair: VersionPair, language: Language) -> str:
    """The figures in which two parts differ, each under its version; empty if none stands in the place of another."""
    versions = pair.cited.passage.version, pair.other.passage.version
    changes = compare_figures(_without_number(pair.other), _without_number(pair.cited))
    if not 0 < len(changes) <= _MAX_FIGURES or versions[0] is None or versions[1] is None:
        return ""
    sides = (
        (versions[1], [change.old for change in changes], pair.other.passage.number),
        (versions[0], [change.new for change in changes], pair.cited.passage.number))
    return messages.VERSION_SEPARATOR[language].join(
        _side(version, figures, number, language) for version, figures, number in sides)


def _without_number(part: Quotable) -> str:
    """The text of a part, with the unit of a cell, without the number of its clause."""
    address = block_address(part.value_text) if part.block and part.block.number else None
    return part.value_text[address.end :] if address else part.value_text


def _side(version: PassageVersion, figures: Sequence[str], number: int, language: Language) -> str:
    separator, comma = ("：", "、") if language == "zh" else (": ", ", ")
    return f"{messages.version_with_status(version, language)}{separator}{comma.join(figures)}[{number}]"
