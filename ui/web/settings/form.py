"""Settings form: validation of its fields, the models and the test of an endpoint, and facts about the system.

The page is local, and its reader may name any endpoint: most will name a model on this machine or in the office, so no
address is refused because of its host. A request that would send a secret to the wrong host is refused: a key goes
only to the server that it was entered for (`ui.settings_choice`), a key from the environment only to the address from
the environment (`rag.settings`), and other sites cannot send requests in the reader's name (`ui.web.request_guard`).
Where other people read the page, HUWEN_READ_ONLY turns the form off: nothing can be chosen, and no endpoint is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from rag.endpoints.urls import OPENAI_URL, redact_url
from rag.schema import Endpoint, HuwenError
from rag.settings import Settings, fixed_names
from rag.stored_settings import is_plain_address
from ui import doctor
from ui.settings_choice import apply_choice
from ui.web.app_state import AppState

_MAX_LENGTH = {"base_url": 2000, "api_key": 4000, "chat_model": 300}  # characters; a longer value is a pasting mistake
_MAX_MODELS = 2000
_KEY_TAIL, _MIN_KEY_LENGTH = 4, 16  # characters of a key that are shown, and of the shortest key whose end is shown


class BadForm(HuwenError):
    """A field of the form is not valid; `text` is the key of the text that says why."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field}: {text}")  # never the value: it may be a key in the wrong field
        self.field, self.text = field, text


def parse_form(body: object, settings: Settings, *, has_model: bool = True) -> dict[str, str]:
    """The settings that a form chooses, by name; `has_model` is False while the reader still looks for a model.

    Raises:
        BadForm: a field is not valid.
    """
    form, fixed_fields = _extract_texts(body), fixed_names()
    chosen = {name: form[name] for name in ("answer_language",) if name in form}
    if "forget" in form:
        chosen["api_key"] = ""
    if form.get("voice", "model" if settings.chat_model else "quotes") == "quotes":
        return {**chosen, "chat_model": ""}  # address and key stay saved, for a return to the model
    needed = ["base_url", "chat_model"] if has_model else ["base_url"]
    endpoint = {name: form.get(name, "") for name in needed}
    if form.get("api_key"):
        endpoint["api_key"] = form["api_key"]
    for name, value in endpoint.items():
        if name not in fixed_fields:
            _validate_field(name, value)
    return {**chosen, **endpoint}


def _extract_texts(body: object) -> dict[str, str]:
    """The text fields of the form, without white space around them.

    Raises:
        BadForm: the body is not an object.
    """
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
        BadForm: a field is not valid.
        WrongEndpoint: the address is not an endpoint, or it refuses the key.
    """
    chosen = apply_choice(settings, parse_form(body, settings, has_model=False))
    address, key = chosen.base_url or OPENAI_URL, chosen.api_key.get_secret_value().strip()
    names = doctor.model_names(Endpoint("", address, key))
    return list(dict.fromkeys(name for name in names if len(name) <= _MAX_LENGTH["chat_model"]))[:_MAX_MODELS]


def examine_endpoint(body: object, settings: Settings) -> Iterator[doctor.Finding]:
    """The findings of a test of the endpoint that a form names, before it is saved.

    Raises:
        BadForm: a field is not valid.
    """
    from rag.endpoints.deadlines import endpoint_deadlines

    chosen = apply_choice(settings, parse_form(body, settings))
    return doctor.check_endpoints(chosen, endpoint_deadlines(chosen))


# --- facts shown on the page


def key_tail(settings: Settings) -> str:
    """The last characters of the key, by which its owner recognises it; empty for a short key."""
    key = settings.api_key.get_secret_value()
    return key[-_KEY_TAIL:] if len(key) >= _MIN_KEY_LENGTH and key.isascii() else ""


def endpoint_address(settings: Settings) -> str:
    """The endpoint's address without secrets in it; OpenAI's where only a model or a key is set, else empty."""
    address = redact_url(settings.base_url)
    if not address and (settings.chat_model or settings.api_key.get_secret_value()):
        return OPENAI_URL
    return address


@dataclass(frozen=True)
class SystemInfo:
    """Facts about the running system, without addresses and keys; the folder is left out on a read-only page."""

    version: str  # empty: run from its source
    model: str  # empty: extractive mode
    sources: int
    passages: int
    folder: str
    vectors: str  # the embedding model, or the embedder inside Huwen: `encoder`, `dictionary` or `none`
    on_server: bool  # the vectors are on a Chroma server
    rerank: str  # the rerank model; empty: the built-in one
    database: str  # its kind; empty: neither SQLite nor PostgreSQL
    settings: Settings


def collect_system_info(app_state: AppState) -> SystemInfo:
    """The facts about the running system."""
    settings, sources = app_state.settings, app_state.pipeline.library.sources()
    return SystemInfo(
        version=_installed_version(), model=settings.chat_model,
        sources=len(sources), passages=sum(source.passages for source in sources),
        folder="" if settings.read_only else str(settings.home),
        vectors=settings.embed_model or app_state.pipeline.library.inner_embedder,
        on_server=bool(settings.chroma_url.strip()),
        rerank=settings.rerank_model, database=_database_kind(settings.database_url.get_secret_value()),
        settings=settings)


def _database_kind(url: str) -> str:
    """SQLite, PostgreSQL, or empty for another kind; `postgresql+psycopg://…` → PostgreSQL."""
    scheme = url.strip().partition(":")[0].partition("+")[0] or "sqlite"
    if scheme.startswith("postgres"):
        return "PostgreSQL"
    return "SQLite" if scheme == "sqlite" else ""


def _installed_version() -> str:
    try:
        return version("huwen")
    except PackageNotFoundError:
        return ""
