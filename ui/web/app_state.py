"""What the page works with: the pipeline, the conversations that are kept, and the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

from rag.pipeline import Pipeline, build_pipeline
from rag.settings import Settings
from ui.doctor import uses_endpoint
from ui.history.history import History
from ui.settings_choice import save_choice

_MODEL_SETTINGS = ("chat_model", "base_url", "api_key")  # whose change asks for another pipeline


@dataclass
class AppState:
    """One for all pages. The pipeline is replaced when other settings are chosen; who has begun with one goes on with it."""

    pipeline: Pipeline
    history: History
    settings: Settings
    _settings_lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def change_settings(self, changes: Mapping[str, str]) -> None:
        """Keep what was chosen on the page, and answer by it from the next question on.

        Raises:
            BadSettings: it cannot be used, or not be kept.
        """
        with self._settings_lock:
            settings = save_choice(self.settings, changes)
            self.pipeline = _update_pipeline(self.pipeline, self.settings, settings)
            self.settings = settings


def _update_pipeline(current: Pipeline, before: Settings, after: Settings) -> Pipeline:
    """The pipeline of the settings, over the library that is open where its vectors are asked for as before."""
    if all(getattr(before, name) == getattr(after, name) for name in _MODEL_SETTINGS):
        return replace(current, language=after.answer_language)
    is_moved = uses_endpoint(after.embed_model) and after.embed_endpoint != before.embed_endpoint
    return build_pipeline(after, None if is_moved else current.library)
