"""Texts of the settings view: the form, the test of an endpoint, facts about the running system."""

from __future__ import annotations

from rag.schema import Language

SETTINGS_TEXTS: dict[str, dict[Language, str]] = {
    "settings mean": {
        "zh": "选择由谁作答、用哪种语言。这里的选择只存在本机。",
        "en": "Choose what answers, and in which language. What you choose here stays on this machine.",
    },
    "read only": {
        "zh": "这里只能查看：设置由部署者决定（HUWEN_READ_ONLY）。",
        "en": "For reading only: whoever runs Huwen has decided on the settings (HUWEN_READ_ONLY).",
    },
    "fixed": {"zh": "由环境设定：{name}", "en": "set by the environment: {name}"},
    "voice": {"zh": "由谁作答", "en": "What answers"},
    "voice quotes": {"zh": "不用模型", "en": "No model"},
    "voice quotes means": {
        "zh": "摘引模式：回答是资料中的原句。",
        "en": "Extractive mode: answers are sentences quoted from the documents.",
    },
    "voice model": {"zh": "语言模型", "en": "A language model"},
    "voice model means": {
        "zh": "模型根据找到的段落作答，湖问逐句核对。问题和段落会发给下面的地址。",
        "en": "A model answers from the passages, and Huwen checks each sentence. Question and passages go to the "
              "address below.",
    },
    "service": {"zh": "服务", "en": "Service"},
    "hosted": {"zh": "在线", "en": "Hosted"},
    "on this machine": {"zh": "本机", "en": "On this machine"},
    "address": {"zh": "地址", "en": "Address"},
    "address means": {
        "zh": "兼容 OpenAI 的接口地址，到 /v1 为止。", "en": "An OpenAI-compatible endpoint, up to and with /v1.",
    },
    "address with key": {
        "zh": "密钥来自环境，所以地址也只能由环境决定。",
        "en": "The key comes from the environment, and so must the address.",
    },
    "key": {"zh": "密钥", "en": "Key"},
    "key means": {
        "zh": "本机的服务一般不用。密钥只发给填写它时的那个地址，换了服务器要重新填写；它不会再显示出来。",
        "en": "Local servers mostly need none. A key goes only to the server that it was entered for; it is never "
              "shown again.",
    },
    "key ends": {"zh": "已有密钥，尾号 …{tail}", "en": "a key is set, ending in …{tail}"},
    "key set": {"zh": "已有密钥", "en": "a key is set"},
    "key elsewhere": {
        "zh": "已有的密钥属于另一个地址，不会发给这里",
        "en": "the key that is set is for another address; it is not sent here",
    },
    "no key": {"zh": "没有密钥", "en": "no key is set"},
    "forget key": {"zh": "删除已有的密钥", "en": "Remove the key that is set"},
    "model name": {"zh": "模型", "en": "Model"},
    "model means": {"zh": "从列表里选，或直接输入名称。", "en": "Pick one from the list, or type its name."},
    "list models": {"zh": "列出模型", "en": "List models"},
    "models found": {"zh": "这个地址有 {number} 个模型", "en": "Models at this address: {number}"},
    "no models": {
        "zh": "这个地址没有列出模型，请直接输入名称。",
        "en": "This address lists no models; type the name.",
    },
    "test": {"zh": "测试连接", "en": "Test the connection"},
    "save": {"zh": "保存", "en": "Save"},
    "saved": {"zh": "已保存，从下一个问题起生效", "en": "Saved; the next question goes by it"},
    "working": {"zh": "请稍候…", "en": "One moment…"},
    "answer language": {"zh": "回答的语言", "en": "Language of answers"},
    "as the question": {"zh": "与问题相同", "en": "That of the question"},
    "form odd": {
        "zh": "没能读懂这次提交，请刷新页面再试。",
        "en": "This could not be understood; reload the page and try again.",
    },
    "address needed": {"zh": "请填写地址。", "en": "Enter an address."},
    "address odd": {
        "zh": "这不是能用的地址。地址以 http:// 或 https:// 开头，不含密码、? 和 #，例如 http://127.0.0.1:8000/v1。",
        "en": "This address cannot be used. One begins with http:// or https:// and has no password, ? or # in it, "
              "such as http://127.0.0.1:8000/v1.",
    },
    "key odd": {
        "zh": "密钥里有空格或不该有的字符，请重新复制。",
        "en": "The key holds spaces or signs that no key has; copy it again.",
    },
    "model needed": {"zh": "请选择或输入模型。", "en": "Pick a model or type its name."},
    "model odd": {
        "zh": "模型名称太长，或含有不该有的字符。",
        "en": "The model's name is too long or holds signs that no name has.",
    },
    "finding proxy": {"zh": "代理", "en": "Proxy"},
    "finding endpoint": {"zh": "地址", "en": "Address"},
    "finding models": {"zh": "模型列表", "en": "Models"},
    "finding context": {"zh": "上下文", "en": "Context"},
    "finding answer": {"zh": "试答", "en": "Answer"},
    "finding model": {"zh": "模型", "en": "Model"},
    "finding embedding": {"zh": "向量", "en": "Vectors"},
    "test well": {"zh": "可以使用。", "en": "It can be used."},
    "test amiss": {"zh": "还不能使用，请看上面的说明。", "en": "It cannot be used yet; see above."},
    "works with": {"zh": "湖问现在的配置", "en": "What Huwen works with"},
    "version": {"zh": "版本", "en": "Version"},
    "from source": {"zh": "由源码运行", "en": "run from its source"},
    "answers by": {"zh": "作答", "en": "Answers"},
    "quoted sentences": {"zh": "摘引原句，不用模型", "en": "quoted sentences, no model"},
    "documents": {"zh": "文献", "en": "Documents"},
    "holdings": {"zh": "{sources} 篇，{passages} 段", "en": "{sources}, in {passages} passages"},
    "folder": {"zh": "文库所在", "en": "Folder"},
    "vectors": {"zh": "语义检索", "en": "Search by meaning"},
    "by encoder": {"zh": "内置的小型语义模型", "en": "by the small model inside Huwen"},
    "by dictionary": {"zh": "自带词典，不用模型", "en": "by the built-in dictionary, without a model"},
    "words alone": {"zh": "不用，只按词检索", "en": "none, by words alone"},
    "vectors in": {"zh": "向量存于", "en": "Vectors in"},
    "in chroma": {"zh": "Chroma 服务器", "en": "a Chroma server"},
    "ranking": {"zh": "重新排序", "en": "Reranking"},
    "own ranking": {"zh": "自带的小模型", "en": "a small one of our own"},
    "database": {"zh": "对话存于", "en": "Conversations in"},
    "another database": {"zh": "另一种数据库", "en": "another database"},
    "limits of": {"zh": "上限", "en": "Limits"},
    "limits": {
        "zh": "上传每份 {mb} MB；每次作答引用 {passages} 段、{tokens} 词元以内；作答不超过 {seconds} 秒",
        "en": "{mb} MB a file; {passages} passages and {tokens} tokens of them an answer; {seconds} seconds an answer",
    },
}
