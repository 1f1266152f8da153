"""Text becomes a vector of a model in a folder, or of one on the hub, read in this process."""

from __future__ import annotations

import importlib
import json
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from rag.endpoints.vector_validation import (
    NEURAL_WEIGHT,
    NEURAL_WEIGHT_ACROSS,
    EmbeddingFailed,
    among_blanks,
    first_line,
    unit,
)

_AT_ONCE = 16  # texts that a local model reads together
_LONGEST, _LONGEST_EVER = 512, 1024  # tokens: where a model says nothing; and whatever it says, for memory goes by the square
_FILES = ["*.json", "model.onnx*", "onnx/model.onnx", "onnx/model.onnx_data"]  # of a hub's many, those that are read
_OUTPUTS = ("sentence_embedding", "last_hidden_state", "token_embeddings")  # the best first: the first is pooled by the model

_Floats = npt.NDArray[np.floating[Any]]


class LocalEmbedder(Embeddings):
    """A sentence-transformers model in ONNX, from a folder or by its name on the hub; it runs on the CPU, without torch.

    It reads tokenizer.json and (onnx/)model.onnx and, where they are, modules.json, 1_Pooling/config.json (else: mean), the
    prompts in config_sentence_transformers.json, and how many tokens a text may have in sentence_bert_config.json and
    tokenizer_config.json; longer ones are cut. Vectors have unit length, those of blank text are zero.

    Raises:
        EmbeddingFailed: by the methods; nothing is read or downloaded before.
    """

    weight, weight_across = NEURAL_WEIGHT, NEURAL_WEIGHT_ACROSS

    def __init__(self, place: str) -> None:
        folder = Path(place).expanduser()
        self._place = place
        self.name = f"local:{folder.resolve().name if folder.is_dir() else place}"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, in order."""
        return among_blanks(texts, lambda some: self._vectors(self._prompted(some, "document", "passage", "corpus")))

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question; many models give a document with the same words another."""
        return among_blanks([text], lambda some: self._vectors(self._prompted(some, "query")))[0]

    def _prompted(self, texts: list[str], *names: str) -> list[str]:
        told = self._told("config_sentence_transformers.json")
        prompts = told.get("prompts") or {}
        prompt = next((prompts[name] for name in (*names, told.get("default_prompt_name")) if name in prompts), "")
        return [f"{prompt}{text}" for text in texts]

    def _vectors(self, texts: list[str]) -> list[list[float]]:
        by_length = sorted(range(len(texts)), key=lambda at: len(texts[at]))  # the longest of a batch sets the work for all
        found: dict[int, list[float]] = {}
        for start in range(0, len(texts), _AT_ONCE):
            batch = by_length[start : start + _AT_ONCE]
            try:
                found.update(zip(batch, self._read([texts[at] for at in batch]), strict=True))
            except _onnx_failures() as error:
                raise self._failed(f"cannot embed a text ({first_line(str(error))}); export it anew, or name another") from None
        return [found[at] for at in range(len(texts))]

    def _read(self, texts: list[str]) -> list[list[float]]:
        encoded = self._tokenizer.encode_batch(texts)
        mask = [text.attention_mask for text in encoded]
        known = {"input_ids": [text.ids for text in encoded], "attention_mask": mask, "token_type_ids": [text.type_ids for text in encoded]}
        asked = {put.name: "int32" if "int32" in put.type else "int64" for put in self._session.get_inputs()}
        inputs = {name: np.asarray(known[name], dtype=kind) for name, kind in asked.items() if name in known}
        outputs = [put.name for put in self._session.get_outputs()]
        wanted = next((name for name in _OUTPUTS if name in outputs), outputs[0])
        pooled = _pool(self._session.run([wanted], inputs)[0], np.asarray(mask, dtype=bool), self._pooling)
        return [unit(vector) for vector in pooled.tolist()]

    @cached_property
    def _folder(self) -> Path:
        folder = Path(self._place).expanduser()
        return folder if folder.is_dir() else _from_hub(self._place)

    @cached_property
    def _session(self) -> Any:  # onnxruntime has no types
        onnxruntime = _package("onnxruntime")
        graph = _graph(self._folder)
        if not graph:
            raise self._failed("has neither model.onnx nor onnx/model.onnx; export it to ONNX, or name another")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # its warnings are about the export
        try:
            return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        except _onnx_failures() as error:
            raise self._failed(f"has a {graph.name} that cannot be read ({first_line(str(error))}); download or export it anew") from None

    @cached_property
    def _tokenizer(self) -> Any:
        file = self._folder / "tokenizer.json"
        if not file.is_file():
            raise self._failed("has no tokenizer.json; name the folder of a model with one")
        try:  # from_file would raise a bare Exception
            tokenizer = _package("tokenizers").Tokenizer.from_buffer(file.read_bytes())
        except ValueError as error:
            raise self._failed(f"has a tokenizer.json that cannot be read ({first_line(str(error))}); download it anew") from None
        told = [self._told("sentence_bert_config.json").get("max_seq_length"), self._told("tokenizer_config.json").get("model_max_length")]
        limits = [int(n) for n in told if isinstance(n, int | float) and 0 < n < 1e6]  # 1e30 stands for: not known
        tokenizer.enable_truncation(min([_LONGEST_EVER, *(limits or [_LONGEST])]))
        pad = (tokenizer.padding or {}).get("pad_id") or tokenizer.token_to_id("[PAD]") or tokenizer.token_to_id("<pad>") or 0
        tokenizer.enable_padding(pad_id=pad)  # to the longest of a batch: a file may say, to 128 whatever comes
        return tokenizer

    @cached_property
    def _pooling(self) -> str:
        told = self._told("1_Pooling/config.json")
        modes = [key.removeprefix("pooling_mode_").partition("_token")[0] for key in told if key.startswith("pooling_mode_") and told[key]]
        mode = "+".join(modes) or told.get("pooling_mode", "mean")
        steps = [str(part.get("type")).rpartition(".")[2] for part in self._told("modules.json", list)]
        unknown = [step for step in steps if step not in ("Transformer", "Pooling", "Normalize")]
        if unknown or mode not in ("mean", "cls", "lasttoken"):  # left out, it would give vectors that are not the model's
            raise self._failed(f"has a step that is not known here ({', '.join(unknown) or mode}); name another")
        return str(mode)

    def _told(self, name: str, kind: type = dict) -> Any:
        """What a file of the model says; nothing where there is none."""
        file = self._folder / name
        try:
            told = json.loads(file.read_text("utf-8")) if file.is_file() else kind()
        except ValueError:
            told = None
        if not isinstance(told, kind):
            raise self._failed(f"has a {name} that cannot be read; download it anew")
        return told

    def _failed(self, what: str) -> EmbeddingFailed:
        return EmbeddingFailed(f"the local embedding model {self._place} {what}")


def _pool(output: _Floats, mask: npt.NDArray[np.bool_], mode: str) -> _Floats:
    """Vectors of tokens, (texts, tokens, dimensions), become vectors of texts; some models have done so themselves."""
    if output.ndim == 2 and len(output) == len(mask):
        return output
    if output.ndim != 3 or output.shape[:2] != mask.shape or not mask.any(1).all():
        raise ValueError(f"it makes {output.shape} of {mask.shape} tokens")
    rows, last = range(len(mask)), mask.shape[1] - 1
    match mode:
        case "cls":
            return output[rows, mask.argmax(1)]
        case "lasttoken":
            return output[rows, last - mask[:, ::-1].argmax(1)]
        case _:  # not by multiplying: at a padded place there may stand what is no number
            return np.asarray(np.where(mask[..., None], output, 0).sum(1, dtype=np.float64) / mask.sum(1, keepdims=True))


def _graph(folder: Path) -> Path | None:
    return next((path for path in (folder / "model.onnx", folder / "onnx" / "model.onnx") if path.is_file()), None)


def _from_hub(name: str) -> Path:
    """The folder of a model, downloaded now or before: vectors by a newer revision would not fit those that are kept."""
    hub, errors = _package("huggingface_hub"), _package("huggingface_hub.errors")
    try:
        with suppress(errors.LocalEntryNotFoundError):
            before = Path(hub.snapshot_download(name, allow_patterns=_FILES, local_files_only=True))
            if _graph(before) and (before / "tokenizer.json").is_file():  # else the download broke off
                return before
        return Path(hub.snapshot_download(name, allow_patterns=_FILES))
    except (OSError, ValueError, RuntimeError, _package("httpx2").HTTPError) as error:
        raise EmbeddingFailed(
            f"the local embedding model {name} is no folder, and cannot be downloaded ({first_line(str(error))}); "
            "check its name and the connection, or name a folder that holds it") from None


def _package(name: str) -> Any:
    """A package that takes long to import, and that only a local model needs."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise EmbeddingFailed(f"a local embedding model needs a package that is missing ({error}); install huwen[local]") from None


def _onnx_failures() -> tuple[type[Exception], ...]:
    state = _package("onnxruntime.capi.onnxruntime_pybind11_state")  # they share no base but Exception
    return (ValueError, state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NoSuchFile,
            state.NotImplemented, state.RuntimeException)
