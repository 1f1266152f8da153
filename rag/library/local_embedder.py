"""The local embedder: a sentence-transformers model in ONNX, from a folder or from the hub, run in this process."""

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

from rag.endpoints.client import first_line
from rag.endpoints.vector_validation import (
    CROSS_LINGUAL_NEURAL_WEIGHT,
    NEURAL_WEIGHT,
    EmbeddingFailed,
    embed_non_blank,
    normalise_vector,
)

_BATCH_SIZE = 16  # texts that a local model reads together
_DEFAULT_MAX_TOKENS = 512  # of a text, if the model's files state no limit
_MAX_TOKENS = 1024  # of a text, whatever the files state, because memory grows with the square
_MODEL_FILES = ["*.json", "model.onnx*", "onnx/model.onnx", "onnx/model.onnx_data"]  # needed of a hub model
_OUTPUT_NAMES = ("sentence_embedding", "last_hidden_state", "token_embeddings")  # best first; the first is pooled

_Floats = npt.NDArray[np.floating[Any]]


class LocalEmbedder(Embeddings):
    """A sentence-transformers model in ONNX, from a folder or by its name on the hub; on the CPU, without torch.

    It reads tokenizer.json and (onnx/)model.onnx and, if they exist, modules.json, 1_Pooling/config.json (default:
    mean), the prompts in config_sentence_transformers.json, and the token limit in sentence_bert_config.json and
    tokenizer_config.json; longer texts are cut. Vectors have unit length, those of blank text are zero.

    Raises:
        EmbeddingFailed: from the methods; the constructor reads and downloads nothing.
    """

    fusion_weight, cross_lingual_weight = NEURAL_WEIGHT, CROSS_LINGUAL_NEURAL_WEIGHT
    has_narrow_cosines = True
    has_cosine_evidence = is_slow = False
    obstacle = ""

    def __init__(self, model: str) -> None:
        folder = Path(model).expanduser()
        self._model = model
        self.name = f"local:{folder.resolve().name if folder.is_dir() else model}"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text, in order."""
        prompt = ("document", "passage", "corpus")
        return embed_non_blank(texts, lambda batch: self._embed_texts(self._add_prompts(batch, *prompt)))

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question; many models embed a document with the same words in another way."""
        return embed_non_blank([text], lambda batch: self._embed_texts(self._add_prompts(batch, "query")))[0]

    def _add_prompts(self, texts: list[str], *names: str) -> list[str]:
        """The texts after the first of these prompts that the model has, else after its default prompt."""
        config = self._read_json("config_sentence_transformers.json")
        prompts = config.get("prompts") or {}
        prompt = next((prompts[name] for name in (*names, config.get("default_prompt_name")) if name in prompts), "")
        return [f"{prompt}{text}" for text in texts]

    def _embed_texts(self, texts: list[str]) -> list[list[float]]:
        # texts of similar length go into one batch, because the longest determines the work for all
        by_length = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors: dict[int, list[float]] = {}
        for start in range(0, len(texts), _BATCH_SIZE):
            batch = by_length[start : start + _BATCH_SIZE]
            try:
                vectors.update(zip(batch, self._embed_batch([texts[index] for index in batch]), strict=True))
            except _onnx_errors() as error:
                raise self._make_error(
                    f"cannot embed a text ({first_line(str(error))}); export it again, or name another") from None
        return [vectors[index] for index in range(len(texts))]

    def _embed_batch(self, texts: list[str]) -> list[list[float]]:
        encoded = self._tokenizer.encode_batch(texts)
        mask = [text.attention_mask for text in encoded]
        values = {
            "input_ids": [text.ids for text in encoded], "attention_mask": mask,
            "token_type_ids": [text.type_ids for text in encoded]}
        types = {tensor.name: "int32" if "int32" in tensor.type else "int64" for tensor in self._session.get_inputs()}
        inputs = {name: np.asarray(values[name], dtype=kind) for name, kind in types.items() if name in values}
        outputs = [tensor.name for tensor in self._session.get_outputs()]
        output = next((name for name in _OUTPUT_NAMES if name in outputs), outputs[0])
        result = self._session.run([output], inputs)[0]
        pooled = _pool_tokens(result, np.asarray(mask, dtype=bool), self._pooling_mode)
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
        options.log_severity_level = 3  # its warnings are only about the export
        try:
            return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        except _onnx_errors() as error:
            reason = first_line(str(error))
            raise self._make_error(
                f"has a {graph.name} that cannot be read ({reason}); download or export it again") from None

    @cached_property
    def _tokenizer(self) -> Any:
        file = self._model_folder / "tokenizer.json"
        if not file.is_file():
            raise self._make_error("has no tokenizer.json; name the folder of a model with one")
        try:  # from_file would raise a bare Exception
            tokenizer = _import_package("tokenizers").Tokenizer.from_buffer(file.read_bytes())
        except ValueError as error:
            raise self._make_error(
                f"has a tokenizer.json that cannot be read ({first_line(str(error))}); download it again") from None
        tokenizer.enable_truncation(self._max_tokens())
        pad = (tokenizer.padding or {}).get("pad_id")
        pad = pad or tokenizer.token_to_id("[PAD]") or tokenizer.token_to_id("<pad>") or 0
        tokenizer.enable_padding(pad_id=pad)  # to the longest text of a batch; the file may state a fixed length
        return tokenizer

    def _max_tokens(self) -> int:
        """The maximum number of tokens that the model reads of a text."""
        stated = [
            self._read_json("sentence_bert_config.json").get("max_seq_length"),
            self._read_json("tokenizer_config.json").get("model_max_length")]
        limits = [int(n) for n in stated if isinstance(n, int | float) and 0 < n < 1e6]  # 1e30 means: not known
        return min([_MAX_TOKENS, *(limits or [_DEFAULT_MAX_TOKENS])])

    @cached_property
    def _pooling_mode(self) -> str:
        config = self._read_json("1_Pooling/config.json")
        keys = [key for key in config if key.startswith("pooling_mode_") and config[key]]
        modes = [key.removeprefix("pooling_mode_").partition("_token")[0] for key in keys]
        mode = "+".join(modes) or config.get("pooling_mode", "mean")
        steps = [str(part.get("type")).rpartition(".")[2] for part in self._read_json("modules.json", list)]
        unknown = [step for step in steps if step not in ("Transformer", "Pooling", "Normalize")]
        if unknown or mode not in ("mean", "cls", "lasttoken"):  # without the step the vectors would be wrong
            raise self._make_error(f"has a step that is not supported ({', '.join(unknown) or mode}); name another")
        return str(mode)

    def _read_json(self, name: str, kind: type = dict) -> Any:
        """The content of a JSON file of the model; empty if there is no such file."""
        file = self._model_folder / name
        try:
            content = json.loads(file.read_text("utf-8")) if file.is_file() else kind()
        except ValueError:
            content = None
        if not isinstance(content, kind):
            raise self._make_error(f"has a {name} that cannot be read; download it again")
        return content

    def _make_error(self, message: str) -> EmbeddingFailed:
        return EmbeddingFailed(f"the local embedding model {self._model} {message}")


def _pool_tokens(output: _Floats, mask: npt.NDArray[np.bool_], mode: str) -> _Floats:
    """The vectors of texts from those of tokens (texts, tokens, dimensions); some models return pooled vectors."""
    if output.ndim == 2 and len(output) == len(mask):
        return output
    if output.ndim != 3 or output.shape[:2] != mask.shape or not mask.any(1).all():
        raise ValueError(f"it returns {output.shape} for {mask.shape} tokens")
    rows, last = range(len(mask)), mask.shape[1] - 1
    match mode:
        case "cls":
            return output[rows, mask.argmax(1)]
        case "lasttoken":
            return output[rows, last - mask[:, ::-1].argmax(1)]
        case _:  # not by multiplying with the mask, because the model may give NaN for padding
            totals = np.where(mask[..., None], output, 0).sum(1, dtype=np.float64)
            return np.asarray(totals / mask.sum(1, keepdims=True))


def _find_graph(folder: Path) -> Path | None:
    paths = (folder / "model.onnx", folder / "onnx" / "model.onnx")
    return next((path for path in paths if path.is_file()), None)


def _download_model(name: str) -> Path:
    """The folder of a hub model; a downloaded model is not updated, because a newer revision makes other vectors."""
    hub, errors = _import_package("huggingface_hub"), _import_package("huggingface_hub.errors")
    try:
        with suppress(errors.LocalEntryNotFoundError):
            cached = Path(hub.snapshot_download(name, allow_patterns=_MODEL_FILES, local_files_only=True))
            if _find_graph(cached) and (cached / "tokenizer.json").is_file():  # otherwise the download was interrupted
                return cached
        return Path(hub.snapshot_download(name, allow_patterns=_MODEL_FILES))
    except (OSError, ValueError, RuntimeError, _import_package("httpx2").HTTPError) as error:
        raise EmbeddingFailed(
            f"the local embedding model {name} is not a folder, and cannot be downloaded ({first_line(str(error))}); "
            "check its name and the connection, or name a folder that holds it") from None


def _import_package(name: str) -> Any:
    """A package that is slow to import, and that only a local model needs."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise EmbeddingFailed(
            f"a local embedding model needs a package that is missing ({error}); install huwen[local]") from None


def _onnx_errors() -> tuple[type[Exception], ...]:
    state = _import_package("onnxruntime.capi.onnxruntime_pybind11_state")  # their only common base is Exception
    return (ValueError, state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NoSuchFile,
            state.NotImplemented, state.RuntimeException)
