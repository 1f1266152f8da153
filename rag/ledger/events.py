"""Events: what a date or a time of day is the date or time of: founded, takes effect, opens, closes."""

from __future__ import annotations

import re
from functools import lru_cache

# events with dates, in both languages; the first that a clause names counts
_DATE_EVENTS = tuple((event, re.compile(pattern, re.I)) for event, pattern in (
    ("deadline", r"截止|截至日|最迟|以前(?:提交|报名|申请|缴)|之?前(?:提交|报名|申请|缴|完成|寄|送)|最后期限"
                 r"|\bdeadline\b|\bno later than\b|\bat the latest\b|\bdue\b|\bclos\w+ (?:on|date)\b|\blast day\b"
                 r"|\b(?:submit\w*|appl\w+|register\w*|paid|pay|send|sent|received|returned?)\b[^.;]{0,40}\bby\b"),
    ("effective", r"施行|生效|起实施|实施|起执行|起?适用|\btak\w+ effect\b|\bcom\w+ into (?:force|effect|operation)\b"
                  r"|\beffective (?:from|on|as of|date|since)?\b|\b(?:enter\w*|in) (?:into )?force\b|\bappl(?:y"
                  r"|ies) from\b"),
    ("expires", r"到期|届满|失效|有效期至|\bexpir\w+|\bvalid (?:until|through|till)\b|\bends? on\b"),
    ("founded", r"成立|创立|创办|创建|建校|建院|\bfounded\b|\bestablished\b|\bset up\b|\bincorporated\b|\bfounding\b"),
    ("completed", r"建成(?!区)|竣工|落成|完工|\bcomplet\w+|\bfinished\b"),
    ("opened", r"对外开放|开业|开馆|开园|通车(?!总?里程)|开通|投入使用|启用|投产|揭牌|\bopened\b|\binaugurated\b|\bopens? (?:on|its doors)\b"
               r"|\bwill open\b|\bopening (?:day|date|ceremony)\b"),
    ("started", r"始建|开工|动工|奠基|启动|开幕|\bbroke ground\b|\bbegan\b|\bstart(?:s|ed)?\b|\bbegins\b|\bcommenc\w+"),
    ("ended", r"闭幕|结束|停运|关闭|\bended\b|\bcloses?\b|\bclosed\b|\bends\b|\bconcluded\b"),
    ("published", r"发布|公布|出版|印发|颁布|上市|发售|\bpublished\b|\bissued\b|\breleased\b|\blaunched\b"),
    ("signed", r"签署|签订|签约|\bsigned\b"),
    ("held", r"举行|举办|召开|上映|开赛|\bheld\b|\btak\w+ place\b|\btook place\b|\bscheduled\b|\bmeets?\b"),
    ("born", r"出生|诞生|生于|\bborn\b"), ("died", r"逝世|去世|病逝|\bdied\b"),
))
_OPENS = re.compile(
    r"开馆|开门|开放|开业时间|营业|对外服务|服务时间|办公时间|工作时间|接待时间|办理时间|\bopen(?:s|ing)?\b|\bhours\b|\bbusiness\b", re.I)
_CLOSES = re.compile(r"闭馆|关门|关闭|停止|打烊|结束|\bclos(?:e|es|ed|ing)\b"
    r"|\bshuts?\b|\bmust leave\b|\buntil\b|\btill\b|\bends?\b|\bfinish\w*\b", re.I)
_TIME_EVENTS = tuple((event, re.compile(pattern, re.I)) for event, pattern in (
    ("check in", r"入住|\bcheck[- ]?in\b|\barrival\b"), ("check out", r"退房|离店|\bcheck[- ]?out\b"),
    ("last entry", r"停止入|最后入|末次|\blast (?:entry|admission)\b|\bno (?:entry|admission) after\b"
                   r"|\b(?:let in|admitted) until\b"),
    ("last departure", r"末班|\b(?:last|final) (?:train|bus|ferry|tour|departure)\b"),
    ("first departure", r"首班|头班|\bfirst (?:train|bus|ferry|tour|departure)\b"),
    ("departs", r"发车|出发|开船|起飞|\bdepart\w*\b|\b(?<!must )leaves?\b"), ("arrives", r"到达|抵达|\barriv\w+\b"),
    ("breakfast", r"早餐|\bbreakfast\b"), ("lunch", r"午餐|午饭|\blunch\b"), ("dinner", r"晚餐|\bdinner\b|\bsupper\b"),
    ("starts", r"开始|开演|开赛|开会|上课|上班|\bstarts?\b|\bbegins?\b|\bcommences?\b|\bstarting\b"),
))


@lru_cache(maxsize=20_000)
def date_event(clause: str) -> str:
    """What the date in a clause is the date of; empty if it only dates something else.

    `自2023年5月1日起施行` → effective; `The museum was founded in 1985` → founded; `7月25日，有网友发现` → empty.
    """
    return next((event for event, pattern in _DATE_EVENTS if pattern.search(clause)), "")


@lru_cache(maxsize=20_000)
def time_event(before: str, after: str, context: str) -> str:
    """What a time of day between two texts is the time of: `opens`, `closes`, `check in`, …; empty if unknown.

    `context`: the text around the clause, where it names no event itself: `开放时间`.
    """
    for text in (f"{before} {after}", context):
        if event := next((event for event, pattern in _TIME_EVENTS if pattern.search(text)), ""):
            return event
    opens, closes = _last_start(_OPENS, before), _last_start(_CLOSES, before)
    if opens >= 0 or closes >= 0:
        return "closes" if closes > opens else "opens"
    if _CLOSES.match(after.lstrip()[:4]) or _CLOSES.search(after[:12]):
        return "closes"
    if _OPENS.search(after):
        return "opens"
    opens, closes = _last_start(_OPENS, context), _last_start(_CLOSES, context)
    return "" if opens == closes else "closes" if closes > opens else "opens"


def _last_start(pattern: re.Pattern[str], text: str) -> int:
    return max((match.start() for match in pattern.finditer(text)), default=-1)


def is_event_word(word: str) -> bool:
    """Whether a word only stands for an event that has a date or a time: 时间, `day`, `doors`."""
    return word in _EVENT_WORDS


_EVENT_WORDS = frozenset("日期 时间 date time day hour hours door doors 大门 train trains bus 列车".split())
