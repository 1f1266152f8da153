"""Answer cache: stores the answers of a model under a digest of all inputs, so that no answer is paid for twice."""

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
    """Complete answers in a SQLite file, by key; failed and unfinished answers are never stored. Thread-safe."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=30, check_same_thread=False)
        self._db.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL)")

    def get(self, key: str) -> Answer | None:
        """The answer stored under a key, or None; a missing answer is not an error."""
        with self._lock:
            row = self._db.execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()
        return _ANSWER.validate_json(row[0]) if row else None

    def put(self, key: str, answer: Answer) -> None:
        """Store a finished answer; ignore any other."""
        if answer.status in ("failed", "composing"):
            return
        content = json.dumps(asdict(answer), ensure_ascii=False)
        with self._lock, self._db:
            self._db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, content))


def cache_key(**inputs: object) -> str:
    """A SHA-256 digest of the inputs that determine an answer, such as model, corpus, code, question and history."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
