"""Errors of watched folders: one sentence in each language, with the path, and what would help."""

from __future__ import annotations

from typing import Literal

from rag.library.following.follow_records import Sentences
from rag.schema import LANGUAGES, HuwenError, Language
from rag.sources.errors import escape_hidden

FollowProblem = Literal[
    "gone", "no permission", "not a folder", "too many", "disk gone", "emptied", "part unread", "own folder", "inside",
    "around", "unknown", "none", "not allowed"]

_SENTENCES: dict[FollowProblem, dict[Language, str]] = {
    "gone": {
        "en": "{folder}: the watched folder is not there; nothing was removed from the library. It is looked for "
              "again; if it is elsewhere now, stop watching it and watch the new one",
        "zh": "{folder}：被关注的文件夹不在了；资料库没有移除任何文献。会继续查找；如果它换了位置，请停止关注，再关注新的文件夹",
    },
    "no permission": {
        "en": "{folder}: the watched folder cannot be read ({reason}); nothing was removed from the library. Check its "
              "permissions",
        "zh": "{folder}：被关注的文件夹无法读取（{reason}）；资料库没有移除任何文献。请检查权限",
    },
    "not a folder": {
        "en": "{folder}: is not a folder; name an existing folder",
        "zh": "{folder}：不是文件夹；请指定一个已有的文件夹",
    },
    "too many": {
        "en": "{folder}: has more than {limit} files or folders; watch the folders in it that matter",
        "zh": "{folder}：里面的文件和文件夹多于 {limit} 个；请关注其中需要的几个子文件夹",
    },
    "disk gone": {
        "en": "{folder}: has none of its documents, and is on another disk than before: the disk or the network drive "
              "is not mounted. Nothing was removed from the library; mount it again",
        "zh": "{folder}：原有的文献都不在，而且不在原来的磁盘上：磁盘或网络盘没有挂载。资料库没有移除任何文献；请重新挂载",
    },
    "emptied": {
        "en": "{folder}: all of its {number} documents are gone at once; nothing was removed from the library. If you "
              "emptied it yourself, put a document into it, or remove the documents with `huwen remove`",
        "zh": "{folder}：其中的 {number} 篇文献一下子全都不见了；资料库没有移除任何文献。如果是您自己清空的，请放入一份文献，"
              "或用 `huwen remove` 移除",
    },
    "part unread": {
        "en": "{folder}: {number} of its folders cannot be read now ({names}); what came from them stays in the "
              "library. Check their permissions, and that their disk is mounted",
        "zh": "{folder}：有 {number} 个子文件夹现在无法读取（{names}）；来自那里的文献保留在资料库中。请检查权限，以及磁盘是否已挂载",
    },
    "own folder": {
        "en": "{folder}: is where the library keeps its own files; watch the folder of your documents",
        "zh": "{folder}：是资料库存放自己文件的地方；请关注您的文献所在的文件夹",
    },
    "inside": {
        "en": "{folder}: is inside {other}, which is watched already",
        "zh": "{folder}：在已经关注的 {other} 里面，不必再关注",
    },
    "around": {
        "en": "{folder}: contains {other}, which is watched already; stop watching that one first",
        "zh": "{folder}：里面有已经关注的 {other}；请先停止关注后者",
    },
    "unknown": {
        "en": "{folder}: is not watched; the watched folders are {known}",
        "zh": "{folder}：没有被关注；被关注的文件夹有 {known}",
    },
    "none": {
        "en": "no folder is watched yet; name one: `huwen add --watch FOLDER`",
        "zh": "还没有关注任何文件夹；请指定一个：`huwen add --watch 文件夹`",
    },
    "not allowed": {
        "en": "{folder}: may not be watched from the page, which other machines can reach; name a folder above it in "
              "HUWEN_WATCH_FOLDERS, or run `huwen add --watch` on the server",
        "zh": "{folder}：其他机器也能打开这个页面，因此不能在页面上关注它；请在 HUWEN_WATCH_FOLDERS 中写上它或它的上级文件夹，"
              "或在服务器上运行 `huwen add --watch`",
    },
}


class FollowError(HuwenError):
    """A folder that cannot be watched, or cannot be looked at now."""

    def __init__(self, problem: FollowProblem, folder: str = "", **details: object) -> None:
        self.problem: FollowProblem = problem
        self._details = {"folder": folder, **details}
        super().__init__(self.sentence("en"))

    def sentence(self, language: Language) -> str:
        """What is wrong with which folder, and what would help."""
        details = {
            name: value[language] if isinstance(value, dict) else value for name, value in self._details.items()}
        return escape_hidden(_SENTENCES[self.problem][language].format(**details))

    def sentences(self) -> Sentences:
        """The sentence in both languages, to be kept."""
        return error_sentences(self)


def error_sentences(error: HuwenError) -> Sentences:
    """What an error says in both languages, to be kept."""
    return {language: error.sentence(language) for language in LANGUAGES}
