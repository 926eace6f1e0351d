"""The two links of a person: the one in every mail, and the private one in a mail that they asked for."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.shortcuts import resolve_url

from subscribers import tokens
from subscribers.consent import ledger, preferences
from subscribers.consent.ledger import Proof
from subscribers.models import Subscriber
from web.public.links import form_token


@dataclass(frozen=True)
class PersonLink:
    """A working link: its token, its person, and the campaign whose mail it was in.

    Mails are forwarded, so people with the link of a mail see no personal data and can subscribe nobody without a
    confirmation. The private link was mailed to the person's own address within the last day.
    """

    token: str
    person: Subscriber
    is_private: bool
    campaign_id: int | None = None

    @property
    def route(self) -> str:
        """The name of the page's URL; also the purpose of its forms."""
        return "person" if self.is_private else "preferences"

    @property
    def url(self) -> str:
        return resolve_url(self.route, self.token)

    @property
    def proof(self) -> Proof:
        return Proof.PRIVATE_LINK if self.is_private else Proof.MAIL_LINK

    @property
    def form(self) -> str:
        return form_token.make(self.route, self.token)

    def fits(self, posted: Mapping[str, str]) -> bool:
        """Whether a form of this page was posted, at most a day after it was shown."""
        return form_token.fits(self.route, self.token, posted.get(form_token.FIELD, ""))


def of_mail(token: str) -> PersonLink | None:
    """The link of /p/<token>; None if it is not ours, or if its person is erased."""
    claims = tokens.read(tokens.Purpose.PREFERENCES, token)
    person = preferences.person_of(claims.subject) if claims else None
    if claims is None or person is None:
        return None
    return PersonLink(token, person, is_private=False, campaign_id=claims.scope or None)


def private(token: str) -> PersonLink | None:
    """The link of /d/<token>; None also if it is older than a day, or was mailed to an address that the person has no more."""
    claims = tokens.read(tokens.Purpose.PERSON, token)
    person = preferences.person_of(claims.subject) if claims else None
    if claims is None or person is None or claims.subject != person.pk:  # the other record's address got the link
        return None
    if ledger.moved_since([person.pk], claims.asked_at):
        return None
    return PersonLink(token, person, is_private=True)
