"""Phrases that name a version of a document in a question: 2022年版, the draft, 修订前, under the old rules.

A phrase of an adjective alone (`the old` travel policy) leaves the document in the question.
"""

from __future__ import annotations

import re

YEAR = r"(?<!\d)(?:19|20)\d\d(?!\d)"
_HAN_HEAD = (
    "(?:办法|规定|条例|细则|制度|规则|准则|规程|标准|规范|手册|政策|方案|指南|指引|章程|守则|公约|规约|文件|价目[表单]|须知|说明书?|简章|通则"
    "|协议|合同|契约|价格表|价格|报价[单表]?|时刻表|时间表|作息表|课表|条款|规矩|口径|做法|目录|清单|大纲|预案|通知|公告|版本|文本|条文|规程|公示)")
_HAN_NOUN = rf"(?:(?:管理|实施|暂行|试行)?(?:{_HAN_HEAD}|版))"
_HAN_IN = "(?:[里中内]|规定|(?<!公)上|当中)?"
_HAN_END = rf"{_HAN_IN}的?[,，]?"
_HAN_BY = "(?:按照?|根据|依照?|依据|在)?"
# what may stand between an adjective and the kind of document: 旧版 · 门诊就诊 · 须知
_HAN_MODIFIER = r"(?=[一-鿿A-Za-z0-9·]{1,12}?" + _HAN_HEAD + ")"
_NOUN = (
    r"(?:polic(?:y|ies)|rules?|regulations?|handbook|manual|guidelines?|guidance|guide|standard|edition|version"
    r"|revision|issue|release|document|procedures?|price ?list|prices|rates?|fees|tariffs?|schedule|timetable|catalogue"
    r"|(?:\w+ )?(?:terms|conditions)|code|charter|plan|act|law|statutes|bye?-?laws|constitution|specifications?"
    r"|instructions?|order|notice|bulletin|circular|directive|protocol|programme|contract|agreement|leaflet|brochure"
    r"|syllabus|curriculum|menu|memo|quot(?:e|ation)|offer|minutes"
    r"|tariffs?|scheme|rulebook|text|wording|form|list|one)")
_FUNCTION_WORDS = (
    "(?:is|are|was|were|be|the|an?|of|in|on|at|for|to|by|from|with|and|or|but|do|does|did|has|have|had|must|may|can"
    "|will|should|would|could|that|which|who|when|how|what|my|your|our|their|his|her|its|i|we|you|they|it|there|not"
    "|than)")
_MODIFIER = rf"(?= (?:(?!{_FUNCTION_WORDS}\b)[\w'&/-]+ ){{1,4}}{_NOUN}\b)"
_IN = r"(?:(?:under|in|according to|per|by|from|as per|of|for|with|on|within) )?(?:the |this |its |your |our )?"
_OLD = (
    "(?:old|older|previous|earlier|former|prior|superseded|repealed|preceding|outdated|replaced|withdrawn|archived"
    "|obsolete|expired|rescinded|revoked|uncorrected|unrevised|unamended)")
_NEW = (
    "(?:currently |now )?(?:current|latest|newest|present|existing|revised|updated|amended|in-force|final|approved"
    "|signed|restated|renewed)")
_CHANGED = (
    "(?:revised|amended|updated|changed|replaced|superseded|modified|reissued|repealed|raised|increased|lowered|reduced"
    "|adjusted|corrected|put up)")
_ROSE = "(?:went up|rose|increased|changed|fell|went down|dropped)"
# what a document states; after an adjective it stays in the question: the old price
_MATTER = (
    r"(?:prices?|fees?|rates?|rents?|deposit|limit|salary|wage|deadline|fine|penalty|allowance|charges?|costs?"
    r"|amount|quota"
    r"|(?:opening )?hours|period|duration|date|address|number|name|threshold)")
_CHANGE = "(?:revision|amendment|change|update|reform|switch)s?"
_HAN_CHANGE = "(?:修订|修改|修正|更正|订正|调整|改版|更新|新规|变更|改革|换版|升版|调价|涨价|降价|提价|新旧交替)"
_HAN_OLD = "(?:旧版|老版|原版|上一?版|前一?版|上一个版本|前一个版本|上个版本|原先|原来|之前|以前|此前|过去|从前|早先|先前)"
_HAN_NEW = "(?:现行|目前|现在|当前|如今|眼下|最新|新版|生效中|最新版|现行版|正在执行|现在执行)"
_HAN_VOID = "(?:已经?|被|业已)?(?:废止|失效|作废|取代|替代|替换|过期|停用)了?"
_HAN_LATER = "(?:即将|尚未|将要|将来|待|还没|未来)(?:施行|生效|实施|执行|启用)"
_MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December"
    "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)")
_PERIOD = "(?:(?:academic |school |financial |fiscal )?year|term|semester|season|quarter|month)"
_ORDINAL = "(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)"

# each with what it names; the first that matches at a place counts
PHRASES: tuple[tuple[str, re.Pattern[str]], ...] = tuple((name, re.compile(pattern, re.I)) for name, pattern in (
    ("several", r"(?:新旧|前后)?(?<!第)(?:两个?|[二三四几]个?|各个?|每一?个?|历次?|历个?|不同)(?:版本?|稿)"
                r"(?:[里中]|之间|的[办规]\S{1,2})?(?:的|[,，])?"
                rf"|新[旧老](?:版本?|文本|条文|(?=[一-鿿]{{0,10}}?{_HAN_HEAD}))(?:对比|对照|之间)?(?:[里中])?的?"
                r"|(?:修订|修改|修正|更正|调整|改版|更新|调价|涨价|改)前后的?"),
    ("several", r"(?:今年|本年度?)?(?:和|与|跟|同|比)(?:去年|上年度?|前一年)(?:相比|比较?|相较)?[，,]?"),
    ("several", rf"{_IN}(?:both|two|different|various|all|old and new|draft and final) (?:versions|editions|revisions)"
                rf"(?: of)?|{_IN}{_OLD}(?: {_NOUN})?,? (?:and|or|versus|vs\.?) (?:the )?(?:newer|new|{_NEW})"
                rf"(?: {_NOUN}|{_MODIFIER})"),
    ("month day", rf"{_HAN_BY}(?<![年\d])\d{{1,2}}\s?月\s?\d{{1,2}}\s?[日号](?:发布|发出|印发|公布|发)?的?(?:那[一个份张]?)?"
                  rf"{_HAN_NOUN}{_HAN_END}"),
    ("month day", rf"{_IN}{_NOUN} (?:of|from|dated) (?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}|{_MONTH} "
                  r"\d{1,2}(?:st|nd|rd|th)?)(?![a-z\d])(?!,? \d{4}),?"),
    ("earlier", rf"{_HAN_BY}上一?[次回](?:的)?{_HAN_NOUN}{_HAN_END}"
                r"|(?:改|变更?|调|涨|降)(?:之|以)?前(?![后台进提途往])的?[,，]?"
                r"|(?:^|(?<=[，,]))(?:以前|过去|从前|原先|原来|早先|先前|之前|此前)的?(?=[一-鿿A-Za-z])"
                r"|(?<=[一-鿿])(?:以前|原先|原来|从前|过去)(?=几|多少|多久|多长|怎么|由谁|哪)"),
    ("earlier", rf"旧(?![版的]){_HAN_MODIFIER}|老(?![年龄人师板幼兵]){_HAN_MODIFIER}|原(?![油料材则因告始生产价件创]){_HAN_MODIFIER}"),
    ("earlier", rf"(?<=\bthe ){_OLD} (?={_MATTER}\b)|\bin the past\b,?|\bback then\b,?|(?<=\w )before(?=\W*$)"
                rf"|before (?:the |its |this )?(?:[\w'-]+ ){{1,5}}{_ROSE}(?![\w-]),?"
                r"|before (?:version|revision|rev\.?|edition|issue) (?:\d{1,3}(?:\.\d{1,3}){0,3}|[a-h])(?![a-z\d]),?"
                r"|before the (?:\d{1,2}(?:st|nd|rd|th)|" + _ORDINAL + r") (?:edition|revision|version),?"),
    ("earlier", r"(?<![比较与和同跟于过])(?:上一?|前一)个?(?:学期|学年|季度|年度|期)的?"),
    ("earlier", r"(?:(?<=\b)(?:in|under|of|for|during|from) )(?:the |its )?(?:previous|preceding|prior) "
                rf"{_PERIOD}(?:'s(?: {_NOUN})?)?,?"
                rf"|(?:in|under|during|of|from) last (?:term|semester|season|quarter|month)(?:'s(?: {_NOUN})?)?,?"),
    ("period", rf"{YEAR}\s?[-–—~至/]\s?(?:\d\d)?\d\d(?!\d)\s?(?:学年|财年|年度)度?(?:的|[,，])?"),
    ("period", rf"{_IN}{YEAR}\s?[-–—/]\s?(?:\d\d)?\d\d(?!\d) (?:academic |school |financial |fiscal )?"
               rf"(?:year|season|{_NOUN}),?"),
    ("year", rf"{_HAN_BY}{YEAR}\s?年?\s?(?:修订|修正|修改|发布|颁布|公布|印发|实施|施行|生效|制定|通过|新|旧|老)*(?:的)?"
             rf"(?:那[一个份]?)?{_HAN_NOUN}{_HAN_END}"),
    ("year", rf"{_HAN_BY}{YEAR}\s?年?\s?(?:修订|修正|修改)(?:版|本|稿|后|以?前)?(?:的|[,，])?"),
    ("year", rf"{_HAN_BY}{YEAR}\s?年?\s?(?:修订|修正|修改|发布|颁布|公布|印发|实施|施行|生效|制定|通过)+的?{_HAN_MODIFIER}"),
    ("year", rf"{_HAN_BY}{YEAR}\s?年?的?那(?:一?版|个版本|一?[份稿本])(?:的)?(?:{_HAN_NOUN})?{_HAN_END}"),
    ("year", rf"{_IN}{YEAR}(?:'s)? (?:revised |amended |updated |new |old )?{_NOUN}(?![\w-]),?"),
    ("year", rf"{_IN}{YEAR}(?:'s)?{_MODIFIER}"),
    ("year", rf"{_IN}{_NOUN} (?:of|from|for|dated|issued in|adopted in) {YEAR},?"),
    ("number", rf"{_HAN_BY}第\s?[一二三四五六七八九十\d]+\s?(?:版(?:本)?|次修[订正][稿版本]?){_HAN_END}"),
    ("number", rf"{_HAN_BY}(?<![a-z\d])(?:v|版本号?|版)\s?\d{{1,3}}(?:\.\d{{1,3}}){{0,3}}(?:版本?)?{_HAN_END}"),
    ("number", rf"(?<![a-z\d.])\d{{1,2}}(?:\.\d{{1,2}}){{1,2}}\s?版本?{_HAN_END}"),
    ("number", rf"{_HAN_BY}(?<![a-z\d])(?:版[本次]\s?[a-h](?![a-z\d])|[a-h](?:/\d{{1,2}})?\s?版(?!面)本?){_HAN_END}"),
    ("number", rf"{_IN}(?<![a-z\d])[a-h]/\d{{1,2}}(?![\d/])"),
    ("number", rf"{_IN}(?<![a-z\d])(?:(?:version|edition|revision|issue|release|rev\.?|ver\.?|v|r)\s?\.?"
               r"\d{1,3}(?:\.\d{1,3}){0,3}"
               r"|(?:version|edition|revision|rev\.?|issue) [a-h](?![a-z]))(?![a-z\d]),?"),
    ("number", rf"{_IN}(?:\d{{1,2}}(?:st|nd|rd|th)|{_ORDINAL}),? (?:and|or|to) (?:the )?"
               rf"(?:\d{{1,2}}(?:st|nd|rd|th)|{_ORDINAL})"
               r" (?:edition|revision|version|issue)s?,?"),
    ("number", rf"{_IN}(?:versions|revisions|editions|issues) (?:\d{{1,3}}(?:\.\d{{1,3}}){{0,3}}|[a-h])"
               r",? (?:and|or|to) (?:\d{1,3}(?:\.\d{1,3}){0,3}|[a-h])(?![a-z\d]),?"),
    ("number", rf"{_IN}(?:\d{{1,2}}(?:st|nd|rd|th)|{_ORDINAL}) (?:edition|revision|version|issue),?"),
    ("draft", rf"(?:公开)?(?:征求意见稿|草案|草稿|初稿|送审稿|讨论稿|拟稿){_HAN_END}"),
    ("draft", rf"{_IN}(?:consultation |working |first )?draft(?: {_NOUN})?(?![\w-]),?"),
    ("trial", rf"试行(?:期间)?的?{_HAN_NOUN}{_HAN_END}|试行(?:稿|版|期间?|阶段|的?时候?|那时)(?:[里中])?的?"),
    ("trial", rf"{_IN}(?:interim|provisional|trial)(?: {_NOUN}|{_MODIFIER}),?"),
    ("later", rf"{_HAN_LATER}的?(?:新?版本?|新?规定?)?(?:{_HAN_MODIFIER})?|未来的?(?:新?版本|新规)|下一版的?"
              r"|明年(?:\d{1,2}月(?:\d{1,2}日)?)?(?:起|开始|以后)?的?"),
    ("later", rf"{_IN}(?:upcoming|forthcoming|future|next|not yet effective)(?: {_NOUN}|{_MODIFIER}),?"
              r"|(?:from |starting |as of )?next year(?:'s)?"
              r"|once the (?:new|revised) \w+ (?:takes? effect|comes? into force|applies)"),
    ("original", r"最早的?(?:版本?|那版)?|最初的?(?:版本?)?|原始版本?的?|首版的?|初版的?"),
    ("original", rf"{_IN}(?:original|very first|oldest|earliest|initial)(?: {_NOUN}|{_MODIFIER}),?|originally"),
    ("earlier", rf"(?:没有?|未)?{_HAN_CHANGE}(?:之|以)?前(?!后)(?:的{_HAN_NOUN})?的?[,，]?"
                r"|新[^，。？?]{0,8}?(?:施行|实施|出台|生效|发布|执行|印发|启用)(?:之|以)?前的?[,，]?"
                rf"|(?:旧|老|原先?|上一|前一|上个|之前的?|以前的?|此前的?|过去的?|从前的?|原来的?)(?:的)?{_HAN_NOUN}{_HAN_END}"
                rf"|(?:{_HAN_OLD}的?|[旧老]的){_HAN_MODIFIER}"
                rf"|{_HAN_VOID}的(?:那[个一份部]?)?(?:{_HAN_NOUN}{_HAN_END}|{_HAN_MODIFIER})"
                r"|(?:上|前)一?版的?|旧规(?:定)?的?"
                r"|(?<![年月日\d])(?:以前|过去|原先|原来|从前)(?=是(?![否不])|为|多少|的(?!\d|[几一二三四五六七八九十]+年))的?"
                r"|(?<![年月日\d])(?:原先|原来|从前)(?=[^，。？?]{1,4}(?:多少|几))"),
    ("earlier", rf"{_IN}(?:{_OLD}|last)(?: {_NOUN})(?![\w-]),?|{_IN}{_OLD}{_MODIFIER}"
                rf"|before (?:the |its |it was |this was )?(?:latest |last |recent )?"
                rf"(?:{_CHANGE}|{_CHANGED})(?![\w-]),?"
                rf"|before (?:the |this |its )?(?:[\w'-]+ ){{1,5}}(?:was|were|got|is|had been|has been) (?:last )?"
                rf"{_CHANGED}(?![\w-]),?"
                r"|before the (?:new|revised|current) (?:[\w'-]+ ){1,4}?"
                r"(?:took effect|came into (?:force|effect)|applied)"
                rf"|prior to (?:the |its )?{_CHANGE},?|previously|formerly|pre-(?:revision|amendment)"
                r"|\bused? to(?= (?:be|pay|have|cost|get|allow|require|open|close|last|charge|take|need)\b)"),
    ("new", rf"(?:按照?|根据)?新的?{_HAN_NOUN}{_HAN_END}|新的{_HAN_MODIFIER}|新规(?:定)?的?"),
    ("new", rf"{_IN}(?:new)(?: {_NOUN})(?![\w-]),?|(?<=\bthe )new (?={_MATTER}\b)"),
    ("current", rf"(?:按照?|根据)?(?:{_HAN_NEW})的?(?:有效的?)?{_HAN_NOUN}{_HAN_END}"
                rf"|(?:{_HAN_NEW}的?){_HAN_MODIFIER}"
                rf"|{_HAN_CHANGE}(?:之|以)?后(?:的{_HAN_NOUN})?的?[,，]?|现行的?"
                rf"|(?:定稿|终[稿版]|最终[稿版]|正式[稿版]|(?:已?签署|签字|盖章)[稿版件本])(?:的?{_HAN_NOUN})?{_HAN_END}"
                r"|(?:目前|现在|当前|如今|眼下|今天|如今)的?"),
    ("current", rf"{_IN}(?:{_NEW}|adopted|executed)(?: {_NOUN})(?![\w-]),?|{_IN}{_NEW}{_MODIFIER}"
                rf"|after (?:the |its )?{_CHANGE},?"
                r"|(?<=\bthe )(?:current|latest|present) (?=[a-z])"
                rf"|(?:(?<=\w )|^)(?:currently|nowadays|at present|at the moment|these days"
                r"|as of today|today|right now)"),
))
COMPARISON = re.compile(
    r"变化|区别|不同|改为|改成|调整为|对比|相比|比较|前后|差异|差别|从多少|修改了|修订了|变了|增加了|降低了|提高了|上涨|涨了"
    r"|历年|近[几两三四五\d]年|逐年|趋势|增长|增速|每年|各年|分别|改动|有何变|有没有变|变没变|变过"
    r"|\bchang(?:e|ed|es)\b|\bdiffer|\bcompar|\bversus\b|\bvs\b|\bbetween\b|\btrend|\bover the years\b"
    r"|\bgrowth\b|\bgrew\b|\bgrow\b"
    r"|\brise|\brose\b|\bincrease|\bdecrease|\beach year\b|\bsince\b|\bhow much (?:more|less)\b"
    r"|\bboth (?:versions|editions)\b", re.I)
