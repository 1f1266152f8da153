"""Errors that several views of the page raise."""

from __future__ import annotations

from rag.schema import HuwenError


class NotFound(HuwenError):
    """What was asked for is not there, or not any more."""
