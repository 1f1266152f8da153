"""Training of the reader, in two stages; some 80 minutes on two cores with bfloat16.

    python -m evals.training.reader.train first --data DATA --out first.pt
    python -m evals.training.reader.train second --data DATA --start first.pt --out reader.pt
    python -m evals.training.reader.export --state reader.pt --out rag/encoder/reader.onnx

DATA has `squad2.part.json.gz`, `drcd.dev.json.gz`, `cmrc2018.trial.json` and `xquad.en.even.json`; the last is not
trained on: it names the articles of SQuAD that are left out. `rag/encoder/reader-card.md` has what was measured.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from evals.training.question_libraries import FOLDER
from evals.training.reader.batches import Batch, Target, group_by_length, has_cut_answer, make_batch, make_targets
from evals.training.reader.examples import (
    Example,
    elsewhere,
    near_miss_examples,
    squad_examples,
    without_answer,
)
from evals.training.reader.library_passages import library_examples
from evals.training.reader.model import ReaderModel
from rag.encoder.engine import weights_path
from rag.encoder.tokenizer import PieceTokenizer
from rag.encoder.weights_file import EncoderWeights

_NOT_ALLOWED = -1e4
_ANSWERS_LOSS = 1.0  # the loss of the third output, relative to that of the span


def batch_loss(outputs: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy of first and last token, `<s>` where there is no answer, and of whether the window answers."""
    logits = outputs[:, :, :2].float().masked_fill(~batch.allowed[:, :, None], _NOT_ALLOWED)
    first = functional.cross_entropy(logits[:, :, 0], batch.first, reduction="none")
    last = functional.cross_entropy(logits[:, :, 1], batch.last, reduction="none")
    answers = functional.binary_cross_entropy_with_logits(
        outputs[:, 0, 2].float(), (batch.first > 0).float(), reduction="none")
    return (((first + last) / 2 + _ANSWERS_LOSS * answers) * batch.weight).mean()


def public_examples(data: Path, chance: random.Random) -> list[Example]:
    """Examples of the public sets, with negatives made of them."""
    excluded = _titles(data / "xquad.en.even.json") | HELD_OUT
    squad = [e for e in squad_examples(data / "squad2.part.json.gz", "SQuAD 2") if e.group not in excluded]
    drcd = [*squad_examples(data / "drcd.dev.json.gz", "DRCD", simplified=True)]
    traditional = [e for e in squad_examples(data / "drcd.dev.json.gz", "DRCD") if chance.random() < _TRADITIONAL]
    cmrc = [e for number, e in enumerate(squad_examples(data / "cmrc2018.trial.json", "CMRC")) if number % 2]
    positives = [*squad, *drcd, *traditional, *cmrc]
    cut = [e for e in map(without_answer, positives) if e and chance.random() < _CUT]
    moved = [e for e in elsewhere([*squad, *drcd], chance) if chance.random() < _MOVED]
    return [*positives, *cut, *moved]


HELD_OUT = frozenset(("Steam engine", "1973 oil crisis"))
_TRADITIONAL, _CUT, _MOVED = 0.2, 0.35, 0.2  # shares


def _titles(path: Path) -> frozenset[str]:
    return frozenset(a["title"].replace("_", " ") for a in json.loads(path.read_text("utf-8"))["data"])


def own_examples(chance: random.Random) -> list[Example]:
    """Examples of our own question libraries, in both languages."""
    with (TRAINING / "questions_across.jsonl").open(encoding="utf-8") as lines:
        across = {record["id"]: record["question"] for record in map(json.loads, lines)}
    libraries = [
        *library_examples(FOLDER, "libraries"), *library_examples(FOLDER, "libraries across", across)]
    return [e for e in libraries if e.answer or e.is_near or chance.random() < _KEPT_NEGATIVES]


TRAINING = FOLDER.parent
_KEPT_NEGATIVES = 0.4  # share of the passages without an answer that are used in one training


@dataclass(frozen=True)
class Stage:
    """One stage of the training: its data, and how it runs over them."""

    public_share: float  # of the examples of public sets
    has_libraries: bool  # with our question libraries, beside the near misses
    passes: int
    rate: float
    seed: int


# first reading in general, then on documents and questions such as users have
STAGES = {
    "first": Stage(public_share=1.0, has_libraries=False, passes=1, rate=1.5e-4, seed=0),
    "second": Stage(public_share=0.25, has_libraries=True, passes=2, rate=9e-5, seed=1),
}


def train(
    targets: list[Target], weights: EncoderWeights, model: ReaderModel, stage: Stage, *, seconds: float, out: Path,
) -> None:
    """Train by AdamW with a linear warm-up and decay; ends, with the decay done, after `seconds` at the latest."""
    chance = random.Random(stage.seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=stage.rate, weight_decay=0.01)
    groups = [group for _ in range(stage.passes) for group in group_by_length(targets, chance)]
    started = time.monotonic()
    losses: list[float] = []
    model.train()
    for step, group in enumerate(groups):
        share = max(step / len(groups), (time.monotonic() - started) / seconds)
        if share >= 1:
            break
        for settings in optimizer.param_groups:
            settings["lr"] = stage.rate * min(1.0, (step + 1) / (_WARM_UP * len(groups))) * max(0.01, 1 - share)
        batch = make_batch(group, weights)
        with torch.autocast("cpu", torch.bfloat16):
            outputs = model(batch.rows, batch.mask)
        loss = batch_loss(outputs, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        if len(losses) == _REPORTED:
            print(f"{step + 1}/{len(groups)} loss {sum(losses) / _REPORTED:.3f}, "
                  f"{time.monotonic() - started:.0f} s", flush=True)
            losses.clear()
    torch.save(model.state_dict(), out)


_WARM_UP, _REPORTED = 0.06, 100  # share of all steps; steps of one line of the report


def stage_examples(stage: Stage, data: Path, chance: random.Random) -> list[Example]:
    """The examples of a stage; `data` has the public sets."""
    public = [example for example in public_examples(data, chance) if chance.random() < stage.public_share]
    near = near_miss_examples(data / "drcd.dev.json.gz", TRAINING / "near_misses.jsonl")
    return [*public, *(own_examples(chance) if stage.has_libraries else ()), *near]


def main() -> None:
    """Run one stage; its state is written to a file, from which the next one starts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--start", type=Path, help="state of the stage before")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, help="another seed, to go on with the same stage")
    parser.add_argument("--seconds", type=float, default=1e9, help="the stage ends after this time at the latest")
    options = parser.parse_args()
    stage = STAGES[options.stage]
    stage = stage if options.seed is None else replace(stage, seed=options.seed)
    torch.manual_seed(stage.seed)
    chance = random.Random(stage.seed)
    weights = EncoderWeights(weights_path())
    examples = stage_examples(stage, options.data, chance)
    print(Counter((e.set_name, e.answer is not None) for e in examples), flush=True)
    targets = [
        target
        for example, windows in zip(examples, make_targets(examples, PieceTokenizer(weights), chance), strict=True)
        if not has_cut_answer(example, windows) for target in windows]
    print(len(targets), "windows", flush=True)
    model = ReaderModel(weights, _DROPOUT)
    if options.start:
        model.load_state_dict(torch.load(options.start))
    train(targets, weights, model, stage, seconds=options.seconds, out=options.out)


_DROPOUT = 0.1

if __name__ == "__main__":
    main()
