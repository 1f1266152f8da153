"""Dataset validation: the faults of a set of cases, checked against the passages of the corpus or their libraries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from evals.case_libraries import CaseLibrary
from evals.cases import Case, EvidenceSentence
from evals.metrics.behaviour import answer_correctness
from evals.metrics.facts import compact_text, missing_facts
from evals.metrics.retrieval import matches_gold
from rag.schema import Answer, Passage, Status


def find_faults(
    cases: Sequence[Case], passages: Sequence[Passage], libraries: Mapping[str, CaseLibrary] | None = None,
) -> list[str]:
    """One sentence for each fault; an empty list for a valid set.

    Some passage must match each gold place, the gold passages of each language must together contain the required
    facts, and each reference must be a correct answer to its case. The cases of a pair must have the same type and
    split, and no question may occur twice.

    A case with a library is checked against `libraries`: its sentences must stand in their documents, and a passage
    must match each; its facts may be derived from them. A library must be in one split.
    """
    return [
        *(f"{case.id}: {fault}" for case in cases for fault in _case_faults(case, passages, libraries or {})),
        *_pair_faults(cases), *_repeated_questions(cases), *_split_libraries(cases)]


def _case_faults(
    case: Case, passages: Sequence[Passage], libraries: Mapping[str, CaseLibrary],
) -> Iterator[str]:
    if case.behaviour == "refuse" and (case.must or case.gold):
        yield "a question that is to be refused requires no facts and has no gold"
    if case.behaviour != "refuse" and not case.must:
        yield "a question that is to be answered requires no fact"
    if case.library:
        yield from _library_faults(case, libraries)
    else:
        yield from _gold_faults(case, passages)
    if case.reference:
        status: Status = "unanswered" if case.behaviour == "refuse" else "grounded"
        verdict = answer_correctness(case, Answer(case.question, case.language, status, case.reference))
        if verdict and not verdict.value:
            yield f"the reference does not pass its own case ({verdict.reason})"


def _library_faults(case: Case, libraries: Mapping[str, CaseLibrary]) -> Iterator[str]:
    library = libraries.get(case.library)
    if library is None:
        yield f"there is no library {case.library!r}"
        return
    if case.behaviour != "refuse" and not case.evidence:
        yield "a question that is to be answered has no evidence"
    for one in (*case.evidence, *([case.near] if case.near else [])):
        yield from _sentence_faults(one, library.texts)
    places = (place for need in case.gold for place in need)
    for place in places:
        if not any(matches_gold(passage, place) for passage in library.passages):
            yield f"no passage holds {place!r}"


def _sentence_faults(one: EvidenceSentence, texts: Mapping[str, str]) -> Iterator[str]:
    if one.sentence not in texts.get(one.document, ""):
        yield f"{one.sentence!r} does not stand in {one.document!r}"
    if one.answer not in one.sentence:
        yield f"{one.answer!r} does not stand in its sentence"


def _gold_faults(case: Case, passages: Sequence[Passage]) -> Iterator[str]:
    matches = {place: [p for p in passages if matches_gold(p, place)] for need in case.gold for place in need}
    yield from (f"no passage holds {place!r}" for place, matching in matches.items() if not matching)
    for language in sorted({p.language for matching in matches.values() for p in matching}):
        texts = []  # of the gold passages in this language, one text for each need
        for need in case.gold:
            texts.append("\n".join(p.text for place in need for p in matches[place] if p.language == language))
        if all(texts) and (missing := missing_facts(case.must, "\n".join(texts))):
            yield f"its gold passages in {language} do not hold {', '.join(missing)}"


def _pair_faults(cases: Sequence[Case]) -> Iterator[str]:
    pairs: dict[str, list[Case]] = {}
    for case in cases:
        if case.pair:
            pairs.setdefault(case.pair, []).append(case)
    for name, pair in pairs.items():
        if len({case.split for case in pair}) > 1 or len({case.type for case in pair}) > 1:
            yield f"pair {name}: its cases differ in type or split"
        if len({case.language for case in pair}) < len(pair):
            yield f"pair {name}: two of its cases are in one language"


def _repeated_questions(cases: Sequence[Case]) -> Iterator[str]:
    counts = Counter((compact_text(case.question), case.history, case.library) for case in cases)
    yield from (f"asked {n} times: {question}" for (question, _, _), n in counts.items() if n > 1)


def _split_libraries(cases: Sequence[Case]) -> Iterator[str]:
    splits: dict[str, set[str]] = {}
    for case in cases:
        if case.library:
            splits.setdefault(case.library, set()).add(case.split)
    yield from (f"library {name}: its cases are in two splits" for name, found in splits.items() if len(found) > 1)
