"""The examples of docs/python.md, run one after the other as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLES = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "python.md").read_text("utf-8"), re.M | re.S)


def test_the_examples_run(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("# 制造业\n\n2023年，苏州有7家灯塔工厂。无锡有3家灯塔工厂。", "utf-8")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "note.md").write_text(
        "---\ndate: 2023-05-01\n---\n# Factories\n\nSuzhou has 7 lighthouse factories.", "utf-8")
    other_environment = ("HUWEN_", "OPENAI_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(other_environment)}
    environment["PYTHONPATH"] = str(ROOT)
    output = ""
    for example in EXAMPLES:
        result = subprocess.run(
            [sys.executable, "-c", example], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        output += result.stdout
    assert "report.md added" in output
    assert "grounded" in output
    assert "7家" in output
    assert "verified quote" in output
