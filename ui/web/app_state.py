"""State of the web application: the pipeline, the history of conversations, and the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

from rag.library.following.watch_worker import WatchWorker
from rag.library.vector_worker import VectorWorker
from rag.pipeline import Pipeline, build_pipeline
from rag.settings import Settings
from ui.doctor import uses_endpoint
from ui.history.history import History
from ui.settings_choice import save_choice

_MODEL_SETTINGS = ("chat_model", "base_url", "api_key")  # when one of them changes, the pipeline is built again


@dataclass
class AppState:
    """One object for all open pages.

    The pipeline is replaced when other settings are chosen; an answer in progress is finished by the earlier one.
    """

    pipeline: Pipeline
    history: History
    settings: Settings
    _vectors: VectorWorker | None = field(default=None, init=False, repr=False, compare=False)
    _watcher: WatchWorker | None = field(default=None, init=False, repr=False, compare=False)
    _settings_lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def wake_vectors(self) -> None:
        """Make the vectors that the library lacks, in the background; nothing if the page is read-only."""
        if not self.settings.read_only:
            with self._settings_lock:
                if self._vectors is None or self._vectors.library is not self.pipeline.library:
                    self._vectors = VectorWorker(self.pipeline.library)
                worker = self._vectors
            worker.wake()

    def start_watching(self) -> None:
        """Follow the watched folders of the library, in the background; nothing if the page is read-only."""
        if not self.settings.read_only:
            with self._settings_lock:
                if self._watcher is None or self._watcher.library is not self.pipeline.library:
                    if self._watcher is not None:
                        self._watcher.stop()
                    self._watcher = WatchWorker(
                        self.pipeline.library, interval=self.settings.watch_seconds, note_change=self.wake_vectors)
                worker = self._watcher
            worker.start()

    @property
    def watcher(self) -> WatchWorker | None:
        """What follows the watched folders; None before `start_watching`."""
        return self._watcher

    def stop_watching(self) -> None:
        """Stop following folders, after the files that are being read."""
        if self._watcher is not None:
            self._watcher.stop()

    def stop_vectors(self) -> None:
        """Stop making vectors, after at most about a second."""
        if self._vectors is not None:
            self._vectors.stop()

    def change_settings(self, changes: Mapping[str, str]) -> None:
        """Save the choices made on the page, and use them from the next question on.

        Raises:
            BadSettings: the choices cannot be used, or not be saved.
        """
        with self._settings_lock:
            settings = save_choice(self.settings, changes)
            self.pipeline = _update_pipeline(self.pipeline, self.settings, settings)
            self.settings = settings
        if self._watcher is not None:
            self.start_watching()  # the library may be another object now


def _update_pipeline(current: Pipeline, before: Settings, after: Settings) -> Pipeline:
    """The pipeline for the settings `after`; the open library is reused unless the endpoint of its vectors changes."""
    if all(getattr(before, name) == getattr(after, name) for name in _MODEL_SETTINGS):
        return replace(current, language=after.answer_language)
    has_new_embedder = uses_endpoint(after.embed_model) and after.embed_endpoint != before.embed_endpoint
    return build_pipeline(after, None if has_new_embedder else current.library)
