"""The pages of people with a million of them: `python -m tests.bench.people_pages --n 1000000`. Prints times, and plans on request.

Database time is that of the statements as the client sees it; processor time is that of this process, which renders the page.
"""

import argparse
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.embedded.embedded_servers import EmbeddedServers
from config.embedded.server_paths import EmbeddedPaths
from tests.bench.measuring import WORK

DATA = WORK / "people"


@contextmanager
def installation(keep: bool, data: Path = DATA) -> Iterator[EmbeddedServers]:
    """A publication of its own on the embedded servers; `keep`: use the people of the last run."""
    servers = EmbeddedServers(EmbeddedPaths.of(data))
    if data.exists() and not keep:
        servers.shut_down()
        shutil.rmtree(data)
    for name in [name for name in os.environ if name.startswith("MAILROOM_")]:
        del os.environ[name]
    os.environ.update(MAILROOM_DATA_DIR=str(data), MAILROOM_LINK_KEYS="the-bench-signs-with-this-and-it-opens-nothing")
    from cli import bootstrap

    bootstrap.set_up()
    try:
        yield servers
    finally:
        bootstrap.leave_servers()
        servers.shut_down()


def make_lists() -> list[str]:
    """Five lists, and twenty attributes, whose names are returned."""
    from publication import audit
    from subscribers import attribute_declarations, mailing_lists

    actor, names = audit.system(), [f"field_{number}" for number in range(20)]
    for name in names:
        attribute_declarations.declare(actor, name, "text")
    for number in range(1, 6):
        mailing_lists.create_list(actor, f"list-{number}", f"List {number}")
    return names


def prepare(count: int) -> None:
    """Lists, attributes, an account, a segment, and the people."""
    from publication import audit
    from publication.staff import accounts
    from subscribers.models import MailingList
    from subscribers.segments import saved_segments
    from tests.bench import people_pages_sql

    names = make_lists()
    saved_segments.create(audit.system(), "chinese", 'language = "zh-Hans" and field_3 = "北京"')
    accounts.add_first("bench", "bench@cast.example", "correct horse battery staple")
    people_pages_sql.fill(count, list(MailingList.objects.order_by("slug").values_list("pk", flat=True)), names)


class Measured:
    """The statements of one request: how many, and their seconds."""

    def __init__(self) -> None:
        self.count, self.seconds = 0, 0.0
        self.slowest = (0.0, "")

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = time.perf_counter() - begun
            self.count, self.seconds = self.count + 1, self.seconds + took
            self.slowest = max(self.slowest, (took, sql))


def pages(client: Any) -> Iterator[tuple[str, str]]:
    """(what it is, address) of every page; texts are typed first, as people do."""
    from django.shortcuts import resolve_url

    from publication import audit
    from subscribers.consent import suppressed_domains

    for domain in suppressed_domains.names():  # of the last run
        suppressed_domains.lift_domain(audit.system(), domain)

    people = resolve_url("people")
    yield "everybody", people
    texts = ("w", "wang", "wang wei", "wei99999", "建国", "国", "欧阳志远", "pku", "nobody", "zhang.anna77", "zhao 化学研究")
    for number, text in enumerate(texts, 1):
        client.post(people, {"text": text})
        yield f"text {text}", f"{people}?q={number}"
        if text in ("wei99999", "nobody", "zhao 化学研究"):
            yield f"inside {text}", f"{people}?q={number}&part=1"
    for name, values in {
        "list": "135", "state": ("confirmed", "pending", "unsubscribed", "suppressed", "paused"), "language": ("en", "mn", "fr"),
        "cause": ("mailbox_full", "complaint"), "since": ("2026-01-01",), "until": ("2025-06-01",), "segment": "1",
    }.items():  # fmt: skip
        for value in values:
            yield f"{name} {value}", f"{people}?{name}={value}"
    for query in (
        "list=5&state=pending", "list=1&state=unsubscribed&language=mn", "list=4&cause=complaint", "list=2&segment=1&language=fr",
        "language=mn&cause=mailbox_full", "state=suppressed&until=2025-06-01", "q=2&list=5&state=confirmed", "q=5&segment=1&state=paused",
    ):  # fmt: skip
        yield query, f"{people}?{query}"
    for attribute, value in (("field_3", "北京"), ("field_19", "rare"), ("field_7", "nowhere")):
        answer = client.post(people, {"text": "", "attribute": attribute, "value": value})
        yield f"attribute {attribute} {value}", answer.headers["Location"]
        yield f"attribute {attribute} {value}, list 3", f"{answer.headers['Location']}&list=3"
    for domain in ("few.example", "nobody.example", "qq.com"):
        suppressed_domains.suppress_domain(audit.system(), domain)
        for query in ("state=suppressed", "state=suppressed&language=mn", "list=4&state=suppressed", "q=2&state=suppressed"):
            yield f"{query}, {domain}", f"{people}?{query}"
    yield "lists", resolve_url("people-lists")
    yield "segments", resolve_url("people-segments")


def server_seconds() -> float:
    """The processor time of this connection's server process, which other work on the machine does not change."""
    from django.db import connection

    from publication.database.statement_sql import number

    connection.ensure_connection()
    return int(Path(f"/proc/{number('SELECT pg_backend_pid()')}/schedstat").read_text().split()[0]) / 1e9


def measure(show_statements: bool, listed: Callable[[Any], Iterable[tuple[str, str]]] = pages) -> None:
    """Request each page three times; the middle one counts."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username="bench"))
    print(f"{'page':46}{'statements':>11}{'database ms':>13}{'server ms':>11}{'processor ms':>14}{'rows':>6}")
    for label, address in listed(client):
        runs = []
        for _ in range(3):
            measured, begun, server = Measured(), time.process_time(), server_seconds()
            with connection.execute_wrapper(measured):
                answer = client.get(address)
                content = b"".join(answer) if answer.streaming else answer.content
            runs.append((measured.seconds, measured, time.process_time() - begun, server_seconds() - server))
        _, measured, processor, server = sorted(runs, key=lambda run: run[0])[1]
        rows = content.count(b"\n" if answer.streaming else b"<tr")
        print(
            f"{label:46}{measured.count:>11}{measured.seconds * 1000:>13.1f}{server * 1000:>11.1f}{processor * 1000:>14.1f}{rows:>6}  {answer.status_code}"
        )
        if show_statements and measured.seconds > 0.05:
            print(f"    {measured.slowest[0] * 1000:.0f} ms: {' '.join(measured.slowest[1].split())[:400]}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.people_pages")
    parser.add_argument("--n", type=int, default=1_000_000, help="people (default 1000000)")
    parser.add_argument("--keep", action="store_true", help="use the people of the last run")
    parser.add_argument("--statements", action="store_true", help="print the slowest statement of pages above 50 ms")
    options = parser.parse_args()
    with installation(options.keep) as servers:
        if not options.keep:
            prepare(options.n)
            with servers.connect("mailroom") as admin:
                admin.execute("ANALYZE")  # as the server does by itself, later
        measure(options.statements)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
