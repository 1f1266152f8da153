"""A Chinese name in letters becomes its syllables, by the table of Hanyu Pinyin."""

from __future__ import annotations

import re
from functools import lru_cache

# the finals that each initial takes (Hanyu Pinyin, ISO 7098); ü is written v and u as well
_FINALS = {
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u", "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve ü üe",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu ong ou u uan un uo v ve ü üe",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "k": "a ai an ang ao e en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo", "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un", "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "zh": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo", "r": "an ang ao e en eng i ong ou u uan ui un uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo", "y": "a an ang ao e i in ing ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
}
_BARE_FINALS = "a ai an ang ao e ei en er o ou".split()  # without an initial: they begin a name, or follow an apostrophe
_INITIAL_SYLLABLES = sorted((initial + final for initial, finals in _FINALS.items() for final in finals.split()), key=len, reverse=True)
_WORD = re.compile(rf"(?:{'|'.join((*_INITIAL_SYLLABLES, *reversed(sorted(_BARE_FINALS, key=len))))})(?:{'|'.join(_INITIAL_SYLLABLES)})*")
_SYLLABLE = re.compile(rf"(?:{'|'.join((*_INITIAL_SYLLABLES, *reversed(sorted(_BARE_FINALS, key=len))))})(?=(?:{'|'.join(_INITIAL_SYLLABLES)})*$)")

# the commonest surnames (Ministry of Public Security, 2020), and the compound ones
SURNAMES = frozenset("""
wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie song tang deng han feng
cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei su lu lü lv lyu ding ren yao shen fu zhong cui tan liao fan shi jin
jia xia fang zou xiong bai meng qin qiu hou yin xue yan lei long tao duan hao gong shao qian mao chang wan gu lai kang wen qi mo
ge kong xiang an niu qiao dai geng guan ning chu bao ke miao bi you mei hua ou rong sheng tong zhai zhuang nie ji zuo xin ruan xi bo
ou'yang ouyang sima shangguan zhuge dongfang huangfu situ gongsun murong linghu yuwen zhangsun xiahou ximen nangong duanmu
""".split())


@lru_cache(maxsize=1_000)
def split_syllables(word: str) -> list[str]:
    """`Hanhui` → han, hui; `Xi'an` → xi, an; `Jian-guo` → jian, guo; nothing for what is no pinyin: `John`, `Leo`."""
    pieces = [piece for piece in re.split("['’-]", word.lower()) if piece]
    if not pieces or not all(_WORD.fullmatch(piece) for piece in pieces):
        return []
    return [syllable for piece in pieces for syllable in _split_part(piece)]


def _split_part(part: str) -> list[str]:
    out, rest = [], part
    while rest and (first := _SYLLABLE.match(rest)):
        out.append(first.group())
        rest = rest[first.end() :]
    return out
