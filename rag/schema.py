"""The data classes that all packages share: Source, Passage, Citation, Turn, Usage, Answer and their parts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
Status = Literal["composing", "grounded", "partial", "unanswered", "failed"]
# read with doubt: it is there, but in a scan, and text recognition (OCR) is not sure of a figure in it
CitationState = Literal["verified quote", "supported", "read with doubt", "not found"]
FigureState = Literal["found", "derived", "read with doubt", "not found"]
BlockKind = Literal[
    "heading", "paragraph", "opening", "item", "caption", "table", "row", "head", "cell", "question", "answer", "label",
    "quotation", "code", "note"]
Level = Literal["strong", "fair", "weak", "none"]
Difference = Literal["another year", "another scope", "conflict"]
VersionStatus = Literal["in force", "superseded", "repealed", "expired", "not yet in force", "draft", "unclear"]


class HuwenError(Exception):
    """An error that a person can act on. Its message says in one sentence what failed, where, and what would help."""

    def sentence(self, language: Language) -> str:
        """The message in a language; English where an error has no other."""
        return str(self)


@dataclass(frozen=True)
class Source:
    """One document of the library."""

    id: str
    name: str  # the file's name
    title: str
    language: Language
    edition_of: str = ""  # shared by the editions of one work in different languages
    author: str = ""
    publisher: str = ""
    container: str = ""  # the journal or serial, with its issue
    date: str = ""
    kind: str = ""  # in the document's own words: report, 期刊论文
    city: str = ""  # of the publisher
    volume: str = ""
    issue: str = ""
    pages: str = ""  # in the container; for a newspaper, the page number
    edition: str = ""  # 2, 第二版, 2nd; not to be confused with `edition_of`
    number: str = ""  # of a standard, patent or report: GB/T 7714—2015
    url: str = ""
    accessed: str = ""  # the day on which it was read at the URL
    tags: tuple[str, ...] = ()
    passages: int = 0
    digest: str = ""  # a hash of the file's content, by which a changed document is recognised
    original: str = ""  # the SHA-256 of the file's bytes, under which the library keeps a copy; empty: it keeps none
    reader: int = 0  # the version of the reader that read the file (`rag/library/reader_version.py`); 0: before 0.6
    renamed: bool = False  # a person gave the title; the file's own title does not replace it
    omissions: tuple[str, ...] = ()  # what was left out of the file, each as `kind|count|where`
    recognised_pages: str = ""  # those that text recognition (OCR) read: `3, 5–7`


@dataclass(frozen=True)
class Scope:
    """Which sources a question searches: those that meet every given condition; by default all."""

    sources: tuple[str, ...] = ()  # ids, file names or titles
    tags: tuple[str, ...] = ()  # any of them
    languages: tuple[Language, ...] = ()
    years: tuple[int, int] | None = None  # the first and the last


@dataclass(frozen=True)
class Endpoint:
    """A model behind a URL; an empty `model` means that there is none."""

    model: str = ""
    url: str = ""
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class EmbeddingPrompts:
    """What an embedding model is told about the side of a text: prefixes, or the field `input_type` of a request."""

    query_prefix: str = ""  # `query: ` for e5
    passage_prefix: str = ""  # `passage: ` for e5
    input_type: str = ""  # that of a passage, `passage` or `document`; that of a question is `query`; empty: not sent


@dataclass(frozen=True)
class EmbeddingEndpoint(Endpoint):
    """The endpoint of an embedding model, or the name of an embedder inside Huwen."""

    prompts: EmbeddingPrompts = EmbeddingPrompts()


@dataclass(frozen=True)
class Slice:
    """A part of a source's clean text: `source.text[start:end] == text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Block:
    """A part of a document with one function: `source.text[start:end]` is its text.

    `index` is its place in the document's list of blocks; `parent` that of the block that contains it or leads to it,
    -1 for none.

    `lead`: the parts of the document without which it says nothing, outermost first: the caption and the heads of a
    cell's row and column, the question of an answer, the sentence that opens a list. `number` is its address, such as
    `article 12` or `section 3.2` (`rag/numbers/addresses.py`); empty for a block without one.
    """

    kind: BlockKind
    start: int
    end: int
    lead: tuple[Slice, ...] = ()
    number: str = ""
    level: int = 0  # 1 to 6 for a heading, the depth of an item; else 0
    parent: int = -1
    index: int = 0


@dataclass(frozen=True)
class PassageVersion:
    """The version of a document from which a passage is, if the library has several or it is not in force.

    `is_used`: an answer may rest on it; else it is the counterpart of such a passage in another version, or it is
    there because the version that is used may not answer. Names are in Chinese and in English.
    """

    family: str  # the same for all versions of the document
    names: tuple[str, str]
    status: VersionStatus
    is_used: bool = True
    is_alone: bool = False  # not used, and nothing in the version that is used corresponds to it
    is_period: bool = False  # not a version, but the period that a report is about
    effective_from: str = ""  # ISO 8601


@dataclass(frozen=True)
class Computation:
    """What was computed from the table of which a passage is a part, in the language of the answer.

    `source.text[start:end]` is the first cell in this passage on which the result rests; `cells` are the texts of all.
    """

    statement: str  # the result in a sentence
    how: str  # the formula in words
    start: int
    end: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Passage:
    """A part of a document's clean text, with the number under which model and reader see it.

    `source.text[start:end] == text`; `page` is 0 if the format has no pages; `score` is the retriever's score, 0 to 1.
    `paragraphs` are the numbers of the first and the last paragraph within the section; with `edition_of` and
    `section_number` they link a passage to its counterpart in another language.
    """

    number: int
    id: str
    source_id: str
    title: str
    section: str
    page: int
    start: int
    end: int
    text: str
    score: float
    language: Language
    edition_of: str = ""
    section_number: int = 0
    paragraphs: tuple[int, int] = (0, 0)
    date: str = ""
    lead: tuple[Slice, ...] = ()  # the parts of the document without which its first block says nothing
    blocks: tuple[Block, ...] = ()  # its blocks; empty: they are not known, the passage is prose
    addresses: tuple[str, ...] = ()  # of its blocks and headings: `article 12`, `chapter 3`
    is_recognised: bool = False  # text recognition (OCR) read it, or a part of it, from the image of a page
    doubts: tuple[Slice, ...] = ()  # what the recogniser doubts in it, in its leads and in the headings above it
    cosine: float = 0.0  # of the question's vector and the passage's by the encoder; 0: not among the nearest
    version: PassageVersion | None = None  # None: the only version in the library
    kin: str = ""  # the same for the versions and near-copies of a document, which do not confirm each other
    computation: Computation | None = None  # a result that rests on cells of this passage


@dataclass(frozen=True)
class Citation:
    """A claim of the answer, the passage that it cites, and the quote in that passage that supports it."""

    marker: int
    claim: str
    passage_id: str
    source_id: str
    title: str
    section: str
    page: int
    quote: str
    state: CitationState
    start: int = 0  # of the quote in the source's clean text: `source.text[start:end] == quote`
    end: int = 0
    matched: bool = False  # the draft had no marker: verification found a passage that clearly supports the claim
    # what the quote says only together with: the heads of its cell, its question, the opening of its list
    lead: str = ""
    kin: str = ""  # of its passage


@dataclass(frozen=True)
class CheckedFigure:
    """A figure of the answer with the result of its check: `answer.text[start:end] == text`."""

    text: str
    start: int
    end: int
    state: FigureState
    passages: tuple[int, ...] = ()  # the numbers of the passages that contain it, or from which it is derived
    # the figure as the passages write it; derived: its parts; not found: the nearest one
    evidence: tuple[str, ...] = ()
    how: str = ""  # the calculation of a derived figure: `5万亿元 − 3.8万亿元`


@dataclass(frozen=True)
class Statement:
    """The value that one passage gives for a quantity."""

    figure: str  # as the passage writes it
    year: str  # empty if unknown
    scope: str  # the place or organisation that the value is about; empty if unknown
    passage: int  # its number
    title: str
    quote: str  # the sentence


@dataclass(frozen=True)
class Disagreement:
    """Different values for one subject, each with its passage."""

    subject: str  # in the words of the passages: 灯塔工厂
    difference: Difference
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Confidence:
    """How reliable an answer is, and why, in the answer's language."""

    level: Level
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class PackedPassages:
    """Which passages a model was given, and how many tokens they used."""

    budget: int = 0  # tokens for passages
    used: int = 0
    left_out: tuple[int, ...] = ()  # the numbers of the passages that did not fit


@dataclass(frozen=True)
class Thought:
    """A piece of a model's reasoning. `retracted`: all earlier text was reasoning too."""

    text: str = ""
    retracted: bool = False


@dataclass(frozen=True)
class Turn:
    """An earlier question of the conversation and its answer."""

    question: str
    answer: str


@dataclass(frozen=True)
class Timings:
    """Milliseconds since the question arrived; 0 if that point is not reached yet."""

    retrieve: float = 0.0
    first_token: float = 0.0
    total: float = 0.0


@dataclass(frozen=True)
class Usage:
    """Tokens that a model read and wrote; 0 without a model."""

    prompt: int = 0
    completion: int = 0


@dataclass(frozen=True)
class AnswerScore:
    """The score by which an answer was given or refused: how probably the passages answer the question, 0 to 1.

    1 if the structure of a document or a computation gives the answer; 0 if a rule without a probability refuses.
    """

    value: float


# what a drafter yields: a piece of the draft, a piece of the model's thoughts, the tokens used, the packed passages,
# the score of the answer or refusal
DraftEvent = str | Thought | Usage | PackedPassages | AnswerScore


@dataclass(frozen=True)
class Answer:
    """An answer as a reader sees it and as the evals grade it; while streaming, each frame is an Answer too."""

    question: str
    language: Language
    status: Status = "composing"
    text: str = ""
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    model: str = ""
    timings_ms: Timings = field(default_factory=Timings)
    usage: Usage = field(default_factory=Usage)
    thinking: str = ""  # the model's reasoning; never part of the text, never cited
    figures: tuple[CheckedFigure, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    confidence: Confidence | None = None
    suggestions: tuple[str, ...] = ()
    packed: PackedPassages = PackedPassages()
    score: float | None = None  # the value of an AnswerScore; None: a model wrote the draft

    def to_json(self) -> dict[str, object]:
        """The public form: what `huwen ask --json` prints."""
        return {
            "question": self.question,
            "language": self.language,
            "status": self.status,
            "text": self.text,
            "citations": [_pick_fields(c, _CITATION_KEYS) for c in self.citations],
            "passages": [_pick_fields(p, PASSAGE_KEYS) for p in self.passages],
            "model": self.model,
            "timings_ms": {name: round(ms, 1) for name, ms in asdict(self.timings_ms).items()},
            "usage": asdict(self.usage),
            "thinking": self.thinking,
            "figures": [asdict(figure) for figure in self.figures],
            "disagreements": [asdict(disagreement) for disagreement in self.disagreements],
            "confidence": asdict(self.confidence) if self.confidence else None,
            "suggestions": list(self.suggestions),
            "packed": asdict(self.packed),
        }


_CITATION_KEYS = (
    "marker",
    "passage_id",
    "source_id",
    "title",
    "section",
    "page",
    "quote",
    "state",
    "start",
    "end",
    "matched",
    "lead",
)
PASSAGE_KEYS = (
    "number", "id", "source_id", "title", "section", "page", "start", "end", "text", "score", "is_recognised")


def _pick_fields(item: Citation | Passage, keys: tuple[str, ...]) -> dict[str, object]:
    return {key: getattr(item, key) for key in keys}
