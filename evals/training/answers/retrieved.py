"""What is retrieved for a training question, stored so that it need not be searched again for each model."""

from __future__ import annotations

from dataclasses import dataclass, replace

from evals.training.answers.grades import ANSWER_GRADE
from evals.training.answers.training_sets import Family, TrainingQuestion, TrainingSet
from rag.answering.retrieve import HybridRetriever, number_passages
from rag.questions.analysis import analyse_question
from rag.reading.matching import passage_sentences
from rag.schema import Passage

_FUSED = 16  # passages that are reranked


@dataclass(frozen=True)
class RetrievedQuestion:
    """A question with the passages that fusion gives, the best first, before they are reranked."""

    family: Family
    set_name: str
    question: TrainingQuestion
    passages: tuple[Passage, ...]


def retrieve_all(training_set: TrainingSet) -> list[RetrievedQuestion]:
    """Every question of a set with its passages; one without a passage is left out."""
    retriever = HybridRetriever(library=training_set.library, k=_FUSED, reranked=False)
    found = []
    for question in training_set.questions:
        retrieval = retriever.retrieve(analyse_question(question.question, question.language))
        documents = [one for one in retrieval.documents
                     if question.kind != "withheld" or one.metadata["source_id"] != question.source_id]
        passages = [*number_passages(documents)]
        if question.kind == "cut":
            passages = [rest for rest in (_cut_passage(passage, question) for passage in passages) if rest.text]
        if passages:
            found.append(RetrievedQuestion(training_set.family, training_set.name, question, tuple(passages)))
    return found


def _cut_passage(passage: Passage, question: TrainingQuestion) -> Passage:
    """A passage without the sentences that answer."""
    sentences = passage_sentences([passage])
    rest = [sentence.text for sentence in sentences if question.grade(sentence) < ANSWER_GRADE]
    if len(rest) == len(sentences):
        return passage
    text = (" " if passage.language == "en" else "").join(rest)
    return replace(passage, text=text, end=passage.start + len(text), blocks=(), lead=())
