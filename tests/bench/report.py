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
    if whole:
        most("peak memory of a sending process", max(x["peak_worker"] for x in whole.values()), 200, " MiB")
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
    ceiling = found["sink"]
    lines.append(f"the sink's own limit: {ceiling['requests']:,.0f} requests/s, {ceiling['recipients']:,.0f} recipients/s")
    lines.append("")
    lines += [f"{'holds ' if claim.holds else 'FAILS '}{claim.what}: {claim.found} ({claim.bound})" for claim in claims(found)]
    return "\n".join(lines) + "\n"


def is_complete(found: dict[str, Any]) -> bool:
    """Whether this is a full measurement for the documentation: every case, at the full size."""
    return found["n"] >= FULL and "a" in found and "b" in found


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
    parts = [
        (name, *(f"{run['cpu'].get(part, 0) / run['recipients'] * 1e6:.1f}" for part in ("sending", "upkeep", "beat", "postgresql", "valkey")))
        for name, run in found.get("b", {}).items()
    ]  # fmt: skip
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
        "parts": _markdown(("profile", "sending", "upkeep", "beat", "PostgreSQL", "Valkey"), parts),
        "sink": ", ".join(f"{x['sink_share']:.0%}" for x in found.get("a", [])),
        "ceiling": f"{found['sink']['requests']:,.0f} empty requests or {found['sink']['recipients']:,.0f} recipients",
    }  # fmt: skip
