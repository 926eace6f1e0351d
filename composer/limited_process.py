"""A child process that reads files of strangers under limits of memory and processor time.

A hostile picture or PDF can make its decoder take all the memory and time there is. Here it can only end the child.
`LimitedProcess` is the side that asks; a module that calls `serve` is the child. A message is a JSON object and some bytes.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import resource
import signal
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

Message = tuple[dict[str, Any], bytes]
LONGEST_WAIT = 60.0  # seconds by the clock: on a busy machine the child gets its seconds of processor time late
_HEAD = struct.Struct(">II")  # length of the JSON object, length of the bytes
# The child gets no other variable: secrets of the settings must not be in a process that a hostile file may take over.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")
_HOME = str(Path(__file__).resolve().parents[1])


class LimitExceededError(Exception):
    """The work took more memory or time than it may, or crashed the decoder; the child is gone."""


class WorkFailedError(Exception):
    """The work raised an error that it should have handled itself; the message is that of the error."""


class LimitedProcess:
    """Runs `python -m module` and sends it one request at a time, from any thread. It starts with the first request
    and again after each end."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        _running.add(self)

    def call(self, request: dict[str, Any], data: bytes = b"") -> Message:
        """The answer of the child. Raises LimitExceededError and WorkFailedError."""
        with self._lock:
            used_before = self._process is not None
            try:
                answer = self._ask(request, data)
            except (EOFError, OSError):
                if self._end() == -signal.SIGPROF or not used_before:  # by its timer: a new child takes as long
                    raise LimitExceededError from None
                # Earlier work may have left the memory of this child in pieces: only a new one can tell.
                try:
                    answer = self._ask(request, data)
                except (EOFError, OSError):
                    self._end()
                    raise LimitExceededError from None
        if "failed" in answer[0]:
            raise WorkFailedError(str(answer[0]["failed"]))
        return answer

    def start(self) -> None:
        """Starts the child ahead of the first request, so that nobody waits for it later."""
        with self._lock:
            self._process = self._process or self._start()

    def close(self) -> None:
        """Ends the child and waits for its end; the next request starts another."""
        with self._lock:
            self._end()

    def __enter__(self) -> LimitedProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, request: dict[str, Any], data: bytes) -> Message:
        process = self._process = self._process or self._start()
        if process.stdin is None or process.stdout is None:
            raise OSError("the child has no pipes")
        deadline = threading.Timer(LONGEST_WAIT, process.kill)
        deadline.daemon = True
        deadline.start()
        try:
            _send(process.stdin, request, data)
            return _receive(process.stdout)
        finally:
            deadline.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        # One arena: glibc otherwise reserves 64 MiB of address space for each thread, which counts against the limit.
        environment |= {"PYTHONPATH": _HOME, "PYTHONHASHSEED": "0", "MALLOC_ARENA_MAX": "1"}
        return subprocess.Popen(  # noqa: S603 - our own module; the file of the stranger goes in by the pipe
            [sys.executable, "-m", self._module],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=_HOME,
        )  # fmt: skip

    def _end(self) -> int:
        """Returns the exit code, which is the negative number of the signal that ended it."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        return process.wait()

    def _forget(self) -> None:
        """After a fork the child belongs to the other process. Our copies of its pipes must not keep them open, or it would
        not see their end; they become /dev/null, so that closing them later closes nothing else."""
        process, self._process = self._process, None
        self._lock = threading.Lock()
        if process is None:
            return
        process.returncode = 0  # nothing here may wait for it
        nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                os.dup2(nothing, pipe.fileno(), inheritable=False)
        os.close(nothing)


_running: weakref.WeakSet[LimitedProcess] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for each in list(_running):
        each.close()


def _forget_all() -> None:
    for each in list(_running):
        each._forget()


os.register_at_fork(after_in_child=_forget_all)


# -- the child ------------------------------------------------------------------------------------------------------


def serve(work: Callable[[dict[str, Any], bytes], Message], *, memory: int, seconds: float) -> None:
    """Answers requests until the pipe is closed. `memory`: bytes of address space; `seconds`: of the processor, for each
    request. Over either limit the process ends without an answer."""
    with contextlib.suppress(ValueError, OSError):  # a system without this limit still has the one of time
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            request, data = _receive(source)
            signal.setitimer(signal.ITIMER_PROF, seconds)  # nothing handles the signal: it ends the process, whatever it does
            answer = work(request, data)
        except (EOFError, MemoryError):
            return
        except Exception as error:  # the asking side turns it into a refusal
            answer = {"failed": f"{type(error).__name__}: {error}"[:500]}, b""
        signal.setitimer(signal.ITIMER_PROF, 0)
        _send(target, *answer)


def _send(pipe: IO[bytes], request: dict[str, Any], data: bytes) -> None:
    head = json.dumps(request).encode()
    pipe.write(_HEAD.pack(len(head), len(data)) + head)
    pipe.write(data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Message:
    length, size = _HEAD.unpack(_exactly(pipe, _HEAD.size))
    request: dict[str, Any] = json.loads(_exactly(pipe, length))
    return request, _exactly(pipe, size)


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) != size:
        raise EOFError
    return data
