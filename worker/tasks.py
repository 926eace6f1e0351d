"""Thin Celery tasks: ids in, one call, no logic. Losing, doubling or delaying any of them costs time, never a mail."""

from __future__ import annotations

from worker import bounce_list_removal as unlistings
from worker import cancel_uncertain, single_sender, slice_sender
from worker import cancel_waves as recalling
from worker import upkeep as pumping
from worker.app import app


@app.task
def send_due() -> int:
    """Send slices until none is due; the number sent."""
    return slice_sender.send_until_empty()


@app.task
def send_singles() -> int:
    """Send notices and test sends that are due; the number sent."""
    return single_sender.send_until_empty()


@app.task
def pump() -> int:
    """Look at what is due, stale or finished in the database; the number of send tasks woken."""
    return pumping.pump()


@app.task
def apply_events() -> int:
    """Split and apply what the provider's webhook brought; the number of events applied."""
    return pumping.apply_events()


@app.task
def recall() -> int:
    """Take back what the provider keeps of cancelled campaigns; the waves it confirmed."""
    return recalling.take_back()


@app.task
def fence() -> int:
    """Strict mode: take back what is in doubt, plan again whom that proved unsent; the attempts that went a step further."""
    return cancel_uncertain.fence()


@app.task
def unlist() -> int:
    """Take addresses off the provider's bounce list; the number taken off."""
    return unlistings.unlist()


@app.task
def tidy() -> int:
    """Remove what is kept for a bounded time; the rows removed."""
    return pumping.tidy()
