"""Scans for tests: pages set with Typst, drawn at a resolution, and made as bad as a scanner makes them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import typst
from PIL import Image, ImageFilter

from tests.rag.sources.pdf_files import escape_markup

ZH_LINES = (
    "城市供水管理办法", "居民用水每立方米收费2.85元，超出部分按3.60元计收。",
    "2023年全市供水总量为48,620万立方米，同比增长6.4%。",
    "新建管网137公里，改造旧管网92公里，投资8.3亿元。", "漏损率由11.8%下降到9.2%，服务人口达1,274万人。")
EN_LINES = (
    "Harbour tariff and statistics", "A berth costs 18.40 euros a night; boats over 12 metres pay 27.65 euros.",
    "In 2023 the harbour counted 14,382 visits, 7.5 per cent more than in 2022.",
    "The new quay is 640 metres long and cost 31.2 million euros.",
    "Dredging removed 86,000 tonnes of silt in 53 days.")


def draw_page(
    body: str, *, size: float = 9, ppi: int = 150, width: str = "110mm", height: str = "auto",
) -> Image.Image:
    """A page of Typst markup as a picture in grey."""
    source = (
        f"#set page(width: {width}, height: {height}, margin: 8mm)\n#set smartquote(enabled: false)\n"
        f'#set text(size: {size}pt, lang: "zh", hyphenate: false)\n{body}')
    png = typst.compile(source.encode(), format="png", ppi=ppi)
    return Image.open(io.BytesIO(png)).convert("L")


def lines_body(lines: tuple[str, ...]) -> str:
    """Typst markup of one paragraph for each line."""
    return "\n\n".join(map(escape_markup, lines))


def degrade(
    picture: Image.Image, *, noise: float = 0, blur: float = 0, skew: float = 0, grey: int = 255, seed: int = 1,
) -> Image.Image:
    """The picture as a scan: slanted by degrees, blurred, on grey paper, with noise (a standard deviation)."""
    if skew:
        picture = picture.rotate(skew, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    if blur:
        picture = picture.filter(ImageFilter.GaussianBlur(blur))
    values = np.asarray(picture, dtype=np.float32) * (grey / 255)
    values += np.random.default_rng(seed).normal(0, noise, values.shape) if noise else 0
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def save_pdf(path: Path, pages: list[Image.Image], ppi: int = 200) -> Path:
    """A PDF with a picture on each page."""
    pages[0].save(path, "PDF", save_all=True, append_images=pages[1:], resolution=ppi)
    return path
