"""Vectors in Chroma: found by meaning, replaced whole, and never by a client that has gone stale."""

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

SMALL = 16  # dimensions, where only the machinery matters


class Fake(DeterministicFakeEmbedding):
    """Vectors by chance, the same for the same text."""

    name: str = "fake"
    fusion_weight: float = 1.0
    cross_lingual_weight: float = 1.0


@pytest.fixture
def vectors(tmp_path):
    return open_index(tmp_path)


def open_index(folder):
    return VectorIndex(FolderStore(folder / "chroma"), DictionaryEmbedder())


def small(folder):
    return VectorIndex(FolderStore(folder / "chroma"), Fake(size=SMALL))


def passage(id, text, language="zh", source="s"):
    return Document(text, id=id, metadata={"source_id": source, "language": language, "title": "", "start": 0})


def many(n, source="s"):
    return [passage(f"{source}{i}", f"Sentence {i} of {source}.", "en", source) for i in range(n)]


def put(vectors, passages, source="s"):
    return [len(batch) for batch in vectors.replace_sources({source: passages})]


def test_nearest_passage_is_found_in_either_language(vectors):
    put(vectors, [passage("water", "太湖的水质改善了。"), passage("tea", "茶叶的价格上涨了。"),
                  passage("tower", "The lighthouse was built of granite.", "en"),
                  passage("cow", "The keepers had a cow.", "en")])
    assert vectors.search("湖水的质量", 1, "zh")[0].id == "water"
    assert vectors.search("water quality of the lake", 1, "zh")[0].id == "water"
    assert vectors.search("granite lighthouses", 1, "en")[0].id == "tower"
    assert vectors.search("花岗岩灯塔", 1, "en")[0].id == "tower"


def test_scores_are_cosines_best_first(vectors):
    put(vectors, [passage("water", "太湖的水质改善了。"), passage("tea", "茶叶的价格上涨了。")])
    hits = vectors.search("太湖的水质改善了。", 5, "zh")
    assert hits[0].score == pytest.approx(1, abs=1e-4)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 <= hit.score <= 1 for hit in hits)


@pytest.mark.parametrize("query", ["", "？！。", "😀"])
def test_query_without_a_word_finds_nothing(vectors, query):
    put(vectors, [passage("water", "太湖的水质改善了。")])
    assert vectors.search(query, 5, "zh") == []


def test_empty_index_finds_nothing(vectors):
    assert vectors.search("太湖", 5, "zh") == []
    assert vectors.reachable_ids() == set()


def test_passage_without_a_word_has_a_place_too(vectors):
    put(vectors, [passage("smile", "😀😀😀"), passage("water", "太湖的水质改善了。")])
    assert vectors.passage_ids() == vectors.reachable_ids() == {"smile", "water"}
    assert vectors.search("太湖水质", 1, "zh")[0].id == "water"


def test_replacing_a_source_leaves_only_its_new_passages(vectors):
    put(vectors, [passage("a", "太湖的水质改善了。"), passage("b", "茶叶的价格上涨了。")])
    put(vectors, [passage("other", "The keepers had a cow.", "en", "t")], "t")
    put(vectors, [passage("b", "茶叶的价格上涨了。"), passage("c", "渔民上岸了。")])
    assert vectors.passage_ids() == vectors.reachable_ids() == {"b", "c", "other"}
    put(vectors, [])
    assert vectors.passage_ids() == vectors.reachable_ids() == {"other"}


def test_progress_comes_batch_by_batch(tmp_path):
    vectors = small(tmp_path)
    assert put(vectors, many(450)) == [200, 200, 50]
    assert len(vectors) == len(vectors.passage_ids()) == len(vectors.reachable_ids()) == 450


def test_what_chroma_would_drop_without_a_word_is_left_out_before(vectors):
    odd = passage("a", "太湖的水质改善了。")
    odd.metadata |= {"nothing": None, "list": []}
    assert put(vectors, [odd]) == [1]
    assert vectors.search("太湖", 1, "zh")[0].id == "a"


def test_clients_that_write_in_turn_lose_nothing(tmp_path):
    """Without turns the write of a client that has gone stale makes the vectors of the other unreachable, for good."""
    one, other = small(tmp_path), small(tmp_path)
    for n in range(3):
        put(one, many(700, f"one{n}-"), f"one{n}")
        assert len(other.reachable_ids()) == 1400 * n + 700
        put(other, many(700, f"other{n}-"), f"other{n}")
        assert len(one.reachable_ids()) == 1400 * (n + 1)
    assert len(small(tmp_path).reachable_ids()) == len(one.passage_ids()) == 4200


def test_search_after_another_client_has_deleted_finds_what_is_left(tmp_path):
    """Without turns Chroma says `Error finding id`."""
    reader = small(tmp_path)
    put(reader, many(1200))
    assert reader.search("anything", 9, "en")
    put(small(tmp_path), many(5))
    assert {hit.id for hit in reader.search("anything", 9, "en")} <= {passage.id for passage in many(5)}


def test_vectors_of_another_embedder_are_refused(tmp_path):
    put(small(tmp_path), many(3))
    with pytest.raises(WrongEmbedder, match=r"are by fake, .* ask for dictionary-2; .*`huwen rebuild`"):
        open_index(tmp_path)


def test_vectors_of_another_width_are_refused(tmp_path):
    put(small(tmp_path), many(3))
    wider = VectorIndex(FolderStore(tmp_path / "chroma"), Fake(size=2 * SMALL))
    for use in (lambda: put(wider, many(3, "t"), "t"), lambda: wider.search("anything", 3, "en")):
        with pytest.raises(WrongEmbedder, match=r"have 16 dimensions, those of fake have 32 now.*`huwen rebuild`"):
            use()
    assert len(small(tmp_path)) == 3


def test_collection_that_does_not_say_whose_it_is_is_refused(tmp_path):
    SharedSystemClient.clear_system_cache()
    chromadb.PersistentClient(str(tmp_path / "chroma")).create_collection("passages-zh", embedding_function=None)
    SharedSystemClient.clear_system_cache()
    with pytest.raises(WrongEmbedder, match="`huwen rebuild`"):
        open_index(tmp_path)


def test_search_stays_within_the_sources_that_are_named(vectors):
    put(vectors, [passage("a", "太湖的水质改善了。")])
    put(vectors, [passage("b", "太湖的水质变差了。", source="t")], "t")
    assert [hit.id for hit in vectors.search("太湖水质", 5, "zh", {"t"})] == ["b"]
    assert vectors.search("太湖水质", 5, "zh", frozenset()) == []
    assert vectors.search("太湖水质", 5, "zh", {"no such"}) == []
    assert {hit.id for hit in vectors.search("太湖水质", 5, "zh")} == {"a", "b"}


@pytest.mark.parametrize("damage", [b"", b"nonsense " * 999])
def test_damaged_database_is_one_sentence_as_often_as_it_is_opened(tmp_path, damage):
    put(small(tmp_path), many(3))
    SharedSystemClient.clear_system_cache()
    database = tmp_path / "chroma" / "chroma.sqlite3"
    database.write_bytes(damage or database.read_bytes()[:5000])
    for _ in range(2):  # Chroma keeps a client that failed to start, and says `no attribute 'bindings'` the next time
        with pytest.raises(DamagedIndex, match=r"chroma is damaged.*`huwen rebuild`"):
            small(tmp_path)


def test_lost_graph_is_noticed(tmp_path):
    """The list of ids is in the database and looks whole; what a search needs is not there."""
    put(small(tmp_path), many(1000))  # after so many Chroma writes the graph to disk
    for segment in (tmp_path / "chroma").iterdir():
        if segment.is_dir():
            shutil.rmtree(segment)
    lost = small(tmp_path)
    assert len(lost.passage_ids()) == 1000
    assert len(lost.reachable_ids()) < 1000


def test_folder_made_anew_is_not_served_from_the_client_of_the_old_one(tmp_path):
    put(small(tmp_path), many(3))
    shutil.rmtree(tmp_path / "chroma")
    anew = small(tmp_path)
    assert anew.passage_ids() == set()
    assert put(anew, many(2)) == [2]


def test_without_an_embedder_nothing_is_kept_and_going_back_asks_for_a_rebuild(tmp_path):
    none = VectorIndex(FolderStore(tmp_path / "chroma"), NoEmbedder())
    assert put(none, many(3)) == [3]
    assert (none.search("anything", 3, "en"), none.passage_ids(), none.is_enabled) == ([], set(), False)
    with pytest.raises(WrongEmbedder, match=r"are by none, .*ask for fake.*`huwen rebuild`"):
        small(tmp_path)
