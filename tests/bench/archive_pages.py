"""The public archive with 500 issues: `python -m tests.bench.archive_pages`. Prints times, fails above limits.

The time is the processor time of this process, which renders the page, and of the database's process: other work on the machine
does not change it, and the data is in memory. Each kind of page is requested for several issues, so that none is in a cache ("median",
"worst"), and then the same once more ("again").
"""

import argparse
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from tests.bench import people_pages
from tests.bench.measuring import WORK
from tests.bench.people_pages import Measured, server_seconds

DATA = WORK / "archive"
PAGE_LIMIT, SEARCH_LIMIT = 60, 100  # ms
STARTS = ("/", "/sitemap.xml", "/robots.txt", "/archive/news/search/?q=quarkmeter", "/archive/science/search/?q=中国")
SEARCHES = (
    "q=quarkmeter", "q=research", "q=the", "q=research+science", "q=光源", "q=中国科学家", "q=nothinglikethis", "q=re", "year={year}",
    "section=Research", "q=research&section=People", "q=the&page=50", "q=science&year={year}", "q=",
)  # fmt: skip


def pages() -> Iterator[tuple[str, int, list[str]]]:
    """(what it is, limit in ms, addresses) of every kind of page."""
    from editorial.models import IssueVariant
    from tests.bench.archive_filling import LISTS

    shown = [version.issue.slug for version in _spread()]
    both = [slug for slug in shown if int(slug.partition("-")[2]) % 4 < 2]
    years = sorted({version.dated.year for version in _spread()})
    for name, address in (("front page", "/"), ("sitemap", "/sitemap.xml"), ("robots", "/robots.txt")):
        yield name, PAGE_LIMIT, [address, f"{address}?language=zh-Hans", address]
    for name, end in (("list", ""), ("feed", "feed.xml"), ("RSS", "rss.xml"), ("latest", "latest/")):
        yield name, PAGE_LIMIT, [f"/archive/{slug}/{end}" for slug in LISTS * 3]
    yield "year", PAGE_LIMIT, [f"/archive/news/{year}/" for year in years]
    issues = [f"/archive/news/{slug}/" for slug in shown]
    yield "issue", PAGE_LIMIT, issues
    yield "issue, Chinese", PAGE_LIMIT, [f"/archive/news/{slug}/zh-Hans/" for slug in both]
    yield "issue, whole text", PAGE_LIMIT, [f"{issue}?text=whole" for issue in issues]
    yield "article", PAGE_LIMIT, [f"{issue}read/story-3/" for issue in issues]
    yield "article, Chinese", PAGE_LIMIT, [f"/archive/news/{slug}/zh-Hans/read/story-3/" for slug in both]
    tenth = [f"/archive/policy/news-{number}/read/story-2/" for number in range(0, len(shown) * 2, 10)][:5]
    yield "article of three lists", PAGE_LIMIT, tenth
    yield "mail", PAGE_LIMIT, [f"{issue}mail" for issue in issues]
    keys = dict(IssueVariant.objects.filter(version__in=_spread()).values_list("version_id", "page_key"))
    yield "read page", PAGE_LIMIT, [f"/read/{key}/story-1" for key in keys.values()]
    yield "feed, after all these", PAGE_LIMIT, [f"/archive/{slug}/feed.xml" for slug in LISTS]
    for search in SEARCHES:
        yield f"search {search}", SEARCH_LIMIT, [f"/archive/news/search/?{search.format(year=year)}" for year in years[-4:-1]]


def _spread() -> list[Any]:
    """Versions of public issues of all ages."""
    from editorial.models import IssueVersion

    public = [version for version in IssueVersion.objects.select_related("issue").order_by("dated")
              if int(version.issue.slug.partition("-")[2]) % 25 not in (7, 13)]  # fmt: skip
    return public[:: max(1, len(public) // 15)]


def measure(only: str, show_statements: bool) -> list[str]:
    """Request each page once cold and once more; the names of pages that are slower than their limit."""
    from django.db import connection
    from django.test import Client

    client, slow = Client(headers={"host": "localhost"}), []
    client.get("/archive/news/news-1/read/story-0/")  # templates and themes are loaded once per process
    print(f"{'page':34}{'limit':>6}{'median ms':>11}{'worst':>7}{'database':>10}{'again':>7}{'statements':>12}{'kB':>6}")
    for name, limit, addresses in pages():
        if only not in name:
            continue
        runs: list[list[tuple[float, Measured, int]]] = [[], []]
        for again in (0, 1):
            for address in addresses:
                measured, server, begun = Measured(), server_seconds(), time.process_time()
                with connection.execute_wrapper(measured):
                    answer = client.get(address)
                    content = b"".join(answer) if answer.streaming else answer.content
                rendering, measured.seconds = time.process_time() - begun, server_seconds() - server
                assert answer.status_code in (200, 302), (address, answer.status_code)
                runs[again].append((rendering + measured.seconds, measured, len(content)))
        cold, warm = ([seconds * 1000 for seconds, *_ in run] for run in runs)
        median = statistics.median(cold)
        database = statistics.median(measured.seconds * 1000 for _, measured, _ in runs[0])
        count, size = (max(values) for values in zip(*((measured.count, size) for _, measured, size in runs[0]), strict=True))
        print(
            f"{name:34}{limit:>6}{median:>11.1f}{max(cold):>7.0f}{database:>10.1f}{statistics.median(warm):>7.0f}{count:>12}"
            f"{size / 1000:>6.0f}{'  TOO SLOW' if median > limit else ''}"
        )
        if show_statements:
            worst = max((measured for _, measured, _ in runs[0]), key=lambda measured: measured.slowest[0])
            print(f"    {worst.slowest[0] * 1000:.0f} ms: {' '.join(worst.slowest[1].split())[:300]}")
        slow += [name] if median > limit else []
    return slow


def crawl() -> bool:
    """Follow every link; whether everything is right."""
    from django.conf import settings
    from django.test import Client

    from tests.bench.archive_filling import SECRETS
    from tests.support.archive_crawl import Crawl

    begun, client = time.monotonic(), Client(headers={"host": urlsplit(settings.PUBLIC_URL).netloc})
    crawl = Crawl(client, SECRETS, print_progress=True)
    crawl.follow(STARTS)
    for address, faults in [*crawl.faults.items()][:50]:
        print(address, *faults, sep="\n    ")
    print(f"{len(crawl.seen)} addresses in {time.monotonic() - begun:.0f} s, {len(crawl.faults)} with faults")
    print("largest page:", *crawl.largest)
    return not crawl.faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.archive_pages")
    parser.add_argument("--n", type=int, default=500, help="issues (default 500)")
    parser.add_argument("--keep", action="store_true", help="use the issues of the last run")
    parser.add_argument("--statements", action="store_true", help="print the slowest statement of each kind of page")
    parser.add_argument(
        "--crawl", action="store_true", help="follow every link from the front page instead; takes ten minutes or more"
    )
    parser.add_argument("--only", default="", help="pages whose name has this in it")
    options = parser.parse_args()
    with people_pages.installation(options.keep, DATA) as servers:
        if not options.keep:
            from tests.bench import archive_filling

            with TemporaryDirectory() as folder:
                archive_filling.fill(range(options.n), Path(folder))
            with servers.connect("mailroom") as admin:
                admin.execute("ANALYZE")  # as the server does by itself, later
        is_right = crawl() if options.crawl else not measure(options.only, options.statements)
    return 0 if is_right else 1


if __name__ == "__main__":
    raise SystemExit(main())
