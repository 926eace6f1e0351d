"""How long the console's pages about issues take, and how many statements they need, with many issues and revisions.

`python -m tests.bench.console_pages --issues 300 --revisions 20`: medians of warm requests in one process, without a network.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from tests.support import servers  # PostgreSQL and Valkey of our own, before Django's settings are read  # isort: skip
import django

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from cli import schema_migrations  # noqa: E402
from editorial import issue_versions  # noqa: E402
from editorial.models import IssueEdit, IssueRecord, IssueRevision, IssueSource, IssueVersion, Media  # noqa: E402
from editorial.sources import issue_state  # noqa: E402
from publication import audit, clock  # noqa: E402
from publication.models import Actor  # noqa: E402
from tests.support.processes import ROOT  # noqa: E402

EXAMPLE = ROOT / "examples" / "cast-2023-03"
RUNS = 15


def fill(actor: Actor, issues: int, revisions: int) -> list[str]:
    """Issues that are copies of the sample under other titles, each with edits between its revisions; their slugs."""
    version, *_ = issue_versions.store(actor, EXAMPLE)
    sample = version.issue
    state = issue_state.head(sample.pk)
    variants = list(version.variants.all())
    slugs = []
    for number in range(issues):
        record = IssueRecord.objects.create(slug=f"bench-{number}", title=f"Science and people {number}")
        slugs.append(record.slug)
        count = _edits(actor, record, state, revisions)
        revision = IssueRevision.objects.filter(issue=record).latest("number")
        copy = IssueVersion.objects.get(pk=version.pk)
        copy.pk, copy.issue, copy.number, copy.revision, copy.digest = None, record, 1, revision, f"{number:064x}"
        copy.save(force_insert=True)
        for variant in variants:
            variant.pk, variant.version = None, copy
            variant.save(force_insert=True)
        record.current = copy
        record.save(update_fields=["current"])
        IssueSource.objects.create(issue=record, head=count, revised=count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return slugs


def _edits(actor: Actor, record: IssueRecord, state: issue_state.IssueState, revisions: int) -> int:
    """Store the first source and three edits for each revision; the number of edits."""
    now = clock.now() - timedelta(days=30)
    rows: list[IssueEdit] = []

    def add(kind: str, file: str, part: str = "", **content: Any) -> None:
        rows.append(
            IssueEdit(issue=record, number=len(rows) + 1, kind=kind, file=file, part=part, actor=actor, created_at=now, **content)
        )

    media = set(Media.objects.filter(digest__in=state.pictures.values()).values_list("digest", flat=True))
    for file, parts in state.files.items():
        for part in parts:
            add("text", file, part.id, text=part.text)
        add("outline", file, outline=[part.id for part in parts])
    for path, digest in state.pictures.items():
        add("picture", path, **{"media_id" if digest in media else "original_id": digest})
    named = [IssueRevision(issue=record, number=1, edit=len(rows), reason="import", actor=actor)]
    file, parts = next(iter(state.files.items()))
    articles = [part for part in parts if not part.id.startswith("@")]
    for number in range(2, revisions + 1):
        for at in range(3):
            part = articles[(number + at) % len(articles)]
            add("text", file, part.id, text=part.text.rstrip("\n") + f"\n\nA line of revision {number}.\n\n")
        named.append(IssueRevision(issue=record, number=number, edit=len(rows), reason="pause", actor=actor))
    IssueEdit.objects.bulk_create(rows)
    IssueRevision.objects.bulk_create(named)
    return len(rows)


def pages(slug: str) -> list[str]:
    """Every page of the console that can be read without posting, for one issue in the middle."""
    part = next(
        part.id for part in issue_state.head(IssueRecord.objects.get(slug=slug).pk).files["issue.md"] if part.id[0] != "@"
    )
    issue = f"/console/issues/{slug}"
    return [
        "/console/", "/console/issues/", "/console/issues/?q=people", "/console/issues/?page=9", "/console/issues/new/", f"{issue}/",
        f"{issue}/part/?file=issue.md&part={part}", f"{issue}/preview/", f"{issue}/review/", f"{issue}/links/", f"{issue}/pictures/",
        f"{issue}/revisions/", f"{issue}/send/", "/console/campaigns/", "/console/staff/",
    ]  # fmt: skip


def measure(get: Callable[[], Any]) -> tuple[float, int, int]:
    """Median milliseconds of warm requests, the statements of one, its status."""
    get()
    statements: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        status = get().status_code
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        get()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), len(statements), status


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.console_pages")
    parser.add_argument("--issues", type=int, default=300)
    parser.add_argument("--revisions", type=int, default=20)
    options = parser.parse_args()
    settings.ALLOWED_HOSTS = ["*"]
    logging.disable(logging.WARNING)
    try:
        schema_migrations.migrate()
        account = User.objects.create_superuser("bench", "bench@cast.example", "not used to sign in", is_staff=True)
        slugs = fill(audit.staff(account), options.issues, options.revisions)
        client = Client()
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        for path in pages(slugs[len(slugs) // 2]):
            median, statements, status = measure(partial(client.get, path))
            print(f"{median:8.1f} ms  {statements:4d} statements  {status}  {path}", flush=True)
    finally:
        connection.close()
        servers.pytest_unconfigure()


if __name__ == "__main__":
    main()
