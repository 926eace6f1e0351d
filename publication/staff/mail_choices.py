"""Which mails each member of staff wants: everybody gets all of them until they switch some off."""

from django.contrib.auth.models import User

from publication import audit
from publication.models import MailChoice


def wants_campaign_mails(user_id: int) -> bool:
    """Whether the person wants mails when the sending of a campaign begins, ends or is on hold."""
    return not MailChoice.objects.filter(user_id=user_id, campaigns=False).exists()


def choose_campaign_mails(user: User, wants_mails: bool) -> None:
    """Store the person's choice; repeating it changes nothing."""
    if wants_campaign_mails(user.pk) != wants_mails:
        MailChoice.objects.update_or_create(user=user, defaults={"campaigns": wants_mails})
        audit.record(audit.staff(user), "choose_campaign_mails", user, wanted=wants_mails)
