"""The web page reader: elements and tables of HTML pages and web archives, without the site and without hidden text."""

from pathlib import Path

import pytest

from rag.sources.elements import Element, FileContent, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.markup.web_page import read_page, read_web_page


@pytest.fixture
def page(tmp_path):
    """Reads a page with this markup."""
    def read(markup: str | bytes, name: str = "page.html") -> FileContent:
        path = tmp_path / name
        path.write_bytes(markup if isinstance(markup, bytes) else markup.encode())
        return read_web_page(path)
    return read


def texts(content: FileContent) -> list[str]:
    return [element.text for element in content.elements if isinstance(element, Element)]


def tables(content: FileContent) -> list[list[list[str]]]:
    found = [element for element in content.elements if isinstance(element, Table)]
    return [[[cell.text for cell in row] for row in table.rows] for table in found]


def omitted(content: FileContent) -> dict[str, int]:
    return {omission.kind: omission.count for omission in content.omissions}


@pytest.mark.parametrize(("markup", "lines"), [
    ("<p>白塔镇 12 号<br>邮编 990012<br>周一休息</p>", ["白塔镇 12 号\n邮编 990012\n周一休息"]),
    ("<p>Children 4 crowns<br>Dogs free<br><br>Closed on Monday</p>",
     ["Children 4 crowns\nDogs free", "Closed on Monday"]),
])
def test_a_line_break_inside_a_paragraph_stays(page, markup, lines):
    assert texts(page(markup)) == lines


@pytest.mark.parametrize(("markup", "expected"), [
    ("<div>甲<p>乙</p>丙</div>", ["甲", "乙", "丙"]),
    ("un<b>break</b>able <i>word</i>s<!-- c -->, one<wbr>word", ["unbreakable words, oneword"]),
    ("<p>这是一段\n  换行的文字</p>", ["这是一段换行的文字"]),
    ("<p>one\ntwo</p>", ["one two"]),
    ("<li>a<li>b", ["a", "b"]),
    ("<ul><li>甲<ul><li>乙</ul></ul>", ["甲", "乙"]),
    ("<blockquote>甲<p>乙</p></blockquote>", ["甲", "乙"]),
    ("<section><p>one</p></section>two", ["one", "two"]),
    ("<a><h2>背景 <i>一</i></h2></a>", ["背景 一"]),
])
def test_blocks_part_words_and_inline_tags_do_not(page, markup, expected):
    assert texts(page(markup)) == expected


def test_lists_keep_levels_and_numbers(page):
    content = page("<ol start=3><li>三<ol type=a><li>甲</ol><li>四</ol><ol reversed><li>x<li>y</ol><ul><li><p>1<p>2</ul>")
    assert [(e.level, e.marker, e.text) for e in content.elements] == [
        (1, "3.", "三"), (2, "a.", "甲"), (1, "4.", "四"), (1, "2.", "x"), (1, "1.", "y"), (1, "•", "1\n2")]


def test_merged_cells_stand_in_each_of_their_places(page):
    content = page(
        "<table><caption>票价</caption><tr><th rowspan=2>线路<th colspan=2>票价（元）<tr><th>成人<th>儿童"
        "<tr><td rowspan=0>甲线<td>4<td>2<tr><td>5<td>3</table>")
    assert tables(content) == [
        [["线路", "票价（元）", "票价（元）"], ["线路", "成人", "儿童"], ["甲线", "4", "2"], ["甲线", "5", "3"]]]
    table = content.elements[0]
    assert (table.caption, table.rows[3][0].origin, table.rows[3][0].row_span) == ("票价", (2, 0), 2)
    assert (table.rows[0][2].column_span, table.rows[0][0].is_head, table.rows[2][1].is_head) == (2, True, False)


def test_a_cell_a_million_columns_wide_is_as_wide_as_its_table(page):
    content = page("<table><tr><td colspan=1000000>Prices<tr><td>a<td>b</table>")
    assert tables(content) == [[["Prices", "Prices"], ["a", "b"]]]


def test_spans_that_would_fill_memory_become_paragraphs(page):
    content = page("<table>" + "<tr><td colspan=1000 rowspan=0>x<td>y" * 3_000 + "</table>")
    assert texts(content)[:1] == ["x | y"]


def test_equal_neighbouring_cells_of_a_page_are_both_read(page):
    assert tables(page("<table><tr><td>North<td>4.1%<td>4.1%<tr><td>东区<td>8<td>8</table>")) == [
        [["North", "4.1%", "4.1%"], ["东区", "8", "8"]]]


def test_a_nested_table_follows_the_outer_one(page):
    content = page("<table><tr><td>a<td>b<table><tr><td>c<td>d</table><tr><td>e<td>f</table>")
    assert tables(content) == [[["a", "b"], ["e", "f"]], [["c", "d"]]]


def test_a_table_that_arranges_a_page_is_read_as_its_content(page):
    content = page("<table><tr><td><h2>开放时间</h2><p>九点到五点</p><td>地址：河东路 7 号</table>")
    assert texts(content) == ["开放时间", "九点到五点", "地址：河东路 7 号"]
    assert tables(content) == []


@pytest.mark.parametrize(("question", "answer"), [("几点开门？", "九点。"), ("What does it cost?", "Nine crowns.")])
def test_a_question_that_opens_a_part_has_it_as_its_answer(page, question, answer):
    content = page(f"<details><summary>{question}</summary><p>{answer}</p></details><p>after</p>")
    assert [e.kind for e in content.elements] == ["question", "answer", "paragraph"]


def test_terms_code_and_quotations_have_their_kinds(page):
    content = page("<dl><dt>滞期费<dd>每天 900 元</dl><pre>if x:\n    go()</pre><blockquote>旧文</blockquote>")
    assert [(e.kind, e.text) for e in content.elements] == [
        ("term", "滞期费"), ("definition", "每天 900 元"), ("code", "if x:\n    go()"), ("quotation", "旧文")]


HIDDEN = [
    "<p hidden>机密</p>", "<p style='display:none'>secret</p>", "<p style='visibility: hidden'>secret</p>",
    "<p style='opacity:0'>secret</p>", "<p style='font-size:0.1px'>机密</p>", "<p style='font-size:0'>secret</p>",
    "<p style='position:absolute;left:-9999px'>secret</p>", "<p style='text-indent:-9999px'>secret</p>",
    "<p style='position:absolute;clip:rect(0 0 0 0)'>secret</p>", "<p aria-hidden='true'>机密</p>",
    "<p style='color:#FFF'>secret</p>", "<font color=white>secret</font>", "<p class='old x'>secret</p>",
    "<p style='color:rgba(0,0,0,0)'>secret</p>", "<p id=trap>secret</p>",
]


@pytest.mark.parametrize("markup", HIDDEN)
def test_hidden_text_is_left_out_and_counted(page, markup):
    content = page(f"<style>.x{{display:none}} p#trap{{visibility:hidden}}</style><p>看得见</p>{markup}<p>visible</p>")
    assert texts(content) == ["看得见", "visible"]
    assert omitted(content) == {"hidden text": 1}


@pytest.mark.parametrize("markup", [
    "<style>@media print{.x{display:none}}</style><p class=x>shown</p>",
    "<style>.x{display:none} .x.open{display:block}</style><button>Q</button><p class=x>shown</p>",
    "<style>.y .x{display:none}</style><p class=x>shown</p>",
    "<div style='background:navy'><b style='color:white'>shown</b></div>",
    "<style>.dark{background:#123}</style><p class=dark style='color:#fff'>shown</p>",
    "<p style='text-indent:-2em'>shown</p>",
    "<div style='font-size:0'><span style='font-size:14px'>shown</span></div>",
])
def test_what_a_reader_can_see_is_not_taken_for_hidden(page, markup):
    assert texts(page(markup)) == ["shown"]


def test_the_site_around_the_text_is_left_out(page):
    content = page(
        "<div id=cookie-banner>本站使用 cookie</div><header>站名</header><nav>菜单</nav><ul class=menu><li><a href=a>甲</a></ul>"
        "<div class=crumbs>您的位置：首页</div><h1>新桥通车</h1><p>正文有<a href=b>链接</a>。</p>"
        "<h3>相关阅读</h3><ul><li><a href=1>别的新闻</a><li><a href=2>另一条</a></ul>"
        "<p>上一篇：<a href=p>旧闻</a></p><aside>广告</aside><div class=page-footer>版权所有</div>")
    assert texts(content) == ["新桥通车", "正文有链接。"]


def test_a_menu_of_dishes_is_no_menu_of_links(page):
    content = page(
        "<h1>Café Linde</h1><div class=menu><p>Soup 5 crowns</p><p>Trout 19 crowns</p></div><p>Open daily.</p>")
    assert texts(content) == ["Café Linde", "Soup 5 crowns", "Trout 19 crowns", "Open daily."]


def test_a_header_with_the_heading_of_the_page_is_text(page):
    assert texts(page("<header><h1>年报</h1><p>2031 年</p></header><p>正文</p>")) == ["年报", "2031 年", "正文"]


def test_a_page_that_is_only_a_menu_is_read(page):
    assert texts(page("<nav><a href=a>Harbour map</a></nav>")) == ["Harbour map"]


def test_references_to_notes_are_dropped_and_powers_are_raised(page):
    content = page(
        "<p>建于 1642 年<sup><a href='#cite_note-1'>[1]</a></sup>，面积 10<sup>6</sup> m<sup>2</sup>，1<sup>st</sup></p>")
    assert texts(content) == ["建于 1642 年，面积 10⁶ m²，1st"]


def test_readings_choices_and_programs_are_not_text(page):
    content = page(
        "<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>字</p><select><option>选项</select><script>var a=1</script>"
        "<template>t</template><svg><text>s</text></svg><img src=a alt=pic>")
    assert texts(content) == ["漢字"]
    assert omitted(content) == {"pictures": 1}


def test_a_field_of_a_form_has_its_value_after_its_label(page):
    content = page(
        "<form><p><label>姓名</label><input value=罗宁></p><p><label>Age <input value=41></label><button>Send</button>")
    assert texts(content) == ["姓名：罗宁", "Age: 41"]


def test_the_title_loses_the_name_of_the_site(page):
    assert page("<title>新桥通车 - 某某网</title><h1>新桥通车</h1>").metadata["title"] == "新桥通车"
    assert page("<title>Fees | Town</title><h1>All fees</h1>").metadata["title"] == "Fees | Town"


@pytest.mark.parametrize(("head", "stated"), [
    ('<meta name="citation_title" content="Piers"><meta name="citation_author" content="Kole, V.">'
     '<meta name="citation_author" content="Lind, P."><meta name="citation_journal_title" content="Harbours">'
     '<meta name="citation_publication_date" content="1998/2/6"><meta name="citation_volume" content="27">'
     '<meta name="citation_issue" content="5"><meta name="citation_firstpage" content="63">'
     '<meta name="citation_lastpage" content="64"><meta name="citation_doi" content="10.1126/piers.27.5.63">',
     {"title": "Piers", "author": "Kole, V.; Lind, P.", "container": "Harbours", "date": "1998-02-06", "volume": "27",
      "issue": "5", "pages": "63-64", "url": "10.1126/piers.27.5.63", "kind": "journal article"}),
    ('<title>通知_青溪镇人民政府</title><meta name="ArticleTitle" content="关于修桥的通知">'
     '<meta name="PubDate" content="2031-06-03 10:00"><meta name="SiteName" content="青溪镇人民政府">'
     '<meta name="author" content="管理员"><link rel="canonical" href="https://www.qingxi.example/1">',
     {"title": "关于修桥的通知", "date": "2031-06-03", "publisher": "青溪镇人民政府",
      "url": "https://www.qingxi.example/1", "kind": "web"}),
    ('<title>Home</title><meta property="og:site_name" content="Holm Daily"><meta name="author" content="Vera Kole">'
     '<meta property="article:published_time" content="2031-06-03T08:00:00Z">'
     '<link rel="canonical" href="javascript:alert(1)">',
     {"title": "Home", "publisher": "Holm Daily", "author": "Vera Kole", "date": "2031-06-03"}),
    ("<title>只有标题</title><meta name=author content='admin'><meta name=date content='soon'>", {"title": "只有标题"}),
])
def test_the_head_of_a_page_gives_its_metadata(page, head, stated):
    assert page(f"<html><head><meta charset=utf-8>{head}</head><body><p>正文</p></body></html>").metadata == stated


@pytest.mark.parametrize(("meta", "encoding", "text"), [
    ("<meta charset=gb2312>", "gbk", "口袋公园"),
    ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', "gbk", "口袋公园"),
    ('<meta charset="gbk">', "utf-8", "口袋公园的面积增长了。"),
    ('<meta charset="big5">', "big5", "這個國家的產業發展。"),
    ('<meta charset="iso-8859-1">', "latin-1", "Café Linde"),
])
def test_the_encoding_that_a_page_declares_is_used_unless_it_is_wrong(page, meta, encoding, text):
    assert texts(page(f"<html><head>{meta}</head><body><p>{text}</p></body></html>".encode(encoding))) == [text]


def test_empty_elements_of_xhtml_do_not_swallow_the_page(page):
    content = page(
        '<?xml version="1.0"?><html><head><title/><script src="x"/></head>'
        '<body><a id="q"/><p>正文&nbsp;x</p></body></html>')
    assert texts(content) == ["正文 x"]


def test_entities_of_a_page_are_not_expanded(page):
    content = page(
        '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "xx"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
        '<p>t &a; &f;</p>')
    assert texts(content) == ["t &a; &f;"]


@pytest.mark.parametrize("markup", [
    "<div>" * 100_000 + "<p>深处</p>", "<span>" * 100_000 + "deep", "<blockquote><ul><li>" * 20_000 + "deep",
    "<table><tr><td>" * 20_000 + "deep",
])
def test_text_under_thousands_of_open_elements_is_kept(markup):
    elements = read_page(markup, "site").elements
    assert "".join(element.text for element in elements) in ("深处", "deep")


def web_archive(charset: str, text: str) -> bytes:
    return (
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/related; type=\"text/html\"; start=\"<root>\"; boundary=\"b\"\r\n\r\n"
        "--b\r\nContent-Type: text/html\r\nContent-ID: <frame>\r\n\r\n<p>frame\r\n"
        f"--b\r\nContent-Type: text/html; charset={charset}\r\nContent-ID: <root>\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n").encode() + text.encode(charset) + b"\r\n--b--\r\n"


@pytest.mark.parametrize(("charset", "text"), [("gb18030", "口袋公园"), ("iso-8859-1", "Café")])
def test_a_web_archive_is_its_root_page(page, charset, text):
    assert texts(page(web_archive(charset, f"<p>{text}</p>"), "page.mhtml")) == [text]


def test_a_web_archive_without_a_page_is_damaged(page):
    with pytest.raises(UnreadableFile, match="damaged"):
        page("just text", "page.mht")


def test_a_missing_file_is_an_os_error():
    with pytest.raises(OSError, match="missing"):
        read_web_page(Path("missing.html"))
