"""Which of two named things is the part of a share, and which the whole."""

import pytest

from rag.tables.share_parts import are_added, find_whole


def places(text, word):
    return [(text.index(word), text.index(word) + len(word))]


@pytest.mark.parametrize(("text", "first", "second", "whole"), [
    ("the percentage of wages out of the total costs", "wages", "costs", 1),
    ("what percentage of costs were wages", "costs", "wages", 0),
    ("wages as a share of total costs", "wages", "costs", 1),
    ("工资占总成本的比例", "工资", "总成本", 1), ("wages and costs", "wages", "costs", None)])
def test_the_whole_is_what_the_part_is_taken_of(text, first, second, whole):
    assert find_whole(text, places(text, first), places(text, second)) == whole


@pytest.mark.parametrize(("text", "first", "second", "is_one"), [
    ("taiwan and japan as a share of revenue", "taiwan", "japan", True), ("台湾和日本占多少", "台湾", "日本", True),
    ("the share of taiwan out of japan", "taiwan", "japan", False), ("台湾占日本的多少", "台湾", "日本", False)])
def test_things_joined_by_and_are_one_part(text, first, second, is_one):
    assert are_added(text, [*places(text, first), *places(text, second)]) == is_one
