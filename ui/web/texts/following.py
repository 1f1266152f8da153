"""Texts of the library view about following: watched folders, web addresses, and what changed since a day."""

from __future__ import annotations

from rag.schema import Language

FOLLOWING_TEXTS: dict[str, dict[Language, str]] = {
    "part follow": {"zh": "关注与变更", "en": "Following"},
    "add address": {"zh": "加入网址", "en": "Add an address"},
    "address to add": {
        "zh": "网址，如 https://example.org/report.html", "en": "An address, https://example.org/report.html"},
    "summary of items": {"zh": "{all} 项：加入 {added}，替换 {replaced}，未变 {unchanged}，没能加入 {failed}",
                         "en": "{all} in all: {added} added, {replaced} replaced, {unchanged} unchanged, {failed} not "
                               "added"},
    "step fetching": {"zh": "正在获取", "en": "Fetching"},
    "watched folders": {"zh": "关注的文件夹", "en": "Watched folders"},
    "watched folders means": {
        "zh": "文件夹里新增、改动、改名和删除的文件，文库随之更新，重新启动后也会继续。文件夹或磁盘暂时不在时，什么都不移除。",
        "en": "Files that are new, changed, renamed or removed there are followed, also after a restart. While a "
              "folder or its disk is away, nothing is removed."},
    "watching is limited": {
        "zh": "其他机器也能打开这个页面，因此只能关注管理者在 HUWEN_WATCH_FOLDERS 中写明的文件夹。",
        "en": "Other machines can reach this page: only folders that the operator names in HUWEN_WATCH_FOLDERS can be "
              "watched from it."},
    "watching is read only": {
        "zh": "这个页面只供查阅，不跟踪文件夹。", "en": "This page is read-only and follows no folders."},
    "folder to watch": {"zh": "运行湖问的机器上的文件夹路径", "en": "Path of a folder on the machine that runs Huwen"},
    "watch folder": {"zh": "关注", "en": "Watch"},
    "unwatch": {"zh": "停止关注", "en": "Stop watching"},
    "unwatch title": {"zh": "停止关注这个文件夹？", "en": "Stop watching this folder?"},
    "unwatch means": {
        "zh": "已经加入的文献保留在文库中，今后的变化不再跟踪。",
        "en": "Its documents stay in the library; what changes from now on is not followed."},
    "watch begun": {"zh": "已开始关注", "en": "The folder is watched now"},
    "watch ended": {"zh": "已停止关注", "en": "The folder is not watched any more"},
    "no watched folder": {"zh": "还没有关注任何文件夹。", "en": "No folder is watched yet."},
    "watch files": {"zh": "{number} 个文件", "en": "Files: {number}"},
    "watch never looked": {"zh": "等待第一次查看", "en": "Waiting for the first look"},
    "watch looked": {"zh": "上次查看 {time}", "en": "Last look {time}"},
    "watch reading": {"zh": "正在读取 {done} / {of}", "en": "Reading {done} of {of}"},
    "watch faulty": {"zh": "{number} 个文件没能读出", "en": "Files that could not be read: {number}"},
    "watch events": {"zh": "湖问这次启动以来的变化", "en": "What has happened since Huwen was started"},
    "web addresses": {"zh": "来自网址的文献", "en": "Documents from web addresses"},
    "web addresses means": {
        "zh": "询问各网站，文档有没有变化；没有变的不重新下载，取不到的保留原来的版本。",
        "en": "Asks the servers whether their documents have changed. Unchanged ones are not fetched again; of those "
              "that cannot be had the earlier version stays."},
    "refresh": {"zh": "检查更新", "en": "Look for changes"},
    "refreshing": {"zh": "正在询问：{done} / {of}", "en": "Asking: {done} of {of}"},
    "refreshed": {"zh": "已询问 {of} 个网址：{changed} 个有变化，{failed} 个取不到",
                  "en": "Addresses asked: {of}; changed: {changed}; not to be had: {failed}"},
    "not refreshed": {"zh": "没能检查", "en": "Could not be checked"},
    "no address": {"zh": "还没有加入网址。", "en": "No address has been added yet."},
    "address checked": {"zh": "{time} 询问", "en": "asked {time}"},
    "changes": {"zh": "变更记录", "en": "What has changed"},
    "changes since": {"zh": "起始日期", "en": "Since"},
    "no changes": {"zh": "这一天以来没有变化。", "en": "Nothing has changed since that day."},
    "change added": {"zh": "加入", "en": "added"},
    "change changed": {"zh": "改动", "en": "changed"},
    "change renamed": {"zh": "改名", "en": "renamed"},
    "change removed": {"zh": "移除", "en": "removed"},
    "change same": {"zh": "副本", "en": "copy"},
    "change kept": {"zh": "保留", "en": "kept"},
    "change failed": {"zh": "没能读出", "en": "not read"},
    "same means": {"zh": "与《{title}》内容相同，不重复加入", "en": "has the content of “{title}”; not added twice"},
    "kept means": {"zh": "文件不在了；《{title}》是手动加入的，保留", "en": "its file is gone; “{title}” was added by hand and stays"},
    "change earlier": {"zh": "原为 {name}", "en": "was {name}"},
    "changes counted": {
        "zh": "加入 {added}，改动 {changed}，改名 {renamed}，移除 {removed}",
        "en": "{added} added, {changed} changed, {renamed} renamed, {removed} removed"},
    "more changes": {"zh": "只列出最近的 {number} 条；全部见 huwen changes。", "en": "Only the last {number} are listed; "
                     "huwen changes has all of them."},
}
