"""Answers of a model are kept by everything they depend on, so that nothing is paid for twice."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter

from rag.schema import Answer

_ANSWER = TypeAdapter(Answer)


class AnswerCache:
    """Whole answers in a SQLite file, by key; failed and partial ones are never kept. For any thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=30, check_same_thread=False)
        self._db.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL)")

    def get(self, key: str) -> Answer | None:
        """The answer under a key; None where none is kept, which is no failure."""
        with self._lock:
            row = self._db.execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()
        return _ANSWER.validate_json(row[0]) if row else None

    def put(self, key: str, answer: Answer) -> None:
        """Keep a finished answer; any other is passed over."""
        if answer.status in ("failed", "composing"):
            return
        with self._lock, self._db:
            self._db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, json.dumps(asdict(answer), ensure_ascii=False)))


def cache_key(**inputs: object) -> str:
    """A digest of all that an answer depends on: model, parameters, messages, corpus, code."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
