"""Forks Mailroom's processes from one that has imported what they import: `python -m tests.chaos.zygote`.

Five hundred starts of a Celery worker would cost two seconds of imports each. A child runs the product's own command line
(config/processes/process_commands.py), with its own connections, threads and signals; it shares only the imports. The zygote
speaks JSON lines: requests on stdin, answers and deaths on stdout. When its stdin ends, it kills everything that it started.
"""

import ctypes
import faulthandler
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

# What the product's processes import on start; none of it opens a connection or starts a thread.
SHARED = (
    "worker.app", "celery.bin.celery", "celery.bin.worker", "celery.bin.beat", "celery.apps.worker", "celery.apps.beat",
    "celery.worker", "celery.worker.autoscale", "celery.worker.components", "celery.worker.consumer",
    "celery.worker.consumer.connection", "celery.worker.consumer.events", "celery.worker.consumer.mingle",
    "celery.worker.consumer.gossip", "celery.worker.consumer.heart", "celery.worker.consumer.control",
    "celery.worker.consumer.tasks", "celery.worker.consumer.consumer", "celery.worker.consumer.agent",
    "celery.worker.strategy", "celery.worker.loops", "celery.app.events", "celery.app.control", "celery.app.amqp",
    "celery.concurrency.thread", "celery.loaders.app", "celery.fixups.django", "kombu.transport.redis", "redis",
    "web.server.http_server", "config.wsgi", "web.urls",
    "config.mail_provider", "composer.issue.merge_fields", "campaigns.launch", "campaigns.recovery.probe", "campaigns.tracking.event_inbox",
    "campaigns.sending.gate", "campaigns.sending.settling", "campaigns.sending.schedule", "subscribers.tokens", "django.template.backends.django",
)  # fmt: skip
DEATH_OF_PARENT = 1  # PR_SET_PDEATHSIG


def _prepare() -> None:
    for name in SHARED:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            pass  # missing in another version of a package: only slower
    from django.db import connections

    assert not any(connection.connection for connection in connections.all()), "a connection shared by fork"
    assert threading.active_count() == 1, threading.enumerate()
    gc.collect()
    gc.freeze()


def _become(request: dict[str, Any], orders: socket.socket) -> None:
    """In the child: run the command as if it had been started from a shell."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    ctypes.CDLL(None).prctl(DEATH_OF_PARENT, signal.SIGKILL)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(request.get("environment", {}))
    witness = os.open(request["witness"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.set_inheritable(witness, True)
    if request.get("bug"):
        from tests.chaos import bugs

        bugs.apply(request["bug"])
    # Prints what every thread does, for a run that does not settle.
    faulthandler.register(signal.SIGUSR2, all_threads=True)
    from config import failpoints

    failpoints.arm(request.get("arm", ""), witness)
    threading.Thread(target=_obey, args=(orders, witness), daemon=True, name="orders").start()
    sys.argv = ["", *request["arguments"]]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


def _obey(orders: socket.socket, witness: int) -> None:
    """Arm failpoints in this process while it runs."""
    from config import failpoints

    while spec := orders.recv(4096):
        failpoints.arm(spec.decode(), witness)


class Zygote:
    """The loop of the parent: fork on request, pass on orders and signals, report deaths."""

    def __init__(self) -> None:
        self.orders: dict[int, socket.socket] = {}
        self.others: list[int] = []

    def tell(self, **answer: Any) -> None:
        os.write(1, json.dumps(answer).encode() + b"\n")

    def start(self, request: dict[str, Any]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        child = os.fork()
        if child == 0:
            code = 70
            try:
                for other in self.orders.values():
                    other.close()
                ours.close()
                _become(request, theirs)
                code = 0
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        theirs.close()
        self.orders[child] = ours
        self.tell(started=request["name"], pid=child)

    def reap(self) -> None:
        while self.orders:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            if line := self.orders.pop(pid, None):
                line.close()
            try:
                os.killpg(pid, signal.SIGKILL)  # the processes that it forked itself
            except ProcessLookupError:
                pass
            self.tell(died=pid, status=os.waitstatus_to_exitcode(status))

    def signal(self, pid: int, number: int) -> None:
        # A pid cannot belong to another process before its death was reaped, which only this thread does.
        if pid in self.orders:
            try:
                os.killpg(pid, number)
            except ProcessLookupError:
                pass

    def arm(self, pid: int, spec: str) -> None:
        if pid in self.orders:
            try:
                self.orders[pid].send(spec.encode())
            except OSError:
                pass

    def end(self) -> None:
        for pid in list(self.orders):
            self.signal(pid, signal.SIGKILL)
        while self.orders:
            pid, _ = os.waitpid(-1, 0)
            self.orders.pop(pid, None)

    def obey(self, order: dict[str, Any]) -> None:
        if "start" in order:
            self.start(order["start"])
        elif "signal" in order:
            self.signal(order["pid"], order["signal"])
        elif "arm" in order:
            self.arm(order["pid"], order["arm"])
        elif "guard" in order:
            self.others.append(order["guard"])


def main() -> int:
    """Serve until stdin ends; then kill everything, also what a killed harness left: its sandbox, servers and folder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _prepare()
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write)
    zygote, orderly = Zygote(), False
    zygote.tell(ready=os.getpid())
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        selector.register(wake_read, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd == wake_read:
                    os.read(wake_read, 4096)
                    continue
                data = os.read(0, 65536)
                if not data:
                    zygote.end()
                    if not orderly:
                        _clear_up(zygote.others)
                    return 0
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    order = json.loads(line)
                    orderly = orderly or "bye" in order
                    zygote.obey(order)
            zygote.reap()


def _clear_up(others: list[int]) -> None:
    import shutil

    from config.embedded.embedded_servers import EmbeddedServers
    from config.embedded.server_paths import EmbeddedPaths

    for pid in others:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    folder = Path(os.environ["MAILROOM_DATA_DIR"])
    EmbeddedServers(EmbeddedPaths.of(folder), major=os.environ.get("MAILROOM_EMBEDDED_POSTGRES", "18")).shut_down()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
