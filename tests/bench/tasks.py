"""Case (d): one task per recipient, as in Celery tutorials, with Celery's defaults and the broker of the benchmark."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

from celery import Celery

from tests.bench.script import Script

app = Celery("task-each", broker=os.environ["BENCH_BROKER"])
app.conf.task_ignore_result = True


@cache
def script() -> Script:
    mail = json.loads(Path(os.environ["BENCH_MAIL"]).read_text(encoding="utf-8"))
    return Script(mail, int(os.environ["BENCH_PORT"]))


@app.task(name="send_one")
def send_one(number: int, address: str, name: str) -> None:
    script().one((number, address, name))
