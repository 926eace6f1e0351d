"""The language that each member of staff has chosen for pages and mails."""

from django.contrib.auth.models import User

from publication import audit
from publication.installation import publication
from publication.models import StaffLanguage


def choose(user: User, language: str) -> None:
    """Store the person's language; repeating it changes nothing."""
    if chosen(user.pk) != language:
        StaffLanguage.objects.update_or_create(user=user, defaults={"language": language})
        audit.record(audit.staff(user), "choose_language", user, language=language)


def chosen(user_id: int) -> str:
    """Empty if the person has not chosen one."""
    return StaffLanguage.objects.filter(user_id=user_id).values_list("language", flat=True).first() or ""


def of_mails_to(user_id: int) -> str:
    """The language of mails to this person: their own or the publication's."""
    return chosen(user_id) or publication().language
