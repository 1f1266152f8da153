"""Ledger version: the number of the way in which figures are extracted from passages."""

from __future__ import annotations

# raise it when the extraction changes: then the entries of every document are made again
LEDGER_VERSION = 3
