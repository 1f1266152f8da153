"""A graded answer becomes the votes of a judging model: apart from the metrics, and never the only gate."""

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
from rag.answering.compose import format_passage
from rag.schema import Answer
from rag.text import prompts

CRITERIA = ("faithfulness", "support", "completeness")


class _Vote(BaseModel):
    """What a judging model must write."""

    faithfulness: float = Field(ge=0, le=1)
    support: float = Field(ge=0, le=1)
    completeness: float = Field(ge=0, le=1)
    correct: bool
    reason: str = ""


@dataclass(frozen=True)
class ModelJudgement:
    """The outcome of k votes on one answer: the median of each criterion, and what the majority calls correct.

    `votes` counts those that could be read; with none, nothing else is known and `scores` is empty.
    """

    id: str
    votes: int
    scores: dict[str, Score]


def judge_answer(model: BaseChatModel, case: Case, answer: Answer, votes: int) -> ModelJudgement:
    """Ask a model k times; a vote that is no JSON of the asked form does not count.

    Raises:
        ModelFailed: from a model of `models.chat_model`, where the endpoint fails.
    """
    told = judge_messages(case, answer)
    cast = [vote for _ in range(votes) if (vote := _parse_vote(str(model.invoke(told).text)))]
    if not cast:
        return ModelJudgement(case.id, 0, {})
    reason = cast[0].reason
    scores = {name: Score(median(getattr(vote, name) for vote in cast), reason) for name in CRITERIA}
    ayes = sum(vote.correct for vote in cast)
    scores["judged correct"] = Score(float(2 * ayes > len(cast)), f"{ayes} of {len(cast)}: {reason}")
    return ModelJudgement(case.id, len(cast), scores)


def judge_messages(case: Case, answer: Answer) -> list[BaseMessage]:
    """What the judge is shown: question, reference, answer and the passages, as quoted material."""
    language = case.language
    parts = [
        prompts.QUESTION[language] + case.question, prompts.REFERENCE[language] + case.reference,
        f"{prompts.ANSWER[language]}\n<<<\n{answer.text.replace('<<<', '‹‹‹').replace('>>>', '›››')}\n>>>",
        prompts.PASSAGES[language], *(format_passage(passage, language) for passage in answer.passages)]
    return [SystemMessage(prompts.JUDGE[language]), HumanMessage("\n\n".join(parts))]


_JSON_OBJECT = re.compile(r"\{[^{}]*\}", re.S)


def _parse_vote(reply: str) -> _Vote | None:
    """The last object in what a model wrote that has the asked form; models like to think aloud before it."""
    for written in reversed(_JSON_OBJECT.findall(reply)):
        try:
            return _Vote.model_validate_json(written)
        except ValidationError:
            continue
    return None


_JUDGEMENT = TypeAdapter(ModelJudgement)


def write_judgement(path: Path, judgement: ModelJudgement) -> None:
    """Append one judgement to a `judge.jsonl`."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(judgement), ensure_ascii=False) + "\n")


def read_judgements(path: Path) -> list[ModelJudgement]:
    """The judgements of a `judge.jsonl`; none where there is no file.

    Raises:
        BadScores: a line is no judgement.
    """
    if not path.exists():
        return []
    try:
        return [_JUDGEMENT.validate_json(line) for line in path.read_text("utf-8").split("\n") if line]
    except ValidationError as error:
        raise BadScores(f"{path}: not a file of judgements ({error.errors()[0]['msg']}); delete it and judge anew") from None


def mean_scores(judgements: Sequence[ModelJudgement]) -> dict[str, float]:
    """The mean of each criterion over the answers that were judged."""
    judged = [j for j in judgements if j.votes]
    return {name: sum(j.scores[name].value for j in judged) / len(judged) for name in (*CRITERIA, "judged correct") if judged}
