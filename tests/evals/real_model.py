"""A real model behind the endpoint: English questions, and what verification finds in its drafts.

    python -m tests.evals.real_model --model SmolLM2-135M-Instruct.Q4_1.gguf --home FOLDER [--questions 100]

llama.cpp's server is started with the model; `huwen eval` asks half of the questions of each shipped set. Slow: a
question takes some five seconds of two cores.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.servers import llama

_SETS = ("suzhou", "everyday")
_LONGEST = 96  # tokens of an answer
# a small model follows a short prompt better and reads it sooner; slow machines are waited for
_SETTINGS = {
    "HUWEN_CONTEXT": "500", "HUWEN_PASSAGES": "3", "HUWEN_SEEDS": "seeds", "OPENAI_API_KEY": "none",
    "HUWEN_FIRST_TOKEN_SECONDS": "300", "HUWEN_TOTAL_SECONDS": "600", "HUWEN_CHAT_MODEL": ""}


def main() -> None:
    """Ask the questions and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="a GGUF file")
    parser.add_argument("--home", type=Path, required=True, help="the folder of libraries and runs")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    runs = [chosen.home / f"run-{name}" for name in _SETS]
    with llama(chosen.model, _LONGEST, threads=chosen.threads) as base_url:
        settings = _SETTINGS | {"HUWEN_HOME": str(chosen.home), "OPENAI_BASE_URL": base_url}
        for name, run in zip(_SETS, runs, strict=True):
            _huwen(
                settings, "--dataset", name, "--split", "dev", "--language", "en", "--model", chosen.model.stem,
                "--limit", str(chosen.questions // len(_SETS)), "--out", str(run), "--no-cache")
    _huwen(settings, "claims", *map(str, runs))


def _huwen(settings: dict[str, str], *words: str) -> None:
    command = [sys.executable, "-c", "from ui.cli import main; main()", "eval", *words]
    subprocess.run(command, check=True, env=os.environ | settings)


if __name__ == "__main__":
    main()
