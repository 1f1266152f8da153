"""Signs of symbol fonts: a code of Wingdings or Symbol as the Unicode sign that has the same shape."""

from __future__ import annotations

import re

_PRIVATE_USE = 0xF000  # codes of symbol fonts are moved here
_PRIVATE_SIGN = re.compile("[\uf000-\uf0ff]")

# boxes that are ticked in forms, and signs of figures; ornaments carry no meaning and are left out
_WINGDINGS = {
    0x4A: "☺", 0x6F: "□", 0xA8: "□", 0x71: "□", 0xFE: "☑", 0xFD: "☒", 0xFC: "✓", 0xFB: "✗", 0x78: "☒",
    0xE0: "→", 0xDF: "←", 0xE1: "↑", 0xE2: "↓", 0xE8: "→", 0xF0: "⇒", 0x9F: "•", 0xA7: "•", 0x6C: "•", 0x6E: "■"}
_WINGDINGS_2 = {0x52: "☑", 0x53: "☒", 0x54: "☒", 0x50: "✓", 0x4F: "✗", 0x51: "☒", 0xA3: "□", 0x2A: "□", 0x9A: "□"}
_GREEK = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
_SYMBOL = {
    **{ord("A") + place: sign for place, sign in enumerate(_GREEK)},
    **{ord("a") + place: sign for place, sign in enumerate("αβχδεφγηιϕκλμνοπθρστυϖωξψζ")},
    0xA3: "≤", 0xA5: "∞", 0xAB: "↔", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°", 0xB1: "±", 0xB3: "≥",
    0xB4: "×", 0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBA: "≡", 0xBB: "≈", 0xD6: "√", 0xE5: "∑", 0xF2: "∫", 0xDE: "⇒"}
_FONTS = {"wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2, "symbol": _SYMBOL}


def symbol_text(code: str, font: str) -> str:
    """The sign of a hexadecimal code in a font, as `w:sym` names it; empty if it has no known meaning.

    >>> symbol_text("F0FE", "Wingdings"), symbol_text("2264", "Cambria")
    ('☑', '≤')
    """
    if not re.fullmatch(r"[0-9A-Fa-f]{1,6}", code):
        return ""
    number = int(code, 16)
    low = number - _PRIVATE_USE if _PRIVATE_USE <= number <= _PRIVATE_USE + 0xFF else number
    signs = _FONTS.get(font.lower())
    if signs is not None and low <= 0xFF:
        # Symbol has the digits and the signs of arithmetic where ASCII has them
        return signs.get(low, chr(low) if font.lower() == "symbol" and 0x20 <= low < 0x40 else "")
    is_character = 0x20 <= number < 0xD800 or 0xF900 <= number < 0x10FFFE
    return chr(number) if is_character else ""


def replace_private_signs(text: str, font: str) -> str:
    """Text with the signs that a symbol font has in the private use area of Unicode."""
    return _PRIVATE_SIGN.sub(lambda sign: symbol_text(f"{ord(sign.group()):x}", font), text)


_SUPERSCRIPTS = str.maketrans("0123456789+-−–=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾")


def superscript_text(text: str) -> str:
    """Raised digits as raised digits, so that 10⁴ is not read as 104; other text as it is.

    >>> superscript_text("-2"), superscript_text("th")
    ('⁻²', 'th')
    """
    return text.translate(_SUPERSCRIPTS) if re.fullmatch(r"[-−–+]?[0-9]{1,3}", text) else text
