"""Answers by address and by identifier: the named clause or thing, that there is none, and how it is quoted."""

from collections.abc import Iterator, Sequence

import pytest

from rag.answering.address_search import MissingAddress, has_address, missing_addresses, named_passages
from rag.answering.extract import extract
from rag.answering.quotation import render_quotes
from rag.answering.structured_answer import addressed_sentences, keep_identified
from rag.library.library import Library
from rag.numbers.addresses import Address, find_addresses
from rag.questions.analysis import analyse_question
from rag.reading.judge import Judge
from rag.reading.matching import Sentence
from rag.reading.ranking import Ranking, rank_sentences
from rag.schema import AnswerScore, Language, Passage
from rag.text import messages
from rag.text.language import detect_language
from tests.conftest import MakePipeline
from tests.rag.made_passages import make_passages, make_table, rank_text

RULES_ZH = (
    "# 青禾集市办法\n\n## 第一章 总则\n\n第一条 为了规范集市，制定本办法。\n\n第二条 集市逢五开市。\n\n## 第二章 摊位\n\n第三条 摊位月租八十元。\n\n"
    "第四条 摊主应当：\n\n（一）不占通道；\n\n（二）清扫摊位。\n\n## 第三章 罚则\n\n第五条 占用通道的，处五十元罚款。"
)
RULES_EN = (
    "# Rules of the boat house\n\n## Chapter 1 General\n\nArticle 1. The boat house belongs to the club.\n\n"
    "Article 2. The committee has five members.\n\n## Chapter 2 Boats\n\n"
    "Article 3. A boat may be out for two hours.\n\n"
    "Article 4. Whoever takes a boat shall:\n\n(a) sign the log book;\n\n(b) wear a life jacket.\n\n"
    "## Chapter 3 Fees\n\n"
    "Article 5. The yearly fee is 85 pounds."
)


def addressed(question: str, text: str) -> list[str]:
    analysed = analyse_question(question, detect_language(question))
    passages = make_passages(text)
    ranking = rank_sentences(analysed, passages, lambda term, is_gloss: 5.0)
    return [sentence.text for sentence in addressed_sentences(ranking, passages)]


@pytest.mark.parametrize(
    ("question", "text", "quoted"),
    [
        ("第三条规定了什么？", RULES_ZH, ["第三条 摊位月租八十元。"]),
        ("第四条规定了什么？", RULES_ZH, ["第四条 摊主应当：", "（一）不占通道；", "（二）清扫摊位。"]),
        ("第四条第二项是什么？", RULES_ZH, ["（二）清扫摊位。"]),
        ("What does article 3 say?", RULES_EN, ["Article 3. A boat may be out for two hours."]),
        ("What does section 3 say?", RULES_EN, ["Article 3. A boat may be out for two hours."]),
        (
            "What does article 4 say?",
            RULES_EN,
            ["Article 4. Whoever takes a boat shall:", "(a) sign the log book;", "(b) wear a life jacket."],
        ),
        ("What does article 4(b) say?", RULES_EN, ["(b) wear a life jacket."]),
    ],
)
def test_the_clause_that_is_named_is_quoted_with_its_items(question: str, text: str, quoted: list[str]) -> None:
    assert addressed(question, text) == quoted


@pytest.mark.parametrize(
    ("question", "text", "quoted"),
    [
        (
            "第一条和第五条分别说什么？",
            RULES_ZH,
            ["第一条 为了规范集市，制定本办法。", "第五条 占用通道的，处五十元罚款。"],
        ),
        (
            "What do article 2 and article 5 say?",
            RULES_EN,
            ["Article 2. The committee has five members.", "Article 5. The yearly fee is 85 pounds."],
        ),
    ],
)
def test_two_clauses_are_both_quoted_in_the_order_of_the_question(question: str, text: str, quoted: list[str]) -> None:
    assert addressed(question, text) == quoted


@pytest.mark.parametrize(
    ("question", "text", "quoted"),
    [
        ("第三章讲什么？", RULES_ZH, ["第五条 占用通道的，处五十元罚款。"]),
        ("What is in chapter 3?", RULES_EN, ["Article 5. The yearly fee is 85 pounds."]),
    ],
)
def test_a_chapter_is_quoted_by_what_is_below_its_heading(question: str, text: str, quoted: list[str]) -> None:
    assert addressed(question, text) == quoted


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("集市几时开市？", RULES_ZH),
        ("第九条规定了什么？", RULES_ZH),
        ("When is the fee due?", RULES_EN),
        ("What does article 9 say?", RULES_EN),
    ],
)
def test_a_question_without_an_address_that_the_text_has_quotes_no_clause(question: str, text: str) -> None:
    assert addressed(question, text) == []


@pytest.mark.parametrize(
    ("question", "text", "first"),
    [
        ("第一条说什么？", "第一条 本条很长。" + "".join(f"甲{n}应当守时。" for n in range(20)), "第一条 本条很长。"),
        (
            "What does article 1 say?",
            "Article 1. It is long. " + "".join(f"Member {n} shall be on time. " for n in range(20)),
            "Article 1. It is long.",
        ),
    ],
)
def test_of_a_long_clause_the_first_sentence_and_the_likeliest_are_quoted(question: str, text: str, first: str) -> None:
    found = addressed(question, text)
    assert found[0] == first
    assert len(found) <= 8


@pytest.mark.parametrize("key", ["article 3", "clause 3", "number 3", "section 3"])
def test_an_address_has_other_forms(key: str) -> None:
    assert has_address(Address("article", "3"), key)
    assert not has_address(Address("article", "3"), "chapter 3")
    assert not has_address(Address("article", "3"), "article 13")


# in a library


def library_with(make_pipeline: MakePipeline, **notes: str) -> Library:
    return make_pipeline(**notes).library


def documents_of(library: Library, question: str) -> list[str]:
    return [document.page_content for document in named_passages(library, find_addresses(question), [], None)]


@pytest.mark.parametrize(
    ("question", "text", "part"),
    [
        ("第五条呢？", RULES_ZH, "五十元"),
        ("第3章呢？", RULES_ZH, "五十元"),
        ("article 5?", RULES_EN, "85 pounds"),
        ("section 4(b)?", RULES_EN, "life jacket"),
    ],
)
def test_the_passage_with_an_address_is_found_without_words(
    make_pipeline: MakePipeline, question: str, text: str, part: str
) -> None:
    (found,) = documents_of(library_with(make_pipeline, rules=text), question)
    assert part in found


def test_documents_that_fit_the_question_better_come_first_and_few_are_taken(make_pipeline: MakePipeline) -> None:
    notes = {f"rules{n}": RULES_ZH.replace("五十元", f"{n}0元") for n in range(1, 7)}
    library = library_with(make_pipeline, **notes)
    ranked = [one for one in library.all_passages() if "30元" in one.page_content]
    found = named_passages(library, find_addresses("第五条呢？"), ranked, None)
    assert "30元" in found[0].page_content
    assert len(found) <= 4


def test_an_address_is_searched_for_only_in_the_scope(make_pipeline: MakePipeline) -> None:
    library = library_with(make_pipeline, zh=RULES_ZH, en=RULES_EN)
    parts = {"zh": "五十元", "en": "85 pounds"}
    for source in library.sources():
        (found,) = named_passages(library, find_addresses("article 5"), [], {source.id})
        assert parts[source.language] in found.page_content


def missing_in(make_pipeline: MakePipeline, question: str, text: str) -> tuple[MissingAddress, ...]:
    pipeline = make_pipeline(rules=text)
    return missing_addresses(pipeline.library, find_addresses(question), pipeline.search(question))


@pytest.mark.parametrize(
    ("question", "text", "count", "last"),
    [
        ("集市办法的第九条规定了什么？", RULES_ZH, 5, "article 5"),
        ("集市办法的第九章讲什么？", RULES_ZH, 3, "chapter 3"),
        ("What does article 9 of the rules say about the boat house?", RULES_EN, 5, "article 5"),
        ("What does chapter 9 of the rules say about the boat house?", RULES_EN, 3, "chapter 3"),
    ],
)
def test_a_clause_that_is_not_there_is_missed_and_the_last_one_is_known(
    make_pipeline: MakePipeline,
    question: str,
    text: str,
    count: int,
    last: str,
) -> None:
    (missing,) = missing_in(make_pipeline, question, text)
    assert (missing.last, missing.title) == (last, text.split("\n")[0].removeprefix("# "))
    assert missing.count >= count


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("第三条规定了什么？", RULES_ZH),
        ("What does article 3 of the boat house say?", RULES_EN),
        ("附件九有什么？", RULES_ZH),
        ("What is in annex 9 of the boat house?", RULES_EN),
    ],
)
def test_a_clause_that_is_there_or_of_an_unused_unit_is_not_missed(
    make_pipeline: MakePipeline, question: str, text: str
) -> None:
    assert missing_in(make_pipeline, question, text) == ()


def test_nothing_is_missed_where_nothing_was_found(make_pipeline: MakePipeline) -> None:
    library = library_with(make_pipeline, rules=RULES_ZH)
    assert missing_addresses(library, find_addresses("第九条"), ()) == ()


@pytest.mark.parametrize(
    ("question", "text", "sentence"),
    [
        ("第九条规定了什么？", RULES_ZH, "没有第9条，最后是第5条"),
        ("What does article 9 say?", RULES_EN, "has no article 9; its last is article 5"),
    ],
)
def test_the_refusal_says_which_clause_is_the_last(question: str, text: str, sentence: str) -> None:
    language = detect_language(question)
    missing = MissingAddress(find_addresses(question)[0], "集市 Rules", 5, "article 5")
    draft, score = extract(
        analyse_question(question, language),
        make_passages(text),
        language,
        Judge(lambda term, is_gloss: 5.0),
        (),
        (missing,),
    )
    assert isinstance(draft, str)
    assert messages.is_refusal(draft)
    assert score == AnswerScore(0.0)
    assert sentence in draft


# identifiers

MODELS = "# 塔吊 Cranes\n\n" + make_table("型号 Model | 起重量 Load", "P400 | 12吨", "P4000 | 40吨", "P500 | 20吨")


def identified(question: str, text: str) -> list[str]:
    return [candidate.sentence.text for candidate in keep_identified(rank_text(question, text)).candidates]


@pytest.mark.parametrize("question", ["P400的起重量是多少？", "What is the load of the P400?"])
def test_only_what_is_about_the_named_thing_stays(question: str) -> None:
    found = identified(question, MODELS)
    assert "12吨" in found
    assert not {"40吨", "20吨"} & set(found)


@pytest.mark.parametrize("question", ["P400和P500的起重量分别是多少？", "What are the loads of the P400 and the P500?"])
def test_two_named_things_both_stay(question: str) -> None:
    found = identified(question, MODELS)
    assert {"12吨", "20吨"} <= set(found)
    assert "40吨" not in found


@pytest.mark.parametrize("question", ["P700的起重量是多少？", "What is the load of the P700?"])
def test_nothing_stays_for_a_thing_that_is_nowhere_named(question: str) -> None:
    assert identified(question, MODELS) == []


@pytest.mark.parametrize(
    ("question", "text", "kept", "dropped"),
    [
        (
            "5栋201室的月租是多少？",
            "5栋201室月租900元。\n\n5栋202室月租950元。\n\n6栋201室月租990元。",
            "900",
            ("950", "990"),
        ),
        (
            "What is the rent of building 5 room 201?",
            "Building 5 room 201 costs 900.\n\nBuilding 5 room 202 costs 950.\n\nBuilding 6 room 201 costs 990.",
            "900",
            ("950", "990"),
        ),
    ],
)
def test_a_thing_that_is_named_by_two_numbers_needs_both(
    question: str, text: str, kept: str, dropped: tuple[str, str]
) -> None:
    found = "".join(identified(question, text))
    assert kept in found
    assert not any(value in found for value in dropped)


@pytest.mark.parametrize(
    ("question", "text"), [("集市几时开市？", RULES_ZH), ("How long may a boat be out?", RULES_EN)]
)
def test_without_an_identifier_everything_stays(question: str, text: str) -> None:
    ranking = rank_text(question, text)
    assert keep_identified(ranking) == ranking


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("南京市有多少座桥？", "# 桥\n\n苏州市有32座桥。"),
        ("How many bridges does Lund have?", "# Bridges\n\nMalmo has 32 bridges."),
    ],
)
def test_nothing_stays_if_no_proper_name_of_the_question_is_there(question: str, text: str) -> None:
    assert identified(question, text) == []


# quotation


def sentences_of(text: str) -> list[Sentence]:
    ranking: Ranking = rank_text("什么 what", text)
    return sorted((c.sentence for c in ranking.candidates), key=lambda s: (s.passage.number, s.start))


def rendered(quotes: Sequence[Sentence], language: Language, *, with_section: bool = False) -> list[str]:
    pieces: Iterator[str] = render_quotes(quotes, language, with_section=with_section)
    return "".join(pieces).split("\n")


@pytest.mark.parametrize(
    ("text", "value", "line", "language"),
    [
        ("# 门店\n\n" + make_table("店名 | 员工", "榆树店 | 14", "磨坊店 | 9"), "9", "- 磨坊店 · 员工：“9”[1]", "zh"),
        (
            "# Shops\n\n" + make_table("Shop | Staff", "Elm Street | 14", "Mill Lane | 9"),
            "9",
            "- Mill Lane · Staff: “9”[1]",
            "en",
        ),
    ],
)
def test_a_cell_is_shown_behind_its_heads(text: str, value: str, line: str, language: Language) -> None:
    (cell,) = [sentence for sentence in sentences_of(text) if sentence.text == value]
    assert rendered([cell], language)[-1] == line


@pytest.mark.parametrize(
    ("text", "lines", "language"),
    [
        ("请带：\n\n- 水桶\n- 毛巾", ["- “请带：”[1]", "- “水桶”[1]", "- “毛巾”[1]"], "zh"),
        ("Bring:\n\n- a bucket\n- a towel", ["- “Bring:”[1]", "- “a bucket”[1]", "- “a towel”[1]"], "en"),
    ],
)
def test_what_is_quoted_above_is_not_repeated_as_a_lead(text: str, lines: list[str], language: Language) -> None:
    assert rendered(sentences_of(text), language)[-3:] == lines


@pytest.mark.parametrize(
    ("text", "lines", "language"),
    [
        ("问：几点关门？\n\n答：八点半。周一闭馆。", ["- 几点关门：“八点半。”[1]", "- “周一闭馆。”[1]"], "zh"),
        (
            "Q: When does it close?\n\nA: At eight. It is shut on Mondays.",
            ["- When does it close: “At eight.”[1]", "- “It is shut on Mondays.”[1]"],
            "en",
        ),
    ],
)
def test_a_question_is_shown_once_over_its_answer(text: str, lines: list[str], language: Language) -> None:
    assert rendered(sentences_of(text), language)[-2:] == lines


@pytest.mark.parametrize(
    ("text", "name", "language"),
    [
        (RULES_ZH, "《青禾集市办法》 › 第三章 罚则：", "zh"),
        (RULES_EN, "“Rules of the boat house” › Chapter 3 Fees:", "en"),
    ],
)
def test_the_heading_of_a_chapter_is_shown_if_it_was_asked_for(text: str, name: str, language: Language) -> None:
    last = sentences_of(text)[-1]
    assert name in rendered([last], language, with_section=True)
    assert name not in rendered([last], language)


@pytest.mark.parametrize(
    ("text", "quoted", "language"),
    [
        ("罗青禾说“守时”要紧[12]。", "“罗青禾说‘守时’要紧［12］。”", "zh"),
        ("She said “be on time” [12] again.", "“She said ‘be on time’ ［12］ again.”", "en"),
    ],
)
def test_inner_quotation_marks_and_numbers_of_notes_cannot_be_taken_for_ours(
    text: str, quoted: str, language: Language
) -> None:
    assert rendered(sentences_of(text), language)[-1] == f"- {quoted}[1]"


def test_each_document_has_its_name() -> None:
    first: tuple[Passage, ...] = make_passages("# 甲 A\n\n集市逢五开市。", source_id="a")
    second = make_passages("# 乙 B\n\n集市逢六开市。", source_id="b")
    ranking = rank_sentences(analyse_question("集市？", "zh"), [*first, *second], lambda term, is_gloss: 1.0)
    lines = rendered([candidate.sentence for candidate in ranking.candidates], "zh")
    assert lines[0] == messages.SEVERAL["zh"]
    assert {"《甲 A》：", "《乙 B》："} <= set(lines)
