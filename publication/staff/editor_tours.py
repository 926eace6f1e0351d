"""Which members of staff have seen the tour of the editor, so that it is offered to each account once."""

from django.contrib.auth.models import User

from publication import audit
from publication.models import EditorTour


def note_seen(user: User) -> None:
    """Offer the tour to this account no more; repeating it changes nothing."""
    _, is_new = EditorTour.objects.get_or_create(user=user)
    if is_new:
        audit.record(audit.staff(user), "see_editor_tour", user)


def is_offered(user: User) -> bool:
    return not EditorTour.objects.filter(user=user).exists()
