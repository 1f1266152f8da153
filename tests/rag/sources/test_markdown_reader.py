"""The Markdown reader: marks disappear, structure stays, and plain text loses nothing."""

import pytest

from rag.sources.elements import Element, FileContent, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.markup.markdown import read_markdown


@pytest.fixture
def note(tmp_path):
    """Reads a note with this text."""
    def read(text: str) -> FileContent:
        path = tmp_path / "note.md"
        path.write_text(text, encoding="utf-8")
        return read_markdown(path)
    return read


def texts(content: FileContent) -> list[str]:
    return [element.text for element in content.elements if isinstance(element, Element)]


def kinds(content: FileContent) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in content.elements]


@pytest.mark.parametrize(("text", "expected"), [
    ("**粗体** *斜体* `代码` [文字](http://x.y) ~~旧~~ ==重点== [[页|别名]] [[另页]]", "粗体 斜体 代码 文字 旧 重点 别名 另页"),
    ("a **bold** `code` [text](u 't') <b>html</b> $a_1 * b_2 * c$", "a bold code text html $a_1 * b_2 * c$"),
    ("两个空格  \n反斜杠\\\n<br>结束", "两个空格\n反斜杠\n\n结束"),
])
def test_marks_disappear(note, text, expected):
    assert "\n\n".join(texts(note(text))) == expected


@pytest.mark.parametrize("text", [
    "3*4*5 = 60", "List<String> 与 <your-name>", "使用 <title> 标签", "[备注]: 详见附件", "a == b == c", "C:\\path\\file", "价格 $5",
    "引用 [^x] 没有注释", "a <!-- b",
])
def test_what_only_looks_like_markdown_is_kept(note, text):
    assert texts(note(text)) == [text]


def test_numbers_of_items_are_kept_as_written(note):
    content = note("2024. 建成\n\n文字\n\n1) 甲\n3) 乙\n\n文字\n\n1. x\n1. y\n   - z")
    assert [(e.marker, e.level, e.text) for e in content.elements if e.kind == "item"] == [
        ("2024.", 1, "建成"), ("1)", 1, "甲"), ("3)", 1, "乙"), ("1.", 1, "x"), ("2.", 1, "y"), ("•", 2, "z")]


def test_tasks_show_whether_they_are_done(note):
    assert texts(note("- [x] 订票\n- [ ] pack")) == ["☑ 订票", "☐ pack"]


@pytest.mark.parametrize("lines", [
    ["时间：周五下午", "地点：河东楼 305", "主持人：罗宁"],
    ["Fernhill Studio Ltd", "12 Mill Lane", "Holm 4410"],
    ["2015年9月—2018年6月 青山学院 硕士", "2011年9月—2015年6月 青山学院 本科"],
    ["第一条 总则", "第二条 范围"],
])
def test_lines_that_are_no_wrapped_text_stay_lines(note, lines):
    assert texts(note("\n".join(lines))) == ["\n".join(lines)]


@pytest.mark.parametrize(("text", "expected"), [
    ("这一段文字写得很长，编辑器在这里把它换到了下一行，所以中间的换行\n不是作者的意思，读的时候应当连在一起，不加空格。",
     "这一段文字写得很长，编辑器在这里把它换到了下一行，所以中间的换行不是作者的意思，读的时候应当连在一起，不加空格。"),
    ("The committee met on Monday to talk about the new\nbridge. It decided to wait.",
     "The committee met on Monday to talk about the new bridge. It decided to wait."),
])
def test_wrapped_lines_are_joined(note, text, expected):
    assert texts(note(text)) == [expected]


def test_indented_paragraphs_of_chinese_text_are_no_code(note):
    content = note("通知\n\n　　第一段的文字。\n　　第二段的文字。\n\n    四个空格开头的文字。\n\n下面是代码\n\n    x = f(1)\n    y = g(x)")
    assert kinds(content) == [
        ("paragraph", "通知"), ("paragraph", "第一段的文字。"), ("paragraph", "第二段的文字。"),
        ("paragraph", "四个空格开头的文字。"), ("paragraph", "下面是代码"),
        ("code", "x = f(1)\ny = g(x)")]


def test_fenced_code_is_not_changed(note):
    assert kinds(note("```sh\n::: x\n3*4*5\n[[a]]\n```")) == [("code", "::: x\n3*4*5\n[[a]]")]


def test_cells_beyond_the_head_of_a_table_are_kept(note):
    table = note("| 区 | 人口 |\n|---|---|\n| 东 | 3 | 估计 |\n| 西 |").elements[0]
    assert isinstance(table, Table)
    assert [[cell.text for cell in row] for row in table.rows] == [["区", "人口", ""], ["东", "3", "估计"], ["西", "", ""]]


@pytest.mark.parametrize(("text", "pair"), [
    ("**问：几点开门？**\n\n答：九点。", ("问：几点开门？", "答：九点。")),
    ("**What does it cost?**\nNine crowns.", ("What does it cost?", "Nine crowns.")),
    ("<details>\n<summary>What does it cost?</summary>\n\nNine **crowns**.\n\n</details>",
     ("What does it cost?", "Nine crowns.")),
])
def test_a_question_in_bold_has_an_answer(note, text, pair):
    assert kinds(note(text)) == [("question", pair[0]), ("answer", pair[1])]


def test_footnotes_are_notes(note):
    content = note("桥长 96 米[^1]。\n\n[^1]: 据 **市志**。\n[^b]: second")
    assert [(e.kind, e.marker, e.text) for e in content.elements] == [
        ("paragraph", "", "桥长 96 米。"), ("note", "1", "据 市志。"), ("note", "b", "second")]


def test_a_heading_is_no_paragraph_above_a_rule(note):
    assert kinds(note("标题\n===\n\n这是一句话，后面有一条横线。\n---\n\n### 几点开门？ {#open}")) == [
        ("heading", "标题"), ("paragraph", "这是一句话，后面有一条横线。"), ("heading", "几点开门？")]


def test_containers_callouts_and_hidden_html_leave_no_marks(note):
    content = note(
        "::: tip 提示\n内容\n:::\n\n> [!NOTE]\n> callout\n\n<div style='display:none'>secret</div>\n\n"
        "<script>x()</script>")
    assert texts(content) == ["提示", "内容", "callout"]


def test_a_table_in_html_is_a_table(note):
    assert isinstance(note("<table><tr><td>a</td><td>b</td></tr></table>").elements[0], Table)


def test_front_matter_is_metadata(note):
    content = note("---\ntitle: 年报\nauthor: [徐枫, 张桥]\ndate: 2031-04-05\nunknown: x\n---\n正文")
    assert content.metadata == {"title": "年报", "author": "徐枫、张桥", "date": "2031-04-05"}
    assert texts(content) == ["正文"]


@pytest.mark.parametrize(("front_matter", "stated"), [
    ("title: Tolls\nauthor:\nnumber: 7", {"title": "Tolls", "number": "7"}),
    ("title: 2031", {"title": "2031"}),
    ("# 说明\ntitle: 题目", {"title": "题目"}),
    ('author: ["Kole, Vera", "Lind, Per"]', {"author": "Kole, Vera; Lind, Per"}),
    ("author: [Vera Kole, Per Lind]", {"author": "Vera Kole, Per Lind"}),
    ("city: 青溪\nvolume: 52\nissue: 6\npages: 6-12\nedition: 2\nurl: https://a.example\naccessed: 2031-06-03",
     {"city": "青溪", "volume": "52", "issue": "6", "pages": "6-12", "edition": "2", "url": "https://a.example",
      "accessed": "2031-06-03"}),
])
def test_fields_of_front_matter_are_texts_and_empty_ones_are_left_out(note, front_matter, stated):
    content = note(f"---\n{front_matter}\n---\n正文 body")
    assert content.metadata == stated
    assert texts(content) == ["正文 body"]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_front_matter_is_found_after_a_byte_order_mark_and_with_windows_line_ends(note, ends, mark):
    content = note(mark + ends.join(["---", "title: 题", "---", "正文"]))
    assert (content.metadata, texts(content)) == ({"title": "题"}, ["正文"])


def test_front_matter_without_a_text_leaves_nothing(note):
    assert note("---\ntitle: A\n---\n").elements == ()


def test_unclosed_front_matter_is_text(note):
    assert "正文" in "\n".join(texts(note("---\ntitle: A\n正文")))


def test_prose_between_rules_is_no_front_matter(note):
    assert texts(note("---\n一段文字\n\n---\n\nmore")) == ["一段文字", "more"]
    assert "Note: this is prose: not YAML" in texts(note("---\n\nNote: this is prose: not YAML\n\n---\nmore"))


@pytest.mark.parametrize("front_matter", [
    "a: &i [x]\nb: *i", "a: [", "a: " + "[" * 30, "a: " + "x" * 70_000, "date: 2031-02-30", 'title: "open',
    "title: A: B", "a: !!python/object/apply:os.getcwd []"])
def test_front_matter_that_cannot_be_read_is_an_error(note, front_matter):
    with pytest.raises(UnreadableFile, match="front matter"):
        note(f"---\n{front_matter}\n---\ntext")


@pytest.mark.parametrize("text", [">" * 50_000 + " 深", "- " * 5_000 + "深", "[" * 5_000 + "深", "*a " * 5_000 + "深"])
def test_deep_nesting_is_read(note, text):
    assert "".join(texts(note(text))).endswith("深")
