"""What a person does with the links of a mail: when, how many, in what order, with what pauses.

The distributions describe people and nothing else: the product's rules for telling machines apart are measured with them
(docs/measuring.md), so nobody may adapt them to those rules.
"""

import math
import random

from sandbox.readers.browsers import draw_browser, draw_rare_phone, without
from sandbox.readers.visits import HARMLESS_NETWORKS, Headers, SimulatedReader, Visit

# Hours pass before most people open a newsletter: half of the first clicks come within 2.5 hours, one in twenty-five after
# three days, one in 250 within the first minute.
_FIRST_CLICK, _FIRST_SPREAD, _SOONEST = 2.5 * 3600, 1.9, 6.0
# People read a page before they return to the mail; some open another tab at once.
_PAUSE, _PAUSE_SPREAD, _SHORTEST_PAUSE = 45.0, 1.2, 0.8
_RETURN, _RETURN_SPREAD = 4 * 3600.0, 1.0  # or they return to the mail later in the day
_CLICKS = {1: 0.68, 2: 0.2, 3: 0.085, 4: 0.02, 5: 0.01, 7: 0.005}  # how many links somebody follows who follows any
_RETURNS_LATER, _IN_ORDER, _TAPS_TWICE = 0.15, 0.85, 0.02
# The hard cases: share of people who …
CASES = {
    "tabs": 0.003,  # open three links in tabs within a few seconds
    "in hand": 0.005,  # have the phone in the hand when the mail arrives
    "no language": 0.001,  # have a browser that sends no Accept-Language
    "odd phone": 0.001,  # have a phone whose name contains "bot"
    "gateway": 0.002,  # browse through the web gateway of a security company
    "quick reader": 0.002,  # follow six or more links within a minute or two
}
_GATEWAY = "165.225.80."  # Zscaler: people browse through it, it is no mail filter


def draw_person(chance: random.Random, links: int) -> SimulatedReader:
    """A person who follows at least one of this many links."""
    draw, case = chance.random(), ""
    for name, share in CASES.items():
        if draw < share:
            case = name
            break
        draw -= share
    headers = draw_rare_phone(chance) if case == "odd phone" else draw_browser(chance)
    if case == "no language":
        headers = without(headers, "Accept-Language")
    address = f"{_GATEWAY if case == 'gateway' else chance.choice(HARMLESS_NETWORKS)}{chance.randrange(1, 255)}"
    chosen = _links(chance, links, case)
    visits, after = [], _first_click(chance, case)
    for number, link in enumerate(chosen):
        after += _pause(chance, case) if number else 0.0
        visits.append(_visit(after, link, headers, address))
        if chance.random() < _TAPS_TWICE:
            visits.append(_visit(after + chance.uniform(0.4, 3.0), link, headers, address))
    return SimulatedReader(case, sorted(visits))


def _visit(after: float, link: int, headers: Headers, address: str) -> Visit:
    return Visit(after, link, "GET", headers, address)


def _first_click(chance: random.Random, case: str) -> float:
    if case == "in hand":
        return chance.uniform(8.0, 15.0)
    return max(_SOONEST, chance.lognormvariate(math.log(_FIRST_CLICK), _FIRST_SPREAD))


def _links(chance: random.Random, links: int, case: str) -> list[int]:
    """The positions of the links, most in the order of the mail."""
    if case == "tabs":
        count = 3
    elif case == "quick reader":
        count = chance.randint(6, 9)
    else:
        [count] = chance.choices(list(_CLICKS), list(_CLICKS.values()))
    chosen = chance.sample(range(links), min(count, links))
    return sorted(chosen) if chance.random() < _IN_ORDER else chosen


def _pause(chance: random.Random, case: str) -> float:
    if case == "tabs":
        return chance.uniform(0.5, 2.5)
    if case == "quick reader":
        return chance.uniform(5.0, 20.0)
    if chance.random() < _RETURNS_LATER:
        return chance.lognormvariate(math.log(_RETURN), _RETURN_SPREAD)
    return max(_SHORTEST_PAUSE, chance.lognormvariate(math.log(_PAUSE), _PAUSE_SPREAD))
