"""Says who else has an issue open."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from editorial.sources.issue_state import IssueState
from editorial.sources.presence import Present
from web.texts.issues.issue_texts import quoted_name


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
