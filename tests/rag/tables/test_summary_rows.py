"""Rows that sum up others, with a name or without one, and when a question asks for them."""

import pytest

from rag.questions.analysis import analyse_question
from rag.questions.asked_computation import asked_computation
from rag.tables.label_matching import NamedQuestion
from rag.tables.views import keep_named_summaries

COSTS = "Cost ($) | 2018 | 2019\nRent | 20 | 30\nWages | 50 | 60\nOther | — | 5\n | 70 | 95"
BALANCE = "Item | 2018 | 2019\nCash | 20 | 30\nStock | 50 | 60\nTotal current assets | 70 | 90\nLand | 10 | 10"
BALANCE_ZH = "项目 | 2018 | 2019\n现金 | 20 | 30\n存货 | 50 | 60\n流动资产合计 | 70 | 90\n土地 | 10 | 10"
SHOPS = "Shop | Sales\nEast | 20\nWest | 50\nTotal sales | 70"


def names(table):
    return [table.row_name(row) for row in table.records]


@pytest.mark.parametrize(("text", "left"), [
    (COSTS, ["Rent", "Wages", "Other"]), ("支出 | 一月\n房租 | 20\n工资 | 50\n | 70\n税 | 3", ["房租", "工资", "税"])])
def test_a_row_without_a_name_that_adds_up_those_above_it_is_no_record(read_table, text, left):
    assert names(read_table(text)) == left


def test_a_row_without_a_name_that_adds_up_nothing_is_a_record(read_table):
    assert len(read_table("Client | Amount\nMoss | 20\nHolt | 50\n | 35\nFinn | 10").records) == 4


def kept(table, question, language="en"):
    named = NamedQuestion(analyse_question(question, language), lambda word, is_name: 1.0)
    return keep_named_summaries(table, named, asked_computation(question)).kept


@pytest.mark.parametrize(("text", "question", "language", "name"), [
    (BALANCE, "What was the change in total current assets from 2018 to 2019?", "en", "Total current assets"),
    (BALANCE_ZH, "2019年流动资产合计比2018年增加了多少？", "zh", "流动资产合计")])
def test_a_total_that_the_question_names_is_a_record(read_table, text, question, language, name):
    table = read_table(text)
    assert name not in names(table)
    assert kept(table, question, language) == {name}


@pytest.mark.parametrize(("text", "question"), [
    (SHOPS, "What are the total sales?"), (BALANCE, "What was the change in cash from 2018 to 2019?"),
    (BALANCE, "Which item has the largest total current assets?")])
def test_a_total_of_a_column_or_among_what_is_compared_is_no_record(read_table, text, question):
    assert not kept(read_table(text), question)
