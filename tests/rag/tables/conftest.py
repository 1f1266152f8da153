"""Tables of a few lines, read as those of a document are."""

from collections.abc import Callable

import pytest

from rag.schema import Block, Source
from rag.tables.parts import DocumentTables
from rag.tables.source_table import read_tables
from rag.tables.typed_table import TypedTable

ReadTable = Callable[[str], TypedTable]


@pytest.fixture
def read_table() -> ReadTable:
    """Reads a table from lines with cells between ` | `, the first of which has the heads."""

    def read(text: str) -> TypedTable:
        blocks, start = [Block("table", 0, len(text), index=0)], 0
        for line in text.split("\n"):
            blocks.append(Block("row", start, start + len(line), parent=0, index=len(blocks)))
            start += len(line) + 1
        [table] = DocumentTables(read_tables(Source("id", "a.csv", "", "zh"), text, blocks)).tables
        return table

    return read
