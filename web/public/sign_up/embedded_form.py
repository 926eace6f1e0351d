"""The form to subscribe as it stands on pages about something else: one field for the address, and what people agree to."""

from typing import NamedTuple

from subscribers.models import MailingList
from web.public.sign_up.sign_up_form import SignUpForm


class EmbeddedForm(NamedTuple):
    """What templates/web/public/archive/_sign_up.html shows of a list's form."""

    token: str
    wording: str
    measuring: str  # empty if people are not asked


def embedded_form(mailing_list: MailingList, language: str) -> EmbeddedForm | None:
    """The form in the language of the page; None unless anybody may subscribe to the list."""
    if mailing_list.sign_up != MailingList.SignUp.OPEN:
        return None
    form = SignUpForm.of(mailing_list, language)
    token, _ = form.new_token()
    return EmbeddedForm(token, form.wording(), form.measuring_sentence())
