"""Scan pages: pages with many figures set from the shipped notes, drawn, and made as bad as scanners make them.

Every page is determined by its seed: language, quality, text and figures.
"""

from __future__ import annotations

import io
import random
import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import typst
from PIL import Image, ImageFilter

from rag.schema import Language
from rag.settings import SHIPPED_SEEDS

_RESOLUTION = 200  # dots per inch
_PARAGRAPHS = 8  # of a page, every other one full of figures
_LENGTHS: dict[Language, int] = {"zh": 260, "en": 600}  # characters of a paragraph of the notes
_FONTS: dict[Language, tuple[str, ...]] = {
    "zh": ("Noto Serif CJK SC",),
    "en": ("New Computer Modern", "Libertinus Serif", "DejaVu Sans Mono", "Noto Serif CJK SC")}
_SENTENCES: dict[Language, tuple[str, ...]] = {
    "zh": (
        "{}区{}年完成投资{}亿元，同比增长{}，新增企业{}家。", "截至{}年底，全市常住人口为{}万人，城镇化率{}，户籍{}万人，户数{}。",
        "第{}条规定，每平方米收费{}元，逾期按{}加收，上限{}元，免收额{}元。"),
    "en": (
        "In {} the district of {} invested {} million yuan, up {} on the year, with {} firms. ",
        "By the end of {} the city had {} residents, {} of them urban, and {} households in {} towns. ",
        "Clause {} sets the fee at {} per square metre, with a surcharge of {} and a cap of {}; {} are exempt. ")}


@dataclass(frozen=True)
class Quality:
    """How a page is printed and scanned: points of its letters, and what the scanner does to it."""

    name: str
    size: float = 10.5
    noise: float = 0  # standard deviation, of 255
    blur: float = 0  # radius in pixels
    skew: float = 0  # degrees
    paper: int = 255  # brightness of the paper
    specks: float = 0  # share of pixels that are black or white by chance


QUALITIES = (
    Quality("clean"), Quality("noise", noise=18, blur=0.7), Quality("skew", noise=12, blur=0.5, skew=1.7),
    Quality("noisy", noise=45, blur=0.9), Quality("small print", 7, noise=20, blur=0.6),
    Quality("grey paper", 9, noise=18, blur=0.6, paper=150, skew=-0.8), Quality("specks", 9, 20, 0.5, specks=0.03),
    Quality("blurred", 9, noise=15, blur=1.6))


@dataclass(frozen=True)
class ScanPage:
    """A scan with the text that is printed on it."""

    language: Language
    quality: Quality
    text: str
    image: Image.Image


def make_page(seed: int) -> ScanPage:
    """The page of a seed: each language and quality in turn."""
    dice = random.Random(seed)
    language: Language = "zh" if seed % 2 else "en"
    quality = QUALITIES[seed // 2 % len(QUALITIES)]
    paragraphs = [
        dice.choice(_note_paragraphs(language))[:_LENGTHS[language]] if index % 2 else _figure_paragraph(dice, language)
        for index in range(_PARAGRAPHS)]
    font = dice.choice(_FONTS[language])
    while (image := _draw(paragraphs, language, quality.size, font)) is None:
        paragraphs.pop()  # it does not fit on the sheet
    return ScanPage(language, quality, "\n\n".join(paragraphs), _scan(image, quality, seed))


@cache
def _note_paragraphs(language: Language) -> tuple[str, ...]:
    texts = [path.read_text("utf-8") for path in sorted((SHIPPED_SEEDS / language).rglob("*.md"))]
    paragraphs = [part.strip() for text in texts for part in text.split("\n\n")]
    joint = "" if language == "zh" else " "
    return tuple(
        re.sub(r"[*_`#\\$@<>~]", "", part.replace("\n", joint)) for part in paragraphs
        if len(part) >= 60 and not part.startswith(("#", "|", "-", ">", "*")) and "](" not in part)


def _figure_paragraph(dice: random.Random, language: Language) -> str:
    sentences = [dice.choice(_SENTENCES[language]).format(*[_figure(dice) for _ in range(5)]) for _ in range(3)]
    return "".join(sentences).strip()


def _figure(dice: random.Random) -> str:
    number = dice.randrange(10 ** dice.choice((1, 2, 3, 5, 7)))
    return dice.choice((
        str(number), f"{number:,}", f"{dice.random() * 100:.1f}%", f"{dice.random() * 1000:.2f}",
        str(1950 + dice.randrange(80)), f"{dice.randrange(10_000) / 10}", f"{dice.random():.3f}",
        f"-{dice.random() * 20:.1f}%", f"{dice.randrange(10_000):,}.{dice.randrange(100):02}"))


def _draw(paragraphs: list[str], language: Language, size: float, font: str) -> Image.Image | None:
    """One sheet with the paragraphs; None if they need more than one."""
    text = "\n\n".join(re.sub(r"([#\[\]$*_@<>`\\~/=+-])", r"\\\1", part) for part in paragraphs)
    source = (
        f'#set page(paper: "a4", margin: 2cm)\n#set par(justify: true)\n#set smartquote(enabled: false)\n'
        f'#set text(font: ("{font}", "Noto Serif CJK SC"), size: {size}pt, lang: "{language}", hyphenate: false)\n\n'
        + text)
    drawn = typst.compile(source.encode(), format="png", ppi=_RESOLUTION)
    return Image.open(io.BytesIO(drawn)).convert("L") if isinstance(drawn, bytes) else None


def _scan(image: Image.Image, quality: Quality, seed: int) -> Image.Image:
    if quality.skew:
        image = image.rotate(quality.skew, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    if quality.blur:
        image = image.filter(ImageFilter.GaussianBlur(quality.blur))
    dice = np.random.default_rng(seed)
    values = np.asarray(image, dtype=np.float32) * (quality.paper / 255)
    values += dice.normal(0, quality.noise, values.shape) if quality.noise else 0
    if quality.specks:
        chance = dice.random(values.shape)
        values[chance < quality.specks / 2], values[chance > 1 - quality.specks / 2] = 0, 255
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
