"""Installation of text recognition: whether the optional package and the models in it are there."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

_MODELS = {
    "det": "PP-OCRv6_det_small.onnx", "rec": "PP-OCRv6_rec_small.onnx", "cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx"}

# the models and a page take up to 1.3 GiB of address space with two threads, and more with four and for a large picture
EXTRA_MEBIBYTES = 1_024


def has_recogniser() -> bool:
    """True if the package and its models are installed. It is not imported, which would take a second."""
    return all(path.is_file() for path in model_paths().values())


def model_paths() -> dict[str, Path]:
    """The files of the models for detection (det), recognition (rec) and direction (cls), whether they exist or not."""
    spec = find_spec("rapidocr")
    folder = Path(spec.origin).parent if spec and spec.origin else Path("rapidocr")
    return {task: folder / "models" / name for task, name in _MODELS.items()}
