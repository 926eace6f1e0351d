"""The form of test mails on the page "Sending": to one address or to a tester group, of a variant or as a subscriber gets it."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from campaigns.drafts import test_mails
from campaigns.models import TesterGroup
from editorial.models import IssueVersion
from publication.models import Sender
from publication.senders import sender_list
from subscribers.consent import subscriptions
from subscribers.models import Subscriber
from web.console.console_page import actor_of
from web.texts.people.shown_people import SEE_ADDRESSES
from web.whole_numbers import whole_number


class TestFormError(Exception):
    """Something in the form is wrong; the message says what, in the reader's language."""

    __test__ = False  # not a test class


def groups() -> QuerySet[TesterGroup]:
    """The tester groups, each with its number of addresses as `people`."""
    return TesterGroup.objects.annotate(people=Count("testers")).order_by("name")


def send_tests(request: HttpRequest, version: IssueVersion) -> str:
    """Plan what the form says; returns what is on its way. Raises TestFormError, CampaignActionError."""
    given = request.POST
    sender = _sender(given)
    if sender is None:
        raise TestFormError(_("There is no sender yet. An admin adds it under “Settings”."))
    reader = _reader(request)
    number = whole_number(given.get("variant", "0"), 2)
    variant = -1 if number is None else number
    if given.get("action") == "test-group":
        group = TesterGroup.objects.filter(pk=whole_number(given.get("group", ""), 15) or 0).first()
        if group is None:
            raise TestFormError(_("Choose a tester group."))
        sent = test_mails.send_to_group(actor_of(request), version, sender, group, variant=variant, reader=reader)
        if len(sent) == 1:
            return _("1 test mail to the group “%(group)s” is on its way.") % {"group": group.name}
        return _("%(count)s test mails to the group “%(group)s” are on their way.") % {"count": len(sent), "group": group.name}
    own = request.user.email if request.user.is_authenticated else ""
    address = given.get("address", "").strip() or own
    test_mails.send(actor_of(request), version, sender, address, variant=variant, reader=reader)
    return _("A test mail to %(address)s is on its way.") % {"address": address}


def _sender(given: Mapping[str, str]) -> Sender | None:
    senders = sender_list.ordered()
    return senders.filter(pk=whole_number(given.get("sender", ""), 15) or 0).first() or senders.first()


def _reader(request: HttpRequest) -> Subscriber | None:
    """The subscriber whose mail it is. Only accounts that see names choose one, because the mail shows the name."""
    typed = request.POST.get("reader", "").strip()
    if not typed:
        return None
    if not request.user.has_perm(SEE_ADDRESSES):
        raise PermissionDenied
    reader = subscriptions.find_subscriber(typed)
    if reader is None or reader.erased_at is not None:
        raise TestFormError(_("No subscriber has the address “%(address)s”. Check the spelling.") % {"address": typed})
    return reader
