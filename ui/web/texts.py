"""Every string that the page shows, Chinese beside English."""

from __future__ import annotations

from html import escape

from rag.schema import Language

SUGGESTIONS: dict[Language, tuple[str, ...]] = {
    "zh": (
        "苏州四大产业创新集群2022年产值是多少？",
        "苏州有几家灯塔工厂？",
        "“七个转向”指哪七个？",
    ),
    "en": (
        "What was the output value of Suzhou's four industrial innovation clusters in 2022?",
        "How many lighthouse factories does Suzhou have?",
        "What are the “seven shifts”?",
    ),
}

TEXTS: dict[str, dict[Language, str]] = {
    "tagline": {"zh": "向文件提问，句句有出处", "en": "Ask your documents; see where every claim stands"},
    "new chat": {"zh": "新对话", "en": "New chat"},
    "language": {"zh": "界面语言", "en": "Language of the page"},
    "no model": {
        "zh": "没有配置语言模型：回答是资料原句的摘引。设置 HUWEN_CHAT_MODEL 和 OPENAI_BASE_URL 后由模型作答。",
        "en": "No model is configured: answers are sentences quoted from the documents. "
              "Set HUWEN_CHAT_MODEL and OPENAI_BASE_URL to have a model write them.",
    },
    "welcome": {"zh": "想从资料里知道什么？", "en": "What would you like to know?"},
    "welcome more": {
        "zh": "用中文或英文提问。点开回答里的编号，就能看到依据的原文。",
        "en": "Ask in Chinese or English. Each number in an answer opens the passage that it rests on.",
    },
    "ask": {"zh": "输入问题…", "en": "Ask a question…"},
    "keys": {"zh": "Enter 发送，Shift + Enter 换行", "en": "Enter sends, Shift + Enter starts a new line"},
    "send": {"zh": "发送", "en": "Send"},
    "stop": {"zh": "停止", "en": "Stop"},
    "conversation": {"zh": "对话", "en": "Conversation"},
    "to bottom": {"zh": "到最新处", "en": "To the latest"},
    "marker": {"zh": "查看依据", "en": "Show the passage"},
    "searching": {"zh": "正在查找资料…", "en": "Searching the library…"},
    "composing": {"zh": "正在作答…", "en": "Writing…"},
    "grounded": {"zh": "句句有出处", "en": "Every statement is sourced"},
    "partial": {"zh": "部分语句没有找到依据", "en": "Some statements lack support"},
    "unanswered": {"zh": "资料库没有答案", "en": "Not answered by the library"},
    "failed": {"zh": "没能作答", "en": "Could not answer"},
    "stopped": {"zh": "已停止，未经核对", "en": "Stopped before it was checked"},
    "problem": {"zh": "没能作答：", "en": "Could not answer: "},
    "model": {"zh": "模型 {name}", "en": "model {name}"},
    "milliseconds": {"zh": "{number} 毫秒", "en": "{number} ms"},
    "passages": {"zh": "依据 {number} 段", "en": "evidence: {number}"},
    "evidence": {"zh": "依据", "en": "Evidence"},
    "evidence empty": {
        "zh": "回答所依据的段落会列在这里，引用的原句加亮。",
        "en": "The passages behind an answer are listed here, with the quoted words highlighted.",
    },
    "no passages": {"zh": "没有找到相关段落。", "en": "No passage was found."},
    "of question": {"zh": "问：", "en": "On: "},
    "back": {"zh": "回到回答", "en": "Back to the answer"},
    "cited": {"zh": "引用的段落", "en": "Cited"},
    "more": {"zh": "其他找到的段落", "en": "Also found"},
    "found": {"zh": "找到的段落", "en": "Found"},
    "nearest": {"zh": "最接近的段落", "en": "Nearest passages"},
    "page": {"zh": "第 {number} 页", "en": "p. {number}"},
    "verified quote": {"zh": "原文引用", "en": "Verbatim quote"},
    "supported": {"zh": "有依据", "en": "Supported"},
    "not found": {"zh": "未见依据", "en": "No support found"},
    "thinking": {"zh": "正在思考…", "en": "Thinking…"},
    "thoughts": {"zh": "思考过程", "en": "Thoughts of the model"},
    "thoughts mean": {"zh": "不属于回答，未经核对", "en": "no part of the answer, not checked"},
    "figures": {"zh": "数字 {held}/{all} 有依据", "en": "figures supported: {held} of {all}"},
    "figure not found": {"zh": "资料里没有这个数字", "en": "no source has this figure"},
    "figure elsewhere": {
        "zh": "资料里有这个数字，但说的是别的事或别的年份", "en": "the sources have this figure of something else or another year"},
    "nearest figure": {"zh": "；最接近的是 ", "en": "; nearest: "},
    "figure derived": {"zh": "由资料推算：", "en": "reckoned from the sources: "},
    "strong": {"zh": "依据充分", "en": "Strong evidence"},
    "fair": {"zh": "依据尚可", "en": "Fair evidence"},
    "weak": {"zh": "依据薄弱", "en": "Weak evidence"},
    "none": {"zh": "没有依据", "en": "No evidence"},
    "differ": {"zh": "资料说法不一", "en": "the sources differ"},
    "another year": {"zh": "年份不同", "en": "another year"},
    "another scope": {"zh": "范围不同", "en": "another scope"},
    "conflict": {"zh": "互相矛盾", "en": "conflict"},
    "no year": {"zh": "未注明年份", "en": "year not given"},
    "go on": {"zh": "还可以问", "en": "You could also ask"},
    "matched": {"zh": "由湖问找到，模型没有引用", "en": "Found by Huwen, not cited by the model"},
    "partly matched": {"zh": "有的句子由湖问找到，模型没有标注", "en": "Found by Huwen for a sentence that the model left uncited"},
    "left out": {"zh": "篇幅所限，没有交给模型", "en": "Not given to the model for want of room"},
    "verified quote means": {"zh": "这些话在原文中逐字可见。", "en": "The words stand in the passage letter for letter."},
    "supported means": {
        "zh": "原文有一句与它用词相近，段落里有它的全部数字。",
        "en": "A sentence of the passage shares its wording, and the passage has its figures.",
    },
    "not found means": {
        "zh": "所引段落里没有这样的句子，请自行核对。",
        "en": "No sentence of the passage bears it out; check it yourself.",
    },
}

# drawn beside the word, so that no state is told by colour alone
SYMBOLS: dict[str, str] = {
    "grounded": "✓", "partial": "◐", "unanswered": "○", "failed": "!", "stopped": "■",
    "verified quote": "✓", "supported": "≈", "not found": "!",
    "found": "✓", "derived": "=", "strong": "●●●", "fair": "●●○", "weak": "●○○", "none": "○○○",
    "another year": "≠", "another scope": "≠", "conflict": "≠", "matched": "+", "partly matched": "+", "left out": "−",
}


def both(key: str, **values: str) -> str:
    """A text in both languages, as HTML; the page shows the one that its reader chose.

    `both("page", number="3")` → `<span … lang="zh">第 3 页</span><span … lang="en">p. 3</span>`
    """
    return "".join(
        f'<span class="say-{language}" lang="{language}">{escape(text.format(**values))}</span>' for language, text in TEXTS[key].items())
