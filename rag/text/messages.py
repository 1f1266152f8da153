"""Messages: what Huwen says in an answer and about it, in Chinese and English: refusals, introductions of quotes,
confidence.
"""

from __future__ import annotations

from rag.schema import Language, PassageVersion, VersionStatus

# whether what is cited answers the question or only concerns its topic
COVERED: dict[Language, str] = {"zh": "引用的段落覆盖了问题的要点", "en": "the cited passages cover what was asked"}
PROBABLY_UNANSWERED: dict[Language, str] = {
    "zh": "引用的原文很可能没有回答所问",
    "en": "what is cited most likely does not answer what was asked",
}
POSSIBLY_ANSWERED: dict[Language, str] = {
    "zh": "引用的原文谈到此事，未必正好回答所问",
    "en": "what is cited speaks of the matter, and may not answer just what was asked",
}

# what is missing in the passages that were found, by the names of the rules in `rag/reading/rules.py`
MISSING: dict[str, dict[Language, str]] = {
    "year": {"zh": "找到的内容不是所问的年份", "en": "what was found is not about the year asked for"},
    "name": {"zh": "找到的内容没有提到所问的名称", "en": "nothing that was found names what was asked about"},
    "place": {"zh": "找到的内容说的是别的地方", "en": "what was found is about another place"},
    "value": {"zh": "找到的内容没有所问的那类数值", "en": "what was found states no value of the kind asked for"},
    "number": {"zh": "找到的内容没有给出所问的数字", "en": "what was found does not give that number"},
    "words": {"zh": "找到的内容没有谈到所问的事", "en": "what was found does not speak of what was asked"},
    "time": {"zh": "找到的内容没有给出时间", "en": "what was found gives no time"},
    "person": {"zh": "找到的内容没有说是谁", "en": "what was found does not say who"},
}

# how many citations could be checked
ALL_CITATIONS_CHECKED: dict[Language, str] = {
    "zh": "引文 {held}/{all} 已核对",
    "en": "{held} of {all} citations checked",
}
SOME_CITATIONS_CHECKED: dict[Language, str] = {
    "zh": "引文只有 {held}/{all} 能核对",
    "en": "only {held} of {all} citations could be checked",
}
NO_CITATION_CHECKED: dict[Language, str] = {"zh": "没有引文能核对", "en": "no citation could be checked"}
NO_CITATIONS: dict[Language, str] = {"zh": "没有引文", "en": "nothing is cited"}

# how many figures of the answer were found in the sources
FIGURES_CHECKED: dict[Language, str] = {"zh": "数字 {held}/{all} 已核对", "en": "{held} of {all} figures checked"}
FIGURE_MISSING: dict[Language, str] = {
    "zh": "有 1 个数字在资料中没有找到",
    "en": "one figure was not found in the sources",
}
FIGURES_MISSING: dict[Language, str] = {
    "zh": "有 {missing} 个数字在资料中没有找到",
    "en": "{missing} figures were not found in the sources",
}
FIGURE_DOUBTED: dict[Language, str] = {
    "zh": "有 1 个数字出自扫描件，识别存疑",
    "en": "one figure is from a scan and was read with doubt",
}
FIGURES_DOUBTED: dict[Language, str] = {
    "zh": "有 {doubted} 个数字出自扫描件，识别存疑",
    "en": "{doubted} figures are from a scan and were read with doubt",
}

# whether documents agree
DOCUMENTS_AGREE: dict[Language, str] = {"zh": "{documents} 份文件一致", "en": "{documents} documents agree"}
ONE_DOCUMENT: dict[Language, str] = {"zh": "只有 1 份文件说到", "en": "only one document says so"}
CONFLICT: dict[Language, str] = {"zh": "不同文件的说法互相矛盾", "en": "documents contradict each other"}
OTHER_YEARS: dict[Language, str] = {"zh": "不同年份的数字不同", "en": "figures differ by year"}
OTHER_SCOPES: dict[Language, str] = {"zh": "不同口径的数字不同", "en": "figures differ by scope"}

UNANSWERED: dict[Language, str] = {"zh": "资料库没有回答这个问题", "en": "the library does not answer this question"}
UNFINISHED: dict[Language, str] = {"zh": "回答没有完成", "en": "the answer is not complete"}
PARTIAL: dict[Language, str] = {"zh": "有的句子没有依据", "en": "some sentences rest on no passage"}


DIFFERENT_FIGURE: dict[Language, str] = {
    "zh": "资料里的数字与问题里的不同，原文如下：",
    "en": "The sources have another figure than the question; in their words:",
}


def name_with_date(name: str, date: str, language: Language) -> str:
    """A document's name, followed by its date if it has one: 《甲》（2024-06-03）, “A” (2024-06-03)."""
    if not date:
        return name
    return f"{name}（{date}）" if language == "zh" else f"{name} ({date})"


REFUSAL: dict[Language, str] = {
    "zh": "资料库没有回答这个问题。",
    "en": "The library does not answer this question.",
}
BROKEN_OFF: dict[Language, str] = {
    "zh": "（回答在此中断：{reason}）",
    "en": "(The answer broke off here: {reason})",
}
NEAREST: dict[Language, str] = {
    "zh": "最接近的内容见下列出处。",
    "en": "The nearest passages are listed below.",
}
NEAREST_LACKING: dict[Language, str] = {
    "zh": "{missing}；最接近的内容见下列出处。",
    "en": "The nearest passages are listed below; {missing}.",
}
NOTHING_FOUND: dict[Language, str] = {
    "zh": "资料库里没有与它相关的内容。",
    "en": "Nothing in it bears on the question.",
}
NO_SUCH_ADDRESS: dict[Language, str] = {
    "zh": "{document}没有{address}，最后是{last}。",
    "en": "{document} has no {address}; its last is {last}.",
}
QUOTED: dict[Language, str] = {"zh": "资料中的原文：", "en": "In the words of the sources:"}
QUOTED_OTHER: dict[Language, str] = {
    "zh": "资料只有英文，原文如下：",
    "en": "The sources on this are in Chinese; in their words:",
}
SEVERAL: dict[Language, str] = {
    "zh": "以下文件都谈到这个问题，说法或有不同：",
    "en": "These documents speak to this, not always alike:",
}


# versions of a document; a line that ends with a colon is no claim of the answer
VERSION_STATUSES: dict[VersionStatus, dict[Language, str]] = {
    "in force": {"zh": "现行", "en": "in force"},
    "superseded": {"zh": "已被取代", "en": "superseded"},
    "repealed": {"zh": "已废止", "en": "repealed"},
    "expired": {"zh": "已过有效期", "en": "expired"},
    "not yet in force": {"zh": "尚未施行", "en": "not yet in force"},
    "draft": {"zh": "未施行", "en": "not adopted"},
    "unclear": {"zh": "文件没有写明先后", "en": "the documents do not say which is newer"},
}
QUOTED_VERSION: dict[Language, str] = {"zh": "{version}的原文：", "en": "{version} in its own words:"}
SAME_IN_VERSION: dict[Language, str] = {
    "zh": "{version}的原文相同：",
    "en": "{version} says the same:",
}
BY_VERSION: dict[Language, str] = {"zh": "版本对照——{figures}；", "en": "By version – {figures}; "}
VERSION_SEPARATOR: dict[Language, str] = {"zh": "；", "en": "; "}
# what a document is to the others of its family, in lists and after it has been added
VERSION_RELATIONS: dict[str, dict[Language, str]] = {
    "alone": {"zh": "{own}", "en": "{own}"},
    "newer": {"zh": "{own}，是{other}的较新版本", "en": "{own}; a newer version of {other}"},
    "older": {"zh": "{own}，是{other}的较早版本", "en": "{own}; an earlier version of {other}"},
    "unclear": {"zh": "{own}，是{other}的另一版本", "en": "{own}; another version of {other}"},
    "period": {"zh": "{own}的一份；另有{other}", "en": "the one for {own}; there is also {other}"},
}
NEAR_COPY: dict[Language, str] = {"zh": "与{other}的文字几乎相同", "en": "nearly the same text as {other}"}
SAME_CONTENT: dict[Language, str] = {
    "zh": "{file} 与文库里的{other}内容相同，没有重复存放",
    "en": "{file} has the same content as {other}, which is in the library; it was not stored again",
}
ONLY_OTHER_VERSION: dict[Language, str] = {
    "zh": "所用的版本没有回答这个问题，另一版本的原文：",
    "en": "The version that is used does not answer this; in the words of another version:",
}


def version_label(version: PassageVersion, language: Language) -> str:
    """What a version is called in a language."""
    return version.names[0 if language == "zh" else 1]


def version_with_status(version: PassageVersion, language: Language) -> str:
    """A version with its status: 2022年版（已被取代）, 2022 version (superseded)."""
    label = version_label(version, language)
    if version.is_period:
        return label
    status = status_text(version, language)
    if not label:
        return status
    return f"{label}（{status}）" if language == "zh" else f"{label} ({status})"


def status_text(version: PassageVersion, language: Language) -> str:
    """The status of a version in words; of one that is not yet in force, from when it is."""
    status = VERSION_STATUSES[version.status][language]
    if version.status == "not yet in force" and version.effective_from:
        since = f"，{version.effective_from}起施行" if language == "zh" else f", effective from {version.effective_from}"
        return status + since
    return status


def name_with_version(name: str, version: PassageVersion, language: Language) -> str:
    """A document's name with its version and status: 《甲》（2022年版，已被取代）, “A” (2022 version, superseded)."""
    parts = [version_label(version, language), "" if version.is_period else status_text(version, language)]
    parts = [part for part in parts if part]
    return f"{name}（{'，'.join(parts)}）" if language == "zh" else f"{name} ({', '.join(parts)})"


def is_refusal(text: str) -> bool:
    """True if an answer says that the library does not answer."""
    return any(sentence in text for sentence in REFUSAL.values())


def document_name(title: str, language: Language) -> str:
    """A title as it is written in running text: in 《…》, or in quotation marks instead of italics."""
    return f"《{title}》" if language == "zh" else f"“{title}”"


# what was left out of a file, by the kinds of `rag/sources/elements.py`
OMISSIONS: dict[str, dict[Language, str]] = {
    "scanned pages": {"zh": "其中 {count} 页是扫描件，没有读出文字", "en": "{count} scanned pages were left out"},
    "pictures": {"zh": "其中 {count} 张图片没有读", "en": "{count} pictures were left out"},
    "hidden text": {"zh": "其中 {count} 处隐藏文字没有读", "en": "{count} pieces of hidden text were left out"},
    "comments": {"zh": "其中 {count} 条批注没有读", "en": "{count} comments were left out"},
    "deleted text": {"zh": "其中 {count} 处已删除的文字没有读", "en": "{count} pieces of deleted text were left out"},
    "formulas without a value": {
        "zh": "其中 {count} 个公式没有算出的值，没有读",
        "en": "{count} formulas without a value were left out",
    },
    "hidden slides": {"zh": "其中 {count} 张隐藏的幻灯片没有读", "en": "{count} hidden slides were left out"},
    "hidden sheets": {"zh": "其中 {count} 张隐藏的工作表没有读", "en": "{count} hidden sheets were left out"},
    "embedded files": {"zh": "其中 {count} 个嵌入的文件没有读", "en": "{count} embedded files were left out"},
    "attachments": {"zh": "其中 {count} 个附件没有读", "en": "{count} attachments were left out"},
    "charts": {"zh": "其中 {count} 张图表没有读", "en": "{count} charts were left out"},
    "rows beyond the limit": {"zh": "其中 {count} 行超出上限，没有读", "en": "{count} rows beyond the limit were left out"},
    "columns beyond the limit": {
        "zh": "其中 {count} 列超出上限，没有读",
        "en": "{count} columns beyond the limit were left out",
    },
    "records that are not JSON": {
        "zh": "其中 {count} 条记录不是有效的 JSON，没有读",
        "en": "{count} records that are not JSON were left out",
    },
    "unrecognised pages": {
        "zh": "其中 {count} 页图像上没有识别出文字", "en": "no text was recognised on {count} pages that are images"},
    "pages beyond the limit": {"zh": "其中 {count} 页超出上限，没有读", "en": "{count} pages beyond the limit were left out"},
    "further frames": {
        "zh": "这是动画图片，只读了第一帧，其余 {count} 帧没有读",
        "en": "it is an animation: its first picture was read, and {count} others were left out",
    },
}
# added where scanned pages were left out and text recognition is not installed, or only since then
SCANS_NEED_RECOGNITION: dict[Language, str] = {
    "zh": "；安装文字识别（pip install huwen[ocr]）后可以读", "en": "; pip install huwen[ocr] lets Huwen read them"}
SCANS_CAN_BE_READ: dict[Language, str] = {
    "zh": "；现在可以识别：运行 huwen rebuild --read，或重新添加",
    "en": "; they can be read now: run `huwen rebuild --read`, or add the file again"}
RECOGNISED_PAGES: dict[Language, str] = {
    "zh": "第 {pages} 页的文字由文字识别（OCR）读出", "en": "the text of page {pages} was read by text recognition (OCR)"}
ONE_OMISSION: dict[str, str] = {  # in English, where the count is 1
    "scanned pages": "1 scanned page was left out",
    "pictures": "1 picture was left out",
    "hidden text": "1 piece of hidden text was left out",
    "comments": "1 comment was left out",
    "deleted text": "1 piece of deleted text was left out",
    "formulas without a value": "1 formula without a value was left out",
    "hidden slides": "1 hidden slide was left out",
    "hidden sheets": "1 hidden sheet was left out",
    "embedded files": "1 embedded file was left out",
    "attachments": "1 attachment was left out",
    "charts": "1 chart was left out",
    "rows beyond the limit": "1 row beyond the limit was left out",
    "columns beyond the limit": "1 column beyond the limit was left out",
    "records that are not JSON": "1 record that is not JSON was left out",
    "unrecognised pages": "no text was recognised on 1 page that is an image",
    "pages beyond the limit": "1 page beyond the limit was left out",
    "further frames": "it is an animation: its first picture was read, and 1 other was left out",
}

# the ledger of figures: its state, and what a search of it says where it finds nothing
LEDGER: dict[str, dict[Language, str]] = {
    "empty": {
        "zh": "文库是空的，没有数字可列；先用 huwen add 加入文献",
        "en": "the library is empty, so there are no figures; `huwen add FILE…` fills it",
    },
    "no figures": {
        "zh": "文库的文献里没有说明所指的数字",
        "en": "the documents of the library state no figures whose subject is known",
    },
    "nothing found": {
        "zh": "没有符合条件的数字；试试少用几个词，或去掉年份、单位、地点",
        "en": "no figure fits; try fewer words, or leave out the year, the unit or the place",
    },
    "no conflicts": {
        "zh": "没有发现互相矛盾的数字",
        "en": "no figures were found that contradict each other",
    },
    "waiting": {
        "zh": "还有 {number} 篇文献的数字没有登记，结果可能不全",
        "en": "the figures of {number} documents are not in the ledger yet, so the list may be incomplete",
    },
    "cut off": {
        "zh": "《{title}》的数字太多，只登记了前 {number} 个",
        "en": "“{title}” has very many figures; the ledger has the first {number}",
    },
}
