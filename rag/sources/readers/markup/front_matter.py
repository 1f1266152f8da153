"""Front matter: the bibliographic fields in the YAML before a note."""

from __future__ import annotations

import re

import yaml

from rag.sources.errors import UnreadableFile
from rag.text.language import has_han

_MAX_FRONT_MATTER = 64_000  # characters; a longer one is no description of a document
_MAX_DEPTH = 20  # of lists and mappings; the parser calls itself for each level
_MAX_VERSION_LINES = 10
_VERSION_KEY = re.compile(
    r"version|revision|status|effective(?:[ _-]\w+)?|valid[ _-]\w+|expir\w+(?:[ _-]\w+)?|supersedes|replaces"
    r"|in[ _-]force|版本号?|状态|效力|时效性?|(?:施行|实施|生效|失效|废止)(?:日期|时间)|有效期", re.I)
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\n(?=[ \t]*\S)(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The bibliographic fields that a note states before its text, and the text.

    `version_properties` are the lines on its version, such as `status: repealed`.

    Raises:
        UnreadableFile: "bad front matter": it is not YAML, has aliases, or is too long.
    """
    from rag.sources.loaders import BIBLIOGRAPHIC_FIELDS  # the loaders import the readers

    front_matter = _FRONT_MATTER.match(text)
    stated = _parse_fields(front_matter.group(1)) if front_matter else None
    if front_matter is None or stated is None:
        return {}, text
    fields = {key: _field_text(stated[key]) for key in BIBLIOGRAPHIC_FIELDS if stated.get(key)}
    if lines := [f"{key}: {_field_text(value)}" for key, value in stated.items() if _VERSION_KEY.fullmatch(key)]:
        fields["version_properties"] = "\n".join(lines[:_MAX_VERSION_LINES])
    return fields, text[front_matter.end() :]


def _parse_fields(text: str) -> dict[str, object] | None:
    """The fields of the front matter; None if it is prose between two horizontal rules.

    Raises:
        UnreadableFile: "bad front matter": it looks like front matter but cannot be read.
    """
    if not re.match(r"\s*(?:#[^\n]*\n\s*)*[\w\"'-][\w \"'-]*:", text):
        return None
    if len(text) > _MAX_FRONT_MATTER:
        raise UnreadableFile("bad front matter", detail=f"more than {_MAX_FRONT_MATTER} characters")
    try:
        _refuse_aliases(text)
        stated = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that does not exist
        raise UnreadableFile("bad front matter", detail=str(error).partition("\n")[0]) from None
    if isinstance(stated, str):
        return None
    return {str(key): value for key, value in stated.items()} if isinstance(stated, dict) else {}


def _refuse_aliases(text: str) -> None:
    """Refuses what can grow without bound: an alias repeats a value, and nested lists call the parser again.

    Raises:
        UnreadableFile: "bad front matter".
        yaml.YAMLError: the text is not YAML.
    """
    depth = 0
    for token in yaml.scan(text):
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
            raise UnreadableFile("bad front matter", detail="anchors and aliases are not read")
        depth += isinstance(token, _OPENING_TOKENS)
        depth -= isinstance(token, _CLOSING_TOKENS)
        if depth > _MAX_DEPTH:
            raise UnreadableFile("bad front matter", detail=f"more than {_MAX_DEPTH} levels")


_OPENING_TOKENS = (
    yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken, yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_CLOSING_TOKENS = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


def _field_text(value: object) -> str:
    """A field as a string; several authors are joined: `[徐枫, 张桥]` → 徐枫、张桥, `[A. Hu, B. Li]` → A. Hu, B. Li."""
    if not isinstance(value, list):
        return str(value)
    names = [str(name) for name in value]
    if any("," in name for name in names):
        return "; ".join(names)  # the surname is first: `Hu, Hanhui`
    return ("、" if any(map(has_han, names)) else ", ").join(names)
