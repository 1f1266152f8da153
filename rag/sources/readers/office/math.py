"""Formulas of a Word document in one line: a fraction as `(a+b)/c`, a power as `x^2`, a root as `√(x)`.

Without these signs the parts of a formula would run together: ½ would be read as 12.
"""

from __future__ import annotations

import re

from rag.sources.readers.office.xml import Node, child, children, short_name, value_at


def formula_text(node: Node) -> str:
    """The text of a formula (`m:oMath`) or of one of its parts.

    >>> formula_text(fraction_of_1_and_2)  # doctest: +SKIP
    '1/2'
    """
    match short_name(node):
        case "m:t":
            return node.text or ""
        case "m:f":
            return f"{_operand(child(node, 'm:num'))}/{_operand(child(node, 'm:den'))}"
        case "m:sSup":
            return f"{_part(node, 'm:e')}^{_operand(child(node, 'm:sup'))}"
        case "m:sSub":
            return f"{_part(node, 'm:e')}_{_operand(child(node, 'm:sub'))}"
        case "m:sSubSup":
            return f"{_part(node, 'm:e')}_{_operand(child(node, 'm:sub'))}^{_operand(child(node, 'm:sup'))}"
        case "m:rad":
            degree = _part(node, "m:deg")
            return f"{degree}√({_part(node, 'm:e')})"
        case "m:d":
            return _delimited_text(node)
        case "m:nary":
            return _sum_text(node)
        case name if name.endswith("Pr") or name in ("w:del", "w:moveFrom"):
            return ""
        case _:
            return "".join(formula_text(part) for part in node)


def _part(node: Node, name: str) -> str:
    part = child(node, name)
    return "" if part is None else "".join(formula_text(inner) for inner in part)


def _operand(node: Node | None) -> str:
    """A part of a fraction or a power; in brackets if it is more than a number or a name."""
    text = "" if node is None else "".join(formula_text(part) for part in node)
    return text if re.fullmatch(r"[\w.]*", text) else f"({text})"


def _delimited_text(node: Node) -> str:
    inner = ",".join("".join(formula_text(part) for part in element) for element in children(node, "m:e"))
    return f"{_sign(node, 'm:dPr/m:begChr', '(')}{inner}{_sign(node, 'm:dPr/m:endChr', ')')}"


def _sum_text(node: Node) -> str:
    lower, upper = _operand(child(node, "m:sub")), _operand(child(node, "m:sup"))
    bounds = (f"_{lower}" if lower else "") + (f"^{upper}" if upper else "")
    return f"{_sign(node, 'm:naryPr/m:chr', '∫')}{bounds} {_part(node, 'm:e')}"


def _sign(node: Node, path: str, default: str) -> str:
    sign = child(node, path)
    if sign is None:
        return default
    from_math = sign.get("{http://schemas.openxmlformats.org/officeDocument/2006/math}val")
    return value_at(node, path) if from_math is None else from_math
