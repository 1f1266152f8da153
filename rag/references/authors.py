"""Author parser: a line of authors, as a document states it → persons with surname and initials, and organisations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.references.pinyin import SURNAMES, split_syllables
from rag.text.language import HAN, has_han
from rag.text.lexicon import load_lexicon


@dataclass(frozen=True)
class Author:
    """An author. Only a person whose name is in Latin letters has a surname; other names are not divided."""

    name: str
    surname: str = ""
    given_names: tuple[str, ...] = ()  # as written: `Jean-Paul`, `C.`
    initials: tuple[str, ...] = ()  # one for each syllable of a Chinese name: Hanhui → H, H
    suffix: str = ""  # Jr, III


@dataclass(frozen=True)
class AuthorList:
    """The named authors in order; `has_more` is true if the list ends with 等 or et al."""

    authors: tuple[Author, ...] = ()
    has_more: bool = False


def parse_authors(raw_text: str) -> AuthorList:
    """The authors of one line, with any separator between them.

    `徐枫、张桥等` → 徐枫, 张桥, and `has_more`; `Hu Hanhui and J. D. Parsons` → Hu (H, H), Parsons (J, D);
    `Smith, John; World Bank` → Smith (J), World Bank. A Chinese name in letters may have either order. If both words
    are surnames, as in `Xu Feng`, the first is taken as the surname (GB/T 28039).
    """
    line = _BYLINE_LABEL.sub("", raw_text.strip())
    without_et_al = _ET_AL.sub("", line)
    names = [_ROLE.sub("", _NATIONALITY.sub("", part)).strip(" ,，。:：") for part in _split_names(without_et_al)]
    authors = tuple(_parse_author(_strip_stop(name)) for name in names if _is_name(name))
    return AuthorList(authors, has_more=without_et_al != line and bool(authors))


def _is_name(text: str) -> bool:
    return any(map(str.isalnum, text)) and not _ET_AL_ALONE.fullmatch(text)


def _strip_stop(name: str) -> str:
    """`By John Smith.` ends with the full stop of its line; in `Scitor, Inc.` the stop belongs to the name."""
    return name if name.split()[-1] in _SUFFIXES else name.strip(" .")


_BYLINE_LABEL = re.compile(
    r"^(?:(?:本报|本刊|特约|首席)?记者|作者|文|撰文|责任者|by\b|author\b)(?:\s*[:：/]\s*|(?=\s)\s+)", re.I)
_ET_AL = re.compile(r"(?:[,，、;；\s]+et\.?\s+al\.?|[,，、;；\s]*等(?:人|著|编著)?)\s*$", re.I)
_ET_AL_ALONE = re.compile(r"et\.?\s+al\.?|等人?", re.I)
_ROLE = re.compile(
    rf"(?:(?<=[{HAN}])\s+(?:著|编著|主编|编|撰|撰文)|\s*[（(](?:著|编著|主编|编|撰|eds?\.?|author)[)）])$", re.I)
_NATIONALITY = re.compile(rf"^\s*[\[（(〔【][{HAN}]{{1,3}}[\]）)〕】]\s*")
_PERSONAL_SUFFIXES = ("Jr", "Jr.", "Sr", "Sr.", "II", "III", "IV")
_SUFFIXES = (*_PERSONAL_SUFFIXES, "Inc", "Inc.", "Ltd", "Ltd.", "LLC", "Co.", "Corp.", "S.A.")


def _split_names(line: str) -> Iterator[str]:
    """The names of a line. A comma separates names, but not a surname from its given name, or `Inc.` from a firm."""
    for group in re.split(r"[;；|。]", line):
        parts = [part.strip() for part in re.split(r"[,，、]", group)]
        names = [name for part in parts if part for name in _split_at_and(part)]
        yield from _pair_given_names(_attach_suffixes(names))


def _split_at_and(part: str) -> list[str]:
    """`Hu Hanhui and Xu Feng` → two names; but 工业和信息化部 and `Ministry of Trade and Industry` are one each."""
    if all(re.fullmatch(f"[{HAN}]{{2,4}}", name) for name in part.split()):
        part = " and ".join(part.split())
    if re.fullmatch(rf"[{HAN}]{{2,3}}[和与][{HAN}]{{2,3}}", part):
        part = re.sub("[和与]", " and ", part, count=1)
    names = [name for name in re.split(r"(?:^|\s+)(?:and|&)\s+", part) if name]
    are_persons = all(has_han(name) or not _is_organisation(name, is_whole=False) for name in names)
    return names if are_persons else [part.removeprefix("and ").removeprefix("& ")]


def _attach_suffixes(parts: Sequence[str]) -> list[str]:
    """`[Scitor, Inc.]` → `Scitor, Inc.`"""
    names: list[str] = []
    for part in parts:
        if names and part in _SUFFIXES:
            names[-1] += f", {part}"
        else:
            names.append(part)
    return names


def _pair_given_names(parts: list[str]) -> list[str]:
    """`[Smith, J., Doe, Jane]` → `Smith, J.` and `Doe, Jane`, if every other part can be a surname; else unchanged."""
    surnames, given_names = parts[::2], parts[1::2]
    if len(surnames) != len(given_names):
        return parts
    if not all(map(_is_lone_surname, surnames)) or not all(map(_is_part_of_person, parts)):
        return parts
    return [f"{surname}, {given_name}" for surname, given_name in zip(surnames, given_names, strict=True)]


def _is_lone_surname(part: str) -> bool:
    return len(_name_words(part)) == 1 and part[:1].isalpha() and not _is_initials(part)


def _is_part_of_person(part: str) -> bool:
    """Whether a part between commas can be a surname or a given name in Latin letters."""
    return not has_han(part) and "," not in part and not _is_organisation(part, is_whole=False)


_PARTICLES = frozenset(load_lexicon("rag.references", "surname_particles"))


def _name_words(name: str) -> list[str]:
    """The words of a name; particles are part of the surname: `Ludwig van Beethoven` → Ludwig, van Beethoven."""
    words: list[str] = []
    for word in re.sub(r"\.(?=[^\W\d_])", ". ", name).split():
        if words and words[-1].split()[-1] in _PARTICLES:
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def _parse_author(name: str) -> Author:
    """The author of one name; of a name in both scripts (`Hu Hanhui (胡汉辉)`) the Latin part is used."""
    bilingual = re.fullmatch(rf"([^{HAN}]*[A-Za-z][^{HAN}]*?)\s*[（(][{HAN}·]+[)）]", name)
    if bilingual:
        name = bilingual[1]
    if has_han(name):
        return Author(re.sub(rf"(?<=[{HAN}])\s+(?=[{HAN}](?:\s|$))", "", name))  # 张 桥 has a space to be as wide as 胡汉辉
    suffix = ""
    if name.rpartition(", ")[2] in _PERSONAL_SUFFIXES:
        name, _, suffix = name.rpartition(", ")
    surname, comma, rest = (part.strip() for part in name.partition(","))
    if surname and rest and not _is_organisation(name, is_whole=False):
        return _build_person(name, surname, _name_words(rest), suffix, is_chinese=surname.lower() in SURNAMES)
    words = _name_words(name)
    if len(words) > 1 and words[-1] in _PERSONAL_SUFFIXES:
        suffix, words = words[-1], words[:-1]
    if comma or len(words) < 2 or _is_organisation(name, is_whole=True):
        return Author(f"{name}, {suffix}" if suffix else name)
    if _surname_is_first(words):
        return _build_person(name, words[0], words[1:], suffix, is_chinese=words[0].lower() in SURNAMES)
    # not split into syllables: Mike in Mike Li could be read as Mi-ke, as Hanhui in Hanhui Hu is read as Han-hui
    return _build_person(name, words[-1], words[:-1], suffix, is_chinese=False)


def _build_person(name: str, surname: str, given_names: Sequence[str], suffix: str, *, is_chinese: bool) -> Author:
    initials: list[str] = []
    for word in given_names:
        syllables = split_syllables(word) if is_chinese else []
        initials += [syllable[0].upper() for syllable in syllables] or _word_initials(word)
    return Author(name, surname, tuple(given_names), tuple(initials), suffix.rstrip("."))


def _word_initials(word: str) -> list[str]:
    """`Jean-Paul` → J, P; `J.D.` and `JD` → J, D; `John` → J."""
    if _is_initials(word):
        return [letter for letter in word if letter.isalpha()]
    letters = [next(filter(str.isalpha, part), "") for part in word.split("-")]
    return [letter.upper() for letter in letters if letter]


def _is_initials(word: str) -> bool:
    return bool(re.fullmatch(r"(?:[A-Z]\.?-?){1,3}", word))


def _surname_is_first(words: Sequence[str]) -> bool:
    """`Hu Hanhui` and `Kanamori H`; not `J. D. Parsons`, `Hanhui Hu` or `Mike Li`."""
    if _is_initials(words[-1]):
        return True
    return words[0].lower() in SURNAMES and all(split_syllables(word) or _is_initials(word) for word in words[1:])


# a name with one of these is an organisation's
_ORGANISATION_WORDS = frozenset(load_lexicon("rag.references", "english_organisation_words"))
_LINK_WORDS = frozenset("of the for and in on to at by & +".split())
_MAX_NAME_WORDS = 5  # of a person's name


def _is_organisation(name: str, *, is_whole: bool) -> bool:
    """Whether a name has a word such as `Bank`, a digit or a word in lower case; a whole name also by its length."""
    words = [word.strip(".,()").replace("’", "'") for word in name.split()]
    if any(character.isdigit() or character in "@/_" for character in name):
        return True
    if any(map(_is_organisation_word, words)):
        return True
    return is_whole and len(words) > _MAX_NAME_WORDS


def _is_organisation_word(word: str) -> bool:
    if word.lower() in _ORGANISATION_WORDS or word in _LINK_WORDS or word.endswith("'s"):
        return True
    return word[:1].islower() and word not in _PARTICLES
