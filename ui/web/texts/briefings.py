"""Texts of the briefing view: a list of questions, progress, rows, export."""

from __future__ import annotations

from rag.schema import Language

BRIEFING_TEXTS: dict[str, dict[Language, str]] = {
    "briefing means": {
        "zh": "给出一份问题清单，湖问逐题作答、核对，写成一份带注释、关键数字、分歧对照和参考文献的文档。",
        "en": "Give a list of questions: each is answered and checked, and all become one document with notes, key "
              "figures, "
              "differences between sources, and references.",
    },
    "brief questions": {
        "zh": "问题：每行一个，以 # 开头的行是章节",
        "en": "Questions, one a line; # opens a section",
    },
    "brief example": {
        "zh": "# 产业基础\n苏州有几家灯塔工厂？\n苏州2022年规模以上工业总产值是多少？",
        "en": "# The industrial base\nHow many lighthouse factories does Suzhou have?\nHow many high-tech "
              "enterprises does Suzhou have?",
    },
    "brief file": {"zh": "或者选择、拖入一份清单", "en": "Or choose or drop a list"},
    "brief types": {"zh": "可以是 {types}", "en": "{types}"},
    "brief take back": {"zh": "不用这份清单", "en": "Not this list"},
    "brief blank": {
        "zh": "空白清单（列：问题、章节、语言、范围、字数）：",
        "en": "A list to fill in (question, section, language, scope, max words): ",
    },
    "brief blank csv": {"zh": "CSV 表格", "en": "CSV"},
    "brief blank xlsx": {"zh": "Excel 表格", "en": "Excel"},
    "brief ready": {"zh": "或从现成的清单开始", "en": "Or begin with a list that is ready"},
    "brief investment": {"zh": "产业创新集群招商简报", "en": "Investing in Suzhou's industrial innovation clusters"},
    "brief districts": {"zh": "各板块对比", "en": "Districts compared"},
    "brief weekly": {"zh": "产业动态一周摘要", "en": "Weekly digest of industry"},
    "brief title": {"zh": "标题（可不填）", "en": "Title (optional)"},
    "brief untitled": {"zh": "简报", "en": "Briefing"},
    "both languages": {"zh": "中英对照", "en": "Both, side by side"},
    "brief style": {"zh": "参考文献格式", "en": "Style of the references"},
    "brief start": {"zh": "开始作答", "en": "Start"},
    "brief no questions": {
        "zh": "请先写下问题，或选择一份清单。",
        "en": "Write down some questions first, or choose a list.",
    },
    "brief so many": {"zh": "{number} 个问题", "en": "questions: {number}"},
    "brief so many sections": {"zh": "{number} 个章节", "en": "sections: {number}"},
    "brief kept": {"zh": "已有的简报", "en": "Briefings so far"},
    "brief none": {"zh": "还没有简报。", "en": "There are none yet."},
    "brief all": {"zh": "全部简报", "en": "All briefings"},
    "brief scope so many": {"zh": "限于 {number} 项", "en": "narrowed to {number}"},
    "brief queued": {"zh": "排队，等前面的简报", "en": "Waiting for another briefing"},
    "brief running": {"zh": "正在作答", "en": "Being answered"},
    "brief stopping": {"zh": "正在停止", "en": "Stopping"},
    "brief stopped": {"zh": "尚未问完", "en": "Not finished"},
    "brief done": {"zh": "已问完", "en": "Finished"},
    "brief rows": {"zh": "已问 {done} / {all} 题", "en": "{done} of {all} asked"},
    "brief rows failed": {"zh": "{number} 题没能作答", "en": "failed: {number}"},
    "brief rows unanswered": {"zh": "{number} 题资料库没有答案", "en": "not answered by the library: {number}"},
    "brief rows edited": {"zh": "{number} 题已编辑", "en": "edited: {number}"},
    "brief minutes": {"zh": "约还需 {number} 分钟", "en": "about {number} min left"},
    "brief seconds": {"zh": "约还需 {number} 秒", "en": "about {number} s left"},
    "brief resume": {"zh": "继续", "en": "Go on"},
    "brief retry": {"zh": "重问没能作答的题", "en": "Ask the failed ones again"},
    "brief renew": {"zh": "按现在的资料更新", "en": "Bring up to date"},
    "brief old": {
        "zh": "作答之后，资料库、模型或提示有了变化。更新时，依据没有变的回答会保留。",
        "en": "The library, the model or the prompts have changed since. Bringing it up to date keeps answers whose "
              "evidence is the same.",
    },
    "brief gave up": {
        "zh": "接连几题没能作答，先停下了：",
        "en": "Stopped, because several questions in a row failed: ",
    },
    "brief broke": {"zh": "没能继续：", "en": "Could not go on: "},
    "brief again failed": {
        "zh": "重问没有成功，原来的回答还在：",
        "en": "Asking again failed, and the earlier answer stays: ",
    },
    "brief waiting": {"zh": "等待作答", "en": "Waiting"},
    "brief under way": {"zh": "正在作答…", "en": "Being answered…"},
    "brief edited": {"zh": "已编辑", "en": "edited"},
    "brief same": {"zh": "与第 {number} 题相同，只问一次", "en": "asks the same as no. {number}, and is asked once"},
    "brief words": {"zh": "不超过 {number} 字", "en": "at most {number} words"},
    "brief not asked": {"zh": "这一题还没有问。", "en": "This question has not been asked yet."},
    "brief why failed": {"zh": "没能作答：", "en": "Could not answer: "},
    "brief edit": {"zh": "编辑回答", "en": "Edit the answer"},
    "brief edit means": {
        "zh": "[1] 这样的编号指向下面的段落。保存时会像原来的回答一样核对。",
        "en": "Numbers such as [1] point to the passages below. What you save is checked as the answer was.",
    },
    "brief restore": {"zh": "恢复原来的回答", "en": "Bring back the earlier answer"},
    "brief again": {"zh": "重问这一题", "en": "Ask this one again"},
    "brief saved": {"zh": "已保存并核对", "en": "Saved and checked"},
    "brief restored": {"zh": "已恢复", "en": "Brought back"},
    "brief unsaved": {"zh": "改动还没有保存。要放弃吗？", "en": "Your changes are not saved. Leave them?"},
    "brief leave": {"zh": "放弃改动", "en": "Leave them"},
    "brief web page": {"zh": "网页", "en": "Web page"},
    "brief make": {"zh": "导出", "en": "Export"},
    "brief making": {"zh": "正在生成文件…", "en": "Making the file…"},
    "brief made": {"zh": "已导出", "en": "Exported"},
    "brief not whole": {
        "zh": "还有 {number} 题没有回答，导出的文件会在原处注明。",
        "en": "{number} without an answer; the document says so.",
    },
    "brief template": {"zh": "套用单位模板（.docx）", "en": "Use a house template (.docx)"},
    "brief template used": {"zh": "Word 文档套用单位模板", "en": "Word follows the house template"},
    "brief template leave": {"zh": "不再套用", "en": "Without it"},
    "brief template taken": {"zh": "Word 导出将套用这份模板", "en": "Word documents will follow this template"},
    "brief delete title": {"zh": "删除这份简报？", "en": "Delete this briefing?"},
    "brief delete means": {
        "zh": "题目和回答都会删除；已导出的文件不受影响。",
        "en": "Its questions and answers go; files already exported stay.",
    },
    "brief deleted": {"zh": "已删除", "en": "Deleted"},
}
