"""The authors as a document states them become persons, with surname and initials, and bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.references.pinyin import SURNAMES, split_syllables
from rag.text.language import HAN, has_han


@dataclass(frozen=True)
class Author:
    """A person whose name is in letters has a surname and initials; any other name, and a body's, stands as it is."""

    name: str
    surname: str = ""
    given_names: tuple[str, ...] = ()  # as written: `Jean-Paul`, `C.`; a hyphen stays
    initials: tuple[str, ...] = ()  # one a syllable of a Chinese name: Hanhui → H, H
    suffix: str = ""  # Jr, III


@dataclass(frozen=True)
class AuthorList:
    """Those that are named, in their order; `cut` where the document itself goes on with 等 or et al."""

    authors: tuple[Author, ...] = ()
    has_more: bool = False


def parse_authors(raw_text: str) -> AuthorList:
    """Authors out of one line, whichever way they are parted.

    `徐枫、张桥等` → 徐枫, 张桥, cut; `Hu Hanhui and J. D. Parsons` → Hu (H, H), Parsons (J, D);
    `Smith, John; World Bank` → Smith (J), World Bank. A Chinese name in letters may come in either order; where both
    words are surnames, as in `Xu Feng`, the surname is the first, as GB/T 28039 has it.
    """
    plain = _BYLINE_LABEL.sub("", raw_text.strip())
    line = _ET_AL.sub("", plain)
    names = (_ROLE.sub("", _NATIONALITY.sub("", part)).strip(" ,，。:：") for part in _split_names(line))
    named = tuple(_parse_author(_strip_stop(name)) for name in names if any(map(str.isalnum, name)) and not _ET_AL_ALONE.fullmatch(name))
    return AuthorList(named, has_more=line != plain and bool(named))


def _strip_stop(name: str) -> str:
    """`By John Smith.` ends a line; `Scitor, Inc.` is called so."""
    return name if name.split()[-1] in _SUFFIXES else name.strip(" .")


_BYLINE_LABEL = re.compile(r"^(?:(?:本报|本刊|特约|首席)?记者|作者|文|撰文|责任者|by\b|author\b)(?:\s*[:：/]\s*|(?=\s)\s+)", re.I)
_ET_AL = re.compile(r"(?:[,，、;；\s]+et\.?\s+al\.?|[,，、;；\s]*等(?:人|著|编著)?)\s*$", re.I)
_ET_AL_ALONE = re.compile(r"et\.?\s+al\.?|等人?", re.I)
_ROLE = re.compile(rf"(?:(?<=[{HAN}])\s+(?:著|编著|主编|编|撰|撰文)|\s*[（(](?:著|编著|主编|编|撰|eds?\.?|author)[)）])$", re.I)
_NATIONALITY = re.compile(rf"^\s*[\[（(〔【][{HAN}]{{1,3}}[\]）)〕】]\s*")
_SUFFIXES = ("Jr", "Jr.", "Sr", "Sr.", "II", "III", "IV", "Inc", "Inc.", "Ltd", "Ltd.", "LLC", "Co.", "Corp.", "S.A.")
_PERSONAL_SUFFIXES = _SUFFIXES[:7]


def _split_names(line: str) -> Iterator[str]:
    """One name each. A comma parts names, unless what it parts is a surname and its given name, or `Inc.`"""
    for group in re.split(r"[;；|。]", line):
        pieces = [piece.strip() for piece in re.split(r"[,，、]", group) if piece.strip()]
        pieces = [one for piece in pieces for one in _split_at_and(piece)] if len(pieces) != 1 else _split_at_and(pieces[0])
        yield from _pair_given_names(_attach_suffixes(pieces))


def _split_at_and(piece: str) -> list[str]:
    """`Hu Hanhui and Xu Feng` are two; `Ministry of Industry and Information Technology` is one, and so is 工业和信息化部."""
    if all(re.fullmatch(f"[{HAN}]{{2,4}}", name) for name in piece.split()):
        piece = " and ".join(piece.split())
    if re.fullmatch(rf"[{HAN}]{{2,3}}[和与][{HAN}]{{2,3}}", piece):
        piece = re.sub("[和与]", " and ", piece, count=1)
    names = [name for name in re.split(r"(?:^|\s+)(?:and|&)\s+", piece) if name]
    persons = all(has_han(name) or not _is_organisation(name, alone=False) for name in names)
    return names if persons else [piece.removeprefix("and ").removeprefix("& ")]


def _attach_suffixes(pieces: Sequence[str]) -> list[str]:
    out: list[str] = []
    for piece in pieces:
        if out and piece in _SUFFIXES:
            out[-1] += f", {piece}"
        else:
            out.append(piece)
    return out


def _pair_given_names(pieces: list[str]) -> list[str]:
    """`[Smith, J., Doe, Jane]` → `Smith, J.` and `Doe, Jane`: every other piece is one word, and none of them a Chinese name."""
    surnames = pieces[::2]
    paired = len(pieces) % 2 == 0 and all(
        len(_name_words(name)) == 1 and name[:1].isalpha() and not _is_initials(name) for name in surnames)
    if not pieces or not paired or any(has_han(piece) or _is_organisation(piece, alone=False) or "," in piece for piece in pieces):
        return pieces
    return [f"{surname}, {given}" for surname, given in zip(surnames, pieces[1::2], strict=True)]


_PARTICLES = frozenset("de del della der den di da dos du la le van von zu zur ten ter al el bin ibn af av y".split())


def _name_words(name: str) -> list[str]:
    """The words of a name, a surname's particles with it: `Ludwig van Beethoven` → Ludwig, van Beethoven."""
    words: list[str] = []
    for word in re.sub(r"\.(?=[^\W\d_])", ". ", name).split():
        if words and words[-1].split()[-1] in _PARTICLES:
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def _parse_author(name: str) -> Author:
    bilingual = re.fullmatch(rf"([^{HAN}]*[A-Za-z][^{HAN}]*?)\s*[（(][{HAN}·]+[)）]", name)
    name = bilingual.group(1) if bilingual else name
    if has_han(name):
        return Author(re.sub(rf"(?<=[{HAN}])\s+(?=[{HAN}](?:\s|$))", "", name))  # 张 桥, set wide
    name, _, suffix = name.rpartition(", ") if name.rpartition(", ")[2] in _PERSONAL_SUFFIXES else (name, "", "")
    surname, comma, rest = name.partition(",")
    if comma and not _is_organisation(name, alone=False) and surname.strip() and rest.strip():
        return _build_person(name, surname.strip(), _name_words(rest), suffix, chinese=surname.strip().lower() in SURNAMES)
    words = _name_words(name)
    if len(words) > 1 and words[-1] in _PERSONAL_SUFFIXES:
        suffix, words = words[-1], words[:-1]
    if comma or len(words) < 2 or _is_organisation(name, alone=True):
        return Author(f"{name}, {suffix}" if suffix else name)
    if _surname_is_first(words):
        return _build_person(name, words[0], words[1:], suffix, chinese=words[0].lower() in SURNAMES)
    return _build_person(name, words[-1], words[:-1], suffix, chinese=False)  # nobody can tell Mi-ke in Mike Li from Han-hui in Hanhui Hu


def _build_person(name: str, surname: str, given_names: Sequence[str], suffix: str, *, chinese: bool) -> Author:
    cut = [split_syllables(word) if chinese else [] for word in given_names]
    letters = [letter for word, parts in zip(given_names, cut, strict=True) for letter in (
        [part[0].upper() for part in parts] if parts else _word_initials(word))]
    return Author(name, surname, tuple(given_names), tuple(letters), suffix.rstrip("."))


def _word_initials(word: str) -> list[str]:
    """`Jean-Paul` → J, P; `J.D.` and `JD` → J, D; `John` → J."""
    if _is_initials(word):
        return [letter for letter in word if letter.isalpha()]
    return [letter.upper() for piece in word.split("-") if (letter := next(filter(str.isalpha, piece), ""))]


def _is_initials(word: str) -> bool:
    return bool(re.fullmatch(r"(?:[A-Z]\.?-?){1,3}", word))


def _surname_is_first(words: Sequence[str]) -> bool:
    """`Hu Hanhui` and `Kanamori H`; not `J. D. Parsons`, `Hanhui Hu` or `Mike Li`."""
    if _is_initials(words[-1]):
        return True
    return words[0].lower() in SURNAMES and all(split_syllables(word) or _is_initials(word) for word in words[1:])


# a name with one of these is a body's
_ORGANISATION_WORDS = frozenset("""
academy administration agency alliance asia assembly association authority bank board broadcasting bureau cabinet center centre chamber
china city college commission committee company conference congress consortium consulting corp corporation council county court daily
department development district division economic editorial editors embassy europe european exchange faculty federal federation finance
financial forum foundation fund gazette general global government group herald holdings hospital inc industry institute institution
international journal lab laboratory labs league library llc ltd magazine media ministry municipal museum national nations network news
newspaper observatory office organisation organization party people's press program programme project province public republic research
review school science secretariat service services society staff state statistics store studies tank task team technology television times
trade tribune trust union united university weekly world
""".split())
_LINK_WORDS = frozenset("of the for and in on to at by & +".split())
_MAX_NAME_WORDS = 5  # of a person's name


def _is_organisation(name: str, *, alone: bool) -> bool:
    """By a word that bodies are named with, a figure, or words in lower case; `alone`: by its length too."""
    words = [word.strip(".,()").replace("’", "'") for word in name.split()]
    lower = [word for word in words if word[:1].islower() and word not in _PARTICLES]
    known = any(word.lower() in _ORGANISATION_WORDS or word in _LINK_WORDS or word.endswith("'s") for word in words)
    return known or bool(lower) or any(c.isdigit() or c in "@/_" for c in name) or (alone and len(words) > _MAX_NAME_WORDS)
