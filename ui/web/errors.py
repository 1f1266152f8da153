"""Errors that more than one view of the page raises."""

from __future__ import annotations

from rag.schema import HuwenError


class NotFound(HuwenError):
    """A requested item does not exist, or no longer exists; the page answers with status 404."""
