"""A question is taken apart: its telling words, and what it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import rjieba

from rag.numbers.figures import Figure, find_figures, named_years, small_counts
from rag.questions.answer_types import ANSWER_KINDS
from rag.schema import Language
from rag.text.gazetteer import find_places
from rag.text.glossary import translated_words
from rag.text.language import HAN, han_bigrams, han_unigrams, has_han, normalise, search_terms, segment_words, stem


@dataclass(frozen=True)
class QueryTerm:
    """One telling word of a question: as a search term, what it means, and how much of it concerns the answer.

    `share` is 1, but less for words that only say in which document to look (`According to the 2024 paper, …`).
    """

    word: str
    glosses: Mapping[str, float]
    weight_factor: float = 1.0


@dataclass(frozen=True)
class AnalysedQuestion:
    """A question taken apart once, to be held against many sentences."""

    text: str
    language: Language
    terms: tuple[QueryTerm, ...]
    bigrams: frozenset[str]  # pairs of neighbouring Han characters or English stems
    focus_terms: frozenset[str]  # the terms of what is asked for: 产值 in 产值是多少, factories in how many factories
    name_terms: frozenset[str]  # terms that are proper names: a sentence about another city answers nothing
    figures: tuple[Figure, ...]
    years: frozenset[int]
    counts: frozenset[int]  # small numbers, as in 哪四个 or "which four"
    units: frozenset[str]  # in which the answer is wanted: 家 in 有多少家, yuan in 多少亿元
    kinds: frozenset[str]  # of KINDS
    characters: tuple[str, ...] = ()  # single Han characters and English stems
    ordered_bigrams: tuple[str, ...] = ()  # the grams, in order
    places: frozenset[str] = frozenset()  # keys of cities, provinces and countries
    quotations: tuple[str, ...] = ()  # what stands in quotation marks, normalised


def analyse_question(text: str, language: Language) -> AnalysedQuestion:
    """The question's telling words, years, units, and the kind of answer that it asks for."""
    source, matter = _split_source_clause(text)
    told = _SIZE_QUESTION.sub(" ", matter)
    asked = {search_term(word): QueryTerm(search_term(word), meaning.glosses, _NUMBER_FACTOR if word[0].isdigit() else 1.0)
             for word, meaning in translated_words(told)}
    for each in search_terms(told):
        asked.setdefault(each, QueryTerm(each, {}, _NUMBER_FACTOR if each[0].isdigit() else 1.0))
    for word, meaning in translated_words(source):
        asked.setdefault(search_term(word), QueryTerm(search_term(word), meaning.glosses, _SOURCE_FACTOR))
    found = tuple(find_figures(matter))
    return AnalysedQuestion(
        text, language, tuple(asked.values()), bigrams(remove_filler_words(matter)), _focus_terms(matter), _name_terms(matter), found,
        named_years(found), frozenset(small_counts(found)), _asked_units(matter),
        frozenset(kind for kind, pattern in ANSWER_KINDS.items() if pattern.search(matter)),
        tuple(sorted(characters(remove_filler_words(matter)))), tuple(sorted(bigrams(remove_filler_words(matter)))), find_places(matter),
        tuple(normalise("".join(groups)) for groups in _QUOTATION.findall(matter)))


_SIZE_QUESTION = re.compile(r"(?:有|是)?多大|\bhow (?:large|big)\b", re.I)  # asks for a size of whatever kind, and says nothing of the matter
_QUOTATION = re.compile(r"[“\"]([^”\"]{2,40})[”\"]|「([^」]{2,40})」|《([^》]{2,40})》|(?<![A-Za-z])['‘]([^'’]{3,40})['’](?![A-Za-z])")


def characters(text: str) -> frozenset[str]:
    """Single Han characters and the stems of English words, without those of grammar."""
    return frozenset(han_unigrams(text)) | {t for t in search_terms(text) if t.isascii()}


# a year is rare, and so would outweigh what is asked about it; years are also compared as such
_NUMBER_FACTOR = 0.4
# words that name the document count this much when a sentence is judged: they seldom stand in it
_SOURCE_FACTOR = 0.25
_SOURCE_CLAUSE = re.compile(
    r"^(?:according to|in|from|per|based on) [^,?]*?"
    r"\b(?:paper|article|report|document|text|notes?|study|bulletin|investigation|piece)\b[^,?]*,"
    r"|^[^，？]{0,40}?(?:文章|报告|文件|论文|那篇|这篇|一文|稿子|调查|作者)[^，？]{0,12}?"
    r"(?:里|中|上|认为|说|指出|提到|看来)?[，,：:]", re.I)


def _split_source_clause(text: str) -> tuple[str, str]:
    """A leading clause that only names the document, and the rest."""
    clause = _SOURCE_CLAUSE.match(text.strip())
    if clause is None or clause.end() > 0.75 * len(text.strip()):
        return "", text
    return text.strip()[: clause.end()], text.strip()[clause.end() :]


def search_term(word: str) -> str:
    """A word as a search term: English stemmed, Chinese as it is."""
    return stem(word) if word.isascii() else word


def bigrams(text: str) -> frozenset[str]:
    """Pairs of neighbours: Han characters, and stems of English words; what a paraphrase keeps and chance does not."""
    latin = [stem(w) for w in segment_words(text) if not has_han(w)]
    return frozenset(han_bigrams(text)) | {f"{a} {b}" for a, b in pairwise(latin)}


_FILLER_WORDS = re.compile(
    r"请问|多少|哪些|哪个|哪几个|哪里|什么|怎么样|怎样|怎么|如何|为什么|为何|几个|几家|是否|吗|呢|分别|的|了|是|在|有|和|与")


def remove_filler_words(text: str) -> str:
    """The question without its asking words: what is left should stand in an answer."""
    return _FILLER_WORDS.sub(" ", normalise(text))


_QUESTION_WORD: dict[Language, str] = {
    "zh": r"多少|几(?!乎)|哪|什么|谁|何|怎么|怎样|如何|多[大高长]|是不是|有没有|是否|吗",
    "en": r"\b(?:what|which|who(?:se|m)?|when|where|why|how)\b"}
_SUBQUESTION_BREAK: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"(?<=[？?；;])|[，,、](?=[^，,、？?]{0,60}(?:多少|几(?!乎)|哪|什么|谁|为何|怎么|怎样|如何|多大))"),
    "en": re.compile(
        rf"(?<=[?;])\s|(?<![\s,]),?\s{{1,3}}and\s{{1,3}}(?=(?:(?:by|in|at|to|of|for|from|with) )?{_QUESTION_WORD['en']})"
        rf"|,\s+(?={_QUESTION_WORD['en']})", re.I)}


def split_subquestions(text: str, language: Language) -> tuple[str, ...]:
    """The questions in a question, where it asks more than one thing; else none.

    `有几家企业，分布在哪些区？` → 有几家企业, 分布在哪些区？ `Who wrote it and where does he work?` → Who wrote it, where does he work?
    """
    asking = tuple(part for part in _SUBQUESTION_BREAK[language].split(text) if part and re.search(_QUESTION_WORD[language], part, re.I))
    return asking if len(asking) > 1 else ()


def new_figures(question: AnalysedQuestion, candidates: Sequence[Figure]) -> list[Figure]:
    """Those figures that the question has not."""
    return [figure for figure in candidates if not any(figure.has_same_value(known) for known in question.figures)]


def _name_terms(text: str) -> frozenset[str]:
    """The search terms of the places, persons, bodies and brands that a text names."""
    latin = {stem(name.lower()) for name in _CAPITALISED_NAME.findall(text)}
    han = {word for word, tag in rjieba.tag(normalise(text)) if tag in _NAME_TAGS and len(word) > 1 and has_han(word)}
    return frozenset(latin | han)


# a capital that does not merely open the sentence, or an acronym
_CAPITALISED_NAME = re.compile(r"(?<=[a-z,;:(“\"'’] )[A-Z][A-Za-z]+|(?<=[a-z] [\"'“])[A-Z][A-Za-z]+|\b[A-Z]{2,}\b")
_NAME_TAGS = frozenset(("nr", "ns", "nt", "nrt", "nrfg"))


_ASKED_UNIT = re.compile(
    r"(?:多少|几)(?:十|百|千|万|亿|余|多)*(元|美元|[家个名人位座所条款项种类次份台套辆亩户层岁倍年天月日吨公里平方米米支期届村镇])"
    r"|\b(yuan|dollars?|RMB)\b", re.I)
_CURRENCIES = {"元": "yuan", "rmb": "yuan", "美元": "usd", "dollar": "usd", "dollars": "usd"}


def _asked_units(text: str) -> frozenset[str]:
    asked = ("".join(groups).lower() for groups in _ASKED_UNIT.findall(text))
    return frozenset(_CURRENCIES.get(unit, unit) for unit in asked)


_FOCUS = re.compile(
    rf"([{HAN}A-Za-z]{{2,8}}?)(?:是|有|为|达到?|占|约)?(?:了)?(?:多少|几(?!乎)|多大|多高|多长|什么|哪|谁|何)"
    rf"|(?:多少|几|哪)(?:[家个名位座所条项种类次些几一]*)([{HAN}]{{2,6}})|什么([{HAN}]{{2,6}})"
    r"|\b(?:how many|how much|what|which|whose)\s+((?:[a-z'-]+\s+){0,2}[a-z'-]+)", re.I)


def _focus_terms(text: str) -> frozenset[str]:
    """The terms beside the asking word."""
    near = " ".join(part for groups in _FOCUS.findall(normalise(text)) for part in groups if part)
    return frozenset(search_terms(near))


# how sentences look that list, give a reason or define
LIST_CUE = re.compile(r"、.*、|，[^，]*、|一是|二是|;.*;|,[^,]*,[^,]* and |包括|分别|including|namely|:")
REASON_CUE = re.compile(
    r"因为|由于|因此|所以|旨在|为了|以便|从而|关键|在于|离不开|必须|导致|使得"
    r"|because|since|due to|so that|therefore|thus|in order to|lies in|must|as a result|led to", re.I)
DEFINITION_CUE = re.compile(
    r"是指|指的是|就是|即|是一[个种]|称为|所谓"
    r"|means|refers to|is an?\b|defined as|consists? of|stands for|denotes", re.I)
