"""Routes of the ledger of figures in the library view: the list of figures, and that of conflicts."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from rag.ledger.entry import ENTRY_KINDS
from rag.ledger.search import FigureFilter
from rag.library.figure_records import FigureRecords
from ui.web.app_state import AppState
from ui.web.library import figure_list

_Text = Annotated[str, Query(max_length=400)]


def figure_routes(app_state: AppState) -> APIRouter:
    """Everything under /page/figures; figures that are not in the ledger yet are read in the background."""
    router = APIRouter(prefix="/page/figures", default_response_class=HTMLResponse)

    @router.get("")
    def list_figures(
        query: _Text = "", year: _Text = "", unit: _Text = "", place: _Text = "", kind: _Text = "", page: int = 1,
    ) -> str:
        library = app_state.pipeline.library
        app_state.wake_vectors()
        criteria = _parse_filter(query, year, unit, place, kind)
        total = library.ledger.count(criteria)
        page = min(max(1, page), figure_list.page_count(total, figure_list.FIGURES_PER_PAGE))
        offset = (page - 1) * figure_list.FIGURES_PER_PAGE
        entries = library.ledger.find(criteria, limit=figure_list.FIGURES_PER_PAGE, offset=offset)
        versions = library.version_families({entry.source_id for entry in entries})
        return figure_list.render_figures(
            entries, FigureRecords(library), total, page, library.ledger.state(), versions)

    @router.get("/conflicts")
    def list_conflicts(
        query: _Text = "", year: _Text = "", unit: _Text = "", place: _Text = "", kind: _Text = "", page: int = 1,
    ) -> str:
        library = app_state.pipeline.library
        app_state.wake_vectors()
        conflicts = library.ledger.conflicts(_parse_filter(query, year, unit, place, kind))
        return figure_list.render_conflicts(conflicts, FigureRecords(library), page, library.ledger.state())

    return router


def _parse_filter(query: str, year: str, unit: str, place: str, kind: str) -> FigureFilter:
    """The filter of a request; a year or kind that is none is left out."""
    numbers = [int(number) for number in re.findall(r"(?<!\d)\d{4}(?!\d)", year)]
    years: tuple[int, int] | None = (min(numbers), max(numbers)) if numbers else None
    chosen = next((known for known in ENTRY_KINDS if known == kind), None)
    return FigureFilter(query, years, unit, place, chosen)
