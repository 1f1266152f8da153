"""Generated parts of the documentation: the settings tables, the command reference, the table of features.

    python docs/generate.py            rewrites every generated part
    python docs/generate.py --check    rewrites nothing; names the files that are out of date, and exits with 1

Sources: the fields of `rag.settings.Settings`, the Chinese descriptions in `docs/zh/settings.csv`, the typer app of
`ui.cli`, and the features with their weights in `rag/reading`.
"""

from __future__ import annotations

import argparse
import csv
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import annotated_types
import typer
from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from rag.reading.features import MEANINGS, MODEL_FEATURES
from rag.reading.linear_model import load_model
from rag.settings import Settings
from ui.cli import app

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
CHINESE_DESCRIPTIONS = DOCS / "zh" / "settings.csv"
END = "<!-- end -->"

Rows = Iterable[Sequence[str]]
Command = TyperCommand | TyperGroup


class MissingDescription(Exception):
    """A setting has no Chinese description, or a description has no setting."""


@dataclass(frozen=True)
class Page:
    """A file with a generated part; without a `part` the whole file is generated."""

    path: Path
    render: Callable[[], str]
    part: str = ""

    def current(self) -> str:
        """The text of the file as it is; nothing where there is no file."""
        return self.path.read_text("utf-8") if self.path.exists() else ""

    def expected(self) -> str:
        """The text of the file as it ought to be.

        Raises:
            ValueError: the file has no markers for the part.
        """
        if not self.part:
            return self.render()
        start = f"<!-- generated: {self.part} -->"
        pattern = re.compile(f"({re.escape(start)}\n).*?({re.escape(END)})", re.S)
        text = self.current()
        if not pattern.search(text):
            raise ValueError(f"{self.path.relative_to(ROOT)}: no {start} … {END} in it")
        return pattern.sub(lambda match: f"{match[1]}{self.render()}{match[2]}", text)


def markdown_table(head: Sequence[str], rows: Rows) -> str:
    """A Markdown table; a vertical bar inside a cell is escaped.

    >>> markdown_table(["a", "b"], [["1", "x|y"]])
    '| a | b |\\n|---|---|\\n| 1 | x\\\\|y |\\n'
    """
    lines = [head, ["---"] * len(head), *rows]
    escaped = [[cell if cell == "---" else f" {escape_cell(cell)} " for cell in line] for line in lines]
    return "".join(f"|{'|'.join(line)}|\n" for line in escaped)


def escape_cell(text: str) -> str:
    """The text on one line, with no bar that would end the cell."""
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


# --- settings

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "head": "setting|in `huwen.toml`|meaning|default|values", "home": "the user-data folder of the platform",
        "seeds": "the shipped notes", "nothing": "none", "off": "off", "flag": "`1` or `0`",
        "between": "{low} to {high}", "above": "above {low}, up to {high}", "least": "{low} or more", "or": " or ",
    },
    "zh": {
        "head": "设置项|`huwen.toml` 中的名称|含义|默认值|取值", "home": "系统的用户数据目录",
        "seeds": "自带笔记", "nothing": "无", "off": "关", "flag": "`1` 或 `0`",
        "between": "{low} 到 {high}", "above": "大于 {low}，不超过 {high}", "least": "不小于 {low}", "or": " 或 ",
    },
}


def settings_table(language: Literal["zh", "en"]) -> str:
    """Every setting with its meaning, its default and the values that it takes."""
    meanings = chinese_descriptions() if language == "zh" else english_descriptions()
    words = WORDS[language]
    rows = [
        [f"`{variable_of(name, field)}`", f"`{name}`", meanings[name], default_of(name, field, words),
         values_of(field, words)]
        for name, field in Settings.model_fields.items()
    ]
    return markdown_table(words["head"].split("|"), rows)


def english_descriptions() -> dict[str, str]:
    """The descriptions in the code, by the names of the settings."""
    return {name: (field.description or "").rstrip(".") for name, field in Settings.model_fields.items()}


def chinese_descriptions() -> dict[str, str]:
    """The descriptions of `docs/zh/settings.csv`, by the names of the settings.

    Raises:
        MissingDescription: the table and the settings do not have the same names.
    """
    with CHINESE_DESCRIPTIONS.open(encoding="utf-8", newline="") as file:
        found = {row["setting"]: row["description"].strip() for row in csv.DictReader(file)}
    if differing := found.keys() ^ Settings.model_fields.keys():
        names = ", ".join(sorted(differing))
        raise MissingDescription(f"{CHINESE_DESCRIPTIONS.relative_to(ROOT)} and rag/settings.py differ in: {names}")
    return found


def variable_of(name: str, field: FieldInfo) -> str:
    """The environment variable of a setting: the first of its aliases."""
    alias = field.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else name


def default_of(name: str, field: FieldInfo, words: Mapping[str, str]) -> str:
    """The default as a reader sees it; those that depend on the machine are described in words."""
    if name in ("home", "seeds"):
        return words[name]
    default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    if isinstance(default, bool):
        return words["off"] if not default else "`1`"
    return words["nothing"] if default in ("", None) else f"`{default}`"


def values_of(field: FieldInfo, words: Mapping[str, str]) -> str:
    """The range or the closed set of values; nothing where any text is allowed."""
    if field.annotation is bool:
        return words["flag"]
    if choices := [choice for choice in get_args(field.annotation) if isinstance(choice, str) and choice]:
        return words["or"].join(f"`{choice}`" for choice in choices)
    at_least = next((rule.ge for rule in field.metadata if isinstance(rule, annotated_types.Ge)), None)
    above = next((rule.gt for rule in field.metadata if isinstance(rule, annotated_types.Gt)), None)
    at_most = next((rule.le for rule in field.metadata if isinstance(rule, annotated_types.Le)), None)
    if at_least is not None:
        return words["least" if at_most is None else "between"].format(low=at_least, high=at_most)
    return "" if above is None else words["above"].format(low=above, high=at_most)


# --- commands

COMMANDS_HEAD = """\
# Commands

<!-- This page is generated from the command line by `make docs`; edit the help texts in ui/cli.py and ui/commands/. -->

`huwen COMMAND --help` prints the same. A command that fails exits with 1 and prints one sentence that says
what is wrong and what would help. The folder of the library, the model and other settings come from the environment,
`.env` or `huwen.toml`: see [configuration](configuration.md).
"""


def command_reference() -> str:
    """Every command of `huwen` with its arguments and options, in the order of the command line."""
    root = typer.main.get_command(app)
    parts = [COMMANDS_HEAD]
    for name, command in children(root):
        parts += described(f"huwen {name}", command, "##")
        for inner, below in children(command):
            parts += described(f"huwen {name} {inner}", below, "###")
    return "\n".join(parts)


def children(command: object) -> list[tuple[str, Command]]:
    """The commands of a group that are not hidden; none where it is no group."""
    below = command.commands.items() if isinstance(command, TyperGroup) else ()
    return [(name, each) for name, each in below if isinstance(each, TyperCommand | TyperGroup) and not each.hidden]


def described(title: str, command: Command, heading: str) -> list[str]:
    """The section on one command: what it does, how it is called, and a table of its arguments and options."""
    arguments = [one for one in command.params if isinstance(one, TyperArgument)]
    options = [one for one in command.params if isinstance(one, TyperOption) and "--help" not in one.opts]
    usage = [title, *(placeholder(one) for one in arguments)] + (["[OPTIONS]"] if options else [])
    parts = [f"{heading} {title}\n", f"{about(command)}\n"]
    if command.params or not isinstance(command, TyperGroup):
        parts.append(f"```sh\n{' '.join(usage)}\n```\n")
    rows = [[f"`{placeholder(one)}`", one.help or "", default_shown(one)] for one in arguments if not one.hidden]
    rows += [[spelling(one), one.help or "", default_shown(one)] for one in options if not one.hidden]
    if rows:
        parts.append(markdown_table(["argument or option", "meaning", "default"], rows))
    return parts


def about(command: Command) -> str:
    """What the command does, each paragraph on a line of its own."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def placeholder(argument: TyperArgument) -> str:
    """An argument as the usage line writes it: `FILES…`, `[QUESTION]`."""
    name = (argument.name or "").upper() + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def spelling(option: TyperOption) -> str:
    """All ways to write an option: `-o`, `--out`."""
    return ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))


def default_shown(parameter: TyperArgument | TyperOption) -> str:
    """The default, where it says more than that nothing is given."""
    if parameter.required:
        return "required"
    default = parameter.default
    if isinstance(default, bool):
        return ("on" if default else "off") if getattr(parameter, "secondary_opts", None) else ""
    return "" if default in (None, "", ()) or callable(default) else f"`{default}`"


# --- features


def feature_table() -> str:
    """The features of the linear models in their order: meaning, and the weight in every model that uses it."""
    weights = {
        name: dict(zip(features, load_model(name).weights, strict=True)) for name, features in MODEL_FEATURES.items()
    }
    rows = []
    for feature, meaning in MEANINGS.items():
        cells = [f"{by_name[feature]:+.2f}" if feature in by_name else "" for by_name in weights.values()]
        rows.append([f"`{feature}`", meaning, *cells])
    return markdown_table(["feature", "meaning", *(f"`{model}`" for model in weights)], rows)


# --- the pages


def pages() -> list[Page]:
    """Every page with a generated part."""
    return [
        Page(DOCS / "configuration.md", lambda: settings_table("en"), "settings"),
        Page(DOCS / "zh" / "configuration.md", lambda: settings_table("zh"), "settings"),
        Page(DOCS / "commands.md", command_reference),
        Page(DOCS / "models-and-features.md", feature_table, "features"),
    ]


def main() -> int:
    """Rewrite the pages, or with --check name those that are stale."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="name the stale files and change none")
    check: bool = parser.parse_args().check
    stale = [(page, expected) for page in pages() if page.current() != (expected := page.expected())]
    for page, expected in stale:
        sys.stdout.write(f"{page.path.relative_to(ROOT)}{': out of date; run `make docs`' if check else ''}\n")
        if not check:
            page.path.write_text(expected, "utf-8")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
