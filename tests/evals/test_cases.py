"""The shipped questions are well-formed, and their gold passages and facts stand in the notes."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from evals.cases import DATASETS, BadDataset, Case, load
from evals.metrics import holds
from rag.settings import SHIPPED_SEEDS

CASES = [case for path in sorted(DATASETS.glob("*.jsonl")) for case in load(path)]


def paragraphs(language: str) -> dict[str, str]:
    """Address `work#section.paragraph` → the paragraph, of one language's notes."""
    out: dict[str, str] = {}
    for path in (SHIPPED_SEEDS / language).glob("*.md"):
        section = paragraph = 0
        for line in path.read_text("utf-8").split("\n---\n", 1)[1].splitlines():
            if line.startswith("## "):
                section, paragraph = section + 1, 0
            elif line.strip() and not line.startswith("#"):
                paragraph += 1
                out[f"{path.stem}#{section}.{paragraph}"] = line
    return out


NOTES = {language: paragraphs(language) for language in ("zh", "en")}


def test_there_are_enough_questions_in_both_languages_over_all_documents() -> None:
    assert min(Counter(case.language for case in CASES).values()) >= 240
    works = {address.split("#")[0] for case in CASES for need in case.gold for address in need}
    assert works == {path.stem for path in (SHIPPED_SEEDS / "zh").glob("*.md")}


@pytest.mark.parametrize("case", [c for c in CASES if c.gold], ids=lambda case: case.id)
def test_gold_passages_exist_and_hold_the_facts(case: Case) -> None:
    for language, notes in NOTES.items():
        text = "\n".join(notes[address] for need in case.gold for address in need)
        missing = [fact for fact in case.must if not holds(fact, text)]
        assert not missing, f"{language} notes lack {missing}"


def test_refusals_require_nothing_and_answers_require_something() -> None:
    for case in CASES:
        assert bool(case.must) == bool(case.gold) == (case.behaviour != "refuse"), case.id


def test_parallel_questions_share_a_split() -> None:
    pairs: dict[str, set[str]] = {}
    for case in CASES:
        number = re.sub(r"-(?:zh|en)-", "-", case.id)
        first_batch = case.id[:-6] in {path.stem for path in (SHIPPED_SEEDS / "zh").glob("*.md")}
        if not (first_batch and int(case.id[-2:]) > 12):  # beyond 12 that batch's numbers do not pair
            pairs.setdefault(number, set()).add(case.split)
    assert all(len(splits) == 1 for splits in pairs.values())


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(json.dumps({"id": "a"}) + "\n", "utf-8")
    with pytest.raises(BadDataset, match=r"broken.jsonl, line 1"):
        load(path)
