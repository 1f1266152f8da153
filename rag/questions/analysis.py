"""Question analysis: the terms, figures, names and expected answer kinds of a question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.numbers.addresses import Address, find_addresses
from rag.numbers.figures import Figure, find_figures, named_years, small_counts
from rag.questions.answer_types import ANSWER_KINDS, matching_types, open_slots, value_types
from rag.questions.identifiers import find_identifiers
from rag.schema import Language
from rag.text.entities import query_name_terms
from rag.text.gazetteer import find_places
from rag.text.glossary import translated_words
from rag.text.language import HAN, han_bigrams, han_unigrams, has_han, normalise, search_terms, segment_words, stem
from rag.text.lexicon import load_lexicon


@dataclass(frozen=True)
class QueryTerm:
    """One content word of a question: its search term, its translations with their weights, and its own weight.

    `weight_factor` is 1 for a word that a sentence with the answer should contain, and less for a number and for a word
    that only names the document (`According to the 2024 paper, …`).
    """

    word: str
    glosses: Mapping[str, float]
    weight_factor: float = 1.0


@dataclass(frozen=True)
class AnalysedQuestion:
    """An analysed question: analysed once, so that many sentences can be compared with it."""

    text: str
    language: Language
    terms: tuple[QueryTerm, ...]
    bigrams: frozenset[str]  # pairs of neighbouring Han characters or English stems
    focus_terms: frozenset[str]  # next to the question word: 产值 in 产值是多少, factories in how many factories
    name_terms: frozenset[str]  # proper names; a sentence about another city is not an answer
    figures: tuple[Figure, ...]
    years: frozenset[int]
    counts: frozenset[int]  # small numbers, as in 哪四个 or "which four"
    units: frozenset[str]  # the units that the question asks for: 家 in 有多少家, yuan in 多少亿元
    kinds: frozenset[str]  # names of ANSWER_KINDS
    characters: tuple[str, ...] = ()  # single Han characters and English stems, sorted
    ordered_bigrams: tuple[str, ...] = ()  # the bigrams, sorted
    places: frozenset[str] = frozenset()  # gazetteer keys of cities, provinces and countries
    quotations: tuple[str, ...] = ()  # the texts in quotation marks, normalised
    slots: tuple[str, ...] = ()  # what the question leaves open: see `open_slots`
    value_types: frozenset[str] = frozenset()  # names of VALUE_TYPES
    identifiers: tuple[str, ...] = ()  # codes and numbers that tell one thing from others of its kind: p400, 201室
    addresses: tuple[Address, ...] = ()  # the clauses, chapters, steps and tables that the question names


def analyse_question(text: str, language: Language) -> AnalysedQuestion:
    """The terms, figures, names, units and answer kinds of a question.

    A leading clause that only names the document (`According to the report, …`) only gives terms, of a lower weight.
    """
    source_clause, body = _split_source_clause(text)
    source_clause += " ".join(_FILE_NAME.findall(body))
    body = _FILE_NAME.sub(" ", body)
    figures = tuple(find_figures(body))
    content = remove_filler_words(body)
    content_bigrams = bigrams(content)
    kinds = frozenset(matching_types(body, ANSWER_KINDS))
    return AnalysedQuestion(
        text=text,
        language=language,
        terms=_query_terms(source_clause, body),
        bigrams=content_bigrams,
        focus_terms=_focus_terms(body),
        name_terms=query_name_terms(body),
        figures=figures,
        years=named_years(figures),
        counts=frozenset(small_counts(figures)),
        units=_asked_units(body),
        kinds=kinds,
        characters=tuple(sorted(characters(content))),
        ordered_bigrams=tuple(sorted(content_bigrams)),
        places=find_places(body),
        quotations=tuple(normalise("".join(groups)) for groups in _QUOTATION.findall(body)),
        slots=open_slots(text, kinds),
        value_types=value_types(text),
        identifiers=find_identifiers(body),
        addresses=tuple(find_addresses(text)))


def _query_terms(source_clause: str, body: str) -> tuple[QueryTerm, ...]:
    """The terms of the question's body, then the terms that are only in its source clause."""
    body = _SIZE_QUESTION.sub(" ", body)
    terms: dict[str, QueryTerm] = {}
    for word, meaning in translated_words(body):
        term = search_term(word)
        terms[term] = QueryTerm(term, meaning.glosses, _word_factor(word))
    for term in search_terms(body):
        terms.setdefault(term, QueryTerm(term, {}, _word_factor(term)))
    for word, meaning in translated_words(source_clause):
        term = search_term(word)
        terms.setdefault(term, QueryTerm(term, meaning.glosses, _SOURCE_FACTOR))
    return tuple(terms.values())


def _word_factor(word: str) -> float:
    return _NUMBER_FACTOR if word[0].isdigit() else 1.0


# a question for a size of any kind; it has no content word
_SIZE_QUESTION = re.compile(r"(?:有|是)?多大|\bhow (?:large|big)\b", re.I)
_QUOTATION = re.compile(
    r"[“\"]([^”\"]{2,40})[”\"]|「([^」]{2,40})」|《([^》]{2,40})》"
    r"|(?<![A-Za-z])['‘]([^'’]{3,40})['’](?![A-Za-z])")


def characters(text: str) -> frozenset[str]:
    """Single Han characters and the stems of English words, without function words."""
    return frozenset(han_unigrams(text)) | {term for term in search_terms(text) if term.isascii()}


# a year is rare, so its term weight would exceed that of the content words; years are also compared as values
_NUMBER_FACTOR = 0.4
# words that name the document are rarely in the sentence that answers
_SOURCE_FACTOR = 0.25
_SOURCE_CLAUSE = re.compile(
    r"^(?:according to|in|from|per|based on) [^,?]*?"
    r"\b(?:paper|article|report|document|text|notes?|study|bulletin|investigation|piece)\b[^,?]*,"
    r"|^[^，？]{0,40}?(?:文章|报告|文件|论文|那篇|这篇|一文|稿子|调查|作者)[^，？]{0,12}?"
    r"(?:里|中|上|认为|说|指出|提到|看来)?[，,：:]", re.I)


# the name of a file, with what connects it: `lease.md里的`, `in lease.md`
_FILE_NAME = re.compile(
    r"(?:\b(?:in|from|according to)\s+)?[\w-]+(?:\.[\w-]+)*"
    r"\.(?:md|txt|pdf|docx?|html?|xlsx?|csv|pptx?|json|epub|eml|rtf)"
    r"(?![\w.])(?:这份|这个)?(?:文件)?(?:里面?|中)?的?", re.I | re.A)


def _split_source_clause(text: str) -> tuple[str, str]:
    """A leading clause that only names the document, and the rest."""
    clause = _SOURCE_CLAUSE.match(text.strip())
    if clause is None or clause.end() > 0.75 * len(text.strip()):
        return "", text
    return text.strip()[: clause.end()], text.strip()[clause.end() :]


def search_term(word: str) -> str:
    """A word as a search term: an English word is stemmed, a Chinese word is unchanged."""
    return stem(word) if word.isascii() else word


def bigrams(text: str) -> frozenset[str]:
    """Pairs of neighbouring Han characters or English stems: paraphrases share them, other texts do not."""
    stems = [stem(word) for word in segment_words(text) if not has_han(word)]
    return frozenset(han_bigrams(text)) | {f"{left} {right}" for left, right in pairwise(stems)}


_FILLER_WORDS = re.compile("|".join(load_lexicon("rag.questions", "chinese_filler_words")))


def remove_filler_words(text: str) -> str:
    """The question without its question words and particles: an answer should contain the rest."""
    return _FILLER_WORDS.sub(" ", normalise(text))


_QUESTION_WORD: dict[Language, str] = {
    "zh": r"多少|几(?!乎)|哪|什么|谁|何|怎么|怎样|如何|多[大高长]|是不是|有没有|是否|吗",
    "en": r"\b(?:what|which|who(?:se|m)?|when|where|why|how)\b"}
_SUBQUESTION_BREAK: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"(?<=[？?；;])|[，,、](?=[^，,、？?]{0,60}(?:多少|几(?!乎)|哪|什么|谁|为何|怎么|怎样|如何|多大))"),
    "en": re.compile(
        r"(?<=[?;])\s|(?<![\s,]),?\s{1,3}and\s{1,3}"
        rf"(?=(?:(?:by|in|at|to|of|for|from|with) )?{_QUESTION_WORD['en']})"
        rf"|,\s+(?={_QUESTION_WORD['en']})", re.I)}


def split_subquestions(text: str, language: Language) -> tuple[str, ...]:
    """The parts of a question that asks more than one thing; empty for any other question.

    `有几家企业，分布在哪些区？` → 有几家企业, 分布在哪些区？
    `Who wrote it and where does he work?` → Who wrote it, where does he work?
    """
    parts = _SUBQUESTION_BREAK[language].split(text)
    subquestions = tuple(part for part in parts if re.search(_QUESTION_WORD[language], part, re.I))
    return subquestions if len(subquestions) > 1 else ()


def new_figures(question: AnalysedQuestion, candidates: Sequence[Figure]) -> list[Figure]:
    """The candidates whose value is not in the question."""
    return [
        candidate for candidate in candidates
        if not any(candidate.has_same_value(figure) for figure in question.figures)]


_ASKED_UNIT = re.compile(
    r"(?:多少|几)(?:十|百|千|万|亿|余|多)*"
    r"(元|美元|[家个名人位座所条款项种类次份台套辆亩户层岁倍年天月日吨公里平方米米支期届村镇])"
    r"|\b(yuan|dollars?|RMB)\b", re.I)
_CURRENCIES = {"元": "yuan", "rmb": "yuan", "美元": "usd", "dollar": "usd", "dollars": "usd"}


def _asked_units(text: str) -> frozenset[str]:
    units = ("".join(groups).lower() for groups in _ASKED_UNIT.findall(text))
    return frozenset(_CURRENCIES.get(unit, unit) for unit in units)


_FOCUS = re.compile(
    rf"([{HAN}A-Za-z]{{2,8}}?)(?:是|有|为|达到?|占|约)?(?:了)?(?:多少|几(?!乎)|多大|多高|多长|什么|哪|谁|何)"
    rf"|(?:多少|几|哪)(?:[家个名位座所条项种类次些几一]*)([{HAN}]{{2,6}})|什么([{HAN}]{{2,6}})"
    r"|\b(?:how many|how much|what|which|whose)\s+((?:[a-z'-]+\s+){0,2}[a-z'-]+)", re.I)


def _focus_terms(text: str) -> frozenset[str]:
    """The terms next to the question word."""
    matches = _FOCUS.findall(normalise(text))
    focus = " ".join(part for groups in matches for part in groups if part)
    return frozenset(search_terms(focus))


# signs of a sentence that lists, gives a reason or defines
LIST_CUE = re.compile(r"、.*、|，[^，]*、|一是|二是|;.*;|,[^,]*,[^,]* and |包括|分别|including|namely|:")
REASON_CUE = re.compile("|".join(load_lexicon("rag.questions", "reason_cues")), re.I)
DEFINITION_CUE = re.compile(
    r"是指|指的是|就是|即|是一[个种]|称为|所谓"
    r"|means|refers to|is an?\b|defined as|consists? of|stands for|denotes", re.I)
