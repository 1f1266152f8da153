"""Labels of a briefing document, Chinese and English."""

from __future__ import annotations

from rag.schema import Language

LABELS: dict[Language, dict[str, str]] = {
    "zh": {
        "scope": "范围：资料库 {sources} 份文件、{passages} 段（编号 {library}）{within}；{entries} 个问题，截至 "
                 "{date}。",
        "within": "，限于{what}", "source": "文件 {}", "tag": "标签 {}", "language": "{}文文件", "year": "{} 年",
        "zh": "中", "en": "英",
        "method": "方法：{model}每处注释指向一段原文，每个数字都与所引原文核对；存疑的数字另行标出。",
        "quoting": "不经模型，逐题检索并摘引原文；", "by": "由 {model} 逐题据检索到的段落作答；", "contents": "目录",
        "questions": "问题与回答", "same": "（与问题 {} 相同，只作答一次）", "edited": "（经人工改写，并重新核对）",
        "grounded": "已核对", "partial": "部分未能核对", "cut": "（按篇幅要求略去其余 {} 字）", "strong": "依据充分",
        "fair": "依据尚可", "weak": "依据薄弱", "none": "没有依据", "join": "；", "colon": "：",
        "gap": "资料库没有回答这个问题，最接近的段落见“{}”。", "failed": "这个问题未能作答：{}",
        "differences": "说法不一之处", "figures": "关键数字", "gaps": "资料库没有说到的",
        "contradictions": "各题数字核对", "references": "参考文献", "annex": "附录：引用的原文",
        "nothing": "资料库里没有与它相关的内容。", "h differences": "事项|数值|年份|范围|文件|差异",
        "h figures": "数字|单位|年份|事项", "h contradictions": "事项|年份|范围|各题所说", "another year": "年份不同",
        "another scope": "范围不同", "conflict": "互相矛盾",
        "agree": "各题对同一事项、年份和范围给出的数字没有互相矛盾。", "entry": "问题 {}：{}",
        "unverified": "（未核实）", "quote": "“{}”", "not found": "未能在这一段核实", "doubted": "扫描件，识别存疑", "page": "第 {} 页",
        "notes": "注 {}", "other": "另一语言版：{}", "elsewhere": "另一语言版见本附录第 {} 项。", "target": "（目标）",
        "gap after": "　", "of": "，", "stop": "。", "title": "《{}》", "number": "{}．{}", "section": "{}、{}",
    },
    "en": {
        "scope": "Scope: {sources} documents of the library in {passages} passages (state {library}){within}; "
                 "{entries} questions, as of {date}.",
        "within": ", narrowed to {what}", "source": "the document {}", "tag": "the tag {}",
        "language": "documents in {}", "year": "{}", "zh": "Chinese", "en": "English",
        "method": "Method: {model}each note points to a passage, and each figure was checked against what it "
                  "cites; doubtful ones are marked.",
        "quoting": "without a model, each question is searched for and answered in the words of the sources; ",
        "by": "{model} answered each question from the passages that were found; ", "contents": "Contents",
        "questions": "Questions and answers", "same": " (as question {}, and answered once)",
        "edited": " (rewritten by hand, and checked again)", "grounded": "checked",
        "partial": "not all of it could be checked", "cut": "(the remaining {} words are left out for length)",
        "strong": "well supported", "fair": "fairly supported", "weak": "weakly supported", "none": "not supported",
        "join": "; ", "colon": ": ",
        "gap": "The library does not answer this question; the nearest passages are listed under “{}”.",
        "failed": "This question could not be answered: {}", "differences": "Where sources differ",
        "figures": "Key figures", "gaps": "What the library does not say",
        "contradictions": "Cross-check of the answers", "references": "References",
        "annex": "Annex: the passages quoted", "nothing": "Nothing in the library bears on it.",
        "h differences": "Subject|Value|Year|Scope|Document|Difference", "h figures": "Figure|Unit|Year|Subject",
        "h contradictions": "Subject|Year|Scope|What the answers say", "another year": "another year",
        "another scope": "another scope", "conflict": "conflict",
        "agree": "No two answers give different figures for the same subject, year and scope.",
        "entry": "question {}: {}", "unverified": " (not verified)", "quote": "“{}”",
        "not found": "not found in this passage", "doubted": "a scan, read with doubt", "page": "p. {}",
        "notes": "notes {}",
        "other": "The other language's edition: {}",
        "elsewhere": "The other language's edition is number {} of this annex.", "target": " (target)",
        "gap after": "  ", "of": ", ", "stop": ".", "title": "{}", "number": "{}. {}", "section": "{}. {}",
    },
}
