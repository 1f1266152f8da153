"""What the reader does by itself on files in SQuAD's format: `python -m evals.training.reader.measure FILE…`.

Each question is read over its own paragraph: does the sentence with the best span hold the answer, and does the score
tell paragraphs that answer from those that do not (the impossible questions of SQuAD 2.0, and each paragraph without
the sentences that hold the answer)? `--across` asks the questions of the first file over the paragraphs of the second.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from evals.refusal_curve import WRONG_REFUSALS, refused_share
from evals.statistics import auroc
from evals.training.reader.examples import Example, squad_examples, without_answer
from rag.encoder.reader import PassageReader, ReadPassage, load_reader
from rag.text.language import sentence_spans


def measure(reader: PassageReader, name: str, examples: Sequence[Example]) -> str:
    """One line: the share of right sentences, and how well the score refuses."""
    cut = [example for example in map(without_answer, examples) if example]
    readings = [*_readings(reader, [e for e in examples if e.answer])]
    answered, rights = [score for score, _ in readings], [is_right for _, is_right in readings]
    lines = [f"{name}: {len(examples)} questions, right sentence {sum(rights) / len(rights):.3f}"]
    for kind, others in (("impossible", [e for e in examples if not e.answer]), ("without the sentence", cut)):
        scores = [score for score, _ in _readings(reader, others)]
        if scores:
            shares = ", ".join(f"{share:.0%}: {refused_share(answered, scores, share):.3f}" for share in WRONG_REFUSALS)
            lines.append(f"   {kind}: AUROC {auroc(answered, scores):.3f}, refused at wrong refusals of {shares}")
    return "\n".join(lines)


def _readings(reader: PassageReader, examples: Sequence[Example]) -> Iterator[tuple[float, bool]]:
    """For each example the log-odds that its text answers, and whether the best sentence holds the answer."""
    for example in examples:
        spans = list(sentence_spans(example.text))
        (reading,) = reader.read(example.question, [ReadPassage(example.heading, example.text, spans)])
        best = max(range(len(spans)), key=reading.sentences.__getitem__)
        answer = example.text[slice(*example.answer)] if example.answer else ""
        yield reading.answers, bool(answer) and answer in example.text[slice(*spans[best])]


def main() -> None:
    """Measure each file, or the questions of one over the paragraphs of the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--across", action="store_true")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--articles", nargs="*", default=[], help="only these articles")
    options = parser.parse_args()
    sets = [(path.name, [*squad_examples(path, path.name)]) for path in options.files]
    if options.across:
        (name, asked), (other, read) = sets
        pairs = zip(asked, read, strict=True)
        sets = [(f"{name} → {other}", [replace(b, question=a.question) for a, b in pairs])]
    for name, examples in sets:
        kept = [e for e in examples if not options.articles or e.group in options.articles]
        chosen = random.Random(1).sample(kept, min(options.questions, len(kept)))
        print(measure(load_reader(), name, chosen), flush=True)


if __name__ == "__main__":
    main()
