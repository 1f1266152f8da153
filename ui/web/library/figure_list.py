"""Figure list: the figures of the library as a table, and those that contradict each other, with links into
the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from rag.comparison.version_families import VersionFamily
from rag.ledger.conflicts import LedgerConflict
from rag.ledger.entry import LedgerEntry
from rag.library.figure_ledger import LedgerState
from rag.library.figure_records import FigureRecords
from ui.web.texts.lookup import SYMBOLS, ui_text
from ui.web.texts.version_lines import version_badge

FIGURES_PER_PAGE, CONFLICTS_PER_PAGE = 50, 20
_COLUMNS = ("value", "subject", "year", "kind", "scope", "document")
_LONGEST_SENTENCE = 400  # characters of a sentence that a conflict shows


def render_figures(
    entries: Sequence[LedgerEntry], records: FigureRecords, total: int, page: int, state: LedgerState,
    versions: Mapping[str, VersionFamily] | None = None,
) -> str:
    """One page of the figures as a table; each value is a button that opens its words in the document.

    `versions`: the families of the documents that have versions, by source id; the version is shown with the title.
    """
    if not entries:
        return render_gaps(state) + f'<p class="empty">{ui_text(_empty_key(state))}</p>'
    heads = "".join(f'<th scope="col" class="{name}">{ui_text(f"figure {name}")}</th>' for name in _COLUMNS)
    rows = "".join(_render_row(entry, records, versions or {}) for entry in entries)
    return (
        f'{render_gaps(state)}<p class="coverage" role="status">{ui_text("count figures", number=f"{total:,}")}</p>'
        f'<table class="holdings figures"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        f"{_render_pager(page, total, FIGURES_PER_PAGE)}")


def render_conflicts(
    conflicts: Sequence[LedgerConflict], records: FigureRecords, page: int, state: LedgerState,
) -> str:
    """One page of the conflicts, each with its statements; each value is a button that opens its words."""
    pages = page_count(len(conflicts), CONFLICTS_PER_PAGE)
    page = min(max(1, page), pages)
    shown = conflicts[(page - 1) * CONFLICTS_PER_PAGE : page * CONFLICTS_PER_PAGE]
    if not shown:
        key = "no conflicts" if state.documents else "library empty"
        return render_gaps(state) + f'<p class="empty">{ui_text(key)}</p>'
    items = "".join(_render_conflict(conflict, records) for conflict in shown)
    return (
        f'{render_gaps(state)}<p class="coverage" role="status">'
        f'{ui_text("count conflicts", number=f"{len(conflicts):,}")}</p>'
        f'<ol class="conflicts">{items}</ol>{_render_pager(page, len(conflicts), CONFLICTS_PER_PAGE)}')


def page_count(total: int, size: int) -> int:
    """How many pages a list has; an empty one has one."""
    return max(1, -(-total // size))


def render_gaps(state: LedgerState) -> str:
    """What the ledger lacks: documents that are not in it yet, or not with all their figures; empty if none."""
    parts = []
    if state.waiting:
        parts.append(ui_text("figures waiting", number=f"{state.waiting:,}", of=f"{state.documents:,}"))
    if state.cut_off:
        parts.append(ui_text("figures cut off", number=f"{len(state.cut_off):,}"))
    kind = "making" if state.waiting else "stopped"
    return "".join(f'<p class="gaps {kind}" role="status">{part}</p>' for part in parts)


def _empty_key(state: LedgerState) -> str:
    return "no figures found" if state.documents else "library empty"


def _render_row(entry: LedgerEntry, records: FigureRecords, versions: Mapping[str, VersionFamily]) -> str:
    source = records.source(entry)
    family = versions.get(source.id)
    scope = "" if entry.scope == source.title else entry.scope  # which the last column has
    badge = f" {version_badge(family, family.member_of(source.id))}" if family else ""
    return (
        f'<tr data-id="{escape(source.id)}"><td class="value">{_render_value(entry, source.language)}</td>'
        f'<td class="subject" lang="{source.language}">{escape(entry.subject) or "—"}</td>'
        f'<td class="year">{escape(f"{entry.year} {entry.period}".strip())}</td>'
        f'<td class="kind">{ui_text(f"kind {entry.kind}")}</td>'
        f'<td class="scope" lang="{source.language}">{escape(scope)}</td>'
        f'<td class="document"><span lang="{source.language}">{escape(source.title)}</span>{badge}</td></tr>')


def _render_value(entry: LedgerEntry, language: str) -> str:
    unit = f' <span class="unit">{escape(entry.unit)}</span>' if entry.unit and entry.unit not in entry.text else ""
    hedge = f'<span class="hedge">{ui_text(f"exactness {entry.exactness}")}</span> ' if entry.exactness else ""
    return (
        f'<button type="button" class="name" data-words="{entry.start}-{entry.end}" '
        f'data-sentence="{entry.part_start}-{entry.part_end}" lang="{language}">'
        f"{hedge}{escape(entry.text)}{unit}</button>")


def _render_conflict(conflict: LedgerConflict, records: FigureRecords) -> str:
    sides = "".join(_render_side(entry, records) for entry in conflict.entries)
    language = records.source(conflict.entries[0]).language
    return (
        f'<li><p class="about"><span class="sign" aria-hidden="true">{SYMBOLS["conflict"]}</span> '
        f'<b lang="{language}">{escape(conflict.subject)}</b> '
        f'<span class="place">{ui_text(f"conflict {conflict.place}")}</span></p>'
        f"<ul>{sides}</ul></li>")


def _render_side(entry: LedgerEntry, records: FigureRecords) -> str:
    source, sentence = records.source(entry), records.sentence(entry)
    if entry.part_end - entry.part_start == len(entry.text):  # a cell: its heads say what it is
        sentence = f"{entry.subject}{'：' if source.language == 'zh' else ': '}{sentence}"
    year = f' <span class="year">{escape(entry.year)}</span>' if entry.year else ""
    return (
        f'<li data-id="{escape(source.id)}">{_render_value(entry, source.language)}{year}'
        f'<span class="words" lang="{source.language}">{escape(sentence[:_LONGEST_SENTENCE])}</span>'
        f'<span class="document" lang="{source.language}">{escape(source.title)}</span></li>')


def _render_pager(page: int, total: int, size: int) -> str:
    pages = page_count(total, size)
    if pages == 1:
        return ""
    buttons = []
    for key, number in (("previous page", page - 1), ("next page", page + 1)):
        disabled = "" if 1 <= number <= pages else " disabled"
        buttons.append(
            f'<button type="button" class="ours" data-figures="{number}"{disabled}>{ui_text(key)}</button>')
    position = ui_text("page of", number=str(page), all=str(pages))
    return f'<p class="pager">{buttons[0]}<span>{position}</span>{buttons[1]}</p>'
