"""Other forms of labels: without what all end with, and without brackets."""

import pytest

from rag.tables.label_forms import common_ending, unbracketed_labels, without_brackets


@pytest.mark.parametrize(("label", "plain"), [
    ("Other foreign borrowings(1)", "Other foreign borrowings"), ("Disposals (Note (c))", "Disposals"),
    ("其他应收款（附注5）", "其他应收款"), ("(Loss)/profit before tax", "(Loss)/profit before tax"), ("(1)", "(1)")])
def test_a_label_has_no_notes_at_its_end(label, plain):
    assert without_brackets(label) == plain


@pytest.mark.parametrize("labels", [("高一（1）", "高一（2）"), ("Sales (shop)", "Sales (online)"), ("Sales", "Sales (net)")])
def test_brackets_that_tell_labels_apart_stay(labels):
    assert unbracketed_labels(labels) == {}


def test_labels_of_shops_and_branches_end_alike():
    assert (common_ending(["东门店", "西门店"]), common_ending(["Mill Lane branch", "Park Road branch"])) == ("店", " branch")
