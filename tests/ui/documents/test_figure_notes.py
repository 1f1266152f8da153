"""Figure notes: a formula that the answer gives is not repeated on the page, in a terminal or in an export."""

from __future__ import annotations

import pytest

from rag.schema import Answer, CheckedFigure
from tests.ui.documents.test_conversation import conversation_of
from ui.commands import terminal
from ui.documents.conversation import conversation_paper
from ui.documents.figure_notes import explained_figures
from ui.documents.write import render_bytes
from ui.history.exchange import Exchange
from ui.web.answers.verification_html import render_figures
from ui.web.chat.render import reply_markdown

ZH = ("金额合计147,875元[1]。\n\n读取该表全部4行；50,400 + 97,475。[1]", "147,875元", "读取该表全部4行；50,400 + 97,475。")
EN = ("The amount comes to 14,787.5 GBP[1].\n\nComputed from all 4 rows; 5040 + 9747.5. [1]", "14,787.5",
      "Computed from all 4 rows; 5040 + 9747.5.")


def answer_of(text: str, figure: str, how: str) -> Answer:
    start = text.index(figure)
    checked = CheckedFigure(figure, start, start + len(figure), "derived", how=how)
    return Answer("?", "zh" if "金额" in text else "en", "grounded", text, figures=(checked,), model="m")


@pytest.mark.parametrize("case", [ZH, EN])
def test_a_formula_of_the_answer_is_written_once(
    case: tuple[str, str, str], capsys: pytest.CaptureFixture[str],
) -> None:
    answer = answer_of(*case)
    assert render_figures(answer, 1) == ""
    assert "#figure" not in reply_markdown(Exchange(answer), 1)
    exported = render_bytes(conversation_paper(conversation_of(answer), answer.language), ".md").decode()
    assert exported.count("9747.5" if answer.language == "en" else "97,475") == 1
    terminal.print_evidence(answer)
    assert case[1] not in capsys.readouterr().out


@pytest.mark.parametrize(("text", "figure"), [
    ("目标比产值多1.2万亿元[1]。", "1.2万亿元"), ("It is 1.2 trillion more[1].", "1.2 trillion")])
def test_a_formula_that_the_answer_does_not_give_is_explained(text: str, figure: str) -> None:
    answer = answer_of(text, figure, "5 − 3.8")
    assert explained_figures(answer) == answer.figures
    assert "5 − 3.8" in render_figures(answer, 1)


def test_minus_signs_and_spaces_make_no_other_formula() -> None:
    assert explained_figures(answer_of("多1.2万亿元（5万亿元-3.8万亿元）。", "1.2万亿元", "5万亿元 − 3.8万亿元"))[0].state == "found"
