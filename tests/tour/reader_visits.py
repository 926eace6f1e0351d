"""The pages of the tour that readers see: the archive, the links of mails, the form to subscribe, and their own pages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from config.public_urls import READERS_TOKEN, TEST_TOKEN
from tests.tour.steps import check, come_from, fill, press, uncheck, wait, without_own_check
from tests.tour.visit import Visit, visit

if TYPE_CHECKING:
    from tests.tour.cast import Cast

BUSY_CLIENT = "203.0.113.7"  # its network has used up its requests to subscribe


def reader_visits(cast: Cast, turn: int) -> Iterator[Visit]:
    """`turn`: as for all visits."""
    yield from chain(_mails(cast, turn), _archive(cast), _links(cast, turn), _sign_up(cast), _own_pages(cast, turn))


def _mails(cast: Cast, turn: int) -> Iterator[Visit]:
    for number in (1, 2):
        yield visit("variant-mail", str(number + 1), version_id=cast.versions["bilingual"], number=number)
    yield visit("view", token=cast.tokens["viewing"][turn])
    yield visit("view", "test", token=TEST_TOKEN)
    yield visit("view", "unknown", token="nonsense", status=404)


def _archive(cast: Cast) -> Iterator[Visit]:
    place = {"slug": cast.mailing_list}
    for label, issue in (("", cast.issue), ("bilingual", cast.bilingual_issue)):
        yield visit("archive-issue", label, **place, issue=issue)
        yield visit("archive-mail", label, **place, issue=issue)
    yield visit("archive-article", **place, issue=cast.issue, article="world-engineering-day")
    yield visit("archive-article-language", **place, issue=cast.bilingual_issue, language="zh-Hans", article="annual-meeting")
    yield visit("archive-search", **place, steps=(fill("#q", "light"), press("main form button")))
    yield visit("read", key=cast.tokens["reading"][0], article="light")


def _links(cast: Cast, turn: int) -> Iterator[Visit]:
    def token(purpose: str) -> dict[str, str]:
        return {"token": cast.tokens[purpose][turn]}

    yield visit("unsubscribe", **token("leaving"))
    yield visit("unsubscribe", "left", **token("leaving"), steps=(press(),))
    yield visit("unsubscribe", "left-before", **token("undoing"))
    yield visit("unsubscribe", "undone", **token("undoing"), steps=(press(),))
    yield visit("unsubscribe", "left-long-ago", **token("returning"))
    yield visit("unsubscribe", "asked-again", **token("returning"), steps=(press("form:has([value=back]) button"),))
    yield visit("unsubscribe", "test", token=TEST_TOKEN)
    yield visit("unsubscribe", "unknown", token="nonsense", status=404)
    answer = {**token("answering"), "question": "question", "number": 1}
    yield visit("answer", **answer)
    yield visit("answer", "given", **answer, steps=(press(),))
    yield visit("answer", "readers", **{**answer, "token": READERS_TOKEN})
    yield visit("confirm", **token("confirming"))
    yield visit("confirm", "confirmed", **token("confirming"), steps=(press(),))
    yield visit("confirm", "too-late", **token("too-late"), steps=(press(),), status=409)
    yield visit("confirm", "used", **token("used"))
    yield visit("confirm", "unknown", token="nonsense", status=404)


def _sign_up(cast: Cast) -> Iterator[Visit]:
    place = {"slug": cast.mailing_list}
    ripe = wait(2100)
    yield visit("subscribe-list", **place)
    steps = (fill("#address", "Li Na at example.org"), ripe, press("main button"))
    yield visit("subscribe-list", "wrong-address", **place, steps=(without_own_check("#address"), *steps), status=422)
    yield visit(
        "subscribe-list", "check-mail", **place, steps=(fill("#address", "li.na@example.org"), ripe, press("main button"))
    )  # fmt: skip
    steps = (fill("#address", "li.na@gmial.com"), ripe, press("main button"))
    yield visit("subscribe-list", "mistyped-domain", **place, steps=steps)
    yield visit("subscribe-list", "closed", slug="closed", status=404)
    asked = (fill("#address", "li.na@example.org"), press("main button"))
    yield visit("private-link", "asked", steps=asked)
    busy = (come_from(BUSY_CLIENT), fill("#address", "li.na@example.org"), ripe, press("main button"), come_from())
    yield visit("subscribe-list", "too-many", **place, steps=busy, status=429)
    yield visit("private-link", "too-many", steps=busy, status=429)


def _own_pages(cast: Cast, turn: int) -> Iterator[Visit]:
    def token(purpose: str) -> dict[str, str]:
        return {"token": cast.tokens[purpose][turn]}

    yield visit("preferences", **token("choosing"))
    yield visit("preferences", "saved", **token("choosing"), steps=(check("[name=list]"), press("form:has(#zone) button")))
    yield visit(
        "preferences", "withdrawn", **token("choosing"), steps=(uncheck("[name=measuring]"), press("form:has(#zone) button"))
    )
    yield visit("preferences", "paused", **token("choosing"), steps=(press("form:has(#months) button"),))
    yield visit("preferences", "asked", **token("choosing"), steps=(press("form:has([value=ask]) button"),))
    yield visit("preferences", "left", **token("choosing"), steps=(press("form:has([value=leave]) button"),))
    yield visit("preferences", "test", token=TEST_TOKEN)
    yield visit("preferences", "unknown", token="nonsense", status=404)
    yield visit("person", **token("reading"))
    yield visit("person", "agreed", **token("reading"), steps=(check("[name=measuring]"), press("form:has(#language) button")))
    yield visit("person-export", **token("reading"))
    moving = (fill("#address", f"new{turn}@example.org"), press("form:has([value=move]) button"))
    yield visit("person", "change-asked", **token("reading"), steps=moving)
    yield visit("person-erase", **token("reading"))
    yield visit("person-erase", "erased", **token("erasing"), steps=(check("[name=sure]"), press("main form button")))
    yield visit("address", "old", **token("old-address"))
    yield visit("address", "new", **token("new-address"))
    yield visit("address", "confirmed", **token("old-address"), steps=(press("form:has([value=confirm]) button"),))
    yield visit("address", "moved", **token("new-address"), steps=(press("form:has([value=confirm]) button"),))
