"""The commands on the ledger of figures: huwen figures | conflicts."""

from __future__ import annotations

import csv
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from rag.text.messages import LEDGER
from ui.commands.scope_options import Languages, Sources, Tags, parse_scope, parse_years
from ui.commands.terminal import (
    CommandFailed,
    err,
    interface_language,
    open_huwen,
    out,
    print_json,
    progress_bar,
    shown_name,
)

if TYPE_CHECKING:
    from collections.abc import Set

    from rag.huwen import Huwen
    from rag.ledger.conflicts import LedgerConflict
    from rag.ledger.entry import LedgerEntry
    from rag.ledger.search import FigureFilter
    from rag.library.figure_records import FigureRecords

app = typer.Typer()

Query = Annotated[str, typer.Argument(help="Words of the subject, the place or the document; none lists all.")]
FigureYears = Annotated[str, typer.Option("--year", help="Only figures of this year, or of these: 2022-2024.")]
Unit = Annotated[str, typer.Option("--unit", help="Only figures in this unit, or one of its kind: km finds "
    "metres too.")]
Place = Annotated[str, typer.Option("--place", help="Only figures of this place or body.")]
Kind = Annotated[str, typer.Option("--kind", help="Only figures of this kind: actual, target, limit, growth, increase, "
                                                  "share, rate, range, rank, date, time.")]


@app.command()
def figures(
    query: Query = "", year: FigureYears = "", unit: Unit = "", place: Place = "", kind: Kind = "",
    source: Sources = None, tag: Tags = None, language: Languages = "",
    limit: Annotated[int, typer.Option(min=0, help="How many are printed; 0 for all.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects, all of them.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table with commas, all of them.")] = False,
) -> None:
    """List the figures of the library: value, unit, year, subject, place, and where each stands."""
    criteria = _parse_filter(query, year, unit, place, kind)
    scope = parse_scope(source, tag, language, "")
    huwen = _open_with_ledger()
    source_ids = huwen.library.resolve_scope(scope)
    shown = -1 if as_json or as_csv or not limit else limit
    entries = huwen.library.ledger.find(criteria, source_ids, limit=shown)
    records = _records(huwen)
    if as_json:
        print_json([records.to_json(entry) for entry in entries])
    elif as_csv:
        _print_csv(entries, records)
    else:
        for entry in entries:
            _print_entry(entry, records)
        _print_total(huwen, criteria, source_ids, len(entries))
    _print_gaps(huwen)


@app.command()
def conflicts(
    query: Query = "", year: FigureYears = "", unit: Unit = "", place: Place = "", kind: Kind = "",
    source: Sources = None, tag: Tags = None, language: Languages = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table with commas, one side a line.")] = False,
) -> None:
    """List figures that may contradict each other, in different documents or within one, to be checked by a reader."""
    criteria = _parse_filter(query, year, unit, place, kind)
    scope = parse_scope(source, tag, language, "")
    huwen = _open_with_ledger()
    found = huwen.library.ledger.conflicts(criteria, huwen.library.resolve_scope(scope))
    records = _records(huwen)
    if as_json:
        print_json([records.conflict_to_json(conflict) for conflict in found])
    elif as_csv:
        _print_csv([entry for conflict in found for entry in conflict.entries], records, found)
    else:
        for conflict in found:
            _print_conflict(conflict, records)
        if not found:
            out.print(_message("empty" if huwen.library.is_empty() else "no conflicts"), markup=False)
    _print_gaps(huwen)


def _parse_filter(query: str, year: str, unit: str, place: str, kind: str) -> FigureFilter:
    from rag.ledger.entry import ENTRY_KINDS
    from rag.ledger.search import FigureFilter

    if kind and kind not in ENTRY_KINDS:
        raise CommandFailed(f"--kind {kind}: is none of {', '.join(ENTRY_KINDS)}")
    chosen = next((known for known in ENTRY_KINDS if known == kind), None)
    return FigureFilter(query, parse_years(year), unit, place, chosen)


def _open_with_ledger() -> Huwen:
    """Huwen with a ledger that is complete; with progress where many figures are to be read first."""
    huwen = open_huwen()
    fill_ledger(huwen)
    return huwen


def fill_ledger(huwen: Huwen) -> None:
    """Make the entries that are missing in the ledger; a library in use leaves the rest to later.

    Ctrl-C ends the command; the documents that were finished stay.
    """
    from rag.library.lock import LibraryLocked

    ledger = huwen.library.ledger
    if not ledger.is_pending():
        return
    try:
        with progress_bar() as progress:
            task = progress.add_task("figures", total=None)
            with huwen.library.write_lock(yields=True), closing(ledger.fill()) as steps:
                for done, total in steps:
                    progress.update(task, completed=done, total=total)
                    if huwen.library.is_wanted():
                        break
    except LibraryLocked:
        pass  # what is missing is told beside the list


def _records(huwen: Huwen) -> FigureRecords:
    from rag.library.figure_records import FigureRecords

    return FigureRecords(huwen.library)


def _message(key: str, **values: object) -> str:
    return LEDGER[key][interface_language()].format(**values)


def _print_entry(entry: LedgerEntry, records: FigureRecords, indent: str = "") -> None:
    about = " · ".join(part for part in (entry.kind, f"{entry.year} {entry.period}".strip()) if part)
    title = records.title(entry)
    scope = "" if entry.scope == title else f"{shown_name(entry.scope)} · "
    document = shown_name(title)
    out.print(f"{indent}[bold]{shown_name(entry.text)}[/]  {shown_name(entry.subject)}  [dim]{about} · "
              f"{scope}{document}[/]")


def _print_conflict(conflict: LedgerConflict, records: FigureRecords) -> None:
    place = "in several documents" if conflict.place == "between" else "within one document"
    out.print(f"[bold]≠ {shown_name(conflict.subject)}[/]  [dim]{place}[/]")
    for entry in conflict.entries:
        out.print(f"   [bold]{shown_name(entry.text)}[/]  {shown_name(records.title(entry))}: "
                  f"{shown_name(records.sentence(entry))}")
    out.print()


def _print_total(huwen: Huwen, criteria: FigureFilter, source_ids: Set[str] | None, shown: int) -> None:
    from rag.ledger.search import FigureFilter

    if huwen.library.is_empty():
        out.print(_message("empty"), markup=False)
        return
    total = huwen.library.ledger.count(criteria, source_ids)
    if not total:
        is_filtered = criteria != FigureFilter() or source_ids is not None
        out.print(_message("nothing found" if is_filtered else "no figures"), markup=False)
        return
    rest = f"; {shown} are shown, --limit 0 shows all" if shown < total else ""
    out.print(f"{total} {'figure' if total == 1 else 'figures'}{rest}")


def _print_gaps(huwen: Huwen) -> None:
    """Say which documents are missing in the ledger, or are in it only in part."""
    from rag.ledger.extraction import MAX_ENTRIES

    state = huwen.library.ledger.state()
    if state.waiting:
        err.print(f"huwen: {_message('waiting', number=state.waiting)}", markup=False)
    for source_id in state.cut_off:
        title = huwen.library.source_by_id(source_id).title
        err.print(f"huwen: {_message('cut off', title=shown_name(title), number=MAX_ENTRIES)}", markup=False)


def _print_csv(
    entries: list[LedgerEntry], records: FigureRecords, conflicts: list[LedgerConflict] | None = None,
) -> None:
    """A table with a line of heads; for conflicts with their number in front. Formulas of a spreadsheet are "
      "disarmed."""
    numbers = [number for number, conflict in enumerate(conflicts or (), 1) for _ in conflict.entries]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    rows = [records.to_json(entry) for entry in entries]
    heads = [*records.KEYS]
    writer.writerow(["conflict", *heads] if conflicts is not None else heads)
    for position, row in enumerate(rows):
        cells = [_disarm(row[head]) for head in heads]
        writer.writerow([numbers[position], *cells] if conflicts is not None else cells)


def _disarm(value: object) -> object:
    """A text that a spreadsheet would run as a formula, with an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
