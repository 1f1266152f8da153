"""A grammar of GB/T 7714-2015: an entry of a reference list → its faults. It shares no code with the formatter."""

import re

_MONOGRAPHS = "MCDR"  # in print these have place and publisher, also as `[S.l.]` and `[s.n.]`
_MARK = re.compile(r"\[(M|C|N|J|D|R|S|P|EB|Z)(/OL)?\]")
_DATE = r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?"
_YEAR = r"\d{4}"
_SMALL = r"[\w+/.-]+"
_PAGES = rf"(?:: {_SMALL})?"
_ONLINE = re.compile(
    rf"(?P<issued>.*?)(?P<changed>\({_DATE}\))?(?P<accessed>\[{_DATE}\])?\. (?P<url>(?:https?|ftp)://\S+)", re.I)


def check(entry: str, *, dated: bool | None = None, accessed: bool | None = None) -> list[str]:
    """The faults of an entry without its number; an empty list for a correct entry.

    `dated` and `accessed` say whether the date of the document and the date of access are known, so that the entry must
    have them; None accepts an entry with or without.
    """
    if dated is None:
        with_date = check(entry, dated=True, accessed=accessed)
        return [] if not with_date or not check(entry, dated=False, accessed=accessed) else with_date
    return [*_line_faults(entry), *_part_faults(entry, dated, accessed)]


def _line_faults(entry: str) -> list[str]:
    wrong = {
        "is not one line": len(entry.splitlines()) != 1,
        "has white space around it": entry != entry.strip(),
        "has two blanks in a row": "  " in entry,
        "does not end with a full stop": not entry.endswith("."),
        "has a hidden character": bool(
            re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", entry)),
    }
    return [f"the entry {what}" for what, is_so in wrong.items() if is_so]


def _part_faults(entry: str, dated: bool, accessed: bool | None) -> list[str]:
    marks = list(_MARK.finditer(entry))
    if len(marks) != 1:
        return [f"{len(marks)} marks of the document's type; one is wanted"]
    mark, online = marks[0].groups()
    head, tail = entry[: marks[0].start()], entry[marks[0].end() :].removesuffix(".")
    tail_faults = _online_faults(mark, tail, dated, accessed) if online else _printed_faults(mark, tail, dated)
    return [*_head_faults(head), *tail_faults]


def _head_faults(head: str) -> list[str]:
    """The faults of authors and title."""
    surname = "[A-Z][A-Za-zÀ-ÿ'’-]+"
    first, stop, rest = head.partition(". ")
    wrong = {
        "there is no title": not head.strip(" .,:"),
        "the title has a blank, a stop or a comma behind it": head[-1:] in " .,;:，。",
        "authors and title are not separated by a full stop and a blank": bool(
            re.match(r"[一-鿿]{2,3}(?:, [一-鿿]{2,3}){0,2}(?:, 等)?[。．.][^ .\d]", head)
            or re.match(r"[A-Z]{2,}(?: [A-Z])+(?:, [A-Z]{2,}(?: [A-Z])+)*(?:, et al)?\.[^ .]", head)),
        "initials have full stops": bool(re.match(rf"{surname},? [A-Z]\.(?: [A-Z]\.[ ,.]|,)|{surname}, [A-Z]\.", head)),
    }
    author_faults = _author_faults(first) if stop and rest else _unseparated_author_faults(head)
    return [what for what, is_so in wrong.items() if is_so] + author_faults


def _unseparated_author_faults(head: str) -> list[str]:
    latin = r"[A-Z][A-Z'’-]+(?: [A-Z])+"
    unfinished = re.match(
        rf"(?:.*, (?:et al|等)[ ,，](?!$))|{latin}(?:, {latin})*,? [A-Z]?[a-z]"
        r"|[一-鿿]{2,3}(?:, [一-鿿]{2,3})+, 等", head)
    return ["authors end without a full stop"] if unfinished else []


_HAN_NAME = re.compile(r"[一-鿿]{2,3}")
_LATIN_NAME = re.compile(r"[A-Z][A-Z'’-]+(?: [A-Z]){1,3}")


def _author_faults(stated: str) -> list[str]:
    names = stated.split(", ")
    others = names.pop() if names[-1] in ("等", "et al") else ""
    han, latin = ([bool(kind.fullmatch(name)) for name in names] for kind in (_HAN_NAME, _LATIN_NAME))
    are_names = all(is_han or is_latin for is_han, is_latin in zip(han, latin, strict=True))
    wrong = {
        "more than three authors are named": len(names) > 3 and are_names,
        "three authors at most are named before 等 or et al": bool(others) and len(names) > 3,
        "et al behind Chinese names": others == "et al" and bool(han) and all(han),
        "等 behind names in letters": others == "等" and bool(latin) and all(latin),
        "authors are not separated by a half-width comma and a blank": bool(
            (re.fullmatch(r"[一-鿿]{2,3}(?:[、，；;,] ?[一-鿿]{2,3})*(?:[、，；;,] ?等)?", stated)
             and any(c in stated for c in "、，；;"))
            or re.search(r"[一-鿿],[一-鿿]|[A-Z],[A-Z]", stated)
            or re.fullmatch(r"[A-Z]{2,}(?: [A-Z])+(?:; | & | and |, and |, & |，)[A-Z]{2,}(?: [A-Z])+.*", stated)),
        "no comma before 等 or et al": bool(
            re.fullmatch(r"(?:.*[^,]) et al|[一-鿿]{2,3}(?:, [一-鿿]{2,3})* ?等", stated)),
        "a surname is not in capitals": any(re.fullmatch(r"[A-Z][a-z]+(?: [A-Z]){1,3}", name) for name in names),
        "an initial is before the surname": bool(re.match(r"(?:[A-Z]\.? )+[A-Z]{2,}(?:,|$)", stated)),
    }
    return [what for what, is_so in wrong.items() if is_so]


def _online_faults(mark: str, tail: str, dated: bool, accessed: bool | None) -> list[str]:
    parts = _ONLINE.fullmatch(tail)
    if not parts:
        return ["an online resource ends with a full stop, a blank and its address, behind the dates in brackets"]
    wrong = []
    if accessed and not parts["accessed"]:
        wrong.append("an online resource has its date of access in square brackets")
    if accessed is False and parts["accessed"]:
        wrong.append("a date of access that is not known")
    issued = parts["issued"].removesuffix(". ")
    if not issued:
        return wrong + ([f"[{mark}/OL] without its date"] if dated and not parts["changed"] else [])
    has_only_dates = issued != parts["issued"]  # only the dates in brackets are known of the imprint
    needs_date = dated and not (has_only_dates and parts["changed"])
    return wrong + _imprint_part_faults(mark, issued, dated=needs_date, online=True)


def _printed_faults(mark: str, tail: str, dated: bool) -> list[str]:
    wrong = ["an address, and no /OL in the mark"] if re.search(r"\. (?:https?|ftp)://\S+$", tail, re.I) else []
    if re.search(rf"\[{_DATE}\]$", tail):
        wrong.append("a date of access, and no /OL in the mark")
    return wrong + _imprint_part_faults(mark, tail, dated=dated, online=False)


def _imprint_part_faults(mark: str, text: str, *, dated: bool, online: bool) -> list[str]:
    """The faults of the part between the mark and the dates in brackets, which begins with its separator."""
    if text.startswith("//") and mark in "JNP":
        return [f"[{mark}] has no // before its container"]
    grammar = {"J": _serial_faults, "N": _newspaper_faults, "P": _patent_faults}.get(mark)
    return grammar(text, dated) if grammar else _imprint_faults(mark, text, dated, online)


def _fault_unless(is_right: object, what: str) -> list[str]:
    return [] if is_right else [what]


def _serial_faults(text: str, dated: bool) -> list[str]:
    where = rf"(?:, {_SMALL})?(?:\({_SMALL}\))?{_PAGES}"
    right = re.fullmatch(rf"\. (?!.*, \d{{1,3}}, \d{{4}}\()(?:.*?\S, )?(?:{_YEAR}{where}|{_DATE}{_PAGES})", text)
    if not dated:
        right = right or re.fullmatch(rf"\. [^\s,].*?{where}|\. .*?\S, \({_SMALL}\){_PAGES}|", text)
    return _fault_unless(right, "an article of a serial: `. 刊名, 年, 卷(期): 页码`")


def _newspaper_faults(text: str, dated: bool) -> list[str]:
    right = re.fullmatch(rf"\. (?:.*\S, )?{_DATE}(?:\({_SMALL}\))?", text)
    if not dated:
        right = right or re.fullmatch(rf"(?:\. \S.*?(?:\({_SMALL}\))?)?", text)
    return _fault_unless(right, "an article of a newspaper: `. 报纸名, 年-月-日(版次)`")


def _patent_faults(text: str, dated: bool) -> list[str]:
    return _fault_unless(re.fullmatch(rf"\. {_DATE}" if dated else "", text), "a patent: `. 公告日期` and nothing else")


_NO_CITY, _NO_PUBLISHER = r"\[(?:出版地不详|S\.l\.)\]", r"\[(?:出版者不详|s\.n\.)\]"
_NEITHER = r"\[(?:出版地不详: 出版者不详|S\.l\.: s\.n\.)\]"
_PHRASE = r"[^\s\[\]:](?:[^\[\]:]*?[^\s\[\]:])?"
_NAME = r"[^\s\[\]](?:[^\[\]]*?[^\s\[\]])?"
_FIRST = re.compile(r"\. (?:第[\d一二三四五六七八九十]+版|1版|1st ed|\d+(?:st|nd|rd|th) edition)\. ")


def _imprint_faults(mark: str, text: str, dated: bool, online: bool) -> list[str]:
    """`. 2版. 北京: 科学出版社, 2010: 2-3`, `//文集. [S.l.]: Saunders, 1974`."""
    if text.startswith("//"):
        host = re.match(rf"//{_NAME}?(?=\. |$)", text)
        if not host:
            return ["the container follows // without a blank, and a full stop and a blank follow it"]
        text = text[host.end() :]
    elif re.match(r"\. \d{1,3}\. ", text):
        return ["a bare number is no edition"]
    if _FIRST.match(text):
        return ["an edition is `2版` or `2nd ed.`, and a first edition is not named"]
    year = rf", {_YEAR}" if mark != "Z" else rf", {_DATE}"
    year_only = rf"{_YEAR}" if mark != "Z" else _DATE
    strict = rf"(?:{_NEITHER}|(?:{_NO_CITY}|{_NAME}): (?:{_NO_PUBLISHER}|{_NAME}))"
    loose = rf"(?:{strict}|{_NAME})"
    place = strict if mark in _MONOGRAPHS and not online else loose
    what = f"[{mark}]: `. 版本. 出版地: 出版者, 年: 页码`"
    if dated:
        issued = rf"(?:{place}{year}|{year_only}){_PAGES}" if place is loose else rf"{place}{year}{_PAGES}"
        return _fault_unless(re.fullmatch(rf"\.(?: {_PHRASE}\.)?? {issued}", text), what)
    issued = rf"\.(?: {_PHRASE}\.)?? {place}{_PAGES}"
    is_right = re.fullmatch(issued, text) or (place is loose and re.fullmatch(rf"(?:\. {_NAME})?", text))
    return _fault_unless(is_right, what)
