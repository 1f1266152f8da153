"""Patterns of version statements: how documents say since when they are in force, and what they replace.

Each pattern begins with a word that is rare in other texts, so that the search is linear; what stands before it in the
sentence is looked at afterwards.
"""

from __future__ import annotations

import re

_NOUN = (
    "(?:办法|规定|条例|细则|制度|规则|准则|规程|标准|规范|手册|政策|方案|通知|意见|指南|指引|章程|守则|公约|协议|预案|计划|流程|目录|清单"
    "|文件|版本|版|法|修订|价目表|收费标准)")
_NOUN_EN = (
    "(?:polic(?:y|ies)|regulations?|rules?|procedures?|guidelines?|guide|handbook|manual|standard|document|version"
    "|edition|revision|code|act|order|notice|schedule|tariff|price list|plan|directive|charter"
    "|terms(?: and conditions)?|specification|instructions?|protocol|circular|agreement|measures?)")
_SELF = rf"本{_NOUN}?"
_SELF_EN = rf"(?:this|these|the present) (?:revised |updated |new )?{_NOUN_EN}"
_DAY = r"(?P<day>[^，。；;、（）()\n]{4,24}?)"
_DAY_EN = (
    r"(?P<day>\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]+,? \d{4}|[A-Z][a-z]+ \d{1,2}(?:st|nd|rd|th)?,? \d{4}|[A-Z][a-z]+ \d{4}"
    r"|\d{4}-\d{2}-\d{2}|\d{4}/\d{1,2}/\d{1,2})")
_BEGIN = r"(?:^|[|(（]\s?)"  # of a line, a cell or a bracket
_END = r"(?=$|[。；;，\s|）)])"
_IN_VAIN = "repealed|superseded|withdrawn|obsolete|rescinded|revoked|cancelled"

SELF = re.compile(rf"{_SELF}|{_SELF_EN}", re.I)

# since when it is in force: in a sentence on itself, and after a label in the first lines
EFFECTIVE_SENTENCES = (
    re.compile(rf"自\s?{_DAY}\s?(?:起|开始)\s?(?:正式|全面|统一)?\s?(?:施行|实施|执行|生效|试行|适用|启用|实行)"),
    re.compile(rf"(?:于|从)\s?{_DAY}\s?起?\s?(?:正式|全面)?\s?(?:施行|实施|生效|启用)"),
    re.compile(rf"自\s?{_DAY}\s?起[，,]?[^。；\n]{{0,30}}?按(?:下表|以下|如下|本)[^。；\n]{{0,8}}?执行"),
    re.compile(
        rf"{_SELF_EN}[^.\n]{{0,60}}?\b(?:effective|effect|force|appl(?:y|ies|icable)|in use)\b"
        rf"[^.\n\d]{{0,30}}?{_DAY_EN}", re.I),
)
EFFECTIVE_LABELS = (
    re.compile(r"^\s?[自从于]?(?P<day>\d{4}[^，。；;、（）()\n]{1,14}?)\s?起\s?(?:正式|全面)?(?:执行|施行|实施|生效|启用|试行)", re.M),
    re.compile(r"(?P<day>\d{4}-\d\d-\d\d)\s?起?(?:实施|施行)"),
    re.compile(rf"(?:施行|实施|生效|执行|启用)(?:日期|时间|日)\s?(?:[:：|]|为|是)?\s?[自从]?{_DAY}(?:起|{_END})", re.M),
    re.compile(
        rf"(?:{_BEGIN}|\s)(?:effective|commencement|commencing|in[- ](?:force|effect)|valid|applicable|start)"
        rf"(?:[ _-]?(?:date|from|as of|on|since|with effect from))*\s?[:|]?\s?{_DAY_EN}", re.I | re.M),
    re.compile(
        r"(?:with effect from|in (?:force|effect) (?:from|since|as of|on)"
        r"|effective (?:from|as of|on)|takes? effect (?:on|from)"
        rf"|(?:comes?|enters?) into (?:force|effect) (?:on|from))\s{_DAY_EN}", re.I),
)
ON_ITS_ISSUE = re.compile("(?:发布|印发|公布|颁布|下发)之日")

# until when
UNTIL_SENTENCES = (
    re.compile(rf"(?:截?至|到)\s?{_DAY}\s?(?:止|失效|废止|停止执行|届满|为止)"),
    re.compile(rf"有效期限?\s?(?:截?至|到|[:：]\s?至?)\s?{_DAY}{_END}", re.M),
    re.compile(rf"自\s?{_DAY}\s?起\s?(?:予以)?(?:废止|失效|停止执行|不再执行|作废)"),
    re.compile(
        rf"{_SELF_EN} (?:(?:is |remains? |shall be )?(?:valid|effective|in force|applies)[^.\n]{{0,30}}?"
        r" (?:until|through|to)"
        rf"|(?:expires?|lapses?) (?:on )?)\s?{_DAY_EN}", re.I),
    re.compile(
        rf"{_SELF_EN} (?:will be|is|was|has been|shall be) (?:{_IN_VAIN}|replaced)"
        rf"(?: with effect)? (?:on|from|as of|by) {_DAY_EN}", re.I),
)
UNTIL_LABELS = (
    re.compile(
        rf"(?:{_BEGIN}|[,;–—-] )(?:(?:valid|effective|in (?:force|effect))[^.\n]{{0,30}}?"
        r" (?:until|through|to)|expir(?:y|ation) date[:|]?"
        rf"|expires?(?: on)?)\s?{_DAY_EN}", re.I | re.M),
)
YEARS_VALID = re.compile(
    r"(?:有效期限?|试行期限?|试行|施行期限?)\s?[为是]?\s?(?P<years>[一二三四五六七八九十\d]{1,2})\s?年")

# its status
_STATUS = r"(?:状态|效力|时效性?|有效性)(?:状态)?\s?[:：|]\s?"
REPEALED = re.compile(
    rf"(?:{_SELF}|[该此]{_NOUN})[^，。；\n]{{0,16}}?(?:现?已|现予以|现)[^，。；\n]{{0,24}}?"
    r"(?:废止|失效|停止执行|作废|被[^，。；\n]{0,40}?(?:取代|替代|代替))"
    rf"|{_STATUS}(?:现?已)?(?:废止|失效|作废|停用|被取代|停止执行)"
    r"|^[【（(\[]?\s?(?:现?已|本\S{0,6}已)(?:废止|失效|作废|停止执行)\s?[】）)\]]?\s?$", re.M)
REPEALED_EN = re.compile(
    rf"{_SELF_EN} (?:has been|have been|was|is|are|stands) (?:now )?(?:{_IN_VAIN}|replaced"
    r"|no longer (?:in force|valid|in effect|applicable))(?! (?:on|from|as of|by) (?:\d|[A-Z][a-z]+ \d))"
    rf"|\bstatus\s?[:|]\s?(?:{_IN_VAIN}|archived|expired|no longer in force)"
    rf"|(?:^|[.;] )[\[(]?\s?(?:{_IN_VAIN}|no longer in force)\b[^.\n]{{0,60}}\.?$", re.I | re.M)
IN_FORCE = re.compile(
    rf"{_STATUS}(?:现行有效|现行|有效|生效)|^[（(【\[]\s?现行(?:有效)?(?=\W)"
    r"|\bstatus\s?[:|]\s?(?:current|in force|active|effective|approved)", re.I | re.M)
DRAFT = re.compile(
    r"(?:状态|效力)\s?[:：|]\s?(?:草案|草稿|征求意见稿)"
    r"|^[（(【]?\s?(?:公开)?(?:征求意见稿|草案|送审稿|讨论稿)\s?(?:[,，（(、 ][^\n]{0,30})?[)）】]?\s?$"
    r"|\bstatus\s?[:|]\s?(?:consultation )?draft\b"
    r"|^[\[(]?\s?(?:(?:version|revision|v|rev\.?|issue) ?[\d.]{1,8}\s?[–—:,(-]+\s?)?"
    r"(?:consultation |working |first )?draft(?:\s?\d{1,2})?"
    r"(?: (?:for|of) [a-z\d ]{3,30}|\s?[–—:,-][^\n]{0,80})?\s?[\])]?\s?$", re.I | re.M)

# what it replaces: the words that end or begin such a statement
REPLACES = re.compile(
    "届时废止|期满终止|以本(?:合同|协议)为准|同时(?:予以)?(?:废止|停止执行|失效|作废)|不再执行|不再适用|(?<!自行)(?<!已)废止|停止执行|(?:代替|替代|取代)(?!品|能源|性)")
REPLACES_EN = re.compile(
    rf"\b(?:supersedes?|replac(?:es?|ing)|cancels|repeals)\b(?! by)|\b(?:is|are) (?:hereby )?(?:{_IN_VAIN})\b", re.I)
NAMES_ANOTHER = re.compile(
    r"《|[原旧]|此前|以前|同时|[〔\[(（]\s?(?:19|20)\d\d|GB|(?<!\d)(?:19|20)\d\d(?!\d)|\b(?:previous|earlier|former|all)\b"
    rf"|\b{_NOUN_EN}\b", re.I)

# its number, and when it was issued
NUMBER_LINE = re.compile(
    rf"{_BEGIN}(?:文件|文档|当前|现行)?版本?(?:号|次|编号)?\s?[:：|]\s?"
    r"(?P<zh>第?\s?[vV]?\d+(?:\.\d+){0,3}|[A-H](?:/\d{1,2})?(?![A-Za-z/])|第[一二三四五六七八九十]+版)"
    r"|^(?P<ordinal>(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d{1,2}(?:st|nd|rd|th))) "
    r"(?:revised )?(?:edition|revision|version)\b"
    rf"|{_BEGIN}(?:document |current )?(?:version|revision|edition|rev\.?|issue)(?: (?:no\.?|number))?(?![a-z])"
    r"\s?[:|.]?\s?(?P<en>v?\d+(?:\.\d+){0,3}|[A-H])(?![\w-]|\.\w)", re.I | re.M)
# the number under which others refer to it: 合同编号：YC-2023-117, 栖发改价〔2026〕73号, Contract No. 4711
CODE = re.compile(
    r"^\W?(?:(?:合同|协议|文件|标准)?(?:编号|文号|号码)\s?[:：]\s?)(?P<zh>\S{4,40})(?=\s|$)"
    r"|^\W?(?P<number>[一-鿿]{1,10}[〔\[(（](?:19|20)\d\d[〕\])）]\s?第?\d{1,4}\s?号)\W?\s?$"
    r"|^(?P<order>(?:order|circular|directive|decree|ordinance|resolution|instruction) no\.? ?\d{1,5})"
    r"(?=,? (?:of|dated) )"
    r"|^(?:(?:contract|agreement|document|reference|ref|policy)\.? (?:no\.?|number|code)\s?[:.]?\s?)(?P<en>\S{4,40})"
    r"\s?$", re.I | re.M)
# a table of its versions, the last of which is the document itself
HISTORY_HEADING = re.compile(
    r"^\W*(?:文件|文档)?(?:修订|版本|修改|变更|更新)(?:记录|历史|履历|说明|情况)表?\W*$"
    r"|^\W*(?:document control|(?:document )?(?:revision|version|change|amendment) (?:history|record|log|table|control)"
    r"|change ?log)\W*$", re.I | re.M)
HISTORY_ROW = re.compile(
    r"(?:^|\|\s?)(?:v|ver\.?|version|rev\.?|revision|第)?\s?(?P<number>\d{1,3}(?:\.\d{1,3}){0,3}|[A-H])版?\s?"
    r"(?=\||\s|,|，|:|：|$)", re.I | re.M)
HISTORY_DAY = re.compile(
    r"\d{4}\s?年\s?\d{1,2}\s?月(?:\s?\d{1,2}\s?日)?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|" + _DAY_EN.replace("?P<day>", "?:"))
ISSUED = re.compile(
    r"(?:发布|印发|颁布|公布|修订|更新|修正|签发|签订|签署|发文|制定|批准)(?:日期|时间|日)\s?[:：|]?\s?"
    rf"(?P<zh>[^，。；;、（）()\n]{{4,24}}?){_END}"
    r"|(?P<on>\d{4}(?:\s?年\s?\d{1,2}\s?月(?:\s?\d{1,2}\s?日)?|-\d\d-\d\d))[^\d。\n，；]{0,40}?"
    r"(?:发布|印发|颁布|公布|通过|修订|修正|修改)(?!的)"
    r"|\b(?:issued|published|adopted|approved|dated|made|(?:last )?(?:updated|revised|amended)|signed)"
    r"(?: by [^.,\n\d]{1,40}?)?(?: on| in|:| date:?)?\s?[:|]?\s?"
    + _DAY_EN.replace("P<day>", "P<en>"), re.I | re.M)
_ANY_DAY = (
    r"(?P<day>(?:19|20)\d\d\s?年\s?\d{1,2}\s?月(?:\s?\d{1,2}\s?日)?|(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|(?:\d{1,2}(?:st|nd|rd|th)? )?(?:"
    r"January|February|March|April|May|June|July|August|September|October|November|December)"
    r"(?: \d{1,2}(?:st|nd|rd|th)?,?)? (?:19|20)\d\d)")
# a day that is a line, or divided from the rest of one: 2025年3月12日; Version 2.0, April 2026; 12 May 2026 – corrected
DATE_LINE = re.compile(
    rf"^\W{{0,3}}{_ANY_DAY.replace('P<day>', 'P<alone>')}\W{{0,3}}$"
    rf"|^[^。.!?？；;:：\n\d]{{1,40}}\s+(?P<behind>(?:19|20)\d\d\s?年\s?\d{{1,2}}\s?月\s?\d{{1,2}}\s?日)\s?$"
    rf"|^(?:version|revision|rev|edition|issue|v)\b[^\n]{{0,20}}?\W\s?{_ANY_DAY.replace('P<day>', 'P<of_version>')}\b"
    rf"|^[^\n.]{{0,20}}? no\.? ?\d{{1,5}},? (?:of|dated) {_ANY_DAY.replace('P<day>', 'P<of_order>')}"
    r"|^[^\n]{0,20}?\b(?:edition|version|revision|第\S{1,3}版)[^\n\d]{1,10}(?P<year>(?:19|20)\d\d)(?:年)?\W*$"
    rf"|^{_ANY_DAY.replace('P<day>', 'P<before>')}\s[–—-]\s", re.I | re.M)
ADOPTED_AGAIN = re.compile(
    r"(?P<year>\d{4})\s?年(?:\s?\d{1,2}\s?月)?(?:\s?\d{1,2}\s?日)?[^\d。\n，；]{0,60}?(?:修订|修正)")
