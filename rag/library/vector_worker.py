"""Vector worker: a thread that makes what a library lacks, its ledger of figures and its vectors, in the background.

It lets other writers in.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import closing

from rag.library.library import Library
from rag.library.lock import LibraryLocked
from rag.schema import HuwenError

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 2.0  # after another process was writing; the pause also lets it take the lock
_NICENESS = 10  # of the thread: questions go first


class VectorWorker:
    """Makes the ledger and the vectors of a library after each `wake`, until nothing is missing.

    It holds the writer's lock, but releases it about a second after another writer wants it. What was made stays when
    it is stopped or killed, and the next worker goes on from there.
    """

    def __init__(self, library: Library) -> None:
        self.library = library
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping, self._woken = threading.Event(), threading.Event()

    def wake(self) -> None:
        """Look for what is missing, now or when the present round is done; returns at once."""
        with self._lock:
            self._woken.set()
            if not self._stopping.is_set() and self._is_pending() and (
                    self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, name="huwen-vectors", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop after the batch that is being made, about a second, and wait for that."""
        self._stopping.set()
        self._woken.set()
        with self._lock:
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def is_running(self) -> bool:
        """True while something is made, or another writer is waited for."""
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)  # of this thread alone
        try:
            while self._woken.is_set() and not self._stopping.is_set():
                self._woken.clear()
                if not self._make_until_wanted() and not self._stopping.wait(_RETRY_SECONDS):
                    self._woken.set()
        except HuwenError as error:  # words still find everything; `huwen doctor` says what is wrong
            _log.warning("no more vectors and figures are made now: %s", error)
        finally:
            self.library.close_thread()

    def _make_until_wanted(self) -> bool:
        """Make figures and vectors until none is missing (True), or another writer wants the lock or has it (False)."""
        if not self._is_pending():
            return True
        try:
            with self.library.write_lock(yields=True):
                for work in (self.library.ledger.fill, self.library.make_vectors):
                    with closing(work()) as steps:
                        for _ in steps:
                            if self._stopping.is_set() or self.library.is_wanted():
                                return False
        except LibraryLocked:
            return False
        return True

    def _is_pending(self) -> bool:
        return self.library.ledger.is_pending() or self.library.vector_state().is_pending
