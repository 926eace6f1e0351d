"""What the console says about suppressions: who made them, why they cannot be lifted, and the lists of the provider."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.reporting.why_texts import ORIGINS
from subscribers.consent.suppressions import Unliftable
from subscribers.models import Suppression
from transport.provider_lists import ProviderList


def origin(code: str, name: str = "") -> str:
    """Who or what made a suppression; `name`: that of the member of staff."""
    known = gettext(ORIGINS.get(code, code))
    return gettext("%(origin)s (%(name)s)") % {"origin": known, "name": name} if name else known


LISTS: Mapping[str, str | Promise] = {
    ProviderList.BOUNCES: _("bounces"), ProviderList.BLOCKS: _("blocks"), ProviderList.INVALID: _("invalid addresses"),
    ProviderList.COMPLAINTS: _("spam reports"), ProviderList.UNSUBSCRIBES: _("global unsubscribes"),
}  # fmt: skip
# Why this account cannot lift a suppression, and what leads to mail again.
UNLIFTABLE: Mapping[str, str | Promise] = {
    Unliftable.ERASED: _(
        "This person had their data erased. Nobody else can allow mail to them again. If they subscribe again themselves, they "
        "get mail."
    ),
    Unliftable.COMPLAINT: _(
        "This person reported a mail as spam. Another mail against their will would harm the delivery to everybody else. If they "
        "ask for mail again, ask an admin to lift this."
    ),
    Unliftable.OWN_WISH: _(
        "This person does not want any mail from you, and said so themselves. If they ask for mail again, ask an admin to lift "
        "this."
    ),
}  # fmt: skip
# What an admin must know before they lift what a person decided.
ON_REQUEST: Mapping[Unliftable, str | Promise] = {
    Unliftable.COMPLAINT: _(
        "This person complained that your mail is spam. If they get another mail and complain again, that damages the reputation "
        "of the sender, and mail to everybody else may end up among the spam."
    ),
    Unliftable.OWN_WISH: _(
        "This person said themselves that they want no mail from you. Mail against their will is a reason to complain, and "
        "complaints damage the reputation of the sender."
    ),
}  # fmt: skip
# The reasons that staff can give.
ADDED: Mapping[str, str | Promise] = {
    Suppression.Reason.MANUAL: _("They asked for no more mail, or you decided so"),
    Suppression.Reason.COMPLAINT: _("They complained about your mail. Only an admin can lift this later"),
    Suppression.Reason.INVALID: _("The address is wrong, or does not exist any more"),
}
# Faults of what staff typed; subscribers.errors.InputError has only an English text.
FAULTS: Mapping[str, str | Promise] = {
    "past": _("That day is over, so the suppression would end at once. Choose a later day."),
    "domain": _("This is not a domain. Write only the part after the @, such as example.org."),
    "unasked": _("What the person decided is lifted only if they ask for it. Tick that they did, and say in the reason how."),
    "gone": _("This suppression does not exist any more: somebody lifted it, or it ended."),
    **UNLIFTABLE,
}
