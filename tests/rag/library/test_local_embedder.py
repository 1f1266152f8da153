"""A folder's model reads a text alike alone and in a batch, and what is missing or unknown in it is named."""

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
from tests.servers import refused

ROOT = Path(__file__).resolve().parents[3]
ZH, EN = "苏州的园林", "a garden in Suzhou"
WORDS = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", "passage", "苏", "州", "的", "园", "林", "a", "garden", "in", "suzhou",
    "lake"]
WIDTH = 8


def direction(*values):
    length = math.hypot(*values)
    return pytest.approx([value / length for value in values], abs=1e-6)  # models count in 32 bits


def write_tokenizer(folder):
    import tokenizers
    from tokenizers import models, normalizers, pre_tokenizers, processors

    tokenizer = tokenizers.Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()  # sets Chinese characters apart
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.enable_padding(length=32)  # as some models' files do
    tokenizer.enable_truncation(4)
    tokenizer.save(str(folder / "tokenizer.json"))


def write_graph(path, rows, inputs=("input_ids", "attention_mask", "token_type_ids"), kind="INT64"):
    """A model that looks each token up, and looks nowhere else."""
    import onnx

    number, floats = getattr(onnx.TensorProto, kind), onnx.TensorProto.FLOAT
    table = onnx.helper.make_tensor("table", floats, [len(rows), WIDTH], [x for row in rows for x in row])
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])], "tiny",
        [onnx.helper.make_tensor_value_info(name, number, ["texts", "tokens"]) for name in inputs],
        [onnx.helper.make_tensor_value_info("last_hidden_state", floats, ["texts", "tokens", WIDTH])], [table])
    path.parent.mkdir(exist_ok=True)
    onnx.save(onnx.helper.make_model(graph, ir_version=8, opset_imports=[onnx.helper.make_opsetid("", 13)]), path)


def looked_up(word):
    """The row of a word; that of the padding would spoil whatever it came into."""
    at = WORDS.index(word)
    return [math.nan] * WIDTH if word == "[PAD]" else [math.sin(1 + at * WIDTH + place) for place in range(WIDTH)]


def mean(*words):
    return direction(*(sum(column) / len(words) for column in zip(*map(looked_up, words), strict=True)))


@pytest.fixture
def folder(tmp_path):
    """A model that any text can be read with, and that means nothing."""
    for package in ("onnx", "onnxruntime", "tokenizers"):
        pytest.importorskip(package, reason=f"{package} is not installed: there is no local model to read")
    write_tokenizer(tmp_path)
    write_graph(tmp_path / "model.onnx", [looked_up(word) for word in WORDS])
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
    assert local(folder).embed_documents(list(TEXTS)) == [mean(*words) for words in TEXTS.values()]


def test_first_or_last_token_is_the_vector_where_the_model_says_so(folder):
    for mode, word in (("cls_token", "[CLS]"), ("lasttoken", "[SEP]"), ("mean_tokens", None)):
        write(folder, "1_Pooling/config.json", {
            f"pooling_mode_{name}": name == mode for name in ("cls_token", "mean_tokens", "lasttoken")}
            | {"include_prompt": True})
        assert local(folder).embed_documents([*TEXTS]) == [
            mean(word) if word else mean(*words) for words in TEXTS.values()]


def test_newer_models_name_their_pooling_in_one_word(folder):
    write(folder, "1_Pooling/config.json", {"word_embedding_dimension": WIDTH, "pooling_mode": "cls"})
    assert local(folder).embed_query(ZH) == mean("[CLS]")


def test_company_does_not_change_a_vector(folder):
    texts = [*TEXTS] + [f"{ZH} " * n + EN for n in range(40)]
    together = local(folder).embed_documents(texts)
    assert together == [pytest.approx(local(folder).embed_documents([text])[0], abs=1e-6) for text in texts]


def test_same_text_has_the_same_vector_in_every_object(folder):
    assert local(folder).embed_documents([*TEXTS]) == local(folder).embed_documents([*TEXTS])


def test_vectors_have_unit_length_and_those_of_blank_text_are_zero(folder):
    *vectors, blank = local(folder).embed_documents([*TEXTS, " \n"])
    assert [math.hypot(*vector) for vector in vectors] == [pytest.approx(1)] * len(TEXTS)
    assert blank == local(folder).embed_query("") == [0] * WIDTH
    assert local(folder).embed_documents([]) == []


@pytest.mark.parametrize("name", ["document", "passage"])
def test_prompts_of_the_model_stand_before_the_text(folder, name):
    write(
        folder, "config_sentence_transformers.json",
        {"prompts": {"query": "query ", name: "passage "}, "default_prompt_name": None})
    assert local(folder).embed_query("lake 园") == mean("[CLS]", "query", "lake", "园", "[SEP]")
    assert local(folder).embed_documents(["lake 园"]) == [mean("[CLS]", "passage", "lake", "园", "[SEP]")]


def test_prompt_that_the_model_has_for_everything_stands_where_there_is_no_other(folder):
    write(
        folder, "config_sentence_transformers.json",
        {"prompts": {"query": "query ", "any": "a "}, "default_prompt_name": "any"})
    assert local(folder).embed_documents(["lake"]) == [mean("[CLS]", "a", "lake", "[SEP]")]


@pytest.mark.parametrize(("name", "content", "tokens"), [
    ("sentence_bert_config.json", {"max_seq_length": 5}, 5), ("tokenizer_config.json", {"model_max_length": 6}, 6),
    ("tokenizer_config.json", {"model_max_length": 1e30}, 512), ("config.json", {}, 512),
    ("sentence_bert_config.json", {"max_seq_length": 100_000}, 1024),
])
def test_text_is_cut_where_the_model_ends(folder, name, content, tokens):
    write(folder, name, content)
    assert local(folder).embed_query("lake " * 2000) == mean("[CLS]", *["lake"] * (tokens - 2), "[SEP]")


@pytest.mark.parametrize("inputs", [("input_ids",), ("input_ids", "attention_mask")])
@pytest.mark.parametrize("kind", ["INT64", "INT32"])
def test_model_is_given_what_it_asks_for(folder, inputs, kind):
    write_graph(folder / "model.onnx", [looked_up(word) for word in WORDS], inputs, kind)
    assert local(folder).embed_query(EN) == mean(*TEXTS[EN])


def test_model_may_lie_in_a_folder_of_its_own(folder):
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
    assert local(folder).embed_query(EN) == mean(*TEXTS[EN])


@pytest.mark.parametrize("name", ["tokenizer.json", "model.onnx"])
def test_missing_or_broken_file_is_named(folder, name):
    (folder / name).write_text("junk")
    assert f"has a {name} that cannot be read" in local_failure(folder)
    (folder / name).unlink()
    assert name in local_failure(folder)


@pytest.mark.parametrize(("name", "content", "sentence"), [
    ("1_Pooling/config.json", "{", "has a 1_Pooling/config.json that cannot be read"),
    ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "a step that is not known here (max)"),
    ("1_Pooling/config.json", {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True},
     "not known here (cls+mean)"),
    ("modules.json", [{"type": f"sentence_transformers.models.{step}"} for step in ("Transformer", "Dense")],
     "(Dense)"),
    ("config_sentence_transformers.json", "[]", "has a config_sentence_transformers.json that cannot be read"),
])
def test_step_that_cannot_be_taken_is_never_left_out(folder, name, content, sentence):
    write(folder, name, content)
    assert sentence in local_failure(folder)


def test_model_that_asks_for_more_than_a_text_is_no_embedder(folder):
    write_graph(folder / "model.onnx", [looked_up(word) for word in WORDS], ("input_ids", "past_key_values"))
    assert "past_key_values" in local_failure(folder)


def test_model_that_knows_fewer_words_than_its_tokenizer_is_named(folder):
    write_graph(folder / "model.onnx", [looked_up(word) for word in WORDS[:5]])
    assert "cannot embed a text" in local_failure(folder)


def test_model_that_makes_no_numbers_is_named(folder):
    write_graph(folder / "model.onnx", [[math.nan] * WIDTH for _ in WORDS])
    assert "not all numbers" in local_failure(folder)


# --- a model of the hub, in another process: its client reads where the hub is once, when it is imported

ASK = (
    "import sys; from rag.library.local_embedder import LocalEmbedder; "
    "print(LocalEmbedder(sys.argv[1]).embed_query('苏州 suzhou'))")


def elsewhere(program, *words, **environment):
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_DISABLE_XET": "1"} | environment)
    return done.stdout.strip(), (done.stderr.strip().splitlines() or [""])[-1]


@contextmanager
def hub(folder):
    """The hub, with one model."""
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
        downloaded, _ = elsewhere(ASK, "huwen/tiny", HF_ENDPOINT=address, HF_HOME=str(home))
    kept, _ = elsewhere(ASK, "huwen/tiny", HF_ENDPOINT=address, HF_HOME=str(home))  # where nothing answers any more
    assert json.loads(downloaded) == json.loads(kept) == local(folder).embed_query("苏州 suzhou")
    assert not [*home.rglob("pytorch_model.bin")]


def test_hub_that_cannot_be_reached_is_named(tmp_path):
    with refused() as base_url:
        _, sentence = elsewhere(ASK, "huwen/tiny", HF_ENDPOINT=base_url.removesuffix("/v1"), HF_HOME=str(tmp_path))
    assert "EmbeddingFailed: the local embedding model huwen/tiny is no folder, and cannot be downloaded" in sentence
    assert "name a folder that holds it" in sentence


def test_name_that_no_hub_has_is_named():
    with pytest.raises(
        EmbeddingFailed, match=r"the local embedding model /no/such/folder is no folder, and cannot be downloaded"):
        LocalEmbedder("/no/such/folder").embed_query(ZH)


def test_missing_package_is_named_with_what_brings_it(folder):
    _, sentence = elsewhere("import sys; sys.modules['onnxruntime'] = None; " + ASK, str(folder))
    assert "EmbeddingFailed: a local embedding model needs a package that is missing" in sentence
    assert "onnxruntime" in sentence
    assert sentence.endswith("; install huwen[local]")
