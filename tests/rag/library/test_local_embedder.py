"""Local embedding models: a vector does not depend on the batch; a missing or unknown part of the model is named."""

import json
import math
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rag.endpoints.vector_validation import EmbeddingFailed
from rag.library.local_embedder import LocalEmbedder
from tests.servers import unreachable_url

ROOT = Path(__file__).resolve().parents[3]
ZH, EN = "苏州的园林", "a garden in Suzhou"
WORDS = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", "passage", "苏", "州", "的", "园", "林", "a", "garden", "in", "suzhou",
    "lake"]
WIDTH = 8


def unit_vector(*values):
    length = math.hypot(*values)
    return pytest.approx([value / length for value in values], abs=1e-6)  # 32-bit floats


def write_tokenizer(folder):
    import tokenizers
    from tokenizers import models, normalizers, pre_tokenizers, processors

    vocabulary = {word: index for index, word in enumerate(WORDS)}
    tokenizer = tokenizers.Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()  # separates Chinese characters
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.enable_padding(length=32)  # as some models' files do
    tokenizer.enable_truncation(4)
    tokenizer.save(str(folder / "tokenizer.json"))


def write_graph(path, rows, inputs=("input_ids", "attention_mask", "token_type_ids"), kind="INT64"):
    """Write a model that only looks up the vector of each token."""
    import onnx

    number, floats = getattr(onnx.TensorProto, kind), onnx.TensorProto.FLOAT
    table = onnx.helper.make_tensor("table", floats, [len(rows), WIDTH], [x for row in rows for x in row])
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])], "tiny",
        [onnx.helper.make_tensor_value_info(name, number, ["texts", "tokens"]) for name in inputs],
        [onnx.helper.make_tensor_value_info("last_hidden_state", floats, ["texts", "tokens", WIDTH])], [table])
    path.parent.mkdir(exist_ok=True)
    onnx.save(onnx.helper.make_model(graph, ir_version=8, opset_imports=[onnx.helper.make_opsetid("", 13)]), path)


def token_vector(word):
    """The vector of a word; that of the padding is NaN, so that using it would spoil any result."""
    index = WORDS.index(word)
    return [math.nan] * WIDTH if word == "[PAD]" else [math.sin(1 + index * WIDTH + place) for place in range(WIDTH)]


def mean_vector(*words):
    return unit_vector(*(sum(column) / len(words) for column in zip(*map(token_vector, words), strict=True)))


@pytest.fixture
def folder(tmp_path):
    """The folder of a model that accepts any text and whose vectors have no meaning."""
    for package in ("onnx", "onnxruntime", "tokenizers"):
        pytest.importorskip(package, reason=f"{package} is not installed: there is no local model to read")
    write_tokenizer(tmp_path)
    write_graph(tmp_path / "model.onnx", [token_vector(word) for word in WORDS])
    return tmp_path


def write(folder, name, content):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")


def local(folder):
    return LocalEmbedder(str(folder))


def local_failure(folder):
    with pytest.raises(EmbeddingFailed) as raised:
        local(folder).embed_query(ZH)
    sentence = str(raised.value)
    assert "\n" not in sentence
    assert str(folder) in sentence
    return sentence


TEXTS = {
    ZH: ("[CLS]", "苏", "州", "的", "园", "林", "[SEP]"), EN: ("[CLS]", "a", "garden", "in", "suzhou", "[SEP]"),
    "lake 园": ("[CLS]", "lake", "园", "[SEP]"), "moon": ("[CLS]", "[UNK]", "[SEP]"),
}


def test_mean_of_the_tokens_is_the_vector(folder):
    assert local(folder).embed_documents(list(TEXTS)) == [mean_vector(*words) for words in TEXTS.values()]


def test_the_first_or_last_token_is_the_vector_if_the_model_says_so(folder):
    for mode, word in (("cls_token", "[CLS]"), ("lasttoken", "[SEP]"), ("mean_tokens", None)):
        write(folder, "1_Pooling/config.json", {
            f"pooling_mode_{name}": name == mode for name in ("cls_token", "mean_tokens", "lasttoken")}
            | {"include_prompt": True})
        assert local(folder).embed_documents([*TEXTS]) == [
            mean_vector(word) if word else mean_vector(*words) for words in TEXTS.values()]


def test_newer_models_name_their_pooling_in_one_word(folder):
    write(folder, "1_Pooling/config.json", {"word_embedding_dimension": WIDTH, "pooling_mode": "cls"})
    assert local(folder).embed_query(ZH) == mean_vector("[CLS]")


def test_other_texts_of_a_batch_do_not_change_a_vector(folder):
    texts = [*TEXTS] + [f"{ZH} " * n + EN for n in range(40)]
    batch_vectors = local(folder).embed_documents(texts)
    assert batch_vectors == [pytest.approx(local(folder).embed_documents([text])[0], abs=1e-6) for text in texts]


def test_same_text_has_the_same_vector_in_every_object(folder):
    assert local(folder).embed_documents([*TEXTS]) == local(folder).embed_documents([*TEXTS])


def test_vectors_have_unit_length_and_those_of_blank_text_are_zero(folder):
    *vectors, blank = local(folder).embed_documents([*TEXTS, " \n"])
    assert [math.hypot(*vector) for vector in vectors] == [pytest.approx(1)] * len(TEXTS)
    assert blank == local(folder).embed_query("") == [0] * WIDTH
    assert local(folder).embed_documents([]) == []


@pytest.mark.parametrize("name", ["document", "passage"])
def test_prompts_of_the_model_are_put_before_the_text(folder, name):
    write(
        folder, "config_sentence_transformers.json",
        {"prompts": {"query": "query ", name: "passage "}, "default_prompt_name": None})
    assert local(folder).embed_query("lake 园") == mean_vector("[CLS]", "query", "lake", "园", "[SEP]")
    assert local(folder).embed_documents(["lake 园"]) == [mean_vector("[CLS]", "passage", "lake", "园", "[SEP]")]


def test_the_default_prompt_of_the_model_is_used_without_a_specific_one(folder):
    write(
        folder, "config_sentence_transformers.json",
        {"prompts": {"query": "query ", "any": "a "}, "default_prompt_name": "any"})
    assert local(folder).embed_documents(["lake"]) == [mean_vector("[CLS]", "a", "lake", "[SEP]")]


@pytest.mark.parametrize(("name", "content", "tokens"), [
    ("sentence_bert_config.json", {"max_seq_length": 5}, 5), ("tokenizer_config.json", {"model_max_length": 6}, 6),
    ("tokenizer_config.json", {"model_max_length": 1e30}, 512), ("config.json", {}, 512),
    ("sentence_bert_config.json", {"max_seq_length": 100_000}, 1024),
])
def test_a_text_is_cut_at_the_limit_of_the_model(folder, name, content, tokens):
    write(folder, name, content)
    assert local(folder).embed_query("lake " * 2000) == mean_vector("[CLS]", *["lake"] * (tokens - 2), "[SEP]")


@pytest.mark.parametrize("inputs", [("input_ids",), ("input_ids", "attention_mask")])
@pytest.mark.parametrize("kind", ["INT64", "INT32"])
def test_a_model_gets_the_inputs_that_it_declares(folder, inputs, kind):
    write_graph(folder / "model.onnx", [token_vector(word) for word in WORDS], inputs, kind)
    assert local(folder).embed_query(EN) == mean_vector(*TEXTS[EN])


def test_the_model_file_may_be_in_the_folder_onnx(folder):
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
    assert local(folder).embed_query(EN) == mean_vector(*TEXTS[EN])


@pytest.mark.parametrize("name", ["tokenizer.json", "model.onnx"])
def test_missing_or_broken_file_is_named(folder, name):
    (folder / name).write_text("junk")
    assert f"has a {name} that cannot be read" in local_failure(folder)
    (folder / name).unlink()
    assert name in local_failure(folder)


@pytest.mark.parametrize(("name", "content", "sentence"), [
    ("1_Pooling/config.json", "{", "has a 1_Pooling/config.json that cannot be read"),
    ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "a step that is not supported (max)"),
    ("1_Pooling/config.json", {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True},
     "not supported (cls+mean)"),
    ("modules.json", [{"type": f"sentence_transformers.models.{step}"} for step in ("Transformer", "Dense")],
     "(Dense)"),
    ("config_sentence_transformers.json", "[]", "has a config_sentence_transformers.json that cannot be read"),
])
def test_an_unsupported_step_is_never_skipped(folder, name, content, sentence):
    write(folder, name, content)
    assert sentence in local_failure(folder)


def test_a_model_with_other_inputs_than_a_text_is_refused(folder):
    write_graph(folder / "model.onnx", [token_vector(word) for word in WORDS], ("input_ids", "past_key_values"))
    assert "past_key_values" in local_failure(folder)


def test_a_model_with_fewer_words_than_its_tokenizer_is_named(folder):
    write_graph(folder / "model.onnx", [token_vector(word) for word in WORDS[:5]])
    assert "cannot embed a text" in local_failure(folder)


def test_a_model_whose_vectors_are_not_numbers_is_named(folder):
    write_graph(folder / "model.onnx", [[math.nan] * WIDTH for _ in WORDS])
    assert "not all numbers" in local_failure(folder)


# --- a model of the hub, in another process, because its client reads the address of the hub on import

ASK = (
    "import sys; from rag.library.local_embedder import LocalEmbedder; "
    "print(LocalEmbedder(sys.argv[1]).embed_query('苏州 suzhou'))")


def run_program(program, *words, **environment):
    result = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_DISABLE_XET": "1"} | environment)
    return result.stdout.strip(), (result.stderr.strip().splitlines() or [""])[-1]


@contextmanager
def hub(folder):
    """The address of a model hub with one model."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    revision = "0" * 40

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if "/tree/" in self.path:
                tree = [
                    {"type": "file", "path": name, "size": len(body), "oid": "1" * 40} for name, body in files.items()]
                self.answer(json.dumps(tree).encode())
            elif self.path.startswith("/api/models/huwen/tiny"):
                about = {"id": "huwen/tiny", "sha": revision, "siblings": [{"rfilename": name} for name in files]}
                self.answer(json.dumps(about).encode())
            else:
                self.answer(files[self.path.partition(f"/resolve/{revision}/")[2]])

        do_HEAD = do_GET

        def answer(self, body):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Repo-Commit", revision)
            self.send_header("ETag", f'"{sha256(body).hexdigest()}"')
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_model_of_the_hub_is_downloaded_once(folder, tmp_path_factory):
    write(folder, "pytorch_model.bin", "what nobody reads")
    home = tmp_path_factory.mktemp("hub")
    with hub(folder) as address:
        downloaded, _ = run_program(ASK, "huwen/tiny", HF_ENDPOINT=address, HF_HOME=str(home))
    from_cache, _ = run_program(ASK, "huwen/tiny", HF_ENDPOINT=address, HF_HOME=str(home))  # the hub is closed now
    assert json.loads(downloaded) == json.loads(from_cache) == local(folder).embed_query("苏州 suzhou")
    assert not [*home.rglob("pytorch_model.bin")]


def test_hub_that_cannot_be_reached_is_named(tmp_path):
    with unreachable_url() as base_url:
        _, sentence = run_program(ASK, "huwen/tiny", HF_ENDPOINT=base_url.removesuffix("/v1"), HF_HOME=str(tmp_path))
    assert "EmbeddingFailed: the local embedding model huwen/tiny is not a folder, and cannot be downloaded" in sentence
    assert "name a folder that holds it" in sentence


def test_an_unknown_model_name_is_named():
    with pytest.raises(
        EmbeddingFailed, match=r"the local embedding model /no/such/folder is not a folder, and cannot be downloaded"):
        LocalEmbedder("/no/such/folder").embed_query(ZH)


def test_a_missing_package_is_named_with_the_extra_that_installs_it(folder):
    _, sentence = run_program("import sys; sys.modules['onnxruntime'] = None; " + ASK, str(folder))
    assert "EmbeddingFailed: a local embedding model needs a package that is missing" in sentence
    assert "onnxruntime" in sentence
    assert sentence.endswith("; install huwen[local]")
