"""Training of the reader: `python -m evals.training.reader.train --help`."""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

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


def own_examples(data: Path, folder: Path, chance: random.Random) -> list[Example]:
    """Examples of our own question libraries, also asked in the other language, and of near misses over DRCD."""
    with (folder / "questions_across.jsonl").open(encoding="utf-8") as lines:
        across = {record["id"]: record["question"] for record in map(json.loads, lines)}
    libraries = [
        *library_examples(folder / "questions", "libraries"),
        *library_examples(folder / "questions", "libraries across", across)]
    kept = [e for e in libraries if e.answer or e.is_near or chance.random() < _KEPT_NEGATIVES]
    return [*kept, *near_miss_examples(data / "drcd.dev.json.gz", folder / "near_misses.jsonl")]


_KEPT_NEGATIVES = 0.4  # share of the passages without an answer that are used in one training


def train(
    targets: list[Target], weights: EncoderWeights, model: ReaderModel, *, passes: int, rate: float, seconds: float,
    out: Path, seed: int,
) -> None:
    """Train by AdamW with a linear warm-up and decay; stops early, with the decay done, after `seconds`."""
    chance = random.Random(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    groups = [group for _ in range(passes) for group in group_by_length(targets, chance)]
    started, losses = time.monotonic(), []
    model.train()
    for step, group in enumerate(groups):
        share = max(step / len(groups), (time.monotonic() - started) / seconds)
        if share >= 1:
            break
        for settings in optimizer.param_groups:
            settings["lr"] = rate * min(1.0, (step + 1) / (0.06 * len(groups))) * max(0.01, 1 - share)
        batch = make_batch(group, weights)
        with torch.autocast("cpu", torch.bfloat16):
            outputs = model(batch.rows, batch.mask)
        loss = batch_loss(outputs, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        if step % 20 == 19:
            print(f"{step + 1}/{len(groups)} loss {sum(losses[-20:]) / 20:.3f}, "
                  f"{time.monotonic() - started:.0f} s", flush=True)
        if step % 1000 == 999:
            torch.save(model.state_dict(), out)
    torch.save(model.state_dict(), out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--own", type=Path)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--public-share", type=float, default=1.0)
    parser.add_argument("--own-times", type=int, default=1)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    chance = random.Random(options.seed)
    weights = EncoderWeights(options.weights)
    tokenizer = PieceTokenizer(weights)
    examples = [e for e in public_examples(options.data, chance) if chance.random() < options.public_share]
    if options.own:
        examples += own_examples(options.data, options.own, chance) * options.own_times
    print(Counter((e.set_name, e.answer is not None) for e in examples), flush=True)
    targets = [
        target for example, windows in zip(examples, make_targets(examples, tokenizer, chance), strict=True)
        if not has_cut_answer(example, windows) for target in windows]
    print(len(targets), "windows", sum(len(t.window.ids) for t in targets) / len(targets), "tokens", flush=True)
    model = ReaderModel(weights, options.dropout)
    if options.start:
        model.load_state_dict(torch.load(options.start))
    train(targets, weights, model, passes=options.passes, rate=options.rate, seconds=options.seconds,
          out=options.out, seed=options.seed)


if __name__ == "__main__":
    main()
