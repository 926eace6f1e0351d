"""Labels of issues for staff: their states, the parts of their files, why a revision was made, and who else has one open."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from composer.issue.parts.outline import kind_of, title_of
from composer.issue.parts.splitting import Part
from editorial.sources.issue_state import IssueState
from editorial.sources.presence import Present

# The states of campaigns.reporting.issue_list.
STATES: Mapping[str, str | Promise] = {
    "writing": _("being written"),
    "review": _("in review"),
    "changes": _("changes requested"),
    "approved": _("approved"),
    "changed": _("changed since the approval"),
    "scheduled": _("scheduled"),
    "sending": _("being sent"),
    "stopped": _("sending is paused or on hold"),
    "sent": _("sent"),
    "edited": _("sent, changed since"),
    "past": _("in the archive"),
}
# The kinds of parts of composer.issue.parts.outline.
KINDS: Mapping[str, str | Promise] = {
    "head": _("Title, number, date and subject"),
    "highlights": _("Highlights"),
    "credits": _("Credits"),
    "footer": _("Footer"),
    "opening": _("Opening"),
    "section": _("Section"),
    "article": _("Article"),
    "whole": _("The whole text"),
    "outline": _("Order of the parts"),
}
_UNTITLED: Mapping[str, str | Promise] = {"section": _("Section without a title"), "article": _("Article without a title")}
REASONS: Mapping[str, str | Promise] = {
    "pause": _("while writing"),
    "delete": _("before something was deleted"),
    "review": _("for a review"),
    "restore": _("an earlier revision was restored"),
    "import": _("the beginning"),
    "push": _("from files"),
    "replace": _("before words were replaced"),
}
_VERSION = _("version %(number)s")
# What changing the text of an issue in a state means, for its editors.
_BEFORE_EDITING: Mapping[str, str | Promise] = {
    "approved": _("This text is approved. If you save a change, the issue needs a new approval."),
    "review": _("This issue is in review. If you save a change, the reviewers see that the text has changed. Then ask again."),
    "changed": _("This issue was changed after its approval, so it needs a new approval."),
    "scheduled": _(
        "A campaign of this issue is scheduled. It sends the version that was prepared for it, without later changes."
    ),
}
_TITLED = _("“%(title)s”")
_KIND_AND_TITLE = _("%(kind)s: %(title)s")


def state_of_issue(code: str) -> str:
    return str(STATES.get(code, code))


def stage_text(code: str, version: int) -> str:
    """Return the state of an issue as it is shown next to its title: `approved · version 3`."""
    state = state_of_issue(code)
    return f"{state} · {_VERSION % {'number': version}}" if code in ("approved", "review") else state


def before_editing(code: str) -> str:
    """What a change means for the state of an issue; empty where it means nothing."""
    return str(_BEFORE_EDITING.get(code, ""))


def part_name(part: Part) -> str:
    """What people call a part: the title of a section or an article, or what the part is."""
    kind = kind_of(part)
    return title_of(part) or str(_UNTITLED.get(kind, KINDS[kind]))


def quoted_name(part: Part) -> str:
    """The same in a sentence, with a title in quotation marks."""
    title = title_of(part)
    return str(_TITLED) % {"title": title} if title else part_name(part)


def kind_word(part: Part) -> str:
    return str(KINDS[kind_of(part)])


def kind_and_title(kind: str, title: str) -> str:
    """`Article: The light source opens`."""
    word = str(KINDS.get(kind, kind))
    return str(_KIND_AND_TITLE) % {"kind": word, "title": title} if title else word


def revision_reason(code: str) -> str:
    return str(REASONS.get(code, code))


def sentences(others: Sequence[Present], state: IssueState | None, file: str = "", part: str = "") -> list[str]:
    """Return a sentence about each of the others. `file` and `part`: what the reader edits. A `state` gives parts names."""
    return [_sentence(other, state, (file, part)) for other in others]


def _sentence(other: Present, state: IssueState | None, here: tuple[str, str]) -> str:
    if other.part and (other.file, other.part) == here:
        return _("%(name)s has this part open, too. Mailroom shows you both texts if you change it at the same time.") % {
            "name": other.name
        }
    part = next((part for part in state.files.get(other.file, ()) if part.id == other.part), None) if state else None
    if part is not None:
        return _("%(name)s is editing %(part)s.") % {"name": other.name, "part": quoted_name(part)}
    if other.part:
        return _("%(name)s is editing another part.") % {"name": other.name}
    return _("%(name)s has this issue open.") % {"name": other.name}
