"""The state of an issue's review in sentences: what it waits for, who was asked until when, and who has not answered."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts.splitting import WHOLE, Parts
from editorial.models import Decision, IssueVersion, Review
from editorial.review.decisions import VersionDecisions
from editorial.sources import language_rows
from publication import clock
from web.texts.language_names import language_name


@dataclass(frozen=True, slots=True)
class ReviewState:
    """`asked`: the names of those who were asked in the open review; `waiting`: of those who have not answered.

    `is_outdated`: the open review is of another content. `is_changed`: the newest source is not the content of the version.
    """

    version: IssueVersion | None
    review: Review | None
    standing: VersionDecisions | None
    asked: tuple[str, ...]
    waiting: tuple[str, ...]
    is_overdue: bool
    is_outdated: bool
    is_changed: bool

    @property
    def is_approved(self) -> bool:
        return self.standing is not None and self.standing.is_complete

    @property
    def kind(self) -> str:
        """For the colour of the sentence: changes, approved, or waiting."""
        if self.standing is not None and self.standing.changes:
            return "changes"
        return "approved" if self.is_approved and not self.is_changed else "waiting"


def sentences(state: ReviewState, zone: str) -> Iterator[str]:
    """The headline first: the decision, or who is waited for. Then what was asked, and what is missing."""
    if state.version is None or state.standing is None:
        yield _("Nobody was asked to review this issue yet.")
        return
    review = state.review
    is_decided = bool(state.standing.changes) or state.is_approved
    if review is not None and not is_decided:
        yield _awaited(state, review)
    if is_decided or review is None or state.standing.missing:
        yield _standing(state.version, state.standing)
    if review is not None:
        yield from _open_review(state, review, zone, is_decided=is_decided)
    if state.is_changed:
        yield (_("The issue has changed since it was approved.") if state.is_approved else _("The issue has changed since then."))


def incomplete_mails(files: Mapping[str, Parts]) -> Iterator[tuple[str, str]]:
    """Yield a sentence and the language's tag for each mail that lacks texts which another language has."""
    readable = {file: parts for file, parts in files.items() if all(part.id != WHOLE for part in parts)}
    for mail in language_rows.coverage(readable, ISSUE_FILE):
        if not mail.missing:
            continue
        name = language_name(mail.language)
        values = {"language": name, "count": mail.articles, "total": mail.all_articles, "missing": mail.missing}
        if mail.articles < mail.all_articles:
            yield _("%(language)s mail: %(count)s of %(total)s articles.") % values, mail.language
        elif mail.missing == 1:
            yield _("1 part is missing in %(language)s.") % values, mail.language
        else:
            yield _("%(missing)s parts are missing in %(language)s.") % values, mail.language


def _awaited(state: ReviewState, review: Review) -> str:
    """The headline of an open review about which nobody has decided."""
    if state.is_outdated:
        return _outdated(review)
    if not state.waiting:
        return _("Everybody who was asked has answered.")
    if len(state.waiting) == 1:
        return _("Waiting for %(name)s's answer.") % {"name": state.waiting[0]}
    return _("Waiting for the answers of %(names)s.") % {"names": _joined(state.waiting)}


def _open_review(state: ReviewState, review: Review, zone: str, *, is_decided: bool) -> Iterator[str]:
    """What the headline does not say yet about an open review."""
    if state.is_outdated:
        if is_decided:
            yield _outdated(review)
        return
    yield _asked(state, review, zone)
    if state.is_overdue:
        yield _("The review is overdue.")
    if state.waiting and is_decided:
        yield _("Not answered yet: %(names)s.") % {"names": _joined(state.waiting)}


def _outdated(review: Review) -> str:
    return _("The open review is about version %(version)s, which is not the newest one.") % {"version": review.version.number}


def _standing(version: IssueVersion, standing: VersionDecisions) -> str:
    values: dict[str, object] = {"version": version.number, "missing": standing.missing}
    if standing.changes:
        return _("%(names)s requested changes to version %(version)s.") % {**values, "names": _names(standing.changes)}
    if standing.missing == 1:
        return _("Version %(version)s waits for 1 approval.") % values
    if standing.missing:
        return _("Version %(version)s waits for %(missing)s approvals.") % values
    if standing.approvals:
        return _("Version %(version)s is approved by %(names)s.") % {**values, "names": _names(standing.approvals)}
    return _("Version %(version)s needs no approval to be sent.") % values


def _asked(state: ReviewState, review: Review, zone: str) -> str:
    values = {"asker": review.actor.name, "names": _joined(state.asked)}
    if review.due_at is None:
        return _("%(asker)s asked %(names)s for a review.") % values
    return _("%(asker)s asked %(names)s for a review by %(due)s.") % {**values, "due": _with_weekday(review.due_at, zone)}


def _with_weekday(moment: datetime, zone: str) -> str:
    """`Friday, 2026-11-27 17:00`."""
    day = str(WEEKDAYS[clock.in_zone(moment, zone).weekday()])
    return _("%(weekday)s, %(time)s") % {"weekday": day, "time": clock.minute_in(moment, zone)}


def _names(decisions: Iterable[Decision]) -> str:
    return _joined(decision.name for decision in decisions)


def _joined(names: Iterable[str]) -> str:
    return _(", ").join(names)
