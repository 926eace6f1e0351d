"""The checks of `mailroom system doctor` that say which processes are alive, and whether they run the same version."""

from collections.abc import Iterator, Sequence

from cli import output
from cli.system.diagnosis import Diagnosis
from cli.texts import process_texts
from cli.texts.process_texts import host_and_pid
from config.env import Environment
from publication import heartbeats
from publication.heartbeats import KindStatus, Process


def _processes(environment: Environment) -> Iterator[Diagnosis]:
    for status in heartbeats.statuses():
        yield _of_kind(status)


def _of_kind(status: KindStatus) -> Diagnosis:
    name = process_texts.NAMES[status.kind]
    if status.missing:
        return Diagnosis(name, "fault", process_texts.absence(status), process_texts.remedy(status))
    alive = f"{len(status.alive)} alive: {_listed(status.alive)}"
    if not status.silent:
        return Diagnosis(name, "ok", alive)
    silent = ", ".join(f"{host_and_pid(process)} since {output.moment(process.seen_at)}" for process in status.silent)
    return Diagnosis(name, "warn", f"{alive}; hangs or died: {silent}", process_texts.remedy(status))


def _versions(environment: Environment) -> Iterator[Diagnosis]:
    by_version = heartbeats.versions()
    if len(by_version) == 1:
        yield Diagnosis("versions", "ok", *by_version)
    elif by_version:
        kinds = {version: ", ".join(_of_version(processes)) for version, processes in sorted(by_version.items())}
        finding = "processes run different versions: " + "; ".join(f"{version}: {kinds[version]}" for version in kinds)
        yield Diagnosis("versions", "warn", finding, "restart the processes with the older version")


def _of_version(processes: Sequence[Process]) -> list[str]:
    return [f"{process_texts.NAMES[process.kind]} {host_and_pid(process)}" for process in processes]


def _listed(processes: Sequence[Process]) -> str:
    return ", ".join(map(host_and_pid, processes))


CHECKS = (_processes, _versions)
