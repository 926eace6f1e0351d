"""A child process that reads untrusted files with limited memory and processor time.

A malicious picture or PDF can make its decoder use unlimited memory and time. Here it can only end the child process.
`LimitedProcess` is the client; a module that calls `serve` is the child. A message is a JSON object and some bytes.
"""

from __future__ import annotations

import atexit
import contextlib
import io
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
LONGEST_WAIT = 60.0  # seconds of wall clock time: on a busy machine the child gets its processor time late
_HEAD = struct.Struct(">II")  # length of the JSON object, length of the bytes
# The child gets no other variables: a malicious file might take the process over, so it must not have any secrets.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")
_HOME = str(Path(__file__).resolve().parents[1])


class LimitExceededError(Exception):
    """The work exceeded its memory or time, or crashed the decoder; the child has ended."""


class WorkFailedError(Exception):
    """The work raised an exception; the message is that of the exception."""


class LimitedProcess:
    """Runs `python -m module` and sends it one request at a time, from any thread. It starts with the first request
    and again after each end."""

    def __init__(self, module: str, longest_wait: float = LONGEST_WAIT) -> None:
        self._module, self._longest_wait = module, longest_wait
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        _running.add(self)

    def call(self, request: dict[str, Any], data: bytes = b"") -> Message:
        """Returns the answer of the child. Raises LimitExceededError and WorkFailedError."""
        with self._lock:
            used_before = self._process is not None
            try:
                answer = self._ask(request, data)
            except (EOFError, OSError):
                if self._end() == -signal.SIGPROF or not used_before:  # ended by its timer: a new child would take as long
                    raise LimitExceededError from None
                # Earlier work may have fragmented the memory of this child, so a new one tries again.
                try:
                    answer = self._ask(request, data)
                except (EOFError, OSError):
                    self._end()
                    raise LimitExceededError from None
            except BaseException:  # an interrupt: the next request must not get the answer to this one
                self._end()
                raise
        if "failed" in answer[0]:
            raise WorkFailedError(str(answer[0]["failed"]))
        return answer

    def start(self) -> None:
        """Starts the child before the first request, which then does not have to wait for it."""
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
        deadline = threading.Timer(self._longest_wait, process.kill)
        deadline.daemon = True
        deadline.start()
        try:
            _send(process.stdin, request, data)
            return _receive(process.stdout)
        finally:
            deadline.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        # With one arena. Otherwise glibc reserves 64 MiB of address space for each thread, which counts against the limit.
        environment |= {"PYTHONPATH": _HOME, "PYTHONHASHSEED": "0", "MALLOC_ARENA_MAX": "1"}
        return subprocess.Popen(  # noqa: S603 - our own module; the untrusted file is sent through the pipe
            [sys.executable, "-m", self._module],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=_HOME,
        )  # fmt: skip

    def _end(self) -> int:
        """Ends the child. Returns its exit code, which is the negative number of the signal that ended it."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        try:
            return process.wait()
        except BaseException:  # an interrupt; it was killed, so it ends at once
            process.wait()
            raise

    def _forget(self) -> None:
        """Gives up the child after a fork, because it belongs to the parent process. Our copies of its pipes are closed, so that
        the child sees their end; below their buffers, whose locks a thread of the parent may have held."""
        process, self._process = self._process, None
        self._lock = threading.Lock()
        if process is None:
            return
        process.returncode = 0  # so that this process does not wait for it
        for pipe in (process.stdin, process.stdout):
            if isinstance(pipe, io.BufferedReader | io.BufferedWriter):
                pipe.raw.close()


_running: weakref.WeakSet[LimitedProcess] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for process in list(_running):
        process.close()


def _forget_all() -> None:
    for process in list(_running):
        process._forget()


os.register_at_fork(after_in_child=_forget_all)


# -- the child ------------------------------------------------------------------------------------------------------


def serve(work: Callable[[dict[str, Any], bytes], Message], *, memory: int, seconds: float) -> None:
    """Answers requests until the pipe is closed. `memory`: bytes of address space; `seconds`: processor time for each request.
    If a limit is exceeded, the process ends without an answer."""
    with contextlib.suppress(ValueError, OSError):  # a system without this limit still has the time limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            request, data = _receive(source)
            signal.setitimer(signal.ITIMER_PROF, seconds)  # there is no handler, so the signal always ends the process
            answer = work(request, data)
        except (EOFError, MemoryError):
            return
        except Exception as error:  # the client raises WorkFailedError
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
