"""Pipeline with an embedder and a reranker behind endpoints: a real server on loopback, named by the settings."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rag.library.vector_index import WrongEmbedder
from rag.pipeline import build_pipeline
from rag.settings import Settings

NOTE = ("# 太湖治理\n\n## 水质\n\n太湖的水质连续五年改善。\n\n## 渔业\n\n渔民上岸以后开起了民宿。\n\n"
        "## 茶叶\n\n碧螺春的价格上涨了。\n")


class ModelsHandler(BaseHTTPRequestHandler):
    """Vectors made of characters, and scores that put the passage on tea first."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, self.headers.get("Authorization", "")))
        if self.path.endswith("/embeddings"):
            rows = [{"index": n, "embedding": self.vector(text)} for n, text in enumerate(request["input"])]
            reply = {"data": rows}
        else:
            texts = request["documents"]
            rows = [{"index": n, "relevance_score": float("碧螺春" in text)} for n, text in enumerate(texts)]
            reply = {"results": rows}
        body = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def vector(self, text):
        out = [0.0] * self.server.width
        for character in text:
            out[hashlib.md5(character.encode()).digest()[0] % self.server.width] += 1.0
        return out

    def log_message(self, *about):
        """Quiet."""


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), ModelsHandler) as http_server:
        http_server.seen, http_server.width = [], 64
        threading.Thread(target=http_server.serve_forever, daemon=True).start()
        yield http_server
        http_server.shutdown()


@pytest.fixture
def settings(server, tmp_path):
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    return Settings(
        home=tmp_path / "home", seeds=None, chat_model="", base_url=url, api_key="chat-key-1234", embed_model="vectors",
        embed_url=url, embed_key="embed-key-1234", rerank_model="order")


@pytest.fixture
def pipeline(settings, tmp_path):
    built_pipeline = build_pipeline(settings)
    (tmp_path / "taihu.md").write_text(NOTE, "utf-8")
    with built_pipeline.library.write_lock():
        built_pipeline.library.add(tmp_path / "taihu.md")
    return built_pipeline


def test_vectors_and_order_come_from_the_endpoints_each_with_its_key(pipeline, server):
    assert pipeline.library.check_indexes().is_sound
    assert "碧螺春" in pipeline.search("太湖的水质怎么样？")[0].text
    assert {path: key for path, key in server.seen} == {
        "/v1/embeddings": "Bearer embed-key-1234", "/v1/rerank": "Bearer chat-key-1234"}


def test_question_is_embedded_once_for_all_languages(pipeline, server):
    server.seen.clear()
    pipeline.search("水质")
    assert [path for path, _ in server.seen] == ["/v1/embeddings", "/v1/rerank"]


def test_a_model_with_another_dimension_is_refused_and_no_vector_is_lost(pipeline, settings, server, tmp_path):
    server.width = 32
    second_pipeline = build_pipeline(settings)
    assert "碧螺春" in second_pipeline.search("太湖的水质怎么样？")[0].text  # by words
    (tmp_path / "more.md").write_text(NOTE.replace("太湖", "运河"), "utf-8")
    sentence = r"64 dimensions.*32 now.*`huwen rebuild`"
    with pytest.raises(WrongEmbedder, match=sentence), second_pipeline.library.write_lock():
        second_pipeline.library.add(tmp_path / "more.md")
    server.width = 64
    assert len(build_pipeline(settings).library.sources()) == 1


def test_another_embedder_does_not_search_the_vectors_of_a_model(pipeline, settings):
    sentence = "by endpoint:vectors, but the settings ask for dictionary-2; set HUWEN_EMBED_MODEL back"
    other = build_pipeline(settings.model_copy(update={"embed_model": "dictionary"}))
    assert "碧螺春" in other.search("太湖的水质怎么样？")[0].text  # by words
    assert sentence in other.library.vector_state().obstacle
