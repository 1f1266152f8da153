"""Normal characters: one form for those that mean the same, and none that cannot be seen."""

from __future__ import annotations

import re
import unicodedata

# radicals from U+2E80 that NFKC does not change, with their characters
_RADICALS = str.maketrans({
    "⺀": "冫", "⺁": "厂", "⺄": "乙", "⺈": "刀", "⺊": "卜", "⺌": "小", "⺎": "兀", "⺐": "尢", "⺓": "幺",
    "⺕": "彐", "⺗": "心", "⺘": "手", "⺙": "攴", "⺛": "旡", "⺝": "月", "⺟": "母", "⺠": "民", "⺡": "水",
    "⺢": "水", "⺣": "火", "⺤": "爪", "⺥": "爪", "⺦": "爿", "⺧": "牛", "⺨": "犬", "⺪": "疋", "⺫": "目",
    "⺬": "示", "⺭": "示", "⺮": "竹", "⺯": "糸", "⺰": "纟", "⺲": "网", "⺶": "羊", "⺷": "羊", "⺹": "老",
    "⺻": "聿", "⺼": "肉", "⺽": "臼", "⺾": "艸", "⺿": "艸", "⻀": "艸", "⻁": "虎", "⻂": "衣", "⻃": "西",
    "⻄": "西", "⻅": "见", "⻆": "角", "⻈": "讠", "⻉": "贝", "⻋": "车", "⻌": "辶", "⻍": "辶", "⻎": "辶",
    "⻏": "邑", "⻐": "钅", "⻑": "長", "⻒": "镸", "⻓": "长", "⻔": "门", "⻕": "阜", "⻖": "阜", "⻗": "雨",
    "⻘": "青", "⻙": "韦", "⻚": "页", "⻛": "风", "⻜": "飞", "⻝": "食", "⻠": "饣", "⻢": "马", "⻣": "骨",
    "⻤": "鬼", "⻥": "鱼", "⻦": "鸟", "⻧": "卤", "⻨": "麦", "⻩": "黄", "⻬": "齐", "⻮": "齿", "⻯": "竜",
    "⻰": "龙", "⻳": "龟",
})
_SPACES = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000\t]")
_HIDDEN_CHARACTERS = re.compile(
    r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb\x00-\x08\x0b\x0e-\x1f\x7f"
    r"\U000e0000-\U000e007f]")
_COMPATIBILITY_FORMS = re.compile(
    "[\u2f00-\u2fdf\uf900-\ufaff\ufb00-\ufb06\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff05\uff0b\uff0e\uff0f]")


def normalise_characters(text: str) -> str:
    """The text with normal line ends, spaces and characters, without hidden ones."""
    text = text.replace("\f", "\n").replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n\n")
    text = text.replace("\ufffe\n", "").replace("\ufffe", "")  # pypdfium2's sign for a soft hyphen at the end of a line
    text = _HIDDEN_CHARACTERS.sub("", text).translate(_RADICALS)
    text = _COMPATIBILITY_FORMS.sub(lambda c: unicodedata.normalize("NFKC", c.group()), text)
    return _SPACES.sub(" ", re.sub("⋯+|…+|\\.{6,}", "……", text))
