"""The shipped notes: two editions of each work with the same content, in our own words, without telephone numbers."""

import re
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from rag.numbers.figures import Figure, find_figures, informative_figures

ROOT = Path(__file__).resolve().parents[3]
WORKS = sorted(path.stem for path in (ROOT / "seeds" / "zh").glob("*.md"))
EDITIONS = [(language, work) for language in ("zh", "en") for work in WORKS]


def note(language: str, work: str) -> str:
    return (ROOT / "seeds" / language / f"{work}.md").read_text("utf-8")


def body(language: str, work: str) -> str:
    return note(language, work).split("\n---\n", 1)[1]


def sections(language: str, work: str) -> list[list[str]]:
    """The paragraphs of each section."""
    return [
        [p for p in part.strip().split("\n\n")[1:] if p]
        for part in re.split(r"^## ", body(language, work), flags=re.M)[1:]]


def test_every_work_has_both_editions():
    assert len(WORKS) == 5
    assert sorted(path.stem for path in (ROOT / "seeds" / "en").glob("*.md")) == WORKS


@pytest.mark.parametrize(("language", "work"), EDITIONS)
def test_front_matter_links_the_editions(language, work):
    front = yaml.safe_load(note(language, work).split("---\n")[1])
    assert (front["language"], front["edition_of"]) == (language, work)
    assert f"\n# {front['title']}\n" in note(language, work)


@pytest.mark.parametrize("work", WORKS)
def test_editions_have_the_same_sections_and_paragraphs(work):
    assert [len(section) for section in sections("zh", work)] == [len(section) for section in sections("en", work)]


@pytest.mark.parametrize(("language", "work"), EDITIONS)
def test_every_paragraph_is_in_a_section(language, work):
    before_first = re.split(r"^## ", body(language, work), flags=re.M)[0]
    assert len(before_first.strip().split("\n")) == 1


_SCALES = {"trillion": 10**12, "billion": 10**9, "million": 10**6, "thousand": 10**3}


def _comparable_key(figure: Figure, text: str) -> tuple[str, Fraction] | None:
    """The kind and value by which figures are compared; None for a month without a year (3月, March).

    Counts lose their unit, months without a day have only the year; 90年代 and the 1990s are the decade 90.
    """
    if text[figure.end : figure.end + 1] in ("代", "s"):
        return ("decade", figure.value % 100)
    if figure.unit == "月":
        return None
    if figure.kind == "date" and figure.value % 100 == 0:
        return ("year", Fraction(figure.value // 10_000))
    if figure.unit in ("yuan", "usd"):
        return (figure.unit, figure.value)
    return (figure.kind, figure.value)


def _comparable_keys(found: list[Figure], text: str) -> set[tuple[str, Fraction]]:
    return {key for figure in found if (key := _comparable_key(figure, text))}


def _without_chinese_terms(english: str) -> str:
    """English without the Chinese terms in brackets, whose figures are the Chinese edition's."""
    return re.sub(r"\([^()]*[一-鿿][^()]*\)", "", english)


def _bare_scales(english: str) -> set[tuple[str, Fraction]]:
    """`the trillion-yuan level` is 万亿元级, `the trillion level` 万亿级: a scale without a number is one of it."""
    bare = re.findall(r"(?<![\d.])(?<!\d[ -])\b(trillion|billion|million|thousand)\b(-yuan)?", english)
    return {(unit, Fraction(_SCALES[scale])) for scale, _ in bare for unit in ("yuan", "amount")}


def _paired_paragraphs(work: str) -> list[tuple[str, str]]:
    paired = zip(sections("zh", work), sections("en", work), strict=True)
    return [(zh, _without_chinese_terms(en)) for section in paired for zh, en in zip(*section, strict=True)]


@pytest.mark.parametrize("work", WORKS)
def test_figures_of_the_editions_are_equal_paragraph_by_paragraph(work):
    """Each digit, fraction and number in words from eleven up in one edition occurs in some form in the other."""
    differing = []
    for zh, en in _paired_paragraphs(work):
        in_zh, in_en = _comparable_keys(find_figures(zh), zh), _comparable_keys(find_figures(en), en) | _bare_scales(en)
        zh_figures, en_figures = list(informative_figures(zh)), list(informative_figures(en))
        missing = _comparable_keys(zh_figures, zh) - in_en, _comparable_keys(en_figures, en) - in_zh
        if any(missing):
            differing.append((zh[:30], *missing))
    assert not differing


_WORDS = "three four five six seven eight nine ten".split()
_ORDINALS = "third fourth fifth sixth seventh eighth ninth tenth".split()


@pytest.mark.parametrize("work", WORKS)
def test_small_counts_in_words_are_equal_paragraph_by_paragraph(work):
    """三大, 四个, 五项 are in English a number in words, an ordinal or a digit."""
    differing = []
    for zh, en in _paired_paragraphs(work):
        words = set(re.findall(r"[a-z]+", en.lower()))
        for numeral in re.findall(r"(?<![一二三四五六七八九十第月])([三四五六七八九])(?=[个大项条链化类])", zh):
            value = "三四五六七八九".index(numeral)
            if not {_WORDS[value], _ORDINALS[value]} & words and not re.search(rf"(?<!\d){value + 3}(?!\d)", en):
                differing.append((numeral, zh[:30]))
    assert not differing


@pytest.mark.parametrize(("language", "work"), EDITIONS)
def test_no_telephone_number_is_shipped(language, work):
    assert not re.search(r"1[3-9]\d{9}|(?<!\d)\d{7,8}(?!\d)|0\d{2,3}[- ]\d{3,4}[- ]?\d{4}", note(language, work))


@pytest.mark.parametrize(("language", "work"), EDITIONS)
def test_no_url_is_shipped(language, work):
    assert not re.search(r"https?://|www\.", note(language, work))


SOURCES = ROOT.parent / "shared" / "seeds"
ORIGINALS = {
    "seven-shifts": "000_e0f36786f363b00c", "innovators-win": "001_67493ae3ddcdcf26",
    "taihu-rim": "002_3966f36fa4795b80",
    "new-quality-productive-forces": "003_0163e170e4c6363c", "manufacturing-competitiveness": "004_0e9245cded2b0f09",
}
# each run was judged by hand: none is a sentence of the publication; the comment says what it is
ALLOWED = {
    "seven-shifts": (
        "由单一创新要素集聚转向建立跨区域创新生态系统",  # the name of the sixth shift
        "苏州工业园区苏州高新区吴江经开区相城经开区",  # four names
    ),
    "innovators-win": (
        "让创新链出精彩产业链向未来融合创新下好先手棋",  # a slogan at a paragraph's end, then the coined heading of the next section
        "苏州培育发展集成电路产业创新集群行动计划",  # the title of a plan
    ),
    "taihu-rim": (
        "落地一项产业创新成果引进一个创新团队兴办一个新兴企业引领一个未来产业",  # Kunshan's four-part formula, quoted as such
    ),
    "new-quality-productive-forces": (
        "关于苏州以新型工业化引擎加快形成新质生产力的思考",  # the title of the article
        "纳米新材料生物医药及高端医疗器械高端纺织",  # the names of three state-recognised clusters
        "生物医药及大健康纳米技术应用及新材料人工智能及数字产业新能源及绿色产业",  # the names of four clusters
        "加工制造向研发制造转型传统制造向数字制造转型传统园区向特色园区转型",  # Kunshan's three transformations, quoted
        "产业质量效益企业发展能级科技创新能力数实融合水平绿色发展成效",  # the names of the five improvements
        "链主头雁领飞专精特新强雁高飞中小微群雁齐飞",  # the coined terms of the wild-goose effect
        "研发设计认证认可检验检测知识产权法律服务现代物流等",  # names of six services
        "苏州实验室姑苏实验室长三角先进材料研究院等",  # names of three institutions
        # the names of ten policies
        "助企服务网络一件事一次办免申即享免证苏州数据得地综合金融服务企业人才瓶颈执法检查改革护航企业出海结构性减税降费",
        "苏州市实施八大工程全面提升科技创新能力的若干政策",  # the title of a policy
    ),
    "manufacturing-competitiveness": (
        # the mechanism of eight ones
        "一位牵头市领导一个牵头单位一项行动计划一份重点企业名录一个重点项目清单一个行业协会每月一次专题调研",
    ),
}
_LONGEST_SHARED = 20


def _han(text: str) -> str:
    return "".join(re.findall(r"[一-鿿]", text))


def shared_runs(ours: str, theirs: str) -> list[str]:
    """The maximal runs of at least 20 Han characters that occur in both texts."""
    runs, at = [], 0
    while at + _LONGEST_SHARED <= len(ours):
        end = at + _LONGEST_SHARED
        if ours[at:end] not in theirs:
            at += 1
            continue
        while end < len(ours) and ours[at : end + 1] in theirs:
            end += 1
        runs.append(ours[at:end])
        at = end - _LONGEST_SHARED + 1
    return runs


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the five source documents are not at ../shared/seeds")
@pytest.mark.parametrize("work", WORKS)
def test_no_sentence_of_the_publication_is_copied(work):
    theirs = _han((SOURCES / f"{ORIGINALS[work]}.txt").read_text("utf-8"))
    runs = shared_runs(_han(body("zh", work)), theirs)
    assert [run for run in runs if not any(run in allowed for allowed in ALLOWED[work])] == []


@pytest.mark.parametrize("work", WORKS)
def test_every_allowed_run_occurs_in_the_note(work):
    ours = _han(body("zh", work))
    assert [allowed for allowed in ALLOWED[work] if allowed not in ours] == []
