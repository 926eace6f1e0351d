"""Simulated people and scanners follow the links of a mail over real HTTP, each request at its simulated time.

The behaviour comes from the sandbox. Weeks pass within minutes: before each request the clock of the web server is moved.
"""

import random
import re
import time
from collections.abc import Iterable, Sequence
from html import unescape
from typing import NamedTuple

from campaigns.measuring import measured_links
from campaigns.models import Campaign
from composer.issue.merge_fields import without_tag
from composer.rendering.measured_links import CLICK_TAG
from editorial.stored_variants import find_variant
from sandbox.readers import people, scanners
from sandbox.readers.reader_pool import answer_of
from sandbox.readers.visits import SimulatedReader, Visit
from subscribers.tokens import TokenMaker
from tests.support.processes import Processes

PERSON = "person"
_HREF = re.compile(r'href="(http://127\.0\.0\.1[^"]*/r/\d+/[^"]*)"')


class Request(NamedTuple):
    """One request, and its moment in seconds since 1970."""

    at: float
    url: str
    visit: Visit


def draw(seed: int, count_of_people: int, count_of_scanners: int, links: int) -> dict[str, list[SimulatedReader]]:
    """Kind of reader -> readers: so many people, and so many scanners of each kind."""
    chance = random.Random(seed)
    readers = {PERSON: [people.draw_person(chance, links) for _ in range(count_of_people)]}
    for kind in scanners.KINDS:
        readers[kind] = [scanners.draw_scanner(chance, kind, links) for _ in range(count_of_scanners)]
    return readers


def rewritten_links(campaign: Campaign) -> list[str]:
    """The addresses of the links of a campaign's mail, in its order, before the provider fills in the person's value."""
    mail = measured_links.measured_mail(campaign, find_variant(campaign.version_id, 0))
    return list(dict.fromkeys(map(unescape, _HREF.findall(mail.html))))


def links_of(campaign: Campaign, subscriber_ids: Iterable[int]) -> list[list[str]]:
    """The links in each of these people's mail."""
    written, maker = rewritten_links(campaign), TokenMaker("click")
    values = [without_tag(maker.make(campaign.pk, number)) for number in subscriber_ids]
    return [[url.replace(CLICK_TAG, value) for url in written] for value in values]


def requests_of(readers: Sequence[SimulatedReader], links: Sequence[list[str]], delivered_at: float) -> list[Request]:
    """Every request of these readers, each of whom has the links beside it."""
    return [
        Request(delivered_at + visit.after, urls[visit.link], visit)
        for reader, urls in zip(readers, links, strict=True)
        for visit in reader.visits
    ]  # fmt: skip


def play(processes: Processes, requests: Iterable[Request]) -> int:
    """Make each request at its moment by the clock of the processes; how many were made. Each must lead on."""
    in_order = sorted(requests, key=lambda request: request.at)
    for at, url, visit in in_order:
        processes.advance_clock(at - time.time() - processes.clock_offset)
        status, _ = answer_of(url, visit)
        assert status == 302, (status, url)
    return len(in_order)
