"""Texts of the library view: documents, upload, retrieval test, upkeep of the indexes."""

from __future__ import annotations

from rag.schema import Language

LIBRARY_TEXTS: dict[str, dict[Language, str]] = {
    "library means": {
        "zh": "回答只依据这里的文献。可以加入自己的文件，看它们被分成了哪些段落，也可以试试一个问题会找到什么。",
        "en": "Answers rest on these documents alone. Add your own, see the passages they become, and try what a "
              "question finds.",
    },
    "library is read only": {
        "zh": "这里的文库只能查阅和提问，不能改动。",
        "en": "This library can be read and asked, but not changed here."},
    "library parts": {"zh": "文库的各个部分", "en": "Parts of the library"},
    "part documents": {"zh": "文献", "en": "Documents"},
    "part figures": {"zh": "数字", "en": "Figures"},
    "part look": {"zh": "检索测试", "en": "Retrieval test"},
    "part care": {"zh": "维护", "en": "Upkeep"},
    "drop files": {"zh": "把文件拖到这里，或点击选择", "en": "Drop files here, or click to choose"},
    "files taken": {
        "zh": "可以一次多个；{types}；每个不超过 {number} MB",
        "en": "Several at once; {types}; up to {number} MB each",
    },
    "tags of files": {
        "zh": "给这些文件加标签（可不填，用逗号分开）",
        "en": "Tags for these files (optional, with commas between)",
    },
    "step queued": {"zh": "排队", "en": "In the queue"},
    "step sending": {"zh": "正在传送 {percent}%", "en": "Sending, {percent}%"},
    "step waiting": {"zh": "等前一个文件", "en": "Waiting its turn"},
    "step reading": {"zh": "正在读取", "en": "Reading"},
    "step recognising": {
        "zh": "正在识别文字：第 {done} / {of} 页", "en": "Recognising text: page {done} of {of}"},
    "step indexing": {"zh": "正在建立索引：{done} / {of} 段", "en": "Indexing: {done} of {of} passages"},
    "step added": {"zh": "已加入，{of} 段", "en": "Added; passages: {of}"},
    "step replaced": {"zh": "已替换旧版，{of} 段", "en": "Replaced the earlier version; passages: {of}"},
    "step unchanged": {
        "zh": "文库里已有同样的内容：{title}",
        "en": "The library has the same content already: {title}",
    },
    "step failed": {"zh": "没能加入", "en": "Could not be added"},
    "step cancelled": {"zh": "已取消", "en": "Cancelled"},
    "too large": {"zh": "文件超过 {number} MB。", "en": "The file is larger than {number} MB."},
    "unknown type": {
        "zh": "不能读取这种文件；可以是 {types}。",
        "en": "Files of this type cannot be read; {types} can.",
    },
    "a folder": {"zh": "这是文件夹；请选择里面的文件。", "en": "This is a folder; choose the files in it."},
    "cut off": {"zh": "传送中断了。湖问还在运行吗？", "en": "The connection broke off. Is Huwen still running?"},
    "try again": {"zh": "再试一次", "en": "Try again"},
    "cancel rest": {"zh": "取消其余文件", "en": "Cancel the rest"},
    "summary": {"zh": "{all} 个文件：加入 {added}，替换 {replaced}，未变 {unchanged}，没能加入 {failed}",
                "en": "{all} files: {added} added, {replaced} replaced, {unchanged} unchanged, {failed} not added"},
    "clear list": {"zh": "收起", "en": "Clear"},
    "library empty": {
        "zh": "文库还是空的。加入文件，就可以提问了。",
        "en": "The library is empty. Add a file, and ask.",
    },
    "covers": {"zh": "{sources} 篇文献，{passages} 段", "en": "{sources} documents, {passages} passages"},
    "so many in zh": {"zh": "中文 {number}", "en": "{number} in Chinese"},
    "so many in en": {"zh": "英文 {number}", "en": "{number} in English"},
    "fitting": {"zh": "符合条件的有 {number} 篇", "en": "{number} fit"},
    "find holding": {"zh": "搜索题名、文件名、作者、标签…", "en": "Search titles, files, authors, tags…"},
    "any language": {"zh": "全部语言", "en": "All languages"},
    "documents in zh": {"zh": "中文", "en": "Chinese"},
    "documents in en": {"zh": "英文", "en": "English"},
    "any tag": {"zh": "全部标签", "en": "All tags"},
    "language of documents": {"zh": "文献语言", "en": "Language of the documents"},
    "tag of documents": {"zh": "标签", "en": "Tag"},
    "order of documents": {"zh": "排序", "en": "Order"},
    "order title": {"zh": "按题名", "en": "By title"},
    "order newest": {"zh": "按日期，新的在前", "en": "By date, newest first"},
    "order added": {"zh": "最近加入的在前", "en": "Last added first"},
    "order passages": {"zh": "长的在前", "en": "Longest first"},
    "column title": {"zh": "文献", "en": "Document"},
    "column language": {"zh": "语言", "en": "Language"},
    "column date": {"zh": "日期", "en": "Date"},
    "column passages": {"zh": "段落", "en": "Passages"},
    "column size": {"zh": "篇幅", "en": "Length"},
    "column added": {"zh": "加入", "en": "Added"},
    "count passages": {"zh": "{number} 段", "en": "{number} passages"},
    "count passages one": {"zh": "1 段", "en": "1 passage"},
    "count characters": {"zh": "{number} 字", "en": "{number} characters"},
    "edit tags": {"zh": "改标签", "en": "Edit tags"},
    "add tags": {"zh": "加标签", "en": "Add tags"},
    "tags with commas": {"zh": "标签，用逗号分开", "en": "Tags, with commas between"},
    "tags saved": {"zh": "标签已保存", "en": "Tags saved"},
    "look into": {"zh": "看段落", "en": "Passages"},
    "read": {"zh": "读原文", "en": "Read"},
    "remove": {"zh": "移除", "en": "Remove"},
    "remove title": {"zh": "从文库移除这篇文献？", "en": "Remove this document from the library?"},
    "remove means": {
        "zh": "以后的回答不再依据它。已有的对话保留当时引用的原文。",
        "en": "Later answers will not rest on it. Conversations keep the passages they quoted."},
    "removed": {"zh": "已移除", "en": "Removed"},
    "previous page": {"zh": "上一页", "en": "Previous"},
    "next page": {"zh": "下一页", "en": "Next"},
    "page of": {"zh": "第 {number} 页，共 {all} 页", "en": "Page {number} of {all}"},
    "more passages": {"zh": "再看后面的，还有 {number} 段", "en": "Show more; {number} passages are left"},
    "look": {"zh": "检索", "en": "Search"},
    "look means": {
        "zh": "输入一个问题，看检索会找到哪些段落，以及为什么。这里不会生成回答。",
        "en": "Type a question and see which passages retrieval finds, and why. No answer is written here."},
    "question to look for": {"zh": "要检索的问题…", "en": "A question to search for…"},
    "given": {"zh": "会交给回答的 {number} 段", "en": "The {number} passages that an answer would be given"},
    "not given": {"zh": "排在其后，回答用不到", "en": "Ranked behind, not given to an answer"},
    "by words": {"zh": "词语 第 {rank}", "en": "words: no. {rank}"},
    "by meaning": {"zh": "语义 第 {rank}（{score}）", "en": "meaning: no. {rank} ({score})"},
    "by words across": {"zh": "译词 第 {rank}", "en": "translated words: no. {rank}"},
    "by meaning across": {
        "zh": "跨语言语义 第 {rank}（{score}）",
        "en": "meaning across languages: no. {rank} ({score})",
    },
    "through zh": {"zh": "经中文版找到", "en": "through the Chinese edition"},
    "through en": {"zh": "经英文版找到", "en": "through the English edition"},
    "moved": {"zh": "细看之后：第 {before} → {after}", "en": "looked at again: no. {before} → {after}"},
    "stayed": {"zh": "细看之后仍是第 {after}", "en": "looked at again: still no. {after}"},
    "how to read": {"zh": "怎样读这份结果", "en": "How to read this"},
    "why words": {"zh": "词语", "en": "Words"},
    "why words means": {
        "zh": "问题里的词在段落里出现，越少见的词分量越重。问题与文献语言不同时，按词典译成的词来找。",
        "en": "Words of the question stand in the passage; rarer ones weigh more. "
              "In the other language the dictionary's translations are sought."},
    "why meaning": {"zh": "语义", "en": "Meaning"},
    "why meaning means": {
        "zh": "段落与问题的向量有多接近；括号里是余弦，1 为完全一致。",
        "en": "How near the vectors of passage and question lie; in brackets the cosine, 1 for the same."},
    "why moved": {"zh": "细看", "en": "Looked at again"},
    "why moved means": {
        "zh": "排在最前的段落会再比一次：里面有没有一句能回答问题。名次可能因此上升或下降。",
        "en": "The foremost passages are compared once more: does a sentence in them answer? They may rise or fall "
              "by it."},
    "why score": {"zh": "得分", "en": "Score"},
    "why score means": {
        "zh": "与第一名相比，0 到 1；不是正确的概率。",
        "en": "Against the first, 0 to 1; not the chance of being right."},
    "why marks": {"zh": "加亮", "en": "Marks"},
    "why marks means": {
        "zh": "底色：与问题相同的词。虚线：词典里意思相同的词，也可以是另一种语言。",
        "en": "Coloured: a word of the question. Dashed underline: a word of the same meaning in the dictionary, "
              "also across languages."},
    "check": {"zh": "检查索引", "en": "Check the indexes"},
    "check means": {
        "zh": "每个段落都应当能按词语、也能按语义找到。检查只读取，不改动。",
        "en": "Each passage should be found by its words and by its meaning. The check only reads."},
    "checking": {"zh": "正在检查…", "en": "Checking…"},
    "sound": {"zh": "完好：{number} 段都在两个索引里。", "en": "Sound: all {number} passages are in both indexes."},
    "vectors are made": {
        "zh": "正在后台生成语义向量：已完成 {number} / {of} 段。在此之前，新加入的文献按词语查找。",
        "en": "Vectors are being made in the background: {number} of {of} passages. Until then new documents are found "
              "by their words."},
    "vectors are not made": {
        "zh": "有 {left} 段没有可用的语义向量，只按词语查找；原因见 huwen doctor。",
        "en": "{left} passages have no usable vectors and are found by their words alone; huwen doctor says why."},
    "waiting vectors": {
        "zh": "其中 {number} 段的语义向量正在后台生成，在此之前按词语查找。",
        "en": "The vectors of {number} of them are being made in the background; until then words find them."},
    "not sound": {"zh": "索引与文库的记录不一致：", "en": "The indexes and the library's record differ:"},
    "without words": {"zh": "{number} 段不能按词语找到", "en": "Passages that cannot be found by words: {number}"},
    "without meaning": {
        "zh": "{number} 段不能按语义找到",
        "en": "Passages that cannot be found by meaning: {number}",
    },
    "stray": {"zh": "索引里有 {number} 处已移除的段落；它们不会出现在回答里",
              "en": "Entries of passages that are gone: {number}; no answer shows them"},
    "unfinished": {"zh": "{number} 篇文献没有加入完；下次改动文库时会补完",
                   "en": "Documents that came in only in part: {number}; the next change finishes them"},
    "rebuild mends": {"zh": "重建索引可以修复。", "en": "Rebuilding mends that."},
    "rebuild": {"zh": "重建索引", "en": "Rebuild the indexes"},
    "rebuild means": {
        "zh": "换了向量模型、升级了湖问或索引损坏之后，用文库自己的记录重建两个索引。文献和标签不变，期间照常回答。",
        "en": "After another embedding model, a new version of Huwen or damage: both indexes are made anew from the "
              "library's own record. "
              "Documents and tags stay, and questions are answered meanwhile."},
    "rebuilding": {"zh": "正在重建：{done} / {of} 篇", "en": "Rebuilding: {done} of {of} documents"},
    "rebuilding begins": {"zh": "正在重建…", "en": "Rebuilding…"},
    "rebuilt": {"zh": "已重建，{of} 段", "en": "Rebuilt; passages: {of}"},
    "not rebuilt": {"zh": "没能重建", "en": "Could not be rebuilt"},
}
