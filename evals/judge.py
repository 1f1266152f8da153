"""LLM as a judge: the votes of a chat model on an answer, reported with the metrics and never used by the gate."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from evals.cases import Case
from evals.scores import BadScores, Score
from rag.schema import Answer
from rag.text import prompts
from rag.text.delimiters import NonceSource, QuotedBlock, choose_delimiters, passage_block, random_nonce

CRITERIA = ("faithfulness", "support", "completeness")


class _Vote(BaseModel):
    """The JSON object that the judging model must write."""

    faithfulness: float = Field(ge=0, le=1)
    support: float = Field(ge=0, le=1)
    completeness: float = Field(ge=0, le=1)
    correct: bool
    reason: str = ""


@dataclass(frozen=True)
class ModelJudgement:
    """The outcome of several votes on one answer: the median of each criterion, and the majority on correctness.

    `votes` counts the votes that could be parsed; if it is 0, `scores` is empty.
    """

    id: str
    votes: int
    scores: dict[str, Score]


def judge_answer(model: BaseChatModel, case: Case, answer: Answer, votes: int) -> ModelJudgement:
    """Ask the model `votes` times; a reply without a JSON object of the required form is not counted.

    Raises:
        ModelFailed: the endpoint of a model from `rag.endpoints.chat.chat_model` fails.
    """
    parsed = []
    for _ in range(votes):
        vote = _parse_vote(str(model.invoke(judge_messages(case, answer)).text))
        if vote:
            parsed.append(vote)
    if not parsed:
        return ModelJudgement(case.id, 0, {})
    reason = parsed[0].reason
    scores = {name: Score(median(getattr(vote, name) for vote in parsed), reason) for name in CRITERIA}
    correct = sum(vote.correct for vote in parsed)
    scores["judged correct"] = Score(float(2 * correct > len(parsed)), f"{correct} of {len(parsed)}: {reason}")
    return ModelJudgement(case.id, len(parsed), scores)


def judge_messages(case: Case, answer: Answer, draw_nonce: NonceSource = random_nonce) -> list[BaseMessage]:
    """The messages to the judge: question, reference, answer and passages, all of them as quoted material.

    Cases of benchmarks are made from documents, and the question is not one that the judge is to answer.
    """
    language = case.language
    blocks = [
        QuotedBlock(prompts.QUESTION_LABEL[language], case.question),
        QuotedBlock(prompts.REFERENCE_LABEL[language], case.reference),
        QuotedBlock(prompts.ANSWER_LABEL[language], answer.text),
        *(passage_block(passage, language) for passage in answer.passages)]
    delimiters = choose_delimiters(blocks, language, draw_nonce)
    parts = [*map(delimiters.wrap, blocks), prompts.VERDICT[language]]
    return [
        SystemMessage(f"{prompts.JUDGE[language]}\n\n{delimiters.explain()}"), HumanMessage("\n\n".join(parts))]


_JSON_OBJECT = re.compile(r"\{[^{}]*\}", re.S)


def _parse_vote(reply: str) -> _Vote | None:
    """The last JSON object of the required form in a reply; models often reason in text before it."""
    for match in reversed(_JSON_OBJECT.findall(reply)):
        try:
            return _Vote.model_validate_json(match)
        except ValidationError:
            continue
    return None


_JUDGEMENT = TypeAdapter(ModelJudgement)


def write_judgement(path: Path, judgement: ModelJudgement) -> None:
    """Append one judgement to a `judge.jsonl`."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(judgement), ensure_ascii=False) + "\n")


def read_judgements(path: Path) -> list[ModelJudgement]:
    """The judgements of a `judge.jsonl`; an empty list if there is no file.

    Raises:
        BadScores: a line is not a judgement.
    """
    if not path.exists():
        return []
    try:
        return [_JUDGEMENT.validate_json(line) for line in path.read_text("utf-8").split("\n") if line]
    except ValidationError as error:
        fault = error.errors()[0]["msg"]
        raise BadScores(f"{path}: not a file of judgements ({fault}); delete it and run the judge again") from None


def mean_scores(judgements: Sequence[ModelJudgement]) -> dict[str, float]:
    """The mean of each criterion over the answers with at least one vote; empty if there is none."""
    judged = [j for j in judgements if j.votes]
    if not judged:
        return {}
    return {name: sum(j.scores[name].value for j in judged) / len(judged) for name in (*CRITERIA, "judged correct")}
