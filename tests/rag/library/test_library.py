"""Manifest, vectors and words always agree: after changes, damage, interruptions, and with other processes writing."""

import json
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import chromadb
import pytest
from chromadb.api.shared_system_client import SharedSystemClient

from rag.library.index import DamagedIndex
from rag.library.ingest import InputFile
from rag.library.lock import LibraryLocked
from rag.library.manifest import Manifest
from rag.library.scope import UnknownSource
from rag.library.vector_index import WrongEmbedder
from rag.schema import HuwenError
from rag.settings import SHIPPED_SEEDS
from rag.sources.loaders import UnreadableFile
from tests.rag.library.conftest import EN, ZH
from tests.small_library import small_library

QUESTIONS = [
    ("太湖的水质怎么样", "zh"), ("渔民和民宿", "zh"), ("water quality", "zh"),
    ("What was the lighthouse built of?", "en"), ("keepers", "en")]


def add_files(library, *paths):
    with library.write_lock():
        return [library.add(path).outcome for path in paths]


def passages_by_id(library):
    """Every passage with its text and metadata, by id."""
    return {passage.id: passage for source in library.sources() for passage in passages_in(library, source)}


def passages_in(library, source):
    return [p for p in library.passages(sorted(Manifest(library.home / "manifest.sqlite").passage_ids()))
            if p.metadata["source_id"] == source.id]


def search_results(library):
    """The hits of each question, without passages that share nothing with it, whose order is arbitrary."""
    return [
        [[(hit.id, round(hit.score, 5)) for hit in hits if hit.score > 1e-4]
         for hits in all_hits(library, *query_of(question))]
        for question in QUESTIONS]


def all_hits(library, *query):
    """Hits by words, by words of the other language, and by vectors."""
    return (
        library.search_words(*query), library.search_words(*query, cross_lingual=True), library.search_vectors(*query))


def query_of(question):
    return question[0], 9, question[1]


def titles(library):
    return [source.title for source in library.sources()]


def is_at_its_offsets(library, passage):
    start, end = passage.metadata["start"], passage.metadata["end"]
    return library.text(passage.metadata["source_id"])[start:end] == passage.page_content


def passages_not_found(library):
    """The ids of the passages that a search for their own text does not find among the first three."""
    return [passage.id for passage in passages_by_id(library).values()
            if not all(passage.id in [hit.id for hit in search(passage.page_content, 3, passage.metadata["language"])]
                       for search in (library.search_words, library.search_vectors))]


# --- adding, replacing, removing


def test_an_empty_library_has_no_results(library):
    assert library.is_empty()
    assert library.sources() == library.languages() == []
    assert not any(hits for kinds in search_results(library) for hits in kinds)
    assert library.check_indexes().is_sound


def test_added_files_are_found_by_words_and_by_meaning(filled):
    assert titles(filled) == ["太湖治理", "The lighthouse"]
    assert filled.languages() == ["en", "zh"]
    for search in (filled.search_words, filled.search_vectors):
        assert "蓝藻" in filled.passages([search("太湖的水质", 1, "zh")[0].id])[0].page_content
        assert "granite" in filled.passages([search("granite lighthouse", 1, "en")[0].id])[0].page_content
    across = filled.search_words("algae in the lake", 1, "zh", cross_lingual=True)
    assert across[0].id == filled.search_words("蓝藻", 1, "zh")[0].id
    assert filled.check_indexes().is_sound
    assert filled.check_indexes().passages == len(passages_by_id(filled)) == 4
    assert sum(source.passages for source in filled.sources()) == 4


def test_every_passage_is_the_text_between_its_offsets(library, note, prose):
    add_files(library, note("太湖.md", ZH), note("lighthouse.md", EN))
    add_files(library, note("zh.txt", prose(1, 60, "zh")), note("en.txt", prose(2, 60)))
    assert len(passages_by_id(library)) > 10
    assert all(is_at_its_offsets(library, passage) for passage in passages_by_id(library).values())


def test_every_passage_is_found_by_its_own_text(library, note, prose):
    add_files(library, note("zh.txt", prose(1, 60, "zh")), note("en.txt", prose(2, 60)))
    assert passages_not_found(library) == []


def test_adding_an_unchanged_file_does_nothing(filled, notes):
    before, generation = passages_by_id(filled), Manifest(filled.home / "manifest.sqlite").read_state("generation")
    assert add_files(filled, *notes) == ["unchanged", "unchanged"]
    assert passages_by_id(filled) == before
    assert Manifest(filled.home / "manifest.sqlite").read_state("generation") == generation


@pytest.mark.parametrize("name", ["copy.md", "副本.txt"])
def test_same_content_under_another_name_is_unchanged(filled, note, name):
    with filled.write_lock():
        added = filled.add(note(name, ZH))
    assert (added.outcome, added.source.name, added.source.title) == ("unchanged", "太湖.md", "太湖治理")
    assert len(filled.sources()) == 2


def test_changed_file_replaces_itself(filled, note):
    before = passages_by_id(filled)
    assert add_files(filled, note("太湖.md", ZH.replace("渔民上岸以后开起了民宿", "渔民改种了莲藕"))) == ["replaced"]
    after = passages_by_id(filled)
    assert titles(filled) == ["太湖治理", "The lighthouse"]
    assert "莲藕" in filled.passages([filled.search_words("莲藕", 1, "zh")[0].id])[0].page_content
    assert not [hit for hit in filled.search_words("开起民宿", 9, "zh") if hit.id not in after]
    assert len(before.keys() & after.keys()) == 3  # what did not change keeps its id
    assert filled.check_indexes().is_sound
    assert all(is_at_its_offsets(filled, passage) for passage in after.values())


def test_a_file_that_becomes_shorter_leaves_no_old_passages(filled, note):
    add_files(filled, note("lighthouse.md", "# The lighthouse\n\n## Building\n\nIt fell into the sea.\n"))
    assert filled.search_words("whale oil keepers cow", 9, "en") == []
    passages = passages_by_id(filled).values()
    english = [passage.page_content for passage in passages if passage.metadata["language"] == "en"]
    assert english == ["It fell into the sea."]
    assert filled.check_indexes().is_sound


@pytest.mark.parametrize("by", ["id", "name", "title"])
def test_a_removed_source_is_in_no_index(filled, by):
    source = filled.sources()[0]
    with filled.write_lock():
        assert filled.remove(getattr(source, by)).title == "太湖治理"
    assert titles(filled) == ["The lighthouse"]
    assert filled.languages() == ["en"]
    assert filled.search_words("太湖水质", 9, "zh") == filled.search_vectors("太湖水质", 9, "zh") == []
    assert filled.check_indexes().is_sound
    assert filled.check_indexes().passages == 2


def test_removed_file_can_be_added_again(filled, notes):
    before, results_before = passages_by_id(filled), search_results(filled)
    with filled.write_lock():
        filled.remove("太湖.md")
        assert filled.add(notes[0]).outcome == "added"
    assert passages_by_id(filled) == before
    assert [{id for hits in kinds for id, _ in hits} for kinds in search_results(filled)] == [
        {id for hits in kinds for id, _ in hits} for kinds in results_before]


def test_removing_an_unknown_or_ambiguous_source_says_what_to_do(filled, note):
    with filled.write_lock(), pytest.raises(UnknownSource, match=r"月球: no such source; `huwen sources`"):
        filled.remove("月球")
    add_files(filled, note("tower2.md", "# The lighthouse\n\nAnother one, of wood.\n"))
    sentence = r"2 sources have that name; give the id: .*lighthouse-.*tower2-"
    with filled.write_lock(), pytest.raises(UnknownSource, match=sentence):
        filled.remove("The lighthouse")


def test_file_that_cannot_be_read_leaves_the_library_as_it_was(filled, note, tmp_path):
    before = passages_by_id(filled)
    with filled.write_lock():
        for path in (note("empty.md", ""), note("odd.xyz", "\0\1\2" * 40), tmp_path / "missing.md", tmp_path):
            with pytest.raises(UnreadableFile):
                filled.add(path)
    assert passages_by_id(filled) == before
    assert filled.check_indexes().is_sound


def test_a_text_without_words_can_be_added(library, note):
    assert add_files(library, note("smile.txt", "😀😀😀 ！！！ 。。。")) == ["added"]
    assert library.check_indexes().is_sound
    assert library.check_indexes().passages == 1


def test_ids_and_passages_are_the_same_in_every_library(filled, notes, tmp_path):
    other = small_library(tmp_path / "elsewhere")
    add_files(other, *reversed(notes))
    assert passages_by_id(other) == passages_by_id(filled)
    assert other.sources() == filled.sources()


def test_progress_ends_with_the_number_of_all_passages(library, note, prose):
    progress_calls = []
    with library.write_lock():
        added = library.add(
            note("en.md", prose(1, 250, sections=True)), lambda done, total: progress_calls.append((done, total)))
    assert progress_calls == [(0, 250), (200, 250), (250, 250)]
    assert added.source.passages == 250


def test_progress_within_a_long_file_among_many(library, note, prose):
    progress_calls = []
    files = [InputFile(note("en.md", prose(1, 250, sections=True))), InputFile(note("zh.md", "太湖的水。"))]
    with library.write_lock():
        assert len([*library.add_files(files, lambda done, total: progress_calls.append((done, total)))]) == 2
    assert progress_calls[0] == (0, 251)
    assert progress_calls[-1] == (251, 251)
    assert len(progress_calls) > 2


def test_home_that_cannot_be_a_folder_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HuwenError, match=r"file.*cannot be made.*HUWEN_HOME"):
        small_library(tmp_path / "file")


# --- counterparts


WORK = "---\nlanguage: {}\nedition_of: lake\n---\n\n# {}\n\n## {}\n\n{}\n\n## {}\n\n{}\n"


@pytest.fixture
def editions(library, note):
    add_files(library, note("zh.md", WORK.format("zh", "太湖", "水质", "水质改善了。", "渔业", "渔民上岸了。")),
        note("en.md", WORK.format(
            "en", "Lake Tai", "Water", "The water is better.", "Fishing", "The fishermen came ashore.")),
        note("alone.md", "# Alone\n\n## Water\n\nThe water is elsewhere.\n"))
    return library


@pytest.mark.parametrize(("query", "language", "other", "says"), [
    ("渔民", "zh", "en", "The fishermen came ashore."), ("水质", "zh", "en", "The water is better."),
    ("fishermen", "en", "zh", "渔民上岸了。"), ("better", "en", "zh", "水质改善了。"),
])
def test_counterpart_is_the_same_paragraph_of_the_other_edition(editions, query, language, other, says):
    passage = editions.passages([editions.search_words(query, 1, language)[0].id])[0]
    assert [counterpart.page_content for counterpart in editions.counterparts(passage, other)] == [says]
    assert editions.counterparts(passage, language) == []


def test_passage_without_an_edition_has_no_counterpart(editions):
    passages = passages_by_id(editions).values()
    single_edition = next(passage for passage in passages if "elsewhere" in passage.page_content)
    assert editions.counterparts(single_edition, "zh") == []


def test_counterparts_follow_a_change(editions, note):
    passage = editions.passages([editions.search_words("渔民", 1, "zh")[0].id])[0]
    assert editions.counterparts(passage, "en")
    with editions.write_lock():
        editions.remove("en.md")
    assert editions.counterparts(passage, "en") == []
    changed_edition = WORK.format("en", "Lake Tai", "Water", "Clean.", "Fishing", "They keep inns now.")
    add_files(editions, note("en.md", changed_edition))
    assert [counterpart.page_content for counterpart in editions.counterparts(passage, "en")] == ["They keep inns now."]


# --- queries of any kind


@pytest.mark.parametrize("query", [
    "", " \n\t", "？！。，", "...", "😀🎉👨‍👩‍👧",
    'AND OR +a -b "x" field:y *', "language:en OR *", "[a TO z]^9~2", "\\", "((((",
    "\0\x07", "'; DROP TABLE sources",
    "a" * 100_000, "太湖水质" * 8_000, "rain snow 1841 " * 7_000, "，。" * 50_000, "太湖lake🎣" * 15_000,
    pytest.param("太湖水质" * 25_000, marks=pytest.mark.slow),
], ids=lambda query: f"{query[:12]!r} {len(query)}")
def test_an_unusual_query_gives_results_or_none(filled, query):
    for language in ("zh", "en"):
        for hits in all_hits(filled, query, 5, language):
            assert len(hits) <= 5
            assert len(filled.passages([hit.id for hit in hits])) == len(hits)


def test_rarer_terms_have_a_higher_weight(filled):
    assert filled.term_weight("蓝藻") == filled.term_weight("granit") > 0
    assert filled.term_weight("nowhere") > filled.term_weight("蓝藻")
    assert filled.term_weight("\0") == filled.term_weight("nowhere")


# --- damage


DAMAGE = {
    "no index": lambda index: shutil.rmtree(index),
    "no vectors": lambda index: shutil.rmtree(index / "chroma"),
    "no database of vectors": lambda index: (index / "chroma" / "chroma.sqlite3").unlink(),
    "nonsense for vectors": lambda index: (index / "chroma" / "chroma.sqlite3").write_bytes(b"nonsense" * 999),
    "no words": lambda index: shutil.rmtree(index / "words"),
    "no list of words": lambda index: (index / "words" / "zh" / "meta.json").unlink(),
    "nonsense for words": lambda index: (index / "words" / "zh" / "meta.json").write_text("nonsense"),
    "no terms": lambda index: [path.unlink() for path in (index / "words" / "zh").glob("*.term")],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_rebuild_repairs_any_damage_to_the_indexes(filled, damage):
    before, results_before = passages_by_id(filled), search_results(filled)
    DAMAGE[damage](filled.home / "index-0")
    damaged = small_library(filled.home)
    try:
        noticed = not damaged.check_indexes().is_sound
    except DamagedIndex as error:
        noticed = "`huwen rebuild`" in str(error)
    assert noticed
    assert damaged.rebuild() == 4
    assert damaged.check_indexes().is_sound
    assert passages_by_id(damaged) == before
    assert search_results(damaged) == results_before
    assert [path.name for path in filled.home.glob("index-*")] == ["index-1"]
    assert search_results(small_library(filled.home)) == results_before


def test_a_lost_vector_graph_is_detected_and_rebuilt(library, note, prose):
    """Chroma stores the ids in its database and the vectors in other files: the ids alone look complete."""
    add_files(library, note("en.md", prose(1, 1000, sections=True)))
    before, results_before = passages_by_id(library), search_results(library)
    for segment in (library.home / "index-0" / "chroma").iterdir():
        if segment.is_dir():
            shutil.rmtree(segment)
    damaged = small_library(library.home)
    assert damaged.check_indexes().without_vector > 700
    assert damaged.rebuild() == 1000
    assert damaged.check_indexes().is_sound
    assert (passages_by_id(damaged), search_results(damaged)) == (before, results_before)


def test_rebuild_of_a_sound_library_changes_nothing(filled):
    before, results_before = passages_by_id(filled), search_results(filled)
    for build in (1, 2):
        assert filled.rebuild() == 4
        assert [path.name for path in filled.home.glob("index-*")] == [f"index-{build}"]
        assert (passages_by_id(filled), search_results(filled)) == (before, results_before)


def test_an_interrupted_rebuild_changes_nothing_and_can_be_repeated(filled):
    before, results_before = passages_by_id(filled), search_results(filled)

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filled.rebuild(stop)
    assert (passages_by_id(filled), search_results(filled)) == (before, results_before)
    assert filled.check_indexes().is_sound
    assert filled.rebuild() == 4
    assert (passages_by_id(filled), search_results(filled)) == (before, results_before)


def test_library_can_be_added_to_after_a_rebuild(filled, note):
    filled.rebuild()
    add_files(filled, note("canal.md", "# 运河\n\n运河通航了。\n"))
    assert "运河" in filled.passages([filled.search_words("运河", 1, "zh")[0].id])[0].page_content
    assert small_library(filled.home).check_indexes().is_sound


def test_entries_left_by_an_interrupted_removal_are_not_returned_and_are_detected(filled):
    source = filled.sources()[0]
    Manifest(filled.home / "manifest.sqlite").remove(source.id)  # the first step of a removal; then the process died
    library = small_library(filled.home)
    assert library.passages([hit.id for hit in library.search_words("太湖水质", 9, "zh")]) == []
    health = library.check_indexes()
    assert (health.stray_vectors, health.stray_words, health.is_sound) == (2, 2, False)
    library.rebuild()
    assert library.check_indexes().is_sound
    assert library.search_words("太湖水质", 9, "zh") == []


def test_vectors_of_another_embedder_are_not_used_until_rebuilt(filled):
    results_before = search_results(filled)
    SharedSystemClient.clear_system_cache()
    client = chromadb.PersistentClient(str(filled.home / "index-0" / "chroma"))
    collection = client.get_collection("passages-zh", embedding_function=None)
    collection.modify(metadata={"embedder": "word2vec", "dimension": 300, "distance": "cosine"})
    SharedSystemClient.clear_system_cache()
    library = small_library(filled.home)
    sentence = r"vectors were made by word2vec, .*ask for dictionary-2; .*run `huwen rebuild`"
    assert library.search_vectors("太湖", 3, "zh") == []
    assert library.search_words("太湖", 3, "zh")
    assert re.search(sentence, library.vector_state().obstacle)
    with pytest.raises(WrongEmbedder, match=sentence), library.write_lock():
        pytest.fail("would mix two embedders")
    library.rebuild()
    assert library.check_indexes().is_sound
    assert search_results(library) == results_before


# --- interrupted changes


class ProcessEnded(BaseException):
    """Stands for the end of the process: our code does not catch it."""


def die_after(after):
    def progress(done, total):
        if done >= after:
            raise ProcessEnded
    return progress


def test_an_interrupted_add_is_finished_by_the_next_writer(filled, note, prose):
    path, before = note("en.md", prose(1, 1100, sections=True)), passages_by_id(filled)
    with pytest.raises(ProcessEnded), filled.write_lock():
        filled.add(path, die_after(after=500))
    reader = small_library(filled.home)
    assert passages_by_id(reader) == before
    assert (reader.check_indexes().unfinished, reader.check_indexes().is_sound) == (1, False)
    with reader.write_lock():
        pass
    assert reader.check_indexes().is_sound
    assert len(passages_by_id(reader)) == 1104
    assert add_files(reader, path) == ["unchanged"]


def test_an_interrupted_replacement_leaves_the_source_unchanged(filled, note):
    before = passages_by_id(filled)
    with pytest.raises(ProcessEnded), filled.write_lock():
        filled.add(note("太湖.md", ZH.replace("## 水质", "## 水质\n\n这一段是新的。")), die_after(after=1))
    reader = small_library(filled.home)
    assert passages_by_id(reader) == before
    assert all(is_at_its_offsets(reader, passage) for passage in before.values())
    with reader.write_lock():
        pass
    assert "这一段是新的" in reader.text(reader.sources()[0].id)
    assert all(is_at_its_offsets(reader, passage) for passage in passages_by_id(reader).values())
    assert reader.check_indexes().is_sound


def test_a_rebuild_finishes_an_interrupted_add_too(filled, note):
    with pytest.raises(ProcessEnded), filled.write_lock():
        filled.add(note("canal.md", "# 运河\n\n运河通航了。\n"), die_after(after=1))
    assert small_library(filled.home).rebuild() == 5
    assert filled.check_indexes().is_sound
    assert "运河" in titles(filled)


def test_an_interrupted_first_filling_is_completed(library, tmp_path):
    folder = tmp_path / "seeds"
    for language, texts in {"zh": ("水质改善了。", "渔民上岸了。"), "en": ("The water is better.", "They keep inns.")}.items():
        (folder / language).mkdir(parents=True)
        for n, text in enumerate(texts):
            (folder / language / f"{n}.md").write_text(f"# {text}\n\n{text}\n", "utf-8")
    (folder / "README.md").write_text("# Not a note\n\nIt lies beside the folders of languages.\n")

    def stop(name, done, total):
        if done == 3:
            raise ProcessEnded

    assert library.needs_seeds()
    with pytest.raises(ProcessEnded):
        library.add_seeds(folder, stop)
    reopened = small_library(library.home)
    assert reopened.needs_seeds()
    assert not reopened.is_empty()
    progress_calls = []
    assert reopened.add_seeds(folder, lambda *progress: progress_calls.append(progress)) == 4
    assert progress_calls == [(name, done, 4) for done, name in enumerate(["0.md", "1.md", "0.md", "1.md"])]
    assert not reopened.needs_seeds()
    assert len(reopened.sources()) == 4
    assert reopened.check_indexes().is_sound


def test_folder_without_notes_cannot_fill_a_library(library, tmp_path):
    with pytest.raises(HuwenError, match=r"no notes.*HUWEN_SEEDS"):
        library.add_seeds(tmp_path / "nowhere", lambda *progress: None)
    assert library.needs_seeds()


def test_shipped_notes_fill_a_library_with_editions(library):
    assert library.add_seeds(SHIPPED_SEEDS, lambda *progress: None) == 10
    assert library.check_indexes().is_sound
    assert library.languages() == ["en", "zh"]
    assert all(is_at_its_offsets(library, passage) for passage in passages_by_id(library).values())
    for passage in passages_by_id(library).values():
        assert library.counterparts(passage, "en" if passage.metadata["language"] == "zh" else "zh")


# --- several readers and writers


READS = """
import json, sys, time
from pathlib import Path
from rag.library.scope import UnknownSource
from tests.small_library import small_library

home, stop = Path(sys.argv[1]), Path(sys.argv[2])
library = small_library(home)
def is_at_its_place(p):
    start, end = p.metadata["start"], p.metadata["end"]
    try:
        return library.text(p.metadata["source_id"])[start:end] == p.page_content
    except UnknownSource:  # removed since it was found
        return p.metadata["source_id"].startswith("long1-")
searches = wrong = 0
def look(query, language):
    found = []
    for search in (library.search_words, library.search_vectors):
        passages = library.passages([hit.id for hit in search(query, 5, language)])
        for p in passages:
            assert is_at_its_place(p)
        found.append(any(query in p.page_content for p in passages))
    return found
while True:
    last = stop.exists()
    searches += 1
    wrong += look("太湖的水质", "zh") != [True, True] or look("whale oil", "en") != [True, True]
    if searches == 1:
        print("reading", flush=True)
    if last:
        break
sees, check = look("Canalboats", "en"), str(library.check_indexes())
print(json.dumps({"searches": searches, "wrong": wrong, "sees": sees, "check": check}))
"""


def test_readers_in_another_process_can_search_while_a_writer_adds(filled, note, prose, spawn, tmp_path):
    reader = spawn(READS, filled.home, tmp_path / "stop")
    assert reader.stdout.readline() == "reading\n", reader.communicate()
    with filled.write_lock():
        for seed in (1, 2):
            filled.add(note(f"long{seed}.md", prose(seed, 1100, sections=True)))
        filled.add(note("canal.md", "# A canal\n\nCanalboats carry coal.\n"))
        filled.remove("long1.md")
    (tmp_path / "stop").touch()
    output, errors = reader.communicate(timeout=60)
    assert reader.returncode == 0, errors
    report = json.loads(output)
    assert report["searches"] > 10
    assert (report["wrong"], report["sees"], report["check"]) == (0, [True, True], str(filled.check_indexes()))
    assert filled.check_indexes().is_sound


def test_readers_in_another_process_can_search_during_rebuilds(filled, note, prose, spawn, tmp_path):
    canal = note("canal.md", "# A canal\n\nCanalboats carry coal.\n")
    add_files(filled, canal, note("long.md", prose(1, 200, sections=True)))
    reader = spawn(READS, filled.home, tmp_path / "stop")
    assert reader.stdout.readline() == "reading\n", reader.communicate()
    for _ in range(4):
        filled.rebuild()
    (tmp_path / "stop").touch()
    output, errors = reader.communicate(timeout=60)
    assert reader.returncode == 0, errors
    assert json.loads(output)["sees"] == [True, True]
    assert json.loads(output)["check"] == str(filled.check_indexes())
    assert filled.check_indexes().is_sound


WRITES = """
import os, sys
from pathlib import Path
from tests.small_library import small_library
home, path, dies_after = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
library = small_library(home)
with library.write_lock():
    library.add(path, lambda done, total: os._exit(9) if dies_after and done >= dies_after else None)
"""


@pytest.mark.parametrize("dies_after", [0, 1000])
def test_a_reader_opened_earlier_can_write_after_another_process_has_written(filled, note, prose, spawn, dies_after):
    """A write by a stale Chroma client damages the index permanently; a killed writer has not reported its writes."""
    assert search_results(filled)
    child = spawn(WRITES, filled.home, note("theirs.md", prose(1, 1200, sections=True)), dies_after)
    assert child.wait(timeout=120) == (9 if dies_after else 0)
    add_files(filled, note("ours.md", prose(2, 30, sections=True)), note("我们.txt", prose(3, 60, "zh")))
    library = small_library(filled.home)
    assert library.check_indexes().is_sound
    assert len(passages_by_id(library)) > 1234
    assert passages_not_found(library) == []
    assert filled.check_indexes().is_sound


OPENS = """
import sys
from pathlib import Path
from tests.small_library import small_library
print("ready", flush=True)
sys.stdin.readline()
print(small_library(Path(sys.argv[1])).check_indexes().is_sound)
"""


def test_many_processes_may_open_a_new_library_at_once(spawn, tmp_path):
    """Without a lock the second process gets Chroma's error `table collections already exists`."""
    children = [spawn(OPENS, tmp_path / "home") for _ in range(4)]
    assert [child.stdout.readline() for child in children] == ["ready\n"] * 4
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    assert [child.communicate(timeout=60) for child in children] == [("True\n", "")] * 4


def test_threads_may_search_while_one_adds(filled, note, prose):
    stop = threading.Event()

    def search(question):
        count = 0
        while not stop.is_set() or count < 3:
            assert filled.search_words(*query_of(question)) or filled.search_vectors(*query_of(question))
            count += 1
        return count

    with ThreadPoolExecutor(len(QUESTIONS)) as pool:
        searches = [pool.submit(search, question) for question in QUESTIONS]
        add_files(filled, note("en.md", prose(1, 300, sections=True)))
        stop.set()
        assert all(each.result(timeout=60) >= 3 for each in searches)
    assert filled.check_indexes().is_sound


def test_a_second_writer_in_the_same_process_is_refused_too(filled):
    with filled.write_lock(), pytest.raises(LibraryLocked), small_library(filled.home).write_lock():
        pytest.fail("two writers at once")
