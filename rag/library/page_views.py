"""Page views: the pages of a source's kept original, drawn and searched in a process with limits.

Office files are converted to PDF once; the PDFs are kept as `pages/<digest>.pdf` in the library's folder. The last page
images are kept in memory. Both have a maximum size, from which on the least recently used ones are removed.
"""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from rag.library.originals import MissingOriginal, Originals
from rag.schema import HuwenError, Language, Source
from rag.sources.errors import UnreadableFile
from rag.sources.pages.conversion import CONVERTED_SUFFIXES, can_convert, convert_to_pdf
from rag.sources.pages.pdf_pages import draw_page, lay_out_page
from rag.sources.pages.pictures import PICTURE_SUFFIXES, draw_picture, lay_out_picture
from rag.sources.pages.views import Converted, LayoutRequest, PageImage, PageLayout
from rag.sources.process_limits import ReadingLimits
from rag.sources.reading_process import ReadingProcess

IMAGE_WIDTHS = (800, 1600, 2400, 3200)  # pixels; a page image has one of these
_FOLDER = "pages"
_IMAGE_FORMAT = 1  # part of an image's tag; it is raised when pages are drawn in another way
_MAX_IMAGE_BYTES = 64 << 20  # of the images in memory
_MAX_CONVERTED_BYTES = 512 << 20  # of the converted files in the library's folder
_MAX_CONVERTED_FILE = 200 << 20  # of one of them
_MAX_DRAWINGS, _MAX_CONVERSIONS = 8, 3  # requests that wait for one; more would block the page's other requests
_MAX_FAILURES = 200  # conversions that are not tried again
_DRAWING_LIMITS = ReadingLimits(seconds=20)
_CONVERSION_LIMITS = ReadingLimits(seconds=70)
_CONVERSION_SECONDS = 60

NoPagesReason = Literal["no original", "missing original", "no pages", "needs LibreOffice", "unreadable", "busy"]
_SENTENCES: dict[NoPagesReason, dict[Language, str]] = {
    "no original": {
        "zh": "这份文献没有保存原件，不能显示页面；重新添加文件就会保存（HUWEN_KEEP_ORIGINALS 不为 0 时）。",
        "en": "No original of this document is kept, so its pages cannot be shown; add the file again to keep it "
              "(unless HUWEN_KEEP_ORIGINALS is 0).",
    },
    "missing original": {
        "zh": "保存的原件已丢失或损坏，不能显示页面；请重新添加文件。",
        "en": "The kept original is missing or damaged, so its pages cannot be shown; add the file again.",
    },
    "no pages": {
        "zh": "{suffix} 文件不分页，所以显示文字。",
        "en": "A {suffix} file has no pages, so its text is shown.",
    },
    "needs LibreOffice": {
        "zh": "显示 {suffix} 文件的页面需要 LibreOffice，这台机器没有安装，所以显示文字。",
        "en": "The pages of a {suffix} file are made with LibreOffice, which is not installed here, so its text is "
              "shown.",
    },
    "unreadable": {"zh": "页面不能显示（{detail}），所以显示文字。",
                   "en": "The page cannot be shown ({detail}), so the text is."},
    "busy": {"zh": "正在绘制的页面太多；请稍候再试。", "en": "Too many pages are being drawn; try again in a moment."},
}


class NoPages(HuwenError):
    """A source of which no page image can be shown, and why.

    >>> NoPages("no pages", suffix=".md").sentence("en")
    'A .md file has no pages, so its text is shown.'
    """

    def __init__(self, reason: NoPagesReason, *, error: UnreadableFile | None = None, suffix: str = "") -> None:
        self.reason, self._error, self._suffix = reason, error, suffix
        super().__init__(self.sentence("en"))

    def sentence(self, language: Language) -> str:
        """One sentence that says why, and what would help."""
        detail = self._error.sentence(language) if self._error else ""
        return _SENTENCES[self.reason][language].format(suffix=self._suffix, detail=detail.rstrip("。."))


_Result = TypeVar("_Result", PageLayout, PageImage)


class PageViews:
    """The pages of the sources of one library; threads may share it."""

    def __init__(self, home: Path, originals: Originals) -> None:
        self._home, self._originals = home, originals
        self._drawing, self._conversion = ReadingProcess(_DRAWING_LIMITS), ReadingProcess(_CONVERSION_LIMITS)
        self._drawing_places = threading.BoundedSemaphore(_MAX_DRAWINGS)
        self._conversion_places = threading.BoundedSemaphore(_MAX_CONVERSIONS)
        self._lock, self._conversion_lock = threading.Lock(), threading.Lock()
        self._images: OrderedDict[tuple[str, int, int], PageImage] = OrderedDict()
        self._failures: OrderedDict[str, UnreadableFile] = OrderedDict()
        self._own_folder: tempfile.TemporaryDirectory[str] | None = None  # where the library's cannot be written

    def close(self) -> None:
        """End the processes; the next page starts them again."""
        self._drawing.close()
        self._conversion.close()

    def require_pages(self, source: Source) -> None:
        """Refuse a source that has no pages to show, without opening its file.

        Raises:
            NoPages: it has none, for any reason but the state of the file.
        """
        suffix = Path(source.name).suffix.lower()
        if suffix != ".pdf" and suffix not in PICTURE_SUFFIXES and suffix not in CONVERTED_SUFFIXES:
            raise NoPages("no pages", suffix=suffix or source.name[:40])
        if not source.original:
            raise NoPages("no original")
        is_ready = suffix not in CONVERTED_SUFFIXES or self._find_converted(source.original) or can_convert(suffix)
        if not is_ready:
            raise NoPages("needs LibreOffice", suffix=suffix)

    def is_waiting(self, source: Source) -> bool:
        """Whether the first page takes long, because the file must be converted before."""
        is_converted = Path(source.name).suffix.lower() in CONVERTED_SUFFIXES
        return is_converted and bool(source.original) and not self._find_converted(source.original)

    def lay_out(self, source: Source, request: LayoutRequest) -> PageLayout:
        """The size of a page of a source, and where quotes are on it.

        Raises:
            NoPages: the source has none, or they cannot be read.
        """
        function = lay_out_picture if self._is_picture(source) else lay_out_page
        return self._run(source, partial(function, request=request), PageLayout)

    def image(self, source: Source, number: int, width: int) -> PageImage:
        """The image of page `number` of a source, from 1, about `width` pixels wide (one of IMAGE_WIDTHS).

        Raises:
            NoPages: the source has none, or they cannot be read.
        """
        key = source.original, number, width
        with self._lock:
            if key in self._images:
                self._images.move_to_end(key)
                return self._images[key]
        function = draw_picture if self._is_picture(source) else draw_page
        image = self._run(source, partial(function, number=number, width=width), PageImage)
        with self._lock:
            self._images[key] = image
            while sum(len(kept.png) for kept in self._images.values()) > _MAX_IMAGE_BYTES:
                self._images.popitem(last=False)
        return image

    def image_tag(self, source: Source, number: int, width: int) -> str:
        """What names the content of an image: the same tag, the same image."""
        return f"{source.original[:32]}-{number}-{width}-{_IMAGE_FORMAT}"

    def forget(self, digest: str) -> None:
        """Remove what is kept of the pages of an original that is removed."""
        with self._lock:
            for key in [key for key in self._images if key[0] == digest]:
                del self._images[key]
        for folder in self._folders():
            (folder / f"{digest}.pdf").unlink(missing_ok=True)

    def _is_picture(self, source: Source) -> bool:
        return Path(source.name).suffix.lower() in PICTURE_SUFFIXES

    def _run(self, source: Source, function: Callable[[Path], _Result], kind: type[_Result]) -> _Result:
        self.require_pages(source)
        try:
            path = self._originals.find_file(source.original, source.name)
            suffix = Path(source.name).suffix.lower()
            if suffix in CONVERTED_SUFFIXES:
                path = self._convert(source.original, path, suffix)
            with _place(self._drawing_places):
                return self._drawing.run(path, function, kind)
        except UnreadableFile as error:
            raise NoPages("unreadable", error=error) from None
        except MissingOriginal:
            raise NoPages("missing original") from None

    # --- converted files

    def _convert(self, digest: str, path: Path, suffix: str) -> Path:
        """The PDF of an office file, made if there is none yet."""
        if kept := self._find_converted(digest):
            return kept
        with _place(self._conversion_places), self._conversion_lock:
            if kept := self._find_converted(digest):
                return kept
            if digest in self._failures:
                raise self._failures[digest]
            target = self._writable_folder() / f"{digest}.pdf"
            partial_file = target.with_suffix(".part")
            convert = partial(convert_to_pdf, target=partial_file, suffix=suffix, seconds=_CONVERSION_SECONDS)
            try:
                size = self._conversion.run(path, convert, Converted).size
                if size > _MAX_CONVERTED_FILE:
                    raise UnreadableFile(
                        "file too large", mebibytes=size >> 20, limit=_MAX_CONVERTED_FILE >> 20)
                partial_file.replace(target)
            except UnreadableFile as error:
                self._failures[digest] = error
                while len(self._failures) > _MAX_FAILURES:
                    self._failures.popitem(last=False)
                raise
            finally:
                partial_file.unlink(missing_ok=True)
            _limit_folder(target.parent, keep=target)
            return target

    def _find_converted(self, digest: str) -> Path | None:
        for folder in self._folders():
            path = folder / f"{digest}.pdf"
            if path.is_file():
                with suppress(OSError):  # the folder cannot be written
                    path.touch()  # the time of its last use
                return path
        return None

    def _folders(self) -> tuple[Path, ...]:
        own = (Path(self._own_folder.name),) if self._own_folder else ()
        return (self._home / _FOLDER, *own)

    def _writable_folder(self) -> Path:
        """The folder of the library, or one of this process where that cannot be written."""
        folder = self._home / _FOLDER
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            self._own_folder = self._own_folder or tempfile.TemporaryDirectory(prefix="huwen-pages-")
            return Path(self._own_folder.name)


@contextmanager
def _place(places: threading.BoundedSemaphore) -> Iterator[None]:
    """One of a few places; without a free one the request is refused, not kept waiting."""
    if not places.acquire(blocking=False):
        raise NoPages("busy")
    try:
        yield
    finally:
        places.release()


def _limit_folder(folder: Path, keep: Path) -> None:
    """Remove the files that were not used for longest until the folder has its maximum size."""
    files = sorted(folder.glob("*.pdf"), key=lambda path: path.stat().st_mtime)
    size = sum(path.stat().st_size for path in files)
    for path in files:
        if size <= _MAX_CONVERTED_BYTES:
            return
        if path != keep:
            size -= path.stat().st_size
            path.unlink(missing_ok=True)
