"""Fixtures of the library tests: a library in its own folder, notes for it, long texts, and other processes."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.library.library import Library
from rag.schema import Language
from tests.small_library import small_library

ROOT = Path(__file__).resolve().parents[3]

ZH = """# 太湖治理

## 水质

太湖的水质连续五年改善，蓝藻面积减少了三成。沿湖的化工企业已经全部搬迁。

## 渔业

渔民上岸以后开起了民宿，游客比从前多了一倍。
"""
EN = """# The lighthouse

## Building

The lighthouse was built of granite in 1841. Its lamp burns whale oil.

## Keepers

Three keepers lived there with their families and a cow.
"""

Note = Callable[[str, str], Path]
Prose = Callable[..., str]
Spawn = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return small_library(tmp_path / "home")


@pytest.fixture
def note(tmp_path: Path) -> Note:
    """Writes a file; returns its path."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / "files" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.fixture
def notes(note: Note) -> list[Path]:
    """One Chinese and one English file, two passages each."""
    return [note("太湖.md", ZH), note("lighthouse.md", EN)]


@pytest.fixture
def filled(library: Library, notes: list[Path]) -> Library:
    with library.write_lock():
        for path in notes:
            library.add(path)
    return library


@pytest.fixture(scope="session")
def prose() -> Prose:
    """Text with the given number of sentences, the same for the same seed; `sections`: each is its own passage."""

    def write(seed: int, sentences: int, language: Language = "en", *, sections: bool = False) -> str:
        rng = random.Random(seed)
        if language == "zh":
            drawn = ["".join(rng.choices(_ZH_WORDS, k=12)) + "。" for _ in range(sentences)]
        else:
            drawn = [" ".join(rng.choices(_EN_WORDS, k=12)).capitalize() + "." for _ in range(sentences)]
        if sections:
            return "\n\n".join(f"## {n}\n\n{sentence}" for n, sentence in enumerate(drawn, 1))
        separator = "" if language == "zh" else " "
        return "\n\n".join(separator.join(drawn[at : at + 6]) for at in range(0, sentences, 6)) + "\n"

    return write


_ZH_WORDS = """
太湖 水质 渔民 工厂 桥梁 丝绸 园林 稻田 学校 医院 铁路 港口 电池 纺织 博士 春天 茶叶 市场 灯塔 花园 机床 芯片 河流 农民
运河 钢铁 药品 税收 图书 音乐 面粉 玻璃 飞机 海关 银行 天气 雪山 沙漠 森林 老虎 鲤鱼 竹子 陶瓷 煤炭 石油 法院 警察 邮局
电影 语言 数学 历史 教师 城墙""".split()
_EN_WORDS = [
    a + b + c
    for a in ("ba", "ke", "mo", "tu", "fi", "ro") for b in ("la", "ni", "du", "ve", "go", "za")
    for c in ("rk", "mp", "st", "nd")]


@pytest.fixture
def spawn(tmp_path: Path) -> Spawn:
    """Starts a program with arguments in another process, which is killed after the test.

    The program is in a file called `huwen`, so that it looks like the command line.
    """
    started: list[subprocess.Popen[str]] = []

    def start(program: str, *words: object) -> subprocess.Popen[str]:
        script = tmp_path / f"program-{len(started)}" / "huwen"
        script.parent.mkdir()
        script.write_text(program, "utf-8")
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            [sys.executable, str(script), *map(str, words)], text=True, env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
