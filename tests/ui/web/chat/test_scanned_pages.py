"""The page of a scan in the reader: the words of a quote are marked where text recognition read them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.pipeline import build_pipeline
from rag.settings import Settings
from tests.rag.sources.scans import EN_LINES, ZH_LINES, draw_page, lines_body, save_pdf
from tests.ui.web.conftest import app_state_of, http_client, serve_page

pytest.importorskip("rapidocr")

_MARK = re.compile(r'class="page-mark" style="left:([\d.]+)%;top:([\d.]+)%')


@pytest.mark.slow
def test_the_words_of_a_quote_are_marked_on_scans_and_pictures(tmp_path: Path) -> None:
    pages = {lines: draw_page(lines_body(lines), ppi=200) for lines in (ZH_LINES, EN_LINES)}
    save_pdf(tmp_path / "zh.pdf", [pages[ZH_LINES]])
    pages[EN_LINES].save(tmp_path / "en.png")
    pipeline = build_pipeline(
        Settings(home=tmp_path / "home", seeds=None, chat_model="", embed_model="dictionary"))
    with pipeline.library.write_lock():
        sources = [pipeline.library.add(tmp_path / name).source for name in ("zh.pdf", "en.png")]
    with serve_page(app_state_of(pipeline)) as address, http_client(address) as client:
        for source, words in zip(sources, (("137公里", "48,620"), ("640 metres", "14,382")), strict=True):
            text = pipeline.library.text(source.id)
            tops = []
            for quote in words:
                start = text.index(quote)
                html = client.get(f"/page/sources/{source.id}/pages?quote={start}-{start + len(quote)}").text
                [(left, top)] = _MARK.findall(html)
                assert 10 < float(left) < 90
                tops.append(float(top))
            assert tops[0] > tops[1]  # the first one stands in a lower line
            image = client.get(f"/page/sources/{source.id}/pages/1/image?width=800")
            assert image.headers["content-type"] == "image/png"
