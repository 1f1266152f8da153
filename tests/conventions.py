"""Counts for the conventions of this project: names, docstrings, line lengths, package sizes, imports between views.

    python -m tests.conventions         prints the counts; exit 1 if one is above its bound (part of `make lint`)

`tests/test_conventions.py` checks the rules without exceptions with the same functions.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PRODUCT = ("rag", "ui", "evals")
LONGEST_LINE = 120

# past participles that do not end in -ed
_IRREGULAR = frozenset(
    "bound brought built drawn found given held kept known left made meant met said seen sent shown spelt stood "
    "taken told written".split()
)
# bare participles that are terms of the field, each with the reason for the exception
ALLOWED_PARTICIPLES: dict[str, str] = {"left": "the left edge of a box on a page, beside right, top and bottom"}


@dataclass(frozen=True)
class Count:
    """One convention: the name and value of a count, and the largest value that is allowed."""

    name: str
    value: float
    bound: float
    unit: str = ""

    def __str__(self) -> str:
        sign = "ok  " if self.value <= self.bound else "OVER"
        return f"{sign} {self.name:58} {self.value:8.4g}{self.unit}  (at most {self.bound:g}{self.unit})"


@cache
def python_files(*folders: str) -> list[Path]:
    """The Python files of some top-level folders that git tracks or does not ignore."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "*.py"],
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / line for line in listed.stdout.splitlines())
    return [path for path in paths if path.is_file() and path.relative_to(ROOT).parts[0] in folders]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def functions(path: Path) -> Iterator[str]:
    """The names of a file's functions and methods, except special methods (`__init__`)."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("__"):
            yield node.name


def is_one_word(name: str) -> bool:
    """True for `_load` and `search`, False for `query_coverage`."""
    return "_" not in name.strip("_")


def is_bare_participle(name: str) -> bool:
    """True for a name that is one past participle, which names neither an action nor a thing: `kept`, `_resolved`."""
    word = name.strip("_")
    if not is_one_word(word):
        return False
    return word in _IRREGULAR or (len(word) > 4 and word.endswith("ed") and not word.endswith("eed"))


def bare_participles() -> list[str]:
    """Functions of the product whose name is a bare participle, as `path: name`."""
    return [
        f"{path.relative_to(ROOT).as_posix()}: {name}"
        for path in python_files(*PRODUCT)
        for name in functions(path)
        if is_bare_participle(name) and name not in ALLOWED_PARTICIPLES
    ]


def shared_class_names() -> dict[str, list[str]]:
    """Public classes of the product that share a name, with the files that define them."""
    files_by_class: dict[str, set[str]] = defaultdict(set)
    for path in python_files(*PRODUCT):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                files_by_class[node.name].add(path.relative_to(ROOT).as_posix())
    return {name: sorted(files) for name, files in files_by_class.items() if len(files) > 1}


def package_shares(package: str) -> dict[str, float]:
    """The share of a package's lines in each folder below it, `sources/readers/pdf`; its own modules count as `.`."""
    lines: Counter[str] = Counter()
    for path in python_files(package):
        lines[str(path.relative_to(ROOT / package).parent)] += path.read_text("utf-8").count("\n")
    return {name: count / lines.total() for name, count in lines.items()}


def imports_between_views() -> set[tuple[str, str]]:
    """The imports between the files and folders of `ui/web`, as (importing, imported); none inside a folder."""
    web, imports = ROOT / "ui" / "web", set()
    for path in python_files("ui"):
        if web not in path.parents:
            continue
        own_part = path.relative_to(web).parts[0].removesuffix(".py")
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                imports |= {
                    (own_part, name.split(".")[2])
                    for name in names
                    if name.startswith("ui.web.") and name.split(".")[2] != own_part
                }
    return {(here, there) for here, there in imports if (web / there).is_dir() or (web / f"{there}.py").is_file()}


def long_lines() -> list[str]:
    """Lines of Python that are longer than the bound, as `path:line`."""
    return [
        f"{path.relative_to(ROOT).as_posix()}:{number}"
        for path in python_files(*PRODUCT, "tests", "docs")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]


def counts() -> list[Count]:
    """Every convention with its count and its bound."""
    product = python_files(*PRODUCT)
    outside_reading = [path for path in product if (ROOT / "rag" / "reading") not in path.parents]
    names = [name for path in outside_reading for name in functions(path)]
    docstrings = [ast.get_docstring(_tree(path)) or "" for path in product]
    becoming = sum(bool(re.search(r"\bbecomes?\b", text.partition("\n")[0])) for text in docstrings)
    largest = max(share for name, share in package_shares("rag").items() if name != ".")
    return [
        Count(
            "function names of one word, outside rag/reading", 100 * sum(map(is_one_word, names)) / len(names), 35, " %"
        ),
        Count("function names that are a bare participle", 100 * len(bare_participles()) / len(names), 1, " %"),
        Count("public classes that share a name", len(shared_class_names()), 0),
        Count("modules whose docstring opens with `becomes`", becoming, 20),
        Count(f"lines over {LONGEST_LINE} characters", len(long_lines()), 0),
        Count("largest package of rag, of its lines", 100 * largest, 15, " %"),
        Count("imports between the files and folders of ui/web", len(imports_between_views()), 40),
    ]


def main() -> None:
    """Print the counts; exit 1 if one is above its bound."""
    found = counts()
    print(*found, sep="\n")
    sys.exit(any(count.value > count.bound for count in found))


if __name__ == "__main__":
    main()
