"""Papers for the writers' tests: one with every kind of block in each language, and one of hostile text."""

from rag.schema import Language
from ui.documents.paper import Contents, Footnote, Heading, Paper, PaperTable, Paragraph, SideBySide, TextRun

TITLES: dict[Language, str] = {"zh": "先进制造业集群简报", "en": "Briefing on advanced manufacturing"}
PARTS: dict[Language, tuple[str, str, str]] = {
    "zh": ("一、产业集群", "四大集群2022年产值多少？", "参考文献"),
    "en": ("Industrial clusters", "What was the output of the four clusters in 2022?", "References")}
NOTES: dict[Language, tuple[str, str]] = {
    "zh": ("《现代化水平》第3页：产值为3.8万亿元。", "《年度报告》第12页。"),
    "en": ("Raising the level, p. 3: an output of 3.8 trillion yuan.", "Annual report, p. 12.")}
CHINESE = "2022年四大集群产值为3.8万亿元，“新三样”出口增长…占比提升。"
ENGLISH = "In 2022 the four clusters had an output of 3.8 trillion yuan."

HOSTILE = (
    '<script>alert(1)</script><img src="https://evil.example/a.png" onerror="alert(1)">',
    "![x](https://evil.example/a.png) [click](javascript:alert(1)) **bold** `code` $x$ ~~no~~ a|b",
    "# heading", "- item", "12. item", "> quote", "===", "---", "```sh", "[^1]: a note", "&lt;b&gt; &amp; &copy;",
    '#import "@preview/x:0.1.0" #read("/etc/passwd") *bold* _it_ $ x $ @ref <label> \\ //',
    "=HYPERLINK(\"https://evil.example\")", "{{ paper }} {% raw %}", "www.evil.example a@b.example",
    "<w:t>x</w:t> ]]> &#0; \\n %s", "汉字<b>粗</b>*强调*_下划线_",
)
FORBIDDEN_CHARACTERS = "产\x00值\x0b3.8\ud800万\ufffe亿\u202e元\x1b"  # 产值3.8万亿元


def paper(language: Language) -> Paper:
    """A Paper with contents, headings, notes (the second is cited first), all kinds of paragraphs, a table, columns."""
    part, question, references = PARTS[language]
    first, second = NOTES[language]
    text = {"zh": CHINESE, "en": ENGLISH}[language]
    return Paper(
        TITLES[language], language,
        lead=(Paragraph((TextRun("2026-07-31"),), "lead", language),),
        blocks=(
            Contents({"zh": "目录", "en": "Contents"}[language]),
            Heading(1, part, language), Heading(2, question, language),
            Paragraph(
                (TextRun(text, "strong", (7,)), TextRun("4.1", "doubtful"), TextRun("…", "faint"),
                 TextRun(text, "emphasis", (3, 7))), "body", language),
            Paragraph((TextRun(text),), "aside", language),
            Paragraph((TextRun(CHINESE),), "quote", "zh"), Paragraph((TextRun(ENGLISH),), "quote", "en"),
            Paragraph((TextRun("苏州\n无锡"),), "item", language), Paragraph((TextRun("常州"),), "item", language),
            PaperTable(
                ("数值 value", "年份 year"),
                (((TextRun("12", "", (7,)),), (TextRun("2022"),)), ((TextRun("16"),), (TextRun("2023"),))),
                "灯塔工厂 lighthouses", language),
            SideBySide(
                (Paragraph((TextRun(CHINESE),), "body", "zh"),), (Paragraph((TextRun(ENGLISH),), "body", "en"),)),
            Heading(1, references, language),
            Paragraph(
                (TextRun("[1] 国家统计局. 统计公报[EB/OL]. https://stats.example/2023/content_1.html."),),
                "reference", language),
        ),
        notes=(
            Footnote(3, second, language), Footnote(7, first, language),
            Footnote(9, "nobody points here", language)),
        date="2026-07-31")


def paper_of_texts(*texts: str, language: Language = "zh") -> Paper:
    """A Paper with each text in every place that takes text."""
    return Paper(
        texts[0], language, (Paragraph((TextRun(texts[0]),), "lead", language),),
        (*(Heading(2, text, language) for text in texts),
         *(Paragraph((TextRun(text, notes=(at,)),), "body", language) for at, text in enumerate(texts)),
         *(Paragraph((TextRun(text, "strong"),), "quote", language) for text in texts),
         *(Paragraph((TextRun(text),), "item", language) for text in texts),
         PaperTable(texts, (tuple((TextRun(text),) for text in texts),), texts[0], language)),
        tuple(Footnote(at, text, language) for at, text in enumerate(texts)))
