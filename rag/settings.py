"""Environment, `.env` and `huwen.toml` become one typed Settings, read once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.schema import Endpoint, HuwenError

# The notes travel beside this package, in a checkout as in an installation.
SHIPPED_SEEDS = Path(__file__).resolve().parent.parent / "seeds"


_OURS = ("huwen_", "openai_")


class BadSettings(HuwenError):
    """A setting has a value that cannot be used."""


class Settings(BaseSettings):
    """Every setting of Huwen; the environment wins over `.env`, and `.env` over `huwen.toml`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", toml_file="huwen.toml", extra="ignore",
        populate_by_name=True, env_ignore_empty=False,
    )

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("huwen")),
        validation_alias=AliasChoices("HUWEN_HOME", "home"),
        description="The folder in which the library lies.",
    )
    seeds: Annotated[Path | None, NoDecode] = Field(
        SHIPPED_SEEDS, validation_alias=AliasChoices("HUWEN_SEEDS", "seeds"),
        description="The folder that fills an empty library; nothing means: start empty.",
    )
    chat_model: str = Field(
        "", validation_alias=AliasChoices("HUWEN_CHAT_MODEL", "chat_model"),
        description="The model that answers; nothing means: quote sentences, no model.",
    )
    base_url: str = Field(
        "", validation_alias=AliasChoices("OPENAI_BASE_URL", "base_url"),
        description="The OpenAI-compatible endpoint, up to and with /v1.",
    )
    api_key: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("OPENAI_API_KEY", "api_key"),
        description="The endpoint's key; local servers need none.",
    )
    passages: int = Field(
        8, ge=1, le=50, validation_alias=AliasChoices("HUWEN_PASSAGES", "passages"),
        description="How many passages an answer may draw on.",
    )

    glossary: Annotated[Path | None, NoDecode] = Field(
        None, validation_alias=AliasChoices("HUWEN_GLOSSARY", "glossary"),
        description="A CSV of your own terms, with the columns zh and en, for questions in the other language.",
    )
    answer_language: Literal["", "zh", "en"] = Field(
        "", validation_alias=AliasChoices("HUWEN_ANSWER_LANGUAGE", "answer_language"),
        description="The language of answers, zh or en; nothing means: that of the question.",
    )
    connect_seconds: float = Field(
        5, gt=0, le=600, validation_alias=AliasChoices("HUWEN_CONNECT_SECONDS", "connect_seconds"),
        description="How long to reach the endpoint may take.",
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
        description="A Chroma server for the vectors; nothing means: they lie in the library's folder.",
    )
    embed_model: str = Field(
        "", validation_alias=AliasChoices("HUWEN_EMBED_MODEL", "embed_model"),
        description="The model that makes vectors, at an endpoint, or local:FOLDER or local:HUB/NAME; none means: words alone; "
                    "nothing means: the dictionary.",
    )
    embed_url: str = Field(
        "", validation_alias=AliasChoices("HUWEN_EMBED_URL", "embed_url"),
        description="Its endpoint, up to and with /v1; nothing means: OPENAI_BASE_URL.",
    )
    embed_key: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("HUWEN_EMBED_KEY", "embed_key"),
        description="Its key; nothing means: OPENAI_API_KEY, where the endpoint is that one too.",
    )
    rerank_model: str = Field(
        "", validation_alias=AliasChoices("HUWEN_RERANK_MODEL", "rerank_model"),
        description="The model that looks at the foremost passages once more; nothing means: a small one of our own.",
    )
    rerank_url: str = Field(
        "", validation_alias=AliasChoices("HUWEN_RERANK_URL", "rerank_url"),
        description="Its endpoint, as far as /rerank; nothing means: OPENAI_BASE_URL.",
    )
    rerank_key: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("HUWEN_RERANK_KEY", "rerank_key"),
        description="Its key; nothing means: OPENAI_API_KEY, where the endpoint is that one too.",
    )

    @property
    def embedding(self) -> Endpoint:
        """The endpoint of the model that makes vectors."""
        return self._endpoint(self.embed_model, self.embed_url, self.embed_key)

    @property
    def reranking(self) -> Endpoint:
        """The endpoint of the model that reranks."""
        return self._endpoint(self.rerank_model, self.rerank_url, self.rerank_key)

    def _endpoint(self, model: str, url: str, key: SecretStr) -> Endpoint:
        own = key.get_secret_value()
        # a key is for the endpoint that it was given with, and shown to no other
        return Endpoint(model, url or self.base_url, own or ("" if url and url != self.base_url else self.api_key.get_secret_value()))

    @field_validator("seeds", "glossary", mode="before")
    @classmethod
    def _nothing_means_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("home", "seeds", "glossary")
    @classmethod
    def _at_home(cls, value: Path | None) -> Path | None:
        return value.expanduser() if value else value

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then `.env`, then `huwen.toml`."""
        for source in (env_settings, dotenv_settings):
            if isinstance(source, EnvSettingsSource):  # else HOME would be taken for `home`, which is huwen.toml's name
                source.env_vars = {name: value for name, value in source.env_vars.items() if name.lower().startswith(_OURS)}
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)


def read_settings() -> Settings:
    """The settings of this process.

    Raises:
        BadSettings: a value has the wrong form; the sentence names the setting and the value.
    """
    try:
        return Settings()  # type: ignore[call-arg]  # every value has a default or comes from outside
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise BadSettings(f"setting {name} is {first['input']!r}: {first['msg']}") from None
