"""Batches for the training of the reader: windows of about equal length, with the tokens where an answer stands."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from evals.training.reader.examples import Example
from rag.encoder.tokenizer import PieceTokenizer
from rag.encoder.weights_file import EncoderWeights
from rag.encoder.windows import Window, WindowMaker
from rag.text.language import sentence_spans

_BATCH_TOKENS = 6_000
_WITHOUT_HEADING = 0.25  # of the examples lose their heading, so that the reader does not lean on it


@dataclass(frozen=True)
class Target:
    """A window with the first and last token of the answer; (0, 0), the token `<s>`, if the window has none."""

    window: Window
    first: int
    last: int
    weight: float


def make_targets(
    examples: Sequence[Example], tokenizer: PieceTokenizer, chance: random.Random | None = None,
) -> list[list[Target]]:
    """The windows of each example, in order; with `chance` some lose their heading."""
    return [_example_targets(example, tokenizer, chance) for example in examples]


def _example_targets(example: Example, tokenizer: PieceTokenizer, chance: random.Random | None) -> list[Target]:
    heading = "" if chance and chance.random() < _WITHOUT_HEADING else example.heading
    ends = [end for _, end in sentence_spans(example.text)]
    windows = WindowMaker(tokenizer, example.question).windows(heading, example.text, ends)
    return [Target(window, *_answer_tokens(window, example.answer), example.weight) for window in windows]


def _answer_tokens(window: Window, answer: tuple[int, int] | None) -> tuple[int, int]:
    """First and last token of an answer that the window has whole; (0, 0) else."""
    if answer is None or not window.spans or answer[0] < window.spans[0][0] or answer[1] > window.spans[-1][1]:
        return 0, 0
    inside = [number for number, (start, end) in enumerate(window.spans) if end > answer[0] and start < answer[1]]
    return (window.text_start + inside[0], window.text_start + inside[-1]) if inside else (0, 0)


def has_cut_answer(example: Example, targets: Sequence[Target]) -> bool:
    """True if an example has an answer and no window has the whole of it."""
    return example.answer is not None and not any(target.first for target in targets)


@dataclass(frozen=True)
class Batch:
    """Rows of the table (windows, tokens, width), masks (windows, tokens), targets and weights (windows)."""

    rows: Tensor
    mask: Tensor
    allowed: Tensor  # 1: the token `<s>` or one of the text, which may begin or end an answer
    first: Tensor
    last: Tensor
    weight: Tensor


def group_by_length(targets: Sequence[Target], chance: random.Random) -> list[list[Target]]:
    """The targets in batches of about equal length; the batches in random order."""
    ordered = sorted(targets, key=lambda target: len(target.window.ids) + chance.random() * _LENGTH_NOISE)
    groups: list[list[Target]] = [[]]
    for target in ordered:
        if groups[-1] and len(target.window.ids) * (len(groups[-1]) + 1) > _BATCH_TOKENS:
            groups.append([])
        groups[-1].append(target)
    chance.shuffle(groups)
    return groups


_LENGTH_NOISE = 16.0  # tokens


def make_batch(targets: Sequence[Target], weights: EncoderWeights) -> Batch:
    """The tensors of some targets."""
    length = max(len(target.window.ids) for target in targets)
    ids = np.full((len(targets), length), weights.padding, np.int64)
    mask, allowed = np.zeros(ids.shape, np.float32), np.zeros(ids.shape, bool)
    for row, target in enumerate(targets):
        window = target.window
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
        allowed[row, 0] = True
        allowed[row, window.text_start : window.text_start + len(window.spans)] = True
    pieces, places = np.unique(ids, return_inverse=True)
    rows = weights.table_row_vectors(pieces)[places.reshape(ids.shape)]
    return Batch(
        torch.from_numpy(rows), torch.from_numpy(mask), torch.from_numpy(allowed),
        torch.tensor([target.first for target in targets]), torch.tensor([target.last for target in targets]),
        torch.tensor([target.weight for target in targets]))
