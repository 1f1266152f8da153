"""Fills the libraries of the training sets, and stores what is retrieved for their questions, one file for each set."""

from __future__ import annotations

import argparse
import pickle
from dataclasses import replace
from pathlib import Path

from evals.training.answers.retrieved import retrieve_all
from evals.training.answers.training_sets import TrainingQuestion, ask_elsewhere, find_sets


def main() -> None:
    """Retrieve for the sets of one part of all; a set whose file exists is left as it is.

    Some questions of each set are also asked of the next one, which says nothing about them.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of public sets")
    parser.add_argument("root", type=Path, help="the folder for libraries and results")
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--parts", type=int, default=1)
    options = parser.parse_args()
    others: list[TrainingQuestion] = []
    for number, (name, open_set) in enumerate(find_sets(options.data, options.root)):
        if number % options.parts != options.part:
            continue
        training_set = open_set()
        for stored, questions in ((name, training_set.questions), (f"{name}-elsewhere", others)):
            path = options.root / f"{stored}.pickle"
            if questions and not path.exists():
                found = retrieve_all(replace(training_set, questions=questions))
                path.write_bytes(pickle.dumps((training_set.library.home, found)))
                print(f"{training_set.family}, {stored}: {len(found)} questions", flush=True)
        others = ask_elsewhere(training_set.questions)
        training_set.library.close()


if __name__ == "__main__":
    main()
