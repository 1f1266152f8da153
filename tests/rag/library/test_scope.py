"""A question narrowed to sources, tags, a language or years: only they are searched; an empty scope is an error."""

import pytest

from rag.library.scope import EmptyScope, UnknownSource, source_coverage
from rag.schema import Scope

TEXTS = {
    "taihu_zh": "太湖的水质在治理后明显改善。", "lake_en": "The water quality of Lake Tai has improved.",
    "canal_zh": "运河的水质与太湖的水质都改善了。"}


@pytest.fixture
def pipeline(make_pipeline):
    built_pipeline = make_pipeline(**TEXTS)
    with built_pipeline.library.write_lock():
        for name, tag in (("taihu_zh", "lake"), ("lake_en", "lake")):
            built_pipeline.library.set_tags(name, [tag])
    return built_pipeline


def titles(pipeline, question, **scope):
    return {passage.title for passage in pipeline.search(question, scope=Scope(**scope))}


def test_without_a_scope_the_whole_library_is_searched(pipeline):
    assert titles(pipeline, "太湖的水质") == set(TEXTS)


@pytest.mark.parametrize("question", ["太湖的水质怎么样？", "How is the water quality of Lake Tai?"])
@pytest.mark.parametrize(("scope", "found"), [
    ({"sources": ("canal_zh",)}, {"canal_zh"}),
    ({"sources": ("canal_zh.md", "lake_en")}, {"canal_zh", "lake_en"}),
    ({"tags": ("lake",)}, {"taihu_zh", "lake_en"}),
    ({"tags": ("lake", "river")}, {"taihu_zh", "lake_en"}),
    ({"languages": ("en",)}, {"lake_en"}),
    ({"tags": ("lake",), "languages": ("zh",)}, {"taihu_zh"}),
])
def test_only_sources_of_the_scope_are_found(pipeline, question, scope, found):
    assert titles(pipeline, question, **scope) == found


def test_answer_cites_nothing_outside_the_scope(pipeline):
    answer = pipeline.ask("太湖的水质怎么样？", scope=Scope(sources=("canal_zh",)))
    assert {citation.title for citation in answer.citations} == {"canal_zh"}


def test_a_counterpart_outside_the_scope_does_not_replace_a_passage(make_pipeline):
    pipeline = make_pipeline(
        tower_zh="# 灯塔\n\n灯塔由花岗岩建成。", tower_en="# The lighthouse\n\nThe lighthouse was built of granite.")
    found = pipeline.search("What was the lighthouse built of?", scope=Scope(languages=("zh",)))
    assert {passage.language for passage in found} == {"zh"}


@pytest.mark.parametrize(("scope", "sentence"), [
    ({"sources": ("月球",)}, "月球: no such source; `huwen sources` lists them"),
    ({"tags": ("moon",)}, "no source has the tag moon; the library has lake"),
    ({"tags": ("lake",), "years": (1990, 1995)},
     "no source of those chosen has the year 1990–1995; the library has none"),
])
def test_an_empty_scope_is_one_sentence(pipeline, scope, sentence):
    with pytest.raises((UnknownSource, EmptyScope)) as failure:
        pipeline.ask("太湖的水质怎么样？", scope=Scope(**scope))
    assert str(failure.value) == sentence


def test_coverage_counts_sources_languages_tags_and_years(pipeline):
    coverage = pipeline.library.coverage()
    assert (coverage.sources, coverage.languages) == (3, {"zh": 2, "en": 1})
    assert (coverage.tags, coverage.years) == ({"lake": 2}, (0, 0))
    assert source_coverage([]).years == (0, 0)


def test_years_are_those_of_the_documents(library, note):
    with library.write_lock():
        for year in ("2019", "2022", "2024-05-01"):
            library.add(note(f"{year}.md", f"---\ntitle: 太湖 {year}\ndate: {year}\n---\n\n太湖的水质改善了。"))
    assert library.coverage().years == (2019, 2024)
    recent_ids = library.resolve_scope(Scope(years=(2020, 2024)))
    assert recent_ids == {source.id for source in library.sources() if source.title != "太湖 2019"}
    by_words = library.search_words("太湖", 5, "zh", source_ids=recent_ids)
    by_vectors = library.search_vectors("太湖", 5, "zh", source_ids=recent_ids)
    assert {hit.id for hit in by_words} == {hit.id for hit in by_vectors}
    assert len(by_words) == 2


def test_tags_stay_when_a_file_is_added_again_and_more_can_be_given(pipeline, tmp_path):
    from rag.library.ingest import InputFile

    with pipeline.library.write_lock():
        (_, added), = pipeline.library.add_files([InputFile(tmp_path / "taihu_zh.md", tags=("water", "lake"))])
    assert added.outcome == "unchanged"
    assert added.source.tags == ("lake", "water")
    pipeline.library.rebuild()
    assert pipeline.library.coverage().tags == {"lake": 2, "water": 1}


def test_changed_file_keeps_its_tags(pipeline, tmp_path):
    from rag.library.ingest import InputFile

    path = tmp_path / "taihu_zh.md"
    path.write_text(path.read_text("utf-8") + "\n\n湖水更清了。\n", "utf-8")
    with pipeline.library.write_lock():
        (_, added), = pipeline.library.add_files([InputFile(path, tags=("water",))])
    assert (added.outcome, added.source.tags) == ("replaced", ("lake", "water"))
