"""Question chunking: the times, places, names, nouns and attributes of a question, with their positions.

Follow-up detection, follow-up rewriting and the topic of a question are rules over these chunks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import rjieba

from rag.text.entities import word_name_kind
from rag.text.language import has_han, is_function_word, normalise, stem
from rag.text.lexicon import load_lexicon

ChunkKind = Literal["time", "place", "name", "noun", "attribute"]


@dataclass(frozen=True)
class Chunk:
    """A part of a question: a time, a place, another name, a noun, or an attribute of one of these.

    `深圳2021年软件业收入` → place 深圳, time 2021年, noun 软件业, attribute 收入. `text` equals `question[start:end]`.
    """

    text: str
    start: int
    end: int
    kind: ChunkKind
    is_modifier: bool = False  # narrows another chunk and is not itself asked about: `in Japan`, 软件 in 软件收入


def find_chunks(text: str) -> list[Chunk]:
    """The chunks of a question from left to right; none overlap."""
    return list(_cached_chunks(text))


@lru_cache(maxsize=2_000)
def _cached_chunks(text: str) -> tuple[Chunk, ...]:
    chunks_between = _han_chunks if has_han(text) else _latin_chunks
    chunks: list[Chunk] = []
    offset = 0
    for time in TIME_EXPRESSION.finditer(text):
        chunks += chunks_between(text, offset, time.start())
        chunks.append(Chunk(time.group(), time.start(), time.end(), "time"))
        offset = time.end()
    chunks += chunks_between(text, offset, len(text))
    return tuple(chunks)


def _merge_chunks(text: str, run: list[Chunk], kind: ChunkKind, *, is_modifier: bool = False) -> Chunk:
    start, end = run[0].start, run[-1].end
    return Chunk(text[start:end], start, end, kind, is_modifier=is_modifier)


_HAN_DIGIT = "〇零一二三四五六七八九十"
TIME_EXPRESSION = re.compile(
    r"(?<!\d)(?:1\d|20)\d\d(?:年?\s*(?:[-–—~至到]|and|to|和|与|或)\s*(?:1\d|20)\d\d)?(?!\d)"
    r"(?:年代|年(?!均)(?:[上下]半年|[前一二三四]+季度|底|末|初|\d{1,2}月)?|s\b)?"
    rf"|[一二][{_HAN_DIGIT}]{{3}}年"
    r"|今年|去年|前年|明年|[上下]半年|第?[一二三四]季度"
    r"|[一二三四五六七八九]“?十[一二三四五]五”?(?:期间|时期)?|“?十[一二三四五]五”?(?:期间|时期)?"
    r"|\b(?:last|next|this) (?:year|month|quarter|season|decade|century)\b"
    r"|\bthe (?:year|decade) (?:before|after)\b|\btoday\b", re.I)


_TITLE = re.compile(r"《[^》]+》")


def _han_chunks(text: str, begin: int, end: int) -> Iterator[Chunk]:
    """The chunks of a part of a Chinese text that contains no times."""
    run: list[Chunk] = []
    for word, tag in _tag_words(text, begin, end):
        kind = _han_kind(word, tag, text, begin)
        if run and not _continues_han_run(run[-1], word, tag, kind):
            yield from _chunk_han_run(text, run)
            run = []
        if kind:
            run.append(replace(word, kind=kind))
    yield from _chunk_han_run(text, run)


def _continues_han_run(previous: Chunk, word: Chunk, tag: str, kind: ChunkKind | None) -> bool:
    """Whether a word belongs to the chunk before it: 软件 + 产业, but 苏州 | 软件; a person's name begins a new chunk."""
    if kind is None or tag in ("nt", "nr"):
        return False
    if "place" in (previous.kind, kind):
        return False
    if previous.kind == "attribute" and kind != "attribute":
        return False
    return previous.end == word.start


def _tag_words(text: str, begin: int, end: int) -> Iterator[tuple[Chunk, str]]:
    """The words of a part of a text with their part-of-speech tags; their kinds are not known yet."""
    simplified = normalise(text)
    if len(simplified) != len(text):
        simplified = text  # positions must be those of the text
    offset = begin
    for part in _HAN_BREAK.split(simplified[begin:end]):
        for word, tag in _tag_part(part):
            word_end = offset + len(word)
            yield Chunk(text[offset:word_end], offset, word_end, "noun"), tag
            offset = word_end


def _tag_part(part: str) -> list[tuple[str, str]]:
    """The words of a part between two breaks; a title in 《》 and a question word are one word each."""
    if part.startswith("《"):
        return [(part, "nz")]
    if QUESTION_WORD_HAN.fullmatch(part):
        return [(part, "r")]
    return [(word, tag) for word, tag in rjieba.tag(part)]


def _han_kind(token: Chunk, tag: str, text: str, begin: int) -> ChunkKind | None:
    """The kind of a Chinese word, by its part-of-speech tag and its characters; None if it belongs to no chunk."""
    word = normalise(token.text)
    if tag != "nz" and (is_function_word(word) or tag[:1] in "xpcudryqf"):
        return None
    if _is_han_attribute(word):
        return "attribute"
    if name_kind := word_name_kind(word, tag):
        return name_kind
    if tag[:1] in ("n", "j", "l", "i", "b", "t", "s", "g") or tag in ("vn", "an"):
        return "noun"
    # 感冒 is tagged as a verb, but it is the owner in 感冒的症状
    is_owner = token.start == begin and text[token.end : token.end + 1] in ("的", "")
    return "noun" if is_owner and len(word) > 1 else None


def _is_han_attribute(word: str) -> bool:
    if word in _ATTRIBUTE_NOUNS_HAN or word in _CLASS_NOUNS_HAN:
        return True
    return _ATTRIBUTE_SUFFIX_HAN.fullmatch(word) is not None or stem(word) in _ATTRIBUTE_STEMS


def _chunk_han_run(text: str, run: list[Chunk]) -> Iterator[Chunk]:
    """The words of a run as one chunk, and the attributes at its end as another: 软件 + 收入."""
    body = [word for word in run if word.kind != "attribute"]
    heads = run[len(body) :]
    while body and heads and heads[0].text in _CLASS_NOUNS_HAN:
        body.append(heads.pop(0))
    if body:
        kind = _joint_kind(body)
        yield _merge_chunks(text, body, kind, is_modifier=bool(heads) and kind == "noun")
    if heads:
        yield _merge_chunks(text, heads, "attribute")


def _joint_kind(words: list[Chunk]) -> ChunkKind:
    """The kind of several words as one chunk: if one of them is a name, the chunk is a name."""
    if words[0].kind == "place":
        return "place"
    if any(word.kind == "name" for word in words):
        return "name"
    return "noun"


QUESTION_WORD_HAN = re.compile(
    r"(?:百分之)?多少(?:[家个年月天座位项条种次人名部届岁元公里米]|亿元?|万元?)*|第?几(?!乎)[家个年月天座位项条种次人名部届岁]*"
    r"|哪(?:一?[些家个年月天座位项条种次里儿届国省市])?|什么(?:时候|地方|样)?|为什么|为何|怎么样?|怎样|如何|谁|何[时地处]"
    r"|多[大高长久快远深重]|是否|是不是|有没有|吗")
_HAN_BREAK = re.compile(rf"({_TITLE.pattern}|{QUESTION_WORD_HAN.pattern}|[呢吗吧]|是|的|、|和)")
_ATTRIBUTE_NOUNS_HAN = frozenset(load_lexicon("rag.questions", "chinese_attribute_nouns"))
_ATTRIBUTE_SUFFIX_HAN = re.compile(
    ".{0,3}(?:" + "|".join(load_lexicon("rag.questions", "chinese_attribute_suffixes")) + ")")
_CLASS_NOUNS_HAN = frozenset(load_lexicon("rag.questions", "chinese_class_nouns"))
_ATTRIBUTE_STEMS = frozenset(stem(word) for word in load_lexicon("rag.questions", "english_attribute_words"))


_LATIN_WORD = re.compile(r"[A-Za-z0-9][\w&+./-]*[\w+]|[A-Za-z0-9]|['’]s\b|[^\w\s]")
_NAME_LINK = re.compile(r"(?:of|the|and|&|for|de|von|van|der)\b", re.I)
_NON_NAMES = frozenset(load_lexicon("rag.questions", "english_non_names"))
_UPPER_CASE_QUESTION_WORDS = frozenset(("how", "what", "who", "why", "when", "where"))  # no acronyms: WHO, WHAT
_AUXILIARY = r"\b(?:do|does|did|is|are|was|were|has|have|had|can|could|will|would|should)\s+(?:not\s+)?"
ENDS_IN_AUXILIARY = re.compile(rf"{_AUXILIARY}$", re.I)
ENDS_IN_DETERMINER = re.compile(
    r"(?:\b(?:the|an?|which|what|many|much|of|in|for|on|by|with|from|to|its|their|his|her|all|some|about"
    r"|between|and|against|than)|['’]s?)\s+$", re.I)
_ENDS_IN_AGENT = re.compile(
    rf"(?:{_AUXILIARY}(?:the )?[A-Z][\w-]*(?: (?:of |the )?[A-Z][\w-]*)*|\b(?-i:it|they|he|she|we|you|I))\s+$")
ENDS_IN_LOCATIVE = re.compile(r"\b(?:in|at|from|near|across|within|inside|throughout)\s+(?:the\s+)?$", re.I)


def _latin_chunks(text: str, begin: int, end: int) -> Iterator[Chunk]:
    """The chunks of a part of an English text that contains no times."""
    run: list[Chunk] = []
    for match in _LATIN_WORD.finditer(text, begin, end):
        word = Chunk(match.group(), match.start(), match.end(), _latin_kind(match))
        if run and _links_names(run[-1], word, text):
            run.append(replace(word, kind="name"))
            continue
        is_content = _is_content_word(word.text)
        if run and not (is_content and _continues_latin_run(run[-1], word, text)):
            yield from _chunk_latin_run(text, run)
            run = []
        if is_content:
            run.append(word)
    yield from _chunk_latin_run(text, run)


def _latin_kind(match: re.Match[str]) -> ChunkKind:
    word = match.group()
    if stem(word.lower()) in _ATTRIBUTE_STEMS and not (word.istitle() and match.start()):
        return "attribute"
    return "name" if word[0].isupper() or (word[0].isdigit() and word[-1].isupper()) else "noun"


def _links_names(previous: Chunk, word: Chunk, text: str) -> bool:
    """Whether a function word is part of a name, such as `of` in Bank of China."""
    if previous.kind != "name" or not _NAME_LINK.fullmatch(word.text.lower()):
        return False
    return re.match(r"\s+(?:the\s+)?([A-Z])", text[word.end :]) is not None


def _is_content_word(written: str) -> bool:
    """Whether a word can be part of a chunk, given as written; an acronym can, even if it looks like a filler (IT)."""
    word = written.lower()
    is_acronym = len(word) > 1 and written.isupper() and word not in _UPPER_CASE_QUESTION_WORDS
    is_filler = is_function_word(word) or not word[0].isalnum() or word in _NON_NAMES
    return is_acronym or not is_filler


def _continues_latin_run(previous: Chunk, word: Chunk, text: str) -> bool:
    """Whether only white space separates two words, and both are parts of names or neither is."""
    if text[previous.end : word.start].strip():
        return False
    return previous.kind == word.kind or "name" not in (previous.kind, word.kind)


def _chunk_latin_run(text: str, run: list[Chunk]) -> Iterator[Chunk]:
    """A run of names as one chunk; of other words, the nouns as one chunk and the final attributes as another."""
    if not run:
        return
    before, after = text[: run[0].start], text[run[-1].end :]
    is_locative = ENDS_IN_LOCATIVE.search(before) is not None
    if run[0].kind == "name":
        yield _merge_chunks(text, run, "name", is_modifier=is_locative)
        return
    body, heads = _split_heads(run)
    body = _drop_verb(body, before, after, has_heads=bool(heads))
    if any(word.kind == "noun" for word in body):
        yield _merge_chunks(text, body, "noun", is_modifier=bool(heads) or is_locative)
    else:
        heads = body + heads
    if heads:
        yield _merge_chunks(text, heads, "attribute")


def _split_heads(run: list[Chunk]) -> tuple[list[Chunk], list[Chunk]]:
    """A run split before the attributes at its end: software + revenue."""
    split_index = len(run)
    while split_index and run[split_index - 1].kind == "attribute":
        split_index -= 1
    return run[:split_index], run[split_index:]


def _drop_verb(words: list[Chunk], before: str, after: str, *, has_heads: bool) -> list[Chunk]:
    """The words without a verb at their start or end, which is recognised by the texts before and after them."""
    follows_auxiliary = ENDS_IN_AUXILIARY.search(before) is not None
    if _ENDS_IN_AGENT.search(before):
        words = words[1:]  # does Kunshan want; can it produce
    elif len(words) > 1 and not has_heads and follows_auxiliary and after.strip(" ?.!"):
        words = words[:-1]
    is_noun_phrase = follows_auxiliary or has_heads or ENDS_IN_DETERMINER.search(before)
    has_noun = any(word.kind == "noun" for word in words)
    if has_noun and len(words) > 1 and before.strip() and not is_noun_phrase:
        words = words[1:]  # discovered penicillin
    return words
