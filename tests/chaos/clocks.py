"""Strict campaigns in a chaos run: their waiting time at the provider is skipped by moving both clocks.

The 20 minutes may be skipped only while nothing of ours is uncertain. So sending is paused first, requests under way end
or their leases do, and the product cancels what is uncertain. Then both clocks jump past the release.
"""

from pathlib import Path
from typing import Any

TO_RELEASE, TO_HANDLE = 24 * 60.0, 11 * 60.0  # from the gate to the release and a little more; then to the cancel's end
CROWDED = 60  # of at most 90 cancels


class Clocks:
    """A small state machine that `turn` drives: rest, ending (requests under way), freeing, returning handles."""

    def __init__(self, course: Any, sandbox: Any, file: Path) -> None:
        self.course, self.sandbox, self.file = course, sandbox, file
        self.release_seconds = TO_RELEASE
        self.offset = 0.0
        self.state = "rest"
        self.jumps = 0
        self.paused: list[int] = []

    def advance(self, seconds: float) -> None:
        """Move the provider's clock first: no gate can pass between the two, because it would detect the difference."""
        self.sandbox.advance_clock(seconds)
        self.offset += seconds
        draft = self.file.with_name("clock.new")
        draft.write_text(str(self.offset), encoding="ascii")
        draft.replace(self.file)
        self.jumps += 1

    def counts(self) -> tuple[int, int, int, int]:
        """Slices under way; uncertain attempts not taken back; attempts taken back but not freed; cancels kept."""
        return self.course._execute(
            "SELECT (SELECT count(*) FROM slice WHERE state IN ('claimed', 'in_flight')), "
            "(SELECT count(*) FROM attempt WHERE outcome IN ('unknown', 'fencing') AND fenced_at IS NULL), "
            "(SELECT count(*) FROM slice s JOIN attempt a ON a.id = s.current_attempt_id WHERE s.state = 'unknown' "
            " AND a.fenced_at IS NOT NULL), "
            "(SELECT count(*) FROM attempt WHERE outcome IN ('fencing', 'fenced'))"
        )[0]

    @property
    def idle(self) -> bool:
        return self.state == "rest"

    def turn(self, at_once: bool = False) -> None:
        """One check. `at_once`: jump although there is room for more cancels, because nothing else is left to do."""
        on_wire, doubtful, caught, outstanding = self.counts()
        if self.state == "rest":
            if outstanding >= CROWDED or (at_once and not on_wire and (outstanding or caught or self._unended())):
                self.state = "ending"
                self._pause()
        elif self.state == "ending":
            if self._pause() and not on_wire and not doubtful:
                self.advance(TO_RELEASE)
                self.state = "freeing"
        elif self.state == "freeing":
            if self._pause() and not caught and not on_wire and not doubtful:
                self.advance(TO_HANDLE)
                self.state = "giving back"
        elif not outstanding:
            self._resume()
            self.state = "rest"

    def _unended(self) -> int:
        """Campaigns that end only when the provider has released the mail that it keeps."""
        from campaigns.models import Campaign

        return Campaign.objects.filter(state="sending").count()

    def _pause(self) -> bool:
        """True if nothing was left to pause: since the last check no gate could pass. A probe could resume a campaign on hold."""
        from campaigns import launch
        from campaigns.models import Campaign
        from publication import audit

        quiet = True
        for campaign in Campaign.objects.filter(state__in=["sending", "held", "filling", "scheduled"]):
            quiet = False
            try:
                if campaign.state == "held":
                    launch.resume(audit.system(), campaign.pk)
                launch.pause(audit.system(), campaign.pk)
                self.paused.append(campaign.pk)
            except launch.CampaignActionError:
                pass  # it changed just now: the next turn checks again
        return quiet

    def _resume(self) -> None:
        from campaigns import launch
        from publication import audit

        while self.paused:
            try:
                launch.resume(audit.system(), self.paused[-1])
            except launch.CampaignActionError:
                pass
            self.paused.pop()
