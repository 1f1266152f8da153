"""Texts on the versions of documents: their list, and the difference of two."""

from __future__ import annotations

from rag.schema import Language

VERSION_TEXTS: dict[str, dict[Language, str]] = {
    "versions": {"zh": "版本", "en": "Versions"},
    "versions mean": {
        "zh": "同一文件的几个版本。没有指明版本的问题，按现行的版本回答，并说明其他版本的不同。",
        "en": "Versions of one document. A question that names none is answered from the one in force, and the "
              "answer says where the others differ."},
    "periods mean": {
        "zh": "同一种报告的各期。没有指明时间的问题，按最近的一期回答。",
        "en": "The same report on several periods. A question that names none is answered from the latest."},
    "older side": {"zh": "旧", "en": "From"},
    "newer side": {"zh": "新", "en": "To"},
    "comparison": {"zh": "逐条对照", "en": "Clause by clause"},
    "comparing": {"zh": "正在对照…", "en": "Comparing…"},
    "near copies": {"zh": "文字几乎相同：", "en": "Nearly the same text: "},
    "diff counts": {
        "zh": "修改 {changed} 处，新增 {added} 处，删除 {removed} 处，移动 {moved} 处；未变 {unchanged} 处",
        "en": "{changed} changed, {added} added, {removed} removed, {moved} moved; {unchanged} unchanged"},
    "diff same": {"zh": "两份文字相同，没有差别。", "en": "Both texts are the same; there is no difference."},
    "diff unrelated": {
        "zh": "两份文件几乎没有共同的内容，不像同一文件的两个版本。",
        "en": "The two have next to nothing in common; they do not look like versions of one document."},
    "diff figures": {"zh": "数字的变化", "en": "Changed figures"},
    "diff place": {"zh": "位置", "en": "Place"},
    "diff changed": {"zh": "修改", "en": "Changed"},
    "diff added": {"zh": "新增", "en": "Added"},
    "diff removed": {"zh": "删除", "en": "Removed"},
    "diff moved": {"zh": "移动", "en": "Moved"},
    "diff cut": {
        "zh": "这里只显示前 {shown} 处；全部见 huwen diff。",
        "en": "Only the first {shown} are shown here; huwen diff has all."},
    "deleted text": {"zh": "删去：", "en": "deleted: "},
    "inserted text": {"zh": "加入：", "en": "inserted: "},
}
