"""Seven kinds of scanners, programs of mail filters that follow the links of a mail before or after its delivery.

As for people: their behaviour must not be adapted to the product's rules.
"""

import random
from collections.abc import Callable

from sandbox.readers.browsers import draw_desktop, without
from sandbox.readers.visits import HARMLESS_NETWORKS, Headers, SimulatedReader, Visit

# Libraries name themselves unless somebody changes that.
_LIBRARIES = (
    "python-requests/2.32.3", "curl/8.5.0", "Go-http-client/1.1", "Java/17.0.9", "okhttp/4.12.0", "python-urllib3/2.2.1",
    "Apache-HttpClient/4.5.14 (Java/11.0.22)", "Wget/1.21.4", "axios/1.7.2",
)  # fmt: skip
# Networks of mail filters, each published by its vendor for the firewalls of customers: Proofpoint, Barracuda, Mimecast.
FILTER_NETWORKS = ("67.231.145.", "67.231.153.", "148.163.135.", "64.235.150.", "209.222.82.", "205.139.110.", "207.211.30.")


def _microsoft(chance: random.Random, links: int) -> list[Visit]:
    """All links within two seconds, right at delivery or while the mail is still accepted, as a browser."""
    headers, address, start = draw_desktop(chance), _address(chance), chance.uniform(-2.0, 3.0)
    length = chance.uniform(1.0, 2.0)
    order = chance.sample(range(links), links)
    return [Visit(start + length * at / max(1, links - 1), link, "GET", headers, address) for at, link in enumerate(order)]


def _head_first(chance: random.Random, links: int) -> list[Visit]:
    """HEAD, and a moment later GET, for each link."""
    headers, address, after, visits = draw_desktop(chance), _address(chance), chance.uniform(1.0, 120.0), []
    for link in range(links):
        visits.append(Visit(after, link, "HEAD", headers, address))
        after += chance.uniform(0.1, 1.0)
        visits.append(Visit(after, link, "GET", headers, address))
        after += chance.uniform(0.1, 4.0)
    return visits


def _library(chance: random.Random, links: int) -> list[Visit]:
    """Some links, some time in the first half hour, with a library that names itself."""
    headers: Headers = (("User-Agent", chance.choice(_LIBRARIES)), ("Accept-Encoding", "gzip, deflate"), ("Accept", "*/*"))
    return _some(chance, links, headers, _address(chance), chance.uniform(0.0, 1800.0))


def _known_network(chance: random.Random, links: int) -> list[Visit]:
    """Some links as a browser, from a published network of a mail filter; at delivery, or when the person clicks."""
    address = f"{chance.choice(FILTER_NETWORKS)}{chance.randrange(1, 255)}"
    start = chance.uniform(0.0, 600.0) if chance.random() < 0.7 else chance.uniform(600.0, 86400.0)
    return _some(chance, links, draw_desktop(chance), address, start)


def _bare(chance: random.Random, links: int) -> list[Visit]:
    """Some links with the name of a browser and without what browsers send beside it."""
    headers = without(draw_desktop(chance), "Accept-Language", "Accept", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform")
    headers = tuple((name, value) for name, value in headers if not name.startswith("Sec-Fetch"))
    return _some(chance, links, headers, _address(chance), chance.uniform(0.0, 1800.0))


def _slow(chance: random.Random, links: int) -> list[Visit]:
    """All links in order, one after the other, within forty seconds, as a browser."""
    headers, address, start = draw_desktop(chance), _address(chance), chance.uniform(2.0, 300.0)
    return [
        Visit(start + 40.0 * (link + chance.uniform(-0.3, 0.3)) / max(1, links), link, "GET", headers, address)
        for link in range(links)
    ]


def _single(chance: random.Random, links: int) -> list[Visit]:
    """One link within five seconds of delivery, as a browser."""
    return [Visit(chance.uniform(0.2, 5.0), chance.randrange(links), "GET", draw_desktop(chance), _address(chance))]


def _some(chance: random.Random, links: int, headers: Headers, address: str, start: float) -> list[Visit]:
    after, visits = start, []
    for link in sorted(chance.sample(range(links), chance.randint(1, links))):
        visits.append(Visit(after, link, "GET", headers, address))
        after += chance.uniform(0.05, 5.0)
    return visits


def _address(chance: random.Random) -> str:
    return f"{chance.choice(HARMLESS_NETWORKS)}{chance.randrange(1, 255)}"


KINDS: dict[str, Callable[[random.Random, int], list[Visit]]] = {
    "microsoft": _microsoft,
    "head-first": _head_first,
    "library": _library,
    "known-network": _known_network,
    "bare": _bare,
    "slow": _slow,
    "single": _single,
}


def draw_scanner(chance: random.Random, kind: str, links: int) -> SimulatedReader:
    """A scanner of this kind and the links that it follows, of this many."""
    return SimulatedReader(kind, sorted(KINDS[kind](chance, links)))
