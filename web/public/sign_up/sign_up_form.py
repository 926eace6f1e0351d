"""The form to subscribe to a list: its languages, its wording, its token and question, what came back, and what is wrong with it.

The page and the JSON endpoint share all of this.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from hmac import compare_digest
from typing import NamedTuple

from django.core import signing
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from publication import clock, reader_texts
from publication.installation import publication
from publication.models import Publication
from subscribers import addresses
from subscribers.consent import measuring_consent
from subscribers.errors import InputError
from subscribers.models import MailingList
from subscribers.sign_up import requests
from subscribers.sign_up.requests import QuestionAnswer, SignUpRequest
from web.public import mail_language, measuring_wording
from web.public.links.form_token import HONEYPOT
from web.texts import address_texts

FIELD = "form"
MEASURING = "measuring"  # the box by which people agree to be measured
YOUNGEST = timedelta(seconds=2)  # no person fills in a form faster; most programs do
OLDEST = timedelta(days=1)  # a page left open overnight still works
_SEPARATOR = "."


class TimedToken(NamedTuple):
    """The content of a token of ours. `nonce` is different for each form, and decides its question."""

    language: str
    made_at: datetime
    nonce: str
    digest: str

    @property
    def is_too_young(self) -> bool:
        return clock.now() - self.made_at < YOUNGEST

    @property
    def is_too_old(self) -> bool:
        return clock.now() - self.made_at > OLDEST

    def shows(self, wordings: Sequence[str]) -> bool:
        """Whether the form showed exactly these sentences."""
        return self.digest == _digest(wordings)


def make_token(slug: str, language: str, wordings: Sequence[str]) -> tuple[str, str]:
    """The token of a form that is shown now, and its nonce."""
    nonce, milliseconds = secrets.token_hex(8), round(clock.now().timestamp() * 1000)
    signed = _signer(slug).sign(_SEPARATOR.join((language, str(milliseconds), nonce, _digest(wordings))))
    return signed, nonce


def read_token(slug: str, given: str) -> TimedToken | None:
    """The content of `given`; None if it was not made here for this list."""
    try:
        language, milliseconds, nonce, digest = _signer(slug).unsign(given).split(_SEPARATOR)
    except (signing.BadSignature, ValueError):
        return None
    return TimedToken(language, datetime.fromtimestamp(int(milliseconds) / 1000, UTC), nonce, digest)


def _digest(wordings: Sequence[str]) -> str:
    return blake2b("\n".join(wordings).encode(), digest_size=8).hexdigest()


def _signer(slug: str) -> signing.Signer:
    return signing.Signer(salt=f"mailroom.form.subscribe.{slug}")


_LARGEST = 9


def question_text(nonce: str) -> str:
    first, second = _numbers(nonce)
    names = _names()
    return _("How much is %(first)s plus %(second)s?") % {"first": names[first - 1], "second": names[second - 1]}


def is_right_answer(nonce: str, answer: str) -> bool | None:
    """Whether this is the answer, in digits or in words of the page's language; None if nothing was answered."""
    given = unicodedata.normalize("NFKC", answer).strip().casefold()
    if not given:
        return None
    total, typed = sum(_numbers(nonce)), given.encode("utf-8", "replace")  # JSON can hold half a character
    return any(compare_digest(typed, right.encode()) for right in (str(total), _names()[total - 1].casefold()))


def _numbers(nonce: str) -> tuple[int, int]:
    drawn = salted_hmac("mailroom.form.question", nonce, algorithm="sha256").digest()
    return 1 + drawn[0] % _LARGEST, 1 + drawn[1] % _LARGEST


def _names() -> list[str]:
    return _(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    ).split()


LONGEST_TYPED = 400  # characters that a page shows again; no valid address or name is longer


class TokenFault(StrEnum):
    """Why a form is not accepted although its fields may be fine."""

    MISSING = "missing"  # of the form on another site
    EXPIRED = "expired"
    TOO_FAST = "too_fast"
    CHANGED = "changed"  # the wording next to the button


@dataclass(frozen=True)
class Typed:
    """What somebody typed or chose, as it is shown again."""

    address: str = ""
    name: str = ""
    language: str = ""
    trap: str = ""
    answer: str = ""
    questioned: str = ""  # an address whose domain looked mistyped, as the page said
    agrees: bool = False  # to be measured

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Typed:
        """From a form or a JSON object; whatever is not text counts as empty, and only a tick as an agreement."""

        def text(name: str) -> str:
            value = fields.get(name, "")
            return value.strip()[:LONGEST_TYPED] if isinstance(value, str) else ""

        address = text("instead") or text("address")
        agrees = fields.get(MEASURING) is True or fields.get(MEASURING) == "yes"
        return cls(address, text("name"), text("language"), text(HONEYPOT), text("answer"), text("questioned"), agrees)


@dataclass(frozen=True)
class FieldFault:
    """A field that must be corrected: `code` for programs, and texts in the page's language."""

    field: str
    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class SignUpForm:
    """The form of one list in one language of the pages."""

    mailing_list: MailingList
    about: Publication
    page_language: str

    @classmethod
    def of(cls, mailing_list: MailingList, page_language: str) -> SignUpForm:
        return cls(mailing_list, publication(), page_language)

    @property
    def languages(self) -> list[str]:
        """The publication's languages and the list's own. With fewer than two there is no choice."""
        own = [self.mailing_list.language] if self.mailing_list.language else []
        return list(dict.fromkeys([*mail_language.offered(self.about), *own]))

    @property
    def default_language(self) -> str:
        """Return the offered language nearest to the page's, else the list's own or the publication's."""
        own = [language for language in self.languages if language == self.mailing_list.language]
        return mail_language.nearest(self.page_language, self.languages) or (own or self.languages)[0]

    @property
    def list_name(self) -> str:
        return reader_texts.text_in(self.mailing_list, self.page_language).name

    def wording(self) -> str:
        """The exact text next to the button: what people agree to."""
        names = {"list": self.list_name, "organisation": self._organisation()}
        with translation.override(self.page_language):
            if not names["organisation"]:
                return _("I want to receive “%(list)s” by email. I can unsubscribe at any time.") % names
            return _("I want to receive “%(list)s” from %(organisation)s by email. I can unsubscribe at any time.") % names

    def measuring_sentence(self) -> str:
        """The exact text beside the box that nobody has to tick; empty if people are not asked."""
        return measuring_wording.wording(self.about, self.page_language) if measuring_consent.is_offered(self.about) else ""

    def wordings(self) -> list[str]:
        """All sentences of the form, which its token names."""
        return [*filter(None, (self.wording(), self.measuring_sentence()))]

    def new_token(self) -> tuple[str, str]:
        """The token of this form, shown now, and its nonce."""
        return make_token(self.mailing_list.slug, self.page_language, self.wordings())

    def kept(self, typed: Typed, given: str) -> Typed:
        """What is shown again. A tick stays only if it was made on a form of ours with the same sentences."""
        token = read_token(self.mailing_list.slug, given)
        return typed if token is not None and token.shows(self.wordings()) else replace(typed, agrees=False)

    def _organisation(self) -> str:
        """Who gets the consent. If that is not set, the publication's name, unless the list has the same: then its address."""
        if self.about.organisation:
            return self.about.organisation
        name = reader_texts.text_in(self.about, self.page_language).name
        same = name.strip().casefold() == self.list_name.strip().casefold()
        return " ".join(self.about.postal_address.split()) if same else name

    def token_fault(self, given: str) -> TokenFault | None:
        """What is wrong with the token that came back with this form, which is in the token's language."""
        token = read_token(self.mailing_list.slug, given)
        if token is None:
            return TokenFault.EXPIRED if given else TokenFault.MISSING
        if token.is_too_old:
            return TokenFault.EXPIRED
        if not token.shows(self.wordings()):
            return TokenFault.CHANGED
        return TokenFault.TOO_FAST if token.is_too_young else None

    def request(self, typed: Typed, *, source: str, network: str, nonce: str) -> SignUpRequest:
        with translation.override(self.page_language):
            answer = QuestionAnswer(nonce, is_right_answer(nonce, typed.answer))
        language = typed.language if typed.language in self.languages else self.default_language
        return SignUpRequest(
            address=addresses.without_name(typed.address), name=typed.name, language=language, consent=self.wording(),
            wording_language=self.page_language, source=source, network=network, answer=answer,
            measuring_wish=self.measuring_sentence() if typed.agrees else "",
        )  # fmt: skip


def fault_of(asked: SignUpRequest) -> FieldFault | None:
    """The first field that must be corrected, in the current language."""
    try:
        requests.check(asked)
    except addresses.AddressError as fault:
        message, hint = address_texts.fault(fault.code, asked.address)
        return FieldFault("address", fault.code, message, hint)
    except InputError as fault:
        hint = _("Write one line of ordinary text, or leave the field empty.")
        return FieldFault("name", fault.code, _("This name cannot be used."), hint)
    return None


def language_of_token(slug: str, given: str) -> str:
    """The page language of the form that came back; empty if its token is not ours."""
    token = read_token(slug, given)
    return token.language if token else ""
