"""The Word writer: real styles, contents, footnotes and page numbers; a house template is preserved."""

import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from rag.schema import Language
from tests.ui.documents.papers import CHINESE, HOSTILE, NOTES, PARTS, TITLES, paper, paper_of_texts
from tests.ui.documents.test_pdf_document import pages
from ui.documents.paper import Paper, PaperTable, Paragraph, TextRun
from ui.documents.word import BadTemplate
from ui.documents.write import render_bytes

LANGUAGES: tuple[Language, ...] = ("zh", "en")


def open_document(content: bytes) -> Document:
    return docx.Document(BytesIO(content))


def part_text(content: bytes, name: str) -> str:
    with ZipFile(BytesIO(content)) as package:
        return package.read(name).decode()


@pytest.fixture
def house_template(tmp_path: Path) -> Path:
    """A house template: a header, its own fonts and margins, a Chinese name for one heading, and some text."""
    document = docx.Document()
    document.styles["Normal"].font.name, document.styles["Normal"].font.size = "Georgia", Pt(13)
    document.styles["Heading 2"].element.find(qn("w:name")).set(qn("w:val"), "标题 2")
    document.sections[0].left_margin = Mm(50)
    document.sections[0].header.paragraphs[0].text = "某某研究院"
    document.add_paragraph("内部资料", style="Subtitle")
    path = tmp_path / "house.docx"
    document.save(str(path))
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_paragraphs_have_the_style_names_of_word(language: Language) -> None:
    paragraphs = open_document(render_bytes(paper(language), ".docx")).paragraphs
    styled = {paragraph.text: paragraph.style.name for paragraph in paragraphs}
    part_, question, _ = PARTS[language]
    assert styled[TITLES[language]] == "Title"
    assert (styled[part_], styled[question]) == ("Heading 1", "Heading 2")
    assert styled[CHINESE] == "Quote"
    assert styled["常州"] == "List Bullet"
    assert styled["灯塔工厂 lighthouses"] == "Caption"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_paragraph_style_names_a_chinese_font(language: Language) -> None:
    styles = open_document(render_bytes(paper(language), ".docx")).styles.element
    for style in styles.findall(qn("w:style")):
        if style.get(qn("w:type")) == "paragraph":
            assert style.find(qn("w:rPr")).find(qn("w:rFonts")).get(qn("w:eastAsia")) in ("宋体", "仿宋", "黑体", "楷体")


def test_chinese_text_is_tagged_so_that_its_quotation_marks_are_wide() -> None:
    content = part_text(render_bytes(paper("en"), ".docx"), "word/document.xml")
    assert '<w:rFonts w:hint="eastAsia"/><w:lang w:eastAsia="zh-CN"/></w:rPr><w:t xml:space="preserve">2022年' in content
    assert '<w:lang w:val="en-US"/></w:rPr><w:t xml:space="preserve">In 2022' in content


def test_chinese_text_is_indented_by_two_characters_and_english_is_not() -> None:
    for language, indent in (("zh", "200"), ("en", "0")):
        style = open_document(render_bytes(paper(language), ".docx")).styles["Body Text"]
        assert style.element.find(qn("w:pPr")).find(qn("w:ind")).get(qn("w:firstLineChars")) == indent


@pytest.mark.parametrize("language", LANGUAGES)
def test_notes_are_footnotes_and_a_second_reference_is_a_cross_reference(language: Language) -> None:
    content = render_bytes(paper(language), ".docx")
    document, notes = open_document(content).element, part_text(content, "word/footnotes.xml")
    assert [mark.get(qn("w:id")) for mark in document.iter(qn("w:footnoteReference"))] == ["1", "2"]
    assert [notes.count(note) for note in NOTES[language]] == [1, 1]
    codes = [code.text for code in document.iter(qn("w:instrText"))]
    assert [code for code in codes if "NOTEREF" in code] == [" NOTEREF _RefNote1 \\f \\h "] * 2
    marks = {mark.get(qn("w:name")) for mark in document.iter(qn("w:bookmarkStart"))}
    assert "_RefNote1" in marks
    assert '<w:footnote w:type="separator" w:id="-1">' in notes
    assert "nobody" not in notes


@pytest.mark.parametrize("language", LANGUAGES)
def test_contents_are_a_field_with_entries(language: Language) -> None:
    document = open_document(render_bytes(paper(language), ".docx")).element
    links = [link for link in document.iter(qn("w:hyperlink"))]
    assert ["".join(text.text for text in link.iter(qn("w:t"))) for link in links] == list(PARTS[language])
    marks = {mark.get(qn("w:name")) for mark in document.iter(qn("w:bookmarkStart"))}
    assert {link.get(qn("w:anchor")) for link in links} <= marks
    ends = [mark.get(qn("w:fldCharType")) for mark in document.iter(qn("w:fldChar"))]
    assert ends.count("begin") == ends.count("separate") == ends.count("end")
    assert not list(document.iter(qn("w:dirty")))


def test_a_table_repeats_its_header_and_keeps_rows_whole_unless_they_fill_a_page() -> None:
    table = PaperTable(
        ("原文", "年份"),
        (((TextRun("短"),), (TextRun("2022"),)), ((TextRun("长" * 3000),), (TextRun("2023"),))))
    rows = open_document(render_bytes(Paper("表", "zh", blocks=(table,)), ".docx")).tables[0].rows
    assert [[mark.tag for mark in row._tr.iter(qn("w:tblHeader"), qn("w:cantSplit"))] for row in rows] == [
        [qn("w:cantSplit"), qn("w:tblHeader")], [qn("w:cantSplit")], []]


def test_the_same_paper_is_the_same_bytes_dated_by_its_date() -> None:
    content = render_bytes(paper("zh"), ".docx")
    assert content == render_bytes(paper("zh"), ".docx")
    properties = open_document(content).core_properties
    assert properties.title == TITLES["zh"]
    assert properties.created.isoformat()[:10] == "2026-07-31"
    assert properties.author == ""


def test_hostile_text_stays_text() -> None:
    document = open_document(render_bytes(paper_of_texts(*HOSTILE), ".docx"))
    assert [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Quote"] == list(HOSTILE)
    assert [code.text for code in document.element.iter(qn("w:instrText"))] == []


def test_a_house_template_is_preserved(house_template: Path) -> None:
    document = open_document(render_bytes(paper("zh"), ".docx", house_template))
    assert document.sections[0].header.paragraphs[0].text == "某某研究院"
    assert round(document.sections[0].left_margin.mm) == 50
    assert document.styles["Normal"].font.name == "Georgia"
    assert [paragraph.text for paragraph in document.paragraphs[:2]] == ["内部资料", TITLES["zh"]]
    styled = {paragraph.text: paragraph.style for paragraph in document.paragraphs}
    assert styled[PARTS["zh"][0]].name == "Heading 1"
    assert styled[PARTS["zh"][1]].name == "标题 2"
    template = docx.Document(str(house_template))
    added_styles = {style.name for style in document.styles} - {style.name for style in template.styles}
    assert added_styles == {
        "footnote text", "footnote reference", "toc 1", "toc 2", "toc 3", "Lead", "Aside", "Reference", "Table Heading",
        "Table Text", "Column Text", "Column Quote", "Column Bullet", "Doubtful", "Faint"}
    assert document.tables[0].style.name == "Table Grid"


def test_a_style_that_the_template_lacks_is_added_in_its_font_and_size(house_template: Path) -> None:
    notes = open_document(render_bytes(paper("zh"), ".docx", house_template)).styles["footnote text"]
    assert notes.font.name is None
    assert notes.font.size == Pt(7.5)  # 9 of 16 points in our styles; the text of the house has 13


def test_footnotes_of_a_template_are_preserved_before_ours(tmp_path: Path) -> None:
    first = tmp_path / "first.docx"
    first.write_bytes(render_bytes(paper("en"), ".docx"))
    content = render_bytes(paper("zh"), ".docx", first)
    ids = [mark.get(qn("w:id")) for mark in open_document(content).element.iter(qn("w:footnoteReference"))]
    assert ids == ["1", "2", "3", "4"]
    notes = part_text(content, "word/footnotes.xml")
    assert all(note in notes for note in (*NOTES["en"], *NOTES["zh"]))


def test_a_dotx_template_works_like_a_docx_template(house_template: Path, tmp_path: Path) -> None:
    template = tmp_path / "house.dotx"
    with ZipFile(house_template) as old, ZipFile(template, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"wordprocessingml.document.main", b"wordprocessingml.template.main"))
    assert render_bytes(paper("zh"), ".docx", template) == render_bytes(paper("zh"), ".docx", house_template)


@pytest.mark.parametrize("content", [b"not a zip", b"", None, "zip"])
def test_a_file_that_is_not_a_template_is_refused_in_one_sentence(content: bytes | str | None, tmp_path: Path) -> None:
    path = tmp_path / "house.docx"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        with ZipFile(path, "w") as package:
            package.writestr("a.txt", "no document")
    with pytest.raises(BadTemplate, match=r"house\.docx: the template .*; give a \.docx or \.dotx that Word has saved"):
        render_bytes(paper("zh"), ".docx", path)


@pytest.fixture(scope="module")
def printed_pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The pages that LibreOffice makes of three files in one run."""
    office = shutil.which("soffice")
    if not office:
        pytest.skip("soffice (LibreOffice) is not on this machine")
    folder = tmp_path_factory.mktemp("office")
    long = Paper("长文", "zh", blocks=tuple(Paragraph((TextRun(f"第{at}段。" + CHINESE * 3),)) for at in range(30)))
    for name, one in (("zh", paper("zh")), ("en", paper("en")), ("long", long), ("hostile", paper_of_texts(*HOSTILE))):
        (folder / f"{name}.docx").write_bytes(render_bytes(one, ".docx"))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder),
         *map(str, folder.glob("*.docx"))], check=True, capture_output=True, timeout=180)
    return {path.stem: pages(path.read_bytes()) for path in folder.glob("*.pdf")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_libreoffice_prints_title_headings_notes_and_page_numbers(
    language: Language, printed_pages: dict[str, list[str]]) -> None:
    first, *_ = text = printed_pages[language]
    below = ["".join(note.split()) for note in NOTES[language]]
    assert "".join(TITLES[language].split()) in first
    assert all("".join(name.split()) in "".join(text) for name in PARTS[language])
    assert first.index("".join(PARTS[language][1].split())) < first.index("1" + below[0]) < first.index("2" + below[1])
    assert f"1/{len(text)}" in first


def test_libreoffice_counts_the_pages_and_repeats_the_title_on_all_but_the_first(
    printed_pages: dict[str, list[str]],
) -> None:
    text = printed_pages["long"]
    assert len(text) > 2
    assert all(f"—{at}/{len(text)}—" in page for at, page in enumerate(text, 1))
    assert [page.count("长文") for page in text] == [1] * len(text)


def test_libreoffice_prints_hostile_text_as_text(printed_pages: dict[str, list[str]]) -> None:
    text = "".join(printed_pages["hostile"])
    for hostile in HOSTILE:
        assert "".join(hostile.split()) in text
