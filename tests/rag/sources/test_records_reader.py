"""Tests of the reader of JSON and JSON Lines, with files made here."""

import json
import random
from contextlib import suppress

import pytest

from rag.sources.elements import Element, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.tabular.records import read_records

ZH = [{"场馆": "青溪馆", "座位": 48}, {"场馆": "梅川馆", "座位": 52}]
EN = [{"hall": "Greenbrook", "seats": 48}, {"hall": "Harrow", "seats": 52}]
BOTH = pytest.mark.parametrize("records", [ZH, EN], ids=["zh", "en"])
LONG_ZH, LONG_EN = "这座图书室开放了十二年。" * 20, "The library has been open for twelve years. " * 6


@pytest.fixture
def read(tmp_path):
    def write_and_read(value, suffix=".json"):
        path = tmp_path / f"a{suffix}"
        path.write_bytes(value if isinstance(value, bytes) else (
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode())
        return read_records(path)
    return write_and_read


def shape(content):
    """Elements as (kind, text); a table as its rows of texts."""
    return [
        [[cell.text for cell in row] for row in element.rows] if isinstance(element, Table)
        else (element.kind, element.text)
        for element in content.elements]


def rows_of(records):
    return [[*records[0]], *([str(value) for value in record.values()] for record in records)]


@BOTH
def test_list_of_objects_is_a_table_whose_heads_are_the_keys(read, records):
    content = read(records)
    assert shape(content) == [rows_of(records)]
    assert [[cell.is_head for cell in row] for row in content.elements[0].rows] == [[True] * 2, [None] * 2, [None] * 2]


@BOTH
@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".ndjson"])
def test_one_object_in_each_line_is_a_table(read, records, suffix):
    lines = "\r\n".join(json.dumps(record, ensure_ascii=suffix == ".json") for record in records)
    assert shape(read(lines, suffix)) == [rows_of(records)]


@BOTH
@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_objects_over_several_lines_are_a_table(read, records, suffix):
    assert shape(read("\n".join(json.dumps(record, indent=1) for record in records), suffix)) == [rows_of(records)]


@pytest.mark.parametrize(("record", "rows"), [
    ({"名称": "青溪馆", "地址": {"城市": "杭州", "路": {"名": "湖滨路"}}, "标签": ["书", "茶"]},
     [["名称", "青溪馆"], ["地址.城市", "杭州"], ["地址.路.名", "湖滨路"], ["标签", "书、茶"]]),
    ({"name": "Harrow", "address": {"city": "York"}, "open": True, "closed": None, "price": 1.5,
      "days": ["Mon", "Tue"]},
     [["name", "Harrow"], ["address.city", "York"], ["open", "true"], ["price", "1.5"], ["days", "Mon, Tue"]])])
def test_one_object_is_a_table_of_keys_and_values(read, record, rows):
    content = read(record)
    assert shape(content) == [rows]
    assert {(row[0].is_head, row[1].is_head) for row in content.elements[0].rows} == {(True, None)}


@pytest.mark.parametrize("key", ["城市", "city"])
def test_keys_that_some_objects_lack_are_empty_cells(read, key):
    assert shape(read([{"a": 1}, {"a": 2, "b": {key: "x"}}])) == [[["a", f"b.{key}"], ["1", ""], ["2", "x"]]]


@pytest.mark.parametrize("key", ["人口", "people"])
def test_objects_under_names_are_rows(read, key):
    assert shape(read({"A": {key: 1, "b": 2}, "C": {key: 3, "b": 4}})) == [
        [["", key, "b"], ["A", "1", "2"], ["C", "3", "4"]]]


@pytest.mark.parametrize("number", ["1.10", "12345678901234567890", "0.1", "1e400", "9" * 5000])
def test_numbers_are_written_as_in_the_file(read, number):
    assert shape(read(f'["x", {number}]')) == [("item", "x"), ("item", number)]


@pytest.mark.parametrize(("question", "answer"), [
    ("question", "answer"), ("Question", "Answer"), ("q", "a"), ("问题", "答案"), ("问", "答"), ("prompt", "response"),
    ("instruction", "output")])
@pytest.mark.parametrize("texts", [("几点开门？", "九点。"), ("When does it open?", "At nine.")])
def test_questions_with_answers_are_pairs(read, question, answer, texts):
    content = read([{"id": 7, question: texts[0], answer: texts[1]}] * 2)
    assert shape(content) == [("question", texts[0]), ("answer", texts[1])] * 2


@pytest.mark.parametrize("pair", [("几点开门？", "九点。"), ("When?", "At nine.")])
def test_object_whose_keys_are_questions_is_pairs(read, pair):
    assert shape(read({pair[0]: pair[1], "几天？": "五天"})) == [
        ("question", pair[0]), ("answer", pair[1]), ("question", "几天？"), ("answer", "五天")]


@pytest.mark.parametrize("category", ["借阅", "loans"])
def test_other_fields_of_a_pair_are_kept(read, category):
    content = read([{"question": "Q?", "answer": ["A", "B"], "category": category, "url": ""}])
    assert shape(content) == [("question", "Q?"), ("answer", "A\nB"), ("paragraph", f"category: {category}")]


@pytest.mark.parametrize("context", [LONG_ZH, LONG_EN.strip()])
def test_reading_comprehension_keeps_text_questions_and_answers(read, context):
    content = read({"version": "1", "data": [{"title": "T", "paragraphs": [{"context": context, "qas": [
        {"question": "Q?", "id": "x1",
         "answers": [{"text": "A", "answer_start": 5}, {"text": "A", "answer_start": 9}]}]}]}]})
    kinds = [(kind, text) for kind, text in (part for part in shape(content) if isinstance(part, tuple))]
    assert ("paragraph", context) in kinds
    assert kinds[kinds.index(("question", "Q?")) + 1] == ("answer", "A")


@pytest.mark.parametrize(("title", "body"), [("公告", LONG_ZH), ("Notice", LONG_EN.strip())])
def test_objects_with_long_texts_are_headings_and_paragraphs(read, title, body):
    content = read([{"title": title, "date": "2024-06-03", "body": f"{body}\n\n{title}"}, {"title": "B", "body": body}])
    assert shape(content) == [
        ("heading", title), [["date", "2024-06-03"]], ("paragraph", body), ("paragraph", title), ("heading", "B"),
        ("paragraph", body)]


@pytest.mark.parametrize("texts", [["带身份证", "填表"], ["Bring a card", "Sign"]])
def test_list_of_texts_is_items(read, texts):
    assert shape(read(texts)) == [("item", text) for text in texts]


@pytest.mark.parametrize("key", ["分馆", "branches"])
def test_list_in_an_object_has_its_key_as_heading(read, key):
    content = read({"city": "X", key: EN})
    assert shape(content) == [[["city", "X"]], ("heading", key), rows_of(EN)]


@pytest.mark.parametrize(("messages", "texts"), [
    ([{"role": "user", "content": "几点开门？"}, {"role": "assistant", "content": [{"type": "text", "text": "九点。"}]}],
     ["user：几点开门？", "assistant：九点。"]),
    ([{"from": "human", "value": "When?"}, {"from": "gpt", "value": "At nine."}], ["human: When?", "gpt: At nine."])])
@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_conversation_is_paragraphs_by_role(read, messages, texts, suffix):
    assert shape(read({"messages": messages}, suffix)) == [("paragraph", text) for text in texts]


@pytest.mark.parametrize("role", ["馆长", "manager"])
def test_roles_of_people_are_no_conversation(read, role):
    assert isinstance(read([{"role": role, "content": "x"}]).elements[0], Table)


@pytest.mark.parametrize("value", [[[1, "甲"], [2, "乙"]], [[1, "a"], [2, "b"]]])
def test_list_of_lists_is_a_table(read, value):
    assert shape(read(value)) == [[[str(cell) for cell in row] for row in value]]


@pytest.mark.parametrize("text", ["一段话", "A text"])
def test_mixed_list_keeps_everything(read, text):
    assert shape(read([text, {"a": 1}, ["x"]])) == [("paragraph", text), [["a", "1"]], ("item", "x")]


@pytest.mark.parametrize(("text", "line"), [
    ('{"a": 1,\n "甲" 2}', 2), ('{"a": 1,\n"b": }', 2), ('[1,\n2', 2), ('{"a": "x', 1), ("not JSON", 1),
    ('{"a": 1}}', 1)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_error_names_the_line_without_words_of_a_library(read, text, line, language):
    with pytest.raises(UnreadableFile) as refusal:
        read(text)
    sentence = refusal.value.sentence(language)
    assert (f"第 {line} 行" if language == "zh" else f"line {line}:") in sentence
    assert not any(word in sentence for word in ("Expecting", "char", "delimiter", "Unterminated"))


@BOTH
def test_bad_lines_are_left_out_and_named(read, records):
    lines = [json.dumps(records[0]), '{"a":', json.dumps(records[1]), "oops"]
    content = read("\n".join(lines), ".jsonl")
    omission, = content.omissions
    assert (omission.kind, omission.count, omission.where) == ("records that are not JSON", 2, "2, 4")
    assert shape(content) == [rows_of(records)]


def test_lines_of_which_none_is_json_are_refused(read):
    with pytest.raises(UnreadableFile) as refusal:
        read("a\nb\n", ".jsonl")
    assert refusal.value.problem == "bad JSON"


@pytest.mark.parametrize("text", [
    "[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000, "[" * 300 + "]" * 300,
    '{"a":' * 300 + "1" + "}" * 300, '{"a":[' * 200 + "]}" * 200])
def test_deep_values_are_refused_and_nothing_overflows(read, text):
    with suppress(UnreadableFile):
        assert not any(isinstance(element, Element) for element in read(text).elements)


@pytest.mark.parametrize("text", ["湖", "lake"])
def test_half_a_surrogate_pair_becomes_a_valid_character(read, text):
    content = read(f'{{"a": "{text}\\ud83d"}}')
    assert shape(content) == [[["a", f"{text}\ufffd"]]]


@BOTH
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_encoding_is_detected(read, records, encoding):
    assert shape(read(json.dumps(records, ensure_ascii=False).encode(encoding))) == [rows_of(records)]


@pytest.mark.parametrize("text", ["[]", "{}", "null", '""', '[{}, null, ""]', '{"a": null}'])
def test_values_without_text_give_nothing(read, text):
    assert not any(isinstance(part, tuple) and part[1] for part in shape(read(text)))


@pytest.mark.parametrize("key", ["键", "k"])
def test_columns_beyond_the_limit_are_counted(read, key):
    content = read([{f"{key}{i}": i for i in range(600)}] * 2)
    assert {(omission.kind, omission.count) for omission in content.omissions} == {("columns beyond the limit", 88)}


@BOTH
def test_truncated_and_changed_files_give_elements_or_a_refusal(read, records):
    text = json.dumps({
        "data": records, "问": "x", "答": [1, {"b": None}], "messages": [{"role": "user", "content": "y"}]}).encode()
    chance = random.Random(4)
    for _ in range(400):
        changed = bytearray(text)
        for _ in range(chance.randrange(5)):
            changed[chance.randrange(len(changed))] = chance.choice(b'{}[]",:0123456789 \\\n\xffabnt')
        with suppress(UnreadableFile):
            length = chance.choice([len(changed), chance.randrange(len(changed))])
            read(bytes(changed[:length]), chance.choice([".json", ".jsonl"]))
