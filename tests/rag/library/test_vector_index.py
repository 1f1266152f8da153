"""Vector index in Chroma: search by meaning, replacement of whole sources, and no access by a stale client."""

import shutil

import chromadb
import pytest
from chromadb.api.shared_system_client import SharedSystemClient
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding

from rag.library.chroma import FolderStore
from rag.library.dictionary_embedder import DictionaryEmbedder
from rag.library.embedder import NoEmbedder
from rag.library.index import DamagedIndex
from rag.library.vector_index import VectorIndex, WrongEmbedder

SMALL = 16  # dimensions, for tests in which the meaning of the vectors is not used


class FakeEmbedder(DeterministicFakeEmbedding):
    """Random vectors, the same for the same text."""

    name: str = "fake"
    fusion_weight: float = 1.0
    cross_lingual_weight: float = 1.0
    has_narrow_cosines: bool = True
    has_cosine_evidence: bool = False
    is_slow: bool = False
    obstacle: str = ""


@pytest.fixture
def vectors(tmp_path):
    return open_index(tmp_path)


def open_index(folder):
    return VectorIndex(FolderStore(folder / "chroma"), DictionaryEmbedder())


def open_small_index(folder):
    return VectorIndex(FolderStore(folder / "chroma"), FakeEmbedder(size=SMALL))


def passage(id, text, language="zh", source="s"):
    return Document(text, id=id, metadata={"source_id": source, "language": language, "title": "", "start": 0})


def numbered_passages(n, source="s"):
    return [passage(f"{source}{i}", f"Sentence {i} of {source}.", "en", source) for i in range(n)]


def replace_source(vectors, passages, source="s"):
    return [len(batch) for batch in vectors.replace_sources({source: passages})]


def test_nearest_passage_is_found_in_either_language(vectors):
    replace_source(vectors, [passage("water", "太湖的水质改善了。"), passage("tea", "茶叶的价格上涨了。"),
                  passage("tower", "The lighthouse was built of granite.", "en"),
                  passage("cow", "The keepers had a cow.", "en")])
    assert vectors.search("湖水的质量", 1, "zh")[0].id == "water"
    assert vectors.search("water quality of the lake", 1, "zh")[0].id == "water"
    assert vectors.search("granite lighthouses", 1, "en")[0].id == "tower"
    assert vectors.search("花岗岩灯塔", 1, "en")[0].id == "tower"


def test_scores_are_cosines_best_first(vectors):
    replace_source(vectors, [passage("water", "太湖的水质改善了。"), passage("tea", "茶叶的价格上涨了。")])
    hits = vectors.search("太湖的水质改善了。", 5, "zh")
    assert hits[0].score == pytest.approx(1, abs=1e-4)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 <= hit.score <= 1 for hit in hits)


@pytest.mark.parametrize("query", ["", "？！。", "😀"])
def test_a_query_without_words_finds_nothing(vectors, query):
    replace_source(vectors, [passage("water", "太湖的水质改善了。")])
    assert vectors.search(query, 5, "zh") == []


def test_empty_index_finds_nothing(vectors):
    assert vectors.search("太湖", 5, "zh") == []
    assert vectors.reachable_ids() == set()


def test_a_passage_without_words_is_in_the_index_too(vectors):
    replace_source(vectors, [passage("smile", "😀😀😀"), passage("water", "太湖的水质改善了。")])
    assert vectors.passage_ids() == vectors.reachable_ids() == {"smile", "water"}
    assert vectors.search("太湖水质", 1, "zh")[0].id == "water"


def test_replacing_a_source_leaves_only_its_new_passages(vectors):
    replace_source(vectors, [passage("a", "太湖的水质改善了。"), passage("b", "茶叶的价格上涨了。")])
    replace_source(vectors, [passage("other", "The keepers had a cow.", "en", "t")], "t")
    replace_source(vectors, [passage("b", "茶叶的价格上涨了。"), passage("c", "渔民上岸了。")])
    assert vectors.passage_ids() == vectors.reachable_ids() == {"b", "c", "other"}
    replace_source(vectors, [])
    assert vectors.passage_ids() == vectors.reachable_ids() == {"other"}


def test_progress_comes_batch_by_batch(tmp_path):
    vectors = open_small_index(tmp_path)
    assert replace_source(vectors, numbered_passages(450)) == [200, 200, 50]
    assert len(vectors) == len(vectors.passage_ids()) == len(vectors.reachable_ids()) == 450


def test_metadata_that_chroma_does_not_accept_are_left_out(vectors):
    odd = passage("a", "太湖的水质改善了。")
    odd.metadata |= {"nothing": None, "list": []}
    assert replace_source(vectors, [odd]) == [1]
    assert vectors.search("太湖", 1, "zh")[0].id == "a"


def test_two_clients_that_write_in_turn_lose_nothing(tmp_path):
    """Otherwise a write by a stale client makes the vectors of the other unreachable permanently."""
    first, second = open_small_index(tmp_path), open_small_index(tmp_path)
    for n in range(3):
        replace_source(first, numbered_passages(700, f"one{n}-"), f"one{n}")
        assert len(second.reachable_ids()) == 1400 * n + 700
        replace_source(second, numbered_passages(700, f"other{n}-"), f"other{n}")
        assert len(first.reachable_ids()) == 1400 * (n + 1)
    assert len(open_small_index(tmp_path).reachable_ids()) == len(first.passage_ids()) == 4200


def test_a_search_after_a_deletion_by_another_client_finds_the_remaining_passages(tmp_path):
    """Otherwise Chroma raises `Error finding id`."""
    reader = open_small_index(tmp_path)
    replace_source(reader, numbered_passages(1200))
    assert reader.search("anything", 9, "en")
    replace_source(open_small_index(tmp_path), numbered_passages(5))
    assert {hit.id for hit in reader.search("anything", 9, "en")} <= {passage.id for passage in numbered_passages(5)}


def test_vectors_of_another_embedder_are_neither_searched_nor_mixed(tmp_path):
    replace_source(open_small_index(tmp_path), numbered_passages(3))
    other = open_index(tmp_path)
    assert other.search("sentence", 3, "en") == []
    for refused in (other.require_same_embedder, lambda: replace_source(other, numbered_passages(3, "t"), "t")):
        with pytest.raises(WrongEmbedder, match=r"were made by fake, .* ask for dictionary-2; .*`huwen rebuild`"):
            refused()


def test_vectors_of_another_width_are_neither_searched_nor_mixed(tmp_path):
    replace_source(open_small_index(tmp_path), numbered_passages(3))
    wider = VectorIndex(FolderStore(tmp_path / "chroma"), FakeEmbedder(size=2 * SMALL))
    assert wider.search("anything", 3, "en") == []
    with pytest.raises(WrongEmbedder, match=r"have 16 dimensions, those of fake have 32 now.*`huwen rebuild`"):
        replace_source(wider, numbered_passages(3, "t"), "t")
    assert len(open_small_index(tmp_path)) == 3


def test_a_collection_without_the_name_of_its_embedder_is_refused(tmp_path):
    SharedSystemClient.clear_system_cache()
    chromadb.PersistentClient(str(tmp_path / "chroma")).create_collection("passages-zh", embedding_function=None)
    SharedSystemClient.clear_system_cache()
    with pytest.raises(WrongEmbedder, match="`huwen rebuild`"):
        open_index(tmp_path).require_same_embedder()


def test_a_search_is_limited_to_the_given_sources(vectors):
    replace_source(vectors, [passage("a", "太湖的水质改善了。")])
    replace_source(vectors, [passage("b", "太湖的水质变差了。", source="t")], "t")
    assert [hit.id for hit in vectors.search("太湖水质", 5, "zh", {"t"})] == ["b"]
    assert vectors.search("太湖水质", 5, "zh", frozenset()) == []
    assert vectors.search("太湖水质", 5, "zh", {"no such"}) == []
    assert {hit.id for hit in vectors.search("太湖水质", 5, "zh")} == {"a", "b"}


@pytest.mark.parametrize("damage", [b"", b"nonsense " * 999])
def test_a_damaged_database_is_one_sentence_each_time_it_is_opened(tmp_path, damage):
    replace_source(open_small_index(tmp_path), numbered_passages(3))
    SharedSystemClient.clear_system_cache()
    database = tmp_path / "chroma" / "chroma.sqlite3"
    database.write_bytes(damage or database.read_bytes()[:5000])
    for _ in range(2):  # Chroma caches a client that failed, and would raise `no attribute 'bindings'` the second time
        with pytest.raises(DamagedIndex, match=r"chroma is damaged.*`huwen rebuild`"):
            open_small_index(tmp_path)


def test_a_lost_vector_graph_is_detected(tmp_path):
    """The list of ids in the database is complete, but the files that a search needs are missing."""
    replace_source(open_small_index(tmp_path), numbered_passages(1000))  # enough for Chroma to write the graph to disk
    for segment in (tmp_path / "chroma").iterdir():
        if segment.is_dir():
            shutil.rmtree(segment)
    reopened_index = open_small_index(tmp_path)
    assert len(reopened_index.passage_ids()) == 1000
    assert len(reopened_index.reachable_ids()) < 1000


def test_a_recreated_folder_does_not_use_the_client_of_the_old_one(tmp_path):
    replace_source(open_small_index(tmp_path), numbered_passages(3))
    shutil.rmtree(tmp_path / "chroma")
    reopened = open_small_index(tmp_path)
    assert reopened.passage_ids() == set()
    assert replace_source(reopened, numbered_passages(2)) == [2]


def test_without_an_embedder_no_vector_is_stored_and_a_later_embedder_needs_a_rebuild(tmp_path):
    disabled_index = VectorIndex(FolderStore(tmp_path / "chroma"), NoEmbedder())
    assert replace_source(disabled_index, numbered_passages(3)) == [3]
    assert (disabled_index.search("anything", 3, "en"), disabled_index.passage_ids()) == ([], set())
    assert disabled_index.is_enabled is False
    with pytest.raises(WrongEmbedder, match=r"were made by none, .*ask for fake.*`huwen rebuild`"):
        open_small_index(tmp_path).require_same_embedder()
