"""`huwen` in a process of its own that need not import the libraries again, which takes most of the time of a command.

A server imports them once and forks for each command. The command's own modules are not imported before, and its
environment, streams, exit and handlers of the exit are its own, as in a new process. A test of the seed of hashes, of
what is imported, or of a signal starts a real one; so does a command in another locale, which the interpreter reads at
its start.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TextIO

_ROOT = Path(__file__).parent.parent
_LIBRARIES = ("chromadb", "typer.main", "rag.pipeline", "rag.library.open_indexes", "rag.library.source_metadata")
_LOCALE = "C.UTF-8"
_TIMEOUT = 120  # seconds


class ForkServer:
    """Runs commands one after the other, each in a process forked from one that has imported the libraries."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.command_line"], cwd=_ROOT, encoding="utf-8",
            env=outside_environment() | {"LC_ALL": _LOCALE}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(
        self, words: tuple[object, ...], environment: dict[str, str], stdin: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run `huwen` with these words in this environment, which is the whole of it."""
        if environment.get("LC_ALL") != _LOCALE:
            command = [sys.executable, "-c", "from ui.cli import main; main()", *map(str, words)]
            return subprocess.run(
                command, input=stdin, capture_output=True, text=True, timeout=_TIMEOUT, check=False, env=environment)
        assert self._process.stdin
        assert self._process.stdout
        arguments = ["huwen", *map(str, words)]
        streams = [self._folder / name for name in ("stdin", "stdout", "stderr")]
        streams[0].write_text(stdin, "utf-8")
        request = {"arguments": arguments, "environment": environment, "streams": [str(path) for path in streams]}
        print(json.dumps(request), file=self._process.stdin, flush=True)
        code = int(self._process.stdout.readline())
        if code == -signal.SIGALRM:
            raise subprocess.TimeoutExpired(arguments, _TIMEOUT)
        output, errors = (path.read_text("utf-8") for path in streams[1:])
        return subprocess.CompletedProcess(arguments, code, output, errors)

    def close(self) -> None:
        """End the server."""
        self._process.communicate()


def outside_environment() -> dict[str, str]:
    """The environment of the tests, without what concerns `huwen`."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("HUWEN_", "OPENAI_"))}


def serve(requests: TextIO) -> None:
    """Fork for each request, and print the exit code of each; the forked process goes on as `huwen`."""
    for name in _LIBRARIES:
        importlib.import_module(name)
    while request := requests.readline():  # not by iteration, which reads ahead
        if not (child := os.fork()):
            return _become_huwen(**json.loads(request))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become_huwen(arguments: list[str], environment: dict[str, str], streams: list[str]) -> None:
    flags = (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT | os.O_TRUNC] * 2)
    for descriptor, (path, flag) in enumerate(zip(streams, flags, strict=True)):
        opened = os.open(path, flag)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = arguments
    signal.alarm(_TIMEOUT)
    from ui.cli import main

    main()


if __name__ == "__main__":
    serve(sys.stdin)
