"""The form of the settings becomes a choice, and what Huwen works with a list of facts.

The page is local, and its reader may name any endpoint: a model on this machine or in the office is what most will name,
so no address is refused for where it leads. What is refused is what would carry a secret there: a key goes only to the
server that it was given with (`ui.choice`), one from the environment only to the environment's address (`rag.settings`),
and other sites cannot ask in the reader's name (`ui.web.app`). Where others than the owner read the page, HUWEN_READ_ONLY
takes all of this away: nothing can be chosen, and no endpoint asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from rag.endpoints.urls import redact_url
from rag.schema import Endpoint, HuwenError
from rag.settings import Settings, fixed_names
from rag.stored_settings import is_plain_address
from ui import doctor
from ui.settings_choice import apply_choice
from ui.web.app_state import AppState

_MAX_LENGTH = {"base_url": 2000, "api_key": 4000, "chat_model": 300}  # characters; more is pasted by mistake
_MAX_MODELS = 2000  # models of a list
_KEY_TAIL, _MIN_KEY_LENGTH = 4, 16  # characters of a key that are shown, where that leaves most of it unknown


class BadForm(HuwenError):
    """A field of the form cannot be taken; `text` names the text that says why."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field}: {text}")  # never the value: it may be a key in the wrong field
        self.field, self.text = field, text


def parse_form(body: object, settings: Settings, *, has_model: bool = True) -> dict[str, str]:
    """What a form chooses; `has_model` is False while a model is still looked for.

    Raises:
        BadForm: a field cannot be taken.
    """
    form, settled = _extract_texts(body), fixed_names()
    chosen = {name: form[name] for name in ("answer_language",) if name in form}
    if "forget" in form:
        chosen["api_key"] = ""
    if form.get("voice", "model" if settings.chat_model else "quotes") == "quotes":  # address and key are kept for the way back
        return {**chosen, "chat_model": ""}
    needed = ["base_url", "chat_model"] if has_model else ["base_url"]
    given = {name: form.get(name, "") for name in needed} | ({"api_key": form["api_key"]} if form.get("api_key") else {})
    for name, value in given.items():
        if name not in settled:
            _validate_field(name, value)
    return {**chosen, **given}


def _extract_texts(body: object) -> dict[str, str]:
    """The form's texts without white space around them."""
    if not isinstance(body, dict):
        raise BadForm("form", "form odd")
    return {str(name): value.strip() for name, value in body.items() if isinstance(value, str)}


def _validate_field(name: str, value: str) -> None:
    if not value:
        raise BadForm(name, "model needed" if name == "chat_model" else "address needed")
    is_odd = len(value) > _MAX_LENGTH[name] or not value.isprintable()
    if name == "base_url" and (is_odd or not is_plain_address(value)):
        raise BadForm(name, "address odd")
    if name == "api_key" and (is_odd or not value.isascii() or " " in value):
        raise BadForm(name, "key odd")
    if is_odd:
        raise BadForm(name, "model odd")


def list_models(body: object, settings: Settings) -> list[str]:
    """The models of the endpoint that a form names.

    Raises:
        BadForm: a field cannot be taken.
        WrongEndpoint: it is no endpoint, or not with this key.
    """
    wanted = apply_choice(settings, parse_form(body, settings, has_model=False))
    named = doctor.model_names(Endpoint("", wanted.base_url or doctor.OPENAI_URL, wanted.api_key.get_secret_value().strip()))
    return list(dict.fromkeys(name for name in named if len(name) <= _MAX_LENGTH["chat_model"]))[:_MAX_MODELS]


def examine_endpoint(body: object, settings: Settings) -> Iterator[doctor.Finding]:
    """What there is to say of the endpoint that a form names, before it is chosen.

    Raises:
        BadForm: a field cannot be taken.
    """
    from rag.pipeline import endpoint_deadlines

    wanted = apply_choice(settings, parse_form(body, settings))
    return doctor.check_endpoints(wanted, endpoint_deadlines(wanted))


# --- what is shown


def key_tail(settings: Settings) -> str:
    """The last characters of the key, by which its owner knows it; nothing of a short one."""
    key = settings.api_key.get_secret_value()
    return key[-_KEY_TAIL:] if len(key) >= _MIN_KEY_LENGTH and key.isascii() else ""


def endpoint_address(settings: Settings) -> str:
    """The endpoint's address without what may be secret in it; nothing where none is named and no model asked."""
    return redact_url(settings.base_url) or (doctor.OPENAI_URL if settings.chat_model or settings.api_key.get_secret_value() else "")


@dataclass(frozen=True)
class SystemInfo:
    """What Huwen works with; no address, no folder and no key where others read the page."""

    version: str  # empty: run from its source
    model: str  # empty: sentences are quoted
    sources: int
    passages: int
    folder: str
    vectors: str  # empty: the dictionary
    on_server: bool  # the vectors are on a Chroma server
    rerank: str  # empty: our own small one
    database: str  # its kind
    settings: Settings


def collect_system_info(app_state: AppState) -> SystemInfo:
    """What a desk works with."""
    settings, sources = app_state.settings, app_state.pipeline.library.sources()
    kind = settings.database_url.get_secret_value().strip().partition(":")[0].partition("+")[0] or "sqlite"
    return SystemInfo(
        _installed_version(), settings.chat_model, len(sources), sum(source.passages for source in sources),
        "" if settings.read_only else str(settings.home), settings.embed_model, bool(settings.chroma_url.strip()),
        settings.rerank_model, "PostgreSQL" if kind.startswith("postgres") else "SQLite" if kind == "sqlite" else "", settings)


def _installed_version() -> str:
    try:
        return version("huwen")
    except PackageNotFoundError:
        return ""
