"""Negated filters: values that a question denies, and columns of yes and no."""

import re

from rag.tables.named_heads import NamedHead
from rag.tables.negated_filters import match_yes_no, negate
from rag.tables.record_filters import Filter

ORDERS = "Order | Status | Gift\nA1 | Delivered | yes\nA2 | Open | no\nA3 | Delivered | no"
CONTACTS = "客户 | 城市 | 邮箱\n华兴 | 苏州 | a@b.cn\n大通 | 无锡 | \n永安 | 南京 | c@d.cn"


def places(text, *words):
    return tuple(match.span() for word in words for match in re.finditer(word, text))


def head_of(table, index, text, word):
    return NamedHead(table.columns[index], 1.0, places(text, word), is_exact=True)


def test_a_denied_value_is_negated_and_takes_the_place_of_its_negation(read_table):
    text = "how many orders are not delivered?"
    table = read_table(ORDERS)
    [filter_] = negate([Filter(table.columns[1], ("Delivered",), places(text, "delivered"))], places(text, "not"), text)
    assert filter_.is_negated
    assert filter_.records(table) == [1]
    assert set(places(text, "not")) <= set(filter_.spans)


def test_a_negation_behind_a_comma_denies_nothing(read_table):
    text = "not today, which orders are delivered?"
    plain = Filter(read_table(ORDERS).columns[1], ("Delivered",), places(text, "delivered"))
    assert negate([plain], places(text, "not"), text) == [plain]


def test_a_column_of_yes_and_no_passes_by_its_head(read_table):
    table = read_table(ORDERS)
    text = "which orders are a gift?"
    [filter_] = match_yes_no([head_of(table, 2, text, "gift")], [], (), text)
    assert filter_.records(table) == [0]
    text = "which orders are not a gift?"
    [filter_] = match_yes_no([head_of(table, 2, text, "gift")], [], places(text, "not"), text)
    assert filter_.records(table) == [1, 2]


def test_a_missing_value_is_a_blank_cell(read_table):
    table = read_table(CONTACTS)
    text = "哪些客户没有留邮箱？"
    [filter_] = match_yes_no([head_of(table, 2, text, "邮箱")], [], places(text, "没有"), text)
    assert filter_.records(table) == [1]
    assert list(match_yes_no([head_of(table, 2, text, "邮箱")], [], (), text)) == []
