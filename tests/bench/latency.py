"""An API that takes 300 ms per request: rate compared with slots x size / latency, a pause and a TERM while sending."""

import time
from typing import Any

from tests.bench.measuring import Sampler, SinkProcess, wait_until
from tests.bench.whole import House, Profile, check

LATENCY = 0.3
SLOTS = 20
DEADLINE = 45.0  # seconds after TERM at which `mailroom up` and the service units send KILL


def measure(house: House, size: int, rounds: int) -> dict[str, Any]:
    """Measure one worker process with 20 slots and `rounds` requests per slot."""
    from tests.bench import people_sql

    count = SLOTS * size * rounds
    house.settle_people(max(count, house.people))
    profile = Profile(f"latency-{size}", slots=SLOTS, size=size)
    with SinkProcess.open(LATENCY) as sink, house.processes(profile, sink) as started:
        worker = started["sending"][0]
        # The list may hold more people than needed.
        with house.audience(count) as audience, house.attempt_size(size):
            campaign = house.draft(audience)
            with Sampler({"sending": [worker.process.pid]}) as sampler:
                house.begin(campaign)
                house.wait_for(campaign, "sent", seconds=600)
        requests, accepted, seconds = people_sql.attempts(campaign)
        check(people_sql.states(campaign), accepted, sink.count()["recipients"], count)
    ideal = SLOTS * size / LATENCY
    return {
        "size": size, "slots": SLOTS, "latency": LATENCY, "recipients": count, "requests": requests, "seconds": seconds,
        "rate": count / seconds, "ideal": ideal, "share": count / seconds / ideal,
        "peak": sampler.usage["sending"].peak_process, "cpu": sampler.usage["sending"].cpu,
    }  # fmt: skip


def pause(house: House, size: int, rounds: int) -> dict[str, Any]:
    """Pause while sending: the sink still receives only what passed the gate before, and no gate commits afterwards."""
    from campaigns import launch
    from tests.bench import people_sql

    count = SLOTS * size * rounds * 2
    house.settle_people(max(count, house.people))
    profile = Profile(f"pause-{size}", slots=SLOTS, size=size)
    with SinkProcess.open(LATENCY) as sink, house.processes(profile, sink):
        with house.audience(count) as audience, house.attempt_size(size):
            campaign = house.draft(audience)
            house.begin(campaign)
            wait_until(lambda: sink.count()["recipients"] >= count // 4, 60, "a quarter is received")
            launch.pause(house.actor, campaign)
            at_pause = sink.count()["recipients"]
            time.sleep(LATENCY * 2 + 2.0)
            later = sink.count()["recipients"]
            time.sleep(2.5)  # through the next rounds of beat, which must wake no worker
            last = sink.count()["recipients"]
            gates = people_sql.gates_after_pause(campaign)
            in_flight = people_sql.in_flight_at_pause(campaign)
            launch.resume(house.actor, campaign)
            house.wake()
            house.wait_for(campaign, "sent", seconds=120)
        accepted = people_sql.attempts(campaign)[1]
        check(people_sql.states(campaign), accepted, sink.count()["recipients"], count)
    return {
        "size": size, "recipients": count, "received_at_pause": at_pause, "received_after": later - at_pause,
        "received_much_later": last - later, "bound": SLOTS * size, "in_flight_at_pause": in_flight,
        "gates_after_pause": gates,
    }  # fmt: skip


def term(house: House, size: int, rounds: int) -> dict[str, Any]:
    """Send TERM to the worker while it sends: how long it takes to end, and whether anybody stays uncertain."""
    from tests.bench import people_sql

    count = SLOTS * size * rounds * 2
    house.settle_people(max(count, house.people))
    profile = Profile(f"term-{size}", slots=SLOTS, size=size)
    with (
        SinkProcess.open(LATENCY) as sink,
        house.processes(profile, sink) as started,
        house.audience(count) as audience,
        house.attempt_size(size),
    ):
        campaign = house.draft(audience)
        house.begin(campaign)
        wait_until(lambda: sink.count()["recipients"] >= count // 4, 60, "a quarter is received")
        seconds = started["sending"][0].stop(DEADLINE)
        killed = started["sending"][0].process.returncode < 0
        time.sleep(LATENCY * 2)
        states = people_sql.slice_states(campaign)
        received, accepted = sink.count()["recipients"], people_sql.attempts(campaign)[1]
        house.cancel(campaign)
    return {
        "size": size, "seconds": seconds, "deadline": DEADLINE, "killed": killed, "slices": states,
        "received": received, "accepted": accepted,
    }  # fmt: skip
