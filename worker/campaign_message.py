"""The mail of one variant of a campaign: the part that all recipients share, and the bytes of each recipient."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from campaigns import list_headers
from campaigns.measuring import measured_links
from campaigns.models import Campaign
from campaigns.questions.answer_links import ANSWER_TAG, answerable_mail
from composer.issue.merge_fields import (
    ANSWER_URL,
    LONGEST_VALUE,
    TAG_BEGINNING,
    MergeField,
    fill,
    is_plain,
    shown,
    values,
    without_tag,
)
from composer.rendering.measured_links import CLICK_TAG
from config import public_urls
from config.mail_provider import mail_provider
from editorial.models import IssueVariant
from editorial.stored_variants import find_variant, merge_fields
from publication.models import Sender
from subscribers.models import MailingList
from subscribers.tokens import LENGTH, TokenMaker
from transport import message
from transport.errors import TransportError
from transport.message import NAME_GAP, Envelope, Recipient, text_gap, token_gap
from transport.provider import FillPattern, PreparedMessage

SHARED = "subscribe_url"
Person = tuple[int, str, str, bool]  # subscriber id, address, name, whether they agreed to be measured


def personal_fields(variant: IssueVariant) -> tuple[MergeField, ...]:
    """The merge fields that differ between recipients; `envelope_of` has filled in the others."""
    return tuple(field for field in merge_fields(variant) if field.name != SHARED)


def envelope_of(variant: IssueVariant, sender: Sender, mailing_list: MailingList | None, subject: str = "") -> Envelope:
    # The same for everybody, so it is in the mail itself and not in the values of each recipient, 60 bytes each.
    same = [field for field in merge_fields(variant) if field.name == SHARED]
    shared = values(same, {SHARED: public_urls.subscribe_url()})
    return Envelope(
        sender=message.SenderAddress(email=sender.email, name=sender.name, reply_to=sender.reply_to or None),
        subject=subject or variant.subject,
        html=fill(variant.html, shared) if shared else variant.html,
        text=fill(variant.text, shared) if shared else variant.text,
        headers=list_headers.shared_headers(mailing_list, sender),
    )


@dataclass(frozen=True)
class CampaignMessage:
    """The constant part of one variant of a campaign's mail, created once per thread, and the writer of what differs."""

    campaign_id: int
    variant: int
    list_ids: list[int]
    prepared: PreparedMessage
    writer: "RecipientWriter"
    attempt_token: Callable[[int], str]
    is_released_later: bool

    @classmethod
    def of(cls, campaign_id: int, variant: int) -> "CampaignMessage":
        campaign = Campaign.objects.select_related("sender").get(pk=campaign_id)
        mail = find_variant(campaign.version_id, variant)
        lists = list(campaign.lists.order_by("id"))
        attempt_maker = TokenMaker("attempt")
        sent = answerable_mail(measured_links.measured_mail(campaign, mail))
        prepared = mail_provider().prepare(envelope_of(sent, campaign.sender, lists[0]))
        return cls(
            campaign_id=campaign_id,
            variant=variant,
            list_ids=[mailing_list.pk for mailing_list in lists],
            prepared=prepared,
            writer=RecipientWriter(campaign_id, personal_fields(mail), prepared, by_person=campaign.measuring == "individual"),
            attempt_token=lambda attempt_id: attempt_maker.make(campaign_id, attempt_id),
            is_released_later=campaign.strict or campaign.local_time,
        )

    def request(self, attempt_id: int, recipients: Sequence[bytes], release: message.Release | None = None) -> bytes:
        """The request of one attempt, built from the items that `writer` wrote."""
        return self.prepared.write_request(recipients, self.attempt_token(attempt_id), release)


class RecipientWriter:
    """Writes the bytes of each recipient of one variant of a campaign: links, merge values and our id.

    `write_one` defines the result. `write` produces the same bytes by filling a pattern, which is six times as fast.
    """

    def __init__(
        self, campaign_id: int, fields: tuple[MergeField, ...], prepared: PreparedMessage, *, by_person: bool = False
    ) -> None:
        """`by_person`: the addresses of links end in a value of each recipient who agreed to be measured."""
        self._campaign_id, self._prepared = campaign_id, prepared
        # Of the address of an answer, only the token differs between recipients.
        self._fields = tuple(field for field in fields if field.name != ANSWER_URL)
        self._has_answers = len(self._fields) < len(fields)
        # Mails of older themes have no link to the preferences: a token that nobody gets is not made.
        has_preferences = any(field.name == "preferences_url" for field in fields)
        purposes = ["unsubscribe", "view", "delivery", *(["preferences"] if has_preferences else [])]
        purposes += ["answer"] if self._has_answers else []
        self._own = len(purposes)  # tokens that everybody has
        purposes += ["click"] if by_person else []
        self._tokens = TokenMaker(*purposes)
        self._split = itemgetter(*(slice(at * LENGTH, (at + 1) * LENGTH) for at in range(len(purposes))))
        self._nobody = measured_links.value_of_nobody(campaign_id).encode() if by_person else b""
        self._roots = {
            "unsubscribe_url": public_urls.unsubscribe_url(""), "view_url": public_urls.view_url(""),
            "preferences_url": public_urls.preferences_url(""),
        }  # fmt: skip
        # `write` runs for every recipient, so what depends on the variant alone is prepared here.
        self._texts = [field for field in self._fields if field.escape != "url"]
        self._shows_email = any(field.name != "name" for field in self._texts)
        self._fill = self._pattern({field.tag: text_gap(number) for number, field in enumerate(self._texts)})
        # Almost every name needs neither escaping nor shortening, so this pattern inserts it unchanged.
        self._fill_usual = self._pattern({field.tag: NAME_GAP for field in self._texts})

    def _pattern(self, texts: dict[str, str]) -> FillPattern | None:
        """`texts` has the gap of each text field. Tokens 0 to 3 are unsubscribe, view, delivery and preferences; then that of
        answers, if there are any, and that of clicks."""
        leave, view, delivery, preferences = (token_gap(number) for number in range(4))
        links = self._links(leave, view, preferences)
        filled = {field.tag: texts.get(field.tag) or links[field.name] for field in self._fields}
        if self._has_answers:
            filled[ANSWER_TAG] = token_gap(self._own - 1)
        if self._nobody:
            filled[CLICK_TAG] = token_gap(self._own)
        return self._prepared.write_pattern(filled, list_headers.own_headers(leave), delivery)

    def _links(self, leave: str, view: str, preferences: str) -> dict[str, str]:
        ends = {"unsubscribe_url": leave, "view_url": view, "preferences_url": preferences}
        return {name: root + ends[name] for name, root in self._roots.items()}

    def write(self, people: Sequence[Person]) -> tuple[list[bytes], list[tuple[int, str]]]:
        """The bytes of the recipients to whom this provider can deliver, and (id, reason) of the others."""
        written: list[bytes] = []
        unfit: list[tuple[int, str]] = []
        fill, fill_usual, texts, shows_email = self._fill, self._fill_usual, self._texts, self._shows_email
        joined_tokens, campaign_id, tag = self._tokens.joined, self._campaign_id, TAG_BEGINNING.encode()
        split, nobody = self._split, self._nobody
        for subscriber_id, address, name, is_measured in people:
            joined = joined_tokens(campaign_id, subscriber_id)
            tokens = split(joined)
            if nobody and not is_measured:
                tokens = (*tokens[:-1], nobody)
            if fill is None or fill_usual is None or tag in joined:  # it would look like the beginning of a merge tag
                recipient_json = None
            elif name and not shows_email and len(name) <= LONGEST_VALUE and is_plain(name) and name == name.strip():
                recipient_json = fill_usual(address, name, tokens, ())
            else:
                recipient_json = fill(
                    address, name, tokens, [shown(field, name if field.name == "name" else address) for field in texts]
                )
            if recipient_json is None:
                # Unusual values: `write_one` writes them, or raises with the reason.
                try:
                    recipient_json = self.write_one(subscriber_id, address, name, is_measured=is_measured)
                except TransportError as error:
                    unfit.append((subscriber_id, f"unsendable: {error}"[:200]))
                    continue
            written.append(recipient_json)
        return written, unfit

    def write_one(self, subscriber_id: int, address: str, name: str, *, is_measured: bool = False) -> bytes:
        """One recipient's bytes. Raises TransportError if the provider would reject them."""
        joined = self._tokens.joined(self._campaign_id, subscriber_id).decode()
        leave, view, delivery, preferences = (joined[at : at + LENGTH] for at in range(0, 4 * LENGTH, LENGTH))
        person = {"name": name, "email": address, **self._links(leave, view, preferences)}
        filled = values(self._fields, person)
        if self._has_answers:
            filled[ANSWER_TAG] = without_tag(joined[(self._own - 1) * LENGTH : self._own * LENGTH])
        if self._nobody:
            filled[CLICK_TAG] = without_tag(joined[self._own * LENGTH :]) if is_measured else self._nobody.decode()
        recipient = Recipient(address, name, filled, list_headers.own_headers(leave), delivery)
        return self._prepared.write_recipient(recipient)
