"""Examples for the reader: a question, a passage with its heading, and where the passage answers, if it does."""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import opencc

from rag.text.language import detect_language, sentence_spans


@dataclass(frozen=True)
class Example:
    """`answer`: start and end of the answer in the text, in characters; None if the text does not answer.

    `group`: the article or library; examples of one group stay on one side of a split. `weight`: how much it counts.
    """

    set_name: str
    group: str
    question: str
    heading: str
    text: str
    answer: tuple[int, int] | None
    weight: float = 1.0
    is_near: bool = False  # the text tempts to an answer that it does not give

    @property
    def language(self) -> str:
        return detect_language(self.text)


def squad_examples(path: Path, set_name: str, *, simplified: bool = False) -> Iterator[Example]:
    """The questions of a file in SQuAD's format (also gzipped, and CMRC 2018), each with its paragraph."""
    convert = opencc.OpenCC("t2s").convert if simplified else str
    for article in _articles(path):
        title = convert(article.get("title", "")).replace("_", " ")
        for paragraph in article["paragraphs"]:
            text = convert(paragraph["context"])
            for pair in paragraph["qas"]:
                if not pair["question"].strip():
                    continue
                answers = [] if pair.get("is_impossible") in (True, "true") else pair.get("answers", [])
                place = _place(text, [(convert(a["text"]), int(a["answer_start"])) for a in answers])
                if answers and place is None:
                    continue
                yield Example(set_name, title, convert(pair["question"]), title, text, place)


def _articles(path: Path) -> list[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    articles: list[dict[str, Any]] = json.loads(content)["data"]
    return articles


def _place(text: str, answers: Sequence[tuple[str, int]]) -> tuple[int, int] | None:
    """Start and end of the first answer that the text has, at the stated place or the first one."""
    for answer, start in answers:
        if text[start : start + len(answer)] != answer:
            start = text.find(answer)
        if start >= 0 and answer:
            return start, start + len(answer)
    return None


def without_answer(example: Example) -> Example | None:
    """The same question over the text without the sentences that have the answer; None if nothing is left."""
    if example.answer is None:
        return None
    start, end = example.answer
    answer = example.text[start:end]
    kept = [example.text[a:b] for a, b in sentence_spans(example.text) if answer not in example.text[a:b]]
    text = ("" if example.language == "zh" else " ").join(kept)
    if not kept or answer in text:
        return None
    return replace(example, text=text, answer=None)


def elsewhere(examples: Sequence[Example], chance: random.Random) -> Iterator[Example]:
    """Each question over another text of its article that does not have the answer."""
    texts: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        if example.text not in texts[example.group]:
            texts[example.group].append(example.text)
    for example in examples:
        if example.answer is None:
            continue
        answer = example.text[slice(*example.answer)]
        others = [text for text in texts[example.group] if text != example.text and answer not in text]
        if others:
            yield replace(example, text=chance.choice(others), answer=None)


def near_miss_examples(drcd: Path, questions: Path) -> Iterator[Example]:
    """Questions written for paragraphs of DRCD in Simplified characters; most are answered by none of their words."""
    paragraphs = {key: (title, text) for key, title, text in _drcd_paragraphs(drcd)}
    with questions.open(encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            title, text = paragraphs[record["paragraph"]]
            answer = record["answer"]
            place = _place(text, [(answer, text.find(answer))]) if answer else None
            yield Example("near misses", title, record["question"], title, text, place)


def _drcd_paragraphs(path: Path) -> Iterator[tuple[str, str, str]]:
    """Id, title and text of each paragraph."""
    convert = opencc.OpenCC("t2s").convert
    for article in _articles(path):
        for paragraph in article["paragraphs"]:
            key = paragraph.get("id") or paragraph["qas"][0]["id"]
            yield key, convert(article["title"]), convert(paragraph["context"])
