"""The sentence by which people agree that their clicks are kept with their name, on the sign-up form and in the preferences."""

from hashlib import blake2b

from django.utils import translation
from django.utils.translation import gettext as _

from publication import policies, reader_texts
from publication.models import Publication


def wording(about: Publication, page_language: str) -> str:
    """Exactly what they agree to: who keeps what, how long and why, that it is their free choice, and that they can withdraw it.

    It names opened mails, too, which a policy of its own may count.
    """
    name = about.organisation or reader_texts.text_in(about, page_language).name
    values = {"organisation": name, "days": int(policies.number("keep_clicks", about))}
    with translation.override(page_language):
        if not name:
            return (
                _(
                    "You may keep, with my name, when I open your emails and which links in them I follow, for up to "
                    "%(days)s days, to learn what your readers are interested in. The emails are the same without it, and I "
                    "can withdraw it at any time."
                )
                % values
            )
        return (
            _(
                "%(organisation)s may keep, with my name, when I open its emails and which links in them I follow, for up to "
                "%(days)s days, to learn what its readers are interested in. The emails are the same without it, and I can "
                "withdraw it at any time."
            )
            % values
        )


def mark(sentence: str) -> str:
    """A short value for the sentence, which a form posts back: only what the person read counts."""
    return blake2b(sentence.encode(), digest_size=8).hexdigest() if sentence else ""
