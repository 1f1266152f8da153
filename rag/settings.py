"""Settings: one typed object, read once from the environment, `.env`, `huwen.toml` and the choices made on the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.schema import EmbeddingEndpoint, EmbeddingPrompts, Endpoint, HuwenError
from rag.stored_settings import is_same_server, read_stored_settings

# The notes are next to this package, both in a checkout and in an installation.
SHIPPED_SEEDS = Path(__file__).resolve().parent.parent / "seeds"

_VARIABLE_PREFIXES = ("huwen_", "openai_")
CHOICES_FILE = "settings.json"
INNER_EMBEDDERS = ("", "dictionary", "encoder", "none")  # values of `embed_model` that name no model elsewhere
CHOOSABLE_SETTINGS = ("chat_model", "base_url", "api_key", "answer_language")  # the settings that the page offers


class BadSettings(HuwenError):
    """A setting has a value that cannot be used."""


class Settings(BaseSettings):
    """Every setting of Huwen.

    Order of precedence: the environment, `.env`, `huwen.toml`, the choices made on the page, the defaults.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", toml_file="huwen.toml", extra="ignore",
        populate_by_name=True, env_ignore_empty=False,
    )

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("huwen")),
        validation_alias=AliasChoices("HUWEN_HOME", "home"),
        description="The folder of the library.",
    )
    seeds: Annotated[Path | None, NoDecode] = Field(
        SHIPPED_SEEDS, validation_alias=AliasChoices("HUWEN_SEEDS", "seeds"),
        description="The folder of notes that fill an empty library; empty: start without notes.",
    )
    watch_seconds: float = Field(
        5, ge=0.1, le=86_400, validation_alias=AliasChoices("HUWEN_WATCH_SECONDS", "watch_seconds"),
        description="How many seconds pass between two looks at a watched folder.",
    )
    watch_folders: str = Field(
        "", validation_alias=AliasChoices("HUWEN_WATCH_FOLDERS", "watch_folders"),
        description="Folders of the server, separated as in PATH, in which the page may watch folders; empty: any "
                    "folder on a page that only this machine reaches, none on others.",
    )
    allow_private_addresses: str = Field(
        "", validation_alias=AliasChoices("HUWEN_ALLOW_PRIVATE_ADDRESSES", "allow_private_addresses"),
        description="Hosts of an intranet from which addresses may be added, separated by commas: wiki.corp, .corp "
                    "(all names below it), 10.1.0.0/16; empty: public addresses only.",
    )
    keep_originals: bool = Field(
        True, validation_alias=AliasChoices("HUWEN_KEEP_ORIGINALS", "keep_originals"),
        description="Whether the library keeps a copy of each added file, so that a later version can read it again.",
    )
    chat_model: str = Field(
        "", validation_alias=AliasChoices("HUWEN_CHAT_MODEL", "chat_model"),
        description="The model that writes answers; empty: quote sentences, without a model.",
    )
    base_url: str = Field(
        "", validation_alias=AliasChoices("OPENAI_BASE_URL", "base_url"),
        description="The OpenAI-compatible endpoint, including /v1.",
    )
    api_key: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("OPENAI_API_KEY", "api_key"),
        description="The endpoint's key; local servers need none.",
    )
    passages: int = Field(
        8, ge=1, le=50, validation_alias=AliasChoices("HUWEN_PASSAGES", "passages"),
        description="How many passages an answer may use.",
    )

    database_url: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("HUWEN_DATABASE_URL", "database_url"),
        description="The database of the conversations, such as postgresql://user@host/name; empty: "
                    "a file in HUWEN_HOME.",
    )
    read_only: bool = Field(
        False, validation_alias=AliasChoices("HUWEN_READ_ONLY", "read_only"),
        description="Whether the page is read-only: it answers questions, but cannot change settings or library.",
    )
    host: str = Field(
        "127.0.0.1", validation_alias=AliasChoices("HUWEN_HOST", "host"),
        description="The address on which the page listens; an address that other machines reach needs a password.",
    )
    password: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("HUWEN_PASSWORD", "password"),
        description="The password of the page, with any user name; empty: whoever reaches the page may use it.",
    )
    upload_mb: int = Field(
        50, ge=1, le=2000, validation_alias=AliasChoices("HUWEN_UPLOAD_MB", "upload_mb"),
        description="The maximum size of a file that is uploaded to the page, in MB.",
    )
    glossary: Annotated[Path | None, NoDecode] = Field(
        None, validation_alias=AliasChoices("HUWEN_GLOSSARY", "glossary"),
        description="A CSV of your own terms, with the columns zh and en, for questions in the other language.",
    )
    answer_language: Literal["", "zh", "en"] = Field(
        "", validation_alias=AliasChoices("HUWEN_ANSWER_LANGUAGE", "answer_language"),
        description="The language of answers, zh or en; empty: that of the question.",
    )
    connect_seconds: float = Field(
        5, gt=0, le=600, validation_alias=AliasChoices("HUWEN_CONNECT_SECONDS", "connect_seconds"),
        description="How long connecting to the endpoint may take.",
    )
    first_token_seconds: float = Field(
        30, gt=0, le=3600, validation_alias=AliasChoices("HUWEN_FIRST_TOKEN_SECONDS", "first_token_seconds"),
        description="How long a model may be silent before its first word.",
    )
    idle_seconds: float = Field(
        20, gt=0, le=3600, validation_alias=AliasChoices("HUWEN_IDLE_SECONDS", "idle_seconds"),
        description="How long a model may be silent between two words.",
    )
    total_seconds: float = Field(
        120, gt=0, le=36_000, validation_alias=AliasChoices("HUWEN_TOTAL_SECONDS", "total_seconds"),
        description="How long an answer of a model may take in all.",
    )
    context: int = Field(
        6000, ge=200, validation_alias=AliasChoices("HUWEN_CONTEXT", "context"),
        description="How many tokens of passages a model is given.",
    )

    chroma_url: str = Field(
        "", validation_alias=AliasChoices("HUWEN_CHROMA_URL", "chroma_url"),
        description="A Chroma server for the vectors; empty: they are stored in the library's folder.",
    )
    embed_model: str = Field(
        "", validation_alias=AliasChoices("HUWEN_EMBED_MODEL", "embed_model"),
        description="The embedding model, at an endpoint, or local:FOLDER or local:HUB/NAME; encoder: the small model "
                    "inside Huwen; dictionary: its dictionary; none: search by words alone; empty: the encoder, or the "
                    "dictionary where the encoder cannot run.",
    )
    embed_url: str = Field(
        "", validation_alias=AliasChoices("HUWEN_EMBED_URL", "embed_url"),
        description="Its endpoint, including /v1; empty: OPENAI_BASE_URL.",
    )
    embed_key: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("HUWEN_EMBED_KEY", "embed_key"),
        description="Its key; empty: OPENAI_API_KEY, if it is the same endpoint.",
    )
    embed_query_prefix: str = Field(
        "", validation_alias=AliasChoices("HUWEN_EMBED_QUERY_PREFIX", "embed_query_prefix"),
        description="What an embedding endpoint gets before a question, such as `query: ` for e5, with its space.",
    )
    embed_passage_prefix: str = Field(
        "", validation_alias=AliasChoices("HUWEN_EMBED_PASSAGE_PREFIX", "embed_passage_prefix"),
        description="What an embedding endpoint gets before a passage, such as `passage: ` for e5, with its space.",
    )
    embed_input_type: Literal["", "passage", "document"] = Field(
        "", validation_alias=AliasChoices("HUWEN_EMBED_INPUT_TYPE", "embed_input_type"),
        description="The `input_type` of passages in a request for vectors, passage or document, where questions have "
                    "query; empty: the field is not sent.",
    )
    rerank_model: str = Field(
        "", validation_alias=AliasChoices("HUWEN_RERANK_MODEL", "rerank_model"),
        description="The model that reranks the first passages; empty: Huwen's own small model.",
    )
    rerank_url: str = Field(
        "", validation_alias=AliasChoices("HUWEN_RERANK_URL", "rerank_url"),
        description="Its endpoint, up to /rerank; empty: OPENAI_BASE_URL.",
    )
    rerank_key: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("HUWEN_RERANK_KEY", "rerank_key"),
        description="Its key; empty: OPENAI_API_KEY, if it is the same endpoint.",
    )

    @property
    def embed_endpoint(self) -> EmbeddingEndpoint:
        """The endpoint of the embedding model."""
        endpoint = self._make_endpoint(self.embed_model, self.embed_url, self.embed_key)
        prompts = EmbeddingPrompts(self.embed_query_prefix, self.embed_passage_prefix, self.embed_input_type)
        return EmbeddingEndpoint(endpoint.model, endpoint.url, endpoint.key, prompts)

    @property
    def rerank_endpoint(self) -> Endpoint:
        """The endpoint of the reranking model."""
        return self._make_endpoint(self.rerank_model, self.rerank_url, self.rerank_key)

    def _make_endpoint(self, model: str, url: str, key: SecretStr) -> Endpoint:
        """An endpoint with its own URL and key, or those of the chat model if it has none."""
        key_value = key.get_secret_value()
        if not key_value and (not url or url == self.base_url):  # a key is sent only to its own endpoint
            key_value = self.api_key.get_secret_value()
        return Endpoint(model, url or self.base_url, key_value)

    @field_validator("embed_model")
    @classmethod
    def _fold_inner_embedder(cls, value: str) -> str:
        """`Encoder ` → `encoder`; the name of another model keeps its case."""
        name = value.strip()
        return name.lower() if name.lower() in INNER_EMBEDDERS else name

    @field_validator("seeds", "glossary", mode="before")
    @classmethod
    def _empty_to_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("home", "seeds", "glossary")
    @classmethod
    def _expand_home(cls, value: Path | None) -> Path | None:
        return value.expanduser() if value else value

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The sources in order of precedence: arguments, environment, `.env`, `huwen.toml`, choices on the page."""
        for source in (env_settings, dotenv_settings):
            if isinstance(source, EnvSettingsSource):  # otherwise HOME would be read as `home`, the name in huwen.toml
                variables = source.env_vars.items()
                source.env_vars = {name: v for name, v in variables if name.lower().startswith(_VARIABLE_PREFIXES)}
        toml, page = TomlConfigSettingsSource(settings_cls), _PageChoices(settings_cls)
        return init_settings, env_settings, dotenv_settings, toml, page


class _PageChoices(PydanticBaseSettingsSource):
    """The choices made on the page, from the home folder that the other sources name."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[object, str, bool]:
        """Unused: `__call__` gives all values at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, object]:
        """The values by name, without those that would send a key to an endpoint for which it was not given."""
        home = self._earlier_value("home")
        choices = read_page_choices(Path(platformdirs.user_data_dir("huwen")) if home is None else Path(str(home)))
        address = self._earlier_value("base_url")
        if address is not None and not is_same_server(str(address), choices.get("base_url", "")):
            choices.pop("api_key", None)
        if _fixes_base_url(lambda name: str(self._earlier_value(name) or "")):
            choices.pop("base_url", None)
        return dict(choices)

    def _earlier_value(self, name: str) -> object:
        """The value from the sources before this one, which name a setting by its variable."""
        return self.current_state.get(environment_variable(name), self.current_state.get(name))


class _ExternalSettings(Settings):
    """The settings without the choices made on the page."""

    @classmethod
    def settings_customise_sources(cls, *sources: object, **named: object) -> tuple[PydanticBaseSettingsSource, ...]:
        """The sources of Settings without the last."""
        return super().settings_customise_sources(*sources, **named)[:-1]  # type: ignore[arg-type]


def _fixes_base_url(value_of: Callable[[str], str]) -> bool:
    """True if the page must not set base_url, because a key from outside the page would be sent to that address."""
    if value_of("api_key"):
        return True
    return any(value_of(f"{use}_key") and not value_of(f"{use}_url") for use in ("embed", "rerank"))


def environment_variable(name: str) -> str:
    """The environment variable of a setting: `base_url` → OPENAI_BASE_URL."""
    alias = Settings.model_fields[name].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else name


def fixed_names() -> frozenset[str]:
    """The settings that the environment, `.env` or `huwen.toml` give: a choice on the page does not change them.

    Raises:
        BadSettings: a value there has the wrong form.
    """
    external = _load_settings(_ExternalSettings)
    fixed = {"base_url"} if _fixes_base_url(lambda name: str(getattr(external, name))) else set()
    return frozenset(external.model_fields_set | fixed)


def read_page_choices(home: Path) -> dict[str, str]:
    """The choices made on the page, by name; names that this version does not know are ignored.

    Raises:
        BadSettings: the file is damaged.
    """
    path = home.expanduser() / CHOICES_FILE
    try:
        stored = read_stored_settings(path)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise BadSettings(
            f"{path}: the choices made on the page cannot be read ({why}); remove the file and choose again") from None
    return {name: value for name, value in stored.items() if name in CHOOSABLE_SETTINGS}


def read_settings(**given: object) -> Settings:
    """The settings of this process; arguments, by name, override all other sources.

    Raises:
        BadSettings: a value has the wrong form, or there is no such setting; the message names both.
    """
    if unknown := [name for name in given if name not in Settings.model_fields]:
        raise BadSettings(f"there is no setting {unknown[0]!r}; the settings are {', '.join(Settings.model_fields)}")
    return _load_settings(Settings, given)


def _load_settings(kind: type[Settings], given: Mapping[str, object] = MappingProxyType({})) -> Settings:
    try:
        return kind(**given)  # type: ignore[arg-type]  # every value has a default or comes from outside
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        # the value of a key is secret, and a URL may contain one
        value = "has a wrong value" if re.search("key|url|password", name, re.I) else f"is {first['input']!r}"
        raise BadSettings(f"setting {name} {value}: {first['msg']}") from None
