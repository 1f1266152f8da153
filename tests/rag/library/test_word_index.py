"""Search by words in tantivy: a query is words, never a syntax."""

import pytest
from langchain_core.documents import Document

from rag.library.index import DamagedIndex, indexed_text
from rag.library.word_index import WordIndex, _select_rarest


def passage(id, text, language="zh", **about):
    return Document(text, id=id, metadata={"language": language, **about})


def replace_sources(words, sources):
    words.replace_sources({
        source: [Document(p.page_content, id=p.id, metadata={**p.metadata, "source_id": source}) for p in passages]
        for source, passages in sources.items()})


LAKE = [passage("water", "太湖的水质改善了，蓝藻减少。"), passage("fish", "渔民上岸开起了民宿。"), passage("tea", "茶叶的价格上涨了。")]
TOWER = [
    passage("built", "The lighthouse was built of granite.", "en"), passage("cow", "The keepers kept a cow.", "en")]


@pytest.fixture
def words(tmp_path):
    filled = WordIndex(tmp_path / "words")
    replace_sources(filled, {"lake": LAKE})
    replace_sources(filled, {"tower": TOWER})
    return filled


@pytest.mark.parametrize(("query", "language", "found"), [
    ("太湖水质", "zh", "water"), ("蓝藻", "zh", "water"), ("渔民的民宿", "zh", "fish"),
    ("granite lighthouses", "en", "built"), ("KEEPER", "en", "cow"),
])
def test_best_passage_is_found_by_its_words(words, query, language, found):
    assert words.search(query, 3, language)[0].id == found


@pytest.mark.parametrize(("query", "language", "found"), [
    ("water quality of the lake", "zh", "water"), ("tea prices", "zh", "tea"), ("花岗岩灯塔", "en", "built"),
    ("守塔人的奶牛", "en", "cow"),
])
def test_a_question_in_the_other_language_finds_the_passage_by_glosses(words, query, language, found):
    assert words.search(query, 3, language, cross_lingual=True)[0].id == found


def test_only_the_given_language_is_searched(words):
    replace_sources(words, {"mixed": [passage("zh", "OLED 面板"), passage("en", "OLED panels", "en")]})
    assert [hit.id for hit in words.search("OLED", 5, "zh")] == ["zh"]
    assert [hit.id for hit in words.search("OLED", 5, "en")] == ["en"]


def test_scores_are_between_0_and_1_best_first(words):
    for query, language in (("太湖的茶叶和渔民", "zh"), ("the granite keepers", "en")):
        scores = [hit.score for hit in words.search(query, 9, language)]
        assert len(scores) > 1
        assert scores == sorted(scores, reverse=True)
        assert all(0 < score <= 1 for score in scores)


def test_no_more_than_k_are_found(words):
    assert len(words.search("太湖的茶叶和渔民", 1, "zh")) == 1


@pytest.mark.parametrize("query", [
    "", " ", "。，！？", "...!?", "😀", "zzqqxx",
    "AND", "*", '"', "\\", "((((", "id:zzqqxx", "language:zh", "[a TO z]", "\0",
])
def test_a_query_without_a_word_of_the_index_finds_nothing(words, query):
    assert words.search(query, 5, "zh") == []


def test_query_syntax_of_tantivy_is_read_as_words(words):
    hits_of_words = words.search("granite cow", 5, "en")
    assert {hit.id for hit in hits_of_words} == {"built", "cow"}
    for query in ('+granite -cow', 'granite AND NOT cow', '"granite cow"~9', "granite^9 cow*", "(granite) {cow}"):
        assert {hit.id for hit in words.search(query, 5, "en")} == {"built", "cow"}


def test_term_that_the_query_repeats_often_is_no_error(words):
    assert words.search("蓝藻" * 9000, 3, "zh")[0].id == "water"


def test_replacing_a_source_leaves_only_its_new_passages(words):
    replace_sources(words, {"lake": [LAKE[1], passage("new", "运河通航。")]})
    assert words.passage_ids() == {"fish", "new", "built", "cow"}
    assert words.size == 4
    assert "water" not in [hit.id for hit in words.search("太湖水质", 9, "zh")]
    assert words.search("运河", 1, "zh")[0].id == "new"
    replace_sources(words, {"lake": []})
    assert words.passage_ids() == {"built", "cow"}
    assert words.search("运河渔民", 9, "zh") == []


def test_replacing_a_source_by_itself_changes_nothing(words):
    before = words.search("太湖的渔民和茶叶", 9, "zh")
    replace_sources(words, {"lake": LAKE})
    assert words.passage_ids() == {"water", "fish", "tea", "built", "cow"}
    assert [hit.id for hit in words.search("太湖的渔民和茶叶", 9, "zh")] == [hit.id for hit in before]


def test_passages_with_a_term_are_counted(words):
    assert words.document_frequency("granit", "words") + words.document_frequency("granite", "words") == 1
    assert words.document_frequency("太湖", "words") == 1
    assert words.document_frequency("火星", "words") == 0


def test_title_and_section_are_searched_too(tmp_path):
    words = WordIndex(tmp_path / "words")
    about = {"title": "唯创新者胜", "author": "李白", "section": "四大集群"}
    replace_sources(words, {"s": [passage("p", "它的产值增长了。", **about)]})
    assert indexed_text(passage("p", "它的产值增长了。", **about)) == "唯创新者胜\n李白\n四大集群\n它的产值增长了。"
    for query in ("创新者", "李白", "集群", "产值"):
        assert [hit.id for hit in words.search(query, 1, "zh")] == ["p"]


def test_reader_sees_what_another_one_wrote_after_refresh(words, tmp_path):
    reader = WordIndex(tmp_path / "words")
    replace_sources(words, {"canal": [passage("canal", "运河通航。")]})
    reader.refresh()
    assert reader.search("运河", 1, "zh")[0].id == "canal"


@pytest.mark.parametrize("pattern", ["meta.json", "*.term"])
def test_damaged_files_are_one_sentence(words, tmp_path, pattern):
    del words
    for path in (tmp_path / "words" / "zh").glob(pattern):
        path.write_bytes(path.read_bytes()[:1])
    with pytest.raises(DamagedIndex, match=r"zh is damaged.*`huwen rebuild`"):
        WordIndex(tmp_path / "words")


def test_damage_under_an_open_index_is_one_sentence(words, tmp_path):
    (tmp_path / "words" / "zh" / "meta.json").write_text("{")
    with pytest.raises(DamagedIndex, match=r"zh is damaged.*`huwen rebuild`"):
        words.refresh()


def test_order_of_equally_good_passages_does_not_depend_on_history(tmp_path):
    sources = {name: [passage(f"{name}{n}", "运河通航了。") for n in range(3)] for name in "abcd"}
    found = []
    for order in ("abcd", "dbca", "cadbca"):
        words = WordIndex(tmp_path / order)
        for name in order:
            replace_sources(words, {name: sources[name]})
        found.append([hit.id for hit in words.search("运河", 9, "zh")])
    assert found[0] == found[1] == found[2]


def test_an_interrupted_change_leaves_the_index_unchanged(words):
    def break_off():
        with words.replace_in_parts(["lake", "new"]) as add:
            add([passage("new", "运河通航。", source_id="new")])
            raise KeyboardInterrupt

    before = words.passage_ids()
    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert words.passage_ids() == before
    assert words.search("太湖水质", 9, "zh")[0].id == "water"
    replace_sources(words, {"new": [passage("new", "运河通航。")]})
    assert words.passage_ids() == before | {"new"}


def test_the_rarest_tokens_are_searched_and_at_least_four():
    tokens_below_the_limit = {"灯塔": 3, "工厂": 40, "苏州": 900, "的": 0}
    assert _select_rarest(tokens_below_the_limit) == [("灯塔", 3), ("工厂", 40), ("苏州", 900)]
    tokens_above_the_limit = {str(n): 40_000 for n in range(6)} | {"rare": 2}
    # at least four tokens, although these four are in too many passages
    assert [token for token, _ in _select_rarest(tokens_above_the_limit)] == ["rare", "0", "1", "2"]
