"""Cases (c), (d) and (e): the same mail to the same people on this machine, sent with other tools."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench.measuring import HERE, ROOT, WORK, BenchFault, Running, Sampler, SinkProcess
from tests.bench.racing import counted, race
from tests.bench.whole import House

NEWSLETTER = "django-newsletter==1.2.1"
VENV = WORK / "django-newsletter"


def script(sink: SinkProcess, mail: Path, kind: str, count: int, size: int = 1) -> dict[str, Any]:
    """Case (c)."""
    command = _command(sink, mail, kind, count, size)
    return {**counted(sink, count, lambda: race([command])), "processes": 1, "size": size}


def task_each(house: House, mail: Path, count: int) -> dict[str, Any]:
    """Case (d): a worker as `celery worker` starts it, one process per core; the clock runs from the first `delay`."""
    sink = house.sink
    broker = house.servers.paths.broker_url.replace("virtual_host=0", "virtual_host=9")
    environment = {**os.environ, "BENCH_BROKER": broker, "BENCH_MAIL": str(mail), "BENCH_PORT": str(sink.port)}
    # At INFO, as in its documentation, because the log then shows when it is ready.
    worker = [sys.executable, "-m", "celery", "-A", "tests.bench.tasks", "worker", "-l", "INFO"]
    with Running.start("task-each", worker, environment) as running:
        running.first_line(" ready.")
        goal = sink.count()["recipients"] + count
        parts = {"worker": [running.process.pid], "valkey": house.server_pids()["valkey"]}
        with Sampler(parts) as sampler:
            command = _command(sink, mail, "tasks", count)
            run = counted(sink, count, lambda: race([command], environment, until=lambda: sink.count()["recipients"] >= goal))
    cpu = run["cpu"] + sampler.cpu
    peak = max(run["peak"], sampler.usage["worker"].peak_process)
    return {**run, "cpu": cpu, "cpu_per_million": cpu / count * 1e6, "peak": peak, "processes": os.cpu_count(), "size": 1}


def _command(sink: SinkProcess, mail: Path, kind: str, count: int, size: int = 1) -> list[str]:
    return [
        sys.executable, str(HERE / "script.py"), "--mail", str(mail), "--port", str(sink.port), "--kind", kind,
        "--count", str(count), "--size", str(size),
    ]  # fmt: skip


# -- django-newsletter ---------------------------------------------------------------------------------------------


def newsletter(house: House, mail: Path, count: int) -> dict[str, Any]:
    """Case (e): django-newsletter with its own submission queue, on the same PostgreSQL, over Django's SMTP backend to a local sink."""
    python = install()
    with house.servers.connect() as connection:
        connection.execute("DROP DATABASE IF EXISTS newsletter")
        connection.execute("CREATE DATABASE newsletter")
    with Running.start("smtp-sink", [sys.executable, str(HERE / "smtp_sink.py")]) as sink:
        port = sink.first_line("listening on").rpartition(":")[2]
        environment = {
            "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "DJANGO_SETTINGS_MODULE": "newsletter_site",
            "BENCH_MAIL": str(mail), "BENCH_SMTP": port, "BENCH_DATABASE": str(house.servers.paths.socket_dir),
        }  # fmt: skip
        command = [str(python), str(HERE / "newsletter_site.py"), str(count)]
        with Sampler({"postgresql": house.server_pids()["postgresql"]}) as sampler:
            run = race([command], environment)
        sink.stop()
        received = int(sink.first_line("received").split()[1])
    if received != count:
        raise BenchFault(f"the SMTP sink received {received} of {count}")
    cpu = run["cpu"] + sampler.cpu
    return {**run, "recipients": count, "rate": count / run["seconds"], "cpu": cpu, "cpu_per_million": cpu / count * 1e6,
            "requests": count, "processes": 1, "size": 1}  # fmt: skip


def install() -> Path:
    """Create its virtual environment, with this project's Django and database driver. Raises BenchFault."""
    python = VENV / "bin" / "python"
    done = VENV / ".installed"
    packages = [NEWSLETTER, "sorl-thumbnail", *(f"{name}=={importlib.metadata.version(name)}" for name in ("Django", "psycopg"))]
    packages.append(f"psycopg-binary=={importlib.metadata.version('psycopg-binary')}")
    if done.exists() and done.read_text() == "\n".join(packages):
        return python
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install", *packages],
    ):
        made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if made.returncode:
            raise BenchFault(f"{NEWSLETTER} could not be installed: {(made.stderr or made.stdout).strip().splitlines()[-1]}")
    done.write_text("\n".join(packages))
    return python
