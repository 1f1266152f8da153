"""The shipped cases are valid, and the notes contain their gold passages and facts."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from evals.case_libraries import CaseLibrary, documents_folder, library_names
from evals.cases import DATASETS, BadDataset, Case, EvidenceSentence, Fact, dump, load
from evals.dataset_check import find_faults
from evals.metrics.facts import compact_text, states_fact
from rag.answering.retrieve import number_passages
from rag.pipeline import Pipeline
from rag.schema import Passage
from rag.settings import SHIPPED_SEEDS

SHIPPED = [case for path in sorted(DATASETS.glob("*.jsonl")) for case in load(path)]
CASES = [case for case in SHIPPED if not case.library]  # about the shipped notes
EVERYDAY = load(DATASETS / "everyday.jsonl")


def paragraphs(language: str) -> dict[str, str]:
    """The paragraphs of the notes in one language, by their address `work#section.paragraph`."""
    texts: dict[str, str] = {}
    for path in (SHIPPED_SEEDS / language).glob("*.md"):
        section = paragraph = 0
        for line in path.read_text("utf-8").split("\n---\n", 1)[1].splitlines():
            if line.startswith("## "):
                section, paragraph = section + 1, 0
            elif line.strip() and not line.startswith("#"):
                paragraph += 1
                texts[f"{path.stem}#{section}.{paragraph}"] = line
    return texts


NOTES = {language: paragraphs(language) for language in ("zh", "en")}


def test_there_are_enough_questions_in_both_languages_on_all_documents() -> None:
    assert min(Counter(case.language for case in CASES).values()) >= 240
    works = {address.split("#")[0] for case in CASES for need in case.gold for address in need}
    assert works == {path.stem for path in (SHIPPED_SEEDS / "zh").glob("*.md")}


@pytest.mark.parametrize("case", [c for c in CASES if c.gold], ids=lambda case: case.id)
def test_gold_passages_exist_and_contain_the_facts(case: Case) -> None:
    for language, notes in NOTES.items():
        text = "\n".join(notes[address] for need in case.gold for address in need)
        missing = [fact for fact in case.must if not states_fact(fact, text)]
        assert not missing, f"{language} notes lack {missing}"


def test_refusals_require_nothing_and_answers_require_something() -> None:
    for case in CASES:
        assert bool(case.must) == bool(case.gold) == (case.behaviour != "refuse"), case.id


def test_enough_cases_are_unanswerable_and_half_are_parallel() -> None:
    assert sum(case.behaviour == "refuse" for case in CASES) >= 120
    assert sum(bool(case.pair) for case in CASES) >= len(CASES) / 2
    main = load(DATASETS / "suzhou.jsonl")
    held_out = sum(case.split == "test" for case in main) / len(main)
    assert 0.28 <= held_out <= 0.33


@pytest.fixture(scope="module")
def passages(notes: Pipeline) -> tuple[Passage, ...]:
    documents = notes.library.all_passages()
    return number_passages([d.model_copy(update={"metadata": {**d.metadata, "score": 0.0}}) for d in documents])


def file_passages(texts: dict[str, str]) -> tuple[Passage, ...]:
    """Each file as one passage, as it stands."""
    return tuple(
        Passage(number, name, name, name, "", 0, 0, len(text), text, 0.0, "en")
        for number, (name, text) in enumerate(texts.items(), 1))


def case_libraries(dataset: Path, cases: list[Case]) -> dict[str, CaseLibrary]:
    libraries = {}
    for name in library_names(cases):
        texts = {path.name: path.read_text("utf-8") for path in documents_folder(dataset, name).iterdir()}
        libraries[name] = CaseLibrary(texts, file_passages(texts))
    return libraries


def test_the_everyday_set_has_no_faults() -> None:
    assert find_faults(EVERYDAY, (), case_libraries(DATASETS / "everyday.jsonl", EVERYDAY)) == []


def test_half_of_the_everyday_set_has_no_answer_and_a_third_of_its_libraries_is_locked() -> None:
    assert len(EVERYDAY) >= 800
    refused = [case for case in EVERYDAY if case.behaviour == "refuse"]
    assert 0.45 <= len(refused) / len(EVERYDAY) <= 0.55
    assert min(Counter(case.type for case in refused if case.type != "other-matter").values()) >= 30
    assert min(Counter(case.language for case in EVERYDAY).values()) >= 390
    locked = {case.library: case.writer for case in EVERYDAY if case.split == "test"}
    assert (len(locked), len(library_names(EVERYDAY))) == (6, 18)
    assert set(Counter(locked.values()).values()) == {2}


LEASE = """{"id": "lease-1", "lang": "zh", "question": "押金几天退？", "must": [{"any": ["15日"]}], "reference": "15日内退。", \
"library": "lease", "evidence": [{"document": "合同.md", "sentence": "| 押金 | **15日**内退还 |", "answer": "15日"}], \
"near": {"document": "合同.md", "sentence": "租金3日内付清。"}, "writer": "a"}"""


def test_a_case_names_its_library_and_the_sentence_that_answers(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(LEASE, "utf-8")
    [case] = load(path)
    assert case.gold == (("| 押金 | **15日**内退还 |",),)
    assert case.gold_documents == ("lease/合同.md",)
    assert case.near == EvidenceSentence("合同.md", "租金3日内付清。")
    path.write_text(dump([case]), "utf-8")
    assert load(path) == [case]


def test_faults_of_a_case_with_a_library_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(LEASE, "utf-8")
    [case] = load(path)
    texts = {"合同.md": "| 押金 | **15日**内退还 |\n租金3日内付清。"}
    library = CaseLibrary(texts, file_passages(texts))
    assert find_faults([case], (), {"lease": library}) == []
    assert find_faults([case], ()) == ["lease-1: there is no library 'lease'"]
    other = replace(
        case, id="lease-2", question="？", split="test", near=EvidenceSentence("合同.md", "没有这句。"),
        evidence=(replace(case.evidence[0], answer="16日"),))
    faults = find_faults([case, other], (), {"lease": library})
    assert len(faults) == 3
    for part in ("does not stand in '合同.md'", "'16日' does not stand in its sentence", "in two splits"):
        assert part in "\n".join(faults)


def test_the_shipped_sets_have_no_faults(passages: tuple[Passage, ...]) -> None:
    assert find_faults(CASES, passages) == []


def test_each_fault_of_a_set_is_reported(passages: tuple[Passage, ...]) -> None:
    valid = next(case for case in CASES if case.gold and case.language == "zh")
    invalid = [
        replace(valid, id="lost", gold=(("no-work#1.1",),)), replace(valid, id="lacking", must=(Fact("987654321家"),)),
        replace(valid, id="quoted", gold=(("这句话哪里也没有",),)), replace(valid, id="unproven", reference="不知道。"),
        replace(valid, id="empty", must=(), gold=()), replace(valid, id="refused", behaviour="refuse")]
    faults = "\n".join(find_faults([replace(case, question=f"{case.id}？", pair="") for case in invalid], passages))
    for sentence in (
            "lost: no passage holds 'no-work#1.1'", "lacking: its gold passages in en do not hold 987654321家",
            "quoted: no passage holds", "unproven: the reference does not pass",
            "empty: a question that is to be answered", "refused: a question that is to be refused"):
        assert sentence in faults


def test_faulty_pairs_and_repeated_questions_are_reported() -> None:
    first, second = (replace(CASES[0], id=id, pair="p", gold=(), must=CASES[0].must) for id in "ab")
    assert find_faults([first, second], ()) == [
        "pair p: two of its cases are in one language", f"asked 2 times: {compact_text(first.question)}"]
    translated = replace(second, language="en", split="test", question="Other?")
    assert "pair p: its cases differ in type or split" in find_faults([first, translated], ())


def test_a_set_is_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "again.jsonl"
    path.write_text(dump(SHIPPED), "utf-8")
    assert load(path) == SHIPPED


def test_a_short_line_is_a_case(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    line = (
        '{"id": "a", "question": "How many?", "must": [{"figure": "7", "tolerance": 0.1}], '
        '"gold": [["seven of them"]]}')
    path.write_text(line + "\n", "utf-8")
    [case] = load(path)
    assert (case.language, case.behaviour, case.split, case.must) == ("en", "answer", "dev", (Fact("7", (), 0.1),))


@pytest.mark.parametrize(("line", "fault"), [
    ('{"id": "a"}', "question"), ("not json", "JSON"),
    ('{"id": "a", "question": "？", "behaviour": "dance"}', "behaviour"),
    ('{"id": "a", "question": "？", "lang": "fr"}', "lang"), ('{"id": "a", "question": "？", "must": [{}]}', "figure"),
    ('{"id": "a", "question": "？", "must": [{"any": [" "]}]}', "wordings"),
    ('{"id": "a", "question": "？", "mst": []}', "mst"),
    ('{"id": "a", "question": "？"}\n{"id": "a", "question": "？"}', "line 2: the id a"), ("", "no case")])
def test_an_invalid_case_is_reported_with_its_line(tmp_path: Path, line: str, fault: str) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(line + "\n", "utf-8")
    with pytest.raises(BadDataset, match=r"broken.jsonl.*") as caught:
        load(path)
    assert fault in str(caught.value)
