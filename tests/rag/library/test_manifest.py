"""The manifest: one transaction for each change, and a source is unchanged until its replacement is complete."""

import json
import sqlite3
import threading
from dataclasses import replace
from datetime import datetime

import pytest
from langchain_core.documents import Document

from rag.library.manifest import Manifest, UnreadableManifest
from rag.schema import HuwenError, Source

LAKE = Source(id="lake", name="太湖.md", title="太湖治理", language="zh")
TOWER = Source(id="tower", name="tower.md", title="The lighthouse", language="en")


@pytest.fixture
def manifest(tmp_path):
    return Manifest(tmp_path / "manifest.sqlite")


def passage(id, text, **about):
    return Document(text, id=id, metadata={"start": 0, "end": len(text), **about})


def add_source(manifest, source, text, digest="d1", **about):
    manifest.begin_source(source, f"/files/{source.name}", digest, Document(text, metadata={"markup": "markdown"}))
    manifest.finish_sources({source.id: [passage(f"{source.id}-{digest}", text, **about)]})


def test_source_is_listed_once_it_is_finished(manifest):
    manifest.begin_source(LAKE, "/files/太湖.md", "d1", Document("水质改善。"))
    assert manifest.sources() == []
    assert manifest.unfinished_ids() == manifest.source_ids() == ["lake"]
    manifest.finish_sources({"lake": [passage("p", "水质改善。")]})
    assert [(source.title, source.passages) for source in manifest.sources()] == [("太湖治理", 1)]
    assert manifest.unfinished_ids() == []


def test_sources_are_listed_chinese_first(manifest):
    add_source(manifest, TOWER, "Built in 1841.")
    add_source(manifest, LAKE, "水质改善。")
    assert [source.id for source in manifest.sources()] == ["lake", "tower"]


def test_a_source_is_unchanged_until_its_replacement_is_finished(manifest):
    add_source(manifest, LAKE, "水质改善。")
    manifest.begin_source(LAKE, "/files/太湖.md", "d2", Document("渔民上岸。"))
    assert [source.id for source in manifest.sources()] == ["lake"]
    assert manifest.read_source("lake")[1].page_content == "水质改善。"
    assert manifest.read_source("lake", pending=True)[1].page_content == "渔民上岸。"
    assert (manifest.source_ids(), manifest.unfinished_ids()) == (["lake"], ["lake"])
    manifest.finish_sources({"lake": [passage("lake-d2", "渔民上岸。")]})
    assert manifest.read_source("lake")[1].page_content == "渔民上岸。"
    assert manifest.passage_ids() == {"lake-d2"}
    assert (manifest.source_ids(), manifest.unfinished_ids()) == (["lake"], [])


def test_content_is_known_once_its_source_is_finished(manifest):
    manifest.begin_source(LAKE, "/files/太湖.md", "d1", Document("水质改善。"))
    assert manifest.find_by_digest("d1") is None
    manifest.finish_sources({"lake": []})
    assert manifest.find_by_digest("d1") == ("lake", "/files/太湖.md")
    add_source(manifest, LAKE, "渔民上岸。", "d2")
    assert manifest.find_by_digest("d1") is None


def test_a_removal_also_removes_an_unfinished_replacement(manifest):
    add_source(manifest, LAKE, "水质改善。")
    add_source(manifest, TOWER, "Built in 1841.")
    manifest.begin_source(LAKE, "/files/太湖.md", "d2", Document("渔民上岸。"))
    manifest.remove("lake")
    assert manifest.source_ids() == ["tower"]
    assert manifest.passage_ids() == {"tower-d1"}
    with pytest.raises(KeyError):
        manifest.read_source("lake")


def test_a_document_and_its_source_are_read_back_unchanged(manifest, tmp_path):
    document = Document("水质改善。\n\nIt is 5 km².", metadata={"markup": "text", "page_starts": [0, 7]})
    manifest.begin_source(LAKE, "/files/太湖.md", "d1", document)
    manifest.finish_sources({"lake": [passage("p", "水质改善。", section="一、“水质”", page=2)]})
    reopened = Manifest(tmp_path / "manifest.sqlite")
    assert reopened.read_source("lake") == (replace(LAKE, digest="d1"), document)
    assert reopened.passages(["p"])["p"].metadata == {"start": 0, "end": 5, "section": "一、“水质”", "page": 2}


def test_a_library_of_an_earlier_version_opens_with_the_digests_of_its_column(manifest, tmp_path):
    for source in (LAKE, TOWER):
        add_source(manifest, source, "水质改善。", f"of-{source.id}")
    with sqlite3.connect(tmp_path / "manifest.sqlite") as db:
        for id, about in db.execute("SELECT id, about FROM sources").fetchall():
            fields = json.loads(about)
            for later in ("digest", "city", "url", "accessed", "volume", "issue", "pages", "edition", "number", "tags"):
                del fields["source"][later]
            db.execute("UPDATE sources SET about = ? WHERE id = ?", (json.dumps(fields), id))
    reopened = Manifest(tmp_path / "manifest.sqlite")
    assert [(source.title, source.digest, source.url) for source in reopened.sources()] == [
        ("太湖治理", "of-lake", ""), ("The lighthouse", "of-tower", "")]
    assert reopened.read_source("tower")[0] == replace(TOWER, digest="of-tower")
    assert reopened.source_tags("lake") == ()


def test_more_passages_than_the_parameter_limit_of_sqlite_are_found(manifest):
    manifest.begin_source(TOWER, "/files/tower.md", "d1", Document("…"))
    manifest.finish_sources({"tower": [passage(f"p{n}", f"Sentence {n}.") for n in range(1200)]})
    found = manifest.passages([f"p{n}" for n in range(1200)] + ["unknown"])
    assert len(found) == 1200
    assert found["p777"].page_content == "Sentence 777."


def test_counterparts_are_all_editions_of_a_section_in_reading_order(manifest):
    for source in (LAKE, TOWER):
        manifest.begin_source(source, source.name, source.id, Document("…"))
        manifest.finish_sources({source.id: [
            passage(f"{source.id}-{n}", f"{n}", edition_of="work", section_number=section)
            for n, section in enumerate((1, 2, 2))]})
    assert [found.id for found in manifest.edition_passages("work", 2)] == ["lake-1", "lake-2", "tower-1", "tower-2"]
    assert manifest.edition_passages("another work", 2) == []


def test_every_change_raises_the_generation_that_readers_check(manifest):
    generations = [manifest.read_state("generation")]
    for change in (
        lambda: add_source(manifest, LAKE, "水质改善。"), lambda: manifest.save_state(filling=1),
        lambda: manifest.remove("lake"), lambda: manifest.finish_sources({}, build=3),
    ):
        change()
        generations.append(manifest.read_state("generation"))
    assert generations == sorted(set(generations))
    assert [manifest.read_state(name) for name in ("filling", "build", "unheard of")] == [1, 3, 0]


def test_a_failed_change_is_rolled_back_completely(manifest):
    add_source(manifest, LAKE, "水质改善。")
    before = manifest.read_state("generation")
    twice = [passage("same", "渔民上岸。"), passage("same", "渔民上岸。")]
    with pytest.raises(Exception, match="UNIQUE"):
        manifest.finish_sources({"lake": twice}, build=9)
    assert manifest.passage_ids() == {"lake-d1"}
    assert (manifest.read_state("generation"), manifest.read_state("build")) == (before, 0)


def test_another_thread_reads_what_this_one_wrote(manifest):
    add_source(manifest, LAKE, "水质改善。")
    generations = []
    thread = threading.Thread(target=lambda: generations.extend(manifest.sources()))
    thread.start()
    thread.join()
    assert [source.id for source in generations] == ["lake"]


def test_damaged_record_is_one_sentence_that_names_the_file(tmp_path):
    (tmp_path / "manifest.sqlite").write_bytes("这不是数据库".encode() * 999)
    with pytest.raises(UnreadableManifest, match=r"manifest\.sqlite.*not a database.*HUWEN_HOME"):
        Manifest(tmp_path / "manifest.sqlite")
    assert issubclass(UnreadableManifest, HuwenError)


def test_passages_of_a_source_come_in_reading_order(manifest):
    add_source(manifest, TOWER, "Light.")
    manifest.begin_source(LAKE, "/files/太湖.md", "d1", Document("水质改善。"))
    manifest.finish_sources({"lake": [passage("lake-9", "水质"), passage("lake-1", "改善")]})
    assert [document.page_content for document in manifest.passages_of("lake")] == ["水质", "改善"]
    assert manifest.passages_of("nothing") == []


def test_lengths_are_those_of_the_finished_text(manifest):
    add_source(manifest, LAKE, "水质改善。")
    manifest.begin_source(LAKE, "/files/太湖.md", "d2", Document("水质大为改善，鱼回来了。"))
    assert manifest.text_lengths(["lake", "nothing"]) == {"lake": 5}


def test_the_time_when_a_source_was_added_is_stored_and_survives_a_change_of_tags(manifest, tmp_path):
    add_source(manifest, LAKE, "水质改善。")
    manifest.set_tags("lake", ["湖"])
    (source, added_at), = manifest.dated_sources()
    assert source.tags == ("湖",)
    assert datetime.fromisoformat(added_at).tzinfo
    with sqlite3.connect(tmp_path / "manifest.sqlite") as db:  # a library of an earlier version
        db.execute("UPDATE sources SET about = json_remove(about, '$.came')")
    assert manifest.dated_sources() == [(source, "")]
