"""Markers of any form are rewritten as [n] or removed, in finished and in growing drafts, and belong to a sentence."""

import random
import re
from itertools import pairwise

import pytest

from rag.citations.claims import Claim, split_claims
from rag.citations.markers import marker_numbers, remove_markers, resolve_markers, stable_length

EIGHT = range(1, 9)


@pytest.mark.parametrize(("marker", "written"), [
    ("[1]", "[1]"), ("[1][2]", "[1][2]"), ("[1,2]", "[1][2]"), ("[1, 2]", "[1][2]"), ("[1，2]", "[1][2]"),
    ("[1、2]", "[1][2]"), ("[1;2]", "[1][2]"), ("[1-3]", "[1][2][3]"), ("[1–3]", "[1][2][3]"),
    ("[1~3]", "[1][2][3]"), ("[1～3]", "[1][2][3]"), ("[3-1]", "[1][2][3]"), ("[1, 4-6]", "[1][4][5][6]"),
    ("[7-12]", "[7][8]"), ("【1】", "[1]"), ("［1］", "[1]"), ("［１，２］", "[1][2]"), ("〔1〕", "[1]"),
    ("[ID:1]", "[1]"), ("[ID: 1]", "[1]"), ("[ID:1, ID:2]", "[1][2]"), ("[^1]", "[1]"), ("[^1^]", "[1]"),
    ("[#1]", "[1]"), ("[来源1]", "[1]"), ("[资料1]", "[1]"), ("[资料 1]", "[1]"), ("[資料：1]", "[1]"),
    ("[来源1、来源3]", "[1][3]"), ("[source 1]", "[1]"), ("[passage 1]", "[1]"), ("[Passage 1, 2]", "[1][2]"),
    ("[Passages 1, 2]", "[1][2]"), ("[Passage 1, Passage 2]", "[1][2]"), ("【1†source】", "[1]"), ("¹", "[1]"),
    ("¹²", "[1][2]"), ("[007]", "[7]"), ("[1][1]", "[1]"), ("[1][2][1]", "[1][2]"), ("[1], [1]", "[1]"),
    ("[1] [2]", "[1] [2]"), ("[1](http://evil.example/x_(y)?q=秘密)", "[1]"), ("[1](javascript:alert)", "[1]"),
    ("[2](#note)", "[2]"), ("[1](见附录)", "[1](见附录)"), ("[0]", ""), ("[99]", ""), ("[1][99]", "[1]"),
    ("[99, 2]", "[2]"), ("[1], [99]", "[1]"), ("[1-999999999]", ""), ("[99](https://evil.example)", ""), ("⁹", ""),
])
@pytest.mark.parametrize("sentence", [
    "产值增长4.1%{}。随后又下降。", "产值增长4.1%。{}\n随后又下降。", "Output grew{}. Then it fell."])
def test_each_form_of_a_marker_is_rewritten(sentence: str, marker: str, written: str) -> None:
    blank_before = " " if sentence.isascii() and marker[0] not in "¹⁹" else ""
    blank_after = " " if sentence.isascii() and written else ""
    assert resolve_markers(sentence.format(blank_before + marker), EIGHT) == sentence.format(blank_after + written)


@pytest.mark.parametrize("text", [
    "见[2023]年报", "the report [2019-2023] says", "取值在[0, 1]之间", "a value in [0,1] holds",
    "面积5 km²，另有10⁸人和3平方公里²", "it is R² = 0.9", "用 `a[1]` 取值", "use `x = [9]` here", "``a`[9]``",
    "```python\nrows[9] = [1]\n```", "~~~\na[9]\n~~~", "- ```\n  a[9]\n  ```", "```\na[9]", "a[9] = 3",
    "total[1] += 2", "grid[9][9] == 0", "x[i][9] = 1", "rows[9].name", "[文字](http://example.org)",
    "[text](http://example.org/a)", "[note] [x] [ ] [见上文]", "[1", "1]", "[]", "【】", "[,]", "[1,]", "[-1]",
    "[a1]", "[1a]",
])
def test_text_that_is_not_a_marker_is_unchanged(text: str) -> None:
    assert resolve_markers(text, EIGHT) == text
    assert marker_numbers(text) == []


@pytest.mark.parametrize(("text", "numbers"), [
    ("GDP[1]增长", [1]), ("growth[1]. Next", [1]), ("growth[1]; then", [1]), ("the R`n tick [1]", [1]),
    ("一个 ` 号[1]。", [1]), ("`a[2]` 见[1]", [1])])
def test_marker_right_after_a_word_is_a_citation(text: str, numbers: list[int]) -> None:
    assert resolve_markers(text, EIGHT) == text
    assert marker_numbers(text) == numbers


@pytest.mark.parametrize(("text", "written"), [
    ("It grew [99] and fell.", "It grew and fell."), ("It grew [99], then fell.", "It grew, then fell."),
    ("产值 [99]，随后", "产值，随后"), ("[99] It grew.", "It grew."), ("- [99] 增长", "- 增长"),
    ("growth[99]rate", "growth rate"), ("**grew [99]**", "**grew**"), ("It grew [99] [1].", "It grew [1]."),
    ("It grew [99], [1].", "It grew [1]."), ("(see [99])", "(see)"), ("GDP【1】rose", "GDP [1]rose"),
])
def test_blanks_around_a_removed_marker_are_cleaned_up(text: str, written: str) -> None:
    assert resolve_markers(text, EIGHT) == written


def test_removing_a_marker_creates_no_new_one() -> None:
    assert resolve_markers("[9[99]9]", EIGHT) == "[9…9]"
    assert marker_numbers(resolve_markers("[[99]42]【[77]7】a[99]`[9]`", EIGHT)) == []


@pytest.mark.parametrize(("text", "written"), [
    ("产值增长(1)。", "产值增长[1]。"), ("产值增长（1）。", "产值增长[1]。"), ("产值增长。（1）", "产值增长。[1]"),
    ("It grew (1, 2).", "It grew [1][2]."), ("It grew. (1) It fell. (2)", "It grew. [1] It fell. [2]"),
    ("增长(1)。下降[99]。", "增长[1]。下降。"), ("- 增长（2）", "- 增长[2]"),
    ("增长(1)。下降[2]。", "增长(1)。下降[2]。"), ("(1) 第一\n(2) 第二。", "(1) 第一\n(2) 第二。"),
    ("包括：(1) 增长。(2) 下降。", "包括：(1) 增长。(2) 下降。"),
    ("First (1) and second (2).", "First (1) and second (2)."), ("增长(99)。", "增长(99)。"),
    ("于年底完成(2023)。", "于年底完成(2023)。"), ("用 `f(1)`。", "用 `f(1)`。"),
])
def test_numbers_in_round_brackets_are_markers_if_the_draft_has_no_others(text: str, written: str) -> None:
    assert resolve_markers(text, EIGHT) == written
    assert resolve_markers(text, EIGHT, finished=False) == text.replace("[99]", "")


@pytest.mark.parametrize(("text", "words"), [
    ("甲[1]。乙 [2][3]。", "甲。乙。"), ("It grew [1]. Then [2] it fell.", "It grew. Then it fell.")])
def test_markers_are_removed_with_the_blanks_before_them(text: str, words: str) -> None:
    assert remove_markers(text) == words


# --- claims


def claims_of(text: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(claim.text, claim.citation_numbers) for claim in split_claims(text)]


def test_markers_on_either_side_of_the_full_stop_belong_to_the_sentence() -> None:
    assert claims_of("增长[1]。下降。[2][3]持平。") == [("增长。", (1,)), ("下降。", (2, 3)), ("持平。", ())]
    assert claims_of("It grew [1]. It fell. [2] It held.") == [("It grew.", (1,)), ("It fell.", (2,)), ("It held.", ())]


def test_markers_on_a_line_of_their_own_belong_to_the_sentence_before() -> None:
    assert claims_of("产值增长。\n[1][2]\n\nIt fell.\n[3]") == [("产值增长。", (1, 2)), ("It fell.", (3,))]


def test_markers_at_the_end_of_a_bullet_belong_to_its_last_sentence() -> None:
    assert claims_of("- 增长。下降 [1][2]\n1. It grew. It fell [3]") == [
        ("增长。", ()), ("下降", (1, 2)), ("It grew.", ()), ("It fell", (3,))]


@pytest.mark.parametrize("text", [
    "# 产业基础[1]", "## Growth", "**产业基础**", "据资料：", "The passages say:", "此外，", "In summary,", "---",
    "```\n产值增长。\n```", "| 年份 | 产值 |\n|---|:-:|", "", "。", "[1]"])
def test_text_without_a_claim(text: str) -> None:
    assert claims_of(text) == []


def test_claim_is_free_of_markdown() -> None:
    text = "> 1. **产值**_增长_ 5 * 3 的 snake_case [1]。\n| 2023 | 3.8 [2] |"
    assert list(split_claims(text)) == [
        Claim("产值增长 5 * 3 的 snake_case。", 5, text.index("\n"), (1,)),
        Claim("2023 3.8", text.index("|"), len(text), (2,))]


def test_code_in_a_sentence_cites_nothing() -> None:
    assert claims_of("用 `a[1]` 取值[2]。") == [("用 `a[1]` 取值。", (2,))]


# --- growing drafts


@pytest.mark.parametrize(("draft", "shown"), [
    ("增长[", "增长"), ("增长[1", "增长"), ("增长[1,", "增长"), ("增长[ID", "增长"), ("增长【1", "增长"),
    ("增长[^", "增长"), ("增长[来", "增长"), ("It grew [Pass", "It grew"), ("It grew [1-", "It grew"),
    ("It grew ", "It grew"), ("growth¹", "growth"), ("GDP[1]", "GDP"), ("增长[1]，", "增长[1]"),
    ("增长[1](ht", "增长[1]"), ("It [not", "It [not"), ("[注意", "[注意"), ("`a[1", "`a[1"), ("```\na[", "```\na["),
    ("增长[1]", "增长[1]"), ("增长(1", "增长(1"),
])
def test_unfinished_markers_are_not_shown(draft: str, shown: str) -> None:
    assert draft[: stable_length(draft)] == shown


@pytest.mark.parametrize("sign", [
    "[", "[1-", "[1,", "[来源", " ", "¹", "[1](", "[1]", "a[1]", "`", "```\n", "（1", "[1](http://", "[99]", "*",
    "|", "\n> "])
def test_long_runs_of_signs_are_read_in_bounded_steps(sign: str) -> None:
    draft = sign * (100_000 // len(sign))
    assert len(draft) - stable_length(draft) < 40
    text = resolve_markers(draft, EIGHT)
    assert set(marker_numbers(text)) <= set(EIGHT)
    assert len(list(split_claims(text))) <= len(text)


# --- properties over generated drafts

SENTENCES = [
    "产值增长4.1%", "It grew to 3.8 trillion yuan", "该市有6家灯塔工厂", "the GDP", "as Q3 ends", "面积为5 km²",
    "见附录", "growth"]
FORMS = [
    "[1]", " [2]", "[3][4]", "[1, 2]", "[1，9]", "[2-4]", "【5】", "［６］", "〔1〕", "[ID:7]", "[^8]", "[来源1]",
    " [Passage 1, 2]", "¹", "¹²", "[99]", " [99]", "[0]", "[1-999999999]", "[1](http://evil.example/a)",
    "[99](https://evil.example)", "【1†source】", "[1], [2]", " [1] [9]", "[12, 3]", "(1)", "（2）"]
JUNK = [
    "[", "]", "[1", "[x]", "[]", "【", "[9[", "9]", "[2023]", "[0,1]", "`", "``", "(", "）", "[来",
    "[text](http://example.org)", "[1](", "a[9] = 3\n", "*", "|"]
CODE = ["`a[1]`", " `x = [9]` ", "\n```\nrows[9] = 1\n```\n", "\n~~~py\n[99]\n~~~\n", "``a`[7]``"]
ENDS = ["。", ". ", "！", "\n", "\n- ", "\n\n", "，", ", ", "：", " ", "；"]

TRAPS = [
    "~~~[~~~[9]", "【 †` a", "[1](http://a` b[9]", "¹²¹²[1]", "```x[9]```[9]", "GDP[1]  = 3",
    "增长[99] \n[99] 下降", "[1]，[1]，[2]"]


def drafts(count: int, seed: int, longest: int = 24) -> list[str]:
    rng = random.Random(seed)
    kinds, weights = (SENTENCES, FORMS, JUNK, CODE, ENDS), (6, 6, 1, 1, 6)
    texts = []
    for _ in range(count):
        length = rng.randint(1, longest)
        texts.append("".join(rng.choice(rng.choices(kinds, weights)[0]) for _ in range(length)))
    return texts


DRAFTS = drafts(2_500, seed=5)


def letters(text: str) -> str:
    return "".join(sign for sign in text if sign.isalpha())


def test_every_marker_has_a_known_number_and_resolving_twice_is_resolving_once() -> None:
    for draft in DRAFTS:
        for numbers in (EIGHT, (2,), ()):
            text = resolve_markers(draft, numbers)
            assert set(marker_numbers(text)) <= set(numbers), draft
            assert resolve_markers(text, numbers) == text, draft
            assert marker_numbers(remove_markers(text)) == [], draft


def test_only_markers_are_removed() -> None:
    labels = re.compile(r"\[(ID:|来源|Passage )(?=\d)|†source(?=】)|(?<=\d\])\((http|https)://evil.example(/a)?\)")
    for draft in DRAFTS:
        if "`" not in draft and "[1](" not in draft.replace("[1](http://evil", ""):
            assert letters(resolve_markers(draft, EIGHT)) == letters(labels.sub("[", draft)), draft


def test_offsets_of_claims_are_correct() -> None:
    for draft in DRAFTS:
        text = resolve_markers(draft, EIGHT)
        claims = list(split_claims(text))
        for claim in claims:
            part = text[claim.start : claim.end]
            assert letters(claim.text) == letters(part), draft
            assert set(claim.citation_numbers) <= set(marker_numbers(text)), draft
        assert all(a.end <= b.start for a, b in pairwise(claims)), draft


def test_frames_only_grow_and_remove_no_marker() -> None:
    for draft in [*drafts(2_000, seed=6, longest=7), *TRAPS]:
        shown, cited = "", []
        for end in range(1, len(draft) + 1):
            part = draft[:end]
            assert end - stable_length(part) < 40
            frame = resolve_markers(part[: stable_length(part)], EIGHT, finished=False)
            assert frame.startswith(shown), (part, shown, frame)
            assert marker_numbers(frame)[: len(cited)] == cited, part
            assert set(marker_numbers(frame)) <= set(EIGHT), part
            shown, cited = frame, marker_numbers(frame)
        assert resolve_markers(draft, EIGHT, finished=False).startswith(shown), draft
