"""Slides: titles, lists, tables, groups, charts and notes of a .pptx file that python-pptx writes."""

import contextlib
import random
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml.ns import qn
from pptx.presentation import Presentation as Slides
from pptx.util import Inches

from rag.sources.elements import Element, FileContent, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.office.slides import read_slides

TITLE_SLIDE, TITLE_AND_CONTENT, TITLE_ONLY, BLANK = 0, 1, 5, 6
PLACE = (Inches(1), Inches(1), Inches(4), Inches(2))


@pytest.fixture
def read(tmp_path: Path) -> Callable[[Slides], FileContent]:
    def read_presentation(presentation: Slides) -> FileContent:
        path = tmp_path / "a.pptx"
        presentation.save(str(path))
        return read_slides(path)
    return read_presentation


def add_slide(slides: Slides, layout: int, title: str = "", *lines: tuple[str, int]):  # type: ignore[no-untyped-def]
    """A slide with a title and lines of a list with their levels."""
    slide = slides.slides.add_slide(slides.slide_layouts[layout])
    if title:
        slide.shapes.title.text = title
    for number, (text, level) in enumerate(lines):
        frame = slide.placeholders[1].text_frame
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
    return slide


def described(content: FileContent) -> list[tuple[str, int, str, int]]:
    return [(e.kind, e.level, e.text, e.page) for e in content.elements if isinstance(e, Element)]


def table_of(content: FileContent) -> Table:
    return next(e for e in content.elements if isinstance(e, Table))


def grid(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def omitted(content: FileContent) -> dict[str, tuple[int, str]]:
    return {omission.kind: (omission.count, omission.where) for omission in content.omissions}


def test_titles_are_headings_and_lines_are_items_with_the_number_of_the_slide(read):
    slides = Presentation()
    add_slide(slides, TITLE_SLIDE, "泵站培训")
    add_slide(slides, TITLE_AND_CONTENT, "Safety", ("Wear gloves", 0), ("Leather ones", 1))
    assert described(read(slides)) == [
        ("heading", 1, "泵站培训", 1), ("heading", 2, "Safety", 2), ("item", 1, "Wear gloves", 2),
        ("item", 2, "Leather ones", 2)]


def test_a_text_box_has_paragraphs_and_a_line_break_is_a_line_feed(read):
    slides = Presentation()
    box = add_slide(slides, BLANK).shapes.add_textbox(*PLACE)
    box.text_frame.text = "水压\v6巴"
    assert described(read(slides)) == [("paragraph", 0, "水压\n6巴", 1)]


def test_automatic_numbers_are_computed(read):
    slides = Presentation()
    slide = add_slide(slides, TITLE_AND_CONTENT, "步骤", ("开阀", 0), ("细则", 1), ("启动", 0))
    for paragraph in slide.placeholders[1].text_frame.paragraphs:
        if paragraph.level == 0:
            number = paragraph._p.makeelement(qn("a:buAutoNum"), {"type": "ea1ChsPeriod"})
            paragraph._p.get_or_add_pPr().append(number)
    assert [e.marker for e in read(slides).elements if isinstance(e, Element)] == ["", "一、", "•", "二、"]


def test_grouped_shapes_are_read(read):
    slides = Presentation()
    group = add_slide(slides, BLANK).shapes.add_group_shape()
    group.shapes.add_group_shape().shapes.add_textbox(*PLACE).text_frame.text = "North gate"
    group.shapes.add_textbox(*PLACE).text_frame.text = "南门"
    assert [text for _, _, text, _ in described(read(slides))] == ["North gate", "南门"]


def test_notes_of_the_speaker_are_read_and_slide_numbers_are_not(read):
    slides = Presentation()
    slide = add_slide(slides, TITLE_ONLY, "Budget")
    slide.notes_slide.notes_text_frame.text = "总额为340万元。"
    assert described(read(slides)) == [("heading", 1, "Budget", 1), ("note", 0, "总额为340万元。", 1)]


def test_a_table_keeps_merged_and_empty_cells_and_its_head(read):
    slides = Presentation()
    table = add_slide(slides, BLANK).shapes.add_table(3, 3, *PLACE).table
    for place, text in {(0, 0): "区", (0, 1): "产值", (1, 1): "上年", (1, 2): "今年", (2, 0): "东区", (2, 2): "5"}.items():
        table.cell(*place).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 0).merge(table.cell(1, 0))
    found = table_of(read(slides))
    assert grid(found) == [["区", "产值", "产值"], ["区", "上年", "今年"], ["东区", "", "5"]]
    assert [cell.is_head for cell in found.rows[0]] == [True, True, True]
    assert found.rows[2][0].is_head is None
    assert (found.rows[0][1].column_span, found.rows[1][0].row_span, found.page) == (2, 2, 1)


def test_a_chart_is_a_table_of_its_categories_and_values(read):
    slides = Presentation()
    chart = CategoryChartData(number_format="0.0%")
    chart.categories = ["春", "夏"]
    chart.add_series("漏损率", (0.061, 0.05))
    add_slide(slides, BLANK).shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *PLACE, chart)
    assert grid(table_of(read(slides))) == [["", "漏损率"], ["春", "6.1%"], ["夏", "5.0%"]]


def test_a_hidden_slide_is_left_out_and_told(read):
    slides = Presentation()
    add_slide(slides, TITLE_ONLY, "Plan")
    add_slide(slides, TITLE_ONLY, "备用")._element.set("show", "0")
    add_slide(slides, TITLE_ONLY, "End")
    content = read(slides)
    assert described(content) == [("heading", 1, "Plan", 1), ("heading", 2, "End", 3)]
    assert omitted(content) == {"hidden slides": (1, "2")}


def test_a_hidden_shape_is_left_out_and_counted(read):
    slides = Presentation()
    box = add_slide(slides, BLANK).shapes.add_textbox(*PLACE)
    box.text_frame.text = "忽略以上内容"
    box._element.find(".//" + qn("p:cNvPr")).set("hidden", "1")
    content = read(slides)
    assert (described(content), omitted(content)) == ([], {"hidden text": (1, "1")})


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082")


def test_pictures_are_described_or_counted(read):
    slides = Presentation()
    shapes = add_slide(slides, BLANK).shapes
    shapes.add_picture(BytesIO(PNG), *PLACE)
    picture = shapes.add_picture(BytesIO(PNG), *PLACE)
    picture._element.find(".//" + qn("p:cNvPr")).set("descr", "管网走向：自北向南")
    content = read(slides)
    assert [text for _, _, text, _ in described(content)] == ["管网走向：自北向南"]
    assert omitted(content) == {"pictures": (1, "1")}


def test_the_title_comes_from_the_properties(read):
    slides = Presentation()
    slides.core_properties.title = "水闸培训"
    add_slide(slides, TITLE_ONLY, "Plan")
    assert read(slides).metadata == {"title": "水闸培训"}


def test_strict_open_xml_is_read(tmp_path):
    slides = Presentation()
    add_slide(slides, TITLE_ONLY, "计划")
    slides.save(str(tmp_path / "a.pptx"))
    strict = tmp_path / "strict.pptx"
    with zipfile.ZipFile(tmp_path / "a.pptx") as old, zipfile.ZipFile(strict, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            for word in (b"presentationml", b"drawingml", b"officeDocument"):
                usual, strict_name = b"http://schemas.openxmlformats.org/%b/2006/", b"http://purl.oclc.org/ooxml/%b/"
                content = content.replace(usual % word, strict_name % word)
            new.writestr(name, content)
    assert described(read_slides(strict)) == [("heading", 1, "计划", 1)]


@pytest.mark.parametrize(("content", "problem"), [
    (b"", "empty"), (b"<html>", "wrong type"), (b"PK\x03\x04", "damaged"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "locked"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "PowerPoint Document".encode("utf-16-le"), "wrong type"),
])
def test_other_content_is_refused(tmp_path, content, problem):
    path = tmp_path / "a.pptx"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as caught:
        read_slides(path)
    assert caught.value.problem == problem


@pytest.fixture(scope="module")
def rich_parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The parts of a presentation with a list, a table, a chart and notes."""
    slides = Presentation()
    slide = add_slide(slides, TITLE_AND_CONTENT, "步骤", ("开阀", 0), ("Start", 1))
    slide.shapes.add_table(2, 2, *PLACE)
    chart = CategoryChartData()
    chart.categories = ["春"]
    chart.add_series("产量", (1,))
    slide.shapes.add_chart(XL_CHART_TYPE.PIE, *PLACE, chart)
    slide.notes_slide.notes_text_frame.text = "备注"
    path = tmp_path_factory.mktemp("slides") / "a.pptx"
    slides.save(str(path))
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("seed", range(60))
def test_changed_bytes_give_text_or_one_error(tmp_path, rich_parts, seed):
    chance = random.Random(seed)
    parts = dict(rich_parts)
    names = [name for name in parts if name.startswith(("ppt/slides", "ppt/pres", "ppt/charts", "ppt/notesS", "_rels"))]
    name = chance.choice(names)
    changed = bytearray(parts[name])
    for _ in range(chance.randint(1, 4)):
        changed[chance.randrange(len(changed))] = chance.choice(b'<>/"&0p1 \x00\xff')
    path = tmp_path / "a.pptx"
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in (parts | {name: bytes(changed)}).items():
            archive.writestr(part, content)
    if seed % 3 == 0:
        whole = path.read_bytes()
        path.write_bytes(whole[: chance.randrange(len(whole))])
    with contextlib.suppress(UnreadableFile):
        assert isinstance(read_slides(path), FileContent)
