"""The command huwen diff, and what other commands print on the versions of documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.text import messages
from ui.commands.terminal import err, interface_language, open_huwen, out, print_json, shown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import Console

    from rag.comparison.clauses import Clause
    from rag.comparison.document_diff import ClauseChange, DocumentDiff
    from rag.huwen import Huwen
    from rag.library.library import Library
    from rag.schema import Language, Source

app = typer.Typer()

_LABELS: dict[str, dict[Language, str]] = {
    "counts": {"zh": "修改 {changed} 处，新增 {added} 处，删除 {removed} 处，移动 {moved} 处；未变 {unchanged} 处",
               "en": "{changed} changed, {added} added, {removed} removed, {moved} moved; {unchanged} unchanged"},
    "same": {"zh": "两份文字相同，没有差别", "en": "both texts are the same; there is no difference"},
    "unrelated": {"zh": "两份文件几乎没有共同的内容，不像同一文件的两个版本",
                  "en": "the two have next to nothing in common; they do not look like versions of one document"},
    "figures": {"zh": "数字", "en": "Figures"},
    "changed": {"zh": "修改", "en": "Changed"}, "added": {"zh": "新增", "en": "Added"},
    "removed": {"zh": "删除", "en": "Removed"}, "moved": {"zh": "移动", "en": "Moved"},
}
_MAX_SHOWN = 400  # changes of one kind that are printed; --json prints all


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="The earlier version: an id, file name or title, or the path of a file.")],
    new: Annotated[str, typer.Argument(help="The later version, likewise.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print an object with all changes.")] = False,
) -> None:
    """Compare two versions of a document, clause by clause and figure by figure."""
    from rag.comparison.document_diff import compare_documents

    language, huwen = interface_language(), None
    sides = []
    for name in (old, new):
        if not Path(name).is_file():
            huwen = huwen or open_huwen()
        sides.append(_read_side(name, huwen))
    found = compare_documents(sides[0][1], sides[1][1])
    if as_json:
        print_json({"old": sides[0][0], "new": sides[1][0], **found.to_json(language)})
        return
    out.print(f"[bold]{shown_name(sides[0][0])} → {shown_name(sides[1][0])}[/]")
    _print_diff(found, language)


def _read_side(name: str, huwen: Huwen | None) -> tuple[str, list[Clause]]:
    """The title and the clauses of a file, or of a source of the library.

    Raises:
        UnreadableFile: the file cannot be read.
        UnknownSource: there is neither such a file nor such a source.
    """
    from rag.comparison.clauses import split_clauses
    from rag.sources.blocks import decode_blocks
    from rag.sources.clean import clean
    from rag.sources.loaders import load

    path = Path(name)
    if huwen is None or path.is_file():
        document = clean(load(path))
        return path.name, split_clauses(document.page_content, decode_blocks(document.metadata["blocks"]))
    source = huwen.find_source(name)
    return f"{source.title} ({source.name})", huwen.library.clauses(source.id)


def _print_diff(found: DocumentDiff, language: Language) -> None:
    if found.is_same:
        out.print(_LABELS["same"][language])
        return
    counts = {kind: len(found.of_kind(kind)) for kind in ("changed", "added", "removed", "moved")}
    if not found.is_related:
        out.print(f"[yellow]{_LABELS['unrelated'][language]}[/]")
    out.print(_LABELS["counts"][language].format(**counts, unchanged=found.unchanged))
    figures = [(change, figure) for change in found.changes for figure in change.figures]
    if figures:
        out.print(f"\n[bold]{_LABELS['figures'][language]}[/]")
    for change, figure in figures[:_MAX_SHOWN]:
        separator = "：" if language == "zh" else ": "
        place, old, new = map(shown_name, (change.place(language), figure.old, figure.new))
        out.print(f"  {place}{separator}{old} → {new}")
    for kind in ("changed", "added", "removed", "moved"):
        changes = found.of_kind(kind)
        if changes:
            out.print(f"\n[bold]{_LABELS[kind][language]}[/]")
        for change in changes[:_MAX_SHOWN]:
            _print_change(change, language)
        if len(changes) > _MAX_SHOWN:
            out.print(f"  … {len(changes) - _MAX_SHOWN}")


def _print_change(change: ClauseChange, language: Language) -> None:
    out.print(f"  {shown_name(change.place(language))}")
    if change.kind == "moved":
        return
    if change.old:
        out.print(f"    [red]- {shown_name(' '.join(change.old.text.split()))}[/]")
    if change.new:
        out.print(f"    [green]+ {shown_name(' '.join(change.new.text.split()))}[/]")


def version_sentences(library: Library, source_ids: Iterable[str]) -> Mapping[str, list[str]]:
    """What the terminal says of the versions and near-copies of sources, by source id; nothing for most of them."""
    from rag.comparison.version_wording import describe_copies, describe_version

    ids, language = [*source_ids], interface_language()
    families, copies = library.version_families(ids), library.near_copies(ids)
    known = {source.id: source for source in library.sources()} if copies else {}
    sentences: dict[str, list[str]] = {}
    for id in ids:
        found = [describe_version(families[id], id, language)] if id in families else []
        others = [known[other] for other in copies.get(id, ()) if other in known]
        found += [describe_copies(others, language)] if others else []
        sentences[id] = [shown_name(sentence) for sentence in found]
    return sentences


def print_versions(console: Console, library: Library, source_id: str) -> None:
    """Print what a document that was added or has changed is among its versions: a newer version of which one."""
    for sentence in version_sentences(library, [source_id])[source_id]:
        console.print(f"           {sentence}")


def same_content_sentence(path: Path, source: Source) -> str:
    """What the terminal says of a file whose content is in the library under another name."""
    language = interface_language()
    other = f"{messages.document_name(source.title, language)} ({source.name})"
    return shown_name(messages.SAME_CONTENT[language].format(file=path.name, other=other))


def print_sentences(sentences: Iterable[str]) -> None:
    """Print sentences on a document to standard error, beside its text."""
    for sentence in sentences:
        err.print(f"huwen: {sentence}")
