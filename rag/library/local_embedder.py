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
    CROSS_LINGUAL_NEURAL_WEIGHT,
    NEURAL_WEIGHT,
    EmbeddingFailed,
    embed_non_blank,
    first_line,
    normalise_vector,
)

_BATCH_SIZE = 16  # texts that a local model reads together
_DEFAULT_MAX_TOKENS, _MAX_TOKENS = 512, 1024  # tokens: where a model says nothing; and whatever it says, for memory goes by the square
_MODEL_FILES = ["*.json", "model.onnx*", "onnx/model.onnx", "onnx/model.onnx_data"]  # of a hub's many, those that are read
_OUTPUT_NAMES = ("sentence_embedding", "last_hidden_state", "token_embeddings")  # the best first: the first is pooled by the model

_Floats = npt.NDArray[np.floating[Any]]


class LocalEmbedder(Embeddings):
    """A sentence-transformers model in ONNX, from a folder or by its name on the hub; it runs on the CPU, without torch.

    It reads tokenizer.json and (onnx/)model.onnx and, where they are, modules.json, 1_Pooling/config.json (else: mean), the
    prompts in config_sentence_transformers.json, and how many tokens a text may have in sentence_bert_config.json and
    tokenizer_config.json; longer ones are cut. Vectors have unit length, those of blank text are zero.

    Raises:
        EmbeddingFailed: by the methods; nothing is read or downloaded before.
    """

    fusion_weight, cross_lingual_weight = NEURAL_WEIGHT, CROSS_LINGUAL_NEURAL_WEIGHT

    def __init__(self, model: str) -> None:
        folder = Path(model).expanduser()
        self._model = model
        self.name = f"local:{folder.resolve().name if folder.is_dir() else model}"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, in order."""
        return embed_non_blank(texts, lambda some: self._embed_texts(self._add_prompts(some, "document", "passage", "corpus")))

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question; many models give a document with the same words another."""
        return embed_non_blank([text], lambda some: self._embed_texts(self._add_prompts(some, "query")))[0]

    def _add_prompts(self, texts: list[str], *names: str) -> list[str]:
        told = self._read_json("config_sentence_transformers.json")
        prompts = told.get("prompts") or {}
        prompt = next((prompts[name] for name in (*names, told.get("default_prompt_name")) if name in prompts), "")
        return [f"{prompt}{text}" for text in texts]

    def _embed_texts(self, texts: list[str]) -> list[list[float]]:
        by_length = sorted(range(len(texts)), key=lambda at: len(texts[at]))  # the longest of a batch sets the work for all
        found: dict[int, list[float]] = {}
        for start in range(0, len(texts), _BATCH_SIZE):
            batch = by_length[start : start + _BATCH_SIZE]
            try:
                found.update(zip(batch, self._embed_batch([texts[at] for at in batch]), strict=True))
            except _onnx_errors() as error:
                raise self._make_error(f"cannot embed a text ({first_line(str(error))}); export it anew, or name another") from None
        return [found[at] for at in range(len(texts))]

    def _embed_batch(self, texts: list[str]) -> list[list[float]]:
        encoded = self._tokenizer.encode_batch(texts)
        mask = [text.attention_mask for text in encoded]
        known = {"input_ids": [text.ids for text in encoded], "attention_mask": mask, "token_type_ids": [text.type_ids for text in encoded]}
        asked = {put.name: "int32" if "int32" in put.type else "int64" for put in self._session.get_inputs()}
        inputs = {name: np.asarray(known[name], dtype=kind) for name, kind in asked.items() if name in known}
        outputs = [put.name for put in self._session.get_outputs()]
        wanted = next((name for name in _OUTPUT_NAMES if name in outputs), outputs[0])
        pooled = _pool_tokens(self._session.run([wanted], inputs)[0], np.asarray(mask, dtype=bool), self._pooling_mode)
        return [normalise_vector(vector) for vector in pooled.tolist()]

    @cached_property
    def _model_folder(self) -> Path:
        folder = Path(self._model).expanduser()
        return folder if folder.is_dir() else _download_model(self._model)

    @cached_property
    def _session(self) -> Any:  # onnxruntime has no types
        onnxruntime = _import_package("onnxruntime")
        graph = _find_graph(self._model_folder)
        if not graph:
            raise self._make_error("has neither model.onnx nor onnx/model.onnx; export it to ONNX, or name another")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # its warnings are about the export
        try:
            return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        except _onnx_errors() as error:
            raise self._make_error(f"has a {graph.name} that cannot be read ({first_line(str(error))}); download or export it anew") from None

    @cached_property
    def _tokenizer(self) -> Any:
        file = self._model_folder / "tokenizer.json"
        if not file.is_file():
            raise self._make_error("has no tokenizer.json; name the folder of a model with one")
        try:  # from_file would raise a bare Exception
            tokenizer = _import_package("tokenizers").Tokenizer.from_buffer(file.read_bytes())
        except ValueError as error:
            raise self._make_error(f"has a tokenizer.json that cannot be read ({first_line(str(error))}); download it anew") from None
        told = [self._read_json("sentence_bert_config.json").get("max_seq_length"), self._read_json("tokenizer_config.json").get("model_max_length")]
        limits = [int(n) for n in told if isinstance(n, int | float) and 0 < n < 1e6]  # 1e30 stands for: not known
        tokenizer.enable_truncation(min([_MAX_TOKENS, *(limits or [_DEFAULT_MAX_TOKENS])]))
        pad = (tokenizer.padding or {}).get("pad_id") or tokenizer.token_to_id("[PAD]") or tokenizer.token_to_id("<pad>") or 0
        tokenizer.enable_padding(pad_id=pad)  # to the longest of a batch: a file may say, to 128 whatever comes
        return tokenizer

    @cached_property
    def _pooling_mode(self) -> str:
        told = self._read_json("1_Pooling/config.json")
        modes = [key.removeprefix("pooling_mode_").partition("_token")[0] for key in told if key.startswith("pooling_mode_") and told[key]]
        mode = "+".join(modes) or told.get("pooling_mode", "mean")
        steps = [str(part.get("type")).rpartition(".")[2] for part in self._read_json("modules.json", list)]
        unknown = [step for step in steps if step not in ("Transformer", "Pooling", "Normalize")]
        if unknown or mode not in ("mean", "cls", "lasttoken"):  # left out, it would give vectors that are not the model's
            raise self._make_error(f"has a step that is not known here ({', '.join(unknown) or mode}); name another")
        return str(mode)

    def _read_json(self, name: str, kind: type = dict) -> Any:
        """What a file of the model says; nothing where there is none."""
        file = self._model_folder / name
        try:
            told = json.loads(file.read_text("utf-8")) if file.is_file() else kind()
        except ValueError:
            told = None
        if not isinstance(told, kind):
            raise self._make_error(f"has a {name} that cannot be read; download it anew")
        return told

    def _make_error(self, message: str) -> EmbeddingFailed:
        return EmbeddingFailed(f"the local embedding model {self._model} {message}")


def _pool_tokens(output: _Floats, mask: npt.NDArray[np.bool_], mode: str) -> _Floats:
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


def _find_graph(folder: Path) -> Path | None:
    return next((path for path in (folder / "model.onnx", folder / "onnx" / "model.onnx") if path.is_file()), None)


def _download_model(name: str) -> Path:
    """The folder of a model, downloaded now or before: vectors by a newer revision would not fit those that are kept."""
    hub, errors = _import_package("huggingface_hub"), _import_package("huggingface_hub.errors")
    try:
        with suppress(errors.LocalEntryNotFoundError):
            before = Path(hub.snapshot_download(name, allow_patterns=_MODEL_FILES, local_files_only=True))
            if _find_graph(before) and (before / "tokenizer.json").is_file():  # else the download broke off
                return before
        return Path(hub.snapshot_download(name, allow_patterns=_MODEL_FILES))
    except (OSError, ValueError, RuntimeError, _import_package("httpx2").HTTPError) as error:
        raise EmbeddingFailed(
            f"the local embedding model {name} is no folder, and cannot be downloaded ({first_line(str(error))}); "
            "check its name and the connection, or name a folder that holds it") from None


def _import_package(name: str) -> Any:
    """A package that takes long to import, and that only a local model needs."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise EmbeddingFailed(f"a local embedding model needs a package that is missing ({error}); install huwen[local]") from None


def _onnx_errors() -> tuple[type[Exception], ...]:
    state = _import_package("onnxruntime.capi.onnxruntime_pybind11_state")  # they share no base but Exception
    return (ValueError, state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NoSuchFile,
            state.NotImplemented, state.RuntimeException)
