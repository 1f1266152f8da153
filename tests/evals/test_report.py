"""Reports show a failure beside its evidence; what a document, a question or a model says stays text, and nothing is loaded."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from evals import plots, report
from evals.cases import Case, Fact
from evals.scores import CaseScores, Score
from evals.scoring import GradedAnswer, score_answer
from evals.summary import summarise_scores
from rag.schema import Answer, Citation, Passage, Timings, Turn

PAYLOADS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "</style><style>@import url(//evil.example)",
    '<a href="javascript:alert(1)">甲</a>', "{{ 7 * 7 }}{% raw %}", "' style='background:url(//evil.example)")
HEADLESS = {"meta", "input", "br", "link", "img"}

ZH = Case(
    "gdp-zh", "zh", "numeric", "苏州2022年工业总产值是多少？", (), "2022年苏州规上工业总产值4.36万亿元。",
    (Fact("4.36万亿元"), Fact(wordings=("规上", "规模以上"))), (Fact("5万亿元"),), (("work#1.2",), ("work#9.9", "other#1.1")),
    "answer", "dev")
EN = Case(
    "lake-en", "en", "fact", "How large is Lake Tai?", (Turn("What is Lake Tai?", "A lake near Suzhou."),),
    "It covers 2,338 square kilometres.", (Fact("2338"),), (), (), "answer", "dev")
GOLD = Passage(1, "p1", "s", "工业", "产值", 3, 0, 20, "规模以上工业总产值4.36万亿元。增长4.8%。", 0.91, "zh", "work", 1, (1, 3))
ASIDE = Passage(2, "p2", "s", "Lakes", "Size", 0, 0, 20, "Lake Tai is shallow. It has islands.", 0.42, "en")


def graded(case: Case, text: str, *passages: Passage, quote: str = "", **more: object) -> GradedAnswer:
    cited = tuple(
        Citation(p.number, text, p.id, p.source_id, p.title, p.section, p.page, quote, "verified quote")
        for p in passages if quote and quote in p.text)
    answer = Answer(case.question, case.language, "grounded", text, cited, passages, "extractive", Timings(5, 9, 20))
    answer = replace(answer, **more)  # type: ignore[arg-type]
    return GradedAnswer(case, answer, score_answer(case, answer))


def scoring(one: GradedAnswer, **values: float) -> GradedAnswer:
    """The same answer with other scores for the metrics named, `_` for a space."""
    told = {name.replace("_", " "): Score(value, f"because of {value}") for name, value in values.items()}
    return replace(one, case_scores=replace(one.case_scores, scores=one.case_scores.scores | told))


WRONG_ZH = graded(ZH, "规模以上工业总产值为5万亿元[1]。", GOLD, ASIDE, quote="规模以上工业总产值4.36万亿元。")
WRONG_EN = graded(EN, "Lake Tai is shallow [2].", GOLD, ASIDE, quote="Lake Tai is shallow.")
RIGHT_ZH = graded(replace(ZH, id="right-zh", question="产值多大？"), "规上工业总产值4.36万亿元[1]。", GOLD, quote="增长4.8%。")


def html(*some: GradedAnswer, **about: str) -> str:
    return report.render_html(about, summarise_scores([g.case_scores for g in some]), some)


def markdown(*some: GradedAnswer, **about: str) -> str:
    return report.render_markdown(about, summarise_scores([g.case_scores for g in some]), some)


class Page(HTMLParser):
    """The tags of a page with their attributes, the text outside of styles, and whether all that opens closes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in HEADLESS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def hostile(payload: str) -> GradedAnswer:
    """An answer with a payload everywhere that a document, a question, a dataset or a model can put one."""
    passage = replace(GOLD, text=f"4.36万亿元。{payload}", title=payload, section=payload)
    case = replace(
        ZH, id=payload, type=f"z {payload}", question=payload, history=(Turn(payload, payload),), reference=payload,
        must=(Fact(wordings=(payload + "!",)),), must_not=(Fact(wordings=(payload,)),), gold=((payload,),))
    one = graded(case, payload, passage, quote="4.36万亿元。", model=payload)
    scores = {"correct": Score(0.0, payload), payload: Score(0.5, payload)}
    return replace(one, case_scores=CaseScores(payload, "zh", case.type, (payload,), scores))


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
    attributes = [(name, value or "") for _, found in page.tags for name, value in found.items()]
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in attributes
    assert not {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe", "object", "embed", "base", "form", "use", "image"}
    assert not [name for name, _ in attributes if name.startswith("on") or name in ("src", "srcset", "action", "style", "xlink:href")]
    assert all(value.startswith("#") for name, value in attributes if name == "href")
    assert not re.search(r"url\(|@import|https?:", source.partition("</style>")[0])
    assert "<script" not in source.lower()


def test_links_within_the_page_arrive() -> None:
    page = Page(html(WRONG_ZH, WRONG_EN, RIGHT_ZH))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {f"#{id}" for id in ids} >= {attributes["href"] for tag, attributes in page.tags if tag == "a"}


def test_a_failure_shows_what_was_expected_beside_what_was_answered() -> None:
    page = html(WRONG_ZH, RIGHT_ZH)
    case = page[page.index('<details class="case"') : page.index('<h2 id="passed"')]
    expected, answered = case.index('class="side expected"'), case.index('class="side answered"')
    assert expected < case.index("2022年苏州规上工业总产值4.36万亿元。") < answered < case.index("规模以上工业总产值为5万亿元[1]。")
    facts = re.findall(r'<li class="(yes|no)"><span class="sign"[^>]*>.</span><span[^>]*>(.*?)</span>', case[expected:answered])
    assert facts == [
        ("no", "4.36万亿元"), ("yes", "规上 / 规模以上"), ("no", "5万亿元"), ("yes", "work#1.2"), ("no", "work#9.9 or other#1.1")]
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
    assert '<div class="text" lang="en"><mark class="verified">Lake Tai is shallow.</mark> It has islands.</div>' in page
    assert '<div class="text" lang="zh">规模以上工业总产值' in page
    assert "<b>What is Lake Tai?</b>\nA lake near Suzhou." in page


def test_a_quote_is_found_whatever_its_white_space() -> None:
    broken = replace(ASIDE, text="It has\n  many\u3000islands <b>.")
    one = graded(EN, "Islands [2].", broken)
    cited = Citation(2, "", "p2", "s", "", "", 0, "has many islands", "not found")
    page = html(replace(one, answer=replace(one.answer, citations=(cited,))))
    assert 'It <mark class="not">has\n  many\u3000islands</mark> &lt;b&gt;.' in page


def test_an_answer_that_failed_is_among_the_failures_with_its_error() -> None:
    one = graded(EN, "The model did not answer in time.", status="failed")
    assert "the answer failed; errors: The model did not answer in time." in html(one)
    assert "No passage was retrieved." in html(one)


def test_a_right_answer_that_breaks_a_hard_zero_is_shown_too() -> None:
    broken = scoring(RIGHT_ZH, dangling_citations=0.5)
    for text in (html(broken), markdown(broken)):
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


def test_metrics_stand_in_their_order_and_then_those_of_a_benchmark() -> None:
    one = scoring(WRONG_EN, own=0.25)
    names = re.findall(r"^\| ([^|]+) \|", markdown(one).partition("## Types")[0], re.M)
    assert names[:4] == ["metric", "---", "correct", "fact recall"]
    assert names[-1] == "own"
    assert "| wrong figures (lower is better) |" in markdown(one)
    assert "| dangling citations (must be 0) |" in markdown(one)


@pytest.mark.parametrize(("text", "shown"), [
    ("a|b", "a&#124;b"), ("`甲`", "\\`甲\\`"), ("<b>", "&lt;b&gt;"), ("[甲](http://x)", "\\[甲\\](http\\://x)"), ("![x](y)", "!\\[x\\](y)"),
    ("# 甲", "\\# 甲"), ("一\n\n# 二", "一 \\# 二"), ("- 甲", "\\- 甲"), ("1. Lake", "1\\. Lake"), ("\\|", "\\\\&#124;"),
    ("**a** _b_", "\\*\\*a\\*\\* \\_b\\_"),
    ("增长4.1%，-3", "增长4.1%，-3"), ("www.example.org", "www\\.example.org")])
def test_markdown_shows_a_text_letter_for_letter(text: str, shown: str) -> None:
    case = replace(EN, question=text, type=text)
    lines = markdown(graded(case, text), model=text).splitlines()
    assert f"- model: {shown}" in lines
    assert f"- **lake-en** (en): {shown}" in lines
    assert f"  - answer (grounded): {shown}" in lines
    assert f"| {shown} | – | 0.0 % (0.0–0.0), n 1 | – | 0.0 % (0.0–0.0), n 1 |" in lines


def test_markdown_tells_latency_and_failures_in_short() -> None:
    text = markdown(WRONG_ZH, RIGHT_ZH, graded(EN, "x" * 500))
    assert "| zh | 20 ms | 20 ms | 2 |" in text
    assert "## Failures (2)\n\n### fact (1)\n\n- **lake-en** (en): How large is Lake Tai?\n  - fault: missing: 2338\n" in text
    assert f"{'x' * 200}…\n" in text
    assert "right-zh" not in text


def test_the_same_run_gives_the_same_bytes() -> None:
    some = (WRONG_ZH, WRONG_EN, RIGHT_ZH)
    assert html(*some, set="suzhou") == html(*some, set="suzhou")
    assert markdown(*some, set="suzhou") == markdown(*some, set="suzhou")


def test_a_run_without_answers_has_a_report() -> None:
    assert "None." in html()
    assert "## Failures (0)" in markdown()


def test_percentiles_are_values_that_came() -> None:
    assert plots.percentile([40, 10, 30, 20], 50) == 20
    assert plots.percentile([40, 10, 30, 20], 95) == 40
    assert plots.percentile([7], 50) == 7


@pytest.mark.parametrize("values", [[0.2], [5, 5, 5], [12, 30, 31, 400_000], list(range(1, 900))])
def test_a_histogram_counts_every_answer_within_its_frame(values: list[float]) -> None:
    svg = plots.latency_histogram(values, plots.histogram_limit(values), "zh")
    bars = re.findall(r'x="([\d.]+)%" y="\d+" width="([\d.]+)%" height="\d+"><title>[\d,]+ ms and more: (\d+)', svg)
    assert sum(int(n) for *_, n in bars) == len(values)
    assert all(float(x) + float(width) <= 100 for x, width, _ in bars)
    assert all(float(at) <= 100 for at in re.findall(r'x1="([\d.]+)%"', svg))
