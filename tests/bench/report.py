"""Writes the results: the table in the terminal and docs/benchmarks/delivery.{md,json}."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.measuring import HERE, ROOT, WORK

FOLDER = ROOT / "docs" / "benchmarks"
FULL = 1_000_000


@dataclass(frozen=True)
class Row:
    """A row of the table: one system in one configuration."""

    name: str
    rate: float
    cpu_per_million: float
    peak: float
    how: str


@dataclass(frozen=True)
class Claim:
    """A bound that must hold, and the measured value."""

    what: str
    bound: str
    found: str
    holds: bool


def systems(found: dict[str, Any]) -> list[Row]:
    rows = [
        Row(f"(a) limit: {_times(x['processes'], 'bare client')}, {x['size']} per request", x["rate"], x["cpu_per_million"], x["peak"],
            f"{x['recipients']:,} recipients")
        for x in found.get("a", [])
    ]  # fmt: skip
    for name, x in found.get("b", {}).items():
        how = f"{x['recipients']:,} recipients; {x['processes']} x {x['slots']} {x['pool']}"
        rows.append(Row(f"(b) Mailroom, {name}, {x['size']} per request", x["rate"], x["cpu_per_million"], x["peak_worker"], how))
    return rows


def _times(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"


def claims(found: dict[str, Any]) -> list[Claim]:
    """The bounds that this benchmark checks, without those whose cases were not measured."""
    made: list[Claim] = []
    whole = found.get("b", {})
    shipped = whole.get("shipped")

    def ratio(what: str, value: float, least: float) -> None:
        made.append(
            Claim(
                what,
                f"at least {least:g}" if least else "no bound",
                f"{value:.2f}" if value < 10 else f"{value:,.0f}",
                value >= least,
            )
        )

    def most(what: str, value: float, bound: float, unit: str = "") -> None:
        made.append(
            Claim(
                what, f"at most {bound:g}{unit}", f"{value:,.2f}{unit}" if value < 10 else f"{value:,.0f}{unit}", value <= bound
            )
        )

    for name, least in (("shipped", 0.25), ("throughput", 0.30)):
        run = whole.get(name)
        limited = run and limit_of(found, run)
        if run and limited:
            ratio(
                f"Mailroom ({name}): rate as a share of the limit, same processes and request size",
                run["rate"] / limited["rate"],
                least,
            )
    if shipped:
        most("filling: share of the total time", shipped["fill_seconds"] / shipped["seconds"], 0.2)
    growth = found.get("growth", [])
    if len(growth) > 1:
        last, before = growth[-1], growth[-2]
        each = [x["seconds"] / x["recipients"] for x in (last, before)]
        most(
            f"time per recipient at {last['recipients']:,}, divided by that at {before['recipients']:,}", each[0] / each[1], 1.25
        )
    peaks = [x["peak_worker"] for x in [*whole.values(), *growth]]
    if peaks:
        most("peak memory of a sending process at every size", max(peaks), 200, " MiB")
    made += _latency_claims(found.get("latency"))
    return made


def _latency_claims(found: dict[str, Any] | None) -> list[Claim]:
    if not found:
        return []
    made = []
    for run, least in zip(found["sizes"], (0.9, 0.7), strict=True):
        made.append(
            Claim(f"API of 300 ms, {run['size']} per request: rate divided by slots x size / latency", f"at least {least}", f"{run['share']:.2f}",
                  run["share"] >= least)
        )  # fmt: skip
        peak = run["peak"]
        made.append(
            Claim(f"API of 300 ms, {run['size']} per request: peak memory", "at most 150 MiB", f"{peak:.0f} MiB", peak <= 150)
        )
    pause, term = found["pause"], found["term"]
    made.append(
        Claim("recipients received after a pause, all from requests under way", f"at most {pause['in_flight_at_pause']:,}",
              f"{pause['received_after']:,}, then {pause['received_much_later']:,}; {pause['gates_after_pause']} new requests",
              pause["received_after"] <= pause["in_flight_at_pause"] and not pause["received_much_later"]
              and not pause["gates_after_pause"])
    )  # fmt: skip
    uncertain = term["slices"].get("unknown", 0) + term["slices"].get("in_flight", 0)
    made.append(
        Claim("TERM while sending: time until the worker ends; uncertain slices", f"within {term['deadline']:.0f} s, none",
              f"{term['seconds']:.1f} s, {uncertain}", not term["killed"] and not uncertain)
    )  # fmt: skip
    return made


def limit_of(found: dict[str, Any], run: dict[str, Any]) -> dict[str, Any] | None:
    """Case (a) with as many processes and the same attempt size."""
    shape = (run["processes"], run["size"])
    return next((x for x in found.get("a", []) if (x["processes"], x["size"]) == shape), None)


# -- writing -------------------------------------------------------------------------------------------------------


def table(found: dict[str, Any]) -> str:
    """For the terminal."""
    lines = ["", f"{'':52}{'recipients/s':>13}{'CPU s/million':>15}{'peak MiB':>10}"]
    lines += [f"{row.name:52}{row.rate:>13,.0f}{row.cpu_per_million:>15,.1f}{row.peak:>10,.0f}" for row in systems(found)]
    for run in found.get("growth", []):
        lines.append(
            f"growth: {run['recipients']:>9,} recipients in {run['seconds']:8.2f} s, {run['seconds'] / run['recipients'] * 1e6:7.1f} us each, "
            f"fill {run['fill_seconds']:.2f} s, worker {run['peak_worker']:.0f} MiB"
        )
    ceiling = found["sink"]
    lines.append(f"the sink's own limit: {ceiling['requests']:,.0f} requests/s, {ceiling['recipients']:,.0f} recipients/s")
    lines.append("")
    lines += [f"{'holds ' if claim.holds else 'FAILS '}{claim.what}: {claim.found} ({claim.bound})" for claim in claims(found)]
    return "\n".join(lines) + "\n"


def is_complete(found: dict[str, Any]) -> bool:
    """Whether this is a full measurement for the documentation: every case, at the full size."""
    return found["n"] >= FULL and all(case in found for case in ("a", "b", "growth", "latency"))


def write(found: dict[str, Any]) -> list[Path]:
    """Write delivery.json and .md: into docs/benchmarks if the measurement is complete, else into var/bench."""
    folder = FOLDER if is_complete(found) else WORK
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"delivery.{ending}" for ending in ("json", "md")]
    paths[0].write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    template = (HERE / "delivery.md").read_text(encoding="utf-8")
    for name, text in _blocks(found).items():
        template = template.replace(f"<!-- {name} -->", text)
    paths[1].write_text(template, encoding="utf-8")
    return paths


def _markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ("---",) * len(head), *rows])


def _blocks(found: dict[str, Any]) -> dict[str, str]:
    machine = found["machine"]
    growth = [
        (f"{x['recipients']:,}", f"{x['seconds']:.2f}", f"{x['seconds'] / x['recipients'] * 1e6:.1f}", f"{x['fill_seconds']:.2f}",
         f"{x['sending_seconds']:.2f}", f"{x['tail_seconds']:.2f}", f"{x['peak_worker']:.0f}")
        for x in found.get("growth", [])
    ]  # fmt: skip
    parts = [
        (name, *(f"{run['cpu'].get(part, 0) / run['recipients'] * 1e6:.1f}" for part in ("sending", "upkeep", "beat", "postgresql", "valkey")))
        for name, run in found.get("b", {}).items()
    ]  # fmt: skip
    latency = [
        (str(x["size"]), f"{x['rate']:,.0f}", f"{x['ideal']:,.0f}", f"{x['share']:.2f}", f"{x['peak']:.0f}")
        for x in found.get("latency", {}).get("sizes", [])
    ]
    return {
        "machine": f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, {machine['system']}, {machine['date']}",
        "runs": "Each case ran once" if found["runs"] == 1 else f"Each number is from the median of {found['runs']} runs",
        "versions": ", ".join(f"{name} {version}" for name, version in found["versions"].items()),
        "body": f"{found['body']['bytes'] / found['body']['recipients']:,.0f}",
        "template": f"{found['body']['template'] / 1000:,.0f}",
        "n": f"{found['n']:,}",
        "systems": _markdown(
            ("", "recipients/s", "CPU s per million", "peak MiB of a process", "measured with"),
            [(r.name, f"{r.rate:,.0f}", f"{r.cpu_per_million:,.1f}", f"{r.peak:,.0f}", r.how) for r in systems(found)],
        ),
        "claims": _markdown(
            ("what", "bound", "measured", ""), [(c.what, c.bound, c.found, "holds" if c.holds else "**fails**") for c in claims(found)]
        ),
        "growth": _markdown(("recipients", "total s", "us per recipient", "filling s", "sending s", "rest s", "peak MiB"), growth),
        "parts": _markdown(("profile", "sending", "upkeep", "beat", "PostgreSQL", "Valkey"), parts),
        "latency": _markdown(("recipients per request", "recipients/s", "slots x size / latency", "share", "peak MiB"), latency),
        "sink": ", ".join(f"{x['sink_share']:.0%}" for x in found.get("a", [])),
        "ceiling": f"{found['sink']['requests']:,.0f} empty requests or {found['sink']['recipients']:,.0f} recipients",
    }  # fmt: skip
