"""Conversation export: a stored conversation as a Paper or as JSON, with its evidence, without the model's thoughts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from rag.citations.claims import split_claims
from rag.references.entries import format_references
from rag.schema import Answer, CheckedFigure, Citation, Disagreement, Language, Passage, Source, Statement
from ui.documents.answer_blocks import parse_blocks
from ui.documents.figure_notes import explained_figures
from ui.documents.paper import Block, Footnote, Heading, Paper, PaperTable, Paragraph, TextRun
from ui.documents.quoted_passages import QuotedWords, passage_location, passage_parts
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
    "read with doubt": {"zh": "出自扫描件，识别存疑", "en": "from a scan, read with doubt"},
    "not found": {"zh": "所引段落未见依据", "en": "no support found in this passage"},
    "unchecked": {"zh": "未经核对", "en": "not checked"},
    "matched": {"zh": "由湖问找到", "en": "found by Huwen"},
    "doubted": {
        "zh": "出自扫描件，识别存疑，请核对原页", "en": "from a scan, read with doubt; compare the page itself"},
    "doubtful": {"zh": "资料里没有这个数字", "en": "no source has this figure"},
    "elsewhere": {
        "zh": "资料里有这个数字，但说的是别的事或别的年份",
        "en": "the sources have this figure of something else or another year",
    },
    "nearest": {
        "zh": "资料里没有这个数字；最接近的是{figure}", "en": "no source has this figure; the nearest is {figure}"},
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

_NEAREST_COUNT = 3  # nearest passages under a refusal; more would look like an answer


def conversation_paper(conversation: Conversation, language: Language) -> Paper:
    """The conversation as a document. Labels are in `language`; questions, answers and quotes stay in their own."""
    builder, labels = _PaperBuilder(language), _labels_in(language)
    date = conversation.updated.astimezone().date()
    entry_blocks = [block for entry in conversation.entries for block in builder.entry_blocks(entry)]
    lead = labels["lead"].format(date=labels["day"].format(date), number=len(conversation.entries))
    return Paper(
        conversation.title, language, (Paragraph((TextRun(lead),), "lead", language),),
        (*entry_blocks, *builder.reference_blocks()), tuple(builder.notes), date.isoformat())


def conversation_json(conversation: Conversation) -> dict[str, object]:
    """The conversation with all evidence as plain values; pydantic can read `answer` as an Answer, without thoughts."""
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


_DOUBTFUL_STATES = ("not found", "read with doubt")


def _labels_in(language: Language) -> dict[str, str]:
    return {name: label[language] for name, label in _LABELS.items()}


class _PaperBuilder:
    """Builds the blocks of a document; notes, references and passages are numbered through all entries.

    A source that changed between two answers gives two references, each with its own passages.
    """

    def __init__(self, language: Language) -> None:
        self.notes: list[Footnote] = []
        self.language, self.labels = language, _labels_in(language)
        self._sources: list[Source] = []
        # quotes and passages by the number of the reference, the section and the passage's text
        self._quotes: dict[tuple[int, str, str], list[QuotedWords]] = {}
        self._quoted_passages: dict[tuple[int, str, str], Passage] = {}

    def entry_blocks(self, entry: ConversationEntry) -> Iterator[Block]:
        """The question, the answer, and the results of its checks."""
        exchange, answer = entry.exchange, entry.exchange.answer
        entry_notes = _EntryNotes(self, entry)
        yield Heading(1, answer.question, answer.language)
        yield from parse_blocks(answer, entry_notes.marker_note)
        if exchange.problem:
            yield self._build_aside(TextRun(exchange.problem))
        yield self._build_aside(TextRun(self._verdict_line(entry)))
        for figure in explained_figures(answer):
            if figure.state != "found":
                run = TextRun(figure.text, "doubtful" if figure.state in _DOUBTFUL_STATES else "strong")
                yield self._build_aside(run, TextRun(self._figure_verdict(figure)))
        for disagreement in answer.disagreements:
            yield self._disagreement_table(disagreement, entry_notes)
        if answer.status == "unanswered" and answer.passages:
            yield self._build_aside(TextRun(self.labels["nearby"]))
            for passage in answer.passages[:_NEAREST_COUNT]:
                location = TextRun(passage_location(passage, passage.language))
                yield Paragraph((location,), "item", passage.language)

    def _build_aside(self, *runs: TextRun) -> Paragraph:
        return Paragraph(runs, "aside", self.language)

    def _verdict_line(self, entry: ConversationEntry) -> str:
        labels, answer = self.labels, entry.exchange.answer
        parts = [labels["stopped" if entry.exchange.stopped else answer.status]]
        if answer.confidence and answer.status in ("grounded", "partial"):
            reasons = _labels_in(answer.language)["join"].join(answer.confidence.reasons)
            parts.append(labels["colon"].join(part for part in (labels[answer.confidence.level], reasons) if part))
        return " · ".join([*parts, labels["model"].format(name=answer.model)])

    def _figure_verdict(self, figure: CheckedFigure) -> str:
        labels = self.labels
        if figure.state == "read with doubt":
            verdict = labels["doubted"]
        elif figure.state == "derived":
            verdict = labels["derived"].format(how=figure.how)
        elif not figure.evidence:
            verdict = labels["doubtful"]
        elif figure.evidence[0].split() == figure.text.split():  # "the nearest" would be the figure itself
            verdict = labels["elsewhere"]
        else:
            verdict = labels["nearest"].format(figure=figure.evidence[0])
        return labels["colon"] + verdict

    def _disagreement_table(self, disagreement: Disagreement, entry_notes: _EntryNotes) -> PaperTable:
        labels = self.labels
        caption = labels["differ"].format(subject=disagreement.subject, difference=labels[disagreement.difference])
        undated = labels["no year"] if disagreement.difference == "another year" else ""
        rows = []
        for statement in disagreement.statements:
            title = TextRun(statement.title, notes=entry_notes.statement_notes(statement))
            rows.append((
                (TextRun(statement.figure, "strong"),), (TextRun(statement.year or undated),),
                (TextRun(statement.scope),), (title,)))
        header = tuple(labels[name] for name in ("figure", "year", "scope", "source"))
        return PaperTable(header, tuple(rows), caption, self.language)

    def add_note(self, passage: Passage, source: Source, quoted_words: QuotedWords, state: str) -> int:
        """Add a note with the location of a passage, its quote, and the state of the citation; returns its number."""
        quote = quoted_words.text
        if source not in self._sources:
            self._sources.append(source)
        reference, labels = self._sources.index(source) + 1, _labels_in(passage.language)
        key = (reference, passage.section, passage.text)
        self._quoted_passages.setdefault(key, passage)
        self._quotes.setdefault(key, []).append(quoted_words)
        # quotation marks inside a quotation are single ones; the annex has the passage unchanged
        quoted = f"“{quote.replace('“', '‘').replace('”', '’')}”" if quote else ""
        location = f"[{reference}] {passage_location(passage, passage.language)}"
        text = labels["colon"].join(part for part in (location, quoted) if part)
        text += labels["state"].format(state=state) if state else ""
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
        for key, passage in sorted(self._quoted_passages.items(), key=lambda item: (item[0][0], item[1].start)):
            yield Heading(2, f"[{key[0]}] {passage_location(passage, passage.language)}", passage.language)
            for part in passage_parts(passage, self._quotes[key]):
                yield part if isinstance(part, PaperTable) else Paragraph(part, "quote", passage.language)


class _EntryNotes:
    """The notes of one entry: one for each passage and quote, also where several markers cite it."""

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
        citation = next((one for one in self._citations if one.marker == number and one.claim == claim), None)
        quote = QuotedWords(citation.quote, citation.start if citation.end else -1) if citation else QuotedWords("")
        return self._note_number(number, quote, self._citation_state(citation))

    def statement_notes(self, statement: Statement) -> tuple[int, ...]:
        """The note of a statement in a disagreement; none where its passage is missing."""
        if statement.passage not in self._passages:
            return ()
        return (self._note_number(statement.passage, QuotedWords(statement.quote), ""),)

    def _note_number(self, number: int, quote: QuotedWords, state: str) -> int:
        if (number, quote.text) not in self._note_numbers:
            passage = self._passages[number]
            # a source that was not stored is described by its passage
            source = self._sources.get(passage.source_id) or Source(
                passage.source_id, "", passage.title, passage.language, date=passage.date)
            self._note_numbers[number, quote.text] = self._builder.add_note(passage, source, quote, state)
        return self._note_numbers[number, quote.text]

    def _citation_state(self, citation: Citation | None) -> str:
        labels = self._builder.labels
        if citation is None:
            return labels["unchecked"]
        return labels["join"].join([labels[citation.state], *([labels["matched"]] if citation.matched else [])])
