"""The one way in for requests to subscribe from the public form and the JSON endpoint: checks the limits, then subscribes.

No limit looks at the address's state, and nothing before `subscriptions.subscribe` depends on it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from publication import audit
from subscribers import addresses
from subscribers.consent import subscriptions
from subscribers.models import MailingList
from subscribers.sign_up import list_traffic, network_limit
from subscribers.subscriber_details import Details


class SignUpVerdict(StrEnum):
    """What became of a request. `ACCEPTED` says nothing about the address."""

    ACCEPTED = "accepted"
    QUESTION = "question"  # a question must be answered first
    WRONG = "wrong"  # it was answered wrongly, or the answer was used before
    TOO_MANY = "too_many"  # too many requests from this network


class SignUpDecision(NamedTuple):
    """`wait` is the number of seconds to wait when there were too many requests."""

    verdict: SignUpVerdict
    wait: int = 0


@dataclass(frozen=True)
class QuestionAnswer:
    """The answer to the form's question: whether it is right (None: not answered), and the question's own `nonce`."""

    nonce: str
    is_right: bool | None = None


@dataclass(frozen=True)
class SignUpRequest:
    """What a person entered, the wording next to the button with its language, and where the request came from."""

    address: str
    name: str
    language: str
    consent: str
    wording_language: str
    source: str
    network: str
    answer: QuestionAnswer
    measuring_wish: str = ""  # the sentence about being measured, if they ticked it


def check(asked: SignUpRequest) -> None:
    """Check what was typed. Raises AddressError, InputError."""
    addresses.validate(asked.address)
    Details.read(name=asked.name, language=asked.language)


def submit(mailing_list: MailingList, asked: SignUpRequest) -> SignUpDecision:
    """Request a subscription for somebody. `mailing_list` was read for this request. Raises AddressError, InputError.

    A network's requests count before its answer is looked at, so that nobody can try all answers.
    """
    check(asked)
    needs_question = list_traffic.needs_question(mailing_list)
    if needs_question and asked.answer.is_right is None:
        return SignUpDecision(SignUpVerdict.QUESTION)
    if wait := network_limit.seconds_to_wait(asked.network):
        return SignUpDecision(SignUpVerdict.TOO_MANY, wait)
    if needs_question and not (asked.answer.is_right and network_limit.is_first_use(asked.answer.nonce)):
        return SignUpDecision(SignUpVerdict.WRONG)
    actor = audit.subscriber()
    list_traffic.count(actor, mailing_list)
    subscriptions.subscribe(
        actor, mailing_list, asked.address, name=asked.name, language=asked.language, source=asked.source,
        consent=asked.consent, wording_language=asked.wording_language, mail_language=asked.language,
        measuring_wish=asked.measuring_wish,
    )  # fmt: skip
    return SignUpDecision(SignUpVerdict.ACCEPTED)
