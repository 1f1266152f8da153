"""Foreign names, in Chinese characters or in letters, become the consonants that both spellings share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import pypinyin

from rag.text.language import has_han

# The characters that CC-CEDICT spells foreign names with, three names at least: those whose consonants are the Latin name's.
_NAME_CHARACTERS = frozenset(
    "斯尔拉克亚特德里尼阿利马罗布市巴西纳卡州哈格达萨维塔区伯多奥洛普瓦莱伊托兰波安勒诺坦米河夫林塞比曼迪科顿语摩那帕吉哥鲁提海弗法贝雷"
    "威苏埃蒙基索玛赫姆福县希图地大森伦丽兹佛莫得美士蒂博金山内奇古根娜喀撒库恩赛雅文卢逊底木麦沃爱菲霍艾门湖杰杜丹莉白路族劳都努子欧温"
    "班列口桑切南俄梅史太扎泰朱高龙本耳丁娅密富皮盖石水和莎万佩贾因凯登沙瓜来坎拿夏三不宁牙穆迈戈第孜敦他隆厄土墨明耶康黎施柏潘连池道人"
    "以色纽通朗什毕印立原可合关其培堪天寺荷辛东芬叶的约费瑞查柯开鄂肯屯沟浩头五平代思豪禄生保世奴依浦狄支宝儿默宾黑昌台黛谷店田乔陀涅干"
    "力奈及远庇茨廷彼泽慕源汤玻甘百突茱铁话中所留佳岛胡肋武勃包北戴度坡司吐呼家圭尚齐溪麻理修赖妮居烈歇尤伐加热津仑阴惠意丝斐拜满花当旺"
    "彻札歌义洲乌非芭谢忒雪鲍")
_SHORTEST, _LONGEST, _MOST_PIECES = 2, 7, 4  # characters of a name, and the words that a segmenter may cut it into
_INITIALS = {
    "b": "P", "p": "P", "m": "M", "f": "F", "w": "F", "d": "T", "t": "T", "n": "N", "l": "L", "r": "L", "g": "K", "k": "K", "h": "K",
    "j": "S", "q": "S", "x": "S", "z": "S", "c": "S", "s": "S"}
_LATIN_CONSONANTS = str.maketrans("bpmfvwdtnlrgkhcqjzsx", "PPMFFFTTNLLKKKKKSSSS", "aeiouy")
_KEY_PREFIX = "~"  # no word begins so


def is_name_spelling(word: str) -> bool:
    """True where every character is one that names are spelt with."""
    return all(character in _NAME_CHARACTERS for character in word)


def han_phonetic_keys(pieces: list[str]) -> set[str]:
    """What names may hide in neighbouring words of name characters, whole or less a last one such as 人 or 州.

    `[胡, 格诺, 派]` → ~KN (胡格诺), ~KNP, ….
    """
    heard = set()
    for begin in range(len(pieces)):
        for end in range(begin + 1, min(len(pieces), begin + _MOST_PIECES) + 1):
            name = "".join(pieces[begin:end])
            if _SHORTEST <= len(name) <= _LONGEST:
                heard |= {_han_key(name), _han_key(name[:-1])}
    return {_KEY_PREFIX + key for key in heard if len(key) >= _SHORTEST}


def _han_key(name: str) -> str:
    return _collapse_repeats("".join(_character_consonants(each) for each in name))


@lru_cache(maxsize=2_000)
def _character_consonants(character: str) -> str:
    syllable = pypinyin.lazy_pinyin(character, errors="ignore")
    if not syllable:
        return ""
    if syllable[0] == "er":
        return "L"
    return _INITIALS.get(syllable[0][0], "") + ("N" if syllable[0].endswith(("n", "ng")) else "")


@lru_cache(maxsize=20_000)
def latin_phonetic_keys(word: str) -> frozenset[str]:
    """How Chinese may write a foreign word: `Huguenots` → ~KN, ~KNT, ~KNTS.

    Chinese drops an r before a consonant or writes 尔, drops a silent ending, and hears k, g and h before e or i as j or x.
    """
    plain = re.sub(r"'s$|[^a-z]", "", word.lower())
    if has_han(word) or not plain:
        return frozenset()
    keys = {_latin_key(form, hard_g=hard_g, r=r, ending=ending)
            for form in _spelling_variants(plain) for hard_g in (True, False) for r in (True, False) for ending in (True, False)}
    return frozenset(_KEY_PREFIX + key for key in keys if len(key) >= _SHORTEST)


def _spelling_variants(word: str) -> Iterator[str]:
    yield word
    if word.endswith("s") and len(word) > 4:
        yield word[:-1]
    if (softened := re.sub(r"(?:ck|[kgh])(?=[iey])", "s", word)) != word:
        yield softened


# in order: how letters sound, as far as a Chinese spelling can show it
_SOUND_RULES = tuple((re.compile(pattern), sound) for pattern, sound in (
    ("ph", "f"), ("^kn", "n"), ("^wr", "r"), ("tch|sch|ch|sh|zh", "s"), ("th", "t"), ("ck", "k"), ("qu", "kw"), ("gh(?![aeiou])", ""),
    ("x", "ks"), ("c(?=[eiy])", "s"), (r"(?<=[aeiou])w(?![aeiou])", ""), ("m(?=[bp])", "n")))


def _latin_key(word: str, *, hard_g: bool, r: bool, ending: bool) -> str:
    for pattern, sound in _SOUND_RULES:
        word = pattern.sub(sound, word)
    if not hard_g:
        word = re.sub("g(?=[eiy])", "s", word)
    if not r:
        word = re.sub("r(?![aeiou])", "", word)
    if not ending:
        word = re.sub("(?<=[aeiou])[tsxdz]+$", "", word)
    return _collapse_repeats(word.translate(_LATIN_CONSONANTS))


def _collapse_repeats(key: str) -> str:
    return re.sub(r"(.)\1+", r"\1", key)


def key_weight(key: str) -> float:
    """How far a key may be trusted: two consonants are many names."""
    return 1.0 if len(key) > len(_KEY_PREFIX) + _SHORTEST else 0.3
