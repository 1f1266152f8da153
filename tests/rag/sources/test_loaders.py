"""Loaders for every file type: the text of the file, or an error of one sentence with the reason."""

import io
import zipfile
from pathlib import Path

import docx
import pytest

from rag.sources import clean as cleaning
from rag.sources import loaders
from rag.sources.clean import clean
from rag.sources.loaders import UnreadableFile, load
from rag.sources.split import split

ZH = "苏州市2022年规模以上工业总产值为4.36万亿元，比上年增长百分之四点一。这个国家的产业发展实现了突破。"
TW = "蘇州市2022年規模以上工業總產值為4.36萬億元，比上年增長百分之四點一。這個國家的產業發展實現了突破。"
EN = "The output of Suzhou's above-scale industry was 4.36 trillion yuan in 2022."


@pytest.fixture
def file(tmp_path):
    """Writes a file; returns its path."""
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path
    return write


def text_of(path: Path) -> str:
    return load(path).page_content


@pytest.mark.parametrize(("encoding", "text"), [
    ("utf-8", ZH), ("utf-8", EN), ("utf-8-sig", ZH), ("utf-8-sig", EN),
    ("gb18030", ZH), ("gb18030", TW), ("gbk", ZH), ("big5", TW),
    ("utf-16", ZH), ("utf-16", EN),
    ("utf-16-le", EN), ("utf-16-be", EN),
    ("utf-16-le", ZH), ("utf-16-be", ZH), ("utf-16-le", TW),
    ("cp1252", "Zürich’s “output” grew – by 4%."), ("cp1252", "café latte menu list"), ("gbk", "苏州"),
    ("utf-16-be", "hello"),
])
def test_the_encoding_is_detected(file, encoding, text):
    assert text_of(file("a.txt", text.encode(encoding))) == text


@pytest.mark.parametrize("text", [ZH, EN])
def test_a_big_endian_byte_order_mark_is_respected(file, text):
    assert text_of(file("a.txt", b"\xfe\xff" + text.encode("utf-16-be"))) == text


@pytest.mark.parametrize("content", [
    b"\xff\xfe" + ZH.encode("utf-16-le") + b"\x00", ZH.encode()[:-1], bytes(range(128, 256)) * 3,
    b"\0" * 100,
])
def test_bytes_that_are_not_text_are_refused(file, content):
    with pytest.raises(UnreadableFile):
        load(file("a.txt", content))


def _pdf(pages: list[list[str]], *, locked: bool = False, title: str = "", author: str = "") -> bytes:
    """A PDF of these pages and lines; its one font maps every code to the character of that number."""
    to_unicode = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def /CMapType 2 def"
        b" 1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0000> <FFFF> <0000> endbfrange"
        b" endcmap end end")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"",
        b"<</Length %d>>stream\n%s\nendstream" % (len(to_unicode), to_unicode),
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/F"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 500>>",
        b"<</Type/Font/Subtype/Type0/BaseFont/F/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 3 0 R>>"]
    for lines in pages:
        shown = b" T* ".join(b"<%s> Tj" % line.encode("utf-16-be").hex().encode() for line in lines)
        stream = b"BT /F1 12 Tf 14 TL 50 780 Td " + shown + b" ET"
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F1 5 0 R>>>>>>" % len(objects))
    properties = tuple(value.encode("utf-16-be").hex().encode() for value in (title, author))
    objects.append(b"<</Title<feff%s>/Author<feff%s>>>" % properties)
    kids = " ".join(f"{7 + 2 * i} 0 R" for i in range(len(pages)))
    objects[1] = f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode()
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    lock = b""
    if locked:
        lock = b"/Encrypt<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -4>>/ID[<00><00>]" % (b"11" * 32, b"22" * 32)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    trailer = b"trailer<</Size %d/Root 1 0 R/Info %d 0 R%s>>\n" % (len(objects) + 1, len(objects), lock)
    return out + head + trailer + b"startxref\n%d\n%%%%EOF" % len(out)


def _docx(*, title: str = "", author: str = "python-docx", byline: str = "") -> bytes:
    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.author = author
    if byline:
        document.add_paragraph(byline)
    document.add_heading("一、总则", 1)
    document.add_paragraph("苏州的产值\n增长。")
    table = document.add_table(2, 2)
    for cell, text in zip([c for row in table.rows for c in row.cells], ["城市", "产值", "苏州", "4.36万亿元"], strict=True):
        cell.text = text
    document.add_heading("Second part", 2)
    document.add_paragraph("Output grew.")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _with_part(package: bytes, name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(buffer, "w") as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return buffer.getvalue()


def _with_wrong_checksum(package: bytes) -> bytes:
    return package[:1000] + bytes(300) + package[1300:]


TWO_PAGES = _pdf([["Page one speaks of Suzhou."], ["Page two speaks of Kunshan."]])


@pytest.mark.parametrize(("name", "content"), [
    ("empty.txt", b""), ("blank.txt", b"  \n\t\n"), ("mark.txt", b"\xef\xbb\xbf"), ("empty.pdf", b""),
    ("a.xyz", b"text"), ("nosuffix", b"text"),
    ("text.pdf", b"not a pdf"), ("cut.pdf", TWO_PAGES[: len(TWO_PAGES) // 2]),
    ("locked.pdf", _pdf([["x"]], locked=True)), ("scan.pdf", _pdf([[]])),
    ("text.docx", b"hello"), ("cut.docx", _docx()[:9000]),
    ("old.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    ("script.html", b"<html><body><script>1</script></body></html>"), ("front.md", b"---\ntitle: A\n---\n"),
    ("page.pdf", TWO_PAGES.replace(b"9 0 R]", b"99 0 R]")),
    ("xml.docx", _with_part(_docx(), "word/document.xml", b"<broken")),
    ("checksum.docx", _with_wrong_checksum(_docx())),
    ("date.md", b"---\ntitle: A\ndate: 2024-02-30\n---\nBody."),
    ("bytes.txt", bytes(range(128, 256))),
])
def test_unreadable_file_gives_one_sentence_that_names_it(file, name, content):
    with pytest.raises(UnreadableFile) as caught:
        load(file(name, content))
    sentence = str(caught.value)
    assert name in sentence
    assert "\n" not in sentence


def test_missing_file_and_folder_are_unreadable(tmp_path):
    (tmp_path / "folder.txt").mkdir()
    for name in ("folder.txt", "missing.txt", "missing.pdf"):
        with pytest.raises(UnreadableFile, match=name):
            load(tmp_path / name)


@pytest.mark.parametrize(("name", "content"), [
    ("front.md", b"---\ntitle: A\n---\n"),
    ("script.html", b"<script>1</script>"),
])
def test_text_recognition_is_recommended_only_for_a_file_of_pictures(file, name, content):
    with pytest.raises(UnreadableFile) as caught:
        load(file(name, content))
    assert "OCR" not in str(caught.value)


def test_a_suffix_in_capitals_is_recognised(file):
    assert text_of(file("A.TXT", EN)) == EN


@pytest.mark.parametrize(("front", "stated"), [
    ("title: 题目\nauthor: 徐枫\ndate: 2024-06-03", {"title": "题目", "author": "徐枫", "date": "2024-06-03"}),
    ("title: Title\nunknown: x\nauthor:", {"title": "Title"}),
    ("title: 2024", {"title": "2024"}),
    ("- a\n- b", {}),
    ("author: [甲, 乙]", {"author": "甲、乙"}),
    ('author: ["Hu, Hanhui", "Xu, Feng"]', {"author": "Hu, Hanhui; Xu, Feng"}),
    ("city: 苏州\nvolume: 52\nissue: 6\npages: 6-12\nedition: 2\nnumber: GB/T 7714\n"
     "url: https://a.org\naccessed: 2024-06-03",
     {"city": "苏州", "volume": "52", "issue": "6", "pages": "6-12", "edition": "2", "number": "GB/T 7714",
      "url": "https://a.org", "accessed": "2024-06-03"}),
])
def test_front_matter_is_metadata(file, front, stated):
    document = load(file("a.md", f"---\n{front}\n---\n正文。 Body."))
    assert document.metadata == {"markup": "markdown"} | stated
    assert document.page_content == "正文。 Body."


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_front_matter_is_found_after_a_byte_order_mark_and_with_windows_line_ends(file, ends, mark):
    assert load(file("a.md", mark + ends.join(["---", "title: 题", "---", "正文。"]))).metadata["title"] == "题"


@pytest.mark.parametrize("front", [
    'title: "open', "title: A: B", "\ttitle: A", "a: !!python/object/apply:os.getcwd []"])
def test_broken_front_matter_is_refused_and_none_of_it_is_executed(file, front):
    with pytest.raises(UnreadableFile, match="front matter"):
        load(file("a.md", f"---\n{front}\n---\nBody."))


def test_unclosed_front_matter_is_text(file):
    assert "正文" in text_of(file("a.md", "---\ntitle: A\n正文。"))


@pytest.mark.parametrize("prose", [
    "Some prose between two rules.",
    "\nNote: this is prose: not YAML\n",
])
def test_prose_between_two_rules_is_not_front_matter(file, prose):
    assert prose.strip() in text_of(file("a.md", f"---\n{prose}\n---\nMore."))


def test_pages_are_separated(file):
    assert text_of(file("a.pdf", TWO_PAGES)).split("\f") == [
        "Page one speaks of Suzhou.", "Page two speaks of Kunshan."]


@pytest.mark.parametrize("line", ["苏州市工业总产值达到四万亿元。", "Suzhou's output reached 4.36 trillion yuan."])
def test_text_of_a_pdf_is_the_text_written(file, line):
    assert text_of(file("a.pdf", _pdf([[line]]))) == line


def _pages_of_passages(path: Path) -> dict[str, int]:
    return {passage.page_content: passage.metadata["page"] for passage in split(clean(load(path)), "s")}


def test_long_pages_give_passages_their_numbers(file):
    lines = {
        n: [f"{n}{i:02} Suzhou reported that its output grew again in that year." for i in range(40)] for n in (1, 2)}
    pages = _pages_of_passages(file("a.pdf", _pdf([lines[1], lines[2]])))
    assert {page for text, page in pages.items() if text.startswith("1")} == {1}
    assert {page for text, page in pages.items() if text.startswith("2")} <= {1, 2}
    assert 2 in pages.values()


@pytest.mark.parametrize(("one", "two"), [
    ("Page one speaks of Suzhou.", "Page two speaks of Kunshan."), ("第一页说的是苏州。", "第二页说的是昆山。")])
def test_sentence_of_page_two_is_cited_to_page_two(file, one, two):
    assert _pages_of_passages(file("a.pdf", _pdf([[one], [two]]))) == {one: 1, two: 2}


def test_loaders_and_clean_use_the_same_page_separator():
    assert loaders.FORM_FEED == cleaning.FORM_FEED


def test_blank_page_counts_as_a_page(file):
    document = clean(load(file("a.pdf", _pdf([["First."], [], ["Third."]]))))
    assert document.metadata["page_starts"][2] == len("First.\n\n")


def test_headings_and_tables_of_a_word_file_keep_their_place(file):
    assert text_of(file("a.docx", _docx())).split("\n\n") == [
        "# 一、总则", "苏州的产值 增长。", "城市 | 产值", "苏州 | 4.36万亿元", "## Second part", "Output grew."]


@pytest.mark.parametrize("title", ["全面提升核心竞争力", "A Title"])
def test_title_of_a_word_file_is_its_property(file, title):
    assert load(file("a.docx", _docx(title=title))).metadata["title"] == title


@pytest.mark.parametrize("title", [
    "Microsoft Word - 终稿3.doc", "文档1", "Untitled", "无标题", "report_final.docx", "PowerPoint Presentation", "Title"])
def test_a_title_filled_in_by_a_program_is_ignored(file, title):
    assert "title" not in load(file("a.docx", _docx(title=title))).metadata
    assert "title" not in load(file("a.pdf", _pdf([[title, "Suzhou's output grew."]], title=title))).metadata


@pytest.mark.parametrize(("author", "byline"), [
    ("张桥", "（作者：张桥，苏州市人民政府）"), ("Zhang Qiao; Xu Feng", "Zhang Qiao and Xu Feng")])
def test_an_author_property_is_used_if_the_text_names_the_author_too(file, author, byline):
    assert load(file("a.docx", _docx(author=author, byline=byline))).metadata["author"] == author
    assert load(file("a.pdf", _pdf([[byline]], author=author))).metadata["author"] == author


@pytest.mark.parametrize("author", ["Administrator", "user", "微软用户", "python-docx", "lenovo", "王芳", "Wang Fang"])
def test_the_owner_of_the_computer_is_not_the_author(file, author):
    byline = "The user and the Administrator." if author.isascii() and " " not in author else "（作者：张桥）"
    assert "author" not in load(file("a.docx", _docx(author=author, byline=byline))).metadata
    assert "author" not in load(file("a.pdf", _pdf([[byline]], author=author))).metadata


@pytest.mark.parametrize("title", ["全面提升核心竞争力", "Raising the Core Competitiveness"])
def test_the_title_property_of_a_pdf_is_used_if_the_page_shows_it(file, title):
    assert load(file("a.pdf", _pdf([[title, "Body."]], title=title))).metadata["title"] == title
    assert "title" not in load(file("a.pdf", _pdf([["Something else.", "Body."]], title=title))).metadata


@pytest.mark.parametrize(("head", "stated"), [
    ('<meta name="citation_title" content="Shaking"><meta name="citation_author" content="Kanamori, H.">'
     '<meta name="citation_author" content="Hu, H."><meta name="citation_journal_title" content="Science">'
     '<meta name="citation_publication_date" content="1998/2/6"><meta name="citation_volume" content="279">'
     '<meta name="citation_issue" content="5359"><meta name="citation_firstpage" content="2063">'
     '<meta name="citation_lastpage" content="2064"><meta name="citation_doi" content="10.1126/science.279.5359.2063">',
     {"title": "Shaking", "author": "Kanamori, H.; Hu, H.", "container": "Science", "date": "1998-02-06",
      "volume": "279", "issue": "5359", "pages": "2063-2064", "url": "10.1126/science.279.5359.2063",
      "kind": "journal article"}),
    ('<title>通知_苏州市人民政府</title><meta name="ArticleTitle" content="关于加快的通知">'
     '<meta name="PubDate" content="2024-06-03 10:00"><meta name="SiteName" content="苏州市人民政府">'
     '<meta name="author" content="管理员"><link rel="canonical" href="https://www.suzhou.gov.cn/1">',
     {"title": "关于加快的通知", "date": "2024-06-03", "publisher": "苏州市人民政府",
      "url": "https://www.suzhou.gov.cn/1", "kind": "web"}),
    ('<title>Home</title><meta property="og:site_name" content="Economic Daily"><meta name="author" content="Xu Feng">'
     '<meta property="article:published_time" content="2024-06-03T08:00:00Z">'
     '<link rel="canonical" href="javascript:alert(1)">',
     {"title": "Home", "publisher": "Economic Daily", "author": "Xu Feng", "date": "2024-06-03"}),
    ("<title>只有标题</title><meta name=author content='admin'><meta name=date content='soon'>", {"title": "只有标题"}),
])
def test_head_of_a_page_gives_its_metadata(file, head, stated):
    page = f"<html><head><meta charset=utf-8>{head}</head><body><p>苏州产值。 Output grew.</p></body></html>"
    assert load(file("a.html", page)).metadata == {"markup": "markdown"} | stated


@pytest.mark.parametrize("name", ["苏州", "Suzhou"])
def test_equal_neighbouring_cells_of_a_word_table_are_both_read(file, name):
    document = docx.Document()
    for cell, text in zip(document.add_table(1, 3).rows[0].cells, [name, "4.1%", "4.1%"], strict=True):
        cell.text = text
    buffer = io.BytesIO()
    document.save(buffer)
    assert text_of(file("a.docx", buffer.getvalue())) == f"{name} | 4.1% | 4.1%"


def test_equal_neighbouring_cells_of_a_page_are_both_read(file):
    page = "<table><tr><td>苏州</td><td>4.1%</td><td>4.1%</td></tr></table>"
    assert text_of(file("a.html", page)) == "苏州 | 4.1% | 4.1%"


def test_navigation_scripts_and_styles_are_left_out(file):
    page = ("<html><head><title>标题</title><style>p{}</style></head><body><nav>导航</nav><header>Logo</header><h1>标题</h1>"
            "<p>苏州<b>产值</b>增长。</p><script>x()</script><table><tr><th>City</th><td>4.36</td></tr></table>"
            "<footer>页脚</footer>")
    document = load(file("a.html", page))
    assert document.page_content.split("\n\n") == ["# 标题", "苏州产值增长。", "City | 4.36"]
    assert document.metadata["title"] == "标题"


@pytest.mark.parametrize(("meta", "encoding", "text"), [
    ('<meta charset="gbk">', "gbk", "苏州。"),
    ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', "gbk", "苏州。"),
    ('<meta charset="gbk">', "utf-8", "苏州的产值增长了。"),
    ('<meta charset="big5">', "big5", "這個國家的產業發展。"),
    ('<meta charset="iso-8859-1">', "latin-1", "Café Zürich."),
])
def test_charset_of_a_page_is_used_unless_it_is_wrong(file, meta, encoding, text):
    page = f"<html><head>{meta}</head><body><p>{text}</p></body></html>"
    assert text_of(file("a.html", page.encode(encoding))) == text


@pytest.mark.parametrize("page", [
    "<div>kept text</div><p>x</p>", "<div>kept text <p>inner</p></div>",
    "<ul><li>kept text<ul><li>inner</li></ul></li></ul>",
    "<blockquote>kept text<p>x</p></blockquote>",
    "<table><tr><td>kept text</td><td><p>x</p></td></tr></table>",
    "<section><p>kept text</p></section>", "<div>kept text</div>", "<b>" * 5000 + "kept text",
])
def test_no_text_of_a_page_is_lost(file, page):
    assert "kept text" in text_of(file("a.html", f"<html><body>{page}</body></html>"))


@pytest.mark.parametrize(("page", "joined"), [
    ("<p>4.36 trillion<br>in 2022</p>", "trillionin"),
    ("<p>产值4.36<br>2022年</p>", "4.362022"),
])
def test_line_break_keeps_words_apart(file, page, joined):
    assert joined not in text_of(file("a.html", page))


@pytest.mark.parametrize(("page", "paragraphs"), [
    ("<p>苏州。<br> <br>昆山。</p>", ["苏州。", "昆山。"]),
    ("<div>One <b>and</b> <p>two</p> three</div>", ["One and", "two", "three"]),
    ("<pre># make\n\nall</pre>", ["```\n# make\nall\n```"]), ("<a><h2>背景 <i>一</i></h2></a>", ["## 背景 一"]),
])
def test_blocks_of_a_page_become_paragraphs(file, page, paragraphs):
    assert text_of(file("a.html", page)).split("\n\n") == paragraphs


@pytest.mark.parametrize("page", [
    '<p style="display:none">secret</p><p>shown</p>',
    "<p hidden>secret</p><p>shown</p>",
    "<!-- secret --><p>shown</p>",
])
def test_invisible_text_is_left_out(file, page):
    assert "secret" not in text_of(file("a.html", page))
