"""Features of the linear models in `rag/reading`: the one table of their names and meanings.

A feature has one name in the code, in `weights.json` and in the documentation. All values are about 0 to 1. "Coverage"
counts a query term by its term weight (idf); a term is covered literally, or by an English gloss that both sides share.

| model | features | what it scores |
|---|---|---|
| `passage` | BASE | how likely a passage answers, for reranking |
| `sentence` | BASE and CONTRAST | which sentence of those retrieved answers |
| `read sentence` | READ_SENTENCE | the same, where the reader has read the first passages |
| `answer` | EVIDENCE and COSINE | whether what is quoted answers the question |
| `read answer` | EVIDENCE, COSINE and READ_ANSWER | the same, where the reader has read the first passages |
"""

from __future__ import annotations

from typing import Literal

from rag.questions.answer_types import SLOTS

ModelName = Literal["passage", "sentence", "read sentence", "answer", "read answer"]

_BASE = {
    "letters": "literal coverage of the question by the sentence",
    "coverage": "coverage of the question by the sentence, literally or by glosses",
    "before": "coverage that the sentence before adds",
    "after": "coverage that the sentence after adds",
    "heading": "coverage that title and section add (a term there counts 0.7)",
    "grams": "share of the question's bigrams in the sentence; across languages: `coverage`",
    "longest": "length of the longest run of the question in the sentence, in twelfths; 0 across languages",
    "rarest": "coverage of the heaviest query term by sentence and heading",
    "focus": "mean match of the terms next to the question word; 0.5 if there are none",
    "names": "share of the question's proper names in the sentence, the one before or the heading; 1 without names",
    "uncovered": "weight share of query terms that neither sentence nor heading has",
    "letters_best": "`letters` as a share of the best candidate's",
    "coverage_best": "`coverage` as a share of the best candidate's",
    "grams_best": "`grams` as a share of the best candidate's",
    "passage_score": "the retriever's score of the passage",
    "passage_first": "1: the passage was ranked first",
    "asked_figure": "1: a number is asked for and the sentence has a new one",
    "asked_unit": "1: a new figure has the unit that is asked for",
    "asked_percent": "1: a percentage is asked for and the sentence has one",
    "asked_time": "1: a time is asked for and the sentence has a new year or date",
    "asked_person": "1: a person is asked for and the sentence names one",
    "asked_place": "1: a place is asked for and the sentence names a place or organisation",
    "year_found": "1: a year of the question is in the sentence",
    "year_missing": "1: the question has a year and neither the sentence nor its surroundings have it",
    "count_found": "1: a small number of the question (`which four`) is in the sentence",
    "list_like": "1: a list is asked for and the sentence looks like one",
    "reason_like": "1: a reason is asked for and the sentence gives one (because, 因为)",
    "definition_like": "1: a definition is asked for and the sentence defines (means, 是指)",
    "length": "logarithm of the sentence's length",
    "opening": "1: the sentence opens its passage",
    "across": "1: question and passage are in different languages",
    "across_coverage": "`coverage` if the languages differ, else 0",
}

_CONTRAST = {
    "local_words": "coverage by the sentence, terms weighted by their idf among the candidates",
    "local_signs": "the same for single Han characters and English stems",
    "local_grams": "the same for bigrams",
    "rest_words": "`local_words` without the parts that the heading or the opening sentence has",
    "rest_signs": "`local_signs` without the parts that the heading or the opening sentence has",
    "pool_words": "`local_words` of the whole passage with its heading",
    "pool_grams": "`local_grams` of the whole passage with its heading",
    "topic": "coverage by the passage's topic: its heading and the words that open it",
    "beyond_words": "coverage of the part of the question that the passage's topic does not cover",
    "beyond_signs": "the same for single Han characters and English stems",
    "beyond_grams": "the same for bigrams",
    "introduces": "1: an opening sentence that only says what its passage is about",
    "filled_least": "how far the sentence fills the slot that it fills least; 0.5 without slots",
    "filled_most": "how far the sentence fills the slot that it fills most; 0.5 without slots",
    "figures_found": "share of the question's figures in the sentence",
    "quoted": "1: the sentence has a phrase that the question puts in quotation marks",
    "place_found": "1: the sentence names a place of the question",
    "place_elsewhere": "1: the sentence names other places only",
    "local_words_best": "`local_words` as a share of the best candidate's",
    "local_signs_best": "`local_signs` as a share of the best candidate's",
    "local_grams_best": "`local_grams` as a share of the best candidate's",
    "rest_words_best": "`rest_words` as a share of the best candidate's",
    "rest_signs_best": "`rest_signs` as a share of the best candidate's",
    "pool_words_best": "`pool_words` as a share of the best candidate's",
    "beyond_words_best": "`beyond_words` as a share of the best candidate's",
    "beyond_signs_best": "`beyond_signs` as a share of the best candidate's",
    "beyond_grams_best": "`beyond_grams` as a share of the best candidate's",
}

# how much of a question occurs in the best sentence, those that would be quoted, the best passage, or all that was
# retrieved
_EVIDENCE = {
    "score": "score of the best sentence by the model `sentence`, divided by 10",
    "margin": "its lead over the second, at most 3, divided by 3",
    "best_coverage": "highest `coverage` of any sentence",
    "best_letters": "highest `letters` of any sentence",
    "union": "coverage by the sentences that would be quoted, together",
    "pooled": "coverage by the passage of the best sentence",
    "anywhere": "coverage by everything that was retrieved",
    "lost": "weight share of ordinary terms missing in the quoted sentences",
    "lost_pool": "weight share of ordinary terms missing in the passage",
    "lost_anywhere": "weight share of ordinary terms missing everywhere",
    "heaviest_lost": "weight of the heaviest ordinary term missing in the quoted sentences, divided by 10",
    "heaviest_lost_pool": "weight of the heaviest ordinary term missing in the passage, divided by 10",
    "heaviest_lost_anywhere": "weight of the heaviest ordinary term missing everywhere, divided by 10",
    "unknown": "number of ordinary terms that nothing retrieved contains, at most 3, divided by 3",
    "unknown_mass": "weight share of these terms",
    "focus_least": "lowest match of a focus term in the quoted sentences; 0.5 without focus",
    "focus_pool": "lowest match of a focus term in the passage; 0.5 without focus",
    "focus_absent": "how far a focus term is missing everywhere",
    "names_least": "lowest match of a proper name in the best sentence; 1 without names",
    "names_least_pool": "lowest match of a proper name in the passage; 1 without names",
    "names_absent": "how far a proper name is missing everywhere",
    "no_names": "1: the question has no proper name",
    "place_least": "how near the farthest place of the question is to the best sentence",
    "place_anywhere": "1: every place of the question is named in what was retrieved",
    "has_place": "1: the question names a place",
    "stranger": "1: a name of the question is missing in a best sentence that names a place or organisation",
    "sort_missing": "1: the best sentence lacks a value of a type that is asked for",
    "sort_missing_all": "1: all quoted sentences lack it",
    "sort_beside": "1: every value type asked for is in a sentence with a focus term",
    "sort_lost": "weight of the heaviest missing term if a value is missing too, divided by 10",
    "figure_missing": "1: a figure is asked for and no quoted sentence of the right year has a new one",
    "no_new_figure": "1: a figure is asked for and the best sentence has no new one",
    "year_absent": "1: no quoted sentence is about a year of the question",
    "person_missing": "1: a person is asked for and none is named",
    "place_missing": "1: a place is asked for and none is named",
    "numbers_lost": "share of the question's figures missing in the best sentence",
    "few_words": "1: the question has fewer than two ordinary terms",
    "words": "logarithm of the number of query terms, divided by 3",
    "words_hit": "share of ordinary terms that the best sentence contains",
    "words_literal": "number of terms that the quoted sentences contain literally, in sixths",
    "literal_here": "weight of terms that the best sentence contains literally, divided by 20",
    "filled": "how far the least filled slot is filled by a sentence on the topic",
    "filled_anywhere": "how far the least filled slot is filled by any sentence",
    "filled_first": "how far the best sentence fills the least filled slot",
    **{f"open_{slot}": f"how far the slot `{slot}` of the question stays open" for slot in SLOTS},
}

_COSINE = {
    "cosine": "highest cosine of a retrieved passage, less 0.8, in tenths; 0 without cosines",
    "cosine_margin": "how far the second highest is below it, in tenths",
    "cosine_mean": "mean cosine of the retrieved passages, less 0.8, in tenths; 0 without cosines",
    "has_cosine": "1: a retrieved passage has a cosine by the encoder",
}

_READ_SENTENCE = {
    "linear": "score of the sentence by the model `sentence`, divided by 10",
    "span": "the reader's score of its best span, less that of no answer, divided by 10; 0 if it was not read",
    "span_lead": "how far that is below the best span of all passages that were read, divided by 10",
    "passage": "the reader's log-odds that its passage answers, divided by 10; 0 if it was not read",
    "unread": "1: its passage was not read",
}

_READ_ANSWER = {
    "best_span": "the reader's score of the best sentence, less that of no answer, divided by 10; -1 if not read",
    "best_passage": "the reader's log-odds for the passage of the best sentence, divided by 10; -1 if not read",
    "any_passage": "the highest of its log-odds for any passage, divided by 10",
    "read_margin": "lead of the best sentence by the model `read sentence`, at most 3, divided by 3; 0 if structured",
    "structured": "1: the structure of a document gives the best sentence or cell",
    "structured_span": "`best_span` of such a sentence or cell, else 0",
}

# features of the best sentence that distinguish an answer from a near miss
_OF_BEST = (
    "letters", "coverage", "heading", "before", "grams", "longest", "rarest", "focus", "names", "uncovered",
    "passage_score", "asked_figure", "asked_unit", "asked_percent", "asked_time", "asked_person", "asked_place",
    "year_found", "year_missing", "local_words", "local_signs", "local_grams", "rest_words", "pool_words", "pool_grams",
    "figures_found", "across", "across_coverage", "list_like", "place_elsewhere",
)

MEANINGS = {**_BASE, **_CONTRAST, **_EVIDENCE, **_COSINE, **_READ_SENTENCE, **_READ_ANSWER}
BASE_FEATURES = tuple(_BASE)
CONTRAST_FEATURES = tuple(_CONTRAST)
SENTENCE_FEATURES = (*BASE_FEATURES, *CONTRAST_FEATURES)
BEST_SENTENCE_FEATURES = _OF_BEST
QUESTION_FEATURES = tuple(_EVIDENCE)
EVIDENCE_FEATURES = (*BEST_SENTENCE_FEATURES, *QUESTION_FEATURES)
COSINE_FEATURES = tuple(_COSINE)
ANSWER_FEATURES = (*EVIDENCE_FEATURES, *COSINE_FEATURES)
READ_SENTENCE_FEATURES = tuple(_READ_SENTENCE)
READ_ANSWER_FEATURES = (*ANSWER_FEATURES, *_READ_ANSWER)
MODEL_FEATURES: dict[ModelName, tuple[str, ...]] = {
    "passage": BASE_FEATURES,
    "sentence": SENTENCE_FEATURES,
    "read sentence": READ_SENTENCE_FEATURES,
    "answer": ANSWER_FEATURES,
    "read answer": READ_ANSWER_FEATURES,
}
