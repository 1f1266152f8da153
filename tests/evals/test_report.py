"""Reports show each failure with its evidence, escape all untrusted text, and load nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from evals import plots, report
from evals.cases import Case, Fact
from evals.scores import CaseScores, Score
from evals.scoring import GradedAnswer, score_answer
from evals.statistics import percentile
from evals.summary import summarise_scores
from rag.schema import Answer, Citation, Passage, Timings, Turn

PAYLOADS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>',
    "</style><style>@import url(//evil.example)",
    '<a href="javascript:alert(1)">甲</a>', "{{ 7 * 7 }}{% raw %}", "' style='background:url(//evil.example)")
VOID_TAGS = {"meta", "input", "br", "link", "img"}  # have no end tag

ZH = Case(
    "gdp-zh", "zh", "numeric", "苏州2022年工业总产值是多少？", (), "2022年苏州规上工业总产值4.36万亿元。",
    (Fact("4.36万亿元"), Fact(wordings=("规上", "规模以上"))), (Fact("5万亿元"),),
    (("work#1.2",), ("work#9.9", "other#1.1")), "answer", "dev")
EN = Case(
    "lake-en", "en", "fact", "How large is Lake Tai?", (Turn("What is Lake Tai?", "A lake near Suzhou."),),
    "It covers 2,338 square kilometres.", (Fact("2338"),), (), (), "answer", "dev")
GOLD = Passage(
    1, "p1", "s", "工业", "产值", 3, 0, 20, "规模以上工业总产值4.36万亿元。增长4.8%。", 0.91, "zh", "work", 1, (1, 3))
ASIDE = Passage(2, "p2", "s", "Lakes", "Size", 0, 0, 20, "Lake Tai is shallow. It has islands.", 0.42, "en")


def grade(case: Case, text: str, *passages: Passage, quote: str = "", **fields: object) -> GradedAnswer:
    citations = tuple(
        Citation(p.number, text, p.id, p.source_id, p.title, p.section, p.page, quote, "verified quote")
        for p in passages if quote and quote in p.text)
    answer = Answer(
        case.question, case.language, "grounded", text, citations, passages, "extractive", Timings(5, 9, 20))
    answer = replace(answer, **fields)  # type: ignore[arg-type]
    return GradedAnswer(case, answer, score_answer(case, answer))


def with_scores(graded: GradedAnswer, **values: float) -> GradedAnswer:
    """The same answer with other scores for the named metrics, `_` for a space."""
    scores = {name.replace("_", " "): Score(value, f"because of {value}") for name, value in values.items()}
    return replace(graded, case_scores=replace(graded.case_scores, scores=graded.case_scores.scores | scores))


WRONG_ZH = grade(ZH, "规模以上工业总产值为5万亿元[1]。", GOLD, ASIDE, quote="规模以上工业总产值4.36万亿元。")
WRONG_EN = grade(EN, "Lake Tai is shallow [2].", GOLD, ASIDE, quote="Lake Tai is shallow.")
RIGHT_ZH = grade(
    replace(ZH, id="right-zh", question="产值多大？"), "规上工业总产值4.36万亿元[1]。", GOLD, quote="增长4.8%。")


def html(*graded: GradedAnswer, **about: str) -> str:
    return report.render_html(about, summarise_scores([answer.case_scores for answer in graded]), graded)


def markdown(*graded: GradedAnswer, **about: str) -> str:
    return report.render_markdown(about, summarise_scores([answer.case_scores for answer in graded]), graded)


class Page(HTMLParser):
    """The tags of a page with their attributes, the text outside of styles, and the tags left open."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def hostile(payload: str) -> GradedAnswer:
    """An answer with a payload in every field that a document, a question, a dataset or a model can fill."""
    passage = replace(GOLD, text=f"4.36万亿元。{payload}", title=payload, section=payload)
    case = replace(
        ZH, id=payload, type=f"z {payload}", question=payload, history=(Turn(payload, payload),), reference=payload,
        must=(Fact(wordings=(payload + "!",)),), must_not=(Fact(wordings=(payload,)),), gold=((payload,),))
    answer = grade(case, payload, passage, quote="4.36万亿元。", model=payload)
    scores = {"correct": Score(0.0, payload), payload: Score(0.5, payload)}
    return replace(answer, case_scores=CaseScores(payload, "zh", case.type, (payload,), scores))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_stays_text(payload: str) -> None:
    page, harmless = (Page(html(hostile(text), WRONG_EN, model=text)) for text in (payload, "甲"))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in harmless.tags]
    assert [set(attributes) for _, attributes in page.tags] == [set(attributes) for _, attributes in harmless.tags]
    assert page.text.count(payload) >= 10
    assert not page.open


def test_the_page_runs_and_loads_nothing() -> None:
    source = html(hostile(PAYLOADS[0]), WRONG_EN, RIGHT_ZH, set="suzhou")
    page = Page(source)
    attributes = [(name, value or "") for _, tag_attributes in page.tags for name, value in tag_attributes.items()]
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in attributes
    active_tags = {"script", "img", "link", "iframe", "object", "embed", "base", "form", "use", "image"}
    assert not {tag for tag, _ in page.tags} & active_tags
    active_attributes = ("src", "srcset", "action", "style", "xlink:href")
    assert not [name for name, _ in attributes if name.startswith("on") or name in active_attributes]
    assert all(value.startswith("#") for name, value in attributes if name == "href")
    assert not re.search(r"url\(|@import|https?:", source.partition("</style>")[0])
    assert "<script" not in source.lower()


def test_links_within_the_page_have_a_target() -> None:
    page = Page(html(WRONG_ZH, WRONG_EN, RIGHT_ZH))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {f"#{id}" for id in ids} >= {attributes["href"] for tag, attributes in page.tags if tag == "a"}


def test_a_failure_shows_the_expected_answer_beside_the_actual_one() -> None:
    page = html(WRONG_ZH, RIGHT_ZH)
    case = page[page.index('<details class="case"') : page.index('<h2 id="passed"')]
    expected, answered = case.index('class="side expected"'), case.index('class="side answered"')
    reference = case.index("2022年苏州规上工业总产值4.36万亿元。")
    assert expected < reference < answered < case.index("规模以上工业总产值为5万亿元[1]。")
    fact = r'<li class="(yes|no)"><span class="sign"[^>]*>.</span><span[^>]*>(.*?)</span>'
    assert re.findall(fact, case[expected:answered]) == [
        ("no", "4.36万亿元"), ("yes", "规上 / 规模以上"), ("no", "5万亿元"),
        ("yes", "work#1.2"), ("no", "work#9.9 or other#1.1")]
    assert "missing: 4.36万亿元; asserts: 5万亿元" in case
    assert case.count('<details class="case"') == 1


def test_gold_and_cited_passages_are_marked_and_open() -> None:
    gold, aside = re.findall(r'<details class="passage.*?</details>', html(WRONG_ZH), re.S)
    assert gold.startswith('<details class="passage gold" open>')
    assert 'class="tag gold"' in gold
    assert 'class="tag cited"' in gold
    assert "p. 3 · score 0.910" in gold
    assert '<mark class="verified">规模以上工业总产值4.36万亿元。</mark>增长4.8%。' in gold
    assert aside.startswith('<details class="passage">')
    assert "tag" not in aside


def test_a_question_in_english_keeps_its_language_and_its_history() -> None:
    page = html(WRONG_EN)
    assert '<span class="question" lang="en">How large is Lake Tai?</span>' in page
    marked = '<mark class="verified">Lake Tai is shallow.</mark> It has islands.'
    assert f'<div class="text" lang="en">{marked}</div>' in page
    assert '<div class="text" lang="zh">规模以上工业总产值' in page
    assert "<b>What is Lake Tai?</b>\nA lake near Suzhou." in page


def test_a_quote_is_found_despite_different_white_space() -> None:
    passage = replace(ASIDE, text="It has\n  many\u3000islands <b>.")
    islands = grade(EN, "Islands [2].", passage)
    citation = Citation(2, "", "p2", "s", "", "", 0, "has many islands", "not found")
    page = html(replace(islands, answer=replace(islands.answer, citations=(citation,))))
    assert 'It <mark class="not">has\n  many\u3000islands</mark> &lt;b&gt;.' in page


def test_a_failed_answer_is_listed_with_its_error() -> None:
    failed = grade(EN, "The model did not answer in time.", status="failed")
    assert "the answer failed; errors: The model did not answer in time." in html(failed)
    assert "No passage was retrieved." in html(failed)


def test_a_correct_answer_with_a_nonzero_hard_zero_metric_is_shown_too() -> None:
    nonzero = with_scores(RIGHT_ZH, dangling_citations=0.5)
    for text in (html(nonzero), markdown(nonzero)):
        assert "right, but not zero where zero is required" in text
        assert "dangling citations: because of 0.5" in text
    assert "right, but" not in html(RIGHT_ZH)


def test_a_metric_that_does_not_apply_is_a_dash_and_not_zero() -> None:
    row = next(line for line in markdown(WRONG_ZH).splitlines() if line.startswith("| correct "))
    assert row == "| correct | 0.0 % (0.0–0.0), n 1 | – |"
    refusal = re.search(r'<tr><th scope="row">refusal .*?</tr>', html(WRONG_ZH), re.S)
    assert refusal
    assert refusal[0].count('<span class="absent"') == 2
    assert "<svg" not in refusal[0]


def test_metrics_keep_their_order_and_those_of_a_benchmark_follow() -> None:
    text = markdown(with_scores(WRONG_EN, own=0.25))
    names = re.findall(r"^\| ([^|]+) \|", text.partition("## Types")[0], re.M)
    assert names[:4] == ["metric", "---", "correct", "right in all"]
    assert names[-1] == "own"
    assert "| wrong figures (lower is better) |" in text
    assert "| dangling citations (must be 0) |" in text


@pytest.mark.parametrize(("text", "shown"), [
    ("a|b", "a&#124;b"), ("`甲`", "\\`甲\\`"), ("<b>", "&lt;b&gt;"),
    ("[甲](http://x)", "\\[甲\\](http\\://x)"), ("![x](y)", "!\\[x\\](y)"),
    ("# 甲", "\\# 甲"), ("一\n\n# 二", "一 \\# 二"), ("- 甲", "\\- 甲"),
    ("1. Lake", "1\\. Lake"), ("\\|", "\\\\&#124;"),
    ("**a** _b_", "\\*\\*a\\*\\* \\_b\\_"),
    ("增长4.1%，-3", "增长4.1%，-3"), ("www.example.org", "www\\.example.org")])
def test_markdown_displays_a_text_literally(text: str, shown: str) -> None:
    case = replace(EN, question=text, type=text)
    lines = markdown(grade(case, text), model=text).splitlines()
    assert f"- model: {shown}" in lines
    assert f"- **lake-en** (en): {shown}" in lines
    assert f"  - answer (grounded): {shown}" in lines
    assert f"| {shown} | – | 0.0 % (0.0–0.0), n 1 | – | 0.0 % (0.0–0.0), n 1 |" in lines


def test_markdown_lists_latency_and_failures_briefly() -> None:
    text = markdown(WRONG_ZH, RIGHT_ZH, grade(EN, "x" * 500))
    assert "| zh | 20 ms | 20 ms | 2 |" in text
    failure = "- **lake-en** (en): How large is Lake Tai?\n  - fault: missing: 2338\n"
    assert f"## Failures (2)\n\n### fact (1)\n\n{failure}" in text
    assert f"{'x' * 200}…\n" in text
    assert "right-zh" not in text


def test_the_same_run_gives_the_same_bytes() -> None:
    answers = (WRONG_ZH, WRONG_EN, RIGHT_ZH)
    assert html(*answers, set="suzhou") == html(*answers, set="suzhou")
    assert markdown(*answers, set="suzhou") == markdown(*answers, set="suzhou")


def test_a_run_without_answers_has_a_report() -> None:
    assert "None." in html()
    assert "## Failures (0)" in markdown()


def test_percentiles_are_measured_values() -> None:
    assert percentile([40, 10, 30, 20], 50) == 20
    assert percentile([40, 10, 30, 20], 95) == 40
    assert percentile([7], 50) == 7


@pytest.mark.parametrize("values", [[0.2], [5, 5, 5], [12, 30, 31, 400_000], list(range(1, 900))])
def test_a_histogram_counts_every_answer_within_its_frame(values: list[float]) -> None:
    svg = plots.latency_histogram(values, plots.histogram_limit(values), "zh")
    bars = re.findall(r'x="([\d.]+)%" y="\d+" width="([\d.]+)%" height="\d+"><title>[\d,]+ ms and more: (\d+)', svg)
    assert sum(int(n) for *_, n in bars) == len(values)
    assert all(float(x) + float(width) <= 100 for x, width, _ in bars)
    assert all(float(at) <= 100 for at in re.findall(r'x1="([\d.]+)%"', svg))
