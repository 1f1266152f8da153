"""A conversation that was kept becomes a Paper, or an object of JSON, with its evidence and without the model's thoughts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rag.citations.claims import split_claims
from rag.references.entries import format_references
from rag.schema import Answer, CheckedFigure, Citation, Disagreement, Language, Passage, Source, Statement
from ui.documents.answer_blocks import parse_blocks
from ui.documents.paper import Block, Footnote, Heading, Paper, Paragraph, Table, TextRun
from ui.history.entries import Conversation, ConversationEntry

_LABELS: dict[str, dict[Language, str]] = {
    "lead": {
        "zh": "与湖问的对话，{date}，{number} 个问题。注释给出每句话所据的原文，文献与所引段落列在文后。",
        "en": "A conversation with Huwen, {date}; questions: {number}. Notes give the words behind each statement; "
              "references and quoted passages follow at the end.",
    },
    "day": {"zh": "{0.year}年{0.month}月{0.day}日", "en": "{0:%B} {0.day}, {0.year}"},
    "join": {"zh": "；", "en": "; "},
    "colon": {"zh": "：", "en": ": "},
    "comma": {"zh": "，", "en": ", "},
    "page": {"zh": "第 {number} 页", "en": "p. {number}"},
    "model": {"zh": "模型 {name}", "en": "model {name}"},
    "state": {"zh": "（{state}）", "en": " ({state})"},
    "grounded": {"zh": "句句有出处", "en": "Every statement is sourced"},
    "partial": {"zh": "部分语句没有找到依据", "en": "Some statements lack support"},
    "unanswered": {"zh": "资料库没有答案", "en": "Not answered by the library"},
    "failed": {"zh": "没能作答", "en": "Could not answer"},
    "composing": {"zh": "没有写完，未经核对", "en": "Not finished, not checked"},
    "stopped": {"zh": "中途停止，未经核对", "en": "Stopped, not checked"},
    "strong": {"zh": "依据充分", "en": "strong evidence"},
    "fair": {"zh": "依据尚可", "en": "fair evidence"},
    "weak": {"zh": "依据薄弱", "en": "weak evidence"},
    "none": {"zh": "没有依据", "en": "no evidence"},
    "verified quote": {"zh": "原文引用", "en": "verbatim"},
    "supported": {"zh": "有依据", "en": "supported"},
    "not found": {"zh": "所引段落未见依据", "en": "no support found in this passage"},
    "unchecked": {"zh": "未经核对", "en": "not checked"},
    "matched": {"zh": "由湖问找到", "en": "found by Huwen"},
    "doubtful": {"zh": "资料里没有这个数字", "en": "no source has this figure"},
    "elsewhere": {
        "zh": "资料里有这个数字，但说的是别的事或别的年份", "en": "the sources have this figure of something else or another year"},
    "nearest": {"zh": "资料里没有这个数字；最接近的是{figure}", "en": "no source has this figure; the nearest is {figure}"},
    "derived": {"zh": "由资料推算：{how}", "en": "reckoned from the sources: {how}"},
    "differ": {"zh": "资料说法不一：{subject}（{difference}）", "en": "The sources differ: {subject} ({difference})"},
    "another year": {"zh": "年份不同", "en": "another year"},
    "another scope": {"zh": "范围不同", "en": "another scope"},
    "conflict": {"zh": "互相矛盾", "en": "conflict"},
    "no year": {"zh": "未注明", "en": "not given"},
    "figure": {"zh": "数字", "en": "Figure"},
    "year": {"zh": "年份", "en": "Year"},
    "scope": {"zh": "范围", "en": "Scope"},
    "source": {"zh": "出处", "en": "Source"},
    "nearby": {"zh": "最接近的段落：", "en": "Nearest passages:"},
    "references": {"zh": "参考文献", "en": "References"},
    "annex": {"zh": "所引段落", "en": "Passages quoted"},
}

_NEAREST_COUNT = 3  # passages that are named where there is no answer; more would look like one


def conversation_paper(conversation: Conversation, language: Language) -> Paper:
    """The conversation as a document; labels are in `language`, what was asked, answered and quoted stays in its own."""
    binder, said = _PaperBuilder(language), _labels_in(language)
    when = conversation.updated.astimezone().date()
    told = [block for entry in conversation.entries for block in binder.entry_blocks(entry)]
    lead = said["lead"].format(date=said["day"].format(when), number=len(conversation.entries))
    return Paper(
        conversation.title, language, (Paragraph((TextRun(lead),), "lead", language),), (*told, *binder.reference_blocks()), tuple(binder.notes),
        when.isoformat())


def conversation_json(conversation: Conversation) -> dict[str, object]:
    """The conversation with all evidence, as plain values; `answer` is an Answer that pydantic reads back, without its thoughts."""
    return {
        "id": conversation.id, "title": conversation.title,
        "created": conversation.created.isoformat(), "updated": conversation.updated.isoformat(),
        "entries": [_entry_json(entry) for entry in conversation.entries],
    }


def _entry_json(entry: ConversationEntry) -> dict[str, object]:
    exchange = entry.exchange
    return {
        "id": entry.id, "asked_at": entry.asked_at.isoformat(), "question": exchange.answer.question,
        "answer": {**asdict(exchange.answer), "thinking": ""}, "problem": exchange.problem, "stopped": exchange.stopped,
        "sources": [asdict(source) for source in entry.sources],
        "references": format_references(entry.sources, "gbt7714"),
        "prompts": entry.prompts, "thumb": entry.thumb, "reason": entry.reason,
    }


def _labels_in(language: Language) -> dict[str, str]:
    return {name: label[language] for name, label in _LABELS.items()}


class _PaperBuilder:
    """Puts entries one after another; their notes, references and passages are numbered through the whole document.

    A document that changed between two answers is two references, and its passages are those of each.
    """

    def __init__(self, language: Language) -> None:
        self.notes: list[Footnote] = []
        self.language, self.labels = language, _labels_in(language)
        self._sources: list[Source] = []
        self._quotes: dict[tuple[int, str, str], list[str]] = {}  # by source, section and text: what is quoted of it
        self._quoted_passages: dict[tuple[int, str, str], Passage] = {}

    def entry_blocks(self, entry: ConversationEntry) -> Iterator[Block]:
        """The question, what was answered, and what is to be thought of that."""
        exchange, answer = entry.exchange, entry.exchange.answer
        noted = _EntryNotes(self, entry)
        yield Heading(1, answer.question, answer.language)
        yield from parse_blocks(answer, noted.marker_note)
        if exchange.problem:
            yield self._build_aside(TextRun(exchange.problem))
        yield self._build_aside(TextRun(self._verdict_line(entry)))
        for figure in answer.figures:
            if figure.state != "found":
                yield self._build_aside(TextRun(figure.text, "doubtful" if figure.state == "not found" else "strong"), TextRun(self._figure_verdict(figure)))
        for differing in answer.disagreements:
            yield self._disagreement_table(differing, noted)
        if answer.status == "unanswered" and answer.passages:
            yield self._build_aside(TextRun(self.labels["nearby"]))
            for passage in answer.passages[:_NEAREST_COUNT]:
                yield Paragraph((TextRun(_passage_location(passage)),), "item", passage.language)

    def _build_aside(self, *runs: TextRun) -> Paragraph:
        return Paragraph(runs, "aside", self.language)

    def _verdict_line(self, entry: ConversationEntry) -> str:
        said, answer = self.labels, entry.exchange.answer
        parts = [said["stopped" if entry.exchange.stopped else answer.status]]
        if answer.confidence and answer.status in ("grounded", "partial"):
            why = _labels_in(answer.language)["join"].join(answer.confidence.reasons)
            parts.append(said["colon"].join(part for part in (said[answer.confidence.level], why) if part))
        return " · ".join([*parts, said["model"].format(name=answer.model)])

    def _figure_verdict(self, figure: CheckedFigure) -> str:
        said = self.labels
        if figure.state == "derived":
            told = said["derived"].format(how=figure.how)
        elif not figure.evidence:
            told = said["doubtful"]
        elif figure.evidence[0].split() == figure.text.split():  # "the nearest" would be the figure itself
            told = said["elsewhere"]
        else:
            told = said["nearest"].format(figure=figure.evidence[0])
        return said["colon"] + told

    def _disagreement_table(self, disagreement: Disagreement, entry_notes: _EntryNotes) -> Table:
        said = self.labels
        caption = said["differ"].format(subject=disagreement.subject, difference=said[disagreement.difference])
        undated = said["no year"] if disagreement.difference == "another year" else ""
        rows = tuple(
            ((TextRun(one.figure, "strong"),), (TextRun(one.year or undated),), (TextRun(one.scope),), (TextRun(one.title, notes=entry_notes.statement_notes(one)),))
            for one in disagreement.statements)
        return Table(tuple(said[name] for name in ("figure", "year", "scope", "source")), rows, caption, self.language)

    def add_note(self, passage: Passage, source: Source, quote: str, state: str) -> int:
        """The number of a note that says where the quote of a passage stands."""
        if source not in self._sources:
            self._sources.append(source)
        reference, said = self._sources.index(source) + 1, _labels_in(passage.language)
        key = (reference, passage.section, passage.text)
        self._quoted_passages.setdefault(key, passage)
        self._quotes.setdefault(key, []).append(quote)
        # quotation marks within a quotation are single ones; the annex has the passage as it is
        quoted = f"“{quote.replace('“', '‘').replace('”', '’')}”" if quote else ""
        told = said["colon"].join(part for part in (f"[{reference}] {_passage_location(passage)}", quoted) if part)
        text = told + (said["state"].format(state=state) if state else "")
        self.notes.append(Footnote(len(self.notes) + 1, text, passage.language))
        return len(self.notes)

    def reference_blocks(self) -> Iterator[Block]:
        """The references, and the passages that the notes quote, with the quoted words in bold."""
        if not self._sources:
            return
        yield Heading(1, self.labels["references"], self.language)
        for source, entry in zip(self._sources, format_references(self._sources, "gbt7714"), strict=True):
            yield Paragraph((TextRun(entry),), "reference", source.language)
        yield Heading(1, self.labels["annex"], self.language)
        for key, passage in sorted(self._quoted_passages.items(), key=lambda one: (one[0][0], one[1].start)):
            yield Heading(2, f"[{key[0]}] {_passage_location(passage)}", passage.language)
            for text in passage.text.split("\n\n"):
                yield Paragraph(tuple(_highlight_quotes(text, self._quotes[key])), "quote", passage.language)


class _EntryNotes:
    """Gives the notes of one entry their places: a claim has the same note at each of its markers of one number."""

    def __init__(self, builder: _PaperBuilder, entry: ConversationEntry) -> None:
        answer: Answer = entry.exchange.answer
        self._builder, self._citations = builder, answer.citations
        self._claims = list(split_claims(answer.text))
        self._passages = {passage.number: passage for passage in answer.passages}
        self._sources = {source.id: source for source in entry.sources}
        self._note_numbers: dict[tuple[int, str], int] = {}

    def marker_note(self, at: int, number: int) -> int:
        """The note of a marker; 0 where it names no passage."""
        if number not in self._passages:
            return 0
        claim = next((claim.text for claim in self._claims if claim.start <= at < claim.end), "")
        found = next((one for one in self._citations if one.marker == number and one.claim == claim), None)
        return self._note_number(number, found.quote if found else "", self._citation_state(found))

    def statement_notes(self, statement: Statement) -> tuple[int, ...]:
        """The note of what a passage says otherwise."""
        return (self._note_number(statement.passage, statement.quote, ""),) if statement.passage in self._passages else ()

    def _note_number(self, number: int, quote: str, state: str) -> int:
        if (number, quote) not in self._note_numbers:
            passage = self._passages[number]
            source = self._sources.get(passage.source_id) or Source(
                passage.source_id, "", passage.title, passage.language, date=passage.date)  # what is known of one that was not kept
            self._note_numbers[number, quote] = self._builder.add_note(passage, source, quote, state)
        return self._note_numbers[number, quote]

    def _citation_state(self, citation: Citation | None) -> str:
        said = self._builder.labels
        if citation is None:
            return said["unchecked"]
        return said["join"].join([said[citation.state], *([said["matched"]] if citation.matched else [])])


def _passage_location(passage: Passage) -> str:
    said = _labels_in(passage.language)  # punctuation is that of the title
    page = said["page"].format(number=passage.page) if passage.page else ""
    return said["comma"].join(part for part in (passage.title, passage.section, page) if part)


def _highlight_quotes(text: str, quotes: Sequence[str]) -> Iterator[TextRun]:
    """A text with the stretches in bold that are quoted of it."""
    spans = sorted((at, at + len(quote)) for quote in quotes if quote and (at := text.find(quote)) >= 0)
    done = 0
    for start, end in spans:
        if end > done:
            yield TextRun(text[done : max(start, done)])
            yield TextRun(text[max(start, done) : end], "strong")
            done = end
    yield TextRun(text[done:])
