"""Style sheets of the page: contrast of its colours, light and dark (WCAG 2.2, AA: 4.5 to 1); nothing is fetched."""

from __future__ import annotations

import re

import pytest

from ui.web.app import bundle_styles

STYLE = bundle_styles()
PAIRS = [
    ("ink", "paper"), ("ink", "surface"), ("ink", "shallow"), ("soft", "paper"), ("soft", "surface"), ("soft", "sunk"),
    ("lake-deep", "paper"), ("lake-deep", "surface"), ("lake-deep", "shallow"), ("on-lake", "lake"),
    ("mark-ink", "mark"),
    ("mark-near-ink", "mark-near"), ("good", "paper"), ("good", "surface"), ("warn", "paper"), ("warn", "surface"),
    ("bad", "paper"), ("bad", "surface"),
]


@pytest.mark.parametrize("scheme", [":root", ".shaded"])
@pytest.mark.parametrize(("text_colour", "background"), PAIRS)
def test_text_has_enough_contrast_with_its_background(scheme: str, text_colour: str, background: str) -> None:
    block = re.search(rf"^{re.escape(scheme)} \{{(.*?)^\}}", STYLE, re.M | re.S)
    assert block
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block.group(1)))
    assert contrast(colours[text_colour], colours[background]) >= 4.5


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 to 21: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of an sRGB colour, 0 to 1: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_style_sheets_load_no_files() -> None:
    assert not re.search(r"@import|url\(\"?(?!data:)", STYLE.replace('url("data:', "url(data:"))
