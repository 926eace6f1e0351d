"""What staff read when a kind of process is missing, or processes run different versions."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from publication import heartbeats
from publication.heartbeats import BEAT, SENDING, UPKEEP, WEB, KindStatus
from web.texts import zoned_times

NAMES = {
    WEB: _("web server"), SENDING: _("sending worker"), UPKEEP: _("upkeep worker"), BEAT: _("beat")
}  # fmt: skip
_SILENT = {
    SENDING: _("Nothing is being sent: no sending worker has been alive since %(since)s."),
    UPKEEP: _("Campaigns do not begin or end, and no reports are read: no upkeep worker has been alive since %(since)s."),
    BEAT: _("Campaigns do not begin or go on: beat, which wakes the workers, has not been alive since %(since)s."),
}
_STOPPED = {
    SENDING: _("Nothing is being sent: the sending worker was stopped at %(since)s."),
    UPKEEP: _("Campaigns do not begin or end, and no reports are read: the upkeep worker was stopped at %(since)s."),
    BEAT: _("Campaigns do not begin or go on: beat, which wakes the workers, was stopped at %(since)s."),
}
_NEVER = {
    SENDING: _("Nothing is being sent: no sending worker has been started yet."),
    UPKEEP: _("Campaigns do not begin or end, and no reports are read: no upkeep worker has been started yet."),
    BEAT: _("Campaigns do not begin or go on: beat, which wakes the workers, has not been started yet."),
}
_ONE_VERSION = _("%(version)s (%(kinds)s)")
_SEPARATOR = _(", ")


def missing(zone: str) -> list[str]:
    """One sentence for each kind of process without which no campaign goes on, and of which none is alive."""
    return [_sentence(status, zone) for status in heartbeats.missing(heartbeats.CAMPAIGN_KINDS)]


def _sentence(status: KindStatus, zone: str) -> str:
    if status.since is None:
        return gettext(_NEVER[status.kind])
    texts = _STOPPED if status.stopped else _SILENT
    return gettext(texts[status.kind]) % {"since": zoned_times.with_zone(status.since, zone)}


def different_versions() -> list[str]:
    """`0.1.0 47b2b4d0 (web server, beat)` for each version that runs; empty if all run the same."""
    by_version = heartbeats.versions()
    if len(by_version) < 2:
        return []
    return [gettext(_ONE_VERSION) % {"version": version, "kinds": _kinds(by_version[version])} for version in sorted(by_version)]


def _kinds(processes: list[heartbeats.Process]) -> str:
    kinds = {process.kind for process in processes}
    return gettext(_SEPARATOR).join(gettext(NAMES[kind]) for kind in heartbeats.KINDS if kind in kinds)
